#ifndef CONFAB_BENCH_OPTIONS_H
#define CONFAB_BENCH_OPTIONS_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * What `confab bench` is asked to do. Values with borrowed strings of the command line.
 */
enum bench_command {
    BENCH_RUN,     /* one scenario, the servers in turn */
    BENCH_COMPARE, /* the same several times, medians and ratios */
    BENCH_MODELS,  /* this server in all its worker models */
};

enum scenario {
    SCENARIO_IDLE,
    SCENARIO_FANOUT,
    SCENARIO_DIRECT,
    SCENARIO_CHURN,
    SCENARIO_SLOW,
    SCENARIO_FLOOD,
    SCENARIO_ECHO,
};

#define BENCH_SERVERS_MAX 8
#define BENCH_SIZES_MAX   8

struct bench_options {
    enum bench_command command;
    enum scenario scenario;
    const char *servers[BENCH_SERVERS_MAX];
    size_t server_count;
    struct sockaddr_storage target; /* ss_family AF_UNSPEC: servers are started */
    socklen_t target_len;
    const char *target_text;
    pid_t target_pid; /* 0: unknown, nothing of the process is reported */
    bool is_remote_allowed;
    uint32_t channels;
    uint32_t members;
    uint32_t senders;
    uint32_t pairs;
    uint32_t visitors;
    uint32_t visit_messages;
    uint32_t slow;
    uint32_t hostile;
    uint32_t crowd; /* members; 0: hostile bytes instead */
    uint32_t crowd_senders;
    uint32_t inflight;
    double rate;  /* messages a second; 0: closed loop */
    double share; /* of what a closed loop reaches first; 0: no */
    uint32_t text_bytes;
    uint32_t clients;
    double seconds;
    const char *caps;
    bool is_caps_for_all;
    bool is_pinned;
    bool is_json;
    bool has_progress;
    uint32_t repeats;
    uint32_t sizes[BENCH_SIZES_MAX]; /* of BENCH_MODELS: clients */
    size_t size_count;
    const char *plot_path; /* NULL: none */
};

enum bench_options_result {
    BENCH_OPTIONS_OK,
    BENCH_OPTIONS_HELP,  /* asked for */
    BENCH_OPTIONS_ERROR, /* err says what is wrong */
};

/* argv[0] is "bench". Strings are borrowed from argv, which is changed. */
CF_NODISCARD enum bench_options_result
bench_options_parse(int argc, char **argv, struct bench_options *options_out, struct cf_err *err);

/* What --help says. */
const char *bench_options_usage(void);

/* "fanout" */
const char *scenario_name(enum scenario scenario);

#endif
