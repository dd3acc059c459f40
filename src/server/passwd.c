/* `confab passwd`; see passwd.h. */
#include "server/passwd.h"

#include "base/entropy.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/password.h"
#include "server/command_line.h"
#include "terminal/silence.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: confab passwd\n"
    "Makes the hash of a password for the configuration: server.password, operators.password.\n"
    "At a terminal it asks for the password twice; from a pipe it takes one line:\n"
    "\n"
    "    echo \"$PASSWORD\" | confab passwd\n"
    "\n"
    "  -h, --help  print this\n";

struct password {
    char bytes[LIMIT_PASSWORD_BYTES + 1]; /* with a NUL */
    size_t len;
};

static void
wipe(struct password *password)
{
    explicit_bzero(password, sizeof *password);
}

/* --- asking --- */

static enum silence_result
read_line(int input, const struct silence *silence, struct password *password_out)
{
    return silence_read_line(input, silence, password_out->bytes, sizeof password_out->bytes,
                             &password_out->len);
}

static bool
is_good(enum silence_result result, const struct password *password, FILE *err)
{
    switch (result) {
    case SILENCE_OK:
        break;
    case SILENCE_TOO_LONG:
        (void)fprintf(err, "passwd: a password has at most %d bytes: more do not fit in a line\n",
                      LIMIT_PASSWORD_BYTES);
        return false;
    case SILENCE_INTERRUPTED:
        return false;
    case SILENCE_FAILED:
        (void)fprintf(err, "passwd: the password can't be read: %s\n", errno_text(errno));
        return false;
    }
    if (password->len == 0) {
        (void)fputs("passwd: the password is empty; write one\n", err);
        return false;
    }
    if (memchr(password->bytes, '\0', password->len) != NULL ||
        memchr(password->bytes, '\r', password->len) != NULL) {
        (void)fputs("passwd: the password has a NUL or CR in it, which no client can send\n", err);
        return false;
    }
    return true;
}

static bool
ask(const char *question, int input, const struct silence *silence, struct password *password_out,
    FILE *err)
{
    (void)fputs(question, err);
    (void)fflush(err); /* a question that is not seen can be answered all the same */
    return is_good(read_line(input, silence, password_out), password_out, err);
}

static bool
ask_at_terminal(int input, struct password *password_out, FILE *err)
{
    struct silence silence;
    if (!silence_begin(input, &silence)) {
        (void)fprintf(err, "passwd: the terminal can't be silenced: %s\n", errno_text(errno));
        return false;
    }
    struct password again = {.len = 0};
    bool is_asked = ask("Password: ", input, &silence, password_out, err) &&
                    ask("The same again: ", input, &silence, &again, err);
    silence_end(input, &silence);
    if (is_asked && strcmp(password_out->bytes, again.bytes) != 0) {
        (void)fputs("passwd: these are two different passwords\n", err);
        is_asked = false;
    }
    wipe(&again);
    return is_asked;
}

static bool
print_hash(const struct password *password, FILE *out, FILE *err)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (entropy_init() != 0 || !password_hash(password->bytes, password->len, hash)) {
        (void)fputs("passwd: there is no memory or no randomness for a hash\n", err);
        return false;
    }
    (void)fprintf(out, "%s\n", hash);
    if (fflush(out) == 0 && ferror(out) == 0)
        return true;
    (void)fprintf(err, "passwd: the hash can't be written: %s\n", errno_text(errno));
    return false;
}

static int
make_hash(int input, FILE *out, FILE *err)
{
    struct password password = {.len = 0};
    bool is_asked = isatty(input) == 1 ? ask_at_terminal(input, &password, err)
                                       : is_good(read_line(input, NULL, &password), &password, err);
    bool is_made = is_asked && print_hash(&password, out, err);
    wipe(&password);
    return is_made ? 0 : 1;
}

int
passwd_main(int argc, char **argv, int input, FILE *out, FILE *err)
{
    const struct command_line line = {.usage = usage}; /* --help is its only option */
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, out, err, &rest, &status))
        return status;
    if (rest < argc) {
        (void)fputs("passwd: a password is not given as an argument, where others can see it; see "
                    "confab passwd --help\n",
                    err);
        return 2;
    }
    return make_hash(input, out, err);
}
