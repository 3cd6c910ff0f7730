/* SPDX-License-Identifier: MIT */
/*
 * smp.h - the other CPUs: starting them, and waiting for each other.
 */
#ifndef LAB2_SMP_H
#define LAB2_SMP_H

#include "percpu.h"

/* How CPUs are started: PSCI's CPU_ON, or what a test puts in its place. */
struct smp_ops {
	/* As PSCI CPU_ON: affinity, physical entry address, context id. Returns a PSCI error code. */
	int64_t (*cpu_on)(uint64_t affinity, uint64_t entry, uint64_t context);
	/* As PSCI AFFINITY_INFO, level 0: negative if there is no such CPU. May be NULL: nobody knows. */
	int64_t (*affinity_info)(uint64_t affinity);
	/* How long a CPU may take from CPU_ON to its first C function. */
	uint64_t timeout_us;
};

/* CPU_ON of the firmware, by SMC, and one second. */
extern const struct smp_ops smp_psci;

/*
 * smp_start - find and start the other CPUs of the machine.
 *
 * Each enters EL2 through lab 1's path, with a guarded stack of its own, makes its struct percpu and
 * calls run(cpu), IRQs masked. When run returns, the CPU powers itself off. The boot CPU is CPU 0 and
 * has been through percpu_init(); its run() is the caller's business.
 *
 * CPUs are looked for by CPU_ON, at Aff0 = 0, 1, 2 ... beside the boot CPU, until the firmware says
 * that there is none (INVALID_PARAMETERS). One that refuses to start, or does not arrive in time,
 * is reported on the console and left out: should it arrive later, it powers itself off.
 *
 * Returns the number of CPUs that run, the boot CPU included. A CPU's number is that of its stack
 * block; the number of one that is left out is not given to another, because it may still come late.
 */
unsigned int smp_start(const struct smp_ops *ops, const struct vcpu_hal *hal,
		       void (*run)(struct percpu *cpu));

/* CPU number id's own, 0 to MAX_CPUS - 1, whether or not it runs. */
struct percpu *smp_cpu(unsigned int id);

/* Does CPU number id run? */
bool smp_is_online(unsigned int id);

/* The boot CPU's own, for its percpu_init() before smp_start(). */
#define smp_boot_cpu()	smp_cpu(0)

/*
 * smp_barrier - wait until all of count CPUs have come here. May be used again and again, always by the
 * same CPUs. What any of them wrote before, all see after. Interrupts may be taken meanwhile.
 */
struct smp_barrier {
	uint32_t arrived;
	uint32_t round;
};
void smp_barrier(struct smp_barrier *barrier, unsigned int count);

#endif
