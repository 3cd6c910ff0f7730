// SPDX-License-Identifier: MIT
/* test_backtrace.c - the walk of frame records: whole, broken in each way, and made of noise. */
#include "unit_main.h"

#include <string.h>

#include "arch/bits.h"
#include "lib/backtrace.h"

#define LO	UINT64_C(0x7ffc4000)
#define HI	UINT64_C(0x7ffc8000)
#define WORDS	((HI - LO) / 8)

/* A stack that is not really there, and what the walk did with it. */
static struct {
	uint64_t words[WORDS];
	uint64_t lo, hi;		/* of the walk; words[0] is at lo */
	uint64_t unreadable;		/* reading there fails */
	unsigned int stop_at;		/* the visitor stops at this depth */
	unsigned int reads, frames;
	uint64_t pc[BACKTRACE_MAX_FRAMES + 8], fp[BACKTRACE_MAX_FRAMES + 8];
} stack;

static void reset(void)
{
	memset(&stack, 0, sizeof(stack));
	stack.lo = LO;
	stack.hi = HI;
	stack.unreadable = UINT64_MAX;
	stack.stop_at = UINT32_MAX;
}

static bool reader(uint64_t address, uint64_t *value, void *arg)
{
	ck_assert_ptr_eq(arg, &stack);
	ck_assert_uint_ge(address, stack.lo);
	ck_assert_uint_le(address, stack.hi - 8);
	ck_assert_uint_eq(address % 8, 0);
	stack.reads++;
	if (address == stack.unreadable)
		return false;
	*value = stack.words[(address - stack.lo) / 8];
	return true;
}

static bool visit(unsigned int depth, uint64_t return_address, uint64_t fp, void *arg)
{
	ck_assert_ptr_eq(arg, &stack);
	ck_assert_uint_eq(depth, stack.frames);
	ck_assert_uint_lt(depth, BACKTRACE_MAX_FRAMES);
	stack.pc[depth] = return_address;
	stack.fp[depth] = fp;
	stack.frames++;
	return depth != stack.stop_at;
}

static enum backtrace_end walk(uint64_t fp)
{
	return backtrace_walk(fp, stack.lo, stack.hi, reader, visit, &stack);
}

static void record(uint64_t at, uint64_t caller, uint64_t return_address)
{
	stack.words[(at - stack.lo) / 8] = caller;
	stack.words[(at - stack.lo) / 8 + 1] = return_address;
}

START_TEST(whole)
{
	reset();
	record(LO + 0x40, LO + 0x70, 0x7c000111);
	record(LO + 0x70, LO + 0x80, 0x7c000222);
	record(LO + 0x80, HI - 16, 0x7c000333);
	record(HI - 16, 0, 0x7c000444);

	ck_assert_int_eq(walk(LO + 0x40), BACKTRACE_COMPLETE);
	ck_assert_uint_eq(stack.frames, 4);
	ck_assert_uint_eq(stack.reads, 8);
	ck_assert_uint_eq(stack.pc[0], 0x7c000111);
	ck_assert_uint_eq(stack.pc[1], 0x7c000222);
	ck_assert_uint_eq(stack.pc[2], 0x7c000333);
	ck_assert_uint_eq(stack.pc[3], 0x7c000444);
	ck_assert_uint_eq(stack.fp[0], LO + 0x40);
	ck_assert_uint_eq(stack.fp[3], HI - 16);
}
END_TEST

START_TEST(no_frame_at_all)
{
	reset();
	ck_assert_int_eq(walk(0), BACKTRACE_COMPLETE);
	ck_assert_uint_eq(stack.frames, 0);
	ck_assert_uint_eq(stack.reads, 0);
}
END_TEST

START_TEST(aligned_to_eight_only)
{
	reset();
	record(LO + 0x48, LO + 0x58, 1);
	record(LO + 0x58, 0, 2);
	ck_assert_int_eq(walk(LO + 0x48), BACKTRACE_COMPLETE);
	ck_assert_uint_eq(stack.frames, 2);
}
END_TEST

START_TEST(bad_first_pointer)
{
	static const struct {
		uint64_t fp;
		enum backtrace_end end;
	} cases[] = {
		{ LO + 0x41, BACKTRACE_MISALIGNED },
		{ LO + 0x44, BACKTRACE_MISALIGNED },
		{ 4, BACKTRACE_MISALIGNED },
		{ 8, BACKTRACE_OUTSIDE },
		{ LO - 8, BACKTRACE_OUTSIDE },
		{ LO - 16, BACKTRACE_OUTSIDE },
		{ HI - 8, BACKTRACE_OUTSIDE },		/* half of the record would be outside */
		{ HI, BACKTRACE_OUTSIDE },
		{ HI + 8, BACKTRACE_OUTSIDE },
		{ UINT64_MAX - 7, BACKTRACE_OUTSIDE },	/* wraps, if it is added to carelessly */
		{ UINT64_MAX - 15, BACKTRACE_OUTSIDE },
		{ UINT64_C(1) << 63, BACKTRACE_OUTSIDE },
		{ LO, BACKTRACE_COMPLETE },		/* the first record there can be, */
		{ HI - 16, BACKTRACE_COMPLETE },	/* and the last */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		reset();
		ck_assert_int_eq(walk(cases[i].fp), cases[i].end);
		ck_assert_uint_eq(stack.frames, cases[i].end == BACKTRACE_COMPLETE);
		ck_assert_uint_eq(stack.reads, cases[i].end == BACKTRACE_COMPLETE ? 2 : 0);
	}
}
END_TEST

START_TEST(bad_link)
{
	static const struct {
		uint64_t link;
		enum backtrace_end end;
	} cases[] = {
		{ LO + 0x40, BACKTRACE_NOT_GROWING },	/* itself */
		{ LO + 0x48, BACKTRACE_NOT_GROWING },	/* a record inside the record */
		{ LO + 0x38, BACKTRACE_NOT_GROWING },
		{ LO, BACKTRACE_NOT_GROWING },
		{ 8, BACKTRACE_NOT_GROWING },
		{ LO + 0x52, BACKTRACE_MISALIGNED },
		{ HI - 8, BACKTRACE_OUTSIDE },
		{ HI, BACKTRACE_OUTSIDE },
		{ UINT64_MAX - 7, BACKTRACE_OUTSIDE },
		{ LO + 0x50, BACKTRACE_COMPLETE },
		{ 0, BACKTRACE_COMPLETE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		reset();
		record(LO + 0x40, cases[i].link, 0x7c000111);
		ck_assert_int_eq(walk(LO + 0x40), cases[i].end);
		/* The frame with the bad link is good itself: it has been told of. */
		ck_assert_uint_ge(stack.frames, 1);
		ck_assert_uint_eq(stack.pc[0], 0x7c000111);
	}
}
END_TEST

START_TEST(loop)
{
	reset();
	record(LO + 0x40, LO + 0x80, 1);
	record(LO + 0x80, LO + 0x40, 2);
	ck_assert_int_eq(walk(LO + 0x40), BACKTRACE_NOT_GROWING);
	ck_assert_uint_eq(stack.frames, 2);
}
END_TEST

/* count records in a row, the last one with a link of zero. */
static enum backtrace_end walk_deep(unsigned int count)
{
	reset();
	for (unsigned int i = 0; i < count; i++)
		record(LO + 16 * i, i == count - 1 ? 0 : LO + 16 * (i + 1), i);
	return walk(LO);
}

START_TEST(depth)
{
	ck_assert_int_eq(walk_deep(BACKTRACE_MAX_FRAMES), BACKTRACE_COMPLETE);
	ck_assert_uint_eq(stack.frames, BACKTRACE_MAX_FRAMES);
	ck_assert_int_eq(walk_deep(BACKTRACE_MAX_FRAMES + 1), BACKTRACE_TOO_DEEP);
	ck_assert_uint_eq(stack.frames, BACKTRACE_MAX_FRAMES);
}
END_TEST

START_TEST(unreadable)
{
	for (unsigned int half = 0; half < 2; half++) {
		reset();
		record(LO + 0x40, LO + 0x80, 1);
		record(LO + 0x80, 0, 2);
		stack.unreadable = LO + 0x80 + 8 * half;
		ck_assert_int_eq(walk(LO + 0x40), BACKTRACE_UNREADABLE);
		ck_assert_uint_eq(stack.frames, 1);
	}
}
END_TEST

START_TEST(stopped)
{
	reset();
	record(LO + 0x40, LO + 0x80, 1);
	record(LO + 0x80, LO + 0xc0, 2);
	record(LO + 0xc0, 0, 3);
	stack.stop_at = 1;
	ck_assert_int_eq(walk(LO + 0x40), BACKTRACE_STOPPED);
	ck_assert_uint_eq(stack.frames, 2);
}
END_TEST

START_TEST(empty_and_tiny_stacks)
{
	reset();
	stack.hi = stack.lo;
	ck_assert_int_eq(walk(LO), BACKTRACE_OUTSIDE);
	stack.hi = stack.lo + 8;
	ck_assert_int_eq(walk(LO), BACKTRACE_OUTSIDE);
	stack.hi = stack.lo - 0x1000;	/* a range turned round has no inside */
	ck_assert_int_eq(walk(LO), BACKTRACE_OUTSIDE);
	ck_assert_int_eq(walk(LO - 0x800), BACKTRACE_OUTSIDE);
	ck_assert_uint_eq(stack.reads, 0);
}
END_TEST

/* A stack at the very top of the address space: sums that wrap would let wild pointers pass. */
START_TEST(top_of_memory)
{
	reset();
	stack.lo = UINT64_MAX - 0xfff;
	stack.hi = UINT64_MAX - 7;
	record(stack.lo, stack.hi - 16, 1);
	record(stack.hi - 16, 0, 2);
	ck_assert_int_eq(walk(stack.lo), BACKTRACE_COMPLETE);
	ck_assert_uint_eq(stack.frames, 2);

	stack.frames = 0;
	record(stack.lo, stack.hi - 8, 1);
	ck_assert_int_eq(walk(stack.lo), BACKTRACE_OUTSIDE);
}
END_TEST

/* Whatever a stack holds, the walk ends, and reader() above has seen to where it reads. */
START_TEST(noise)
{
	unsigned int ends[BACKTRACE_STOPPED + 1] = { 0 };
	uint64_t random = 88172645463325252;

	reset();
	for (unsigned int round = 0; round < 1000; round++) {
		for (size_t i = 0; i < WORDS; i += 1 + round % 3) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* Mostly pointers that look good, a little above where they stand. */
			stack.words[i] = random % 16 == 0 ? random :
				LO + ALIGN_DOWN(i * 8 + random % 256, random >> 60 == 0 ? 1 : 8);
		}
		stack.reads = 0;
		stack.frames = 0;
		ends[walk(LO + random % 64 * 8)]++;
		ck_assert_uint_le(stack.reads, 2 * BACKTRACE_MAX_FRAMES);
	}
	/* Enough variety to mean something. */
	ck_assert_uint_gt(ends[BACKTRACE_OUTSIDE], 0);
	ck_assert_uint_gt(ends[BACKTRACE_MISALIGNED], 0);
	ck_assert_uint_gt(ends[BACKTRACE_NOT_GROWING], 0);
}
END_TEST

START_TEST(names)
{
	for (int a = BACKTRACE_COMPLETE; a <= BACKTRACE_STOPPED; a++) {
		ck_assert_uint_gt(strlen(backtrace_end_name(a)), 0);
		ck_assert_str_ne(backtrace_end_name(a), "unknown");
		for (int b = BACKTRACE_COMPLETE; b < a; b++)
			ck_assert_str_ne(backtrace_end_name(a), backtrace_end_name(b));
	}
	ck_assert_str_eq(backtrace_end_name(BACKTRACE_OUTSIDE), "frame pointer outside the stack");
	ck_assert_str_eq(backtrace_end_name((enum backtrace_end)99), "unknown");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("backtrace");
	TCase *tcase = add_case(suite, "backtrace");

	(void)argc;
	tcase_add_test(tcase, whole);
	tcase_add_test(tcase, no_frame_at_all);
	tcase_add_test(tcase, aligned_to_eight_only);
	tcase_add_test(tcase, bad_first_pointer);
	tcase_add_test(tcase, bad_link);
	tcase_add_test(tcase, loop);
	tcase_add_test(tcase, depth);
	tcase_add_test(tcase, unreadable);
	tcase_add_test(tcase, stopped);
	tcase_add_test(tcase, empty_and_tiny_stacks);
	tcase_add_test(tcase, top_of_memory);
	tcase_add_test(tcase, noise);
	tcase_add_test(tcase, names);
	return unit_main(argv[0], suite);
}
