/*
 * CAP: capability negotiation.
 * Spec: IRCv3 capability-negotiation, with CAP LS 302.
 */
#include "base/buf.h"
#include "base/number.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/offer.h"
#include "hub/post.h"
#include "hub/reply.h"

#include <assert.h>

#define NAMES_BYTES_ALL (4 * LIMIT_LINE_BYTES) /* of all there are, with their values */

static void
suspend_registration(struct call *call)
{
    if (call->session->registration != NULL)
        call->session->registration->is_negotiating = true;
}

/* Not a capability that can be had: it is only shown, with what it asks for (IRCv3 sts). */
static void
put_sts(struct buf *out, const struct call *call)
{
    const struct hub_config *config = call->hub->config;
    if (call->session->is_secure) {
        buf_printf(out, " sts=duration=%lld", (long long)(config->sts_duration_ms / 1000));
        buf_put(out, config->is_sts_preloaded ? STR(",preload") : STR_NONE);
    } else {
        buf_printf(out, " sts=port=%u", config->sts_port);
    }
}

static void
cap_ls(struct call *call)
{
    struct session *session = call->session;
    uint64_t version = 0;
    bool has_302 = number_parse_u64(call_param(call, 1), UINT32_MAX, &version) && version >= 302;
    if (has_302) {
        session->has_cap_302 = true;
        session->caps |= CAP(CAP_NOTIFY);
        post_session_change(call->hub, session, DELIVERY_SESSION_STATE);
    }
    suspend_registration(call);
    struct buf names;
    buf_init(&names, NAMES_BYTES_ALL);
    offer_put_names(&names, offer_for(call->hub->config, session),
                    has_302 ? call->hub->config : NULL);
    if (has_302 && call->hub->config->has_sts)
        put_sts(&names, call);
    if (has_302)
        offer_send(call->hub, session, STR("LS"), buf_str(&names), true);
    else
        offer_send_line(call->hub, session, STR("LS"), buf_str(&names));
    buf_deinit(&names);
}

static void
cap_list(struct call *call)
{
    const struct session *session = call->session;
    struct buf names;
    buf_init(&names, NAMES_BYTES_ALL);
    offer_put_names(&names, session->caps, NULL);
    offer_send(call->hub, session, STR("LIST"), buf_str(&names), session->has_cap_302);
    buf_deinit(&names);
}

/* All or nothing: false when one of them can't be had. What is had already may be kept, and
 * anything may be given up. */
static bool
apply_request(struct str request, uint64_t offered, uint64_t *caps)
{
    while (request.len > 0) {
        struct str word = str_cut_word(&request);
        bool is_removal = word.len > 0 && word.ptr[0] == '-';
        enum capability capability;
        if (!capability_find(is_removal ? str_skip(word, 1) : word, &capability))
            return false;
        uint64_t bit = UINT64_C(1) << capability;
        if (!is_removal && !((offered | *caps) & bit))
            return false;
        *caps = is_removal ? *caps & ~bit : *caps | bit;
    }
    return true;
}

static void
cap_req(struct call *call)
{
    struct session *session = call->session;
    struct str request = str_trim(call_param(call, 1));
    suspend_registration(call);
    uint64_t caps = session->caps;
    if (!apply_request(request, offer_for(call->hub->config, session), &caps)) {
        offer_send(call->hub, session, STR("NAK"), request, false);
        return;
    }
    if (session->has_cap_302) /* came with 302 and stays as long as that */
        caps |= CAP(CAP_NOTIFY);
    /* The answer first: nothing is different before its last line has come. */
    offer_send(call->hub, session, STR("ACK"), request, false);
    session->caps = caps;
    post_session_change(call->hub, session, DELIVERY_SESSION_STATE);
}

void
cmd_cap(struct call *call)
{
    struct str subcommand = call_param(call, 0);
    if (str_equal_ascii_nocase(subcommand, STR("LS"))) {
        cap_ls(call);
    } else if (str_equal_ascii_nocase(subcommand, STR("LIST"))) {
        cap_list(call);
    } else if (str_equal_ascii_nocase(subcommand, STR("REQ"))) {
        cap_req(call);
    } else if (str_equal_ascii_nocase(subcommand, STR("END"))) {
        if (call->session->registration == NULL)
            return; /* after registration it has no meaning */
        call->session->registration->is_negotiating = false;
        registration_try(call);
    } else {
        reply(call, ERR_INVALIDCAPCMD, subcommand);
    }
}
