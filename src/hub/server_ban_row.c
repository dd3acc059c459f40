/* Server bans as rows; see server_ban_row.h. */
#include "hub/server_ban_row.h"

#include "base/number.h"
#include "base/pack.h"
#include "hub/row.h"

#include <assert.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define KEY_BYTES_MAX   32
#define VALUE_BYTES_MAX 4096

/* With zeros, so that rows come back in the order of the numbers. */
static void
put_key(struct buf *out, const struct server_ban *ban)
{
    buf_init(out, KEY_BYTES_MAX);
    buf_printf(out, "%012llu", (unsigned long long)ban->number);
}

void
server_ban_row_keep(struct hub *hub, const struct server_ban *ban)
{
    struct buf key;
    struct buf value;
    put_key(&key, ban);
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_number(&value, ban->number);
    pack_text(&value, ban->target);
    pack_number(&value, ban->allows_accounts);
    pack_text(&value, ban->reason);
    pack_text(&value, ban->comment);
    pack_text(&value, ban->set_by);
    pack_number(&value, (uint64_t)ban->set_ms);
    pack_number(&value, (uint64_t)ban->expires_ms);
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_SERVER_BAN, buf_str(&key), buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
    buf_deinit(&value);
}

void
server_ban_row_drop(struct hub *hub, const struct server_ban *ban)
{
    struct buf key;
    put_key(&key, ban);
    struct record record = record_of_row_gone(ROW_SERVER_BAN, buf_str(&key));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
}

void
server_ban_row_skip(struct hub *hub, struct str key)
{
    uint64_t number;
    if (number_parse_u64(key, ROW_NUMBER_MAX, &number) && number > hub->last_server_ban)
        hub->last_server_ban = number;
}

bool
server_ban_row_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    uint64_t number = unpack_number(&from);
    struct str target_text = unpack_text(&from);
    struct server_ban_spec spec = {.number = number};
    spec.allows_accounts = unpack_number(&from) != 0;
    spec.reason = unpack_text(&from);
    spec.comment = unpack_text(&from);
    spec.set_by = unpack_text(&from);
    spec.set_ms = (int64_t)unpack_number(&from);
    spec.expires_ms = (int64_t)unpack_number(&from);
    if (from.is_bad || from.rest.len > 0 || form != FORM || number == 0 ||
        number > ROW_NUMBER_MAX || spec.set_ms < 0 || spec.expires_ms < 0)
        return false;
    struct buf target;
    buf_init(&target, 2 * LIMIT_MASK_BYTES);
    bool is_restored = server_ban_parse_target(target_text, &target, &spec) &&
                       server_ban_find(hub, spec.target) == NULL &&
                       server_ban_add(hub, &spec) != NULL;
    buf_deinit(&target);
    return is_restored;
}
