/* SPDX-License-Identifier: MIT */
/*
 * vector_macros.h - how a vector saves its state, for lab 1's table and for those of later labs.
 *
 * A vector has 128 bytes. One that holds a single branch cannot outgrow them: the work is done in
 * a stub elsewhere, one for each vector, so that each knows its own number.
 */
#ifndef LAB1_VECTOR_MACROS_H
#define LAB1_VECTOR_MACROS_H

#include "arch/layout.h"
#include "exception.h"
#include "frame_offsets.h"

/* One slot of a vector table. */
	.macro	vector_slot target
	.balign	128
	b	\target
	.endm

/*
 * exception_stub number, handler - save a struct el2_frame on the stack, call handler(frame), and
 * return from the exception when it returns.
 *
 * First of all: is there a stack? The hypervisor may be here because it has run off its stack, and
 * to push a frame there would fault again, for ever. A good SP is a multiple of 16, is among the
 * stacks (arch/layout.h), and has bit 14 set, which in the guard page below a stack is 0. To test
 * this takes a general-purpose register, and none is free: so x0 and SP trade places by sums and
 * differences, without memory. (The flags are free: those of the interrupted code are in SPSR_EL2.)
 */
	.macro	exception_stub number, handler
	sub	sp, sp, #FRAME_SIZE
	add	sp, sp, x0			/* SP = sp + x0 */
	sub	x0, sp, x0			/* x0 = sp */
	eor	x0, x0, #STACKS_BASE
	tst	x0, #~(((1 << STACKS_SHIFT) - 1) & ~15)
	eor	x0, x0, #STACKS_BASE
	b.ne	1f
	tbz	x0, #STACK_SHIFT, 1f
	sub	x0, sp, x0			/* x0 is itself again, */
	sub	sp, sp, x0			/* and so is SP */
	stp	x0, x1, [sp, #FRAME_X]
	add	x0, sp, #FRAME_SIZE
	mov	x1, #STACK_STATE_GOOD
	b	2f
1:	switch_to_overflow_stack
	mov	x1, #STACK_STATE_BAD
2:	str	x0, [sp, #FRAME_SP]		/* SP as it was before the exception */
	mov	x0, #\number
	stp	x0, x1, [sp, #FRAME_VECTOR]
	adr	x0, \handler
	b	el2_save_and_call
	.endm

/*
 * The bad end of the above. In: x0 is the SP that is no stack, less FRAME_SIZE; SP is x0 plus that.
 * Out: SP is the CPU's overflow stack with x0 and x1 saved in a new frame, and x0 the bad SP.
 *
 * SP_EL0 is used as a scratch register: there is no way back from here, so its value is not missed.
 */
	.macro	switch_to_overflow_stack
	sub	sp, sp, x0			/* SP keeps x0 for us */
	msr	SP_EL0, x0
	eor	x0, x0, #STACKS_BASE
	lsr	x0, x0, #STACKS_SHIFT		/* 0 if it points among the stacks */
	cbnz	x0, 3f
	mrs	x0, SP_EL0
	and	x0, x0, #~(STACK_BLOCK_SIZE - 1)
	add	x0, x0, #OVERFLOW_STACK_TOP
	b	4f
3:	ldr	x0, =emergency_stack_top	/* it points anywhere: there is one stack for that */
4:	add	sp, sp, x0			/* exchange x0 and SP */
	sub	x0, sp, x0
	sub	sp, sp, x0
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #FRAME_X]
	mrs	x0, SP_EL0
	add	x0, x0, #FRAME_SIZE
	.endm

#endif
