"""Clients that are broken, slow, gone or malicious: they are told, and nobody else notices."""

import fcntl
import pathlib
import random
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from confab_server import is_under_tsan
from deadline import TIME_FACTOR, eventually
from irc_client import Message, sync_all
from line_client import pump

pytestmark = pytest.mark.threads

MIB = 1024 * 1024


def check_that_others_talk(server, suffix=""):
    """The server serves: two who have nothing to do with it all."""
    one = server.connect(f"one{suffix}")
    two = server.connect(f"two{suffix}")
    one.say(f"two{suffix}", "still there?")
    two.expect_message(f"one{suffix}", f"two{suffix}", "still there?")
    one.close()
    two.close()


# --- bytes that are no IRC ---


@pytest.mark.parametrize("seed", range(3))
def test_binary_garbage_harms_nobody(server, seed):
    dice = random.Random(seed)
    for round_number in range(4):
        raw = server.connect()
        registered = server.connect(f"rubbish{round_number}")
        plain = server.connect_plain()
        for client in (raw, registered, plain):
            client.send_bytes(dice.randbytes(dice.randrange(1, 20000)))
            client.send_bytes(b"\n")
        if dice.random() < 0.5:
            for client in (raw, registered, plain):
                client.reset()
    check_that_others_talk(server)


def test_garbage_is_answered_and_not_relayed(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    client = server.connect("client")
    client.join("#lobby")
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # a TLS greeting
    client.expect("^:test.confab 400 client \\* :Your line has a NUL or CR in it")
    client.send(b"PRIVMSG #lobby :cut\0here")
    client.expect(" 400 client \\* :Your line has a NUL")
    client.send(b"PRIVMSG #lobby :cut\rQUIT")
    client.expect(" 400 client \\* :Your line has a NUL or CR")
    client.send(b"PRIVMSG #lobby :caf\xe9")
    client.expect("^:test.confab FAIL PRIVMSG INVALID_UTF8 :")
    client.send(b"\xff\xfe\xfd")
    client.expect("^:test.confab FAIL \\* INVALID_UTF8 :")
    client.send(b":nobody")
    client.expect(" 400 client \\* :Your line has no command")
    client.send(b"PRIVMSG #lobby :" + b"x" * 600)
    client.expect(" 417 client :Your line was not used: it is longer than 510 bytes")
    client.send(b"@" + b"t" * 5000 + b" PRIVMSG #lobby :x")
    client.expect(" 417 client :Your line was not used: its tags are longer")
    client.say("#lobby", "sorry")
    said = [m.text for m in [watcher.expect("PRIVMSG"), *watcher.sync()] if m.nick == "client"]
    assert said == ["sorry"]


def test_garbage_on_the_plain_door_is_answered(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    plain = server.connect_plain()
    watcher.expect("JOIN #lobby")
    plain.send_bytes(b"caf\xe9\n")
    plain.expect(r"^\* Your line was not UTF-8")
    plain.send_bytes(b"nul\0\n")
    plain.expect(r"Your line has a NUL or CR")
    plain.send_bytes(b"\xff\xfb\x1f\xff\xfd\x01hello\r\n")  # telnet negotiates
    assert watcher.expect("PRIVMSG").text == "hello"


def test_endless_line_is_cut_off_with_a_reason(server):
    for client in (server.connect(), server.connect("endless")):
        client.send_bytes(b"x" * 100000)
        client.expect_end("Input line too long")
    check_that_others_talk(server)


def test_endless_line_on_the_plain_door_comes_in_parts(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    plain = server.connect_plain()
    text = "".join(f"{i} " for i in range(2000))
    plain.send_bytes(text.encode())
    heard = ""
    while len(heard) < len(text.rstrip()):
        heard += watcher.expect("PRIVMSG #lobby").text
    assert heard.rstrip() == text.rstrip()


@pytest.mark.parametrize("door", ["irc", "plain"])
def test_session_that_drips_byte_by_byte(server, door):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    if door == "irc":
        client = server.connect()
        text = "NICK drip\r\nUSER drip 0 * :Drip\r\nJOIN #lobby\r\n"
        text += "PRIVMSG #lobby :tröpfchenweise\r\n"
    else:
        client = server.connect_plain()
        text = "tröpfchenweise\n"
    for byte in text.encode():
        client.send_bytes(bytes([byte]))
        # The server has read it before the next one comes.
        eventually(lambda: unread_bytes(client) == 0, "a byte to be read")
    assert watcher.expect("PRIVMSG #lobby").text == "tröpfchenweise"


def unread_bytes(client):
    """Sent and not acknowledged by the peer's kernel yet (SIOCOUTQ)."""
    return struct.unpack("i", fcntl.ioctl(client.socket, termios.TIOCOUTQ, b"\0" * 4))[0]


# --- ends ---


def test_half_a_line_before_the_end_is_not_executed(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    client = server.connect("hasty")
    client.join("#lobby")
    client.say("#lobby", "whole")
    client.send_bytes(b"PRIVMSG #lobby :half")
    client.close()
    watcher.expect_message("hasty", "#lobby", "whole")
    end = watcher.next()
    assert end.command == "QUIT", end
    assert end.text == "Connection closed"


def test_last_words_on_the_plain_door_need_no_line_end(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    plain = server.connect_plain()
    plain.send_bytes(b"one\ntwo")
    plain.close()
    assert watcher.expect("PRIVMSG").text == "one"
    assert watcher.expect("PRIVMSG").text == "two"
    watcher.expect("QUIT :Connection closed")


def test_half_close_with_lines_on_the_way(server):
    """What came before the end is executed and answered, as `printf ... | nc` expects."""
    watcher = server.connect("watcher")
    watcher.join("#pipe")
    count = 500
    client = server.connect()
    lines = ["NICK piped", "USER piped 0 * :Piped", "JOIN #pipe"]
    lines += [f"PRIVMSG #pipe :{i}" for i in range(count)]
    lines += ["PING the-end"]
    client.send_bytes("".join(line + "\r\n" for line in lines).encode())
    pump([client], lambda: not client.outgoing, "all sent")
    client.end_writing()
    answers = client.read_to_end()
    assert any(line.endswith("PONG test.confab :the-end") for line in answers)
    assert answers[-1].startswith("ERROR :Closing link: ")
    heard = [watcher.expect("PRIVMSG #pipe").text for _ in range(count)]
    assert heard == [str(i) for i in range(count)]
    watcher.expect("QUIT :Connection closed")


def test_half_close_waits_for_the_input_rate(start_server, mode):
    """Lines that have to wait for their turn are not lost when the client says it has ended."""
    server = start_server(mode, {"limits": {"input_rate": 100, "input_burst": 10}})
    watcher = server.connect("watcher")
    watcher.join("#pipe")
    client = server.connect("piped")
    client.join("#pipe")
    client.send_bytes("".join(f"PRIVMSG #pipe :{i}\r\n" for i in range(60)).encode())
    client.end_writing()
    heard = [watcher.expect("PRIVMSG #pipe").text for _ in range(60)]
    assert heard == [str(i) for i in range(60)]
    watcher.expect("QUIT :Connection closed")


def test_peer_reset_is_noticed_at_once(server):
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    for i in range(10):
        client = server.connect(f"crash{i}")
        client.join("#lobby")
        client.say("#lobby", "last words")
        watcher.expect_message(f"crash{i}", "#lobby", "last words")
        client.reset()
        watcher.expect(rf"^:crash{i}!\S+ QUIT :Connection (lost|closed)$")


def test_peers_reset_while_a_channel_floods_them(server):
    watcher = server.connect("watcher")
    victims = server.connect_many(20, "victim")
    for client in [watcher, *victims]:
        client.join("#storm")
    sync_all([watcher, *victims])
    storm = server.connect("storm")
    storm.join("#storm")
    count = 2000
    storm.send_bytes("".join(f"PRIVMSG #storm :{i} {'x' * 200}\r\n" for i in range(count)).encode())
    for i, victim in enumerate(victims):
        pump([storm, watcher], lambda: len(watcher.lines) > i * 60, "the storm")
        victim.reset()
    pump([storm, watcher], lambda: last_text(watcher) == f"{count - 1} {'x' * 200}", "all of it")
    messages = [Message(line.decode()) for line in watcher.lines]
    texts = [m.text.split()[0] for m in messages if m.command == "PRIVMSG"]
    assert texts == [str(i) for i in range(count)]
    server.wait_for_users(2, watcher)


def last_text(client):
    for line in reversed(client.lines):
        message = Message(line.decode())
        if message.command == "PRIVMSG":
            return message.text
    return None


# --- crowds ---


def test_thousands_connect_and_all_leave_at_once(start_server, mode):
    count = 300 if mode == "per-client" else 2000
    server = start_server(mode)
    # Those who stay: some for each worker, so that all have begun, and have opened what they keep.
    observer, *others = server.connect_many(8, "observer")
    files_before = server.files()
    silent = [server.connect() for _ in range(count // 2)]
    talking = server.connect_many(count - count // 2)
    server.wait_for_users(1 + len(others) + len(talking), observer)
    for client in silent + talking:
        client.close()
    server.wait_for_users(1 + len(others), observer)
    # A worker that served one client keeps its two files for the next one.
    kept = 2 * count if mode == "per-client" else 0
    eventually(lambda: server.files() <= files_before + kept, "files to be closed")
    eventually(lambda: server.threads().count("client") <= 1 + len(others), "threads to end")
    check_that_others_talk(server)


def test_connections_come_and_go_without_a_pause(server):
    """Workers, slots and ids are used again and again."""
    for _ in range(5):
        clients = [server.connect() for _ in range(60)]
        for i, client in enumerate(clients):
            client.start_registration(f"brief{i}")
            client.send("JOIN #brief")
            if i % 3 == 0:
                client.send("QUIT :bye")
            elif i % 3 == 1:
                client.reset()
            else:
                client.close()
    observer = server.connect("observer")
    server.wait_for_users(1, observer)
    check_that_others_talk(server)


def connect_when_there_is_room(server):
    """The place of a connection is free a little later than its user is gone."""

    def try_it():
        client = server.connect()
        client.send("PING :room?")
        line = client.next_line()
        return None if line.startswith("ERROR") else client

    return eventually(try_it, "room for one more")


@pytest.mark.parametrize(
    "config", [{"limits": {"connections_per_address": 5, "exempt": []}}], indirect=True
)
def test_connections_of_one_address_are_limited(server):
    held = [server.connect(f"held{i}") for i in range(5)]
    for _ in range(20):
        refused = server.connect()
        assert refused.read_to_end() == [
            "ERROR :Closing link: too many connections from your address, close one first"
        ]
    # Another address is not concerned, and a place that is given back can be taken.
    elsewhere = server.connect("elsewhere", source="127.0.0.2")
    held.pop().close()
    server.wait_for_users(5, elsewhere)
    again = connect_when_there_is_room(server)
    again.register("again")
    refused = server.connect()
    refused.expect_end("too many connections from your address")
    again.say("elsewhere", "hello")
    elsewhere.expect_message("again", "elsewhere", "hello")


@pytest.mark.parametrize("config", [{"limits": {"connections": 6}}], indirect=True)
def test_connections_in_all_are_limited(server):
    held = [server.connect(f"held{i}") for i in range(6)]
    refused = server.connect()
    refused.expect_end("this server is full, try again later")
    held[0].close()
    server.wait_for_users(5, held[1])
    connect_when_there_is_room(server).register("again")


@pytest.mark.parametrize("config", [{"limits": {"registration_timeout": "1s"}}], indirect=True)
def test_registration_times_out_with_a_reason(server):
    silent = server.connect()
    half = server.connect()
    half.send("NICK half")
    negotiating = server.connect()
    negotiating.send("CAP LS 302")
    negotiating.send("NICK negotiating")
    negotiating.send("USER negotiating 0 * :N")
    done = server.connect("done")
    for client in (silent, half, negotiating):
        client.expect_end("Registration timed out: send NICK and USER after connecting")
    assert not done.sync()


FLOOD_LIMITS = {"limits": {"input_rate": 20, "input_burst": 10, "input_queue": "16KiB"}}


@pytest.mark.parametrize("config", [FLOOD_LIMITS], indirect=True)
def test_fast_input_is_delayed_and_not_lost(server):
    client = server.connect()
    client.register("fast")  # has used a part of its burst
    started = time.monotonic()
    client.send_bytes("".join(f"PING {i}\r\n" for i in range(40)).encode())
    answers = [client.expect("PONG").text for _ in range(40)]
    took = time.monotonic() - started
    assert answers == [str(i) for i in range(40)]
    # 10 come at once, the other 30 at 20 a second.
    assert 1.2 <= took <= 3.0 * TIME_FACTOR, f"took {took:.2f} s"


@pytest.mark.parametrize("config", [FLOOD_LIMITS], indirect=True)
def test_too_much_input_waits_its_turn(server):
    """Nobody is disconnected for sending fast (SAFERATE): the server stops reading, and so they wait."""
    watcher = server.connect("watcher")
    watcher.join("#lobby")
    client = server.connect("flooder")
    client.join("#lobby")
    client.send_bytes(b"".join(b"PRIVMSG #lobby :%d\r\n" % i for i in range(5000)))
    # On the plain door alike.
    plain = server.connect_plain()
    plain.send_bytes(b"".join(b"%d\n" % i for i in range(5000)))
    heard = [watcher.expect("PRIVMSG") for _ in range(100)]
    assert [m.text for m in heard if m.nick == "flooder"][:20] == [str(i) for i in range(20)]
    assert not any(line.startswith(b"ERROR") for line in client.lines)
    check_that_others_talk(server)
    client.close()
    watcher.expect(r"^:flooder!\S+ QUIT ")


# --- readers that do not read ---

STUCK_LIMIT = 128 * 1024
STUCK = {"limits": {"output_queue": f"{STUCK_LIMIT // 1024}KiB"}}


@pytest.mark.parametrize("config", [STUCK], indirect=True)
def test_readers_that_stop_are_cut_off_and_nobody_else_notices(server):
    talker = server.connect("talker")
    readers = server.connect_many(5, "reader")
    # A small window: what the two kernels hold for them is little.
    stuck = server.connect_many(10, "stuck", receive_buffer=4096)
    everybody = [talker, *readers, *stuck]
    for client in everybody:
        client.send("JOIN #flood")
    sync_all(everybody)
    sync_all(everybody)
    memory_before = server.status("VmRSS")
    memory_most = 0
    text = "y" * 400
    batch, batches = 250, 80
    slowest = 0.0
    for n in range(batches):
        started = time.monotonic()
        for i in range(n * batch, (n + 1) * batch):
            talker.outgoing += f"PRIVMSG #flood :{i} {text}\r\n".encode()
        expected = (n + 1) * batch
        pump(
            [talker, *readers],
            lambda: all(count_messages(reader) >= expected for reader in readers),
            "the flood at those who read",
        )
        slowest = max(slowest, time.monotonic() - started)
        memory_most = max(memory_most, server.status("VmRSS"))
    for reader in readers:
        assert reader.heard == [str(i) for i in range(batch * batches)]
        assert sorted(reader.left) == sorted(client.nick for client in stuck)
        assert set(reader.reasons) == {"Output queue full: you read too slowly"}
    # Ten queues; the rest is what allocators keep, those of sanitizers above all.
    grown = memory_most - memory_before
    allowed = (10 * STUCK_LIMIT + 48 * MIB) * (5 if is_under_tsan() else 1)
    assert grown < allowed, f"{grown / MIB:.1f} MiB for ten stuck readers"
    assert slowest < 3.0 * TIME_FACTOR, f"others waited for {slowest:.2f} s"


def count_messages(reader):
    """Takes what has come at a reader apart; how many messages there are now."""
    if not hasattr(reader, "heard"):
        reader.heard, reader.left, reader.reasons = [], [], []
    while reader.lines:
        message = Message(reader.lines.popleft().decode())
        if message.command == "PRIVMSG":
            reader.heard.append(message.text.split(" ")[0])
        elif message.command == "QUIT":
            reader.left.append(message.nick)
            reader.reasons.append(message.text)
    return len(reader.heard)


@pytest.mark.parametrize("config", [STUCK], indirect=True)
def test_reader_that_was_cut_off_reads_the_reason_last(server):
    """Behind all that was queued for it, in whole lines."""
    talker = server.connect("talker")
    stuck = server.connect("stuck", receive_buffer=4096)
    for client in (talker, stuck):
        client.join("#flood")
    talker.expect("JOIN #flood")
    text = "z" * 400
    start = server.stderr.position()
    sent = 0
    for _ in range(200):
        talker.send_bytes(
            b"".join(f"PRIVMSG #flood :{i} {text}\r\n".encode() for i in range(sent, sent + 200))
        )
        sent += 200
        if any(m.command == "QUIT" for m in talker.sync()):
            break
    server.wait_for_log("client left.* nick=stuck .*Output queue full", start)
    *flood, error = stuck.read_to_end()
    assert error.startswith("ERROR :Closing link: ")
    assert "Output queue full: you read too slowly" in error
    messages = [Message(line) for line in flood]
    assert [m.text for m in messages] == [f"{i} {text}" for i in range(len(messages))]


@pytest.mark.parametrize("config", [STUCK], indirect=True)
def test_stopped_client_program_is_cut_off(server):
    """A real process that is stopped (SIGSTOP) while it is in a busy channel."""
    talker = server.connect("talker")
    talker.join("#flood")
    program = subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).with_name("reading_client.py")),
         server.irc[0], str(server.irc[1]), "sleeper", "#flood"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        talker.expect(r"^:sleeper!\S+ JOIN #flood")
        program.send_signal(signal.SIGSTOP)
        text = "s" * 400
        for _ in range(300):
            talker.send_bytes(b"".join([f"PRIVMSG #flood :{text}\r\n".encode()] * 200))
            quits = [m for m in talker.sync() if m.command == "QUIT"]
            if quits:
                break
        assert [(m.nick, m.text) for m in quits] == [
            ("sleeper", "Output queue full: you read too slowly")
        ]
        check_that_others_talk(server)
    finally:
        program.kill()
        program.wait()


# --- long answers to slow readers ---


def read_slowly(client, until, seconds=20):
    """In small pieces, so that the answer has to wait for the reader all the time."""
    slow = SlowReader(client)
    pump([slow], until, "the whole of a long answer", seconds)


class SlowReader:
    """Stands for a client in pump(), and takes little at a time."""

    def __init__(self, client):
        self.client = client
        self.socket = client.socket
        self.outgoing = client.outgoing
        self.is_open = client.is_open
        self.has_ended = client.has_ended

    def flush(self):
        self.client.flush()

    def receive(self):
        return self.client.receive(bytes_max=2048)

    def history(self):
        return self.client.history()


@pytest.mark.parametrize(
    "config", [{"limits": {"output_queue": "64KiB"}, "channels": {"per_user": 1500},
                "rates": {"joins": "off"}}], indirect=True
)
def test_long_answers_come_complete_to_slow_readers(server):
    """LIST and WHO are far longer than what may be queued; they come in slices."""
    channels, users = 3000, 600 if server.mode != "per-client" else 200
    topic = "t" * 200
    makers = server.connect_many(2, "maker")
    for i, maker in enumerate(makers):
        for c in range(channels // 2):
            maker.outgoing += f"JOIN #c{i}-{c}\r\nTOPIC #c{i}-{c} :{topic}\r\n".encode()
    sync_all(makers, seconds=20)
    members = server.connect_many(users, "member")
    for member in members:
        member.send("JOIN #crowd")
    sync_all(members)
    slow = server.connect("slow", receive_buffer=4096)
    slow.send("LIST")
    slow.send("WHO #crowd")
    slow.send("PING end")
    read_slowly(slow, lambda: any(line.endswith(b":end") for line in list(slow.lines)[-3:]))
    messages = [Message(line.decode()) for line in slow.lines]
    listed = [m.params[1] for m in messages if m.command == "322"]
    assert len(listed) == channels + 1
    made = {f"#c{i}-{c}" for i in range(2) for c in range(channels // 2)}
    assert set(listed) == made | {"#crowd"}
    who = [m.params[5] for m in messages if m.command == "352"]
    assert sorted(who) == sorted(f"member{i}" for i in range(users))
    ends = [m.command for m in messages if m.command in ("323", "315", "PONG")]
    assert ends == ["323", "315", "PONG"]


def test_long_answer_in_a_busy_crowd_does_not_stall(server):
    """While a large channel keeps everybody's output busy, LIST goes on."""
    crowd = server.connect_many(280 if server.mode != "per-client" else 140, "crowd")
    for i, member in enumerate(crowd):
        member.outgoing += f"JOIN #busy,#own{i},#more{i},#most{i}\r\n".encode()
    sync_all(crowd)
    sync_all(crowd)
    expected = 3 * len(crowd) + 1
    for asker in crowd[:3]:
        asker.listed = 0
        asker.outgoing += b"LIST\r\n"
    for member in crowd:
        member.outgoing += b"".join(b"PRIVMSG #busy :%d\r\n" % i for i in range(20))

    def has_all():
        for asker in crowd[:3]:
            while asker.lines:
                line = asker.lines.popleft()
                asker.listed += 1 if b" 322 " in line else 0
            if asker.listed < expected:
                return False
        for member in crowd[3:]:
            member.lines.clear()
        return True

    pump(crowd, has_all, "LIST of everybody's channels", seconds=20)


def test_lines_that_are_too_much_for_one_round_are_all_said_in_order(start_server, mode):
    """More than a round may be for (LIMIT_ROUND_REACH), of many at once and at the input rate."""
    count = 1500 if mode != "per-client" else 100
    each = 40
    server = start_server(mode, {"limits": {"input_burst": each + 20, "input_rate": 1}})
    crowd = server.connect_many(count, "crowd")
    for member in crowd:
        member.outgoing += b"JOIN #big\r\n"
    sync_all(crowd)
    sync_all(crowd)
    speakers = crowd[:4]
    for member in speakers:
        member.outgoing += b"".join(b"PRIVMSG #big :%d\r\n" % i for i in range(each))
    heard = {member: {} for member in crowd}

    def has_all():
        done = True
        for member in crowd:
            while member.lines:
                message = Message(member.lines.popleft().decode())
                if message.command == "PRIVMSG":
                    heard[member].setdefault(message.nick, []).append(int(message.text))
            others = len(speakers) - (member in speakers)
            done = done and sum(map(len, heard[member].values())) == others * each
        return done

    pump(crowd, has_all, "all that was said", seconds=30)
    for said in heard.values():
        assert all(numbers == list(range(each)) for numbers in said.values())


# --- no file descriptors ---


def test_server_without_file_descriptors_lives_on_and_says_so(start_server, mode):
    server = start_server(mode, files_max=80)
    keeper = server.connect("keeper")
    start = server.stderr.position()
    held = []
    refusals = set()
    for _ in range(120):
        client = server.connect()
        held.append(client)
        client.send("PING x")
        pump([client], lambda: client.lines or client.has_ended, "an answer or the end")
        if client.lines and client.lines[0].startswith(b"ERROR"):
            refusals.add(client.lines[0].decode())
    assert refusals, "the limit has not been reached"
    assert all(text.startswith("ERROR :Closing link: this server has no room") for text in refusals)
    server.wait_for_log("level=error module=net msg=.*error=", start)
    # Those who are in are served, and it is not busy with those who are not.
    assert keeper.sync() == []
    cpu = server.cpu_s()
    for client in held:
        client.close()
    server.wait_for_users(1, keeper)
    assert server.cpu_s() - cpu < 2.0 * TIME_FACTOR
    check_that_others_talk(server)
