// SPDX-License-Identifier: MIT
/*
 * pending.c - interrupts that come around percpu_hardware_enable(): none is taken at EL2 while it
 * is off, what is pending then is taken as soon as it is on, and there is a handler for it.
 */
#include "every_cpu.h"

#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "exception.h"
#include "lib/symtab.h"

#define SGI		3
#define ROUNDS		100
#define HOST_ROUNDS	400
#define STEPS		100	/* the timer goes off up to so many half microseconds later */

/* What the interrupts themselves saw: written by the handlers, looked at between two of them. */
static struct seen {
	volatile unsigned int taken, by_host;
	volatile uint32_t intid;
	volatile uint64_t elr, vbar;
	struct percpu *volatile cpu;
	volatile uintptr_t published;
} seens[MAX_CPUS];

static enum irq_result count(struct percpu *cpu, uint32_t intid)
{
	struct seen *seen = &seens[cpu_affinity() % MAX_CPUS];

	seen->taken++;
	seen->intid = intid;
	seen->elr = read_sysreg(ELR_EL2);
	seen->vbar = read_sysreg(VBAR_EL2);
	seen->cpu = cpu;
	seen->published = (uintptr_t)this_cpu()->irq_handler;
	if (intid == INTID_CNTHP)
		timer_stop();
	return IRQ_HANDLED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = count };

/* Called by host_vectors. */
void host_irq(struct el2_frame *frame);
void host_irq(struct el2_frame *frame)
{
	uint32_t intid = gicv3_acknowledge();

	(void)frame;
	if (gic_is_special(intid))
		return;
	seens[cpu_affinity() % MAX_CPUS].by_host++;
	timer_stop();
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

extern char host_vectors[];

static void send_to_myself(void)
{
	gicv3_send_sgi(cpu_affinity(), SGI);
}

static bool is_pending(struct percpu *cpu)
{
	return WAIT_UNTIL(private_bit(cpu, GICD_ISPENDR, SGI));
}

/* Virtualization off, IRQs unmasked, an SGI sent: it stays pending. Then it is turned on. */
static void test_once(struct percpu *cpu, struct seen *seen)
{
	const char *where, *function = symtab_lookup((uintptr_t)percpu_hardware_enable, NULL);
	uint64_t offset = 0;

	irq_unmask();
	send_to_myself();
	EXPECT(is_pending(cpu), "off: an SGI becomes pending", GIC_AND_TIMER);
	spin_us(500);
	EXPECT_EQ(seen->taken, 0, "off: it is not taken at EL2, though IRQs are unmasked",
		  ON_AND_OFF);

	percpu_hardware_enable(percpu_vectors);
	EXPECT_EQ(seen->taken, 1, "when enable returns, the pending SGI has been taken, once",
		  ON_AND_OFF);
	EXPECT_EQ(seen->intid, SGI, "its INTID", INTERRUPT);
	EXPECT_EQ(seen->vbar, (uintptr_t)percpu_vectors, "it came by the new vectors", ON_AND_OFF);
	EXPECT_EQ((uintptr_t)seen->cpu, (uintptr_t)cpu, "the handler got its CPU's struct percpu",
		  INTERRUPT);
	EXPECT(seen->published, "the handler was published by then", ON_AND_OFF);
	where = symtab_lookup(seen->elr, &offset);
	EXPECT_EQ((uintptr_t)where, (uintptr_t)function,
		  "it interrupted percpu_hardware_enable() itself", ON_AND_OFF);
	EXPECT_EQ(cpu->counters.irqs, 1, "it was counted", INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISPENDR, SGI), false, "it is not pending any more",
		  INTERRUPT);
	EXPECT_EQ(private_bit(cpu, GICD_ISACTIVER, SGI), false, "and not active any more",
		  INTERRUPT);
	EXPECT_EQ(read_sysreg(S3_0_C12_C11_3) & 0xff, 0xff,	/* ICC_RPR_EL1: idle */
		  "no interrupt's priority is in force any more", INTERRUPT);

	percpu_hardware_disable();
	send_to_myself();
	is_pending(cpu);
	spin_us(500);
	EXPECT_EQ(seen->taken, 1, "off again: the next one is not taken", ON_AND_OFF);
	percpu_hardware_enable(percpu_vectors);
	EXPECT_EQ(seen->taken, 2, "on again: it is, once", ON_AND_OFF);

	/* With IRQs masked it waits, and is not lost when virtualization goes off meanwhile. */
	irq_mask();
	send_to_myself();
	is_pending(cpu);
	EXPECT_EQ(seen->taken, 2, "on, but IRQs masked: not taken", INTERRUPT);
	percpu_hardware_disable();
	irq_unmask();
	spin_us(500);
	EXPECT_EQ(seen->taken, 2, "off, and unmasked: not taken", ON_AND_OFF);
	percpu_hardware_enable(percpu_vectors);
	EXPECT_EQ(seen->taken, 3, "on, and unmasked: taken, once", ON_AND_OFF);
	irq_mask();
	percpu_hardware_disable();
	EXPECT_EQ(cpu->counters.irqs, 3, "all were counted", INTERRUPT);
	EXPECT_EQ(cpu->counters.spurious + cpu->counters.unexpected, 0,
		  "none was spurious or unexpected", INTERRUPT);
}

/* Time and again; alternately it becomes pending before and after enable. */
static void test_often(struct percpu *cpu, struct seen *seen)
{
	struct tally tally = {};
	unsigned int i, before;

	irq_unmask();
	for (i = 0; i < ROUNDS; i++) {
		before = seen->taken;
		if (i % 2) {
			send_to_myself();
			tally_eq(&tally, is_pending(cpu), true, "pending before enable");
		}
		tally_eq(&tally, seen->taken, before, "taken while off");
		percpu_hardware_enable(percpu_vectors);
		if (!(i % 2)) {
			send_to_myself();
			WAIT_UNTIL(seen->taken != before);
		}
		percpu_hardware_disable();
		tally_eq(&tally, seen->taken, before + 1, "taken by the time of disable");
	}
	irq_mask();
	EXPECT_TALLY(tally, "in each of many rounds one SGI is taken, and while on", ON_AND_OFF);
	EXPECT_EQ(cpu->counters.spurious + cpu->counters.unexpected, 0,
		  "none was spurious or unexpected", INTERRUPT);
}

/*
 * A host that takes IRQs at EL2 itself: IMO is 1 and its own vectors are in force, before and
 * after. So interrupts may come at any instruction of enable and disable, and there must always
 * be a handler for the vectors of the moment. The timer is set to go off a little later each
 * time.
 */
static void test_under_a_host(struct percpu *cpu, struct seen *seen)
{
	uint64_t vbar = read_sysreg(VBAR_EL2), hcr = read_sysreg(HCR_EL2),
		 unit = timer_frequency() / 2000000;
	unsigned int i, before, layer;
	struct tally tally = {}, state = {};

	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	write_sysreg(VBAR_EL2, host_vectors);
	write_sysreg(HCR_EL2, hcr | 1 << 4);		/* IMO */
	isb();
	irq_unmask();
	layer = seen->taken;
	for (i = 0; i < HOST_ROUNDS; i++) {
		before = seen->taken + seen->by_host;
		timer_start(timer_now() + i % STEPS * unit);
		percpu_hardware_enable(percpu_vectors);
		if (i % 8 == 7)
			WAIT_UNTIL(seen->taken + seen->by_host != before);
		percpu_hardware_disable();
		WAIT_UNTIL(seen->taken + seen->by_host != before);
		tally_eq(&tally, seen->taken + seen->by_host, before + 1,
			 "interrupts of this round");
		tally_eq(&state, read_sysreg(VBAR_EL2), (uintptr_t)host_vectors, "VBAR_EL2");
		tally_eq(&state, read_sysreg(HCR_EL2), hcr | 1 << 4, "HCR_EL2");
	}
	irq_mask();
	write_sysreg(HCR_EL2, hcr);
	write_sysreg(VBAR_EL2, vbar);
	isb();
	EXPECT_TALLY(tally,
		     "under a host with IRQ vectors of its own, each timer interrupt is taken once",
		     ON_AND_OFF);
	EXPECT_TALLY(state, "and the host gets its vectors and IMO back each time", ON_AND_OFF);
	EXPECT(seen->by_host > 0, "some of them came to the host's vectors", ON_AND_OFF);
	EXPECT(seen->taken > layer, "and some to the layer's", ON_AND_OFF);
}

static void test(struct percpu *cpu)
{
	struct seen *seen = &seens[cpu->id];

	test_once(cpu, seen);
	test_often(cpu, seen);
	test_under_a_host(cpu, seen);
}

void main(void)
{
	every_cpu(25, &hal, test);
}
