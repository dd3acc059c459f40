/* Ergo's databases as lines; see ergo.h. */
#include "store/ergo.h"

#include "base/alloc.h"
#include "base/civil.h"
#include "base/map.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/account_cert.h"
#include "hub/mail.h"
#include "hub/metadata.h"
#include "hub/mode.h"
#include "hub/service.h"
#include "store/line.h"
#include "wire/irc_line.h"
#include "wire/name.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#define NS_PER_MS           1000000
#define CHANNEL_KEY_PREFIX  "1 "        /* of its table of channels, in hexadecimal */
#define KNOWN_CHANNEL_MODES "iCmMnRstU" /* those that mean here what they mean there */

/* A pair of its database, or an account that was taken (then without value). */
struct pair {
    struct map_node by_key;
    struct str key;   /* owned */
    struct str value; /* owned */
};

struct ergo {
    const struct ergo_sink *sink;
    struct ergo_counts *counts;
    struct buf *notes;
    struct cf_err *err;
    struct map pairs;    /* of its database */
    struct map accounts; /* folded names of those that were taken */
};

/* --- pairs --- */

static struct pair *
find_pair(const struct map *map, struct str key)
{
    struct map_node *node = map_find(map, key);
    return node == NULL ? NULL : CONTAINER_OF(node, struct pair, by_key);
}

static void
drop_pair(struct map *map, struct str key)
{
    struct pair *pair = find_pair(map, key);
    if (pair == NULL)
        return;
    map_remove(map, &pair->by_key);
    str_free(&pair->key);
    str_free(&pair->value);
    cf_free(pair);
}

static void
put_pair(struct map *map, struct str key, struct str value)
{
    drop_pair(map, key);
    struct pair *pair = cf_calloc_array(1, sizeof *pair);
    pair->key = str_dup(key);
    pair->value = str_dup(value);
    map_insert(map, &pair->by_key, pair->key);
}

static void
drop_all(struct map *map)
{
    struct map_node *node;
    while ((node = map_first(map)) != NULL)
        drop_pair(map, CONTAINER_OF(node, struct pair, by_key)->key);
}

/* The value of "account.<what> <name>", empty when there is none. */
static struct str
value_of(const struct ergo *ergo, const char *what, struct str name)
{
    struct buf key;
    buf_init(&key, 1024);
    buf_printf(&key, "account.%s %.*s", what, STR_ARG(name));
    const struct pair *pair = find_pair(&ergo->pairs, buf_str(&key));
    buf_deinit(&key);
    return pair == NULL ? STR("") : pair->value;
}

/* The JSON in such a value; an empty object when there is none. */
static json_t *
json_of(struct str text)
{
    json_t *value = text.len == 0 ? NULL : json_loadb(text.ptr, text.len, 0, NULL);
    return value == NULL ? json_object() : value;
}

/* --- buntdb's log --- */

/* Takes "<sign><number>\r\n". */
static bool
take_count(struct str *rest, char sign, uint64_t *count_out)
{
    size_t end = str_find(*rest, STR("\r\n"));
    if (end == rest->len || end == 0 || rest->ptr[0] != sign ||
        !number_parse_u64(str_skip(str_take(*rest, end), 1), ERGO_FILE_BYTES_MAX, count_out))
        return false;
    *rest = str_skip(*rest, end + 2);
    return true;
}

/* Takes "$<length>\r\n<bytes>\r\n". */
static bool
take_word(struct str *rest, struct str *word_out)
{
    uint64_t len;
    if (!take_count(rest, '$', &len) || rest->len < len + 2)
        return false;
    *word_out = str_take(*rest, len);
    *rest = str_skip(*rest, len + 2);
    return true;
}

#define COMMAND_WORDS_MAX 5

/* What it has done last may be half written: what comes before that is read. */
static void
read_log(struct ergo *ergo, struct str rest)
{
    uint64_t count;
    struct str words[COMMAND_WORDS_MAX];
    while (take_count(&rest, '*', &count) && count >= 1 && count <= COMMAND_WORDS_MAX) {
        for (uint64_t i = 0; i < count; i++) {
            if (!take_word(&rest, &words[i]))
                return;
        }
        if (str_equal_ascii_nocase(words[0], STR("set")) && count >= 3)
            put_pair(&ergo->pairs, words[1], words[2]);
        else if (str_equal_ascii_nocase(words[0], STR("del")) && count == 2)
            drop_pair(&ergo->pairs, words[1]);
        else if (str_equal_ascii_nocase(words[0], STR("flushdb")))
            drop_all(&ergo->pairs);
    }
}

/* --- lines --- */

static void
set(json_t *object, const char *name, json_t *value)
{
    if (value != NULL) /* text that is no UTF-8: it can't be taken */
        (void)json_object_set_new(object, name, value); /* fails for want of memory only */
}

static void
set_text(json_t *object, const char *name, struct str text)
{
    if (text.len > 0)
        set(object, name, json_stringn(text.ptr, text.len));
}

/* A text of theirs that may have been longer there, or on several lines: what of it can be here. */
static void
set_line(json_t *object, const char *name, struct str text, size_t bytes_max)
{
    size_t len = 0;
    while (len < text.len && irc_line_can_hold(str_take(str_skip(text, len), 1)))
        len++;
    set_text(object, name, utf8_take(str_take(text, len), bytes_max));
}

/* A text of an object of theirs; empty when it is missing or something else. */
static struct str
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? STR("") : str_from_nul(text);
}

static void
set_time_ms(json_t *object, const char *name, int64_t wall_ms)
{
    if (wall_ms <= 0 || wall_ms > LINE_ISO_MS_MAX)
        return;
    struct buf text;
    buf_init(&text, 32);
    civil_put_iso(&text, wall_ms);
    set_text(object, name, buf_str(&text));
    buf_deinit(&text);
}

/* Go writes "2026-11-23T19:24:05.123456789Z", or an offset in place of the Z: to the second, that is
 * enough. The year 1 is none. */
static void
set_time(json_t *object, const char *name, struct str text)
{
    struct buf cut;
    if (text.len < 20 || !str_ends_with(text, STR("Z")) || str_starts_with(text, STR("0001")))
        return;
    buf_init(&cut, 32);
    buf_put(&cut, str_take(text, 19));
    buf_put(&cut, STR(".000Z"));
    set_text(object, name, buf_str(&cut));
    buf_deinit(&cut);
}

/* Gives the sink a line of the object, and frees it. */
static int
give(const struct ergo *ergo, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    assert(text != NULL); /* there is no depth and no reference back in it */
    json_decref(object);
    int result = ergo->sink->line(ergo->sink->context, str_from_nul(text), ergo->err);
    free(text); /* NOLINT(tidy-raw-memory): made by jansson */
    return result;
}

static void
leave_out(const struct ergo *ergo, const char *what, struct str name, const char *why)
{
    ergo->counts->left_out++;
    buf_printf(ergo->notes, "%s %.*s is left out: %s\n", what, STR_ARG(name), why);
}

/* --- accounts --- */

static void
set_certificates(json_t *account, const json_t *fingerprints)
{
    json_t *certificates = json_array();
    for (size_t i = 0; i < json_array_size(fingerprints); i++) {
        const char *fingerprint = json_string_value(json_array_get(fingerprints, i));
        if (fingerprint != NULL && cert_is_fingerprint(str_from_nul(fingerprint)))
            (void)json_array_append_new(certificates,
                                        json_pack("{s:s}", "fingerprint", fingerprint));
    }
    set(account, "certificates", certificates);
}

/* Its verifier; false when it has none that can be one of ours. */
static bool
set_verifier(json_t *account, const json_t *credentials)
{
    struct str salt = text_of(credentials, "Salt");
    struct str stored_key = text_of(credentials, "StoredKey");
    struct str server_key = text_of(credentials, "ServerKey");
    json_int_t iterations = json_integer_value(json_object_get(credentials, "Iters"));
    /* 16 and 32 bytes in base64 */
    if (iterations <= 0 || salt.len != 24 || stored_key.len != 44 || server_key.len != 44)
        return false;
    json_t *verifier = json_object();
    set(verifier, "iterations", json_integer(iterations));
    set_text(verifier, "salt", salt);
    set_text(verifier, "stored-key", stored_key);
    set_text(verifier, "server-key", server_key);
    set(account, "scram-sha-256", verifier);
    return true;
}

/* Whether an account can be called that; tells when not. Otherwise it counts as taken. */
static bool
take_account(struct ergo *ergo, struct str name)
{
    struct folded folded;
    if (!name_is_nick(name) || service_find(name) != NULL || !name_fold(name, &folded)) {
        leave_out(ergo, "account", name, "the name can't be one here");
        return false;
    }
    if (find_pair(&ergo->accounts, folded_str(&folded)) != NULL) {
        leave_out(ergo, "account", name, "there is one of the same name already");
        return false;
    }
    put_pair(&ergo->accounts, folded_str(&folded), STR(""));
    return true;
}

static bool
is_taken(const struct ergo *ergo, struct str name)
{
    struct folded folded;
    return name_fold(name, &folded) && find_pair(&ergo->accounts, folded_str(&folded)) != NULL;
}

static void
set_email(const struct ergo *ergo, json_t *account, struct str name, struct str email)
{
    if (email.len == 0 || mail_is_address(email))
        set_text(account, "email", email);
    else
        leave_out(ergo, "the e-mail address of", name, "letters can't be sent to it from here");
}

/* Ergo takes an address into its settings when it has been verified. */
static void
set_flags(json_t *account, bool is_suspended)
{
    json_t *flags = json_array();
    if (is_suspended)
        json_array_append_new(flags, json_string("suspended"));
    if (json_object_get(account, "email") != NULL)
        json_array_append_new(flags, json_string("email-proved"));
    if (json_array_size(flags) > 0)
        set(account, "flags", json_incref(flags));
    json_decref(flags);
}

/* name: as Ergo has it in its keys. */
static int
give_account(struct ergo *ergo, struct str name)
{
    struct str shown = value_of(ergo, "name", name);
    if (value_of(ergo, "verified", name).len == 0) {
        leave_out(ergo, "account", name, "it was never verified");
        return 0;
    }
    if (!take_account(ergo, shown.len > 0 ? shown : name))
        return 0;
    json_t *account = json_object();
    json_t *credentials = json_of(value_of(ergo, "credentials", name));
    json_t *settings = json_of(value_of(ergo, "settings", name));
    json_t *suspended = json_of(value_of(ergo, "suspended", name));
    uint64_t created_ns = 0;
    if (!number_parse_u64(value_of(ergo, "registered.time", name), INT64_MAX, &created_ns))
        created_ns = 0; /* it is not known */
    set_text(account, "type", STR("account"));
    set_text(account, "name", shown.len > 0 ? shown : name);
    set_email(ergo, account, name, text_of(settings, "Email"));
    set_time_ms(account, "created", (int64_t)(created_ns / NS_PER_MS));
    set_flags(account, json_object_size(suspended) > 0);
    if (json_object_size(suspended) > 0)
        set_line(account, "suspend-reason", text_of(suspended, "Reason"), LIMIT_REASON_BYTES);
    if (!set_verifier(account, credentials))
        ergo->counts->without_password++;
    set_certificates(account, json_object_get(credentials, "Certfps"));
    json_decref(credentials);
    json_decref(settings);
    json_decref(suspended);
    return give(ergo, account);
}

/* --- what belongs to accounts --- */

struct setting_word {
    const char *theirs; /* field */
    json_int_t number;
    const char *ours;
    const char *word;
};

static const struct setting_word setting_words[] = {
    {"NickEnforcement", 1, "enforce", "none"},    {"NickEnforcement", 2, "enforce", "strict"},
    {"AllowBouncer", 1, "multiclient", "off"},    {"AllowBouncer", 2, "multiclient", "on"},
    {"ReplayJoins", 1, "replay-joins", "always"}, {"AlwaysOn", 1, "always-on", "off"},
    {"AlwaysOn", 4, "always-on", "on"},           {"AutoAway", 1, "auto-away", "off"},
    {"AutoAway", 4, "auto-away", "on"},           {"DMHistory", 1, "dm-history", "off"},
    {"DMHistory", 2, "dm-history", "on"},         {"DMHistory", 3, "dm-history", "on"},
};

static void
put_setting(json_t *list, const char *name, const char *value)
{
    (void)json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "value", value));
}

/* Takes over a list of what belongs to somebody; there is no line when nothing is in it. */
static int
give_list(const struct ergo *ergo, const char *type, const char *owner_field, struct str owner,
          const char *list_field, json_t *list)
{
    if (json_array_size(list) == 0) {
        json_decref(list);
        return 0;
    }
    json_t *object = json_object();
    set_text(object, "type", str_from_nul(type));
    set_text(object, owner_field, owner);
    set(object, list_field, list);
    return give(ergo, object);
}

static int
give_settings(const struct ergo *ergo, struct str account, const json_t *settings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_LEN(setting_words); i++) {
        const json_t *value = json_object_get(settings, setting_words[i].theirs);
        if (json_is_integer(value) && json_integer_value(value) == setting_words[i].number)
            put_setting(list, setting_words[i].ours, setting_words[i].word);
    }
    if (json_is_true(json_object_get(settings, "AutoreplayMissed")))
        put_setting(list, "autoreplay-missed", "on");
    const json_t *lines = json_object_get(settings, "AutoreplayLines");
    if (json_is_integer(lines) && json_integer_value(lines) >= 0) {
        char number[24];
        (void)snprintf(number, sizeof number, "%lld",
                       (long long)json_integer_value(lines)); /* it fits */
        put_setting(list, "autoreplay-lines", number);
    }
    return give_list(ergo, "settings", "account", account, "settings", list);
}

/* A map of names to times, as lines of one kind. */
static int
give_times(const struct ergo *ergo, struct str account, json_t *times, const char *type,
           const char *name_field, const char *time_field)
{
    const char *name;
    json_t *time;
    int result = 0;
    json_object_foreach(times, name, time)
    {
        struct str target = str_from_nul(name);
        bool is_device = str_equal(str_from_nul(type), STR("device"));
        if (result != 0 || !json_is_string(time) ||
            (!is_device && !name_is_kept_nick(target) && !name_is_kept_channel(target)))
            continue;
        json_t *object = json_object();
        set_text(object, "type", str_from_nul(type));
        set_text(object, "account", account);
        set_text(object, name_field, target);
        set_time(object, time_field, str_from_nul(json_string_value(time)));
        result = give(ergo, object);
    }
    return result;
}

static int
give_metadata(const struct ergo *ergo, struct str of, json_t *metadata)
{
    const char *key;
    json_t *value;
    json_t *entries = json_array();
    json_object_foreach(metadata, key, value)
    {
        struct str text = str_from_nul(json_is_string(value) ? json_string_value(value) : "");
        if (metadata_key_is_valid(str_from_nul(key)) && text.len > 0 &&
            text.len <= LIMIT_METADATA_VALUE_BYTES && irc_line_can_hold(text))
            (void)json_array_append_new(entries,
                                        json_pack("{s:s, s:O}", "key", key, "value", value));
    }
    return give_list(ergo, "metadata", "of", of, "entries", entries);
}

/* name: as Ergo has it in its keys; the account has been given. */
static int
give_belongings(const struct ergo *ergo, struct str name)
{
    struct folded folded;
    struct str shown = value_of(ergo, "name", name);
    bool is_folded = name_fold(shown.len > 0 ? shown : name, &folded);
    assert(is_folded); /* it was taken */
    struct str account = folded_str(&folded);
    json_t *settings = json_of(value_of(ergo, "settings", name));
    json_t *seen = json_of(value_of(ergo, "lastseen", name));
    json_t *markers = json_of(value_of(ergo, "readmarkers", name));
    json_t *metadata = json_of(value_of(ergo, "metadata", name));
    int result = give_settings(ergo, account, settings);
    if (result == 0)
        result = give_times(ergo, account, seen, "device", "name", "seen");
    if (result == 0)
        result = give_times(ergo, account, markers, "read-marker", "target", "time");
    if (result == 0)
        result = give_metadata(ergo, account, metadata);
    json_decref(settings);
    json_decref(seen);
    json_decref(markers);
    json_decref(metadata);
    return result;
}

/* --- channels --- */

static uint32_t
rank_of(json_int_t letter)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (rank_row_at(i)->letter == letter)
            return rank_row_at(i)->rank;
    }
    return 0;
}

/* Accounts with ranks: their numbers are letters, in the JSON for `importdb` texts of one. */
static json_t *
access_of(const struct ergo *ergo, json_t *amodes)
{
    const char *account;
    json_t *mode;
    json_t *access = json_array();
    json_object_foreach(amodes, account, mode)
    {
        struct folded folded;
        json_int_t letter = json_is_string(mode) && json_string_length(mode) == 1
                                ? json_string_value(mode)[0]
                                : json_integer_value(mode);
        if (rank_of(letter) == 0 || !is_taken(ergo, str_from_nul(account)) ||
            !name_fold(str_from_nul(account), &folded))
            continue;
        json_t *entry = json_object();
        set_text(entry, "account", folded_str(&folded));
        set(entry, "ranks", json_integer(rank_of(letter)));
        (void)json_array_append_new(access, entry);
    }
    return access;
}

static json_t *
masks_of(const struct ergo *ergo, json_t *masks)
{
    const char *mask;
    json_t *about;
    json_t *list = json_array();
    json_object_foreach(masks, mask, about)
    {
        struct str text = str_from_nul(mask);
        if (text.len == 0 || text.len > LIMIT_MASK_BYTES || !irc_line_can_hold(text) ||
            json_array_size(list) == LIMIT_LIST_ENTRIES) {
            leave_out(ergo, "mask", text, "it can't be one here, or there are too many");
            continue;
        }
        json_t *entry = json_object();
        set_text(entry, "mask", text);
        set_line(entry, "by", text_of(about, "CreatorNickmask"), LIMIT_MASK_BYTES);
        set_time(entry, "time", text_of(about, "TimeCreated"));
        (void)json_array_append_new(list, entry);
    }
    return list;
}

/* A text of letters, or a list of their numbers. */
static void
set_modes(json_t *channel, const json_t *modes)
{
    struct buf letters;
    buf_init(&letters, 64);
    size_t count = json_is_string(modes) ? json_string_length(modes) : json_array_size(modes);
    for (size_t i = 0; i < count; i++) {
        json_int_t letter = json_is_string(modes) ? json_string_value(modes)[i]
                                                  : json_integer_value(json_array_get(modes, i));
        if (letter > 0 && letter < 0x80 &&
            str_find_byte(STR(KNOWN_CHANNEL_MODES), (char)letter) < STR(KNOWN_CHANNEL_MODES).len)
            buf_put_byte(&letters, (char)letter);
    }
    set_text(channel, "modes", buf_str(&letters));
    buf_deinit(&letters);
}

/* What both forms have under names that differ in the case of the first letter. */
struct channel_names {
    const char *name, *founder, *topic, *topic_by, *modes, *key, *limit, *forward, *access;
};

static const struct channel_names database_names = {
    "Name", "Founder",   "Topic",   "TopicSetBy",     "Modes",
    "Key",  "UserLimit", "Forward", "AccountToUMode",
};
static const struct channel_names import_names = {
    "name", "founder", "topic", "topicSetBy", "modes", "key", "limit", "forward", "amode",
};

/* Without its key anybody could join: then it is closed instead. */
static void
set_key(const struct ergo *ergo, json_t *channel, struct str name, struct str key)
{
    if (key.len == 0 || mode_takes_key(key)) {
        set_text(channel, "key", key);
        return;
    }
    leave_out(ergo, "the key of", name, "it can't be one here; the channel is invite-only now");
    struct buf modes;
    buf_init(&modes, 64);
    buf_put(&modes, text_of(channel, "modes"));
    buf_put_byte(&modes, 'i');
    set_text(channel, "modes", buf_str(&modes));
    buf_deinit(&modes);
}

/* The channel as far as both have it alike; NULL, and told, when it can't be one. */
static json_t *
make_channel(const struct ergo *ergo, const json_t *theirs, const struct channel_names *names,
             struct str name)
{
    if (!name_is_channel(name)) {
        leave_out(ergo, "channel", name, "the name can't be one here");
        return NULL;
    }
    struct str founder = text_of(theirs, names->founder);
    struct folded folded;
    json_t *channel = json_object();
    set_text(channel, "type", STR("channel"));
    set_text(channel, "name", name);
    if (is_taken(ergo, founder) && name_fold(founder, &folded))
        set_text(channel, "founder", folded_str(&folded));
    else
        buf_printf(ergo->notes, "channel %.*s has lost its founder %.*s\n", STR_ARG(name),
                   STR_ARG(founder));
    set_line(channel, "topic", text_of(theirs, names->topic), LIMIT_TOPIC_BYTES);
    set_line(channel, "topic-by", text_of(theirs, names->topic_by), LIMIT_MASK_BYTES);
    set_modes(channel, json_object_get(theirs, names->modes));
    set_key(ergo, channel, name, text_of(theirs, names->key));
    json_int_t limit = json_integer_value(json_object_get(theirs, names->limit));
    if (limit > 0)
        set(channel, "limit", json_integer(limit));
    if (name_is_channel(text_of(theirs, names->forward)))
        set_text(channel, "forward", text_of(theirs, names->forward));
    set(channel, "access", access_of(ergo, json_object_get(theirs, names->access)));
    return channel;
}

static int
give_channel(const struct ergo *ergo, struct str value)
{
    json_t *theirs = json_of(value);
    struct str name = text_of(theirs, "Name");
    json_t *channel = make_channel(ergo, theirs, &database_names, name);
    int result = 0;
    if (channel != NULL) {
        set_time(channel, "created", text_of(theirs, "RegisteredAt"));
        set_time(channel, "topic-time", text_of(theirs, "TopicSetTime"));
        set(channel, "bans", masks_of(ergo, json_object_get(theirs, "Bans")));
        set(channel, "ban-exceptions", masks_of(ergo, json_object_get(theirs, "Excepts")));
        set(channel, "invite-exceptions", masks_of(ergo, json_object_get(theirs, "Invites")));
        result = give(ergo, channel);
        if (result == 0)
            result = give_metadata(ergo, name, json_object_get(theirs, "Metadata"));
    }
    json_decref(theirs);
    return result;
}

/* --- its database --- */

#define EXISTS_PREFIX "account.exists "

static int
give_pair(struct ergo *ergo, const struct pair *pair, int pass)
{
    bool is_account = str_starts_with(pair->key, STR(EXISTS_PREFIX));
    struct str name = str_skip(pair->key, STR(EXISTS_PREFIX).len);
    struct str shown = is_account ? value_of(ergo, "name", name) : STR("");
    if (pass == 0 && is_account)
        return give_account(ergo, name);
    if (pass == 1 && str_starts_with(pair->key, STR(CHANNEL_KEY_PREFIX)))
        return give_channel(ergo, pair->value);
    if (pass == 2 && is_account && value_of(ergo, "verified", name).len > 0 &&
        is_taken(ergo, shown.len > 0 ? shown : name))
        return give_belongings(ergo, name);
    return 0;
}

/* Accounts, channels, and what belongs to accounts: in the order in which they can be taken. */
static int
give_database(struct ergo *ergo)
{
    int result = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (struct map_node *node = map_first(&ergo->pairs); node != NULL && result == 0;
             node = map_next(node))
            result = give_pair(ergo, CONTAINER_OF(node, struct pair, by_key), pass);
    }
    return result;
}

/* --- the JSON for `ergo importdb` --- */

static int
give_import_account(struct ergo *ergo, struct str name, const json_t *theirs)
{
    json_int_t created = json_integer_value(json_object_get(theirs, "registeredAt"));
    if (!take_account(ergo, name))
        return 0;
    json_t *account = json_object();
    set_text(account, "type", STR("account"));
    set_text(account, "name", name);
    set_email(ergo, account, name, text_of(theirs, "email"));
    set_flags(account, false);
    set_time_ms(account, "created", created / NS_PER_MS);
    set_certificates(account, json_object_get(theirs, "certfps"));
    ergo->counts->without_password++;
    return give(ergo, account);
}

static int
give_import(struct ergo *ergo, const json_t *root)
{
    const char *name;
    json_t *theirs;
    int result = 0;
    json_object_foreach(json_object_get(root, "users"), name, theirs)
    {
        struct str shown = text_of(theirs, "name");
        if (result == 0)
            result = give_import_account(ergo, shown.len > 0 ? shown : str_from_nul(name), theirs);
    }
    json_object_foreach(json_object_get(root, "channels"), name, theirs)
    {
        json_t *channel =
            result == 0 ? make_channel(ergo, theirs, &import_names, str_from_nul(name)) : NULL;
        if (channel == NULL)
            continue;
        json_int_t created = json_integer_value(json_object_get(theirs, "registeredAt"));
        json_int_t topic_set = json_integer_value(json_object_get(theirs, "topicSetAt"));
        set_time_ms(channel, "created", created / NS_PER_MS);
        set_time_ms(channel, "topic-time", topic_set / NS_PER_MS);
        result = give(ergo, channel);
    }
    return result;
}

static int
convert(struct ergo *ergo, struct str file)
{
    if (str_starts_with(file, STR("*"))) {
        read_log(ergo, file);
        if (map_count(&ergo->pairs) > 0)
            return give_database(ergo);
    }
    json_t *root = json_loadb(file.ptr, file.len, JSON_REJECT_DUPLICATES, NULL);
    bool is_import = json_is_object(json_object_get(root, "users"));
    int result = is_import ? give_import(ergo, root)
                           : cf_err_set(ergo->err, -EINVAL,
                                        "it is neither a database of Ergo (ircd.db) nor the JSON "
                                        "for \"ergo importdb\"");
    json_decref(root);
    return result;
}

int
ergo_convert(struct str file, const struct ergo_sink *sink, struct ergo_counts *counts,
             struct buf *notes, struct cf_err *err)
{
    struct ergo ergo = {.sink = sink, .counts = counts, .notes = notes, .err = err};
    *counts = (struct ergo_counts){.left_out = 0};
    err->code = 0;
    int result = convert(&ergo, file);
    drop_all(&ergo.pairs);
    drop_all(&ergo.accounts);
    return result;
}
