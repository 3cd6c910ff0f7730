/* SPDX-License-Identifier: MIT */
/*
 * smc_call.S - void smc_call_all(uint64_t x[18])
 *
 * A function of its own: then the compiler takes x0 to x17 for changed, as after any call (AAPCS64), and
 * there is no list of clobbered registers that could be too short.
 */
	.text
	.globl	smc_call_all
	.type	smc_call_all, %function
smc_call_all:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x0
	ldp	x16, x17, [x19, #8 * 16]
	ldp	x14, x15, [x19, #8 * 14]
	ldp	x12, x13, [x19, #8 * 12]
	ldp	x10, x11, [x19, #8 * 10]
	ldp	x8, x9, [x19, #8 * 8]
	ldp	x6, x7, [x19, #8 * 6]
	ldp	x4, x5, [x19, #8 * 4]
	ldp	x2, x3, [x19, #8 * 2]
	ldp	x0, x1, [x19]
	smc	#0
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #8 * 2]
	stp	x4, x5, [x19, #8 * 4]
	stp	x6, x7, [x19, #8 * 6]
	stp	x8, x9, [x19, #8 * 8]
	stp	x10, x11, [x19, #8 * 10]
	stp	x12, x13, [x19, #8 * 12]
	stp	x14, x15, [x19, #8 * 14]
	stp	x16, x17, [x19, #8 * 16]
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size	smc_call_all, . - smc_call_all
