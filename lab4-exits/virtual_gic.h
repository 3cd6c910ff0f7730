/* SPDX-License-Identifier: MIT */
/*
 * virtual_gic.h - the virtual GIC's other side: the list registers of the CPU that a vCPU is on, the
 * physical interrupts that stand behind its timers, and the kick to another CPU.
 *
 * What the guest does with its CPU interface (acknowledge, end of interrupt, priorities) the hardware
 * does, on the list registers, without an exit. So they are the truth about the interrupts in them,
 * and the model (vdev/vgic.h) about all others. They meet only when they have to: when there is
 * something new, when the list registers run empty, when the guest reads what is pending, and when
 * the vCPU leaves the CPU.
 */
#ifndef LAB4_VIRTUAL_GIC_H
#define LAB4_VIRTUAL_GIC_H

#include "guest_cpu.h"

/* An SGI of the hypervisor's own: "look at what is pending for your vCPU". */
#define SGI_KICK		7

/* PPI 30 is EL1's physical timer (BSA, "PPI assignments"); EL2 has no use for it itself. */
#define INTID_CNTP		30

/* What a machine's virtual GIC is made with (vgic_init()). */
extern const struct vgic_ops virtual_gic_ops;

/* virtual_gic_cpu_init - this CPU can be interrupted by the guests' timers, and by the list registers. */
void virtual_gic_cpu_init(void);

/*
 * virtual_gic_irq - for the host's interrupt handler: what INTIDs 25, 27 and 30 and SGI_KICK mean.
 * IRQ_UNEXPECTED for others: they are the host's.
 */
enum irq_result virtual_gic_irq(uint32_t intid);

/* virtual_gic_update - the list registers, from the model and back; for virtual_gic_settle(). */
void virtual_gic_update(struct guest_cpu *cpu);

/*
 * virtual_gic_settle - after anything that may have changed what is pending, and before the guest runs:
 * bring the list registers up to date if they are not. cpu is loaded on this CPU; IRQs masked.
 */
static inline void virtual_gic_settle(struct guest_cpu *cpu)
{
	if (*(const volatile uint32_t *)&cpu->gic_dirty)
		virtual_gic_update(cpu);
}

/* Is there an interrupt, or a virtual SError, that would end a WFI? cpu is loaded on this CPU, or on none. */
bool virtual_gic_pending(struct guest_cpu *cpu);

/* The guest's write of ICC_DIR_EL1, when it traps (ICH_HCR_EL2.TDIR). */
void virtual_gic_deactivate(struct guest_cpu *cpu, uint32_t intid);

/* For guest_cpu_load() and guest_cpu_put(): before vcpu_bind(), after it; before vcpu_unbind(), after it. */
void virtual_gic_before_bind(struct guest_cpu *cpu);
void virtual_gic_after_bind(struct guest_cpu *cpu);
void virtual_gic_before_unbind(struct guest_cpu *cpu);
void virtual_gic_after_unbind(struct guest_cpu *cpu);

#endif
