#ifndef CONFAB_KEYS_H
#define CONFAB_KEYS_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a terminal sends, cut into keys: characters, control characters, and the escape sequences
 * that xterm, tmux, the Linux console and rxvt send for the keys that move and delete. Unknown
 * sequences are swallowed whole, so that no half of one ends up in what is typed. Pure, any thread.
 */
enum key_kind {
    KEY_TEXT,  /* a character to insert, never a control character */
    KEY_EDIT,  /* a command of the line editor */
    KEY_ENTER, /* the line is complete */
    KEY_COMPLETE,
    KEY_END,   /* Ctrl-D: the end of input when the line is empty, else deletes */
    KEY_CLEAR, /* Ctrl-L */
    KEY_NONE,  /* means nothing here */
};

enum edit_command {
    EDIT_LEFT,
    EDIT_RIGHT,
    EDIT_WORD_LEFT,
    EDIT_WORD_RIGHT,
    EDIT_LINE_START,
    EDIT_LINE_END,
    EDIT_OLDER,
    EDIT_NEWER,
    EDIT_DELETE_LEFT,
    EDIT_DELETE_RIGHT,
    EDIT_DELETE_WORD_LEFT,
    EDIT_DELETE_WORD_RIGHT,
    EDIT_DELETE_TO_END,
    EDIT_DELETE_LINE,
    EDIT_YANK, /* puts back what was deleted last */
    EDIT_TRANSPOSE,
    EDIT_COMMAND_COUNT,
};

struct key {
    enum key_kind kind;
    uint32_t code_point;       /* of KEY_TEXT */
    enum edit_command command; /* of KEY_EDIT */
};

/*
 * Takes the next key from *input. False, with *input unchanged, when it holds only the beginning
 * of one, which includes a lone ESC.
 */
CF_NODISCARD bool keys_next(struct str *input, struct key *key_out);

#endif
