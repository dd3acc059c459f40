/*
 * What must happen. Messages and PINGs carry tokens. When the hub has executed a line, the model
 * reads from the outbox which messages were accepted, works out from the membership who is to get
 * them, and appends the token to the queue of each of these clients. Whatever a client then gets
 * must be the head of its queue: so everybody gets every message exactly once, in the hub's one
 * order, nobody else gets it, and a sender not its own without echo-message.
 *
 * The half-duplex rule is followed independently: from MODE lines, accepted messages, membership
 * and time, not from the hub's floor.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "hub/capability.h"
#include "hub/event.h"
#include "hub/mode.h"
#include "hub/numeric.h"
#include "hub/outbox.h"
#include "hub/service.h"
#include "sim.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define EVENTS_MAX 200 /* different ones in one outbox */

/* --- queues --- */

static void
expect(struct sim_client *client, uint64_t token)
{
    if (!client->sim->has_tokens)
        return;
    struct sim_queue *queue = &client->expected;
    if (queue->head > 1024 && queue->head > queue->count) { /* the used part goes */
        memmove(queue->tokens, queue->tokens + queue->head, queue->count * sizeof *queue->tokens);
        queue->head = 0;
    }
    queue->tokens = cf_array_reserve(queue->tokens, &queue->capacity,
                                     queue->head + queue->count + 1, sizeof *queue->tokens);
    queue->tokens[queue->head + queue->count++] = token;
}

void
sim_model_got(struct sim_client *client, uint64_t token, struct str line)
{
    struct sim_queue *queue = &client->expected;
    if (queue->count == 0)
        sim_fail(client->sim, "client %u (%s) gets what is not for it: %.*s",
                 client->session->number, client->nick, STR_ARG(line));
    if (queue->tokens[queue->head] != token)
        sim_fail(client->sim, "client %u (%s) should get %llx first: %.*s", client->session->number,
                 client->nick, (unsigned long long)queue->tokens[queue->head], STR_ARG(line));
    queue->head++;
    queue->count--;
    client->sim->tokens_delivered++;
}

/* --- who is who, as of the hub --- */

/* A client that is a session of that name; NULL when there is none: such a user is absent. */
static const struct sim_client *
client_of_nick(const struct sim *sim, struct str nick)
{
    list_for_each(node, &sim->clients) {
        const struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (str_equal(str_from_nul(client->nick_ahead), nick))
            return client;
    }
    return NULL;
}

static struct sim_client *
client_of_peer(const struct sim *sim, uint32_t home, struct slot_id peer)
{
    struct recipient *recipient = distributor_find(&sim->rig->homes[home].distributor, peer);
    if (recipient == NULL)
        return NULL;
    return CONTAINER_OF(recipient, struct rig_session, recipient)->owner;
}

/* Whose session a client is now. Two of one name are two sessions of one user, which the second has
 * become by its account; whoever logs out then does so for all of them. */
static void
follow_user(struct sim *sim, struct sim_client *client)
{
    struct hub_user_view view;
    struct slot_id before = client->user;
    client->nick_ahead[0] = '\0';
    client->user = SLOT_ID_NONE;
    if (client->is_gone_ahead || !hub_user_of(sim->rig->hub, client->session->id, &view))
        return;
    const struct sim_client *other = client_of_nick(sim, view.nick);
    if (other != NULL && !slot_id_equal(other->user, view.id))
        sim_fail(sim, "two are called %.*s", STR_ARG(view.nick));
    bool is_new = !slot_id_equal(before, view.id);
    if (is_new && view.session_count > 1 && view.account.len == 0)
        sim_fail(sim, "one more session of %.*s, who has no account", STR_ARG(view.nick));
    /* A guest has become a session of its account's user, who may have been absent: whoever was
     * left in the guest's channels may have been nobody for a moment. */
    for (size_t i = 0; is_new && !slot_id_is_none(before) && i < sim->floor_count; i++)
        sim->floors[i].is_unknown = true;
    memcpy(client->nick_ahead, view.nick.ptr, view.nick.len);
    client->nick_ahead[view.nick.len] = '\0';
    client->user = view.id;
}

static void
follow_users(struct sim *sim)
{
    list_for_each(node, &sim->clients) {
        follow_user(sim, CONTAINER_OF(node, struct sim_client, in_sim));
    }
}

/* NULL when there never was one of that name. */
static struct sim_name *
find_known(const struct sim *sim, struct str name)
{
    struct folded folded;
    for (size_t i = 0; name_fold(name, &folded) && i < sim->known_count; i++) {
        if (str_equal(folded_str(&sim->known[i].folded), folded_str(&folded)))
            return &sim->known[i];
    }
    return NULL;
}

bool
sim_model_was_renamed(const struct sim *sim, struct str channel)
{
    const struct sim_name *known = find_known(sim, channel);
    return known != NULL && known->was_renamed;
}

/* Remembers a channel, by the spelling that it has now. */
static void
note_channel(struct sim *sim, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        sim_fail(sim, "a channel that does not fold: %.*s", STR_ARG(name));
    size_t at = 0;
    while (at < sim->known_count &&
           !str_equal(folded_str(&sim->known[at].folded), folded_str(&folded)))
        at++;
    if (at == sim->known_count) {
        sim->known = cf_array_reserve(sim->known, &sim->known_capacity, sim->known_count + 1,
                                      sizeof *sim->known);
        sim->known_count++;
        sim->known[at].folded = folded;
        sim->known[at].was_renamed = false;
    }
    memcpy(sim->known[at].spelled, name.ptr, name.len);
    sim->known[at].spelled[name.len] = '\0';
}

/* --- half duplex --- */

static struct sim_floor *
find_floor(struct sim *sim, struct slot_id channel)
{
    for (size_t i = 0; i < sim->floor_count; i++) {
        if (slot_id_equal(sim->floors[i].channel, channel))
            return &sim->floors[i];
    }
    return NULL;
}

/* The floor of a channel, made when it is asked for the first time; NULL for no such channel. */
static struct sim_floor *
floor_of(struct sim *sim, struct str name)
{
    struct slot_id id;
    if (!hub_channel_id(sim->rig->hub, name, &id))
        return NULL;
    struct sim_floor *floor = find_floor(sim, id);
    if (floor != NULL)
        return floor;
    sim->floors = cf_array_reserve(sim->floors, &sim->floor_capacity, sim->floor_count + 1,
                                   sizeof *sim->floors);
    floor = &sim->floors[sim->floor_count++];
    *floor = (struct sim_floor){.channel = id};
    memcpy(floor->name, name.ptr, name.len);
    return floor;
}

void
sim_model_lobby_made(struct sim *sim)
{
    const struct hub_config *config = &sim->configs[sim->config];
    note_channel(sim, config->lobby);
    struct sim_floor *floor = floor_of(sim, config->lobby);
    assert(floor != NULL);
    floor->is_on = config->is_lobby_half_duplex;
}

static bool
is_member(const struct sim *sim, struct str channel, struct slot_id user)
{
    struct hub_member_view view;
    for (size_t i = 0; hub_member_at(sim->rig->hub, channel, i, &view); i++) {
        if (slot_id_equal(view.user, user))
            return true;
    }
    return false;
}

/* Members but that one who are not absent. */
static size_t
count_others(const struct sim *sim, struct str channel, struct slot_id user)
{
    struct hub_member_view view;
    size_t count = 0;
    for (size_t i = 0; hub_member_at(sim->rig->hub, channel, i, &view); i++)
        count += slot_id_equal(view.user, user) || view.session_count == 0 ? 0 : 1;
    return count;
}

static bool
may_speak(const struct sim *sim, const struct sim_floor *floor, struct slot_id user)
{
    if (!floor->is_on || !slot_id_equal(floor->speaker, user))
        return true;
    return floor->silence_ms > 0 && sim->now_ms - floor->spoken_ms >= floor->silence_ms;
}

/* After every input: the turn is free when the speaker has left or is alone. */
static void
follow_leaving(struct sim *sim)
{
    for (size_t i = 0; i < sim->floor_count; i++) {
        struct sim_floor *floor = &sim->floors[i];
        struct slot_id id;
        struct str name = str_from_nul(floor->name);
        if (!hub_channel_id(sim->rig->hub, name, &id) || !slot_id_equal(id, floor->channel)) {
            sim->floor_count--; /* the channel has gone, whether or not there is another now */
            *floor = sim->floors[sim->floor_count];
            i--;
            continue;
        }
        if (slot_id_is_none(floor->speaker))
            continue;
        bool is_in = is_member(sim, name, floor->speaker);
        bool has_left = floor->was_member && !is_in;
        if (has_left || count_others(sim, name, floor->speaker) == 0)
            floor->speaker = SLOT_ID_NONE;
        floor->was_member = is_in;
    }
}

/* Of a channel in which nobody is, nobody is told. */
static void
follow_rename(struct sim *sim)
{
    const struct irc_msg *msg = sim->acting_msg;
    struct slot_id id;
    if (msg == NULL || !str_equal_ascii_nocase(msg->command, STR("RENAME")) ||
        msg->param_count < 2 || msg->params[1].len > LIMIT_CHANNEL_BYTES ||
        !hub_channel_id(sim->rig->hub, msg->params[1], &id))
        return;
    struct str name = msg->params[1];
    struct sim_floor *floor = find_floor(sim, id);
    note_channel(sim, name);
    find_known(sim, name)->was_renamed = true;
    struct sim_name *old = find_known(sim, msg->params[0]);
    if (old != NULL)
        old->was_renamed = true;
    if (floor == NULL)
        return;
    memcpy(floor->name, name.ptr, name.len);
    floor->name[name.len] = '\0';
}

/* +H and -H in an accepted MODE line. */
static void
follow_mode(struct sim *sim, const struct event *event)
{
    if (!name_looks_like_channel(event->params[0]))
        return;
    struct sim_floor *floor = floor_of(sim, event->params[0]);
    struct str letters = event->params[1];
    size_t next = 2;
    char sign = '+';
    for (size_t i = 0; floor != NULL && i < letters.len; i++) {
        char letter = letters.ptr[i];
        if (letter == '+' || letter == '-') {
            sign = letter;
            continue;
        }
        if (letter == 'H') {
            floor->is_on = sign == '+';
            floor->is_unknown = false;
            floor->speaker = SLOT_ID_NONE;
            floor->silence_ms = 0;
            for (size_t d = 0; sign == '+' && d < event->params[next].len; d++)
                floor->silence_ms = floor->silence_ms * 10 + (event->params[next].ptr[d] - '0');
            floor->silence_ms *= 1000;
        }
        const struct channel_mode_row *row = channel_mode_find(letter);
        bool has_param = row == NULL || row->kind == MODE_LIST || row->kind == MODE_KEY ||
                         (row->kind != MODE_FLAG && sign == '+');
        next += has_param ? 1 : 0;
    }
}

/* FLOOR FREE to a channel: skipped by an operator, or so it must be by the model already. */
static void
follow_free(struct sim *sim, const struct event *event)
{
    if (!str_equal(event->params[0], STR("FREE")))
        return;
    struct sim_floor *floor = floor_of(sim, event->params[1]);
    if (floor == NULL)
        return;
    struct str reason = event->params[2];
    if (str_equal(reason, STR("silence")) && !slot_id_is_none(floor->speaker) &&
        !floor->is_unknown && sim->now_ms - floor->spoken_ms < floor->silence_ms)
        sim_fail(sim, "silence in %s too early", floor->name);
    if (str_equal(reason, STR("skipped")) || str_equal(reason, STR("silence")))
        floor->speaker = SLOT_ID_NONE;
    floor->is_unknown = false;
}

/* A message to a channel has been accepted. */
static void
follow_speech(struct sim *sim, const struct event *event)
{
    bool is_speech = !str_equal(event->command, STR("TAGMSG"));
    struct str name = event->params[0];
    if (!is_speech || !name_looks_like_channel(name))
        return;
    struct sim_floor *floor = floor_of(sim, name);
    struct slot_id speaker = sim->acting->user;
    if (floor == NULL)
        return; /* a filter has ended the sender further on in the same line, and so the channel */
    if (!floor->is_unknown && !may_speak(sim, floor, speaker))
        sim_fail(sim, "%s speaks out of turn in %s", sim->acting->nick_ahead, floor->name);
    bool is_in = is_member(sim, name, speaker);
    if (!floor->is_on || count_others(sim, name, speaker) == 0)
        return;
    floor->speaker = speaker;
    floor->spoken_ms = sim->now_ms;
    floor->was_member = is_in;
    floor->is_unknown = false;
}

/* Messages have been accepted that no client has got: who spoke last is not known there. */
static void
follow_unheard(struct sim *sim)
{
    struct str targets = sim->acting_msg->params[0];
    bool is_known = !str_equal_ascii_nocase(sim->acting_msg->command, STR("BATCH"));
    while (is_known && targets.ptr != NULL) {
        struct str target = str_cut(&targets, ',');
        struct sim_floor *floor = name_looks_like_channel(target) ? floor_of(sim, target) : NULL;
        if (floor != NULL)
            floor->is_unknown = true;
    }
    for (size_t i = 0; !is_known && i < sim->floor_count; i++)
        sim->floors[i].is_unknown = true;
}

/* A refusal because of the turn: it must not be the sender's turn. */
static void
check_refusal(struct sim *sim, const struct event *event)
{
    struct str name = STR("");
    bool is_fail = event->kind == EVENT_STANDARD_REPLY && event->param_count > 2 &&
                   str_equal(event->params[1], STR("FLOOR_REQUIRED"));
    bool is_numeric = event->kind == EVENT_REPLY && event->numeric == ERR_CANNOTSENDTOCHAN &&
                      str_starts_with(event->params[2], STR("Not your turn"));
    if (is_fail)
        name = event->params[2];
    else if (is_numeric)
        name = event->params[1];
    else
        return;
    sim->floor_refusals++;
    if (sim->acting == NULL ||
        str_find_byte(sim->acting_msg->params[0], ',') < sim->acting_msg->params[0].len)
        return; /* several targets: the turn may have been taken by the line itself */
    struct sim_floor *floor = floor_of(sim, name);
    if (floor == NULL || (!floor->is_unknown && may_speak(sim, floor, sim->acting->user)))
        sim_fail(sim, "%s may speak in %.*s and is refused", sim->acting->nick_ahead,
                 STR_ARG(name));
}

/* A refusal because of a rate: something must be limited, and the wait must be one. METADATA has a
 * limit of its own, whatever the configuration says. */
static void
check_wait(struct sim *sim, const struct event *event)
{
    bool is_fail = event->kind == EVENT_STANDARD_REPLY && event->param_count > 2 &&
                   str_equal(event->params[1], STR("RATE_LIMITED"));
    bool is_numeric = event->kind == EVENT_REPLY && event->numeric == RPL_TRYAGAIN &&
                      !str_equal(event->params[1], STR("OPER"));
    if (!is_fail && !is_numeric)
        return;
    sim->rate_refusals++;
    const struct hub_config *config = &sim->configs[sim->config];
    uint64_t limited = config->newcomer_wait_ms > 0 ? 1 : 0;
    for (size_t i = 0; i < RATE_COUNT; i++)
        limited += config->rates[i].count;
    uint64_t wait_s = 1;
    bool is_metadata = is_fail && str_equal(event->params[0], STR("METADATA"));
    size_t at = is_metadata ? 4 : 2;
    if ((limited == 0 && !is_metadata) ||
        (is_fail && (at >= event->param_count ||
                     !number_parse_u64(event->params[at], UINT32_MAX, &wait_s) || wait_s == 0)))
        sim_fail(sim, "a wait for nothing: %.*s", STR_ARG(event->params[event->param_count - 1]));
}

/* --- messages --- */

/* The message for one client, as it will see it: its tokens in the order in which they stand. */
static void
expect_message(struct sim_client *client, const struct event *event)
{
    bool is_tagmsg = str_equal(event->command, STR("TAGMSG"));
    bool has_tags = (client->session->caps_ahead & CAP(MESSAGE_TAGS)) != 0;
    if (is_tagmsg && !has_tags)
        return;
    uint64_t token;
    size_t at = 0;
    while (has_tags && sim_next_token(event->client_tags, &at, &token))
        expect(client, token);
    for (size_t i = 1; i < event->param_count; i++) {
        at = 0;
        while (sim_next_token(event->params[i], &at, &token))
            expect(client, token);
    }
}

/* All sessions of a user, but for the sender's own. */
static void
expect_at_user(struct sim *sim, const struct event *event, struct slot_id user)
{
    list_for_each(node, &sim->clients) {
        struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (client != sim->acting && slot_id_equal(client->user, user))
            expect_message(client, event);
    }
}

/* Members with at least a rank, but for the session that has sent it. */
static void
expect_in_channel(struct sim *sim, const struct event *event, struct str name, uint32_t rank)
{
    struct hub_member_view view;
    for (size_t i = 0; hub_member_at(sim->rig->hub, name, i, &view); i++) {
        const struct rank_row *row = view.prefix == '\0' ? NULL : rank_find_prefix(view.prefix);
        if ((row == NULL ? 0 : row->rank) >= rank)
            expect_at_user(sim, event, view.user);
    }
}

/* To somebody: all its sessions, and all others of the sender but those of the plain door. */
static void
follow_private(struct sim *sim, const struct event *event)
{
    struct sim_client *sender = sim->acting;
    struct str target = event->params[0];
    const struct sim_client *recipient = client_of_nick(sim, target); /* before this line */
    struct hub_user_view view;
    if (recipient == NULL && !hub_user_named(sim->rig->hub, target, &view))
        sim_fail(sim, "a message for nobody: %.*s", STR_ARG(target));
    struct slot_id user = recipient == NULL ? view.id : recipient->user;
    expect_at_user(sim, event, user);
    if (slot_id_equal(user, sender->user)) {
        expect_message(sender, event);
        return;
    }
    list_for_each(node, &sim->clients) {
        struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (client != sender && slot_id_equal(client->user, sender->user) && !client->is_plain)
            expect_message(client, event);
    }
}

static void
follow_message(struct sim *sim, const struct event *event)
{
    struct sim_client *sender = sim->acting;
    bool is_from_server = str_find_byte(event->source, '!') == event->source.len ||
                          service_find(event_nick(event)) != NULL ||
                          str_equal(event_nick(event), STR("*playback")) ||
                          str_equal(event_nick(event), STR("HistServ")) ||
                          event->relayed_by.len > 0; /* said by nobody who is here */
    if (sender == NULL || is_from_server)
        return;
    struct str target = event->params[0];
    sim->messages_seen++;
    if (!str_equal(str_take(event->source, str_find_byte(event->source, '!')),
                   str_from_nul(sender->nick_ahead)))
        sim_fail(sim, "%s sends as %.*s", sender->nick_ahead, STR_ARG(event->source));
    if (name_looks_like_channel(target)) {
        expect_in_channel(sim, event, target, 0);
    } else if (name_looks_like_channel(str_skip(target, 1))) {
        const struct rank_row *row = rank_find_prefix(target.ptr[0]);
        assert(row != NULL);
        expect_in_channel(sim, event, str_skip(target, 1), row->rank);
    } else {
        follow_private(sim, event);
    }
    if (sender->session->caps_ahead & CAP(ECHO_MESSAGE))
        expect_message(sender, event);
    follow_speech(sim, event);
}

/* --- the outbox --- */

/* The events in the outbox, each once, in the order in which they were made. */
struct event_list {
    size_t count;
    const struct event *items[EVENTS_MAX];
};

/* A clone for a label or a batch tells of the same. */
static bool
is_same(const struct event *a, const struct event *b)
{
    return a == b || (a->kind == b->kind && a->msgid != 0 && a->msgid == b->msgid);
}

static void
add_event(struct event_list *list, const struct event *event)
{
    bool is_followed = event->kind == EVENT_MESSAGE || event->kind == EVENT_JOIN ||
                       event->kind == EVENT_MODE || event->kind == EVENT_FLOOR;
    if (!is_followed)
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (is_same(list->items[i], event))
            return;
    }
    assert(list->count < EVENTS_MAX);
    list->items[list->count++] = event;
}

/* What happened before, and is told again: the events of a page are in a batch, or messages. */
static bool
is_of_history(const struct sim *sim, const struct event *event)
{
    bool is_old = event->msgid != 0 && event->msgid <= sim->history.last_msgid;
    return sim_history_is_old(sim, event) || (is_old && event->batch != 0);
}

static void
sort_by_msgid(struct event_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        const struct event *event = list->items[i];
        size_t at = i;
        for (; at > 0 && list->items[at - 1]->msgid > event->msgid; at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = event;
    }
}

static void
follow_own_delivery(struct sim *sim, uint32_t home, const struct delivery *delivery)
{
    struct sim_client *client = client_of_peer(sim, home, delivery->peer);
    if (client == NULL)
        sim_fail(sim, "a delivery for nobody at home %u", home);
    if (client->is_gone_ahead)
        sim_fail(sim, "a delivery for client %u after its close", client->session->number);
    if (delivery->kind == DELIVERY_SESSION_CLOSE)
        client->is_gone_ahead = true;
    if (delivery->kind != DELIVERY_TO_SESSION)
        return;
    const struct event *event = delivery->event;
    uint64_t token;
    size_t at = 0;
    if (sim_history_is_old(sim, event))
        expect_message(client, event);
    if (event->kind == EVENT_CONTROL && str_equal(event->command, STR("PONG")) &&
        sim_next_token(event->params[1], &at, &token))
        expect(client, token);
    check_refusal(sim, event);
    check_wait(sim, event);
}

static void
follow_event(struct sim *sim, const struct event *event)
{
    switch (event->kind) {
    case EVENT_JOIN:
        note_channel(sim, event->params[0]);
        break;
    case EVENT_MODE:
        follow_mode(sim, event);
        break;
    case EVENT_MESSAGE:
        follow_message(sim, event);
        break;
    case EVENT_FLOOR:
        follow_free(sim, event);
        break;
    case EVENT_RENAME: /* see follow_rename */
    case EVENT_NICK:   /* see follow_users, and whether the clients believe the same */
    case EVENT_PART:
    case EVENT_QUIT:
    case EVENT_KICK:
    case EVENT_TOPIC:
    case EVENT_INVITE:
    case EVENT_AWAY:
    case EVENT_ACCOUNT:
    case EVENT_SETNAME:
    case EVENT_CHGHOST:
    case EVENT_WALLOPS:
    case EVENT_REPLY:
    case EVENT_STANDARD_REPLY:
    case EVENT_CONTROL:
        break;
    }
}

void
sim_model_posting(void *context)
{
    struct sim *sim = context;
    const struct outbox *outbox = hub_outbox(sim->rig->hub);
    if (sim->rig->now_ms > sim->now_ms)
        sim->now_ms = sim->rig->now_ms;
    sim_history_posting(sim);
    sim_line_posting(sim);
    follow_rename(sim);
    struct event_list list;
    struct event_list messages;
    list.count = 0;
    messages.count = 0;
    for (size_t i = 0; i < outbox->touched_count; i++) {
        uint32_t home = outbox->touched[i];
        const struct deliveries *deliveries = &outbox->homes[home].deliveries;
        for (size_t d = 0; d < deliveries->count; d++) {
            const struct delivery *delivery = &deliveries->items[d];
            bool is_shared =
                delivery->kind == DELIVERY_TO_CHANNEL || delivery->kind == DELIVERY_TO_CHANNELS;
            if (!is_shared)
                follow_own_delivery(sim, home, delivery);
            bool is_live = is_shared || delivery->kind == DELIVERY_TO_SESSION;
            if (is_live && !is_of_history(sim, delivery->event))
                add_event(delivery->event->kind == EVENT_MESSAGE ? &messages : &list,
                          delivery->event);
        }
    }
    sort_by_msgid(&messages);
    for (size_t i = 0; i < messages.count; i++)
        follow_event(sim, messages.items[i]);
    for (size_t i = 0; i < list.count; i++)
        follow_event(sim, list.items[i]);
    follow_users(sim);
    follow_leaving(sim);
    sim_history_posted(sim);
}

void
sim_model_before(void *context, struct rig_session *session, const struct irc_msg *msg)
{
    struct sim *sim = context;
    sim->acting = session->owner;
    sim->acting_msg = msg;
    sim->lines_in++;
    sim_trace(sim, "client %u: %.*s %.*s %.*s %.*s %.*s", session->number, STR_ARG(msg->command),
              STR_ARG(msg->param_count > 0 ? msg->params[0] : STR("")),
              STR_ARG(msg->param_count > 1 ? msg->params[1] : STR("")),
              STR_ARG(msg->param_count > 2 ? msg->params[2] : STR("")),
              STR_ARG(msg->param_count > 3 ? msg->params[3] : STR("")));
    sim_label_sent(sim->acting, msg);
    sim_history_asking(sim->acting, msg);
    sim->messages_before = hub_counts(sim->rig->hub).messages;
    sim->messages_seen = 0;
}

void
sim_model_after(void *context, struct rig_session *session, const struct irc_msg *msg,
                enum hub_verdict verdict)
{
    (void)msg;
    struct sim *sim = context;
    struct sim_client *client = session->owner;
    if (client != NULL && verdict != HUB_WAIT)
        client->asked.kind = SIM_ASKED_NOTHING; /* refused at once */
    sim->listings += verdict == HUB_MORE ? 1 : 0;
    if (hub_counts(sim->rig->hub).messages - sim->messages_before > sim->messages_seen)
        follow_unheard(sim);
    sim->acting = NULL;
    sim->acting_msg = NULL;
    hub_check(sim->rig->hub);
}

void
sim_model_settled(struct sim *sim)
{
    list_for_each(node, &sim->clients) {
        struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (client->expected.count > 0)
            sim_fail(sim, "client %u (%s) never got %llx", client->session->number, client->nick,
                     (unsigned long long)client->expected.tokens[client->expected.head]);
        sim_label_settled(client);
        if (client->is_gone_ahead && !client->has_closed)
            sim_fail(sim, "client %u was never closed", client->session->number);
    }
}

void
sim_model_deinit(struct sim *sim)
{
    sim_history_deinit(&sim->history);
    cf_free(sim->floors);
    cf_free(sim->known);
}
