/* Options: who the server is, where it keeps what, and how it runs; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

static const struct option server_items[] = {
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
};

const struct option_group options_server = {.items = server_items,
                                            .count = ARRAY_LEN(server_items)};

static const struct option log_items[] = {
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
};

const struct option_group options_log = {.items = log_items, .count = ARRAY_LEN(log_items)};
