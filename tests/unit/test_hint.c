/* Tests of server/hint.h. */
#include "server/hint.h"

#include "doors/irc.h"
#include "doors/plain.h"
#include "unit/support/unit.h"

#include <stdio.h>

TEST(commands_work_where_they_are_read)
{
    static const struct {
        const struct door *door;
        const char *text;
        uint16_t port; /* 0: a Unix socket */
        struct str hint;
    } rows[] = {
        {&irc_door, "[::]:6667", 6667,
         STR_INIT("irssi -c 127.0.0.1 -p 6667   or: confab chat 127.0.0.1:6667")},
        {&irc_door, "0.0.0.0:6667", 6667,
         STR_INIT("irssi -c 127.0.0.1 -p 6667   or: confab chat 127.0.0.1:6667")},
        {&irc_door, "192.0.2.1:7000", 7000,
         STR_INIT("irssi -c 192.0.2.1 -p 7000   or: confab chat 192.0.2.1:7000")},
        {&irc_door, "[::1]:6667", 6667,
         STR_INIT("irssi -c ::1 -p 6667   or: confab chat [::1]:6667")},
        {&irc_door, "confab-data/confab.sock", 0, STR_INIT("confab chat confab-data/confab.sock")},
        {&plain_door, "[::]:21567", 21567, STR_INIT("nc 127.0.0.1 21567")},
        {&plain_door, "[2001:db8::5]:21567", 21567, STR_INIT("nc 2001:db8::5 21567")},
        {&plain_door, "/run/plain.sock", 0, STR_INIT("nc -U /run/plain.sock")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct listener listener = {
            .door = rows[i].door,
            .port = rows[i].port,
            .is_unix = rows[i].port == 0,
        };
        (void)snprintf(listener.text, sizeof listener.text, "%s", rows[i].text);
        struct buf out;
        buf_init(&out, 1000);
        hint_put(&out, &listener, "confab");
        CHECK_STR(buf_str(&out), rows[i].hint);
        buf_deinit(&out);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_work_where_they_are_read),
    };
    return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
