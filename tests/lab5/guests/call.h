/* SPDX-License-Identifier: MIT */
/* call.h - a call with all of x0 to x30 in hand: what a guest gives, and what it has afterwards. */
#ifndef TESTS_LAB5_CALL_H
#define TESTS_LAB5_CALL_H

#define CALL_X		0
#define CALL_LOST	248

#ifndef __ASSEMBLER__

#include "arch/types.h"

struct call {
	uint64_t x[31];
	uint64_t lost;		/* not 0: the instruction behind the call was not executed */
};
ASSERT_OFFSET(struct call, lost, CALL_LOST);

/* call_hvc, call_smc - x0 to x30 from call->x, HVC #0 or SMC #0, and back to where they came from. */
void call_hvc(struct call *call);
void call_smc(struct call *call);

#endif
#endif
