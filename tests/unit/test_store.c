/* Tests of store/store.h: the same ones for the store on disk and the one in memory. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/msgid.h"
#include "hub/row.h"
#include "store/schema.h"
#include "store/store_sqlite.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- tests of both --- */

static void
pages(struct store *store)
{
    begin(store);
    for (uint64_t id = 1; id <= 9; id++) {
        if (id % 3 == 0)
            join(store, id * 10, "#a");
        else
            say(store, id * 10, "#a", "text");
        say(store, id * 10 + 1, "#b", "elsewhere");
    }
    commit(store);

    static const struct {
        struct page_query query;
        const char *expected;
    } rows[] = {
        {{.limit = 100, .has_all = true}, "10 20 30 40 50 60 70 80 90 end"},
        {{.limit = 100}, "10 20 40 50 70 80 end"},
        {{.limit = 100, .is_newest = true}, "10 20 40 50 70 80 end"},
        {{.limit = 6}, "10 20 40 50 70 80 end"},
        {{.limit = 5}, "10 20 40 50 70 ..."},
        {{.limit = 5, .is_newest = true}, "20 40 50 70 80 ..."},
        {{.limit = 3, .is_newest = true, .has_all = true}, "70 80 90 ..."},
        {{.limit = 100, .after = 20}, "40 50 70 80 end"},
        {{.limit = 100, .after = 19}, "20 40 50 70 80 end"},
        {{.limit = 100, .before = 50}, "10 20 40 end"},
        {{.limit = 100, .before = 51}, "10 20 40 50 end"},
        {{.limit = 2, .before = 50, .is_newest = true}, "20 40 ..."},
        {{.limit = 100, .after = 20, .before = 70}, "40 50 end"},
        {{.limit = 1, .after = 20, .before = 70, .is_newest = true}, "50 ..."},
        {{.limit = 100, .after = 20, .before = 30, .has_all = true}, "end"},
        {{.limit = 4, .around = 50}, "20 40 50 70 ..."},
        {{.limit = 5, .around = 50}, "20 40 50 70 80 ..."},
        {{.limit = 3, .around = 55, .has_all = true}, "50 60 70 ..."},
        {{.limit = 1, .around = 50}, "50 ..."},
        {{.limit = 100, .around = 50}, "10 20 40 50 70 80 end"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct page_query query = rows[i].query;
        query.target = STR("#a");
        query.before = query.before == 0 ? PAGE_BEFORE_MAX : query.before;
        check_page(store, &query, rows[i].expected);
    }
    check_all(store, "#nowhere", "end");
    CHECK_U64(store_last_msgid(store), 91);
}

static void
rolled_back(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "kept");
    commit(store);
    begin(store);
    say(store, 20, "#a", "not kept");
    say(store, 21, "#new", "not kept");
    apply(store, record_of_row(1, STR("key"), STR("value")));
    store_rollback(store);
    check_all(store, "#a", "10 end");
    check_all(store, "#new", "end");
    begin(store);
    say(store, 30, "#new", "kept");
    say(store, 31, "#a", "kept");
    commit(store);
    check_all(store, "#new", "30 end");
    check_all(store, "#a", "10 31 end");
}

static void
several_targets(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "text");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 20, STR("bye"), STR_NONE), "#a,#b");
    commit(store);
    check_all(store, "#a", "10 20 end");
    check_all(store, "#b", "20 end");
    begin(store);
    apply(store, record_of_forgetting(STR("#a")));
    commit(store);
    check_all(store, "#a", "end");
    check_all(store, "#b", "20 end");
}

static void
check_targets(struct store *store, struct page_query query, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    query.kind = PAGE_OF_TARGETS;
    query.before = query.before == 0 ? PAGE_BEFORE_MAX : query.before;
    CHECK_I64(store_read_page(reader, &query, &page), 0);
    struct buf got;
    buf_init(&got, 4096);
    for (size_t i = 0; i < page.target_count; i++)
        buf_printf(&got, "%.*s=%llu;", STR_ARG(page.targets[i].name),
                   (unsigned long long)page.targets[i].msgid);
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    page_deinit(&page);
    store_reader_free(&reader);
}

static void
targets(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "text");
    say(store, 20, "#b", "text");
    say(store, 30, "alice bob", "text");
    say(store, 40, "bob carl", "text");
    say(store, 50, "alice alice", "text");
    say(store, 60, "#a", "text");
    join(store, 70, "#b");
    join(store, 80, "#c");
    commit(store);
    const struct str all = STR("#a,#b,#c,#d");
    check_targets(store, (struct page_query){.targets = all, .limit = 10}, "#b=20;#a=60;");
    check_targets(store, (struct page_query){.targets = all, .limit = 1}, "#b=20;");
    check_targets(store, (struct page_query){.targets = all, .limit = 1, .is_newest = true},
                  "#a=60;");
    check_targets(store, (struct page_query){.targets = all, .limit = 10, .after = 20}, "#a=60;");
    check_targets(store, (struct page_query){.targets = all, .limit = 10, .before = 60}, "#b=20;");
    check_targets(store, (struct page_query){.account = STR("alice"), .limit = 10},
                  "alice bob=30;alice alice=50;");
    check_targets(store,
                  (struct page_query){.targets = STR("#b"), .account = STR("bob"), .limit = 10},
                  "#b=20;alice bob=30;bob carl=40;");
    check_targets(store, (struct page_query){.account = STR("nobody"), .limit = 10}, "");
    /* What is not for whoever asks is not told, and takes no place of what is. */
    uint64_t sinces[] = {60, 19, 0, 0};
    check_targets(
        store, (struct page_query){.targets = all, .sinces = sinces, .limit = 1, .is_newest = true},
        "#b=20;");
    check_targets(store,
                  (struct page_query){.targets = all,
                                      .sinces = sinces,
                                      .account = STR("bob"),
                                      .since = 30,
                                      .limit = 10},
                  "#b=20;bob carl=40;");
}

static void
aged(struct store *store)
{
    begin(store);
    for (uint64_t id = 1; id <= 1200; id++)
        say(store, id, "#a", "old");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 1201, STR("bye"), STR_NONE), "#a,#b");
    say(store, 1202, "alice bob", "old");
    for (uint64_t id = 1203; id <= 1400; id++) { /* more runs than are looked at in one go */
        char name[16];
        (void)snprintf(name, sizeof name, "#%u", (unsigned)id);
        say(store, id, name, "old");
    }
    say(store, 1500, "#a", "new");
    join(store, 1501, "#b");
    commit(store);
    (void)tidy_older(store, 1);
    check_all(store, "#b", "1201 1501 end");
    (void)tidy_older(store, 1201);
    check_all(store, "#a", "1201 1500 end");
    check_all(store, "alice bob", "1202 end");
    (void)tidy_older(store, 1500);
    check_all(store, "#a", "1500 end");
    check_all(store, "#b", "1501 end");
    check_all(store, "alice bob", "end");
    check_all(store, "#1203", "end");
    check_all(store, "#1400", "end");
    (void)tidy_older(store, PAGE_BEFORE_MAX);
    check_all(store, "#a", "end");
    check_all(store, "#b", "end");
    CHECK_U64(store_last_msgid(store), 1501);
    begin(store);
    say(store, 1600, "alice bob", "again");
    commit(store);
    check_all(store, "alice bob", "1600 end");
}

/* An event of an account. */
static void
say_as(struct store *store, const char *account, uint64_t msgid, const char *targets,
       const char *command)
{
    const struct str params[] = {STR("#a"), STR("words of theirs")};
    bool is_message = strcmp(command, "PRIVMSG") == 0;
    struct event *event = event_new(&(struct event_spec){
        .kind = is_message ? EVENT_MESSAGE : EVENT_QUIT,
        .command = str_from_nul(command),
        .source = STR("alice!a@a"),
        .account = str_from_nul(account),
        .msgid = msgid,
        .is_last_text = true,
        .params = is_message ? params : params + 1,
        .param_count = is_message ? 2 : 1,
    });
    apply_event(store, event, targets);
}

static void
search_all(struct store *store, const char *target, const char *expected)
{
    check_page(store,
               &(struct page_query){
                   .kind = PAGE_OF_FOUND,
                   .target = str_from_nul(target),
                   .text = STR("words"),
                   .before = PAGE_BEFORE_MAX,
                   .limit = 10,
               },
               expected);
}

/* Whose accounts the events of a target are, with a space behind each. */
static void
check_accounts(struct store *store, const char *target, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    struct buf got;
    CHECK_I64(store_read_page(reader,
                              &(struct page_query){
                                  .target = str_from_nul(target),
                                  .before = PAGE_BEFORE_MAX,
                                  .limit = 10,
                                  .has_all = true,
                              },
                              &page),
              0);
    buf_init(&got, 4096);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&got, "%.*s ", STR_ARG(page.events[i]->account));
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    page_deinit(&page);
    store_reader_free(&reader);
}

static void
erased(struct store *store)
{
    begin(store);
    say_as(store, "Alice", 10, "#a", "PRIVMSG");
    say_as(store, "bob", 20, "#a", "PRIVMSG");
    say_as(store, "Alice", 30, "#a,#b", "QUIT");
    say_as(store, "Alice", 40, "alice bob", "PRIVMSG");
    say_as(store, "bob", 50, "alice bob", "PRIVMSG");
    say_as(store, "", 60, "#a", "PRIVMSG"); /* a guest */
    commit(store);
    while (store_index(store) == 1)
        continue;
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 0));
    say_as(store, "Alice", 70, "#a", "PRIVMSG"); /* who has the name later */
    commit(store);
    for (int i = 0; i < 2; i++) { /* at once, and when it has been cleared away */
        check_all(store, "#a", "20 60 70 end");
        check_all(store, "#b", "end");
        check_all(store, "alice bob", "50 end");
        search_all(store, "#a", "20 60 70 end");
        (void)tidy(store);
    }
    CHECK_U64(store_last_msgid(store), 70);
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 0));
    apply(store, record_of_erasure(STR("nobody"), 0));
    commit(store);
    check_all(store, "#a", "20 60 end");
    (void)tidy(store);
    check_all(store, "#a", "20 60 end");
    search_all(store, "#a", "20 60 end");
}

/* What whoever had the name before has said stays: under the account's name, as it was. */
static void
erased_since(struct store *store)
{
    begin(store);
    say_as(store, "alice", 10, "#a", "PRIVMSG");
    say_as(store, "alice", 20, "#a,#b", "QUIT");
    say_as(store, "alice", 30, "#a", "PRIVMSG");
    commit(store);
    while (store_index(store) == 1)
        continue;
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 25));
    say_as(store, "alice", 40, "#a", "PRIVMSG");
    commit(store);
    for (int i = 0; i < 2; i++) { /* at once, and when it has been cleared away */
        check_all(store, "#a", "10 20 40 end");
        search_all(store, "#a", "10 40 end");
        check_accounts(store, "#a", "alice alice alice ");
        (void)tidy(store);
    }
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 35));
    commit(store);
    (void)tidy(store);
    check_all(store, "#a", "10 20 end");
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 50)); /* nothing is that new */
    apply(store, record_of_erasure(STR("alice"), 15));
    apply(store, record_of_erasure(STR("alice"), 60));
    commit(store);
    check_all(store, "#a", "10 end");
    (void)tidy(store);
    check_all(store, "#a", "10 end");
    check_all(store, "#b", "end");
    search_all(store, "#a", "10 end");
    check_accounts(store, "#a", "alice ");
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 0));
    commit(store);
    (void)tidy(store);
    check_all(store, "#a", "end");
}

static void
limited(struct store *store)
{
    begin(store);
    for (uint64_t id = 1; id <= 700; id++)
        say(store, id, id % 2 == 0 ? "#a" : "alice bob", "text");
    join(store, 701, "#a");
    apply(store, record_of_keeping(STR("#a"), 3, 0));
    apply(store, record_of_keeping(STR("#empty"), 3, 1000));
    commit(store);
    (void)tidy_to(store, &(struct store_limits){.count = 5});
    check_all(store, "#a", "696 698 700 701 end");
    check_all(store, "alice bob", "691 693 695 697 699 end");
    (void)tidy_to(store, &(struct store_limits){.count = 2});
    check_all(store, "#a", "698 700 701 end");
    begin(store);
    apply(store, record_of_keeping(STR("#a"), 0, 0));
    for (uint64_t id = 702; id <= 710; id++)
        say(store, id, "#a", "text");
    apply(store, record_of_keeping(STR("alice bob"), 0, 1000));
    commit(store);
    (void)tidy_to(store, &(struct store_limits){.now_ms = MSGID_EPOCH_MS + 1001});
    check_all(store, "#a", "698 700 701 702 703 704 705 706 707 708 709 710 end");
    check_all(store, "alice bob", "end");
}

static void
forgotten(struct store *store)
{
    begin(store);
    for (uint64_t id = 1; id <= 1200; id++)
        say(store, id, "#a", "secret");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 1201, STR("bye"), STR_NONE), "#a,#b");
    apply(store, record_of_forgetting(STR("#a,#nowhere")));
    say(store, 1300, "#a", "another channel of that name");
    commit(store);
    check_all(store, "#a", "1300 end");
    (void)tidy(store);
    check_all(store, "#a", "1300 end");
    check_all(store, "#b", "1201 end");
    begin(store);
    apply(store, record_of_forgetting(STR("#b,#a")));
    commit(store);
    (void)tidy(store);
    check_all(store, "#a", "end");
    CHECK_U64(store_last_msgid(store), 1300);
}

static void
redacted(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "text");
    say(store, 20, "#a", "secret");
    join(store, 30, "#a");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 40, STR("bye"), STR_NONE), "#a,#b");
    say(store, 50, "alice bob", "secret");
    say(store, 60, "#a", "secret");
    commit(store);
    begin(store);
    apply(store, record_of_redaction(STR("#a"), 20));
    apply(store, record_of_redaction(STR("#a"), 60));
    apply(store, record_of_redaction(STR("#a"), 40)); /* is in #b as before */
    apply(store, record_of_redaction(STR("#b"), 10)); /* is not there */
    apply(store, record_of_redaction(STR("#nowhere"), 10));
    apply(store, record_of_redaction(STR("#a"), 50)); /* is elsewhere */
    commit(store);
    check_all(store, "#a", "10 30 end");
    check_all(store, "#b", "40 end");
    check_all(store, "alice bob", "50 end");
    CHECK_U64(store_last_msgid(store), 60);
    begin(store);
    apply(store, record_of_redaction(STR("alice bob"), 50));
    say(store, 70, "#a", "secret");
    apply(store, record_of_redaction(STR("#a"), 70)); /* of the same transaction */
    commit(store);
    check_all(store, "alice bob", "end");
    check_all(store, "#a", "10 30 end");
    check_targets(store,
                  (struct page_query){.targets = STR("#a"), .account = STR("bob"), .limit = 10},
                  "#a=10;");
}

static void
check_rows(struct store *store, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    struct buf got;
    buf_init(&got, 4096);
    struct store_row row = {.row = 0};
    int result;
    while ((result = store_read_row(reader, &row)) == 1)
        buf_printf(&got, "%u %.*s=%.*s;", row.row, STR_ARG(row.key), STR_ARG(row.value));
    CHECK_I64(result, 0);
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    store_reader_free(&reader);
}

static void
rows(struct store *store)
{
    check_rows(store, "");
    begin(store);
    apply(store, record_of_row(2, STR("b"), STR("1")));
    apply(store, record_of_row(2, STR("a"), STR("2")));
    apply(store, record_of_row(1, STR("z"), STR("")));
    apply(store, record_of_row(2, STR("ab"), STR("3")));
    apply(store, record_of_row(2, STR(""), STR("4")));
    commit(store);
    check_rows(store, "1 z=;2 =4;2 a=2;2 ab=3;2 b=1;");
    begin(store);
    apply(store, record_of_row(2, STR("a"), STR("new")));
    apply(store, record_of_row_gone(2, STR("b")));
    apply(store, record_of_row_gone(3, STR("never")));
    commit(store);
    check_rows(store, "1 z=;2 =4;2 a=new;2 ab=3;");
}

TEST(pages_are_what_lies_between_their_bounds)
{
    for_each_kind(pages);
}

TEST(what_is_rolled_back_leaves_no_trace)
{
    for_each_kind(rolled_back);
}

TEST(an_event_is_kept_under_each_of_its_targets)
{
    for_each_kind(several_targets);
}

TEST(what_is_too_old_is_cleared_away_and_nothing_else)
{
    for_each_kind(aged);
}

TEST(what_is_redacted_is_gone_from_where_it_was)
{
    for_each_kind(redacted);
}

TEST(what_is_forgotten_is_not_found_and_its_name_is_free)
{
    for_each_kind(forgotten);
}

/* What the messages of a target are shown to be for: "#a #A ". */
static void
check_shown(struct store *store, const char *target, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    struct page_query query = {.target = str_from_nul(target),
                               .before = PAGE_BEFORE_MAX,
                               .limit = 100};
    CHECK_I64(store_read_page(reader, &query, &page), 0);
    struct buf got;
    buf_init(&got, 256);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&got, "%.*s ", STR_ARG(page.events[i]->params[0]));
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    page_deinit(&page);
    store_reader_free(&reader);
}

static void
renamed(struct store *store)
{
    begin(store);
    say(store, 10, "#old", "text");
    say(store, 20, "#new", "of another channel");
    commit(store);
    begin(store);
    apply(store, record_of_renaming(STR("#old"), STR("#new"), STR("#New")));
    apply(store, record_of_renaming(STR("#nowhere"), STR("#else"), STR("#else")));
    say(store, 30, "#new", "text");
    say(store, 40, "#old", "of a third channel");
    commit(store);
    check_all(store, "#new", "10 30 end");
    check_all(store, "#old", "40 end");
    check_shown(store, "#new", "#New #new ");
    check_shown(store, "#old", "#old ");
    begin(store);
    apply(store, record_of_renaming(STR("#new"), STR("#new"), STR("#NEW")));
    apply(store, record_of_renaming(STR("#old"), STR("#old"), STR("#OLD")));
    commit(store);
    (void)tidy(store);
    check_all(store, "#new", "10 30 end");
    check_shown(store, "#old", "#OLD ");
}

TEST(what_is_renamed_is_found_by_its_new_name_only)
{
    for_each_kind(renamed);
}

/* A message with a number. */
static void
say_numbered(struct store *store, uint64_t msgid, const char *target, uint64_t seq)
{
    const struct str params[] = {str_from_nul(target), STR("text")};
    apply_event(store,
                event_new(&(struct event_spec){
                    .kind = EVENT_MESSAGE,
                    .command = STR("PRIVMSG"),
                    .msgid = msgid,
                    .seq = seq,
                    .source = STR("alice!~alice@host"),
                    .is_last_text = true,
                    .params = params,
                    .param_count = ARRAY_LEN(params),
                }),
                target);
}

/* The last numbers of all targets: "#a 3 #b 1 ". */
static void
check_seqs(struct store *store, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    struct store_row row = {.row = 0};
    struct buf got;
    buf_init(&got, 4096);
    int result;
    while ((result = store_read_row(reader, &row)) == 1) {
        if (row.row == ROW_SEQ)
            buf_printf(&got, "%.*s %.*s ", STR_ARG(row.key), STR_ARG(row.value));
    }
    CHECK_I64(result, 0);
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    store_reader_free(&reader);
}

static void
numbered(struct store *store)
{
    begin(store);
    say(store, 10, "#none", "text");
    say_numbered(store, 20, "#a", 1);
    say_numbered(store, 30, "#b", 1);
    say_numbered(store, 40, "#a", 2);
    apply(store, record_of_row(ROW_DEVICE, STR("before"), STR("x")));
    apply(store, record_of_row(ROW_SEQ + 1, STR("behind"), STR("x")));
    commit(store);
    check_seqs(store, "#a 2 #b 1 ");
    begin(store);
    say_numbered(store, 50, "#a", 3);
    say_numbered(store, 51, "#c", 1);
    store_rollback(store);
    check_seqs(store, "#a 2 #b 1 ");
    /* What goes takes no number along. */
    begin(store);
    say_numbered(store, 60, "#a", 3);
    apply(store, record_of_redaction(STR("#a"), 60));
    commit(store);
    (void)tidy_older(store, 1000);
    check_seqs(store, "#a 3 #b 1 ");
    begin(store);
    apply(store, record_of_renaming(STR("#a"), STR("#b"), STR("#B")));
    apply(store, record_of_renaming(STR("#none"), STR("#else"), STR("#else")));
    commit(store);
    check_seqs(store, "#b 3 ");
    begin(store);
    apply(store, record_of_renaming(STR("#b"), STR("#b"), STR("#B")));
    say_numbered(store, 70, "#a", 1);
    say_numbered(store, 80, "#b", 4);
    commit(store);
    check_seqs(store, "#a 1 #b 4 ");
    begin(store);
    apply(store, record_of_forgetting(STR("#a,#b,#nowhere")));
    commit(store);
    check_seqs(store, "");
    begin(store);
    say_numbered(store, 90, "#b", 1);
    commit(store);
    check_seqs(store, "#b 1 ");
}

TEST(the_last_number_of_a_channel_is_kept_with_its_message)
{
    for_each_kind(numbered);
}

/* A row that comes with a message. */
static void
with_row(struct store *store)
{
    struct event *event = make_event(EVENT_MESSAGE, "PRIVMSG", 10, STR("#a"), STR("text"));
    begin(store);
    apply(store, record_of_event_and_row(event, STR("#a"), ROW_TXN, STR("lost"), STR("1")));
    store_rollback(store);
    begin(store);
    apply(store, record_of_event_and_row(event, STR("#a"), ROW_TXN, STR("kept"), STR("2")));
    commit(store);
    event_unref(&event);
    check_all(store, "#a", "10 end");
    struct store_reader *reader = store_reader_new(store);
    struct store_row row = {.row = 0};
    CHECK_I64(store_read_row(reader, &row), 1);
    CHECK_U64(row.row, ROW_TXN);
    CHECK_STR(row.key, STR("kept"));
    CHECK_STR(row.value, STR("2"));
    CHECK_I64(store_read_row(reader, &row), 0);
    store_reader_free(&reader);
}

TEST(a_row_that_comes_with_a_message_is_kept_with_it)
{
    for_each_kind(with_row);
}

/* More than are put off until the end of a transaction. */
static void
many_numbered(struct store *store)
{
    struct buf expected;
    buf_init(&expected, 8192);
    begin(store);
    for (uint64_t i = 0; i < 400; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "#%03llu", (unsigned long long)i % 200);
        say_numbered(store, 10 + i, name, i < 200 ? 1 : i);
        if (i >= 200)
            buf_printf(&expected, "%s %llu ", name, (unsigned long long)i);
    }
    commit(store);
    check_seqs(store, buf_nul_terminated(&expected));
    buf_deinit(&expected);
}

TEST(the_last_numbers_of_many_channels_are_kept)
{
    for_each_kind(many_numbered);
}

TEST(targets_are_those_with_their_last_message_in_the_range)
{
    for_each_kind(targets);
}

static void
large_page(struct store *store)
{
    static char text[4000];
    memset(text, 'x', sizeof text - 1);
    begin(store);
    for (uint64_t id = 1; id <= 100; id++)
        say(store, id, "#a", text);
    commit(store);
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    struct page_query query = {.target = STR("#a"), .before = PAGE_BEFORE_MAX, .limit = 1000};
    CHECK_I64(store_read_page(reader, &query, &page), 0);
    CHECK(page.count < 40);
    CHECK(!page.is_end);
    CHECK(page.bytes < LIMIT_PAGE_BYTES + 5000);
    page_deinit(&page);
    store_reader_free(&reader);
}

TEST(a_page_has_a_limit_of_bytes)
{
    for_each_kind(large_page);
}

TEST(rows_are_the_last_that_was_put)
{
    for_each_kind(rows);
}

/* --- tests of the store on disk --- */

static void
check_same_event(struct store *store, const struct event *event)
{
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    CHECK_I64(store_read_page(reader,
                              &(struct page_query){
                                  .target = STR("#a"),
                                  .after = event->msgid - 1,
                                  .before = event->msgid + 1,
                                  .has_all = true,
                                  .batch = 7,
                                  .limit = 1,
                              },
                              &page),
              0);
    CHECK_U64(page.count, 1);
    const struct event *got = page.events[0];
    CHECK(got->kind == event->kind);
    CHECK_STR(got->command, event->command);
    CHECK_STR(got->source, event->source);
    CHECK_STR(got->account, event->account);
    CHECK_STR(got->client_tags, event->client_tags);
    CHECK_STR(got->joints, event->joints);
    CHECK_U64(got->seq, event->seq);
    CHECK_I64(got->wall_ms, msgid_wall_ms(event->msgid));
    CHECK(got->is_bot == event->is_bot);
    CHECK(got->is_operator == event->is_operator);
    CHECK(got->is_last_text == event->is_last_text);
    CHECK_U64(got->batch, 7);
    CHECK_U64(got->param_count, event->param_count);
    for (size_t i = 0; i < event->param_count; i++)
        CHECK_STR(got->params[i], event->params[i]);
    page_deinit(&page);
    store_reader_free(&reader);
}

#define PARAMS(...)                              \
    .params = (const struct str[]){__VA_ARGS__}, \
    .param_count = sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)

TEST(events_come_back_from_disk_as_they_were)
{
    const struct event_spec specs[] = {
        {.kind = EVENT_MESSAGE,
         .command = STR("PRIVMSG"),
         .is_last_text = true,
         .seq = 300,
         PARAMS(STR("#A"), STR("first: how the channel is shown"))},
        {.kind = EVENT_MESSAGE,
         .command = STR("NOTICE"),
         .is_last_text = true,
         .is_bot = true,
         .account = STR("account"),
         .seq = INT64_MAX,
         PARAMS(STR("#a"), STR("another spelling"))},
        {.kind = EVENT_MESSAGE,
         .command = STR("TAGMSG"),
         .client_tags = STR("+draft/react=x"),
         PARAMS(STR("#A"))},
        {.kind = EVENT_MESSAGE,
         .command = STR("PRIVMSG"),
         .is_last_text = true,
         .joints = STR("001"),
         .client_tags = STR("+a;+b=c"),
         .seq = 1,
         .is_operator = true,
         PARAMS(STR("#A"), STR("one"), STR(""), STR("three"))},
        {.kind = EVENT_JOIN, .command = STR("JOIN"), PARAMS(STR("#A"), STR("*"), STR("Real Name"))},
        {.kind = EVENT_MODE,
         .command = STR("MODE"),
         PARAMS(STR("#A"), STR("+ov"), STR("bob"), STR("carl"))},
        {.kind = EVENT_TOPIC,
         .command = STR("TOPIC"),
         .is_last_text = true,
         PARAMS(STR("#A"), STR(""))},
        {.kind = EVENT_KICK,
         .command = STR("KICK"),
         .is_last_text = true,
         PARAMS(STR("#A"), STR("bob"), STR("why"))},
        {.kind = EVENT_PART, .command = STR("PART"), PARAMS(STR("#A"))},
        {.kind = EVENT_QUIT, .command = STR("QUIT"), .is_last_text = true, PARAMS(STR("bye"))},
        {.kind = EVENT_NICK, .command = STR("NICK"), PARAMS(STR("alicia"))},
    };
    make_folder();
    struct store *store = open_sqlite();
    for (size_t i = 0; unit_row(i, ARRAY_LEN(specs)); i++) {
        struct event_spec spec = specs[i];
        spec.msgid = msgid_next(0, MSGID_EPOCH_MS + 1000000 + (int64_t)i, 0);
        spec.source = i % 2 == 0 ? STR("alice!~a@host") : STR("server");
        struct event *event = event_new(&spec);
        begin(store);
        apply(store, record_of_event(event, STR("#a")));
        commit(store);
        check_same_event(store, event);
        event_unref(&event);
    }
    store_free(&store);
    remove_folder();
}

/* What is said in a channel is the most of what is kept, so each byte counts. */
TEST(a_message_with_a_number_takes_few_bytes_and_comes_back)
{
    static const struct {
        uint64_t seq;
        size_t bytes; /* before the text */
    } rows_of_seqs[] = {
        {1, 1},
        {2, 1},
        {3, 1},
        {4, 1},
        {31, 1},
        {32, 2},
        {4095, 2},
        {4096, 3},
        {524287, 3},
        {524288, 4},
        {(UINT64_C(1) << 62) - 1, 10},
        {UINT64_C(1) << 62, 11},
        {INT64_MAX, 11},
    };

    make_folder();
    struct store *store = open_sqlite();
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows_of_seqs)); i++) {
        begin(store);
        say_numbered(store, 10 + i, "#a", rows_of_seqs[i].seq);
        commit(store);
        const struct str params[] = {STR("#a"), STR("text")};
        struct event *event = event_new(&(struct event_spec){
            .kind = EVENT_MESSAGE,
            .command = STR("PRIVMSG"),
            .msgid = 10 + i,
            .seq = rows_of_seqs[i].seq,
            .source = STR("alice!~alice@host"),
            .is_last_text = true,
            .params = params,
            .param_count = ARRAY_LEN(params),
        });
        check_same_event(store, event);
        event_unref(&event);
    }
    store_free(&store);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows_of_seqs)); i++) {
        char sql[160];
        (void)snprintf(sql, sizeof sql,
                       "CREATE TABLE none%zu(x CHECK(x = 0)); INSERT INTO none%zu"
                       " SELECT length(body) - 4 - %zu FROM messages WHERE id = %zu",
                       i, i, rows_of_seqs[i].bytes, 10 + i);
        run_sql(sql);
    }
    remove_folder();
}

/* Messages with wrong places, or kept though they are nowhere. */
#define NONE_IS_ASTRAY                                                                            \
    "CREATE TABLE none(x CHECK(x = 0));"                                                          \
    "INSERT INTO none SELECT count(*) FROM messages m JOIN sources s ON s.id = m.source"          \
    " WHERE NOT EXISTS(SELECT 1 FROM places p WHERE p.id = m.id AND p.target = " SCHEMA_PLACE_SQL \
    ");"                                                                                          \
    "INSERT INTO none SELECT count(*) FROM shared WHERE id NOT IN (SELECT id FROM messages);"

TEST(a_message_says_where_it_is_shortly_where_its_sender_has_begun)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    join(store, 10, "#a");
    say(store, 11, "#a", "text");
    say(store, 12, "#b", "text");
    say(store, 13, "alice bob", "text");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 14, STR_NONE, STR("bye")), "#a,#b");
    commit(store);
    store_free(&store);
    run_sql(NONE_IS_ASTRAY "INSERT INTO none SELECT count(*) - 3 FROM messages WHERE place < 2;"
                           "INSERT INTO none SELECT count(*) - 1 FROM shared WHERE refs = 2");
    remove_folder();
}

/* Version 4, in which the places of a message stood in its row. */
TEST(what_an_older_confab_has_kept_is_there_and_goes_as_it_did)
{
    make_folder();
    for (size_t step = 1; step <= 4; step++)
        run_sql(schema_step(step));
    run_sql("PRAGMA application_id = 0x636f6e66; PRAGMA user_version = 4;"
            "INSERT INTO targets(id, name, shown, seq) VALUES(1, X'2361', X'2361', 5),"
            "  (2, X'2362', X'2362', 0);"
            "INSERT INTO sources VALUES(1, CAST('alice!~alice@host' AS BLOB),"
            "  CAST('alice' AS BLOB)), (2, CAST('bob!~bob@host' AS BLOB), X'');"
            "INSERT INTO messages VALUES(10, 1, 1, X'80100574657874', 2),"
            "  (11, 2, 2, X'05627965', 3);"
            "INSERT INTO places VALUES(2, 10), (3, 11), (5, 11)");
    struct store *store = open_sqlite();
    const struct str params[] = {STR("#a"), STR("text")};
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .msgid = 10,
        .seq = 5,
        .source = STR("alice!~alice@host"),
        .account = STR("alice"),
        .is_last_text = true,
        .params = params,
        .param_count = ARRAY_LEN(params),
    });
    check_same_event(store, event);
    event_unref(&event);
    check_seqs(store, "#a 5 ");
    begin(store);
    say(store, 20, "#b", "text");
    say(store, 21, "#a", "text");
    commit(store);
    store_free(&store);
    run_sql(NONE_IS_ASTRAY "INSERT INTO none SELECT place FROM messages WHERE id = 20;"
                           "INSERT INTO none SELECT place - 2 FROM messages WHERE id <> 20"
                           "  AND id <> 11;"
                           "DROP TABLE none");
    store = open_sqlite();
    begin(store);
    apply(store, record_of_forgetting(STR("#a")));
    commit(store);
    (void)tidy(store);
    check_all(store, "#b", "11 20 end");
    begin(store);
    apply(store, record_of_forgetting(STR("#b")));
    commit(store);
    (void)tidy(store);
    store_free(&store);
    run_sql(NONE_IS_ASTRAY "INSERT INTO none SELECT count(*) FROM messages");
    remove_folder();
}

TEST(what_an_account_has_had_erased_is_gone_at_once_and_from_the_index)
{
    for_each_kind(erased);
}

TEST(what_is_erased_begins_where_it_is_said)
{
    for_each_kind(erased_since);
}

/* Sources go with the last that they have said. */
TEST(what_is_older_than_an_erasure_keeps_its_source)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    say_as(store, "alice", 10, "#a", "PRIVMSG");
    say_as(store, "alice", 30, "#a", "PRIVMSG");
    apply(store, record_of_erasure(STR("alice"), 20));
    commit(store);
    store_free(&store);
    store = open_sqlite();
    (void)tidy(store);
    begin(store);
    say_as(store, "alice", 40, "#a", "PRIVMSG");
    apply(store, record_of_erasure(STR("alice"), 35));
    commit(store);
    (void)tidy(store);
    store_free(&store);
    run_sql("CREATE TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) - 1 FROM sources;"
            "INSERT INTO none SELECT count(*) FROM erasures");
    store = open_sqlite();
    check_all(store, "#a", "10 end");
    begin(store);
    apply(store, record_of_erasure(STR("alice"), 0));
    commit(store);
    (void)tidy(store);
    store_free(&store);
    run_sql("DELETE FROM none;"
            "INSERT INTO none SELECT count(*) FROM sources;"
            "INSERT INTO none SELECT count(*) FROM messages");
    remove_folder();
}

TEST(of_each_target_only_the_last_are_kept)
{
    for_each_kind(limited);
}

/* What was not cleared away before the end is cleared away afterwards. */
TEST(erasing_goes_on_after_a_restart)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    say_as(store, "alice", 10, "#a", "PRIVMSG");
    say_as(store, "alice", 11, "alice bob", "PRIVMSG");
    say_as(store, "alice", 12, "alice carl", "PRIVMSG");
    say_as(store, "carl", 13, "alice carl", "PRIVMSG");
    apply(store, record_of_erasure(STR("alice"), 0));
    commit(store);
    store_free(&store);
    store = open_sqlite();
    check_all(store, "#a", "end");
    (void)tidy(store);
    begin(store);
    say_as(store, "alice", 20, "alice bob", "PRIVMSG"); /* its name is there no more: it is new */
    apply(store, record_of_erasure(STR("alice"), 0));
    say_as(store, "bob", 21, "alice bob", "PRIVMSG");
    commit(store);
    (void)tidy(store);
    check_all(store, "alice bob", "21 end");
    check_all(store, "alice carl", "13 end");
    store_free(&store);
    run_sql("CREATE TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) - 2 FROM messages;"
            "INSERT INTO none SELECT count(*) - 2 FROM places;"
            "INSERT INTO none SELECT count(*) - 2 FROM sources WHERE account <> 'alice';"
            "INSERT INTO none SELECT count(*) - 2 FROM targets WHERE instr(name, X'20') > 0;"
            "INSERT INTO none SELECT count(*) - 4 FROM peers;"
            "INSERT INTO none SELECT count(*) FROM erasures");
    remove_folder();
}

/* With the last message of a conversation that it is too old for goes that there was one. */
TEST(a_conversation_of_which_nothing_is_left_leaves_no_name)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    say_as(store, "alice", 10, "alice bob", "PRIVMSG");
    say_as(store, "alice", 11, "#a", "PRIVMSG");
    commit(store);
    (void)tidy_older(store, 20);
    begin(store);
    say_as(store, "alice", 30, "alice bob", "PRIVMSG");
    commit(store);
    check_all(store, "alice bob", "30 end");
    (void)tidy_older(store, 40);
    store_free(&store);
    run_sql("CREATE TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) FROM targets WHERE name IS NOT X'2361';"
            "INSERT INTO none SELECT count(*) FROM peers");
    remove_folder();
}

/* Whether the words of that index, on disk, begin with a text. */
static bool
file_has(const char *text)
{
    static char bytes[8 * 1024 * 1024];
    static const char *const names[] = {"", "-wal"};
    bool has = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[256];
        (void)snprintf(name, sizeof name, "%s%s", store_path(), names[i]);
        int fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd == -1)
            continue;
        ssize_t size = read(fd, bytes, sizeof bytes);
        CHECK(size >= 0);
        CHECK((size_t)size < sizeof bytes);
        has = has || memmem(bytes, (size_t)size, text, strlen(text)) != NULL;
        CHECK(close(fd) == 0);
    }
    return has;
}

/* As many words as it takes for an index of more pages than are merged in a step. */
static void
say_many_words(struct store *store, uint64_t first, uint64_t count)
{
    begin(store);
    for (uint64_t id = first; id < first + count; id++) {
        struct buf text;
        buf_init(&text, 256);
        for (uint64_t i = 0; i < 16; i++)
            buf_printf(&text, "w%" PRIx64 " ", (id * 16 + i) * 2654435761 % 1000003);
        say(store, id, "#a", buf_nul_terminated(&text));
        buf_deinit(&text);
    }
    commit(store);
    while (store_index(store) == 1)
        continue;
}

/* In transactions of their own, as they come. */
static void
redact_three(struct store *store, uint64_t first)
{
    for (uint64_t i = 0; i < 3; i++) {
        begin(store);
        apply(store, record_of_redaction(STR("#a"), first + i));
        commit(store);
    }
}

/* While the index is merged, it changes, in parts that are too few to be merged by themselves. */
TEST(what_was_erased_leaves_the_index_though_that_changes_meanwhile)
{
    for (size_t change = 0; unit_row(change, 8); change++) {
        make_folder();
        struct store *store = open_sqlite();
        begin(store);
        say_as(store, "quixotina", 10, "#a", "PRIVMSG");
        commit(store);
        say_many_words(store, 1000, 1000);
        CHECK(file_has("quixotina"));
        begin(store);
        apply(store, record_of_erasure(STR("quixotina"), 0));
        commit(store);
        int more = 1;
        for (size_t step = 0; more > 0; step++) {
            if (step == change)
                redact_three(store, 1000);
            begin(store);
            more = store_tidy(store, &(struct store_limits){.rows = 50});
            CHECK(more >= 0);
            commit(store);
        }
        store_free(&store);
        CHECK(!file_has("quixotina"));
        remove_folder();
    }
}

/* A step takes away no more than it is told to, of each kind. */
TEST(a_step_takes_away_as_many_rows_as_it_may)
{
    static const struct {
        const char *nick;
        bool is_forgotten;
        uint64_t oldest;
    } rows[] = {
        {.nick = "alice", .is_forgotten = true},
        {.nick = "alice"}, /* is erased */
        {.nick = "bob", .oldest = 10000},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        make_folder();
        struct store *store = open_sqlite();
        begin(store);
        for (uint64_t id = 1; id <= 100; id++)
            say_as(store, rows[i].nick, id, "#a", "PRIVMSG");
        apply(store, rows[i].is_forgotten ? record_of_forgetting(STR("#a"))
                                          : record_of_erasure(STR("alice"), 0));
        commit(store);
        size_t few = tidy_to(store, &(struct store_limits){.oldest = rows[i].oldest, .rows = 5});
        CHECK(few > 20);
        check_all(store, "#a", "end");
        begin(store);
        for (uint64_t id = 1001; id <= 1100; id++)
            say_as(store, rows[i].nick, id, "#a", "PRIVMSG");
        apply(store, rows[i].is_forgotten ? record_of_forgetting(STR("#a"))
                                          : record_of_erasure(STR("alice"), 0));
        commit(store);
        CHECK(tidy_to(store, &(struct store_limits){.oldest = rows[i].oldest}) < 12);
        check_all(store, "#a", "end");
        store_free(&store);
        remove_folder();
    }
}

static off_t
log_size(void)
{
    char name[256];
    struct stat status;
    (void)snprintf(name, sizeof name, "%s-wal", store_path());
    CHECK(stat(name, &status) == 0);
    return status.st_size;
}

/* Each of them takes some pages. */
static void
commit_often(struct store *store, uint64_t *id, int count)
{
    for (int i = 0; i < count; i++) {
        begin(store);
        say(store, ++*id, "#a", "text");
        commit(store);
    }
}

TEST(the_log_is_copied_while_nothing_comes_or_when_it_is_very_long)
{
    uint64_t id = 0;
    make_folder();
    struct store *store = open_sqlite();
    commit_often(store, &id, 10);
    CHECK(!store_copy_log(store)); /* it is not worth it */
    commit_often(store, &id, 500);
    CHECK(store_copy_log(store));
    CHECK(!store_copy_log(store));
    off_t size = log_size();
    commit_often(store, &id, 100); /* from its beginning */
    CHECK_I64(log_size(), size);
    commit_often(store, &id, 6000);
    CHECK(log_size() > size);
    CHECK(log_size() < (off_t)4100 * 4200);
    store_free(&store);
    remove_folder();
}

/* What is being read has to stay in it. */
TEST(a_log_that_cannot_be_copied_is_left_until_it_is_longer)
{
    uint64_t id = 0;
    make_folder();
    struct store *store = open_sqlite();
    commit_often(store, &id, 10);
    sqlite3 *reader;
    CHECK(sqlite3_open(store_path(), &reader) == SQLITE_OK);
    CHECK(sqlite3_exec(reader, "BEGIN; SELECT * FROM meta", NULL, NULL, NULL) == SQLITE_OK);
    commit_often(store, &id, 500);
    CHECK(store_copy_log(store));
    commit_often(store, &id, 10);
    CHECK(!store_copy_log(store));
    CHECK(sqlite3_close(reader) == SQLITE_OK);
    commit_often(store, &id, 500);
    CHECK(store_copy_log(store));
    commit_often(store, &id, 10);
    CHECK(!store_copy_log(store));
    store_free(&store);
    remove_folder();
}

/* With a limit, a database does not grow for ever: 20,000 messages take more than 1,000 pages. */
TEST(room_of_what_is_gone_is_used_again)
{
    char text[201];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    make_folder();
    struct store *store = open_sqlite();
    uint64_t id = 0;
    for (int round = 0; round < 40; round++) {
        begin(store);
        for (int i = 0; i < 500; i++)
            say(store, ++id, "#a", text);
        commit(store);
        while (store_index(store) == 1)
            continue;
        (void)tidy_to(store, &(struct store_limits){.count = 100});
    }
    store_free(&store);
    run_sql("CREATE TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) - 100 FROM messages;"
            "INSERT INTO none SELECT page_count > 150 FROM pragma_page_count");
    remove_folder();
}

TEST(what_was_committed_is_there_when_it_is_opened_again)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    say(store, 10, "#a", "text");
    say(store, 20, "#b", "text");
    apply(store, record_of_row(1, STR("key"), STR("value")));
    apply(store, record_of_forgetting(STR("#b")));
    commit(store);
    CHECK_U64(tidy(store), 3); /* its places, its name, nothing */
    store_free(&store);
    store = open_sqlite();
    CHECK_U64(store_last_msgid(store), 20); /* also though the message is gone */
    check_all(store, "#a", "10 end");
    check_rows(store, "1 key=value;");
    store_free(&store);
    remove_folder();
}

TEST(a_second_server_is_kept_away)
{
    make_folder();
    struct store *store = open_sqlite();
    struct cf_err err;
    CHECK(store_sqlite_open(store_path(), NULL, &err) == NULL);
    CHECK(str_find(str_from_nul(err.text), STR("in use by another confab")) <
          str_from_nul(err.text).len);
    store_free(&store);
    store = open_sqlite();
    store_free(&store);
    remove_folder();
}

TEST(what_is_not_ours_or_newer_is_refused_and_left_alone)
{
    static const struct {
        const char *sql;
        const char *reason;
    } rows_of_sql[] = {
        {"CREATE TABLE mine(x)", "is no database of confab"},
        {"PRAGMA application_id = 0x636f6e66; PRAGMA user_version = 1000; CREATE TABLE a(x)",
         "was written by a newer confab: it has version 1000"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows_of_sql)); i++) {
        make_folder();
        run_sql(rows_of_sql[i].sql);
        struct cf_err err;
        CHECK(store_sqlite_open(store_path(), NULL, &err) == NULL);
        struct str text = str_from_nul(err.text);
        CHECK(str_find(text, str_from_nul(rows_of_sql[i].reason)) < text.len);
        CHECK_I64(err.code, -EUCLEAN);
        remove_folder();
    }
}

TEST(a_file_that_is_no_database_is_refused)
{
    make_folder();
    int fd = open(store_path(), O_WRONLY | O_CREAT, 0600);
    static const char text[] =
        "This is not a database, but long enough to be looked at as one.....";
    for (int i = 0; i < 100; i++)
        CHECK(write(fd, text, sizeof text) == sizeof text);
    CHECK(close(fd) == 0);
    struct cf_err err;
    CHECK(store_sqlite_open(store_path(), NULL, &err) == NULL);
    CHECK_I64(err.code, -EUCLEAN);
    remove_folder();
}

TEST(a_folder_that_is_not_there_is_told)
{
    struct cf_err err;
    CHECK(store_sqlite_open("/nonexistent/confab.db", NULL, &err) == NULL);
    CHECK_I64(err.code, -ENOENT);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_what_lies_between_their_bounds),
        cmocka_unit_test(what_is_rolled_back_leaves_no_trace),
        cmocka_unit_test(an_event_is_kept_under_each_of_its_targets),
        cmocka_unit_test(what_is_too_old_is_cleared_away_and_nothing_else),
        cmocka_unit_test(what_is_redacted_is_gone_from_where_it_was),
        cmocka_unit_test(what_is_forgotten_is_not_found_and_its_name_is_free),
        cmocka_unit_test(what_is_renamed_is_found_by_its_new_name_only),
        cmocka_unit_test(the_last_number_of_a_channel_is_kept_with_its_message),
        cmocka_unit_test(the_last_numbers_of_many_channels_are_kept),
        cmocka_unit_test(a_row_that_comes_with_a_message_is_kept_with_it),
        cmocka_unit_test(targets_are_those_with_their_last_message_in_the_range),
        cmocka_unit_test(a_page_has_a_limit_of_bytes),
        cmocka_unit_test(rows_are_the_last_that_was_put),
        cmocka_unit_test(events_come_back_from_disk_as_they_were),
        cmocka_unit_test(a_message_with_a_number_takes_few_bytes_and_comes_back),
        cmocka_unit_test(a_message_says_where_it_is_shortly_where_its_sender_has_begun),
        cmocka_unit_test(what_an_older_confab_has_kept_is_there_and_goes_as_it_did),
        cmocka_unit_test(what_an_account_has_had_erased_is_gone_at_once_and_from_the_index),
        cmocka_unit_test(what_is_erased_begins_where_it_is_said),
        cmocka_unit_test(what_is_older_than_an_erasure_keeps_its_source),
        cmocka_unit_test(of_each_target_only_the_last_are_kept),
        cmocka_unit_test(what_was_erased_leaves_the_index_though_that_changes_meanwhile),
        cmocka_unit_test(a_step_takes_away_as_many_rows_as_it_may),
        cmocka_unit_test(the_log_is_copied_while_nothing_comes_or_when_it_is_very_long),
        cmocka_unit_test(a_log_that_cannot_be_copied_is_left_until_it_is_longer),
        cmocka_unit_test(erasing_goes_on_after_a_restart),
        cmocka_unit_test(a_conversation_of_which_nothing_is_left_leaves_no_name),
        cmocka_unit_test(room_of_what_is_gone_is_used_again),
        cmocka_unit_test(what_was_committed_is_there_when_it_is_opened_again),
        cmocka_unit_test(a_second_server_is_kept_away),
        cmocka_unit_test(what_is_not_ours_or_newer_is_refused_and_left_alone),
        cmocka_unit_test(a_file_that_is_no_database_is_refused),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
