/* SPDX-License-Identifier: MIT */
/*
 * sysreg_fields.h - fields of system registers: bits and masks only, so that assembly, target C
 * and the native unit tests all read the same ones.
 *
 * REG_FIELD is a mask in place (a single bit, or a run of bits for FIELD_GET/FIELD_PREP).
 */
#ifndef ARCH_SYSREG_FIELDS_H
#define ARCH_SYSREG_FIELDS_H

#include "arch/bits.h"

/* CurrentEL: the exception level stands in bits [3:2]. */
#define CURRENT_EL1		(1 << 2)
#define CURRENT_EL2		(2 << 2)
#define CURRENT_EL3		(3 << 2)

/* MPIDR_EL1 and VMPIDR_EL2: where a CPU stands in the machine. */
#define MPIDR_AFF_MASK		0xff00ffffff	/* Aff3, Aff2, Aff1, Aff0 */
#define MPIDR_RES1		BIT(31)

/* PSTATE, as SPSR_ELx keeps it. */
#define SPSR_M_EL0T		0x0
#define SPSR_M_EL1T		0x4
#define SPSR_M_EL1H		0x5
#define SPSR_M_EL2T		0x8
#define SPSR_M_EL2H		0x9
#define SPSR_M			GENMASK(4, 0)	/* bit 4: AArch32 */
#define SPSR_M_AARCH32		BIT(4)
#define SPSR_BTYPE		GENMASK(11, 10)
#define SPSR_F			BIT(6)
#define SPSR_I			BIT(7)
#define SPSR_A			BIT(8)
#define SPSR_D			BIT(9)
#define SPSR_DAIF		(SPSR_D | SPSR_A | SPSR_I | SPSR_F)
#define SPSR_SSBS		BIT(12)		/* AArch64's; FEAT_SSBS */
#define SPSR_ALLINT		BIT(13)		/* FEAT_NMI */
#define SPSR_E32		BIT(9)		/* AArch32: data is big-endian (there SPSR_D is not) */
#define SPSR_IL			BIT(20)
#define SPSR_SS			BIT(21)
#define SPSR_PAN		BIT(22)
#define SPSR_UAO		BIT(23)		/* AArch64's; FEAT_UAO */
#define SPSR_DIT		BIT(24)		/* in SPSR_ELx from AArch32 as well; FEAT_DIT */
#define SPSR_TCO		BIT(25)		/* AArch64's; FEAT_MTE */
#define SPSR_V			BIT(28)
#define SPSR_C			BIT(29)
#define SPSR_Z			BIT(30)
#define SPSR_N			BIT(31)
#define SPSR_NZCV		(SPSR_N | SPSR_Z | SPSR_C | SPSR_V)

/* The same from AArch32 state: what it has there instead. */
#define SPSR_A32_T		BIT(5)		/* T32, not A32 */
#define SPSR_A32_IT_HIGH	GENMASK(15, 10)	/* ITSTATE, bits 7 to 2 */
#define SPSR_A32_IT_LOW		GENMASK(26, 25)	/* and bits 1 and 0 */

/* Immediates of MSR DAIFSet and DAIFClr. */
#define DAIF_F			1
#define DAIF_I			2
#define DAIF_A			4
#define DAIF_D			8
#define DAIF_ALL		15

/* HCR_EL2, Hypervisor Configuration Register. */
#define HCR_VM			BIT(0)
#define HCR_SWIO		BIT(1)
#define HCR_PTW			BIT(2)
#define HCR_FMO			BIT(3)
#define HCR_IMO			BIT(4)
#define HCR_AMO			BIT(5)
#define HCR_VF			BIT(6)
#define HCR_VI			BIT(7)
#define HCR_VSE			BIT(8)
#define HCR_FB			BIT(9)
#define HCR_BSU			GENMASK(11, 10)
#define HCR_DC			BIT(12)
#define HCR_TWI			BIT(13)
#define HCR_TWE			BIT(14)
#define HCR_TID0		BIT(15)
#define HCR_TID1		BIT(16)
#define HCR_TID2		BIT(17)
#define HCR_TID3		BIT(18)
#define HCR_TSC			BIT(19)
#define HCR_TIDCP		BIT(20)
#define HCR_TACR		BIT(21)
#define HCR_TSW			BIT(22)
#define HCR_TPCP		BIT(23)
#define HCR_TPU			BIT(24)
#define HCR_TTLB		BIT(25)
#define HCR_TVM			BIT(26)
#define HCR_TGE			BIT(27)
#define HCR_TDZ			BIT(28)
#define HCR_HCD			BIT(29)
#define HCR_TRVM		BIT(30)
#define HCR_RW			BIT(31)
#define HCR_CD			BIT(32)
#define HCR_ID			BIT(33)
#define HCR_E2H_SHIFT		34
#define HCR_E2H			BIT(HCR_E2H_SHIFT)
#define HCR_TLOR		BIT(35)
#define HCR_TERR		BIT(36)
#define HCR_TEA			BIT(37)
#define HCR_APK			BIT(40)
#define HCR_API			BIT(41)
#define HCR_NV			BIT(42)
#define HCR_NV1			BIT(43)
#define HCR_AT			BIT(44)
#define HCR_NV2			BIT(45)
#define HCR_FWB			BIT(46)
#define HCR_FIEN		BIT(47)
#define HCR_TID4		BIT(49)
#define HCR_TICAB		BIT(50)
#define HCR_AMVOFFEN		BIT(51)
#define HCR_TOCU		BIT(52)
#define HCR_ENSCXT		BIT(53)
#define HCR_TTLBIS		BIT(54)
#define HCR_TTLBOS		BIT(55)
#define HCR_ATA			BIT(56)
#define HCR_DCT			BIT(57)
#define HCR_TID5		BIT(58)
#define HCR_TWEDEN		BIT(59)

/* SCTLR_EL2, System Control Register, in its layout for HCR_EL2.E2H = 0. */
#define SCTLR_EL2_M		BIT(0)
#define SCTLR_EL2_A		BIT(1)
#define SCTLR_EL2_C		BIT(2)
#define SCTLR_EL2_SA		BIT(3)
#define SCTLR_EL2_I		BIT(12)
#define SCTLR_EL2_WXN		BIT(19)
#define SCTLR_EL2_IESB		BIT(21)
#define SCTLR_EL2_RES1		(BIT(4) | BIT(5) | BIT(11) | BIT(16) | BIT(18) | \
				 BIT(22) | BIT(23) | BIT(28) | BIT(29))

/* HPFAR_EL2, Hypervisor IPA Fault Address Register. */
#define HPFAR_EL2_FIPA		GENMASK(43, 4)	/* bits 51 to 12 of the IPA */

/* CPTR_EL2, Architectural Feature Trap Register, E2H = 0: a 1 traps. */
#define CPTR_EL2_TZ		BIT(8)		/* RES1 without FEAT_SVE */
#define CPTR_EL2_TFP		BIT(10)
#define CPTR_EL2_TSM		BIT(12)		/* RES1 without FEAT_SME */
#define CPTR_EL2_TTA		BIT(20)
#define CPTR_EL2_TAM		BIT(30)
#define CPTR_EL2_TCPAC		BIT(31)
#define CPTR_EL2_RES1		(GENMASK(7, 0) | BIT(9) | BIT(13))

/* MDCR_EL2, Monitor Debug Configuration Register. */
#define MDCR_EL2_HPMN		GENMASK(4, 0)
#define MDCR_EL2_TPMCR		BIT(5)
#define MDCR_EL2_TPM		BIT(6)
#define MDCR_EL2_TDA		BIT(9)
#define MDCR_EL2_TDOSA		BIT(10)
#define MDCR_EL2_TDRA		BIT(11)
#define MDCR_EL2_TPMS		BIT(14)		/* with FEAT_SPE */
#define MDCR_EL2_TTRF		BIT(19)		/* with FEAT_TRF */
#define PMCR_EL0_N		GENMASK(15, 11)

/* CNTHCTL_EL2, Counter-timer Hypervisor Control Register, E2H = 0: a 0 traps. */
#define CNTHCTL_EL1PCTEN	BIT(0)		/* the physical counter */
#define CNTHCTL_EL1PCEN		BIT(1)		/* the physical timer */

/* TCR_EL2, Translation Control Register, E2H = 0. */
#define TCR_EL2_T0SZ		GENMASK(5, 0)
#define TCR_EL2_IRGN0_WBWA	(1 << 8)
#define TCR_EL2_ORGN0_WBWA	(1 << 10)
#define TCR_EL2_SH0_INNER	(3 << 12)
#define TCR_EL2_TG0_4K		(0 << 14)
#define TCR_EL2_PS		GENMASK(18, 16)
#define TCR_EL2_RES1		(BIT(31) | BIT(23))

/* VTCR_EL2, Virtualization Translation Control Register. */
#define VTCR_EL2_T0SZ		GENMASK(5, 0)
#define VTCR_EL2_SL0		GENMASK(7, 6)
#define VTCR_EL2_SL0_LEVEL2	0	/* where a walk starts, with the 4 KiB granule */
#define VTCR_EL2_SL0_LEVEL1	1
#define VTCR_EL2_SL0_LEVEL0	2
#define VTCR_EL2_IRGN0_WBWA	(1 << 8)
#define VTCR_EL2_ORGN0_WBWA	(1 << 10)
#define VTCR_EL2_SH0_INNER	(3 << 12)
#define VTCR_EL2_TG0_4K		(0 << 14)
#define VTCR_EL2_PS		GENMASK(18, 16)
#define VTCR_EL2_VS		BIT(19)		/* VMIDs have 16 bits (FEAT_VMID16) */
#define VTCR_EL2_HA		BIT(21)		/* hardware sets the access flag (FEAT_HAFDBS) */
#define VTCR_EL2_HD		BIT(22)		/* hardware keeps a dirty state */
#define VTCR_EL2_RES1		BIT(31)

/* VTTBR_EL2, Virtualization Translation Table Base Register. */
#define VTTBR_EL2_CNP		BIT(0)		/* other CPUs have the same tables (FEAT_TTCNP) */
#define VTTBR_EL2_BADDR		GENMASK(47, 1)
#define VTTBR_EL2_VMID		GENMASK(63, 48)	/* [63:56] are RES0 with 8-bit VMIDs */

/* Of the guest's stage 1, what TLB maintenance switches off for a moment (mm/stage2_tlb.c). */
#define TCR_EL1_EPD0		BIT(7)		/* no table walks from TTBR0_EL1 */
#define TCR_EL1_EPD1		BIT(23)		/* nor from TTBR1_EL1 */
#define SCTLR_EL1_M		BIT(0)

/* The rest of SCTLR_EL1 and TCR_EL1 that the hypervisor looks at. */
#define SCTLR_EL1_C		BIT(2)
#define SCTLR_EL1_SPAN		BIT(23)		/* 0: an exception sets PSTATE.PAN */
#define SCTLR_EL1_E0E		BIT(24)		/* EL0's data is big-endian */
#define SCTLR_EL1_EE		BIT(25)		/* EL1's is, translation tables included */
#define SCTLR_EL1_DSSBS		BIT(44)		/* what an exception sets PSTATE.SSBS to */
#define SCTLR_EL1_SPINTMASK	BIT(62)		/* 0: an exception sets PSTATE.ALLINT */
#define TCR_EL1_T0SZ		GENMASK(5, 0)
#define TCR_EL1_TG0		GENMASK(15, 14)
#define TCR_EL1_TG0_4K		0
#define TCR_EL1_TG0_64K		1
#define TCR_EL1_TG0_16K		2
#define TCR_EL1_T1SZ		GENMASK(21, 16)
#define TCR_EL1_TG1		GENMASK(31, 30)
#define TCR_EL1_TG1_16K		1
#define TCR_EL1_TG1_4K		2
#define TCR_EL1_TG1_64K		3
#define TCR_EL1_IPS		GENMASK(34, 32)	/* how wide stage 1's results are */
#define TCR_EL1_TBI0		BIT(37)		/* the top byte of an address is ignored */
#define TCR_EL1_TBI1		BIT(38)
#define TCR_EL1_HA		BIT(39)		/* hardware sets the access flag (FEAT_HAFDBS) */
#define TCR_EL1_DS		BIT(59)		/* other descriptors, of 52 bits (FEAT_LPA2) */
#define PAR_EL1_F		BIT(0)		/* no translation */
#define PAR_EL1_PA		GENMASK(51, 12)

/* ICC_SRE_ELx, GIC System Register Enable. */
#define ICC_SRE_SRE		BIT(0)
#define ICC_SRE_DFB		BIT(1)
#define ICC_SRE_DIB		BIT(2)
#define ICC_SRE_ENABLE		BIT(3)

/* ISR_EL1: what is pending; at EL2, of the physical interrupts, masked or not. */
#define ISR_I			BIT(7)

/* ICH_VTR_EL2: what the virtual CPU interface has. */
#define ICH_VTR_LISTREGS	GENMASK(4, 0)	/* list registers, less one */
#define ICH_VTR_TDS		BIT(19)		/* ICH_HCR_EL2.TDIR is there */
#define ICH_VTR_PREBITS		GENMASK(28, 26)	/* bits of preemption priority, less one */

/* EL3, for the drop to EL2 (el3.S). */
#define SCR_EL3_NS		BIT(0)
#define SCR_EL3_RES1		(BIT(4) | BIT(5))
#define SCR_EL3_HCE		BIT(8)
#define SCR_EL3_RW		BIT(10)
#define SCR_EL3_APK		BIT(16)
#define SCR_EL3_API		BIT(17)
#define SCR_EL3_ENSCXT		BIT(25)
#define SCR_EL3_ATA		BIT(26)
#define SCR_EL3_FGTEN		BIT(27)
#define SCR_EL3_ECVEN		BIT(28)
#define SCR_EL3_HXEN		BIT(38)
#define SCR_EL3_ENTP2		BIT(41)
#define CPTR_EL3_EZ		BIT(8)
#define CPTR_EL3_ESM		BIT(12)
#define MDCR_EL3_NSPB		GENMASK(13, 12)
#define SCTLR_EL3_RES1		(BIT(4) | BIT(5) | BIT(11) | BIT(16) | BIT(18) | \
				 BIT(22) | BIT(23) | BIT(28) | BIT(29))

/* Identification registers: four-bit fields, named REG_FIELD. */
#define ID_AA64PFR0_EL0		GENMASK(3, 0)
#define ID_AA64PFR0_EL1F	GENMASK(7, 4)	/* the field EL1; _EL1 alone is the register's own name */
#define ID_AA64PFR0_EL2		GENMASK(11, 8)
#define ID_AA64PFR0_EL2_SHIFT	8
#define ID_AA64PFR0_EL3		GENMASK(15, 12)
#define ID_AA64PFR0_FP		GENMASK(19, 16)
#define ID_AA64PFR0_ADVSIMD	GENMASK(23, 20)
#define ID_AA64PFR0_GIC		GENMASK(27, 24)
#define ID_AA64PFR0_RAS		GENMASK(31, 28)
#define ID_AA64PFR0_SVE		GENMASK(35, 32)
#define ID_AA64PFR0_SVE_SHIFT	32
#define ID_AA64PFR0_SEL2	GENMASK(39, 36)
#define ID_AA64PFR0_MPAM	GENMASK(43, 40)
#define ID_AA64PFR0_AMU		GENMASK(47, 44)
#define ID_AA64PFR0_DIT		GENMASK(51, 48)
#define ID_AA64PFR0_CSV2	GENMASK(59, 56)
#define ID_AA64PFR0_CSV2_SHIFT	56

#define ID_AA64PFR1_BT		GENMASK(3, 0)
#define ID_AA64PFR1_SSBS	GENMASK(7, 4)
#define ID_AA64PFR1_MTE		GENMASK(11, 8)
#define ID_AA64PFR1_MTE_SHIFT	8
#define ID_AA64PFR1_MPAM_FRAC	GENMASK(19, 16)
#define ID_AA64PFR1_SME		GENMASK(27, 24)
#define ID_AA64PFR1_SME_SHIFT	24
#define ID_AA64PFR1_CSV2_FRAC	GENMASK(35, 32)
#define ID_AA64PFR1_NMI		GENMASK(39, 36)

#define ID_AA64DFR0_DEBUGVER	GENMASK(3, 0)
#define ID_AA64DFR0_PMUVER	GENMASK(11, 8)
#define ID_AA64DFR0_PMSVER	GENMASK(35, 32)
#define ID_AA64DFR0_PMSVER_SHIFT 32
#define ID_AA64DFR0_TRACEFILT	GENMASK(43, 40)

#define ID_AA64ISAR1_APA	GENMASK(7, 4)
#define ID_AA64ISAR1_API	GENMASK(11, 8)
#define ID_AA64ISAR1_GPA	GENMASK(27, 24)
#define ID_AA64ISAR1_GPI	GENMASK(31, 28)
#define ID_AA64ISAR2_GPA3	GENMASK(11, 8)
#define ID_AA64ISAR2_APA3	GENMASK(15, 12)

#define ID_AA64MMFR0_PARANGE	GENMASK(3, 0)
#define ID_AA64MMFR0_TGRAN4	GENMASK(31, 28)
#define ID_AA64MMFR0_TGRAN4_2	GENMASK(43, 40)
#define ID_AA64MMFR0_FGT	GENMASK(59, 56)
#define ID_AA64MMFR0_FGT_SHIFT	56
#define ID_AA64MMFR0_ECV	GENMASK(63, 60)
#define ID_AA64MMFR0_ECV_SHIFT	60

#define ID_AA64MMFR1_VMIDBITS	GENMASK(7, 4)
#define ID_AA64MMFR1_VH		GENMASK(11, 8)
#define ID_AA64MMFR1_LO		GENMASK(19, 16)
#define ID_AA64MMFR1_PAN	GENMASK(23, 20)
#define ID_AA64MMFR1_XNX	GENMASK(31, 28)
#define ID_AA64MMFR1_TWED	GENMASK(35, 32)
#define ID_AA64MMFR1_HCX	GENMASK(43, 40)
#define ID_AA64MMFR1_HCX_SHIFT	40

#define ID_AA64MMFR2_IESB	GENMASK(15, 12)
#define ID_AA64MMFR2_NV		GENMASK(27, 24)
#define ID_AA64MMFR2_ST		GENMASK(31, 28)
#define ID_AA64MMFR2_FWB	GENMASK(43, 40)
#define ID_AA64MMFR2_EVT	GENMASK(59, 56)

#define ID_AA64MMFR4_E2H0	GENMASK(27, 24)

#endif
