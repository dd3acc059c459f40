#ifndef CONFAB_CONTROL_H
#define CONFAB_CONTROL_H

#include "base/err.h"
#include "base/mutex.h"
#include "hub/outbox.h"

/*
 * What the main thread waits for: signals (SIGINT, SIGTERM stop; SIGHUP reloads) and requests of
 * operators, which come from workers.
 */
enum control_kind {
    CONTROL_STOP,
    CONTROL_RESTART,
    CONTROL_RELOAD,
    CONTROL_REPORT,
};

struct control_event {
    enum control_kind kind;
    const char *cause;      /* static, for the log */
    struct slot_id session; /* who asked, if somebody did */
};

struct control {
    int signal_fd;
    int event_fd;
    struct cf_mutex mutex;
    struct request *requests CF_GUARDED_BY(mutex);
    size_t request_count CF_GUARDED_BY(mutex);
    size_t request_capacity CF_GUARDED_BY(mutex);
};

/* Blocks the signals, in this thread and those it starts. 0, or -errno with err set. */
CF_NODISCARD int control_init(struct control *control, struct cf_err *err);
void control_deinit(struct control *control);

/* Any thread. */
void control_ask(struct control *control, const struct request *request);

/* The main thread: waits for the next event. */
struct control_event control_wait(struct control *control);

#endif
