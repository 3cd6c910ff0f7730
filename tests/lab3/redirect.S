/* SPDX-License-Identifier: MIT */
/*
 * redirect.S - vector tables by which a guest's HVC arrives at the exit of another vector: so that the way
 * out for FIQ and SError, and those from AArch32, can be walked on a machine that never takes them.
 *
 * redirect_vectors: 8 tables; in table n the slot "synchronous, lower EL, AArch64" goes to slot 8 + n of
 * vcpu_vectors, and each other slot to its own.
 */
	.section .vectors, "ax"
	.balign	2048
	.globl	redirect_vectors
	.type	redirect_vectors, %function
redirect_vectors:
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	.irp	slot, 0, 1, 2, 3, 4, 5, 6, 7
	.balign	128
	b	vcpu_vectors + 0x80 * \slot
	.endr
	.balign	128
	b	vcpu_vectors + 0x80 * \n
	.irp	slot, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	b	vcpu_vectors + 0x80 * \slot
	.endr
	.endr
	.balign	128
	.size	redirect_vectors, . - redirect_vectors
	.section .note.GNU-stack, "", %progbits
