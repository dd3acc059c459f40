/* Small things that all of the hub uses; see state.h. */
#include "hub/state.h"

#include <assert.h>

struct str
call_param(const struct call *call, size_t index)
{
    assert(index < LIMIT_PARAMS);
    return index < call->msg->param_count ? call->msg->params[index] : STR_NONE;
}
