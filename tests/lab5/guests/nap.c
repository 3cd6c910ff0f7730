// SPDX-License-Identifier: MIT
#include "nap.h"

#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"

void nap_init(void)
{
	uintptr_t gicr;

	if (!gicv3_cpu_init(&gicr))
		gicv3_enable_private(gicr, INTID_CNTP);
}

void nap(uint64_t us)
{
	write_sysreg(CNTP_CVAL_EL0, timer_deadline_us(us));
	write_sysreg(CNTP_CTL_EL0, CNT_CTL_ENABLE);
	isb();
	wfi();
	write_sysreg(CNTP_CTL_EL0, 0);
	isb();
}
