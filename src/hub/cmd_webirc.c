/*
 * WEBIRC: a gateway says for whom it connects, before anything else.
 * Spec: IRCv3 webirc.
 *
 * SPEC: the host name that it gives is not used: what others see is made of the address, as for
 * everybody (wire/cloak.h). A fingerprint of the client's certificate counts only with "secure".
 */
#include "base/alloc.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "wire/address.h"
#include "wire/tags.h"

#include <assert.h>
#include <string.h>

#define FINGERPRINT_BYTES 64 /* SHA-256 in hexadecimal digits */

/* --- whom a gateway speaks for --- */

static void
claim_free(struct gateway_claim **claim)
{
    if (*claim == NULL)
        return;
    str_free(&(*claim)->address);
    str_free(&(*claim)->fingerprint);
    str_free(&(*claim)->gateway);
    cf_free(*claim);
    *claim = NULL;
}

void
gateway_forget(struct registration *registration)
{
    claim_free(&registration->claim);
}

static bool
is_from(const struct hub_gateway *gateway, const struct address *address)
{
    for (size_t i = 0; i < gateway->address_count; i++) {
        if (address_block_holds(&gateway->addresses[i], address))
            return true;
    }
    return false;
}

/* Where the session itself comes from; local sockets count as loopback. */
static struct address
own_address(const struct session *session)
{
    struct address_block block;
    if (address_block_parse(session->address, &block))
        return block.base;
    return (struct address){.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
}

/* The gateway that may be at the other end: by its address and, if it has one, its certificate. */
static const struct hub_gateway *
find_gateway(const struct hub *hub, const struct session *session)
{
    struct address address = own_address(session);
    for (size_t i = 0; i < hub->config->gateway_count; i++) {
        const struct hub_gateway *gateway = &hub->config->gateways[i];
        bool is_known = gateway->fingerprint.len == 0 ||
                        str_equal_ascii_nocase(gateway->fingerprint, session->fingerprint);
        if (is_known && is_from(gateway, &address))
            return gateway;
    }
    return NULL;
}

/* --- the command --- */

static void
turn_gateway_away(struct call *call, struct str why, struct str reason)
{
    note(call->hub, call->session, "gateway refused", {"addr", call->session->address},
         {"reason", why});
    session_close(call->hub, call->session, STR(""), reason);
    call->verdict = HUB_CLOSED;
}

static bool
is_fingerprint(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = ascii_lower(text.ptr[i]);
        if (!ascii_is_digit(byte) && (byte < 'a' || byte > 'f'))
            return false;
    }
    return text.len == FINGERPRINT_BYTES;
}

/* "secure local-port=6697 certfp-sha-256=0123..."; what it does not know is left alone. */
static void
read_options(struct gateway_claim *claim, struct str options)
{
    while (options.len > 0) {
        struct str value = str_cut_word(&options);
        struct str name = str_cut(&value, '=');
        if (str_equal(name, STR("secure"))) {
            claim->is_secure = true;
        } else if (str_equal(name, STR("certfp-sha-256")) && is_fingerprint(value)) {
            str_replace(&claim->fingerprint, value);
        }
    }
    char *bytes = (char *)(uintptr_t)claim->fingerprint.ptr; /* ours, made by str_replace */
    for (size_t i = 0; i < claim->fingerprint.len; i++)
        bytes[i] = ascii_lower(bytes[i]);
}

static void
accept_gateway(struct call *call)
{
    struct session *session = call->session;
    struct gateway_claim *claim = session->registration->claim;
    note(call->hub, session, "gateway accepted", {"gateway", claim->gateway},
         {"from", session->address}, {"addr", claim->address});
    /* Only as secure as both ways together. */
    session->is_secure = session->is_secure && claim->is_secure;
    str_replace(&session->fingerprint, session->is_secure ? claim->fingerprint : STR_NONE);
    session_set_address(call->hub, session, claim->address, STR_NONE);
    post_session_address(call->hub, session);
    claim_free(&session->registration->claim);
}

/* The parameters are right: asks for the password, if the gateway has one. */
static void
begin(struct call *call, const struct hub_gateway *gateway, struct str address)
{
    struct session *session = call->session;
    struct gateway_claim *claim = cf_calloc_array(1, sizeof *claim);
    claim->address = str_dup(address);
    claim->gateway = str_dup(gateway->name);
    read_options(claim, call_param(call, 4));
    session->registration->claim = claim;
    if (gateway->password_hash.len == 0) {
        accept_gateway(call);
        return;
    }
    session->waiting = WAIT_GATEWAY_PASSWORD;
    outbox_ask_about_secret(&call->hub->outbox, QUESTION_PASSWORD, session->id, call_param(call, 0),
                            gateway->password_hash);
    call->verdict = HUB_WAIT;
}

void
cmd_webirc(struct call *call)
{
    struct session *session = call->session;
    const struct registration *registration = session->registration;
    if (registration->nick != NULL || registration->username != NULL ||
        registration->password != NULL || registration->is_negotiating ||
        registration->has_gateway) {
        turn_gateway_away(call, STR("late"),
                          STR("WEBIRC must come before everything else, and once"));
        return;
    }
    session->registration->has_gateway = true;
    const struct hub_gateway *gateway = find_gateway(call->hub, session);
    if (gateway == NULL) {
        turn_gateway_away(call, STR("unknown"),
                          STR("WEBIRC is for gateways that the server's configuration names"));
        return;
    }
    struct str text = call_param(call, 3);
    struct address_block block;
    if (str_find_byte(text, '/') < text.len || !address_block_parse(text, &block)) {
        turn_gateway_away(call, STR("address"),
                          STR("WEBIRC has no IP address as its fourth parameter: "
                              "WEBIRC <password> <gateway> <hostname> <ip>"));
        return;
    }
    struct buf address;
    buf_init(&address, LIMIT_HOST_BYTES);
    address_put(&address, &block.base);
    begin(call, gateway, buf_str(&address));
    buf_deinit(&address);
}

void
gateway_password_checked(struct call *call, enum hub_answer answer)
{
    struct session *session = call->session;
    assert(session->waiting == WAIT_GATEWAY_PASSWORD);
    session_resume(call->hub, session);
    if (answer == HUB_ANSWER_YES)
        accept_gateway(call);
    else if (answer == HUB_ANSWER_BUSY)
        turn_gateway_away(call, STR("busy"),
                          STR("The server is busy checking passwords: try again"));
    else
        turn_gateway_away(call, STR("password"), STR("Invalid WebIRC password"));
}
