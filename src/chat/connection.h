#ifndef CONFAB_CHAT_CONNECTION_H
#define CONFAB_CHAT_CONNECTION_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A connection to a server: looked up, made, and read and written in lines, all without blocking.
 * Several addresses are tried one after the other. Can be started again after it has ended.
 * One owner thread.
 */
struct connection;

enum connection_state {
    CONNECTION_ENDED, /* also before the first start; connection_error says why */
    CONNECTION_STARTING,
    CONNECTION_OPEN,
};

/* Where to. Copied; `text` is how people know it. */
struct connection_target {
    struct str host; /* a name or an address; empty for a Unix socket */
    uint16_t port;
    struct str path; /* of a Unix socket */
};

CF_NODISCARD struct connection *connection_new(const struct connection_target *target);

/* Sets *connection to NULL. */
void connection_free(struct connection **connection);

/* "127.0.0.1:6667", "[::1]:6667", "/run/confab.sock". */
struct str connection_name(const struct connection *connection);

/* From CONNECTION_ENDED. */
void connection_start(struct connection *connection, int64_t now_ms);

/* Throws away what is not written yet. */
void connection_end(struct connection *connection);

/* What it is doing now; see the states above. */
enum connection_state connection_state(const struct connection *connection);

/* Of an open one: the server is on this machine, so that nobody else reads what is said to it. */
CF_NODISCARD bool connection_is_local(const struct connection *connection);

/* Why it has ended, for people. */
struct str connection_error(const struct connection *connection);

/* What to poll for; false for nothing. wants_input: false to let lines wait with the server. */
CF_NODISCARD bool connection_poll_fd(const struct connection *connection, bool wants_input,
                                     struct pollfd *fd_out);

/* When to call connection_work even if nothing is ready; 0: never. */
int64_t connection_deadline_ms(const struct connection *connection);

/* Does what can be done without waiting; reads only when wants_input. */
void connection_work(struct connection *connection, bool wants_input, int64_t now_ms);

/* Takes the next line, without its end: valid until the next call of anything here. */
CF_NODISCARD bool connection_read_line(struct connection *connection, struct str *line_out);

/* Appends to what is to be written. Ends the connection when the server takes nothing for long. */
void connection_send(struct connection *connection, struct str bytes);

#endif
