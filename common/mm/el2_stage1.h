/* SPDX-License-Identifier: MIT */
/*
 * el2_stage1.h - the hypervisor's own address space: stage 1 of the EL2 translation regime.
 *
 * 4 KiB granule, 39-bit input addresses: a root table at level 1 whose 512 entries cover 1 GiB
 * each (Arm ARM, "The AArch64 Virtual Memory System Architecture", VMSAv8-64). With HCR_EL2.E2H = 0
 * the regime has one VA range (TTBR0_EL2) and one privilege level.
 *
 * Table building only: plain memory and arithmetic, which also runs natively under the unit tests.
 * Tables are reached at their physical address (the hypervisor maps itself at VA = PA). What turns
 * translation on, and TLB maintenance, is in lab 1, el2_mmu.c.
 */
#ifndef MM_EL2_STAGE1_H
#define MM_EL2_STAGE1_H

#include "arch/bits.h"
#include "arch/types.h"
#include "mm/page_alloc.h"

#define EL2_VA_BITS		39

/* Memory attributes: the index into MAIR_EL2, and the byte that stands there. */
#define MAIR_INDEX_DEVICE	0
#define MAIR_INDEX_NORMAL	1
#define MAIR_DEVICE_nGnRE	0x04UL
#define MAIR_NORMAL_WBWA	0xffUL	/* inner and outer write-back, read- and write-allocate */
#define MAIR_EL2_VALUE		(MAIR_DEVICE_nGnRE << (8 * MAIR_INDEX_DEVICE) | \
				 MAIR_NORMAL_WBWA << (8 * MAIR_INDEX_NORMAL))

/* Descriptor fields, stage 1 (Arm ARM, "VMSAv8-64 descriptor formats"). */
#define PTE_VALID		BIT(0)
#define PTE_TABLE		BIT(1)		/* levels 1 and 2: a table, not a block */
#define PTE_PAGE		BIT(1)		/* level 3: must be 1 */
#define PTE_ATTR_INDEX		GENMASK(4, 2)
#define PTE_AP_RES1		BIT(6)		/* AP[1] is RES1 where there is one privilege level */
#define PTE_AP_READ_ONLY	BIT(7)		/* AP[2] */
#define PTE_SH_INNER		(3UL << 8)
#define PTE_AF			BIT(10)		/* access flag: 0 would fault on first use */
#define PTE_XN			BIT(54)		/* execute-never */
#define PTE_ADDRESS		GENMASK(47, 12)

/* What a mapping may be used for. There is deliberately none that is writable and executable. */
enum el2_mapping {
	EL2_TEXT,	/* read and execute */
	EL2_RODATA,	/* read */
	EL2_DATA,	/* read and write */
	EL2_DEVICE,	/* read and write, Device-nGnRE */
};

struct el2_stage1 {
	uint64_t *root;			/* level-1 table: one page */
	struct page_pool *pool;		/* where tables come from */
};

/*
 * el2_stage1_init - an empty address space, its tables from pool (which it does not own).
 * Returns 0, or -ENOMEM.
 */
int el2_stage1_init(struct el2_stage1 *s1, struct page_pool *pool);

/*
 * el2_stage1_map - map [va, va + size) to [pa, pa + size).
 * va, pa, size: bytes, multiples of 4 KiB; va + size within 39 bits, pa + size within 48.
 * Uses 1 GiB and 2 MiB blocks where the alignment of both addresses allows.
 *
 * Only ever makes an invalid entry valid, so it needs no TLB maintenance (no invalid entry is held
 * in a TLB), only a DSB and an ISB before first use. To change a mapping: unmap it, invalidate,
 * map again. So break-before-make cannot be forgotten (Arm ARM, "Using break-before-make when
 * updating translation table entries").
 *
 * Returns 0, -EINVAL (misaligned, out of range), -EEXIST (a page of it is mapped: nothing has
 * changed), -ENOMEM (what was mapped before the pool ran dry stays mapped).
 */
int el2_stage1_map(struct el2_stage1 *s1, uint64_t va, uint64_t pa, uint64_t size,
		   enum el2_mapping mapping);

/*
 * el2_stage1_unmap - make [va, va + size) invalid. The caller invalidates the TLB before it uses
 * the memory for anything else. Tables are kept.
 * Returns 0, -EINVAL (misaligned, out of range, or part of a block), -ENOENT (a page of it is not
 * mapped). On an error nothing has changed.
 */
int el2_stage1_unmap(struct el2_stage1 *s1, uint64_t va, uint64_t size);

/*
 * el2_stage1_walk - the block or page descriptor that translates va, or 0 when there is none.
 * level: receives the level at which the walk ended (1 to 3), when not NULL.
 */
uint64_t el2_stage1_walk(const struct el2_stage1 *s1, uint64_t va, int *level);

#endif
