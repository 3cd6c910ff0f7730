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
#define ICH_LR_PENDING		BIT(62)		/* the two bits of the state, one by one */
#define ICH_LR_ACTIVE		BIT(63)
#define ICH_LR_HW		BIT(61)		/* linked to the physical interrupt pINTID */
#define ICH_LR_GROUP1		BIT(60)
#define ICH_LR_PRIORITY		GENMASK(55, 48)
#define ICH_LR_EOI		BIT(41)		/* HW = 0: a maintenance interrupt at its end */
#define ICH_LR_PINTID		GENMASK(44, 32)
#define ICH_LR_VINTID		GENMASK(31, 0)

/* ICH_HCR_EL2: when there is a maintenance interrupt, and which accesses of the guest trap. */
#define ICH_HCR_EN		BIT(0)		/* the virtual CPU interface works */
#define ICH_HCR_UIE		BIT(1)		/* none or one of the list registers is in use */
#define ICH_HCR_LRENPIE		BIT(2)		/* an end of interrupt that is in none: EOIcount > 0 */
#define ICH_HCR_NPIE		BIT(3)		/* none of them is in the pending state */
#define ICH_HCR_VGRP0EIE	BIT(4)		/* the guest has enabled group 0 */
#define ICH_HCR_VGRP0DIE	BIT(5)		/* ... disabled group 0 */
#define ICH_HCR_VGRP1EIE	BIT(6)		/* ... enabled group 1 */
#define ICH_HCR_VGRP1DIE	BIT(7)		/* ... disabled group 1 */
#define ICH_HCR_TC		BIT(10)		/* traps what both groups share: PMR, CTLR, DIR, ... */
#define ICH_HCR_TALL0		BIT(11)		/* traps all of group 0 */
#define ICH_HCR_TALL1		BIT(12)		/* traps all of group 1 */
#define ICH_HCR_TDIR		BIT(14)		/* traps ICC_DIR_EL1 (where ICH_VTR_EL2.TDS is 1) */
#define ICH_HCR_EOICOUNT	GENMASK(31, 27)	/* ends of interrupts that are in no list register */

/* ICH_VMCR_EL2: what the guest has written to its CPU interface. */
#define ICH_VMCR_VENG0		BIT(0)		/* ICC_IGRPEN0_EL1.Enable */
#define ICH_VMCR_VENG1		BIT(1)		/* ICC_IGRPEN1_EL1.Enable */
#define ICH_VMCR_VEOIM		BIT(9)		/* ICC_CTLR_EL1.EOImode */
#define ICH_VMCR_VBPR1		GENMASK(20, 18)	/* ICC_BPR1_EL1 */
#define ICH_VMCR_VBPR0		GENMASK(23, 21)	/* ICC_BPR0_EL1 */
#define ICH_VMCR_VPMR		GENMASK(31, 24)	/* ICC_PMR_EL1: what is less urgent waits */

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
