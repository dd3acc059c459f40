#ifndef CONFAB_TESTS_CHAT_STAGE_H
#define CONFAB_TESTS_CHAT_STAGE_H

#include "chat/model.h"

/*
 * The terminal client's model with a test in the place of the server, the keyboard and the screen.
 * It is 08:00 UTC on 2027-01-15. Each call forgets what came out of the one before.
 */
struct chat_stage {
    struct chat_model *model;
    struct chat_output out;
};

/* A model that wants to be alice; channels: separated by spaces. */
void chat_stage_open(struct chat_stage *stage, struct str channels);
/* The same, logging in to an account first. */
void chat_stage_open_account(struct chat_stage *stage, struct str channels, struct str account,
                             struct str password);
void chat_stage_close(struct chat_stage *stage);

/*
 * Connects and registers as alice; caps: what the server offers, separated by spaces. The channels
 * are asked for, but not joined yet.
 */
void chat_stage_register(struct chat_stage *stage, struct str caps);

/* Joins, with bob there before. */
void chat_stage_join(struct chat_stage *stage, struct str channel);

/* Lines of the server, separated by '\n'. */
void chat_stage_hear(struct chat_stage *stage, struct str lines);

/* Lines of the keyboard, separated by '\n'. */
void chat_stage_type(struct chat_stage *stage, struct str lines);

/* What came out of the last call. */
struct str chat_stage_shown(const struct chat_stage *stage);
struct str chat_stage_sent(const struct chat_stage *stage);
struct str chat_stage_returned(const struct chat_stage *stage);

/* The prompt now; valid until the next call. */
struct str chat_stage_prompt(struct chat_stage *stage);

/* The candidates now; valid until the next call. */
struct str chat_stage_complete(struct chat_stage *stage, struct str text);

#endif
