/* Tests of wire/tags.h. */
#include "wire/tags.h"

#include "unit/support/unit.h"

#define S STR_INIT

TEST(walk_gives_every_tag_and_skips_what_is_empty)
{
    static const struct {
        struct str tags;
        struct str items; /* each as <key|raw value> */
    } rows[] = {
        {.tags = S("aaa=bbb;ccc;example.com/ddd=eee"),
         .items = S("<aaa|bbb><ccc|><example.com/ddd|eee>")},
        {.tags = S("id=123AB;rose"), .items = S("<id|123AB><rose|>")},
        {.tags = S("url=;netsplit=tur,ty"), .items = S("<url|><netsplit|tur,ty>")},
        {.tags = S("+draft/reply=1"), .items = S("<+draft/reply|1>")},
        {.tags = S("a=b=c"), .items = S("<a|b=c>")},
        {.tags = S("a=\\:\\s"), .items = S("<a|\\:\\s>")},
        {.tags = S("a=1;a=2"), .items = S("<a|1><a|2>")},
        {.tags = S(";;a;;"), .items = S("<a|>")},
        {.tags = S("=x;a"), .items = S("<a|>")},
        {.tags = S("=;=x;="), .items = S("")},
        {.tags = S(""), .items = S("")},
        {.tags = {.ptr = NULL}, .items = S("")},
        {.tags = S("\xff=\xfe"), .items = S("<\xff|\xfe>")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct str rest = guard_copy(&guard, rows[i].tags);
        struct buf items;
        buf_init(&items, 1000);
        struct tag tag;
        while (tags_next(&rest, &tag)) {
            CHECK(tag.key.len > 0);
            CHECK(tag.raw_value.ptr != NULL);
            buf_printf(&items, "<%.*s|%.*s>", STR_ARG(tag.key), STR_ARG(tag.raw_value));
        }
        CHECK_STR(buf_str(&items), rows[i].items);
        buf_deinit(&items);
        guard_free(&guard);
    }
}

/* The table of the specification, and values with several of them. */
TEST(values_are_escaped_as_specified)
{
    static const struct {
        struct str value;
        struct str raw;
    } rows[] = {
        {.value = S(";"), .raw = S("\\:")},
        {.value = S(" "), .raw = S("\\s")},
        {.value = S("\\"), .raw = S("\\\\")},
        {.value = S("\r"), .raw = S("\\r")},
        {.value = S("\n"), .raw = S("\\n")},
        {.value = S(""), .raw = S("")},
        {.value = S("plain:=,/+"), .raw = S("plain:=,/+")},
        {.value = S("a b;c\\d\r\n"), .raw = S("a\\sb\\:c\\\\d\\r\\n")},
        {.value = S("\\s"), .raw = S("\\\\s")},
        {.value = S("\\:"), .raw = S("\\\\:")},
        {.value = S("\xe2\x82\xac \t"), .raw = S("\xe2\x82\xac\\s\t")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf out;
        buf_init(&out, 1000);
        tags_put_escaped(&out, rows[i].value);
        CHECK_STR(buf_str(&out), rows[i].raw);
        buf_clear(&out);
        tags_put_unescaped(&out, rows[i].raw);
        CHECK_STR(buf_str(&out), rows[i].value);
        buf_deinit(&out);
    }
}

TEST(needless_and_lone_backslashes_are_dropped)
{
    static const struct {
        struct str raw;
        struct str value;
    } rows[] = {
        {.raw = S("\\b"), .value = S("b")},
        {.raw = S("value\\1"), .value = S("value1")},
        {.raw = S("test\\"), .value = S("test")},
        {.raw = S("\\"), .value = S("")},
        {.raw = S("\\\\\\"), .value = S("\\")},
        {.raw = S("value\\\\ntest"), .value = S("value\\ntest")},
        {.raw = S("\\\\\\\\\\:\\\\s\\s\\r\\n"), .value = S("\\\\;\\s \r\n")},
        {.raw = S("a;b c"), .value = S("a;b c")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct buf out;
        buf_init(&out, 1000);
        tags_put_unescaped(&out, guard_copy(&guard, rows[i].raw));
        CHECK_STR(buf_str(&out), rows[i].value);
        buf_deinit(&out);
        guard_free(&guard);
    }
}

TEST(every_value_comes_back_and_can_stand_in_a_line)
{
    uint64_t random = 9;
    for (size_t i = 0; unit_row(i, 20000); i++) {
        static const char bytes[] = {'\\', ';', ' ', '\r', '\n', ':', 's', 'r', 'n', '=', '\xff'};
        char value[24];
        size_t len = unit_random_below(&random, sizeof value + 1);
        for (size_t j = 0; j < len; j++)
            value[j] = bytes[unit_random_below(&random, sizeof bytes)];
        struct buf raw;
        buf_init(&raw, 100);
        tags_put_escaped(&raw, (struct str){.ptr = value, .len = len});
        for (size_t j = 0; j < raw.len; j++)
            CHECK(str_find_byte(STR("; \r\n"), raw.ptr[j]) == 4);
        struct buf back;
        buf_init(&back, 100);
        tags_put_unescaped(&back, buf_str(&raw));
        CHECK_STR(buf_str(&back), ((struct str){.ptr = value, .len = len}));
        buf_deinit(&raw);
        buf_deinit(&back);
    }
}

TEST(keys_follow_the_grammar)
{
    static const struct {
        struct str key;
        bool is_valid;
    } rows[] = {
        {.key = S("a"), .is_valid = true},
        {.key = S("msg-id9"), .is_valid = true},
        {.key = S("A"), .is_valid = true},
        {.key = S("-"), .is_valid = true},
        {.key = S("+typing"), .is_valid = true},
        {.key = S("+draft/reply"), .is_valid = true},
        {.key = S("example.com/key"), .is_valid = true},
        {.key = S("+a.b-c.d/k-1"), .is_valid = true},
        {.key = S("")},
        {.key = {.ptr = NULL}},
        {.key = S("+")},
        {.key = S("/")},
        {.key = S("a/")},
        {.key = S("/a")},
        {.key = S("+/a")},
        {.key = S("++a")},
        {.key = S("a+")},
        {.key = S("a.b")},
        {.key = S("a/b.c")},
        {.key = S("a/b/c")},
        {.key = S("a_b")},
        {.key = S("a b")},
        {.key = S("a=b")},
        {.key = S("a\0")},
        {.key = S("\xc3\xa4")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        CHECK(tags_key_is_valid(guard_copy(&guard, rows[i].key)) == rows[i].is_valid);
        guard_free(&guard);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_gives_every_tag_and_skips_what_is_empty),
        cmocka_unit_test(values_are_escaped_as_specified),
        cmocka_unit_test(needless_and_lone_backslashes_are_dropped),
        cmocka_unit_test(every_value_comes_back_and_can_stand_in_a_line),
        cmocka_unit_test(keys_follow_the_grammar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
