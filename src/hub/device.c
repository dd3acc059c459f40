/* Devices of accounts; see device.h. */
#include "hub/device.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "hub/replay.h"
#include "hub/row.h"

#include <assert.h>

#define FORM          1 /* of the value: rises when it changes, and old ones stay readable */
#define KEY_BYTES_MAX (LIMIT_FOLDED_BYTES + 1 + LIMIT_DEVICE_BYTES)

static struct device *
of_node(struct list *node)
{
    return CONTAINER_OF(node, struct device, in_account);
}

/* --- names --- */

static bool
is_valid(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-' && byte != '_' &&
            byte != '.')
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_DEVICE_BYTES;
}

struct str
device_take(struct session *session, struct str name)
{
    struct str device = name;
    struct str account = str_cut(&device, '@');
    if (device.ptr == NULL || !is_valid(device))
        return name;
    str_replace(&session->device, device);
    return account;
}

bool
device_is_misspelt(struct str name)
{
    struct str device = name;
    (void)str_cut(&device, '@');
    return device.ptr != NULL && !is_valid(device);
}

/* --- rows --- */

static void
put_key(struct buf *out, const struct account *account, const struct device *device)
{
    buf_put(out, account->key);
    buf_put_byte(out, ' ');
    buf_put(out, device->name);
}

static void
keep_row(struct hub *hub, const struct account *account, const struct device *device)
{
    struct buf key;
    struct buf value;
    buf_init(&key, KEY_BYTES_MAX);
    buf_init(&value, KEY_BYTES_MAX + 32);
    put_key(&key, account, device);
    pack_number(&value, FORM);
    pack_text(&value, account->key);
    pack_text(&value, device->name);
    pack_number(&value, (uint64_t)device->seen_ms);
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_DEVICE, buf_str(&key), buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
    buf_deinit(&value);
}

static void
drop_row(struct hub *hub, const struct account *account, const struct device *device)
{
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    put_key(&key, account, device);
    struct record record = record_of_row_gone(ROW_DEVICE, buf_str(&key));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
}

/* --- devices --- */

static struct device *
find(const struct account *account, struct str name)
{
    list_for_each(node, &account->devices) {
        if (str_equal(of_node(node)->name, name))
            return of_node(node);
    }
    return NULL;
}

static void
free_device(struct account *account, struct device *device)
{
    assert(account->device_count > 0);
    account->device_count--;
    list_remove(&device->in_account);
    str_free(&device->name);
    cf_free(device);
}

static struct device *
add(struct hub *hub, struct account *account, struct str name)
{
    if (account->device_count == LIMIT_ACCOUNT_DEVICES) {
        struct device *oldest = of_node(account->devices.next);
        drop_row(hub, account, oldest);
        free_device(account, oldest);
    }
    struct device *device = cf_calloc_array(1, sizeof *device);
    device->name = str_dup(name);
    list_append(&account->devices, &device->in_account);
    account->device_count++;
    return device;
}

int64_t
device_seen_ms(const struct account *account, struct str name)
{
    const struct device *device = find(account, name);
    return device == NULL ? 0 : device->seen_ms;
}

void
device_see(struct hub *hub, struct account *account, struct str name)
{
    struct device *device = find(account, name);
    if (device == NULL)
        device = add(hub, account, name);
    device->seen_ms = hub->now_ms;
    list_remove(&device->in_account);
    list_append(&account->devices, &device->in_account);
    keep_row(hub, account, device);
}

/* The account of a session whose device is remembered; NULL: it is not. */
static struct account *
account_of_device(const struct hub *hub, const struct session *session)
{
    struct account *account = account_find(hub, account_of_session(session));
    bool is_remembered =
        account != NULL && (session->device.len > 0 ||
                            account->settings[ACCOUNT_SETTING_AUTOREPLAY_MISSED] == SETTING_ON);
    return is_remembered ? account : NULL;
}

void
device_see_session(struct hub *hub, const struct session *session)
{
    struct account *account = account_of_device(hub, session);
    if (account != NULL)
        device_see(hub, account, session->device);
}

void
device_returned(struct call *call)
{
    const struct session *session = call->session;
    struct account *account = account_of_device(call->hub, session);
    bool is_alone = call->user->sessions.next == call->user->sessions.prev;
    int64_t since_ms = 0;
    if (account != NULL && (session->device.len > 0 || is_alone))
        since_ms = device_seen_ms(account, session->device);
    if (account != NULL)
        device_see(call->hub, account, session->device);
    replay_on_return(call, since_ms);
}

bool
device_is_connected(const struct hub *hub, const struct account *account,
                    const struct device *device)
{
    uint32_t cursor = 0;
    const struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        if (str_equal(session->device, device->name) &&
            str_equal(account_of_session(session), account->name))
            return true;
    }
    return false;
}

void
devices_deinit(struct account *account)
{
    while (!list_is_empty(&account->devices))
        free_device(account, of_node(account->devices.next));
}

void
device_drop_all(struct hub *hub, const struct account *account)
{
    list_for_each(node, &account->devices) {
        drop_row(hub, account, of_node(node));
    }
}

bool
device_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct account *account = account_find(hub, unpack_text(&from));
    struct str name = unpack_text(&from);
    uint64_t seen_ms = unpack_number(&from);
    if (from.is_bad || from.rest.len > 0 || form != FORM || account == NULL ||
        (name.len > 0 && !is_valid(name)) || seen_ms > INT64_MAX || find(account, name) != NULL)
        return false;
    add(hub, account, name)->seen_ms = (int64_t)seen_ms;
    return true;
}
