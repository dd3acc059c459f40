#ifndef CONFAB_TESTS_TRANSCRIPT_STAGE_H
#define CONFAB_TESTS_TRANSCRIPT_STAGE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The stage of a transcript: a hub on the rig, its players, and what comes of each step. The steps
 * are described in transcripts/README.md. One thread.
 */
struct stage;

/* A line that came of a step. */
struct stage_output {
    size_t player;   /* index, or STAGE_SERVER */
    struct str text; /* owned by the stage: bytes, without the line's end */
};

/* Stands for what the server's other parts are asked or told. */
#define STAGE_SERVER SIZE_MAX

/* failed: does not return; context is handed to it. Free with stage_free. */
struct stage *stage_new(void (*failed)(void *context, const char *text), void *context);
void stage_free(struct stage **stage);

/*
 * Plays a step, until nothing more comes of it. False when it can't be understood or done, and
 * `why` says why. Outputs are kept until the next step.
 */
CF_NODISCARD bool stage_play(struct stage *stage, struct str step, struct buf *why);

size_t stage_output_count(const struct stage *stage);
const struct stage_output *stage_output_at(const struct stage *stage, size_t index);

/* Index of a name, STAGE_SERVER when nobody has it. */
size_t stage_find_player(const struct stage *stage, struct str name);
size_t stage_player_count(const struct stage *stage);
struct str stage_player_name(const struct stage *stage, size_t player);

/* Who acts in a step, STAGE_SERVER for nobody. */
size_t stage_actor(const struct stage *stage);

#endif
