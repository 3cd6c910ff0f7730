/* SPDX-License-Identifier: MIT */
/*
 * record.h - what a vCPU finds in its registers at its first instruction.
 *
 * record_entry is an entry point for CPU_ON and CPU_SUSPEND. Its context id is the IPA of a struct record, so
 * that it needs no register but x0 to write down all others. Then it goes on by guest_secondary_entry.
 */
#ifndef TESTS_LAB5_RECORD_H
#define TESTS_LAB5_RECORD_H

/*
 * EL1's registers and EL0's, as far as a program can write them: register, what record_dirty() writes to
 * it, and its reset value here. LEFT: guest_mmu_enable() or the start of a CPU writes it anyway,
 * or it need not keep anything.
 */
#define RECORD_REGISTERS(X)					\
	X(SCTLR_EL1, LEFT, 0x30d00800)	/* RES1 bits: MMU and caches off, little-endian */ \
	X(VBAR_EL1, LEFT, 0)					\
	X(CPACR_EL1, LEFT, 0)					\
	X(TTBR0_EL1, LEFT, 0)					\
	X(TTBR1_EL1, 0x41234000, 0)				\
	X(TCR_EL1, LEFT, 0)					\
	X(MAIR_EL1, LEFT, 0)					\
	X(AFSR0_EL1, LEFT, 0)	/* RES0 on most CPUs */		\
	X(AFSR1_EL1, LEFT, 0)					\
	X(SP_EL0, 0x123456789abcdef0, 0)			\
	X(ELR_EL1, 0x2222333344445554, 0)			\
	X(SPSR_EL1, 0x600003c5, 0)				\
	X(ESR_EL1, 0x96000045, 0)				\
	X(FAR_EL1, 0x3333444455556666, 0)			\
	X(PAR_EL1, 0x41234b80, 0)				\
	X(CONTEXTIDR_EL1, 0x12345678, 0)			\
	X(TPIDR_EL0, 0x4444555566667777, 0)			\
	X(TPIDRRO_EL0, 0x5555666677778888, 0)			\
	X(TPIDR_EL1, 0x6666777788889999, 0)			\
	X(CSSELR_EL1, 1, 0)					\
	X(MDSCR_EL1, 0x1000, 0)		/* TDCC */		\
	X(CNTKCTL_EL1, 3, 0)					\
	X(CNTV_CVAL_EL0, 0x7777888899990000, 0)			\
	X(CNTV_CTL_EL0, 2, 0)		/* IMASK */		\
	X(CNTP_CVAL_EL0, 0x7777888899991111, 0)			\
	X(CNTP_CTL_EL0, 2, 0)					\
	X(ICC_PMR_EL1, 0xf0, 0)					\
	X(ICC_IGRPEN1_EL1, 1, 0)				\
	X(ICC_IGRPEN0_EL1, 1, 0)

/* Only where the CPU has them: FEAT_PAuth, and the keys have no encoding that all assemblers know. */
#define RECORD_PAUTH(X)						\
	X(S3_0_C2_C1_0, 0x1111111111111111, 0)	/* APIAKeyLo_EL1 */ \
	X(S3_0_C2_C1_1, 0x2222222222222222, 0)			\
	X(S3_0_C2_C3_1, 0x3333333333333333, 0)	/* APGAKeyHi_EL1 */

#define RECORD_X		0
#define RECORD_PSTATE		248
#define RECORD_SYSREGS		288
#define RECORD_SYSREGS_MAX	40
#define RECORD_FP		608
#define RECORD_V		640
#define RECORD_NEXT		1152

#ifndef __ASSEMBLER__

#include "arch/types.h"
#include "guest/smp.h"

struct record {
	uint64_t x[31];
	uint64_t sp, current_el, spsel, daif, nzcv;
	uint64_t sysregs[RECORD_SYSREGS_MAX];	/* RECORD_REGISTERS, then RECORD_PAUTH */
	uint64_t fpcr, fpsr, pad[2];
	uint64_t v[32][2];
	struct guest_secondary next;		/* and on it goes */
};
ASSERT_OFFSET(struct record, sp, RECORD_PSTATE);
ASSERT_OFFSET(struct record, sysregs, RECORD_SYSREGS);
ASSERT_OFFSET(struct record, fpcr, RECORD_FP);
ASSERT_OFFSET(struct record, v, RECORD_V);
ASSERT_OFFSET(struct record, next, RECORD_NEXT);

void record_entry(void);

/*
 * record_dirty - other values into all of these registers; general registers are the caller's. Returns how many
 * of them have their reset value after that.
 */
unsigned int record_dirty(void);

/*
 * record_compare - the number of system registers, V registers, FPCR and FPSR that are not at their reset
 * values. first: receives the name of the first of them.
 */
unsigned int record_compare(const struct record *record, const char **first);

#endif
#endif
