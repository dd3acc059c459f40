/* Tests of hub/mode_name.h. */
#include "hub/mode_name.h"

#include "hub/mode.h"
#include "unit/support/unit.h"

TEST(every_mode_and_rank_has_a_name_that_leads_back)
{
    for (size_t i = 0; unit_row(i, channel_mode_count()); i++) {
        struct str name = mode_name_of_channel(channel_mode_at(i)->letter);
        CHECK(name.len > 0);
        CHECK(mode_letter_of_channel(name) == channel_mode_at(i)->letter);
    }
    for (size_t i = 0; unit_row(i, RANK_COUNT); i++) {
        struct str name = mode_name_of_channel(rank_row_at(i)->letter);
        CHECK(name.len > 0);
        CHECK(mode_letter_of_channel(name) == rank_row_at(i)->letter);
    }
    for (size_t i = 0; unit_row(i, user_mode_count()); i++) {
        struct str name = mode_name_of_user(user_mode_at(i)->letter);
        CHECK(name.len > 0);
        CHECK(mode_letter_of_user(name) == user_mode_at(i)->letter);
    }
}

TEST(our_prefix_may_be_left_out)
{
    CHECK(mode_letter_of_channel(STR("slow")) == 'W');
    CHECK(mode_letter_of_channel(STR("confab.chat/slow")) == 'W');
    CHECK(mode_letter_of_channel(STR("confab.chat/ban")) == '\0');
    CHECK(mode_letter_of_channel(STR("")) == '\0');
    CHECK(mode_letter_of_user(STR("ban")) == '\0');
}

TEST(steps_take_their_parameters)
{
    const struct str params[] = {STR("ann"), STR("key"), STR("5")};
    struct mode_steps steps;
    struct mode_step step;
    struct buf text;
    buf_init(&text, 200);
    mode_steps_init(&steps, true, STR("+o-kl+nl?"), params, 3);
    while (mode_steps_next(&steps, &step)) {
        mode_step_put(&text, &step, true, true);
        buf_put_byte(&text, ' ');
    }
    CHECK_STR(buf_str(&text), STR("+op=ann -key=key -limit +noextmsg +limit=5 +? "));
    buf_deinit(&text);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_and_rank_has_a_name_that_leads_back),
        cmocka_unit_test(our_prefix_may_be_left_out),
        cmocka_unit_test(steps_take_their_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
