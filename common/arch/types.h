/* SPDX-License-Identifier: MIT */
/*
 * types.h - the types and the compiler's words that all of the course is written in.
 *
 * Everything here comes from the compiler's own freestanding headers, so it is the same in the
 * hypervisor's image and in the unit tests that run on the build machine.
 */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

#ifndef __ASSEMBLER__

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef static_assert
#define static_assert		_Static_assert	/* <assert.h> is no freestanding header */
#endif

/* Checked where the layout matters outside C: in assembly, in a table that hardware walks. */
#define ASSERT_SIZE(type, size)							\
	static_assert(sizeof(type) == (size), #type " must have " #size " bytes")
#define ASSERT_OFFSET(type, member, offset)					\
	static_assert(offsetof(type, member) == (offset),			\
		      #type "." #member " must be at " #offset)

#define container_of(pointer, type, member)					\
	((type *)((char *)(pointer) - offsetof(type, member)))

#define __noreturn		__attribute__((noreturn))
#define likely(condition)	__builtin_expect(!!(condition), 1)

#define __noinline		__attribute__((noinline))
#define __packed		__attribute__((packed))
#define __aligned(bytes)	__attribute__((aligned(bytes)))
#define __section(name)		__attribute__((section(name)))
#define __maybe_unused		__attribute__((unused))
#define __must_check		__attribute__((warn_unused_result))

/* Lets the compiler hold a format string against its arguments (positions count from 1). */
#define __printf_like(fmt, first_argument)					\
	__attribute__((__format__(__printf__, fmt, first_argument)))

/* What the code relies on. Both the target and the build machine have to be LP64. */
static_assert(sizeof(void *) == 8 && sizeof(long) == 8 && sizeof(int) == 4, "LP64 only");
static_assert((-1 >> 1) == -1, "a right shift of a signed number must keep its sign");

#endif
#endif
