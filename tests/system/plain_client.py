"""Clients of the plain door: one as nc is, and the simplest program that anyone writes."""

from deadline import PATIENCE_S, Deadline
from line_client import LineClient, connect


class PlainClient(LineClient):
    """What nc does: lines in, lines out."""

    def say(self, line):
        self.send_bytes(line.encode() + b"\n")

    def expect(self, pattern, seconds=PATIENCE_S):
        return self.expect_line(pattern, seconds)


class SimplestClient:
    """
    Connects, then in turns: sends what was typed, as it is; receives once and prints it. It knows
    nothing of line ends, and a second message would not fit in its turn.
    """

    def __init__(self, address):
        self.socket = connect(address)

    def say(self, text):
        self.socket.send(text.encode())

    def hear(self, seconds=PATIENCE_S):
        """What one recv gives; empty at the end of the connection."""
        self.socket.settimeout(Deadline(seconds).seconds)
        return self.socket.recv(1024).decode()

    def close(self):
        self.socket.close()
