/* SPDX-License-Identifier: MIT */
/* vgic_state.h - what the parts of the virtual GIC share. With gic->lock held. */
#ifndef VDEV_VGIC_STATE_H
#define VDEV_VGIC_STATE_H

#include "vdev/vgic.h"

/* for_each_bit(n, word) - n is the number of each bit that is set, from the lowest. Uses up the word. */
#define for_each_bit(n, word)							\
	for (; (word) && ((n) = (unsigned int)__builtin_ctz(word), true); (word) &= (word) - 1)

/* Interrupts 32 * number on; bank 0 is that of vCPU cpu. */
static inline struct vgic_bank *vgic_bank(struct vgic *gic, unsigned int cpu, unsigned int number)
{
	return number == 0 ? &gic->cpus[cpu].bank : &gic->spis[number - 1];
}

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

/*
 * vgic_bank_changed - something is new about interrupts of a bank: tell the vCPUs that have them listed
 * or active, or that they would be delivered to.
 */
void vgic_bank_changed(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits);

/* vgic_set_active - by software: ISACTIVER, ICACTIVER, DIR. Of what is listed, an order for its fold. */
void vgic_set_active(struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits,
		     bool active);

/* vgic_listers - the vCPUs, a bit each, that have some of these interrupts in their list registers. */
uint32_t vgic_listers(const struct vgic *gic, unsigned int cpu, unsigned int number, uint32_t bits);

/* vgic_affinity - Aff3.Aff2.Aff1.Aff0 in 32 bits, of a register that has it as MPIDR_EL1 does. */
static inline uint32_t vgic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32) << 24;
}

#endif
