"""confab.chat/txn: who sends again what may have been lost on the way sends nothing twice."""

import random
import signal

from confab_server import Server
from test_accounts import begin_sasl, plain
from test_store import history

CAPS = "echo-message message-tags batch draft/chathistory confab.chat/txn confab.chat/seq"
PASSWORD = "correct-horse-battery"
COUNT = 400


def log_in(server):
    alice = begin_sasl(server, "PLAIN", "alice")
    alice.send(f"CAP REQ :{CAPS}")
    alice.send(f"AUTHENTICATE {plain('alice', PASSWORD)}")
    alice.expect(r" 903 ")
    alice.send("CAP END")
    alice.expect(r" 422 ")
    alice.join("#lobby")
    return alice


def send(client, numbers):
    lines = [f"@confab.chat/txn=m-{n} PRIVMSG #lobby :message {n}\r\n" for n in numbers]
    client.send_bytes("".join(lines).encode())


def test_what_is_sent_again_after_a_kill_is_there_once(tmp_path):
    chance = random.Random(11)
    ids = {}
    registered = False
    for start in range(0, COUNT, 80):
        server = Server(tmp_path, "2")
        try:
            server.wait_until_listening()
            if not registered:
                first = server.connect("alice")
                first.send(f"REGISTER * * :{PASSWORD}")
                first.expect(r" REGISTER SUCCESS alice ")
                first.close()
                registered = True
            alice = log_in(server)
            # What it does not know about, and some of what it does.
            send(alice, range(max(0, start - 80), start))
            for number in range(max(0, start - 80), start):
                echo = alice.expect(rf" PRIVMSG #lobby :message {number}$")
                assert ids.setdefault(number, echo.tags["msgid"]) == echo.tags["msgid"]
            # Then others, and the end comes while they are under way.
            send(alice, range(start, start + 80))
            for number in range(start, start + chance.randrange(1, 80)):
                echo = alice.expect(rf" PRIVMSG #lobby :message {number}$")
                ids[number] = echo.tags["msgid"]
            server.send_signal(signal.SIGKILL)
            server.process.wait()
            server.check_reports()
        finally:
            server.discard()
    server = Server(tmp_path, "2")
    try:
        server.wait_until_listening()
        alice = log_in(server)
        send(alice, range(COUNT - 80, COUNT))
        for number in range(COUNT - 80, COUNT):
            alice.expect(rf" PRIVMSG #lobby :message {number}$")
        assert history(alice, "#lobby") == [f"message {number}" for number in range(COUNT)]
        server.stop()
    finally:
        server.discard()


def test_what_is_sent_again_on_another_connection_is_seen_once(start_server):
    server = start_server("2")
    first = server.connect("alice")
    first.send(f"REGISTER * * :{PASSWORD}")
    first.expect(r" REGISTER SUCCESS alice ")
    first.close()
    bob = server.connect("bob")
    bob.join("#lobby")
    alice = log_in(server)
    send(alice, [1, 2])
    bob.expect(r" PRIVMSG #lobby :message 2$")
    alice.close()  # before it has read anything
    bob.expect(r":alice!\S+ QUIT ")
    again = log_in(server)
    send(again, [1, 2, 3])
    for number in (1, 2, 3):
        again.expect(rf" PRIVMSG #lobby :message {number}$")
    seen = [message.text for message in bob.sync() if message.command == "PRIVMSG"]
    assert seen == ["message 3"]
