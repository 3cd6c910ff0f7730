/* SPDX-License-Identifier: MIT */
/*
 * fp.h - the FP and Advanced SIMD registers of a guest.
 */
#ifndef LAB3_FP_H
#define LAB3_FP_H

#include "arch/types.h"

/* V0 to V31, 128 bits each. fp.S knows the layout by vcpu_offsets.c. */
struct fp_state {
	uint64_t v[32][2];
	uint64_t fpsr, fpcr;
} __aligned(16);

/* From the CPU, to the CPU. FP must not trap (CPTR_EL2.TFP = 0, synchronised) on this CPU. */
void fp_save(struct fp_state *state);
void fp_load(const struct fp_state *state);

#endif
