/* Options: operators of the server; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

#define OPERATOR_FIELD(member) FIELD_OF(struct hub_operator, member)
#define CLASS_FIELD(member)    FIELD_OF(struct hub_oper_class, member)

static const struct option operators_items[] = {
    {
        .name = STR_INIT("oper_classes"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_OPER_CLASSES,
        .default_text = STR_INIT(""),
        .help = "Classes of operators: what those may do who do not have all privileges.",
        LIST(hub.oper_classes[0], hub.oper_class_count),
    },
    {
        .name = STR_INIT("oper_classes.name"),
        .type = OPTION_OPERATOR_NAME,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_NICK_BYTES,
        .help = "Name of the class, for operators.class.",
        CLASS_FIELD(name),
    },
    {
        .name = STR_INIT("oper_classes.privileges"),
        .type = OPTION_PRIVILEGES,
        .is_reloadable = true,
        .help = "What they may do: kill (KILL), ban (KLINE, DLINE, UBAN), force (SAJOIN, SAPART, "
                "SANICK, SAMODE), override (what founders may, in all channels), channels (set "
                "modes +O and +P), see (addresses, secret channels, invisible users), wallops "
                "(WALLOPS, GLOBOPS), notices (user mode +s), stats, defcon, rehash, die (DIE, "
                "RESTART); or all.",
        CLASS_FIELD(privileges),
    },
    {
        .name = STR_INIT("operators"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_OPERATORS,
        .default_text = STR_INIT(""),
        .help =
            "Who may become operator of the server, with OPER. Each needs a password, an account "
            "or a fingerprint; what is there has to be right all together, and all but the password "
            "is looked at again at every reload. Why somebody is refused is in the log only.",
        LIST(hub.operators[0], hub.operator_count),
    },
    {
        .name = STR_INIT("operators.name"),
        .type = OPTION_OPERATOR_NAME,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_NICK_BYTES,
        .help = "Name that is given to OPER; it need not be the nick.",
        OPERATOR_FIELD(name),
    },
    {
        .name = STR_INIT("operators.password"),
        .type = OPTION_HASH,
        .is_reloadable = true,
        .default_text = STR_INIT(""),
        .help = "Hash of the password, made by \"confab passwd\"; empty: account or fingerprint is "
                "enough.",
        OPERATOR_FIELD(password_hash),
    },
    {
        .name = STR_INIT("operators.account"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_NICK_BYTES,
        .default_text = STR_INIT(""),
        .help = "Account that one has to be logged in to, and is an operator as long as one is; "
                "nobody registers one of that name. The log has a warning when there is no such "
                "account, or it had another name first. Empty: none.",
        OPERATOR_FIELD(account),
    },
    {
        .name = STR_INIT("operators.fingerprint"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = 64,
        .default_text = STR_INIT(""),
        .help = "SHA-256 fingerprint of the certificate that one has to connect with, 64 "
                "hexadecimal digits; empty: none.",
        OPERATOR_FIELD(fingerprint),
    },
    {
        .name = STR_INIT("operators.automatic"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether who logs in to the account, or has the certificate, is an operator at "
                "once, without OPER and password.",
        OPERATOR_FIELD(is_automatic),
    },
    {
        .name = STR_INIT("operators.mask"),
        .type = OPTION_MASK,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_MASK_BYTES,
        .default_text = STR_INIT("*!*@*"),
        .help = "Who may use this entry, as nick!user@host, in quotes; * stands for any text.",
        OPERATOR_FIELD(host_mask),
    },
    {
        .name = STR_INIT("operators.class"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_NICK_BYTES,
        .default_text = STR_INIT(""),
        .help = "Name of a class in oper_classes; empty: all privileges.",
        OPERATOR_FIELD(class_name),
    },
};

const struct option_group options_operators = {.items = operators_items,
                                               .count = ARRAY_LEN(operators_items)};
