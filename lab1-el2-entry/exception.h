/* SPDX-License-Identifier: MIT */
/*
 * exception.h - exceptions taken to EL2: the saved state, and what is done with it.
 */
#ifndef LAB1_EXCEPTION_H
#define LAB1_EXCEPTION_H

/*
 * The 16 vectors (Arm ARM, "Exception vectors"): four kinds from each of four sources. A vector's
 * number is its offset in the table divided by 0x80: source * 4 + kind.
 */
#define VECTOR_SYNC		0	/* kinds */
#define VECTOR_IRQ		1
#define VECTOR_FIQ		2
#define VECTOR_SERROR		3
#define VECTOR_CURRENT_SP0	0	/* sources: the current EL, with SP_EL0 */
#define VECTOR_CURRENT_SPX	1	/* the current EL, with its own SP: the hypervisor itself */
#define VECTOR_LOWER_A64	2	/* a lower EL in AArch64: a guest */
#define VECTOR_LOWER_A32	3	/* a lower EL in AArch32 */
#define VECTOR(source, kind)	((source) * 4 + (kind))
#define VECTOR_COUNT		16

#ifndef __ASSEMBLER__

#include "arch/types.h"

/* Whether SP was a stack when the exception came: el2_frame.stack_state. */
#define STACK_GOOD		0
#define STACK_BAD		1	/* no: the frame is on the CPU's overflow stack */

/*
 * What a vector saves, on the stack, before any C runs (vectors.S). Assembly knows the layout
 * by frame_offsets.c. The last two words are a frame record as the AAPCS64 has it, so that a
 * backtrace goes on through the exception into the code that it interrupted.
 */
struct el2_frame {
	uint64_t x[31];
	uint64_t sp;			/* SP as it was before the exception */
	uint64_t elr;			/* ELR_EL2: where to return to */
	uint64_t spsr;			/* SPSR_EL2: PSTATE to return with */
	uint64_t esr;			/* ESR_EL2, read once, here */
	uint64_t far;			/* FAR_EL2 */
	uint64_t vector;		/* 0 to 15 */
	uint64_t stack_state;
	uint64_t record[2];		/* x29 and ELR of the interrupted code */
};

/* Called by the vectors; may return, to resume at frame->elr. */
typedef void (*el2_handler_fn)(struct el2_frame *frame);

/*
 * el2_exception - the handler of all 16 vectors in lab 1. A BRK is given to the BRK handler, a
 * fault of a probing access (probe.h) goes on at its fix-up, and all else ends in the panic screen.
 */
void el2_exception(struct el2_frame *frame);

/*
 * el2_set_brk_handler - who is told of BRK instructions executed at EL2. NULL: nobody.
 * handler: gets the frame and the BRK's 16-bit immediate; returns true if it was its own. Then
 * execution resumes behind the BRK. Otherwise the panic screen is shown.
 */
typedef bool (*el2_brk_fn)(struct el2_frame *frame, unsigned int immediate);
void el2_set_brk_handler(el2_brk_fn handler);

/* vector: 0 to 15. "Synchronous, current EL with SP_ELx" */
const char *el2_vector_name(unsigned int vector);

/* panic_screen - report all there is to say about an exception, and power off. */
void panic_screen(const struct el2_frame *frame) __attribute__((noreturn));

/*
 * panic_screen_add - a layer above has something to say on the panic screen, between the registers and
 * the backtrace: what its guests did last, say. report is called when anything may be broken, so it
 * looks at memory and prints, no more. One that panics itself is the last that is heard.
 * Up to PANIC_REPORTS of them; more are left out.
 */
#define PANIC_REPORTS		4
void panic_screen_add(void (*report)(void));

/* The table: 2 KiB-aligned, for VBAR_EL2. */
extern char el2_vectors[];

#endif
#endif
