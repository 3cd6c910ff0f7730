/* SPDX-License-Identifier: MIT */
/*
 * canary_swap.S - all registers of struct swap into the CPU, an exit, and what they hold then.
 *
 *	void swap_hvc(const struct swap *in, struct swap *out);
 *	(and swap_smc, _wfi, _read, _write, _spin)
 *
 * In this state no register is left that points anywhere, but for SP_EL1: its pattern is a place in
 * "scratch", of which any will do. (If it does not come back, then what is read is another place's.)
 */
#include "guest/x_registers.h"
#include "guest/guest.h"
#include "guests/canary.h"

	.arch	armv8-a+fp+simd
	.text

	.macro	swap name, instructions:vararg
	.globl	swap_\name
	.type	swap_\name, %function
swap_\name:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	ldr	x2, =back
	mov	x3, sp
	stp	x1, x3, [x2]

	ldr	x2, [x0, #SWAP_SP_EL0]
	msr	SP_EL0, x2
	ldr	x2, [x0, #SWAP_SP_EL1]
	mov	sp, x2
	ldr	x2, [x0, #SWAP_NZCV]
	msr	NZCV, x2
	ldr	x2, [x0, #SWAP_DAIF]
	msr	DAIF, x2
	x1_to_x30 ldp
	ldr	x0, [x0]

	\instructions

	str	x0, [sp]
	ldr	x0, =back
	ldr	x0, [x0]
	x1_to_x30 stp
	ldr	x1, [sp]
	str	x1, [x0]
	mrs	x1, SP_EL0
	str	x1, [x0, #SWAP_SP_EL0]
	mov	x1, sp
	str	x1, [x0, #SWAP_SP_EL1]
	mrs	x1, NZCV
	str	x1, [x0, #SWAP_NZCV]
	mrs	x1, DAIF
	str	x1, [x0, #SWAP_DAIF]
	msr	DAIFSet, #15

	ldr	x2, =back
	ldr	x2, [x2, #8]
	mov	sp, x2
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
	.size	swap_\name, . - swap_\name
	.ltorg
	.endm

	.macro	spin
	.rept	3000
	nop
	.endr
	.endm

	swap hvc, hvc #HVC_YIELD
	swap smc, smc #0
	swap wfi, wfi
	swap read, ldr x7, [x6]
	swap write, str x7, [x6]
	swap spin, spin

	.macro	each_q instruction
	\instruction	q0, q1, [x0]
	\instruction	q2, q3, [x0, #32]
	\instruction	q4, q5, [x0, #64]
	\instruction	q6, q7, [x0, #96]
	\instruction	q8, q9, [x0, #128]
	\instruction	q10, q11, [x0, #160]
	\instruction	q12, q13, [x0, #192]
	\instruction	q14, q15, [x0, #224]
	\instruction	q16, q17, [x0, #256]
	\instruction	q18, q19, [x0, #288]
	\instruction	q20, q21, [x0, #320]
	\instruction	q22, q23, [x0, #352]
	\instruction	q24, q25, [x0, #384]
	\instruction	q26, q27, [x0, #416]
	\instruction	q28, q29, [x0, #448]
	\instruction	q30, q31, [x0, #480]
	.endm

/* void canary_fp_load(const struct canary_fp *), canary_fp_store(struct canary_fp *) */
	.globl	canary_fp_load
	.type	canary_fp_load, %function
canary_fp_load:
	each_q	ldp
	ldr	x1, [x0, #FP_FPSR]
	msr	FPSR, x1
	ldr	x1, [x0, #FP_FPCR]
	msr	FPCR, x1
	ret
	.size	canary_fp_load, . - canary_fp_load

	.globl	canary_fp_store
	.type	canary_fp_store, %function
canary_fp_store:
	each_q	stp
	mrs	x1, FPSR
	str	x1, [x0, #FP_FPSR]
	mrs	x1, FPCR
	str	x1, [x0, #FP_FPCR]
	ret
	.size	canary_fp_store, . - canary_fp_store

	.bss
	.balign	16
back:	.space	16			/* "out", and the C caller's SP */
	.section .note.GNU-stack, "", %progbits
