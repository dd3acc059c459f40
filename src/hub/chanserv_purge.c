/* ChanServ PURGE; see chanserv_purge.h. */
#include "hub/chanserv_purge.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/utf8.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/chanserv.h"
#include "hub/post.h"
#include "hub/purge.h"
#include "hub/rename.h"
#include "hub/user.h"
#include "wire/name.h"

/* All are put out; each is told of itself only, since all are. The channel ends with the last. */
static void
put_all_out(struct call *call, struct slot_id id, struct str reason)
{
    struct hub *hub = call->hub;
    struct channel *channel = slots_find(&hub->channels, id);
    if (channel != NULL)
        channel->modes &= ~CHANNEL_MODE_PERMANENT; /* with that it would stay */
    while ((channel = slots_find(&hub->channels, id)) != NULL && channel->member_count > 0) {
        struct user *user = CONTAINER_OF(channel->members.next, struct member, in_channel)->user;
        struct event_spec spec = spec_from_server(hub, EVENT_KICK, STR("KICK"));
        spec.params = (const struct str[]){channel->name, user->nick, reason};
        spec.param_count = 3;
        spec.is_last_text = true;
        struct event *event = event_new(&spec);
        post_to_user(hub, user, event);
        event_unref(&event);
        channel_remove_member(hub, channel, user);
    }
    if (channel == NULL)
        return;
    channel->slept_ms = 0; /* nobody was in it */
    channel_free_if_empty(hub, channel);
}

static void
close_channel(struct call *call, struct str name, struct str reason)
{
    struct channel *channel = channel_find(call->hub, name);
    const struct channel *moved = channel == NULL ? rename_find(call->hub, name) : NULL;
    struct str told = reason.len > 0 ? reason : STR("The channel has been closed");
    if (purge_find(call->hub, name) == NULL &&
        !purge_add(call->hub, channel == NULL ? name : channel->name, reason, call->user->nick)) {
        service_say(call, &chanserv, "There are %d closed channels already: PURGE DEL one first",
                    LIMIT_PURGES);
        return;
    }
    note(call->hub, call->session, "channel closed", {"channel", name}, {"by", call->user->nick},
         {"reason", reason});
    service_say(call, &chanserv, "%.*s is closed", STR_ARG(name));
    if (moved != NULL)
        service_say(call, &chanserv, "The channel that had this name is %.*s now, and is open",
                    STR_ARG(moved->name));
    if (channel == NULL)
        return;
    struct slot_id id = channel->id;
    if (channel_is_registered(channel))
        chanserv_forget_registration(call->hub, channel);
    put_all_out(call, id, told);
}

/* ADD <channel> <code> [reason] */
static void
run_add(const struct service_call *service_call, struct str name)
{
    struct call *call = service_call->call;
    if (chanserv_says_lost(call, name)) /* what is kept of it could not be erased */
        return;
    const struct channel *channel = channel_find(call->hub, name);
    struct folded folded;
    bool is_name = name_is_channel(name) && name_fold(name, &folded);
    struct str reason = service_call->word_count > 3 ? service_call->words[3] : STR("");
    if (!is_name)
        service_say(call, &chanserv, "No channel can be called %.*s", STR_ARG(name));
    else if (channel != NULL && channel->is_permanent)
        service_say(call, &chanserv, "%.*s is there by the configuration", STR_ARG(name));
    else if (channel == NULL && purge_find(call->hub, name) != NULL)
        service_say(call, &chanserv, "%.*s is closed already", STR_ARG(name));
    else if (!service_is_confirmed_for(service_call, 2, folded_str(&folded)))
        service_say(call, &chanserv,
                    "This puts all out of %.*s, erases its history and registration, and lets "
                    "nobody make it again. To do it: PURGE ADD %.*s %u [reason]",
                    STR_ARG(name), STR_ARG(name), service_code(call->hub, folded_str(&folded)));
    else
        close_channel(call, name, utf8_take(reason, LIMIT_REASON_BYTES));
}

static void
say_purges(struct call *call)
{
    for (struct map_node *node = map_first(&call->hub->purges); node != NULL;
         node = map_next(node)) {
        const struct purge *purge = CONTAINER_OF(node, struct purge, by_name);
        struct buf when;
        buf_init(&when, 64);
        civil_put_human(&when, purge->set_ms);
        service_say(call, &chanserv, "%.*s, by %.*s, %.*s%s%.*s", STR_ARG(purge->name),
                    STR_ARG(purge->by), STR_ARG(buf_str(&when)), purge->reason.len > 0 ? ": " : "",
                    STR_ARG(purge->reason));
        buf_deinit(&when);
    }
    service_say(call, &chanserv, "%zu channels are closed", map_count(&call->hub->purges));
}

void
chanserv_purge(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str action = service_call->words[0];
    struct str name = service_call->word_count > 1 ? service_call->words[1] : STR("");
    if (str_equal_ascii_nocase(action, STR("LIST"))) {
        say_purges(call);
    } else if (str_equal_ascii_nocase(action, STR("ADD")) && name.len > 0) {
        run_add(service_call, name);
    } else if (!str_equal_ascii_nocase(action, STR("DEL")) || name.len == 0) {
        service_say(call, &chanserv, "PURGE ADD <channel> [code] [reason], DEL <channel> or LIST");
    } else if (purge_remove(call->hub, name)) {
        note(call->hub, call->session, "channel opened", {"channel", name},
             {"by", call->user->nick});
        service_say(call, &chanserv, "%.*s may be made again", STR_ARG(name));
    } else {
        service_say(call, &chanserv, "%.*s is not closed", STR_ARG(name));
    }
}
