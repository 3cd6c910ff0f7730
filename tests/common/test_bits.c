// SPDX-License-Identifier: MIT
/* test_bits.c - masks, fields, sign extension, alignment: against sums done in another way. */
#include "unit_main.h"

#include "arch/bits.h"

/* Bits high to low, set one by one. */
static uint64_t slow_mask(unsigned int high, unsigned int low)
{
	uint64_t mask = 0;

	for (unsigned int n = low; n <= high; n++)
		mask |= (uint64_t)1 << n;
	return mask;
}

/* Usable where C wants a constant: a case label, an array bound, an initialiser. */
static const uint64_t constants[FIELD_GET(GENMASK(11, 10), 0x800) + 1] = {
	BIT(63), GENMASK(31, 26), FIELD_PREP(GENMASK(31, 26), 0x3c)
};
static_assert(GENMASK(63, 0) == UINT64_MAX, "GENMASK(63, 0)");
static_assert(FIELD_SHIFT(GENMASK(31, 26)) == 26, "FIELD_SHIFT");

START_TEST(single_bits)
{
	for (unsigned int n = 0; n < 64; n++)
		ck_assert_uint_eq(BIT(n), slow_mask(n, n));
	ck_assert_uint_eq(constants[0], 0x8000000000000000);
	ck_assert_uint_eq(constants[1], 0xfc000000);
	ck_assert_uint_eq(constants[2], 0xf0000000);
	ck_assert_uint_eq(ARRAY_SIZE(constants), 3);
}
END_TEST

START_TEST(genmask)
{
	for (unsigned int high = 0; high < 64; high++)
		for (unsigned int low = 0; low <= high; low++)
			if (GENMASK(high, low) != slow_mask(high, low))
				ck_abort_msg("GENMASK(%u, %u) is %#lx", high, low,
					     (unsigned long)GENMASK(high, low));
}
END_TEST

START_TEST(fields)
{
	const uint64_t noise = 0xa5c35a3cf00f1234;

	for (unsigned int high = 0; high < 64; high++) {
		for (unsigned int low = 0; low <= high; low++) {
			uint64_t mask = GENMASK(high, low), max = slow_mask(high - low, 0);
			uint64_t value = noise & max;

			ck_assert_uint_eq(FIELD_MAX(mask), max);
			ck_assert_uint_eq(FIELD_LOW(mask), BIT(low));
			ck_assert_uint_eq(FIELD_SHIFT(mask), low);
			ck_assert_uint_eq(FIELD_PREP(mask, value), value << low);
			ck_assert_uint_eq(FIELD_GET(mask, (noise & ~mask) | (value << low)), value);
			/* What does not fit does not spill over. */
			ck_assert_uint_eq(FIELD_PREP(mask, UINT64_MAX), mask);
			ck_assert_uint_eq(FIELD_GET(mask, UINT64_MAX), max);
			ck_assert_uint_eq(FIELD_GET(mask, ~mask), 0);
		}
	}
	/* A narrow argument is widened before it is shifted. */
	ck_assert_uint_eq(FIELD_PREP(GENMASK(63, 32), (uint8_t)0xff), 0xff00000000);
	ck_assert_uint_eq(FIELD_GET(GENMASK(31, 26), (uint32_t)0xffffffff), 0x3f);
}
END_TEST

START_TEST(sign_extension)
{
	ck_assert_int_eq(sign_extend64(0x80, 7), -128);
	ck_assert_int_eq(sign_extend64(0x7f, 7), 127);
	ck_assert_int_eq(sign_extend64(0xffffff80, 7), -128);
	ck_assert_int_eq(sign_extend64(0x8000, 15), -32768);
	ck_assert_int_eq(sign_extend64(0x80000000, 31), INT32_MIN);
	ck_assert_int_eq(sign_extend64(0x7fffffff, 31), INT32_MAX);
	ck_assert_int_eq(sign_extend64(0x8000000000000000, 63), INT64_MIN);
	ck_assert_int_eq(sign_extend64(1, 0), -1);
	ck_assert_int_eq(sign_extend64(2, 0), 0);

	for (unsigned int bit = 0; bit < 63; bit++) {
		int64_t weight = (int64_t)1 << bit;

		ck_assert_int_eq(sign_extend64((uint64_t)weight, bit), -weight);
		ck_assert_int_eq(sign_extend64((uint64_t)weight - 1, bit), weight - 1);
		ck_assert_int_eq(sign_extend64(UINT64_MAX, bit), -1);
		ck_assert_int_eq(sign_extend64(UINT64_MAX << (bit + 1), bit), 0);
	}
}
END_TEST

START_TEST(alignment)
{
	for (uint64_t align = 1; align <= 64; align *= 2) {
		for (uint64_t x = 0; x < 200; x++) {
			ck_assert_uint_eq(ALIGN_DOWN(x, align), x / align * align);
			ck_assert_uint_eq(ALIGN_UP(x, align), (x + align - 1) / align * align);
			ck_assert_int_eq(IS_ALIGNED(x, align), x % align == 0);
		}
	}

	/* A mask narrower than x would cut x's upper half. */
	ck_assert_uint_eq(ALIGN_DOWN(UINT64_C(0x123456789abcdef0), 4096), 0x123456789abcd000);
	ck_assert_uint_eq(ALIGN_DOWN(UINT64_C(0x123456789abcdef0), 4096U), 0x123456789abcd000);
	ck_assert_uint_eq(ALIGN_UP(UINT64_C(0x123456789abcdef0), 4096U), 0x123456789abce000);
	ck_assert_uint_eq(ALIGN_UP(UINT64_MAX, 4096), 0);

	ck_assert(!IS_POWER_OF_TWO(0u));
	for (unsigned int n = 0; n < 64; n++) {
		ck_assert(IS_POWER_OF_TWO(BIT(n)));
		ck_assert(n == 0 || !IS_POWER_OF_TWO(BIT(n) | 1));
	}
}
END_TEST

START_TEST(containers)
{
	struct outer {
		int before;
		struct { char c; } inner;
	} outer;

	ck_assert_ptr_eq(container_of(&outer.inner, struct outer, inner), &outer);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("bits");
	TCase *tcase = add_case(suite, "bits");

	(void)argc;
	tcase_add_test(tcase, single_bits);
	tcase_add_test(tcase, genmask);
	tcase_add_test(tcase, fields);
	tcase_add_test(tcase, sign_extension);
	tcase_add_test(tcase, alignment);
	tcase_add_test(tcase, containers);
	return unit_main(argv[0], suite);
}
