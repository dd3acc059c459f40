/*
 * ISUPPORT (005), made from the tables of modes, the limits and the configuration, so that it
 * can't say anything else than they do.
 * Spec: modern.ircdocs "RPL_ISUPPORT Parameters", IRCv3 extended-isupport, network-icon.
 */
#include "base/buf.h"
#include "hub/answer_batch.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/extban.h"
#include "hub/mode.h"
#include "hub/reply.h"

#include <assert.h>

#define TOKENS_PER_LINE  13
#define TOKENS_BYTES_MAX 2048

static void
put_prefix(struct buf *out)
{
    buf_put(out, STR("PREFIX=("));
    for (size_t i = 0; i < RANK_COUNT; i++)
        buf_put_byte(out, rank_row_at(i)->letter);
    buf_put_byte(out, ')');
    for (size_t i = 0; i < RANK_COUNT; i++)
        buf_put_byte(out, rank_row_at(i)->prefix);
    buf_put(out, STR(" STATUSMSG="));
    for (size_t i = 0; i < RANK_COUNT; i++)
        buf_put_byte(out, rank_row_at(i)->prefix);
}

static bool
is_of_type(enum mode_kind kind, char type)
{
    switch (kind) {
    case MODE_LIST:
        return type == 'A';
    case MODE_KEY:
        return type == 'B';
    case MODE_LIMIT:
    case MODE_FORWARD:
    case MODE_THROTTLE:
    case MODE_SLOW:
    case MODE_FLOOR:
        return type == 'C';
    case MODE_FLAG:
        return type == 'D';
    }
    cf_unreachable("mode kind");
}

static void
put_chanmodes(struct buf *out)
{
    buf_put(out, STR(" CHANMODES="));
    for (char type = 'A'; type <= 'D'; type++) {
        for (size_t i = 0; i < channel_mode_count(); i++) {
            if (is_of_type(channel_mode_at(i)->kind, type))
                buf_put_byte(out, channel_mode_at(i)->letter);
        }
        if (type != 'D')
            buf_put_byte(out, ',');
    }
}

static void
put_extbans(struct buf *out)
{
    buf_put(out, STR(" EXTBAN=,"));
    for (size_t i = 0; i < extban_count(); i++)
        buf_put_byte(out, extban_at(i)->letter);
    buf_put(out, STR(" ACCOUNTEXTBAN=account,a"));
}

/* Spaces, '=' and backslashes can't stand in a value: \xHH. */
static void
put_escaped(struct buf *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];
        if (byte <= ' ' || byte == '=' || byte == '\\')
            buf_printf(out, "\\x%02X", byte);
        else
            buf_put_byte(out, (char)byte);
    }
}

static void
put_tokens(struct buf *out, const struct hub_config *config)
{
    buf_put(out, STR("NETWORK="));
    put_escaped(out, config->network_name);
    buf_put(out, STR(" CASEMAPPING=ascii CHANTYPES=# "));
    put_prefix(out);
    put_chanmodes(out);
    put_extbans(out);
    buf_printf(out, " CHANLIMIT=#:%u MAXLIST=b:%u,e:%u,I:%u", config->channels_per_user_max,
               config->list_entries_max, config->list_entries_max, config->list_entries_max);
    buf_printf(out, " MODES=%d NICKLEN=%d MAXNICKLEN=%d CHANNELLEN=%d TOPICLEN=%d KICKLEN=%d",
               LIMIT_MODE_CHANGES, LIMIT_NICK_BYTES, LIMIT_NICK_BYTES, LIMIT_CHANNEL_BYTES,
               LIMIT_TOPIC_BYTES, LIMIT_REASON_BYTES);
    buf_printf(out, " AWAYLEN=%d USERLEN=%d HOSTLEN=%d NAMELEN=%d KEYLEN=%d LINELEN=%d",
               LIMIT_AWAY_BYTES, LIMIT_USER_BYTES, LIMIT_HOST_BYTES, LIMIT_REALNAME_BYTES,
               LIMIT_KEY_BYTES, LIMIT_LINE_BYTES + 2);
    buf_printf(out, " MAXTARGETS=%d MONITOR=%d SILENCE=%d ACCEPT=%d", LIMIT_MESSAGE_TARGETS,
               LIMIT_MONITOR_ENTRIES, LIMIT_SILENCE_ENTRIES, LIMIT_ACCEPT_ENTRIES);
    buf_printf(out,
               " TARGMAX=PRIVMSG:%d,NOTICE:%d,TAGMSG:%d,JOIN:%d,PART:%d,KICK:%d,NAMES:1,WHOIS:1",
               LIMIT_MESSAGE_TARGETS, LIMIT_MESSAGE_TARGETS, LIMIT_MESSAGE_TARGETS,
               LIMIT_JOIN_TARGETS, LIMIT_JOIN_TARGETS, LIMIT_JOIN_TARGETS);
    buf_printf(out, " MAXMODES=%d", LIMIT_MODE_CHANGES); /* of PROP: named-modes */
    if (config->icon.len > 0) {
        buf_put(out, STR(" draft/ICON="));
        put_escaped(out, config->icon);
    }
    if (config->has_history)
        buf_printf(out, " CHATHISTORY=%d MSGREFTYPES=msgid,timestamp", LIMIT_PAGE_EVENTS);
    buf_put(
        out,
        STR(" BOT=B CALLERID=g EXCEPTS=e INVEX=I FORWARD=f ELIST=CMNTU KNOCK SAFELIST SAFERATE soju.im/SAFERATE WHOX UTF8ONLY"
            " confab.chat/FLOOR=H"));
    if (config->client_tag_deny.len > 0)
        buf_printf(out, " CLIENTTAGDENY=%.*s", STR_ARG(config->client_tag_deny));
}

/* Sends tokens in as many lines as it takes, in a batch to those who know it. */
static void
send_tokens(struct call *call, struct str rest)
{
    bool has_batch = (call->session->caps & CAP(EXTENDED_ISUPPORT)) != 0;
    if (has_batch)
        answer_batch_open(call, STR("draft/isupport"), STR_NONE);
    size_t head = call->hub->config->server_name.len + LIMIT_NICK_BYTES +
                  sizeof(": 005  :are supported by this server");
    while (rest.len > 0) {
        struct str tokens[TOKENS_PER_LINE];
        size_t count = 0;
        size_t bytes = head;
        while (count < TOKENS_PER_LINE && rest.len > 0) {
            size_t token_len = str_find_byte(rest, ' ');
            if (bytes + token_len + 1 > LIMIT_LINE_BYTES)
                break;
            bytes += token_len + 1;
            tokens[count++] = str_cut_word(&rest);
        }
        assert(count > 0); /* the longest token is far shorter than a line */
        reply_params(call, RPL_ISUPPORT, tokens, count);
    }
    if (has_batch)
        answer_batch_close(call);
}

void
send_isupport(struct call *call)
{
    struct buf text;
    buf_init(&text, TOKENS_BYTES_MAX);
    put_tokens(&text, call->hub->config);
    assert(!text.is_truncated);
    send_tokens(call, buf_str(&text));
    buf_deinit(&text);
}

void
cmd_isupport(struct call *call)
{
    if (call->user == NULL && !(call->session->caps & CAP(EXTENDED_ISUPPORT)))
        reply_plain(call, ERR_NOTREGISTERED);
    else
        send_isupport(call);
}

/* --- changes --- */

static struct str
token_key(struct str token)
{
    return str_take(token, str_find_byte(token, '='));
}

/* Whether one of the tokens is this, or has this key. */
static bool
has_token(struct str tokens, struct str wanted, bool is_key)
{
    while (tokens.len > 0) {
        struct str token = str_cut_word(&tokens);
        if (str_equal(is_key ? token_key(token) : token, wanted))
            return true;
    }
    return false;
}

static void
put_word(struct buf *out, struct str sign, struct str word)
{
    if (out->len > 0)
        buf_put_byte(out, ' ');
    buf_put(out, sign);
    buf_put(out, word);
}

/* Tokens that are new or have another value, and "-KEY" for those that are gone. */
static void
put_difference(struct buf *out, struct str before, struct str after)
{
    for (struct str rest = after; rest.len > 0;) {
        struct str token = str_cut_word(&rest);
        if (!has_token(before, token, false))
            put_word(out, STR(""), token);
    }
    for (struct str rest = before; rest.len > 0;) {
        struct str key = token_key(str_cut_word(&rest));
        if (!has_token(after, key, true))
            put_word(out, STR("-"), key);
    }
}

void
isupport_changed(struct hub *hub, const struct hub_config *before)
{
    struct buf old;
    struct buf now;
    struct buf changes;
    buf_init(&old, TOKENS_BYTES_MAX);
    buf_init(&now, TOKENS_BYTES_MAX);
    buf_init(&changes, 2 * TOKENS_BYTES_MAX);
    put_tokens(&old, before);
    put_tokens(&now, hub->config);
    put_difference(&changes, buf_str(&old), buf_str(&now));
    uint32_t cursor = 0;
    struct session *session;
    while (changes.len > 0 && (session = slots_next(&hub->sessions, &cursor)) != NULL) {
        struct call call = {.hub = hub, .session = session, .user = session->user};
        if (session->user != NULL)
            send_tokens(&call, buf_str(&changes));
    }
    buf_deinit(&old);
    buf_deinit(&now);
    buf_deinit(&changes);
}
