"""The terminal client: in pipes, and at a terminal."""

import re
import signal
import socket
import subprocess

import pytest

from confab_server import SANITIZER_REPORT, binary, environment
from deadline import Deadline, eventually
from terminal import Terminal


def address_of(server):
    return f"127.0.0.1:{server.irc[1]}"


# --- plain: lines in, lines out ---


@pytest.fixture
def plain_chat(tmp_path):
    """Runs the client in pipes to its end: plain_chat(address, "input", "--nick", "bob")."""
    # A name server that does not answer is not waited for long.
    env = {**environment(), "RES_OPTIONS": "timeout:1 attempts:1 ndots:1", "LOCALDOMAIN": ""}

    def run(address, text="", *options):
        done = subprocess.run(
            [binary(), "chat", address, *options], cwd=tmp_path, input=text.encode(),
            env=env, capture_output=True, timeout=Deadline(20).seconds, check=False,
        )
        assert not SANITIZER_REPORT.search(done.stderr.decode()), done.stderr.decode()
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    return run


@pytest.fixture
def server2(start_server):
    return start_server("2")


def test_plain_says_each_line_and_ends_well(server, plain_chat):
    listener = server.connect("listener")
    listener.join("#lobby")
    done = plain_chat(address_of(server), "one\n\ntwo\r\n百合子です\nno line end", "--nick", "bob")
    assert (done.returncode, done.stderr) == (0, "")
    heard = [listener.expect("PRIVMSG #lobby").text for _ in range(4)]
    assert heard == ["one", "two", "百合子です", "no line end"]
    listener.expect(r"^:bob!\S+ QUIT ")


def test_plain_says_thousands_of_lines_at_the_servers_pace(start_server, plain_chat):
    server = start_server("2", {"limits": {"input_rate": 500, "input_burst": 10}})
    listener = server.connect("listener")
    listener.join("#lobby")
    lines = [f"line {i}" for i in range(1000)]
    done = plain_chat(address_of(server), "\n".join(lines), "--nick", "bob")
    assert done.returncode == 0, done.stderr
    assert [listener.expect("PRIVMSG #lobby").text for _ in lines] == lines


def test_plain_cuts_long_lines_and_loses_nothing(server2, plain_chat):
    listener = server2.connect("listener")
    listener.join("#lobby")
    text = " ".join(f"wörter{i}" for i in range(300))
    assert plain_chat(address_of(server2), text + "\n", "--nick", "bob").returncode == 0
    heard = []
    while len("".join(heard)) < len(text):
        heard.append(listener.expect("PRIVMSG #lobby").text)
    assert "".join(heard) == text
    assert len(heard) > 1


@pytest.fixture
def start_chat(tmp_path):
    """Starts the client with pipes: start_chat(server, "--nick", "bob")."""
    processes = []

    def start(server, *options):
        process = subprocess.Popen(
            [binary(), "chat", address_of(server), *options], cwd=tmp_path, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if not pipe.closed:
                pipe.close()
        process.wait()


def test_plain_prints_what_others_say(server, start_chat):
    talker = server.connect("talker")
    talker.join("#lobby")
    chat = start_chat(server, "--nick", "bob")
    talker.expect(r"^:bob!\S+ JOIN #lobby")
    talker.say("#lobby", "hello all")
    talker.say("bob", "psst")
    assert re.fullmatch(rb"\[\d\d:\d\d\] <talker> hello all\n", chat.stdout.readline())
    assert re.fullmatch(rb"\[\d\d:\d\d\] \*talker\* psst\n", chat.stdout.readline())
    chat.stdin.write("/to talker\nhello to you\n/me waves\n".encode())
    chat.stdin.close()
    assert talker.expect("PRIVMSG talker").text == "hello to you"
    assert talker.expect("PRIVMSG talker").text == "\x01ACTION waves\x01"
    assert chat.wait(Deadline().seconds) == 0
    assert chat.stderr.read() == b""


def test_plain_lingers_for_answers(server2, start_chat):
    oracle = server2.connect("oracle")
    oracle.join("#lobby")
    chat = start_chat(server2, "--nick", "bob", "--linger", "1m")
    chat.stdin.write(b"what is the answer?\n")
    chat.stdin.close()
    oracle.expect("what is the answer")
    oracle.say("#lobby", "42")
    assert chat.stdout.readline().endswith(b"<bob> what is the answer?\n")
    assert chat.stdout.readline().endswith(b"<oracle> 42\n")
    chat.send_signal(signal.SIGTERM)
    assert chat.wait(Deadline().seconds) == 0


def test_plain_joins_several_channels_and_obeys_slashes_or_says_them(server2, plain_chat):
    listener = server2.connect("listener")
    for channel in ("#a", "#b"):
        listener.join(channel)
    options = ["--nick", "bob", "-c", "#a", "-c", "#b"]
    plain_chat(address_of(server2), "first\n/to #b\nsecond\n", *options)
    assert listener.expect("PRIVMSG").params == ["#a", "first"]
    assert listener.expect("PRIVMSG").params == ["#b", "second"]
    plain_chat(address_of(server2), "/to #b\n", "--raw-lines", *options)
    assert listener.expect("PRIVMSG").params == ["#a", "/to #b"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_plain_leaves_at_a_signal(server2, start_chat, number):
    watcher = server2.connect("watcher")
    watcher.join("#lobby")
    chat = start_chat(server2, "--nick", "bob")
    watcher.expect(r"^:bob!\S+ JOIN")
    chat.send_signal(number)
    watcher.expect(r"^:bob!\S+ QUIT :Quit")
    assert chat.wait(Deadline().seconds) == 0


def test_plain_fails_with_a_reason_when_something_was_not_said(server2, plain_chat):
    op = server2.connect("op")
    op.join("#silent")
    op.send("MODE #silent +m")
    op.expect("MODE")
    done = plain_chat(address_of(server2), "hello\n", "--nick", "bob", "-c", "#silent")
    assert done.returncode == 1
    assert re.search(r"#silent: .*", done.stderr)
    # Half duplex: the second in a row is refused.
    op.join("#turns")
    op.send("MODE #turns +H")
    op.expect("MODE #turns")
    done = plain_chat(address_of(server2), "one\ntwo\n", "--nick", "bob", "-c", "#turns")
    assert done.returncode == 1
    assert "waiting for op" in done.stderr
    assert [op.expect("PRIVMSG #turns").text] == ["one"]


def test_plain_fails_with_a_reason_without_a_channel(server2, plain_chat):
    op = server2.connect("op")
    op.join("#closed")
    op.send("MODE #closed +i")
    op.expect("MODE")
    done = plain_chat(address_of(server2), "hello\n", "--nick", "bob", "-c", "#closed")
    assert done.returncode == 1
    assert "#closed: " in done.stderr


def test_plain_fails_with_a_reason_without_a_server(plain_chat, tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
        done = plain_chat(address, "hello\n")
    assert done.returncode == 1
    assert re.search(r"No connection: .*Connection refused; no server .*confab serve", done.stderr), done.stderr
    done = plain_chat(str(tmp_path / "no.sock"), "hello\n")
    assert done.returncode == 1
    assert "No such file or directory; no server listens there" in done.stderr
    done = plain_chat("no-such-host.invalid", "hello\n")
    assert done.returncode == 1
    assert "no-such-host.invalid" in done.stderr


def test_plain_fails_when_the_server_stops(server2, start_chat):
    watcher = server2.connect("watcher")
    watcher.join("#lobby")
    chat = start_chat(server2, "--nick", "bob")
    watcher.expect(r"^:bob!\S+ JOIN")
    server2.send_signal(signal.SIGTERM)
    assert chat.wait(Deadline().seconds) == 1
    assert b"Server is stopping" in chat.stderr.read()
    server2.close_clients()
    server2.expect_exit(0)


def test_plain_wrong_password_is_told(start_server, run_confab, plain_chat, tmp_path):
    made = run_confab("passwd", typed="sesame").stdout.text().strip()
    server = start_server("1", {"server": {"password": made}})
    (tmp_path / "right").write_text("sesame\n")
    (tmp_path / "wrong").write_text("open\n")
    address = address_of(server)
    assert plain_chat(address, "hi\n", "--password-file", "right").returncode == 0
    for options in (["--password-file", "wrong"], []):
        done = plain_chat(address, "hi\n", *options)
        assert done.returncode == 1
        assert "assword" in done.stderr


def test_wrong_options_are_explained(plain_chat):
    for options in (["--nonsense"], ["-n", "2 words"], ["a", "b"]):
        done = plain_chat("127.0.0.1", "", *options)
        assert done.returncode == 2
        assert done.stderr and not done.stdout


# --- at a terminal ---


@pytest.fixture
def terminal_chat(tmp_path):
    """The client at a terminal, in #lobby; terminal_chat(server, "alice", "-c", "#a")."""
    terminals = []

    def start(server, nick, *options, **more):
        command = [binary(), "chat", address_of(server), "--nick", nick, *options]
        terminal = Terminal(command, tmp_path, env=environment(), **more)
        terminals.append(terminal)
        terminal.wait_for(f"* Connected: you are {nick}")
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


def test_two_terminals_talk_both_ways(server, terminal_chat):
    alice = terminal_chat(server, "alice")
    bob = terminal_chat(server, "bob")
    alice.wait_for("* bob has joined #lobby")
    # What comes in while one types stands above the line that is typed.
    alice.type("half a thou")
    bob.enter("interrupting!")
    alice.wait_for("<bob> interrupting!")
    alice.wait_for_last_line("[#lobby] half a thou")
    alice.enter("ght")
    bob.wait_for("<alice> half a thought")
    bob.enter("/msg alice just you and me")
    alice.wait_for("*bob* just you and me")
    bob.wait_for("-> *alice* just you and me")
    for terminal in (alice, bob):
        terminal.enter("/quit")
        assert terminal.wait_for_end() == 0


def test_several_channels_at_a_terminal(server2, terminal_chat):
    talker = server2.connect("talker")
    for channel in ("#one", "#two"):
        talker.join(channel)
    chat = terminal_chat(server2, "alice", "-c", "#one", "-c", "#two")
    chat.wait_for("* You are in #two")
    talker.say("#two", "over here")
    chat.wait_for("<talker:#two> over here")
    talker.say("#one", "and here")
    chat.wait_for("<talker> and here")
    chat.enter("/to #two")
    chat.wait_for_last_line("[#two]")
    chat.enter("hello two")
    talker.expect_message("alice", "#two", "hello two")
    chat.enter("/join three")
    chat.wait_for_last_line("[#three]")
    chat.enter("/part")
    chat.wait_for("left #three")
    chat.enter("/topic #one a new topic")
    chat.wait_for("#one")


def test_completion_of_nicks_commands_and_channels(server2, terminal_chat):
    for nick in ("bernadette", "bertram", "百合子"):
        server2.connect(nick).join("#lobby")
    chat = terminal_chat(server2, "alice", "-c", "#lobby", "-c", "#another")
    chat.wait_for("* You are in #another")
    for typed, completed in (
        ("bern", "bernadette: "),
        ("hello bern", "hello bernadette "),
        ("百", "百合子: "),
        ("/hel", "/help "),
        ("/to #an", "/to #another "),
    ):
        chat.type(typed)
        chat.press("Tab")
        chat.wait_for_last_line("[#lobby] " + completed.rstrip())
        prompt = len("[#lobby] ")
        width = sum(2 if ord(c) > 0x2E7F else 1 for c in completed)
        assert chat.cursor_column() == prompt + width
        chat.press("C-u")
        chat.wait_for_last_line("[#lobby]")
    # What is not clear is completed as far as it is, and then shown.
    chat.type("ber")
    chat.press("Tab")
    chat.press("Tab")
    chat.wait_for("bertram")
    chat.wait_for("bernadette")


def test_wide_characters_keep_their_places(server2, terminal_chat):
    chat = terminal_chat(server2, "百合子", "-c", "#聊天室")
    chat.wait_for("* You are in #聊天室: ")
    chat.wait_for_last_line("[#聊天室]")
    prompt = 1 + 1 + 2 * 3 + 2
    chat.type("你好é!")
    chat.wait_for_last_line("[#聊天室] 你好é!")
    assert chat.cursor_column() == prompt + 2 * 2 + 2
    chat.press("Left", "Left", "Left")
    eventually(lambda: chat.cursor_column() == prompt + 2, "the cursor behind the first character")
    chat.press("BSpace")
    chat.wait_for_last_line("[#聊天室] 好é!")
    listener = server2.connect("listener")
    listener.join("#聊天室")
    chat.press("Enter")
    listener.expect_message("百合子", "#聊天室", "好é!")
    # Longer than the screen is wide, with a character of two columns at the edge.
    chat.type("x" + "宽" * 60)
    eventually(lambda: "宽" in chat.last_line(), "the end of a long line")
    chat.press("Enter")
    listener.expect_message("百合子", "#聊天室", "x" + "宽" * 60)


def test_half_duplex_is_shown_at_the_prompt(server, terminal_chat):
    op = server.connect("op")
    op.join("#turns")
    op.send("MODE #turns +H")
    op.expect("MODE #turns")
    alice = terminal_chat(server, "alice", "-c", "#turns")
    alice.wait_for_last_line("[#turns: your turn]")
    alice.enter("first")
    op.expect_message("alice", "#turns", "first")
    alice.wait_for_last_line("[#turns: waiting for op]")
    # Refused, and given back to be sent later.
    alice.enter("second")
    alice.wait_for("Not your turn")
    alice.wait_for_last_line("[#turns: waiting for op] second")
    op.say("#turns", "go on")
    alice.wait_for_last_line("[#turns: your turn] second")
    alice.press("Enter")
    op.expect_message("alice", "#turns", "second")
    # With three, anyone else may pass the turn on.
    third = server.connect("third")
    third.join("#turns")
    alice.wait_for_last_line("[#turns: waiting for another]")
    op.send("FLOOR SKIP #turns")
    alice.wait_for_last_line("[#turns: your turn]")


def test_terminal_client_comes_back_after_the_server(start_server, terminal_chat):
    server = start_server("2")
    port = server.irc[1]
    chat = terminal_chat(server, "alice", "-c", "#lobby", "-c", "#other")
    chat.wait_for("* You are in #other")
    server.send_signal(signal.SIGTERM)
    server.expect_exit(0)
    chat.wait_for("Server is stopping")
    chat.wait_for("/connect tries now")
    chat.wait_for_last_line("[offline]")
    chat.enter("into the void")
    chat.wait_for("There is no connection: that was not sent")
    again = start_server("2", {"listen": [f"irc://127.0.0.1:{port}"]})
    listener = again.connect("listener")
    listener.join("#other")
    chat.press("C-u")
    chat.enter("/connect")
    listener.expect(r"^:alice!\S+ JOIN #other")
    chat.wait_for_last_line("[#lobby]")
    chat.enter("/msg listener back again")
    listener.expect_message("alice", "listener", "back again")


@pytest.fixture
def carla(start_server):
    """A server with an account that is always there, whose nick nobody else can have."""
    server = start_server("2", {"accounts": {"always_on": "opt-in"}})
    carla = server.connect("carla")
    carla.send("REGISTER * * sesame88")
    carla.expect("REGISTER SUCCESS")
    carla.send("NS SET always-on on")
    carla.expect("always-on is on: you stay")
    carla.join("#lobby")
    for number in range(3):
        carla.send(f"PRIVMSG #lobby :number {number}")
    carla.sync()
    carla.close()
    return server


def test_the_nick_of_an_account_is_got_by_logging_in(carla, terminal_chat, tmp_path):
    chat = Terminal([binary(), "chat", address_of(carla), "--account", "carla"], tmp_path,
                    env=environment())
    try:
        chat.wait_for("Password of carla: ")
        chat.enter("sesame88")
        chat.wait_for("* You are logged in as carla")
        chat.wait_for("* Connected: you are carla")
        assert "sesame88" not in chat.screen()
        chat.wait_for_last_line("[#lobby]")
        chat.enter("/history 2")
        chat.wait_for("* End of what was said: 2 messages")
        assert "* What was said last:" in chat.screen()
        chat.enter("/search nothing")
        chat.wait_for("* Nothing was found")
        chat.enter("/quit")
        assert chat.wait_for_end() == 0
    finally:
        chat.close()


def test_plain_logs_in_with_a_password_from_elsewhere(carla, plain_chat, tmp_path):
    address = address_of(carla)
    (tmp_path / "right").write_text("sesame88\n")
    done = plain_chat(address, "hi\n", "-a", "carla", "--account-password-file", "right")
    assert (done.returncode, done.stderr) == (0, "")
    assert "<carla> hi" in done.stdout
    (tmp_path / "wrong").write_text("open\n")
    done = plain_chat(address, "hi\n", "-a", "carla", "--account-password-file", "wrong")
    assert done.returncode == 1
    assert "account or password is wrong" in done.stderr


def test_terminal_client_says_why_it_can_not_begin(run_confab, tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
        terminal = Terminal([binary(), "chat", address], tmp_path, env=environment())
        try:
            assert terminal.wait_for_end() == 1
            assert "Connection refused" in terminal.screen()
        finally:
            terminal.close()


def test_keys_that_end_and_edit(server2, terminal_chat):
    watcher = server2.connect("watcher")
    watcher.join("#lobby")
    chat = terminal_chat(server2, "alice")
    watcher.expect("JOIN")
    chat.enter("once")
    watcher.expect_message("alice", "#lobby", "once")
    chat.press("Up")
    chat.wait_for_last_line("[#lobby] once")
    chat.press("Enter")
    watcher.expect_message("alice", "#lobby", "once")
    # The first Ctrl-C drops the line, the next one leaves.
    chat.type("never mind")
    chat.wait_for_last_line("[#lobby] never mind")
    chat.press("C-c")
    chat.wait_for_last_line("[#lobby]")
    eventually(lambda: "never mind" not in chat.last_line(), "an empty line")
    chat.press("C-d")
    watcher.expect(r"^:alice!\S+ QUIT")
    assert chat.wait_for_end() == 0
    other = terminal_chat(server2, "bob")
    other.press("C-c")
    watcher.expect(r"^:bob!\S+ QUIT")
    assert other.wait_for_end() == 0


def test_control_characters_of_others_do_not_reach_the_terminal(server2, terminal_chat):
    talker = server2.connect("talker")
    talker.join("#lobby")
    chat = terminal_chat(server2, "alice")
    talker.expect("JOIN")
    talker.say("#lobby", "\x1b[2J\x1b]0;title\x07over \x9bhere")
    chat.wait_for("over ")
    chat.wait_for("* Connected")  # not cleared
