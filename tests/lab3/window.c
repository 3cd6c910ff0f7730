// SPDX-License-Identifier: MIT
/*
 * window.c - an interrupt at every point of the way into a guest and out of it: none is lost, none is taken
 * where it would destroy something, and the guest notices nothing.
 *
 * EL2's timer is set to go off a little later each time. each_instruction.sh runs this with one instruction a
 * nanosecond, where "a little" is one instruction.
 */
#include "canary_host.h"

#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"

#define POINTS		1200		/* instructions from the start of the timer on */

static struct canary_vm canary;
extern char vcpu_eret[];

/* Where interrupts of EL2 itself were taken; by the IRQ vector's ELR_EL2. */
static struct { uint64_t before, in_window, elsewhere; } where;
static uintptr_t window_start, window_end;

/* Between the instruction that masks and the ERET, and it is the only one: the guest runs behind it. */
static void find_window(void)
{
	const uint32_t *code = (const uint32_t *)(uintptr_t)vcpu_run, *end = (const uint32_t *)vcpu_eret;

	window_end = (uintptr_t)end;
	for (; code < end; code++)
		if (*code == 0xd5034fdf)		/* msr DAIFSet, #15 */
			window_start = (uintptr_t)(code + 1);
}

static void note_where(void)
{
	uintptr_t elr = read_sysreg(ELR_EL2);

	if (elr >= (uintptr_t)vcpu_run && elr < window_start)
		where.before++;
	else if (elr >= window_start && elr <= window_end)
		where.in_window++;
	else
		where.elsewhere++;
}

/* nops[n] executes n instructions, and returns. */
void nops(uint64_t n);
asm(".text\n.type nops, %function\nnops: adr x1, 1f\nsub x1, x1, x0, lsl #2\nbr x1\n"
    ".rept 16\nnop\n.endr\n1: ret\n.size nops, . - nops\n");

static void masked_caller(void)
{
	struct vcpu *vcpu = &canary.guest.vcpu;
	uint64_t before = irqs[0].timer, elr;

	/* Pending before the entry, and the caller has IRQs masked: an exit at once, and it stays pending. */
	timer_start(timer_now());
	elr = vcpu->frame.elr;
	TAP_EQ(run_checked(vcpu, SPSR_I), VCPU_EXIT_IRQ, "masked and pending: an exit by IRQ", SWITCH);
	TAP_EQ(vcpu->frame.elr, elr, "before the guest's first instruction", SWITCH);
	TAP_EQ(irqs[0].timer, before, "it is not taken while the caller has it masked", SWITCH);
	TAP_EQ(run_checked(vcpu, SPSR_I | SPSR_F), VCPU_EXIT_IRQ, "again", SWITCH);
	irq_unmask();
	isb();
	irq_mask();
	TAP_EQ(irqs[0].timer, before + 1, "it is taken when the caller unmasks", SWITCH);
}

void main(void)
{
	uint64_t unit, armed = 0, exits = 0;
	unsigned int point;

	host_start();
	tap_plan(5 + 6 + RUN_FINDINGS_TESTS);
	find_window();
	canary_create(&canary, "the guest", 3);
	host_irq_hook = note_where;
	vcpu_bind(&canary.guest.vcpu);
	masked_caller();

	/* By -icount shift=0 a count of the timer is so many instructions; else it is just some time. */
	unit = 1000000000 / timer_frequency();
	if (unit == 0)
		unit = 1;
	armed = irqs[0].timer;
	for (point = 0; point < POINTS && !canary.wrong; point++) {
		uint64_t before = irqs[0].timer, n = point % unit;

		irq_unmask();
		timer_start(timer_now() + point / unit + 2);
		nops(unit - 1 - n > 15 ? 15 : unit - 1 - n);
		while (irqs[0].timer == before && !canary.wrong) {
			enum vcpu_exit_kind kind = run_checked(&canary.guest.vcpu, 0);

			exits += kind == VCPU_EXIT_IRQ;
			canary_handle(&canary, kind);
		}
		irq_mask();
		timer_stop();
	}
	armed += point;
	vcpu_unbind(&canary.guest.vcpu);

	TAP_OK(window_start, "vcpu_run() masks all of DAIF", SWITCH);
	TAP_EQ(irqs[0].timer, armed, "each timer interrupt is taken, once", SWITCH);
	TAP_EQ(where.in_window, 0, "none between the masking in vcpu_run() and its ERET", SWITCH);
	TAP_OK(exits > 0, "some of them made the guest exit", SWITCH);
	TAP_OK(where.elsewhere > 0, "some came while the host ran", SWITCH);
	tap_canary(&canary);
	tap_run_findings();
	if (counts_wanted())
		printf("# %lu interrupts: %lu made the guest exit, %lu were taken in vcpu_run() before it masks\n",
		       irqs[0].timer, exits, where.before);
	tap_done();
}
