/* Read markers; see read_marker.h. */
#include "hub/read_marker.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/pack.h"
#include "base/server_time.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/row.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define FORM          1 /* of the value: rises when it changes, and old ones stay readable */
#define KEY_BYTES_MAX (2 * LIMIT_FOLDED_BYTES + 2)

struct read_marker {
    struct map_node by_target; /* key: target */
    struct str target;         /* owned, folded */
    int64_t wall_ms;
};

static struct read_marker *
of_node(struct map_node *node)
{
    return node == NULL ? NULL : CONTAINER_OF(node, struct read_marker, by_target);
}

/* --- rows --- */

static void
put_key(struct buf *out, struct str account, struct str target)
{
    buf_put(out, account);
    buf_put_byte(out, ' ');
    buf_put(out, target);
}

static void
keep_row(struct hub *hub, const struct account *account, const struct read_marker *marker)
{
    struct buf key;
    struct buf value;
    buf_init(&key, KEY_BYTES_MAX);
    buf_init(&value, KEY_BYTES_MAX + 32);
    put_key(&key, account->key, marker->target);
    pack_number(&value, FORM);
    pack_text(&value, account->key);
    pack_text(&value, marker->target);
    pack_number(&value, (uint64_t)marker->wall_ms);
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_READ_MARKER, buf_str(&key), buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
    buf_deinit(&value);
}

static void
drop_row(struct hub *hub, const struct account *account, const struct read_marker *marker)
{
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    put_key(&key, account->key, marker->target);
    struct record record = record_of_row_gone(ROW_READ_MARKER, buf_str(&key));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&key);
}

/* --- markers --- */

static void
free_marker(struct map *markers, struct read_marker *marker)
{
    map_remove(markers, &marker->by_target);
    str_free(&marker->target);
    cf_free(marker);
}

/* Makes room for another one. account: NULL for those of a user without one. */
static void
drop_furthest_back(struct hub *hub, const struct account *account, struct map *markers)
{
    struct read_marker *oldest = of_node(map_first(markers));
    for (struct map_node *node = map_first(markers); node != NULL; node = map_next(node)) {
        if (of_node(node)->wall_ms < oldest->wall_ms)
            oldest = of_node(node);
    }
    if (account != NULL)
        drop_row(hub, account, oldest);
    free_marker(markers, oldest);
}

static struct read_marker *
add_marker(struct map *markers, struct str target)
{
    struct read_marker *marker = cf_calloc_array(1, sizeof *marker);
    marker->target = str_dup(target);
    map_insert(markers, &marker->by_target, marker->target);
    return marker;
}

int64_t
read_marker_get(const struct hub *hub, const struct user *user, struct str target)
{
    const struct account *account = account_find(hub, user->account);
    const struct map *markers = account == NULL ? &user->read_markers : &account->read_markers;
    const struct read_marker *marker = of_node(map_find(markers, target));
    return marker == NULL ? 0 : marker->wall_ms;
}

bool
read_marker_raise(struct hub *hub, struct user *user, struct str target, int64_t wall_ms)
{
    assert(target.len > 0);
    struct account *account = account_find(hub, user->account);
    struct map *markers = account == NULL ? &user->read_markers : &account->read_markers;
    struct read_marker *marker = of_node(map_find(markers, target));
    if (wall_ms > hub->now_ms)
        wall_ms = hub->now_ms;
    if (wall_ms <= (marker == NULL ? 0 : marker->wall_ms))
        return false;
    if (marker == NULL) {
        if (map_count(markers) >= LIMIT_READ_MARKERS)
            drop_furthest_back(hub, account, markers);
        marker = add_marker(markers, target);
    }
    marker->wall_ms = wall_ms;
    if (account != NULL)
        keep_row(hub, account, marker);
    return true;
}

void
read_markers_deinit(struct map *markers)
{
    struct map_node *node;
    while ((node = map_first(markers)) != NULL)
        free_marker(markers, of_node(node));
}

/* account: NULL for those of a user without one. */
static void
rename_marker(struct hub *hub, const struct account *account, struct map *markers, struct str from,
              struct str to)
{
    struct read_marker *marker = of_node(map_find(markers, from));
    struct read_marker *in_the_way = of_node(map_find(markers, to));
    if (in_the_way != NULL && account != NULL && marker == NULL)
        drop_row(hub, account, in_the_way); /* else it is replaced */
    if (in_the_way != NULL)
        free_marker(markers, in_the_way);
    if (marker == NULL)
        return;
    int64_t wall_ms = marker->wall_ms;
    if (account != NULL)
        drop_row(hub, account, marker);
    free_marker(markers, marker);
    marker = add_marker(markers, to);
    marker->wall_ms = wall_ms;
    if (account != NULL)
        keep_row(hub, account, marker);
}

void
read_markers_rename(struct hub *hub, struct str from, struct str to)
{
    if (str_equal(from, to))
        return;
    for (struct map_node *node = map_first(&hub->accounts); node != NULL; node = map_next(node)) {
        struct account *account = CONTAINER_OF(node, struct account, by_key);
        rename_marker(hub, account, &account->read_markers, from, to);
    }
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL)
        rename_marker(hub, NULL, &user->read_markers, from, to);
}

void
read_markers_drop(struct hub *hub, const struct account *account)
{
    struct map_node *node = map_first(&account->read_markers);
    for (; node != NULL; node = map_next(node))
        drop_row(hub, account, of_node(node));
}

bool
read_marker_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    struct str target = unpack_text(&from);
    uint64_t wall_ms = unpack_number(&from);
    struct account *account = account_find(hub, name);
    if (from.is_bad || from.rest.len > 0 || form != FORM || wall_ms == 0 || wall_ms > INT64_MAX ||
        target.len == 0 || target.len > LIMIT_FOLDED_BYTES || account == NULL ||
        map_find(&account->read_markers, target) != NULL)
        return false;
    if (map_count(&account->read_markers) >= LIMIT_READ_MARKERS)
        drop_furthest_back(hub, account, &account->read_markers);
    add_marker(&account->read_markers, target)->wall_ms = (int64_t)wall_ms;
    return true;
}

/* --- telling --- */

static void
tell(struct hub *hub, const struct session *session, struct str command, struct str shown,
     int64_t wall_ms)
{
    struct buf time;
    buf_init(&time, 40);
    if (wall_ms == 0) {
        buf_put_byte(&time, '*');
    } else {
        buf_put(&time, STR("timestamp="));
        civil_put_iso(&time, wall_ms);
    }
    struct event_spec spec = spec_from_server(hub, EVENT_CONTROL, command);
    const struct str params[] = {shown, buf_str(&time)};
    spec.params = params;
    spec.param_count = ARRAY_LEN(params);
    tell_session(hub, session, spec);
    buf_deinit(&time);
}

/* What the session calls the command; empty when it did not ask to be told. */
static struct str
command_of(const struct session *session)
{
    if (session->caps & CAP(READ_MARKER))
        return STR("MARKREAD");
    return session->caps & CAP(SOJU_READ) ? STR("READ") : STR("");
}

void
read_marker_show(struct hub *hub, const struct session *session, const struct channel *channel)
{
    struct str command = command_of(session);
    if (command.len > 0)
        tell(hub, session, command, channel->name,
             read_marker_get(hub, session->user, channel->folded_name));
}

/* --- MARKREAD and READ --- */

static void
fail(struct call *call, struct str code, struct str detail, const char *text)
{
    refuse(call, &(struct refusal){
                     .code = code,
                     .detail = detail,
                     .text = str_from_nul(text),
                     .is_always_standard = true,
                 });
}

/* The target as it is spelled by whoever made it, if it is there and the user may know of it. */
static struct str
shown_target(const struct call *call, struct str target)
{
    const struct channel *channel = channel_find(call->hub, target);
    if (channel != NULL)
        return channel_is_visible_to(channel, call->user) ? channel->name : target;
    const struct user *user = user_find(call->hub, target);
    return user == NULL ? target : user->nick;
}

static bool
take_time(struct str text, int64_t *wall_ms_out)
{
    struct str value = text;
    struct str key = str_cut(&value, '=');
    return value.ptr != NULL && str_equal(key, STR("timestamp")) &&
           server_time_parse(value, wall_ms_out);
}

void
cmd_markread(struct call *call)
{
    struct hub *hub = call->hub;
    struct str target = call_param(call, 0);
    struct folded folded;
    if (target.len == 0) {
        fail(call, STR("NEED_MORE_PARAMS"), STR(""), "Missing parameters");
        return;
    }
    if ((!name_is_channel(target) && !name_is_nick(target)) || !name_fold(target, &folded)) {
        fail(call, STR("INVALID_PARAMS"), target, "That is neither a channel nor a nick");
        return;
    }
    int64_t wall_ms = 0;
    if (call->msg->param_count > 1 && !take_time(call_param(call, 1), &wall_ms)) {
        fail(call, STR("INVALID_PARAMS"), call_param(call, 1), "That is no timestamp");
        return;
    }
    bool has_risen = read_marker_raise(hub, call->user, folded_str(&folded), wall_ms);
    int64_t now_ms = read_marker_get(hub, call->user, folded_str(&folded));
    struct str shown = shown_target(call, target);
    tell(hub, call->session, call->command, shown, now_ms);
    if (!has_risen)
        return;
    list_for_each(node, &call->user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (session != call->session && command_of(session).len > 0)
            tell(hub, session, command_of(session), shown, now_ms);
    }
}
