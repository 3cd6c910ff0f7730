/* SPDX-License-Identifier: MIT */
/*
 * string.h - what target code gets by #include <string.h>. See common/lib/string.c.
 *
 * The meaning of each function is the C standard's (strnlen and strlcpy: POSIX.1-2024's).
 * memcpy, memmove, memset and memcmp have to exist whether or not anybody calls them by name: the
 * compiler emits calls to them for struct assignments and initialisers, -ffreestanding or not.
 *
 * This directory is on the include path of target code only. A native unit test includes this file
 * by its whole name, and then finds the functions beside libc's, as el2_memcpy and so on.
 */
#ifndef LIB_FREESTANDING_STRING_H
#define LIB_FREESTANDING_STRING_H

#include "arch/types.h"

#if __STDC_HOSTED__
#define memcpy		el2_memcpy
#define memmove		el2_memmove
#define memset		el2_memset
#define memcmp		el2_memcmp
#define memchr		el2_memchr
#define strlen		el2_strlen
#define strnlen		el2_strnlen
#define strcmp		el2_strcmp
#define strncmp		el2_strncmp
#define strchr		el2_strchr
#define strrchr		el2_strrchr
#define strstr		el2_strstr
#define strlcpy		el2_strlcpy
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int byte, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *string, int c);
char *strrchr(const char *string, int c);
char *strstr(const char *haystack, const char *needle);

/*
 * strlcpy - copy a string into a buffer of a known size.
 * @size: of the buffer, in bytes; unless it is 0, the result ends with a NUL
 *
 * Return: the length of @from. The copy was cut if this is @size or more.
 */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size);

#endif
