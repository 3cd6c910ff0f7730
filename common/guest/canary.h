/* SPDX-License-Identifier: MIT */
/*
 * canary.h - fill the registers with a pattern, leave for the hypervisor, and see what is left of it.
 */
#ifndef GUEST_CANARY_H
#define GUEST_CANARY_H

#define CANARY_X		0
#define CANARY_SP_EL0		248
#define CANARY_NZCV		256
#define CANARY_FPCR		264
#define CANARY_FPSR		272
#define CANARY_V		288
#define CANARY_SIZE		800

#ifndef __ASSEMBLER__

#include "arch/types.h"

/* The registers that a program has under its own hands. */
struct canary {
	uint64_t x[31];
	uint64_t sp_el0;
	uint64_t nzcv;		/* PSTATE.N, Z, C, V in bits 31 to 28 */
	uint64_t fpcr, fpsr;
	uint64_t pad;
	uint64_t v[32][2];
};
ASSERT_OFFSET(struct canary, sp_el0, CANARY_SP_EL0);
ASSERT_OFFSET(struct canary, nzcv, CANARY_NZCV);
ASSERT_OFFSET(struct canary, fpcr, CANARY_FPCR);
ASSERT_OFFSET(struct canary, fpsr, CANARY_FPSR);
ASSERT_OFFSET(struct canary, v, CANARY_V);
ASSERT_SIZE(struct canary, CANARY_SIZE);

/*
 * canary_hvc - load all of "in" into the registers, exit by HVC_YIELD, and store what the registers hold
 * then to "out". canary_gpr is the same without FP: for a guest that does not use it.
 */
void canary_hvc(const struct canary *in, struct canary *out);
void canary_gpr(const struct canary *in, struct canary *out);

/* A pattern that differs in every register and for every seed. */
void canary_fill(struct canary *canary, uint64_t seed);

/*
 * canary_compare - the number of registers that differ. gprs_only: V0 to V31, FPCR and FPSR are not
 * looked at. first: receives the number of the first that differs (0 to 30 x, 31 SP_EL0, 32 NZCV,
 * 33 FPCR, 34 FPSR, 64 + 2n and 65 + 2n the halves of Vn), when there is one.
 */
unsigned int canary_compare(const struct canary *a, const struct canary *b, bool gprs_only,
			    unsigned int *first);

/* The number of registers that a comparison looks at. */
#define CANARY_REGISTERS	(31 + 4 + 32)
#define CANARY_GPRS		(31 + 2)

#endif
#endif
