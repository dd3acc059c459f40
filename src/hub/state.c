/* Small things that all of the hub uses; see state.h. */
#include "hub/state.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

struct str
call_param(const struct call *call, size_t index)
{
    assert(index < LIMIT_PARAMS);
    return index < call->msg->param_count ? call->msg->params[index] : STR_NONE;
}

struct str
str_dup(struct str text)
{
    if (text.len == 0)
        return STR_NONE;
    char *copy = cf_alloc(text.len);
    memcpy(copy, text.ptr, text.len);
    return (struct str){.ptr = copy, .len = text.len};
}

void
str_free(struct str *owned)
{
    cf_free((void *)(uintptr_t)owned->ptr); /* made by str_dup, so not constant */
    *owned = STR_NONE;
}

void
str_replace(struct str *owned, struct str text)
{
    struct str copy = str_dup(text); /* first: text may be part of what is replaced */
    str_free(owned);
    *owned = copy;
}
