/*
 * What a client sees. Each client keeps the members of its channels from the lines that it gets,
 * as any IRC client does, and fails when a line can't be true: somebody joins who is there
 * already, leaves without having been there, speaks without capability. When all has been
 * delivered, what the clients believe must be what the hub knows.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "doors/irc.h"
#include "hub/capability.h"
#include "hub/mode.h"
#include "hub/mode_name.h"
#include "sim.h"
#include "wire/irc_line.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>
#include <string.h>

struct line_call {
    struct sim_client *client;
    const struct irc_msg *msg;
    struct str nick; /* of the source */
    struct str line;
};

static void
copy_name(char *to, size_t size, struct str name)
{
    assert(name.len < size);
    memcpy(to, name.ptr, name.len);
    to[name.len] = '\0';
}

static struct str
param(const struct line_call *call, size_t index)
{
    return index < call->msg->param_count ? call->msg->params[index] : STR("");
}

_Noreturn static void
fail(const struct line_call *call, const char *why)
{
    sim_fail(call->client->sim, "client %u (%s): %s: %.*s", call->client->session->number,
             call->client->nick, why, STR_ARG(call->line));
}

static bool
is_own(const struct line_call *call)
{
    return str_equal(call->nick, str_from_nul(call->client->nick));
}

/* --- channels and members --- */

static struct sim_channel *
find_channel(const struct sim_client *client, struct str name)
{
    for (size_t i = 0; i < client->channel_count; i++) {
        if (name_equal(str_from_nul(client->channels[i].name), name)) /* RENAME may change case */
            return &client->channels[i];
    }
    return NULL;
}

static struct sim_member *
find_member(const struct sim_channel *channel, struct str nick)
{
    for (size_t i = 0; i < channel->count; i++) {
        if (str_equal(str_from_nul(channel->members[i].nick), nick))
            return &channel->members[i];
    }
    return NULL;
}

static struct sim_member *
add_member(struct sim_channel *channel, struct str nick)
{
    channel->members = cf_array_reserve(channel->members, &channel->capacity, channel->count + 1,
                                        sizeof *channel->members);
    struct sim_member *member = &channel->members[channel->count++];
    *member = (struct sim_member){.ranks = 0};
    copy_name(member->nick, sizeof member->nick, nick);
    return member;
}

static void
remove_member(struct sim_channel *channel, struct sim_member *member)
{
    channel->count--;
    *member = channel->members[channel->count];
}

static struct sim_channel *
add_channel(struct sim_client *client, struct str name)
{
    client->channels = cf_array_reserve(client->channels, &client->channel_capacity,
                                        client->channel_count + 1, sizeof *client->channels);
    struct sim_channel *channel = &client->channels[client->channel_count++];
    *channel = (struct sim_channel){.count = 0};
    copy_name(channel->name, sizeof channel->name, name);
    return channel;
}

static void
remove_channel(struct sim_client *client, struct sim_channel *channel)
{
    cf_free(channel->members);
    client->channel_count--;
    *channel = client->channels[client->channel_count];
}

void
sim_view_deinit(struct sim_client *client)
{
    while (client->channel_count > 0)
        remove_channel(client, &client->channels[0]);
    cf_free(client->channels);
    cf_free(client->expected.tokens);
}

/* The channel that a line is about, which the client must be in. NULL when the line is its own
 * doing from outside: an operator of the server may do that. */
static struct sim_channel *
channel_of(const struct line_call *call, struct str name)
{
    struct sim_channel *channel = find_channel(call->client, name);
    if (channel == NULL && !is_own(call))
        fail(call, "about a channel that it is not in");
    return channel;
}

/* Whether somebody is in a channel of the client, or may be, as far as it knows. */
static bool
may_know(const struct sim_client *client, struct str nick)
{
    for (size_t i = 0; i < client->channel_count; i++) {
        if (!client->channels[i].is_complete || find_member(&client->channels[i], nick) != NULL)
            return true;
    }
    return false;
}

/* --- lines --- */

static void
got_join(const struct line_call *call)
{
    struct str name = param(call, 0);
    bool is_extended = (call->client->caps & CAP(EXTENDED_JOIN)) != 0;
    if (call->msg->param_count != (is_extended ? 3 : 1))
        fail(call, "JOIN and extended-join don't agree");
    struct sim_channel *channel = find_channel(call->client, name);
    if (is_own(call)) {
        if (channel != NULL)
            fail(call, "joins a channel that it is in");
        channel = add_channel(call->client, name);
    }
    if (channel == NULL)
        fail(call, "a JOIN of another channel");
    if (find_member(channel, call->nick) != NULL)
        fail(call, "somebody joins who is there already");
    (void)add_member(channel, call->nick); /* it is enough that it is there */
}

static void
member_left(const struct line_call *call, struct sim_channel *channel, struct str nick)
{
    struct sim_member *member = find_member(channel, nick);
    if (str_equal(nick, str_from_nul(call->client->nick))) {
        remove_channel(call->client, channel);
    } else if (member != NULL) {
        remove_member(channel, member);
    } else if (channel->is_complete) {
        fail(call, "somebody leaves who was not there");
    }
}

static void
got_part(const struct line_call *call)
{
    struct sim_channel *channel = find_channel(call->client, param(call, 0));
    if (channel == NULL)
        fail(call, "a PART of another channel");
    member_left(call, channel, call->nick);
}

static void
got_kick(const struct line_call *call)
{
    struct sim_channel *channel = channel_of(call, param(call, 0));
    if (channel != NULL)
        member_left(call, channel, param(call, 1));
}

static void
got_quit(const struct line_call *call)
{
    bool is_known = may_know(call->client, call->nick);
    if (is_own(call))
        fail(call, "its own QUIT");
    if (!is_known)
        fail(call, "a QUIT of somebody who is in none of its channels");
    for (size_t i = 0; i < call->client->channel_count; i++) {
        struct sim_channel *channel = &call->client->channels[i];
        struct sim_member *member = find_member(channel, call->nick);
        if (member != NULL)
            remove_member(channel, member);
    }
}

static void
got_nick(const struct line_call *call)
{
    struct sim_client *client = call->client;
    struct str nick = param(call, 0);
    if (!is_own(call) && !may_know(client, call->nick))
        fail(call, "a NICK of somebody who is in none of its channels");
    for (size_t i = 0; i < client->channel_count; i++) {
        struct sim_channel *channel = &client->channels[i];
        struct sim_member *member = find_member(channel, call->nick);
        if (member == NULL)
            continue;
        if (find_member(channel, nick) != NULL)
            fail(call, "a NICK that somebody has");
        copy_name(member->nick, sizeof member->nick, nick);
    }
    if (is_own(call))
        copy_name(client->nick, sizeof client->nick, nick);
}

/* Ranks of members, as the letters say. */
static void
got_mode(const struct line_call *call)
{
    if (str_equal(param(call, 0), str_from_nul(call->client->nick)))
        return;
    struct sim_channel *channel = channel_of(call, param(call, 0));
    struct str letters = param(call, 1);
    size_t next = 2;
    char sign = '\0';
    for (size_t i = 0; i < letters.len; i++) {
        char letter = letters.ptr[i];
        if (letter == '+' || letter == '-') {
            sign = letter;
            continue;
        }
        const struct channel_mode_row *row = channel_mode_find(letter);
        const struct rank_row *rank = rank_find_letter(letter);
        bool has_param = rank != NULL || row == NULL || row->kind == MODE_LIST ||
                         row->kind == MODE_KEY || (row->kind != MODE_FLAG && sign == '+');
        if (sign == '\0' || (rank == NULL && row == NULL) ||
            (has_param && next >= call->msg->param_count))
            fail(call, "a MODE that makes no sense");
        struct str value = has_param ? param(call, next++) : STR("");
        if (rank == NULL || channel == NULL)
            continue;
        struct sim_member *member = find_member(channel, value);
        if (member == NULL && channel->is_complete)
            fail(call, "a rank for somebody who is not there");
        if (member != NULL)
            member->ranks = sign == '+' ? member->ranks | rank->rank : member->ranks & ~rank->rank;
    }
    if (next != call->msg->param_count)
        fail(call, "a MODE with too many parameters");
}

/* The same by names. */
static void
got_prop(const struct line_call *call)
{
    if (!(call->client->caps & CAP(NAMED_MODES)))
        fail(call, "PROP without the capability for it");
    if (str_equal(param(call, 0), str_from_nul(call->client->nick)))
        return;
    struct sim_channel *channel = channel_of(call, param(call, 0));
    for (size_t i = 1; i < call->msg->param_count; i++) {
        struct str item = param(call, i);
        struct str name = str_skip(item, 1);
        struct str value = str_skip(name, str_find_byte(name, '=') + 1);
        char letter = mode_letter_of_channel(str_take(name, str_find_byte(name, '=')));
        const struct rank_row *rank = rank_find_letter(letter);
        if (letter == '\0' || (item.ptr[0] != '+' && item.ptr[0] != '-'))
            fail(call, "a PROP that makes no sense");
        struct sim_member *member =
            rank == NULL || channel == NULL ? NULL : find_member(channel, value);
        if (rank != NULL && channel != NULL && member == NULL && channel->is_complete)
            fail(call, "a rank for somebody who is not there");
        if (member != NULL)
            member->ranks =
                item.ptr[0] == '+' ? member->ranks | rank->rank : member->ranks & ~rank->rank;
    }
}

/* One name of a 353: compared with what is known, or learned. */
static void
got_name(const struct line_call *call, struct sim_channel *channel, struct str name)
{
    uint64_t caps = call->client->caps;
    uint32_t ranks = 0;
    size_t prefixes = 0;
    while (name.len > 0 && rank_find_prefix(name.ptr[0]) != NULL) {
        ranks |= rank_find_prefix(name.ptr[0])->rank;
        name = str_skip(name, 1);
        prefixes++;
    }
    if (prefixes > 1 && !(caps & CAP(MULTI_PREFIX)))
        fail(call, "several ranks without multi-prefix");
    size_t bang = str_find_byte(name, '!');
    if ((bang < name.len) != ((caps & CAP(USERHOST_IN_NAMES)) != 0))
        fail(call, "hosts and userhost-in-names don't agree");
    struct str nick = str_take(name, bang);
    struct sim_member *member = find_member(channel, nick);
    if (member == NULL && channel->is_complete)
        fail(call, "NAMES has somebody who is not there");
    bool is_new = member == NULL;
    if (is_new)
        member = add_member(channel, nick);
    bool must_agree = !is_new && channel->knows_ranks;
    if (must_agree && (caps & CAP(MULTI_PREFIX)) && member->ranks != ranks)
        fail(call, "NAMES has other ranks");
    if (must_agree && rank_highest(member->ranks) != rank_highest(ranks))
        fail(call, "NAMES has another highest rank");
    if (!must_agree)
        member->ranks = ranks;
    channel->listed++;
}

static void
got_names(const struct line_call *call)
{
    struct sim_channel *channel = find_channel(call->client, param(call, 2));
    if (channel == NULL)
        return; /* asked for from outside */
    if (!channel->is_listing)
        channel->listed = 0;
    channel->is_listing = true;
    struct str names = param(call, 3);
    while (names.len > 0)
        got_name(call, channel, str_cut_word(&names));
}

static void
got_end_of_names(const struct line_call *call)
{
    struct sim_channel *channel = find_channel(call->client, param(call, 1));
    if (channel == NULL || !channel->is_listing)
        return; /* from outside, or by a name that is spelled otherwise: see got_names */
    channel->is_listing = false;
    if (channel->listed != channel->count)
        fail(call, "NAMES lacks somebody");
    channel->is_complete = true;
    channel->knows_ranks = channel->knows_ranks || (call->client->caps & CAP(MULTI_PREFIX)) != 0;
}

static void
got_cap(const struct line_call *call)
{
    bool is_loss = str_equal(param(call, 1), STR("DEL"));
    if (!is_loss && !str_equal(param(call, 1), STR("ACK")))
        return;
    struct str words = param(call, 2);
    while (words.len > 0) {
        struct str word = str_cut_word(&words);
        bool is_negative = str_starts_with(word, STR("-"));
        bool is_removal = is_loss || is_negative;
        enum capability capability;
        if (!capability_find(str_skip(word, is_negative ? 1 : 0), &capability))
            fail(call, "CAP of something unknown");
        uint64_t bit = UINT64_C(1) << capability;
        call->client->caps = is_removal ? call->client->caps & ~bit : call->client->caps | bit;
    }
}

static void
got_invite(const struct line_call *call)
{
    bool is_for_me = str_equal(param(call, 0), str_from_nul(call->client->nick));
    if (is_for_me)
        return;
    if (!(call->client->caps & CAP(INVITE_NOTIFY)))
        fail(call, "an INVITE for somebody else without invite-notify");
    if (find_channel(call->client, param(call, 1)) == NULL)
        fail(call, "an INVITE for somebody else to another channel");
}

/* AWAY, SETNAME and CHGHOST: with a capability, and only of those whom one sees or monitors. */
static void
got_state(const struct line_call *call, uint64_t cap)
{
    if (!(call->client->caps & cap))
        fail(call, "without the capability for it");
    bool is_monitoring = (call->client->caps & CAP(EXTENDED_MONITOR)) != 0;
    if (!is_own(call) && !is_monitoring && !may_know(call->client, call->nick))
        fail(call, "of somebody who is in none of its channels");
}

static void
got_rename(const struct line_call *call)
{
    if (!(call->client->caps & CAP(CHANNEL_RENAME)))
        fail(call, "RENAME without the capability for it");
    struct str name = param(call, 1);
    struct sim_channel *channel = channel_of(call, param(call, 0));
    if (channel == NULL)
        return;
    memcpy(channel->name, name.ptr, name.len);
    channel->name[name.len] = '\0';
}

static void
got_message(const struct line_call *call)
{
    struct str target = param(call, 0);
    bool is_tagmsg = str_equal(call->msg->command, STR("TAGMSG"));
    if (is_tagmsg && !(call->client->caps & CAP(MESSAGE_TAGS)))
        fail(call, "TAGMSG without message-tags");
    bool is_from_server = str_find_byte(call->msg->source, '!') == call->msg->source.len;
    if (is_from_server || str_find_byte(target, '#') < target.len)
        return; /* channels: the model knows who gets what */
    /* Whether it is shown at all the model knows. */
    bool is_echo = is_own(call) && !call->client->is_plain;
    if (!is_echo && !call->client->has_old_lines &&
        !str_equal(target, str_from_nul(call->client->nick)))
        fail(call, "a message for somebody else");
}

static void
got_numeric(const struct line_call *call, uint64_t code)
{
    struct sim_client *client = call->client;
    if (code == 1) {
        if (client->is_registered)
            fail(call, "welcome again");
        client->is_registered = true;
        copy_name(client->nick, sizeof client->nick, param(call, 0));
    }
    bool is_addressed =
        !client->is_registered || str_equal(param(call, 0), str_from_nul(client->nick));
    /* The same line for all who watch: "*". */
    bool is_shared = code == 730 || code == 731 || code == 761 || code == 766;
    bool is_of_channel = code == 710 && find_channel(client, param(call, 0)) != NULL;
    if (!is_addressed && !is_of_channel && !(is_shared && str_equal(param(call, 0), STR("*"))))
        fail(call, "a numeric for another nick");
    if (code == 900 || code == 901) /* markers are the account's */
        memset(client->markers, 0, sizeof client->markers);
    if (code == 353)
        got_names(call);
    else if (code == 366)
        got_end_of_names(call);
}

/* Tags that need a capability. */
static void
check_tags(const struct line_call *call)
{
    static const struct {
        struct str key;
        uint64_t needed;
    } rows[] = {
        {STR_INIT("time"), CAP(SERVER_TIME)},
        {STR_INIT("batch"), CAP(BATCH)},
        {STR_INIT("label"), CAP(LABELED_RESPONSE)},
        {STR_INIT("account"), CAP(ACCOUNT_TAG)},
        {STR_INIT("draft/oper"), CAP(OPER_TAG)},
        {STR_INIT("confab.chat/seq"), CAP(SEQ)},
        {STR_INIT("draft/relaymsg"), CAP(RELAYMSG)},
        {STR_INIT("draft/multiline-concat"), CAP(MULTILINE)},
    };

    uint64_t caps = call->client->caps;
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        uint64_t needed = CAP(MESSAGE_TAGS);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            if (str_equal(tag.key, rows[i].key))
                needed = rows[i].needed;
        }
        /* What answers the switching off of a capability still has it, label and batch, too. */
        bool is_cap = str_equal(call->msg->command, STR("CAP"));
        bool is_batch = str_equal(call->msg->command, STR("BATCH"));
        /* It may be switched off while a page is read that will be a batch. */
        bool is_late = call->client->sim->has_disabled_caps && needed == CAP(BATCH);
        if (!(caps & needed) && !is_cap && !is_late &&
            !(is_batch && (needed & (CAP(BATCH) | CAP(LABELED_RESPONSE)))))
            fail(call, "a tag without the capability for it");
        if (!tags_key_is_valid(tag.key))
            fail(call, "a tag that is none");
    }
}

/* Without standard-replies only what no numeric says. */
static void
got_fail(const struct line_call *call)
{
    static const struct str commands[] = {
        STR_INIT("RENAME"),      STR_INIT("RELAYMSG"),   STR_INIT("REGISTER"),
        STR_INIT("CHANLIMITS"),  STR_INIT("BATCH"),      STR_INIT("MARKREAD"),
        STR_INIT("READ"),        STR_INIT("REDACT"),     STR_INIT("CHATHISTORY"),
        STR_INIT("PERSISTENCE"), STR_INIT("SEARCH"),     STR_INIT("METADATA"),
        STR_INIT("VERIFY"),      STR_INIT("INVITELINK"),
    };
    static const struct str codes[] = {STR_INIT("INVALID_UTF8"), STR_INIT("INVALID_REALNAME"),
                                       STR_INIT("CHANNEL_RENAMED"),
                                       STR_INIT("STORAGE_UNAVAILABLE")};
    bool is_expected = (call->client->caps & CAP(STANDARD_REPLIES)) != 0;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        is_expected = is_expected || str_equal(param(call, 0), commands[i]);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        is_expected = is_expected || str_equal(param(call, 1), codes[i]);
    if (!is_expected)
        fail(call, "FAIL without standard-replies");
}

static void
note_link(const struct line_call *call)
{
    struct sim *sim = call->client->sim;
    struct str secret = param(call, 2);
    if (secret.len == 0 || secret.len >= sizeof sim->link)
        fail(call, "that is no secret of a link");
    memcpy(sim->link, secret.ptr, secret.len);
    sim->link[secret.len] = '\0';
}

/* The id of a message to somebody else or to a channel, for REDACT and CHATHISTORY. */
static void
note_msgid(const struct line_call *call)
{
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        struct str target = param(call, 0);
        if (!str_equal(tag.key, STR("msgid")) || tag.raw_value.len != MSGID_TEXT_LEN)
            continue;
        if (str_equal(target, str_from_nul(call->client->nick)))
            target = call->nick;
        struct sim_seen *seen =
            &call->client->seen[call->client->seen_next++ % ARRAY_LEN(call->client->seen)];
        copy_name(seen->target, sizeof seen->target, target);
        copy_name(seen->msgid, sizeof seen->msgid, tag.raw_value);
    }
}

static void
got_redact(const struct line_call *call)
{
    struct str target = param(call, 0);
    if (!(call->client->caps & CAP(MESSAGE_REDACTION)))
        fail(call, "REDACT without the capability for it");
    if (target.len > 0 && target.ptr[0] == '#')
        (void)channel_of(call, target); /* that it is there is the check */
}

/* A marker never goes back, whatever device has set it; after RENAME it is of another channel. */
static void
got_marker(const struct line_call *call)
{
    struct sim_client *client = call->client;
    struct str target = param(call, 0);
    struct str time = param(call, 1);
    if (sim_model_was_renamed(client->sim, target))
        return;
    size_t at = 0;
    while (at < ARRAY_LEN(client->markers) &&
           !name_equal(str_from_nul(client->markers[at].target), target))
        at++;
    if (at == ARRAY_LEN(client->markers))
        at = client->marker_next++ % ARRAY_LEN(client->markers);
    struct sim_marker *marker = &client->markers[at];
    bool is_same = name_equal(str_from_nul(marker->target), target);
    if (is_same && str_compare(time, str_from_nul(marker->time)) < 0)
        fail(call, "a read marker goes back");
    copy_name(marker->target, sizeof marker->target, target);
    copy_name(marker->time, sizeof marker->time, time);
}

static void
dispatch(const struct line_call *call)
{
    struct str command = call->msg->command;
    uint64_t code;
    if (number_parse_u64(command, 999, &code))
        got_numeric(call, code);
    else if (str_equal(command, STR("JOIN")))
        got_join(call);
    else if (str_equal(command, STR("PART")))
        got_part(call);
    else if (str_equal(command, STR("KICK")))
        got_kick(call);
    else if (str_equal(command, STR("QUIT")))
        got_quit(call);
    else if (str_equal(command, STR("NICK")))
        got_nick(call);
    else if (str_equal(command, STR("MODE")))
        got_mode(call);
    else if (str_equal(command, STR("TOPIC")))
        (void)channel_of(call, param(call, 0)); /* that it is there is the check */
    else if (str_equal(command, STR("INVITE")))
        got_invite(call);
    else if (str_equal(command, STR("AWAY")))
        got_state(call, CAP(AWAY_NOTIFY));
    else if (str_equal(command, STR("SETNAME")))
        got_state(call,
                  is_own(call) && (call->client->caps & CAP(WHOAMI)) ? CAP(WHOAMI) : CAP(SETNAME));
    else if (str_equal(command, STR("PROP")))
        got_prop(call);
    else if (str_equal(command, STR("RENAME")))
        got_rename(call);
    else if (str_equal(command, STR("CHANLIMITS")) && !(call->client->caps & CAP(FLOOD_LIMITS)))
        fail(call, "CHANLIMITS without the capability for it");
    else if (str_equal(command, STR("CHGHOST")))
        got_state(call, CAP(CHGHOST));
    else if (str_equal(command, STR("FLOOR")) && !(call->client->caps & CAP(FLOOR)))
        fail(call, "FLOOR without the capability for it");
    else if (str_equal(command, STR("PRIVMSG")) || str_equal(command, STR("NOTICE")) ||
             str_equal(command, STR("TAGMSG")))
        got_message(call);
    else if (str_equal(command, STR("REDACT")))
        got_redact(call);
    else if (str_equal(command, STR("MARKREAD")) || str_equal(command, STR("READ")))
        got_marker(call);
    else if (str_equal(command, STR("INVITELINK")) && str_equal(param(call, 0), STR("CREATED")))
        note_link(call);
    else if (str_equal(command, STR("FAIL")))
        got_fail(call);
    else if (str_equal(command, STR("ERROR")))
        call->client->has_ended = true;
}

static void
got_irc_line(struct sim_client *client, struct str line)
{
    struct irc_msg msg;
    struct line_call call = {.client = client, .msg = &msg, .line = str_take(line, line.len - 2)};
    /* Tags may be longer than what clients may send, so they are cut off first. */
    struct str rest = call.line;
    struct str tags = STR_NONE;
    if (str_starts_with(rest, STR("@"))) {
        tags = str_cut(&rest, ' ');
        tags = str_skip(tags, 1);
    }
    if (irc_line_parse(rest, &msg) != IRC_PARSE_OK)
        fail(&call, "a line that can't be parsed");
    msg.tags = tags;
    call.nick = str_take(msg.source, str_find_byte(msg.source, '!'));
    if (str_equal(msg.command, STR("CAP")))
        got_cap(&call); /* comes with its own effect */
    check_tags(&call);
    sim_label_got(client, &msg, call.line);
    if (str_equal(msg.command, STR("PRIVMSG")) || str_equal(msg.command, STR("NOTICE")))
        note_msgid(&call);
    if (!sim_label_is_history(client, &msg))
        dispatch(&call);
}

/* What the plain door says by itself to what is typed: also between the last line of the hub and
 * the end, which may be two deliveries. */
static bool
is_from_door(const struct sim_client *client, struct str line)
{
    static const struct str beginnings[] = {
        STR_INIT("* What you type "), STR_INIT("* Joins and leaves "), STR_INIT("* There is no /"),
        STR_INIT("* You are in no "), STR_INIT("* Where to? "),        STR_INIT("*   /"),
    };
    bool is_one = false;
    for (size_t i = 0; client->is_plain && i < ARRAY_LEN(beginnings); i++)
        is_one = is_one || str_starts_with(line, beginnings[i]);
    return is_one;
}

void
sim_view_line(struct sim_client *client, struct str line)
{
    if (client->has_ended && is_from_door(client, line))
        return;
    if (client->has_ended)
        sim_fail(client->sim, "client %u gets a line after its end: %.*s", client->session->number,
                 STR_ARG(line));
    size_t at = 0;
    uint64_t token;
    /* A notice to operators quotes what somebody wanted to say. */
    bool is_quote = str_find(line, STR("Filter: rule ")) < line.len;
    while (client->sim->has_tokens && !is_quote && sim_next_token(line, &at, &token))
        sim_model_got(client, token, line);
    if (client->is_plain)
        client->has_ended = str_starts_with(line, STR("* Closing link: "));
    else
        got_irc_line(client, line);
}

/* --- comparing --- */

static void
compare_member(struct sim *sim, const struct sim_client *client, const struct sim_channel *channel,
               const struct hub_member_view *view)
{
    const struct sim_member *member = find_member(channel, view->nick);
    if (member == NULL)
        sim_fail(sim, "%s does not see %.*s in %s", client->nick, STR_ARG(view->nick),
                 channel->name);
    char prefix = rank_highest_prefix(member->ranks);
    if (channel->knows_ranks && prefix != view->prefix)
        sim_fail(sim, "%s sees %.*s in %s as '%c', but it is '%c'", client->nick,
                 STR_ARG(view->nick), channel->name, prefix == '\0' ? ' ' : prefix,
                 view->prefix == '\0' ? ' ' : view->prefix);
}

/* One session of a member: it must believe to be in the channel, with the same members. */
static void
compare_session(struct sim *sim, struct str name, struct slot_id channel_id,
                const struct sim_client *client)
{
    if (!distributor_is_in_audience(&client->session->recipient, channel_id))
        sim_fail(sim, "%s is in %.*s and not in its audience", client->nick, STR_ARG(name));
    if (client->is_plain)
        return;
    const struct sim_channel *channel = find_channel(client, name);
    if (channel == NULL)
        sim_fail(sim, "%s does not know that it is in %.*s", client->nick, STR_ARG(name));
    if (!channel->is_complete)
        return;
    struct hub_member_view view;
    size_t count = 0;
    for (; hub_member_at(sim->rig->hub, name, count, &view); count++)
        compare_member(sim, client, channel, &view);
    if (count != channel->count)
        sim_fail(sim, "%s sees %zu members in %.*s, but there are %zu", client->nick,
                 channel->count, STR_ARG(name), count);
}

/* All sessions of a member; returns how many are at each home. */
static void
compare_sessions(struct sim *sim, struct str name, struct slot_id channel_id,
                 const struct hub_member_view *member, size_t at_home[RIG_HOMES_MAX])
{
    size_t count = 0;
    list_for_each(node, &sim->clients) {
        const struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (!slot_id_equal(client->user, member->user))
            continue;
        compare_session(sim, name, channel_id, client);
        at_home[client->session->home]++;
        count++;
    }
    if (count != member->session_count)
        sim_fail(sim, "%.*s in %.*s has %zu sessions, not %zu", STR_ARG(member->nick),
                 STR_ARG(name), count, member->session_count);
}

static size_t
compare_channel(struct sim *sim, struct str name)
{
    struct slot_id id;
    if (!hub_channel_id(sim->rig->hub, name, &id))
        return 0;
    size_t at_home[RIG_HOMES_MAX] = {0};
    struct hub_member_view view;
    size_t count = 0;
    for (; hub_member_at(sim->rig->hub, name, count, &view); count++)
        compare_sessions(sim, name, id, &view, at_home);
    for (uint32_t home = 0; home < sim->rig->home_count; home++) {
        size_t size = distributor_audience_size(&sim->rig->homes[home].distributor, id);
        if (size != at_home[home])
            sim_fail(sim, "the audience of %.*s at home %u has %zu members, not %zu", STR_ARG(name),
                     home, size, at_home[home]);
    }
    return count;
}

void
sim_view_compare(struct sim *sim)
{
    for (size_t i = 0; i < sim->known_count; i++)
        (void)compare_channel(sim, str_from_nul(sim->known[i].spelled));
    list_for_each(node, &sim->clients) {
        const struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (client->has_closed)
            continue;
        const uint64_t silent = CAP(CAP_NOTIFY); /* came with CAP LS 302 */
        uint64_t caps = client->session->recipient.caps;
        /* Without cap-notify, nobody was told of what the configuration has switched off. */
        uint64_t differing = sim->has_disabled_caps ? caps & ~client->caps : client->caps ^ caps;
        if (!client->is_plain && (differing & ~silent) != 0)
            sim_fail(sim, "client %u believes in other capabilities", client->session->number);
        if (caps != client->session->caps_ahead)
            sim_fail(sim, "client %u has other capabilities than the hub thinks",
                     client->session->number);
        if (!client->is_plain && strcmp(client->nick, client->nick_ahead) != 0)
            sim_fail(sim, "client %u believes to be %s, but is %s", client->session->number,
                     client->nick, client->nick_ahead);
        for (size_t c = 0; c < client->channel_count; c++) {
            struct str name = str_from_nul(client->channels[c].name);
            struct hub_member_view view;
            bool is_member = false;
            for (size_t m = 0; !is_member && hub_member_at(sim->rig->hub, name, m, &view); m++)
                is_member = slot_id_equal(view.user, client->user);
            if (!is_member)
                sim_fail(sim, "%s believes to be in %.*s and is not", client->nick, STR_ARG(name));
        }
    }
}
