// SPDX-License-Identifier: MIT
/*
 * string.c - memory and string functions, as plain as is right for them.
 *
 * Two things are not plain:
 *
 * - Every access is aligned to its size. With the MMU off, data accesses are to Device memory,
 *   where an unaligned one is an Alignment fault whatever SCTLR_EL2.A says. So eight bytes are
 *   moved at a time only while both sides are aligned to eight, and single bytes otherwise.
 *
 * - The compiler knows what a loop of a memcpy looks like, and would replace it by a call to
 *   memcpy: here, an endless recursion. -ffreestanding does not forbid that to GCC. keep_loop()
 *   does, by standing in the loop; it makes no instruction.
 */
#include "lib/freestanding/string.h"

#define keep_loop()	asm volatile("" ::: "memory")

/* A doubleword that may be a part of any object, whatever that object's type. */
typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD_SIZE	sizeof(word_t)

static bool is_word_aligned(const void *p)
{
	return (uintptr_t)p % WORD_SIZE == 0;
}

/* Whether two pointers come to word boundaries together. */
static bool are_in_step(const void *a, const void *b)
{
	return ((uintptr_t)a ^ (uintptr_t)b) % WORD_SIZE == 0;
}

/* From the lowest byte up: right if to is below from, or if they do not overlap. */
static void copy_up(unsigned char *to, const unsigned char *from, size_t size)
{
	if (are_in_step(to, from)) {
		for (; size > 0 && !is_word_aligned(to); size--) {
			*to++ = *from++;
			keep_loop();
		}
		/* Of much memory eight words at a time: four LDPs and four STPs. */
		for (; size >= 8 * WORD_SIZE; size -= 8 * WORD_SIZE) {
			const word_t *f = (const word_t *)from;
			word_t a = f[0], b = f[1], c = f[2], d = f[3], e = f[4], g = f[5], h = f[6], i = f[7];
			word_t *t = (word_t *)to;

			t[0] = a, t[1] = b, t[2] = c, t[3] = d, t[4] = e, t[5] = g, t[6] = h, t[7] = i;
			to += 8 * WORD_SIZE;
			from += 8 * WORD_SIZE;
			keep_loop();
		}
		for (; size >= WORD_SIZE; size -= WORD_SIZE) {
			*(word_t *)to = *(const word_t *)from;
			to += WORD_SIZE;
			from += WORD_SIZE;
			keep_loop();
		}
	}
	for (; size > 0; size--) {
		*to++ = *from++;
		keep_loop();
	}
}

/* From the highest byte down: right if to is above from. Both pointers are to the end. */
static void copy_down(unsigned char *to, const unsigned char *from, size_t size)
{
	if (are_in_step(to, from)) {
		for (; size > 0 && !is_word_aligned(to); size--) {
			*--to = *--from;
			keep_loop();
		}
		for (; size >= WORD_SIZE; size -= WORD_SIZE) {
			to -= WORD_SIZE;
			from -= WORD_SIZE;
			*(word_t *)to = *(const word_t *)from;
			keep_loop();
		}
	}
	for (; size > 0; size--) {
		*--to = *--from;
		keep_loop();
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_up(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	/* As unsigned numbers: true if to is below from, or at least size above it. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		copy_up(to, from, size);
	else
		copy_down((unsigned char *)to + size, (const unsigned char *)from + size, size);
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned char *p = to;
	word_t word = (unsigned char)byte * UINT64_C(0x0101010101010101);

	for (; size > 0 && !is_word_aligned(p); size--) {
		*p++ = (unsigned char)byte;
		keep_loop();
	}
	/* As memcpy does: four STPs at a time. Pages are cleared with this. */
	for (; size >= 8 * WORD_SIZE; size -= 8 * WORD_SIZE) {
		word_t *t = (word_t *)p;

		t[0] = word, t[1] = word, t[2] = word, t[3] = word;
		t[4] = word, t[5] = word, t[6] = word, t[7] = word;
		p += 8 * WORD_SIZE;
		keep_loop();
	}
	for (; size >= WORD_SIZE; size -= WORD_SIZE) {
		*(word_t *)p = word;
		p += WORD_SIZE;
		keep_loop();
	}
	for (; size > 0; size--) {
		*p++ = (unsigned char)byte;
		keep_loop();
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *p = a, *q = b;

	/* Whole words while they are the same; in which byte one differs, is found below. */
	if (is_word_aligned(p) && is_word_aligned(q)) {
		for (; size >= WORD_SIZE && *(const word_t *)p == *(const word_t *)q; size -= WORD_SIZE) {
			p += WORD_SIZE;
			q += WORD_SIZE;
			keep_loop();
		}
	}
	for (; size > 0; size--, p++, q++) {
		if (*p != *q)
			return *p - *q;
		keep_loop();
	}
	return 0;
}

void *memchr(const void *in, int byte, size_t size)
{
	const unsigned char *p = in;

	for (; size > 0; size--, p++) {
		if (*p == (unsigned char)byte)
			return (void *)p;
		keep_loop();
	}
	return NULL;
}

size_t strlen(const char *string)
{
	size_t length = 0;

	while (string[length] != '\0') {
		length++;
		keep_loop();
	}
	return length;
}

size_t strnlen(const char *string, size_t max)
{
	size_t length = 0;

	while (length < max && string[length] != '\0') {
		length++;
		keep_loop();
	}
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			break;
		keep_loop();
	}
	return 0;
}

/* The terminating NUL counts as a part of the string, for this and for strrchr(). */
char *strchr(const char *string, int c)
{
	for (; *string != (char)c; string++) {
		if (*string == '\0')
			return NULL;
		keep_loop();
	}
	return (char *)string;
}

char *strrchr(const char *string, int c)
{
	const char *last = NULL;

	for (;; string++) {
		if (*string == (char)c)
			last = string;
		if (*string == '\0')
			return (char *)last;
		keep_loop();
	}
}

char *strstr(const char *haystack, const char *needle)
{
	size_t length = strlen(needle);

	for (;; haystack++) {
		if (strncmp(haystack, needle, length) == 0)
			return (char *)haystack;
		if (*haystack == '\0')
			return NULL;
	}
}

size_t strlcpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t length = strlen(from);

	if (size != 0) {
		size_t copied = length < size ? length : size - 1;

		memcpy(to, from, copied);
		to[copied] = '\0';
	}
	return length;
}
