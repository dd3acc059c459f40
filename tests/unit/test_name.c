/* Tests of wire/name.h. */
#include "wire/name.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "unit/support/unit.h"

#include <string.h>

#define S STR_INIT

TEST(names_are_folded)
{
    static const struct {
        struct str name;
        struct str folded;
    } rows[] = {
        {.name = S(""), .folded = S("")},
        {.name = S("Alice"), .folded = S("alice")},
        {.name = S("[A]\\^{b}|~"), .folded = S("[a]\\^{b}|~")}, /* ASCII, not RFC 1459 */
        {.name = S("\xc3\x84pfel"), .folded = S("\xc3\xa4pfel")},
        {.name = S("A\xcc\x88pfel"), .folded = S("\xc3\xa4pfel")}, /* A, combining diaeresis */
        {.name = S("stra\xc3\x9f\x65"), .folded = S("strasse")},
        {.name = S("STRA\xe1\xba\x9e\x45"), .folded = S("strasse")}, /* capital sharp s */
        {.name = S("\xef\xbc\xa1\xef\xbd\x82\xef\xbc\x91"), .folded = S("ab1")}, /* full width */
        {.name = S("\xe2\x84\xaa\x65lvin"), .folded = S("kelvin")},              /* Kelvin sign */
        {.name = S("\xef\xac\x81n"), .folded = S("fin")},                        /* ligature fi */
        {.name = S("\xc5\xbf"), .folded = S("s")},                               /* long s */
        /* Turkish: the dotless i is a letter of its own, the dotted I keeps its dot. */
        {.name = S("\xc4\xb1"), .folded = S("\xc4\xb1")},
        {.name = S("\xc4\xb0"), .folded = S("i\xcc\x87")},
        /* Greek: all three sigmas are one. */
        {.name = S("\xce\xa3\xcf\x83\xcf\x82"), .folded = S("\xcf\x83\xcf\x83\xcf\x83")},
        {.name = S("\xe4\xb8\xad\xe6\x96\x87"), .folded = S("\xe4\xb8\xad\xe6\x96\x87")},
        {.name = S("\xef\xbd\xb1"), .folded = S("\xe3\x82\xa2")}, /* half-width katakana A */
        {.name = S("\xf0\x9f\x98\x80"), .folded = S("\xf0\x9f\x98\x80")},
        /* What can't be seen is no difference. */
        {.name = S("bo\xe2\x80\x8b\x62"), .folded = S("bob")}, /* zero-width space */
        {.name = S("bo\xe2\x80\x8d\x62"), .folded = S("bob")}, /* zero-width joiner */
        {.name = S("bo\xc2\xad\x62"), .folded = S("bob")},     /* soft hyphen */
        {.name = S("bob\xef\xb8\x8f"), .folded = S("bob")},    /* variation selector */
        {.name = S("bob\xe3\x85\xa4"), .folded = S("bob")},    /* Hangul filler */
        {.name = S("\xef\xbb\xbf\x62ob"), .folded = S("bob")}, /* byte order mark */
        {.name = S("\xe2\x80\xae\x62ob"), .folded = S("bob")}, /* right-to-left override */
        {.name = S("a\xc2\xa0\x62"), .folded = S("a b")},      /* no-break space */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct folded folded;
        CHECK(name_fold(guard_copy(&guard, rows[i].name), &folded));
        CHECK_STR(folded_str(&folded), rows[i].folded);
        guard_free(&guard);
    }
}

TEST(fold_refuses_what_is_no_utf_8)
{
    static const struct str rows[] = {
        S("\xff"), S("a\xc3"), S("\xc0\x80"), S("\xed\xa0\x80"), S("\xf4\x90\x80\x80"), S("\x80"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct folded folded = {.len = 3, .bytes = "bob"};
        CHECK(!name_fold(guard_copy(&guard, rows[i]), &folded));
        CHECK_STR(folded_str(&folded), STR("bob")); /* untouched */
        guard_free(&guard);
    }
}

TEST(fold_is_limited_before_and_after)
{
    static const struct {
        struct str piece;
        size_t count;
        bool is_folded;
        size_t folded_bytes;
    } rows[] = {
        {.piece = S("A"), .count = 191, .is_folded = true, .folded_bytes = 191},
        {.piece = S("A"), .count = 192, .is_folded = true, .folded_bytes = 192},
        {.piece = S("A"), .count = 193},
        {.piece = S("\xc3\x84"), .count = 96, .is_folded = true, .folded_bytes = 192},
        {.piece = S("\xc3\x84"), .count = 97},
        {.piece = S("\xf0\x9f\x98\x80"), .count = 48, .is_folded = true, .folded_bytes = 192},
        /* U+FDFA becomes 33 bytes, eighteen characters. */
        {.piece = S("\xef\xb7\xba"), .count = 5, .is_folded = true, .folded_bytes = 165},
        {.piece = S("\xef\xb7\xba"), .count = 6},
        {.piece = S("\xef\xb7\xba"), .count = 21},
        /* U+0390 is taken apart into three, of which 192 have room, before it is one again. */
        {.piece = S("\xce\x90"), .count = 96, .is_folded = false},
        {.piece = S("\xce\x90"), .count = 64, .is_folded = true, .folded_bytes = 128},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf name;
        buf_init(&name, 1000);
        for (size_t j = 0; j < rows[i].count; j++)
            buf_put(&name, rows[i].piece);
        struct folded folded;
        memset(&folded, 0x77, sizeof folded);
        struct folded untouched = folded;
        CHECK(name_fold(buf_str(&name), &folded) == rows[i].is_folded);
        if (rows[i].is_folded)
            CHECK_U64(folded.len, rows[i].folded_bytes);
        else
            CHECK(memcmp(&folded, &untouched, sizeof folded) == 0);
        buf_deinit(&name);
    }
}

/* Folding what is folded changes nothing: else one name could have two forms. */
static void
check_fold_is_stable(struct str name)
{
    struct folded once;
    struct folded twice;
    if (!name_fold(name, &once))
        unit_fail("folds", __FILE__, __LINE__);
    CHECK(name_fold(folded_str(&once), &twice));
    CHECK_STR(folded_str(&twice), folded_str(&once));
    CHECK(utf8_is_valid(folded_str(&once)));
}

TEST(fold_of_every_code_point_is_stable)
{
    for (uint32_t i = 1; i <= 0x10FFFF; i++) {
        if (i >= 0xD800 && i <= 0xDFFF)
            continue;
        char bytes[4];
        check_fold_is_stable((struct str){.ptr = bytes, .len = utf8_encode(i, bytes)});
    }
}

TEST(fold_of_sequences_is_stable)
{
    /* Letters and marks that combine, decompose, fold to several, or vanish. */
    static const uint32_t points[] = {
        0x41,   0x61,   0x69,   0x49,   0x73,   0xC4,   0xDF,    0x130,   0x131,  0x149,
        0x17F,  0x1F0,  0x300,  0x301,  0x307,  0x308,  0x323,   0x327,   0x344,  0x345,
        0x34F,  0x390,  0x3A3,  0x3B1,  0x3B9,  0x3C2,  0x587,   0x958,   0x1100, 0x1161,
        0x11A8, 0x1E9B, 0x1E9E, 0x1F80, 0x1F88, 0x200D, 0x2126,  0x212A,  0x212B, 0x2460,
        0x2ADC, 0x3164, 0xAC00, 0xFB01, 0xFE0F, 0xFF9E, 0x1D15E, 0x1F600,
    };
    size_t count = ARRAY_LEN(points);
    for (size_t i = 0; unit_row(i, count * count * count); i++) {
        char bytes[12];
        size_t len = utf8_encode(points[i % count], bytes);
        len += utf8_encode(points[i / count % count], bytes + len);
        len += utf8_encode(points[i / count / count], bytes + len);
        check_fold_is_stable((struct str){.ptr = bytes, .len = len});
    }
}

TEST(names_are_equal_when_their_folds_are)
{
    static const struct {
        struct str a;
        struct str b;
        bool is_equal;
    } rows[] = {
        {.a = S("Alice"), .b = S("aLICE"), .is_equal = true},
        {.a = S("\xc3\x84"), .b = S("\xc3\xa4"), .is_equal = true},
        {.a = S("\xc3\x84"), .b = S("A\xcc\x88"), .is_equal = true},
        {.a = S("[a]"), .b = S("{a}")},
        {.a = S("a"), .b = S("ab")},
        {.a = S(""), .b = S(""), .is_equal = true},
        {.a = S("\xff"), .b = S("\xff")}, /* no name */
        {.a = S("a"), .b = S("\xff")},
        {.a = S("\xd0\xb0"), .b = S("a")}, /* Cyrillic a: another letter */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(name_equal(rows[i].a, rows[i].b) == rows[i].is_equal);
        CHECK(name_equal(rows[i].b, rows[i].a) == rows[i].is_equal);
    }
}

static const struct {
    struct str name;
    bool is_nick;
} nicks[] = {
    {.name = S("a"), .is_nick = true},
    {.name = S("Alice-99"), .is_nick = true},
    {.name = S("[]{}\\|^`_-"), .is_nick = true},
    {.name = S("_"), .is_nick = true},
    {.name = S("\xc3\x84nne"), .is_nick = true},
    {.name = S("\xe4\xb8\xad\xe6\x96\x87"), .is_nick = true},
    {.name = S("\xf0\x9f\x98\x80"), .is_nick = true},
    {.name = S("\xe2\x9d\xa4\xef\xb8\x8f"), .is_nick = true}, /* a heart as phones write it */
    {.name = S("12345678901234567890123456789012")},          /* 32, but a digit first */
    {.name = S("a2345678901234567890123456789012"), .is_nick = true},
    {.name = S("a23456789012345678901234567890123")}, /* 33 */
    {.name = S("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
               "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"),
     .is_nick = true}, /* 32 bytes, 16 characters */
    {.name = S("")},
    {.name = {.ptr = NULL}},
    {.name = S("9a")},
    {.name = S("-a")},
    {.name = S("a b")},
    {.name = S("a!b")},
    {.name = S("a@b")},
    {.name = S("a.b")},
    {.name = S("a:b")},
    {.name = S("a,b")},
    {.name = S("a*")},
    {.name = S("a?")},
    {.name = S("#a")},
    {.name = S("~a")},
    {.name = S("&a")},
    {.name = S("%a")},
    {.name = S("+a")},
    {.name = S("$a")},
    {.name = S("a\0")},
    {.name = S("a\x01")},
    {.name = S("a\x7f")},
    {.name = S("a\xff")},
    {.name = S("a\xc2\x85")},         /* a C1 control */
    {.name = S("a\xc2\xa0")},         /* no-break space */
    {.name = S("a\xe2\x80\x8b")},     /* zero-width space */
    {.name = S("a\xe2\x80\xae")},     /* right-to-left override */
    {.name = S("a\xe2\x80\xa8")},     /* line separator */
    {.name = S("a\xee\x80\x80")},     /* private use */
    {.name = S("a\xf3\xa0\x81\x81")}, /* a tag character */
    /* The folded form must be a nick, too. */
    {.name = S("\xef\xbc\xa0\x61")}, /* full-width @ */
    {.name = S("a\xef\xbc\x81")},    /* full-width ! */
    {.name = S("\xef\xbc\x91\x61")}, /* full-width 1 first */
    {.name = S("\xe2\x91\xa0\x61")}, /* circled 1 first */
    {.name = S("\xe2\x80\xa4\x61")}, /* one dot leader: '.' */
    {.name = S("\xe3\x85\xa4")},     /* nothing but a Hangul filler */
    {.name = S("\xcd\x8f")},         /* nothing but a joiner */
    {.name = S("\xef\xb7\xba\x61")}, /* with spaces in its long form */
    /* A mark would be drawn on what stands before the name. */
    {.name = S("\xcc\x81\x61")},
    {.name = S("\xe2\x83\x9d\x61")}, /* combining enclosing circle */
    {.name = S("\xe0\xa4\xbe\x61")}, /* Devanagari vowel sign */
    {.name = S("a\xcc\x81"), .is_nick = true},
    {.name = S("a\xe2\xa0\x80")}, /* Braille without dots: a space to the eye */
};

TEST(nicks_are_told_from_what_is_none)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(nicks)); i++) {
        struct guard guard;
        CHECK(name_is_nick(guard_copy(&guard, nicks[i].name)) == nicks[i].is_nick);
        guard_free(&guard);
    }
}

static const struct {
    struct str name;
    bool is_channel;
} channels[] = {
    {.name = S("#a"), .is_channel = true},
    {.name = S("##"), .is_channel = true},
    {.name = S("#C++.net!@*?"), .is_channel = true},
    {.name = S("#\xc3\xa4"), .is_channel = true},
    {.name = S("#\xf0\x9f\x98\x80"), .is_channel = true},
    {.name = S("#123456789012345678901234567890123456789012345678901234567890123"),
     .is_channel = true},                                                             /* 64 */
    {.name = S("#1234567890123456789012345678901234567890123456789012345678901234")}, /* 65 */
    {.name = S("")},
    {.name = {.ptr = NULL}},
    {.name = S("#")},
    {.name = S("a")},
    {.name = S("&a")},
    {.name = S("#a b")},
    {.name = S("#a,b")},
    {.name = S("#a\0")},
    {.name = S("#a\x07")},
    {.name = S("#a\x7f")},
    {.name = S("#a\xff")},
    {.name = S("#\xc2\xa0")},
    {.name = S("#\xe2\x80\x8b")},
    {.name = S("#a\xe2\x80\x8d\x62")},
    {.name = S("#\xe3\x85\xa4")},      /* folds to "#" */
    {.name = S("\xef\xbc\x83\x61")},   /* full-width # */
    {.name = S("#a\xef\xbc\x8c\x62")}, /* full-width comma */
    {.name = S("#\xef\xb7\xba")},      /* spaces in its long form */
    {.name = S("#\xcc\x81\x61")},      /* a mark on the '#' */
    {.name = S("#a\xcc\x81"), .is_channel = true},
    {.name = S("#\xe2\xa0\x80")},
};

TEST(channels_are_told_from_what_is_none)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(channels)); i++) {
        struct guard guard;
        CHECK(name_is_channel(guard_copy(&guard, channels[i].name)) == channels[i].is_channel);
        guard_free(&guard);
    }
}

TEST(nothing_is_both_nick_and_channel)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(nicks)); i++)
        CHECK(!nicks[i].is_nick || !name_looks_like_channel(nicks[i].name));
    for (size_t i = 0; unit_row(i, ARRAY_LEN(channels)); i++) {
        CHECK(!channels[i].is_channel || name_looks_like_channel(channels[i].name));
        CHECK(!name_is_nick(channels[i].name) || !channels[i].is_channel);
    }
}

/* What a nick is alone or behind a letter, its folded form is, too. */
TEST(folded_nicks_are_nicks_for_every_code_point)
{
    for (uint32_t i = 1; i <= 0x10FFFF; i++) {
        if (i >= 0xD800 && i <= 0xDFFF)
            continue;
        char bytes[5] = "a";
        struct str behind = {.ptr = bytes, .len = 1 + utf8_encode(i, bytes + 1)};
        struct str alone = str_skip(behind, 1);
        struct folded folded;
        CHECK(!name_is_nick(behind) ||
              (name_fold(behind, &folded) && name_is_nick(folded_str(&folded))));
        CHECK(!name_is_nick(alone) ||
              (name_fold(alone, &folded) && name_is_nick(folded_str(&folded))));
    }
}

TEST(hosts_are_printable_and_hold_nothing_that_masks_use)
{
    static const struct {
        struct str host;
        bool is_host;
    } rows[] = {
        {.host = S("example.org"), .is_host = true},
        {.host = S("192.0.2.1"), .is_host = true},
        {.host = S("2001:db8::1"), .is_host = true},
        {.host = S("0::1"), .is_host = true},
        {.host = S("~alice"), .is_host = true},
        {.host = S("staff/alice"), .is_host = true},
        {.host = S("::1")}, /* would be the last parameter of a line */
        {.host = S("")},
        {.host = {.ptr = NULL}},
        {.host = S("a b")},
        {.host = S("a!b")},
        {.host = S("a@b")},
        {.host = S("a*b")},
        {.host = S("a?b")},
        {.host = S("a,b")},
        {.host = S("a\0b")},
        {.host = S("a\nb")},
        {.host = S("a\x7f")},
        {.host = S("\xc3\xa4")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        CHECK(name_is_host(guard_copy(&guard, rows[i].host)) == rows[i].is_host);
        guard_free(&guard);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_folded),
        cmocka_unit_test(fold_refuses_what_is_no_utf_8),
        cmocka_unit_test(fold_is_limited_before_and_after),
        cmocka_unit_test(fold_of_every_code_point_is_stable),
        cmocka_unit_test(fold_of_sequences_is_stable),
        cmocka_unit_test(names_are_equal_when_their_folds_are),
        cmocka_unit_test(nicks_are_told_from_what_is_none),
        cmocka_unit_test(channels_are_told_from_what_is_none),
        cmocka_unit_test(nothing_is_both_nick_and_channel),
        cmocka_unit_test(folded_nicks_are_nicks_for_every_code_point),
        cmocka_unit_test(hosts_are_printable_and_hold_nothing_that_masks_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
