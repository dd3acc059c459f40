/* Bans from the server; see server_ban.h. */
#include "hub/server_ban.h"

#include "base/alloc.h"
#include "base/civil.h"
#include "base/number.h"
#include "hub/reply.h"
#include "hub/server_ban_row.h"
#include "hub/server_notice.h"
#include "hub/session.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>

/* --- the list --- */

bool
server_ban_parse_target(struct str text, struct buf *target, struct server_ban_spec *spec)
{
    if (text.len == 0)
        return false;
    if (address_block_parse(text, &spec->block)) {
        spec->kind = SERVER_BAN_BLOCK;
        address_block_trim(&spec->block);
        address_block_put(target, &spec->block);
    } else {
        spec->kind = SERVER_BAN_MASK;
        mask_put_complete(target, text);
    }
    spec->target = buf_str(target);
    return target->len <= LIMIT_MASK_BYTES && !target->is_truncated;
}

static void
ban_expired(struct hub *hub, struct hub_timer *timer)
{
    struct server_ban *ban = CONTAINER_OF(timer, struct server_ban, timer);
    server_notify(hub, SERVER_NOTICE_BANS, "Ban %c%llu on %.*s has expired after %llu hits",
                  ban->kind == SERVER_BAN_BLOCK ? 'D' : 'K', (unsigned long long)ban->number,
                  STR_ARG(ban->target), (unsigned long long)ban->hits);
    server_ban_remove(hub, ban);
}

struct server_ban *
server_ban_add(struct hub *hub, const struct server_ban_spec *spec)
{
    assert(spec->target.len > 0);
    assert(server_ban_find(hub, spec->target) == NULL);
    if (hub->server_ban_count == LIMIT_SERVER_BANS)
        return NULL;
    struct server_ban *ban = cf_calloc_array(1, sizeof *ban);
    struct folded folded;
    ban->number = spec->number > 0 ? spec->number : hub->last_server_ban + 1;
    if (ban->number > hub->last_server_ban)
        hub->last_server_ban = ban->number;
    ban->kind = spec->kind;
    ban->allows_accounts = spec->allows_accounts;
    ban->target = str_dup(spec->target);
    ban->folded = str_dup(name_fold(spec->target, &folded) ? folded_str(&folded) : spec->target);
    ban->block = spec->block;
    ban->reason = str_dup(spec->reason);
    ban->comment = str_dup(spec->comment);
    ban->set_by = str_dup(spec->set_by);
    ban->set_ms = spec->number > 0 ? spec->set_ms : hub->now_ms;
    ban->expires_ms = spec->expires_ms;
    ban->timer.fired = ban_expired;
    list_append(&hub->server_bans, &ban->in_hub);
    hub->server_ban_count++;
    if (ban->expires_ms > 0)
        timers_set(&hub->timers, &ban->timer.timer, ban->expires_ms);
    if (spec->number == 0)
        server_ban_row_keep(hub, ban);
    return ban;
}

static void
free_ban(struct hub *hub, struct server_ban *ban)
{
    assert(hub->server_ban_count > 0);
    timers_clear(&hub->timers, &ban->timer.timer);
    list_remove(&ban->in_hub);
    hub->server_ban_count--;
    str_free(&ban->target);
    str_free(&ban->folded);
    str_free(&ban->reason);
    str_free(&ban->comment);
    str_free(&ban->set_by);
    cf_free(ban);
}

void
server_ban_remove(struct hub *hub, struct server_ban *ban)
{
    server_ban_row_drop(hub, ban);
    free_ban(hub, ban);
}

void
server_bans_deinit(struct hub *hub)
{
    while (!list_is_empty(&hub->server_bans))
        free_ban(hub, CONTAINER_OF(hub->server_bans.next, struct server_ban, in_hub));
}

static bool
has_id(const struct server_ban *ban, struct str text)
{
    uint64_t number;
    char letter = ban->kind == SERVER_BAN_BLOCK ? 'D' : 'K';
    return text.len > 1 && ascii_upper(text.ptr[0]) == letter &&
           number_parse_u64(str_skip(text, 1), UINT64_MAX, &number) && number == ban->number;
}

struct server_ban *
server_ban_find(const struct hub *hub, struct str text)
{
    struct folded folded;
    struct str wanted = name_fold(text, &folded) ? folded_str(&folded) : text;
    list_for_each(node, &hub->server_bans) {
        struct server_ban *ban = CONTAINER_OF(node, struct server_ban, in_hub);
        if (has_id(ban, text) || str_equal(ban->folded, wanted))
            return ban;
    }
    return NULL;
}

void
server_ban_put_id(struct buf *out, const struct server_ban *ban)
{
    buf_put_byte(out, ban->kind == SERVER_BAN_BLOCK ? 'D' : 'K');
    buf_put_u64(out, ban->number);
}

/* --- who is met --- */

static bool
block_meets(const struct server_ban *ban, const struct session *session)
{
    struct address_block own;
    return address_block_parse(session->address, &own) &&
           address_block_holds(&ban->block, &own.base);
}

/* One of the two things that a host can be called by. */
static bool
mask_meets_host(struct str mask, const struct server_ban_identity *identity, struct str host)
{
    struct buf text;
    buf_init(&text, LIMIT_NICK_BYTES + LIMIT_USER_BYTES + LIMIT_HOST_BYTES + 2);
    buf_printf(&text, "%.*s!%.*s@%.*s", STR_ARG(identity->nick), STR_ARG(identity->username),
               STR_ARG(host));
    struct folded folded;
    bool is_met = mask_matches(mask, name_fold(buf_str(&text), &folded) ? folded_str(&folded)
                                                                        : buf_str(&text));
    buf_deinit(&text);
    return is_met;
}

bool
server_ban_meets(const struct server_ban *ban, const struct server_ban_identity *identity)
{
    const struct session *session = identity->session;
    if (session_is_local(session) || (ban->allows_accounts && identity->account.len > 0))
        return false;
    if (ban->kind == SERVER_BAN_BLOCK)
        return block_meets(ban, session);
    return identity->nick.len > 0 && (mask_meets_host(ban->folded, identity, session->host) ||
                                      mask_meets_host(ban->folded, identity, session->address));
}

bool
server_ban_meets_absent(const struct server_ban *ban, const struct user *user)
{
    return ban->kind == SERVER_BAN_MASK && !ban->allows_accounts &&
           mask_matches(ban->folded, user->folded_prefix);
}

bool
server_ban_meets_session(const struct server_ban *ban, const struct session *session)
{
    const struct user *user = session->user;
    struct server_ban_identity identity = {.session = session};
    if (user != NULL) {
        identity.nick = user->nick;
        identity.username = user->username;
        identity.account = user->account;
    } else if (ban->allows_accounts) {
        return false; /* it may log in still */
    }
    return server_ban_meets(ban, &identity);
}

bool
server_ban_would_meet(const struct server_ban_spec *spec, const struct session *session)
{
    struct folded folded;
    const struct server_ban probe = {
        .kind = spec->kind,
        .allows_accounts = spec->allows_accounts,
        .folded = name_fold(spec->target, &folded) ? folded_str(&folded) : spec->target,
        .block = spec->block,
    };
    return server_ban_meets_session(&probe, session);
}

struct server_ban *
server_ban_of_connection(const struct hub *hub, const struct session *session)
{
    list_for_each(node, &hub->server_bans) {
        struct server_ban *ban = CONTAINER_OF(node, struct server_ban, in_hub);
        if (ban->kind == SERVER_BAN_BLOCK && server_ban_meets_session(ban, session))
            return ban;
    }
    return NULL;
}

struct server_ban *
server_ban_of_identity(const struct hub *hub, const struct server_ban_identity *identity)
{
    list_for_each(node, &hub->server_bans) {
        struct server_ban *ban = CONTAINER_OF(node, struct server_ban, in_hub);
        if (server_ban_meets(ban, identity))
            return ban;
    }
    return NULL;
}

void
server_ban_close(struct hub *hub, struct session *session, struct server_ban *ban)
{
    ban->hits++;
    struct buf text;
    struct buf error;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_init(&error, LIMIT_LINE_BYTES);
    buf_put(&text, STR("You are banned from this server: "));
    buf_put(&text, ban->reason);
    if (ban->expires_ms > 0) {
        buf_put(&text, STR(", until "));
        civil_put_human(&text, ban->expires_ms);
    }
    if (ban->allows_accounts)
        buf_put(&text, STR("; log in to an account to connect"));
    buf_put(&text, STR(" (ask for ban "));
    server_ban_put_id(&text, ban);
    buf_put_byte(&text, ')');
    struct call call = {.hub = hub, .session = session, .command = STR("*")};
    reply_text(&call, ERR_YOUREBANNEDCREEP, buf_str(&text));
    buf_put(&error, STR("Banned: "));
    buf_put(&error, ban->reason);
    buf_put(&error, STR(" ("));
    server_ban_put_id(&error, ban);
    buf_put_byte(&error, ')');
    session_expel(hub, session, STR("Banned"), buf_str(&error));
    buf_deinit(&text);
    buf_deinit(&error);
}
