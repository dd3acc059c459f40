/* Pages without remains; see wipe_vfs.h. */
#include "store/wipe_vfs.h"

#include "base/alloc.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#define DATABASE_HEAD_BYTES 100
#define VACUUM_AT           52 /* in it: a number that is 0 without auto_vacuum */
#define PAGE_BYTES_MIN      512
#define PAGE_BYTES_MAX      65536

/* Kinds of b-tree pages, their first byte. */
enum {
    INTERIOR_INDEX = 2,
    INTERIOR_TABLE = 5,
    LEAF_INDEX = 10,
    LEAF_TABLE = 13,
};

/* Behind the system's own file, in the memory that SQLite has for it. */
struct wiped_file {
    sqlite3_io_methods methods; /* those of the system, but for two */
    const sqlite3_io_methods *system;
    unsigned char *page; /* owned: a copy of the one that is written; NULL: none was yet */
    int page_bytes;
    int64_t page_count; /* that the file has had at most */
    bool is_known;      /* what follows, and what the file has */
    bool is_vacuumed;   /* auto_vacuum */
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;

/* --- pages --- */

static size_t
number_at(const unsigned char *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

bool
wipe_find_unused(const unsigned char *page, size_t len, bool is_first, size_t *from_out,
                 size_t *to_out)
{
    size_t head = is_first ? DATABASE_HEAD_BYTES : 0;
    if (len < PAGE_BYTES_MIN || len > PAGE_BYTES_MAX)
        return false;
    bool is_leaf = page[head] == LEAF_INDEX || page[head] == LEAF_TABLE;
    if (!is_leaf && page[head] != INTERIOR_INDEX && page[head] != INTERIOR_TABLE)
        return false;
    size_t first_free = number_at(page + head + 1);
    size_t cell_count = number_at(page + head + 3);
    size_t cells_at = number_at(page + head + 5);
    size_t pointers_at = head + (is_leaf ? 8 : 12);
    size_t pointers_end = pointers_at + 2 * cell_count;
    if (cells_at == 0)
        cells_at = PAGE_BYTES_MAX; /* it does not fit in its two bytes */
    if (pointers_end > cells_at || cells_at > len || (first_free != 0 && first_free < cells_at))
        return false;
    for (size_t at = pointers_at; at < pointers_end; at += 2) {
        if (number_at(page + at) < cells_at)
            return false;
    }
    *from_out = pointers_end;
    *to_out = cells_at;
    return true;
}

static bool
is_zero(const unsigned char *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* --- files --- */

/* So that it lies as any struct may. */
static size_t
size_of_system_file(void)
{
    size_t unit = _Alignof(max_align_t);
    return ((size_t)system_vfs->szOsFile + unit - 1) / unit * unit;
}

static struct wiped_file *
wiped_of(sqlite3_file *file)
{
    return (struct wiped_file *)(void *)((char *)file + size_of_system_file());
}

/* Looks at what was there before the first page is written. */
static void
learn(struct wiped_file *wiped, sqlite3_file *file, int page_bytes)
{
    unsigned char vacuum[4] = {0};
    sqlite3_int64 size = 0;
    if (wiped->system->xFileSize(file, &size) != SQLITE_OK || /* the write will fail, too */
        (size > VACUUM_AT &&
         wiped->system->xRead(file, vacuum, sizeof vacuum, VACUUM_AT) != SQLITE_OK))
        return;
    wiped->is_vacuumed = !is_zero(vacuum, sizeof vacuum);
    wiped->page_count = size / page_bytes;
    wiped->is_known = true;
}

/* Whether the first byte of this page says what kind it is. */
static bool
is_clear(struct wiped_file *wiped, sqlite3_file *file, const unsigned char *page, int len,
         sqlite3_int64 at)
{
    if (len < PAGE_BYTES_MIN || at % len != 0) /* no page */
        return false;
    if (!wiped->is_known)
        learn(wiped, file, len);
    if (at == 0)
        wiped->is_vacuumed = !is_zero(page + VACUUM_AT, 4);
    if (at / len + 1 > wiped->page_count)
        wiped->page_count = at / len + 1;
    return wiped->is_known && !wiped->is_vacuumed && wiped->page_count <= WIPE_PAGES_MAX;
}

static const unsigned char *
wipe(struct wiped_file *wiped, const unsigned char *page, size_t len, size_t from, size_t to)
{
    if ((size_t)wiped->page_bytes < len) {
        cf_free(wiped->page);
        wiped->page = cf_alloc(len);
        wiped->page_bytes = (int)len;
    }
    memcpy(wiped->page, page, from);
    memset(wiped->page + from, 0, to - from);
    memcpy(wiped->page + to, page + to, len - to);
    return wiped->page;
}

static int
write_wiped(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct wiped_file *wiped = wiped_of(file);
    const unsigned char *page = bytes;
    size_t from = 0;
    size_t to = 0;
    if (is_clear(wiped, file, page, len, at) &&
        wipe_find_unused(page, (size_t)len, at == 0, &from, &to) &&
        !is_zero(page + from, to - from))
        page = wipe(wiped, page, (size_t)len, from, to);
    return wiped->system->xWrite(file, page, len, at);
}

static int
close_wiped(sqlite3_file *file)
{
    struct wiped_file *wiped = wiped_of(file);
    cf_free(wiped->page);
    wiped->page = NULL;
    file->pMethods = wiped->system;
    return wiped->system->xClose(file);
}

/* A database for writing gets our two methods; all other files are the system's. */
static int
open_wiped(sqlite3_vfs *ours, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    (void)ours;
    int code = system_vfs->xOpen(system_vfs, name, file, flags, flags_out);
    if (code != SQLITE_OK || file->pMethods == NULL || !(flags & SQLITE_OPEN_MAIN_DB))
        return code;
    struct wiped_file *wiped = wiped_of(file);
    *wiped = (struct wiped_file){.methods = *file->pMethods, .system = file->pMethods};
    wiped->methods.xWrite = write_wiped;
    wiped->methods.xClose = close_wiped;
    file->pMethods = &wiped->methods;
    return code;
}

static void
register_vfs(void)
{
    system_vfs = sqlite3_vfs_find(NULL);
    assert(system_vfs != NULL);
    vfs = *system_vfs;
    vfs.zName = "confab-wipe";
    vfs.szOsFile = (int)(size_of_system_file() + sizeof(struct wiped_file));
    vfs.xOpen = open_wiped;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        vfs.zName = NULL;
}

const char *
wipe_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int result = pthread_once(&once, register_vfs);
    assert(result == 0);
    (void)result;
    return vfs.zName;
}
