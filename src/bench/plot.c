/* Driving gnuplot; see plot.h. */
#include "bench/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MISSING 127 /* the shell's status for a program that is not there */

struct gnuplot {
    pid_t pid;
    FILE *script;
};

static _Noreturn void
exec_gnuplot(char *argument, int input)
{
    (void)dup2(input, STDIN_FILENO); /* else it ends at once, with an error of its own */
    char *const arguments[] = {(char[]){"gnuplot"}, argument, NULL};
    (void)execvp(arguments[0], arguments); /* returns only when it failed */
    _exit(errno == ENOENT ? MISSING : 126);
}

static int
start_gnuplot(struct gnuplot *gnuplot_out, char *argument, struct cf_err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        return cf_err_set(err, -errno, "pipe: %s", errno_text(errno));
    pid_t pid = fork();
    if (pid == 0)
        exec_gnuplot(argument, ends[0]);
    int error = errno;
    (void)close(ends[0]); /* the child's */
    if (pid == -1) {
        (void)close(ends[1]); /* unused */
        return cf_err_set(err, -error, "fork: %s", errno_text(error));
    }
    FILE *script = fdopen(ends[1], "w");
    if (script == NULL)
        (void)close(ends[1]); /* gnuplot sees an empty script */
    *gnuplot_out = (struct gnuplot){.pid = pid, .script = script};
    return 0;
}

static int
end_gnuplot(struct gnuplot *gnuplot, struct cf_err *err)
{
    bool is_written = gnuplot->script != NULL && fclose(gnuplot->script) == 0;
    int status = 0;
    if (waitpid(gnuplot->pid, &status, 0) == -1)
        return cf_err_set(err, -errno, "gnuplot: %s", errno_text(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == MISSING) {
        return cf_err_set(err, -ENOENT,
                          "--plot needs gnuplot, which is not installed: "
                          "apt-get install gnuplot-nox");
    }
    if (!is_written || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cf_err_set(err, -EIO, "gnuplot has failed; what it said is above");
    return 0;
}

int
plot_check(struct cf_err *err)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a gnuplot that ends early is an error, not our end */
    struct gnuplot gnuplot;
    int result = start_gnuplot(&gnuplot, (char[]){"-"}, err);
    if (result != 0)
        return result;
    return end_gnuplot(&gnuplot, err);
}

/* A string in double quotes for gnuplot, without what has a meaning there. */
static void
put_text(FILE *script, const char *text)
{
    (void)fputc('"', script);
    for (; *text != '\0'; text++) {
        bool is_plain = strchr("\"\\`{}^_@&~\n", *text) == NULL;
        (void)fputc(is_plain ? *text : ' ', script);
    }
    (void)fputc('"', script);
}

static void
put_head(FILE *script, const struct bench_options *options, unsigned width, unsigned height)
{
    (void)fprintf(script,
                  "set terminal svg size %u,%u font 'sans-serif,12' background 'white'\n"
                  "set output ",
                  width, height);
    (void)fputc('\'', script); /* a path may hold anything but this */
    (void)fputs(options->plot_path, script);
    (void)fputs("'\nset grid\nset key top left\n", script);
}

static void
put_latency_curves(FILE *script, struct run_result *const *results, size_t count)
{
    static const double shares[] = {0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999};
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(script, "$run%zu << EOD\n", i);
        for (size_t p = 0; p < ARRAY_LEN(shares); p++)
            (void)fprintf(script, "%g %g\n", 1 / (1 - shares[p]),
                          run_latency_ms(results[i], shares[p]) + 0.0001);
        (void)fputs("EOD\n", script);
    }
    (void)
        fputs("set logscale xy\nset xlabel 'share of deliveries'\nset ylabel 'latency, ms'\n"
              "set xtics ('50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, '99.99%%' 10000)\nplot ",
              script);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(script, "%s$run%zu with linespoints lw 2 title ", i == 0 ? "" : ", ", i);
        put_text(script, results[i]->server);
    }
    (void)fputc('\n', script);
}

static void
put_idle_bars(FILE *script, struct run_result *const *results, size_t count)
{
    (void)fputs("$runs << EOD\n", script);
    for (size_t i = 0; i < count; i++) {
        put_text(script, results[i]->server);
        (void)fprintf(script, " %llu\n", (unsigned long long)results[i]->idle_private_bytes);
    }
    (void)fputs("EOD\nset style fill solid 0.6\nset boxwidth 0.6\nset yrange [0:*]\n"
                "set ylabel 'bytes of user space, an idle client'\n"
                "plot $runs using 0:2:xtic(1) with boxes notitle\n",
                script);
}

int
plot_runs(const struct bench_options *options, struct run_result *const *results, size_t count,
          struct cf_err *err)
{
    struct gnuplot gnuplot;
    int result = start_gnuplot(&gnuplot, (char[]){"-"}, err);
    if (result != 0)
        return result;
    if (gnuplot.script != NULL) {
        put_head(gnuplot.script, options, 800, 480);
        (void)fprintf(gnuplot.script, "set title 'confab bench %s'\n",
                      scenario_name(options->scenario));
        if (options->scenario == SCENARIO_IDLE)
            put_idle_bars(gnuplot.script, results, count);
        else
            put_latency_curves(gnuplot.script, results, count);
    }
    return end_gnuplot(&gnuplot, err);
}

/* --- models --- */

struct panel {
    const char *label;
    double (*value)(const struct run_result *result);
};

static double
million_deliveries(const struct run_result *result)
{
    return run_rate(result) / 1e6;
}

static double
p99_ms(const struct run_result *result)
{
    return run_latency_ms(result, 0.99);
}

static double
megabytes(const struct run_result *result)
{
    return (double)result->used.resident_bytes / 1048576;
}

static const struct panel panels[] = {
    {"million deliveries a second", million_deliveries},
    {"microseconds of CPU, a delivery", run_cpu_us},
    {"latency p99, ms", p99_ms},
    {"resident memory, MB", megabytes},
};

static void
put_panel(FILE *script, const struct bench_options *options, const struct panel *panel,
          const struct plot_series *series, size_t series_count)
{
    (void)fprintf(script, "set title '%s'\nplot ", panel->label);
    for (size_t s = 0; s < series_count; s++) {
        (void)fputs(s == 0 ? "'-' with linespoints lw 2 title "
                           : ", '-' with linespoints lw 2 title ",
                    script);
        put_text(script, series[s].name);
    }
    (void)fputc('\n', script);
    for (size_t s = 0; s < series_count; s++) {
        for (size_t i = 0; i < options->size_count; i++) {
            const struct run_result *result = series[s].results[i];
            if (result != NULL)
                (void)fprintf(script, "%u %g\n", options->sizes[i], panel->value(result));
        }
        (void)fputs("e\n", script);
    }
}

int
plot_models(const struct bench_options *options, const struct plot_series *series,
            size_t series_count, struct cf_err *err)
{
    struct gnuplot gnuplot;
    int result = start_gnuplot(&gnuplot, (char[]){"-"}, err);
    if (result != 0)
        return result;
    if (gnuplot.script != NULL) {
        put_head(gnuplot.script, options, 960, 720);
        (void)fputs("set logscale xy\nset xlabel 'clients'\nset multiplot layout 2,2\n",
                    gnuplot.script);
        for (size_t i = 0; i < ARRAY_LEN(panels); i++)
            put_panel(gnuplot.script, options, &panels[i], series, series_count);
        (void)fputs("unset multiplot\n", gnuplot.script);
    }
    return end_gnuplot(&gnuplot, err);
}
