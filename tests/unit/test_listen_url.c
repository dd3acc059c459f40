/* Tests of server/listen_url.h. */
#include "server/listen_url.h"

#include "unit/support/unit.h"

#define S      STR_INIT
#define TEN    "0123456789"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LABEL  "a123456789b123456789c123456789d123456789e123456789f123456789."

TEST(urls_say_door_and_address)
{
    static const struct {
        struct str url;
        struct config_listen listen;
        struct str written; /* empty: as url */
    } rows[] = {
        {.url = S("irc://*:6667"), .listen = {CONFIG_DOOR_IRC, S("*"), 6667, S(""), false, false}},
        {.url = S("plain://*:21567"),
         .listen = {CONFIG_DOOR_PLAIN, S("*"), 21567, S(""), false, false}},
        {.url = S("irc://127.0.0.1:0"),
         .listen = {CONFIG_DOOR_IRC, S("127.0.0.1"), 0, S(""), false, false}},
        {.url = S("irc://[::1]:65535"),
         .listen = {CONFIG_DOOR_IRC, S("::1"), 65535, S(""), false, false}},
        {.url = S("irc://[fe80::1%eth0]:1"),
         .listen = {CONFIG_DOOR_IRC, S("fe80::1%eth0"), 1, S(""), false, false}},
        {.url = S("plain://chat.example.org:1"),
         .listen = {CONFIG_DOOR_PLAIN, S("chat.example.org"), 1, S(""), false, false}},
        {.url = S("irc+unix:confab.sock"),
         .listen = {CONFIG_DOOR_IRC, S(""), 0, S("confab.sock"), false, false}},
        {.url = S("plain+unix:/run/a:b"),
         .listen = {CONFIG_DOOR_PLAIN, S(""), 0, S("/run/a:b"), false, false}},
        {.url = S("irc+unix:" NINETY TEN "1234567"),
         .listen = {CONFIG_DOOR_IRC, S(""), 0, S(NINETY TEN "1234567"), false}},
        {.url = S("irc://" LABEL LABEL LABEL LABEL "0123456:1"),
         .listen = {CONFIG_DOOR_IRC, S(LABEL LABEL LABEL LABEL "0123456"), 1, S(""), false, false}},
        {.url = S("ircs://*:6697"), .listen = {CONFIG_DOOR_IRC, S("*"), 6697, S(""), true, false}},
        {.url = S("irc://[::1]:6667?proxy"),
         .listen = {CONFIG_DOOR_IRC, S("::1"), 6667, S(""), false, true}},
        {.url = S("irc+unix:a?proxy"), .listen = {CONFIG_DOOR_IRC, S(""), 0, S("a"), false, true}},
        {.url = S("ircs://*?proxy"),
         .listen = {CONFIG_DOOR_IRC, S("*"), 6697, S(""), true, true},
         .written = S("ircs://*:6697?proxy")},
        {.url = S("ircs://a.example"),
         .listen = {CONFIG_DOOR_IRC, S("a.example"), 6697, S(""), true, false},
         .written = S("ircs://a.example:6697")},
        {.url = S("plains://[::1]"),
         .listen = {CONFIG_DOOR_PLAIN, S("::1"), 21568, S(""), true, false},
         .written = S("plains://[::1]:21568")},
        {.url = S("irc://*"),
         .listen = {CONFIG_DOOR_IRC, S("*"), 6667, S(""), false, false},
         .written = S("irc://*:6667")},
        {.url = S("plain://[::]"),
         .listen = {CONFIG_DOOR_PLAIN, S("::"), 21567, S(""), false, false},
         .written = S("plain://[::]:21567")},
        {.url = S("irc://*:007"),
         .listen = {CONFIG_DOOR_IRC, S("*"), 7, S(""), false, false},
         .written = S("irc://*:7")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct buf why;
        struct buf written;
        buf_init(&why, 1024);
        buf_init(&written, 1024);
        struct config_listen listen = {.port = 0};
        bool is_parsed = listen_url_parse(guard_copy(&guard, rows[i].url), &listen, &why);
        CHECK_STR(buf_str(&why), STR(""));
        CHECK(is_parsed);
        CHECK(listen.door == rows[i].listen.door);
        CHECK(listen.is_tls == rows[i].listen.is_tls);
        CHECK(listen.has_proxy == rows[i].listen.has_proxy);
        CHECK_STR(listen.host, rows[i].listen.host);
        CHECK_U64(listen.port, rows[i].listen.port);
        CHECK_STR(listen.path, rows[i].listen.path);
        listen_url_put(&written, &listen);
        CHECK_STR(buf_str(&written), rows[i].written.len > 0 ? rows[i].written : rows[i].url);
        guard_free(&guard);
        buf_deinit(&why);
        buf_deinit(&written);
    }
}

#define KINDS                                                                      \
    "begins with no known kind of door; write irc://HOST:PORT, ircs://HOST:PORT, " \
    "plain://HOST:PORT, irc+unix:PATH or plain+unix:PATH"
#define NO_PORT                                                                                \
    "has no port that can be used; write a number up to 65535 behind a colon, 0 for any free " \
    "port"
#define NO_HOST                                                                                 \
    "has no address or host name that could be listened on; write * for all addresses, or one " \
    "of this machine"
#define NO_IPV6 "has no IPv6 address in the brackets; write one such as irc://[::1]:6667"
#define COLONS  "has colons in its host; write an IPv6 address in brackets: irc://[::1]:6667"

TEST(wrong_urls_say_what_to_write)
{
    static const struct {
        struct str url;
        struct str why;
    } rows[] = {
        {S(""), S(KINDS)},
        {S("6667"), S(KINDS)},
        {S("*:6667"), S(KINDS)},
        {S("http://*:80"), S(KINDS)},
        {S("ircx://*:6697"), S("begins with no known kind of door; did you mean irc?")},
        {S("IRC://*:6667"), S("begins with no known kind of door; did you mean irc?")},
        {S("plan://*:6667"), S("begins with no known kind of door; did you mean plain?")},
        {S("irc+unx:a"), S("begins with no known kind of door; did you mean irc+unix?")},
        {S("irc"), S("has no // behind its kind; write irc://HOST:PORT")},
        {S("irc:"), S("has no // behind its kind; write irc://HOST:PORT")},
        {S("plain:*:1"), S("has no // behind its kind; write plain://HOST:PORT")},
        {S("irc://"), S("has no host; write * for all addresses, or one of this machine")},
        {S("irc://:6667"), S("has no host; write * for all addresses, or one of this machine")},
        {S("irc://*:"), S(NO_PORT)},
        {S("irc://*:65536"), S(NO_PORT)},
        {S("irc://*:-1"), S(NO_PORT)},
        {S("irc://*:6667/"), S(NO_PORT)},
        {S("irc://[::1]6667"), S(NO_PORT)},
        {S("irc://[::1"), S(NO_IPV6)},
        {S("irc://[]:1"), S(NO_IPV6)},
        {S("irc://[127.0.0.1]:1"), S(NO_IPV6)},
        {S("irc://[::1/64]:1"), S(NO_IPV6)},
        {S("irc://[::g]:1"), S(NO_IPV6)},
        {S("irc://::1:6667"), S(COLONS)},
        {S("irc://::1"), S(COLONS)},
        {S("irc://::"), S(COLONS)},
        {S("irc://a:b:1"), S(COLONS)},
        {S("irc://127.0.0.256:1"), S(NO_HOST)},
        {S("irc://127.0.0:1"), S(NO_HOST)},
        {S("irc://*a:1"), S(NO_HOST)},
        {S("irc://a b:1"), S(NO_HOST)},
        {S("irc://user@host:1"), S(NO_HOST)},
        {S("irc://" LABEL LABEL LABEL LABEL "0123456789:1"), S(NO_HOST)},
        {S("irc://*:1?proxy=1"), S("has more behind ?proxy, which must be its end")},
        {S("irc://*:1?prox"), S(NO_PORT)},
        {S("irc+unix:"), S("has no path; write one such as irc+unix:confab.sock")},
        {S("irc+unix"), S("has no path; write one such as irc+unix:confab.sock")},
        {S("irc+unix:///run/a"), S("has // before its path; write the path right behind the colon: "
                                   "irc+unix:/run/confab.sock")},
        {S("irc+unix:" NINETY TEN "12345678"),
         S("has a path of 108 bytes; the system allows at most 107 for a socket")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct buf why;
        buf_init(&why, 1024);
        struct config_listen listen = {.port = 4711};
        CHECK(!listen_url_parse(guard_copy(&guard, rows[i].url), &listen, &why));
        CHECK_STR(buf_str(&why), rows[i].why);
        CHECK_U64(listen.port, 4711);
        guard_free(&guard);
        buf_deinit(&why);
    }
}

TEST(addresses_collide_on_port_and_path)
{
    static const struct {
        const char *a;
        const char *b;
        bool is_collision;
    } rows[] = {
        {"irc://*:1", "irc://*:1", true},         {"irc://*:1", "plain://*:1", true},
        {"irc://*:1", "irc://127.0.0.1:1", true}, {"irc://[::1]:1", "irc://*:1", true},
        {"irc://Host:1", "irc://host:1", true},   {"irc://127.0.0.1:1", "irc://127.0.0.2:1", false},
        {"irc://*:1", "irc://*:2", false},        {"irc://*:0", "irc://*:0", false},
        {"irc+unix:a", "plain+unix:a", true},     {"irc+unix:a", "irc+unix:b", false},
        {"irc+unix:a", "irc://*:1", false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct config_listen a;
        struct config_listen b;
        struct buf why;
        buf_init(&why, 1024);
        CHECK(listen_url_parse(str_from_nul(rows[i].a), &a, &why));
        CHECK(listen_url_parse(str_from_nul(rows[i].b), &b, &why));
        CHECK(listen_url_collides(&a, &b) == rows[i].is_collision);
        CHECK(listen_url_collides(&b, &a) == rows[i].is_collision);
        buf_deinit(&why);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_say_door_and_address),
        cmocka_unit_test(wrong_urls_say_what_to_write),
        cmocka_unit_test(addresses_collide_on_port_and_path),
    };
    return cmocka_run_group_tests_name("listen_url", tests, NULL, NULL);
}
