// SPDX-License-Identifier: MIT
#include "percpu.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/bits.h"
#include "drivers/console.h"
#include "drivers/gicv3_regs.h"
#include "exception.h"
#include "features.h"
#include "hcr.h"
#include "irq.h"
#include "lib/errno.h"

static_assert(sizeof(struct percpu) % PAGE_SIZE == 0, "no two CPUs share a page");

int percpu_init(struct percpu *cpu, unsigned int id, const struct vcpu_hal *hal)
{
	struct id_registers registers;
	struct hw_features features;

	if (id >= MAX_CPUS || !hal->irq_acknowledge || !hal->irq_drop || !hal->irq_deactivate ||
	    !hal->irq_handler || !hal->irq_disable || !hal->pages_alloc || !hal->pages_free)
		return -EINVAL;
	if (percpu_is_enabled())
		return -EBUSY;

	memset(cpu, 0, sizeof(*cpu));
	cpu->id = id;
	cpu->mpidr = read_sysreg(MPIDR_EL1);
	cpu->stack_top = STACK_TOP(id);
	cpu->hal = hal;

	/* Of this CPU: a machine may have CPUs of several kinds. */
	id_registers_read(&registers);
	hw_features_decode(&registers, &features);
	cpu->hcr = hcr_value(&features);
	cpu->stage2 = stage2_config(FIELD_GET(ID_AA64MMFR0_PARANGE, registers.mmfr0), 0,
				    features.vmid_bits == 16);

	write_sysreg(TPIDR_EL2, (uintptr_t)cpu);
	return 0;
}

int percpu_hardware_enable(const void *vectors)
{
	struct percpu *cpu = this_cpu();

	if (!cpu || !vectors || (uintptr_t)vectors % 2048)
		return -EINVAL;
	/*
	 * Before anything is saved: or a second call would save our own values as the host's. That is so
	 * even if somebody has cleared HCR_EL2.VM meanwhile; what is saved stays until disable.
	 */
	if (percpu_is_enabled() || cpu->irq_handler)
		return -EBUSY;

	cpu->empty_stage2 = cpu->hal->pages_alloc(cpu->stage2.root_pages);
	if (!cpu->empty_stage2)
		return -ENOMEM;

	cpu->saved_vbar = read_sysreg(VBAR_EL2);
	cpu->saved_hcr = read_sysreg(HCR_EL2);
	cpu->saved_vtcr = read_sysreg(VTCR_EL2);
	cpu->saved_vttbr = read_sysreg(VTTBR_EL2);

	/*
	 * The order is the point. First the handler: from the moment that an IRQ can arrive, there is
	 * somebody to take it. The store need only be ahead in this CPU's own program order.
	 */
	__atomic_store_n(&cpu->irq_handler, irq_dispatch, __ATOMIC_RELEASE);

	/*
	 * Then the vectors. Unless the host had IMO set already, no IRQ is taken at EL2 yet; if it had, one
	 * may come from here on, and finds the handler.
	 */
	write_sysreg(VBAR_EL2, (uintptr_t)vectors);
	isb();

	/*
	 * Then a stage 2 that maps nothing, for as long as no vCPU is here. By the architecture EL2 does
	 * not walk EL1's tables on speculation (rule R_NRJPP), but several Cortex-A cores do (erratum
	 * 1319367 and its like). With VM set their walks go through stage 2, and so end here. The TLB may
	 * hold UNKNOWN entries out of reset, or those of an earlier owner.
	 */
	write_sysreg(VTCR_EL2, cpu->stage2.vtcr);
	write_sysreg(VTTBR_EL2, (uintptr_t)cpu->empty_stage2);
	isb();
	asm volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	isb();

	/* Last the switch itself: from the ISB on, interrupts come. */
	write_sysreg(HCR_EL2, cpu->hcr);
	isb();
	return 0;
}

int percpu_hardware_disable(void)
{
	struct percpu *cpu = this_cpu();

	/* Not turned on, or not by us: nothing is saved that could be put back. */
	if (!cpu || !cpu->irq_handler)
		return -EALREADY;

	/* The reverse: first no interrupt is taken by this layer any more, then its vectors go. */
	write_sysreg(HCR_EL2, cpu->saved_hcr);
	isb();
	write_sysreg(VTTBR_EL2, cpu->saved_vttbr);
	write_sysreg(VTCR_EL2, cpu->saved_vtcr);
	write_sysreg(VBAR_EL2, cpu->saved_vbar);
	isb();
	__atomic_store_n(&cpu->irq_handler, NULL, __ATOMIC_RELEASE);
	cpu->hal->pages_free(cpu->empty_stage2, cpu->stage2.root_pages);
	cpu->empty_stage2 = NULL;
	return 0;
}
