/* Problems of a configuration; see config_report.h. */
#include "server/config_report.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define TEXT_BYTES_MAX  1024
#define FIRST_BYTES_MAX 300 /* of a struct cf_err, with something behind it */
#define WARNINGS_MAX    (LIMIT_CONFIG_PROBLEMS / 2) /* the other half is for errors alone */

void
config_report_init(struct config_report *report)
{
    *report = (struct config_report){.count = 0};
}

void
config_report_deinit(struct config_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        cf_free(report->problems[i].text);
    *report = (struct config_report){.count = 0};
}

static bool
is_before(struct config_place a, struct config_place b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static char *
text_dup(struct str text)
{
    char *copy = cf_alloc(text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void
insert(struct config_report *report, struct config_problem problem)
{
    size_t at = report->count;
    while (at > 0 && is_before(problem.place, report->problems[at - 1].place)) {
        report->problems[at] = report->problems[at - 1];
        at--;
    }
    report->problems[at] = problem;
    report->count++;
    report->error_count += problem.severity == CONFIG_ERROR ? 1 : 0;
}

void
config_report_add(struct config_report *report, enum config_severity severity, const char *source,
                  struct config_place place, const char *format, ...)
{
    assert(source != NULL);
    size_t warning_count = report->count - report->error_count;
    if (config_report_is_full(report) ||
        (severity == CONFIG_WARNING && warning_count == WARNINGS_MAX))
        return;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    buf_printf(&text, "%s:", source);
    if (place.line > 0)
        buf_printf(&text, "%u:%u:", place.line, place.column);
    buf_put(&text, severity == CONFIG_WARNING ? STR(" warning: ") : STR(" "));
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    insert(report, (struct config_problem){
                       .severity = severity,
                       .place = place,
                       .text = text_dup(buf_str(&text)),
                   });
    buf_deinit(&text);
}

bool
config_report_is_full(const struct config_report *report)
{
    return report->count == LIMIT_CONFIG_PROBLEMS;
}

int
config_report_get_err(const struct config_report *report, struct cf_err *err)
{
    assert(report->error_count > 0);
    size_t first = 0;
    while (report->problems[first].severity != CONFIG_ERROR)
        first++;
    if (report->error_count == 1)
        return cf_err_set(err, -EINVAL, "%s", report->problems[first].text);
    /* The text may be long, and what is cut must not be how many there are. */
    struct str text = utf8_take(str_from_nul(report->problems[first].text), FIRST_BYTES_MAX);
    return cf_err_set(err, -EINVAL, "%.*s (and %zu more: confab check tells all)", STR_ARG(text),
                      report->error_count - 1);
}
