/* Tests of chat/commands.c and chat/complete.c: what is typed. */
#include "chat/model.h"

#include "unit/chat_stage.h"
#include "unit/support/unit.h"

#define S STR_INIT

static void
open_in_channels(struct chat_stage *stage)
{
    chat_stage_open(stage, STR("#a #b"));
    chat_stage_register(stage, STR("echo-message batch labeled-response confab.chat/floor"));
    chat_stage_join(stage, STR("#a"));
    chat_stage_join(stage, STR("#b"));
}

TEST(commands_become_lines)
{
    static const struct {
        struct str typed;
        struct str sent;
    } rows[] = {
        {S("/join #c"), S("JOIN #c\r\n")},
        {S("/j c key"), S("JOIN #c key\r\n")},
        {S("/JOIN  #c"), S("JOIN #c\r\n")},
        {S("/join #b"), S("")}, /* only switches */
        {S("/to #a"), S("")},
        {S("/part"), S("PART #a\r\n")},
        {S("/part good bye"), S("PART #a :good bye\r\n")},
        {S("/part #b good bye"), S("PART #b :good bye\r\n")},
        {S("/nick bobby"), S("NICK bobby\r\n")},
        {S("/names"), S("NAMES #a\r\n")},
        {S("/names #b"), S("NAMES #b\r\n")},
        {S("/who"), S("WHO #a\r\n")},
        {S("/who *.org"), S("WHO *.org\r\n")},
        {S("/whois bob"), S("WHOIS bob\r\n")},
        {S("/list"), S("LIST\r\n")},
        {S("/list #c*"), S("LIST #c*\r\n")},
        {S("/topic"), S("TOPIC #a\r\n")},
        {S("/topic more news"), S("TOPIC #a :more news\r\n")},
        {S("/topic #b more news"), S("TOPIC #b :more news\r\n")},
        {S("/away"), S("AWAY\r\n")},
        {S("/away for lunch"), S("AWAY :for lunch\r\n")},
        {S("/invite bob"), S("INVITE bob #a\r\n")},
        {S("/invite bob #b"), S("INVITE bob #b\r\n")},
        {S("/kick bob"), S("KICK #a bob\r\n")},
        {S("/kick bob being rude"), S("KICK #a bob :being rude\r\n")},
        {S("/kick #b bob being rude"), S("KICK #b bob :being rude\r\n")},
        {S("/mode"), S("MODE #a\r\n")},
        {S("/mode +H 30"), S("MODE #a +H 30\r\n")},
        {S("/mode -i"), S("MODE #a -i\r\n")},
        {S("/mode #b +o bob"), S("MODE #b +o bob\r\n")},
        {S("/mode alice +i"), S("MODE alice +i\r\n")},
        {S("/turn"), S("FLOOR STATUS #a\r\n")},
        {S("/skip"), S("FLOOR SKIP #a\r\n")},
        {S("/motd"), S("MOTD\r\n")},
        {S("/oper name secret"), S("OPER name secret\r\n")},
        {S("/quote FOO  bar :x y"), S("FOO  bar :x y\r\n")},
        {S("/raw FOO"), S("FOO\r\n")},
        {S("hello  there "), S("@label=c1 PRIVMSG #a :hello  there \r\n")},
        {S("//hello"), S("@label=c2 PRIVMSG #a :/hello\r\n")},
        {S("/me waves"), S("@label=c3 PRIVMSG #a :\x01"
                           "ACTION waves\x01\r\n")},
        {S("/msg bob hi  there"), S("@label=c4 PRIVMSG bob :hi  there\r\n")},
        {S("/notice #b hi"), S("@label=c5 NOTICE #b :hi\r\n")},
        {S("/query bob hi"), S("@label=c6 PRIVMSG bob :hi\r\n")},
        {S("more"), S("@label=c7 PRIVMSG bob :more\r\n")},
        {S("/channel #b"), S("")},
        {S("there"), S("@label=c8 PRIVMSG #b :there\r\n")},
        {S(""), S("")},
    };
    struct chat_stage stage;
    open_in_channels(&stage);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        chat_stage_type(&stage, rows[i].typed);
        CHECK_STR(chat_stage_sent(&stage), rows[i].sent);
        CHECK_STR(chat_stage_returned(&stage), STR(""));
    }
    CHECK_U64(chat_model_refusals(stage.model), 0);
    chat_stage_close(&stage);
}

TEST(the_past_is_asked_for)
{
    static const struct {
        struct str typed;
        struct str sent; /* empty: it comes back */
    } rows[] = {
        {S("/history"), S("CHATHISTORY LATEST #a * 20\r\n")},
        {S("/history 5"), S("CHATHISTORY LATEST #a * 5\r\n")},
        {S("/history #b 99999"), S("CHATHISTORY LATEST #b * 1000\r\n")},
        {S("/search two words"), S("SEARCH in=#a;text=two\\swords\r\n")},
        {S("/search #b back\\slash"), S("SEARCH in=#b;text=back\\\\slash\r\n")},
        {S("/history 0"), S("")},
        {S("/history all"), S("")},
        {S("/search #b"), S("")},
        {S("/search"), S("")},
    };
    struct chat_stage stage;
    open_in_channels(&stage);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        chat_stage_type(&stage, rows[i].typed);
        CHECK_STR(chat_stage_sent(&stage), rows[i].sent);
        CHECK(chat_stage_returned(&stage).len > 0 || rows[i].sent.len > 0);
    }
    chat_stage_close(&stage);
}

TEST(what_can_not_be_done_comes_back_with_a_reason)
{
    static const struct {
        struct str typed;
        struct str reason; /* begins so */
        bool comes_back;
    } rows[] = {
        {S("/foo bar"), S("!* There is no /foo; //text says /text"), true},
        {S("/"), S("!* There is no /;"), true},
        {S("/join"), S("!* How it goes: /join #channel [key]"), true},
        {S("/msg bob"), S("!* How it goes: /msg nick text"), true},
        {S("/me"), S("!* How it goes: /me text"), true},
        {S("/kick"), S("!* How it goes: /kick nick [reason]"), true},
        {S("/to #nowhere"), S("!* You are not in that channel: /join #nowhere"), false},
        {S("no \xFF text"), S("!* That is no text in UTF-8"), false},
        {S("no \r text"), S("!* That is no text in UTF-8"), false},
    };
    struct chat_stage stage;
    open_in_channels(&stage);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        chat_stage_type(&stage, rows[i].typed);
        CHECK_STR(chat_stage_sent(&stage), STR(""));
        CHECK(str_starts_with(chat_stage_shown(&stage), rows[i].reason));
        CHECK((chat_stage_returned(&stage).len > 0) == rows[i].comes_back);
        CHECK_U64(chat_model_refusals(stage.model), i + 1);
    }
    chat_stage_close(&stage);
}

TEST(commands_about_here_need_a_here)
{
    struct chat_stage stage;
    chat_stage_open(&stage, STR(""));
    chat_stage_register(&stage, STR(""));
    chat_stage_type(&stage, STR("/names"));
    CHECK(str_starts_with(chat_stage_shown(&stage), STR("!* You are in no channel")));
    CHECK_STR(chat_stage_returned(&stage), STR("/names\n"));
    chat_stage_type(&stage, STR("/topic #x"));
    CHECK_STR(chat_stage_sent(&stage), STR("TOPIC #x\r\n"));
    chat_stage_close(&stage);
}

TEST(raw_lines_are_said)
{
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_output_clear(&stage.out);
    chat_model_type(stage.model, STR("/join #c"), true, &stage.out);
    CHECK_STR(chat_stage_sent(&stage), STR("@label=c1 PRIVMSG #a :/join #c\r\n"));
    chat_stage_close(&stage);
}

TEST(help_lists_every_command_and_explains_one)
{
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_stage_type(&stage, STR("/help"));
    struct str shown = chat_stage_shown(&stage);
    size_t lines = 0;
    while (shown.len > 0) {
        struct str line = str_cut(&shown, '\n');
        lines++;
        CHECK_U64(line.ptr[0], CHAT_ANSWER);
    }
    CHECK(lines > 20);
    chat_stage_type(&stage, STR("/help /me\n/help part"));
    CHECK_STR(chat_stage_shown(&stage), STR("A*   /me text - say what you do\n"
                                            "A*   /part [#channel] [reason] - leave a channel\n"));
    chat_stage_close(&stage);
}

TEST(the_turn_is_told_when_asked_for)
{
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_stage_hear(&stage, STR(":s FLOOR HELD #a bob 0"));
    CHECK_STR(chat_stage_shown(&stage), STR("")); /* nobody has asked */
    chat_stage_type(&stage, STR("/turn"));
    chat_stage_hear(&stage, STR(":s FLOOR HELD #a bob 0"));
    CHECK_STR(chat_stage_shown(&stage),
              STR("A[08:00] * In #a bob spoke last: everybody else may speak\n"));
    chat_stage_hear(&stage, STR(":s FLOOR FREE #a skipped"));
    CHECK_STR(chat_stage_shown(&stage), STR("E[08:00] * In #a the turn is free\n"));
    chat_stage_close(&stage);
}

TEST(wishes_are_passed_on)
{
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_stage_type(&stage, STR("/clear"));
    CHECK(stage.out.wants_clear);
    chat_stage_type(&stage, STR("/connect"));
    CHECK(!stage.out.wants_connect);
    chat_stage_type(&stage, STR("/quit see you"));
    CHECK_STR(chat_stage_sent(&stage), STR("QUIT :see you\r\n"));
    CHECK(stage.out.wants_quit);
    chat_stage_hear(&stage, STR("ERROR :Closing link"));
    CHECK_STR(chat_stage_shown(&stage), STR("")); /* no news */
    chat_model_disconnected(stage.model, &stage.out);
    chat_stage_type(&stage, STR("/connect"));
    CHECK(stage.out.wants_connect);
    chat_stage_close(&stage);
}

TEST(words_are_completed)
{
    static const struct {
        struct str text;
        struct str candidates; /* start of the word, ':', candidates */
    } rows[] = {
        {S("/jo"), S("0:/join \n")},
        {S("/NA"), S("0:/names \n")},
        {S("/n"), S("0:/notice \n/nick \n/names \n")},
        {S("/xyz"), S("0:")},
        {S("#"), S("0:#a \n#b \n")},
        {S("/part #B"), S("6:#b \n")},
        {S("b"), S("0:bob: \nBert: \n")},
        {S("hi b"), S("3:bob \nBert \n")},
        {S("/msg B"), S("5:bob \nBert \n")},
        {S("be"), S("0:Bert: \n")},
        {S("a"), S("0:")},         /* not oneself */
        {S("c"), S("0:carl: \n")}, /* in another channel */
        {S("\xE5\xB0\x8F"), S("0:\xE5\xB0\x8F\xE6\x98\x8E: \n")},
        {S("hi "), S("3:")},
        {S(""), S("0:")},
        {S("\xFF"), S("0:")},
    };
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_stage_hear(&stage, STR(":Bert!b@h JOIN #a\n:carl!c@h JOIN #b\n"
                                ":\xE5\xB0\x8F\xE6\x98\x8E!x@h JOIN #a"));
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_STR(chat_stage_complete(&stage, rows[i].text), rows[i].candidates);
    chat_stage_close(&stage);
}

TEST(who_spoke_last_is_completed_first)
{
    struct chat_stage stage;
    open_in_channels(&stage);
    chat_stage_hear(&stage, STR(":bert!b@h JOIN #a\n:bella!c@h JOIN #b\n:bert!b@h JOIN #b"));
    chat_stage_hear(&stage, STR(":bob!b@h PRIVMSG #a :x\n:bella!b@h PRIVMSG #b :y"));
    CHECK_STR(chat_stage_complete(&stage, STR("b")), STR("0:bob: \nbert: \nbella: \n"));
    chat_stage_hear(&stage, STR(":bert!b@h PRIVMSG #a :x"));
    CHECK_STR(chat_stage_complete(&stage, STR("b")), STR("0:bert: \nbob: \nbella: \n"));
    chat_stage_type(&stage, STR("/to #b"));
    CHECK_STR(chat_stage_complete(&stage, STR("b")), STR("0:bella: \nbob: \nbert: \n"));
    chat_stage_type(&stage, STR("/query bob"));
    CHECK_STR(chat_stage_complete(&stage, STR("b")), STR("0:bob: \nbert: \nbella: \n"));
    chat_stage_close(&stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_become_lines),
        cmocka_unit_test(the_past_is_asked_for),
        cmocka_unit_test(what_can_not_be_done_comes_back_with_a_reason),
        cmocka_unit_test(commands_about_here_need_a_here),
        cmocka_unit_test(raw_lines_are_said),
        cmocka_unit_test(help_lists_every_command_and_explains_one),
        cmocka_unit_test(the_turn_is_told_when_asked_for),
        cmocka_unit_test(wishes_are_passed_on),
        cmocka_unit_test(words_are_completed),
        cmocka_unit_test(who_spoke_last_is_completed_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
