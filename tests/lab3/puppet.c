// SPDX-License-Identifier: MIT
#include "puppet.h"

#include "arch/esr.h"
#include "guest/guest.h"

/* Until the guest waits again, or exits for a reason that is the test's business. */
static struct answer run(struct vcpu *vcpu)
{
	struct answer answer = {};
	unsigned int n;

	for (n = 0; n < 1000; n++) {
		uint64_t esr = 0;

		answer.kind = run_checked(vcpu, 0);
		answer.far = read_sysreg(FAR_EL2);
		answer.hpfar = read_sysreg(HPFAR_EL2);
		if (answer.kind == VCPU_EXIT_IRQ)
			continue;
		if (answer.kind == VCPU_EXIT_SYNC)
			esr = vcpu->frame.esr;
		if (ESR_EC(esr) == EC_FP && !vcpu->fp_live) {
			vcpu_fp_trapped(vcpu);
			continue;
		}
		answer.esr = esr;
		answer.done = ESR_EC(esr) == EC_HVC64 && (esr & 0xffff) == HVC_PUPPET;
		break;
	}
	answer.x0 = vcpu_gpr(vcpu, 0);
	answer.el1_esr = vcpu_gpr(vcpu, 1);
	answer.el1_far = vcpu_gpr(vcpu, 2);
	answer.interrupts = vcpu_gpr(vcpu, 3);
	answer.intid = vcpu_gpr(vcpu, 4);
	return answer;
}

struct answer puppet(struct vcpu *vcpu, uint32_t instruction, uint64_t x0, uint64_t x1)
{
	/* At its start it has not waited yet. */
	if (vcpu->frame.elr == GUEST_ENTRY)
		run(vcpu);
	vcpu_set_gpr(vcpu, 0, instruction);
	vcpu_set_gpr(vcpu, 1, x0);
	vcpu_set_gpr(vcpu, 2, x1);
	return run(vcpu);
}

struct answer puppet_skip(struct vcpu *vcpu)
{
	vcpu_skip_instruction(vcpu);
	return run(vcpu);
}

struct answer puppet_once(struct vcpu *vcpu, uint32_t instruction, uint64_t x0, uint64_t x1)
{
	struct answer answer = {};

	if (vcpu_bind(vcpu))
		return answer;
	answer = puppet(vcpu, instruction, x0, x1);
	vcpu_unbind(vcpu);
	return answer;
}
