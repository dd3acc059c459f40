/* The tables of modes and ranks; see mode.h. */
#include "hub/mode.h"

#include "base/limits.h"

#include <assert.h>

/* Highest first: PREFIX in ISUPPORT is in this order. */
static const struct rank_row ranks[] = {
    {RANK_FOUNDER, 'q', '~', RANK_FOUNDER,
     STR_INIT("founder: everything; nobody but a founder takes it away")},
    {RANK_ADMIN, 'a', '&', RANK_FOUNDER, STR_INIT("admin: an operator whom operators can't kick")},
    {RANK_OP, 'o', '@', RANK_OP, STR_INIT("operator: modes, topic, kick, ban, invite")},
    {RANK_HALFOP, 'h', '%', RANK_OP,
     STR_INIT("half operator: kick, ban, voice, topic and the common modes")},
    {RANK_VOICE, 'v', '+', RANK_HALFOP, STR_INIT("voice: may speak in a moderated channel")},
};
static_assert(ARRAY_LEN(ranks) == RANK_COUNT, "one row for each rank");

static const struct channel_mode_row channel_modes[] = {
    {.letter = 'b',
     .kind = MODE_LIST,
     .list = MASK_LIST_BAN,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("mask"),
     .help = STR_INIT("banned: may neither join nor speak")},
    {.letter = 'e',
     .kind = MODE_LIST,
     .list = MASK_LIST_EXCEPTION,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("mask"),
     .help = STR_INIT("excepted from bans")},
    {.letter = 'I',
     .kind = MODE_LIST,
     .list = MASK_LIST_INVITE,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("mask"),
     .help = STR_INIT("needs no invitation when the channel is +i")},
    {.letter = 'k',
     .kind = MODE_KEY,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("key"),
     .help = STR_INIT("who joins has to give the key")},
    {.letter = 'l',
     .kind = MODE_LIMIT,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("count"),
     .help = STR_INIT("at most so many members")},
    {.letter = 'f',
     .kind = MODE_FORWARD,
     .set_by = RANK_OP,
     .parameter = STR_INIT("channel"),
     .help = STR_INIT("who can't join is brought to that channel, of which you have to be an "
                      "operator, too")},
    {.letter = 'j',
     .kind = MODE_THROTTLE,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("joins:seconds"),
     .help = STR_INIT("at most so many join in so many seconds; others have to try again later")},
    {.letter = 'W',
     .kind = MODE_SLOW,
     .set_by = RANK_HALFOP,
     .parameter = STR_INIT("seconds"),
     .help = STR_INIT("slow: who has no voice waits so many seconds between two messages")},
    {.letter = 'H',
     .kind = MODE_FLOOR,
     .set_by = RANK_OP,
     .parameter = STR_INIT("[seconds]"),
     .help = STR_INIT("half duplex: whoever spoke last waits until another has spoken, or for so "
                      "many seconds of silence")},
    {.letter = 'C',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_CTCP,
     .set_by = RANK_OP,
     .help = STR_INIT("no CTCP but ACTION")},
    {.letter = 'c',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_FORMATTING,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("no colours, bold and the like: such messages are refused")},
    {.letter = 'E',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_HISTORY,
     .set_by = RANK_OP,
     .help = STR_INIT("ephemeral: what is said is kept nowhere")},
    {.letter = 'g',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_FREE_INVITE,
     .set_by = RANK_OP,
     .help = STR_INIT("any member may invite")},
    {.letter = 'i',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_INVITE_ONLY,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("joined by invitation only")},
    {.letter = 'K',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_KNOCKS,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("nobody knocks: KNOCK is refused")},
    {.letter = 'm',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_MODERATED,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("moderated: only voice and above speak")},
    {.letter = 'M',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_REGISTERED_SPEAK,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("only voice and above, and who is logged in to an account, speak")},
    {.letter = 'N',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_NICK_CHANGES,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("only half operators and above change their nick")},
    {.letter = 'n',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_EXTERNAL,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("no messages from outside")},
    {.letter = 'O',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_OPERATORS_ONLY,
     .set_by = RANK_OP,
     .is_for_operators = true,
     .help = STR_INIT("only operators of the server join; set by them")},
    {.letter = 'P',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_PERMANENT,
     .set_by = RANK_OP,
     .is_for_operators = true,
     .help = STR_INIT("permanent: stays when it is empty; set by operators of the server")},
    {.letter = 'R',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_REGISTERED_JOIN,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("only who is logged in to an account joins")},
    {.letter = 'S',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_STRIP_FORMATTING,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("colours, bold and the like are taken out of messages")},
    {.letter = 's',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_SECRET,
     .set_by = RANK_OP,
     .help = STR_INIT("secret: not seen by others in LIST, NAMES, WHO and WHOIS")},
    {.letter = 't',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_TOPIC_OPS,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("only half operators and above change the topic")},
    {.letter = 'T',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_NOTICES,
     .set_by = RANK_HALFOP,
     .help = STR_INIT("no notices")},
    {.letter = 'U',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_OP_MODERATED,
     .set_by = RANK_OP,
     .help = STR_INIT("what +m, +M and bans keep from the channel is shown to half operators and "
                      "above")},
    {.letter = 'V',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_NO_INVITES,
     .set_by = RANK_OP,
     .help = STR_INIT("nobody is invited")},
    {.letter = 'z',
     .kind = MODE_FLAG,
     .bit = CHANNEL_MODE_SECURE_ONLY,
     .set_by = RANK_OP,
     .help = STR_INIT("only who has a secure connection joins")},
};

static const struct user_mode_row user_modes[] = {
    {'B', USER_MODE_BOT, true, STR_INIT("bot: a program, and seen as one")},
    {'R', USER_MODE_ACCOUNTS_ONLY, true,
     STR_INIT("takes private messages only from who is logged in to an account, or on the list of "
              "ACCEPT")},
    {'T', USER_MODE_NO_CTCP, true, STR_INIT("takes no CTCP from users, but ACTION")},
    {'Z', USER_MODE_SECURE_ONLY, true,
     STR_INIT("takes private messages from secure connections only")},
    {'g', USER_MODE_CALLER_ID, true,
     STR_INIT("caller-id: takes private messages only from those on the list of ACCEPT")},
    {'i', USER_MODE_INVISIBLE, true,
     STR_INIT("invisible: not found by WHO and NAMES from outside your channels, which WHOIS "
              "does not show there")},
    {'o', USER_MODE_OPERATOR, false, STR_INIT("operator of the server; set with OPER")},
    {'s', USER_MODE_NOTICES, false,
     STR_INIT("[letters]: for operators, who get these notices of the server; see HELP NOTICES")},
    {'w', USER_MODE_WALLOPS, true, STR_INIT("gets WALLOPS, the operators' messages to all")},
};

const struct rank_row *
rank_row_at(size_t index)
{
    assert(index < RANK_COUNT);
    return &ranks[index];
}

const struct rank_row *
rank_find_letter(char letter)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (ranks[i].letter == letter)
            return &ranks[i];
    }
    return NULL;
}

const struct rank_row *
rank_find_prefix(char prefix)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (ranks[i].prefix == prefix)
            return &ranks[i];
    }
    return NULL;
}

uint32_t
rank_highest(uint32_t set)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (set & ranks[i].rank)
            return ranks[i].rank;
    }
    return 0;
}

char
rank_highest_prefix(uint32_t set)
{
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (set & ranks[i].rank)
            return ranks[i].prefix;
    }
    return '\0';
}

size_t
channel_mode_count(void)
{
    return ARRAY_LEN(channel_modes);
}

const struct channel_mode_row *
channel_mode_at(size_t index)
{
    assert(index < ARRAY_LEN(channel_modes));
    return &channel_modes[index];
}

const struct channel_mode_row *
channel_mode_find(char letter)
{
    for (size_t i = 0; i < ARRAY_LEN(channel_modes); i++) {
        if (channel_modes[i].letter == letter)
            return &channel_modes[i];
    }
    return NULL;
}

size_t
user_mode_count(void)
{
    return ARRAY_LEN(user_modes);
}

const struct user_mode_row *
user_mode_at(size_t index)
{
    assert(index < ARRAY_LEN(user_modes));
    return &user_modes[index];
}

const struct user_mode_row *
user_mode_find(char letter)
{
    for (size_t i = 0; i < ARRAY_LEN(user_modes); i++) {
        if (user_modes[i].letter == letter)
            return &user_modes[i];
    }
    return NULL;
}

bool
mode_takes_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        unsigned char byte = (unsigned char)key.ptr[i];
        if (byte <= ' ' || byte == ',' || byte == 0x7F)
            return false;
    }
    return key.len > 0 && key.len <= LIMIT_KEY_BYTES && key.ptr[0] != ':';
}
