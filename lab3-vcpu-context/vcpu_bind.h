/* SPDX-License-Identifier: MIT */
/* vcpu_bind.h - between vcpu.c and vcpu_bind.c; the rest of the world has vcpu.h. */
#ifndef LAB3_VCPU_BIND_H
#define LAB3_VCPU_BIND_H

#include "vcpu.h"

/* Into another state, for the one who comes first: two CPUs may want to bind one vCPU. */
bool vcpu_change_state(struct vcpu *vcpu, enum vcpu_state from, enum vcpu_state to);

/* No CPU takes the FP registers that it holds for this vCPU's any more: its memory will be another's. */
void vcpu_forget_fp(struct vcpu *vcpu);

#endif
