/*
 * MODE: modes of channels and users.
 * Spec: modern.ircdocs "MODE message", RFC 2812 3.1.5 and 3.2.3.
 */
#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_row.h"
#include "hub/command.h"
#include "hub/extban.h"
#include "hub/flood_limits.h"
#include "hub/floor.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define LIMIT_PARAM_MAX    100000 /* of +l */
#define SILENCE_S_MAX      86400  /* of +H: a day */
#define SLOW_S_MAX         21600  /* of +W: six hours */
#define THROTTLE_JOINS_MAX 1000
#define THROTTLE_S_MAX     3600
#define CHANGES_BYTES_MAX  380 /* of letters and parameters in one line */

/* What has been changed so far and is yet to be announced. */
struct changes {
    char sign;
    struct buf letters;
    struct str params[LIMIT_MODE_CHANGES];
    size_t param_count;
    size_t param_bytes;
};

/* One change asked for. */
struct change {
    char sign;
    char letter;
    struct str param; /* ptr NULL: none was given */
};

struct mode_call {
    struct call *call;
    struct channel *channel;
    struct member *member; /* NULL for an operator from outside */
    uint32_t rank;         /* highest of the caller; operators of the server have all */
    struct changes changes;
    bool is_forced; /* by an operator of the server: nothing is asked */

    struct {
        const struct member *member;
        uint32_t ranks_before;
    } rank_changes[LIMIT_PARAMS];

    size_t rank_change_count;
    bool has_told_rank;     /* 482 once a line is enough */
    bool has_told_operator; /* 481 likewise */
    bool has_told_unknown;  /* 472 likewise, for the same letter */
    uint32_t lists_shown;   /* bits by kind: each once a line, however often it is asked for */
};

static void
announce_changes(struct mode_call *mode)
{
    struct changes *changes = &mode->changes;
    if (changes->letters.len == 0)
        return;
    struct str params[2 + LIMIT_MODE_CHANGES];
    params[0] = mode->channel->name;
    params[1] = buf_str(&changes->letters);
    memcpy(params + 2, changes->params, changes->param_count * sizeof *params);
    struct event_spec spec =
        spec_from_user(mode->call->hub, mode->call->user, EVENT_MODE, STR("MODE"));
    spec.params = params;
    spec.param_count = 2 + changes->param_count;
    announce_in_channel(mode->call, mode->channel, spec);
    channel_row_change(mode->call->hub, mode->channel);
    buf_clear(&changes->letters);
    for (size_t i = 0; i < changes->param_count; i++)
        str_free(&changes->params[i]);
    changes->param_count = 0;
    changes->param_bytes = 0;
    changes->sign = '\0';
}

/* param: copied; ptr NULL for none. */
static void
add_change(struct mode_call *mode, char sign, char letter, struct str param)
{
    struct changes *changes = &mode->changes;
    if (changes->param_count == LIMIT_MODE_CHANGES ||
        changes->letters.len + changes->param_bytes + param.len + 4 > CHANGES_BYTES_MAX)
        announce_changes(mode);
    if (changes->sign != sign)
        buf_put_byte(&changes->letters, sign);
    changes->sign = sign;
    buf_put_byte(&changes->letters, letter);
    if (param.ptr != NULL) {
        changes->params[changes->param_count++] = str_dup(param);
        changes->param_bytes += param.len + 1;
    }
}

static bool
may_change(struct mode_call *mode, uint32_t needed, struct str what)
{
    if (mode->rank >= needed)
        return true;
    if (!mode->has_told_rank) {
        reply_about(mode->call, ERR_CHANOPRIVSNEEDED, mode->channel->name,
                    "You need a higher rank in this channel to change %.*s", STR_ARG(what));
    }
    mode->has_told_rank = true;
    return false;
}

static void
refuse_param(struct mode_call *mode, const struct change *change, struct str why)
{
    struct str letter = {.ptr = &change->letter, .len = 1};
    struct str param = change->param.len == 0 ? STR("*") : change->param;
    reply_text(mode->call, ERR_INVALIDMODEPARAM, mode->channel->name, letter, param, why);
}

/* --- ranks --- */

static void
change_rank(struct mode_call *mode, const struct change *change, const struct rank_row *row)
{
    struct call *call = mode->call;
    if (change->param.len == 0) {
        refuse_param(mode, change, STR("This mode needs a nick"));
        return;
    }
    struct user *user = user_find(call->hub, change->param);
    if (user == NULL) {
        reply(call, ERR_NOSUCHNICK, change->param);
        return;
    }
    struct member *member = user_membership(user, mode->channel);
    if (member == NULL) {
        reply(call, ERR_USERNOTINCHANNEL, user->nick, mode->channel->name);
        return;
    }
    bool is_own_removal = change->sign == '-' && member == mode->member;
    bool is_creators_claim = change->sign == '+' && member == mode->member &&
                             row->rank == RANK_FOUNDER && !channel_is_registered(mode->channel) &&
                             slot_id_equal(mode->channel->creator, user->id);
    bool is_allowed =
        is_own_removal || is_creators_claim || may_change(mode, row->set_by, STR("this rank"));
    /* Nobody takes a rank away from somebody higher. */
    bool is_above = change->sign == '-' && rank_highest(member->ranks) > mode->rank;
    if (!is_allowed || (is_above && !may_change(mode, rank_highest(member->ranks),
                                                STR("the ranks of somebody above you"))))
        return;
    uint32_t ranks = change->sign == '+' ? member->ranks | row->rank : member->ranks & ~row->rank;
    if (ranks == member->ranks)
        return;
    assert(mode->rank_change_count < LIMIT_PARAMS); /* each takes a parameter */
    mode->rank_changes[mode->rank_change_count].member = member;
    mode->rank_changes[mode->rank_change_count++].ranks_before = member->ranks;
    member->ranks = ranks;
    user->identity_version++; /* bans may ask for ranks */
    presence_changed(call->hub, user);
    add_change(mode, change->sign, row->letter, user->nick);
}

/* --- lists --- */

static void
put_entry_params(struct call *call, enum numeric numeric, const struct channel *channel,
                 const struct mask_entry *entry)
{
    struct buf when;
    buf_init(&when, 24);
    buf_put_u64(&when, (uint64_t)entry->set_ms / 1000);
    reply(call, numeric, channel->name, entry->mask, entry->set_by, buf_str(&when));
    buf_deinit(&when);
}

static void
show_list(struct mode_call *mode, enum mask_list_kind kind)
{
    static const struct {
        enum numeric entry;
        enum numeric end;
    } numerics[MASK_LIST_COUNT] = {
        [MASK_LIST_BAN] = {RPL_BANLIST, RPL_ENDOFBANLIST},
        [MASK_LIST_EXCEPTION] = {RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST},
        [MASK_LIST_INVITE] = {RPL_INVEXLIST, RPL_ENDOFINVEXLIST},
    };
    const struct mask_list *list = &mode->channel->lists[kind];
    if ((mode->lists_shown & 1U << kind) != 0)
        return;
    mode->lists_shown |= 1U << kind;
    if (!rate_allows(mode->call, RATE_QUERIES, "You ask for too much at a time", STR_NONE))
        return;
    for (size_t i = 0; i < list->count; i++)
        put_entry_params(mode->call, numerics[kind].entry, mode->channel, &list->items[i]);
    reply(mode->call, numerics[kind].end, mode->channel->name);
}

static void
add_to_list(struct mode_call *mode, const struct change *change, struct mask_list *list,
            struct str mask)
{
    if (mask_list_find(list, mask) != NULL)
        return;
    if (list->count >= mode->call->hub->config->list_entries_max) {
        reply(mode->call, ERR_BANLISTFULL, mode->channel->name, mask);
        return;
    }
    if (!rate_allows(mode->call, RATE_LISTS, "You add too many entries to lists", mask))
        return;
    mask_list_add(mode->call->hub, list, mask, mode->call->user->nick);
    add_change(mode, '+', change->letter, mask);
}

static void
remove_from_list(struct mode_call *mode, const struct change *change, struct mask_list *list,
                 struct str mask)
{
    struct mask_entry *entry = mask_list_find(list, mask);
    if (entry == NULL)
        return;
    add_change(mode, '-', change->letter, entry->mask); /* as clients know it */
    mask_list_remove(list, entry);
}

static void
change_list(struct mode_call *mode, const struct change *change, const struct channel_mode_row *row)
{
    if (change->param.len == 0) {
        show_list(mode, row->list);
        return;
    }
    if (!may_change(mode, row->set_by, STR("this list")))
        return;
    struct buf mask;
    buf_init(&mask, LIMIT_MASK_BYTES + 1);
    struct str why = STR_NONE;
    if (!extban_put_complete(&mask, change->param, &why)) {
        refuse_param(mode, change, why);
    } else if (mask.len > LIMIT_MASK_BYTES) {
        refuse_param(mode, change, STR("This mask is too long"));
    } else if (str_find_byte(buf_str(&mask), ' ') < mask.len) {
        refuse_param(mode, change, STR("A mask has no spaces in it"));
    } else {
        struct mask_list *list = &mode->channel->lists[row->list];
        if (change->sign == '+')
            add_to_list(mode, change, list, buf_str(&mask));
        else
            remove_from_list(mode, change, list, buf_str(&mask));
        mode->channel->ban_version++;
    }
    buf_deinit(&mask);
}

/* --- the rest --- */

static void
change_key(struct mode_call *mode, const struct change *change)
{
    struct channel *channel = mode->channel;
    if (change->sign == '-') { /* whatever is given: who may unset it may also see it */
        if (channel->key.len == 0)
            return;
        add_change(mode, '-', 'k', channel->key);
        str_free(&channel->key);
    } else if (!mode_takes_key(change->param)) {
        /* It is not repeated: it may be somebody's password. */
        refuse_param(mode, &(struct change){.sign = '+', .letter = 'k'},
                     STR("A key has 1 to 23 characters, no spaces or commas"));
    } else if (!str_equal(channel->key, change->param)) {
        str_replace(&channel->key, change->param);
        add_change(mode, '+', 'k', channel->key);
    }
}

static void
change_limit(struct mode_call *mode, const struct change *change)
{
    struct channel *channel = mode->channel;
    uint64_t limit = 0;
    if (change->sign == '-') {
        if (channel->limit > 0)
            add_change(mode, '-', 'l', STR_NONE);
        channel->limit = 0;
    } else if (!number_parse_u64(change->param, LIMIT_PARAM_MAX, &limit) || limit == 0) {
        refuse_param(mode, change, STR("A limit is a number from 1 to 100000"));
    } else if (channel->limit != limit) {
        channel->limit = (uint32_t)limit;
        add_change(mode, '+', 'l', change->param);
    }
}

/* Forwarding sends people somewhere: who sets it must be an operator there, too. */
static void
change_forward(struct mode_call *mode, const struct change *change)
{
    struct call *call = mode->call;
    struct channel *channel = mode->channel;
    if (change->sign == '-') {
        if (channel->forward.len > 0)
            add_change(mode, '-', change->letter, STR_NONE);
        str_free(&channel->forward);
        return;
    }
    const struct channel *target = channel_find(call->hub, change->param);
    if (target == NULL || target == channel || !channel_is_visible_to(target, call->user)) {
        refuse_param(mode, change, STR("This needs another channel that exists"));
        return;
    }
    const struct member *there = user_membership(call->user, target);
    bool is_op_there = there != NULL && rank_highest(there->ranks) >= RANK_OP;
    if (!is_op_there && !mode->is_forced && !user_may(call->user, PRIVILEGE_OVERRIDE)) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, target->name,
                   STR("You have to be an operator of that channel, too, to forward to it"));
        return;
    }
    if (str_equal(channel->forward, target->name))
        return;
    str_replace(&channel->forward, target->name);
    add_change(mode, '+', change->letter, target->name);
}

/* "5:30" */
static bool
parse_throttle(struct str param, struct join_throttle *throttle_out)
{
    struct str seconds_text = param;
    struct str joins_text = str_cut(&seconds_text, ':');
    uint64_t joins;
    uint64_t seconds;
    if (!number_parse_u64(joins_text, THROTTLE_JOINS_MAX, &joins) || joins == 0 ||
        !number_parse_u64(seconds_text, THROTTLE_S_MAX, &seconds) || seconds == 0)
        return false;
    *throttle_out =
        (struct join_throttle){.joins_max = (uint32_t)joins, .seconds = (uint32_t)seconds};
    return true;
}

static void
change_throttle(struct mode_call *mode, const struct change *change)
{
    struct join_throttle *throttle = &mode->channel->throttle;
    struct join_throttle wanted;
    if (change->sign == '-') {
        if (throttle->joins_max > 0)
            add_change(mode, '-', change->letter, STR_NONE);
        *throttle = (struct join_throttle){.joins_max = 0};
    } else if (!parse_throttle(change->param, &wanted)) {
        refuse_param(mode, change,
                     STR("This needs joins:seconds, such as 5:10, from 1:1 to 1000:3600"));
    } else if (throttle->joins_max != wanted.joins_max || throttle->seconds != wanted.seconds) {
        *throttle = wanted;
        struct buf text;
        buf_init(&text, 32);
        buf_printf(&text, "%u:%u", wanted.joins_max, wanted.seconds);
        add_change(mode, '+', change->letter, buf_str(&text));
        buf_deinit(&text);
    }
}

static void
change_slow(struct mode_call *mode, const struct change *change)
{
    struct channel *channel = mode->channel;
    uint64_t seconds = 0;
    if (change->sign == '-') {
        if (channel->slow_s > 0)
            add_change(mode, '-', change->letter, STR_NONE);
        channel->slow_s = 0;
    } else if (!number_parse_u64(change->param, SLOW_S_MAX, &seconds) || seconds == 0) {
        refuse_param(mode, change, STR("This needs a number of seconds from 1 to 21600"));
    } else if (channel->slow_s != seconds) {
        channel->slow_s = (uint32_t)seconds;
        struct buf text;
        buf_init(&text, 16);
        buf_put_u64(&text, seconds);
        add_change(mode, '+', change->letter, buf_str(&text));
        buf_deinit(&text);
    }
}

static void
change_floor(struct mode_call *mode, const struct change *change)
{
    struct channel *channel = mode->channel;
    uint64_t silence_s = 0;
    if (change->sign == '-') {
        if (channel->floor.is_on)
            add_change(mode, '-', 'H', STR_NONE);
        floor_disable(mode->call->hub, channel);
    } else if (change->param.ptr != NULL &&
               !number_parse_u64(change->param, SILENCE_S_MAX, &silence_s)) {
        refuse_param(mode, change, STR("The silence is a number of seconds, at most 86400"));
    } else if (!channel->floor.is_on || channel->floor.silence_s != silence_s) {
        struct buf seconds;
        buf_init(&seconds, 16);
        buf_put_u64(&seconds, silence_s);
        floor_enable(mode->call->hub, channel, (uint32_t)silence_s);
        add_change(mode, '+', 'H', buf_str(&seconds));
        buf_deinit(&seconds);
    }
}

/* +z says of the channel that nobody listens in: true for those who are there, too. */
static bool
may_be_secure_only(struct mode_call *mode)
{
    list_for_each(node, &mode->channel->members) {
        const struct user *user = CONTAINER_OF(node, struct member, in_channel)->user;
        if (user_is_secure(user))
            continue;
        reply_about(mode->call, ERR_ALLMUSTSSL, mode->channel->name,
                    "All members need secure connections for +z, and %.*s has none",
                    STR_ARG(user->nick));
        return false;
    }
    return true;
}

static void
change_flag(struct mode_call *mode, const struct change *change, const struct channel_mode_row *row)
{
    struct channel *channel = mode->channel;
    uint32_t modes = change->sign == '+' ? channel->modes | row->bit : channel->modes & ~row->bit;
    if (modes == channel->modes)
        return;
    if (row->bit == CHANNEL_MODE_SECURE_ONLY && change->sign == '+' && !may_be_secure_only(mode))
        return;
    channel->modes = modes;
    add_change(mode, change->sign, row->letter, STR_NONE);
}

static void
change_mode(struct mode_call *mode, const struct change *change, const struct channel_mode_row *row)
{
    if (row->kind == MODE_LIST) {
        change_list(mode, change, row);
        return;
    }
    if (!may_change(mode, row->set_by, STR("this mode")))
        return;
    if (row->is_for_operators && !mode->is_forced &&
        !user_may(mode->call->user, PRIVILEGE_CHANNELS)) {
        if (!mode->has_told_operator)
            reply_plain(mode->call, ERR_NOPRIVILEGES);
        mode->has_told_operator = true;
        return;
    }
    switch (row->kind) {
    case MODE_LIST:
        cf_unreachable("lists are handled above");
    case MODE_KEY:
        change_key(mode, change);
        break;
    case MODE_LIMIT:
        change_limit(mode, change);
        break;
    case MODE_FORWARD:
        change_forward(mode, change);
        break;
    case MODE_THROTTLE:
        change_throttle(mode, change);
        break;
    case MODE_SLOW:
        change_slow(mode, change);
        break;
    case MODE_FLOOR:
        change_floor(mode, change);
        break;
    case MODE_FLAG:
        change_flag(mode, change, row);
        break;
    }
}

static bool
is_number(struct str text)
{
    uint64_t number;
    return number_parse_u64(text, UINT64_MAX, &number);
}

/* Whether a letter takes the next parameter. Lists may do without: then they are shown. */
static bool
takes_param(const struct change *change, const struct channel_mode_row *row, struct str next)
{
    if (row == NULL) /* a rank */
        return true;
    switch (row->kind) {
    case MODE_LIST:
    case MODE_KEY:
        return true;
    case MODE_LIMIT:
    case MODE_FORWARD:
    case MODE_THROTTLE:
    case MODE_SLOW:
        return change->sign == '+';
    case MODE_FLOOR: /* "+Ho bob": the nick is not for H */
        return change->sign == '+' && is_number(next);
    case MODE_FLAG:
        return false;
    }
    cf_unreachable("mode kind");
}

/* letters: from the one of the change on; an unknown one may be a letter of any script. */
static void
run_change(struct mode_call *mode, struct change *change, struct str letters, size_t *next_param)
{
    const struct channel_mode_row *row = channel_mode_find(change->letter);
    const struct rank_row *rank = rank_find_letter(change->letter);
    if (row == NULL && rank == NULL) {
        uint32_t code_point;
        if (!mode->has_told_unknown)
            reply(mode->call, ERR_UNKNOWNMODE,
                  str_take(letters, utf8_decode(letters, &code_point)));
        mode->has_told_unknown = true;
        return;
    }
    bool has_next = *next_param < mode->call->msg->param_count;
    if (has_next && takes_param(change, row, mode->call->msg->params[*next_param])) {
        change->param = mode->call->msg->params[*next_param];
        (*next_param)++;
    }
    if (row != NULL)
        change_mode(mode, change, row);
    else
        change_rank(mode, change, rank);
}

static void
show_channel_modes(struct call *call, const struct channel *channel)
{
    bool is_inside =
        user_membership(call->user, channel) != NULL || user_may(call->user, PRIVILEGE_SEE);
    struct buf modes;
    buf_init(&modes, LIMIT_LINE_BYTES);
    channel_put_modes(&modes, channel, is_inside);
    struct str words[1 + LIMIT_PARAMS];
    size_t count = 0;
    words[count++] = channel->name;
    struct str rest = buf_str(&modes);
    while (rest.len > 0 && count < LIMIT_PARAMS)
        words[count++] = str_cut_word(&rest);
    reply_params(call, RPL_CHANNELMODEIS, words, count);
    buf_clear(&modes);
    buf_put_u64(&modes, (uint64_t)channel->created_ms / 1000);
    reply(call, RPL_CREATIONTIME, channel->name, buf_str(&modes));
    buf_deinit(&modes);
}

/* MODE #channel b, without a parameter: anybody may look. */
static bool
is_list_query(const struct call *call, struct str letters)
{
    if (call->msg->param_count != 2)
        return false;
    if (letters.len > 0 && letters.ptr[0] == '+')
        letters = str_skip(letters, 1);
    const struct channel_mode_row *row =
        letters.len == 1 ? channel_mode_find(letters.ptr[0]) : NULL;
    return row != NULL && row->kind == MODE_LIST;
}

/* The flood limits of the channel, or who is exempt from them, may have changed. */
static void
tell_limits(const struct mode_call *mode, uint32_t slow_s, const struct join_throttle *throttle)
{
    const struct channel *channel = mode->channel;
    if (channel->slow_s != slow_s || channel->throttle.joins_max != throttle->joins_max ||
        channel->throttle.seconds != throttle->seconds) {
        flood_limits_changed(mode->call->hub, channel);
        return;
    }
    for (size_t i = 0; i < mode->rank_change_count; i++) {
        flood_limits_changed_for(mode->call->hub, channel, mode->rank_changes[i].member,
                                 mode->rank_changes[i].ranks_before);
    }
}

static void
channel_mode(struct call *call, struct channel *channel, bool is_forced)
{
    struct str letters = call_param(call, 1);
    if (letters.len == 0) {
        show_channel_modes(call, channel);
        return;
    }
    struct mode_call mode = {
        .call = call,
        .channel = channel,
        .member = user_membership(call->user, channel),
        .is_forced = is_forced,
    };
    if (is_forced || user_may(call->user, PRIVILEGE_OVERRIDE))
        mode.rank = RANK_FOUNDER;
    else if (mode.member != NULL)
        mode.rank = rank_highest(mode.member->ranks);
    if (mode.member == NULL && mode.rank == 0 && !is_list_query(call, letters)) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
        return;
    }
    buf_init(&mode.changes.letters, LIMIT_LINE_BYTES);
    uint32_t slow_s = channel->slow_s;
    struct join_throttle throttle = channel->throttle;
    size_t next_param = 2;
    char sign = '+';
    for (size_t i = 0; i < letters.len; i++) {
        char letter = letters.ptr[i];
        if (letter == '+' || letter == '-') {
            sign = letter;
            continue;
        }
        run_change(&mode, &(struct change){.sign = sign, .letter = letter}, str_skip(letters, i),
                   &next_param);
    }
    announce_changes(&mode);
    tell_limits(&mode, slow_s, &throttle);
    buf_deinit(&mode.changes.letters);
    channel_free_if_empty(call->hub, channel); /* after -P */
}

void
mode_switch(struct call *call, struct channel *channel, uint32_t bit, bool is_on)
{
    struct mode_call mode = {.call = call, .channel = channel, .rank = RANK_FOUNDER};
    size_t index = 0;
    while (channel_mode_at(index)->kind != MODE_FLAG || channel_mode_at(index)->bit != bit)
        index++;
    buf_init(&mode.changes.letters, LIMIT_LINE_BYTES);
    change_flag(&mode, &(struct change){.sign = is_on ? '+' : '-'}, channel_mode_at(index));
    announce_changes(&mode);
    buf_deinit(&mode.changes.letters);
}

/* What a member has when the channel's founder is the one it has now. */
static uint32_t
ranks_under_founder(const struct channel *channel, const struct member *member)
{
    if (str_equal(member->user->account, channel->founder))
        return member->ranks | RANK_FOUNDER | RANK_OP;
    if (!(member->ranks & RANK_FOUNDER))
        return member->ranks;
    return (member->ranks | access_ranks(channel, member->user->account)) & ~RANK_FOUNDER;
}

static void
put_rank_changes(struct mode_call *mode, char sign, uint32_t ranks, struct str nick)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (ranks & rank_row_at(i)->rank)
            add_change(mode, sign, rank_row_at(i)->letter, nick);
    }
}

void
mode_follow_founder(struct call *call, struct channel *channel)
{
    struct mode_call mode = {.call = call, .channel = channel, .rank = RANK_FOUNDER};
    assert(channel_is_registered(channel));
    buf_init(&mode.changes.letters, LIMIT_LINE_BYTES);
    list_for_each(node, &channel->members) {
        struct member *member = CONTAINER_OF(node, struct member, in_channel);
        uint32_t before = member->ranks;
        uint32_t ranks = ranks_under_founder(channel, member);
        if (ranks == before)
            continue;
        put_rank_changes(&mode, '-', before & ~ranks, member->user->nick);
        put_rank_changes(&mode, '+', ranks & ~before, member->user->nick);
        member->ranks = ranks;
        member->user->identity_version++; /* bans may ask for ranks */
        presence_changed(call->hub, member->user);
        flood_limits_changed_for(call->hub, channel, member, before);
    }
    announce_changes(&mode);
    buf_deinit(&mode.changes.letters);
}

/* --- users --- */

/* Modes of a user that are being changed. */
struct user_change {
    uint32_t modes;
    uint32_t notices;
    bool is_forced; /* by an operator of the server, for somebody else */
    bool has_notices;
    bool has_unknown;
    size_t next_param;
};

/* +s [letters]: the mode is on while anything is asked for. */
static void
change_notices(struct call *call, struct user_change *change, bool is_set)
{
    if (is_set && !user_is_operator(call->user)) {
        reply_plain(call, ERR_NOPRIVILEGES);
        return;
    }
    if (is_set && !user_may(call->user, PRIVILEGE_NOTICES)) {
        reply(call, ERR_NOPRIVS, privilege_name(PRIVILEGE_NOTICES));
        return;
    }
    struct str letters = is_set ? call_param(call, change->next_param++) : STR("-");
    change->notices = is_set ? server_notice_change(change->notices, letters) : 0;
    change->modes = change->notices != 0 ? change->modes | USER_MODE_NOTICES
                                         : change->modes & ~USER_MODE_NOTICES;
    change->has_notices = true;
}

static void
apply_user_letters(struct call *call, struct str letters, struct user_change *change)
{
    bool is_set = true;
    for (size_t i = 0; i < letters.len; i++) {
        char letter = letters.ptr[i];
        if (letter == '+' || letter == '-') {
            is_set = letter == '+';
            continue;
        }
        const struct user_mode_row *row = user_mode_find(letter);
        if (row == NULL)
            change->has_unknown = true;
        else if (row->bit == USER_MODE_NOTICES && change->is_forced)
            continue; /* everybody's own choice */
        else if (row->bit == USER_MODE_NOTICES)
            change_notices(call, change, is_set);
        else if (!is_set)
            change->modes &= ~row->bit;
        else if (row->is_set_by_user) /* +o is silently ignored: RFC 2812 3.1.5 */
            change->modes |= row->bit;
    }
    if (change->has_unknown)
        reply_plain(call, ERR_UMODEUNKNOWNFLAG);
}

static void
put_user_changes(struct buf *out, uint32_t before, uint32_t after)
{
    for (int is_removal = 0; is_removal <= 1; is_removal++) {
        uint32_t changed = is_removal ? before & ~after : after & ~before;
        if (changed == 0)
            continue;
        buf_put_byte(out, is_removal ? '-' : '+');
        for (size_t i = 0; i < user_mode_count(); i++) {
            if (changed & user_mode_at(i)->bit)
                buf_put_byte(out, user_mode_at(i)->letter);
        }
    }
}

/* MODE to the user, from itself or from whoever forced it. */
static void
announce_user_modes(struct call *call, struct user *target, struct str changes)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_MODE, STR("MODE"));
    spec.params = (const struct str[]){target->nick, changes};
    spec.param_count = 2;
    spec.origin = call->session->id;
    struct event *event = event_new(&spec);
    post_to_user(call->hub, target, event);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
}

static void
change_user_modes(struct call *call, struct user *target, struct str letters, bool is_forced)
{
    struct user_change change = {
        .modes = target->modes,
        .notices = target->office == NULL ? 0 : target->office->notices,
        .is_forced = is_forced,
        .next_param = 2,
    };
    apply_user_letters(call, letters, &change);
    uint32_t before = target->modes;
    struct buf text;
    buf_init(&text, 64);
    if (before != change.modes) {
        put_user_changes(&text, before, change.modes);
        user_set_modes(call->hub, target, change.modes);
        announce_user_modes(call, target, buf_str(&text));
        if ((before ^ change.modes) & USER_MODE_OPERATOR)
            post_user_state(call->hub, target);
    }
    if (change.has_notices && user_is_operator(target)) {
        target->office->notices = change.notices;
        buf_clear(&text);
        server_notice_put_mask(&text, target->office->notices);
        reply(call, RPL_SNOMASK, buf_str(&text));
    }
    buf_deinit(&text);
}

static void
user_mode(struct call *call)
{
    struct user *target = user_find(call->hub, call_param(call, 0));
    if (target == NULL) {
        reply(call, ERR_NOSUCHNICK, call_param(call, 0));
        return;
    }
    if (target != call->user) {
        reply_plain(call, ERR_USERSDONTMATCH);
        return;
    }
    struct str letters = call_param(call, 1);
    if (letters.len > 0) {
        change_user_modes(call, target, letters, false);
        return;
    }
    struct buf text;
    buf_init(&text, 64);
    user_put_modes(&text, target);
    reply(call, RPL_UMODEIS, buf_str(&text));
    buf_deinit(&text);
}

void
cmd_mode(struct call *call)
{
    struct str target = call_param(call, 0);
    if (!name_looks_like_channel(target)) {
        user_mode(call);
        return;
    }
    struct channel *channel = channel_find(call->hub, target);
    if (channel == NULL || !channel_is_visible_to(channel, call->user))
        reply(call, ERR_NOSUCHCHANNEL, target);
    else
        channel_mode(call, channel, false);
}

void
mode_force(struct call *call)
{
    struct str target = call_param(call, 0);
    struct channel *channel = channel_find(call->hub, target);
    struct user *user = user_find(call->hub, target);
    if (channel != NULL)
        channel_mode(call, channel, true);
    else if (name_looks_like_channel(target))
        reply(call, ERR_NOSUCHCHANNEL, target);
    else if (user != NULL)
        change_user_modes(call, user, call_param(call, 1), true);
    else
        reply(call, ERR_NOSUCHNICK, target);
}
