// SPDX-License-Identifier: MIT
#include "inject.h"

#include "arch/esr.h"
#include "arch/sysreg.h"
#include "take_exception.h"

#define VBAR_VECTORS		GENMASK(63, 11)	/* the vectors are aligned to their 2 KiB */

/* ESR_EL1 gives it as it is: IDS, and 24 bits that are in a format or are not. */
#define VSESR_SYNDROME		GENMASK(24, 0)

/* On this CPU: a vCPU may be on another one tomorrow. */
static struct pstate_features this_cpu_features(void)
{
	return pstate_features(read_sysreg(ID_AA64PFR0_EL1), read_sysreg(ID_AA64PFR1_EL1),
			       read_sysreg(ID_AA64MMFR1_EL1));
}

/* Where the guest has its vectors. */
static uint64_t vectors(void)
{
	return read_sysreg(VBAR_EL1) & VBAR_VECTORS;
}

/*
 * ELR_EL1 and SPSR_EL1 are what the exit left in ELR_EL2 and SPSR_EL2: where the guest was, and its
 * whole PSTATE. No ISB is needed: the ERET to the guest is one.
 */
static void take(struct vcpu *vcpu, enum exception_kind kind)
{
	struct trap_frame *frame = &vcpu->frame;
	struct taken_exception taken = take_exception(kind, frame->spsr, read_sysreg(SCTLR_EL1),
						      this_cpu_features());

	write_sysreg(ELR_EL1, frame->elr);
	write_sysreg(SPSR_EL1, frame->spsr);
	frame->elr = vectors() + taken.vector;
	frame->spsr = taken.pstate;
}

void inject_sync(struct vcpu *vcpu, uint64_t esr)
{
	write_sysreg(ESR_EL1, esr);
	take(vcpu, EXCEPTION_SYNC);
}

void inject_sync_far(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	write_sysreg(FAR_EL1, far);
	inject_sync(vcpu, esr);
}

void inject_undefined(struct vcpu *vcpu)
{
	inject_sync(vcpu, exception_syndrome(EC_UNKNOWN, 0, vcpu->frame.spsr));
}

/*
 * FnV is defined for the one External abort that is not of a table walk; it is RES0 for all others.
 */
static void inject_abort(struct vcpu *vcpu, unsigned int ec, uint64_t iss, uint64_t far,
			 unsigned int fsc)
{
	if (fsc != FSC_EXTERNAL)
		iss &= ~DABT_FnV;
	iss = exception_syndrome(ec, iss | FIELD_PREP(DABT_DFSC, fsc), vcpu->frame.spsr);
	if (iss & DABT_FnV)
		inject_sync(vcpu, iss);
	else
		inject_sync_far(vcpu, iss, far);
}

void inject_data_abort(struct vcpu *vcpu, uint64_t esr, uint64_t far, unsigned int fsc)
{
	inject_abort(vcpu, EC_DABT_LOWER, esr & (DABT_FnV | DABT_WnR | DABT_CM), far, fsc);
}

void inject_instruction_abort(struct vcpu *vcpu, uint64_t esr, uint64_t far, unsigned int fsc)
{
	inject_abort(vcpu, EC_IABT_LOWER, esr & IABT_FnV, far, fsc);
}

/*
 * From EL1h the vector is entered in the state that it was left in. From elsewhere it is another
 * one.
 */
bool inject_stuck(const struct vcpu *vcpu)
{
	const struct trap_frame *frame = &vcpu->frame;

	return (frame->spsr & SPSR_M) == SPSR_M_EL1H &&
	       frame->elr == vectors() + exception_vector(EXCEPTION_SYNC, frame->spsr);
}

/* ---- SError ---------------------------------------------------------------------------------- */

/*
 * HCR_EL2.VSE makes it pending (HCR_EL2.AMO is set, hcr.c). In hcr_differs it is noted for
 * vcpu_bind(), which loads HCR_EL2; VSESR_EL2 moves with the other registers, where there is one.
 */
void inject_serror(struct vcpu *vcpu, uint64_t syndrome)
{
	if (vcpu->conditions & BIT(SYSREG_IF_RAS))
		write_sysreg(VSESR_EL2, syndrome & VSESR_SYNDROME);
	vcpu->hcr_differs |= HCR_VSE;
	write_sysreg(HCR_EL2, read_sysreg(HCR_EL2) | HCR_VSE);
}

void inject_serror_taken(struct vcpu *vcpu)
{
	if (!(read_sysreg(HCR_EL2) & HCR_VSE))
		vcpu->hcr_differs &= ~HCR_VSE;
}
