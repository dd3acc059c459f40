/* Counting connections; see admission.h. */
#include "net/admission.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

/* Of a network, in bits. */
#define IPV4_NETWORK_BITS 24
#define IPV6_NETWORK_BITS 48

/* Family, bits, address: bytes without gaps, for the map. */
struct admission_key {
    uint8_t bytes[18];
};

struct admission_count {
    struct map_node by_key; /* key */
    struct admission_key key;
    uint32_t connections;
    uint32_t begun; /* since begun_since_ms, while it is in recent */
    int64_t begun_since_ms;
    struct list in_recent;
};

void
admission_init(struct admission *admission)
{
    *admission = (struct admission){.total = 0};
    cf_mutex_init(&admission->mutex);
    cf_mutex_lock(&admission->mutex);
    list_init(&admission->recent);
    cf_mutex_unlock(&admission->mutex);
}

/* --- counts --- */

static struct admission_key
key_of(const struct address *address, uint8_t bits)
{
    struct admission_key key = {{(uint8_t)address->family, bits}};
    memcpy(key.bytes + 2, address->bytes, bits / 8);
    return key;
}

static struct admission_key
address_key_of(const struct address *address)
{
    struct address key = address_key(address);
    return key_of(&key, key.family == ADDRESS_IPV6 ? 64 : 32);
}

static struct admission_key
network_key_of(const struct address *address)
{
    bool is_ipv6 = address->family == ADDRESS_IPV6;
    return key_of(address, is_ipv6 ? IPV6_NETWORK_BITS : IPV4_NETWORK_BITS);
}

static struct str
key_bytes(const struct admission_key *key)
{
    return (struct str){.ptr = (const char *)key->bytes, .len = sizeof key->bytes};
}

static struct admission_count *
find_count(struct admission *admission, const struct admission_key *key)
    CF_REQUIRES(admission->mutex)
{
    struct map_node *node = map_find(&admission->counts, key_bytes(key));
    return node == NULL ? NULL : CONTAINER_OF(node, struct admission_count, by_key);
}

static struct admission_count *
ensure_count(struct admission *admission, const struct admission_key *key)
    CF_REQUIRES(admission->mutex)
{
    struct admission_count *count = find_count(admission, key);
    if (count != NULL)
        return count;
    count = cf_calloc_array(1, sizeof *count);
    count->key = *key;
    map_insert(&admission->counts, &count->by_key, key_bytes(&count->key));
    return count;
}

static void
free_if_unused(struct admission *admission, struct admission_count *count)
    CF_REQUIRES(admission->mutex)
{
    if (count->connections > 0 || list_is_linked(&count->in_recent))
        return;
    map_remove(&admission->counts, &count->by_key);
    cf_free(count);
}

/* Forgets what was begun long ago, and more when there is too much to be remembered. */
static void
forget_old(struct admission *admission, int64_t window_ms, int64_t now_ms)
    CF_REQUIRES(admission->mutex)
{
    while (!list_is_empty(&admission->recent)) {
        struct admission_count *oldest =
            CONTAINER_OF(admission->recent.next, struct admission_count, in_recent);
        if (now_ms < oldest->begun_since_ms + window_ms &&
            map_count(&admission->counts) <= LIMIT_ADMISSION_COUNTS)
            return;
        list_remove(&oldest->in_recent);
        free_if_unused(admission, oldest);
    }
}

void
admission_deinit(struct admission *admission)
{
    cf_mutex_lock(&admission->mutex);
    assert(admission->total == 0);
    forget_old(admission, 0, INT64_MAX);
    assert(map_count(&admission->counts) == 0);
    cf_mutex_unlock(&admission->mutex);
    cf_mutex_deinit(&admission->mutex);
}

/* --- asking --- */

static bool
is_exempt(const struct net_settings *settings, const struct address *address)
{
    if (address->family == ADDRESS_UNIX)
        return true;
    for (size_t i = 0; i < settings->exempt_count; i++) {
        if (address_block_holds(&settings->exempt[i], address))
            return true;
    }
    return false;
}

static enum admission_result
check_limits(struct admission *admission, const struct net_settings *settings,
             const struct address *address) CF_REQUIRES(admission->mutex)
{
    struct admission_key key = address_key_of(address);
    const struct admission_count *own = find_count(admission, &key);
    key = network_key_of(address);
    const struct admission_count *network = find_count(admission, &key);
    if (own != NULL && list_is_linked(&own->in_recent) &&
        own->begun >= settings->connects_per_address)
        return ADMISSION_TOO_FAST;
    if (own != NULL && own->connections >= settings->connections_per_address)
        return ADMISSION_ADDRESS_FULL;
    if (network != NULL && network->connections >= settings->connections_per_network)
        return ADMISSION_NETWORK_FULL;
    return ADMISSION_OK;
}

static void
add(struct admission *admission, const struct address *address) CF_REQUIRES(admission->mutex)
{
    struct admission_key key = address_key_of(address);
    ensure_count(admission, &key)->connections++;
    key = network_key_of(address);
    ensure_count(admission, &key)->connections++;
}

static void
subtract(struct admission *admission, const struct admission_key *key) CF_REQUIRES(admission->mutex)
{
    struct admission_count *count = find_count(admission, key);
    assert(count != NULL);
    assert(count->connections > 0);
    count->connections--;
    free_if_unused(admission, count);
}

static void
release_locked(struct admission *admission, const struct address *address)
    CF_REQUIRES(admission->mutex)
{
    struct admission_key key = address_key_of(address);
    subtract(admission, &key);
    key = network_key_of(address);
    subtract(admission, &key);
}

/* Remembers that the address has begun a connection. */
static void
note_begun(struct admission *admission, const struct address *address, int64_t now_ms)
    CF_REQUIRES(admission->mutex)
{
    struct admission_key key = address_key_of(address);
    struct admission_count *count = ensure_count(admission, &key);
    if (!list_is_linked(&count->in_recent)) {
        count->begun = 0;
        count->begun_since_ms = now_ms;
        list_append(&admission->recent, &count->in_recent);
    }
    count->begun++;
}

/* Counts the connection for the address unless that is refused. */
static enum admission_result
ask_locked(struct admission *admission, const struct net_settings *settings,
           const struct address *address, bool is_proxy, int64_t now_ms)
    CF_REQUIRES(admission->mutex)
{
    forget_old(admission, settings->connects_window_ms, now_ms);
    enum admission_result result = ADMISSION_OK;
    if (!is_proxy && !is_exempt(settings, address)) {
        result = check_limits(admission, settings, address);
        if (result != ADMISSION_TOO_FAST)
            note_begun(admission, address, now_ms);
    }
    if (result == ADMISSION_OK)
        add(admission, address);
    return result;
}

enum admission_result
admission_ask(struct admission *admission, const struct net_settings *settings,
              const struct address *address, bool is_proxy, int64_t now_ms)
{
    cf_mutex_lock(&admission->mutex);
    enum admission_result result = ADMISSION_SERVER_FULL;
    if (admission->total < settings->connections_max)
        result = ask_locked(admission, settings, address, is_proxy, now_ms);
    if (result == ADMISSION_OK)
        admission->total++;
    cf_mutex_unlock(&admission->mutex);
    return result;
}

enum admission_result
admission_move(struct admission *admission, const struct net_settings *settings,
               const struct address *from, const struct address *to, int64_t now_ms)
{
    cf_mutex_lock(&admission->mutex);
    enum admission_result result = ask_locked(admission, settings, to, false, now_ms);
    if (result == ADMISSION_OK)
        release_locked(admission, from);
    cf_mutex_unlock(&admission->mutex);
    return result;
}

void
admission_release(struct admission *admission, const struct address *address)
{
    cf_mutex_lock(&admission->mutex);
    release_locked(admission, address);
    assert(admission->total > 0);
    admission->total--;
    cf_mutex_unlock(&admission->mutex);
}

const char *
admission_reason(enum admission_result result)
{
    switch (result) {
    case ADMISSION_OK:
        break;
    case ADMISSION_SERVER_FULL:
        return "this server is full, try again later";
    case ADMISSION_ADDRESS_FULL:
        return "too many connections from your address, close one first";
    case ADMISSION_NETWORK_FULL:
        return "too many connections from your network, try again later";
    case ADMISSION_TOO_FAST:
        return "you connect too often, wait a while and try again";
    }
    cf_unreachable("admitted");
}

uint32_t
admission_total(struct admission *admission)
{
    cf_mutex_lock(&admission->mutex);
    uint32_t total = admission->total;
    cf_mutex_unlock(&admission->mutex);
    return total;
}
