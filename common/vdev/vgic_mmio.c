// SPDX-License-Identifier: MIT
/*
 * vgic_mmio.c - the virtual GIC's memory-mapped registers (IHI 0069, "The GIC register descriptions"):
 * the distributor, the redistributors. Those with a field for each interrupt are in vgic_arrays.c.
 *
 * Access sizes (IHI 0069, "GIC memory-mapped register access"): 32 bits; 64 bits for the 64-bit
 * registers, which also take 32 bits for a half. Any other access is RAZ/WI.
 */
#include "vdev/vgic.h"

#include "arch/layout.h"
#include "vdev/vgic_state.h"

/* An identification that stands for no implementation which a driver would know errata of. */
#define IIDR			0x0000043bU	/* JEP106 code of Arm, as the architecture's author */
#define INTID_BITS		10		/* 0 to 1023: the special ones are there, LPIs are not */

/* ---- Registers of 64 bits -------------------------------------------------------------------------- */

/* What an access of 8 bytes, or of 4 to one of the halves, sees of a 64-bit register. Others see 0. */
static uint64_t read_part(uint64_t reg, uint32_t offset, unsigned int size)
{
	if (size == 8 && offset % 8 == 0)
		return reg;
	if (size == 4 && offset % 4 == 0)
		return (uint32_t)(reg >> (8 * (offset % 8)));
	return 0;
}

/* And what it makes of the register. */
static uint64_t write_part(uint64_t reg, uint32_t offset, unsigned int size, uint64_t value)
{
	if (size == 8 && offset % 8 == 0)
		return value;
	if (size == 4 && offset % 8 == 0)
		return (reg & GENMASK(63, 32)) | (uint32_t)value;
	if (size == 4 && offset % 8 == 4)
		return (uint32_t)reg | value << 32;
	return reg;
}

static bool is_irouter(uint32_t offset)
{
	return offset >= GICD_IROUTER + 8 * GIC_SPI_FIRST && offset < GICD_IROUTER + 8 * VGIC_INTIDS;
}

/* As in MPIDR_EL1: Aff3 at [39:32]. */
static uint64_t irouter(const struct vgic *gic, uint32_t intid)
{
	uint64_t route = gic->route[intid];

	return (route & 0xffffff) | route >> 24 << 32;
}

/* An affinity that no vCPU has is none of our business: the interrupt waits until it gets another. */
static void write_irouter(struct vgic *gic, uint32_t intid, uint64_t value)
{
	uint32_t bit = (uint32_t)BIT(intid % 32);
	unsigned int cpu, number = intid / 32;

	gic->route[intid] = vgic_affinity(value & GICD_IROUTER_AFFINITY);
	for (cpu = 0; cpu < gic->cpu_count; cpu++) {
		struct vgic_cpu *own = &gic->cpus[cpu];

		own->routed[number] &= ~bit;
		if (own->affinity == gic->route[intid])
			own->routed[number] |= bit;
	}
	vgic_bank_changed(gic, 0, number, bit);
}

/* ---- The distributor ------------------------------------------------------------------------------- */

/*
 * GICD_TYPER: the special INTIDs need 10 bits; Aff3 counts; SGIs reach every Aff0. CPUNumber is for
 * GICs without affinity routing.
 */
static uint32_t dist_typer(void)
{
	return FIELD_PREP(GICD_TYPER_ITLINES, VGIC_BANKS - 1) |
	       FIELD_PREP(GICD_TYPER_IDBITS, INTID_BITS - 1) | GICD_TYPER_A3V | GICD_TYPER_NO1N |
	       GICD_TYPER_RSS;
}

static uint32_t dist_ctlr(const struct vgic *gic)
{
	return gic->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS | (gic->rwp ? GICD_CTLR_RWP : 0);
}

enum vdev_result vgic_dist_read(struct vgic *gic, unsigned int cpu, uint32_t offset,
				unsigned int size, uint64_t *value)
{
	/* What drivers read over and over comes first: what is enabled, and GICD_CTLR.RWP. */
	if (size == 4 && offset - GICD_ISENABLER < GICD_ISPENDR - GICD_ISENABLER && offset % 4 == 0) {
		const struct vgic_bank *bank = vgic_bank_at(gic, VGIC_SHARED, offset % VGIC_ARRAY_BYTES / 4);

		*value = bank ? bank->enabled : 0;
		return VDEV_DONE;
	}
	if (size == 4 && offset == GICD_CTLR) {
		*value = dist_ctlr(gic);
		return VDEV_DONE;
	}
	*value = 0;
	if (offset >= GICD_IGROUPR && offset < GICD_IGRPMODR)
		return vgic_array_read(gic, cpu, VGIC_SHARED, offset, size, value);
	if (is_irouter(offset)) {
		*value = read_part(irouter(gic, (offset - GICD_IROUTER) / 8), offset, size);
		return VDEV_DONE;
	}
	if (size != 4)
		return VDEV_DONE;
	switch (offset) {
	case GICD_TYPER:
		*value = dist_typer();
		break;
	case GICD_IIDR:
		*value = IIDR;
		break;
	case GICD_PIDR2:
		*value = GIC_PIDR2_GICV3;
		break;
	}
	return VDEV_DONE;
}

static void write_dist_ctlr(struct vgic *gic, uint32_t value)
{
	uint32_t ctlr = value & (GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
	bool disables = gic->ctlr & ~ctlr;
	unsigned int cpu, number;

	if (ctlr == gic->ctlr)
		return;
	gic->ctlr = ctlr;
	for (cpu = 0; cpu < gic->cpu_count; cpu++) {
		for (number = 0; disables && number < VGIC_BANKS; number++)
			if (gic->cpus[cpu].listed[number])
				vgic_wait_for_fold(gic, VGIC_SHARED, (uint32_t)BIT(cpu));
		vgic_tell(gic, cpu, VGIC_ALL_BANKS);
	}
}

enum vdev_result vgic_dist_write(struct vgic *gic, unsigned int cpu, uint32_t offset,
				 unsigned int size, uint64_t value)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	(void)cpu;
	if (offset >= GICD_IGROUPR && offset < GICD_IGRPMODR) {
		vgic_array_write(gic, VGIC_SHARED, offset, size, (uint32_t)value);
	} else if (is_irouter(offset)) {
		uint32_t intid = (offset - GICD_IROUTER) / 8;

		write_irouter(gic, intid, write_part(irouter(gic, intid), offset, size, value));
	} else if (offset == GICD_CTLR && size == 4) {
		write_dist_ctlr(gic, (uint32_t)value);
	}
	spin_unlock_irqrestore(&gic->lock, daif);
	return VDEV_DONE;
}

/* ---- Redistributors -------------------------------------------------------------------------------- */

static uint64_t redist_typer(const struct vgic *gic, unsigned int owner)
{
	return FIELD_PREP(GICR_TYPER_AFFINITY, gic->cpus[owner].affinity) |
	       FIELD_PREP(GICR_TYPER_PROCESSOR, owner) |
	       (owner == gic->cpu_count - 1 ? GICR_TYPER_LAST : 0);
}

enum vdev_result vgic_redist_read(struct vgic *gic, unsigned int cpu, uint32_t offset,
				  unsigned int size, uint64_t *value)
{
	unsigned int owner = offset / GICR_STRIDE;

	*value = 0;
	offset %= GICR_STRIDE;
	if (owner >= gic->cpu_count)
		return VDEV_DONE;
	if (offset >= GICR_SGI_FRAME + GICD_IGROUPR && offset < GICR_SGI_FRAME + GICD_IGRPMODR)
		return vgic_array_read(gic, cpu, owner, offset - GICR_SGI_FRAME, size, value);
	if (ALIGN_DOWN(offset, 8) == GICR_TYPER) {
		*value = read_part(redist_typer(gic, owner), offset, size);
		return VDEV_DONE;
	}
	if (size != 4)
		return VDEV_DONE;
	switch (offset) {
	case GICR_CTLR:
		*value = gic->cpus[owner].rwp ? GICR_CTLR_RWP : 0;
		break;
	case GICR_IIDR:
		*value = IIDR;
		break;
	case GICR_WAKER:
		/* The CPU interface is quiet as soon as it is told to be: both bits are one. */
		if (gic->cpus[owner].asleep)
			*value = GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP;
		break;
	case GICR_PIDR2:
		*value = GIC_PIDR2_GICV3;
		break;
	}
	return VDEV_DONE;
}

enum vdev_result vgic_redist_write(struct vgic *gic, unsigned int cpu, uint32_t offset,
				   unsigned int size, uint64_t value)
{
	unsigned int owner = offset / GICR_STRIDE;
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	(void)cpu;
	offset %= GICR_STRIDE;
	if (owner >= gic->cpu_count) {
		/* nobody's */
	} else if (offset >= GICR_SGI_FRAME + GICD_IGROUPR && offset < GICR_SGI_FRAME + GICD_IGRPMODR) {
		vgic_array_write(gic, owner, offset - GICR_SGI_FRAME, size, (uint32_t)value);
	} else if (offset == GICR_WAKER && size == 4) {
		gic->cpus[owner].asleep = value & GICR_WAKER_PROCESSOR_SLEEP;
		vgic_tell(gic, owner, VGIC_ALL_BANKS);
	}
	spin_unlock_irqrestore(&gic->lock, daif);
	return VDEV_DONE;
}
