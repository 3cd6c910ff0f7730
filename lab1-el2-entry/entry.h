/* SPDX-License-Identifier: MIT */
/*
 * entry.h - how a CPU gets from reset, or from firmware, into C at EL2 (entry.S).
 */
#ifndef LAB1_ENTRY_H
#define LAB1_ENTRY_H

#include "arch/types.h"

/*
 * What a secondary CPU needs to get going: its address is the context id of PSCI CPU_ON.
 * The CPU reads it with its MMU off: clean it to the Point of Coherency first (dcache_clean_poc),
 * and keep it until the CPU has arrived in entry().
 */
struct cpu_boot {
	uint64_t stack_top;		/* STACK_TOP(cpu), arch/layout.h: a block that is mapped */
	void (*entry)(void *argument);	/* called with EL2 set up, MMU on, IRQs masked */
	void *argument;
};

/* The address for CPU_ON. Not to be called. */
void el2_secondary_entry(void);

/* The lab's host program. When it returns, the machine powers off. */
void main(void);

/* Set every EL2 control register that entry.S has not set. Each CPU, MMU off (el2_sysregs.c). */
void el2_init_sysregs(void);

#endif
