/* Tests of server/options.h and option_value.h: the table is sound. */
#include "server/options.h"

#include "base/utf8.h"
#include "server/option_value.h"
#include "unit/support/unit.h"

#include <string.h>

TEST(names_are_unique_and_below_a_section_or_list)
{
    for (size_t i = 0; unit_row(i, option_count()); i++) {
        const struct option *option = option_at(i);
        CHECK(option_find(option->name) == option);
        CHECK_U64(option_index(option), i);
        struct str parent_name = option_parent_name(option);
        if (parent_name.len == 0) {
            CHECK_STR(option_key(option), option->name);
            continue;
        }
        const struct option *parent = option_find(parent_name);
        CHECK(parent != NULL);
        CHECK(parent < option);
        CHECK(parent->type == OPTION_SECTION || parent->type == OPTION_ITEMS);
        CHECK(option_is_of_item(option) == (parent->type == OPTION_ITEMS));
        CHECK_U64(parent_name.len + 1 + option_key(option).len, option->name.len);
    }
}

TEST(help_is_made_of_sentences)
{
    for (size_t i = 0; unit_row(i, option_count()); i++) {
        struct str help = str_from_nul(option_at(i)->help);
        CHECK(str_ends_with(help, STR(".")));
        CHECK(help.ptr[0] >= 'A');
        CHECK(help.ptr[0] <= 'Z');
        CHECK(str_find(help, STR("  ")) == help.len);
        CHECK(utf8_is_valid(help));
    }
}

/* A default that is written in another form than `confab check --print` does would mislead. */
TEST(defaults_are_written_as_they_are_printed)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(STR(""), "c", &report);
    CHECK(config != NULL);
    for (size_t i = 0; unit_row(i, option_count()); i++) {
        const struct option *option = option_at(i);
        if (option->type == OPTION_SECTION || option_is_of_item(option))
            continue;
        struct buf text;
        buf_init(&text, 1024);
        if (!option_is_list(option)) {
            option_put(option, config, &text);
        } else {
            for (size_t item = 0; item < option_item_count(option, config); item++) {
                if (item > 0)
                    buf_put_byte(&text, ' ');
                option_put_item(option, config, item, &text);
            }
        }
        CHECK_STR(buf_str(&text), option->default_text);
        buf_deinit(&text);
    }
    config_free(&config);
    config_report_deinit(&report);
}

TEST(what_needs_a_restart_is_known)
{
    static const char *const names[] = {"server.name",
                                        "data",
                                        "workers",
                                        "io_uring",
                                        "listen",
                                        "accounts.anonymous",
                                        "store.durability",
                                        "store.keep_days",
                                        "store.keep_messages",
                                        "history.enabled",
                                        "log.file"};
    size_t found = 0;
    for (size_t i = 0; unit_row(i, option_count()); i++) {
        const struct option *option = option_at(i);
        if (option->type == OPTION_SECTION || option->is_reloadable)
            continue;
        CHECK(found < ARRAY_LEN(names));
        CHECK_STR(option->name, str_from_nul(names[found]));
        found++;
    }
    CHECK_U64(found, ARRAY_LEN(names));
}

/* Whose items it belongs to; NULL: to the configuration itself. */
static const struct option *
list_of(const struct option *option)
{
    return option_is_of_item(option) ? option_find(option_parent_name(option)) : NULL;
}

TEST(fields_do_not_overlap)
{
    static const struct config zero;
    for (size_t i = 0; unit_row(i, option_count()); i++) {
        const struct option *a = option_at(i);
        if (a->type == OPTION_SECTION)
            continue;
        CHECK(a->field_bytes > 0);
        CHECK(a->offset + a->field_bytes <= sizeof zero);
        for (size_t j = 0; j < i; j++) {
            const struct option *b = option_at(j);
            if (b->type == OPTION_SECTION || list_of(a) != list_of(b))
                continue;
            if (option_is_of_item(a) && !str_equal(option_parent_name(a), option_parent_name(b)))
                continue; /* items of different lists */
            CHECK(a->offset >= b->offset + b->field_bytes ||
                  b->offset >= a->offset + a->field_bytes);
        }
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_below_a_section_or_list),
        cmocka_unit_test(help_is_made_of_sentences),
        cmocka_unit_test(defaults_are_written_as_they_are_printed),
        cmocka_unit_test(what_needs_a_restart_is_known),
        cmocka_unit_test(fields_do_not_overlap),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
