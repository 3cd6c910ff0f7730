/* SPDX-License-Identifier: MIT */
/*
 * take_exception.h - what a CPU does when it takes an exception to EL1, as arithmetic.
 *
 * An exception that the hypervisor gives to its guest must look as if the CPU had taken it: the
 * same vector, the same PSTATE, the same syndrome. This follows the Arm ARM's pseudocode function
 * AArch64.TakeException(), and AArch64.ExceptionClass() for the syndrome. Plain C: no register is
 * touched. inject.c puts the results into them.
 */
#ifndef LAB4_TAKE_EXCEPTION_H
#define LAB4_TAKE_EXCEPTION_H

#include "arch/esr.h"
#include "arch/sysreg_fields.h"
#include "arch/types.h"

/* The kind of an exception: its offset within a group of four vectors. */
enum exception_kind {
	EXCEPTION_SYNC = 0x000,
	EXCEPTION_IRQ = 0x080,
	EXCEPTION_FIQ = 0x100,
	EXCEPTION_SERROR = 0x180,
};

/*
 * The features by which PSTATE has more bits. As the CPU has them, whatever the guest is shown:
 * hiding a feature in the ID registers takes no bit out of PSTATE.
 */
struct pstate_features {
	bool pan;			/* FEAT_PAN */
	bool dit;			/* FEAT_DIT */
	bool ssbs;			/* FEAT_SSBS */
	bool mte;			/* FEAT_MTE: PSTATE.TCO */
	bool nmi;			/* FEAT_NMI: PSTATE.ALLINT */
};

/* From ID_AA64PFR0_EL1, ID_AA64PFR1_EL1 and ID_AA64MMFR1_EL1. */
struct pstate_features pstate_features(uint64_t pfr0, uint64_t pfr1, uint64_t mmfr1);

/*
 * exception_vector - the offset of a vector from VBAR_EL1, for an exception that comes from where
 * spsr says (Arm ARM, "Exception vectors").
 */
unsigned int exception_vector(enum exception_kind kind, uint64_t spsr);

/* Where an exception takes the guest to. */
struct taken_exception {
	uint64_t pstate;		/* for SPSR_EL2: what PSTATE is at the vector */
	unsigned int vector;		/* offset from VBAR_EL1 */
};

/*
 * take_exception - an exception taken to EL1 in AArch64 state.
 * spsr: SPSR_EL2, the guest's PSTATE: EL0t, EL1t, EL1h, or AArch32 at EL0; SPSR_EL1 gets it as it
 * is. sctlr: SCTLR_EL1.
 */
struct taken_exception take_exception(enum exception_kind kind, uint64_t spsr, uint64_t sctlr,
				      struct pstate_features features);

/* Did it come from EL0? Then it is an abort "from a lower Exception level". */
static inline bool spsr_from_el0(uint64_t spsr)
{
	return (spsr & SPSR_M_AARCH32) || (spsr & SPSR_M) == SPSR_M_EL0T;
}

/*
 * exception_syndrome - ESR_EL1 for an exception class and an ISS. lower: the class's number for a
 * lower Exception level, where there are two: EC_DABT_LOWER, say; at EL1 it is the next one.
 */
uint64_t exception_syndrome(unsigned int ec, uint64_t iss, uint64_t spsr);

#endif
