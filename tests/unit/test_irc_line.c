/* Tests of wire/irc_line.h. Examples are from modern.ircdocs and IRCv3 message-tags. */
#include "wire/irc_line.h"

#include "unit/support/unit.h"

#include <string.h>

/* --- parsing --- */

struct parsed {
    struct str line;
    enum irc_parse_result result;
    struct str tags;
    struct str source;
    struct str command;
    struct str params; /* each as <param> */
};

#define S STR_INIT

static const struct parsed examples[] = {
    {.line = S(":irc.example.com CAP LS * :multi-prefix extended-join sasl"),
     .source = S("irc.example.com"),
     .command = S("CAP"),
     .params = S("<LS><*><multi-prefix extended-join sasl>")},
    {.line = S("@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!"),
     .tags = S("id=234AB"),
     .source = S("dan!d@localhost"),
     .command = S("PRIVMSG"),
     .params = S("<#chan><Hey what's up!>")},
    {.line = S("CAP REQ :sasl"), .command = S("CAP"), .params = S("<REQ><sasl>")},
    {.line = S(":irc.example.com CAP * LIST :"),
     .source = S("irc.example.com"),
     .command = S("CAP"),
     .params = S("<*><LIST><>")},
    {.line = S("CAP * LS :multi-prefix sasl"),
     .command = S("CAP"),
     .params = S("<*><LS><multi-prefix sasl>")},
    {.line = S("CAP REQ :sasl message-tags foo"),
     .command = S("CAP"),
     .params = S("<REQ><sasl message-tags foo>")},
    {.line = S(":dan!d@localhost PRIVMSG #chan :Hey!"),
     .source = S("dan!d@localhost"),
     .command = S("PRIVMSG"),
     .params = S("<#chan><Hey!>")},
    {.line = S(":dan!d@localhost PRIVMSG #chan Hey!"),
     .source = S("dan!d@localhost"),
     .command = S("PRIVMSG"),
     .params = S("<#chan><Hey!>")},
    {.line = S(":dan!d@localhost PRIVMSG #chan ::-)"),
     .source = S("dan!d@localhost"),
     .command = S("PRIVMSG"),
     .params = S("<#chan><:-)>")},
    {.line = S("@id=123AB;rose CMD"), .tags = S("id=123AB;rose"), .command = S("CMD")},
    {.line = S("@url=;netsplit=tur,ty CMD"),
     .tags = S("url=;netsplit=tur,ty"),
     .command = S("CMD")},
    {.line = S(":nick!ident@host.com PRIVMSG me :Hello"),
     .source = S("nick!ident@host.com"),
     .command = S("PRIVMSG"),
     .params = S("<me><Hello>")},
    {.line = S("@aaa=bbb;ccc;example.com/ddd=eee :nick!ident@host.com PRIVMSG me :Hello"),
     .tags = S("aaa=bbb;ccc;example.com/ddd=eee"),
     .source = S("nick!ident@host.com"),
     .command = S("PRIVMSG"),
     .params = S("<me><Hello>")},
    {.line = S("@+example-client-tag=example-value TAGMSG #channel"),
     .tags = S("+example-client-tag=example-value"),
     .command = S("TAGMSG"),
     .params = S("<#channel>")},
    {.line = S("@msgid=63E1033A051D4B41B1AB1FA3CF4B243E :nick!user@host PRIVMSG #channel :Hello!"),
     .tags = S("msgid=63E1033A051D4B41B1AB1FA3CF4B243E"),
     .source = S("nick!user@host"),
     .command = S("PRIVMSG"),
     .params = S("<#channel><Hello!>")},
};

static const struct parsed corners[] = {
    /* Spaces: one or more separate, and they end a line without meaning. */
    {.line = S("  PING   a   b  "), .command = S("PING"), .params = S("<a><b>")},
    {.line = S("@t   :s   CMD   a   :b  c "),
     .tags = S("t"),
     .source = S("s"),
     .command = S("CMD"),
     .params = S("<a><b  c >")},
    {.line = S("CMD a :"), .command = S("CMD"), .params = S("<a><>")},
    {.line = S("CMD :"), .command = S("CMD"), .params = S("<>")},
    {.line = S("CMD : "), .command = S("CMD"), .params = S("< >")},
    {.line = S("CMD a:b :c:d"), .command = S("CMD"), .params = S("<a:b><c:d>")},
    {.line = S("CMD ::"), .command = S("CMD"), .params = S("<:>")},
    {.line = S("CMD \ta\t b"), .command = S("CMD"), .params = S("<\ta\t><b>")},
    {.line = S("a"), .command = S("a")},
    {.line = S("CMD \x01 \x7f \xff"), .command = S("CMD"), .params = S("<\x01><\x7f><\xff>")},
    {.line = S("PRIVMSG #a :\xc3\xa4"), .command = S("PRIVMSG"), .params = S("<#a><\xc3\xa4>")},
    /* Tags only stand at the very beginning. */
    {.line = S(" @t CMD"), .command = S("@t"), .params = S("<CMD>")},
    {.line = S(":s @t CMD"), .source = S("s"), .command = S("@t"), .params = S("<CMD>")},
    {.line = S("@ CMD"), .tags = S(""), .command = S("CMD")},
    {.line = S(": CMD"), .source = S(""), .command = S("CMD")},
    {.line = S(" :s CMD"), .source = S("s"), .command = S("CMD")},
    /* Fifteen parameters; the last takes the rest, with or without a colon. */
    {.line = S("C 1 2 3 4 5 6 7 8 9 a b c d e"),
     .command = S("C"),
     .params = S("<1><2><3><4><5><6><7><8><9><a><b><c><d><e>")},
    {.line = S("C 1 2 3 4 5 6 7 8 9 a b c d e f"),
     .command = S("C"),
     .params = S("<1><2><3><4><5><6><7><8><9><a><b><c><d><e><f>")},
    {.line = S("C 1 2 3 4 5 6 7 8 9 a b c d e f g"),
     .command = S("C"),
     .params = S("<1><2><3><4><5><6><7><8><9><a><b><c><d><e><f g>")},
    {.line = S("C 1 2 3 4 5 6 7 8 9 a b c d e :f g"),
     .command = S("C"),
     .params = S("<1><2><3><4><5><6><7><8><9><a><b><c><d><e><f g>")},
    {.line = S("C 1 2 3 4 5 6 7 8 9 a b c d e f :g"),
     .command = S("C"),
     .params = S("<1><2><3><4><5><6><7><8><9><a><b><c><d><e><f :g>")},
    /* Nothing there. */
    {.line = S(""), .result = IRC_PARSE_EMPTY},
    {.line = S("   "), .result = IRC_PARSE_EMPTY},
    {.line = {.ptr = NULL}, .result = IRC_PARSE_EMPTY},
    {.line = S("@"), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S("@t"), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S("@t "), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S(":s"), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S(":s  "), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S(":"), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S("@t :s"), .result = IRC_PARSE_ERR_NO_COMMAND},
    {.line = S("@t :s "), .result = IRC_PARSE_ERR_NO_COMMAND},
    /* Bytes that others take for a line's end are forbidden everywhere. */
    {.line = S("\0"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("\r"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("@t\0 CMD"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("@t=\r CMD"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S(":s\r CMD"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("C\0MD"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("CMD a\0b"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("CMD a\rQUIT"), .result = IRC_PARSE_ERR_FORBIDDEN},
    {.line = S("CMD :a\0"), .result = IRC_PARSE_ERR_FORBIDDEN},
};

static void
put_joined(struct buf *out, const struct irc_msg *msg)
{
    for (size_t i = 0; i < msg->param_count; i++)
        buf_printf(out, "<%.*s>", STR_ARG(msg->params[i]));
}

static void
check_parse(const struct parsed *expected)
{
    struct guard guard;
    struct str line = guard_copy(&guard, expected->line);
    struct irc_msg msg;
    memset(&msg, 0x77, sizeof msg);
    struct irc_msg untouched = msg;
    CHECK_I64(irc_line_parse(line, &msg), expected->result);
    if (expected->result == IRC_PARSE_OK) {
        CHECK_STR(msg.tags, expected->tags);
        CHECK(msg.tags.len > 0 || (msg.tags.ptr != NULL) == (expected->tags.ptr != NULL));
        CHECK_STR(msg.source, expected->source);
        CHECK_STR(msg.command, expected->command);
        struct buf params;
        buf_init(&params, LIMIT_INPUT_LINE_BYTES);
        put_joined(&params, &msg);
        CHECK_STR(buf_str(&params), expected->params);
        buf_deinit(&params);
    } else {
        CHECK(memcmp(&msg, &untouched, sizeof msg) == 0);
    }
    guard_free(&guard);
}

TEST(parse_takes_the_examples_of_the_specifications)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(examples)); i++)
        check_parse(&examples[i]);
}

TEST(parse_takes_or_refuses_corner_cases)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(corners)); i++)
        check_parse(&corners[i]);
}

/* Every beginning of a line is a line: none is read past its end, none gives an empty command. */
static void
check_beginnings(struct str line)
{
    for (size_t len = 0; len <= line.len; len++) {
        struct guard guard;
        struct str beginning = guard_copy(&guard, str_take(line, len));
        struct irc_msg msg;
        if (irc_line_parse(beginning, &msg) == IRC_PARSE_OK) {
            CHECK(msg.command.len > 0);
            CHECK(msg.param_count <= LIMIT_PARAMS);
            for (size_t i = 0; i < msg.param_count; i++)
                CHECK(msg.params[i].ptr + msg.params[i].len <= beginning.ptr + beginning.len);
        }
        guard_free(&guard);
    }
}

TEST(parse_stays_inside_every_beginning_of_a_line)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(examples)); i++)
        check_beginnings(examples[i].line);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(corners)); i++)
        check_beginnings(corners[i].line);
}

TEST(parse_limits_tags_and_the_rest_separately)
{
    static const struct {
        size_t tag_bytes; /* 0: no tags */
        size_t line_bytes;
        enum irc_parse_result result;
    } rows[] = {
        {.line_bytes = LIMIT_LINE_BYTES - 1},
        {.line_bytes = LIMIT_LINE_BYTES},
        {.line_bytes = LIMIT_LINE_BYTES + 1, .result = IRC_PARSE_ERR_TOO_LONG},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES - 1, .line_bytes = 4},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES, .line_bytes = 4},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES + 1,
         .line_bytes = 4,
         .result = IRC_PARSE_ERR_TAGS_TOO_LONG},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES, .line_bytes = LIMIT_LINE_BYTES},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES,
         .line_bytes = LIMIT_LINE_BYTES + 1,
         .result = IRC_PARSE_ERR_TOO_LONG},
        {.tag_bytes = LIMIT_CLIENT_TAG_BYTES + 1,
         .line_bytes = LIMIT_LINE_BYTES + 1,
         .result = IRC_PARSE_ERR_TAGS_TOO_LONG},
        {.tag_bytes = 8191, .line_bytes = 4, .result = IRC_PARSE_ERR_TAGS_TOO_LONG},
        {.tag_bytes = 1, .line_bytes = LIMIT_LINE_BYTES},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf line;
        buf_init(&line, 20000);
        if (rows[i].tag_bytes > 0)
            buf_printf(&line, "@%0*d ", (int)rows[i].tag_bytes, 0);
        buf_printf(&line, "CMD %0*d", (int)rows[i].line_bytes - 4, 0);
        if (rows[i].line_bytes == 4)
            line.len--; /* no zero without a width */
        struct guard guard;
        struct irc_msg msg;
        CHECK_I64(irc_line_parse(guard_copy(&guard, buf_str(&line)), &msg), rows[i].result);
        guard_free(&guard);
        buf_deinit(&line);
    }
}

/* --- cutting --- */

static const struct {
    struct str stream;
    struct str lines; /* each as <line> */
    struct str rest;
} streams[] = {
    {.stream = S(""), .lines = S(""), .rest = S("")},
    {.stream = S("PING a\r\n"), .lines = S("<PING a>"), .rest = S("")},
    {.stream = S("PING a\n"), .lines = S("<PING a>"), .rest = S("")},
    {.stream = S("A\r\nB\nC\r\n"), .lines = S("<A><B><C>"), .rest = S("")},
    {.stream = S("A\r\nB"), .lines = S("<A>"), .rest = S("B")},
    {.stream = S("A\r\nB\r"), .lines = S("<A>"), .rest = S("B\r")},
    {.stream = S("\r\n\n\r\n"), .lines = S("<><><>"), .rest = S("")},
    {.stream = S("A\r\r\r\n"), .lines = S("<A>"), .rest = S("")},
    {.stream = S("A\rB\r\n"), .lines = S("<A\rB>"), .rest = S("")},
    {.stream = S("\rA\n"), .lines = S("<\rA>"), .rest = S("")},
    {.stream = S("A\0B\nC\0"), .lines = S("<A\0B>"), .rest = S("C\0")},
    {.stream = S("@a=b :c D e :f g\r\n\xff\xfe\r\n"),
     .lines = S("<@a=b :c D e :f g><\xff\xfe>"),
     .rest = S("")},
};

/* What a reader keeps, and the lines that it has seen. */
struct reader {
    struct buf kept;
    struct buf lines;
};

static void
reader_feed(struct reader *reader, struct str bytes)
{
    buf_put(&reader->kept, bytes);
    struct guard guard;
    struct str input = guard_copy(&guard, buf_str(&reader->kept));
    size_t before = input.len;
    struct str line = STR("untouched");
    while (irc_line_cut(&input, &line) == IRC_CUT_LINE) {
        buf_put_byte(&reader->lines, '<');
        buf_put(&reader->lines, line);
        buf_put_byte(&reader->lines, '>');
        CHECK(input.len < before);
    }
    buf_consume(&reader->kept, before - input.len);
    guard_free(&guard);
}

static void
reader_init(struct reader *reader)
{
    buf_init(&reader->kept, 1000);
    buf_init(&reader->lines, 1000);
}

static void
reader_check(struct reader *reader, size_t row)
{
    CHECK_STR(buf_str(&reader->lines), streams[row].lines);
    CHECK_STR(buf_str(&reader->kept), streams[row].rest);
    buf_deinit(&reader->kept);
    buf_deinit(&reader->lines);
}

TEST(cut_gives_the_same_lines_for_every_split)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(streams)); i++) {
        for (size_t split = 0; split <= streams[i].stream.len; split++) {
            struct reader reader;
            reader_init(&reader);
            reader_feed(&reader, str_take(streams[i].stream, split));
            reader_feed(&reader, str_skip(streams[i].stream, split));
            reader_check(&reader, i);
        }
    }
}

TEST(cut_gives_the_same_lines_byte_by_byte)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(streams)); i++) {
        struct reader reader;
        reader_init(&reader);
        for (size_t at = 0; at < streams[i].stream.len; at++)
            reader_feed(&reader, str_take(str_skip(streams[i].stream, at), 1));
        reader_check(&reader, i);
    }
}

TEST(cut_without_a_line_changes_nothing)
{
    struct str input = STR("no end\r");
    struct str line = STR("untouched");
    CHECK_I64(irc_line_cut(&input, &line), IRC_CUT_MORE);
    CHECK_STR(input, STR("no end\r"));
    CHECK_STR(line, STR("untouched"));
    input = STR_NONE;
    CHECK_I64(irc_line_cut(&input, &line), IRC_CUT_MORE);
}

/* --- putting --- */

static const struct {
    struct str params[4];
    size_t count;
    bool is_last_text;
    struct str expected;
} puts_rows[] = {
    {.count = 0, .expected = S("")},
    {.count = 0, .is_last_text = true, .expected = S("")},
    {.params = {S("a")}, .count = 1, .expected = S(" a")},
    {.params = {S("a")}, .count = 1, .is_last_text = true, .expected = S(" :a")},
    {.params = {S("")}, .count = 1, .expected = S(" :")},
    {.params = {{.ptr = NULL}}, .count = 1, .expected = S(" :")},
    {.params = {S("a b")}, .count = 1, .expected = S(" :a b")},
    {.params = {S(" ")}, .count = 1, .expected = S(" : ")},
    {.params = {S(":a")}, .count = 1, .expected = S(" ::a")},
    {.params = {S("a:")}, .count = 1, .expected = S(" a:")},
    {.params = {S("a"), S("b"), S("c")}, .count = 3, .expected = S(" a b c")},
    {.params = {S("a"), S("b"), S("c d")}, .count = 3, .expected = S(" a b :c d")},
    /* What can't stand in the middle. */
    {.params = {S(""), S("b")}, .count = 2, .expected = S(" * b")},
    {.params = {{.ptr = NULL}, S("b")}, .count = 2, .expected = S(" * b")},
    {.params = {S(":a"), S("b")}, .count = 2, .expected = S(" * b")},
    {.params = {S(":"), S("b")}, .count = 2, .expected = S(" * b")},
    {.params = {S(" "), S("b")}, .count = 2, .expected = S(" * b")},
    {.params = {S("a x"), S("b")}, .count = 2, .expected = S(" a b")},
    {.params = {S("a :x"), S("b")}, .count = 2, .expected = S(" a b")},
    {.params = {S(" a"), S("b")}, .count = 2, .is_last_text = true, .expected = S(" * :b")},
    {.params = {S("a:x"), S("b")}, .count = 2, .expected = S(" a:x b")},
};

TEST(put_params_marks_what_needs_a_colon)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(puts_rows)); i++) {
        struct buf out;
        buf_init(&out, 1000);
        irc_line_put_params(&out, puts_rows[i].params, puts_rows[i].count,
                            puts_rows[i].is_last_text);
        CHECK_STR(buf_str(&out), puts_rows[i].expected);
        buf_deinit(&out);
    }
}

/* Random bytes from a few that matter; middle ones without spaces, colons in front, or nothing. */
static struct str
random_param(uint64_t *random, bool is_last, char out[8])
{
    static const char letters[] = {'a', 'b', ':', '#', '\t', '\xc3', ' '};
    size_t len = unit_random_below(random, 7);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[unit_random_below(random, is_last ? 7 : 6)];
    if (!is_last && (len == 0 || out[0] == ':')) {
        out[0] = 'x';
        len = len == 0 ? 1 : len;
    }
    return (struct str){.ptr = out, .len = len};
}

TEST(put_params_come_back_from_the_parser)
{
    uint64_t random = 8;
    for (size_t i = 0; unit_row(i, 20000); i++) {
        char bytes[LIMIT_PARAMS][8];
        struct str params[LIMIT_PARAMS];
        size_t count = unit_random_below(&random, LIMIT_PARAMS + 1);
        for (size_t j = 0; j < count; j++)
            params[j] = random_param(&random, j + 1 == count, bytes[j]);
        struct buf line;
        buf_init(&line, LIMIT_LINE_BYTES);
        buf_put(&line, STR("CMD"));
        irc_line_put_params(&line, params, count, unit_random_below(&random, 2) == 0);
        struct irc_msg msg;
        CHECK_I64(irc_line_parse(buf_str(&line), &msg), IRC_PARSE_OK);
        CHECK_U64(msg.param_count, count);
        for (size_t j = 0; j < count; j++)
            CHECK_STR(msg.params[j], params[j]);
        buf_deinit(&line);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_takes_the_examples_of_the_specifications),
        cmocka_unit_test(parse_takes_or_refuses_corner_cases),
        cmocka_unit_test(parse_stays_inside_every_beginning_of_a_line),
        cmocka_unit_test(parse_limits_tags_and_the_rest_separately),
        cmocka_unit_test(cut_gives_the_same_lines_for_every_split),
        cmocka_unit_test(cut_gives_the_same_lines_byte_by_byte),
        cmocka_unit_test(cut_without_a_line_changes_nothing),
        cmocka_unit_test(put_params_marks_what_needs_a_colon),
        cmocka_unit_test(put_params_come_back_from_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
