/* SPDX-License-Identifier: MIT */
/*
 * psci.h - the Power State Coordination Interface (DEN0022): function ids and error codes, and the
 * calls that the hypervisor makes of the firmware below it.
 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

/* Function ids: bit 31 fast call, bit 30 the 64-bit convention, owner 4 (standard services). */
#define PSCI_VERSION		0x84000000
#define PSCI_CPU_SUSPEND_32	0x84000001
#define PSCI_CPU_SUSPEND_64	0xc4000001
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON_32		0x84000003
#define PSCI_CPU_ON_64		0xc4000003
#define PSCI_AFFINITY_INFO_32	0x84000004
#define PSCI_AFFINITY_INFO_64	0xc4000004
#define PSCI_MIGRATE_32		0x84000005
#define PSCI_MIGRATE_64		0xc4000005
#define PSCI_MIGRATE_INFO_TYPE	0x84000006
#define PSCI_MIGRATE_INFO_UP_CPU_32	0x84000007
#define PSCI_MIGRATE_INFO_UP_CPU_64	0xc4000007
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_FEATURES		0x8400000a
#define PSCI_CPU_FREEZE		0x8400000b
#define PSCI_CPU_DEFAULT_SUSPEND_32	0x8400000c
#define PSCI_CPU_DEFAULT_SUSPEND_64	0xc400000c
#define PSCI_NODE_HW_STATE_32	0x8400000d
#define PSCI_NODE_HW_STATE_64	0xc400000d
#define PSCI_SYSTEM_SUSPEND_32	0x8400000e
#define PSCI_SYSTEM_SUSPEND_64	0xc400000e
#define PSCI_SET_SUSPEND_MODE	0x8400000f
#define PSCI_STAT_RESIDENCY_32	0x84000010
#define PSCI_STAT_RESIDENCY_64	0xc4000010
#define PSCI_STAT_COUNT_32	0x84000011
#define PSCI_STAT_COUNT_64	0xc4000011
#define PSCI_SYSTEM_RESET2_32	0x84000012
#define PSCI_SYSTEM_RESET2_64	0xc4000012
#define PSCI_MEM_PROTECT	0x84000013
#define PSCI_MEM_PROTECT_CHECK_RANGE_32	0x84000014
#define PSCI_MEM_PROTECT_CHECK_RANGE_64	0xc4000014

/* The 32 function numbers that are PSCI's, in both conventions (DEN0028, standard services). */
#define PSCI_FIRST		0x84000000
#define PSCI_LAST		0x8400001f

/* PSCI_VERSION: major version in bits 30 to 16, minor in 15 to 0. */
#define PSCI_VERSION_1_0	0x10000
#define PSCI_VERSION_1_1	0x10001

/* AFFINITY_INFO: what it says of a CPU. */
#define PSCI_AFFINITY_ON	0
#define PSCI_AFFINITY_OFF	1
#define PSCI_AFFINITY_ON_PENDING	2

/* MIGRATE_INFO_TYPE: there is no Trusted OS that would have to move. */
#define PSCI_MIGRATE_NOT_NEEDED	2

/* CPU_SUSPEND: power_state in the original format (PSCI_FEATURES(CPU_SUSPEND) bit 1 is 0). */
#define PSCI_POWER_STATE_ID	0x0000ffff
#define PSCI_POWER_STATE_POWERDOWN	0x00010000	/* else standby or retention */
#define PSCI_POWER_STATE_LEVEL	0x03000000	/* 0: the CPU alone */

/* SYSTEM_RESET2: reset_type. */
#define PSCI_RESET_WARM		0x00000000
#define PSCI_RESET_VENDOR	0x80000000	/* this bit: the vendor's own kinds of reset */

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

#if !defined(__ASSEMBLER__) && !__STDC_HOSTED__	/* unit tests want the numbers alone */

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
