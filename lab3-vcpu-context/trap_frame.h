/* SPDX-License-Identifier: MIT */
/*
 * trap_frame.h - what an exit saves of the guest, at once, each time: all that the hypervisor's own
 * code would otherwise destroy.
 */
#ifndef LAB3_TRAP_FRAME_H
#define LAB3_TRAP_FRAME_H

#include "arch/types.h"

/*
 * world_switch.S writes and reads this; the offsets are generated (vcpu_offsets.c). The order is that of
 * use, two at a time: LDP and STP.
 */
struct trap_frame {
	uint64_t esr;		/* ESR_EL2 of the last synchronous exit: read once, here */
	uint64_t elr;		/* ELR_EL2: where the guest goes on */
	uint64_t spsr;		/* SPSR_EL2: its PSTATE */
	uint64_t sp_el0;
	/*
	 * x0 to x30. x[31] is the zero register: always 0 and never written, so that "the value of
	 * register number 31" needs no special case. (In a load or store, 31 as Rt is XZR, not SP.)
	 */
	uint64_t x[32];
};

/*
 * trap_frame_gpr, trap_frame_set_gpr - general-purpose register n, 0 to 30; 31 is XZR: reads as 0, and a
 * write is dropped. n is taken modulo 32, as five bits of an instruction are.
 */
static inline uint64_t trap_frame_gpr(const struct trap_frame *frame, unsigned int n)
{
	return frame->x[n % 32];
}

static inline void trap_frame_set_gpr(struct trap_frame *frame, unsigned int n, uint64_t value)
{
	if (n % 32 != 31)
		frame->x[n % 32] = value;
}

#endif
