/* Tests of wire/totp.h. */
#include "wire/totp.h"

#include "unit/support/unit.h"

/* RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
static const unsigned char key[TOTP_KEY_BYTES + 1] = "12345678901234567890";

TEST(the_codes_are_those_of_the_specification)
{
    static const struct {
        int64_t seconds;
        const char *code;
    } rows[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint64_t step = 0;
        CHECK(totp_matches(key, str_from_nul(rows[i].code), rows[i].seconds * 1000, 0, &step));
        CHECK_U64(step, rows[i].seconds / 30);
    }
}

TEST(a_code_counts_for_a_step_before_and_behind_it_and_once)
{
    const int64_t now_ms = INT64_C(1111111109000);
    const uint64_t now = 37037036;
    uint64_t step = 0;
    CHECK(totp_matches(key, STR("081804"), now_ms + TOTP_STEP_MS, 0, &step));
    CHECK(totp_matches(key, STR("081804"), now_ms - TOTP_STEP_MS, 0, &step));
    CHECK_U64(step, now);
    CHECK(!totp_matches(key, STR("081804"), now_ms + 2 * TOTP_STEP_MS, 0, &step));
    CHECK(!totp_matches(key, STR("081804"), now_ms, step, &step));
    CHECK(totp_matches(key, STR("081804"), now_ms, now - 1, &step));
}

TEST(what_is_no_code_matches_nothing)
{
    static const char *const rows[] = {"", "08180", "0818040", "081805", "a81804", " 81804"};
    uint64_t step = 0;
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(!totp_matches(key, str_from_nul(rows[i]), INT64_C(1111111109000), 0, &step));
}

TEST(the_address_for_apps_is_escaped)
{
    struct buf out;
    buf_init(&out, 512);
    totp_put_uri(&out, key, STR("Net of mine"), STR("al[1]"));
    CHECK_STR(buf_str(&out),
              STR("otpauth://totp/Net%20of%20mine%3Aal%5B1%5D?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQ"
                  "OJQ&issuer=Net%20of%20mine"));
    buf_deinit(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_are_those_of_the_specification),
        cmocka_unit_test(a_code_counts_for_a_step_before_and_behind_it_and_once),
        cmocka_unit_test(what_is_no_code_matches_nothing),
        cmocka_unit_test(the_address_for_apps_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
