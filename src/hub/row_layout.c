/* What rows are made of; see row_layout.h. */
#include "hub/row_layout.h"

#include "wire/name.h"
#include "wire/scram.h"

#include <inttypes.h>

#define NAMED(field_type, field_name) .type = (field_type), .name = STR_INIT(field_name)
#define NUMBER(field_name)            NUMBER_SINCE(1, field_name)
#define NUMBER_SINCE(form, field_name)                       \
    {                                                        \
        NAMED(ROW_FIELD_NUMBER, field_name), .since = (form) \
    }
#define TIME(field_name) TIME_SINCE(1, field_name)
#define TIME_SINCE(form, field_name)                       \
    {                                                      \
        NAMED(ROW_FIELD_TIME, field_name), .since = (form) \
    }
/* May be empty. */
#define TEXT(field_name, kind, limit) TEXT_SINCE(1, field_name, kind, limit)
#define TEXT_SINCE(form, field_name, kind, limit)                                          \
    {                                                                                      \
        NAMED(ROW_FIELD_TEXT, field_name), .since = (form), .text = (kind), .max = (limit) \
    }
/* May not. */
#define NEEDED(field_name, kind, limit)                                                      \
    {                                                                                        \
        NAMED(ROW_FIELD_TEXT, field_name), .is_needed = true, .text = (kind), .max = (limit) \
    }
#define NAME(field_name, kind)    NEEDED(field_name, kind, LIMIT_FOLDED_BYTES)
#define NO_NAME(field_name, kind) TEXT(field_name, kind, LIMIT_FOLDED_BYTES)
#define SECRET(field_name)        SECRET_SINCE(1, field_name)
#define SECRET_SINCE(form, field_name)                                                           \
    {                                                                                            \
        NAMED(ROW_FIELD_TEXT, field_name), .is_secret = true, .since = (form), .max = SECRET_MAX \
    }
#define FLAGS(field_name, ...) FLAGS_SINCE(1, field_name, __VA_ARGS__)
#define FLAGS_SINCE(form, field_name, ...)                                            \
    {                                                                                 \
        NAMED(ROW_FIELD_FLAGS, field_name), .since = (form), .flags = { __VA_ARGS__ } \
    }
#define BYTES(field_name, count)                                  \
    {                                                             \
        NAMED(ROW_FIELD_BYTES, field_name), .byte_count = (count) \
    }
#define LIST(field_name, table)             LIST_OF(1, field_name, table, SIZE_MAX)
#define LIST_SINCE(form, field_name, table) LIST_OF(form, field_name, table, SIZE_MAX)
#define LIST_OF(form, field_name, table, limit)                                           \
    {                                                                                     \
        NAMED(ROW_FIELD_LIST, field_name), .since = (form), .items = (table),             \
                                           .item_count = ARRAY_LEN(table), .max = (limit) \
    }
#define SECRET_GROUP(field_name, table)                                          \
    {                                                                            \
        NAMED(ROW_FIELD_GROUP, field_name), .is_secret = true, .items = (table), \
                                            .item_count = ARRAY_LEN(table)       \
    }

#define SECRET_MAX  256 /* bytes of a hash in a text, and what stands around it */
#define LETTERS_MAX 64  /* of modes and ranks */
#define WORD_MAX    256 /* bytes of a setting, which may be one of a newer server */

/* --- account_row.c --- */

#define SHA_256_BYTES 32
#define SHA_512_BYTES 64

static const struct row_field sha_256_fields[] = {
    NUMBER("iterations"),
    BYTES("salt", SCRAM_SALT_BYTES),
    BYTES("stored-key", SHA_256_BYTES),
    BYTES("server-key", SHA_256_BYTES),
};
static const struct row_field sha_512_fields[] = {
    NUMBER("iterations"),
    BYTES("salt", SCRAM_SALT_BYTES),
    BYTES("stored-key", SHA_512_BYTES),
    BYTES("server-key", SHA_512_BYTES),
};
static const struct row_field certificate_fields[] = {
    NEEDED("fingerprint", ROW_TEXT_LINE, WORD_MAX)};
static const struct row_field later_name_fields[] = {NAME("name", ROW_TEXT_ACCOUNT), TIME("since")};
static const struct row_field account_fields[] = {
    NAME("name", ROW_TEXT_ACCOUNT),
    TEXT("email", ROW_TEXT_EMAIL, LIMIT_EMAIL_BYTES),
    TIME("created"),
    FLAGS("flags", STR_INIT("suspended"), STR_INIT("operator"), STR_INIT("unverified"),
          STR_INIT("email-proved")),
    TEXT("suspend-reason", ROW_TEXT_LINE, LIMIT_REASON_BYTES),
    SECRET("password-hash"),
    SECRET_GROUP("scram-sha-256", sha_256_fields),
    SECRET_GROUP("scram-sha-512", sha_512_fields),
    SECRET_SINCE(2, "mail-code"),
    TIME_SINCE(2, "mail-sent"),
    TEXT_SINCE(3, "new-email", ROW_TEXT_EMAIL, LIMIT_EMAIL_BYTES),
    SECRET_SINCE(4, "password-code"),
    TIME_SINCE(4, "password-code-sent"),
    TEXT_SINCE(3, "called", ROW_TEXT_ACCOUNT, LIMIT_FOLDED_BYTES),
    LIST_SINCE(3, "later-names", later_name_fields),
    LIST("certificates", certificate_fields),
};

/* --- channel_row.c --- */

static const struct row_field mask_fields[] = {NEEDED("mask", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
                                               TEXT("by", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
                                               TIME("time")};
static const struct row_field access_fields[] = {NAME("account", ROW_TEXT_ACCOUNT),
                                                 NUMBER("ranks")};
static const struct row_field former_name_fields[] = {NAME("name", ROW_TEXT_CHANNEL),
                                                      TIME("until")};
static const struct row_field channel_fields[] = {
    NAME("name", ROW_TEXT_CHANNEL),
    NO_NAME("founder", ROW_TEXT_ACCOUNT),
    TIME("created"),
    TIME("slept"),
    TEXT("modes", ROW_TEXT_LINE, LETTERS_MAX),
    TEXT("key", ROW_TEXT_KEY, LIMIT_KEY_BYTES),
    NUMBER("limit"),
    NUMBER("slow-seconds"),
    NO_NAME("forward", ROW_TEXT_CHANNEL),
    NUMBER("throttle-joins"),
    NUMBER("throttle-seconds"),
    FLAGS("floor", STR_INIT("on")),
    NUMBER("floor-silence-seconds"),
    TEXT("topic", ROW_TEXT_LINE, LIMIT_TOPIC_BYTES),
    TEXT("topic-by", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
    TIME("topic-time"),
    LIST_OF(1, "bans", mask_fields, LIMIT_LIST_ENTRIES),
    LIST_OF(1, "ban-exceptions", mask_fields, LIMIT_LIST_ENTRIES),
    LIST_OF(1, "invite-exceptions", mask_fields, LIMIT_LIST_ENTRIES),
    LIST("access", access_fields),
    NUMBER_SINCE(2, "keep-messages"),
    NUMBER_SINCE(2, "keep-days"),
    NUMBER_SINCE(3, "keep-hours"),
    TEXT_SINCE(3, "heir", ROW_TEXT_ACCOUNT, LIMIT_FOLDED_BYTES),
    FLAGS_SINCE(4, "query-cutoff", STR_INIT("join-time")),
    LIST_OF(5, "former-names", former_name_fields, LIMIT_CHANNEL_REDIRECTS),
};

/* --- read_marker.c, metadata.c, presence_row.c, server_ban_row.c --- */

static const struct row_field read_marker_fields[] = {
    NAME("account", ROW_TEXT_ACCOUNT),
    NAME("target", ROW_TEXT_TARGET),
    TIME("time"),
};

static const struct row_field metadata_entry_fields[] = {NEEDED("key", ROW_TEXT_LINE,
                                                                LIMIT_METADATA_KEY_BYTES),
                                                         NEEDED("value", ROW_TEXT_LINE,
                                                                LIMIT_METADATA_VALUE_BYTES)};
static const struct row_field metadata_fields[] = {
    NAME("of", ROW_TEXT_TARGET),
    LIST("entries", metadata_entry_fields),
};

static const struct row_field membership_channel_fields[] = {NAME("name", ROW_TEXT_CHANNEL),
                                                             TEXT("ranks", ROW_TEXT_LINE,
                                                                  LETTERS_MAX)};
static const struct row_field silenced_fields[] = {NEEDED("mask", ROW_TEXT_LINE, LIMIT_MASK_BYTES)};
static const struct row_field invited_fields[] = {NAME("channel", ROW_TEXT_CHANNEL)};
static const struct row_field accepted_fields[] = {NAME("account", ROW_TEXT_ACCOUNT)};
static const struct row_field joined_fields[] = {TIME("time")}; /* one for each channel */
static const struct row_field membership_fields[] = {
    NAME("account", ROW_TEXT_ACCOUNT),
    NAME("nick", ROW_TEXT_ACCOUNT),
    NEEDED("username", ROW_TEXT_LINE, LIMIT_USER_BYTES),
    NEEDED("host", ROW_TEXT_LINE, LIMIT_HOST_BYTES),
    TEXT("realname", ROW_TEXT_LINE, LIMIT_REALNAME_BYTES),
    TEXT("modes", ROW_TEXT_LINE, LETTERS_MAX),
    TEXT("away", ROW_TEXT_LINE, LIMIT_AWAY_BYTES),
    TIME("signed-on"),
    TIME("absent-since"),
    LIST("channels", membership_channel_fields),
    LIST_SINCE(2, "silenced", silenced_fields),
    LIST_SINCE(3, "invited-to", invited_fields),
    LIST_SINCE(3, "accepted", accepted_fields),
    LIST_SINCE(4, "joined", joined_fields),
};

static const struct row_field server_ban_fields[] = {
    NUMBER("number"),
    NEEDED("target", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
    FLAGS("flags", STR_INIT("allows-accounts")),
    TEXT("reason", ROW_TEXT_LINE, LIMIT_BAN_REASON_BYTES),
    TEXT("comment", ROW_TEXT_LINE, LIMIT_REASON_BYTES),
    TEXT("by", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
    TIME("set"),
    TIME("expires"),
};

/* --- cmd_invitelink.c --- */

static const struct row_field purge_fields[] = {
    NAME("name", ROW_TEXT_CHANNEL),
    TEXT("reason", ROW_TEXT_LINE, LIMIT_REASON_BYTES),
    TEXT("by", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
    TIME("set"),
};

static const struct row_field invite_fields[] = {
    NUMBER("number"),
    NAME("channel", ROW_TEXT_CHANNEL),
    SECRET("hash"),
    NUMBER("uses-left"),
    TIME("expires"),
    TIME("created"),
    NO_NAME("by", ROW_TEXT_ACCOUNT),
    FLAGS("flags", STR_INIT("voice"), STR_INIT("register"), STR_INIT("by-operator")),
};

/* --- account_setting.c, factor.c, device.c, txn.c --- */

static const struct row_field setting_fields[] = {NEEDED("name", ROW_TEXT_LINE, WORD_MAX),
                                                  TEXT("value", ROW_TEXT_LINE, WORD_MAX)};
static const struct row_field settings_fields[] = {
    NAME("account", ROW_TEXT_ACCOUNT),
    LIST("settings", setting_fields),
};

static const struct row_field recovery_fields[] = {SECRET("hash")};
static const struct row_field app_password_fields[] = {
    NEEDED("name", ROW_TEXT_LINE, WORD_MAX),
    SECRET("hash"),
    TIME("created"),
    TIME("used"),
};
static const struct row_field credential_fields[] = {
    NAME("account", ROW_TEXT_ACCOUNT),
    SECRET("totp-key"),
    NUMBER("totp-step"),
    LIST("recovery-codes", recovery_fields),
    LIST("app-passwords", app_password_fields),
};

static const struct row_field device_fields[] = {NAME("account", ROW_TEXT_ACCOUNT),
                                                 TEXT("name", ROW_TEXT_LINE, LIMIT_DEVICE_BYTES),
                                                 TIME("seen")};

/* --- defcon.c --- */

static const struct row_field defcon_fields[] = {
    NEEDED("name", ROW_TEXT_LINE, WORD_MAX),
    NUMBER("level"),
    TEXT("set-by", ROW_TEXT_LINE, LIMIT_MASK_BYTES),
    TIME("set"),
};

static const struct row_field txn_fields[] = {NUMBER("msgid"), NUMBER("seq"), NUMBER("digest")};

#define LAYOUT(kind, layout_name, key_type, form_number, table)                                 \
    {                                                                                           \
        .row = (kind), .name = STR_INIT(layout_name), .key = (key_type), .form = (form_number), \
        .fields = (table), .field_count = ARRAY_LEN(table)                                      \
    }

static const struct row_layout layouts[] = {
    LAYOUT(ROW_ACCOUNT, "account", ROW_KEY_FOLDED, 4, account_fields),
    LAYOUT(ROW_CHANNEL, "channel", ROW_KEY_FOLDED, 5, channel_fields),
    LAYOUT(ROW_READ_MARKER, "read-marker", ROW_KEY_TWO, 1, read_marker_fields),
    LAYOUT(ROW_METADATA, "metadata", ROW_KEY_FOLDED, 1, metadata_fields),
    LAYOUT(ROW_MEMBERSHIP, "membership", ROW_KEY_FOLDED, 4, membership_fields),
    LAYOUT(ROW_SERVER_BAN, "server-ban", ROW_KEY_NUMBERED, 1, server_ban_fields),
    LAYOUT(ROW_CREDENTIAL, "credentials", ROW_KEY_FOLDED, 1, credential_fields),
    LAYOUT(ROW_SETTING, "settings", ROW_KEY_FOLDED, 1, settings_fields),
    LAYOUT(ROW_INVITE, "invite-link", ROW_KEY_NUMBERED, 1, invite_fields),
    LAYOUT(ROW_DEVICE, "device", ROW_KEY_TWO, 1, device_fields),
    LAYOUT(ROW_PURGE, "closed-channel", ROW_KEY_FOLDED, 1, purge_fields),
    LAYOUT(ROW_DEFCON, "server-level", ROW_KEY_FOLDED, 1, defcon_fields),
    LAYOUT(ROW_TXN, "sent-once", ROW_KEY_FREE, 1, txn_fields),
};

const struct row_layout *
row_layout_of(uint32_t row)
{
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        if (layouts[i].row == row)
            return &layouts[i];
    }
    return NULL;
}

const struct row_layout *
row_layout_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        if (str_equal(layouts[i].name, name))
            return &layouts[i];
    }
    return NULL;
}

static void skip_field(const struct row_field *field, struct unpack *from);

static void
skip_items(const struct row_field *field, struct unpack *from)
{
    for (size_t i = 0; i < field->item_count && !from->is_bad; i++)
        skip_field(&field->items[i], from);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are, two levels
static void
skip_field(const struct row_field *field, struct unpack *from)
{
    uint64_t count;
    switch (field->type) {
    case ROW_FIELD_NUMBER:
    case ROW_FIELD_TIME:
    case ROW_FIELD_FLAGS:
        (void)unpack_number(from); /* only whether it is there, which is noted in `from` */
        break;
    case ROW_FIELD_TEXT:
        (void)unpack_text(from);
        break;
    case ROW_FIELD_BYTES:
        if (from->rest.len < field->byte_count)
            from->is_bad = true;
        from->rest = str_skip(from->rest, field->byte_count);
        break;
    case ROW_FIELD_GROUP:
        skip_items(field, from);
        break;
    case ROW_FIELD_LIST:
        count = unpack_number(from);
        for (uint64_t i = 0; i < count && !from->is_bad; i++)
            skip_items(field, from);
        break;
    }
}

bool
row_layout_fits(const struct row_layout *layout, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    if (form == 0 || form > layout->form)
        return false;
    for (size_t i = 0; i < layout->field_count && !from.is_bad; i++) {
        if (layout->fields[i].since <= form)
            skip_field(&layout->fields[i], &from);
    }
    return !from.is_bad && from.rest.len == 0;
}

bool
row_layout_put_key(const struct row_layout *layout, struct str value, struct buf *out)
{
    struct unpack from = UNPACK(value);
    (void)unpack_number(&from); /* the form */
    if (layout->key == ROW_KEY_FREE)
        return false;
    if (layout->key == ROW_KEY_NUMBERED) {
        buf_printf(out, "%012" PRIu64, unpack_number(&from));
        return true;
    }
    struct folded folded;
    if (!name_fold(unpack_text(&from), &folded))
        return false;
    buf_put(out, folded_str(&folded));
    if (layout->key == ROW_KEY_TWO) {
        buf_put_byte(out, ' ');
        buf_put(out, unpack_text(&from));
    }
    return true;
}
