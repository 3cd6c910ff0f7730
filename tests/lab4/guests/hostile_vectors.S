/* SPDX-License-Identifier: MIT */
/* hostile_vectors.S - from one step to the next: see hostile.h. */
#include "guest/x_registers.h"
#include "arch/sysreg_fields.h"
#include "hostile.h"
#include "hostile_stubs.h"

	.arch	armv8-a+fp+simd
	.cfi_sections .debug_frame
	.text

	/* Nothing is saved: what the registers hold was random, and will be again. */
	.globl	hostile_vectors
	.balign	2048
hostile_vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	mov	x0, #\number
	b	again
	.endr
	.balign	128

again:
	/* EL1's data may be big-endian: no byte of it is looked at before that is mended. */
	mrs	x1, SCTLR_EL1
	tst	x1, #(1 << 25)
	b.eq	1f
	mov	x1, #0x0800
	movk	x1, #0x30d0, lsl #16
	msr	SCTLR_EL1, x1
	isb
1:	mrs	x1, MPIDR_EL1
	and	x1, x1, #1
	ldr	x2, =HOSTILE_WORLD(0)
	add	x1, x2, x1, lsl #WORLD_SHIFT
	add	sp, x1, #WORLD_STACK_TOP
	b	hostile_step

	/* void hostile_go(const struct hostile_launch *launch): does not come back. */
	.globl	hostile_go
	.type	hostile_go, %function
hostile_go:
	ldr	x1, [x0, #LAUNCH_SP]
	mov	sp, x1
	ldr	x1, [x0, #LAUNCH_SP_EL0]
	msr	SP_EL0, x1
	ldr	x1, [x0, #LAUNCH_ELR]
	msr	ELR_EL1, x1
	ldr	x1, [x0, #LAUNCH_SPSR]
	msr	SPSR_EL1, x1
	x1_to_x30 ldp
	ldr	x0, [x0]
	eret
	.size	hostile_go, . - hostile_go

	/* Each size, read and written, at one address: those that are refused end it. */
	.globl	hostile_sweep
hostile_sweep:
	ldrb	w2, [x1]
	ldrh	w3, [x1]
	ldr	w4, [x1]
	ldr	x5, [x1]
	strb	w6, [x1]
	strh	w7, [x1]
	str	w8, [x1]
	str	x9, [x1]
	ldrsb	x10, [x1]
	ldp	w11, w12, [x1]
	svc	#STUB_END

	.macro	stub instruction:vararg
	.balign	STUB_SIZE
	\instruction
	svc	#STUB_END
	b	.
	.endm
#define STUB_CODE(name, ...)	stub __VA_ARGS__ ;
	.globl	hostile_stubs
	.balign	STUB_SIZE
hostile_stubs:
	STUBS(STUB_CODE)
