"""The IRC clients that people have, as Debian ships them: they connect and chat without complaints."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from deadline import eventually
from terminal import Terminal

CHANNEL = "#聊天室"

# What clients say when they do not like what they are sent.
COMPLAINTS = re.compile(
    r"unknown command|unknown message|not enough param|invalid command|unexpected|parse error"
    r"|=!=|warning|error|excess|unable|failed|illegal|bad ",
    re.I,
)


class TerminalClient:
    """One that is used at a terminal; tall, so that nothing is scrolled out of its window."""

    def __init__(self, command, cwd, pane=r"^.*$"):
        self.terminal = Terminal(command, cwd, columns=140, rows=60)
        self.pane = re.compile(pane, re.M)
        self.seen = []

    def enter(self, text):
        self.seen += self.lines()  # of the window that this may leave
        self.terminal.enter(text)

    def lines(self):
        return [" ".join(match[0].split()) for match in self.pane.finditer(self.terminal.screen())]

    def expect(self, pattern):
        wanted = re.compile(pattern)

        def is_there():
            self.seen += self.lines()
            return any(wanted.search(line) for line in self.seen)

        try:
            eventually(is_there, pattern, 20)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.terminal.screen()}") from None

    def check_complaints(self):
        self.seen += self.lines()
        complaints = sorted({line for line in self.seen if COMPLAINTS.search(line)})
        assert not complaints, complaints

    def close(self):
        self.terminal.close()


# Without the pauses that they make so as not to be taken for flooders.
IRSSI_CONFIG = """\
settings = { "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "100"; }; };
"""
WEECHAT_SETTINGS = (
    "/set irc.server_default.anti_flood_prio_high 0;/set irc.server_default.anti_flood_prio_low 0;"
    "/set irc.msgbuffer.whois current;/set weechat.bar.buflist.hidden on;/set weechat.bar.nicklist.hidden on;"
)


def start_irssi(server, cwd):
    host, port = server.irc
    home = cwd / "irssi"
    home.mkdir()
    (home / "config").write_text(IRSSI_CONFIG)
    client = TerminalClient(
        ["irssi", "--home", str(home), "-c", host, "-p", str(port), "-n", "yuriko"], cwd
    )
    client.expect("Welcome to the testnet Network, yuriko!")
    client.expect("There is no message of the day")
    return client


def start_weechat(server, cwd):
    host, port = server.irc
    commands = WEECHAT_SETTINGS + (
        f"/server add test {host}/{port} -notls -nicks=weechatter;/connect test"
    )
    client = TerminalClient(["weechat", "-d", str(cwd / "weechat"), "-r", commands], cwd)
    client.expect("Welcome to the testnet Network, weechatter!")
    client.expect("There is no message of the day")
    return client


@pytest.fixture
def close_later():
    clients = []
    yield clients.append
    for client in clients:
        client.close()


@pytest.mark.seconds(90)
def test_irssi_and_weechat_meet_in_a_channel(server, tmp_path, close_later):
    irssi = start_irssi(server, tmp_path)
    close_later(irssi)
    weechat = start_weechat(server, tmp_path)
    close_later(weechat)
    watcher = server.connect("watcher")
    watcher.join(CHANNEL)

    weechat.enter(f"/join {CHANNEL}")
    watcher.expect(rf"^:weechatter!\S+ JOIN {CHANNEL}")
    weechat.expect(r"weechatter .*has joined #聊天室")
    irssi.enter("/nick 百合子")
    irssi.expect("You're now known as 百合子")
    irssi.enter(f"/join {CHANNEL}")
    watcher.expect(rf"^:百合子!\S+ JOIN {CHANNEL}")
    irssi.expect(r"Irssi: #聊天室: Total of 3 nicks")
    weechat.expect(r"百合子 .*has joined #聊天室")

    irssi.enter("你好 from irssi")
    watcher.expect_message("百合子", CHANNEL, "你好 from irssi")
    weechat.expect("百合子.* 你好 from irssi")
    weechat.enter("hello from weechat, 百合子")
    watcher.expect_message("weechatter", CHANNEL, "hello from weechat, 百合子")
    irssi.expect("weechatter> hello from weechat, 百合子")
    watcher.say(CHANNEL, "hello both")
    irssi.expect("watcher> hello both")
    weechat.expect("watcher.* hello both")

    # Actions, topics, ranks, looks, away.
    irssi.enter("/me waves")
    weechat.expect(r"\* \| 百合子 waves")
    watcher.send(f"MODE {CHANNEL} +o weechatter")
    irssi.expect(r"mode/#聊天室 \[\+o weechatter\] by watcher")
    weechat.enter("/topic 今日の話題")
    irssi.expect("weechatter changed the topic of #聊天室 to: 今日の話題")
    weechat.enter("/whois 百合子")
    weechat.expect(r"\[百合子\] .*")
    irssi.enter("/mode #聊天室")
    irssi.expect(r"mode/#聊天室 \[\+nt\]")
    irssi.enter("/window goto 1")  # where it shows answers
    irssi.enter("/whois weechatter")
    irssi.expect("End of WHOIS")
    irssi.enter("/away lunch")
    irssi.expect("You have been marked as being away")
    irssi.enter("/list -yes")
    irssi.expect("End of LIST")
    irssi.enter("/who #聊天室")
    irssi.expect("End of WHO")
    irssi.enter("/window goto 2")
    weechat.enter("/kick 百合子 enough")
    irssi.expect(r"You were kicked from #聊天室 by weechatter|百合子 was kicked from #聊天室 by weechatter")
    weechat.expect("weechatter has kicked 百合子")

    irssi.enter("/quit 再见")
    server.wait_for_log(r'client left" nick="?百合子"? reason="Quit: 再见"')
    weechat.enter("/quit see you")
    watcher.expect(r"^:weechatter!\S+ QUIT :Quit: see you")
    for client in (irssi, weechat):
        client.check_complaints()


@pytest.mark.seconds(60)
@pytest.mark.parametrize("start", [start_irssi, start_weechat])
def test_client_is_told_whose_turn_it_is(start_server, tmp_path, close_later, start):
    server = start_server("2")
    client = start(server, tmp_path)
    close_later(client)
    op = server.connect("op")
    op.join("#turns")
    op.send("MODE #turns +H")
    op.expect("MODE")
    client.enter("/join #turns")
    op.expect("JOIN #turns")
    client.expect("#turns")
    client.enter("first")
    op.expect("PRIVMSG #turns :first")
    client.enter("second")
    client.expect("Not your turn .*waiting for op")
    op.say("#turns", "your turn")
    client.expect("op.* your turn")
    client.enter("third")
    op.expect("PRIVMSG #turns :third")


# --- hexchat, which has windows ---

HEXCHAT_CONFIG = """\
version = 2.16.1
irc_nick1 = 六角
irc_nick2 = hex2
irc_nick3 = hex3
irc_user_name = hex
irc_real_name = Hex
irc_logging = 1
gui_slist_skip = 1
gui_join_dialog = 0
irc_join_delay = 0
"""

# Connects at once, joins, and does what is behind C=, some seconds after it has connected.
HEXCHAT_NETWORK = f"""\
v=2.16.1

N=testnet
E=UTF-8 (Unicode)
F=27
D=0
S=127.0.0.1/PORT
J={CHANNEL}
C=timer 2 msg {CHANNEL} hello from hexchat
C=timer 4 whois watcher
C=timer 14 quit bye

"""
NOBODY = 65534


@pytest.fixture
def hexchat():
    """Starts it with that configuration, on a screen that nobody sees; gives the folder of it."""
    # Not below pytest's, which are root's own: as root, hexchat waits for somebody to confirm that.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="confab-hexchat-"))
    processes = []

    def start(server):
        (folder / "hexchat.conf").write_text(HEXCHAT_CONFIG)
        network = HEXCHAT_NETWORK.replace("PORT", str(server.irc[1]))
        (folder / "servlist.conf").write_text(network)
        command = ["xvfb-run", "-a", "hexchat", f"--cfgdir={folder}", "--no-plugins"]
        if os.getuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                       *command]
        processes.append(subprocess.Popen(
            command, env=os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        ))
        return folder

    yield start
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    shutil.rmtree(folder)


@pytest.mark.seconds(60)
def test_hexchat_connects_and_chats(start_server, hexchat):
    server = start_server("2")
    watcher = server.connect("watcher")
    watcher.join(CHANNEL)
    folder = hexchat(server)
    watcher.expect(rf"^:六角!\S+ JOIN {CHANNEL}", 30)
    watcher.say(CHANNEL, "hello hexchat")
    watcher.expect_message("六角", CHANNEL, "hello from hexchat")
    watcher.expect(r"^:六角!\S+ QUIT :", 30)

    def shown():
        return "\n".join(path.read_text() for path in (folder / "logs/testnet").glob("*.log"))

    eventually(lambda: "End of WHOIS" in shown(), "all of it in the log")
    for text in ("Welcome to the testnet Network, 六角!", "<watcher>\thello hexchat"):
        assert text in shown()
    complaints = [line for line in shown().split("\n") if COMPLAINTS.search(line)]
    # It misses a session of a desktop; that is not about us.
    assert not [line for line in complaints if "notification plugin" not in line]
