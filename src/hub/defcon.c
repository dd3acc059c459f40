/* Closing the server to newcomers; see defcon.h. */
#include "hub/defcon.h"

#include "base/pack.h"
#include "hub/outbox.h"
#include "hub/post.h"
#include "hub/row.h"
#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define KEY             STR("defcon")
#define VALUE_BYTES_MAX 512

struct str
defcon_text(uint32_t level)
{
    static const struct str texts[] = {
        [DEFCON_CLOSED] =
            STR_INIT("nobody comes in; without an account one speaks only with voice"),
        [DEFCON_QUIET] = STR_INIT("without an account nobody comes in, and one speaks only with "
                                  "voice; no new channels"),
        [DEFCON_NO_STRANGERS] =
            STR_INIT("nobody comes in without an account; no new channels and accounts"),
        [DEFCON_NO_NEW] = STR_INIT("no new channels and accounts"),
        [DEFCON_NORMAL] = STR_INIT("all is as usual"),
    };
    assert(level >= DEFCON_CLOSED);
    assert(level <= DEFCON_NORMAL);
    return texts[level];
}

void
defcon_set(struct hub *hub, uint32_t level, struct str by)
{
    assert(level >= DEFCON_CLOSED);
    assert(level <= DEFCON_NORMAL);
    hub->defcon = level;
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_text(&value, KEY);
    pack_number(&value, level);
    pack_text(&value, by);
    pack_number(&value, (uint64_t)hub->now_ms);
    assert(!value.is_truncated);
    struct record record = level == DEFCON_NORMAL ? record_of_row_gone(ROW_DEFCON, KEY)
                                                  : record_of_row(ROW_DEFCON, KEY, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&value);
}

bool
defcon_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    uint64_t level = unpack_number(&from);
    struct str by = unpack_text(&from);
    uint64_t set_ms = unpack_number(&from);
    if (from.is_bad || from.rest.len > 0 || form != FORM || !str_equal(name, KEY) ||
        level < DEFCON_CLOSED || level >= DEFCON_NORMAL || by.len > LIMIT_NICK_BYTES ||
        set_ms > INT64_MAX || hub->defcon != DEFCON_NORMAL)
        return false;
    hub->defcon = (uint32_t)level;
    return true;
}

void
defcon_restored(struct hub *hub)
{
    if (hub->defcon == DEFCON_NORMAL)
        return;
    struct buf level;
    buf_init(&level, 8);
    buf_put_u64(&level, hub->defcon);
    note_warning(hub, "the server is closed to newcomers, as before (DEFCON)",
                 {"level", buf_str(&level)});
    buf_deinit(&level);
}

bool
defcon_refuses(const struct hub *hub, const struct session *session, struct str account)
{
    if (session_is_local(session) || hub->defcon > DEFCON_NO_STRANGERS)
        return false;
    return account.len == 0 || hub->defcon == DEFCON_CLOSED;
}

bool
defcon_refuses_accounts(const struct hub *hub)
{
    return hub->defcon <= DEFCON_NO_NEW;
}

/* Those whom no level concerns. */
static bool
is_exempt(const struct user *user)
{
    const struct session *session = user_first_session(user);
    return user_is_operator(user) || (session != NULL && session_is_local(session));
}

bool
defcon_refuses_channels(const struct hub *hub, const struct user *user)
{
    return hub->defcon <= DEFCON_NO_NEW && !is_exempt(user);
}

bool
defcon_mutes(const struct hub *hub, const struct user *user)
{
    return hub->defcon <= DEFCON_QUIET && user->account.len == 0 && !is_exempt(user);
}
