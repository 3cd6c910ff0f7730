/* SPDX-License-Identifier: MIT */
/* psci.h - a guest's calls to its firmware, by the one conduit or the other (DEN0028, DEN0022). */
#ifndef GUEST_PSCI_H
#define GUEST_PSCI_H

#include "arch/psci.h"
#include "arch/types.h"

/* HVC #0 or SMC #0; the arguments' values are taken first, and x0 is the result. */
#define GUEST_CALL(instruction, function, a, b, c) ({					\
	uint64_t f_ = (function), a_ = (a), b_ = (b), c_ = (c);				\
	register uint64_t x0_ asm("x0") = f_;						\
	register uint64_t x1_ asm("x1") = a_;						\
	register uint64_t x2_ asm("x2") = b_;						\
	register uint64_t x3_ asm("x3") = c_;						\
	asm volatile(instruction " #0" : "+r"(x0_), "+r"(x1_), "+r"(x2_), "+r"(x3_)	\
		     :: "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",	\
			"x14", "x15", "x16", "x17", "memory");				\
	(int64_t)x0_;									\
})
#define guest_call_hvc(function, a, b, c)	GUEST_CALL("hvc", function, a, b, c)
#define guest_call_smc(function, a, b, c)	GUEST_CALL("smc", function, a, b, c)

#endif
