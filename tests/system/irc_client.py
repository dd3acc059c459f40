"""An IRC client, as small as tests need it."""

import itertools
import re

from deadline import PATIENCE_S
from line_client import LineClient, pump


class Message:
    """A line of the server, in its parts."""

    def __init__(self, line):
        self.line = line
        self.tags = {}
        rest = line
        if rest.startswith("@"):
            tags, _, rest = rest[1:].partition(" ")
            self.tags = dict(tag.partition("=")[::2] for tag in tags.split(";"))
        self.source = ""
        if rest.startswith(":"):
            self.source, _, rest = rest[1:].partition(" ")
        rest, has_text, text = rest.partition(" :")
        self.command, *self.params = rest.split(" ")
        if has_text:
            self.params.append(text)

    @property
    def nick(self):
        return self.source.partition("!")[0]

    @property
    def text(self):
        return self.params[-1] if self.params else ""

    def __repr__(self):
        return f"<{self.line}>"


class IrcClient(LineClient):
    tokens = itertools.count(1)

    def __init__(self, address, **options):
        super().__init__(address, **options)
        self.nick = "*"
        self.answers_pings = True
        self._mark = None

    def send(self, line):
        """A line, as text or bytes, without its end."""
        data = line.encode() if isinstance(line, str) else line
        self.send_bytes(data + b"\r\n")

    def say(self, target, text):
        self.send(f"PRIVMSG {target} :{text}")

    def take_lines(self, lines):
        for line in lines:
            if line.startswith(b"PING ") and self.answers_pings:
                self.send(b"PONG " + line[5:])
                continue
            self.lines.append(line)
            if self._mark is not None and line.endswith(self._mark):
                self._mark = None

    def next(self, seconds=PATIENCE_S):
        return Message(self.next_line(seconds))

    def expect(self, pattern, seconds=PATIENCE_S):
        """Skips lines until one in which the pattern is found."""
        return Message(self.expect_line(pattern, seconds).string)

    def expect_message(self, nick, target, text, seconds=PATIENCE_S):
        """Skips lines until this very message."""
        return self.expect(
            f"^(@\\S+ )?:{re.escape(nick)}!\\S+ PRIVMSG {re.escape(target)} :{re.escape(text)}$",
            seconds,
        )

    # --- up to here ---

    def ask_mark(self):
        """Sends a PING; the mark has come when its answer has."""
        self._mark = f"mark-{next(self.tokens)}".encode()
        self._mark_sent = self._mark
        self.send(b"PING " + self._mark)

    def has_mark(self):
        return self._mark is None or self.has_ended

    def take_mark(self):
        """What came before the answer to ask_mark(), which has come."""
        messages = []
        while True:
            message = self.next()
            if message.command == "PONG" and message.text.encode() == self._mark_sent:
                return messages
            messages.append(message)

    def sync(self, seconds=PATIENCE_S):
        """All that the server has for this client now: what it answers comes in order."""
        self.ask_mark()
        pump([self], self.has_mark, "the answer to PING", seconds)
        return self.take_mark()

    # --- the usual conversation ---

    def start_registration(self, nick, caps=()):
        self.nick = nick
        if caps:
            self.send(f"CAP REQ :{' '.join(caps)}")
        self.send(f"NICK {nick}")
        user = nick if nick.isascii() else "user"
        self.send(f"USER {user} 0 * :{nick} of the tests")
        if caps:
            self.send("CAP END")

    def register(self, nick, caps=()):
        """Registers and returns what the server said to it."""
        self.start_registration(nick, caps)
        messages = self.sync()
        assert any(m.command == "001" for m in messages), f"{nick} is not welcome: {messages}"
        assert not any("NAK" in m.params for m in messages if m.command == "CAP"), messages
        return messages

    def join(self, channel, key=""):
        """Joins; returns the members as NAMES shows them."""
        self.send(f"JOIN {channel} {key}".rstrip())
        names = []
        while True:
            message = self.next()
            assert not re.match(r"4\d\d$", message.command), f"not joined: {message}"
            if message.command == "353" and message.params[2] == channel:
                names += message.text.split()
            if message.command == "366" and message.params[1] == channel:
                return names

    def expect_end(self, reason, seconds=PATIENCE_S):
        """Skips lines until ERROR with the reason, behind which the connection must end."""
        error = self.expect(f"^ERROR :.*{reason}", seconds)
        assert self.read_to_end(seconds) == []
        return error


def sync_all(clients, seconds=PATIENCE_S):
    """sync() for all at a time: a list of messages for each."""
    for client in clients:
        client.ask_mark()
    waiting = list(clients)

    def is_done():
        waiting[:] = [client for client in waiting if not client.has_mark()]
        return not waiting

    pump(clients, is_done, "the answer to PING, for all", seconds)
    return [client.take_mark() for client in clients]


def register_all(clients, nicks, caps=(), seconds=PATIENCE_S):
    for client, nick in zip(clients, nicks, strict=True):
        client.start_registration(nick, caps)
    for client, messages in zip(clients, sync_all(clients, seconds), strict=True):
        assert any(m.command == "001" for m in messages), f"{client.nick}: {messages}"


def send_all(clients, seconds=PATIENCE_S):
    """Until the kernel has taken all that they send."""
    pump(clients, lambda: not any(client.outgoing for client in clients), "all sent", seconds)
