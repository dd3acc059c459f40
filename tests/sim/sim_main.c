/*
 * The simulator's command:
 *
 *     sim [--seed N] [--steps M] [--runs K] [--fresh K] [--trace]
 *
 * --seed N    the first seed (1)
 * --steps M   steps of each run (2000)
 * --runs K    so many seeds, one after the other (1)
 * --fresh K   so many seeds that nobody has chosen, instead
 * --trace     prints all that happens
 *
 * Each seed is run twice, with different keys of the hash tables: what comes out must be the same.
 */
#include "base/hash.h"
#include "base/number.h"
#include "base/str.h"
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

struct arguments {
    uint64_t seed;
    uint64_t steps;
    uint64_t runs;
    bool is_fresh;
    bool is_tracing;
};

static void
set_hash_key(unsigned char byte)
{
    unsigned char key[HASH_KEY_BYTES];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(byte + i);
    hash_set_process_key(key);
}

/* False when the two runs of the seed differ. */
static bool
run_seed(uint64_t seed, const struct arguments *arguments)
{
    struct sim_options options = sim_options_from_seed(seed, arguments->steps);
    sim_print_options(&options);
    set_hash_key(1);
    struct sim_result result = sim_run(&options, arguments->is_tracing);
    set_hash_key(77);
    struct sim_result again = sim_run(&options, false);
    (void)printf("    %u clients, %" PRIu64 " lines in, %" PRIu64 " out, %" PRIu64
                 " tokens, %" PRIu64 " out of turn, %" PRIu64 " too often, %" PRIu64
                 " in slices, %" PRIu64 " pages, %" PRIu64 " searches, %" PRIu64
                 " said again, %" PRIu64 " redacted, %" PRIu64 " times erased, settled %" PRIu64
                 " times: %016" PRIx64 "\n",
                 result.clients, result.lines_in, result.lines_out, result.tokens_delivered,
                 result.floor_refusals, result.rate_refusals, result.listings, result.pages,
                 result.searches, result.replayed, result.redactions, result.erasures,
                 result.settled, result.digest);
    if (result.digest == again.digest)
        return true;
    (void)fprintf(stderr, "seed %" PRIu64 ": two runs differ\n", seed);
    return false;
}

static bool
parse(int argc, char **argv, struct arguments *arguments)
{
    for (int i = 1; i < argc; i++) {
        struct str name = str_from_nul(argv[i]);
        uint64_t *number = NULL;
        if (str_equal(name, STR("--trace"))) {
            arguments->is_tracing = true;
            continue;
        }
        if (str_equal(name, STR("--seed"))) {
            number = &arguments->seed;
        } else if (str_equal(name, STR("--steps"))) {
            number = &arguments->steps;
        } else if (str_equal(name, STR("--runs"))) {
            number = &arguments->runs;
        } else if (str_equal(name, STR("--fresh"))) {
            number = &arguments->runs;
            arguments->is_fresh = true;
        }
        i++;
        if (number == NULL || i == argc ||
            !number_parse_u64(str_from_nul(argv[i]), UINT64_MAX, number))
            return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct arguments arguments = {.seed = 1, .steps = 2000, .runs = 1};
    if (!parse(argc, argv, &arguments)) {
        (void)fprintf(stderr,
                      "usage: sim [--seed N] [--steps M] [--runs K] [--fresh K] [--trace]\n");
        return 2;
    }
    if (setenv("TZ", "UTC", 1) == -1) /* the plain door shows local time */
        return 2;
    tzset();
    bool is_passed = true;
    for (uint64_t i = 0; i < arguments.runs; i++) {
        uint64_t seed = arguments.seed + i;
        if (arguments.is_fresh && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
            return 2;
        is_passed = run_seed(seed, &arguments) && is_passed;
    }
    return is_passed ? 0 : 1;
}
