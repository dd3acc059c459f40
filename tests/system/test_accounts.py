"""Accounts: registering, logging in by all mechanisms, and what a restart leaves of them."""

import base64
import hashlib
import hmac
import re
import signal
import time

import pytest

from confab_server import Server

PASSWORD = "correct horse, battery"
CONFIG = {"accounts": {"password_min": 8}}


def plain(account, password):
    return base64.b64encode(f"\0{account}\0{password}".encode()).decode()


def begin_sasl(server, mechanism, nick):
    client = server.connect()
    client.nick = nick
    client.send("CAP REQ :sasl")
    client.send(f"NICK {nick}")
    client.send(f"USER {nick} 0 * :{nick}")
    client.expect(r" ACK :sasl")
    client.send(f"AUTHENTICATE {mechanism}")
    client.expect(r" AUTHENTICATE \+$")
    return client


def log_in(server, nick, password=PASSWORD):
    client = begin_sasl(server, "PLAIN", nick)
    client.send(f"AUTHENTICATE {plain(nick, password)}")
    client.expect(r" 903 ")
    client.send("CAP END")
    client.expect(r" 001 ")
    client.sync()
    return client


def register(server, nick, password=PASSWORD):
    client = server.connect(nick)
    client.send(f"REGISTER * * :{password.replace(' ', '_')}")
    client.expect(rf" REGISTER SUCCESS {nick} ")
    client.expect(rf" 900 {nick} \S+ {nick} ")
    return client


def scram(client, name, nick, password):
    """The client's side of RFC 5802, with Python's own hashes; returns the last line."""
    gs2, first = "n,,", f"n={nick},r=fyko+d2lbbFgONRv9qkxdawL"
    client.send(f"AUTHENTICATE {base64.b64encode((gs2 + first).encode()).decode()}")
    answer = client.expect(r" (AUTHENTICATE|904) ")
    if answer.command == "904":
        return answer
    server_first = base64.b64decode(answer.params[0]).decode()
    parts = dict(part.split("=", 1) for part in server_first.split(","))
    assert parts["r"].startswith("fyko+d2lbbFgONRv9qkxdawL") and len(parts["r"]) > 40
    salted = hashlib.pbkdf2_hmac(
        name, password.encode(), base64.b64decode(parts["s"]), int(parts["i"])
    )

    def mac(key, text):
        return hmac.new(key, text, name).digest()

    without_proof = f"c={base64.b64encode(gs2.encode()).decode()},r={parts['r']}"
    message = f"{first},{server_first},{without_proof}".encode()
    client_key = mac(salted, b"Client Key")
    signature = mac(hashlib.new(name, client_key).digest(), message)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
    final = base64.b64encode(f"{without_proof},p={proof}".encode()).decode()
    for start in range(0, len(final), 400):
        client.send(f"AUTHENTICATE {final[start:start + 400]}")
    answer = client.expect(r" (AUTHENTICATE|904) ")
    if answer.command == "904":
        return answer
    verifier = base64.b64encode(mac(mac(salted, b"Server Key"), message)).decode()
    assert base64.b64decode(answer.params[0]).decode() == f"v={verifier}"
    client.send("AUTHENTICATE +")
    return client.expect(r" 90[34] ")


@pytest.mark.parametrize("config", [CONFIG])
def test_an_account_is_registered_and_logged_in_to(server):
    password = PASSWORD.replace(" ", "_")
    register(server, "alice").send("QUIT")
    alice = log_in(server, "alice", password)
    bob = server.connect("bob", caps=("account-tag", "extended-join"))
    bob.join("#a")
    alice.send("JOIN #a")
    assert bob.expect(" JOIN #a").params == ["#a", "alice", "alice"]
    alice.say("#a", "it is me")
    assert bob.expect("it is me").tags["account"] == "alice"


@pytest.mark.parametrize("name,mechanism", [("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512")])
def test_scram(start_server, name, mechanism):
    server = start_server("2", CONFIG)
    password = PASSWORD.replace(" ", "_")
    register(server, "alice").send("QUIT")
    client = begin_sasl(server, mechanism, "alice")
    assert scram(client, name, "alice", password).command == "903"
    client.send("CAP END")
    client.expect(" 001 alice ")
    wrong = begin_sasl(server, mechanism, "alice")
    assert scram(wrong, name, "alice", password + "x").command == "904"
    nobody = begin_sasl(server, mechanism, "nobody")
    assert scram(nobody, name, "nobody", password).command == "904"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_accounts_outlive_the_server(start_server, tmp_path, end):
    password = PASSWORD.replace(" ", "_")
    config = {**CONFIG, "data": str(tmp_path / "shared")}
    first = start_server("2", config)
    register(first, "alice")
    bob = register(first, "bob")
    bob.send(f"NS PASSWD {password} another_one")
    bob.expect("password has been changed")
    bob.sync()
    carl = register(first, "carl")
    carl.send("NS UNREGISTER carl")
    code = carl.expect("To do it: UNREGISTER carl").text.split()[-1]
    carl.send(f"NS UNREGISTER carl {code}")
    carl.expect("is no more")
    register(first, "dora")  # her row is on disk, and so is all before it
    first.close_clients()
    first.send_signal(end)
    first.wait(10)
    first.is_stopped = True

    second = start_server("2", config)
    log_in(second, "alice", password)
    log_in(second, "bob", "another_one")
    carl = second.connect("carl")
    carl.send("NS INFO carl")
    carl.expect("There is no account carl")
    carl.send(f"NS IDENTIFY dora {password}")
    carl.expect(" 900 carl \\S+ dora ")


def test_a_second_server_on_the_same_data_is_refused(start_server, run_confab, tmp_path):
    config = {"data": str(tmp_path / "shared")}
    server = start_server("1", config)
    process = run_confab("serve", "--config", str(server.config_path))
    assert process.status_code == 1
    assert "in use by another confab" in process.stderr.text()
    server.connect("alice").sync()


def totp(key, moment):
    """RFC 6238, as an authenticator app does it."""
    digest = hmac.new(base64.b32decode(key), (int(moment) // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7FFFFFFF) % 1000000:06}"


def test_app_passwords_and_the_second_factor_outlive_a_restart(start_server):
    server = start_server("2")
    alice = register(server, "alice", "correct-horse")
    alice.send("NS APPPASS ADD phone")
    app_password = alice.expect("shown this once: ").text.split("once: ")[1].split()[0]
    alice.send("NS TOTP ON")
    key = re.search("secret=([A-Z2-7]+)", alice.expect("otpauth:").text)[1]
    alice.send(f"NS TOTP CONFIRM {totp(key, time.time())}")
    alice.expect("From now on")
    alice.expect("shown this once:")
    recovery = alice.next().text
    server.stop()
    again = Server(server.directory, "2")
    try:
        again.wait_until_listening()
        log_in(again, "alice", app_password)
        alone = begin_sasl(again, "PLAIN", "alice")
        alone.send(f"AUTHENTICATE {plain('alice', 'correct-horse')}")
        alone.expect(" 904 .*code of your app")
        log_in(again, "alice", f"correct-horse {recovery}")
        log_in(again, "alice", f"correct-horse {totp(key, time.time() + 30)}")
        for path in again.data.rglob("*"):
            if path.suffix in (".log", ".txt"):
                assert key not in path.read_text()
        said = server.stderr.text() + again.stderr.text()
        for secret in (key, app_password, recovery, "correct-horse"):
            assert secret not in said
        again.stop()
    finally:
        again.discard()
