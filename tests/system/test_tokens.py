"""Logging in with tokens that somebody else has signed: SASL OAUTHBEARER and IRCV3BEARER."""

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import time

import pytest

from confab_server import merge, to_yaml
from test_accounts import begin_sasl, log_in, register

ISSUER = "https://id.example.org"
SECRET = b"a secret of thirty-two bytes, ok"
OTHER = b"another of thirty-two bytes, yes"
INVALID_TOKEN = {"status": "invalid_token"}


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(algorithm, claims):
    now = int(time.time())
    all_claims = {"iss": ISSUER, "aud": "chat", "exp": now + 600, "sub": "alice", **claims}
    parts = ({"alg": algorithm, "typ": "JWT"}, all_claims)
    return ".".join(url64(json.dumps(part).encode()) for part in parts)


def hs256(secret=SECRET, **claims):
    text = unsigned("HS256", claims)
    return f"{text}.{url64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


class Issuer:
    """One with a key pair, made and used by the openssl command."""

    def __init__(self, directory, name, kind):
        self.key = directory / f"{name}.key"
        options = {
            "RS256": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
            "ES256": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
            "EdDSA": ("ED25519",),
        }
        self.kind = kind
        self.run("genpkey", "-algorithm", *options[kind], "-out", str(self.key))
        self.public = self.run("pkey", "-in", str(self.key), "-pubout").decode()

    @staticmethod
    def run(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    def token(self, **claims):
        text = unsigned(self.kind, claims)
        path = self.key.with_suffix(".text")
        path.write_text(text)
        if self.kind == "EdDSA":
            signature = self.run("pkeyutl", "-sign", "-inkey", str(self.key), "-rawin", "-in",
                                 str(path))
        else:
            signature = self.run("dgst", "-sha256", "-sign", str(self.key), str(path))
        if self.kind == "ES256":
            signature = from_der(signature)
        return f"{text}.{url64(signature)}"


def from_der(signature):
    """Two integers of 32 bytes from a DER sequence of them."""
    halves = b""
    rest = signature[2:]
    for _ in range(2):
        length = rest[1]
        halves += rest[2:2 + length].lstrip(b"\0").rjust(32, b"\0")
        rest = rest[2 + length:]
    return halves


def settings(key_file, algorithm="HS256", **more):
    return {
        "accounts": {"password_min": 8},
        "tokens": {
            "algorithm": algorithm,
            "key_file": str(key_file),
            "issuer": ISSUER,
            "audience": "chat",
            **more,
        },
    }


def send_response(client, message):
    text = base64.b64encode(message.encode()).decode()
    for start in range(0, len(text), 400):
        client.send(f"AUTHENTICATE {text[start:start + 400]}")
    if len(text) % 400 == 0:
        client.send("AUTHENTICATE +")


def oauth(client, token, authzid=""):
    """What comes of it: 903, or the text of 904 behind what the client is told in JSON."""
    name = f"a={authzid}" if authzid else ""
    send_response(client, f"n,{name},\x01host=test.confab\x01auth=Bearer {token}\x01\x01")
    answer = client.expect(r" (AUTHENTICATE|903|904) ")
    if answer.command == "903":
        return "903"
    assert answer.command == "AUTHENTICATE"
    assert json.loads(base64.b64decode(answer.params[0])) == INVALID_TOKEN
    client.send("AUTHENTICATE AQ==")
    return client.expect(r" 90[34] ").text


def try_token(server, token, nick="alice", authzid=""):
    client = begin_sasl(server, "OAUTHBEARER", nick)
    result = oauth(client, token, authzid)
    client.send("QUIT")
    client.expect("^ERROR ")
    return result


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "token.secret"
    path.write_bytes(SECRET + b"\n")
    path.chmod(0o600)
    return path


def test_a_token_logs_in(start_server, mode, secret_file):
    server = start_server(mode, settings(secret_file))
    register(server, "alice").send("QUIT")
    client = server.connect()
    client.send("CAP LS 302")
    assert "OAUTHBEARER,IRCV3BEARER" in client.expect(r" sasl=").line
    client.nick = "alice"
    client.send("CAP REQ :sasl")
    client.send("NICK alice")
    client.send("USER alice 0 * :Alice")
    client.send("AUTHENTICATE OAUTHBEARER")
    client.expect(r" AUTHENTICATE \+$")
    token = hs256(more="x" * 2000)
    assert oauth(client, token, "alice@laptop") == "903"
    client.send("CAP END")
    client.expect(r" 001 alice ")
    client.send("WHOIS alice")
    client.expect(r" 330 alice alice alice ")
    other = begin_sasl(server, "IRCV3BEARER", "alice")
    send_response(other, f"\0jwt\0{token}")
    other.expect(r" 903 ")
    other.send("CAP END")
    other.expect(r" 001 alice ")  # one more session of the same user
    bad = hs256(OTHER)
    assert "signature" in try_token(server, bad, "bob")
    for text in (server.stderr.text(), server.stdout.text()):
        for secret in (token, bad, SECRET.decode()):
            for part in [secret, *secret.split(".")]:
                assert part not in text


def test_tokens_that_are_wrong(start_server, secret_file):
    server = start_server("2", settings(secret_file))
    register(server, "alice").send("QUIT")
    now = int(time.time())
    good = hs256()
    assert try_token(server, good) == "903"
    for token, reason in [
        (hs256(exp=now - 60), "has expired"),
        (hs256(nbf=now + 600), "not valid yet"),
        (hs256(iss="https://other.example.org"), "somebody else"),
        (hs256(aud=["web", "mail"]), "another service"),
        (hs256(sub=""), "names no account"),
        (hs256(sub="nobody"), "no account of the name"),
        (hs256(sub="#alice"), "no account can have"),
        (hs256(OTHER), "signature"),
        (good[:-1], "Login failed"),
        (unsigned("none", {}) + ".", "kind"),
        (good + "A" * 4096, "too long"),
    ]:
        assert reason in try_token(server, token)
    assert "another account" in try_token(server, good, authzid="bob")
    assert try_token(server, hs256(aud=["web", "chat"])) == "903"


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
def test_public_keys(start_server, tmp_path, kind):
    first, second = Issuer(tmp_path, "first", kind), Issuer(tmp_path, "second", kind)
    keys = tmp_path / "keys.pem"
    keys.write_text(first.public)
    config = settings(keys, kind)
    server = start_server("2", config)
    register(server, "alice").send("QUIT")
    assert try_token(server, first.token()) == "903"
    assert "signature" in try_token(server, second.token())
    # Everybody may have the public key: it is no secret to make a mac with.
    assert "kind" in try_token(server, hs256(first.public.encode()))
    keys.write_text(first.public + second.public)
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration reloaded")
    assert try_token(server, first.token()) == "903"
    assert try_token(server, second.token()) == "903"


def test_reloading_with_a_bad_key_changes_nothing(start_server, secret_file):
    server = start_server("2", settings(secret_file))
    register(server, "alice").send("QUIT")
    secret_file.write_bytes(b"short\n")
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration not reloaded.*holds a secret of 5 bytes")
    assert try_token(server, hs256()) == "903"
    secret_file.write_bytes(OTHER)
    server.send_signal(signal.SIGHUP)
    server.wait_for_log('"configuration reloaded"')
    assert "signature" in try_token(server, hs256())
    assert try_token(server, hs256(OTHER)) == "903"


def test_tokens_are_switched_off_and_on(start_server, secret_file):
    server = start_server("2", {"accounts": {"password_min": 8}})
    client = register(server, "alice")
    client.send("CAP LS 302")
    assert "BEARER" not in client.expect(r" sasl=").line
    client.send("CAP REQ :sasl")
    client.send("AUTHENTICATE OAUTHBEARER")
    client.expect(r" 904 ")
    server.write_config(settings(secret_file))
    start = server.stderr.position()
    server.send_signal(signal.SIGHUP)
    assert "OAUTHBEARER" in client.expect(r" CAP alice NEW :sasl=").text
    server.wait_for_log("configuration reloaded", start)
    assert try_token(server, hs256()) == "903"
    server.write_config({"accounts": {"password_min": 8}})
    server.send_signal(signal.SIGHUP)
    assert "OAUTHBEARER" not in client.expect(r" CAP alice NEW :sasl=").text
    client.send("AUTHENTICATE OAUTHBEARER")
    client.expect(r" 904 ")


def test_accounts_are_made_by_tokens(start_server, secret_file, tmp_path):
    config = settings(secret_file, claim="preferred_username", create_accounts=True)
    config = merge(config, {"data": str(tmp_path / "shared"), "accounts": {"registration": False}})
    first = start_server("2", config)
    token = hs256(sub="1234", preferred_username="dora")
    assert "names no account" in try_token(first, hs256(), "dora")
    assert try_token(first, token, "dora") == "903"
    first.close_clients()
    first.send_signal(signal.SIGTERM)
    first.wait(10)
    first.is_stopped = True
    config["tokens"]["create_accounts"] = False
    second = start_server("2", config)
    assert try_token(second, token, "dora") == "903"
    assert "no account of the name" in try_token(
        second, hs256(preferred_username="emil"), "emil")


def test_passwords_go_on_beside_tokens(start_server, secret_file):
    server = start_server("2", settings(secret_file))
    register(server, "alice").send("QUIT")
    log_in(server, "alice", "correct_horse,_battery")


@pytest.mark.parametrize("changes,said", [
    ({"algorithm": "none"}, 'tokens.algorithm: "none" is not known here'),
    ({"issuer": ""}, "tokens.issuer is empty"),
    ({"audience": ""}, "tokens.audience is empty"),
    ({"key_file": ""}, "tokens.key_file is empty"),
    ({"key_file": "/nowhere/keys.pem"}, "tokens.key_file: /nowhere/keys.pem can't be opened"),
    ({"algorithm": "RS256"}, "holds no public key"),
])
def test_what_is_wrong_with_the_settings_is_told(run_confab, tmp_path, secret_file, changes, said):
    config = merge(settings(secret_file), {"tokens": changes})
    (tmp_path / "confab.yaml").write_text(to_yaml(config) + "\n")
    checked = run_confab("check", "--config", str(tmp_path / "confab.yaml"))
    assert checked.status_code == 1
    assert said in checked.stderr.text()
