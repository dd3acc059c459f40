/* Errors for humans; see err.h. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
cf_err_set(struct cf_err *err, int code, const char *format, ...)
{
    assert(err != NULL);
    assert(code < 0);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args); /* cut when too long */
    va_end(args);
    err->code = code;
    return code;
}

const char *
errno_text(int code)
{
    assert(code > 0);
    const char *text = strerrordesc_np(code); /* unlike strerror: no locale, no shared buffer */
    return text == NULL ? "unknown error" : text;
}
