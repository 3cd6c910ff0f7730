// SPDX-License-Identifier: MIT
/*
 * vgic_arrays.c - the virtual GIC's registers that have a field for each interrupt (IHI 0069, "The GIC
 * register descriptions").
 *
 * The distributor and the redistributors' SGI frames have the same arrays of registers at the same
 * offsets: the first for SPIs, the second for the vCPU's own SGIs and PPIs. So there is one function
 * for both, and the owner says which it is.
 *
 * Access sizes (IHI 0069, "GIC memory-mapped register access"): 32 bits, and 8 bits for IPRIORITYR. Any
 * other access is RAZ/WI.
 */
#include "vdev/vgic.h"

#include "vdev/vgic_state.h"

#define IPRIORITYR_END		(GICD_IPRIORITYR + 0x400)
#define ICFGR_END		(GICD_ICFGR + 0x100)

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
	spin_unlock_irqrestore(&gic->lock, daif);
	if (listers & own)
		gic->ops->recall(gic, cpu);
	return VDEV_DONE;
}

static enum vdev_result read_state(struct vgic *gic, unsigned int cpu, unsigned int owner,
				   unsigned int number, uint32_t offset, uint64_t *value)
{
	const struct vgic_bank *bank = vgic_bank_at(gic, owner, number);
	/* Tells registers apart, and is never 0. */
	uint32_t question = owner << 16 | offset;
	struct vgic_cpu *reader = &gic->cpus[cpu];
	uint64_t daif;

	if (__atomic_load_n(&bank->listed, __ATOMIC_RELAXED) &&
	    refresh(gic, cpu, owner, number, question) == VDEV_RETRY)
		return VDEV_RETRY;
	daif = spin_lock_irqsave(&gic->lock);
	/* Answered, with or without the others' help: if it is asked again, that is another question. */
	reader->question = 0;
	/* A level is pending as long as the line is high, and a timer's falls without an exit. */
	if (owner == cpu && bank->held)
		vgic_look_at_held(gic, cpu);
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

enum vdev_result vgic_array_read(struct vgic *gic, unsigned int cpu, unsigned int owner,
				 uint32_t offset, unsigned int size, uint64_t *value)
{
	const struct vgic_bank *bank;

	if (offset >= GICD_IPRIORITYR && offset < IPRIORITYR_END) {
		uint32_t intid = offset - GICD_IPRIORITYR;

		bank = vgic_bank_at(gic, owner, intid / 32);
		if (bank && (size == 1 || (size == 4 && offset % 4 == 0)))
			*value = read_priorities(bank, intid % 32, size);
		return VDEV_DONE;
	}
	if (size != 4 || offset % 4 != 0)
		return VDEV_DONE;
	if (offset >= GICD_ICFGR && offset < ICFGR_END) {
		bank = vgic_bank_at(gic, owner, (offset - GICD_ICFGR) / 8);
		if (bank)
			*value = read_icfgr(bank, offset / 4 % 2);
		return VDEV_DONE;
	}

	bank = vgic_bank_at(gic, owner, offset % VGIC_ARRAY_BYTES / 4);
	if (!bank)
		return VDEV_DONE;
	switch (ALIGN_DOWN(offset, VGIC_ARRAY_BYTES)) {
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
		return read_state(gic, cpu, owner, offset % VGIC_ARRAY_BYTES / 4, offset, value);
	}
	return VDEV_DONE;
}

/* ---- Writes of the arrays -------------------------------------------------------------------------- */

/*
 * A disabled interrupt is out of the way only when it has left the list registers. Until then RWP says so
 * (IHI 0069, GICD_CTLR.RWP). owner: VGIC_SHARED, or whose redistributor was written to.
 */
void vgic_wait_for_fold(struct vgic *gic, unsigned int owner, uint32_t listers)
{
	gic->awaited |= listers;
	if (owner == VGIC_SHARED)
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
	unsigned int number = offset % VGIC_ARRAY_BYTES / 4;
	uint32_t listers = 0;

	switch (ALIGN_DOWN(offset, VGIC_ARRAY_BYTES)) {
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
	vgic_wait_for_fold(gic, owner, listers);
	vgic_bank_changed(gic, owner, number, value);
}

void vgic_array_write(struct vgic *gic, unsigned int owner, uint32_t offset, unsigned int size,
		      uint32_t value)
{
	struct vgic_bank *bank;

	if (offset >= GICD_IPRIORITYR && offset < IPRIORITYR_END) {
		bank = vgic_bank_at(gic, owner, (offset - GICD_IPRIORITYR) / 32);
		if (bank && (size == 1 || (size == 4 && offset % 4 == 0)))
			write_priorities(gic, bank, owner, offset - GICD_IPRIORITYR, size, value);
		return;
	}
	if (size != 4 || offset % 4 != 0)
		return;
	if (offset >= GICD_ICFGR && offset < ICFGR_END) {
		bank = vgic_bank_at(gic, owner, (offset - GICD_ICFGR) / 8);
		if (bank)
			write_icfgr(gic, bank, owner, (offset - GICD_ICFGR) / 8, offset / 4 % 2, value);
		return;
	}
	bank = vgic_bank_at(gic, owner, offset % VGIC_ARRAY_BYTES / 4);
	if (bank)
		write_bits(gic, bank, owner, offset, value);
}
