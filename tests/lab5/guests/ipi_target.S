/* SPDX-License-Identifier: MIT */
/* ipi_target.S - the vCPU that is interrupted: void ipi_target(volatile uint64_t *taken), for ever. */
	.text
	.globl	ipi_target, ipi_spin, ipi_spin_end
ipi_target:
	mov	x19, x0
	mov	x20, xzr
	msr	DAIFClr, #2
ipi_spin:
	yield					/* QEMU's one thread goes on to the other CPU */
	b	ipi_spin
ipi_spin_end:

	.globl	ipi_vectors, ipi_acknowledged
	.balign	2048
ipi_vectors:
	.space	0x280
	mrs	x2, S3_0_C12_C12_0		/* ICC_IAR1_EL1 */
ipi_acknowledged:
	msr	S3_0_C12_C12_1, x2		/* ICC_EOIR1_EL1 */
	add	x20, x20, #1
	str	x20, [x19]
	eret
	.balign	2048
