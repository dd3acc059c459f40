/* Message ids; see msgid.h. */
#include "base/msgid.h"

#include <assert.h>

#define COUNTER_BITS 14
#define NODE_BITS    7
#define TIME_SHIFT   (COUNTER_BITS + NODE_BITS)
#define TIME_MAX     ((UINT64_C(1) << 42) - 1)

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
static_assert(sizeof alphabet - 1 == 32, "base 32");

uint64_t
msgid_first_at(int64_t wall_ms)
{
    uint64_t since = wall_ms < MSGID_EPOCH_MS ? 0 : (uint64_t)(wall_ms - MSGID_EPOCH_MS);
    return (since > TIME_MAX ? TIME_MAX : since) << TIME_SHIFT;
}

uint64_t
msgid_next(uint64_t last, int64_t wall_ms, uint32_t node)
{
    assert(node <= MSGID_NODE_MAX);
    uint64_t now = wall_ms < MSGID_EPOCH_MS ? 0 : (uint64_t)(wall_ms - MSGID_EPOCH_MS);
    if (now > TIME_MAX)
        now = TIME_MAX;
    uint64_t last_time = last >> TIME_SHIFT;
    if (now > last_time)
        return now << TIME_SHIFT | (uint64_t)node << COUNTER_BITS;
    uint64_t counter = (last & ((1U << COUNTER_BITS) - 1)) + 1;
    if (counter >> COUNTER_BITS != 0) {
        counter = 0;
        last_time++;
    }
    return last_time << TIME_SHIFT | (uint64_t)node << COUNTER_BITS | counter;
}

int64_t
msgid_wall_ms(uint64_t id)
{
    return (int64_t)(id >> TIME_SHIFT) + MSGID_EPOCH_MS;
}

void
msgid_to_text(uint64_t id, char out[MSGID_TEXT_LEN])
{
    for (int i = MSGID_TEXT_LEN - 1; i >= 0; i--) {
        out[i] = alphabet[id & 31];
        id >>= 5;
    }
}

bool
msgid_from_text(struct str text, uint64_t *id_out)
{
    if (text.len != MSGID_TEXT_LEN)
        return false;
    uint64_t id = 0;
    for (size_t i = 0; i < text.len; i++) {
        size_t value = str_find_byte((struct str){.ptr = alphabet, .len = 32}, text.ptr[i]);
        if (value == 32 || id >> 58 != 0)
            return false;
        id = id << 5 | value;
    }
    *id_out = id;
    return true;
}
