/* Answers; see reply.h. */
#include "hub/reply.h"

#include "base/buf.h"
#include "hub/capability.h"
#include "hub/post.h"
#include "hub/session.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#define TEXT_BYTES_MAX LIMIT_LINE_BYTES

struct str
call_client_name(const struct call *call)
{
    return session_client_name(call->session);
}

static void
send_numeric(struct call *call, enum numeric numeric, const struct str *params, size_t count,
             bool has_own_text)
{
    struct str all[LIMIT_PARAMS + 2];
    assert(count <= LIMIT_PARAMS);
    all[0] = call_client_name(call);
    if (count > 0)
        memcpy(all + 1, params, count * sizeof *params);
    size_t total = count + 1;
    struct str text = text_in(call->session->language, numeric_text(numeric));
    bool is_last_text = has_own_text || text.len > 0;
    if (!has_own_text && text.len > 0)
        all[total++] = text;
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_REPLY,
                     .numeric = (uint16_t)numeric,
                     .params = all,
                     .param_count = total,
                     .is_last_text = is_last_text,
                 });
}

void
reply_plain(struct call *call, enum numeric numeric)
{
    assert(numeric_text(numeric).len > 0);
    send_numeric(call, numeric, NULL, 0, false);
}

void
reply_params(struct call *call, enum numeric numeric, const struct str *params, size_t count)
{
    send_numeric(call, numeric, params, count, false);
}

void
reply_text_params(struct call *call, enum numeric numeric, const struct str *params, size_t count)
{
    struct str translated[LIMIT_PARAMS];
    assert(count > 0);
    assert(count <= LIMIT_PARAMS);
    memcpy(translated, params, count * sizeof *params);
    if (numeric >= ERR_UNKNOWNERROR) /* below, it is what users have written */
        translated[count - 1] = text_in(call->session->language, params[count - 1]);
    send_numeric(call, numeric, translated, count, true);
}

void
reply_format(struct call *call, enum numeric numeric, const char *format, ...)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, text_format_in(call->session->language, format), args);
    va_end(args);
    reply_text(call, numeric, buf_str(&text));
    buf_deinit(&text);
}

void
reply_about(struct call *call, enum numeric numeric, struct str about, const char *format, ...)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, text_format_in(call->session->language, format), args);
    va_end(args);
    reply_text(call, numeric, about, buf_str(&text));
    buf_deinit(&text);
}

void
reply_notice(struct call *call, struct str text)
{
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_MESSAGE,
                     .command = STR("NOTICE"),
                     .params = (const struct str[]){call_client_name(call), text},
                     .param_count = 2,
                     .is_last_text = true,
                 });
}

void
reply_notice_format(struct call *call, const char *format, ...)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, text_format_in(call->session->language, format), args);
    va_end(args);
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

void
refuse(struct call *call, const struct refusal *refusal)
{
    assert(refusal->code.len > 0);
    assert(refusal->text.len > 0);
    struct str text = text_in(call->session->language, refusal->text);
    if (!refusal->is_always_standard && !(call->session->caps & CAP(STANDARD_REPLIES))) {
        if (refusal->numeric == 0)
            reply_notice(call, text);
        else if (refusal->context.len > 0)
            reply_text(call, refusal->numeric, refusal->context, text);
        else
            reply_text(call, refusal->numeric, text);
        return;
    }
    struct str params[6];
    size_t count = 0;
    params[count++] = call->command;
    params[count++] = refusal->code;
    if (refusal->context.len > 0)
        params[count++] = refusal->context;
    if (refusal->detail.len > 0)
        params[count++] = refusal->detail;
    if (refusal->more.len > 0)
        params[count++] = refusal->more;
    params[count++] = text;
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_STANDARD_REPLY,
                     .command = STR("FAIL"),
                     .params = params,
                     .param_count = count,
                     .is_last_text = true,
                 });
}
