#ifndef CONFAB_OPTION_TABLE_H
#define CONFAB_OPTION_TABLE_H

#include "server/config.h"
#include "server/options.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The table of options in the pieces that it is written in: a group for options that belong
 * together, in the order of the manual, which options.c joins. What is declared here is for those
 * files; all others ask options.h. Constant.
 */
struct option_group {
    const struct option *items;
    size_t count;
};

extern const struct option_group options_server;
extern const struct option_group options_listen;
extern const struct option_group options_lobby;
extern const struct option_group options_accounts;
extern const struct option_group options_channels;
extern const struct option_group options_rates;
extern const struct option_group options_users;
extern const struct option_group options_filters;
extern const struct option_group options_clients;
extern const struct option_group options_history;
extern const struct option_group options_log;
extern const struct option_group options_operators;

/* --- what rows are written with --- */

#define SECOND_MS UINT64_C(1000)
#define HOUR_MS   (3600 * SECOND_MS)
#define DAY_MS    (24 * HOUR_MS)
#define KIB       UINT64_C(1024)
#define MIB       (1024 * KIB)
#define GIB       (1024 * MIB)

#define PATH_BYTES_MAX  4000 /* below the system's 4096, with room for a folder before it */
#define ADMIN_BYTES_MAX 300  /* of a line of ADMIN: fits in a line with all that stands before it */

#define FIELD_OF(type, member) \
    .offset = offsetof(type, member), .field_bytes = sizeof(((type *)NULL)->member)
#define FIELD(member) FIELD_OF(struct config, member)
#define ITEM_LIST(type, first_item, count_of) \
    FIELD_OF(type, first_item), .count_offset = offsetof(type, count_of)
#define LIST(first_item, count_of) \
    FIELD(first_item), .count_offset = offsetof(struct config, count_of)

#endif
