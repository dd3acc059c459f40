/* Options: accounts, and what proves whose they are; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

#define ACCOUNTS_MAX     10000000
#define ISSUER_BYTES_MAX 1024
#define CLAIM_BYTES_MAX  100
#define EXPIRY_MAX_MS    (3650 * DAY_MS)

static const struct option accounts_items[] = {
    {
        .name = STR_INIT("accounts"),
        .type = OPTION_SECTION,
        .help = "Registered identities. The nick of an account is kept for whoever logs in to it.",
    },
    {
        .name = STR_INIT("accounts.registration"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("true"),
        .help = "Whether people may register accounts (REGISTER, NickServ REGISTER).",
        FIELD(hub.takes_accounts),
    },
    {
        .name = STR_INIT("accounts.before_connect"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("true"),
        .help = "Whether they may do so before they are connected. Not with server.password.",
        FIELD(hub.registers_before_connect),
    },
    {
        .name = STR_INIT("accounts.anonymous"),
        .type = OPTION_SWITCH,
        .default_text = STR_INIT("false"),
        .help = "Whether the SASL mechanism ANONYMOUS is there: for clients that insist on SASL. "
                "Who uses it is a guest, without an account.",
        FIELD(hub.takes_anonymous),
    },
    {
        .name = STR_INIT("accounts.password_min"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "bytes",
        .min = 1,
        .max = LIMIT_PASSWORD_BYTES,
        .default_text = STR_INIT("8"),
        .help = "Bytes that a new password has at least.",
        FIELD(hub.account_password_min),
    },
    {
        .name = STR_INIT("accounts.max"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "accounts",
        .max = ACCOUNTS_MAX,
        .default_text = STR_INIT("100000"),
        .help = "Accounts in all. One takes about a kilobyte of memory.",
        FIELD(hub.accounts_max),
    },
    {
        .name = STR_INIT("accounts.always_on"),
        .type = OPTION_POLICY,
        .is_reloadable = true,
        .default_text = STR_INIT("opt-in"),
        .help = "Whether users stay, in their channels, while no client of theirs is connected. "
                "With opt-in and opt-out each account decides (NickServ SET always-on, "
                "PERSISTENCE), and the default is not to stay, or to stay.",
        FIELD(hub.always_on),
    },
    {
        .name = STR_INIT("accounts.auto_away"),
        .type = OPTION_POLICY,
        .is_reloadable = true,
        .default_text = STR_INIT("opt-out"),
        .help = "Whether those who stay are away while no client of theirs is connected (NickServ "
                "SET auto-away).",
        FIELD(hub.auto_away),
    },
    {
        .name = STR_INIT("accounts.always_on_max"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "users",
        .max = ACCOUNTS_MAX,
        .default_text = STR_INIT("10000"),
        .help = "Users that may stay. Further ones leave with their last client.",
        FIELD(hub.always_on_max),
    },
    {
        .name = STR_INIT("accounts.always_on_expiry"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .max = EXPIRY_MAX_MS,
        .default_text = STR_INIT("90d"),
        .help = "Time without a client after which a user who stays leaves; 0s: it never does.",
        FIELD(hub.always_on_expiry_ms),
    },
    {
        .name = STR_INIT("tokens"),
        .type = OPTION_SECTION,
        .help = "Logging in with tokens (JWT) that somebody else has signed, a provider of OAuth 2 "
                "or OpenID Connect: the SASL mechanisms OAUTHBEARER and IRCV3BEARER, over TLS or "
                "from this machine. Who can sign tokens can log in to every account.",
    },
    {
        .name = STR_INIT("tokens.algorithm"),
        .type = OPTION_TOKEN_ALGORITHM,
        .is_reloadable = true,
        .default_text = STR_INIT("off"),
        .help = "How tokens are signed; those that are signed otherwise are refused, whatever they "
                "say. With HS256 whoever can verify tokens can also make some.",
        FIELD(tokens.algorithm),
    },
    {
        .name = STR_INIT("tokens.key_file"),
        .type = OPTION_PATH,
        .is_reloadable = true,
        .max = PATH_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help =
            "File with the issuer's public keys in PEM (BEGIN PUBLIC KEY), of which any will "
            "do, so that they can be changed; for HS256, with the secret. Read at the start and "
            "at each reload. A relative path starts at the data folder.",
        FIELD(tokens.key_file),
    },
    {
        .name = STR_INIT("tokens.issuer"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = ISSUER_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "Who makes the tokens: what their claim iss must be, to the letter.",
        FIELD(tokens.issuer),
    },
    {
        .name = STR_INIT("tokens.audience"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = ISSUER_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help =
            "For whom they are: what their claim aud must be or have. That keeps others, to whom "
            "the same issuer's tokens are given, from logging in here with them.",
        FIELD(tokens.audience),
    },
    {
        .name = STR_INIT("tokens.claim"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .min = 1,
        .max = CLAIM_BYTES_MAX,
        .default_text = STR_INIT("sub"),
        .help = "The claim whose value is the account's name. It must be one that people can't "
                "choose for themselves, or they could take another's account.",
        FIELD(tokens.claim),
    },
    {
        .name = STR_INIT("tokens.create_accounts"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether a right token for an account that is not there makes it, without a "
                "password, also where accounts.registration is off. The name must be a nick that "
                "may be taken.",
        FIELD(hub.creates_by_token),
    },
    {
        .name = STR_INIT("email"),
        .type = OPTION_SECTION,
        .help = "Letters to those who register with an e-mail address: with a code to confirm it, "
                "and for a new password. None are sent unless sendmail or smtp is given.",
    },
    {
        .name = STR_INIT("email.required"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether who registers an account must give an address.",
        FIELD(hub.mail_required),
    },
    {
        .name = STR_INIT("email.from"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_EMAIL_BYTES,
        .default_text = STR_INIT(""),
        .help = "The address that letters are from.",
        FIELD(mail_from),
    },
    {
        .name = STR_INIT("email.sendmail"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = 1024,
        .default_text = STR_INIT(""),
        .help =
            "A program that sends the letter on its standard input, with its arguments, such as "
            "/usr/sbin/sendmail -i; the address is added as the last one. A path must be that of a "
            "program that is there.",
        FIELD(mail_sendmail),
    },
    {
        .name = STR_INIT("email.smtp"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = 1024,
        .default_text = STR_INIT(""),
        .help = "Or a mail server: smtp://mail.example.org:587 or smtps://mail.example.org, with "
                "user:password@ before the host when it wants that, and TLS then.",
        FIELD(mail_smtp),
    },
};

const struct option_group options_accounts = {.items = accounts_items,
                                              .count = ARRAY_LEN(accounts_items)};
