/* SPDX-License-Identifier: MIT */
/* neighbour.h - what the guests of neighbour.c and their host have agreed on. */
#ifndef TESTS_LAB5_NEIGHBOUR_H
#define TESTS_LAB5_NEIGHBOUR_H

/* HVC of all of them: one round more is done. The good one is told whether it goes on: 0. */
#define HVC_ROUND	18

/* HVC_GET of the hostile one: what it is to do. */
#define KEPT_ATTACK	0
enum attack {
	ATTACK_SGIS,		/* SGIs to a vCPU that is off; a round is ATTACK_SGIS_ROUND of them */
	ATTACK_RESETS,		/* SYSTEM_RESET, each life a round */
	ATTACK_BIG_RESETS,	/* the same, with a lot to load each time */
	ATTACKS
};
#define ATTACK_SGIS_ROUND	100

#define GOOD_TESTS	4

#endif
