/* SPDX-License-Identifier: MIT */
/* nap.h - a vCPU that waits: others have the CPU meanwhile. */
#ifndef GUEST_NAP_H
#define GUEST_NAP_H

#include "arch/types.h"

/*
 * nap_init - this vCPU's GIC interface, with the physical timer's interrupt enabled. In each of its lives.
 * Returns what gicv3_cpu_init() does: 0, or why there is no redistributor.
 */
int nap_init(void);

/*
 * nap - until so many microseconds have passed, or some other interrupt is pending; in WFI, with IRQs masked.
 * The physical timer ends it.
 */
void nap(uint64_t us);

/* rest - nap() for who has IRQs unmasked: what has come meanwhile is taken afterwards. */
void rest(uint64_t us);

#endif
