/* SPDX-License-Identifier: MIT */
/* exception.S - see exception.h. */
#include "arch/sysreg_fields.h"
#include "guest/exception.h"

	.cfi_sections .debug_frame
	.text

	/* void guest_on_exception(guest_handler handler) */
	.globl	guest_on_exception
	.type	guest_on_exception, %function
guest_on_exception:
	ldr	x1, =handler
	str	x0, [x1]
	ldr	x1, =vectors
	msr	VBAR_EL1, x1
	isb
	ret
	.size	guest_on_exception, . - guest_on_exception

	/*
	 * Each slot saves two registers and says which it is. An exception from EL1 with SP_EL0 comes here
	 * with SP_EL1, which is the stack as well.
	 */
	.balign	2048
vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	sub	sp, sp, #GUEST_FRAME_SIZE
	stp	x0, x1, [sp, #GUEST_FRAME_X]
	mov	x1, #\number
	b	common
	.endr
	.balign	128

common:
	stp	x2, x3, [sp, #GUEST_FRAME_X + 8 * 2]
	stp	x4, x5, [sp, #GUEST_FRAME_X + 8 * 4]
	stp	x6, x7, [sp, #GUEST_FRAME_X + 8 * 6]
	stp	x8, x9, [sp, #GUEST_FRAME_X + 8 * 8]
	stp	x10, x11, [sp, #GUEST_FRAME_X + 8 * 10]
	stp	x12, x13, [sp, #GUEST_FRAME_X + 8 * 12]
	stp	x14, x15, [sp, #GUEST_FRAME_X + 8 * 14]
	stp	x16, x17, [sp, #GUEST_FRAME_X + 8 * 16]
	stp	x18, x19, [sp, #GUEST_FRAME_X + 8 * 18]
	stp	x20, x21, [sp, #GUEST_FRAME_X + 8 * 20]
	stp	x22, x23, [sp, #GUEST_FRAME_X + 8 * 22]
	stp	x24, x25, [sp, #GUEST_FRAME_X + 8 * 24]
	stp	x26, x27, [sp, #GUEST_FRAME_X + 8 * 26]
	stp	x28, x29, [sp, #GUEST_FRAME_X + 8 * 28]
	mrs	x2, ELR_EL1
	mrs	x3, SPSR_EL1
	stp	x30, x2, [sp, #GUEST_FRAME_X + 8 * 30]	/* and ELR, which lies behind it */
	str	x3, [sp, #GUEST_FRAME_SPSR]

	/* The end of a call to EL0: back to its caller, with x0 as it is. */
	cmp	x1, #GUEST_FROM_EL0 + GUEST_SYNC
	b.ne	1f
	mrs	x2, ESR_EL1
	ldr	x3, =0x56000000				/* SVC from AArch64, 32-bit instruction, #0 */
	cmp	x2, x3
	b.eq	back_from_el0

1:	mov	x0, sp
	ldr	x2, =handler
	ldr	x2, [x2]
	blr	x2

	ldp	x30, x2, [sp, #GUEST_FRAME_X + 8 * 30]
	ldr	x3, [sp, #GUEST_FRAME_SPSR]
	msr	ELR_EL1, x2
	msr	SPSR_EL1, x3
	ldp	x28, x29, [sp, #GUEST_FRAME_X + 8 * 28]
	ldp	x26, x27, [sp, #GUEST_FRAME_X + 8 * 26]
	ldp	x24, x25, [sp, #GUEST_FRAME_X + 8 * 24]
	ldp	x22, x23, [sp, #GUEST_FRAME_X + 8 * 22]
	ldp	x20, x21, [sp, #GUEST_FRAME_X + 8 * 20]
	ldp	x18, x19, [sp, #GUEST_FRAME_X + 8 * 18]
	ldp	x16, x17, [sp, #GUEST_FRAME_X + 8 * 16]
	ldp	x14, x15, [sp, #GUEST_FRAME_X + 8 * 14]
	ldp	x12, x13, [sp, #GUEST_FRAME_X + 8 * 12]
	ldp	x10, x11, [sp, #GUEST_FRAME_X + 8 * 10]
	ldp	x8, x9, [sp, #GUEST_FRAME_X + 8 * 8]
	ldp	x6, x7, [sp, #GUEST_FRAME_X + 8 * 6]
	ldp	x4, x5, [sp, #GUEST_FRAME_X + 8 * 4]
	ldp	x2, x3, [sp, #GUEST_FRAME_X + 8 * 2]
	ldp	x0, x1, [sp, #GUEST_FRAME_X]
	add	sp, sp, #GUEST_FRAME_SIZE
	eret

	/* uint64_t guest_call_el0(void (*function)(uint64_t), uint64_t argument) */
	.globl	guest_call_el0
	.type	guest_call_el0, %function
guest_call_el0:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x2, DAIF
	str	x2, [sp, #96]
	ldr	x2, =el0_stack_top
	msr	SP_EL0, x2
	msr	ELR_EL1, x0
	mov	x2, #SPSR_M_EL0T
	msr	SPSR_EL1, x2
	mov	x0, x1
	eret

back_from_el0:
	ldr	x0, [sp, #GUEST_FRAME_X]
	add	sp, sp, #GUEST_FRAME_SIZE
	ldr	x1, [sp, #96]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	msr	DAIF, x1
	ret
	.size	guest_call_el0, . - guest_call_el0

	.bss
	.balign	16
handler:
	.space	16
	.space	8192
el0_stack_top:
