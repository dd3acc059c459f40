/* ChanServ TRANSFER; see chanserv_transfer.h. */
#include "hub/chanserv_transfer.h"

#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_heir.h"
#include "hub/channel_row.h"
#include "hub/chanserv.h"
#include "hub/command.h"
#include "hub/mode.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/user.h"

/* The account becomes the founder; who was it stays operator, unless an import has left him without
 * an entry, perhaps in a full list. */
static void
transfer(struct call *call, struct channel *channel, const struct account *account)
{
    if (chanserv_count_channels(call->hub, account->name) >= LIMIT_REGISTERED_CHANNELS) {
        service_say(call, &chanserv, "%.*s has %d channels already", STR_ARG(account->name),
                    LIMIT_REGISTERED_CHANNELS);
        return;
    }
    if (!access_set(channel, account->name, RANK_FOUNDER | RANK_OP)) {
        service_say(call, &chanserv, "The list of ranks is full: take an entry away with AMODE");
        return;
    }
    if (!str_equal(channel->founder, account->name) &&
        access_ranks(channel, channel->founder) != 0 &&
        !access_set(channel, channel->founder, RANK_OP))
        cf_unreachable("the founder had an entry");
    str_replace(&channel->founder, account->name);
    channel_set_heir(call->hub, channel, STR(""));
    channel->creator = SLOT_ID_NONE;
    channel_row_change(call->hub, channel);
    note(call->hub, call->session, "channel transferred", {"channel", channel->name},
         {"account", account->name}, {"by", call->user->nick});
    service_say(call, &chanserv, "%.*s belongs to %.*s now", STR_ARG(channel->name),
                STR_ARG(account->name));
    mode_follow_founder(call, channel);
}

static void
end_offer(struct call *call, struct channel *channel)
{
    channel_set_heir(call->hub, channel, STR(""));
    channel_row_change(call->hub, channel);
}

/* ACCEPT or DECLINE: who was offered the channel takes it, or does not. */
static void
answer_offer(struct call *call, struct str name, bool is_accepted)
{
    struct channel *channel = channel_find(call->hub, name);
    const struct account *account = account_find(call->hub, call->user->account);
    if (chanserv_says_lost(call, name))
        return;
    if (channel == NULL || account == NULL || !channel_is_registered(channel) ||
        channel->heir.len == 0 || !str_equal(channel->heir, account->name)) {
        service_say(call, &chanserv, "Nobody has offered you %.*s", STR_ARG(name));
    } else if (is_accepted) {
        transfer(call, channel, account);
    } else {
        end_offer(call, channel);
        service_say(call, &chanserv, "%.*s stays with %.*s", STR_ARG(channel->name),
                    STR_ARG(channel->founder));
    }
}

static void
offer(struct call *call, struct channel *channel, const struct account *account)
{
    bool is_new = !str_equal(channel->heir, account->name);
    channel_set_heir(call->hub, channel, account->name);
    channel_row_change(call->hub, channel);
    if (is_new)
        service_tell_account(call->hub, &chanserv, account,
                             "%.*s offers you %.*s: /msg ChanServ TRANSFER ACCEPT %.*s takes it, "
                             "TRANSFER DECLINE %.*s does not",
                             STR_ARG(call->user->nick), STR_ARG(channel->name),
                             STR_ARG(channel->name), STR_ARG(channel->name));
    service_say(call, &chanserv,
                "%.*s takes it with /msg ChanServ TRANSFER ACCEPT %.*s; TRANSFER it to yourself to "
                "take the offer back",
                STR_ARG(account->name), STR_ARG(channel->name));
}

void
chanserv_transfer(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    bool is_accepted = str_equal_ascii_nocase(service_call->words[0], STR("ACCEPT"));
    if (is_accepted || str_equal_ascii_nocase(service_call->words[0], STR("DECLINE"))) {
        answer_offer(call, service_call->words[1], is_accepted);
        return;
    }
    struct channel *channel = chanserv_find_own(service_call);
    if (channel == NULL)
        return;
    const struct account *account = account_find(call->hub, service_call->words[1]);
    if (account == NULL) {
        service_say(call, &chanserv, "There is no account %.*s", STR_ARG(service_call->words[1]));
    } else if (str_equal(channel->founder, account->name)) {
        end_offer(call, channel);
        service_say(call, &chanserv, "%.*s stays with %.*s", STR_ARG(channel->name),
                    STR_ARG(account->name));
    } else if (user_may(call->user, PRIVILEGE_OVERRIDE)) {
        transfer(call, channel, account);
    } else {
        offer(call, channel, account);
    }
}

void
chanserv_tell_offers(struct call *call)
{
    struct str account = call->user == NULL ? STR("") : call->user->account;
    size_t count = 0;
    const struct channel *channel = NULL;
    while (account.len > 0 && (channel = channel_next_of_heir(call->hub, account, channel)) != NULL)
        count++;
    if (count > 0)
        service_say(call, &chanserv, "You are offered %zu channel%s: /msg ChanServ LIST names %s",
                    count, count == 1 ? "" : "s", count == 1 ? "it" : "them");
}

void
chanserv_list_offers(struct call *call)
{
    struct str account = call->user->account;
    const struct channel *channel = NULL;
    while ((channel = channel_next_of_heir(call->hub, account, channel)) != NULL)
        service_say(call, &chanserv,
                    "%.*s offers you %.*s: TRANSFER ACCEPT %.*s takes it, TRANSFER DECLINE %.*s "
                    "does not",
                    STR_ARG(channel->founder), STR_ARG(channel->name), STR_ARG(channel->name),
                    STR_ARG(channel->name));
}
