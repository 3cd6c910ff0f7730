/* SPDX-License-Identifier: MIT */
/* many.h - what the guest of many.c and its host have agreed on. */
#ifndef TESTS_LAB5_MANY_H
#define TESTS_LAB5_MANY_H

#define MANY_VCPUS	8
#define MANY_TESTS	6

/* HVC: for the host, to note how many turns each vCPU has had by now; x0: which of the moments. */
#define HVC_MARK	18

enum many_mark {
	MARK_BUSY,		/* all have something to do, from here */
	MARK_BUSY_END,		/* to here */
	MARK_SLEEP,		/* MANY_IS_SLEEPER() are in WFI, and the others busy */
	MARK_SLEEP_END,
	MARKS
};

#define MANY_IS_SLEEPER(n)	((n) >= 1 && (n) <= 4)

/* How long each of the two takes. On one CPU it is more than five turns for each vCPU. */
#define MANY_PERIOD_US		250000

#endif
