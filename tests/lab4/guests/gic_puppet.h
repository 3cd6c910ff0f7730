/* SPDX-License-Identifier: MIT */
/*
 * gic_puppet.h - the guest of the tests of interrupts, timers and WFI: what it can be told to do.
 *
 * It waits in HVC #HVC_REPORT. The host puts an order into x0 and its arguments into x1 to x3. The guest
 * does it, and reports again:
 *
 *   x0  what the order gives
 *   x1  how many interrupts were taken meanwhile; in the upper half ESR_EL1 of an exception, or 0
 *   x2  the INTIDs of the first eight, in the order of their acknowledgement, a byte each, the first lowest
 *   x3  of the next eight
 *
 * The very first report has in x0 where another vCPU's first instruction is, and in x1 where its stack may
 * be.
 */
#ifndef TESTS_LAB4_GIC_PUPPET_GUEST_H
#define TESTS_LAB4_GIC_PUPPET_GUEST_H

#define PUPPET_CPUS	2

/* Orders. */
#define PUPPET_EXECUTE	0	/* the instruction x1, with x2 in x0 and x3 in x1: gives its x0 */
#define PUPPET_READ	1	/* gives the 32 bits at address x1 */
#define PUPPET_WRITE	2	/* 32 bits to address x1: x2 */
#define PUPPET_TAKE	3	/* let interrupts through for x1 counts of the timer */
#define PUPPET_MODE	4	/* x1: what is to be done with interrupts: MODE_... */
#define PUPPET_STORM	5	/* x1: a seed, x2: rounds, x3: vCPUs: see gic_storm.h. Gives 0, or what went wrong */

/* What the handler does with an interrupt. */
#define MODE_SPLIT	BIT(0)	/* EOImode is 1: ICC_DIR_EL1 behind ICC_EOIR<n>_EL1 */
#define MODE_NEST	BIT(1)	/* let others through before its end */
#define MODE_KEEP	BIT(2)	/* no end: the host will order one */
#define MODE_REARM	BIT(3)	/* a timer's: move its deadline on, by bits 63 to 32; else turn it off */
#define MODE_WFI	BIT(4)	/* WFI, in the handler of the first one */
#define MODE_DROP	BIT(5)	/* EOImode is 1: no ICC_DIR_EL1; it stays active */

/* A device of the tests' own, that raises SPIs: a word for each INTID. Written: what its line does. */
#define LINES_BASE	0x0a000000
#define LINES_SIZE	0x1000
#define LINE_LOW	0
#define LINE_HIGH	1
#define LINE_PULSE	2

#endif
