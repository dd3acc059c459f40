/* Tests of server/option_rules.h, as part of a configuration. */
#include "base/buf.h"
#include "server/config.h"
#include "unit/support/unit.h"

#define S STR_INIT

/* A file, and all that is said about it: one problem a line. */
struct wrong {
    struct str yaml;
    struct str problems;
};

static struct config *
load(struct str yaml, struct buf *problems)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(yaml, "c", &report);
    buf_init(problems, 65536);
    for (size_t i = 0; i < report.count; i++)
        buf_printf(problems, i == 0 ? "%s" : "\n%s", report.problems[i].text);
    config_report_deinit(&report);
    return config;
}

static void
check_wrong(const struct wrong *rows, size_t count)
{
    for (size_t i = 0; unit_row(i, count); i++) {
        struct buf problems;
        struct config *config = load(rows[i].yaml, &problems);
        CHECK_STR(buf_str(&problems), rows[i].problems);
        CHECK((config == NULL) == (rows[i].problems.len > 0));
        config_free(&config);
        buf_deinit(&problems);
    }
}

static struct config *
load_good(struct str yaml)
{
    struct buf problems;
    struct config *config = load(yaml, &problems);
    CHECK_STR(buf_str(&problems), STR(""));
    CHECK(config != NULL);
    buf_deinit(&problems);
    return config;
}

TEST(rates_are_read)
{
    struct config *config = load_good(STR("rates: {joins: 5/10s, nick_changes: off, "
                                          "new_contacts: 1/1d, invitations: 100000/1s, "
                                          "registrations: 50/90s, newcomer_wait: 2m}\n"));
    const struct hub_config *hub = &config->hub;
    CHECK_U64(hub->rates[RATE_JOINS].count, 5);
    CHECK_I64(hub->rates[RATE_JOINS].period_ms, 10000);
    CHECK_U64(hub->rates[RATE_NICKS].count, 0);
    CHECK_U64(hub->rates[RATE_TARGETS].count, 1);
    CHECK_I64(hub->rates[RATE_TARGETS].period_ms, INT64_C(86400000));
    CHECK_U64(hub->rates[RATE_INVITES].count, 100000);
    CHECK_U64(hub->rates[RATE_PROFILE].count, 20); /* the default */
    CHECK_U64(hub->rates[RATE_QUERIES].count, 300);
    CHECK_U64(hub->registrations.count, 50);
    CHECK_I64(hub->newcomer_wait_ms, 120000);
    config_free(&config);
}

TEST(what_is_no_rate_is_refused)
{
    static const struct wrong rows[] = {
        {S("rates: {joins: 20}\n"),
         S("c:1:16: rates.joins: \"20\" is no rate; write a number up to 100000 and a time from 1s "
           "to 1d, such as 20/1m for 20 in a minute, or off")},
        {S("rates: {joins: 0/1m}\n"),
         S("c:1:16: rates.joins: \"0/1m\" is no rate; write a number up to 100000 and a time from "
           "1s to 1d, such as 20/1m for 20 in a minute, or off")},
        {S("rates: {joins: 1/999ms}\n"),
         S("c:1:16: rates.joins: \"1/999ms\" is no rate; write a number up to 100000 and a time "
           "from 1s to 1d, such as 20/1m for 20 in a minute, or off")},
        {S("rates: {joins: 1/1s}\n"), S("")},
        {S("rates: {joins: 1/24h}\n"), S("")},
        {S("rates: {joins: 1/86400001ms}\n"),
         S("c:1:16: rates.joins: \"1/86400001ms\" is no rate; write a number up to 100000 and a "
           "time from 1s to 1d, such as 20/1m for 20 in a minute, or off")},
        {S("rates: {joins: 100001/1s}\n"),
         S("c:1:16: rates.joins: \"100001/1s\" is no rate; write a number up to 100000 and a time "
           "from 1s to 1d, such as 20/1m for 20 in a minute, or off")},
        {S("rates: {joins: \"\"}\n"),
         S("c:1:16: rates.joins: \"\" is no rate; write a number up to 100000 and a time from 1s to "
           "1d, such as 20/1m for 20 in a minute, or off")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(names_have_rules)
{
    struct config *config = load_good(STR("names:\n  scripts: strict\n  refuse_lookalikes: no\n"
                                          "  reserved: [\"*Serv\", \"#staff*\"]\n"));
    CHECK(config->hub.scripts == NAME_SCRIPTS_STRICT);
    CHECK(!config->hub.refuses_lookalikes);
    CHECK_U64(config->hub.reserved_name_count, 2);
    CHECK_STR(config->hub.reserved_names[1], STR("#staff*"));
    config_free(&config);

    static const struct wrong rows[] = {
        {S("names: {scripts: latin}\n"), S("c:1:18: names.scripts: \"latin\" is not known here; "
                                           "write any, moderate, strict or ascii")},
        {S("names: {reserved: [a, \"#b\", A]}\n"),
         S("c:1:29: names.reserved: \"A\" stands for the same as \"a\" before; delete one of them")},
        {S("names: {reserved: [a b]}\n"),
         S("c:1:20: names.reserved: \"a b\" can't be sent by a client; write it without spaces and "
           "without : in front")},
        {S("names: {reserved: [\"\"]}\n"),
         S("c:1:20: names.reserved: is empty; write at least 1 byte")},
        {S("names: {reserved: []}\n"), S("")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(filter_rules_are_read)
{
    struct config *config = load_good(
        STR("filters:\n"
            "  - name: casino\n"
            "    pattern: 'free\\s+casino'\n"
            "  - {name: pills_2, pattern: \"pills\", action: shun,\n"
            "     targets: \"channel, nick,REALNAME\", exempt: \"\", reason: no pills}\n"));
    CHECK_U64(config->hub.filter_count, 2);
    const struct hub_filter *rule = &config->hub.filters[0];
    CHECK_STR(rule->pattern, STR("free\\s+casino"));
    CHECK(rule->action == FILTER_BLOCK);
    CHECK_U64(rule->targets, FILTER_IN_CHANNEL | FILTER_IN_PRIVATE | FILTER_IN_NOTICE);
    CHECK_U64(rule->exempts, FILTER_EXEMPTS_OPERATORS);
    CHECK_STR(rule->reason, STR(""));
    rule = &config->hub.filters[1];
    CHECK_STR(rule->name, STR("pills_2"));
    CHECK(rule->action == FILTER_SHUN);
    CHECK_U64(rule->targets, FILTER_IN_CHANNEL | FILTER_IN_NICK | FILTER_IN_REALNAME);
    CHECK_U64(rule->exempts, 0);
    CHECK_STR(rule->reason, STR("no pills"));
    config_free(&config);
}

TEST(filter_rules_are_checked)
{
    static const struct wrong rows[] = {
        {S("filters:\n- name: a\n  pattern: 'b(c'\n"),
         S("c:3:12: filters.pattern: \"b(c\" is no regular expression: at its byte 4, missing "
           "closing parenthesis; correct it")},
        {S("filters: [{name: a, pattern: ''}]\n"),
         S("c:1:30: filters.pattern: is empty; write at least 1 byte")},
        {S("filters: [{name: a}]\n"), S("c:1:11: filters.pattern is missing; write it, too")},
        {S("filters: [{name: a b, pattern: c}]\n"),
         S("c:1:18: filters.name: \"a b\" is no name of a rule; write 1 to 30 letters, digits, - "
           "and _")},
        {S("filters: [{name: a, pattern: b, action: burn}]\n"),
         S("c:1:41: filters.action: \"burn\" is not known here; write block, warn, kill or shun")},
        {S("filters: [{name: a, pattern: b, targets: all}]\n"),
         S("c:1:42: filters.targets: \"all\" has another word than these, with commas: "
           "channel,private,notice,part,quit,topic,nick,away,realname")},
        {S("filters: [{name: a, pattern: b, exempt: voiced accounts}]\n"),
         S("c:1:41: filters.exempt: \"voiced accounts\" has another word than these, with commas: "
           "operators,voiced,accounts")},
        {S("filters: [{name: a, pattern: b}, {name: a, pattern: c}]\n"),
         S("c:1:34: filters: there is another \"a\" before; give them different names")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(block_lists_are_read)
{
    struct config *config = load_good(
        STR("dnsbl:\n  nameservers: '127.0.0.1:5353,192.0.2.1,2001:db8::1,[2001:db8::2]:53'\n"
            "  zones:\n    - {zone: bl.example}\n"
            "    - {zone: other.example, action: mark, replies: [127.0.0.2, 127.0.0.8/29]}\n"));
    const struct hub_config *hub = &config->hub;
    CHECK_U64(hub->dnsbl_zone_count, 2);
    CHECK_STR(hub->dnsbl_zones[0].zone, STR("bl.example"));
    CHECK(hub->dnsbl_zones[0].action == DNSBL_REJECT);
    CHECK_U64(hub->dnsbl_zones[0].reply_count, 1); /* the default */
    CHECK_U64(hub->dnsbl_zones[0].replies[0].bits, 8);
    CHECK(hub->dnsbl_zones[1].action == DNSBL_MARK);
    CHECK_U64(hub->dnsbl_zones[1].reply_count, 2);
    CHECK_I64(config->dnsbl.timeout_ms, 3000);
    config_free(&config);
}

TEST(what_is_no_block_list_is_refused)
{
    static const struct wrong rows[] = {
        {S("dnsbl: {nameservers: dns.example}\n"),
         S("c:1:22: dnsbl.nameservers: \"dns.example\" is no address of a name server; write "
           "192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, several with commas and without "
           "spaces")},
        {S("dnsbl: {nameservers: '192.0.2.1:0'}\n"),
         S("c:1:22: dnsbl.nameservers: \"192.0.2.1:0\" is no address of a name server; write "
           "192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, several with commas and without "
           "spaces")},
        {S("dnsbl: {nameservers: '192.0.2.1,[2001:db8::1]'}\n"),
         S("c:1:22: dnsbl.nameservers: \"[2001:db8::1]\" is no address of a name server; write "
           "192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, several with commas and without "
           "spaces")},
        {S("dnsbl: {zones: [{zone: bl.example, action: kill}]}\n"),
         S("c:1:44: dnsbl.zones.action: \"kill\" is not known here; write reject or mark")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
}

TEST(tokens_are_configured_as_a_whole)
{
    static const struct wrong rows[] = {
        {S("tokens: {algorithm: none}\n"),
         S("c:1:21: tokens.algorithm: \"none\" is not known here; write off, HS256, RS256, ES256 or "
           "EdDSA")},
        {S("tokens: {algorithm: rs256}\n"),
         S("c:1:21: tokens.algorithm: \"rs256\" is not known here; write off, HS256, RS256, ES256 "
           "or EdDSA")},
        {S("tokens: {algorithm: ES256, issuer: a}\n"),
         S("c: tokens.key_file is empty, and tokens.algorithm is not off: name the file with the "
           "issuer's keys\n"
           "c: tokens.audience is empty, and tokens.algorithm is not off: write what the claim aud "
           "of tokens for here is")},
        {S("tokens: {algorithm: ES256, key_file: a, issuer: \"\", audience: a}\n"),
         S("c:1:49: tokens.issuer is empty, and tokens.algorithm is not off: write what the claim "
           "iss of its tokens is")},
        {S("tokens: {algorithm: ES256, key_file: a, issuer: b, audience: c, claim: \"\"}\n"),
         S("c:1:72: tokens.claim: is empty; write at least 1 byte")},
    };
    check_wrong(rows, ARRAY_LEN(rows));
    struct config *config = load_good(STR(""));
    CHECK(!config->hub.takes_tokens);
    CHECK(!config->hub.creates_by_token);
    CHECK_STR(config->tokens.claim, STR("sub"));
    config_free(&config);
    config = load_good(STR("tokens: {algorithm: EdDSA, key_file: a, issuer: b, audience: c, "
                           "claim: d, create_accounts: true}\n"));
    CHECK(config->hub.takes_tokens);
    CHECK(config->hub.creates_by_token);
    CHECK(config->tokens.algorithm == JWT_EDDSA);
    CHECK_STR(config->tokens.key_file, STR("a"));
    CHECK_STR(config->tokens.issuer, STR("b"));
    CHECK_STR(config->tokens.audience, STR("c"));
    CHECK_STR(config->tokens.claim, STR("d"));
    config_free(&config);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_read),
        cmocka_unit_test(what_is_no_rate_is_refused),
        cmocka_unit_test(names_have_rules),
        cmocka_unit_test(filter_rules_are_read),
        cmocka_unit_test(filter_rules_are_checked),
        cmocka_unit_test(block_lists_are_read),
        cmocka_unit_test(what_is_no_block_list_is_refused),
        cmocka_unit_test(tokens_are_configured_as_a_whole),
    };
    return cmocka_run_group_tests_name("option_rules", tests, NULL, NULL);
}
