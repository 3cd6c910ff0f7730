// SPDX-License-Identifier: MIT
/*
 * vms_good.c - a guest that minds its own business: it computes, keeps its memory and its registers in order,
 * prints a line now and then, and counts the ticks of its timer.
 */
#include "vms.h"

#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/print.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "report.h"

#define WORDS		(VMS_FIELD_SIZE / 8)
#define STEPS		2000

/* Others have the CPU, too, and so does QEMU's own machine; but not for long. */
#define LATE_MAX_US	2000000

static volatile uint64_t *const field = (volatile uint64_t *)VMS_FIELD;
static volatile unsigned int ticks;
static unsigned int early, unexpected;
static uint64_t due, late_max;

static void set_tick(void)
{
	due = timer_deadline_us(GOOD_TICK_US);
	write_sysreg(CNTP_CVAL_EL0, due);
	write_sysreg(CNTP_CTL_EL0, CNT_CTL_ENABLE);
	isb();
}

static void handle(struct guest_frame *frame, unsigned int vector)
{
	uint64_t now = timer_now();
	uint32_t intid;

	if (vector != GUEST_FROM_SPX + GUEST_IRQ) {
		hvc(HVC_DONE, 0xb00 + vector, read_sysreg(ESR_EL1), frame->elr, read_sysreg(FAR_EL1));
		return;
	}
	intid = gicv3_acknowledge();
	if (gic_is_special(intid))
		return;
	if (intid == INTID_CNTP) {
		early += now < due;
		if (now > due && now - due > late_max)
			late_max = now - due;
		ticks = ticks + 1;
		set_tick();
	} else {
		unexpected++;
	}
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static uint64_t next(uint64_t x)
{
	return (x ^ x >> 29) * 6364136223846793005 + 1442695040888963407;
}

static uint64_t compute(void)
{
	uint64_t x = 1;
	unsigned int n;

	for (n = 0; n < STEPS; n++)
		x = next(x);
	return x;
}

static unsigned int damage(void)
{
	unsigned int n, count = 0;

	for (n = 0; n < WORDS; n++)
		count += field[n] != GOOD_WORD;
	return count;
}

#define MINE(X)			\
	X(TPIDR_EL0, GOOD_WORD)		\
	X(TPIDRRO_EL0, GOOD_WORD + 1)	\
	X(TPIDR_EL1, GOOD_WORD + 2)	\
	X(TTBR1_EL1, 0x41234000)	\
	X(SP_EL0, GOOD_WORD + 3)	\
	X(AMAIR_EL1, 0)

static bool registers_are_mine(void)
{
	bool mine = true;

#define X(name, value)	mine &= read_sysreg(name) == (value);
	MINE(X)
#undef X
	return mine;
}

void guest_main(uint64_t resets)
{
	unsigned int n, rounds = 0, wrong = 0, damaged = 0, strange = 0, printed = 0;
	uintptr_t gicr;
	uint64_t answer;

	guest_mmu_enable();
	pl011_init();
	gicv3_dist_init();
	guest_on_exception(handle);
	if (!gicv3_cpu_init(&gicr))
		gicv3_enable_private(gicr, INTID_CNTP);
	for (n = 0; n < WORDS; n++)
		field[n] = GOOD_WORD;
#define X(name, value)	write_sysreg(name, value);
	MINE(X)
#undef X
	answer = compute();
	set_tick();
	irq_unmask();
	while (ticks < GOOD_TICKS) {
		wrong += compute() != answer;
		strange += !registers_are_mine();
		if (!(rounds++ % 8))
			damaged += damage();
		if (printed < ticks) {
			guest_printf("tick %u\n", printed);
			printed++;
		}
	}
	irq_mask();
	for (; printed < GOOD_TICKS; printed++)
		guest_printf("tick %u\n", printed);
	late_max = late_max * 1000000 / timer_frequency();
	REPORT_NOTE(rounds, "rounds of work");
	REPORT_NOTE(late_max, "the latest tick, in microseconds");
	REPORT_EQ(wrong, 0, "what it computes is the same each time", SCHEDULING);
	REPORT_EQ(damaged + damage(), 0, "its memory is as it has left it", VM_LAYER);
	REPORT_EQ(strange, 0, "its registers as well", SCHEDULING);
	REPORT_EQ(early + unexpected, 0, "no tick came before its time, and nothing but ticks", SCHEDULING);
	REPORT_EQ(late_max < LATE_MAX_US, true, "nor long after it", SCHEDULING);
	REPORT_EQ(resets, 0, "it was never reset", VM_LAYER);
	hvc(HVC_FINISHED, 0, 0, 0, 0);
	guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
