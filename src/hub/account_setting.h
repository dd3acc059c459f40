#ifndef CONFAB_HUB_ACCOUNT_SETTING_H
#define CONFAB_HUB_ACCOUNT_SETTING_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "hub/hub_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the owner of an account decides for itself: NickServ SET and GET, PERSISTENCE. Each setting
 * is a number in the account; 0 is the server's default. On disk they are texts by name
 * (ROW_SETTING), so that a setting may be added, or get another number. Part of the hub's state,
 * guarded by its lock.
 *
 * The names are Ergo's, so that what its users know works.
 */
enum account_setting {
    ACCOUNT_SETTING_ALWAYS_ON,
    ACCOUNT_SETTING_AUTO_AWAY,
    ACCOUNT_SETTING_MULTICLIENT,
    ACCOUNT_SETTING_ENFORCE,
    ACCOUNT_SETTING_AUTOREPLAY_LINES,
    ACCOUNT_SETTING_AUTOREPLAY_MISSED,
    ACCOUNT_SETTING_REPLAY_JOINS,
    ACCOUNT_SETTING_DM_HISTORY,
    ACCOUNT_SETTING_COUNT,
};

/* Values of a switch. */
#define SETTING_DEFAULT 0U
#define SETTING_ON      1U
#define SETTING_OFF     2U

/* A value of ACCOUNT_SETTING_ENFORCE. */
#define ENFORCE_NONE 2U

/* A value of ACCOUNT_SETTING_REPLAY_JOINS. */
#define REPLAY_JOINS_ALWAYS 2U

/* How its values are written. */
enum account_setting_type {
    SETTING_IS_SWITCH, /* on, off, default */
    SETTING_IS_WORD,   /* one of `words`, whose numbers are 1, 2 ...; or default */
    SETTING_IS_NUMBER, /* 0 to number_max, kept as one more; or default */
};

#define SETTING_WORDS_MAX 3

struct account_setting_row {
    struct str name; /* lower case */
    enum account_setting_type type;
    uint32_t number_max;
    struct str words[SETTING_WORDS_MAX]; /* empty behind the last one */
    struct str help;
};

struct account;
struct hub;

/* setting < ACCOUNT_SETTING_COUNT. */
const struct account_setting_row *account_setting_row(enum account_setting setting);

/* False when there is none of that name; any case. */
CF_NODISCARD bool account_setting_find(struct str name, enum account_setting *setting_out);

/* False when the text is no value of it; any case. */
CF_NODISCARD bool account_setting_parse(enum account_setting setting, struct str text,
                                        uint32_t *value_out);

/* Appends a value as it is parsed. */
void account_setting_put(struct buf *out, enum account_setting setting, uint32_t value);

/* Appends "on, off or default": what may be written. */
void account_setting_put_choices(struct buf *out, enum account_setting setting);

/* Changes one and puts all on record. What depends on it is up to the caller. */
void account_setting_set(struct hub *hub, struct account *account, enum account_setting setting,
                         uint32_t value);

/* There are no settings of that account any more. */
void account_settings_drop(struct hub *hub, const struct account *account);

/* A row that was kept. False when it makes no sense. */
CF_NODISCARD bool account_settings_restore(struct hub *hub, struct str value);

/* Whether a switch is on, with a value of SETTING_DEFAULT, SETTING_ON or SETTING_OFF. */
bool hub_policy_allows(enum hub_policy policy, uint32_t value);

#endif
