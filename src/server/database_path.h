#ifndef CONFAB_DATABASE_PATH_H
#define CONFAB_DATABASE_PATH_H

#include "base/attr.h"
#include "base/buf.h"
#include "server/config.h"

#include <stdbool.h>
#include <stdio.h>

/* Which database the commands are about that look at one: the server's, by its configuration. */
struct database_choice {
    const char *config_path; /* --config; NULL: the usual places (config_find) */
    const char *data_dir;    /* --data; NULL: the configuration's */
};

#define DATABASE_PATH_BYTES_MAX 8192 /* a folder and a path within it: for buf_init */

/* What stands in the usage of such a command. */
#define DATABASE_OPTIONS_USAGE                          \
    "  -c, --config FILE  the server's configuration\n" \
    "  -d, --data DIR     its data folder, instead of the configuration's\n"

/* Rows of the table of such a command's options. */
#define DATABASE_OPTIONS(choice)                                       \
    {.name = "config", .letter = 'c', .text = &(choice)->config_path}, \
    {                                                                  \
        .name = "data", .letter = 'd', .text = &(choice)->data_dir     \
    }

/* The configuration that says it, to be freed with config_free; NULL, and told on `err`, when that
 * has errors. */
CF_NODISCARD struct config *database_config(const struct database_choice *choice, FILE *err);

/* Appends the path of the configuration's database. */
void database_path_put(const struct config *config, struct buf *path);

/* Both at once, for those who need nothing else of it; false, and told, when it has errors. */
CF_NODISCARD bool database_path_find(const struct database_choice *choice, struct buf *path,
                                     FILE *err);

#endif
