/* Names of modes; see mode_name.h. */
#include "hub/mode_name.h"

#include "hub/mode.h"

#include <assert.h>

#define VENDOR "confab.chat/"

struct row {
    char letter;
    struct str name;
};

static const struct row channel_rows[] = {
    {'q', STR_INIT("owner")},
    {'a', STR_INIT("admin")},
    {'o', STR_INIT("op")},
    {'h', STR_INIT("halfop")},
    {'v', STR_INIT("voice")},
    {'b', STR_INIT("ban")},
    {'e', STR_INIT("banex")},
    {'I', STR_INIT("invex")},
    {'k', STR_INIT("key")},
    {'l', STR_INIT("limit")},
    {'C', STR_INIT("noctcp")},
    {'i', STR_INIT("inviteonly")},
    {'m', STR_INIT("moderated")},
    {'n', STR_INIT("noextmsg")},
    {'P', STR_INIT("permanent")},
    {'R', STR_INIT("regonly")},
    {'s', STR_INIT("secret")},
    {'t', STR_INIT("topiclock")},
    {'z', STR_INIT("secureonly")},
    {'c', STR_INIT(VENDOR "no-formatting")},
    {'E', STR_INIT(VENDOR "ephemeral")},
    {'f', STR_INIT(VENDOR "forward")},
    {'g', STR_INIT(VENDOR "free-invite")},
    {'H', STR_INIT(VENDOR "half-duplex")},
    {'j', STR_INIT(VENDOR "join-throttle")},
    {'K', STR_INIT(VENDOR "no-knocks")},
    {'M', STR_INIT(VENDOR "registered-speak")},
    {'N', STR_INIT(VENDOR "no-nick-changes")},
    {'O', STR_INIT(VENDOR "operators-only")},
    {'S', STR_INIT(VENDOR "strip-formatting")},
    {'T', STR_INIT(VENDOR "no-notices")},
    {'U', STR_INIT(VENDOR "op-moderated")},
    {'V', STR_INIT(VENDOR "no-invites")},
    {'W', STR_INIT(VENDOR "slow")},
};

static const struct row user_rows[] = {
    {'B', STR_INIT("bot")},
    {'i', STR_INIT("invisible")},
    {'o', STR_INIT("oper")},
    {'s', STR_INIT("snomask")},
    {'w', STR_INIT("wallops")},
    {'x', STR_INIT("cloak")},
    {'g', STR_INIT(VENDOR "caller-id")},
    {'T', STR_INIT(VENDOR "no-ctcp")},
    {'R', STR_INIT(VENDOR "accounts-only")},
    {'Z', STR_INIT(VENDOR "secure-only")},
};

static struct str
find_name(const struct row *rows, size_t count, char letter)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].letter == letter)
            return rows[i].name;
    }
    return STR_NONE;
}

static char
find_letter(const struct row *rows, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        bool is_vendor = str_starts_with(rows[i].name, STR(VENDOR));
        if (str_equal(rows[i].name, name) ||
            (is_vendor && str_equal(str_skip(rows[i].name, sizeof VENDOR - 1), name)))
            return rows[i].letter;
    }
    return '\0';
}

struct str
mode_name_of_channel(char letter)
{
    return find_name(channel_rows, ARRAY_LEN(channel_rows), letter);
}

struct str
mode_name_of_user(char letter)
{
    return find_name(user_rows, ARRAY_LEN(user_rows), letter);
}

char
mode_letter_of_channel(struct str name)
{
    return find_letter(channel_rows, ARRAY_LEN(channel_rows), name);
}

char
mode_letter_of_user(struct str name)
{
    return find_letter(user_rows, ARRAY_LEN(user_rows), name);
}

char
mode_type_of_channel(char letter)
{
    if (rank_find_letter(letter) != NULL)
        return '5';
    const struct channel_mode_row *row = channel_mode_find(letter);
    assert(row != NULL);
    switch (row->kind) {
    case MODE_LIST:
        return '1';
    case MODE_KEY:
        return '2';
    case MODE_LIMIT:
    case MODE_FORWARD:
    case MODE_THROTTLE:
    case MODE_SLOW:
    case MODE_FLOOR:
        return '3';
    case MODE_FLAG:
        return '4';
    }
    cf_unreachable("mode kind");
}

void
mode_steps_init(struct mode_steps *steps, bool is_of_channel, struct str letters,
                const struct str *params, size_t count)
{
    *steps = (struct mode_steps){
        .letters = letters,
        .params = params,
        .count = count,
        .is_of_channel = is_of_channel,
        .sign = '+',
    };
}

static bool
takes_param(const struct mode_steps *steps, char letter)
{
    if (!steps->is_of_channel || steps->count == 0 || mode_name_of_channel(letter).len == 0)
        return false;
    char type = mode_type_of_channel(letter);
    return type != '4' && (type != '3' || steps->sign == '+');
}

bool
mode_steps_next(struct mode_steps *steps, struct mode_step *step_out)
{
    while (steps->letters.len > 0) {
        char letter = steps->letters.ptr[0];
        steps->letters = str_skip(steps->letters, 1);
        if (letter == '+' || letter == '-') {
            steps->sign = letter;
            continue;
        }
        *step_out = (struct mode_step){.sign = steps->sign, .letter = letter, .param = STR_NONE};
        if (takes_param(steps, letter)) {
            step_out->param = steps->params[0];
            steps->params++;
            steps->count--;
        }
        return true;
    }
    return false;
}

void
mode_step_put(struct buf *out, const struct mode_step *step, bool is_of_channel, bool has_sign)
{
    if (has_sign)
        buf_put_byte(out, step->sign);
    struct str name =
        is_of_channel ? mode_name_of_channel(step->letter) : mode_name_of_user(step->letter);
    if (name.len > 0)
        buf_put(out, name);
    else
        buf_put_byte(out, step->letter);
    if (step->param.ptr != NULL) {
        buf_put_byte(out, '=');
        buf_put(out, step->param);
    }
}
