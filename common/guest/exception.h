/* SPDX-License-Identifier: MIT */
/*
 * exception.h - a guest that wants to see its own exceptions: vectors that keep all registers and call a
 * function in C.
 */
#ifndef GUEST_EXCEPTION_H
#define GUEST_EXCEPTION_H

#define GUEST_FRAME_X		0
#define GUEST_FRAME_ELR		248
#define GUEST_FRAME_SPSR	256
#define GUEST_FRAME_SIZE	272

/* Which of the 16 vectors: four kinds from each of four sources, in the architecture's order. */
#define GUEST_SYNC		0
#define GUEST_IRQ		1
#define GUEST_FIQ		2
#define GUEST_SERROR		3
#define GUEST_FROM_SP0		0	/* EL1 with SP_EL0 */
#define GUEST_FROM_SPX		4	/* EL1 with SP_EL1 */
#define GUEST_FROM_EL0		8
#define GUEST_FROM_EL0_32	12

#ifndef __ASSEMBLER__

#include "arch/types.h"

/* The interrupted program's registers; what the handler changes in them, it goes on with. */
struct guest_frame {
	uint64_t x[31];
	uint64_t elr, spsr;
	uint64_t pad;
};
ASSERT_OFFSET(struct guest_frame, elr, GUEST_FRAME_ELR);
ASSERT_OFFSET(struct guest_frame, spsr, GUEST_FRAME_SPSR);
ASSERT_SIZE(struct guest_frame, GUEST_FRAME_SIZE);

typedef void (*guest_handler)(struct guest_frame *frame, unsigned int vector);

/*
 * guest_on_exception - from here on this vCPU's exceptions call handler: vector is GUEST_FROM_... +
 * GUEST_SYNC or the like. It runs at EL1 on the stack that SP_EL1 is, with DAIF masked.
 */
void guest_on_exception(guest_handler handler);

/*
 * guest_call_el0 - call function(argument) at EL0, on a stack of its own, until it executes SVC #0: then
 * its x0 is returned. Other exceptions from EL0 go to the handler of guest_on_exception(), which must
 * have been called. DAIF is clear at EL0. Not from EL0, not twice at once.
 */
uint64_t guest_call_el0(void (*function)(uint64_t argument), uint64_t argument);

#endif
#endif
