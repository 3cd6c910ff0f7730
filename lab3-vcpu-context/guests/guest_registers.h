/* SPDX-License-Identifier: MIT */
/*
 * guest_registers.h - the system registers of the table that a guest may itself fill with patterns,
 * for the demo and the leak tests.
 */
#ifndef LAB3_GUEST_REGISTERS_H
#define LAB3_GUEST_REGISTERS_H

#include "arch/types.h"

/* conditions: sysreg_conditions() of the host, which the guest gets in x0 at entry. */
void guest_registers_init(uint64_t host_conditions);

/*
 * Write a pattern made of seed into each register of SYSREGS_EL1 that this CPU has and EL1 may write.
 * Some keep bits that the guest lives by (its MMU stays off, FP stays allowed).
 */
void guest_registers_fill(uint64_t seed);

/* What the registers hold now: to compare with later. */
struct guest_registers {
	uint64_t value[64];
};
void guest_registers_read(struct guest_registers *registers);

/* The number of registers that differ between the two, and the name of the first. */
unsigned int guest_registers_compare(const struct guest_registers *a,
				     const struct guest_registers *b, const char **first);

/* How many of them this CPU has. */
unsigned int guest_registers_count(void);

#endif
