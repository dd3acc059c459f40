/*
 * STATS: what an operator needs to know to run the server, and what users may know of it. What
 * only the system knows (memory, files) is asked of the server, which tells it in a NOTICE.
 * Spec: modern.ircdocs STATS; the letters are those that servers in use have.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/blocklist.h"
#include "hub/command.h"
#include "hub/filter.h"
#include "hub/privilege.h"
#include "hub/reply.h"
#include "hub/server_ban.h"
#include "hub/user.h"

struct stats_row {
    char letter;
    bool is_for_operators;
    void (*run)(struct call *call);
    struct str help;
};

static void
stats_limits(struct call *call)
{
    const struct hub_config *config = call->hub->config;
    reply_format(call, RPL_STATSDEBUG, "Connections: at most %u", config->users_max);
    reply_format(call, RPL_STATSDEBUG, "Channels: at most %u, and %u for one user",
                 config->channels_max, config->channels_per_user_max);
    reply_format(call, RPL_STATSDEBUG, "Entries in each list of a channel: at most %u",
                 config->list_entries_max);
    reply_format(call, RPL_STATSDEBUG, "Monitored nicks: at most %d; silenced masks: at most %d",
                 LIMIT_MONITOR_ENTRIES, LIMIT_SILENCE_ENTRIES);
    reply_format(call, RPL_STATSDEBUG, "A message of several lines: at most %d lines, %d bytes",
                 LIMIT_MULTILINE_LINES, LIMIT_MULTILINE_BYTES);
}

static void
stats_commands(struct call *call)
{
    for (size_t i = 0; i < command_count(); i++) {
        if (call->hub->command_counts[i] == 0)
            continue;
        struct buf count;
        buf_init(&count, 24);
        buf_put_u64(&count, call->hub->command_counts[i]);
        reply(call, RPL_STATSCOMMANDS, command_at(i)->name, buf_str(&count), STR("0"), STR("0"));
        buf_deinit(&count);
    }
}

static void
stats_operators(struct call *call)
{
    const struct hub_config *config = call->hub->config;
    for (size_t i = 0; i < config->operator_count; i++)
        reply(call, RPL_STATSOLINE, STR("O"), config->operators[i].host_mask, STR("*"),
              config->operators[i].name);
}

/* Those whom a user could ask for help. */
static void
stats_operators_online(struct call *call)
{
    const struct hub *hub = call->hub;
    list_for_each(node, &hub->operators) {
        const struct user *user = CONTAINER_OF(node, struct office, in_operators)->holder;
        reply_format(call, RPL_STATSDEBUG, "%.*s (%.*s), idle %lld s", STR_ARG(user->nick),
                     STR_ARG(user->prefix), (long long)(hub->now_ms - user->active_ms) / 1000);
    }
    reply_format(call, RPL_STATSDEBUG, "%u operators online", hub->operator_count);
}

static void
stats_uptime(struct call *call)
{
    int64_t up_s = (call->hub->now_ms - call->hub->started_ms) / 1000;
    reply_format(call, RPL_STATSUPTIME, "Server Up %lld days %lld:%02lld:%02lld",
                 (long long)up_s / 86400, (long long)up_s / 3600 % 24, (long long)up_s / 60 % 60,
                 (long long)up_s % 60);
}

static void
stats_figures(struct call *call)
{
    const struct hub *hub = call->hub;
    reply_format(call, RPL_STATSDEBUG, "%u connections, %u users of them (at most %u so far)",
                 hub->sessions.count, hub->users.count, hub->users_peak);
    reply_format(call, RPL_STATSDEBUG, "%u channels, %zu nicks monitored", hub->channels.count,
                 map_count(&hub->monitored));
    reply_format(call, RPL_STATSDEBUG, "%llu lines executed, %llu messages relayed",
                 (unsigned long long)hub->lines_executed, (unsigned long long)hub->message_count);
    outbox_put_request(&call->hub->outbox,
                       &(struct request){.kind = REQUEST_REPORT, .session = call->session->id});
}

static void
stats_address_bans(struct call *call)
{
    list_for_each(node, &call->hub->server_bans) {
        const struct server_ban *ban = CONTAINER_OF(node, struct server_ban, in_hub);
        if (ban->kind == SERVER_BAN_BLOCK)
            reply_text(call, RPL_STATSDLINE, STR("D"), ban->target, ban->reason);
    }
}

static void
stats_mask_bans(struct call *call)
{
    list_for_each(node, &call->hub->server_bans) {
        const struct server_ban *ban = CONTAINER_OF(node, struct server_ban, in_hub);
        if (ban->kind == SERVER_BAN_MASK)
            reply_text(call, RPL_STATSKLINE, STR("K"), ban->target, STR("*"), STR("*"),
                       ban->reason);
    }
}

static const struct stats_row rows[] = {
    {'f', true, filter_stats, STR_INIT("the rules of the spam filter")},
    {'L', false, stats_limits, STR_INIT("the limits in force")},
    {'d', true, stats_address_bans, STR_INIT("bans of addresses")},
    {'k', true, stats_mask_bans, STR_INIT("bans of masks")},
    {'m', true, stats_commands, STR_INIT("how often each command was used")},
    {'n', true, blocklist_stats, STR_INIT("the block lists in DNS")},
    {'o', true, stats_operators, STR_INIT("who may become operator of the server")},
    {'p', false, stats_operators_online, STR_INIT("operators of the server who are online")},
    {'u', false, stats_uptime, STR_INIT("how long the server has been up")},
    {'z', true, stats_figures, STR_INIT("connections, channels, messages, memory")},
};

static void
stats_help(struct call *call)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        reply_format(call, RPL_STATSDEBUG, "STATS %c: %.*s%s", rows[i].letter,
                     STR_ARG(rows[i].help), rows[i].is_for_operators ? " (operators)" : "");
}

void
cmd_stats(struct call *call)
{
    /* Not half a character. */
    struct str query = utf8_take(call_param(call, 0), 1);
    if (!is_for_this_server(call, call_param(call, 1)))
        return;
    const struct stats_row *row = NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (query.len > 0 && rows[i].letter == query.ptr[0])
            row = &rows[i];
    }
    if (row == NULL)
        stats_help(call);
    else if (row->is_for_operators && !user_may(call->user, PRIVILEGE_STATS))
        reply_plain(call, ERR_NOPRIVILEGES);
    else
        row->run(call);
    reply(call, RPL_ENDOFSTATS, query.len == 0 ? STR("*") : query);
}
