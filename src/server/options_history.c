/* Options: what is kept of what is said; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

static const struct option history_items[] = {
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
                "clients with echo-message), what everybody gets of it (all), or nothing (none). "
                "With echo and all, answers of services and the like wait for what they changed.",
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
};

const struct option_group options_history = {.items = history_items,
                                             .count = ARRAY_LEN(history_items)};
