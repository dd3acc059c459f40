#ifndef CONFAB_TAGS_H
#define CONFAB_TAGS_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Message tags: walking the raw part between '@' and the first space, and escaping values.
 * Pure, any thread. Spec: IRCv3 message-tags.
 */
struct tag {
    struct str key;       /* with '+' and vendor, never empty */
    struct str raw_value; /* still escaped; empty when there is none */
};

/* Takes the next tag from *rest; false at the end. Empty items (";;", "=x") are skipped. */
CF_NODISCARD bool tags_next(struct str *rest, struct tag *tag_out);

/* Appends value with ';', space, backslash, CR and LF escaped. */
void tags_put_escaped(struct buf *out, struct str value);

/* Appends the value that raw_value stands for. */
void tags_put_unescaped(struct buf *out, struct str raw_value);

/* ["+"] [vendor "/"] 1*(letter / digit / "-"), where vendor may also hold dots. */
bool tags_key_is_valid(struct str key);

#endif
