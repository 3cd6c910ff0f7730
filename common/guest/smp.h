/* SPDX-License-Identifier: MIT */
/*
 * smp.h - a guest with several CPUs: starting them, and a way to use one memory.
 */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#define GUEST_CPUS_MAX		8
#define GUEST_CPU_STACK_SHIFT	13	/* 8 KiB for each */

#ifndef __ASSEMBLER__

#include "arch/types.h"

/*
 * guest_mmu_enable - stage 1 on, on this CPU: VA = PA, RAM cacheable and shared, devices as devices.
 * Exclusives and atomics are made for such memory; with the MMU off there need be nobody to watch
 * over them. Each CPU for itself, before it shares anything.
 */
void guest_mmu_enable(void);

/*
 * guest_cpu_on - PSCI CPU_ON by HVC: the CPU with this Aff0, 0 to GUEST_CPUS_MAX - 1, calls run(argument)
 * at EL1, on a stack of its own, with DAIF masked and its MMU on. When run returns, it turns itself off.
 * Returns PSCI's answer. One caller at a time for one CPU.
 */
int64_t guest_cpu_on(unsigned int cpu, void (*run)(uint64_t argument), uint64_t argument);

/*
 * For who calls CPU_ON himself: with this entry point, and as context id such a struct, of which all is in
 * memory (dcache_clean_poc) and stays there until the CPU has read it.
 */
struct guest_secondary {
	void (*run)(uint64_t argument);
	uint64_t argument;
} __aligned(128);
void guest_secondary_entry(void);

/* This CPU's number: MPIDR_EL1.Aff0. */
unsigned int guest_cpu_number(void);

#endif
#endif
