/* Block lists in DNS; see blocklist.h. */
#include "hub/blocklist.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/account.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/session.h"
#include "wire/address.h"

#include <string.h>

const struct str blocklist_action_words[DNSBL_ACTION_COUNT] = {
    [DNSBL_REJECT] = STR_INIT("reject"),
    [DNSBL_MARK] = STR_INIT("mark"),
};

/* --- asking --- */

/* Not for loopback, local sockets and the console. */
static bool
is_from_elsewhere(const struct session *session)
{
    struct address_block block;
    return address_block_parse(session->address, &block) && !address_is_loopback(&block.base);
}

bool
blocklist_asks(struct call *call)
{
    struct hub *hub = call->hub;
    const struct session *session = call->session;
    bool is_spared = hub->config->spares_accounts_dnsbl && account_of_session(session).len > 0;
    if (hub->config->dnsbl_zone_count == 0 || is_spared || !is_from_elsewhere(session))
        return false;
    char *address = cf_alloc(session->address.len + 1);
    memcpy(address, session->address.ptr, session->address.len);
    address[session->address.len] = '\0';
    outbox_put_question(&hub->outbox, &(struct question){
                                          .kind = QUESTION_DNSBL,
                                          .session = session->id,
                                          .against = address,
                                      });
    hub->dnsbl_asked++;
    return true;
}

/* --- what is done --- */

/* The zone of that name; dnsbl_zone_count when a reload has taken it away. */
static size_t
find_zone(const struct hub_config *config, struct str name)
{
    size_t i = 0;
    while (i < config->dnsbl_zone_count && !str_equal(config->dnsbl_zones[i].zone, name))
        i++;
    return i;
}

/* "what" happens: for the operators and the log. */
static void
tell(struct call *call, const struct hub_dnsbl_zone *zone, const char *what)
{
    const struct session *session = call->session;
    struct str nick = session_client_name(session);
    note(call->hub, session, "client in a block list", {"nick", nick}, {"addr", session->address},
         {"zone", zone->zone}, {"action", blocklist_action_words[zone->action]});
    server_notify(call->hub, SERVER_NOTICE_BANS, "%.*s [%.*s] is in the block list %.*s: %s",
                  STR_ARG(nick), STR_ARG(session->address), STR_ARG(zone->zone), what);
}

static void
reject(struct call *call, const struct hub_dnsbl_zone *zone)
{
    struct session *session = call->session;
    struct str email = call->hub->config->admin_email;
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    if (zone->reason.len > 0)
        buf_put(&text, zone->reason);
    else
        buf_put(&text, STR("Your address is in a list of those that are often abused"));
    buf_printf(&text, " (%.*s is in %.*s): ", STR_ARG(session->address), STR_ARG(zone->zone));
    if (call->hub->config->spares_accounts_dnsbl)
        buf_put(&text, STR("log in with SASL, "));
    buf_put(&text, STR("connect from another network, or have it taken out of that list"));
    if (email.len > 0)
        buf_printf(&text, "; ask %.*s for help", STR_ARG(email));
    reply_text(call, ERR_YOUREBANNEDCREEP, buf_str(&text));
    session_expel(call->hub, session, STR("In a block list"), buf_str(&text));
    call->verdict = HUB_CLOSED;
    buf_deinit(&text);
}

void
blocklist_answered(struct call *call, struct str name)
{
    struct hub *hub = call->hub;
    struct session *session = call->session;
    size_t index = find_zone(hub->config, name);
    if (index < hub->config->dnsbl_zone_count) {
        const struct hub_dnsbl_zone *zone = &hub->config->dnsbl_zones[index];
        hub->dnsbl_hits[index]++;
        if (zone->action == DNSBL_REJECT) {
            tell(call, zone, "kept out");
            reject(call, zone);
            return;
        }
        str_replace(&session->listed_in, zone->zone);
        tell(call, zone, "let in");
    }
    if (session->waiting == WAIT_DNSBL) { /* else a guest */
        session->registration->is_looked_up = true;
        registration_go_on(call);
    }
}

void
blocklist_configure(struct hub *hub)
{
    hub->dnsbl_asked = 0;
    memset(hub->dnsbl_hits, 0, sizeof hub->dnsbl_hits);
}

/* --- STATS n --- */

void
blocklist_stats(struct call *call)
{
    const struct hub *hub = call->hub;
    for (size_t i = 0; i < hub->config->dnsbl_zone_count; i++) {
        const struct hub_dnsbl_zone *zone = &hub->config->dnsbl_zones[i];
        struct str action = blocklist_action_words[zone->action];
        reply_format(call, RPL_STATSDEBUG, "%.*s (%.*s): %llu of %llu connections were in it",
                     STR_ARG(zone->zone), STR_ARG(action), (unsigned long long)hub->dnsbl_hits[i],
                     (unsigned long long)hub->dnsbl_asked);
    }
}
