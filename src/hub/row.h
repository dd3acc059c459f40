#ifndef CONFAB_HUB_ROW_H
#define CONFAB_HUB_ROW_H

#include <stdint.h>

/*
 * The kinds of rows that the hub keeps (RECORD_ROW). The numbers are on disk: a new kind gets a new
 * one, and none is ever used for something else.
 */
enum row_kind {
    ROW_ACCOUNT = 1,     /* account_row.h */
    ROW_CHANNEL = 2,     /* channel_row.h */
    ROW_READ_MARKER = 3, /* read_marker.h */
    ROW_METADATA = 4,    /* metadata.h */
    ROW_MEMBERSHIP = 5,  /* presence_row.h */
    ROW_SERVER_BAN = 6,  /* server_ban_row.h */
    ROW_CREDENTIAL = 7,  /* factor.h */
    ROW_SETTING = 8,     /* account_setting.h */
    ROW_INVITE = 9,      /* invite_link.h */
    ROW_DEVICE = 10,     /* device.h */
    ROW_SEQ = 12,        /* keep.h; made by the store itself of the messages that it keeps */
    ROW_TXN = 13,        /* txn.h */
    ROW_PURGE = 14,      /* purge.h */
    ROW_DEFCON = 15,     /* defcon.h */
};

/* The highest number that a row may come with whose key is its number, in twelve digits: as many
 * are left for new ones, so that none of those gets a number that is not taken at the next start.
 */
#define ROW_NUMBER_MAX UINT64_C(499999999999)

#endif
