/*
 * PROP: modes by their names; and the lists of names after registration.
 * Spec: draft named-modes (ircv3-specifications pull request 484).
 */
#include "base/buf.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/mode.h"
#include "hub/mode_name.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define NAMES_PER_LINE 10 /* the longest names, so many, fit in a line */

/* --- what there is --- */

struct name_list {
    struct call *call;
    enum numeric numeric;
    struct buf words[NAMES_PER_LINE];
    size_t count;
};

/* Lines but the last say by "*" that there are more. */
static void
flush_names(struct name_list *list, bool has_more)
{
    struct str params[1 + NAMES_PER_LINE];
    size_t count = 0;
    if (has_more)
        params[count++] = STR("*");
    for (size_t i = 0; i < list->count; i++)
        params[count++] = buf_str(&list->words[i]);
    reply_params(list->call, list->numeric, params, count);
    for (size_t i = 0; i < list->count; i++)
        buf_deinit(&list->words[i]);
    list->count = 0;
}

static void
add_name(struct name_list *list, char type, struct str name, char letter)
{
    if (list->count == NAMES_PER_LINE)
        flush_names(list, true);
    struct buf *word = &list->words[list->count++];
    buf_init(word, 64);
    buf_printf(word, "%c:%.*s=%c", type, STR_ARG(name), letter);
}

void
send_mode_names(struct call *call)
{
    if (!(call->session->caps & CAP(NAMED_MODES)))
        return;
    struct name_list list = {.call = call, .numeric = RPL_CHMODELIST};
    for (size_t i = 0; i < RANK_COUNT; i++) {
        char letter = rank_row_at(i)->letter;
        add_name(&list, '5', mode_name_of_channel(letter), letter);
    }
    for (size_t i = 0; i < channel_mode_count(); i++) {
        char letter = channel_mode_at(i)->letter;
        add_name(&list, mode_type_of_channel(letter), mode_name_of_channel(letter), letter);
    }
    flush_names(&list, false);
    list.numeric = RPL_UMODELIST;
    for (size_t i = 0; i < user_mode_count(); i++) {
        char letter = user_mode_at(i)->letter;
        add_name(&list, '4', mode_name_of_user(letter), letter);
    }
    flush_names(&list, false);
}

/* --- looking --- */

static void
show_modes(struct call *call, const struct channel *channel)
{
    bool is_inside = user_membership(call->user, channel) != NULL || user_is_operator(call->user);
    struct buf modes;
    struct buf item;
    buf_init(&modes, LIMIT_LINE_BYTES);
    buf_init(&item, LIMIT_LINE_BYTES);
    channel_put_modes(&modes, channel, is_inside);
    struct str words[1 + LIMIT_PARAMS];
    size_t count = 0;
    struct str rest = buf_str(&modes);
    while (rest.len > 0 && count < ARRAY_LEN(words))
        words[count++] = str_cut_word(&rest);
    struct mode_steps steps;
    mode_steps_init(&steps, true, words[0], words + 1, count - 1);
    struct mode_step step;
    while (mode_steps_next(&steps, &step)) {
        buf_clear(&item);
        mode_step_put(&item, &step, true, false);
        reply(call, RPL_PROPLIST, channel->name, buf_str(&item));
    }
    reply(call, RPL_ENDOFPROPLIST, channel->name);
    buf_deinit(&modes);
    buf_deinit(&item);
}

static void
show_list(struct call *call, const struct channel *channel, const struct channel_mode_row *row)
{
    struct str name = mode_name_of_channel(row->letter);
    const struct mask_list *list = &channel->lists[row->list];
    struct buf when;
    buf_init(&when, 24);
    for (size_t i = 0; i < list->count; i++) {
        buf_clear(&when);
        buf_put_u64(&when, (uint64_t)list->items[i].set_ms / 1000);
        reply(call, RPL_LISTPROPLIST, channel->name, name, list->items[i].mask,
              list->items[i].set_by, buf_str(&when));
    }
    buf_deinit(&when);
    reply(call, RPL_ENDOFLISTPROPLIST, channel->name, name);
}

/* --- changing --- */

/* A line of MODE with the same meaning. */
struct mode_line {
    struct buf letters;
    struct irc_msg msg;
};

/* False, and the client told, when there is no such mode. */
static bool
add_item(struct call *call, struct mode_line *line, bool is_of_channel, struct str item)
{
    char sign = item.len > 0 ? item.ptr[0] : '\0';
    bool has_sign = sign == '+' || sign == '-';
    struct str name = has_sign ? str_skip(item, 1) : item;
    size_t equals = str_find_byte(name, '=');
    struct str param = equals < name.len ? str_skip(name, equals + 1) : STR_NONE;
    name = str_take(name, equals);
    char letter = is_of_channel ? mode_letter_of_channel(name) : mode_letter_of_user(name);
    if (letter == '\0') {
        reply(call, ERR_UNKNOWNMODE, name.len == 0 ? STR("*") : name);
        return false;
    }
    buf_put_byte(&line->letters, has_sign ? sign : '+');
    buf_put_byte(&line->letters, letter);
    bool takes_param = is_of_channel && mode_type_of_channel(letter) != '4';
    if (takes_param && equals < item.len && param.ptr != NULL &&
        line->msg.param_count < LIMIT_PARAMS)
        line->msg.params[line->msg.param_count++] = param;
    return true;
}

static void
change_modes(struct call *call, bool is_of_channel)
{
    struct mode_line line = {.msg = *call->msg};
    buf_init(&line.letters, 2 * LIMIT_PARAMS);
    line.msg.param_count = 2; /* the target, and a place for the letters */
    for (size_t i = 1; i < call->msg->param_count; i++) {
        struct str words = call->msg->params[i];
        while (words.len > 0) {
            if (!add_item(call, &line, is_of_channel, str_cut_word(&words))) {
                buf_deinit(&line.letters);
                return;
            }
        }
    }
    line.msg.params[1] = buf_str(&line.letters);
    const struct irc_msg *own = call->msg;
    call->msg = &line.msg;
    cmd_mode(call);
    call->msg = own;
    buf_deinit(&line.letters);
}

void
cmd_prop(struct call *call)
{
    struct str target = call_param(call, 0);
    if (!name_looks_like_channel(target)) {
        if (call->msg->param_count == 1)
            cmd_mode(call);
        else
            change_modes(call, false);
        return;
    }
    const struct channel *channel = channel_find(call->hub, target);
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, target);
        return;
    }
    struct str name = call_param(call, 1);
    char letter = mode_letter_of_channel(name);
    const struct channel_mode_row *row = letter == '\0' ? NULL : channel_mode_find(letter);
    if (name.len == 0)
        show_modes(call, channel);
    else if (call->msg->param_count == 2 && row != NULL && row->kind == MODE_LIST)
        show_list(call, channel, row);
    else
        change_modes(call, true);
}
