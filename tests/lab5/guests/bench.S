/* SPDX-License-Identifier: MIT */
/*
 * bench.S - the guest of the bench (tests/harness/bench looks for the labels; tests/lab4/bench.c says
 * more). PSCI_VERSION by either conduit: after each four of them a WFI, for the host's clock.
 */
#include "arch/psci.h"

#define BENCH_TRIPS	4

	.text

	/* The call is the last instruction of its page: tests/lab4/guests/bench_trips.S says why. */
	.macro	trips name, instruction
	.globl	\name
\name:
1:	mov	x20, #BENCH_TRIPS
2:	ldr	x0, =PSCI_VERSION
	b	trip_begin_\name
	.balign	4096
	.space	4092
trip_begin_\name:
	\instruction	#0
trip_end_\name:
	sub	x20, x20, #1
	cbnz	x20, 2b
	wfi
	b	1b
	.endm

	/* x0: 0 HVC, 1 SMC */
	.globl	guest_main
guest_main:
	cbz	x0, psci_by_hvc
	b	psci_by_smc

	trips	psci_by_hvc, hvc
	trips	psci_by_smc, smc
