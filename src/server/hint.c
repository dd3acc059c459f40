/* What to type to talk; see hint.h. */
#include "server/hint.h"

#include "doors/plain.h"

#include <assert.h>

/* The host in "127.0.0.1:6667" or "[::]:6667"; of one for all addresses the loopback. */
static struct str
host_of(const struct listener *listener)
{
    struct str host = str_from_nul(listener->text);
    while (host.len > 0 && host.ptr[host.len - 1] != ':')
        host.len--;
    assert(host.len > 1);
    host.len--;
    if (host.ptr[0] == '[')
        host = (struct str){.ptr = host.ptr + 1, .len = host.len - 2};
    if (str_equal(host, STR("::")) || str_equal(host, STR("0.0.0.0")))
        return STR("127.0.0.1");
    return host;
}

static void
put_tcp(struct buf *out, const struct listener *listener, const char *program)
{
    struct str host = host_of(listener);
    bool is_ipv6 = str_find_byte(host, ':') < host.len;
    if (listener->is_tls && listener->door == &plain_door) {
        buf_put(out, STR("openssl s_client -quiet -connect "));
        buf_printf(out, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", STR_ARG(host), listener->port);
        return;
    }
    if (listener->is_tls) {
        buf_printf(out, "irssi, and in it: /connect -tls %.*s %u", STR_ARG(host), listener->port);
        return;
    }
    if (listener->door == &plain_door) {
        buf_printf(out, "nc %.*s %u", STR_ARG(host), listener->port);
        return;
    }
    buf_printf(out, "irssi -c %.*s -p %u   or: %s chat ", STR_ARG(host), listener->port, program);
    buf_printf(out, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", STR_ARG(host), listener->port);
}

void
hint_put(struct buf *out, const struct listener *listener, const char *program)
{
    if (!listener->is_unix)
        put_tcp(out, listener, program);
    else if (listener->door == &plain_door)
        buf_printf(out, "nc -U %s", listener->text);
    else
        buf_printf(out, "%s chat %s", program, listener->text);
}
