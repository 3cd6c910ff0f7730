// SPDX-License-Identifier: MIT
#include "vcpu.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/gich.h"
#include "drivers/gicv3_regs.h"
#include "lib/errno.h"
#include "mm/stage2_tlb.h"
#include "vmids.h"

/* What this layer keeps for each CPU; the vCPU that is bound is in struct percpu, for vcpu_run(). */
static struct vcpu_cpu {
	uint64_t conditions;		/* which registers of the table this CPU has; 0: not looked yet */
	struct vcpu *fp_owner;		/* whose FP registers are in the CPU, or NULL */
} vcpu_cpus[MAX_CPUS];

static struct vcpu_cpu *this_vcpu_cpu(void)
{
	struct vcpu_cpu *own = &vcpu_cpus[this_cpu()->id];

	if (!own->conditions)
		own->conditions = sysreg_conditions();
	return own;
}

/* ---- Making a vCPU ----------------------------------------------------------------------------- */

/* Into another state, for the one who comes first: two CPUs may want to bind one vCPU. */
static bool change_state(struct vcpu *vcpu, enum vcpu_state from, enum vcpu_state to)
{
	return __atomic_compare_exchange_n(&vcpu->state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

int vcpu_create(struct vcpu *vcpu, unsigned int id, const struct vcpu_create_config *config)
{
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->id = id;
	vcpu->frame.x[0] = config->dtb;
	/* As out of reset: EL1 with its own stack pointer, everything masked. */
	vcpu->frame.spsr = SPSR_DAIF | SPSR_M_EL1H;
	guest_sysregs_reset(&vcpu->sysregs);
	vcpu->sysregs.vmpidr_el2 = config->mpidr | MPIDR_RES1;
	vcpu->state = VCPU_CREATED;
	return 0;
}

/* Debug and performance monitors are not switched, so a guest does not reach them: all trap. */
static uint64_t trap_debug(void)
{
	uint64_t dfr0 = read_sysreg(ID_AA64DFR0_EL1);
	uint64_t mdcr = MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TDA | MDCR_EL2_TDOSA | MDCR_EL2_TDRA;

	if (FIELD_GET(ID_AA64DFR0_PMSVER, dfr0))
		mdcr |= MDCR_EL2_TPMS;
	if (FIELD_GET(ID_AA64DFR0_TRACEFILT, dfr0))
		mdcr |= MDCR_EL2_TTRF;
	return mdcr | (read_sysreg(MDCR_EL2) & MDCR_EL2_HPMN);
}

int vcpu_setup(struct vcpu *vcpu, const struct vcpu_setup_config *config)
{
	struct guest_sysregs *regs = &vcpu->sysregs;

	if (vcpu->state != VCPU_CREATED)
		return -EPERM;
	regs->vpidr_el2 = read_sysreg(MIDR_EL1);
	regs->mdcr_el2 = trap_debug();
	regs->ich_hcr_el2 = ICH_HCR_EN;
	/* Anybody may know the time; the physical timer traps, unless it is the guest's own. */
	regs->cnthctl_el2 = CNTHCTL_EL1PCTEN | (config->passthrough_timer ? CNTHCTL_EL1PCEN : 0);
	/* Without IMO and FMO a physical interrupt goes to EL1, and EL1 has the physical interface. */
	if (config->passthrough_interrupt)
		vcpu->hcr_clear = HCR_IMO | HCR_FMO;
	return change_state(vcpu, VCPU_CREATED, VCPU_FREE) ? 0 : -EPERM;
}

int vcpu_destroy(struct vcpu *vcpu)
{
	unsigned int cpu;

	if (!change_state(vcpu, VCPU_CREATED, VCPU_INVALID) &&
	    !change_state(vcpu, VCPU_FREE, VCPU_INVALID))
		return -EPERM;
	/* No CPU may later take these FP registers for those of a new vCPU at the same address. */
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct vcpu *owner = vcpu;

		__atomic_compare_exchange_n(&vcpu_cpus[cpu].fp_owner, &owner, NULL, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
	return 0;
}

int vcpu_set_entry(struct vcpu *vcpu, uint64_t ipa)
{
	enum vcpu_state state = vcpu_state(vcpu);

	if (state == VCPU_INVALID || state == VCPU_RUNNING)
		return -EPERM;
	if (ipa % 4)
		return -EINVAL;
	vcpu->frame.elr = ipa;
	return 0;
}

int vcpu_set_stage2_root(struct vcpu *vcpu, struct stage2 *stage2)
{
	if (vcpu->state != VCPU_FREE)
		return -EPERM;
	if (!stage2 || !stage2->root)
		return -EINVAL;
	vcpu->stage2 = stage2;
	return 0;
}

/* ---- On a CPU, and off it ----------------------------------------------------------------------- */

/* CPTR_EL2 while a guest runs: FP may trap or not, SVE, SME, trace and activity monitors always do. */
static void set_fp_trap(bool trap)
{
	write_sysreg(CPTR_EL2, CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM | CPTR_EL2_TTA |
			       CPTR_EL2_TAM | (trap ? CPTR_EL2_TFP : 0));
}

int vcpu_bind(struct vcpu *vcpu)
{
	struct percpu *cpu = this_cpu();
	struct guest_sysregs *regs = &vcpu->sysregs;
	struct vcpu_cpu *own;

	if (!vcpu->stage2 || !percpu_is_enabled())
		return -EINVAL;
	if (cpu->above)
		return -EBUSY;
	if (!change_state(vcpu, VCPU_FREE, VCPU_READY))
		return -EPERM;
	own = this_vcpu_cpu();
	vcpu->cpu = cpu;
	vcpu->binds++;

	/*
	 * EL1's registers first, under the CPU's empty stage 2 (percpu.c). The CPU may walk EL1's
	 * tables on speculation at any time, and see half of these registers from one guest and half
	 * from another; whatever it then makes of them ends in a stage 2 that maps nothing, and is
	 * not kept in the TLB. (On several Cortex-A cores this is an erratum about AT and speculation;
	 * this order is right on all of them.)
	 */
	guest_sysregs_load_el1(regs, own->conditions);
	guest_sysregs_load_config(regs, own->conditions);
	guest_sysregs_load_timer(regs, own->conditions);
	guest_sysregs_load_gic(regs, own->conditions);

	/* FP: still in the CPU, if nobody else has used it here and the vCPU has not been elsewhere. */
	vcpu->fp_live = own->fp_owner == vcpu && vcpu->fp_cpu == cpu;
	set_fp_trap(!vcpu->fp_live);

	write_sysreg(HCR_EL2, (cpu->hcr & ~vcpu->hcr_clear) | vcpu->hcr_set);
	isb();

	/* Then the guest's stage 2. VTCR_EL2 is the same for all (percpu.c), so it does not change. */
	vmid_get(&vmid_pool, &vcpu->stage2->vmid, cpu->id);
	write_sysreg(VTTBR_EL2, stage2_vttbr(vcpu->stage2));
	if (vmid_must_flush_local(&vcpu->stage2->vmid, cpu->id, vcpu->id)) {
		stage2_tlb_flush_local();
		vcpu->tlb_flushes++;
	}

	cpu->above = vcpu;
	return 0;
}

int vcpu_unbind(struct vcpu *vcpu)
{
	struct percpu *cpu = this_cpu();
	struct guest_sysregs *regs = &vcpu->sysregs;
	struct vcpu_cpu *own;

	if (!cpu || cpu->above != vcpu)
		return -EPERM;
	own = this_vcpu_cpu();
	cpu->above = NULL;

	/* The reverse: the empty stage 2 comes first, and holds before the next vCPU's registers come. */
	write_sysreg(VTTBR_EL2, (uintptr_t)cpu->empty_stage2);
	isb();

	guest_sysregs_save_timer(regs, own->conditions);
	guest_sysregs_save_gic(regs, own->conditions);
	guest_sysregs_save_el1(regs, own->conditions);

	/*
	 * FP is saved, so that another CPU can load it; and is left where it is, so that this CPU need
	 * not. From here on a use of it, the hypervisor's too, traps again.
	 */
	if (vcpu->fp_live) {
		fp_save(&vcpu->fp);
		vcpu->fp_saves++;
		vcpu->fp_live = false;
	}
	set_fp_trap(true);
	write_sysreg(HCR_EL2, cpu->hcr);
	isb();

	vcpu->cpu = NULL;
	__atomic_store_n(&vcpu->state, VCPU_FREE, __ATOMIC_RELEASE);
	return 0;
}

void vcpu_fp_trapped(struct vcpu *vcpu)
{
	struct vcpu_cpu *own = this_vcpu_cpu();

	set_fp_trap(false);
	isb();
	fp_load(&vcpu->fp);
	vcpu->fp_live = true;
	vcpu->fp_cpu = vcpu->cpu;
	__atomic_store_n(&own->fp_owner, vcpu, __ATOMIC_RELAXED);
	vcpu->fp_loads++;
}

/* ---- While it is there -------------------------------------------------------------------------- */

enum vcpu_state vcpu_state(const struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->in_guest, __ATOMIC_RELAXED))
		return VCPU_RUNNING;
	return __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE);
}

const char *vcpu_state_name(enum vcpu_state state)
{
	static const char *const names[] = {
		[VCPU_INVALID] = "Invalid",
		[VCPU_CREATED] = "Created",
		[VCPU_FREE] = "Free",
		[VCPU_READY] = "Ready",
		[VCPU_RUNNING] = "Running",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "no such state";
}

void vcpu_skip_instruction(struct vcpu *vcpu)
{
	vcpu->frame.elr += 4;
	vcpu->frame.spsr &= ~(SPSR_SS | SPSR_BTYPE);
}

/* A list register: the CPU's, while the vCPU is bound here, else the saved one. */
static uint64_t read_lr(const struct vcpu *vcpu, unsigned int n)
{
	return vcpu->cpu ? gich_read_lr(n) : (&vcpu->sysregs.ich_lr0_el2)[n];
}

static void write_lr(struct vcpu *vcpu, unsigned int n, uint64_t value)
{
	if (vcpu->cpu)
		gich_write_lr(n, value);
	else
		(&vcpu->sysregs.ich_lr0_el2)[n] = value;
}
ASSERT_OFFSET(struct guest_sysregs, ich_lr15_el2,
	      offsetof(struct guest_sysregs, ich_lr0_el2) + 15 * sizeof(uint64_t));

int vcpu_inject_interrupt(struct vcpu *vcpu, uint32_t intid)
{
	enum vcpu_state state = vcpu_state(vcpu);
	unsigned int n, free = ICH_LR_MAX;

	if (intid > GIC_SPI_LAST)
		return -EINVAL;
	if (state != VCPU_FREE && !(state == VCPU_READY && vcpu->cpu == this_cpu()))
		return -EPERM;

	/* One INTID in two list registers is UNPREDICTABLE: look at all of them first. */
	for (n = 0; n < gich_lr_count(); n++) {
		uint64_t lr = read_lr(vcpu, n);

		if (FIELD_GET(ICH_LR_STATE, lr) == ICH_LR_STATE_INVALID) {
			if (free == ICH_LR_MAX)
				free = n;
		} else if (FIELD_GET(ICH_LR_VINTID, lr) == intid) {
			return -EBUSY;
		}
	}
	if (free == ICH_LR_MAX)
		return -ENOSPC;
	write_lr(vcpu, free, FIELD_PREP(ICH_LR_STATE, ICH_LR_STATE_PENDING) | ICH_LR_GROUP1 |
			     FIELD_PREP(ICH_LR_PRIORITY, GIC_PRIORITY_DEFAULT) |
			     FIELD_PREP(ICH_LR_VINTID, intid));
	return 0;
}
