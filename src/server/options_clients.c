/* Options: what clients get and how much they may take; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

#define CONNECTIONS_MAX 1000000

static const struct option users_items[] = {
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
};

const struct option_group options_users = {.items = users_items, .count = ARRAY_LEN(users_items)};

static const struct option clients_items[] = {
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
};

const struct option_group options_clients = {.items = clients_items,
                                             .count = ARRAY_LEN(clients_items)};
