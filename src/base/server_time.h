#ifndef CONFAB_SERVER_TIME_H
#define CONFAB_SERVER_TIME_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * "2026-11-23T19:24:05.123Z" as milliseconds since 1970, in UTC. False when it is anything else.
 * Pure, any thread. Spec: IRCv3 server-time.
 */
CF_NODISCARD bool server_time_parse(struct str text, int64_t *wall_ms_out);

#endif
