"""What others' advisories were about, tried here: each attempt must fail and change nothing.

GHSA-8cmp-fc56-7g44: who may redact. GHSA-x6wg-9hcg-fc9v: to be logged in to an account that is suspended, or whose
e-mail address is not confirmed. Ergo 2.19: what channels say of themselves, read by those who are not in them, and
secret channels in what services tell. Oragono 2.6.1 and 2.5.1: services' commands for operators, and REGISTER, used by
anybody. GHSA-7pw8-m2w2-f545 (a server made to connect to inner addresses by web push) has no counterpart as long as
nothing connects to addresses that users name.
"""

import base64
import re

import pytest

from certificates import Certificate, client_context
from confab_server import Server
from deadline import eventually
from test_accounts import LETTER_CODE, begin_sasl, log_in, plain, register, scram
from test_server import password_hash

PASSWORD = "correct-horse"
CAPS = ("batch", "message-tags", "echo-message", "draft/chathistory", "draft/message-redaction")
SECRET = "the treasure is under the oak"


def member(server, nick):
    """Logged in, with the capabilities; not in a channel yet."""
    client = register(server, nick, PASSWORD)
    client.send("CAP REQ :" + " ".join(CAPS))
    client.expect(" CAP \\S+ ACK ")
    return client


def said(client, target, text):
    """Says it; returns the id of the message."""
    client.say(target, text)
    return client.expect(f" PRIVMSG {target} :{text}$").tags["msgid"]


def texts(client, target):
    client.send(f"CHATHISTORY LATEST {target} * 100")
    return [m.text for m in client.sync() if m.command == "PRIVMSG" and "batch" in m.tags]


def answers(client, *lines):
    """All that the server says to these lines, as it came."""
    for line in lines:
        client.send(line)
    return [m.line for m in client.sync()]


def assert_refused(client, line, pattern):
    got = answers(client, line)
    assert any(re.search(pattern, text) for text in got), f"{line}: {got}"


@pytest.fixture
def operated(start_server, run_confab):
    """A server, and an operator of it."""

    def start(mode="2", config=None):
        operators = [{"name": "root", "password": password_hash(run_confab, "sesame")}]
        server = start_server(mode, {"operators": operators, **(config or {})})
        root = server.connect("root")
        root.send("OPER root sesame")
        root.expect(" 381 root ")
        return server, root

    return start


# --- redaction (GHSA-8cmp-fc56-7g44) ---


def test_messages_of_others_are_not_redacted(server):
    alice, bob, eve = (member(server, nick) for nick in ("alice", "bob", "eve"))
    alice.join("#a")
    bob.join("#a")
    eve.join("#eve")  # its founder: an operator, but of another channel
    msgid = said(bob, "#a", SECRET)

    def assert_it_is_there():
        assert texts(alice, "#a") == [SECRET]

    # From outside, and by way of a channel or a conversation where one may.
    assert_refused(eve, f"REDACT #a {msgid}", "FAIL REDACT INVALID_TARGET #a ")
    assert_refused(eve, f"REDACT #eve {msgid}", "FAIL REDACT UNKNOWN_MSGID #eve ")
    assert_refused(eve, f"REDACT bob {msgid}", "FAIL REDACT UNKNOWN_MSGID bob ")
    assert_refused(eve, f"REDACT eve {msgid}", "FAIL REDACT UNKNOWN_MSGID eve ")
    assert_refused(eve, f"HISTSERV DELETE #a {msgid}", "FAIL REDACT|You can't|NOTICE eve")
    assert_it_is_there()
    # As a member without a rank, and with one that is too low.
    eve.join("#a")
    assert_refused(eve, f"REDACT #a {msgid}", "FAIL REDACT REDACT_FORBIDDEN #a ")
    alice.send("MODE #a +v eve")
    eve.expect(" MODE #a \\+v eve")
    assert_refused(eve, f"REDACT #a {msgid}", "FAIL REDACT REDACT_FORBIDDEN #a ")
    # Who was an operator is none any more.
    alice.send("MODE #a +o eve")
    alice.send("MODE #a -o eve")
    eve.expect(" MODE #a -o eve")
    assert_refused(eve, f"REDACT #a {msgid}", "FAIL REDACT REDACT_FORBIDDEN #a ")
    answers(eve, f"HISTSERV DELETE #a {msgid}")
    assert_it_is_there()
    # Who has left is no member, though it was an operator.
    alice.send("MODE #a +o eve")
    eve.expect(" MODE #a \\+o eve")
    eve.send("PART #a")
    assert_refused(eve, f"REDACT #a {msgid}", "FAIL REDACT INVALID_TARGET #a ")
    assert_it_is_there()
    # Those who may: so that what was tried above failed for want of rank.
    alice.send(f"REDACT #a {msgid}")
    bob.expect(f":alice!\\S+ REDACT #a {msgid}")
    assert texts(alice, "#a") == []


def test_private_messages_are_redacted_by_their_sender_only(server):
    alice, bob, eve = (member(server, nick) for nick in ("alice", "bob", "eve"))
    msgid = said(alice, "bob", SECRET)
    said(eve, "bob", "hello")
    for nick in ("alice", "bob", "eve"):
        assert_refused(eve, f"REDACT {nick} {msgid}", f"FAIL REDACT UNKNOWN_MSGID {nick} ")
    assert_refused(bob, f"REDACT alice {msgid}", "FAIL REDACT REDACT_FORBIDDEN alice ")
    root = server.connect("guest", CAPS)
    assert_refused(root, f"REDACT alice {msgid}", "FAIL REDACT INVALID_TARGET alice ")
    assert texts(bob, "alice") == [SECRET]
    alice.send(f"REDACT bob {msgid}")
    bob.expect(f":alice!\\S+ REDACT bob {msgid}")
    assert texts(bob, "alice") == []


def test_who_takes_the_nick_of_a_guest_redacts_nothing_of_it(server):
    alice = member(server, "alice")
    alice.join("#a")
    guest = server.connect("guest", CAPS)
    guest.join("#a")
    msgid = said(guest, "#a", SECRET)
    guest.send("QUIT")
    alice.expect(":guest!\\S+ QUIT ")
    other = server.connect("guest", CAPS)
    other.join("#a")
    assert_refused(other, f"REDACT #a {msgid}", "FAIL REDACT REDACT_FORBIDDEN #a ")
    # Nor who comes with another nick and changes to it.
    other.send("NICK another")
    renamed = server.connect("passer", CAPS)
    renamed.join("#a")
    renamed.send("NICK guest")
    renamed.expect(" NICK guest")
    assert_refused(renamed, f"REDACT #a {msgid}", "FAIL REDACT REDACT_FORBIDDEN #a ")
    assert texts(alice, "#a") == [SECRET]


# --- suspended accounts (GHSA-x6wg-9hcg-fc9v) ---


def sasl_ways_in(server, app_password):
    """The ways by SASL that lead into the account `alice`."""
    for name, account, authorized, password in (
        ("PLAIN", "alice", "", PASSWORD),
        ("PLAIN, spelled otherwise", "ALICE", "", PASSWORD),
        ("PLAIN, with both names", "alice", "alice", PASSWORD),
        ("PLAIN, with a device", "alice@phone", "", PASSWORD),
        ("PLAIN, app password", "alice", "", app_password),
    ):
        client = begin_sasl(server, "PLAIN", "eve")
        client.send("AUTHENTICATE " + base64.b64encode(f"{authorized}\0{account}\0{password}".encode()).decode())
        if client.expect(" 90[34] ").command == "903":
            yield name
        client.send("QUIT")
    for name, mechanism in ("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512"):
        client = begin_sasl(server, mechanism, "eve")
        if scram(client, name, "alice", PASSWORD).command == "903":
            yield mechanism
        client.send("QUIT")


def other_ways_in(server, app_password, context):
    """The others: by a certificate, and after the connection is made."""
    client = server.connect(address=server.ircs, tls=context)
    client.send("CAP REQ :sasl")
    client.send("AUTHENTICATE EXTERNAL")
    client.expect(r"AUTHENTICATE \+$")
    client.send("AUTHENTICATE +")
    if client.expect(" 90[34] ").command == "903":
        yield "EXTERNAL"
    client.send("QUIT")
    for number, words in enumerate((f"alice {PASSWORD}", f"alice@phone {PASSWORD}", f"alice {app_password}")):
        client = server.connect(f"guest{number}")
        client.send(f"NS IDENTIFY {words}")
        if client.expect(" 900 |suspended|Confirm your e-mail").command == "900":
            yield f"IDENTIFY {words}"
        client.send("QUIT")
        client.read_to_end()


def ways_in(server, app_password, context):
    return [*sasl_ways_in(server, app_password), *other_ways_in(server, app_password, context)]


@pytest.mark.seconds(120)
def test_a_suspended_account_is_no_way_in(operated, tmp_path):
    listen = ["irc://127.0.0.1:0", "ircs://127.0.0.1:0"]
    config = {"listen": listen, "limits": {"input_rate": 0, "connections_per_address": 100}}
    server, root = operated("2", config)
    own = Certificate(tmp_path, "client", "alice.example")
    context = client_context(own=own)
    alice = server.connect("alice", address=server.ircs, tls=context)
    alice.send(f"REGISTER * * {PASSWORD}")
    alice.expect(" REGISTER SUCCESS alice ")
    alice.send("NS CERT ADD")
    alice.expect(own.fingerprint)
    alice.send("NS APPPASS ADD phone")
    app_password = alice.expect("shown this once: ").text.split("once: ")[1].split()[0]
    alice.join("#a")
    alice.send("CS REGISTER #a")
    alice.expect("is yours now")
    alice.send("NS SET always-on on")
    alice.expect("always-on is on")

    assert len(ways_in(server, app_password, context)) == 11, "without the suspension all lead in"
    alice.sync()

    root.send("NS SUSPEND alice for spam")
    root.expect("Account alice is suspended")
    # The session that was there has ended, and whoever comes from there is a guest, with no account's rights.
    alice.expect_end("Your account has been suspended")
    alice = server.connect("alix")
    for line in ("NS APPPASS LIST", "NS PASSWD correct-horse another-one", "NS CERT LIST", "NS GET"):
        assert not any(" 900 " in text or own.fingerprint in text for text in answers(alice, line))
    assert_refused(alice, "CS AMODE #a +o bob", "NOTICE \\S+ :(Only the founder|There is no)")
    assert_refused(alice, "NS UNREGISTER alice", "not logged in")
    # A name that is taken can't be registered anew; and nothing else lifts it.
    guest = server.connect("bob")
    assert_refused(guest, f"REGISTER alice * {PASSWORD}", "FAIL REGISTER ")
    assert_refused(guest, "VERIFY alice 12345", "FAIL VERIFY INVALID_CODE")
    assert_refused(guest, "NS UNSUSPEND alice", "NOTICE bob :")
    alice.send("QUIT")
    guest.send("QUIT")
    assert ways_in(server, app_password, context) == []

    server.stop()
    again = Server(server.directory, "2", config)
    try:
        again.wait_until_listening()
        assert ways_in(again, app_password, context) == []
        watcher = again.connect("watcher")
        watcher.send("WHOIS alice")
        watcher.expect(" 401 ")  # who is always on is not, meanwhile
        again.stop()
    finally:
        again.discard()


def test_a_session_that_is_about_to_log_in_meets_the_suspension(operated):
    server, root = operated()
    register(server, "alice", PASSWORD).send("QUIT")
    clients = [begin_sasl(server, "PLAIN", f"eve{i}") for i in range(4)]
    root.send("NS SUSPEND alice")
    for client in clients:
        client.send(f"AUTHENTICATE {plain('alice', PASSWORD)}")
    root.expect("Account alice is suspended")
    for client in clients:
        answer = client.expect(" 90[0134] ")
        # It may have been faster than the operator: then it is ended.
        if answer.command == "900":
            client.expect_end("Your account has been suspended")
            continue
        client.send("CAP END")
        client.expect(" 001 ")
        client.send("WHOIS " + client.nick)
        assert not any(m.command == "330" for m in client.sync())


# --- accounts whose address is not confirmed (the same advisory) ---


@pytest.fixture
def mailing(operated, tmp_path):
    """A server that wants addresses confirmed, an operator, and what was sent."""
    command = tmp_path / "sendmail"
    letters = tmp_path / "letters"
    command.write_text(f"#!/bin/sh\ncat >>{letters}\n")
    command.chmod(0o755)
    email = {"from": "chat@confab.test", "required": True, "sendmail": f"{command} -i"}
    return *operated("2", {"email": email}), letters


def begin_account(server, nick):
    client = server.connect(nick)
    client.send(f"REGISTER * {nick}@example.org {PASSWORD}")
    client.expect(f"REGISTER VERIFICATION_REQUIRED {nick}")
    return client


def test_nobody_logs_in_before_the_address_is_confirmed(mailing):
    server, _, letters = mailing
    alice = begin_account(server, "alice")
    code_of_alice = re.search(f"VERIFY alice {LETTER_CODE}", letters.read_text())[1]
    bob = begin_account(server, "bob")
    code_of_bob = re.search(f"VERIFY bob {LETTER_CODE}", letters.read_text())[1]
    # With the right password, but without the code.
    assert_refused(alice, f"NS IDENTIFY alice {PASSWORD}", "Confirm your e-mail address")
    client = begin_sasl(server, "PLAIN", "eve")
    client.send(f"AUTHENTICATE {plain('alice', PASSWORD)}")
    client.expect(" 904 ")
    for name, mechanism in ("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512"):
        client.send(f"AUTHENTICATE {mechanism}")
        client.expect(r" AUTHENTICATE \+$")
        assert scram(client, name, "alice", PASSWORD).command == "904"
    # A code of another account; none; and a new password instead of a confirmation.
    assert_refused(bob, f"VERIFY alice {code_of_bob}", "FAIL VERIFY INVALID_CODE")
    assert_refused(bob, "VERIFY alice :", "FAIL VERIFY |461")
    assert_refused(bob, f"NS VERIFY alice {code_of_bob}", "not the code")
    assert_refused(bob, "NS SENDPASS alice", "If there is an account")
    assert letters.read_text().count("Subject:") == 2
    assert_refused(bob, f"NS RESETPASS alice {code_of_alice} another-one", "not the code")
    # Without the account, its rights are not there either.
    alice.join("#a")
    assert_refused(alice, "CS REGISTER #a", "NOTICE alice :")
    alice.send("WHOIS alice")
    assert not any(m.command == "330" for m in alice.sync())
    alice.send(f"VERIFY alice {code_of_alice}")
    alice.expect(" 900 ")


def test_confirming_an_address_lifts_no_suspension(mailing):
    server, root, letters = mailing
    alice = begin_account(server, "alice")
    code = re.search(f"VERIFY alice {LETTER_CODE}", letters.read_text())[1]
    root.send("NS SUSPEND alice")
    root.expect("Account alice is suspended")
    assert not any(" 900 " in line for line in answers(alice, f"VERIFY alice {code}"))
    assert_refused(alice, f"NS IDENTIFY alice {PASSWORD}", "suspended")


def test_a_new_password_lifts_no_suspension(mailing):
    server, root, letters = mailing
    alice = begin_account(server, "alice")
    alice.send("VERIFY alice " + re.search(f"VERIFY alice {LETTER_CODE}", letters.read_text())[1])
    alice.expect(" 900 ")
    eve = server.connect("eve")
    eve.send("NS SENDPASS alice")
    eve.expect("on its way")

    def code():
        return re.search(f"RESETPASS alice {LETTER_CODE}", letters.read_text())

    eventually(code, "the letter with the code")
    root.send("NS SUSPEND alice")
    root.expect("Account alice is suspended")
    answers(eve, f"NS RESETPASS alice {code()[1]} another-one")
    for password in (PASSWORD, "another-one"):
        got = answers(eve, f"NS IDENTIFY alice {password}")
        assert not any(" 900 " in line for line in got), got


# --- channels that one is not in (Ergo 2.19) ---


@pytest.fixture
def private(server):
    """A secret channel for the invited, with metadata and something said; its founder and a stranger."""
    alice = member(server, "alice")
    bob = member(server, "bob")
    alice.join("#hidden")
    bob.join("#hidden")
    alice.send("CS REGISTER #hidden")
    alice.expect("is yours now")
    alice.send("MODE #hidden +si")
    alice.send(f"TOPIC #hidden :{SECRET}")
    alice.send(f"METADATA #hidden SET display-name :{SECRET}")
    alice.msgid = said(alice, "#hidden", SECRET)
    said(alice, "bob", f"privately: {SECRET}")
    eve = member(server, "eve")
    return alice, bob, eve


FOREVER = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"

# These show the secret to those who may read it.
SHOWING = [
    "METADATA #hidden GET display-name",
    "METADATA #hidden LIST",
    "CHATHISTORY LATEST #hidden * 10",
    "CHATHISTORY AFTER #hidden timestamp=2000-01-01T00:00:00.000Z 10",
    "CHATHISTORY BEFORE #hidden timestamp=2100-01-01T00:00:00.000Z 10",
    "CHATHISTORY AROUND #hidden msgid={msgid} 10",
    f"CHATHISTORY BETWEEN #hidden {FOREVER} 10",
    "CHATHISTORY LATEST alice * 10",
    "CHATHISTORY LATEST bob * 10",
    "SEARCH text=treasure",
    "SEARCH in=#hidden;text=treasure",
    "SEARCH in=bob;text=treasure",
    "SEARCH from=alice;text=treasure",
    "HISTSERV PLAY #hidden",
    "HISTSERV PLAY alice",
    "HISTSERV PLAY bob",
    "PRIVMSG *playback :PLAY * 0",
    "PRIVMSG *playback :PLAY #hidden,alice,bob 0",
    "TOPIC #hidden",
]

# And these that there is such a channel.
NAMING = [
    f"CHATHISTORY TARGETS {FOREVER} 10",
    "LIST",
    "WHOIS alice",
    "CS LIST",
    "WHO alice",
    "WHOWAS alice",
    "NS INFO alice",
]

MORE = [
    "METADATA #hidden SYNC",
    "METADATA #hidden SET display-name :mine",
    "METADATA #hidden CLEAR",
    "CHATHISTORY AROUND eve msgid={msgid} 10",
    "HISTSERV EXPORT alice",
    "PRIVMSG *playback :LIST",
    "CS INFO #hidden",
    "CS GET #hidden HISTORY",
    "CS AMODE #hidden",
    "LIST #hidden",
    "NAMES #hidden",
    "WHO #hidden",
    "REDACT #hidden {msgid}",
    "PRIVMSG #hidden :anybody here?",
]


def take_caps(reader):
    reader.send("CAP REQ :draft/search draft/metadata-2 znc.in/playback draft/event-playback server-time")
    assert reader.expect(" CAP ").params[1] == "ACK"


def assert_nothing_is_read(reader, msgid):
    """A reader who may not: of what was said there is nothing in any answer."""
    take_caps(reader)
    for line in SHOWING + NAMING + MORE:
        got = answers(reader, line.format(msgid=msgid))
        assert not any("under the oak" in text for text in got), f"{line}: {got}"


def test_a_stranger_reads_nothing_of_a_channel(private):
    alice, bob, eve = private
    assert_nothing_is_read(eve, alice.msgid)
    # Not even that it is there.
    for line in NAMING:
        got = answers(eve, line)
        assert not any("#hidden" in text for text in got), f"{line}: {got}"
    assert_refused(eve, "METADATA #hidden GET display-name", "INVALID_TARGET #hidden")
    # It has changed nothing, and those who may do read it: in the same ways.
    take_caps(alice)
    take_caps(bob)
    assert texts(alice, "#hidden") == [SECRET]
    for line in SHOWING:
        got = [answers(client, line.format(msgid=alice.msgid)) for client in (alice, bob)]
        assert any("under the oak" in text for text in sum(got, [])), f"{line}: {got}"


def test_nor_does_who_was_thrown_out(private):
    alice, _, eve = private
    eve.send("METADATA * SUB display-name")
    alice.send("INVITE eve #hidden")
    eve.expect(" INVITE eve #hidden")
    eve.join("#hidden")
    alice.send("MODE #hidden +b eve!*@*")
    alice.send("KICK #hidden eve")
    eve.expect(" KICK #hidden eve")
    assert_nothing_is_read(eve, said(alice, "#hidden", SECRET))
    # What is set later does not come by a subscription that was made before.
    alice.send(f"METADATA #hidden SET display-name :again, {SECRET}")
    alice.sync()
    assert not any("under the oak" in m.line for m in eve.sync())


def test_metadata_of_a_channel_that_all_see_is_for_members(server):
    alice, eve = member(server, "alice"), member(server, "eve")
    alice.join("#open")
    alice.send(f"METADATA #open SET display-name :{SECRET}")
    alice.expect(" 761 ")
    for line in ("GET display-name", "LIST", "SYNC", "SET display-name x", "CLEAR"):
        got = answers(eve, f"METADATA #open {line}")
        assert any("KEY_NO_PERMISSION #open" in text for text in got), got
        assert not any("treasure" in text for text in got), got
    eve.join("#open")
    assert_refused(eve, "METADATA #open GET display-name", SECRET)
    assert_refused(eve, "METADATA #open SET display-name x", "KEY_NO_PERMISSION #open")
    assert_refused(eve, "METADATA alice SET display-name x", "KEY_NO_PERMISSION alice")


def test_who_registers_an_erased_name_has_nothing_of_before(server):
    """It is not read, exported or erased by who has the name now."""
    alice, bob = member(server, "alice"), member(server, "bob")
    for client in alice, bob:
        client.join("#room")
    said(alice, "#room", SECRET)
    said(alice, "bob", SECRET)
    said(bob, "alice", SECRET)
    alice.send("NS UNREGISTER alice")
    code = alice.expect("To do it: UNREGISTER alice").text.split()[-1]
    alice.send(f"NS UNREGISTER alice {code}")
    alice.expect("is no more")
    alice.send("QUIT")
    alice.expect("ERROR")  # the nick is free
    other = member(server, "alice")
    assert texts(other, "bob") == []
    assert not any("treasure" in line for line in answers(other, "HISTSERV PLAY bob", "SEARCH text=treasure"))
    said(other, "bob", "of the next alice")
    other.send("HISTSERV EXPORT")
    other.expect("The export is done")
    exported = (server.data / "exports" / "alice.jsonl").read_text()
    assert "of the next alice" in exported
    assert "treasure" not in exported
    other.send("HISTSERV FORGET alice")
    code = other.expect("To do it: FORGET alice").text.split()[-1]
    other.send(f"HISTSERV FORGET alice {code}")
    other.expect("is erased")
    assert texts(bob, "#room") == [SECRET]
    assert texts(bob, "alice") == [SECRET, SECRET]


# --- commands of services for others (Oragono 2.5.1, 2.6.1) ---


def test_services_do_nothing_for_strangers(server):
    alice, eve = member(server, "alice"), member(server, "eve")
    alice.join("#a")
    alice.send("CS REGISTER #a")
    alice.expect("is yours now")
    eve.join("#a")
    alice.sync()
    settings = answers(alice, "NS GET", "CS AMODE #a", "CS INFO #a", "NS SESSIONS")
    for line in (
        "NS SASET alice always-on on",
        "NS SAGET alice",
        "NS SUSPEND alice",
        "NS UNSUSPEND alice",
        "NS SESSIONS alice",
        "NS CLIENTS LIST alice",
        "NS CLIENTS LOGOUT alice all",
        "NS UNREGISTER alice 1",
        "NS ERASE alice 1",
        "NS TOTP RESET alice",
        "NS GHOST alice",
        "NS LIST",
        "NS SAREGISTER mallory another-one",
        "NS SAVERIFY alice",
        "CS UNREGISTER #a 1",
        "CS TRANSFER #a eve",
        "CS AMODE #a +o eve",
        "CS OP #a",
        "CS OP #a eve",
        "CS DEOP #a alice",
        "CS CLEAR #a USERS",
        "CS CLEAR #a ACCESS",
        "CS TRANSFER ACCEPT #a",
        "CS SET #a HISTORY off",
        "HISTSERV FORGET alice 1",
        "HISTSERV EXPORT alice",
    ):
        got = answers(eve, line)
        assert len(got) == 1 and " NOTICE eve :" in got[0], f"{line}: {got}"
    assert_refused(eve, "NS INFO mallory", "There is no account mallory")
    eve.send("NAMES #a")
    assert eve.expect(" 353 ").text.split() == ["~alice", "eve"]
    # Nothing has changed for alice, and nothing was told to her.
    assert answers(alice, "NS GET", "CS AMODE #a", "CS INFO #a", "NS SESSIONS") == settings


def test_register_is_no_way_to_the_account_of_another(server):
    register(server, "alice", PASSWORD).send("QUIT")
    eve = member(server, "eve")
    for line in ("REGISTER alice * another-one", "REGISTER ALICE * another-one", "NS REGISTER another-one"):
        got = answers(eve, line)
        assert not any(" 900 " in text or "SUCCESS" in text for text in got), got
    early = server.connect()
    early.send("CAP LS 302")
    early.send("NICK early")
    early.send("REGISTER alice * another-one")
    assert early.expect("FAIL REGISTER ").params[1] != "SUCCESS"
    early.send("QUIT")
    log_in(server, "alice", PASSWORD)


def test_an_account_without_a_password_is_no_way_in(operated):
    server, root = operated()
    root.send("NS SAREGISTER alice")
    root.expect("There is an account alice now")
    for password in ("", "alice", "*"):
        client = begin_sasl(server, "PLAIN", "eve")
        client.send(f"AUTHENTICATE {plain('alice', password)}")
        client.expect(" 904 ")
        for name, mechanism in ("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512"):
            client.send(f"AUTHENTICATE {mechanism}")
            client.expect(r" AUTHENTICATE \+$")
            assert scram(client, name, "alice", password).command == "904"
        client.send("QUIT")
        client.read_to_end()
    guest = server.connect("guest")
    for line in ("NS IDENTIFY alice :", "NS IDENTIFY alice *", "NS PASSWD * another-one", "NS CERT LIST"):
        assert not any(" 900 " in text for text in answers(guest, line)), line
    assert_refused(guest, "REGISTER alice * another-one", "FAIL REGISTER ")
