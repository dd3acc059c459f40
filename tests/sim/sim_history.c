/*
 * What history must be like. The model keeps, for each channel and each conversation, what was put
 * on record, by where it was said and not by what the hub calls that place; what was redacted goes.
 * Whatever a session then gets of what was said before must be in there, as it was said, in the
 * same order, without gaps, and must be for that user: of a channel that it is in, from the same
 * life of that channel; of a conversation that its account is a party of, since there is that
 * account.
 *
 * What CHATHISTORY answers is worked out from the parameters alone: which messages are in question,
 * and that none of them is missing. Of a channel with QUERY-CUTOFF those since one has joined are;
 * a search for all finds as many of them as it may, whatever else was said last.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "base/msgid.h"
#include "base/number.h"
#include "base/server_time.h"
#include "hub/capability.h"
#include "hub/event.h"
#include "hub/outbox.h"
#include "hub/page.h"
#include "hub/service.h"
#include "sim.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* --- what was said --- */

/* FNV-1a. */
static uint64_t
digest(uint64_t so_far, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        so_far = (so_far ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001B3);
    return (so_far ^ bytes.len) * UINT64_C(0x100000001B3);
}

/* All of it but the target, whose name may change. */
static uint64_t
digest_of(const struct event *event)
{
    uint64_t sum = digest(UINT64_C(0xCBF29CE484222325), event->source);
    sum = digest(sum, event->account);
    sum = digest(sum, event->command);
    sum = digest(sum, event->client_tags);
    sum = digest(sum, event->joints);
    for (size_t i = 1; i < event->param_count; i++)
        sum = digest(sum, event->params[i]);
    return sum ^ (uint64_t)event->wall_ms;
}

static struct sim_said *
find_said(struct sim_history *history, uint64_t msgid)
{
    size_t low = 0;
    size_t high = history->said_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->said[middle].msgid < msgid)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < history->said_count && history->said[low].msgid == msgid;
    return is_found ? &history->said[low] : NULL;
}

static size_t
add_place(struct sim_history *history, struct slot_id channel, struct str parties)
{
    history->places = cf_array_reserve(history->places, &history->place_capacity,
                                       history->place_count + 1, sizeof *history->places);
    struct sim_place *place = &history->places[history->place_count];
    *place = (struct sim_place){.channel = channel};
    assert(parties.len < sizeof place->parties);
    if (parties.len > 0)
        memcpy(place->parties, parties.ptr, parties.len);
    return history->place_count++;
}

static size_t
place_of_channel(struct sim_history *history, struct slot_id channel)
{
    for (size_t i = 0; i < history->place_count; i++) {
        if (slot_id_equal(history->places[i].channel, channel))
            return i;
    }
    return add_place(history, channel, STR(""));
}

static size_t
place_of_parties(struct sim_history *history, struct str parties)
{
    for (size_t i = 0; i < history->place_count; i++) {
        const struct sim_place *place = &history->places[i];
        if (slot_id_is_none(place->channel) && str_equal(str_from_nul(place->parties), parties))
            return i;
    }
    return add_place(history, SLOT_ID_NONE, parties);
}

/* --- accounts --- */

/* What is known of a name of an account; it is new when nobody has told of it. */
static struct sim_account *
account_of(struct sim_history *history, struct str name)
{
    for (size_t i = 0; i < history->account_count; i++) {
        if (name_equal(str_from_nul(history->accounts[i].name), name))
            return &history->accounts[i];
    }
    history->accounts = cf_array_reserve(history->accounts, &history->account_capacity,
                                         history->account_count + 1, sizeof *history->accounts);
    struct sim_account *account = &history->accounts[history->account_count++];
    *account = (struct sim_account){.since = 0};
    assert(name.len < sizeof account->name);
    memcpy(account->name, name.ptr, name.len);
    memcpy(account->first, name.ptr, name.len);
    return account;
}

void
sim_history_registered(struct sim *sim, struct str account)
{
    struct sim_account *made = account_of(&sim->history, account);
    made->since = msgid_first_at(sim->now_ms);
    made->created_ms = sim->now_ms;
}

void
sim_history_account_renamed(struct sim *sim, struct str account, struct str name)
{
    const struct sim_account old = *account_of(&sim->history, account);
    struct sim_account *renamed = account_of(&sim->history, name);
    memcpy(renamed->first, old.first, sizeof old.first);
    renamed->since = old.since;
    renamed->created_ms = old.created_ms;
}

void
sim_history_account_ended(struct sim *sim, struct str account)
{
    struct sim_history *history = &sim->history;
    const struct sim_account ended = *account_of(history, account);
    for (size_t i = 0; i < history->account_count; i++) {
        struct sim_account *name = &history->accounts[i];
        if (!name_equal(str_from_nul(name->first), str_from_nul(ended.first)))
            continue;
        memcpy(name->first, name->name, sizeof name->name);
        name->created_ms = 0;
    }
}

int64_t
sim_history_account_made(struct sim *sim, struct str account)
{
    return account_of(&sim->history, account)->created_ms;
}

/* What it is kept under. */
static void
put_first_name(const struct sim *sim, struct str name, struct buf *out)
{
    const struct sim_history *history = &sim->history;
    struct folded folded;
    for (size_t i = 0; i < history->account_count; i++) {
        if (name_equal(str_from_nul(history->accounts[i].name), name))
            name = str_from_nul(history->accounts[i].first);
    }
    if (name_fold(name, &folded))
        buf_put(out, folded_str(&folded));
}

/* --- conversations --- */

/* An account, or without one the nick behind '~'. */
static void
put_user(const struct sim *sim, struct str nick, struct str account, struct buf *out)
{
    struct folded folded;
    if (account.len > 0) {
        put_first_name(sim, account, out);
    } else if (name_fold(nick, &folded)) {
        buf_put_byte(out, '~');
        buf_put(out, folded_str(&folded));
    }
}

/* The same by the nick; an account's name when nobody has it, or whatever it is. */
static void
put_party(const struct sim *sim, struct str nick, struct buf *out)
{
    struct hub_user_view view;
    if (hub_user_named(sim->rig->hub, nick, &view))
        put_user(sim, nick, view.account, out);
    else
        put_first_name(sim, nick, out);
}

/* nick, account: of the one, who may have gone since. */
static void
put_parties(const struct sim *sim, struct str nick, struct str account, struct str other,
            struct buf *out)
{
    struct buf first;
    struct buf second;
    buf_init(&first, LIMIT_FOLDED_BYTES + 1);
    buf_init(&second, LIMIT_FOLDED_BYTES + 1);
    put_user(sim, nick, account, &first);
    put_party(sim, other, &second);
    bool is_in_order = str_compare(buf_str(&first), buf_str(&second)) <= 0;
    buf_put(out, buf_str(is_in_order ? &first : &second));
    buf_put_byte(out, ' ');
    buf_put(out, buf_str(is_in_order ? &second : &first));
    buf_deinit(&first);
    buf_deinit(&second);
}

static bool
is_party(const struct sim *sim, const struct sim_place *place, struct str account)
{
    struct str rest = str_from_nul(place->parties);
    struct str first = str_cut(&rest, ' ');
    struct buf own;
    buf_init(&own, LIMIT_FOLDED_BYTES);
    if (account.len > 0)
        put_first_name(sim, account, &own);
    bool is_one =
        own.len > 0 && (str_equal(first, buf_str(&own)) || str_equal(rest, buf_str(&own)));
    buf_deinit(&own);
    return is_one;
}

/* --- who may read --- */

/* What a channel is called now; empty when it has ended. */
static struct str
name_of(const struct sim *sim, struct slot_id channel)
{
    for (size_t i = 0; i < sim->known_count; i++) {
        struct str name = str_from_nul(sim->known[i].spelled);
        struct slot_id id;
        if (hub_channel_id(sim->rig->hub, name, &id) && slot_id_equal(id, channel))
            return name;
    }
    return STR("");
}

static bool
find_member(const struct sim *sim, struct slot_id channel, struct slot_id user,
            struct hub_member_view *view_out)
{
    struct str name = name_of(sim, channel);
    for (size_t m = 0; name.len > 0 && hub_member_at(sim->rig->hub, name, m, view_out); m++) {
        if (slot_id_equal(view_out->user, user))
            return true;
    }
    return false;
}

static bool
may_read(struct sim *sim, size_t at, const struct hub_user_view *user)
{
    const struct sim_place *place = &sim->history.places[at];
    struct hub_member_view member;
    return slot_id_is_none(place->channel) ? is_party(sim, place, user->account)
                                           : find_member(sim, place->channel, user->id, &member);
}

/* Ids of what a user may not see of a place that it may read: those up to this one. */
static uint64_t
unseen_up_to(struct sim *sim, size_t at, const struct hub_user_view *user)
{
    struct slot_id channel = sim->history.places[at].channel;
    struct hub_member_view member;
    if (!slot_id_is_none(channel)) {
        uint64_t first =
            find_member(sim, channel, user->id, &member) ? msgid_first_at(member.reads_from_ms) : 0;
        return first == 0 ? 0 : first - 1;
    }
    if (user->account.len == 0)
        return 0;
    uint64_t since = account_of(&sim->history, user->account)->since;
    return since == 0 ? 0 : since - 1;
}

/* --- what is put on record --- */

static bool
is_message(const struct event *event)
{
    return event->kind == EVENT_MESSAGE && event->msgid != 0;
}

static size_t
place_of_event(struct sim *sim, const struct event *event, struct str recorded_under)
{
    struct str target = event->params[0];
    struct slot_id id;
    struct buf parties;
    if (name_looks_like_channel(target)) {
        if (!hub_channel_id(sim->rig->hub, target, &id))
            return place_of_parties(&sim->history, STR("")); /* it has ended: nobody reads that */
        return place_of_channel(&sim->history, id);
    }
    buf_init(&parties, 2 * LIMIT_FOLDED_BYTES + 3);
    put_parties(sim, event_nick(event), event->account, target, &parties);
    if (!str_equal(buf_str(&parties), recorded_under))
        sim_fail(sim, "what %.*s says to %.*s is kept under %.*s, not %.*s", STR_ARG(event->source),
                 STR_ARG(target), STR_ARG(recorded_under), STR_ARG(buf_str(&parties)));
    size_t place = place_of_parties(&sim->history, buf_str(&parties));
    buf_deinit(&parties);
    return place;
}

static void
follow_record(struct sim *sim, const struct record *record)
{
    struct sim_history *history = &sim->history;
    const struct event *event = record->event;
    if (!is_message(event))
        return;
    if (history->said_count > 0 && history->said[history->said_count - 1].msgid >= event->msgid)
        sim_fail(sim, "records are not in the order of their ids: %.*s", STR_ARG(event->source));
    size_t place = place_of_event(sim, event, record->targets);
    history->said = cf_array_reserve(history->said, &history->said_capacity,
                                     history->said_count + 1, sizeof *history->said);
    struct folded account;
    if (event->account.len == 0 || !name_fold(event->account, &account))
        account.len = 0;
    history->said[history->said_count++] = (struct sim_said){
        .account = account,
        .msgid = event->msgid,
        .digest = digest_of(event),
        .place = place,
        .has_text = event->param_count > 1,
    };
}

static void
follow_redaction(struct sim *sim, uint64_t msgid)
{
    struct sim_said *said = find_said(&sim->history, msgid);
    if (said == NULL || said->is_gone)
        sim_fail(sim, "something is redacted that is not there");
    said->is_gone = true;
    sim->history.redactions++;
}

static void
follow_erasure(struct sim *sim, const struct record *record)
{
    struct sim_history *history = &sim->history;
    for (size_t i = 0; i < history->said_count; i++) {
        if (history->said[i].msgid >= record->msgid &&
            str_equal(folded_str(&history->said[i].account), record->key))
            history->said[i].is_gone = true;
    }
    history->erasures++;
}

/* --- what a session gets of it --- */

/* The items of a page, as far as they are messages; what else there is counts. */
struct got {
    struct sim_client *client;
    struct hub_user_view user;
    size_t count;   /* items of all kinds */
    size_t bytes;   /* about */
    uint64_t first; /* ids of all kinds; 0: none */
    uint64_t last;
    size_t place; /* of the messages */
    size_t messages;
    size_t in_channels;   /* of them */
    size_t before_middle; /* of AROUND, items of all kinds */
    bool has_resumed;     /* the session waits no longer */
    bool is_refused;      /* FAIL CHATHISTORY */
    bool is_end;          /* as the batch says */
};

/* One thing that was said before, and comes to a session now. */
static void
check_said(struct sim *sim, struct got *got, const struct event *event)
{
    const struct sim_client *client = got->client;
    const struct sim_said *said = find_said(&sim->history, event->msgid);
    if (said == NULL)
        sim_fail(sim, "client %u gets what was not kept: %.*s", client->session->number,
                 STR_ARG(event->source));
    if (said->is_gone)
        sim_fail(sim, "client %u gets what is gone: %.*s", client->session->number,
                 STR_ARG(event->source));
    if (!may_read(sim, said->place, &got->user))
        sim_fail(sim, "client %u (%s) gets what it may not read: %.*s", client->session->number,
                 client->nick_ahead, STR_ARG(event->source));
    if (said->msgid <= unseen_up_to(sim, said->place, &got->user))
        sim_fail(sim, "client %u (%s) gets what was said before its time", client->session->number,
                 client->nick_ahead);
    /* In a replay the time may stand before the text. */
    bool is_verbatim = client->asked.kind != SIM_ASKED_NOTHING ||
                       (client->session->caps_ahead & CAP(SERVER_TIME)) != 0;
    if (is_verbatim && digest_of(event) != said->digest)
        sim_fail(sim, "client %u gets something else than what was said: %.*s %.*s",
                 client->session->number, STR_ARG(event->source),
                 STR_ARG(event->param_count > 1 ? event->params[1] : STR("")));
    got->place = said->place;
    got->messages++;
    got->in_channels += slot_id_is_none(sim->history.places[said->place].channel) ? 0 : 1;
    sim->history.replayed++;
}

/* The messages of a place that are in question, from one id to another, both outside. */
static size_t
count_between(const struct sim_history *history, const struct sim_asked *asked, uint64_t after,
              uint64_t before)
{
    size_t count = 0;
    for (size_t i = 0; i < history->said_count; i++) {
        const struct sim_said *said = &history->said[i];
        bool is_in_question = said->place == asked->place && !said->is_gone &&
                              (said->has_text || asked->has_all) && said->msgid > after &&
                              said->msgid < before;
        count += is_in_question ? 1 : 0;
    }
    return count;
}

/* Messages that had been said when the page was asked for must be there: see the callers. */
static void
check_none_missing(struct sim *sim, const struct got *got, uint64_t after, uint64_t before)
{
    const struct sim_asked *asked = &got->client->asked;
    uint64_t end = before <= asked->last_msgid ? before : asked->last_msgid + 1;
    size_t missing = count_between(&sim->history, asked, after, end);
    if (missing > 0)
        sim_fail(sim, "%zu messages are missing in what client %u (%s) has asked for", missing,
                 got->client->session->number, got->client->nick_ahead);
}

/* AROUND: half of the page is from before that id, and the rest from it on. */
static void
check_sides(struct sim *sim, const struct got *got, uint64_t after)
{
    const struct sim_asked *asked = &got->client->asked;
    uint32_t half = asked->limit / 2;
    uint64_t middle = asked->around - 1 > after ? asked->around - 1 : after;
    if (got->before_middle < half && got->bytes < LIMIT_PAGE_BYTES / 2)
        check_none_missing(sim, got, after, got->before_middle > 0 ? got->first : asked->around);
    if (got->count - got->before_middle < asked->limit - half && got->bytes < LIMIT_PAGE_BYTES / 2)
        check_none_missing(sim, got, got->count > got->before_middle ? got->last : middle,
                           asked->before);
}

/* What is between the first and the last must be there; and whether anything may be beyond. */
static void
check_page(struct sim *sim, const struct got *got)
{
    const struct sim_asked *asked = &got->client->asked;
    uint64_t unseen = unseen_up_to(sim, asked->place, &got->user);
    uint64_t after = asked->after > unseen ? asked->after : unseen;
    if (got->messages > 0 && got->place != asked->place)
        sim_fail(sim, "client %u gets the history of something else", got->client->session->number);
    if (got->count > asked->limit)
        sim_fail(sim, "client %u gets more than it has asked for", got->client->session->number);
    if (got->count > 0 && (got->first <= after || got->last >= asked->before))
        sim_fail(sim, "client %u gets what it has not asked for", got->client->session->number);
    if (got->count > 0) {
        size_t between = count_between(&sim->history, asked, got->first - 1, got->last + 1);
        if (between != got->messages)
            sim_fail(sim, "client %u gets %zu messages of %zu", got->client->session->number,
                     got->messages, between);
    }
    sim->history.pages++;
    if (asked->around != 0) {
        check_sides(sim, got, after);
    } else if (got->count == 0) {
        check_none_missing(sim, got, after, asked->before);
    } else {
        bool is_all =
            got->is_end || (got->count < asked->limit && got->bytes < LIMIT_PAGE_BYTES / 2);
        if (asked->is_newest || is_all)
            check_none_missing(sim, got, got->last, asked->before);
        if (!asked->is_newest || is_all)
            check_none_missing(sim, got, after, got->first);
    }
}

static void
check_answer(struct sim *sim, const struct got *got)
{
    struct sim_asked *asked = &got->client->asked;
    bool may = may_read(sim, asked->place, &got->user);
    const struct sim_place *place = &sim->history.places[asked->place];
    bool has_ended = !slot_id_is_none(place->channel) && name_of(sim, place->channel).len == 0;
    asked->kind = SIM_ASKED_NOTHING;
    if (has_ended)
        return; /* the answer is that of another of the same name, if there is one */
    /* Under a new name it has to be asked for again; and who has changed the account, or does not
     * want to read conversations any more, while the page was read, is refused. */
    bool is_same = !slot_id_is_none(place->channel) &&
                   name_equal(name_of(sim, place->channel), str_from_nul(asked->target));
    if (got->is_refused && may && asked->might && is_same)
        sim_fail(sim, "client %u (%s) may read and is refused", got->client->session->number,
                 got->client->nick_ahead);
    if (!got->is_refused && !may)
        sim_fail(sim, "client %u (%s) may not read and is answered", got->client->session->number,
                 got->client->nick_ahead);
    /* What was erased while a page was read is left out of it: it may be shorter then. */
    if (!got->is_refused && asked->erasures == sim->history.erasures)
        check_page(sim, got);
}

/* --- searches --- */

/* What the user may read in channels, and from when on: differs when that has changed. */
static uint64_t
digest_readable(struct sim *sim, const struct hub_user_view *user)
{
    uint64_t sum = sim->history.redactions + sim->history.erasures;
    for (size_t i = 0; i < sim->history.place_count; i++) {
        if (slot_id_is_none(sim->history.places[i].channel) || !may_read(sim, i, user))
            continue;
        const uint64_t readable[] = {i, unseen_up_to(sim, i, user)};
        sum = digest(sum, (struct str){.ptr = (const char *)readable, .len = sizeof readable});
    }
    return sum;
}

/* The newest that was said in channels, as many as were asked for or all of them. What was said in
 * private takes places, too, but only some want it. */
static void
check_found(struct sim *sim, const struct got *got)
{
    struct sim_asked *asked = &got->client->asked;
    struct sim_history *history = &sim->history;
    asked->kind = SIM_ASKED_NOTHING;
    if (got->is_refused || got->bytes >= LIMIT_PAGE_BYTES / 2 ||
        asked->readable != digest_readable(sim, &got->user))
        return;
    uint64_t first = got->count < asked->limit ? 1 : got->first;
    size_t count = 0;
    for (size_t i = 0; i < history->said_count; i++) {
        const struct sim_said *said = &history->said[i];
        bool is_in_question = said->msgid >= first && said->msgid <= asked->last_msgid &&
                              said->has_text && !said->is_gone &&
                              !slot_id_is_none(history->places[said->place].channel) &&
                              may_read(sim, said->place, &got->user) &&
                              said->msgid > unseen_up_to(sim, said->place, &got->user);
        count += is_in_question ? 1 : 0;
    }
    history->searches++;
    if (got->in_channels < count || got->count > asked->limit)
        sim_fail(sim, "client %u (%s) finds %zu messages of %zu", got->client->session->number,
                 got->client->nick_ahead, got->in_channels, count);
}

/* --- the outbox --- */

bool
sim_history_is_old(const struct sim *sim, const struct event *event)
{
    return is_message(event) && event->msgid <= sim->history.last_msgid;
}

/* An item of a page: everything in it was there before. */
static void
take_item(struct sim *sim, struct got *got, const struct event *event)
{
    if (event->msgid <= got->last)
        sim_fail(sim, "client %u gets history that is not in order", got->client->session->number);
    got->first = got->count == 0 ? event->msgid : got->first;
    got->last = event->msgid;
    got->count++;
    got->before_middle += event->msgid < got->client->asked.around ? 1 : 0;
    got->bytes += event->source.len + event->client_tags.len;
    for (size_t i = 0; i < event->param_count; i++)
        got->bytes += event->params[i].len;
    got->client->has_old_lines = got->client->has_old_lines || event->batch == 0;
    if (is_message(event))
        check_said(sim, got, event);
}

static void
take_delivery(struct sim *sim, struct got *got, const struct delivery *delivery)
{
    if (delivery->kind == DELIVERY_SESSION_RESUME)
        got->has_resumed = true;
    if (delivery->kind != DELIVERY_TO_SESSION)
        return;
    const struct event *event = delivery->event;
    bool is_chathistory = event->param_count > 1 && str_equal(event->params[1], STR("chathistory"));
    if (event->kind == EVENT_CONTROL && is_chathistory && str_equal(event->command, STR("BATCH"))) {
        got->is_end = str_equal(event->client_tags, STR("draft/chathistory-end"));
        got->count = 0; /* a replay of several channels */
        got->messages = 0;
        got->last = 0;
    } else if (event->kind == EVENT_STANDARD_REPLY &&
               (str_equal(event->params[0], STR("CHATHISTORY")) ||
                str_equal(event->params[0], STR("SEARCH")))) {
        got->is_refused = true;
    } else if (event->msgid != 0 && event->msgid <= sim->history.last_msgid &&
               (is_message(event) || event->batch != 0)) {
        take_item(sim, got, event);
    }
}

/* What one session gets, if there is anything of what was before. */
static void
follow_session(struct sim *sim, struct sim_client *client)
{
    struct outbox *outbox = hub_outbox(sim->rig->hub);
    struct got got = {.client = client};
    if (client->is_gone_ahead || client->session->home >= outbox->home_count ||
        !hub_user_of(sim->rig->hub, client->session->id, &got.user))
        return;
    const struct deliveries *deliveries = &outbox->homes[client->session->home].deliveries;
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct delivery *delivery = &deliveries->items[i];
        bool is_own =
            delivery->kind == DELIVERY_TO_SESSION || delivery->kind == DELIVERY_SESSION_RESUME;
        if (is_own && slot_id_equal(delivery->peer, client->session->recipient.peer))
            take_delivery(sim, &got, delivery);
    }
    if (client->asked.kind == SIM_ASKED_EVENTS && got.has_resumed)
        check_answer(sim, &got);
    else if (client->asked.kind == SIM_ASKED_FOUND && got.has_resumed)
        check_found(sim, &got);
    else if (got.has_resumed)
        client->asked.kind = SIM_ASKED_NOTHING;
}

static void
note_ids(struct sim *sim, uint64_t *last)
{
    const struct outbox *outbox = hub_outbox(sim->rig->hub);
    for (size_t i = 0; i < outbox->touched_count; i++) {
        const struct deliveries *deliveries = &outbox->homes[outbox->touched[i]].deliveries;
        for (size_t d = 0; d < deliveries->count; d++) {
            const struct delivery *delivery = &deliveries->items[d];
            bool has_event = delivery->kind == DELIVERY_TO_SESSION ||
                             delivery->kind == DELIVERY_TO_CHANNEL ||
                             delivery->kind == DELIVERY_TO_CHANNELS;
            if (has_event && delivery->event->msgid > *last)
                *last = delivery->event->msgid;
        }
    }
}

void
sim_history_posting(struct sim *sim)
{
    const struct outbox *outbox = hub_outbox(sim->rig->hub);
    for (size_t i = 0; i < outbox->records.count; i++) {
        const struct record *record = &outbox->records.items[i];
        if (record->kind == RECORD_EVENT)
            follow_record(sim, record);
        else if (record->kind == RECORD_REDACT)
            follow_redaction(sim, record->msgid);
        else if (record->kind == RECORD_ERASE)
            follow_erasure(sim, record);
    }
    list_for_each(node, &sim->clients) {
        follow_session(sim, CONTAINER_OF(node, struct sim_client, in_sim));
    }
}

void
sim_history_posted(struct sim *sim)
{
    struct sim_history *history = &sim->history;
    note_ids(sim, &history->last_msgid);
    if (history->said_count > 0 &&
        history->said[history->said_count - 1].msgid > history->last_msgid)
        history->last_msgid = history->said[history->said_count - 1].msgid;
}

/* --- what is asked for --- */

/* Where the ids before and after a reference are. */
static bool
read_reference(struct str text, uint64_t *after_out, uint64_t *before_out)
{
    uint64_t id;
    int64_t wall_ms;
    if (str_starts_with(text, STR("msgid=")) && msgid_from_text(str_skip(text, 6), &id)) {
        *after_out = id;
        *before_out = id;
        return id > 0 && id < PAGE_BEFORE_MAX;
    }
    if (!str_starts_with(text, STR("timestamp=")) ||
        !server_time_parse(str_skip(text, 10), &wall_ms) || wall_ms <= 0)
        return false;
    *before_out = msgid_first_at(wall_ms);
    *after_out = msgid_first_at(wall_ms + 1) - 1;
    return *before_out > 0;
}

static bool
read_range(const struct irc_msg *msg, struct sim_asked *asked)
{
    struct str way = msg->params[0];
    struct str from = msg->params[2];
    uint64_t after;
    uint64_t before;
    asked->after = 0;
    asked->before = PAGE_BEFORE_MAX;
    if (str_equal(way, STR("LATEST")) && str_equal(from, STR("*"))) {
        asked->is_newest = true;
        return true;
    }
    if (!read_reference(from, &after, &before))
        return false;
    if (str_equal(way, STR("LATEST"))) {
        asked->is_newest = true;
        asked->after = after;
    } else if (str_equal(way, STR("BEFORE"))) {
        asked->is_newest = true;
        asked->before = before;
    } else if (str_equal(way, STR("AFTER"))) {
        asked->after = after;
    } else if (str_equal(way, STR("AROUND"))) {
        asked->around = before;
    } else {
        return false;
    }
    return true;
}

static bool
find_place(struct sim *sim, const struct sim_client *client, struct str target, size_t *place_out)
{
    struct slot_id id;
    if (name_looks_like_channel(target)) {
        bool is_there = hub_channel_id(sim->rig->hub, target, &id);
        if (is_there)
            *place_out = place_of_channel(&sim->history, id);
        return is_there;
    }
    struct hub_user_view user;
    struct str nick = str_from_nul(client->nick_ahead);
    bool is_there = hub_user_named(sim->rig->hub, nick, &user);
    struct buf parties;
    buf_init(&parties, 2 * LIMIT_FOLDED_BYTES + 3);
    put_parties(sim, nick, is_there ? user.account : STR(""), target, &parties);
    *place_out = place_of_parties(&sim->history, buf_str(&parties));
    buf_deinit(&parties);
    return true;
}

/* A search for anything, everywhere. */
static void
asking_for_all(struct sim_client *client, const struct irc_msg *msg,
               const struct hub_user_view *user)
{
    struct sim *sim = client->sim;
    uint64_t limit;
    if (msg->param_count == 1 && str_starts_with(msg->params[0], STR("limit=")) &&
        number_parse_u64(str_skip(msg->params[0], 6), LIMIT_SEARCH_RESULTS, &limit) && limit > 0)
        client->asked = (struct sim_asked){
            .kind = SIM_ASKED_FOUND,
            .limit = (uint32_t)limit,
            .last_msgid = sim->history.last_msgid,
            .readable = digest_readable(sim, user),
        };
}

void
sim_history_asking(struct sim_client *client, const struct irc_msg *msg)
{
    const uint64_t for_all = CAP(EVENT_PLAYBACK) | CAP(BATCH);
    struct sim *sim = client->sim;
    struct sim_asked asked = {
        .kind = SIM_ASKED_EVENTS,
        .last_msgid = sim->history.last_msgid,
        .erasures = sim->history.erasures,
    };
    struct hub_user_view user;
    uint64_t limit;
    client->asked.kind = SIM_ASKED_NOTHING;
    if (!hub_user_of(sim->rig->hub, client->session->id, &user))
        return;
    if (str_equal_ascii_nocase(msg->command, STR("SEARCH")))
        asking_for_all(client, msg, &user);
    if (!str_equal_ascii_nocase(msg->command, STR("CHATHISTORY")) || msg->param_count != 4 ||
        !number_parse_u64(msg->params[3], LIMIT_PAGE_EVENTS, &limit) || limit == 0 ||
        !read_range(msg, &asked) || !find_place(sim, client, msg->params[1], &asked.place))
        return;
    struct str target = str_take(msg->params[1], sizeof asked.target - 1);
    if (target.len > 0)
        memcpy(asked.target, target.ptr, target.len);
    asked.limit = (uint32_t)limit;
    asked.has_all = (client->session->caps_ahead & for_all) == for_all;
    asked.might = may_read(sim, asked.place, &user);
    client->asked = asked;
}

void
sim_history_deinit(struct sim_history *history)
{
    cf_free(history->said);
    cf_free(history->places);
    cf_free(history->accounts);
}
