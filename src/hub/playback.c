/* *playback; see playback.h. */
#include "hub/playback.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/msgid.h"
#include "base/number.h"
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/history.h"
#include "hub/page.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define SOURCE          STR("*playback!znc@znc.in")
#define SECONDS_MAX     INT64_C(253402300799) /* the end of the year 9999 */
#define FRACTION_DIGITS 9

static void
say(struct call *call, struct str text)
{
    struct event_spec spec = {
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .source = SOURCE,
        .params = (const struct str[]){call->user->nick, text},
        .param_count = 2,
        .is_last_text = true,
    };
    tell_session(call->hub, call->session, spec);
}

void
playback_say_target(struct call *call, struct str target, int64_t last_ms)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "%.*s 0 %lld.%03lld", STR_ARG(target), (long long)(last_ms / 1000),
               (long long)(last_ms % 1000));
    say(call, buf_str(&text));
    buf_deinit(&text);
}

/* --- times --- */

/* Seconds since 1970, with a fraction that is rounded to milliseconds. */
static bool
parse_time(struct str text, int64_t *wall_ms_out)
{
    struct str fraction = text;
    uint64_t seconds;
    uint64_t billionths = 0;
    if (!number_parse_u64(str_cut(&fraction, '.'), SECONDS_MAX, &seconds))
        return false;
    fraction = str_take(fraction, FRACTION_DIGITS);
    if (fraction.len > 0 && !number_parse_u64(fraction, UINT32_MAX, &billionths))
        return false;
    for (size_t i = fraction.len; i < FRACTION_DIGITS; i++)
        billionths *= 10;
    *wall_ms_out = (int64_t)(seconds * 1000 + (billionths + 500000) / 1000000);
    return true;
}

/* [from [to]]: false when they are no times. */
static bool
take_times(struct str words, struct replay_spec *spec)
{
    int64_t wall_ms;
    if (words.len > 0) {
        if (!parse_time(str_cut_word(&words), &wall_ms))
            return false;
        uint64_t first = msgid_first_at(wall_ms);
        spec->after = first == 0 ? 0 : first - 1;
    }
    if (words.len > 0) {
        if (!parse_time(str_cut_word(&words), &wall_ms))
            return false;
        spec->before = msgid_first_at(wall_ms);
    }
    return words.len == 0;
}

/* --- what was asked for before JOIN --- */

void
playback_forget(struct session *session)
{
    struct playback *playback = session->playback;
    session->playback = NULL;
    if (playback == NULL)
        return;
    str_free(&playback->targets);
    cf_free(playback);
}

static void
remember(struct call *call, struct str targets, const struct replay_spec *spec)
{
    playback_forget(call->session);
    struct playback *playback = cf_calloc_array(1, sizeof *playback);
    playback->targets = str_dup(targets);
    playback->spec = *spec;
    playback->set_ms = call->hub->now_ms;
    call->session->playback = playback;
}

static bool
names_channel(struct str targets, const struct channel *channel)
{
    while (targets.len > 0) {
        struct str target = str_cut(&targets, ',');
        if (str_equal(target, STR("*")) || name_equal(target, channel->name))
            return true;
    }
    return false;
}

const struct replay_spec *
playback_for(const struct hub *hub, const struct session *session, const struct channel *channel)
{
    const struct playback *playback = session->playback;
    if (playback == NULL || hub->now_ms - playback->set_ms > LIMIT_PLAYBACK_MS ||
        !names_channel(playback->targets, channel))
        return NULL;
    return &playback->spec;
}

/* --- the commands --- */

static void
add_all(struct call *call, struct replay *replay, const struct replay_spec *spec)
{
    for (size_t i = 0; i < call->user->membership_count; i++)
        replay_add_channel(replay, call->user->memberships[i].channel, spec);
    if (history_of_conversations_is_for(call->hub, call->user))
        replay_add_conversations(replay, spec);
}

static void
add_target(struct call *call, struct replay *replay, struct str target,
           const struct replay_spec *spec)
{
    const struct channel *channel = channel_find(call->hub, target);
    if (str_equal(target, STR("*")))
        add_all(call, replay, spec);
    else if (channel != NULL && user_membership(call->user, channel) != NULL)
        replay_add_channel(replay, channel, spec);
    else if (channel == NULL && target.len <= LIMIT_NICK_BYTES + 1 && target.len > 0 &&
             history_of_conversations_is_for(call->hub, call->user))
        replay_add_conversation(replay, call, target, spec);
}

static void
play(struct call *call, struct str words)
{
    struct str targets = str_cut_word(&words);
    struct replay_spec spec = {
        .before = call->hub->last_msgid + 1,
        .limit = LIMIT_PAGE_EVENTS,
        .has_joins = history_has_events_for(call->session),
    };
    if (targets.len == 0 || !take_times(words, &spec)) {
        say(call, STR("PLAY <channels and nicks with commas, or *> [from [to]], in seconds since "
                      "1970"));
        return;
    }
    remember(call, targets, &spec);
    struct replay *replay = replay_new(call);
    while (targets.len > 0)
        add_target(call, replay, str_cut(&targets, ','), &spec);
    replay_start(call, replay);
}

static void
list(struct call *call)
{
    if (!history_of_conversations_is_for(call->hub, call->user))
        return;
    struct replay *replay = replay_new(call);
    replay_set_listing(replay);
    replay_add_conversations(replay, &(struct replay_spec){
                                         .before = call->hub->last_msgid + 1,
                                         .limit = LIMIT_REPLAY_TARGETS,
                                     });
    replay_start(call, replay);
}

void
playback_execute(struct call *call, struct str text)
{
    struct str words = str_trim(text);
    struct str command = str_cut_word(&words);
    if (!rate_allows_query(call))
        return;
    if (str_equal_ascii_nocase(command, STR("PLAY")))
        play(call, words);
    else if (str_equal_ascii_nocase(command, STR("LIST")))
        list(call);
    else
        say(call, STR("PLAY plays what was said; LIST lists conversations. What is kept is up to "
                      "the server: nothing is cleared"));
}
