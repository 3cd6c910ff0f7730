/* SPDX-License-Identifier: MIT */
/*
 * bench_trips.S - the trips of the bench. tests/harness/bench looks for the labels: a trip begins with
 * the instruction at one that starts with trip_begin, and ends before the one at a label that starts
 * with trip_end.
 */
#include "guest/guest.h"
#include "bench_trips.h"

	.text

	/*
	 * Each of these instructions is the last one in its page. QEMU translates a page's instructions in
	 * one go, and its clock takes those behind one that traps for executed.
	 *
	 * name, instruction: four times this trip, then HVC_YIELD for the host's clock; for ever. x0: what the
	 * instruction wants there.
	 */
	.macro	trips name, instruction:vararg
	.globl	\name
\name:
	mov	x19, x0
1:	mov	x20, #BENCH_TRIPS
2:	mov	x0, x19
	b	trip_begin_\name
	.balign	4096
	.space	4092
trip_begin_\name:
	\instruction
trip_end_\name:
	sub	x20, x20, #1
	cbnz	x20, 2b
	hvc	#HVC_YIELD
	b	1b
	.endm

	trips	read_id, mrs x1, ID_AA64PFR0_EL1
	trips	read_mmio, ldr w1, [x0]
	trips	write_mmio, str w1, [x0]

	/* A hypercall for the host to see: no yield in between. */
	.globl	hypercall
hypercall:
trip_begin_hypercall:
	hvc	#HVC_YIELD
trip_end_hypercall:
	b	trip_begin_hypercall

	/*
	 * An interrupt to oneself: from the instruction that asks for it to the vector's acknowledgement.
	 * The way there is through the hypervisor; the end of the interrupt is not.
	 */
	.macro	interrupts name, request:vararg
	.globl	\name
\name:
	mov	x19, x0
	adr	x1, vectors_\name
	msr	VBAR_EL1, x1
	isb
1:	mov	x20, #BENCH_TRIPS
	msr	DAIFClr, #2
2:	mov	x0, x19
	mov	x1, #1
	b	trip_begin_\name
	.balign	4096
	.space	4092
trip_begin_\name:
	\request
	isb
3:	b	3b
	/* Back from the handler below. */
4:	subs	x20, x20, #1
	b.ne	2b
	msr	DAIFSet, #2
	hvc	#HVC_YIELD
	b	1b

	.balign	2048
vectors_\name:
	.space	0x280
	mrs	x2, S3_0_C12_C12_0		/* ICC_IAR1_EL1 */
trip_end_\name:
	msr	CNTV_CTL_EL0, xzr
	isb
	msr	S3_0_C12_C12_1, x2		/* ICC_EOIR1_EL1 */
	adr	x3, 4b
	msr	ELR_EL1, x3
	eret
	.balign	2048
	.endm

	interrupts timer_interrupt, msr CNTV_CTL_EL0, x1
	interrupts sgi_to_self, msr S3_0_C12_C11_5, x0	/* ICC_SGI1R_EL1 */
