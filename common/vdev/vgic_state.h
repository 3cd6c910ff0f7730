/* SPDX-License-Identifier: MIT */
/* vgic_state.h - what the parts of the virtual GIC share. With gic->lock held. */
#ifndef VDEV_VGIC_STATE_H
#define VDEV_VGIC_STATE_H

#include "vdev/vgic.h"

/* for_each_bit(n, word) - n is the number of each bit that is set, from the lowest. Uses up the word. */
#define for_each_bit(n, word)							\
	for (; (word) && ((n) = (unsigned int)__builtin_ctz(word), true); (word) &= (word) - 1)

/* Interrupts 32 * number on; bank 0 is the vCPU's own. */
static inline struct vgic_bank *vgic_own_bank(struct vgic *gic, struct vgic_cpu *own, unsigned int number)
{
	return number == 0 ? &own->bank : &gic->spis[number];
}

static inline struct vgic_bank *vgic_bank(struct vgic *gic, unsigned int cpu, unsigned int number)
{
	return vgic_own_bank(gic, &gic->cpus[cpu], number);
}

/* Whose registers: those of a vCPU's redistributor, or of the distributor, which all share. */
#define VGIC_SHARED		VGIC_CPUS_MAX

/* And the bank that an owner's registers are about; NULL: it has none for that. */
static inline struct vgic_bank *vgic_bank_at(struct vgic *gic, unsigned int owner, unsigned int number)
{
	if (owner == VGIC_SHARED)
		return number >= 1 && number < VGIC_BANKS ? &gic->spis[number] : NULL;
	return number == 0 ? &gic->cpus[owner].bank : NULL;
}

#define VGIC_ALL_BANKS		((uint32_t)BIT(VGIC_BANKS) - 1)

/* What is pending, but for what a list register says. */
static inline uint32_t vgic_pending(const struct vgic_bank *bank)
{
	return bank->latch | (bank->level & ~bank->edge);
}

/* What the distributor would send to a CPU interface (IHI 0069, "Interrupt prioritization"). */
static inline uint32_t vgic_deliverable(const struct vgic *gic, const struct vgic_bank *bank)
{
	uint32_t groups = (gic->ctlr & GICD_CTLR_ENABLE_GRP1 ? bank->group : 0) |
			  (gic->ctlr & GICD_CTLR_ENABLE_GRP0 ? ~bank->group : 0);

	return vgic_pending(bank) & bank->enabled & groups;
}

/* What a vCPU would be signalled if it were listed: pending, and nowhere listed or active. */
static inline uint32_t vgic_waiting(const struct vgic *gic, const struct vgic_cpu *own,
				    const struct vgic_bank *bank, unsigned int number)
{
	if (own->asleep)
		return 0;
	return vgic_deliverable(gic, bank) & own->routed[number] & ~(bank->active | bank->listed);
}

/* vgic_tell - a vCPU's list registers are out of date, because of these banks (a bit each). */
static inline void vgic_tell(struct vgic *gic, unsigned int cpu, uint32_t banks)
{
	gic->cpus[cpu].news |= banks;
	gic->ops->changed(gic, cpu);
}

/*
 * vgic_bank_changed - something is new about interrupts of a bank: tell the vCPUs that have them listed
 * or active, or that they would be delivered to.
 */
void vgic_bank_changed(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits);

/* vgic_set_active - by software: ISACTIVER, ICACTIVER, DIR. Of what is listed, an order for its fold. */
void vgic_set_active(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits,
		     bool active);

/*
 * vgic_look_at_held - the lines of what is held, as they are now: they may have changed at the device,
 * which nobody hears of while the physical interrupt is active. By that vCPU's own CPU.
 */
void vgic_look_at_held(struct vgic *gic, unsigned int cpu);

/* vgic_listers - the vCPUs, a bit each, that have some of these interrupts in their list registers. */
uint32_t vgic_listers(const struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits);

/*
 * vgic_array_read, vgic_array_write - the registers with a field for each interrupt, from GICD_IGROUPR to
 * before GICD_IGRPMODR. offset: in the distributor, or in the owner's SGI frame; cpu: who reads. A write
 * is with the lock held, a read without it.
 */
#define VGIC_ARRAY_BYTES	0x80	/* that an array of one-bit fields fills */
enum vdev_result vgic_array_read(struct vgic *gic, unsigned int cpu, unsigned int owner,
				 uint32_t offset, unsigned int size, uint64_t *value);
void vgic_array_write(struct vgic *gic, unsigned int owner, uint32_t offset, unsigned int size,
		      uint32_t value);

/* vgic_wait_for_fold - the owner's RWP reads as 1 until these vCPUs (a bit each) have folded. */
void vgic_wait_for_fold(struct vgic *gic, unsigned int owner, uint32_t listers);

/*
 * vgic_choose - more candidates than list registers: choose. The first lrs->count keys that it gives are
 * the INTIDs to be listed, each with VGIC_KEY_PENDING if it is not active. And sets in lrs->hcr what
 * there is to be heard of the others. keys: room for VGIC_INTIDS.
 */
#define VGIC_KEY_PENDING	VGIC_INTIDS
void vgic_choose(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs, uint32_t *keys);

/* vgic_end_counted - the guest has ended lrs->eoi_count active interrupts that are not listed. */
void vgic_end_counted(struct vgic *gic, unsigned int cpu, const struct vgic_lrs *lrs);

/* vgic_affinity - Aff3.Aff2.Aff1.Aff0 in 32 bits, of a register that has it as MPIDR_EL1 does. */
static inline uint32_t vgic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32) << 24;
}

#endif
