// SPDX-License-Identifier: MIT
/*
 * test_aarch32.c - instructions that trap in AArch32 state: is it executed, and where is the next
 * one?
 *
 * The condition codes are the Arm ARM's table ("Condition code suffixes"), line by line; IT blocks
 * are played through from what IT's own encoding says of them. Bits as numbers.
 */
#include "unit_main.h"

#include "aarch32.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"The exit contract\""

/* Says what is wrong and ends the test. (In these loops ck_assert() would take too long.) */
#define must(condition, ...)	do { if (!(condition)) ck_abort_msg(__VA_ARGS__); } while (0)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- Condition codes ------------------------------------------------------------------------- */

static bool holds(unsigned int cond, bool n, bool z, bool c, bool v)
{
	const bool table[16] = {
		z == 1,			/* EQ */
		z == 0,			/* NE */
		c == 1,			/* CS */
		c == 0,			/* CC */
		n == 1,			/* MI */
		n == 0,			/* PL */
		v == 1,			/* VS */
		v == 0,			/* VC */
		c == 1 && z == 0,	/* HI */
		c == 0 || z == 1,	/* LS */
		n == v,			/* GE */
		n != v,			/* LT */
		z == 0 && n == v,	/* GT */
		z == 1 || n != v,	/* LE */
		true,			/* AL */
		true,			/* no condition: unconditional instructions */
	};

	return table[cond];
}

/* Flags, four bits, to where SPSR has them. */
static bool flags_hold(unsigned int cond, unsigned int flags)
{
	return holds(cond, flags & 8, flags & 4, flags & 2, flags & 1);
}

START_TEST(conditions)
{
	for (unsigned int cond = 0; cond < 16; cond++) {
		for (unsigned int flags = 0; flags < 16; flags++) {
			uint64_t spsr = (uint64_t)flags << 28 | (random64() & 0xfffffff);

			must(aarch32_condition_holds(cond, spsr) == flags_hold(cond, flags),
			     "condition %u, NZCV %u: %d" HANDOUT, cond, flags,
			     !flags_hold(cond, flags));
		}
	}
}
END_TEST

/* ---- IT blocks ------------------------------------------------------------------------------- */

/* SPSR_EL2 has ITSTATE[7:2] in bits 15 to 10 and ITSTATE[1:0] in bits 26 and 25. */
static uint64_t with_it(uint64_t spsr, unsigned int it)
{
	for (unsigned int n = 0; n < 8; n++) {
		unsigned int at = n < 2 ? 25 + n : 10 + n - 2;

		spsr = (spsr & ~(1UL << at)) | (uint64_t)(it >> n & 1) << at;
	}
	return spsr;
}

START_TEST(itstate)
{
	for (unsigned int it = 0; it < 256; it++) {
		uint64_t before = random64(), after = with_it(before, it);

		must(aarch32_set_itstate(before, it) == after, "ITSTATE 0x%02x into 0x%lx: 0x%lx, expected "
		     "0x%lx" HANDOUT, it, before, aarch32_set_itstate(before, it), after);
		must(aarch32_itstate(after) == it, "ITSTATE 0x%02x from 0x%lx is 0x%02x" HANDOUT, it, after,
		     aarch32_itstate(after));
	}
}
END_TEST

/*
 * Every IT instruction: firstcond, and a mask that says, from its top bit on, the lowest bit of
 * each further condition, then a 1 for the end. The block is walked instruction by instruction.
 */
START_TEST(it_blocks)
{
	for (unsigned int firstcond = 0; firstcond < 15; firstcond++) {
		for (unsigned int mask = 1; mask < 16; mask++) {
			unsigned int length = mask & 1 ? 4 : mask & 2 ? 3 : mask & 4 ? 2 : 1;
			unsigned int it = firstcond << 4 | mask;

			for (unsigned int n = 0; n < length; n++) {
				unsigned int cond = n == 0 ? firstcond :
						    (firstcond & 14) | (mask >> (4 - n) & 1);

				must(it >> 4 == cond, "IT 0x%x 0x%x, instruction %u: condition %u, expected "
				     "%u" HANDOUT, firstcond, mask, n, it >> 4, cond);
				it = aarch32_it_advance(it);
			}
			must(it == 0, "IT 0x%x 0x%x: ITSTATE 0x%02x behind the block" HANDOUT, firstcond, mask,
			     it);
		}
	}
	ck_assert_uint_eq(aarch32_it_advance(0), 0);
}
END_TEST

/* ---- A trap ---------------------------------------------------------------------------------- */

/*
 * ISS encodings that begin with CV and COND (Arm ARM, ESR_EL2, "ISS encoding for an exception
 * from...").
 */
static bool class_has_condition(unsigned int ec)
{
	return ec == 0x01 || (ec >= 0x03 && ec <= 0x08) || ec == 0x0c || ec == 0x13;
}

START_TEST(trapped)
{
	for (unsigned int n = 0; n < 64 * 2 * 16 * 16 * 4; n++) {
		unsigned int ec = n & 63, cv = n >> 6 & 1, cond = n >> 7 & 15, flags = n >> 11 & 15;
		unsigned int state = n >> 15;
		/* 0: A64; 1: A32; 2: T32 outside of an IT block; 3: T32 within one. */
		unsigned int it = state < 3 ? 0 : random64() % 15 << 4 | (random64() % 15 + 1);
		uint64_t spsr = (random64() & 0x01efffc0) | (uint64_t)flags << 28;
		uint64_t esr = (uint64_t)ec << 26 | (uint64_t)cv << 24 | (uint64_t)cond << 20 |
			       (random64() & 0xff000000020fffff & ~(0x3fUL << 26));
		bool passed = true;

		if (state == 0) {
			spsr |= random64() % 2 ? 5 : 0;
		} else {
			spsr = with_it(spsr, it) | 0x10 | (state > 1 ? 0x20 : 0);
			if (!class_has_condition(ec))
				passed = true;
			else if (cv)
				passed = flags_hold(cond, flags);
			else if (it)
				passed = flags_hold(it >> 4, flags);
		}
		must(aarch32_condition_passed(esr, spsr) == passed,
		     "ESR 0x%lx, SPSR 0x%lx: passed is %d, expected %d" HANDOUT, esr, spsr, !passed,
		     passed);
	}
}
END_TEST

/*
 * On to the next one: the PC by two or four, in 32 bits; ITSTATE; no single step; and nothing else.
 */
START_TEST(skipped)
{
	for (unsigned int n = 0; n < 20000; n++) {
		unsigned int il = random64() & 1, it = n % 256;
		uint64_t esr = (random64() & ~(1UL << 25)) | (uint64_t)il << 25;
		uint64_t pc = (uint32_t)random64(), at, spsr, before, after;

		if (n % 16 == 0)
			pc = 0xfffffffe;
		if (it && !(it & 15))
			continue;			/* no state of an IT block */
		before = with_it((random64() & 0xffffffc0) | 0x30, it);
		at = pc;
		spsr = before;
		aarch32_skip(esr, &at, &spsr);
		must(at == ((pc + (il ? 4 : 2)) & 0xffffffff), "IL %u: from 0x%lx to 0x%lx" HANDOUT,
		     il, pc, at);
		/* After the last of a block: 0. Before that the lower five bits move up. */
		after = with_it(before, it & 7 ? (it & 0xe0) | (it & 15) << 1 : 0) & ~(1UL << 21);
		must(spsr == after, "SPSR 0x%lx becomes 0x%lx, expected 0x%lx" HANDOUT, before, spsr,
		     after);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("aarch32");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "conditions");
	tcase_add_test(tcase, conditions);
	tcase = add_case(suite, "IT blocks");
	tcase_add_test(tcase, itstate);
	tcase_add_test(tcase, it_blocks);
	tcase = add_case(suite, "traps");
	tcase_add_test(tcase, trapped);
	tcase_add_test(tcase, skipped);
	return unit_main(argv[0], suite);
}
