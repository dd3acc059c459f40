"""What happens before a connection is let in: proxies, limits, how often somebody may connect."""

import re
import socket
import struct

import pytest

from certificates import client_context
from deadline import Deadline, eventually
from line_client import connect

pytestmark = pytest.mark.threads

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
ALICE = "192.0.2.33"

LISTEN = [
    "irc://127.0.0.1:0?proxy",
    "ircs://127.0.0.1:0?proxy",
    "plain://127.0.0.1:0?proxy",
    "irc://127.0.0.1:0",
]


def text_header(address=ALICE):
    return f"PROXY TCP4 {address} 198.51.100.1 4711 6667\r\n".encode()


def binary_header(address=ALICE, is_secure=False, command=0x21):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    body = socket.inet_pton(family, address) * 2 + struct.pack("!HH", 4711, 6667)
    if is_secure:
        body += b"\x20" + struct.pack("!HBI", 5, 1, 0)
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", command, kind, len(body)) + body


def is_secure(client):
    client.send(f"WHOIS {client.nick}")
    return any(m.command == "671" for m in client.sync())


def addresses(client):
    """Real address, and host as others see it."""
    client.send(f"WHOIS {client.nick}")
    messages = client.sync()
    real = [m.params[-2] for m in messages if m.command == "338"]
    host = [m.params[3] for m in messages if m.command == "311"]
    return real[0], host[0]


@pytest.mark.parametrize(
    "header, address, secure",
    [
        (text_header(), ALICE, False),
        (text_header("203.0.113.9"), "203.0.113.9", False),
        (binary_header(), ALICE, False),
        (binary_header("2001:db8::7"), "2001:db8::7", False),
        (binary_header(is_secure=True), ALICE, True),
    ],
)
def test_proxy_says_who_it_is(start_server, mode, header, address, secure):
    server = start_server(mode, {"listen": LISTEN})
    client = server.connect("alice", hello=header)
    real, host = addresses(client)
    assert real == address
    assert re.fullmatch(r"([a-z2-7]{8}\.){3}v[46]", host)
    assert is_secure(client) == secure


def test_proxy_that_speaks_for_itself_keeps_its_address(start_server, mode):
    server = start_server(mode, {"listen": LISTEN})
    for header in (b"PROXY UNKNOWN\r\n", binary_header(command=0x20)):
        client = server.connect("alice", hello=header)
        assert addresses(client) == ("127.0.0.1", "localhost")
        client.send("QUIT")
        client.read_to_end()


def test_header_and_first_lines_may_come_in_any_pieces(start_server, mode):
    server = start_server(mode, {"listen": LISTEN})
    for header in (text_header(), binary_header(is_secure=True)):
        data = header + b"NICK drip\r\nUSER drip 0 * :drip\r\n"
        for size in (1, 7, len(header) - 1, len(header) + 3, len(data)):
            client = server.connect()
            for start in range(0, len(data), size):
                client.socket.setblocking(True)
                client.socket.sendall(data[start : start + size])
                client.socket.setblocking(False)
            client.expect(" 001 drip ")
            client.send("QUIT")
            client.read_to_end()


def test_tls_begins_behind_the_header(start_server, mode):
    server = start_server(mode, {"listen": LISTEN})
    for header in (text_header(), binary_header()):
        client = server.connect(
            "alice", address=server.ircs, tls=client_context(), hello=header
        )
        assert addresses(client)[0] == ALICE
        assert is_secure(client)
        client.send("QUIT")
        client.read_to_end()


def test_plain_door_behind_a_proxy(start_server, mode):
    server = start_server(mode, {"listen": LISTEN})
    client = server.connect_plain(hello=text_header() + b"/who\n")
    client.expect(r"In #lobby: guest")


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"NICK a\r\nUSER a 0 * :a\r\n", "no PROXY header"),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "a PROXY header that is wrong"),
        (SIGNATURE + b"\x21\x11\xff\xff", "a PROXY header that is too long"),
        (SIGNATURE[:5], "the proxy has hung up"),
    ],
)
def test_wrong_headers_are_refused(start_server, mode, data, reason):
    server = start_server(mode, {"listen": LISTEN})
    with connect(server.irc) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    server.wait_for_log(f'connection turned away.*reason="{reason}')


def test_header_that_does_not_come_is_not_waited_for_forever(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "limits": {"handshake_timeout": "1s"}})
    with connect(server.irc) as sock:
        sock.sendall(b"PROXY ")
        sock.settimeout(Deadline().seconds)
        assert sock.recv(100) == b""
    server.wait_for_log("connection turned away.*timed out")


def test_header_from_elsewhere_is_not_believed(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "proxies": ["198.51.100.0/24"]})
    client = server.connect()
    assert "for proxies only" in client.read_to_end()[-1]
    # Without ?proxy in listen, a header is a line like others.
    other = server.connect(address=server.addresses["irc"][1], hello=text_header())
    other.register("bob")
    assert addresses(other)[0] == "127.0.0.1"


def is_let_in(server):
    client = server.connect(hello=text_header())
    client.send("NICK again")
    client.send("USER again 0 * :again")
    is_in = client.expect_line(r" 001 |ERROR ").group(0) == " 001 "
    if not is_in:
        client.close()
    return is_in


def test_limits_count_who_is_behind_the_proxy(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "limits": {"connections_per_address": 2}})
    clients = [server.connect(f"user{i}", hello=text_header()) for i in range(2)]
    third = server.connect(hello=text_header())
    assert "too many connections from your address" in third.read_to_end()[-1]
    other = server.connect("other", hello=text_header("192.0.2.34"))
    clients[0].send("QUIT")
    clients[0].read_to_end()
    clients[0].close()
    eventually(lambda: is_let_in(server), "that the place has been given back")
    other.sync()


def test_limits_count_networks(start_server, mode):
    server = start_server(mode, {"listen": LISTEN, "limits": {"connections_per_network": 2}})
    for i in range(2):
        server.connect(f"user{i}", hello=text_header(f"192.0.2.{i}"))
    third = server.connect(hello=text_header("192.0.2.9"))
    assert "too many connections from your network" in third.read_to_end()[-1]
    server.connect("other", hello=text_header("192.0.3.1"))


def test_who_connects_too_often_has_to_wait(start_server, mode):
    server = start_server(
        mode,
        {"listen": LISTEN, "limits": {"connects_per_address": 3, "connects_window": "2s"}},
    )
    for i in range(3):
        client = server.connect(f"user{i}", hello=text_header())
        client.send("QUIT")
        client.read_to_end()
    refused = server.connect(hello=text_header())
    assert "you connect too often" in refused.read_to_end()[-1]
    server.wait_for_log("turned away.*you connect too often")
    eventually(lambda: is_let_in(server), "that the window is over")


# --- WEBIRC ---


@pytest.fixture
def gateway_server(start_server, mode, run_confab):
    hashed = run_confab("passwd", typed="sesame").stdout.text().strip()
    return start_server(
        mode,
        {
            "gateways": [{"name": "web", "password": hashed}],
            "limits": {"connections_per_address": 2},
        },
    )


def test_gateway_says_who_it_is(gateway_server):
    client = gateway_server.connect()
    client.send(f"WEBIRC sesame web host.example {ALICE} :secure")
    client.register("alice")
    assert addresses(client)[0] == ALICE
    assert is_secure(client)
    other = gateway_server.connect()
    other.send("WEBIRC sesame web host.example 2001:db8::7")
    other.register("bob")
    assert not is_secure(other)
    gateway_server.wait_for_log("gateway accepted.*gateway=web from=127.0.0.1 addr=2001:db8::7 conn=")


def test_gateway_with_a_wrong_password_is_refused(gateway_server):
    client = gateway_server.connect()
    client.send(f"WEBIRC guess web host.example {ALICE}")
    client.expect_end("Invalid WebIRC password")
    gateway_server.wait_for_log("gateway refused.*reason=password")


def test_limits_count_who_is_behind_a_gateway(gateway_server):
    for i in range(3):
        client = gateway_server.connect()
        client.send(f"WEBIRC sesame web host.example {ALICE}")
        if i < 2:
            client.register(f"user{i}")
    client.expect_end("too many connections from your address")
