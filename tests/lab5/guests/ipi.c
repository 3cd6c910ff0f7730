// SPDX-License-Identifier: MIT
/*
 * ipi.c - two vCPUs: the one sends an SGI to the other, which spins, and waits until it was taken. Again
 * and again; bench-ipi counts what lies between the labels.
 */
#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "guest/guest.h"
#include "guest/psci.h"
#include "guest/smp.h"

#define IPIS	16

void ipi_target(volatile uint64_t *taken);
extern char ipi_vectors[];

static volatile uint64_t taken, ready;

static void target(uint64_t unused)
{
	uintptr_t gicr = 0;

	(void)unused;
	gicv3_cpu_init(&gicr);
	write_sysreg(ICC_CTLR_EL1, read_sysreg(ICC_CTLR_EL1) & ~ICC_CTLR_EOIMODE);
	write_sysreg(VBAR_EL1, (uintptr_t)ipi_vectors);
	isb();
	ready = 1;
	ipi_target(&taken);
}

void guest_main(uint64_t resets)
{
	uintptr_t gicr = 0;
	uint64_t n, sgi1r = gic_sgi1r(1, 1);

	(void)resets;
	guest_mmu_enable();
	gicv3_dist_init();
	gicv3_cpu_init(&gicr);
	guest_cpu_on(1, target, 0);
	while (!ready)
		asm volatile("yield");
	for (n = 0; n < IPIS; n++) {
		asm volatile(".globl ipi_send, ipi_sent\n"
			     "ipi_send: msr S3_0_C12_C11_5, %0\n"
			     "ipi_sent: isb" :: "r"(sgi1r) : "memory");
		while (taken <= n)
			asm volatile("yield");
	}
	guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
