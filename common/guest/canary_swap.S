/* SPDX-License-Identifier: MIT */
/* canary_swap.S - see canary.h: a pattern into the registers, an exit, and what the registers hold then. */
#include "guest/x_registers.h"
#include "guest/canary.h"
#include "guest/guest.h"

	.arch	armv8-a+fp+simd
	.text

	/* LDP or STP of V0 to V31, all 128 bits of each. */
	.macro	each_q instruction, base
	\instruction	q0, q1, [\base, #CANARY_V + 16 * 0]
	\instruction	q2, q3, [\base, #CANARY_V + 16 * 2]
	\instruction	q4, q5, [\base, #CANARY_V + 16 * 4]
	\instruction	q6, q7, [\base, #CANARY_V + 16 * 6]
	\instruction	q8, q9, [\base, #CANARY_V + 16 * 8]
	\instruction	q10, q11, [\base, #CANARY_V + 16 * 10]
	\instruction	q12, q13, [\base, #CANARY_V + 16 * 12]
	\instruction	q14, q15, [\base, #CANARY_V + 16 * 14]
	\instruction	q16, q17, [\base, #CANARY_V + 16 * 16]
	\instruction	q18, q19, [\base, #CANARY_V + 16 * 18]
	\instruction	q20, q21, [\base, #CANARY_V + 16 * 20]
	\instruction	q22, q23, [\base, #CANARY_V + 16 * 22]
	\instruction	q24, q25, [\base, #CANARY_V + 16 * 24]
	\instruction	q26, q27, [\base, #CANARY_V + 16 * 26]
	\instruction	q28, q29, [\base, #CANARY_V + 16 * 28]
	\instruction	q30, q31, [\base, #CANARY_V + 16 * 30]
	.endm

	/* x0: in, x1: out. The caller's registers and "out" wait on the stack. */
	.macro	canary_enter fp
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x1, [sp, #96]
	.if	\fp
	each_q	ldp, x0
	ldr	x2, [x0, #CANARY_FPCR]
	msr	FPCR, x2
	ldr	x2, [x0, #CANARY_FPSR]
	msr	FPSR, x2
	.endif
	ldr	x2, [x0, #CANARY_SP_EL0]
	msr	SP_EL0, x2
	ldr	x2, [x0, #CANARY_NZCV]
	msr	NZCV, x2
	x1_to_x30 ldp
	ldr	x0, [x0]
	.endm

	/* What the registers hold now, to "out"; and back to the caller. */
	.macro	canary_leave fp
	str	x0, [sp, #104]
	ldr	x0, [sp, #96]
	x1_to_x30 stp
	ldr	x1, [sp, #104]
	str	x1, [x0]
	mrs	x1, NZCV
	str	x1, [x0, #CANARY_NZCV]
	mrs	x1, SP_EL0
	str	x1, [x0, #CANARY_SP_EL0]
	.if	\fp
	each_q	stp, x0
	mrs	x1, FPCR
	str	x1, [x0, #CANARY_FPCR]
	mrs	x1, FPSR
	str	x1, [x0, #CANARY_FPSR]
	.endif
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.endm

	.globl	canary_hvc
	.type	canary_hvc, %function
canary_hvc:
	canary_enter 1
	hvc	#HVC_YIELD
	canary_leave 1

	.globl	canary_gpr
	.type	canary_gpr, %function
canary_gpr:
	canary_enter 0
	hvc	#HVC_YIELD
	canary_leave 0
