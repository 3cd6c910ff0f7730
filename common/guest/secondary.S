/* SPDX-License-Identifier: MIT */
/* secondary.S - the first instructions of a guest's other CPUs (smp.h). x0: its struct guest_secondary. */
#include "arch/sysreg_fields.h"
#include "guest/smp.h"

	.cfi_sections .debug_frame
	.text
	.globl	guest_secondary_entry
	.type	guest_secondary_entry, %function
guest_secondary_entry:
	.cfi_startproc
	.cfi_undefined x30
	/* The stacks are in .bss: nothing has to be cleared before they are used. */
	mrs	x1, MPIDR_EL1
	and	x1, x1, #7
	add	x1, x1, #1
	ldr	x2, =stacks
	add	x2, x2, x1, lsl #GUEST_CPU_STACK_SHIFT
	mov	sp, x2
	mov	x29, xzr
	mov	x30, xzr
	ldr	x1, =guest_vectors
	msr	VBAR_EL1, x1
	mov	x1, #(3 << 20)			/* CPACR_EL1.FPEN */
	msr	CPACR_EL1, x1
	isb
	bl	guest_secondary			/* which does not return */
	.cfi_endproc
	.size	guest_secondary_entry, . - guest_secondary_entry

	.bss
	.balign	16
stacks:
	.space	GUEST_CPUS_MAX << GUEST_CPU_STACK_SHIFT
