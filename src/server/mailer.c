/* Letters; see mailer.h. */
#include "server/mailer.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mutex.h"
#include "hub/mail.h"
#include "wire/irc_line.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LETTER_BYTES_MAX 16384
#define ARGUMENTS_MAX    32

extern char **environ;

struct mailer {
    atomic_bool is_stopping;
    struct cf_mutex mutex;
    struct mailer_settings settings CF_GUARDED_BY(mutex); /* owned */
};

/* --- settings --- */

static void
free_settings(struct mailer_settings *settings)
{
    if (settings->smtp.len > 0) /* it may have a password */
        explicit_bzero((void *)(uintptr_t)settings->smtp.ptr, settings->smtp.len);
    str_free(&settings->from);
    str_free(&settings->sendmail);
    str_free(&settings->smtp);
    str_free(&settings->host);
}

static struct mailer_settings
copy_settings(const struct mailer_settings *settings)
{
    return (struct mailer_settings){
        .from = str_dup(settings->from),
        .sendmail = str_dup(settings->sendmail),
        .smtp = str_dup(settings->smtp),
        .host = str_dup(settings->host),
    };
}

struct mailer *
mailer_new(void)
{
    struct mailer *mailer = cf_calloc_array(1, sizeof *mailer);
    cf_mutex_init(&mailer->mutex);
    return mailer;
}

void
mailer_free(struct mailer **mailer_ptr)
{
    struct mailer *mailer = *mailer_ptr;
    *mailer_ptr = NULL;
    if (mailer == NULL)
        return;
    cf_mutex_lock(&mailer->mutex);
    free_settings(&mailer->settings);
    cf_mutex_unlock(&mailer->mutex);
    cf_mutex_deinit(&mailer->mutex);
    cf_free(mailer);
}

void
mailer_configure(struct mailer *mailer, const struct mailer_settings *settings)
{
    struct mailer_settings copy = copy_settings(settings);
    cf_mutex_lock(&mailer->mutex);
    free_settings(&mailer->settings);
    mailer->settings = copy;
    cf_mutex_unlock(&mailer->mutex);
}

void
mailer_stop(struct mailer *mailer)
{
    atomic_store(&mailer->is_stopping, true);
}

/* --- the letter --- */

static void
put_date(struct buf *out)
{
    char text[64];
    struct tm parts;
    time_t now = (time_t)(clock_wall_ms() / 1000);
    if (gmtime_r(&now, &parts) == NULL)
        return;
    size_t len = strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
    buf_put(out, STR("Date: "));
    buf_put(out, (struct str){.ptr = text, .len = len});
    buf_put(out, STR("\r\n"));
}

/* RFC 5322, with lines that end as SMTP wants them. Names may have any letters: RFC 2047 is not
 * needed where the head is UTF-8, which servers take for a decade (RFC 6532). */
static void
put_letter(struct buf *out, const struct mailer_settings *settings, struct str to,
           struct str letter)
{
    uint64_t id[2];
    entropy_fill(id, sizeof id);
    struct str subject = str_cut(&letter, '\n');
    buf_printf(out, "From: <%.*s>\r\nTo: <%.*s>\r\nSubject: %.*s\r\n", STR_ARG(settings->from),
               STR_ARG(to), STR_ARG(subject));
    put_date(out);
    buf_printf(out,
               "Message-ID: <%016llx%016llx@%.*s>\r\nMIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n"
               "Auto-Submitted: auto-generated\r\n\r\n",
               (unsigned long long)id[0], (unsigned long long)id[1], STR_ARG(settings->host));
    while (letter.ptr != NULL) {
        buf_put(out, str_cut(&letter, '\n'));
        buf_put(out, STR("\r\n"));
    }
}

/* Nothing that comes from outside ends a line of the head: who has checked it before may have
 * forgotten something. */
static bool
has_sound_head(const struct mailer_settings *settings, struct str to, struct str letter)
{
    return mail_is_address(to) && mail_is_address(settings->from) &&
           irc_line_can_hold(settings->host) && irc_line_can_hold(str_cut(&letter, '\n'));
}

/* --- by a command --- */

static bool
wait_for(struct mailer *mailer, pid_t pid, int *status_out)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    int64_t end_ms = clock_monotonic_ms() + MAILER_TIMEOUT_S * 1000;
    bool is_hurried = false;
    while (clock_monotonic_ms() < end_ms) {
        if (!is_hurried && atomic_load(&mailer->is_stopping)) {
            int64_t stop_ms = clock_monotonic_ms() + MAILER_STOP_MS;
            end_ms = stop_ms < end_ms ? stop_ms : end_ms;
            is_hurried = true;
        }
        if (waitpid(pid, status_out, WNOHANG) == pid)
            return true;
        (void)nanosleep(&pause, NULL); /* woken early does no harm */
    }
    (void)kill(pid, SIGKILL); /* it may have ended just now */
    (void)waitpid(pid, status_out, 0);
    return false;
}

/* Writes all of it; what the command does not read is lost, and its exit status tells. */
static void
write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t written = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (written == -1 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text = str_skip(text, (size_t)written);
    }
}

/* The command with its words, and the address as the last: as sendmail wants it. */
static int
spawn_command(struct buf *command, char *address, int input, pid_t *pid_out)
{
    char *arguments[ARGUMENTS_MAX + 2] = {NULL};
    size_t count = 0;
    struct str rest = buf_str(command);
    while (rest.len > 0 && count < ARGUMENTS_MAX) {
        struct str word = str_cut_word(&rest);
        char *at = command->ptr + (word.ptr - command->ptr);
        at[word.len] = '\0'; /* in the place of the space, or of the last NUL */
        if (word.len > 0)
            arguments[count++] = at;
    }
    if (count == 0)
        return ENOENT;
    arguments[count] = address;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none); /* these three fail for no valid arguments only */
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none); /* threads here block some */
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int result = posix_spawn_file_actions_init(&actions);
    if (result == 0)
        result = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (result == 0)
        result = posix_spawnp(pid_out, arguments[0], &actions, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
    (void)posix_spawnattr_destroy(&attributes);
    return result;
}

static int
send_by_command(struct mailer *mailer, const struct mailer_settings *settings, struct str to,
                struct str letter, struct cf_err *err)
{
    struct buf words;
    struct buf address;
    int ends[2]; /* a pair of sockets: writing to a pipe whose reader is gone is a signal */
    pid_t pid = -1;
    int status = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        return cf_err_set(err, -errno, "cannot make a pipe: %s", errno_text(errno));
    buf_init(&words, 4096);
    buf_init(&address, 1024);
    buf_put(&words, settings->sendmail);
    buf_put(&address, to);
    (void)buf_nul_terminated(&words); /* makes them so */
    (void)buf_nul_terminated(&address);
    int result = spawn_command(&words, address.ptr, ends[0], &pid);
    (void)close(ends[0]); /* the command has it */
    if (result == 0)
        write_all(ends[1], letter);
    (void)close(ends[1]); /* the end of the letter */
    if (result != 0)
        (void)cf_err_set(err, -result, "cannot start %.*s: %s", STR_ARG(settings->sendmail),
                         errno_text(result));
    else if (!wait_for(mailer, pid, &status))
        (void)cf_err_set(err, -ETIMEDOUT, "%.*s has not ended in time",
                         STR_ARG(settings->sendmail));
    else if (status != 0)
        (void)cf_err_set(err, -EIO, "%.*s has failed: status %d", STR_ARG(settings->sendmail),
                         WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    buf_deinit(&words);
    buf_deinit(&address);
    return err->code;
}

/* --- by SMTP --- */

static size_t
read_letter(char *out, size_t size, size_t count, void *context)
{
    struct str *rest = context;
    struct str piece = str_take(*rest, size * count);
    memcpy(out, piece.ptr, piece.len);
    *rest = str_skip(*rest, piece.len);
    return piece.len;
}

/* libcurl asks about once a second whether to go on: 0. */
static int
shall_abort(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    struct mailer *mailer = context;
    (void)total; /* how far it is does not matter */
    (void)now;
    (void)up_total;
    (void)up_now;
    return atomic_load(&mailer->is_stopping) ? 1 : 0;
}

static int
send_by_smtp(struct mailer *mailer, const struct mailer_settings *settings, struct str to,
             struct str letter, struct cf_err *err)
{
    struct buf url;
    struct buf from;
    struct buf address;
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return cf_err_set(err, -ENOMEM, "no memory for the connection");
    buf_init(&url, 2048);
    buf_init(&from, 1024);
    buf_init(&address, 1024);
    buf_put(&url, settings->smtp);
    buf_printf(&from, "<%.*s>", STR_ARG(settings->from));
    buf_printf(&address, "<%.*s>", STR_ARG(to));
    struct curl_slist *recipients = curl_slist_append(NULL, buf_nul_terminated(&address));
    /* Known options with values of their types: setting them can fail for want of memory only, and
     * then sending fails. */
    (void)curl_easy_setopt(curl, CURLOPT_URL, buf_nul_terminated(&url));
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, buf_nul_terminated(&from));
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_letter);
    (void)curl_easy_setopt(curl, CURLOPT_READDATA, &letter);
    (void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, shall_abort);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, mailer);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAILER_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (str_find(settings->smtp, STR("@")) < settings->smtp.len) /* no password in the clear */
        (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    else
        (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        (void)cf_err_set(err, -EIO, "the mail server: %s", curl_easy_strerror(code));
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    if (url.ptr != NULL)
        explicit_bzero(url.ptr, url.len);
    buf_deinit(&url);
    buf_deinit(&from);
    buf_deinit(&address);
    return err->code;
}

int
mailer_send(struct mailer *mailer, struct str to, struct str letter, struct cf_err *err)
{
    struct buf text;
    *err = (struct cf_err){.code = 0};
    if (atomic_load(&mailer->is_stopping))
        return cf_err_set(err, -ECANCELED, "the server is stopping");
    buf_init(&text, LETTER_BYTES_MAX);
    cf_mutex_lock(&mailer->mutex);
    struct mailer_settings settings = copy_settings(&mailer->settings);
    cf_mutex_unlock(&mailer->mutex);
    put_letter(&text, &settings, to, letter);
    if (!has_sound_head(&settings, to, letter))
        (void)cf_err_set(err, -EINVAL, "an address, or the subject, can't be in a letter's head");
    else if (text.is_truncated)
        (void)cf_err_set(err, -E2BIG, "the letter is too long");
    else if (settings.sendmail.len > 0)
        (void)send_by_command(mailer, &settings, to, buf_str(&text),
                              err); /* the code is in err, too */
    else
        (void)send_by_smtp(mailer, &settings, to, buf_str(&text), err);
    explicit_bzero(text.ptr, text.len);
    buf_deinit(&text);
    free_settings(&settings);
    return err->code;
}
