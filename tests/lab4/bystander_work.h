/* SPDX-License-Identifier: MIT */
/*
 * bystander_work.h - the host's view of the guest that works beside the hostile one
 * (guests/bystander.h).
 */
#ifndef TESTS_LAB4_BYSTANDER_WORK_H
#define TESTS_LAB4_BYSTANDER_WORK_H

#include "arch/types.h"

struct bystander_work {
	uint64_t units, result;		/* done, and what that comes to, as the host has it */
	uint64_t ticks, wrong;		/* as it says itself */
	uint64_t turns, late_turns;
	bool lost;			/* it went astray, or came to another result */
};
extern struct bystander_work work;

/* bystander_start - make it. bystander_turn - let it work, until the host's timer ticks. */
void bystander_start(void);
void bystander_turn(void);

#endif
