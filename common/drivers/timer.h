/* SPDX-License-Identifier: MIT */
/*
 * timer.h - the generic timer: the physical counter, and EL2's own timer (CNTHP), which raises
 * PPI 26 on the CPU that set it (Arm ARM, "The Generic Timer in AArch64 state").
 */
#ifndef DRIVERS_TIMER_H
#define DRIVERS_TIMER_H

#include "arch/barrier.h"
#include "arch/sysreg.h"

/* CNTHP_CTL_EL2, CNTV_CTL_EL0, CNTP_CTL_EL0: all timers' controls are alike. */
#define CNT_CTL_ENABLE		BIT(0)
#define CNT_CTL_IMASK		BIT(1)
#define CNT_CTL_ISTATUS		BIT(2)	/* the deadline has passed */

/* Counts per second. Firmware has put it there: QEMU has 62.5 MHz, and 1 GHz from Armv8.6 on. */
static inline uint64_t timer_frequency(void)
{
	return read_sysreg(CNTFRQ_EL0);
}

/* The counter now. The ISB keeps the read from being done early, among the instructions before. */
static inline uint64_t timer_now(void)
{
	isb();
	return read_sysreg(CNTPCT_EL0);
}

/* The counter's value so many microseconds from now. */
static inline uint64_t timer_deadline_us(uint64_t microseconds)
{
	return timer_now() + timer_frequency() * microseconds / 1000000;
}

static inline bool timer_passed(uint64_t deadline)
{
	return timer_now() >= deadline;
}

/* timer_start - an interrupt when the counter reaches the deadline, and until it is stopped or moved. */
static inline void timer_start(uint64_t deadline)
{
	write_sysreg(CNTHP_CVAL_EL2, deadline);
	write_sysreg(CNTHP_CTL_EL2, CNT_CTL_ENABLE);
	isb();
}

/* timer_stop - no interrupt. The ISB: the line is low before the caller ends the interrupt. */
static inline void timer_stop(void)
{
	write_sysreg(CNTHP_CTL_EL2, 0);
	isb();
}

#endif
