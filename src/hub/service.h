#ifndef CONFAB_HUB_SERVICE_H
#define CONFAB_HUB_SERVICE_H

#include "hub/state.h"

/*
 * Services: names that answer to commands in messages, for people and clients that know nothing
 * newer. They are no users: nobody can have their nicks, and they are in no channel. What they do
 * is done by the same code as the commands of the protocol.
 *
 *     /msg NickServ HELP      /NS HELP
 */
struct account;

struct service_call {
    struct call *call;
    const struct service *service;
    const struct service_command *command;
    const struct str *words; /* behind the command's name */
    size_t word_count;
};

typedef void service_fn(const struct service_call *service_call);

#define SERVICE_WORDS_MAX 4

/* Flags. */
#define SERVICE_LOGGED_IN 0x1U /* only for those who are logged in */
#define SERVICE_OPERATOR  0x2U /* only for operators with PRIVILEGE_BAN */

struct service_command {
    struct str name; /* upper case */
    service_fn *run;
    uint32_t words_min;
    uint32_t words_max; /* the last takes the rest */
    uint32_t flags;
    struct str syntax; /* for HELP, behind the name */
    struct str help;
};

/* A row of a service's table; tools/services reads them. */
#define SERVICE_COMMAND(name, run, words_min, words_max, flags, syntax, help)              \
    {                                                                                      \
        STR_INIT(name), run, words_min, words_max, flags, STR_INIT(syntax), STR_INIT(help) \
    }

struct service {
    struct str nick;
    struct str about; /* one line */
    const struct service_command *commands;
    size_t command_count;
};

/*
 * So that nobody erases anything by a slip: the code is shown first and has to be given, as the
 * word with that number. It is below SERVICE_CODE_LIMIT, and no secret.
 */
#define SERVICE_CODE_LIMIT 1000000
bool service_is_confirmed(const struct service_call *service_call, size_t word, unsigned code);

/*
 * A code for a name, another one each day, made of nothing else: it is the same after a restart.
 * The one that was shown the day before is good as well, since some are shown just before midnight.
 */
unsigned service_code(const struct hub *hub, struct str name);
bool service_is_confirmed_for(const struct service_call *service_call, size_t word,
                              struct str name);

/* NULL when there is none of that nick. */
const struct service *service_find(struct str nick);

/* Executes a message to the service. */
void service_execute(struct call *call, const struct service *service, struct str text);

/* A NOTICE of the service to the session of the call, when what the call has put on record is on
 * disk (confirm.h). */
void service_say(struct call *call, const struct service *service, const char *format, ...)
    CF_PRINTF(3, 4);

/* A NOTICE of the service to all sessions that are logged in to the account. */
void service_tell_account(struct hub *hub, const struct service *service,
                          const struct account *account, const char *format, ...) CF_PRINTF(4, 5);

#endif
