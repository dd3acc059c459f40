/* Records; see record.h. */
#include "hub/record.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static struct str
copy_into(char **free_bytes, struct str text)
{
    if (text.len == 0)
        return (struct str){.ptr = *free_bytes, .len = 0};
    char *at = *free_bytes;
    memcpy(at, text.ptr, text.len);
    *free_bytes += text.len;
    return (struct str){.ptr = at, .len = text.len};
}

/* A record whose strings are copies; targets.ptr is what is to be freed. */
static struct record
make_record(const struct record *spec)
{
    struct record record = *spec;
    char *free_bytes = cf_alloc(spec->targets.len + spec->key.len + spec->value.len);
    record.targets = copy_into(&free_bytes, spec->targets);
    record.key = copy_into(&free_bytes, spec->key);
    record.value = copy_into(&free_bytes, spec->value);
    return record;
}

struct record
record_of_event(struct event *event, struct str targets)
{
    assert(event->msgid != 0);
    assert(targets.len > 0);
    event_ref(event);
    return make_record(&(struct record){.kind = RECORD_EVENT, .event = event, .targets = targets});
}

struct record
record_of_event_and_row(struct event *event, struct str targets, uint32_t row, struct str key,
                        struct str value)
{
    assert(event->msgid != 0);
    assert(targets.len > 0);
    assert(key.len > 0);
    event_ref(event);
    return make_record(&(struct record){.kind = RECORD_EVENT,
                                        .event = event,
                                        .targets = targets,
                                        .row = row,
                                        .key = key,
                                        .value = value});
}

struct record
record_of_forgetting(struct str targets)
{
    assert(targets.len > 0);
    return make_record(&(struct record){.kind = RECORD_FORGET, .targets = targets});
}

struct record
record_of_redaction(struct str target, uint64_t msgid)
{
    assert(target.len > 0);
    assert(msgid != 0);
    return make_record(&(struct record){.kind = RECORD_REDACT, .targets = target, .msgid = msgid});
}

struct record
record_of_renaming(struct str from, struct str to, struct str shown)
{
    assert(from.len > 0);
    assert(to.len > 0);
    return make_record(
        &(struct record){.kind = RECORD_RENAME, .targets = from, .key = to, .value = shown});
}

struct record
record_of_erasure(struct str account, uint64_t first_msgid)
{
    assert(account.len > 0);
    return make_record(
        &(struct record){.kind = RECORD_ERASE, .key = account, .msgid = first_msgid});
}

struct record
record_of_keeping(struct str target, uint64_t keep_count, int64_t keep_ms)
{
    assert(target.len > 0);
    assert(keep_ms >= 0);
    return make_record(&(struct record){
        .kind = RECORD_KEEP, .targets = target, .keep_count = keep_count, .keep_ms = keep_ms});
}

struct record
record_of_row(uint32_t row, struct str key, struct str value)
{
    return make_record(
        &(struct record){.kind = RECORD_ROW, .row = row, .key = key, .value = value});
}

struct record
record_of_row_gone(uint32_t row, struct str key)
{
    return make_record(&(struct record){.kind = RECORD_ROW_GONE, .row = row, .key = key});
}

struct record
record_copy(const struct record *record)
{
    if (record->event != NULL)
        event_ref(record->event);
    return make_record(record);
}

void
record_deinit(struct record *record)
{
    event_unref(&record->event);
    cf_free((void *)(uintptr_t)record->targets.ptr); /* made by make_record */
    *record = (struct record){.kind = RECORD_EVENT};
}

void
records_put(struct records *records, const struct record *record)
{
    records->items = cf_array_reserve(records->items, &records->capacity, records->count + 1,
                                      sizeof *records->items);
    records->items[records->count++] = *record;
}

void
records_move(struct records *to, struct records *from)
{
    if (to->count == 0) {
        struct records empty = *to; /* keeps both arrays in use */
        *to = *from;
        *from = empty;
        return;
    }
    if (from->count == 0)
        return; /* it may own no array */
    to->items =
        cf_array_reserve(to->items, &to->capacity, to->count + from->count, sizeof *to->items);
    memcpy(to->items + to->count, from->items, from->count * sizeof *from->items);
    to->count += from->count;
    from->count = 0;
}

void
records_deinit(struct records *records)
{
    for (size_t i = 0; i < records->count; i++)
        record_deinit(&records->items[i]);
    cf_free(records->items);
    *records = (struct records){0};
}
