/* The spam filter; see filter.h. */
#include "hub/filter.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/clean_text.h"
#include "wire/confusable.h"
#include "wire/pattern.h"

#include <assert.h>
#include <string.h>

#define RULES_MAX       (2 * LIMIT_FILTERS)
#define SHOWN_BYTES_MAX 100 /* of a text, in a notice to operators */
#define READINGS_MAX    3   /* of one line */

struct filter_rule {
    struct hub_filter what; /* its strings are owned */
    struct pattern *pattern;
    bool is_configured; /* not made by FILTER ADD */
    uint64_t hit_count;
    uint64_t gave_up_count;        /* the pattern needed too many steps */
    struct notice_limiter notices; /* of its hits */
};

struct filters {
    struct filter_rule *rules;
    size_t count;
    size_t capacity;
    uint32_t targets; /* of all rules */
    struct pattern_scratch *scratch;
};

const struct str filter_target_words[FILTER_IN_COUNT] = {
    STR_INIT("channel"), STR_INIT("private"), STR_INIT("notice"),
    STR_INIT("part"),    STR_INIT("quit"),    STR_INIT("topic"),
    STR_INIT("nick"),    STR_INIT("away"),    STR_INIT("realname"),
};
const struct str filter_exempt_words[FILTER_EXEMPTS_COUNT] = {
    STR_INIT("operators"),
    STR_INIT("voiced"),
    STR_INIT("accounts"),
};
const struct str filter_action_words[FILTER_ACTION_COUNT] = {
    [FILTER_BLOCK] = STR_INIT("block"),
    [FILTER_WARN] = STR_INIT("warn"),
    [FILTER_KILL] = STR_INIT("kill"),
    [FILTER_SHUN] = STR_INIT("shun"),
};

/* --- words --- */

void
filter_put_words(struct buf *out, uint32_t bits, const struct str *words)
{
    bool is_first = true;
    for (size_t i = 0; bits != 0; i++, bits >>= 1) {
        if (!(bits & 1))
            continue;
        buf_put(out, is_first ? STR_NONE : STR(","));
        buf_put(out, words[i]);
        is_first = false;
    }
}

bool
filter_parse_words(struct str text, const struct str *words, size_t count, uint32_t *bits_out)
{
    uint32_t bits = 0;
    while (text.ptr != NULL) {
        struct str word = str_trim(str_cut(&text, ','));
        size_t i = 0;
        while (i < count && !str_equal_ascii_nocase(words[i], word))
            i++;
        if (i == count)
            return false;
        bits |= 1U << i;
    }
    *bits_out = bits;
    return true;
}

/* --- rules --- */

static void
rule_deinit(struct filter_rule *rule)
{
    pattern_free(&rule->pattern);
    str_free(&rule->what.name);
    str_free(&rule->what.pattern);
    str_free(&rule->what.reason);
}

/* Where the rule stands; filters->count when there is none of that name. */
static size_t
find_rule(const struct filters *filters, struct str name)
{
    size_t i = 0;
    while (i < filters->count && !str_equal_ascii_nocase(filters->rules[i].what.name, name))
        i++;
    return i;
}

static void
count_targets(struct filters *filters)
{
    filters->targets = 0;
    for (size_t i = 0; i < filters->count; i++)
        filters->targets |= filters->rules[i].what.targets;
}

static void
remove_rule(struct filters *filters, size_t index)
{
    assert(index < filters->count);
    rule_deinit(&filters->rules[index]);
    filters->count--;
    memmove(filters->rules + index, filters->rules + index + 1,
            (filters->count - index) * sizeof *filters->rules);
    count_targets(filters);
}

/* NULL, and *error_out filled, when the pattern is none. */
static struct filter_rule *
add_rule(struct filters *filters, const struct hub_filter *what, struct pattern_error *error_out)
{
    assert(filters->count < RULES_MAX);
    struct pattern *pattern = pattern_new(what->pattern, error_out);
    if (pattern == NULL)
        return NULL;
    filters->rules = cf_array_reserve(filters->rules, &filters->capacity, filters->count + 1,
                                      sizeof *filters->rules);
    struct filter_rule *rule = &filters->rules[filters->count++];
    *rule = (struct filter_rule){.what = *what, .pattern = pattern};
    rule->what.name = str_dup(what->name);
    rule->what.pattern = str_dup(what->pattern);
    rule->what.reason = str_dup(what->reason);
    filters->targets |= what->targets;
    return rule;
}

void
filter_init(struct hub *hub)
{
    hub->filters = cf_calloc_array(1, sizeof *hub->filters);
    hub->filters->scratch = pattern_scratch_new();
}

void
filter_deinit(struct hub *hub)
{
    struct filters *filters = hub->filters;
    while (filters->count > 0)
        remove_rule(filters, filters->count - 1);
    pattern_scratch_free(&filters->scratch);
    cf_free(filters->rules);
    cf_free(filters);
    hub->filters = NULL;
}

static void
add_configured(struct filters *filters, const struct hub_filter *what, const struct filters *old)
{
    struct pattern_error error;
    size_t same_name = find_rule(filters, what->name);
    if (same_name < filters->count) /* one that was added under way */
        remove_rule(filters, same_name);
    struct filter_rule *rule = add_rule(filters, what, &error);
    assert(rule != NULL); /* the configuration has compiled it before */
    rule->is_configured = true;
    size_t before = find_rule(old, what->name);
    if (before < old->count && str_equal(old->rules[before].what.pattern, what->pattern)) {
        rule->hit_count = old->rules[before].hit_count;
        rule->gave_up_count = old->rules[before].gave_up_count;
    }
}

/* Configured rules stand first, in their order; then those added under way. */
void
filter_configure(struct hub *hub)
{
    struct filters *filters = hub->filters;
    struct filters old = *filters;
    filters->rules = NULL;
    filters->count = 0;
    filters->capacity = 0;
    filters->targets = 0;
    for (size_t i = 0; i < hub->config->filter_count; i++)
        add_configured(filters, &hub->config->filters[i], &old);
    for (size_t i = 0; i < old.count; i++) {
        struct filter_rule *rule = &old.rules[i];
        if (rule->is_configured || find_rule(filters, rule->what.name) < filters->count) {
            rule_deinit(rule);
            continue;
        }
        filters->rules = cf_array_reserve(filters->rules, &filters->capacity, filters->count + 1,
                                          sizeof *filters->rules);
        filters->rules[filters->count++] = *rule;
    }
    cf_free(old.rules);
    count_targets(filters);
}

/* --- searching --- */

/* A line as it is and as it is to be read. The later ones are empty when they add nothing. */
struct readings {
    struct buf bytes[READINGS_MAX - 1];
    struct str texts[READINGS_MAX];
};

static void
readings_init(struct readings *readings, const struct hub *hub, struct str line)
{
    for (size_t i = 0; i < READINGS_MAX - 1; i++)
        buf_init(&readings->bytes[i], LIMIT_MULTILINE_BYTES);
    readings->texts[0] = line;
    readings->texts[1] = STR_NONE;
    readings->texts[2] = STR_NONE;
    struct str bare = line;
    if (clean_text_has_formatting(line)) {
        clean_text_put_unformatted(&readings->bytes[0], line);
        bare = buf_str(&readings->bytes[0]);
        readings->texts[1] = bare;
    }
    if (utf8_is_ascii(bare))
        return;
    confusables_put_plain(hub->confusables, &readings->bytes[1], bare);
    readings->texts[2] = buf_str(&readings->bytes[1]);
}

static void
readings_deinit(struct readings *readings)
{
    for (size_t i = 0; i < READINGS_MAX - 1; i++)
        buf_deinit(&readings->bytes[i]);
}

static bool
is_found(struct filters *filters, struct filter_rule *rule, const struct readings *readings)
{
    for (size_t i = 0; i < READINGS_MAX; i++) {
        if (i > 0 && readings->texts[i].len == 0)
            continue;
        switch (pattern_search(rule->pattern, filters->scratch, readings->texts[i])) {
        case PATTERN_YES:
            return true;
        case PATTERN_NO:
            break;
        case PATTERN_GAVE_UP:
            rule->gave_up_count++;
            break;
        }
    }
    return false;
}

static bool
is_exempt(const struct call *call, const struct filter_rule *rule, const struct filter_text *text)
{
    const struct user *user = call->user;
    if (user_is_operator(user) && (rule->what.exempts & FILTER_EXEMPTS_OPERATORS))
        return true;
    if (text->is_voiced && (rule->what.exempts & FILTER_EXEMPTS_VOICED))
        return true;
    return user != NULL && user->account.len > 0 && (rule->what.exempts & FILTER_EXEMPTS_ACCOUNTS);
}

/* The first rule that lets the text not pass; those that only warn are gone through. */
static struct filter_rule *
find_match(struct call *call, const struct filter_text *text, struct filter_rule **warning_out)
{
    struct filters *filters = call->hub->filters;
    for (size_t line = 0; line < text->line_count; line++) {
        struct readings readings;
        readings_init(&readings, call->hub, text->lines[line]);
        struct filter_rule *match = NULL;
        for (size_t i = 0; i < filters->count && match == NULL; i++) {
            struct filter_rule *rule = &filters->rules[i];
            if (!(rule->what.targets & text->target) || is_exempt(call, rule, text) ||
                !is_found(filters, rule, &readings))
                continue;
            if (rule->what.action == FILTER_WARN)
                *warning_out = rule;
            else
                match = rule;
        }
        readings_deinit(&readings);
        if (match != NULL)
            return match;
    }
    return NULL;
}

/* --- what is done --- */

static struct str
target_word(uint32_t target)
{
    size_t bit = 0;
    while ((target >> bit) > 1)
        bit++;
    assert(bit < FILTER_IN_COUNT);
    return filter_target_words[bit];
}

/* Operators hear of a rule once in a while, however often it is hit. The log has each hit. */
static void
report(struct call *call, struct filter_rule *rule, const struct filter_text *text)
{
    struct hub *hub = call->hub;
    struct str who = call->user == NULL ? call_client_name(call) : call->user->prefix;
    rule->hit_count++;
    note(hub, call->session, "filter hit", {"rule", rule->what.name},
         {"action", filter_action_words[rule->what.action]}, {"in", target_word(text->target)},
         {"who", who});
    struct buf before;
    struct buf shown;
    buf_init(&before, 64);
    buf_init(&shown, LIMIT_MULTILINE_BYTES);
    clean_text_put(&shown, text->line_count > 0 ? text->lines[0] : STR_NONE);
    if (server_notice_is_due(hub, &rule->notices, &before))
        server_notify(hub, SERVER_NOTICE_FLOODS,
                      "Filter: rule %.*s (%.*s) is hit by %.*s in %.*s%.*s: %.*s",
                      STR_ARG(rule->what.name), STR_ARG(filter_action_words[rule->what.action]),
                      STR_ARG(who), STR_ARG(target_word(text->target)), STR_ARG(buf_str(&before)),
                      STR_ARG(utf8_take(buf_str(&shown), SHOWN_BYTES_MAX)));
    buf_deinit(&before);
    buf_deinit(&shown);
}

static void
refuse_text(struct call *call, const struct filter_rule *rule, const struct filter_text *text)
{
    struct buf said;
    buf_init(&said, LIMIT_LINE_BYTES);
    buf_printf(&said, "%.*s (rule %.*s): say it in another way, or ask an operator",
               STR_ARG(rule->what.reason.len > 0 ? rule->what.reason
                                                 : STR("The spam filter does not let this pass")),
               STR_ARG(rule->what.name));
    bool is_message = (text->target & (FILTER_IN_CHANNEL | FILTER_IN_PRIVATE | FILTER_IN_NOTICE |
                                       FILTER_IN_TOPIC)) != 0;
    enum numeric numeric = is_message ? ERR_CANNOTSENDTOCHAN : 0;
    if (text->target == FILTER_IN_NICK)
        numeric = ERR_ERRONEUSNICKNAME;
    refuse(call, &(struct refusal){
                     .code = STR("SPAM_FILTERED"),
                     .numeric = numeric,
                     .context = text->context,
                     .detail = rule->what.name,
                     .text = buf_str(&said),
                 });
    buf_deinit(&said);
}

static void
end_user(struct call *call, const struct filter_rule *rule)
{
    struct buf reason;
    buf_init(&reason, LIMIT_REASON_BYTES);
    buf_printf(&reason, "Spam filter: %.*s (rule %.*s)",
               STR_ARG(rule->what.reason.len > 0 ? rule->what.reason : STR("not welcome here")),
               STR_ARG(rule->what.name));
    if (call->user == NULL)
        session_close(call->hub, call->session, STR(""), buf_str(&reason));
    else
        user_kill(call->hub, call->user, buf_str(&reason));
    call->verdict = HUB_CLOSED;
    buf_deinit(&reason);
}

enum filter_result
filter_check(struct call *call, const struct filter_text *text)
{
    if (!(call->hub->filters->targets & text->target))
        return FILTER_PASS;
    struct filter_rule *warning = NULL;
    struct filter_rule *rule = find_match(call, text, &warning);
    if (warning != NULL)
        report(call, warning, text);
    if (rule == NULL)
        return FILTER_PASS;
    report(call, rule, text);
    switch (rule->what.action) {
    case FILTER_BLOCK:
        refuse_text(call, rule, text);
        return FILTER_BLOCKED;
    case FILTER_KILL:
        end_user(call, rule);
        return FILTER_ENDED;
    case FILTER_SHUN:
        return FILTER_HIDDEN;
    case FILTER_WARN:
    case FILTER_ACTION_COUNT:
        break;
    }
    cf_unreachable("a match that warns");
}

bool
filter_allows(struct call *call, uint32_t target, struct str line)
{
    return filter_check(call, &(struct filter_text){
                                  .target = target,
                                  .lines = &line,
                                  .line_count = 1,
                                  .context = target == FILTER_IN_NICK ? line : STR_NONE,
                              }) == FILTER_PASS;
}

/* --- FILTER and STATS f --- */

static void
put_rule(struct buf *out, const struct filter_rule *rule)
{
    buf_printf(out, "%.*s %.*s ", STR_ARG(rule->what.name),
               STR_ARG(filter_action_words[rule->what.action]));
    filter_put_words(out, rule->what.targets, filter_target_words);
    buf_printf(out, " hits=%llu gave-up=%llu %s: %.*s", (unsigned long long)rule->hit_count,
               (unsigned long long)rule->gave_up_count,
               rule->is_configured ? "configured" : "added", STR_ARG(rule->what.pattern));
}

void
filter_stats(struct call *call)
{
    const struct filters *filters = call->hub->filters;
    for (size_t i = 0; i < filters->count; i++) {
        struct buf line;
        buf_init(&line, LIMIT_LINE_BYTES);
        put_rule(&line, &filters->rules[i]);
        reply_text(call, RPL_STATSFILTER, STR("f"), buf_str(&line));
        buf_deinit(&line);
    }
}

static void
refuse_command(struct call *call, const char *code, struct str text)
{
    refuse(call, &(struct refusal){.code = str_from_nul(code), .text = text});
}

bool
filter_is_rule_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-' && byte != '_')
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_FILTER_NAME_BYTES;
}

static size_t
count_added(const struct filters *filters)
{
    size_t count = 0;
    for (size_t i = 0; i < filters->count; i++)
        count += filters->rules[i].is_configured ? 0 : 1;
    return count;
}

/* What is wrong with it; NULL when it can be added, unless its pattern is none. */
static const char *
read_rule(const struct call *call, struct hub_filter *what)
{
    const struct filters *filters = call->hub->filters;
    uint32_t action;
    *what = (struct hub_filter){
        .name = call_param(call, 1),
        .pattern = call_param(call, 4),
        .exempts = FILTER_EXEMPTS_OPERATORS,
    };
    if (!filter_is_rule_name(what->name))
        return "A rule is called with 1 to 30 letters, digits, - and _";
    if (find_rule(filters, what->name) < filters->count)
        return "There is a rule of that name: FILTER DEL it first, or choose another name";
    if (count_added(filters) >= LIMIT_FILTERS)
        return "There are 100 rules that have been added: FILTER DEL one first";
    size_t index = 0;
    while (index < ARRAY_LEN(filter_action_words) &&
           !str_equal_ascii_nocase(filter_action_words[index], call_param(call, 2)))
        index++;
    if (index == ARRAY_LEN(filter_action_words))
        return "An action is block, warn, kill or shun";
    action = (uint32_t)index;
    what->action = (enum filter_action)action;
    if (!filter_parse_words(call_param(call, 3), filter_target_words, FILTER_IN_COUNT,
                            &what->targets))
        return "Targets are some of channel,private,notice,part,quit,topic,nick,away,realname";
    if (what->pattern.len == 0 || what->pattern.len > LIMIT_PATTERN_BYTES)
        return "A pattern has 1 to 300 bytes";
    return NULL;
}

static void
filter_add(struct call *call)
{
    struct hub_filter what;
    const char *problem = read_rule(call, &what);
    if (problem != NULL) {
        refuse_command(call, "INVALID_PARAMS", str_from_nul(problem));
        return;
    }
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    struct pattern_error error;
    if (add_rule(call->hub->filters, &what, &error) == NULL) {
        buf_printf(&text, "The pattern is wrong at its byte %zu: %s", error.offset + 1, error.text);
        refuse_command(call, "INVALID_PATTERN", buf_str(&text));
    } else {
        note(call->hub, call->session, "filter added", {"rule", what.name},
             {"pattern", what.pattern}, {"by", call->user->nick});
        buf_printf(&text, "Rule %.*s is added until the server ends", STR_ARG(what.name));
        reply_notice(call, buf_str(&text));
    }
    buf_deinit(&text);
}

static void
filter_del(struct call *call)
{
    struct filters *filters = call->hub->filters;
    struct str name = call_param(call, 1);
    size_t index = find_rule(filters, name);
    if (index == filters->count) {
        refuse_command(call, "NO_SUCH_RULE", STR("There is no rule of that name: see FILTER LIST"));
        return;
    }
    if (filters->rules[index].is_configured) {
        refuse_command(call, "RULE_IS_CONFIGURED",
                       STR("That rule stands in the configuration: delete it there, then REHASH"));
        return;
    }
    note(call->hub, call->session, "filter removed", {"rule", name}, {"by", call->user->nick});
    remove_rule(filters, index);
    reply_notice(call, STR("The rule is removed"));
}

static void
filter_list(struct call *call)
{
    const struct filters *filters = call->hub->filters;
    for (size_t i = 0; i < filters->count; i++) {
        struct buf line;
        buf_init(&line, LIMIT_LINE_BYTES);
        put_rule(&line, &filters->rules[i]);
        reply_notice(call, buf_str(&line));
        buf_deinit(&line);
    }
    reply_notice(call, filters->count == 0 ? STR("There are no rules") : STR("End of the rules"));
}

/* Which rules a text would hit, whoever says it where. */
static void
filter_test(struct call *call)
{
    struct filters *filters = call->hub->filters;
    struct readings readings;
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put(&text, STR("Found by:"));
    readings_init(&readings, call->hub, call_param(call, 1));
    size_t head = text.len;
    for (size_t i = 0; i < filters->count; i++) {
        if (is_found(filters, &filters->rules[i], &readings) &&
            buf_room(&text) > filters->rules[i].what.name.len)
            buf_printf(&text, " %.*s", STR_ARG(filters->rules[i].what.name));
    }
    reply_notice(call, text.len == head ? STR("Found by no rule") : buf_str(&text));
    readings_deinit(&readings);
    buf_deinit(&text);
}

void
cmd_filter(struct call *call)
{
    struct str verb = call_param(call, 0);
    size_t params = call->msg->param_count;
    if (str_equal_ascii_nocase(verb, STR("ADD")) && params >= 5)
        filter_add(call);
    else if (str_equal_ascii_nocase(verb, STR("DEL")) && params >= 2)
        filter_del(call);
    else if (str_equal_ascii_nocase(verb, STR("LIST")))
        filter_list(call);
    else if (str_equal_ascii_nocase(verb, STR("TEST")) && params >= 2)
        filter_test(call);
    else
        refuse_command(call, "INVALID_PARAMS",
                       STR("FILTER ADD <name> <action> <targets> :<pattern>, DEL <name>, LIST, or "
                           "TEST :<text>"));
}
