"""What is echoed is on disk: the server is killed, its disk is full, and nothing that was echoed is lost."""

import contextlib
import pathlib
import random
import re
import resource
import signal
import sqlite3
import subprocess
import threading

import pytest

from confab_server import Server
from deadline import eventually
from irc_client import IrcClient
from line_client import pump
from test_restart import restart  # noqa: F401
from test_server import password_hash

CAPS = ("echo-message", "message-tags", "batch", "draft/chathistory", "confab.chat/seq")
SENDERS = 3
PAGE = 200


FROM_THE_START = "timestamp=2000-01-01T00:00:00.000Z"


def history(client, channel):
    """The texts of all messages of a channel."""
    return history_after(client, channel, FROM_THE_START)[0]


def history_after(client, channel, reference, numbers=None):
    """The texts of the messages behind a reference, read page by page, and one to the last.

    numbers: gets those of the messages (confab.chat/seq).
    """
    texts = []
    while True:
        client.send(f"CHATHISTORY AFTER {channel} {reference} {PAGE}")
        opening = client.expect(r" BATCH \+\S+ chathistory ")
        while True:
            message = client.next()
            if message.command == "BATCH":
                break
            texts.append(message.text)
            if numbers is not None:
                numbers.append(int(message.tags["confab.chat/seq"]))
            reference = "msgid=" + message.tags["msgid"]
        if "draft/chathistory-end" in opening.tags:
            return texts, reference


class Sender:
    """Keeps messages coming, and notes which were echoed."""

    def __init__(self, server, name):
        self.client = IrcClient(server.irc)
        self.client.register(name, CAPS)
        self.client.join("#lobby")
        self.name = name
        self.sent = 0
        self.echoed = []

    def send(self, count):
        lines = []
        for _ in range(count):
            self.sent += 1
            lines.append(f"PRIVMSG #lobby :{self.name} {self.sent}\r\n")
        try:
            self.client.send_bytes("".join(lines).encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has been killed

    def collect(self):
        """What has come so far."""
        for line in self.client.lines:
            match = re.search(rb":" + self.name.encode() + rb"!\S+ PRIVMSG #lobby :(.*)$", line)
            if match:
                self.echoed.append(match.group(1).decode())
        self.client.lines.clear()


def run_until_killed(server, number, delay_s):
    """Load, and SIGKILL after a while; what was echoed, by sender."""
    senders = [Sender(server, f"r{number}s{i}") for i in range(SENDERS)]
    timer = threading.Timer(delay_s, lambda: server.send_signal(signal.SIGKILL))
    timer.start()
    while not all(sender.client.has_ended for sender in senders):
        for sender in senders:
            if sender.sent - len(sender.echoed) < 300:
                sender.send(20)
        clients = [sender.client for sender in senders]
        pump(
            clients,
            lambda: any(client.lines for client in clients)
            or all(client.has_ended for client in clients),
            "echoes",
        )
        for sender in senders:
            sender.collect()
    timer.join()
    for sender in senders:
        sender.client.close()
    server.process.wait()
    return {sender.name: sender.echoed for sender in senders}


@pytest.mark.seconds(3600)
def test_every_echoed_message_is_there_once_and_in_order_after_a_kill(tmp_path, request):
    rounds = request.config.getoption("--crash-rounds")
    echoed = {}
    checked = FROM_THE_START  # up to here, in earlier rounds
    seqs = []
    chance = random.Random(7)
    for number in range(rounds + 1):
        server = Server(tmp_path, "2")
        try:
            server.wait_until_listening()
            reader = server.connect("reader", CAPS)
            reader.join("#lobby")
            kept, checked = history_after(reader, "#lobby", checked, seqs)
            assert seqs == list(range(1, len(seqs) + 1)), "they have a gap, or one twice"
            assert len(kept) == len(set(kept)), "a message is there twice"
            by_sender = {}
            for text in kept:
                by_sender.setdefault(text.split()[0], []).append(text)
            for name, texts in echoed.items():
                of_sender = by_sender.get(name, [])
                assert of_sender[: len(texts)] == texts, f"round {number}"
                numbers = [int(text.split()[1]) for text in of_sender]
                assert numbers == list(range(1, len(numbers) + 1)), "a gap, or another order"
            server.close_clients()
            if number == rounds:
                server.stop()
            else:
                echoed = run_until_killed(server, number, chance.uniform(0.02, 0.5))
                server.check_reports()
        finally:
            server.discard()


PASSWORD = "correct-horse-battery"
ROW_CAPS = (*CAPS, "draft/read-marker", "draft/metadata-2")


def log_in(server, is_new):
    client = IrcClient(server.irc)
    client.register("owner" if is_new else "visitor", ROW_CAPS)
    client.send(f"NS REGISTER {PASSWORD}" if is_new else f"NS IDENTIFY owner {PASSWORD}")
    client.expect(r" 900 ")
    return client


def change_until_killed(server, number):
    """Has something changed that is a row and nothing else; the server is killed as soon as that is
    answered. Returns how to ask for it, and what should be answered then."""
    client = log_in(server, number == 0)
    channel = f"#c{number}"
    client.join(channel)
    stamp = f"timestamp=2020-01-01T00:00:{number:02}.000Z"
    certificate = f"{number:064x}"
    change, answer, question = (
        (f"METADATA * SET number :n{number}", rf" 761 .* :n{number}$", "METADATA * GET number"),
        (f"MARKREAD #lobby {stamp}", rf"MARKREAD #lobby {stamp}$", "MARKREAD #lobby"),
        (f"CS REGISTER {channel}", rf"{channel} is yours now", f"CS INFO {channel}"),
        (f"NS CERT ADD {certificate}", certificate, "NS CERT LIST"),
    )[number % 4]
    client.send(change)
    client.expect(answer)
    server.send_signal(signal.SIGKILL)
    client.close()
    server.process.wait()
    return question, f"{channel} belongs to owner" if number % 4 == 2 else answer


@pytest.mark.seconds(600)
def test_what_is_answered_is_there_after_a_kill(tmp_path):
    rounds = 12
    for number in range(rounds + 1):
        server = Server(tmp_path, "2")
        try:
            server.wait_until_listening()
            if number > 0:
                client = log_in(server, False)
                client.send(question)
                client.expect(answer)
                client.send("QUIT")
                client.expect("ERROR ")  # else its nick is still in use when the next one comes
                client.close()
            if number == rounds:
                server.stop()
            else:
                question, answer = change_until_killed(server, number)
                server.check_reports()
        finally:
            server.discard()


class Forgetter:
    """Says things in a channel, and has them erased."""

    def __init__(self, server, is_new):
        self.nick = "forgetter" if is_new else "visitor"
        self.client = server.connect(self.nick, CAPS)
        self.client.send("REGISTER * * correct-horse" if is_new else "NS IDENTIFY forgetter correct-horse")
        self.client.expect(r" 900 ")
        self.client.join("#lobby")

    def say(self, number, count):
        for i in range(count):
            self.client.say("#lobby", f"regretted {number} {i}")
        self.client.expect_message(self.nick, "#lobby", f"regretted {number} {count - 1}")

    def forget(self):
        self.client.send("HS FORGET forgetter")
        code = self.client.expect(r"To do it: FORGET forgetter \d+").text.split()[-1]
        self.client.send(f"HS FORGET forgetter {code}")
        self.client.expect("is erased")


KEPT = 700


@pytest.mark.seconds(3600)
def test_what_is_erased_stays_away_after_a_kill_and_what_is_too_much_goes(tmp_path, request, run_confab):
    """It is killed while messages come, are erased, cleared away and put into the index."""
    rounds = request.config.getoption("--crash-rounds")
    config = {"store": {"keep_messages": KEPT}}
    chance = random.Random(11)
    said = []  # and not to go
    for number in range(rounds + 1):
        server = Server(tmp_path, "2", config)
        try:
            server.wait_until_listening()
            reader = server.connect("reader", CAPS)
            reader.join("#lobby")
            kept = history(reader, "#lobby")
            assert not [text for text in kept if text.startswith("regretted")], f"round {number}"
            newest = said[-KEPT:]
            assert kept[len(kept) - len(newest):] == newest, f"round {number}"
            assert len(kept) == len(set(kept)), "a message is there twice"
            if number == rounds:
                break
            forgetter = Forgetter(server, number == 0)
            for i in range(300):
                reader.say("#lobby", f"stays {number} {i}")
                said.append(f"stays {number} {i}")
            forgetter.say(number, 300)
            reader.expect_message("reader", "#lobby", f"stays {number} 299")
            forgetter.forget()
            timer = threading.Timer(chance.uniform(0, 0.15), lambda: server.send_signal(signal.SIGKILL))
            timer.start()
            server.close_clients()
            timer.join()
            server.process.wait()
            server.check_reports()
            checked = run_confab("store", "check", "--data", str(server.data))
            assert checked.status_code == 0, checked.stderr.text()
        finally:
            if number < rounds:
                server.discard()
    try:
        database = server.data / "confab.db"
        eventually(lambda: rows_of(database, "SELECT 1 FROM erasures") == [], "all is cleared away", 30)
        eventually(lambda: rows_of(database, "SELECT 1 FROM messages LIMIT 1 OFFSET 1200") == [],
                   "what is too much is, too", 30)
        server.stop()
        assert b"regretted" not in bytes_of(server.data)
    finally:
        server.discard()


def test_a_full_disk_is_told_and_the_chat_goes_on(start_server, tmp_path):
    data = tmp_path / "disk"
    data.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(data)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk to fill: {mounted.stderr.strip()}")
    try:
        server = start_server("1", {"data": str(data)})
        alice = server.connect("alice", CAPS)
        bob = server.connect("bob", CAPS)
        alice.join("#lobby")
        bob.join("#lobby")
        alice.say("#lobby", "before")
        alice.expect_message("alice", "#lobby", "before")
        with (data / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 512):
                try:
                    while filler.write(b"x" * size) == size:
                        pass
                except OSError:
                    pass  # that is the aim
        lost = 0
        for number in range(200):
            alice.say("#lobby", f"{number} " + "x" * 300)
            bob.expect(f"PRIVMSG #lobby :{number} ")
            answer = alice.expect(r"PRIVMSG")
            if answer.command == "FAIL":
                assert answer.params[:3] == ["PRIVMSG", "STORAGE_UNAVAILABLE", "#lobby"]
                lost += 1
                if lost == 3:
                    break
        assert lost == 3
        server.wait_for_log(r"level=error module=store msg=\"messages can't be stored\"")
        for change, answer in (
            ("NS REGISTER correct-horse-battery", "alice is yours now"),
            ("NS PASSWD correct-horse-battery horse-battery", "password has been changed"),
            ("METADATA * SET number :one", " 761 "),
        ):
            alice.send(change)
            alice.expect(answer)
            alice.expect("It is done, but it could not be stored yet: that is tried again")
        (data / "filler").unlink()
        alice.say("#lobby", "after")
        alice.expect_message("alice", "#lobby", "after")
        kept = history(alice, "#lobby")
        assert kept[0] == "before"
        assert kept[-1] == "after"
        assert len(kept) == 2 + number + 1 - lost
        server.wait_for_log("messages are stored again")
        server.stop()
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def test_files_that_may_not_grow_are_told_and_the_chat_goes_on(start_server):
    """As a full disk, where none can be mounted: no file of the server may be larger than it is."""
    server = start_server("1")
    alice = server.connect("alice", CAPS)
    bob = server.connect("bob", CAPS)
    alice.join("#lobby")
    bob.join("#lobby")
    alice.say("#lobby", "before")
    alice.expect_message("alice", "#lobby", "before")
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in server.data.iterdir())
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (largest + 65536, hard))
    lost = 0
    for number in range(500):
        alice.say("#lobby", f"{number} " + "x" * 300)
        bob.expect(f"PRIVMSG #lobby :{number} ")
        if alice.expect(r"PRIVMSG").command == "FAIL":
            lost += 1
            if lost == 3:
                break
    assert lost == 3
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))
    alice.say("#lobby", "after")
    alice.expect_message("alice", "#lobby", "after")
    kept = history(alice, "#lobby")
    assert (kept[0], kept[-1]) == ("before", "after")
    assert len(kept) == 2 + number + 1 - lost
    server.wait_for_log("messages are stored again")


def test_a_database_that_is_moved_away_is_told_and_taken_back(start_server):
    """Else all would be echoed, and nobody would find it after the next start."""
    server = start_server("1")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    alice.say("#lobby", "before")
    alice.expect_message("alice", "#lobby", "before")
    bob = server.connect("bob")  # gets no echo
    bob.join("#lobby")
    bob.say("#lobby", "kept")
    alice.expect_message("bob", "#lobby", "kept")
    assert history(alice, "#lobby") == ["before", "kept"]  # on disk by then
    for name in "confab.db", "confab.db-wal":
        path = server.data / name
        path.rename(server.data / "elsewhere")
        if name == "confab.db":
            bob.send("NOTICE #lobby :lost")
            bob.expect(r" NOTICE bob :Your message was sent to those who are here, but it could not be stored")
        alice.say("#lobby", f"without {name}")
        answer = alice.expect("PRIVMSG")
        assert answer.params[:3] == ["PRIVMSG", "STORAGE_UNAVAILABLE", "#lobby"]
        server.wait_for_log("the database was moved or deleted while it was open: put it back")
        (server.data / "elsewhere").rename(path)
        alice.say("#lobby", f"with {name}")
        alice.expect_message("alice", "#lobby", f"with {name}")
    assert history(alice, "#lobby") == ["before", "kept", "with confab.db", "with confab.db-wal"]


def test_a_deleted_database_can_be_brought_back_while_the_server_runs(restart, run_confab, tmp_path):  # noqa: F811
    """As DIAGNOSTICS in the manual says."""
    server = restart.begin()
    alice = server.connect("alice", CAPS)
    alice.send("REGISTER * * :correct-horse")
    alice.expect("REGISTER SUCCESS alice ")
    alice.join("#den")
    alice.send("CS REGISTER #den")
    alice.expect("is yours now")
    alice.say("#den", "before")
    alice.expect_message("alice", "#den", "before")
    data = tmp_path / "shared"
    for name in "confab.db", "confab.db-wal":
        (data / name).unlink()
    alice.say("#den", "lost")
    assert alice.expect("PRIVMSG").command == "FAIL"
    for descriptor in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
        target = str(descriptor.readlink())
        for name in "db", "db-wal":
            if target == f"{data}/confab.{name} (deleted)":
                (tmp_path / f"saved.{name}").write_bytes(descriptor.read_bytes())
    server.stop()
    restored = run_confab("restore", "--data", str(data), str(tmp_path / "saved.db"))
    assert restored.status_code == 0, restored.stderr.text()
    bob = restart.again().connect("bob", CAPS)
    bob.join("#den")
    assert history(bob, "#den") == ["before"]


def test_operators_are_told_how_the_store_is_doing(start_server, run_confab):
    operators = [{"name": "root", "password": password_hash(run_confab, "sesame")}]
    server = start_server("2", {"operators": operators})
    root = server.connect("root", CAPS)
    root.join("#lobby")
    root.say("#lobby", "hello")
    root.expect_message("root", "#lobby", "hello")
    root.send("STATS z")
    assert not any("store" in message.text for message in root.sync())
    root.send("OPER root sesame")
    root.expect(" 381 ")
    root.send("STATS z")
    text = root.expect("NOTICE .*The store ").text
    match = re.search(r"The store works: (\d+) records written in (\d+) commits, 0 lost, 0 waiting; the database has \d+ MiB",
                      text)
    assert match and int(match[1]) >= int(match[2]) > 0
    text = root.expect("NOTICE .*A commit takes ").text
    assert re.search(r"A commit takes \d+ us of late, the longest one took \d+ us; the index of words (has all messages|is \d+ s behind)",
                     text)


def test_history_is_there_after_a_restart(start_server):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    for number in range(100):
        alice.say("#lobby", f"message {number}")
    alice.expect_message("alice", "#lobby", "message 99")
    server.stop()
    again = Server(server.directory, "2")
    try:
        again.wait_until_listening()
        bob = again.connect("bob", CAPS)
        bob.join("#lobby")
        assert history(bob, "#lobby") == [f"message {number}" for number in range(100)]
        again.stop()
    finally:
        again.discard()


def search(client, attributes):
    """The texts of what is found."""
    client.send(f"SEARCH {attributes}")
    client.expect(r" BATCH \+\S+ draft/search")
    texts = []
    while (message := client.next()).command != "BATCH":
        texts.append(message.text)
    return texts


def indexed(database):
    """Up to which message the index has been made."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        newest, = connection.execute("SELECT max(id) FROM messages").fetchone()
        row = connection.execute("SELECT value FROM meta WHERE key = 'indexed'").fetchone()
    return row is not None and row[0] == newest


def test_what_was_said_is_found_at_once_when_it_is_indexed_and_after_a_restart(start_server):
    server = start_server("2")
    alice = server.connect("alice", (*CAPS, "draft/search"))
    alice.join("#lobby")
    for number in range(100):
        alice.say("#lobby", f"message {number} is {'odd' if number % 2 else 'even'}")
    alice.say("#lobby", "今天天气很好")
    alice.expect_message("alice", "#lobby", "今天天气很好")
    odd = [f"message {number} is odd" for number in range(1, 100, 2)]
    assert search(alice, "in=#lobby;text=odd") == odd
    database, = server.directory.rglob("confab.db")
    eventually(lambda: indexed(database), "the index is made")
    assert search(alice, "in=#lobby;text=odd") == odd
    assert search(alice, "text=天气") == ["今天天气很好"]
    server.stop()
    again = Server(server.directory, "2")
    try:
        again.wait_until_listening()
        bob = again.connect("bob", (*CAPS, "draft/search"))
        bob.join("#lobby")
        assert search(bob, "text=odd;from=alice") == odd
        assert search(bob, "text=ODD;limit=2") == odd[-2:]
        assert search(bob, "text=天气") == ["今天天气很好"]
        again.stop()
    finally:
        again.discard()


def test_without_history_nothing_that_is_said_is_on_disk_and_accounts_are(start_server):
    server = start_server("2", {"history": {"enabled": False}})
    alice = server.connect("alice", CAPS)
    alice.join("#room")
    alice.send("REGISTER * * correct-horse")
    alice.expect("REGISTER SUCCESS alice")
    alice.say("#room", "nobody shall know")
    alice.expect_message("alice", "#room", "nobody shall know")
    alice.send("CHATHISTORY LATEST #room * 10")
    alice.expect(r"FAIL CHATHISTORY MESSAGE_ERROR LATEST #room :This server keeps no history")
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.directory.rglob("confab.db*"))
    assert b"alice" in kept
    assert b"nobody shall know" not in kept


def test_a_channel_whose_history_is_off_leaves_no_trace(start_server):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.send("REGISTER * * correct-horse")
    alice.expect("REGISTER SUCCESS alice")
    for channel in ("#quiet", "#kept"):
        alice.join(channel)
        alice.send(f"CS REGISTER {channel}")
        alice.expect("is yours now")
    alice.send("CS SET #quiet HISTORY OFF")
    alice.expect("nothing is kept of what is said")
    bob = server.connect("bob", CAPS)
    bob.join("#quiet")
    for number in range(100):
        alice.say("#quiet", f"unheardof{number}")
        bob.expect_message("alice", "#quiet", f"unheardof{number}")
    bob.send("PART #quiet :neverleft")
    bob.expect(" PART #quiet")
    alice.say("#kept", "remembered")
    alice.expect_message("alice", "#kept", "remembered")  # all before it is on disk, if it is at all
    database = server.data / "confab.db"
    eventually(lambda: indexed(database), "the index is made")
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
    assert b"remembered" in kept
    assert b"unheardof" not in kept
    assert b"neverleft" not in kept
    assert b"bob" not in kept
    again = Server(server.directory, "2")
    try:
        again.wait_until_listening()
        alice = again.connect("carol", CAPS)
        alice.join("#quiet")
        assert history(alice, "#quiet") == []
        alice.send("CS INFO #quiet")
        alice.expect("nothing is kept of what is said")
        again.stop()
    finally:
        again.discard()


@pytest.mark.parametrize("durability", ["all", "none"])
def test_messages_come_and_are_kept_with_every_durability(start_server, mode, durability):
    server = start_server(mode, {"store": {"durability": durability}})
    alice = server.connect("alice", CAPS)
    bob = server.connect("bob", CAPS)
    alice.join("#lobby")
    bob.join("#lobby")
    for number in range(200):
        alice.say("#lobby", f"message {number}")
    for client in (alice, bob):
        for number in range(200):
            client.expect_message("alice", "#lobby", f"message {number}")
    assert history(bob, "#lobby") == [f"message {number}" for number in range(200)]


def rows_of(database, sql):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def test_what_is_erased_is_in_no_file_any_more(start_server):
    """Neither the text, nor its words in the index."""
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.send("REGISTER * * :correct-horse")
    alice.expect("REGISTER SUCCESS alice ")
    bob = server.connect("bob", CAPS)
    for client in (alice, bob):
        client.join("#lobby")
    for number in range(300):
        alice.say("#lobby", f"quixotic{number} words")
        bob.say("#lobby", f"remaining{number}")
    alice.expect_message("alice", "#lobby", "quixotic299 words")
    bob.expect_message("bob", "#lobby", "remaining299")
    database = server.data / "confab.db"
    eventually(lambda: rows_of(database, "SELECT 1 FROM meta WHERE key = 'indexed' AND value > 0"),
               "the index has begun", 20)
    alice.send("HISTSERV EXPORT")
    alice.expect("The export is done")
    exported = (server.data / "exports" / "alice.jsonl").read_text()
    assert exported.count("quixotic") == 300
    assert "argon2" not in exported
    assert (server.data / "exports" / "alice.jsonl").stat().st_mode & 0o777 == 0o600
    alice.send("HISTSERV FORGET alice")
    code = alice.expect(r"To do it: FORGET alice \d+").text.split()[-1]
    alice.send(f"HISTSERV FORGET alice {code}")
    alice.expect("is erased")
    assert history(bob, "#lobby") == [f"remaining{number}" for number in range(300)]
    eventually(lambda: rows_of(database, "SELECT * FROM erasures") == [], "all is cleared away", 30)
    server.stop()
    for path in server.data.iterdir():
        if path.is_file():
            assert b"quixotic" not in path.read_bytes(), path
    assert b"remaining" in database.read_bytes()


def bytes_of(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_an_account_that_is_erased_leaves_not_even_its_name(start_server):
    """While the server runs: not in the database's log either, and it stays so after a restart."""
    server = start_server("2")
    alice = server.connect("quixotina", CAPS)
    alice.send("REGISTER * * :correct-horse")
    alice.expect("REGISTER SUCCESS quixotina ")
    alice.send("METADATA * SET display-name :Quixotina")
    alice.send("MARKREAD #lobby timestamp=2024-01-04T14:33:26.123Z")
    bob = server.connect("bob", CAPS)
    bob.send("REGISTER * * :correct-horse")
    bob.expect("REGISTER SUCCESS bob ")
    for client in (bob, alice):
        client.join("#lobby")
    for number in range(300):
        alice.say("#lobby", f"quixotic{number} words")
        alice.say("bob", f"quixotic{number} in private")
        bob.say("#lobby", f"remaining{number}")
    alice.expect_message("quixotina", "bob", "quixotic299 in private")
    bob.expect_message("bob", "#lobby", "remaining299")
    alice.send("PART #lobby :quixotic last words")
    alice.expect(" PART #lobby ")
    database = server.data / "confab.db"
    eventually(lambda: indexed(database), "the index is made")
    assert b"quixotic" in bytes_of(server.data)
    alice.send("NS ERASE quixotina")
    code = alice.expect(r"To do it: ERASE quixotina \d+").text.split()[-1]
    alice.send(f"NS ERASE quixotina {code}")
    alice.expect("is no more, and all that it has said is erased")
    assert history(bob, "#lobby") == [f"remaining{number}" for number in range(300)]
    alice.send("QUIT")
    log = server.data / "confab.db-wal"
    eventually(lambda: rows_of(database, "SELECT 1 FROM erasures UNION ALL SELECT 1 FROM targets WHERE name IS NULL"
                                         " OR instr(name, X'20') > 0") == [] and log.stat().st_size == 0,
               "all is cleared away", 30)
    for name in (b"quixotic", b"quixotina", b"Quixotina"):
        assert name not in bytes_of(server.data)
    server.send_signal(signal.SIGKILL)
    server.wait(10)
    server.is_stopped = True
    server.close_clients()
    again = Server(server.directory, "2")
    try:
        again.wait_until_listening()
        reader = again.connect("reader", CAPS)
        reader.join("#lobby")
        assert history(reader, "#lobby") == [f"remaining{number}" for number in range(300)]
        again.stop()
    finally:
        again.discard()
    assert b"quixotic" not in bytes_of(server.data)
    assert b"remaining" in database.read_bytes()


def test_no_more_messages_are_kept_than_the_configuration_says(start_server):
    server = start_server("2", {"store": {"keep_messages": 5}})
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    for number in range(50):
        alice.say("#lobby", f"message {number}")
    alice.expect_message("alice", "#lobby", "message 49")
    server.stop()
    again = Server(server.directory, "2", {"store": {"keep_messages": 5}})  # what is too much goes at the start, too
    try:
        again.wait_until_listening()
        bob = again.connect("bob", CAPS)
        bob.join("#lobby")
        eventually(lambda: history(bob, "#lobby") == [f"message {number}" for number in range(45, 50)],
                   "only the last are there", 20)
        again.stop()
    finally:
        again.discard()


def test_a_second_server_on_the_same_data_is_refused(start_server):
    server = start_server("1")
    second = Server(server.directory, "1")
    try:
        assert second.wait(10) == 1
        assert "is in use by another confab" in second.stderr.text()
    finally:
        second.discard()


def test_a_backup_while_people_talk_is_what_a_restore_brings_back(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    for number in range(300):
        alice.say("#lobby", f"message {number}")
    alice.expect_message("alice", "#lobby", "message 150")
    folder, file = ["--data", str(server.data)], str(tmp_path / "backup.db")
    made = run_confab("backup", *folder, file)
    assert made.status_code == 0, made.stderr.text()
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    alice.expect_message("alice", "#lobby", "message 299")
    alice.say("#lobby", "after the backup")
    alice.expect_message("alice", "#lobby", "after the backup")
    again = run_confab("backup", *folder, file)
    assert again.status_code == 1
    assert "File exists" in again.stderr.text()
    refused = run_confab("restore", *folder, file)
    assert refused.status_code == 1
    assert "is in use by another confab" in refused.stderr.text()
    server.stop()
    none = run_confab("restore", *folder, str(server.config_path))
    assert none.status_code == 1
    restored = run_confab("restore", *folder, file)
    assert restored.status_code == 0, restored.stderr.text()
    second = Server(server.directory, "2")
    try:
        second.wait_until_listening()
        bob = second.connect("bob", CAPS)
        bob.join("#lobby")
        kept = history(bob, "#lobby")
        assert kept == [f"message {number}" for number in range(len(kept))]
        assert len(kept) > 150
        second.stop()
    finally:
        second.discard()


def test_a_check_tells_whether_what_is_kept_is_whole(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    alice.say("#lobby", "hello")
    alice.expect_message("alice", "#lobby", "hello")
    folder = ["--data", str(server.data)]
    running = run_confab("store", "check", *folder)
    assert running.status_code == 0, running.stderr.text()
    assert "no errors" in running.stdout.text()
    backup = str(tmp_path / "backup.db")
    assert run_confab("backup", *folder, backup).status_code == 0
    assert run_confab("store", "check", backup).status_code == 0
    server.stop()
    assert run_confab("store", "check", *folder).status_code == 0
    with contextlib.closing(sqlite3.connect(backup)) as database, database:
        database.execute("DELETE FROM sources")
    damaged = run_confab("store", "check", backup)
    assert damaged.status_code == 1
    assert "messages have no sender" in damaged.stderr.text()
    assert "confab restore FILE" in damaged.stderr.text()


def test_store_says_how_it_is_used(run_confab):
    assert "check" in run_confab("store", "--help").stdout.text()
    assert run_confab("store").status_code == 2
    assert run_confab("store", "mend").status_code == 2
    assert run_confab("store", "check", "/nonexistent/confab.db").status_code == 1


def test_backup_and_restore_say_how_they_are_used(run_confab, tmp_path):
    for command in ("backup", "restore"):
        assert "FILE" in run_confab(command, "--help").stdout.text()
        assert run_confab(command).status_code == 2
        assert run_confab(command, "--data", str(tmp_path / "none"), str(tmp_path / "none.db")).status_code == 1
    assert not (tmp_path / "none").exists()


def test_a_restore_of_a_damaged_copy_leaves_nothing_behind(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    for number in range(200):
        alice.say("#lobby", f"hello {number}")
    alice.expect_message("alice", "#lobby", "hello 199")
    file = tmp_path / "backup.db"
    assert run_confab("backup", "--data", str(server.data), str(file)).status_code == 0
    size = file.stat().st_size
    with file.open("r+b") as copy:
        copy.seek(size // 2)
        copy.write(b"\xff" * (size // 2))
    folder = tmp_path / "elsewhere"
    failed = run_confab("restore", "--data", str(folder), str(file))
    assert failed.status_code == 1
    assert "cannot copy" in failed.stderr.text()
    assert not folder.exists()
    failed = run_confab("restore", "--data", str(tmp_path), str(file))
    assert failed.status_code == 1
    assert not list(tmp_path.glob("confab.db*"))


def test_what_a_restore_replaces_is_kept_each_time(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = server.connect("alice", CAPS)
    alice.join("#lobby")
    alice.say("#lobby", "hello")
    alice.expect_message("alice", "#lobby", "hello")
    file = str(tmp_path / "backup.db")
    told = run_confab("backup", "--data", str(server.data), file)
    assert told.status_code == 0, told.stderr.text()
    assert "Not in it" in told.stdout.text()
    assert "cloak.secret" in told.stdout.text()
    server.stop()

    folder = tmp_path / "elsewhere"
    database = folder / "confab.db"
    first = run_confab("restore", "--data", str(folder), file)
    assert first.status_code == 0, first.stderr.text()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["confab.db", "confab.db.lock"]
    names = ["confab.db.old"] + [f"confab.db.old.{number}" for number in range(1, 20)]
    for number, name in enumerate(names):
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(f"PRAGMA user_version = {1000 + number}")
        again = run_confab("restore", "--data", str(folder), file)
        assert again.status_code == 0, again.stderr.text()
        assert f"is in {folder / name}\n" in again.stdout.text()
    for number, name in enumerate(names):
        with contextlib.closing(sqlite3.connect(folder / name)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (1000 + number,)
    full = run_confab("restore", "--data", str(folder), file)
    assert full.status_code == 1
    assert "delete those that are not needed" in full.stderr.text()
    assert not (folder / "confab.db.new").exists()


def test_a_database_that_cant_be_opened_is_moved_aside_as_it_is(start_server, run_confab, tmp_path):
    server = start_server("2")
    file = str(tmp_path / "backup.db")
    assert run_confab("backup", "--data", str(server.data), file).status_code == 0
    server.stop()
    (server.data / "confab.db").write_bytes(b"no database" * 1000)
    (server.data / "confab.db-wal").write_bytes(b"no log")
    restored = run_confab("restore", "--data", str(server.data), file)
    assert restored.status_code == 0, restored.stderr.text()
    assert (server.data / "confab.db.old").read_bytes().startswith(b"no database")
    assert run_confab("store", "check", "--data", str(server.data)).status_code == 0
