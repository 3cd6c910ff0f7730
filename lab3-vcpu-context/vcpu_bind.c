// SPDX-License-Identifier: MIT
/*
 * vcpu_bind.c - a vCPU's registers, into the CPU and out of it.
 *
 * An EL2 host uses no EL1 state. So it can stay in the CPU from one exit to the next, and move only when
 * another vCPU comes.
 */
#include "vcpu_bind.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/errno.h"
#include "mm/stage2_tlb.h"
#include "vmids.h"

/* What this layer keeps for each CPU; the vCPU that is bound is in struct percpu, for vcpu_run(). */
static struct vcpu_cpu {
	uint64_t conditions;		/* which registers of the table this CPU has; 0: not looked yet */
	struct vcpu *fp_owner;		/* whose FP registers are in the CPU, or NULL */
} vcpu_cpus[MAX_CPUS];

/* A CPU's own. Before the first bind on it: which registers it has is not known yet. */
static struct vcpu_cpu *own_of(const struct percpu *cpu)
{
	return &vcpu_cpus[cpu->id];
}

/* ---- The table at work ------------------------------------------------------------------------- */

/*
 * A group is read into as many variables as it has registers, and then stored: the compiler keeps
 * them in scratch registers and stores two at a time (STP). Loading goes the same way back.
 */
#define READ(reg, field, reset, condition, meaning)	const uint64_t field = read_sysreg(reg);
#define STORE(reg, field, reset, condition, meaning)	regs->field = field;
#define FETCH(reg, field, reset, condition, meaning)	const uint64_t field = regs->field;
#define WRITE(reg, field, reset, condition, meaning)	write_sysreg(reg, field);

/* A pointer as it is: the compiler does not make another of it, of which its offsets do not pair. */
#define as_it_is(pointer)	asm("" : "+r"(pointer))

#define SAVE(group)		do { group(READ) group(STORE) } while (0)
/* Without the barrier the compiler moves each fetch next to its write, and no two can be one LDP. */
#define LOAD(group)		do { group(FETCH) compiler_barrier(); group(WRITE) } while (0)
#define SAVE_IF(condition, group)	do { if (conditions & BIT(condition)) SAVE(group); } while (0)
#define LOAD_IF(condition, group)	do { if (conditions & BIT(condition)) LOAD(group); } while (0)

/* List registers: as many as the CPU has. */
#define SAVE_LR(reg, field, reset, condition, meaning)		\
	if (!(conditions & BIT(SYSREG_IF_##condition)))		\
		return;						\
	regs->field = read_sysreg(reg);
#define LOAD_LR(reg, field, reset, condition, meaning)		\
	if (!(conditions & BIT(SYSREG_IF_##condition)))		\
		return;						\
	write_sysreg(reg, regs->field);

static inline void save_el1(struct guest_sysregs *regs)
{
	SAVE(SYSREGS_EXCEPTION);
	SAVE(SYSREGS_CONTROL);
	SAVE(SYSREGS_THREAD);
}

static inline void load_el1(const struct guest_sysregs *regs)
{
	LOAD(SYSREGS_EXCEPTION);
	LOAD(SYSREGS_CONTROL);
	LOAD(SYSREGS_THREAD);
}

/* What only some CPUs have: one look for those that have none of it. */
static inline void save_beyond(struct guest_sysregs *regs, uint64_t conditions)
{
	if (!(conditions & SYSREG_IF_BEYOND))
		return;
	SAVE_IF(SYSREG_IF_RAS, SYSREGS_RAS);
	SAVE_IF(SYSREG_IF_CSV2_2, SYSREGS_SCXTNUM);
	SAVE_IF(SYSREG_IF_PAUTH, SYSREGS_PAUTH);
	SAVE_IF(SYSREG_IF_SME, SYSREGS_SME);
	SAVE_IF(SYSREG_IF_PRE6, SYSREGS_VGIC_PRE6);
	SAVE_IF(SYSREG_IF_PRE7, SYSREGS_VGIC_PRE7);
}

static inline void load_beyond(const struct guest_sysregs *regs, uint64_t conditions)
{
	if (!(conditions & SYSREG_IF_BEYOND))
		return;
	LOAD_IF(SYSREG_IF_RAS, SYSREGS_RAS);
	LOAD_IF(SYSREG_IF_CSV2_2, SYSREGS_SCXTNUM);
	LOAD_IF(SYSREG_IF_PAUTH, SYSREGS_PAUTH);
	LOAD_IF(SYSREG_IF_SME, SYSREGS_SME);
	LOAD_IF(SYSREG_IF_PRE6, SYSREGS_VGIC_PRE6);
	LOAD_IF(SYSREG_IF_PRE7, SYSREGS_VGIC_PRE7);
}

/* The guest's timers, which then stand still: or they would interrupt the host, or the next guest. */
static inline void save_timer(struct guest_sysregs *regs)
{
	SAVE(SYSREGS_TIMER);
	write_sysreg(CNTV_CTL_EL0, 0);
	write_sysreg(CNTP_CTL_EL0, 0);
}

static inline void load_timer(const struct guest_sysregs *regs)
{
	LOAD(SYSREGS_TIMER);
}

/* The virtual CPU interface, which is then off. */
static inline void save_gic(struct guest_sysregs *regs, uint64_t conditions)
{
	SAVE(SYSREGS_VGIC);
	write_sysreg(ICH_HCR_EL2, 0);
	if (conditions & BIT(SYSREG_IF_LR(3))) {
		SAVE(SYSREGS_LR_FOUR);
	} else {
		SYSREGS_LR_FOUR(SAVE_LR)
	}
	SYSREGS_LR_MORE(SAVE_LR)
}

static inline void load_gic(const struct guest_sysregs *regs, uint64_t conditions)
{
	LOAD(SYSREGS_VGIC);
	if (conditions & BIT(SYSREG_IF_LR(3))) {
		LOAD(SYSREGS_LR_FOUR);
	} else {
		SYSREGS_LR_FOUR(LOAD_LR)
	}
	SYSREGS_LR_MORE(LOAD_LR)
}

static inline void load_config(const struct guest_sysregs *regs)
{
	LOAD(SYSREGS_CONFIG);
}

/* ---- Bind, unbind ------------------------------------------------------------------------------- */

/* CPTR_EL2 while a guest runs: FP may trap or not, SVE, SME, trace and activity monitors always do. */
static void set_fp_trap(bool trap)
{
	write_sysreg(CPTR_EL2, CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM | CPTR_EL2_TTA |
			       CPTR_EL2_TAM | (trap ? CPTR_EL2_TFP : 0));
}

/* The first bind on this CPU: which registers does it have? */
static __noinline int first_bind(struct vcpu *vcpu, struct vcpu_cpu *own)
{
	own->conditions = sysreg_conditions();
	return vcpu_bind(vcpu);
}

int vcpu_bind(struct vcpu *vcpu)
{
	struct percpu *cpu = this_cpu();
	struct guest_sysregs *regs = &vcpu->sysregs;
	struct vcpu_cpu *own;
	unsigned int vmid;
	uint64_t conditions;

	if (!vcpu->stage2 || !percpu_is_enabled())
		return -EINVAL;
	if (cpu->above)
		return -EBUSY;
	own = own_of(cpu);
	conditions = own->conditions;
	if (!conditions)
		return first_bind(vcpu, own);
	if (!vcpu_state_change(&vcpu->state, VCPU_FREE, VCPU_READY))
		return -EPERM;
	vcpu->cpu = cpu;
	vcpu->conditions = conditions;
	as_it_is(regs);
	as_it_is(own);
	vcpu->binds++;

	/*
	 * EL1's registers first, under the CPU's empty stage 2 (percpu.c). Several Cortex-A cores may walk
	 * EL1's tables on speculation even at EL2 (erratum 1319367 and its like), and would see half of
	 * these registers from one guest and half from another. Whatever they make of them ends in a
	 * stage 2 that maps nothing, and is not kept in the TLB.
	 */
	load_el1(regs);
	load_beyond(regs, conditions);
	/*
	 * The virtual CPU interface is turned on (ICH_HCR_EL2, among the configuration) when it has its
	 * contents, and the timers when they have their offset (CNTVOFF_EL2).
	 */
	load_gic(regs, conditions);
	load_config(regs);
	load_timer(regs);

	/*
	 * FP traps while no vCPU is bound. It need not if this vCPU's is still in the CPU: if nobody else
	 * has used it here, and the vCPU has not been elsewhere.
	 */
	if (own->fp_owner == vcpu && vcpu->fp_cpu == cpu) {
		vcpu->fp_live = true;
		set_fp_trap(false);
	}

	write_sysreg(HCR_EL2, cpu->hcr ^ vcpu->hcr_differs);
	isb();

	/* Then the guest's stage 2. VTCR_EL2 is the same for all (percpu.c), so it does not change. */
	vmid = vmid_get(&vmid_pool, &vcpu->stage2->vmid, cpu->id);
	write_sysreg(VTTBR_EL2, FIELD_PREP(VTTBR_EL2_VMID, vmid) | (uintptr_t)vcpu->stage2->root);
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
	uint64_t conditions;

	if (!cpu || cpu->above != vcpu)
		return -EPERM;
	conditions = vcpu->conditions;
	as_it_is(regs);
	cpu->above = NULL;

	/* The reverse: the empty stage 2 comes first, and holds before the next vCPU's registers come. */
	write_sysreg(VTTBR_EL2, (uintptr_t)cpu->empty_stage2);
	isb();

	save_timer(regs);
	save_gic(regs, conditions);
	save_el1(regs);
	save_beyond(regs, conditions);

	/*
	 * FP is saved, so that another CPU can load it; and is left where it is, so that this CPU need
	 * not. From here on a use of it, the hypervisor's too, traps again.
	 */
	if (vcpu->fp_live) {
		fp_save(&vcpu->fp);
		vcpu->fp_saves++;
		vcpu->fp_live = false;
		set_fp_trap(true);
	}
	write_sysreg(HCR_EL2, cpu->hcr);
	isb();

	vcpu->cpu = NULL;
	__atomic_store_n(&vcpu->state, VCPU_FREE, __ATOMIC_RELEASE);
	return 0;
}

void vcpu_fp_trapped(struct vcpu *vcpu)
{
	struct vcpu_cpu *own = own_of(vcpu->cpu);

	set_fp_trap(false);
	isb();
	fp_load(&vcpu->fp);
	vcpu->fp_live = true;
	vcpu->fp_cpu = vcpu->cpu;
	__atomic_store_n(&own->fp_owner, vcpu, __ATOMIC_RELAXED);
	vcpu->fp_loads++;
}

void vcpu_forget_fp(struct vcpu *vcpu)
{
	unsigned int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct vcpu *owner = vcpu;

		__atomic_compare_exchange_n(&vcpu_cpus[cpu].fp_owner, &owner, NULL, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
}
