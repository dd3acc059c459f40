/*
 * Who is there: WHO (with WHOX), WHOIS, WHOWAS.
 * Spec: modern.ircdocs "User-Based Queries", IRCv3 whox.
 */
#include "base/buf.h"
#include "base/number.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/listing.h"
#include "hub/metadata_watch.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define WHO_OPERATORS_ONLY 0x1U
#define WHO_OF_CHANNEL     0x2U
#define WHOX_TOKEN_LEN_MAX 3

/* The channel to show with a user: the one asked for, else the first that both may see. */
static const struct channel *
shown_channel(struct call *call, const struct user *user, const struct listing *listing)
{
    if (listing->flags & WHO_OF_CHANNEL)
        return channel_find(call->hub, listing->argument);
    for (size_t i = 0; i < user->membership_count; i++) {
        const struct channel *channel = user->memberships[i].channel;
        if (channel_is_visible_to(channel, call->user))
            return channel;
    }
    return NULL;
}

/* "H@" here, "G*+" gone: RPL_WHOREPLY. */
static void
put_flags(struct buf *out, const struct call *call, const struct user *user,
          const struct channel *channel)
{
    buf_put_byte(out, user->away.len > 0 ? 'G' : 'H');
    if (user_is_operator(user))
        buf_put_byte(out, '*');
    if (user->modes & USER_MODE_BOT)
        buf_put_byte(out, 'B');
    const struct member *member = channel == NULL ? NULL : user_membership(user, channel);
    if (member == NULL)
        return;
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (!(member->ranks & rank_row_at(i)->rank))
            continue;
        buf_put_byte(out, rank_row_at(i)->prefix);
        if (!(call->session->caps & CAP(MULTI_PREFIX)))
            return;
    }
}

static void
reply_who(struct call *call, const struct user *user, const struct channel *channel)
{
    struct buf flags;
    struct buf tail;
    buf_init(&flags, 16);
    buf_init(&tail, LIMIT_LINE_BYTES);
    put_flags(&flags, call, user, channel);
    buf_printf(&tail, "0 %.*s", STR_ARG(user->realname));
    reply_text(call, RPL_WHOREPLY, channel == NULL ? STR("*") : channel->name, user->username,
               user->host, call->hub->config->server_name, user->nick, buf_str(&flags),
               buf_str(&tail));
    buf_deinit(&flags);
    buf_deinit(&tail);
}

/* The seconds since the user last spoke, in text. */
static void
put_idle(struct buf *out, const struct call *call, const struct user *user)
{
    buf_put_u64(out, (uint64_t)(call->hub->now_ms - user->active_ms) / 1000);
}

/* fields: "tcuihsnfdlaor" in this order, whatever the order asked for (whox "Fields"). */
static void
reply_whox(struct call *call, const struct user *user, const struct channel *channel,
           struct str fields)
{
    struct str token = fields;
    struct str wanted = str_cut(&token, ',');
    struct buf flags;
    struct buf idle;
    buf_init(&flags, 16);
    buf_init(&idle, 24);
    put_flags(&flags, call, user, channel);
    put_idle(&idle, call, user);
    const struct session *session = user_first_session(user);
    bool shows_address =
        session != NULL && (user == call->user || user_may(call->user, PRIVILEGE_SEE));

    const struct {
        char letter;
        struct str value;
    } columns[] = {
        {'t', token.ptr == NULL ? STR("0") : token},
        {'c', channel == NULL ? STR("*") : channel->name},
        {'u', user->username},
        {'i', shows_address ? session->address : STR(HIDDEN_ADDRESS)},
        {'h', user->host},
        {'s', call->hub->config->server_name},
        {'n', user->nick},
        {'f', buf_str(&flags)},
        {'d', STR("0")},
        {'l', buf_str(&idle)},
        {'a', user->account.len > 0 ? user->account : STR("0")},
        {'o', STR("n/a")},
        {'r', user->realname},
    };
    struct str params[ARRAY_LEN(columns)];
    size_t count = 0;
    bool has_realname = false;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        if (str_find_byte(wanted, columns[i].letter) == wanted.len)
            continue;
        params[count++] = columns[i].value;
        has_realname = columns[i].letter == 'r';
    }
    if (has_realname)
        reply_text_params(call, RPL_WHOSPCRPL, params, count);
    else
        reply_params(call, RPL_WHOSPCRPL, params, count);
    buf_deinit(&flags);
    buf_deinit(&idle);
}

static void
who_item(struct call *call, void *item, const struct listing *listing)
{
    const struct user *user = item;
    const struct channel *channel = shown_channel(call, user, listing);
    bool is_of_channel = (listing->flags & WHO_OF_CHANNEL) != 0;
    if (is_of_channel && (channel == NULL || user_membership(user, channel) == NULL))
        return;
    if (listing->fields.len > 0)
        reply_whox(call, user, channel, listing->fields);
    else
        reply_who(call, user, channel);
}

static void
who_end(struct call *call, const struct listing *listing)
{
    reply(call, RPL_ENDOFWHO, listing->argument.len > 0 ? listing->argument : STR("*"));
}

static bool
matches_any(struct str mask, const struct user *user, struct str server_name)
{
    const struct str texts[] = {user->nick, user->username, user->host, server_name,
                                user->realname};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct folded folded;
        if (name_fold(texts[i], &folded) && mask_matches(mask, folded_str(&folded)))
            return true;
    }
    return false;
}

static void
add_if_wanted(struct call *call, struct listing *listing, const struct user *user)
{
    if ((listing->flags & WHO_OPERATORS_ONLY) && !user_is_operator(user))
        return;
    if (user_is_visible_to(user, call->user))
        listing_add(listing, user->id);
}

static void
add_members(struct call *call, struct listing *listing, const struct channel *channel)
{
    if (!channel_is_visible_to(channel, call->user))
        return;
    list_for_each(node, &channel->members) {
        add_if_wanted(call, listing, CONTAINER_OF(node, struct member, in_channel)->user);
    }
}

static void
add_matching(struct call *call, struct listing *listing, struct str mask)
{
    struct user *exact = user_find(call->hub, mask);
    if (exact != NULL) { /* asked for by name: found even when invisible */
        if (!(listing->flags & WHO_OPERATORS_ONLY) || user_is_operator(exact))
            listing_add(listing, exact->id);
        return;
    }
    struct folded folded;
    if (!name_fold(str_equal(mask, STR("0")) ? STR("*") : mask, &folded))
        return;
    for (struct map_node *node = map_first(&call->hub->users_by_nick); node != NULL;
         node = map_next(node)) {
        const struct user *user = CONTAINER_OF(node, struct user, by_nick);
        if (matches_any(folded_str(&folded), user, call->hub->config->server_name))
            add_if_wanted(call, listing, user);
    }
}

void
cmd_who(struct call *call)
{
    struct str mask = call_param(call, 0);
    struct str flags = call_param(call, 1);
    struct str fields = flags;
    struct str before_fields = str_cut(&fields, '%');
    struct str token = fields;
    (void)str_cut(&token, ',');
    if (token.ptr != NULL && token.len > WHOX_TOKEN_LEN_MAX)
        fields = STR_NONE;
    if (fields.ptr != NULL && fields.len == 0)
        fields = STR_NONE;

    struct listing *listing = listing_new(who_item, who_end, false, mask, fields);
    if (str_find_byte(before_fields, 'o') < before_fields.len)
        listing->flags |= WHO_OPERATORS_ONLY;
    if (name_looks_like_channel(mask)) {
        listing->flags |= WHO_OF_CHANNEL;
        const struct channel *channel = channel_find(call->hub, mask);
        if (channel != NULL)
            add_members(call, listing, channel);
    } else {
        add_matching(call, listing, mask.len == 0 ? STR("*") : mask);
    }
    listing_start(call, listing);
}

/* --- WHOIS --- */

/* Whether the viewer may know that the user is in the channel: of somebody invisible only who is in
 * it, too. */
static bool
may_know_membership(const struct user *viewer, const struct user *user,
                    const struct channel *channel)
{
    bool is_open = !(user->modes & USER_MODE_INVISIBLE) || viewer == user ||
                   user_may(viewer, PRIVILEGE_SEE) || user_membership(viewer, channel) != NULL;
    return is_open && channel_is_visible_to(channel, viewer);
}

static void
whois_channels(struct call *call, const struct user *user)
{
    struct buf text;
    size_t head = call->hub->config->server_name.len + 2 * LIMIT_NICK_BYTES + sizeof(": 319   :");
    buf_init(&text, LIMIT_LINE_BYTES - head);
    for (size_t i = 0; i < user->membership_count; i++) {
        const struct channel *channel = user->memberships[i].channel;
        uint32_t ranks = user->memberships[i].member->ranks;
        if (!may_know_membership(call->user, user, channel))
            continue;
        if (channel->name.len + 1 + RANK_COUNT > buf_room(&text)) {
            reply_text(call, RPL_WHOISCHANNELS, user->nick, buf_str(&text));
            buf_clear(&text);
        }
        if (text.len > 0)
            buf_put_byte(&text, ' ');
        if (ranks != 0)
            buf_put_byte(&text, rank_highest_prefix(ranks));
        buf_put(&text, channel->name);
    }
    if (text.len > 0)
        reply_text(call, RPL_WHOISCHANNELS, user->nick, buf_str(&text));
    buf_deinit(&text);
}

static void
whois_modes(struct call *call, const struct user *user)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put(&text, STR("is using modes "));
    user_put_modes(&text, user);
    reply_text(call, RPL_WHOISMODES, user->nick, buf_str(&text));
    buf_deinit(&text);
}

/* What is known of its oldest connection. */
static void
whois_connection(struct call *call, const struct user *user, const struct session *session)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "is connecting from %.*s@%.*s %.*s", STR_ARG(user->username),
               STR_ARG(session->host), STR_ARG(session->address));
    reply_text(call, RPL_WHOISHOST, user->nick, buf_str(&text));
    whois_modes(call, user);
    buf_clear(&text);
    buf_printf(&text, "%.*s@%.*s", STR_ARG(user->username), STR_ARG(session->host));
    reply(call, RPL_WHOISACTUALLY, user->nick, buf_str(&text), session->address);
    if (session->fingerprint.len > 0) {
        buf_clear(&text);
        buf_printf(&text, "has client certificate fingerprint %.*s", STR_ARG(session->fingerprint));
        reply_text(call, RPL_WHOISCERTFP, user->nick, buf_str(&text));
    }
    if (session->listed_in.len > 0 && user_may(call->user, PRIVILEGE_SEE)) {
        buf_clear(&text);
        buf_printf(&text, "is in the block list %.*s", STR_ARG(session->listed_in));
        reply_text(call, RPL_WHOISSPECIAL, user->nick, buf_str(&text));
    }
    buf_deinit(&text);
}

/* What only the user and operators of the server are to see. */
static void
whois_private(struct call *call, const struct user *user)
{
    const struct session *session = user_first_session(user);
    if (session != NULL)
        whois_connection(call, user, session);
    else
        whois_modes(call, user);
}

static void
whois_user(struct call *call, struct user *user)
{
    const struct hub_config *config = call->hub->config;
    reply_text(call, RPL_WHOISUSER, user->nick, user->username, user->host, STR("*"),
               user->realname);
    whois_channels(call, user);
    reply_text(call, RPL_WHOISSERVER, user->nick, config->server_name, config->description);
    if (user_is_operator(user))
        reply(call, RPL_WHOISOPERATOR, user->nick);
    if (user->modes & USER_MODE_BOT)
        reply_text(call, RPL_WHOISBOT, user->nick, STR("is a bot"));
    if (user->account.len > 0)
        reply(call, RPL_WHOISACCOUNT, user->nick, user->account);
    if (user->away.len > 0)
        reply_text(call, RPL_AWAY, user->nick, user->away);
    metadata_send_whois(call, user);
    if (user == call->user || user_may(call->user, PRIVILEGE_SEE))
        whois_private(call, user);
    if (!user_is_absent(user) && user_is_secure(user))
        reply(call, RPL_WHOISSECURE, user->nick);
    struct buf idle;
    struct buf signed_on;
    buf_init(&idle, 24);
    buf_init(&signed_on, 24);
    put_idle(&idle, call, user);
    buf_put_u64(&signed_on, (uint64_t)user->signed_on_ms / 1000);
    reply(call, RPL_WHOISIDLE, user->nick, buf_str(&idle), buf_str(&signed_on));
    buf_deinit(&idle);
    buf_deinit(&signed_on);
}

void
cmd_whois(struct call *call)
{
    /* WHOIS <server> <nick> asks another server; there is only this one. */
    struct str target = call_param(call, call->msg->param_count >= 2 ? 1 : 0);
    if (target.len == 0) {
        reply_plain(call, ERR_NONICKNAMEGIVEN);
        return;
    }
    struct str nick = str_take(target, str_find_byte(target, ','));
    struct user *user = user_find(call->hub, nick);
    if (user == NULL)
        reply(call, ERR_NOSUCHNICK, nick);
    else
        whois_user(call, user);
    reply(call, RPL_ENDOFWHOIS, user == NULL ? nick : user->nick);
}

/* --- WHOWAS --- */

static void
reply_whowas_address(struct call *call, const struct whowas *entry)
{
    struct buf user_at_host;
    buf_init(&user_at_host, LIMIT_MASK_BYTES);
    buf_printf(&user_at_host, "%.*s@%.*s", STR_ARG(entry->username), STR_ARG(entry->host));
    reply(call, RPL_WHOISACTUALLY, entry->nick, buf_str(&user_at_host), entry->address);
    buf_deinit(&user_at_host);
}

static void
reply_whowas(struct call *call, const struct whowas *entry)
{
    reply_text(call, RPL_WHOWASUSER, entry->nick, entry->username, entry->host, STR("*"),
               entry->realname);
    if (user_may(call->user, PRIVILEGE_SEE))
        reply_whowas_address(call, entry);
    struct buf when;
    buf_init(&when, 24);
    buf_put_u64(&when, (uint64_t)entry->left_ms / 1000);
    reply_text(call, RPL_WHOISSERVER, entry->nick, call->hub->config->server_name, buf_str(&when));
    buf_deinit(&when);
}

void
cmd_whowas(struct call *call)
{
    struct str nick = call_param(call, 0);
    if (nick.len == 0) {
        reply_plain(call, ERR_NONICKNAMEGIVEN);
        return;
    }
    uint64_t count_max = LIMIT_WHOWAS_ENTRIES;
    /* Zero, negative or no number at all: as many as there are (RFC 2812 3.6.3). */
    uint64_t wanted;
    if (number_parse_u64(call_param(call, 1), UINT32_MAX, &wanted) && wanted > 0)
        count_max = wanted;
    struct folded folded;
    uint64_t found = 0;
    bool folds = name_fold(nick, &folded);
    for (size_t i = 1; folds && i <= LIMIT_WHOWAS_ENTRIES && found < count_max; i++) {
        size_t at = (call->hub->whowas_next + LIMIT_WHOWAS_ENTRIES - i) % LIMIT_WHOWAS_ENTRIES;
        const struct whowas *entry = &call->hub->whowas[at];
        if (entry->bytes == NULL || !str_equal(entry->folded_nick, folded_str(&folded)))
            continue;
        reply_whowas(call, entry);
        found++;
    }
    if (found == 0)
        reply(call, ERR_WASNOSUCHNICK, nick);
    reply(call, RPL_ENDOFWHOWAS, nick);
}
