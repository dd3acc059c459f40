"""How the server starts, reloads, stops and speaks to its administrator."""

import os
import re
import signal
import socket
import subprocess

import pytest

from confab_server import binary, to_yaml
from deadline import Deadline, eventually
from irc_client import IrcClient



def second_address():
    """IPv6's loopback; where the machine has no IPv6, as in some containers, another one of IPv4."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return "127.0.0.2"
    return "::1"


SECOND = second_address()
SECOND_IN_URL = f"[{SECOND}]" if ":" in SECOND else SECOND

EVERYWHERE = [
    "irc://127.0.0.1:0",
    f"irc://{SECOND_IN_URL}:0",
    "plain://127.0.0.1:0",
    f"plain://{SECOND_IN_URL}:0",
    "irc+unix:irc.sock",
    "plain+unix:plain.sock",
]


def password_hash(run_confab, password):
    made = run_confab("passwd", typed=password)
    assert made.status_code == 0
    return made.stdout.text().strip()


# --- where it listens ---


@pytest.mark.parametrize("config", [{"listen": EVERYWHERE}], indirect=True)
def test_people_meet_from_ipv4_ipv6_and_unix_sockets(server):
    irc, plain = server.addresses["irc"], server.addresses["plain"]
    assert len(irc) == len(plain) == 3
    irc[2], plain[2] = str(server.directory / irc[2]), str(server.directory / plain[2])
    people = [server.connect(f"irc{i}", address=address) for i, address in enumerate(irc)]
    for person in people:
        person.join("#lobby")
    server.addresses["plain"] = [plain[1]]
    guest = server.connect_plain()
    guest.say("hello from the second")
    for person in people:
        assert person.expect("PRIVMSG #lobby").text == "hello from the second"
    server.addresses["plain"] = [plain[2]]
    local = server.connect_plain()
    local.say("hello from here")
    for person in people:
        assert person.expect("PRIVMSG #lobby").text == "hello from here"
    people[0].say("#lobby", "hello all")
    guest.expect("<irc0> hello all")
    local.expect("<irc0> hello all")
    for person, host in zip(people, ("127.0.0.1", SECOND, "localhost"), strict=True):
        person.send(f"WHOIS {person.nick}")
        assert person.expect(f" 311 {person.nick} ").params[3] in (host, "0" + host, "localhost")


def test_greeting_says_what_to_type(start_server):
    """Each command works as it stands, in the folder of the server."""
    server = start_server("1", {"listen": EVERYWHERE, "log": {"level": "warn"}})
    lines = [line for line in server.stdout.lines() if re.match(r"  (irc|plain) ", line)]
    assert len(lines) == len(EVERYWHERE)
    chats = [line.partition("or: ")[2] for line in lines if "or: " in line]
    chats += [line.split("irc.sock", 1)[1].strip() for line in lines if "irc.sock" in line]
    assert len(chats) == 3
    for command in chats:
        done = subprocess.run(
            [*command.split(), "--nick", "typed", "--plain"], cwd=server.directory,
            input="it works\n", text=True, capture_output=True, timeout=Deadline().seconds,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
    for line in lines:
        if line.startswith("  irc") and "irssi" in line:
            host, port = re.search(r"irssi -c (\S+) -p (\d+) ", line).groups()
            client = server.connect(f"asked{port}", address=(host, int(port)))
            client.close()
            continue
        nc = re.search(r"nc (-U )?(\S+)(?: (\d+))?$", line)
        if nc:
            path = str(server.directory / nc.group(2))
            family = socket.AF_UNIX if nc.group(1) else socket.AF_INET6
            if not nc.group(1) and ":" not in nc.group(2):
                family = socket.AF_INET
            with socket.socket(family) as sock:
                sock.connect(path if nc.group(1) else (nc.group(2), int(nc.group(3))))


def test_all_addresses_mean_ipv4_and_ipv6(start_server):
    server = start_server("2", {"listen": ["irc://*:0"]})
    port = server.irc[1]
    four = server.connect("four", address=("127.0.0.1", port))
    six = server.connect("six", address=(SECOND, port))
    four.say("six", "hello")
    six.expect_message("four", "six", "hello")
    six.send("WHOIS four")
    assert six.expect(" 311 six four ").params[3] in ("127.0.0.1", "localhost")


# --- what is wrong at the start ---


def start_failing(run_confab, *arguments):
    """It must end by itself, with one line that says why."""
    process = run_confab("serve", *arguments)
    assert process.status_code in (1, 2)
    assert process.stdout.text() == ""
    [line] = process.stderr.lines()
    return line


def test_port_that_is_taken_is_named(run_confab):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = start_failing(run_confab, "--listen", f"irc://127.0.0.1:{port}")
    assert line == (
        f"confab: cannot listen on 127.0.0.1:{port}: Address already in use: another program "
        "listens there; stop it or change `listen` in the configuration"
    )


def test_two_servers_do_not_take_each_others_unix_socket(start_server, run_confab):
    server = start_server("1", {"listen": ["irc+unix:irc.sock", "irc://127.0.0.1:0"]})
    line = start_failing(run_confab, "--listen", f"irc+unix:{server.data}/irc.sock")
    assert "Address already in use" in line
    path = str(server.data / "irc.sock")
    server.connect("local", address=path)
    # One that was killed leaves its socket behind; the next one replaces it.
    server.close_clients()
    server.send_signal(signal.SIGKILL)
    server.wait(5)
    server.is_stopped = True
    assert os.path.exists(path)
    again = start_server("1", {"data": str(server.data), "listen": ["irc+unix:irc.sock"]})
    again.connect("local", address=path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "irc://203.0.113.9:6667"], r"Cannot assign requested address: this machine"),
        (["--listen", "irc+unix:/nowhere/irc.sock"], r"/nowhere/irc.sock: No such file or directory"),
        (["--listen", "gopher://*"], r'"gopher://\*" begins with no known kind of door; write irc://'),
        (["--listen", "irc://127.0.0.1:70000"], r"no port that can be used; write a number"),
        (["--data", "/proc/nowhere"], r"cannot make the data folder /proc/nowhere: .*give --data"),
        (["--workers", "0"], r'"0" is no way to run; write auto, per-client or a number'),
        (["--config", "/nowhere.yaml"], r"/nowhere.yaml: can't be opened: No such file"),
        (["--nonsense"], r"unrecognized option '--nonsense'"),
        (["nonsense"], r'unexpected "nonsense"; see confab serve --help'),
    ],
)
def test_start_errors_say_what_to_do(run_confab, arguments, said):
    assert re.search(said, start_failing(run_confab, *arguments))


def test_wrong_configuration_is_named_by_file_line_and_column(run_confab, tmp_path):
    path = tmp_path / "confab.yaml"
    path.write_text("server:\n  nmae: x.y\n")
    path.chmod(0o600)
    line = start_failing(run_confab, "--config", str(path))
    assert re.search(r"confab\.yaml:2:3: .*nmae.*did you mean.*name", line)
    checked = run_confab("check", "--config", str(path))
    if checked.status_code == 2:
        checked = run_confab("check", str(path))
    assert checked.status_code == 1
    assert "confab.yaml:2:3: " in checked.stdout.text() + checked.stderr.text()


def test_all_that_is_wrong_is_told_at_the_start(run_confab, tmp_path):
    path = tmp_path / "confab.yaml"
    path.write_text("server:\n  nmae: x.y\nwrokers: 3\nlisten: []\n")
    path.chmod(0o600)
    ended = run_confab("serve", "--config", str(path))
    assert ended.status_code == 1
    for place in "2:3", "3:1", "4:9":
        assert f"confab: {path}:{place}: " in ended.stderr.text()
    assert "3 errors; confab check looks for them" in ended.stderr.text()


def test_a_check_finds_files_in_the_data_folder_that_is_given(run_confab, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "key").write_text("secret" * 10)
    (tmp_path / "data" / "key").chmod(0o600)
    tokens = {"algorithm": "HS256", "key_file": "key", "issuer": "i", "audience": "a"}
    path = tmp_path / "confab.yaml"
    path.write_text(to_yaml({"tokens": tokens}) + "\n")
    assert run_confab("check", "-c", str(path)).status_code == 1
    found = run_confab("check", "-c", str(path), "-d", str(tmp_path / "data"))
    assert found.status_code == 0, found.stderr.text()


# --- reloading ---


def reload(server, changes):
    """SIGHUP with the changed configuration; what the log says of it."""
    server.write_config(changes)
    start = server.stderr.position()
    server.send_signal(signal.SIGHUP)
    return server.wait_for_log(r"configuration (not )?reloaded", start).string


def test_sighup_reloads_what_can_be_reloaded(server):
    before = server.connect("before")
    listen = [f"{door}://127.0.0.1:{server.addresses[door][0][1]}" for door in ("irc", "plain")]
    changed = {
        "server": {"network": "othernet", "motd": "Tea at five\n"},
        "channels": {"per_user": 2},
        "lobby": {"channel": "#hall"},
        "limits": {"connections": 3, "input_rate": 0},
        "listen": listen,
    }
    line = reload(server, changed)
    assert "level=info module=server msg=\"configuration reloaded\"" in line
    after = server.connect()
    welcome = after.register("after")
    assert any(m.command == "005" and "NETWORK=othernet" in m.params for m in welcome)
    assert any(m.command == "372" and "Tea at five" in m.text for m in welcome)
    # Also for those who were there before.
    before.join("#1")
    before.join("#2")
    before.send("JOIN #3")
    before.expect(" 405 before #3 ")
    after.join("#hall")
    guest = server.connect_plain()
    guest.say("hello")
    assert after.expect("PRIVMSG #hall").text == "hello"
    refused = server.connect()
    refused.expect_end("this server is full, try again later")


def test_reload_names_what_needs_a_restart(server):
    line = reload(server, {"server": {"name": "other.name"}, "workers": 3})
    needs = re.search(r'needs_restart="([^"]*)"', line).group(1)
    assert "server.name" in needs and "workers" in needs
    client = server.connect("client")
    client.send("VERSION")
    assert client.expect(" 351 client ").source == "test.confab"


@pytest.mark.parametrize("config", [{"channels": {"per_user": 7}}], indirect=True)
def test_wrong_configuration_on_reload_keeps_the_old(server):
    client = server.connect("client")
    line = reload(server, {"channels": {"per_user": "many"}})
    assert "level=error" in line
    assert re.search(r'error="[^"]*confab\.yaml:\d+:\d+: [^"]*many', line.replace('\\"', "'"))
    other = server.connect()
    welcome = other.register("other")
    assert any("CHANLIMIT=#:7" in m.params for m in welcome)
    assert client.sync() == []
    line = reload(server, {"channels": {"per_user": "many", "per_yser": 3}})
    assert "(and 1 more: confab check tells all)" in line
    # And from there on to a good one.
    assert "level=info" in reload(server, {"channels": {"per_user": 8}})
    assert any("CHANLIMIT=#:8" in m.params for m in server.connect().register("third"))


def test_rehash_of_an_operator_reloads_and_tells(start_server, run_confab, mode):
    operators = [{"name": "root", "password": password_hash(run_confab, "sesame")}]
    server = start_server(mode, {"operators": operators})
    client = server.connect("client")
    client.send("REHASH")
    client.expect(" 481 client ")
    client.send("OPER root wrong")
    client.expect(" 464 client ")
    client.send("OPER root sesame")
    client.expect(" 381 client ")
    server.write_config({"operators": operators, "server": {"network": "rehashed"}})
    client.send("REHASH")
    client.expect(" 382 client ")
    client.expect("NOTICE .*Configuration reloaded")
    welcome = server.connect().register("after")
    assert any("NETWORK=rehashed" in m.params for m in welcome)
    server.config_path.write_text("server: [\n")
    client.send("REHASH")
    assert re.search(r"confab\.yaml:\d+", client.expect("NOTICE .*Not reloaded: ").text)


def test_log_file_is_opened_again_at_sighup(start_server):
    server = start_server("1", {"log": {"file": "server.log"}, "limits": {"input_rate": 100}})
    log = server.data / "server.log"
    client = server.connect("first")
    server.wait_for_users(1, client)
    log.rename(server.data / "server.log.1")
    server.send_signal(signal.SIGHUP)

    def reopened():
        return log.exists() and "configuration reloaded" in log.read_text()

    eventually(reopened, "the new log")
    assert "nick=first" in (server.data / "server.log.1").read_text()
    assert server.stderr.text() == ""


# --- stopping ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_tells_everybody_and_flushes(server, number):
    talker, *others = server.connect_many(8)
    for client in (talker, *others):
        client.join("#lobby")
    guest = server.connect_plain()
    talker.expect(r"^:guest!\S+ JOIN #lobby")
    count = 300
    talker.send_bytes(b"".join(b"PRIVMSG #lobby :%d\r\n" % i for i in range(count)))
    talker.sync()  # the server has them; they are on their way to the others
    server.send_signal(number)
    for client in others:
        lines = client.read_to_end()
        texts = [line.rpartition(":")[2] for line in lines if " PRIVMSG #lobby " in line]
        assert texts == [str(i) for i in range(count)]
        assert lines[-1].startswith("ERROR :Closing link: ")
        assert "Server is stopping" in lines[-1]
    talker.expect_end("Server is stopping")
    assert any("Server is stopping" in line for line in guest.read_to_end())
    server.expect_exit(0)
    assert re.search(r"msg=stopped\b", server.stderr.text())


def test_stop_does_not_wait_for_readers_that_do_not_read(server):
    talker = server.connect("talker")
    stuck = server.connect_many(3, "stuck", receive_buffer=4096)
    for client in (talker, *stuck):
        client.send("JOIN #flood")
    talker.sync()
    talker.send_bytes(b"".join([b"PRIVMSG #flood :" + b"x" * 400 + b"\r\n"] * 500))
    talker.sync()
    server.send_signal(signal.SIGTERM)
    server.expect_exit(0)  # within 5 s


def test_stop_while_people_come(server):
    clients = [server.connect() for _ in range(20)]
    for client in clients:
        client.start_registration("late")
    server.send_signal(signal.SIGTERM)
    for client in clients:
        client.read_to_end()
    server.expect_exit(0)
    with pytest.raises(OSError):
        IrcClient(server.irc)


# --- the log ---

LOGFMT = re.compile(
    r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(error|warn|info|debug) module=[a-z]+ "
    r'msg=("(?:[^"\\]|\\.)*"|[^\s"=]+)( [a-z_]+=("(?:[^"\\]|\\.)*"|[^\s"]*))*'
)


def test_log_is_logfmt_and_holds_no_text_of_users(server):
    client = server.connect("client")
    client.send_bytes(b"USER again\r\nPRIVMSG client :secret words\r\nTOPIC #x :secret\r\n")
    client.sync()
    client.join("#lobby")
    client.say("#lobby", "secret words")
    client.send('QUIT :bye "all"  level=error \\ x=y')
    client.read_to_end()
    bad = server.connect()
    bad.send_bytes(b"x" * 20000)
    bad.read_to_end()
    server.wait_for_log("nick=client reason=")
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration reloaded")
    server.stop()
    lines = server.stderr.lines()
    assert len(lines) >= 4
    for line in lines:
        assert LOGFMT.fullmatch(line), line
    assert "secret" not in server.stderr.text()


def test_log_level_is_what_the_configuration_says(start_server):
    server = start_server("1", {"log": {"level": "error"}})
    server.connect("client").close()
    server.stop()
    assert server.stderr.text() == ""


def test_operator_block_without_its_account_is_a_warning(start_server):
    """At the start, before anybody has come, and at each reload."""
    operators = [{"name": "boss", "account": "chef"}]
    server = start_server("1", {"operators": operators, "log": {"level": "warn"}})
    warning = 'level=warn module=hub msg="operator block is for an account that is not there" name='
    server.wait_for_log(warning + "boss account=chef")
    start = server.stderr.position()
    operators[0]["name"] = "head"
    server.write_config({"operators": operators, "log": {"level": "warn"}})
    server.send_signal(signal.SIGHUP)
    server.wait_for_log(warning + "head account=chef", start)


# --- what it leaves and needs ---


def test_no_configuration_is_needed(run_confab, tmp_path):
    """The defaults, but for the ports, which others may use on this machine."""
    printed = run_confab("check", "--print")
    assert printed.status_code == 0
    process = subprocess.Popen(
        [binary(), "serve", "--listen", "irc://127.0.0.1:0"], cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        greeting = []
        while not greeting or "Ctrl-C" not in greeting[-1]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            greeting.append(line)
        assert "data in confab-data" in greeting[0]
        assert "defaults (there is no confab.yaml)" in greeting[1]
        assert (tmp_path / "confab-data").stat().st_mode & 0o777 == 0o700
    finally:
        process.terminate()
        assert process.wait(Deadline(5).seconds) == 0
        process.stdout.close()
        process.stderr.close()


def test_configuration_in_the_working_folder_is_found(tmp_path, run_confab):
    config = {"listen": ["irc://127.0.0.1:0"], "workers": "nonsense"}
    (tmp_path / "confab.yaml").write_text(to_yaml(config) + "\n")
    line = start_failing(run_confab)
    assert line.startswith("confab: confab.yaml:")
