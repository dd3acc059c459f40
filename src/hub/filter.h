#ifndef CONFAB_FILTER_H
#define CONFAB_FILTER_H

#include "base/buf.h"
#include "hub/state.h"

/*
 * The spam filter: rules with a regular expression each, and what is done with text in which it is
 * found. Rules come from the configuration and from FILTER ADD; those stay until the server ends.
 * A text is searched as it is, without its formatting, and with its letters replaced by the ASCII
 * ones that they look like. Without rules for a kind of text it costs one comparison. Part of the
 * hub's state, guarded by its lock.
 */

/* With hub_new and hub_free, around all else. */
void filter_init(struct hub *hub);
void filter_deinit(struct hub *hub);

/* Takes the rules from the configuration; those that are unchanged keep their counts. */
void filter_configure(struct hub *hub);

enum filter_result {
    FILTER_PASS,
    FILTER_BLOCKED, /* the user has been told */
    FILTER_HIDDEN,  /* it must look to the user as if it had been sent */
    FILTER_ENDED,   /* the user of the call is gone, and the verdict set */
};

/* What is checked. */
struct filter_text {
    uint32_t target; /* one FILTER_IN_ bit */
    const struct str *lines;
    size_t line_count;
    bool is_voiced;     /* in the channel that it is for */
    struct str context; /* of the refusal: the target, or the new nick; empty: none */
};

/* Checks a text of the user of the call, or of its session before registration. */
CF_NODISCARD enum filter_result filter_check(struct call *call, const struct filter_text *text);

/* The same for one line that is not for a channel; true when it may be used. FILTER_HIDDEN is a
 * refusal without a word: what others would see is not changed. */
CF_NODISCARD bool filter_allows(struct call *call, uint32_t target, struct str line);

/* STATS f: one line for each rule. */
void filter_stats(struct call *call);

/* What the FILTER_IN_ and FILTER_EXEMPTS_ bits, and the actions, are called. */
extern const struct str filter_target_words[FILTER_IN_COUNT];
extern const struct str filter_exempt_words[FILTER_EXEMPTS_COUNT];
extern const struct str filter_action_words[FILTER_ACTION_COUNT];

/* "channel,private": bits as their words, and back; false when there is another word. Pure. */
void filter_put_words(struct buf *out, uint32_t bits, const struct str *words);
CF_NODISCARD bool filter_parse_words(struct str text, const struct str *words, size_t count,
                                     uint32_t *bits_out);

/* Letters, digits, - and _, at most LIMIT_FILTER_NAME_BYTES. Pure. */
bool filter_is_rule_name(struct str name);

#endif
