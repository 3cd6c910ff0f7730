/* SPDX-License-Identifier: MIT */
/*
 * start.S - a guest's first instructions, at EL1.
 *
 * The boot CPU's way: a stack, zeroes in .bss, vectors that report what the guest did not expect of
 * itself, FP allowed, and C.
 */
#include "arch/sysreg_fields.h"
#include "guest/guest.h"

	.cfi_sections .debug_frame
	.section .text.start, "ax"
	.globl	guest_start
guest_start:
	/* For GDB: nobody has called this, so a backtrace ends here. */
	.cfi_startproc
	.cfi_undefined x30
	mov	x19, x0
	ldr	x1, =guest_stack_top
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr

	ldr	x1, =__bss_start
	ldr	x2, =__bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b

2:	ldr	x1, =guest_vectors
	msr	VBAR_EL1, x1
	mov	x1, #(3 << 20)			/* CPACR_EL1.FPEN: FP does not trap to EL1 */
	msr	CPACR_EL1, x1
	isb

	mov	x0, x19
	bl	guest_main
	mov	x0, xzr
3:	hvc	#HVC_DONE
	b	3b
	.cfi_endproc

/*
 * An exception in the guest itself: tell the host which (x0 = vector, x1 = ESR, x2 = ELR, x3 = FAR),
 * and stop. A guest that expects some has vectors of its own.
 */
	.globl	guest_vectors
	.balign	2048
guest_vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	mov	x0, #(0xb00 + \number)
	b	unexpected
	.endr
	.balign	128
unexpected:
	mrs	x1, ESR_EL1
	mrs	x2, ELR_EL1
	mrs	x3, FAR_EL1
1:	hvc	#HVC_DONE
	b	1b

	.bss
	.balign	16
	.space	16384
guest_stack_top:
