"""What a process writes to a pipe: all of it is kept, and a line can be waited for."""

import re
import threading

from deadline import PATIENCE_S, Deadline


class Capture:
    """Reads the pipe on a thread of its own, so that the process never waits for us."""

    def __init__(self, pipe, name):
        self.name = name
        self._pipe = pipe
        self._lines = []
        self._rest = b""
        self._has_ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            chunk = self._pipe.read1(65536)
            with self._changed:
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                self._lines += [line.decode("utf-8", "backslashreplace") for line in lines]
                self._has_ended = not chunk
                self._changed.notify_all()
            if not chunk:
                self._pipe.close()
                return

    def lines(self):
        with self._changed:
            return list(self._lines)

    def text(self):
        with self._changed:
            rest = self._rest.decode("utf-8", "backslashreplace")
            return "".join(line + "\n" for line in self._lines) + rest

    def position(self):
        """Where wait_for can start to look at what comes from now on only."""
        with self._changed:
            return len(self._lines)

    def wait_for(self, pattern, seconds=PATIENCE_S, start=0):
        """Waits for a line in which the pattern is found; returns the match."""
        wanted = re.compile(pattern)
        deadline = Deadline(seconds)
        at = start
        with self._changed:
            while True:
                while at < len(self._lines):
                    match = wanted.search(self._lines[at])
                    if match:
                        return match
                    at += 1
                if self._has_ended or deadline.is_over():
                    break
                self._changed.wait(deadline.left())
        why = "has ended" if self._has_ended else f"{deadline.seconds:g} s are over"
        raise AssertionError(f"{self.name}: no line like {pattern!r}; {why}:\n{self.text()}")

    def wait_for_end(self, seconds=PATIENCE_S):
        self._thread.join(Deadline(seconds).left())
        assert not self._thread.is_alive(), f"{self.name}: somebody still holds the pipe"
