/* SPDX-License-Identifier: MIT */
/*
 * gicv3_regs.h - the GICv3's memory-mapped registers, and where an interrupt stands in them
 * (GIC architecture specification, IHI 0069). Numbers and arithmetic only: also for unit tests, and
 * for the virtual GIC of lab 4, which is the same registers seen from the other side.
 */
#ifndef DRIVERS_GICV3_REGS_H
#define DRIVERS_GICV3_REGS_H

#include "arch/bits.h"

/* Interrupt numbers (INTIDs). */
#define GIC_SGI_FIRST		0	/* software generated: one CPU to another */
#define GIC_PPI_FIRST		16	/* private peripheral: each CPU has its own */
#define GIC_SPI_FIRST		32	/* shared peripheral */
#define GIC_SPI_LAST		1019
#define GIC_SPECIAL_FIRST	1020	/* 1020 to 1023: no interrupt, but a message about one */
#define GIC_SPURIOUS		1023	/* there is nothing to acknowledge */

#define INTID_CNTHP		26	/* the EL2 physical timer (BSA, "PPI assignments") */
#define INTID_CNTV		27	/* the EL1 virtual timer */
#define INTID_CNTP		30	/* the EL1 physical timer */
#define INTID_MAINTENANCE	25	/* the virtual CPU interface needs attention */

/* Distributor. */
#define GICD_CTLR		0x0000
#define GICD_TYPER		0x0004
#define GICD_IIDR		0x0008
#define GICD_IGROUPR		0x0080	/* one bit an interrupt ... */
#define GICD_ISENABLER		0x0100
#define GICD_ICENABLER		0x0180
#define GICD_ISPENDR		0x0200
#define GICD_ICPENDR		0x0280
#define GICD_ISACTIVER		0x0300
#define GICD_ICACTIVER		0x0380
#define GICD_IPRIORITYR		0x0400	/* eight bits an interrupt */
#define GICD_ICFGR		0x0c00	/* two bits an interrupt */
#define GICD_IGRPMODR		0x0d00
#define GICD_IROUTER		0x6000	/* 64 bits an interrupt */
#define GICD_IROUTER_END	0x8000
#define GICD_PIDR2		0xffe8

/*
 * GICD_CTLR as the Non-secure side sees it, and as a GIC with one security state has it: both agree
 * on these bits.
 */
#define GICD_CTLR_ENABLE_GRP0	BIT(0)	/* EnableGrp0: with one security state only */
#define GICD_CTLR_ENABLE_GRP1	BIT(1)	/* EnableGrp1A, EnableGrp1 */
#define GICD_CTLR_ARE		BIT(4)	/* affinity routing */
#define GICD_CTLR_DS		BIT(6)	/* there is one security state */
#define GICD_CTLR_RWP		BIT(31)	/* a write to CTLR or ICENABLER is not through yet */

#define GICD_TYPER_ITLINES	GENMASK(4, 0)	/* 32 * (n + 1) interrupts */
#define GICD_TYPER_IDBITS	GENMASK(23, 19)	/* an INTID has n + 1 bits */
#define GICD_TYPER_A3V		BIT(24)	/* Aff3 need not be 0 */
#define GICD_TYPER_NO1N		BIT(25)	/* GICD_IROUTER.IRM, "to any CPU", is not there */
#define GICD_TYPER_RSS		BIT(26)	/* SGIs reach Aff0 of 16 and more, by the range selector */

#define GICD_IROUTER_AFFINITY	(GENMASK(39, 32) | GENMASK(23, 0))	/* as in MPIDR_EL1 */

#define GIC_PIDR2_GICV3		FIELD_PREP(GENMASK(7, 4), 3)	/* ArchRev */

/* Redistributor: two 64 KiB frames for each CPU. */
#define GICR_CTLR		0x00000
#define GICR_IIDR		0x00004
#define GICR_TYPER		0x00008	/* 64 bits */
#define GICR_WAKER		0x00014
#define GICR_PIDR2		0x0ffe8
#define GICR_SGI_FRAME		0x10000	/* of this frame: offsets as GICD's, for INTIDs 0 to 31 */

#define GICR_CTLR_RWP		BIT(3)
#define GICR_TYPER_LAST		BIT(4)
#define GICR_TYPER_PROCESSOR	GENMASK(23, 8)	/* Processor_Number */
#define GICR_TYPER_AFFINITY	GENMASK(63, 32)	/* Aff3.Aff2.Aff1.Aff0, a byte each */
#define GICR_WAKER_PROCESSOR_SLEEP	BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP	BIT(2)

/* ICC_CTLR_EL1, ICC_SGI1R_EL1. */
#define ICC_CTLR_EOIMODE	BIT(1)	/* EOIR drops the priority only; DIR deactivates */
#define ICC_SGI1R_TARGETLIST	GENMASK(15, 0)
#define ICC_SGI1R_AFF1		GENMASK(23, 16)
#define ICC_SGI1R_INTID		GENMASK(27, 24)
#define ICC_SGI1R_AFF2		GENMASK(39, 32)
#define ICC_SGI1R_IRM		BIT(40)	/* to all CPUs but this one */
#define ICC_SGI1R_RS		GENMASK(47, 44)	/* range selector: TargetList is for Aff0 RS * 16 on */
#define ICC_SGI1R_AFF3		GENMASK(55, 48)

/* Priorities: a lower number is more urgent; at least the upper five bits are there. */
#define GIC_PRIORITY_DEFAULT	0xa0
#define GIC_PRIORITY_MASK_NONE	0xff

#ifndef __ASSEMBLER__

/*
 * gic_register - the offset of the 32-bit register that has a bit field for an interrupt.
 * base: of the register array (GICD_ISENABLER, ...); bits: the field's width, 1, 2 or 8.
 */
static inline uint32_t gic_register(uint32_t base, uint32_t intid, unsigned int bits)
{
	return base + intid * bits / 32 * 4;
}

/* gic_shift - where in that register the interrupt's field begins. */
static inline unsigned int gic_shift(uint32_t intid, unsigned int bits)
{
	return intid * bits % 32;
}

/* gic_irouter - the offset of an SPI's GICD_IROUTER. */
static inline uint32_t gic_irouter(uint32_t intid)
{
	return GICD_IROUTER + intid * 8;
}

/* gic_typer_affinity - GICR_TYPER's affinity in the places that MPIDR_EL1 has it in. */
static inline uint64_t gic_typer_affinity(uint64_t typer)
{
	uint64_t affinity = FIELD_GET(GICR_TYPER_AFFINITY, typer);

	return (affinity & 0xffffff) | (affinity >> 24) << 32;
}

/*
 * gic_sgi1r - what to write to ICC_SGI1R_EL1 to send an SGI to one CPU.
 * affinity: its MPIDR_EL1 (other bits are ignored); intid: 0 to 15.
 */
static inline uint64_t gic_sgi1r(uint64_t affinity, uint32_t intid)
{
	uint64_t aff0 = affinity & 0xff;

	return FIELD_PREP(ICC_SGI1R_AFF3, affinity >> 32) | FIELD_PREP(ICC_SGI1R_AFF2, affinity >> 16) |
	       FIELD_PREP(ICC_SGI1R_AFF1, affinity >> 8) | FIELD_PREP(ICC_SGI1R_RS, aff0 / 16) |
	       FIELD_PREP(ICC_SGI1R_TARGETLIST, BIT(aff0 % 16)) | FIELD_PREP(ICC_SGI1R_INTID, intid);
}

/* gic_is_special - INTIDs 1020 to 1023 stand for no interrupt: neither EOIR nor DIR is written. */
static inline bool gic_is_special(uint32_t intid)
{
	return intid >= GIC_SPECIAL_FIRST && intid <= GIC_SPURIOUS;
}

#endif
#endif
