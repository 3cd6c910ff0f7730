// SPDX-License-Identifier: MIT
#include "take_exception.h"

/* Which group of four vectors: by where the exception came from. */
#define VECTORS_EL1T		0x000		/* EL1, on SP_EL0 */
#define VECTORS_EL1H		0x200		/* EL1, on SP_EL1 */
#define VECTORS_EL0_A64		0x400
#define VECTORS_EL0_A32		0x600

struct pstate_features pstate_features(uint64_t pfr0, uint64_t pfr1, uint64_t mmfr1)
{
	return (struct pstate_features){
		.pan = FIELD_GET(ID_AA64MMFR1_PAN, mmfr1) != 0,
		.dit = FIELD_GET(ID_AA64PFR0_DIT, pfr0) != 0,
		.ssbs = FIELD_GET(ID_AA64PFR1_SSBS, pfr1) != 0,
		.mte = FIELD_GET(ID_AA64PFR1_MTE, pfr1) != 0,
		.nmi = FIELD_GET(ID_AA64PFR1_NMI, pfr1) != 0,
	};
}

unsigned int exception_vector(enum exception_kind kind, uint64_t spsr)
{
	if (spsr & SPSR_M_AARCH32)
		return VECTORS_EL0_A32 + kind;
	switch (spsr & SPSR_M) {
	case SPSR_M_EL0T:
		return VECTORS_EL0_A64 + kind;
	case SPSR_M_EL1T:
		return VECTORS_EL1T + kind;
	default:
		return VECTORS_EL1H + kind;
	}
}

/*
 * PSTATE at the vector. What is not named here is 0: UAO and BTYPE, SS and IL because an exception
 * clears them; Q, GE, T and IT because AArch64 state has none of them.
 *
 * EXLOCK (FEAT_GCS) and PM (FEAT_EBEP) are left at 0: they belong to registers that no guest is
 * given.
 */
struct taken_exception take_exception(enum exception_kind kind, uint64_t spsr, uint64_t sctlr,
				      struct pstate_features features)
{
	/* At EL1 on SP_EL1, all interrupts masked. The flags are nobody's business. */
	uint64_t pstate = SPSR_M_EL1H | SPSR_DAIF | (spsr & SPSR_NZCV);

	/*
	 * PAN keeps the kernel from using the user's addresses by mistake. It holds from the vector
	 * on, if the kernel says so by a 0 (SPAN is "set privileged access never", negated); it is
	 * never taken back.
	 */
	if (features.pan)
		pstate |= (spsr & SPSR_PAN) | (sctlr & SCTLR_EL1_SPAN ? 0 : SPSR_PAN);
	/*
	 * Data independent timing goes on: bit 24 of SPSR_ELx from AArch32 as well, 21 is SS there.
	 */
	if (features.dit)
		pstate |= spsr & SPSR_DIT;
	/* Speculative store bypass is as EL1 wants to have it, whatever EL0 had. */
	if (features.ssbs && (sctlr & SCTLR_EL1_DSSBS))
		pstate |= SPSR_SSBS;
	/* No tag check before the handler asks for it: PSTATE.TCO is "tag check override". */
	if (features.mte)
		pstate |= SPSR_TCO;
	/* With FEAT_NMI superpriority interrupts are masked too, unless EL1 lets SPSel do that. */
	if (features.nmi && !(sctlr & SCTLR_EL1_SPINTMASK))
		pstate |= SPSR_ALLINT;

	return (struct taken_exception){ .pstate = pstate, .vector = exception_vector(kind, spsr) };
}

/*
 * IL is 1, "a 32-bit instruction", for all that is given to guests: the Arm ARM has it so for
 * unknown reasons (EC 0), aborts of instructions, aborts of data without ISV and SErrors, whatever
 * the length of the instruction was. (ISV is for EL2 alone: ESR_EL1 never has it.)
 */
uint64_t exception_syndrome(unsigned int ec, uint64_t iss, uint64_t spsr)
{
	switch (ec) {
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
	case EC_BREAKPOINT_LOWER:
	case EC_STEP_LOWER:
	case EC_WATCHPOINT_LOWER:
		if (!spsr_from_el0(spsr))
			ec++;
		break;
	}
	return FIELD_PREP(ESR_EC_MASK, ec) | ESR_IL_MASK | (iss & ESR_ISS_MASK);
}
