/* Names that look alike; see confusable.h. Nothing else knows of ICU. */
#include "wire/confusable.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>
#include <unicode/uspoof.h>

#define ASCII_COUNT 0x80

/* Of what ICU makes of a folded name, before it is folded again: decomposed, and with a few
 * characters for one. */
#define RAW_BYTES (LIMIT_FOLDED_BYTES * 8)

/* Of one character of a text. */
#define CHARACTER_RAW_BYTES 128

struct confusables {
    USpoofChecker *checker; /* constant after confusables_new */
    struct folded ascii[ASCII_COUNT];
};

/* ICU's skeleton, folded: what a large letter stands for may be a small one. */
static bool
put_skeleton(const USpoofChecker *checker, struct str folded, struct folded *skeleton_out)
{
    char raw[RAW_BYTES];
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = uspoof_getSkeletonUTF8(checker, 0, folded.ptr, (int32_t)folded.len, raw,
                                         (int32_t)sizeof raw, &status);
    if (U_FAILURE(status) || len < 0 || (size_t)len > sizeof raw)
        return false;
    return name_fold((struct str){.ptr = raw, .len = (size_t)len}, skeleton_out);
}

struct confusables *
confusables_new(void)
{
    struct confusables *confusables = cf_calloc_array(1, sizeof *confusables);
    UErrorCode status = U_ZERO_ERROR;
    confusables->checker = uspoof_open(&status);
    uspoof_setChecks(confusables->checker, USPOOF_RESTRICTION_LEVEL | USPOOF_AUX_INFO, &status);
    assert(U_SUCCESS(status)); /* its tables are in the library: it fails for want of memory only */
    for (size_t i = 0; i < ASCII_COUNT; i++) {
        char letter = ascii_lower((char)i);
        bool is_put = put_skeleton(confusables->checker, (struct str){.ptr = &letter, .len = 1},
                                   &confusables->ascii[i]);
        assert(is_put);
    }
    return confusables;
}

void
confusables_free(struct confusables **confusables_ptr)
{
    struct confusables *confusables = *confusables_ptr;
    *confusables_ptr = NULL;
    if (confusables == NULL)
        return;
    uspoof_close(confusables->checker);
    cf_free(confusables);
}

static bool
put_ascii_skeleton(const struct confusables *confusables, struct str name,
                   struct folded *skeleton_out)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        struct str part = folded_str(&confusables->ascii[(unsigned char)name.ptr[i]]);
        if (part.len > sizeof skeleton_out->bytes - len)
            return false;
        memcpy(skeleton_out->bytes + len, part.ptr, part.len);
        len += part.len;
    }
    skeleton_out->len = len;
    return true;
}

bool
confusables_skeleton(const struct confusables *confusables, struct str name,
                     struct folded *skeleton_out)
{
    if (utf8_is_ascii(name))
        return put_ascii_skeleton(confusables, name, skeleton_out);
    struct folded folded;
    if (!name_fold(name, &folded))
        return false;
    if (utf8_is_ascii(folded_str(&folded)))
        return put_ascii_skeleton(confusables, folded_str(&folded), skeleton_out);
    return put_skeleton(confusables->checker, folded_str(&folded), skeleton_out);
}

bool
confusables_look_alike(const struct confusables *confusables, struct str a, struct str b)
{
    struct folded skeleton_a;
    struct folded skeleton_b;
    if ((utf8_is_ascii(a) && utf8_is_ascii(b)) || name_equal(a, b))
        return false;
    return confusables_skeleton(confusables, a, &skeleton_a) &&
           confusables_skeleton(confusables, b, &skeleton_b) &&
           str_equal(folded_str(&skeleton_a), folded_str(&skeleton_b));
}

/* One character, folded first so that wide and ornamental letters are plain ones. What grows out
 * of all proportion stays as it is. */
static void
put_plain_character(const struct confusables *confusables, struct buf *out, struct str character)
{
    struct folded folded;
    char raw[CHARACTER_RAW_BYTES];
    if (!name_fold(character, &folded)) {
        buf_put(out, character);
        return;
    }
    struct str plain = folded_str(&folded); /* empty when it is invisible */
    if (!utf8_is_ascii(plain)) {
        UErrorCode status = U_ZERO_ERROR;
        int32_t len = uspoof_getSkeletonUTF8(confusables->checker, 0, plain.ptr, (int32_t)plain.len,
                                             raw, (int32_t)sizeof raw, &status);
        if (U_SUCCESS(status) && len >= 0 && (size_t)len <= sizeof raw)
            plain = (struct str){.ptr = raw, .len = (size_t)len};
    }
    buf_put(out, plain);
}

void
confusables_put_plain(const struct confusables *confusables, struct buf *out, struct str text)
{
    text = utf8_take(text, LIMIT_MULTILINE_BYTES);
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(text, &code_point);
        assert(len > 0); /* nothing but UTF-8 comes in */
        if (len == 1)
            buf_put_byte(out, text.ptr[0]);
        else
            put_plain_character(confusables, out, str_take(text, len));
        text = str_skip(text, len);
    }
}

/* The least strict of ICU's levels that a setting stands for. */
static int32_t
level_of(enum name_scripts scripts)
{
    switch (scripts) {
    case NAME_SCRIPTS_ANY:
        return USPOOF_UNRESTRICTIVE;
    case NAME_SCRIPTS_MODERATE:
        return USPOOF_MODERATELY_RESTRICTIVE;
    case NAME_SCRIPTS_STRICT:
        return USPOOF_HIGHLY_RESTRICTIVE;
    case NAME_SCRIPTS_ASCII:
        return USPOOF_ASCII;
    }
    cf_unreachable("scripts");
}

bool
confusables_allows(const struct confusables *confusables, struct str name,
                   enum name_scripts scripts)
{
    if (scripts == NAME_SCRIPTS_ANY || utf8_is_ascii(name))
        return true;
    if (scripts == NAME_SCRIPTS_ASCII)
        return false;
    UErrorCode status = U_ZERO_ERROR;
    int32_t result =
        uspoof_checkUTF8(confusables->checker, name.ptr, (int32_t)name.len, NULL, &status);
    return U_SUCCESS(status) && (result & USPOOF_RESTRICTION_LEVEL_MASK) <= level_of(scripts);
}
