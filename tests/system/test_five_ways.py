"""The five ways of talking, each on every thread model, over real sockets."""

import collections
import random
import re

import pytest

from irc_client import Message, register_all, sync_all
from line_client import pump

pytestmark = pytest.mark.threads

FLOOR_CAP = "confab.chat/floor"


# --- 1a: half duplex between a client and the operator at the server's own terminal ---


def test_way_1a_operator_at_the_console_answers_the_simplest_client(start_server, mode):
    server = start_server(mode, arguments=["--console"], has_input=True)
    client = server.connect_simplest()
    client.say("Is anybody there?")
    heard = server.stdout.wait_for(r"\[\d\d:\d\d\] <(guest[\w-]*)> Is anybody there\?$")
    server.type("Yes, hello!")
    assert re.fullmatch(r"\[\d\d:\d\d\] <operator> Yes, hello!\n", client.hear())
    client.say("Good.")
    server.stdout.wait_for(rf"\[\d\d:\d\d\] <{heard.group(1)}> Good\.$")


def test_way_1a_in_a_half_duplex_lobby_each_waits_for_the_other(start_server, mode):
    server = start_server(mode, arguments=["--console", "--half-duplex"], has_input=True)
    client = server.connect_simplest()
    for turn in range(3):
        client.say(f"question {turn}")
        server.stdout.wait_for(rf"<guest[\w-]*> question {turn}$")
        client.say("and another thing")
        refusal = client.hear()
        assert "Not your turn (+H), your text was not sent" in refusal
        assert "waiting for operator" in refusal
        before = server.stdout.position()
        server.type(f"answer {turn}")
        assert re.fullmatch(rf"\[\d\d:\d\d\] <operator> answer {turn}\n", client.hear())
        server.type("are you still there?")
        server.stdout.wait_for(r"Not your turn \(\+H\).*waiting for guest", start=before)
    assert "another thing" not in server.stdout.text()


def test_way_1a_two_simplest_clients_take_turns(start_server, mode):
    server = start_server(mode, arguments=["--half-duplex"])
    one = server.connect_simplest()
    two = server.connect_simplest()
    for turn in range(3):
        one.say(f"ping {turn}")
        assert two.hear().endswith(f"> ping {turn}\n")
        two.say(f"pong {turn}")
        assert one.hear().endswith(f"> pong {turn}\n")


# --- 1b: half duplex between IRC clients ---


@pytest.fixture
def turns(server):
    """alice (operator, told of turns), bob (standard replies) and carol in a channel with +H."""
    alice = server.connect("alice", caps=[FLOOR_CAP])
    bob = server.connect("bob", caps=["standard-replies"])
    carol = server.connect("carol")
    for client in (alice, bob, carol):
        client.join("#turns")
    alice.send("MODE #turns +H")
    for client in (alice, bob, carol):
        client.expect(r"MODE #turns \+H")
    return alice, bob, carol


def expect_refusal(client, command="PRIVMSG", channel="#turns"):
    """What the client has sent last is refused, in words or as a standard reply."""
    client.expect(
        rf"^(:test\.confab 404 {client.nick} {channel} :"
        rf"|:test\.confab FAIL {command} FLOOR_REQUIRED {channel} \S+ :)"
        r"Not your turn \(\+H\), your text was not sent: you spoke last, waiting for "
    )


def speak(speaker, others, text, command="PRIVMSG", channel="#turns"):
    """Everybody else hears it."""
    speaker.send(f"{command} {channel} :{text}")
    for other in others:
        other.expect(rf"^:{speaker.nick}!\S+ {command} {channel} :{re.escape(text)}$")


def test_way_1b_two_take_turns_and_are_refused_out_of_turn(server):
    alice = server.connect("alice")
    bob = server.connect("bob", caps=["standard-replies"])
    alice.join("#turns")
    bob.join("#turns")
    alice.send("MODE #turns +H")
    bob.expect(r"MODE #turns \+H")
    for turn in range(5):
        speak(alice, [bob], f"a {turn}")
        alice.say("#turns", "again")
        alice.expect(r" 404 alice #turns :Not your turn.*waiting for bob$")
        speak(bob, [alice], f"b {turn}")
        bob.say("#turns", "again")
        bob.expect(r" FAIL PRIVMSG FLOOR_REQUIRED #turns alice :Not your turn.*waiting for alice$")
    assert not [m for m in alice.sync() + bob.sync() if m.command == "PRIVMSG"]


def test_way_1b_three_members_anyone_else_passes_the_turn_on(turns):
    alice, bob, carol = turns
    speak(alice, [bob, carol], "one")
    speak(carol, [alice, bob], "two")
    carol.say("#turns", "three")
    expect_refusal(carol)
    speak(alice, [bob, carol], "three")
    speak(bob, [alice, carol], "four")
    bob.say("#turns", "five")
    expect_refusal(bob)


def test_way_1b_notice_takes_the_turn_like_a_message(turns):
    alice, bob, carol = turns
    speak(bob, [alice, carol], "psst", "NOTICE")
    for command in ("NOTICE", "PRIVMSG"):
        bob.send(f"{command} #turns :again")
        expect_refusal(bob, command)
    speak(carol, [alice, bob], "what?")
    speak(bob, [alice, carol], "nothing", "NOTICE")


def test_way_1b_turn_is_free_when_the_last_speaker_parts(turns):
    alice, bob, carol = turns
    speak(bob, [alice, carol], "bye")
    bob.send("PART #turns")
    alice.expect("FLOOR FREE #turns left")
    carol.expect("PART #turns")
    bob.join("#turns")
    speak(bob, [alice, carol], "back again")


def test_way_1b_turn_is_free_when_the_last_speaker_quits(server, turns):
    alice, bob, carol = turns
    speak(alice, [bob, carol], "one")
    speak(carol, [alice, bob], "two")
    carol.send("QUIT :bye")
    alice.expect("FLOOR FREE #turns left")
    bob.expect(r":carol!\S+ QUIT :Quit: bye")
    # Also when nobody says so: the connection is lost.
    speak(bob, [alice], "three")
    bob.reset()
    alice.expect("FLOOR FREE #turns left")
    speak(alice, [], "four")
    assert not [m for m in alice.sync() if m.command == "404"]


def test_way_1b_turn_is_free_when_the_last_speaker_is_kicked(turns):
    alice, bob, carol = turns
    speak(bob, [alice, carol], "rude words")
    alice.send("KICK #turns bob :mind your tongue")
    alice.expect("FLOOR FREE #turns left")
    bob.expect("KICK #turns bob")
    bob.join("#turns")
    speak(bob, [alice, carol], "sorry")


def test_way_1b_turn_is_free_when_the_last_speaker_is_alone(turns):
    alice, bob, carol = turns
    speak(alice, [bob, carol], "one")
    bob.send("PART #turns")
    carol.send("PART #turns")
    alice.expect("FLOOR FREE #turns left")
    alice.say("#turns", "to myself")
    alice.say("#turns", "and again")
    assert not [m for m in alice.sync() if m.command == "404"]


def test_way_1b_turn_is_free_after_silence(turns):
    alice, bob, carol = turns
    alice.send("MODE #turns +H 1")
    bob.expect(r"MODE #turns \+H 1$")
    speak(bob, [alice, carol], "one")
    bob.say("#turns", "two")
    bob.expect(r"waiting for one of the other 2 members or for 1 s of silence$")
    alice.expect("FLOOR FREE #turns silence")
    speak(bob, [alice, carol], "two")


def test_way_1b_operators_skip_a_turn(turns):
    alice, bob, carol = turns
    speak(bob, [alice, carol], "one")
    bob.send("FLOOR SKIP #turns")
    bob.expect(" 482 bob #turns :")
    alice.send("FLOOR SKIP #turns")
    alice.expect("FLOOR FREE #turns skipped")
    speak(bob, [alice, carol], "two")
    alice.send("FLOOR STATUS #turns")
    alice.expect("FLOOR HELD #turns bob 0")


# --- 2: full duplex between two ---


def test_way_2_private_messages_both_ways_at_the_same_time(server):
    count = 4000
    alice = server.connect("alice")
    bob = server.connect("bob")
    dice = random.Random(2)
    said = {}
    for speaker, listener in ((alice, bob), (bob, alice)):
        texts = [f"{i} " + chr(ord("a") + i % 26) * dice.randrange(1, 300) for i in range(count)]
        said[speaker.nick] = texts
        lines = [f"PRIVMSG {listener.nick} :{text}\r\n" for text in texts]
        speaker.send_bytes("".join(lines).encode())
    pump(
        [alice, bob],
        lambda: len(alice.lines) >= count and len(bob.lines) >= count,
        "all messages",
        seconds=20,
    )
    for listener, speaker in ((alice, "bob"), (bob, "alice")):
        messages = [Message(line.decode()) for line in listener.lines]
        assert {(m.nick, m.command, m.params[0]) for m in messages} == {
            (speaker, "PRIVMSG", listener.nick)
        }
        assert [m.text for m in messages] == said[speaker]


def test_way_2_plain_and_irc_clients_talk_at_the_same_time(server):
    count = 500
    plain = server.connect_plain()
    plain.say("/nick pia")
    plain.expect("pia")
    irc = server.connect("ivan")
    plain.say("/to ivan")
    plain.expect("goes to ivan")
    plain.send_bytes("".join(f"p {i}\n" for i in range(count)).encode())
    irc.send_bytes("".join(f"PRIVMSG pia :i {i}\r\n" for i in range(count)).encode())
    pump(
        [plain, irc],
        lambda: len(plain.lines) >= count and len(irc.lines) >= count,
        "all messages",
    )
    assert [Message(line.decode()).text for line in irc.lines] == [f"p {i}" for i in range(count)]
    heard = [line.decode().partition("] ")[2] for line in plain.lines]
    assert heard == [f"*ivan* i {i}" for i in range(count)]


# --- 3: many in one channel, full duplex ---


def test_way_3_all_in_a_channel_hear_all_in_one_order(server):
    members, rounds = 220, 5
    clients = server.connect_many(members, caps=["echo-message"])
    for client in clients:
        client.send("JOIN #all")
    sync_all(clients)
    # Whoever joined early has yet to read who joined after that.
    sync_all(clients)
    texts = {c.nick: [f"{c.nick} says {i}" for i in range(rounds)] for c in clients}
    for client in clients:
        for text in texts[client.nick]:
            client.outgoing += f"PRIVMSG #all :{text}\r\n".encode()
    total = members * rounds
    pump(
        clients,
        lambda: all(len(client.lines) >= total for client in clients),
        "all messages at all members",
        seconds=25,
    )
    order = list(clients[0].lines)
    for client in clients:
        assert list(client.lines) == order, f"{client.nick} has seen another order"
        client.lines.clear()
    heard = collections.defaultdict(list)
    for line in order:
        message = Message(line.decode())
        assert (message.command, message.params[0]) == ("PRIVMSG", "#all")
        heard[message.nick].append(message.text)
    assert heard == texts
    assert not any(sync_all(clients)), "something came twice"


def test_way_3_joins_and_messages_are_seen_in_one_order(server):
    """Whoever joins sees every message after its JOIN and none before."""
    watcher, talker = server.connect_many(2, "w")
    watcher.join("#busy")
    talker.join("#busy")
    joiners = [server.connect() for _ in range(60)]
    register_all(joiners, [f"joiner{i}" for i in range(60)])
    watcher.sync()
    total = 600
    for joiner in joiners:
        joiner.outgoing += b"JOIN #busy\r\n"
    talker.outgoing += "".join(f"PRIVMSG #busy :{i}\r\n" for i in range(total)).encode()
    everybody = [talker, *joiners, watcher]
    pump(
        everybody,
        lambda: len(watcher.lines) >= total + len(joiners),
        "all messages and joins",
    )
    seen = watcher.sync()
    messages_after = {}
    so_far = 0
    for message in seen:
        if message.command == "JOIN":
            messages_after[message.nick] = so_far
        elif message.command == "PRIVMSG":
            assert message.text == str(so_far)
            so_far += 1
    assert so_far == total
    for joiner, messages in zip(joiners, sync_all(joiners), strict=True):
        own_join = next(i for i, m in enumerate(messages) if m.command == "JOIN")
        before = [m for m in messages[:own_join] if m.command == "PRIVMSG"]
        after = [m.text for m in messages[own_join:] if m.command == "PRIVMSG"]
        assert before == []
        assert after == [str(i) for i in range(messages_after[joiner.nick], total)]


# --- 4: the thread models ---


def test_way_4_threads_are_those_of_the_mode(server, mode):
    shared = {"1": 0, "2": 1, "4": 3, "per-client": 0}[mode]
    clients = server.connect_many(12)
    names = collections.Counter(server.threads())
    assert names["worker-0"] == 1
    assert names["worker"] == shared
    assert names["client"] == (len(clients) if mode == "per-client" else 0)
    for client in clients:
        client.join("#spread")
    clients[0].say("#spread", "hello")
    for client in clients[1:]:
        client.expect_message("user0", "#spread", "hello")


# --- 5: many channels ---


def test_way_5_thousands_of_channels_keep_their_messages_apart(start_server, mode):
    users, channels_each, shared = 20, 150, 10
    server = start_server(mode, {"channels": {"per_user": 200}, "rates": {"joins": "off"}})
    clients = server.connect_many(users)
    # Own channels, and some that a neighbour is in as well.
    for i, client in enumerate(clients):
        for c in range(channels_each):
            client.outgoing += f"JOIN #c{i}-{c}\r\n".encode()
        for c in range(shared):
            client.outgoing += f"JOIN #c{(i + 1) % users}-{c}\r\n".encode()
    sync_all(clients, seconds=20)
    sync_all(clients)
    for i, client in enumerate(clients):
        for c in range(channels_each):
            client.outgoing += f"PRIVMSG #c{i}-{c} :from {i} in {c}\r\n".encode()
    before = sync_all(clients, seconds=20)
    after = sync_all(clients)  # what others had yet to send in the first round
    for i in range(users):
        messages = [m for m in before[i] + after[i] if m.command == "PRIVMSG"]
        told = [(m.nick, m.params[0], m.text) for m in messages]
        j = (i + 1) % users
        assert told == [(f"user{j}", f"#c{j}-{c}", f"from {j} in {c}") for c in range(shared)]


def test_way_5_a_user_in_a_thousand_channels_at_once(start_server, mode):
    count = 1000
    server = start_server(mode, {"channels": {"per_user": count}, "rates": {"joins": "off"}})
    walker = server.connect("walker")
    walker.send_bytes("".join(f"JOIN #w{i}\r\n" for i in range(count)).encode())
    joined = [m.params[0] for m in walker.sync(20) if m.command == "JOIN"]
    assert joined == [f"#w{i}" for i in range(count)]
    walker.send("JOIN #one-more")
    walker.expect(" 405 walker #one-more ")
    visitor = server.connect("visitor")
    visitor.join("#w0")
    visitor.join("#w999")
    walker.sync()
    # One QUIT or NICK, not a thousand, whatever is shared.
    walker.send("NICK stroller")
    walker.sync()
    changes = [m.line for m in visitor.sync() if m.command == "NICK"]
    assert len(changes) == 1
    walker.send("JOIN 0")
    parted = [m.params[0] for m in walker.sync(20) if m.command == "PART"]
    assert sorted(parted) == sorted(joined)


def test_way_5_list_shows_thousands_of_channels(start_server, mode):
    users, each = 20, 100
    server = start_server(mode)
    clients = server.connect_many(users)
    for i, client in enumerate(clients):
        for c in range(each):
            client.outgoing += f"JOIN #l{i}-{c}\r\n".encode()
    sync_all(clients, seconds=20)
    clients[0].send("LIST")
    listed = [m.params[1] for m in clients[0].sync(20) if m.command == "322"]
    expected = {f"#l{i}-{c}" for i in range(users) for c in range(each)}
    assert len(listed) == len(set(listed))
    assert set(listed) == expected


def test_way_5_ranks_topics_keys_limits_bans_and_invitations(server):
    op, member, other = server.connect("op"), server.connect("member"), server.connect("other")
    assert op.join("#room") == ["@op"]
    assert sorted(member.join("#room")) == ["@op", "member"]
    op.sync()

    # Topics are for ranks, when +t is set as it is from the start.
    member.send("TOPIC #room :mine")
    member.expect(" 482 member #room :")
    op.send("TOPIC #room :Tee und Kuchen")
    member.expect(r"^:op!\S+ TOPIC #room :Tee und Kuchen$")
    other.send("JOIN #room")
    other.expect(" 332 other #room :Tee und Kuchen$")
    other.expect(" 366 other #room ")

    # Ranks: voice in a moderated channel, and op.
    op.send("MODE #room +m")
    member.expect(r"MODE #room \+m")
    member.say("#room", "hello?")
    member.expect(" 404 member #room ")
    op.send("MODE #room +v member")
    member.expect(r"MODE #room \+v member")
    member.say("#room", "hello!")
    op.expect_message("member", "#room", "hello!")
    op.send("MODE #room -m+o member")
    other.expect(r"MODE #room -m\+o member")

    # Kick and ban.
    op.send("MODE #room +b other!*@*")
    member.expect(r"MODE #room \+b other!\*@\*")
    member.send("KICK #room other :enough")
    other.expect(r"^:member!\S+ KICK #room other :enough$")
    other.send("JOIN #room")
    other.expect(" 474 other #room ")
    # An invitation overrides it.
    op.send("INVITE other #room")
    other.expect(r"^:op!\S+ INVITE other #room$")
    other.join("#room")
    other.send("PART #room")
    other.expect(r"PART #room")
    op.send("MODE #room -b other!*@*")
    member.expect(r"MODE #room -b other!\*@\*")

    # Key, limit, invitation only.
    op.send("MODE #room +k sesame")
    member.expect(r"MODE #room \+k sesame")
    other.send("JOIN #room open")
    other.expect(" 475 other #room ")
    other.join("#room", "sesame")
    other.send("PART #room")
    op.expect(r":other!\S+ PART #room")
    op.send("MODE #room -k sesame")
    op.send("MODE #room +l 2")
    member.expect(r"MODE #room \+l 2")
    other.send("JOIN #room")
    other.expect(" 471 other #room ")
    op.send("MODE #room -l+i")
    member.expect(r"MODE #room -l\+i")
    other.send("JOIN #room")
    other.expect(" 473 other #room ")
    op.send("INVITE other #room")
    other.expect("INVITE other #room")
    assert sorted(other.join("#room")) == ["@member", "@op", "other"]
