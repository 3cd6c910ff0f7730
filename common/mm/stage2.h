/* SPDX-License-Identifier: MIT */
/*
 * stage2.h - a VM's address space: stage 2 of the EL1&0 translation regime.
 *
 * What a guest takes for a physical address is an intermediate physical address (IPA); stage 2
 * translates it to a physical address (PA), or faults to EL2. 4 KiB granule, three sizes of leaf:
 * 4 KiB pages, 2 MiB and 1 GiB blocks (Arm ARM, "The AArch64 Virtual Memory System Architecture",
 * VMSAv8-64).
 *
 * Table building only: plain memory and arithmetic, which also runs natively under the unit tests.
 * Tables are reached at their physical address (the hypervisor maps itself at VA = PA). TLB
 * maintenance goes through struct stage2_tlb_ops; the real one is mm/stage2_tlb.c.
 *
 * The rule of all changes, while CPUs may be walking the very tables (Arm ARM, "Using
 * break-before-make when updating translation table entries"):
 *   invalid to valid      write the entry. No TLB holds an invalid entry.
 *   valid to invalid      write 0, invalidate the TLBs. Only then is the memory free for other use;
 *                         this holds for a table page as well, as TLBs also cache the way to it.
 *   a block to a table    first to invalid, as above, then to valid ("break before make"): or a TLB
 *                         may hold both, and does something UNPREDICTABLE with them.
 *   other permissions     write the entry, invalidate the TLBs. Needs no break, so no vCPU faults.
 */
#ifndef MM_STAGE2_H
#define MM_STAGE2_H

#include "arch/bits.h"
#include "arch/sysreg_fields.h"
#include "arch/types.h"
#include "lib/spinlock.h"
#include "mm/page_alloc.h"
#include "mm/vmid.h"

/* Descriptor fields, stage 2 (Arm ARM, "VMSAv8-64 descriptor formats", attributes of stage 2). */
#define S2_VALID		BIT(0)
#define S2_TABLE		BIT(1)		/* levels 0 to 2: a table, not a block */
#define S2_PAGE			BIT(1)		/* level 3: must be 1 */
#define S2_MEMATTR		GENMASK(5, 2)	/* with HCR_EL2.FWB = 0 */
#define S2_MEMATTR_DEVICE_nGnRE	0x1UL
#define S2_MEMATTR_NORMAL_WB	0xfUL		/* inner and outer write-back */
#define S2_AP_READ		BIT(6)		/* S2AP[0] */
#define S2_AP_WRITE		BIT(7)		/* S2AP[1] */
#define S2_SH_INNER		(3UL << 8)
#define S2_AF			BIT(10)		/* access flag: 0 would fault on first use */
/*
 * XN[1:0] are bits [54:53]. With FEAT_XNX they name EL1 and EL0 apart; without, bit 54 alone counts
 * and bit 53 is RES0. 0b00 (both may execute) and 0b10 (neither may) mean the same in both.
 */
#define S2_XN			BIT(54)
#define S2_ADDRESS		GENMASK(47, 12)

/* What a piece of the guest's memory may be used for. */
enum stage2_kind {
	STAGE2_RWX,	/* normal memory: read, write, execute (the guest's own RAM) */
	STAGE2_RX,	/* read and execute */
	STAGE2_RW,	/* read and write */
	STAGE2_R,	/* read */
	STAGE2_DEVICE,	/* a device's registers: Device-nGnRE, read and write, never execute */
};

/* The shape of a stage 2: the same for all CPUs that a VM may run on. */
struct stage2_config {
	uint64_t vtcr;			/* VTCR_EL2 */
	unsigned int ipa_bits;		/* width of IPAs: 32 to 48 */
	unsigned int pa_bits;		/* width of PAs that can be mapped: 32 to 48 */
	int start_level;		/* the level of the root: 0, 1 or 2 */
	unsigned int root_pages;	/* tables concatenated at the root: 1, 2, 4, 8 or 16 */
};

#define STAGE2_IPA_BITS_DEFAULT	40

/*
 * stage2_config - choose VTCR_EL2 and the shape of the tables.
 * pa_range: ID_AA64MMFR0_EL1.PARange, the smallest of all CPUs. 6 and above (52 bits and more, that
 *           need descriptors of another format) are used as 48 bits.
 * ipa_bits_wanted: width of the guest's physical addresses, 32 to 48; 0 is for the default, 40. It
 *           never comes out wider than the PA range: such a VTCR_EL2.T0SZ is not allowed.
 * vmid16:   VMIDs have 16 bits (ID_AA64MMFR1_EL1.VMIDBits is 2, on all CPUs).
 *
 * The walk starts as deep as it can, with up to 16 tables concatenated at the root: each level
 * saved is a memory access saved in every walk. And it is a must between 40 and 43 bits, where the
 * PE need not support a start at level 0 (Arm ARM, VTCR_EL2.SL0, and "Concatenated translation
 * tables"):
 *   IPA bits   32    33    34    35-39   40    41    42    43    44-48
 *   level       2     2     2      1      1     1     1     1      0
 *   tables      4     8    16      1      2     4     8    16      1
 */
struct stage2_config stage2_config(unsigned int pa_range, unsigned int ipa_bits_wanted,
				   bool vmid16);

struct stage2;

/*
 * What the hardware has to do about a change. Called with the stage 2's lock held and IRQs masked.
 * On the target: stage2_tlb_ops of mm/stage2_tlb.h.
 */
struct stage2_tlb_ops {
	/* Entries were made valid: complete these stores, so that table walks see them. */
	void (*publish)(void);
	/*
	 * Entries that translated these IPAs (multiples of 4 KiB; one for each entry) have changed:
	 * complete the stores, then remove from all CPUs' TLBs all that came from those entries.
	 */
	void (*invalidate)(const struct stage2 *s2, const uint64_t *ipas, unsigned int count);
	/* The same for all IPAs of the VM. */
	void (*invalidate_all)(const struct stage2 *s2);
};

/* More changed entries than this, and all of the VM's are invalidated: cheaper than one by one. */
#define STAGE2_IPAS_MAX		32

struct stage2 {
	struct spinlock lock;		/* all changes, and software's walks; IRQs are masked */
	uint64_t *root;			/* config.root_pages in a row, aligned to their size */
	struct stage2_config config;
	struct page_pool *pool;		/* where tables come from */
	const struct stage2_tlb_ops *tlb;
	struct vmid vmid;
	uint64_t invalidations;		/* how often the TLBs had to be invalidated */
};

/*
 * stage2_init - an address space where nothing is mapped.
 * The pool is not owned: stage2_destroy() gives back to it what was taken from it.
 * Returns 0, or -ENOMEM.
 */
int stage2_init(struct stage2 *s2, const struct stage2_config *config, struct page_pool *pool,
		const struct stage2_tlb_ops *tlb);

/*
 * stage2_destroy - give all table pages back.
 * No vCPU of the VM may be loaded on any CPU (no VTTBR_EL2 may have the root), now or later.
 */
void stage2_destroy(struct stage2 *s2);

/*
 * stage2_map - map [ipa, ipa + size) to [pa, pa + size).
 * ipa, pa, size: bytes, multiples of 4 KiB; ipa + size within config.ipa_bits, pa + size within
 * config.pa_bits. Uses the largest leaves that the alignment of both addresses allows.
 *
 * Returns 0, -EINVAL (misaligned, out of range, no such kind), -EEXIST (a page of it is mapped
 * already), -ENOMEM. On an error nothing has changed.
 *
 * A fault handler that maps on demand takes -EEXIST as good news: another vCPU was quicker, or a
 * block was just being split. The guest tries again.
 */
int stage2_map(struct stage2 *s2, uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind);

/*
 * stage2_unmap - make [ipa, ipa + size) invalid, and forgotten by every TLB: on return no CPU can
 * reach this memory through the VM any more. Blocks are split where the range covers a part of
 * them; tables that become empty are given back.
 *
 * Takes time for each leaf, with IRQs masked: a GiB mapped in pages is better done in parts.
 *
 * Returns 0, -EINVAL (misaligned, out of range), -ENOENT (a page of it is not mapped), -ENOMEM (no
 * page to split a block with). On an error each page is mapped as before.
 */
int stage2_unmap(struct stage2 *s2, uint64_t ipa, uint64_t size);

/*
 * stage2_protect - change what [ipa, ipa + size) may be used for, among the kinds of normal memory.
 * On return no TLB has the old permissions. Blocks are split as in stage2_unmap().
 *
 * Returns 0, -EINVAL (misaligned, out of range, no such kind; or from or to STAGE2_DEVICE, as
 * another memory type is another mapping: unmap, then map), -ENOENT, -ENOMEM. On an error each page
 * is mapped as before.
 */
int stage2_protect(struct stage2 *s2, uint64_t ipa, uint64_t size, enum stage2_kind kind);

/* Where a walk ended. */
struct stage2_leaf {
	uint64_t descriptor;		/* of the block or page; 0 when there is none */
	int level;			/* 0 to 3: of the descriptor, or of the invalid entry */
	uint64_t pa;			/* what the IPA itself translates to */
	uint64_t size;			/* bytes that an entry of that level covers */
};

/*
 * stage2_walk - translate an IPA as the MMU would, without permissions.
 * leaf: receives where the walk ended, when not NULL.
 * Returns 0, -ENOENT (not mapped), -EINVAL (ipa is not within config.ipa_bits: no walk, leaf is as
 * it was).
 */
int stage2_walk(struct stage2 *s2, uint64_t ipa, struct stage2_leaf *leaf);

/* stage2_vttbr - VTTBR_EL2 for this VM: its root, and the VMID that it has now. CnP is 0. */
static inline uint64_t stage2_vttbr(const struct stage2 *s2)
{
	return FIELD_PREP(VTTBR_EL2_VMID, vmid_number(&s2->vmid)) | (uintptr_t)s2->root;
}

#endif
