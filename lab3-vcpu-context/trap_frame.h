/* SPDX-License-Identifier: MIT */
/*
 * trap_frame.h - what an exit saves of the guest, at once, each time: all that the hypervisor's own
 * code would otherwise destroy.
 */
#ifndef LAB3_TRAP_FRAME_H
#define LAB3_TRAP_FRAME_H

#include "arch/types.h"

/*
 * world_switch.S writes and reads this; the offsets are generated (vcpu_offsets.c). It is the first
 * member of struct vcpu.
 */
struct trap_frame {
	uint64_t sp_el0;
	uint64_t elr;		/* ELR_EL2: where the guest goes on */
	uint64_t spsr;		/* SPSR_EL2: its PSTATE */
	/*
	 * x0 to x30. x[31] is the zero register: always 0 and never written, so that "the value of
	 * register number 31" needs no special case. (In a load or store, 31 as Rt is XZR, not SP.)
	 */
	uint64_t x[32];
	uint64_t esr;		/* ESR_EL2 of the last synchronous exit: read once, here */
};

#endif
