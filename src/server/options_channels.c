/* Options: channels, and the names that they and people may have; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"

static const struct option lobby_items[] = {
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
};

const struct option_group options_lobby = {.items = lobby_items, .count = ARRAY_LEN(lobby_items)};

static const struct option channels_items[] = {
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
};

const struct option_group options_channels = {.items = channels_items,
                                              .count = ARRAY_LEN(channels_items)};
