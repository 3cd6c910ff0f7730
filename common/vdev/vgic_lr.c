// SPDX-License-Identifier: MIT
/*
 * vgic_lr.c - the virtual GIC and the list registers: fold and fill (vgic.h).
 *
 * A CPU has 4 list registers, or 16; a guest may have more interrupts than that pending and active at
 * once. The rest waits in the model. Three things bring it into the list registers in time:
 *
 *   pending	The best of what is pending is always listed. When it was acknowledged, and no other
 *		is listed, there is a maintenance interrupt (ICH_HCR_EL2.NPIE), and a new choice.
 *   active	Interrupts end in the reverse order of their acknowledgement, so the most urgent one
 *		ends first. The least urgent ones are left out: when the guest ends one of these the
 *		hardware finds it in no list register and counts (EOIcount, with a maintenance
 *		interrupt, LRENPIE). Which one it was is known from the order.
 *   EOImode 1	keeps no order: the write to ICC_DIR_EL1 that ends an interrupt is trapped (TDIR).
 *
 * There is no use for UIE, "at most one is listed": with one or two list registers it would be true at
 * once and for ever, and the guest would never get on.
 */
#include "vdev/vgic.h"

#include "vdev/vgic_state.h"

/*
 * A candidate for a list register: a number, of which the lowest is the most urgent. Priority; at the
 * same priority what is active before what is pending, which cannot preempt it; then the INTID.
 */
#define KEY_INTID		GENMASK(6, 0)
#define KEY_PENDING		BIT(7)
#define KEY_PRIORITY		GENMASK(15, 8)
#define KEY_GROUP_OFF		BIT(16)		/* the guest's CPU interface has its group disabled */

static_assert(VGIC_INTIDS <= KEY_INTID + 1, "an INTID must fit into a key");

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

static inline void fold_one(struct vgic *gic, unsigned int cpu, uint64_t lr)
{
	uint32_t intid = (uint32_t)lr % VGIC_INTIDS;
	unsigned int number = intid / 32;
	struct vgic_bank *bank = vgic_bank(gic, cpu, number);
	struct vgic_share *share = &gic->cpus[cpu].share[number];
	uint32_t bit = (uint32_t)BIT(intid % 32);
	bool active = lr & ICH_LR_ACTIVE;

	/*
	 * The latch comes back if the guest has not acknowledged it, and has not cleared it meanwhile
	 * (ICPENDR clears latch_listed). A high line is pending by itself.
	 */
	if (lr & ICH_LR_PENDING)
		bank->latch |= bank->latch_listed & bit;
	bank->latch_listed &= ~bit;

	if ((bank->activate | bank->deactivate) & bit) {
		active = bank->activate & bit;
		bank->activate &= ~bit;
		bank->deactivate &= ~bit;
	}
	if (bank->linked & bit)
		fold_linked(bank, bit, lr, active);

	bank->listed &= ~bit;
	share->listed &= ~bit;
	if (active) {
		bank->active |= bit;
		share->active |= bit;
		bank->active_priority[intid % 32] = (uint8_t)FIELD_GET(ICH_LR_PRIORITY, lr);
	} else {
		bank->active &= ~bit;
		share->active &= ~bit;
	}
	/* GICD_IROUTER was written meanwhile: it is another vCPU's now. */
	if (!(share->routed & bit) && (vgic_pending(bank) & bit))
		vgic_bank_changed(gic, cpu, number, bit);
}

/* The guest has ended an active interrupt that is not listed: the most urgent of them. */
static void end_unlisted(struct vgic *gic, unsigned int cpu)
{
	uint64_t best = UINT64_MAX;
	unsigned int number, n;

	for (number = 0; number < VGIC_BANKS; number++) {
		const struct vgic_share *share = &gic->cpus[cpu].share[number];
		const struct vgic_bank *bank = vgic_bank(gic, cpu, number);
		uint32_t bits = share->active & ~share->listed;

		for_each_bit(n, bits) {
			uint64_t key = FIELD_PREP(KEY_PRIORITY, bank->active_priority[n]) |
				       (32 * number + n);

			if (key < best)
				best = key;
		}
	}
	if (best == UINT64_MAX)
		return;
	n = (unsigned int)FIELD_GET(KEY_INTID, best);
	vgic_set_active(gic, cpu, n / 32, (uint32_t)BIT(n % 32), false);
}

/* With EOImode 1 the hardware may count the priority drops, too; there, what ends an interrupt traps. */
static void end_counted(struct vgic *gic, unsigned int cpu, const struct vgic_lrs *lrs)
{
	unsigned int n;

	if ((lrs->vmcr & ICH_VMCR_VEOIM) && lrs->can_trap_dir)
		return;
	for (n = 0; n < lrs->eoi_count; n++)
		end_unlisted(gic, cpu);
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

void vgic_fold(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	unsigned int used = lrs->used, n;

	/* Before the list registers, or what becomes of them would look like never listed. */
	if (lrs->eoi_count)
		end_counted(gic, cpu, lrs);
	for_each_bit(n, used)
		fold_one(gic, cpu, lrs->lr[n]);
	lrs->used = 0;
	if (gic->awaited & BIT(cpu))
		stop_waiting(gic, cpu);
	spin_unlock_irqrestore(&gic->lock, daif);
}

/* ---- Fill -------------------------------------------------------------------------------------- */

/*
 * A physical interrupt that is held, while its virtual one is not (or no more) to be delivered: nobody
 * else would deactivate it, and it could never come again.
 */
static __noinline void settle_held(struct vgic *gic, unsigned int cpu)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	struct vgic_bank *bank = &gic->cpus[cpu].bank;
	uint32_t waiting = bank->held & bank->level & ~bank->active, done;
	unsigned int n;

	if (gic->ops->line) {
		for_each_bit(n, waiting)
			if (!gic->ops->line(gic, cpu, own->pintid[n]))
				bank->level &= ~(uint32_t)BIT(n);
	}
	done = bank->held & ~bank->level & ~bank->active;
	bank->held &= ~done;
	for_each_bit(n, done)
		gic->ops->deactivate_hw(gic, cpu, own->pintid[n]);
}

static bool group_is_on(const struct vgic_bank *bank, uint32_t bit, uint64_t vmcr)
{
	return vmcr & (bank->group & bit ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);
}

/* All that could be in this vCPU's list registers. Returns how many there are. */
static inline unsigned int collect(struct vgic *gic, unsigned int cpu, uint64_t vmcr, uint32_t *keys)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	unsigned int number, n, count = 0;

	for (number = 0; number < VGIC_BANKS; number++) {
		const struct vgic_bank *bank = vgic_bank(gic, cpu, number);
		uint32_t active = own->share[number].active;
		uint32_t pending = vgic_deliverable(gic, bank) & own->share[number].routed &
				   ~bank->active & ~bank->listed;

		for_each_bit(n, active)
			keys[count++] = (uint32_t)bank->active_priority[n] << 8 | (32 * number + n);
		if (own->asleep)
			continue;
		for_each_bit(n, pending) {
			uint32_t key = (uint32_t)bank->priority[n] << 8 | KEY_PENDING | (32 * number + n);

			keys[count++] = key | (group_is_on(bank, (uint32_t)BIT(n), vmcr) ? 0 : KEY_GROUP_OFF);
		}
	}
	return count;
}

/* Brings the lowest of the keys from first on to the place first. */
static void bring_lowest(uint32_t *keys, unsigned int first, unsigned int count)
{
	unsigned int n, lowest = first;
	uint32_t key;

	for (n = first + 1; n < count; n++)
		if (keys[n] < keys[lowest])
			lowest = n;
	key = keys[lowest];
	keys[lowest] = keys[first];
	keys[first] = key;
}

static bool is_pending(uint32_t key)
{
	return (key & (KEY_PENDING | KEY_GROUP_OFF)) == KEY_PENDING;
}

/*
 * More candidates than list registers: the most urgent come first. But if all of these are active, the
 * last place is for the best pending one: the guest may be able to take it. Then says, by ICH_HCR_EL2,
 * when to look again.
 */
static __noinline void choose(struct vgic_lrs *lrs, uint32_t *keys, unsigned int count)
{
	unsigned int last = lrs->count - 1, best = count, n;
	bool pending_listed = false;

	for (n = 0; n < lrs->count; n++) {
		bring_lowest(keys, n, count);
		pending_listed = pending_listed || is_pending(keys[n]);
	}
	for (n = lrs->count; n < count; n++)
		if (is_pending(keys[n]) && (best == count || keys[n] < keys[best]))
			best = n;
	if (!pending_listed && best != count) {
		uint32_t key = keys[last];

		keys[last] = keys[best];
		keys[best] = key;
	}

	for (n = lrs->count; n < count; n++) {
		if (is_pending(keys[n])) {
			/* The guest might also disable the group that all the listed ones are of. */
			lrs->hcr |= ICH_HCR_NPIE;
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG0 ? ICH_HCR_VGRP0DIE : 0;
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE : 0;
		} else if (keys[n] & KEY_GROUP_OFF) {
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG1 ? 0 : ICH_HCR_VGRP1EIE;
		} else {
			lrs->hcr |= ICH_HCR_LRENPIE | (lrs->can_trap_dir ? ICH_HCR_TDIR : 0);
		}
	}
}

/* The list register for a candidate, which is listed from here on. */
static inline uint64_t list_one(struct vgic *gic, unsigned int cpu, uint32_t key)
{
	uint32_t intid = (uint32_t)FIELD_GET(KEY_INTID, key);
	unsigned int number = intid / 32, n = intid % 32;
	struct vgic_bank *bank = vgic_bank(gic, cpu, number);
	struct vgic_share *share = &gic->cpus[cpu].share[number];
	uint32_t bit = (uint32_t)BIT(n);
	uint64_t lr = intid | FIELD_PREP(ICH_LR_PRIORITY, key >> 8);
	bool active = !(key & KEY_PENDING), latch = bank->latch & bit;

	bank->listed |= bit;
	share->listed |= bit;
	if (bank->group & bit)
		lr |= ICH_LR_GROUP1;

	/*
	 * An edge or SGI that came while it was active is listed as "active and pending": delivered
	 * again at once when it has ended. A line is not: it may be low by then.
	 */
	if (active) {
		lr |= ICH_LR_ACTIVE;
		if (latch && (vgic_deliverable(gic, bank) & bank->edge & share->routed & bit))
			lr |= ICH_LR_PENDING;
	} else {
		lr |= ICH_LR_PENDING;
	}
	if (lr & ICH_LR_PENDING) {
		bank->latch_listed |= bank->latch & bit;
		bank->latch &= ~bit;
	}

	/*
	 * Linked: the end of this one is the end of the physical one. Otherwise, if something is left to
	 * be delivered after the end (the line is still high), there has to be a maintenance interrupt.
	 * HW = 1 has no such interrupt: its line tells by itself; a latch does not.
	 */
	if ((bank->held & bit) && !(active && latch))
		lr |= ICH_LR_HW | FIELD_PREP(ICH_LR_PINTID, gic->cpus[cpu].pintid[n]);
	else if (vgic_pending(bank) & bit)
		lr |= ICH_LR_EOI;
	return lr;
}

void vgic_fill(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs)
{
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	uint32_t keys[VGIC_INTIDS];
	unsigned int count, n;

	lrs->hcr = ICH_HCR_EN;
	if (gic->cpus[cpu].bank.held)
		settle_held(gic, cpu);
	count = collect(gic, cpu, lrs->vmcr, keys);
	if (count > lrs->count) {
		choose(lrs, keys, count);
		count = lrs->count;
	}
	for (n = 0; n < count; n++)
		lrs->lr[n] = list_one(gic, cpu, keys[n]);
	lrs->used = (uint16_t)(BIT(count) - 1);
	spin_unlock_irqrestore(&gic->lock, daif);
}

bool vgic_wants_cpu(struct vgic *gic, unsigned int cpu, uint8_t pmr, bool grp0, bool grp1)
{
	uint64_t vmcr = (grp0 ? ICH_VMCR_VENG0 : 0) | (grp1 ? ICH_VMCR_VENG1 : 0);
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	uint32_t keys[VGIC_INTIDS];
	unsigned int count = collect(gic, cpu, vmcr, keys), n;
	bool wants = false;

	for (n = 0; n < count; n++)
		wants = wants || (is_pending(keys[n]) && FIELD_GET(KEY_PRIORITY, keys[n]) < pmr);
	spin_unlock_irqrestore(&gic->lock, daif);
	return wants;
}
