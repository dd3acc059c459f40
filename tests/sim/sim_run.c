/* A run of the simulator: what happens at each step; see sim.h. */
#include "sim.h"

#include "doors/irc.h"
#include "doors/plain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define SETTLE_EVERY    60 /* steps, about */
#define ROUND_LINES_MAX 4
#define CROWD_MIN       80 /* clients: enough for answers in slices */

/* --- randomness --- */

/* splitmix64 */
uint64_t
sim_random(struct sim_random *random)
{
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

uint32_t
sim_below(struct sim_random *random, uint32_t below)
{
    assert(below > 0);
    return (uint32_t)(sim_random(random) % below);
}

bool
sim_chance(struct sim_random *random, uint32_t of_thousand)
{
    return sim_below(random, 1000) < of_thousand;
}

struct sim_options
sim_options_from_seed(uint64_t seed, uint64_t steps)
{
    struct sim_random random = {.state = seed ^ UINT64_C(0x51D)};
    bool is_crowded = sim_chance(&random, 150);
    return (struct sim_options){
        .seed = seed,
        .steps = steps,
        .homes = 1 + sim_below(&random, 5),
        .clients_max = is_crowded ? CROWD_MIN + sim_below(&random, 40) : 2 + sim_below(&random, 22),
        .channels = 1 + sim_below(&random, 10),
        .nicks = is_crowded ? 16 : 4 + sim_below(&random, 13),
        .mail_late = sim_below(&random, 1000),
        .plain = sim_below(&random, 4) * 100,
        .slow = sim_below(&random, 30),
        .garbage = sim_below(&random, 120),
        .operators = sim_below(&random, 3) * 10,
        .reconfigure = sim_below(&random, 3) * 3,
        .stall = sim_below(&random, 3) * 10,
    };
}

void
sim_print_options(const struct sim_options *options)
{
    (void)printf("seed %" PRIu64 " steps %" PRIu64
                 ": homes %u, clients %u, channels %u, nicks %u, late mail %u, plain %u, slow %u, "
                 "garbage %u, operators %u, reconfigure %u, stall %u\n",
                 options->seed, options->steps, options->homes, options->clients_max,
                 options->channels, options->nicks, options->mail_late, options->plain,
                 options->slow, options->garbage, options->operators, options->reconfigure,
                 options->stall);
    (void)fflush(stdout); /* before anything can go wrong */
}

/* --- configuration --- */

static const struct hub_config config_base = {
    .server_name = STR_INIT("sim.test"),
    .network_name = STR_INIT("Sim"),
    .description = STR_INIT("A simulated server"),
    .version = STR_INIT("confab-sim"),
    .created = STR_INIT("today"),
    .lobby_modes = STR_INIT("n"),
    .channels_per_user_max = 8,
    .list_entries_max = 6,
    .channels_max = 100,
    .users_max = 1000,
    .takes_accounts = true,
    .takes_tokens = true,
    .creates_by_token = true,
    .registers_before_connect = true,
    .account_password_min = 3,
    .accounts_max = 50,
    .has_store = true,
    .has_history = true,
    .replay_max = 100,
    .operators =
        {
            {STR_INIT("root"), STR_INIT("hash-of-root"), STR_INIT("*!*@*")},
            {STR_INIT("far"), STR_INIT("hash-of-far"), STR_INIT("*!*@far.away")},
        },
    .operator_count = 2,
};

/* How often, and which names: without limits in most runs, narrow ones in the others. */
static void
choose_rules(struct sim_random *random, struct hub_config *config)
{
    config->refuses_lookalikes = sim_chance(random, 500);
    if (sim_chance(random, 200))
        config->scripts = (enum name_scripts)sim_below(random, NAME_SCRIPTS_ASCII + 1);
    if (sim_chance(random, 200))
        config->reserved_names[config->reserved_name_count++] = STR("*a*");
    for (uint32_t i = sim_chance(random, 200) ? 1 + sim_below(random, 3) : 0; i > 0; i--) {
        static const struct str patterns[] = {STR_INIT("[02468]$"), STR_INIT("^n?[a-z]+$"),
                                              STR_INIT("(.*a)+b")};
        config->filters[config->filter_count++] = (struct hub_filter){
            .name = (struct str){.ptr = "abc" + i - 1, .len = 1},
            .pattern = patterns[sim_below(random, ARRAY_LEN(patterns))],
            /* Not FILTER_SHUN: an echo alone looks like a message to the model. */
            .action = (enum filter_action)sim_below(random, FILTER_SHUN),
            .targets = sim_below(random, 1U << FILTER_IN_COUNT),
            .exempts = sim_below(random, 1U << FILTER_EXEMPTS_COUNT),
        };
    }
    if (sim_chance(random, 700))
        return;
    for (size_t i = 0; i < RATE_COUNT; i++) {
        config->rates[i].count = sim_below(random, 10);
        config->rates[i].period_ms = 1000 + sim_below(random, 60000);
    }
    config->newcomer_wait_ms = sim_chance(random, 500) ? sim_below(random, 60000) : 0;
    for (size_t i = 0; i < NETWORK_RATE_COUNT; i++) {
        config->network_rates[i].count = sim_below(random, 5);
        config->network_rates[i].period_ms = 1000 + sim_below(random, 60000);
    }
    config->registrations.count = sim_chance(random, 300) ? 20 : 0;
    config->registrations.period_ms = 1000;
}

/* Some of those whose silent loss no client can mistake for something else. */
static void
choose_disabled_caps(struct sim_random *random, struct hub_config *config)
{
    static const enum capability choices[] = {
        CAPABILITY_BATCH,       CAPABILITY_SERVER_TIME,   CAPABILITY_OPER_TAG,
        CAPABILITY_AWAY_NOTIFY, CAPABILITY_INVITE_NOTIFY, CAPABILITY_SETNAME,
        CAPABILITY_MULTILINE,   CAPABILITY_FLOOR,         CAPABILITY_LABELED_RESPONSE,
        CAPABILITY_ACCOUNT_TAG,
    };

    uint32_t count = sim_below(random, 4);
    for (uint32_t i = 0; i < count; i++)
        config->disabled_caps[i] = choices[sim_below(random, ARRAY_LEN(choices))];
    config->disabled_cap_count = count;
}

static void
choose_config(struct sim_random *random, uint32_t clients_max, struct hub_config *config)
{
    static const struct str lobbies[] = {STR_INIT("#lobby"), STR_INIT("#lobby"), STR_INIT("#Turns"),
                                         STR_INIT("")};
    *config = config_base;
    config->lobby = lobbies[sim_below(random, ARRAY_LEN(lobbies))];
    config->is_lobby_half_duplex = sim_chance(random, 300);
    config->always_on = (enum hub_policy)sim_below(random, HUB_POLICY_COUNT);
    config->auto_away = (enum hub_policy)sim_below(random, HUB_POLICY_COUNT);
    config->always_on_max = sim_below(random, 4);
    config->always_on_expiry_ms = sim_chance(random, 500) ? sim_below(random, 60000) : 0;
    config->is_creator_founder = sim_chance(random, 300);
    config->autoreplay_lines = sim_chance(random, 300) ? sim_below(random, 20) : 0;
    config->durability = (enum hub_durability)sim_below(random, HUB_DURABILITY_ALL + 1);
    if (sim_chance(random, 300))
        config->lobby_modes = STR("");
    if (sim_chance(random, 300))
        config->motd = STR("one\ntwo\n");
    if (sim_chance(random, 150))
        config->password_hash = STR("hash-of-server");
    choose_rules(random, config);
    if (sim_chance(random, 150)) {
        config->dnsbl_zones[config->dnsbl_zone_count++].zone = STR("reject.example");
        config->dnsbl_zones[config->dnsbl_zone_count++] = (struct hub_dnsbl_zone){
            .zone = STR_INIT("mark.example"),
            .action = DNSBL_MARK,
        };
    }
    if (sim_chance(random, 300)) {
        config->channels_per_user_max = 1 + sim_below(random, 5);
        config->list_entries_max = 1 + sim_below(random, 3);
        config->channels_max = 1 + sim_below(random, 8);
        config->users_max = 1 + sim_below(random, clients_max);
    }
    if (sim_chance(random, 300))
        choose_disabled_caps(random, config);
}

static void
reconfigure(struct sim *sim)
{
    struct hub_config config;
    choose_config(&sim->random, sim->options.clients_max, &config);
    sim_configure(sim, &config);
}

/* --- things that happen --- */

static struct sim_client *
pick_client(struct sim *sim)
{
    if (sim->client_count == 0)
        return NULL;
    uint32_t at = sim_below(&sim->random, sim->client_count);
    struct list *node = sim->clients.next;
    while (at-- > 0)
        node = node->next;
    struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
    return client->has_closed ? NULL : client;
}

static struct sim_client *
connect_client(struct sim *sim)
{
    if (sim->client_count >= sim->options.clients_max)
        return NULL;
    bool is_plain = sim_chance(&sim->random, sim->options.plain);
    struct buf host;
    buf_init(&host, LIMIT_HOST_BYTES);
    buf_printf(&host, "host%u", sim_below(&sim->random, 4));
    if (sim_chance(&sim->random, 100))
        buf_put(&host, STR(".with.a.very.long.name.that.fills.the.whole.field.ab.example"));
    struct sim_client *client = sim_connect(sim, sim_below(&sim->random, sim->options.homes),
                                            is_plain ? &plain_door : &irc_door,
                                            &(struct rig_connection){
                                                .address = STR("192.0.2.1"),
                                                .host = buf_str(&host),
                                                .is_secure = sim_chance(&sim->random, 300),
                                            });
    client->session->is_kept = sim_chance(&sim->random, 200);
    buf_deinit(&host);
    return client;
}

/* A line of the plain door without its end, but with a pause behind it. */
static void
feed_with_pause(struct sim_client *client, struct str bytes)
{
    struct rig_session *session = client->session;
    bool is_read_now = session->is_attached && !session->is_waiting && !session->is_listing &&
                       session->input.len == 0;
    rig_feed(session, is_read_now ? str_take(bytes, bytes.len - 1) : bytes);
    if (is_read_now) {
        rig_pause(session);
        (void)rig_round(client->sim->rig, session->home); /* whatever comes of it */
    }
}

/* Some clients of a home send something, in one round of it. */
static void
play_round(struct sim *sim)
{
    struct sim_client *first = pick_client(sim);
    if (first == NULL)
        return;
    uint32_t home = first->session->home;
    uint32_t lines = 1 + sim_below(&sim->random, ROUND_LINES_MAX);
    for (uint32_t i = 0; i < lines; i++) {
        struct sim_client *client = i == 0 ? first : pick_client(sim);
        if (client == NULL || client->session->home != home || client->session->input.len > 16000)
            continue;
        struct buf line;
        buf_init(&line, 16 * 1024);
        sim_say(client, &line);
        struct str bytes = buf_str(&line);
        if (client->is_plain && sim_chance(&sim->random, 100)) {
            feed_with_pause(client, bytes);
        } else if (sim_chance(&sim->random, 100)) { /* in two pieces */
            size_t cut = sim_below(&sim->random, (uint32_t)bytes.len);
            struct slot_id id = client->session->id;
            rig_feed(client->session, str_take(bytes, cut));
            (void)rig_round(sim->rig, home); /* whether it was a line does not matter */
            struct rig_session *session = rig_find(sim->rig, id);
            if (session != NULL) /* it may have ended */
                rig_feed(session, str_skip(bytes, cut));
        } else {
            rig_feed(client->session, bytes);
        }
        buf_deinit(&line);
        if (sim_chance(&sim->random, 100))
            break;
    }
    (void)rig_round(sim->rig, home); /* likewise */
}

static void
deliver_some(struct sim *sim)
{
    for (uint32_t home = 0; home < sim->options.homes; home++) {
        if (sim_chance(&sim->random, sim->options.mail_late))
            continue;
        bool is_part = sim_chance(&sim->random, 300);
        rig_deliver(sim->rig, home, is_part ? 1 + sim_below(&sim->random, 10) : SIZE_MAX);
    }
}

static void
pass_time(struct sim *sim)
{
    static const int64_t steps_ms[] = {1, 10, 100, 1000, 2500, 4999, 5000, 60000, -500};
    int64_t ms = steps_ms[sim_below(&sim->random, ARRAY_LEN(steps_ms))];
    sim_trace(sim, "%" PRId64 " ms pass", ms);
    rig_advance(sim->rig, ms); /* sometimes the clock is set back */
    bool is_due = hub_next_tick_ms(sim->rig->hub) <= sim->rig->now_ms;
    if (is_due ? sim_chance(&sim->random, 800) : sim_chance(&sim->random, 100))
        rig_tick(sim->rig);
}

static void
answer_question(struct sim *sim)
{
    static const enum hub_answer answers[] = {HUB_ANSWER_YES, HUB_ANSWER_YES, HUB_ANSWER_NO,
                                              HUB_ANSWER_BUSY};

    if (sim->question_count > 0)
        sim_answer(sim, sim_below(&sim->random, (uint32_t)sim->question_count),
                   answers[sim_below(&sim->random, ARRAY_LEN(answers))]);
}

static void
disturb_client(struct sim *sim)
{
    struct sim_client *client = pick_client(sim);
    if (client == NULL || !client->session->is_attached)
        return;
    struct rig_session *session = client->session;
    struct hub_moment moment = rig_moment(sim->rig);
    switch (sim_below(&sim->random, 6)) {
    case 0:
        sim_trace(sim, "client %u is lost", session->number);
        rig_detach(session, STR("Connection lost"));
        break;
    case 1:
        if (session->is_waiting || session->is_listing)
            break;
        if (hub_reject_line(sim->rig->hub, session->id,
                            (enum irc_parse_result)sim_below(&sim->random, 6),
                            &moment) == HUB_CLOSED)
            session->is_attached = false; /* the hub has closed it, its home does not know yet */
        rig_post(sim->rig);
        break;
    case 2:
        hub_inform(sim->rig->hub, session->id, STR("The server says something"), &moment);
        rig_post(sim->rig);
        break;
    default:
        session->is_slow = sim_chance(&sim->random, sim->options.slow * 20);
        break;
    }
}

/* The store takes nothing for a while: pages and echoes wait. */
static void
stall_store(struct sim *sim)
{
    bool is_stalled = !sim->rig->is_stalled;
    sim_trace(sim, "the store %s", is_stalled ? "stalls" : "goes on");
    rig_stall_store(sim->rig, is_stalled);
}

/* Ids of sessions that are gone do nothing at all. */
static void
use_stale_id(struct sim *sim)
{
    if (sim->stale_count == 0)
        return;
    size_t kept =
        sim->stale_count < ARRAY_LEN(sim->stale) ? sim->stale_count : ARRAY_LEN(sim->stale);
    struct slot_id id = sim->stale[sim_below(&sim->random, (uint32_t)kept)];
    struct hub *hub = sim->rig->hub;
    struct hub_moment moment = rig_moment(sim->rig);
    const struct irc_msg msg = {.command = STR("QUIT")};
    bool is_refused = hub_execute(hub, id, &msg, &moment) == HUB_CLOSED &&
                      hub_continue(hub, id, &moment) == HUB_CLOSED &&
                      hub_reject_line(hub, id, IRC_PARSE_ERR_TOO_LONG, &moment) == HUB_CLOSED;
    hub_detach(hub, id, STR("again"), &moment);
    hub_inform(hub, id, STR("nobody"), &moment);
    hub_answer(hub, id, QUESTION_PASSWORD, HUB_ANSWER_YES, NULL, &moment);
    hub_answer_token(hub, id, JWT_OK, STR("ann"), &moment);
    hub_answer_export(hub, id, STR("ann"), HUB_ANSWER_YES, &moment);
    const struct outbox *outbox = hub_outbox(hub);
    if (!is_refused || outbox->touched_count > 0 || outbox->note_count > 0)
        sim_fail(sim, "a stale id does something");
}

/* Long answers go on when their reader keeps up; kept sessions hang up at last. */
static void
look_after_clients(struct sim *sim)
{
    list_for_each_safe(node, &sim->clients) {
        struct sim_client *client = CONTAINER_OF(node, struct sim_client, in_sim);
        struct rig_session *session = client->session;
        if (client->has_closed) {
            if (sim_chance(&sim->random, 200))
                sim_bury(client);
            continue;
        }
        if (session->is_slow && sim_chance(&sim->random, 50))
            rig_drain(session);
        if (session->is_listing && session->is_attached && !session->is_slow &&
            sim_chance(&sim->random, 300))
            rig_continue(session);
    }
}

/* --- a run --- */

/* The accounts are registered by clients who then leave, where the configuration lets them. */
static void
make_accounts(struct sim *sim)
{
    for (uint32_t i = 0; i < sim_account_count(); i++) {
        struct sim_client *client =
            sim_connect(sim, 0, &irc_door, &(struct rig_connection){.address = STR("192.0.2.1")});
        struct slot_id id = client->session->id;
        struct buf lines;
        buf_init(&lines, 1024);
        sim_say_registering(i, &lines);
        rig_feed(client->session, buf_str(&lines));
        buf_deinit(&lines);
        rig_settle(sim->rig);
        while (sim->question_count > 0) {
            sim_answer(sim, 0, HUB_ANSWER_YES);
            rig_settle(sim->rig);
        }
        struct rig_session *session = rig_find(sim->rig, id);
        if (session != NULL)
            rig_detach(session, STR("Has registered"));
        sim_settle(sim);
    }
}

/* Half of the clients, or all of a crowd, are there from the start, and in channels. */
static void
warm_up(struct sim *sim)
{
    uint32_t count = sim->options.clients_max;
    if (count < CROWD_MIN)
        count = (count + 1) / 2;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_client *client = connect_client(sim);
        struct buf lines;
        buf_init(&lines, 1024);
        sim_say_welcome(client, &lines);
        rig_feed(client->session, buf_str(&lines));
        buf_deinit(&lines);
    }
    rig_settle(sim->rig);
    sim_settle(sim);
}

static void
step(struct sim *sim)
{
    uint32_t what = sim_below(&sim->random, 1000);
    if (what < sim->options.reconfigure)
        reconfigure(sim);
    else if (what < 40)
        (void)connect_client(sim); /* if there is room */
    else if (what < 70)
        pass_time(sim);
    else if (what < 90)
        disturb_client(sim);
    else if (what < 100)
        use_stale_id(sim);
    else if (what < 150)
        answer_question(sim);
    else
        play_round(sim);
    if (sim_chance(&sim->random, sim->options.stall))
        stall_store(sim);
    deliver_some(sim);
    look_after_clients(sim);
    hub_check(sim->rig->hub);
    if (sim_below(&sim->random, SETTLE_EVERY) == 0)
        sim_settle(sim);
}

struct sim_result
sim_run(const struct sim_options *options, bool is_tracing)
{
    struct sim_random random = {.state = options->seed};
    struct hub_config config;
    choose_config(&random, options->clients_max, &config);
    struct sim *sim = sim_new(options, &config);
    sim->random = random;
    sim->is_tracing = is_tracing;
    sim->has_tokens = true;
    make_accounts(sim);
    warm_up(sim);
    for (sim->step = 0; sim->step < options->steps; sim->step++)
        step(sim);
    sim_heal(sim);
    struct sim_result result = {
        .digest = sim->digest,
        .lines_in = sim->lines_in,
        .lines_out = sim->rig->lines_delivered,
        .tokens_delivered = sim->tokens_delivered,
        .floor_refusals = sim->floor_refusals,
        .rate_refusals = sim->rate_refusals,
        .listings = sim->listings,
        .settled = sim->settled,
        .pages = sim->history.pages,
        .searches = sim->history.searches,
        .replayed = sim->history.replayed,
        .redactions = sim->history.redactions,
        .erasures = sim->history.erasures,
        .clients = sim->rig->next_number,
    };
    sim_free(&sim);
    return result;
}
