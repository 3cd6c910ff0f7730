/* SPDX-License-Identifier: MIT */
/*
 * bench.S - the guest of the bench: round trips, and nothing else.
 *
 * tests/harness/bench looks for the labels: a trip begins with the instruction at one that starts with
 * trip_begin, and ends before the one at a label that starts with trip_end.
 */
#include "guest/guest.h"

	.arch	armv8-a+fp+simd
	.text

/* x0: does it use FP, too? */
	.globl	guest_main
guest_main:
	cbnz	x0, trip_begin_fp

trip_begin:
	hvc	#HVC_YIELD
trip_end:
	b	trip_begin

trip_begin_fp:
	hvc	#HVC_YIELD
	fadd	d0, d0, d0			/* after a bind of another vCPU: traps once */
trip_end_fp:
	b	trip_begin_fp
