/* From the socket to the session; see entry.h. */
#include "net/entry.h"

#include "net/gate.h"

void
entry_init(struct entry *entry, struct roster *roster, struct tls_server *tls)
{
    entry->roster = roster;
    entry->tls = tls;
}

void
entry_deinit(struct entry *entry)
{
    tls_bench_free(&entry->bench);
}

/* False when no certificate is there, which only a bug can bring about; it has been logged. */
static bool
begin_tls(struct entry *entry, struct conn *conn)
{
    if (entry->bench == NULL)
        entry->bench = tls_bench_new();
    struct tls *tls = tls_new(entry->tls, entry->bench);
    if (tls == NULL) {
        log_line(LOG_ERROR, "net", "no certificate for a connection", LOG_NUM("fd", conn->fd));
        return false;
    }
    conn_take_tls(conn, tls);
    return true;
}

void
entry_adopt(struct entry *entry, const struct order *order)
{
    struct roster *roster = entry->roster;
    struct conn *conn =
        conn_new(order->fd, order->door, &order->peer, &roster->settings, roster->now_ms);
    conn->is_console = order->is_console;
    conn->is_local = order->is_local;
    distributor_add(&roster->distributor, &conn->recipient);
    int result = poller_add_connection(roster->poller, conn->fd, conn);
    if (result != 0) {
        log_line(LOG_ERROR, "net", "connection can't be watched", LOG_ERRNO(-result));
        roster_bury(roster, conn);
        return;
    }
    if (order->is_tls && !begin_tls(entry, conn)) {
        roster_bury(roster, conn);
        return;
    }
    if (order->has_proxy)
        conn_expect_proxy(conn);
    if (!conn->is_entering)
        roster_arrive(roster, conn);
    roster_arm(roster, conn);
}

/* roster_turn_away for a client that is told why, in words when it can read them. */
static void
refuse(struct roster *roster, struct conn *conn, const char *reason)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES + 2);
    entry_put_refusal(&text, conn->tls != NULL, reason);
    conn_say_raw(conn, buf_str(&text));
    buf_deinit(&text);
    roster_turn_away(roster, conn, reason);
}

/* Who is behind a proxy: from here on the connection is theirs. False: not admitted. */
static bool
take_proxied(struct roster *roster, struct conn *conn)
{
    const struct proxy_header *proxy = conn->proxy;
    if (proxy->is_local)
        return true;
    enum admission_result result = admission_move(roster->admission, &roster->settings,
                                                  &conn->address, &proxy->source, roster->now_ms);
    if (result != ADMISSION_OK) {
        refuse(roster, conn, admission_reason(result));
        return false;
    }
    conn->address = proxy->source;
    conn->is_local = false;
    conn->is_secure = conn->is_secure || proxy->is_secure;
    return true;
}

size_t
entry_proceed(struct entry *entry, struct conn *conn)
{
    struct roster *roster = entry->roster;
    enum conn_entry state = conn_enter(conn);
    if (state == CONN_ENTRY_PROXY) {
        if (!take_proxied(roster, conn))
            return 1;
        state = conn_enter(conn);
    }
    switch (state) {
    case CONN_ENTRY_PROXY:
        cf_unreachable("one header");
    case CONN_ENTRY_DONE:
        roster_arrive(roster, conn);
        roster_arm(roster, conn);
        break;
    case CONN_ENTRY_MORE:
        if (conn->is_readable)
            roster_serve_soon(roster, conn);
        break;
    case CONN_ENTRY_FAILED:
        roster_turn_away(roster, conn, conn->entry_failure);
        break;
    }
    return 1;
}

void
entry_attach(struct entry *entry, struct hub *hub, uint32_t home, struct conn *conn)
{
    struct roster *roster = entry->roster;
    struct buf address;
    buf_init(&address, 64);
    if (conn->is_console)
        buf_put(&address, STR("console"));
    else
        address_put(&address, &conn->address);
    struct hub_attach attach = {
        .home = home,
        .peer = conn->recipient.peer,
        .address = buf_str(&address),
        .is_secure = conn->is_local || conn->is_secure,
        .is_operator = conn->is_console,
    };
    char fingerprint[TLS_FINGERPRINT_BYTES + 1];
    if (conn->tls != NULL && tls_fingerprint(conn->tls, fingerprint))
        attach.fingerprint = str_from_nul(fingerprint);
    conn->recipient.door->attach(conn->recipient.door_state, &attach);
    conn->recipient.caps = attach.caps;
    struct hub_moment moment = gate_moment();
    struct slot_id session = hub_attach(hub, &attach, &moment);
    conn->recipient.session = session;
    conn->is_attached = !slot_id_is_none(session);
    if (!conn->is_attached) {
        distributor_say(&roster->distributor, &conn->recipient,
                        STR("ERROR :Closing link: this server is full, try again later\r\n"));
        roster_begin_closing(roster, conn);
    }
    roster_serve_soon(roster, conn);
    buf_deinit(&address);
}

void
entry_put_refusal(struct buf *out, bool is_tls, const char *reason)
{
    if (is_tls)
        buf_put(out, tls_refusal());
    else
        buf_printf(out, "ERROR :Closing link: %s\r\n", reason);
}
