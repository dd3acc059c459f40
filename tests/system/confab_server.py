"""The server under test: the real program in a process of its own, on ports the system chose."""

import ctypes
import json
import os
import pathlib
import re
import resource
import select
import signal
import ssl
import stat
import subprocess
import time

from capture import Capture
from deadline import TIME_FACTOR, Deadline, eventually
from irc_client import IrcClient, register_all
from plain_client import PlainClient, SimplestClient

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

MODES = ("1", "2", "4", "per-client")

# From the signal to the end, whatever clients do.
STOP_S = 5.0

# Under a sanitizer that starts slowly.
START_S = 20.0

SANITIZER_REPORT = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|SUMMARY: \w+Sanitizer|: runtime error: |"
    r"Assertion .* failed"
)

# Memory is measured: what has been freed is not to be kept for long.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "quarantine_size_mb=4:malloc_context_size=12",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def binary():
    path = pathlib.Path(os.environ.get("CONFAB_BINARY", REPOSITORY / "build/release/src/confab"))
    return str(path.resolve())


def is_under_tsan():
    """Then its memory has a shadow of several times its size."""
    return b"__tsan_init" in pathlib.Path(binary()).read_bytes()


def environment():
    env = dict(os.environ)
    for name, options in SANITIZER_OPTIONS.items():
        env[name] = ":".join(filter(None, [options, os.environ.get(name)]))
    return env


def any_server():
    """What a client of TLS needs, that trusts every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["irc"])
    return context


def to_yaml(value, indent=0):
    """The configuration as an administrator would write it."""
    lines = []
    for key, item in value.items():
        head = "  " * indent + key + ":"
        if isinstance(item, dict) and item:
            lines += [head, to_yaml(item, indent + 1)]
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            lines.append(head)
            for entry in item:
                first, *rest = to_yaml(entry, indent + 2).split("\n")
                lines += ["  " * (indent + 1) + "- " + first.lstrip(), *rest]
        elif isinstance(item, list) and item:
            lines.append(head)
            lines += ["  " * (indent + 1) + "- " + json.dumps(entry) for entry in item]
        else:
            lines.append(f"{head} {json.dumps(item, ensure_ascii=False)}")
    return "\n".join(lines)


def merge(base, changes):
    """base with the changes: sections are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in changes.items():
        is_section = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if is_section else value
    return merged


class Process:
    """`confab` with some arguments. Ends with the tests, however they end."""

    def __init__(self, arguments, cwd, files_max=None, has_input=False):
        def prepare():
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if files_max is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))

        self.process = subprocess.Popen(
            [binary(), *arguments],
            cwd=cwd,
            env=environment(),
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=prepare,
        )
        self.pid = self.process.pid
        self.pid_fd = os.pidfd_open(self.pid)
        self.stdout = Capture(self.process.stdout, "stdout")
        self.stderr = Capture(self.process.stderr, "stderr")

    def type(self, line):
        """Into its standard input."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def send_signal(self, number):
        signal.pidfd_send_signal(self.pid_fd, number)

    def has_ended(self):
        return bool(select.select([self.pid_fd], [], [], 0)[0])

    def wait(self, seconds):
        """The exit status."""
        ended, _, _ = select.select([self.pid_fd], [], [], Deadline(seconds).left())
        assert ended, f"still running after {seconds * TIME_FACTOR:g} s:\n{self.stderr.text()}"
        status = self.process.wait()
        self.stdout.wait_for_end()
        self.stderr.wait_for_end()
        return status

    def discard(self):
        """Whatever has happened: nothing is left behind."""
        if not self.has_ended():
            self.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.pid_fd != -1:
            os.close(self.pid_fd)
            self.pid_fd = -1

    def check_reports(self):
        report = SANITIZER_REPORT.search(self.stderr.text())
        assert not report, f"{report.group(0)}:\n{self.stderr.text()[report.start():][:20000]}"

    # --- what the system knows about it ---

    def status(self, field):
        """A number of /proc/PID/status; memory in bytes."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        words = re.search(rf"^{field}:\s+(.*)$", text, re.M).group(1).split()
        return int(words[0]) * (1024 if words[1:] == ["kB"] else 1)

    def threads(self):
        """Their names."""
        names = []
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                names.append((task / "comm").read_text().strip())
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
        return names

    def switches(self):
        """How often its threads have been switched to so far."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            text = (task / "status").read_text()
            total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))
        return total

    def cpu_s(self):
        """CPU time of all its threads so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def files(self):
        """How many file descriptors it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Server(Process):
    is_over_tls = False  # pytest --over-tls

    def __init__(self, directory, mode, config=None, arguments=(), **options):
        self.directory = pathlib.Path(directory)
        self.mode = mode
        self.data = self.directory / "data"
        self.config_path = self.directory / "confab.yaml"
        self.clients = []
        self.is_stopped = False
        self.write_config(config or {})
        super().__init__(
            ["serve", "--config", str(self.config_path), *arguments], self.directory, **options
        )
        self.addresses = {}

    def write_config(self, changes):
        """What a test does not say: own ports, no limit of input, so that tests are fast."""
        base = {
            "server": {"name": "test.confab", "network": "testnet"},
            "data": str(self.data),
            "workers": self.mode if self.mode == "per-client" else int(self.mode),
            "listen": [
                "ircs://127.0.0.1:0" if self.is_over_tls else "irc://127.0.0.1:0",
                "plain://127.0.0.1:0",
            ],
            "limits": {"input_rate": 0},
        }
        self.config_path.write_text(to_yaml(merge(base, changes)) + "\n")
        self.config_path.chmod(0o600)

    def wait_until_listening(self, start=0):
        """Reads from its greeting where it listens. start: as of Capture.position."""
        self.stdout.wait_for(r"Ctrl-C stops the server", START_S, start)
        self.addresses = {}
        for line in self.stdout.lines()[start:]:
            match = re.match(r"  (\w+) +(\S+) ", line)
            if not match:
                continue
            door, text = match.groups()
            host, _, port = text.rpartition(":")
            is_path = text.startswith("/")
            address = text if is_path else (host.strip("[]"), int(port))
            self.addresses.setdefault(door, []).append(address)

    @property
    def irc(self):
        return self.addresses["irc"][0]

    @property
    def ircs(self):
        return self.addresses["ircs"][0]

    @property
    def plain(self):
        return self.addresses["plain"][0]

    # --- clients, closed before the server is stopped ---

    def connect(self, nick=None, caps=(), address=None, **options):
        """An IRC client; registered when it has a nick."""
        if address is None and self.is_over_tls and "irc" not in self.addresses:
            address = self.ircs
            options.setdefault("tls", any_server())
        client = IrcClient(address or self.irc, **options)
        self.clients.append(client)
        if nick is not None:
            client.register(nick, caps)
        return client

    def connect_many(self, count, prefix="user", caps=(), **options):
        """Registered IRC clients: user0, user1 ..."""
        clients = [self.connect(**options) for _ in range(count)]
        register_all(clients, [f"{prefix}{i}" for i in range(count)], caps)
        return clients

    def connect_plain(self, **options):
        client = PlainClient(self.plain, **options)
        self.clients.append(client)
        return client

    def connect_simplest(self):
        client = SimplestClient(self.plain)
        self.clients.append(client)
        return client

    def close_clients(self):
        for client in self.clients:
            client.close()
        self.clients.clear()

    # --- ends ---

    def wait_for_log(self, pattern, start=0, seconds=10.0):
        return self.stderr.wait_for(pattern, seconds, start)

    def expect_exit(self, status=0, seconds=STOP_S):
        """It is about to end: as it should, and nothing is left of it."""
        assert self.wait(seconds) == status, self.stderr.text()
        self.is_stopped = True
        self.check_reports()
        left = [path for path in self.directory.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]
        assert not left, f"socket files are left: {left}"

    def stop(self):
        """As every test ends: SIGTERM, with no client left."""
        self.close_clients()
        if self.is_stopped:
            return
        if self.has_ended():
            self.expect_exit()
            return
        started = time.monotonic()
        self.send_signal(signal.SIGTERM)
        self.expect_exit()
        took = time.monotonic() - started
        assert took <= STOP_S * TIME_FACTOR, f"took {took:.1f} s to stop"

    # --- conditions that nobody announces ---

    def wait_for_users(self, count, through):
        """Until the server counts so many users; through: a client to ask with."""

        def is_so():
            through.send("LUSERS")
            local = [m for m in through.sync() if m.command == "265"]
            return local and int(local[0].params[1]) == count

        eventually(is_so, f"{count} users on the server")
