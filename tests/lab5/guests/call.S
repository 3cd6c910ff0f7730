/* SPDX-License-Identifier: MIT */
/* call.S - see call.h. */
#include "guest/x_registers.h"
#include "call.h"

	.text

	/* The caller's registers and "call" wait on the stack; SP is the only one that is not given away. */
	.macro	call name, instruction
	.globl	\name
	.type	\name, %function
\name:
	stp	x29, x30, [sp, #-128]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x1, #1
	stp	xzr, x1, [sp, #104]		/* x0 afterwards; and "lost" */
	x1_to_x30 ldp
	ldr	x0, [x0]
	\instruction #0
	stp	x0, xzr, [sp, #104]
	ldr	x0, [sp, #96]
	x1_to_x30 stp
	ldp	x1, x2, [sp, #104]
	str	x1, [x0]
	str	x2, [x0, #CALL_LOST]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #128
	ret
	.size	\name, . - \name
	.endm

	call	call_hvc, hvc
	call	call_smc, smc
