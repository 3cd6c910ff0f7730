/* SPDX-License-Identifier: MIT */
/*
 * puppet.h - the host's hand in the puppet guest (guests/puppet.S): have it execute one instruction.
 */
#ifndef TESTS_LAB3_PUPPET_H
#define TESTS_LAB3_PUPPET_H

#include "guests/puppet.h"
#include "host.h"

/* Instructions of which the operands are x0 (data) and x1 (address). Encodings: Arm ARM, C4. */
#define INSN_LDR	0xf9400020U	/* ldr x0, [x1] */
#define INSN_STR	0xf9000020U	/* str x0, [x1] */
#define INSN_BR		0xd61f0020U	/* br x1 */
#define INSN_NOP	0xd503201fU
#define INSN_WFI	0xd503207fU
#define INSN_SMC	0xd4000003U	/* smc #0 */
#define INSN_HVC(imm)	(0xd4000002U | (imm) << 5)
#define INSN_FMOV_TO	0x9e670000U	/* fmov d0, x0 */
#define INSN_FMOV_FROM	0x9e660000U	/* fmov x0, d0 */
#define INSN_IRQ_ON	0xd50342ffU	/* msr DAIFClr, #2 */
#define INSN_IRQ_OFF	0xd50342dfU	/* msr DAIFSet, #2 */
#define INSN_ISB	0xd5033fdfU

/* A system register by its encoding; MRS x0, and MSR of x0. */
#define SYSREG(op0, op1, crn, crm, op2) \
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define INSN_MRS(sysreg)	(0xd5200000U | (sysreg))
#define INSN_MSR(sysreg)	(0xd5000000U | (sysreg))

#define REG_ICC_PMR_EL1		SYSREG(3, 0, 4, 6, 0)
#define REG_ICC_IAR1_EL1	SYSREG(3, 0, 12, 12, 0)
#define REG_ICC_EOIR1_EL1	SYSREG(3, 0, 12, 12, 1)
#define REG_ICC_HPPIR1_EL1	SYSREG(3, 0, 12, 12, 2)
#define REG_ICC_IGRPEN1_EL1	SYSREG(3, 0, 12, 12, 7)
#define REG_CNTV_CTL_EL0	SYSREG(3, 3, 14, 3, 1)
#define REG_CNTV_CVAL_EL0	SYSREG(3, 3, 14, 3, 2)
#define REG_CNTP_CTL_EL0	SYSREG(3, 3, 14, 2, 1)
#define REG_CNTP_CVAL_EL0	SYSREG(3, 3, 14, 2, 2)
#define REG_CNTPCT_EL0		SYSREG(3, 3, 14, 0, 1)
#define REG_TPIDR_EL1		SYSREG(3, 0, 13, 0, 4)

/* What came of it. */
struct answer {
	bool done;			/* it was executed; else it made the guest exit */
	enum vcpu_exit_kind kind;	/* of that exit */
	uint64_t esr, far, hpfar;	/* of that exit: ESR_EL2, FAR_EL2, HPFAR_EL2 */
	uint64_t x0;			/* when done: x0 as the instruction left it */
	uint64_t el1_esr, el1_far;	/* when done: of its exception to EL1, or 0 */
	uint64_t interrupts, intid;	/* when done: taken by the guest so far, and the last one */
};

/*
 * puppet - have a bound vCPU execute one instruction. Interrupts and FP traps on the way are dealt with.
 * An instruction that exits in another way is left where it is: puppet_skip() ends it.
 */
struct answer puppet(struct vcpu *vcpu, uint32_t instruction, uint64_t x0, uint64_t x1);
struct answer puppet_skip(struct vcpu *vcpu);

/* The same with bind before and unbind behind. */
struct answer puppet_once(struct vcpu *vcpu, uint32_t instruction, uint64_t x0, uint64_t x1);

#endif
