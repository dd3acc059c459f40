"""TLS over real sockets, on every thread model: with clients that are right, slow and wrong."""

import os
import re
import signal
import socket
import ssl
import threading

import pytest

from certificates import Certificate, client_context
from deadline import Deadline, eventually
from irc_client import IrcClient, register_all
from line_client import connect, pump

pytestmark = pytest.mark.threads

LISTEN = ["irc://127.0.0.1:0", "ircs://127.0.0.1:0", "plain://127.0.0.1:0", "plains://127.0.0.1:0"]


@pytest.fixture
def tls_server(start_server, mode):
    """With a certificate of its own, made at the start."""
    return start_server(mode, {"listen": LISTEN})


def connect_tls(server, nick=None, caps=(), context=None, **options):
    return server.connect(
        nick, caps, address=server.ircs, tls=context or client_context(), **options
    )


# --- as it should be ---


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_of_tls_talks_with_one_in_the_clear(tls_server, version):
    alice = connect_tls(tls_server, "alice", context=client_context(version=version))
    assert alice.socket.selected_alpn_protocol() == "irc"
    bob = tls_server.connect("bob")
    alice.join("#room")
    bob.join("#room")
    for turn in range(20):
        alice.say("#room", f"a{turn}")
        bob.expect_message("alice", "#room", f"a{turn}")
        bob.say("#room", f"b{turn}")
        alice.expect_message("bob", "#room", f"b{turn}")
    bob.send("WHOIS alice")
    assert [m for m in bob.sync() if m.command == "671"]


def test_plain_door_over_tls(tls_server):
    raw = connect(tls_server.addresses["plains"][0])
    client = client_context(alpn=()).wrap_socket(raw)
    irc = tls_server.connect("alice")
    irc.join("#lobby")
    client.sendall(b"hello over tls\n")
    irc.expect(r"PRIVMSG #lobby :hello over tls$")
    client.close()


def test_own_certificate_is_made_once_and_its_key_is_secret(start_server, mode):
    server = start_server(mode, {"listen": LISTEN})
    printed = re.search(r"^Certificate \(SHA-256\): ([0-9a-f]{64})$", server.stdout.text(), re.M)
    key = server.data / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    client = connect_tls(server, "alice")
    shown = ssl.DER_cert_to_PEM_cert(client.socket.getpeercert(binary_form=True))
    assert shown == (server.data / "certificate.pem").read_text()
    assert printed
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration reloaded")
    assert key.read_bytes() == before


def test_clients_of_other_protocols_are_refused(tls_server):
    for alpn in [("http/1.1",), ("h2", "http/1.1")]:
        with pytest.raises(ssl.SSLError):
            connect_tls(tls_server, context=client_context(alpn=alpn))
    connect_tls(tls_server, "alice", context=client_context(alpn=()))
    connect_tls(tls_server, "bob", context=client_context(alpn=("h2", "irc")))


def test_versions_before_1_2_are_refused(tls_server):
    context = client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        connect_tls(tls_server, context=context)


# --- certificates of clients ---


def test_fingerprint_of_a_client_is_shown_to_itself_and_operators_only(
    start_server, mode, tmp_path
):
    server = start_server(mode, {"listen": LISTEN})
    own = Certificate(tmp_path, "client", "alice.example")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        alice = connect_tls(server, "alice", context=client_context(own=own, version=version))
        alice.send("WHOIS alice")
        shown = [m for m in alice.sync() if m.command == "276"]
        assert shown[0].text == f"has client certificate fingerprint {own.fingerprint}"
        bob = connect_tls(server, "bob")
        bob.send("WHOIS alice")
        assert not [m for m in bob.sync() if m.command == "276"]
        for client in (alice, bob):
            client.send("QUIT")
            client.read_to_end()


# --- several certificates, and new ones ---


def test_name_that_is_asked_for_chooses_the_certificate(start_server, mode, tmp_path):
    one = Certificate(tmp_path, "one", "one.example", "localhost")
    two = Certificate(tmp_path, "two", "two.example", "*.two.example")
    server = start_server(
        mode, {"listen": LISTEN, "tls": {"certificates": [one.entry(), two.entry()]}}
    )
    for name, expected in [
        ("one.example", one),
        ("two.example", two),
        ("a.two.example", two),
        ("other.example", one),
        (None, one),
    ]:
        with client_context().wrap_socket(connect(server.ircs), server_hostname=name) as client:
            shown = ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True))
            assert shown == expected.file.read_text(), name


def reload(server):
    position = server.stderr.position()
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration reloaded", start=position)
    return position


def test_reload_takes_a_new_certificate_and_drops_nobody(start_server, mode, tmp_path):
    certificate = Certificate(tmp_path, "server", "localhost")
    server = start_server(mode, {"listen": LISTEN, "tls": {"certificates": [certificate.entry()]}})
    alice = connect_tls(server, "alice", context=client_context(trusted=certificate))
    certificate.make("localhost", arguments=["--force"])
    with pytest.raises(ssl.SSLCertVerificationError):
        connect_tls(server, context=client_context(trusted=certificate))
    reload(server)
    bob = connect_tls(server, "bob", context=client_context(trusted=certificate))
    alice.say("bob", "still here")
    bob.expect_message("alice", "bob", "still here")


def test_bad_certificate_keeps_the_old_one_and_says_so(start_server, mode, tmp_path):
    certificate = Certificate(tmp_path, "server", "localhost")
    server = start_server(mode, {"listen": LISTEN, "tls": {"certificates": [certificate.entry()]}})
    good = certificate.file.read_text()
    context = client_context(trusted=certificate)
    other = Certificate(tmp_path, "other", "localhost")
    for bad in ("no certificate", other.file.read_text()):
        certificate.file.write_text(bad)
        position = reload(server)
        server.wait_for_log(r"certificates not reloaded, the old ones are kept.*server", position)
        connect_tls(server, context=context).register("alice")
        server.close_clients()
    certificate.file.write_text(good)
    server.wait_for_log(r"certificates loaded", reload(server))


def test_certificate_that_is_missing_stops_the_start(start_server, mode, tmp_path):
    server = start_server(
        mode,
        {"listen": LISTEN, "tls": {"certificates": [{"file": str(tmp_path / "none.pem")}]}},
        is_listening=False,
    )
    server.expect_exit(status=1)
    assert re.search(r"none\.pem can't be used: No such file", server.stderr.text())


# --- the wrong port ---


def test_plaintext_on_the_port_of_tls_is_told_so(tls_server):
    for data in (b"NICK a\r\nUSER a 0 * :a\r\n", b"GET / HTTP/1.1\r\n\r\n", b"C"):
        client = tls_server.connect(address=tls_server.ircs)
        client.send_bytes(data)
        lines = client.read_to_end()
        assert lines[0].startswith("ERROR :Closing link: this port speaks TLS only"), lines
    tls_server.wait_for_log("connection turned away.*does not speak TLS")


@pytest.mark.parametrize("door", ["irc", "plain"])
def test_tls_on_a_port_without_it_ends_at_once(tls_server, door):
    before = tls_server.cpu_s()
    with pytest.raises(ssl.SSLError):
        client_context().wrap_socket(connect(tls_server.addresses[door][0]))
    tls_server.wait_for_log("TLS where there is none")
    tls_server.connect("alice").sync()
    assert tls_server.cpu_s() - before < 1.0


# --- the slow and the broken ---


class Trickle:
    """A handshake whose bytes are moved by hand."""

    def __init__(self, address, context=None):
        self.raw = connect(address)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or client_context()).wrap_bio(self.incoming, self.outgoing)

    def step(self):
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def close(self):
        self.raw.close()


def test_handshake_that_drips_byte_by_byte(tls_server):
    client = Trickle(tls_server.ircs)
    is_done = False
    while not is_done:
        is_done = client.step()
        for byte in client.outgoing.read():
            client.raw.sendall(bytes([byte]))
        if not is_done:
            client.incoming.write(client.raw.recv(65536))
    client.tls.write(b"NICK drip\r\nUSER drip 0 * :drip\r\n")
    for byte in client.outgoing.read():
        client.raw.sendall(bytes([byte]))
    heard = b""
    while b" 001 drip " not in heard:
        client.incoming.write(client.raw.recv(7))
        try:
            heard += client.tls.read(65536)
        except ssl.SSLWantReadError:
            continue
    client.close()


def test_handshake_that_stops_is_ended_and_holds_nobody_up(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "limits": {"handshake_timeout": "2s"}})
    idle = [connect(server.ircs) for _ in range(20)]
    half = [Trickle(server.ircs) for _ in range(20)]
    for client in half:
        client.step()
        client.raw.sendall(client.outgoing.read()[:100])
    connect_tls(server, "alice").sync()
    for sock in idle + [client.raw for client in half]:
        sock.settimeout(Deadline().seconds)
        assert sock.recv(100) == b""
        sock.close()
    server.wait_for_log("connection turned away.*handshake timed out")


def test_broken_records_end_their_connection_only(tls_server):
    alice = connect_tls(tls_server, "alice")
    for junk in (b"\x17\x03\x03\x00\x10" + b"x" * 16, b"\x16\x03\x01", os.urandom(3000)):
        client = connect_tls(tls_server, "broken")
        raw = client.socket.detach()
        with socket.socket(fileno=raw) as sock:
            sock.setblocking(True)
            sock.settimeout(Deadline().seconds)
            sock.sendall(junk)
            sock.shutdown(socket.SHUT_WR)
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        alice.sync()
        eventually(
            lambda: not _is_there(alice, "broken"), "that the broken connection has been noticed"
        )


def _is_there(asking, nick):
    asking.send(f"ISON {nick}")
    return any(m.command == "303" and m.text.strip() for m in asking.sync())


def test_end_is_announced_and_half_an_end_is_one(tls_server):
    alice = connect_tls(tls_server, "alice")
    alice.send("QUIT :bye")
    assert alice.read_to_end()[-1].startswith("ERROR :")
    # close_notify of ours has come: Python tells it from an end without a word.
    bob = Trickle(tls_server.ircs)
    while not bob.step():
        bob.raw.sendall(bob.outgoing.read())
        bob.incoming.write(bob.raw.recv(65536))
    bob.tls.write(b"NICK bob\r\nUSER bob 0 * :b\r\nQUIT :bye\r\n")
    bob.raw.sendall(bob.outgoing.read())
    heard = b""
    while True:
        data = bob.raw.recv(65536)
        bob.incoming.write(data) if data else bob.incoming.write_eof()
        try:
            part = bob.tls.read(65536)
            if not part:
                break
            heard += part
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLZeroReturnError:
            break
    assert b"ERROR :Closing link" in heard
    bob.close()


def test_lines_before_a_half_close_are_answered(tls_server):
    client = connect_tls(tls_server, "alice")
    client.send("PING one\r\nPING two")
    client.socket.settimeout(Deadline().seconds)
    raw = socket.socket(fileno=os.dup(client.socket.fileno()))
    raw.shutdown(socket.SHUT_WR)
    raw.close()
    lines = client.read_to_end()
    assert [line for line in lines if line.endswith("one")], lines
    assert [line for line in lines if line.endswith("two")], lines


def test_large_outputs_reach_slow_readers_whole(tls_server):
    writer = connect_tls(tls_server, "writer")
    readers = [
        connect_tls(tls_server, f"reader{i}", receive_buffer=4096 * (i + 1)) for i in range(4)
    ]
    for client in [writer, *readers]:
        client.join("#flood")
    writer.sync()
    text = "x" * 380
    count = 1500  # 600 KiB: below the output queue
    for i in range(count):
        writer.say("#flood", f"{i:05} {text}")
    wanted = [f"{i:05} {text}" for i in range(count)]

    def has_all(reader):
        return sum(b"PRIVMSG #flood" in line for line in reader.lines) == count

    pump([writer, *readers], lambda: all(has_all(r) for r in readers), "all messages", 25)
    for reader in readers:
        got = [line.decode().split(" :", 1)[1] for line in reader.lines if b"PRIVMSG #flood" in line]
        assert got == wanted


def test_reader_that_stops_is_cut_off_with_the_reason(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "limits": {"output_queue": "64KiB"}})
    writer = connect_tls(server, "writer")
    slow = connect_tls(server, "slow", receive_buffer=4096)
    slow.answers_pings = False
    for client in (writer, slow):
        client.join("#flood")
    writer.sync()
    for i in range(15000):
        writer.say("#flood", f"{i:05} " + "y" * 380)
        if i % 500 == 0:
            writer.sync()
            if not _is_there(writer, "slow"):
                break
    else:
        pytest.fail("the slow reader was not cut off")
    lines = slow.read_to_end()
    assert "you read too slowly" in lines[-1]
    numbers = [int(line.split(" :", 1)[1][:5]) for line in lines if "PRIVMSG #flood" in line]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.seconds(90)
def test_many_handshakes_at_once(start_server, mode):
    count = 60 if mode == "per-client" else 400
    server = start_server(
        mode,
        {"listen": LISTEN, "limits": {"connections_per_address": 5000, "handshake_timeout": "1m"}},
    )
    alice = server.connect("alice")
    raw = [connect(server.ircs) for _ in range(count)]
    context = client_context()
    done = []

    def shake(part):
        for sock in part:
            sock.settimeout(60)
            done.append(context.wrap_socket(sock))

    threads = [threading.Thread(target=shake, args=(raw[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        alice.sync(seconds=20)  # nobody is held up
    for thread in threads:
        thread.join()
    assert len(done) == count
    for sock in done:
        sock.close()
    server.wait_for_users(1, alice)


# --- confab cert ---


def test_cert_overwrites_only_when_told_to(run_confab, tmp_path):
    first = run_confab("cert", "--data", str(tmp_path), "a.example", "192.0.2.1")
    assert first.status_code == 0
    key = tmp_path / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    again = run_confab("cert", "--data", str(tmp_path), "a.example")
    assert again.status_code == 1
    assert "give --force" in again.stderr.text()
    assert key.read_bytes() == before
    forced = run_confab("cert", "--data", str(tmp_path), "--force", "a.example")
    assert forced.status_code == 0
    assert key.read_bytes() != before
    assert re.search(r"^Fingerprint \(SHA-256\): [0-9a-f]{64}$", forced.stdout.text(), re.M)


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["a b"], "no host name"),
        (["a,DNS:b"], "no host name"),
        (["--days", "0"], "--days must be"),
        (["--key", "k"], "belong together"),
        (["--data", "/proc/none"], "cannot write"),
    ],
)
def test_cert_says_what_is_wrong(run_confab, tmp_path, arguments, reason):
    result = run_confab("cert", "--data", str(tmp_path), *arguments)
    assert result.status_code != 0
    assert reason in result.stderr.text()


def test_certificate_of_a_client_logs_in(start_server, mode, tmp_path):
    server = start_server(mode, {"listen": LISTEN, "accounts": {"password_min": 3}})
    own = Certificate(tmp_path, "client", "alice.example")
    context = client_context(own=own)
    alice = connect_tls(server, "alice", context=context)
    alice.send("REGISTER * * secret")
    alice.expect(" REGISTER SUCCESS alice ")
    alice.send("NS CERT ADD")
    alice.expect(own.fingerprint)
    again = connect_tls(server, "guest", context=context)
    again.send("CAP REQ :sasl")
    again.send("AUTHENTICATE EXTERNAL")
    again.expect(r"AUTHENTICATE \+$")
    again.send("AUTHENTICATE +")
    again.expect(" 903 ")
    again.expect(":guest!\\S+ NICK alice")  # it is one more session of alice
