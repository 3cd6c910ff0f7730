// SPDX-License-Identifier: MIT
/*
 * test_printf.c - lib/printf.h against the C library's snprintf, over all combinations of flags,
 * width, precision, length and conversion; and what it alone does, against words written out.
 */
#include "unit_main.h"

#include <limits.h>
#include <string.h>

#include "arch/bits.h"
#include "lib/printf.h"

#define TEXT_SIZE	512

/* ---- Every format against libc ---- */

static const char *const widths[] = { "", "1", "5", "12", "40", "*" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".4", ".13", ".*" };
static const int stars[] = { 0, 1, 7, 23, -1, -9 };

/* Compares one format; as many int arguments stand before the value as the format has stars. */
#define COMPARE(fmt, has_width, has_precision, w, p, value) do {			\
	char want[TEXT_SIZE], got[TEXT_SIZE];						\
	int want_length, got_length;							\
											\
	if ((has_width) && (has_precision)) {						\
		want_length = snprintf(want, sizeof(want), fmt, w, p, value);		\
		got_length = ksnprintf(got, sizeof(got), fmt, w, p, value);		\
	} else if ((has_width) || (has_precision)) {					\
		want_length = snprintf(want, sizeof(want), fmt, (has_width) ? w : p, value); \
		got_length = ksnprintf(got, sizeof(got), fmt, (has_width) ? w : p, value); \
	} else {									\
		want_length = snprintf(want, sizeof(want), fmt, value);			\
		got_length = ksnprintf(got, sizeof(got), fmt, value);			\
	}										\
	if (got_length != want_length || strcmp(got, want) != 0)			\
		ck_abort_msg("format \"%s\" (* = %d, %d): want %d \"%s\", got %d \"%s\"", \
			     fmt, w, p, want_length, want, got_length, got);		\
	comparisons++;									\
} while (0)

static unsigned long comparisons;

/* All flags of which the numbers' bits are set, in an order that depends on the number. */
static void make_flags(char *flags, unsigned int set, const char *allowed)
{
	size_t count = strlen(allowed);

	for (size_t i = 0; i < count; i++) {
		size_t n = (i + set) % count;

		if (set & (1U << n))
			*flags++ = allowed[n];
	}
	*flags = '\0';
}

typedef void (*compare_fn)(const char *fmt, bool w_star, bool p_star, int w, int p,
			   const char *length);

/* Calls compare() for each combination. Stars get each of their values in turn. */
static void for_each_format(const char *allowed_flags, const char *const *lengths, size_t nlengths,
			    const char *conversions, compare_fn compare)
{
	unsigned int turn = 0;

	for (unsigned int set = 0; set < 1U << strlen(allowed_flags); set++)
	for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
	for (size_t p = 0; p < ARRAY_SIZE(precisions); p++)
	for (size_t l = 0; l < nlengths; l++)
	for (const char *conversion = conversions; *conversion != '\0'; conversion++) {
		bool w_star = strchr(widths[w], '*') != NULL;
		bool p_star = strchr(precisions[p], '*') != NULL;
		char flags[8], fmt[64];

		make_flags(flags, set, allowed_flags);
		snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flags, widths[w], precisions[p],
			 lengths[l], *conversion);
		turn++;
		compare(fmt, w_star, p_star, stars[turn % ARRAY_SIZE(stars)],
			stars[turn / 7 % ARRAY_SIZE(stars)], lengths[l]);
	}
}

static const uint64_t values[] = {
	0, 1, 7, 8, 9, 10, 15, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536,
	INT32_MAX, UINT64_C(0x80000000), UINT32_MAX, UINT64_C(0x100000000),
	UINT64_C(0x7c001234), UINT64_C(0x123456789abcdef0), INT64_MAX, UINT64_C(1) << 63,
	UINT64_MAX, UINT64_MAX - 9, UINT64_C(10000000000000000000),
};

static void compare_integer(const char *fmt, bool w_star, bool p_star, int w, int p,
			    const char *length)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (strcmp(length, "") == 0 || length[0] == 'h')
			COMPARE(fmt, w_star, p_star, w, p, (int)values[i]);
		else if (strcmp(length, "ll") == 0)
			COMPARE(fmt, w_star, p_star, w, p, (long long)values[i]);
		else
			COMPARE(fmt, w_star, p_star, w, p, (long)values[i]);
	}
}

START_TEST(integers)
{
	static const char *const lengths[] = { "", "hh", "h", "l", "ll", "z", "t", "j" };

	comparisons = 0;
	for_each_format("-0+ #", lengths, ARRAY_SIZE(lengths), "diuoxX", compare_integer);
	ck_assert_uint_eq(comparisons, 32UL * 6 * 7 * 8 * 6 * ARRAY_SIZE(values));
}
END_TEST

static void compare_string(const char *fmt, bool w_star, bool p_star, int w, int p,
			   const char *length)
{
	static const char *const strings[] = {
		"", "a", "abcd", "abcde", "hello, world", "100% %d %s", "\t\n\x01\x7f\xff",
		"a string that is longer than any of the widths above",
	};

	(void)length;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		COMPARE(fmt, w_star, p_star, w, p, strings[i]);
}

static void compare_character(const char *fmt, bool w_star, bool p_star, int w, int p,
			      const char *length)
{
	(void)length;
	for (int c = 1; c < 256; c++)
		COMPARE(fmt, w_star, p_star, w, p, c);
}

START_TEST(strings)
{
	static const char *const no_length[] = { "" };

	/* Other flags, and %c with a precision, are undefined in C: nothing to compare with. */
	comparisons = 0;
	for_each_format("-", no_length, 1, "s", compare_string);
	for_each_format("-", no_length, 1, "c", compare_character);
	ck_assert_uint_eq(comparisons, 2UL * 6 * 7 * (8 + 255));
}
END_TEST

START_TEST(text_around)
{
	char want[TEXT_SIZE], got[TEXT_SIZE];

#define SAME(...) do {									\
	ck_assert_int_eq(ksnprintf(got, sizeof(got), __VA_ARGS__),			\
			 snprintf(want, sizeof(want), __VA_ARGS__));			\
	ck_assert_str_eq(got, want);							\
} while (0)
	SAME("%s", "");
	SAME("no conversion at all");
	SAME("100%%");
	SAME("%%%d%%%s%%", 1, "two");
	SAME("%d%d%d", 1, 2, 3);
	SAME("\n\t%s\r\n", "\x80");
	SAME("ESR_EL2 0x%016lx FAR_EL2 0x%016lx\n", 0x96000044UL, 0xdeadbeefUL);
	SAME("x%-2d 0x%016lx  x%-2d 0x%016lx\n", 9, -1L, 10, 0UL);
	SAME("%*d|%-*d|%.*s|%-*.*s|", 5, 1, 5, 2, 3, "abcdef", 8, 2, "xyz");
	SAME("%hhd %hd %d %ld %lld %zd %td %jd", (signed char)-1, (short)-2, -3, -4L, -5LL,
	     (ssize_t)-6, (ptrdiff_t)-7, (intmax_t)-8);
	/* More arguments than are passed in registers, of every size. */
	SAME("%d %lx %c %s %u %lx %d %lx %c %s %u %lx %d %lx %c %s", 1, 2UL, '3', "4", 5U, 6UL, 7,
	     8UL, '9', "10", 11U, 12UL, 13, 14UL, '5', "16");
#undef SAME
}
END_TEST

/* ---- Cut off, at every length ---- */

START_TEST(truncation)
{
	static const char *const formats[] = {
		"%s", "%10s", "%-10s", "%.3s", "x%sy", "abc%%%s",
	};

	for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
		char whole[TEXT_SIZE];
		int length = snprintf(whole, sizeof(whole), formats[f], "string");

		for (int size = 0; size <= length + 3; size++) {
			/* An exact allocation: a sanitizer sees the first byte behind it. */
			char *got = malloc((size_t)size + 1);

			memset(got, '~', (size_t)size + 1);
			ck_assert_int_eq(ksnprintf(got, (size_t)size, formats[f], "string"),
					 length);
			ck_assert_int_eq(got[size], '~');
			if (size != 0) {
				int kept = size <= length ? size - 1 : length;

				ck_assert_uint_eq(strlen(got), (size_t)kept);
				ck_assert_int_eq(strncmp(got, whole, strlen(got)), 0);
			}
			free(got);
		}
	}
	for (size_t size = 0; size < 80; size++) {
		char want[96], got[96];
		int length;

		memset(want, '~', sizeof(want));
		memset(got, '~', sizeof(got));
		length = snprintf(want, size, "%-8d|%#18lx|%+d|%030u", -123456, ULONG_MAX, 7, 99U);
		ck_assert_int_eq(ksnprintf(got, size, "%-8d|%#18lx|%+d|%030u", -123456, ULONG_MAX,
					   7, 99U), length);
		ck_assert_mem_eq(got, want, sizeof(got));
	}
	ck_assert_int_eq(ksnprintf(NULL, 0, "%d", 12345), 5);
	ck_assert_int_eq(ksnprintf(NULL, 0, "%1234567d", 1), 1234567);
	ck_assert_int_eq(ksnprintf(NULL, 0, "%.1234567d", 1), 1234567);
}
END_TEST

/* ---- What C leaves open, or leaves out ---- */

#define IS(want, ...) do {								\
	char got_[TEXT_SIZE];								\
											\
	ck_assert_int_eq(ksnprintf(got_, sizeof(got_), __VA_ARGS__), sizeof(want) - 1);	\
	ck_assert_str_eq(got_, want);							\
} while (0)

START_TEST(pointers)
{
	IS("0x0", "%p", NULL);
	IS("0x7c001234", "%p", (void *)0x7c001234);
	IS("0xffffffffffffffff", "%p", (void *)-1L);
	IS("|      0x40200000|", "|%16p|", (void *)0x40200000);
	IS("|0x40200000      |", "|%-16p|", (void *)0x40200000);
}
END_TEST

START_TEST(null_string)
{
	const char *volatile nothing = NULL;

	IS("(null)", "%s", nothing);
	IS("|  (null)|", "|%8s|", nothing);
	IS("(nu", "%.3s", nothing);
}
END_TEST

/*
 * The compiler must not look into these formats: they are wrong on purpose. Each is given some
 * argument, since a format that is no literal and has none is warned of for its own sake.
 */
static const char *opaque(const char *fmt)
{
	const char *volatile hidden = fmt;

	return hidden;
}

START_TEST(unknown_conversions)
{
	IS("%", opaque("%"), 0);
	IS("abc %", opaque("abc %"), 0);
	IS("%5", opaque("%5"), 0);
	IS("%-+0 #12.34", opaque("%-+0 #12.34"), 0);
	IS("%l", opaque("%l"), 0);
	IS("%hh", opaque("%hh"), 0);
	IS("%.", opaque("%."), 0);
	IS("%y", opaque("%y"), 1);
	IS("%08lf", opaque("%08lf"), 1L);
	IS("%ls", opaque("%ls"), L"wide");
	IS("%lc", opaque("%lc"), 'c');
	IS("%hp", opaque("%hp"), NULL);
	/* What stands before an unknown one is printed; what follows is not trusted. */
	IS("1 %f %s", opaque("%d %f %s"), 1, 2, 3);
	IS("7 %q 50%%", opaque("%d %q 50%%"), 7);
}
END_TEST

START_TEST(percent_n_writes_nothing)
{
	long target[2] = { 0x5555, 0xaaaa };

	IS("abc%n", opaque("abc%n"), (int *)target);
	IS("abc%ln", opaque("abc%ln"), target);
	ck_assert_int_eq(target[0], 0x5555);
	ck_assert_int_eq(target[1], 0xaaaa);
}
END_TEST

START_TEST(string_without_end)
{
	/* No NUL, and nothing behind: a sanitizer sees a read of one byte too many. */
	char *text = malloc(4);

	memcpy(text, "abcd", 4);
	IS("abcd", "%.4s", text);
	IS("ab", "%.2s", text);
	IS("", "%.0s", text);
	IS("abc", "%.*s", 3, text);
	IS("|      abcd|", "|%10.4s|", text);
	free(text);
}
END_TEST

START_TEST(star_extremes)
{
	char *text = malloc(1);

	/* A negative precision counts as none, so the string's NUL is needed. */
	*text = '\0';
	IS("", "%.*s", INT_MIN, text);
	IS("-5", "%.*d", -1, -5);
	IS("7   |", "%*d|", -4, 7);
	IS("7   |", "%0*d|", -4, 7);
	IS("no int|", opaque("%.99999999999999999999s|"), "no int");	/* libc: an error */
	free(text);
}
END_TEST

START_TEST(nul_character)
{
	char got[4] = "~~~";

	ck_assert_int_eq(ksnprintf(got, sizeof(got), "%c%c", '\0', 'x'), 2);
	ck_assert_mem_eq(got, "\0x\0", 4);
}
END_TEST

/* ---- The sink ---- */

struct record {
	char text[64];
	size_t count;
};

static void put_record(char c, void *arg)
{
	struct record *record = arg;

	ck_assert_uint_lt(record->count, sizeof(record->text));
	record->text[record->count++] = c;
}

START_TEST(sink)
{
	struct record record = { .count = 0 };

	ck_assert_int_eq(format(put_record, &record, "%s=%#x;%c", "HCR_EL2", 0x80000000U, '\0'),
			 20);
	ck_assert_uint_eq(record.count, 20);
	ck_assert_mem_eq(record.text, "HCR_EL2=0x80000000;\0", 20);
	ck_assert_int_eq(format(put_record, &record, opaque(""), 0), 0);
	ck_assert_uint_eq(record.count, 20);
}
END_TEST

/* The caller's va_list is copied: it is still the caller's to go through, from its start. */
static int twice(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap, again;
	int length;

	va_start(ap, fmt);
	va_copy(again, ap);
	length = kvsnprintf(buf, size, fmt, ap);
	length += kvsnprintf(buf + length, size - (size_t)length, fmt, again);
	va_end(again);
	va_end(ap);
	return length;
}

START_TEST(va_lists)
{
	char got[64];

	ck_assert_int_eq(twice(got, sizeof(got), "%d-%s.", 12, "ab"), 12);
	ck_assert_str_eq(got, "12-ab.12-ab.");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("printf");
	TCase *tcase = add_case(suite, "as in libc");

	(void)argc;
	tcase_add_test(tcase, integers);
	tcase_add_test(tcase, strings);
	tcase_add_test(tcase, text_around);
	tcase_add_test(tcase, truncation);

	tcase = add_case(suite, "beyond libc");
	tcase_add_test(tcase, pointers);
	tcase_add_test(tcase, null_string);
	tcase_add_test(tcase, unknown_conversions);
	tcase_add_test(tcase, percent_n_writes_nothing);
	tcase_add_test(tcase, string_without_end);
	tcase_add_test(tcase, star_extremes);
	tcase_add_test(tcase, nul_character);
	tcase_add_test(tcase, sink);
	tcase_add_test(tcase, va_lists);
	return unit_main(argv[0], suite);
}
