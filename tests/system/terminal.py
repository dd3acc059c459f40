"""A program at a terminal of its own: a tmux without a user, whose screen can be read."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from deadline import PATIENCE_S, eventually

# Says how the program has ended, and stays.
SHELL = ["sh", "-c", 'trap : INT; "$@"; printf "\\n[ended: %d]\\n" $?; exec sleep 1000', "sh"]

SETTINGS = """\
set -g status off
set -g history-limit 5000
set -s escape-time 0
"""


class Terminal:
    def __init__(self, command, cwd, columns=100, rows=30, env=None):
        # Not below pytest's folders: the path of a socket may only be short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="confab-tmux-"))
        settings = self.folder / "tmux.conf"
        settings.write_text(SETTINGS)
        self.environment = os.environ | {"LC_ALL": "C.UTF-8", "TMUX": ""} | (env or {})
        self.tmux = ["tmux", "-u", "-f", str(settings), "-S", str(self.folder / "socket")]
        self._run("new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(cwd),
                  *SHELL, *command)

    def _run(self, *words):
        done = subprocess.run([*self.tmux, *words], env=self.environment, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, f"tmux {words}: {done.stderr}"
        return done.stdout

    # --- the keyboard ---

    def type(self, text):
        """As it is, without the Enter key."""
        self._run("send-keys", "-l", text)

    def press(self, *keys):
        """By tmux's names: Enter, Tab, Up, C-c."""
        self._run("send-keys", *keys)

    def enter(self, text):
        self.type(text)
        self.press("Enter")

    # --- the screen ---

    def screen(self):
        """What is seen, and what has been scrolled out, as text."""
        return self._run("capture-pane", "-p", "-J", "-S", "-")

    def last_line(self):
        lines = self._run("capture-pane", "-p").rstrip("\n").split("\n")
        return lines[-1] if lines else ""

    def cursor_column(self):
        return int(self._run("display-message", "-p", "#{cursor_x}"))

    def wait_for(self, text, seconds=PATIENCE_S):
        """Until the text is on the screen, or was."""
        self._wait(lambda: text in self.screen(), f"{text!r} on the screen", seconds)

    def wait_for_last_line(self, text, seconds=PATIENCE_S):
        """Until the last line, where one types, begins so."""
        self._wait(lambda: self.last_line().startswith(text), f"the last line {text!r}", seconds)

    def wait_for_end(self, seconds=PATIENCE_S):
        """The exit status of the program."""
        wanted = re.compile(r"^\[ended: (\d+)\]$", re.M)
        return int(self._wait(lambda: wanted.search(self.screen()), "its end", seconds)[1])

    def _wait(self, condition, what, seconds):
        try:
            return eventually(condition, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.screen()}") from None

    def close(self):
        # All that runs in it first: LeakSanitizer, at work at the end of a program, never ends when
        # only the hang-up of the terminal reaches it.
        shell = subprocess.run([*self.tmux, "display-message", "-p", "#{pane_pid}"],
                               env=self.environment, capture_output=True, text=True, check=False)
        if shell.stdout.strip():
            os.killpg(int(shell.stdout), signal.SIGKILL)
        # It has ended already when the test has made it end.
        subprocess.run([*self.tmux, "kill-server"], env=self.environment, capture_output=True,
                       check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
