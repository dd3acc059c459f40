/* Tests of chat/model.h: what lines of the server do, and what is shown of them. */
#include "chat/model.h"

#include "unit/chat_stage.h"
#include "unit/support/unit.h"

#define S STR_INIT
#define ALL_CAPS                                                        \
    STR("message-tags server-time echo-message batch labeled-response " \
        "standard-replies confab.chat/floor")
#define ECHO_CAPS STR("server-time echo-message standard-replies confab.chat/floor")

/* Registered, in #a and #b with bob, #a the current one. */
static void
open_in_channels(struct chat_stage *stage, struct str caps)
{
    chat_stage_open(stage, STR("#a #b"));
    chat_stage_register(stage, caps);
    chat_stage_join(stage, STR("#a"));
    chat_stage_join(stage, STR("#b"));
}

/* --- registration --- */

TEST(registers_with_the_capabilities_that_it_knows)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    CHECK_STR(chat_stage_sent(&stage), STR("CAP LS 302\r\nNICK alice\r\nUSER al 0 * :alice\r\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[connecting] "));
    chat_stage_hear(&stage, STR(":s CAP * LS * :echo-message unknown-one=x,y"));
    CHECK_STR(chat_stage_sent(&stage), STR(""));
    chat_stage_hear(&stage, STR(":s CAP * LS :batch server-time"));
    CHECK_STR(chat_stage_sent(&stage), STR("CAP REQ :echo-message batch server-time\r\n"));
    chat_stage_hear(&stage, STR(":s CAP * ACK :echo-message batch server-time"));
    CHECK_STR(chat_stage_sent(&stage), STR("CAP END\r\n"));
    CHECK(!chat_model_is_online(stage.model));
    chat_stage_hear(&stage, STR(":s 001 alice :Welcome"));
    CHECK_STR(chat_stage_sent(&stage), STR("JOIN #a\r\n"));
    CHECK_STR(chat_stage_shown(&stage), STR("E* Connected: you are alice\n"));
    CHECK(chat_model_is_online(stage.model));
    CHECK(!chat_model_is_ready(stage.model));
    chat_stage_join(&stage, STR("#a"));
    CHECK_STR(chat_stage_shown(&stage), STR("E* You are in #a: bob alice\n"));
    CHECK(chat_model_is_ready(stage.model));
    chat_stage_close(&stage);
}

TEST(registers_where_capabilities_are_refused_or_unknown)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s CAP * LS :echo-message"));
    chat_stage_hear(&stage, STR(":s CAP * NAK :echo-message"));
    CHECK_STR(chat_stage_sent(&stage), STR("CAP END\r\n"));
    chat_stage_close(&stage);

    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s CAP * LS :sasl"));
    CHECK_STR(chat_stage_sent(&stage), STR("CAP END\r\n"));
    chat_stage_close(&stage);

    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s 421 * CAP :Unknown command\n:s 001 alice :Welcome"));
    CHECK(chat_model_is_online(stage.model));
    chat_stage_close(&stage);
}

/* Up to what the server asks of it. */
static void
begin_login(struct chat_stage *stage)
{
    chat_model_connected(stage->model, &stage->out);
    CHECK_STR(chat_stage_sent(stage), STR("CAP LS 302\r\n")); /* no nick yet */
    chat_stage_hear(stage, STR(":s CAP * LS :sasl=PLAIN batch"));
    CHECK_STR(chat_stage_sent(stage), STR("CAP REQ :sasl batch\r\n"));
    chat_stage_hear(stage, STR(":s CAP * ACK :sasl batch"));
    CHECK_STR(chat_stage_sent(stage), STR("AUTHENTICATE PLAIN\r\n"));
}

TEST(logs_in_before_it_has_a_nick)
{
    struct chat_stage stage;
    chat_stage_open_account(&stage, STR("#a"), STR("alice@phone"), STR("secret"));
    begin_login(&stage);
    chat_stage_hear(&stage, STR("AUTHENTICATE +"));
    CHECK_STR(chat_stage_sent(&stage), STR("AUTHENTICATE AGFsaWNlQHBob25lAHNlY3JldA==\r\n"));
    chat_stage_hear(&stage, STR(":s 900 * *!*@host alice :You are now logged in as alice"));
    CHECK_STR(chat_stage_shown(&stage), STR("E* You are logged in as alice\n"));
    chat_stage_hear(&stage, STR(":s 903 * :SASL authentication successful"));
    CHECK_STR(chat_stage_shown(&stage), STR(""));
    CHECK_STR(chat_stage_sent(&stage), STR("NICK alice\r\nUSER al 0 * :alice\r\nCAP END\r\n"));
    chat_stage_hear(&stage, STR(":s 001 alice :Welcome\n:s 422 alice :No message"));
    CHECK(chat_model_is_online(stage.model));
    /* Later, by a command, they are sentences, too. */
    chat_stage_hear(&stage, STR(":s 901 alice alice!~a@h :You are now logged out"));
    CHECK_STR(chat_stage_shown(&stage), STR("A* You are logged out\n"));
    chat_stage_hear(&stage, STR(":s 904 alice :Login failed"));
    CHECK_STR(chat_stage_shown(&stage), STR("!* Login failed\n"));
    CHECK(!chat_model_is_rejected(stage.model));
    chat_stage_close(&stage);
}

TEST(a_long_proof_goes_in_pieces)
{
    /* 6 + 294 bytes are 400 of base64: one full piece, and an empty one to end it. */
    static char password[300];
    for (size_t i = 0; i < sizeof password; i++)
        password[i] = 'x';

    static const struct {
        size_t len;
        size_t pieces; /* with an empty one */
    } rows[] = {{290, 1}, {293, 2}, {294, 2}, {300, 2}};

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct chat_stage stage;
        struct str secret = {.ptr = password, .len = rows[i].len};
        chat_stage_open_account(&stage, STR("#a"), STR("alice"), secret);
        begin_login(&stage);
        chat_stage_hear(&stage, STR("AUTHENTICATE +"));
        struct str sent = chat_stage_sent(&stage);
        size_t pieces = 0;
        size_t bytes = 0;
        while (sent.len > 0) {
            struct str line = str_cut(&sent, '\n');
            CHECK(str_starts_with(line, STR("AUTHENTICATE ")));
            size_t len = line.len - sizeof "AUTHENTICATE "; /* one for the CR */
            CHECK(len <= 400);
            bytes += len == 1 ? 0 : len;
            pieces++;
        }
        CHECK_U64(pieces, rows[i].pieces);
        CHECK_U64(bytes, (rows[i].len + 7 + 2) / 3 * 4);
        chat_stage_close(&stage);
    }
}

TEST(a_login_that_fails_ends_it_unless_it_has_worked_before)
{
    struct chat_stage stage;
    chat_stage_open_account(&stage, STR("#a"), STR("alice"), STR("wrong"));
    begin_login(&stage);
    chat_stage_hear(&stage, STR(":s 904 * :Login failed: account or password is wrong"));
    CHECK_STR(chat_stage_shown(&stage), STR("!* Login failed: account or password is wrong\n"));
    CHECK(chat_model_is_rejected(stage.model));
    chat_stage_close(&stage);

    static const struct str refusals[] = {S(":s CAP * LS :batch\n:s CAP * ACK :batch"),
                                          S(":s CAP * LS :"), S(":s 421 * CAP :Unknown command")};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(refusals)); i++) {
        chat_stage_open_account(&stage, STR("#a"), STR("alice"), STR("secret"));
        chat_model_connected(stage.model, &stage.out);
        chat_stage_hear(&stage, refusals[i]);
        CHECK(str_ends_with(chat_stage_shown(&stage),
                            STR("!* The server has no accounts that one can log in to\n")));
        CHECK(chat_model_is_rejected(stage.model));
        chat_stage_close(&stage);
    }

    chat_stage_open_account(&stage, STR("#a"), STR("alice"), STR("secret"));
    begin_login(&stage);
    chat_stage_hear(&stage, STR("AUTHENTICATE +\n:s 903 * :Good\n:s 001 alice :Welcome"));
    for (int i = 0; i < 5; i++) {
        CHECK(!chat_model_is_rejected(stage.model));
        chat_output_clear(&stage.out);
        chat_model_disconnected(stage.model, &stage.out);
        chat_output_clear(&stage.out);
        begin_login(&stage);
        chat_stage_hear(&stage, STR(":s 904 * :The server is busy checking passwords"));
        CHECK_STR(chat_stage_sent(&stage), i < 4 ? STR("QUIT\r\n") : STR(""));
    }
    CHECK(chat_model_is_rejected(stage.model));
    chat_stage_close(&stage);
}

TEST(what_was_said_before_has_a_heading_and_an_end)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_hear(&stage, STR(":s FLOOR FREE #a start"));
    chat_stage_type(&stage, STR("/history 2"));
    CHECK_STR(chat_stage_sent(&stage), STR("CHATHISTORY LATEST #a * 2\r\n"));
    chat_stage_hear(&stage,
                    STR(":s BATCH +1 chathistory #a\n"
                        "@batch=1;time=2027-01-14T07:00:00.000Z :bob!b@h PRIVMSG #a :one\n"
                        "@batch=1;time=2027-01-15T07:00:00.000Z :alice!b@h PRIVMSG #a :two\n"
                        ":s BATCH -1"));
    CHECK_STR(chat_stage_shown(&stage), STR("A* What was said last:\n"
                                            "M[2027-01-14 07:00] <bob> one\n"
                                            "M[07:00] <alice> two\n"
                                            "A* End of what was said: 2 messages\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: your turn] ")); /* nobody has spoken now */
    chat_stage_type(&stage, STR("/history"));
    chat_stage_hear(&stage, STR(":s BATCH +2 chathistory #a\n:s BATCH -2"));
    CHECK_STR(chat_stage_shown(&stage), STR("A* Nothing is kept of what was said\n"));
    chat_stage_type(&stage, STR("/search one; two"));
    CHECK_STR(chat_stage_sent(&stage), STR("SEARCH in=#a;text=one\\:\\stwo\r\n"));
    chat_stage_hear(&stage, STR(":s BATCH +3 draft/search\n"
                                "@batch=3 :bob!b@h PRIVMSG #a :one; two\n"
                                ":s BATCH -3"));
    CHECK_STR(chat_stage_shown(&stage), STR("A* Found:\nM[08:00] <bob> one; two\n"
                                            "A* End of what was found: 1 message\n"));
    chat_stage_type(&stage, STR("/search three"));
    chat_stage_hear(&stage, STR(":s BATCH +4 soju.im/search\n:s BATCH -4"));
    CHECK_STR(chat_stage_shown(&stage), STR("A* Nothing was found\n"));
    /* What comes unasked, or after a refusal, has neither. */
    chat_stage_type(&stage, STR("/history"));
    chat_stage_hear(&stage,
                    STR(":s FAIL CHATHISTORY MESSAGE_ERROR LATEST #a :It keeps no history"));
    CHECK_STR(chat_stage_shown(&stage), STR("!* It keeps no history\n"));
    chat_stage_hear(&stage, STR(":s BATCH +5 chathistory #a\n"
                                "@batch=5 :bob!b@h PRIVMSG #a :missed\n:s BATCH -5"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[08:00] <bob> missed\n"));
    chat_stage_close(&stage);
}

TEST(tries_other_nicks_when_one_is_taken)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s 433 * alice :Nickname is already in use"));
    CHECK_STR(chat_stage_sent(&stage), STR("NICK alice1\r\n"));
    chat_stage_hear(&stage, STR(":s 433 * alice1 :Nickname is already in use"));
    CHECK_STR(chat_stage_sent(&stage), STR("NICK alice2\r\n"));
    chat_stage_hear(&stage, STR(":s 001 alice2 :Welcome"));
    CHECK_STR(chat_stage_shown(&stage),
              STR("E* Connected: you are alice2, since alice is taken\n"));
    chat_stage_hear(&stage, STR(":s 433 alice2 bob :Nickname is already in use"));
    CHECK_STR(chat_stage_shown(&stage), STR("!* bob: Nickname is already in use\n"));
    CHECK_STR(chat_stage_sent(&stage), STR(""));
    chat_stage_close(&stage);
}

TEST(gives_up_when_no_nick_is_taken_and_with_a_wrong_password)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    for (int i = 0; i < 20; i++)
        chat_stage_hear(&stage, STR(":s 433 * x :Nickname is already in use"));
    CHECK(!chat_model_is_rejected(stage.model));
    chat_stage_hear(&stage, STR(":s 433 * x :Nickname is already in use"));
    CHECK(chat_model_is_rejected(stage.model));
    chat_stage_close(&stage);

    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s 464 * :Password incorrect"));
    CHECK(chat_model_is_rejected(stage.model));
    CHECK_STR(chat_stage_shown(&stage), STR("!* Password incorrect\n"));
    chat_stage_close(&stage);
}

TEST(a_refused_nick_becomes_a_guest)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s 432 * alice :Nickname is not valid"));
    CHECK_STR(chat_stage_sent(&stage), STR("NICK guest1\r\n"));
    chat_stage_close(&stage);
}

TEST(a_refused_channel_counts_as_settled)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a #b"));
    chat_stage_register(&stage, STR(""));
    chat_stage_join(&stage, STR("#b"));
    CHECK(!chat_model_is_ready(stage.model));
    CHECK(chat_model_is_joined_anywhere(stage.model));
    chat_stage_hear(&stage, STR(":s 473 alice #a :Cannot join channel (+i)"));
    CHECK(chat_model_is_ready(stage.model));
    CHECK_U64(chat_model_refusals(stage.model), 1);
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: not joined] "));
    chat_stage_type(&stage, STR("hello"));
    CHECK_STR(chat_stage_returned(&stage), STR("hello\n"));
    chat_stage_close(&stage);
}

/* --- what is shown --- */

static const struct {
    struct str line;
    struct str shown;
} shown_rows[] = {
    {S(":bob!b@h PRIVMSG #a :hello"), S("M[08:00] <bob> hello\n")},
    {S(":bob!b@h PRIVMSG #A :hello"), S("M[08:00] <bob> hello\n")},
    {S(":bob!b@h PRIVMSG #b :hello"), S("M[08:00] <bob:#b> hello\n")},
    {S(":bob!b@h PRIVMSG alice :hello"), S("P[08:00] *bob* hello\n")},
    {S(":bob!b@h NOTICE #a :hello"), S("M[08:00] -bob- hello\n")},
    {S(":bob!b@h NOTICE #b :hello"), S("M[08:00] -bob:#b- hello\n")},
    {S(":bob!b@h NOTICE alice :hello"), S("P[08:00] -bob- hello\n")},
    {S(":bob!b@h PRIVMSG @#a :for operators"), S("M[08:00] <bob:@#a> for operators\n")},
    {S(":alice!a@h PRIVMSG #a :mine"), S("M[08:00] <alice> mine\n")},
    {S(":alice!a@h PRIVMSG bob :mine"), S("M[08:00] -> *bob* mine\n")},
    {S(":bob!b@h PRIVMSG #a :\x01"
       "ACTION waves\x01"),
     S("M[08:00] * bob waves\n")},
    {S(":bob!b@h PRIVMSG #b :\x01"
       "ACTION waves\x01"),
     S("M[08:00] * bob:#b waves\n")},
    {S(":bob!b@h PRIVMSG alice :\x01"
       "ACTION waves\x01"),
     S("P[08:00] (private) * bob waves\n")},
    {S(":bob!b@h PRIVMSG alice :\x01VERSION\x01"), S("E[08:00] * bob sends CTCP VERSION\n")},
    {S(":bob!b@h PRIVMSG #a :hey Alice, look"), S("P[08:00] <bob> hey Alice, look\n")},
    {S(":bob!b@h PRIVMSG #a :malice"), S("M[08:00] <bob> malice\n")},
    {S(":bob!b@h PRIVMSG #a :\x1B[2J\x02"
       "bold\x03"
       "4red"),
     S("M[08:00] <bob> [2Jboldred\n")},
    {S("@time=2027-01-15T07:59:59.999Z :bob!b@h PRIVMSG #a :late"), S("M[07:59] <bob> late\n")},
    {S("@time=2026-12-31T23:59:00.000Z :bob!b@h PRIVMSG #a :old"),
     S("M[2026-12-31 23:59] <bob> old\n")},
    {S("@time=nonsense :bob!b@h PRIVMSG #a :now"), S("M[08:00] <bob> now\n")},
    {S(":bob!b@h TAGMSG #a"), S("")},
    {S(":bob!b@h PRIVMSG #a"), S("")},
    {S(":s NOTICE alice :The turn is free"), S("A* The turn is free\n")},
    {S(":carl!c@h JOIN #a"), S("E[08:00] * carl has joined #a\n")},
    {S(":carl!c@h JOIN #elsewhere"), S("")},
    {S(":carl!c@h PART #a :bye"), S("E[08:00] * carl has left #a (bye)\n")},
    {S(":bob!b@h TOPIC #a :news"), S("E[08:00] * bob sets the topic of #a: news\n")},
    {S(":bob!b@h TOPIC #a :"), S("E[08:00] * bob clears the topic of #a\n")},
    {S(":bob!b@h INVITE alice #c"), S("E[08:00] * bob invites you: /join #c\n")},
    {S(":bob!b@h INVITE dora #c"), S("E[08:00] * bob invites dora to #c\n")},
    {S(":bob!b@h MODE #a +o alice"), S("E[08:00] * bob sets the mode of #a: +o alice\n")},
    {S(":bob!b@h AWAY :lunch"), S("")},
    {S(":bob!b@h WALLOPS :beware"), S("E[08:00] * bob tells all: beware\n")},
    {S(":bob!b@h NICK rob"), S("E[08:00] * bob is now called rob\n")},
    {S(":rob!b@h KICK #b dora :out"), S("E[08:00] * rob has removed dora from #b (out)\n")},
    {S(":rob!b@h QUIT :Quit: bye"), S("E[08:00] * rob has quit (Quit: bye)\n")},
    {S(":stranger!s@h QUIT :Quit"), S("")},
    {S("ERROR :Closing link: flood"),
     S("!* The server closes the connection: Closing link: flood\n")},
    {S(":s 332 alice #a :news"), S("A* The topic of #a: news\n")},
    {S(":s 353 alice = #a :@bob alice"), S("A* In #a: @bob alice\n")},
    {S(":s 366 alice #a :End of NAMES list"), S("")},
    {S(":s 311 alice bob ~b host * :Bob B."), S("A* bob is ~b@host: Bob B.\n")},
    {S(":s 322 alice #a 2 :news"), S("A* #a (2): news\n")},
    {S(":s 324 alice #a +nt"), S("A* The modes of #a: +nt\n")},
    {S(":s 391 alice s :Monday"), S("A* s Monday\n")},
    {S(":s 401 alice nobody :No such nick"), S("!* nobody: No such nick\n")},
    {S(":s FAIL JOIN CODE #c :You may not"), S("!* #c: You may not\n")},
    {S(":s FAIL AWAY CODE :You may not"), S("!* You may not\n")},
    {S(":s NOTE * CODE :By the way"), S("A* By the way\n")},
    {S(":s FAIL AWAY"), S("")},
    {S(":s UNKNOWN a b"), S("")},
    {S(""), S("")},
    {S(":s"), S("")},
};

TEST(lines_of_the_server_are_shown)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(shown_rows)); i++) {
        struct guard guard;
        chat_stage_hear(&stage, guard_copy(&guard, shown_rows[i].line));
        guard_free(&guard);
        CHECK_STR(chat_stage_shown(&stage), shown_rows[i].shown);
    }
    chat_stage_close(&stage);
}

TEST(local_time_is_shown)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_model_set_time(stage.model, INT64_C(1800000000000), 5 * 3600 + 1800);
    chat_stage_hear(&stage, STR("@time=2027-01-15T07:59:59.999Z :bob!b@h PRIVMSG #a :x"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[13:29] <bob> x\n"));
    chat_stage_close(&stage);
}

TEST(pings_are_answered)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_hear(&stage, STR("PING :some token"));
    CHECK_STR(chat_stage_sent(&stage), STR("PONG :some token\r\n"));
    CHECK_STR(chat_stage_shown(&stage), STR(""));
    chat_stage_close(&stage);
}

TEST(lines_that_are_too_long_are_cut_not_lost)
{
    struct chat_stage stage;
    struct buf line;
    buf_init(&line, 10000);
    open_in_channels(&stage, ALL_CAPS);
    buf_put(&line, STR("@x="));
    for (int i = 0; i < 5000; i++)
        buf_put_byte(&line, 'y');
    buf_put(&line, STR(" :bob!b@h PRIVMSG #a :"));
    for (int i = 0; i < 600; i++)
        buf_put_byte(&line, 'z');
    chat_stage_hear(&stage, buf_str(&line));
    CHECK(str_starts_with(chat_stage_shown(&stage), STR("M[08:00] <bob> zzz")));
    buf_deinit(&line);
    chat_stage_close(&stage);
}

TEST(what_the_ignored_say_is_not_shown)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_type(&stage, STR("/ignore BOB"));
    chat_stage_hear(&stage, STR(":bob!b@h PRIVMSG #a :x\n:bob!b@h NOTICE alice :y"));
    CHECK_STR(chat_stage_shown(&stage), STR(""));
    chat_stage_type(&stage, STR("/unignore bob"));
    chat_stage_hear(&stage, STR(":bob!b@h PRIVMSG #a :z"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[08:00] <bob> z\n"));
    chat_stage_close(&stage);
}

TEST(large_channels_are_counted_not_listed)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_stage_register(&stage, STR(""));
    chat_stage_hear(&stage, STR(":alice!~al@host JOIN #a"));
    for (int i = 0; i < 31; i++) {
        struct buf line;
        buf_init(&line, 100);
        buf_printf(&line, ":s 353 alice = #a :@+n%d", i);
        chat_stage_hear(&stage, buf_str(&line));
        CHECK_STR(chat_stage_shown(&stage), STR(""));
        buf_deinit(&line);
    }
    chat_stage_hear(&stage, STR(":s 366 alice #a :End of NAMES list"));
    CHECK_STR(chat_stage_shown(&stage), STR("E* You are in #a: 31 are here, /names lists them\n"));
    chat_stage_close(&stage);
}

/* --- our own place --- */

TEST(the_target_follows_joins_and_leaves)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a] "));
    chat_stage_join(&stage, STR("#forced")); /* not asked for: no reason to switch */
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a] "));
    chat_stage_type(&stage, STR("/join c"));
    CHECK_STR(chat_stage_sent(&stage), STR("JOIN #c\r\n"));
    chat_stage_join(&stage, STR("#C"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#C] "));
    chat_stage_hear(&stage, STR(":alice!a@h PART #c"));
    CHECK_STR(chat_stage_shown(&stage), STR("E[08:00] * You have left #c\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a] "));
    chat_stage_hear(&stage, STR(":bob!b@h KICK #a alice :enough"));
    CHECK_STR(chat_stage_shown(&stage), STR("![08:00] * bob has removed you from #a (enough)\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#b] "));
    chat_stage_hear(&stage, STR(":alice!a@h PART #b,#forced"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[no channel] "));
    chat_stage_type(&stage, STR("hello?"));
    CHECK_STR(chat_stage_returned(&stage), STR("hello?\n"));
    chat_stage_close(&stage);
}

TEST(a_new_nick_is_ours_and_that_of_a_query)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_hear(&stage, STR(":alice!a@h NICK al"));
    CHECK_STR(chat_stage_shown(&stage), STR("E[08:00] * You are now called al\n"));
    chat_stage_hear(&stage, STR(":bob!b@h PRIVMSG #a :hi al"));
    CHECK_STR(chat_stage_shown(&stage), STR("P[08:00] <bob> hi al\n"));
    chat_stage_type(&stage, STR("/query bob"));
    chat_stage_hear(&stage, STR(":bob!b@h NICK rob\n:rob!b@h AWAY :lunch\n:rob!b@h AWAY"));
    CHECK_STR(chat_stage_shown(&stage), STR("E[08:00] * bob is now called rob\n"
                                            "E[08:00] * rob is away: lunch\n"
                                            "E[08:00] * rob is back\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[rob] "));
    chat_stage_close(&stage);
}

TEST(channels_are_joined_again_after_the_connection_was_lost)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_type(&stage, STR("/join #c secret"));
    CHECK_STR(chat_stage_sent(&stage), STR("JOIN #c secret\r\n"));
    chat_stage_join(&stage, STR("#c"));
    chat_stage_hear(&stage, STR(":alice!a@h PART #b"));
    chat_output_clear(&stage.out);
    chat_model_disconnected(stage.model, &stage.out);
    CHECK_STR(chat_stage_shown(&stage), STR(""));
    CHECK_STR(chat_stage_prompt(&stage), STR("[offline] "));
    CHECK(chat_model_was_online(stage.model));
    chat_model_connected(stage.model, &stage.out);
    chat_stage_hear(&stage, STR(":s CAP * LS :\n:s 001 alice :Welcome"));
    CHECK_STR(chat_stage_sent(&stage), STR("CAP END\r\nJOIN #a\r\nJOIN #c secret\r\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#c: not joined] "));
    chat_stage_join(&stage, STR("#c"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#c] "));
    chat_stage_close(&stage);
}

/* --- turns --- */

TEST(the_prompt_says_whose_turn_it_is)
{
    static const struct {
        struct str line;
        struct str prompt;
    } rows[] = {
        {S(":bob!b@h MODE #a +tH 30"), S("[#a: your turn] ")},
        {S(":alice!a@h PRIVMSG #a :one"), S("[#a: waiting for bob] ")},
        {S(":bob!b@h PRIVMSG #b :elsewhere"), S("[#a: waiting for bob] ")},
        {S(":bob!b@h PRIVMSG @#a :to operators"), S("[#a: waiting for bob] ")},
        {S(":bob!b@h TAGMSG #a"), S("[#a: waiting for bob] ")},
        {S(":carl!c@h JOIN #a"), S("[#a: waiting for another] ")},
        {S(":carl!c@h NOTICE #a :two"), S("[#a: your turn] ")},
        {S(":alice!a@h PRIVMSG #a :three"), S("[#a: waiting for another] ")},
        {S(":s FLOOR FREE #a silence"), S("[#a: your turn] ")},
        {S(":s FLOOR HELD #a alice 30"), S("[#a: waiting for another] ")},
        {S(":carl!c@h PART #a"), S("[#a: waiting for bob] ")},
        {S(":bob!b@h NICK rob"), S("[#a: waiting for rob] ")},
        {S(":alice!a@h NICK al"), S("[#a: waiting for rob] ")},
        {S(":rob!b@h QUIT :bye"), S("[#a: your turn] ")},
        {S(":al!a@h PRIVMSG #a :alone"), S("[#a: your turn] ")},
        {S(":dora!d@h JOIN #a"), S("[#a: your turn] ")},
        {S(":s FAIL PRIVMSG FLOOR_REQUIRED #a dora :Not your turn"), S("[#a: waiting for dora] ")},
        {S(":dora!d@h MODE #a -k+l-H key 3"), S("[#a] ")},
        {S(":dora!d@h MODE #a +bH-l *!*@* 0"), S("[#a: your turn] ")},
        {S(":s 324 al #a +nt"), S("[#a] ")},
        {S(":s 324 al #a +ntH 0"), S("[#a: your turn] ")},
    };
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        chat_stage_hear(&stage, rows[i].line);
        CHECK_STR(chat_stage_prompt(&stage), rows[i].prompt);
    }
    chat_stage_close(&stage);
}

TEST(modes_are_asked_for_where_the_server_does_not_tell_of_turns)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR("#a"));
    chat_stage_register(&stage, STR("echo-message"));
    chat_stage_join(&stage, STR("#a"));
    CHECK_STR(chat_stage_sent(&stage), STR("MODE #a\r\n"));
    chat_stage_hear(&stage, STR(":s 324 alice #a +H 0"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: your turn] "));
    chat_stage_close(&stage);
}

TEST(a_message_out_of_turn_comes_back)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_hear(&stage, STR(":bob!b@h MODE #a +H 0"));
    chat_stage_type(&stage, STR("one\ntwo\n//three\n/me waves"));
    CHECK_STR(chat_stage_sent(&stage), STR("@label=c1 PRIVMSG #a :one\r\n"
                                           "@label=c2 PRIVMSG #a :two\r\n"
                                           "@label=c3 PRIVMSG #a :/three\r\n"
                                           "@label=c4 PRIVMSG #a :\x01"
                                           "ACTION waves\x01\r\n"));
    CHECK_STR(chat_stage_shown(&stage), STR("")); /* the echo shows it */
    CHECK_U64(chat_model_under_way(stage.model), 4);
    chat_stage_hear(&stage, STR("@label=c1 :alice!a@h PRIVMSG #a :one"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[08:00] <alice> one\n"));
    chat_stage_hear(&stage, STR("@label=c2 :s FAIL PRIVMSG FLOOR_REQUIRED #a bob :Not your turn\n"
                                "@label=c3 :s FAIL PRIVMSG FLOOR_REQUIRED #a bob :Not your turn\n"
                                "@label=c4 :s 404 alice #a :Not your turn"));
    CHECK_STR(chat_stage_shown(&stage),
              STR("!* #a: Not your turn\n!* #a: Not your turn\n!* #a: Not your turn\n"));
    CHECK_STR(chat_stage_returned(&stage), STR("two\n//three\n/me waves\n"));
    CHECK_U64(chat_model_under_way(stage.model), 0);
    CHECK_U64(chat_model_refusals(stage.model), 3);
    chat_stage_close(&stage);
}

/* --- what becomes of messages --- */

TEST(an_answer_to_something_else_is_no_refusal)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_type(&stage, STR("/whois bob\n/msg bob hi"));
    CHECK_STR(chat_stage_sent(&stage), STR("WHOIS bob\r\n@label=c1 PRIVMSG bob :hi\r\n"));
    chat_stage_hear(&stage, STR(":s 401 alice bob :No such nick"));
    CHECK_STR(chat_stage_returned(&stage), STR(""));
    chat_stage_hear(&stage, STR("@label=c1 :s 401 alice bob :No such nick"));
    CHECK_STR(chat_stage_returned(&stage), STR("/msg bob hi\n"));
    chat_stage_close(&stage);
}

TEST(a_batch_answers_its_label)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_type(&stage, STR("/msg bob hi\n/msg bob,carl hi"));
    chat_stage_hear(&stage, STR("@label=c1 :s BATCH +r1 labeled-response\n"
                                "@batch=r1 :alice!a@h PRIVMSG bob :hi\n"
                                "@batch=r1 :s 301 alice bob :lunch\n"
                                ":s BATCH -r1"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[08:00] -> *bob* hi\nA* bob is away: lunch\n"));
    CHECK_U64(chat_model_under_way(stage.model), 1);
    chat_stage_hear(&stage, STR("@label=c2 :s BATCH +r2 labeled-response\n"
                                "@batch=r2 :s 401 alice carl :No such nick\n"
                                "@batch=r2 :alice!a@h PRIVMSG bob :hi\n"
                                ":s BATCH -r2"));
    CHECK_STR(chat_stage_returned(&stage), STR("/msg bob,carl hi\n"));
    CHECK_U64(chat_model_under_way(stage.model), 0);
    chat_stage_close(&stage);
}

TEST(without_labels_a_ping_confirms)
{
    struct chat_stage stage;
    open_in_channels(&stage, ECHO_CAPS);
    chat_stage_type(&stage, STR("one\n/msg bob two"));
    CHECK_STR(chat_stage_sent(&stage), STR("PRIVMSG #a :one\r\nPING :c1\r\n"
                                           "PRIVMSG bob :two\r\nPING :c2\r\n"));
    chat_stage_hear(&stage, STR(":s 401 alice bob :No such nick\n:s PONG s c1\n:s PONG s c2"));
    CHECK_STR(chat_stage_returned(&stage), STR("/msg bob two\n"));
    CHECK_U64(chat_model_under_way(stage.model), 0);
    chat_stage_close(&stage);
}

TEST(without_echoes_own_messages_are_shown_when_sent)
{
    struct chat_stage stage;
    open_in_channels(&stage, STR(""));
    chat_stage_hear(&stage, STR(":s 324 alice #a +H 0"));
    chat_stage_type(&stage, STR("one\n/msg bob two"));
    CHECK_STR(chat_stage_shown(&stage), STR("M[08:00] <alice> one\nM[08:00] -> *bob* two\n"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: your turn] "));
    chat_stage_hear(&stage, STR(":s PONG s c1"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: waiting for bob] "));
    chat_stage_hear(&stage, STR(":bob!b@h PRIVMSG #a :x\n:s PONG s c2"));
    CHECK_STR(chat_stage_prompt(&stage), STR("[#a: your turn] "));
    chat_stage_close(&stage);
}

TEST(only_so_many_messages_are_under_way)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    for (int i = 0; i < 20; i++)
        chat_stage_type(&stage, STR("x"));
    CHECK_STR(chat_stage_sent(&stage), STR(""));
    CHECK_U64(chat_model_under_way(stage.model), 20);
    chat_stage_type(&stage, STR("/names")); /* keeps its place */
    CHECK_STR(chat_stage_sent(&stage), STR(""));
    chat_stage_hear(&stage, STR("@label=c1 :alice!a@h PRIVMSG #a :x"));
    CHECK_STR(chat_stage_sent(&stage), STR("@label=c17 PRIVMSG #a :x\r\n"));
    chat_stage_hear(&stage, STR("@label=c2 :alice!a@h PRIVMSG #a :x\n"
                                "@label=c3 :alice!a@h PRIVMSG #a :x\n"
                                "@label=c4 :alice!a@h PRIVMSG #a :x"));
    CHECK(str_ends_with(chat_stage_sent(&stage), STR("@label=c20 PRIVMSG #a :x\r\nNAMES #a\r\n")));
    chat_stage_close(&stage);
}

TEST(what_was_under_way_comes_back_when_the_connection_ends)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    chat_stage_type(&stage, STR("one\n/msg bob two"));
    chat_output_clear(&stage.out);
    chat_model_disconnected(stage.model, &stage.out);
    CHECK_STR(chat_stage_returned(&stage), STR("one\n/msg bob two\n"));
    CHECK(str_starts_with(chat_stage_shown(&stage), STR("!* 2 messages were not confirmed")));
    chat_stage_type(&stage, STR("three"));
    CHECK_STR(chat_stage_returned(&stage), STR("three\n"));
    CHECK_STR(chat_stage_sent(&stage), STR(""));
    CHECK_U64(chat_model_under_way(stage.model), 0);
    chat_stage_close(&stage);
}

TEST(a_barrier_settles_what_nobody_answers)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    CHECK(chat_model_barrier_passed(stage.model));
    chat_stage_type(&stage, STR("/notice nobody hi"));
    chat_output_clear(&stage.out);
    chat_model_ask_barrier(stage.model, &stage.out);
    CHECK_STR(chat_stage_sent(&stage), STR("PING :barrier-1\r\n"));
    CHECK(!chat_model_barrier_passed(stage.model));
    chat_stage_hear(&stage, STR(":s PONG s :barrier-1"));
    CHECK(chat_model_barrier_passed(stage.model));
    CHECK_U64(chat_model_under_way(stage.model), 0);
    chat_stage_close(&stage);
}

TEST(long_texts_are_cut_at_spaces_and_between_characters)
{
    struct chat_stage stage;
    open_in_channels(&stage, ALL_CAPS);
    struct buf text;
    buf_init(&text, 10000);
    for (int i = 0; i < 90; i++)
        buf_put(&text, STR("word-\xE5\xAD\x97 "));
    chat_stage_type(&stage, buf_str(&text));
    struct str sent = chat_stage_sent(&stage);
    size_t total = 0;
    size_t lines = 0;
    while (sent.len > 0) {
        struct str line = str_cut(&sent, '\n');
        size_t at = str_find(line, STR(" :"));
        struct str part = str_skip(line, at + 2);
        CHECK(at < line.len);
        part.len--; /* CR */
        total += part.len;
        lines++;
        /* As the server relays it, within 510 bytes. */
        CHECK(part.len + sizeof(":alice!~al@host PRIVMSG #a :") - 1 <= 510);
        CHECK(str_ends_with(part, STR(" ")));
    }
    CHECK_U64(total, text.len);
    CHECK_U64(lines, 2);

    buf_clear(&text);
    for (int i = 0; i < 400; i++)
        buf_put(&text, STR("\xE5\xAD\x97"));
    chat_stage_type(&stage, buf_str(&text));
    sent = chat_stage_sent(&stage);
    for (size_t i = 0; i < 3; i++) {
        struct str line = str_cut(&sent, '\n');
        size_t at = str_find(line, STR(" :"));
        CHECK_U64((line.len - at - 3) % 3, 0);
    }
    CHECK_U64(sent.len, 0);
    buf_deinit(&text);
    chat_stage_close(&stage);
}

TEST(any_bytes_are_survived)
{
    struct chat_stage stage;
    uint64_t seed = 7;
    static const char alphabet[] = ":@!#a b=;,+-HPRIVMSGJOINKCLSTA0123456789\x01\x03\xC3\xE5\r\t";
    open_in_channels(&stage, ALL_CAPS);
    for (int i = 0; i < 20000; i++) {
        char line[80];
        size_t len = unit_random_below(&seed, sizeof line);
        for (size_t j = 0; j < len; j++)
            line[j] = alphabet[unit_random_below(&seed, sizeof alphabet)];
        struct guard guard;
        struct str bytes = guard_copy(&guard, (struct str){.ptr = line, .len = len});
        chat_output_clear(&stage.out);
        if (i % 2 == 0)
            chat_model_receive(stage.model, bytes, &stage.out);
        else
            chat_model_type(stage.model, bytes, false, &stage.out);
        (void)chat_model_complete(stage.model, bytes, &stage.out.returned); /* only survived */
        guard_free(&guard);
    }
    chat_stage_close(&stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_with_the_capabilities_that_it_knows),
        cmocka_unit_test(registers_where_capabilities_are_refused_or_unknown),
        cmocka_unit_test(logs_in_before_it_has_a_nick),
        cmocka_unit_test(a_long_proof_goes_in_pieces),
        cmocka_unit_test(a_login_that_fails_ends_it_unless_it_has_worked_before),
        cmocka_unit_test(what_was_said_before_has_a_heading_and_an_end),
        cmocka_unit_test(tries_other_nicks_when_one_is_taken),
        cmocka_unit_test(gives_up_when_no_nick_is_taken_and_with_a_wrong_password),
        cmocka_unit_test(a_refused_nick_becomes_a_guest),
        cmocka_unit_test(a_refused_channel_counts_as_settled),
        cmocka_unit_test(lines_of_the_server_are_shown),
        cmocka_unit_test(local_time_is_shown),
        cmocka_unit_test(pings_are_answered),
        cmocka_unit_test(lines_that_are_too_long_are_cut_not_lost),
        cmocka_unit_test(what_the_ignored_say_is_not_shown),
        cmocka_unit_test(large_channels_are_counted_not_listed),
        cmocka_unit_test(the_target_follows_joins_and_leaves),
        cmocka_unit_test(a_new_nick_is_ours_and_that_of_a_query),
        cmocka_unit_test(channels_are_joined_again_after_the_connection_was_lost),
        cmocka_unit_test(the_prompt_says_whose_turn_it_is),
        cmocka_unit_test(modes_are_asked_for_where_the_server_does_not_tell_of_turns),
        cmocka_unit_test(a_message_out_of_turn_comes_back),
        cmocka_unit_test(an_answer_to_something_else_is_no_refusal),
        cmocka_unit_test(a_batch_answers_its_label),
        cmocka_unit_test(without_labels_a_ping_confirms),
        cmocka_unit_test(without_echoes_own_messages_are_shown_when_sent),
        cmocka_unit_test(only_so_many_messages_are_under_way),
        cmocka_unit_test(what_was_under_way_comes_back_when_the_connection_ends),
        cmocka_unit_test(a_barrier_settles_what_nobody_answers),
        cmocka_unit_test(long_texts_are_cut_at_spaces_and_between_characters),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
