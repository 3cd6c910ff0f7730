// SPDX-License-Identifier: MIT
/*
 * test_access.c - accesses in pieces, against memory that is nothing but bytes.
 *
 * The witness knows no pieces: it moves byte after byte between a register and an array, as the Arm
 * ARM's Mem[] does. All kinds of access that there are, with both byte orders, come out the same.
 */
#include "unit_main.h"

#include <stdbool.h>
#include <string.h>

#include "access.h"
#include "lib/errno.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"When the syndrome does not say\""

/* Says what is wrong and where, and ends the test. (In loops, ck_assert() would take too long.) */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

#define IPA		UINT64_C(0x09000020)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* All of a guest's registers. */
struct machine {
	struct trap_frame frame;
	uint64_t v[32][2];
	uint64_t sp;
};

static void fill(struct machine *m)
{
	/* No padding in there: all of it is registers. */
	uint64_t *words = (uint64_t *)m;

	for (size_t i = 0; i < sizeof(*m) / sizeof(*words); i++)
		words[i] = random64();
	m->frame.x[31] = 0;
}

static struct access_registers registers_of(struct machine *m)
{
	return (struct access_registers){ .frame = &m->frame, .v = m->v, .sp = &m->sp };
}

/* ---- The witness ----------------------------------------------------------------------------- */

/* Byte n of an element in memory is byte n of the register, or from the other end. */
static unsigned int register_byte(const struct access *a, unsigned int n)
{
	return a->big_endian ? a->size - 1U - n : n;
}

static void byte_by_byte(struct machine *m, const struct access *a, unsigned char *memory)
{
	for (unsigned int e = 0; e < a->elements; e++) {
		unsigned int r = a->reg[e];
		unsigned char value[16] = { 0 };

		if (a->simd)
			memcpy(value, m->v[r], 16);
		else if (r != 31)
			memcpy(value, &m->frame.x[r], 8);
		if (!a->load) {
			for (unsigned int n = 0; n < a->size; n++)
				memory[e * a->size + n] = value[register_byte(a, n)];
			continue;
		}
		memset(value, 0, sizeof(value));
		for (unsigned int n = 0; n < a->size; n++)
			value[register_byte(a, n)] = memory[e * a->size + n];
		if (a->sign_extend && value[a->size - 1] >= 0x80)
			memset(value + a->size, 0xff, sizeof(value) - a->size);
		if (!a->simd && !a->sf)
			memset(value + 4, 0, sizeof(value) - 4);
		if (a->simd)
			memcpy(m->v[r], value, 16);
		else if (r != 31)
			memcpy(&m->frame.x[r], value, 8);
	}
	if (a->write_back && a->base == 31)
		m->sp += (uint64_t)a->offset;
	else if (a->write_back)
		m->frame.x[a->base] += (uint64_t)a->offset;
}

/* ---- All kinds of access --------------------------------------------------------------------- */

static const char *describe(const struct access *a)
{
	static char text[160];

	snprintf(text, sizeof(text),
		 "%s of %u x %u bytes, %s %u and %u, sign %d, sf %d, big-endian %d, write-back %d "
		 "to %u", a->load ? "load" : "store", a->elements, a->size, a->simd ? "v" : "x",
		 a->reg[0], a->reg[1], a->sign_extend, a->sf, a->big_endian, a->write_back,
		 a->base);
	return text;
}

/* One access with random registers and memory; stop: it is given up after so many pieces. */
static void check(const struct access *a, unsigned int stop)
{
	unsigned int bytes = a->size * a->elements, at = 0, pieces = 0;
	unsigned int piece_bytes = a->size == 16 ? 8 : a->size;
	unsigned char memory[32], expected_memory[32];
	struct machine m, before, expected;
	struct access_registers registers = registers_of(&m);
	struct access_state state;
	struct mmio_access piece, same;

	fill(&m);
	before = m;
	expected = m;
	for (unsigned int i = 0; i < 32; i++)
		memory[i] = (unsigned char)random64();
	memcpy(expected_memory, memory, 32);
	byte_by_byte(&expected, a, expected_memory);

	memset(&state, 0xa5, sizeof(state));
	access_begin(&state, a, IPA, &registers);
	for (; pieces < stop && access_next(&state, &piece); pieces++) {
		uint64_t value = random64();

		if (piece.ipa != IPA + at || piece.size != piece_bytes || piece.write == a->load)
			wrong("%s, piece %u: expected %u bytes at +%u, got %s of %u at "
			      "+%lu" HANDOUT, describe(a), pieces, piece_bytes, at,
			      piece.write ? "write" : "read", piece.size, piece.ipa - IPA);
		/* To ask twice changes nothing. */
		if (!access_next(&state, &same) || same.ipa != piece.ipa ||
		    same.value != piece.value)
			wrong("%s, piece %u: another one the second time" HANDOUT, describe(a),
			      pieces);
		if (piece.write) {
			if (piece.size < 8 && piece.value >> 8 * piece.size)
				wrong("%s, piece %u: value 0x%lx has more than %u bytes" HANDOUT,
				      describe(a), pieces, piece.value, piece.size);
			memcpy(memory + at, &piece.value, piece.size);
		} else {
			if (piece.value != 0)
				wrong("%s, piece %u: a read with a value" HANDOUT, describe(a),
				      pieces);
			/* What the host leaves above the size is random. */
			memcpy(&value, memory + at, piece.size);
		}
		at += piece.size;
		access_got(&state, value);
		if (memcmp(&m, &before, sizeof(m)) != 0)
			wrong("%s, piece %u: a register changed before the end" HANDOUT,
			      describe(a), pieces);
	}
	if (pieces == stop)
		return;
	if (at != bytes || memcmp(memory, expected_memory, 32) != 0)
		wrong("%s: memory differs, or %u bytes instead of %u" HANDOUT, describe(a), at,
		      bytes);
	/* One answer too many changes nothing, and there is no piece more. */
	access_got(&state, random64());
	if (access_next(&state, &piece))
		wrong("%s: one piece too many" HANDOUT, describe(a));
	access_finish(&state, &registers);
	if (memcmp(&m, &expected, sizeof(m)) != 0)
		wrong("%s: the registers differ: first x 0x%016lx, expected 0x%016lx; v "
		      "0x%016lx'%016lx, expected 0x%016lx'%016lx" HANDOUT, describe(a),
		      m.frame.x[a->reg[0]], expected.frame.x[a->reg[0]], m.v[a->reg[0]][1],
		      m.v[a->reg[0]][0], expected.v[a->reg[0]][1], expected.v[a->reg[0]][0]);
}

/* Each combination that an instruction can have; registers at random, 31 among them. */
static void each_access(void (*with)(const struct access *a))
{
	static const unsigned int sizes[] = { 1, 2, 4, 8, 16 };

	for (unsigned int i = 0; i < 5 * 2 * 2 * 2 * 2 * 2 * 2 * 2; i++) {
		struct access a = {
			.size = (uint8_t)sizes[i % 5],
			.elements = 1 + (i / 5 & 1),
			.load = i / 10 & 1,
			.simd = i / 20 & 1,
			.sign_extend = i / 40 & 1,
			.sf = i / 80 & 1,
			.big_endian = i / 160 & 1,
			.write_back = i / 320 & 1,
		};

		if ((a.size == 16 && !a.simd) || (a.size == 8 && !a.sf && !a.simd) ||
		    (a.sign_extend && (!a.load || a.simd || a.size == 8)))
			continue;
		for (unsigned int n = 0; n < 100; n++) {
			a.reg[0] = n < 32 ? n : random64() % 32;
			a.reg[1] = n < 64 ? (n * 7 + 5) % 32 : random64() % 32;
			a.base = n == 40 ? 31 : random64() % 32;
			a.offset = (int64_t)random64() >> (random64() % 64);
			/* What the decoder refuses. */
			if (a.load && a.elements == 2 && a.reg[0] == a.reg[1])
				continue;
			if (a.write_back && !a.simd && a.base != 31 &&
			    (a.base == a.reg[0] || (a.elements == 2 && a.base == a.reg[1])))
				continue;
			with(&a);
		}
	}
}

static void to_the_end(const struct access *a)
{
	check(a, 100);
}

static void given_up(const struct access *a)
{
	for (unsigned int stop = 0; stop < 4; stop++)
		check(a, stop);
}

START_TEST(each)
{
	each_access(to_the_end);
}
END_TEST

/* A piece that is refused: up to there, nothing has happened to the guest's registers. */
START_TEST(refused)
{
	each_access(given_up);
}
END_TEST

/* A store has the values of when it began, whatever the host does to the registers meanwhile. */
START_TEST(store_is_of_the_beginning)
{
	struct access a = { .size = 8, .elements = 2, .reg = { 1, 2 } };
	struct machine m = { 0 };
	struct access_registers registers = registers_of(&m);
	struct access_state state;
	struct mmio_access piece;

	m.frame.x[1] = 0x1111;
	m.frame.x[2] = 0x2222;
	access_begin(&state, &a, IPA, &registers);
	m.frame.x[1] = m.frame.x[2] = 0;
	ck_assert(access_next(&state, &piece));
	ck_assert_uint_eq(piece.value, 0x1111);
	access_got(&state, 0);
	ck_assert(access_next(&state, &piece));
	ck_assert_uint_eq(piece.value, 0x2222);
	ck_assert_uint_eq(piece.ipa, IPA + 8);
}
END_TEST

/* ---- Values, read off the Arm ARM ------------------------------------------------------------ */

START_TEST(literal)
{
	struct machine m = { 0 };
	struct access_registers registers = registers_of(&m);
	struct access_state state;
	struct mmio_access piece;
	/* ldpsw x3, xzr, [sp], #-8 */
	struct access ldpsw = { .load = true, .size = 4, .elements = 2, .reg = { 3, 31 },
				.sign_extend = true, .sf = true, .write_back = true, .base = 31,
				.offset = -8 };
	/* str q1, [x0], big-endian: the highest byte first */
	struct access str_q = { .size = 16, .elements = 1, .simd = true, .reg = { 1 },
				.big_endian = true };

	m.sp = 0x1000;
	access_begin(&state, &ldpsw, IPA, &registers);
	ck_assert(access_next(&state, &piece));
	access_got(&state, 0xffffffff80000001);
	ck_assert(access_next(&state, &piece));
	ck_assert_uint_eq(piece.ipa, IPA + 4);
	access_got(&state, 0x7777);
	ck_assert(!access_next(&state, &piece));
	access_finish(&state, &registers);
	ck_assert_uint_eq(m.frame.x[3], 0xffffffff80000001);
	ck_assert_uint_eq(m.frame.x[31], 0);
	ck_assert_uint_eq(m.sp, 0xff8);

	m.v[1][0] = 0x0706050403020100;
	m.v[1][1] = 0x0f0e0d0c0b0a0908;
	access_begin(&state, &str_q, IPA, &registers);
	ck_assert(access_next(&state, &piece));
	ck_assert_uint_eq(piece.value, 0x08090a0b0c0d0e0f);
	access_got(&state, 0);
	ck_assert(access_next(&state, &piece));
	ck_assert_uint_eq(piece.value, 0x0001020304050607);
}
END_TEST

START_TEST(small_parts)
{
	const uint64_t value = 0xf1e2d3c4b5a69788;

	ck_assert_uint_eq(access_cut(value, 1), 0x88);
	ck_assert_uint_eq(access_cut(value, 2), 0x9788);
	ck_assert_uint_eq(access_cut(value, 4), 0xb5a69788);
	ck_assert_uint_eq(access_cut(value, 8), value);
	ck_assert_uint_eq(access_reverse(value, 1), 0x88);
	ck_assert_uint_eq(access_reverse(value, 2), 0x8897);
	ck_assert_uint_eq(access_reverse(value, 4), 0x8897a6b5);
	ck_assert_uint_eq(access_reverse(value, 8), 0x8897a6b5c4d3e2f1);
	ck_assert_uint_eq(access_extend(value, 1, false, true), 0x88);
	ck_assert_uint_eq(access_extend(value, 1, true, true), 0xffffffffffffff88);
	ck_assert_uint_eq(access_extend(value, 1, true, false), 0xffffff88);
	ck_assert_uint_eq(access_extend(value, 2, true, false), 0xffff9788);
	ck_assert_uint_eq(access_extend(value, 4, true, true), 0xffffffffb5a69788);
	ck_assert_uint_eq(access_extend(value, 4, false, true), 0xb5a69788);
	ck_assert_uint_eq(access_extend(value, 8, false, true), value);
	ck_assert_uint_eq(access_extend(0x7f, 1, true, true), 0x7f);
}
END_TEST

/* ---- Where it is ----------------------------------------------------------------------------- */

/* Every beginning in the last bytes of a page and the first, every byte that FAR may name. */
START_TEST(place)
{
	static const unsigned int sizes[] = { 1, 2, 4, 8, 16 };
	static const uint64_t pages[] = { 0, 0x1000, 0xffff000009000000, 0x00007ffffffff000,
					  0xfffffffffffff000 };

	for (unsigned int i = 0; i < 10; i++) {
		struct access a = { .size = (uint8_t)sizes[i % 5], .elements = 1 + i / 5 };
		int bytes = a.size * a.elements;

		for (unsigned int p = 0; p < sizeof(pages) / sizeof(pages[0]); p++) {
			for (int start = -40; start < 40; start++) {
				uint64_t va = pages[p] + (uint64_t)start;

				for (int into = -50; into < 50; into++) {
					uint64_t far = va + (uint64_t)into, ipa = 12345;
					uint64_t far_ipa = 0x40000000 + far % 4096;
					bool crosses = start < 0 && start + bytes > 0;
					int want = into < 0 || into >= bytes ? -EINVAL :
						   crosses ? -ERANGE : 0;
					int got = access_place(&a, va, far, far_ipa, &ipa);

					if (got != want ||
					    ipa != (want ? 12345 : 0x40000000 + va % 4096))
						wrong("%d bytes at 0x%lx, FAR 0x%lx: expected %d, "
						      "got %d, IPA 0x%lx" HANDOUT, bytes, va, far,
						      want, got, ipa);
				}
			}
		}
	}
}
END_TEST

/* With TBI the register may have a tag that FAR_EL2 has not, or the other way round. */
START_TEST(place_with_tags)
{
	const uint64_t va = 0x9000010, far = 0x9000018, bit_55 = 0x80000000000000;
	struct access a = { .size = 8, .elements = 2 };

	for (uint64_t tag = 0; tag < 256; tag++) {
		uint64_t ipa = 0, with_tag = tag << 56;

		ck_assert_int_eq(access_place(&a, with_tag | va, far, far, &ipa), 0);
		ck_assert_uint_eq(ipa, va);
		ipa = 0;
		ck_assert_int_eq(access_place(&a, va, with_tag | far, far, &ipa), 0);
		ck_assert_uint_eq(ipa, va);
		/* Bit 55 is of the address: it says which half. */
		ck_assert_int_eq(access_place(&a, with_tag | bit_55 | va, far, far, &ipa), -EINVAL);
	}
}
END_TEST

START_TEST(crosses_page)
{
	for (uint64_t at = 0; at < 2 * 4096; at++)
		for (unsigned int bytes = 1; bytes <= 32; bytes++)
			ck_assert_msg(access_crosses_page(at, bytes) ==
				      (at / 4096 != (at + bytes - 1) / 4096),
				      "%u bytes at 0x%lx" HANDOUT, bytes, at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access");
	TCase *pieces = add_case(suite, "pieces"), *where = add_case(suite, "where");

	tcase_add_test(pieces, each);
	tcase_add_test(pieces, refused);
	tcase_add_test(pieces, store_is_of_the_beginning);
	tcase_add_test(pieces, literal);
	tcase_add_test(pieces, small_parts);
	tcase_add_test(where, place);
	tcase_add_test(where, place_with_tags);
	tcase_add_test(where, crosses_page);
	return unit_main("tests/lab4/test_access", suite);
}
