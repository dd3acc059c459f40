/*
 * Labels and batches, checked at each line: a label is answered exactly once, as a tag of one line
 * or of the batch that holds the answer; a batch is opened before its lines come, and closed.
 * Labels of client batches ("b") are left out: what they belong to may never be sent.
 */
#include "base/number.h"
#include "hub/capability.h"
#include "sim.h"
#include "wire/tags.h"

#include <assert.h>
#include <string.h>

/* The raw value of a tag; empty when the line does not have it. */
static struct str
find_tag(const struct irc_msg *msg, struct str key)
{
    struct str rest = msg->tags;
    struct str value = STR_NONE;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        if (str_equal(tag.key, key))
            value = tag.raw_value; /* the last one counts */
    }
    return value;
}

/* "l17" is label 17. */
static bool
parse_label(struct str text, uint64_t *label_out)
{
    return str_starts_with(text, STR("l")) &&
           number_parse_u64(str_skip(text, 1), SIM_LABELS - 1, label_out);
}

void
sim_label_sent(struct sim_client *client, const struct irc_msg *msg)
{
    const uint64_t needed = CAP(LABELED_RESPONSE) | CAP(BATCH);
    uint64_t label;
    if ((client->session->caps_ahead & needed) != needed ||
        !parse_label(find_tag(msg, STR("label")), &label))
        return;
    client->labels.due[label]++;
    client->labels.due_count++;
}

static struct sim_batch *
find_batch(struct sim_client *client, struct str reference)
{
    for (size_t i = 0; i < ARRAY_LEN(client->labels.open); i++) {
        if (str_equal(str_from_nul(client->labels.open[i].reference), reference))
            return &client->labels.open[i];
    }
    return NULL;
}

bool
sim_label_is_history(struct sim_client *client, const struct irc_msg *msg)
{
    struct str reference = find_tag(msg, STR("batch"));
    const struct sim_batch *batch = reference.len == 0 ? NULL : find_batch(client, reference);
    return batch != NULL && batch->is_history;
}

static void
got_batch(struct sim_client *client, const struct irc_msg *msg, struct str line)
{
    struct str sign_and_reference = msg->params[0];
    struct str reference = str_skip(sign_and_reference, 1);
    bool is_opening = str_starts_with(sign_and_reference, STR("+"));
    struct sim_batch *batch = find_batch(client, reference);
    if (is_opening == (batch != NULL))
        sim_fail(client->sim, "client %u gets a batch that is %s: %.*s", client->session->number,
                 is_opening ? "open" : "not open", STR_ARG(line));
    if (is_opening)
        batch = find_batch(client, STR(""));
    if (batch == NULL || reference.len >= sizeof batch->reference)
        sim_fail(client->sim, "client %u gets too many batches: %.*s", client->session->number,
                 STR_ARG(line));
    memset(batch, 0, sizeof *batch);
    if (!is_opening)
        return;
    memcpy(batch->reference, reference.ptr, reference.len);
    batch->is_history = str_equal(msg->params[1], STR("chathistory")) ||
                        str_ends_with(msg->params[1], STR("search")) ||
                        sim_label_is_history(client, msg); /* one in another */
}

void
sim_label_got(struct sim_client *client, const struct irc_msg *msg, struct str line)
{
    uint64_t label;
    if (parse_label(find_tag(msg, STR("label")), &label)) {
        if (client->labels.due[label] == 0 && !client->labels.is_unsure)
            sim_fail(client->sim, "client %u gets a label that is not due: %.*s",
                     client->session->number, STR_ARG(line));
        if (client->labels.due[label] > 0) {
            client->labels.due[label]--;
            client->labels.due_count--;
        }
    }
    struct str reference = find_tag(msg, STR("batch"));
    if (reference.len > 0 && find_batch(client, reference) == NULL)
        sim_fail(client->sim, "client %u gets a line of no batch: %.*s", client->session->number,
                 STR_ARG(line));
    if (str_equal(msg->command, STR("BATCH")) && msg->param_count > 0)
        got_batch(client, msg, line);
}

void
sim_label_reconfigured(struct sim_client *client)
{
    client->labels.is_unsure = true;
}

void
sim_label_settled(struct sim_client *client)
{
    const struct rig_session *session = client->session;
    if (client->is_gone_ahead || client->has_ended || session->is_waiting || session->is_listing)
        return;
    if (client->labels.is_unsure) {
        memset(client->labels.due, 0, sizeof client->labels.due);
        client->labels.due_count = 0;
        client->labels.is_unsure = false;
    }
    if (client->labels.due_count > 0)
        sim_fail(client->sim, "client %u never got an answer to %u of its labels", session->number,
                 client->labels.due_count);
    for (size_t i = 0; i < ARRAY_LEN(client->labels.open); i++) {
        if (client->labels.open[i].reference[0] != '\0')
            sim_fail(client->sim, "client %u has an open batch: %s", session->number,
                     client->labels.open[i].reference);
    }
}
