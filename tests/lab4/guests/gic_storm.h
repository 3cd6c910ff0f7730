/* SPDX-License-Identifier: MIT */
/*
 * gic_storm.h - a guest that interrupts itself, and its other vCPU, in all ways that there are: SGIs by each
 * of the three registers, edges, lines and both timers, of different priorities and of both groups. Each
 * interrupt is counted when it is asked for, and when it is taken.
 */
#ifndef TESTS_LAB4_GIC_STORM_GUEST_H
#define TESTS_LAB4_GIC_STORM_GUEST_H

#include "arch/bits.h"
#include "arch/types.h"

/*
 * storm - on each vCPU of the machine with the same seed, which is greater than the last; its GIC is set up
 * here. rounds: how often each of
 * them does something. Returns 0, or a STORM_..., an INTID << 8 and the vCPU << 16.
 */
uint64_t storm(uint32_t seed, unsigned int rounds, unsigned int cpus);

#define STORM_LOST	1	/* was sent, and did not come within STORM_PATIENCE_US */
#define STORM_DOUBLED	2	/* came, and was not sent */
#define STORM_GROUP	3	/* of group 0 came as IRQ, or of group 1 as FIQ */
#define STORM_PRIORITY	4	/* came in the middle of one that is as urgent */
#define STORM_RPR	5	/* ICC_RPR_EL1 is not its priority */
#define STORM_EARLY	6	/* of a timer, before its deadline */
#define STORM_SPURIOUS	7	/* an exception, and nothing to acknowledge */
#define STORM_PENDING	8	/* is still pending in the end, by ISPENDR */
#define STORM_ACTIVE	9	/* or active, by ISACTIVER; or during a handler not active */

#define STORM_PATIENCE_US	3000000

/* For the vectors: is a storm on, and an interrupt of it. */
bool storm_is_on(void);
void storm_interrupt(bool fiq);

#endif
