// SPDX-License-Identifier: MIT
/*
 * sysregs.c - does el2_entry leave every EL2 control register with a known value?
 *
 * Out of a cold reset QEMU has zeroes nearly everywhere, and code that forgets a register passes.
 * So this image starts twice. The first time it plays the previous owner of the machine: it writes
 * to each register the complement of what should be there, turns the MMU off and jumps to
 * el2_entry, as a kexec does. The second time it looks.
 *
 * Registers are named by their encoding, and values are numbers: a wrong definition in common/arch
 * would otherwise be wrong on both sides.
 */
#include "arch/cache.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "el2_mmu.h"
#include "entry.h"
#include "exception.h"

#define TAP_HANDOUT "lab1-el2-entry/README.md"
#include "tap.h"

#define EVERY_REGISTER	"Every register a known value"
#define FROM_RESET	"From reset to C"
#define PAGE_TABLES	"The hypervisor's own page tables"

/* Four bits of an ID register. */
#define ID(encoding, low)	(read_sysreg(encoding) >> (low) & 0xf)
#define PFR0(low)	ID(S3_0_C0_C4_0, low)
#define PFR1(low)	ID(S3_0_C0_C4_1, low)
#define DFR0(low)	ID(S3_0_C0_C5_0, low)
#define MMFR0(low)	ID(S3_0_C0_C7_0, low)
#define MMFR1(low)	ID(S3_0_C0_C7_1, low)
#define MMFR2(low)	ID(S3_0_C0_C7_2, low)

/* Which CPU has a register. */
#define ALWAYS		true
#define FGT		(MMFR0(56) >= 1)
#define ECV_2		(MMFR0(60) >= 2)
#define VHE		(MMFR1(8) >= 1)
#define HCX		(MMFR1(40) >= 1)
#define NV2		(MMFR2(24) >= 2)
#define IESB		(MMFR2(12) >= 1)
#define RAS		(PFR0(28) >= 1)
#define SVE		(PFR0(32) >= 1)
#define MPAM		(PFR0(40) >= 1)
#define AMU		(PFR0(44) >= 1)
#define CSV2_2		(PFR0(56) >= 2 || (PFR0(56) == 1 && PFR1(32) == 2))
#define MTE2		(PFR1(8) >= 2)
#define SME		(PFR1(24) >= 1)
#define TRF		(DFR0(40) >= 1)

#define LIST_REGISTERS	((read_sysreg(S3_4_C12_C11_1) & 0x1f) + 1)	/* ICH_VTR_EL2 */
#define PREEMPTION_BITS	((read_sysreg(S3_4_C12_C11_1) >> 26 & 7) + 1)
#define EVENT_COUNTERS	(read_sysreg(S3_3_C9_C12_0) >> 11 & 0x1f)		/* PMCR_EL0.N */
#define MIDR_EL1_	read_sysreg(S3_0_C0_C0_0)
#define MPIDR_EL1_	read_sysreg(S3_0_C0_C0_5)

#define ALL		0xffffffffffffffff

/*
 * X(group, name, encoding, there-if, expected, bits that are compared, poison)
 * The poison is the complement of what is expected, except where that would keep the machine from
 * getting to el2_entry at all; then there is a remark.
 */
#define REGISTERS(X)										\
	/* Traps. */										\
	X(TRAPS, "CPTR_EL2",	S3_4_C1_C1_2,	ALWAYS,	0x401037ff, ALL, 0xbfefc800)		\
	X(TRAPS, "HSTR_EL2",	S3_4_C1_C1_3,	ALWAYS,	0, ALL, 0xffff)				\
	X(TRAPS, "HACR_EL2",	S3_4_C1_C1_7,	ALWAYS,	0, ALL, 0xffffffff)			\
	X(TRAPS, "ACTLR_EL2",	S3_4_C1_C0_1,	ALWAYS,	0, ALL, 0xffffffff)			\
	X(TRAPS, "MDCR_EL2",	S3_4_C1_C1_1,	ALWAYS,	EVENT_COUNTERS, ALL,			\
	  0x3ffffffe1)										\
	X(FEATURES, "HCRX_EL2",	S3_4_C1_C2_2,	HCX,	0, ALL, ALL)				\
	X(FEATURES, "HFGRTR_EL2", S3_4_C1_C1_4,	FGT,	0, ALL, ALL)				\
	X(FEATURES, "HFGWTR_EL2", S3_4_C1_C1_5,	FGT,	0, ALL, ALL)				\
	X(FEATURES, "HFGITR_EL2", S3_4_C1_C1_6,	FGT,	0, ALL, ALL)				\
	X(FEATURES, "HDFGRTR_EL2", S3_4_C3_C1_4, FGT,	0, ALL, ALL)				\
	X(FEATURES, "HDFGWTR_EL2", S3_4_C3_C1_5, FGT,	0, ALL, ALL)				\
	X(FEATURES, "HAFGRTR_EL2", S3_4_C3_C1_6, FGT && AMU, 0, ALL, ALL)			\
	X(FEATURES, "VNCR_EL2",	S3_4_C2_C2_0,	NV2,	0, ALL, ALL)				\
	X(FEATURES, "ZCR_EL2",	S3_4_C1_C2_0,	SVE,	0, ALL, ALL)				\
	X(FEATURES, "SMCR_EL2",	S3_4_C1_C2_6,	SME,	0, ALL, ALL)				\
	X(FEATURES, "SMPRIMAP_EL2", S3_4_C1_C2_5, SME,	0, ALL, ALL)				\
	X(FEATURES, "VSESR_EL2", S3_4_C5_C2_3,	RAS,	0, ALL, ALL)				\
	X(FEATURES, "VDISR_EL2", S3_4_C12_C1_1,	RAS,	0, ALL, ALL)				\
	X(FEATURES, "TRFCR_EL2", S3_4_C1_C2_1,	TRF,	0, ALL, ALL)				\
	X(FEATURES, "TFSR_EL2",	S3_4_C5_C6_0,	MTE2,	0, ALL, ALL)				\
	X(FEATURES, "SCXTNUM_EL2", S3_4_C13_C0_7, CSV2_2, 0, ALL, ALL)				\
	X(FEATURES, "MPAM2_EL2", S3_4_C10_C5_0,	MPAM,	0, ALL, ALL)				\
	X(STAGE2, "VPIDR_EL2",	S3_4_C0_C0_0,	ALWAYS,	MIDR_EL1_, ALL, ~MIDR_EL1_)		\
	X(STAGE2, "VMPIDR_EL2",	S3_4_C0_C0_5,	ALWAYS,	MPIDR_EL1_, ALL, ~MPIDR_EL1_)		\
	X(STAGE2, "VTTBR_EL2",	S3_4_C2_C1_0,	ALWAYS,	0, ALL, ALL)				\
	X(STAGE2, "VTCR_EL2",	S3_4_C2_C1_2,	ALWAYS,	0x80000000, ALL, ~0x80000000UL)		\
	X(STAGE2, "TPIDR_EL2",	S3_4_C13_C0_2,	ALWAYS,	0, ALL, ALL)				\
	X(TIMERS, "CNTHCTL_EL2", S3_4_C14_C1_0,	ALWAYS,	0, ALL, ALL)				\
	X(TIMERS, "CNTVOFF_EL2", S3_4_C14_C0_3,	ALWAYS,	0, ALL, ALL)				\
	X(TIMERS, "CNTPOFF_EL2", S3_4_C14_C0_6,	ECV_2,	0, ALL, ALL)				\
	/* Enabled, its time long past: the interrupt is pending when el2_entry is reached. */	\
	X(TIMERS, "CNTHP_CTL_EL2", S3_4_C14_C2_1, ALWAYS, 0, 7, 1)				\
	X(TIMERS, "CNTHP_CVAL_EL2", S3_4_C14_C2_2, ALWAYS, 0, ALL, 1)				\
	X(TIMERS, "CNTHV_CTL_EL2", S3_4_C14_C3_1, VHE, 0, 7, 1)					\
	X(TIMERS, "CNTHV_CVAL_EL2", S3_4_C14_C3_2, VHE, 0, ALL, 1)				\
	X(TIMERS, "CNTP_CTL_EL0", S3_3_C14_C2_1, ALWAYS, 0, 7, 1)				\
	X(TIMERS, "CNTV_CTL_EL0", S3_3_C14_C3_1, ALWAYS, 0, 7, 1)				\
	X(GIC, "ICC_SRE_EL2",	S3_4_C12_C9_5,	ALWAYS,	0xf, ALL, 0)				\
	X(GIC, "ICH_HCR_EL2",	S3_4_C12_C11_0,	ALWAYS,	0, 0xf8007cff, 0x000000ff)		\
	/* VENG0, VENG1, VAckCtl, VCBPR, VEOIM, VPMR; the rest has a minimum of the CPU's own. */ \
	X(GIC, "ICH_VMCR_EL2",	S3_4_C12_C11_7,	ALWAYS,	0, 0xff000217, ALL)			\
	X(GIC, "ICH_AP0R0_EL2",	S3_4_C12_C8_0,	ALWAYS,	0, ALL, ALL)				\
	X(GIC, "ICH_AP1R0_EL2",	S3_4_C12_C9_0,	ALWAYS,	0, ALL, ALL)				\
	X(GIC, "ICH_AP0R1_EL2",	S3_4_C12_C8_1,	PREEMPTION_BITS >= 6, 0, ALL, ALL)		\
	X(GIC, "ICH_AP1R1_EL2",	S3_4_C12_C9_1,	PREEMPTION_BITS >= 6, 0, ALL, ALL)		\
	X(GIC, "ICH_AP0R2_EL2",	S3_4_C12_C8_2,	PREEMPTION_BITS >= 7, 0, ALL, ALL)		\
	X(GIC, "ICH_AP1R2_EL2",	S3_4_C12_C9_2,	PREEMPTION_BITS >= 7, 0, ALL, ALL)		\
	X(GIC, "ICH_AP0R3_EL2",	S3_4_C12_C8_3,	PREEMPTION_BITS >= 7, 0, ALL, ALL)		\
	X(GIC, "ICH_AP1R3_EL2",	S3_4_C12_C9_3,	PREEMPTION_BITS >= 7, 0, ALL, ALL)		\
	/* Pending, Group 1, some priority, some INTID: an interrupt for the next guest. */	\
	X(GIC, "ICH_LR0_EL2",	S3_4_C12_C12_0,	LIST_REGISTERS > 0, 0, ALL, 0x50a0000000000021) \
	X(GIC, "ICH_LR1_EL2",	S3_4_C12_C12_1,	LIST_REGISTERS > 1, 0, ALL, 0x50a0000000000022) \
	X(GIC, "ICH_LR2_EL2",	S3_4_C12_C12_2,	LIST_REGISTERS > 2, 0, ALL, 0x50a0000000000023) \
	X(GIC, "ICH_LR3_EL2",	S3_4_C12_C12_3,	LIST_REGISTERS > 3, 0, ALL, 0x50a0000000000024) \
	X(GIC, "ICH_LR4_EL2",	S3_4_C12_C12_4,	LIST_REGISTERS > 4, 0, ALL, 0x50a0000000000025) \
	X(GIC, "ICH_LR5_EL2",	S3_4_C12_C12_5,	LIST_REGISTERS > 5, 0, ALL, 0x50a0000000000026) \
	X(GIC, "ICH_LR6_EL2",	S3_4_C12_C12_6,	LIST_REGISTERS > 6, 0, ALL, 0x50a0000000000027) \
	X(GIC, "ICH_LR7_EL2",	S3_4_C12_C12_7,	LIST_REGISTERS > 7, 0, ALL, 0x50a0000000000028) \
	X(GIC, "ICH_LR8_EL2",	S3_4_C12_C13_0,	LIST_REGISTERS > 8, 0, ALL, 0x50a0000000000029) \
	X(GIC, "ICH_LR9_EL2",	S3_4_C12_C13_1,	LIST_REGISTERS > 9, 0, ALL, 0x50a000000000002a) \
	X(GIC, "ICH_LR10_EL2",	S3_4_C12_C13_2,	LIST_REGISTERS > 10, 0, ALL, 0x50a000000000002b) \
	X(GIC, "ICH_LR11_EL2",	S3_4_C12_C13_3,	LIST_REGISTERS > 11, 0, ALL, 0x50a000000000002c) \
	X(GIC, "ICH_LR12_EL2",	S3_4_C12_C13_4,	LIST_REGISTERS > 12, 0, ALL, 0x50a000000000002d) \
	X(GIC, "ICH_LR13_EL2",	S3_4_C12_C13_5,	LIST_REGISTERS > 13, 0, ALL, 0x50a000000000002e) \
	X(GIC, "ICH_LR14_EL2",	S3_4_C12_C13_6,	LIST_REGISTERS > 14, 0, ALL, 0x50a000000000002f) \
	X(GIC, "ICH_LR15_EL2",	S3_4_C12_C13_7,	LIST_REGISTERS > 15, 0, ALL, 0x50a0000000000030)

/* What one life leaves to the next: .data survives, .bss does not, and that is tested as well. */
static unsigned int lives = 0xda7a;		/* not 0, which would be .bss */
static unsigned int resisted = 0xda7a;		/* registers in which no poison stuck */
static uint64_t bss_variable, bss_end_variable[512];

/* ---- The first life -------------------------------------------------------------------------- */

/* Write the poison. A register in which nothing of it sticks proves nothing later. */
static void poison_registers(void)
{
	/* CPTR_EL2 comes first in the list: its poison lets SVE and SME registers through. */
#define POISON(group, name, encoding, there, expected, mask, value)			\
	if (there) {									\
		uint64_t good_ = (expected) & (mask);					\
											\
		write_sysreg(encoding, value);						\
		isb();									\
		resisted += (read_sysreg(encoding) & (mask)) == good_;			\
	}
	REGISTERS(POISON)
#undef POISON
}

/*
 * The rest, from where no C can run any more: stack pointer, PSTATE, vectors, translation, HCR_EL2.
 * HCR_EL2 is the complement of what is expected, with E2H where the CPU has it: as Linux leaves it.
 * SCTLR_EL2 has all bits set but M and EE: with the MMU on or big-endian data nobody gets to
 * el2_entry.
 */
static void __attribute__((noreturn)) next_life(void)
{
	uint64_t hcr = VHE ? 0xffffffff7fffffdf : 0xfffffffb7fffffdf;

	asm volatile(
	"	msr	S3_4_C1_C0_0, %[sctlr]\n"	/* SCTLR_EL2 */
	"	isb\n"
	"	msr	S3_4_C2_C0_2, %[all]\n"		/* TCR_EL2 */
	"	msr	S3_4_C2_C0_0, %[all]\n"		/* TTBR0_EL2 */
	"	msr	S3_4_C10_C2_0, %[all]\n"	/* MAIR_EL2 */
	"	msr	S3_4_C12_C0_0, %[vbar]\n"	/* VBAR_EL2 */
	"	mov	sp, %[sp]\n"
	"	msr	SPSel, #0\n"
	"	msr	DAIFClr, #15\n"
	"	msr	S3_4_C1_C1_0, %[hcr]\n"		/* HCR_EL2 */
	"	isb\n"
	"	mov	x29, %[all]\n"
	"	mov	x30, %[all]\n"
	"	b	el2_entry\n"
	:: [sctlr] "r"(0xfffffffffdfffffe), [all] "r"(ALL), [vbar] "r"(0x12345000UL),
	   [sp] "r"(0x12345678UL), [hcr] "r"(hcr)
	: "memory");
	__builtin_unreachable();
}

static void first_life(void)
{
	lives++;
	bss_variable = ALL;
	bss_end_variable[511] = ALL;
	poison_registers();
	/* The next life reads these with its MMU off, beside the caches. */
	dcache_clean_poc(&lives, sizeof(lives));
	dcache_clean_poc(&resisted, sizeof(resisted));
	next_life();
}

/* ---- The second ------------------------------------------------------------------------------ */

/* A register that is not as it should be says so at once; the group's test then fails. */
static unsigned int wrong_registers;

static void check(const char *name, uint64_t got, uint64_t want, uint64_t mask, unsigned int line)
{
	if ((got & mask) == (want & mask))
		return;
	wrong_registers++;
	printf("# %s: expected 0x%016lx, got 0x%016lx (bits 0x%lx)  at tests/lab1/sysregs.c:%u\n",
	       name, want & mask, got & mask, mask, line);
}

enum group { TRAPS, FEATURES, STAGE2, TIMERS, GIC };

static void check_group(enum group wanted, const char *what)
{
	wrong_registers = 0;
	/* ZCR_EL2 and SMCR_EL2 are trapped by CPTR_EL2: look at that first, then open it. */
#define CHECK(group, name, encoding, there, expected, mask, value)			\
	if (group == wanted && (there))							\
		check(name, read_sysreg(encoding), expected, mask, __LINE__);
	REGISTERS(CHECK)
#undef CHECK
	TAP_EQ(wrong_registers, 0, what, EVERY_REGISTER);
}

void main(void)
{
	uint64_t ps, sp;

	if (lives == 0xda7a)
		first_life();

	asm volatile("mov %0, sp" : "=r"(sp));
	console_init();
	tap_plan(20);
	TAP_EQ(lives, 0xda7b, "el2_entry may be entered a second time", FROM_RESET);
	/* Constant in QEMU: HACR_EL2, ACTLR_EL2, ICC_SRE_EL2, and as yet HCRX_EL2, SMPRIMAP_EL2. */
	TAP_OK(resisted - 0xda7a <= 3UL + HCX + SME, "the registers had wrong values before that",
	       EVERY_REGISTER);

	/* entry.S */
	TAP_EQ(read_sysreg(S3_4_C1_C1_0), 0x80000020, "HCR_EL2 has RW and AMO, and nothing else",
	       EVERY_REGISTER);
	TAP_EQ(read_sysreg(S3_4_C1_C0_0), IESB ? 0x30ed183d : 0x30cd183d,
	       "SCTLR_EL2 has M, C, SA, I, WXN, IESB where there is one, and the RES1 bits",
	       EVERY_REGISTER);
	TAP_EQ(read_sysreg(S3_4_C12_C0_0), (uintptr_t)el2_vectors, "VBAR_EL2 is the vector table",
	       "Sixteen vectors");
	TAP_EQ(read_sysreg(CurrentEL), 8, "the CPU is at EL2", FROM_RESET);
	TAP_EQ(read_sysreg(SPSel), 1, "SP is SP_EL2", FROM_RESET);
	TAP_EQ(read_sysreg(DAIF), 0x2c0, "D, I and F are masked, A is not", FROM_RESET);
	TAP_OK(sp > 0x7ffc4000 && sp <= 0x7ffc8000, "SP is on the stack of CPU 0", FROM_RESET);
	TAP_EQ(sp % 16, 0, "SP is a multiple of 16", FROM_RESET);
	TAP_EQ(*(const uint64_t *)__builtin_frame_address(0), 0,
	       "the chain of frames ends with main()", "The panic screen");
	TAP_EQ(bss_variable | bss_end_variable[511], 0, ".bss is zero again", FROM_RESET);

	/* el2_mmu.c. TCR_EL2: bits 31 and 23 RES1, PS, 4 KiB, inner shareable, WB, 39 bits. */
	ps = MMFR0(0) > 5 ? 5 : MMFR0(0);
	TAP_EQ(read_sysreg(S3_4_C2_C0_2), 0x80803519 | ps << 16, "TCR_EL2", PAGE_TABLES);
	TAP_EQ(read_sysreg(S3_4_C10_C2_0), 0xff04,
	       "MAIR_EL2 has Device-nGnRE and Normal write-back", PAGE_TABLES);
	TAP_EQ(read_sysreg(S3_4_C2_C0_0), (uintptr_t)hyp_stage1.root, "TTBR0_EL2 is the root table",
	       PAGE_TABLES);

	/* el2_sysregs.c */
	check_group(TRAPS, "CPTR, HSTR, HACR, ACTLR and MDCR_EL2: what traps to EL2");
	/* The registers of SVE and SME are trapped now, as they should be: let them through. */
	write_sysreg(S3_4_C1_C1_2, 0x22ff);
	isb();
	check_group(FEATURES, "the registers of optional features");
	check_group(STAGE2, "VPIDR, VMPIDR, VTTBR, VTCR and TPIDR_EL2: what a guest would see");
	check_group(TIMERS, "the counter's offset, and all timers off");
	check_group(GIC, "the GIC's CPU interface, and a virtual one that is empty and off");
	tap_done();
}
