// SPDX-License-Identifier: MIT
#include "virtual_gic.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/gich.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "machine.h"

/* ---- List registers -------------------------------------------------------------------------------- */

/* What the guest has left in the CPU's list registers. */
static void read_list_registers(struct guest_cpu *cpu)
{
	struct vgic_lrs *lrs = &cpu->lrs;
	unsigned int bits;

	for (bits = lrs->used; bits; bits &= bits - 1) {
		unsigned int n = (unsigned int)__builtin_ctz(bits);

		lrs->lr[n] = gich_read_lr(n);
	}
	lrs->vmcr = read_sysreg(ICH_VMCR_EL2);
	lrs->eoi_count = (unsigned int)FIELD_GET(ICH_HCR_EOICOUNT, read_sysreg(ICH_HCR_EL2));
}

/* What the model has chosen for them. lrs_written: those that held something before. */
static void write_list_registers(struct guest_cpu *cpu)
{
	struct vgic_lrs *lrs = &cpu->lrs;
	unsigned int bits;

	for (bits = lrs->used | cpu->lrs_written; bits; bits &= bits - 1) {
		unsigned int n = (unsigned int)__builtin_ctz(bits);

		gich_write_lr(n, lrs->used & BIT(n) ? lrs->lr[n] : 0);
	}
	cpu->lrs_written = lrs->used;
	write_sysreg(ICH_HCR_EL2, lrs->hcr);
}

/* From the list registers into the model, which then knows all there is. */
static void pull(struct guest_cpu *cpu)
{
	struct vgic *gic = &cpu->machine->gic;
	struct vgic_lrs *lrs = &cpu->lrs;

	read_list_registers(cpu);
	/* Nothing to tell, and nobody who waits to be told: the lock is left alone. */
	if (!lrs->used && !lrs->eoi_count &&
	    !(__atomic_load_n(&gic->awaited, __ATOMIC_RELAXED) & BIT(cpu->index)))
		return;
	vgic_fold(gic, cpu->index, lrs);
	/* Counted once: the next look must not find the same ones. */
	if (lrs->eoi_count)
		write_sysreg(ICH_HCR_EL2, lrs->hcr);
}

void virtual_gic_update(struct guest_cpu *cpu)
{
	/* Cleared first: what changes from here on makes it dirty again. */
	__atomic_store_n(&cpu->gic_dirty, 0, __ATOMIC_SEQ_CST);
	read_list_registers(cpu);
	vgic_update(&cpu->machine->gic, cpu->index, &cpu->lrs);
	write_list_registers(cpu);
}

/* ---- The model's wishes ---------------------------------------------------------------------------- */

static struct guest_cpu *cpu_of(struct vgic *gic, unsigned int n)
{
	return &container_of(gic, struct machine, gic)->cpus[n];
}

/*
 * Called under the model's lock. The vCPU may be here, on another CPU, or on none: then guest_cpu_load()
 * will see to it.
 */
static void changed(struct vgic *gic, unsigned int n)
{
	struct guest_cpu *cpu = cpu_of(gic, n);
	struct percpu *where;

	__atomic_store_n(&cpu->gic_dirty, 1, __ATOMIC_SEQ_CST);
	where = __atomic_load_n(&cpu->vcpu.cpu, __ATOMIC_SEQ_CST);
	if (where && where != this_cpu())
		gicv3_send_sgi(where->mpidr, SGI_KICK);
	else if (!where && cpu->machine->wake)
		cpu->machine->wake(cpu);
}

static void recall(struct vgic *gic, unsigned int n)
{
	struct guest_cpu *cpu = cpu_of(gic, n);

	pull(cpu);
	cpu->gic_dirty = 1;
}

/*
 * The timers are linked to the physical interrupts behind them (ICH_LR<n>_EL2.HW): the guest's end of the
 * virtual interrupt deactivates the physical one, without an exit. A physical one that is active cannot come
 * again, so it stands for "the guest has been told". If the guest turns its timer off before it has
 * acknowledged the interrupt, nobody would ever end it: so the model asks here, and ends it itself.
 */
static bool timer_line(struct vgic *gic, unsigned int n, uint32_t pintid)
{
	uint64_t ctl = pintid == INTID_CNTV ? read_sysreg(CNTV_CTL_EL0) : read_sysreg(CNTP_CTL_EL0);

	(void)gic;
	(void)n;
	return (ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK | CNT_CTL_ISTATUS)) ==
	       (CNT_CTL_ENABLE | CNT_CTL_ISTATUS);
}

static void deactivate_hw(struct vgic *gic, unsigned int n, uint32_t pintid)
{
	(void)gic;
	(void)n;
	gicv3_deactivate(pintid);
}

const struct vgic_ops virtual_gic_ops = {
	.changed = changed,
	.recall = recall,
	.deactivate_hw = deactivate_hw,
	.line = timer_line,
};

/* ---- Interrupts of the machine ------------------------------------------------------------------------ */

void virtual_gic_cpu_init(void)
{
	uintptr_t gicr = this_cpu()->gicr;

	gicv3_enable_private(gicr, INTID_MAINTENANCE);
	gicv3_enable_private(gicr, INTID_CNTV);
	gicv3_enable_private(gicr, INTID_CNTP);
}

enum irq_result virtual_gic_irq(uint32_t intid)
{
	struct guest_cpu *cpu = this_guest_cpu();

	switch (intid) {
	case INTID_CNTV:
	case INTID_CNTP:
		/* Without a vCPU the timers are off (vcpu_unbind); this one came just before. */
		if (!cpu)
			return IRQ_HANDLED;
		vgic_set_level(&cpu->machine->gic, cpu->index, intid, true);
		return IRQ_FORWARDED;
	case INTID_MAINTENANCE:
		/* Here and now: the line has to fall before the interrupt ends, or it comes again. */
		if (cpu)
			virtual_gic_update(cpu);
		return IRQ_HANDLED;
	case SGI_KICK:
		return IRQ_HANDLED;	/* to have come is all that it had to do */
	}
	return IRQ_UNEXPECTED;
}

bool virtual_gic_pending(struct guest_cpu *cpu)
{
	uint64_t hcr = cpu->vcpu.hcr_differs, vmcr = cpu->vcpu.sysregs.ich_vmcr_el2;

	if (cpu->vcpu.cpu) {
		hcr = read_sysreg(HCR_EL2);
		recall(&cpu->machine->gic, cpu->index);
		vmcr = cpu->lrs.vmcr;
	}
	return (hcr & HCR_VSE) ||
	       vgic_wants_cpu(&cpu->machine->gic, cpu->index, (uint8_t)FIELD_GET(ICH_VMCR_VPMR, vmcr),
			      vmcr & ICH_VMCR_VENG0, vmcr & ICH_VMCR_VENG1);
}

void virtual_gic_deactivate(struct guest_cpu *cpu, uint32_t intid)
{
	/* With EOImode 0 the end of an interrupt has no second step: ICC_DIR_EL1 does nothing. */
	if (!(read_sysreg(ICH_VMCR_EL2) & ICH_VMCR_VEOIM))
		return;
	recall(&cpu->machine->gic, cpu->index);
	vgic_deactivate(&cpu->machine->gic, cpu->index, intid);
	virtual_gic_settle(cpu);
}

/* ---- With the vCPU from CPU to CPU ---------------------------------------------------------------------- */

/*
 * That a timer's physical interrupt is active is a matter of the vCPU whose timer it was, but it is a
 * state of the CPU: so it goes with the vCPU, or the next one's timer could not interrupt here. It is
 * active before the timer starts (vcpu_bind) and until after it has stopped.
 */
void virtual_gic_before_bind(struct guest_cpu *cpu)
{
	if (cpu->linked_active)
		mmio_write32(this_cpu()->gicr + GICR_SGI_FRAME + GICD_ISACTIVER, cpu->linked_active);
}

void virtual_gic_after_bind(struct guest_cpu *cpu)
{
	cpu->linked_active = 0;
	cpu->lrs.count = gich_lr_count();
	cpu->lrs.can_trap_dir = read_sysreg(ICH_VTR_EL2) & ICH_VTR_TDS;
	virtual_gic_update(cpu);
}

void virtual_gic_before_unbind(struct guest_cpu *cpu)
{
	unsigned int n;

	pull(cpu);
	/* vcpu_unbind() keeps what it finds in the list registers; the model has that now. */
	for (n = 0; n < cpu->lrs.count; n++)
		if (cpu->lrs_written & BIT(n))
			gich_write_lr(n, 0);
	cpu->lrs_written = 0;
}

void virtual_gic_after_unbind(struct guest_cpu *cpu)
{
	uintptr_t frame = this_cpu()->gicr + GICR_SGI_FRAME;
	uint32_t linked = BIT(INTID_CNTV) | BIT(INTID_CNTP);

	cpu->linked_active = mmio_read32(frame + GICD_ISACTIVER) & linked;
	if (cpu->linked_active)
		mmio_write32(frame + GICD_ICACTIVER, cpu->linked_active);
}
