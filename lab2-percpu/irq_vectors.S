/* SPDX-License-Identifier: MIT */
/*
 * irq_vectors.S - lab 1's vectors, with one of the sixteen replaced: an IRQ that interrupts the
 * hypervisor itself. Nothing runs below EL2 yet, so all others are still a reason to panic.
 */
#include "vector_macros.h"

#define IRQ_VECTOR	5	/* VECTOR(VECTOR_CURRENT_SPX, VECTOR_IRQ) */

	.section .vectors, "ax"
	.balign	2048
	.globl	percpu_vectors
	.type	percpu_vectors, %function
percpu_vectors:
	.irp	number, 0, 1, 2, 3, 4
	vector_slot el2_vector_\number
	.endr
	vector_slot percpu_irq_vector
	.irp	number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector_slot el2_vector_\number
	.endr
	.balign	128
	.size	percpu_vectors, . - percpu_vectors

	.text
	.globl	percpu_irq_vector
	.type	percpu_irq_vector, %function
percpu_irq_vector:
	exception_stub IRQ_VECTOR, percpu_irq
	.size	percpu_irq_vector, . - percpu_irq_vector
