// SPDX-License-Identifier: MIT
/*
 * el2_sysregs.c - a known value for every EL2 control register.
 *
 * Most of them are UNKNOWN out of a reset, and after a warm reset or a kexec they hold whatever the
 * previous owner left. What is not written here would be a trap, an offset or an interrupt that
 * nobody asked for, in a guest that runs much later.
 *
 * HCR_EL2, SCTLR_EL2 and VBAR_EL2 are set before this, in entry.S; MAIR, TCR and TTBR0 after it, in
 * el2_mmu.c. Registers of optional features are written only where the CPU has them: elsewhere they
 * are UNDEFINED.
 */
#include "entry.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/gich.h"

/* The value of an ID register's field on this CPU. */
#define ID_FIELD(reg, field)	FIELD_GET(field, read_sysreg(reg))

static void init_traps(void)
{
	bool has_sve = ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_SVE);
	bool has_sme = ID_FIELD(ID_AA64PFR1_EL1, ID_AA64PFR1_SME);

	/*
	 * SVE and SME: the vector length that lower levels may choose from, the least. Their registers
	 * are themselves trapped by CPTR_EL2, so let them through first.
	 */
	if (has_sve || has_sme) {
		write_sysreg(CPTR_EL2, CPTR_EL2_RES1 | (has_sve ? 0 : CPTR_EL2_TZ) |
				       (has_sme ? 0 : CPTR_EL2_TSM));
		isb();
		if (has_sve)
			write_sysreg(ZCR_EL2, 0);
		if (has_sme) {
			write_sysreg(SMCR_EL2, 0);
			write_sysreg(SMPRIMAP_EL2, 0);
		}
	}

	/*
	 * CPTR_EL2: FP and SIMD (TFP), SVE (TZ), SME (TSM), trace (TTA) and activity monitors (TAM) all
	 * trap, at EL2 as well: the hypervisor is compiled without FP, and if it uses a vector register
	 * after all, there is a report instead of a guest's register changed.
	 */
	write_sysreg(CPTR_EL2, CPTR_EL2_RES1 | CPTR_EL2_TFP | CPTR_EL2_TZ | CPTR_EL2_TSM |
			       CPTR_EL2_TTA | CPTR_EL2_TAM);

	/* No traps of AArch32 CP15 accesses, nor of IMPLEMENTATION DEFINED controls. */
	write_sysreg(HSTR_EL2, 0);
	write_sysreg(HACR_EL2, 0);
	write_sysreg(ACTLR_EL2, 0);

	/*
	 * MDCR_EL2: no debug or PMU trap yet. HPMN says how many event counters EL1 may use: all of
	 * them, and never fewer than one, which is CONSTRAINED UNPREDICTABLE without FEAT_HPMN0.
	 */
	write_sysreg(MDCR_EL2, FIELD_PREP(MDCR_EL2_HPMN,
					  FIELD_GET(PMCR_EL0_N, read_sysreg(PMCR_EL0))));
}

static void init_features(void)
{
	uint64_t fgt = ID_FIELD(ID_AA64MMFR0_EL1, ID_AA64MMFR0_FGT);

	/* HCRX_EL2 extends HCR_EL2: 0 enables nothing new for EL1. */
	if (ID_FIELD(ID_AA64MMFR1_EL1, ID_AA64MMFR1_HCX))
		write_sysreg(HCRX_EL2, 0);

	/* Fine-grained traps: none. */
	if (fgt) {
		write_sysreg(HFGRTR_EL2, 0);
		write_sysreg(HFGWTR_EL2, 0);
		write_sysreg(HFGITR_EL2, 0);
		write_sysreg(HDFGRTR_EL2, 0);
		write_sysreg(HDFGWTR_EL2, 0);
		if (ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_AMU))
			write_sysreg(HAFGRTR_EL2, 0);
	}

	/* Nested virtualization: no page for a guest hypervisor's registers. */
	if (ID_FIELD(ID_AA64MMFR2_EL1, ID_AA64MMFR2_NV) >= 2)
		write_sysreg(VNCR_EL2, 0);

	/* RAS: no virtual SError is deferred, and none has a syndrome. */
	if (ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_RAS)) {
		write_sysreg(VSESR_EL2, 0);
		write_sysreg(VDISR_EL2, 0);
	}

	/* Trace and profiling: none of the hypervisor. */
	if (ID_FIELD(ID_AA64DFR0_EL1, ID_AA64DFR0_TRACEFILT))
		write_sysreg(TRFCR_EL2, 0);
	if (ID_FIELD(ID_AA64DFR0_EL1, ID_AA64DFR0_PMSVER) &&
	    !(read_sysreg(PMBIDR_EL1) & BIT(4)))	/* P: the buffer is a higher level's */
		write_sysreg(PMSCR_EL2, 0);

	/* Memory tagging: no asynchronous tag fault is on record. */
	if (ID_FIELD(ID_AA64PFR1_EL1, ID_AA64PFR1_MTE) >= 2)
		write_sysreg(TFSR_EL2, 0);

	/* The context number that separates EL2's branch prediction from others'. */
	if (ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_CSV2) >= 2 ||
	    (ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_CSV2) == 1 &&
	     ID_FIELD(ID_AA64PFR1_EL1, ID_AA64PFR1_CSV2_FRAC) == 2))
		write_sysreg(SCXTNUM_EL2, 0);

	/* Memory partitioning: the default partition. */
	if (ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_MPAM) ||
	    ID_FIELD(ID_AA64PFR1_EL1, ID_AA64PFR1_MPAM_FRAC))
		write_sysreg(MPAM2_EL2, 0);
}

static void init_stage2(void)
{
	/* What EL1 reads in MIDR_EL1 and MPIDR_EL1: the CPU's own, until a vCPU has others. */
	write_sysreg(VPIDR_EL2, read_sysreg(MIDR_EL1));
	write_sysreg(VMPIDR_EL2, read_sysreg(MPIDR_EL1));

	/* No stage 2 (HCR_EL2.VM is 0): VMID 0, no table. Bit 31 of VTCR_EL2 is RES1. */
	write_sysreg(VTTBR_EL2, 0);
	write_sysreg(VTCR_EL2, VTCR_EL2_RES1);

	/* The software's own register: lab 2 keeps its per-CPU pointer here. */
	write_sysreg(TPIDR_EL2, 0);
}

static void init_timers(void)
{
	/* EL1's physical counter and timer trap until somebody decides otherwise; no event stream. */
	write_sysreg(CNTHCTL_EL2, 0);

	/* Virtual time is physical time; no timer runs, so none interrupts. */
	write_sysreg(CNTVOFF_EL2, 0);
	if (ID_FIELD(ID_AA64MMFR0_EL1, ID_AA64MMFR0_ECV) >= 2)
		write_sysreg(CNTPOFF_EL2, 0);
	write_sysreg(CNTHP_CTL_EL2, 0);
	write_sysreg(CNTHP_CVAL_EL2, 0);
	if (ID_FIELD(ID_AA64MMFR1_EL1, ID_AA64MMFR1_VH)) {
		write_sysreg(CNTHV_CTL_EL2, 0);
		write_sysreg(CNTHV_CVAL_EL2, 0);
	}
	write_sysreg(CNTP_CTL_EL0, 0);
	write_sysreg(CNTV_CTL_EL0, 0);
}

/* Active priorities: one register for 32 priorities, of each group. */
static void init_active_priorities(unsigned int preemption_bits)
{
	write_sysreg(ICH_AP0R0_EL2, 0);
	write_sysreg(ICH_AP1R0_EL2, 0);
	if (preemption_bits >= 6) {
		write_sysreg(ICH_AP0R1_EL2, 0);
		write_sysreg(ICH_AP1R1_EL2, 0);
	}
	if (preemption_bits >= 7) {
		write_sysreg(ICH_AP0R2_EL2, 0);
		write_sysreg(ICH_AP1R2_EL2, 0);
		write_sysreg(ICH_AP0R3_EL2, 0);
		write_sysreg(ICH_AP1R3_EL2, 0);
	}
}

static void init_gic(void)
{
	uint64_t vtr;
	unsigned int n;

	/* Without the system-register interface there are no such registers: features.c refuses it. */
	if (!ID_FIELD(ID_AA64PFR0_EL1, ID_AA64PFR0_GIC))
		return;

	/* The CPU interface by system registers, here and (Enable) at EL1; no bypass of the GIC. */
	write_sysreg(ICC_SRE_EL2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();		/* the ICH registers are there only after this */

	/* The virtual CPU interface is off, and its state empty: no virtual interrupt for anybody. */
	write_sysreg(ICH_HCR_EL2, 0);
	write_sysreg(ICH_VMCR_EL2, 0);
	vtr = read_sysreg(ICH_VTR_EL2);
	init_active_priorities(FIELD_GET(ICH_VTR_PREBITS, vtr) + 1);
	for (n = 0; n < gich_lr_count(); n++)
		gich_write_lr(n, 0);
}

void el2_init_sysregs(void)
{
	init_traps();
	init_features();
	init_stage2();
	init_timers();
	init_gic();
	isb();
}
