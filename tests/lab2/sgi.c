// SPDX-License-Identifier: MIT
/*
 * sgi.c - SGIs from every CPU to every CPU, itself included, all at the same time: each is taken
 * once, by the CPU it is for. And the barrier that they start from.
 */
#include "every_cpu.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"

#define ROUNDS		4
#define BARRIERS	20

/*
 * taken[to][from]: the sender is known by the INTID, which is its number, and 8 more in every other
 * round. So all of the 16 SGIs are used, and no two CPUs ever send the same one.
 */
static volatile unsigned int taken[MAX_CPUS][MAX_CPUS];
static volatile unsigned int wrong_intid[MAX_CPUS];
static volatile bool gave_up[MAX_CPUS];

static enum irq_result count(struct percpu *cpu, uint32_t intid)
{
	unsigned int id = cpu_affinity() % MAX_CPUS, from = intid % 8;

	if (intid == INTID_CNTHP) {
		/* The alarm of wait_for(). */
		gave_up[id] = true;
		timer_stop();
		return IRQ_HANDLED;
	}
	if (cpu != smp_cpu(id) || intid > 15 || taken[id][from] % 2 != intid / 8)
		wrong_intid[id]++;
	__atomic_store_n(&taken[id][from], taken[id][from] + 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = count };

/* Sleep until this CPU has taken so many from that one; but an alarm ends it after two seconds. */
static void wait_for(unsigned int id, unsigned int from, unsigned int target)
{
	timer_start(timer_deadline_us(2000000));
	while (taken[id][from] < target && !gave_up[id]) {
		wfi();
		irq_unmask();
		isb();
		irq_mask();
	}
	timer_stop();
}

static void test_sgis(struct percpu *cpu)
{
	unsigned int n = cpu_count(), id = cpu->id, step, round, other;
	struct tally all = {}, waits = {};
	uint64_t alarms;

	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	percpu_hardware_enable(percpu_vectors);
	meet();
	for (round = 0; round < ROUNDS; round++) {
		for (step = 0; step < n; step++) {
			unsigned int to = (id + step) % n, from = (id + n - step) % n;

			/* SGIs are not queued: the last one must have been taken by now. */
			tally_eq(&waits, WAIT_UNTIL(taken[to][id] == round || gave_up[id]), true,
				 "a wait");
			gicv3_send_sgi(smp_cpu(to)->mpidr, id + round % 2 * 8);
			wait_for(id, from, round + 1);
		}
	}
	meet();		/* nothing more is under way to us */
	irq_unmask();
	spin_us(200);
	irq_mask();
	percpu_hardware_disable();

	for (other = 0; other < MAX_CPUS; other++)
		tally_eq(&all, taken[id][other], other < n ? ROUNDS : 0, "SGIs from one CPU");
	alarms = gave_up[id];
	EXPECT_EQ(alarms, false, "no CPU waited in vain for an SGI", GIC_AND_TIMER);
	EXPECT_TALLY(all, "from each CPU as many SGIs are taken as it sent here", GIC_AND_TIMER);
	EXPECT_TALLY(waits, "each SGI sent is taken", GIC_AND_TIMER);
	EXPECT_EQ(wrong_intid[id], 0,
		  "each has the INTID it was sent with, on the CPU it was sent to", INTERRUPT);
	EXPECT_EQ(cpu->counters.irqs - alarms, ROUNDS * n, "as many interrupts are counted",
		  INTERRUPT);
	EXPECT_EQ(cpu->counters.spurious, 0, "none is spurious", INTERRUPT);
	EXPECT_EQ(cpu->counters.unexpected, 0, "none is unexpected", INTERRUPT);
}

/* What the others wrote before the barrier is seen after it, and nobody gets ahead by a round. */
static void test_barrier(struct percpu *cpu)
{
	static unsigned int came[MAX_CPUS];
	static struct smp_barrier barrier;
	unsigned int n = cpu_count(), round, id;
	struct tally behind = {}, ahead = {};

	for (round = 1; round <= BARRIERS; round++) {
		/* Plain stores and loads: the barrier is what orders them. */
		*(volatile unsigned int *)&came[cpu->id] = round;
		smp_barrier(&barrier, n);
		for (id = 0; id < n; id++) {
			unsigned int theirs = *(volatile unsigned int *)&came[id];

			tally_eq(&behind, theirs >= round, true, "a CPU that has not come yet");
			tally_eq(&ahead, theirs <= round + 1, true, "a CPU that did not wait");
		}
	}
	smp_barrier(&barrier, n);
	EXPECT_TALLY(behind, "behind a barrier, every CPU has come to it", OTHER_CPUS);
	EXPECT_TALLY(ahead, "and none is more than one barrier ahead", OTHER_CPUS);
}

static void test(struct percpu *cpu)
{
	test_barrier(cpu);
	test_sgis(cpu);
}

void main(void)
{
	every_cpu(9, &hal, test);
}
