/* Tests of net/poller.h. */
#include "net/poller.h"

#include "unit/support/unit.h"

#include <sys/socket.h>
#include <unistd.h>

/* As a child process has it between its making and its program. */
TEST(what_is_removed_has_no_events_though_somebody_else_holds_it)
{
    struct poller poller;
    struct poller_event events[POLLER_EVENTS_MAX];
    int pair[2];
    int tag = 0;
    CHECK(poller_init(&poller) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(poller_add_connection(&poller, pair[0], &tag) == 0);
    CHECK_U64(poller_wait(&poller, 0, events), 1); /* it can be written to */
    CHECK(events[0].tag == &tag);
    int held = dup(pair[0]);
    CHECK(held >= 0);
    poller_remove(&poller, pair[0]);
    CHECK(close(pair[0]) == 0);
    CHECK(write(pair[1], "x", 1) == 1);
    CHECK_U64(poller_wait(&poller, 0, events), 0);
    poller_remove(&poller, held); /* it is not there any more */
    CHECK(close(held) == 0);
    CHECK(close(pair[1]) == 0);
    poller_deinit(&poller);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_removed_has_no_events_though_somebody_else_holds_it),
    };
    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
