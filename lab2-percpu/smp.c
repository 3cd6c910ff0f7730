// SPDX-License-Identifier: MIT
#include "smp.h"

#include "arch/barrier.h"
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "entry.h"
#include "lib/errno.h"

/* How far a CPU has come. It and the boot CPU race for the step out of STARTING: one of them wins. */
enum start_state {
	NOT_STARTED,
	STARTING,
	ARRIVED,		/* by the CPU: it is in C, and will run */
	GIVEN_UP,		/* by the boot CPU: it took too long, and must not run any more */
};

/* A CPU on its way. Aligned, because it is cleaned from the cache by whole lines. */
struct start {
	struct cpu_boot boot;
	unsigned int id;
	uint32_t state;
	const struct vcpu_hal *hal;
	void (*run)(struct percpu *cpu);
} __aligned(128);

static struct percpu cpus[MAX_CPUS];
static struct start starts[MAX_CPUS];

struct percpu *smp_cpu(unsigned int id)
{
	return &cpus[id];
}

static int64_t psci_cpu_on(uint64_t affinity, uint64_t entry, uint64_t context)
{
	return (int64_t)smc_call(PSCI_CPU_ON_64, affinity, entry, context).x0;
}

static int64_t psci_affinity_info(uint64_t affinity)
{
	return (int64_t)smc_call(PSCI_AFFINITY_INFO_64, affinity, 0, 0).x0;
}

const struct smp_ops smp_psci = {
	.cpu_on = psci_cpu_on,
	.affinity_info = psci_affinity_info,
	.timeout_us = 1000000,
};

/* Out of STARTING, for the one who comes first. */
static bool leave_starting(struct start *start, uint32_t to)
{
	uint32_t from = STARTING;

	return __atomic_compare_exchange_n(&start->state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* A secondary's first C function, called by lab 1's entry.S on the CPU's own stack. */
static void arrive(void *argument)
{
	struct start *start = argument;
	struct percpu *cpu = &cpus[start->id];

	if (percpu_init(cpu, start->id, start->hal))
		return;
	if (!leave_starting(start, ARRIVED))
		return;			/* too late: nobody counts on this CPU, so it goes off again */
	sev();
	start->run(cpu);
}

/* Start the CPU of this affinity. Returns 0, the negative PSCI error code, or -ETIMEDOUT. */
static int64_t start_one(const struct smp_ops *ops, struct start *start, uint64_t affinity)
{
	uint64_t deadline;
	int64_t error;

	/* The CPU reads this with its MMU off, beside the caches. */
	dcache_clean_poc(start, sizeof(*start));
	error = ops->cpu_on(affinity, (uintptr_t)el2_secondary_entry, (uintptr_t)&start->boot);
	/* Refused: nobody will wait for it. If it is there all the same, then it is there. */
	if (error != PSCI_SUCCESS && leave_starting(start, GIVEN_UP))
		return error;
	deadline = timer_deadline_us(ops->timeout_us);
	while (__atomic_load_n(&start->state, __ATOMIC_ACQUIRE) == STARTING)
		if (timer_passed(deadline) && leave_starting(start, GIVEN_UP))
			return -ETIMEDOUT;
	return 0;
}

unsigned int smp_start(const struct smp_ops *ops, const struct vcpu_hal *hal,
		       void (*run)(struct percpu *cpu))
{
	uint64_t own = cpu_affinity();
	unsigned int id = 1, online = 1;
	uint64_t aff0;

	for (aff0 = 0; id < MAX_CPUS; aff0++) {
		uint64_t affinity = (own & ~0xffUL) | aff0;
		struct start *start = &starts[id];
		int64_t error;

		if (affinity == own)
			continue;
		*start = (struct start){
			.boot = {
				.stack_top = STACK_TOP(id),
				.entry = arrive,
				.argument = start,
			},
			.id = id,
			.state = STARTING,
			.hal = hal,
			.run = run,
		};
		error = start_one(ops, start, affinity);
		if (error == PSCI_INVALID_PARAMETERS)
			break;			/* no such CPU: the last one was the last */
		if (error == PSCI_NOT_SUPPORTED) {
			printf("el2labs: the firmware has no CPU_ON: this CPU is the only one\n");
			break;
		}
		if (error == -ETIMEDOUT)
			printf("el2labs: CPU %u (affinity 0x%lx) has not come up in %lu ms; left out\n",
			       id, affinity, ops->timeout_us / 1000);
		else if (error)
			printf("el2labs: CPU %u (affinity 0x%lx) does not start, PSCI error %ld; "
			       "left out\n", id, affinity, error);
		else
			online++;
		id++;
	}
	if (id == MAX_CPUS && ops->affinity_info && ops->affinity_info((own & ~0xffUL) | aff0) >= 0)
		printf("el2labs: more than %d CPUs: the others stay off\n", MAX_CPUS);
	return online;
}

bool smp_is_online(unsigned int id)
{
	return id == 0 || __atomic_load_n(&starts[id].state, __ATOMIC_ACQUIRE) == ARRIVED;
}

void smp_barrier(struct smp_barrier *barrier, unsigned int count)
{
	uint32_t round = __atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE);

	if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == count) {
		/* The last one opens the barrier, and has it ready for the next time. */
		__atomic_store_n(&barrier->arrived, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
		dsb(ishst);		/* the store is seen before the event wakes anybody */
		sev();
		return;
	}
	while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
		wfe();
}
