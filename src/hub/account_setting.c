/* Settings of accounts; see account_setting.h. */
#include "hub/account_setting.h"

#include "base/number.h"
#include "base/pack.h"
#include "hub/account.h"
#include "hub/row.h"
#include "hub/state.h"

#include <assert.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define VALUE_BYTES_MAX 2048

static const struct account_setting_row rows[] = {
    [ACCOUNT_SETTING_ALWAYS_ON] =
        {.name = STR_INIT("always-on"),
         .help = STR_INIT("you stay on the server, in your channels, while no client of yours is "
                          "connected")},
    [ACCOUNT_SETTING_AUTO_AWAY] =
        {.name = STR_INIT("auto-away"),
         .help = STR_INIT("with always-on: you are away while no client of yours is connected")},
    [ACCOUNT_SETTING_MULTICLIENT] =
        {.name = STR_INIT("multiclient"),
         .help = STR_INIT("several clients that log in to your account are one user")},
    [ACCOUNT_SETTING_ENFORCE] =
        {.name = STR_INIT("enforce"),
         .type = SETTING_IS_WORD,
         .words = {STR_INIT("strict"), STR_INIT("none")},
         .help = STR_INIT("strict: your account's name is nobody else's nick; none: while you do "
                          "not use it, it may be")},
    [ACCOUNT_SETTING_AUTOREPLAY_LINES] =
        {.name = STR_INIT("autoreplay-lines"),
         .type = SETTING_IS_NUMBER,
         .number_max = LIMIT_PAGE_EVENTS,
         .help = STR_INIT("so many of a channel's last messages come when you join it, to clients "
                          "that do not ask for history themselves")},
    [ACCOUNT_SETTING_AUTOREPLAY_MISSED] =
        {.name = STR_INIT("autoreplay-missed"),
         .help = STR_INIT("with always-on, for one client that does not ask for history and names "
                          "no device (account@device): what it has missed comes when it is back")},
    [ACCOUNT_SETTING_REPLAY_JOINS] =
        {.name = STR_INIT("replay-joins"),
         .type = SETTING_IS_WORD,
         .words = {STR_INIT("commands-only"), STR_INIT("always")},
         .help = STR_INIT("always: what comes by itself has joins and the like, too")},
    [ACCOUNT_SETTING_DM_HISTORY] =
        {.name = STR_INIT("dm-history"),
         .help = STR_INIT("off: you can't read later what you and others wrote to each other, and "
                          "it is not kept unless they want it")},
};

static_assert(ARRAY_LEN(rows) == ACCOUNT_SETTING_COUNT, "each setting has a row");

const struct account_setting_row *
account_setting_row(enum account_setting setting)
{
    assert((size_t)setting < ARRAY_LEN(rows));
    return &rows[setting];
}

bool
account_setting_find(struct str name, enum account_setting *setting_out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_equal_ascii_nocase(name, rows[i].name)) {
            *setting_out = (enum account_setting)i;
            return true;
        }
    }
    return false;
}

/* --- values --- */

static bool
is_one_of(struct str text, const char *words)
{
    struct str rest = str_from_nul(words);
    while (rest.len > 0) {
        if (str_equal_ascii_nocase(text, str_cut_word(&rest)))
            return true;
    }
    return false;
}

static bool
parse_word(const struct account_setting_row *row, struct str text, uint32_t *value_out)
{
    for (uint32_t i = 0; i < SETTING_WORDS_MAX && row->words[i].len > 0; i++) {
        if (str_equal_ascii_nocase(text, row->words[i])) {
            *value_out = i + 1;
            return true;
        }
    }
    return false;
}

bool
account_setting_parse(enum account_setting setting, struct str text, uint32_t *value_out)
{
    const struct account_setting_row *row = account_setting_row(setting);
    uint64_t number;
    if (is_one_of(text, "default")) {
        *value_out = SETTING_DEFAULT;
        return true;
    }
    switch (row->type) {
    case SETTING_IS_SWITCH: /* what Ergo takes, too */
        if (is_one_of(text, "on true yes enabled mandatory"))
            *value_out = SETTING_ON;
        else if (is_one_of(text, "off false no disabled"))
            *value_out = SETTING_OFF;
        else
            return false;
        return true;
    case SETTING_IS_WORD:
        return parse_word(row, text, value_out);
    case SETTING_IS_NUMBER:
        if (!number_parse_u64(text, row->number_max, &number))
            return false;
        *value_out = (uint32_t)number + 1;
        return true;
    }
    cf_unreachable("type of a setting");
}

void
account_setting_put(struct buf *out, enum account_setting setting, uint32_t value)
{
    const struct account_setting_row *row = account_setting_row(setting);
    if (value == SETTING_DEFAULT) {
        buf_put(out, STR("default"));
        return;
    }
    switch (row->type) {
    case SETTING_IS_SWITCH:
        buf_put(out, value == SETTING_ON ? STR("on") : STR("off"));
        return;
    case SETTING_IS_WORD:
        assert(value <= SETTING_WORDS_MAX);
        buf_put(out, row->words[value - 1]);
        return;
    case SETTING_IS_NUMBER:
        buf_put_u64(out, value - 1);
        return;
    }
    cf_unreachable("type of a setting");
}

void
account_setting_put_choices(struct buf *out, enum account_setting setting)
{
    const struct account_setting_row *row = account_setting_row(setting);
    switch (row->type) {
    case SETTING_IS_SWITCH:
        buf_put(out, STR("on, off"));
        break;
    case SETTING_IS_WORD:
        for (size_t i = 0; i < SETTING_WORDS_MAX && row->words[i].len > 0; i++)
            buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(row->words[i]));
        break;
    case SETTING_IS_NUMBER:
        buf_printf(out, "0 to %u", row->number_max);
        break;
    }
    buf_put(out, STR(" or default"));
}

/* --- rows --- */

static void
keep(struct hub *hub, const struct account *account)
{
    struct buf value;
    struct buf text;
    buf_init(&value, VALUE_BYTES_MAX);
    buf_init(&text, 64);
    uint64_t count = 0;
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++)
        count += account->settings[i] == SETTING_DEFAULT ? 0 : 1;
    pack_number(&value, FORM);
    pack_text(&value, account->key);
    pack_number(&value, count);
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++) {
        if (account->settings[i] == SETTING_DEFAULT)
            continue;
        buf_clear(&text);
        account_setting_put(&text, (enum account_setting)i, account->settings[i]);
        pack_text(&value, rows[i].name);
        pack_text(&value, buf_str(&text));
    }
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_SETTING, account->key, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&text);
    buf_deinit(&value);
}

void
account_setting_set(struct hub *hub, struct account *account, enum account_setting setting,
                    uint32_t value)
{
    assert(setting < ACCOUNT_SETTING_COUNT);
    account->settings[setting] = value;
    keep(hub, account);
}

void
account_settings_drop(struct hub *hub, const struct account *account)
{
    struct record record = record_of_row_gone(ROW_SETTING, account->key);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

/* A name that is not known is one of a newer server, and left alone. */
static void
take(struct account *account, struct str name, struct str text)
{
    enum account_setting setting;
    uint32_t value;
    if (account_setting_find(name, &setting) && account_setting_parse(setting, text, &value))
        account->settings[setting] = value;
}

/* account: NULL only looks whether it makes sense. */
static bool
unpack_settings(struct unpack from, struct account *account)
{
    uint64_t count = unpack_number(&from);
    for (uint64_t i = 0; i < count && !from.is_bad; i++) {
        struct str name = unpack_text(&from);
        struct str text = unpack_text(&from);
        if (account != NULL)
            take(account, name, text);
    }
    return !from.is_bad && from.rest.len == 0;
}

bool
account_settings_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct account *account = account_find(hub, unpack_text(&from));
    if (from.is_bad || form != FORM || account == NULL || !unpack_settings(from, NULL))
        return false;
    return unpack_settings(from, account);
}

/* --- policies --- */

bool
hub_policy_allows(enum hub_policy policy, uint32_t value)
{
    switch (policy) {
    case HUB_POLICY_DISABLED:
        return false;
    case HUB_POLICY_OPT_IN:
        return value == SETTING_ON;
    case HUB_POLICY_OPT_OUT:
        return value != SETTING_OFF;
    case HUB_POLICY_MANDATORY:
        return true;
    case HUB_POLICY_COUNT:
        break;
    }
    cf_unreachable("policy");
}
