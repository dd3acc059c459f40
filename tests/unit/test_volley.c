/* Tests of net/volley.h: with io_uring where it is allowed, and without. */
#include "net/volley.h"

#include "unit/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct stage {
    struct volley volley;
    int here[VOLLEY_SHOTS_MAX];
    int there[VOLLEY_SHOTS_MAX];
    struct shot shots[VOLLEY_SHOTS_MAX];
};

static struct stage stage_storage;

static struct stage *
stage_open(bool wants_ring)
{
    struct stage *stage = &stage_storage;
    *stage = (struct stage){.volley = {.ring = NULL}};
    volley_init(&stage->volley, wants_ring);
    CHECK(wants_ring || stage->volley.ring == NULL);
    for (size_t i = 0; i < VOLLEY_SHOTS_MAX; i++) {
        int ends[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        stage->here[i] = ends[0];
        stage->there[i] = ends[1];
    }
    return stage;
}

static void
stage_close(struct stage *stage)
{
    for (size_t i = 0; i < VOLLEY_SHOTS_MAX; i++) {
        CHECK(close(stage->here[i]) == 0);
        if (stage->there[i] != -1)
            CHECK(close(stage->there[i]) == 0);
    }
    volley_deinit(&stage->volley);
    CHECK(stage->volley.ring == NULL);
}

/* One shot of "one" and, for every second, " two". */
static void
aim(struct stage *stage, size_t index)
{
    static char one[] = "one";
    static char two[] = " two";
    struct shot *shot = &stage->shots[index];
    *shot = (struct shot){.fd = stage->here[index], .piece_count = 1 + index % 2, .result = 12345};
    shot->pieces[0] = (struct iovec){.iov_base = one, .iov_len = 3};
    shot->pieces[1] = (struct iovec){.iov_base = two, .iov_len = 4};
}

static void
check_received(struct stage *stage, size_t index)
{
    char bytes[16];
    ssize_t got = recv(stage->there[index], bytes, sizeof bytes, MSG_DONTWAIT);
    CHECK(got >= 0);
    CHECK_STR(((struct str){.ptr = bytes, .len = (size_t)got}),
              index % 2 == 0 ? STR("one") : STR("one two"));
}

/* Fills a socket until it takes no more. */
static void
stuff(int fd)
{
    char bytes[4096] = {0};
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        continue;
    CHECK_I64(errno, EAGAIN);
}

TEST(all_shots_of_a_volley_arrive)
{
    static const size_t counts[] = {0, 1, 3, 4, VOLLEY_SHOTS_MAX};
    for (int wants_ring = 0; wants_ring < 2; wants_ring++) {
        struct stage *stage = stage_open(wants_ring == 1);
        for (size_t c = 0; unit_row(c, ARRAY_LEN(counts)); c++) {
            for (size_t i = 0; i < counts[c]; i++)
                aim(stage, i);
            volley_send(&stage->volley, stage->shots, counts[c]);
            for (size_t i = 0; i < counts[c]; i++) {
                CHECK_I64(stage->shots[i].result, i % 2 == 0 ? 3 : 7);
                check_received(stage, i);
            }
        }
        stage_close(stage);
    }
}

TEST(each_shot_has_its_own_result)
{
    for (int wants_ring = 0; wants_ring < 2; wants_ring++) {
        struct stage *stage = stage_open(wants_ring == 1);
        for (size_t i = 0; i < 8; i++)
            aim(stage, i);
        stuff(stage->here[2]);
        CHECK(close(stage->there[5]) == 0);
        stage->there[5] = -1;
        volley_send(&stage->volley, stage->shots, 8);
        for (size_t i = 0; i < 8; i++) {
            if (i == 2) {
                CHECK_I64(stage->shots[i].result, -EAGAIN); /* at once: nothing waits */
            } else if (i == 5) {
                CHECK_I64(stage->shots[i].result, -EPIPE); /* and no signal */
            } else {
                check_received(stage, i);
            }
        }
        stage_close(stage);
    }
}

TEST(a_full_socket_takes_a_part)
{
    for (int wants_ring = 0; wants_ring < 2; wants_ring++) {
        struct stage *stage = stage_open(wants_ring == 1);
        static char large[1 << 20];
        for (size_t i = 0; i < 4; i++) {
            aim(stage, i);
            stage->shots[i].piece_count = 1;
            stage->shots[i].pieces[0] = (struct iovec){.iov_base = large, .iov_len = sizeof large};
        }
        volley_send(&stage->volley, stage->shots, 4);
        for (size_t i = 0; i < 4; i++) {
            CHECK(stage->shots[i].result > 0);
            CHECK(stage->shots[i].result < (ssize_t)sizeof large);
        }
        stage_close(stage);
    }
}

TEST(a_write_alone_says_what_became_of_it)
{
    struct stage *stage = stage_open(false);
    aim(stage, 1);
    CHECK_I64(volley_send_alone(stage->here[1], stage->shots[1].pieces, 2), 7);
    check_received(stage, 1);
    stuff(stage->here[1]);
    CHECK_I64(volley_send_alone(stage->here[1], stage->shots[1].pieces, 2), -EAGAIN);
    CHECK_I64(volley_send_alone(-1, stage->shots[1].pieces, 2), -EBADF);
    stage_close(stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shots_of_a_volley_arrive),
        cmocka_unit_test(each_shot_has_its_own_result),
        cmocka_unit_test(a_full_socket_takes_a_part),
        cmocka_unit_test(a_write_alone_says_what_became_of_it),
    };
    return cmocka_run_group_tests_name("volley", tests, NULL, NULL);
}
