/* Types of options; see option_kind.h. One row for each. */
#include "server/option_kind.h"

#include "base/number.h"
#include "hub/capability.h"
#include "hub/privilege.h"
#include "server/option_check.h"
#include "server/option_rules.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#define URL_BYTES_MAX 300 /* more than a scheme, a host name and a port need */

/* --- texts --- */

static void
take_text(const struct option_input *in, void *field)
{
    memcpy(field, &in->text, sizeof in->text);
}

static bool
read_line(const struct option_input *in, void *field)
{
    if (!check_line(in->text, in->option->min, in->option->max, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_lines(const struct option_input *in, void *field)
{
    if (!check_motd(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_hash(const struct option_input *in, void *field)
{
    bool may_be_empty = in->option->min == 0;
    if ((in->text.len > 0 || !may_be_empty) && !check_hash(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_server_name(const struct option_input *in, void *field)
{
    if (!check_server_name(in->text, in->option->max, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_channel(const struct option_input *in, void *field)
{
    if (!check_channel(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_channel_modes(const struct option_input *in, void *field)
{
    if (!check_line(in->text, 0, in->option->max, in->why) ||
        !check_channel_modes(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_user_modes(const struct option_input *in, void *field)
{
    if (!check_line(in->text, 0, in->option->max, in->why) || !check_user_modes(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_client_tags(const struct option_input *in, void *field)
{
    if (!check_line(in->text, 0, in->option->max, in->why) || !check_client_tags(in->text, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_operator_name(const struct option_input *in, void *field)
{
    if (!check_word(in->text, in->option->max, in->why))
        return false;
    take_text(in, field);
    return true;
}

static bool
read_mask(const struct option_input *in, void *field)
{
    if (!check_word(in->text, in->option->max, in->why))
        return false;
    struct buf mask;
    buf_init(&mask, LIMIT_MASK_BYTES);
    mask_put_complete(&mask, in->text);
    struct folded folded;
    bool is_usable = !mask.is_truncated && name_fold(buf_str(&mask), &folded);
    if (is_usable) {
        struct str kept = config_keep_text(in->config, buf_str(&mask));
        memcpy(field, &kept, sizeof kept);
    } else {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why, " is too long as nick!user@host; write at most %d bytes",
                   LIMIT_MASK_BYTES);
    }
    buf_deinit(&mask);
    return is_usable;
}

static void
put_text(const void *field, struct buf *out)
{
    struct str text;
    memcpy(&text, field, sizeof text);
    buf_put(out, text);
}

/* --- numbers --- */

void
option_kind_put_bounds(const struct option *option, struct buf *out)
{
    const struct option_kind *kind = option_kind(option);
    kind->put_number(option->min, out);
    buf_put(out, STR(" to "));
    kind->put_number(option->max, out);
}

static bool
check_bounds(const struct option_input *in, uint64_t value)
{
    if (value >= in->option->min && value <= in->option->max)
        return true;
    check_put_quoted(in->why, in->text);
    buf_printf(in->why, " is too %s; write %s from ", value < in->option->min ? "small" : "large",
               option_kind(in->option)->noun);
    option_kind_put_bounds(in->option, in->why);
    return false;
}

static bool
refuse_number(const struct option_input *in)
{
    check_put_quoted(in->why, in->text);
    size_t digits = 0;
    while (digits < in->text.len && ascii_is_digit(in->text.ptr[digits]))
        digits++;
    uint64_t value;
    bool is_huge = digits > 0 && !number_parse_u64(str_take(in->text, digits), UINT64_MAX, &value);
    buf_printf(in->why, is_huge ? " is too large for %s;" : " is not %s;",
               option_kind(in->option)->noun);
    buf_put(in->why, STR(" write one from "));
    option_kind_put_bounds(in->option, in->why);
    buf_printf(in->why, ", such as %.*s", STR_ARG(in->option->default_text));
    return false;
}

static bool
read_number(const struct option_input *in, void *field)
{
    uint64_t value;
    if (!number_parse_u64(in->text, UINT64_MAX, &value))
        return refuse_number(in);
    if (!check_bounds(in, value))
        return false;
    uint32_t number = u32_from_size(value);
    memcpy(field, &number, sizeof number);
    return true;
}

static void
put_number(uint64_t number, struct buf *out)
{
    buf_put_u64(out, number);
}

static void
put_number_field(const void *field, struct buf *out)
{
    uint32_t number;
    memcpy(&number, field, sizeof number);
    put_number(number, out);
}

/* A bare number is refused, but for 0: some would mean milliseconds, and others minutes. */
static bool
read_duration(const struct option_input *in, void *field)
{
    uint64_t bare;
    if (number_parse_u64(in->text, UINT64_MAX, &bare) && bare > 0) {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why, " has no unit; write %.*ss, or another unit of ms, s, m, h, d, w",
                   STR_ARG(str_take(in->text, 20)));
        return false;
    }
    int64_t value_ms;
    if (!number_parse_duration_ms(in->text, INT64_MAX, &value_ms))
        return refuse_number(in);
    if (!check_bounds(in, (uint64_t)value_ms))
        return false;
    memcpy(field, &value_ms, sizeof value_ms);
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* With the largest unit that divides it. units: largest first, the last one with factor 1. */
static void
put_with_unit(uint64_t number, const struct unit *units, struct buf *out)
{
    while (number % units->factor != 0 || (number == 0 && units->factor > 1))
        units++;
    buf_put_u64(out, number / units->factor);
    buf_put(out, str_from_nul(units->name));
}

static void
put_duration(uint64_t value_ms, struct buf *out)
{
    static const struct unit units[] = {
        {"d", UINT64_C(24) * 60 * 60 * 1000},
        {"h", UINT64_C(60) * 60 * 1000},
        {"m", UINT64_C(60) * 1000},
        {"s", 1000},
        {"ms", 1},
    };
    if (value_ms == 0)
        buf_put(out, STR("0s"));
    else
        put_with_unit(value_ms, units, out);
}

void
option_kind_put_duration(int64_t value_ms, struct buf *out)
{
    assert(value_ms >= 0);
    put_duration((uint64_t)value_ms, out);
}

static void
put_duration_field(const void *field, struct buf *out)
{
    int64_t value_ms;
    memcpy(&value_ms, field, sizeof value_ms);
    assert(value_ms >= 0);
    put_duration((uint64_t)value_ms, out);
}

static bool
read_size(const struct option_input *in, void *field)
{
    uint64_t value;
    if (!number_parse_size(in->text, UINT64_MAX, &value))
        return refuse_number(in);
    if (!check_bounds(in, value))
        return false;
    size_t size = value;
    memcpy(field, &size, sizeof size);
    return true;
}

static void
put_size(uint64_t size, struct buf *out)
{
    static const struct unit units[] = {
        {"GiB", UINT64_C(1) << 30},
        {"MiB", UINT64_C(1) << 20},
        {"KiB", UINT64_C(1) << 10},
        {"", 1},
    };
    put_with_unit(size, units, out);
}

static void
put_size_field(const void *field, struct buf *out)
{
    size_t size;
    memcpy(&size, field, sizeof size);
    put_size(size, out);
}

/* --- choices --- */

static bool
read_switch(const struct option_input *in, void *field)
{
    static const struct str names[] = {
        STR_INIT("false"), STR_INIT("true"), STR_INIT("no"),
        STR_INIT("yes"),   STR_INIT("off"),  STR_INIT("on"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(in->text, names[i])) {
            bool is_on = i % 2 == 1;
            memcpy(field, &is_on, sizeof is_on);
            return true;
        }
    }
    check_put_quoted(in->why, in->text);
    buf_put(in->why, STR(" is neither; write true or false"));
    return false;
}

static void
put_switch(const void *field, struct buf *out)
{
    bool is_on;
    memcpy(&is_on, field, sizeof is_on);
    buf_put(out, is_on ? STR("true") : STR("false"));
}

static bool
read_rank(const struct option_input *in, void *field)
{
    bool is_founder = str_equal(in->text, STR("founder"));
    if (!is_founder && !str_equal(in->text, STR("op"))) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" is no rank of a creator; write op or founder"));
        return false;
    }
    memcpy(field, &is_founder, sizeof is_founder);
    return true;
}

static void
put_rank(const void *field, struct buf *out)
{
    bool is_founder;
    memcpy(&is_founder, field, sizeof is_founder);
    buf_put(out, is_founder ? STR("founder") : STR("op"));
}

static const struct {
    struct str name;
    enum hub_durability durability;
} durabilities[] = {
    {STR_INIT("none"), HUB_DURABILITY_NONE},
    {STR_INIT("echo"), HUB_DURABILITY_ECHO},
    {STR_INIT("all"), HUB_DURABILITY_ALL},
};

static bool
read_durability(const struct option_input *in, void *field)
{
    for (size_t i = 0; i < ARRAY_LEN(durabilities); i++) {
        if (str_equal(in->text, durabilities[i].name)) {
            memcpy(field, &durabilities[i].durability, sizeof durabilities[i].durability);
            return true;
        }
    }
    check_put_quoted(in->why, in->text);
    buf_put(in->why, STR(" is no durability; write echo, all or none"));
    return false;
}

static void
put_durability(const void *field, struct buf *out)
{
    enum hub_durability durability;
    memcpy(&durability, field, sizeof durability);
    for (size_t i = 0; i < ARRAY_LEN(durabilities); i++) {
        if (durabilities[i].durability == durability)
            buf_put(out, durabilities[i].name);
    }
}

/* The next word before a comma or space; empty between two of them. */
static struct str
cut_privilege(struct str *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ',' && rest->ptr[len] != ' ')
        len++;
    struct str word = str_take(*rest, len);
    *rest = str_skip(*rest, len == rest->len ? len : len + 1);
    return word;
}

static bool
read_privileges(const struct option_input *in, void *field)
{
    uint32_t privileges = 0;
    struct str rest = in->text;
    while (rest.len > 0) {
        struct str word = cut_privilege(&rest);
        uint32_t privilege;
        if (str_equal(word, STR("all"))) {
            privileges = PRIVILEGES_ALL;
        } else if (privilege_find(word, &privilege)) {
            privileges |= privilege;
        } else if (word.len > 0) {
            check_put_quoted(in->why, word);
            buf_put(in->why, STR(" is no privilege; write all, or some of these, with commas "
                                 "or spaces: "));
            for (size_t i = 0; i < privilege_count(); i++)
                buf_printf(in->why, i == 0 ? "%.*s" : ", %.*s",
                           STR_ARG(privilege_name(privilege_at(i))));
            return false;
        }
    }
    memcpy(field, &privileges, sizeof privileges);
    return true;
}

static void
put_privileges(const void *field, struct buf *out)
{
    uint32_t privileges;
    memcpy(&privileges, field, sizeof privileges);
    privilege_put_names(out, privileges);
}

static bool
read_log_level(const struct option_input *in, void *field)
{
    enum log_level level;
    if (!log_level_parse(in->text, &level)) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" is no level; write debug, info, warn or error"));
        return false;
    }
    memcpy(field, &level, sizeof level);
    return true;
}

static void
put_log_level(const void *field, struct buf *out)
{
    static const struct str names[] = {
        [LOG_DEBUG] = STR_INIT("debug"),
        [LOG_INFO] = STR_INIT("info"),
        [LOG_WARN] = STR_INIT("warn"),
        [LOG_ERROR] = STR_INIT("error"),
    };
    enum log_level level;
    memcpy(&level, field, sizeof level);
    buf_put(out, names[level]);
}

static uint32_t
core_count(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1)
        return 1;
    return online > LIMIT_WORKERS ? LIMIT_WORKERS : (uint32_t)online;
}

static bool
read_workers(const struct option_input *in, void *field)
{
    struct config_workers workers = {.model = FLEET_SHARED, .count = 1};
    uint64_t count;
    if (str_equal(in->text, STR("per-client"))) {
        workers.model = FLEET_PER_CLIENT;
    } else if (str_equal(in->text, STR("auto"))) {
        workers.is_auto = true;
        workers.count = core_count();
    } else if (number_parse_u64(in->text, in->option->max, &count) && count >= in->option->min) {
        workers.count = (uint32_t)count;
    } else {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why,
                   " is no way to run; write auto, per-client or a number from %llu to %llu",
                   (unsigned long long)in->option->min, (unsigned long long)in->option->max);
        return false;
    }
    memcpy(field, &workers, sizeof workers);
    return true;
}

static void
put_workers(const void *field, struct buf *out)
{
    struct config_workers workers;
    memcpy(&workers, field, sizeof workers);
    if (workers.model == FLEET_PER_CLIENT) {
        buf_put(out, STR("per-client"));
    } else if (workers.is_auto) {
        buf_put(out, STR("auto"));
    } else {
        buf_put_u64(out, workers.count);
    }
}

/* --- items of lists --- */

static bool
read_listen(const struct option_input *in, void *field)
{
    struct config_listen listen;
    if (!check_line(in->text, 1, URL_BYTES_MAX, in->why))
        return false;
    struct buf why;
    buf_init(&why, 512);
    bool is_read = listen_url_parse(in->text, &listen, &why);
    if (is_read) {
        memcpy(field, &listen, sizeof listen);
    } else {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why, " %.*s", STR_ARG(buf_str(&why)));
    }
    buf_deinit(&why);
    return is_read;
}

static void
put_listen(const void *field, struct buf *out)
{
    struct config_listen listen;
    memcpy(&listen, field, sizeof listen);
    listen_url_put(out, &listen);
}

static bool
read_block(const struct option_input *in, void *field)
{
    struct address_block block;
    if (!address_block_parse(in->text, &block)) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" is no address; write one such as 192.0.2.1, or a block such as "
                             "192.0.2.0/24 or 2001:db8::/32"));
        return false;
    }
    memcpy(field, &block, sizeof block);
    return true;
}

static void
put_block(const void *field, struct buf *out)
{
    struct address_block block;
    memcpy(&block, field, sizeof block);
    struct buf text;
    buf_init(&text, 64);
    address_block_put(&text, &block);
    struct str address = buf_str(&text);
    if (str_starts_with(address, STR("0::"))) /* a form for IRC lines only */
        address = str_skip(address, 1);
    buf_put(out, address);
    buf_deinit(&text);
}

static bool
read_capability(const struct option_input *in, void *field)
{
    enum capability capability;
    if (!capability_find(in->text, &capability)) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" is no capability; write names as CAP LS shows them, such as "
                             "draft/multiline"));
        return false;
    }
    memcpy(field, &capability, sizeof capability);
    return true;
}

static void
put_capability(const void *field, struct buf *out)
{
    enum capability capability;
    memcpy(&capability, field, sizeof capability);
    buf_put(out, capability_name(capability));
}

/* --- the types --- */

#define TEXT_KIND(the_noun, the_range, the_read)                                \
    {                                                                           \
        .noun = (the_noun), .field_bytes = sizeof(struct str), .is_text = true, \
        .range = OPTION_RANGE_##the_range, .read = (the_read), .put = put_text  \
    }
#define CHOICE_KIND(the_noun, field_type, the_read, the_put)                       \
    {                                                                              \
        .noun = (the_noun), .field_bytes = sizeof(field_type), .read = (the_read), \
        .put = (the_put)                                                           \
    }
#define WORDS_KIND(the_noun, the_read, the_put)                                                    \
    {                                                                                              \
        .noun = (the_noun), .field_bytes = sizeof(uint32_t), .is_words = true, .read = (the_read), \
        .put = (the_put)                                                                           \
    }
#define WORDS_TEXT_KIND(the_noun, the_read)                                                       \
    {                                                                                             \
        .noun = (the_noun), .field_bytes = sizeof(struct str), .is_text = true, .is_words = true, \
        .range = OPTION_RANGE_NONE, .read = (the_read), .put = put_text                           \
    }
#define NUMBER_KIND(the_noun, field_type, the_read, the_put, the_put_number)                \
    {                                                                                       \
        .noun = (the_noun), .field_bytes = sizeof(field_type), .range = OPTION_RANGE_VALUE, \
        .read = (the_read), .put = (the_put), .put_number = (the_put_number)                \
    }
#define LIST_KIND(the_noun, item_type, the_read, the_put)                                  \
    {                                                                                      \
        .noun = (the_noun), .field_bytes = sizeof(item_type), .range = OPTION_RANGE_ITEMS, \
        .is_text = true, .read = (the_read), .put = (the_put)                              \
    }

static const struct option_kind kinds[] = {
    [OPTION_SECTION] = {.noun = "options"},
    [OPTION_TEXT] = TEXT_KIND("a text", BYTES, read_line),
    [OPTION_LINES] = TEXT_KIND("lines of text", BYTES, read_lines),
    [OPTION_PATH] = TEXT_KIND("a path", NONE, read_line),
    [OPTION_HASH] = TEXT_KIND("a hash", NONE, read_hash),
    [OPTION_SERVER_NAME] = TEXT_KIND("a name", BYTES, read_server_name),
    [OPTION_CHANNEL] = TEXT_KIND("a channel", BYTES, read_channel),
    [OPTION_CHANNEL_MODES] = TEXT_KIND("letters", NONE, read_channel_modes),
    [OPTION_USER_MODES] = TEXT_KIND("letters", NONE, read_user_modes),
    [OPTION_CLIENT_TAGS] =
        WORDS_TEXT_KIND("names of tags, with commas or as a list", read_client_tags),
    [OPTION_OPERATOR_NAME] = TEXT_KIND("a word", BYTES, read_operator_name),
    [OPTION_MASK] = TEXT_KIND("a mask", BYTES, read_mask),
    [OPTION_NUMBER] = NUMBER_KIND("a number", uint32_t, read_number, put_number_field, put_number),
    [OPTION_DURATION] =
        NUMBER_KIND("a duration", int64_t, read_duration, put_duration_field, put_duration),
    [OPTION_SIZE] = NUMBER_KIND("a size", size_t, read_size, put_size_field, put_size),
    [OPTION_SWITCH] = CHOICE_KIND("true or false", bool, read_switch, put_switch),
    [OPTION_PRIVILEGES] = WORDS_KIND("names of privileges, with commas or spaces or as a list",
                                     read_privileges, put_privileges),
    [OPTION_RANK] = CHOICE_KIND("op or founder", bool, read_rank, put_rank),
    [OPTION_LOG_LEVEL] =
        CHOICE_KIND("debug, info, warn or error", enum log_level, read_log_level, put_log_level),
    [OPTION_RATE] = CHOICE_KIND("a rate such as 20/1m, or off", struct hub_rate, rules_read_rate,
                                rules_put_rate),
    [OPTION_FILTER_NAME] = TEXT_KIND("a name", NONE, rules_read_filter_name),
    [OPTION_PATTERN] = TEXT_KIND("a regular expression", BYTES, rules_read_pattern),
    [OPTION_FILTER_ACTION] = CHOICE_KIND("block, warn, kill or shun", enum filter_action,
                                         rules_read_action, rules_put_action),
    [OPTION_FILTER_TARGETS] =
        WORDS_KIND("words, with commas or as a list", rules_read_targets, rules_put_targets),
    [OPTION_FILTER_EXEMPTS] =
        WORDS_KIND("words, with commas or as a list", rules_read_exempts, rules_put_exempts),
    [OPTION_DNSBL_ACTION] = CHOICE_KIND("reject or mark", enum dnsbl_action,
                                        rules_read_dnsbl_action, rules_put_dnsbl_action),
    [OPTION_NAMESERVERS] =
        WORDS_TEXT_KIND("addresses, with commas or as a list", rules_read_nameservers),
    [OPTION_SCRIPTS] = CHOICE_KIND("any, moderate, strict or ascii", enum name_scripts,
                                   rules_read_scripts, rules_put_scripts),
    [OPTION_DURABILITY] =
        CHOICE_KIND("echo, all or none", enum hub_durability, read_durability, put_durability),
    [OPTION_POLICY] = CHOICE_KIND("disabled, opt-in, opt-out or mandatory", enum hub_policy,
                                  rules_read_policy, rules_put_policy),
    [OPTION_TOKEN_ALGORITHM] = CHOICE_KIND("off, HS256, RS256, ES256 or EdDSA", enum jwt_algorithm,
                                           rules_read_token_algorithm, rules_put_token_algorithm),
    [OPTION_WORKERS] = NUMBER_KIND("auto, per-client or a number", struct config_workers,
                                   read_workers, put_workers, put_number),
    [OPTION_LISTEN] = LIST_KIND("URLs", struct config_listen, read_listen, put_listen),
    [OPTION_ADDRESS_BLOCKS] =
        LIST_KIND("addresses or blocks", struct address_block, read_block, put_block),
    [OPTION_NAME_MASKS] = LIST_KIND("masks", struct str, rules_read_name_mask, put_text),
    [OPTION_CAPABILITIES] =
        LIST_KIND("capabilities", enum capability, read_capability, put_capability),
    [OPTION_ITEMS] = {.noun = "entries", .range = OPTION_RANGE_ITEMS, .is_text = true},
};

const struct option_kind *
option_kind(const struct option *option)
{
    assert((size_t)option->type < ARRAY_LEN(kinds));
    return &kinds[option->type];
}
