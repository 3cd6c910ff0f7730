// SPDX-License-Identifier: MIT
/*
 * vgic_mmio.c - the virtual GIC's memory-mapped registers (IHI 0069, "The GIC register descriptions").
 *
 * The distributor and the redistributors' SGI frames have the same arrays of registers at the same
 * offsets: the first for SPIs, the second for the vCPU's own SGIs and PPIs. So there is one function
 * for both, and the owner says which it is.
 *
 * Access sizes (IHI 0069, "GIC memory-mapped register access"): 32 bits for all; 8 bits for IPRIORITYR;
 * 64 bits for the 64-bit registers, which also take 32 bits for a half. Any other access is RAZ/WI.
 */
#include "vdev/vgic.h"

#include "arch/layout.h"
#include "vdev/vgic_state.h"

/* Each array of one-bit fields fills 0x80 bytes. */
#define ARRAY_BYTES		0x80
#define IPRIORITYR_END		(GICD_IPRIORITYR + 0x400)
#define ICFGR_END		(GICD_ICFGR + 0x100)

#define SHARED			VGIC_CPUS_MAX	/* the owner of the distributor's registers */

/* An identification that stands for no implementation which a driver would know errata of. */
#define IIDR			0x0000043bU	/* JEP106 code of Arm, as the architecture's author */
#define INTID_BITS		10		/* 0 to 1023: the special ones are there, LPIs are not */

/* What is not there: NULL. */
static struct vgic_bank *bank_at(struct vgic *gic, unsigned int owner, unsigned int number)
{
	if (owner == SHARED)
		return number >= 1 && number < VGIC_BANKS ? &gic->spis[number] : NULL;
	return number == 0 ? &gic->cpus[owner].bank : NULL;
}

/* ---- Pending and active, which list registers may know better ------------------------------------- */

/*
 * Is the model's knowledge of a bank good enough for vCPU cpu to read? What is in its own list registers
 * is folded. What is in those of others is asked for: they fold when they next exit, and the reader
 * tries again until they have. Their answer is the state at that fold: later than the question, which is
 * all that a reader can expect of things that change by themselves.
 */
static enum vdev_result refresh(struct vgic *gic, unsigned int cpu, unsigned int owner,
				unsigned int number, uint32_t question)
{
	struct vgic_cpu *reader = &gic->cpus[cpu];
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	uint32_t listers = vgic_listers(gic, owner, number, UINT32_MAX), own = (uint32_t)BIT(cpu);
	uint32_t others = listers & ~own;
	bool answered = reader->question == question && !reader->awaits;
	unsigned int n;

	if (others && !answered) {
		if (reader->question != question) {
			reader->question = question;
			reader->awaits = others;
			gic->awaited |= others;
			for_each_bit(n, others)
				vgic_tell(gic, n, 0);
		}
		spin_unlock_irqrestore(&gic->lock, daif);
		return VDEV_RETRY;
	}
	reader->question = 0;
	spin_unlock_irqrestore(&gic->lock, daif);
	if (listers & own)
		gic->ops->recall(gic, cpu);
	return VDEV_DONE;
}

static enum vdev_result read_state(struct vgic *gic, unsigned int cpu, unsigned int owner,
				   unsigned int number, uint32_t offset, uint64_t *value)
{
	const struct vgic_bank *bank = bank_at(gic, owner, number);
	/* Tells registers apart, and is never 0. */
	uint32_t question = owner << 16 | offset;
	uint64_t daif;

	if (__atomic_load_n(&bank->listed, __ATOMIC_RELAXED) &&
	    refresh(gic, cpu, owner, number, question) == VDEV_RETRY)
		return VDEV_RETRY;
	daif = spin_lock_irqsave(&gic->lock);
	if (offset < GICD_ISACTIVER)
		*value = vgic_pending(bank) | bank->latch_listed;
	else
		*value = bank->active;
	spin_unlock_irqrestore(&gic->lock, daif);
	return VDEV_DONE;
}

/* ---- Reads of the arrays --------------------------------------------------------------------------- */

/* Two bits an interrupt, of which the lower one is RES0. half: of the bank's 32 interrupts. */
static uint32_t read_icfgr(const struct vgic_bank *bank, unsigned int half)
{
	uint32_t edge = bank->edge >> (16 * half), value = 0;
	unsigned int n;

	for (n = 0; n < 16; n++)
		value |= (edge >> n & 1) << (2 * n + 1);
	return value;
}

static uint32_t read_priorities(const struct vgic_bank *bank, unsigned int first, unsigned int size)
{
	uint32_t value = 0;
	unsigned int n;

	for (n = 0; n < size; n++)
		value |= (uint32_t)bank->priority[first + n] << (8 * n);
	return value;
}

static enum vdev_result read_array(struct vgic *gic, unsigned int cpu, unsigned int owner,
				   uint32_t offset, unsigned int size, uint64_t *value)
{
	const struct vgic_bank *bank;

	if (offset >= GICD_IPRIORITYR && offset < IPRIORITYR_END) {
		uint32_t intid = offset - GICD_IPRIORITYR;

		bank = bank_at(gic, owner, intid / 32);
		if (bank && (size == 1 || (size == 4 && offset % 4 == 0)))
			*value = read_priorities(bank, intid % 32, size);
		return VDEV_DONE;
	}
	if (size != 4 || offset % 4 != 0)
		return VDEV_DONE;
	if (offset >= GICD_ICFGR && offset < ICFGR_END) {
		bank = bank_at(gic, owner, (offset - GICD_ICFGR) / 8);
		if (bank)
			*value = read_icfgr(bank, offset / 4 % 2);
		return VDEV_DONE;
	}

	bank = bank_at(gic, owner, offset % ARRAY_BYTES / 4);
	if (!bank)
		return VDEV_DONE;
	switch (ALIGN_DOWN(offset, ARRAY_BYTES)) {
	case GICD_IGROUPR:
		*value = bank->group;
		break;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		*value = bank->enabled;
		break;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		return read_state(gic, cpu, owner, offset % ARRAY_BYTES / 4, offset, value);
	}
	return VDEV_DONE;
}

/* ---- Writes of the arrays -------------------------------------------------------------------------- */

/*
 * A disabled interrupt is out of the way only when it has left the list registers. Until then RWP says so
 * (IHI 0069, GICD_CTLR.RWP). owner: SHARED, or whose redistributor was written to.
 */
static void wait_for_fold(struct vgic *gic, unsigned int owner, uint32_t listers)
{
	gic->awaited |= listers;
	if (owner == SHARED)
		gic->rwp |= listers;
	else if (listers)
		gic->cpus[owner].rwp = true;
}

static void write_icfgr(struct vgic *gic, struct vgic_bank *bank, unsigned int owner, unsigned int number,
			unsigned int half, uint32_t value)
{
	uint32_t mask = 0xffffU << (16 * half), edge = 0;
	unsigned int n;

	/* SGIs are edge-triggered, and what stands for a physical line is a line. */
	mask &= ~bank->linked & (number == 0 ? 0xffff0000U : UINT32_MAX);
	for (n = 0; n < 16; n++)
		edge |= (value >> (2 * n + 1) & 1) << (16 * half + n);
	bank->edge = (bank->edge & ~mask) | (edge & mask);
	vgic_bank_changed(gic, owner, number, mask);
}

static void write_priorities(struct vgic *gic, struct vgic_bank *bank, unsigned int owner,
			     uint32_t intid, unsigned int size, uint32_t value)
{
	unsigned int n;

	for (n = 0; n < size; n++)
		bank->priority[intid % 32 + n] = (uint8_t)(value >> (8 * n)) & VGIC_PRIORITY_BITS;
	vgic_bank_changed(gic, owner, intid / 32, (uint32_t)((BIT(size) - 1) << intid % 32));
}

/* One of the arrays with a bit an interrupt. value: 1 where something is to be done. */
static void write_bits(struct vgic *gic, struct vgic_bank *bank, unsigned int owner, uint32_t offset,
		       uint32_t value)
{
	unsigned int number = offset % ARRAY_BYTES / 4;
	uint32_t listers = 0;

	switch (ALIGN_DOWN(offset, ARRAY_BYTES)) {
	case GICD_IGROUPR:
		value ^= bank->group;	/* where it differs */
		bank->group ^= value;
		break;
	case GICD_ISENABLER:
		bank->enabled |= value;
		break;
	case GICD_ICENABLER:
		value &= bank->enabled;
		listers = vgic_listers(gic, owner, number, value);
		bank->enabled &= ~value;
		break;
	case GICD_ISPENDR:
		bank->latch |= value;
		break;
	case GICD_ICPENDR:
		/* What is listed loses its latch there: see fold_one(). A line is not cleared by this. */
		bank->latch &= ~value;
		bank->latch_listed &= ~value;
		break;
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		vgic_set_active(gic, owner, number, value, offset < GICD_ICACTIVER);
		return;
	default:
		return;
	}
	wait_for_fold(gic, owner, listers);
	vgic_bank_changed(gic, owner, number, value);
}

static void write_array(struct vgic *gic, unsigned int owner, uint32_t offset, unsigned int size,
			uint32_t value)
{
	struct vgic_bank *bank;

	if (offset >= GICD_IPRIORITYR && offset < IPRIORITYR_END) {
		bank = bank_at(gic, owner, (offset - GICD_IPRIORITYR) / 32);
		if (bank && (size == 1 || (size == 4 && offset % 4 == 0)))
			write_priorities(gic, bank, owner, offset - GICD_IPRIORITYR, size, value);
		return;
	}
	if (size != 4 || offset % 4 != 0)
		return;
	if (offset >= GICD_ICFGR && offset < ICFGR_END) {
		bank = bank_at(gic, owner, (offset - GICD_ICFGR) / 8);
		if (bank)
			write_icfgr(gic, bank, owner, (offset - GICD_ICFGR) / 8, offset / 4 % 2, value);
		return;
	}
	bank = bank_at(gic, owner, offset % ARRAY_BYTES / 4);
	if (bank)
		write_bits(gic, bank, owner, offset, value);
}

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
		const struct vgic_bank *bank = bank_at(gic, SHARED, offset % ARRAY_BYTES / 4);

		*value = bank ? bank->enabled : 0;
		return VDEV_DONE;
	}
	if (size == 4 && offset == GICD_CTLR) {
		*value = dist_ctlr(gic);
		return VDEV_DONE;
	}
	*value = 0;
	if (offset >= GICD_IGROUPR && offset < GICD_IGRPMODR)
		return read_array(gic, cpu, SHARED, offset, size, value);
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
				wait_for_fold(gic, SHARED, (uint32_t)BIT(cpu));
		vgic_tell(gic, cpu, VGIC_ALL_BANKS);
	}
}

enum vdev_result vgic_dist_write(struct vgic *gic, unsigned int cpu, uint32_t offset,
				 unsigned int size, uint64_t value)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	(void)cpu;
	if (offset >= GICD_IGROUPR && offset < GICD_IGRPMODR) {
		write_array(gic, SHARED, offset, size, (uint32_t)value);
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
		return read_array(gic, cpu, owner, offset - GICR_SGI_FRAME, size, value);
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
		write_array(gic, owner, offset - GICR_SGI_FRAME, size, (uint32_t)value);
	} else if (offset == GICR_WAKER && size == 4) {
		gic->cpus[owner].asleep = value & GICR_WAKER_PROCESSOR_SLEEP;
		vgic_tell(gic, owner, VGIC_ALL_BANKS);
	}
	spin_unlock_irqrestore(&gic->lock, daif);
	return VDEV_DONE;
}
