/* SPDX-License-Identifier: MIT */
/*
 * bits.h - bits, fields and alignment.
 *
 * A field is named by its mask, in place: #define HCR_BSU GENMASK(11, 10). FIELD_GET takes it out,
 * FIELD_PREP puts it in. C and assembly use the same definitions.
 */
#ifndef ARCH_BITS_H
#define ARCH_BITS_H

#ifdef __ASSEMBLER__
#define UC64(number)		(number)	/* the assembler always computes in 64 bits */
#else
#include "arch/types.h"
#define UC64(number)		UINT64_C(number)
#endif

/* BIT(n) - bit n alone, n = 0 to 63. */
#define BIT(n)			(UC64(1) << (n))

/* GENMASK(high, low) - bits high down to low, both included; 63 >= high >= low >= 0. */
#define GENMASK(high, low)	(((UC64(2) << ((high) - (low))) - 1) << (low))

/* FIELD_LOW(mask) - the lowest bit of a mask: one unit of its field. */
#define FIELD_LOW(mask)		((mask) & -(mask))

#ifdef __ASSEMBLER__

/* FIELD_PREP(mask, value) - the value, moved to where the field is. */
#define FIELD_PREP(mask, value)	(((value) * FIELD_LOW(mask)) & (mask))

#else

/*
 * FIELD_SHIFT(mask) - number of the field's lowest bit. A mask is never 0 and has no holes.
 * With a constant mask all of these are constant expressions and cost one shift and one AND.
 */
#define FIELD_SHIFT(mask)	((unsigned int)__builtin_ctzll(mask))

/* FIELD_GET(mask, reg) - the field's value, moved down to bit 0. */
#define FIELD_GET(mask, reg)	(((uint64_t)(reg) & (mask)) >> FIELD_SHIFT(mask))

/* FIELD_PREP(mask, value) - the value, moved to where the field is; what does not fit is cut. */
#define FIELD_PREP(mask, value)	(((uint64_t)(value) << FIELD_SHIFT(mask)) & (mask))

/* FIELD_MAX(mask) - the greatest value that the field can hold. */
#define FIELD_MAX(mask)		((uint64_t)(mask) >> FIELD_SHIFT(mask))

/*
 * ALIGN_DOWN/ALIGN_UP(x, align) - x, moved to a multiple of align: a power of two, in x's units.
 * ALIGN_UP wraps to 0 within align of the top of the address space.
 */
#define ALIGN_DOWN(x, align)	((x) & ~((__typeof__(x))(align) - 1))
#define ALIGN_UP(x, align)	ALIGN_DOWN((x) + ((__typeof__(x))(align) - 1), align)
#define IS_ALIGNED(x, align)	(((x) & ((__typeof__(x))(align) - 1)) == 0)
#define IS_POWER_OF_TWO(x)	((x) != 0 && ((x) & ((x) - 1)) == 0)

/* ARRAY_SIZE(array) - its number of elements. A pointer instead of an array does not compile. */
#define ARRAY_SIZE(array)							\
	(sizeof(array) / sizeof((array)[0]) +					\
	 0 * sizeof(struct { static_assert(!__builtin_types_compatible_p(	\
		__typeof__(array), __typeof__(&(array)[0])), "not an array"); int unused; }))

/*
 * sign_extend64 - read the low bits of a value as a signed number (two's complement).
 * @value:    bits above @sign_bit are ignored
 * @sign_bit: number of the sign bit, 0 to 63: 7 for a byte, 15 for a halfword, 31 for a word
 *
 * Needed where the architecture leaves the sign to software: a load with ESR_ELx.SSE set, an
 * offset inside an instruction.
 */
static inline int64_t sign_extend64(uint64_t value, unsigned int sign_bit)
{
	unsigned int unused_bits = 63 - sign_bit;

	return (int64_t)(value << unused_bits) >> unused_bits;
}

#endif
#endif
