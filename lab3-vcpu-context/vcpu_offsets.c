// SPDX-License-Identifier: MIT
/* vcpu_offsets.c - the layouts that world_switch.S and fp.S have to know; becomes vcpu_offsets.h. */
#include "arch/asm_offsets.h"
#include "vcpu.h"

/* What the LDPs and STPs of world_switch.S take for granted. */
ASSERT_OFFSET(struct vcpu, frame.esr, offsetof(struct vcpu, in_guest) + 8);
ASSERT_OFFSET(struct vcpu, frame.spsr, offsetof(struct vcpu, frame.elr) + 8);
ASSERT_OFFSET(struct vcpu, frame.x, offsetof(struct vcpu, frame.sp_el0) + 8);
static_assert(sizeof(((struct trap_frame *)0)->x) == 32 * 8, "x0 to x30, and the zero register");

void asm_offsets(void)
{
	OFFSET(VCPU_X, struct vcpu, frame.x);
	OFFSET(VCPU_ELR, struct vcpu, frame.elr);
	OFFSET(VCPU_SP_EL0, struct vcpu, frame.sp_el0);
	OFFSET(VCPU_IN_GUEST, struct vcpu, in_guest);
	OFFSET(PERCPU_VCPU, struct percpu, above);
	CONSTANT(EXIT_SYNC, VCPU_EXIT_SYNC);
	CONSTANT(EXIT_IRQ, VCPU_EXIT_IRQ);
	CONSTANT(EXIT_FIQ, VCPU_EXIT_FIQ);
	CONSTANT(EXIT_SERROR, VCPU_EXIT_SERROR);
	CONSTANT(EXIT_NOT_BOUND, VCPU_EXIT_NOT_BOUND);
	OFFSET(FP_V, struct fp_state, v);
	OFFSET(FP_FPSR, struct fp_state, fpsr);
}
