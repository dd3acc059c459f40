"""Waiting for conditions, each with a deadline; nothing here waits for longer than it must."""

import os
import threading
import time

# Sanitizers and busy machines are slower: all deadlines are multiplied by this.
TIME_FACTOR = float(os.environ.get("CONFAB_TEST_TIME_FACTOR", "1"))

# What the other side is given to do something that it does at once when all is well.
PATIENCE_S = 10.0

STEP_S = 0.01


class Deadline:
    """A moment after which a test has failed."""

    def __init__(self, seconds=PATIENCE_S):
        self.seconds = seconds * TIME_FACTOR
        self.at = time.monotonic() + self.seconds

    def left(self):
        return max(0.0, self.at - time.monotonic())

    def is_over(self):
        return time.monotonic() >= self.at


def eventually(condition, what, seconds=PATIENCE_S):
    """
    Waits until condition() is true and returns what it returned. For what nobody announces, such as
    the numbers in /proc; what comes over a socket or pipe is waited for there.
    """
    deadline = Deadline(seconds)
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if deadline.is_over():
            raise AssertionError(f"not within {deadline.seconds:g} s: {what}")
        pause.wait(STEP_S)
