/* Answers for the hub; see answers.h. */
#include "server/answers.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/helper_pool.h"
#include "base/limits.h"
#include "base/log.h"
#include "hub/histserv.h"
#include "net/gate.h"
#include "server/config.h"
#include "server/dnsbl.h"
#include "server/export_file.h"
#include "server/mailer.h"
#include "store/readers.h"
#include "store/store_sqlite.h"
#include "wire/credentials.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELPER_THREADS 2
#define LETTER_THREADS 2
#define EXPORT_THREADS 1
#define PATH_BYTES_MAX 8192 /* a folder and a path within it */

struct answers {
    /* Before threads ask: */
    struct str data_dir; /* borrowed */
    struct gate *gate;   /* borrowed, as are the readers */
    struct readers *readers;

    struct helper_pool *helpers;
    struct helper_pool *letters; /* of their own: a mail server that hangs stops no logins */
    struct helper_pool *exports; /* likewise, and one at a time: each reads a lot of the store */
    atomic_bool is_stopping;     /* exports that wait are given up */
    struct dnsbl *dnsbl;
    struct mailer *mailer;
    const struct jwt_verifier *_Atomic verifier; /* the configuration's; NULL: no tokens */
};

/* --- on helper threads --- */

static void
answer_question(struct answers *answers, struct question *question, enum hub_answer answer,
                const struct credentials *credentials)
{
    struct hub *hub = gate_enter(answers->gate);
    struct hub_moment moment = gate_moment();
    hub_answer(hub, question->session, question->kind, answer, credentials, &moment);
    gate_leave(answers->gate, GATE_NO_HOME);
    question_deinit(question);
}

static void
answer_token(struct answers *answers, struct question *question, enum jwt_result result,
             struct str account)
{
    struct hub *hub = gate_enter(answers->gate);
    struct hub_moment moment = gate_moment();
    hub_answer_token(hub, question->session, result, account, &moment);
    gate_leave(answers->gate, GATE_NO_HOME);
    question_deinit(question);
}

static void
answer_export(struct answers *answers, struct question *question, enum hub_answer answer)
{
    struct hub *hub = gate_enter(answers->gate);
    struct hub_moment moment = gate_moment();
    hub_answer_export(hub, question->session, str_from_nul(question->against), answer, &moment);
    gate_leave(answers->gate, GATE_NO_HOME);
    question_deinit(question);
}

static void
compare_password(struct answers *answers, struct question *question)
{
    bool matches = credentials_match(question->against, question->secret);
    answer_question(answers, question, matches ? HUB_ANSWER_YES : HUB_ANSWER_NO, NULL);
}

static void
make_credentials(struct answers *answers, struct question *question)
{
    struct credentials_salts salts;
    entropy_fill(&salts, sizeof salts);
    struct credentials credentials;
    if (credentials_make(question->secret, &salts, &credentials))
        answer_question(answers, question, HUB_ANSWER_YES, &credentials);
    else
        answer_question(answers, question, HUB_ANSWER_BUSY, NULL);
    explicit_bzero(&credentials, sizeof credentials);
}

static void
check_token(struct answers *answers, struct question *question)
{
    const struct jwt_verifier *verifier = atomic_load(&answers->verifier);
    struct str token = str_from_nul(question->secret);
    struct buf account;
    buf_init(&account, LIMIT_NICK_BYTES);
    enum jwt_result result = JWT_NOT_CHECKED; /* nobody is there any more who could */
    if (verifier != NULL)
        result = jwt_verify(verifier, token, clock_wall_ms(), &account);
    answer_token(answers, question, result, buf_str(&account));
    buf_deinit(&account);
}

static void
send_letter(struct answers *answers, struct question *question)
{
    struct cf_err err;
    bool is_sent = mailer_send(answers->mailer, str_from_nul(question->against),
                               str_from_nul(question->secret), &err) == 0;
    if (!is_sent)
        log_line(LOG_ERROR, "server", "a letter can't be sent",
                 LOG_STR("error", str_from_nul(err.text)));
    answer_question(answers, question, is_sent ? HUB_ANSWER_YES : HUB_ANSWER_NO, NULL);
}

/* Into a file of the data folder, in the place of the one before. False, and logged, when that has
 * failed. */
static bool
export_account(const struct answers *answers, struct str account)
{
    struct buf path;
    struct buf database;
    struct export_counts counts;
    struct cf_err err;
    buf_init(&path, PATH_BYTES_MAX);
    buf_init(&database, PATH_BYTES_MAX);
    buf_put(&database, answers->data_dir);
    buf_put(&database, STR("/" STORE_SQLITE_FILE));
    buf_put(&path, answers->data_dir);
    buf_put(&path, STR("/" HISTSERV_FOLDER));
    (void)mkdir(buf_nul_terminated(&path), 0700); /* if it can't be made, writing says so */
    buf_put_byte(&path, '/');
    histserv_put_file_name(&path, account);
    (void)unlink(buf_nul_terminated(&path)); /* there may be none */
    int result = export_file_write(
        &(struct export_request){
            .path = buf_nul_terminated(&database),
            .account = account,
            .wall_ms = clock_wall_ms(),
        },
        buf_nul_terminated(&path), &counts, &err);
    if (result != 0)
        log_line(LOG_ERROR, "server", "an account can't be exported",
                 LOG_STR("error", str_from_nul(err.text)));
    buf_deinit(&path);
    buf_deinit(&database);
    return result == 0;
}

static void
make_export(struct answers *answers, struct question *question)
{
    enum hub_answer answer = HUB_ANSWER_BUSY;
    if (!atomic_load(&answers->is_stopping))
        answer = export_account(answers, str_from_nul(question->against)) ? HUB_ANSWER_YES
                                                                          : HUB_ANSWER_NO;
    answer_export(answers, question, answer);
}

/* On a helper thread. */
static void
run_question(void *context, void *job)
{
    struct question *question = job;
    switch (question->kind) {
    case QUESTION_PASSWORD:
        compare_password(context, question);
        break;
    case QUESTION_CREDENTIALS:
        make_credentials(context, question);
        break;
    case QUESTION_TOKEN:
        check_token(context, question);
        break;
    case QUESTION_MAIL:
    case QUESTION_MAIL_LATER:
        send_letter(context, question);
        break;
    case QUESTION_EXPORT:
        make_export(context, question);
        break;
    case QUESTION_PAGE:
    case QUESTION_DNSBL:
        cf_unreachable("pages are read elsewhere, and so are block lists");
    }
    cf_free(question);
}

/* On the thread for block lists, or where there is no room to ask it. */
static void
answer_dnsbl(void *context, struct slot_id session, struct str zone)
{
    struct answers *answers = context;
    struct hub *hub = gate_enter(answers->gate);
    struct hub_moment moment = gate_moment();
    hub_answer_dnsbl(hub, session, zone, &moment);
    gate_leave(answers->gate, GATE_NO_HOME);
}

/* --- life --- */

static void
configure_mailer(struct answers *answers, const struct config *config)
{
    mailer_configure(answers->mailer, &(struct mailer_settings){
                                          .from = config->mail_from,
                                          .sendmail = config->mail_sendmail,
                                          .smtp = config->mail_smtp,
                                          .host = config->hub.server_name,
                                      });
}

struct answers *
answers_new(const struct config *config, struct str data_dir)
{
    struct answers *answers = cf_calloc_array(1, sizeof *answers);
    answers->data_dir = data_dir;
    answers->mailer = mailer_new();
    configure_mailer(answers, config);
    atomic_store(&answers->verifier, config->token_verifier);
    return answers;
}

void
answers_free(struct answers **answers_ptr)
{
    struct answers *answers = *answers_ptr;
    *answers_ptr = NULL;
    if (answers == NULL)
        return;
    assert(answers->helpers == NULL);
    assert(answers->letters == NULL);
    assert(answers->exports == NULL);
    assert(answers->dnsbl == NULL);
    mailer_free(&answers->mailer);
    cf_free(answers);
}

int
answers_start(struct answers *answers, const struct config *config, struct cf_err *err)
{
    answers->helpers = helper_pool_new(HELPER_THREADS, LIMIT_HELPER_QUEUE, run_question, answers);
    answers->letters = helper_pool_new(LETTER_THREADS, LIMIT_LETTER_QUEUE, run_question, answers);
    answers->exports = helper_pool_new(EXPORT_THREADS, LIMIT_EXPORT_QUEUE, run_question, answers);
    if (answers->helpers == NULL || answers->letters == NULL || answers->exports == NULL)
        return cf_err_set(err, -EAGAIN, "cannot start threads: too many processes (ulimit -u)");
    answers->dnsbl = dnsbl_new(config, answer_dnsbl, answers, err);
    return answers->dnsbl == NULL ? err->code : 0;
}

void
answers_connect(struct answers *answers, struct gate *gate, struct readers *readers)
{
    assert(answers->gate == NULL);
    answers->gate = gate;
    answers->readers = readers;
}

void
answers_configure(struct answers *answers, const struct config *config)
{
    atomic_store(&answers->verifier, config->token_verifier);
    dnsbl_configure(answers->dnsbl, config);
    configure_mailer(answers, config);
}

void
answers_stop(struct answers *answers)
{
    dnsbl_free(&answers->dnsbl);
    mailer_stop(answers->mailer);
    atomic_store(&answers->is_stopping, true);
    helper_pool_free(&answers->exports);
    helper_pool_free(&answers->letters);
    helper_pool_free(&answers->helpers);
}

/* --- questions --- */

/* Fails open: nobody is kept out because there is too much to ask. */
static void
ask_dnsbl(struct answers *answers, struct question *question)
{
    if (!dnsbl_ask(answers->dnsbl, question->session, str_from_nul(question->against)))
        answer_dnsbl(answers, question->session, STR_NONE);
    question_deinit(question);
}

/* Those who do such work. */
static struct helper_pool *
pool_for(const struct answers *answers, enum question_kind kind)
{
    if (kind == QUESTION_MAIL || kind == QUESTION_MAIL_LATER)
        return answers->letters;
    return kind == QUESTION_EXPORT ? answers->exports : answers->helpers;
}

void
answers_find(struct answers *answers, struct question *question)
{
    if (question->kind == QUESTION_PAGE) {
        readers_ask(answers->readers, question);
        return;
    }
    if (question->kind == QUESTION_DNSBL) {
        ask_dnsbl(answers, question);
        return;
    }
    struct question *job = cf_alloc(sizeof *job);
    *job = *question;
    if (helper_pool_submit(pool_for(answers, job->kind), job))
        return;
    if (job->kind == QUESTION_TOKEN)
        answer_token(answers, job, JWT_NOT_CHECKED, STR_NONE);
    else if (job->kind == QUESTION_EXPORT)
        answer_export(answers, job, HUB_ANSWER_BUSY);
    else
        answer_question(answers, job, HUB_ANSWER_BUSY, NULL);
    cf_free(job);
}

void
answers_give_page(void *context, struct question *question, const struct page *page)
{
    struct answers *answers = context;
    struct hub *hub = gate_enter(answers->gate);
    struct hub_moment moment = gate_moment();
    hub_answer_page(hub, question->session, page, &moment);
    gate_leave(answers->gate, GATE_NO_HOME);
}
