/* INVITELINK; see invite_link.h. */
#include "hub/invite_link.h"

#include "base/civil.h"
#include "base/number.h"
#include "base/pack.h"
#include "base/secret.h"
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/random.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/row.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define VALUE_BYTES_MAX 2048
#define USES_MAX        10000
#define EXPIRY_MAX_MS   (INT64_C(366) * 24 * 3600 * 1000)
#define EXPIRY_MS       (INT64_C(7) * 24 * 3600 * 1000)
#define USED_UP_MS      (INT64_C(3600) * 1000) /* that a used up one stays for who has paid */
#define FLAG_VOICE      1U
#define FLAG_REGISTER   2U
#define FLAG_OPERATOR   4U

/* --- rows --- */

/* NULL: it is gone. Links end with their channel's registration, so that should not be. */
static const struct channel *
channel_of(const struct hub *hub, const struct invite_link *link)
{
    return slots_find(&hub->channels, link->channel);
}

static void
put_key(struct buf *out, const struct invite_link *link)
{
    buf_init(out, 16);
    buf_printf(out, "%012llu", (unsigned long long)link->number);
}

static void
keep(struct hub *hub, const struct invite_link *link)
{
    const struct channel *channel = channel_of(hub, link);
    assert(channel != NULL); /* it has just been made, renamed or found */
    struct buf key;
    struct buf value;
    put_key(&key, link);
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_number(&value, link->number);
    pack_text(&value, channel->folded_name);
    pack_text(&value, (struct str){.ptr = (const char *)link->hash, .len = INVITE_HASH_BYTES});
    pack_number(&value, link->uses_left);
    pack_number(&value, (uint64_t)link->expires_ms);
    pack_number(&value, (uint64_t)link->created_ms);
    pack_text(&value, link->by);
    pack_number(&value, (link->gives_voice ? FLAG_VOICE : 0) |
                            (link->may_register ? FLAG_REGISTER : 0) |
                            (link->is_by_operator ? FLAG_OPERATOR : 0));
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_INVITE, buf_str(&key), buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
    buf_deinit(&value);
}

static void
free_link(struct hub *hub, struct invite_link *link)
{
    struct channel *channel = slots_find(&hub->channels, link->channel);
    assert(hub->invite_link_count > 0);
    hub->invite_link_count--;
    if (channel != NULL)
        channel->invite_link_count--;
    list_remove(&link->in_hub);
    str_free(&link->by);
    cf_free(link);
}

/* It ends, and its row does. */
static void
drop(struct hub *hub, struct invite_link *link)
{
    struct buf key;
    put_key(&key, link);
    struct record record = record_of_row_gone(ROW_INVITE, buf_str(&key));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
    free_link(hub, link);
}

static struct invite_link *
next_link(const struct hub *hub, const struct invite_link *link)
{
    const struct list *node = link == NULL ? hub->invite_links.next : link->in_hub.next;
    if (node == &hub->invite_links)
        return NULL;
    return CONTAINER_OF((struct list *)(uintptr_t)node, struct invite_link, in_hub);
}

static struct invite_link *
find_number(const struct hub *hub, uint64_t number)
{
    struct invite_link *link = next_link(hub, NULL);
    while (link != NULL && link->number != number)
        link = next_link(hub, link);
    return link;
}

static void
take_number(struct hub *hub, uint64_t number)
{
    if (number > hub->last_invite_link)
        hub->last_invite_link = number;
}

static struct invite_link *
add_link(struct hub *hub, struct channel *channel, uint64_t number)
{
    struct invite_link *link = cf_calloc_array(1, sizeof *link);
    link->number = number;
    link->channel = channel->id;
    channel->invite_link_count++;
    hub->invite_link_count++;
    take_number(hub, number);
    list_append(&hub->invite_links, &link->in_hub);
    return link;
}

uint32_t
invite_link_limit(const struct hub *hub, const struct channel *channel)
{
    if (hub->invite_link_count >= LIMIT_INVITE_LINKS)
        return LIMIT_INVITE_LINKS;
    return channel->invite_link_count >= LIMIT_CHANNEL_LINKS ? LIMIT_CHANNEL_LINKS : 0;
}

bool
invite_link_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    uint64_t number = unpack_number(&from);
    struct channel *channel = channel_find(hub, unpack_text(&from));
    struct str hash = unpack_text(&from);
    uint64_t uses_left = unpack_number(&from);
    uint64_t expires_ms = unpack_number(&from);
    uint64_t created_ms = unpack_number(&from);
    struct str by = unpack_text(&from);
    uint64_t flags = unpack_number(&from);
    if (from.is_bad || from.rest.len > 0 || form != FORM || channel == NULL ||
        !channel_is_registered(channel) || hash.len != INVITE_HASH_BYTES || uses_left > USES_MAX ||
        expires_ms > INT64_MAX || created_ms > INT64_MAX || number == 0 ||
        number > ROW_NUMBER_MAX || invite_link_limit(hub, channel) > 0)
        return false;
    struct invite_link *link = add_link(hub, channel, number);
    memcpy(link->hash, hash.ptr, hash.len);
    link->uses_left = (uint32_t)uses_left;
    link->expires_ms = (int64_t)expires_ms;
    link->created_ms = (int64_t)created_ms;
    link->gives_voice = (flags & FLAG_VOICE) != 0;
    link->may_register = (flags & FLAG_REGISTER) != 0;
    link->is_by_operator = (flags & FLAG_OPERATOR) != 0;
    str_replace(&link->by, by);
    return true;
}

void
invite_link_skip(struct hub *hub, struct str key)
{
    uint64_t number;
    if (number_parse_u64(key, ROW_NUMBER_MAX, &number))
        take_number(hub, number);
}

void
invite_links_deinit(struct hub *hub)
{
    struct invite_link *link;
    while ((link = next_link(hub, NULL)) != NULL)
        free_link(hub, link);
}

void
invite_links_renamed(struct hub *hub, const struct channel *channel)
{
    for (struct invite_link *link = next_link(hub, NULL); link != NULL;
         link = next_link(hub, link)) {
        if (slot_id_equal(link->channel, channel->id))
            keep(hub, link);
    }
}

static bool
is_over(const struct hub *hub, const struct invite_link *link)
{
    return link->expires_ms <= hub->now_ms || channel_of(hub, link) == NULL ||
           (link->uses_left == 0 && link->used_up_ms + USED_UP_MS <= hub->now_ms);
}

/* Those of a channel, or with SLOT_ID_NONE of all, which are over. */
static void
drop_some(struct hub *hub, struct slot_id channel)
{
    struct invite_link *next;
    for (struct invite_link *link = next_link(hub, NULL); link != NULL; link = next) {
        next = next_link(hub, link);
        if (slot_id_is_none(channel) ? is_over(hub, link) : slot_id_equal(link->channel, channel))
            drop(hub, link);
    }
}

void
invite_links_drop(struct hub *hub, const struct channel *channel)
{
    drop_some(hub, channel->id);
}

/* --- refusals --- */

static void
fail(struct call *call, struct str code, struct str context, struct str text)
{
    call->command = STR("INVITELINK");
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = context,
                     .text = text,
                     .is_always_standard = true,
                 });
}

static bool
is_server_operator(const struct call *call)
{
    return user_may(call->user, PRIVILEGE_BAN);
}

/* A registered channel whose operator the user is, or where `also` says that it may; NULL, and told
 * why not. */
static struct channel *
find_channel(struct call *call, bool also)
{
    struct channel *channel = channel_find(call->hub, call_param(call, 1));
    const struct member *member =
        channel == NULL || call->user == NULL ? NULL : user_membership(call->user, channel);
    bool is_operator = member != NULL && rank_highest(member->ranks) >= RANK_OP;
    if (!is_operator && (!also || channel == NULL)) {
        fail(call, STR("NO_PERMISSION"), call_param(call, 1),
             STR("Only operators of the channel, who are in it, make and see its links"));
        return NULL;
    }
    if (!channel_is_registered(channel)) {
        fail(call, STR("NO_PERMISSION"), channel->name,
             STR("Links are for channels that are registered: /msg ChanServ REGISTER <channel>"));
        return NULL;
    }
    return channel;
}

/* --- CREATE --- */

static bool
take_option(const struct hub *hub, struct invite_link *link, struct str option)
{
    struct str value = option;
    struct str name = str_cut(&value, '=');
    uint64_t uses;
    int64_t lasts_ms;
    if (str_equal(name, STR("uses"))) {
        if (!number_parse_u64(value, USES_MAX, &uses) || uses == 0)
            return false;
        link->uses_left = (uint32_t)uses;
    } else if (str_equal(name, STR("expires"))) {
        if (!number_parse_duration_ms(value, EXPIRY_MAX_MS, &lasts_ms) || lasts_ms <= 0)
            return false;
        link->expires_ms = hub->now_ms + lasts_ms;
    } else if (str_equal(name, STR("role"))) {
        link->gives_voice = str_equal(value, STR("voice"));
        return link->gives_voice;
    } else if (str_equal(name, STR("account"))) {
        link->may_register = str_equal(value, STR("create"));
        return link->may_register;
    } else {
        return false;
    }
    return true;
}

static bool
take_options(const struct hub *hub, struct invite_link *link, struct str options)
{
    while (options.len > 0) {
        if (!take_option(hub, link, str_cut(&options, ';')))
            return false;
    }
    return true;
}

/* Whether that account has made it, under whichever of its names; of one that is no more, by name.
 */
static bool
is_link_by(const struct hub *hub, const struct invite_link *link, const struct account *account,
           struct str name)
{
    if (link->by.len == 0)
        return false;
    return str_equal(link->by, name) ||
           (account == NULL ? name_equal(link->by, name) : account_find(hub, link->by) == account);
}

static size_t
count_links_by(const struct hub *hub, struct str name)
{
    const struct account *account = account_find(hub, name);
    size_t count = 0;
    for (const struct invite_link *link = next_link(hub, NULL); link != NULL;
         link = next_link(hub, link))
        count += is_link_by(hub, link, account, name) ? 1 : 0;
    return count;
}

/* False, and told why not. Who has founded many channels, or is operator in many, gets no more of
 * the server's links than others: what is counted is who makes them, and an account it takes. */
static bool
may_make_more(struct call *call, const struct channel *channel)
{
    const struct hub *hub = call->hub;
    uint32_t limit = invite_link_limit(hub, channel);
    if (limit == LIMIT_INVITE_LINKS) {
        fail(call, STR("LIMIT_REACHED"), channel->name,
             STR("The server has too many links: ask its operators to revoke some"));
        return false;
    }
    if (limit == LIMIT_CHANNEL_LINKS) {
        fail(call, STR("LIMIT_REACHED"), channel->name,
             STR("There are too many links: INVITELINK REVOKE one first"));
        return false;
    }
    if (is_server_operator(call))
        return true;
    if (count_links_by(hub, call->user->account) >= LIMIT_ACCOUNT_LINKS) {
        fail(call, STR("LIMIT_REACHED"), channel->name,
             STR("Your account has made too many links: INVITELINK REVOKE one first"));
        return false;
    }
    return true;
}

static void
tell(struct call *call, const struct str *params, size_t count)
{
    struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("INVITELINK"));
    spec.params = params;
    spec.param_count = count;
    tell_session(call->hub, call->session, spec);
}

/* Makes it, and tells its secret. */
static void
make(struct call *call, struct channel *channel, const struct invite_link *wanted)
{
    struct hub *hub = call->hub;
    char secret[SECRET_TEXT_LEN];
    unsigned char random[HUB_RANDOM_BYTES];
    struct invite_link *link = add_link(hub, channel, hub->last_invite_link + 1);
    hub_random(hub, random);
    secret_to_text(random, secret);
    crypto_hash_sha256(link->hash, (const unsigned char *)secret, sizeof secret);
    link->uses_left = wanted->uses_left;
    link->expires_ms = wanted->expires_ms;
    link->created_ms = hub->now_ms;
    link->gives_voice = wanted->gives_voice;
    link->may_register = wanted->may_register;
    link->is_by_operator = is_server_operator(call);
    str_replace(&link->by, call->user->account);
    keep(hub, link);
    note(hub, call->session, "invite link made", {"channel", channel->name},
         {"by", call->user->nick});
    const struct str params[] = {STR("CREATED"),
                                 channel->name,
                                 {.ptr = secret, .len = sizeof secret}};
    tell(call, params, ARRAY_LEN(params));
    sodium_memzero(random, sizeof random);
    sodium_memzero(secret, sizeof secret);
}

static void
create(struct call *call)
{
    struct hub *hub = call->hub;
    struct channel *channel = find_channel(call, false);
    struct invite_link wanted = {.uses_left = 1, .expires_ms = hub->now_ms + EXPIRY_MS};
    if (channel == NULL ||
        !rate_allows(call, RATE_INVITES, "You make too many links", channel->name))
        return;
    drop_some(hub, SLOT_ID_NONE);
    if (!take_options(hub, &wanted, call_param(call, 2))) {
        fail(call, STR("INVALID_PARAMS"), channel->name,
             STR("Write uses=5;expires=7d;role=voice;account=create, or less of that"));
        return;
    }
    if (call->user->account.len == 0 && !is_server_operator(call)) {
        fail(call, STR("NO_PERMISSION"), channel->name,
             STR("Links are made by accounts: log in first, or register one"));
        return;
    }
    if (wanted.may_register && !hub->config->takes_accounts && !is_server_operator(call)) {
        fail(call, STR("NO_PERMISSION"), channel->name,
             STR("Accounts are made by operators of the server: leave account=create out"));
        return;
    }
    if (may_make_more(call, channel))
        make(call, channel, &wanted);
}

/* --- LIST and REVOKE --- */

static void
tell_link(struct call *call, const struct invite_link *link)
{
    struct buf number;
    struct buf about;
    buf_init(&number, 24);
    buf_init(&about, 256);
    buf_put_u64(&number, link->number);
    buf_printf(&about, "uses=%u;expires=", (unsigned)link->uses_left);
    civil_put_iso(&about, link->expires_ms);
    buf_printf(&about, "%s%s;by=%.*s", link->gives_voice ? ";role=voice" : "",
               link->may_register ? ";account=create" : "", STR_ARG(link->by));
    const struct str params[] = {STR("LINK"), channel_of(call->hub, link)->name, buf_str(&number),
                                 buf_str(&about)};
    tell(call, params, ARRAY_LEN(params));
    buf_deinit(&number);
    buf_deinit(&about);
}

/* For operators of the server: the newest of all channels, among which those are that somebody is
 * just filling the server with. */
static void
list_newest(struct call *call)
{
    uint32_t count = call->hub->invite_link_count;
    for (const struct invite_link *link = next_link(call->hub, NULL); link != NULL;
         link = next_link(call->hub, link)) {
        if (count-- <= LIMIT_LISTED_LINKS && link->uses_left > 0)
            tell_link(call, link);
    }
}

static void
list_channel(struct call *call, const struct channel *channel)
{
    for (const struct invite_link *link = next_link(call->hub, NULL); link != NULL;
         link = next_link(call->hub, link)) {
        if (slot_id_equal(link->channel, channel->id) && link->uses_left > 0)
            tell_link(call, link);
    }
}

/* Whether it is about all channels, which is for operators of the server. */
static bool
is_about_all(const struct call *call)
{
    return str_equal(call_param(call, 1), STR("*")) && is_server_operator(call);
}

static void
list(struct call *call)
{
    bool is_all = is_about_all(call);
    const struct channel *channel = is_all ? NULL : find_channel(call, is_server_operator(call));
    if (channel == NULL && !is_all)
        return;
    drop_some(call->hub, SLOT_ID_NONE);
    if (is_all)
        list_newest(call);
    else
        list_channel(call, channel);
    const struct str params[] = {STR("END"), is_all ? STR("*") : channel->name};
    tell(call, params, ARRAY_LEN(params));
}

/* What to take back: of a channel, or NULL, of all; and of those by number, by their maker, or all.
 */
struct revocation {
    const struct channel *channel;
    const struct account *account;
    struct str by;   /* empty: whoever has made it */
    uint64_t number; /* 0: any */
};

static bool
is_meant(const struct hub *hub, const struct invite_link *link, const struct revocation *what)
{
    return (what->channel == NULL || slot_id_equal(link->channel, what->channel->id)) &&
           (what->number == 0 || link->number == what->number) &&
           (what->by.len == 0 || is_link_by(hub, link, what->account, what->by));
}

static size_t
drop_meant(struct call *call, const struct revocation *what)
{
    size_t count = 0;
    struct invite_link *next;
    for (struct invite_link *link = next_link(call->hub, NULL);
         link != NULL && count < LIMIT_REVOKED_LINKS; link = next) {
        next = next_link(call->hub, link);
        if (!is_meant(call->hub, link, what))
            continue;
        drop(call->hub, link);
        count++;
    }
    return count;
}

/* False when the last word of the line names none. */
static bool
take_which(struct call *call, struct revocation *what)
{
    struct str word = call_param(call, 2);
    if (what->channel == NULL) {
        what->by = word;
        what->account = account_find(call->hub, word);
        return word.len > 0;
    }
    return str_equal(word, STR("*")) ||
           (number_parse_u64(word, UINT64_MAX, &what->number) && what->number > 0);
}

/* REVOKE <channel> <id or *>; of operators of the server also REVOKE * <account>. */
static void
revoke(struct call *call)
{
    bool is_all = is_about_all(call);
    struct revocation what = {
        .channel = is_all ? NULL : find_channel(call, is_server_operator(call)),
    };
    if (what.channel == NULL && !is_all)
        return;
    struct str word = call_param(call, 2);
    struct str context = is_all ? STR("*") : what.channel->name;
    size_t count = take_which(call, &what) ? drop_meant(call, &what) : 0;
    if (count == 0) {
        fail(call, STR("UNKNOWN_TOKEN"), context,
             STR("There is no such link: INVITELINK LIST shows their numbers"));
        return;
    }
    note(call->hub, call->session, "invite link revoked",
         {is_all ? "account" : "channel", is_all ? word : context}, {"by", call->user->nick});
    struct buf number;
    buf_init(&number, 24);
    buf_put_u64(&number, count);
    const struct str params[] = {STR("REVOKED"), context, word, buf_str(&number)};
    tell(call, params, what.number > 0 ? ARRAY_LEN(params) - 1 : ARRAY_LEN(params));
    buf_deinit(&number);
}

/* --- USE --- */

static struct invite_link *
find_link(const struct hub *hub, struct str secret)
{
    unsigned char hash[INVITE_HASH_BYTES];
    struct invite_link *found = NULL;
    crypto_hash_sha256(hash, (const unsigned char *)secret.ptr, secret.len);
    for (struct invite_link *link = next_link(hub, NULL); link != NULL;
         link = next_link(hub, link)) {
        if (sodium_memcmp(hash, link->hash, sizeof hash) == 0)
            found = link;
    }
    return found;
}

/* Whether the session has paid for an account, or for joining, and had the other of it only. */
static bool
is_paid(const struct session *session, const struct invite_link *link, bool is_for_account)
{
    const struct link_use *use = &session->link;
    return use->number == link->number && use->is_paid &&
           !(is_for_account ? use->has_registered : use->has_joined);
}

static void
take_use(struct call *call, struct invite_link *link, bool is_for_account)
{
    struct link_use *use = &call->session->link;
    if (!is_paid(call->session, link, is_for_account)) {
        assert(link->uses_left > 0);
        link->uses_left--;
        link->used_up_ms = link->uses_left == 0 ? call->hub->now_ms : 0;
        keep(call->hub, link);
        if (use->number != link->number)
            return;
        *use = (struct link_use){.number = link->number, .is_paid = true};
    }
    *(is_for_account ? &use->has_registered : &use->has_joined) = true;
}

static struct invite_link *
find_link_to_register(const struct call *call)
{
    struct invite_link *link = find_number(call->hub, call->session->link.number);
    if (link == NULL || channel_of(call->hub, link) == NULL || !link->is_by_operator ||
        link->expires_ms <= call->hub->now_ms ||
        (link->uses_left == 0 && !is_paid(call->session, link, true)))
        return NULL;
    return link;
}

bool
invite_link_may_register(const struct call *call)
{
    return find_link_to_register(call) != NULL;
}

void
invite_link_register(struct call *call)
{
    struct invite_link *link = find_link_to_register(call);
    assert(link != NULL);
    take_use(call, link, true);
    note(call->hub, call->session, "invite link used for an account",
         {"channel", channel_of(call->hub, link)->name});
}

/* NULL, and told why, when it can't be used now. */
static struct invite_link *
check_link(struct call *call, struct str secret)
{
    struct invite_link *link = find_link(call->hub, secret);
    if (link == NULL || channel_of(call->hub, link) == NULL)
        fail(call, STR("UNKNOWN_TOKEN"), STR("*"),
             STR("There is no such link, or it has been taken back: ask for another one"));
    else if (link->expires_ms <= call->hub->now_ms)
        fail(call, STR("EXPIRED"), STR("*"), STR("This link is over: ask for another one"));
    else if (link->uses_left == 0 && !is_paid(call->session, link, false))
        fail(call, STR("USED_UP"), STR("*"),
             STR("This link has been used as often as it may be: ask for another one"));
    else
        return link;
    return NULL;
}

void
invite_link_use(struct call *call, struct str secret)
{
    struct hub *hub = call->hub;
    struct invite_link *link = check_link(call, secret);
    if (link == NULL)
        return;
    if (link->may_register && call->session->link.number != link->number)
        call->session->link = (struct link_use){.number = link->number};
    if (call->user == NULL) {
        str_replace(&call->session->registration->link, secret);
        const struct str params[] = {STR("NOTED")};
        tell(call, params, ARRAY_LEN(params));
        return;
    }
    const struct channel *channel = channel_of(hub, link);
    struct slot_id id = channel->id;
    bool was_in = user_membership(call->user, channel) != NULL;
    uint64_t number = link->number;
    bool gives_voice = link->gives_voice;
    if (!was_in)
        channel_join(call, channel->name, STR_NONE, JOIN_BY_LINK);
    channel = slots_find(&hub->channels, id);
    if (was_in || channel == NULL || user_membership(call->user, channel) == NULL)
        return; /* it has been told why not */
    if (gives_voice)
        channel_give_ranks(call, channel, call->user, RANK_VOICE);
    link = find_link(hub, secret);
    assert(link != NULL && link->number == number);
    take_use(call, link, false);
    note(hub, call->session, "invite link used", {"channel", channel->name},
         {"nick", call->user->nick});
}

void
cmd_invitelink(struct call *call)
{
    struct str action = call_param(call, 0);
    if (str_equal_ascii_nocase(action, STR("USE"))) {
        if (rate_allows(call, RATE_INVITES, "You try too many links", STR_NONE))
            invite_link_use(call, call_param(call, 1));
    } else if (call->user == NULL) {
        reply_plain(call, ERR_NOTREGISTERED);
    } else if (str_equal_ascii_nocase(action, STR("CREATE"))) {
        create(call);
    } else if (str_equal_ascii_nocase(action, STR("LIST"))) {
        list(call);
    } else if (str_equal_ascii_nocase(action, STR("REVOKE"))) {
        revoke(call);
    } else {
        fail(call, STR("INVALID_PARAMS"), STR("*"),
             STR("INVITELINK CREATE <channel> [options], LIST <channel>, REVOKE <channel> "
                 "<id> or USE <secret>"));
    }
}
