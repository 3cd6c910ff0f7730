// SPDX-License-Identifier: MIT
/*
 * vgic_lr.c - the virtual GIC and the list registers: fold and fill (vgic.h). What to do when there are
 * too few of them is in vgic_choose.c.
 */
#include "vdev/vgic.h"

#include "vdev/vgic_state.h"

/* ---- Fold -------------------------------------------------------------------------------------- */

/*
 * The physical interrupt behind a linked one. When the guest ended it in a list register with HW = 1
 * the hardware has deactivated the physical one. If the line is still high, that comes again.
 */
static void fold_linked(struct vgic_bank *bank, uint32_t bit, uint64_t lr, bool active)
{
	if (bank->again & bit) {
		bank->again &= ~bit;
		return;
	}
	if (!(lr & ICH_LR_STATE) && (lr & ICH_LR_HW))
		bank->held &= ~bit;
	if (!(lr & ICH_LR_PENDING) && !active)
		bank->level &= ~bit;
}

static inline void fold_one(struct vgic *gic, struct vgic_cpu *own, uint64_t lr)
{
	unsigned int number = (uint32_t)lr / 32 % VGIC_BANKS, n = lr % 32;
	struct vgic_bank *bank = vgic_own_bank(gic, own, number);
	uint32_t bit = (uint32_t)BIT(n);
	bool active = lr & ICH_LR_ACTIVE;

	/*
	 * The latch comes back if the guest has not acknowledged it, and has not cleared it meanwhile
	 * (ICPENDR clears latch_listed). A high line is pending by itself.
	 */
	if (lr & ICH_LR_PENDING)
		bank->latch |= bank->latch_listed & bit;
	bank->latch_listed &= ~bit;

	if ((bank->activate | bank->deactivate) & bit) {
		if (!active)
			bank->unacknowledged |= bit;
		active = bank->activate & bit;
		bank->activate &= ~bit;
		bank->deactivate &= ~bit;
	}
	if (bank->linked & bit)
		fold_linked(bank, bit, lr, active);

	bank->listed &= ~bit;
	own->listed[number] &= ~bit;
	own->news |= (uint32_t)BIT(number);
	if (active) {
		bank->active |= bit;
		own->active[number] |= bit;
		bank->active_priority[n] = (uint8_t)FIELD_GET(ICH_LR_PRIORITY, lr);
	} else {
		bank->active &= ~bit;
		own->active[number] &= ~bit;
		/* GICD_IROUTER was written meanwhile: it is another vCPU's now. */
		if (!(own->routed[number] & bit) && (vgic_pending(bank) & bit))
			vgic_bank_changed(gic, 0, number, bit);
	}
}

/* Whoever waited for this vCPU's fold need not any more. */
static void stop_waiting(struct vgic *gic, unsigned int cpu)
{
	uint32_t others = ~(uint32_t)BIT(cpu);
	unsigned int n;

	gic->awaited &= others;
	gic->rwp &= others;
	gic->cpus[cpu].rwp = false;
	for (n = 0; n < gic->cpu_count; n++)
		gic->cpus[n].awaits &= others;
}

static inline void fold(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	struct vgic_cpu *own = &gic->cpus[cpu];
	unsigned int used = lrs->used, n;

	/* Before the list registers, or what becomes of them would look like never listed. */
	if (lrs->eoi_count)
		vgic_end_counted(gic, cpu, lrs);
	for_each_bit(n, used)
		fold_one(gic, own, lrs->lr[n]);
	lrs->used = 0;
	if (gic->awaited & BIT(cpu))
		stop_waiting(gic, cpu);
}

/* ---- Fill -------------------------------------------------------------------------------------- */

void vgic_look_at_held(struct vgic *gic, unsigned int cpu)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	struct vgic_bank *bank = &gic->cpus[cpu].bank;
	uint32_t held = bank->held;
	unsigned int n;

	if (!gic->ops->line)
		return;
	bank->level &= ~held;
	for_each_bit(n, held)
		if (gic->ops->line(gic, cpu, own->pintid[n - GIC_PPI_FIRST]))
			bank->level |= (uint32_t)BIT(n);
}

/*
 * What is held. When the virtual interrupt is not to be delivered (any more), nobody else would
 * deactivate the physical one, and it could never come again.
 */
static __noinline void settle_held(struct vgic *gic, unsigned int cpu)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	struct vgic_bank *bank = &gic->cpus[cpu].bank;
	uint32_t done;
	unsigned int n;

	vgic_look_at_held(gic, cpu);
	done = bank->held & ~bank->level & ~bank->active;
	bank->held &= ~done;
	for_each_bit(n, done)
		gic->ops->deactivate_hw(gic, cpu, own->pintid[n - GIC_PPI_FIRST]);
}

/*
 * The interrupt is listed from here on. Returns its list register but for the state.
 *
 * If it is linked, the end of this one is the end of the physical one, and if the line is still high,
 * that comes again. Otherwise, if there will be something left to be delivered after the end, since the
 * line is high, there has to be a maintenance interrupt at the end.
 */
static inline uint64_t list(struct vgic_cpu *own, struct vgic_bank *bank, unsigned int number,
			    unsigned int n, unsigned int priority, bool linked)
{
	uint32_t bit = (uint32_t)BIT(n);
	uint64_t lr = FIELD_PREP(ICH_LR_PRIORITY, priority) | (32 * number + n);

	bank->listed |= bit;
	own->listed[number] |= bit;
	if (bank->group & bit)
		lr |= ICH_LR_GROUP1;
	if (linked)
		lr |= ICH_LR_HW | FIELD_PREP(ICH_LR_PINTID, own->pintid[n - GIC_PPI_FIRST]);
	else if (vgic_pending(bank) & bit)
		lr |= ICH_LR_EOI;
	return lr;
}

/* The latch goes into the list register, with the state "pending". */
static inline void list_latch(struct vgic_bank *bank, uint32_t bit)
{
	bank->latch_listed |= bank->latch & bit;
	bank->latch &= ~bit;
}

static inline uint64_t list_pending(struct vgic_cpu *own, struct vgic_bank *bank, unsigned int number,
				    unsigned int n)
{
	uint32_t bit = (uint32_t)BIT(n);

	list_latch(bank, bit);
	bank->unacknowledged &= ~bit;
	return ICH_LR_PENDING | list(own, bank, number, n, bank->priority[n], bank->held & bit);
}

/*
 * An edge or SGI that has come since it was acknowledged is listed as "active and pending", if "again" says
 * that it may: delivered again at once when it has ended. One whose priority was changed meanwhile is not, as
 * a list register has but one. A line is not: it may be low by then. Neither is one with HW = 1, which may
 * not be both. So what is linked and has its latch set (by ISPENDR) gets HW = 0, with a maintenance
 * interrupt at the end, and the physical one is deactivated by the fold.
 */
static inline uint64_t list_active(const struct vgic *gic, struct vgic_cpu *own, struct vgic_bank *bank,
				   unsigned int number, unsigned int n, bool again)
{
	uint32_t bit = (uint32_t)BIT(n);
	uint64_t state = ICH_LR_ACTIVE;
	bool linked = bank->held & ~bank->latch & bit;

	if (again && (bank->latch & bit & bank->edge & own->routed[number] & vgic_deliverable(gic, bank)) &&
	    bank->priority[n] == bank->active_priority[n]) {
		list_latch(bank, bit);
		state |= ICH_LR_PENDING;
	}
	return state | list(own, bank, number, n, bank->active_priority[n], linked);
}

/*
 * More than there are list registers: back with what was listed so far, and choose. What ends may leave room
 * for another one, so no end is to be overlooked: not even of one that comes again, as that might be of
 * a group that the guest has disabled, and would keep ICH_HCR_EL2.NPIE silent.
 */
static __noinline unsigned int fill_chosen(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	struct vgic_cpu *own = &gic->cpus[cpu];
	uint32_t keys[VGIC_INTIDS];
	unsigned int i;

	for (i = 0; i < lrs->count; i++)
		fold_one(gic, own, lrs->lr[i]);
	vgic_choose(gic, cpu, lrs, keys);
	for (i = 0; i < lrs->count; i++) {
		unsigned int number = keys[i] % VGIC_INTIDS / 32, n = keys[i] % 32;
		struct vgic_bank *bank = vgic_own_bank(gic, own, number);

		if (keys[i] & VGIC_KEY_PENDING)
			lrs->lr[i] = list_pending(own, bank, number, n);
		else
			lrs->lr[i] = list_active(gic, own, bank, number, n, false);
	}
	return lrs->count;
}

/* Returns how many list registers are in use. Mostly they suffice: then any order will do. */
static inline unsigned int fill_all(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	struct vgic_cpu *own = &gic->cpus[cpu];
	uint32_t news = own->news;
	unsigned int number, n, count = 0;

	for_each_bit(number, news) {
		struct vgic_bank *bank = vgic_own_bank(gic, own, number);
		uint32_t active = own->active[number];
		uint32_t pending = vgic_waiting(gic, own, bank, number);

		for_each_bit(n, active) {
			if (count == lrs->count)
				return fill_chosen(gic, cpu, lrs);
			lrs->lr[count++] = list_active(gic, own, bank, number, n, true);
		}
		for_each_bit(n, pending) {
			if (count == lrs->count)
				return fill_chosen(gic, cpu, lrs);
			lrs->lr[count++] = list_pending(own, bank, number, n);
		}
	}
	own->news = 0;
	return count;
}

static inline void fill(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	lrs->hcr = ICH_HCR_EN;
	if (gic->cpus[cpu].bank.held)
		settle_held(gic, cpu);
	lrs->used = (uint16_t)(BIT(fill_all(gic, cpu, lrs)) - 1);
}

/* ---- Both ------------------------------------------------------------------------------------------ */

void vgic_fold(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	fold(gic, cpu, lrs);
	spin_unlock_irqrestore(&gic->lock, daif);
}

void vgic_fill(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	fill(gic, cpu, lrs);
	spin_unlock_irqrestore(&gic->lock, daif);
}

void vgic_update(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);

	fold(gic, cpu, lrs);
	fill(gic, cpu, lrs);
	spin_unlock_irqrestore(&gic->lock, daif);
}
