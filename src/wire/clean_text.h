#ifndef CONFAB_CLEAN_TEXT_H
#define CONFAB_CLEAN_TEXT_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Text of others made fit for a terminal: what is shown can move no cursor, change no colour, and
 * not reverse the order in which the rest of the line is read. Pure, any thread.
 */

/*
 * Appends text without control characters (C0 but for tabs, DEL, C1, which begin escape
 * sequences), without IRC's codes for colours and their numbers, and without Unicode's controls of
 * direction and line ends. Bytes that are no UTF-8 become U+FFFD.
 * Spec: modern.ircdocs "Formatting" (mIRC colours, hex colours); Unicode TR9 2.1-2.2.
 */
void clean_text_put(struct buf *out, struct str text);

/* Whether text has IRC's codes for colours, bold and the like in it. */
bool clean_text_has_formatting(struct str text);

/* Appends text without these, and otherwise as it is. */
void clean_text_put_unformatted(struct buf *out, struct str text);

#endif
