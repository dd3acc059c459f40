/* The stage, the clients and the checks of the simulator; see sim.h. What happens: sim_run.c. */
#include "sim.h"

#include "base/alloc.h"
#include "doors/plain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS       INT64_C(1800000000000)
#define BACKLOG_BYTES  (32 * 1024)
#define TRACE_LINE_MAX 300

/* --- traces and failures --- */

void
sim_trace(struct sim *sim, const char *format, ...)
{
    struct buf text;
    buf_init(&text, TRACE_LINE_MAX);
    buf_printf(&text, "%" PRIu64 " ", sim->step);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ')
            text.ptr[i] = '.';
    }
    if (sim->is_tracing)
        (void)printf("%.*s\n", STR_ARG(buf_str(&text)));
    char **slot = &sim->trace[sim->trace_next];
    sim->trace_next = (sim->trace_next + 1) % ARRAY_LEN(sim->trace);
    cf_free(*slot);
    *slot = cf_alloc(text.len + 1);
    memcpy(*slot, buf_nul_terminated(&text), text.len + 1);
    buf_deinit(&text);
}

void
sim_fail(struct sim *sim, const char *format, ...)
{
    (void)fflush(stdout); /* the trace stands before what it has led to */
    (void)fprintf(stderr, "\nwhat happened last:\n");
    for (size_t i = 0; i < ARRAY_LEN(sim->trace); i++) {
        const char *line = sim->trace[(sim->trace_next + i) % ARRAY_LEN(sim->trace)];
        if (line != NULL)
            (void)fprintf(stderr, "  %s\n", line);
    }
    (void)fprintf(stderr, "\nseed %" PRIu64 ", step %" PRIu64 ": ", sim->options.seed, sim->step);
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fprintf(stderr, "\nagain: sim --seed %" PRIu64 " --steps %" PRIu64 "\n",
                  sim->options.seed, sim->options.steps);
    abort();
}

static void
rig_failed(void *context, const char *text)
{
    sim_fail(context, "%s", text);
}

/* --- tokens --- */

uint64_t
sim_put_token(struct sim *sim, struct buf *out)
{
    uint64_t token = ++sim->next_token;
    buf_printf(out, "~%" PRIx64 "~", token);
    return token;
}

bool
sim_next_token(struct str text, size_t *at, uint64_t *token_out)
{
    while (*at < text.len) {
        struct str rest = str_skip(text, *at);
        size_t start = str_find_byte(rest, '~') + 1;
        uint64_t token = 0;
        size_t end = start;
        while (end < rest.len && rest.ptr[end] != '~' &&
               (ascii_is_digit(rest.ptr[end]) || (rest.ptr[end] >= 'a' && rest.ptr[end] <= 'f'))) {
            uint64_t digit =
                (uint64_t)(rest.ptr[end] <= '9' ? rest.ptr[end] - '0' : rest.ptr[end] - 'a' + 10);
            token = token * 16 + digit;
            end++;
        }
        bool is_token = end > start && end < rest.len && rest.ptr[end] == '~';
        *at += is_token ? end + 1 : start;
        if (is_token) {
            *token_out = token;
            return true;
        }
    }
    return false;
}

/* --- what the rig tells --- */

/* FNV-1a. */
static void
digest(struct sim *sim, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        sim->digest = (sim->digest ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001B3);
}

static void
hook_line(void *context, struct rig_session *session, struct str line)
{
    struct sim *sim = context;
    uint32_t number = session->number;
    digest(sim, (struct str){.ptr = (const char *)&number, .len = sizeof number});
    digest(sim, line);
    if (sim->is_tracing)
        (void)printf("        %u gets %.*s\n", number, STR_ARG(str_take(line, line.len - 1)));
    sim_view_line(session->owner, line);
}

static void
forget_client(struct sim_client *client)
{
    client->session->owner = NULL;
    list_remove(&client->in_sim);
    assert(client->sim->client_count > 0);
    client->sim->client_count--;
    sim_view_deinit(client);
    cf_free(client);
}

static void
hook_closed(void *context, struct rig_session *session)
{
    struct sim *sim = context;
    struct sim_client *client = session->owner;
    if (client->has_closed)
        return;
    client->has_closed = true;
    if (!client->has_ended)
        sim_fail(sim, "client %u is closed without a word", session->number);
    if (client->expected.count > 0)
        sim_fail(sim, "client %u is closed before it got %" PRIx64, session->number,
                 client->expected.tokens[client->expected.head]);
    sim->stale[sim->stale_count++ % ARRAY_LEN(sim->stale)] = session->id;
    if (!session->is_kept) /* else it lingers: the peer has not hung up yet */
        forget_client(client);
}

static void
hook_question(void *context, struct question *question)
{
    struct sim *sim = context;
    sim->questions = cf_array_reserve(sim->questions, &sim->question_capacity,
                                      sim->question_count + 1, sizeof *sim->questions);
    sim->questions[sim->question_count++] = *question;
}

static struct str
note_value(const struct note *note, struct str key)
{
    for (size_t i = 0; i < note->field_count; i++) {
        if (str_equal(str_from_nul(note->keys[i]), key))
            return note->values[i];
    }
    return STR("");
}

static void
hook_note(void *context, const struct note *note)
{
    struct sim *sim = context;
    digest(sim, str_from_nul(note->message));
    struct str message = str_from_nul(note->message);
    if (str_equal(message, STR("account registered")))
        sim_history_registered(sim, note_value(note, STR("account")));
    else if (str_equal(message, STR("account renamed")))
        sim_history_account_renamed(sim, note_value(note, STR("account")),
                                    note_value(note, STR("to")));
    else if (str_equal(message, STR("account erased")))
        sim_history_account_ended(sim, note_value(note, STR("account")));
    for (size_t i = 0; i < note->field_count; i++)
        digest(sim, note->values[i]);
}

/* --- clients --- */

struct sim_client *
sim_connect(struct sim *sim, uint32_t home, const struct door *door,
            const struct rig_connection *connection)
{
    struct sim_client *client = cf_calloc_array(1, sizeof *client);
    client->sim = sim;
    client->is_plain = door == &plain_door;
    list_append(&sim->clients, &client->in_sim);
    sim->client_count++;
    client->session = rig_connect(sim->rig, home, door);
    client->session->owner = client;
    sim_trace(sim, "client %u comes to home %u%s", client->session->number, home,
              client->is_plain ? ", plain" : "");
    rig_attach(client->session, connection);
    return client;
}

void
sim_bury(struct sim_client *client)
{
    struct rig_session *session = client->session;
    assert(client->has_closed);
    forget_client(client);
    rig_bury(session);
}

/* --- inputs --- */

/* Whether there is no such channel yet: a lobby of that name would be made. */
static bool
is_new_lobby(const struct sim *sim, const struct hub_config *config)
{
    struct slot_id id;
    return config->lobby.len > 0 && !hub_channel_id(sim->rig->hub, config->lobby, &id);
}

void
sim_configure(struct sim *sim, const struct hub_config *config)
{
    uint32_t next = 1 - sim->config; /* the hub keeps a pointer to the old one until then */
    sim->configs[next] = *config;
    bool is_new = is_new_lobby(sim, config);
    sim_trace(sim, "configure: lobby %.*s", STR_ARG(config->lobby));
    sim->config = next;
    sim->has_disabled_caps = sim->has_disabled_caps || config->disabled_cap_count > 0;
    list_for_each(node, &sim->clients) {
        sim_label_reconfigured(CONTAINER_OF(node, struct sim_client, in_sim));
    }
    rig_configure(sim->rig, &sim->configs[next]);
    if (is_new)
        sim_model_lobby_made(sim);
}

void
sim_answer(struct sim *sim, size_t index, enum hub_answer answer)
{
    assert(index < sim->question_count);
    struct question question = sim->questions[index];
    sim->questions[index] = sim->questions[--sim->question_count];
    if (question.kind == QUESTION_DNSBL) {
        struct str zone = answer == HUB_ANSWER_NO ? STR("mark.example") : STR_NONE;
        zone = answer == HUB_ANSWER_BUSY ? STR("reject.example") : zone;
        sim_trace(sim, "block list of %s: \"%.*s\"", question.against, STR_ARG(zone));
        rig_answer_dnsbl(sim->rig, &question, zone);
    } else if (question.kind == QUESTION_TOKEN) { /* a name, when it is right */
        enum jwt_result result = answer == HUB_ANSWER_NO ? JWT_BAD_SIGNATURE : JWT_NOT_CHECKED;
        sim_trace(sim, "answer %d to the token of %s", (int)answer, question.secret);
        if (answer == HUB_ANSWER_YES)
            rig_answer_token(sim->rig, &question, JWT_OK, str_from_nul(question.secret));
        else
            rig_answer_token(sim->rig, &question, result, STR(""));
    } else {
        sim_trace(sim, "answer %d to \"%s\"", (int)answer, question.secret);
        rig_answer(sim->rig, &question, answer);
    }
    question_deinit(&question);
}

/* --- checks --- */

/* Nobody waits for an answer to a question that was not asked. */
static void
check_waiting(struct sim *sim)
{
    list_for_each(node, &sim->clients) {
        const struct rig_session *session = CONTAINER_OF(node, struct sim_client, in_sim)->session;
        bool is_asked = false;
        for (size_t i = 0; i < sim->question_count; i++)
            is_asked = is_asked || slot_id_equal(sim->questions[i].session, session->id);
        if (session->is_waiting && session->is_attached && !is_asked)
            sim_fail(sim, "client %u waits for nothing", session->number);
    }
}

void
sim_settle(struct sim *sim)
{
    sim_trace(sim, "all is delivered");
    rig_stall_store(sim->rig, false);
    rig_deliver_all(sim->rig);
    if (!rig_is_settled(sim->rig))
        sim_fail(sim, "mail is left");
    hub_check(sim->rig->hub);
    check_waiting(sim);
    sim_model_settled(sim);
    sim_view_compare(sim);
    sim->settled++;
}

void
sim_heal(struct sim *sim)
{
    while (sim->question_count > 0)
        sim_answer(sim, 0, HUB_ANSWER_YES);
    bool is_moving = true;
    while (is_moving) {
        is_moving = false;
        rig_settle(sim->rig);
        list_for_each(node, &sim->clients) {
            struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
            rig_drain(client->session);
            if (!client->has_closed && client->session->is_listing &&
                client->session->is_attached) {
                rig_continue(client->session);
                is_moving = true;
            }
        }
        is_moving = is_moving || sim->question_count > 0;
        while (sim->question_count > 0)
            sim_answer(sim, 0, HUB_ANSWER_NO);
    }
    sim_settle(sim);
}

/* --- life --- */

struct sim *
sim_new(const struct sim_options *options, const struct hub_config *config)
{
    struct sim *sim = cf_calloc_array(1, sizeof *sim);
    sim->options = *options;
    sim->random.state = options->seed;
    sim->digest = UINT64_C(0xCBF29CE484222325);
    sim->now_ms = START_MS;
    sim->configs[0] = *config;
    list_init(&sim->clients);
    sim->rig = rig_new(&(struct rig_options){
        .home_count = options->homes,
        .start_ms = START_MS,
        .entropy = options->seed,
        .backlog_max = BACKLOG_BYTES,
        .config = &sim->configs[0],
        .hooks =
            {
                .context = sim,
                .before = sim_model_before,
                .after = sim_model_after,
                .posting = sim_model_posting,
                .line = hook_line,
                .closed = hook_closed,
                .question = hook_question,
                .note = hook_note,
                .failed = rig_failed,
            },
    });
    if (config->lobby.len > 0)
        sim_model_lobby_made(sim);
    return sim;
}

void
sim_free(struct sim **sim_ptr)
{
    struct sim *sim = *sim_ptr;
    *sim_ptr = NULL;
    list_for_each_safe(node, &sim->clients) {
        struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        if (client->has_closed)
            sim_bury(client);
        else
            forget_client(client);
    }
    sim->rig->hooks.closed = NULL;
    rig_free(&sim->rig);
    for (size_t i = 0; i < sim->question_count; i++)
        question_deinit(&sim->questions[i]);
    cf_free(sim->questions);
    for (size_t i = 0; i < ARRAY_LEN(sim->trace); i++)
        cf_free(sim->trace[i]);
    sim_model_deinit(sim);
    cf_free(sim);
}
