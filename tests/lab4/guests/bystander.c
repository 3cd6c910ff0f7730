// SPDX-License-Identifier: MIT
/* bystander.c - see bystander.h. x0: where its work begins. */
#include "bystander.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "guest/canary.h"
#include "guest/exception.h"
#include "guest/guest.h"

#define WORDS			4096

static uint64_t memory[WORDS];
static struct canary in, out;
static volatile uint64_t ticks, wrong;
static uint64_t last_time;

static void handle(struct guest_frame *frame, unsigned int vector)
{
	uint64_t now = read_sysreg(CNTVCT_EL0);
	uint32_t intid;

	(void)frame;
	if (vector != GUEST_FROM_SPX + GUEST_IRQ) {
		wrong |= BYSTANDER_EXCEPTION;
		hvc(HVC_DONE, vector, read_sysreg(ESR_EL1), read_sysreg(ELR_EL1), wrong);
	}
	intid = gicv3_acknowledge();
	/* 1023: the interrupt went away between its signal and the look. */
	if (gic_is_special(intid))
		return;
	if (intid != INTID_CNTV)
		wrong |= BYSTANDER_INTERRUPT;
	if (now < read_sysreg(CNTV_CVAL_EL0) || now < last_time)
		wrong |= BYSTANDER_TIME;
	last_time = now;
	ticks++;
	write_sysreg(CNTV_CVAL_EL0, now + timer_frequency() * BYSTANDER_TICK_US / 1000000);
	isb();
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static uint64_t pattern(unsigned int n, uint64_t units)
{
	return (n + units) * 0x9e3779b97f4a7c15;
}

/* Each unit looks at a part of the memory, and fills it anew for the next time. */
static void look_at_memory(uint64_t units)
{
	unsigned int part = units % 16 * (WORDS / 16), n;

	for (n = part; n < part + WORDS / 16; n++) {
		if (units >= 16 && memory[n] != pattern(n, units - 16))
			wrong |= BYSTANDER_MEMORY;
		memory[n] = pattern(n, units);
	}
}

static void write_registers(void)
{
#define WRITE(reg, value)	write_sysreg(reg, value);
	BYSTANDER_REGISTERS_LIST(WRITE)
}

static void look_at_registers(void)
{
#define LOOK_AT(reg, value)	if (read_sysreg(reg) != (value)) wrong |= BYSTANDER_SYSREGS;
	BYSTANDER_REGISTERS_LIST(LOOK_AT)
}

void guest_main(uint64_t x0)
{
	uint64_t result = x0, units;
	unsigned int first;
	uintptr_t gicr;

	guest_on_exception(handle);
	gicv3_dist_init();
	gicv3_cpu_init(&gicr);
	gicv3_enable_private(gicr, INTID_CNTV);
	write_registers();
	write_sysreg(CNTV_CVAL_EL0, read_sysreg(CNTVCT_EL0));
	write_sysreg(CNTV_CTL_EL0, CNT_CTL_ENABLE);
	irq_unmask();
	for (units = 0;; units++) {
		result = bystander_work(result);
		look_at_memory(units);
		canary_fill(&in, result);
		/*
		 * SP_EL0, the flags, X0 to X30, V0 to V31: over an exit, and often over some of
		 * the others' turns.
		 */
		canary_hvc(&in, &out);
		if (canary_compare(&in, &out, false, &first))
			wrong |= BYSTANDER_REGISTERS;
		look_at_registers();
		hvc(HVC_REPORT, units + 1, result, ticks, wrong);
	}
}
