/* SPDX-License-Identifier: MIT */
/* vcpu_bind.h - between vcpu.c and vcpu_bind.c; the rest of the world has vcpu.h. */
#ifndef LAB3_VCPU_BIND_H
#define LAB3_VCPU_BIND_H

#include "vcpu.h"

/* No CPU takes the FP registers that it holds for this vCPU's any more: its memory will be another's. */
void vcpu_forget_fp(struct vcpu *vcpu);

#endif
