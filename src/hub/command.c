/* The table of commands; see command.h. */
#include "hub/command.h"

#include "hub/floor.h"
#include "hub/privilege.h"

#include <assert.h>

#define CHANGES COMMAND_CHANGES_STATE
#define KEEPS   (COMMAND_CHANGES_STATE | COMMAND_CONFIRMS)
#define QUERY   COMMAND_QUERY
#define MAY(privilege) \
    (COMMAND_OPERATOR | (uint32_t)PRIVILEGE_##privilege << COMMAND_PRIVILEGE_SHIFT)
#define ROW(name, run, when, params_min, flags, syntax, help)                          \
    {                                                                                  \
        STR_INIT(name), run, when, params_min, flags, STR_INIT(syntax), STR_INIT(help) \
    }

/* In alphabetical order: command_find searches it by halves, and HELP shows it so. */
static const struct command commands[] = {
    ROW("ACCEPT", cmd_accept, COMMAND_AFTER, 0, CHANGES, "[nick[,-nick...]]",
        "Whose private messages you take when you have mode +g; without nicks, lists them"),
    ROW("ADMIN", cmd_admin, COMMAND_AFTER, 0, 0, "[server]", "Who runs this server"),
    ROW("AUTHENTICATE", cmd_authenticate, COMMAND_ANY_TIME, 1, CHANGES,
        "<mechanism> | <response> | *", "Logs in with SASL; your client does that"),
    ROW("AWAY", cmd_away, COMMAND_ANY_TIME, 0, CHANGES, "[:text]",
        "Says that you are away, or back when there is no text"),
    ROW("BATCH", cmd_batch, COMMAND_AFTER, 1, CHANGES, "+<ref> draft/multiline <target> | -<ref>",
        "Sends a message of several lines; your client does that"),
    ROW("CAP", cmd_cap, COMMAND_ANY_TIME, 1, CHANGES, "LS [302] | LIST | REQ :names | END",
        "Negotiates capabilities; your client does that"),
    ROW("CHANLIMITS", cmd_chanlimits, COMMAND_AFTER, 1, 0, "<channel> <limits>",
        "Limits of a channel, which are set with MODE +W and +j; your client shows them"),
    ROW("CHANSERV", cmd_chanserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to ChanServ"),
    ROW("CHATHISTORY", cmd_chathistory, COMMAND_AFTER, 0, 0,
        "LATEST | BEFORE | AFTER | AROUND | BETWEEN | TARGETS ...",
        "Shows what was said; your client does that"),
    ROW("CHGHOST", cmd_chghost, COMMAND_AFTER, 2, CHANGES | MAY(FORCE), "<nick> <host>",
        "Changes the host that others see of somebody"),
    ROW("CHGIDENT", cmd_chgident, COMMAND_AFTER, 2, CHANGES | MAY(FORCE), "<nick> <username>",
        "Changes the user name of somebody"),
    ROW("CLAIM", cmd_claim, COMMAND_AFTER, 0, KEEPS, "[secret]",
        "Makes your account an operator, with the secret that the server printed at its first start"),
    ROW("CS", cmd_chanserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to ChanServ"),
    ROW("DEFCON", cmd_defcon, COMMAND_AFTER, 0, KEEPS | MAY(DEFCON), "[1 | 2 | 3 | 4 | 5]",
        "Closes the server to newcomers step by step: 5 is open, 1 is closed"),
    ROW("DEOPER", cmd_deoper, COMMAND_AFTER, 0, CHANGES | COMMAND_OPERATOR, "",
        "You are an ordinary user again"),
    ROW("DIE", cmd_die, COMMAND_AFTER, 0, MAY(DIE), "", "Stops the server"),
    ROW("DLINE", cmd_dline, COMMAND_AFTER, 1, KEEPS | MAY(BAN),
        "[duration] <address | block> [:reason | for operators]",
        "Bans addresses from the server; with MYSELF also your own"),
    ROW("FILTER", cmd_filter, COMMAND_AFTER, 1, CHANGES | MAY(BAN),
        "ADD <name> <action> <targets> :<pattern> | DEL <name> | LIST | TEST :<text>",
        "The spam filter: rules with regular expressions, for as long as the server runs"),
    ROW("FLOOR", cmd_floor, COMMAND_AFTER, 2, CHANGES, "STATUS <channel> | SKIP <channel>",
        "Half-duplex channels (+H): whose turn it is; operators can free the turn"),
    ROW("GLOBOPS", cmd_globops, COMMAND_AFTER, 1, CHANGES | MAY(WALLOPS), ":text",
        "A message to all operators of the server"),
    ROW("HELP", cmd_help, COMMAND_AFTER, 0, QUERY,
        "[command | MODES | EXTBANS | UMODES | RANKS | NOTICES | PRIVILEGES]",
        "Explains what there is"),
    ROW("HELPOP", cmd_help, COMMAND_AFTER, 0, QUERY, "[command]", "The same as HELP"),
    ROW("HISTSERV", cmd_histserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to HistServ"),
    ROW("HS", cmd_histserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to HistServ"),
    ROW("INFO", cmd_info, COMMAND_AFTER, 0, QUERY, "[server]", "About this software"),
    ROW("INVITE", cmd_invite, COMMAND_AFTER, 0, CHANGES, "[<nick> <channel>]",
        "Invites somebody, or lists the invitations that you have"),
    ROW("INVITELINK", cmd_invitelink, COMMAND_ANY_TIME, 2, KEEPS,
        "CREATE <channel> [options] | LIST <channel> | REVOKE <channel> <id> | USE <secret>",
        "Links by which people come into your channel"),
    ROW("ISON", cmd_ison, COMMAND_AFTER, 1, 0, "<nick> [nick...]",
        "Which of these nicks are connected"),
    ROW("ISUPPORT", cmd_isupport, COMMAND_ANY_TIME, 0, 0, "", "What this server supports"),
    ROW("JOIN", cmd_join, COMMAND_AFTER, 1, CHANGES, "<channel>[,channel] [key[,key]] | 0",
        "Joins channels, made when they do not exist; 0 leaves all"),
    ROW("KICK", cmd_kick, COMMAND_AFTER, 2, CHANGES, "<channel>[,channel] <nick>[,nick] [:reason]",
        "Removes somebody from a channel"),
    ROW("KILL", cmd_kill, COMMAND_AFTER, 1, CHANGES | MAY(KILL), "<nick> [:reason]",
        "Disconnects somebody from the server"),
    ROW("KLINE", cmd_kline, COMMAND_AFTER, 1, KEEPS | MAY(BAN),
        "[duration] <mask | address | block> [:reason | for operators]",
        "Bans users from the server; with MYSELF also yourself"),
    ROW("KNOCK", cmd_knock, COMMAND_AFTER, 1, CHANGES, "<channel> [:reason]",
        "Asks the operators of a channel that you can't join for an invitation"),
    ROW("LANGUAGE", cmd_language, COMMAND_ANY_TIME, 1, CHANGES, "<code> [code]",
        "In which language the server speaks to you: en, zh"),
    ROW("LINKS", cmd_links, COMMAND_AFTER, 0, 0, "", "The servers of the network"),
    ROW("LIST", cmd_list, COMMAND_AFTER, 0, QUERY,
        "[names and masks | >users | <users | C>min | T<min]", "Lists channels"),
    ROW("LUSERS", cmd_lusers, COMMAND_AFTER, 0, 0, "", "How many users and channels there are"),
    ROW("MAP", cmd_map, COMMAND_AFTER, 0, 0, "", "The servers of the network, as a tree"),
    ROW("MARKREAD", cmd_markread, COMMAND_AFTER, 0, KEEPS, "<target> [timestamp=<time>]",
        "Up to where you have read; your client does that"),
    ROW("METADATA", cmd_metadata, COMMAND_ANY_TIME, 2, KEEPS,
        "<nick, channel or *> GET | LIST | SET | CLEAR | SYNC | SUB | UNSUB | SUBS [key] [:value]",
        "What users and channels say of themselves; your client does that"),
    ROW("MODE", cmd_mode, COMMAND_AFTER, 1, CHANGES, "<channel | nick> [letters [parameters]]",
        "Shows or changes modes: see HELP MODES, UMODES and RANKS"),
    ROW("MONITOR", cmd_monitor, COMMAND_AFTER, 1, CHANGES, "+ <nicks> | - <nicks> | C | L | S",
        "Tells you when nicks come and go"),
    ROW("MOTD", cmd_motd, COMMAND_AFTER, 0, QUERY, "[server]", "The message of the day"),
    ROW("NAMES", cmd_names, COMMAND_AFTER, 0, QUERY, "<channel>", "Who is in a channel"),
    ROW("NICK", cmd_nick, COMMAND_ANY_TIME, 0, CHANGES, "<nick>", "Gives you a nick"),
    ROW("NICKSERV", cmd_nickserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to NickServ"),
    ROW("NOTICE", cmd_notice, COMMAND_AFTER, 0, CHANGES, "<target>[,target] :text",
        "Like PRIVMSG, but never answered by programs"),
    ROW("NS", cmd_nickserv, COMMAND_AFTER, 0, CHANGES, "<command>",
        "The same as a message to NickServ"),
    ROW("OPER", cmd_oper, COMMAND_AFTER, 1, CHANGES, "<name> [password]",
        "Makes you an operator of the server"),
    ROW("PART", cmd_part, COMMAND_AFTER, 1, CHANGES, "<channel>[,channel] [:reason]",
        "Leaves channels"),
    ROW("PASS", cmd_pass, COMMAND_BEFORE, 1, CHANGES, "<password>",
        "The password of the server; if it has none, <account>:<password> logs you in"),
    ROW("PERSISTENCE", cmd_persistence, COMMAND_AFTER, 0, KEEPS, "GET | SET ON|OFF|DEFAULT",
        "Whether you stay while no client of yours is connected"),
    ROW("PING", cmd_ping, COMMAND_ANY_TIME, 0, 0, "<token>", "Is answered by PONG"),
    ROW("PONG", cmd_pong, COMMAND_ANY_TIME, 0, 0, "<token>", "The answer to PING"),
    ROW("PRIVMSG", cmd_privmsg, COMMAND_AFTER, 0, CHANGES, "<target>[,target] :text",
        "Sends a message to channels and users; @#channel to its operators only"),
    ROW("PROP", cmd_prop, COMMAND_AFTER, 1, CHANGES,
        "<channel | nick> [name | +name[=parameter] | -name[=parameter]]...",
        "The same as MODE with names instead of letters"),
    ROW("QUIT", cmd_quit, COMMAND_ANY_TIME, 0, CHANGES, "[:reason]", "Ends your connection"),
    ROW("READ", cmd_markread, COMMAND_AFTER, 0, KEEPS, "<target> [timestamp=<time>]",
        "The same as MARKREAD"),
    ROW("REDACT", cmd_redact, COMMAND_AFTER, 2, CHANGES, "<target> <message id> [:reason]",
        "Deletes a message: your own, or any in a channel that you operate"),
    ROW("REGISTER", cmd_register, COMMAND_ANY_TIME, 3, CHANGES,
        "<account or *> <email or *> <password>", "Registers an account of your nick's name"),
    ROW("REHASH", cmd_rehash, COMMAND_AFTER, 0, MAY(REHASH), "", "Reads the configuration again"),
    ROW("RELAYMSG", cmd_relaymsg, COMMAND_AFTER, 3, CHANGES, "<channel> <nick/where> :text",
        "Says in a channel what somebody said elsewhere; for bots that operate it"),
    ROW("RENAME", cmd_rename, COMMAND_AFTER, 2, CHANGES, "<channel> <new name> [:reason]",
        "Gives a channel another name, with all that is in it"),
    ROW("RESTART", cmd_restart, COMMAND_AFTER, 0, MAY(DIE), "",
        "Stops the server and starts it again"),
    ROW("SAJOIN", cmd_sajoin, COMMAND_AFTER, 2, CHANGES | MAY(FORCE), "<nick> <channel>",
        "Makes somebody join a channel, whatever keeps it out"),
    ROW("SAMODE", cmd_samode, COMMAND_AFTER, 2, CHANGES | MAY(FORCE),
        "<channel | nick> <letters> [parameters]",
        "Changes modes of channels and users, whatever rank you have"),
    ROW("SANICK", cmd_sanick, COMMAND_AFTER, 2, CHANGES | MAY(FORCE), "<nick> <new nick>",
        "Gives somebody another nick"),
    ROW("SAPART", cmd_sapart, COMMAND_AFTER, 2, CHANGES | MAY(FORCE), "<nick> <channel> [:reason]",
        "Makes somebody leave a channel"),
    ROW("SEARCH", cmd_search, COMMAND_AFTER, 0, QUERY, "text=<words>;in=<target>;from=<nick>;...",
        "Finds messages by their words"),
    ROW("SETHOST", cmd_sethost, COMMAND_AFTER, 1, CHANGES | MAY(FORCE), "<host>",
        "Changes the host that others see of you"),
    ROW("SETIDENT", cmd_setident, COMMAND_AFTER, 1, CHANGES | MAY(FORCE), "<username>",
        "Changes your user name"),
    ROW("SETNAME", cmd_setname, COMMAND_AFTER, 1, CHANGES, ":<real name>",
        "Changes your real name"),
    ROW("SILENCE", cmd_silence, COMMAND_AFTER, 0, CHANGES, "[mask[,-mask...]]",
        "Keeps the private messages of others from you; without masks, lists them"),
    ROW("STATS", cmd_stats, COMMAND_AFTER, 0, QUERY, "[letter [server]]",
        "How the server is doing: up-time (u), operators online (p), limits (L); without a "
        "letter, lists those there are"),
    ROW("SUMMON", cmd_summon, COMMAND_AFTER, 0, 0, "", "Not in use"),
    ROW("TAGMSG", cmd_tagmsg, COMMAND_AFTER, 1, CHANGES, "<target>[,target]",
        "Sends tags without text; your client does that"),
    ROW("TIME", cmd_time, COMMAND_AFTER, 0, 0, "[server]", "The server's clock"),
    ROW("TOPIC", cmd_topic, COMMAND_AFTER, 1, CHANGES, "<channel> [:topic]",
        "Shows or changes the topic of a channel"),
    ROW("UBAN", cmd_uban, COMMAND_AFTER, 1, KEEPS | MAY(BAN),
        "ADD <target> [REQUIRE-SASL] [duration] [reason] | DEL <target | id> | LIST | INFO <target>",
        "Bans from the server; with REQUIRE-SASL only those without an account"),
    ROW("UNDLINE", cmd_unban, COMMAND_AFTER, 1, KEEPS | MAY(BAN), "<target | id>",
        "Takes a ban back"),
    ROW("UNKLINE", cmd_unban, COMMAND_AFTER, 1, KEEPS | MAY(BAN), "<target | id>",
        "Takes a ban back"),
    ROW("USER", cmd_user, COMMAND_BEFORE, 4, CHANGES, "<username> 0 * :<real name>",
        "Says who you are, at the start"),
    ROW("USERHOST", cmd_userhost, COMMAND_AFTER, 1, 0, "<nick> [nick...]",
        "Hosts of up to five nicks"),
    ROW("USERIP", cmd_userip, COMMAND_AFTER, 1, 0, "<nick> [nick...]",
        "Addresses of up to five nicks, for operators and oneself"),
    ROW("USERS", cmd_users, COMMAND_AFTER, 0, 0, "", "Not in use"),
    ROW("VERIFY", cmd_verify, COMMAND_ANY_TIME, 2, KEEPS, "<account> <code>",
        "Confirms the e-mail address of a new account, with the code in the letter to it"),
    ROW("VERSION", cmd_version, COMMAND_AFTER, 0, 0, "[server]", "The server's version"),
    ROW("WALLOPS", cmd_wallops, COMMAND_AFTER, 1, CHANGES | MAY(WALLOPS), ":text",
        "A message to all users with mode +w"),
    ROW("WEBIRC", cmd_webirc, COMMAND_BEFORE, 4, CHANGES,
        "<password> <gateway> <hostname> <ip> [:options]",
        "Tells for whom a gateway connects; the first line of one that the server knows"),
    ROW("WHO", cmd_who, COMMAND_AFTER, 0, QUERY, "<channel | mask | nick> [o][%fields[,token]]",
        "Lists users"),
    ROW("WHOIS", cmd_whois, COMMAND_AFTER, 0, QUERY, "<nick>", "Tells about a user"),
    ROW("WHOWAS", cmd_whowas, COMMAND_AFTER, 0, QUERY, "<nick> [count]",
        "Tells about a user who has left"),
};

size_t
command_count(void)
{
    return ARRAY_LEN(commands);
}

const struct command *
command_at(size_t index)
{
    assert(index < ARRAY_LEN(commands));
    return &commands[index];
}

static int
compare_upper(struct str typed, struct str name)
{
    for (size_t i = 0; i < typed.len && i < name.len; i++) {
        unsigned char byte = (unsigned char)ascii_upper(typed.ptr[i]);
        if (byte != (unsigned char)name.ptr[i])
            return byte < (unsigned char)name.ptr[i] ? -1 : 1;
    }
    return (typed.len > name.len) - (typed.len < name.len);
}

const struct command *
command_find(struct str name)
{
    size_t low = 0;
    size_t high = ARRAY_LEN(commands);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_upper(name, commands[middle].name);
        if (order == 0)
            return &commands[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
