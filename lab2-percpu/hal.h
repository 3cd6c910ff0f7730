/* SPDX-License-Identifier: MIT */
/*
 * hal.h - a struct vcpu_hal for hosts that have no wishes of their own: the machine's GICv3, and pages
 * of the hypervisor's pool (lab 1). What remains is what only the host can know: its interrupts.
 */
#ifndef LAB2_HAL_H
#define LAB2_HAL_H

#include "drivers/gicv3.h"
#include "percpu.h"

/* HAL_GICV3(handler) - an initializer; handler is the host's irq_handler. */
#define HAL_GICV3(handler) {				\
	.irq_acknowledge = gicv3_acknowledge,		\
	.irq_drop = gicv3_drop_priority,		\
	.irq_deactivate = gicv3_deactivate,		\
	.irq_handler = (handler),			\
	.irq_disable = hal_irq_disable,			\
	.pages_alloc = hal_pages_alloc,			\
	.pages_free = hal_pages_free,			\
}

/* As struct vcpu_hal says. cpu->gicr has been set (gicv3_cpu_init). */
void hal_irq_disable(struct percpu *cpu, uint32_t intid);
void *hal_pages_alloc(unsigned int count);
void hal_pages_free(void *pages, unsigned int count);

#endif
