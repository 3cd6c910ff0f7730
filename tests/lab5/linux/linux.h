/* SPDX-License-Identifier: MIT */
/*
 * linux.h - Linux's system calls on AArch64, those that init.c needs.
 *
 * There is no C library for the target, and none is wanted: a call is `svc #0` with its number in x8,
 * the arguments in x0 to x5, and the answer, or an error as a small negative number, in x0. What each
 * does is in section 2 of the manual pages; the numbers are from Linux's asm-generic/unistd.h.
 */
#ifndef TESTS_LAB5_LINUX_H
#define TESTS_LAB5_LINUX_H

#include "arch/types.h"

enum system_call {
	SYS_ioctl = 29,
	SYS_mount = 40,
	SYS_openat = 56,
	SYS_close = 57,
	SYS_pipe2 = 59,
	SYS_read = 63,
	SYS_write = 64,
	SYS_exit = 93,
	SYS_nanosleep = 101,
	SYS_clock_gettime = 113,
	SYS_sched_setaffinity = 122,
	SYS_sched_getaffinity = 123,
	SYS_reboot = 142,
	SYS_getcpu = 168,
	SYS_clone = 220,
	SYS_mmap = 222,
	SYS_wait4 = 260,
};

#define O_RDONLY	0
#define O_WRONLY	1
#define O_RDWR		2
#define AT_FDCWD	(-100)
#define SIGCHLD		17
#define PROT_READ	1
#define PROT_WRITE	2
#define MAP_SHARED	0x01
#define MAP_ANONYMOUS	0x20
#define CLOCK_MONOTONIC	1
#define TCSBRK		0x5409			/* with argument 1: wait until all output is out */

#define REBOOT_MAGIC1	0xfee1dead
#define REBOOT_MAGIC2	0x28121969
#define REBOOT_RESTART	0x01234567
#define REBOOT_POWEROFF	0x4321fedc

struct timespec {
	int64_t seconds, nanoseconds;
};

static inline long system_call(enum system_call number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = 0;

	__asm__ volatile("svc #0"
			 : "+r" (x0)
			 : "r" (x8), "r" (x1), "r" (x2), "r" (x3), "r" (x4), "r" (x5)
			 : "memory");
	return x0;
}

/* linux_call(name, arguments...): up to five, numbers or pointers; what is left out is 0. */
#define linux_call(...)		LINUX_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define LINUX_CALL(name, a, b, c, d, e, ...) \
	system_call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#endif
