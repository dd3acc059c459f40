/* A hub with simulated workers; see rig.h. */
#include "rig/rig.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "doors/irc.h"
#include "hub/row_check.h"
#include "store/store_memory.h"
#include "wire/credentials.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX         64 /* in one round */
#define LINES_PER_SESSION 32 /* in one round: as in net/round.c */
#define INPUT_BYTES_MAX   (64 * 1024)
#define FLUSHED_BYTES_MAX (16 * 1024 * 1024)
#define TAG_BYTES_MAX     8191 /* '@' and space included: IRCv3 message-tags */

/* A line that is to be executed in this round. */
struct rig_line {
    struct rig_session *session;
    size_t end;
    enum irc_parse_result why;
    struct irc_msg msg;
};

void
rig_fail(const struct rig *rig, const char *format, ...)
{
    struct buf text;
    buf_init(&text, 4096);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    rig->hooks.failed(rig->hooks.context, buf_nul_terminated(&text));
    abort();
}

static struct rig_session *
session_of(struct recipient *recipient)
{
    return CONTAINER_OF(recipient, struct rig_session, recipient);
}

/* --- checks of lines --- */

static void
check_irc_line(const struct rig *rig, const struct rig_session *session, struct str line)
{
    if (!str_ends_with(line, STR("\r\n")))
        rig_fail(rig, "session %u: a line does not end in CR LF: %.*s", session->number,
                 STR_ARG(line));
    line.len -= 2;
    struct str rest = line;
    if (str_starts_with(line, STR("@"))) {
        size_t tags_len = str_find_byte(line, ' ') + 1;
        rest = str_skip(line, tags_len);
        if (tags_len > TAG_BYTES_MAX)
            rig_fail(rig, "session %u: tags of %zu bytes", session->number, tags_len);
    }
    if (rest.len > LIMIT_LINE_BYTES)
        rig_fail(rig, "session %u: a line of %zu bytes: %.*s", session->number, rest.len + 2,
                 STR_ARG(rest));
    struct irc_msg msg;
    if (irc_line_parse(rest, &msg) != IRC_PARSE_OK)
        rig_fail(rig, "session %u: a line that can't be parsed: %.*s", session->number,
                 STR_ARG(line));
}

static void
check_plain_line(const struct rig *rig, const struct rig_session *session, struct str line)
{
    if (!str_ends_with(line, STR("\n")))
        rig_fail(rig, "session %u: a line without an end: %.*s", session->number, STR_ARG(line));
    line.len--;
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.ptr[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7F)
            rig_fail(rig, "session %u: a control character %02x for a terminal: %.*s",
                     session->number, byte, STR_ARG(line));
    }
}

void
rig_check_line(const struct rig_session *session, struct str line)
{
    const struct rig *rig = session->rig;
    if (str_find_byte(line, '\0') < line.len)
        rig_fail(rig, "session %u: NUL in a line: %.*s", session->number, STR_ARG(line));
    if (!utf8_is_valid(line))
        rig_fail(rig, "session %u: a line is not UTF-8: %.*s", session->number, STR_ARG(line));
    if (session->recipient.door == &irc_door)
        check_irc_line(rig, session, line);
    else
        check_plain_line(rig, session, line);
}

/* --- output --- */

/* All that a session got so far goes to the test, line by line. */
static void
flush(struct rig_session *session)
{
    struct rig *rig = session->rig;
    struct spans *spans = &session->recipient.spans;
    if (spans->count == 0)
        return;
    struct buf bytes;
    buf_init(&bytes, FLUSHED_BYTES_MAX);
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = spans_at(spans, i);
        buf_put(&bytes, (struct str){.ptr = span->ptr, .len = span->len});
    }
    spans_clear(spans);
    if (session->is_slow)
        session->backlog += bytes.len;
    struct str rest = buf_str(&bytes);
    while (rest.len > 0) {
        size_t end = str_find_byte(rest, '\n');
        struct str line = str_take(rest, end + 1);
        rest = str_skip(rest, end + 1);
        rig_check_line(session, line);
        rig->lines_delivered++;
        if (rig->hooks.line != NULL)
            rig->hooks.line(rig->hooks.context, session, line);
    }
    buf_deinit(&bytes);
}

static void
hook_state(void *context, struct recipient *recipient, uint32_t flags)
{
    (void)context;
    struct rig_session *session = session_of(recipient);
    session->is_registered = (flags & SESSION_STATE_REGISTERED) != 0;
    session->is_operator = (flags & SESSION_STATE_OPERATOR) != 0;
}

static void
hook_address(void *context, struct recipient *recipient, struct str address)
{
    (void)context;
    (void)recipient;
    (void)address; /* the rig has no limits of addresses */
}

static void
hook_resume(void *context, struct recipient *recipient)
{
    (void)context;
    session_of(recipient)->is_waiting = false;
}

static void
hook_close(void *context, struct recipient *recipient)
{
    (void)context;
    struct rig_session *session = session_of(recipient);
    session->is_closing = true;
    session->is_attached = false;
}

static void
hook_full(void *context, struct recipient *recipient)
{
    (void)context;
    flush(session_of(recipient));
}

static enum outcome
hook_outcome(void *context, uint64_t ticket)
{
    struct rig *rig = context;
    return ledger_outcome(&rig->ledger, ticket);
}

static void
flush_list(struct list *dirty)
{
    while (!list_is_empty(dirty)) {
        struct recipient *recipient = CONTAINER_OF(dirty->next, struct recipient, dirty);
        list_remove(&recipient->dirty);
        flush(session_of(recipient));
    }
}

void
rig_bury(struct rig_session *session)
{
    assert(session->is_closing);
    struct rig *rig = session->rig;
    distributor_remove(&rig->homes[session->home].distributor, &session->recipient);
    list_remove(&session->in_rig);
    assert(rig->session_count > 0);
    rig->session_count--;
    buf_deinit(&session->input);
    cf_free(session->recipient.door_state);
    cf_free(session);
}

/* After deliveries: writes to all who got something, and frees those who have closed. */
static void
finish_delivery(struct rig *rig, uint32_t home)
{
    struct distributor *distributor = &rig->homes[home].distributor;
    flush_list(&distributor->prompt);
    flush_list(&distributor->bulk);
    list_for_each_safe(node, &rig->sessions) {
        struct rig_session *session = CONTAINER_OF(node, struct rig_session, in_rig);
        if (session->home != home)
            continue;
        if (session->recipient.is_held)
            continue; /* also when it is closing: that is the last it gets */
        if (session->is_closing && !session->has_closed) {
            session->has_closed = true;
            if (rig->hooks.closed != NULL)
                rig->hooks.closed(rig->hooks.context, session);
            if (!session->is_kept)
                rig_bury(session);
        } else if (session->is_attached && session->backlog > rig->backlog_max) {
            rig_detach(session, STR("Output queue full: you read too slowly"));
        }
    }
    distributor_rewind(distributor);
}

void
rig_deliver(struct rig *rig, uint32_t home, size_t count_max)
{
    assert(home < rig->home_count);
    struct deliveries *mail = &rig->homes[home].mail;
    size_t count = mail->count < count_max ? mail->count : count_max;
    for (size_t i = 0; i < count;)
        i += distributor_take(&rig->homes[home].distributor, &mail->items[i], count - i);
    distributor_release(&rig->homes[home].distributor);
    if (count == mail->count) {
        mail->count = 0;
    } else {
        for (size_t i = count; i < mail->count; i++)
            mail->items[i - count] = mail->items[i];
        mail->count -= count;
    }
    finish_delivery(rig, home);
}

void
rig_deliver_all(struct rig *rig)
{
    for (uint32_t home = 0; home < rig->home_count; home++) {
        while (rig_has_mail(rig, home)) /* delivering may disconnect slow readers */
            rig_deliver(rig, home, SIZE_MAX);
    }
}

bool
rig_has_mail(const struct rig *rig, uint32_t home)
{
    return rig->homes[home].mail.count > 0;
}

bool
rig_is_settled(const struct rig *rig)
{
    for (uint32_t home = 0; home < rig->home_count; home++) {
        if (rig_has_mail(rig, home))
            return false;
    }
    return true;
}

/* --- the hub --- */

/* splitmix64: any 64 bits will do, as long as they are the same every time. */
static uint64_t
next_entropy(struct rig *rig)
{
    rig->entropy += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = rig->entropy;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

struct hub_moment
rig_moment(struct rig *rig)
{
    return (struct hub_moment){.wall_ms = rig->now_ms, .entropy = next_entropy(rig)};
}

struct rig_session *
rig_find(const struct rig *rig, struct slot_id id)
{
    list_for_each(node, &rig->sessions) {
        struct rig_session *session = CONTAINER_OF(node, struct rig_session, in_rig);
        if (slot_id_equal(session->id, id) && !slot_id_is_none(id))
            return session;
    }
    return NULL;
}

/* What the hub thinks of a session is known before its home hears of it. */
static void
note_states_at(struct rig *rig, uint32_t home, const struct deliveries *deliveries)
{
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct delivery *delivery = &deliveries->items[i];
        if (delivery->kind != DELIVERY_SESSION_STATE)
            continue;
        struct recipient *recipient =
            distributor_find(&rig->homes[home].distributor, delivery->peer);
        if (recipient != NULL)
            session_of(recipient)->caps_ahead = delivery->caps;
    }
}

static void
note_states(struct rig *rig)
{
    const struct outbox *outbox = hub_outbox(rig->hub);
    for (size_t i = 0; i < outbox->touched_count; i++) {
        uint32_t home = outbox->touched[i];
        note_states_at(rig, home, &outbox->homes[home].deliveries);
    }
}

/* What the hub keeps it would take again. */
static void
check_record(struct rig *rig, const struct record *record)
{
    const struct row_layout *layout =
        record->kind == RECORD_ROW ? row_layout_of(record->row) : NULL;
    struct row_fault fault;
    if (layout != NULL && !row_check(layout, record->key, record->value, &fault))
        rig_fail(rig, "a row of kind %u can't be restored: %.*s: %.*s %s", record->row,
                 STR_ARG(record->key), STR_ARG(fault.field), fault.why);
}

/* Writes what waits for the store, like store/writer.c in one group. */
static void
write_records(struct rig *rig)
{
    if (rig->waiting.count == 0 || rig->is_stalled)
        return;
    uint64_t first = rig->waiting.items[0].ticket;
    uint64_t last = rig->waiting.items[rig->waiting.count - 1].ticket;
    int result = store_begin(rig->store);
    for (size_t i = 0; i < rig->waiting.count && result == 0; i++) {
        check_record(rig, &rig->waiting.items[i]);
        result = store_apply(rig->store, &rig->waiting.items[i]);
    }
    if (result == 0)
        result = store_commit(rig->store);
    if (result != 0) {
        store_rollback(rig->store);
        ledger_lose(&rig->ledger, first, last);
        rig->lost_from = first;
    }
    rig->is_failing = result != 0;
    ledger_settle(&rig->ledger, last);
    for (size_t i = 0; i < rig->waiting.count; i++)
        record_deinit(&rig->waiting.items[i]);
    rig->waiting.count = 0;
}

/* Answers questions for pages whose records are settled, like store/readers.c. */
static void
answer_pages(struct rig *rig)
{
    while (rig->asked_count > 0 &&
           ledger_outcome(&rig->ledger, rig->asked[0].ticket) != OUTCOME_PENDING) {
        struct question question = rig->asked[0];
        rig->asked_count--;
        memmove(rig->asked, rig->asked + 1, rig->asked_count * sizeof *rig->asked);
        struct store_reader *reader = store_reader_new(rig->store);
        struct page page;
        int result = rig->is_broken ? -EIO : store_read_page(reader, &question.page, &page);
        struct hub_moment moment = rig_moment(rig);
        hub_answer_page(rig->hub, question.session, result == 0 ? &page : NULL, &moment);
        if (result == 0)
            page_deinit(&page);
        store_reader_free(&reader);
        question_deinit(&question);
        rig_post(rig);
    }
}

/* Like server/serve.c: the hub is told when the store begins to fail, or works again. */
static void
tell_of_store(struct rig *rig)
{
    if (rig->is_failing == rig->is_told_failing)
        return;
    rig->is_told_failing = rig->is_failing;
    struct hub_moment moment = rig_moment(rig);
    hub_store_changed(rig->hub, rig->is_failing, rig->lost_from, &moment);
    rig_post(rig);
}

void
rig_stall_store(struct rig *rig, bool is_stalled)
{
    rig->is_stalled = is_stalled;
    write_records(rig);
    answer_pages(rig);
    tell_of_store(rig);
    for (uint32_t home = 0; home < rig->home_count; home++)
        rig_deliver(rig, home, 0);
}

void
rig_break_store(struct rig *rig, bool is_broken)
{
    rig->is_broken = is_broken;
    store_memory_fail(rig->store, 0, is_broken ? UINT64_MAX : 0);
}

static void
post_deliveries(struct rig *rig)
{
    struct outbox *outbox = hub_outbox(rig->hub);
    for (size_t i = 0; i < outbox->touched_count; i++) {
        uint32_t home = outbox->touched[i];
        assert(home < rig->home_count);
        outbox->homes[home].is_touched = false;
        deliveries_move(&rig->homes[home].mail, &outbox->homes[home].deliveries);
    }
    outbox->touched_count = 0;
}

static void
put_asked(struct rig *rig, const struct question *question)
{
    rig->asked = cf_array_reserve(rig->asked, &rig->asked_capacity, rig->asked_count + 1,
                                  sizeof *rig->asked);
    rig->asked[rig->asked_count++] = *question;
}

void
rig_post(struct rig *rig)
{
    const struct rig_hooks *hooks = &rig->hooks;
    note_states(rig);
    if (hooks->posting != NULL)
        hooks->posting(hooks->context);
    post_deliveries(rig);
    struct outbox *outbox = hub_outbox(rig->hub);
    records_move(&rig->waiting, &outbox->records);
    write_records(rig);
    for (size_t i = 0; i < outbox->question_count; i++) {
        if (outbox->questions[i].kind == QUESTION_PAGE)
            put_asked(rig, &outbox->questions[i]);
        else if (hooks->question != NULL)
            hooks->question(hooks->context, &outbox->questions[i]);
        else
            question_deinit(&outbox->questions[i]);
    }
    outbox->question_count = 0;
    for (size_t i = 0; i < outbox->request_count; i++) {
        if (hooks->request != NULL)
            hooks->request(hooks->context, &outbox->requests[i]);
    }
    outbox->request_count = 0;
    for (size_t i = 0; i < outbox->note_count; i++) {
        if (hooks->note != NULL)
            hooks->note(hooks->context, &outbox->notes[i]);
        note_deinit(&outbox->notes[i]);
    }
    outbox->note_count = 0;
    answer_pages(rig);
    tell_of_store(rig);
}

static void
note_verdict(struct rig_session *session, enum hub_verdict verdict)
{
    switch (verdict) {
    case HUB_NEXT:
        break;
    case HUB_WAIT:
        session->is_waiting = true;
        break;
    case HUB_MORE:
        session->is_listing = true;
        break;
    case HUB_CLOSED:
        session->is_attached = false;
        break;
    }
}

struct rig_session *
rig_connect(struct rig *rig, uint32_t home, const struct door *door)
{
    assert(home < rig->home_count);
    struct rig_session *session = cf_calloc_array(1, sizeof *session);
    session->rig = rig;
    session->home = home;
    session->number = rig->next_number++;
    buf_init(&session->input, INPUT_BYTES_MAX);
    session->recipient.door = door;
    if (door->state_bytes > 0)
        session->recipient.door_state = cf_calloc_array(1, door->state_bytes);
    list_append(&rig->sessions, &session->in_rig);
    rig->session_count++;
    distributor_add(&rig->homes[session->home].distributor, &session->recipient);
    return session;
}

void
rig_attach(struct rig_session *session, const struct rig_connection *connection)
{
    struct rig *rig = session->rig;
    struct hub_attach attach = {
        .home = session->home,
        .peer = session->recipient.peer,
        .address = connection->address,
        .host = connection->host,
        .fingerprint = connection->fingerprint,
        .is_secure = connection->is_secure,
        .is_operator = connection->is_operator,
    };
    session->recipient.door->attach(session->recipient.door_state, &attach);
    session->recipient.caps = attach.caps;
    session->caps_ahead = attach.caps;
    struct hub_moment moment = rig_moment(rig);
    session->id = hub_attach(rig->hub, &attach, &moment);
    session->recipient.session = session->id;
    session->is_attached = !slot_id_is_none(session->id);
    if (!session->is_attached) {
        distributor_say(&rig->homes[session->home].distributor, &session->recipient,
                        session->recipient.door == &irc_door
                            ? STR("ERROR :Closing link: this server is full, try again later\r\n")
                            : STR("* Closing link: this server is full, try again later\n"));
        session->is_closing = true;
    }
    rig_post(rig);
}

void
rig_feed(struct rig_session *session, struct str bytes)
{
    buf_put(&session->input, bytes);
    session->is_paused = false;
}

void
rig_pause(struct rig_session *session)
{
    session->is_paused = true;
}

/* --- rounds --- */

/* Cuts lines from a session's input. Returns how many there are in the round now. */
static size_t
collect(struct rig_session *session, struct rig_line *lines, size_t count)
{
    struct rig *rig = session->rig;
    struct str rest = buf_str(&session->input);
    for (int i = 0; i < LINES_PER_SESSION && count < LINES_MAX && rest.len > 0; i++) {
        struct door_line line;
        line.is_barrier = false;
        line.answer = &rig->answer;
        enum door_result result = session->recipient.door->read(session->recipient.door_state,
                                                                &rest, session->is_paused, &line);
        if (result == DOOR_MORE)
            break;
        lines[count] = (struct rig_line){
            .session = session,
            .end = session->input.len - rest.len,
            .why = IRC_PARSE_EMPTY,
        };
        if (result == DOOR_LINE) {
            lines[count].why = IRC_PARSE_OK;
            lines[count].msg = line.msg;
        } else if (result == DOOR_INVALID) {
            lines[count].why = line.why;
        }
        count++;
        if (line.is_barrier)
            break;
    }
    if (rig->answer.len > 0) {
        distributor_say(&rig->homes[session->home].distributor, &session->recipient,
                        buf_str(&rig->answer));
        buf_clear(&rig->answer);
    }
    return count;
}

static void
execute(const struct rig_line *line)
{
    struct rig_session *session = line->session;
    struct rig *rig = session->rig;
    if (session->is_waiting || session->is_listing || !session->is_attached)
        return; /* the line stays where it is */
    session->round_used = line->end;
    if (line->why == IRC_PARSE_EMPTY)
        return;
    struct hub_moment moment = rig_moment(rig);
    if (line->why != IRC_PARSE_OK) {
        note_verdict(session, hub_reject_line(rig->hub, session->id, line->why, &moment));
        rig_post(rig);
        return;
    }
    const struct rig_hooks *hooks = &rig->hooks;
    if (hooks->before != NULL)
        hooks->before(hooks->context, session, &line->msg);
    enum hub_verdict verdict = hub_execute(rig->hub, session->id, &line->msg, &moment);
    note_verdict(session, verdict);
    rig_post(rig);
    if (hooks->after != NULL)
        hooks->after(hooks->context, session, &line->msg, verdict);
}

bool
rig_round(struct rig *rig, uint32_t home)
{
    struct rig_line *lines = rig->lines;
    size_t count = 0;
    list_for_each(node, &rig->sessions) {
        struct rig_session *session = CONTAINER_OF(node, struct rig_session, in_rig);
        session->round_used = 0;
        bool may_read = session->home == home && session->is_attached && !session->is_waiting &&
                        !session->is_listing && !session->is_closing;
        if (may_read)
            count = collect(session, lines, count);
    }
    for (size_t i = 0; i < count; i++)
        execute(&lines[i]);
    bool has_used = false;
    list_for_each(node, &rig->sessions) {
        struct rig_session *session = CONTAINER_OF(node, struct rig_session, in_rig);
        if (session->home != home)
            continue;
        has_used = has_used || session->round_used > 0;
        buf_consume(&session->input, session->round_used);
        bool is_too_long = session->input.len > session->recipient.door->line_bytes_max &&
                           str_find_byte(buf_str(&session->input), '\n') == session->input.len;
        if (session->is_attached && is_too_long && session->recipient.door == &irc_door)
            rig_detach(session, STR("Input line too long"));
    }
    bool had_mail = rig_has_mail(rig, home);
    rig_deliver(rig, home, SIZE_MAX);
    return has_used || had_mail;
}

void
rig_settle(struct rig *rig)
{
    bool is_moving = true;
    while (is_moving) {
        is_moving = false;
        for (uint32_t home = 0; home < rig->home_count; home++) {
            while (rig_round(rig, home))
                is_moving = true;
        }
    }
}

void
rig_continue(struct rig_session *session)
{
    assert(session->is_listing);
    session->is_listing = false;
    struct hub_moment moment = rig_moment(session->rig);
    note_verdict(session, hub_continue(session->rig->hub, session->id, &moment));
    rig_post(session->rig);
}

void
rig_detach(struct rig_session *session, struct str reason)
{
    struct rig *rig = session->rig;
    session->is_attached = false;
    struct hub_moment moment = rig_moment(rig);
    hub_detach(rig->hub, session->id, reason, &moment);
    rig_post(rig);
}

void
rig_drain(struct rig_session *session)
{
    session->is_slow = false;
    session->backlog = 0;
}

/* Quick ones, the same each time: "hash-of-" the password, and SCRAM with one iteration. */
static void
make_credentials(const char *password, struct credentials *credentials_out)
{
    static const unsigned char salt[SCRAM_SALT_BYTES] = {0};
    *credentials_out = (struct credentials){
        .sha_256 = {.hash = SCRAM_SHA_256, .iterations = 1},
        .sha_512 = {.hash = SCRAM_SHA_512, .iterations = 1},
    };
    (void)snprintf(credentials_out->password_hash, sizeof credentials_out->password_hash,
                   "hash-of-%s", password); /* cut if it is long: the start tells who it was */
    scram_derive(str_from_nul(password), salt, &credentials_out->sha_256);
    scram_derive(str_from_nul(password), salt, &credentials_out->sha_512);
}

void
rig_answer(struct rig *rig, const struct question *question, enum hub_answer answer)
{
    struct hub_moment moment = rig_moment(rig);
    struct credentials credentials;
    assert(question->kind != QUESTION_DNSBL);
    assert(question->kind != QUESTION_TOKEN);
    if (question->kind == QUESTION_EXPORT) {
        hub_answer_export(rig->hub, question->session, str_from_nul(question->against), answer,
                          &moment);
        rig_post(rig);
        return;
    }
    bool has_credentials = question->kind == QUESTION_CREDENTIALS && answer == HUB_ANSWER_YES;
    if (has_credentials)
        make_credentials(question->secret, &credentials);
    hub_answer(rig->hub, question->session, question->kind, answer,
               has_credentials ? &credentials : NULL, &moment);
    rig_post(rig);
}

void
rig_answer_token(struct rig *rig, const struct question *question, enum jwt_result result,
                 struct str account)
{
    struct hub_moment moment = rig_moment(rig);
    assert(question->kind == QUESTION_TOKEN);
    hub_answer_token(rig->hub, question->session, result, account, &moment);
    rig_post(rig);
}

void
rig_answer_dnsbl(struct rig *rig, const struct question *question, struct str zone)
{
    struct hub_moment moment = rig_moment(rig);
    assert(question->kind == QUESTION_DNSBL);
    hub_answer_dnsbl(rig->hub, question->session, zone, &moment);
    rig_post(rig);
}

void
rig_advance(struct rig *rig, int64_t ms)
{
    rig->now_ms += ms;
}

void
rig_tick(struct rig *rig)
{
    struct hub_moment moment = rig_moment(rig);
    hub_tick(rig->hub, &moment);
    rig_post(rig);
}

void
rig_configure(struct rig *rig, const struct hub_config *config)
{
    struct hub_moment moment = rig_moment(rig);
    hub_configure(rig->hub, config, &moment);
    rig_post(rig);
}

/* --- life --- */

struct rig *
rig_new(const struct rig_options *options)
{
    assert(options->home_count > 0);
    assert(options->home_count <= RIG_HOMES_MAX);
    assert(options->hooks.failed != NULL);
    struct rig *rig = cf_calloc_array(1, sizeof *rig);
    rig->hooks = options->hooks;
    rig->home_count = options->home_count;
    rig->now_ms = options->start_ms;
    rig->entropy = options->entropy;
    rig->backlog_max = options->backlog_max;
    list_init(&rig->sessions);
    buf_init(&rig->answer, LIMIT_INPUT_LINE_BYTES);
    rig->lines = cf_calloc_array(LINES_MAX, sizeof *rig->lines);
    for (size_t i = 0; i < rig->home_count; i++) {
        distributor_init(&rig->homes[i].distributor, &(struct distributor_hooks){
                                                         .context = rig,
                                                         .state = hook_state,
                                                         .address = hook_address,
                                                         .resume = hook_resume,
                                                         .close = hook_close,
                                                         .full = hook_full,
                                                         .outcome = hook_outcome,
                                                     });
        rig->homes[i].distributor.server_name = options->config->server_name;
    }
    struct hub_moment moment = rig_moment(rig);
    rig->store = store_memory_new();
    ledger_init(&rig->ledger);
    rig->hub = hub_new(options->config, &moment);
    return rig;
}

/* Ends all sessions, and has everything delivered and written. */
static void
stop(struct rig *rig)
{
    struct hub_moment moment = rig_moment(rig);
    hub_detach_all(rig->hub, STR("Server is stopping"), &moment);
    rig_post(rig);
    rig_stall_store(rig, false);
    rig_deliver_all(rig);
}

void
rig_damage_row(struct rig *rig, uint32_t row, struct str key)
{
    struct record record = record_of_row(row, key, STR("?"));
    int result = store_begin(rig->store);
    if (result == 0)
        result = store_apply(rig->store, &record);
    if (result == 0)
        result = store_commit(rig->store);
    if (result != 0)
        rig_fail(rig, "the store takes no row: %d", result);
    record_deinit(&record);
    rig->is_damaged = true;
}

static void
restore_rows(struct rig *rig)
{
    struct store_reader *reader = store_reader_new(rig->store);
    struct store_row row = {.row = 0};
    while (store_read_row(reader, &row) == 1) {
        if (!hub_restore(rig->hub, row.row, row.key, row.value) && !rig->is_damaged)
            rig_fail(rig, "a row of kind %u makes no sense: %.*s", row.row, STR_ARG(row.key));
    }
    store_reader_free(&reader);
    hub_restored(rig->hub);
}

void
rig_restart(struct rig *rig, const struct hub_config *config)
{
    stop(rig);
    hub_free(&rig->hub);
    ledger_deinit(&rig->ledger); /* tickets begin anew */
    ledger_init(&rig->ledger);
    rig->is_failing = false;
    rig->is_told_failing = false;
    rig->now_ms += 1000;
    struct hub_moment moment = rig_moment(rig);
    rig->hub = hub_new(config, &moment);
    restore_rows(rig);
    rig_post(rig);
}

void
rig_free(struct rig **rig_ptr)
{
    struct rig *rig = *rig_ptr;
    *rig_ptr = NULL;
    if (rig == NULL)
        return;
    rig->hooks = (struct rig_hooks){
        .context = rig->hooks.context,
        .closed = rig->hooks.closed,
        .failed = rig->hooks.failed,
    };
    stop(rig);
    list_for_each_safe(node, &rig->sessions) {
        rig_bury(CONTAINER_OF(node, struct rig_session, in_rig));
    }
    for (size_t i = 0; i < rig->home_count; i++) {
        deliveries_deinit(&rig->homes[i].mail);
        distributor_deinit(&rig->homes[i].distributor);
    }
    hub_free(&rig->hub);
    store_free(&rig->store);
    records_deinit(&rig->waiting);
    assert(rig->asked_count == 0);
    cf_free(rig->asked);
    ledger_deinit(&rig->ledger);
    buf_deinit(&rig->answer);
    cf_free(rig->lines);
    cf_free(rig);
}
