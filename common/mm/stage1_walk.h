/* SPDX-License-Identifier: MIT */
/*
 * stage1_walk.h - a guest's own translation tables, walked by software.
 *
 * Stage 1 of the EL1&0 translation regime: from a guest's virtual address to its physical address,
 * the IPA (Arm ARM, "The AArch64 Virtual Memory System Architecture", VMSAv8-64; TCR_EL1,
 * TTBRn_EL1). All three granules, both halves of the address space, 48 bits.
 *
 * Plain C: the registers' values are handed in, and the tables are read by a function of the
 * caller's, as they are the guest's and anything may be in them: no address that the guest wrote is
 * ever taken for one of the hypervisor's.
 *
 * It looks for where an address is, for what the guest has accessed just before, so permissions are
 * not checked. It may differ from what the CPU did: a TLB may still hold what the tables said
 * earlier.
 */
#ifndef MM_STAGE1_WALK_H
#define MM_STAGE1_WALK_H

#include "arch/types.h"

/* The guest's registers, and two things about the CPU. HCR_EL2.DC and TGE are 0. */
struct stage1_regs {
	uint64_t sctlr, tcr, ttbr0, ttbr1;	/* SCTLR_EL1, TCR_EL1, TTBRn_EL1 */
	unsigned int pa_range;			/* ID_AA64MMFR0_EL1.PARange */
	bool small_tables;			/* FEAT_TTST: TnSZ may be more than 39 */
};

/*
 * Reads the descriptor, eight bytes, at an IPA that is a multiple of eight. Returns false if there
 * is no memory: an External abort to the CPU.
 */
typedef bool (*stage1_read_fn)(void *arg, uint64_t ipa, uint64_t *descriptor);

struct stage1_result {
	uint64_t ipa;			/* what va translates to */
	uint64_t descriptor;		/* of the block or page; 0 while the MMU is off */
	unsigned int level;		/* of the descriptor; or where the fault is */
	unsigned int fsc;		/* of a fault: FSC_... */
};

/*
 * stage1_walk - translate va.
 * Returns 0; -EFAULT when there is no translation, and result->fsc has the fault status that the
 * CPU would give; -EOPNOTSUPP when the registers ask for what no guest is shown (FEAT_LPA2's
 * descriptors, a reserved granule): what a CPU would make of them is not known here.
 */
int stage1_walk(const struct stage1_regs *regs, uint64_t va, stage1_read_fn read, void *arg,
		struct stage1_result *result);

#endif
