#ifndef CONFAB_TESTS_STORE_STAGE_H
#define CONFAB_TESTS_STORE_STAGE_H

#include "hub/page.h"
#include "store/store.h"

/* A store under test, on disk in a folder of its own or in memory. All fail the test by
 * themselves. */

/* Runs a test on a new store of each kind. */
void for_each_kind(void (*test)(struct store *store));

/* The folder of the store on disk, which has to be empty but for the store when it is removed. */
void make_folder(void);
void remove_folder(void);
struct store *open_sqlite(void);
const char *store_path(void);

/* On the database itself, while no store has it open or beside it. */
void run_sql(const char *sql);

/* --- what is put in: within a transaction, but for the first three --- */

void begin(struct store *store);
void commit(struct store *store);

/* text: STR_NONE for none. The source is alice. */
struct event *make_event(enum event_kind kind, const char *command, uint64_t msgid,
                         struct str target, struct str text);

/* Takes over the record; the event. */
void apply(struct store *store, struct record record);
void apply_event(struct store *store, struct event *event, const char *targets);

void say(struct store *store, uint64_t msgid, const char *target, const char *text);
void join(struct store *store, uint64_t msgid, const char *target);

/* Transactions of their own: clears all away; returns in how many steps. */
size_t tidy_to(struct store *store, const struct store_limits *limits);
size_t tidy_older(struct store *store, uint64_t oldest);
size_t tidy(struct store *store);

/* --- what is read --- */

/* "10 20 30 end": the ids of a page, and whether it is the last one, else "...". */
void check_page(struct store *store, const struct page_query *query, const char *expected);

/* All that is kept of a target. */
void check_all(struct store *store, const char *target, const char *expected);

#endif
