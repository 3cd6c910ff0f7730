// SPDX-License-Identifier: MIT
#include "exception.h"

#include "arch/esr.h"
#include "probe.h"

static el2_brk_fn brk_handler;

void el2_set_brk_handler(el2_brk_fn handler)
{
	brk_handler = handler;
}

static bool handle_brk(struct el2_frame *frame)
{
	if (!brk_handler || !brk_handler(frame, FIELD_GET(ISS_IMM16, frame->esr)))
		return false;
	/* The preferred return address of a BRK is the BRK itself: go on behind it. */
	frame->elr += 4;
	return true;
}

static bool handle_data_abort(struct el2_frame *frame)
{
	uintptr_t fixup = probe_fixup(frame->elr);

	if (!fixup)
		return false;
	frame->elr = fixup;
	return true;
}

void el2_exception(struct el2_frame *frame)
{
	bool handled = false;

	/* Nothing is repaired on a stack that is none: resuming needs the old one. */
	if (frame->vector == VECTOR(VECTOR_CURRENT_SPX, VECTOR_SYNC) &&
	    frame->stack_state == STACK_GOOD) {
		switch (ESR_EC(frame->esr)) {
		case EC_BRK64:
			handled = handle_brk(frame);
			break;
		case EC_DABT_SAME:
			handled = handle_data_abort(frame);
			break;
		}
	}
	if (!handled)
		panic_screen(frame);
}

const char *el2_vector_name(unsigned int vector)
{
	static const char *const names[VECTOR_COUNT] = {
		"Synchronous, current EL with SP_EL0",
		"IRQ, current EL with SP_EL0",
		"FIQ, current EL with SP_EL0",
		"SError, current EL with SP_EL0",
		"Synchronous, current EL with SP_ELx",
		"IRQ, current EL with SP_ELx",
		"FIQ, current EL with SP_ELx",
		"SError, current EL with SP_ELx",
		"Synchronous, lower EL using AArch64",
		"IRQ, lower EL using AArch64",
		"FIQ, lower EL using AArch64",
		"SError, lower EL using AArch64",
		"Synchronous, lower EL using AArch32",
		"IRQ, lower EL using AArch32",
		"FIQ, lower EL using AArch32",
		"SError, lower EL using AArch32",
	};

	return vector < VECTOR_COUNT ? names[vector] : "no such vector";
}
