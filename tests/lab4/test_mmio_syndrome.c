// SPDX-License-Identifier: MIT
/*
 * test_mmio_syndrome.c - what a Data Abort's syndrome says: each of the 2^25 that there are,
 * against the Arm ARM's table ("ISS encoding for an exception from a Data Abort") written out
 * another way.
 *
 * Bit positions and fault status codes are numbers here.
 */
#include "unit_main.h"

#include <stdbool.h>

#include "mmio_syndrome.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"A device that is not there\""

/* Says what is wrong and where, and ends the test. (In loops, ck_assert() would take too long.) */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

#define ESR_DABT_LOWER	UINT64_C(0x92000000)	/* EC 0x24, IL */
#define ESR_IABT_LOWER	UINT64_C(0x82000000)	/* EC 0x20, IL */
#define N_ISS		(UINT32_C(1) << 25)

static bool bit(uint64_t value, unsigned int number)
{
	return value >> number & 1;
}

/*
 * The fault status codes, 16 in a row. Stage 2: a Address size, t Translation, f Access flag,
 * p Permission. x: External abort, parity or ECC. o: others (Tag Check, alignment, TLB conflict,
 * IMPLEMENTATION DEFINED, FEAT_RME's and FEAT_D128's, reserved ones).
 */
static const char codes[] = "aaaattttffffpppp"
			    "xoxxxxxxxooxxxxx"
			    "oooooooooaoto" "ooo"
			    "oooooooooooooooo";

static_assert(sizeof(codes) == 64 + 1, "64 codes");

static const char *const names[] = {
	[ABORT_MMIO] = "MMIO", [ABORT_INSTRUCTION] = "INSTRUCTION",
	[ABORT_TABLE_WALK] = "TABLE_WALK", [ABORT_CACHE] = "CACHE",
	[ABORT_PERMISSION] = "PERMISSION", [ABORT_EXTERNAL] = "EXTERNAL", [ABORT_OTHER] = "OTHER",
};

/* A column for each kind of abort, a row for each reason why it may be no access to a device. */
static enum abort_class expected_class(uint32_t iss)
{
	char code = codes[iss & 63];
	bool isv = bit(iss, 24), lst = bit(iss, 11) || bit(iss, 12), cm = bit(iss, 8);
	bool s1ptw = bit(iss, 7);

	switch (code) {
	case 'x':
		return ABORT_EXTERNAL;
	case 't':
		return s1ptw ? ABORT_TABLE_WALK : cm ? ABORT_CACHE :
		       isv && !lst ? ABORT_MMIO : ABORT_INSTRUCTION;
	case 'p':
		return s1ptw ? ABORT_TABLE_WALK : cm ? ABORT_CACHE : ABORT_PERMISSION;
	default:
		return s1ptw ? ABORT_TABLE_WALK : cm ? ABORT_CACHE : ABORT_OTHER;
	}
}

START_TEST(each_syndrome)
{
	for (uint32_t iss = 0; iss < N_ISS; iss++) {
		uint64_t esr = ESR_DABT_LOWER | iss;
		char code = codes[iss & 63];
		enum abort_class want = expected_class(iss), got = abort_classify(esr);
		bool hpfar = code == 'a' || code == 't' || code == 'f' ||
			     (code == 'p' && bit(iss, 7));
		bool far = !((iss & 63) == 0x10 && bit(iss, 10));

		if (got != want)
			wrong("ESR 0x%lx: expected %s, got %s" HANDOUT, esr, names[want],
			      names[got]);
		if (abort_hpfar_valid(esr) != hpfar)
			wrong("ESR 0x%lx: expected HPFAR_EL2 valid = %d" HANDOUT, esr, hpfar);
		if (abort_far_valid(esr) != far)
			wrong("ESR 0x%lx: expected FAR_EL2 valid = %d" HANDOUT, esr, far);
		if (mmio_register(esr) != (iss >> 16 & 31))
			wrong("ESR 0x%lx: expected register %u, got %u" HANDOUT, esr,
			      iss >> 16 & 31, mmio_register(esr));
		if (mmio_size(esr) != (bit(iss, 23) ? 4U : 1U) * (bit(iss, 22) ? 2U : 1U))
			wrong("ESR 0x%lx: size %u" HANDOUT, esr, mmio_size(esr));
	}
}
END_TEST

/* ISS2 (bits 55 to 32) says other things; no class depends on them. */
START_TEST(iss2)
{
	for (unsigned int n = 32; n < 56; n++)
		for (uint32_t iss = 0; iss < N_ISS; iss += 0x1235)
			ck_assert_int_eq(abort_classify(ESR_DABT_LOWER | UINT64_C(1) << n | iss),
					 expected_class(iss));
}
END_TEST

/* A fetch: SET, FnV, EA, S1PTW and IFSC alone; so it is never an access to a device. */
START_TEST(instruction_abort)
{
	for (uint32_t iss = 0; iss < 0x2000; iss++) {
		char code = codes[iss & 63];
		enum abort_class want;

		if (bit(iss, 6) || bit(iss, 8))		/* RES0 */
			continue;
		want = code == 'x' ? ABORT_EXTERNAL : bit(iss, 7) ? ABORT_TABLE_WALK :
		       code == 't' ? ABORT_INSTRUCTION : code == 'p' ? ABORT_PERMISSION :
		       ABORT_OTHER;
		ck_assert_int_eq(abort_classify(ESR_IABT_LOWER | iss), want);
	}
}
END_TEST

/* ---- The data -------------------------------------------------------------------------------- */

static const uint64_t values[] = {
	0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
	0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX,
	0xf1e2d3c4b5a69788, 0x0123456789abcdef, 0x8081828384858687, 0x7f7e7d7c7b7a7978,
};

#define N_VALUES	(sizeof(values) / sizeof(values[0]))

static unsigned int byte_of(uint64_t value, unsigned int n)
{
	return value >> (8 * n) & 255;
}

/* Byte by byte, as it lies in memory: the device's lowest byte has the lowest address. */
static uint64_t loaded(const unsigned char *memory, unsigned int size, bool sign_extend, bool sf,
		       bool big_endian)
{
	uint64_t value = 0;
	bool negative = memory[big_endian ? 0 : size - 1] >= 0x80;

	for (unsigned int n = 0; n < 8; n++) {
		unsigned int byte = sign_extend && negative ? 255 : 0;

		if (n < size)
			byte = memory[big_endian ? size - 1 - n : n];
		if (n >= 4 && !sf)
			byte = 0;
		value |= (uint64_t)byte << (8 * n);
	}
	return value;
}

/* Every SAS, SSE, SF, SRT, WnR and byte order; what else is in the syndrome must not matter. */
START_TEST(data)
{
	static const uint32_t rest[] = { 0x01000004, 0x01000007, 0x01004547, 0x0100402b };

	for (unsigned int i = 0; i < 4 * 2 * 2 * 32 * 2 * 2; i++) {
		unsigned int sas = i % 4, srt = i / 16 % 32, size = 1;
		bool sse = bit(i, 2), sf = bit(i, 3), wnr = bit(i, 9), big_endian = bit(i, 10);
		uint64_t esr = ESR_DABT_LOWER | rest[i % 4] | sas << 22 | (uint32_t)sse << 21 |
			       srt << 16 | (uint32_t)sf << 15 | (uint32_t)wnr << 6;

		for (unsigned int n = 0; n < sas; n++)
			size += size;
		for (size_t v = 0; v < N_VALUES; v++) {
			unsigned char memory[8];
			uint64_t got, want = 0;

			for (unsigned int n = 0; n < 8; n++)
				memory[n] = (unsigned char)byte_of(values[v], n);
			got = mmio_load_value(esr, values[v], big_endian);
			want = loaded(memory, size, sse, sf, big_endian);
			if (got != want)
				wrong("ESR 0x%lx, load of 0x%lx, big-endian %d: expected "
				      "0x%016lx, got 0x%016lx" HANDOUT, esr, values[v], big_endian,
				      want, got);

			for (unsigned int n = 0; n < size; n++)
				memory[big_endian ? size - 1 - n : n] =
					(unsigned char)byte_of(values[v], n);
			want = 0;
			for (unsigned int n = 0; n < size; n++)
				want |= (uint64_t)memory[n] << (8 * n);
			got = mmio_store_value(esr, values[v], big_endian);
			if (got != want)
				wrong("ESR 0x%lx, store of 0x%lx, big-endian %d: expected 0x%lx, "
				      "got 0x%lx" HANDOUT, esr, values[v], big_endian, want, got);
		}
	}
}
END_TEST

/* Some of them, as one reads them on a terminal. */
START_TEST(literal)
{
	/* ldr w2, [x1] of a page without a mapping, level 3: ISV, SAS 2, SRT 2. */
	uint64_t esr = 0x93820007;

	ck_assert_int_eq(abort_classify(esr), ABORT_MMIO);
	ck_assert_uint_eq(mmio_size(esr), 4);
	ck_assert_uint_eq(mmio_register(esr), 2);
	ck_assert_uint_eq(mmio_load_value(esr, 0xffffffff89abcdef, false), 0x89abcdef);
	ck_assert_uint_eq(mmio_load_value(esr, 0x89abcdef, true), 0xefcdab89);
	/* ldrsb w3: to 32 bits and not beyond. ldrsb x3. ldrsw x3. */
	ck_assert_uint_eq(mmio_load_value(0x93230007, 0x80, false), 0xffffff80);
	ck_assert_uint_eq(mmio_load_value(0x93238007, 0x80, false), 0xffffffffffffff80);
	ck_assert_uint_eq(mmio_load_value(0x93a38007, 0x80000000, false), 0xffffffff80000000);
	/* strh w0; str x0: SAS 3. */
	ck_assert_uint_eq(mmio_store_value(0x93400047, 0x12345678, false), 0x5678);
	ck_assert_uint_eq(mmio_store_value(0x93c08047, 0x123456789abcdef0, false),
			  0x123456789abcdef0);
	ck_assert_uint_eq(mmio_store_value(0x93400047, 0x12345678, true), 0x7856);
	/*
	 * The same load, of a stage 1 table that is not mapped: no device, whatever else it says.
	 */
	ck_assert_int_eq(abort_classify(0x93820087), ABORT_TABLE_WALK);
	/* ldp: no ISV. dc civac: CM. A write to read-only memory. */
	ck_assert_int_eq(abort_classify(0x92000007), ABORT_INSTRUCTION);
	ck_assert_int_eq(abort_classify(0x92000147), ABORT_CACHE);
	ck_assert_int_eq(abort_classify(0x9382004f), ABORT_PERMISSION);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mmio_syndrome");
	TCase *classes = add_case(suite, "classes"), *value = add_case(suite, "data");

	tcase_add_test(classes, each_syndrome);
	tcase_add_test(classes, iss2);
	tcase_add_test(classes, instruction_abort);
	tcase_add_test(value, data);
	tcase_add_test(value, literal);
	return unit_main("tests/lab4/test_mmio_syndrome", suite);
}
