/* Tests of chat/resolver.h, without a name server: getaddrinfo is the one below. */
#include "chat/resolver.h"

#include "base/alloc.h"
#include "unit/support/unit.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static pthread_key_t left_behind; /* by the thread, until it ends: as glibc does */
static atomic_bool may_answer;
static atomic_int threads_ended;
static atomic_int addresses_freed;

/* The last thing that the thread does, slowly: nobody sees it done who has not waited for it. */
static void
clear_away(void *what)
{
    (void)what;
    (void)poll(NULL, 0, 50); /* a pause */
    atomic_fetch_add(&threads_ended, 1);
}

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
            struct addrinfo **addresses_out)
{
    (void)port;
    int failure = pthread_setspecific(left_behind, &left_behind);
    assert(failure == 0);
    while (!atomic_load(&may_answer))
        (void)sched_yield(); /* never fails on Linux */
    if (strcmp(host, "known.example") != 0)
        return EAI_NONAME;
    *addresses_out = cf_calloc_array(1, sizeof **addresses_out);
    (*addresses_out)->ai_socktype = hints->ai_socktype;
    return 0;
}

void
freeaddrinfo(struct addrinfo *addresses)
{
    atomic_fetch_add(&addresses_freed, 1);
    cf_free(addresses);
}

static struct resolver *
start(const char *host, bool answers)
{
    atomic_store(&may_answer, answers);
    atomic_store(&threads_ended, 0);
    atomic_store(&addresses_freed, 0);
    struct cf_err err;
    struct resolver *resolver = resolver_start(host, "6667", &err);
    CHECK(resolver != NULL);
    return resolver;
}

static void
wait_for_answer(const struct resolver *resolver)
{
    struct pollfd fd = {.fd = resolver_fd(resolver), .events = POLLIN};
    CHECK_I64(poll(&fd, 1, 20000), 1);
}

TEST(takes_the_addresses_of_a_thread_that_has_ended)
{
    struct resolver *resolver = start("known.example", true);
    wait_for_answer(resolver);
    struct addrinfo *addresses = NULL;
    struct cf_err err;
    CHECK_I64(resolver_take(resolver, &addresses, &err), 0);
    CHECK_I64(atomic_load(&threads_ended), 1);
    CHECK(addresses != NULL);
    CHECK_I64(addresses->ai_socktype, SOCK_STREAM);
    resolver_free(&resolver);
    CHECK(resolver == NULL);
    CHECK_I64(atomic_load(&addresses_freed), 0);
    freeaddrinfo(addresses);
}

TEST(says_why_a_name_is_not_found)
{
    struct resolver *resolver = start("unknown.example", true);
    wait_for_answer(resolver);
    struct addrinfo *addresses = NULL;
    struct cf_err err;
    CHECK_I64(resolver_take(resolver, &addresses, &err), -ENOENT);
    CHECK_I64(atomic_load(&threads_ended), 1);
    CHECK(strstr(err.text, "cannot find unknown.example: ") == err.text);
    CHECK(addresses == NULL);
    resolver_free(&resolver);
}

TEST(throws_away_an_answer_that_nobody_takes)
{
    struct resolver *resolver = start("known.example", true);
    wait_for_answer(resolver);
    resolver_free(&resolver);
    CHECK_I64(atomic_load(&threads_ended), 1);
    CHECK_I64(atomic_load(&addresses_freed), 1);
}

TEST(leaves_a_thread_to_itself_that_still_waits)
{
    struct resolver *resolver = start("known.example", false);
    resolver_free(&resolver);
    CHECK_I64(atomic_load(&addresses_freed), 0);
    atomic_store(&may_answer, true);
    while (atomic_load(&threads_ended) == 0)
        (void)sched_yield(); /* never fails on Linux */
    CHECK_I64(atomic_load(&addresses_freed), 1);
}

TEST(refuses_a_name_that_is_too_long)
{
    char host[257];
    memset(host, 'x', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    struct cf_err err;
    CHECK(resolver_start(host, "6667", &err) == NULL);
    CHECK_I64(err.code, -ENAMETOOLONG);
}

TEST(frees_nothing_without_complaint)
{
    struct resolver *resolver = NULL;
    resolver_free(&resolver);
    CHECK(resolver == NULL);
}

int
main(void)
{
    CHECK(pthread_key_create(&left_behind, clear_away) == 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_addresses_of_a_thread_that_has_ended),
        cmocka_unit_test(says_why_a_name_is_not_found),
        cmocka_unit_test(throws_away_an_answer_that_nobody_takes),
        cmocka_unit_test(leaves_a_thread_to_itself_that_still_waits),
        cmocka_unit_test(refuses_a_name_that_is_too_long),
        cmocka_unit_test(frees_nothing_without_complaint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
