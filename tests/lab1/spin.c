// SPDX-License-Identifier: MIT
/*
 * spin.c - a hypervisor that hangs, for endless.sh: its recording ends with the time limit.
 *
 * Before that it writes to memory in the ways in which A64 can, for "hv who-wrote".
 */
#include "arch/types.h"

int main(void);

/* DC ZVA's block has 64 bytes on all CPUs of QEMU's. */
uint64_t words[32] __attribute__((aligned(64)));
uint64_t turns;

static void write_words(void)
{
	asm volatile(
		"mov	x9, #7\n\t"
		"stp	x9, x9, [%0]\n\t"		/* 0, 1 */
		"str	x9, [%0, #16]\n\t"		/* 2 */
		"strb	w9, [%0, #23]\n\t"		/* its last byte */
		"add	x10, %0, #24\n"
	"1:	ldxr	x11, [x10]\n\t"			/* 3 */
		"stxr	w12, x9, [x10]\n\t"
		"cbnz	w12, 1b\n\t"
		"add	x10, %0, #136\n\t"		/* 17, in the block from 16 on */
		"dc	zva, x10\n\t"
		"str	x9, [%0, #184]\n\t"		/* 23, in that block */
		:: "r"(words) : "x9", "x10", "x11", "x12", "memory");
}

int main(void)
{
	write_words();
	for (;;)
		asm volatile("str %1, %0" : "=m"(turns) : "r"(turns + 1));
}
