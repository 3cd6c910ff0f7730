/* SPDX-License-Identifier: MIT */
/*
 * bystander.h - the guest beside the hostile one: it works, unit by unit, and knows what each
 * should come to.
 */
#ifndef TESTS_LAB4_BYSTANDER_H
#define TESTS_LAB4_BYSTANDER_H

#include "arch/types.h"

/*
 * HVC_REPORT, after each unit: x0 how many, x1 the result so far, x2 its timer's ticks, x3 what
 * it has found wrong (BYSTANDER_...), each a bit.
 */
#define BYSTANDER_TICK_US	300
#define BYSTANDER_REGISTERS	1	/* some register was not kept over an exit */
#define BYSTANDER_MEMORY	2	/* some word of its memory has changed */
#define BYSTANDER_INTERRUPT	4	/* an interrupt that is not its own */
#define BYSTANDER_EXCEPTION	8	/* an exception, and it had raised none */
#define BYSTANDER_TIME		16	/* time went backwards, or its timer came early */
#define BYSTANDER_SYSREGS	32	/* a system register of its own has changed */

/*
 * X(register, its value here): the hostile guest writes to all of them, the other one finds its
 * own in them. (MAIR and the like do nothing while the MMU is off.)
 */
#define BYSTANDER_REGISTERS_LIST(X)			\
	X(TPIDR_EL0, 0x1111222233334444)		\
	X(TPIDR_EL1, 0x5555666677778888)		\
	X(TPIDRRO_EL0, 0x9999aaaabbbbcccc)		\
	X(CONTEXTIDR_EL1, 0x12345678)			\
	X(FAR_EL1, 0x0000123456789abc)			\
	X(ESR_EL1, 0x56001234)				\
	X(MAIR_EL1, 0x0102030405060708)			\
	X(TTBR0_EL1, 0x0012000012345000)		\
	X(TTBR1_EL1, 0x0034000054321000)		\
	X(CNTKCTL_EL1, 0x302)				\
	X(CNTP_CVAL_EL0, 0x7fff123456789abc)		\
	X(ICC_PMR_EL1, 0xb8)				\
	X(ICC_IGRPEN1_EL1, 1)

/* One unit of work: what the result becomes. */
static inline uint64_t bystander_work(uint64_t result)
{
	unsigned int n;

	for (n = 0; n < 400; n++) {
		result ^= result << 13;
		result ^= result >> 7;
		result ^= result << 17;
		result += n;
	}
	return result;
}

#endif
