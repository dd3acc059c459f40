/* The command line of `confab bench`; see options.h. */
#include "bench/options.h"

#include "base/number.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX     1000000
#define INFLIGHT_MAX   64
#define TEXT_BYTES_MIN 30
#define TEXT_BYTES_MAX 400
#define SECONDS_MAX    3600

static const char *const scenario_names[] = {
    [SCENARIO_IDLE] = "idle",   [SCENARIO_FANOUT] = "fanout", [SCENARIO_DIRECT] = "direct",
    [SCENARIO_CHURN] = "churn", [SCENARIO_SLOW] = "slow",     [SCENARIO_FLOOD] = "flood",
    [SCENARIO_ECHO] = "echo",
};

/* Options whose value is a whole number. */
struct number_option {
    const char *name;
    size_t offset;
    uint32_t min;
    uint32_t max;
};

#define FIELD(field) offsetof(struct bench_options, field)

static const struct number_option number_options[] = {
    {"channels", FIELD(channels), 1, 4096},
    {"members", FIELD(members), 2, NUMBER_MAX},
    {"senders", FIELD(senders), 1, NUMBER_MAX},
    {"pairs", FIELD(pairs), 1, NUMBER_MAX / 2},
    {"visitors", FIELD(visitors), 1, NUMBER_MAX},
    {"messages", FIELD(visit_messages), 1, NUMBER_MAX},
    {"slow", FIELD(slow), 1, NUMBER_MAX},
    {"hostile", FIELD(hostile), 1, 10000},
    {"crowd", FIELD(crowd), 2, NUMBER_MAX},
    {"crowd-senders", FIELD(crowd_senders), 1, 1000},
    {"inflight", FIELD(inflight), 1, INFLIGHT_MAX},
    {"bytes", FIELD(text_bytes), TEXT_BYTES_MIN, TEXT_BYTES_MAX},
    {"clients", FIELD(clients), 1, NUMBER_MAX},
    {"repeat", FIELD(repeats), 1, 1000},
};

#define NUMBER_COUNT (sizeof number_options / sizeof number_options[0])

/* The other options; their codes come after those of the numbers. */
enum {
    OPTION_SERVERS = NUMBER_COUNT + 1,
    OPTION_TARGET,
    OPTION_PID,
    OPTION_REMOTE,
    OPTION_RATE,
    OPTION_SHARE,
    OPTION_SECONDS,
    OPTION_CAPS,
    OPTION_ALL_CAPS,
    OPTION_PIN,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_SIZES,
    OPTION_PLOT,
    OPTION_HELP,
};

static const struct option other_options[] = {
    {"servers", required_argument, NULL, OPTION_SERVERS},
    {"target", required_argument, NULL, OPTION_TARGET},
    {"pid", required_argument, NULL, OPTION_PID},
    {"allow-remote", no_argument, NULL, OPTION_REMOTE},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"share", required_argument, NULL, OPTION_SHARE},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"caps", required_argument, NULL, OPTION_CAPS},
    {"all-caps", no_argument, NULL, OPTION_ALL_CAPS},
    {"pin", no_argument, NULL, OPTION_PIN},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"sizes", required_argument, NULL, OPTION_SIZES},
    {"plot", required_argument, NULL, OPTION_PLOT},
    {"help", no_argument, NULL, OPTION_HELP},
};

#define OTHER_COUNT (sizeof other_options / sizeof other_options[0])

const char *
bench_options_usage(void)
{
    return "usage: confab bench SCENARIO [options]          one after the other, a line for each\n"
           "       confab bench floor [SCENARIO] [options]  the same load on an ideal server that only copies\n"
           "       confab bench compare [SCENARIO] [options] several times in turn: medians and ratios\n"
           "       confab bench models [options]            this server with all models of workers\n"
           "       confab bench store | history | erase --help   what is kept: writing, reading, clearing away\n"
           "\n"
           "Scenarios; each checks every delivery: exactly once, in order.\n"
           "  idle    clients that do nothing: memory, CPU, registrations a second (--clients)\n"
           "  fanout  channels with members of whom some send (--channels --members --senders)\n"
           "  direct  pairs who send each other private messages (--pairs)\n"
           "  churn   visitors connect, join, speak and leave, again and again (--visitors --messages)\n"
           "  slow    fanout, and some members stop reading (--slow)\n"
           "  flood   good clients at a fixed rate, timed alone and then while hostile connections send\n"
           "          garbage (--hostile), or while a huge channel is flooded (--crowd)\n"
           "  echo    how long it takes until a sender has its own message back (echo-message)\n"
           "\n"
           "  --servers LIST   confab[:WORKERS[:epoll][:live]],floor,ngircd,inspircd,ergo: are started on 127.0.0.1 and\n"
           "                   stopped (default confab,floor; compare: confab,floor,ngircd,inspircd)\n"
           "  --target HOST:PORT [--pid PID]  a server that runs already; with its process id CPU and\n"
           "                   memory are reported; --allow-remote: even when it is not on loopback\n"
           "  --channels N --members N --senders N   (default 1, 1000, 10 of the members)\n"
           "  --inflight N     messages under way for each sender (default 4)\n"
           "  --rate N         messages a second in all instead: an open loop\n"
           "  --share 0.5      an open loop at this share of what a closed loop reaches first\n"
           "  --bytes N        of text in a message, 30..400 (default 80)\n"
           "  --clients N --pairs N --visitors N --messages N --slow N --hostile N --crowd N\n"
           "  --crowd-senders N  who talk in it (default 10)\n"
           "  --caps 'A B'     capabilities for every second client; --all-caps: for all\n"
           "  --sizes LIST     numbers of clients for models (default 10,100,1000,10000)\n"
           "  --seconds N (default 10, compare and models 3), --repeat N (default 1, compare 3)\n"
           "  --pin            server on CPU 0, load on CPU 1\n"
           "  --json           a line of JSON for each run;  --quiet: no progress\n"
           "  --plot FILE.svg  a picture, drawn by gnuplot\n";
}

const char *
scenario_name(enum scenario scenario)
{
    return scenario_names[scenario];
}

static bool
find_scenario(const char *name, enum scenario *scenario_out)
{
    for (size_t i = 0; i < ARRAY_LEN(scenario_names); i++) {
        if (strcmp(scenario_names[i], name) == 0) {
            *scenario_out = (enum scenario)i;
            return true;
        }
    }
    return false;
}

static struct bench_options
defaults(void)
{
    return (struct bench_options){
        .scenario = SCENARIO_FANOUT,
        .servers = {"confab", "floor"},
        .server_count = 2,
        .channels = 1,
        .members = 1000,
        .senders = 10,
        .pairs = 100,
        .visitors = 50,
        .visit_messages = 5,
        .slow = 10,
        .hostile = 20,
        .crowd_senders = 10,
        .inflight = 4,
        .text_bytes = 80,
        .clients = 10000,
        .seconds = 10,
        .has_progress = isatty(STDERR_FILENO) == 1,
        .repeats = 1,
        .sizes = {10, 100, 1000, 10000},
        .size_count = 4,
    };
}

/* Scenarios that are about small rooms start from other numbers. */
static void
adapt_to_scenario(struct bench_options *options)
{
    if (options->scenario == SCENARIO_CHURN || options->scenario == SCENARIO_FLOOD ||
        options->scenario == SCENARIO_ECHO)
        options->members = 50;
    if (options->scenario == SCENARIO_FLOOD)
        options->rate = 100;
    if (options->scenario == SCENARIO_SLOW)
        options->members = 100;
    if (options->command == BENCH_MODELS || options->command == BENCH_COMPARE)
        options->seconds = 3;
    if (options->command == BENCH_COMPARE) {
        options->repeats = 3;
        options->servers[2] = "ngircd";
        options->servers[3] = "inspircd";
        options->server_count = 4;
    }
}

static enum bench_options_result
fail(struct cf_err *err, const char *what, const char *why)
{
    (void)cf_err_set(err, -EINVAL, "%s%s", what, why);
    return BENCH_OPTIONS_ERROR;
}

static bool
parse_positive(const char *text, double max, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0) || value > max)
        return false;
    *out = value;
    return true;
}

static bool
split_servers(struct bench_options *options, char *list)
{
    options->server_count = 0;
    char *rest = list;
    char *item;
    while ((item = strsep(&rest, ",")) != NULL) {
        if (options->server_count == BENCH_SERVERS_MAX || item[0] == '\0')
            return false;
        options->servers[options->server_count++] = item;
    }
    return true;
}

static bool
split_sizes(struct bench_options *options, const char *list)
{
    options->size_count = 0;
    struct str rest = str_from_nul(list);
    while (rest.ptr != NULL) {
        uint64_t value;
        if (options->size_count == BENCH_SIZES_MAX ||
            !number_parse_u64(str_cut(&rest, ','), NUMBER_MAX, &value) || value < 4)
            return false;
        options->sizes[options->size_count++] = (uint32_t)value;
    }
    return true;
}

static bool
is_loopback(const struct addrinfo *found)
{
    const void *address = found->ai_addr;
    if (found->ai_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return found->ai_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* HOST:PORT, [IPv6]:PORT. */
static enum bench_options_result
resolve_target(struct bench_options *options, struct cf_err *err)
{
    const char *text = options->target_text;
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    char host[NI_MAXHOST];
    if (len == 0 || len >= sizeof host)
        return fail(err, "--target wants HOST:PORT, not ", text);
    bool is_bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    size_t start = is_bracketed ? 1 : 0;
    len -= 2 * start;
    memcpy(host, text + start, len);
    host[len] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return fail(err, "--target: no such address: ", text);
    bool is_near = is_loopback(found);
    memcpy(&options->target, found->ai_addr, found->ai_addrlen);
    options->target_len = found->ai_addrlen;
    freeaddrinfo(found);
    if (!is_near && !options->is_remote_allowed)
        return fail(err, text,
                    " is not on this machine: a benchmark is an attack on whoever did "
                    "not ask for it; add --allow-remote if it is yours");
    options->servers[0] = options->target_text;
    options->server_count = 1;
    return BENCH_OPTIONS_OK;
}

static bool
take_number(struct bench_options *options, const struct number_option *option, const char *text)
{
    uint64_t value;
    if (!number_parse_u64(str_from_nul(text), option->max, &value) || value < option->min)
        return false;
    uint32_t narrow = (uint32_t)value;
    memcpy((char *)options + option->offset, &narrow, sizeof narrow);
    return true;
}

/* False when the value is none that the option takes. */
static bool
take_option(struct bench_options *options, int code, char *value)
{
    uint64_t number;
    switch (code) {
    case OPTION_SERVERS:
        return split_servers(options, value);
    case OPTION_TARGET:
        options->target_text = value;
        return true;
    case OPTION_PID:
        if (!number_parse_u64(str_from_nul(value), INT32_MAX, &number))
            return false;
        options->target_pid = (pid_t)number;
        return true;
    case OPTION_REMOTE:
        options->is_remote_allowed = true;
        return true;
    case OPTION_RATE:
        return parse_positive(value, NUMBER_MAX, &options->rate);
    case OPTION_SHARE:
        return parse_positive(value, 1, &options->share);
    case OPTION_SECONDS:
        return parse_positive(value, SECONDS_MAX, &options->seconds);
    case OPTION_CAPS:
        options->caps = value;
        return strlen(value) <= 300;
    case OPTION_ALL_CAPS:
        options->is_caps_for_all = true;
        return true;
    case OPTION_PIN:
        options->is_pinned = true;
        return true;
    case OPTION_JSON:
        options->is_json = true;
        return true;
    case OPTION_QUIET:
        options->has_progress = false;
        return true;
    case OPTION_SIZES:
        return split_sizes(options, value);
    default:
        assert(code == OPTION_PLOT);
        options->plot_path = value;
        return true;
    }
}

static void
list_long_options(struct option all[NUMBER_COUNT + OTHER_COUNT + 1])
{
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        all[i] = (struct option){
            .name = number_options[i].name,
            .has_arg = required_argument,
            .val = (int)i + 1,
        };
    }
    memcpy(all + NUMBER_COUNT, other_options, sizeof other_options);
    all[NUMBER_COUNT + OTHER_COUNT] = (struct option){0};
}

/* How the numbers relate. */
static enum bench_options_result
check_options(struct bench_options *options, struct cf_err *err)
{
    uint32_t slow = options->scenario == SCENARIO_SLOW ? options->slow : 0;
    bool has_senders = options->scenario != SCENARIO_IDLE && options->scenario != SCENARIO_DIRECT &&
                       options->scenario != SCENARIO_CHURN;
    if (has_senders && options->senders + slow > options->members)
        return fail(err, "more senders and slow readers than members", "");
    if (options->crowd > 0 && options->crowd_senders > options->crowd)
        return fail(err, "more senders than members in the crowd", "");
    if (options->is_caps_for_all && options->caps == NULL)
        return fail(err, "--all-caps wants --caps", "");
    if (options->target_text == NULL)
        return BENCH_OPTIONS_OK;
    if (options->command == BENCH_MODELS)
        return fail(err, "models are those of this program: there is no --target", "");
    return resolve_target(options, err);
}

/* The words before the options. Returns how many, 0 with err set when they make no sense. */
static int
take_words(int argc, char **argv, struct bench_options *options, struct cf_err *err)
{
    const char *first = argc < 2 ? "" : argv[1];
    if (strcmp(first, "models") == 0) {
        options->command = BENCH_MODELS;
        return 1;
    }
    bool is_floor = strcmp(first, "floor") == 0;
    if (strcmp(first, "compare") == 0)
        options->command = BENCH_COMPARE;
    if (is_floor) {
        options->servers[0] = "floor";
        options->server_count = 1;
    }
    if (is_floor || options->command == BENCH_COMPARE)
        return argc > 2 && find_scenario(argv[2], &options->scenario) ? 2 : 1;
    if (find_scenario(first, &options->scenario))
        return 1;
    (void)cf_err_set(err, -EINVAL, "%s%s",
                     first[0] == '\0' ? "no scenario" : "no such scenario: ", first);
    return 0;
}

enum bench_options_result
bench_options_parse(int argc, char **argv, struct bench_options *options_out, struct cf_err *err)
{
    if (argc >= 2 && strcmp(argv[1], "--help") == 0)
        return BENCH_OPTIONS_HELP;
    struct bench_options options = defaults();
    int words = take_words(argc, argv, &options, err);
    if (words == 0)
        return BENCH_OPTIONS_ERROR;
    adapt_to_scenario(&options);
    struct option all[NUMBER_COUNT + OTHER_COUNT + 1];
    list_long_options(all);
    optind = 1;
    opterr = 0;
    int code;
    while ((code = getopt_long(argc - words, argv + words, "", all, NULL)) != -1) {
        const char *given = argv[words + optind - 1];
        if (code == OPTION_HELP)
            return BENCH_OPTIONS_HELP;
        if (code == '?')
            return fail(err, "no such option, or its value is missing: ", given);
        bool is_taken = code <= (int)NUMBER_COUNT
                            ? take_number(&options, &number_options[code - 1], optarg)
                            : take_option(&options, code, optarg);
        if (!is_taken)
            return fail(err, given, ": this option does not take that value");
    }
    if (words + optind < argc)
        return fail(err, "no option: ", argv[words + optind]);
    enum bench_options_result result = check_options(&options, err);
    if (result == BENCH_OPTIONS_OK)
        *options_out = options;
    return result;
}
