/* SPDX-License-Identifier: MIT */
/*
 * gich.h - the list registers, ICH_LR<n>_EL2: how a hypervisor hands interrupts to a guest's virtual
 * CPU interface (IHI 0069, "ICH_LR<n>_EL2, Interrupt Controller List Registers").
 *
 * A system register's number is part of the instruction, so an index becomes a switch.
 */
#ifndef DRIVERS_GICH_H
#define DRIVERS_GICH_H

#include "arch/bits.h"

#define ICH_LR_MAX		16

#define ICH_LR_STATE		GENMASK(63, 62)
#define ICH_LR_STATE_INVALID	0UL
#define ICH_LR_STATE_PENDING	1UL
#define ICH_LR_STATE_ACTIVE	2UL
#define ICH_LR_HW		BIT(61)		/* linked to the physical interrupt pINTID */
#define ICH_LR_GROUP1		BIT(60)
#define ICH_LR_PRIORITY		GENMASK(55, 48)
#define ICH_LR_EOI		BIT(41)		/* HW = 0: a maintenance interrupt at its end */
#define ICH_LR_PINTID		GENMASK(44, 32)
#define ICH_LR_VINTID		GENMASK(31, 0)

#define ICH_HCR_EN		BIT(0)		/* the virtual CPU interface works */

#ifdef __aarch64__

#include "arch/sysreg.h"

#define GICH_EACH_LR(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

/* How many list registers this CPU has: 1 to 16. */
static inline unsigned int gich_lr_count(void)
{
	return FIELD_GET(ICH_VTR_LISTREGS, read_sysreg(ICH_VTR_EL2)) + 1;
}

/* gich_read_lr, gich_write_lr - list register n, below gich_lr_count(). */
static inline uint64_t gich_read_lr(unsigned int n)
{
	switch (n) {
#define READ_LR(n) case n: return read_sysreg(ICH_LR##n##_EL2);
	GICH_EACH_LR(READ_LR)
#undef READ_LR
	}
	return 0;
}

static inline void gich_write_lr(unsigned int n, uint64_t value)
{
	switch (n) {
#define WRITE_LR(n) case n: write_sysreg(ICH_LR##n##_EL2, value); break;
	GICH_EACH_LR(WRITE_LR)
#undef WRITE_LR
	}
}

#endif
#endif
