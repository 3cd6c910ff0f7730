// SPDX-License-Identifier: MIT
#include "instruction.h"

/*
 * Fields that the formats share. size, opc and V say together what is transferred:
 *
 *   31  30 29  27 26 25 24 23 22 21 20                          10 9   5 4   0
 *   | size |1 1 1| V| 0 ..| opc | ...                             | Rn  | Rt  |   one register
 *   | opc  |1 0 1| V| 0 | index | L |   imm7    |     Rt2         | Rn  | Rt  |   two
 */
#define INSN_SIZE		GENMASK(31, 30)
#define INSN_V			BIT(26)		/* a SIMD&FP register */
#define INSN_OPC		GENMASK(23, 22)
#define INSN_BIT24		BIT(24)		/* one register: the unsigned offset */
#define INSN_BIT21		BIT(21)		/* these two: the other addressing modes */
#define INSN_MODE		GENMASK(11, 10)
#define INSN_RT			GENMASK(4, 0)
#define INSN_RN			GENMASK(9, 5)

#define PAIR_OPC		GENMASK(31, 30)
#define PAIR_INDEX		GENMASK(24, 23)
#define PAIR_LOAD		BIT(22)
#define PAIR_IMM7		GENMASK(21, 15)
#define PAIR_RT2		GENMASK(14, 10)

#define UNSIGNED_IMM12		GENMASK(21, 10)
#define IMM9			GENMASK(20, 12)
#define REGISTER_RM		GENMASK(20, 16)
#define REGISTER_OPTION		GENMASK(15, 13)
#define REGISTER_S		BIT(12)		/* shift by the size */
#define LITERAL_IMM19		GENMASK(23, 5)

#define ATOMIC_O3		BIT(15)
#define ATOMIC_OPC		GENMASK(14, 12)
#define ATOMIC_ALL		GENMASK(23, 10)	/* these, with A, R and Rs */
#define ATOMIC_LDAPR		0xbfc000

#define ORDERED_O2		BIT(23)
#define ORDERED_LOAD		BIT(22)
#define ORDERED_O1		BIT(21)

#define SP_OR_ZR		31

/* A signed field, in units of 1 << scale. */
#define SIGNED_FIELD(mask, insn, scale)						\
	((int64_t)((uint64_t)sign_extend64(FIELD_GET(mask, insn),			\
		   __builtin_popcountll(mask) - 1) << (scale)))

/* ---- What is transferred --------------------------------------------------------------------- */

static unsigned int log2_size(const struct access *access)
{
	return __builtin_ctz(access->size);
}

/*
 * One register by size, V and opc: "Load/store register" in all its addressing modes, and
 * "LDAPR/STLR (unscaled immediate)".
 */
static enum instruction_class one_register(uint32_t insn, struct access *access)
{
	unsigned int size = FIELD_GET(INSN_SIZE, insn), opc = FIELD_GET(INSN_OPC, insn);

	if (access->simd) {
		/* opc<1> is one more bit of the size, for Q; it goes with a size of 0. */
		access->size = opc >= 2 ? 16 : 1 << size;
		access->load = opc % 2;
		return opc >= 2 && size != 0 ? INSTRUCTION_OTHER : INSTRUCTION_ACCESS;
	}
	access->size = 1 << size;
	access->load = opc != 0;
	access->sign_extend = opc >= 2;
	access->sf = opc == 2 || size == 3;
	if (size == 3 && opc == 2)
		return INSTRUCTION_PREFETCH;
	/* There is nothing to sign-extend 64 bits to, and no more than 32 for a Wt. */
	if (access->sign_extend && size + (opc == 3) > 2)
		return INSTRUCTION_OTHER;
	return INSTRUCTION_ACCESS;
}

/*
 * Does an instruction that updates its base use the same register for data? SP is no data register.
 */
static bool base_is_data(const struct access *access)
{
	if (access->simd || access->base == SP_OR_ZR)
		return false;
	return access->reg[0] == access->base ||
	       (access->elements == 2 && access->reg[1] == access->base);
}

/* Pre- or post-indexed: the base register changes. */
static enum instruction_class set_write_back(struct access *access)
{
	access->write_back = true;
	return base_is_data(access) ? INSTRUCTION_UNPREDICTABLE : INSTRUCTION_ACCESS;
}

/* ---- Formats --------------------------------------------------------------------------------- */

/* Load/store register pair: no-allocate (which is a hint), post-indexed, offset, pre-indexed. */
static enum instruction_class decode_pair(uint32_t insn, struct instruction *out)
{
	enum { NO_ALLOCATE, POST, OFFSET, PRE };
	unsigned int opc = FIELD_GET(PAIR_OPC, insn), index = FIELD_GET(PAIR_INDEX, insn);
	struct access *access = &out->access;

	access->load = insn & PAIR_LOAD;
	access->elements = 2;
	access->reg[1] = FIELD_GET(PAIR_RT2, insn);
	if (opc == 3)
		return INSTRUCTION_OTHER;
	if (access->simd) {
		access->size = 4 << opc;
	} else if (opc == 1) {
		/* LDPSW; its counterpart among the stores is STGP. */
		if (index == NO_ALLOCATE)
			return INSTRUCTION_OTHER;
		if (!access->load)
			return INSTRUCTION_TAG;
		access->size = 4;
		access->sign_extend = true;
		access->sf = true;
	} else {
		access->size = opc == 0 ? 4 : 8;
		access->sf = opc == 2;
	}
	access->offset = SIGNED_FIELD(PAIR_IMM7, insn, log2_size(access));
	out->form = index == POST ? ADDRESS_POST_INDEX : ADDRESS_OFFSET;
	if (access->load && access->reg[0] == access->reg[1])
		return INSTRUCTION_UNPREDICTABLE;
	return index == POST || index == PRE ? set_write_back(access) : INSTRUCTION_ACCESS;
}

/* Load register (literal). */
static enum instruction_class decode_literal(uint32_t insn, struct instruction *out)
{
	unsigned int opc = FIELD_GET(INSN_SIZE, insn);
	struct access *access = &out->access;

	access->load = true;
	access->offset = SIGNED_FIELD(LITERAL_IMM19, insn, 2);
	out->form = ADDRESS_LITERAL;
	if (access->simd) {
		access->size = 4 << opc;
		return opc == 3 ? INSTRUCTION_OTHER : INSTRUCTION_ACCESS;
	}
	access->size = opc == 1 ? 8 : 4;
	access->sign_extend = opc == 2;
	access->sf = opc == 1 || opc == 2;
	return opc == 3 ? INSTRUCTION_PREFETCH : INSTRUCTION_ACCESS;
}

/*
 * Load/store register (register offset). False: not allocated, nothing is extended from 8 or 16
 * bits.
 */
static bool register_offset(uint32_t insn, struct instruction *out)
{
	out->form = ADDRESS_REGISTER;
	out->index = FIELD_GET(REGISTER_RM, insn);
	out->extend = FIELD_GET(REGISTER_OPTION, insn);
	if (insn & REGISTER_S)
		out->shift = log2_size(&out->access);
	return out->extend & 2;
}

/*
 * Atomic memory operations: LDADD to LDUMIN if o3 is 0, one for each opc; SWP and other things if
 * it is 1. Among these is LDAPR, which has A = 1, R = 0, Rs = 31 and is no atomic at all but a
 * load.
 */
static enum instruction_class decode_atomic(uint32_t insn, struct access *access)
{
	if (access->simd)
		return INSTRUCTION_OTHER;
	if ((insn & ATOMIC_ALL) == ATOMIC_LDAPR) {
		access->load = true;
		access->sign_extend = false;
		access->sf = access->size == 8;
		return INSTRUCTION_ACCESS;
	}
	if ((insn & ATOMIC_O3) && (insn & ATOMIC_OPC))
		return INSTRUCTION_OTHER;
	return INSTRUCTION_ATOMIC;
}

/* Load/store register: one format for each addressing mode. */
static enum instruction_class decode_register(uint32_t insn, struct instruction *out)
{
	enum { UNSCALED, POST, UNPRIVILEGED, PRE };
	enum { ATOMIC = 0, REGISTER = 2 };
	struct access *access = &out->access;
	enum instruction_class class = one_register(insn, access);
	unsigned int mode = FIELD_GET(INSN_MODE, insn);

	if (insn & INSN_BIT24) {
		access->offset = FIELD_GET(UNSIGNED_IMM12, insn) << log2_size(access);
		return class;
	}
	if (insn & INSN_BIT21) {
		if (mode == ATOMIC)
			return decode_atomic(insn, access);
		/* The other two are LDRAA and LDRAB (FEAT_PAuth). */
		return mode == REGISTER && register_offset(insn, out) ? class : INSTRUCTION_OTHER;
	}

	access->offset = SIGNED_FIELD(IMM9, insn, 0);
	if (mode == UNSCALED)
		return class;
	/* There is no prefetch in the modes that are left, and LDTR has no V registers. */
	if (class != INSTRUCTION_ACCESS || (mode == UNPRIVILEGED && access->simd))
		return INSTRUCTION_OTHER;
	if (mode == UNPRIVILEGED)
		return class;
	if (mode == POST)
		out->form = ADDRESS_POST_INDEX;
	return set_write_back(access);
}

/*
 * Load/store exclusive, ordered, and compare and swap. The ordered ones are emulated: LDAR, LDLAR,
 * STLR, STLLR. Their fields Rs and Rt2 should be 31; a CPU that executes them otherwise ignores
 * these.
 */
static enum instruction_class decode_ordered(uint32_t insn, struct access *access)
{
	bool o2 = insn & ORDERED_O2, o1 = insn & ORDERED_O1;

	/* LDXP and STXP have sizes 2 and 3. What would have 0 and 1, is CASP. */
	if (!o2)
		return o1 && !(insn & BIT(31)) ? INSTRUCTION_ATOMIC : INSTRUCTION_EXCLUSIVE;
	if (o1)
		return INSTRUCTION_ATOMIC;
	access->load = insn & ORDERED_LOAD;
	access->size = 1 << FIELD_GET(INSN_SIZE, insn);
	access->sf = access->size == 8;
	return INSTRUCTION_ACCESS;
}

/* All that has 0b01 in bits 29 and 28, and 1 in bit 24. */
static enum instruction_class decode_unscaled_ordered(uint32_t insn, struct access *access)
{
	unsigned int size = FIELD_GET(INSN_SIZE, insn);
	enum instruction_class class;

	if (insn & INSN_BIT21)
		return size == 3 && !access->simd ? INSTRUCTION_TAG : INSTRUCTION_OTHER;
	/* LDAPUR, STLUR. The rest: memory copy and set, and later additions. */
	if (access->simd || FIELD_GET(INSN_MODE, insn) != 0)
		return INSTRUCTION_OTHER;
	class = one_register(insn, access);
	access->offset = SIGNED_FIELD(IMM9, insn, 0);
	return class == INSTRUCTION_ACCESS ? class : INSTRUCTION_OTHER;
}

static enum instruction_class decode_format(uint32_t insn, struct instruction *out)
{
	/* "Loads and Stores": bits 28 to 25 are x1x0. */
	if (!(insn & BIT(27)) || (insn & BIT(25)))
		return INSTRUCTION_NONE;
	switch (insn >> 28 & 3) {
	case 0:
		if (insn & INSN_V)
			return insn & BIT(31) ? INSTRUCTION_OTHER : INSTRUCTION_STRUCTURE;
		return insn & INSN_BIT24 ? INSTRUCTION_OTHER : decode_ordered(insn, &out->access);
	case 1:
		return insn & INSN_BIT24 ? decode_unscaled_ordered(insn, &out->access) :
					   decode_literal(insn, out);
	case 2:
		return decode_pair(insn, out);
	default:
		return decode_register(insn, out);
	}
}

enum instruction_class instruction_decode(uint32_t insn, struct instruction *out)
{
	enum instruction_class class;

	/* What the formats have in common; each adds its own. */
	*out = (struct instruction){
		.access = {
			.simd = insn & INSN_V,
			.elements = 1,
			.reg = { FIELD_GET(INSN_RT, insn) },
			.base = FIELD_GET(INSN_RN, insn),
		},
		.form = ADDRESS_OFFSET,
	};
	class = decode_format(insn, out);
	if (class != INSTRUCTION_ACCESS)
		*out = (struct instruction){ .form = ADDRESS_OFFSET };
	return class;
}

/*
 * ---- The address -------------------------------------------------------------------------------
 */

/* The index register's part (Arm ARM, ExtendReg()): UXTW and SXTW take its low 32 bits. */
static uint64_t index_offset(const struct instruction *instruction, const struct trap_frame *frame)
{
	enum { UXTW = 2, SXTW = 6 };
	uint64_t value = trap_frame_gpr(frame, instruction->index);

	if (instruction->extend == UXTW)
		value = (uint32_t)value;
	else if (instruction->extend == SXTW)
		value = sign_extend64(value, 31);
	return value << instruction->shift;
}

uint64_t instruction_address(const struct instruction *instruction, const struct trap_frame *frame,
			     uint64_t sp)
{
	const struct access *access = &instruction->access;
	uint64_t base = access->base == SP_OR_ZR ? sp : trap_frame_gpr(frame, access->base);

	switch (instruction->form) {
	case ADDRESS_POST_INDEX:
		return base;
	case ADDRESS_REGISTER:
		return base + index_offset(instruction, frame);
	case ADDRESS_LITERAL:
		return frame->elr + access->offset;
	case ADDRESS_OFFSET:
		break;
	}
	return base + access->offset;
}
