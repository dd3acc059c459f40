/*
 * Operators of the server: OPER DEOPER KILL WALLOPS GLOBOPS REHASH DIE RESTART.
 * Spec: modern.ircdocs "Operator Messages", RFC 2812 3.1.4, 3.7.1, 4.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/account_name.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>

/* An OPER whose password is being compared. */
struct oper_attempt {
    struct str name; /* both owned: of the block, if there is one */
    struct str hash; /* what the password is compared with */
};

static const struct hub_operator *
find_operator(const struct hub *hub, struct str name)
{
    for (size_t i = 0; i < hub->config->operator_count; i++) {
        if (str_equal(hub->config->operators[i].name, name))
            return &hub->config->operators[i];
    }
    return NULL;
}

/* From where the session comes: others of its user may be elsewhere, and what is shown of them is
 * what an operator has said with SETHOST or CHGHOST. */
static bool
is_allowed_from(const struct hub_operator *block, const struct user *user,
                const struct session *session)
{
    struct folded mask;
    struct folded host;
    struct buf prefix;
    if (!name_fold(block->host_mask, &mask) || !name_fold(session->host, &host))
        return false;
    buf_init(&prefix, 2 * LIMIT_MASK_BYTES + LIMIT_FOLDED_BYTES);
    buf_put(&prefix, str_take(user->folded_prefix, str_find_byte(user->folded_prefix, '@')));
    buf_put_byte(&prefix, '@');
    buf_put(&prefix, folded_str(&host));
    bool is_allowed = mask_matches(folded_str(&mask), buf_str(&prefix));
    buf_deinit(&prefix);
    return is_allowed;
}

static bool
has_account(const struct hub *hub, const struct hub_operator *block, const struct user *user)
{
    if (block->account.len == 0)
        return true;
    const struct account *account = account_find(hub, block->account);
    return account != NULL && account_find(hub, user->account) == account;
}

bool
operator_has_account(const struct hub *hub, struct str name)
{
    for (size_t i = 0; i < hub->config->operator_count; i++) {
        struct str account = hub->config->operators[i].account;
        if (account.len > 0 && name_equal(account, name))
            return true;
    }
    return false;
}

static bool
has_certificate(const struct hub_operator *block, const struct session *session)
{
    return block->fingerprint.len == 0 ||
           str_equal_ascii_nocase(block->fingerprint, session->fingerprint);
}

/*
 * Why the user can't be an operator by the block, as far as this session of it goes; empty: it can,
 * once its password is right. All who ask that, ask here. block: NULL when there is none.
 */
static struct str
misfit_of(const struct hub *hub, const struct hub_operator *block, const struct user *user,
          const struct session *session)
{
    if (block == NULL)
        return STR("no such operator");
    if (!is_allowed_from(block, user, session))
        return STR("host");
    if (!has_account(hub, block, user))
        return STR("account");
    if (!has_certificate(block, session))
        return STR("certificate");
    return STR("");
}

/* Whether it can still be one: with one of its sessions, whichever has said OPER. */
static bool
fits_still(const struct hub *hub, const struct hub_operator *block, const struct user *user)
{
    list_for_each(node, &user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (misfit_of(hub, block, user, session).len == 0)
            return true;
    }
    return false;
}

/* Whatever the reason, the client is told the same: which blocks there are, and for whom, is not
 * for everybody. */
static void
refuse_operator(struct call *call, struct str name, struct str reason)
{
    note(call->hub, call->session, "operator refused", {"nick", call->user->nick}, {"name", name},
         {"reason", reason});
    server_notify(call->hub, SERVER_NOTICE_OPERATORS, "Oper: %.*s is refused as %.*s: %.*s",
                  STR_ARG(call->user->prefix), STR_ARG(name), STR_ARG(reason));
    reply_text(call, ERR_PASSWDMISMATCH,
               STR("You can't be that operator: check the name and the password, and that you "
                   "have the account, certificate and host that go with them"));
}

/* What the class of a block allows; all where there is none. */
static uint32_t
privileges_of(const struct hub *hub, const struct hub_operator *block)
{
    if (block->class_name.len == 0)
        return PRIVILEGES_ALL;
    for (size_t i = 0; i < hub->config->oper_class_count; i++) {
        if (str_equal(hub->config->oper_classes[i].name, block->class_name))
            return hub->config->oper_classes[i].privileges;
    }
    return 0;
}

void
operator_grant(struct call *call, struct str name, enum office_origin origin, uint32_t privileges)
{
    struct user *user = call->user;
    user_set_modes(call->hub, user, user->modes | USER_MODE_OPERATOR);
    str_replace(&user->office->name, name);
    user->office->origin = origin;
    user->office->privileges = privileges;
    post_user_state(call->hub, user);
    note(call->hub, call->session, "operator granted", {"nick", user->nick}, {"name", name},
         {"addr", call->session->address});
    server_notify(call->hub, SERVER_NOTICE_OPERATORS, "Oper: %.*s is an operator as %.*s",
                  STR_ARG(user->prefix), STR_ARG(name));
}

/* MODE +o or -o to all sessions of the user; the one of the call, if any, is answered by it. */
static void
announce_operator(struct hub *hub, const struct user *user, const struct session *session,
                  struct str change)
{
    struct event_spec spec = spec_from_user(hub, user, EVENT_MODE, STR("MODE"));
    spec.params = (const struct str[]){user->nick, change};
    spec.param_count = 2;
    spec.origin = session == NULL ? SLOT_ID_NONE : session->id;
    struct event *event = event_new(&spec);
    post_to_user(hub, user, event);
    if (session != NULL)
        post_to_session(hub, session, event);
    event_unref(&event);
}

void
operator_grant_account(struct call *call, struct str account)
{
    operator_grant(call, account, OFFICE_OF_ACCOUNT, PRIVILEGES_ALL);
    announce_operator(call->hub, call->user, call->session, STR("+o"));
    reply_plain(call, RPL_YOUREOPER);
}

void
operator_grant_console(struct call *call)
{
    const struct user *user = call->user;
    if (user->office != NULL && user->office->origin == OFFICE_OF_CONSOLE)
        return;
    bool is_new = !user_is_operator(user);
    operator_grant(call, CONSOLE_OPERATOR, OFFICE_OF_CONSOLE, PRIVILEGES_ALL);
    if (is_new)
        announce_operator(call->hub, user, call->session, STR("+o"));
}

static void
grant_block(struct call *call, const struct hub_operator *block)
{
    operator_grant(call, block->name, OFFICE_OF_BLOCK, privileges_of(call->hub, block));
    announce_operator(call->hub, call->user, call->session, STR("+o"));
    reply_plain(call, RPL_YOUREOPER);
}

/*
 * What the password is compared with. Where it can't be right, with a hash all the same, so that
 * the answer takes as long as for a wrong one: that of the block, or of any that has one. Empty:
 * there is none, and so no block for which a password is compared.
 */
static struct str
hash_to_try(const struct hub *hub, const struct hub_operator *block)
{
    if (block != NULL && block->password_hash.len > 0)
        return block->password_hash;
    for (size_t i = 0; i < hub->config->operator_count; i++) {
        if (hub->config->operators[i].password_hash.len > 0)
            return hub->config->operators[i].password_hash;
    }
    return STR("");
}

void
cmd_oper(struct call *call)
{
    struct session *session = call->session;
    struct str name = call_param(call, 0);
    if (!rate_allows(call, RATE_OPERS, "You try to become an operator too often", STR_NONE))
        return;
    const struct hub_operator *block = find_operator(call->hub, name);
    struct str misfit = misfit_of(call->hub, block, call->user, session);
    if (block != NULL && misfit.len == 0 && block->password_hash.len == 0) {
        grant_block(call, block);
        return;
    }
    struct str hash = hash_to_try(call->hub, block);
    if (call->msg->param_count < 2 || hash.len == 0) {
        refuse_operator(call, name, misfit.len > 0 ? misfit : STR("no password"));
        return;
    }
    assert(session->oper_attempt == NULL);
    session->oper_attempt = cf_calloc_array(1, sizeof *session->oper_attempt);
    session->oper_attempt->name = str_dup(name);
    session->oper_attempt->hash = str_dup(hash);
    session->waiting = WAIT_OPER_PASSWORD;
    outbox_ask_about_secret(&call->hub->outbox, QUESTION_PASSWORD, session->id, call_param(call, 1),
                            hash);
    call->verdict = HUB_WAIT;
}

void
operator_password_checked(struct call *call, enum hub_answer answer)
{
    struct session *session = call->session;
    assert(session->waiting == WAIT_OPER_PASSWORD);
    session_resume(call->hub, session);
    const struct oper_attempt *attempt = session->oper_attempt;
    assert(attempt != NULL);
    /* All of it once more: there may have been a reload, or a login, meanwhile. */
    const struct hub_operator *block = find_operator(call->hub, attempt->name);
    struct str reason = misfit_of(call->hub, block, call->user, session);
    bool is_right =
        answer == HUB_ANSWER_YES && block != NULL && str_equal(block->password_hash, attempt->hash);
    if (answer == HUB_ANSWER_BUSY)
        reply_text(call, RPL_TRYAGAIN, STR("OPER"),
                   STR("The server is busy checking passwords: try again in a minute"));
    else if (reason.len > 0 || !is_right)
        refuse_operator(call, attempt->name, reason.len > 0 ? reason : STR("password"));
    else
        grant_block(call, block);
    operator_forget(session);
}

void
operator_forget(struct session *session)
{
    struct oper_attempt *attempt = session->oper_attempt;
    session->oper_attempt = NULL;
    if (attempt == NULL)
        return;
    str_free(&attempt->name);
    str_free(&attempt->hash);
    cf_free(attempt);
}

void
operator_follow(struct call *call)
{
    struct hub *hub = call->hub;
    struct user *user = call->user;
    if (user->office != NULL && user->office->origin == OFFICE_OF_BLOCK &&
        !fits_still(hub, find_operator(hub, user->office->name), user))
        operator_revoke(hub, user);
    for (size_t i = 0; i < hub->config->operator_count && user->office == NULL; i++) {
        const struct hub_operator *block = &hub->config->operators[i];
        if (block->is_automatic && misfit_of(hub, block, user, call->session).len == 0)
            grant_block(call, block);
    }
}

/* The user is an ordinary one again. */
static void
revoke(struct hub *hub, struct user *user, const struct session *session)
{
    bool had_notices = (user->modes & USER_MODE_NOTICES) != 0;
    server_notify(hub, SERVER_NOTICE_OPERATORS, "Oper: %.*s is no operator any more",
                  STR_ARG(user->prefix));
    user_set_modes(hub, user, user->modes & ~USER_MODE_OPERATOR);
    announce_operator(hub, user, session, had_notices ? STR("-os") : STR("-o"));
    post_user_state(hub, user);
}

void
operator_revoke(struct hub *hub, struct user *user)
{
    revoke(hub, user, NULL);
}

void
cmd_deoper(struct call *call)
{
    revoke(call->hub, call->user, call->session);
}

/*
 * Nobody can register the account of a block, so while there is none the block is nobody's. And
 * whoever has been given a name later has the block of that name: that may be what was meant, or
 * somebody else.
 */
static void
warn_of_accounts(struct hub *hub)
{
    for (size_t i = 0; i < hub->config->operator_count; i++) {
        const struct hub_operator *block = &hub->config->operators[i];
        if (block->account.len == 0)
            continue;
        const struct account *account = account_find(hub, block->account);
        if (account == NULL)
            note_warning(hub, "operator block is for an account that is not there",
                         {"name", block->name}, {"account", block->account});
        else if (!account_has_first_name(account, block->account))
            note_warning(hub, "operator block is for an account that had another name first",
                         {"name", block->name}, {"account", block->account},
                         {"first", account->key});
    }
}

void
operators_refresh(struct hub *hub)
{
    warn_of_accounts(hub);
    struct list *next;
    for (struct list *node = hub->operators.next; node != &hub->operators; node = next) {
        next = node->next;
        struct user *user = CONTAINER_OF(node, struct office, in_operators)->holder;
        const struct hub_operator *block = find_operator(hub, user->office->name);
        if (user->office->origin != OFFICE_OF_BLOCK)
            continue;
        if (fits_still(hub, block, user))
            user->office->privileges = privileges_of(hub, block);
        else
            revoke(hub, user, NULL);
    }
}

void
user_kill(struct hub *hub, struct user *user, struct str reason)
{
    struct slot_id id = user->id;
    presence_end(hub, user);
    if (user_is_absent(user)) {
        user_leave(hub, user, reason);
        return;
    }
    while (user != NULL) {
        struct session *session = CONTAINER_OF(user->sessions.next, struct session, in_user);
        session_close(hub, session, reason, reason);
        user = slots_find(&hub->users, id);
    }
}

void
cmd_kill(struct call *call)
{
    struct str nick = call_param(call, 0);
    struct str comment = utf8_take(call_param(call, 1), LIMIT_REASON_BYTES - LIMIT_NICK_BYTES);
    struct user *user = user_find(call->hub, nick);
    if (user == NULL) {
        if (str_equal_ascii_nocase(nick, call->hub->config->server_name))
            reply_plain(call, ERR_CANTKILLSERVER);
        else
            reply(call, ERR_NOSUCHNICK, nick);
        return;
    }
    struct buf reason;
    buf_init(&reason, LIMIT_REASON_BYTES + 32);
    buf_printf(&reason, "Killed (%.*s (%.*s))", STR_ARG(call->user->nick),
               STR_ARG(comment.len > 0 ? comment : STR("no reason given")));
    note(call->hub, call->session, "client killed", {"nick", user->nick}, {"by", call->user->nick},
         {"reason", comment});
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_CONTROL, STR("KILL"));
    spec.params = (const struct str[]){user->nick, buf_str(&reason)};
    spec.param_count = 2;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    post_to_user(call->hub, user, event);
    event_unref(&event);
    server_notify(call->hub, SERVER_NOTICE_KILLS, "Kill: %.*s by %.*s (%.*s)",
                  STR_ARG(user->prefix), STR_ARG(call->user->nick), STR_ARG(comment));
    if (user == call->user)
        call->verdict = HUB_CLOSED;
    user_kill(call->hub, user, buf_str(&reason));
    buf_deinit(&reason);
}

void
cmd_wallops(struct call *call)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_WALLOPS, STR("WALLOPS"));
    struct str text = call_param(call, 0);
    spec.params = &text;
    spec.param_count = 1;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    for (struct map_node *node = map_first(&call->hub->users_by_nick); node != NULL;
         node = map_next(node)) {
        const struct user *user = CONTAINER_OF(node, struct user, by_nick);
        if (user->modes & USER_MODE_WALLOPS)
            post_to_user(call->hub, user, event);
    }
    event_unref(&event);
}

void
cmd_globops(struct call *call)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "*** Globops from %.*s: %.*s", STR_ARG(call->user->nick),
               STR_ARG(call_param(call, 0)));
    list_for_each(node, &call->hub->operators) {
        const struct user *user = CONTAINER_OF(node, struct office, in_operators)->holder;
        struct event_spec spec = spec_from_server(call->hub, EVENT_MESSAGE, STR("NOTICE"));
        spec.params = (const struct str[]){user->nick, buf_str(&text)};
        spec.param_count = 2;
        spec.is_last_text = true;
        struct event *event = event_new(&spec);
        post_to_user(call->hub, user, event);
        event_unref(&event);
    }
    buf_deinit(&text);
}

static void
request(struct call *call, enum request_kind kind, const char *what)
{
    note(call->hub, call->session, what, {"nick", call->user->nick});
    outbox_put_request(&call->hub->outbox,
                       &(struct request){.kind = kind, .session = call->session->id});
}

void
cmd_rehash(struct call *call)
{
    reply(call, RPL_REHASHING, STR("configuration"));
    request(call, REQUEST_REHASH, "reload asked for");
}

void
cmd_die(struct call *call)
{
    request(call, REQUEST_DIE, "stop asked for");
}

void
cmd_restart(struct call *call)
{
    request(call, REQUEST_RESTART, "restart asked for");
}
