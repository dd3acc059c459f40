/* Batches of answers; see answer_batch.h. */
#include "hub/answer_batch.h"

#include "base/buf.h"
#include "hub/capability.h"
#include "hub/post.h"

#include <assert.h>

/* BATCH +ref type [param], or BATCH -ref. */
static void
send_mark(struct call *call, char sign, uint64_t batch, struct str type, struct str param)
{
    struct buf reference;
    buf_init(&reference, 32);
    buf_put_byte(&reference, sign);
    event_put_batch(&reference, batch);
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_CONTROL,
                     .command = STR("BATCH"),
                     .params = (const struct str[]){buf_str(&reference), type, param},
                     .param_count = type.len == 0    ? 1
                                    : param.len == 0 ? 2
                                                     : 3,
                 });
    buf_deinit(&reference);
}

void
answer_batch_open(struct call *call, struct str type, struct str param)
{
    assert(type.len > 0);
    assert(call->session->answer_batch == 0);
    if (!(call->session->caps & CAP(BATCH)))
        return;
    uint64_t batch = ++call->hub->last_batch;
    send_mark(call, '+', batch, type, param);
    call->session->answer_batch = batch;
}

void
answer_batch_close(struct call *call)
{
    uint64_t batch = call->session->answer_batch;
    call->session->answer_batch = 0;
    if (batch != 0)
        send_mark(call, '-', batch, STR_NONE, STR_NONE);
}
