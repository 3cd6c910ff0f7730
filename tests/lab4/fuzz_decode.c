// SPDX-License-Identifier: MIT
/*
 * fuzz_decode.c - any instruction, any syndrome, any registers: what must hold of all of them.
 *
 * A target for libFuzzer: make -C tests/lab4 fuzz.
 * Without it, fuzz_main.c feeds it random bytes: make check.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "instruction.h"
#include "lib/errno.h"
#include "mmio_syndrome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where it stops, the fuzzer keeps the input. */
#define HOLDS(condition) do {								\
	if (!(condition)) {								\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,	\
			#condition);							\
		abort();								\
	}										\
} while (0)

/* The input: what the guest, and what another CPU of it, can choose. */
struct input {
	uint32_t insn;
	uint32_t iss;
	uint64_t far;
	uint64_t device[4];		/* what the host answers */
	struct trap_frame frame;
	uint64_t sp;
	uint64_t v[32][2];
	uint8_t flags;			/* bit 0: big-endian; 1: far is of the instruction */
};

/* ---- The syndrome ---------------------------------------------------------------------------- */

static uint64_t mask_of(unsigned int size)
{
	return size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

static void check_syndrome(const struct input *in)
{
	uint64_t esr = (uint64_t)EC_DABT_LOWER << 26 | (in->iss & 0x03ffffff), loaded;
	enum abort_class class = abort_classify(esr);
	unsigned int size = mmio_size(esr);
	bool big_endian = in->flags & 1;

	HOLDS(class <= ABORT_OTHER);
	/* A device access is described, is no walk, no maintenance, and its IPA is known. */
	if (class == ABORT_MMIO || class == ABORT_INSTRUCTION) {
		HOLDS(!(esr & (DABT_S1PTW | DABT_CM)));
		HOLDS(abort_hpfar_valid(esr) && abort_far_valid(esr));
		HOLDS((esr & DABT_ISV) || class == ABORT_INSTRUCTION);
	}
	if (class == ABORT_TABLE_WALK)
		HOLDS(esr & DABT_S1PTW);
	HOLDS(size == 1 || size == 2 || size == 4 || size == 8);
	HOLDS(mmio_register(esr) < 32);
	HOLDS(!(mmio_store_value(esr, in->device[0], big_endian) & ~mask_of(size)));

	/* What was loaded, when it is stored again, is what was there. */
	loaded = mmio_load_value(esr, in->device[0], big_endian);
	if (!(esr & DABT_SF))
		HOLDS(loaded >> 32 == 0);
	if ((esr & DABT_SF) || size < 8)
		HOLDS(mmio_store_value(esr, loaded, big_endian) ==
		      (in->device[0] & mask_of(size)));
}

/* ---- The instruction ------------------------------------------------------------------------- */

static void check_decoded(uint32_t insn, const struct instruction *decoded)
{
	const struct access *a = &decoded->access;
	bool overlap = !a->simd && a->base != 31 &&
		       (a->reg[0] == a->base || (a->elements == 2 && a->reg[1] == a->base));

	HOLDS((insn & 0x0a000000) == 0x08000000);
	HOLDS(a->size == 1 || a->size == 2 || a->size == 4 || a->size == 8 ||
	      (a->size == 16 && a->simd));
	HOLDS(a->elements == 1 || a->elements == 2);
	HOLDS(a->reg[0] < 32 && a->reg[1] < 32 && a->base < 32 && decoded->index < 32);
	HOLDS(!a->sign_extend || (a->load && !a->simd && a->size < 8));
	HOLDS(a->simd || a->size < 8 || a->sf);
	HOLDS(!a->big_endian);
	HOLDS(!(a->write_back && overlap));
	HOLDS(!(a->load && a->elements == 2 && a->reg[0] == a->reg[1]));
	HOLDS(!a->write_back || decoded->form == ADDRESS_OFFSET ||
	      decoded->form == ADDRESS_POST_INDEX);
	HOLDS(decoded->form != ADDRESS_POST_INDEX || a->write_back);
	HOLDS(decoded->shift == 0 || 1U << decoded->shift == a->size);
}

/* Which registers an access may change, and no others. */
static void check_registers(const struct input *before, const struct input *after,
			    const struct access *a)
{
	for (unsigned int n = 0; n < 32; n++) {
		bool target = a->load && (n == a->reg[0] || (a->elements == 2 && n == a->reg[1]));
		bool base = a->write_back && n == a->base;

		if (n == 31 || !((target && !a->simd) || base))
			HOLDS(after->frame.x[n] == before->frame.x[n]);
		if (n != 31 && base)
			HOLDS(after->frame.x[n] == before->frame.x[n] + (uint64_t)a->offset);
		if (!(target && a->simd))
			HOLDS(memcmp(after->v[n], before->v[n], 16) == 0);
	}
	HOLDS(after->sp == before->sp +
	      (a->write_back && a->base == 31 ? (uint64_t)a->offset : 0));
	HOLDS(after->frame.elr == before->frame.elr && after->frame.spsr == before->frame.spsr &&
	      after->frame.sp_el0 == before->frame.sp_el0);
}

static void run_access(const struct input *in, const struct access *a, uint64_t ipa)
{
	struct input after = *in;
	struct access_registers registers = { &after.frame, after.v, &after.sp };
	struct access_state state;
	struct mmio_access piece;
	unsigned int bytes = 0;

	access_begin(&state, a, ipa, &registers);
	for (unsigned int n = 0; access_next(&state, &piece); n++) {
		HOLDS(n < 4);
		HOLDS(piece.ipa == ipa + bytes && piece.write == !a->load);
		HOLDS(piece.ipa / PAGE_SIZE == ipa / PAGE_SIZE);
		HOLDS(piece.size == 1 || piece.size == 2 || piece.size == 4 || piece.size == 8);
		HOLDS(!(piece.value & ~mask_of(piece.size)));
		HOLDS(!access_crosses_page(piece.ipa, piece.size));
		bytes += piece.size;
		access_got(&state, in->device[n]);
		HOLDS(memcmp(&after, in, sizeof(after)) == 0);
	}
	HOLDS(bytes == (unsigned int)a->size * a->elements);
	access_finish(&state, &registers);
	check_registers(in, &after, a);
}

static void check_instruction(const struct input *in)
{
	static const struct instruction empty;
	struct instruction decoded, again;
	enum instruction_class class = instruction_decode(in->insn, &decoded);
	uint64_t va, far, ipa = 0;
	int placed;

	HOLDS(class <= INSTRUCTION_NONE);
	HOLDS(instruction_decode(in->insn, &again) == class);
	HOLDS(again.access.size == decoded.access.size);
	if (class != INSTRUCTION_ACCESS) {
		HOLDS(decoded.access.size == 0 && decoded.access.elements == 0);
		HOLDS(decoded.form == empty.form && decoded.access.offset == 0);
		return;
	}
	check_decoded(in->insn, &decoded);

	decoded.access.big_endian = in->flags & 1;
	va = instruction_address(&decoded, &in->frame, in->sp);
	far = in->flags & 2 ? va + in->far % 32 : in->far;
	placed = access_place(&decoded.access, va, far, 0x40000000 | far % PAGE_SIZE, &ipa);
	if (placed == 0) {
		HOLDS(ipa % PAGE_SIZE == va % PAGE_SIZE && ipa / PAGE_SIZE == 0x40000);
		run_access(in, &decoded.access, ipa);
	} else {
		HOLDS((placed == -EINVAL || placed == -ERANGE) && ipa == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	/* A short input goes on with zeroes. (memset() as well: structs are compared as bytes.) */
	memset(&in, 0, sizeof(in));
	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	in.frame.x[31] = 0;
	check_syndrome(&in);
	check_instruction(&in);
	return 0;
}
