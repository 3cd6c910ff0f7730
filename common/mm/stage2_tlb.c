// SPDX-License-Identifier: MIT
#include "mm/stage2_tlb.h"

#include "arch/barrier.h"
#include "arch/layout.h"
#include "arch/sysreg.h"

/* What this CPU has loaded, while another VM's VMID stands in VTTBR_EL2. */
struct loaded {
	uint64_t vtcr, vttbr;
	uint64_t tcr, sctlr;		/* of EL1 */
};

/*
 * Stage 2 TLB maintenance works on the VMID in VTTBR_EL2, as wide as VTCR_EL2.VS says: load the
 * VM's.
 *
 * For that moment the EL1 registers are another VM's, or nobody's. No walk may use such a mixture,
 * or a TLB would keep its result under this VMID. We are at EL2, where the EL1&0 regime is out of
 * context and is not walked on speculation; but Cortex-A57, A72 and A76 do so for an AT instruction
 * that they only speculate on (errata 1319537, 1319367, 1165522). So stage 1 is on, and may not
 * walk. EPD0 and EPD1 first, or turning the MMU on would be what lets a walk begin.
 */
static void load_vm(const struct stage2 *s2, struct loaded *saved)
{
	saved->vtcr = read_sysreg(VTCR_EL2);
	saved->vttbr = read_sysreg(VTTBR_EL2);
	saved->tcr = read_sysreg(TCR_EL1);
	saved->sctlr = read_sysreg(SCTLR_EL1);

	write_sysreg(TCR_EL1, saved->tcr | TCR_EL1_EPD0 | TCR_EL1_EPD1);
	isb();
	write_sysreg(SCTLR_EL1, saved->sctlr | SCTLR_EL1_M);
	isb();
	write_sysreg(VTCR_EL2, s2->config.vtcr);
	write_sysreg(VTTBR_EL2, stage2_vttbr(s2));
	isb();
}

/* And back, in the reverse order. */
static void load_back(const struct loaded *saved)
{
	write_sysreg(VTTBR_EL2, saved->vttbr);
	write_sysreg(VTCR_EL2, saved->vtcr);
	isb();
	write_sysreg(SCTLR_EL1, saved->sctlr);
	isb();
	write_sysreg(TCR_EL1, saved->tcr);
	isb();
}

/* The new entries are complete, for the table walks of all CPUs. Invalid ones are in no TLB. */
static void publish(void)
{
	dsb(ishst);
}

/*
 * Three steps, as TLBs may hold three things (Arm ARM, "TLB maintenance requirements"): stage 2
 * entries by IPA, and what leads to them, for the first TLBI; both stages combined, by VA. Which
 * VAs lead to an IPA only the guest knows, so the second TLBI takes all VAs of the VMID. The first
 * has to be complete by then: a combined entry could be made anew from what it removes.
 *
 * IPAS2E1IS takes IPA[47:12], and removes a block by any IPA in it.
 */
static void invalidate(const struct stage2 *s2, const uint64_t *ipas, unsigned int count)
{
	struct loaded saved;

	dsb(ishst);		/* from here on table walks see the changed entries */
	load_vm(s2, &saved);
	for (unsigned int i = 0; i < count; i++)
		asm volatile("tlbi ipas2e1is, %0" :: "r"(ipas[i] >> PAGE_SHIFT) : "memory");
	dsb(ish);
	asm volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);		/* complete, and so are all accesses that used the old entries */
	load_back(&saved);
}

static void invalidate_all(const struct stage2 *s2)
{
	struct loaded saved;

	dsb(ishst);
	load_vm(s2, &saved);
	asm volatile("tlbi vmalls12e1is" ::: "memory");	/* both stages, all of this VMID */
	dsb(ish);
	load_back(&saved);
}

const struct stage2_tlb_ops stage2_tlb_ops = {
	.publish = publish,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
};

/* The roll-over of VMIDs: every VMID, both stages, every CPU. EL2's own entries stay. */
static void flush_all(void)
{
	asm volatile("tlbi alle1is" ::: "memory");
	dsb(ish);
	isb();
}

static void complete_stores(void)
{
	dsb(ish);
}

const struct vmid_ops vmid_tlb_ops = {
	.flush_all = flush_all,
	.publish = complete_stores,
};

void stage2_tlb_flush_local(void)
{
	isb();			/* VTTBR_EL2 has the VMID */
	asm volatile("tlbi vmalle1" ::: "memory");
	dsb(nsh);		/* the ERET to the guest is the ISB */
}
