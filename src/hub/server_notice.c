/* What operators are told; see server_notice.h. */
#include "hub/server_notice.h"

#include "base/buf.h"
#include "hub/post.h"

#include <assert.h>
#include <stdarg.h>

struct row {
    uint32_t bit;
    char letter;
    struct str help;
};

#define X(id, bit, letter, help) {SERVER_NOTICE_##id, (letter), STR_INIT(help)},
static const struct row rows[] = {SERVER_NOTICES(X)};
#undef X

static_assert(SERVER_NOTICES_ALL == (1U << ARRAY_LEN(rows)) - 1, "a bit for each row");

size_t
server_notice_count(void)
{
    return ARRAY_LEN(rows);
}

char
server_notice_letter(size_t index)
{
    assert(index < ARRAY_LEN(rows));
    return rows[index].letter;
}

struct str
server_notice_help(size_t index)
{
    assert(index < ARRAY_LEN(rows));
    return rows[index].help;
}

static void
notify(struct hub *hub, const struct user *user, struct str text)
{
    struct event_spec spec = spec_from_server(hub, EVENT_MESSAGE, STR("NOTICE"));
    spec.params = (const struct str[]){user->nick, text};
    spec.param_count = 2;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    post_to_user(hub, user, event);
    event_unref(&event);
}

void
server_notify(struct hub *hub, enum server_notice kind, const char *format, ...)
{
    if (hub->is_ending || list_is_empty(&hub->operators))
        return;
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put(&text, STR("*** "));
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    list_for_each(node, &hub->operators) {
        const struct office *office = CONTAINER_OF(node, struct office, in_operators);
        const struct user *user = office->holder;
        if (office->notices & kind)
            notify(hub, user, buf_str(&text));
    }
    buf_deinit(&text);
}

bool
server_notice_is_due(const struct hub *hub, struct notice_limiter *limiter, struct buf *before)
{
    if (limiter->told_ms != 0 && hub->now_ms - limiter->told_ms < LIMIT_FLOOD_NOTICE_MS) {
        limiter->untold_count++;
        return false;
    }
    if (limiter->untold_count > 0)
        buf_printf(before, " (and %llu times before)", (unsigned long long)limiter->untold_count);
    *limiter = (struct notice_limiter){.told_ms = hub->now_ms};
    return true;
}

uint32_t
server_notice_change(uint32_t mask, struct str change)
{
    if (change.len == 0)
        return SERVER_NOTICES_ALL;
    bool is_set = true;
    for (size_t i = 0; i < change.len; i++) {
        if (change.ptr[i] == '+' || change.ptr[i] == '-')
            is_set = change.ptr[i] == '+';
        for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
            if (rows[row].letter == change.ptr[i])
                mask = is_set ? mask | rows[row].bit : mask & ~rows[row].bit;
        }
    }
    return mask;
}

void
server_notice_put_mask(struct buf *out, uint32_t mask)
{
    buf_put_byte(out, '+');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (mask & rows[i].bit)
            buf_put_byte(out, rows[i].letter);
    }
}
