#ifndef CONFAB_MODE_H
#define CONFAB_MODE_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The modes and ranks that there are: the one table from which MODE, ISUPPORT, HELP and the
 * manual are made. Pure, any thread. Spec: modern.ircdocs "Modes".
 */

/* Ranks of a member, as bits; more is higher. */
#define RANK_VOICE   0x01U
#define RANK_HALFOP  0x02U
#define RANK_OP      0x04U
#define RANK_ADMIN   0x08U
#define RANK_FOUNDER 0x10U
#define RANK_COUNT   5

struct rank_row {
    uint32_t rank;
    char letter;
    char prefix;
    uint32_t set_by; /* lowest rank that may give and take it */
    struct str help;
};

/* Highest first; index < RANK_COUNT. */
const struct rank_row *rank_row_at(size_t index);

/* NULL when there is none. */
const struct rank_row *rank_find_letter(char letter);
const struct rank_row *rank_find_prefix(char prefix);

/* The highest rank in a set, 0 for none. */
uint32_t rank_highest(uint32_t ranks);

/* Prefix of the highest rank, '\0' for none. */
char rank_highest_prefix(uint32_t ranks);

/* Modes of channels that are on or off, as bits. */
#define CHANNEL_MODE_INVITE_ONLY      0x00001U
#define CHANNEL_MODE_MODERATED        0x00002U
#define CHANNEL_MODE_NO_EXTERNAL      0x00004U
#define CHANNEL_MODE_SECRET           0x00008U
#define CHANNEL_MODE_TOPIC_OPS        0x00010U
#define CHANNEL_MODE_NO_CTCP          0x00020U
#define CHANNEL_MODE_NO_FORMATTING    0x00040U
#define CHANNEL_MODE_STRIP_FORMATTING 0x00080U
#define CHANNEL_MODE_NO_NOTICES       0x00100U
#define CHANNEL_MODE_FREE_INVITE      0x00200U
#define CHANNEL_MODE_NO_INVITES       0x00400U
#define CHANNEL_MODE_NO_NICK_CHANGES  0x00800U
#define CHANNEL_MODE_REGISTERED_SPEAK 0x01000U
#define CHANNEL_MODE_REGISTERED_JOIN  0x02000U
#define CHANNEL_MODE_OPERATORS_ONLY   0x04000U
#define CHANNEL_MODE_SECURE_ONLY      0x08000U
#define CHANNEL_MODE_OP_MODERATED     0x10000U
#define CHANNEL_MODE_PERMANENT        0x20000U
#define CHANNEL_MODE_NO_HISTORY       0x40000U
#define CHANNEL_MODE_NO_KNOCKS        0x80000U

enum mask_list_kind {
    MASK_LIST_BAN,
    MASK_LIST_EXCEPTION,
    MASK_LIST_INVITE,
    MASK_LIST_COUNT,
};

enum mode_kind {
    MODE_LIST,     /* type A: a list of masks */
    MODE_KEY,      /* type B: a parameter when set and when unset */
    MODE_LIMIT,    /* type C: a parameter when set */
    MODE_FORWARD,  /* type C: a channel */
    MODE_THROTTLE, /* type C: <joins>:<seconds> */
    MODE_SLOW,     /* type C: seconds */
    MODE_FLOOR,    /* type C, whose parameter may be left out */
    MODE_FLAG,     /* type D */
};

struct channel_mode_row {
    char letter;
    enum mode_kind kind;
    uint32_t bit;             /* MODE_FLAG */
    enum mask_list_kind list; /* MODE_LIST */
    uint32_t set_by;          /* lowest rank that may change it */
    bool is_for_operators;    /* of the server, besides */
    struct str parameter;     /* for people; empty: none */
    struct str help;
};

size_t channel_mode_count(void);
const struct channel_mode_row *channel_mode_at(size_t index);
const struct channel_mode_row *channel_mode_find(char letter);

/* Modes of users, as bits. */
#define USER_MODE_INVISIBLE     0x01U
#define USER_MODE_OPERATOR      0x02U
#define USER_MODE_WALLOPS       0x04U
#define USER_MODE_BOT           0x08U
#define USER_MODE_CALLER_ID     0x10U
#define USER_MODE_NO_CTCP       0x20U
#define USER_MODE_SECURE_ONLY   0x40U
#define USER_MODE_NOTICES       0x80U
#define USER_MODE_ACCOUNTS_ONLY 0x100U

struct user_mode_row {
    char letter;
    uint32_t bit;
    bool is_set_by_user; /* may be switched on with MODE; off always */
    struct str help;
};

size_t user_mode_count(void);
const struct user_mode_row *user_mode_at(size_t index);
const struct user_mode_row *user_mode_find(char letter);

/* Whether it can be the key of a channel (+k). */
bool mode_takes_key(struct str key);

#endif
