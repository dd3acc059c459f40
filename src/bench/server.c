/* Starting and stopping the servers that are measured; see server.h. */
#include "bench/server.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/str.h"
#include "bench/floor.h"
#include "store/store_sqlite.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 20000
#define STOP_TIMEOUT_MS  8000
#define CONFIG_BYTES     4096
#define OUTPUT_BYTES     4096
#define ARGUMENTS_MAX    12

/* How one kind of server is configured and called. "%p": port, "%d": its folder, "%w": workers,
 * "%u": whether it may use io_uring, "%h": whether it keeps messages. */
struct recipe {
    const char *kind;
    const char *file; /* name of its configuration */
    const char *config;
    const char *arguments[ARGUMENTS_MAX];
};

static const struct recipe recipes[] = {
    {
        .kind = "confab",
        .file = "confab.yaml",
        .config = "server: {name: bench.test}\n"
                  "data: %d\n"
                  "listen: [\"irc://127.0.0.1:%p\"]\n"
                  "limits: {input_rate: 0, connections: 1000000, connections_per_address: 1000000, "
                  "connections_per_network: 1000000, connects_per_address: 1000000}\n"
                  "rates: {queries: off}\n"
                  "log: {level: info}\n"
                  "io_uring: %u\n"
                  "history: {enabled: %h}\n",
        .arguments = {NULL, "serve", "--config", "%d/confab.yaml", "--workers", "%w"},
    },
    {
        .kind = "ngircd",
        .file = "ngircd.conf",
        .config = "[Global]\nName = bench.test\nInfo = bench\nListen = 127.0.0.1\nPorts = %p\n"
                  "ServerUID = root\nServerGID = root\nPidFile = %d/ngircd.pid\n"
                  "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\n"
                  "MaxNickLength = 20\nPingTimeout = 600\nPongTimeout = 600\nMaxPenaltyTime = 0\n"
                  "[Options]\nDNS = no\nIdent = no\nPAM = no\nMorePrivacy = no\n",
        .arguments = {"ngircd", "--nodaemon", "--config", "%d/ngircd.conf"},
    },
    {
        .kind = "inspircd",
        .file = "inspircd.conf",
        .config =
            "<server name=\"bench.test\" description=\"bench\" network=\"bench\">\n"
            "<admin name=\"b\" nick=\"b\" email=\"b@bench.test\">\n"
            "<bind address=\"127.0.0.1\" port=\"%p\" type=\"clients\">\n"
            "<connect allow=\"*\" timeout=\"60\" threshold=\"100000000\" commandrate=\"100000000\" "
            "fakelag=\"no\" pingfreq=\"600\" hardsendq=\"64M\" softsendq=\"64M\" recvq=\"1M\" "
            "localmax=\"100000\" globalmax=\"100000\" maxchans=\"100\" resolvehostnames=\"no\" "
            "useident=\"no\" maxconnwarn=\"no\">\n"
            "<performance softlimit=\"100000\" somaxconn=\"4096\" quietbursts=\"yes\">\n"
            "<options defaultmodes=\"nt\" allowhalfop=\"no\">\n"
            "<limits maxnick=\"30\" maxchan=\"64\">\n"
            "<log method=\"file\" type=\"* -USERINPUT -USEROUTPUT\" level=\"default\" "
            "target=\"%d/inspircd.log\">\n"
            "<path configdir=\"%d\" datadir=\"%d\" logdir=\"%d\" runtimedir=\"%d\">\n"
            "<pid file=\"%d/inspircd.pid\">\n",
        .arguments = {"inspircd", "--nofork", "--runasroot", "--config", "%d/inspircd.conf"},
    },
    {
        .kind = "ergo",
        .file = "ircd.yaml",
        .config = "network: {name: bench}\n"
                  "server: {name: bench.test, listeners: {\"127.0.0.1:%p\": {}}, "
                  "ip-limits: {count: false, throttle: false}, max-sendq: 64M, "
                  "casemapping: ascii, enforce-utf8: true, lookup-hostnames: false}\n"
                  "datastore: {path: %d/ircd.db, autoupgrade: true}\n"
                  "accounts: {authentication-enabled: true, registration: {enabled: false}}\n"
                  "channels: {default-modes: +nt}\n"
                  "fakelag: {enabled: false}\n"
                  "limits: {nicklen: 32, identlen: 20, channellen: 64, awaylen: 390, kicklen: 390, "
                  "topiclen: 390, monitor-entries: 100, whowas-entries: 100, chan-list-modes: 60, "
                  "registration-messages: 1024}\n"
                  "history: {enabled: false}\n"
                  "logging: []\n",
        .arguments = {"ergo", "run", "--quiet", "--conf", "%d/ircd.yaml"},
    },
};

static const struct recipe *
find_recipe(struct str kind)
{
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        if (str_equal(kind, str_from_nul(recipes[i].kind)))
            return &recipes[i];
    }
    return NULL;
}

/* Replaces %p, %d, %w, %u and %h. */
static void
expand(struct buf *out, const char *text, const struct bench_server *server)
{
    for (; *text != '\0'; text++) {
        if (text[0] == '%' && text[1] == 'p') {
            buf_printf(out, "%u", server->port);
            text++;
        } else if (text[0] == '%' && text[1] == 'd') {
            buf_put(out, str_from_nul(server->dir));
            text++;
        } else if (text[0] == '%' && text[1] == 'w') {
            buf_put(out, server->workers);
            text++;
        } else if (text[0] == '%' && text[1] == 'u') {
            buf_put(out, server->has_only_epoll ? STR("false") : STR("true"));
            text++;
        } else if (text[0] == '%' && text[1] == 'h') {
            buf_put(out, server->has_no_history ? STR("false") : STR("true"));
            text++;
        } else {
            buf_put_byte(out, *text);
        }
    }
}

static int
find_free_port(uint16_t *port_out, struct cf_err *err)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof address;
    if (fd == -1 || bind(fd, (struct sockaddr *)&address, len) == -1 ||
        getsockname(fd, (struct sockaddr *)&address, &len) == -1)
        return cf_err_set(err, -errno, "no free port: %s", errno_text(errno));
    (void)close(fd); /* the server takes it; nobody else is likely to come between */
    *port_out = ntohs(address.sin_port);
    return 0;
}

static int
write_config(const struct bench_server *server, const struct recipe *recipe, struct cf_err *err)
{
    struct buf path;
    struct buf text;
    buf_init(&path, 512);
    buf_init(&text, CONFIG_BYTES);
    buf_printf(&path, "%s/%s", server->dir, recipe->file);
    expand(&text, recipe->config, server);
    FILE *file = fopen(buf_nul_terminated(&path), "we");
    bool is_written = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
    if (file != NULL && fclose(file) != 0)
        is_written = false;
    int result = 0;
    if (!is_written)
        result = cf_err_set(err, -errno, "cannot write %s", buf_nul_terminated(&path));
    buf_deinit(&path);
    buf_deinit(&text);
    return result;
}

/* In a child: a server is not left behind when this program is killed. */
static void
end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* without it, it is left behind */
}

static void
pin(int cpu)
{
    if (cpu < 0)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) == -1)
        perror("confab bench: cannot pin");
}

/* In the child: output into a file, then the program. */
static _Noreturn void
exec_server(const struct bench_server *server, char *const *arguments)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/output", server->dir); /* fits */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd != -1) {
        (void)dup2(fd, STDOUT_FILENO); /* without it the output is only in the way */
        (void)dup2(fd, STDERR_FILENO);
    }
    (void)execvp(arguments[0], arguments); /* returns only when it failed */
    perror(arguments[0]);
    _exit(127);
}

static pid_t
spawn_recipe(const struct bench_server *server, const struct recipe *recipe,
             const struct bench_server_options *options)
{
    struct buf expanded[ARGUMENTS_MAX];
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
        buf_init(&expanded[i], 512);
        bool is_self = i == 0 && recipe->arguments[0] == NULL;
        if (!is_self && recipe->arguments[i] == NULL)
            continue;
        expand(&expanded[i], is_self ? options->program : recipe->arguments[i], server);
        (void)buf_nul_terminated(&expanded[i]);
        arguments[i] = expanded[i].ptr;
    }
    pid_t pid = fork();
    if (pid == 0) {
        end_with_parent();
        pin(options->cpu);
        exec_server(server, arguments);
    }
    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        buf_deinit(&expanded[i]);
    return pid;
}

static pid_t
spawn_floor(const struct bench_server *server, int cpu)
{
    pid_t pid = fork();
    if (pid == 0) {
        end_with_parent();
        pin(cpu);
        _exit(floor_serve(server->port));
    }
    return pid;
}

static bool
accepts(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd); /* it was only to ask */
    return is_connected;
}

static bool
wait_for_end(pid_t pid, int64_t timeout_ms)
{
    int64_t give_up_ms = clock_monotonic_ms() + timeout_ms;
    while (clock_monotonic_ms() < give_up_ms) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return true;
        (void)usleep(10000);
    }
    return false;
}

static void
end_process(struct bench_server *server)
{
    if (server->pid > 0) {
        (void)kill(server->pid, SIGTERM); /* it may have ended already */
        if (!wait_for_end(server->pid, STOP_TIMEOUT_MS)) {
            (void)kill(server->pid, SIGKILL);
            (void)waitpid(server->pid, NULL, 0);
        }
    }
    server->pid = 0;
}

static int
wait_until_ready(struct bench_server *server, struct cf_err *err)
{
    int64_t give_up_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    while (!accepts(server->port)) {
        int status;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            return cf_err_set(err, -ECHILD, "%s does not start: see %s/output", server->kind,
                              server->dir);
        }
        if (clock_monotonic_ms() > give_up_ms) {
            end_process(server); /* its folder stays, for whoever wants to know why */
            return cf_err_set(err, -ETIMEDOUT, "%s does not accept connections", server->kind);
        }
        (void)usleep(1000); /* woken early does no harm */
    }
    return 0;
}

/* What stands behind the number of workers; false for a word that means nothing. */
static bool
take_variants(struct bench_server *server, struct str words)
{
    while (words.ptr != NULL) {
        struct str word = str_cut(&words, ':');
        if (str_equal(word, STR("epoll")))
            server->has_only_epoll = true;
        else if (str_equal(word, STR("live")))
            server->has_no_history = true;
        else
            return false;
    }
    return true;
}

/* Moves the database into the folder of the server. It must have been closed. */
static int
take_database(const struct bench_server *server, const char *path, struct cf_err *err)
{
    char to[128];
    (void)snprintf(to, sizeof to, "%s/" STORE_SQLITE_FILE, server->dir); /* fits */
    if (rename(path, to) == -1)
        return cf_err_set(err, -errno, "cannot move %s to %s: %s", path, to, errno_text(errno));
    return 0;
}

int
bench_server_start(const struct bench_server_options *options, struct bench_server *server_out,
                   struct cf_err *err)
{
    struct bench_server server = {.kind = options->kind};
    struct str rest = str_from_nul(options->kind);
    struct str kind = str_cut(&rest, ':');
    server.workers = rest.ptr == NULL ? STR("1") : str_cut(&rest, ':');
    bool has_known_rest = take_variants(&server, rest);
    bool is_floor = strcmp(options->kind, "floor") == 0;
    const struct recipe *recipe = find_recipe(kind);
    if ((recipe == NULL && !is_floor) || !has_known_rest) {
        return cf_err_set(
            err, -EINVAL,
            "unknown server %s: confab, confab:<workers>[:epoll][:live], floor, ngircd, inspircd "
            "and ergo are known",
            options->kind);
    }
    int result = find_free_port(&server.port, err);
    if (result != 0)
        return result;
    (void)snprintf(server.dir, sizeof server.dir, "/tmp/confab-bench-XXXXXX"); /* fits */
    if (mkdtemp(server.dir) == NULL)
        return cf_err_set(err, -errno, "cannot make a folder in /tmp: %s", errno_text(errno));
    int64_t started_ns = clock_monotonic_ns();
    if (is_floor) {
        server.pid = spawn_floor(&server, options->cpu);
    } else {
        result = write_config(&server, recipe, err);
        if (result == 0 && options->database != NULL)
            result = take_database(&server, options->database, err);
        if (result != 0)
            return result;
        server.pid = spawn_recipe(&server, recipe, options);
    }
    if (server.pid == -1)
        return cf_err_set(err, -errno, "cannot start %s: %s", server.kind, errno_text(errno));
    result = wait_until_ready(&server, err);
    server.ready_ns = clock_monotonic_ns() - started_ns;
    if (result == 0)
        *server_out = server;
    return result;
}

/* The number behind "name=" in the log. */
static bool
find_number(struct str text, struct str name, uint64_t *number_out)
{
    struct str rest = str_skip(text, str_find(text, name) + name.len);
    size_t len = 0;
    while (len < rest.len && ascii_is_digit(rest.ptr[len]))
        len++;
    return number_parse_u64(str_take(rest, len), UINT64_MAX, number_out);
}

/* The beginning, or the end, of what it has printed and logged. Empty when it can't be read. */
static struct str
read_output(const struct bench_server *server, bool is_end, char text[OUTPUT_BYTES])
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/output", server->dir); /* fits */
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return STR("");
    if (is_end && fseek(file, -OUTPUT_BYTES, SEEK_END) != 0)
        rewind(file); /* it is shorter */
    size_t len = fread(text, 1, OUTPUT_BYTES, file);
    (void)fclose(file); /* it was only read */
    return (struct str){.ptr = text, .len = len};
}

int
bench_server_secret(const struct bench_server *server, struct buf *out, struct cf_err *err)
{
    const struct str before = STR("/quote CLAIM ");
    char text[OUTPUT_BYTES];
    struct str output = read_output(server, false, text);
    struct str rest = str_skip(output, str_find(output, before));
    if (rest.len < before.len)
        return cf_err_set(err, -EPROTO, "the server has printed no secret for its operator");
    rest = str_skip(rest, before.len);
    buf_put(out, str_take(rest, str_find_byte(rest, '\n')));
    return 0;
}

/* The last things in its log are what its store and its lock have done. */
static bool
read_account(const struct bench_server *server, struct bench_server_account *account)
{
    char text[OUTPUT_BYTES];
    struct str all = read_output(server, true, text);
    return find_number(all, STR("hub_entered="), &account->entered) &&
           find_number(all, STR("hub_contended="), &account->contended) &&
           find_number(all, STR("hub_held_us="), &account->held_us) &&
           find_number(all, STR("store_records="), &account->records) &&
           find_number(all, STR("store_commits="), &account->commits);
}

bool
bench_server_end(struct bench_server *server, struct bench_server_account *account_out)
{
    end_process(server);
    return server->dir[0] != '\0' && read_account(server, account_out);
}

void
bench_server_remove(struct bench_server *server)
{
    if (server->dir[0] == '\0')
        return;
    char *const arguments[] = {(char[]){"rm"}, (char[]){"-rf"}, server->dir, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        (void)execvp(arguments[0], arguments);
        _exit(127);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0); /* a folder that is left in /tmp is no failure */
    server->dir[0] = '\0';
}

bool
bench_server_stop(struct bench_server *server, struct bench_server_account *account_out)
{
    bool has_account = bench_server_end(server, account_out);
    bench_server_remove(server);
    return has_account;
}
