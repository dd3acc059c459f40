/* The terminal client's model: life, registration, prompt; see model.h. */
#include "chat/model.h"

#include "base/alloc.h"
#include "base/civil.h"
#include "base/utf8.h"
#include "chat/state.h"
#include "wire/clean_text.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

/* Bytes of text that one call may put out. */
#define TEXTS_BYTES_MAX (1024 * 1024)

/* --- output --- */

void
chat_output_init(struct chat_output *out)
{
    *out = (struct chat_output){.wants_quit = false};
    buf_init(&out->texts, TEXTS_BYTES_MAX);
    buf_init(&out->wire, TEXTS_BYTES_MAX);
    buf_init(&out->returned, TEXTS_BYTES_MAX);
}

void
chat_output_deinit(struct chat_output *out)
{
    buf_deinit(&out->texts);
    buf_deinit(&out->wire);
    buf_deinit(&out->returned);
}

void
chat_output_clear(struct chat_output *out)
{
    buf_clear(&out->texts);
    buf_clear(&out->wire);
    buf_clear(&out->returned);
    out->wants_quit = false;
    out->wants_clear = false;
    out->wants_connect = false;
}

void
chat_output_say(struct chat_output *out, enum chat_text kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_put_byte(&out->texts, (char)kind);
    buf_vprintf(&out->texts, format, args);
    buf_put_byte(&out->texts, '\n');
    va_end(args);
}

void
chat_send(struct chat_output *out, const char *format, ...)
{
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    buf_put(&out->wire, utf8_take(buf_str(&line), LIMIT_LINE_BYTES));
    buf_put(&out->wire, STR("\r\n"));
    buf_deinit(&line);
}

/* --- life --- */

static void
init_text(struct buf *buf, size_t bytes_max, struct str text)
{
    buf_init(buf, bytes_max);
    buf_put(buf, text);
}

struct chat_model *
chat_model_new(const struct chat_setup *setup)
{
    struct chat_model *model = cf_calloc_array(1, sizeof *model);
    init_text(&model->wanted_nick, LIMIT_NICK_BYTES, setup->nick);
    init_text(&model->username, LIMIT_USER_BYTES, setup->username);
    init_text(&model->password, LIMIT_LINE_BYTES, setup->password);
    init_text(&model->account, LIMIT_LINE_BYTES, setup->account);
    init_text(&model->account_password, LIMIT_LINE_BYTES, setup->account_password);
    init_text(&model->nick, LIMIT_LINE_BYTES, setup->nick);
    buf_init(&model->prefix, LIMIT_LINE_BYTES);
    buf_init(&model->caps_wanted, LIMIT_LINE_BYTES);
    buf_init(&model->modes_with_parameter, 64);
    buf_init(&model->modes_with_set_parameter, 64);
    buf_init(&model->target, LIMIT_CHANNEL_BYTES);
    buf_init(&model->wants_key, LIMIT_KEY_BYTES);
    list_init(&model->channels);
    list_init(&model->outgoing);
    for (size_t i = 0; i < setup->channel_count; i++) {
        const struct chat_channel *channel = chat_channel_want(model, setup->channels[i]);
        if (channel != NULL && model->target.len == 0)
            chat_set_target(model, buf_str(&channel->name));
    }
    return model;
}

void
chat_model_free(struct chat_model **model_ptr)
{
    struct chat_model *model = *model_ptr;
    *model_ptr = NULL;
    if (model == NULL)
        return;
    list_for_each_safe(node, &model->channels)
        chat_channel_forget(model, CONTAINER_OF(node, struct chat_channel, in_model));
    list_for_each_safe(node, &model->outgoing)
        cf_free(CONTAINER_OF(node, struct chat_line, in_outgoing));
    if (model->password.len > 0)
        explicit_bzero(model->password.ptr, model->password.len);
    buf_deinit(&model->wanted_nick);
    buf_deinit(&model->username);
    buf_deinit(&model->password);
    buf_deinit(&model->account);
    if (model->account_password.len > 0)
        explicit_bzero(model->account_password.ptr, model->account_password.len);
    buf_deinit(&model->account_password);
    buf_deinit(&model->nick);
    buf_deinit(&model->prefix);
    buf_deinit(&model->caps_wanted);
    buf_deinit(&model->modes_with_parameter);
    buf_deinit(&model->modes_with_set_parameter);
    buf_deinit(&model->target);
    buf_deinit(&model->wants_key);
    cf_free(model);
}

void
chat_model_set_time(struct chat_model *model, int64_t wall_ms, int32_t utc_offset_s)
{
    model->now_ms = wall_ms;
    model->utc_offset_s = utc_offset_s;
}

void
chat_set_target(struct chat_model *model, struct str target)
{
    /* May be a part of what it replaces. */
    char copy[LIMIT_CHANNEL_BYTES];
    struct str kept = utf8_take(target, sizeof copy);
    if (kept.len > 0)
        memcpy(copy, kept.ptr, kept.len);
    buf_clear(&model->target);
    buf_put(&model->target, (struct str){.ptr = copy, .len = kept.len});
}

bool
chat_is_ignored(const struct chat_model *model, struct str nick)
{
    struct folded folded;
    if (model->ignored_count == 0 || !name_fold(nick, &folded))
        return false;
    for (size_t i = 0; i < model->ignored_count; i++) {
        if (str_equal(folded_str(&model->ignored[i]), folded_str(&folded)))
            return true;
    }
    return false;
}

/* --- the connection --- */

static void
reset_session(struct chat_model *model)
{
    model->caps = 0;
    model->floor_letter = '\0';
    model->nick_tries = 0;
    model->is_welcoming = true;
    model->wants_join.len = 0;
    model->barriers_passed = model->barriers_asked;
    buf_clear(&model->caps_wanted);
    buf_clear(&model->prefix);
    buf_clear(&model->modes_with_parameter);
    buf_put(&model->modes_with_parameter, STR("beIkqaohv")); /* until ISUPPORT says */
    buf_clear(&model->modes_with_set_parameter);
    buf_put(&model->modes_with_set_parameter, STR("l"));
    memset(model->batches, 0, sizeof model->batches);
    memset(model->asked, 0, sizeof model->asked);
    model->history_max = LIMIT_PAGE_EVENTS; /* until ISUPPORT says */
    model->is_logging_in = false;
    buf_clear(&model->nick);
    buf_put(&model->nick, buf_str(&model->wanted_nick));
}

void
chat_introduce(struct chat_model *model, struct chat_output *out)
{
    chat_send(out, "NICK %.*s", STR_ARG(buf_str(&model->nick)));
    chat_send(out, "USER %.*s 0 * :%.*s", STR_ARG(buf_str(&model->username)),
              STR_ARG(buf_str(&model->wanted_nick)));
}

void
chat_model_connected(struct chat_model *model, struct chat_output *out)
{
    assert(model->phase == CHAT_OFFLINE);
    reset_session(model);
    model->phase = CHAT_NEGOTIATING;
    chat_send(out, "CAP LS 302");
    if (model->password.len > 0)
        chat_send(out, "PASS :%.*s", STR_ARG(buf_str(&model->password)));
    /* A nick of the account's that is always there is only for who has logged in. */
    if (model->account.len == 0)
        chat_introduce(model, out);
}

void
chat_model_disconnected(struct chat_model *model, struct chat_output *out)
{
    model->phase = CHAT_OFFLINE;
    size_t count = chat_outgoing_return_all(model, out);
    if (count > 0)
        chat_output_say(out, CHAT_ERROR,
                        "* %zu message%s not confirmed when the connection ended: the Up key "
                        "brings what you typed back",
                        count, count == 1 ? " was" : "s were");
    list_for_each(node, &model->channels)
        chat_channel_leave(CONTAINER_OF(node, struct chat_channel, in_model));
}

void
chat_try_nick(struct chat_model *model, struct chat_output *out)
{
    if (++model->nick_tries > LIMIT_CHAT_NICK_TRIES) {
        chat_output_say(out, CHAT_ERROR, "* No nick was accepted: choose another with --nick");
        model->is_rejected = true;
        return;
    }
    struct buf digits;
    buf_init(&digits, 24);
    buf_put_u64(&digits, model->nick_tries);
    struct str base = buf_str(&model->wanted_nick);
    buf_clear(&model->nick);
    buf_put(&model->nick, utf8_take(base, LIMIT_NICK_BYTES - digits.len));
    buf_put(&model->nick, buf_str(&digits));
    buf_deinit(&digits);
    chat_send(out, "NICK %.*s", STR_ARG(buf_str(&model->nick)));
}

bool
chat_model_is_online(const struct chat_model *model)
{
    return model->phase == CHAT_ONLINE;
}

bool
chat_model_was_online(const struct chat_model *model)
{
    return model->was_online;
}

bool
chat_model_is_rejected(const struct chat_model *model)
{
    return model->is_rejected;
}

bool
chat_model_is_ready(const struct chat_model *model)
{
    if (model->phase != CHAT_ONLINE)
        return false;
    list_for_each(node, &model->channels) {
        const struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        bool is_settled = channel->is_refused || (channel->is_joined && !channel->is_listing);
        if (!is_settled)
            return false;
    }
    return true;
}

bool
chat_model_is_joined_anywhere(const struct chat_model *model)
{
    list_for_each(node, &model->channels) {
        if (CONTAINER_OF(node, struct chat_channel, in_model)->is_joined)
            return true;
    }
    return false;
}

size_t
chat_model_under_way(const struct chat_model *model)
{
    return model->under_way;
}

uint64_t
chat_model_refusals(const struct chat_model *model)
{
    return model->refusals;
}

void
chat_model_ask_barrier(struct chat_model *model, struct chat_output *out)
{
    model->barriers_asked++;
    chat_send(out, "PING :barrier-%llu", (unsigned long long)model->barriers_asked);
}

bool
chat_model_barrier_passed(const struct chat_model *model)
{
    return model->barriers_passed == model->barriers_asked;
}

/* --- what the user sees --- */

void
chat_put_clock(const struct chat_model *model, struct buf *out, int64_t at_ms)
{
    int64_t offset_ms = (int64_t)model->utc_offset_s * 1000;
    struct civil at = civil_from_ms(at_ms + offset_ms < 0 ? 0 : at_ms + offset_ms);
    struct civil now = civil_from_ms(model->now_ms + offset_ms < 0 ? 0 : model->now_ms + offset_ms);
    buf_put_byte(out, '[');
    if (at.day != now.day || at.month != now.month || at.year != now.year)
        buf_printf(out, "%04d-%02d-%02d ", at.year, at.month, at.day);
    buf_printf(out, "%02d:%02d] ", at.hour, at.minute);
}

/* Whom we wait for: with two members it is clear. */
static void
put_awaited(const struct chat_model *model, const struct chat_channel *channel, struct buf *out)
{
    struct str awaited = STR("another");
    if (map_count(&channel->members) == 2) {
        for (struct map_node *node = map_first(&channel->members); node != NULL;
             node = map_next(node)) {
            const struct chat_member *member = CONTAINER_OF(node, struct chat_member, node);
            if (!name_equal(member->nick, buf_str(&model->nick)))
                awaited = member->nick;
        }
    }
    buf_put(out, STR("waiting for "));
    clean_text_put(out, awaited);
}

void
chat_model_put_prompt(const struct chat_model *model, struct buf *out)
{
    if (model->phase != CHAT_ONLINE) {
        buf_put(out, model->phase == CHAT_OFFLINE ? STR("[offline] ") : STR("[connecting] "));
        return;
    }
    if (model->target.len == 0) {
        buf_put(out, STR("[no channel] "));
        return;
    }
    buf_put_byte(out, '[');
    clean_text_put(out, buf_str(&model->target));
    const struct chat_channel *channel = chat_channel_find(model, buf_str(&model->target));
    if (channel != NULL && !channel->is_joined) {
        buf_put(out, STR(": not joined"));
    } else if (channel != NULL && channel->is_floor_on) {
        buf_put(out, STR(": "));
        if (chat_channel_is_waiting(model, channel))
            put_awaited(model, channel, out);
        else
            buf_put(out, STR("your turn"));
    }
    buf_put(out, STR("] "));
}
