"""What a server keeps, as lines of text: confab export and confab import."""

import contextlib
import json
import os
import re
import sqlite3

from test_accounts import begin_sasl, log_in, plain, register
from test_server import password_hash
from test_store import CAPS, FROM_THE_START, history

CAP_REQ = "CAP REQ :" + " ".join(CAPS)
PASSWORD = "correct-horse"


def lines_of(path, kind=None):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if kind is None or line["type"] == kind]


def test_what_is_exported_is_there_on_another_server(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = register(server, "alice", PASSWORD)
    bob = register(server, "bob", PASSWORD)
    for client in (alice, bob):
        client.send(CAP_REQ)
    alice.join("#own")
    alice.send("PRIVMSG ChanServ :REGISTER #own")
    alice.expect("NOTICE alice :.*#own")
    alice.send("TOPIC #own :what we speak of")
    alice.send("METADATA * SET display-name :Alice A.")
    bob.join("#own")
    alice.say("#own", "grüße 你好")
    alice.send("BATCH +1 draft/multiline #own")
    alice.send("@batch=1 PRIVMSG #own :two")
    alice.send("@batch=1 PRIVMSG #own :lines")
    alice.send("BATCH -1")
    bob.say("alice", "between us")
    bob.expect_message("bob", "alice", "between us")
    for number in range(50):
        alice.say("#own", f"message {number}")
    alice.expect_message("alice", "#own", "message 49")
    said = history(bob, "#own")

    live = run_confab("export", "--data", str(server.data), str(tmp_path / "all.jsonl"))
    assert live.status_code == 0, live.stderr.text()
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600
    of_bob = run_confab(
        "export", "--data", str(server.data), "--account", "BOB", "--without-passwords", str(tmp_path / "bob.jsonl")
    )
    assert of_bob.status_code == 0, of_bob.stderr.text()
    texts = [line.get("text") for line in lines_of(tmp_path / "bob.jsonl", "message")]
    assert texts == ["between us"]
    assert "argon2" not in (tmp_path / "bob.jsonl").read_text()
    assert "scram" not in (tmp_path / "bob.jsonl").read_text()
    busy = run_confab("import", "--data", str(server.data), str(tmp_path / "all.jsonl"))
    assert busy.status_code == 1
    assert "in use by another confab" in busy.stderr.text()

    other = tmp_path / "other"
    for expected in ("3 other rows", "; 0 were there"), ("0 events, 0 accounts", "were there already"):
        made = run_confab("import", "--data", str(other), str(tmp_path / "all.jsonl"))
        assert made.status_code == 0, made.stderr.text()
        if expected[0].startswith("0"):
            assert all(text in made.stdout.text() for text in expected), made.stdout.text()
    assert other.stat().st_mode & 0o777 == 0o700
    second = start_server("2", config={"data": str(other)})
    again = log_in(second, "alice", PASSWORD)
    again.send(CAP_REQ)
    again.join("#own")
    again.send("TOPIC #own")
    again.expect(r" 332 alice #own :what we speak of")
    assert history(again, "#own") == said
    again.send(f"CHATHISTORY AFTER bob {FROM_THE_START} 10")
    again.expect_message("bob", "alice", "between us")
    again.send("METADATA alice GET display-name")
    again.expect("Alice A.")


def test_an_account_that_was_renamed_is_exported_whole(start_server, run_confab, tmp_path):
    operators = [{"name": "root", "password": password_hash(run_confab, "sesame")}]
    server = start_server("2", {"operators": operators})
    alice = register(server, "alice", PASSWORD)
    bob = register(server, "bob", PASSWORD)
    root = server.connect("root")
    root.send("OPER root sesame")
    root.expect(" 381 ")
    alice.send(CAP_REQ)
    alice.join("#own")
    alice.say("#own", "as alice")
    alice.expect_message("alice", "#own", "as alice")
    bob.say("alice", "before")
    bob.sync()
    root.send("NS RENAME alice alicia")
    alice.expect(" 900 alice .* alicia :You are now logged in as alicia")
    alice.say("#own", "as alicia")
    alice.expect_message("alice", "#own", "as alicia")
    bob.say("alice", "after")
    bob.sync()
    for number, name in enumerate(("alice", "ALICIA")):
        file = tmp_path / f"{number}.jsonl"
        made = run_confab("export", "--data", str(server.data), "--account", name, str(file))
        assert made.status_code == 0, made.stderr.text()
        texts = [line.get("text") for line in lines_of(file, "message")]
        assert texts == ["as alice", "before", "as alicia", "after"]
        (account,) = lines_of(file, "account")
        assert (account["name"], account["called"]) == ("alice", "alicia")
    again = log_in(server, "alice", PASSWORD)
    again.send("WHOIS alice")
    again.expect(" 330 alice alice alicia ")


def test_former_names_of_a_channel_lead_to_it_on_another_server(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = register(server, "alice", PASSWORD)
    alice.join("#biz")
    alice.send("CS REGISTER #biz")
    alice.expect("is yours now")
    alice.send("RENAME #biz #market")
    alice.expect("JOIN #market")
    alice.sync()
    everything = tmp_path / "all.jsonl"
    made = run_confab("export", "--data", str(server.data), str(everything))
    assert made.status_code == 0, made.stderr.text()
    (channel,) = lines_of(everything, "channel")
    (former,) = channel["former-names"]
    assert former["name"] == "#biz"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ", former["until"])
    other = tmp_path / "other"
    other.mkdir()
    made = run_confab("import", "--data", str(other), str(everything))
    assert made.status_code == 0, made.stderr.text()
    again = tmp_path / "again.jsonl"
    made = run_confab("export", "--data", str(other), str(again))
    assert made.status_code == 0, made.stderr.text()
    assert lines_of(again, "channel") == [channel]
    second = start_server("2", config={"data": str(other)})
    bob = second.connect("bob")
    bob.send("JOIN #biz")
    bob.expect(" 470 bob #biz #market ")
    bob.expect("JOIN #market")


def test_a_channel_with_a_full_list_changes_hands(start_server, run_confab, tmp_path):
    """Its founder has no entry in the list, and there is no room for one."""
    server = start_server("2")
    for name in ("alice", "bob"):
        register(server, name, PASSWORD)
    everything = tmp_path / "all.jsonl"
    made = run_confab("export", "--data", str(server.data), str(everything))
    assert made.status_code == 0, made.stderr.text()
    access = [{"account": f"user{number}", "ranks": 1} for number in range(199)]
    channel = {
        "type": "channel",
        "name": "#full",
        "founder": "alice",
        "heir": "bob",
        "created": "2026-03-01T10:00:00.000Z",
        "access": [*access, {"account": "bob", "ranks": 4}],
    }
    with everything.open("a") as out:
        for entry in access:
            out.write(json.dumps({"type": "account", "name": entry["account"]}) + "\n")
        out.write(json.dumps(channel) + "\n")
    other = tmp_path / "other"
    other.mkdir()
    made = run_confab("import", "--data", str(other), str(everything))
    assert made.status_code == 0, made.stderr.text()
    second = start_server("2", config={"data": str(other)})
    bob = log_in(second, "bob", PASSWORD)
    bob.send("CS TRANSFER ACCEPT #full")
    bob.expect("#full belongs to bob now")
    alice = log_in(second, "alice", PASSWORD)
    alice.send("CS INFO #full")
    alice.expect("#full belongs to bob;")


def resp(*words):
    """A command as it is in the log of Ergo's database."""
    out = f"*{len(words)}\r\n"
    for word in words:
        out += f"${len(word.encode())}\r\n{word}\r\n"
    return out


def test_passwords_of_ergo_work_on(start_server, run_confab, tmp_path):
    # made by Ergo's library for the password "correct-horse": PBKDF2, 4096 rounds
    import base64
    import hashlib
    import hmac

    salt = b"0123456789abcdef"
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, 4096)
    client_key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    server_key = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    credentials = {
        "Version": 1,
        "PassphraseHash": "JDJhJDA0",
        "Certfps": None,
        "Salt": base64.b64encode(salt).decode(),
        "Iters": 4096,
        "StoredKey": base64.b64encode(hashlib.sha256(client_key).digest()).decode(),
        "ServerKey": base64.b64encode(server_key).decode(),
    }
    database = tmp_path / "ircd.db"
    database.write_text(
        resp("set", "account.exists alice", "1")
        + resp("set", "account.name alice", "Alice")
        + resp("set", "account.verified alice", "1")
        + resp("set", "account.registered.time alice", "1772359200000000000")
        + resp("set", "account.credentials alice", json.dumps(credentials))
        + resp("set", "account.exists bob", "1")
        + resp("set", "account.verified bob", "1")
        + resp("set", "1 abc", json.dumps({"Name": "#Old", "Founder": "alice", "Topic": "from Ergo", "Modes": [110]}))
    )
    data = tmp_path / "data"
    data.mkdir()
    made = run_confab("import", "--ergo", "--data", str(data), str(database))
    assert made.status_code == 0, made.stderr.text()
    assert "2 accounts, 1 channels" in made.stdout.text()
    assert "1 accounts have no password that confab can check" in made.stderr.text()
    server = start_server("2", config={"data": str(data)})
    alice = log_in(server, "alice", PASSWORD)
    alice.join("#Old")
    alice.send("TOPIC #Old")
    alice.expect(r" 332 alice #Old :from Ergo")
    alice.send("PRIVMSG NickServ :INFO")
    alice.expect("Alice")
    wrong = begin_sasl(server, "PLAIN", "alice")
    wrong.send(f"AUTHENTICATE {plain('alice', 'wrong-horse')}")
    wrong.expect(" 904 ")


def test_a_wrong_line_is_named_and_nothing_is_taken(run_confab, tmp_path):
    file = tmp_path / "lines"
    file.write_text('{"type":"account","name":"alice"}\n{"type":"account","name":"bob","nick":"\\u001b[31m"}\n')
    made = run_confab("import", "--data", str(tmp_path), str(file))
    assert made.status_code == 1
    assert f'{file}, line 2: "nick" is no field that this confab knows' in made.stderr.text()
    assert "nothing was taken" in made.stderr.text()
    assert os.listdir(tmp_path) == ["lines"]


def test_an_import_that_fails_leaves_nothing_that_was_not_there(start_server, run_confab, tmp_path):
    good = tmp_path / "good"
    good.write_text('{"type":"account","name":"alice"}\n')
    wrong = tmp_path / "wrong"
    wrong.write_text('{"type":"account","name":"bob"}\n{"type":"account"}\n')
    folder = tmp_path / "new"
    for words in [str(wrong)], ["/bin/sh"], ["--ergo", str(good)], [str(tmp_path)]:
        made = run_confab("import", "--data", str(folder), *words)
        assert made.status_code == 1
        assert "nothing was taken" in made.stderr.text()
        assert not folder.exists()
    folder.mkdir()
    (folder / "confab.db.lock").touch(mode=0o600)
    (folder / "other").touch()
    assert run_confab("import", "--data", str(folder), str(wrong)).status_code == 1
    assert sorted(os.listdir(folder)) == ["confab.db.lock", "other"]

    assert run_confab("import", "--data", str(folder), str(good)).status_code == 0
    assert sorted(os.listdir(folder)) == ["confab.db", "confab.db.lock", "other"]
    made = run_confab("import", "--data", str(folder), str(wrong))
    assert made.status_code == 1
    assert "no JSON" in run_confab("import", "--data", str(folder), str(folder / "confab.db")).stderr.text()
    kept = run_confab("export", "--data", str(folder))
    assert kept.status_code == 0
    assert '"alice"' in kept.stdout.text()
    assert '"bob"' not in kept.stdout.text()
    start_server("2", config={"data": str(folder)})
    busy = run_confab("import", "--data", str(folder), str(good))
    assert "in use by another confab" in busy.stderr.text()
    assert (folder / "confab.db").exists()


LINES = (
    {"type": "account", "name": "alice", "email": "alice@example.example.org", "flags": ["email-proved"]},
    {"type": "account", "name": "x__secret"},
    {"type": "account", "name": "bob"},
    {"type": "channel", "name": "#open", "founder": "bob", "topic": "one topic and no more"},
    {"type": "channel", "name": "#own", "founder": "bob", "topic": "of what we speak"},
)
SPOILED = {
    b"alice@example.example.org": b"aa@bb.org\r\nBcc: z@y.org\r\n",
    b"x__secret": b"x,#secret",
    b"one topic and no more": b"one topic\r\n:a QUIT xy",
}


def test_rows_that_no_server_has_written_do_no_harm(start_server, run_confab, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    file = tmp_path / "lines"
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    for was, becomes in SPOILED.items():
        file.write_text(text.replace(was.decode(), json.dumps(becomes.decode())[1:-1]))
        made = run_confab("import", "--data", str(data), str(file))
        assert made.status_code == 1
        number = 1 + [was.decode() in json.dumps(line) for line in LINES].index(True)
        assert f"line {number}: " in made.stderr.text()
        assert "nothing was taken" in made.stderr.text()
    file.write_text(text)
    assert run_confab("import", "--data", str(data), str(file)).status_code == 0
    with contextlib.closing(sqlite3.connect(data / "confab.db")) as database, database:
        for was, becomes in SPOILED.items():
            assert len(was) == len(becomes)
            for column in "key", "value":
                database.execute(
                    f"UPDATE rows SET {column} = CAST(replace({column}, ?, ?) AS BLOB) WHERE instr({column}, ?)",
                    (was, becomes, was),
                )
    checked = run_confab("store", "check", "--data", str(data))
    assert checked.status_code == 1
    told = checked.stdout.text() + checked.stderr.text()
    assert 'account "alice": "email" is no address' in told
    assert 'account "x,#secret": "name" is no name' in told
    assert 'channel "#open": "topic" has a line end' in told
    server = start_server("2", config={"data": str(data)})
    carl = server.connect("carl")
    carl.send("NICK alice")
    carl.expect(" 433 ")
    carl.join("#own")
    carl.send("TOPIC #own")
    carl.expect(" 332 carl #own :of what we speak")
    server.stop()
    assert "rows of the database make no sense" in server.stderr.text()


def test_export_and_import_say_how_they_are_used(run_confab, tmp_path):
    for command in ("export", "import"):
        assert "[FILE]" in run_confab(command, "--help").stdout.text()
        assert run_confab(command, "a", "b").status_code == 2
        assert run_confab(command, "--config", "/nonexistent").status_code == 1
    assert run_confab("export", "--account", "a", "--channel", "#a").status_code == 2
    assert run_confab("export", "--account", "#a").status_code == 2
    assert run_confab("export", "--channel", "a").status_code == 2
    assert run_confab("export", "--data", "/nonexistent").status_code == 1
    assert run_confab("import", "--data", "/dev/null/data", "/dev/null").status_code == 1
    assert run_confab("import", "--data", str(tmp_path), "/nonexistent").status_code == 1
    assert "neither a database of Ergo" in run_confab("import", "--ergo", "-d", str(tmp_path), "/dev/null").stderr.text()


def test_an_export_of_nothing_fails(start_server, run_confab, tmp_path):
    server = start_server("2")
    for option, name in ("--account", "nobody"), ("--channel", "#nothing"):
        for file in [], [str(tmp_path / "none.jsonl")]:
            none = run_confab("export", "--data", str(server.data), option, name, *file)
            assert none.status_code == 1
            assert "there is nothing of that name" in none.stderr.text()
            assert none.stdout.text() == ""
    assert not (tmp_path / "none.jsonl").exists()


def test_files_that_the_configuration_names_are_not_needed_for_the_data(start_server, run_confab, tmp_path):
    server = start_server("2")
    file = tmp_path / "other.yaml"
    file.write_text(
        "server: {motd_file: none.txt}\n"
        "tokens: {algorithm: RS256, key_file: none.pem, issuer: i, audience: a}\n"
        f"data: {server.data}\n"
    )
    for command in ["export"], ["backup", str(tmp_path / "copy.db")], ["store", "check"]:
        done = run_confab(command[0], "-c", str(file), *command[1:])
        assert done.status_code == 0, done.stderr.text()
    moved = run_confab("import", "-c", str(file), "-d", str(tmp_path / "new"), "/dev/null")
    assert moved.status_code == 0, moved.stderr.text()


def test_more_links_than_there_may_be_are_told_of_and_come_back_when_there_is_room(start_server, run_confab, tmp_path):
    server = start_server("2")
    alice = register(server, "alice", PASSWORD)
    alice.join("#own")
    alice.send("PRIVMSG ChanServ :REGISTER #own")
    alice.expect("NOTICE alice :.*#own")
    for _ in range(20):
        alice.send("INVITELINK CREATE #own")
        alice.expect("INVITELINK CREATED #own ")
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "confab.db")) as database, database:
        row, value = database.execute("SELECT row, value FROM rows WHERE key = CAST('000000000020' AS BLOB)").fetchone()
        assert value[:2] == bytes([1, 20])
        database.execute("INSERT INTO rows VALUES(?, ?, ?)", (row, b"000000000021", bytes([1, 21]) + value[2:]))

    def start():
        again = start_server("2", config={"data": str(server.data)})
        client = log_in(again, "alice", PASSWORD)
        client.join("#own")
        return again, client

    second, alice = start()
    alice.send("INVITELINK CREATE #own")
    alice.expect("FAIL INVITELINK LIMIT_REACHED #own")
    alice.send("INVITELINK REVOKE #own 1")
    alice.expect("INVITELINK REVOKED #own 1")
    second.stop()
    told = second.stderr.text()
    assert "there are more invite links, bans or closed channels in the database than there may be" in told
    assert "rows=1" in told
    third, alice = start()
    alice.send("INVITELINK LIST #own")
    alice.expect("INVITELINK LINK #own 21 ")
    alice.send("INVITELINK REVOKE #own 2")
    alice.send("INVITELINK CREATE #own")
    alice.expect("INVITELINK CREATED #own ")
    alice.send("INVITELINK LIST #own")
    alice.expect("INVITELINK LINK #own 22 ")
    third.stop()
    assert "make no sense" not in third.stderr.text()
    assert "than there may be" not in third.stderr.text()
