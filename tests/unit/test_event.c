/* Tests of hub/event.h. */
#include "hub/event.h"

#include "unit/support/unit.h"

#include <pthread.h>
#include <string.h>

/* Bytes of its own for a spec, which can be overwritten to see whether they were copied. */
struct scratch {
    char text[64];
    struct str params[3];
    struct slot_id channels[2];
};

static struct event_spec
full_spec(struct scratch *scratch)
{
    memcpy(scratch->text, "bob!b@h ACCOUNT label1 PRIVMSG +a=b text", 40);
    struct str all = {.ptr = scratch->text, .len = 40};
    scratch->params[0] = STR("#chan");
    scratch->params[1] = STR_NONE;
    scratch->params[2] = str_skip(all, 36);
    scratch->channels[0] = (struct slot_id){.slot = 1, .generation = 2};
    scratch->channels[1] = (struct slot_id){.slot = 3, .generation = 4};
    return (struct event_spec){
        .kind = EVENT_MESSAGE,
        .is_last_text = true,
        .needs = 5,
        .unless = 6,
        .wall_ms = -7,
        .msgid = 8,
        .origin = {.slot = 9, .generation = 10},
        .source = str_take(all, 7),
        .account = str_take(str_skip(all, 8), 7),
        .label = str_take(str_skip(all, 16), 6),
        .batch = 11,
        .command = str_take(str_skip(all, 23), 7),
        .client_tags = str_take(str_skip(all, 31), 4),
        .channels = scratch->channels,
        .channel_count = 2,
        .params = scratch->params,
        .param_count = 3,
    };
}

static void
check_full(const struct event *event, struct str label, uint64_t batch)
{
    CHECK_U64(event->kind, EVENT_MESSAGE);
    CHECK(event->is_last_text);
    CHECK_U64(event->needs, 5);
    CHECK_U64(event->unless, 6);
    CHECK_I64(event->wall_ms, -7);
    CHECK_U64(event->msgid, 8);
    CHECK(slot_id_equal(event->origin, (struct slot_id){.slot = 9, .generation = 10}));
    CHECK_STR(event->source, STR("bob!b@h"));
    CHECK_STR(event->account, STR("ACCOUNT"));
    CHECK_STR(event->label, label);
    CHECK_U64(event->batch, batch);
    CHECK_STR(event->command, STR("PRIVMSG"));
    CHECK_STR(event->client_tags, STR("+a=b"));
    CHECK_U64(event->channel_count, 2);
    CHECK(slot_id_equal(event->channels[0], (struct slot_id){.slot = 1, .generation = 2}));
    CHECK(slot_id_equal(event->channels[1], (struct slot_id){.slot = 3, .generation = 4}));
    CHECK_U64(event->param_count, 3);
    CHECK_STR(event->params[0], STR("#chan"));
    CHECK_STR(event->params[1], STR(""));
    CHECK_STR(event->params[2], STR("text"));
}

TEST(event_owns_a_copy_of_all_its_bytes)
{
    struct scratch scratch;
    struct event_spec spec = full_spec(&scratch);
    struct event *event = event_new(&spec);
    memset(&scratch, 'x', sizeof scratch);
    check_full(event, STR("label1"), 11);
    event_unref(&event);
    CHECK(event == NULL);
}

TEST(clone_differs_only_in_label_and_batch)
{
    struct scratch scratch;
    struct event_spec spec = full_spec(&scratch);
    struct event *event = event_new(&spec);
    struct event *clone = event_clone(event, STR("other"), 99);
    event_unref(&event);
    check_full(clone, STR("other"), 99);
    event_unref(&clone);
}

TEST(absent_texts_are_empty_and_not_null)
{
    struct event *event = event_new(&(struct event_spec){.kind = EVENT_REPLY, .numeric = 376});
    CHECK_U64(event->numeric, 376);
    CHECK(event->source.ptr != NULL);
    CHECK_U64(event->source.len + event->account.len + event->label.len + event->command.len +
                  event->client_tags.len,
              0);
    CHECK_U64(event->param_count, 0);
    CHECK_U64(event->channel_count, 0);
    event_unref(&event);
}

TEST(event_lives_until_the_last_reference_is_gone)
{
    struct event *event = event_new(&(struct event_spec){.command = STR("PING")});
    struct event *second = event;
    struct event *third = event;
    event_ref(second);
    event_ref(third);
    event_unref(&event);
    CHECK(event == NULL);
    CHECK_STR(second->command, STR("PING"));
    event_unref(&second);
    CHECK_STR(third->command, STR("PING"));
    event_unref(&third);
}

TEST(unref_of_nothing_does_nothing)
{
    struct event *event = NULL;
    event_unref(&event);
    CHECK(event == NULL);
}

#define REFERENCES 20000

static void *
use_references(void *argument)
{
    for (int i = 0; i < REFERENCES; i++) {
        struct event *event = argument;
        event_ref(event);
        event_unref(&event);
    }
    struct event *event = argument;
    event_unref(&event);
    return NULL;
}

TEST(references_are_counted_between_threads)
{
    struct event *event = event_new(&(struct event_spec){.command = STR("PING")});
    event_ref(event);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_references, event) == 0);
    (void)use_references(event); /* one of the two frees it */
    CHECK(pthread_join(thread, NULL) == 0);
}

TEST(nick_is_what_stands_before_the_user)
{
    static const struct {
        struct str source;
        struct str nick;
    } rows[] = {
        {.source = STR_INIT("bob!b@h"), .nick = STR_INIT("bob")},
        {.source = STR_INIT("irc.example.org"), .nick = STR_INIT("irc.example.org")},
        {.source = STR_INIT(""), .nick = STR_INIT("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct event *event =
            event_new(&(struct event_spec){.source = rows[i].source, .command = STR("PART")});
        CHECK_STR(event_nick(event), rows[i].nick);
        event_unref(&event);
    }
}

TEST(batches_have_a_reference_of_letters_and_digits)
{
    struct buf text;
    buf_init(&text, 100);
    event_put_batch(&text, UINT64_MAX);
    CHECK_STR(buf_str(&text), STR("bffffffffffffffff"));
    buf_deinit(&text);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_owns_a_copy_of_all_its_bytes),
        cmocka_unit_test(clone_differs_only_in_label_and_batch),
        cmocka_unit_test(absent_texts_are_empty_and_not_null),
        cmocka_unit_test(event_lives_until_the_last_reference_is_gone),
        cmocka_unit_test(unref_of_nothing_does_nothing),
        cmocka_unit_test(references_are_counted_between_threads),
        cmocka_unit_test(nick_is_what_stands_before_the_user),
        cmocka_unit_test(batches_have_a_reference_of_letters_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
