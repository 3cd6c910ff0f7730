/* SPDX-License-Identifier: MIT */
/*
 * instruction.h - A64 loads and stores, for the aborts whose syndrome does not describe the access
 * (ISV = 0): pairs, updated base registers, V registers, and what a CPU leaves out besides.
 *
 * Recognised by the tables of the Arm ARM, chapter "A64 Instruction Set Encoding", "Loads and
 * Stores". (AArch32 programs, at EL0, are not decoded: what they may do to a device, has ISV = 1.)
 */
#ifndef LAB4_INSTRUCTION_H
#define LAB4_INSTRUCTION_H

#include "access.h"

/* What an instruction is, as far as it matters when a device is at its address. */
enum instruction_class {
	/*
	 * Emulated: LDR, STR, LDUR, STUR, LDTR, STTR and their pre- and post-indexed forms, of B,
	 * H, S, D, Q too; LDP, STP, LDNP, STNP, LDPSW; LDAR, STLR, LDLAR, STLLR, LDAPR, LDAPUR,
	 * STLUR. Order: the pieces of an access, and the accesses of a CPU, reach a device model
	 * one after the other.
	 */
	INSTRUCTION_ACCESS,
	INSTRUCTION_PREFETCH,	/* PRFM, PRFUM: a hint; nothing to do */
	/*
	 * LDXR, STXR ... and CAS, LDADD, SWP ...: no device supports them, and the fault is
	 * FSC_EXCLUSIVE (Arm ARM, DFSC 0b110101: "Unsupported Exclusive or Atomic access").
	 */
	INSTRUCTION_EXCLUSIVE,
	INSTRUCTION_ATOMIC,
	INSTRUCTION_STRUCTURE,	/* LD1 to LD4, ST1 to ST4: no driver does that to a device */
	INSTRUCTION_TAG,	/* LDG, STG, STGP ... (FEAT_MTE, which guests are not shown) */
	/*
	 * CONSTRAINED UNPREDICTABLE: a loaded register twice, or the base updated and also a data
	 * register. UNDEFINED is among what the Arm ARM allows for each of them.
	 */
	INSTRUCTION_UNPREDICTABLE,
	INSTRUCTION_OTHER,	/* others of these encodings: LDRAA, LD64B ...; or unallocated */
	INSTRUCTION_NONE,	/* no load or store: DC ZVA, SVE; or changed since it trapped */
};

/* How the address comes about. */
enum address_form {
	ADDRESS_OFFSET,		/* [Xn, #offset]; with write_back [Xn, #offset]! */
	ADDRESS_POST_INDEX,	/* [Xn], #offset */
	ADDRESS_REGISTER,	/* [Xn, Xm or Wm, extended, shifted] */
	ADDRESS_LITERAL,	/* the PC plus an offset */
};

/* An instruction of class INSTRUCTION_ACCESS. */
struct instruction {
	struct access access;	/* all of it, but for big_endian: false */
	enum address_form form;
	uint8_t index;		/* ADDRESS_REGISTER: Xm; 31 is XZR */
	uint8_t extend;		/* the "option" field: UXTW 2, LSL 3, SXTW 6, SXTX 7 */
	uint8_t shift;
};

/*
 * instruction_decode - insn: any 32 bits, as the CPU fetched them (little-endian).
 * Returns the class; *out is set if that is INSTRUCTION_ACCESS, and else all 0.
 */
enum instruction_class instruction_decode(uint32_t insn, struct instruction *out);

/*
 * instruction_address - the virtual address of the first byte that the instruction accesses.
 * frame: as the exit left it, ELR_EL2 at the instruction; sp: the stack pointer that it uses.
 */
uint64_t instruction_address(const struct instruction *instruction, const struct trap_frame *frame,
			     uint64_t sp);

#endif
