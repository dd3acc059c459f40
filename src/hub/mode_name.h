#ifndef CONFAB_MODE_NAME_H
#define CONFAB_MODE_NAME_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Names of modes and ranks, beside their letters: those that the draft has, and others with our
 * prefix. Pure, any thread. Spec: draft named-modes (ircv3-specifications pull request 484).
 */

/* Empty when the letter is none, which a test rules out for those in the tables of mode.h. */
struct str mode_name_of_channel(char letter);
struct str mode_name_of_user(char letter);

/* With or without our prefix; '\0' when there is none of that name. */
char mode_letter_of_channel(struct str name);
char mode_letter_of_user(struct str name);

/* '1' to '5': list, parameter twice, parameter when set, flag, rank. */
char mode_type_of_channel(char letter);

/* One change out of the parameters of a MODE line: "+ov-k", nick, nick, key. */
struct mode_step {
    char sign;
    char letter;
    struct str param; /* ptr NULL: none */
};

struct mode_steps {
    struct str letters;
    const struct str *params; /* those behind the letters */
    size_t count;
    bool is_of_channel;
    char sign;
};

/* letters: the first parameter behind the target; params: the others. */
void mode_steps_init(struct mode_steps *steps, bool is_of_channel, struct str letters,
                     const struct str *params, size_t count);

/* False at the end. */
bool mode_steps_next(struct mode_steps *steps, struct mode_step *step_out);

/* Appends "+name=param"; without a sign when has_sign is false. */
void mode_step_put(struct buf *out, const struct mode_step *step, bool is_of_channel,
                   bool has_sign);

#endif
