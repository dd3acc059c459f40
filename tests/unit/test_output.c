/* Tests of net/output.h. Leaks and use after free are for the sanitizers to find. */
#include "net/output.h"

#include "base/buf.h"
#include "unit/support/unit.h"

#include <string.h>

#define CHUNK_BYTES_MIN 2048
#define CHUNK_BYTES_MAX 65536

/* All bytes of the spans, one after the other. */
static void
put_spans(struct buf *out, const struct spans *spans)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = spans_at(spans, i);
        buf_put(out, (struct str){.ptr = span->ptr, .len = span->len});
    }
}

static void
check_spans(const struct spans *spans, size_t count, struct str content)
{
    struct buf bytes;
    buf_init(&bytes, 1 << 20);
    put_spans(&bytes, spans);
    CHECK_U64(spans->count, count);
    CHECK_U64(spans->bytes, content.len);
    CHECK_STR(buf_str(&bytes), content);
    buf_deinit(&bytes);
}

/* Puts bytes into a stream and adds them to a session. */
static void
send_to(struct stream *stream, struct spans *spans, struct str bytes)
{
    struct rendered rendered = stream_put(stream, bytes);
    CHECK_STR(rendered.bytes, bytes);
    spans_add(spans, &rendered);
}

static char filler[200000];

static struct str
fill(size_t len)
{
    memset(filler, 'f', sizeof filler);
    return (struct str){.ptr = filler, .len = len};
}

TEST(spans_that_touch_become_one)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans spans = {.count = 0};
    send_to(&stream, &spans, STR("one "));
    send_to(&stream, &spans, STR("two "));
    send_to(&stream, &spans, STR("three"));
    check_spans(&spans, 1, STR("one two three"));
    spans_deinit(&spans);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

TEST(spans_with_something_between_them_stay_apart)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans all = {.count = 0};
    struct spans some = {.count = 0};
    static const char *const words[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct rendered rendered = stream_put(&stream, str_from_nul(words[i]));
        spans_add(&all, &rendered);
        if (i != 2)
            spans_add(&some, &rendered);
    }
    check_spans(&all, 1, STR("abcde"));
    check_spans(&some, 2, STR("abde"));
    CHECK(spans_at(&all, 0)->ptr == spans_at(&some, 0)->ptr); /* shared, not copied */
    spans_deinit(&all);
    spans_deinit(&some);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

TEST(spans_of_different_streams_stay_apart_and_in_order)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream a;
    struct stream b;
    stream_init(&a, &pool);
    stream_init(&b, &pool);
    struct spans spans = {.count = 0};
    send_to(&a, &spans, STR("a1"));
    send_to(&b, &spans, STR("b1"));
    send_to(&a, &spans, STR("a2"));
    send_to(&a, &spans, STR("a3"));
    send_to(&b, &spans, STR("b2"));
    check_spans(&spans, 4, STR("a1b1a2a3b2"));
    spans_deinit(&spans);
    stream_deinit(&a);
    stream_deinit(&b);
    CHECK_U64(pool.bytes, 0);
}

TEST(spans_across_the_end_of_a_chunk_stay_apart)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans spans = {.count = 0};
    send_to(&stream, &spans, fill(CHUNK_BYTES_MIN - 1));
    send_to(&stream, &spans, fill(1)); /* fills the chunk to its last byte */
    CHECK_U64(spans.count, 1);
    CHECK_U64(pool.bytes, CHUNK_BYTES_MIN);
    send_to(&stream, &spans, fill(1));
    CHECK_U64(pool.bytes, CHUNK_BYTES_MIN + 2 * CHUNK_BYTES_MIN);
    check_spans(&spans, 2, fill(CHUNK_BYTES_MIN + 1));
    spans_deinit(&spans);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

TEST(chunks_double_up_to_a_maximum_and_hold_any_one_piece)
{
    static const struct {
        size_t put;
        size_t pool_bytes; /* nothing pins the chunks before */
    } rows[] = {
        {.put = 1, .pool_bytes = CHUNK_BYTES_MIN},
        {.put = CHUNK_BYTES_MIN - 1, .pool_bytes = CHUNK_BYTES_MIN},
        {.put = 1, .pool_bytes = 2 * CHUNK_BYTES_MIN},
        {.put = 2 * CHUNK_BYTES_MIN, .pool_bytes = 4 * CHUNK_BYTES_MIN},
        {.put = 100000, .pool_bytes = 100000},
        {.put = 1, .pool_bytes = 100000}, /* as large as the last one */
        {.put = 100000, .pool_bytes = 100000},
    };
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        (void)stream_put(&stream, fill(rows[i].put));
        CHECK_U64(pool.bytes, rows[i].pool_bytes);
    }
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

TEST(chunk_lives_as_long_as_a_span_pins_it)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans first = {.count = 0};
    struct spans second = {.count = 0};
    struct rendered rendered = stream_put(&stream, STR("kept"));
    spans_add(&first, &rendered);
    spans_add(&second, &rendered);
    (void)stream_put(&stream, fill(CHUNK_BYTES_MIN)); /* the stream goes on in another */
    CHECK_U64(pool.bytes, 3 * CHUNK_BYTES_MIN);
    spans_clear(&first);
    CHECK_U64(pool.bytes, 3 * CHUNK_BYTES_MIN);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, CHUNK_BYTES_MIN);
    check_spans(&second, 1, STR("kept"));
    spans_clear(&second);
    CHECK_U64(pool.bytes, 0);
    spans_deinit(&first);
    spans_deinit(&second);
}

TEST(rewind_uses_the_chunk_again_only_when_nothing_pins_it)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    stream_rewind(&stream); /* nothing is there yet */
    struct spans spans = {.count = 0};
    send_to(&stream, &spans, STR("pinned"));
    const char *start = spans_at(&spans, 0)->ptr;
    stream_rewind(&stream);
    struct rendered behind = stream_put(&stream, STR("behind"));
    CHECK(behind.bytes.ptr == start + 6);
    check_spans(&spans, 1, STR("pinned"));
    spans_clear(&spans);
    stream_rewind(&stream);
    struct rendered again = stream_put(&stream, STR("again"));
    CHECK(again.bytes.ptr == start);
    spans_deinit(&spans);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

TEST(spans_are_full_at_the_maximum_and_still_grow_at_the_end)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans spans = {.count = 0};
    for (size_t i = 0; unit_row(i, SPANS_MAX); i++) {
        CHECK(!spans_is_full(&spans));
        send_to(&stream, &spans, STR("x"));
        (void)stream_put(&stream, STR("-"));
        CHECK_U64(spans.count, i + 1);
    }
    CHECK(spans_is_full(&spans));
    for (size_t i = 0; unit_row(i, SPANS_MAX); i++)
        CHECK(spans_at(&spans, i)->ptr == spans_at(&spans, 0)->ptr + 2 * i);
    spans_clear(&spans);
    CHECK(!spans_is_full(&spans));
    CHECK_U64(spans.bytes, 0);
    spans_deinit(&spans);
    stream_deinit(&stream);
    CHECK_U64(pool.bytes, 0);
}

static void
add_one_too_many(void *argument)
{
    struct spans *spans = argument;
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    send_to(&stream, spans, STR("x"));
}

TEST(full_spans_take_no_more)
{
    struct chunk_pool pool = {.bytes = 0};
    struct stream stream;
    stream_init(&stream, &pool);
    struct spans spans = {.count = 0};
    while (!spans_is_full(&spans)) {
        send_to(&stream, &spans, STR("x"));
        (void)stream_put(&stream, STR("-"));
    }
    CHECK(unit_dies(add_one_too_many, &spans));
    spans_deinit(&spans);
    stream_deinit(&stream);
}

/* --- random steps against plain copies --- */

#define STREAMS  3
#define SESSIONS 5

struct model {
    struct chunk_pool pool;
    struct stream streams[STREAMS];
    struct spans spans[SESSIONS];
    struct buf expected[SESSIONS];
};

static void
clear_session(struct model *model, size_t session)
{
    struct buf bytes;
    buf_init(&bytes, 1 << 20);
    put_spans(&bytes, &model->spans[session]);
    CHECK_STR(buf_str(&bytes), buf_str(&model->expected[session]));
    CHECK_U64(model->spans[session].bytes, model->expected[session].len);
    spans_clear(&model->spans[session]);
    buf_clear(&model->expected[session]);
    buf_deinit(&bytes);
}

static void
deliver(struct model *model, struct stream *stream, uint64_t *random)
{
    char text[40];
    size_t len = 1 + unit_random_below(random, sizeof text);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + unit_random_below(random, 26));
    struct rendered rendered = stream_put(stream, (struct str){.ptr = text, .len = len});
    for (size_t i = 0; i < SESSIONS; i++) {
        if (unit_random_below(random, 3) == 0)
            continue;
        if (spans_is_full(&model->spans[i]))
            clear_session(model, i);
        spans_add(&model->spans[i], &rendered);
        buf_put(&model->expected[i], rendered.bytes);
    }
}

TEST(random_deliveries_reach_each_session_whole_and_in_order)
{
    static struct model model;
    for (size_t i = 0; i < STREAMS; i++)
        stream_init(&model.streams[i], &model.pool);
    for (size_t i = 0; i < SESSIONS; i++)
        buf_init(&model.expected[i], 1 << 20);
    uint64_t random = 11;
    for (size_t i = 0; unit_row(i, 30000); i++) {
        struct stream *stream = &model.streams[unit_random_below(&random, STREAMS)];
        size_t choice = unit_random_below(&random, 100);
        if (choice < 90) {
            deliver(&model, stream, &random);
        } else if (choice < 97) {
            clear_session(&model, unit_random_below(&random, SESSIONS));
        } else if (choice < 99) {
            stream_rewind(stream);
        } else { /* a variant goes, while sessions still hold its bytes */
            stream_deinit(stream);
            stream_init(stream, &model.pool);
        }
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        clear_session(&model, i);
        spans_deinit(&model.spans[i]);
        buf_deinit(&model.expected[i]);
    }
    for (size_t i = 0; i < STREAMS; i++)
        stream_deinit(&model.streams[i]);
    CHECK_U64(model.pool.bytes, 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_that_touch_become_one),
        cmocka_unit_test(spans_with_something_between_them_stay_apart),
        cmocka_unit_test(spans_of_different_streams_stay_apart_and_in_order),
        cmocka_unit_test(spans_across_the_end_of_a_chunk_stay_apart),
        cmocka_unit_test(chunks_double_up_to_a_maximum_and_hold_any_one_piece),
        cmocka_unit_test(chunk_lives_as_long_as_a_span_pins_it),
        cmocka_unit_test(rewind_uses_the_chunk_again_only_when_nothing_pins_it),
        cmocka_unit_test(spans_are_full_at_the_maximum_and_still_grow_at_the_end),
        cmocka_unit_test(full_spans_take_no_more),
        cmocka_unit_test(random_deliveries_reach_each_session_whole_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
