/* Tests of base/buf.h. */
#include "base/buf.h"

#include "unit/support/unit.h"

#include <string.h>

TEST(fresh_buffer_is_empty_and_owns_nothing)
{
    struct buf buf;
    buf_init(&buf, 10);
    CHECK_U64(buf_str(&buf).len, 0);
    CHECK(buf.ptr == NULL);
    CHECK_U64(buf_room(&buf), 10);
    buf_deinit(&buf);
    buf_deinit(&buf);
    CHECK_U64(buf_room(&buf), 10);
}

TEST(put_cuts_at_the_maximum_and_remembers)
{
    static const struct {
        struct str first;
        struct str second;
        struct str content;
        bool is_truncated;
    } rows[] = {
        {.first = STR_INIT("1234"), .second = STR_INIT("567"), .content = STR_INIT("1234567")},
        {.first = STR_INIT("1234"), .second = STR_INIT("5678"), .content = STR_INIT("12345678")},
        {.first = STR_INIT("1234"),
         .second = STR_INIT("56789"),
         .content = STR_INIT("12345678"),
         .is_truncated = true},
        {.first = STR_INIT("12345678"),
         .second = STR_INIT("9"),
         .content = STR_INIT("12345678"),
         .is_truncated = true},
        {.first = STR_INIT("12345678"), .second = STR_INIT(""), .content = STR_INIT("12345678")},
        {.first = {.ptr = NULL}, .second = STR_INIT("1"), .content = STR_INIT("1")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf buf;
        buf_init(&buf, 8);
        buf_put(&buf, rows[i].first);
        CHECK(!buf.is_truncated);
        buf_put(&buf, rows[i].second);
        CHECK_STR(buf_str(&buf), rows[i].content);
        CHECK(buf.is_truncated == rows[i].is_truncated);
        CHECK_U64(buf_room(&buf), 8 - rows[i].content.len);
        buf_deinit(&buf);
    }
}

TEST(clear_forgets_content_and_truncation_and_keeps_memory)
{
    struct buf buf;
    buf_init(&buf, 4);
    buf_put(&buf, STR("12345"));
    CHECK(buf.is_truncated);
    const char *memory = buf.ptr;
    buf_clear(&buf);
    CHECK(!buf.is_truncated);
    CHECK_U64(buf.len, 0);
    buf_put(&buf, STR("ab"));
    CHECK(buf.ptr == memory);
    CHECK_STR(buf_str(&buf), STR("ab"));
    buf_deinit(&buf);
}

TEST(buffer_can_be_used_again_after_deinit)
{
    struct buf buf;
    buf_init(&buf, 4);
    buf_put(&buf, STR("12345"));
    buf_deinit(&buf);
    CHECK(!buf.is_truncated);
    buf_put(&buf, STR("xy"));
    CHECK_STR(buf_str(&buf), STR("xy"));
    buf_deinit(&buf);
}

TEST(numbers_are_written_in_decimal)
{
    static const struct {
        uint64_t number;
        struct str text;
    } rows[] = {
        {.number = 0, .text = STR_INIT("0")},
        {.number = 9, .text = STR_INIT("9")},
        {.number = 10, .text = STR_INIT("10")},
        {.number = UINT32_MAX, .text = STR_INIT("4294967295")},
        {.number = UINT64_C(10000000000000000000), .text = STR_INIT("10000000000000000000")},
        {.number = UINT64_MAX, .text = STR_INIT("18446744073709551615")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf buf;
        buf_init(&buf, 64);
        buf_put_u64(&buf, rows[i].number);
        CHECK_STR(buf_str(&buf), rows[i].text);
        buf_deinit(&buf);
    }
}

TEST(printf_puts_results_of_any_length)
{
    static const size_t lengths[] = {0, 1, 254, 255, 256, 257, 1000, 5000};
    char expected[5000];
    memset(expected, '0', sizeof expected);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(lengths)); i++) {
        struct buf buf;
        buf_init(&buf, 10000);
        buf_put(&buf, STR("<"));
        if (lengths[i] > 0)
            buf_printf(&buf, "%0*d", (int)lengths[i], 0);
        buf_printf(&buf, "%c", '>');
        CHECK_U64(buf.len, lengths[i] + 2);
        CHECK_STR(str_take(str_skip(buf_str(&buf), 1), lengths[i]),
                  ((struct str){.ptr = expected, .len = lengths[i]}));
        CHECK(!buf.is_truncated);
        buf_deinit(&buf);
    }
}

TEST(printf_is_cut_at_the_maximum)
{
    struct buf buf;
    buf_init(&buf, 300);
    buf_printf(&buf, "%0400d", 7);
    CHECK_U64(buf.len, 300);
    CHECK(buf.is_truncated);
    buf_deinit(&buf);
}

TEST(printf_takes_slices)
{
    struct buf buf;
    buf_init(&buf, 100);
    buf_printf(&buf, "%.*s|%.*s", STR_ARG(str_take(STR("abcdef"), 3)), STR_ARG(STR("")));
    CHECK_STR(buf_str(&buf), STR("abc|"));
    buf_deinit(&buf);
}

TEST(consume_forgets_the_beginning)
{
    static const struct {
        size_t len;
        struct str left;
    } rows[] = {
        {.len = 0, .left = STR_INIT("abcde")},
        {.len = 2, .left = STR_INIT("cde")},
        {.len = 5, .left = STR_INIT("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf buf;
        buf_init(&buf, 5);
        buf_put(&buf, STR("abcde"));
        buf_consume(&buf, rows[i].len);
        CHECK_STR(buf_str(&buf), rows[i].left);
        CHECK_U64(buf_room(&buf), rows[i].len);
        buf_deinit(&buf);
    }
}

TEST(consume_of_nothing_works_on_an_empty_buffer)
{
    struct buf buf;
    buf_init(&buf, 5);
    buf_consume(&buf, 0);
    CHECK_U64(buf.len, 0);
    buf_deinit(&buf);
}

TEST(reserve_gives_room_up_to_the_maximum)
{
    static const struct {
        size_t used;
        size_t wanted;
        bool is_given;
    } rows[] = {
        {.used = 0, .wanted = 0, .is_given = true},
        {.used = 0, .wanted = 99, .is_given = true},
        {.used = 0, .wanted = 100, .is_given = true},
        {.used = 0, .wanted = 101},
        {.used = 60, .wanted = 40, .is_given = true},
        {.used = 60, .wanted = 41},
        {.used = 100, .wanted = 0, .is_given = true},
        {.used = 100, .wanted = 1},
        {.used = 1, .wanted = SIZE_MAX},
    };

    char bytes[100];
    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf buf;
        buf_init(&buf, 100);
        buf_put(&buf, (struct str){.ptr = bytes, .len = rows[i].used});
        char *into = buf_reserve(&buf, rows[i].wanted);
        CHECK((into != NULL) == rows[i].is_given);
        CHECK_U64(buf.len, rows[i].used);
        if (into != NULL) {
            memset(into, 'y', rows[i].wanted);
            buf_commit(&buf, rows[i].wanted);
            CHECK_U64(buf.len, rows[i].used + rows[i].wanted);
        }
        buf_deinit(&buf);
    }
}

TEST(commit_counts_less_than_was_reserved)
{
    struct buf buf;
    buf_init(&buf, 100);
    char *into = buf_reserve(&buf, 50);
    CHECK(into != NULL);
    memcpy(into, "abc", 3);
    buf_commit(&buf, 3);
    CHECK_STR(buf_str(&buf), STR("abc"));
    buf_deinit(&buf);
}

TEST(nul_terminator_fits_behind_a_full_buffer)
{
    struct buf buf;
    buf_init(&buf, 64);
    CHECK_STR(str_from_nul(buf_nul_terminated(&buf)), STR(""));
    for (int i = 0; i < 64; i++)
        buf_put_byte(&buf, 'x');
    CHECK_U64(strlen(buf_nul_terminated(&buf)), 64);
    CHECK_U64(buf.len, 64);
    buf_put_byte(&buf, 'y');
    CHECK(buf.is_truncated);
    CHECK_U64(strlen(buf_nul_terminated(&buf)), 64);
    buf_deinit(&buf);
}

static void
consume_too_much(void *argument)
{
    buf_consume(argument, 6);
}

TEST(more_than_there_is_can_not_be_consumed)
{
    struct buf buf;
    buf_init(&buf, 5);
    buf_put(&buf, STR("abcde"));
    CHECK(unit_dies(consume_too_much, &buf));
    buf_deinit(&buf);
}

/* --- against a model: an array of fixed size --- */

#define MODEL_BYTES 700

struct model {
    char bytes[MODEL_BYTES];
    size_t len;
};

static void
model_put(struct model *model, struct str bytes)
{
    bytes = str_take(bytes, MODEL_BYTES - model->len);
    if (bytes.len > 0)
        memcpy(model->bytes + model->len, bytes.ptr, bytes.len);
    model->len += bytes.len;
}

static void
step(struct buf *buf, struct model *model, uint64_t *random)
{
    static const char source[] = "The quick brown fox jumps over the lazy dog, again and again";
    struct str bytes = str_take(STR(source), unit_random_below(random, sizeof source));
    size_t gone = 0;
    switch (unit_random_below(random, 6)) {
    case 0:
    case 1:
    case 2:
        buf_put(buf, bytes);
        model_put(model, bytes);
        break;
    case 3:
        buf_printf(buf, "%.*s", STR_ARG(bytes));
        model_put(model, bytes);
        break;
    case 4:
        gone = unit_random_below(random, buf->len + 1);
        buf_consume(buf, gone);
        memmove(model->bytes, model->bytes + gone, model->len - gone);
        model->len -= gone;
        break;
    default:
        CHECK_U64(strlen(buf_nul_terminated(buf)), model->len);
        break;
    }
}

TEST(random_steps_agree_with_a_fixed_array)
{
    uint64_t random = 1;
    struct buf buf;
    buf_init(&buf, MODEL_BYTES);
    struct model model = {.len = 0};
    for (size_t i = 0; unit_row(i, 5000); i++) {
        step(&buf, &model, &random);
        CHECK_STR(buf_str(&buf), ((struct str){.ptr = model.bytes, .len = model.len}));
        CHECK(buf.capacity <= MODEL_BYTES + 1);
    }
    buf_deinit(&buf);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_buffer_is_empty_and_owns_nothing),
        cmocka_unit_test(put_cuts_at_the_maximum_and_remembers),
        cmocka_unit_test(clear_forgets_content_and_truncation_and_keeps_memory),
        cmocka_unit_test(buffer_can_be_used_again_after_deinit),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(printf_puts_results_of_any_length),
        cmocka_unit_test(printf_is_cut_at_the_maximum),
        cmocka_unit_test(printf_takes_slices),
        cmocka_unit_test(consume_forgets_the_beginning),
        cmocka_unit_test(consume_of_nothing_works_on_an_empty_buffer),
        cmocka_unit_test(reserve_gives_room_up_to_the_maximum),
        cmocka_unit_test(commit_counts_less_than_was_reserved),
        cmocka_unit_test(nul_terminator_fits_behind_a_full_buffer),
        cmocka_unit_test(more_than_there_is_can_not_be_consumed),
        cmocka_unit_test(random_steps_agree_with_a_fixed_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
