/* Accounts and channels that lines mention; see import_mentions.h. */
#include "store/import_mentions.h"

#include "base/pack.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/channel_row.h"
#include "hub/row.h"
#include "wire/name.h"

#include <errno.h>

#define NAME_BYTES_SHOWN 100

/* What the row is about; empty: something of its own, or of the server. The value fits. */
static struct str
owner_of(uint32_t row, struct str value)
{
    struct unpack from = UNPACK(value);
    (void)unpack_number(&from); /* the form */
    switch ((enum row_kind)row) {
    case ROW_READ_MARKER:
    case ROW_METADATA:
    case ROW_MEMBERSHIP:
    case ROW_CREDENTIAL:
    case ROW_SETTING:
    case ROW_DEVICE:
        return unpack_text(&from);
    case ROW_INVITE:
        (void)unpack_number(&from); /* its own */
        return unpack_text(&from);
    case ROW_ACCOUNT:
    case ROW_CHANNEL:
    case ROW_SERVER_BAN:
    case ROW_SEQ:
    case ROW_TXN:
    case ROW_PURGE:
    case ROW_DEFCON:
        return STR("");
    }
    return STR(""); /* of a newer confab */
}

static bool
is_there(const struct hub *hub, struct str name)
{
    return name_looks_like_channel(name) ? channel_find(hub, name) != NULL
                                         : account_find(hub, name) != NULL;
}

int
import_mentions_check(const struct hub *hub, const struct line *line, struct cf_err *err)
{
    struct str value = buf_str(&line->value);
    struct str owner = owner_of(line->row, value);
    if (owner.len > 0 && !is_there(hub, owner))
        return cf_err_set(err, -EINVAL,
                          "the %s \"%.*s\" that it is about is not there; the line of that comes "
                          "first",
                          name_looks_like_channel(owner) ? "channel" : "account",
                          STR_ARG(utf8_take(owner, NAME_BYTES_SHOWN)));
    struct str stranger =
        line->row == ROW_CHANNEL ? channel_row_find_stranger(hub, value) : STR("");
    if (stranger.len > 0)
        return cf_err_set(err, -EINVAL,
                          "the channel \"%.*s\" gives ranks to \"%.*s\", and there is no such "
                          "account; take its line first, or leave that name out",
                          STR_ARG(utf8_take(buf_str(&line->key), NAME_BYTES_SHOWN)),
                          STR_ARG(utf8_take(stranger, NAME_BYTES_SHOWN)));
    return 0;
}
