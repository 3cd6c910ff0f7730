// SPDX-License-Identifier: MIT
#include "guest/smp.h"

#include "arch/barrier.h"
#include "arch/bits.h"
#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "guest/psci.h"

/* What a CPU is to do when it comes up; written with caches on, read with caches off. */
static struct guest_secondary secondaries[GUEST_CPUS_MAX];

void guest_secondary(struct guest_secondary *secondary);

unsigned int guest_cpu_number(void)
{
	return read_sysreg(MPIDR_EL1) & 0xff;
}

/* A level 1 table of 1 GiB blocks: devices, RAM, RAM, RAM. */
#define BLOCK_VALID	BIT(0)
#define BLOCK_AF	BIT(10)
#define BLOCK_SH_INNER	(3UL << 8)
#define BLOCK_ATTR(n)	((uint64_t)(n) << 2)
#define BLOCK_XN	(BIT(53) | BIT(54))

static uint64_t level1[512] __aligned(PAGE_SIZE) = {
	[0] = 0x00000000 | BLOCK_XN | BLOCK_AF | BLOCK_ATTR(0) | BLOCK_VALID,
	[1] = 0x40000000 | BLOCK_AF | BLOCK_SH_INNER | BLOCK_ATTR(1) | BLOCK_VALID,
	[2] = 0x80000000 | BLOCK_AF | BLOCK_SH_INNER | BLOCK_ATTR(1) | BLOCK_VALID,
	[3] = 0xc0000000 | BLOCK_AF | BLOCK_SH_INNER | BLOCK_ATTR(1) | BLOCK_VALID,
};

void guest_mmu_enable(void)
{
	uint64_t pa_range = FIELD_GET(ID_AA64MMFR0_PARANGE, read_sysreg(ID_AA64MMFR0_EL1));

	write_sysreg(MAIR_EL1, 0xff04);		/* 0: Device-nGnRE, 1: Normal, write-back */
	write_sysreg(TTBR0_EL1, (uintptr_t)level1);
	/* 39 bits, 4 KiB granule, tables cacheable and shared; nothing from TTBR1 (EPD1). */
	write_sysreg(TCR_EL1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | BIT(23) | (pa_range > 5 ? 5 : pa_range) << 32);
	asm volatile("tlbi vmalle1" ::: "memory");
	dsb(nsh);
	isb();
	write_sysreg(SCTLR_EL1, read_sysreg(SCTLR_EL1) | BIT(0) | BIT(2) | BIT(12));	/* M, C, I */
	isb();
}

int64_t guest_cpu_on(unsigned int cpu, void (*run)(uint64_t argument), uint64_t argument)
{
	struct guest_secondary *secondary = &secondaries[cpu % GUEST_CPUS_MAX];

	secondary->run = run;
	secondary->argument = argument;
	dcache_clean_poc(secondary, sizeof(*secondary));
	return guest_call_hvc(PSCI_CPU_ON_64, cpu, (uintptr_t)guest_secondary_entry, (uintptr_t)secondary);
}

void guest_secondary(struct guest_secondary *secondary)
{
	guest_mmu_enable();
	secondary->run(secondary->argument);
	guest_call_hvc(PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
