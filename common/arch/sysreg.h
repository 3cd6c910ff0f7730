/* SPDX-License-Identifier: MIT */
/*
 * sysreg.h - access to system registers, and the fields of those that the hypervisor uses.
 *
 * Names and fields are spelt as in the Arm ARM (DDI 0487, chapter D, "AArch64 System Register
 * Descriptions"), so that a search for a name here finds its page there.
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#ifndef __aarch64__
#error "sysreg.h is for the target: AArch64. Decisions that are tested natively take values instead."
#endif

#include "arch/sysreg_fields.h"

/*
 * Registers newer than the baseline Armv8.0-A that the assembler is told to accept (-march):
 * named by their encoding, S<op0>_<op1>_<Cn>_<Cm>_<op2>.
 */
#define HCRX_EL2		S3_4_C1_C2_2	/* FEAT_HCX */
#define HFGRTR_EL2		S3_4_C1_C1_4	/* FEAT_FGT */
#define HFGWTR_EL2		S3_4_C1_C1_5
#define HFGITR_EL2		S3_4_C1_C1_6
#define HDFGRTR_EL2		S3_4_C3_C1_4
#define HDFGWTR_EL2		S3_4_C3_C1_5
#define HAFGRTR_EL2		S3_4_C3_C1_6	/* FEAT_FGT and FEAT_AMUv1 */
#define VNCR_EL2		S3_4_C2_C2_0	/* FEAT_NV2 */
#define ZCR_EL2			S3_4_C1_C2_0	/* FEAT_SVE */
#define SMCR_EL2		S3_4_C1_C2_6	/* FEAT_SME */
#define SMPRIMAP_EL2		S3_4_C1_C2_5
#define VSESR_EL2		S3_4_C5_C2_3	/* FEAT_RAS */
#define VDISR_EL2		S3_4_C12_C1_1
#define TRFCR_EL2		S3_4_C1_C2_1	/* FEAT_TRF */
#define PMSCR_EL2		S3_4_C9_C9_0	/* FEAT_SPE */
#define PMBIDR_EL1		S3_0_C9_C10_7
#define TFSR_EL2		S3_4_C5_C6_0	/* FEAT_MTE2 */
#define SCXTNUM_EL2		S3_4_C13_C0_7	/* FEAT_CSV2_2 */
#define MPAM2_EL2		S3_4_C10_C5_0	/* FEAT_MPAM */
#define CNTPOFF_EL2		S3_4_C14_C0_6	/* FEAT_ECV, second level */
#define CNTHV_CTL_EL2		S3_4_C14_C3_1	/* FEAT_VHE */
#define CNTHV_CVAL_EL2		S3_4_C14_C3_2
#define ID_AA64PFR0_EL1		S3_0_C0_C4_0
#define ID_AA64PFR1_EL1		S3_0_C0_C4_1
#define ID_AA64ZFR0_EL1		S3_0_C0_C4_4
#define ID_AA64SMFR0_EL1	S3_0_C0_C4_5
#define ID_AA64DFR0_EL1		S3_0_C0_C5_0
#define ID_AA64DFR1_EL1		S3_0_C0_C5_1
#define ID_AA64ISAR0_EL1	S3_0_C0_C6_0
#define ID_AA64ISAR1_EL1	S3_0_C0_C6_1
#define ID_AA64ISAR2_EL1	S3_0_C0_C6_2
#define ID_AA64MMFR0_EL1	S3_0_C0_C7_0
#define ID_AA64MMFR1_EL1	S3_0_C0_C7_1
#define ID_AA64MMFR2_EL1	S3_0_C0_C7_2
#define ID_AA64MMFR3_EL1	S3_0_C0_C7_3
#define ID_AA64MMFR4_EL1	S3_0_C0_C7_4

/* GIC CPU interface, hypervisor's view (IHI 0069). */
#define ICC_SRE_EL2		S3_4_C12_C9_5
#define ICC_SRE_EL3		S3_6_C12_C12_5
#define ICH_HCR_EL2		S3_4_C12_C11_0
#define ICH_VTR_EL2		S3_4_C12_C11_1
#define ICH_VMCR_EL2		S3_4_C12_C11_7

#ifndef __ASSEMBLER__

#include "arch/types.h"

#define SYSREG_STRING_(x)	#x
#define SYSREG_STRING(x)	SYSREG_STRING_(x)

/*
 * read_sysreg(NAME), write_sysreg(NAME, value) - one MRS, one MSR.
 * All accesses stay in program order with each other. A write takes effect for later instructions
 * at the next context synchronization event only: an isb(), an exception, an exception return.
 */
#define read_sysreg(name) ({						\
	uint64_t value_;						\
	asm volatile("mrs %0, " SYSREG_STRING(name) : "=r"(value_));	\
	value_;								\
})
#define write_sysreg(name, value)					\
	asm volatile("msr " SYSREG_STRING(name) ", %x0" :: "rZ"((uint64_t)(value)))

#endif
#endif
