/* The composition root; see serve.h. */
#include "server/serve.h"

#include "base/alloc.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "base/secret.h"
#include "doors/irc.h"
#include "doors/plain.h"
#include "hub/row.h"
#include "hub/row_limit.h"
#include "net/commits.h"
#include "net/fleet.h"
#include "server/answers.h"
#include "server/certificates.h"
#include "server/cloak_key.h"
#include "server/config.h"
#include "server/console.h"
#include "server/control.h"
#include "server/data_dir.h"
#include "server/hint.h"
#include "server/process_report.h"
#include "store/readers.h"
#include "store/store_sqlite.h"
#include "store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define READER_THREADS        2
#define PATH_BYTES_MAX        8192 /* a folder and a path within it */
#define STOP_REASON           "Server is stopping"
#define SKIPPED_ROWS_TOLD_MAX 100 /* of accounts; all others are only counted */

/* In the data folder: what is logged while standard error is the console's terminal. */
#define CONSOLE_LOG_FILE "confab.log"

struct server {
    const struct serve_options *options;
    const char *config_path; /* NULL: there is none, the defaults are in use */
    struct config *config;
    int log_fd; /* of log.file; -1: standard error */
    struct buf created;
    struct store *store;
    struct writer *writer;
    struct readers *_Atomic readers; /* atomic: the writer's thread is there before them */
    struct commits commits;
    struct gate *gate;
    struct answers *answers;
    struct tls_server *tls; /* NULL: no listener is one of TLS */
    struct fleet *fleet;
    struct fleet *_Atomic ticking_fleet; /* the same, for workers and helpers once it runs */
    struct console *console;             /* NULL: none */
    struct control control;
    struct listener *listeners; /* LIMIT_LISTENERS of them */
    size_t listener_count;
    struct str data_dir; /* owned; as it was at the start: for answers, while the configuration may
                          * be another one */
    char claim_secret[SECRET_TEXT_LEN]; /* empty (0 first): there are operators already */
};

/* --- hooks of the gate: called on workers, without the lock --- */

static void
hook_question(void *context, struct question *question)
{
    struct server *server = context;
    answers_find(server->answers, question);
}

/* With the gate's lock. */
static void
hook_records(void *context, struct records *records)
{
    struct server *server = context;
    writer_put(server->writer, records);
}

/* On the writer's thread: records have been settled. */
static void
hook_settled(void *context)
{
    struct server *server = context;
    commits_announce(&server->commits);
    struct readers *readers = atomic_load(&server->readers);
    if (readers != NULL)
        readers_settled(readers);
}

/* On the writer's thread: the store begins to fail, or works again. There is a gate: the records
 * have come through it. */
static void
hook_store_changed(void *context, bool is_failing, uint64_t lost_from)
{
    struct server *server = context;
    struct hub *hub = gate_enter(server->gate);
    struct hub_moment moment = gate_moment();
    hub_store_changed(hub, is_failing, lost_from, &moment);
    gate_leave(server->gate, GATE_NO_HOME);
}

static void
hook_request(void *context, const struct request *request)
{
    struct server *server = context;
    control_ask(&server->control, request);
}

static void
hook_note(void *context, const struct note *note)
{
    (void)context;
    struct log_field fields[NOTE_FIELDS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < note->field_count; i++)
        fields[count++] = LOG_STR(note->keys[i], note->values[i]);
    if (!slot_id_is_none(note->session))
        fields[count++] = LOG_NUM("conn", slot_id_number(note->session));
    log_fields(note->is_warning ? LOG_WARN : LOG_INFO, "hub", note->message, fields, count);
}

static void
hook_tick(void *context)
{
    struct server *server = context;
    struct fleet *fleet = atomic_load(&server->ticking_fleet);
    if (fleet != NULL)
        fleet_wake_ticker(fleet);
}

/* --- setting up --- */

static int
fail(const struct cf_err *err)
{
    (void)fprintf(stderr, "confab: %s\n", err->text);
    return 1;
}

/* As many connections as the system allows: one is one file descriptor. */
static void
raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        log_line(LOG_WARN, "server", "limit of open files not raised", LOG_ERRNO(errno));
}

/* Empty: standard error, but not where a console's line of input would be garbled by it. */
static struct str
log_file_of(const struct server *server)
{
    bool is_in_the_way =
        server->options->has_console && console_is_terminal() && isatty(STDERR_FILENO) == 1;
    if (server->config->log_file.len == 0 && is_in_the_way)
        return STR(CONSOLE_LOG_FILE);
    return server->config->log_file;
}

/* Opens log.file, if there is one; again after it has been moved away, at each reload. */
static int
open_log(struct server *server, struct cf_err *err)
{
    struct str file = log_file_of(server);
    if (file.len == 0)
        return 0;
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    config_put_data_path(&path, server->config, file);
    int result = 0;
    int fd = open(buf_nul_terminated(&path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1) {
        result = cf_err_set(err, -errno, "cannot write the log to %s: %s; change `log.file`",
                            buf_nul_terminated(&path), errno_text(errno));
    } else if (server->log_fd == -1) {
        server->log_fd = fd;
        log_open(fd, server->config->log_level);
    } else {
        /* In one step, since other threads write to it. */
        if (dup3(fd, server->log_fd, O_CLOEXEC) == -1)
            result = cf_err_set(err, -errno, "cannot switch the log: %s", errno_text(errno));
        (void)close(fd); /* nothing was written to it */
    }
    buf_deinit(&path);
    return result;
}

static void
close_log(struct server *server)
{
    if (server->log_fd == -1)
        return;
    log_open(STDERR_FILENO, server->config->log_level);
    (void)close(server->log_fd); /* a log that can't be written has nowhere to say so */
    server->log_fd = -1;
}

static const struct door *
door_of(enum config_door door)
{
    switch (door) {
    case CONFIG_DOOR_IRC:
        return &irc_door;
    case CONFIG_DOOR_PLAIN:
        return &plain_door;
    }
    cf_unreachable("door");
}

/* Certificates, when there is a listener that needs them. */
static int
open_tls(struct server *server, struct cf_err *err)
{
    bool is_needed = false;
    for (size_t i = 0; i < server->config->listen_count; i++)
        is_needed = is_needed || server->config->listen[i].is_tls;
    if (!is_needed)
        return 0;
    server->tls = tls_server_new();
    int result = certificates_ensure(server->config, err);
    return result == 0 ? certificates_load(server->config, server->tls, err) : result;
}

static int
open_listeners(struct server *server, struct cf_err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    int result = 0;
    for (size_t i = 0; i < server->config->listen_count && result == 0; i++) {
        const struct config_listen *listen = &server->config->listen[i];
        struct listen_spec spec = {
            .door = door_of(listen->door),
            .host = listen->host,
            .is_tls = listen->is_tls,
            .has_proxy = listen->has_proxy,
            .port = listen->port,
        };
        if (listen->path.len > 0) {
            buf_clear(&path);
            config_put_data_path(&path, server->config, listen->path);
            spec.path = buf_str(&path);
        }
        result = listener_open(&spec, &server->listeners[i], err);
        if (result == 0)
            server->listener_count++;
    }
    buf_deinit(&path);
    return result;
}

static void
close_listeners(struct server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
    server->listener_count = 0;
}

/* What the configuration can't say by itself. */
static void
complete_config(const struct server *server, struct config *config)
{
    config->hub.version = STR("confab-" CONFAB_VERSION);
    config->hub.created = buf_str(&server->created);
    config->hub.has_store = true;
    config->hub.last_msgid = server->store == NULL ? 0 : store_last_msgid(server->store);
    if (server->options->is_half_duplex)
        config->hub.is_lobby_half_duplex = true;
}

/* At the start, all that is wrong is told at once. */
static void
tell_errors(const struct config_report *report, struct cf_err *err)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->problems[i].severity == CONFIG_ERROR)
            (void)fprintf(stderr, "confab: %s\n", report->problems[i].text);
    }
    (void)cf_err_set(err, -EINVAL, /* the code is in err, too */
                     "%zu errors%s; confab check looks for them without a start",
                     report->error_count, config_report_is_full(report) ? " or more" : "");
}

/*
 * Loads the file, with what the command line says instead. One that has appeared since the start
 * is found. NULL with the first error in err; warnings go to the log, from here on at its level.
 */
static struct config *
load_config(struct server *server, struct cf_err *err)
{
    const struct serve_options *options = server->options;
    if (server->config_path == NULL)
        server->config_path = options->config_path == NULL ? config_find() : options->config_path;
    struct config_report report;
    config_report_init(&report);
    struct config *config = config_load(
        &(struct config_request){
            .path = server->config_path,
            .data_dir = options->data_dir,
            .workers = options->workers,
            .listen = options->listen,
            .listen_count = options->listen_count,
        },
        &report);
    if (config != NULL)
        log_set_level(config->log_level);
    for (size_t i = 0; i < report.count; i++) {
        if (report.problems[i].severity == CONFIG_WARNING) {
            log_line(LOG_WARN, "server", "configuration",
                     LOG_STR("warning", str_from_nul(report.problems[i].text)));
        }
    }
    if (config != NULL)
        complete_config(server, config);
    else if (server->config != NULL || report.error_count == 1)
        (void)config_report_get_err(&report, err); /* the code is in err, too */
    else
        tell_errors(&report, err);
    config_report_deinit(&report);
    return config;
}

/* --- telling people --- */

static void
print_listener(const struct listener *listener)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%s%s", listener->door->name, listener->is_tls ? "s" : "");
    struct buf hint;
    buf_init(&hint, PATH_BYTES_MAX);
    hint_put(&hint, listener, program_invocation_name);
    (void)printf("  %-6s %-24s %.*s\n", name, listener->text, STR_ARG(buf_str(&hint)));
    buf_deinit(&hint);
}

static void
print_certificate(const struct server *server)
{
    struct tls_summary summary = tls_server_summary(server->tls);
    (void)printf("Certificate (SHA-256): %s\n", summary.fingerprint);
    if (server->config->certificate_count == 0)
        (void)printf(
            "It is this server's own: clients that check certificates need this fingerprint "
            "(docs/tls.md).\n");
    if (summary.has_expired)
        (void)printf("It has expired on %s: clients will refuse it.\n", summary.not_after);
}

/* Empty when there is nothing to claim. */
static struct str
claim_secret(const struct server *server)
{
    return server->claim_secret[0] == 0
               ? STR("")
               : (struct str){.ptr = server->claim_secret, .len = SECRET_TEXT_LEN};
}

/* How an account becomes an operator: what works with this configuration. */
static void
print_claim(const struct server *server)
{
    static const char *const ways[2][2] = {
        {"Nobody is operator yet, and nobody can register (accounts.registration is false). An\n"
         "account is made at the server's terminal (confab serve --console), with\n"
         "/msg NickServ SAREGISTER <account> <password>; who is logged in to it says\n",
         "Nobody is operator yet. To be: register (/msg NickServ REGISTER <password>), then\n"},
        {"This console is operator. For an account to be, too: make one here (/msg NickServ\n"
         "SAREGISTER <account> <password>), log in to it, then here or in another client\n",
         "This console is operator. For an account to be, too: register, here or in another client\n"
         "(/msg NickServ REGISTER <password>), then\n"},
    };
    struct str secret = claim_secret(server);
    bool has_console = server->options->has_console;
    (void)fputs(ways[has_console][server->config->hub.takes_accounts], stdout);
    if (has_console)
        (void)printf("  /claim %.*s   or: /quote CLAIM %.*s\n", STR_ARG(secret), STR_ARG(secret));
    else
        (void)printf("  /quote CLAIM %.*s\n", STR_ARG(secret));
}

static void
print_welcome(const struct server *server)
{
    const struct config *config = server->config;
    (void)printf("confab %s serves %.*s", CONFAB_VERSION, STR_ARG(config->hub.server_name));
    if (config->workers.model == FLEET_PER_CLIENT) {
        (void)printf(", one thread for each client");
    } else {
        (void)printf(", %u worker%s", config->workers.count, config->workers.count == 1 ? "" : "s");
    }
    (void)printf("; data in %.*s\n", STR_ARG(config->data_dir));
    if (server->config_path != NULL) {
        (void)printf("Configuration: %s\n", server->config_path);
    } else {
        (void)printf("Configuration: defaults (there is no confab.yaml)\n");
    }
    if (server->config->log_file.len == 0 && server->log_fd != -1)
        (void)printf("The log goes to %s in that folder, since this terminal is the console.\n",
                     CONSOLE_LOG_FILE);
    (void)printf("Listening on, and what to type to talk:\n");
    for (size_t i = 0; i < server->listener_count; i++)
        print_listener(&server->listeners[i]);
    if (server->tls != NULL)
        print_certificate(server);
    if (claim_secret(server).len > 0)
        print_claim(server);
    if (config->hub.lobby.len > 0)
        (void)printf("All meet in %.*s. ", STR_ARG(config->hub.lobby));
    (void)printf("Ctrl-C stops the server.\n");
    (void)fflush(stdout); /* a pipe or file that can't be written does not stop the chat */
}

/* --- running --- */

/* The key of cloaks, or the old one: hosts must not be shown under none. */
static void
reload_cloak_key(const struct config *old, struct config *config)
{
    struct cf_err err;
    if (cloak_key_load(config, &err) == 0)
        return;
    memcpy(config->hub.cloak_key, old->hub.cloak_key, sizeof config->hub.cloak_key);
    log_line(LOG_ERROR, "server", "key of cloaks not reloaded, the old one is kept",
             LOG_STR("error", str_from_nul(err.text)));
}

/* New certificates, or the old ones and why. */
static void
reload_tls(struct server *server, struct buf *outcome)
{
    struct cf_err err;
    if (server->tls == NULL)
        return;
    if (certificates_load(server->config, server->tls, &err) == 0) {
        struct tls_summary summary = tls_server_summary(server->tls);
        log_line(LOG_INFO, "server", "certificates loaded", LOG_NUM("count", summary.count),
                 LOG_STR("sha256", str_from_nul(summary.fingerprint)),
                 LOG_STR("not_after", str_from_nul(summary.not_after)));
        return;
    }
    buf_printf(outcome, "; the certificates in use are kept: %s", err.text);
    log_line(LOG_ERROR, "server", "certificates not reloaded, the old ones are kept",
             LOG_STR("error", str_from_nul(err.text)));
}

static void
reload(struct server *server, struct buf *outcome)
{
    struct cf_err err;
    /* First, and in any case: the file may have been moved away for good. */
    if (open_log(server, &err) != 0)
        log_line(LOG_ERROR, "server", "log not reopened", LOG_STR("error", str_from_nul(err.text)));
    struct config *config = load_config(server, &err);
    if (config == NULL) {
        log_line(LOG_ERROR, "server", "configuration not reloaded",
                 LOG_STR("error", str_from_nul(err.text)));
        buf_printf(outcome, "Not reloaded: %s", err.text);
        return;
    }
    struct buf kept;
    buf_init(&kept, 512);
    config_put_unreloadable(&kept, server->config, config);
    config_take_over(config, server->config);
    reload_cloak_key(server->config, config);
    server->config = config;
    answers_configure(server->answers, config);
    struct hub *hub = gate_enter(server->gate);
    struct hub_moment moment = gate_moment();
    hub_configure(hub, &config->hub, &moment);
    gate_leave(server->gate, GATE_NO_HOME);
    fleet_configure(server->fleet, &config->net);
    buf_put(outcome, STR("Configuration reloaded"));
    if (kept.len > 0)
        buf_printf(outcome, "; a restart is needed for: %.*s", STR_ARG(buf_str(&kept)));
    reload_tls(server, outcome);
    log_line(LOG_INFO, "server", "configuration reloaded",
             LOG_STR("needs_restart", kept.len == 0 ? STR("") : buf_str(&kept)));
    buf_deinit(&kept);
}

/* How the server is doing where the hub can't know it. */
static void
put_report(struct server *server, struct buf *out)
{
    struct gate_stats stats = gate_stats(server->gate);
    buf_put(out, STR("The process: "));
    process_report_put(out);
    buf_printf(out, "; the hub's lock was taken %llu times, waited for %llu times, held %llu s",
               (unsigned long long)stats.entered, (unsigned long long)stats.contended,
               (unsigned long long)(stats.held_ns / 1000000000));
}

/* How the store is doing. */
static void
put_store_report(struct server *server, struct buf *out)
{
    struct writer_stats stats = writer_stats(server->writer);
    struct buf path;
    struct stat file;
    buf_init(&path, PATH_BYTES_MAX);
    buf_put(&path, server->data_dir);
    buf_put(&path, STR("/" STORE_SQLITE_FILE));
    buf_printf(out, "The store %s: %llu records written in %llu commits, %llu lost, %llu waiting",
               stats.is_failing ? "fails" : "works", (unsigned long long)stats.records,
               (unsigned long long)stats.commits, (unsigned long long)stats.lost,
               (unsigned long long)stats.waiting);
    if (stat(buf_nul_terminated(&path), &file) == 0)
        buf_printf(out, "; the database has %llu MiB", (unsigned long long)file.st_size >> 20);
    buf_deinit(&path);
}

/* How fast it is. */
static void
put_store_times(struct server *server, struct buf *out)
{
    struct writer_stats stats = writer_stats(server->writer);
    buf_printf(out, "A commit takes %lld us of late, the longest one took %lld us; the index ",
               (long long)(stats.commit_ns / 1000), (long long)(stats.commit_ns_max / 1000));
    if (stats.index_since_ms == 0)
        buf_put(out, STR("of words has all messages"));
    else
        buf_printf(out, "of words is %lld s behind",
                   (long long)(clock_monotonic_ms() - stats.index_since_ms + 999) / 1000);
}

/* Tells the operator who asked, if one did. */
static void
inform(struct server *server, struct slot_id session, struct str text)
{
    if (slot_id_is_none(session))
        return;
    struct hub *hub = gate_enter(server->gate);
    struct hub_moment moment = gate_moment();
    hub_inform(hub, session, text, &moment);
    gate_leave(server->gate, GATE_NO_HOME);
}

/* Runs until the server is to stop; true when it is to start again afterwards. */
static bool
run(struct server *server)
{
    for (;;) {
        struct control_event event = control_wait(&server->control);
        struct buf outcome;
        buf_init(&outcome, LIMIT_LINE_BYTES - 100);
        switch (event.kind) {
        case CONTROL_STOP:
            log_line(LOG_INFO, "server", "stopping", LOG_STR("cause", str_from_nul(event.cause)));
            return false;
        case CONTROL_RESTART:
            log_line(LOG_INFO, "server", "restarting", LOG_STR("cause", str_from_nul(event.cause)));
            return true;
        case CONTROL_RELOAD:
            reload(server, &outcome);
            inform(server, event.session, buf_str(&outcome));
            break;
        case CONTROL_REPORT:
            put_report(server, &outcome);
            inform(server, event.session, buf_str(&outcome));
            buf_clear(&outcome);
            put_store_report(server, &outcome);
            inform(server, event.session, buf_str(&outcome));
            buf_clear(&outcome);
            put_store_times(server, &outcome);
            inform(server, event.session, buf_str(&outcome));
            break;
        }
        buf_deinit(&outcome);
    }
}

static int
open_store(struct server *server, struct cf_err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    config_put_data_path(&path, server->config, STR(STORE_SQLITE_FILE));
    server->store = store_sqlite_open(buf_nul_terminated(&path), NULL, err);
    buf_deinit(&path);
    if (server->store == NULL)
        return err->code;
    server->config->hub.last_msgid = store_last_msgid(server->store);
    server->writer = writer_new(&(struct writer_options){
        .store = server->store,
        .keep_ms = (int64_t)server->config->store_keep_days * 24 * 60 * 60 * 1000,
        .keep_count = server->config->store_keep_messages,
        .context = server,
        .settled = hook_settled,
        .changed = hook_store_changed,
    });
    if (server->writer != NULL)
        atomic_store(&server->readers, readers_new(&(struct readers_options){
                                           .store = server->store,
                                           .writer = server->writer,
                                           .thread_count = READER_THREADS,
                                           .context = server->answers,
                                           .answer = answers_give_page,
                                       }));
    if (server->readers == NULL)
        return cf_err_set(err, -EAGAIN, "cannot start threads: too many processes (ulimit -u)");
    return 0;
}

/* How many rows the hub has not taken. */
struct skipped_rows {
    uint64_t senseless;
    uint64_t beyond_limits;
};

/* The row of a channel: see skip_row. */
static int
skip_channel(const struct hub *hub, struct str key, uint64_t count, struct cf_err *err)
{
    if (!hub_keeps_channel_name(hub, key))
        return cf_err_set(err, -EINVAL,
                          "the database has a channel whose name can't be read, so that others "
                          "could take it: restore a backup (confab restore), or see docs/export.md "
                          "for how to remove its row");
    if (count <= SKIPPED_ROWS_TOLD_MAX)
        log_line(LOG_WARN, "server",
                 "a channel of the database makes no sense: it is left alone, and nobody makes one "
                 "of its name until a backup is restored, or the confab runs that wrote it, or it "
                 "is removed (docs/export.md)",
                 LOG_STR("channel", key));
    return 0;
}

/*
 * A row that the hub has not taken. Of an account or a channel it is told each time what to do, for
 * a while. Without a name there is nothing that could be kept for it: whoever came first would get
 * what is the account's or the channel's, so the server does not start.
 */
static int
skip_row(const struct hub *hub, const struct store_row *row, struct skipped_rows *skipped,
         struct cf_err *err)
{
    if (row_limit_reached(hub, row->row, row->value) > 0) {
        skipped->beyond_limits++;
        return 0;
    }
    skipped->senseless++;
    if (row->row == ROW_CHANNEL)
        return skip_channel(hub, row->key, skipped->senseless, err);
    if (row->row != ROW_ACCOUNT)
        return 0;
    if (!hub_keeps_name(hub, row->key))
        return cf_err_set(err, -EINVAL,
                          "the database has an account whose name can't be read, so that others "
                          "could take it: restore a backup (confab restore), or see docs/export.md "
                          "for how to remove its row");
    if (skipped->senseless <= SKIPPED_ROWS_TOLD_MAX)
        log_line(LOG_WARN, "server",
                 "an account of the database makes no sense: it is left alone, and nobody gets its "
                 "name until a backup is restored, or the confab runs that wrote it, or it is "
                 "removed (docs/export.md)",
                 LOG_STR("account", row->key));
    return 0;
}

static void
tell_skipped_rows(const struct skipped_rows *skipped)
{
    if (skipped->senseless > 0)
        log_line(LOG_WARN, "server", "rows of the database make no sense and are left alone",
                 LOG_NUM("rows", skipped->senseless));
    if (skipped->beyond_limits > 0)
        log_line(LOG_WARN, "server",
                 "there are more invite links, bans or closed channels in the database than there "
                 "may be: the others are left alone, and taken at a start when there is room",
                 LOG_NUM("rows", skipped->beyond_limits));
}

/* Gives the hub what was kept of it. */
static int
restore_rows(struct server *server, struct hub *hub, struct cf_err *err)
{
    struct store_reader *reader = store_reader_new(server->store);
    if (reader == NULL)
        return cf_err_set(err, -EMFILE, "cannot read the database: no memory or files left");
    struct store_row row = {.row = 0};
    struct skipped_rows skipped = {0};
    int result = 0;
    int verdict = 0;
    while (verdict == 0 && (result = store_read_row(reader, &row)) == 1) {
        if (!hub_restore(hub, row.row, row.key, row.value))
            verdict = skip_row(hub, &row, &skipped, err);
    }
    store_reader_free(&reader);
    if (verdict != 0)
        return verdict;
    if (result < 0)
        return cf_err_set(err, result, "cannot read the database: %s", errno_text(-result));
    hub_restored(hub);
    tell_skipped_rows(&skipped);
    return 0;
}

/* As long as nobody can be an operator, whoever sees this terminal may become one. */
static void
offer_claim(struct server *server, struct hub *hub)
{
    if (hub_has_operators(hub))
        return;
    unsigned char random[SECRET_RANDOM_BYTES];
    entropy_fill(random, sizeof random);
    secret_to_text(random, server->claim_secret);
    hub_offer_claim(hub, claim_secret(server));
}

static int
start(struct server *server, struct cf_err *err)
{
    int result = data_dir_make(server->config, NULL, err);
    str_replace(&server->data_dir, server->config->data_dir);
    server->answers = answers_new(server->config, server->data_dir);
    if (result == 0)
        result = open_log(server, err);
    if (result == 0)
        result = cloak_key_load(server->config, err);
    if (result == 0)
        result = open_tls(server, err);
    if (result == 0)
        result = open_store(server, err);
    if (result == 0)
        result = open_listeners(server, err);
    if (result == 0)
        result = answers_start(server->answers, server->config, err);
    if (result != 0)
        return result;
    struct hub_moment moment = gate_moment();
    struct hub *hub = hub_new(&server->config->hub, &moment);
    result = restore_rows(server, hub, err);
    if (result != 0) {
        hub_free(&hub);
        return result;
    }
    offer_claim(server, hub);
    server->gate =
        gate_new(hub, &(struct gate_hooks){
                          .context = server,
                          .records = hook_records,
                          .question = hook_question,
                          .request = hook_request,
                          .note = hook_note,
                          .tick = hook_tick,
                          .holds_all = server->config->hub.durability == HUB_DURABILITY_ALL,
                      });
    answers_connect(server->answers, server->gate, server->readers);
    server->fleet = fleet_start(server->gate,
                                &(struct fleet_options){
                                    .model = server->config->workers.model,
                                    .worker_count = server->config->workers.count,
                                    .settings = server->config->net,
                                    .tls = server->tls,
                                    .commits = &server->commits,
                                    .writer = server->writer,
                                    .listeners = server->listeners,
                                    .listener_count = server->listener_count,
                                    .stop_reason = STR(STOP_REASON),
                                },
                                err);
    if (server->fleet == NULL)
        return err->code;
    atomic_store(&server->ticking_fleet, server->fleet);
    fleet_wake_ticker(server->fleet); /* there may be a deadline from before that */
    (void)gate_enter(server->gate);   /* what the hub has to say of what it was given */
    gate_leave(server->gate, GATE_NO_HOME);
    return 0;
}

static int
open_console(struct server *server, struct cf_err *err)
{
    if (!server->options->has_console)
        return 0;
    server->console = console_start(server->fleet, err);
    return server->console == NULL ? err->code : 0;
}

/* How much of the work was done one after the other: what more workers can't make faster. */
static void
log_gate(struct gate *gate)
{
    struct gate_stats stats = gate_stats(gate);
    log_line(LOG_INFO, "server", "hub closed", LOG_NUM("hub_entered", stats.entered),
             LOG_NUM("hub_contended", stats.contended),
             LOG_NUM("hub_held_us", stats.held_ns / 1000));
}

static void
log_store(const struct writer_stats *stats)
{
    log_line(LOG_INFO, "server", "store closed", LOG_NUM("store_records", stats->records),
             LOG_NUM("store_commits", stats->commits), LOG_NUM("store_lost", stats->lost));
}

static void
stop(struct server *server)
{
    bool has_run = server->fleet != NULL;
    if (has_run) {
        fleet_stop(server->fleet); /* closes the listeners, too */
        log_gate(server->gate);
        server->listener_count = 0;
    }
    answers_stop(server->answers); /* helpers wake workers: they end before those are freed */
    /* So does it; after it, no question waits for a record. */
    struct writer_stats stats = writer_free(&server->writer);
    if (has_run)
        log_store(&stats);
    struct readers *readers = server->readers;
    readers_free(&readers);
    fleet_free(&server->fleet);
    gate_free(&server->gate);
    tls_server_free(&server->tls);
    store_free(&server->store);
    answers_free(&server->answers);
    str_free(&server->data_dir);
    close_listeners(server);
}

static void
set_process_key(void)
{
    unsigned char key[HASH_KEY_BYTES];
    entropy_fill(key, sizeof key);
    hash_set_process_key(key);
}

/* From the configuration to the end; true when the server is to start again. */
static bool
serve_configured(struct server *server, struct cf_err *err)
{
    if (control_init(&server->control, err) != 0)
        return false;
    bool is_again = false;
    commits_init(&server->commits);
    if (start(server, err) == 0) {
        print_welcome(server);
        if (open_console(server, err) == 0)
            is_again = run(server);
    }
    stop(server);
    console_stop(&server->console); /* shows what the session was told at the end */
    commits_deinit(&server->commits);
    control_deinit(&server->control);
    if (err->code == 0)
        log_line(LOG_INFO, "server", "stopped", LOG_NUM("restart", is_again));
    return is_again;
}

int
serve(const struct serve_options *options)
{
    struct cf_err err = {.code = 0};
    struct server server = {.options = options, .log_fd = -1};
    if (entropy_init() != 0) {
        (void)fprintf(stderr, "confab: the system has no randomness to give\n");
        return 1;
    }
    set_process_key();
    raise_file_limit();
    buf_init(&server.created, 64);
    civil_put_human(&server.created, clock_wall_ms());
    server.listeners = cf_calloc_array(LIMIT_LISTENERS, sizeof *server.listeners);
    server.config = load_config(&server, &err);
    bool is_again = false;
    if (server.config != NULL) {
        is_again = serve_configured(&server, &err);
        close_log(&server);
    }
    config_free(&server.config);
    cf_free(server.listeners);
    buf_deinit(&server.created);
    if (err.code != 0)
        return fail(&err);
    return is_again ? SERVE_RESTART : 0;
}
