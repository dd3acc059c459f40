/* Tests of server/nearest.h. */
#include "server/nearest.h"

#include "unit/support/unit.h"

#define S          STR_INIT
#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"

TEST(mistyped_words_find_their_name)
{
    static const struct str names[] = {
        S("name"),          S("network"),  S("motd"),         S("motd_file"),
        S("ping_interval"), S(SIXTY_FOUR), S(SIXTY_FOUR "4"),
    };

    static const struct {
        struct str word;
        struct str name; /* empty: none */
    } rows[] = {
        {S("name"), S("name")},
        {S("NAME"), S("name")},
        {S("nam"), S("name")},
        {S("names"), S("name")},
        {S("nane"), S("name")},
        {S("nmae"), S("name")},
        {S("anme"), S("name")},
        {S("nema"), S("name")},
        {S("mane"), S("name")},
        {S("n"), S("")},
        {S(""), S("")},
        {S("xyz"), S("")},
        {S("netwrok"), S("network")},
        {S("netowkr"), S("network")},
        {S("motdfile"), S("motd_file")},
        {S("motd-file"), S("motd_file")},
        {S("motd_fi"), S("motd_file")},
        {S("ping_intervall"), S("ping_interval")},
        {S("pong_intreval"), S("ping_interval")},
        {S("interval"), S("")},
        {S(SIXTY_FOUR), S(SIXTY_FOUR)},
        {S(SIXTY_FOUR "4"), S("")},
        {S("0" SIXTY_FOUR), S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct str word = guard_copy(&guard, rows[i].word);
        struct str name = nearest_name(word, names, ARRAY_LEN(names));
        CHECK_STR(name, rows[i].name);
        guard_free(&guard);
    }
    CHECK(nearest_name(STR("name"), names, 0).ptr == NULL);
}

TEST(the_first_of_equally_near_names_is_taken)
{
    static const struct str names[] = {S("cat"), S("hat"), S("bat")};
    CHECK_STR(nearest_name(STR("rat"), names, ARRAY_LEN(names)), STR("cat"));
    CHECK_STR(nearest_name(STR("hbat"), names, ARRAY_LEN(names)), STR("hat"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistyped_words_find_their_name),
        cmocka_unit_test(the_first_of_equally_near_names_is_taken),
    };
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
