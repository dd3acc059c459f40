/* LANGUAGE: in which language the server speaks to the session. Spec: see text.h. */
#include "base/buf.h"
#include "hub/command.h"
#include "hub/reply.h"

#include <assert.h>

void
cmd_language(struct call *call)
{
    enum language first = LANGUAGE_COUNT;
    struct str codes[LANGUAGE_COUNT];
    size_t count = call->msg->param_count;
    if (count > LANGUAGE_COUNT) {
        struct buf most;
        buf_init(&most, 16);
        buf_put_u64(&most, LANGUAGE_COUNT);
        reply(call, ERR_TOOMANYLANGUAGES, buf_str(&most));
        buf_deinit(&most);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct str code = call->msg->params[i];
        if (str_starts_with(code, STR("~"))) /* a mark of the list, not of the code */
            code = str_skip(code, 1);
        enum language language;
        if (!language_find(code, &language)) {
            struct str shown = code.len == 0 ? STR("*") : code;
            reply_about(call, ERR_NOLANGUAGE, shown, "Language %.*s is not there: en and zh are",
                        STR_ARG(shown));
            return;
        }
        codes[i] = language_code(language);
        if (first == LANGUAGE_COUNT)
            first = language;
    }
    assert(first != LANGUAGE_COUNT); /* the table asks for a parameter */
    call->session->language = first;
    reply_params(call, RPL_YOURLANGUAGESARE, codes, count);
}
