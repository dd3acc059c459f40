#ifndef CONFAB_ANSWERS_H
#define CONFAB_ANSWERS_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The answers to what the hub asks: passwords to compare and to hash, tokens, letters, block lists,
 * files with what is of an account, pages of history. Each is found on a thread that may wait for
 * it, and is carried back to the hub through the gate. Whoever asks always gets an answer, that
 * there is too much to do being one, but for what is under way when the server ends.
 *
 * Made before the gate, since the store's readers answer through it; ended in two steps, since
 * helpers wake workers and have to end before those are freed.
 */
struct answers;
struct config;
struct gate;
struct page;
struct question;
struct readers;

/*
 * Starts nothing yet. data_dir: borrowed, lives as long as this; files of accounts are made in it.
 * config: as answers_configure.
 */
struct answers *answers_new(const struct config *config, struct str data_dir);

/* After answers_stop, when no worker and no reader is left. Sets *answers to NULL. */
void answers_free(struct answers **answers);

/*
 * Starts the threads that find answers; before any question comes. config: the one of answers_new.
 * 0, or the code that is in err.
 */
CF_NODISCARD int answers_start(struct answers *answers, const struct config *config,
                               struct cf_err *err);

/* Where answers go to, and who reads pages. Both are borrowed; before any question comes. */
void answers_connect(struct answers *answers, struct gate *gate, struct readers *readers);

/*
 * A new configuration, which has to live until the next one has been taken over and in any case
 * until answers_free. Any thread.
 */
void answers_configure(struct answers *answers, const struct config *config);

/*
 * Ends the threads: what was asked is answered before, but for letters, exports and block lists
 * that wait, which are given up. No question may come any more. Also after answers_start has
 * failed.
 */
void answers_stop(struct answers *answers);

/*
 * Takes over what the question owns. It is answered later, or at once when there is no room for it.
 * Any worker, without the lock of the gate; never waits but for that lock.
 */
void answers_find(struct answers *answers, struct question *question);

/*
 * What a reader has found, for readers_options.answer. context: struct answers. The question stays
 * the caller's. A reading thread, or that of answers_find.
 */
void answers_give_page(void *context, struct question *question, const struct page *page);

#endif
