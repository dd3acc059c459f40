/* BATCH of clients; see batch.h. */
#include "hub/batch.h"

#include "base/alloc.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/reply.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>

struct client_batch {
    struct str reference; /* all owned */
    struct str target;
    struct str client_tags;
    struct str label; /* of BATCH +ref */
    struct str txn;   /* likewise */
    enum message_kind kind;
    bool has_failed; /* told so; what follows is ignored */
    int64_t opened_ms;
    size_t bytes;
    struct buf joints;
    struct str *lines;
    size_t line_count;
    size_t line_capacity;
};

void
batch_forget(struct session *session)
{
    struct client_batch *batch = session->client_batch;
    session->client_batch = NULL;
    if (batch == NULL)
        return;
    str_free(&batch->reference);
    str_free(&batch->target);
    str_free(&batch->client_tags);
    str_free(&batch->label);
    str_free(&batch->txn);
    buf_deinit(&batch->joints);
    for (size_t i = 0; i < batch->line_count; i++)
        str_free(&batch->lines[i]);
    cf_free(batch->lines);
    cf_free(batch);
}

static void
fail(struct call *call, struct str code, struct str context, struct str detail, struct str text)
{
    struct client_batch *batch = call->session->client_batch;
    if (batch != NULL) {
        if (batch->has_failed)
            return;
        batch->has_failed = true;
        /* What answers the opening's label is this. */
        if (batch->label.len > 0)
            str_replace(&call->session->label, batch->label);
        str_free(&batch->label);
    }
    call->command = STR("BATCH");
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = context,
                     .detail = detail,
                     .text = text,
                     .is_always_standard = true,
                 });
}

static void
fail_limit(struct call *call, struct str code, uint64_t limit, struct str text)
{
    struct buf number;
    buf_init(&number, 24);
    buf_put_u64(&number, limit);
    fail(call, code, buf_str(&number), STR(""), text);
    buf_deinit(&number);
}

static bool
is_reference(struct str reference)
{
    for (size_t i = 0; i < reference.len; i++) {
        char byte = reference.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-')
            return false;
    }
    return reference.len > 0 && reference.len <= LIMIT_BATCH_REFERENCE_BYTES;
}

static void
open_batch(struct call *call, struct str reference)
{
    struct session *session = call->session;
    struct str type = call_param(call, 1);
    if (session->client_batch != NULL) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A batch is open already: close it first"));
        return;
    }
    if (!is_reference(reference)) {
        fail(call, STR("INVALID_REFTAG"), reference, STR(""),
             STR("A batch reference has letters, digits and hyphens"));
        return;
    }
    if (!str_equal(type, STR("draft/multiline")) || !(session->caps & CAP(MULTILINE))) {
        fail(call, STR("UNKNOWN_TYPE"), reference, type,
             STR("Only draft/multiline can be sent, when it has been negotiated"));
        return;
    }
    struct str target = call_param(call, 2);
    if (target.len == 0 || str_find_byte(target, ',') < target.len) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A multiline batch has one target"));
        return;
    }
    struct str txn;
    if (!message_take_txn(call, &txn))
        return;
    struct client_batch *batch = cf_calloc_array(1, sizeof *batch);
    batch->txn = str_dup(txn);
    batch->reference = str_dup(reference);
    batch->target = str_dup(target);
    batch->opened_ms = call->hub->now_ms;
    buf_init(&batch->joints, LIMIT_MULTILINE_LINES);
    struct buf tags;
    buf_init(&tags, LIMIT_CLIENT_TAG_BYTES + 1);
    message_put_client_tags(&tags, call);
    batch->client_tags = str_dup(buf_str(&tags));
    buf_deinit(&tags);
    batch->label = session->label; /* answered when the batch is closed */
    session->label = STR_NONE;
    session->client_batch = batch;
}

static bool
has_text(const struct client_batch *batch)
{
    for (size_t i = 0; i < batch->line_count; i++) {
        if (batch->lines[i].len > 0)
            return true;
    }
    return false;
}

static bool
is_overdue(const struct call *call, const struct client_batch *batch)
{
    return call->hub->now_ms - batch->opened_ms > LIMIT_BATCH_OPEN_MS;
}

static void
fail_timeout(struct call *call, struct client_batch *batch)
{
    fail(call, STR("TIMEOUT"), batch->reference, STR(""), STR("The batch was open for too long"));
}

static void
close_batch(struct call *call, struct str reference)
{
    struct session *session = call->session;
    struct client_batch *batch = session->client_batch;
    if (batch == NULL || !str_equal(batch->reference, reference)) {
        fail(call, STR("INVALID_REFTAG"), reference, STR(""), STR("No such batch is open"));
        return;
    }
    if (!batch->has_failed && is_overdue(call, batch)) {
        fail_timeout(call, batch);
    } else if (!batch->has_failed && !has_text(batch)) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A multiline batch needs a line with text"));
    }
    if (!batch->has_failed) {
        if (batch->label.len > 0)
            str_replace(&session->label, batch->label);
        bool is_multiline = batch->line_count > 1;
        message_send(call,
                     &(struct message){
                         .kind = batch->kind,
                         .lines = batch->lines,
                         .line_count = batch->line_count,
                         .joints = is_multiline ? buf_str(&batch->joints) : STR(""),
                         .client_tags = batch->client_tags,
                         .txn = batch->txn,
                     },
                     batch->target);
    }
    if (call->verdict != HUB_CLOSED) /* else it is gone with the session */
        batch_forget(session);
}

/* The value of the line's batch tag (ptr NULL: none), and whether it goes on the last line. */
static struct str
find_batch_tag(const struct call *call, bool *is_joined_out)
{
    struct str reference = STR_NONE;
    struct str rest = call->msg->tags;
    struct tag tag;
    *is_joined_out = false;
    while (tags_next(&rest, &tag)) {
        if (str_equal(tag.key, STR("batch")))
            reference = tag.raw_value;
        else if (str_equal(tag.key, STR("draft/multiline-concat")))
            *is_joined_out = true;
    }
    return reference;
}

void
cmd_batch(struct call *call)
{
    struct str reference = call_param(call, 0);
    char sign = reference.len == 0 ? '\0' : reference.ptr[0];
    bool is_joined;
    if (find_batch_tag(call, &is_joined).ptr != NULL)
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A batch can't be opened or closed inside of a batch"));
    else if (sign == '+')
        open_batch(call, str_skip(reference, 1));
    else if (sign == '-')
        close_batch(call, str_skip(reference, 1));
    else
        fail(call, STR("INVALID_REFTAG"), reference, STR(""),
             STR("BATCH +<reference> opens a batch, BATCH -<reference> closes it"));
}

/* False, and the client told, when the line can't be part of the batch. */
static bool
check_line(struct call *call, struct client_batch *batch, enum message_kind kind, bool is_joined)
{
    struct str text = call_param(call, 1);
    bool is_first = batch->line_count == 0;
    size_t bytes = batch->bytes + text.len + (is_first || is_joined ? 0 : 1);
    if (is_overdue(call, batch)) {
        fail_timeout(call, batch);
    } else if (!name_equal(call_param(call, 0), batch->target)) {
        fail(call, STR("MULTILINE_INVALID_TARGET"), batch->target, call_param(call, 0),
             STR("All lines of a batch go to its target"));
    } else if (kind == MESSAGE_TAGMSG || (!is_first && kind != batch->kind)) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A multiline batch has lines of one kind, PRIVMSG or NOTICE"));
    } else if (is_joined && text.len == 0) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""),
             STR("A blank line can't be joined to another"));
    } else if (batch->line_count == LIMIT_MULTILINE_LINES) {
        fail_limit(call, STR("MULTILINE_MAX_LINES"), LIMIT_MULTILINE_LINES,
                   STR("The batch has too many lines and was not sent"));
    } else if (bytes > LIMIT_MULTILINE_BYTES) {
        fail_limit(call, STR("MULTILINE_MAX_BYTES"), LIMIT_MULTILINE_BYTES,
                   STR("The batch has too many bytes and was not sent"));
    } else {
        batch->bytes = bytes;
        return true;
    }
    return false;
}

bool
batch_takes_line(struct call *call, enum message_kind kind)
{
    bool is_joined;
    struct str reference = find_batch_tag(call, &is_joined);
    struct client_batch *batch = call->session->client_batch;
    if (reference.ptr == NULL)
        return false;
    if (batch == NULL || !str_equal(batch->reference, reference)) {
        fail(call, STR("MULTILINE_INVALID"), STR(""), STR(""), STR("No such batch is open"));
        return true;
    }
    if (batch->has_failed || !check_line(call, batch, kind, is_joined))
        return true;
    batch->kind = kind;
    batch->lines = cf_array_reserve(batch->lines, &batch->line_capacity, batch->line_count + 1,
                                    sizeof *batch->lines);
    batch->lines[batch->line_count++] = str_dup(call_param(call, 1));
    buf_put_byte(&batch->joints, is_joined ? '1' : '0');
    return true;
}
