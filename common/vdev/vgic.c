// SPDX-License-Identifier: MIT
#include "vdev/vgic.h"

#include <string.h>

#include "vdev/vgic_state.h"

#define NO_CPU			VGIC_CPUS_MAX
#define SGIS			0x0000ffffU	/* of bank 0 */

/* ---- Who has to know ----------------------------------------------------------------------------- */

uint32_t vgic_listers(const struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits)
{
	uint32_t listers = 0;

	if (number == 0)
		return gic->cpus[cpu].bank.listed & bits ? (uint32_t)BIT(cpu) : 0;
	for (cpu = 0; cpu < gic->cpu_count; cpu++)
		if (gic->cpus[cpu].listed[number] & bits)
			listers |= (uint32_t)BIT(cpu);
	return listers;
}

/*
 * Of those listed or active, any change may matter: a list register may have to go, or another value
 * belongs into it. The others matter when they can be delivered.
 */
static inline void private_changed(struct vgic *gic, unsigned int cpu, uint32_t bits)
{
	const struct vgic_bank *bank = &gic->cpus[cpu].bank;

	if ((vgic_deliverable(gic, bank) | bank->listed | bank->active | bank->held) & bits)
		vgic_tell(gic, cpu, (uint32_t)BIT(0));
}

void vgic_bank_changed(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits)
{
	uint32_t ready;

	if (number == 0) {
		private_changed(gic, cpu, bits);
		return;
	}
	ready = vgic_deliverable(gic, vgic_bank(gic, cpu, number));
	for (cpu = 0; cpu < gic->cpu_count; cpu++) {
		const struct vgic_cpu *own = &gic->cpus[cpu];

		if (((ready & own->routed[number]) | own->listed[number] | own->active[number]) & bits)
			vgic_tell(gic, cpu, (uint32_t)BIT(number));
	}
}

/* ---- Reset ------------------------------------------------------------------------------------- */

static void reset_bank(struct vgic_bank *bank)
{
	bank->group = UINT32_MAX;
}

void vgic_init(struct vgic *gic, unsigned int cpus, const uint64_t *affinity,
	       const struct vgic_ops *ops)
{
	unsigned int cpu, number;

	memset(gic, 0, sizeof(*gic));
	spin_init(&gic->lock);
	gic->cpu_count = cpus;
	gic->ops = ops;
	for (number = 1; number < VGIC_BANKS; number++)
		reset_bank(vgic_bank(gic, 0, number));
	for (number = 0; number < VGIC_INTIDS; number++)
		gic->route[number] = vgic_affinity(affinity[0]);

	for (cpu = 0; cpu < cpus; cpu++) {
		struct vgic_cpu *own = &gic->cpus[cpu];

		reset_bank(&own->bank);
		own->bank.edge = SGIS;
		own->affinity = vgic_affinity(affinity[cpu]);
		for (number = 0; number < VGIC_BANKS; number++)
			own->routed[number] = number == 0 || cpu == 0 ? UINT32_MAX : 0;
	}
}

void vgic_link(struct vgic *gic, unsigned int cpu, uint32_t intid, uint32_t pintid)
{
	gic->cpus[cpu].bank.linked |= (uint32_t)BIT(intid);
	gic->cpus[cpu].pintid[intid - GIC_PPI_FIRST] = (uint16_t)pintid;
}

/* ---- Lines ------------------------------------------------------------------------------------- */

static void line_becomes(struct vgic *gic, unsigned int cpu, uint32_t intid, bool level)
{
	unsigned int number = intid / 32;
	struct vgic_bank *bank = vgic_bank(gic, cpu, number);
	uint32_t bit = (uint32_t)BIT(intid % 32);

	/*
	 * A physical interrupt comes when it is inactive. So if its virtual one is listed, that has
	 * ended there already, and what the list register will say of it is old news.
	 */
	if (level && (bank->linked & bit)) {
		bank->held |= bit;
		bank->again |= bank->listed & bit;
	}
	if (level == !!(bank->level & bit) && !(bank->again & bit))
		return;
	if (level) {
		bank->level |= bit;
		bank->latch |= bank->edge & bit;
	} else {
		bank->level &= ~bit;
	}
	vgic_bank_changed(gic, cpu, number, bit);
}

void vgic_set_level(struct vgic *gic, unsigned int cpu, uint32_t intid, bool level)
{
	uint64_t daif;

	if (intid < GIC_PPI_FIRST || intid >= VGIC_INTIDS)
		return;
	daif = spin_lock_irqsave(&gic->lock);
	line_becomes(gic, cpu, intid, level);
	spin_unlock_irqrestore(&gic->lock, daif);
}

void vgic_pulse(struct vgic *gic, unsigned int cpu, uint32_t intid)
{
	uint64_t daif;

	if (intid < GIC_PPI_FIRST || intid >= VGIC_INTIDS)
		return;
	daif = spin_lock_irqsave(&gic->lock);
	line_becomes(gic, cpu, intid, true);
	line_becomes(gic, cpu, intid, false);
	spin_unlock_irqrestore(&gic->lock, daif);
}

/* ---- SGIs -------------------------------------------------------------------------------------- */

/* The vCPU of an affinity; NO_CPU: there is none. Mostly Aff0 counts from 0, so look there first. */
static unsigned int find_cpu(const struct vgic *gic, uint32_t affinity)
{
	unsigned int cpu = affinity & 0xff;

	if (cpu < gic->cpu_count && gic->cpus[cpu].affinity == affinity)
		return cpu;
	for (cpu = 0; cpu < gic->cpu_count; cpu++)
		if (gic->cpus[cpu].affinity == affinity)
			return cpu;
	return NO_CPU;
}

static void send_to(struct vgic *gic, unsigned int cpu, enum vgic_sgi reg, uint32_t bit)
{
	struct vgic_bank *bank = &gic->cpus[cpu].bank;

	/* IHI 0069, ICC_SGI1R_EL1: with one security state it reaches either group, the others group 0. */
	if (reg != VGIC_SGI1R && (bank->group & bit))
		return;
	bank->latch |= bit;
	private_changed(gic, cpu, bit);
}

void vgic_send_sgi(struct vgic *gic, unsigned int cpu, enum vgic_sgi reg, uint64_t value)
{
	uint32_t bit = (uint32_t)BIT(FIELD_GET(ICC_SGI1R_INTID, value));
	uint32_t targets = (uint32_t)FIELD_GET(ICC_SGI1R_TARGETLIST, value);
	uint32_t affinity = (uint32_t)(FIELD_GET(ICC_SGI1R_AFF3, value) << 24 |
				       FIELD_GET(ICC_SGI1R_AFF2, value) << 16 |
				       FIELD_GET(ICC_SGI1R_AFF1, value) << 8 |
				       FIELD_GET(ICC_SGI1R_RS, value) << 4);
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	unsigned int n;

	if (value & ICC_SGI1R_IRM) {
		for (n = 0; n < gic->cpu_count; n++)
			if (n != cpu)
				send_to(gic, n, reg, bit);
	} else {
		for_each_bit(n, targets) {
			unsigned int target = find_cpu(gic, affinity + n);

			if (target != NO_CPU)
				send_to(gic, target, reg, bit);
		}
	}
	spin_unlock_irqrestore(&gic->lock, daif);
}

/* ---- Active, by software ------------------------------------------------------------------------- */

/* Where an SPI becomes active if software says so: where it would have been delivered. */
static unsigned int routed_to(const struct vgic *gic, uint32_t intid)
{
	unsigned int cpu = find_cpu(gic, gic->route[intid]);

	return cpu == NO_CPU ? 0 : cpu;
}

void vgic_set_active(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits, bool active)
{
	struct vgic_bank *bank = vgic_bank(gic, cpu, number);
	uint32_t *order = active ? &bank->activate : &bank->deactivate;
	uint32_t *other = active ? &bank->deactivate : &bank->activate;
	uint32_t now = bits & ~bank->listed & (active ? ~bank->active : bank->active), left = now;
	unsigned int n;

	*order |= bits & bank->listed;
	*other &= ~(bits & bank->listed);

	if (active) {
		bank->active |= now;
		bank->unacknowledged |= now;
		for_each_bit(n, left) {
			unsigned int where = number == 0 ? cpu : routed_to(gic, 32 * number + n);

			gic->cpus[where].active[number] |= (uint32_t)BIT(n);
			bank->active_priority[n] = bank->priority[n];
		}
		vgic_bank_changed(gic, cpu, number, bits);
		return;
	}
	/* First those are told who have them active; then they are pending for others, perhaps. */
	vgic_bank_changed(gic, cpu, number, bits);
	bank->active &= ~now;
	bank->level &= ~(now & bank->held);	/* the end of a held one: see vgic_lr.c */
	for (n = 0; n < gic->cpu_count; n++)
		if (number != 0 || n == cpu)
			gic->cpus[n].active[number] &= ~now;
}

void vgic_deactivate(struct vgic *gic, unsigned int cpu, uint32_t intid)
{
	uint64_t daif;

	if (intid >= VGIC_INTIDS)
		return;
	daif = spin_lock_irqsave(&gic->lock);
	vgic_set_active(gic, cpu, intid / 32, (uint32_t)BIT(intid % 32), false);
	spin_unlock_irqrestore(&gic->lock, daif);
}

/* ---- For tables and debuggers ---------------------------------------------------------------------- */

struct vgic_irq vgic_irq_state(struct vgic *gic, unsigned int cpu, uint32_t intid)
{
	unsigned int number = intid / 32, n;
	uint64_t daif = spin_lock_irqsave(&gic->lock);
	const struct vgic_bank *bank = vgic_bank(gic, cpu, number);
	uint32_t bit = (uint32_t)BIT(intid % 32);
	struct vgic_irq irq = {
		.group1 = bank->group & bit,
		.enabled = bank->enabled & bit,
		.edge = bank->edge & bit,
		.level = bank->level & bit,
		.pending = (vgic_pending(bank) | bank->latch_listed) & bit,
		.active = bank->active & bit,
		.listed = bank->listed & bit,
		.linked = bank->linked & bit,
		.priority = bank->priority[intid % 32],
		.cpu = -1,
	};

	if (number == 0) {
		irq.cpu = (int)cpu;
	} else {
		for (n = 0; n < gic->cpu_count; n++)
			if (gic->cpus[n].routed[number] & bit)
				irq.cpu = (int)n;
		for (n = 0; n < gic->cpu_count; n++)
			if ((gic->cpus[n].active[number] | gic->cpus[n].listed[number]) & bit)
				irq.cpu = (int)n;
	}
	spin_unlock_irqrestore(&gic->lock, daif);
	return irq;
}
