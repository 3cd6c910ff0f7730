// SPDX-License-Identifier: MIT
/*
 * rounds.c - a timer that goes off throughout a thousand rounds of enable and disable, on every
 * CPU at once, IRQs unmasked: none of its interrupts is lost, and none comes twice or early.
 *
 * Each round sets the timer once, a little later than the round before: so it goes off in
 * percpu_hardware_enable(), between the two, in percpu_hardware_disable(), and while
 * virtualization is off. In the last case the interrupt has to wait for the next enable. The
 * argument is by counting: n times set, n times taken, and one a round.
 */
#include "every_cpu.h"

#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "lib/symtab.h"

#define ROUNDS		1000
#define STEPS		100	/* the timer goes off 0 to STEPS * STEP_NS later */
#define STEP_NS		500

static struct timer {
	volatile unsigned int taken;
	volatile uint64_t early;	/* taken before its time */
	uint64_t deadline;
	/* Where: in enable, in disable, elsewhere in the round. */
	volatile unsigned int in_enable, in_disable, elsewhere;
} timers[MAX_CPUS];

static enum irq_result tick(struct percpu *cpu, uint32_t intid)
{
	struct timer *timer = &timers[cpu->id];
	const char *where = symtab_lookup(read_sysreg(ELR_EL2), NULL);

	if (intid != INTID_CNTHP)
		return IRQ_UNEXPECTED;
	if (timer_now() < timer->deadline)
		timer->early++;
	timer->taken++;
	if (where == symtab_lookup((uintptr_t)percpu_hardware_enable, NULL))
		timer->in_enable++;
	else if (where == symtab_lookup((uintptr_t)percpu_hardware_disable, NULL))
		timer->in_disable++;
	else
		timer->elsewhere++;
	timer_stop();
	return IRQ_HANDLED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = tick };

static void test(struct percpu *cpu)
{
	struct timer *timer = &timers[cpu->id];
	struct tally one = {}, results = {}, registers = {};
	uint64_t vbar = read_sysreg(VBAR_EL2), hcr = read_sysreg(HCR_EL2), daif;
	unsigned int i, id, before, late = 0;

	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	meet();
	irq_unmask();
	daif = read_sysreg(DAIF);
	for (i = 0; i < ROUNDS; i++) {
		before = timer->taken;
		timer->deadline =
			timer_now() + timer_frequency() / 1000 * (i % STEPS * STEP_NS) / 1000000;
		timer_start(timer->deadline);
		tally_eq(&results, percpu_hardware_enable(percpu_vectors), 0, "enable");
		tally_eq(&results, percpu_hardware_disable(), 0, "disable");
		tally_eq(&registers, read_sysreg(VBAR_EL2), vbar, "VBAR_EL2");
		tally_eq(&registers, read_sysreg(HCR_EL2), hcr, "HCR_EL2");
		tally_eq(&registers, read_sysreg(DAIF), daif, "DAIF");
		if (timer->taken == before) {
			/* It comes while virtualization is off, or has come: it has to wait. */
			late++;
			while (!timer_passed(timer->deadline))
				;
			tally_eq(&one, timer->taken, before, "taken while off");
			tally_eq(&results, percpu_hardware_enable(percpu_vectors), 0,
				 "the second enable");
			WAIT_UNTIL(timer->taken != before);
			tally_eq(&results, percpu_hardware_disable(), 0, "the second disable");
		}
		tally_eq(&one, timer->taken, before + 1, "interrupts of a round");
	}
	irq_mask();
	timer_stop();

	EXPECT_TALLY(one, "each time that the timer is set, one interrupt is taken", ON_AND_OFF);
	EXPECT_EQ(timer->taken, ROUNDS, "a thousand times set, a thousand times taken", ON_AND_OFF);
	EXPECT_EQ(cpu->counters.irqs, ROUNDS, "as many are counted", INTERRUPT);
	EXPECT_EQ(cpu->counters.spurious, 0, "none is spurious", INTERRUPT);
	EXPECT_EQ(cpu->counters.unexpected, 0, "none is unexpected", INTERRUPT);
	EXPECT_EQ(timer->early, 0, "none is early", GIC_AND_TIMER);
	EXPECT_TALLY(results, "each enable and each disable returns 0", ON_AND_OFF);
	EXPECT_TALLY(registers, "after each disable VBAR_EL2, HCR_EL2 and DAIF are as before",
		     ON_AND_OFF);
	/* One that waited, or came before HCR_EL2 was written, interrupts enable. */
	EXPECT(timer->in_enable > 0, "some came in percpu_hardware_enable()", ON_AND_OFF);
	EXPECT(late > 0, "some came while virtualization was off, and waited", ON_AND_OFF);

	meet();
	for (id = 0; cpu->id == 0 && id < MAX_CPUS; id++)
		if (smp_is_online(id))
			printf("# CPU %u: %u in enable, %u in disable, %u elsewhere\n", id,
			       timers[id].in_enable, timers[id].in_disable, timers[id].elsewhere);
}

void main(void)
{
	every_cpu(10, &hal, test);
}
