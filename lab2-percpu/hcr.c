// SPDX-License-Identifier: MIT
/*
 * hcr.c - why each bit of HCR_EL2 is set.
 *
 * One table: the value, the unit tests and the handout's table all come from it. A bit is here
 * because a guest could do something without it, and that is what its line says.
 */
#include "hcr.h"

#include "arch/sysreg_fields.h"

static bool has_pauth(const struct hw_features *f)
{
	return f->pauth;
}

static bool has_ras(const struct hw_features *f)
{
	return f->ras;
}

static bool has_lor(const struct hw_features *f)
{
	return f->lor;
}

static bool has_csv2_2(const struct hw_features *f)
{
	return f->csv2_2;
}

static bool has_mte(const struct hw_features *f)
{
	return f->mte;
}

const struct hcr_reason hcr_reasons[] = {
	/* What the guest's world is. */
	{ "VM", HCR_VM, NULL,
	  "no stage 2: the guest's addresses are physical ones, the hypervisor's included" },
	{ "RW", HCR_RW, NULL,
	  "EL1 would be AArch32, with other registers and other vectors" },

	/* Interrupts are the host's. */
	{ "IMO", HCR_IMO, NULL,
	  "a physical IRQ goes to the guest, which can keep it masked for ever" },
	{ "FMO", HCR_FMO, NULL,
	  "the same for FIQ" },
	{ "AMO", HCR_AMO, NULL,
	  "an SError goes to the guest, whosever it is" },

	/* Calls that act on the machine. */
	{ "TSC", HCR_TSC, NULL,
	  "the guest's SMC reaches the firmware: it switches CPUs off and resets the machine" },
	{ "TWI", HCR_TWI, NULL,
	  "a guest that waits keeps the CPU, though another could run" },

	/* Registers that are not switched, or show more than the guest may use. */
	{ "TID3", HCR_TID3, NULL,
	  "the guest reads the CPU's own ID registers and uses features that nobody saves" },
	{ "TIDCP", HCR_TIDCP, NULL,
	  "IMPLEMENTATION DEFINED registers: control of caches, ECC and errata work-arounds" },
	{ "TACR", HCR_TACR, NULL,
	  "ACTLR_EL1 controls the CPU, and the next guest would inherit it" },

	/* Caches, TLBs and barriers reach every CPU that the guest may have run on. */
	{ "TSW", HCR_TSW, NULL,
	  "cache maintenance by set and way works on all that is in the cache, not on the guest's part" },
	{ "SWIO", HCR_SWIO, NULL,
	  "an invalidation by set and way drops other owners' dirty lines instead of writing them back" },
	{ "PTW", HCR_PTW, NULL,
	  "a page table in device memory: the walker itself reads registers whose reading has effects" },
	{ "FB", HCR_FB, NULL,
	  "a guest's local TLB or I-cache invalidation misses the CPU that its vCPU came from" },
	{ "BSU", FIELD_PREP(HCR_BSU, 1), NULL,
	  "a guest's local barrier does not wait for what it did on the CPU that it came from" },

	/* By feature. */
	{ "TEA", HCR_TEA, has_ras,
	  "FEAT_RAS: a memory error is the guest's abort, and the host never hears of the bad memory" },
	{ "TERR", HCR_TERR, has_ras,
	  "FEAT_RAS: the guest reads and clears the machine's error records" },
	{ "TLOR", HCR_TLOR, has_lor,
	  "FEAT_LOR: LORegion registers are not switched, and the next guest would inherit them" },
	{ "API, APK", HCR_API | HCR_APK, has_pauth,
	  "FEAT_PAuth: each signed return of the guest is a trap (its keys are switched in lab 3)" },
	{ "EnSCXT", HCR_ENSCXT, has_csv2_2,
	  "FEAT_CSV2_2: the guest's SCXTNUM_ELx trap (they are switched in lab 3)" },
	{ "TID5", HCR_TID5, has_mte,
	  "FEAT_MTE2: GMID_EL1 shows tags that the guest has none of (ATA is 0)" },
	{ NULL, 0, NULL, NULL },
};

uint64_t hcr_value(const struct hw_features *features)
{
	const struct hcr_reason *r;
	uint64_t value = 0;

	for (r = hcr_reasons; r->name; r++)
		if (!r->wanted || r->wanted(features))
			value |= r->bits;
	return value;
}
