/* SPDX-License-Identifier: MIT */
/*
 * trng.h - entropy for guests: the TRNG firmware interface 1.0 (DEN0098).
 */
#ifndef LAB5_TRNG_H
#define LAB5_TRNG_H

#include "arch/types.h"

/*
 * trng_call - a call with an id from TRNG_FIRST to TRNG_LAST, by either convention.
 * x: registers x0 to x3; x1 to x3 receive the results that the function has there.
 * random: as in struct smccc_host; NULL: no function is there.
 * Returns what is for x0.
 */
int64_t trng_call(uint64_t x[], bool (*random)(uint64_t *bits));

#endif
