/*
 * docs/modes.md: made from the tables of modes, extended bans, notices and privileges, so that the
 * manual says what HELP says. With --update it is written anew.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "hub/extban.h"
#include "hub/mode.h"
#include "hub/privilege.h"
#include "hub/server_notice.h"
#include "unit/support/unit.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_BYTES (64 * 1024)

static const char *path;

/* '|' ends a cell. */
static void
put_cell(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '|')
            buf_put_byte(out, '\\');
        buf_put_byte(out, text.ptr[i]);
    }
}

static void
put_row(struct buf *out, struct str first, struct str second, struct str help)
{
    buf_put(out, STR("| `"));
    buf_put(out, first);
    buf_put(out, STR("` | "));
    put_cell(out, second);
    buf_put(out, STR(" | "));
    put_cell(out, help);
    buf_put(out, STR(" |\n"));
}

static void
put_channel_modes(struct buf *out)
{
    buf_put(out, STR("## Modes of channels\n\n`MODE <channel> +letter`\n\n"
                     "| letter | changed by | what it does |\n|---|---|---|\n"));
    for (size_t i = 0; i < channel_mode_count(); i++) {
        const struct channel_mode_row *row = channel_mode_at(i);
        char letters[64];
        char who[96];
        (void)snprintf(letters, sizeof letters, "%c%s%.*s", row->letter,
                       row->parameter.len > 0 ? " " : "", STR_ARG(row->parameter));
        (void)snprintf(who, sizeof who, "%s%s",
                       row->set_by >= RANK_OP ? "operator" : "half operator",
                       row->is_for_operators ? " who is an operator of the server" : "");
        put_row(out, str_from_nul(letters), str_from_nul(who), row->help);
    }
}

static void
put_ranks_and_users(struct buf *out)
{
    buf_put(out, STR("\n## Ranks of members\n\n`MODE <channel> +letter <nick>`\n\n"
                     "| letter | sign | what it may |\n|---|---|---|\n"));
    for (size_t i = 0; i < RANK_COUNT; i++) {
        const struct rank_row *row = rank_row_at(i);
        put_row(out, (struct str){.ptr = &row->letter, .len = 1},
                (struct str){.ptr = &row->prefix, .len = 1}, row->help);
    }
    buf_put(out, STR("\n## Modes of users\n\n`MODE <your nick> +letter`\n\n"
                     "| letter | set by | what it does |\n|---|---|---|\n"));
    for (size_t i = 0; i < user_mode_count(); i++) {
        const struct user_mode_row *row = user_mode_at(i);
        put_row(out, (struct str){.ptr = &row->letter, .len = 1},
                row->is_set_by_user ? STR("everybody") : STR("operators"), row->help);
    }
}

static void
put_extbans(struct buf *out)
{
    buf_put(out,
            STR("\n## Extended bans\n\nIn the lists `b`, `e` and `I`. Some say what is forbidden "
                "and take a mask, or one of the others, behind the colon; the others say who is "
                "meant, and may have a `!` before them: `m:!a:*` mutes all who have no "
                "account.\n\n| form | kind | what it means |\n|---|---|---|\n"));
    for (size_t i = 0; i < extban_count(); i++) {
        const struct extban_row *row = extban_at(i);
        char form[96];
        (void)snprintf(form, sizeof form, "%c:%.*s", row->letter, STR_ARG(row->value));
        put_row(out, str_from_nul(form), row->effects != 0 ? STR("forbids") : STR("matches"),
                row->help);
    }
}

static void
put_operators(struct buf *out)
{
    buf_put(out, STR("\n## Notices for operators of the server\n\n`MODE <your nick> +s "
                     "+letters-letters`\n\n| letter | | what is told |\n|---|---|---|\n"));
    for (size_t i = 0; i < server_notice_count(); i++) {
        char letter = server_notice_letter(i);
        put_row(out, (struct str){.ptr = &letter, .len = 1}, STR(""), server_notice_help(i));
    }
    buf_put(out, STR("\n## Privileges of operators of the server\n\n`oper_classes` in the "
                     "configuration says which class has which.\n\n| name | | what it allows "
                     "|\n|---|---|---|\n"));
    for (size_t i = 0; i < privilege_count(); i++) {
        uint32_t privilege = privilege_at(i);
        put_row(out, privilege_name(privilege), STR(""), privilege_help(privilege));
    }
}

static void
put_document(struct buf *out)
{
    buf_init(out, DOCUMENT_BYTES);
    buf_put(out,
            STR("# Modes, extended bans and privileges\n\nMade from the tables in src/hub/ by "
                "tests/unit/test_modes_doc.c; `HELP MODES`, `HELP UMODES`, `HELP RANKS`, `HELP "
                "EXTBANS`, `HELP NOTICES` and `HELP PRIVILEGES` say the same.\n\n"));
    put_channel_modes(out);
    put_ranks_and_users(out);
    put_extbans(out);
    put_operators(out);
}

TEST(the_manual_says_what_the_tables_say)
{
    struct buf wanted;
    put_document(&wanted);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *bytes = cf_alloc(DOCUMENT_BYTES);
    size_t len = fread(bytes, 1, DOCUMENT_BYTES, file);
    (void)fclose(file); /* read only */
    CHECK_STR(((struct str){.ptr = bytes, .len = len}), buf_str(&wanted));
    cf_free(bytes);
    buf_deinit(&wanted);
}

static int
update(void)
{
    struct buf text;
    put_document(&text);
    FILE *file = fopen(path, "wb");
    bool is_written = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
    is_written = file != NULL && fclose(file) == 0 && is_written;
    buf_deinit(&text);
    return is_written ? 0 : 1;
}

int
main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_says_what_the_tables_say),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test_modes_doc <docs/modes.md> [--update]\n");
        return 2;
    }
    path = argv[1];
    if (argc > 2 && strcmp(argv[2], "--update") == 0)
        return update();
    return cmocka_run_group_tests_name("modes_doc", tests, NULL, NULL);
}
