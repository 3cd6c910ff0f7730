/* SPDX-License-Identifier: MIT */
/*
 * puppet.h - the host's hand in a guest: have it execute one instruction, from any state, and see all that
 * came of it.
 *
 * The guest is nothing but instructions, each followed by SVC #0, and vectors that call the host. It has no
 * stack and touches no memory but by the instruction in question: so its data may be big-endian, its stack
 * pointers may be anything, and its tables may map what they like. The PSTATE that it has at a vector is
 * what the HVC there leaves in SPSR_EL2: all of it, not only what MRS can read.
 */
#ifndef TESTS_LAB4_PUPPET_H
#define TESTS_LAB4_PUPPET_H

/* HVC's immediate at a vector: this, and the vector's offset in units of 0x80. */
#define HVC_VECTOR		0x100

#ifdef __ASSEMBLER__

/* 2 KiB of vectors, for the start of a program. */
	.macro	puppet_vectors
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	hvc	#(HVC_VECTOR + \number)
	b	.
	.endr
	.balign	128
	.endm

#else

#include "host.h"

/* All that a program has in its hands. */
struct puppet_registers {
	uint64_t x[31];
	uint64_t sp_el0, sp_el1;
	uint64_t pc, pstate;
	uint64_t v[32][2];
};

/* What EL1 finds at its vector. */
struct puppet_exception {
	unsigned int vector;		/* offset from VBAR_EL1 */
	uint64_t pstate;		/* there */
	uint64_t esr, far, elr, spsr;	/* ESR_EL1 and so on */
};

/* What the host leaves in EL1's registers before: an exception that does not write one, leaves it so. */
#define PUPPET_ESR		0x1234567
#define PUPPET_FAR		0xfa0fa0fa0fa0
#define PUPPET_ELR		0xe10e10e10e10
#define PUPPET_SPSR		0x3c5

/* puppet_start - the machine's first vCPU is loaded, has its vectors at GUEST_ENTRY, and may use FP. */
void puppet_start(struct machine *machine);

/*
 * puppet_put, puppet_get - what the guest has in its hands, in and out. The vCPU is loaded.
 * exception: of the HVC that the guest exited with.
 */
void puppet_put(struct guest_cpu *cpu, const struct puppet_registers *registers);
void puppet_get(struct guest_cpu *cpu, struct puppet_registers *registers,
		struct puppet_exception *exception);

/*
 * puppet_go - run the guest as machine_run() does, through the host's interrupts; or, with puppet_in_steps,
 * by what that is made of: guest_cpu_run() and machine_handle(), which know no short cut for any exit.
 * Returns EXIT_HYPERCALL when it is at one of its vectors.
 */
extern bool puppet_in_steps;
enum exit_reason puppet_go(struct guest_cpu *cpu);

/* puppet_run - all of it. The registers afterwards replace those before; returns as puppet_go(). */
enum exit_reason puppet_run(struct guest_cpu *cpu, struct puppet_registers *registers,
			    struct puppet_exception *exception);

/* puppet_pattern - different numbers into all registers; pstate and pc become 0. */
void puppet_pattern(struct puppet_registers *registers);

#endif
#endif
