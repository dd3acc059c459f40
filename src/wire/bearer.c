/* Messages with tokens; see bearer.h. */
#include "wire/bearer.h"

#include "wire/gs2.h"

#define SEPARATOR '\x01' /* RFC 7628 3.1: kvsep */

/* RFC 6750 2.1: b64token. */
static bool
is_token(struct str text)
{
    struct str rest = text;
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '=')
        rest.len--;
    for (size_t i = 0; i < rest.len; i++) {
        char byte = rest.ptr[i];
        bool is_mark =
            byte == '-' || byte == '.' || byte == '_' || byte == '~' || byte == '+' || byte == '/';
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && !is_mark)
            return false;
    }
    return rest.len > 0;
}

static bool
is_key(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_letter(text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

/* RFC 7628 3.1: value. */
static bool
is_value(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        bool is_blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
        if (!is_blank && (byte <= ' ' || byte > '~')) /* also those above, which are negative */
            return false;
    }
    return true;
}

/* "Bearer" and the token: RFC 6750 2.1; the name of a scheme has no case (RFC 9110 11.1). */
static bool
take_credentials(struct str value, struct str *token_out)
{
    struct str rest = value;
    struct str scheme = str_cut(&rest, ' ');
    struct str token = str_trim(rest);
    if (!str_equal_ascii_nocase(scheme, STR("Bearer")) || !is_token(token))
        return false;
    *token_out = token;
    return true;
}

bool
bearer_take_oauth(struct str message, struct buf *authzid, struct bearer *bearer_out)
{
    struct str rest = message;
    struct str token = STR_NONE;
    if (!gs2_take_header(&rest, authzid) || rest.len == 0 || rest.ptr[0] != SEPARATOR)
        return false;
    rest = str_skip(rest, 1);
    while (rest.len > 0 && rest.ptr[0] != SEPARATOR) {
        struct str value = str_cut(&rest, SEPARATOR);
        struct str key = str_cut(&value, '=');
        if (rest.ptr == NULL || value.ptr == NULL || !is_key(key) || !is_value(value))
            return false;
        if (!str_equal(key, STR("auth")))
            continue;
        if (token.len > 0 || !take_credentials(value, &token))
            return false;
    }
    if (rest.len != 1 || token.len == 0)
        return false;
    *bearer_out = (struct bearer){.authzid = buf_str(authzid), .token = token};
    return true;
}

bool
bearer_take_ircv3(struct str message, struct bearer *bearer_out)
{
    struct str rest = message;
    struct str authzid = str_cut(&rest, '\0');
    struct str type = str_cut(&rest, '\0');
    if (rest.ptr == NULL || !str_equal(type, STR("jwt")) || !is_token(rest))
        return false;
    *bearer_out = (struct bearer){.authzid = authzid, .token = rest};
    return true;
}
