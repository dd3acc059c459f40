/* Tests of chat/options.h. */
#include "chat/options.h"

#include "base/alloc.h"
#include "unit/support/unit.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#define S STR_INIT

TEST(servers_are_named_in_many_ways)
{
    static const struct {
        struct str text;
        struct str host; /* empty host and path: refused */
        uint16_t port;
        struct str path;
    } rows[] = {
        {S("example.org"), S("example.org"), 6667, S("")},
        {S("example.org:7000"), S("example.org"), 7000, S("")},
        {S("127.0.0.1:1"), S("127.0.0.1"), 1, S("")},
        {S("[::1]"), S("::1"), 6667, S("")},
        {S("[::1]:7000"), S("::1"), 7000, S("")},
        {S("::1"), S("::1"), 6667, S("")},
        {S("fe80::1"), S("fe80::1"), 6667, S("")},
        {S("/run/confab.sock"), S(""), 6667, S("/run/confab.sock")},
        {S("confab-data/confab.sock"), S(""), 6667, S("confab-data/confab.sock")},
        {S("./a:b"), S(""), 6667, S("./a:b")},
        {S(""), S(""), 0, S("")},
        {S(":7000"), S(""), 0, S("")},
        {S("a:"), S(""), 0, S("")},
        {S("a:0"), S(""), 0, S("")},
        {S("a:65536"), S(""), 0, S("")},
        {S("a:x"), S(""), 0, S("")},
        {S("[::1"), S(""), 0, S("")},
        {S("[]:1"), S(""), 0, S("")},
        {S("[::1]7000"), S(""), 0, S("")},
        {S("a b"), S(""), 0, S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct connection_target target = {.port = 0};
        bool is_good = chat_target_parse(guard_copy(&guard, rows[i].text), &target);
        CHECK(is_good == (rows[i].host.len + rows[i].path.len > 0));
        if (is_good) {
            CHECK_STR(target.host, rows[i].host);
            CHECK_STR(target.path, rows[i].path);
            CHECK_U64(target.port, rows[i].port);
        }
        guard_free(&guard);
    }
}

TEST(a_nick_is_made_of_the_login_name)
{
    static const struct {
        struct str login;
        struct str nick;
    } rows[] = {
        {S("alice"), S("alice")},
        {S("2cool.user"), S("_2cool_user")},
        {S("-x"), S("_-x")},
        {S("a b@c"), S("a_b_c")},
        {S("\xE5\xB0\x8F"), S("\xE5\xB0\x8F")},
        {S("\xFF"), S("guest")},
        {S(""), S("guest")},
        {S("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"),
         S("abcdefghijklmnopqrstuvwxyzabcde")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf nick;
        buf_init(&nick, 64);
        chat_nick_from_login(&nick, rows[i].login);
        CHECK_STR(buf_str(&nick), rows[i].nick);
        buf_deinit(&nick);
    }
}

/* argv of one string, split at spaces. */
static int
parse(struct chat_options *options, const char *line, struct cf_err *err)
{
    static char copy[1000];
    char *argv[20] = {copy};
    int argc = 0;
    struct str rest = str_from_nul(line);
    size_t at = 0;
    while (rest.len > 0) {
        struct str word = str_cut_word(&rest);
        argv[argc++] = copy + at;
        for (size_t i = 0; i < word.len; i++)
            copy[at++] = word.ptr[i];
        copy[at++] = '\0';
    }
    optind = 0; /* getopt begins anew */
    opterr = 0;
    return chat_options_parse(options, argc, argv, err);
}

TEST(options_are_read)
{
    struct chat_options *options = cf_calloc_array(1, sizeof *options);
    struct cf_err err;
    CHECK(parse(options, "chat", &err) == 0);
    CHECK_STR(options->target.host, STR("127.0.0.1"));
    CHECK_U64(options->target.port, 6667);
    CHECK_U64(options->channel_count, 1);
    CHECK_STR(options->channels[0], STR("#lobby"));
    CHECK(options->nick.len > 0);
    CHECK(options->username.len > 0);
    CHECK(!options->is_plain);
    chat_options_deinit(options);

    CHECK(parse(options,
                "chat -n bob --channel #a host:1 -c b --plain --linger 1500ms --raw-lines -v",
                &err) == 0);
    CHECK_STR(options->target.host, STR("host"));
    CHECK_STR(buf_str(&options->nick), STR("bob"));
    CHECK_U64(options->channel_count, 2);
    CHECK_STR(options->channels[0], STR("#a"));
    CHECK_STR(options->channels[1], STR("#b"));
    CHECK(options->is_plain);
    CHECK(options->is_raw);
    CHECK(options->is_verbose);
    CHECK_I64(options->linger_ms, 1500);
    chat_options_deinit(options);
    cf_free(options);
}

TEST(an_account_is_also_the_nick_and_its_password_is_no_argument)
{
    struct chat_options *options = cf_calloc_array(1, sizeof *options);
    struct cf_err err;
    CHECK(unsetenv("CONFAB_ACCOUNT_PASSWORD") == 0);
    CHECK(parse(options, "chat --account carla@phone", &err) == 0);
    CHECK_STR(buf_str(&options->account), STR("carla@phone"));
    CHECK_STR(buf_str(&options->nick), STR("carla"));
    CHECK_STR(buf_str(&options->account_password), STR("")); /* to be asked for */
    chat_options_deinit(options);

    CHECK(setenv("CONFAB_ACCOUNT_PASSWORD", "secret", 1) == 0);
    CHECK(parse(options, "chat -a carla -n cc", &err) == 0);
    CHECK_STR(buf_str(&options->nick), STR("cc"));
    CHECK_STR(buf_str(&options->account_password), STR("secret"));
    chat_options_deinit(options);
    CHECK(parse(options, "chat", &err) == 0); /* then it is for nobody */
    CHECK_STR(buf_str(&options->account_password), STR(""));
    chat_options_deinit(options);
    CHECK(setenv("CONFAB_ACCOUNT_PASSWORD", "", 1) == 0);
    CHECK(parse(options, "chat -a carla", &err) != 0);
    chat_options_deinit(options);
    CHECK(unsetenv("CONFAB_ACCOUNT_PASSWORD") == 0);
    cf_free(options);
}

TEST(what_makes_no_sense_is_refused_with_a_reason)
{
    static const char *const lines[] = {
        "chat a b",           "chat --nick 2x",
        "chat --channel a,b", "chat --linger soon",
        "chat --nonsense",    "chat --nick",
        "chat host:0",        "chat --password-file /nowhere/x",
        "chat --channel #",   "chat --linger -1",
        "chat --account 2x",  "chat --account @phone",
    };
    struct chat_options *options = cf_calloc_array(1, sizeof *options);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(lines)); i++) {
        struct cf_err err = {.code = 0};
        CHECK(parse(options, lines[i], &err) != 0);
        CHECK(err.text[0] != '\0');
        chat_options_deinit(options);
    }
    cf_free(options);
}

TEST(the_password_is_the_first_line_of_its_file)
{
    static const struct {
        struct str content;
        struct str password; /* empty: refused */
    } rows[] = {
        {S("secret\n"), S("secret")},
        {S("secret"), S("secret")},
        {S("two words\r\nmore\n"), S("two words")},
        {S("\nsecret\n"), S("")},
        {S(""), S("")},
        {S("a\rb\n"), S("")},
    };
    struct chat_options *options = cf_calloc_array(1, sizeof *options);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        char path[] = "/tmp/confab-test-XXXXXX";
        int fd = mkstemp(path);
        CHECK(fd != -1);
        CHECK(write(fd, rows[i].content.ptr, rows[i].content.len) == (ssize_t)rows[i].content.len);
        CHECK(close(fd) == 0);
        struct buf line;
        buf_init(&line, 200);
        buf_printf(&line, "chat --password-file %s", path);
        struct cf_err err;
        CHECK((parse(options, buf_nul_terminated(&line), &err) == 0) == (rows[i].password.len > 0));
        if (rows[i].password.len > 0)
            CHECK_STR(buf_str(&options->password), rows[i].password);
        chat_options_deinit(options);
        buf_deinit(&line);
        CHECK(unlink(path) == 0);
    }
    cf_free(options);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_named_in_many_ways),
        cmocka_unit_test(a_nick_is_made_of_the_login_name),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(an_account_is_also_the_nick_and_its_password_is_no_argument),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_reason),
        cmocka_unit_test(the_password_is_the_first_line_of_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
