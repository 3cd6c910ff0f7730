/* SPDX-License-Identifier: MIT */
/* vmids.h - where this machine's VMIDs come from: set up once, by the host (vmids_init). */
#ifndef LAB3_VMIDS_H
#define LAB3_VMIDS_H

#include "mm/vmid.h"

extern struct vmid_pool vmid_pool;

/* vmids_init - before the first vCPU is bound, once. bits: 8 or 16, as all CPUs have it. */
void vmids_init(unsigned int bits);

#endif
