// SPDX-License-Identifier: MIT
/*
 * broken.c - an image that panics on purpose, inside the handler of an exit. It is the 41st, so the ring of exits
 * has gone round. panic.sh looks at what it says.
 */
#include "blank.h"

#include "drivers/console.h"

#define NOWHERE		0x50000000UL

static struct machine machine;

static enum exit_reason broken(struct guest_cpu *cpu, uint64_t esr)
{
	(void)cpu;
	asm volatile("str %0, [%1]" :: "r"(esr), "r"(8UL) : "memory");
	return EXIT_NOTHING;
}

void main(void)
{
	struct guest_cpu *cpu = &machine.cpus[0];
	unsigned int n;

	host_start();
	blank_create(&machine, "blank", 1);
	guest_cpu_load(cpu);
	exit_register(EC_SMC64, broken);
	for (n = 0; n < 36; n++) {
		EXECUTE(cpu, AT_EL1H, INSN_HVC(n));
		guest_cpu_run(cpu);
	}
	blank_mrs(cpu, SYSREG_NUMBER(3, 0, 0, 7, 0));		/* ID_AA64MMFR0_EL1 */
	EXECUTE(cpu, AT_EL1H, INSN_LDR_W);
	vcpu_set_gpr(&cpu->vcpu, 1, NOWHERE + 0x18);
	guest_cpu_run(cpu);
	EXECUTE(cpu, AT_EL1H, INSN_B_SELF);
	host_ticks_start(100);
	guest_cpu_run(cpu);
	host_ticks_stop();
	EXECUTE(cpu, AT_EL1H, INSN_SMC(0x51));
	guest_cpu_run(cpu);
	printf("the handler has returned\n");
	tap_done();
}
