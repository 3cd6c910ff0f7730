/* SPDX-License-Identifier: MIT */
/* vcpu_state.h - the states of a vCPU (the picture is in vcpu.h), and the step from one to another. */
#ifndef LAB3_VCPU_STATE_H
#define LAB3_VCPU_STATE_H

#include "arch/types.h"

enum vcpu_state {
	VCPU_INVALID,		/* not made, or destroyed */
	VCPU_CREATED,
	VCPU_FREE,		/* set up, on no CPU */
	VCPU_READY,		/* on a CPU: its registers are in there */
	VCPU_RUNNING,		/* the guest executes */
};

/*
 * vcpu_state_change - from one state to another, for the one who comes first: two CPUs may want to bind
 * one vCPU. What was written before is seen by the one who finds the new state.
 * Returns false, and changes nothing, if the state is not "from".
 */
static inline bool vcpu_state_change(enum vcpu_state *state, enum vcpu_state from,
				     enum vcpu_state to)
{
	return __atomic_compare_exchange_n(state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* The state's name: "Ready". Never NULL. */
const char *vcpu_state_name(enum vcpu_state state);

#endif
