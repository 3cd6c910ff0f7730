// SPDX-License-Identifier: MIT
#include "conduit.h"

#include "guest_vm.h"
#include "inject.h"
#include "skip_instruction.h"

/* What the host is told of a call; the particulars are in the vCPU's task. */
static const enum exit_reason reasons[] = {
	[PSCI_ACTION_NONE] = EXIT_NOTHING,
	[PSCI_ACTION_CPU_UP] = EXIT_CPU_UP,
	[PSCI_ACTION_CPU_DOWN] = EXIT_CPU_DOWN,
	[PSCI_ACTION_STANDBY] = EXIT_CPU_SUSPEND,
	[PSCI_ACTION_POWERDOWN] = EXIT_CPU_SUSPEND,
	[PSCI_ACTION_SYSTEM_DOWN] = EXIT_SYSTEM_DOWN,
	[PSCI_ACTION_SYSTEM_RESET] = EXIT_SYSTEM_RESET,
};

static __noinline enum exit_reason answer(struct guest_cpu *cpu)
{
	struct guest_vm *vm = guest_vm_of(cpu);

	return reasons[smccc_dispatch(&vm->smccc, cpu->vcpu.frame.x, &vm->tasks[cpu->index].outcome)];
}

/* One question is answered here: the one by which the way in and out is measured. */
static inline enum exit_reason call(struct guest_cpu *cpu)
{
	uint64_t *x = cpu->vcpu.frame.x;

	if ((uint32_t)x[0] != PSCI_VERSION)
		return answer(cpu);
	x[0] = PSCI_VERSION_1_1;
	return EXIT_NOTHING;
}

/* Immediates other than 0 are not SMCCC's, and nobody else's here: there is no such instruction. */
static __noinline enum exit_reason no_instruction(struct guest_cpu *cpu)
{
	inject_undefined(&cpu->vcpu);
	return EXIT_NOTHING;
}

static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	if (likely(!(esr & ISS_IMM16)))
		return call(cpu);
	cpu->vcpu.frame.elr -= 4;	/* at the instruction, not behind it */
	return no_instruction(cpu);
}

static enum exit_reason exit_smc(struct guest_cpu *cpu, uint64_t esr)
{
	if (!likely(!(esr & ISS_IMM16)))
		return no_instruction(cpu);
	vcpu_skip_a64(&cpu->vcpu.frame);
	return call(cpu);
}

void conduits_init(void)
{
	exit_register(EC_HVC64, exit_hvc);
	exit_register(EC_SMC64, exit_smc);
}
