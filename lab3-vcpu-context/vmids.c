// SPDX-License-Identifier: MIT
#include "vmids.h"

#include "mm/stage2_tlb.h"

struct vmid_pool vmid_pool;

void vmids_init(unsigned int bits)
{
	vmid_pool_init(&vmid_pool, bits, &vmid_tlb_ops);
}
