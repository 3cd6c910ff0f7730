// SPDX-License-Identifier: MIT
/*
 * test_string.c - the target's memory and string functions beside libc's, over all alignments and
 * overlaps, with canaries around whatever is written.
 */
#include "unit_main.h"

#include <string.h>

/*
 * libc's, by another name: below, its names are taken over by the functions under test. Volatile,
 * or the compiler would look through the pointers and compute results itself.
 */
static void *(*volatile libc_memcpy)(void *, const void *, size_t) = memcpy;
static void *(*volatile libc_memmove)(void *, const void *, size_t) = memmove;
static void *(*volatile libc_memset)(void *, int, size_t) = memset;
static int (*volatile libc_memcmp)(const void *, const void *, size_t) = memcmp;
static void *(*volatile libc_memchr)(const void *, int, size_t) = memchr;
static size_t (*volatile libc_strlen)(const char *) = strlen;
static size_t (*volatile libc_strnlen)(const char *, size_t) = strnlen;
static int (*volatile libc_strcmp)(const char *, const char *) = strcmp;
static int (*volatile libc_strncmp)(const char *, const char *, size_t) = strncmp;
static char *(*volatile libc_strchr)(const char *, int) = strchr;
static char *(*volatile libc_strrchr)(const char *, int) = strrchr;
static char *(*volatile libc_strstr)(const char *, const char *) = strstr;

#include "lib/freestanding/string.h"

#include "arch/bits.h"

#define MAX_ALIGN	17	/* offsets from an aligned address: twice around a doubleword */
#define MAX_SIZE	150	/* two rounds of eight doublewords, with any head and tail */
#define ARENA		256
#define CANARY		0xc7

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Bytes of which no two neighbours, and no two that are 8 apart, are the same. */
static void fill(unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(i * 37 + (i >> 3) * 11 + 1);
}

/* Both arenas must be equal to the last byte: what was written, and all that was not. */
static void same(const unsigned char *got, const unsigned char *want, const char *what, size_t to,
		 size_t from, size_t size)
{
	for (size_t i = 0; i < ARENA; i++)
		if (got[i] != want[i])
			ck_abort_msg("%s to +%zu from +%zu size %zu: [%zu] is 0x%02x, want 0x%02x",
				     what, to, from, size, i, got[i], want[i]);
}

START_TEST(copies)
{
	unsigned char source[ARENA] __aligned(16), got[ARENA] __aligned(16), want[ARENA];

	fill(source, ARENA);
	for (size_t to = 0; to < MAX_ALIGN; to++)
	for (size_t from = 0; from < MAX_ALIGN; from++)
	for (size_t size = 0; size <= MAX_SIZE; size++) {
		libc_memset(got, CANARY, ARENA);
		libc_memset(want, CANARY, ARENA);
		libc_memcpy(want + to, source + from, size);
		ck_assert_ptr_eq(memcpy(got + to, source + from, size), got + to);
		same(got, want, "memcpy", to, from, size);
	}
}
END_TEST

START_TEST(moves)
{
	unsigned char got[ARENA] __aligned(16), want[ARENA];

	/* Within one arena: all that do not overlap, overlap either way, or are the same. */
	for (size_t to = 0; to < 48; to++)
	for (size_t from = 0; from < 48; from++)
	for (size_t size = 0; size <= MAX_SIZE; size++) {
		fill(got, ARENA);
		fill(want, ARENA);
		libc_memmove(want + to, want + from, size);
		if (memmove(got + to, got + from, size) != got + to)
			ck_abort_msg("memmove must return its first argument");
		same(got, want, "memmove", to, from, size);
	}
}
END_TEST

START_TEST(sets)
{
	static const int bytes[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1234, -1, -128 };
	unsigned char got[ARENA] __aligned(16), want[ARENA];

	for (size_t b = 0; b < ARRAY_SIZE(bytes); b++)
	for (size_t to = 0; to < MAX_ALIGN; to++)
	for (size_t size = 0; size <= MAX_SIZE; size++) {
		libc_memset(got, CANARY, ARENA);
		libc_memset(want, CANARY, ARENA);
		libc_memset(want + to, bytes[b], size);
		if (memset(got + to, bytes[b], size) != got + to)
			ck_abort_msg("memset must return its first argument");
		same(got, want, "memset", to, 0, size);
	}
}
END_TEST

START_TEST(compares)
{
	unsigned char a[ARENA] __aligned(16), b[ARENA] __aligned(16);
	static const unsigned char others[] = { 0, 1, 0x7f, 0x80, 0xff };

	for (size_t x = 0; x < 9; x++)
	for (size_t y = 0; y < 9; y++)
	for (size_t size = 0; size <= 40; size++) {
		fill(a + x, 64);
		libc_memcpy(b + y, a + x, 64);
		ck_assert_int_eq(memcmp(a + x, b + y, size), 0);

		/* One difference, anywhere; right behind the end it must not count. */
		for (size_t at = 0; at <= size; at++) {
			unsigned char good = b[y + at];

			for (size_t o = 0; o < ARRAY_SIZE(others); o++) {
				b[y + at] = others[o];
				if (sign(memcmp(a + x, b + y, size)) !=
				    sign(libc_memcmp(a + x, b + y, size)))
					ck_abort_msg("memcmp +%zu +%zu size %zu, difference at %zu",
						     x, y, size, at);
			}
			b[y + at] = good;
		}
	}
}
END_TEST

START_TEST(searches)
{
	unsigned char text[ARENA];

	fill(text, ARENA);
	for (size_t from = 0; from < 9; from++)
		for (size_t size = 0; size < 200; size++)
			for (int byte = -2; byte < 258; byte += 5)
				ck_assert_ptr_eq(memchr(text + from, byte, size),
						 libc_memchr(text + from, byte, size));
}
END_TEST

START_TEST(large)
{
	enum { SIZE = 3 * 4096 + 5 };
	unsigned char *from = malloc(SIZE), *to = malloc(SIZE), *want = malloc(SIZE);

	/* Exact allocations, so that a sanitizer sees the first byte too many. */
	fill(from, SIZE);
	memcpy(to, from, SIZE);
	ck_assert_int_eq(libc_memcmp(to, from, SIZE), 0);
	ck_assert_int_eq(memcmp(to, from, SIZE), 0);

	memmove(to + 3, to, SIZE - 3);
	ck_assert_int_eq(libc_memcmp(to + 3, from, SIZE - 3), 0);
	memmove(to, to + 3, SIZE - 3);
	ck_assert_int_eq(libc_memcmp(to, from, SIZE - 3), 0);
	memmove(to + 8, to, SIZE - 8);
	ck_assert_int_eq(libc_memcmp(to + 8, from, SIZE - 8), 0);

	libc_memset(want, 0x5a, SIZE);
	memset(to, 0x5a, SIZE);
	ck_assert_int_eq(libc_memcmp(to, want, SIZE), 0);
	free(from);
	free(to);
	free(want);
}
END_TEST

/* ---- Strings ---- */

static const char *const strings[] = {
	"", "a", "b", "ab", "aa", "abc", "abd", "ab\xff", "ab\x80", "ab\x7f", "ABC", "aab", "aaab",
	"abcabcabd", "a longer string with the word abc in it", "\xff", "\x01",
};

/* A copy of a string in an allocation that ends with its NUL. */
static char *exact(const char *string)
{
	size_t size = libc_strlen(string) + 1;

	return libc_memcpy(malloc(size), string, size);
}

START_TEST(lengths)
{
	char text[80];

	for (size_t from = 0; from < 9; from++) {
		for (size_t length = 0; length < 60; length++) {
			libc_memset(text, 'x', sizeof(text));
			text[from + length] = '\0';
			ck_assert_uint_eq(strlen(text + from), length);
			for (size_t max = 0; max < 64; max++)
				ck_assert_uint_eq(strnlen(text + from, max),
						  libc_strnlen(text + from, max));
		}
	}

	/* Not a byte behind the limit is looked at: here there is none. */
	char *unterminated = libc_memset(malloc(5), 'x', 5);

	ck_assert_uint_eq(strnlen(unterminated, 5), 5);
	free(unterminated);
}
END_TEST

START_TEST(pairs)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(strings); j++) {
			char *a = exact(strings[i]), *b = exact(strings[j]);

			ck_assert_int_eq(sign(strcmp(a, b)), sign(libc_strcmp(a, b)));
			for (size_t max = 0; max < 12; max++)
				ck_assert_int_eq(sign(strncmp(a, b, max)),
						 sign(libc_strncmp(a, b, max)));
			ck_assert_int_eq(sign(strncmp(a, b, SIZE_MAX)),
					 sign(libc_strncmp(a, b, SIZE_MAX)));
			ck_assert_ptr_eq(strstr(a, b), libc_strstr(a, b));
			free(a);
			free(b);
		}
	}

	/* strncmp stops at its limit, not only at a NUL. */
	char *unterminated = libc_memset(malloc(3), 'a', 3);

	ck_assert_int_eq(strncmp(unterminated, "aaab", 3), 0);
	free(unterminated);
}
END_TEST

START_TEST(characters)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		char *string = exact(strings[i]);

		for (int c = -128; c < 400; c++) {
			ck_assert_ptr_eq(strchr(string, c), libc_strchr(string, c));
			ck_assert_ptr_eq(strrchr(string, c), libc_strrchr(string, c));
		}
		free(string);
	}
}
END_TEST

START_TEST(bounded_copy)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		for (size_t size = 0; size < 48; size++) {
			char *from = exact(strings[i]);
			char got[64], want[64];

			libc_memset(got, CANARY, sizeof(got));
			libc_memset(want, CANARY, sizeof(want));
			/* Its meaning, said by snprintf. */
			ck_assert_uint_eq(strlcpy(got, from, size),
					  (size_t)snprintf(want, size, "%s", from));
			ck_assert_int_eq(libc_memcmp(got, want, sizeof(got)), 0);
			free(from);
		}
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("string");
	TCase *tcase = add_case(suite, "memory");

	(void)argc;
	tcase_add_test(tcase, copies);
	tcase_add_test(tcase, moves);
	tcase_add_test(tcase, sets);
	tcase_add_test(tcase, compares);
	tcase_add_test(tcase, searches);
	tcase_add_test(tcase, large);

	tcase = add_case(suite, "strings");
	tcase_add_test(tcase, lengths);
	tcase_add_test(tcase, pairs);
	tcase_add_test(tcase, characters);
	tcase_add_test(tcase, bounded_copy);
	return unit_main(argv[0], suite);
}
