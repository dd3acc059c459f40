#ifndef CONFAB_BUF_H
#define CONFAB_BUF_H

#include "base/attr.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A growing run of bytes that it owns, with a maximum it never passes: what does not fit is cut
 * off and remembered in is_truncated. Zeroed (buf_init) it owns nothing and costs no allocation.
 * One owner thread.
 */
struct buf {
    char *ptr;
    uint32_t len; /* the sizes are short, since each connection has some of them */
    uint32_t capacity;
    uint32_t size_max;
    bool is_truncated;
};

/* size_max: bytes that it may ever hold, at least 1, less than 4 GiB. */
void buf_init(struct buf *buf, size_t size_max);

/* Frees the bytes and zeroes *buf but for its maximum; may be used again. */
void buf_deinit(struct buf *buf);

/* Forgets the content, keeps the memory. */
void buf_clear(struct buf *buf);

/* The content; valid until the next change. */
struct str buf_str(const struct buf *buf);

/* How many more bytes may be put in before the maximum. */
size_t buf_room(const struct buf *buf);

/* What does not fit is cut off. */
void buf_put(struct buf *buf, struct str bytes);
void buf_put_byte(struct buf *buf, char byte);

/* Decimal. */
void buf_put_u64(struct buf *buf, uint64_t number);

/* snprintf onto the end. The format's result may be of any length. */
void buf_printf(struct buf *buf, const char *format, ...) CF_PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args) CF_PRINTF(2, 0);

/* Forgets the first `len` bytes. len <= buf->len. */
void buf_consume(struct buf *buf, size_t len);

/*
 * Room for `len` more bytes to be written at the returned address, then counted with buf_commit;
 * NULL when the maximum does not allow it.
 */
CF_NODISCARD char *buf_reserve(struct buf *buf, size_t len);

/* len: at most what was reserved. */
void buf_commit(struct buf *buf, size_t len);

/* The content with a NUL behind it (not counted), for libc; valid until the next change. */
const char *buf_nul_terminated(struct buf *buf);

#endif
