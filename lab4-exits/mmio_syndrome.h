/* SPDX-License-Identifier: MIT */
/*
 * mmio_syndrome.h - what the syndrome alone says of a Data Abort (Arm ARM, "ISS encoding for an
 * exception from a Data Abort"): is it a device access, how wide, from or to which register.
 *
 * All as small inline functions of ESR_EL2's value: the most frequent exit consists of little else.
 */
#ifndef LAB4_MMIO_SYNDROME_H
#define LAB4_MMIO_SYNDROME_H

#include "access.h"
#include "arch/esr.h"

/* What has to be done about an abort that the guest's access took to EL2. */
enum abort_class {
	ABORT_MMIO,		/* stage 2 has nothing there; the syndrome describes the access */
	ABORT_INSTRUCTION,	/* the same, but what it is, only the instruction says (ISV = 0) */
	ABORT_TABLE_WALK,	/* what faulted is a walk of the guest's own tables: no MMIO */
	ABORT_CACHE,		/* a DC, IC or AT instruction: no data, no register */
	ABORT_PERMISSION,	/* stage 2 has memory there, but not for this kind of access */
	ABORT_EXTERNAL,		/* an error of the memory system: External abort, parity, ECC */
	ABORT_OTHER,		/* alignment and all else */
};

/* Of the fault status codes that come in four levels: is it one of that kind? */
static inline bool fsc_is(unsigned int fsc, unsigned int of_level_0)
{
	return (fsc & ~3U) == of_level_0;
}

static inline bool fsc_is_translation(unsigned int fsc)
{
	return fsc_is(fsc, FSC_TRANSLATION(0)) || fsc == FSC_TRANSLATION_LEVEL_M1;
}

/* External aborts and parity errors, on a table walk or not. (In between is FSC_TAG_CHECK.) */
static inline bool fsc_is_external(unsigned int fsc)
{
	return fsc == FSC_EXTERNAL || (fsc >= FSC_EXTERNAL_WALK(-2) && fsc <= FSC_PARITY) ||
	       (fsc >= FSC_PARITY_WALK(-1) && fsc <= FSC_PARITY_WALK(3));
}

/*
 * abort_classify - for EC_DABT_LOWER and EC_IABT_LOWER. (An Instruction Abort has no ISV: it is
 * never ABORT_MMIO, and ABORT_INSTRUCTION then means a fetch from where nothing is.)
 *
 * S1PTW before all else that stage 2 has to say: ISV, WnR and SRT describe the guest's instruction,
 * but what faulted is the walk. With FEAT_LS64 an ISV of 1 may come with a store of 64 bytes (LST
 * is not 0).
 */
static inline enum abort_class abort_classify(uint64_t esr)
{
	unsigned int fsc = ESR_FSC(esr);

	/* The frequent case by one comparison: a translation fault of level 0 to 3, and ISV. */
	if (likely((esr & (DABT_ISV | DABT_LST | DABT_CM | DABT_S1PTW | (DABT_DFSC & ~UC64(3)))) ==
		   (DABT_ISV | FSC_TRANSLATION(0))))
		return ABORT_MMIO;
	if (fsc_is_external(fsc))
		return ABORT_EXTERNAL;
	if (esr & DABT_S1PTW)
		return ABORT_TABLE_WALK;
	if (esr & DABT_CM)
		return ABORT_CACHE;
	if (fsc_is(fsc, FSC_PERMISSION(0)))
		return ABORT_PERMISSION;
	if (!fsc_is_translation(fsc))
		return ABORT_OTHER;
	return (esr & DABT_ISV) && !(esr & DABT_LST) ? ABORT_MMIO : ABORT_INSTRUCTION;
}

/*
 * abort_hpfar_valid - does HPFAR_EL2 have the IPA? (Arm ARM, HPFAR_EL2: it is written for stage 2
 * translation, Access flag and Address size faults, and for those of a stage 1 walk whatever they
 * are; a permission fault of the access itself leaves it UNKNOWN. That one is translated by AT
 * S1E1R.)
 */
static inline bool abort_hpfar_valid(uint64_t esr)
{
	unsigned int fsc = ESR_FSC(esr);

	return fsc_is_translation(fsc) || fsc_is(fsc, FSC_ADDRESS_SIZE(0)) ||
	       fsc == FSC_ADDRESS_SIZE_LEVEL_M1 || fsc_is(fsc, FSC_ACCESS_FLAG(0)) ||
	       ((esr & DABT_S1PTW) && fsc_is(fsc, FSC_PERMISSION(0)));
}

/* abort_far_valid - does FAR_EL2 have the address? Only an External abort may come without it. */
static inline bool abort_far_valid(uint64_t esr)
{
	return ESR_FSC(esr) != FSC_EXTERNAL || !(esr & DABT_FnV);
}

/*
 * mmio_is_simple - the whole syndrome, exception class included: a data abort of class ABORT_MMIO, of which
 * the register gets just the bytes that are read (no sign extension). One comparison.
 */
static inline bool mmio_is_simple(uint64_t esr)
{
	const uint64_t mask = ESR_EC_MASK | DABT_ISV | DABT_SSE | DABT_LST | DABT_CM | DABT_S1PTW |
			      (DABT_DFSC & ~UC64(3));

	return (esr & mask) == ((uint64_t)EC_DABT_LOWER << ESR_EC_SHIFT | DABT_ISV | FSC_TRANSLATION(0));
}

/* ---- The access of ABORT_MMIO ---------------------------------------------------------------- */

/* Its size in bytes. */
static inline unsigned int mmio_size(uint64_t esr)
{
	return 1U << FIELD_GET(DABT_SAS, esr);
}

/* Its register's number: 31 is XZR. */
static inline unsigned int mmio_register(uint64_t esr)
{
	return FIELD_GET(DABT_SRT, esr);
}

/* mmio_store_value - what a store gives to the device. value: the register, all of it. */
static inline uint64_t mmio_store_value(uint64_t esr, uint64_t value, bool big_endian)
{
	unsigned int size = mmio_size(esr);

	return big_endian ? access_reverse(value, size) : access_cut(value, size);
}

/* mmio_load_value - what a load makes of the device's answer; for all 64 bits of the register. */
static inline uint64_t mmio_load_value(uint64_t esr, uint64_t value, bool big_endian)
{
	unsigned int size = mmio_size(esr);

	if (big_endian)
		value = access_reverse(value, size);
	return access_extend(value, size, esr & DABT_SSE, esr & DABT_SF);
}

#endif
