/* SPDX-License-Identifier: MIT */
/* vcpu_bind.h - between vcpu.c and vcpu_bind.c; the rest of the world has vcpu.h. */
#ifndef LAB3_VCPU_BIND_H
#define LAB3_VCPU_BIND_H

#include "vcpu.h"

/* Into another state, for the one who comes first: two CPUs may want to bind one vCPU. */
static inline bool vcpu_change_state(struct vcpu *vcpu, enum vcpu_state from, enum vcpu_state to)
{
	return __atomic_compare_exchange_n(&vcpu->state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* No CPU takes the FP registers that it holds for this vCPU's any more: its memory will be another's. */
void vcpu_forget_fp(struct vcpu *vcpu);

#endif
