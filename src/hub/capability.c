/* Capabilities; see capability.h. */
#include "hub/capability.h"

#include "base/limits.h"
#include "hub/register.h"
#include "hub/relay.h"
#include "hub/sasl.h"
#include "hub/text.h"

#include <assert.h>

static_assert(CAPABILITY_COUNT < 64, "a set fits in 64 bits");

static const struct capability_spelling spellings[] = {
#define X(id, name) {STR_INIT(name), CAPABILITY_##id},
    CAPABILITIES(X) CAPABILITY_ALIASES(X)
#undef X
};

struct str
capability_name(enum capability capability)
{
    assert(capability < CAPABILITY_COUNT);
    assert(spellings[capability].capability == capability);
    return spellings[capability].name;
}

size_t
capability_spelling_count(void)
{
    return ARRAY_LEN(spellings);
}

const struct capability_spelling *
capability_spelling_at(size_t index)
{
    assert(index < ARRAY_LEN(spellings));
    return &spellings[index];
}

uint64_t
capability_dependencies(enum capability capability)
{
    if (capability == CAPABILITY_LABELED_RESPONSE || capability == CAPABILITY_MULTILINE ||
        capability == CAPABILITY_METADATA_2 || capability == CAPABILITY_METADATA_3)
        return CAP(BATCH);
    if (capability == CAPABILITY_MESSAGE_REDACTION || capability == CAPABILITY_SEQ)
        return CAP(MESSAGE_TAGS);
    if (capability == CAPABILITY_TXN)
        return CAP(MESSAGE_TAGS) | CAP(ECHO_MESSAGE);
    if (capability == CAPABILITY_WHOAMI)
        return CAP(CHGHOST);
    return 0;
}

/* How many may be asked for at a time, and which there are. */
static void
put_languages(struct buf *out)
{
    buf_put_u64(out, LANGUAGE_COUNT);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        buf_printf(out, ",%.*s", STR_ARG(language_code((enum language)i)));
}

static void
put_registration(struct buf *out, const struct hub_config *config)
{
    if (register_is_open_early(config))
        buf_put(out, STR("before-connect"));
    if (config->mail_required)
        buf_put(out, out->len > 0 && out->ptr[out->len - 1] == 't' ? STR(",email-required")
                                                                   : STR("email-required"));
}

void
capability_put_value(struct buf *out, enum capability capability, const struct hub_config *config)
{
    if (capability == CAPABILITY_MULTILINE)
        buf_printf(out, "max-bytes=%d,max-lines=%d", LIMIT_MULTILINE_BYTES, LIMIT_MULTILINE_LINES);
    else if (capability == CAPABILITY_METADATA_2 || capability == CAPABILITY_METADATA_3)
        buf_printf(out, "before-connect,max-subs=%d,max-keys=%d,max-value-bytes=%d",
                   LIMIT_METADATA_SUBS, LIMIT_METADATA_KEYS, LIMIT_METADATA_VALUE_BYTES);
    else if (capability == CAPABILITY_SASL)
        sasl_put_mechanisms(out, config);
    else if (capability == CAPABILITY_ACCOUNT_REGISTRATION)
        put_registration(out, config);
    else if (capability == CAPABILITY_RELAYMSG)
        buf_put_byte(out, RELAY_SEPARATOR);
    else if (capability == CAPABILITY_LANGUAGES)
        put_languages(out);
}

bool
capability_find(struct str name, enum capability *capability_out)
{
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        if (str_equal(name, spellings[i].name)) {
            *capability_out = spellings[i].capability;
            return true;
        }
    }
    return false;
}
