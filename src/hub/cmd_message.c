/*
 * PRIVMSG, NOTICE and TAGMSG: what it is all for.
 * Spec: modern.ircdocs "Sending Messages", RFC 2812 3.3, IRCv3 message-tags, echo-message,
 * multiline.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/msgid.h"
#include "base/utf8.h"
#include "hub/batch.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/filter.h"
#include "hub/floor.h"
#include "hub/keep.h"
#include "hub/loss.h"
#include "hub/message.h"
#include "hub/playback.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/rename.h"
#include "hub/reply.h"
#include "hub/row.h"
#include "hub/service.h"
#include "hub/shield.h"
#include "hub/speech.h"
#include "hub/txn.h"
#include "hub/user.h"
#include "wire/clean_text.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>

static bool
is_speech(const struct message *message)
{
    return message->kind != MESSAGE_TAGMSG;
}

static bool
is_multiline(const struct message *message)
{
    return message->joints.len > 0;
}

/*
 * SPEC: RFC 2812 3.3.2 forbids error replies to NOTICE. For targets that do not exist we keep to
 * it; but a notice that a channel refuses is answered like a message, since what a user has typed
 * is not to be lost silently, and no client answers a numeric.
 */
static void
refuse_target(struct call *call, const struct message *message, enum numeric numeric,
              struct str target)
{
    if (message->kind != MESSAGE_NOTICE) {
        reply(call, numeric, target);
    } else if (call->session->caps & CAP(STANDARD_REPLIES)) {
        refuse(call, &(struct refusal){
                         .code = STR("INVALID_TARGET"),
                         .context = target,
                         .text = numeric_text(numeric),
                     });
    }
}

/* The event of a message to a target; one reference, the caller's. seq: its number there, or 0.
 * first: what it is a repetition of; NULL: of nothing. */
static struct event *
make_event(struct call *call, const struct message *message, struct str target, bool is_to_self,
           uint64_t seq, const struct txn *first)
{
    static const struct str commands[] = {
        [MESSAGE_PRIVMSG] = STR_INIT("PRIVMSG"),
        [MESSAGE_NOTICE] = STR_INIT("NOTICE"),
        [MESSAGE_TAGMSG] = STR_INIT("TAGMSG"),
    };
    struct event_spec spec =
        spec_from_user(call->hub, call->user, EVENT_MESSAGE, commands[message->kind]);
    struct str *params = cf_calloc_array(message->line_count + 1, sizeof *params);
    params[0] = target;
    for (size_t i = 0; i < message->line_count; i++)
        params[i + 1] = message->lines[i];
    spec.params = params;
    spec.param_count = message->line_count + 1;
    spec.joints = message->joints;
    spec.seq = seq;
    spec.is_last_text = is_speech(message);
    spec.client_tags = message->client_tags;
    if (message->relayed.len > 0) {
        spec.source = message->relayed;
        spec.account = STR_NONE; /* that is the relaying one's, and so is its rank */
        spec.is_operator = false;
        spec.relayed_by = call->user->nick;
    }
    spec.needs = is_speech(message) ? 0 : CAP(MESSAGE_TAGS);
    spec.origin = is_to_self ? SLOT_ID_NONE : call->session->id;
    if (first != NULL) {
        spec.msgid = first->msgid;
        spec.wall_ms = msgid_wall_ms(first->msgid);
    }
    struct event *event = event_new(&spec);
    cf_free(params);
    return event;
}

/* Whether each line fits in 512 bytes when it is relayed; else says by how much it does not. */
static bool
fits_when_relayed(struct call *call, const struct message *message, struct str target)
{
    size_t source_len = message->relayed.len > 0 ? message->relayed.len : call->user->prefix.len;
    size_t head = source_len + target.len + sizeof(": PRIVMSG  :") - 1;
    for (size_t i = 0; i < message->line_count; i++) {
        if (head + message->lines[i].len <= LIMIT_LINE_BYTES)
            continue;
        reply_format(call, ERR_INPUTTOOLONG,
                     "Your message to %.*s is too long by %zu bytes and was not sent: at most %zu "
                     "bytes of text fit, send it in parts",
                     STR_ARG(target), head + message->lines[i].len - LIMIT_LINE_BYTES,
                     LIMIT_LINE_BYTES - head);
        return false;
    }
    return true;
}

/* --- what it may say, and to whom --- */

/* The rank in "@#channel", 0 when the target does not begin like that. */
static uint32_t
target_rank(struct str target)
{
    if (target.len < 2 || !name_looks_like_channel(str_skip(target, 1)))
        return 0;
    const struct rank_row *row = rank_find_prefix(target.ptr[0]);
    return row == NULL ? 0 : row->rank;
}

/* --- channels --- */

/* Whom a message to a channel is for. */
enum reach {
    REACH_NOBODY, /* the sender has been told why */
    REACH_ALL,
    REACH_OPS, /* what moderation keeps from the others, in a channel with +U */
};

static enum reach
judge(struct call *call, struct channel *channel, const struct message *message, bool is_to_rank)
{
    const struct speech_obstacle *obstacle = speech_find_obstacle(call, channel, message);
    if (obstacle != NULL && obstacle->is_moderation &&
        channel_has_mode(channel, CHANNEL_MODE_OP_MODERATED))
        return REACH_OPS;
    if (obstacle != NULL) {
        reply_text(call, ERR_CANNOTSENDTOCHAN, channel->name, str_from_nul(obstacle->text));
        return REACH_NOBODY;
    }
    if (!is_speech(message) || is_to_rank)
        return REACH_ALL;
    uint32_t wait_s = speech_wait_s(call->hub, channel, call->user);
    if (wait_s > 0) {
        speech_refuse_slow(call, channel, wait_s);
        return REACH_NOBODY;
    }
    if (!floor_is_free_for(call->hub, channel, call->user)) {
        floor_refuse(call, channel);
        return REACH_NOBODY;
    }
    return REACH_ALL;
}

/* To those with at least a rank: the target keeps its prefix. */
static void
post_to_rank(struct hub *hub, const struct channel *channel, uint32_t rank, struct event *event)
{
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (rank_highest(member->ranks) >= rank)
            post_to_user(hub, member->user, event);
    }
}

/* The sender's own copy, for those who asked for it: when the message has been kept, if it is.
 * Others are told only when it could not be. */
static void
echo(struct call *call, struct event *event, uint64_t ticket)
{
    bool has_echo = (call->session->caps & CAP(ECHO_MESSAGE)) != 0;
    if (!has_echo && ticket != 0)
        loss_expect(call, event, ticket);
    if (!has_echo)
        return;
    if (ticket != 0)
        post_durable_to_session(call->hub, call->session, event, ticket);
    else
        post_to_session(call->hub, call->session, event);
}

/* The sender's other sessions show what was written in this one, as with Ergo and ZNC
 * (self-message); the plain door has no words for it. */
static void
echo_to_others(const struct call *call, struct event *event)
{
    list_for_each(node, &call->user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (session != call->session && session->door_caps == 0)
            post_notice_to_session(call->hub, session, event);
    }
}

/* A message that is sent without its formatting (+S); bytes and lines are owned. */
struct stripped {
    struct message message;
    struct buf bytes;
    struct str *lines;
};

static void
strip_formatting(struct stripped *stripped, const struct message *message)
{
    size_t total = 0;
    for (size_t i = 0; i < message->line_count; i++)
        total += message->lines[i].len;
    buf_init(&stripped->bytes, total + 1);
    stripped->lines = cf_calloc_array(message->line_count, sizeof *stripped->lines);
    for (size_t i = 0; i < message->line_count; i++) {
        size_t before = stripped->bytes.len;
        clean_text_put_unformatted(&stripped->bytes, message->lines[i]);
        stripped->lines[i].len = stripped->bytes.len - before;
    }
    struct str rest = buf_str(&stripped->bytes); /* which has stopped moving */
    for (size_t i = 0; i < message->line_count; i++) {
        size_t len = stripped->lines[i].len;
        stripped->lines[i] = str_take(rest, len);
        rest = str_skip(rest, len);
    }
    stripped->message = *message;
    stripped->message.lines = stripped->lines;
}

static void
stripped_deinit(struct stripped *stripped)
{
    buf_deinit(&stripped->bytes);
    cf_free(stripped->lines);
}

/* member: of the sender in the channel that it is for, NULL: none, or to a user. */
static enum filter_result
filter(struct call *call, const struct message *message, struct str target,
       const struct member *member)
{
    uint32_t where = message->kind == MESSAGE_NOTICE ? FILTER_IN_NOTICE
                     : name_looks_like_channel(target) || target_rank(target) != 0
                         ? FILTER_IN_CHANNEL
                         : FILTER_IN_PRIVATE;
    if (!is_speech(message))
        return FILTER_PASS;
    return filter_check(call, &(struct filter_text){
                                  .target = where,
                                  .lines = message->lines,
                                  .line_count = message->line_count,
                                  .is_voiced =
                                      member != NULL && rank_highest(member->ranks) >= RANK_VOICE,
                                  .context = target,
                              });
}

/* The number that the message gets; 0: none. rank: as for deliver_to_channel. */
static uint64_t
next_seq(const struct call *call, const struct channel *channel, const struct message *message,
         uint32_t rank)
{
    bool is_kept = is_speech(message) && rank == 0 && !message_is_ctcp(message);
    return is_kept ? keep_next_seq(call->hub, channel) : 0;
}

/* Nobody gets it, and the sender sees no difference: seq is what it would have got. */
static void
pretend(struct call *call, const struct message *message, struct str shown, uint64_t seq)
{
    struct event *event = make_event(call, message, shown, false, seq, NULL);
    echo(call, event, 0);
    txn_add(call, message, event, 0, false);
    event_unref(&event);
}

/* The row that goes with a message that has a name. */
struct txn_row {
    struct buf value;
    struct keep_row row;
};

/* NULL when it has none. */
static const struct keep_row *
make_row(struct txn_row *txn, const struct message *message, const struct event *event)
{
    buf_init(&txn->value, 64);
    if (message->txn_key.len == 0)
        return NULL;
    txn_put_row(&txn->value, message, event);
    txn->row =
        (struct keep_row){.row = ROW_TXN, .key = message->txn_key, .value = buf_str(&txn->value)};
    return &txn->row;
}

/* True when the message was sent already: the client has been told so, by its echo. */
static bool
is_repeated(struct call *call, const struct message *message, struct str target)
{
    const struct txn *first = txn_find(call->hub, message->txn_key);
    if (first == NULL)
        return false;
    if (first->digest != message->txn_digest) {
        refuse(call, &(struct refusal){
                         .code = STR("TXN_CONFLICT"),
                         .context = message->txn,
                         .detail = target,
                         .text = STR("Another message has been sent by that name: choose another"),
                         .is_always_standard = true,
                     });
        return true;
    }
    const struct channel *channel = channel_find(call->hub, target);
    const struct user *user = user_find(call->hub, target);
    struct str shown = channel != NULL ? channel->name : user != NULL ? user->nick : target;
    struct event *event = make_event(call, message, shown, false, first->seq, first);
    echo(call, event, first->ticket);
    event_unref(&event);
    return true;
}

/* shown: the target as others see it; rank: the lowest that gets it, 0 for all. */
static void
deliver_to_channel(struct call *call, struct channel *channel, const struct message *message,
                   struct str shown, uint32_t rank)
{
    if (!fits_when_relayed(call, message, shown))
        return;
    switch (filter(call, message, shown, user_membership(call->user, channel))) {
    case FILTER_PASS:
        break;
    case FILTER_HIDDEN:
        pretend(call, message, shown, next_seq(call, channel, message, rank));
        return;
    case FILTER_BLOCKED:
    case FILTER_ENDED:
        return;
    }
    struct event *event =
        make_event(call, message, shown, false, next_seq(call, channel, message, rank), NULL);
    struct txn_row txn;
    const struct keep_row *row = make_row(&txn, message, event);
    uint64_t ticket = 0;
    if (rank == 0) {
        post_to_channel(call->hub, channel, event);
        ticket = keep_message(call->hub, channel, event, row);
    } else {
        post_to_rank(call->hub, channel, rank, event);
    }
    echo(call, event, ticket);
    txn_add(call, message, event, ticket, ticket != 0);
    buf_deinit(&txn.value);
    event_unref(&event);
    if (is_speech(message) && rank == 0) {
        floor_take(call->hub, channel, call->user);
        speech_count(call->hub, channel, call->user);
    }
    call->hub->message_count++;
}

static void
deliver_stripped(struct call *call, struct channel *channel, const struct message *message,
                 struct str shown, uint32_t rank)
{
    struct stripped stripped;
    strip_formatting(&stripped, message);
    if (stripped.bytes.len > 0)
        deliver_to_channel(call, channel, &stripped.message, shown, rank);
    else
        reply_text(call, ERR_CANNOTSENDTOCHAN, channel->name,
                   STR("Cannot send to channel (+S): nothing is left without the formatting"));
    stripped_deinit(&stripped);
}

/* There is no such channel for the user; the one that had the name until lately is named. */
static void
refuse_channel(struct call *call, const struct message *message, struct str target, struct str name)
{
    bool is_free = channel_find(call->hub, name) == NULL;
    const struct channel *renamed = is_free ? rename_find(call->hub, name) : NULL;
    if (renamed != NULL && message->kind != MESSAGE_NOTICE)
        reply_about(call, ERR_NOSUCHCHANNEL, target,
                    "The channel has another name now: send it to %.*s", STR_ARG(renamed->name));
    else
        refuse_target(call, message, ERR_NOSUCHCHANNEL, target);
}

static void
send_to_channel(struct call *call, const struct message *message, struct str target, uint32_t rank)
{
    struct str name = rank == 0 ? target : str_skip(target, 1);
    struct channel *channel = channel_find(call->hub, name);
    if (channel == NULL || (!channel_is_visible_to(channel, call->user) &&
                            channel_has_mode(channel, CHANNEL_MODE_NO_EXTERNAL))) {
        refuse_channel(call, message, target, name);
        return;
    }
    enum reach reach = judge(call, channel, message, rank != 0);
    if (reach == REACH_NOBODY)
        return;
    if (reach == REACH_OPS && rank < RANK_HALFOP)
        rank = RANK_HALFOP;
    /* Others see the channel's own spelling. */
    struct buf shown;
    buf_init(&shown, LIMIT_CHANNEL_BYTES + 1);
    if (rank != 0)
        buf_put_byte(&shown, rank_highest_prefix(rank));
    buf_put(&shown, channel->name);
    if (is_speech(message) && channel_has_mode(channel, CHANNEL_MODE_STRIP_FORMATTING))
        deliver_stripped(call, channel, message, buf_str(&shown), rank);
    else
        deliver_to_channel(call, channel, message, buf_str(&shown), rank);
    buf_deinit(&shown);
}

/* --- users --- */

static void
send_to_user(struct call *call, const struct message *message, struct str nick)
{
    struct user *user = user_find(call->hub, nick);
    if (user == NULL) {
        refuse_target(call, message, ERR_NOSUCHNICK, nick);
        return;
    }
    if (!fits_when_relayed(call, message, user->nick) || !shield_admits(call, user, message) ||
        !rate_allows_message_to(call, user))
        return;
    switch (filter(call, message, user->nick, NULL)) {
    case FILTER_PASS:
        break;
    case FILTER_HIDDEN:
        pretend(call, message, user->nick, 0);
        return;
    case FILTER_BLOCKED:
    case FILTER_ENDED:
        return;
    }
    shield_expect_answer(call->hub, call->user, user);
    /* A message to oneself comes, also without echo. */
    struct event *event = make_event(call, message, user->nick, user == call->user, 0, NULL);
    struct txn_row txn;
    const struct keep_row *row = make_row(&txn, message, event);
    uint64_t ticket = 0;
    if (!shield_silences(user, call->user)) { /* else it will not turn up later, either */
        post_to_user(call->hub, user, event);
        ticket = keep_private_message(call->hub, call->user, user, event, row);
    }
    if (user != call->user) /* else they have it */
        echo_to_others(call, event);
    echo(call, event, ticket);
    txn_add(call, message, event, ticket, ticket != 0);
    buf_deinit(&txn.value);
    event_unref(&event);
    call->hub->message_count++;
    if (message->kind == MESSAGE_PRIVMSG && user->away.len > 0)
        reply_text(call, RPL_AWAY, user->nick, user->away);
}

/* The service whose command this is; NULL when it is a message to people. */
static const struct service *
find_service(const struct message *message, struct str target)
{
    return message->kind == MESSAGE_PRIVMSG ? service_find(target) : NULL;
}

/* --- the commands --- */

static void
send_to(struct call *call, const struct message *message, struct str target)
{
    struct buf key;
    buf_init(&key, 2 * LIMIT_FOLDED_BYTES + LIMIT_TXN_BYTES + 8);
    struct message to_one = *message;
    if (message->txn.len > 0) {
        txn_put_key(&key, call, target, message->txn);
        to_one.txn_key = buf_str(&key);
        to_one.txn_digest = txn_digest(message);
    }
    uint32_t rank = target_rank(target);
    if (is_repeated(call, &to_one, target))
        ; /* that is all */
    else if (rank != 0 || name_looks_like_channel(target))
        send_to_channel(call, &to_one, target, rank);
    else
        send_to_user(call, &to_one, target);
    buf_deinit(&key);
}

void
message_send(struct call *call, const struct message *message, struct str targets)
{
    assert(!is_multiline(message) || message->joints.len == message->line_count);
    if (is_speech(message)) {
        call->user->active_ms = call->hub->now_ms;
        call->session->active_ms = call->hub->now_ms;
    }
    if (message->kind == MESSAGE_PRIVMSG && name_equal(targets, PLAYBACK_NICK)) {
        playback_execute(call, message->lines[0]);
        return;
    }
    const struct service *service = find_service(message, targets);
    if (service != NULL) {
        service_execute(call, service, message->lines[0]);
        return;
    }
    for (size_t i = 0; targets.ptr != NULL && call->verdict != HUB_CLOSED; i++) {
        struct str target = str_cut(&targets, ',');
        if (i >= LIMIT_MESSAGE_TARGETS) {
            reply(call, ERR_TOOMANYTARGETS, target);
            return;
        }
        if (find_service(message, target) != NULL) /* a session waits for one answer only */
            reply(call, ERR_TOOMANYTARGETS, target);
        else if (target.len > 0)
            send_to(call, message, target);
    }
}

/* Whether the configuration keeps the tag (without '+') from being relayed. */
static bool
is_denied(struct str denied, struct str name)
{
    bool is_named = false;
    bool is_excepted = false;
    bool are_all = false;
    while (denied.len > 0) {
        struct str item = str_cut(&denied, ',');
        if (str_equal(item, STR("*")))
            are_all = true;
        else if (str_starts_with(item, STR("-")))
            is_excepted = is_excepted || str_equal(str_skip(item, 1), name);
        else
            is_named = is_named || str_equal(item, name);
    }
    return is_named || (are_all && !is_excepted);
}

void
message_put_client_tags(struct buf *out, const struct call *call)
{
    if (!(call->session->caps & CAP(MESSAGE_TAGS)))
        return;
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        if (tag.key.ptr[0] != '+' || !tags_key_is_valid(tag.key) ||
            is_denied(call->hub->config->client_tag_deny, str_skip(tag.key, 1)))
            continue;
        if (out->len > 0)
            buf_put_byte(out, ';');
        buf_put(out, tag.key);
        if (tag.raw_value.len > 0) {
            buf_put_byte(out, '=');
            buf_put(out, tag.raw_value);
        }
    }
}

bool
message_take_txn(struct call *call, struct str *name_out)
{
    *name_out = STR_NONE;
    if (!(call->session->caps & CAP(TXN)))
        return true;
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        if (!str_equal(tag.key, STR("confab.chat/txn")))
            continue;
        *name_out = tag.raw_value;
        if (txn_name_is_valid(tag.raw_value))
            continue;
        refuse(call, &(struct refusal){
                         .code = STR("TXN_INVALID"),
                         .text = STR("Names of messages have 1 to 32 letters, digits and -_.:"),
                         .is_always_standard = true,
                     });
        return false;
    }
    return true;
}

/* Whether there is anything between the commas. */
static bool
names_anybody(struct str targets)
{
    while (targets.ptr != NULL) {
        if (str_cut(&targets, ',').len > 0)
            return true;
    }
    return false;
}

static void
run(struct call *call, enum message_kind kind)
{
    if (batch_takes_line(call, kind))
        return;
    struct str targets = call_param(call, 0);
    struct str text = call_param(call, 1);
    if (!names_anybody(targets)) {
        reply_format(call, ERR_NORECIPIENT, "No recipient given (%.*s)", STR_ARG(call->command));
        return;
    }
    if (kind != MESSAGE_TAGMSG && text.len == 0) {
        reply_plain(call, ERR_NOTEXTTOSEND);
        return;
    }
    struct str txn;
    if (!message_take_txn(call, &txn))
        return;
    struct buf tags;
    buf_init(&tags, LIMIT_CLIENT_TAG_BYTES + 1);
    message_put_client_tags(&tags, call);
    if (kind == MESSAGE_TAGMSG && tags.len == 0 && call->hub->config->client_tag_deny.len > 0) {
        buf_deinit(&tags); /* nothing that may be relayed is left of it */
        return;
    }
    struct message message = {
        .kind = kind,
        .lines = &text,
        .line_count = kind == MESSAGE_TAGMSG ? 0 : 1,
        .client_tags = buf_str(&tags),
        .txn = txn,
    };
    message_send(call, &message, targets);
    buf_deinit(&tags);
}

void
cmd_privmsg(struct call *call)
{
    run(call, MESSAGE_PRIVMSG);
}

void
cmd_notice(struct call *call)
{
    run(call, MESSAGE_NOTICE);
}

void
cmd_tagmsg(struct call *call)
{
    if (call->session->caps & CAP(MESSAGE_TAGS))
        run(call, MESSAGE_TAGMSG);
    else
        reply(call, ERR_UNKNOWNCOMMAND, call->command);
}
