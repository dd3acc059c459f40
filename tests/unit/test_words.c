/* Tests of wire/words.h. */
#include "wire/words.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "unit/support/unit.h"

#define S STR_INIT

static void
fold(struct buf *out, struct str text)
{
    buf_init(out, WORDS_FOLDED_FACTOR * text.len + 1);
    words_fold(out, text);
    CHECK(!out->is_truncated);
}

TEST(texts_are_folded_into_words)
{
    static const struct {
        struct str text;
        struct str folded;
    } rows[] = {
        {S(""), S("")},
        {S("  ...  "), S("")},
        {S("Hello, World!"), S("hello world")},
        {S("foo_bar-baz 3.14"), S("foo bar baz 3 14")},
        {S("don't"), S("don t")},
        {S("Äpfel, apfel"), S("apfel apfel")},
        {S("A\xcc\x88pfel"), S("apfel")}, /* A, combining diaeresis */
        {S("straße STRASSE"), S("strasse strasse")},
        {S("Ёлка"), S("елка")},
        {S("ΣΊΣΥΦΟΣ"), S("σισυφοσ")},
        {S("ＡＢＣ１２３"), S("abc123")}, /* full width */
        {S("你好，世界"), S("你好 世界")},
        {S("用irssi聊天"), S("用 irssi 聊天")},
        {S("がっこう"), S("がっこう")},                       /* voiced marks are no accents */
        {S("か\xe3\x82\x99"), S("が")},                       /* in two parts */
        {S("ｶﾞ"), S("ガ")},                                   /* half width */
        {S("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), S("한")}, /* Hangul in parts */
        {S("हिन्दी"), S("हिन्दी")},                             /* vowel signs are no accents */
        {S("good 👍🏽 job"), S("good 👍 job")},
        {S("bo\xe2\x80\x8b\x62"), S("bob")}, /* zero-width space */
        {S("\xff\xfe"), S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct buf folded;
        fold(&folded, guard_copy(&guard, rows[i].text));
        CHECK_STR(buf_str(&folded), rows[i].folded);
        buf_deinit(&folded);
        guard_free(&guard);
    }
}

TEST(no_character_grows_beyond_the_factor)
{
    for (uint32_t code_point = 1; code_point < 0x110000; code_point++) {
        if (code_point >= 0xD800 && code_point < 0xE000)
            continue;
        char bytes[4];
        struct str text = {.ptr = bytes, .len = utf8_encode(code_point, bytes)};
        struct buf folded;
        struct buf words;
        fold(&folded, text);
        buf_init(&words, WORDS_FACTOR * folded.len + 1);
        words_put(&words, buf_str(&folded));
        CHECK(!words.is_truncated);
        buf_deinit(&words);
        buf_deinit(&folded);
    }
}

TEST(the_index_has_pairs_of_what_is_written_without_spaces)
{
    static const struct {
        struct str text;
        struct str words;
        struct str query;
    } rows[] = {
        {S(""), S(""), S("")},
        {S("Fast cars"), S("fast cars "), S("\"fast\"* \"cars\"* ")},
        {S("a b2"), S("a b2 "), S("\"a\" \"b2\"* ")},
        {S("聊天室"), S("聊天 天室 室 "), S("\"聊天\" \"天室\" ")},
        {S("聊天"), S("聊天 天 "), S("\"聊天\" ")},
        {S("聊"), S("聊 "), S("\"聊\"* ")},
        {S("x聊"), S("x 聊 "), S("\"x\" \"聊\"* ")},
        /* What is long is found by its beginning: 64 bytes of it. */
        {S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefXY"),
         S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef "),
         S("\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"* ")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf folded;
        struct buf out;
        fold(&folded, rows[i].text);
        buf_init(&out, 1024);
        words_put(&out, buf_str(&folded));
        CHECK_STR(buf_str(&out), rows[i].words);
        buf_clear(&out);
        words_put_query(&out, buf_str(&folded));
        CHECK_STR(buf_str(&out), rows[i].query);
        buf_deinit(&out);
        buf_deinit(&folded);
    }
}

TEST(a_text_matches_when_it_has_all_words)
{
    static const struct {
        struct str text;
        struct str search;
        bool matches;
    } rows[] = {
        {S("That was fast!"), S("fast"), true},
        {S("Fasting is hard."), S("fast"), true},
        {S("breakfast"), S("fast"), false},
        {S("That was fast!"), S("FAST that"), true},
        {S("That was fast!"), S("fast slow"), false},
        {S("anything"), S(""), true},
        {S(""), S("x"), false},
        {S("a bad cat"), S("b"), false}, /* one letter is a whole word */
        {S("plan b"), S("b"), true},
        {S("我们在聊天室里"), S("聊天"), true},
        {S("我们在聊天室里"), S("天室里"), true},
        {S("我们在聊天室里"), S("里"), true},
        {S("聊天和天室"), S("聊天室"), false}, /* both pairs are there, the run is not */
        {S("カタカナ"), S("ｶﾀｶﾅ"), true},
        {S("서울에서 만나요"), S("서울"), true},
        {S("thanks 👍🏽"), S("👍"), true},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf text;
        struct buf search;
        fold(&text, rows[i].text);
        fold(&search, rows[i].search);
        CHECK(words_match(buf_str(&text), buf_str(&search)) == rows[i].matches);
        buf_deinit(&text);
        buf_deinit(&search);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_folded_into_words),
        cmocka_unit_test(no_character_grows_beyond_the_factor),
        cmocka_unit_test(the_index_has_pairs_of_what_is_written_without_spaces),
        cmocka_unit_test(a_text_matches_when_it_has_all_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
