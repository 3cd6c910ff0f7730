// SPDX-License-Identifier: MIT
/*
 * many.c - a VM of eight vCPUs (guests/many.c), on one CPU, on two, and on eight. The guest says what it has
 * found; the host has counted whose turn it was.
 */
#include "host.h"

#include "drivers/console.h"
#include "guest/guest.h"
#include "guests/many.h"
#include "scheduler.h"
#include "smp.h"

extern const char many_guest[], many_guest_end[];

static struct guest_vm vm;
static exit_handler next_hvc;
static uint64_t turns[MARKS][MANY_VCPUS];

/* The other CPUs may be about to count one more. */
static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	unsigned int n;

	if ((esr & ISS_IMM16) != HVC_MARK)
		return next_hvc(cpu, esr);
	for (n = 0; n < MANY_VCPUS; n++)
		turns[cpu->vcpu.frame.x[0] % MARKS][n] = __atomic_load_n(&vm.tasks[n].turns, __ATOMIC_RELAXED);
	return EXIT_NOTHING;
}

static uint64_t had(enum many_mark from, unsigned int vcpu)
{
	return turns[from + 1][vcpu] - turns[from][vcpu];
}

/* vCPUs that had less than half as many turns as another one of their CPU; three at the ends are given. */
static unsigned int unfair(void)
{
	unsigned int n, m, count = 0;

	for (n = 0; n < MANY_VCPUS; n++)
		for (m = 0; m < MANY_VCPUS; m++)
			count += vm.tasks[n].home == vm.tasks[m].home &&
				 2 * had(MARK_BUSY, n) + 3 < had(MARK_BUSY, m);
	return count;
}

static void print_turns(const char *when, enum many_mark from)
{
	unsigned int n;

	printf("# turns while %s:", when);
	for (n = 0; n < MANY_VCPUS; n++)
		printf(" %lu", had(from, n));
	printf("\n");
}

void main(void)
{
	unsigned int n, cpus = host_start(HOST_FIRMWARE, NULL), without = 0, sleepers = 0, too_many = 0;

	tap_plan(MANY_TESTS + 4);
	next_hvc = exit_register(EC_HVC64, exit_hvc);
	host_vm(&vm, "vm", many_guest, many_guest_end, MANY_VCPUS, 0);
	host_run();

	print_turns("all are busy", MARK_BUSY);
	print_turns("four sleep", MARK_SLEEP);
	for (n = 0; n < MANY_VCPUS; n++) {
		without += had(MARK_BUSY, n) < 2;
		sleepers += MANY_IS_SLEEPER(n) && had(MARK_SLEEP, n);
		too_many += had(MARK_BUSY, n) > MANY_PERIOD_US / SCHEDULER_SLICE_US;
	}
	TAP_EQ(without, cpus < MANY_VCPUS ? 0 : MANY_VCPUS,
	       cpus < MANY_VCPUS ? "each has had its turns" : "with a CPU for each, none is taken off it", SCHEDULING);
	TAP_EQ(unfair(), 0, "and about as many as the others", SCHEDULING);
	TAP_EQ(too_many, 0, "a turn is a slice of time, and no less", SCHEDULING);
	TAP_EQ(sleepers, 0, "who sleeps, has no turns", SCHEDULING);
	tap_done();
}
