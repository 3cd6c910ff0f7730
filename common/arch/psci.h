/* SPDX-License-Identifier: MIT */
/*
 * psci.h - the Power State Coordination Interface (DEN0022): function ids and error codes, and the
 * calls that the hypervisor makes of the firmware below it.
 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

/* Function ids: bit 31 fast call, bit 30 the 64-bit convention, owner 4 (standard services). */
#define PSCI_VERSION		0x84000000
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON_64		0xc4000003
#define PSCI_AFFINITY_INFO_64	0xc4000004
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_FEATURES		0x8400000a

/* Error codes: negative, in x0 (DEN0022, "Return error codes"). */
#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS	(-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_ON_PENDING		(-5)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_NOT_PRESENT	(-7)
#define PSCI_DISABLED		(-8)
#define PSCI_INVALID_ADDRESS	(-9)

#ifndef __ASSEMBLER__

#include "arch/barrier.h"
#include "arch/smccc.h"

/*
 * psci_system_off - powers the machine off. Does not return: should the firmware refuse, the CPU
 * waits for ever, and says so by standing in this function.
 */
static inline void __attribute__((noreturn)) psci_system_off(void)
{
	smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

#endif
#endif
