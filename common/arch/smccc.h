/* SPDX-License-Identifier: MIT */
/*
 * smccc.h - calling the firmware: the SMC Calling Convention (DEN0028).
 *
 * As much of it as the lower labs need (power off, CPU_ON); lab 5 teaches the whole.
 */
#ifndef ARCH_SMCCC_H
#define ARCH_SMCCC_H

#ifndef __aarch64__
#error "smccc.h is for the target: AArch64"
#endif

#include "arch/types.h"

#define SMCCC_NOT_SUPPORTED	(-1)

/* x0 to x3 after a call. */
struct smccc_result {
	uint64_t x0, x1, x2, x3;
};

/*
 * smc_call - SMC #0 with the function id in W0 and three arguments in x1 to x3.
 * Returns x0 to x3 as the firmware left them; by convention x0 is a signed result code.
 *
 * x4 to x17 are declared as clobbered: firmware that follows SMCCC 1.0 may change them (1.1 and
 * later keep them, DEN0028 section "Register use in AArch64 SMC and HVC calls"). "memory", because
 * calls like CPU_ON hand over data structures.
 */
static inline struct smccc_result smc_call(uint64_t function, uint64_t arg1, uint64_t arg2,
					   uint64_t arg3)
{
	register uint64_t x0 asm("x0") = function;
	register uint64_t x1 asm("x1") = arg1;
	register uint64_t x2 asm("x2") = arg2;
	register uint64_t x3 asm("x3") = arg3;

	asm volatile("smc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
		     :
		     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
		       "x15", "x16", "x17", "cc", "memory");
	return (struct smccc_result){ x0, x1, x2, x3 };
}

#endif
