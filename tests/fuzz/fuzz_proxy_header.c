/*
 * Headers of proxies: a prefix of a good one is "more", what is behind it changes nothing, and no
 * byte past the end is read (the bytes lie before a guard page of the sanitizer).
 */
#include "wire/proxy_header.h"

#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {.ptr = (const char *)data, .len = size};
    struct proxy_header header;
    if (proxy_header_parse(bytes, &header) != PROXY_OK)
        return 0;
    assert(header.len > 0);
    assert(header.len <= size);
    assert(header.len <= LIMIT_PROXY_HEADER_BYTES);
    for (size_t len = 0; len < header.len; len++) {
        struct proxy_header other;
        enum proxy_result result = proxy_header_parse(str_take(bytes, len), &other);
        assert(result == PROXY_MORE);
    }
    struct proxy_header exact;
    enum proxy_result result = proxy_header_parse(str_take(bytes, header.len), &exact);
    assert(result == PROXY_OK);
    assert(exact.len == header.len);
    assert(exact.is_local == header.is_local);
    assert(exact.source_port == header.source_port);
    return 0;
}
