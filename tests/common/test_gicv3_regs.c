// SPDX-License-Identifier: MIT
/*
 * test_gicv3_regs.c - where an interrupt stands in the GIC's registers, and how an SGI is
 * addressed: over all interrupts and affinities, against the GIC specification (IHI 0069) written
 * out another way.
 *
 * Offsets and bit positions here are numbers: nothing comes from the header under test but its
 * functions.
 */
#include "unit_main.h"

#include <stdbool.h>

#include "drivers/gicv3_regs.h"

/* Where to read about it: ends the message of each failure. */
#define HANDOUT		"  handout: lab2-percpu/README.md, \"The GIC and the timer\""

/*
 * The arrays: the offset of the first register, and the bits for each interrupt. Counted up one
 * interrupt after the other, without a product or a quotient.
 */
static const struct {
	const char *name;
	uint32_t constant, base;
	unsigned int bits;
} arrays[] = {
	{ "GICD_IGROUPR", GICD_IGROUPR, 0x080, 1 },
	{ "GICD_ISENABLER", GICD_ISENABLER, 0x100, 1 },
	{ "GICD_ICENABLER", GICD_ICENABLER, 0x180, 1 },
	{ "GICD_ISPENDR", GICD_ISPENDR, 0x200, 1 },
	{ "GICD_ICPENDR", GICD_ICPENDR, 0x280, 1 },
	{ "GICD_ISACTIVER", GICD_ISACTIVER, 0x300, 1 },
	{ "GICD_ICACTIVER", GICD_ICACTIVER, 0x380, 1 },
	{ "GICD_IGRPMODR", GICD_IGRPMODR, 0xd00, 1 },
	{ "GICD_ICFGR", GICD_ICFGR, 0xc00, 2 },
	{ "GICD_IPRIORITYR", GICD_IPRIORITYR, 0x400, 8 },
};

#define N_ARRAYS	(sizeof(arrays) / sizeof(arrays[0]))

START_TEST(register_and_shift)
{
	uint32_t offset = arrays[_i].base;
	unsigned int shift = 0;

	ck_assert_msg(arrays[_i].constant == arrays[_i].base,
		      "%s: expected 0x%04x, got 0x%04x" HANDOUT, arrays[_i].name, arrays[_i].base,
		      arrays[_i].constant);
	for (uint32_t intid = 0; intid <= 1019; intid++) {
		uint32_t reg = gic_register(arrays[_i].base, intid, arrays[_i].bits);
		unsigned int bit = gic_shift(intid, arrays[_i].bits);

		ck_assert_msg(reg == offset && bit == shift,
			      "%s of INTID %u: expected 0x%04x, bit %u, got 0x%04x, bit %u" HANDOUT,
			      arrays[_i].name, intid, offset, shift, reg, bit);
		shift += arrays[_i].bits;
		if (shift == 32) {
			shift = 0;
			offset += 4;
		}
	}
}
END_TEST

/* Some of them, as one reads them in the specification's tables. */
START_TEST(literal)
{
	static const struct {
		uint32_t base, intid;
		unsigned int bits;
		uint32_t reg, shift;
	} known[] = {
		{ 0x100, 26, 1, 0x100, 26 },	/* GICR_ISENABLER0 of CNTHP */
		{ 0x100, 33, 1, 0x104, 1 },	/* GICD_ISENABLER1 of the UART */
		{ 0x180, 1019, 1, 0x1fc, 27 },	/* GICD_ICENABLER31 */
		{ 0xc00, 31, 2, 0xc04, 30 },	/* GICD_ICFGR1 */
		{ 0xc00, 32, 2, 0xc08, 0 },	/* GICD_ICFGR2 */
		{ 0xc00, 1019, 2, 0xcfc, 22 },	/* GICD_ICFGR63 */
		{ 0x400, 35, 8, 0x420, 24 },	/* GICD_IPRIORITYR8 */
		{ 0x400, 1019, 8, 0x7f8, 24 },	/* GICD_IPRIORITYR254 */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ck_assert_uint_eq(gic_register(known[i].base, known[i].intid, known[i].bits),
				  known[i].reg);
		ck_assert_uint_eq(gic_shift(known[i].intid, known[i].bits), known[i].shift);
	}
}
END_TEST

START_TEST(irouter)
{
	uint32_t offset = 0x6100;	/* GICD_IROUTER32, the first there is */

	for (uint32_t intid = 32; intid <= 1019; intid++, offset += 8)
		ck_assert_msg(gic_irouter(intid) == offset,
			      "GICD_IROUTER%u: expected 0x%04x, got 0x%04x" HANDOUT, intid, offset,
			      gic_irouter(intid));
	ck_assert_uint_eq(gic_irouter(1019), 0x7fd8);
}
END_TEST

START_TEST(special)
{
	for (uint32_t intid = 0; intid < 20000; intid++) {
		bool want = intid == 1020 || intid == 1021 || intid == 1022 || intid == 1023;

		/* From 8192 on they are LPIs: interrupts. */
		ck_assert_msg(gic_is_special(intid) == want,
			      "INTID %u: expected special = %d, got %d" HANDOUT, intid, want,
			      gic_is_special(intid));
	}
}
END_TEST

/* A few bytes of each affinity level: the ends, every bit, and some in between. */
static const uint8_t bytes[] = {
	0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 64, 100, 127, 128, 170, 254, 255
};

#define N_BYTES		sizeof(bytes)

/* MPIDR_EL1: Aff0 [7:0], Aff1 [15:8], Aff2 [23:16], MT 24, U 30, RES1 31, Aff3 [39:32]. */
static uint64_t mpidr(unsigned int aff3, unsigned int aff2, unsigned int aff1, unsigned int aff0,
		      uint64_t other)
{
	uint64_t value = other & 0xffffff00ff000000;

	for (unsigned int bit = 0; bit < 8; bit++) {
		value |= (uint64_t)(aff0 >> bit & 1) << bit;
		value |= (uint64_t)(aff1 >> bit & 1) << (8 + bit);
		value |= (uint64_t)(aff2 >> bit & 1) << (16 + bit);
		value |= (uint64_t)(aff3 >> bit & 1) << (32 + bit);
	}
	return value;
}

/*
 * ICC_SGI1R_EL1: TargetList [15:0], Aff1 [23:16], INTID [27:24], Aff2 [39:32], IRM 40,
 * RS [47:44], Aff3 [55:48]. Bit n of TargetList is the CPU whose Aff0 is RS * 16 + n. Read back as
 * a GIC reads it.
 */
static void check_sgi1r(unsigned int aff3, unsigned int aff2, unsigned int aff1, unsigned int aff0,
			unsigned int intid, uint64_t other)
{
	uint64_t got = gic_sgi1r(mpidr(aff3, aff2, aff1, aff0, other), intid);
	unsigned int targets = 0;
	bool right = (got >> 48 & 0xff) == aff3 && (got >> 32 & 0xff) == aff2 &&
		     (got >> 16 & 0xff) == aff1 && (got >> 24 & 0xf) == intid &&
		     !(got & 0xff000f0000000000 & ~(UINT64_C(0xf) << 44)) && !(got >> 28 & 0xf);

	for (unsigned int n = 0; n < 16; n++) {
		if (!(got >> n & 1))
			continue;
		targets++;
		right = right && (got >> 44 & 0xf) * 16 + n == aff0;
	}
	ck_assert_msg(right && targets == 1,
		      "SGI %u to %u.%u.%u.%u: expected that CPU alone, got 0x%016lx (Aff3 %lu, "
		      "Aff2 %lu, Aff1 %lu, RS %lu, TargetList 0x%04lx, INTID %lu, IRM %lu)" HANDOUT,
		      intid, aff3, aff2, aff1, aff0, got, got >> 48 & 0xff, got >> 32 & 0xff,
		      got >> 16 & 0xff, got >> 44 & 0xf, got & 0xffff, got >> 24 & 0xf,
		      got >> 40 & 1);
}

START_TEST(sgi1r)
{
	/* Every Aff0 and INTID; of the other levels, a few; what is no affinity, none and all. */
	for (unsigned int aff0 = 0; aff0 < 256; aff0++) {
		for (unsigned int intid = 0; intid < 16; intid++) {
			for (size_t i = 0; i < N_BYTES; i++) {
				check_sgi1r(bytes[i], 0, 255, aff0, intid, 0);
				check_sgi1r(0, bytes[i], 0, aff0, intid, UINT64_MAX);
				check_sgi1r(255, 255, bytes[i], aff0, intid, 0x80000000);
			}
		}
	}
	for (size_t i = 0; i < N_BYTES; i++)
		for (size_t j = 0; j < N_BYTES; j++)
			for (size_t k = 0; k < N_BYTES; k++)
				check_sgi1r(bytes[i], bytes[j], bytes[k],
					    bytes[(i + j + k) % N_BYTES],
					    (unsigned int)(i + j) % 16, 0xc1000000);
}
END_TEST

START_TEST(sgi1r_literal)
{
	ck_assert_uint_eq(gic_sgi1r(0x0000000080000000, 1), 0x0000000001000001);
	ck_assert_uint_eq(gic_sgi1r(0x0000000080000007, 15), 0x000000000f000080);
	ck_assert_uint_eq(gic_sgi1r(0x000000000000000f, 0), 0x0000000000008000);
	ck_assert_uint_eq(gic_sgi1r(0x0000000000000010, 0), 0x0000100000000001);
	ck_assert_uint_eq(gic_sgi1r(0x00000000000000ff, 2), 0x0000f00002008000);
	ck_assert_uint_eq(gic_sgi1r(0x0000000000030201, 3), 0x0000000303020002);
	ck_assert_uint_eq(gic_sgi1r(0x00000004c1030225, 3), 0x0004200303020020);
}
END_TEST

/* GICR_TYPER: Affinity_Value is [63:32], Aff3 at its top; the rest says other things. */
START_TEST(typer)
{
	for (size_t i = 0; i < N_BYTES * N_BYTES; i++) {
		uint64_t aff3 = bytes[i / N_BYTES], aff2 = bytes[i % N_BYTES];
		uint64_t aff1 = bytes[(i + i / N_BYTES) % N_BYTES];

		for (uint64_t aff0 = 0; aff0 < 256; aff0++) {
			uint64_t value = aff3 << 56 | aff2 << 48 | aff1 << 40 | aff0 << 32;
			uint64_t want = mpidr(aff3, aff2, aff1, aff0, 0);
			uint64_t got = gic_typer_affinity(value);

			ck_assert_msg(got == want,
				      "GICR_TYPER 0x%016lx: expected 0x%010lx, got 0x%010lx" HANDOUT,
				      value, want, got);
			/* Whatever else the register says. */
			ck_assert_uint_eq(gic_typer_affinity(value | 0xffffffff), want);
		}
	}
	ck_assert_uint_eq(gic_typer_affinity(0x0403020100000011), 0x0400030201);
}
END_TEST

/* What else the header has numbers for. */
START_TEST(constants)
{
	ck_assert_uint_eq(GICD_CTLR, 0x0000);
	ck_assert_uint_eq(GICD_TYPER, 0x0004);
	ck_assert_uint_eq(GICD_CTLR_ENABLE_GRP1, 1 << 1);
	ck_assert_uint_eq(GICD_CTLR_ARE, 1 << 4);
	ck_assert_uint_eq(GICD_CTLR_RWP, 0x80000000);
	ck_assert_uint_eq(GICD_TYPER_ITLINES, 0x1f);
	ck_assert_uint_eq(GICR_CTLR, 0x0000);
	ck_assert_uint_eq(GICR_TYPER, 0x0008);
	ck_assert_uint_eq(GICR_WAKER, 0x0014);
	ck_assert_uint_eq(GICR_SGI_FRAME, 0x10000);
	ck_assert_uint_eq(GICR_CTLR_RWP, 1 << 3);
	ck_assert_uint_eq(GICR_TYPER_LAST, 1 << 4);
	ck_assert_uint_eq(GICR_WAKER_PROCESSOR_SLEEP, 1 << 1);
	ck_assert_uint_eq(GICR_WAKER_CHILDREN_ASLEEP, 1 << 2);
	ck_assert_uint_eq(ICC_CTLR_EOIMODE, 1 << 1);
	ck_assert_uint_eq(ICC_SGI1R_IRM, UINT64_C(1) << 40);
	/* BSA, "PPI assignments". */
	ck_assert_uint_eq(INTID_MAINTENANCE, 25);
	ck_assert_uint_eq(INTID_CNTHP, 26);
	ck_assert_uint_eq(INTID_CNTV, 27);
	/* SGIs, PPIs, SPIs; what is no interrupt. */
	ck_assert_uint_eq(GIC_SGI_FIRST, 0);
	ck_assert_uint_eq(GIC_PPI_FIRST, 16);
	ck_assert_uint_eq(GIC_SPI_FIRST, 32);
	ck_assert_uint_eq(GIC_SPI_LAST, 1019);
	ck_assert_uint_eq(GIC_SPECIAL_FIRST, 1020);
	ck_assert_uint_eq(GIC_SPURIOUS, 1023);
	/* The default is let through by the mask, and can be preempted by something more urgent. */
	ck_assert_uint_lt(GIC_PRIORITY_DEFAULT, GIC_PRIORITY_MASK_NONE);
	ck_assert_uint_gt(GIC_PRIORITY_DEFAULT, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gicv3_regs");
	TCase *where = add_case(suite, "where"), *whom = add_case(suite, "whom");

	tcase_add_loop_test(where, register_and_shift, 0, N_ARRAYS);
	tcase_add_test(where, literal);
	tcase_add_test(where, irouter);
	tcase_add_test(where, special);
	tcase_add_test(where, constants);
	tcase_add_test(whom, sgi1r);
	tcase_add_test(whom, sgi1r_literal);
	tcase_add_test(whom, typer);
	return unit_main("tests/common/test_gicv3_regs", suite);
}
