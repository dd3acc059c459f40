/* Tests of wire/mask.h. */
#include "wire/mask.h"

#include "base/utf8.h"
#include "unit/support/unit.h"

#include <string.h>

#define S STR_INIT

TEST(masks_match_what_they_stand_for)
{
    static const struct {
        struct str mask;
        struct str text;
        bool is_match;
    } rows[] = {
        {.mask = S("a?c"), .text = S("abc"), .is_match = true},
        {.mask = S("a?c"), .text = S("ac")},
        {.mask = S("a?c"), .text = S("abbc")},
        {.mask = S("a*c"), .text = S("ac"), .is_match = true},
        {.mask = S("a*c"), .text = S("abbbc"), .is_match = true},
        {.mask = S("a*c"), .text = S("abcd")},
        {.mask = S(""), .text = S(""), .is_match = true},
        {.mask = S(""), .text = S("a")},
        {.mask = S("a"), .text = S("")},
        {.mask = S("*"), .text = S(""), .is_match = true},
        {.mask = S("**"), .text = S(""), .is_match = true},
        {.mask = S("?"), .text = S("")},
        {.mask = S("*?"), .text = S("")},
        {.mask = S("*?"), .text = S("a"), .is_match = true},
        {.mask = S("?*"), .text = S("a"), .is_match = true},
        {.mask = S("*a*b*"), .text = S("xaxbx"), .is_match = true},
        {.mask = S("*ab"), .text = S("aab"), .is_match = true},
        {.mask = S("*aab"), .text = S("aaaab"), .is_match = true},
        {.mask = S("*!*@*.example.org"), .text = S("a!b@c.example.org"), .is_match = true},
        {.mask = S("*!*@*.example.org"), .text = S("a!b@example.org")},
        {.mask = S("A"), .text = S("a")},
        {.mask = S("*\\*"), .text = S("a\\b"), .is_match = true}, /* no escapes */
        {.mask = S("\\*"), .text = S("*")},
        /* '?' is a character, not a byte; what is no UTF-8 counts byte by byte. */
        {.mask = S("?"), .text = S("\xc3\xa4"), .is_match = true},
        {.mask = S("??"), .text = S("\xc3\xa4")},
        {.mask = S("a?b"), .text = S("a\xf0\x9f\x98\x80\x62"), .is_match = true},
        {.mask = S("??"), .text = S("\xff\xfe"), .is_match = true},
        {.mask = S("?"), .text = S("\xff\xfe")},
        {.mask = S("*\xa4"), .text = S("\xc3\xa4")}, /* not half a character */
        {.mask = {.ptr = NULL}, .text = {.ptr = NULL}, .is_match = true},
        {.mask = S("*"), .text = {.ptr = NULL}, .is_match = true},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard mask_guard;
        struct guard text_guard;
        struct str mask = guard_copy(&mask_guard, rows[i].mask);
        struct str text = guard_copy(&text_guard, rows[i].text);
        CHECK(mask_matches(mask, text) == rows[i].is_match);
        guard_free(&mask_guard);
        guard_free(&text_guard);
    }
}

/* The definition, as slow as it is clear. */
static bool /* NOLINTNEXTLINE(misc-no-recursion): it is the model for the loop under test */
matches_naively(struct str mask, struct str text)
{
    if (mask.len == 0)
        return text.len == 0;
    struct str mask_rest = str_skip(mask, 1);
    if (mask.ptr[0] == '*') {
        if (matches_naively(mask_rest, text))
            return true;
    } else if (text.len == 0 || (mask.ptr[0] != '?' && mask.ptr[0] != text.ptr[0])) {
        return false;
    }
    if (text.len == 0)
        return false;
    uint32_t code_point;
    size_t len = 1;
    if (mask.ptr[0] == '*' || mask.ptr[0] == '?')
        len = utf8_decode(text, &code_point);
    return matches_naively(mask.ptr[0] == '*' ? mask : mask_rest, str_skip(text, len));
}

/* A text, or a mask, of few different characters: many near misses. */
static struct str
random_text(uint64_t *random, bool is_mask, char *out)
{
    static const struct str pieces[] = {S("a"), S("b"), S("\xc3\xa4"), S("\xc3\xa5"),
                                        S("*"), S("?"), S("*")};
    size_t count = unit_random_below(random, is_mask ? 8 : 10);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        struct str piece = pieces[unit_random_below(random, is_mask ? 7 : 4)];
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
    }
    return (struct str){.ptr = out, .len = len};
}

TEST(random_masks_agree_with_the_definition)
{
    uint64_t random = 10;
    size_t matches = 0;
    for (size_t i = 0; unit_row(i, 200000); i++) {
        char mask_bytes[32];
        char text_bytes[32];
        struct str mask = random_text(&random, true, mask_bytes);
        struct str text = random_text(&random, false, text_bytes);
        bool is_match = matches_naively(mask, text);
        CHECK(mask_matches(mask, text) == is_match);
        matches += is_match ? 1 : 0;
    }
    CHECK(matches > 10000); /* both answers were tested */
}

/* Would take longer than the universe has been there if stars multiplied. */
TEST(many_stars_do_not_explode)
{
    char mask[200];
    char text[5000];
    for (size_t i = 0; i < sizeof mask; i++)
        mask[i] = i % 2 == 0 ? '*' : 'a';
    mask[sizeof mask - 1] = 'b';
    memset(text, 'a', sizeof text);
    CHECK(!mask_matches((struct str){.ptr = mask, .len = sizeof mask},
                        (struct str){.ptr = text, .len = sizeof text}));
}

TEST(masks_are_completed_to_nick_user_host)
{
    static const struct {
        struct str mask;
        struct str complete;
    } rows[] = {
        {.mask = S("bob"), .complete = S("bob!*@*")},
        {.mask = S("*.org"), .complete = S("*!*@*.org")},
        {.mask = S("bob!b"), .complete = S("bob!b@*")},
        {.mask = S("b@h"), .complete = S("*!b@h")},
        {.mask = S("bob!b@h"), .complete = S("bob!b@h")},
        {.mask = S("*"), .complete = S("*!*@*")},
        {.mask = S(""), .complete = S("*!*@*")},
        {.mask = {.ptr = NULL}, .complete = S("*!*@*")},
        {.mask = S("!"), .complete = S("*!*@*")},
        {.mask = S("@"), .complete = S("*!*@*")},
        {.mask = S("!@"), .complete = S("*!*@*")},
        {.mask = S("bob!"), .complete = S("bob!*@*")},
        {.mask = S("bob!@h"), .complete = S("bob!*@h")},
        {.mask = S("@h"), .complete = S("*!*@h")},
        {.mask = S("2001:db8::1"), .complete = S("*!*@2001:db8::1")},
        {.mask = S("192.0.2.*"), .complete = S("*!*@192.0.2.*")},
        {.mask = S("**bob***x!**@***"), .complete = S("*bob*x!*@*")},
        {.mask = S("b?b"), .complete = S("b?b!*@*")},
        {.mask = S("a!b!c@d@e"), .complete = S("a!b!c@d@e")},
        {.mask = S("a@b!c"), .complete = S("a@b!c@*")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct buf out;
        buf_init(&out, 200);
        mask_put_complete(&out, guard_copy(&guard, rows[i].mask));
        CHECK_STR(buf_str(&out), rows[i].complete);
        /* Completing what is complete changes nothing. */
        struct buf again;
        buf_init(&again, 200);
        mask_put_complete(&again, buf_str(&out));
        CHECK_STR(buf_str(&again), rows[i].complete);
        buf_deinit(&again);
        buf_deinit(&out);
        guard_free(&guard);
    }
}

TEST(wildcards_are_seen)
{
    static const struct {
        struct str mask;
        bool has_wildcards;
    } rows[] = {
        {.mask = S("")},
        {.mask = S("bob!b@h")},
        {.mask = S("bob*"), .has_wildcards = true},
        {.mask = S("?ob"), .has_wildcards = true},
        {.mask = {.ptr = NULL}},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(mask_has_wildcards(rows[i].mask) == rows[i].has_wildcards);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_match_what_they_stand_for),
        cmocka_unit_test(random_masks_agree_with_the_definition),
        cmocka_unit_test(many_stars_do_not_explode),
        cmocka_unit_test(masks_are_completed_to_nick_user_host),
        cmocka_unit_test(wildcards_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
