/* ChanServ; see chanserv.h. */
#include "hub/chanserv.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/number.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_heir.h"
#include "hub/channel_lost.h"
#include "hub/channel_row.h"
#include "hub/chanserv_purge.h"
#include "hub/chanserv_transfer.h"
#include "hub/command.h"
#include "hub/invite_link.h"
#include "hub/keep.h"
#include "hub/mode.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define HISTORY_DAYS_MAX 3650
#define HOURS_PER_DAY    24
#define MS_PER_HOUR      INT64_C(3600000)

/* --- who may --- */

bool
chanserv_says_lost(struct call *call, struct str name)
{
    if (channel_find(call->hub, name) != NULL || !channel_is_lost(call->hub, name))
        return false;
    service_say(call, &chanserv,
                "Channel %.*s could not be read when the server started: its administrators find "
                "in the log what to do",
                STR_ARG(name));
    return true;
}

/* Secret channels are there for their members, and accounts whose they are or that have ranks. */
static bool
may_know_of(const struct user *user, const struct channel *channel)
{
    return channel_is_visible_to(channel, user) ||
           (user->account.len > 0 && (str_equal(channel->founder, user->account) ||
                                      access_ranks(channel, user->account) != 0));
}

/* NULL, and it has been said, when there is no such channel for the user. */
static struct channel *
find_channel(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = channel_find(call->hub, service_call->words[0]);
    if (channel != NULL && may_know_of(call->user, channel))
        return channel;
    if (!chanserv_says_lost(call, service_call->words[0]))
        service_say(call, &chanserv, "There is no channel %.*s", STR_ARG(service_call->words[0]));
    return NULL;
}

/* The same for a registered one that the user may change: its founder, accounts with one of the
 * ranks, or PRIVILEGE_OVERRIDE. */
static struct channel *
find_channel_of(const struct service_call *service_call, uint32_t ranks)
{
    struct call *call = service_call->call;
    struct channel *channel = find_channel(service_call);
    if (channel == NULL)
        return NULL;
    if (!channel_is_registered(channel)) {
        service_say(call, &chanserv, "%.*s is not registered", STR_ARG(channel->name));
        return NULL;
    }
    if (user_may(call->user, PRIVILEGE_OVERRIDE) ||
        str_equal(channel->founder, call->user->account) ||
        (access_ranks(channel, call->user->account) & ranks) != 0)
        return channel;
    service_say(call, &chanserv, "Only the founder of %.*s, %.*s, does that",
                STR_ARG(channel->name), STR_ARG(channel->founder));
    return NULL;
}

struct channel *
chanserv_find_own(const struct service_call *service_call)
{
    return find_channel_of(service_call, RANK_FOUNDER);
}

size_t
chanserv_count_channels(const struct hub *hub, struct str account)
{
    size_t found = 0;
    uint32_t cursor = 0;
    const struct channel *channel;
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL)
        found += str_equal(channel->founder, account) ? 1 : 0;
    return found;
}

/* --- registering --- */

/* Its founder's while one is there, so that no operator takes it away; else an operator's. */
static uint32_t
rank_to_register(const struct channel *channel)
{
    list_for_each(node, &channel->members) {
        if (CONTAINER_OF(node, struct member, in_channel)->ranks & RANK_FOUNDER)
            return RANK_FOUNDER;
    }
    return RANK_OP;
}

static unsigned
confirmation_code(const struct channel *channel)
{
    return (unsigned)((uint64_t)channel->created_ms % SERVICE_CODE_LIMIT);
}

/* What was said before and is not for every member goes: somebody else may have closed it, who was
 * founder before, and SET would open it to all. */
static void
make_founder(struct call *call, struct channel *channel)
{
    if (channel->is_read_from_join)
        keep_nothing_of(call->hub, channel);
    str_replace(&channel->founder, call->user->account);
    channel_set_heir(call->hub, channel, STR(""));
    channel->creator = SLOT_ID_NONE;
    access_clear(channel);
    if (!access_set(channel, channel->founder, RANK_FOUNDER | RANK_OP))
        cf_unreachable("an empty list has room");
    channel_row_change(call->hub, channel);
    if (channel->metadata.count > 0)
        metadata_keep_of_channel(call->hub, channel);
    note(call->hub, call->session, "channel registered", {"channel", channel->name},
         {"account", channel->founder});
    service_say(call, &chanserv, "%.*s is yours now, and stays when it is empty",
                STR_ARG(channel->name));
    channel_give_ranks(call, channel, call->user, RANK_FOUNDER | RANK_OP);
}

static void
run_register(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = find_channel(service_call);
    if (channel == NULL)
        return;
    const struct member *member = user_membership(call->user, channel);
    if (channel_is_registered(channel) || channel->is_permanent) {
        service_say(call, &chanserv, "%.*s is registered already", STR_ARG(channel->name));
    } else if (member == NULL || rank_highest(member->ranks) < rank_to_register(channel)) {
        service_say(call, &chanserv, "Only operators of %.*s register it, or its founder, if there",
                    STR_ARG(channel->name));
    } else if (chanserv_count_channels(call->hub, call->user->account) >=
               LIMIT_REGISTERED_CHANNELS) {
        service_say(call, &chanserv, "You have %d channels already: UNREGISTER one first",
                    LIMIT_REGISTERED_CHANNELS);
    } else if (channel->is_read_from_join &&
               !service_is_confirmed(service_call, 1, confirmation_code(channel))) {
        service_say(call, &chanserv,
                    "What has been said in %.*s is not for all of its members (QUERY-CUTOFF "
                    "join-time), and is erased when you register it. To do it: REGISTER %.*s %u",
                    STR_ARG(channel->name), STR_ARG(channel->name), confirmation_code(channel));
    } else {
        make_founder(call, channel);
    }
}

void
chanserv_forget_registration(struct hub *hub, struct channel *channel)
{
    if (channel->keep_count > 0 || channel->keep_hours > 0) {
        channel->keep_count = 0;
        channel->keep_hours = 0;
        keep_limits_of(hub, channel);
    }
    invite_links_drop(hub, channel);
    metadata_drop_of_channel(hub, channel);
    str_free(&channel->founder);
    channel_set_heir(hub, channel, STR(""));
    access_clear(channel);
    if (channel->member_count == 0)
        channel->slept_ms = 0; /* nobody is waited for: those with ranks have none any more */
    channel_row_change(hub, channel);
    channel_free_if_empty(hub, channel);
}

static void
run_unregister(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = chanserv_find_own(service_call);
    if (channel == NULL)
        return;
    if (!service_is_confirmed(service_call, 1, confirmation_code(channel))) {
        service_say(call, &chanserv,
                    "This gives up the channel and, once it is empty, its history. To do it: "
                    "UNREGISTER %.*s %u",
                    STR_ARG(channel->name), confirmation_code(channel));
        return;
    }
    note(call->hub, call->session, "channel unregistered", {"channel", channel->name},
         {"account", channel->founder}, {"by", call->user->nick});
    service_say(call, &chanserv, "%.*s is no longer registered", STR_ARG(channel->name));
    chanserv_forget_registration(call->hub, channel);
}

/* --- ranks --- */

static void
say_ranks(struct call *call, const struct channel *channel)
{
    for (size_t i = 0; i < channel->access_count; i++) {
        struct buf letters;
        buf_init(&letters, 1 + RANK_COUNT);
        for (size_t k = 0; k < RANK_COUNT; k++) {
            if (channel->access[i].ranks & rank_row_at(k)->rank)
                buf_put_byte(&letters, rank_row_at(k)->letter);
        }
        service_say(call, &chanserv, "%.*s has +%.*s", STR_ARG(channel->access[i].account),
                    STR_ARG(buf_str(&letters)));
        buf_deinit(&letters);
    }
}

/* "+o" or "-v" for an account. */
static void
change_rank(struct call *call, struct channel *channel, struct str change,
            const struct account *account)
{
    const struct rank_row *row = change.len == 2 ? rank_find_letter(change.ptr[1]) : NULL;
    if (row == NULL || (change.ptr[0] != '+' && change.ptr[0] != '-')) {
        service_say(call, &chanserv, "Write + or - and a letter: a, o, h or v");
        return;
    }
    if (row->rank == RANK_FOUNDER) {
        service_say(call, &chanserv, "There is one founder: see TRANSFER");
        return;
    }
    uint32_t ranks = access_ranks(channel, account->name);
    ranks = change.ptr[0] == '+' ? ranks | row->rank : ranks & ~row->rank;
    if (!access_set(channel, account->name, ranks)) {
        service_say(call, &chanserv, "The list is full: %d accounts", LIMIT_CHANNEL_ACCESS);
        return;
    }
    channel_row_change(call->hub, channel);
    service_say(call, &chanserv, "%.*s: %.*s for %.*s, from the next time that they join",
                STR_ARG(channel->name), STR_ARG(change), STR_ARG(account->name));
}

static void
run_amode(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = chanserv_find_own(service_call);
    if (channel == NULL)
        return;
    if (service_call->word_count < 3) {
        say_ranks(call, channel);
        return;
    }
    const struct account *account = account_find(call->hub, service_call->words[2]);
    if (account == NULL)
        service_say(call, &chanserv, "There is no account %.*s", STR_ARG(service_call->words[2]));
    else
        change_rank(call, channel, service_call->words[1], account);
}

/* The member whose nick is given, else who asks; NULL, and it has been said, when it is not
 * there. */
static struct user *
find_named_member(const struct service_call *service_call, const struct channel *channel)
{
    struct call *call = service_call->call;
    struct str nick = service_call->word_count > 1 ? service_call->words[1] : call->user->nick;
    struct user *user = user_find(call->hub, nick);
    if (user != NULL && user_membership(user, channel) != NULL)
        return user;
    service_say(call, &chanserv, "%.*s is not in %.*s", STR_ARG(nick), STR_ARG(channel->name));
    return NULL;
}

static void
run_op(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = chanserv_find_own(service_call);
    if (channel == NULL)
        return;
    struct user *user = find_named_member(service_call, channel);
    if (user == NULL)
        return;
    if (user_membership(user, channel)->ranks & RANK_OP)
        service_say(call, &chanserv, "%.*s %s operator of %.*s already",
                    STR_ARG(user == call->user ? STR("You") : user->nick),
                    user == call->user ? "are" : "is", STR_ARG(channel->name));
    else
        channel_give_ranks(call, channel, user, RANK_OP);
}

static void
run_deop(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = chanserv_find_own(service_call);
    if (channel == NULL)
        return;
    struct user *user = find_named_member(service_call, channel);
    if (user != NULL)
        channel_take_ranks(call, channel, user, RANK_FOUNDER | RANK_ADMIN | RANK_OP | RANK_HALFOP);
}

/* --- CLEAR and HOWTOBAN --- */

/* A member who is not the user of the call; NULL: there is none. */
static struct user *
find_other_member(const struct call *call, const struct channel *channel)
{
    list_for_each(node, &channel->members) {
        struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (member->user != call->user)
            return member->user;
    }
    return NULL;
}

static void
clear_users(struct call *call, struct channel *channel)
{
    struct user *user = NULL;
    for (size_t i = 0; i < LIMIT_CLEARED_MEMBERS; i++) {
        user = find_other_member(call, channel);
        if (user == NULL)
            break;
        channel_kick(call, channel, user, STR("The channel is being cleared (ChanServ CLEAR)"));
    }
    if (find_other_member(call, channel) == NULL)
        service_say(call, &chanserv, "All others have been put out of %.*s",
                    STR_ARG(channel->name));
    else
        service_say(call, &chanserv,
                    "%d have been put out of %.*s, and more are there: do it again; +i keeps them "
                    "from coming back",
                    LIMIT_CLEARED_MEMBERS, STR_ARG(channel->name));
}

static void
run_clear(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct channel *channel = chanserv_find_own(service_call);
    struct str what = service_call->words[1];
    if (channel == NULL)
        return;
    if (str_equal_ascii_nocase(what, STR("USERS"))) {
        clear_users(call, channel);
    } else if (str_equal_ascii_nocase(what, STR("ACCESS"))) {
        access_clear(channel);
        if (!access_set(channel, channel->founder, RANK_FOUNDER | RANK_OP))
            cf_unreachable("an empty list has room");
        channel_row_change(call->hub, channel);
        service_say(call, &chanserv,
                    "Only its founder has ranks in %.*s from now on, when they join",
                    STR_ARG(channel->name));
    } else {
        service_say(call, &chanserv,
                    "CLEAR %.*s USERS puts all others out; ACCESS takes all "
                    "ranks of AMODE away",
                    STR_ARG(channel->name));
        return;
    }
    note(call->hub, call->session, "channel cleared", {"channel", channel->name}, {"what", what},
         {"by", call->user->nick});
}

/* What keeps somebody out who comes back: the account, if there is one, else the host. */
static void
run_howtoban(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    const struct channel *channel = find_channel(service_call);
    const struct user *user = user_find(call->hub, service_call->words[1]);
    if (channel == NULL)
        return;
    const struct member *own = user_membership(call->user, channel);
    if (!user_may(call->user, PRIVILEGE_OVERRIDE) &&
        (own == NULL || rank_highest(own->ranks) < RANK_HALFOP)) {
        service_say(call, &chanserv, "This is for half operators and above of %.*s",
                    STR_ARG(channel->name));
    } else if (user == NULL) {
        service_say(call, &chanserv, "There is nobody called %.*s",
                    STR_ARG(service_call->words[1]));
    } else {
        struct str name = channel->name;
        if (user->account.len > 0)
            service_say(call, &chanserv,
                        "/mode %.*s +b a:%.*s bans the account, wherever it comes from",
                        STR_ARG(name), STR_ARG(user->account));
        service_say(call, &chanserv, "/mode %.*s +b *!*@%.*s bans who comes from there",
                    STR_ARG(name), STR_ARG(user->host));
        service_say(call, &chanserv, "then /kick %.*s %.*s; without accounts, +R helps, too",
                    STR_ARG(name), STR_ARG(user->nick));
    }
}

/* --- settings --- */

static void
say_history(struct call *call, const struct channel *channel)
{
    if (!call->hub->config->has_history)
        service_say(call, &chanserv,
                    "This server keeps no history, so nothing is kept now: the setting is for when "
                    "it does");
    if (channel->modes & CHANNEL_MODE_NO_HISTORY)
        service_say(call, &chanserv, "%.*s HISTORY: nothing is kept of what is said (mode +E)",
                    STR_ARG(channel->name));
    else if (channel->keep_count > 0)
        service_say(call, &chanserv, "%.*s HISTORY: the last %u messages", STR_ARG(channel->name),
                    (unsigned)channel->keep_count);
    else if (channel->keep_hours > 0)
        service_say(call, &chanserv,
                    channel->keep_hours % HOURS_PER_DAY == 0 ? "%.*s HISTORY: %u days"
                                                             : "%.*s HISTORY: %u hours",
                    STR_ARG(channel->name),
                    (unsigned)channel->keep_hours /
                        (channel->keep_hours % HOURS_PER_DAY == 0 ? HOURS_PER_DAY : 1));
    else
        service_say(call, &chanserv, "%.*s HISTORY: as long as the server keeps it",
                    STR_ARG(channel->name));
}

struct history_setting {
    bool is_off;
    uint32_t count; /* 0: as the server keeps it */
    uint32_t hours; /* likewise */
};

/* "off", "on" or "default", "100", "30d", "12h". */
static bool
parse_history(struct str text, struct history_setting *setting_out)
{
    uint64_t number = 0;
    int64_t ms = 0;
    *setting_out = (struct history_setting){.is_off = str_equal_ascii_nocase(text, STR("off"))};
    if (setting_out->is_off || str_equal_ascii_nocase(text, STR("on")) ||
        str_equal_ascii_nocase(text, STR("default")))
        return true;
    if (number_parse_u64(text, LIMIT_KEEP_MESSAGES, &number)) {
        setting_out->count = (uint32_t)number;
        return number > 0;
    }
    if (text.len == 0 || ascii_is_digit(text.ptr[text.len - 1]) ||
        !number_parse_duration_ms(text, HISTORY_DAYS_MAX * HOURS_PER_DAY * MS_PER_HOUR, &ms) ||
        ms % MS_PER_HOUR != 0)
        return false;
    setting_out->hours = (uint32_t)(ms / MS_PER_HOUR);
    return ms > 0;
}

static void
say_cutoff(struct call *call, const struct channel *channel)
{
    service_say(call, &chanserv, "%.*s QUERY-CUTOFF: %s", STR_ARG(channel->name),
                channel->is_read_from_join
                    ? "join-time, members read what was said since they have joined"
                    : "none, members read all that is kept");
}

static void
set_cutoff(const struct service_call *service_call, struct channel *channel)
{
    struct call *call = service_call->call;
    struct str value = service_call->words[2];
    bool is_join_time = str_equal_ascii_nocase(value, STR("join-time"));
    if (!is_join_time && !str_equal_ascii_nocase(value, STR("none")) &&
        !str_equal_ascii_nocase(value, STR("default"))) {
        service_say(call, &chanserv, "SET %.*s QUERY-CUTOFF none | join-time",
                    STR_ARG(channel->name));
        return;
    }
    channel->is_read_from_join = is_join_time;
    channel_row_change(call->hub, channel);
    note(call->hub, call->session, "query cutoff set", {"channel", channel->name}, {"to", value},
         {"by", call->user->nick});
    say_cutoff(call, channel);
}

static bool
is_setting(const struct service_call *service_call, const char *name)
{
    return str_equal_ascii_nocase(service_call->words[1], str_from_nul(name));
}

/* Settings are for admins, too. */
static struct channel *
find_set_channel(const struct service_call *service_call)
{
    if (is_setting(service_call, "HISTORY") || is_setting(service_call, "QUERY-CUTOFF"))
        return find_channel_of(service_call, RANK_FOUNDER | RANK_ADMIN);
    service_say(service_call->call, &chanserv,
                "There is no such setting; there are HISTORY and QUERY-CUTOFF");
    return NULL;
}

static void
set_history(const struct service_call *service_call, struct channel *channel)
{
    struct call *call = service_call->call;
    struct history_setting setting;
    if (!parse_history(service_call->words[2], &setting)) {
        service_say(call, &chanserv,
                    "SET %.*s HISTORY off | on | <1 to %d messages> | <hours>h | <1 to %d>d",
                    STR_ARG(channel->name), LIMIT_KEEP_MESSAGES, HISTORY_DAYS_MAX);
        return;
    }
    mode_switch(call, channel, CHANNEL_MODE_NO_HISTORY, setting.is_off);
    if (!setting.is_off) {
        channel->keep_count = setting.count;
        channel->keep_hours = setting.hours;
        channel_row_change(call->hub, channel);
        keep_limits_of(call->hub, channel);
    }
    note(call->hub, call->session, "history limited", {"channel", channel->name},
         {"to", service_call->words[2]}, {"by", call->user->nick});
    say_history(call, channel);
    if (setting.is_off)
        service_say(call, &chanserv,
                    "What was said before stays: SET %.*s HISTORY 1 before off leaves the last "
                    "message of it",
                    STR_ARG(channel->name));
}

static void
run_set(const struct service_call *service_call)
{
    struct channel *channel = find_set_channel(service_call);
    if (channel == NULL)
        return;
    if (is_setting(service_call, "HISTORY"))
        set_history(service_call, channel);
    else
        set_cutoff(service_call, channel);
}

static void
run_get(const struct service_call *service_call)
{
    const struct channel *channel = find_set_channel(service_call);
    if (channel == NULL)
        return;
    if (is_setting(service_call, "HISTORY"))
        say_history(service_call->call, channel);
    else
        say_cutoff(service_call->call, channel);
}

static void
run_info(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    const struct channel *channel = find_channel(service_call);
    if (channel == NULL)
        return;
    struct buf when;
    buf_init(&when, 64);
    civil_put_human(&when, channel->created_ms);
    if (channel_is_registered(channel))
        service_say(call, &chanserv, "%.*s belongs to %.*s; made %.*s", STR_ARG(channel->name),
                    STR_ARG(channel->founder), STR_ARG(buf_str(&when)));
    else
        service_say(call, &chanserv, "%.*s is not registered; made %.*s", STR_ARG(channel->name),
                    STR_ARG(buf_str(&when)));
    buf_deinit(&when);
    if (call->hub->config->has_history)
        say_history(call, channel);
    if (channel->is_read_from_join)
        say_cutoff(call, channel);
}

static void
run_list(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    uint32_t cursor = 0;
    const struct channel *channel;
    size_t found = 0;
    while ((channel = slots_next(&call->hub->channels, &cursor)) != NULL) {
        if (!str_equal(channel->founder, call->user->account))
            continue;
        found++;
        service_say(call, &chanserv, "%.*s", STR_ARG(channel->name));
    }
    service_say(call, &chanserv, "You have registered %zu channels", found);
    chanserv_list_offers(call);
}

void
chanserv_account_renamed(struct hub *hub, const struct account *account, struct str old)
{
    uint32_t cursor = 0;
    struct channel *channel;
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL) {
        bool is_founder = str_equal(channel->founder, old);
        if (is_founder)
            str_replace(&channel->founder, account->name);
        bool is_heir = str_equal(channel->heir, old);
        if (is_heir)
            channel_set_heir(hub, channel, account->name);
        if (access_rename(channel, old, account->name) || is_founder || is_heir)
            channel_row_change(hub, channel);
    }
}

void
chanserv_forget_account(struct hub *hub, const struct account *account)
{
    uint32_t cursor = 0;
    struct channel *channel;
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL) {
        if (str_equal(channel->heir, account->name)) {
            channel_set_heir(hub, channel, STR(""));
            channel_row_change(hub, channel);
        }
        if (str_equal(channel->founder, account->name)) {
            chanserv_forget_registration(hub, channel);
        } else if (access_ranks(channel, account->name) != 0) {
            if (!access_set(channel, account->name, 0))
                cf_unreachable("taking away needs no room");
            channel_row_change(hub, channel);
        }
    }
}

static const struct service_command commands[] = {
    SERVICE_COMMAND("REGISTER", run_register, 1, 2, SERVICE_LOGGED_IN, "<channel> [code]",
                    "Makes a channel whose operator you are yours: it stays when it is empty"),
    SERVICE_COMMAND("UNREGISTER", run_unregister, 1, 2, 0, "<channel> [code]",
                    "Gives a channel up"),
    SERVICE_COMMAND("TRANSFER", chanserv_transfer, 2, 2, 0,
                    "<channel> <account> | ACCEPT <channel> | DECLINE <channel>",
                    "Offers your channel to somebody, who accepts it or not"),
    SERVICE_COMMAND("AMODE", run_amode, 1, 3, 0, "<channel> [+o|-o... account]",
                    "Which accounts get ranks when they join; lists them, or changes one"),
    SERVICE_COMMAND("OP", run_op, 1, 2, 0, "<channel> [nick]",
                    "Makes you, or somebody, its operator now"),
    SERVICE_COMMAND("DEOP", run_deop, 1, 2, 0, "<channel> [nick]",
                    "Takes your ranks, or somebody's, away now"),
    SERVICE_COMMAND("CLEAR", run_clear, 2, 2, 0, "<channel> USERS | ACCESS",
                    "Puts all others out, or takes all ranks of AMODE away"),
    SERVICE_COMMAND("HOWTOBAN", run_howtoban, 2, 2, 0, "<channel> <nick>",
                    "Tells what keeps somebody out for good"),
    SERVICE_COMMAND(
        "SET", run_set, 3, 3, 0,
        "<channel> HISTORY <off | on | count | 30d | 12h> | QUERY-CUTOFF <none | join-time>",
        "How much of what is said there is kept, and how much of that members read"),
    SERVICE_COMMAND("GET", run_get, 2, 2, 0, "<channel> HISTORY | QUERY-CUTOFF", "Shows that"),
    SERVICE_COMMAND("PURGE", chanserv_purge, 1, 4, SERVICE_OPERATOR,
                    "ADD <channel> [code] [reason] | DEL <channel> | LIST",
                    "Closes a channel for good, or opens it again"),
    SERVICE_COMMAND("INFO", run_info, 1, 1, 0, "<channel>", "Tells about a channel"),
    SERVICE_COMMAND("LIST", run_list, 0, 0, SERVICE_LOGGED_IN, "",
                    "Lists the channels that are yours"),
};

const struct service chanserv = {
    .nick = STR_INIT("ChanServ"),
    .about = STR_INIT("ChanServ lets channels belong to accounts: /msg ChanServ <command>"),
    .commands = commands,
    .command_count = ARRAY_LEN(commands),
};
