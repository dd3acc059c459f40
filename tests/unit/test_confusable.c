/* Tests of wire/confusable.h. */
#include "wire/confusable.h"

#include "unit/support/unit.h"

#define S STR_INIT

TEST(names_that_look_alike_have_one_skeleton)
{
    static const struct {
        struct str a;
        struct str b;
        bool is_alike;
    } rows[] = {
        {.a = S("admin"), .b = S("аdmin"), .is_alike = true}, /* Cyrillic a */
        {.a = S("ADMIN"), .b = S("аdmin"), .is_alike = true},
        {.a = S("evan"), .b = S("еvan"), .is_alike = true},
        {.a = S("cop"), .b = S("сор"), .is_alike = true}, /* all of it Cyrillic */
        {.a = S("#cafe"), .b = S("#саfe"), .is_alike = true},
        {.a = S("user1"), .b = S("usеr1"), .is_alike = true},
        {.a = S("user1"), .b = S("usеrl"), .is_alike = true},
        {.a = S("scope"), .b = S("ѕсоре"), .is_alike = true},
        {.a = S("сор"), .b = S("ѕор")},
        {.a = S("user1"), .b = S("userl")}, /* both ASCII: nobody minds */
        {.a = S("barn"), .b = S("bam")},
        {.a = S("admin"), .b = S("ADMIN")}, /* the same name */
        {.a = S("Ängström"), .b = S("ängström")},
        {.a = S("admin"), .b = S("ａdmin")}, /* wide: the same name */
        {.a = S("alice"), .b = S("bob")},
        {.a = S("вася"), .b = S("петя")},
        {.a = S("a\xff"), .b = S("a")},
        {.a = S(""), .b = S("")},
    };

    struct confusables *confusables = confusables_new();
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(confusables_look_alike(confusables, rows[i].a, rows[i].b) == rows[i].is_alike);
        CHECK(confusables_look_alike(confusables, rows[i].b, rows[i].a) == rows[i].is_alike);
    }
    confusables_free(&confusables);
    CHECK(confusables == NULL);
    confusables_free(&confusables);
}

TEST(what_is_invisible_or_too_long_has_no_skeleton_of_its_own)
{
    struct confusables *confusables = confusables_new();
    struct folded skeleton;
    char many_m[LIMIT_FOLDED_BYTES];
    for (size_t i = 0; i < sizeof many_m; i++)
        many_m[i] = 'm'; /* which looks like rn */
    CHECK(confusables_skeleton(confusables, (struct str){.ptr = many_m, .len = sizeof many_m / 2},
                               &skeleton));
    CHECK_U64(skeleton.len, LIMIT_FOLDED_BYTES);
    CHECK(!confusables_skeleton(confusables,
                                (struct str){.ptr = many_m, .len = sizeof many_m / 2 + 1},
                                &skeleton));
    CHECK(!confusables_skeleton(confusables, STR("\xff"), &skeleton));
    CHECK(confusables_skeleton(confusables, STR_NONE, &skeleton));
    CHECK_U64(skeleton.len, 0);
    confusables_free(&confusables);
}

/* What the table says of ASCII is what ICU says of it in a longer name. */
TEST(ascii_agrees_with_the_way_of_other_names)
{
    struct confusables *confusables = confusables_new();
    for (char letter = '!'; unit_row((size_t)letter - '!', '~' + 1 - '!'); letter++) {
        char alone[1] = {letter};
        char other[3] = {letter, '\xc3', '\x9f'}; /* sharp s folds to ss */
        struct folded skeleton;
        struct folded longer;
        CHECK(confusables_skeleton(confusables, (struct str){.ptr = alone, .len = 1}, &skeleton));
        CHECK(confusables_skeleton(confusables, (struct str){.ptr = other, .len = 3}, &longer));
        CHECK_STR(str_take(folded_str(&longer), skeleton.len), folded_str(&skeleton));
    }
    confusables_free(&confusables);
}

TEST(scripts_are_restricted)
{
    static const struct {
        struct str name;
        enum name_scripts strictest;
    } rows[] = {
        {S("bob_[1]"), NAME_SCRIPTS_ASCII},   {S("Müller"), NAME_SCRIPTS_STRICT},
        {S("вася"), NAME_SCRIPTS_STRICT},     {S("名前"), NAME_SCRIPTS_STRICT},
        {S("名前かな"), NAME_SCRIPTS_STRICT}, {S("bob名前"), NAME_SCRIPTS_STRICT},
        {S("bob☃"), NAME_SCRIPTS_STRICT},     {S("bobשלום"), NAME_SCRIPTS_MODERATE},
        {S("вася_bot"), NAME_SCRIPTS_ANY},    {S("аdmin"), NAME_SCRIPTS_ANY},
        {S("αbc"), NAME_SCRIPTS_ANY},
    };

    struct confusables *confusables = confusables_new();
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        for (int scripts = NAME_SCRIPTS_ANY; scripts <= NAME_SCRIPTS_ASCII; scripts++) {
            bool is_allowed =
                confusables_allows(confusables, rows[i].name, (enum name_scripts)scripts);
            CHECK(is_allowed == (scripts <= (int)rows[i].strictest));
        }
    }
    confusables_free(&confusables);
}

TEST(text_is_made_plain)
{
    static const struct {
        struct str text;
        struct str plain;
    } rows[] = {
        {S(""), S("")},
        {S("Free money 100%"), S("Free money 100%")}, /* ASCII stays, m and 1, too */
        {S("frее mоnеy"), S("free money")},
        {S("ｆｒｅｅ"), S("free")},
        {S("𝐟𝐫𝐞𝐞"), S("free")},
        {S("fr\xe2\x80\x8b\x65\x65"), S("free")}, /* zero width space */
    };

    struct confusables *confusables = confusables_new();
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf out;
        buf_init(&out, 256);
        confusables_put_plain(confusables, &out, rows[i].text);
        CHECK_STR(buf_str(&out), rows[i].plain);
        buf_deinit(&out);
    }
    confusables_free(&confusables);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_look_alike_have_one_skeleton),
        cmocka_unit_test(what_is_invisible_or_too_long_has_no_skeleton_of_its_own),
        cmocka_unit_test(ascii_agrees_with_the_way_of_other_names),
        cmocka_unit_test(scripts_are_restricted),
        cmocka_unit_test(text_is_made_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
