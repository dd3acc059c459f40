"""Accounts: registering, logging in by all mechanisms, and what a restart leaves of them."""

import base64
import hashlib
import hmac
import re
import signal
import socket
import threading
import time

import pytest

from confab_server import Server, to_yaml
from deadline import eventually

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


def log_in_by_pass(server, given, nick):
    client = server.connect()
    client.nick = nick
    client.send(f"PASS {given}")
    client.send(f"NICK {nick}")
    client.send(f"USER {nick} 0 * :{nick}")
    return client


def test_the_servers_password_logs_in(server):
    password = "correct:horse-battery"
    register(server, "paul", password).send("QUIT")
    log_in_by_pass(server, password, "paul").expect(r" 900 paul \S+ paul ")
    by_name = log_in_by_pass(server, f"paul@phone:{password}", "pauls-phone")
    by_name.expect(r" 900 pauls-phone \S+ paul ")
    by_name.expect(r" 001 ")
    wrong = log_in_by_pass(server, f"paul:{password[1:]}", "wrong")
    wrong.expect(r" NOTICE wrong :Login failed: account or password is wrong")
    wrong.expect(r" 001 wrong ")


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


LETTER_CODE = r"(\w{5}(?:-\w{5}){3})"


def check_letters(start_server, email, letters):
    """letters(count): those that have been sent, of which there have to be so many; None: any number."""
    server = start_server("2", {"email": {"from": "chat@confab.test", "required": True} | email})
    alice = server.connect("alice")
    alice.send("REGISTER * * correct-horse")
    alice.expect("FAIL REGISTER INVALID_EMAIL")
    alice.send("REGISTER * alice@example.org correct-horse")
    alice.expect("REGISTER VERIFICATION_REQUIRED alice")
    (letter,) = letters(1)
    assert "To: <alice@example.org>" in letter
    assert "From: <chat@confab.test>" in letter
    code = re.search(f"VERIFY alice {LETTER_CODE}", letter)[1]
    alice.send(f"VERIFY alice {code}")
    alice.expect("VERIFY SUCCESS alice")
    alice.expect(" 900 ")
    bob = server.connect("bob")
    for _ in range(2):
        bob.send("NS SENDPASS alice")
        bob.expect("on its way")
    eventually(lambda: len(letters(None)) > 0 and "RESETPASS alice" in letters(None)[-1], "a letter for a new password")
    letters(2)  # no third one so soon
    assert server.stderr.text().count("letter queued") == 2
    assert code not in server.stderr.text()
    server.stop()


def test_a_letter_is_sent_by_a_command(start_server, tmp_path):
    command = tmp_path / "sendmail"
    command.write_text(f'#!/bin/sh\n[ "$1" = -i ] || exit 9\n[ "$2" = alice@example.org ] || exit 8\ncat >>{tmp_path}/letters\n')
    command.chmod(0o755)

    def letters(count):
        text = (tmp_path / "letters").read_text()
        assert count in (None, text.count("Subject:"))
        return [text]

    check_letters(start_server, {"sendmail": f"{command} -i"}, letters)


def test_a_command_that_fails_is_told(start_server):
    server = start_server("2", {"email": {"from": "chat@confab.test", "sendmail": "/bin/false"}})
    alice = server.connect("alice")
    alice.send("REGISTER * alice@example.org correct-horse")
    alice.expect("FAIL REGISTER TEMPORARILY_UNAVAILABLE alice .*letter could not be sent")
    server.wait_for_log("a letter can't be sent")
    alice.send("REGISTER * * correct-horse")
    alice.expect("REGISTER SUCCESS alice")


class MailServer(threading.Thread):
    """As much of SMTP as a letter takes; no TLS."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.letters = []

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            with connection, connection.makefile("rwb", buffering=0) as file:
                self.serve(file)

    def serve(self, file):
        file.write(b"220 here\r\n")
        while line := file.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                file.write(b"354 go on\r\n")
                letter = b""
                while (line := file.readline()) != b".\r\n":
                    letter += line
                self.letters.append(letter.decode())
            file.write(b"250 well\r\n" if verb != b"QUIT" else b"221 bye\r\n")
            if verb == b"QUIT":
                return


def test_a_letter_is_sent_by_smtp(start_server):
    mail = MailServer()
    mail.start()

    def letters(count):
        assert count in (None, len(mail.letters))
        return mail.letters

    check_letters(start_server, {"smtp": f"smtp://127.0.0.1:{mail.port}"}, letters)


@pytest.mark.parametrize("email, said", [
    ({"required": True}, "give email.sendmail or email.smtp"),
    ({"sendmail": "/bin/true"}, "letters need a sender"),
    ({"sendmail": "/nosuch/sendmail -i", "from": "a@example.org"}, "there is no /nosuch/sendmail"),
    ({"smtp": "mail.example.org", "from": "a@example.org"}, "give an address like smtps://"),
    ({"smtp": "smtp://a", "sendmail": "/bin/true", "from": "a@example.org"}, "give either this or"),
])
def test_what_is_wrong_with_the_settings_of_mail_is_told(run_confab, tmp_path, email, said):
    (tmp_path / "confab.yaml").write_text(to_yaml({"email": email}) + "\n")
    checked = run_confab("check", "--config", str(tmp_path / "confab.yaml"))
    assert checked.status_code == 1
    assert said in checked.stderr.text()
