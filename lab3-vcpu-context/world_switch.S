/* SPDX-License-Identifier: MIT */
/*
 * world_switch.S - into the guest and out of it: the heart of the matter, in one page.
 *
 * While the guest runs, SP_EL2 is the host's stack, as ever: vcpu_run() pushes what a C caller
 * expects to find again, and each exit finds it there. So an exception has a good stack whenever it
 * comes, and the way back to C is a plain return from vcpu_run().
 *
 *   SP_EL2 while the guest runs -> +0    x29, x30   the caller's (a frame record, as everywhere)
 *                                  +16   a place for the guest's x0, empty until the exit
 *                                  +24   DAIF       as the caller had it
 *                                  +32   vcpu       the argument of vcpu_run()
 *                                  +40   x19 - x28  the caller's
 *                                  +120  (padding)
 *
 * x0 to x18 are not the caller's any more after a call (AAPCS64), so they are not kept for it.
 */
#include "arch/barrier.h"
#include "arch/sysreg_fields.h"
#include "vcpu_offsets.h"
#include "vector_macros.h"

#define HOST_X29		0
#define HOST_GUEST_X0		16
#define HOST_DAIF		24
#define HOST_VCPU		32
#define HOST_X19		40
#define HOST_SIZE		128

	.cfi_sections .debug_frame
	.text

/*
 * enum vcpu_exit_kind vcpu_run(struct vcpu *vcpu)
 *
 * In C it is one function that takes long to return. See vcpu.h.
 */
	.globl	vcpu_run
	.type	vcpu_run, %function
vcpu_run:
	.cfi_startproc
	/* Bound to this CPU? Else its system registers are not in here: the guest would use another's. */
	mrs	x1, TPIDR_EL2
	ldr	x1, [x1, #PERCPU_VCPU]
	cmp	x1, x0
	b.ne	vcpu_not_bound

	/*
	 * No interrupt from here to the ERET. One would return by an ERET of its own, with ELR_EL2 and
	 * SPSR_EL2 no longer the guest's. What the caller had masked is put back on exit.
	 */
	mrs	x2, DAIF
	msr	DAIFSet, #DAIF_ALL

	/* vcpu_run_again() comes in here: x0 and x1 are the vCPU, x2 is what DAIF is to be afterwards. */
	.globl	vcpu_enter
	.type	vcpu_enter, %function
vcpu_enter:
	stp	x29, x30, [sp, #-HOST_SIZE]!
	.cfi_adjust_cfa_offset HOST_SIZE
	.cfi_rel_offset x29, HOST_X29
	.cfi_rel_offset x30, HOST_X29 + 8
	stp	x2, x0, [sp, #HOST_DAIF]		/* and the vCPU, at HOST_VCPU */
	stp	x19, x20, [sp, #HOST_X19]
	stp	x21, x22, [sp, #HOST_X19 + 16]
	stp	x23, x24, [sp, #HOST_X19 + 32]
	stp	x25, x26, [sp, #HOST_X19 + 48]
	stp	x27, x28, [sp, #HOST_X19 + 64]
	str	x0, [x0, #VCPU_IN_GUEST]		/* anything but 0 */

	/* x1 is the vCPU, too: so x0 can be loaded first, together with SP_EL0, which lies before it. */
	ldp	x2, x3, [x1, #VCPU_ELR]			/* and SPSR */
	ldp	x4, x0, [x1, #VCPU_SP_EL0]
	msr	ELR_EL2, x2
	msr	SPSR_EL2, x3
	msr	SP_EL0, x4

	/* The guest's other registers, x1 last: it is the pointer to them. */
	ldp	x3, x4, [x1, #VCPU_X + 8 * 3]
	ldp	x5, x6, [x1, #VCPU_X + 8 * 5]
	ldp	x7, x8, [x1, #VCPU_X + 8 * 7]
	ldp	x9, x10, [x1, #VCPU_X + 8 * 9]
	ldp	x11, x12, [x1, #VCPU_X + 8 * 11]
	ldp	x13, x14, [x1, #VCPU_X + 8 * 13]
	ldp	x15, x16, [x1, #VCPU_X + 8 * 15]
	ldp	x17, x18, [x1, #VCPU_X + 8 * 17]
	ldp	x19, x20, [x1, #VCPU_X + 8 * 19]
	ldp	x21, x22, [x1, #VCPU_X + 8 * 21]
	ldp	x23, x24, [x1, #VCPU_X + 8 * 23]
	ldp	x25, x26, [x1, #VCPU_X + 8 * 25]
	ldp	x27, x28, [x1, #VCPU_X + 8 * 27]
	ldp	x29, x30, [x1, #VCPU_X + 8 * 29]
	ldp	x1, x2, [x1, #VCPU_X + 8 * 1]
	/*
	 * The ERET is also the context synchronization event that makes all system registers which
	 * vcpu_bind() has written hold for the guest's first instruction.
	 */
	.globl	vcpu_eret
vcpu_eret:
	eret
	speculation_barrier

vcpu_not_bound:
	.cfi_restore x29
	.cfi_restore x30
	.cfi_def_cfa sp, 0
	mov	w0, #EXIT_NOT_BOUND
	ret
	.cfi_endproc
	.size	vcpu_run, . - vcpu_run

/*
 * guest_exit name, kind - the way out, from a vector for a lower exception level to vcpu_run()'s caller.
 *
 * The exception has masked all of DAIF. The only memory that may be used before a register is free is
 * the host's stack, where a place for x0 is kept.
 */
	.macro	guest_exit name, kind
	.cfi_startproc
	.cfi_signal_frame
	str	x0, [sp, #HOST_GUEST_X0]
	ldr	x0, [sp, #HOST_VCPU]
	stp	x1, x2, [x0, #VCPU_X + 8 * 1]
	stp	x3, x4, [x0, #VCPU_X + 8 * 3]
	stp	x5, x6, [x0, #VCPU_X + 8 * 5]
	stp	x7, x8, [x0, #VCPU_X + 8 * 7]
	stp	x9, x10, [x0, #VCPU_X + 8 * 9]
	stp	x11, x12, [x0, #VCPU_X + 8 * 11]
	stp	x13, x14, [x0, #VCPU_X + 8 * 13]
	stp	x15, x16, [x0, #VCPU_X + 8 * 15]
	stp	x17, x18, [x0, #VCPU_X + 8 * 17]
	stp	x19, x20, [x0, #VCPU_X + 8 * 19]
	stp	x21, x22, [x0, #VCPU_X + 8 * 21]
	stp	x23, x24, [x0, #VCPU_X + 8 * 23]
	stp	x25, x26, [x0, #VCPU_X + 8 * 25]
	stp	x27, x28, [x0, #VCPU_X + 8 * 27]
	stp	x29, x30, [x0, #VCPU_X + 8 * 29]
	mrs	x1, ELR_EL2
	mrs	x2, SPSR_EL2
	mrs	x3, SP_EL0
	stp	x1, x2, [x0, #VCPU_ELR]
	ldp	x4, x2, [sp, #HOST_GUEST_X0]	/* the guest's x0, and the caller's DAIF */
	stp	x3, x4, [x0, #VCPU_SP_EL0]	/* and x0, which lies behind it */
	/* The guest does not execute any more (VCPU_IN_GUEST, before ESR). An interrupt has no syndrome. */
	.if	\kind == EXIT_SYNC || \kind == EXIT_SERROR
	mrs	x4, ESR_EL2
	stp	xzr, x4, [x0, #VCPU_IN_GUEST]
	.else
	str	xzr, [x0, #VCPU_IN_GUEST]
	.endif

	/*
	 * For GDB: the guest's registers are all in the frame, which x0 points to. A backtrace from here
	 * goes on in the guest's own code.
	 */
	.cfi_def_cfa x0, 0
	.cfi_return_column 32
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	.cfi_offset \n, VCPU_X + 8 * \n
	.endr
	.cfi_offset 32, VCPU_ELR
	.globl	vcpu_saved_\name
vcpu_saved_\name:

	/* The caller's registers, and back to it. */
	ldp	x19, x20, [sp, #HOST_X19]
	ldp	x21, x22, [sp, #HOST_X19 + 16]
	ldp	x23, x24, [sp, #HOST_X19 + 32]
	ldp	x25, x26, [sp, #HOST_X19 + 48]
	ldp	x27, x28, [sp, #HOST_X19 + 64]
	ldp	x29, x30, [sp], #HOST_SIZE
	mov	w0, #\kind
	msr	DAIF, x2
	ret
	.cfi_endproc
	.endm

	.type	guest_exit_sync, %function
guest_exit_sync:
	guest_exit sync, EXIT_SYNC
	.size	guest_exit_sync, . - guest_exit_sync

	.type	guest_exit_irq, %function
guest_exit_irq:
	guest_exit irq, EXIT_IRQ
	.size	guest_exit_irq, . - guest_exit_irq

	.type	guest_exit_fiq, %function
guest_exit_fiq:
	guest_exit fiq, EXIT_FIQ
	.size	guest_exit_fiq, . - guest_exit_fiq

	.type	guest_exit_serror, %function
guest_exit_serror:
	guest_exit serror, EXIT_SERROR
	.size	guest_exit_serror, . - guest_exit_serror

/*
 * The vectors while virtualization is on: those of the hypervisor itself are lab 1's and lab 2's,
 * those of a lower exception level are exits. AArch32 too: a 64-bit guest may have 32-bit programs
 * at EL0, and their interrupts and faults on stage 2 come to EL2 by that door.
 */
	.section .vectors, "ax"
	.balign	2048
	.globl	vcpu_vectors
	.type	vcpu_vectors, %function
vcpu_vectors:
	.irp	number, 0, 1, 2, 3, 4
	vector_slot el2_vector_\number
	.endr
	vector_slot percpu_irq_vector
	vector_slot el2_vector_6
	vector_slot el2_vector_7
	.rept	2					/* AArch64, AArch32 */
	vector_slot guest_exit_sync
	vector_slot guest_exit_irq
	vector_slot guest_exit_fiq
	vector_slot guest_exit_serror
	.endr
	.balign	128
	.size	vcpu_vectors, . - vcpu_vectors
