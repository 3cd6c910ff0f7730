/* SPDX-License-Identifier: MIT */
/* any_call.h - what the guest of any_call.c and its host have agreed on. */
#ifndef TESTS_LAB5_ANY_CALL_H
#define TESTS_LAB5_ANY_CALL_H

/* HVC_PUT: which of its lives; the conduit, from the host; what the guest has called. */
#define KEPT_STEP		0
#define KEPT_SMC		1
#define KEPT_CALLS		2
#define KEPT_WORKAROUND_1	3
#define KEPT_WORKAROUND_3	4

/* Of the ids that nobody counts up to. */
#define RANDOM_CALLS		24000

/* How often a guest is reset by its calls; and how much it reports. */
#define ANY_CALL_RESETS		3
#define ANY_CALL_TESTS		(7 + 2 * ANY_CALL_RESETS)

#endif
