/* Tests of base/log.h: lines are written to a pipe and read back. */
#include "base/log.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "unit/support/unit.h"

#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX 2048

static int reading_end;

static int
open_pipe(void **state CF_UNUSED)
{
    int ends[2];
    if (pipe(ends) == -1)
        return -1;
    reading_end = ends[0];
    log_open(ends[1], LOG_DEBUG);
    return 0;
}

/* What one read gets: one write, if there was one. The pipe holds a byte more than is there. */
static struct str
written(char out[LINE_BYTES_MAX * 2])
{
    ssize_t got = read(reading_end, out, LINE_BYTES_MAX * 2);
    CHECK(got > 0);
    return (struct str){.ptr = out, .len = (size_t)got};
}

/* The line without its time, which is checked to be one. */
static struct str
without_time(struct str line)
{
    CHECK(str_starts_with(line, STR("ts=20")));
    CHECK(line.len > 28);
    CHECK_STR(str_take(str_skip(line, 26), 2), STR("Z "));
    return str_skip(line, 28);
}

static const struct {
    struct str value;
    struct str shown;
} values[] = {
    {.value = STR_INIT("plain"), .shown = STR_INIT("plain")},
    {.value = STR_INIT(""), .shown = STR_INIT("\"\"")},
    {.value = STR_INIT("two words"), .shown = STR_INIT("\"two words\"")},
    {.value = STR_INIT("a=b"), .shown = STR_INIT("\"a=b\"")},
    {.value = STR_INIT("say \"hi\""), .shown = STR_INIT("\"say \\\"hi\\\"\"")},
    {.value = STR_INIT("back\\slash"), .shown = STR_INIT("\"back\\\\slash\"")},
    {.value = STR_INIT("line\nend"), .shown = STR_INIT("\"line\\x0aend\"")},
    {.value = STR_INIT("\r\t\0"), .shown = STR_INIT("\"\\x0d\\x09\\x00\"")},
    {.value = STR_INIT("\x1b[2J"), .shown = STR_INIT("\"\\x1b[2J\"")},
    {.value = STR_INIT("\x7f"), .shown = STR_INIT("\"\\x7f\"")},
    {.value = STR_INIT("gr\xc3\xbc\xc3\x9f"), .shown = STR_INIT("\"gr\xc3\xbc\xc3\x9f\"")},
    /* U+009B is the same to a terminal as ESC [. */
    {.value = STR_INIT("\xc2\x9b\x32J"), .shown = STR_INIT("\"\\xc2\\x9b2J\"")},
    {.value = STR_INIT("\xc2\xa0"), .shown = STR_INIT("\"\xc2\xa0\"")},
    /* What is no UTF-8 is shown as bytes. */
    {.value = STR_INIT("\x9b\x32J"), .shown = STR_INIT("\"\\x9b2J\"")},
    {.value = STR_INIT("\xff\xfe"), .shown = STR_INIT("\"\\xff\\xfe\"")},
    {.value = STR_INIT("half \xc3"), .shown = STR_INIT("\"half \\xc3\"")},
    {.value = STR_INIT("\xe2\x82"), .shown = STR_INIT("\"\\xe2\\x82\"")},
};

TEST(values_are_quoted_and_escaped)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(values)); i++) {
        log_line(LOG_INFO, "test", "said", LOG_STR("text", values[i].value), LOG_NUM("n", -5));
        struct buf expected;
        buf_init(&expected, LINE_BYTES_MAX);
        buf_printf(&expected, "level=info module=test msg=said text=%.*s n=-5\n",
                   STR_ARG(values[i].shown));
        char bytes[LINE_BYTES_MAX * 2];
        CHECK_STR(without_time(written(bytes)), buf_str(&expected));
        buf_deinit(&expected);
    }
}

TEST(levels_are_named_and_messages_quoted)
{
    static const struct {
        enum log_level level;
        struct str shown;
    } rows[] = {
        {.level = LOG_DEBUG, .shown = STR_INIT("level=debug module=m msg=\"a b\" n=1\n")},
        {.level = LOG_INFO, .shown = STR_INIT("level=info module=m msg=\"a b\" n=1\n")},
        {.level = LOG_WARN, .shown = STR_INIT("level=warn module=m msg=\"a b\" n=1\n")},
        {.level = LOG_ERROR, .shown = STR_INIT("level=error module=m msg=\"a b\" n=1\n")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        log_line(rows[i].level, "m", "a b", LOG_NUM("n", 1));
        char bytes[LINE_BYTES_MAX * 2];
        CHECK_STR(without_time(written(bytes)), rows[i].shown);
    }
}

TEST(lines_under_the_level_are_dropped)
{
    log_set_level(LOG_WARN);
    log_line(LOG_DEBUG, "m", "no", LOG_NUM("n", 1));
    log_line(LOG_INFO, "m", "no", LOG_NUM("n", 2));
    log_line(LOG_WARN, "m", "yes", LOG_NUM("n", 3));
    log_set_level(LOG_DEBUG);
    char bytes[LINE_BYTES_MAX * 2];
    CHECK_STR(without_time(written(bytes)), STR("level=warn module=m msg=yes n=3\n"));
}

/* A line that was cut is one line still, its quotes are closed, and no character is halved. */
TEST(long_lines_are_cut_and_stay_lines)
{
    static const struct str repeated[] = {
        STR_INIT("x"),    STR_INIT(" "), STR_INIT("\n"), STR_INIT("\""), STR_INIT("\xe2\x82\xac"),
        STR_INIT("\xff"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(repeated)); i++) {
        for (size_t shift = 0; shift < 8; shift++) {
            struct buf value;
            buf_init(&value, 3 * (size_t)LINE_BYTES_MAX);
            for (size_t j = 0; j < shift; j++)
                buf_put_byte(&value, 'y');
            while (buf_room(&value) >= repeated[i].len)
                buf_put(&value, repeated[i]);
            log_line(LOG_INFO, "m", "long", LOG_STR("v", buf_str(&value)), LOG_NUM("n", 1));
            buf_deinit(&value);
            char bytes[LINE_BYTES_MAX * 2];
            struct str line = written(bytes);
            CHECK(line.len <= LINE_BYTES_MAX);
            CHECK(line.len > LINE_BYTES_MAX - 16);
            CHECK_U64(str_find_byte(line, '\n'), line.len - 1);
            CHECK(utf8_is_valid(line));
            bool is_quoted = !str_equal(repeated[i], STR("x"));
            CHECK(!is_quoted || str_ends_with(line, STR("\"\n")));
        }
    }
}

TEST(values_of_any_length_near_the_maximum_leave_the_line_whole)
{
    static const char fillers[] = {'x', ' '};
    char value[LINE_BYTES_MAX];
    for (size_t i = 0; unit_row(i, ARRAY_LEN(fillers)); i++) {
        memset(value, fillers[i], sizeof value);
        for (size_t len = LINE_BYTES_MAX - 120; len <= LINE_BYTES_MAX; len++) {
            log_line(LOG_INFO, "m", "long", LOG_STR("v", ((struct str){value, len})),
                     LOG_STR("w", STR("a b")), LOG_NUM("n", 1));
            char bytes[LINE_BYTES_MAX * 2];
            struct str line = written(bytes);
            CHECK(line.len <= LINE_BYTES_MAX);
            CHECK_U64(str_find_byte(line, '\n'), line.len - 1);
        }
    }
}

TEST(many_fields_are_cut_between_fields)
{
    static struct log_field fields[300];
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        fields[i] = LOG_NUM("number", 1234567);
    log_fields(LOG_INFO, "m", "many", fields, ARRAY_LEN(fields));
    char bytes[LINE_BYTES_MAX * 2];
    struct str line = written(bytes);
    CHECK(line.len <= LINE_BYTES_MAX);
    CHECK_U64(str_find_byte(line, '\n'), line.len - 1);
}

TEST(levels_are_parsed_by_name)
{
    static const struct {
        struct str text;
        bool is_level;
        enum log_level level;
    } rows[] = {
        {.text = STR_INIT("debug"), .is_level = true, .level = LOG_DEBUG},
        {.text = STR_INIT("info"), .is_level = true, .level = LOG_INFO},
        {.text = STR_INIT("warn"), .is_level = true, .level = LOG_WARN},
        {.text = STR_INIT("error"), .is_level = true, .level = LOG_ERROR},
        {.text = STR_INIT("Info")},
        {.text = STR_INIT("")},
        {.text = STR_INIT("errors")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        enum log_level level = LOG_DEBUG;
        CHECK(log_level_parse(rows[i].text, &level) == rows[i].is_level);
        CHECK_U64(level, rows[i].level);
    }
}

TEST(limiter_allows_one_a_second_and_counts_the_others)
{
    static const struct {
        int64_t now_ms;
        bool is_allowed;
        uint64_t skipped;
    } rows[] = {
        {.now_ms = 5000, .is_allowed = true, .skipped = 0},
        {.now_ms = 5000},
        {.now_ms = 5999},
        {.now_ms = 6000, .is_allowed = true, .skipped = 2},
        {.now_ms = 9000, .is_allowed = true, .skipped = 0},
        {.now_ms = 9001},
        {.now_ms = 20000, .is_allowed = true, .skipped = 1},
    };
    struct log_limiter limiter = {.last_ms = 0};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint64_t skipped = 77;
        CHECK(log_limiter_allows(&limiter, rows[i].now_ms, &skipped) == rows[i].is_allowed);
        CHECK_U64(skipped, rows[i].is_allowed ? rows[i].skipped : 77);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_and_escaped),
        cmocka_unit_test(levels_are_named_and_messages_quoted),
        cmocka_unit_test(lines_under_the_level_are_dropped),
        cmocka_unit_test(long_lines_are_cut_and_stay_lines),
        cmocka_unit_test(values_of_any_length_near_the_maximum_leave_the_line_whole),
        cmocka_unit_test(many_fields_are_cut_between_fields),
        cmocka_unit_test(levels_are_parsed_by_name),
        cmocka_unit_test(limiter_allows_one_a_second_and_counts_the_others),
    };
    return cmocka_run_group_tests(tests, open_pipe, NULL);
}
