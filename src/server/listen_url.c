/* Addresses to listen on; see listen_url.h. */
#include "server/listen_url.h"

#include "base/number.h"
#include "server/nearest.h"
#include "wire/address.h"

#include <assert.h>

#define HOST_BYTES_MAX 253 /* of a name in DNS (RFC 1035 2.3.4, as text) */

#define PROXY_OPTION STR("?proxy")

struct scheme {
    struct str name;
    enum config_door door;
    bool is_tls;
    bool is_local;
    uint16_t usual_port;
};

static const struct scheme schemes[] = {
    {STR_INIT("irc"), CONFIG_DOOR_IRC, false, false, 6667},
    {STR_INIT("ircs"), CONFIG_DOOR_IRC, true, false, 6697},
    {STR_INIT("irc+unix"), CONFIG_DOOR_IRC, false, true, 0},
    {STR_INIT("plain"), CONFIG_DOOR_PLAIN, false, false, 21567},
    {STR_INIT("plains"), CONFIG_DOOR_PLAIN, true, false, 21568},
    {STR_INIT("plain+unix"), CONFIG_DOOR_PLAIN, false, true, 0},
};

/* NULL, and why not, for a name of no scheme. */
static const struct scheme *
find_scheme(struct str name, struct buf *why)
{
    struct str names[ARRAY_LEN(schemes)];
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        names[i] = schemes[i].name;
        if (str_equal(name, names[i]))
            return &schemes[i];
    }
    struct str nearest = nearest_name(name, names, ARRAY_LEN(names));
    buf_printf(why, "begins with no known kind of door; ");
    if (nearest.ptr != NULL) {
        buf_printf(why, "did you mean %.*s?", STR_ARG(nearest));
    } else {
        buf_put(why,
                STR("write irc://HOST:PORT, ircs://HOST:PORT, plain://HOST:PORT, irc+unix:PATH "
                    "or plain+unix:PATH"));
    }
    return NULL;
}

static bool
parse_path(struct str path, struct config_listen *listen, struct buf *why)
{
    if (path.len == 0) {
        buf_put(why, STR("has no path; write one such as irc+unix:confab.sock"));
        return false;
    }
    if (str_starts_with(path, STR("//"))) {
        buf_put(why, STR("has // before its path; write the path right behind the colon: "
                         "irc+unix:/run/confab.sock"));
        return false;
    }
    if (path.len > LISTEN_PATH_BYTES_MAX) {
        buf_printf(why, "has a path of %zu bytes; the system allows at most %d for a socket",
                   path.len, LISTEN_PATH_BYTES_MAX);
        return false;
    }
    listen->path = path;
    return true;
}

/* An address or a name that could be in DNS; it is looked up when the server starts. */
static bool
is_host(struct str host)
{
    bool is_number = true;
    for (size_t i = 0; i < host.len; i++) {
        char byte = host.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-' && byte != '.' &&
            byte != '_')
            return false;
        is_number = is_number && (ascii_is_digit(byte) || byte == '.');
    }
    struct address_block block;
    if (is_number)
        return address_block_parse(host, &block);
    return host.len <= HOST_BYTES_MAX;
}

/* "::1", also with a zone: "fe80::1%eth0". */
static bool
is_ipv6(struct str host)
{
    struct address_block block;
    struct str address = str_take(host, str_find_byte(host, '%'));
    return str_find_byte(address, ':') < address.len &&
           str_find_byte(address, '/') == address.len && address_block_parse(address, &block);
}

/* Cuts the host off: what is left of *rest is empty or ":PORT". */
static bool
parse_host(struct str *rest, struct config_listen *listen, struct buf *why)
{
    if (str_starts_with(*rest, STR("["))) {
        size_t end = str_find_byte(*rest, ']');
        listen->host = str_skip(str_take(*rest, end), 1);
        if (end == rest->len || !is_ipv6(listen->host)) {
            buf_put(why, STR("has no IPv6 address in the brackets; write one such as "
                             "irc://[::1]:6667"));
            return false;
        }
        *rest = str_skip(*rest, end + 1);
        return true;
    }
    size_t colon = str_find_byte(*rest, ':');
    listen->host = str_take(*rest, colon);
    if (is_ipv6(*rest) || str_find_byte(str_skip(*rest, colon + 1), ':') + colon + 1 < rest->len) {
        buf_put(why, STR("has colons in its host; write an IPv6 address in brackets: "
                         "irc://[::1]:6667"));
        return false;
    }
    *rest = str_skip(*rest, colon);
    if (listen->host.len == 0) {
        buf_put(why, STR("has no host; write * for all addresses, or one of this machine"));
        return false;
    }
    if (!str_equal(listen->host, STR("*")) && !is_host(listen->host)) {
        buf_put(why, STR("has no address or host name that could be listened on; write * for all "
                         "addresses, or one of this machine"));
        return false;
    }
    return true;
}

static bool
parse_port(struct str rest, struct config_listen *listen, struct buf *why)
{
    if (rest.len == 0)
        return true;
    uint64_t port;
    if (rest.ptr[0] != ':' || !number_parse_u64(str_skip(rest, 1), UINT16_MAX, &port)) {
        buf_put(why, STR("has no port that can be used; write a number up to 65535 behind a colon, "
                         "0 for any free port"));
        return false;
    }
    listen->port = (uint16_t)port;
    return true;
}

bool
listen_url_parse(struct str url, struct config_listen *listen_out, struct buf *why)
{
    struct str rest = str_take(url, str_find(url, PROXY_OPTION));
    bool has_proxy = rest.len < url.len;
    if (has_proxy && rest.len + PROXY_OPTION.len != url.len) {
        buf_put(why, STR("has more behind ?proxy, which must be its end"));
        return false;
    }
    const struct scheme *scheme = find_scheme(str_cut(&rest, ':'), why);
    if (scheme == NULL)
        return false;
    struct config_listen listen = {
        .door = scheme->door,
        .is_tls = scheme->is_tls,
        .has_proxy = has_proxy,
        .port = scheme->usual_port,
    };
    if (scheme->is_local) {
        if (!parse_path(rest, &listen, why))
            return false;
    } else {
        if (!str_starts_with(rest, STR("//"))) {
            buf_printf(why, "has no // behind its kind; write %.*s://HOST:PORT",
                       STR_ARG(scheme->name));
            return false;
        }
        rest = str_skip(rest, 2);
        if (!parse_host(&rest, &listen, why) || !parse_port(rest, &listen, why))
            return false;
    }
    assert((listen.host.len > 0) != (listen.path.len > 0));
    *listen_out = listen;
    return true;
}

void
listen_url_put(struct buf *out, const struct config_listen *listen)
{
    const struct scheme *scheme = schemes;
    bool is_local = listen->path.len > 0;
    while (scheme->door != listen->door || scheme->is_tls != listen->is_tls ||
           scheme->is_local != is_local) {
        scheme++;
        assert(scheme < schemes + ARRAY_LEN(schemes));
    }
    if (is_local) {
        buf_printf(out, "%.*s:%.*s", STR_ARG(scheme->name), STR_ARG(listen->path));
    } else {
        bool has_colons = str_find_byte(listen->host, ':') < listen->host.len;
        buf_printf(out, has_colons ? "%.*s://[%.*s]:%u" : "%.*s://%.*s:%u", STR_ARG(scheme->name),
                   STR_ARG(listen->host), listen->port);
    }
    if (listen->has_proxy)
        buf_put(out, PROXY_OPTION);
}

bool
listen_url_collides(const struct config_listen *a, const struct config_listen *b)
{
    if (a->path.len > 0 || b->path.len > 0)
        return str_equal(a->path, b->path);
    if (a->port == 0 || a->port != b->port)
        return false;
    return str_equal(a->host, STR("*")) || str_equal(b->host, STR("*")) ||
           str_equal_ascii_nocase(a->host, b->host);
}
