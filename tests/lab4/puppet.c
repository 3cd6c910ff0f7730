// SPDX-License-Identifier: MIT
#include "puppet.h"

#include <string.h>

#include "arch/sysreg.h"
#include "guest/guest.h"

#define CPACR_FPEN	(3UL << 20)	/* FP does not trap to EL1 */

void puppet_start(struct machine *machine)
{
	guest_cpu_load(&machine->cpus[0]);
	write_sysreg(VBAR_EL1, GUEST_ENTRY);
	write_sysreg(CPACR_EL1, CPACR_FPEN);
}

void puppet_put(struct guest_cpu *cpu, const struct puppet_registers *registers)
{
	struct vcpu *vcpu = &cpu->vcpu;

	memcpy(vcpu->frame.x, registers->x, sizeof(registers->x));
	vcpu->frame.sp_el0 = registers->sp_el0;
	vcpu->frame.elr = registers->pc;
	vcpu->frame.spsr = registers->pstate;
	write_sysreg(SP_EL1, registers->sp_el1);
	write_sysreg(ESR_EL1, PUPPET_ESR);
	write_sysreg(FAR_EL1, PUPPET_FAR);
	write_sysreg(ELR_EL1, PUPPET_ELR);
	write_sysreg(SPSR_EL1, PUPPET_SPSR);
	if (!vcpu->fp_live)
		vcpu_fp_trapped(vcpu);
	memcpy(vcpu->fp.v, registers->v, sizeof(registers->v));
	fp_load(&vcpu->fp);
	/* What is in the CPU is not in memory as well: nobody must take these for it. */
	memset(vcpu->fp.v, 0xee, sizeof(vcpu->fp.v));
	vcpu->sysregs.sp_el1 = 0xeeeeeeeeeeeeeee0;
	cpu->exit.esr = 0;
}

void puppet_get(struct guest_cpu *cpu, struct puppet_registers *registers, struct puppet_exception *exception)
{
	struct vcpu *vcpu = &cpu->vcpu;

	memcpy(registers->x, vcpu->frame.x, sizeof(registers->x));
	registers->sp_el0 = vcpu->frame.sp_el0;
	registers->sp_el1 = read_sysreg(SP_EL1);
	registers->pc = read_sysreg(ELR_EL1);
	registers->pstate = read_sysreg(SPSR_EL1);
	fp_save(&vcpu->fp);
	memcpy(registers->v, vcpu->fp.v, sizeof(registers->v));
	*exception = (struct puppet_exception){
		.vector = (host_hvc(cpu) - HVC_VECTOR) * 0x80,
		.pstate = vcpu->frame.spsr,
		.esr = read_sysreg(ESR_EL1),
		.far = read_sysreg(FAR_EL1),
		.elr = registers->pc,
		.spsr = registers->pstate,
	};
}

bool puppet_in_steps;

enum exit_reason puppet_go(struct guest_cpu *cpu)
{
	for (;;) {
		enum exit_reason reason = puppet_in_steps ? machine_handle(cpu, guest_cpu_run(cpu)) :
							    machine_run(cpu);

		if (reason != EXIT_NOTHING && reason != EXIT_EXTERNAL_INTERRUPT)
			return reason;
	}
}

enum exit_reason puppet_run(struct guest_cpu *cpu, struct puppet_registers *registers,
			    struct puppet_exception *exception)
{
	enum exit_reason reason;

	puppet_put(cpu, registers);
	reason = puppet_go(cpu);
	puppet_get(cpu, registers, exception);
	return reason;
}

void puppet_pattern(struct puppet_registers *registers)
{
	uint64_t *words = (uint64_t *)registers;
	unsigned int n;

	for (n = 0; n < sizeof(*registers) / sizeof(*words); n++)
		words[n] = host_random();
	registers->pc = 0;
	registers->pstate = 0;
}
