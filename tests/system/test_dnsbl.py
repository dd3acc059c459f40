"""Block lists in DNS, asked of a name server of our own."""

import signal
import socket
import struct
import threading
import time

import pytest

from deadline import eventually

pytestmark = pytest.mark.threads

LISTEN = ["irc://127.0.0.1:0?proxy", "plain://127.0.0.1:0?proxy", "irc://127.0.0.1:0"]

NAME_ERROR = 3
REFUSED = 5


class NameServer:
    """Answers A queries from a table over UDP; what is not in it does not exist. Answers of None are
    none at all, numbers are errors of DNS."""

    def __init__(self, records):
        self.records = records
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.is_ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            if self.is_ending:
                return
            reply = self._reply(query)
            if reply is not None:
                self.socket.sendto(reply, peer)

    def _reply(self, query):
        labels, at = [], 12
        while query[at] != 0:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12 : at + 5]
        name = ".".join(labels).lower()
        self.asked.append(name)
        found = self.records.get(name, NAME_ERROR)
        if found is None:
            return None
        if isinstance(found, int):
            return query[:2] + struct.pack("!HHHHH", 0x8180 | found, 1, 0, 0, 0) + question
        answer = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(found)
        return query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + question + answer

    def close(self):
        self.is_ending = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"end", self.socket.getsockname())
        self.thread.join(10)
        self.socket.close()


@pytest.fixture
def name_server():
    servers = []

    def start(records):
        servers.append(NameServer(records))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def config(names, zones, **more):
    return {
        "listen": LISTEN,
        "dnsbl": {"nameservers": names.address, "timeout": "10s", "zones": zones, **more},
    }


def hello(address):
    family = "TCP6" if ":" in address else "TCP4"
    local = "2001:db8::1" if ":" in address else "198.51.100.1"
    return f"PROXY {family} {address} {local} 4711 6667\r\n".encode()


def reload(server, changes):
    server.write_config(changes)
    start = server.stderr.position()
    server.send_signal(signal.SIGHUP)
    server.wait_for_log("configuration reloaded", start)


def refused(server, address, nick="mallory"):
    client = server.connect(hello=hello(address))
    client.start_registration(nick)
    text = client.expect(" 465 ").text
    client.read_to_end()
    return text


REJECT = {"zone": "bl.example", "reason": "No proxies here"}
MARK = {"zone": "mark.example", "action": "mark", "replies": ["127.0.0.4"]}


def test_who_is_listed_is_kept_out(start_server, mode, name_server):
    names = name_server(
        {
            "66.2.0.192.bl.example": "127.0.0.2",
            "7" + ".0" * 23 + ".8.b.d.0.1.0.0.2.bl.example": "127.0.0.9",
        }
    )
    server = start_server(mode, config(names, [REJECT]))
    text = refused(server, "192.0.2.66")
    assert text.startswith("No proxies here (192.0.2.66 is in bl.example): connect from another")
    assert "2001:db8::7 is in bl.example" in refused(server, "2001:db8::7")
    server.connect("alice", hello=hello("192.0.2.1"))
    server.wait_for_log("client in a block list.*zone=bl.example action=reject")
    assert "1.2.0.192.bl.example" in names.asked


def test_answers_are_remembered_and_forgotten_by_a_reload(start_server, mode, name_server):
    names = name_server({})
    settings = config(names, [REJECT])
    server = start_server(mode, settings)
    for nick in ("alice", "bob", "carl"):
        server.connect(nick, hello=hello("192.0.2.1"))
    assert names.asked == ["1.2.0.192.bl.example"]
    names.records["1.2.0.192.other.example"] = "127.0.0.2"
    settings["dnsbl"]["zones"] = [{"zone": "other.example"}]
    reload(server, settings)
    assert "192.0.2.1 is in other.example" in refused(server, "192.0.2.1")


def test_marked_ones_are_let_in_and_only_for_the_right_answers(start_server, mode, name_server):
    names = name_server(
        {"2.2.0.192.mark.example": "127.0.0.4", "3.2.0.192.mark.example": "127.0.0.5"}
    )
    server = start_server(mode, config(names, [REJECT, MARK]))
    server.connect("alice", hello=hello("192.0.2.2"))
    server.wait_for_log("client in a block list.*nick=alice.*zone=mark.example action=mark")
    server.connect("bob", hello=hello("192.0.2.3"))
    server.wait_for_log("client registered.*nick=bob")
    assert server.stderr.text().count("client in a block list") == 1


def test_rejecting_counts_before_marking(start_server, mode, name_server):
    names = name_server({"2.2.0.192.mark.example": "127.0.0.4", "2.2.0.192.bl.example": "127.0.0.2"})
    server = start_server(mode, config(names, [MARK, REJECT]))
    assert "is in bl.example" in refused(server, "192.0.2.2")


def test_without_an_answer_people_are_let_in(start_server, mode, name_server):
    names = name_server({"2.2.0.192.bl.example": None})
    server = start_server(mode, config(names, [REJECT], timeout="500ms"))
    began = time.monotonic()
    client = server.connect("alice", hello=hello("192.0.2.2"))
    assert time.monotonic() - began >= 0.4
    server.wait_for_log("let in without an answer of the block lists.*in time")
    client.send("JOIN #a")
    client.expect(" 366 alice #a ")


@pytest.mark.parametrize("answer", [REFUSED, "127.255.255.254"])
def test_refusals_keep_nobody_out(start_server, mode, name_server, answer):
    names = name_server({"2.2.0.192.bl.example": answer})
    server = start_server(mode, config(names, [REJECT]))
    server.connect("alice", hello=hello("192.0.2.2"))
    server.wait_for_log("let in without an answer of the block lists")


def test_others_do_not_wait(start_server, mode, name_server):
    names = name_server({"2.2.0.192.bl.example": None})
    server = start_server(mode, config(names, [REJECT], timeout="30s"))
    waiting = [server.connect(hello=hello("192.0.2.2")) for _ in range(3)]
    for number, client in enumerate(waiting):
        client.start_registration(f"wait{number}")
        client.flush()
    eventually(lambda: names.asked, "the name server is asked")
    alice = server.connect("alice", hello=hello("192.0.2.1"))
    alice.sync()
    waiting[0].close()
    server.stop()  # with look-ups under way


def test_loopback_and_exempt_addresses_are_not_asked(start_server, mode, name_server):
    names = name_server({"2.2.0.192.bl.example": "127.0.0.2"})
    settings = config(names, [REJECT])
    settings["limits"] = {"exempt": ["192.0.2.0/30"]}
    server = start_server(mode, settings)
    server.connect("alice", hello=hello("192.0.2.2"))
    server.connect("bob", hello=b"PROXY UNKNOWN\r\n")
    assert names.asked == []


def test_guests_go_when_the_answer_comes(start_server, mode, name_server):
    names = name_server({"2.2.0.192.bl.example": "127.0.0.2"})
    server = start_server(mode, config(names, [REJECT]))
    client = server.connect_plain(hello=hello("192.0.2.2"))
    client.expect_line("No proxies here")
    client.read_to_end()


def test_a_reload_asks_again_what_is_under_way(start_server, mode, name_server):
    silent = name_server({"2.2.0.192.bl.example": None})
    names = name_server({"2.2.0.192.bl.example": "127.0.0.2"})
    settings = config(silent, [REJECT], timeout="30s")
    server = start_server(mode, settings)
    client = server.connect(hello=hello("192.0.2.2"))
    client.start_registration("mallory")
    client.flush()
    eventually(lambda: silent.asked, "the first name server is asked")
    settings["dnsbl"]["nameservers"] = names.address
    reload(server, settings)
    assert "is in bl.example" in client.expect(" 465 ").text
