/* SPDX-License-Identifier: MIT */
/*
 * canary_registers.h - the system registers that the canary guest fills, as a list of its own: what is
 * missing in the lab's table is missed here.
 *
 *   X(register, feature or 0, bits that may have any value, bits that are always 1, bits not compared)
 *
 * The guest's MMU stays off and its vectors stay where they are; its timers may be on but are masked.
 */
#ifndef TESTS_LAB3_CANARY_REGISTERS_H
#define TESTS_LAB3_CANARY_REGISTERS_H

#define ALL64	(~0UL)

#define CANARY_SYSREGS(X)						\
	X(ELR_EL1,         0, ALL64, 0, 0)					\
	X(SPSR_EL1,        0, 0xf00003c0, 5, 0)				\
	X(SCTLR_EL1,       0, 0x0404c200, 0x30d00800, 0)			\
	X(TTBR0_EL1,       0, ALL64, 0, 0)					\
	X(TTBR1_EL1,       0, ALL64, 0, 0)					\
	X(TCR_EL1,         0, 0x7ffbf3fbf, 0, 0)				\
	X(MAIR_EL1,        0, ALL64, 0, 0)					\
	X(AMAIR_EL1,       0, ALL64, 0, 0)					\
	X(ESR_EL1,         0, 0xffffffff, 0, 0)				\
	X(FAR_EL1,         0, ALL64, 0, 0)					\
	X(AFSR0_EL1,       0, 0xffffffff, 0, 0)				\
	X(AFSR1_EL1,       0, 0xffffffff, 0, 0)				\
	X(PAR_EL1,         0, ALL64, 0, 0)					\
	X(CONTEXTIDR_EL1,  0, 0xffffffff, 0, 0)				\
	X(TPIDR_EL0,       0, ALL64, 0, 0)					\
	X(TPIDRRO_EL0,     0, ALL64, 0, 0)					\
	X(TPIDR_EL1,       0, ALL64, 0, 0)					\
	X(CSSELR_EL1,      0, 3, 0, 0)					\
	X(CNTKCTL_EL1,     0, 0x3ff, 0, 0)					\
	X(CNTV_CVAL_EL0,   0, ALL64, 0, 0)					\
	X(CNTV_CTL_EL0,    0, 1, 2, 4)					\
	X(CNTP_CVAL_EL0,   0, ALL64, 0, 0)					\
	X(CNTP_CTL_EL0,    0, 1, 2, 4)					\
	X(S3_0_C4_C6_0,    0, 0xf8, 0, 0)	/* ICC_PMR_EL1 */		\
	X(S3_0_C12_C8_3,   0, 7, 0, 0)	/* ICC_BPR0_EL1 */		\
	X(S3_0_C12_C12_3,  0, 7, 0, 0)	/* ICC_BPR1_EL1 */		\
	X(S3_0_C12_C12_4,  0, 2, 0, 0)	/* ICC_CTLR_EL1: EOImode */	\
	X(S3_0_C12_C12_6,  0, 1, 0, 0)	/* ICC_IGRPEN0_EL1 */		\
	X(S3_0_C12_C12_7,  0, 1, 0, 0)	/* ICC_IGRPEN1_EL1 */		\
	X(S3_3_C13_C0_7,   CANARY_CSV2_2, ALL64, 0, 0)	/* SCXTNUM_EL0 */ \
	X(S3_0_C13_C0_7,   CANARY_CSV2_2, ALL64, 0, 0)	/* SCXTNUM_EL1 */ \
	X(S3_3_C13_C0_5,   CANARY_SME, ALL64, 0, 0)	/* TPIDR2_EL0 */ \
	X(S3_0_C2_C1_0,    CANARY_PAUTH, ALL64, 0, 0)	/* APIAKeyLo_EL1 */ \
	X(S3_0_C2_C1_1,    CANARY_PAUTH, ALL64, 0, 0)			\
	X(S3_0_C2_C1_2,    CANARY_PAUTH, ALL64, 0, 0)	/* APIBKeyLo_EL1 */ \
	X(S3_0_C2_C1_3,    CANARY_PAUTH, ALL64, 0, 0)			\
	X(S3_0_C2_C2_0,    CANARY_PAUTH, ALL64, 0, 0)	/* APDAKeyLo_EL1 */ \
	X(S3_0_C2_C2_1,    CANARY_PAUTH, ALL64, 0, 0)			\
	X(S3_0_C2_C2_2,    CANARY_PAUTH, ALL64, 0, 0)	/* APDBKeyLo_EL1 */ \
	X(S3_0_C2_C2_3,    CANARY_PAUTH, ALL64, 0, 0)			\
	X(S3_0_C2_C3_0,    CANARY_PAUTH, ALL64, 0, 0)	/* APGAKeyLo_EL1 */ \
	X(S3_0_C2_C3_1,    CANARY_PAUTH, ALL64, 0, 0)

#define CANARY_COUNT(reg, feature, varies, ones, ignored) + 1
#define CANARY_SYSREG_COUNT	(0 CANARY_SYSREGS(CANARY_COUNT))

#endif
