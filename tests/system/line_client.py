"""A client that talks in lines, and the loop that drives any number of them at a time."""

import collections
import re
import select
import socket
import ssl
import struct

from deadline import PATIENCE_S, Deadline

LAST_LINES_SHOWN = 12


class Ended(AssertionError):
    """The server has closed the connection while more was expected."""


def connect(address, receive_buffer=None, source=None):
    """
    A connected socket. address: (host, port), or the path of a Unix socket. receive_buffer: bytes,
    for a reader that is to be slow. source: the address to come from.
    """
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
    else:
        sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source is not None:
        sock.bind((source, 0))
    sock.settimeout(Deadline().seconds)
    sock.connect(address)
    return sock


class LineClient:
    """Never blocks but in pump() and what is built on it, which have deadlines."""

    def __init__(self, address, receive_buffer=None, source=None, tls=None, hello=b""):
        """
        tls: an ssl.SSLContext, for a client that speaks TLS. hello: bytes that it sends before
        anything else, as a proxy does.
        """
        self.socket = connect(address, receive_buffer, source)
        if hello:
            self.socket.sendall(hello)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.setblocking(False)
        self.outgoing = bytearray()
        self.lines = collections.deque()  # received and not looked at yet, without line ends
        self.has_ended = False
        self.was_reset = False
        self.is_open = True
        self._rest = b""
        self._seen = collections.deque(maxlen=LAST_LINES_SHOWN)

    # --- moving bytes ---

    def send_bytes(self, data):
        self.outgoing += data
        self.flush()

    def flush(self):
        """What the kernel does not take goes out in the next pump()."""
        try:
            sent = self.socket.send(self.outgoing) if self.outgoing else 0
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            sent = len(self.outgoing)  # what there is to read says why
        del self.outgoing[:sent]

    def receive(self, bytes_max=262144):
        """Takes what has come; False at the end of the connection."""
        while self._receive_once(bytes_max):
            if not isinstance(self.socket, ssl.SSLSocket):
                return True
        return not self.has_ended

    def _receive_once(self, bytes_max):
        """Over TLS, nobody announces what has come with the bytes before: ask until there is none."""
        try:
            chunk = self.socket.recv(bytes_max)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except ssl.SSLError:  # the end, without a word
            chunk = b""
        except ConnectionResetError:
            self.was_reset = True
            chunk = b""
        if not chunk:
            self.has_ended = True
            return False
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self.take_lines([line.rstrip(b"\r") for line in lines])
        return True

    def take_lines(self, lines):
        self.lines.extend(lines)

    def rest(self):
        """What has come behind the last line end."""
        return self._rest

    # --- ends ---

    def close(self):
        if self.is_open:
            self.is_open = False
            self.socket.close()

    def reset(self):
        """Ends the connection as a crash does: the server gets RST instead of an end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def end_writing(self):
        assert not self.outgoing, "send all first"
        self.socket.shutdown(socket.SHUT_WR)

    # --- lines ---

    def next_line(self, seconds=PATIENCE_S):
        """The next line, as text."""
        if not self.lines:
            pump([self], lambda: self.lines or self.has_ended, "a line", seconds)
        if not self.lines:
            raise Ended("the server has closed the connection" + self.history())
        line = self.lines.popleft()
        self._seen.append(line)
        return line.decode("utf-8", "backslashreplace")

    def expect_line(self, pattern, seconds=PATIENCE_S):
        """Skips lines until one in which the pattern is found; returns the match."""
        wanted = re.compile(pattern)
        deadline = Deadline(seconds)
        while True:
            try:
                match = wanted.search(self.next_line(deadline.left()))
            except AssertionError as error:
                raise type(error)(f"expected {pattern!r}: {error}") from None
            if match:
                return match

    def read_to_end(self, seconds=PATIENCE_S):
        """All lines up to the end of the connection, as text."""
        pump([self], lambda: self.has_ended, "the end of the connection", seconds)
        lines = [line.decode("utf-8", "backslashreplace") for line in self.lines]
        self._seen.extend(self.lines)
        self.lines.clear()
        return lines

    def history(self):
        """For messages of failed tests."""
        seen = [line.decode("utf-8", "backslashreplace") for line in self._seen]
        waiting = [line.decode("utf-8", "backslashreplace") for line in list(self.lines)[:12]]
        text = "".join(f"\n  {line}" for line in seen)
        text += "".join(f"\n  (not looked at) {line}" for line in waiting)
        return f"; it had received:{text or ' nothing'}"


def pump(clients, until, what, seconds=PATIENCE_S):
    """
    Sends and receives for all the clients, until `until()` is true. Fails with `what` was waited
    for, after so many seconds or when all connections have ended.
    """
    if until():
        return
    deadline = Deadline(seconds)
    with select.epoll() as poller:
        by_fd = {}
        for client in clients:
            if client.is_open and not client.has_ended:
                by_fd[client.socket.fileno()] = client
                poller.register(client.socket.fileno(), _events(client))
        while not until():
            if not by_fd or deadline.is_over():
                why = f"not within {deadline.seconds:g} s" if by_fd else "all connections ended"
                shown = clients[0].history() if len(clients) == 1 else ""
                raise AssertionError(f"{why}: {what}{shown}")
            for fd, events in poller.poll(deadline.left()):
                client = by_fd[fd]
                was_sending = bool(client.outgoing)
                if events & select.EPOLLOUT:
                    client.flush()
                if events & ~select.EPOLLOUT and not client.receive():
                    poller.unregister(fd)
                    del by_fd[fd]
                elif was_sending != bool(client.outgoing):
                    poller.modify(fd, _events(client))


def _events(client):
    return select.EPOLLIN | (select.EPOLLOUT if client.outgoing else 0)
