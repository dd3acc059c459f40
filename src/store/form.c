/* Events on disk; see form.h. */
#include "store/form.h"

#include "base/limits.h"
#include "base/msgid.h"
#include "base/pack.h"
#include "hub/capability.h"

#include <assert.h>

#define CODE_BITS          4
#define CODE_MASK          0x0FU
#define CODE_SAID          0x0CU /* and above: a message, and the low bits of its number */
#define SAID_BITS          2
#define SAID_MASK          0x03U
#define SAID_SEQ_MAX       (UINT64_MAX >> (CODE_BITS - SAID_BITS))
#define FORM_HAS_TAGS      0x010U
#define FORM_HAS_TARGET    0x020U
#define FORM_IS_LIST       0x040U
#define FORM_IS_BOT        0x080U
#define FORM_IS_OPERATOR   0x100U
#define FORM_IS_NOT_TEXT   0x200U /* the last parameter is not free text */
#define FORM_HAS_NO_PARAMS 0x400U
#define FORM_HAS_SEQ       0x800U
#define PARAMS_MAX         (LIMIT_MULTILINE_LINES + LIMIT_PARAMS)

/* Numbers are on disk: add at the end, never change. */
static const struct {
    enum event_kind kind;
    struct str command;
    uint64_t needs;
} codes[] = {
    {EVENT_MESSAGE, STR_INIT("PRIVMSG"), 0},
    {EVENT_MESSAGE, STR_INIT("NOTICE"), 0},
    {EVENT_MESSAGE, STR_INIT("TAGMSG"), CAP(MESSAGE_TAGS)},
    {EVENT_JOIN, STR_INIT("JOIN"), 0},
    {EVENT_PART, STR_INIT("PART"), 0},
    {EVENT_QUIT, STR_INIT("QUIT"), 0},
    {EVENT_KICK, STR_INIT("KICK"), 0},
    {EVENT_NICK, STR_INIT("NICK"), 0},
    {EVENT_MODE, STR_INIT("MODE"), 0},
    {EVENT_TOPIC, STR_INIT("TOPIC"), 0},
};

static_assert(ARRAY_LEN(codes) <= CODE_SAID, "it fits in its bits");
static_assert((CODE_SAID | SAID_MASK) == CODE_MASK, "what is left of them are numbers");

static uint64_t
code_of(const struct event *event)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i].kind == event->kind && str_equal(codes[i].command, event->command))
            return i;
    }
    cf_unreachable("an event of a kind that is not kept");
}

bool
form_find_command(struct str command, struct event_spec *spec)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (!str_equal(codes[i].command, command))
            continue;
        spec->kind = codes[i].kind;
        spec->command = codes[i].command;
        spec->needs = codes[i].needs;
        return true;
    }
    return false;
}

bool
form_kind_has_target(enum event_kind kind)
{
    return kind != EVENT_QUIT && kind != EVENT_NICK;
}

bool
form_has_target(const struct event *event)
{
    return form_kind_has_target(event->kind);
}

/* The short form; false for what has another one. head: as it would be in that. */
static bool
put_said(struct buf *out, const struct event *event, uint64_t head)
{
    if (head != FORM_HAS_SEQ || event->param_count != 2 || event->seq > SAID_SEQ_MAX)
        return false;
    pack_number(out, event->seq >> SAID_BITS << CODE_BITS | CODE_SAID | (event->seq & SAID_MASK));
    buf_put(out, event->params[1]);
    return true;
}

void
form_put(struct buf *out, const struct event *event, struct str target_name)
{
    size_t first = form_kind_has_target(event->kind) ? 1 : 0;
    assert(event->param_count >= first);
    size_t count = event->param_count - first;
    bool has_target = first == 1 && !str_equal(event->params[0], target_name);
    bool is_list = count > 1 || event->joints.len > 0;
    uint64_t head = code_of(event);
    head |= event->client_tags.len > 0 ? FORM_HAS_TAGS : 0;
    head |= has_target ? FORM_HAS_TARGET : 0;
    head |= is_list ? FORM_IS_LIST : 0;
    head |= event->is_bot ? FORM_IS_BOT : 0;
    head |= event->is_operator ? FORM_IS_OPERATOR : 0;
    head |= event->is_last_text ? 0 : FORM_IS_NOT_TEXT;
    head |= count == 0 ? FORM_HAS_NO_PARAMS : 0;
    head |= event->seq != 0 ? FORM_HAS_SEQ : 0;
    if (put_said(out, event, head))
        return;
    pack_number(out, head);
    if (event->seq != 0)
        pack_number(out, event->seq);
    if (has_target)
        pack_text(out, event->params[0]);
    if (event->client_tags.len > 0)
        pack_text(out, event->client_tags);
    if (is_list) {
        pack_number(out, count);
        pack_text(out, event->joints);
        for (size_t i = first; i < event->param_count; i++)
            pack_text(out, event->params[i]);
    } else if (count == 1) {
        buf_put(out, event->params[first]);
    }
    assert(!out->is_truncated);
}

/* The parameters behind the target; false when there are more than there can be. */
static bool
read_params(struct unpack *in, uint64_t head, struct event_spec *spec, struct str *params)
{
    if (head & FORM_HAS_NO_PARAMS)
        return true;
    if (!(head & FORM_IS_LIST)) {
        params[spec->param_count++] = unpack_rest(in);
        return true;
    }
    uint64_t count = unpack_number(in);
    if (count > PARAMS_MAX)
        return false;
    spec->joints = unpack_text(in);
    for (uint64_t i = 0; i < count; i++)
        params[spec->param_count++] = unpack_text(in);
    return spec->joints.len == 0 || spec->joints.len == count;
}

struct event *
form_read(struct str bytes, const struct form_columns *columns)
{
    struct unpack in = UNPACK(bytes);
    struct str account = columns->account;
    uint64_t head = unpack_number(&in);
    uint64_t seq = 0;
    if ((head & CODE_SAID) == CODE_SAID) {
        seq = head >> CODE_BITS << SAID_BITS | (head & SAID_MASK);
        head = 0; /* a PRIVMSG and its text */
    }
    if ((head & CODE_MASK) >= ARRAY_LEN(codes))
        return NULL;
    enum event_kind kind = codes[head & CODE_MASK].kind;
    struct str params[PARAMS_MAX + 1];
    struct event_spec spec = {
        .kind = kind,
        .command = codes[head & CODE_MASK].command,
        .is_bot = (head & FORM_IS_BOT) != 0,
        .is_operator = (head & FORM_IS_OPERATOR) != 0,
        .is_last_text = (head & FORM_IS_NOT_TEXT) == 0,
        .wall_ms = msgid_wall_ms(columns->msgid),
        .msgid = columns->msgid,
        .seq = seq,
        .batch = columns->batch,
        .source = columns->source,
        .account = str_cut(&account, '\0'),
        .params = params,
        .needs = codes[head & CODE_MASK].needs,
    };
    if (head & FORM_HAS_SEQ)
        spec.seq = unpack_number(&in);
    if (head & FORM_HAS_TARGET)
        params[spec.param_count++] = unpack_text(&in);
    else if (form_kind_has_target(kind))
        params[spec.param_count++] = columns->target_name;
    if (head & FORM_HAS_TAGS)
        spec.client_tags = unpack_text(&in);
    if (!read_params(&in, head, &spec, params) || in.is_bad)
        return NULL;
    return event_new(&spec);
}
