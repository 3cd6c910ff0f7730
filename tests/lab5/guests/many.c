// SPDX-License-Identifier: MIT
/*
 * many.c - eight vCPUs, perhaps on one CPU: all of them busy, some of them asleep, and all of them interrupting
 * each other.
 */
#include "many.h"

#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "report.h"

#define CPUS		MANY_VCPUS
#define ROUNDS		8
#define SGI_WAKE	15
#define WAKES_MAX	3		/* while nobody wakes them */
#define TIMEOUT_US	4000000

#define LOAD(x)		__atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define STORE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_SEQ_CST)
#define ADD(x, value)	__atomic_add_fetch(&(x), value, __ATOMIC_SEQ_CST)

enum phase { STARTS, BUSY, SLEEP, TALK };
static uint32_t phase, here, asleep, arrived, gave_up;

/* Of each vCPU, written by itself alone. */
static struct {
	uint64_t work;
	uint32_t heard[CPUS];		/* SGI n is from vCPU n */
	uint32_t woken;
} cpus[CPUS] __aligned(128);

static unsigned int me(void)
{
	return guest_cpu_number();
}

static void handle(struct guest_frame *frame, unsigned int vector)
{
	uint32_t intid;

	if (vector != GUEST_FROM_SPX + GUEST_IRQ) {
		hvc(HVC_DONE, 0xb00 + vector, read_sysreg(ESR_EL1), frame->elr, read_sysreg(FAR_EL1));
		return;
	}
	intid = gicv3_acknowledge();
	if (gic_is_special(intid))
		return;
	if (intid < CPUS)
		ADD(cpus[me()].heard[intid], 1);
	else if (intid == INTID_CNTP)
		write_sysreg(CNTP_CTL_EL0, 0);
	isb();
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

/* When one wait was in vain, the others are not worth their time. */
#define wait_for(condition) do {						\
	uint64_t deadline_ = timer_deadline_us(TIMEOUT_US);			\
	while (!(condition) && !LOAD(gave_up)) {				\
		if (timer_passed(deadline_))					\
			STORE(gave_up, 1);					\
		rest(200);							\
	}									\
} while (0)

static void start_interrupts(void)
{
	guest_on_exception(handle);
	nap_init();
}

/* With interrupts masked and no exit of its own: until the period is over, or another vCPU says so. */
static void work_while(enum phase now, uint64_t until)
{
	while (LOAD(phase) == now && !timer_passed(until))
		cpus[me()].work++;
}

/*
 * WFI without a timer; the SGI that ends it stays pending until IRQs are unmasked. What nap() has left pending
 * is taken before. WFI may end early for no reason that concerns the guest, but not often.
 */
static void sleep(void)
{
	irq_unmask();
	isb();
	irq_mask();
	ADD(asleep, 1);
	while (LOAD(phase) == SLEEP) {
		wfi();
		STORE(cpus[me()].woken, cpus[me()].woken + 1);
	}
}

/* All to all; and the next round when everybody has heard everybody: a second SGI would merge with the first. */
static void talk(void)
{
	uint32_t round;
	unsigned int n;

	irq_unmask();
	for (round = 1; round <= ROUNDS; round++) {
		for (n = 0; n < CPUS; n++)
			if (n != me())
				gicv3_send_sgi(n, me());
		for (n = 0; n < CPUS; n++)
			if (n != me())
				wait_for(LOAD(cpus[me()].heard[n]) >= round);
		ADD(arrived, 1);
		wait_for(LOAD(arrived) >= CPUS * round);
	}
}

static void other(uint64_t number)
{
	start_interrupts();
	ADD(here, 1);
	while (LOAD(phase) == STARTS)
		nap(500);
	work_while(BUSY, UINT64_MAX);
	if (MANY_IS_SLEEPER(number))
		sleep();
	else
		work_while(SLEEP, UINT64_MAX);
	while (LOAD(phase) == SLEEP)
		nap(500);
	talk();
	/* And off, by its return. */
}

static void wake_all(void)
{
	unsigned int n;

	for (n = 1; n < CPUS; n++)
		if (MANY_IS_SLEEPER(n))
			gicv3_send_sgi(n, SGI_WAKE);
}

void guest_main(uint64_t resets)
{
	unsigned int n, m, errors = 0, idle = 0, slept = 0, missing = 0, on = 0;

	(void)resets;
	guest_mmu_enable();
	gicv3_dist_init();
	start_interrupts();
	STORE(here, 1);
	for (n = 1; n < CPUS; n++)
		errors += guest_cpu_on(n, other, n) != PSCI_SUCCESS;
	wait_for(LOAD(here) == CPUS);
	irq_mask();
	REPORT_EQ(LOAD(here), CPUS, "all vCPUs have come up", SCHEDULING);
	REPORT_EQ(errors, 0, "by a CPU_ON that said SUCCESS", PSCI_CALLS);

	/* Seven that spin with interrupts masked, and this one comes to its turn all the same. */
	STORE(phase, BUSY);
	nap(20000);
	hvc(HVC_MARK, MARK_BUSY, 0, 0, 0);
	work_while(BUSY, timer_deadline_us(MANY_PERIOD_US));
	hvc(HVC_MARK, MARK_BUSY_END, 0, 0, 0);
	/* With a CPU for each, it is QEMU's machine that may have kept one of them waiting. */
	for (n = 0; n < CPUS; n++)
		wait_for(*(volatile uint64_t *)&cpus[n].work);
	irq_mask();
	for (n = 0; n < CPUS; n++)
		idle += !cpus[n].work;
	REPORT_EQ(idle, 0, "each has done some work, though none lets another one go first", SCHEDULING);

	STORE(phase, SLEEP);
	wait_for(LOAD(asleep) == 4);
	irq_mask();
	/* From the count to the WFI it is an instruction or two, but perhaps not in the same turn. */
	nap(100000);
	hvc(HVC_MARK, MARK_SLEEP, 0, 0, 0);
	work_while(SLEEP, timer_deadline_us(MANY_PERIOD_US));
	hvc(HVC_MARK, MARK_SLEEP_END, 0, 0, 0);
	for (n = 0; n < CPUS; n++)
		slept += MANY_IS_SLEEPER(n) && LOAD(cpus[n].woken) <= WAKES_MAX;
	REPORT_EQ(slept, 4, "four were asleep all the time", SCHEDULING);

	STORE(phase, TALK);
	wake_all();
	talk();
	for (n = 0; n < CPUS; n++)
		for (m = 0; m < CPUS; m++)
			missing += n != m && LOAD(cpus[n].heard[m]) != ROUNDS;
	/* Who has heard how much: a digit for each sender, vCPU 0's on the right. */
	for (n = 0; missing && n < CPUS; n++) {
		uint64_t heard = 0;

		for (m = 0; m < CPUS; m++)
			heard |= (uint64_t)(LOAD(cpus[n].heard[m]) & 15) << 4 * m;
		REPORT_NOTE(heard, "heard by the next vCPU, from each");
	}
	REPORT_EQ(missing, 0, "each vCPU has every SGI that each other one has sent it", SCHEDULING);
	for (n = 1; n < CPUS; n++) {
		wait_for(guest_call_hvc(PSCI_AFFINITY_INFO_64, n, 0, 0) == PSCI_AFFINITY_OFF);
		on += guest_call_hvc(PSCI_AFFINITY_INFO_64, n, 0, 0) != PSCI_AFFINITY_OFF;
	}
	REPORT_EQ(on, 0, "all others have gone off again", PSCI_CALLS);
	guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
