// SPDX-License-Identifier: MIT
/*
 * vgic_choose.c - the virtual GIC, when there are more interrupts than list registers.
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
#define KEY_INTID		(VGIC_KEY_PENDING - 1)
#define KEY_PRIORITY		GENMASK(15, 8)
#define KEY_GROUP_OFF		BIT(16)		/* the guest's CPU interface has its group disabled */

static_assert(VGIC_KEY_PENDING <= BIT(7), "the priority is from bit 8 on");

/* ---- Which are listed ------------------------------------------------------------------------- */

static bool group_is_on(const struct vgic_bank *bank, uint32_t bit, uint64_t vmcr)
{
	return vmcr & (bank->group & bit ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);
}

/* All that could be in this vCPU's list registers. Returns how many there are. */
static unsigned int collect(struct vgic *gic, unsigned int cpu, uint64_t vmcr, uint32_t *keys)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	uint32_t news = own->news;
	unsigned int number, n, count = 0;

	for_each_bit(number, news) {
		const struct vgic_bank *bank = vgic_bank(gic, cpu, number);
		uint32_t active = own->active[number];
		uint32_t pending = vgic_waiting(gic, own, bank, number);

		for_each_bit(n, active)
			keys[count++] = (uint32_t)bank->active_priority[n] << 8 | (32 * number + n);
		for_each_bit(n, pending) {
			uint32_t key = (uint32_t)bank->priority[n] << 8 | VGIC_KEY_PENDING | (32 * number + n);

			if (!group_is_on(bank, (uint32_t)BIT(n), vmcr))
				key |= KEY_GROUP_OFF;
			keys[count++] = key;
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
	return (key & (VGIC_KEY_PENDING | KEY_GROUP_OFF)) == VGIC_KEY_PENDING;
}

/*
 * More candidates than list registers: the most urgent come first. But if all of these are active, the
 * last place is for the best pending one: the guest may be able to take it. Then says, by ICH_HCR_EL2,
 * when to look again.
 */
void vgic_choose(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs, uint32_t *keys)
{
	unsigned int count = collect(gic, cpu, lrs->vmcr, keys);
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
			lrs->hcr |= ICH_HCR_NPIE;
			/*
			 * The guest might also disable the group that all the listed ones are of. With only
			 * one group on, nothing could be taken instead then. (And for QEMU 7.2 group 0 is
			 * disabled when group 1 is, so one that has only group 0 on would never get on.)
			 */
			if (!(~lrs->vmcr & (ICH_VMCR_VENG0 | ICH_VMCR_VENG1)))
				lrs->hcr |= ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE;
		} else if (keys[n] & KEY_GROUP_OFF) {
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;
			lrs->hcr |= lrs->vmcr & ICH_VMCR_VENG1 ? 0 : ICH_HCR_VGRP1EIE;
		} else {
			lrs->hcr |= ICH_HCR_LRENPIE | (lrs->can_trap_dir ? ICH_HCR_TDIR : 0);
		}
	}
}

/* ---- Those that are not ----------------------------------------------------------------------- */

/*
 * The guest has ended an active interrupt that is not listed: the most urgent of them. By ICC_EOIR1_EL1 it
 * ends only what it has acknowledged.
 */
static void end_unlisted(struct vgic *gic, unsigned int cpu, bool by_eoir)
{
	const struct vgic_cpu *own = &gic->cpus[cpu];
	uint64_t best = UINT64_MAX;
	unsigned int number, n;

	for (number = 0; number < VGIC_BANKS; number++) {
		const struct vgic_bank *bank = vgic_bank(gic, cpu, number);
		uint32_t bits = own->active[number] & ~own->listed[number];

		if (by_eoir)
			bits &= ~bank->unacknowledged;
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
void vgic_end_counted(struct vgic *gic, unsigned int cpu, const struct vgic_lrs *lrs)
{
	unsigned int n;

	if ((lrs->vmcr & ICH_VMCR_VEOIM) && lrs->can_trap_dir)
		return;
	for (n = 0; n < lrs->eoi_count; n++)
		end_unlisted(gic, cpu, !(lrs->vmcr & ICH_VMCR_VEOIM));
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
