/* Tests of store/line.h and hub/row_layout.h; the simulator looks at all that the hub keeps, too
 * (sim_line.c). */
#include "store/line.h"

#include "hub/account_row.h"
#include "hub/defcon.h"
#include "hub/device.h"
#include "hub/hub.h"
#include "hub/row.h"
#include "hub/row_check.h"
#include "hub/row_layout.h"
#include "hub/server_ban.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <string.h>

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_store = true,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

/* Reads what is good. */
static void
read_line(struct str text, struct line *line)
{
    struct cf_err err = {.text = ""};
    if (line_read(text, line, &err) != 0)
        unit_fail(err.text, __FILE__, __LINE__);
}

/* All that the hub has put on record is read again as it was. */
static void
check_rows(struct hub *hub, uint32_t row)
{
    const struct records *records = &hub_outbox(hub)->records;
    struct buf text;
    struct line line;
    size_t count = 0;
    buf_init(&text, LINE_BYTES_MAX);
    line_init(&line);
    for (size_t i = 0; i < records->count; i++) {
        const struct record *record = &records->items[i];
        if (record->kind != RECORD_ROW || record->row != row)
            continue;
        struct row_fault fault;
        CHECK(row_check(row_layout_of(row), record->key, record->value, &fault));
        buf_clear(&text);
        line_put_row(&text, row, record->key, record->value, true);
        read_line(buf_str(&text), &line);
        CHECK(line.kind == LINE_ROW);
        CHECK_U64(line.row, row);
        CHECK_STR(buf_str(&line.key), record->key);
        CHECK_STR(buf_str(&line.value), record->value);
        count++;
    }
    CHECK(count > 0);
    line_deinit(&line);
    buf_deinit(&text);
}

/* Of the kinds that the simulator does not make. */
TEST(rows_are_read_as_they_were)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    struct account *account = account_add(hub, STR("Alice"), STR(""), &credentials);
    device_see(hub, account, STR("Phone"));
    check_rows(hub, ROW_DEVICE);
    struct server_ban_spec spec = {
        .kind = SERVER_BAN_MASK,
        .allows_accounts = true,
        .target = STR("*!*@bad.example"),
        .reason = STR("spam"),
        .comment = STR("seen twice"),
        .set_by = STR("oper"),
        .expires_ms = moment.wall_ms + 1000,
    };
    CHECK(server_ban_add(hub, &spec) != NULL);
    check_rows(hub, ROW_SERVER_BAN);
    defcon_set(hub, DEFCON_NO_NEW, STR("oper"));
    check_rows(hub, ROW_DEFCON);
    hub_free(&hub);
}

TEST(what_is_nothing_is_not_written)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    struct account *account = account_add(hub, STR("Alice"), STR(""), &credentials);
    CHECK(account_row_keep(hub, account) != 0);
    check_rows(hub, ROW_ACCOUNT);
    const struct records *records = &hub_outbox(hub)->records;
    const struct record *record = &records->items[records->count - 1];
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    line_put_row(&text, ROW_ACCOUNT, record->key, record->value, true);
    CHECK_STR(
        buf_str(&text),
        STR("{\"type\":\"account\",\"name\":\"Alice\",\"created\":\"2027-01-15T08:00:00.000Z\","
            "\"password-hash\":\"$argon2id$some\"}\n"));
    buf_deinit(&text);
    hub_free(&hub);
}

#define OF_MESSAGE "\"source\":\"a!a@a\",\"command\":\"PRIVMSG\",\"target\":\"#a\""

TEST(what_is_wrong_with_a_line_is_told)
{
    static const struct {
        const char *text;
        const char *expected; /* part of what is told */
    } rows[] = {
        {"", "it is no JSON"},
        {"{\"type\":\"account\"", "it is no JSON"},
        {"{\"a\":1,\"a\":2}", "duplicate"},
        {"[]", "no JSON object with a \"type\""},
        {"{\"type\":3}", "no JSON object with a \"type\""},
        {"{\"type\":\"cow\"}", "\"cow\" is no type"},
        {"{\"type\":\"confab-export\",\"version\":2}", "newer confab"},
        {"{\"type\":\"account\",\"name\":\"a\",\"nick\":\"a\"}", "\"nick\" is no field"},
        {"{\"type\":\"account\",\"name\":7}", "\"name\" must be a text"},
        {"{\"type\":\"account\",\"name\":{\"base64\":\"?\"}}", "\"name\" must be a text"},
        {"{\"type\":\"account\",\"name\":\"a\",\"created\":\"noon\"}",
         "\"created\" must be a time"},
        {"{\"type\":\"account\",\"name\":\"a\",\"created\":-1}", "not below 0"},
        {"{\"type\":\"account\",\"name\":\"a\",\"flags\":\"operator\"}",
         "\"flags\" must be a list"},
        {"{\"type\":\"account\",\"name\":\"a\",\"flags\":[\"king\"]}", "a flag that"},
        {"{\"type\":\"account\",\"name\":\"a\",\"scram-sha-256\":{\"salt\":\"AA==\"}}",
         "\"salt\" has not the right number of bytes"},
        {"{\"type\":\"account\",\"name\":\"a\",\"scram-sha-256\":{\"salt\":5}}", "must be base64"},
        {"{\"type\":\"account\",\"name\":\"a\",\"scram-sha-256\":[]}",
         "must be those of an object"},
        {"{\"type\":\"channel\",\"name\":\"#a\",\"bans\":[{\"masks\":\"x\"}]}",
         "\"masks\" is no field"},
        {"{\"type\":\"row\",\"row\":8,\"key\":\"a\"}", "must be what was written"},
        {"{\"type\":\"row\",\"row\":10,\"key\":\"bob x\",\"value\":\"AQFhAXgB\"}",
         "\"key\" is not that of the value"},
        {"{\"type\":\"message\"," OF_MESSAGE ",\"in\":[\"#a\"]}", "\"time\" must be there"},
        {"{\"type\":\"message\",\"time\":\"2020-01-01T00:00:00.000Z\"," OF_MESSAGE "}",
         "after 2025"},
        {"{\"type\":\"message\",\"msgid\":\"x\"," OF_MESSAGE "}", "is no message id"},

#define OF_TIME "{\"type\":\"message\",\"time\":\"2026-03-01T10:00:00.000Z\","
        {OF_TIME OF_MESSAGE "}", "\"in\" must be a list"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#A\"]}", "folded names"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"bob alice\"]}", "folded names"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a,#b\"]}", "folded names"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"text\":\"a\\nb\"}", "no line of IRC"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"text\":\"a\",\"lines\":[]}", "only one of"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"params\":[]}", "is not for messages"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"lines\":[\"a\"],\"joints\":\"01\"}", "joints"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"tags\":\"msgid=7\"}", "client-only tags"},
        {OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"account\":\"#\"}", "no name of an account"},
        {OF_TIME "\"source\":\"a b\",\"command\":\"QUIT\",\"in\":[\"#a\"]}", "\"source\" must be"},
        {OF_TIME "\"source\":\"a\",\"command\":\"PING\",\"in\":[\"#a\"]}", "\"command\" must be"},
        {OF_TIME "\"source\":\"a\",\"command\":\"MODE\",\"target\":\"#a\",\"in\":[\"#a\"],"
                 "\"params\":[\"+o\",\"x y\"]}",
         "no line of IRC"},
    };

    struct line line;
    struct cf_err err;
    line_init(&line);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(line_read(str_from_nul(rows[i].text), &line, &err) == -EINVAL);
        CHECK_STR(str_from_nul(strstr(err.text, rows[i].expected) == NULL ? err.text : ""),
                  STR(""));
    }
    line_deinit(&line);
}

/* What other programs write: no id, nothing that is not needed. */
TEST(a_message_from_elsewhere_gets_its_id_from_its_time)
{
    struct line line;
    line_init(&line);
    read_line(STR(OF_TIME OF_MESSAGE ",\"in\":[\"#a\"],\"text\":\"hello\"}"), &line);
    CHECK(line.kind == LINE_EVENT);
    CHECK_STR(line.event->params[1], STR("hello"));
    CHECK_I64(line.event->wall_ms, INT64_C(1772359200000));
    CHECK(line.event->is_last_text);
    CHECK_STR(buf_str(&line.names), STR("#a"));
    line_deinit(&line);
}

TEST(bytes_that_are_no_text_are_kept)
{
    struct line line;
    struct buf text;
    line_init(&line);
    buf_init(&text, LINE_BYTES_MAX);
    struct str params[] = {STR("#a"), STR("\xff\xfe")};
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("NOTICE"),
        .source = STR("a"),
        .msgid = 77,
        .is_last_text = true,
        .params = params,
        .param_count = 2,
    });
    line_put_event(&text, event, STR("#a"));
    read_line(buf_str(&text), &line);
    CHECK(event_is_same(event, line.event));
    event_unref(&event);
    buf_deinit(&text);
    line_deinit(&line);
}

TEST(without_secrets_nobody_can_try_passwords)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = {
        .password_hash = "$argon2id$some",
        .sha_256 = {.hash = SCRAM_SHA_256, .iterations = 4096},
    };
    (void)account_add(hub, STR("Alice"), STR(""), &credentials); /* the hub's */
    struct account *account = account_find(hub, STR("alice"));
    account_suspend(hub, account, STR("so that it is put on record"));
    const struct record *record = &hub_outbox(hub)->records.items[0];
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    line_put_row(&text, record->row, record->key, record->value, false);
    CHECK(strstr(buf_nul_terminated(&text), "argon2id") == NULL);
    CHECK(strstr(buf_nul_terminated(&text), "scram") == NULL);
    buf_clear(&text);
    /* of a newer form: nobody knows what is in it */
    line_put_row(&text, ROW_ACCOUNT, STR("alice"), STR("\x7f"), false);
    CHECK_U64(text.len, 0);
    buf_deinit(&text);
    hub_free(&hub);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_they_were),
        cmocka_unit_test(what_is_nothing_is_not_written),
        cmocka_unit_test(what_is_wrong_with_a_line_is_told),
        cmocka_unit_test(a_message_from_elsewhere_gets_its_id_from_its_time),
        cmocka_unit_test(bytes_that_are_no_text_are_kept),
        cmocka_unit_test(without_secrets_nobody_can_try_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
