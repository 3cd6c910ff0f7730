// SPDX-License-Identifier: MIT
#include "irq.h"

#include "drivers/console.h"
#include "drivers/gicv3_regs.h"
#include "exception.h"

void percpu_irq(struct el2_frame *frame)
{
	struct percpu *cpu = this_cpu();
	void (*handler)(struct percpu *) = __atomic_load_n(&cpu->irq_handler, __ATOMIC_ACQUIRE);

	/* Cannot be, by the order in percpu_hardware_enable(); if it is, let it be seen. */
	if (!handler)
		panic_screen(frame);
	handler(cpu);
}

void irq_dispatch(struct percpu *cpu)
{
	const struct vcpu_hal *hal = cpu->hal;
	uint32_t intid = hal->irq_acknowledge();

	if (gic_is_special(intid)) {
		/* It went away before we looked: a level that fell, or another CPU was quicker. */
		cpu->counters.spurious++;
		return;
	}
	cpu->counters.irqs++;

	switch (hal->irq_handler(cpu, intid)) {
	case IRQ_HANDLED:
		hal->irq_drop(intid);
		hal->irq_deactivate(intid);
		break;
	case IRQ_FORWARDED:
		hal->irq_drop(intid);
		break;
	case IRQ_UNEXPECTED:
		/* Disabled before it is deactivated: or a level that stays high comes back at once. */
		cpu->counters.unexpected++;
		hal->irq_disable(cpu, intid);
		hal->irq_drop(intid);
		hal->irq_deactivate(intid);
		printf("el2labs: CPU %u: unexpected interrupt, INTID %u: disabled\n", cpu->id, intid);
		break;
	}
}
