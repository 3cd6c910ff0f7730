// SPDX-License-Identifier: MIT
#include "access.h"

#include "lib/errno.h"

/* No device has registers of more than 8 bytes, so 16 are two pieces. */
#define PIECE_MAX	8

/*
 * With TBI the top byte of an address is a tag, which FAR_EL2 may have or not. It never selects a
 * page.
 */
#define ADDRESS_BITS	GENMASK(55, 0)

static unsigned int total_bytes(const struct access *access)
{
	return access->size * access->elements;
}

static unsigned int piece_size(const struct access *access)
{
	return access->size < PIECE_MAX ? access->size : PIECE_MAX;
}

int access_place(const struct access *access, uint64_t va, uint64_t far, uint64_t far_ipa,
		 uint64_t *ipa)
{
	/* How far into the access far is; a far below va becomes a large number. */
	uint64_t into = (far - va) & ADDRESS_BITS;

	if (into >= total_bytes(access))
		return -EINVAL;
	if (access_crosses_page(va, total_bytes(access)))
		return -ERANGE;
	*ipa = far_ipa - into;
	return 0;
}

/* ---- Registers ------------------------------------------------------------------------------- */

void access_begin(struct access_state *state, const struct access *access, uint64_t ipa,
		  const struct access_registers *registers)
{
	const struct trap_frame *frame = registers->frame;

	state->access = *access;
	state->ipa = ipa;
	state->base_after = 0;
	state->done = 0;
	if (access->write_back)
		state->base_after = access->offset + (access->base == 31 ? *registers->sp :
						      trap_frame_gpr(frame, access->base));

	for (unsigned int i = 0; i < 2; i++) {
		state->data[i][0] = 0;
		state->data[i][1] = 0;
		if (access->load || i == access->elements)
			continue;
		if (access->simd) {
			state->data[i][0] = registers->v[access->reg[i]][0];
			state->data[i][1] = registers->v[access->reg[i]][1];
		} else {
			state->data[i][0] = trap_frame_gpr(frame, access->reg[i]);
		}
	}
}

void access_finish(const struct access_state *state, const struct access_registers *registers)
{
	const struct access *access = &state->access;

	/*
	 * The instructions that load their own base register are not emulated: the order is free.
	 */
	if (access->write_back && access->base == 31)
		*registers->sp = state->base_after;
	else if (access->write_back)
		trap_frame_set_gpr(registers->frame, access->base, state->base_after);

	for (unsigned int i = 0; access->load && i < access->elements; i++) {
		const uint64_t *data = state->data[i];
		unsigned int n = access->reg[i];

		if (access->simd) {
			/*
			 * What is not loaded of a V register becomes 0 (Arm ARM, "V[] assignment").
			 */
			registers->v[n][0] = data[0];
			registers->v[n][1] = data[1];
		} else {
			trap_frame_set_gpr(registers->frame, n,
					   access_extend(data[0], access->size,
							 access->sign_extend, access->sf));
		}
	}
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

/*
 * The element that a piece is of, and whether it is the high half of it. In a big-endian access
 * both halves of a V register change places, since all its 16 bytes do (Arm ARM,
 * BigEndianReverse()).
 */
static unsigned int piece_element(const struct access *access, unsigned int number)
{
	return number * piece_size(access) / access->size;
}

static unsigned int piece_half(const struct access *access, unsigned int number)
{
	return access->size > PIECE_MAX && (number % 2 == 1) != access->big_endian;
}

/* From a register's order of bytes to the device's, which is little-endian; and back again. */
static uint64_t swap_order(const struct access *access, uint64_t value)
{
	unsigned int size = piece_size(access);

	return access->big_endian ? access_reverse(value, size) : access_cut(value, size);
}

bool access_next(const struct access_state *state, struct mmio_access *piece)
{
	const struct access *access = &state->access;
	unsigned int size = piece_size(access), n = state->done;

	if (n * size == total_bytes(access))
		return false;
	*piece = (struct mmio_access){ .ipa = state->ipa + n * size, .size = size,
				       .write = !access->load };
	if (piece->write)
		piece->value = swap_order(access, state->data[piece_element(access, n)]
							     [piece_half(access, n)]);
	return true;
}

void access_got(struct access_state *state, uint64_t value)
{
	const struct access *access = &state->access;
	unsigned int n = state->done;

	if (n * piece_size(access) == total_bytes(access))
		return;
	if (access->load)
		state->data[piece_element(access, n)][piece_half(access, n)] =
			swap_order(access, value);
	state->done++;
}
