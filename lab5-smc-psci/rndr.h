/* SPDX-License-Identifier: MIT */
/* rndr.h - the CPU's own random numbers (FEAT_RNG), for guests that ask for some (trng.h). */
#ifndef LAB5_RNDR_H
#define LAB5_RNDR_H

#include "arch/sysreg.h"

#define ID_AA64ISAR0_RNDR	GENMASK(63, 60)

/* More tries in a row than the CPU should ever need; then "none now". */
#define RNDR_TRIES		10

static inline bool rndr_is_there(void)
{
	return FIELD_GET(ID_AA64ISAR0_RNDR, read_sysreg(ID_AA64ISAR0_EL1)) != 0;
}

/*
 * rndr_read - 64 random bits, from a source that was seeded anew for them: RNDRRS, of which the Arm ARM says
 * that it may fail (PSTATE.NZCV is 0b0100 then). Returns whether there are any. With FEAT_RNG only.
 */
static inline bool rndr_read(uint64_t *bits)
{
	unsigned int n, good;

	for (n = 0; n < RNDR_TRIES; n++) {
		asm volatile("mrs %0, S3_3_C2_C4_1\n\tcset %w1, ne" : "=r"(*bits), "=r"(good) :: "cc");
		if (good)
			return true;
	}
	return false;
}

#endif
