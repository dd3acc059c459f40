#ifndef CONFAB_OPTION_RULES_H
#define CONFAB_OPTION_RULES_H

#include "server/option_kind.h"

/*
 * Types of options for rules against abuse: how each is read and written, for the table in
 * option_kind.c. The contracts are those of struct option_kind.
 */

/* struct hub_rate: "20/1m" is 20 at once, and 20 more in a minute; "off" any number. */
bool rules_read_rate(const struct option_input *in, void *field);
void rules_put_rate(const void *field, struct buf *out);

/* enum name_scripts. */
bool rules_read_scripts(const struct option_input *in, void *field);
void rules_put_scripts(const void *field, struct buf *out);

/* struct str: a mask of nicks, or of channels when it begins with '#'. */
bool rules_read_name_mask(const struct option_input *in, void *field);

/* Of a filter rule: struct str, enum filter_action, and uint32_t with the bits of hub_config.h. */
bool rules_read_filter_name(const struct option_input *in, void *field);
bool rules_read_pattern(const struct option_input *in, void *field);
bool rules_read_action(const struct option_input *in, void *field);
void rules_put_action(const void *field, struct buf *out);
bool rules_read_targets(const struct option_input *in, void *field);
void rules_put_targets(const void *field, struct buf *out);
bool rules_read_exempts(const struct option_input *in, void *field);
void rules_put_exempts(const void *field, struct buf *out);

/* enum dnsbl_action. */
bool rules_read_dnsbl_action(const struct option_input *in, void *field);
void rules_put_dnsbl_action(const void *field, struct buf *out);

/* enum hub_policy. */
bool rules_read_policy(const struct option_input *in, void *field);
void rules_put_policy(const void *field, struct buf *out);

/* enum jwt_algorithm. */
bool rules_read_token_algorithm(const struct option_input *in, void *field);
void rules_put_token_algorithm(const void *field, struct buf *out);

/* struct str: "192.0.2.1,192.0.2.2:5353,[2001:db8::1]:53"; empty: the system's. */
bool rules_read_nameservers(const struct option_input *in, void *field);

#endif
