/* SPDX-License-Identifier: MIT */
/* resets.h - what the guest of resets.c and its host have agreed on. */
#ifndef TESTS_LAB5_RESETS_H
#define TESTS_LAB5_RESETS_H

/* So many by SYSTEM_RESET, and then a warm one by SYSTEM_RESET2. */
#define RESETS		100
#define RESETS_TESTS	7

/* HVC_PUT: what the guest has found so far, over all of its lives. */
#define KEPT_LIVES	0
#define KEPT_X0		1	/* lives with a wrong x0 */
#define KEPT_DATA	2	/* with something in .data or .bss that is not fresh */
#define KEPT_REGISTERS	3	/* with a register that is not at its reset value */
#define KEPT_OTHER_ON	4	/* with vCPU 1 on at the start, or not to be turned on */
#define KEPT_CAME_BACK	5	/* resets that returned */

/* HVC: a new life has begun; for the host, to look at its pages. */
#define HVC_BEGIN	18

#endif
