/* SPDX-License-Identifier: MIT */
/*
 * access.h - a guest's access to a device, taken apart into pieces that a device can answer.
 *
 * Most accesses are one register of 1, 2, 4 or 8 bytes; the syndrome says all of them
 * (mmio_syndrome.h) and nothing of this is needed but struct mmio_access. The others (two
 * registers, an updated base, a V register) are known from the instruction alone (instruction.h).
 * Those are done here, piece by piece, each of them an exit of its own for the host:
 *
 *   access_begin(state, access, ipa, registers);
 *   while (access_next(state, &piece))              EXIT_MMIO_READ or EXIT_MMIO_WRITE
 *           access_got(state, value);               vcpu_exit_complete()
 *   access_finish(state, registers);                then the PC moves on
 *
 * The guest's registers change in access_finish() alone. So a piece that is refused leaves them as
 * they were: the instruction can take its abort, or be executed once more. (What the pieces before
 * it have done to the device stays done. So it does where hardware aborts half-way in a pair.)
 */
#ifndef LAB4_ACCESS_H
#define LAB4_ACCESS_H

#include "arch/bits.h"
#include "arch/layout.h"
#include "arch/types.h"
#include "trap_frame.h"

/* One access as a device sees it. */
struct mmio_access {
	uint64_t ipa;
	uint64_t value;		/* of a write; no bits above its size */
	unsigned int size;	/* in bytes: 1, 2, 4 or 8 */
	bool write;
};

/* What an instruction does to memory and registers; where in memory, is said elsewhere. */
struct access {
	bool load;		/* or a store */
	bool simd;		/* reg[] are V registers */
	bool sign_extend;	/* a load's value is a signed number, */
	bool sf;		/* of 64 bits and not of 32 (X, not W) */
	bool big_endian;	/* by SCTLR_EL1.EE or E0E: the caller's to set */
	bool write_back;	/* pre- or post-index: offset is added to the base register */
	uint8_t size;		/* bytes of an element: 1, 2, 4, 8; 16 with simd */
	uint8_t elements;	/* 1, or 2 one behind the other: load or store pair */
	uint8_t reg[2];		/* the register of each; 31 is XZR (or V31) */
	uint8_t base;		/* the base register; 31 is SP */
	int64_t offset;		/* what the instruction adds to it */
};

/* Where the guest's registers are while it does not run. */
struct access_registers {
	struct trap_frame *frame;
	uint64_t (*v)[2];	/* V0 to V31, the low half first; used with simd only */
	uint64_t *sp;		/* the one that the guest uses: SP_EL0, or SP_EL1 (SPSR_EL2.M) */
};

/* An access that is under way. */
struct access_state {
	struct access access;
	uint64_t ipa;		/* of its first byte */
	uint64_t base_after;	/* with write_back: the base register's new value */
	uint64_t data[2][2];	/* of each element, as in a register: the low 64 bits, the high */
	unsigned int done;	/* how many pieces the device has answered */
};

/* value, cut to its low "size" bytes (1, 2, 4 or 8). */
static inline uint64_t access_cut(uint64_t value, unsigned int size)
{
	return value & (UINT64_MAX >> (64 - 8 * size));
}

/* The low "size" bytes of value in the opposite order, and 0 above them. */
static inline uint64_t access_reverse(uint64_t value, unsigned int size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

/*
 * access_extend - what a load makes of "size" bytes (1, 2, 4 or 8): all 64 bits of the register.
 * sign_extend: to as many bits as the register is used with, 64 (sf) or 32. Above 32 bits there is 0
 * then, since a write to Wn clears the upper half of Xn.
 */
static inline uint64_t access_extend(uint64_t value, unsigned int size, bool sign_extend, bool sf)
{
	unsigned int unused_bits = 64 - 8 * size;

	value <<= unused_bits;
	value = sign_extend ? (uint64_t)((int64_t)value >> unused_bits) : value >> unused_bits;
	return sf ? value : (uint32_t)value;
}

/* Does an access of that many bytes go on in another page? Then one IPA does not say where. */
static inline bool access_crosses_page(uint64_t address, unsigned int bytes)
{
	return address % PAGE_SIZE + bytes > PAGE_SIZE;
}

/*
 * access_place - where, in the guest's physical memory, an access begins.
 * va: of its first byte, by the instruction (instruction_address()); far: FAR_EL2, any byte of it;
 * far_ipa: far, translated.
 * Returns 0, with *ipa; or
 *   -EINVAL  far is no byte of it: it is not this instruction that trapped, another CPU changed it
 *   -ERANGE  it is in two pages, and of one of them the IPA is not known
 */
int access_place(const struct access *access, uint64_t va, uint64_t far, uint64_t far_ipa,
		 uint64_t *ipa);

/*
 * access_begin - start with an access at ipa. What a store writes is taken from the registers now.
 * registers: all that the access needs; nothing is written to them.
 */
void access_begin(struct access_state *state, const struct access *access, uint64_t ipa,
		  const struct access_registers *registers);

/*
 * access_next - the piece that is next for the device, the lowest address first.
 * Returns false, with *piece as it was, when the device has answered all of them.
 */
bool access_next(const struct access_state *state, struct mmio_access *piece);

/*
 * access_got - that piece is done. value: what was read; no bits above the piece's size are used,
 * and none at all after a write.
 */
void access_got(struct access_state *state, uint64_t value);

/*
 * access_finish - all pieces are done: what was loaded goes into its registers, and the base
 * register gets its new value. The PC is the caller's.
 */
void access_finish(const struct access_state *state, const struct access_registers *registers);

#endif
