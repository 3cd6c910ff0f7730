/* SPDX-License-Identifier: MIT */
/*
 * timeout.h - several deadlines on the one timer that EL2 has (CNTHP): a host's tick, a guest's WFIT,
 * and in lab 5 the end of a time slice. Each CPU has its own timer and its own list.
 */
#ifndef LAB4_TIMEOUT_H
#define LAB4_TIMEOUT_H

#include "arch/types.h"

struct timeout {
	uint64_t deadline;			/* in CNTPCT_EL0's counts */
	/* Called once, on this CPU, with IRQs masked; the timeout is free to be set again. */
	void (*expired)(struct timeout *timeout);
	struct timeout *next;
	bool armed;
};

/*
 * timeout_set - call expired(timeout) on this CPU when the counter reaches the deadline. timeout is the
 * caller's memory and stays in use until then, or until timeout_cancel(). One that is set already is
 * moved. On the CPU where it was set only.
 */
void timeout_set(struct timeout *timeout, uint64_t deadline, void (*expired)(struct timeout *timeout));

/* timeout_cancel - it is not called any more. On the CPU where it was set. */
void timeout_cancel(struct timeout *timeout);

/* timeout_irq - for the host's handler of INTID_CNTHP: call all that are due. */
void timeout_irq(void);

/* timeout_cpu_init - let this CPU's timer interrupt it. After gicv3_cpu_init(). */
void timeout_cpu_init(void);

#endif
