/*
 * What the server tells of itself: MOTD LUSERS VERSION TIME ADMIN INFO HELP LINKS MAP, and the
 * welcome after registration.
 * Spec: modern.ircdocs "Server Queries and Commands", RFC 2812 3.4 and 4.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/extban.h"
#include "hub/metadata_watch.h"
#include "hub/mode.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/reply.h"
#include "hub/reply_help.h"
#include "hub/server_notice.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>

bool
is_for_this_server(struct call *call, struct str server)
{
    if (server.len == 0 || user_find(call->hub, server) != NULL)
        return true;
    struct folded mask;
    struct folded name;
    if (name_fold(server, &mask) && name_fold(call->hub->config->server_name, &name) &&
        mask_matches(folded_str(&mask), folded_str(&name)))
        return true;
    reply(call, ERR_NOSUCHSERVER, server);
    return false;
}

void
send_motd(struct call *call)
{
    struct str rest = call->hub->config->motd;
    if (rest.len == 0) {
        reply_plain(call, ERR_NOMOTD);
        return;
    }
    reply_format(call, RPL_MOTDSTART, "- %.*s Message of the day -",
                 STR_ARG(call->hub->config->server_name));
    while (rest.ptr != NULL) {
        struct str line = str_cut(&rest, '\n');
        if (line.len > 0 || rest.ptr != NULL) /* not the nothing behind the last line end */
            reply_format(call, RPL_MOTD, "- %.*s", STR_ARG(line));
    }
    reply_plain(call, RPL_ENDOFMOTD);
}

void
cmd_motd(struct call *call)
{
    if (is_for_this_server(call, call_param(call, 0)))
        send_motd(call);
}

/* A numeric with a number before its own text. */
static void
reply_count(struct call *call, enum numeric numeric, uint64_t count)
{
    struct buf text;
    buf_init(&text, 24);
    buf_put_u64(&text, count);
    reply(call, numeric, buf_str(&text));
    buf_deinit(&text);
}

static void
reply_users(struct call *call, enum numeric numeric, const char *what)
{
    const struct hub *hub = call->hub;
    struct buf now;
    struct buf peak;
    struct buf text;
    buf_init(&now, 24);
    buf_init(&peak, 24);
    buf_init(&text, 128);
    buf_put_u64(&now, hub->users.count);
    buf_put_u64(&peak, hub->users_peak);
    buf_printf(&text, "Current %s users %u, max %u", what, hub->users.count, hub->users_peak);
    reply_text(call, numeric, buf_str(&now), buf_str(&peak), buf_str(&text));
    buf_deinit(&now);
    buf_deinit(&peak);
    buf_deinit(&text);
}

void
send_lusers(struct call *call)
{
    const struct hub *hub = call->hub;
    uint32_t unregistered = hub->sessions.count - hub->registered_count;
    reply_format(call, RPL_LUSERCLIENT, "There are %u users and %u invisible on 1 servers",
                 hub->users.count - hub->invisible_count, hub->invisible_count);
    reply_count(call, RPL_LUSEROP, hub->operator_count);
    if (unregistered > 0)
        reply_count(call, RPL_LUSERUNKNOWN, unregistered);
    if (hub->channels.count > 0)
        reply_count(call, RPL_LUSERCHANNELS, hub->channels.count);
    reply_format(call, RPL_LUSERME, "I have %u clients and 0 servers", hub->users.count);
    reply_users(call, RPL_LOCALUSERS, "local");
    reply_users(call, RPL_GLOBALUSERS, "global");
}

void
cmd_lusers(struct call *call)
{
    send_lusers(call);
}

static void
put_mode_letters(struct buf *users, struct buf *channels, struct buf *with_params)
{
    for (size_t i = 0; i < user_mode_count(); i++)
        buf_put_byte(users, user_mode_at(i)->letter);
    for (size_t i = 0; i < channel_mode_count(); i++) {
        buf_put_byte(channels, channel_mode_at(i)->letter);
        if (channel_mode_at(i)->kind != MODE_FLAG)
            buf_put_byte(with_params, channel_mode_at(i)->letter);
    }
    for (size_t i = 0; i < RANK_COUNT; i++) {
        buf_put_byte(channels, rank_row_at(i)->letter);
        buf_put_byte(with_params, rank_row_at(i)->letter);
    }
}

/* How others see the user, for clients that have to know how long their lines may be: SETNAME with
 * the user as its source. Spec: draft whoami (ircv3-specifications pull request 603). */
static void
send_own_prefix(struct call *call)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_SETNAME, STR("SETNAME"));
    spec.needs = CAP(WHOAMI) | CAP(CHGHOST);
    spec.params = &call->user->realname;
    spec.param_count = 1;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
}

void
send_welcome(struct call *call)
{
    const struct hub_config *config = call->hub->config;
    const struct user *user = call->user;
    reply_format(call, RPL_WELCOME, "Welcome to the %.*s Network, %.*s",
                 STR_ARG(config->network_name), STR_ARG(user->prefix));
    reply_format(call, RPL_YOURHOST, "Your host is %.*s, running version %.*s",
                 STR_ARG(config->server_name), STR_ARG(config->version));
    reply_format(call, RPL_CREATED, "This server was started %.*s", STR_ARG(config->created));
    struct buf users;
    struct buf channels;
    struct buf with_params;
    buf_init(&users, 64);
    buf_init(&channels, 64);
    buf_init(&with_params, 64);
    put_mode_letters(&users, &channels, &with_params);
    reply(call, RPL_MYINFO, config->server_name, config->version, buf_str(&users),
          buf_str(&channels), buf_str(&with_params));
    buf_deinit(&users);
    buf_deinit(&channels);
    buf_deinit(&with_params);
    send_isupport(call);
    send_mode_names(call);
    send_persistence(call);
    send_own_prefix(call);
    send_lusers(call);
    metadata_send_own(call);
    send_motd(call);
    if (user->modes != 0) { /* those that everybody begins with */
        struct buf modes;
        buf_init(&modes, 64);
        user_put_modes(&modes, user);
        reply(call, RPL_UMODEIS, buf_str(&modes));
        buf_deinit(&modes);
    }
}

void
cmd_version(struct call *call)
{
    if (!is_for_this_server(call, call_param(call, 0)))
        return;
    const struct hub_config *config = call->hub->config;
    reply_text(call, RPL_VERSION, config->version, config->server_name,
               STR("a chat server for IRC clients, browsers, nc and its own terminal client"));
    send_isupport(call);
}

void
cmd_time(struct call *call)
{
    if (!is_for_this_server(call, call_param(call, 0)))
        return;
    struct buf text;
    struct buf seconds;
    buf_init(&text, 64);
    buf_init(&seconds, 24);
    civil_put_human(&text, call->hub->now_ms);
    buf_put_u64(&seconds, (uint64_t)call->hub->now_ms / 1000);
    reply_text(call, RPL_TIME, call->hub->config->server_name, buf_str(&seconds), STR("0"),
               buf_str(&text));
    buf_deinit(&text);
    buf_deinit(&seconds);
}

void
cmd_admin(struct call *call)
{
    if (!is_for_this_server(call, call_param(call, 0)))
        return;
    const struct hub_config *config = call->hub->config;
    if (config->admin_location.len + config->admin_location_more.len + config->admin_email.len ==
        0) {
        reply(call, ERR_NOADMININFO, config->server_name);
        return;
    }
    reply(call, RPL_ADMINME, config->server_name);
    reply_text(call, RPL_ADMINLOC1, config->admin_location);
    reply_text(call, RPL_ADMINLOC2, config->admin_location_more);
    reply_text(call, RPL_ADMINEMAIL, config->admin_email);
}

void
cmd_info(struct call *call)
{
    if (!is_for_this_server(call, call_param(call, 0)))
        return;
    const struct hub_config *config = call->hub->config;
    reply_format(call, RPL_INFO, "%.*s: half duplex and full duplex, two people or a million,",
                 STR_ARG(config->version));
    reply_text(call, RPL_INFO, STR("one channel or many; from IRC, a browser, nc or a terminal."));
    reply_format(call, RPL_INFO, "Started %.*s; %llu lines executed, %llu messages relayed",
                 STR_ARG(config->created), (unsigned long long)call->hub->lines_executed,
                 (unsigned long long)call->hub->message_count);
    reply_plain(call, RPL_ENDOFINFO);
}

void
cmd_links(struct call *call)
{
    const struct hub_config *config = call->hub->config;
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "0 %.*s", STR_ARG(config->description));
    reply_text(call, RPL_LINKS, config->server_name, config->server_name, buf_str(&text));
    reply(call, RPL_ENDOFLINKS, STR("*"));
    buf_deinit(&text);
}

/* A tree of one server, with how many are on it. */
void
cmd_map(struct call *call)
{
    reply_format(call, RPL_MAP, "%.*s [%u users]", STR_ARG(call->hub->config->server_name),
                 call->hub->users.count);
    reply_plain(call, RPL_MAPEND);
}

void
cmd_summon(struct call *call)
{
    reply_plain(call, ERR_SUMMONDISABLED);
}

void
cmd_users(struct call *call)
{
    reply_plain(call, ERR_USERSDISABLED);
}

/* --- HELP --- */

static void
help_line(struct call *call, struct str topic, struct str text)
{
    reply_text(call, RPL_HELPTXT, topic, text);
}

static void
help_index(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic, STR("Commands; HELP <command> explains one:"));
    struct buf line;
    buf_init(&line, 72);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);
        if ((command->flags & COMMAND_OPERATOR) && !user_is_operator(call->user))
            continue;
        uint32_t privilege = command->flags >> COMMAND_PRIVILEGE_SHIFT;
        if (privilege != 0 && !user_may(call->user, privilege))
            continue;
        if (command->name.len + 1 > buf_room(&line)) {
            help_line(call, topic, buf_str(&line));
            buf_clear(&line);
        }
        if (line.len > 0)
            buf_put_byte(&line, ' ');
        buf_put(&line, command->name);
    }
    help_line(call, topic, buf_str(&line));
    help_line(
        call, topic,
        STR("HELP MODES explains channel modes, HELP EXTBANS the extended bans in their "
            "lists, HELP UMODES user modes, HELP RANKS the ranks of members, HELP 404 a reply"));
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
    buf_deinit(&line);
}

static void
help_row(struct call *call, struct str topic, char letter, struct str parameter, struct str help)
{
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES);
    buf_printf(&line, "+%c %.*s%s%.*s", letter, STR_ARG(parameter), parameter.len > 0 ? ": " : "",
               STR_ARG(help));
    help_line(call, topic, buf_str(&line));
    buf_deinit(&line);
}

static void
help_modes(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic, STR("Modes of channels: MODE <channel> +letter"));
    for (size_t i = 0; i < channel_mode_count(); i++) {
        const struct channel_mode_row *row = channel_mode_at(i);
        help_row(call, topic, row->letter, row->parameter, row->help);
    }
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
}

static void
help_user_modes(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic, STR("Modes of users: MODE <your nick> +letter"));
    for (size_t i = 0; i < user_mode_count(); i++)
        help_row(call, topic, user_mode_at(i)->letter, STR(""), user_mode_at(i)->help);
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
}

static void
help_extbans(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic,
               STR("Extended bans: MODE <channel> +b letter:value, in +e and +I, too"));
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < extban_count(); i++) {
        const struct extban_row *row = extban_at(i);
        buf_clear(&line);
        buf_printf(&line, "%c:%.*s or %.*s:%.*s: %.*s", row->letter, STR_ARG(row->value),
                   STR_ARG(row->name), STR_ARG(row->value), STR_ARG(row->help));
        help_line(call, topic, buf_str(&line));
    }
    help_line(call, topic,
              STR("One that says what is forbidden may have one that says whom behind it, and that "
                  "one a ! before it: m:!a:* mutes all who have no account"));
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
    buf_deinit(&line);
}

static void
help_ranks(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic, STR("Ranks of members: MODE <channel> +letter <nick>"));
    for (size_t i = 0; i < RANK_COUNT; i++) {
        const struct rank_row *row = rank_row_at(i);
        help_row(call, topic, row->letter, (struct str){.ptr = &row->prefix, .len = 1}, row->help);
    }
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
}

static void
help_notices(struct call *call, struct str topic)
{
    reply_text(
        call, RPL_HELPSTART, topic,
        STR("Notices of the server for its operators: MODE <your nick> +s +letters-letters"));
    for (size_t i = 0; i < server_notice_count(); i++)
        help_row(call, topic, server_notice_letter(i), STR(""), server_notice_help(i));
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
}

static void
help_privileges(struct call *call, struct str topic)
{
    reply_text(call, RPL_HELPSTART, topic,
               STR("Privileges of operators of the server; their class says which they have:"));
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < privilege_count(); i++) {
        uint32_t privilege = privilege_at(i);
        buf_clear(&line);
        buf_printf(&line, "%.*s: %.*s", STR_ARG(privilege_name(privilege)),
                   STR_ARG(privilege_help(privilege)));
        help_line(call, topic, buf_str(&line));
    }
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
    buf_deinit(&line);
}

static void
help_reply(struct call *call, struct str topic, const struct reply_help *row)
{
    struct buf head;
    buf_init(&head, 64);
    if (row->numeric != 0)
        buf_printf(&head, "%03u ", row->numeric);
    buf_put(&head, row->name);
    reply_text(call, RPL_HELPSTART, topic, buf_str(&head));
    help_line(call, topic, row->when);
    reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
    buf_deinit(&head);
}

void
cmd_help(struct call *call)
{
    struct str topic = call_param(call, 0);
    const struct command *command = command_find(topic);
    const struct reply_help *row = reply_help_find(topic);
    if (topic.len == 0) {
        help_index(call, STR("*"));
    } else if (str_equal_ascii_nocase(topic, STR("MODES"))) {
        help_modes(call, topic);
    } else if (str_equal_ascii_nocase(topic, STR("UMODES"))) {
        help_user_modes(call, topic);
    } else if (str_equal_ascii_nocase(topic, STR("EXTBANS"))) {
        help_extbans(call, topic);
    } else if (str_equal_ascii_nocase(topic, STR("RANKS"))) {
        help_ranks(call, topic);
    } else if (str_equal_ascii_nocase(topic, STR("NOTICES"))) {
        help_notices(call, topic);
    } else if (str_equal_ascii_nocase(topic, STR("PRIVILEGES"))) {
        help_privileges(call, topic);
    } else if (command != NULL) {
        struct buf syntax;
        buf_init(&syntax, LIMIT_LINE_BYTES);
        buf_printf(&syntax, "%.*s %.*s", STR_ARG(command->name), STR_ARG(command->syntax));
        reply_text(call, RPL_HELPSTART, topic, str_trim(buf_str(&syntax)));
        help_line(call, topic, command->help);
        reply_text(call, RPL_ENDOFHELP, topic, STR("End of HELP"));
        buf_deinit(&syntax);
    } else if (row != NULL) {
        help_reply(call, topic, row);
    } else {
        reply(call, ERR_HELPNOTFOUND, topic);
    }
}
