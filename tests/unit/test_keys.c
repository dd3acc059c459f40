/* Tests of terminal/keys.h. */
#include "terminal/keys.h"

#include "base/buf.h"
#include "unit/support/unit.h"

#define S STR_INIT

/* "t41" for the character U+0041, "e3" for EDIT_ command 3, and one letter for the other kinds. */
static void
put_key(struct buf *out, const struct key *key)
{
    static const char letters[] = {
        [KEY_TEXT] = 't', [KEY_EDIT] = 'e',  [KEY_ENTER] = 'N', [KEY_COMPLETE] = 'C',
        [KEY_END] = 'D',  [KEY_CLEAR] = 'L', [KEY_NONE] = '-',
    };
    buf_put_byte(out, letters[key->kind]);
    if (key->kind == KEY_TEXT)
        buf_printf(out, "%x", key->code_point);
    else if (key->kind == KEY_EDIT)
        buf_printf(out, "%d", (int)key->command);
    buf_put_byte(out, ' ');
}

static void
put_keys(struct buf *out, struct str *input)
{
    struct key key;
    while (keys_next(input, &key))
        put_key(out, &key);
}

static const struct {
    struct str input;
    struct str keys;
} rows[] = {
    {S("ab"), S("t61 t62 ")},
    {S("\xE4\xBD\xA0\xF0\x9F\x98\x80\xC3\xA9"), S("t4f60 t1f600 te9 ")},
    {S("\r\n\t\x04\x0C"), S("N N C D L ")},
    {S("\x01\x05\x02\x06"), S("e4 e5 e0 e1 ")},
    {S("\x1B[A\x1B[B\x1B[C\x1B[D"), S("e6 e7 e1 e0 ")},
    {S("\x1BOA\x1BOB\x1BOC\x1BOD"), S("e6 e7 e1 e0 ")},
    {S("\x1B[H\x1B[F\x1B[1~\x1B[4~\x1B[7~\x1B[8~"), S("e4 e5 e4 e5 e4 e5 ")},
    {S("\x1B[3~\x7F\b"), S("e9 e8 e8 ")},
    {S("\x1B[1;5C\x1B[1;5D\x1B"
       "b\x1B"
       "f"),
     S("e3 e2 e2 e3 ")},
    {S("\x17\x15\x0B\x19\x14"), S("e10 e13 e12 e14 e15 ")},
    {S("\x1B[5~\x1B[200~x\x1B[?1;2c\x1B[24;80R\x1BOP"), S("- - t78 - - - ")},
    {S("\x1Bx\x1B\x1Bz"), S("- - t7a ")},
    {S("\x16\x12\x00z"), S("- - - t7a ")},
    {S("\xFFz\xC3z\x80\xC2\x9Bz"), S("- t7a - t7a - - t7a ")},
    {S("\xE4\xBDz"), S("- - t7a ")},
};

TEST(keys_are_cut_from_the_input)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf out;
        buf_init(&out, 1000);
        struct guard guard;
        struct str input = guard_copy(&guard, rows[i].input);
        put_keys(&out, &input);
        CHECK_STR(buf_str(&out), rows[i].keys);
        CHECK_U64(input.len, 0);
        guard_free(&guard);
        buf_deinit(&out);
    }
}

/* The bytes of a key may come one after the other. */
TEST(keys_wait_for_their_last_byte)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf out;
        struct buf waiting;
        buf_init(&out, 1000);
        buf_init(&waiting, 100);
        for (size_t at = 0; at < rows[i].input.len; at++) {
            buf_put_byte(&waiting, rows[i].input.ptr[at]);
            struct str rest = buf_str(&waiting);
            put_keys(&out, &rest);
            buf_consume(&waiting, waiting.len - rest.len);
        }
        CHECK_STR(buf_str(&out), rows[i].keys);
        CHECK_U64(waiting.len, 0);
        buf_deinit(&waiting);
        buf_deinit(&out);
    }
}

TEST(beginnings_are_left_alone)
{
    static const struct str beginnings[] = {
        S(""),         S("\x1B"),  S("\x1B["),    S("\x1B[1"),
        S("\x1B[1;5"), S("\x1BO"), S("\xE4\xBD"), S("\xF0\x9F\x98"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(beginnings)); i++) {
        struct guard guard;
        struct str input = guard_copy(&guard, beginnings[i]);
        struct key key;
        CHECK(!keys_next(&input, &key));
        CHECK_U64(input.len, beginnings[i].len);
        guard_free(&guard);
    }
}

TEST(a_sequence_without_end_is_cut_off)
{
    char bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i == 0 ? '\x1B' : i == 1 ? '[' : '1';
    struct str input = {.ptr = bytes, .len = sizeof bytes};
    struct key key;
    CHECK(keys_next(&input, &key));
    CHECK(key.kind == KEY_NONE);
    CHECK(input.len > 60);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_cut_from_the_input),
        cmocka_unit_test(keys_wait_for_their_last_byte),
        cmocka_unit_test(beginnings_are_left_alone),
        cmocka_unit_test(a_sequence_without_end_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
