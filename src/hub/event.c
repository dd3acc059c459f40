/* Events; see event.h. One allocation holds the struct, its arrays and all bytes. */
#include "hub/event.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static struct str
copy_into(char **free_bytes, struct str text)
{
    if (text.len == 0)
        return STR("");
    char *at = *free_bytes;
    memcpy(at, text.ptr, text.len);
    *free_bytes += text.len;
    return (struct str){.ptr = at, .len = text.len};
}

struct event *
event_new(const struct event_spec *spec)
{
    assert(spec->command.len > 0 || spec->kind == EVENT_REPLY);
    assert(spec->param_count <= UINT16_MAX);
    size_t text_bytes = spec->source.len + spec->account.len + spec->relayed_by.len +
                        spec->label.len + spec->command.len + spec->client_tags.len +
                        spec->joints.len;
    for (size_t i = 0; i < spec->param_count; i++)
        text_bytes += spec->params[i].len;
    size_t params_bytes = spec->param_count * sizeof(struct str);
    size_t channels_bytes = spec->channel_count * sizeof(struct slot_id);

    struct event *event = cf_alloc(sizeof *event + params_bytes + channels_bytes + text_bytes);
    *event = (struct event){
        .refs = 1,
        .kind = spec->kind,
        .numeric = spec->numeric,
        .param_count = (uint16_t)spec->param_count,
        .is_bot = spec->is_bot,
        .is_operator = spec->is_operator,
        .is_last_text = spec->is_last_text,
        .needs = spec->needs,
        .unless = spec->unless,
        .wall_ms = spec->wall_ms,
        .msgid = spec->msgid,
        .seq = spec->seq,
        .origin = spec->origin,
        .batch = spec->batch,
        .channel_count = spec->channel_count,
    };
    char *free_bytes = (char *)event->params + params_bytes;
    if (channels_bytes > 0) {
        memcpy(free_bytes, spec->channels, channels_bytes);
        event->channels = (const struct slot_id *)(const void *)free_bytes;
        free_bytes += channels_bytes;
    }
    event->source = copy_into(&free_bytes, spec->source);
    event->account = copy_into(&free_bytes, spec->account);
    event->relayed_by = copy_into(&free_bytes, spec->relayed_by);
    event->label = copy_into(&free_bytes, spec->label);
    event->command = copy_into(&free_bytes, spec->command);
    event->client_tags = copy_into(&free_bytes, spec->client_tags);
    event->joints = copy_into(&free_bytes, spec->joints);
    for (size_t i = 0; i < spec->param_count; i++)
        event->params[i] = copy_into(&free_bytes, spec->params[i]);
    return event;
}

static struct event_spec
spec_of(const struct event *event)
{
    return (struct event_spec){
        .kind = event->kind,
        .numeric = event->numeric,
        .is_bot = event->is_bot,
        .is_operator = event->is_operator,
        .is_last_text = event->is_last_text,
        .needs = event->needs,
        .unless = event->unless,
        .wall_ms = event->wall_ms,
        .msgid = event->msgid,
        .seq = event->seq,
        .origin = event->origin,
        .source = event->source,
        .account = event->account,
        .relayed_by = event->relayed_by,
        .label = event->label,
        .batch = event->batch,
        .command = event->command,
        .client_tags = event->client_tags,
        .joints = event->joints,
        .channels = event->channels,
        .channel_count = event->channel_count,
        .params = event->params,
        .param_count = event->param_count,
    };
}

struct event *
event_clone(const struct event *event, struct str label, uint64_t batch)
{
    struct event_spec spec = spec_of(event);
    spec.label = label;
    spec.batch = batch;
    return event_new(&spec);
}

struct event *
event_clone_with(const struct event *event, size_t index, struct str param)
{
    assert(index < event->param_count);
    struct event_spec spec = spec_of(event);
    struct str *params = cf_calloc_array(event->param_count, sizeof *params);
    memcpy(params, event->params, event->param_count * sizeof *params);
    params[index] = param;
    spec.params = params;
    struct event *copy = event_new(&spec);
    cf_free(params);
    return copy;
}

bool
event_is_same(const struct event *a, const struct event *b)
{
    bool is_same = a->kind == b->kind && a->msgid == b->msgid && a->is_bot == b->is_bot &&
                   a->is_operator == b->is_operator && a->param_count == b->param_count &&
                   str_equal(a->source, b->source) && str_equal(a->account, b->account) &&
                   str_equal(a->command, b->command) && str_equal(a->joints, b->joints) &&
                   str_equal(a->client_tags, b->client_tags);
    for (size_t i = 0; is_same && i < a->param_count; i++)
        is_same = str_equal(a->params[i], b->params[i]);
    return is_same;
}

struct event *
event_of_loss(const struct event *echo, struct str server_name)
{
    assert(echo->param_count > 0);
    const struct str of_message[] = {
        echo->command, STR("STORAGE_UNAVAILABLE"), echo->params[0],
        STR("Your message was sent to those who are here, but it could not be stored: it will not "
            "be in the history")};
    const struct str of_row[] = {
        echo->command, STR("STORAGE_UNAVAILABLE"),
        STR("It is done, but it could not be stored yet: that is tried again until it succeeds")};
    bool is_message = echo->kind == EVENT_MESSAGE && echo->msgid != 0; /* else a service's */
    return event_new(&(struct event_spec){
        .kind = EVENT_STANDARD_REPLY,
        .command = STR("FAIL"),
        .is_last_text = true,
        .wall_ms = echo->wall_ms,
        .source = server_name,
        .label = echo->label,
        .batch = echo->batch,
        .params = is_message ? of_message : of_row,
        .param_count = is_message ? ARRAY_LEN(of_message) : ARRAY_LEN(of_row),
    });
}

void
event_put_batch(struct buf *out, uint64_t batch)
{
    buf_printf(out, "b%llx", (unsigned long long)batch);
}

void
event_ref(struct event *event)
{
    uint32_t before = __atomic_fetch_add(&event->refs, 1, __ATOMIC_RELAXED);
    assert(before > 0);
}

void
event_unref(struct event **event)
{
    struct event *gone = *event;
    *event = NULL;
    if (gone == NULL)
        return;
    /* Release: what this thread read is done. Acquire: the freeing thread sees that. */
    uint32_t before = __atomic_fetch_sub(&gone->refs, 1, __ATOMIC_ACQ_REL);
    assert(before > 0);
    if (before == 1)
        cf_free(gone);
}

struct str
event_nick(const struct event *event)
{
    return str_take(event->source, str_find_byte(event->source, '!'));
}
