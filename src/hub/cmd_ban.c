/*
 * Bans from the server and closing it: KLINE DLINE UNKLINE UNDLINE UBAN DEFCON.
 * They are no standard; names and forms are those of Ergo, which has them from the networks.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/command.h"
#include "hub/defcon.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/reply.h"
#include "hub/server_ban.h"
#include "hub/server_notice.h"
#include "hub/user.h"

#include <assert.h>

#define DURATION_MS_MAX (INT64_C(3650) * 24 * 60 * 60 * 1000) /* ten years */

/* --- in words --- */

static void
put_left(struct buf *out, int64_t left_ms)
{
    int64_t minutes = (left_ms + 59999) / 60000;
    if (minutes >= 2 * 24 * 60)
        buf_printf(out, "%lldd", (long long)minutes / (24 * 60));
    else if (minutes >= 2 * 60)
        buf_printf(out, "%lldh", (long long)minutes / 60);
    else
        buf_printf(out, "%lldm", (long long)minutes);
}

/* "K12 on *!*@bad.host for 3d (reason)": without the reason that only operators know. */
static void
put_ban(struct buf *out, const struct hub *hub, const struct server_ban *ban)
{
    server_ban_put_id(out, ban);
    buf_printf(out, " on %.*s", STR_ARG(ban->target));
    if (ban->expires_ms > 0) {
        buf_put(out, STR(" for "));
        put_left(out, ban->expires_ms - hub->now_ms);
    }
    if (ban->allows_accounts)
        buf_put(out, STR(", but for accounts"));
    buf_printf(out, " (%.*s)", STR_ARG(ban->reason));
}

static void
tell_of_ban(struct call *call, const struct server_ban *ban, const char *before)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put(&text, str_from_nul(before));
    put_ban(&text, call->hub, ban);
    reply_notice(call, buf_str(&text));
    note(call->hub, call->session, "server ban", {"by", call->user->nick},
         {"command", call->command}, {"target", ban->target}, {"reason", ban->reason});
    server_notify(call->hub, SERVER_NOTICE_BANS, "%.*s by %.*s: %.*s", STR_ARG(call->command),
                  STR_ARG(call->user->nick), STR_ARG(buf_str(&text)));
    buf_deinit(&text);
}

/* --- adding --- */

/* What was asked for. */
struct request_to_ban {
    struct server_ban_spec spec;
    struct buf target;
    struct buf reason; /* with the comment behind '|' */
    bool may_meet_self;
    bool has_target;
    int64_t duration_ms; /* 0: for ever */
};

static void
refuse_ban(struct call *call, struct str code, struct str context, struct str text)
{
    refuse(call, &(struct refusal){.code = code, .context = context, .text = text});
}

/* A number with a unit. One without would be seconds here and minutes elsewhere. */
static bool
is_duration(struct str word, int64_t *ms_out)
{
    return word.len > 0 && !ascii_is_digit(word.ptr[word.len - 1]) &&
           number_parse_duration_ms(word, DURATION_MS_MAX, ms_out) && *ms_out > 0;
}

/* ANDKILL is what always happens. */
static bool
take_flag(struct request_to_ban *request, struct str word)
{
    if (str_equal_ascii_nocase(word, STR("MYSELF")))
        request->may_meet_self = true;
    else if (str_equal_ascii_nocase(word, STR("REQUIRE-SASL")))
        request->spec.allows_accounts = true;
    else if (!str_equal_ascii_nocase(word, STR("ANDKILL")) &&
             !str_equal_ascii_nocase(word, STR("DURATION")))
        return false;
    return true;
}

/* Flags and a duration may stand before and behind the target; all the rest is the reason. */
static bool
read_request(struct call *call, size_t first, struct request_to_ban *request)
{
    size_t i = first;
    for (; i < call->msg->param_count; i++) {
        struct str word = call->msg->params[i];
        if (take_flag(request, word) || is_duration(word, &request->duration_ms))
            continue;
        if (request->has_target)
            break;
        if (!server_ban_parse_target(word, &request->target, &request->spec)) {
            refuse_ban(call, STR("INVALID_TARGET"), word,
                       STR("A ban is on an address (192.0.2.1), a block (192.0.2.0/24) or a mask "
                           "(*!*@*.example.org)"));
            return false;
        }
        request->has_target = true;
    }
    for (; i < call->msg->param_count; i++) {
        if (request->reason.len > 0)
            buf_put_byte(&request->reason, ' ');
        buf_put(&request->reason, call->msg->params[i]);
    }
    struct str comment = utf8_take(buf_str(&request->reason), LIMIT_REASON_BYTES);
    struct str reason = str_trim(str_cut(&comment, '|'));
    request->spec.reason =
        reason.len > 0 ? utf8_take(reason, LIMIT_BAN_REASON_BYTES) : STR("no reason given");
    request->spec.comment = str_trim(comment);
    request->spec.set_by = call->user->nick;
    if (request->duration_ms > 0)
        request->spec.expires_ms = call->hub->now_ms + request->duration_ms;
    if (!request->has_target) {
        refuse_ban(call, STR("NEED_MORE_PARAMS"), call->command,
                   STR("Whom? Give an address, a block or a mask"));
    }
    return request->has_target;
}

/* Ends the absent users that the ban is about; returns how many. */
static uint32_t
end_absent(struct hub *hub, struct server_ban *ban)
{
    uint32_t count = 0;
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        if (!user_is_absent(user) || !server_ban_meets_absent(ban, user))
            continue;
        ban->hits++;
        user_kill(hub, user, STR("Banned"));
        count++;
    }
    return count;
}

/* Closes all that the ban is about, the session of the call last. */
static uint32_t
close_all(struct call *call, struct server_ban *ban)
{
    struct hub *hub = call->hub;
    uint32_t count = 0;
    bool meets_self = server_ban_meets_session(ban, call->session);
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        if (session == call->session || !server_ban_meets_session(ban, session))
            continue;
        server_ban_close(hub, session, ban);
        count++;
    }
    count += end_absent(hub, ban);
    if (meets_self) {
        server_ban_close(hub, call->session, ban);
        call->verdict = HUB_CLOSED;
    }
    return count;
}

static void
add(struct call *call, const struct request_to_ban *request)
{
    struct hub *hub = call->hub;
    if (!request->may_meet_self && server_ban_would_meet(&request->spec, call->session)) {
        refuse_ban(call, STR("MEETS_YOURSELF"), request->spec.target,
                   STR("This ban would be on yourself, too: add MYSELF if it is meant so"));
        return;
    }
    struct server_ban *old = server_ban_find(hub, request->spec.target);
    if (old != NULL) /* changed: the new one has all that is asked for */
        server_ban_remove(hub, old);
    struct server_ban *ban = server_ban_add(hub, &request->spec);
    if (ban == NULL) {
        refuse_ban(call, STR("LIMIT_REACHED"), request->spec.target,
                   STR("There are too many bans: take some back with UBAN DEL"));
        return;
    }
    tell_of_ban(call, ban, old == NULL ? "Ban " : "Changed ban ");
    uint32_t count = close_all(call, ban);
    if (count == 0 || call->verdict == HUB_CLOSED)
        return;
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "It closed %u connection%s", count, count == 1 ? "" : "s");
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

static void
ban(struct call *call, size_t first, bool is_for_blocks)
{
    struct request_to_ban request = {.may_meet_self = false};
    buf_init(&request.target, 2 * LIMIT_MASK_BYTES);
    buf_init(&request.reason, LIMIT_LINE_BYTES);
    if (read_request(call, first, &request)) {
        if (is_for_blocks && request.spec.kind != SERVER_BAN_BLOCK)
            refuse_ban(call, STR("INVALID_TARGET"), request.spec.target,
                       STR("DLINE is for addresses and blocks of them: KLINE bans masks"));
        else
            add(call, &request);
    }
    buf_deinit(&request.target);
    buf_deinit(&request.reason);
}

/* --- the rest --- */

/* By id, or by target in any form. */
static struct server_ban *
find_ban(struct call *call, struct str text)
{
    struct server_ban *found = server_ban_find(call->hub, text);
    struct server_ban_spec spec = {.kind = SERVER_BAN_MASK};
    struct buf target;
    buf_init(&target, 2 * LIMIT_MASK_BYTES);
    if (found == NULL && server_ban_parse_target(text, &target, &spec))
        found = server_ban_find(call->hub, spec.target);
    buf_deinit(&target);
    if (found == NULL)
        refuse_ban(call, STR("UNKNOWN_BAN"), text,
                   STR("There is no such ban: UBAN LIST shows those there are"));
    return found;
}

static void
take_back(struct call *call, struct str text)
{
    struct server_ban *found = find_ban(call, text);
    if (found == NULL)
        return;
    tell_of_ban(call, found, "No more ban ");
    server_ban_remove(call->hub, found);
}

static void
show_ban(struct call *call, const struct server_ban *shown)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    put_ban(&text, call->hub, shown);
    buf_printf(&text, " by %.*s on ", STR_ARG(shown->set_by));
    civil_put_human(&text, shown->set_ms);
    buf_printf(&text, ", %llu hit%s", (unsigned long long)shown->hits, shown->hits == 1 ? "" : "s");
    if (shown->comment.len > 0)
        buf_printf(&text, "; for operators: %.*s", STR_ARG(shown->comment));
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

static void
show_all(struct call *call)
{
    list_for_each(node, &call->hub->server_bans) {
        show_ban(call, CONTAINER_OF(node, struct server_ban, in_hub));
    }
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "End of bans: %u", call->hub->server_ban_count);
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

/* A ban, or what a ban on somebody connected would have to be about. */
static void
show_info(struct call *call, struct str text)
{
    const struct user *user = user_find(call->hub, text);
    if (user == NULL) {
        const struct server_ban *found = find_ban(call, text);
        if (found != NULL)
            show_ban(call, found);
        return;
    }
    const struct session *session = user_first_session(user);
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES);
    if (session == NULL)
        buf_printf(&line, "%.*s is %.*s and absent: NickServ SUSPEND %.*s ends it",
                   STR_ARG(user->nick), STR_ARG(user->prefix), STR_ARG(user->account));
    else
        buf_printf(&line, "%.*s is %.*s from %.*s: UBAN ADD %.*s bans the address",
                   STR_ARG(user->nick), STR_ARG(user->prefix), STR_ARG(session->address),
                   STR_ARG(session->address));
    reply_notice(call, buf_str(&line));
    buf_deinit(&line);
}

void
cmd_kline(struct call *call)
{
    ban(call, 0, false);
}

void
cmd_dline(struct call *call)
{
    ban(call, 0, true);
}

/* UNKLINE and UNDLINE. */
void
cmd_unban(struct call *call)
{
    take_back(call, call_param(call, 0));
}

void
cmd_uban(struct call *call)
{
    struct str what = call_param(call, 0);
    if (str_equal_ascii_nocase(what, STR("LIST")))
        show_all(call);
    else if (call->msg->param_count >= 2 && str_equal_ascii_nocase(what, STR("ADD")))
        ban(call, 1, false);
    else if (call->msg->param_count >= 2 && str_equal_ascii_nocase(what, STR("DEL")))
        take_back(call, call_param(call, 1));
    else if (call->msg->param_count >= 2 && str_equal_ascii_nocase(what, STR("INFO")))
        show_info(call, call_param(call, 1));
    else
        refuse_ban(call, STR("INVALID_PARAMS"), what,
                   STR("UBAN knows ADD <target> [duration] [reason], DEL <target or id>, LIST and "
                       "INFO <target, id or nick>"));
}

void
cmd_defcon(struct call *call)
{
    struct str wanted = call_param(call, 0);
    uint64_t level;
    if (wanted.len > 0 && (!number_parse_u64(wanted, DEFCON_NORMAL, &level) || level == 0)) {
        refuse_ban(call, STR("INVALID_PARAMS"), wanted, STR("DEFCON has levels 1 to 5"));
        return;
    }
    if (wanted.len > 0 && call->hub->defcon != level) {
        defcon_set(call->hub, (uint32_t)level, call->user->nick);
        note(call->hub, call->session, "defcon", {"by", call->user->nick}, {"level", wanted});
        server_notify(call->hub, SERVER_NOTICE_BANS, "Defcon %u by %.*s: %.*s", call->hub->defcon,
                      STR_ARG(call->user->nick), STR_ARG(defcon_text(call->hub->defcon)));
    }
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "Defcon is %u: %.*s", call->hub->defcon,
               STR_ARG(defcon_text(call->hub->defcon)));
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}
