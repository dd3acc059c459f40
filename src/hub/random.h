#ifndef CONFAB_HUB_RANDOM_H
#define CONFAB_HUB_RANDOM_H

#include "hub/state.h"

/*
 * Randomness for secrets. Each input of the hub brings 64 fresh bits; the last four of them, with
 * what was made before, are the seed. Deterministic like all of the hub: the same inputs give the
 * same secrets, and nobody else knows the inputs. Part of the hub, guarded by its lock.
 */
#define HUB_RANDOM_BYTES 32

/* An input has come. */
void hub_random_stir(struct hub *hub, uint64_t entropy);

/* Unpredictable bytes, others each time. */
void hub_random(struct hub *hub, unsigned char out[HUB_RANDOM_BYTES]);

#endif
