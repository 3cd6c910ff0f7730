// SPDX-License-Identifier: MIT
/*
 * start.c - CPUs that do not start. Each is reported and left out, its number stays unused, and
 * the rest go on; one that comes too late must not run, and powers itself off.
 *
 * The firmware's CPU_ON is replaced by one that refuses, forgets or delays. What became of a CPU
 * is asked of the firmware itself (PSCI AFFINITY_INFO). Needs 8 CPUs.
 */
#include "every_cpu.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "entry.h"
#include "lib/errno.h"

#define ON	0		/* AFFINITY_INFO */
#define OFF	1

static enum irq_result no_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = no_irq };

/* What CPU_ON was asked for, in order. */
static unsigned int calls;
static struct call {
	uint64_t affinity, entry, context;
} call[32];

static void note_call(uint64_t affinity, uint64_t entry, uint64_t context)
{
	if (calls < ARRAY_SIZE(call))
		call[calls] = (struct call){ affinity, entry, context };
	calls++;
}

static volatile bool ran[MAX_CPUS];

static void run_and_return(struct percpu *cpu)
{
	ran[cpu->id] = true;
}

static bool any_ran(void)
{
	unsigned int id;

	for (id = 0; id < MAX_CPUS; id++)
		if (ran[id])
			return true;
	return false;
}

/* ---- Machines that are only claimed ---- */

static int64_t answer;			/* of the fake machines below */

static int64_t cpu_on_answers(uint64_t affinity, uint64_t entry, uint64_t context)
{
	note_call(affinity, entry, context);
	return answer;
}

static const struct smp_ops answers = { .cpu_on = cpu_on_answers, .timeout_us = 2000 };

static unsigned int start_fake(int64_t answer_is)
{
	answer = answer_is;
	calls = 0;
	return smp_start(&answers, &hal, run_and_return);
}

static void test_fakes(void)
{
	struct tally affinities = {}, contexts = {};
	unsigned int i, j;
	uint64_t start;

	TAP_EQ(start_fake(PSCI_INVALID_PARAMETERS), 1, "there is no second CPU: one runs",
	       OTHER_CPUS);
	TAP_EQ(calls, 1, "and CPU_ON was asked once", OTHER_CPUS);
	TAP_EQ(start_fake(PSCI_NOT_SUPPORTED), 1, "the firmware has no CPU_ON: one runs",
	       OTHER_CPUS);
	TAP_EQ(calls, 1, "and CPU_ON was asked once", OTHER_CPUS);

	/* All refuse: 7 numbers are used up, then it ends. */
	TAP_EQ(start_fake(PSCI_DENIED), 1, "all CPUs refuse: one runs", OTHER_CPUS);
	TAP_EQ(calls, MAX_CPUS - 1, "each of the others was asked once", OTHER_CPUS);
	for (i = 0; i < MAX_CPUS - 1; i++) {
		const struct cpu_boot *boot = (const struct cpu_boot *)call[i].context;

		tally_eq(&affinities, call[i].affinity, i + 1, "affinity");
		tally_eq(&contexts, call[i].entry, (uintptr_t)el2_secondary_entry, "entry address");
		tally_eq(&contexts, boot->stack_top, 0x7ffc8000 + (i + 1) * 0x8000, "stack");
		for (j = 0; j < i; j++)
			tally_eq(&contexts, call[i].context == call[j].context, false,
				 "one context for two CPUs");
	}
	TAP_EQ(affinities.differs ? affinities.got : 0, affinities.differs ? affinities.want : 0,
	       "by affinity, from 1 to 7", OTHER_CPUS);
	TAP_EQ(contexts.differs ? contexts.got : 0, contexts.differs ? contexts.want : 0,
	       "each with lab 1's entry, and a context and a stack of its own", OTHER_CPUS);

	start = timer_now();
	TAP_EQ(start_fake(PSCI_SUCCESS), 1, "all start and never arrive: one runs", OTHER_CPUS);
	TAP_OK(timer_now() - start >= 7 * timer_frequency() / 500, "each was given its time",
	       OTHER_CPUS);
	TAP_OK(timer_now() - start < 2 * timer_frequency(), "and not much more", OTHER_CPUS);
	TAP_OK(!any_ran(), "no CPU ran", OTHER_CPUS);
	for (i = 1; i < MAX_CPUS; i++)
		if (smp_is_online(i))
			break;
	TAP_EQ(i, MAX_CPUS, "none is online", OTHER_CPUS);
}

/* ---- Eight CPUs, three of which are good ---- */

#define REFUSES		2
#define NEVER		3
#define LATE		4
#define LIES		5		/* it is on, whatever CPU_ON says */
#define DENIED		6

static struct call late, lied;

static int64_t cpu_on_troubled(uint64_t affinity, uint64_t entry, uint64_t context);

static struct smp_ops troubled = { .cpu_on = cpu_on_troubled };

static int64_t cpu_on_troubled(uint64_t affinity, uint64_t entry, uint64_t context)
{
	note_call(affinity, entry, context);
	/* A good one has time enough, on a host that is busy with other things, too. */
	troubled.timeout_us = affinity == NEVER || affinity == LATE ? 20000 : 5000000;
	switch (affinity) {
	case REFUSES:
		return PSCI_INTERNAL_FAILURE;
	case NEVER:
		return PSCI_SUCCESS;
	case LATE:
		late = (struct call){ affinity, entry, context };
		return PSCI_SUCCESS;
	case LIES:
		lied = (struct call){ affinity, entry, context };
		return PSCI_ALREADY_ON;
	case DENIED:
		return PSCI_DENIED;
	}
	return smp_psci.cpu_on(affinity, entry, context);
}

static struct smp_barrier barrier;
static volatile unsigned int rounds[MAX_CPUS];

/* The three good ones show that they run, and can wait for each other. */
static void run(struct percpu *cpu)
{
	ran[cpu->id] = true;
	if (cpu->id == LATE || cpu->id == LIES)
		return;
	for (int i = 0; i < 5; i++) {
		smp_barrier(&barrier, 3);
		rounds[cpu->id]++;
	}
}

static void test_troubled(void)
{
	static const bool online[MAX_CPUS] = {
		true, true, false, false, false, false, false, true
	};
	struct tally is_online = {};
	unsigned int id;

	calls = 0;
	TAP_EQ(smp_start(&troubled, &hal, run), 3, "five of eight CPUs do not start: three run",
	       OTHER_CPUS);
	TAP_EQ(calls, 7, "each was asked once, also those behind the bad ones", OTHER_CPUS);
	for (id = 0; id < MAX_CPUS; id++)
		tally_eq(&is_online, smp_is_online(id), online[id], "a CPU");
	TAP_OK(!is_online.differs, "smp_is_online() tells which; a number is not given to another",
	       OTHER_CPUS);
	run(smp_boot_cpu());
	TAP_OK(WAIT_UNTIL(rounds[1] == 5 && rounds[7] == 5), "the three meet at barriers",
	       OTHER_CPUS);
	TAP_EQ((uintptr_t)smp_cpu(7)->stack_top, 0x80000000, "CPU 7 has the stack of its number",
	       OTHER_CPUS);
	TAP_OK(WAIT_UNTIL(affinity_info(1) == OFF && affinity_info(7) == OFF),
	       "a CPU whose run() has returned powers itself off", OTHER_CPUS);
	TAP_EQ(affinity_info(0), ON, "(AFFINITY_INFO can tell: the boot CPU is on)", OTHER_CPUS);
	TAP_EQ(affinity_info(NEVER), OFF, "(one that was never started is off)", OTHER_CPUS);

	/* Now the late one comes. Its struct percpu tells that it has come as far as C. */
	TAP_EQ(smp_cpu(LATE)->mpidr & 0xff, 0, "the late CPU has not come so far", OTHER_CPUS);
	TAP_EQ(smp_psci.cpu_on(late.affinity, late.entry, late.context), 0,
	       "the late CPU: it comes at last", OTHER_CPUS);
	TAP_OK(WAIT_UNTIL(((volatile struct percpu *)smp_cpu(LATE))->mpidr != 0),
	       "the late CPU: it is in C", OTHER_CPUS);
	TAP_OK(WAIT_UNTIL(affinity_info(LATE) == OFF), "the late CPU: it powers itself off",
	       OTHER_CPUS);
	TAP_EQ(ran[LATE], false, "the late CPU: it did not run", OTHER_CPUS);
	TAP_EQ(smp_is_online(LATE), false, "the late CPU: it is not online", OTHER_CPUS);

	/* So does one that was refused. */
	TAP_EQ(smp_psci.cpu_on(lied.affinity, lied.entry, lied.context), 0,
	       "a refused CPU: it comes after all", OTHER_CPUS);
	TAP_OK(WAIT_UNTIL(affinity_info(LIES) == OFF), "a refused CPU: it powers itself off",
	       OTHER_CPUS);
	TAP_EQ(ran[LIES], false, "a refused CPU: it did not run", OTHER_CPUS);
	TAP_EQ(smp_is_online(LIES), false, "a refused CPU: it is not online", OTHER_CPUS);
}

void main(void)
{
	console_init();
	tap_plan(32);
	TAP_EQ(percpu_init(smp_boot_cpu(), 0, &hal), 0, "percpu_init() of the boot CPU", OWN_PAGE);
	test_fakes();
	test_troubled();
	tap_done();
}
