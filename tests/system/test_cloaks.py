"""Cloaks: what others see of an address, and who sees the address itself."""

import re
import signal

import pytest

LOOPBACK = re.compile(r"127\.0\.0\.\d")


@pytest.fixture
def cloaked(start_server, mode):
    return start_server(mode)


def test_clients_of_this_machine_have_no_address(cloaked):
    alice = cloaked.connect("alice")
    bob = cloaked.connect("bob")
    for client in (alice, bob):
        client.join("#room")
    bob.send("WHOIS alice")
    bob.send("WHO #room")
    bob.send("USERHOST alice")
    seen = alice.sync() + bob.sync()
    alice.send("QUIT")
    seen += bob.sync()
    assert any("@localhost" in m.line for m in seen)
    assert not [m for m in seen if LOOPBACK.search(m.line)]


def test_secret_is_made_once_and_nobody_else_can_read_it(cloaked):
    secret = cloaked.data / "cloak.secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    before = secret.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", before)
    cloaked.send_signal(signal.SIGHUP)
    cloaked.wait_for_log("configuration reloaded")
    assert secret.read_text() == before


def test_secret_that_is_lost_is_not_replaced_in_silence(start_server, mode):
    server = start_server(mode)
    (server.data / "cloak.secret").write_text("short\n")
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("key of cloaks not reloaded, the old one is kept")
