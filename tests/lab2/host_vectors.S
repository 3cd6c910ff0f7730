/* SPDX-License-Identifier: MIT */
/*
 * host_vectors.S - the vectors of a host that takes IRQs at EL2 itself, before lab 2's layer is
 * enabled and after it is disabled (pending.c).
 */
#include "vector_macros.h"

	.section .vectors, "ax"
	.balign	2048
	.globl	host_vectors
	.type	host_vectors, %function
host_vectors:
	.irp	number, 0, 1, 2, 3, 4
	vector_slot el2_vector_\number
	.endr
	vector_slot host_irq_vector
	.irp	number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector_slot el2_vector_\number
	.endr
	.balign	128
	.size	host_vectors, . - host_vectors

	.text
	.type	host_irq_vector, %function
host_irq_vector:
	exception_stub 5, host_irq
	.size	host_irq_vector, . - host_irq_vector
