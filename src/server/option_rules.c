/* Types of options for rules against abuse; see option_rules.h. */
#include "server/option_rules.h"

#include "base/number.h"
#include "hub/blocklist.h"
#include "hub/filter.h"
#include "server/option_check.h"
#include "wire/name.h"
#include "wire/pattern.h"

#include <assert.h>
#include <string.h>

#define RATE_COUNT_MAX     100000
#define RATE_PERIOD_MIN_MS 1000
#define RATE_PERIOD_MAX_MS (INT64_C(24) * 3600 * 1000)

/* --- rates --- */

bool
rules_read_rate(const struct option_input *in, void *field)
{
    struct hub_rate rate = {.count = 0};
    struct str period = in->text;
    uint64_t count;
    bool is_off = str_equal(in->text, STR("off")) || str_equal(in->text, STR("false"));
    bool is_rate = number_parse_u64(str_cut(&period, '/'), RATE_COUNT_MAX, &count) && count > 0 &&
                   period.ptr != NULL &&
                   number_parse_duration_ms(period, RATE_PERIOD_MAX_MS, &rate.period_ms) &&
                   rate.period_ms >= RATE_PERIOD_MIN_MS;
    if (!is_off && !is_rate) {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why,
                   " is no rate; write a number up to %d and a time from 1s to 1d, such as 20/1m "
                   "for 20 in a minute, or off",
                   RATE_COUNT_MAX);
        return false;
    }
    if (is_rate)
        rate.count = (uint32_t)count;
    memcpy(field, &rate, sizeof rate);
    return true;
}

void
rules_put_rate(const void *field, struct buf *out)
{
    struct hub_rate rate;
    memcpy(&rate, field, sizeof rate);
    if (rate.count == 0) {
        buf_put(out, STR("off"));
        return;
    }
    buf_printf(out, "%u/", rate.count);
    option_kind_put_duration(rate.period_ms, out);
}

/* --- words --- */

/* Index of the word in the table, which has count of them; count when it is none of them. */
static size_t
find_word(struct str word, const struct str *words, size_t count)
{
    size_t i = 0;
    while (i < count && !str_equal(words[i], word))
        i++;
    return i;
}

static void
refuse_word(const struct option_input *in, struct str word, const struct str *words, size_t count)
{
    check_put_quoted(in->why, word);
    buf_put(in->why, STR(" is not known here; write "));
    for (size_t i = 0; i < count; i++) {
        buf_put(in->why, i == 0 ? STR_NONE : i + 1 == count ? STR(" or ") : STR(", "));
        buf_put(in->why, words[i]);
    }
}

static const struct str scripts_words[] = {
    [NAME_SCRIPTS_ANY] = STR_INIT("any"),
    [NAME_SCRIPTS_MODERATE] = STR_INIT("moderate"),
    [NAME_SCRIPTS_STRICT] = STR_INIT("strict"),
    [NAME_SCRIPTS_ASCII] = STR_INIT("ascii"),
};

bool
rules_read_scripts(const struct option_input *in, void *field)
{
    size_t index = find_word(in->text, scripts_words, ARRAY_LEN(scripts_words));
    if (index == ARRAY_LEN(scripts_words)) {
        refuse_word(in, in->text, scripts_words, ARRAY_LEN(scripts_words));
        return false;
    }
    enum name_scripts scripts = (enum name_scripts)index;
    memcpy(field, &scripts, sizeof scripts);
    return true;
}

void
rules_put_scripts(const void *field, struct buf *out)
{
    enum name_scripts scripts;
    memcpy(&scripts, field, sizeof scripts);
    buf_put(out, scripts_words[scripts]);
}

/* --- names --- */

bool
rules_read_name_mask(const struct option_input *in, void *field)
{
    struct folded folded;
    size_t bytes_max = name_looks_like_channel(in->text) ? LIMIT_CHANNEL_BYTES : LIMIT_NICK_BYTES;
    if (!check_word(in->text, bytes_max, in->why))
        return false;
    if (!name_fold(in->text, &folded)) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" is no name; write a nick or a channel, * stands for any text"));
        return false;
    }
    memcpy(field, &in->text, sizeof in->text);
    return true;
}

/* --- filter rules --- */

bool
rules_read_filter_name(const struct option_input *in, void *field)
{
    if (!filter_is_rule_name(in->text)) {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why, " is no name of a rule; write 1 to %d letters, digits, - and _",
                   LIMIT_FILTER_NAME_BYTES);
        return false;
    }
    memcpy(field, &in->text, sizeof in->text);
    return true;
}

bool
rules_read_pattern(const struct option_input *in, void *field)
{
    if (!check_line(in->text, in->option->min, in->option->max, in->why))
        return false;
    struct pattern_error error;
    struct pattern *pattern = pattern_new(in->text, &error);
    if (pattern == NULL) {
        check_put_quoted(in->why, in->text);
        buf_printf(in->why, " is no regular expression: at its byte %zu, %s; correct it",
                   error.offset + 1, error.text);
        return false;
    }
    pattern_free(&pattern);
    memcpy(field, &in->text, sizeof in->text);
    return true;
}

bool
rules_read_action(const struct option_input *in, void *field)
{
    size_t index = find_word(in->text, filter_action_words, FILTER_ACTION_COUNT);
    if (index == FILTER_ACTION_COUNT) {
        refuse_word(in, in->text, filter_action_words, FILTER_ACTION_COUNT);
        return false;
    }
    enum filter_action action = (enum filter_action)index;
    memcpy(field, &action, sizeof action);
    return true;
}

void
rules_put_action(const void *field, struct buf *out)
{
    enum filter_action action;
    memcpy(&action, field, sizeof action);
    buf_put(out, filter_action_words[action]);
}

static bool
read_bits(const struct option_input *in, const struct str *words, size_t count, void *field)
{
    uint32_t bits = 0;
    if (in->text.len > 0 && !filter_parse_words(in->text, words, count, &bits)) {
        check_put_quoted(in->why, in->text);
        buf_put(in->why, STR(" has another word than these, with commas: "));
        filter_put_words(in->why, (1U << count) - 1, words);
        return false;
    }
    memcpy(field, &bits, sizeof bits);
    return true;
}

static void
put_bits(const void *field, const struct str *words, struct buf *out)
{
    uint32_t bits;
    memcpy(&bits, field, sizeof bits);
    filter_put_words(out, bits, words);
}

bool
rules_read_targets(const struct option_input *in, void *field)
{
    return read_bits(in, filter_target_words, FILTER_IN_COUNT, field);
}

void
rules_put_targets(const void *field, struct buf *out)
{
    put_bits(field, filter_target_words, out);
}

bool
rules_read_exempts(const struct option_input *in, void *field)
{
    return read_bits(in, filter_exempt_words, FILTER_EXEMPTS_COUNT, field);
}

void
rules_put_exempts(const void *field, struct buf *out)
{
    put_bits(field, filter_exempt_words, out);
}

/* --- block lists in DNS --- */

bool
rules_read_dnsbl_action(const struct option_input *in, void *field)
{
    size_t index = find_word(in->text, blocklist_action_words, DNSBL_ACTION_COUNT);
    if (index == DNSBL_ACTION_COUNT) {
        refuse_word(in, in->text, blocklist_action_words, DNSBL_ACTION_COUNT);
        return false;
    }
    enum dnsbl_action action = (enum dnsbl_action)index;
    memcpy(field, &action, sizeof action);
    return true;
}

void
rules_put_dnsbl_action(const void *field, struct buf *out)
{
    enum dnsbl_action action;
    memcpy(&action, field, sizeof action);
    buf_put(out, blocklist_action_words[action]);
}

static const struct str policies[] = {
    [HUB_POLICY_DISABLED] = STR_INIT("disabled"),
    [HUB_POLICY_OPT_IN] = STR_INIT("opt-in"),
    [HUB_POLICY_OPT_OUT] = STR_INIT("opt-out"),
    [HUB_POLICY_MANDATORY] = STR_INIT("mandatory"),
};

bool
rules_read_policy(const struct option_input *in, void *field)
{
    size_t index = find_word(in->text, policies, HUB_POLICY_COUNT);
    if (index == HUB_POLICY_COUNT) {
        refuse_word(in, in->text, policies, HUB_POLICY_COUNT);
        return false;
    }
    enum hub_policy policy = (enum hub_policy)index;
    memcpy(field, &policy, sizeof policy);
    return true;
}

void
rules_put_policy(const void *field, struct buf *out)
{
    enum hub_policy policy;
    memcpy(&policy, field, sizeof policy);
    buf_put(out, policies[policy]);
}

/* "none" is no word here: that would be tokens without a signature. */
bool
rules_read_token_algorithm(const struct option_input *in, void *field)
{
    size_t index = find_word(in->text, jwt_algorithm_names, JWT_ALGORITHM_COUNT);
    if (index == JWT_ALGORITHM_COUNT) {
        refuse_word(in, in->text, jwt_algorithm_names, JWT_ALGORITHM_COUNT);
        return false;
    }
    enum jwt_algorithm algorithm = (enum jwt_algorithm)index;
    memcpy(field, &algorithm, sizeof algorithm);
    return true;
}

void
rules_put_token_algorithm(const void *field, struct buf *out)
{
    enum jwt_algorithm algorithm;
    memcpy(&algorithm, field, sizeof algorithm);
    buf_put(out, jwt_algorithm_names[algorithm]);
}

static bool
is_address(struct str text)
{
    struct address_block block;
    return str_find_byte(text, '/') == text.len && address_block_parse(text, &block);
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static bool
is_nameserver(struct str text)
{
    if (is_address(text))
        return true;
    struct str host = text;
    struct str port = text;
    if (str_starts_with(text, STR("["))) {
        port = str_skip(text, 1);
        host = str_cut(&port, ']');
        if (!str_starts_with(port, STR(":")))
            return false;
        port = str_skip(port, 1);
    } else {
        host = str_cut(&port, ':');
    }
    uint64_t number;
    return is_address(host) && number_parse_u64(port, UINT16_MAX, &number) && number > 0;
}

bool
rules_read_nameservers(const struct option_input *in, void *field)
{
    struct str rest = in->text;
    while (in->text.len > 0 && rest.ptr != NULL) {
        struct str server = str_cut(&rest, ',');
        if (is_nameserver(server))
            continue;
        check_put_quoted(in->why, server);
        buf_put(in->why, STR(" is no address of a name server; write 192.0.2.1, 192.0.2.1:5353 or "
                             "[2001:db8::1]:53, several with commas and without spaces"));
        return false;
    }
    memcpy(field, &in->text, sizeof in->text);
    return true;
}
