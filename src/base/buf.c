/* Growing bytes with a maximum; see buf.h. */
#include "base/buf.h"

#include "base/alloc.h"
#include "base/number.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_MIN 64

void
buf_init(struct buf *buf, size_t size_max)
{
    assert(buf != NULL);
    assert(size_max > 0);
    *buf = (struct buf){.size_max = u32_from_size(size_max)};
}

void
buf_deinit(struct buf *buf)
{
    assert(buf != NULL);
    cf_free(buf->ptr);
    *buf = (struct buf){.size_max = buf->size_max};
}

void
buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->is_truncated = false;
}

struct str
buf_str(const struct buf *buf)
{
    return (struct str){.ptr = buf->ptr, .len = buf->len};
}

size_t
buf_room(const struct buf *buf)
{
    assert(buf->len <= buf->size_max);
    return buf->size_max - buf->len;
}

/* One byte more than the maximum may be allocated, for buf_nul_terminated. */
static void
grow_to(struct buf *buf, size_t needed)
{
    if (needed <= buf->capacity)
        return;
    size_t capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity > buf->size_max)
        capacity = needed > buf->size_max ? needed : buf->size_max;
    buf->ptr = cf_realloc_array(buf->ptr, capacity, 1);
    buf->capacity = u32_from_size(capacity);
}

void
buf_put(struct buf *buf, struct str bytes)
{
    assert(buf->size_max > 0);
    size_t room = buf_room(buf);
    if (bytes.len > room) {
        buf->is_truncated = true;
        bytes.len = room;
    }
    if (bytes.len == 0)
        return;
    grow_to(buf, buf->len + bytes.len);
    memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    buf->len += u32_from_size(bytes.len);
}

void
buf_put_byte(struct buf *buf, char byte)
{
    buf_put(buf, (struct str){.ptr = &byte, .len = 1});
}

void
buf_put_u64(struct buf *buf, uint64_t number)
{
    char digits[20];
    size_t start = sizeof digits;
    do {
        start--;
        digits[start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_put(buf, (struct str){.ptr = digits + start, .len = sizeof digits - start});
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char small[256];
    int len = vsnprintf(small, sizeof small, format, args);
    assert(len >= 0);
    if ((size_t)len < sizeof small) {
        buf_put(buf, (struct str){.ptr = small, .len = (size_t)len});
    } else {
        char *large = cf_alloc((size_t)len + 1);
        (void)vsnprintf(large, (size_t)len + 1, format, again); /* same arguments, same length */
        buf_put(buf, (struct str){.ptr = large, .len = (size_t)len});
        cf_free(large);
    }
    va_end(again);
}

void
buf_consume(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    if (len == 0)
        return;
    memmove(buf->ptr, buf->ptr + len, buf->len - len);
    buf->len -= u32_from_size(len);
}

char *
buf_reserve(struct buf *buf, size_t len)
{
    if (len > buf_room(buf))
        return NULL;
    grow_to(buf, buf->len + (len == 0 ? 1 : len)); /* never NULL, which means "no room" */
    return buf->ptr + buf->len;
}

void
buf_commit(struct buf *buf, size_t len)
{
    assert(len <= buf->capacity - buf->len);
    assert(len <= buf_room(buf));
    buf->len += u32_from_size(len);
}

const char *
buf_nul_terminated(struct buf *buf)
{
    grow_to(buf, (size_t)buf->len + 1);
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}
