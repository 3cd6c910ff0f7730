/* SPDX-License-Identifier: MIT */
/*
 * el2_mmu.h - the hypervisor's map of itself, and turning it on.
 */
#ifndef LAB1_EL2_MMU_H
#define LAB1_EL2_MMU_H

#include "arch/types.h"
#include "mm/el2_stage1.h"
#include "mm/page_alloc.h"

/* The hypervisor's pages: from the end of the image to the stacks. */
extern struct page_pool hyp_pool;

/* The hypervisor's address space. To map more (a later layer's device, say): el2_mmu_map(). */
extern struct el2_stage1 hyp_stage1;

/*
 * el2_mmu_init - build the tables: text R-X, rodata R--, data, pages and stacks RW-, devices RW-,
 * and nothing else; the guard pages of the stacks are not mapped. Boot CPU, MMU off.
 */
void el2_mmu_init(void);

/*
 * el2_mmu_enable - translation, caches and WXN on, on this CPU. MMU off, tables built.
 */
void el2_mmu_enable(void);

/*
 * el2_mmu_map - map [start, start + size) at VA = PA, for use at once on all CPUs.
 * start, size: bytes, multiples of 4 KiB. Returns as el2_stage1_map() does. One caller at a time.
 */
int el2_mmu_map(uint64_t start, uint64_t size, enum el2_mapping mapping);

/*
 * el2_mmu_unmap - take [start, start + size) out again, and out of the TLBs of all CPUs.
 * Returns as el2_stage1_unmap() does. One caller at a time.
 */
int el2_mmu_unmap(uint64_t start, uint64_t size);

/* What the hypervisor has at an address, in words: "text", "guard page below the stack of CPU 0". */
const char *el2_region_name(uint64_t address);

#endif
