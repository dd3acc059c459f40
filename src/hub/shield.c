/* SILENCE, ACCEPT and who reaches whom; see shield.h. */
#include "hub/shield.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/mask.h"

#include <assert.h>
#include <string.h>

/* How often somebody with +g is told of those who try to reach them. */
#define CALLER_NOTICE_MS 60000

/* Whose messages one accepts: a user while it is there, and whoever is logged in to its account. */
struct accepted {
    struct slot_id user;
    struct str account; /* owned: its key; empty: it had none */
};

/* Made when a user first uses it: most never do. */
struct shield {
    struct mask_list silenced;
    struct accepted *accepted; /* at most LIMIT_ACCEPT_ENTRIES; some may be gone */
    size_t accepted_count;
    size_t accepted_capacity;
    int64_t told_ms; /* when the user was last told of a caller */
};

static struct shield *
shield_of(struct user *user)
{
    if (user->shield == NULL)
        user->shield = cf_calloc_array(1, sizeof *user->shield);
    return user->shield;
}

const struct mask_list *
shield_silenced(const struct user *user)
{
    return user->shield == NULL ? NULL : &user->shield->silenced;
}

void
shield_restore(struct hub *hub, struct user *user, struct str mask)
{
    struct mask_list *list = &shield_of(user)->silenced;
    if (list->count < LIMIT_SILENCE_ENTRIES && mask_list_find(list, mask) == NULL)
        mask_list_add(hub, list, mask, user->nick);
}

bool
shield_silences(const struct user *receiver, const struct user *sender)
{
    if (receiver->shield == NULL || receiver == sender)
        return false;
    const struct mask_list *list = &receiver->shield->silenced;
    for (size_t i = 0; i < list->count; i++) {
        if (mask_matches(list->items[i].folded, sender->folded_prefix))
            return true;
    }
    return false;
}

/* --- the list of ACCEPT --- */

static bool
is_accepted_as(const struct hub *hub, const struct accepted *entry, const struct user *user)
{
    return slot_id_equal(entry->user, user->id) ||
           (entry->account.len > 0 && str_equal(entry->account, account_key_of(hub, user)));
}

/* Where the user stands in the list; accepted_count when it does not. */
static size_t
find_accepted(const struct hub *hub, const struct shield *shield, const struct user *user)
{
    size_t at = 0;
    while (at < shield->accepted_count && !is_accepted_as(hub, &shield->accepted[at], user))
        at++;
    return at;
}

/* The same for an account, by its key. */
static size_t
find_accepted_account(const struct shield *shield, struct str account)
{
    size_t at = 0;
    while (at < shield->accepted_count && !str_equal(shield->accepted[at].account, account))
        at++;
    return at;
}

static bool
accepts(const struct hub *hub, const struct user *receiver, const struct user *sender)
{
    return receiver->shield != NULL &&
           find_accepted(hub, receiver->shield, sender) < receiver->shield->accepted_count;
}

static void
add_accepted(struct shield *shield, struct slot_id user, struct str account)
{
    assert(shield->accepted_count < LIMIT_ACCEPT_ENTRIES);
    shield->accepted = cf_array_reserve(shield->accepted, &shield->accepted_capacity,
                                        shield->accepted_count + 1, sizeof *shield->accepted);
    shield->accepted[shield->accepted_count++] =
        (struct accepted){.user = user, .account = str_dup(account)};
}

static void
forget_accepted(struct shield *shield, size_t at)
{
    assert(at < shield->accepted_count);
    str_free(&shield->accepted[at].account);
    shield->accepted_count--;
    memmove(shield->accepted + at, shield->accepted + at + 1,
            (shield->accepted_count - at) * sizeof *shield->accepted);
}

void
shield_free(struct shield **shield)
{
    struct shield *gone = *shield;
    *shield = NULL;
    if (gone == NULL)
        return;
    while (gone->silenced.count > 0)
        mask_list_remove(&gone->silenced, &gone->silenced.items[gone->silenced.count - 1]);
    cf_free(gone->silenced.items);
    while (gone->accepted_count > 0)
        forget_accepted(gone, gone->accepted_count - 1);
    cf_free(gone->accepted);
    cf_free(gone);
}

/* Leaves out those who have gone since, and had no account by which they could come back. */
static void
forget_gone(const struct hub *hub, struct shield *shield)
{
    for (size_t at = shield->accepted_count; at > 0; at--) {
        const struct accepted *entry = &shield->accepted[at - 1];
        if (entry->account.len == 0 && slots_find(&hub->users, entry->user) == NULL)
            forget_accepted(shield, at - 1);
    }
}

void
shield_expect_answer(struct hub *hub, struct user *sender, const struct user *receiver)
{
    bool is_choosy = (sender->modes & (USER_MODE_CALLER_ID | USER_MODE_ACCOUNTS_ONLY)) != 0;
    if (!is_choosy || sender == receiver || accepts(hub, sender, receiver))
        return;
    struct shield *shield = shield_of(sender);
    if (shield->accepted_count == LIMIT_ACCEPT_ENTRIES)
        forget_accepted(shield, 0);
    add_accepted(shield, receiver->id, account_key_of(hub, receiver));
    presence_changed(hub, sender);
}

size_t
shield_accepted_accounts(const struct user *user, struct str out[LIMIT_ACCEPT_ENTRIES])
{
    const struct shield *shield = user->shield;
    size_t count = 0;
    for (size_t i = 0; shield != NULL && i < shield->accepted_count; i++) {
        if (shield->accepted[i].account.len > 0)
            out[count++] = shield->accepted[i].account;
    }
    return count;
}

void
shield_restore_accepted(const struct hub *hub, struct user *user, struct str account)
{
    const struct account *found = account_find(hub, account);
    struct shield *shield = shield_of(user);
    if (found != NULL && shield->accepted_count < LIMIT_ACCEPT_ENTRIES &&
        find_accepted_account(shield, found->key) == shield->accepted_count)
        add_accepted(shield, SLOT_ID_NONE, found->key);
}

void
shield_forget_account(struct hub *hub, const struct account *account)
{
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        if (user->shield == NULL)
            continue;
        size_t at = find_accepted_account(user->shield, account->key);
        if (at == user->shield->accepted_count)
            continue;
        forget_accepted(user->shield, at);
        presence_changed(hub, user);
    }
}

/* The nick of who is accepted, or the account of somebody who is not there; empty: it is gone. */
static struct str
shown_name(const struct hub *hub, const struct accepted *entry)
{
    const struct user *user = slots_find(&hub->users, entry->user);
    const struct account *account = account_find(hub, entry->account);
    return user != NULL ? user->nick : account != NULL ? account->name : STR("");
}

static void
list_accepted(struct call *call)
{
    size_t head = call->hub->config->server_name.len + call->user->nick.len + sizeof(": 281  :");
    struct buf nicks;
    buf_init(&nicks, LIMIT_LINE_BYTES - head);
    const struct shield *shield = call->user->shield;
    for (size_t i = 0; shield != NULL && i < shield->accepted_count; i++) {
        struct str name = shown_name(call->hub, &shield->accepted[i]);
        if (name.len == 0)
            continue;
        if (name.len + 1 > buf_room(&nicks)) {
            reply_text(call, RPL_ACCEPTLIST, buf_str(&nicks));
            buf_clear(&nicks);
        }
        if (nicks.len > 0)
            buf_put_byte(&nicks, ' ');
        buf_put(&nicks, name);
    }
    if (nicks.len > 0)
        reply_text(call, RPL_ACCEPTLIST, buf_str(&nicks));
    reply_plain(call, RPL_ENDOFACCEPT);
    buf_deinit(&nicks);
}

/* One of the nicks of ACCEPT: "nick" adds, "-nick" removes; of who is not there, the account. */
static void
change_accepted(struct call *call, struct str item)
{
    struct hub *hub = call->hub;
    bool is_removal = item.ptr[0] == '-';
    if (is_removal || item.ptr[0] == '+')
        item = str_skip(item, 1);
    const struct user *user = user_find(hub, item);
    const struct account *account = account_find(hub, user == NULL ? item : user->account);
    if (user == NULL && account == NULL) {
        reply(call, ERR_NOSUCHNICK, item);
        return;
    }
    struct shield *shield = shield_of(call->user);
    struct str name = user == NULL ? account->name : user->nick;
    forget_gone(hub, shield);
    size_t at = user == NULL ? find_accepted_account(shield, account->key)
                             : find_accepted(hub, shield, user);
    bool is_accepted = at < shield->accepted_count;
    if (is_removal && is_accepted)
        forget_accepted(shield, at);
    else if (is_removal)
        reply(call, ERR_ACCEPTNOT, name);
    else if (is_accepted)
        reply(call, ERR_ACCEPTEXIST, name);
    else if (shield->accepted_count == LIMIT_ACCEPT_ENTRIES)
        reply_plain(call, ERR_ACCEPTFULL);
    else
        add_accepted(shield, user == NULL ? SLOT_ID_NONE : user->id,
                     account == NULL ? STR("") : account->key);
    presence_changed(hub, call->user);
}

void
cmd_accept(struct call *call)
{
    struct str items = call_param(call, 0);
    if (items.len == 0 || str_equal(items, STR("*"))) {
        list_accepted(call);
        return;
    }
    while (items.ptr != NULL) {
        struct str item = str_cut(&items, ',');
        if (item.len > 0)
            change_accepted(call, item);
    }
}

/* --- SILENCE --- */

static void
list_silenced(struct call *call)
{
    const struct shield *shield = call->user->shield;
    for (size_t i = 0; shield != NULL && i < shield->silenced.count; i++)
        reply(call, RPL_SILELIST, shield->silenced.items[i].mask);
    reply_plain(call, RPL_ENDOFSILELIST);
}

/* One of the masks of SILENCE: "mask" or "+mask" adds, "-mask" removes. */
static void
change_silenced(struct call *call, struct str item)
{
    bool is_removal = item.ptr[0] == '-';
    if (is_removal || item.ptr[0] == '+')
        item = str_skip(item, 1);
    struct buf change; /* the sign, then the mask in full */
    buf_init(&change, LIMIT_MASK_BYTES + 1);
    buf_put_byte(&change, is_removal ? '-' : '+');
    mask_put_complete(&change, item);
    struct str mask = str_skip(buf_str(&change), 1);
    struct mask_list *list = &shield_of(call->user)->silenced;
    struct mask_entry *entry = mask_list_find(list, mask);
    if (item.len > 0 && is_removal == (entry != NULL)) {
        if (!is_removal && list->count == LIMIT_SILENCE_ENTRIES) {
            reply(call, ERR_SILELISTFULL, mask);
        } else {
            if (is_removal)
                mask_list_remove(list, entry);
            else
                mask_list_add(call->hub, list, mask, call->user->nick);
            presence_changed(call->hub, call->user);
            struct event_spec spec =
                spec_from_user(call->hub, call->user, EVENT_CONTROL, STR("SILENCE"));
            struct str shown = buf_str(&change);
            spec.params = &shown;
            spec.param_count = 1;
            announce_to_self(call, spec);
        }
    }
    buf_deinit(&change);
}

void
cmd_silence(struct call *call)
{
    struct str items = call_param(call, 0);
    if (items.len == 0) {
        list_silenced(call);
        return;
    }
    while (items.ptr != NULL) {
        struct str item = str_cut(&items, ',');
        if (item.len > 0)
            change_silenced(call, item);
    }
}

/* --- who reaches whom --- */

/* Why a message does not reach somebody. */
struct obstacle {
    enum numeric numeric;
    const char *text;
};

/* NULL when nothing about the message keeps it from the receiver. Answers to CTCP, which are
 * notices, may come. */
static const struct obstacle *
find_obstacle(const struct call *call, const struct user *receiver, const struct message *message)
{
    static const struct obstacle no_ctcp = {ERR_CANTSENDTOUSER,
                                            "takes no CTCP (+T): write in plain text"};
    static const struct obstacle secure_only = {
        ERR_CANTSENDTOUSER, "takes messages from secure connections only (+Z): connect with TLS"};
    static const struct obstacle accounts_only = {
        ERR_NEEDREGGEDNICK, "takes messages from accounts only (+R): log in to one first"};

    if ((receiver->modes & USER_MODE_NO_CTCP) && message->kind == MESSAGE_PRIVMSG &&
        message_is_ctcp(message))
        return &no_ctcp;
    if ((receiver->modes & USER_MODE_SECURE_ONLY) && !call->session->is_secure)
        return &secure_only;
    if ((receiver->modes & USER_MODE_ACCOUNTS_ONLY) && call->user->account.len == 0 &&
        !accepts(call->hub, receiver, call->user))
        return &accounts_only;
    return NULL;
}

/* The receiver is told that somebody tries, at most once a minute, and the sender of that. */
static void
announce_caller(struct call *call, struct user *receiver)
{
    struct shield *shield = shield_of(receiver);
    if (shield->told_ms != 0 && call->hub->now_ms - shield->told_ms < CALLER_NOTICE_MS)
        return;
    shield->told_ms = call->hub->now_ms;
    reply(call, RPL_TARGNOTIFY, receiver->nick);
    struct buf address;
    struct buf text;
    buf_init(&address, LIMIT_MASK_BYTES);
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&address, "%.*s@%.*s", STR_ARG(call->user->username), STR_ARG(call->user->host));
    buf_printf(&text, "is messaging you, and you have user mode +g: ACCEPT %.*s lets them through",
               STR_ARG(call->user->nick));
    struct event_spec spec = spec_from_server(call->hub, EVENT_REPLY, STR(""));
    spec.numeric = RPL_UMODEGMSG;
    spec.params =
        (const struct str[]){receiver->nick, call->user->nick, buf_str(&address), buf_str(&text)};
    spec.param_count = 4;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    post_to_user(call->hub, receiver, event);
    event_unref(&event);
    buf_deinit(&address);
    buf_deinit(&text);
}

bool
shield_admits(struct call *call, struct user *receiver, const struct message *message)
{
    if (receiver == call->user || user_is_operator(call->user))
        return true;
    const struct obstacle *obstacle = find_obstacle(call, receiver, message);
    bool needs_acceptance =
        (receiver->modes & USER_MODE_CALLER_ID) && !accepts(call->hub, receiver, call->user);
    if (obstacle == NULL && !needs_acceptance)
        return true;
    if (message->kind == MESSAGE_TAGMSG) /* nothing that somebody typed */
        return false;
    if (obstacle != NULL) {
        reply_text(call, obstacle->numeric, receiver->nick, str_from_nul(obstacle->text));
    } else {
        reply(call, ERR_TARGUMODEG, receiver->nick);
        announce_caller(call, receiver);
    }
    return false;
}
