"""Letters that take their time, and what of all that is secret gets into the log."""

import re
import socket
import time

from confab_server import Server
from deadline import eventually
from test_accounts import LETTER_CODE, begin_sasl, log_in, plain, register, scram, totp
from test_restart import claim_secret

PASSWORD = "correct-horse"


def mailing(tmp_path, script):
    """The settings of e-mail, with this as the command."""
    command = tmp_path / "sendmail"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    return {"email": {"from": "chat@confab.test", "sendmail": f"{command} -i"}}


def test_nobody_waits_for_the_letters_of_others(start_server, tmp_path):
    server = start_server("2", mailing(tmp_path, f"echo >>{tmp_path}/begun\nexec sleep 30"))
    register(server, "alice", PASSWORD).send("QUIT")
    for i in range(4):
        server.connect(f"eve{i}").send(f"REGISTER * eve{i}@example.org {PASSWORD}")
    eventually((tmp_path / "begun").exists, "a letter is on its way")
    started = time.monotonic()
    log_in(server, "alice", PASSWORD)
    took = time.monotonic() - started
    assert took < 20, f"logging in took {took:.1f} s"


def test_the_server_ends_though_a_letter_is_on_its_way(start_server, tmp_path):
    server = start_server("2", mailing(tmp_path, f"echo >>{tmp_path}/begun\nexec sleep 20"))
    server.connect("eve").send(f"REGISTER * eve@example.org {PASSWORD}")
    eventually((tmp_path / "begun").exists, "the letter is on its way")
    server.stop()


def test_the_server_ends_though_the_mail_server_says_nothing(start_server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        email = {"from": "chat@confab.test", "smtp": f"smtp://127.0.0.1:{silent.getsockname()[1]}"}
        server = start_server("2", {"email": email})
        for i in range(4):  # two are on their way, two wait
            server.connect(f"eve{i}").send(f"REGISTER * eve{i}@example.org {PASSWORD}")
        connection, _ = silent.accept()
        with connection:
            server.stop()


def read_code(letters, verb, nick):
    """Of the last letter for this."""

    def codes():
        text = letters.read_text() if letters.exists() else ""
        return re.findall(f"{verb} {nick} {LETTER_CODE}", text)

    eventually(codes, f"the letter for {verb}")
    return codes()[-1]


def test_no_secret_is_logged(start_server, tmp_path):
    letters = tmp_path / "letters"
    config = mailing(tmp_path, f"cat >>{letters}") | {"log": {"level": "debug"}}
    server = start_server("2", config)
    secrets = {PASSWORD, "wrong-horse", "brand-new-horse", "other-new-horse", "changed-horse"}
    secrets.add(claim_secret(server))

    alice = server.connect("alice")
    alice.send(f"REGISTER * alice@example.org {PASSWORD}")
    alice.expect("VERIFICATION_REQUIRED")
    secrets.add(read_code(letters, "VERIFY", "alice"))
    alice.send("VERIFY alice 00000-00000-00000-00000")
    alice.expect("FAIL VERIFY INVALID_CODE")
    alice.send(f"VERIFY alice {read_code(letters, 'VERIFY', 'alice')}")
    alice.expect(" 900 ")
    alice.send(f"CLAIM {claim_secret(server)}")
    alice.expect(" 381 ")
    alice.send(f"NS PASSWD {PASSWORD} changed-horse")
    alice.expect("has been changed")
    alice.send("NS APPPASS ADD phone")
    secrets.add(alice.expect("shown this once: ").text.split("once: ")[1].split()[0])

    for name, mechanism in ("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512"):
        client = begin_sasl(server, mechanism, f"s{name}")
        assert scram(client, name, "alice", "changed-horse").command == "903"
        assert scram(begin_sasl(server, mechanism, f"t{name}"), name, "alice", "wrong-horse").command == "904"
    for password in ("changed-horse", "wrong-horse"):
        client = begin_sasl(server, "PLAIN", "plain")
        client.send(f"AUTHENTICATE {plain('alice', password)}")
        client.expect(" 90[34] ")
        secrets.add(plain("alice", password))
        client.send("QUIT")
        client.read_to_end()

    bob = server.connect("bob")
    bob.send("NS IDENTIFY alice wrong-horse")
    bob.expect("is wrong")
    bob.send("PRIVMSG NickServ :SENDPASS alice")
    bob.expect("on its way")
    code = read_code(letters, "RESETPASS", "alice")
    secrets.add(code)
    bob.send(f"PRIVMSG NickServ :RESETPASS alice {code} brand-new-horse")
    bob.expect("has been changed")
    bob.send("NS IDENTIFY alice brand-new-horse")
    bob.expect(" 900 ")
    bob.send("NS TOTP ON")
    key = re.search("secret=([A-Z2-7]+)", bob.expect("otpauth:").text)[1]
    now = totp(key, time.time())
    bob.send(f"NS TOTP CONFIRM {now}")
    bob.expect("shown this once:")
    secrets |= {key, *bob.next().text.split()}
    server.connect("carl").send("NICKSERV :IDENTIFY alice other-new-horse")
    bob.sync()
    server.close_clients()
    server.stop()
    logged = server.stderr.text()
    assert "login refused" in logged and "password changed" in logged
    shown = server.stdout.text()
    for secret in secrets:
        assert secret not in logged, f"{secret} is in the log"
        assert secret not in shown.replace(claim_secret(server), ""), f"{secret} is on the terminal"
    for path in server.directory.rglob("*"):
        if path.is_file() and path.suffix in (".log", ".txt"):
            for secret in secrets:
                assert secret not in path.read_text(errors="replace")


def test_an_account_waits_for_its_code_over_a_restart(start_server, tmp_path):
    letters = tmp_path / "letters"
    server = start_server("2", mailing(tmp_path, f"cat >>{letters}"))
    alice = server.connect("alice")
    alice.send(f"REGISTER * alice@example.org {PASSWORD}")
    alice.expect("VERIFICATION_REQUIRED")
    server.stop()
    again = Server(server.directory, "2", mailing(tmp_path, f"cat >>{letters}"))
    try:
        again.wait_until_listening()
        alice = again.connect("other")
        alice.send(f"NS IDENTIFY alice {PASSWORD}")
        alice.expect("Confirm your e-mail address")
        alice.send(f"VERIFY alice {read_code(letters, 'VERIFY', 'alice')}")
        alice.expect(" 900 ")
        again.stop()
    finally:
        again.discard()
