/* SILENCE, ACCEPT and who reaches whom; see shield.h. */
#include "hub/shield.h"

#include "base/alloc.h"
#include "base/buf.h"
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

/* Made when a user first uses it: most never do. */
struct shield {
    struct mask_list silenced;
    struct slot_id accepted[LIMIT_ACCEPT_ENTRIES]; /* users; some may be gone */
    size_t accepted_count;
    int64_t told_ms; /* when the user was last told of a caller */
};

static struct shield *
shield_of(struct user *user)
{
    if (user->shield == NULL)
        user->shield = cf_calloc_array(1, sizeof *user->shield);
    return user->shield;
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
    cf_free(gone);
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

/* Where the user stands in the list; accepted_count when it does not. */
static size_t
find_accepted(const struct shield *shield, struct slot_id user)
{
    size_t at = 0;
    while (at < shield->accepted_count && !slot_id_equal(shield->accepted[at], user))
        at++;
    return at;
}

static bool
accepts(const struct user *receiver, const struct user *sender)
{
    return receiver->shield != NULL &&
           find_accepted(receiver->shield, sender->id) < receiver->shield->accepted_count;
}

static void
forget_accepted(struct shield *shield, size_t at)
{
    assert(at < shield->accepted_count);
    shield->accepted_count--;
    memmove(shield->accepted + at, shield->accepted + at + 1,
            (shield->accepted_count - at) * sizeof *shield->accepted);
}

/* Leaves out those who have gone since. */
static void
forget_gone(const struct hub *hub, struct shield *shield)
{
    for (size_t at = shield->accepted_count; at > 0; at--) {
        if (slots_find(&hub->users, shield->accepted[at - 1]) == NULL)
            forget_accepted(shield, at - 1);
    }
}

void
shield_expect_answer(struct user *sender, const struct user *receiver)
{
    bool is_choosy = (sender->modes & (USER_MODE_CALLER_ID | USER_MODE_ACCOUNTS_ONLY)) != 0;
    if (!is_choosy || sender == receiver || accepts(sender, receiver))
        return;
    struct shield *shield = shield_of(sender);
    if (shield->accepted_count == LIMIT_ACCEPT_ENTRIES)
        forget_accepted(shield, 0);
    shield->accepted[shield->accepted_count++] = receiver->id;
}

static void
list_accepted(struct call *call)
{
    size_t head = call->hub->config->server_name.len + call->user->nick.len + sizeof(": 281  :");
    struct buf nicks;
    buf_init(&nicks, LIMIT_LINE_BYTES - head);
    const struct shield *shield = call->user->shield;
    for (size_t i = 0; shield != NULL && i < shield->accepted_count; i++) {
        const struct user *user = slots_find(&call->hub->users, shield->accepted[i]);
        if (user == NULL)
            continue;
        if (user->nick.len + 1 > buf_room(&nicks)) {
            reply_text(call, RPL_ACCEPTLIST, buf_str(&nicks));
            buf_clear(&nicks);
        }
        if (nicks.len > 0)
            buf_put_byte(&nicks, ' ');
        buf_put(&nicks, user->nick);
    }
    if (nicks.len > 0)
        reply_text(call, RPL_ACCEPTLIST, buf_str(&nicks));
    reply_plain(call, RPL_ENDOFACCEPT);
    buf_deinit(&nicks);
}

/* One of the nicks of ACCEPT: "nick" adds, "-nick" removes. */
static void
change_accepted(struct call *call, struct str item)
{
    bool is_removal = item.ptr[0] == '-';
    if (is_removal || item.ptr[0] == '+')
        item = str_skip(item, 1);
    const struct user *user = user_find(call->hub, item);
    if (user == NULL) {
        reply(call, ERR_NOSUCHNICK, item);
        return;
    }
    struct shield *shield = shield_of(call->user);
    forget_gone(call->hub, shield);
    size_t at = find_accepted(shield, user->id);
    bool is_accepted = at < shield->accepted_count;
    if (is_removal && is_accepted)
        forget_accepted(shield, at);
    else if (is_removal)
        reply(call, ERR_ACCEPTNOT, user->nick);
    else if (is_accepted)
        reply(call, ERR_ACCEPTEXIST, user->nick);
    else if (shield->accepted_count == LIMIT_ACCEPT_ENTRIES)
        reply_plain(call, ERR_ACCEPTFULL);
    else
        shield->accepted[shield->accepted_count++] = user->id;
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
        !accepts(receiver, call->user))
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
        (receiver->modes & USER_MODE_CALLER_ID) && !accepts(receiver, call->user);
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
