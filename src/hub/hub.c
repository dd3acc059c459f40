/* The hub's inputs; see hub.h. The commands are in cmd_*.c, found by the table in command.c. */
#include "hub/hub.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/account_lost.h"
#include "hub/account_row.h"
#include "hub/blocklist.h"
#include "hub/channel.h"
#include "hub/channel_lost.h"
#include "hub/channel_row.h"
#include "hub/claim.h"
#include "hub/command.h"
#include "hub/confirm.h"
#include "hub/defcon.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/filter.h"
#include "hub/floor.h"
#include "hub/history.h"
#include "hub/histserv.h"
#include "hub/invite_link.h"
#include "hub/keep.h"
#include "hub/label.h"
#include "hub/listing.h"
#include "hub/login.h"
#include "hub/loss.h"
#include "hub/mail.h"
#include "hub/naming.h"
#include "hub/network_rate.h"
#include "hub/offer.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/presence_row.h"
#include "hub/privilege.h"
#include "hub/purge.h"
#include "hub/random.h"
#include "hub/rate.h"
#include "hub/read_marker.h"
#include "hub/redact.h"
#include "hub/replay.h"
#include "hub/reply.h"
#include "hub/row.h"
#include "hub/row_check.h"
#include "hub/server_ban.h"
#include "hub/server_ban_row.h"
#include "hub/session.h"
#include "hub/state.h"
#include "hub/txn.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* Time as the hub sees it never goes back, whatever the machine's clock does. */
static void
set_now(struct hub *hub, const struct hub_moment *moment)
{
    if (moment->wall_ms > hub->now_ms)
        hub->now_ms = moment->wall_ms;
    hub_random_stir(hub, moment->entropy);
}

/* --- life --- */

/* The lobby is there from the start; its modes are set once. */
static void
ensure_lobby(struct hub *hub)
{
    const struct hub_config *config = hub->config;
    if (config->lobby.len == 0)
        return;
    struct channel *lobby = channel_find(hub, config->lobby);
    if (lobby == NULL) {
        lobby = channel_new(hub, config->lobby);
        lobby->modes = 0;
        for (size_t i = 0; i < config->lobby_modes.len; i++) {
            const struct channel_mode_row *row = channel_mode_find(config->lobby_modes.ptr[i]);
            if (row != NULL && row->kind == MODE_FLAG)
                lobby->modes |= row->bit;
        }
        if (config->is_lobby_half_duplex)
            floor_enable(hub, lobby, 0);
    }
    lobby->is_permanent = true;
}

struct hub *
hub_new(const struct hub_config *config, const struct hub_moment *moment)
{
    assert(config->server_name.len > 0);
    assert(config->users_max > 0);
    struct hub *hub = cf_calloc_array(1, sizeof *hub);
    hub->config = config;
    set_now(hub, moment);
    hub->started_ms = hub->now_ms;
    hub->last_msgid = config->last_msgid;
    list_init(&hub->operators);
    list_init(&hub->server_bans);
    list_init(&hub->invite_links);
    list_init(&hub->offered_channels);
    list_init(&hub->txn_order);
    hub->defcon = DEFCON_NORMAL;
    slots_init(&hub->sessions);
    slots_init(&hub->users);
    slots_init(&hub->channels);
    hub->command_counts = cf_calloc_array(command_count(), sizeof *hub->command_counts);
    naming_init(hub);
    naming_configure(hub);
    filter_init(hub);
    filter_configure(hub);
    ensure_lobby(hub);
    return hub;
}

void
hub_free(struct hub **hub_ptr)
{
    struct hub *hub = *hub_ptr;
    *hub_ptr = NULL;
    if (hub == NULL)
        return;
    struct hub_moment moment = {.wall_ms = hub->now_ms};
    hub_detach_all(hub, STR("The server has ended"), &moment);
    presence_deinit(hub);
    uint32_t cursor = 0;
    struct channel *channel;
    invite_links_deinit(hub);
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL)
        channel_free(hub, channel);
    account_remove_all(hub);
    account_lost_deinit(hub);
    channels_lost_deinit(hub);
    mail_forget_recipients(hub);
    network_rates_deinit(hub);
    naming_deinit(hub);
    filter_deinit(hub);
    whowas_deinit(hub);
    slots_deinit(&hub->sessions);
    slots_deinit(&hub->users);
    slots_deinit(&hub->channels);
    server_bans_deinit(hub);
    purges_deinit(hub);
    claim_withdraw(hub);
    timers_deinit(&hub->timers);
    outbox_deinit(&hub->outbox);
    cf_free(hub->changed_channels);
    cf_free(hub->command_counts);
    cf_free(hub);
}

void
hub_configure(struct hub *hub, const struct hub_config *config, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct channel *old_lobby = channel_find(hub, hub->config->lobby);
    const struct hub_config *before = hub->config;
    hub->config = config;
    naming_configure(hub);
    filter_configure(hub);
    blocklist_configure(hub);
    offer_changed(hub, before);
    isupport_changed(hub, before);
    if (old_lobby != NULL && !name_equal(old_lobby->name, config->lobby)) {
        /* One whose row could not be read stays as it is: else it would get another row. */
        old_lobby->is_permanent = channel_is_lost(hub, old_lobby->name);
        channel_free_if_empty(hub, old_lobby);
    }
    ensure_lobby(hub);
    operators_refresh(hub);
    presence_configure(hub);
}

/* A row that is sound by itself, for the module that has it. */
static bool
restore_row(struct hub *hub, enum row_kind row, struct str key, struct str value)
{
    switch (row) {
    case ROW_ACCOUNT:
        return account_row_restore(hub, value);
    case ROW_CHANNEL:
        return channel_row_restore(hub, value);
    case ROW_READ_MARKER:
        return read_marker_restore(hub, value);
    case ROW_METADATA:
        return metadata_restore(hub, value);
    case ROW_MEMBERSHIP:
        return presence_row_restore(hub, value);
    case ROW_TXN:
        return txn_restore(hub, key, value);
    case ROW_SEQ:
        return keep_seq_restore(hub, key, value);
    case ROW_DEVICE:
        return device_restore(hub, value);
    case ROW_INVITE:
        return invite_link_restore(hub, value);
    case ROW_CREDENTIAL:
        return factors_row_restore(hub, value);
    case ROW_SERVER_BAN:
        return server_ban_row_restore(hub, value);
    case ROW_PURGE:
        return purge_restore(hub, value);
    case ROW_DEFCON:
        return defcon_restore(hub, value);
    case ROW_SETTING:
        return account_settings_restore(hub, value);
    }
    return false;
}

bool
hub_restore(struct hub *hub, uint32_t row, struct str key, struct str value)
{
    assert(hub->sessions.count == 0);
    const struct row_layout *layout = row_layout_of(row);
    struct row_fault fault;
    if ((layout == NULL || row_check(layout, key, value, &fault)) &&
        restore_row(hub, (enum row_kind)row, key, value))
        return true;
    if (row == ROW_ACCOUNT)
        account_lost_add(hub, key, value);
    else if (row == ROW_CHANNEL)
        channel_lost_add(hub, key, value);
    else if (row == ROW_INVITE)
        invite_link_skip(hub, key);
    else if (row == ROW_SERVER_BAN)
        server_ban_row_skip(hub, key);
    return false;
}

void
hub_restored(struct hub *hub)
{
    assert(hub->sessions.count == 0);
    txns_restored(hub);
    purges_restored(hub);
    defcon_restored(hub);
    account_lost_restored(hub);
    channels_lost_restored(hub);
    presence_configure(hub);
    operators_refresh(hub);
}

bool
hub_keeps_name(const struct hub *hub, struct str account)
{
    return account_is_lost(hub, account) || account_find(hub, account) != NULL;
}

bool
hub_keeps_channel_name(const struct hub *hub, struct str channel)
{
    return channel_is_lost(hub, channel) || channel_find(hub, channel) != NULL;
}

bool
hub_has_operators(const struct hub *hub)
{
    return claim_is_made(hub);
}

size_t
hub_operator_account_count(const struct hub *hub)
{
    return claim_count(hub);
}

void
hub_offer_claim(struct hub *hub, struct str secret)
{
    claim_offer(hub, secret);
}

/* --- sessions --- */

struct slot_id
hub_attach(struct hub *hub, const struct hub_attach *attach, const struct hub_moment *moment)
{
    assert(attach->address.len > 0);
    assert(attach->host.len <= LIMIT_HOST_BYTES);
    set_now(hub, moment);
    struct session *session = session_new(hub, attach);
    if (session == NULL)
        return SLOT_ID_NONE;
    struct slot_id id = session->id;
    struct server_ban *ban = server_ban_of_connection(hub, session);
    if (ban != NULL) {
        server_ban_close(hub, session, ban);
    } else if (attach->guest.len > 0) {
        struct irc_msg none = {.param_count = 0};
        struct call call = {
            .hub = hub,
            .session = session,
            .msg = &none,
            .command = STR("JOIN"),
            .entropy = moment->entropy,
        };
        registration_guest(&call, attach);
    }
    return id;
}

/* UTF8ONLY: nothing else is relayed, or kept. Spec: IRCv3 utf8-only. */
static bool
is_utf8(const struct irc_msg *msg)
{
    if (!utf8_is_valid(msg->tags) || !utf8_is_valid(msg->command))
        return false;
    for (size_t i = 0; i < msg->param_count; i++) {
        if (!utf8_is_valid(msg->params[i]))
            return false;
    }
    return true;
}

/* A standard reply whether or not they were negotiated: no numeric says this. */
static void
refuse_encoding(struct call *call)
{
    const struct str params[] = {
        call->command, STR("INVALID_UTF8"),
        STR("Your line was not UTF-8 and was not used: set your client's encoding to UTF-8")};
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_STANDARD_REPLY,
                     .command = STR("FAIL"),
                     .params = params,
                     .param_count = ARRAY_LEN(params),
                     .is_last_text = true,
                 });
}

/* False, and the client told, when the command may not be used now or by this user. */
static bool
may_run(struct call *call, const struct command *command)
{
    bool is_registered = call->user != NULL;
    if (!is_registered && command->when == COMMAND_AFTER) {
        reply_plain(call, ERR_NOTREGISTERED);
        return false;
    }
    if (is_registered && command->when == COMMAND_BEFORE) {
        reply_plain(call, ERR_ALREADYREGISTERED);
        return false;
    }
    if ((command->flags & COMMAND_OPERATOR) && !user_is_operator(call->user)) {
        reply_plain(call, ERR_NOPRIVILEGES);
        return false;
    }
    uint32_t privilege = command->flags >> COMMAND_PRIVILEGE_SHIFT;
    if (privilege != 0 && !user_may(call->user, privilege)) {
        reply(call, ERR_NOPRIVS, privilege_name(privilege));
        return false;
    }
    if (call->msg->param_count < command->params_min) {
        reply_about(call, ERR_NEEDMOREPARAMS, command->name, "Not enough parameters: %.*s %.*s",
                    STR_ARG(command->name), STR_ARG(command->syntax));
        return false;
    }
    return !(command->flags & COMMAND_QUERY) || rate_allows_query(call);
}

enum hub_verdict
hub_execute(struct hub *hub, struct slot_id id, const struct irc_msg *msg,
            const struct hub_moment *moment)
{
    assert(msg->command.len > 0);
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return HUB_CLOSED;
    assert(session->waiting == WAIT_NOTHING);
    const struct command *command = command_find(msg->command);
    struct call call = {
        .hub = hub,
        .session = session,
        .user = session->user,
        .msg = msg,
        .command = command == NULL ? msg->command : command->name,
        .entropy = moment->entropy,
        .verdict = HUB_NEXT,
        .is_confirmed = command != NULL && (command->flags & COMMAND_CONFIRMS),
    };
    hub->lines_executed++;
    label_take(&call);
    struct confirm confirm = confirm_begin(&call);
    if (!is_utf8(msg)) {
        if (command == NULL)
            call.command = STR("*");
        refuse_encoding(&call);
    } else if (command == NULL) {
        if (session->user == NULL)
            reply_plain(&call, ERR_NOTREGISTERED);
        else
            reply(&call, ERR_UNKNOWNCOMMAND, msg->command);
    } else if (may_run(&call, command)) {
        hub->command_counts[command - command_at(0)]++;
        command->run(&call);
    }
    if (call.verdict != HUB_CLOSED)
        confirm_end(&call, &confirm);
    return call.verdict;
}

static struct call
call_without_line(struct hub *hub, struct session *session, const struct hub_moment *moment)
{
    static const struct irc_msg no_line = {.param_count = 0};
    return (struct call){
        .hub = hub,
        .session = session,
        .user = session->user,
        .msg = &no_line,
        .command = STR("*"),
        .entropy = moment->entropy,
        .verdict = HUB_NEXT,
    };
}

enum hub_verdict
hub_reject_line(struct hub *hub, struct slot_id id, enum irc_parse_result why,
                const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return HUB_CLOSED;
    struct call call = call_without_line(hub, session, moment);
    switch (why) {
    case IRC_PARSE_OK:
    case IRC_PARSE_EMPTY:
        break;
    case IRC_PARSE_ERR_FORBIDDEN:
        reply_text(&call, ERR_UNKNOWNERROR, STR("*"),
                   STR("Your line has a NUL or CR in it and was not used"));
        break;
    case IRC_PARSE_ERR_NO_COMMAND:
        reply_text(&call, ERR_UNKNOWNERROR, STR("*"), STR("Your line has no command"));
        break;
    case IRC_PARSE_ERR_TAGS_TOO_LONG:
        reply_format(&call, ERR_INPUTTOOLONG,
                     "Your line was not used: its tags are longer than %d bytes",
                     LIMIT_CLIENT_TAG_BYTES);
        break;
    case IRC_PARSE_ERR_TOO_LONG:
        reply_format(&call, ERR_INPUTTOOLONG,
                     "Your line was not used: it is longer than %d bytes, send it in parts",
                     LIMIT_LINE_BYTES);
        break;
    }
    return call.verdict;
}

enum hub_verdict
hub_continue(struct hub *hub, struct slot_id id, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return HUB_CLOSED;
    assert(session->waiting == WAIT_LISTING);
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    listing_continue(&call);
    confirm_end(&call, &confirm);
    return call.verdict;
}

void
hub_detach(struct hub *hub, struct slot_id id, struct str reason, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session != NULL)
        session_close(hub, session, reason, reason);
}

void
hub_detach_all(struct hub *hub, struct str reason, const struct hub_moment *moment)
{
    set_now(hub, moment);
    hub->is_ending = true;
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL)
        session_close(hub, session, reason, reason);
}

void
hub_answer(struct hub *hub, struct slot_id id, enum question_kind kind, enum hub_answer answer,
           const struct credentials *credentials, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    if (kind == QUESTION_MAIL_LATER)
        return; /* nobody waits for it, and nobody is told */
    switch (session->waiting) {
    case WAIT_SERVER_PASSWORD:
        registration_password_checked(&call, answer);
        break;
    case WAIT_OPER_PASSWORD:
        operator_password_checked(&call, answer);
        break;
    case WAIT_LOGIN:
        login_answered(&call, kind, answer, credentials);
        break;
    case WAIT_GATEWAY_PASSWORD:
        gateway_password_checked(&call, answer);
        break;
    case WAIT_NOTHING:
    case WAIT_DNSBL:
    case WAIT_PAGE:
    case WAIT_LISTING:
        cf_unreachable("an answer to no question");
    }
    if (call.verdict != HUB_CLOSED)
        confirm_end(&call, &confirm);
}

void
hub_answer_token(struct hub *hub, struct slot_id id, enum jwt_result result, struct str account,
                 const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    login_token_verified(&call, result, account);
    if (call.verdict != HUB_CLOSED)
        confirm_end(&call, &confirm);
}

void
hub_answer_export(struct hub *hub, struct slot_id id, struct str account, enum hub_answer answer,
                  const struct hub_moment *moment)
{
    set_now(hub, moment);
    histserv_exported(hub, account, answer);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    histserv_tell_exported(&call, answer);
    confirm_end(&call, &confirm);
}

void
hub_answer_dnsbl(struct hub *hub, struct slot_id id, struct str zone,
                 const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    blocklist_answered(&call, zone);
    if (call.verdict != HUB_CLOSED)
        confirm_end(&call, &confirm);
}

void
hub_answer_page(struct hub *hub, struct slot_id id, const struct page *page,
                const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    assert(session->waiting == WAIT_PAGE);
    struct call call = call_without_line(hub, session, moment);
    struct confirm confirm = confirm_begin(&call);
    if (session->redaction != NULL)
        redact_page_read(&call, page);
    else if (session->replay != NULL)
        replay_page_read(&call, page);
    else
        history_page_read(&call, page);
    confirm_end(&call, &confirm);
}

void
hub_inform(struct hub *hub, struct slot_id id, struct str text, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL)
        return;
    struct call call = call_without_line(hub, session, moment);
    reply_notice(&call, text);
}

void
hub_store_changed(struct hub *hub, bool is_failing, uint64_t lost_from,
                  const struct hub_moment *moment)
{
    set_now(hub, moment);
    hub->is_store_failing = is_failing;
    uint32_t cursor = 0;
    struct session *session;
    while (is_failing && (session = slots_next(&hub->sessions, &cursor)) != NULL) {
        struct call call = call_without_line(hub, session, moment);
        loss_tell_last(&call, lost_from);
    }
}

/* --- time --- */

void
hub_tick(struct hub *hub, const struct hub_moment *moment)
{
    set_now(hub, moment);
    struct timer *due;
    while ((due = timers_take_due(&hub->timers, hub->now_ms)) != NULL) {
        struct hub_timer *timer = CONTAINER_OF(due, struct hub_timer, timer);
        timer->fired(hub, timer);
    }
}

int64_t
hub_next_tick_ms(const struct hub *hub)
{
    return timers_next_ms(&hub->timers);
}

/* --- looking at it --- */

struct outbox *
hub_outbox(struct hub *hub)
{
    channel_rows_keep(hub);
    presence_rows_keep(hub);
    return &hub->outbox;
}

uint64_t
hub_reach(const struct hub *hub)
{
    return hub->outbox.reach;
}

struct hub_counts
hub_counts(const struct hub *hub)
{
    return (struct hub_counts){
        .sessions = hub->sessions.count,
        .users = hub->users.count,
        .channels = hub->channels.count,
        .lines_executed = hub->lines_executed,
        .messages = hub->message_count,
    };
}

bool
hub_channel_id(const struct hub *hub, struct str name, struct slot_id *id_out)
{
    const struct channel *channel = channel_find(hub, name);
    if (channel == NULL)
        return false;
    *id_out = channel->id;
    return true;
}

static size_t
count_sessions(const struct user *user)
{
    size_t count = 0;
    list_for_each(node, &user->sessions) {
        count++;
    }
    return count;
}

static struct hub_user_view
view_user(const struct user *user)
{
    return (struct hub_user_view){
        .id = user->id,
        .nick = user->nick,
        .account = user->account,
        .session_count = count_sessions(user),
    };
}

bool
hub_user_named(const struct hub *hub, struct str nick, struct hub_user_view *view_out)
{
    const struct user *user = user_find(hub, nick);
    if (user == NULL)
        return false;
    *view_out = view_user(user);
    return true;
}

bool
hub_user_of(const struct hub *hub, struct slot_id id, struct hub_user_view *view_out)
{
    const struct session *session = slots_find(&hub->sessions, id);
    if (session == NULL || session->user == NULL)
        return false;
    *view_out = view_user(session->user);
    return true;
}

bool
hub_member_at(const struct hub *hub, struct str name, size_t index,
              struct hub_member_view *view_out)
{
    const struct channel *channel = channel_find(hub, name);
    if (channel == NULL || index >= channel->member_count)
        return false;
    struct list *node = channel->members.next;
    for (size_t i = 0; i < index; i++)
        node = node->next;
    const struct member *member = CONTAINER_OF(node, struct member, in_channel);
    size_t session_count = count_sessions(member->user);
    *view_out = (struct hub_member_view){
        .user = member->user->id,
        .nick = member->user->nick,
        .prefix = rank_highest_prefix(member->ranks),
        .session_count = session_count,
        .first_session = session_count == 0 ? SLOT_ID_NONE : user_first_session(member->user)->id,
        .reads_from_ms = channel->is_read_from_join ? member->joined_ms : 0,
    };
    return true;
}
