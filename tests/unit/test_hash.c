/* Tests of base/hash.h. */
#include "base/hash.h"

#include "base/attr.h"
#include "unit/support/unit.h"

#include <string.h>

static void
set_reference_key(void)
{
    unsigned char key[HASH_KEY_BYTES];
    for (unsigned char i = 0; i < sizeof key; i++)
        key[i] = i;
    hash_set_process_key(key);
}

/* From the paper of SipHash, appendix A, and its reference code: input 00 01 02 ... */
TEST(hash_is_siphash_2_4)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {
        {.len = 0, .hash = UINT64_C(0x726FDB47DD0E0E31)},
        {.len = 1, .hash = UINT64_C(0x74F839C593DC67FD)},
        {.len = 8, .hash = UINT64_C(0x93F5F5799A932462)},
        {.len = 15, .hash = UINT64_C(0xA129CA6149BE45E5)},
    };

    set_reference_key();
    char input[15];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (char)i;
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_U64(hash_bytes((struct str){.ptr = input, .len = rows[i].len}), rows[i].hash);
    CHECK_U64(hash_bytes(STR_NONE), rows[0].hash);
}

TEST(another_key_gives_other_hashes)
{
    set_reference_key();
    uint64_t before = hash_bytes(STR("alice"));
    CHECK_U64(hash_bytes(STR("alice")), before);
    static const unsigned char key[HASH_KEY_BYTES] = {1};
    hash_set_process_key(key);
    CHECK(hash_bytes(STR("alice")) != before);
}

TEST(keyed_hashes_depend_on_every_bit)
{
    unsigned char key[HASH_SECRET_BYTES] = {0};
    unsigned char first[HASH_KEYED_BYTES];
    unsigned char again[HASH_KEYED_BYTES];
    unsigned char other[HASH_KEYED_BYTES];
    hash_keyed(STR("abc"), key, first);
    hash_keyed(STR("abc"), key, again);
    CHECK(memcmp(first, again, sizeof first) == 0);
    hash_keyed(STR("abd"), key, other);
    CHECK(memcmp(first, other, sizeof first) != 0);
    key[31] = 1;
    hash_keyed(STR("abc"), key, other);
    CHECK(memcmp(first, other, sizeof first) != 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_siphash_2_4),
        cmocka_unit_test(another_key_gives_other_hashes),
        cmocka_unit_test(keyed_hashes_depend_on_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
