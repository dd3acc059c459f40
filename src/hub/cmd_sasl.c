/* AUTHENTICATE; see sasl.h. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/msgid.h"
#include "base/utf8.h"
#include "hub/account_cert.h"
#include "hub/account_end.h"
#include "hub/account_name.h"
#include "hub/capability.h"
#include "hub/chanserv_transfer.h"
#include "hub/command.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/post.h"
#include "hub/register.h"
#include "hub/reply.h"
#include "hub/sasl.h"
#include "hub/session.h"
#include "wire/base64.h"
#include "wire/bearer.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define CHUNK_BYTES 400 /* sasl-3.1, "The AUTHENTICATE command" */

/* One exchange: what the client has sent of a response, and where the mechanism is. */
struct sasl {
    const struct mechanism *mechanism;
    struct buf text; /* base64, up to the last chunk; wiped */
    struct scram_exchange scram;
    struct str account;      /* owned: whom SCRAM is about */
    uint64_t credentials_id; /* of the account, when it was challenged */
    bool is_proved;          /* SCRAM: only the client's empty response is missing */
    struct str refusal;      /* static; OAUTHBEARER: likewise, and then it fails for this reason */
};

/* When a mechanism is there. */
enum availability {
    ALWAYS,
    FOR_GUESTS, /* accounts.anonymous */
    FOR_TOKENS, /* tokens.algorithm */
};

struct mechanism {
    struct str name;
    void (*respond)(struct call *call, struct str response);
    enum scram_hash hash;
    enum availability availability;
};

static void respond_plain(struct call *call, struct str response);
static void respond_scram(struct call *call, struct str response);
static void respond_external(struct call *call, struct str response);
static void respond_oauth_bearer(struct call *call, struct str response);
static void respond_ircv3_bearer(struct call *call, struct str response);
static void respond_anonymous(struct call *call, struct str response);

static const struct mechanism mechanisms[] = {
    {STR_INIT("PLAIN"), respond_plain, SCRAM_SHA_256, ALWAYS},
    {STR_INIT("EXTERNAL"), respond_external, SCRAM_SHA_256, ALWAYS},
    {STR_INIT("SCRAM-SHA-256"), respond_scram, SCRAM_SHA_256, ALWAYS},
    {STR_INIT("SCRAM-SHA-512"), respond_scram, SCRAM_SHA_512, ALWAYS},
    {STR_INIT("OAUTHBEARER"), respond_oauth_bearer, SCRAM_SHA_256, FOR_TOKENS},
    {STR_INIT("IRCV3BEARER"), respond_ircv3_bearer, SCRAM_SHA_256, FOR_TOKENS},
    {STR_INIT("ANONYMOUS"), respond_anonymous, SCRAM_SHA_256, FOR_GUESTS},
};

static bool
is_available(const struct hub_config *config, const struct mechanism *mechanism)
{
    switch (mechanism->availability) {
    case ALWAYS:
        return true;
    case FOR_GUESTS:
        return config->takes_anonymous;
    case FOR_TOKENS:
        return config->takes_tokens;
    }
    cf_unreachable("availability");
}

void
sasl_put_mechanisms(struct buf *out, const struct hub_config *config)
{
    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++) {
        if (!is_available(config, &mechanisms[i]))
            continue;
        if (i > 0)
            buf_put_byte(out, ',');
        buf_put(out, mechanisms[i].name);
    }
}

static const struct mechanism *
find_mechanism(const struct hub_config *config, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++) {
        if (str_equal_ascii_nocase(mechanisms[i].name, name))
            return is_available(config, &mechanisms[i]) ? &mechanisms[i] : NULL;
    }
    return NULL;
}

static void
forget_text(struct sasl *sasl)
{
    if (sasl->text.len > 0)
        explicit_bzero((void *)(uintptr_t)buf_str(&sasl->text).ptr, sasl->text.len);
    buf_clear(&sasl->text);
}

void
sasl_forget(struct session *session)
{
    struct sasl *sasl = session->sasl;
    session->sasl = NULL;
    if (sasl == NULL)
        return;
    forget_text(sasl);
    buf_deinit(&sasl->text);
    scram_exchange_deinit(&sasl->scram);
    str_free(&sasl->account);
    cf_free(sasl);
}

/* --- how it ends --- */

/* A session that goes on failing is ended: it guesses. */
static void
count_failure(struct call *call, struct str why)
{
    note(call->hub, call->session, "login refused", {"addr", call->session->address},
         {"reason", why});
    login_count_failure(call);
}

/* 904 with the reason. */
static void
fail(struct call *call, struct str why)
{
    sasl_forget(call->session);
    reply_text(call, ERR_SASLFAIL, why);
    count_failure(call, why);
}

static void
succeed(struct call *call, const struct account *account)
{
    sasl_forget(call->session);
    call->session->login_failures = 0;
    account_log_in(call, account);
    reply_plain(call, RPL_SASLSUCCESS);
    account_adopt(call, account);
    chanserv_tell_offers(call);
}

void
sasl_abort(struct call *call)
{
    if (call->session->sasl == NULL)
        return;
    sasl_forget(call->session);
    reply_plain(call, ERR_SASLABORTED);
}

static void
fail_for(struct call *call, struct str account, enum login_result result)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    login_put_reason(&text, call->hub, account, result);
    fail(call, buf_str(&text));
    buf_deinit(&text);
}

void
sasl_compared(struct call *call, struct str name, enum login_result result)
{
    if (result == LOGIN_OK)
        succeed(call, account_find(call->hub, name));
    else
        fail_for(call, name, result);
}

/* --- the mechanisms --- */

static void
challenge(struct call *call, struct str bytes)
{
    struct buf text;
    buf_init(&text, CHUNK_BYTES);
    if (bytes.len == 0)
        buf_put_byte(&text, '+');
    else
        base64_put(&text, bytes);
    assert(buf_room(&text) > 0); /* ours are short: one chunk, and no empty one behind it */
    struct str shown = buf_str(&text);
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_CONTROL,
                     .command = STR("AUTHENTICATE"),
                     .params = &shown,
                     .param_count = 1,
                 });
    buf_deinit(&text);
}

/* True, and the client told, when the name is misspelt behind its '@'. */
static bool
refuses_device(struct call *call, struct str name)
{
    static_assert(LIMIT_DEVICE_BYTES == 32, "the text says it");
    bool is_misspelt = device_is_misspelt(name);
    if (is_misspelt)
        fail(call, STR("Login failed: behind the @ stands the name of a device, 1 to 32 of A-Z, "
                       "a-z, 0-9, -, _ and ."));
    return is_misspelt;
}

/* [authzid] NUL authcid NUL password. RFC 4616 2. */
static void
respond_plain(struct call *call, struct str response)
{
    struct str rest = response;
    struct str authzid = str_cut(&rest, '\0');
    struct str authcid = str_cut(&rest, '\0');
    struct str password = rest;
    if (password.ptr == NULL || authcid.len == 0 || password.len == 0 ||
        password.len > LIMIT_PASSWORD_BYTES || str_find_byte(password, '\0') < password.len) {
        fail(call, STR("Login failed: this is no account with a password"));
        return;
    }
    if (refuses_device(call, authcid))
        return;
    if (authzid.len > 0 && !name_equal(authzid, authcid)) {
        fail(call, STR("Login failed: you can't log in for another account than your own"));
        return;
    }
    login_compare(call, LOGIN_SASL, device_take(call->session, authcid), password, STR(""));
}

/* [authzid]: who it is, the certificate says. RFC 4422 A. */
static void
respond_external(struct call *call, struct str response)
{
    struct str fingerprint = call->session->fingerprint;
    if (refuses_device(call, response))
        return;
    response = device_take(call->session, response);
    const struct account *account = account_by_cert(call->hub, fingerprint);
    if (fingerprint.len == 0)
        fail(call, STR("Login failed: connect over TLS, with a certificate of yours"));
    else if (account == NULL || (response.len > 0 && !name_equal(response, account->name)))
        fail(call, STR("Login failed: your certificate is not that account's, see NickServ CERT"));
    else
        sasl_compared(call, account->name, login_result_for(account));
}

/* Whatever the client says of itself: it is a guest like one that has not asked, and stays one.
 * RFC 4505 2. */
static void
respond_anonymous(struct call *call, struct str response)
{
    (void)response; /* a trace, which nobody looks at */
    if (account_of_session(call->session).len > 0) {
        fail(call, STR("You are logged in to an account already"));
        return;
    }
    sasl_forget(call->session);
    reply_plain(call, RPL_SASLSUCCESS);
}

static const struct scram_verifier *
verifier_of(const struct account *account, enum scram_hash hash)
{
    if (account == NULL)
        return NULL;
    const struct scram_verifier *verifier =
        hash == SCRAM_SHA_256 ? &account->credentials.sha_256 : &account->credentials.sha_512;
    return verifier->iterations == 0 ? NULL : verifier;
}

/* 64 random bits, used for nothing else, and an id that never comes twice. */
static void
make_nonce(struct call *call, unsigned char nonce_out[SCRAM_NONCE_BYTES])
{
    struct hub *hub = call->hub;
    hub->last_msgid = msgid_next(hub->last_msgid, hub->now_ms, hub->config->node);
    memset(nonce_out, 0, SCRAM_NONCE_BYTES);
    memcpy(nonce_out, &call->entropy, sizeof call->entropy);
    memcpy(nonce_out + sizeof call->entropy, &hub->last_msgid, sizeof hub->last_msgid);
}

static void
begin_scram(struct call *call, struct str response)
{
    struct sasl *sasl = call->session->sasl;
    struct buf name;
    struct buf authzid;
    buf_init(&name, LIMIT_NICK_BYTES + 1 + LIMIT_DEVICE_BYTES);
    buf_init(&authzid, LIMIT_NICK_BYTES + 1 + LIMIT_DEVICE_BYTES);
    enum scram_result result = scram_take_first(&sasl->scram, response, &name, &authzid);
    const struct account *account =
        account_find(call->hub, device_take(call->session, buf_str(&name)));
    const struct scram_verifier *verifier = verifier_of(account, sasl->mechanism->hash);
    if (result != SCRAM_OK) {
        fail(call, STR("Login failed: this is no SCRAM message that the server knows"));
    } else if (authzid.len > 0 && !name_equal(buf_str(&authzid), buf_str(&name))) {
        fail(call, STR("Login failed: you can't log in for another account than your own"));
    } else if (refuses_device(call, buf_str(&name))) {
        ; /* the client has been told */
    } else if (verifier == NULL) {
        fail(call, STR("Login failed: account or password is wrong"));
    } else if (factor_is_needed(account)) { /* a proof of the password is one of two */
        sasl_compared(call, account->name, LOGIN_NO_CODE);
    } else if (account_seconds_until_try(call->hub, account) > 0) {
        fail_for(call, account->name, LOGIN_TOO_MANY);
    } else {
        unsigned char nonce[SCRAM_NONCE_BYTES];
        make_nonce(call, nonce);
        str_replace(&sasl->account, account->name);
        sasl->credentials_id = account->credentials_id;
        struct buf out;
        buf_init(&out, CHUNK_BYTES);
        scram_put_first(&sasl->scram, verifier, nonce, &out);
        challenge(call, buf_str(&out));
        buf_deinit(&out);
    }
    buf_deinit(&name);
    buf_deinit(&authzid);
}

static void
finish_scram(struct call *call, struct str response)
{
    struct sasl *sasl = call->session->sasl;
    struct account *account =
        account_find_unchanged(call->hub, sasl->account, sasl->credentials_id);
    const struct scram_verifier *verifier = verifier_of(account, sasl->mechanism->hash);
    if (verifier == NULL) { /* erased meanwhile, or the password has changed */
        fail(call, STR("Login failed: account or password is wrong"));
        return;
    }
    if (account_seconds_until_try(call->hub, account) > 0) { /* of many that began at once */
        fail_for(call, account->name, LOGIN_TOO_MANY);
        return;
    }
    struct buf out;
    buf_init(&out, CHUNK_BYTES);
    switch (scram_take_final(&sasl->scram, verifier, response, &out)) {
    case SCRAM_OK:
        sasl->is_proved = true;
        challenge(call, buf_str(&out));
        break;
    case SCRAM_WRONG:
        account_count_failure(call->hub, account);
        fail(call, STR("Login failed: account or password is wrong"));
        break;
    case SCRAM_MALFORMED:
        fail(call, STR("Login failed: this is no SCRAM message that the server knows"));
        break;
    }
    buf_deinit(&out);
}

static void
respond_scram(struct call *call, struct str response)
{
    const struct sasl *sasl = call->session->sasl;
    if (sasl->is_proved) {
        const struct account *account =
            account_find_unchanged(call->hub, sasl->account, sasl->credentials_id);
        enum login_result result = account == NULL ? LOGIN_WRONG : login_result_for(account);
        if (result == LOGIN_UNVERIFIED)
            account_note_own_try(account, call->session);
        sasl_compared(call, sasl->account, result);
    } else if (sasl->account.len == 0) {
        begin_scram(call, response);
    } else {
        finish_scram(call, response);
    }
}

/* --- tokens --- */

#define INVALID_TOKEN   STR("{\"status\":\"invalid_token\"}")
#define INVALID_REQUEST STR("{\"status\":\"invalid_request\"}")

/*
 * Of OAUTHBEARER the client is told in JSON, it answers that, and only then the exchange fails: RFC
 * 7628 3.2.2 and 3.2.3. It is counted now: who breaks off instead has tried all the same. status:
 * one of RFC 6750 3.1.
 */
static void
refuse_token(struct call *call, struct str status, struct str why)
{
    struct sasl *sasl = call->session->sasl;
    if (sasl->mechanism->respond != respond_oauth_bearer) {
        fail(call, why);
        return;
    }
    sasl->refusal = why;
    challenge(call, status);
    count_failure(call, why); /* last: it may end the session */
}

static const struct str token_reasons[JWT_RESULT_COUNT] = {
    [JWT_NOT_CHECKED] = STR_INIT("The server is busy checking passwords: try again in a minute"),
    [JWT_MALFORMED] = STR_INIT("Login failed: this is no token that the server knows"),
    [JWT_TOO_LONG] = STR_INIT("Login failed: the token is too long"),
    [JWT_WRONG_ALGORITHM] = STR_INIT("Login failed: the token is not of the kind that is taken "
                                     "here"),
    [JWT_BAD_SIGNATURE] = STR_INIT("Login failed: the signature of the token is wrong"),
    [JWT_EXPIRED] = STR_INIT("Login failed: the token has expired, get a new one"),
    [JWT_TOO_EARLY] = STR_INIT("Login failed: the token is not valid yet"),
    [JWT_WRONG_ISSUER] = STR_INIT("Login failed: the token is from somebody else than who is "
                                  "trusted here"),
    [JWT_WRONG_AUDIENCE] = STR_INIT("Login failed: the token is for another service"),
    [JWT_NO_ACCOUNT] = STR_INIT("Login failed: the token names no account"),
};

/*
 * The account that the token names; it is made when the configuration says so. NULL, and why not
 * in *why_out. A name that an account was given later is not its own here: to the issuer it is
 * somebody else's, who would log in to it.
 */
static const struct account *
account_for_token(struct call *call, struct str authzid, struct str name, struct str *why_out)
{
    const struct account *account = account_find(call->hub, name);
    if (!name_is_nick(name))
        *why_out = STR("Login failed: no account can have the name in your token");
    else if (authzid.len > 0 && !name_equal(authzid, name))
        *why_out = STR("Login failed: you can't log in for another account than your own");
    else if (account != NULL && account_has_first_name(account, name))
        return account;
    else if (account != NULL)
        *why_out = STR("Login failed: the name in your token was given to an account that had "
                       "another one first, ask the administrators");
    else if (call->hub->config->creates_by_token)
        return register_for_token(call, name, why_out);
    else
        *why_out = STR("Login failed: there is no account of the name in your token");
    return NULL;
}

void
sasl_token_verified(struct call *call, struct str authzid, enum jwt_result result, struct str name)
{
    assert(call->session->sasl != NULL); /* no line has come meanwhile */
    if (result == JWT_NOT_CHECKED) {     /* says nothing of the token */
        fail(call, token_reasons[result]);
        return;
    }
    struct str why = token_reasons[result];
    const struct account *account =
        result == JWT_OK ? account_for_token(call, authzid, name, &why) : NULL;
    if (account != NULL && login_result_for(account) != LOGIN_OK)
        why = login_reason(login_result_for(account));
    if (why.len > 0)
        refuse_token(call, INVALID_TOKEN, why);
    else
        succeed(call, account);
}

static void
verify(struct call *call, const struct bearer *bearer)
{
    login_verify_token(call, device_take(call->session, bearer->authzid), bearer->token);
}

static void
respond_oauth_bearer(struct call *call, struct str response)
{
    struct sasl *sasl = call->session->sasl;
    struct str refusal = sasl->refusal;
    if (refusal.len > 0) { /* whatever the client says to it */
        sasl_forget(call->session);
        reply_text(call, ERR_SASLFAIL, refusal);
        return;
    }
    struct buf authzid;
    struct bearer bearer;
    buf_init(&authzid, LIMIT_NICK_BYTES + 1 + LIMIT_DEVICE_BYTES);
    if (bearer_take_oauth(response, &authzid, &bearer))
        verify(call, &bearer);
    else
        refuse_token(call, INVALID_REQUEST, token_reasons[JWT_MALFORMED]);
    buf_deinit(&authzid);
}

static void
respond_ircv3_bearer(struct call *call, struct str response)
{
    struct bearer bearer;
    if (bearer_take_ircv3(response, &bearer))
        verify(call, &bearer);
    else
        refuse_token(call, INVALID_REQUEST, token_reasons[JWT_MALFORMED]);
}

/* --- the command --- */

static void
begin(struct call *call, struct str name)
{
    const struct mechanism *mechanism = find_mechanism(call->hub->config, name);
    if (mechanism == NULL) {
        struct buf names;
        buf_init(&names, SASL_MECHANISMS_BYTES_MAX);
        sasl_put_mechanisms(&names, call->hub->config);
        reply(call, RPL_SASLMECHS, buf_str(&names));
        buf_deinit(&names);
        fail(call, STR("This mechanism is not available: choose one of those above"));
        return;
    }
    /* RFC 6750 5.3: who sees a token has it. So it is not asked for where others may look on. */
    if (mechanism->availability == FOR_TOKENS && !call->session->is_secure) {
        fail(call, STR("Login failed: connect over TLS to log in with a token"));
        return;
    }
    struct sasl *sasl = cf_calloc_array(1, sizeof *sasl);
    sasl->mechanism = mechanism;
    buf_init(&sasl->text, LIMIT_SASL_BYTES);
    call->session->sasl = sasl;
    challenge(call, STR(""));
}

/* The response is whole. */
static void
respond(struct call *call)
{
    struct sasl *sasl = call->session->sasl;
    struct buf response;
    buf_init(&response, LIMIT_SASL_BYTES);
    bool is_base64 = base64_take(&response, buf_str(&sasl->text));
    forget_text(sasl);
    if (!is_base64)
        fail(call, STR("Login failed: this is not base64"));
    else if (!utf8_is_valid(buf_str(&response)))
        fail(call, STR("Login failed: this is not UTF-8, set your client's encoding to UTF-8"));
    else
        sasl->mechanism->respond(call, buf_str(&response));
    if (response.len > 0)
        explicit_bzero((void *)(uintptr_t)buf_str(&response).ptr, response.len);
    buf_deinit(&response);
}

void
cmd_authenticate(struct call *call)
{
    struct session *session = call->session;
    struct str text = call_param(call, 0);
    /* SPEC: sasl-3.1 wants the capability first; clients that have only begun to negotiate are
     * known to go on without it, and Ergo lets them. */
    bool is_negotiating = session->registration != NULL && session->registration->is_negotiating;
    if (!(session->caps & CAP(SASL)) && !is_negotiating) {
        reply_text(call, ERR_SASLFAIL, STR("Ask for the capability first: CAP REQ sasl"));
        return;
    }
    if (str_equal(text, STR("*"))) {
        sasl_forget(session);
        reply_plain(call, ERR_SASLABORTED);
        return;
    }
    if (session->sasl == NULL) {
        begin(call, text);
        return;
    }
    if (text.len > CHUNK_BYTES) {
        sasl_forget(session);
        reply_plain(call, ERR_SASLTOOLONG);
        return;
    }
    struct buf *collected = &session->sasl->text;
    if (text.len > buf_room(collected)) {
        fail(call, STR("Login failed: the response is too long"));
        return;
    }
    if (!str_equal(text, STR("+")))
        buf_put(collected, text);
    if (text.len < CHUNK_BYTES)
        respond(call);
}
