/* The terminal client's loop; see chat.h. The parts know nothing of each other. */
#include "chat/chat.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "chat/connection.h"
#include "chat/model.h"
#include "chat/options.h"
#include "terminal/terminal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* For registration, which includes the check of a password. */
#define REGISTRATION_TIMEOUT_MS 30000

/* Silence of the server after which it is asked whether it is there, and given up. */
#define PING_AFTER_MS 90000
#define LOST_AFTER_MS 150000

/* Messages that nothing has answered for so long are asked about. */
#define STUCK_MS 5000

/* For the server to close the connection after QUIT. */
#define QUIT_TIMEOUT_MS 2000

/* For the last output to go. */
#define DRAIN_TIMEOUT_MS 2000

#define BACKOFF_MS_MAX 60000

/* Output that waits for a slow terminal: above it the network waits, too. */
#define BACKLOG_BYTES_MAX (LIMIT_TERMINAL_OUTPUT_BYTES / 2)

/* Messages under way in plain mode: above it the input waits. */
#define PLAIN_UNDER_WAY_MAX 64

struct chat {
    struct chat_options options;
    struct chat_model *model;
    struct terminal *terminal;
    struct connection *connection;
    struct chat_output out;
    int signal_fd;
    bool is_plain;
    bool is_trying;    /* to connect, or connected: its end has not been seen yet */
    bool is_connected; /* the model has been told so */
    bool is_done;
    bool has_failed; /* exit status 1 */
    int64_t now_ms;

    int64_t connect_at_ms; /* when to try again; 0: no plan */
    uint32_t attempts;     /* since the last success */
    int64_t connected_ms;
    int64_t heard_ms; /* when the server last said something */
    bool is_pinged;
    size_t under_way; /* messages, and since when so many */
    int64_t under_way_ms;

    bool is_quitting;
    int64_t quit_deadline_ms;
    bool has_input_ended;
    bool has_asked_barrier;
    int64_t linger_until_ms; /* 0: not yet */
};

/* --- what is shown --- */

static void
put_stderr(struct str line)
{
    /* Nobody to tell when that fails. */
    (void)fprintf(stderr, "%.*s\n", STR_ARG(line));
}

static void
show(struct chat *chat, enum chat_text kind, struct str line)
{
    static const enum terminal_style styles[] = {
        [CHAT_MESSAGE] = TERMINAL_NORMAL, [CHAT_MENTION] = TERMINAL_STRONG,
        [CHAT_ANSWER] = TERMINAL_NORMAL,  [CHAT_EVENT] = TERMINAL_DIM,
        [CHAT_ERROR] = TERMINAL_ALERT,
    };

    bool is_aside = kind == CHAT_EVENT || kind == CHAT_ERROR;
    if (!chat->is_plain || !is_aside)
        terminal_print(chat->terminal, styles[kind], line);
    else if (kind == CHAT_ERROR || chat->options.is_verbose)
        put_stderr(line);
}

static void say(struct chat *chat, enum chat_text kind, const char *format, ...) CF_PRINTF(3, 4);

static void
say(struct chat *chat, enum chat_text kind, const char *format, ...)
{
    struct buf line;
    buf_init(&line, LIMIT_INPUT_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    show(chat, kind, buf_str(&line));
    buf_deinit(&line);
}

static void
quit(struct chat *chat)
{
    if (chat->is_quitting)
        return;
    chat->is_quitting = true;
    chat->quit_deadline_ms = chat->now_ms + QUIT_TIMEOUT_MS;
    if (connection_state(chat->connection) != CONNECTION_OPEN)
        chat->is_done = true;
}

/* Carries out what a call of the model has put out. */
static void
apply(struct chat *chat)
{
    struct str texts = buf_str(&chat->out.texts);
    while (texts.len > 0) {
        struct str line = str_cut(&texts, '\n');
        assert(line.len > 0);
        show(chat, (enum chat_text)line.ptr[0], str_skip(line, 1));
    }
    connection_send(chat->connection, buf_str(&chat->out.wire));
    struct str returned = buf_str(&chat->out.returned);
    while (returned.len > 0)
        terminal_give_back(chat->terminal, str_cut(&returned, '\n'));
    if (chat->out.wants_clear)
        terminal_clear(chat->terminal);
    if (chat->out.wants_connect)
        chat->connect_at_ms = chat->now_ms;
    if (chat->out.wants_quit)
        quit(chat);
    chat_output_clear(&chat->out);
    size_t under_way = chat_model_under_way(chat->model);
    if (under_way != chat->under_way)
        chat->under_way_ms = chat->now_ms;
    chat->under_way = under_way;
}

static void
set_time(struct chat *chat)
{
    int64_t wall_ms = clock_wall_ms();
    chat->now_ms = clock_monotonic_ms();
    chat_model_set_time(chat->model, wall_ms, clock_utc_offset_s(wall_ms));
}

/* --- the connection --- */

static void
fail(struct chat *chat)
{
    chat->has_failed = true;
    chat->is_done = true;
}

static void
start_connection(struct chat *chat)
{
    chat->connect_at_ms = 0;
    chat->is_trying = true;
    say(chat, CHAT_EVENT, "* Connecting to %.*s", STR_ARG(connection_name(chat->connection)));
    connection_start(chat->connection, chat->now_ms);
}

static void
plan_connection(struct chat *chat)
{
    int64_t wait_ms = chat->attempts < 6 ? INT64_C(1000) << chat->attempts : BACKOFF_MS_MAX;
    /* All clients of a server that comes back are not to come at the same moment. */
    int64_t jitter_ms = (int64_t)(entropy_u64() % (uint64_t)(wait_ms / 4 + 1));
    chat->attempts++;
    chat->connect_at_ms = chat->now_ms + wait_ms + jitter_ms;
    say(chat, CHAT_ERROR, "* Trying again in %lld s; /connect tries now, /quit leaves",
        (long long)((wait_ms + jitter_ms + 500) / 1000));
}

static void
on_connection_ended(struct chat *chat)
{
    bool was_connected = chat->is_connected;
    chat->is_connected = false;
    chat->is_trying = false;
    if (was_connected) {
        chat_model_disconnected(chat->model, &chat->out);
        apply(chat);
    }
    if (chat->is_quitting) {
        chat->is_done = true;
        return;
    }
    struct str error = connection_error(chat->connection);
    say(chat, CHAT_ERROR, "* No connection: %.*s", STR_ARG(error));
    bool is_hopeless = !chat_model_was_online(chat->model) || chat_model_is_rejected(chat->model);
    if (chat->is_plain || is_hopeless)
        fail(chat);
    else
        plan_connection(chat);
}

static void
read_lines(struct chat *chat)
{
    struct str line;
    while (connection_read_line(chat->connection, &line)) {
        chat->heard_ms = chat->now_ms;
        chat->is_pinged = false;
        /* The line is gone with the next call of the connection. */
        chat_model_receive(chat->model, line, &chat->out);
        apply(chat);
    }
    if (chat_model_is_online(chat->model))
        chat->attempts = 0;
    if (chat_model_is_rejected(chat->model) && !chat->is_quitting &&
        connection_state(chat->connection) == CONNECTION_OPEN) {
        connection_end(chat->connection);
        fail(chat);
    }
}

static bool
wants_network(const struct chat *chat)
{
    return terminal_backlog(chat->terminal) < BACKLOG_BYTES_MAX;
}

/* The password of an account goes to nobody who only listens: this client knows no TLS. */
static bool
refuses_clear_text(struct chat *chat)
{
    if (chat->options.account.len == 0 || connection_is_local(chat->connection))
        return false;
    say(chat, CHAT_ERROR,
        "* The connection to %.*s is not encrypted, and the password of an account is not sent over "
        "it: connect to a server on this machine, or through a tunnel (ssh -L)",
        STR_ARG(connection_name(chat->connection)));
    connection_end(chat->connection);
    fail(chat);
    return true;
}

static void
work_connection(struct chat *chat)
{
    enum connection_state before = connection_state(chat->connection);
    connection_work(chat->connection, wants_network(chat), chat->now_ms);
    if (before == CONNECTION_STARTING && connection_state(chat->connection) == CONNECTION_OPEN) {
        chat->is_connected = true;
        chat->connected_ms = chat->now_ms;
        chat->heard_ms = chat->now_ms;
        chat->is_pinged = false;
        if (refuses_clear_text(chat))
            return;
        chat_model_connected(chat->model, &chat->out);
        apply(chat);
    }
    read_lines(chat);
    bool has_ended = connection_state(chat->connection) == CONNECTION_ENDED;
    if (has_ended && chat->is_trying && !chat->is_done)
        on_connection_ended(chat);
}

static void
drop_connection(struct chat *chat, const char *reason)
{
    say(chat, CHAT_ERROR, "* %s", reason);
    connection_end(chat->connection);
    on_connection_ended(chat);
}

/* --- time --- */

static void
earliest(int64_t *when_ms, int64_t candidate_ms)
{
    if (candidate_ms != 0 && (*when_ms == 0 || candidate_ms < *when_ms))
        *when_ms = candidate_ms;
}

static int
poll_timeout_ms(const struct chat *chat)
{
    int64_t when_ms = chat->connect_at_ms;
    earliest(&when_ms, connection_deadline_ms(chat->connection));
    if (chat->is_quitting)
        earliest(&when_ms, chat->quit_deadline_ms);
    earliest(&when_ms, chat->linger_until_ms);
    if (chat->is_connected) {
        bool is_online = chat_model_is_online(chat->model);
        earliest(&when_ms, is_online ? chat->heard_ms + PING_AFTER_MS
                                     : chat->connected_ms + REGISTRATION_TIMEOUT_MS);
        if (chat->is_pinged)
            earliest(&when_ms, chat->heard_ms + LOST_AFTER_MS);
        if (chat->under_way > 0)
            earliest(&when_ms, chat->under_way_ms + STUCK_MS);
    }
    int look_ms = terminal_timeout_ms(chat->terminal);
    if (look_ms >= 0)
        earliest(&when_ms, chat->now_ms + look_ms);
    if (when_ms == 0)
        return -1;
    int64_t left_ms = when_ms - chat->now_ms;
    return left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms + 1;
}

static void
check_connection(struct chat *chat)
{
    int64_t silent_ms = chat->now_ms - chat->heard_ms;
    if (!chat_model_is_online(chat->model)) {
        if (chat->now_ms - chat->connected_ms > REGISTRATION_TIMEOUT_MS)
            drop_connection(chat, "The server does not answer");
    } else if (silent_ms > LOST_AFTER_MS) {
        drop_connection(chat, "The server has been silent for too long");
    } else if (silent_ms > PING_AFTER_MS && !chat->is_pinged) {
        chat->is_pinged = true;
        connection_send(chat->connection, STR("PING :alive\r\n"));
    }
    bool is_stuck = chat->under_way > 0 && chat->now_ms - chat->under_way_ms > STUCK_MS;
    if (is_stuck && chat_model_is_online(chat->model)) {
        chat->under_way_ms = chat->now_ms;
        chat_model_ask_barrier(chat->model, &chat->out);
        apply(chat);
    }
}

/* Plain mode: when the input has ended, and all of it was accepted, and the time is over: leave. */
static void
check_plain_end(struct chat *chat)
{
    if (!chat->has_input_ended || chat->is_quitting || !chat_model_is_ready(chat->model))
        return;
    if (chat_model_under_way(chat->model) > 0)
        return;
    if (!chat->has_asked_barrier) {
        chat->has_asked_barrier = true;
        chat_model_ask_barrier(chat->model, &chat->out);
        apply(chat);
    }
    if (!chat_model_barrier_passed(chat->model))
        return;
    if (chat->linger_until_ms == 0)
        chat->linger_until_ms = chat->now_ms + chat->options.linger_ms;
    if (chat->now_ms >= chat->linger_until_ms) {
        chat_model_type(chat->model, STR("/quit"), false, &chat->out);
        apply(chat);
    }
}

static void
check_time(struct chat *chat)
{
    if (chat->connect_at_ms != 0 && chat->now_ms >= chat->connect_at_ms &&
        connection_state(chat->connection) == CONNECTION_ENDED)
        start_connection(chat);
    if (chat->is_connected && !chat->is_quitting)
        check_connection(chat);
    if (chat->is_plain && !chat->is_done)
        check_plain_end(chat);
    if (chat->is_quitting && chat->now_ms >= chat->quit_deadline_ms)
        chat->is_done = true;
}

/* --- the keyboard --- */

static bool
wants_keyboard(const struct chat *chat)
{
    if (!chat->is_plain)
        return true;
    return chat_model_is_ready(chat->model) && !chat->is_quitting &&
           chat_model_under_way(chat->model) < PLAIN_UNDER_WAY_MAX;
}

/* Passwords are not kept for the Up key. */
static bool
is_secret(struct str line)
{
    struct str rest = line;
    struct str command = str_cut_word(&rest);
    struct str next = str_cut_word(&rest);
    return str_equal_ascii_nocase(command, STR("/oper")) ||
           str_equal_ascii_nocase(next, STR("OPER")) || str_equal_ascii_nocase(next, STR("PASS"));
}

static void
type_line(struct chat *chat, struct str line)
{
    bool is_raw = chat->is_plain && chat->options.is_raw;
    if (!is_secret(line))
        terminal_remember(chat->terminal, line);
    chat_model_type(chat->model, line, is_raw, &chat->out);
    apply(chat);
}

static void
read_keyboard(struct chat *chat)
{
    struct str line;
    while (!chat->is_done && wants_keyboard(chat)) {
        enum terminal_event event = terminal_read(chat->terminal, &line);
        if (event == TERMINAL_NOTHING)
            return;
        if (event == TERMINAL_LINE) {
            type_line(chat, line);
            continue;
        }
        chat->has_input_ended = true;
        if (!chat->is_plain) {
            chat_model_type(chat->model, STR("/quit"), false, &chat->out);
            apply(chat);
        }
        return;
    }
}

static void
take_signal(struct chat *chat)
{
    struct signalfd_siginfo info;
    if (read(chat->signal_fd, &info, sizeof info) != sizeof info)
        return;
    bool is_interrupt = info.ssi_signo == SIGINT;
    if (is_interrupt && terminal_drop_line(chat->terminal))
        return;
    if (chat->is_quitting) { /* asked twice */
        chat->is_done = true;
        return;
    }
    chat_model_type(chat->model, STR("/quit"), false, &chat->out);
    apply(chat);
}

static void
complete(void *context, struct str text, struct completion *completion)
{
    const struct chat *chat = context;
    completion->start = chat_model_complete(chat->model, text, &completion->candidates);
}

static void
show_prompt(struct chat *chat)
{
    struct buf prompt;
    buf_init(&prompt, LIMIT_TERMINAL_PROMPT_BYTES);
    chat_model_put_prompt(chat->model, &prompt);
    terminal_set_prompt(chat->terminal, buf_str(&prompt));
    buf_deinit(&prompt);
}

/* --- running --- */

static void
wait_for_events(struct chat *chat)
{
    struct pollfd fds[2 + TERMINAL_FDS];
    size_t count = 0;
    fds[count++] = (struct pollfd){.fd = chat->signal_fd, .events = POLLIN};
    if (connection_poll_fd(chat->connection, wants_network(chat), &fds[count]))
        count++;
    count += terminal_poll_fds(chat->terminal, wants_keyboard(chat), &fds[count]);
    int ready = poll(fds, (nfds_t)count, poll_timeout_ms(chat));
    assert(ready != -1 || errno == EINTR);
    set_time(chat);
    if (ready > 0 && fds[0].revents != 0)
        take_signal(chat);
}

static void
run(struct chat *chat)
{
    set_time(chat);
    start_connection(chat);
    while (!chat->is_done) {
        work_connection(chat);
        if (!chat->is_done)
            read_keyboard(chat);
        if (!chat->is_done)
            check_time(chat);
        if (chat->is_done)
            break;
        bool has_nowhere = chat->is_plain && chat_model_is_ready(chat->model) &&
                           !chat->has_input_ended && chat_model_refusals(chat->model) > 0 &&
                           !chat_model_is_joined_anywhere(chat->model);
        if (terminal_has_failed(chat->terminal) || has_nowhere) {
            chat->has_failed = true;
            chat_model_type(chat->model, STR("/quit"), false, &chat->out);
            apply(chat);
        }
        show_prompt(chat);
        terminal_flush(chat->terminal);
        wait_for_events(chat);
    }
}

/* The last output goes, if somebody takes it. */
static void
drain(struct chat *chat)
{
    int64_t deadline_ms = clock_monotonic_ms() + DRAIN_TIMEOUT_MS;
    terminal_flush(chat->terminal);
    while (terminal_backlog(chat->terminal) > 0 && !terminal_has_failed(chat->terminal) &&
           clock_monotonic_ms() < deadline_ms) {
        struct pollfd fds[TERMINAL_FDS];
        size_t count = terminal_poll_fds(chat->terminal, false, fds);
        int ready = poll(fds, (nfds_t)count, 100);
        assert(ready != -1 || errno == EINTR);
        terminal_flush(chat->terminal);
    }
}

/* Blocks the signals that end the program, and makes them readable. */
static int
open_signals(struct cf_err *err)
{
    sigset_t signals;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    int result = sigemptyset(&signals);
    result |= sigaddset(&signals, SIGINT);
    result |= sigaddset(&signals, SIGTERM);
    result |= sigaddset(&signals, SIGHUP);
    result |= sigaddset(&signals, SIGQUIT);
    result |= pthread_sigmask(SIG_BLOCK, &signals, NULL);
    result |= sigaction(SIGPIPE, &ignore, NULL);
    assert(result == 0);
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1)
        return cf_err_set(err, -errno, "cannot wait for signals: %s", errno_text(errno));
    return fd;
}

static int
start(struct chat *chat, struct cf_err *err)
{
    const struct chat_options *options = &chat->options;
    if (entropy_init() != 0)
        return cf_err_set(err, -EIO, "the system has no randomness to give");
    unsigned char key[HASH_KEY_BYTES];
    entropy_fill(key, sizeof key);
    hash_set_process_key(key);
    chat->signal_fd = open_signals(err);
    if (chat->signal_fd < 0)
        return chat->signal_fd;
    chat->terminal = terminal_new(
        &(struct terminal_options){
            .in_fd = STDIN_FILENO,
            .out_fd = STDOUT_FILENO,
            .is_plain = options->is_plain,
            .completion = complete,
            .context = chat,
        },
        err);
    if (chat->terminal == NULL)
        return err->code;
    chat->is_plain = terminal_is_plain(chat->terminal);
    chat->connection = connection_new(&options->target);
    chat->model = chat_model_new(&(struct chat_setup){
        .nick = buf_str(&options->nick),
        .username = buf_str(&options->username),
        .password = buf_str(&options->password),
        .account = buf_str(&options->account),
        .account_password = buf_str(&options->account_password),
        .channels = options->channels,
        .channel_count = options->channel_count,
    });
    return 0;
}

static int
exit_status(const struct chat *chat)
{
    bool has_lost = chat->is_plain &&
                    (chat_model_refusals(chat->model) > 0 || chat_model_under_way(chat->model) > 0);
    return chat->has_failed || has_lost ? 1 : 0;
}

int
chat_main(int argc, char **argv)
{
    struct chat *chat = cf_calloc_array(1, sizeof *chat);
    struct cf_err err = {.code = 0};
    chat->signal_fd = -1;
    chat_output_init(&chat->out);
    int status = 2;
    if (chat_options_parse(&chat->options, argc, argv, &err) != 0) {
        (void)fprintf(stderr, "confab chat: %s\n", err.text);
    } else if (chat->options.wants_help) {
        (void)printf("%s", chat_usage);
        status = 0;
    } else if (chat->options.account.len > 0 && chat->options.account_password.len == 0 &&
               chat_options_ask_password(&chat->options, &err) != 0) {
        (void)fprintf(stderr, "confab chat: %s\n", err.text);
    } else if (start(chat, &err) != 0) {
        (void)fprintf(stderr, "confab chat: %s\n", err.text);
        status = 1;
    } else {
        run(chat);
        drain(chat);
        status = exit_status(chat);
    }
    terminal_free(&chat->terminal);
    chat_model_free(&chat->model);
    connection_free(&chat->connection);
    chat_output_deinit(&chat->out);
    chat_options_deinit(&chat->options);
    if (chat->signal_fd >= 0)
        (void)close(chat->signal_fd); /* nothing is lost */
    cf_free(chat);
    return status;
}
