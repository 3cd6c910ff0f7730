/* SPDX-License-Identifier: MIT */
/*
 * inject.h - give a guest an exception of its own.
 *
 * For a vCPU that is bound to this CPU, after an exit: EL1's registers are in the CPU then.
 * SPSR_EL1, ELR_EL1, ESR_EL1 and FAR_EL1 are written as the CPU itself would have written them, and
 * the guest goes on at its vector (take_exception.h). What the guest had in SPSR_EL1 and ELR_EL1 is
 * lost, as it would be by any exception at that place.
 *
 * Virtual interrupts are no exceptions yet: they wait in list registers until the guest takes them.
 */
#ifndef LAB4_INJECT_H
#define LAB4_INJECT_H

#include "arch/sysreg_fields.h"
#include "vcpu.h"

/*
 * inject_sync - a synchronous exception. The PC is where the guest is told that it happened: the
 * instruction that trapped, unless the caller has moved on.
 * esr: what ESR_EL1 gets. inject_sync_far: and FAR_EL1. Otherwise FAR_EL1 is left alone: it is the
 * guest's, and nothing of the hypervisor's may show in it.
 */
void inject_sync(struct vcpu *vcpu, uint64_t esr);
void inject_sync_far(struct vcpu *vcpu, uint64_t esr, uint64_t far);

/* inject_undefined - the instruction does not exist (EC 0, "Unknown reason"). */
void inject_undefined(struct vcpu *vcpu);

/*
 * inject_data_abort, inject_instruction_abort - an abort of a load or store, or of a fetch.
 * esr: of the exit; from it are FnV, and for data WnR and CM. far: the address, FAR_EL2; with FnV
 * it is none, and FAR_EL1 is left alone. fsc: the fault status, FSC_...
 */
void inject_data_abort(struct vcpu *vcpu, uint64_t esr, uint64_t far, unsigned int fsc);
void inject_instruction_abort(struct vcpu *vcpu, uint64_t esr, uint64_t far, unsigned int fsc);

/*
 * inject_stuck - would a synchronous exception take the guest to where it is? It is at the vector
 * itself then, and the instruction there is what traps or cannot be fetched: it would come back for
 * ever. (Bare hardware would go round as well. A host may stop such a guest.)
 */
bool inject_stuck(const struct vcpu *vcpu);

/*
 * inject_serror - make a virtual SError pending: it is taken when PSTATE.A lets it through.
 * syndrome: ISS for ESR_EL1, IDS included; on a CPU without FEAT_RAS the guest gets what the CPU
 * makes of it. It stays pending when the vCPU goes to another CPU: inject_keep().
 */
void inject_serror(struct vcpu *vcpu, uint64_t syndrome);

/* inject_serror_taken - what inject_keep() does for a vCPU that an SError was made pending for. */
void inject_serror_taken(struct vcpu *vcpu);

/*
 * inject_keep - before vcpu_unbind(): has the guest taken its virtual SError? The CPU clears
 * HCR_EL2.VSE then, and vcpu_bind() must not set it again.
 */
static inline void inject_keep(struct vcpu *vcpu)
{
	if (!likely(!(vcpu->hcr_differs & HCR_VSE)))
		inject_serror_taken(vcpu);
}

#endif
