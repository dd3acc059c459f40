/* A worker's mailbox; see mailbox.h. */
#include "net/mailbox.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
mailbox_init(struct mailbox *mailbox)
{
    *mailbox = (struct mailbox){.event_fd = -1};
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd == -1)
        return -errno;
    mailbox->event_fd = fd;
    cf_mutex_init(&mailbox->mutex);
    return 0;
}

static void
close_adopted(const struct order *orders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (orders[i].kind == ORDER_ADOPT)
            (void)close(orders[i].fd); /* nobody is left to be told */
    }
}

void
mailbox_deinit(struct mailbox *mailbox)
{
    cf_mutex_lock(&mailbox->mutex);
    deliveries_deinit(&mailbox->deliveries);
    close_adopted(mailbox->orders, mailbox->order_count);
    cf_free(mailbox->orders);
    mailbox->orders = NULL;
    cf_mutex_unlock(&mailbox->mutex);
    cf_mutex_deinit(&mailbox->mutex);
    (void)close(mailbox->event_fd); /* an eventfd has nothing to lose */
}

bool
mailbox_put(struct mailbox *mailbox, struct deliveries *from)
{
    assert(from->count > 0);
    cf_mutex_lock(&mailbox->mutex);
    deliveries_move(&mailbox->deliveries, from);
    bool has_to_wake = !mailbox->is_signalled;
    mailbox->is_signalled = true;
    cf_mutex_unlock(&mailbox->mutex);
    return has_to_wake;
}

void
mailbox_order(struct mailbox *mailbox, const struct order *order)
{
    cf_mutex_lock(&mailbox->mutex);
    mailbox->orders = cf_array_reserve(mailbox->orders, &mailbox->order_capacity,
                                       mailbox->order_count + 1, sizeof *mailbox->orders);
    mailbox->orders[mailbox->order_count++] = *order;
    bool has_to_wake = !mailbox->is_signalled;
    mailbox->is_signalled = true;
    cf_mutex_unlock(&mailbox->mutex);
    if (has_to_wake)
        mailbox_wake(mailbox);
}

void
mailbox_wake(struct mailbox *mailbox)
{
    uint64_t one = 1;
    ssize_t written;
    do
        written = write(mailbox->event_fd, &one, sizeof one);
    while (written == -1 && errno == EINTR);
    assert(written == sizeof one); /* the counter is at 0 or 1: it can't be full */
}

void
mailbox_take(struct mailbox *mailbox, struct mail *mail, bool has_signal)
{
    assert(mail->deliveries.count == 0);
    assert(mail->order_count == 0);
    if (has_signal) {
        uint64_t count;
        ssize_t got = read(mailbox->event_fd, &count, sizeof count);
        (void)got; /* EAGAIN: somebody is about to write; that wakes us once for nothing */
    }
    cf_mutex_lock(&mailbox->mutex);
    deliveries_move(&mail->deliveries, &mailbox->deliveries);
    struct order *orders = mail->orders;
    size_t order_capacity = mail->order_capacity;
    mail->orders = mailbox->orders;
    mail->order_count = mailbox->order_count;
    mail->order_capacity = mailbox->order_capacity;
    mailbox->orders = orders;
    mailbox->order_count = 0;
    mailbox->order_capacity = order_capacity;
    mailbox->is_signalled = false;
    cf_mutex_unlock(&mailbox->mutex);
}

void
mail_deinit(struct mail *mail)
{
    deliveries_deinit(&mail->deliveries);
    close_adopted(mail->orders, mail->order_count);
    cf_free(mail->orders);
    *mail = (struct mail){0};
}
