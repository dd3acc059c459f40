"""What a restart leaves of channels: all that is theirs, whether or not anybody has registered them."""

import contextlib
import re
import signal
import sqlite3

import pytest

from confab_server import Server
from test_accounts import PASSWORD, log_in, register
from test_server import password_hash


@pytest.fixture
def restart(start_server, tmp_path):
    """restart(config, end) -> a second server on the data of the first; restart.first."""

    class Restart:
        def begin(self, config=None):
            self.config = {**(config or {}), "data": str(tmp_path / "shared")}
            self.first = start_server("2", self.config)
            return self.first

        def end(self, number):
            self.first.send_signal(number)
            self.first.wait(10)
            self.first.is_stopped = True
            self.first.close_clients()
            return self.again()

        def again(self):
            return start_server("2", self.config)

    return Restart()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_channels_outlive_the_server(restart, end):
    first = restart.begin()
    alice = first.connect("alice")
    alice.join("#secret")
    alice.send("MODE #secret +ksl key 7")
    alice.send("MODE #secret +b *!*@bad.example")
    alice.send("TOPIC #secret :of what we speak")
    alice.send("JOIN #gone")
    alice.send("PART #gone")
    alice.sync()
    register(first, "bob")  # answered when all before it is on disk

    second = restart.end(end)
    carl = second.connect("carl")
    carl.send("JOIN #secret")
    carl.expect(" 475 carl #secret ")
    carl.send("JOIN #secret key")
    assert carl.expect(" 332 carl #secret ").text == "of what we speak"
    # Nobody could give ranks in it: the first to come is its operator, as in a new channel.
    carl.expect(" MODE #secret \\+o carl")
    carl.send("MODE #secret")
    modes = carl.expect(" 324 carl #secret ").params[2:]
    assert set(modes[0]) >= set("+kslnt") and "7" in modes and "key" in modes
    carl.send("MODE #secret b")
    assert carl.expect(" 367 carl #secret ").params[2] == "*!*@bad.example"
    carl.send("LIST #gone")
    assert not any(m.command == "322" for m in carl.sync())


def test_ranks_of_accounts_outlive_the_server(restart):
    first = restart.begin()
    password = PASSWORD.replace(" ", "_")
    alice = register(first, "alice")
    alice.join("#a")
    bob = register(first, "bob")
    bob.join("#a")
    alice.send("MODE #a +v bob")
    alice.send("CS REGISTER #b")
    alice.send("JOIN #b")
    alice.send("CS REGISTER #b")
    alice.expect("is yours now")
    alice.send("CS AMODE #b +h bob")
    alice.sync()
    register(first, "carl")

    second = restart.end(signal.SIGKILL)
    dora = second.connect("dora")
    dora.join("#a")
    assert not any(m.command == "MODE" for m in dora.sync())  # there is somebody to wait for
    alice = log_in(second, "alice", password)
    alice.send("JOIN #a,#b")
    alice.expect(" MODE #a \\+o alice")
    alice.expect(" MODE #b \\+qo alice alice")
    bob = log_in(second, "bob", password)
    bob.send("JOIN #a,#b")
    bob.expect(" MODE #a \\+v bob")
    bob.expect(" MODE #b \\+h bob")


def test_read_markers_outlive_the_server(restart):
    first = restart.begin()
    alice = register(first, "alice", PASSWORD.replace(" ", "_"))
    alice.send("MARKREAD #a timestamp=2024-01-04T14:33:26.123Z")
    alice.send("MARKREAD bob timestamp=2024-01-05T00:00:00.000Z")
    alice.send("MARKREAD bob timestamp=2024-01-04T00:00:00.000Z")
    alice.sync()
    register(first, "bob")  # answered when all before it is on disk

    second = restart.end(signal.SIGKILL)
    alice = log_in(second, "alice", PASSWORD.replace(" ", "_"))
    alice.send("MARKREAD #a")
    assert alice.expect(" MARKREAD #a ").params[1] == "timestamp=2024-01-04T14:33:26.123Z"
    alice.send("MARKREAD bob")
    assert alice.expect(" MARKREAD bob ").params[1] == "timestamp=2024-01-05T00:00:00.000Z"


def test_a_redacted_message_stays_away(restart):
    first = restart.begin()
    alice = first.connect("alice", ["message-tags", "echo-message", "draft/message-redaction"])
    alice.send(f"REGISTER * * :{PASSWORD.replace(' ', '_')}")
    alice.expect(" REGISTER SUCCESS ")
    alice.send("JOIN #a")
    alice.send("CS REGISTER #a")
    alice.expect("is yours now")
    alice.send("PRIVMSG #a :a secret")
    msgid = alice.expect(" PRIVMSG #a ").tags["msgid"]
    alice.send("PRIVMSG #a :no secret")
    alice.expect(" PRIVMSG #a ")
    alice.send(f"REDACT #a {msgid}")
    alice.expect(f" REDACT #a {msgid}")  # comes back when it is on disk

    second = restart.end(signal.SIGKILL)
    alice = log_in(second, "alice", PASSWORD.replace(" ", "_"))
    alice.join("#a")
    alice.send("CHATHISTORY LATEST #a * 10")
    texts = [m.text for m in alice.sync() if m.command == "PRIVMSG"]
    assert texts == ["no secret"]


def claim_secret(server):
    match = re.search(r"/quote CLAIM (\S+)", server.stdout.text())
    return match and match[1]


def test_whoever_has_started_the_server_claims_it_once(restart):
    first = restart.begin()
    secret = claim_secret(first)
    assert re.fullmatch(r"([0-9a-z]{5}-){3}[0-9a-z]{5}", secret)
    alice = register(first, "alice", PASSWORD)
    alice.send("CLAIM wrong")
    alice.expect(r" NOTICE alice :That is not the secret")
    alice.send(f"CLAIM {secret}")
    alice.expect(r" 381 alice ")
    alice.send("UBAN ADD 192.0.2.0/24 1d :never seen again")
    alice.expect(r"Ban D1 on 192.0.2.0/24 for 24h")
    second = restart.end(signal.SIGTERM)
    assert claim_secret(second) is None
    again = log_in(second, "alice", PASSWORD.replace(" ", "_"))
    again.send("UBAN LIST")
    again.expect(r"D1 on 192.0.2.0/24 for 2\dh \(never seen again\) by alice ")


def test_there_is_nothing_to_claim_where_operators_are_configured(start_server, run_confab):
    operators = [{"name": "root", "password": password_hash(run_confab, "sesame")}]
    server = start_server("1", {"operators": operators})
    assert claim_secret(server) is None
    alice = register(server, "alice", PASSWORD)
    alice.send("CLAIM something")
    alice.expect(r" NOTICE alice :This server has an operator already")


@pytest.mark.parametrize("may_register", [True, False])
def test_what_the_console_says_of_operators_works(start_server, may_register):
    password = "correct-horse"
    config = {"accounts": {"registration": may_register}}
    server = start_server("1", config, arguments=["--console"], has_input=True)
    said = server.stdout.wait_for(r"/claim (\S+)")
    if may_register:
        assert "NickServ REGISTER <password>" in server.stdout.text()
        server.type(f"/msg NickServ REGISTER {password}")
        server.stdout.wait_for("logged in as operator")
    else:
        assert "SAREGISTER <account> <password>" in server.stdout.text()
        server.type(f"/msg NickServ SAREGISTER alice {password}")
        server.stdout.wait_for("alice")
        server.type(f"/msg NickServ IDENTIFY alice {password}")
        server.stdout.wait_for("logged in as alice")
    server.type(f"/claim {said.group(1)}")
    server.type("/oper x")  # the answer comes behind those of what was typed before
    server.stdout.wait_for("You can't be that operator")
    client = log_in(server, "operator" if may_register else "alice", password)
    client.send("REHASH")
    client.expect(" 382 ")


def test_where_nobody_can_register_the_start_says_what_works(start_server):
    server = start_server("1", {"accounts": {"registration": False}})
    assert claim_secret(server)
    assert "confab serve --console" in server.stdout.text()
    assert "NickServ REGISTER" not in server.stdout.text()


def test_invite_links_outlive_the_server(restart):
    first = restart.begin()
    alice = register(first, "alice")
    alice.join("#own")
    alice.send("CS REGISTER #own")
    alice.expect("is yours now")
    alice.send("MODE #own +i")
    alice.send("INVITELINK CREATE #own uses=2;role=voice")
    token = alice.expect("INVITELINK CREATED #own ").params[-1]
    bob = first.connect("bob")
    bob.send(f"INVITELINK USE {token}")
    bob.expect(r"MODE #own \+v bob")
    register(first, "dora")  # answered when all before it is on disk
    second = restart.end(signal.SIGKILL)
    carl = second.connect("carl")
    carl.send(f"INVITELINK USE {token}")
    carl.expect(r"MODE #own \+v carl")
    emil = second.connect("emil")
    emil.send(f"INVITELINK USE {token}")
    emil.expect("FAIL INVITELINK USED_UP")


def change_rows(server, sql, *values):
    with contextlib.closing(sqlite3.connect(server.data / "confab.db")) as database, database:
        return database.execute(sql, values).fetchall()


ALL_OF_ALICE = "substr(CAST(key AS TEXT) || ' ', 1, length('alice ')) = 'alice '"


def test_the_name_of_an_account_that_can_t_be_read_is_kept_until_it_is_removed(start_server):
    """What is the account's goes by its name: who could register it would have its channels."""
    server = start_server("2")
    alice = register(server, "alice")
    alice.join("#own")
    alice.send("CS REGISTER #own")
    alice.sync()
    server.stop()
    change_rows(server, "UPDATE rows SET value = X'63' WHERE row = 1 AND CAST(key AS TEXT) = 'alice'")
    before = change_rows(server, "SELECT * FROM rows WHERE row = 1")

    second = start_server("2", {"data": str(server.data)})
    second.wait_for_log("level=warn .*an account of the database makes no sense.* account=alice")
    bob = second.connect()
    bob.send("USER bob 0 * :Bob")
    bob.send("NICK alice")
    assert "could not be read" in bob.expect(" 433 ").text
    register(second, "carl")  # answered when all before it is on disk
    second.stop()
    rows = change_rows(server, "SELECT * FROM rows WHERE row = 1 AND CAST(key AS TEXT) = 'alice'")
    assert rows == before

    change_rows(server, f"DELETE FROM rows WHERE {ALL_OF_ALICE}")  # as docs/export.md says
    third = start_server("2", {"data": str(server.data)})
    register(third, "alice")


ALL_OF_OWN = (
    "key = CAST('#own' AS BLOB) OR row = 9 AND "
    "instr(value, CAST(char(length(CAST('#own' AS BLOB))) || '#own' AS BLOB))"
)
ROW_OF_OWN = "row = 2 AND key = CAST('#own' AS BLOB)"


def test_a_channel_that_can_t_be_read_is_there_again_when_it_is_mended(start_server, run_confab):
    """Nobody gets its name meanwhile, and nothing that belongs to it is lost."""
    config = {"accounts": {"always_on": "opt-out"}}
    password = PASSWORD.replace(" ", "_")
    server = start_server("2", config)
    alice = register(server, "alice", password)
    alice.join("#own")
    alice.send("CS REGISTER #own")
    alice.expect("is yours now")
    alice.send("MODE #own +i")
    alice.send("INVITELINK CREATE #own uses=2")
    token = alice.expect("INVITELINK CREATED #own ").params[-1]
    alice.send("METADATA #own SET url :https://own.example")
    alice.say("#own", "what was said")
    bob = register(server, "bob", password)
    bob.send(f"INVITELINK USE {token}")
    bob.expect("JOIN #own")
    alice.send("MODE #own +v bob")
    bob.expect(r"MODE #own \+v bob")
    bob.sync()
    server.stop()
    ((value,),) = change_rows(server, f"SELECT value FROM rows WHERE {ROW_OF_OWN}")
    change_rows(server, f"UPDATE rows SET value = X'63' WHERE {ROW_OF_OWN}")
    others = "SELECT * FROM rows WHERE key = CAST('#own' AS BLOB) OR row = 9 ORDER BY row, key"
    before = change_rows(server, others)
    assert {row[0] for row in before} == {2, 4, 9}
    check = run_confab("store", "check", "--data", str(server.data))
    assert check.status_code == 1
    assert 'channel "#own": it is not made as such a row is' in check.stderr.text()

    second = start_server("2", {**config, "data": str(server.data)})
    second.wait_for_log("level=warn .*a channel of the database makes no sense.* channel=#own")
    carl = register(second, "carl", password)
    carl.send("JOIN #own")
    assert "could not be read" in carl.expect(" 479 ").text
    carl.send(f"INVITELINK USE {token}")
    carl.expect("FAIL INVITELINK")
    carl.join("#mine")
    carl.send("CS REGISTER #mine")
    carl.send("INVITELINK CREATE #mine")
    carl.expect("INVITELINK CREATED #mine ")
    carl.send("RENAME #mine #own")
    assert "could not be read" in carl.expect(" (479|FAIL RENAME) ").text
    bob = log_in(second, "bob", password)
    bob.join("#else")  # its row is written anew
    bob.sync()
    second.stop()
    after = change_rows(server, others)
    assert [row for row in after if row in before] == before
    assert len(after) == len(before) + 1  # the link of #mine

    change_rows(server, f"UPDATE rows SET value = ? WHERE {ROW_OF_OWN}", value)
    third = start_server("2", {**config, "data": str(server.data)})
    alice = log_in(third, "alice", password)
    alice.send("NAMES #own")
    assert set(alice.expect(" 353 alice . #own ").text.split()) == {"~alice", "+bob"}
    alice.send("HS PLAY #own")
    alice.expect("what was said")
    carl = log_in(third, "carl", password)
    carl.send(f"INVITELINK USE {token}")
    carl.expect("JOIN #own")


def test_a_channel_that_can_t_be_read_may_be_removed(start_server):
    server = start_server("2")
    alice = register(server, "alice", PASSWORD.replace(" ", "_"))
    for name in ("#own", "#owner"):
        alice.join(name)
        alice.send(f"CS REGISTER {name}")
        alice.expect("is yours now")
        alice.send(f"INVITELINK CREATE {name}")
        alice.expect(f"INVITELINK CREATED {name} ")
    alice.send("METADATA #own SET url :https://own.example")
    alice.say("#own", "what was said")
    server.stop()
    change_rows(server, f"UPDATE rows SET value = X'63' WHERE {ROW_OF_OWN}")
    change_rows(server, f"DELETE FROM rows WHERE {ALL_OF_OWN}")  # as docs/export.md says
    rows = change_rows(server, "SELECT row, CAST(key AS TEXT) FROM rows WHERE row IN (2, 4, 9) ORDER BY row")
    assert rows == [(2, "#owner"), (9, "000000000002")]
    second = start_server("2", {"data": str(server.data)})
    bob = register(second, "bob")
    bob.join("#own")
    bob.send("CS REGISTER #own")
    bob.expect("is yours now")
    bob.send("HS PLAY #own")
    assert "what was said" not in " ".join(m.text for m in bob.sync())


def test_a_channel_without_a_name_keeps_the_server_from_starting(start_server):
    """Nothing could keep others from its name."""
    server = start_server("2")
    alice = register(server, "alice")
    alice.join("#own")
    alice.send("CS REGISTER #own")
    alice.sync()
    server.stop()
    change_rows(server, "UPDATE rows SET key = X'ff', value = X'63' WHERE row = 2")
    second = Server(server.directory, "2")
    try:
        assert second.wait(10) == 1
        assert "a channel whose name can't be read" in second.stderr.text()
    finally:
        second.discard()


def test_an_account_without_a_name_keeps_the_server_from_starting(start_server):
    """Nothing could keep others from its name."""
    server = start_server("2")
    register(server, "alice")
    server.stop()
    change_rows(server, "UPDATE rows SET key = X'ff', value = X'63' WHERE row = 1")
    second = Server(server.directory, "2")
    try:
        assert second.wait(10) == 1
        assert "an account whose name can't be read" in second.stderr.text()
    finally:
        second.discard()
    change_rows(server, "DELETE FROM rows WHERE row = 1 AND key = X'FF'")
    start_server("2", {"data": str(server.data)})
