/* Tests of base/pack.h. */
#include "base/pack.h"

#include "unit/support/unit.h"

TEST(numbers_come_back_and_take_seven_bits_a_byte)
{
    static const struct {
        uint64_t number;
        size_t bytes;
    } rows[] = {
        {0, 1},           {1, 1},
        {127, 1},         {128, 2},
        {16383, 2},       {16384, 3},
        {UINT32_MAX, 5},  {UINT64_C(1) << 62, 9},
        {UINT64_MAX, 10}, {UINT64_C(1) << 63, 10},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf out;
        buf_init(&out, 16);
        pack_number(&out, rows[i].number);
        CHECK_U64(out.len, rows[i].bytes);
        struct unpack in = UNPACK(buf_str(&out));
        CHECK_U64(unpack_number(&in), rows[i].number);
        CHECK(!in.is_bad);
        CHECK_U64(in.rest.len, 0);
        buf_deinit(&out);
    }
}

TEST(texts_and_numbers_come_back_in_their_order)
{
    struct buf out;
    buf_init(&out, 1000);
    pack_text(&out, STR("one"));
    pack_number(&out, 300);
    pack_text(&out, STR(""));
    buf_put(&out, STR("rest"));
    struct unpack in = UNPACK(buf_str(&out));
    CHECK_STR(unpack_text(&in), STR("one"));
    CHECK_U64(unpack_number(&in), 300);
    CHECK_STR(unpack_text(&in), STR(""));
    CHECK_STR(unpack_rest(&in), STR("rest"));
    CHECK(!in.is_bad);
    buf_deinit(&out);
}

TEST(what_is_cut_or_too_large_is_bad_and_reads_as_nothing)
{
    static const struct str rows[] = {
        STR_INIT(""),
        STR_INIT("\x80"),
        STR_INIT("\x05"
                 "four"),
        STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
        STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                 "x"),
        STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct unpack in = UNPACK(guard_copy(&guard, rows[i]));
        CHECK_U64(unpack_text(&in).len, 0);
        CHECK(in.is_bad);
        CHECK_U64(unpack_number(&in), 0);
        CHECK_U64(unpack_rest(&in).len, 0);
        guard_free(&guard);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_and_take_seven_bits_a_byte),
        cmocka_unit_test(texts_and_numbers_come_back_in_their_order),
        cmocka_unit_test(what_is_cut_or_too_large_is_bad_and_reads_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
