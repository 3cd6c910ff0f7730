/* SPDX-License-Identifier: MIT */
/*
 * smccc.h - calling the firmware: the SMC Calling Convention (DEN0028).
 *
 * As much of it as the lower labs need (power off, CPU_ON); lab 5 teaches the whole.
 */
#ifndef ARCH_SMCCC_H
#define ARCH_SMCCC_H

/* A function id. */
#define SMCCC_FAST		0x80000000	/* a fast call; without it a yielding one */
#define SMCCC_64		0x40000000	/* the 64-bit convention */
#define SMCCC_OWNER		0x3f000000	/* who defines the function: */
#define SMCCC_OWNER_ARCH	0x00000000	/*  0 Arm, the architecture */
#define SMCCC_OWNER_CPU		0x01000000	/*  1 the CPU */
#define SMCCC_OWNER_SIP		0x02000000	/*  2 the silicon partner */
#define SMCCC_OWNER_OEM		0x03000000	/*  3 the maker of the machine */
#define SMCCC_OWNER_STANDARD	0x04000000	/*  4 Arm, standard secure services: PSCI, TRNG, ... */
#define SMCCC_OWNER_STANDARD_HYP	0x05000000	/*  5 Arm, standard hypervisor services */
#define SMCCC_OWNER_VENDOR_HYP	0x06000000	/*  6 the hypervisor's own */
#define SMCCC_OWNER_APPLICATION	0x30000000	/* 48 and 49 Trusted Applications */
#define SMCCC_OWNER_APPLICATION_LAST	0x31000000
#define SMCCC_OWNER_TRUSTED_OS	0x32000000	/* 50 to 63 Trusted OSes */
#define SMCCC_OWNER_TRUSTED_OS_LAST	0x3f000000
#define SMCCC_ZERO		0x00ff0000	/* has to be 0 in a fast call */
#define SMCCC_NUMBER		0x0000ffff

/* Functions of the architecture. All of them have the 32-bit convention only. */
#define SMCCC_VERSION		0x80000000
#define SMCCC_ARCH_FEATURES	0x80000001
#define SMCCC_ARCH_SOC_ID	0x80000002
#define SMCCC_ARCH_WORKAROUND_3	0x80003fff
#define SMCCC_ARCH_WORKAROUND_2	0x80007fff
#define SMCCC_ARCH_WORKAROUND_1	0x80008000

#define SMCCC_VERSION_1_1	0x10001
#define SMCCC_VERSION_1_2	0x10002

/* Entropy: the TRNG firmware interface (DEN0098), among the standard services. */
#define TRNG_VERSION		0x84000050
#define TRNG_FEATURES		0x84000051
#define TRNG_GET_UUID		0x84000052
#define TRNG_RND_32		0x84000053
#define TRNG_RND_64		0xc4000053
#define TRNG_FIRST		0x84000050
#define TRNG_LAST		0x8400005f
#define TRNG_VERSION_1_0	0x10000

/* Results of the architecture's functions; PSCI and TRNG have numbers of their own. */
#define SMCCC_SUCCESS		0
#define SMCCC_NOT_SUPPORTED	(-1)
#define SMCCC_NOT_REQUIRED	(-2)
#define SMCCC_INVALID_PARAMETER	(-3)

#define TRNG_INVALID_PARAMETERS	(-2)
#define TRNG_NO_ENTROPY		(-3)

/* x0 to x17 are the registers of a call, its arguments and its results (SMCCC 1.2). */
#define SMCCC_REGISTERS		18

#if !__STDC_HOSTED__	/* unit tests want the numbers alone */

#ifndef __aarch64__
#error "smccc.h is for the target: AArch64"
#endif

#include "arch/types.h"

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
#endif
