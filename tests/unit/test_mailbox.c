/* Tests of net/mailbox.h. */
#include "net/mailbox.h"

#include "unit/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

/* A delivery that carries two numbers. */
static void
add_delivery(struct deliveries *deliveries, uint32_t sender, uint64_t number)
{
    struct delivery delivery = {
        .kind = DELIVERY_SESSION_STATE,
        .peer = {.slot = sender},
        .caps = number,
    };
    /* Through an outbox, which is what fills them. */
    struct outbox outbox = {.home_count = 0};
    outbox_put(&outbox, 0, &delivery);
    deliveries_move(deliveries, &outbox.homes[0].deliveries);
    outbox_deinit(&outbox);
}

static bool
put_one(struct mailbox *mailbox, uint32_t sender, uint64_t number)
{
    struct deliveries deliveries = {.count = 0};
    add_delivery(&deliveries, sender, number);
    bool has_to_wake = mailbox_put(mailbox, &deliveries);
    CHECK_U64(deliveries.count, 0);
    deliveries_deinit(&deliveries);
    return has_to_wake;
}

static bool
is_readable(const struct mailbox *mailbox)
{
    struct pollfd fd = {.fd = mailbox->event_fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void
forget(struct mail *mail)
{
    mail->deliveries.count = 0;
    mail->order_count = 0;
}

TEST(owner_is_woken_only_when_the_mailbox_was_empty)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct mail mail = {.order_count = 0};
    CHECK(put_one(&mailbox, 0, 1));
    CHECK(!put_one(&mailbox, 0, 2));
    CHECK(!is_readable(&mailbox)); /* waking is left to the caller */
    mailbox_wake(&mailbox);
    CHECK(is_readable(&mailbox));
    mailbox_take(&mailbox, &mail, true);
    CHECK(!is_readable(&mailbox));
    CHECK_U64(mail.deliveries.count, 2);
    forget(&mail);
    CHECK(put_one(&mailbox, 0, 3));
    mailbox_take(&mailbox, &mail, false); /* found without having been woken */
    CHECK_U64(mail.deliveries.count, 1);
    forget(&mail);
    CHECK(put_one(&mailbox, 0, 4));
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
}

TEST(deliveries_come_out_in_the_order_in_which_they_went_in)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct mail mail = {.order_count = 0};
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 100; i++)
            (void)put_one(&mailbox, 0, round * 100 + i);
        mailbox_take(&mailbox, &mail, false);
        CHECK_U64(mail.deliveries.count, 100);
        for (uint64_t i = 0; i < 100; i++)
            CHECK_U64(mail.deliveries.items[i].caps, round * 100 + i);
        forget(&mail);
    }
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
}

TEST(orders_wake_and_come_out_in_order)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct mail mail = {.order_count = 0};
    for (int round = 0; round < 3; round++) {
        mailbox_order(&mailbox, &(struct order){.kind = ORDER_TICK});
        CHECK(is_readable(&mailbox));
        mailbox_order(&mailbox, &(struct order){.kind = ORDER_CONFIGURE});
        CHECK(!put_one(&mailbox, 0, 1)); /* already woken */
        mailbox_take(&mailbox, &mail, true);
        CHECK(!is_readable(&mailbox));
        CHECK_U64(mail.order_count, 2);
        CHECK_U64(mail.orders[0].kind, ORDER_TICK);
        CHECK_U64(mail.orders[1].kind, ORDER_CONFIGURE);
        CHECK_U64(mail.deliveries.count, 1);
        forget(&mail);
    }
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
}

TEST(order_behind_an_unread_delivery_does_not_wake_again)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    CHECK(put_one(&mailbox, 0, 1));
    mailbox_order(&mailbox, &(struct order){.kind = ORDER_TICK});
    CHECK(!is_readable(&mailbox)); /* whoever put the delivery is about to wake */
    mailbox_deinit(&mailbox);
}

TEST(take_of_an_empty_mailbox_finds_nothing)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct mail mail = {.order_count = 0};
    mailbox_take(&mailbox, &mail, false);
    mailbox_take(&mailbox, &mail, true); /* a signal that has been read already */
    CHECK_U64(mail.deliveries.count, 0);
    CHECK_U64(mail.order_count, 0);
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
}

static bool
is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1 || errno != EBADF;
}

TEST(sockets_in_orders_that_nobody_took_are_closed)
{
    int in_mailbox[2];
    int in_mail[2];
    CHECK(pipe(in_mailbox) == 0);
    CHECK(pipe(in_mail) == 0);
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct mail mail = {.order_count = 0};
    mailbox_order(&mailbox, &(struct order){.kind = ORDER_ADOPT, .fd = in_mail[0]});
    mailbox_take(&mailbox, &mail, true);
    mailbox_order(&mailbox, &(struct order){.kind = ORDER_ADOPT, .fd = in_mailbox[0]});
    mailbox_order(&mailbox, &(struct order){.kind = ORDER_STOP, .fd = in_mail[1]});
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
    CHECK(!is_open(in_mailbox[0]));
    CHECK(!is_open(in_mail[0]));
    CHECK(is_open(in_mail[1])); /* no order to adopt */
    CHECK(close(in_mailbox[1]) == 0);
    CHECK(close(in_mail[1]) == 0);
}

TEST(events_in_mail_that_nobody_took_are_freed)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct outbox outbox = {.home_count = 0};
    struct delivery delivery = {
        .kind = DELIVERY_TO_SESSION,
        .event = event_new(&(struct event_spec){.command = STR("PING")}),
    };
    outbox_put(&outbox, 0, &delivery);
    CHECK(mailbox_put(&mailbox, &outbox.homes[0].deliveries));
    outbox_deinit(&outbox);
    mailbox_deinit(&mailbox);
}

/* --- two threads put, one takes --- */

#define SENDERS 2
#define SENT    20000

struct sender {
    struct mailbox *mailbox;
    uint32_t number;
    pthread_t thread;
};

static void *
send_all(void *argument)
{
    const struct sender *sender = argument;
    uint64_t sent = 0;
    while (sent < SENT) {
        struct deliveries deliveries = {.count = 0};
        for (uint64_t i = 0; i <= sent % 3 && sent < SENT; i++)
            add_delivery(&deliveries, sender->number, sent++);
        if (mailbox_put(sender->mailbox, &deliveries))
            mailbox_wake(sender->mailbox);
        deliveries_deinit(&deliveries);
        if (sent % 100 == 0)
            mailbox_order(sender->mailbox, &(struct order){.kind = ORDER_TICK});
    }
    return NULL;
}

static uint64_t
count_mail(const struct mail *mail, uint64_t next[SENDERS])
{
    for (size_t i = 0; i < mail->deliveries.count; i++) {
        const struct delivery *delivery = &mail->deliveries.items[i];
        CHECK_U64(delivery->caps, next[delivery->peer.slot]);
        next[delivery->peer.slot]++;
    }
    return mail->deliveries.count;
}

/* A lost wake-up would leave the owner asleep: the wait ends the test then. */
TEST(nothing_is_lost_or_overtaken_between_threads)
{
    struct mailbox mailbox;
    CHECK_I64(mailbox_init(&mailbox), 0);
    struct sender senders[SENDERS];
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.mailbox = &mailbox, .number = i};
        CHECK(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]) == 0);
    }
    struct mail mail = {.order_count = 0};
    uint64_t next[SENDERS] = {0};
    uint64_t taken = 0;
    while (taken < SENDERS * (uint64_t)SENT) {
        struct pollfd fd = {.fd = mailbox.event_fd, .events = POLLIN};
        CHECK(poll(&fd, 1, 20000) == 1);
        mailbox_take(&mailbox, &mail, true);
        taken += count_mail(&mail, next);
        forget(&mail);
        mailbox_take(&mailbox, &mail, false); /* as workers do in the middle of a round */
        taken += count_mail(&mail, next);
        forget(&mail);
    }
    for (size_t i = 0; i < SENDERS; i++)
        CHECK(pthread_join(senders[i].thread, NULL) == 0);
    mail_deinit(&mail);
    mailbox_deinit(&mailbox);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(owner_is_woken_only_when_the_mailbox_was_empty),
        cmocka_unit_test(deliveries_come_out_in_the_order_in_which_they_went_in),
        cmocka_unit_test(orders_wake_and_come_out_in_order),
        cmocka_unit_test(order_behind_an_unread_delivery_does_not_wake_again),
        cmocka_unit_test(take_of_an_empty_mailbox_finds_nothing),
        cmocka_unit_test(sockets_in_orders_that_nobody_took_are_closed),
        cmocka_unit_test(events_in_mail_that_nobody_took_are_freed),
        cmocka_unit_test(nothing_is_lost_or_overtaken_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
