#ifndef CONFAB_WIPE_VFS_H
#define CONFAB_WIPE_VFS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SQLite's way to the files (a VFS), over the system's, on which nothing of what is erased stays in
 * a database. With secure_delete SQLite overwrites rows that are deleted, but not the copies that
 * are left where rows have been: when pages of a table get emptier, it moves rows between them, and
 * their old bytes stay in the part of a page that is used for nothing (SQLite 3.40, rebuildPage).
 * Here zeros stand in that part of each page that is written to the database. The log (WAL) is
 * written as it comes, since its pages have checksums; it is cleared otherwise (store_sqlite.h).
 *
 * SPEC: SQLite's file format, 1.6 "B-tree Pages": nothing is kept in the unallocated region, which
 * lies between the cell pointers and the cells. What kind of page it is stands in its first byte
 * only, where others have a page's number: so nothing is wiped with auto_vacuum, which confab does
 * not use, nor beyond WIPE_PAGES_MAX pages (64 GiB), below which that byte of a number is 0.
 */
#define WIPE_PAGES_MAX (INT64_C(1) << 24)

/* Its name for sqlite3_open_v2. Any thread. NULL: there is no memory to make it. */
const char *wipe_vfs(void);

/* Which part of a page of a database stands for nothing. False when it is no page of a tree, or
 * makes no sense. len: of the whole page. is_first: of the database, with its head of 100 bytes.
 * Pure. */
CF_NODISCARD bool wipe_find_unused(const unsigned char *page, size_t len, bool is_first,
                                   size_t *from_out, size_t *to_out);

#endif
