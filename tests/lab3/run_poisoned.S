/* SPDX-License-Identifier: MIT */
/*
 * run_poisoned.S - vcpu_run() from a caller with known values in all registers.
 *
 *	uint64_t run_poisoned(struct vcpu *vcpu, struct caller *caller);
 *
 * After vcpu_run() nothing is taken for granted, SP neither: the way back is by MPIDR_EL1, to an
 * array with one pointer for each CPU.
 */
	.set	IN, 0			/* x19 to x29 before, 11 words; DAIF */
	.set	IN_DAIF, 88
	.set	SP_BEFORE, 96
	.set	OUT, 104		/* x19 to x29 after, 11 words; DAIF, SP */
	.set	OUT_DAIF, 192
	.set	SP_AFTER, 200

	.text
	.globl	run_poisoned
	.type	run_poisoned, %function
run_poisoned:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]

	ldr	x2, =callers
	mrs	x3, MPIDR_EL1
	and	x3, x3, #7
	str	x1, [x2, x3, lsl #3]
	mov	x2, sp
	str	x2, [x1, #SP_BEFORE]

	ldp	x19, x20, [x1, #IN]
	ldp	x21, x22, [x1, #IN + 16]
	ldp	x23, x24, [x1, #IN + 32]
	ldp	x25, x26, [x1, #IN + 48]
	ldp	x27, x28, [x1, #IN + 64]
	ldr	x29, [x1, #IN + 80]
	ldr	x2, [x1, #IN_DAIF]
	msr	DAIF, x2
	/* What a caller need not keep has odd values, too: each its own. */
	ldr	x1, =0xdead000100010001
	mov	x2, x1
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	add	x\n, x1, #\n
	.endr
	msr	NZCV, x18
	bl	vcpu_run

	mrs	x16, DAIF
	msr	DAIFSet, #15
	ldr	x1, =callers
	mrs	x2, MPIDR_EL1
	and	x2, x2, #7
	ldr	x1, [x1, x2, lsl #3]
	str	x16, [x1, #OUT_DAIF]
	stp	x19, x20, [x1, #OUT]
	stp	x21, x22, [x1, #OUT + 16]
	stp	x23, x24, [x1, #OUT + 32]
	stp	x25, x26, [x1, #OUT + 48]
	stp	x27, x28, [x1, #OUT + 64]
	str	x29, [x1, #OUT + 80]
	mov	x2, sp
	str	x2, [x1, #SP_AFTER]
	ldr	x2, [x1, #SP_BEFORE]
	mov	sp, x2

	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
	.size	run_poisoned, . - run_poisoned
	.ltorg

	.bss
	.balign	8
callers: .space	64
	.section .note.GNU-stack, "", %progbits
