/* SPDX-License-Identifier: MIT */
/*
 * vectors.S - the exception vectors of EL2, and saving and restoring around the C handler.
 */
#include "arch/barrier.h"
#include "vector_macros.h"

	.cfi_sections .debug_frame

/*
 * The vector table. VBAR_EL2 points here; its low 11 bits are RES0, so the table is 2 KiB-aligned.
 * Every slot is filled: an exception that nobody expects is the one that needs a report.
 */
	.section .vectors, "ax"
	.balign	2048
	.globl	el2_vectors
	.type	el2_vectors, %function
el2_vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector_slot el2_vector_\number
	.endr
	.balign	128
	.size	el2_vectors, . - el2_vectors

	/* One stub a vector. They are global, so that a later lab's table can use those it does not replace. */
	.text
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.globl	el2_vector_\number
	.type	el2_vector_\number, %function
el2_vector_\number:
	exception_stub \number, el2_exception
	.size	el2_vector_\number, . - el2_vector_\number
	.endr

/*
 * el2_save_and_call - the rest of the frame, then C.
 * In: x0 the handler, SP a frame in which x0, x1, SP, the vector and the stack's state are saved.
 *
 * All of PSTATE.DAIF is set by the exception and stays set until the ERET: nothing can come between
 * ELR_EL2 and SPSR_EL2 being loaded and their use.
 */
	.globl	el2_save_and_call
	.type	el2_save_and_call, %function
el2_save_and_call:
	.cfi_startproc
	.cfi_signal_frame
	stp	x2, x3, [sp, #FRAME_X + 16]
	stp	x4, x5, [sp, #FRAME_X + 32]
	stp	x6, x7, [sp, #FRAME_X + 48]
	stp	x8, x9, [sp, #FRAME_X + 64]
	stp	x10, x11, [sp, #FRAME_X + 80]
	stp	x12, x13, [sp, #FRAME_X + 96]
	stp	x14, x15, [sp, #FRAME_X + 112]
	stp	x16, x17, [sp, #FRAME_X + 128]
	stp	x18, x19, [sp, #FRAME_X + 144]
	stp	x20, x21, [sp, #FRAME_X + 160]
	stp	x22, x23, [sp, #FRAME_X + 176]
	stp	x24, x25, [sp, #FRAME_X + 192]
	stp	x26, x27, [sp, #FRAME_X + 208]
	stp	x28, x29, [sp, #FRAME_X + 224]
	str	x30, [sp, #FRAME_X + 240]
	mrs	x1, ELR_EL2
	mrs	x2, SPSR_EL2
	stp	x1, x2, [sp, #FRAME_ELR]
	mrs	x3, ESR_EL2
	mrs	x4, FAR_EL2
	stp	x3, x4, [sp, #FRAME_ESR]

	/* The frame record: a backtrace goes on in the interrupted code. */
	stp	x29, x1, [sp, #FRAME_RECORD]
	add	x29, sp, #FRAME_RECORD

	/* For GDB: from here on the interrupted code's registers are in the frame. */
	.cfi_def_cfa sp, FRAME_SIZE
	.cfi_return_column 32
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	.cfi_rel_offset \n, FRAME_X + 8 * \n
	.endr
	.cfi_rel_offset 31, FRAME_SP
	.cfi_rel_offset 32, FRAME_ELR

	mov	x1, x0
	mov	x0, sp
	blr	x1

	ldp	x1, x2, [sp, #FRAME_ELR]	/* the handler may have changed them */
	msr	ELR_EL2, x1
	msr	SPSR_EL2, x2
	ldp	x2, x3, [sp, #FRAME_X + 16]
	ldp	x4, x5, [sp, #FRAME_X + 32]
	ldp	x6, x7, [sp, #FRAME_X + 48]
	ldp	x8, x9, [sp, #FRAME_X + 64]
	ldp	x10, x11, [sp, #FRAME_X + 80]
	ldp	x12, x13, [sp, #FRAME_X + 96]
	ldp	x14, x15, [sp, #FRAME_X + 112]
	ldp	x16, x17, [sp, #FRAME_X + 128]
	ldp	x18, x19, [sp, #FRAME_X + 144]
	ldp	x20, x21, [sp, #FRAME_X + 160]
	ldp	x22, x23, [sp, #FRAME_X + 176]
	ldp	x24, x25, [sp, #FRAME_X + 192]
	ldp	x26, x27, [sp, #FRAME_X + 208]
	ldp	x28, x29, [sp, #FRAME_X + 224]
	ldr	x30, [sp, #FRAME_X + 240]
	ldp	x0, x1, [sp, #FRAME_X]
	add	sp, sp, #FRAME_SIZE
	.cfi_def_cfa_offset 0			/* the frame is still there, below SP */
	eret
	speculation_barrier
	.cfi_endproc
	.size	el2_save_and_call, . - el2_save_and_call

	/* For an exception with an SP that points to no stack at all. */
	.bss
	.balign	16
	.space	4096
	.globl	emergency_stack_top
emergency_stack_top:
