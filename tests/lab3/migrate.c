// SPDX-License-Identifier: MIT
/*
 * migrate.c - more vCPUs than CPUs, each of which takes whichever it can get: they wander from CPU to CPU,
 * with every register, FP included. Two CPUs may reach for one vCPU at the same time: one gets it.
 */
#include "canary_host.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "smp.h"

#define CANARIES	6
#define TURNS		600		/* of each CPU */

static struct canary_vm canaries[CANARIES];
static struct { unsigned int last_cpu, migrations, holders; } places[CANARIES];
static unsigned int cpus, started, refused[MAX_CPUS], errors[MAX_CPUS];
static struct smp_barrier barrier;

static void turn(unsigned int cpu)
{
	unsigned int n = host_random() % CANARIES, exits;
	struct canary_vm *canary = &canaries[n];
	int error;

	host_poison_unbound();
	error = vcpu_bind(&canary->guest.vcpu);
	if (error) {
		refused[cpu] += error == -EPERM;
		errors[cpu] += error != -EPERM;
		return;
	}
	/* It is ours, and nobody else's. */
	errors[cpu] += __atomic_fetch_add(&places[n].holders, 1, __ATOMIC_ACQ_REL) != 0;
	places[n].migrations += places[n].last_cpu != cpu + 1;
	places[n].last_cpu = cpu + 1;
	for (exits = host_random() % 4; exits < 5 && !canary->wrong; exits++) {
		uint64_t random = host_random();

		host_poison_between_runs();
		if (random % 4 == 0)
			timer_start(timer_now() + random / 4 % 64 * timer_frequency() / 1000000);
		canary_handle(canary, run_checked(&canary->guest.vcpu, random / 256 % 16 << 6));
	}
	__atomic_fetch_sub(&places[n].holders, 1, __ATOMIC_ACQ_REL);
	errors[cpu] += vcpu_unbind(&canary->guest.vcpu) != 0;
}

static void take_turns(struct percpu *cpu)
{
	unsigned int n;

	while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
		;
	smp_barrier(&barrier, cpus);
	for (n = 0; n < TURNS; n++)
		turn(cpu->id);
	timer_stop();
	smp_barrier(&barrier, cpus);
	irq_unmask();
	irq_mask();
}

void main(void)
{
	static char names[CANARIES][16];
	unsigned int n, all_refused = 0, all_errors = 0, binds = 0;

	host_start();
	tap_plan(5 + CANARIES + RUN_FINDINGS_TESTS);
	for (n = 0; n < CANARIES; n++) {
		ksnprintf(names[n], sizeof(names[n]), "guest %u", n);
		canary_create(&canaries[n], names[n], n + 10);
	}
	cpus = host_start_others(take_turns);
	__atomic_store_n(&started, 1, __ATOMIC_RELEASE);
	take_turns(this_cpu());

	for (n = 0; n < MAX_CPUS; n++) {
		all_refused += refused[n];
		all_errors += errors[n];
	}
	TAP_EQ(all_errors, 0, "bind is refused with -EPERM only, and gives a vCPU to one CPU", BIND);
	for (n = 0; n < CANARIES; n++) {
		binds += canaries[n].guest.vcpu.binds;
		tap_canary(&canaries[n]);
	}
	TAP_EQ(binds + all_refused, cpus * TURNS, "each bind is counted", BIND);
	TAP_OK(cpus == 1 || places[0].migrations > 20, "vCPUs have wandered", NULL);
	TAP_OK(cpus == 1 || all_refused > 0, "some were taken", NULL);
	TAP_OK(canaries[0].fp_traps > 5, "with FP", NULL);
	tap_run_findings();
	if (counts_wanted())
		printf("# %u CPUs, %u binds, %u refused, migrations of guest 0: %u\n", cpus, binds, all_refused,
		       places[0].migrations);
	tap_done();
}
