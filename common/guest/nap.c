// SPDX-License-Identifier: MIT
#include "guest/nap.h"

#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"

int nap_init(void)
{
	uintptr_t gicr;
	int error = gicv3_cpu_init(&gicr);

	if (!error)
		gicv3_enable_private(gicr, INTID_CNTP);
	return error;
}

void nap(uint64_t us)
{
	uint32_t intid;

	write_sysreg(CNTP_CVAL_EL0, timer_deadline_us(us));
	write_sysreg(CNTP_CTL_EL0, CNT_CTL_ENABLE);
	isb();
	wfi();
	write_sysreg(CNTP_CTL_EL0, 0);
	isb();
	/* If it is the most urgent one, for nobody else: take it, or it would end the next nap at once. */
	if (read_sysreg(ICC_HPPIR1_EL1) != INTID_CNTP)
		return;
	intid = gicv3_acknowledge();
	if (gic_is_special(intid))
		return;
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
	/* Between that look and this an SGI has come, and was quicker: it is somebody else's, so it comes again. */
	if (intid < GIC_PPI_FIRST)
		gicv3_send_sgi(cpu_affinity(), intid);
}

void rest(uint64_t us)
{
	irq_mask();
	nap(us);
	irq_unmask();
}
