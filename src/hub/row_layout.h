#ifndef CONFAB_HUB_ROW_LAYOUT_H
#define CONFAB_HUB_ROW_LAYOUT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/pack.h"
#include "hub/row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the packed values of rows are made of, field by field and by name, for those who show them,
 * move them to another server, or tell whether they are whole. How each field is used is up to the
 * module that packs it (row.h); whoever changes what that packs changes it here, too: a test
 * compares. Constant; any thread.
 */
enum row_field_type {
    ROW_FIELD_NUMBER,
    ROW_FIELD_TIME,  /* milliseconds since 1970 */
    ROW_FIELD_FLAGS, /* a number whose bits, lowest first, are called `flags` */
    ROW_FIELD_TEXT,
    ROW_FIELD_BYTES, /* `byte_count` of them */
    ROW_FIELD_GROUP, /* `items`, once */
    ROW_FIELD_LIST,  /* a number, and so many times `items` */
};

#define ROW_FLAGS_MAX 4

/* What a text may be, so that wherever it comes out it is what it is taken for (row_check.h). */
enum row_text {
    ROW_TEXT_BYTES,   /* anything: it is only compared */
    ROW_TEXT_LINE,    /* what fits into a line of IRC */
    ROW_TEXT_ACCOUNT, /* a name that users and accounts may have, or that folded */
    ROW_TEXT_CHANNEL, /* the same of channels */
    ROW_TEXT_TARGET,  /* one of these, or a service */
    ROW_TEXT_EMAIL,   /* mail_is_address */
    ROW_TEXT_KEY,     /* a key of a channel */
};

struct row_field {
    enum row_field_type type;
    bool is_secret; /* proves who one is, or what proves it can be computed from it */
    uint64_t since; /* values of an older form than this do not have it */
    struct str name;
    struct str flags[ROW_FLAGS_MAX]; /* empty behind the last one */
    enum row_text text;
    bool is_needed; /* a text: it may not be empty */
    size_t max;     /* bytes of a text, items of a list */
    size_t byte_count;
    const struct row_field *items;
    size_t item_count;
};

/* How the key follows from the fields; whoever changes a field can't forget the key. */
enum row_key_type {
    ROW_KEY_FOLDED,   /* the folded text of the first field */
    ROW_KEY_TWO,      /* that, a space and the second field as it is */
    ROW_KEY_NUMBERED, /* the first field, a number, in twelve digits */
    ROW_KEY_FREE,     /* it has its own content */
};

struct row_layout {
    enum row_kind row;
    struct str name;
    enum row_key_type key;
    uint64_t form; /* the number that values begin with: the newest; older ones may be there */
    const struct row_field *fields;
    size_t field_count;
};

/* NULL for a kind of row that has none: ROW_SEQ, whose value is a number in decimal, or one that is
 * not known. */
const struct row_layout *row_layout_of(uint32_t row);

/* NULL when there is none of that name. */
const struct row_layout *row_layout_find(struct str name);

/* Whether a value is made so, to its last byte: of this form or an older one. */
bool row_layout_fits(const struct row_layout *layout, struct str value);

/* Appends the key that belongs to a value that fits; false for one that has none: ROW_KEY_FREE, or
 * a name that can't be folded. */
CF_NODISCARD bool row_layout_put_key(const struct row_layout *layout, struct str value,
                                     struct buf *out);

#endif
