/* SPDX-License-Identifier: MIT */
/* calls_entries.S - what the guest of calls.c executes that C cannot say. */
#include "arch/psci.h"
#include "calls_entries.h"

	.text

	/*
	 * For CPU_ON: the context id to memory, and off again. The MMU is off; "context" is for nobody else, and
	 * the reader invalidates it.
	 */
	.globl	context_entry
context_entry:
	ldr	x1, =context
	str	x0, [x1]
	dsb	sy
	ldr	w0, =PSCI_CPU_OFF
	hvc	#0
1:	b	1b

	/* At EL0: x0 is an argument, and it shall not be a call. */
	.globl	el0_hvc, el0_smc
el0_hvc:
	hvc	#0
	svc	#0
el0_smc:
	smc	#0
	svc	#0

	/* At EL1, with x0 as it comes; each of them is to be Undefined. */
	.globl	immediates
immediates:
	.irp	immediate, 1, 4, 0xff, 0x100, 0x7fff, 0x8000, 0xffff
	hvc	#\immediate
	smc	#\immediate
	.endr
	ret

	.bss
	.balign	128
	.globl	context
context:
	.space	128
