// SPDX-License-Identifier: MIT
#include "mm/stage1_walk.h"

#include "arch/esr.h"
#include "arch/sysreg_fields.h"
#include "lib/errno.h"

#define LAST_LEVEL		3
#define ADDRESS_BITS		48
#define VA_HALF			55		/* this bit of an address chooses TTBR0 or TTBR1 */
#define TNSZ_LEAST		(64 - ADDRESS_BITS)
#define TNSZ_MOST		39
#define TNSZ_MOST_SMALL		48		/* with FEAT_TTST; 47 with the 64 KiB granule */

#define GRANULE_4K		12		/* a granule by the bits of an address within it */
#define GRANULE_16K		14
#define GRANULE_64K		16

/* Descriptor fields, stage 1 (Arm ARM, "VMSAv8-64 descriptor formats"). */
#define S1_VALID		BIT(0)
#define S1_TABLE		BIT(1)		/* level 3: must be 1 */
#define S1_AF			BIT(10)

/* What the registers say about one half of the address space. */
struct half {
	unsigned int granule;		/* GRANULE_: the bits that the last level leaves */
	unsigned int stride;		/* bits that choose an entry of a full table */
	unsigned int input_bits;	/* of a virtual address that are translated */
	unsigned int output_bits;	/* that the result may have */
	uint64_t ttbr;
	bool big_endian;		/* its tables */
	bool sets_af;			/* hardware sets the access flag itself */
};

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* PARange and IPS have the same encoding. */
static unsigned int address_bits(unsigned int ps)
{
	static const unsigned char bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	return bits[least(ps, 7)];
}

/* TG0 and TG1 do not have the same encoding. 0 is for the one that is reserved. */
static unsigned int granule(uint64_t tcr, bool high)
{
	static const unsigned char tg0[] = {
		[TCR_EL1_TG0_4K] = GRANULE_4K, [TCR_EL1_TG0_16K] = GRANULE_16K,
		[TCR_EL1_TG0_64K] = GRANULE_64K, [3] = 0,
	};
	static const unsigned char tg1[] = {
		[0] = 0, [TCR_EL1_TG1_4K] = GRANULE_4K,
		[TCR_EL1_TG1_16K] = GRANULE_16K, [TCR_EL1_TG1_64K] = GRANULE_64K,
	};

	return high ? tg1[FIELD_GET(TCR_EL1_TG1, tcr)] : tg0[FIELD_GET(TCR_EL1_TG0, tcr)];
}

static int half_decode(const struct stage1_regs *regs, bool high, struct half *half)
{
	unsigned int tnsz = FIELD_GET(high ? TCR_EL1_T1SZ : TCR_EL1_T0SZ, regs->tcr);
	unsigned int ips = FIELD_GET(TCR_EL1_IPS, regs->tcr);
	unsigned int most = TNSZ_MOST;

	half->granule = granule(regs->tcr, high);
	half->stride = half->granule - 3;
	half->input_bits = 64 - tnsz;
	half->output_bits = least(address_bits(least(ips, regs->pa_range)), ADDRESS_BITS);
	half->ttbr = high ? regs->ttbr1 : regs->ttbr0;
	half->big_endian = regs->sctlr & SCTLR_EL1_EE;
	half->sets_af = regs->tcr & TCR_EL1_HA;

	if (regs->small_tables)
		most = TNSZ_MOST_SMALL - (half->granule == GRANULE_64K);
	if (!half->granule || tnsz < TNSZ_LEAST || tnsz > most)
		return -EOPNOTSUPP;
	/*
	 * Descriptors with addresses of 52 bits: FEAT_LPA2, and FEAT_LPA with the 64 KiB granule.
	 */
	if ((regs->tcr & TCR_EL1_DS) ||
	    (half->granule == GRANULE_64K && ips > 5 && regs->pa_range > 5))
		return -EOPNOTSUPP;
	return 0;
}

/* The lowest bit that chooses an entry at this level; those below it are within what it maps. */
static unsigned int level_shift(const struct half *half, unsigned int level)
{
	return half->granule + half->stride * (LAST_LEVEL - level);
}

/* The level that resolves the uppermost bits. */
static unsigned int start_level(const struct half *half)
{
	return LAST_LEVEL - (half->input_bits - 1 - half->granule) / half->stride;
}

enum entry_kind {
	ENTRY_INVALID,
	ENTRY_TABLE,
	ENTRY_LEAF,			/* a block or a page */
};

/*
 * Blocks: 1 GiB and 2 MiB of 4 KiB granules; 32 MiB of 16 KiB granules; 512 MiB of 64 KiB granules.
 */
static enum entry_kind entry_kind(const struct half *half, uint64_t descriptor, unsigned int level)
{
	if (!(descriptor & S1_VALID))
		return ENTRY_INVALID;
	if (level == LAST_LEVEL)
		return descriptor & S1_TABLE ? ENTRY_LEAF : ENTRY_INVALID;
	if (descriptor & S1_TABLE)
		return ENTRY_TABLE;
	if (level == 2 || (level == 1 && half->granule == GRANULE_4K))
		return ENTRY_LEAF;
	return ENTRY_INVALID;
}

static int fault(struct stage1_result *result, unsigned int fsc, unsigned int level)
{
	result->fsc = fsc;
	result->level = level;
	return -EFAULT;
}

/* From the root down to the block or page: va without its tag. */
static int walk(const struct half *half, uint64_t va, stage1_read_fn read, void *arg,
		struct stage1_result *result)
{
	unsigned int level = start_level(half);
	unsigned int top = half->input_bits, shift = level_shift(half, level);
	/* A root is aligned to its size: bits of TTBR below that are not of its address. */
	uint64_t address = half->ttbr & GENMASK(ADDRESS_BITS - 1, top - shift + 3);

	if (address >> half->output_bits)
		return fault(result, FSC_ADDRESS_SIZE(0), 0);

	for (;; level++) {
		uint64_t descriptor;
		enum entry_kind kind;

		shift = level_shift(half, level);
		address += (va & GENMASK(top - 1, shift)) >> shift << 3;
		if (!read(arg, address, &descriptor))
			return fault(result, FSC_EXTERNAL_WALK(level), level);
		if (half->big_endian)
			descriptor = __builtin_bswap64(descriptor);

		kind = entry_kind(half, descriptor, level);
		if (kind == ENTRY_INVALID)
			return fault(result, FSC_TRANSLATION(level), level);

		/* Contiguous or not, and whatever its other attributes are. */
		address = descriptor & GENMASK(ADDRESS_BITS - 1,
					       kind == ENTRY_TABLE ? half->granule : shift);
		if (address >> half->output_bits)
			return fault(result, FSC_ADDRESS_SIZE(level), level);
		if (kind == ENTRY_TABLE) {
			top = shift;
			continue;
		}
		if (!(descriptor & S1_AF) && !half->sets_af)
			return fault(result, FSC_ACCESS_FLAG(level), level);
		result->descriptor = descriptor;
		result->level = level;
		result->ipa = address | (va & (BIT(shift) - 1));
		return 0;
	}
}

int stage1_walk(const struct stage1_regs *regs, uint64_t va, stage1_read_fn read, void *arg,
		struct stage1_result *result)
{
	bool high = va >> VA_HALF & 1;
	bool tagged = regs->tcr & (high ? TCR_EL1_TBI1 : TCR_EL1_TBI0);
	/* Without its top byte, where that is not part of the address. */
	int64_t address = tagged ? sign_extend64(va, VA_HALF) : (int64_t)va;
	struct half half;
	int error;

	*result = (struct stage1_result){ 0 };

	/* MMU off: as it is, if there are such physical addresses. */
	if (!(regs->sctlr & SCTLR_EL1_M)) {
		uint64_t flat = tagged ? va & GENMASK(VA_HALF, 0) : va;

		if (flat >> address_bits(regs->pa_range))
			return fault(result, FSC_ADDRESS_SIZE(0), 0);
		result->ipa = flat;
		return 0;
	}

	if (regs->tcr & (high ? TCR_EL1_EPD1 : TCR_EL1_EPD0))
		return fault(result, FSC_TRANSLATION(0), 0);
	error = half_decode(regs, high, &half);
	if (error)
		return error;
	/* The lower half begins at 0, the upper one ends at 2^64 - 1. */
	if (address >> half.input_bits != (high ? -1 : 0))
		return fault(result, FSC_TRANSLATION(0), 0);
	return walk(&half, (uint64_t)address, read, arg, result);
}
