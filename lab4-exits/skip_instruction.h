/* SPDX-License-Identifier: MIT */
/* skip_instruction.h - on to the instruction behind the one that trapped. */
#ifndef LAB4_SKIP_INSTRUCTION_H
#define LAB4_SKIP_INSTRUCTION_H

#include "aarch32.h"
#include "vcpu.h"

/* vcpu_skip_a64 - for an exit from AArch64 state, as most are. */
static inline void vcpu_skip_a64(struct trap_frame *frame)
{
	uint64_t spsr = frame->spsr & ~SPSR_SS;

	asm("" : "+r"(spsr));		/* one AND each: no mask that has to be put together first */
	frame->elr += 4;
	frame->spsr = spsr & ~SPSR_BTYPE;
}

/*
 * exit_skip_instruction - the guest goes on behind the instruction that trapped; PSTATE as if it
 * had been executed (no single step, no BTYPE, the next ITSTATE). esr: the exit's.
 *
 * As vcpu_skip_instruction() of lab 3, and also for the programs at a guest's EL0 that are AArch32.
 * Not for what is a call, HVC or SVC: there ELR_EL2 is behind the instruction already.
 */
static inline void exit_skip_instruction(struct vcpu *vcpu, uint64_t esr)
{
	struct trap_frame *frame = &vcpu->frame;

	if (likely(!(frame->spsr & SPSR_M_AARCH32))) {
		vcpu_skip_a64(frame);
	} else {
		aarch32_skip(esr, &frame->elr, &frame->spsr);
	}
}

#endif
