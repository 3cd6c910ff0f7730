// SPDX-License-Identifier: MIT
/*
 * neighbour_good.c - a guest that first sleeps, and then does nothing but compute, round by round, until the host has
 * seen enough of it.
 */
#include "neighbour.h"

#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/psci.h"
#include "report.h"

#define STEPS		2000
#define SLEEP_US	50000

/* The one that the physical timer ends, and a few for whatever comes in between. */
#define WFIS_MAX	5

/* How long an interrupt may take that is due by now. */
#define SOON_US		1000000

static uintptr_t gicr;

static void handle(struct guest_frame *frame, unsigned int vector)
{
	hvc(HVC_DONE, 0xb00 + vector, read_sysreg(ESR_EL1), frame->elr, read_sysreg(FAR_EL1));
}

static void set_virtual_timer(uint64_t ctl)
{
	write_sysreg(CNTV_CVAL_EL0, 0);
	write_sysreg(CNTV_CTL_EL0, ctl);
	isb();
}

/* IRQs are masked: it is pending, and stays so. */
static void wait_for_virtual_timer(void)
{
	uint64_t end = timer_deadline_us(SOON_US);

	while (read_sysreg(ICC_HPPIR1_EL1) != INTID_CNTV && !timer_passed(end))
		;
}

/* How many WFIs it takes to sleep until the physical timer is due. */
static unsigned int sleep(void)
{
	uint64_t end = timer_deadline_us(SLEEP_US);
	unsigned int wfis = 0;

	while (!timer_passed(end)) {
		nap(SLEEP_US);
		wfis++;
	}
	return wfis;
}

/*
 * The virtual timer's time is over all the while, but its interrupt is disabled: it is no reason to wake up. For the
 * scheduler it must not be one either, in whatever state the interrupt is.
 */
static void sleeps(void)
{
	unsigned int wfis;

	set_virtual_timer(CNT_CTL_ENABLE);
	wfis = sleep();
	REPORT_NOTE(wfis, "WFIs, interrupt never enabled");
	REPORT_EQ(wfis <= WFIS_MAX, true, "a timer that is over, its interrupt never enabled: WFI sleeps", SCHEDULING);
	set_virtual_timer(0);

	gicv3_enable_private(gicr, INTID_CNTV);
	set_virtual_timer(CNT_CTL_ENABLE);
	wait_for_virtual_timer();
	gicv3_disable_private(gicr, INTID_CNTV);
	wfis = sleep();
	REPORT_NOTE(wfis, "WFIs, interrupt disabled when it was pending");
	REPORT_EQ(wfis <= WFIS_MAX, true, "disabled when it was pending: it does", SCHEDULING);
	set_virtual_timer(0);

	gicv3_enable_private(gicr, INTID_CNTV);
	set_virtual_timer(CNT_CTL_ENABLE);
	wait_for_virtual_timer();
	REPORT_EQ(gicv3_acknowledge(), INTID_CNTV, "enabled again, it comes", SCHEDULING);
	gicv3_drop_priority(INTID_CNTV);
	gicv3_disable_private(gicr, INTID_CNTV);
	wfis = sleep();
	REPORT_NOTE(wfis, "WFIs, interrupt disabled when it was active");
	REPORT_EQ(wfis <= WFIS_MAX, true, "disabled when it was active: it does", SCHEDULING);
	set_virtual_timer(0);
	gicv3_deactivate(INTID_CNTV);
}

static void compute(void)
{
	unsigned int n;

	for (n = 0; n < STEPS; n++)
		asm volatile("");
}

void guest_main(uint64_t resets)
{
	(void)resets;
	guest_on_exception(handle);
	gicv3_dist_init();
	if (gicv3_cpu_init(&gicr))
		hvc(HVC_DONE, 1, 0, 0, 0);
	gicv3_enable_private(gicr, INTID_CNTP);
	sleeps();
	do
		compute();
	while (!hvc(HVC_ROUND, 0, 0, 0, 0));
	guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
