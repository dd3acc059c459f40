/* Options: where people come in, and what is seen of where they come from; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

#define CERTIFICATE_FIELD(member) FIELD_OF(struct config_certificate, member)
#define GATEWAY_FIELD(member)     FIELD_OF(struct hub_gateway, member)

static const struct option listen_items[] = {
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
};

const struct option_group options_listen = {.items = listen_items,
                                            .count = ARRAY_LEN(listen_items)};
