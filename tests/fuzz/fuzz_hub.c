/*
 * The hub as a whole, on the simulator's stage: clients of both doors on three homes say what the
 * bytes say, and the simulator's checkers watch (sim_model.c, sim_view.c).
 *
 * Input: lines, each of which begins with what happens:
 *     0..7 text   the client of that number sends this line
 *     a..h text   the client 0..7 sends this without an end, and pauses
 *     + n d h     client n comes: door d (i or p) at home h (0..2)
 *     - n         client n is lost
 *     = n         client n has read its output, and takes the next slice of a long answer
 *     % n         client n stops reading
 *     @ n         10 to the n milliseconds pass; what is due is fired
 *     ? y|n|b     the oldest question is answered
 *     > h n       n deliveries of home h are taken
 *     ! n         all is delivered, and all must agree
 *     * n         configuration n is loaded
 *     $           the store takes nothing any more, or goes on
 */
#include "doors/irc.h"
#include "doors/plain.h"
#include "fuzz.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define CLIENTS         8
#define HOMES           3
#define STEPS_MAX       300
#define INPUT_BYTES_MAX (16 * 1024)

static const struct hub_config configs[] = {
    {
        .server_name = STR_INIT("fuzz.test"),
        .network_name = STR_INIT("Fuzz"),
        .description = STR_INIT("A server under attack"),
        .version = STR_INIT("confab-fuzz"),
        .created = STR_INIT("today"),
        .motd = STR_INIT("one\ntwo\n"),
        .lobby = STR_INIT("#lobby"),
        .lobby_modes = STR_INIT("n"),
        .channels_per_user_max = 6,
        .list_entries_max = 4,
        .channels_max = 80,
        .users_max = CLIENTS,
        .takes_accounts = true,
        .takes_tokens = true,
        .creates_by_token = true,
        .registers_before_connect = true,
        .account_password_min = 3,
        .accounts_max = 6,
        .always_on = HUB_POLICY_OPT_OUT,
        .always_on_max = 2,
        .has_store = true,
        .has_history = true,
        .replay_max = 10,
        .operators =
            {
                {.name = STR_INIT("root"),
                 .password_hash = STR_INIT("hash"),
                 .host_mask = STR_INIT("*!*@*")},
                {.name = STR_INIT("auto"),
                 .host_mask = STR_INIT("*!*@*"),
                 .account = STR_INIT("ann"),
                 .is_automatic = true},
            },
        .operator_count = 2,
        .sends_mail = true,
    },
    {
        .server_name = STR_INIT("fuzz.test"),
        .network_name = STR_INIT("Fuzz too"),
        .description = STR_INIT("A server under attack"),
        .version = STR_INIT("confab-fuzz"),
        .created = STR_INIT("today"),
        .has_store = true,
        .has_history = true,
        .replay_max = 3,
        .autoreplay_lines = 2,
        .durability = HUB_DURABILITY_ECHO,
        .takes_accounts = true,
        .account_password_min = 3,
        .accounts_max = 6,
        .always_on = HUB_POLICY_OPT_IN,
        .always_on_max = 1,
        .always_on_expiry_ms = 10000,
        .redact_window_ms = 10000,
        .password_hash = STR_INIT("hash"),
        .lobby = STR_INIT("#Turns"),
        .is_lobby_half_duplex = true,
        .is_creator_founder = true,
        .refuses_lookalikes = true,
        .scripts = NAME_SCRIPTS_MODERATE,
        .reserved_names = {STR_INIT("*serv"), STR_INIT("#s*")},
        .reserved_name_count = 2,
        .rates =
            {
                [RATE_JOINS] = {3, 10000},
                [RATE_NICKS] = {2, 10000},
                [RATE_TARGETS] = {2, 10000},
                [RATE_INVITES] = {1, 10000},
                [RATE_PROFILE] = {2, 10000},
                [RATE_QUERIES] = {9, 10000},
                [RATE_LISTS] = {2, 10000},
                [RATE_OPERS] = {1, 10000},
            },
        .filters =
            {
                {STR_INIT("a"), STR_INIT("(a+)+$"), FILTER_SHUN, 0x1FF, 0, STR_INIT("")},
                {STR_INIT("b"), STR_INIT("b"), FILTER_KILL, 0x1FF, 7, STR_INIT("no b")},
                {STR_INIT("c"), STR_INIT("^c"), FILTER_BLOCK, 0x1FF, 1, STR_INIT("")},
            },
        .filter_count = 3,
        .channels_per_user_max = 2,
        .list_entries_max = 1,
        .channels_max = 4,
        .users_max = 4,
        .disabled_caps = {CAPABILITY_LABELED_RESPONSE, CAPABILITY_SERVER_TIME},
        .disabled_cap_count = 2,
    },
};

struct stage {
    struct sim *sim;
    struct slot_id clients[CLIENTS]; /* as the hub calls their sessions */
};

/* The client of a number, while it is there; NULL otherwise. */
static struct rig_session *
find_client(const struct stage *stage, char digit)
{
    if (digit < '0' || digit >= '0' + CLIENTS)
        return NULL;
    struct rig_session *session = rig_find(stage->sim->rig, stage->clients[digit - '0']);
    return session != NULL && session->is_attached ? session : NULL;
}

static char
byte_at(struct str text, size_t index)
{
    return index < text.len ? text.ptr[index] : '\0';
}

static void
connect_client(struct stage *stage, struct str how)
{
    char digit = byte_at(how, 0);
    char home = byte_at(how, 2);
    if (digit < '0' || digit >= '0' + CLIENTS ||
        rig_find(stage->sim->rig, stage->clients[digit - '0']) != NULL)
        return;
    const struct sim_client *client =
        sim_connect(stage->sim, home >= '0' && home < '0' + HOMES ? (uint32_t)(home - '0') : 0,
                    byte_at(how, 1) == 'p' ? &plain_door : &irc_door,
                    &(struct rig_connection){
                        .address = STR("192.0.2.1"),
                        .host = STR("host.fuzz.test"),
                    });
    stage->clients[digit - '0'] = client->session->id;
}

/* What a client sends, with or without an end. */
static void
say(struct stage *stage, struct rig_session *session, struct str text, bool has_end)
{
    if (session == NULL)
        return;
    uint32_t home = session->home;
    rig_feed(session, text);
    if (has_end)
        rig_feed(session, STR("\r\n"));
    else
        rig_pause(session);
    (void)rig_round(stage->sim->rig, home); /* whatever comes of it */
}

static void
pass_time(struct stage *stage, char digit)
{
    int64_t ms = 1;
    for (char i = '0'; i < digit && i < '6'; i++)
        ms *= 10;
    rig_advance(stage->sim->rig, ms);
    if (hub_next_tick_ms(stage->sim->rig->hub) <= stage->sim->rig->now_ms)
        rig_tick(stage->sim->rig);
}

static void
answer(struct stage *stage, char how)
{
    if (stage->sim->question_count == 0)
        return;
    sim_answer(stage->sim, 0,
               how == 'y'   ? HUB_ANSWER_YES
               : how == 'b' ? HUB_ANSWER_BUSY
                            : HUB_ANSWER_NO);
}

static void
happen_to(struct stage *stage, char what, struct rig_session *session)
{
    if (session == NULL)
        return;
    if (what == '-') {
        rig_detach(session, STR("Connection lost"));
    } else if (what == '%') {
        session->is_slow = true;
    } else {
        rig_drain(session);
        if (session->is_listing)
            rig_continue(session);
    }
    hub_check(stage->sim->rig->hub);
}

static void
step(struct stage *stage, struct str line)
{
    struct sim *sim = stage->sim;
    char what = byte_at(line, 0);
    char first = byte_at(line, 1);
    struct str rest = str_skip(line, 1);
    if (what >= '0' && what <= '7') {
        say(stage, find_client(stage, what), rest, true);
    } else if (what >= 'a' && what <= 'h') {
        say(stage, find_client(stage, (char)(what - 'a' + '0')), rest, false);
    } else if (what == '+') {
        connect_client(stage, rest);
    } else if (what == '-' || what == '=' || what == '%') {
        happen_to(stage, what, find_client(stage, first));
    } else if (what == '@') {
        pass_time(stage, first);
    } else if (what == '?') {
        answer(stage, first);
    } else if (what == '>' && first >= '0' && first < '0' + HOMES) {
        rig_deliver(sim->rig, (uint32_t)(first - '0'), (unsigned char)byte_at(line, 2));
    } else if (what == '!') {
        sim_settle(sim);
    } else if (what == '$') {
        rig_stall_store(sim->rig, !sim->rig->is_stalled);
    } else if (what == '*') {
        sim_configure(sim, &configs[(unsigned char)first % 2]);
    }
    hub_check(sim->rig->hub);
    sim->step++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_BYTES_MAX)
        return 0;
    if (setenv("TZ", "UTC", 0) == -1) /* the plain door shows local time */
        abort();
    struct stage stage = {.sim = sim_new(&(struct sim_options){.homes = HOMES}, &configs[0])};
    struct str rest = {.ptr = (const char *)data, .len = size};
    for (int i = 0; i < STEPS_MAX && rest.len > 0; i++) {
        struct str line = str_take(rest, str_find_byte(rest, '\n'));
        rest = str_skip(rest, line.len + 1);
        step(&stage, line);
    }
    sim_heal(stage.sim);
    sim_free(&stage.sim);
    return 0;
}
