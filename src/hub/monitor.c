/* MONITOR; see monitor.h. */
#include "hub/monitor.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/metadata_watch.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* A nick that somebody monitors. */
struct monitored {
    struct map_node by_nick; /* key: folded */
    struct str folded;       /* owned */
    struct list watches;     /* of watch.in_monitored */
};

/* One session's interest in one nick. */
struct watch {
    struct list in_monitored;
    struct list in_session; /* session->watches */
    struct monitored *monitored;
    struct session *session;
    struct str nick; /* as the client spelled it; owned */
};

static struct monitored *
find_monitored(const struct hub *hub, struct str folded)
{
    struct map_node *node = map_find(&hub->monitored, folded);
    return node == NULL ? NULL : CONTAINER_OF(node, struct monitored, by_nick);
}

static struct watch *
find_watch(const struct session *session, const struct monitored *monitored)
{
    list_for_each(node, &session->watches) {
        struct watch *watch = CONTAINER_OF(node, struct watch, in_session);
        if (watch->monitored == monitored)
            return watch;
    }
    return NULL;
}

static void
watch_free(struct hub *hub, struct watch *watch)
{
    struct monitored *monitored = watch->monitored;
    assert(watch->session->watch_count > 0);
    watch->session->watch_count--;
    list_remove(&watch->in_monitored);
    list_remove(&watch->in_session);
    str_free(&watch->nick);
    cf_free(watch);
    if (!list_is_empty(&monitored->watches))
        return;
    map_remove(&hub->monitored, &monitored->by_nick);
    str_free(&monitored->folded);
    cf_free(monitored);
}

void
monitor_forget_session(struct hub *hub, struct session *session)
{
    list_for_each_safe(node, &session->watches) {
        watch_free(hub, CONTAINER_OF(node, struct watch, in_session));
    }
    assert(session->watch_count == 0);
}

/* --- telling --- */

static void
announce_state(struct hub *hub, const struct user *user, enum numeric numeric, struct str shown)
{
    const struct monitored *monitored = find_monitored(hub, user->folded_nick);
    if (monitored == NULL)
        return;
    struct event_spec spec = spec_from_server(hub, EVENT_REPLY, STR(""));
    spec.numeric = (uint16_t)numeric;
    spec.params = (const struct str[]){STR("*"), shown}; /* the same line for all, as allowed */
    spec.param_count = 2;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    list_for_each(node, &monitored->watches) {
        const struct watch *watch = CONTAINER_OF(node, struct watch, in_monitored);
        post_notice_to_session(hub, watch->session, event);
    }
    event_unref(&event);
}

void
monitor_for_each(const struct hub *hub, const struct user *user, monitor_told_fn *told,
                 void *context)
{
    const struct monitored *monitored = find_monitored(hub, user->folded_nick);
    if (monitored == NULL)
        return;
    list_for_each(node, &monitored->watches) {
        told(CONTAINER_OF(node, struct watch, in_monitored)->session, context);
    }
}

void
monitor_for_each_user(const struct hub *hub, const struct session *session, monitor_found_fn *found,
                      void *context)
{
    list_for_each(node, &session->watches) {
        struct user *user = user_find(hub, CONTAINER_OF(node, struct watch, in_session)->nick);
        if (user != NULL)
            found(user, context);
    }
}

void
monitor_announce_online(struct hub *hub, struct user *user)
{
    announce_state(hub, user, RPL_MONONLINE, user->prefix);
    const struct monitored *monitored = find_monitored(hub, user->folded_nick);
    if (monitored == NULL)
        return;
    list_for_each(node, &monitored->watches) {
        const struct watch *watch = CONTAINER_OF(node, struct watch, in_monitored);
        (void)metadata_show_monitored(hub, watch->session, user); /* one user has little */
    }
}

void
monitor_announce_offline(struct hub *hub, const struct user *user)
{
    announce_state(hub, user, RPL_MONOFFLINE, user->nick);
}

static bool
share_a_channel(const struct user *a, const struct user *b)
{
    for (size_t i = 0; i < a->membership_count; i++) {
        if (user_membership(b, a->memberships[i].channel) != NULL)
            return true;
    }
    return false;
}

void
monitor_announce(struct hub *hub, const struct user *user, struct event_spec spec)
{
    const struct monitored *monitored = find_monitored(hub, user->folded_nick);
    if (monitored == NULL)
        return;
    spec.needs |= CAP(EXTENDED_MONITOR);
    spec.channels = NULL;
    spec.channel_count = 0;
    struct event *event = event_new(&spec);
    list_for_each(node, &monitored->watches) {
        const struct watch *watch = CONTAINER_OF(node, struct watch, in_monitored);
        const struct user *watcher = watch->session->user;
        if (watcher != NULL && watcher != user && !share_a_channel(watcher, user))
            post_notice_to_session(hub, watch->session, event);
    }
    event_unref(&event);
}

/* --- the command --- */

/* Nicks in as few lines as they fit in, with commas. */
struct nick_list {
    struct call *call;
    enum numeric numeric;
    struct buf text;
};

static void
nick_list_init(struct nick_list *list, struct call *call, enum numeric numeric)
{
    size_t head =
        call->hub->config->server_name.len + call_client_name(call).len + sizeof(": 730  :");
    list->call = call;
    list->numeric = numeric;
    buf_init(&list->text, LIMIT_LINE_BYTES - head);
}

static void
nick_list_add(struct nick_list *list, struct str nick)
{
    if (nick.len + 1 > buf_room(&list->text)) {
        reply_text(list->call, list->numeric, buf_str(&list->text));
        buf_clear(&list->text);
    }
    if (list->text.len > 0)
        buf_put_byte(&list->text, ',');
    buf_put(&list->text, nick);
}

static void
nick_list_end(struct nick_list *list)
{
    if (list->text.len > 0)
        reply_text(list->call, list->numeric, buf_str(&list->text));
    buf_deinit(&list->text);
}

static void
add_state(struct call *call, struct nick_list *online, struct nick_list *offline, struct str nick)
{
    const struct user *user = user_find(call->hub, nick);
    if (user != NULL)
        nick_list_add(online, user->prefix);
    else
        nick_list_add(offline, nick);
}

/* False when the list is full. */
static bool
add_watch(struct call *call, struct str nick)
{
    struct folded folded;
    bool folds = name_fold(nick, &folded);
    assert(folds); /* it is a nick */
    struct monitored *monitored = find_monitored(call->hub, folded_str(&folded));
    if (monitored != NULL && find_watch(call->session, monitored) != NULL)
        return true;
    if (call->session->watch_count >= LIMIT_MONITOR_ENTRIES)
        return false;
    if (monitored == NULL) {
        monitored = cf_calloc_array(1, sizeof *monitored);
        monitored->folded = str_dup(folded_str(&folded));
        list_init(&monitored->watches);
        map_insert(&call->hub->monitored, &monitored->by_nick, monitored->folded);
    }
    struct watch *watch = cf_calloc_array(1, sizeof *watch);
    watch->monitored = monitored;
    watch->session = call->session;
    watch->nick = str_dup(nick);
    list_append(&monitored->watches, &watch->in_monitored);
    list_append(&call->session->watches, &watch->in_session);
    call->session->watch_count++;
    return true;
}

/* Of those who have just been added, as far as that is little; of the others it has to ask. */
static void
show_metadata(struct call *call, struct str nicks)
{
    size_t told = 0;
    while (nicks.len > 0) {
        struct user *user = user_find(call->hub, str_cut(&nicks, ','));
        if (user != NULL && told < LIMIT_METADATA_JOIN_VALUES)
            told += metadata_show_monitored(call->hub, call->session, user);
        else if (user != NULL && metadata_of_user(call->hub, user)->count > 0)
            reply(call, RPL_METADATASYNCLATER, user->nick);
    }
}

static void
monitor_add(struct call *call, struct str targets)
{
    const struct str all = targets;
    struct str refused = STR_NONE;
    struct nick_list online;
    struct nick_list offline;
    nick_list_init(&online, call, RPL_MONONLINE);
    nick_list_init(&offline, call, RPL_MONOFFLINE);
    while (targets.ptr != NULL) {
        struct str rest = targets;
        struct str nick = str_cut(&targets, ',');
        if (!name_is_nick(nick)) /* nobody can have it: it is offline, and not worth an entry */
            continue;
        if (!add_watch(call, nick)) {
            struct buf limit;
            buf_init(&limit, 16);
            buf_put_u64(&limit, LIMIT_MONITOR_ENTRIES);
            reply(call, ERR_MONLISTFULL, buf_str(&limit), rest);
            buf_deinit(&limit);
            refused = rest;
            break;
        }
        add_state(call, &online, &offline, nick);
    }
    nick_list_end(&online);
    nick_list_end(&offline);
    show_metadata(call, str_take(all, all.len - refused.len));
}

static void
monitor_remove(struct call *call, struct str targets)
{
    while (targets.ptr != NULL) {
        struct folded folded;
        struct str nick = str_cut(&targets, ',');
        if (nick.len == 0 || !name_fold(nick, &folded))
            continue;
        struct monitored *monitored = find_monitored(call->hub, folded_str(&folded));
        struct watch *watch = monitored == NULL ? NULL : find_watch(call->session, monitored);
        if (watch != NULL)
            watch_free(call->hub, watch);
    }
}

static void
monitor_list(struct call *call)
{
    struct nick_list nicks;
    nick_list_init(&nicks, call, RPL_MONLIST);
    list_for_each(node, &call->session->watches) {
        nick_list_add(&nicks, CONTAINER_OF(node, struct watch, in_session)->nick);
    }
    nick_list_end(&nicks);
    reply_plain(call, RPL_ENDOFMONLIST);
}

static void
monitor_status(struct call *call)
{
    struct nick_list online;
    struct nick_list offline;
    nick_list_init(&online, call, RPL_MONONLINE);
    nick_list_init(&offline, call, RPL_MONOFFLINE);
    list_for_each(node, &call->session->watches) {
        add_state(call, &online, &offline, CONTAINER_OF(node, struct watch, in_session)->nick);
    }
    nick_list_end(&online);
    nick_list_end(&offline);
}

void
cmd_monitor(struct call *call)
{
    struct str what = call_param(call, 0);
    if (str_equal(what, STR("+")) && call->msg->param_count > 1) {
        monitor_add(call, call_param(call, 1));
    } else if (str_equal(what, STR("-")) && call->msg->param_count > 1) {
        monitor_remove(call, call_param(call, 1));
    } else if (str_equal_ascii_nocase(what, STR("C"))) {
        monitor_forget_session(call->hub, call->session);
    } else if (str_equal_ascii_nocase(what, STR("L"))) {
        monitor_list(call);
    } else if (str_equal_ascii_nocase(what, STR("S"))) {
        monitor_status(call);
    } else {
        reply_text(call, ERR_NEEDMOREPARAMS, call->command,
                   STR("MONITOR + <nicks> | - <nicks> | C | L | S"));
    }
}
