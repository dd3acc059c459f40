#ifndef CONFAB_CONFIG_YAML_H
#define CONFAB_CONFIG_YAML_H

#include "base/str.h"
#include "server/config.h"
#include "server/options.h"

/*
 * Reads the YAML of a configuration into a config that has the defaults, by the table of options.
 * libyaml is used as it is: it knows the line and column of each value, so that a mistake in the
 * middle of a list is reported where it stands. No thread state; the config's owner.
 *
 * Of YAML 1.1, what a configuration does not need is refused: anchors, aliases, tags and further
 * documents. So no value can be repeated without end.
 */

/* Where options were set, by option_index; zeroed places for those that were not. */
struct config_places {
    struct config_place of[OPTIONS_MAX];
};

/* name: of the file, in the report. Goes on after an error, to find more of them. */
void config_yaml_read(struct str bytes, const char *name, struct config *config,
                      struct config_places *places_out, struct config_report *report);

#endif
