/* Tests of server/config.h: what a file may say, and what is said about one that is wrong. */
#include "server/config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/privilege.h"
#include "server/options.h"
#include "unit/support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define S     STR_INIT
#define HASH  "$argon2id$v=19$m=65536,t=2,p=1$A7B1RDOx7wguERos9ANcqw$6GZpuKq6YtyBOCcZEs1Ox3f"
#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

/* All problems of the report, one a line. */
static void
put_problems(struct buf *out, const struct config_report *report)
{
    buf_init(out, 65536);
    for (size_t i = 0; i < report->count; i++)
        buf_printf(out, i == 0 ? "%s" : "\n%s", report->problems[i].text);
}

static void
check_problems(struct str yaml, struct str expected)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(yaml, "c", &report);
    struct buf problems;
    put_problems(&problems, &report);
    CHECK_STR(buf_str(&problems), expected);
    CHECK((config == NULL) == (report.error_count > 0));
    config_free(&config);
    config_report_deinit(&report);
    buf_deinit(&problems);
}

/* A configuration without errors; a failed test with them. */
static struct config *
load_good(struct str yaml)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(yaml, "c", &report);
    struct buf problems;
    put_problems(&problems, &report);
    CHECK_STR(buf_str(&problems), STR(""));
    CHECK(config != NULL);
    config_report_deinit(&report);
    buf_deinit(&problems);
    return config;
}

/* --- good files --- */

TEST(without_options_there_are_defaults)
{
    static const struct str files[] = {
        S(""),
        S("\n"),
        S("# a comment"),
        S("---\n"),
        S("---\n...\n"),
        S("{}"),
        S("null"),
        S("\xEF\xBB\xBF"),
        S("server:\nlimits:\noperators:\n"),
        S("server: {}"),
        S("operators: []"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(files)); i++) {
        struct config *config = load_good(files[i]);
        CHECK_STR(config->hub.server_name, STR("confab.local"));
        CHECK_STR(config->net.server_name, STR("confab.local"));
        CHECK_STR(config->hub.network_name, STR("confab"));
        CHECK_STR(config->hub.lobby, STR("#lobby"));
        CHECK_STR(config->hub.lobby_modes, STR("nt"));
        CHECK_STR(config->hub.password_hash, STR(""));
        CHECK_STR(config->hub.motd, STR(""));
        CHECK(!config->hub.is_lobby_half_duplex);
        CHECK(!config->hub.is_creator_founder);
        CHECK(config->hub.takes_accounts);
        CHECK(config->hub.registers_before_connect);
        CHECK_U64(config->hub.account_password_min, 8);
        CHECK_U64(config->hub.accounts_max, 100000);
        CHECK_U64(config->hub.channels_per_user_max, 100);
        CHECK_U64(config->hub.list_entries_max, 100);
        CHECK_U64(config->hub.channels_max, 100000);
        CHECK_U64(config->hub.users_max, 1000001);
        CHECK_U64(config->hub.operator_count, 0);
        CHECK_I64(config->net.registration_timeout_ms, 60000);
        CHECK_I64(config->net.ping_interval_ms, 120000);
        CHECK_I64(config->net.ping_timeout_ms, 60000);
        CHECK_U64(config->net.input_burst, 30);
        CHECK_U64(config->net.input_rate, 10);
        CHECK_U64(config->net.input_queue_bytes, 32768);
        CHECK_U64(config->net.output_queue_bytes, 1048576);
        CHECK_U64(config->net.connections_max, 1000000);
        CHECK_U64(config->net.connections_per_address, 32);
        CHECK_U64(config->net.connections_per_network, 512);
        CHECK_U64(config->net.connects_per_address, 60);
        CHECK_I64(config->net.connects_window_ms, 60000);
        CHECK_U64(config->net.proxy_count, 2);
        CHECK(config->hub.has_cloaks);
        CHECK_U64(config->net.exempt_count, 2);
        CHECK_U64(config->listen_count, 4);
        CHECK(config->listen[1].is_tls);
        CHECK_U64(config->certificate_count, 0);
        CHECK_I64(config->net.handshake_timeout_ms, 10000);
        CHECK(config->workers.is_auto);
        CHECK(config->workers.count >= 1);
        CHECK_STR(config->data_dir, STR("confab-data"));
        CHECK(config->hub.durability == HUB_DURABILITY_ECHO);
        CHECK(config->log_level == LOG_INFO);
        CHECK_STR(config->log_file, STR(""));
        config_free(&config);
    }
}

TEST(every_option_reaches_its_field)
{
    struct config *config = load_good(
        STR("server: {name: chat.example.org, network: Example Net, description: here we talk,\n"
            "         password: \"" HASH "\", motd: \"one\\ntwo\"}\n"
            "admin: {location: Vienna, location_more: a house, email: a@example.org}\n"
            "data: /var/lib/confab\n"
            "workers: 7\n"
            "listen: [\"irc://[::1]:0\"]\n"
            "lobby: {channel: \"#hall\", modes: nts, half_duplex: true}\n"
            "channels: {creator_rank: founder, per_user: 1, list_entries: 2, max: 3}\n"
            "limits: {registration_timeout: 5s, ping_interval: 6m, ping_timeout: 7s,\n"
            "         input_burst: 8, input_rate: 9, input_queue: 100000, output_queue: 11MiB,\n"
            "         connections: 12, connections_per_address: 13, exempt: [10.0.0.0/8]}\n"
            "store: {durability: none}\n"
            "log: {level: error, file: confab.log}\n"
            "tls: {certificates: [{file: a.pem, key: b.pem}, {file: /c.pem}]}\n"
            "operators:\n"
            "  - {name: alice, password: \"" HASH "\"}\n"
            "  - name: bob\n"
            "    password: " HASH "\n"
            "    mask: \"bob@*.example.org\"\n"));
    CHECK_STR(config->hub.server_name, STR("chat.example.org"));
    CHECK_STR(config->hub.network_name, STR("Example Net"));
    CHECK_STR(config->hub.description, STR("here we talk"));
    CHECK_STR(config->hub.password_hash, STR(HASH));
    CHECK_STR(config->hub.motd, STR("one\ntwo"));
    CHECK_STR(config->hub.admin_location, STR("Vienna"));
    CHECK_STR(config->hub.admin_location_more, STR("a house"));
    CHECK_STR(config->hub.admin_email, STR("a@example.org"));
    CHECK_STR(config->data_dir, STR("/var/lib/confab"));
    CHECK_U64(config->certificate_count, 2);
    CHECK_STR(config->certificates[0].file, STR("a.pem"));
    CHECK_STR(config->certificates[0].key, STR("b.pem"));
    CHECK_STR(config->certificates[1].file, STR("/c.pem"));
    CHECK_STR(config->certificates[1].key, STR(""));
    CHECK(config->workers.model == FLEET_SHARED);
    CHECK_U64(config->workers.count, 7);
    CHECK(!config->workers.is_auto);
    CHECK_U64(config->listen_count, 1);
    CHECK_STR(config->listen[0].host, STR("::1"));
    CHECK_STR(config->hub.lobby, STR("#hall"));
    CHECK_STR(config->hub.lobby_modes, STR("nts"));
    CHECK(config->hub.is_lobby_half_duplex);
    CHECK(config->hub.is_creator_founder);
    CHECK_U64(config->hub.channels_per_user_max, 1);
    CHECK_U64(config->hub.list_entries_max, 2);
    CHECK_U64(config->hub.channels_max, 3);
    CHECK_I64(config->net.registration_timeout_ms, 5000);
    CHECK_I64(config->net.ping_interval_ms, 360000);
    CHECK_I64(config->net.ping_timeout_ms, 7000);
    CHECK_U64(config->net.input_burst, 8);
    CHECK_U64(config->net.input_rate, 9);
    CHECK_U64(config->net.input_queue_bytes, 100000);
    CHECK_U64(config->net.output_queue_bytes, 11 * 1024 * 1024);
    CHECK_U64(config->net.connections_max, 12);
    CHECK_U64(config->hub.users_max, 13);
    CHECK_U64(config->net.connections_per_address, 13);
    CHECK_U64(config->net.exempt_count, 1);
    CHECK_U64(config->net.exempt[0].bits, 8);
    CHECK(config->hub.durability == HUB_DURABILITY_NONE);
    CHECK(config->log_level == LOG_ERROR);
    CHECK_STR(config->log_file, STR("confab.log"));
    CHECK_U64(config->hub.operator_count, 2);
    CHECK_STR(config->hub.operators[0].name, STR("alice"));
    CHECK_STR(config->hub.operators[0].host_mask, STR("*!*@*"));
    CHECK_STR(config->hub.operators[1].password_hash, STR(HASH));
    CHECK_STR(config->hub.operators[1].host_mask, STR("*!bob@*.example.org"));
    config_free(&config);
}

TEST(options_of_accounts_reach_their_fields)
{
    struct config *config = load_good(
        STR("accounts: {registration: false, before_connect: false, password_min: 9, max: 10}\n"));
    CHECK(!config->hub.takes_accounts);
    CHECK(!config->hub.registers_before_connect);
    CHECK_U64(config->hub.account_password_min, 9);
    CHECK_U64(config->hub.accounts_max, 10);
    config_free(&config);
}

TEST(values_may_be_quoted_and_blocks)
{
    struct config *config = load_good(STR("server:\r\n"
                                          "  motd: |\r\n"
                                          "    # hello\r\n"
                                          "\r\n"
                                          "    all\r\n"
                                          "limits: {input_burst: \"5\", ping_interval: '5m'}\r\n"
                                          "lobby: {channel: \"\", half_duplex: yes}\r\n"
                                          "workers: per-client\r\n"));
    CHECK_STR(config->hub.motd, STR("# hello\n\nall\n"));
    CHECK_U64(config->net.input_burst, 5);
    CHECK_I64(config->net.ping_interval_ms, 300000);
    CHECK_STR(config->hub.lobby, STR(""));
    CHECK(config->hub.is_lobby_half_duplex);
    CHECK(config->workers.model == FLEET_PER_CLIENT);
    config_free(&config);
}

/* --- wrong files --- */

struct wrong {
    struct str yaml;
    struct str problems;
};

static void
check_wrong(const struct wrong *rows, size_t count)
{
    for (size_t i = 0; unit_row(i, count); i++)
        check_problems(rows[i].yaml, rows[i].problems);
}

TEST(syntax_errors_have_their_place_and_advice)
{
    static const struct wrong rows[] = {
        {S("server:\n\tname: a.b\n"),
         S("c:2:1: found character that cannot start any token; indent with spaces, not with "
           "tabs")},
        {S("server:\n  name: a.b\n network: c\n"),
         S("c:3:2: did not find expected key (while parsing a block mapping that begins in line "
           "1); begin each option of a section in the same column")},
        {S("workers: auto: 5\n"),
         S("c:1:14: mapping values are not allowed in this context; check how the line and the "
           "one before it are indented, and put a text with \": \" in quotes")},
        {S("a: \"b\n\n"), S("c:3:1: found unexpected end of stream (while scanning a quoted scalar "
                            "that begins in line 1); close the quote")},
        {S("listen: [\"irc://*:6667\"\nworkers: 1\n"),
         S("c:2:1: did not find expected ',' or ']' (while parsing a flow sequence that begins in "
           "line 1); close the list with ], or put a comma between its items")},
        {S("server: {name: a.b\n"),
         S("c:2:1: did not find expected ',' or '}' (while parsing a flow mapping that begins in "
           "line 1); close the section with }, or put a comma between its options")},
        {S("listen:\n  - a\n  b\n  c: d\n"),
         S("c:4:3: could not find expected ':' (while scanning a simple key that begins in line "
           "3); write it as \"option: value\"")},
        {S("listen:\n  - \"a\"\n  b: c\n"),
         S("c:3:3: did not find expected '-' indicator (while parsing a block collection that "
           "begins in line 2); begin each item of a list in the same column, with \"- \"")},
        {S("a: \"\\q\""), S("c:1:5: found unknown escape character; write a backslash in quotes as "
                            "two of them")},
        {S("a: @b"), S("c:1:4: found character that cannot start any token; put the text in "
                       "quotes")},
        {S("a: {mask: *!*@*}"), S("c:1:12: did not find expected alphabetic or numeric character; "
                                  "put a text that begins with * or & in quotes")},
        {S("\xC3\xA4: \"\xC3\xA4\"\nb: \xFF"),
         S("c:2:4: invalid leading UTF-8 octet; save the file as UTF-8")},
        {S("a: \xC3("), S("c:1:5: invalid trailing UTF-8 octet; save the file as UTF-8")},
        {S("a: \xC3"), S("c:1:4: incomplete UTF-8 octet sequence; save the file as UTF-8")},
        {S("\xFF\xFE"
           "a\0"),
         S("c:1:1: invalid leading UTF-8 octet; save the file as UTF-8")},
        {S("a: b\nc: \x01"), S("c:2:4: control characters are not allowed; delete the character")},
        {S("a: b\0c"), S("c:1:5: control characters are not allowed; delete the character")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(what_yaml_can_do_and_nobody_needs_is_refused)
{
    static const struct wrong rows[] = {
        {S("a: &x [*x]\n"), S("c:1:4: an anchor (&) or tag (!) has no use here; put a text that "
                              "begins with it in quotes")},
        {S("&x a: b\n"), S("c:1:1: an anchor (&) or tag (!) has no use here; put a text that "
                           "begins with it in quotes")},
        {S("a: *b\n"), S("c:1:4: an alias (*) has no use here; put a text that begins with * in "
                         "quotes")},
        {S("workers: !!int 3\n"), S("c:1:10: an anchor (&) or tag (!) has no use here; put a text "
                                    "that begins with it in quotes")},
        {S("server: !x {}\n"), S("c:1:9: an anchor (&) or tag (!) has no use here; put a text that "
                                 "begins with it in quotes")},
        {S("listen: !x []\n"), S("c:1:9: an anchor (&) or tag (!) has no use here; put a text that "
                                 "begins with it in quotes")},
        {S("workers: 1\n---\nworkers: 2\n"),
         S("c:2:1: a second document begins; a configuration is one: delete the line ---")},
        {S("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), S("c:1:17: too many levels; no option needs "
                                                    "them")},
        {S("- a\n"), S("c:1:1: the file is no list of options; write them as \"option: value\"")},
        {S("\n  hello\n"),
         S("c:2:3: the file is no list of options; write them as \"option: value\"")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(unknown_options_get_a_suggestion)
{
    static const struct wrong rows[] = {
        {S("wrokers: 3\n"), S("c:1:1: \"wrokers\" is no option; did you mean \"workers\"?")},
        {S("Workers: 3\n"), S("c:1:1: \"Workers\" is no option; did you mean \"workers\"?")},
        {S("server:\n  nmae: x\n"),
         S("c:2:3: \"nmae\" is no option of server; did you mean \"name\"?")},
        {S("server: {motdfile: x}\n"),
         S("c:1:10: \"motdfile\" is no option of server; did you mean \"motd_file\"?")},
        {S("operators: [{name: b, passwrod: \"" HASH "\"}]\n"),
         S("c:1:12: operators: b has neither password, account nor fingerprint; anybody could be "
           "it: give it one\n"
           "c:1:23: \"passwrod\" is no option of operators; did you mean \"password\"?")},
        {S("ping_interval: 5s\n"),
         S("c:1:1: \"ping_interval\" is no option; write \"ping_interval\" below \"limits:\"")},
        {S("server.network: x\n"),
         S("c:1:1: \"server.network\" is no option; write \"network\" below \"server:\"")},
        /* One of several that are called so is no guess. */
        {S("lobby: {name: x}\n"),
         S("c:1:9: \"name\" is no option of lobby; there are: channel, modes, half_duplex")},
        {S("password: x\n"),
         S("c:1:1: \"password\" is no option; which of these is meant? server.password, "
           "gateways.password, operators.password")},
        {S("log: {workers: 3}\n"),
         S("c:1:7: \"workers\" is no option of log; write it at the left margin, in no section")},
        {S("log: {colours: 1}\n"),
         S("c:1:7: \"colours\" is no option of log; there are: level, file")},
        {S("log: {\"\": 1}\n"), S("c:1:7: \"\" is no option of log; there are: level, file")},
        {S("log: {" FIFTY FIFTY ": 1}\n"),
         S("c:1:7: \"" FIFTY TEN "...\" is no option of log; there are: level, file")},
        {S("log: {\"a\\nb\\u0085\\u00e4\": 1}\n"),
         S("c:1:7: \"a\\x0ab\\u0085\xC3\xA4\" is no option of log; there are: level, file")},
        {S("? [a]\n: b\n"),
         S("c:1:3: a list or section stands where an option has its name; write \"option: value\", "
           "and put a text that begins with [ or { in quotes")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(options_stand_once)
{
    static const struct wrong rows[] = {
        {S("workers: 1\nworkers: 2\n"),
         S("c:2:1: workers is set in line 1 already; delete one of the two")},
        {S("server: {}\ndata: x\nserver: {}\n"),
         S("c:3:1: server is set in line 1 already; delete one of the two")},
        {S("log: {level: info,\n  level: warn}\n"),
         S("c:2:3: log.level is set in line 1 already; delete one of the two")},
        {S("operators: [{name: a, name: b, password: \"" HASH "\"}]\n"),
         S("c:1:23: operators.name is set in line 1 already; delete one of the two")},
        {S("server:\n  motd: a\n  motd_file: b\n"),
         S("c:3:14: server.motd_file is given and server.motd, too; delete one of them")},
        {S("operators:\n- {name: a, password: \"" HASH "\"}\n- {name: a, password: \"" HASH
           "\"}\n"),
         S("c:3:3: operators: there is another \"a\" before; give them different names")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(values_have_the_right_shape)
{
    static const struct wrong rows[] = {
        {S("workers: [1]\n"), S("c:1:10: workers is a list here; write a single value")},
        {S("data: {a: b}\n"), S("c:1:7: data is a section here; write a single value")},
        {S("log: info\n"),
         S("c:1:6: log is a section; write its options below it, indented: level, file")},
        {S("log: [info]\n"),
         S("c:1:6: log is a section; write its options below it, indented: level, file")},
        {S("listen: irc://*:6667\n"), S("c:1:9: listen is a list; write each item in a line of its "
                                        "own, with \"- \" before it")},
        {S("listen: {a: b}\n"), S("c:1:9: listen is a list; write each item in a line of its own, "
                                  "with \"- \" before it")},
        {S("listen: [[a]]\n"), S("c:1:10: listen is a list here; write a single value")},
        {S("listen: []\n"), S("c:1:9: listen is empty; write at least 1 item")},
        {S("operators: bob\n"), S("c:1:12: operators is a list; write each item in a line of its "
                                  "own, with \"- \" before it")},
        {S("operators: [bob]\n"),
         S("c:1:13: an item of operators has no options; write {name: ...}")},
        {S("operators:\n  - mask: \"*\"\n"), S("c:2:5: operators.name is missing; write it, too")},
        {S("workers:\n"), S("c:1:9: workers has no value; write one, or delete the line")},
        {S("workers: ~\n"), S("c:1:10: workers has no value; write one, or delete the line")},
        {S("listen:\n"), S("c:1:8: listen has no value; write one, or delete the line")},
        {S("listen: [null]\n"), S("c:1:10: listen has no value; write one, or delete the line")},
        {S("server: {password: }\n"), S("c:1:20: server.password has no value; write one, or \"\" "
                                        "for none, or delete the line")},
        {S("lobby:\n  channel: #hall\n"), S("c:2:11: lobby.channel has no value; write it in "
                                            "quotes: what follows # is a comment otherwise")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(numbers_are_checked)
{
    static const struct wrong rows[] = {
        {S("channels: {per_user: 0}\n"),
         S("c:1:22: channels.per_user: \"0\" is too small; write a number from 1 to 10000")},
        {S("channels: {per_user: 1}\n"), S("")},
        {S("channels: {per_user: 2}\n"), S("")},
        {S("channels: {per_user: 9999}\n"), S("")},
        {S("channels: {per_user: 10000}\n"), S("")},
        {S("channels: {per_user: 10001}\n"),
         S("c:1:22: channels.per_user: \"10001\" is too large; write a number from 1 to 10000")},
        {S("channels: {per_user: -1}\n"), S("c:1:22: channels.per_user: \"-1\" is not a number; "
                                            "write one from 1 to 10000, such as 100")},
        {S("channels: {per_user: \"\"}\n"), S("c:1:22: channels.per_user: \"\" is not a number; "
                                              "write one from 1 to 10000, such as 100")},
        {S("channels: {per_user: 1e3}\n"), S("c:1:22: channels.per_user: \"1e3\" is not a number; "
                                             "write one from 1 to 10000, such as 100")},
        {S("channels: {per_user: 99999999999999999999}\n"),
         S("c:1:22: channels.per_user: \"99999999999999999999\" is too large for a number; write "
           "one from 1 to 10000, such as 100")},
        {S("channels: {per_user: \"1\\0\"}\n"),
         S("c:1:22: channels.per_user: \"1\\x00\" is not a number; write one from 1 to 10000, such "
           "as 100")},
        {S("limits: {ping_interval: 999ms}\n"),
         S("c:1:25: limits.ping_interval: \"999ms\" is too small; write a duration from 1s to "
           "1d")},
        {S("limits: {ping_interval: 1000ms}\n"), S("")},
        {S("limits: {ping_interval: 1001ms}\n"), S("")},
        {S("limits: {ping_interval: 86399999ms}\n"), S("")},
        {S("limits: {ping_interval: 24h}\n"), S("")},
        {S("limits: {ping_interval: 86400001ms}\n"),
         S("c:1:25: limits.ping_interval: \"86400001ms\" is too large; write a duration from 1s to "
           "1d")},
        {S("limits: {ping_interval: 120}\n"),
         S("c:1:25: limits.ping_interval: \"120\" has no unit; write 120s, or another unit of ms, "
           "s, m, h, d, w")},
        {S("limits: {ping_interval: 0}\n"),
         S("c:1:25: limits.ping_interval: \"0\" is too small; write a duration from 1s to 1d")},
        {S("limits: {ping_interval: 2x}\n"),
         S("c:1:25: limits.ping_interval: \"2x\" is not a duration; write one from 1s to 1d, such "
           "as 2m")},
        {S("limits: {input_queue: 16383}\n"),
         S("c:1:23: limits.input_queue: \"16383\" is too small; write a size from 16KiB to "
           "16MiB")},
        {S("limits: {input_queue: 16KiB}\n"), S("")},
        {S("limits: {input_queue: 16385B}\n"), S("")},
        {S("limits: {input_queue: 16777215}\n"), S("")},
        {S("limits: {input_queue: 16M}\n"), S("")},
        {S("limits: {input_queue: 16777217}\n"),
         S("c:1:23: limits.input_queue: \"16777217\" is too large; write a size from 16KiB to "
           "16MiB")},
        {S("limits: {input_queue: 16kb}\n"),
         S("c:1:23: limits.input_queue: \"16kb\" is not a size; write one from 16KiB to 16MiB, "
           "such as 32KiB")},
        {S("workers: 0\n"),
         S("c:1:10: workers: \"0\" is no way to run; write auto, per-client or a "
           "number from 1 to 256")},
        {S("workers: 1\n"), S("")},
        {S("workers: 256\n"), S("")},
        {S("workers: 257\n"), S("c:1:10: workers: \"257\" is no way to run; write auto, per-client "
                                "or a number from 1 to 256")},
        {S("workers: Auto\n"), S("c:1:10: workers: \"Auto\" is no way to run; write auto, "
                                 "per-client or a number from 1 to 256")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(choices_are_checked)
{
    static const struct wrong rows[] = {
        {S("lobby: {half_duplex: maybe}\n"),
         S("c:1:22: lobby.half_duplex: \"maybe\" is neither; write true or false")},
        {S("channels: {creator_rank: owner}\n"),
         S("c:1:26: channels.creator_rank: \"owner\" is no rank of a creator; write op or "
           "founder")},
        {S("channels: {creator_rank: op}\n"), S("")},
        {S("store: {durability: All}\n"),
         S("c:1:21: store.durability: \"All\" is no durability; write echo, all or none")},
        {S("store: {durability: all}\n"), S("")},
        {S("log: {level: verbose}\n"),
         S("c:1:14: log.level: \"verbose\" is no level; write debug, info, warn or error")},
        {S("log: {level: debug}\n"), S("")},
        {S("log: {level: warn}\n"), S("")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(names_are_checked)
{
    static const struct wrong rows[] = {
        {S("server: {name: confab}\n"),
         S("c:1:16: server.name: \"confab\" has no dot; write a name "
           "such as chat.example.org")},
        {S("server: {name: \"\"}\n"), S("c:1:16: server.name: is empty; write at least 1 byte")},
        {S("server: {name: a.b}\n"), S("")},
        {S("server: {name: a_b.c}\n"),
         S("c:1:16: server.name: \"a_b.c\" is not like a host name; write letters, digits and - "
           "with dots between them, such as chat.example.org")},
        {S("server: {name: a..b}\n"),
         S("c:1:16: server.name: \"a..b\" is not like a host name; write letters, digits and - "
           "with dots between them, such as chat.example.org")},
        {S("server: {name: -a.b}\n"),
         S("c:1:16: server.name: \"-a.b\" is not like a host name; write letters, digits and - "
           "with dots between them, such as chat.example.org")},
        {S("server: {name: a.b-}\n"),
         S("c:1:16: server.name: \"a.b-\" is not like a host name; write letters, digits and - "
           "with dots between them, such as chat.example.org")},
        {S("server: {name: " FIFTY TEN ".b}\n"), S("")},
        {S("server: {name: " FIFTY TEN ".bc}\n"), S("")},
        {S("server: {name: " FIFTY TEN ".bcd}\n"),
         S("c:1:16: server.name: has 64 bytes; write at most 63")},
        {S("server: {network: \"\"}\n"),
         S("c:1:19: server.network: is empty; write at least 1 byte")},
        {S("server: {network: " FIFTY "0123456789012}\n"), S("")},
        {S("server: {network: " FIFTY "01234567890123}\n"),
         S("c:1:19: server.network: has 64 bytes; write at most 63")},
        {S("server: {network: \"a\\nb\"}\n"),
         S("c:1:19: server.network: \"a\\x0ab\" has more than one line; write a single line")},
        {S("server: {network: \"a\\x07\"}\n"),
         S("c:1:19: server.network: \"a\\x07\" has a control character; leave it out")},
        {S("server: {network: \"a\\u2028\"}\n"),
         S("c:1:19: server.network: \"a\\u2028\" has a control character; leave it out")},
        {S("lobby: {channel: lobby}\n"),
         S("c:1:18: lobby.channel: \"lobby\" is no channel; write \"#lobby\"")},
        {S("lobby: {channel: \"#a b\"}\n"),
         S("c:1:18: lobby.channel: \"#a b\" is no channel; write \"#\" and a name without spaces, "
           "commas and control characters, 64 bytes in all")},
        {S("lobby: {channel: \"#" FIFTY "0123456789012\"}\n"), S("")},
        {S("lobby: {channel: \"#" FIFTY "01234567890123\"}\n"),
         S("c:1:18: lobby.channel: \"#" FIFTY "012345678...\" is no channel; write \"#\" and a "
           "name without spaces, commas and control characters, 64 bytes in all")},
        {S("lobby: {modes: \"\"}\n"), S("")},
        {S("lobby: {modes: 'n t'}\n"),
         S("c:1:16: lobby.modes: \"n t\" has something else than modes without a parameter; write "
           "some of CcEgiKmMNnOPRSstTUVz")},
        {S("lobby: {modes: +nt}\n"),
         S("c:1:16: lobby.modes: \"+nt\" has a +; write the letters alone, of CcEgiKmMNnOPRSstTUVz")},
        {S("lobby: {modes: nk}\n"),
         S("c:1:16: lobby.modes: \"nk\" has something else than modes without a parameter; write "
           "some of CcEgiKmMNnOPRSstTUVz")},
        {S("users: {modes: \"\"}\n"), S("")},
        {S("users: {modes: iw}\n"), S("")},
        {S("users: {modes: io}\n"),
         S("c:1:16: users.modes: \"io\" has something else than modes that users may set; write "
           "some of BRTZgiw")},
        {S("users: {client_tags_denied: \"*,-typing,-draft/react,-example.org/x\"}\n"), S("")},
        {S("users: {client_tags_denied: \"typing,+reply\"}\n"),
         S("c:1:29: users.client_tags_denied: \"+reply\" is no name of a client-only tag; write "
           "typing or *,-typing")},
        {S("data: \"\"\n"), S("c:1:7: data: is empty; write at least 1 byte")},
        {S("data: \"a\\0b\"\n"),
         S("c:1:7: data: \"a\\x00b\" has a control character; leave it out")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(passwords_are_hashes_and_never_shown)
{
    static const struct wrong rows[] = {
        {S("server: {password: hunter2}\n"),
         S("c:1:20: server.password: is no hash of a password; run \"confab passwd\" and write "
           "what it prints, in quotes")},
        {S("server: {password: $argon2id$v=19}\n"),
         S("c:1:20: server.password: is no hash of a password; run \"confab passwd\" and write "
           "what it prints, in quotes")},
        {S("server: {password: \"$argon2id$v=19$m=65536,t=2,p=1$abc$\"}\n"),
         S("c:1:20: server.password: is no hash of a password; run \"confab passwd\" and write "
           "what it prints, in quotes")},
        {S("server: {password: \"" HASH "\\n\"}\n"),
         S("c:1:20: server.password: is no hash of a password; run \"confab passwd\" and write "
           "what it prints, in quotes")},
        {S("server: {password: \"" HASH FIFTY FIFTY "\"}\n"),
         S("c:1:20: server.password: is no hash of a password; run \"confab passwd\" and write "
           "what it prints, in quotes")},
        {S("server: {password: \"\"}\n"), S("")},
        {S("operators: [{name: a, password: \"\"}]\n"),
         S("c:1:12: operators: a has neither password, account nor fingerprint; anybody could be "
           "it: give it one")},
        {S("operators: [{name: a, automatic: true, password: \"" HASH "\"}]\n"),
         S("c:1:12: operators: a is automatic, but nothing says for whom: give it an account or a "
           "fingerprint")},
        {S("operators: [{name: a, fingerprint: \"ab:cd\"}]\n"),
         S("c:1:12: operators: the fingerprint of a has no 64 hexadecimal digits; \"openssl x509 "
           "-fingerprint -sha256\" shows it: leave the colons out")},
        {S("operators: [{name: a, account: alice, automatic: true}]\n"), S("")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

#define OPERATOR(options) "operators: [{password: \"" HASH "\", " options "}]\n"

TEST(operators_are_checked)
{
    static const struct wrong rows[] = {
        {S(OPERATOR("name: \"\"")), S("c:1:111: operators.name: is empty; write at least 1 byte")},
        {S(OPERATOR("name: a b")),
         S("c:1:111: operators.name: \"a b\" can't be sent by a client; write it without spaces "
           "and without : in front")},
        {S(OPERATOR("name: \":a\"")),
         S("c:1:111: operators.name: \":a\" can't be sent by a client; write it without spaces "
           "and without : in front")},
        {S(OPERATOR("name: " TEN TEN TEN "12")), S("")},
        {S(OPERATOR("name: " TEN TEN TEN "123")),
         S("c:1:111: operators.name: has 33 bytes; write at most 32")},
        {S(OPERATOR("name: a, mask: \"\"")),
         S("c:1:120: operators.mask: is empty; write at least 1 byte")},
        {S(OPERATOR("name: a, mask: \"* b\"")),
         S("c:1:120: operators.mask: \"* b\" can't be sent by a client; write it without spaces "
           "and without : in front")},
        {S(OPERATOR("name: a, mask: \"" FIFTY FIFTY "0123456\"")), S("")},
        {S(OPERATOR("name: a, mask: \"" FIFTY FIFTY "01234567\"")),
         S("c:1:120: operators.mask: \"" FIFTY TEN "...\" is too long as nick!user@host; write at "
           "most 111 bytes")},
        {S(OPERATOR("name: a, mask: \"" FIFTY FIFTY "012345678912\"")),
         S("c:1:120: operators.mask: has 112 bytes; write at most 111")},
        {S(OPERATOR("name: a, class: staff")),
         S("c:1:12: operators: a has the class \"staff\", which oper_classes does not have; add it "
           "there")},
        {S("oper_classes: [{name: staff, privileges: kill}]\n" OPERATOR("name: a, class: staff")),
         S("")},
        {S("oper_classes: [{name: staff}]\n"),
         S("c:1:16: oper_classes.privileges is missing; write it, too")},
        {S("oper_classes: [{name: staff, privileges: kill fly}]\n"),
         S("c:1:42: oper_classes.privileges: \"fly\" is no privilege; write all, or some of these, "
           "with commas or spaces: kill, ban, force, override, channels, see, wallops, notices, "
           "stats, defcon, rehash, die")},
        {S("oper_classes: [{name: staff, privileges: [kill, [ban]]}]\n"),
         S("c:1:49: an item of oper_classes.privileges is no word; write words alone")},
        {S("oper_classes: [{name: staff, privileges: [kill, fly]}]\n"),
         S("c:1:42: oper_classes.privileges: \"fly\" is no privilege; write all, or some of these, "
           "with commas or spaces: kill, ban, force, override, channels, see, wallops, notices, "
           "stats, defcon, rehash, die")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(capabilities_are_checked)
{
    static const struct wrong rows[] = {
        {S("capabilities: {disabled: [draft/multiline, echo-message]}\n"), S("")},
        {S("capabilities: {disabled: [multi-line]}\n"),
         S("c:1:27: capabilities.disabled: \"multi-line\" is no capability; write names as CAP LS "
           "shows them, such as draft/multiline")},
        {S("capabilities: {disabled: [batch, batch]}\n"),
         S("c:1:34: capabilities.disabled: \"batch\" stands for the same as \"batch\" before; "
           "delete one of them")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(classes_have_privileges)
{
    struct config *config =
        load_good(STR("oper_classes:\n"
                      "- {name: a, privileges: \"\"}\n"
                      "- {name: b, privileges: kill  ban}\n"
                      "- {name: c, privileges: all}\n"
                      "- {name: d, privileges: [kill]}\n"
                      "- {name: e, privileges: [kill, ban]}\n"
                      "- {name: f, privileges: \"kill, ban\"}\n"
                      "- {name: g, privileges: []}\n"
                      "filters:\n"
                      "- {name: h, pattern: x, action: block, targets: [nick, away]}\n"
                      "users: {client_tags_denied: [\"*\", -typing]}\n"
                      "dnsbl: {nameservers: [192.0.2.1, \"[2001:db8::1]:53\"]}\n"));
    CHECK_U64(config->hub.oper_class_count, 7);
    CHECK_U64(config->hub.oper_classes[0].privileges, 0);
    CHECK_U64(config->hub.oper_classes[1].privileges, PRIVILEGE_KILL | PRIVILEGE_BAN);
    CHECK_U64(config->hub.oper_classes[2].privileges, PRIVILEGES_ALL);
    CHECK_U64(config->hub.oper_classes[3].privileges, PRIVILEGE_KILL);
    CHECK_U64(config->hub.oper_classes[4].privileges, PRIVILEGE_KILL | PRIVILEGE_BAN);
    CHECK_U64(config->hub.oper_classes[5].privileges, PRIVILEGE_KILL | PRIVILEGE_BAN);
    CHECK_U64(config->hub.oper_classes[6].privileges, 0);
    CHECK_U64(config->hub.filters[0].targets, FILTER_IN_NICK | FILTER_IN_AWAY);
    CHECK_STR(config->hub.client_tag_deny, STR("*,-typing"));
    CHECK_STR(config->dnsbl.nameservers, STR("192.0.2.1,[2001:db8::1]:53"));
    config_free(&config);
}

TEST(addresses_are_checked)
{
    static const struct wrong rows[] = {
        {S("limits: {exempt: []}\n"), S("")},
        {S("limits: {exempt: [\"::1\", \"2001:db8::/32\", 192.0.2.1, 192.0.2.0/24]}\n"), S("")},
        {S("limits: {exempt: [192.0.2.256]}\n"),
         S("c:1:19: limits.exempt: \"192.0.2.256\" is no address; write one such as 192.0.2.1, or "
           "a block such as 192.0.2.0/24 or 2001:db8::/32")},
        {S("limits: {exempt: [192.0.2.1/33]}\n"),
         S("c:1:19: limits.exempt: \"192.0.2.1/33\" is no address; write one such as 192.0.2.1, or "
           "a block such as 192.0.2.0/24 or 2001:db8::/32")},
        {S("limits: {exempt: [10.0.0.0/8,\n 10.1.0.0/8]}\n"),
         S("c:2:2: limits.exempt: \"10.1.0.0/8\" stands for the same as \"10.0.0.0/8\" before; "
           "delete one of them")},
        {S("listen: [\"irc://*:1\", \"plain://*:1\"]\n"),
         S("c:1:23: listen: \"plain://*:1\" stands for the same as \"irc://*:1\" before; delete "
           "one of them")},
        {S("listen: [\"irc://*:0\", \"plain://*:0\"]\n"), S("")},
        {S("listen:\n  - ircx://*:6697\n"),
         S("c:2:5: listen: \"ircx://*:6697\" begins with no known kind of door; did you mean "
           "irc?")},
        {S("data: /" FIFTY "0123456789012345678901\nlisten: [\"irc+unix:" TEN TEN TEN "012\"]\n"),
         S("")},
        {S("data: /" FIFTY "0123456789012345678901\nlisten: [\"irc+unix:" TEN TEN TEN "0123\"]\n"),
         S("c:2:9: listen: the path " TEN TEN TEN "0123 in the data folder is longer than the 107 "
           "bytes that the system allows for a socket; write a short absolute path")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(risks_are_warnings)
{
    static const struct wrong rows[] = {
        {S("limits: {input_rate: 0}\n"),
         S("c:1:22: warning: limits.input_rate: with 0, a single client can keep the server "
           "busy")},
        {S("limits: {exempt: [0.0.0.0/0]}\n"),
         S("c:1:18: warning: limits.exempt: a block /0 is every address; connections_per_address "
           "has no effect")},
        {S("server:\n  password: " HASH "\n"),
         S("c:2:13: warning: server.password: guests of plain:// are not asked for it; delete that "
           "address from listen to keep them out")},
        {S("server: {password: \"" HASH "\"}\nlisten: [irc://*]\n"), S("")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(all_errors_come_at_once_in_the_order_of_the_file)
{
    static const struct wrong rows[] = {
        {S("operators: [{}]\n"
           "workers: x\n"
           "server: {motd: a, motd_file: b, nam: c}\n"
           "limits: {input_rate: 0}\n"
           "log: {level: x}\n"),
         S("c:1:13: operators.name is missing; write it, too\n"
           "c:2:10: workers: \"x\" is no way to run; write auto, per-client or a number from 1 to "
           "256\n"
           "c:3:30: server.motd_file is given and server.motd, too; delete one of them\n"
           "c:3:33: \"nam\" is no option of server; did you mean \"name\"?\n"
           "c:4:22: warning: limits.input_rate: with 0, a single client can keep the server busy\n"
           "c:5:14: log.level: \"x\" is no level; write debug, info, warn or error")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

/* --- limits of the file --- */

TEST(the_message_of_the_day_has_limits)
{
    static const struct {
        size_t lines;
        size_t bytes; /* of each line but for its end */
        struct str problems;
    } rows[] = {
        {99, 1, S("")},
        {100, 1, S("")},
        {101, 1, S("c:1:16: server.motd: has more than 100 lines; write fewer")},
        {1, 399, S("")},
        {1, 400, S("")},
        {1, 401,
         S("c:1:16: server.motd: has 401 bytes in its line 1; write at most 400 in a line")},
        {64, 254, S("")},
        {64, 255, S("")},
        {64, 256, S("c:1:16: server.motd: has 16448 bytes; write at most 16384")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf yaml;
        buf_init(&yaml, 100000);
        buf_put(&yaml, STR("server: {motd: \""));
        for (size_t line = 0; line < rows[i].lines; line++) {
            for (size_t byte = 0; byte < rows[i].bytes; byte++)
                buf_put_byte(&yaml, 'x');
            buf_put(&yaml, STR("\\n"));
        }
        buf_put(&yaml, STR("\"}\n"));
        check_problems(buf_str(&yaml), rows[i].problems);
        buf_deinit(&yaml);
    }
    check_problems(STR("server: {motd: \"a\\r\"}\n"),
                   STR("c:1:16: server.motd: has a NUL or a CR in it; write lines of text"));
    check_problems(STR("server: {motd: \"a\\0\"}\n"),
                   STR("c:1:16: server.motd: has a NUL or a CR in it; write lines of text"));
}

/* Loads `count` items made by format, which takes their number. */
static size_t
count_errors_of_list(const char *head, const char *item, size_t count)
{
    struct buf yaml;
    buf_init(&yaml, 1000000);
    buf_put(&yaml, str_from_nul(head));
    for (size_t i = 0; i < count; i++) {
        struct str rest = str_from_nul(item);
        while (rest.len > 0) {
            size_t sign = str_find_byte(rest, '%');
            buf_put(&yaml, str_take(rest, sign));
            if (sign < rest.len)
                buf_put_u64(&yaml, i + 1);
            rest = str_skip(rest, sign + 1);
        }
    }
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(buf_str(&yaml), "c", &report);
    size_t errors = report.error_count;
    if (errors > 0)
        CHECK(str_find(str_from_nul(report.problems[0].text),
                       STR("too many items; write at most")) < strlen(report.problems[0].text));
    config_free(&config);
    config_report_deinit(&report);
    buf_deinit(&yaml);
    return errors;
}

TEST(lists_have_limits)
{
    static const struct {
        const char *head;
        const char *item;
        size_t limit;
    } rows[] = {
        {"listen:\n", "- irc://127.0.0.1:%\n", LIMIT_LISTENERS},
        {"limits:\n  exempt:\n", "  - 10.0.0.%\n", SETTINGS_EXEMPT_MAX},
        {"operators:\n", "- {name: a%, password: \"" HASH "\"}\n", LIMIT_OPERATORS},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK_U64(count_errors_of_list(rows[i].head, rows[i].item, rows[i].limit - 1), 0);
        CHECK_U64(count_errors_of_list(rows[i].head, rows[i].item, rows[i].limit), 0);
        CHECK_U64(count_errors_of_list(rows[i].head, rows[i].item, rows[i].limit + 1), 1);
        CHECK(count_errors_of_list(rows[i].head, rows[i].item, rows[i].limit + 100) <= 2);
    }
}

TEST(a_report_has_a_limit)
{
    struct buf yaml;
    buf_init(&yaml, 1000000);
    for (size_t i = 0; i < 10000; i++)
        buf_printf(&yaml, "x%zu: 1\n", i);
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(buf_str(&yaml), "c", &report);
    CHECK(config == NULL);
    CHECK_U64(report.count, LIMIT_CONFIG_PROBLEMS);
    struct cf_err err;
    CHECK(config_report_get_err(&report, &err) < 0);
    CHECK(str_starts_with(str_from_nul(err.text), STR("c:1:1: \"x0\" is no option; ")));
    config_report_deinit(&report);
    buf_deinit(&yaml);
}

TEST(warnings_leave_room_for_errors)
{
    struct config_report report;
    config_report_init(&report);
    for (uint32_t i = 0; i < LIMIT_CONFIG_PROBLEMS + 1; i++)
        config_report_add(&report, CONFIG_WARNING, "c", (struct config_place){1, i + 1}, "w");
    CHECK_U64(report.error_count, 0);
    config_report_add(&report, CONFIG_ERROR, "c", (struct config_place){9, 9}, "e");
    CHECK_U64(report.error_count, 1);
    struct cf_err err;
    CHECK(config_report_get_err(&report, &err) < 0);
    CHECK_STR(str_from_nul(err.text), STR("c:9:9: e"));
    config_report_deinit(&report);
}

/* --- files and the command line --- */

struct folder {
    char path[64];
    char old[4096];
};

static void
enter_folder(struct folder *folder)
{
    CHECK(getcwd(folder->old, sizeof folder->old) != NULL);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/test_config.XXXXXX");
    CHECK(mkdtemp(folder->path) != NULL);
    CHECK(chdir(folder->path) == 0);
}

static void
leave_folder(const struct folder *folder)
{
    CHECK(chdir(folder->old) == 0);
    CHECK(rmdir(folder->path) == 0);
}

static void
write_file(const char *path, struct str bytes, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    CHECK(fd >= 0);
    CHECK(fchmod(fd, mode) == 0);
    CHECK(write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    CHECK(close(fd) == 0);
}

static struct config *
check_load(const struct config_request *request, struct str expected)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_load(request, &report);
    struct buf problems;
    put_problems(&problems, &report);
    CHECK_STR(buf_str(&problems), expected);
    CHECK((config == NULL) == (report.error_count > 0));
    config_report_deinit(&report);
    buf_deinit(&problems);
    return config;
}

TEST(files_that_cant_be_read_are_named)
{
    struct folder folder;
    enter_folder(&folder);
    struct config *config;
    config = check_load(&(struct config_request){.path = "none.yaml"},
                        STR("none.yaml: can't be opened: No such file or directory; write the path "
                            "of a file that is there"));
    CHECK(config == NULL);
    config =
        check_load(&(struct config_request){.path = "."}, STR(".: is a folder; name a file in it"));
    CHECK(config == NULL);
    config = check_load(&(struct config_request){.path = "/dev/null"}, STR(""));
    CHECK(config != NULL);
    config_free(&config);
    leave_folder(&folder);
}

TEST(a_program_that_is_named_must_be_there)
{
    struct folder folder;
    enter_folder(&folder);

    static const struct {
        const char *command;
        struct str expected;
    } rows[] = {
        {"/bin/sh -i", STR_INIT("")},
        {"sendmail -i", STR_INIT("")}, /* looked for in $PATH, as the server has it */
        {"/nosuch/sendmail -i", STR_INIT("c:1:43: email.sendmail: there is no /nosuch/sendmail; "
                                         "write the path of a program")},
        {"/etc/passwd", STR_INIT("c:1:43: email.sendmail: /etc/passwd is no program that can be "
                                 "run; write the path of one")},
        {"/bin", STR_INIT("c:1:43: email.sendmail: /bin is no program that can be run; write the "
                          "path of one")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf yaml;
        buf_init(&yaml, 1000);
        buf_printf(&yaml, "email: {from: chat@example.org, sendmail: %s}\n", rows[i].command);
        write_file("c", buf_str(&yaml), 0600);
        struct config *config = check_load(&(struct config_request){.path = "c"}, rows[i].expected);
        config_free(&config);
        config = check_load(&(struct config_request){.path = "c", .is_for_data = true}, STR(""));
        config_free(&config);
        buf_deinit(&yaml);
    }
    CHECK(unlink("c") == 0);
    leave_folder(&folder);
}

TEST(a_file_has_a_limit)
{
    struct folder folder;
    enter_folder(&folder);
    char *bytes = cf_alloc(LIMIT_CONFIG_BYTES + 1);
    memset(bytes, '#', LIMIT_CONFIG_BYTES + 1);
    for (size_t i = 0; i < 3; i++) {
        size_t len = LIMIT_CONFIG_BYTES - 1 + i;
        write_file("c", (struct str){.ptr = bytes, .len = len}, 0600);
        struct config *config =
            check_load(&(struct config_request){.path = "c"},
                       i < 2 ? STR("") : STR("c: is larger than 1048576 bytes; make it smaller"));
        config_free(&config);
    }
    cf_free(bytes);
    CHECK(unlink("c") == 0);
    leave_folder(&folder);
}

TEST(a_configuration_is_found_in_the_working_directory)
{
    struct folder folder;
    enter_folder(&folder);
    if (access("/etc/confab/confab.yaml", F_OK) != 0)
        CHECK(config_find() == NULL);
    write_file("confab.yaml", STR("workers: 3\n"), 0600);
    CHECK_STR(str_from_nul(config_find()), STR("confab.yaml"));
    CHECK(unlink("confab.yaml") == 0);
    leave_folder(&folder);
}

TEST(the_message_of_the_day_comes_from_a_file)
{
    struct folder folder;
    enter_folder(&folder);
    CHECK(mkdir("sub", 0700) == 0);
    write_file("sub/c", STR("server: {motd_file: motd.txt}\n"), 0600);
    struct config_request request = {.path = "sub/c"};
    struct config *config =
        check_load(&request, STR("sub/c:1:21: server.motd_file: sub/motd.txt can't be opened: No "
                                 "such file or directory; write the path of a file that is there"));
    write_file("sub/motd.txt", STR("hello\r\n\r\nall"), 0600);
    config = check_load(&request, STR(""));
    CHECK_STR(config->hub.motd, STR("hello\n\nall"));
    CHECK_STR(config->motd_text, STR(""));
    config_free(&config);
    write_file("sub/motd.txt", STR("a\0b"), 0600);
    config =
        check_load(&request, STR("sub/c:1:21: server.motd_file: sub/motd.txt has a NUL or a CR "
                                 "in it; write lines of text"));
    write_file("sub/motd.txt", STR("a\xFF"), 0600);
    config = check_load(&request, STR("sub/c:1:21: server.motd_file: sub/motd.txt is not UTF-8; "
                                      "save it as UTF-8"));
    CHECK(config == NULL);
    CHECK(unlink("sub/motd.txt") == 0);
    CHECK(unlink("sub/c") == 0);
    CHECK(rmdir("sub") == 0);
    leave_folder(&folder);
}

TEST(keys_for_tokens_come_from_a_file)
{
    struct folder folder;
    enter_folder(&folder);
    CHECK(mkdir("data", 0700) == 0);
    write_file("c",
               STR("data: data\ntokens: {algorithm: HS256, key_file: k, issuer: i, audience: a}\n"),
               0600);
    struct config_request request = {.path = "c"};
    struct config *config =
        check_load(&request, STR("c:2:38: tokens.key_file: data/k can't be opened: No such file or "
                                 "directory; write the path of a file that is there"));
    write_file("data/k", STR("0123456789012345678901234567890\n"), 0600);
    config = check_load(&request, STR("c:2:38: tokens.key_file: data/k holds a secret of 31 bytes, "
                                      "which might be guessed; HS256 wants at least 32"));
    write_file("data/k", STR("01234567890123456789012345678901\n"), 0600);
    config = check_load(&request, STR(""));
    CHECK(config->token_verifier != NULL);
    config_free(&config);
    CHECK(chmod("data/k", 0644) == 0);
    config = check_load(&request,
                        STR("c:2:38: warning: tokens.key_file: everybody on this machine can read "
                            "the secret, and log in to every account with it; chmod o-r would end "
                            "that"));
    config_free(&config);
    write_file("c", STR("tokens: {key_file: k}\n"), 0600);
    config = check_load(&request, STR("c:1:20: warning: tokens.key_file: has no effect, since "
                                      "tokens.algorithm is off"));
    CHECK(config->token_verifier == NULL);
    config_free(&config);
    CHECK(unlink("data/k") == 0);
    CHECK(unlink("c") == 0);
    CHECK(rmdir("data") == 0);
    leave_folder(&folder);
}

TEST(hashes_that_everybody_can_read_are_a_risk)
{
    struct folder folder;
    enter_folder(&folder);
    static const struct str risk =
        S("c: warning: everybody on this machine can read the hashes of passwords in it; chmod o-r "
          "would end that");

    static const struct {
        struct str yaml;
        mode_t mode;
        bool is_risk;
    } rows[] = {
        {S("workers: 1\n"), 0644, false},
        {S("operators: [{name: a, password: \"" HASH "\"}]\n"), 0644, true},
        {S("operators: [{name: a, password: \"" HASH "\"}]\n"), 0640, false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        write_file("c", rows[i].yaml, rows[i].mode);
        struct config *config =
            check_load(&(struct config_request){.path = "c"}, rows[i].is_risk ? risk : STR(""));
        config_free(&config);
        CHECK(unlink("c") == 0);
    }
    leave_folder(&folder);
}

TEST(the_command_line_stands_in_place_of_the_file)
{
    struct folder folder;
    enter_folder(&folder);
    write_file("c", STR("workers: 3\ndata: a\nlisten: [\"irc://*:1\", \"irc://*:2\"]\n"), 0600);
    static const char *const urls[] = {"plain://127.0.0.1:0"};
    struct config_request request = {
        .path = "c", .workers = "per-client", .data_dir = "b", .listen = urls, .listen_count = 1};
    struct config *config = check_load(&request, STR(""));
    CHECK(config->workers.model == FLEET_PER_CLIENT);
    CHECK_STR(config->data_dir, STR("b"));
    CHECK_U64(config->listen_count, 1);
    CHECK(config->listen[0].door == CONFIG_DOOR_PLAIN);
    config_free(&config);

    static const char *const wrong_urls[] = {"foo", "\xFF"};
    request.listen = wrong_urls;
    request.listen_count = 2;
    request.workers = "0";
    request.data_dir = "";
    config = check_load(
        &request, STR("--data: is empty; write at least 1 byte\n"
                      "--workers: \"0\" is no way to run; write auto, per-client or a number from "
                      "1 to 256\n"
                      "--listen: \"foo\" begins with no known kind of door; write irc://HOST:PORT, "
                      "ircs://HOST:PORT, plain://HOST:PORT, irc+unix:PATH or plain+unix:PATH\n"
                      "--listen: \"\\xff\" is not UTF-8; write it in UTF-8"));
    CHECK(config == NULL);
    CHECK(unlink("c") == 0);
    leave_folder(&folder);
}

TEST(systemd_names_the_data_folder)
{
    CHECK(setenv("STATE_DIRECTORY", "/var/lib/confab:/var/lib/other", 1) == 0);
    struct config *config = check_load(&(struct config_request){.path = NULL}, STR(""));
    CHECK_STR(config->data_dir, STR("/var/lib/confab"));
    config_free(&config);
    config = check_load(&(struct config_request){.data_dir = "mine"}, STR(""));
    CHECK_STR(config->data_dir, STR("mine"));
    config_free(&config);
    CHECK(unsetenv("STATE_DIRECTORY") == 0);
    config = check_load(&(struct config_request){.path = NULL}, STR(""));
    CHECK_STR(config->data_dir, STR("confab-data"));
    config_free(&config);
}

/* --- reloading --- */

TEST(a_reload_names_what_needs_a_restart)
{
    static const struct {
        struct str before;
        struct str after;
        struct str names;
    } rows[] = {
        {S(""), S(""), S("")},
        {S(""), S("server: {name: confab.local}"), S("")},
        {S(""), S("server: {name: a.b}"), S("server.name")},
        {S(""), S("data: x"), S("data")},
        {S("workers: 3"), S("workers: 4"), S("workers")},
        {S("workers: 3"), S("workers: per-client"), S("workers")},
        {S("workers: 3"), S("workers: 3"), S("")},
        {S("listen: [irc://*:1]"), S("listen: [irc://*:2]"), S("listen")},
        {S("listen: [irc://*:1]"), S("listen: [irc://*:1, irc://*:2]"), S("listen")},
        {S("listen: [irc://*:1]"), S("listen: [plain://*:1]"), S("listen")},
        {S("listen: [irc://*:6667]"), S("listen: [irc://*]"), S("")},
        {S("log: {file: a}"), S("log: {file: b}"), S("log.file")},
        {S(""), S("server: {network: x, motd: y}\nlimits: {input_burst: 3}\nlog: {level: warn}"),
         S("")},
        {S(""), S("operators: [{name: a, password: \"" HASH "\"}]"), S("")},
        {S(""), S("log: {file: b}\nserver: {name: a.b}\nlisten: [irc://*:1]\ndata: x\nworkers: 5"),
         S("server.name, data, workers, listen, log.file")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct config *before = load_good(rows[i].before);
        struct config *after = load_good(rows[i].after);
        struct buf names;
        buf_init(&names, 512);
        config_put_unreloadable(&names, before, after);
        CHECK_STR(buf_str(&names), rows[i].names);
        buf_clear(&names);
        config_take_over(after, before);
        config_put_unreloadable(&names, before, after);
        CHECK_STR(buf_str(&names), STR(""));
        buf_deinit(&names);
        config_free(&after); /* and before */
    }
}

TEST(a_reload_takes_the_rest_over)
{
    struct config *before = load_good(STR("server: {name: a.b}\nlisten: [irc://*:1, irc://*:2]"));
    struct config *after = load_good(STR("server: {name: c.d, network: new}\nlisten: [irc://*:3]\n"
                                         "limits: {connections: 7}"));
    config_take_over(after, before);
    CHECK_STR(after->hub.server_name, STR("a.b"));
    CHECK_STR(after->net.server_name, STR("a.b"));
    CHECK_STR(after->hub.network_name, STR("new"));
    CHECK_U64(after->listen_count, 2);
    CHECK_U64(after->listen[1].port, 2);
    CHECK_U64(after->net.connections_max, 7);
    struct config *last = load_good(STR(""));
    config_take_over(last, after);
    CHECK_STR(last->hub.server_name, STR("a.b"));
    CHECK_STR(last->hub.network_name, STR("confab"));
    config_free(&last);
    CHECK(last == NULL);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_there_are_defaults),
        cmocka_unit_test(every_option_reaches_its_field),
        cmocka_unit_test(options_of_accounts_reach_their_fields),
        cmocka_unit_test(values_may_be_quoted_and_blocks),
        cmocka_unit_test(syntax_errors_have_their_place_and_advice),
        cmocka_unit_test(what_yaml_can_do_and_nobody_needs_is_refused),
        cmocka_unit_test(unknown_options_get_a_suggestion),
        cmocka_unit_test(options_stand_once),
        cmocka_unit_test(values_have_the_right_shape),
        cmocka_unit_test(numbers_are_checked),
        cmocka_unit_test(choices_are_checked),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(passwords_are_hashes_and_never_shown),
        cmocka_unit_test(operators_are_checked),
        cmocka_unit_test(capabilities_are_checked),
        cmocka_unit_test(classes_have_privileges),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(risks_are_warnings),
        cmocka_unit_test(all_errors_come_at_once_in_the_order_of_the_file),
        cmocka_unit_test(the_message_of_the_day_has_limits),
        cmocka_unit_test(lists_have_limits),
        cmocka_unit_test(a_report_has_a_limit),
        cmocka_unit_test(warnings_leave_room_for_errors),
        cmocka_unit_test(files_that_cant_be_read_are_named),
        cmocka_unit_test(a_program_that_is_named_must_be_there),
        cmocka_unit_test(a_file_has_a_limit),
        cmocka_unit_test(a_configuration_is_found_in_the_working_directory),
        cmocka_unit_test(the_message_of_the_day_comes_from_a_file),
        cmocka_unit_test(keys_for_tokens_come_from_a_file),
        cmocka_unit_test(hashes_that_everybody_can_read_are_a_risk),
        cmocka_unit_test(the_command_line_stands_in_place_of_the_file),
        cmocka_unit_test(systemd_names_the_data_folder),
        cmocka_unit_test(a_reload_names_what_needs_a_restart),
        cmocka_unit_test(a_reload_takes_the_rest_over),
    };
    (void)unsetenv("STATE_DIRECTORY"); /* fails for a wrong name only */
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
