"""Users who stay while no client of theirs is connected, with the program and its database."""

import signal

import pytest

from deadline import eventually
from test_accounts import PASSWORD, begin_sasl, plain, register
from test_restart import restart  # noqa: F401, the fixture

SECRET = PASSWORD.replace(" ", "_")


def come_back(server, account, caps, nick):
    """Logs in with some other nick; returns the client when it has been welcomed as `nick`."""
    client = begin_sasl(server, "PLAIN", "some-other")
    client.send(f"AUTHENTICATE {plain(account, SECRET)}")
    client.send(f"CAP REQ :{caps}")
    client.send("CAP END")
    client.expect(f" 001 {nick} ")
    client.nick = nick
    return client


def is_away(client, nick):
    client.send(f"WHOIS {nick}")
    return any(m.command == "301" for m in client.sync())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_user_stays_without_a_client_and_over_a_restart(restart, end):  # noqa: F811
    first = restart.begin()
    alice = register(first, "alice")
    alice.join("#a")
    alice.send("NS SET always-on on")
    alice.expect("always-on is on: you stay")
    bob = first.connect("bob", caps=("away-notify",))
    bob.join("#a")
    alice.close()
    bob.expect(":alice!.* AWAY :")
    bob.send("PRIVMSG alice :for later")
    bob.expect(" 301 bob alice ")
    bob.send("NAMES #a")
    assert "@alice" in bob.expect(" 353 bob ").text
    register(first, "dick")  # answered when all before it is on disk

    second = restart.end(end)
    carl = second.connect("carl")
    carl.send("JOIN #a")
    assert sorted(carl.expect(" 353 carl ").text.split()) == ["@alice", "carl"]
    assert is_away(carl, "alice")
    carl.send("PRIVMSG #a :and this")
    carl.sync()
    alice = come_back(second, "alice", "batch server-time draft/chathistory", "alice")
    alice.expect(":alice!.* JOIN #a")
    eventually(lambda: not is_away(carl, "alice"), "alice is back")
    alice.send("CHATHISTORY LATEST ~bob * 10")
    assert alice.expect(" PRIVMSG alice ").text == "for later"
    alice.send("CHATHISTORY LATEST #a * 10")
    assert alice.expect(" PRIVMSG #a ").text == "and this"


def test_who_does_not_stay_any_more_is_not_there_after_a_restart(restart):  # noqa: F811
    first = restart.begin()
    alice = register(first, "alice")
    alice.send("NS SET always-on on")
    alice.expect("always-on is on: you stay")
    alice.send("NS SET always-on off")
    alice.expect("always-on is off: you do not stay")
    register(first, "dick")
    second = restart.end(signal.SIGKILL)
    carl = second.connect("carl")
    carl.send("WHOIS alice")
    carl.expect(" 401 carl alice ")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_device_gets_what_it_has_missed(restart, end):  # noqa: F811
    first = restart.begin()
    alice = register(first, "alice")
    alice.join("#a")
    alice.send("NS SET always-on on")
    alice.expect("always-on is on: you stay")
    phone = come_back(first, "alice@phone", "server-time", "alice")
    phone.send("QUIT")
    phone.expect("ERROR")  # it is gone, for the server, too
    bob = first.connect("bob")
    bob.join("#a")
    alice.send("NS SESSIONS")
    alice.expect("Device phone was here last")
    bob.send("PRIVMSG #a :missed")
    bob.send("PRIVMSG alice :privately")
    bob.sync()
    register(first, "dick")  # answered when all before it is on disk

    second = restart.end(end)
    phone = come_back(second, "alice@phone", "server-time", "alice")
    assert phone.expect(" PRIVMSG #a ").text == "missed"
    assert phone.expect(" PRIVMSG alice ").text == "privately"
    bob = second.connect("bob")
    bob.send("PRIVMSG alice :live")
    assert phone.expect(" PRIVMSG alice ").text == "live"
