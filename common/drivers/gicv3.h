/* SPDX-License-Identifier: MIT */
/*
 * gicv3.h - the driver of the physical GICv3: distributor, redistributors, CPU interface.
 *
 * All interrupts are Non-secure Group 1: signalled as IRQ. EOImode is 1: the end of an interrupt has
 * two steps, so that a later layer can leave the second one (deactivation) to a guest.
 *
 * The driver keeps nothing of its own. What belongs to a CPU, the address of its redistributor,
 * the CPU keeps.
 */
#ifndef DRIVERS_GICV3_H
#define DRIVERS_GICV3_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/gicv3_regs.h"

/*
 * gicv3_dist_init - set the distributor up: affinity routing, Group 1, every SPI disabled.
 * Once, on the boot CPU. Returns 0, or -ETIMEDOUT when the distributor does not settle.
 */
int gicv3_dist_init(void);

/*
 * gicv3_cpu_init - set this CPU's redistributor and CPU interface up: all SGIs enabled, all PPIs
 * disabled, no interrupt masked by priority. The caller has IRQs masked by PSTATE.
 * gicr: receives the address of the CPU's redistributor.
 * Returns 0, -ENODEV when no redistributor has this CPU's affinity, -ETIMEDOUT when it stays asleep.
 */
int gicv3_cpu_init(uintptr_t *gicr);

/* gicv3_cpu_exit - this CPU's interface takes no more interrupts: before CPU_OFF. */
void gicv3_cpu_exit(uintptr_t gicr);

/* gicv3_enable_private, _disable_private - an SGI or PPI (intid 0 to 31) of the CPU of this gicr. */
void gicv3_enable_private(uintptr_t gicr, uint32_t intid);
void gicv3_disable_private(uintptr_t gicr, uint32_t intid);

/*
 * gicv3_enable_spi, _disable_spi - an SPI (intid 32 to 1019), routed to the CPU of this affinity (MPIDR_EL1).
 */
void gicv3_enable_spi(uint32_t intid, uint64_t affinity);
void gicv3_disable_spi(uint32_t intid);

/* gicv3_send_sgi - send SGI intid (0 to 15) to the CPU of this affinity. */
void gicv3_send_sgi(uint64_t affinity, uint32_t intid);

/*
 * gicv3_acknowledge - take the most urgent pending interrupt: it becomes active.
 * Returns its INTID, or a special one (gic_is_special) when there is none.
 */
static inline uint32_t gicv3_acknowledge(void)
{
	uint32_t intid = read_sysreg(ICC_IAR1_EL1) & 0xffffff;

	/* The acknowledgement is done before the handler touches the device (IHI 0069, ICC_IAR1_EL1). */
	dsb(sy);
	return intid;
}

/* gicv3_drop_priority - first step of the end: others of its priority can come again. */
static inline void gicv3_drop_priority(uint32_t intid)
{
	write_sysreg(ICC_EOIR1_EL1, intid);
	isb();
}

/* gicv3_deactivate - second step of the end: the interrupt itself can come again. */
static inline void gicv3_deactivate(uint32_t intid)
{
	write_sysreg(ICC_DIR_EL1, intid);
	isb();
}

#endif
