/* SPDX-License-Identifier: MIT */
/* storm.h - what the guest of storm.c and its host have agreed on. */
#ifndef TESTS_LAB5_STORM_H
#define TESTS_LAB5_STORM_H

#define STORM_VCPUS		8
#define STORM_ONS		300	/* successful CPU_ONs in a storm */

/* Three storms, each with a reset at its end; the second one's comes from its midst. */
#define STORM_RESETS		3
#define STORM_TESTS		(4 * 2 + 2 * 12)

/* HVC_PUT: how many resets the guest has had. */
#define KEPT_RESETS		0

#endif
