/* SPDX-License-Identifier: MIT */
/*
 * esr.h - the Exception Syndrome Register: why an exception was taken.
 *
 * One 64-bit word, the same in ESR_EL1, ESR_EL2 and ESR_EL3 (Arm ARM, "ESR_EL2, Exception Syndrome
 * Register (EL2)"):
 *
 *   63      56 55        32 31    26 25 24                        0
 *   |  RES0   |    ISS2    |   EC   |IL|           ISS            |
 *
 * EC, the exception class, says what happened and thereby how the ISS is to be read. Fields of an
 * ISS are given here as masks in place: FIELD_GET(DABT_SRT, esr). Read ESR_EL2 once, at the start
 * of the handler, and pass the value on: the next exception taken to EL2 overwrites the register.
 */
#ifndef ARCH_ESR_H
#define ARCH_ESR_H

#include "arch/bits.h"

#define ESR_ISS2_MASK		GENMASK(55, 32)
#define ESR_EC_MASK		GENMASK(31, 26)
#define ESR_EC_SHIFT		26			/* for UBFX in assembly */
#define ESR_EC_BITS		6
#define ESR_IL_MASK		BIT(25)
#define ESR_ISS_MASK		GENMASK(24, 0)

/*
 * Exception classes. Those that EL2 is never told of are here as well: a guest's ESR_EL1 and an
 * EL3 monitor's ESR_EL3 are read with the same table. "A32" is AArch32, "A64" AArch64 state.
 */
#define EC_UNKNOWN		0x00	/* UNDEFINED, and all that no other class covers */
#define EC_WFX			0x01	/* WFI, WFE, WFIT, WFET */
#define EC_CP15_32		0x03	/* A32 MCR, MRC, coproc 0b1111 */
#define EC_CP15_64		0x04	/* A32 MCRR, MRRC, coproc 0b1111 */
#define EC_CP14_32		0x05	/* A32 MCR, MRC, coproc 0b1110 */
#define EC_CP14_LS		0x06	/* A32 LDC, STC */
#define EC_FP			0x07	/* SME, SVE, Advanced SIMD, FP: the FPEN and TFP traps */
#define EC_VMRS			0x08	/* A32 VMRS, from an ID group trap */
#define EC_PAUTH		0x09	/* a pointer authentication instruction, trapped */
#define EC_OTHER		0x0a	/* instructions with no class of their own: LD64B... */
#define EC_CP14_64		0x0c	/* A32 MRRC, coproc 0b1110 */
#define EC_BTI			0x0d	/* Branch Target Exception */
#define EC_ILLEGAL_STATE	0x0e	/* PSTATE.IL was 1 */
#define EC_SVC32		0x11
#define EC_HVC32		0x12
#define EC_SMC32		0x13
#define EC_SYS128		0x14	/* MSRR, MRRS, 128-bit System instructions */
#define EC_SVC64		0x15
#define EC_HVC64		0x16
#define EC_SMC64		0x17
#define EC_SYS64		0x18	/* MSR, MRS, System instructions */
#define EC_SVE			0x19	/* ZEN and TZ traps */
#define EC_ERET			0x1a	/* ERET, ERETAA, ERETAB */
#define EC_TSTART		0x1b	/* FEAT_TME, since withdrawn from the architecture */
#define EC_PAC_FAIL		0x1c	/* FEAT_FPAC: an authentication that failed */
#define EC_SME			0x1d	/* SMEN and TSM traps, or the wrong PSTATE.SM or ZA */
#define EC_GPC			0x1e	/* to EL3 only: Granule Protection Check */
#define EC_IMP_DEF_EL3		0x1f	/* to EL3 only: IMPLEMENTATION DEFINED */
#define EC_IABT_LOWER		0x20	/* Instruction Abort, from a lower Exception level */
#define EC_IABT_SAME		0x21	/* Instruction Abort, from this Exception level */
#define EC_PC_ALIGNMENT		0x22
#define EC_DABT_LOWER		0x24	/* Data Abort, from a lower Exception level */
#define EC_DABT_SAME		0x25	/* Data Abort, from this Exception level (or by VNCR_EL2) */
#define EC_SP_ALIGNMENT		0x26
#define EC_MOPS			0x27	/* Memory Copy and Memory Set instructions */
#define EC_FP_EXCEPTION32	0x28	/* a trapped IEEE 754 exception, from A32 */
#define EC_FP_EXCEPTION64	0x2c	/* the same from A64 */
#define EC_GCS			0x2d	/* Guarded Control Stack */
#define EC_SERROR		0x2f
#define EC_BREAKPOINT_LOWER	0x30
#define EC_BREAKPOINT_SAME	0x31
#define EC_STEP_LOWER		0x32	/* Software Step */
#define EC_STEP_SAME		0x33
#define EC_WATCHPOINT_LOWER	0x34
#define EC_WATCHPOINT_SAME	0x35
#define EC_BKPT32		0x38	/* A32 BKPT instruction */
#define EC_VECTOR_CATCH32	0x3a	/* A32 Vector Catch */
#define EC_BRK64		0x3c	/* A64 BRK instruction */
#define EC_PROFILING		0x3d	/* PMU, SPE or TRBE, where they raise exceptions */
#define EC_COUNT		64

/* ISS of the classes that A32 instructions can raise (0x01, 0x03-0x08, 0x0c, 0x13): was it due? */
#define ISS_CV			BIT(24)		/* COND is valid; always so from A64 */
#define ISS_COND		GENMASK(23, 20)	/* 0b1110, always, from A64 */

/* ISS of EC_WFX. */
#define WFX_RN			GENMASK(9, 5)	/* WFIT, WFET: the register with the time-out, */
#define WFX_RV			BIT(2)		/* if this is set */
#define WFX_TI			GENMASK(1, 0)
#define WFX_TI_WFI		0
#define WFX_TI_WFE		1
#define WFX_TI_WFIT		2
#define WFX_TI_WFET		3

/* ISS of EC_SVC32, HVC32, SVC64, HVC64, SMC64, BRK64 and BKPT32: the instruction's immediate. */
#define ISS_IMM16		GENMASK(15, 0)

/* ISS of EC_SYS64. */
#define SYS64_OP0		GENMASK(21, 20)
#define SYS64_OP2		GENMASK(19, 17)
#define SYS64_OP1		GENMASK(16, 14)
#define SYS64_CRN		GENMASK(13, 10)
#define SYS64_RT		GENMASK(9, 5)	/* 31 is XZR */
#define SYS64_CRM		GENMASK(4, 1)
#define SYS64_READ		BIT(0)		/* "Direction": 1 MRS, register to Rt; 0 MSR */

/* SYS64_REG(...) - one register's encoding, as (esr & SYS64_REG_MASK) has it. */
#define SYS64_REG_MASK		(SYS64_OP0 | SYS64_OP1 | SYS64_CRN | SYS64_CRM | SYS64_OP2)
#define SYS64_REG(op0, op1, crn, crm, op2)					\
	(FIELD_PREP(SYS64_OP0, op0) | FIELD_PREP(SYS64_OP1, op1) |		\
	 FIELD_PREP(SYS64_CRN, crn) | FIELD_PREP(SYS64_CRM, crm) |		\
	 FIELD_PREP(SYS64_OP2, op2))

/* ISS of EC_ERET. */
#define ERET_PAUTH		BIT(1)		/* ERETAA or ERETAB, and of these */
#define ERET_KEY_B		BIT(0)		/* ERETAB */

/* ISS of EC_PAC_FAIL. */
#define PAC_FAIL_DATA		BIT(1)		/* a data key (DA, DB), else an instruction key */
#define PAC_FAIL_KEY_B		BIT(0)		/* IB or DB, else IA or DA */

/* ISS of EC_BTI. */
#define BTI_BTYPE		GENMASK(1, 0)

/* ISS of EC_DABT_LOWER and EC_DABT_SAME. (VNCR, FnV, CM and WnR: of EC_WATCHPOINT_* too.) */
#define DABT_ISV		BIT(24)		/* SAS, SSE, SRT, SF and AR are valid */
#define DABT_SAS		GENMASK(23, 22)	/* size of the access: 1 << SAS bytes */
#define DABT_SSE		BIT(21)		/* what is loaded has to be sign-extended, */
#define DABT_SRT		GENMASK(20, 16)	/* to this register (31 is the zero register), */
#define DABT_SF			BIT(15)		/* as Xt if set, as Wt if not */
#define DABT_AR			BIT(14)		/* a Load-Acquire or Store-Release */
#define DABT_VNCR		BIT(13)		/* EL1's use of VNCR_EL2 (FEAT_NV2) */
#define DABT_SET		GENMASK(12, 11)	/* Synchronous Error Type, with FSC_EXTERNAL */
#define DABT_LST		GENMASK(12, 11)	/* Load/Store Type (FEAT_LS64), with an MMU fault */
#define DABT_FnV		BIT(10)		/* FAR is not valid; with FSC_EXTERNAL only */
#define DABT_EA			BIT(9)		/* IMPLEMENTATION DEFINED kind of External abort */
#define DABT_CM			BIT(8)		/* a DC, IC or AT instruction: no MMIO */
#define DABT_S1PTW		BIT(7)		/* stage 2 fault on a stage 1 table walk: no MMIO */
#define DABT_WnR		BIT(6)		/* write, not read */
#define DABT_DFSC		GENMASK(5, 0)	/* an FSC_ value */

/* ISS of EC_IABT_LOWER and EC_IABT_SAME: those of the above that make sense for a fetch. */
#define IABT_SET		GENMASK(12, 11)
#define IABT_FnV		BIT(10)
#define IABT_EA			BIT(9)
#define IABT_S1PTW		BIT(7)
#define IABT_IFSC		GENMASK(5, 0)

/* ISS of EC_SERROR (all but IDS: FEAT_RAS). */
#define SERROR_IDS		BIT(24)		/* bits 23 to 0 are IMPLEMENTATION DEFINED */
#define SERROR_IESB		BIT(13)		/* synchronized by an implicit error barrier */
#define SERROR_AET		GENMASK(12, 10)	/* Asynchronous Error Type, if DFSC is 0x11 */
#define SERROR_EA		BIT(9)
#define SERROR_DFSC		GENMASK(5, 0)
#define SERROR_AET_UC		0		/* Uncontainable */
#define SERROR_AET_UEU		1		/* Unrecoverable state */
#define SERROR_AET_UEO		2		/* Restartable state */
#define SERROR_AET_UER		3		/* Recoverable state */
#define SERROR_AET_CE		6		/* Corrected */
#define SERROR_DFSC_UNCATEGORIZED 0x00
#define SERROR_DFSC_ASYNC	0x11

/*
 * Fault status codes: DFSC, IFSC, and PAR_EL1.FST. A level of translation is 0 to 3; -1 with
 * FEAT_LPA2, -2 with FEAT_D128. With S1PTW set it is the level of the stage 2 walk.
 */
#define FSC_ADDRESS_SIZE(level)		(0x00 + (level))	/* 0 to 3; 0 also of the TTBR */
#define FSC_TRANSLATION(level)		(0x04 + (level))	/* 0 to 3 */
#define FSC_ACCESS_FLAG(level)		(0x08 + (level))	/* 0 to 3 */
#define FSC_PERMISSION(level)		(0x0c + (level))	/* 0 to 3 */
#define FSC_EXTERNAL			0x10	/* not on a translation table walk */
#define FSC_TAG_CHECK			0x11
#define FSC_EXTERNAL_WALK(level)	(0x14 + (level))	/* -2 to 3 */
#define FSC_PARITY			0x18	/* or ECC; not on a translation table walk */
#define FSC_PARITY_WALK(level)		(0x1c + (level))	/* -1 to 3 */
#define FSC_ALIGNMENT			0x21
#define FSC_DEBUG			0x22	/* of debug classes; of an abort: GPF, level -2 */
#define FSC_GPF_WALK(level)		(0x24 + (level))	/* -2 to 3 */
#define FSC_GPF				0x28	/* Granule Protection Fault, not on a walk */
#define FSC_ADDRESS_SIZE_LEVEL_M1	0x29
#define FSC_TRANSLATION_LEVEL_M2	0x2a
#define FSC_TRANSLATION_LEVEL_M1	0x2b
#define FSC_ADDRESS_SIZE_LEVEL_M2	0x2c
#define FSC_TLB_CONFLICT		0x30
#define FSC_ATOMIC_UPDATE		0x31	/* Unsupported atomic hardware update */
#define FSC_LOCKDOWN			0x34	/* IMPLEMENTATION DEFINED */
#define FSC_EXCLUSIVE			0x35	/* IMPLEMENTATION DEFINED: Exclusive, Atomic */
#define FSC_COUNT			64

#ifndef __ASSEMBLER__

#define ESR_EC(esr)		((unsigned int)FIELD_GET(ESR_EC_MASK, esr))
#define ESR_IL(esr)		((bool)FIELD_GET(ESR_IL_MASK, esr))	/* 32-bit instruction */
#define ESR_ISS(esr)		((uint32_t)FIELD_GET(ESR_ISS_MASK, esr))
#define ESR_ISS2(esr)		((uint32_t)FIELD_GET(ESR_ISS2_MASK, esr))

/* ESR_FSC(esr) - the fault status code of an Instruction Abort or a Data Abort. */
#define ESR_FSC(esr)		((unsigned int)FIELD_GET(DABT_DFSC, esr))

/* Enough for all that esr_describe() ever says, with its NUL. */
#define ESR_DESCRIPTION_SIZE	320

/*
 * esr_ec_name - an exception class in the Arm ARM's words.
 * @ec: 0 to 63; greater ones are taken modulo 64
 *
 * Return: never NULL; "Reserved" for a class that the architecture does not define.
 */
const char *esr_ec_name(unsigned int ec);

/*
 * esr_fsc_name - the fault status code of an abort in the Arm ARM's words, such as
 * "Translation fault, level 3".
 * @fsc: 0 to 63; greater ones are taken modulo 64
 *
 * Return: never NULL; "Reserved" for a code that the architecture does not define.
 */
const char *esr_fsc_name(unsigned int fsc);

/*
 * esr_describe - all of a syndrome that can be said in one line of words.
 * @esr:  as read from ESR_ELx
 * @buf:  for the text, which always ends with a NUL if @size is not 0
 * @size: of @buf, in bytes; ESR_DESCRIPTION_SIZE suffices
 *
 * Return: the length of the whole text; it was cut if this is @size or more.
 *
 * For example, "Data Abort taken without a change in Exception level, write, Translation fault,
 * level 3", or "Trapped MSR, MRS or System instruction execution in AArch64 state, mrs x3,
 * s3_0_c0_c7_0".
 */
int esr_describe(uint64_t esr, char *buf, size_t size);

#endif
#endif
