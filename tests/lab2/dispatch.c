// SPDX-License-Identifier: MIT
/*
 * dispatch.c - what becomes of an interrupt between its acknowledgement and its end: handled,
 * forwarded, unexpected, spurious. First with a host that only writes down what it is asked for,
 * then with the real GIC; there on every CPU at once.
 */
#include "every_cpu.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "irq.h"
#include "lib/printf.h"

/* ---- A host that writes down ----------------------------------------------------------------- */

static struct {
	uint32_t intid;			/* to be acknowledged */
	enum irq_result result;		/* of the handler */
	char calls[160];
	struct percpu *cpu;		/* as the handler was told */
} fake;

static void note(const char *what, uint32_t intid)
{
	size_t length = strlen(fake.calls);

	ksnprintf(fake.calls + length, sizeof(fake.calls) - length, "%s %u, ", what, intid);
}

static uint32_t fake_acknowledge(void)
{
	note("acknowledge", fake.intid);
	return fake.intid;
}

static enum irq_result fake_handler(struct percpu *cpu, uint32_t intid)
{
	fake.cpu = cpu;
	note("handle", intid);
	return fake.result;
}

static void fake_drop(uint32_t intid)
{
	note("drop", intid);
}

static void fake_deactivate(uint32_t intid)
{
	note("deactivate", intid);
}

static void fake_disable(struct percpu *cpu, uint32_t intid)
{
	fake.cpu = cpu;
	note("disable", intid);
}

static const struct vcpu_hal fake_hal = {
	REAL_PAGES,
	.irq_acknowledge = fake_acknowledge,
	.irq_drop = fake_drop,
	.irq_deactivate = fake_deactivate,
	.irq_handler = fake_handler,
	.irq_disable = fake_disable,
};

static struct percpu fake_cpu = { .id = 5, .hal = &fake_hal };

/* One interrupt; were these the calls, and these the counters? */
static void tally_dispatch(struct tally *tally, uint32_t intid, enum irq_result result,
			   const char *calls, bool irq, bool spurious, bool unexpected)
{
	struct percpu_counters before = fake_cpu.counters, *after = &fake_cpu.counters;

	fake.intid = intid;
	fake.result = result;
	fake.calls[0] = '\0';
	fake.cpu = &fake_cpu;
	irq_dispatch(&fake_cpu);
	tally_eq(tally, strcmp(fake.calls, calls), 0, calls);
	tally_eq(tally, (uintptr_t)fake.cpu, (uintptr_t)&fake_cpu, "the host was told the CPU");
	tally_eq(tally, after->irqs - before.irqs, irq, "counters.irqs");
	tally_eq(tally, after->spurious - before.spurious, spurious, "counters.spurious");
	tally_eq(tally, after->unexpected - before.unexpected, unexpected, "counters.unexpected");
}

static void test_calls(void)
{
	static const uint32_t intids[] = { 0, 7, 15, 16, 26, 31, 32, 33, 1019 };
	struct tally handled = {}, forwarded = {}, unexpected = {}, special = {};
	char calls[160];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(intids); i++) {
		uint32_t n = intids[i];

		ksnprintf(calls, sizeof(calls),
			  "acknowledge %u, handle %u, drop %u, deactivate %u, ", n, n, n, n);
		tally_dispatch(&handled, n, IRQ_HANDLED, calls, true, false, false);
		ksnprintf(calls, sizeof(calls), "acknowledge %u, handle %u, drop %u, ", n, n, n);
		tally_dispatch(&forwarded, n, IRQ_FORWARDED, calls, true, false, false);
		ksnprintf(calls, sizeof(calls),
			  "acknowledge %u, handle %u, disable %u, drop %u, deactivate %u, ", n, n,
			  n, n, n);
		tally_dispatch(&unexpected, n, IRQ_UNEXPECTED, calls, true, false, true);
	}
	/* 1020 to 1023 are no interrupts: nothing is handled, and nothing has an end. */
	for (i = 1020; i <= 1023; i++) {
		ksnprintf(calls, sizeof(calls), "acknowledge %u, ", (uint32_t)i);
		tally_dispatch(&special, i, IRQ_HANDLED, calls, false, true, false);
	}
	EXPECT_TALLY(handled, "handled: acknowledge, handle, drop, deactivate", INTERRUPT);
	EXPECT_TALLY(forwarded, "forwarded: the deactivation is left to the guest", INTERRUPT);
	EXPECT_TALLY(unexpected, "unexpected: disabled before it ends, and counted", INTERRUPT);
	EXPECT_TALLY(special, "INTIDs 1020 to 1023: counted as spurious, nothing else", INTERRUPT);
}

/* ---- The real GIC ---------------------------------------------------------------------------- */

#define SGI_HANDLED	1
#define SGI_FORWARDED	2
#define SGI_UNEXPECTED	7

static volatile unsigned int taken[MAX_CPUS][32];
static volatile bool timer_is_expected[MAX_CPUS];

static enum irq_result handler(struct percpu *cpu, uint32_t intid)
{
	if (intid < 32)
		taken[cpu->id][intid]++;
	switch (intid) {
	case SGI_HANDLED:
		return IRQ_HANDLED;
	case SGI_FORWARDED:
		return IRQ_FORWARDED;
	case INTID_CNTHP:
		if (!timer_is_expected[cpu->id])
			return IRQ_UNEXPECTED;	/* and its level stays high */
		timer_stop();
		return IRQ_HANDLED;
	}
	return IRQ_UNEXPECTED;
}

/* A level that falls after the CPU has taken the IRQ, and before it looks what it is. */
static volatile bool too_late[MAX_CPUS];

static uint32_t acknowledge(void)
{
	if (too_late[cpu_affinity() % MAX_CPUS])
		timer_stop();
	return gicv3_acknowledge();
}

static const struct vcpu_hal hal = {
	REAL_PAGES,
	.irq_acknowledge = acknowledge, .irq_drop = gicv3_drop_priority,
	.irq_deactivate = gicv3_deactivate, .irq_handler = handler, .irq_disable = gic_disable,
};

/* Send an SGI to this CPU itself, and let it be taken. */
static void sgi(uint32_t intid)
{
	gicv3_send_sgi(cpu_affinity(), intid);
	irq_unmask();
	spin_us(300);
	irq_mask();
}

/* ICC_RPR_EL1: the priority that is in force; 0xff is none. */
static uint64_t running_priority(void)
{
	return read_sysreg(S3_0_C12_C11_3) & 0xff;
}

static void test_handled(struct percpu *cpu)
{
	volatile unsigned int *n = &taken[cpu->id][SGI_HANDLED];

	sgi(SGI_HANDLED);
	EXPECT_EQ(*n, 1, "handled: taken once", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISACTIVER, SGI_HANDLED), false,
		  "handled: not active afterwards", INTERRUPT);
	EXPECT_EQ(running_priority(), 0xff, "handled: its priority is dropped", INTERRUPT);
	sgi(SGI_HANDLED);
	EXPECT_EQ(*n, 2, "handled: it can come again", INTERRUPT);
}

static void test_forwarded(struct percpu *cpu)
{
	volatile unsigned int *n = &taken[cpu->id][SGI_FORWARDED];

	sgi(SGI_FORWARDED);
	EXPECT_EQ(*n, 1, "forwarded: taken once", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISACTIVER, SGI_FORWARDED), true, "forwarded: still active",
		  INTERRUPT);
	EXPECT_EQ(running_priority(), 0xff, "forwarded: its priority is dropped", INTERRUPT);
	sgi(SGI_FORWARDED);
	EXPECT_EQ(*n, 1, "forwarded: it does not come again while it is active", INTERRUPT);
	sgi(SGI_HANDLED);
	EXPECT_EQ(taken[cpu->id][SGI_HANDLED], 3, "forwarded: others come meanwhile", INTERRUPT);
	gicv3_deactivate(SGI_FORWARDED);	/* as the guest would */
	irq_unmask();
	spin_us(300);
	irq_mask();
	EXPECT_EQ(*n, 2, "forwarded: deactivated, it comes again", INTERRUPT);
	gicv3_deactivate(SGI_FORWARDED);
}

static void test_unexpected(struct percpu *cpu)
{
	volatile unsigned int *n = &taken[cpu->id][SGI_UNEXPECTED];
	volatile unsigned int *timer = &taken[cpu->id][INTID_CNTHP];
	uint64_t irqs = cpu->counters.irqs;

	EXPECT_EQ(private_bit(cpu, GICD_ISENABLER, SGI_UNEXPECTED), true,
		  "SGIs are enabled at first", GIC_AND_TIMER);
	sgi(SGI_UNEXPECTED);
	EXPECT_EQ(*n, 1, "an SGI that nobody expects: taken once", INTERRUPT);
	EXPECT_EQ(cpu->counters.unexpected, 1, "an SGI that nobody expects: counted", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISENABLER, SGI_UNEXPECTED), false,
		  "an SGI that nobody expects: disabled", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISACTIVER, SGI_UNEXPECTED), false,
		  "an SGI that nobody expects: not active afterwards", INTERRUPT);
	EXPECT_EQ(running_priority(), 0xff, "an SGI that nobody expects: its priority is dropped",
		  INTERRUPT);
	sgi(SGI_UNEXPECTED);
	EXPECT_EQ(*n, 1, "sent again, it does not come", INTERRUPT);
	sgi(SGI_HANDLED);
	EXPECT_EQ(taken[cpu->id][SGI_HANDLED], 4, "the machine goes on: others come", INTERRUPT);

	/* A level that nobody lowers. */
	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	timer_start(timer_now());
	irq_unmask();
	spin_us(500);
	irq_mask();
	EXPECT_EQ(*timer, 1, "a level that stays high and that nobody expects: taken once",
		  INTERRUPT);
	EXPECT_EQ(cpu->counters.unexpected, 2, "a level that nobody expects: counted", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISENABLER, INTID_CNTHP), false,
		  "a level that nobody expects: disabled", INTERRUPT);
	timer_stop();
	timer_is_expected[cpu->id] = true;
	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	timer_start(timer_now());
	irq_unmask();
	WAIT_UNTIL(*timer == 2);
	irq_mask();
	EXPECT_EQ(*timer, 2, "enabled again and expected, it is handled", INTERRUPT);
	EXPECT_EQ(cpu->counters.irqs - irqs, 4, "all of these are counted as interrupts",
		  INTERRUPT);
}

static void test_spurious(struct percpu *cpu)
{
	struct percpu_counters before = cpu->counters;
	unsigned int handled = taken[cpu->id][INTID_CNTHP];

	too_late[cpu->id] = true;
	timer_start(timer_now());
	irq_unmask();
	WAIT_UNTIL(cpu->counters.spurious != before.spurious);
	spin_us(300);
	irq_mask();
	too_late[cpu->id] = false;
	EXPECT_EQ(cpu->counters.spurious - before.spurious, 1,
		  "a level that falls before it is acknowledged: one spurious interrupt",
		  INTERRUPT);
	EXPECT_EQ(cpu->counters.irqs, before.irqs, "it counts as no interrupt", INTERRUPT);
	EXPECT_EQ(taken[cpu->id][INTID_CNTHP], handled, "the host's handler is not called",
		  INTERRUPT);
	EXPECT_EQ(running_priority(), 0xff, "no priority is in force", INTERRUPT);
	timer_start(timer_now());
	irq_unmask();
	WAIT_UNTIL(taken[cpu->id][INTID_CNTHP] != handled);
	irq_mask();
	EXPECT_EQ(taken[cpu->id][INTID_CNTHP], handled + 1, "the next real one is taken",
		  INTERRUPT);
}

static void test(struct percpu *cpu)
{
	if (cpu->id == 0)
		test_calls();
	else
		for (unsigned int i = 0; i < 4; i++)
			EXPECT(true, "(done by the boot CPU)", INTERRUPT);
	meet();

	percpu_hardware_enable(percpu_vectors);
	test_handled(cpu);
	test_forwarded(cpu);
	test_unexpected(cpu);
	test_spurious(cpu);
	percpu_hardware_disable();
}

void main(void)
{
	every_cpu(32, &hal, test);
}
