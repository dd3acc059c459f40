#ifndef CONFAB_CONFIG_H
#define CONFAB_CONFIG_H

#include "base/log.h"
#include "hub/hub_config.h"
#include "net/fleet.h"
#include "net/settings.h"
#include "server/config_report.h"
#include "server/listen_url.h"
#include "wire/jwt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The configuration: what the YAML file says, checked, with defaults for all that it does not say.
 * The options stand in one table (options.h), from which the loader, `confab check` and the manual
 * are made. A config is immutable once it is in use; the main thread owns it. After a reload the
 * old one is kept until the server ends, as `previous` of the new one: readers may still hold its
 * strings, and reloads are few.
 */

/* From `workers`. */
struct config_workers {
    enum fleet_model model;
    uint32_t count; /* of FLEET_SHARED: 1..LIMIT_WORKERS */
    bool is_auto;   /* count is what this machine has */
};

/* Of tls.certificates; paths as given, relative ones start at the data folder. */
struct config_certificate {
    struct str file;
    struct str key; /* empty: in the same file */
};

/* How block lists are asked; which, is in hub. */
struct config_dnsbl {
    struct str nameservers; /* empty: the system's */
    int64_t timeout_ms;
    int64_t cache_ms;
};

/* How tokens are verified that one can log in with. */
struct config_tokens {
    enum jwt_algorithm algorithm; /* hub.takes_tokens is whether it is not JWT_OFF */
    struct str key_file;          /* relative ones start at the data folder */
    struct str issuer;
    struct str audience;
    struct str claim;
};

struct config {
    struct hub_config hub; /* but for version and created, which the server fills in */
    struct net_settings net;
    struct config_listen listen[LIMIT_LISTENERS];
    size_t listen_count;
    struct config_certificate certificates[LIMIT_CERTIFICATES];
    uint32_t sts_port;        /* as given; hub.sts_port is this, or found in listen */
    size_t certificate_count; /* 0: the data folder's own, made when it is missing */
    struct config_workers workers;
    struct config_dnsbl dnsbl;
    struct config_tokens tokens;
    struct jwt_verifier *token_verifier; /* owned: by tokens; NULL: off, or made by config_parse */
    struct str cloak_secret;             /* empty: in the data folder */
    struct str data_dir;                 /* as given */
    struct str motd_text;                /* as given; hub.motd is this or what is in the file */
    struct str motd_file;                /* as given */
    struct str mail_from;                /* see server/mailer.h */
    struct str mail_sendmail;
    struct str mail_smtp;
    uint32_t store_keep_days;
    uint32_t store_keep_messages;
    enum log_level log_level;
    struct str log_file; /* absolute, or relative to data_dir; empty: standard error */

    char **texts; /* what all the strings above point into, each with a NUL behind it */
    size_t text_count;
    size_t text_capacity;
    struct config *previous;
};

/* Where a configuration comes from. Strings are borrowed for the call. */
struct config_request {
    const char *path;     /* of the file; NULL: none, the defaults alone */
    const char *data_dir; /* these stand in place of what the file says; NULL: as in the file */
    const char *workers;
    const char *const *listen; /* listen_count of them; none: as in the file */
    size_t listen_count;
    bool is_for_data; /* only where the data are, and how they are kept, matters: the files that it
                       * names, such as keys, are not read, and need not be there */
};

/*
 * The file to load when none is given: confab.yaml in the working directory, else in /etc/confab;
 * NULL when there is neither. Static.
 */
const char *config_find(void);

/*
 * Loads a configuration. Returns NULL when the report, which is initialised, has got an error; it
 * may also have got warnings. Free with config_free.
 */
CF_NODISCARD struct config *config_load(const struct config_request *request,
                                        struct config_report *report);

/*
 * The same for the bytes of a file that is called name in the report. server.motd_file and
 * tokens.key_file are not read, nothing else of the system is asked.
 */
CF_NODISCARD struct config *config_parse(struct str bytes, const char *name,
                                         struct config_report *report);

/* Frees it and those before it; sets *config to NULL. */
void config_free(struct config **config);

/* Appends a path; a relative one starts at the data folder. */
void config_put_data_path(struct buf *out, const struct config *config, struct str path);

/* A copy of text that lives as long as the config, with a NUL behind it. */
struct str config_keep_text(struct config *config, struct str text);

/*
 * What a reload may not change (the table says which options): puts the names of those that
 * differ, for the operator; nothing when all are equal. The new values wait for a restart.
 */
void config_put_unreloadable(struct buf *out, const struct config *old,
                             const struct config *new_one);

/*
 * Replaces old, which is in use, by new_one: those options keep their old values, and old lives on
 * as new_one->previous.
 */
void config_take_over(struct config *new_one, struct config *old);

#endif
