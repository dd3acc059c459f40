/* Extended bans; see extban.h. */
#include "hub/extban.h"

#include "base/buf.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>

/* --- what matches --- */

/* What does not fold is compared as it is. */
static bool
text_matches(struct str mask, struct str text)
{
    struct folded folded;
    return mask_matches(mask, name_fold(text, &folded) ? folded_str(&folded) : text);
}

/* An earlier name of the account counts, too: a new one does not end a ban. */
static bool
account_matches(struct str mask, const struct user *user)
{
    struct str former = user->former_accounts;
    if (user->account.len > 0 && text_matches(mask, user->account))
        return true;
    while (former.len > 0) {
        if (mask_matches(mask, str_cut(&former, ' ')))
            return true;
    }
    return false;
}

static bool
realname_matches(struct str mask, const struct user *user)
{
    return text_matches(mask, user->realname);
}

/* "#channel", or "@#channel" for those with at least that rank there. */
static bool
channel_matches(struct str mask, const struct user *user)
{
    uint32_t rank = 0;
    const struct rank_row *row = mask.len == 0 ? NULL : rank_find_prefix(mask.ptr[0]);
    if (row != NULL) {
        rank = row->rank;
        mask = str_skip(mask, 1);
    }
    for (size_t i = 0; i < user->membership_count; i++) {
        const struct membership *membership = &user->memberships[i];
        if (rank_highest(membership->member->ranks) >= rank &&
            mask_matches(mask, membership->channel->folded_name))
            return true;
    }
    return false;
}

/* --- the table --- */

static const struct extban_row rows[] = {
    {.letter = 'a',
     .name = STR_INIT("account"),
     .matches = account_matches,
     .value = STR_INIT("account"),
     .help = STR_INIT("who is logged in to an account of that name; a:* is everybody who is")},
    {.letter = 'c',
     .name = STR_INIT("channel"),
     .matches = channel_matches,
     .value = STR_INIT("[rank]#channel"),
     .help = STR_INIT("who is in that channel, with at least that rank: c:@#channel")},
    {.letter = 'j',
     .name = STR_INIT("join"),
     .effects = BAN_JOIN,
     .value = STR_INIT("mask"),
     .help = STR_INIT("may not join; who is inside may speak")},
    {.letter = 'm',
     .name = STR_INIT("mute"),
     .effects = BAN_SPEAK,
     .value = STR_INIT("mask"),
     .help = STR_INIT("may join but not speak")},
    {.letter = 'n',
     .name = STR_INIT("nick"),
     .effects = BAN_NICK,
     .value = STR_INIT("mask"),
     .help = STR_INIT("may not change the nick")},
    {.letter = 'r',
     .name = STR_INIT("realname"),
     .matches = realname_matches,
     .value = STR_INIT("text"),
     .help = STR_INIT("whose real name is like that; ? stands for a space")},
};

size_t
extban_count(void)
{
    return ARRAY_LEN(rows);
}

const struct extban_row *
extban_at(size_t index)
{
    assert(index < ARRAY_LEN(rows));
    return &rows[index];
}

/* The row of "m:..." or "mute:...", and what stands behind the colon; NULL when it is none. */
static const struct extban_row *
find_row(struct str text, struct str *value_out)
{
    size_t colon = str_find_byte(text, ':');
    struct str name = str_take(text, colon);
    if (colon == text.len)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_letter = name.len == 1 && name.ptr[0] == rows[i].letter;
        if (is_letter || str_equal_ascii_nocase(name, rows[i].name)) {
            *value_out = str_skip(text, colon + 1);
            return &rows[i];
        }
    }
    return NULL;
}

/* The same for those that match, which may have '!' before them. */
static const struct extban_row *
find_matching(struct str text, bool *is_negated_out, struct str *value_out)
{
    bool is_negated = str_starts_with(text, STR("!"));
    const struct extban_row *row = find_row(str_skip(text, is_negated ? 1 : 0), value_out);
    if (row == NULL || row->matches == NULL)
        return NULL;
    *is_negated_out = is_negated;
    return row;
}

/* --- giving and asking --- */

bool
extban_put_complete(struct buf *out, struct str given, struct str *why_out)
{
    struct str value = STR_NONE;
    const struct extban_row *row;
    for (row = find_row(given, &value); row != NULL && row->effects != 0;
         row = find_row(given, &value)) {
        buf_put_byte(out, row->letter);
        buf_put_byte(out, ':');
        given = value;
    }
    bool is_negated = false;
    row = find_matching(given, &is_negated, &value);
    if ((row == NULL ? given : value).len == 0) {
        *why_out =
            STR("This extended ban has nothing behind its colon: HELP EXTBANS explains them");
        return false;
    }
    if (row == NULL) {
        mask_put_complete(out, given);
        return true;
    }
    bool has_rank = rank_find_prefix(value.ptr[0]) != NULL;
    if (row->matches == channel_matches &&
        !name_looks_like_channel(str_skip(value, has_rank ? 1 : 0))) {
        *why_out = STR("This extended ban needs the name of a channel: c:#channel or c:@#channel");
        return false;
    }
    if (is_negated)
        buf_put_byte(out, '!');
    buf_put_byte(out, row->letter);
    buf_put_byte(out, ':');
    buf_put(out, value);
    return true;
}

uint32_t
extban_effects(struct str folded, const struct user *user)
{
    uint32_t effects = 0;
    struct str value = STR_NONE;
    const struct extban_row *row;
    for (row = find_row(folded, &value); row != NULL && row->effects != 0;
         row = find_row(folded, &value)) {
        effects |= row->effects;
        folded = value;
    }
    bool is_negated = false;
    row = find_matching(folded, &is_negated, &value);
    bool is_match = row == NULL ? mask_matches(folded, user->folded_prefix)
                                : row->matches(value, user) != is_negated;
    if (!is_match)
        return 0;
    return effects == 0 ? BAN_ALL : effects;
}
