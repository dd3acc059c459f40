/* Tests of store/import.h, store/export.h and store/ergo.h. */
#include "store/import.h"

#include "base/buf.h"
#include "store/ergo.h"
#include "store/export.h"
#include "store/line.h"
#include "store/store_sqlite.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1800000000000)

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_store = true,
};

#define ACCOUNT(name) "{\"type\":\"account\",\"name\":\"" name "\"}\n"
#define X10           "xxxxxxxxxx"
#define X50           X10 X10 X10 X10 X10
#define X32           X10 X10 X10 "xx"
#define X256          X50 X50 X50 X50 X50 "xxxxxx"
#define SAID(id, where, text)                                                                 \
    "{\"type\":\"message\",\"msgid\":\"" id "\",\"in\":[\"" where "\"],\"source\":\"a!a@a\"," \
    "\"command\":\"PRIVMSG\",\"target\":\"" where "\",\"text\":\"" text "\"}\n"

/* Takes all lines; the result of the first that fails, or of the end. */
static int
import(const char *text, struct import_counts *counts, struct cf_err *err)
{
    struct import *import = import_begin(store_path(), &config, NOW_MS, err);
    if (import == NULL)
        return err->code;
    struct str rest = str_from_nul(text);
    while (rest.len > 0) {
        if (import_line(import, str_cut(&rest, '\n'), err) != 0) {
            import_abandon(&import);
            return err->code;
        }
    }
    return import_finish(&import, counts, err);
}

static int
put_text(void *context, struct str text)
{
    buf_put(context, text);
    return 0;
}

/* What an export gives, without its first line. */
static void
export_all(struct buf *out, struct str account, struct str channel)
{
    const struct export_request request = {
        .path = store_path(),
        .account = account,
        .channel = channel,
        .has_secrets = true,
        .wall_ms = NOW_MS,
    };
    struct export_counts counts;
    struct cf_err err;
    buf_clear(out);
    CHECK(export_run(&request, &(struct export_sink){put_text, out}, &counts, &err) == 0);
    buf_consume(out, str_find_byte(buf_str(out), '\n') + 1);
}

TEST(what_is_taken_is_there_and_taking_it_again_changes_nothing)
{
    static const char text[] =
        ACCOUNT("alice") SAID("0000000000010", "#a", "one") SAID("0000000000020", "#a", "two");
    struct import_counts counts;
    struct cf_err err;
    struct buf first;
    struct buf second;
    buf_init(&first, LINE_BYTES_MAX);
    buf_init(&second, LINE_BYTES_MAX);
    make_folder();
    CHECK(import(text, &counts, &err) == 0);
    CHECK_U64(counts.events, 2);
    CHECK_U64(counts.accounts, 1);
    CHECK_U64(counts.were_there, 0);
    export_all(&first, STR(""), STR(""));
    CHECK(import(text, &counts, &err) == 0);
    CHECK_U64(counts.events + counts.accounts, 0);
    CHECK_U64(counts.were_there, 3);
    export_all(&second, STR(""), STR(""));
    CHECK_STR(buf_str(&second), buf_str(&first));
    buf_deinit(&first);
    buf_deinit(&second);
    remove_folder();
}

TEST(one_wrong_line_and_nothing_is_taken)
{
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    CHECK(import("", &counts, &err) == 0);
    CHECK(import(ACCOUNT("alice") SAID("0000000000010", "#a",
                                       "one") "{\"type\":\"device\","
                                              "\"account\":\"nobody\",\"name\":\"x\",\"seen\":1}\n",
                 &counts, &err) == -EINVAL);
    CHECK(strstr(err.text, "the account \"nobody\" that it is about is not there") != NULL);
    export_all(&text, STR(""), STR(""));
    CHECK_STR(buf_str(&text), STR(""));
    CHECK(import("{\"type\":\"message\",\"time\":\"2100-01-01T00:00:00.000Z\",\"in\":[\"#a\"],"
                 "\"source\":\"a\",\"command\":\"PRIVMSG\",\"target\":\"#a\"}",
                 &counts, &err) == -EINVAL);
    CHECK(strstr(err.text, "from the future") != NULL);
    buf_deinit(&text);
    remove_folder();
}

static void
check_nothing_is_there(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char path[512];
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        (void)snprintf(path, sizeof path, "%s%s", store_path(), suffixes[i]);
        CHECK(access(path, F_OK) == -1);
    }
}

TEST(what_was_made_for_nothing_is_deleted)
{
    struct import_counts counts;
    struct cf_err err;
    make_folder();
    CHECK(import(ACCOUNT("alice") "{}\n", &counts, &err) == -EINVAL);
    check_nothing_is_there();
    CHECK(mkdir(store_path(), 0700) == 0);
    CHECK(import(ACCOUNT("alice"), &counts, &err) != 0);
    CHECK(rmdir(store_path()) == 0);
    check_nothing_is_there();
    CHECK(import(ACCOUNT("alice"), &counts, &err) == 0);
    CHECK(import("{}\n", &counts, &err) == -EINVAL);
    CHECK(access(store_path(), F_OK) == 0);
    remove_folder();
}

/* Lines that a server could not have written, behind good ones that they may be about: what of them
 * came out in lines of IRC or in letters would be something else than it is taken for. */
static const struct {
    const char *line;
    const char *why;
} refused[] = {
    {"'account','name':'b','email':'x@y.org\\r\\nBcc: z@z.org'", "\"email\" is no address"},
    {"'account','name':'b','new-email':'x y@y.org'", "\"new-email\" is no address"},
    {"'account','name':'b','email':'" X256 "@y.org'", "\"email\" is too long: \"b\""},
    {"'account','name':'b','suspend-reason':'a\\nb'", "\"suspend-reason\" has a line end"},
    {"'account','name':'b','suspend-reason':'" X256 X256 "'", "\"suspend-reason\" is too long"},
    {"'account','name':'a b'", "\"name\" is no name that an account can have: \"a b\""},
    {"'account','name':'x,#secret'", "\"name\" is no name that an account can have"},
    {"'account','name':'#chan'", "\"name\" is no name that an account can have"},
    {"'account','name':'1st'", "\"name\" is no name that an account can have"},
    {"'account','name':'x\\u0000y'", "\"name\" is no name that an account can have"},
    {"'account','name':'nickSERV'", "\"name\" is the name of a service"},
    {"'account','name':'" X50 X50 "'", "\"name\" is no name that an account can have"},
    {"'account','name':'b','called':'c d','later-names':[{'name':'c d'}]", "\"called\" is no name"},
    {"'account','name':'b','later-names':[{'name':'c,#d'}]", "\"name\" in \"later-names\""},
    {"'channel','name':'#b','topic':'one\\r\\n:x QUIT'", "\"topic\" has a line end"},
    {"'channel','name':'#b','topic':'" X256 X256 "'", "\"topic\" is too long: \"#b\""},
    {"'channel','name':'#b','topic-by':'a\\nb'", "\"topic-by\" has a line end"},
    {"'channel','name':'#b','key':'a b'", "\"key\" can't be the key of a channel"},
    {"'channel','name':'#b','key':'" X50 "'", "\"key\" is too long"},
    {"'channel','name':'#b','forward':'#x\\r\\ny'", "\"forward\" is no name that a channel"},
    {"'channel','name':'#b','founder':'a\\r\\nb'", "\"founder\" is no name that an account"},
    {"'channel','name':'#b','heir':'a,b'", "\"heir\" is no name that an account"},
    {"'channel','name':'#b','access':[{'account':'a b','ranks':4}]", "\"account\" in \"access\""},
    {"'channel','name':'#b','former-names':[{'name':'c','until':1}]",
     "\"name\" in \"former-names\""},
    {"'channel','name':'#b','former-names':[{'name':'#c'},{'name':'#d'},{'name':'#e'},"
     "{'name':'#f'}]",
     "\"former-names\" has too many entries"},
    {"'channel','name':'#b','bans':[{'mask':''}]", "\"mask\" in \"bans\" is missing"},
    {"'channel','name':'#b','bans':[{'mask':'a\\nb'}]", "\"mask\" in \"bans\" has a line end"},
    {"'channel','name':'#b','bans':[{'mask':'a','by':'a\\nb'}]", "\"by\" in \"bans\" has a"},
    {"'channel','name':'#b','invite-exceptions':[{'mask':'" X256 "'}]", "is too long"},
    {"'channel','name':'#b,#a'", "\"name\" is no name that a channel can have"},
    {"'metadata','of':'alice','entries':[{'key':'k','value':'a\\r\\nb'}]", "\"value\" in"},
    {"'read-marker','account':'alice','target':'#a\\nb','time':1", "\"target\" is no name"},
    {"'closed-channel','name':'#c','reason':'a\\nb','set':1", "\"reason\" has a line end"},
    {"'server-ban','number':1,'target':'*!*@b','reason':'a\\nb','set':1", "\"reason\" has a"},
    {"'server-ban','number':1,'target':'*!*@b','by':'a\\nb','set':1", "\"by\" has a line end"},
    {"'settings','account':'alice','settings':[{'name':'a\\nb','value':'on'}]", "\"name\" in"},
    {"'credentials','account':'alice','app-passwords':[{'name':'a\\nb'}]", "\"name\" in"},
    {"'membership','account':'alice','nick':'alice','username':'u','host':'h',"
     "'realname':'a\\nb'",
     "\"realname\" has a line end"},
    {"'membership','account':'alice','nick':'alice','username':'u','host':'h','away':'a\\nb'",
     "\"away\" has a line end"},
    {"'membership','account':'alice','nick':'alice','username':'u','host':'h',"
     "'silenced':[{'mask':'a\\nb'}]",
     "\"mask\" in \"silenced\" has a line end"},
    {"'invite-link','number':1,'channel':'#free','hash':'" X32 "'", "it makes no sense"},
    {"'invite-link','number':1,'channel':'#a','hash':'" X32 "','by':'a\\nb'", "\"by\" is no name"},
};

TEST(a_row_that_no_server_could_have_written_is_refused)
{
    static const char before[] =
        ACCOUNT("alice") "{\"type\":\"channel\",\"name\":\"#a\",\"founder\":\"alice\"}\n"
                         "{\"type\":\"channel\",\"name\":\"#free\"}\n";

    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    CHECK(import(before, &counts, &err) == 0);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(refused)); i++) {
        buf_clear(&text);
        buf_put(&text, STR("{'type':"));
        buf_put(&text, str_from_nul(refused[i].line));
        buf_put(&text, STR("}\n"));
        for (size_t k = 0; k < text.len; k++)
            text.ptr[k] = text.ptr[k] == '\'' ? '"' : text.ptr[k];
        CHECK(import(buf_nul_terminated(&text), &counts, &err) == -EINVAL);
        CHECK(strstr(err.text, refused[i].why) != NULL);
    }
    buf_deinit(&text);
    remove_folder();
}

TEST(a_list_may_be_as_long_as_the_configuration_allows)
{
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    for (int over = 1; over >= 0; over--) {
        buf_clear(&text);
        buf_put(&text, STR("{\"type\":\"channel\",\"name\":\"#b\",\"bans\":["));
        for (int i = 0; i < LIMIT_LIST_ENTRIES + over; i++)
            buf_printf(&text, "%s{\"mask\":\"*!*@%d\"}", i == 0 ? "" : ",", i);
        buf_put(&text, STR("]}\n"));
        CHECK_I64(import(buf_nul_terminated(&text), &counts, &err), over == 1 ? -EINVAL : 0);
        CHECK(over == 0 || strstr(err.text, "\"bans\" has too many entries: \"#b\"") != NULL);
    }
    CHECK_U64(counts.channels, 1);
    buf_deinit(&text);
    remove_folder();
}

static void
put_link(struct buf *text, unsigned number)
{
    buf_printf(text,
               "{\"type\":\"invite-link\",\"number\":%u,\"channel\":\"#c%u\",\"hash\":\"" X32
               "\",\"uses-left\":1,\"by\":\"alice\"}\n",
               number, (number - 1) / LIMIT_CHANNEL_LINKS);
}

TEST(there_are_as_many_invite_links_as_there_may_be)
{
    const unsigned channels = LIMIT_INVITE_LINKS / LIMIT_CHANNEL_LINKS;
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, 4 * 1024 * 1024);
    make_folder();
    buf_printf(&text, "%s", ACCOUNT("alice"));
    for (unsigned i = 0; i <= channels; i++)
        buf_printf(&text, "{\"type\":\"channel\",\"name\":\"#c%u\",\"founder\":\"alice\"}\n", i);
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == 0);
    buf_clear(&text);
    for (unsigned number = 1; number <= LIMIT_CHANNEL_LINKS; number++)
        put_link(&text, number);
    uint32_t end = text.len;
    buf_printf(&text, "{\"type\":\"invite-link\",\"number\":99,\"channel\":\"#c0\",\"hash\":\"" X32
                      "\"}\n");
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == -EINVAL);
    CHECK(strstr(err.text, "there are 20 of these already, as many as there may be: "
                           "\"000000000099\"") != NULL);
    text.len = end;
    for (unsigned number = LIMIT_CHANNEL_LINKS + 1; number <= LIMIT_INVITE_LINKS; number++)
        put_link(&text, number);
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == 0);
    CHECK_U64(counts.other_rows, LIMIT_INVITE_LINKS);
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == 0); /* those that are there count */
    buf_clear(&text);
    put_link(&text, LIMIT_INVITE_LINKS + 1);
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == -EINVAL);
    CHECK(strstr(err.text, "there are 10000 of these already") != NULL);
    buf_deinit(&text);
    remove_folder();
}

TEST(there_are_as_many_bans_as_there_may_be)
{
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, 1024 * 1024);
    make_folder();
    for (int i = 1; i <= LIMIT_SERVER_BANS; i++)
        buf_printf(&text,
                   "{\"type\":\"server-ban\",\"number\":%d,\"target\":\"n%d!*@*\",\"set\":1}\n", i,
                   i);
    CHECK(import(buf_nul_terminated(&text), &counts, &err) == 0);
    CHECK(import("{\"type\":\"server-ban\",\"number\":2001,\"target\":\"n!*@*\",\"set\":1}\n",
                 &counts, &err) == -EINVAL);
    CHECK(strstr(err.text, "there are 2000 of these already") != NULL);
    buf_deinit(&text);
    remove_folder();
}

TEST(nobody_is_given_a_channel_who_is_not_there)
{
    static const struct {
        const char *line;
        const char *expected; /* NULL: it is taken */
    } rows[] = {
        {"\"founder\":\"nobody\"", "gives ranks to \"nobody\", and there is no such account"},
        {"\"founder\":\"alice\",\"access\":[{\"account\":\"alice\",\"ranks\":16},"
         "{\"account\":\"bob\",\"ranks\":4}]",
         "gives ranks to \"bob\""},
        {"\"founder\":\"alice\",\"heir\":\"carl\"", "gives ranks to \"carl\""},
        {"\"founder\":\"alice\",\"access\":[{\"account\":\"alice\",\"ranks\":16}]", NULL},
        {"\"topic\":\"t\"", NULL},
    };
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&text);
        buf_printf(&text, "%s{\"type\":\"channel\",\"name\":\"#a%zu\",%s}\n", ACCOUNT("alice"), i,
                   rows[i].line);
        int result = import(buf_nul_terminated(&text), &counts, &err);
        CHECK((result == 0) == (rows[i].expected == NULL));
        if (rows[i].expected != NULL)
            CHECK(strstr(err.text, rows[i].expected) != NULL);
    }
    CHECK(import("{\"type\":\"invite-link\",\"number\":1,\"channel\":\"#none\"}\n", &counts,
                 &err) == -EINVAL);
    CHECK(strstr(err.text, "the channel \"#none\" that it is about is not there") != NULL);
    buf_deinit(&text);
    remove_folder();
}

TEST(a_message_whose_id_is_taken_gets_the_next_one_always_the_same)
{
    struct import_counts counts;
    struct cf_err err;
    make_folder();
    CHECK(import(SAID("0000000000010", "#a", "one") SAID("0000000000011", "#a", "two"), &counts,
                 &err) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(import(SAID("0000000000010", "#b", "other"), &counts, &err) == 0);
        CHECK_U64(counts.moved, i == 0 ? 1 : 0);
        CHECK_U64(counts.were_there, i);
    }
    struct store *store = open_sqlite();
    check_all(store, "#a", "32 33 end");
    check_all(store, "#b", "34 end");
    CHECK_U64(store_last_msgid(store), 34);
    store_free(&store);
    remove_folder();
}

/* As in two exports of a channel each. */
TEST(an_event_is_added_to_the_places_that_it_lacks)
{
#define QUIT(where)                                                                        \
    "{\"type\":\"event\",\"msgid\":\"0000000000010\",\"in\":[" where "],\"source\":\"a\"," \
    "\"command\":\"QUIT\",\"params\":[\"bye\"],\"last-is-text\":true}\n"
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    CHECK(import(QUIT("\"#a\""), &counts, &err) == 0);
    CHECK(import(QUIT("\"#b\",\"#a\""), &counts, &err) == 0);
    CHECK_U64(counts.events, 1);
    CHECK(import(QUIT("\"#b\""), &counts, &err) == 0);
    CHECK_U64(counts.were_there, 1);
    export_all(&text, STR(""), STR(""));
    CHECK(strstr(buf_nul_terminated(&text), "\"in\":[\"#a\",\"#b\"]") != NULL);
    export_all(&text, STR(""), STR("#B")); /* who asks for one is told of no other */
    CHECK(strstr(buf_nul_terminated(&text), "\"in\":[\"#b\"]") != NULL);
    buf_deinit(&text);
    remove_folder();
}

/* Numbers go on where those of the channel are. */
TEST(a_number_that_is_taken_is_not_given_again)
{
#define NUMBERED(id, seq, text)                                                   \
    "{\"type\":\"message\",\"msgid\":\"" id "\",\"seq\":" seq ",\"in\":[\"#a\"]," \
    "\"source\":\"a\",\"command\":\"PRIVMSG\",\"target\":\"#a\",\"text\":\"" text "\"}\n"
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    make_folder();
    CHECK(import(NUMBERED("0000000000020", "5", "a"), &counts, &err) == 0);
    CHECK(import(NUMBERED("0000000000010", "4", "b") NUMBERED("0000000000030", "6", "c"), &counts,
                 &err) == 0);
    export_all(&text, STR(""), STR(""));
    CHECK(strstr(buf_nul_terminated(&text), "\"seq\":4") == NULL);
    CHECK(strstr(buf_nul_terminated(&text), "\"seq\":5") != NULL);
    CHECK(strstr(buf_nul_terminated(&text), "\"seq\":6") != NULL);
    buf_deinit(&text);
    remove_folder();
}

TEST(an_export_of_an_account_has_what_it_said_and_what_it_may_read)
{
#define BY_ALICE(id, where)                                                                   \
    "{\"type\":\"message\",\"msgid\":\"" id "\",\"in\":[\"" where "\"],\"source\":\"a!a@a\"," \
    "\"account\":\"Alice\",\"command\":\"PRIVMSG\",\"target\":\"x\",\"text\":\"" id "\"}\n"
    static const char others[] = SAID("0000000000010", "#a", "of a guest");
    static const char own[] =
        BY_ALICE("0000000000020", "#a") BY_ALICE("0000000000030", "alice bob");
    struct import_counts counts;
    struct cf_err err;
    struct buf text;
    struct buf all;
    buf_init(&text, LINE_BYTES_MAX);
    buf_init(&all, LINE_BYTES_MAX);
    make_folder();
    buf_printf(&all, "%s%s%s%s", ACCOUNT("Alice"), ACCOUNT("bob"), others, own);
    CHECK(import(buf_nul_terminated(&all), &counts, &err) == 0);
    export_all(&text, STR("ALICE"), STR(""));
    const char *exported = buf_nul_terminated(&text);
    CHECK(strstr(exported, "\"name\":\"Alice\"") != NULL);
    CHECK(strstr(exported, "\"text\":\"0000000000020\"") != NULL);
    CHECK(strstr(exported, "\"text\":\"0000000000030\"") != NULL);
    CHECK(strstr(exported, "of a guest") == NULL);
    CHECK(strstr(exported, "\"name\":\"bob\"") == NULL);
    buf_deinit(&all);
    buf_deinit(&text);
    remove_folder();
}

TEST(older_messages_make_the_index_of_words_anew)
{
    struct import_counts counts;
    struct cf_err err;
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    say(store, 100, "#a", "late words");
    commit(store);
    while (store_index(store) == 1)
        continue;
    store_free(&store);
    CHECK(import(SAID("0000000000010", "#a", "early words"), &counts, &err) == 0);
    store = open_sqlite();
    while (store_index(store) == 1)
        continue;
    check_page(store,
               &(struct page_query){
                   .kind = PAGE_OF_FOUND,
                   .target = STR("#a"),
                   .text = STR("words"),
                   .before = PAGE_BEFORE_MAX,
                   .limit = 10,
               },
               "32 100 end");
    store_free(&store);
    remove_folder();
}

TEST(what_a_server_uses_is_not_touched)
{
    struct cf_err err;
    make_folder();
    struct store *store = open_sqlite();
    CHECK(import_begin(store_path(), &config, NOW_MS, &err) == NULL);
    CHECK(strstr(err.text, "is in use by another confab") != NULL);
    store_free(&store);
    remove_folder();
}

/* --- Ergo --- */

static int
keep_line(void *context, struct str line, struct cf_err *err)
{
    struct line read;
    line_init(&read);
    int result = line_read(line, &read, err);
    line_deinit(&read);
    buf_put(context, line);
    buf_put_byte(context, '\n');
    return result;
}

static void
put_set(struct buf *log, const char *key, const char *value)
{
    buf_printf(log, "*3\r\n$3\r\nset\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(key), key,
               strlen(value), value);
}

TEST(an_account_of_ergo_keeps_its_password_and_what_it_has)
{
    struct buf log;
    struct buf lines;
    struct buf notes;
    struct ergo_counts counts;
    struct cf_err err;
    buf_init(&log, LINE_BYTES_MAX);
    buf_init(&lines, LINE_BYTES_MAX);
    buf_init(&notes, LINE_BYTES_MAX);
    put_set(&log, "account.exists alice", "1");
    put_set(&log, "account.name alice", "Alice");
    put_set(&log, "account.verified alice", "1");
    put_set(&log, "account.registered.time alice", "1772359200000000000");
    put_set(&log, "account.credentials alice",
            "{\"Version\":1,\"PassphraseHash\":\"x\",\"Certfps\":null,"
            "\"Salt\":\"c2l4dGVlbiBvZiB0aGVtAA==\",\"Iters\":4096,"
            "\"StoredKey\":\"YWZTXWxpC3Z69WpjUJziPUvqj3+Ag2MoKFVLFujKnn0=\","
            "\"ServerKey\":\"Kv1/XS4iSuZc67IGpyBrS4WdwZZETKAsEf14T/gsHFc=\"}");
    put_set(&log, "account.settings alice", "{\"AlwaysOn\":4,\"Email\":\"a@example.org\"}");
    put_set(&log, "account.readmarkers alice", "{\"#a\":\"2026-03-01T10:00:00.123456Z\"}");
    put_set(&log, "account.exists bob", "1"); /* not verified */
    put_set(&log, "account.exists carol", "1");
    put_set(&log, "account.verified carol", "1");
    buf_put(&log, STR("*2\r\n$3\r\ndel\r\n$20\r\naccount.exists carol\r\n"));
    put_set(&log, "1 aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "{\"Name\":\"#Go\",\"Founder\":\"alice\",\"Topic\":\"t\",\"Modes\":[110,116,69],"
            "\"RegisteredAt\":\"2026-03-01T10:00:00Z\",\"AccountToUMode\":{\"alice\":113},"
            "\"Bans\":{\"*!*@bad\":{\"TimeCreated\":\"2026-03-01T10:00:00Z\"}}}");
    buf_put(&log, STR("*3\r\n$3\r\nse")); /* cut off */
    CHECK(ergo_convert(buf_str(&log), &(struct ergo_sink){keep_line, &lines}, &counts, &notes,
                       &err) == 0);
    CHECK_STR(
        buf_str(&lines),
        STR("{\"type\":\"account\",\"name\":\"Alice\",\"email\":\"a@example.org\","
            "\"created\":\"2026-03-01T10:00:00.000Z\",\"flags\":[\"email-proved\"],"
            "\"scram-sha-256\":{\"iterations\":4096,"
            "\"salt\":\"c2l4dGVlbiBvZiB0aGVtAA==\","
            "\"stored-key\":\"YWZTXWxpC3Z69WpjUJziPUvqj3+Ag2MoKFVLFujKnn0=\","
            "\"server-key\":\"Kv1/XS4iSuZc67IGpyBrS4WdwZZETKAsEf14T/gsHFc=\"},"
            "\"certificates\":[]}\n"
            "{\"type\":\"channel\",\"name\":\"#Go\",\"founder\":\"alice\",\"topic\":\"t\","
            "\"modes\":\"nt\",\"access\":[{\"account\":\"alice\",\"ranks\":16}],"
            "\"created\":\"2026-03-01T10:00:00.000Z\",\"bans\":[{\"mask\":\"*!*@bad\","
            "\"time\":\"2026-03-01T10:00:00.000Z\"}],\"ban-exceptions\":[],"
            "\"invite-exceptions\":[]}\n"
            "{\"type\":\"settings\",\"account\":\"alice\",\"settings\":[{\"name\":\"always-on\","
            "\"value\":\"on\"}]}\n"
            "{\"type\":\"read-marker\",\"account\":\"alice\",\"target\":\"#a\","
            "\"time\":\"2026-03-01T10:00:00.000Z\"}\n"));
    CHECK_STR(buf_str(&notes), STR("account bob is left out: it was never verified\n"));
    CHECK_U64(counts.left_out, 1);
    CHECK_U64(counts.without_password, 0);
    buf_deinit(&log);
    buf_deinit(&lines);
    buf_deinit(&notes);
}

TEST(the_json_for_its_importdb_is_taken_too)
{
    struct buf lines;
    struct buf notes;
    struct ergo_counts counts;
    struct cf_err err;
    buf_init(&lines, LINE_BYTES_MAX);
    buf_init(&notes, LINE_BYTES_MAX);
    static const char text[] =
        "{\"version\":1,\"source\":\"anope\",\"users\":{\"alice\":{\"name\":\"Alice\",\"hash\":"
        "\"x\",\"registeredAt\":1772359200000000000},\"a b\":{}},\"channels\":{\"#go\":{"
        "\"founder\":\"Alice\",\"modes\":\"ntx\",\"amode\":{\"alice\":\"o\",\"zoe\":\"o\"}},"
        "\"&local\":{}}}";
    CHECK(ergo_convert(STR(text), &(struct ergo_sink){keep_line, &lines}, &counts, &notes, &err) ==
          0);
    CHECK_STR(buf_str(&lines),
              STR("{\"type\":\"account\",\"name\":\"Alice\","
                  "\"created\":\"2026-03-01T10:00:00.000Z\",\"certificates\":[]}\n"
                  "{\"type\":\"channel\",\"name\":\"#go\",\"founder\":\"alice\",\"modes\":\"nt\","
                  "\"access\":[{\"account\":\"alice\",\"ranks\":4}]}\n"));
    CHECK_U64(counts.left_out, 2);
    CHECK_U64(counts.without_password, 1);
    CHECK(ergo_convert(STR("{}"), &(struct ergo_sink){keep_line, &lines}, &counts, &notes, &err) ==
          -EINVAL);
    CHECK(ergo_convert(STR("*1\r\n"), &(struct ergo_sink){keep_line, &lines}, &counts, &notes,
                       &err) == -EINVAL);
    buf_deinit(&lines);
    buf_deinit(&notes);
}

/* Ergo may have allowed more: what no text or name here can be is not in the way of the rest. */
TEST(what_ergo_has_that_can_t_be_here_is_left_out)
{
    static const char text[] =
        "{\"version\":1,\"source\":\"x\",\"users\":{\"alice\":{\"email\":\"a\\r\\nBcc: b@c.org\"},"
        "\"NickServ\":{}},\"channels\":{\"#go\":{\"founder\":\"alice\",\"modes\":\"n\","
        "\"topic\":\"one\\ntwo\",\"topicSetBy\":\"" X256 "\",\"key\":\"a b\"}}}";
    struct import_counts counts;
    struct ergo_counts ergo_counts;
    struct cf_err err;
    struct buf lines;
    struct buf notes;
    buf_init(&lines, LINE_BYTES_MAX);
    buf_init(&notes, LINE_BYTES_MAX);
    CHECK(ergo_convert(STR(text), &(struct ergo_sink){keep_line, &lines}, &ergo_counts, &notes,
                       &err) == 0);
    CHECK_U64(ergo_counts.left_out, 3);
    CHECK(strstr(buf_nul_terminated(&notes), "the e-mail address of alice is left out") != NULL);
    CHECK(strstr(buf_nul_terminated(&notes), "account NickServ is left out") != NULL);
    CHECK(strstr(buf_nul_terminated(&notes), "the key of #go is left out") != NULL);
    CHECK(strstr(buf_nul_terminated(&lines), "\"modes\":\"ni\"") != NULL);
    CHECK(strstr(buf_nul_terminated(&lines), "\"topic\":\"one\"") != NULL);
    make_folder();
    CHECK(import(buf_nul_terminated(&lines), &counts, &err) == 0);
    CHECK_U64(counts.accounts + counts.channels, 2);
    remove_folder();
    buf_deinit(&lines);
    buf_deinit(&notes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_there_and_taking_it_again_changes_nothing),
        cmocka_unit_test(one_wrong_line_and_nothing_is_taken),
        cmocka_unit_test(what_was_made_for_nothing_is_deleted),
        cmocka_unit_test(a_row_that_no_server_could_have_written_is_refused),
        cmocka_unit_test(a_list_may_be_as_long_as_the_configuration_allows),
        cmocka_unit_test(there_are_as_many_invite_links_as_there_may_be),
        cmocka_unit_test(there_are_as_many_bans_as_there_may_be),
        cmocka_unit_test(nobody_is_given_a_channel_who_is_not_there),
        cmocka_unit_test(a_message_whose_id_is_taken_gets_the_next_one_always_the_same),
        cmocka_unit_test(an_event_is_added_to_the_places_that_it_lacks),
        cmocka_unit_test(a_number_that_is_taken_is_not_given_again),
        cmocka_unit_test(an_export_of_an_account_has_what_it_said_and_what_it_may_read),
        cmocka_unit_test(older_messages_make_the_index_of_words_anew),
        cmocka_unit_test(what_a_server_uses_is_not_touched),
        cmocka_unit_test(an_account_of_ergo_keeps_its_password_and_what_it_has),
        cmocka_unit_test(the_json_for_its_importdb_is_taken_too),
        cmocka_unit_test(what_ergo_has_that_can_t_be_here_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
