/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LAB5_CALLS_ENTRIES_H
#define TESTS_LAB5_CALLS_ENTRIES_H

#define IMMEDIATES	14	/* instructions in immediates() */

#ifndef __ASSEMBLER__

#include "arch/types.h"

void context_entry(void);
extern volatile uint64_t context;

void el0_hvc(uint64_t x0);
void el0_smc(uint64_t x0);
void immediates(uint64_t x0);

#endif
#endif
