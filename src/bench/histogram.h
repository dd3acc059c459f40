#ifndef CONFAB_HISTOGRAM_H
#define CONFAB_HISTOGRAM_H

#include <stdint.h>

/*
 * Counts of durations, in buckets whose width is at most 1/32 of their value: percentiles are
 * right within 3 %, from one nanosecond to over two minutes. A value; zeroed it is empty.
 */
#define HISTOGRAM_SUB_BUCKETS 32
#define HISTOGRAM_BUCKETS     (HISTOGRAM_SUB_BUCKETS * 34)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    int64_t max_ns;
};

/* ns: negative counts as 0. */
void histogram_add(struct histogram *histogram, int64_t ns);

/* The value that a share of all (0..1) does not exceed; 0 when it is empty. */
int64_t histogram_percentile_ns(const struct histogram *histogram, double share);

#endif
