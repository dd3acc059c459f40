/*
 * Logging in before registration, so that the nick of an account that is always there is its
 * owner's: SASL PLAIN. Who asks for it sees to it that nobody else reads the connection (chat.c).
 * See state.h. Spec: IRCv3 sasl-3.1, RFC 4616.
 */
#include "chat/state.h"
#include "wire/base64.h"

#include <assert.h>
#include <string.h>

/* Of base64 in one AUTHENTICATE. */
#define CHUNK_BYTES 400

/* Failures in a row, once it has worked: the server may only be busy. */
#define FAILURES_MAX 5

bool
chat_login_begin(struct chat_model *model, struct chat_output *out)
{
    if (model->account.len == 0 || model->phase != CHAT_NEGOTIATING || model->is_logging_in)
        return model->is_logging_in;
    if (!(model->caps & CHAT_CAP(SASL))) {
        chat_login_failed(model, STR("The server has no accounts that one can log in to"), out);
        return true;
    }
    model->is_logging_in = true;
    chat_send(out, "AUTHENTICATE PLAIN");
    return true;
}

void
chat_login_prove(struct chat_model *model, struct chat_output *out)
{
    if (!model->is_logging_in)
        return;
    struct buf proof;
    struct buf text;
    buf_init(&proof, model->account.len + model->account_password.len + 2);
    buf_init(&text, (size_t)2 * LIMIT_LINE_BYTES);
    buf_put_byte(&proof, '\0');
    buf_put(&proof, buf_str(&model->account));
    buf_put_byte(&proof, '\0');
    buf_put(&proof, buf_str(&model->account_password));
    base64_put(&text, buf_str(&proof));
    struct str rest = buf_str(&text);
    size_t sent = CHUNK_BYTES;
    while (rest.len > 0) {
        struct str chunk = str_take(rest, CHUNK_BYTES);
        chat_send(out, "AUTHENTICATE %.*s", STR_ARG(chunk));
        sent = chunk.len;
        rest = str_skip(rest, chunk.len);
    }
    if (sent == CHUNK_BYTES) /* else the server waits for more */
        chat_send(out, "AUTHENTICATE +");
    explicit_bzero(proof.ptr, proof.len);
    explicit_bzero(text.ptr, text.len);
    buf_deinit(&proof);
    buf_deinit(&text);
}

void
chat_login_failed(struct chat_model *model, struct str reason, struct chat_output *out)
{
    assert(model->phase == CHAT_NEGOTIATING);
    model->is_logging_in = false;
    if (reason.len > 0)
        chat_output_say(out, CHAT_ERROR, "* %.*s", STR_ARG(reason));
    if (!model->was_online || ++model->login_failures >= FAILURES_MAX)
        model->is_rejected = true;
    else
        chat_send(out, "QUIT"); /* and again later */
}
