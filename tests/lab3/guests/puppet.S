/* SPDX-License-Identifier: MIT */
/*
 * puppet.S - a guest that does what the host tells it: one instruction at a time.
 *
 * It waits in HVC #HVC_PUPPET. The host puts an instruction into x0, and into x1 and x2 what the
 * instruction shall find in x0 and x1. The guest executes it, and waits again, with
 *
 *   x0  as the instruction left it
 *   x1  ESR_EL1, if it took an exception to EL1; else 0
 *   x2  FAR_EL1 of that
 *   x3  how many interrupts were taken so far, x4 the INTID of the last
 *
 * No stack, no memory but the instruction itself.
 */
#include "guest/guest.h"
#include "guests/puppet.h"

	.text
	.globl	guest_main
	.type	guest_main, %function
guest_main:
	ldr	x9, =puppet_vectors
	msr	VBAR_EL1, x9
	mov	x12, xzr
	mov	x13, xzr
	isb
1:	hvc	#HVC_PUPPET
	ldr	x9, =slot
	str	w0, [x9]
	dc	cvau, x9
	dsb	ish
	ic	ivau, x9
	dsb	ish
	mov	x0, x1
	mov	x1, x2
	mov	x10, xzr
	mov	x11, xzr
	isb
slot:	nop
	isb
	mov	x1, x10
	mov	x2, x11
	mov	x3, x12
	mov	x4, x13
	b	1b
	.size	guest_main, . - guest_main
	.ltorg

	.balign	2048
puppet_vectors:
	.rept	4
	.balign	128			/* synchronous */
	mrs	x10, ESR_EL1
	mrs	x11, FAR_EL1
	mrs	x14, ELR_EL1
	add	x14, x14, #4
	msr	ELR_EL1, x14
	eret
	.balign	128			/* IRQ */
	mrs	x13, S3_0_C12_C12_0	/* ICC_IAR1_EL1 */
	msr	S3_0_C12_C12_1, x13	/* ICC_EOIR1_EL1 */
	add	x12, x12, #1
	eret
	.balign	128			/* FIQ */
	b	.
	.balign	128			/* SError */
	b	.
	.endr
	.section .note.GNU-stack, "", %progbits
