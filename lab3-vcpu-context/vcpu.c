// SPDX-License-Identifier: MIT
#include "vcpu.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/gich.h"
#include "drivers/gicv3_regs.h"
#include "lib/errno.h"
#include "vcpu_bind.h"

/* ---- Making a vCPU ----------------------------------------------------------------------------- */

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
		vcpu->hcr_differs = HCR_IMO | HCR_FMO;
	return vcpu_state_change(&vcpu->state, VCPU_CREATED, VCPU_FREE) ? 0 : -EPERM;
}

int vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu_state_change(&vcpu->state, VCPU_CREATED, VCPU_INVALID) &&
	    !vcpu_state_change(&vcpu->state, VCPU_FREE, VCPU_INVALID))
		return -EPERM;
	vcpu_forget_fp(vcpu);
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

/* ---- While it is there -------------------------------------------------------------------------- */

enum vcpu_state vcpu_state(const struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->in_guest, __ATOMIC_RELAXED))
		return VCPU_RUNNING;
	return __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE);
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
