// SPDX-License-Identifier: MIT
/* frame_offsets.c - the layouts that lab 1's assembly has to know; becomes frame_offsets.h. */
#include "arch/asm_offsets.h"
#include "entry.h"
#include "exception.h"

/* The stack must stay 16-byte aligned, and STP wants pairs. */
static_assert(sizeof(struct el2_frame) % 16 == 0, "SP must stay aligned");
static_assert(offsetof(struct el2_frame, x) == 0, "vectors.S stores x0 and x1 at [sp]");
static_assert(offsetof(struct el2_frame, spsr) == offsetof(struct el2_frame, elr) + 8, "one STP");
static_assert(offsetof(struct el2_frame, far) == offsetof(struct el2_frame, esr) + 8, "one STP");
static_assert(offsetof(struct el2_frame, stack_state) == offsetof(struct el2_frame, vector) + 8,
	      "one STP");
static_assert(offsetof(struct cpu_boot, argument) == offsetof(struct cpu_boot, entry) + 8,
	      "one LDP");

void asm_offsets(void)
{
	OFFSET(FRAME_X, struct el2_frame, x);
	OFFSET(FRAME_SP, struct el2_frame, sp);
	OFFSET(FRAME_ELR, struct el2_frame, elr);
	OFFSET(FRAME_ESR, struct el2_frame, esr);
	OFFSET(FRAME_VECTOR, struct el2_frame, vector);
	OFFSET(FRAME_RECORD, struct el2_frame, record);
	CONSTANT(FRAME_SIZE, sizeof(struct el2_frame));
	OFFSET(CPU_BOOT_STACK_TOP, struct cpu_boot, stack_top);
	OFFSET(CPU_BOOT_ENTRY, struct cpu_boot, entry);
	CONSTANT(STACK_STATE_GOOD, STACK_GOOD);
	CONSTANT(STACK_STATE_BAD, STACK_BAD);
}
