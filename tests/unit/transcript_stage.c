/* The stage of transcripts; see transcript_stage.h. */
#include "transcript_stage.h"

#include "base/alloc.h"
#include "base/number.h"
#include "doors/irc.h"
#include "doors/plain.h"
#include "hub/filter.h"
#include "hub/privilege.h"
#include "hub/row.h"
#include "rig/rig.h"
#include "transcript_text.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define START_MS      INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
#define HOMES         2
#define PLAYERS_MAX   256
#define NAME_MAX_LEN  32
#define ADVANCE_MAX   (INT64_C(366) * 86400 * 1000)
#define STEP_BYTES    (64 * 1024)
#define REPEATS_MAX   1000
#define BACKLOG_BYTES (16 * 1024 * 1024)

struct player {
    char name[NAME_MAX_LEN + 1];
    struct rig_session *session; /* NULL when it is not connected */
    struct question question;    /* not answered yet; session none: there is none */
};

/* A configuration that the hub has had; kept to the end, because it borrows. */
struct config {
    struct config *older;
    struct hub_config hub;
};

/* A string that some configuration borrows. */
struct kept {
    struct kept *older;
    char bytes[];
};

struct stage {
    struct rig *rig; /* NULL until the first session */
    struct config *config;
    struct kept *kept;
    struct player players[PLAYERS_MAX];
    size_t player_count;
    size_t actor;
    bool has_notes;
    struct stage_output *outputs;
    size_t output_count;
    size_t output_capacity;
    void (*failed)(void *context, const char *text);
    void *failed_context;
    struct buf *why;
};

/* --- players and outputs --- */

size_t
stage_find_player(const struct stage *stage, struct str name)
{
    for (size_t i = 0; i < stage->player_count; i++) {
        if (str_equal(str_from_nul(stage->players[i].name), name))
            return i;
    }
    return STAGE_SERVER;
}

size_t
stage_player_count(const struct stage *stage)
{
    return stage->player_count;
}

struct str
stage_player_name(const struct stage *stage, size_t player)
{
    assert(player < stage->player_count);
    return str_from_nul(stage->players[player].name);
}

size_t
stage_actor(const struct stage *stage)
{
    return stage->actor;
}

size_t
stage_output_count(const struct stage *stage)
{
    return stage->output_count;
}

const struct stage_output *
stage_output_at(const struct stage *stage, size_t index)
{
    assert(index < stage->output_count);
    return &stage->outputs[index];
}

static void
clear_outputs(struct stage *stage)
{
    for (size_t i = 0; i < stage->output_count; i++)
        cf_free((void *)(uintptr_t)stage->outputs[i].text.ptr); /* made by add_output */
    stage->output_count = 0;
}

static void
add_output(struct stage *stage, size_t player, struct str text)
{
    stage->outputs = cf_array_reserve(stage->outputs, &stage->output_capacity,
                                      stage->output_count + 1, sizeof *stage->outputs);
    char *copy = cf_alloc(text.len);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    stage->outputs[stage->output_count++] =
        (struct stage_output){.player = player, .text = {.ptr = copy, .len = text.len}};
}

static size_t
player_of(const struct stage *stage, const struct rig_session *session)
{
    const struct player *player = session->owner;
    assert(player != NULL);
    return (size_t)(player - stage->players);
}

/* --- what the rig tells --- */

static void
hook_line(void *context, struct rig_session *session, struct str line)
{
    struct stage *stage = context;
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    add_output(stage, player_of(stage, session), line);
}

static void
hook_closed(void *context, struct rig_session *session)
{
    struct stage *stage = context;
    struct player *player = session->owner;
    if (player->session == session) {
        player->session = NULL;
        add_output(stage, player_of(stage, session), STR("(closed)"));
    }
}

/* The player whose session it is; STAGE_SERVER for none. */
static size_t
player_with(const struct stage *stage, struct slot_id session)
{
    for (size_t i = 0; i < stage->player_count; i++) {
        const struct player *player = &stage->players[i];
        if (player->session != NULL && slot_id_equal(player->session->id, session))
            return i;
    }
    return STAGE_SERVER;
}

static struct str
name_with(const struct stage *stage, struct slot_id session)
{
    size_t player = player_with(stage, session);
    return player == STAGE_SERVER ? STR("nobody") : stage_player_name(stage, player);
}

/* Its lines are one. */
static void
put_letter(struct buf *out, struct stage *stage, const struct question *question)
{
    struct str rest = str_from_nul(question->secret);
    buf_printf(out, "%.*s sends a letter to %s:", STR_ARG(name_with(stage, question->session)),
               question->against);
    while (rest.ptr != NULL) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        buf_printf(out, "%s%.*s", line.len > 0 ? " / " : "", STR_ARG(line));
    }
}

static void
hook_question(void *context, struct question *question)
{
    struct stage *stage = context;
    size_t player = player_with(stage, question->session);
    struct buf text;
    buf_init(&text, STEP_BYTES);
    if (question->kind == QUESTION_DNSBL)
        buf_printf(&text, "%.*s asks for the block lists that have %s",
                   STR_ARG(name_with(stage, question->session)), question->against);
    else if (question->kind == QUESTION_MAIL || question->kind == QUESTION_MAIL_LATER)
        put_letter(&text, stage, question);
    else if (question->kind == QUESTION_EXPORT)
        buf_printf(&text, "%.*s asks for an export of \"%s\"",
                   STR_ARG(name_with(stage, question->session)), question->against);
    else if (question->kind == QUESTION_TOKEN)
        buf_printf(&text, "%.*s asks whose token \"%s\" is",
                   STR_ARG(name_with(stage, question->session)), question->secret);
    else if (question->kind == QUESTION_CREDENTIALS)
        buf_printf(&text, "%.*s asks for credentials of \"%s\"",
                   STR_ARG(name_with(stage, question->session)), question->secret);
    else
        buf_printf(&text, "%.*s asks whether \"%s\" matches \"%s\"",
                   STR_ARG(name_with(stage, question->session)), question->secret,
                   question->against);
    add_output(stage, STAGE_SERVER, buf_str(&text));
    buf_deinit(&text);
    if (player == STAGE_SERVER) {
        question_deinit(question);
        return;
    }
    question_deinit(&stage->players[player].question);
    stage->players[player].question = *question;
}

static void
hook_request(void *context, const struct request *request)
{
    static const char *const names[] = {
        [REQUEST_REHASH] = "REHASH",
        [REQUEST_DIE] = "DIE",
        [REQUEST_RESTART] = "RESTART",
        [REQUEST_REPORT] = "REPORT",
    };
    struct stage *stage = context;
    struct buf text;
    buf_init(&text, STEP_BYTES);
    buf_printf(&text, "%.*s requests %s", STR_ARG(name_with(stage, request->session)),
               names[request->kind]);
    add_output(stage, STAGE_SERVER, buf_str(&text));
    buf_deinit(&text);
}

static void
hook_note(void *context, const struct note *note)
{
    struct stage *stage = context;
    if (!stage->has_notes)
        return;
    struct buf text;
    buf_init(&text, STEP_BYTES);
    buf_printf(&text, "%s: %s", note->is_warning ? "warning" : "note", note->message);
    for (size_t i = 0; i < note->field_count; i++)
        buf_printf(&text, " %s=%.*s", note->keys[i], STR_ARG(note->values[i]));
    add_output(stage, STAGE_SERVER, buf_str(&text));
    buf_deinit(&text);
}

static void
hook_failed(void *context, const char *text)
{
    struct stage *stage = context;
    stage->failed(stage->failed_context, text);
}

/* --- configuration --- */

static struct str
keep(struct stage *stage, struct str text)
{
    struct kept *kept = cf_alloc(sizeof *kept + text.len);
    *kept = (struct kept){.older = stage->kept};
    stage->kept = kept;
    if (text.len > 0)
        memcpy(kept->bytes, text.ptr, text.len);
    return (struct str){.ptr = kept->bytes, .len = text.len};
}

static const struct hub_config default_config = {
    .server_name = STR_INIT("confab.test"),
    .network_name = STR_INIT("Test"),
    .description = STR_INIT("A server under test"),
    .version = STR_INIT("confab-0"),
    .created = STR_INIT("Fri Jan 15 2027"),
    .lobby = STR_INIT("#lobby"),
    .lobby_modes = STR_INIT("n"),
    .channels_per_user_max = 10,
    .list_entries_max = 5,
    .has_store = true,
    .channels_max = 200,
    .users_max = 200,
    .takes_accounts = true,
    .registers_before_connect = true,
    .account_password_min = 3,
    .accounts_max = 20,
    .always_on_max = 20,
    .replay_max = LIMIT_PAGE_EVENTS,
};

/* What a setting is called and where it is kept. */
struct setting {
    const char *name;
    size_t offset;

    enum {
        SETTING_TEXT,
        SETTING_NUMBER,
        SETTING_FLAG,
        SETTING_MS,   /* a number of milliseconds */
        SETTING_RATE, /* a number and milliseconds: 3/10000 */
    } kind;
};

#define SETTING(field, kind)                               \
    {                                                      \
#field, offsetof(struct hub_config, field), (kind) \
    }

static const struct setting settings[] = {
    SETTING(network_name, SETTING_TEXT),
    SETTING(description, SETTING_TEXT),
    SETTING(icon, SETTING_TEXT),
    SETTING(version, SETTING_TEXT),
    SETTING(motd, SETTING_TEXT),
    SETTING(admin_location, SETTING_TEXT),
    SETTING(admin_location_more, SETTING_TEXT),
    SETTING(admin_email, SETTING_TEXT),
    SETTING(password_hash, SETTING_TEXT),
    SETTING(lobby, SETTING_TEXT),
    SETTING(lobby_modes, SETTING_TEXT),
    SETTING(user_modes, SETTING_TEXT),
    SETTING(client_tag_deny, SETTING_TEXT),
    SETTING(is_lobby_half_duplex, SETTING_FLAG),
    SETTING(is_creator_founder, SETTING_FLAG),
    SETTING(refuses_lookalikes, SETTING_FLAG),
    SETTING(scripts, SETTING_NUMBER),
    SETTING(rates[RATE_JOINS], SETTING_RATE),
    SETTING(rates[RATE_NICKS], SETTING_RATE),
    SETTING(rates[RATE_TARGETS], SETTING_RATE),
    SETTING(rates[RATE_INVITES], SETTING_RATE),
    SETTING(rates[RATE_PROFILE], SETTING_RATE),
    SETTING(rates[RATE_QUERIES], SETTING_RATE),
    SETTING(rates[RATE_LISTS], SETTING_RATE),
    SETTING(rates[RATE_OPERS], SETTING_RATE),
    SETTING(network_rates[NETWORK_RATE_ACCOUNTS], SETTING_RATE),
    SETTING(network_rates[NETWORK_RATE_LETTERS], SETTING_RATE),
    SETTING(registrations, SETTING_RATE),
    SETTING(newcomer_wait_ms, SETTING_MS),
    SETTING(has_history, SETTING_FLAG),
    SETTING(redact_window_ms, SETTING_MS),
    SETTING(durability, SETTING_NUMBER),
    SETTING(channels_per_user_max, SETTING_NUMBER),
    SETTING(list_entries_max, SETTING_NUMBER),
    SETTING(channels_max, SETTING_NUMBER),
    SETTING(users_max, SETTING_NUMBER),
    SETTING(takes_accounts, SETTING_FLAG),
    SETTING(registers_before_connect, SETTING_FLAG),
    SETTING(takes_anonymous, SETTING_FLAG),
    SETTING(takes_tokens, SETTING_FLAG),
    SETTING(creates_by_token, SETTING_FLAG),
    SETTING(sends_mail, SETTING_FLAG),
    SETTING(mail_required, SETTING_FLAG),
    SETTING(account_password_min, SETTING_NUMBER),
    SETTING(accounts_max, SETTING_NUMBER),
    SETTING(always_on, SETTING_NUMBER),
    SETTING(auto_away, SETTING_NUMBER),
    SETTING(always_on_max, SETTING_NUMBER),
    SETTING(always_on_expiry_ms, SETTING_MS),
    SETTING(autoreplay_lines, SETTING_NUMBER),
    SETTING(replay_max, SETTING_NUMBER),
    SETTING(has_sts, SETTING_FLAG),
    SETTING(is_sts_preloaded, SETTING_FLAG),
    SETTING(sts_port, SETTING_NUMBER),
    SETTING(sts_duration_ms, SETTING_MS),
    SETTING(has_cloaks, SETTING_FLAG),
};

/* "class <name> <privileges>" adds a class of operators, or changes it. */
static bool
add_class(struct stage *stage, struct hub_config *hub, struct str rest)
{
    struct str name = str_cut_word(&rest);
    size_t at = 0;
    while (at < hub->oper_class_count && !str_equal(hub->oper_classes[at].name, name))
        at++;
    if (at == LIMIT_OPER_CLASSES)
        return false;
    if (at == hub->oper_class_count)
        hub->oper_class_count++;
    struct hub_oper_class *added = &hub->oper_classes[at];
    *added = (struct hub_oper_class){.name = keep(stage, name)};
    while (rest.len > 0) {
        uint32_t privilege;
        if (!privilege_find(str_cut_word(&rest), &privilege))
            return false;
        added->privileges |= privilege;
    }
    return true;
}

/* "operator <name> <mask> [hash [class]]" adds an operator block, or changes it; words with '='
 * among them say account=a, certificate=f or automatic=yes, and "-" is for no hash. */
static bool
add_operator(struct stage *stage, struct hub_config *hub, struct str rest)
{
    struct str name = str_cut_word(&rest);
    size_t at = 0;
    while (at < hub->operator_count && !str_equal(hub->operators[at].name, name))
        at++;
    if (at == LIMIT_OPERATORS)
        return false;
    if (at == hub->operator_count)
        hub->operator_count++;
    struct hub_operator *block = &hub->operators[at];
    *block = (struct hub_operator){.name = keep(stage, name),
                                   .host_mask = keep(stage, str_cut_word(&rest)),
                                   .password_hash = STR("hash")};
    for (size_t plain = 0; rest.len > 0;) {
        struct str value = str_cut_word(&rest);
        struct str word = value;
        struct str key = str_cut(&value, '=');
        if (str_equal(key, STR("account")))
            block->account = keep(stage, value);
        else if (str_equal(key, STR("certificate")))
            block->fingerprint = keep(stage, value);
        else if (str_equal(key, STR("automatic")))
            block->is_automatic = true;
        else if (plain++ == 0)
            block->password_hash = str_equal(word, STR("-")) ? STR("") : keep(stage, word);
        else
            block->class_name = keep(stage, word);
    }
    return block->host_mask.len > 0;
}

/* "disabled_caps <names>" are all that are switched off. */
static bool
set_disabled_caps(struct hub_config *hub, struct str names)
{
    hub->disabled_cap_count = 0;
    while (names.len > 0) {
        if (!capability_find(str_cut_word(&names), &hub->disabled_caps[hub->disabled_cap_count]))
            return false;
        hub->disabled_cap_count++;
    }
    return true;
}

/* "gateway <name> <address or block> [fingerprint]" adds a gateway whose hash is "hash"; with a
 * fingerprint, it has no password. */
static bool
add_gateway(struct stage *stage, struct hub_config *hub, struct str rest)
{
    if (hub->gateway_count == LIMIT_GATEWAYS)
        return false;
    struct hub_gateway *gateway = &hub->gateways[hub->gateway_count++];
    gateway->name = keep(stage, str_cut_word(&rest));
    gateway->address_count = 1;
    if (!address_block_parse(str_cut_word(&rest), &gateway->addresses[0]))
        return false;
    gateway->fingerprint = keep(stage, rest);
    gateway->password_hash = rest.len > 0 ? STR_NONE : STR("hash");
    return true;
}

/* "dnsbl <zone> <action> [reason]" adds a block list. */
static bool
add_dnsbl_zone(struct stage *stage, struct hub_config *hub, struct str rest)
{
    if (hub->dnsbl_zone_count == LIMIT_DNSBL_ZONES)
        return false;
    struct hub_dnsbl_zone *zone = &hub->dnsbl_zones[hub->dnsbl_zone_count++];
    zone->zone = keep(stage, str_cut_word(&rest));
    struct str action = str_cut_word(&rest);
    zone->reason = keep(stage, rest);
    zone->action = str_equal(action, STR("mark")) ? DNSBL_MARK : DNSBL_REJECT;
    return zone->action == DNSBL_MARK || str_equal(action, STR("reject"));
}

static bool
set_rate(struct hub_rate *rate, struct str value)
{
    struct str period = value;
    uint64_t count;
    uint64_t period_ms;
    if (!number_parse_u64(str_cut(&period, '/'), UINT32_MAX, &count) ||
        !number_parse_u64(period, ADVANCE_MAX, &period_ms))
        return false;
    *rate = (struct hub_rate){.count = (uint32_t)count, .period_ms = (int64_t)period_ms};
    return true;
}

/* "reserved <mask>" adds a reserved name. */
static bool
add_reserved(struct stage *stage, struct hub_config *hub, struct str mask)
{
    if (hub->reserved_name_count == LIMIT_RESERVED_NAMES)
        return false;
    hub->reserved_names[hub->reserved_name_count++] = keep(stage, mask);
    return true;
}

/* "filter <name> <action> <targets as bits> <exempts as bits> <pattern>" adds a filter rule. */
static bool
add_filter(struct stage *stage, struct hub_config *hub, struct str rest)
{
    if (hub->filter_count == LIMIT_FILTERS)
        return false;
    struct hub_filter *rule = &hub->filters[hub->filter_count++];
    rule->name = keep(stage, str_cut_word(&rest));
    struct str action = str_cut_word(&rest);
    uint64_t targets;
    uint64_t exempts;
    if (!number_parse_u64(str_cut_word(&rest), UINT32_MAX, &targets) ||
        !number_parse_u64(str_cut_word(&rest), UINT32_MAX, &exempts))
        return false;
    rule->targets = (uint32_t)targets;
    rule->exempts = (uint32_t)exempts;
    rule->pattern = keep(stage, rest);
    for (int i = 0; i < FILTER_ACTION_COUNT; i++) {
        if (!str_equal(filter_action_words[i], action))
            continue;
        rule->action = (enum filter_action)i;
        return true;
    }
    return false;
}

static bool
set_setting(struct stage *stage, struct hub_config *hub, struct str name, struct str value)
{
    if (str_equal(name, STR("disabled_caps")))
        return set_disabled_caps(hub, value);
    if (str_equal(name, STR("operator")))
        return add_operator(stage, hub, value);
    if (str_equal(name, STR("filter")))
        return add_filter(stage, hub, value);
    if (str_equal(name, STR("no-filters"))) {
        hub->filter_count = 0;
        return true;
    }
    if (str_equal(name, STR("gateway")))
        return add_gateway(stage, hub, value);
    if (str_equal(name, STR("dnsbl")))
        return add_dnsbl_zone(stage, hub, value);
    if (str_equal(name, STR("no-dnsbl"))) {
        hub->dnsbl_zone_count = 0;
        return true;
    }
    if (str_equal(name, STR("reserved")))
        return add_reserved(stage, hub, value);
    if (str_equal(name, STR("no-operators"))) {
        hub->operator_count = 0;
        return true;
    }
    if (str_equal(name, STR("class")))
        return add_class(stage, hub, value);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (!str_equal(name, str_from_nul(settings[i].name)))
            continue;
        void *field = (char *)hub + settings[i].offset;
        uint64_t number;
        switch (settings[i].kind) {
        case SETTING_TEXT:
            *(struct str *)field = keep(stage, value);
            return true;
        case SETTING_NUMBER:
            if (!number_parse_u64(value, UINT32_MAX, &number))
                return false;
            *(uint32_t *)field = (uint32_t)number;
            return true;
        case SETTING_FLAG:
            *(bool *)field = str_equal(value, STR("yes"));
            return true;
        case SETTING_MS:
            if (!number_parse_u64(value, ADVANCE_MAX, &number))
                return false;
            *(int64_t *)field = (int64_t)number;
            return true;
        case SETTING_RATE:
            return set_rate(field, value);
        }
    }
    return false;
}

static bool
play_config(struct stage *stage, struct str rest)
{
    struct buf value;
    struct config *config = cf_calloc_array(1, sizeof *config);
    config->hub = stage->config->hub;
    config->older = stage->config;
    stage->config = config;
    struct str name = str_cut_word(&rest);
    buf_init(&value, STEP_BYTES);
    transcript_put_bytes(&value, rest);
    bool is_set = set_setting(stage, &config->hub, name, buf_str(&value));
    if (!is_set)
        buf_printf(stage->why, "no such setting, or no value for it: %.*s", STR_ARG(name));
    else if (stage->rig != NULL)
        rig_configure(stage->rig, &config->hub);
    buf_deinit(&value);
    return is_set;
}

/* --- steps --- */

/* The rig is made with the first session, so that settings before it are there from the start. */
static void
ensure_rig(struct stage *stage)
{
    if (stage->rig != NULL)
        return;
    stage->rig = rig_new(&(struct rig_options){
        .home_count = HOMES,
        .start_ms = START_MS,
        .entropy = 1,
        .backlog_max = BACKLOG_BYTES,
        .config = &stage->config->hub,
        .hooks =
            {
                .context = stage,
                .line = hook_line,
                .closed = hook_closed,
                .question = hook_question,
                .request = hook_request,
                .note = hook_note,
                .failed = hook_failed,
            },
    });
}

/* The player that a step is about, connected; NULL, and `why` says so, when there is none. */
static struct player *
find_connected(struct stage *stage, struct str name)
{
    size_t index = stage_find_player(stage, name);
    if (index == STAGE_SERVER || stage->players[index].session == NULL) {
        buf_printf(stage->why, "%.*s is not connected", STR_ARG(name));
        return NULL;
    }
    stage->actor = index;
    return &stage->players[index];
}

static bool
is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_letter(text.ptr[i]) && (i == 0 || !ascii_is_digit(text.ptr[i])))
            return false;
    }
    return text.len > 0 && text.len <= NAME_MAX_LEN;
}

/* A player of that name without a session: a new one, or one that has left. */
static struct player *
take_player(struct stage *stage, struct str name)
{
    size_t index = stage_find_player(stage, name);
    if (index != STAGE_SERVER && stage->players[index].session != NULL) {
        buf_printf(stage->why, "%.*s is already connected", STR_ARG(name));
        return NULL;
    }
    if (index == STAGE_SERVER) {
        if (!is_name(name) || stage->player_count == PLAYERS_MAX) {
            buf_printf(stage->why, "not a name, or too many: %.*s", STR_ARG(name));
            return NULL;
        }
        index = stage->player_count++;
        memcpy(stage->players[index].name, name.ptr, name.len);
    }
    stage->actor = index;
    return &stage->players[index];
}

/* "<name> [host=h] [address=a] [certificate=f] [secure] [operator]" */
static bool
play_connect(struct stage *stage, const struct door *door, struct str rest)
{
    ensure_rig(stage);
    struct player *player = take_player(stage, str_cut_word(&rest));
    if (player == NULL)
        return false;
    struct buf host;
    struct buf address;
    buf_init(&host, LIMIT_HOST_BYTES);
    buf_init(&address, 64);
    struct rig_connection connection = {.is_secure = false};
    buf_printf(&host, "%s.host", player->name);
    buf_printf(&address, "192.0.2.%u", stage->rig->next_number + 1);
    while (rest.len > 0) {
        struct str word = str_cut_word(&rest);
        struct str value = str_skip(word, str_find_byte(word, '=') + 1);
        connection.is_secure = connection.is_secure || str_equal(word, STR("secure"));
        connection.is_operator = connection.is_operator || str_equal(word, STR("operator"));
        if (str_starts_with(word, STR("certificate="))) {
            connection.fingerprint = value;
        } else if (str_starts_with(word, STR("host="))) {
            buf_clear(&host); /* "host=": the hub makes it */
            buf_put(&host, value);
        } else if (str_starts_with(word, STR("address="))) {
            buf_clear(&address);
            buf_put(&address, value);
        }
    }
    connection.host = buf_str(&host);
    connection.address = buf_str(&address);
    player->session = rig_connect(stage->rig, stage->rig->next_number % HOMES, door);
    player->session->owner = player;
    rig_attach(player->session, &connection);
    buf_deinit(&host);
    buf_deinit(&address);
    return true;
}

/* What a client sends, as it is written. */
static void
feed_written(struct player *player, struct str written, bool has_end)
{
    struct buf bytes;
    buf_init(&bytes, STEP_BYTES);
    transcript_put_bytes(&bytes, written);
    if (has_end)
        buf_put(&bytes, STR("\r\n"));
    rig_feed(player->session, buf_str(&bytes));
    buf_deinit(&bytes);
}

/* Drops what the actor got in this step; what others got stays to be listed. */
static void
swallow_own(struct stage *stage)
{
    size_t kept = 0;
    for (size_t i = 0; i < stage->output_count; i++) {
        if (stage->outputs[i].player == stage->actor)
            cf_free((void *)(uintptr_t)stage->outputs[i].text.ptr); /* made by add_output */
        else
            stage->outputs[kept++] = stage->outputs[i];
    }
    stage->output_count = kept;
}

/* "<name> [nick]": NICK, USER and, where capabilities were negotiated, CAP END. */
static bool
play_register(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, str_cut_word(&rest));
    if (player == NULL)
        return false;
    struct str nick = rest.len > 0 ? rest : str_from_nul(player->name);
    struct buf lines;
    buf_init(&lines, LIMIT_INPUT_LINE_BYTES);
    buf_printf(&lines, "NICK %.*s\r\nUSER %.*s 0 * :The real %.*s\r\nCAP END\r\n", STR_ARG(nick),
               STR_ARG(nick), STR_ARG(nick));
    rig_feed(player->session, buf_str(&lines));
    buf_deinit(&lines);
    rig_settle(stage->rig);
    swallow_own(stage);
    if (player->session == NULL || !player->session->is_registered) {
        buf_printf(stage->why, "%s could not register", player->name);
        return false;
    }
    return true;
}

/* "<name> cap,cap" */
static bool
play_caps(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, str_cut_word(&rest));
    if (player == NULL)
        return false;
    uint64_t before = player->session->caps_ahead;
    struct buf line;
    buf_init(&line, LIMIT_INPUT_LINE_BYTES);
    buf_put(&line, STR("CAP REQ :"));
    while (rest.ptr != NULL) {
        buf_put(&line, str_cut(&rest, ','));
        buf_put_byte(&line, rest.ptr == NULL ? '\r' : ' ');
    }
    buf_put_byte(&line, '\n');
    rig_feed(player->session, buf_str(&line));
    buf_deinit(&line);
    rig_settle(stage->rig);
    swallow_own(stage);
    if (player->session->caps_ahead == before) {
        buf_put(stage->why, STR("no capabilities were granted"));
        return false;
    }
    return true;
}

/* "of <account>", or what is wrong with the token. */
static void
answer_token(struct stage *stage, const struct question *question, struct str rest)
{
    static const struct str results[JWT_RESULT_COUNT] = {
        [JWT_NOT_CHECKED] = STR_INIT("busy"),          [JWT_OK] = STR_INIT("of"),
        [JWT_MALFORMED] = STR_INIT("malformed"),       [JWT_TOO_LONG] = STR_INIT("long"),
        [JWT_WRONG_ALGORITHM] = STR_INIT("algorithm"), [JWT_BAD_SIGNATURE] = STR_INIT("signature"),
        [JWT_EXPIRED] = STR_INIT("expired"),           [JWT_TOO_EARLY] = STR_INIT("early"),
        [JWT_WRONG_ISSUER] = STR_INIT("issuer"),       [JWT_WRONG_AUDIENCE] = STR_INIT("audience"),
        [JWT_NO_ACCOUNT] = STR_INIT("nobody"),
    };
    struct str account = rest;
    struct str word = str_cut_word(&account);
    size_t result = 0;
    while (result < JWT_RESULT_COUNT - 1 && !str_equal(word, results[result]))
        result++;
    rig_answer_token(stage->rig, question, (enum jwt_result)result, account);
}

/* Answers come as well when who has asked is gone. */
static bool
play_answer(struct stage *stage, struct str rest)
{
    struct str name = str_cut_word(&rest);
    size_t index = stage_find_player(stage, name);
    if (index == STAGE_SERVER || slot_id_is_none(stage->players[index].question.session)) {
        buf_printf(stage->why, "nothing was asked about %.*s", STR_ARG(name));
        return false;
    }
    struct player *player = &stage->players[index];
    enum hub_answer answer = HUB_ANSWER_NO;
    if (str_equal(rest, STR("yes")))
        answer = HUB_ANSWER_YES;
    else if (str_equal(rest, STR("busy")))
        answer = HUB_ANSWER_BUSY;
    struct question question = player->question; /* the answer may lead to another question */
    player->question = (struct question){.session = SLOT_ID_NONE};
    if (question.kind == QUESTION_DNSBL)
        rig_answer_dnsbl(stage->rig, &question, str_equal(rest, STR("no")) ? STR_NONE : rest);
    else if (question.kind == QUESTION_TOKEN)
        answer_token(stage, &question, rest);
    else
        rig_answer(stage->rig, &question, answer);
    question_deinit(&question);
    return true;
}

/* "+5s", "+250ms": all ticks that are due on the way are fired at their time. */
static bool
play_time(struct stage *stage, struct str rest)
{
    int64_t ms;
    if (stage->rig == NULL || !str_starts_with(rest, STR("+")) ||
        !number_parse_duration_ms(str_skip(rest, 1), ADVANCE_MAX, &ms)) {
        buf_put(stage->why, STR("no duration, or nobody there yet"));
        return false;
    }
    int64_t end_ms = stage->rig->now_ms + ms;
    while (hub_next_tick_ms(stage->rig->hub) <= end_ms) {
        int64_t due_ms = hub_next_tick_ms(stage->rig->hub);
        if (due_ms > stage->rig->now_ms)
            rig_advance(stage->rig, due_ms - stage->rig->now_ms);
        rig_tick(stage->rig);
    }
    rig_advance(stage->rig, end_ms - stage->rig->now_ms);
    return true;
}

static bool
play_more(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, rest);
    if (player == NULL)
        return false;
    if (!player->session->is_listing) {
        buf_printf(stage->why, "there is no more for %s", player->name);
        return false;
    }
    rig_continue(player->session);
    return true;
}

static bool
play_disconnect(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, str_cut_word(&rest));
    if (player == NULL)
        return false;
    rig_detach(player->session, str_skip(rest, 1));
    return true;
}

static bool
play_inform(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, str_cut_word(&rest));
    if (player == NULL)
        return false;
    struct hub_moment moment = rig_moment(stage->rig);
    hub_inform(stage->rig->hub, player->session->id, str_skip(rest, 1), &moment);
    rig_post(stage->rig);
    return true;
}

static bool
play_pause(struct stage *stage, struct str rest)
{
    struct player *player = find_connected(stage, rest);
    if (player == NULL)
        return false;
    rig_pause(player->session);
    return true;
}

static bool
play_stop(struct stage *stage, struct str rest)
{
    ensure_rig(stage);
    struct hub_moment moment = rig_moment(stage->rig);
    hub_detach_all(stage->rig->hub, str_skip(rest, 1), &moment);
    rig_post(stage->rig);
    return true;
}

static bool
play_restart(struct stage *stage, struct str rest)
{
    (void)rest; /* there is nothing to say */
    ensure_rig(stage);
    rig_restart(stage->rig, &stage->config->hub);
    return true;
}

static bool
play_notes(struct stage *stage, struct str rest)
{
    stage->has_notes = str_equal(rest, STR("on"));
    return true;
}

static bool
play_irc(struct stage *stage, struct str rest)
{
    return play_connect(stage, &irc_door, rest);
}

static bool
play_plain(struct stage *stage, struct str rest)
{
    return play_connect(stage, &plain_door, rest);
}

static bool
play_console(struct stage *stage, struct str rest)
{
    return play_connect(stage, &console_door, rest);
}

/* "damage alice", "damage #talk": the row of that account or channel. */
static bool
play_damage(struct stage *stage, struct str rest)
{
    ensure_rig(stage);
    rig_damage_row(stage->rig, name_looks_like_channel(rest) ? ROW_CHANNEL : ROW_ACCOUNT, rest);
    return true;
}

/* "store stalls", "goes on", "fails", "works" */
static bool
play_store(struct stage *stage, struct str rest)
{
    ensure_rig(stage);
    if (str_equal(rest, STR("stalls")))
        rig_stall_store(stage->rig, true);
    else if (str_equal(rest, STR("goes on")))
        rig_stall_store(stage->rig, false);
    else if (str_equal(rest, STR("fails")))
        rig_break_store(stage->rig, true);
    else if (str_equal(rest, STR("works")))
        rig_break_store(stage->rig, false);
    else
        return false;
    return true;
}

/* "claim secret": if there is no operator, somebody may be one with that. */
static bool
play_claim(struct stage *stage, struct str rest)
{
    ensure_rig(stage);
    if (!hub_has_operators(stage->rig->hub))
        hub_offer_claim(stage->rig->hub, rest);
    return true;
}

static const struct {
    struct str name;
    bool (*play)(struct stage *stage, struct str rest);
} directives[] = {
    {STR_INIT("@"), play_time},
    {STR_INIT("answer"), play_answer},
    {STR_INIT("caps"), play_caps},
    {STR_INIT("claim"), play_claim},
    {STR_INIT("config"), play_config},
    {STR_INIT("connect"), play_irc},
    {STR_INIT("console"), play_console},
    {STR_INIT("damage"), play_damage},
    {STR_INIT("disconnect"), play_disconnect},
    {STR_INIT("inform"), play_inform},
    {STR_INIT("more"), play_more},
    {STR_INIT("notes"), play_notes},
    {STR_INIT("pause"), play_pause},
    {STR_INIT("plain"), play_plain},
    {STR_INIT("register"), play_register},
    {STR_INIT("restart"), play_restart},
    {STR_INIT("stop"), play_stop},
    {STR_INIT("store"), play_store},
};

/* "alice> line", "alice>> bytes". */
static bool
play_input(struct stage *stage, struct str name, struct str rest)
{
    bool has_end = !str_ends_with(name, STR(">>"));
    struct player *player = find_connected(stage, str_take(name, name.len - (has_end ? 1 : 2)));
    if (player == NULL)
        return false;
    feed_written(player, rest, has_end);
    return true;
}

static bool
play_one(struct stage *stage, struct str step)
{
    struct str rest = step;
    struct str name = str_take(step, str_find_byte(step, ' '));
    rest = str_skip(step, name.len + 1);
    stage->actor = STAGE_SERVER;
    bool is_played = false;
    if (str_ends_with(name, STR(">"))) {
        is_played = play_input(stage, name, rest);
    } else {
        size_t at = 0;
        while (at < ARRAY_LEN(directives) && !str_equal(directives[at].name, name))
            at++;
        if (at == ARRAY_LEN(directives))
            buf_printf(stage->why, "unknown step: %.*s", STR_ARG(name));
        else
            is_played = directives[at].play(stage, rest);
    }
    if (is_played && stage->rig != NULL) {
        rig_settle(stage->rig);
        hub_check(stage->rig->hub);
    }
    return is_played;
}

/* The step with <i> replaced by a number. */
static void
put_numbered(struct buf *out, struct str step, uint64_t number)
{
    while (step.len > 0) {
        size_t at = str_find(step, STR("<i>"));
        buf_put(out, str_take(step, at));
        if (at < step.len)
            buf_put_u64(out, number);
        step = str_skip(step, at + 3);
    }
}

/* "repeat <count> <step>", quietly. */
static bool
play_repeat(struct stage *stage, struct str rest)
{
    uint64_t count;
    if (!number_parse_u64(str_cut_word(&rest), REPEATS_MAX, &count)) {
        buf_put(stage->why, STR("repeat <count> <step>"));
        return false;
    }
    bool is_played = true;
    for (uint64_t i = 1; i <= count && is_played; i++) {
        struct buf step;
        buf_init(&step, STEP_BYTES);
        put_numbered(&step, rest, i);
        is_played = play_one(stage, buf_str(&step));
        buf_deinit(&step);
        clear_outputs(stage);
    }
    return is_played;
}

bool
stage_play(struct stage *stage, struct str step, struct buf *why)
{
    clear_outputs(stage);
    stage->why = why;
    struct str rest = step;
    struct str first = str_cut_word(&rest);
    if (str_equal(first, STR("repeat")))
        return play_repeat(stage, rest);
    if (!str_equal(first, STR("quiet")))
        return play_one(stage, step);
    bool is_played = play_one(stage, rest);
    clear_outputs(stage);
    return is_played;
}

/* --- life --- */

struct stage *
stage_new(void (*failed)(void *context, const char *text), void *context)
{
    struct stage *stage = cf_calloc_array(1, sizeof *stage);
    stage->config = cf_calloc_array(1, sizeof *stage->config);
    stage->config->hub = default_config;
    stage->actor = STAGE_SERVER;
    stage->failed = failed;
    stage->failed_context = context;
    return stage;
}

void
stage_free(struct stage **stage_ptr)
{
    struct stage *stage = *stage_ptr;
    *stage_ptr = NULL;
    if (stage == NULL)
        return;
    rig_free(&stage->rig);
    clear_outputs(stage);
    for (size_t i = 0; i < stage->player_count; i++)
        question_deinit(&stage->players[i].question);
    while (stage->config != NULL) {
        struct config *older = stage->config->older;
        cf_free(stage->config);
        stage->config = older;
    }
    while (stage->kept != NULL) {
        struct kept *older = stage->kept->older;
        cf_free(stage->kept);
        stage->kept = older;
    }
    cf_free(stage->outputs);
    cf_free(stage);
}
