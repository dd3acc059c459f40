/* The table of options; see options.h. docs/man/confab.yaml.5 is made from it. */
#include "server/options.h"

#include "base/limits.h"
#include "server/config.h"
#include "wire/dnsbl_name.h"

#include <assert.h>

#define SECOND_MS UINT64_C(1000)
#define HOUR_MS   (3600 * SECOND_MS)
#define DAY_MS    (24 * HOUR_MS)
#define KIB       UINT64_C(1024)
#define MIB       (1024 * KIB)
#define GIB       (1024 * MIB)

#define PATH_BYTES_MAX   4000 /* below the system's 4096, with room for a folder before it */
#define ADMIN_BYTES_MAX  300 /* of a line of ADMIN: fits in a line with all that stands before it */
#define CONNECTIONS_MAX  1000000
#define ACCOUNTS_MAX     10000000
#define ISSUER_BYTES_MAX 1024
#define CLAIM_BYTES_MAX  100
#define EXPIRY_MAX_MS    (3650 * DAY_MS)

#define FIELD_OF(type, member) \
    .offset = offsetof(type, member), .field_bytes = sizeof(((type *)NULL)->member)
#define FIELD(member)             FIELD_OF(struct config, member)
#define OPERATOR_FIELD(member)    FIELD_OF(struct hub_operator, member)
#define CERTIFICATE_FIELD(member) FIELD_OF(struct config_certificate, member)
#define CLASS_FIELD(member)       FIELD_OF(struct hub_oper_class, member)
#define GATEWAY_FIELD(member)     FIELD_OF(struct hub_gateway, member)
#define ZONE_FIELD(member)        FIELD_OF(struct hub_dnsbl_zone, member)
#define ITEM_LIST(type, first_item, count_of) \
    FIELD_OF(type, first_item), .count_offset = offsetof(type, count_of)
#define LIST(first_item, count_of) \
    FIELD(first_item), .count_offset = offsetof(struct config, count_of)

static const struct option options[] = {
    {
        .name = STR_INIT("server"),
        .type = OPTION_SECTION,
        .help = "Who this server is.",
    },
    {
        .name = STR_INIT("server.name"),
        .type = OPTION_SERVER_NAME,
        .min = 3,
        .max = LIMIT_SERVER_NAME_BYTES,
        .default_text = STR_INIT("confab.local"),
        .help = "Name of the server as clients see it: like a host name, with at least one dot. It "
                "need not be in DNS.",
        FIELD(hub.server_name),
    },
    {
        .name = STR_INIT("server.network"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_SERVER_NAME_BYTES,
        .default_text = STR_INIT("confab"),
        .help = "Name of the network. Clients show it as the title of the connection.",
        FIELD(hub.network_name),
    },
    {
        .name = STR_INIT("server.description"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_REALNAME_BYTES,
        .default_text = STR_INIT("a confab server"),
        .help = "A few words about the server, shown by WHOIS and LINKS.",
        FIELD(hub.description),
    },
    {
        .name = STR_INIT("server.icon"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_ICON_BYTES,
        .default_text = STR_INIT(""),
        .help = "URL of a picture that stands for the network, https://... at best; clients that "
                "show pictures get it (ISUPPORT draft/ICON). Empty: there is none.",
        FIELD(hub.icon),
    },
    {
        .name = STR_INIT("server.password"),
        .type = OPTION_HASH,
        .is_reloadable = true,
        .default_text = STR_INIT(""),
        .help = "Hash of the password that IRC clients must give to connect; empty: they need "
                "none. The command \"confab passwd\" makes hashes.",
        FIELD(hub.password_hash),
    },
    {
        .name = STR_INIT("server.motd"),
        .type = OPTION_LINES,
        .is_reloadable = true,
        .max = LIMIT_MOTD_BYTES,
        .default_text = STR_INIT(""),
        .help = "Message of the day: what everybody reads after connecting. Several lines are "
                "written below \"motd: |\", indented.",
        FIELD(motd_text),
    },
    {
        .name = STR_INIT("server.motd_file"),
        .type = OPTION_PATH,
        .is_reloadable = true,
        .max = PATH_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "File with the message of the day, instead of motd. A relative path starts at the "
                "folder of this configuration.",
        FIELD(motd_file),
    },
    {
        .name = STR_INIT("admin"),
        .type = OPTION_SECTION,
        .help = "What ADMIN answers: who runs the server, and how to reach them.",
    },
    {
        .name = STR_INIT("admin.location"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = ADMIN_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "Where the server is: a city, say.",
        FIELD(hub.admin_location),
    },
    {
        .name = STR_INIT("admin.location_more"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = ADMIN_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "More about it: an institution, say.",
        FIELD(hub.admin_location_more),
    },
    {
        .name = STR_INIT("admin.email"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = ADMIN_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "How to reach the administrators.",
        FIELD(hub.admin_email),
    },
    {
        .name = STR_INIT("data"),
        .type = OPTION_PATH,
        .min = 1,
        .max = PATH_BYTES_MAX,
        .default_text = STR_INIT("confab-data"),
        .help = "Folder for what the server keeps, made when it is missing. A relative path "
                "starts at the working directory. Under systemd, $STATE_DIRECTORY is the default.",
        FIELD(data_dir),
    },
    {
        .name = STR_INIT("workers"),
        .type = OPTION_WORKERS,
        .min = 1,
        .max = LIMIT_WORKERS,
        .default_text = STR_INIT("auto"),
        .help = "Threads that serve the connections: one for each core (auto), that many (with 1, "
                "one asynchronous loop serves all), or one for each client (per-client).",
        FIELD(workers),
    },
    {
        .name = STR_INIT("io_uring"),
        .type = OPTION_SWITCH,
        .default_text = STR_INIT("true"),
        .help = "Write to many connections with one system call, through Linux's io_uring, which "
                "saves a fifth of the CPU time of a busy channel. Where the kernel does not have "
                "or does not allow it, nothing changes.",
        FIELD(net.has_io_uring),
    },
    {
        .name = STR_INIT("listen"),
        .type = OPTION_LISTEN,
        .min = 1,
        .max = LIMIT_LISTENERS,
        .default_text = STR_INIT("irc://*:6667 ircs://*:6697 plain://*:21567 irc+unix:confab.sock"),
        .help =
            "Where to listen: irc://HOST:PORT for IRC clients, ircs://HOST:PORT for the same "
            "over TLS, plain://HOST:PORT for nc and telnet, plains://HOST:PORT over TLS, "
            "irc+unix:PATH and plain+unix:PATH for Unix sockets. HOST is * for all "
            "addresses; an IPv6 address stands in brackets. PORT 0 takes any free port. A "
            "relative PATH starts at the data folder. With ?proxy behind it, connections begin with the header of a "
            "proxy (PROXY protocol, version 1 or 2), which says for whom it connects; it must "
            "come from an address in proxies, or over a Unix socket.",
        LIST(listen[0], listen_count),
    },
    {
        .name = STR_INIT("proxies"),
        .type = OPTION_ADDRESS_BLOCKS,
        .is_reloadable = true,
        .max = SETTINGS_EXEMPT_MAX,
        .default_text = STR_INIT("127.0.0.0/8 ::1"),
        .help =
            "Addresses, or blocks of them, of proxies: who may connect where listen says ?proxy. "
            "What they say of an address counts for limits, cloaks and bans.",
        LIST(net.proxies[0], net.proxy_count),
    },
    {
        .name = STR_INIT("tls"),
        .type = OPTION_SECTION,
        .help = "Encrypted connections: ircs:// and plains:// in listen.",
    },
    {
        .name = STR_INIT("tls.certificates"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_CERTIFICATES,
        .default_text = STR_INIT(""),
        .help = "Certificates, read again at each reload. A client gets the one for the name that "
                "it has asked for, else the first. Without any, the server uses certificate.pem "
                "and key.pem in the data folder, and makes them at first: \"confab cert\" makes "
                "others.",
        LIST(certificates[0], certificate_count),
    },
    {
        .name = STR_INIT("tls.certificates.file"),
        .type = OPTION_PATH,
        .is_reloadable = true,
        .min = 1,
        .max = PATH_BYTES_MAX,
        .help = "File in PEM with the certificate and, behind it, those that lead to a known "
                "authority: fullchain.pem of Let's Encrypt. A relative path starts at the data "
                "folder.",
        CERTIFICATE_FIELD(file),
    },
    {
        .name = STR_INIT("tls.certificates.key"),
        .type = OPTION_PATH,
        .is_reloadable = true,
        .max = PATH_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "File in PEM with its key, which only the server's user should be able to read; "
                "empty: the key is in the same file.",
        CERTIFICATE_FIELD(key),
    },
    {
        .name = STR_INIT("tls.sts"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help =
            "Whether clients are told to come over TLS only (IRCv3 sts). The certificate must be "
            "one that they trust: whoever has once been told will not come back without TLS.",
        FIELD(hub.has_sts),
    },
    {
        .name = STR_INIT("tls.sts_port"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .max = UINT16_MAX,
        .default_text = STR_INIT("0"),
        .help = "Port that they are sent to; 0: that of the first ircs:// in listen.",
        FIELD(sts_port),
    },
    {
        .name = STR_INIT("tls.sts_duration"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .max = 3650 * DAY_MS,
        .default_text = STR_INIT("30d"),
        .help = "How long they remember; 0s ends it for those who come over TLS.",
        FIELD(hub.sts_duration_ms),
    },
    {
        .name = STR_INIT("tls.sts_preload"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether the server agrees to stand in lists that clients come with.",
        FIELD(hub.is_sts_preloaded),
    },
    {
        .name = STR_INIT("gateways"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_GATEWAYS,
        .default_text = STR_INIT(""),
        .help =
            "Who may say for whom it connects, with WEBIRC: web clients on a server of their own. "
            "The address that they give counts for limits, cloaks and bans.",
        LIST(hub.gateways[0], hub.gateway_count),
    },
    {
        .name = STR_INIT("gateways.name"),
        .type = OPTION_OPERATOR_NAME,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_NICK_BYTES,
        .help = "Name for the log.",
        GATEWAY_FIELD(name),
    },
    {
        .name = STR_INIT("gateways.addresses"),
        .type = OPTION_ADDRESS_BLOCKS,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_GATEWAY_ADDRESSES,
        .default_text = STR_INIT("127.0.0.0/8 ::1"),
        .help = "Addresses, or blocks of them, that it connects from.",
        ITEM_LIST(struct hub_gateway, addresses[0], address_count),
    },
    {
        .name = STR_INIT("gateways.password"),
        .type = OPTION_HASH,
        .is_reloadable = true,
        .default_text = STR_INIT(""),
        .help =
            "Hash of its password, made by \"confab passwd\"; empty: its certificate is enough.",
        GATEWAY_FIELD(password_hash),
    },
    {
        .name = STR_INIT("gateways.fingerprint"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = 64,
        .default_text = STR_INIT(""),
        .help = "SHA-256 fingerprint of the certificate that it must show, 64 hexadecimal digits; "
                "empty: it need not have one.",
        GATEWAY_FIELD(fingerprint),
    },
    {
        .name = STR_INIT("cloaks"),
        .type = OPTION_SECTION,
        .help = "What others see of where somebody comes from. The user and operators of the "
                "server see the address in WHOIS.",
    },
    {
        .name = STR_INIT("cloaks.enabled"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("true"),
        .help = "Whether hosts are shown as keyed hashes, never as addresses. Whoever comes from "
                "the same network has the same end of the host, so that it can be banned. A "
                "change is for those who connect from then on.",
        FIELD(hub.has_cloaks),
    },
    {
        .name = STR_INIT("cloaks.secret"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_PASSWORD_BYTES,
        .default_text = STR_INIT(""),
        .help = "Secret that the hashes are made with: 16 bytes or more that nobody can guess. "
                "With another one, old bans of hosts match no more. Empty: it is in the file "
                "cloak.secret in the data folder, made at the first start.",
        FIELD(cloak_secret),
    },
    {
        .name = STR_INIT("lobby"),
        .type = OPTION_SECTION,
        .help = "The channel that is always there.",
    },
    {
        .name = STR_INIT("lobby.channel"),
        .type = OPTION_CHANNEL,
        .is_reloadable = true,
        .max = LIMIT_CHANNEL_BYTES,
        .default_text = STR_INIT("#lobby"),
        .help = "Its name, in quotes, since # begins a comment. Guests of plain:// join it at "
                "once. Empty: there is no lobby.",
        FIELD(hub.lobby),
    },
    {
        .name = STR_INIT("lobby.modes"),
        .type = OPTION_CHANNEL_MODES,
        .is_reloadable = true,
        .max = 26,
        .default_text = STR_INIT("nt"),
        .help = "Channel modes that it begins with, of those without a parameter.",
        FIELD(hub.lobby_modes),
    },
    {
        .name = STR_INIT("lobby.half_duplex"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether people take turns there (mode +H): whoever spoke last waits until "
                "somebody else has spoken.",
        FIELD(hub.is_lobby_half_duplex),
    },
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
    {
        .name = STR_INIT("channels"),
        .type = OPTION_SECTION,
        .help = "Rules for all channels.",
    },
    {
        .name = STR_INIT("channels.creator_rank"),
        .type = OPTION_RANK,
        .is_reloadable = true,
        .default_text = STR_INIT("op"),
        .help = "What the creator of a channel is in it. A founder is an op whom other ops can't "
                "remove.",
        FIELD(hub.is_creator_founder),
    },
    {
        .name = STR_INIT("channels.per_user"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "channels",
        .min = 1,
        .max = 10000,
        .default_text = STR_INIT("100"),
        .help = "Channels that a user may be in at a time.",
        FIELD(hub.channels_per_user_max),
    },
    {
        .name = STR_INIT("channels.list_entries"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "entries",
        .min = 1,
        .max = LIMIT_LIST_ENTRIES,
        .default_text = STR_INIT("100"),
        .help = "Entries in each of a channel's lists: bans, exceptions, invitations.",
        FIELD(hub.list_entries_max),
    },
    {
        .name = STR_INIT("channels.max"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "channels",
        .min = 1,
        .max = 10000000,
        .default_text = STR_INIT("100000"),
        .help = "Channels that there may be on the server.",
        FIELD(hub.channels_max),
    },
    {
        .name = STR_INIT("names"),
        .type = OPTION_SECTION,
        .help = "Which nicks and names of channels may be taken.",
    },
    {
        .name = STR_INIT("names.refuse_lookalikes"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("true"),
        .help = "Whether a name is refused that looks like one in use, or like the name of an "
                "account or operator, because letters of another script stand in it (Unicode's "
                "confusables). Two names in ASCII are never held against each other.",
        FIELD(hub.refuses_lookalikes),
    },
    {
        .name = STR_INIT("names.scripts"),
        .type = OPTION_SCRIPTS,
        .is_reloadable = true,
        .default_text = STR_INIT("any"),
        .help = "Which writing systems one name may mix. moderate: Latin and one other, but not "
                "Cyrillic or Greek; strict: none but those that Chinese, Japanese and Korean "
                "are written with; ascii: nothing but ASCII.",
        FIELD(hub.scripts),
    },
    {
        .name = STR_INIT("names.reserved"),
        .type = OPTION_NAME_MASKS,
        .is_reloadable = true,
        .max = LIMIT_RESERVED_NAMES,
        .default_text = STR_INIT("NickServ ChanServ HistServ HostServ MemoServ OperServ BotServ "
                                 "Global Services Server System"),
        .help = "Masks of nicks, and of channels when they begin with #, that only operators of "
                "the server may take; * stands for any text. As they are set, nobody can pretend "
                "to be a service.",
        LIST(hub.reserved_names[0], hub.reserved_name_count),
    },
    {
        .name = STR_INIT("rates"),
        .type = OPTION_SECTION,
        .help =
            "How often a user may do what many others see, or what costs the server much: 20/1m "
            "is 20 times at once, and 20 more in a minute. Whoever goes past that is told how "
            "long to wait; nobody is disconnected. Operators are exempt.",
    },
    {
        .name = STR_INIT("rates.joins"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("100/1m"),
        .help = "Channels joined; one with many members counts as one more for every 1000.",
        FIELD(hub.rates[RATE_JOINS]),
    },
    {
        .name = STR_INIT("rates.nick_changes"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("10/1m"),
        .help = "Changes of the nick.",
        FIELD(hub.rates[RATE_NICKS]),
    },
    {
        .name = STR_INIT("rates.new_contacts"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("20/1m"),
        .help = "People to whom a user writes who have not spoken with it of late. Whoever has "
                "been written to may answer in any case.",
        FIELD(hub.rates[RATE_TARGETS]),
    },
    {
        .name = STR_INIT("rates.invitations"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("20/1m"),
        .help = "Invitations to channels, links into them, and requests for them.",
        FIELD(hub.rates[RATE_INVITES]),
    },
    {
        .name = STR_INIT("rates.profile_changes"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("20/1m"),
        .help = "Changes of AWAY, of the real name and of metadata (METADATA SET and CLEAR).",
        FIELD(hub.rates[RATE_PROFILE]),
    },
    {
        .name = STR_INIT("rates.queries"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("300/1m"),
        .help = "Commands that can have long answers, such as WHOIS, NAMES and STATS. NickServ "
                "SENDPASS and HistServ FORGET count as 100, SEARCH "
                "as 10, LIST as 5, WHO with a mask as 2, and the last two as one more for every "
                "1000 channels or users that they have to look at, LIST so often for each of its "
                "masks.",
        FIELD(hub.rates[RATE_QUERIES]),
    },
    {
        .name = STR_INIT("rates.list_entries"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("200/1m"),
        .help = "Entries added to the lists of channels: bans, exceptions, invitations.",
        FIELD(hub.rates[RATE_LISTS]),
    },
    {
        .name = STR_INIT("rates.oper_attempts"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("5/1m"),
        .help = "Attempts to become operator of the server with OPER. To check a password takes "
                "much time on purpose.",
        FIELD(hub.rates[RATE_OPERS]),
    },
    {
        .name = STR_INIT("rates.accounts"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("10/10m"),
        .help =
            "Accounts registered from one IPv4 address, or one /64 block of IPv6 addresses. There "
            "is no limit for this machine.",
        FIELD(hub.network_rates[NETWORK_RATE_ACCOUNTS]),
    },
    {
        .name = STR_INIT("rates.letters"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("5/10m"),
        .help =
            "Letters by e-mail, to confirm an address or for a new password, that are asked for "
            "from one IPv4 address, or one /64 block of IPv6 addresses. There is no limit for "
            "this machine. Besides, one e-mail address gets one letter of each kind in ten minutes, "
            "new accounts get 20 a minute together, and all 30.",
        FIELD(hub.network_rates[NETWORK_RATE_LETTERS]),
    },
    {
        .name = STR_INIT("rates.registrations"),
        .type = OPTION_RATE,
        .is_reloadable = true,
        .default_text = STR_INIT("off"),
        .help = "Users who may come, of all together. Who comes too many is disconnected and told "
                "when to try again.",
        FIELD(hub.registrations),
    },
    {
        .name = STR_INIT("rates.newcomer_wait"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = 0,
        .max = HOUR_MS,
        .default_text = STR_INIT("0s"),
        .help = "Time for which somebody who has just come may write only to people in the same "
                "channels and to operators of the server.",
        FIELD(hub.newcomer_wait_ms),
    },
    {
        .name = STR_INIT("users"),
        .type = OPTION_SECTION,
        .help = "Rules for all users.",
    },
    {
        .name = STR_INIT("users.modes"),
        .type = OPTION_USER_MODES,
        .is_reloadable = true,
        .max = 26,
        .default_text = STR_INIT(""),
        .help = "User modes that everybody begins with, of those that users may change themselves: "
                "i for invisible, say.",
        FIELD(hub.user_modes),
    },
    {
        .name = STR_INIT("users.client_tags_denied"),
        .type = OPTION_CLIENT_TAGS,
        .is_reloadable = true,
        .max = 300,
        .default_text = STR_INIT(""),
        .help =
            "Client-only tags that are not relayed (CLIENTTAGDENY), without their +. Empty: all "
            "are relayed; *: none; *,-typing,-reply: only these two.",
        FIELD(hub.client_tag_deny),
    },
    {
        .name = STR_INIT("filters"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_FILTERS,
        .default_text = STR_INIT(""),
        .help = "Rules of the spam filter. A text is searched as it is, without its colours, and "
                "with letters of other scripts replaced by those that they look like. Operators "
                "can add rules with FILTER for as long as the server runs.",
        LIST(hub.filters[0], hub.filter_count),
    },
    {
        .name = STR_INIT("filters.name"),
        .type = OPTION_FILTER_NAME,
        .is_reloadable = true,
        .max = LIMIT_FILTER_NAME_BYTES,
        .help = "Name of the rule. It is shown to those whose text is refused.",
        FIELD_OF(struct hub_filter, name),
    },
    {
        .name = STR_INIT("filters.pattern"),
        .type = OPTION_PATTERN,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_PATTERN_BYTES,
        .help =
            "What is searched for: a regular expression as in Perl (PCRE), in single quotes, in "
            "any case; ^ and $ stand for the ends of a line.",
        FIELD_OF(struct hub_filter, pattern),
    },
    {
        .name = STR_INIT("filters.action"),
        .type = OPTION_FILTER_ACTION,
        .is_reloadable = true,
        .default_text = STR_INIT("block"),
        .help = "What is done: block refuses the text and says so, warn lets it pass and tells the "
                "operators, kill disconnects the user, shun drops the text without a word.",
        FIELD_OF(struct hub_filter, action),
    },
    {
        .name = STR_INIT("filters.targets"),
        .type = OPTION_FILTER_TARGETS,
        .is_reloadable = true,
        .default_text = STR_INIT("channel,private,notice"),
        .help = "Where it is searched for: channel and private (messages), notice (to either), "
                "part, quit, topic, nick, away, realname (also what is set by METADATA).",
        FIELD_OF(struct hub_filter, targets),
    },
    {
        .name = STR_INIT("filters.exempt"),
        .type = OPTION_FILTER_EXEMPTS,
        .is_reloadable = true,
        .default_text = STR_INIT("operators"),
        .help = "Whom it does not concern: operators of the server, voiced (who has voice or more "
                "in the channel), accounts (who is logged in).",
        FIELD_OF(struct hub_filter, exempts),
    },
    {
        .name = STR_INIT("filters.reason"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_FILTER_REASON_BYTES,
        .default_text = STR_INIT(""),
        .help = "What the user reads; empty: a text that says no more than that it is the filter.",
        FIELD_OF(struct hub_filter, reason),
    },
    {
        .name = STR_INIT("dnsbl"),
        .type = OPTION_SECTION,
        .help =
            "Block lists in DNS: who connects is looked up in them, but for those who come from "
            "this machine or from an address in limits.exempt.",
    },
    {
        .name = STR_INIT("dnsbl.zones"),
        .type = OPTION_ITEMS,
        .is_reloadable = true,
        .max = LIMIT_DNSBL_ZONES,
        .default_text = STR_INIT(""),
        .help = "The lists. All are asked at once; the first that rejects counts, then the first "
                "that marks.",
        LIST(hub.dnsbl_zones[0], hub.dnsbl_zone_count),
    },
    {
        .name = STR_INIT("dnsbl.zones.zone"),
        .type = OPTION_SERVER_NAME,
        .is_reloadable = true,
        .min = 3,
        .max = DNSBL_ZONE_BYTES_MAX,
        .help = "Name of the list in DNS, such as dnsbl.example. Most have rules for who may ask: "
                "read them first.",
        ZONE_FIELD(zone),
    },
    {
        .name = STR_INIT("dnsbl.zones.replies"),
        .type = OPTION_ADDRESS_BLOCKS,
        .is_reloadable = true,
        .min = 1,
        .max = LIMIT_DNSBL_REPLIES,
        .default_text = STR_INIT("127.0.0.0/8"),
        .help = "Answers, or blocks of them, that mean that the address is listed; what each "
                "answer says is in the list's description. 127.255.255.0/24 never does: lists "
                "refuse with it to answer.",
        ITEM_LIST(struct hub_dnsbl_zone, replies[0], reply_count),
    },
    {
        .name = STR_INIT("dnsbl.zones.action"),
        .type = OPTION_DNSBL_ACTION,
        .is_reloadable = true,
        .default_text = STR_INIT("reject"),
        .help = "What is done: reject keeps the address out and says why, mark lets it in, tells "
                "the operators, and shows them the list in WHOIS.",
        ZONE_FIELD(action),
    },
    {
        .name = STR_INIT("dnsbl.zones.reason"),
        .type = OPTION_TEXT,
        .is_reloadable = true,
        .max = LIMIT_DNSBL_REASON_BYTES,
        .default_text = STR_INIT(""),
        .help = "What who is kept out reads, before the address, the name of the list and what to "
                "do; empty: that the address is in a list of those that are often abused.",
        ZONE_FIELD(reason),
    },
    {
        .name = STR_INIT("dnsbl.exempt_accounts"),
        .type = OPTION_SWITCH,
        .is_reloadable = true,
        .default_text = STR_INIT("false"),
        .help = "Whether who has logged in to an account (SASL) is not looked up.",
        FIELD(hub.spares_accounts_dnsbl),
    },
    {
        .name = STR_INIT("dnsbl.timeout"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS / 10,
        .max = 30 * SECOND_MS,
        .default_text = STR_INIT("3s"),
        .help = "How long a connection waits for the lists; then it is let in.",
        FIELD(dnsbl.timeout_ms),
    },
    {
        .name = STR_INIT("dnsbl.cache"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .max = DAY_MS,
        .default_text = STR_INIT("10m"),
        .help = "How long it is remembered what the lists have said about an address; 0s: they are "
                "asked each time.",
        FIELD(dnsbl.cache_ms),
    },
    {
        .name = STR_INIT("dnsbl.nameservers"),
        .type = OPTION_NAMESERVERS,
        .is_reloadable = true,
        .max = ADMIN_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help =
            "Name servers to ask, addresses with commas, with a port where it is not 53; empty: "
            "those of the system. Public ones are refused by many lists: a resolver of one's "
            "own is best.",
        FIELD(dnsbl.nameservers),
    },
    {
        .name = STR_INIT("capabilities"),
        .type = OPTION_SECTION,
        .help = "What IRC clients can negotiate with CAP (IRCv3).",
    },
    {
        .name = STR_INIT("capabilities.disabled"),
        .type = OPTION_CAPABILITIES,
        .is_reloadable = true,
        .max = LIMIT_DISABLED_CAPS,
        .default_text = STR_INIT(""),
        .help = "Capabilities that are not offered, such as draft/multiline. Clients that are "
                "connected are told of a change (CAP NEW and CAP DEL).",
        LIST(hub.disabled_caps[0], hub.disabled_cap_count),
    },
    {
        .name = STR_INIT("limits"),
        .type = OPTION_SECTION,
        .help = "What a connection may take. Whoever goes past a limit is disconnected and told "
                "which one it was.",
    },
    {
        .name = STR_INIT("limits.registration_timeout"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS,
        .max = HOUR_MS,
        .default_text = STR_INIT("1m"),
        .help = "Time that a client has from connecting until it has said who it is.",
        FIELD(net.registration_timeout_ms),
    },
    {
        .name = STR_INIT("limits.handshake_timeout"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS,
        .max = HOUR_MS,
        .default_text = STR_INIT("10s"),
        .help = "Time that a client has for the handshake of TLS.",
        FIELD(net.handshake_timeout_ms),
    },
    {
        .name = STR_INIT("limits.ping_interval"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS,
        .max = DAY_MS,
        .default_text = STR_INIT("2m"),
        .help = "Silence after which a client is asked whether it is still there.",
        FIELD(net.ping_interval_ms),
    },
    {
        .name = STR_INIT("limits.ping_timeout"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS,
        .max = HOUR_MS,
        .default_text = STR_INIT("1m"),
        .help = "Time that it then has to answer.",
        FIELD(net.ping_timeout_ms),
    },
    {
        .name = STR_INIT("limits.input_burst"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "lines",
        .min = 1,
        .max = 10000,
        .default_text = STR_INIT("30"),
        .help = "Lines that a client may send at once. Later ones wait; they are not lost.",
        FIELD(net.input_burst),
    },
    {
        .name = STR_INIT("limits.input_rate"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "lines a second",
        .min = 0,
        .max = 1000,
        .default_text = STR_INIT("10"),
        .help = "Lines a second that are taken from a client after that; 0: any number.",
        FIELD(net.input_rate),
    },
    {
        .name = STR_INIT("limits.input_queue"),
        .type = OPTION_SIZE,
        .is_reloadable = true,
        .min = 16 * KIB,
        .max = 16 * MIB,
        .default_text = STR_INIT("32KiB"),
        .help = "Bytes from a client that may wait for their turn. While there are more, nothing "
                "is read from it, so that it has to wait; it is not disconnected.",
        FIELD(net.input_queue_bytes),
    },
    {
        .name = STR_INIT("limits.output_queue"),
        .type = OPTION_SIZE,
        .is_reloadable = true,
        .min = 64 * KIB,
        .max = GIB,
        .default_text = STR_INIT("1MiB"),
        .help = "Bytes for a client that may wait because it reads too slowly.",
        FIELD(net.output_queue_bytes),
    },
    {
        .name = STR_INIT("limits.connections"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "connections",
        .min = 1,
        .max = CONNECTIONS_MAX,
        .default_text = STR_INIT("1000000"),
        .help = "Connections in all. The system's limit of open files (ulimit -n) counts, too.",
        FIELD(net.connections_max),
    },
    {
        .name = STR_INIT("limits.connections_per_address"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "connections",
        .min = 1,
        .max = CONNECTIONS_MAX,
        .default_text = STR_INIT("32"),
        .help = "Connections from one IPv4 address, or one /64 block of IPv6 addresses.",
        FIELD(net.connections_per_address),
    },
    {
        .name = STR_INIT("limits.connections_per_network"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "connections",
        .min = 1,
        .max = CONNECTIONS_MAX,
        .default_text = STR_INIT("512"),
        .help = "Connections from one /24 block of IPv4 addresses, or one /48 block of IPv6 "
                "addresses.",
        FIELD(net.connections_per_network),
    },
    {
        .name = STR_INIT("limits.connects_per_address"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "connections",
        .min = 1,
        .max = CONNECTIONS_MAX,
        .default_text = STR_INIT("60"),
        .help = "Connections that one IPv4 address, or one /64 block of IPv6 addresses, may begin "
                "within connects_window.",
        FIELD(net.connects_per_address),
    },
    {
        .name = STR_INIT("limits.connects_window"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = SECOND_MS,
        .max = HOUR_MS,
        .default_text = STR_INIT("1m"),
        .help = "Time in which connects_per_address counts, from the first connection on.",
        FIELD(net.connects_window_ms),
    },
    {
        .name = STR_INIT("limits.exempt"),
        .type = OPTION_ADDRESS_BLOCKS,
        .is_reloadable = true,
        .max = SETTINGS_EXEMPT_MAX,
        .default_text = STR_INIT("127.0.0.0/8 ::1"),
        .help = "Addresses, or blocks of them, to which none of the three limits before this one "
                "applies.",
        LIST(net.exempt[0], net.exempt_count),
    },
    {
        .name = STR_INIT("store"),
        .type = OPTION_SECTION,
        .help = "How messages are kept: in the file confab.db in the data folder.",
    },
    {
        .name = STR_INIT("store.durability"),
        .type = OPTION_DURABILITY,
        .default_text = STR_INIT("echo"),
        .help = "What waits until a message is on disk: what its sender gets back (echo; for "
                "clients with echo-message), what everybody gets of it (all), or nothing (none).",
        FIELD(hub.durability),
    },
    {
        .name = STR_INIT("store.keep_days"),
        .type = OPTION_NUMBER,
        .unit = "days",
        .min = 0,
        .max = 36500,
        .default_text = STR_INIT("0"),
        .help =
            "For how long messages and other events are kept; 0: for ever. What is older is "
            "deleted bit by bit while there is nothing else to write; nicks and hosts of which no "
            "message is left a day later.",
        FIELD(store_keep_days),
    },
    {
        .name = STR_INIT("store.keep_messages"),
        .type = OPTION_NUMBER,
        .min = 0,
        .max = LIMIT_KEEP_MESSAGES,
        .default_text = STR_INIT("0"),
        .help = "How many messages are kept of each channel and conversation, and as many joins "
                "and the like; 0: all. The oldest are deleted bit by bit.",
        FIELD(store_keep_messages),
    },
    {
        .name = STR_INIT("history"),
        .type = OPTION_SECTION,
        .help = "What may be done with messages that are kept.",
    },
    {
        .name = STR_INIT("history.enabled"),
        .type = OPTION_SWITCH,
        .default_text = STR_INIT("true"),
        .help = "Keep what is said in channels and between accounts. Without it nothing of that is "
                "on disk, and nobody can read what was said before; accounts and channels "
                "are kept all the same. What was kept before stays until it is too old.",
        FIELD(hub.has_history),
    },
    {
        .name = STR_INIT("history.autoreplay_lines"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "messages",
        .max = LIMIT_PAGE_EVENTS,
        .default_text = STR_INIT("0"),
        .help = "The last messages of a channel that come to who joins it, when the client asks "
                "for no history itself. Accounts decide for themselves with NickServ SET "
                "autoreplay-lines.",
        FIELD(hub.autoreplay_lines),
    },
    {
        .name = STR_INIT("history.replay_max"),
        .type = OPTION_NUMBER,
        .is_reloadable = true,
        .unit = "messages",
        .min = 1,
        .max = LIMIT_PAGE_EVENTS,
        .default_text = STR_INIT("1000"),
        .help =
            "The last messages of each channel and conversation that are replayed at a time: to a "
            "device that is back, and by ZNC's *playback.",
        FIELD(hub.replay_max),
    },
    {
        .name = STR_INIT("history.redact_window"),
        .type = OPTION_DURATION,
        .is_reloadable = true,
        .min = 0,
        .max = 3650 * DAY_MS,
        .default_text = STR_INIT("0s"),
        .help = "Time for which people may delete their own messages; 0s: always. Half operators "
                "and above may delete any message in their channel at any time.",
        FIELD(hub.redact_window_ms),
    },
    {
        .name = STR_INIT("log"),
        .type = OPTION_SECTION,
        .help = "What the server tells its administrator.",
    },
    {
        .name = STR_INIT("log.level"),
        .type = OPTION_LOG_LEVEL,
        .is_reloadable = true,
        .default_text = STR_INIT("info"),
        .help = "The least important lines that are written.",
        FIELD(log_level),
    },
    {
        .name = STR_INIT("log.file"),
        .type = OPTION_PATH,
        .max = PATH_BYTES_MAX,
        .default_text = STR_INIT(""),
        .help = "File that lines are appended to, opened again at each reload; empty: standard "
                "error. A relative path starts at the data folder.",
        FIELD(log_file),
    },
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

static_assert(ARRAY_LEN(options) <= OPTIONS_MAX, "tables beside this one have room");

size_t
option_count(void)
{
    return ARRAY_LEN(options);
}

const struct option *
option_at(size_t index)
{
    assert(index < ARRAY_LEN(options));
    return &options[index];
}

size_t
option_index(const struct option *option)
{
    assert(option >= options);
    assert(option < options + ARRAY_LEN(options));
    return (size_t)(option - options);
}

const struct option *
option_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (str_equal(options[i].name, name))
            return &options[i];
    }
    return NULL;
}

static size_t
last_dot(struct str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '.')
            return i - 1;
    }
    return name.len;
}

struct str
option_key(const struct option *option)
{
    size_t dot = last_dot(option->name);
    return dot == option->name.len ? option->name : str_skip(option->name, dot + 1);
}

struct str
option_parent_name(const struct option *option)
{
    size_t dot = last_dot(option->name);
    return dot == option->name.len ? STR_NONE : str_take(option->name, dot);
}

bool
option_is_of_item(const struct option *option)
{
    struct str parent_name = option_parent_name(option);
    if (parent_name.len == 0)
        return false;
    const struct option *parent = option_find(parent_name);
    assert(parent != NULL);
    return option_is_list(parent);
}

bool
option_is_list(const struct option *option)
{
    return option->type == OPTION_LISTEN || option->type == OPTION_ADDRESS_BLOCKS ||
           option->type == OPTION_NAME_MASKS || option->type == OPTION_CAPABILITIES ||
           option->type == OPTION_ITEMS;
}
