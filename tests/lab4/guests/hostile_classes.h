/* SPDX-License-Identifier: MIT */
/*
 * hostile_classes.h - each exception class that an instruction at EL0 or EL1 can raise: for the
 * guest, how; for the host, what has to come of it.
 *
 *   X(what, stub, from, setup, class, what the guest gets, or that)
 *
 * from: 1 EL1, 0 EL0, 32 EL0 in A32. "class" is the exception class that the instruction is
 * about: the line of exit_contract.c.
 */
#ifndef TESTS_LAB4_HOSTILE_CLASSES_H
#define TESTS_LAB4_HOSTILE_CLASSES_H

#include "arch/esr.h"

/* The instruction goes through: the guest's next exception is the SVC behind it. */
#define GOES_THROUGH		0x100
#define SAME			0x200		/* "or that" is nothing else */

/* What the guest does before. */
#define SETUP_NONE		0
#define SETUP_ILLEGAL		1	/* PSTATE.IL */
#define SETUP_ODD		2	/* x1, SP: no multiples of anything */
#define SETUP_NOWHERE		3	/* x1: an address where nothing is */
#define SETUP_DEVICE		4	/* x1: a register */
#define SETUP_STEP		5	/* software step */
#define SETUP_NO_FP		6	/* CPACR_EL1.FPEN = 0 */
#define SETUP_OWN_WFX		7	/* SCTLR_EL1.nTWI, nTWE, UCT = 0 */
#define SETUP_GUARDED		8	/* x1: NOP on a guarded page; the MMU is on */
#define SETUP_AUTHENTICATE	9	/* x1: AUTIASP, and SCTLR_EL1.EnIA */
#define SETUP_READ_ONLY		10	/* x1: memory that stage 2 lets be read only */
#define SETUP_A32(n)		(0x10 + (n))	/* instruction n of hostile_a32[] */

#define HOSTILE_CLASS_CASES(X)									\
X("UDF", UDF, 1, SETUP_NONE, EC_UNKNOWN, EC_UNKNOWN, SAME)					\
X("UDF", UDF, 0, SETUP_NONE, EC_UNKNOWN, EC_UNKNOWN, SAME)					\
X("HLT", HLT, 1, SETUP_NONE, EC_UNKNOWN, EC_UNKNOWN, SAME)					\
X("HLT", HLT, 0, SETUP_NONE, EC_UNKNOWN, EC_UNKNOWN, SAME)					\
X("SVC", SVC, 1, SETUP_NONE, EC_SVC64, EC_SVC64, SAME)						\
X("SVC", SVC, 0, SETUP_NONE, EC_SVC64, EC_SVC64, SAME)						\
X("HVC", HVC, 1, SETUP_NONE, EC_HVC64, GOES_THROUGH, SAME)					\
X("HVC", HVC, 0, SETUP_NONE, EC_HVC64, EC_UNKNOWN, SAME)					\
X("SMC", SMC, 1, SETUP_NONE, EC_SMC64, EC_UNKNOWN, SAME)					\
X("SMC", SMC, 0, SETUP_NONE, EC_SMC64, EC_UNKNOWN, SAME)					\
X("BRK", BRK, 1, SETUP_NONE, EC_BRK64, EC_BRK64, SAME)						\
X("BRK", BRK, 0, SETUP_NONE, EC_BRK64, EC_BRK64, SAME)						\
X("an illegal PSTATE", NOP, 1, SETUP_ILLEGAL, EC_ILLEGAL_STATE, EC_ILLEGAL_STATE, SAME)		\
X("an illegal PSTATE", NOP, 0, SETUP_ILLEGAL, EC_ILLEGAL_STATE, EC_ILLEGAL_STATE, SAME)		\
X("an odd PC", BR, 1, SETUP_ODD, EC_PC_ALIGNMENT, EC_PC_ALIGNMENT, SAME)			\
X("an odd PC", BR, 0, SETUP_ODD, EC_PC_ALIGNMENT, EC_PC_ALIGNMENT, SAME)			\
/* (QEMU does not check SP.) */									\
X("an odd SP", LDR_SP, 1, SETUP_ODD, EC_SP_ALIGNMENT, EC_SP_ALIGNMENT, GOES_THROUGH)		\
X("an odd SP", LDR_SP, 0, SETUP_ODD, EC_SP_ALIGNMENT, EC_SP_ALIGNMENT, GOES_THROUGH)		\
X("a software step", NOP, 1, SETUP_STEP, EC_STEP_SAME, EC_STEP_SAME, SAME)			\
X("a software step", NOP, 0, SETUP_STEP, EC_STEP_LOWER, EC_STEP_LOWER, SAME)			\
X("WFI", WFI, 1, SETUP_NONE, EC_WFX, GOES_THROUGH, SAME)					\
X("WFI", WFI, 0, SETUP_NONE, EC_WFX, GOES_THROUGH, SAME)					\
X("WFE", WFE, 1, SETUP_NONE, EC_WFX, GOES_THROUGH, SAME)					\
X("WFE", WFE, 0, SETUP_NONE, EC_WFX, GOES_THROUGH, SAME)					\
X("FP", FMOV, 1, SETUP_NONE, EC_FP, GOES_THROUGH, SAME)						\
X("FP", FMOV, 0, SETUP_NONE, EC_FP, GOES_THROUGH, SAME)						\
X("SVE", SVE, 1, SETUP_NONE, EC_SVE, EC_UNKNOWN, SAME)						\
X("SVE", SVE, 0, SETUP_NONE, EC_SVE, EC_UNKNOWN, SAME)						\
X("SME", SME, 1, SETUP_NONE, EC_SME, EC_UNKNOWN, SAME)						\
X("SME", SME, 0, SETUP_NONE, EC_SME, EC_UNKNOWN, SAME)						\
X("PACIASP", PACIASP, 1, SETUP_NONE, EC_PAUTH, GOES_THROUGH, SAME)				\
X("PACIASP", PACIASP, 0, SETUP_NONE, EC_PAUTH, GOES_THROUGH, SAME)				\
X("a signature that is wrong", BR, 1, SETUP_AUTHENTICATE, EC_PAC_FAIL, EC_PAC_FAIL, GOES_THROUGH) \
X("a signature that is wrong", BR, 0, SETUP_AUTHENTICATE, EC_PAC_FAIL, EC_PAC_FAIL, GOES_THROUGH) \
X("MRS of an ID register", MRS_ID, 1, SETUP_NONE, EC_SYS64, GOES_THROUGH, SAME)			\
X("MRS of an ID register", MRS_ID, 0, SETUP_NONE, EC_SYS64, EC_SYS64, EC_UNKNOWN)		\
X("MRS CTR_EL0", MRS_CTR, 1, SETUP_NONE, EC_SYS64, GOES_THROUGH, SAME)				\
X("MSR of an IMP DEF register", MSR_IMPDEF, 1, SETUP_NONE, EC_SYS64, EC_UNKNOWN, SAME)		\
X("MSR of an IMP DEF register", MSR_IMPDEF, 0, SETUP_NONE, EC_SYS64, EC_UNKNOWN, SAME)		\
X("MSR ICC_SGI1R_EL1", MSR_SGI, 1, SETUP_NONE, EC_SYS64, GOES_THROUGH, SAME)			\
X("MSR ICC_SGI1R_EL1", MSR_SGI, 0, SETUP_NONE, EC_SYS64, EC_UNKNOWN, SAME)			\
X("AT", AT, 1, SETUP_NOWHERE, EC_SYS64, GOES_THROUGH, SAME)					\
X("AT", AT, 0, SETUP_NOWHERE, EC_SYS64, EC_UNKNOWN, SAME)					\
X("TLBI", TLBI, 1, SETUP_NONE, EC_SYS64, GOES_THROUGH, SAME)					\
X("TLBI", TLBI, 0, SETUP_NONE, EC_SYS64, EC_UNKNOWN, SAME)					\
X("DC CISW", DC_CISW, 1, SETUP_NONE, EC_SYS64, GOES_THROUGH, SAME)				\
X("DC CISW", DC_CISW, 0, SETUP_NONE, EC_SYS64, EC_UNKNOWN, SAME)				\
X("LDR from nowhere", LDR, 1, SETUP_NOWHERE, EC_DABT_LOWER, EC_DABT_SAME, SAME)			\
X("LDR from nowhere", LDR, 0, SETUP_NOWHERE, EC_DABT_LOWER, EC_DABT_LOWER, SAME)		\
X("STR to nowhere", STR, 1, SETUP_NOWHERE, EC_DABT_LOWER, EC_DABT_SAME, SAME)			\
X("LDP from nowhere", LDP, 0, SETUP_NOWHERE, EC_DABT_LOWER, EC_DABT_LOWER, SAME)		\
X("LDR from a device", LDRW, 1, SETUP_DEVICE, EC_DABT_LOWER, GOES_THROUGH, SAME)		\
X("LDR from a device", LDRW, 0, SETUP_DEVICE, EC_DABT_LOWER, GOES_THROUGH, SAME)		\
X("LDXR from a device", LDXR, 1, SETUP_DEVICE, EC_DABT_LOWER, EC_DABT_SAME, SAME)		\
X("a branch to nowhere", BR, 1, SETUP_NOWHERE, EC_IABT_LOWER, EC_IABT_SAME, SAME)		\
X("a branch to nowhere", BR, 0, SETUP_NOWHERE, EC_IABT_LOWER, EC_IABT_LOWER, SAME)		\
X("a branch to a device", BR, 1, SETUP_DEVICE, EC_IABT_LOWER, EC_IABT_SAME, SAME)		\
X("LDR from a page to be read", LDR, 0, SETUP_READ_ONLY, EC_DABT_LOWER, GOES_THROUGH, SAME)	\
X("STR to a page to be read", STR, 1, SETUP_READ_ONLY, EC_DABT_LOWER, EC_DABT_SAME, SAME)	\
X("STR to a page to be read", STR, 0, SETUP_READ_ONLY, EC_DABT_LOWER, EC_DABT_LOWER, SAME)	\
X("a branch to a page to be read", BR, 1, SETUP_READ_ONLY, EC_IABT_LOWER, EC_IABT_SAME, SAME)	\
X("a branch to a page to be read", BR, 0, SETUP_READ_ONLY, EC_IABT_LOWER, EC_IABT_LOWER, SAME)	\
X("FP that EL1 has trapped", FMOV, 0, SETUP_NO_FP, EC_FP, EC_FP, SAME)				\
X("FP that EL1 has trapped", FMOV, 1, SETUP_NO_FP, EC_FP, EC_FP, SAME)				\
X("WFI that EL1 has trapped", WFI, 0, SETUP_OWN_WFX, EC_WFX, EC_WFX, SAME)			\
X("WFE that EL1 has trapped", WFE, 0, SETUP_OWN_WFX, EC_WFX, EC_WFX, GOES_THROUGH)		\
X("CTR_EL0 that EL1 has trapped", MRS_CTR, 0, SETUP_OWN_WFX, EC_SYS64, EC_SYS64, SAME)		\
X("A32 SVC", NOP, 32, SETUP_A32(0), EC_SVC32, EC_SVC32, EC_ILLEGAL_STATE)			\
X("A32 BKPT", NOP, 32, SETUP_A32(1), EC_BKPT32, EC_BKPT32, EC_ILLEGAL_STATE)			\
X("A32 UDF", NOP, 32, SETUP_A32(2), EC_UNKNOWN, EC_UNKNOWN, EC_ILLEGAL_STATE)			\
X("A32 MRC p14", NOP, 32, SETUP_A32(3), EC_CP14_32, EC_UNKNOWN, EC_ILLEGAL_STATE)		\
X("A32 MRC p15, impdef", NOP, 32, SETUP_A32(4), EC_CP15_32, EC_UNKNOWN, EC_ILLEGAL_STATE)	\
X("A32 WFI", NOP, 32, SETUP_A32(5), EC_WFX, GOES_THROUGH, EC_ILLEGAL_STATE)			\
X("A32 LDR from nowhere", NOP, 32, SETUP_A32(6), EC_DABT_LOWER, EC_DABT_LOWER, EC_ILLEGAL_STATE) \
X("A32 LDRD from a device", NOP, 32, SETUP_A32(7), EC_DABT_LOWER, EC_DABT_LOWER, EC_ILLEGAL_STATE) \
X("A32 MCRR p15", NOP, 32, SETUP_A32(8), EC_CP15_64, EC_UNKNOWN, EC_ILLEGAL_STATE)		\
X("A32 VMRS FPSID", NOP, 32, SETUP_A32(9), EC_VMRS, EC_UNKNOWN, EC_ILLEGAL_STATE)		\
X("a branch to a page that guards", BR, 1, SETUP_GUARDED, EC_BTI, EC_BTI, GOES_THROUGH)		\
X("a branch to a page that guards", BR, 0, SETUP_GUARDED, EC_BTI, EC_BTI, GOES_THROUGH)

#endif
