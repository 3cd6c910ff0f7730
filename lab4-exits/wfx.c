// SPDX-License-Identifier: MIT
/*
 * wfx.c - a guest that waits.
 *
 * HCR_EL2.TWI traps WFI and WFIT; TWE is 0, so WFE and WFET do not come here: a guest's spinlock waits in
 * them for another CPU, a moment, and an exit would take longer than that. They are told apart all the
 * same: a host that sets TWE gets a yield for them, and no vCPU that sleeps until an interrupt.
 */
#include "wfx.h"

#include "arch/sysreg.h"
#include "drivers/timer.h"
#include "guest_cpu.h"
#include "skip_instruction.h"
#include "virtual_gic.h"

/* WFIT's deadline is in the guest's virtual time; the host's is physical (CNTVOFF_EL2). */
static uint64_t deadline(const struct vcpu *vcpu, uint64_t esr)
{
	if (FIELD_GET(WFX_TI, esr) != WFX_TI_WFIT)
		return UINT64_MAX;
	/* WFX_RV = 0: the register's number is not known (an older CPU); wait for nothing then. */
	if (!(esr & WFX_RV))
		return 0;
	return vcpu_gpr(vcpu, FIELD_GET(WFX_RN, esr)) + vcpu->sysregs.cntvoff_el2;
}

enum exit_reason exit_wfx(struct guest_cpu *cpu, uint64_t esr)
{
	struct vcpu *vcpu = &cpu->vcpu;
	unsigned int ti = FIELD_GET(WFX_TI, esr);
	bool passed = aarch32_condition_passed(esr, vcpu->frame.spsr), pending;

	/* Whatever comes of it: when the guest goes on, it goes on behind the instruction. */
	exit_skip_instruction(vcpu, esr);
	if (!passed || ti == WFX_TI_WFE || ti == WFX_TI_WFET)
		return EXIT_NOTHING;

	cpu->exit.halt.until = deadline(vcpu, esr);
	pending = virtual_gic_pending(cpu);
	/* That look was into the model, where all is now; back with it, for a guest that runs on. */
	virtual_gic_settle(cpu);
	return pending || timer_passed(cpu->exit.halt.until) ? EXIT_NOTHING : EXIT_HALT;
}
