/* Options: what keeps abuse away; see option_table.h. */
#include "server/option_table.h"

#include "base/limits.h"
#include "wire/dnsbl_name.h"

#define ZONE_FIELD(member) FIELD_OF(struct hub_dnsbl_zone, member)

static const struct option rates_items[] = {
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
};

const struct option_group options_rates = {.items = rates_items, .count = ARRAY_LEN(rates_items)};

static const struct option filters_items[] = {
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
};

const struct option_group options_filters = {.items = filters_items,
                                             .count = ARRAY_LEN(filters_items)};
