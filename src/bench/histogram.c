/* Durations in logarithmic buckets; see histogram.h. */
#include "bench/histogram.h"

#include <assert.h>

#define SUB_BITS 5

static_assert(1 << SUB_BITS == HISTOGRAM_SUB_BUCKETS, "sub-buckets");

/* Values under 32 have a bucket each; above, the five bits below the highest one choose. */
static uint32_t
bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_SUB_BUCKETS)
        return (uint32_t)value;
    uint32_t highest = 63U - (uint32_t)__builtin_clzll(value);
    uint32_t row = highest - SUB_BITS + 1;
    uint32_t column = (uint32_t)(value >> (highest - SUB_BITS)) & (HISTOGRAM_SUB_BUCKETS - 1);
    uint32_t bucket = row * HISTOGRAM_SUB_BUCKETS + column;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static int64_t
bucket_end(uint32_t bucket)
{
    uint32_t row = bucket / HISTOGRAM_SUB_BUCKETS;
    uint64_t column = bucket % HISTOGRAM_SUB_BUCKETS;
    if (row == 0)
        return (int64_t)column;
    return (int64_t)(((column + HISTOGRAM_SUB_BUCKETS + 1) << (row - 1)) - 1);
}

void
histogram_add(struct histogram *histogram, int64_t ns)
{
    if (ns < 0)
        ns = 0;
    histogram->counts[bucket_of((uint64_t)ns)]++;
    histogram->total++;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
}

int64_t
histogram_percentile_ns(const struct histogram *histogram, double share)
{
    assert(share >= 0);
    assert(share <= 1);
    if (histogram->total == 0)
        return 0;
    uint64_t rank = (uint64_t)(share * (double)histogram->total);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > rank || seen == histogram->total) {
            int64_t end = bucket_end(i);
            return end < histogram->max_ns ? end : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}
