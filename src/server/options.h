#ifndef CONFAB_OPTIONS_H
#define CONFAB_OPTIONS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of options: all that can stand in a configuration. The loader, the defaults, `confab
 * check` and the manual follow it, in its order; how a value of each type is read and written is in
 * option_value.c. Constant; any thread.
 */
enum option_type {
    OPTION_SECTION, /* a mapping with options of its own */
    OPTION_TEXT,    /* one line */
    OPTION_LINES,   /* any number of them */
    OPTION_PATH,
    OPTION_HASH, /* of a password */
    OPTION_SERVER_NAME,
    OPTION_CHANNEL,
    OPTION_CHANNEL_MODES,
    OPTION_USER_MODES,
    OPTION_CLIENT_TAGS, /* names with commas, as in CLIENTTAGDENY */
    OPTION_OPERATOR_NAME,
    OPTION_MASK,
    OPTION_NUMBER,
    OPTION_DURATION,
    OPTION_SIZE,
    OPTION_SWITCH,
    OPTION_RANK,       /* of a channel's creator */
    OPTION_PRIVILEGES, /* of operators: names with commas or spaces between them */
    OPTION_LOG_LEVEL,
    OPTION_RATE,
    OPTION_FILTER_NAME,
    OPTION_PATTERN,
    OPTION_FILTER_ACTION,
    OPTION_FILTER_TARGETS,
    OPTION_FILTER_EXEMPTS,
    OPTION_DNSBL_ACTION,
    OPTION_NAMESERVERS, /* addresses with commas, each with a port if it is not 53 */
    OPTION_SCRIPTS,     /* that a name may have */
    OPTION_DURABILITY,
    OPTION_POLICY, /* whether accounts may choose */
    OPTION_TOKEN_ALGORITHM,
    OPTION_WORKERS,
    OPTION_LISTEN,         /* a list of URLs */
    OPTION_ADDRESS_BLOCKS, /* a list */
    OPTION_NAME_MASKS,     /* a list of masks of nicks and channels */
    OPTION_CAPABILITIES,   /* a list */
    OPTION_ITEMS,          /* a list of mappings with options of their own, the first is its name */
};

struct option {
    struct str name; /* dotted path: "limits.ping_interval" */
    enum option_type type;
    bool is_reloadable; /* else a restart is needed */
    const char *unit;   /* what a number counts, for people; NULL: itself */
    uint64_t min;       /* of a number in its base unit (ms, bytes), of a text in bytes, of a */
    uint64_t max;       /* list in items */
    struct str default_text; /* items of a list separated by spaces; ptr NULL: must be given */
    const char *help;
    size_t offset;       /* of the field in struct config, or in the item that it belongs to */
    size_t field_bytes;  /* of the field, or of one item of a list */
    size_t count_offset; /* of a list: of the number of its items, a size_t, in the same */
};

/* Options that there may be; tables beside this one have as many rows. */
#define OPTIONS_MAX 192

/* Options and sections: index 0..option_count() - 1. */
size_t option_count(void);
const struct option *option_at(size_t index);
size_t option_index(const struct option *option);

/* NULL when there is none. */
const struct option *option_find(struct str name);

/* "ping_interval" of "limits.ping_interval". */
struct str option_key(const struct option *option);

/* "limits" of "limits.ping_interval"; empty at the top. */
struct str option_parent_name(const struct option *option);

/* Whether it belongs to each item of a list, not to the configuration itself. */
bool option_is_of_item(const struct option *option);

bool option_is_list(const struct option *option);

#endif
