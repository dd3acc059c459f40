/*
 * Tests of server/config_print.h: what it writes can be read again, and the manual and the example
 * in docs/ are what it writes.
 *
 *     test_config_print <docs folder> [--update]
 *
 * --update writes both anew, for review in the diff.
 */
#include "server/config_print.h"

#include "base/alloc.h"
#include "unit/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1024 * 1024)

static const char *docs_folder;

/* --- round trips --- */

static struct config *
parse(struct str yaml)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_parse(yaml, "c", &report);
    if (report.error_count > 0)
        print_error("%s\n", report.problems[0].text);
    config_report_deinit(&report);
    CHECK(config != NULL);
    return config;
}

static void
put_yaml(struct buf *out, const struct config *config)
{
    buf_init(out, CONFIG_PRINT_BYTES_MAX);
    config_put_yaml(out, config);
    CHECK(!out->is_truncated);
}

#define HASH "$argon2id$v=19$m=65536,t=2,p=1$A7B1RDOx7wguERos9ANcqw$6GZpuKq6YtyBOCcZEs1Ox3f"

TEST(what_is_written_is_read_as_the_same)
{
    static const struct str files[] = {
        STR_INIT(""),
        STR_INIT(
            "server: {network: \"a\\\"\\\\ b: # c\", description: \"\\ufeff\\ufffe- \xC3\xA4\"}"),
        STR_INIT("workers: per-client\nlisten: [\"irc+unix:a \\\" b\", \"irc://[::1]:0\"]"),
        STR_INIT("limits: {ping_interval: 1001ms, input_queue: 16385, exempt: []}"),
        STR_INIT("limits: {exempt: [\"::/0\", 0.0.0.0/0, 10.1.2.3, \"2001:db8::/32\"]}"),
        STR_INIT("lobby: {channel: \"\", modes: \"\", half_duplex: on}"),
        STR_INIT("channels: {creator_rank: founder}\nlog: {level: debug, file: \"~\"}"),
        STR_INIT("operators:\n- {name: a, password: \"" HASH "\", mask: b}\n"
                 "- {name: \"'\", password: \"" HASH "\"}\n"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(files)); i++) {
        struct config *config = parse(files[i]);
        struct buf first;
        struct buf second;
        put_yaml(&first, config);
        struct config *again = parse(buf_str(&first));
        put_yaml(&second, again);
        CHECK_STR(buf_str(&second), buf_str(&first));
        config_free(&config);
        config_free(&again);
        buf_deinit(&first);
        buf_deinit(&second);
    }
}

TEST(every_message_of_the_day_survives)
{
    static const struct str texts[] = {
        STR_INIT("one line"),
        STR_INIT("one line\n"),
        STR_INIT("two\nlines\n"),
        STR_INIT("two\nlines"),
        STR_INIT("an empty\n\nline\n"),
        STR_INIT("\nat the start\n"),
        STR_INIT("at the end\n\n"),
        STR_INIT("  indented\nfirst\n"),
        STR_INIT("indented\n  later\n"),
        STR_INIT("\ttab\nfirst\n"),
        STR_INIT("tab\n\tlater\n"),
        STR_INIT("spaces\n   \nalone\n"),
        STR_INIT("spaces at the end  \nof a line \n"),
        STR_INIT("x\n   "),
        STR_INIT("\n"),
        STR_INIT("\n\n"),
        STR_INIT("# no comment\n---\n...\n- : {} [] & * ! | > ' \" % @ `\n"),
        STR_INIT("bold \x02text\x02 and \x03"
                 "4red\x03\n"),
        STR_INIT("next\xC2\x85line \xE2\x80\xA8 \xE2\x80\xA9\n"),
        STR_INIT("\xEF\xBB\xBF\n\xF0\x9F\x98\x80 \xE4\xBD\xA0\xE5\xA5\xBD\n"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(texts)); i++) {
        struct config *config = parse(STR(""));
        config->motd_text = texts[i];
        struct buf yaml;
        put_yaml(&yaml, config);
        struct config *again = parse(buf_str(&yaml));
        CHECK_STR(again->motd_text, texts[i]);
        config_free(&config);
        config_free(&again);
        buf_deinit(&yaml);
    }
}

/* --- documents --- */

static struct str
read_document(const char *name, char **bytes_out)
{
    struct buf path;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/%s", docs_folder, name);
    FILE *file = fopen(buf_nul_terminated(&path), "rb");
    buf_deinit(&path);
    *bytes_out = cf_alloc(FILE_BYTES_MAX);
    size_t len = 0;
    if (file != NULL) {
        len = fread(*bytes_out, 1, FILE_BYTES_MAX, file);
        (void)fclose(file); /* only read from */
    }
    return (struct str){.ptr = *bytes_out, .len = len};
}

static void
write_document(const char *name, struct str text)
{
    struct buf path;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/%s", docs_folder, name);
    FILE *file = fopen(buf_nul_terminated(&path), "wb");
    if (file == NULL || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file) != 0) {
        perror(buf_nul_terminated(&path));
        exit(1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
    }
    buf_deinit(&path);
}

static void
put_example(struct buf *out)
{
    struct config *config = parse(STR(""));
    put_yaml(out, config);
    config_free(&config);
}

/* The page with the section OPTIONS, up to the next one, replaced by what the table gives. */
static void
put_page(struct buf *out, struct str page)
{
    buf_init(out, FILE_BYTES_MAX);
    size_t start = str_find(page, STR(".Sh OPTIONS\n"));
    struct str rest = str_skip(page, start + 1);
    buf_put(out, str_take(page, start));
    config_put_manual(out);
    buf_put(out, str_skip(rest, str_find(rest, STR(".Sh "))));
}

TEST(the_example_is_what_is_written_of_the_defaults)
{
    char *bytes;
    struct str document = read_document("confab.example.yaml", &bytes);
    struct buf expected;
    put_example(&expected);
    if (!str_equal(document, buf_str(&expected)))
        unit_fail("docs/confab.example.yaml is up to date (else: --update)", __FILE__, __LINE__);
    cf_free(bytes);
    buf_deinit(&expected);
}

TEST(the_manual_has_the_options_of_the_table)
{
    char *bytes;
    struct str document = read_document("man/confab.yaml.5", &bytes);
    struct buf expected;
    put_page(&expected, document);
    if (document.len == 0 || !str_equal(document, buf_str(&expected)))
        unit_fail("docs/man/confab.yaml.5 is up to date (else: --update)", __FILE__, __LINE__);
    cf_free(bytes);
    buf_deinit(&expected);
}

static int
update(void)
{
    struct buf text;
    put_example(&text);
    write_document("confab.example.yaml", buf_str(&text));
    buf_deinit(&text);
    char *bytes;
    put_page(&text, read_document("man/confab.yaml.5", &bytes));
    write_document("man/confab.yaml.5", buf_str(&text));
    buf_deinit(&text);
    cf_free(bytes);
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_as_the_same),
        cmocka_unit_test(every_message_of_the_day_survives),
        cmocka_unit_test(the_example_is_what_is_written_of_the_defaults),
        cmocka_unit_test(the_manual_has_the_options_of_the_table),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test_config_print <docs folder> [--update]\n");
        return 2;
    }
    docs_folder = argv[1];
    if (argc > 2 && strcmp(argv[2], "--update") == 0)
        return update();
    return cmocka_run_group_tests_name("config_print", tests, NULL, NULL);
}
