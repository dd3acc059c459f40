#ifndef CONFAB_PRIVILEGE_H
#define CONFAB_PRIVILEGE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What operators of the server may do, by name: classes of operators in the configuration are made
 * of these. Pure, any thread.
 *
 * A row: identifier, bit, name, help.
 */
#define PRIVILEGES(X)                                                                   \
    X(KILL, 0x001U, "kill", "disconnect users (KILL)")                                  \
    X(BAN, 0x002U, "ban", "ban (KLINE, DLINE, UBAN), suspend and erase accounts")       \
    X(FORCE, 0x004U, "force", "act for users (SAJOIN, SAPART, SANICK, SAMODE)")         \
    X(OVERRIDE, 0x008U, "override", "do in all channels what their founders may")       \
    X(CHANNELS, 0x010U, "channels", "set the modes of channels that are for operators") \
    X(SEE, 0x020U, "see", "see hosts and addresses, secret channels, invisible users")  \
    X(WALLOPS, 0x040U, "wallops", "send WALLOPS and GLOBOPS")                           \
    X(NOTICES, 0x080U, "notices", "get the server's notices (user mode +s)")            \
    X(STATS, 0x100U, "stats", "ask for all STATS")                                      \
    X(DEFCON, 0x200U, "defcon", "close the server to newcomers (DEFCON)")               \
    X(REHASH, 0x400U, "rehash", "reload the configuration (REHASH)")                    \
    X(DIE, 0x800U, "die", "stop and restart the server (DIE, RESTART)")

enum privilege {

#define X(id, bit, name, help) PRIVILEGE_##id = (bit),
    PRIVILEGES(X)
#undef X
};

#define PRIVILEGES_ALL 0xFFFU

/* The rows; index < privilege_count(). */
size_t privilege_count(void);
uint32_t privilege_at(size_t index);
struct str privilege_name(uint32_t privilege);
struct str privilege_help(uint32_t privilege);

/* False when there is none of that name. */
CF_NODISCARD bool privilege_find(struct str name, uint32_t *privilege_out);

/* Appends the names of a set with spaces between them; "all" for all. */
void privilege_put_names(struct buf *out, uint32_t privileges);

#endif
