/* SPDX-License-Identifier: MIT */
/*
 * blank.h - a guest without a program: the host writes each of its instructions, and its registers.
 *
 * All of its vectors are an HVC that says which one it is. So what the guest gets to see of an exception
 * is still in EL1's registers and in the trap frame when the host looks; nothing of the guest's own is in
 * the way. Its MMU is off, until blank_mmu_on().
 */
#ifndef TESTS_LAB4_BLANK_H
#define TESTS_LAB4_BLANK_H

#include "arch/layout.h"
#include "arch/sysreg.h"
#include "host.h"

/* Where things are in its 2 MiB. */
#define BLANK_VECTORS		(RAM_BASE + 0x10000)
#define BLANK_CODE		(RAM_BASE + 0x20000)	/* what it executes, at most a page of it */
#define BLANK_DATA		(RAM_BASE + 0x30000)	/* a page */
#define BLANK_TABLE		(RAM_BASE + 0x40000)	/* of its stage 1, a page */
#define BLANK_FREE		(RAM_BASE + 0x100000)	/* from here on nobody has anything */

/* Immediates of HVC, and of SVC for the end at EL0. */
#define BLANK_END		0x99			/* the end of what it was given */
#define BLANK_VECTOR(n)	(0x100 + (n))		/* its vector n, 0 to 15 */

/* The vector of a synchronous exception, by where it comes from. */
#define FROM_EL1T		0
#define FROM_EL1H		4
#define FROM_EL0		8
#define FROM_A32		12

/* PSTATE at its first instruction. */
#define AT_EL1H			(SPSR_DAIF | SPSR_M_EL1H)
#define AT_EL1T			(SPSR_DAIF | SPSR_M_EL1T)
#define AT_EL0			(SPSR_DAIF | SPSR_M_EL0T)
#define AT_A32			(SPSR_A | SPSR_I | SPSR_F | SPSR_M_AARCH32)

/* Instructions. Of loads and stores the data is x0 and the address x1. Encodings: Arm ARM, C4 and F4. */
#define INSN_HVC(imm)		(0xd4000002U | (imm) << 5)
#define INSN_SVC(imm)		(0xd4000001U | (imm) << 5)
#define INSN_SMC(imm)		(0xd4000003U | (imm) << 5)
#define INSN_BRK(imm)		(0xd4200000U | (imm) << 5)
#define INSN_UDF		0x00000000U	/* udf #0 */
#define INSN_NOP		0xd503201fU
#define INSN_WFE		0xd503205fU
#define INSN_WFI		0xd503207fU
#define INSN_ERET		0xd69f03e0U
#define INSN_B_SELF		0x14000000U	/* b . */
#define INSN_BR			0xd61f0020U	/* br x1 */
#define INSN_LDR		0xf9400020U	/* ldr x0, [x1] */
#define INSN_STR		0xf9000020U	/* str x0, [x1] */
#define INSN_LDR_W		0xb9400020U	/* ldr w0, [x1] */
#define INSN_STR_W		0xb9000020U	/* str w0, [x1] */
#define INSN_FMOV		0x9e670000U	/* fmov d0, x0 */
#define INSN_PACIA		0xdac10020U	/* pacia x0, x1 */
#define INSN_CNTB		0x0420e3e0U	/* cntb x0: SVE */
#define INSN_RDSVL		0x04bf5820U	/* rdsvl x0, #1: SME */
#define INSN_A32_SVC(imm)	(0xef000000U | (imm))
#define INSN_A32_BKPT		0xe1200070U	/* bkpt #0 */
#define INSN_A32_UDF		0xe7f000f0U	/* udf #0 */
#define INSN_A32_WFI		0xe320f003U
#define INSN_A32_VMOV		0xee000a10U	/* vmov s0, r0 */
#define INSN_A32_CNTP_CTL	0xee1e0f32U	/* mrc p15, 0, r0, c14, c2, 1 */
#define INSN_A32_CNTP_CVAL	0xec510f2eU	/* mrrc p15, 2, r0, r1, c14 */
#define INSN_A32_DBGDRAR	0xee110e10U	/* mrc p14, 0, r0, c1, c0, 0 */

/* A system register by its number (SYSREG_NUMBER() of sysreg_rules.h): MRS and MSR, or SYS, with Xt. */
#define INSN_MRS(number, rt)	(0xd5200000U | (uint32_t)(number) << 5 | (rt))
#define INSN_MSR(number, rt)	(0xd5000000U | (uint32_t)(number) << 5 | (rt))

/* Where it has got to: it has executed HVC. */
struct blank_stop {
	enum exit_reason reason;	/* EXIT_HYPERCALL; all else was not foreseen */
	unsigned int hvc;		/* BLANK_END, BLANK_VECTOR() */
	uint64_t elr, spsr, esr, far;	/* EL1's */
};

/* blank_create - a machine with such a guest, of that many vCPUs. */
void blank_create(struct machine *machine, const char *name, unsigned int cpus);

/* Has this CPU AArch32 at EL0? */
bool blank_has_aarch32(void);

/* Its memory, as the host sees it. */
void *blank_memory(struct machine *machine, uint64_t ipa);

/*
 * blank_code - these instructions come next, and then the end. pstate: AT_..., and more. cpu: loaded; its
 * PC is set to the first of them.
 */
void blank_code(struct guest_cpu *cpu, uint64_t pstate, const uint32_t *insns, unsigned int count);
#define EXECUTE(cpu, pstate, ...) \
	blank_code(cpu, pstate, (const uint32_t[]){ __VA_ARGS__ }, \
		    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* The host has written instructions somewhere else. */
void blank_written(struct machine *machine, uint64_t ipa, size_t size);

/* blank_run - run it, with all that a machine does for its guest, until it executes HVC. */
struct blank_stop blank_run(struct guest_cpu *cpu);

/* blank_look - the same after an HVC that the test has run into by itself. */
struct blank_stop blank_look(const struct guest_cpu *cpu, enum exit_reason reason);

/* One instruction at EL1h: x0 before it and x1; x0 after it is returned. */
uint64_t blank_x0(struct guest_cpu *cpu, uint32_t insn, uint64_t x0, uint64_t x1);

/* A register of the guest's by MRS and MSR that the guest itself executes at EL1. */
uint64_t blank_mrs(struct guest_cpu *cpu, unsigned int number);
void blank_msr(struct guest_cpu *cpu, unsigned int number, uint64_t value);

/*
 * blank_mmu_on - translation on, by one block for the GiB of RAM that maps it as it is. attributes: more bits
 * for the block's descriptor. blank_mmu_off: off again.
 */
#define BLANK_BLOCK_GUARDED	BIT(50)		/* GP: branches need landing pads */
#define BLANK_BLOCK_EL0	BIT(6)		/* AP[1]: EL0 as well; then EL1 does not execute it, */
#define BLANK_BLOCK_READ_ONLY	BIT(7)		/* AP[2]: but if nobody writes it */
void blank_mmu_on(struct guest_cpu *cpu, uint64_t attributes);
void blank_mmu_off(struct guest_cpu *cpu);

/*
 * expect - note a difference down; VERDICT - one TAP test of all that was expected since the last one. If it
 * fails, it is the first difference that it shows.
 */
struct expectation {
	const char *what;
	uint64_t got, want;
};
void expect(const char *what, uint64_t got, uint64_t want);
struct expectation expect_end(void);
#define VERDICT(title, section) do {						\
	struct expectation first_ = expect_end();				\
	TAP_EQ(first_.got, first_.want, title, section);			\
} while (0)

/* Its SCTLR_EL1 out of reset. */
#define BLANK_SCTLR		0x30d00800UL

#endif
