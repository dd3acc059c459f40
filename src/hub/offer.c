/* What is offered by CAP; see offer.h. */
#include "hub/offer.h"

#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/batch.h"
#include "hub/capability.h"
#include "hub/label.h"
#include "hub/post.h"
#include "hub/sasl.h"
#include "hub/session.h"

#include <assert.h>

#define NAMES_BYTES_ALL (4 * LIMIT_LINE_BYTES) /* of all there are, with their values */
#define ALL_CAPS        ((UINT64_C(1) << CAPABILITY_COUNT) - 1)

/* Room for names in one line, behind ":server CAP nick LIST * :". */
#define NAMES_BYTES_MAX \
    (LIMIT_LINE_BYTES - LIMIT_SERVER_NAME_BYTES - LIMIT_NICK_BYTES - sizeof(": CAP  LIST * :"))

static uint64_t
disabled_caps(const struct hub_config *config)
{
    uint64_t set = 0;
    for (size_t i = 0; i < config->disabled_cap_count; i++)
        set |= UINT64_C(1) << config->disabled_caps[i];
    return set;
}

uint64_t
offer_for(const struct hub_config *config, const struct session *session)
{
    (void)session; /* all are offered the same */
    uint64_t set = ALL_CAPS & ~disabled_caps(config);
    if (!config->takes_accounts)
        set &= ~CAP(ACCOUNT_REGISTRATION);
    for (size_t i = 0; i < CAPABILITY_COUNT; i++) {
        uint64_t needed = capability_dependencies((enum capability)i);
        if ((set & needed) != needed)
            set &= ~(UINT64_C(1) << i);
    }
    return set;
}

void
offer_put_names(struct buf *out, uint64_t set, const struct hub_config *values_of)
{
    for (size_t i = 0; i < capability_spelling_count(); i++) {
        const struct capability_spelling *spelling = capability_spelling_at(i);
        if (!(set & UINT64_C(1) << spelling->capability))
            continue;
        if (out->len > 0)
            buf_put_byte(out, ' ');
        buf_put(out, spelling->name);
        if (values_of == NULL)
            continue;
        size_t len = out->len;
        buf_put_byte(out, '=');
        capability_put_value(out, spelling->capability, values_of);
        if (out->len == len + 1) /* none */
            out->len = u32_from_size(len);
    }
}

static void
send_line(struct hub *hub, const struct session *session, struct str subcommand, struct str words,
          bool has_more)
{
    struct str params[4];
    size_t count = 0;
    params[count++] = session_client_name(session);
    params[count++] = subcommand;
    if (has_more)
        params[count++] = STR("*");
    params[count++] = words;
    tell_session(hub, session,
                 (struct event_spec){
                     .kind = EVENT_CONTROL,
                     .command = STR("CAP"),
                     .params = params,
                     .param_count = count,
                     .is_last_text = true,
                 });
}

/* Moves words from *words into the line while they fit; at least one, cut if it must be. */
static void
fill_line(struct buf *line, struct str *words)
{
    buf_clear(line);
    while (words->len > 0) {
        struct str rest = *words;
        struct str word = str_cut_word(&rest);
        if (line->len > 0 && word.len + 1 > buf_room(line))
            return;
        if (line->len > 0)
            buf_put_byte(line, ' ');
        buf_put(line, utf8_take(word, buf_room(line))); /* no name of ours is that long */
        *words = rest;
    }
}

void
offer_send(struct hub *hub, const struct session *session, struct str subcommand, struct str words,
           bool is_continued)
{
    struct buf line;
    buf_init(&line, NAMES_BYTES_MAX);
    do {
        fill_line(&line, &words);
        send_line(hub, session, subcommand, buf_str(&line), is_continued && words.len > 0);
    } while (words.len > 0);
    buf_deinit(&line);
}

void
offer_send_line(struct hub *hub, const struct session *session, struct str subcommand,
                struct str words)
{
    struct buf line;
    buf_init(&line, NAMES_BYTES_MAX);
    fill_line(&line, &words);
    send_line(hub, session, subcommand, buf_str(&line), false);
    buf_deinit(&line);
}

static void
tell_of(struct hub *hub, const struct session *session, struct str subcommand, uint64_t set,
        bool has_values)
{
    if (set == 0 || !(session->caps & CAP(CAP_NOTIFY)))
        return;
    struct buf names;
    buf_init(&names, NAMES_BYTES_ALL);
    offer_put_names(&names, set, has_values ? hub->config : NULL);
    offer_send(hub, session, subcommand, buf_str(&names), false);
    buf_deinit(&names);
}

/* Answers and batches under way, that the session could not understand any more. */
static void
end_what_needs(struct hub *hub, struct session *session, uint64_t lost)
{
    if (lost & CAP(MULTILINE))
        batch_forget(session);
    if (lost & CAP(LABELED_RESPONSE))
        label_drop(hub, session);
}

/* Mechanisms of SASL have come or gone: clients that know them by the capability's value are told
 * what it is now, as sasl-3.2 has it. */
static bool
has_other_mechanisms(const struct hub_config *before, const struct hub_config *config)
{
    struct buf old;
    struct buf now;
    buf_init(&old, SASL_MECHANISMS_BYTES_MAX);
    buf_init(&now, SASL_MECHANISMS_BYTES_MAX);
    sasl_put_mechanisms(&old, before);
    sasl_put_mechanisms(&now, config);
    bool is_other = !str_equal(buf_str(&old), buf_str(&now));
    buf_deinit(&old);
    buf_deinit(&now);
    return is_other;
}

void
offer_changed(struct hub *hub, const struct hub_config *before)
{
    uint64_t revalued = has_other_mechanisms(before, hub->config) ? CAP(SASL) : 0;
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        uint64_t old = offer_for(before, session);
        uint64_t now = offer_for(hub->config, session);
        uint64_t told = now & ~old;
        if (session->has_cap_302)
            told |= now & revalued;
        end_what_needs(hub, session, old & ~now);
        tell_of(hub, session, STR("DEL"), old & ~now, false);
        tell_of(hub, session, STR("NEW"), told, session->has_cap_302);
        if (old == now)
            continue;
        uint64_t kept = session->caps & (now | session->door_caps);
        if (session->has_cap_302)
            kept |= session->caps & CAP(CAP_NOTIFY);
        if (kept == session->caps)
            continue;
        session->caps = kept;
        post_session_change(hub, session, DELIVERY_SESSION_STATE);
    }
}
