/* SPDX-License-Identifier: MIT */
/*
 * guest_debug.h - a guest's own debug control. Debug registers trap (MDCR_EL2.TDA and the like), and are
 * not switched; what a guest can have for itself is software step, and locks. Plain C.
 */
#ifndef LAB4_GUEST_DEBUG_H
#define LAB4_GUEST_DEBUG_H

#include "sysreg_rules.h"

/* MDSCR_EL1, Monitor Debug System Control Register. */
#define MDSCR_SS		BIT(0)		/* software step */
#define MDSCR_TDCC		BIT(12)		/* EL0's use of the debug channel traps to EL1 */
#define MDSCR_KDE		BIT(13)		/* EL1 debugs itself */
#define MDSCR_MDE		BIT(15)		/* breakpoints, watchpoints, vector catch */

/* OSLSR_EL1, OS Lock Status Register. */
#define OSLSR_OSLK		BIT(1)
#define OSLSR_OSLM_IMPLEMENTED	BIT(3)

/* All zero to begin with: unlocked, as firmware leaves it for an operating system. */
struct guest_debug {
	uint64_t mdscr;			/* as the guest has written it */
	bool os_lock, os_double_lock;
};

/*
 * guest_debug_mdscr - what goes into the CPU's MDSCR_EL1. MDE never: the CPU's breakpoints may hold
 * anything, and are not the guest's. While one of the locks is set nothing steps (Arm ARM, "The effect of
 * the OS Lock on debug exceptions").
 */
static inline uint64_t guest_debug_mdscr(const struct guest_debug *debug)
{
	uint64_t live = debug->mdscr & ~MDSCR_MDE;

	return debug->os_lock || debug->os_double_lock ? live & ~MDSCR_SS : live;
}

/*
 * guest_debug_access - one of the registers that sysreg_rules.c has as SYSREG_DEBUG is read or written.
 * number: SYSREG_NUMBER(); value: of a write. Returns the value of a read.
 */
static inline uint64_t guest_debug_access(struct guest_debug *debug, uint16_t number, bool read,
					  uint64_t value)
{
	switch (number) {
	case SYSREG_NUMBER(2, 0, 0, 2, 2):	/* MDSCR_EL1 */
		if (!read)
			debug->mdscr = value & (MDSCR_SS | MDSCR_TDCC | MDSCR_KDE | MDSCR_MDE);
		return debug->mdscr;
	case SYSREG_NUMBER(2, 0, 1, 0, 4):	/* OSLAR_EL1 */
		debug->os_lock = value & 1;
		return 0;
	case SYSREG_NUMBER(2, 0, 1, 1, 4):	/* OSLSR_EL1 */
		return OSLSR_OSLM_IMPLEMENTED | (debug->os_lock ? OSLSR_OSLK : 0);
	case SYSREG_NUMBER(2, 0, 1, 3, 4):	/* OSDLR_EL1 */
		if (!read)
			debug->os_double_lock = value & 1;
		return debug->os_double_lock;
	}
	return 0;
}

#endif
