// SPDX-License-Identifier: MIT
/*
 * storms.c - guests that are interrupted from all sides at full speed (guests/gic_storm.h): with as many list
 * registers as the CPU has, and with fewer; with one vCPU, with two that take turns on a CPU, and with two on
 * two CPUs. Whatever happens, each interrupt comes once for each time that it was sent.
 */
#include "gic_puppet.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "percpu.h"
#include "smp.h"

#define STORMS		2
#define ROUNDS		150

static struct machine one, two;
static uint32_t seed;

static void result(uint64_t error, const char *what)
{
	static const char *const words[] = {
		"", "sent, and never taken", "taken, and not sent", "of the other group",
		"taken in the middle of one as urgent", "ICC_RPR_EL1 is not its priority",
		"of a timer, too early", "left pending", "ISACTIVER is wrong",
	};

	TAP_EQ(error, 0, what, GIC);
	if (error)
		printf("# INTID %lu, vCPU %lu: %s\n", error >> 8 & 0xff, error >> 16 & 0xff,
		       (error & 0xff) < ARRAY_SIZE(words) ? words[error & 0xff] : "the guest is lost");
}

static void one_vcpu(unsigned int lrs, const char *what)
{
	struct guest_cpu *cpu = &one.cpus[0];
	unsigned int storms = 2 * STORMS;
	uint64_t error = 0;

	puppet_load(cpu, lrs);
	while (storms-- && !error)
		error = puppet(cpu, PUPPET_STORM, ++seed, ROUNDS, 1).value;
	guest_cpu_put(cpu);
	result(error, what);
}

/* ---- Two vCPUs on one CPU ------------------------------------------------------------------------------ */

/* The second one has its own PPIs and SGIs; both see each other's SPIs. Each turn is of some exits. */
static bool take_turn(struct guest_cpu *cpu, bool alone)
{
	unsigned int exits = host_random() % 16;
	enum exit_reason reason;

	puppet_load(cpu, (unsigned int)(1 + host_random() % 4));
	do {
		reason = machine_run(cpu);
		if (reason == EXIT_HALT && alone)
			guest_cpu_wait(cpu);
	} while (reason == EXIT_EXTERNAL_INTERRUPT ? exits-- : reason == EXIT_HALT && alone);
	guest_cpu_put(cpu);
	return reason != EXIT_EXTERNAL_INTERRUPT && reason != EXIT_HALT;
}

static void by_turns(void)
{
	unsigned int storms = STORMS, n;
	uint64_t error = 0;

	/* A guest that waits for the other one does not exit: the host's tick ends its turn. */
	host_ticks_start(300);
	while (storms-- && !error) {
		bool done[2] = { false };

		seed++;
		for (n = 0; n < 2; n++)
			puppet_order(&two.cpus[n], PUPPET_STORM, seed, ROUNDS, 2);
		for (n = 0; !done[0] || !done[1]; n ^= 1)
			if (!done[n])
				done[n] = take_turn(&two.cpus[n], done[n ^ 1]);
		for (n = 0; n < 2; n++)
			error |= puppet_answer(&two.cpus[n], EXIT_HYPERCALL).value;
	}
	host_ticks_stop();
	result(error, "two vCPUs that take turns on one CPU, with one to four list registers: the same");
}

/* ---- Two vCPUs on two CPUs ----------------------------------------------------------------------------- */

static struct smp_barrier barrier;
static uint64_t errors[2];

/* Each CPU has its own vCPU, and exchanges it for the other's when the storm is over. */
static void at_once(struct percpu *here)
{
	unsigned int n, storms;

	for (storms = 0; storms < 2 * STORMS; storms++) {
		struct guest_cpu *cpu = &two.cpus[(here->id + storms) % 2];

		puppet_load(cpu, storms % 2 ? 2 : 0);
		smp_barrier(&barrier, 2);
		errors[here->id] |= puppet(cpu, PUPPET_STORM, seed + 1 + storms, ROUNDS, 2).value;
		guest_cpu_put(cpu);
		smp_barrier(&barrier, 2);
		for (n = 0; n < 2; n++)
			if (errors[n])
				return;
	}
}

static void second_cpu(struct percpu *here)
{
	if (here->id != 1)
		return;
	smp_barrier(&barrier, 2);
	at_once(here);
}

static void two_cpus(void)
{
	const char *what = "two vCPUs on two CPUs: the same";

	if (host_start_others(second_cpu) < 2) {
		TAP_SKIP(what, "there is one CPU");
		return;
	}
	smp_barrier(&barrier, 2);
	at_once(this_cpu());
	result(errors[0] | errors[1], what);
}

void main(void)
{
	host_start();
	tap_plan(6);
	puppet_machine(&one, "one", 1);
	puppet_machine(&two, "two", 2);
	one_vcpu(0, "all list registers: every interrupt comes once");
	one_vcpu(3, "three list registers: the same");
	one_vcpu(2, "two list registers: the same");
	one_vcpu(1, "one list register: the same");
	by_turns();
	two_cpus();
	tap_done();
}
