/* SPDX-License-Identifier: MIT */
/*
 * sysreg_table.h - the system registers that a guest has for its own: the one list of them.
 *
 * Struct, save, restore, reset, dump, the GDB view and the leak test are all made from these lines;
 * a register is added here and nowhere else.
 *
 *   X(register, field, reset value, present if, what it is)
 *
 * "register" is what MRS and MSR take, "present if" one of the SYSREG_IF_ conditions, and the reset
 * value is what the register has when a vCPU starts (an architecture reset to EL1h leaves most of
 * them UNKNOWN: a guest that sets them all up loses nothing, and one that does not finds the same
 * thing twice). Each register is kept at its full 64 bits.
 */
#ifndef LAB3_SYSREG_TABLE_H
#define LAB3_SYSREG_TABLE_H

/*
 * Conditions: a register that the CPU lacks is UNDEFINED even at EL2. All of them are evaluated once
 * a CPU (sysreg_conditions()), so that a condition costs a test of a bit.
 */
#define SYSREG_IF_ALWAYS	0
#define SYSREG_IF_RAS		1	/* FEAT_RAS */
#define SYSREG_IF_CSV2_2	2	/* FEAT_CSV2_2 */
#define SYSREG_IF_PAUTH		3	/* FEAT_PAuth */
#define SYSREG_IF_PRE6		4	/* GIC: six or more bits of preemption priority */
#define SYSREG_IF_PRE7		5	/* GIC: seven */
#define SYSREG_IF_SME		6	/* FEAT_SME */
#define SYSREG_IF_BEYOND	(BIT(SYSREG_IF_RAS) | BIT(SYSREG_IF_CSV2_2) | BIT(SYSREG_IF_PAUTH) | \
				 BIT(SYSREG_IF_PRE6) | BIT(SYSREG_IF_PRE7) | BIT(SYSREG_IF_SME))
#define SYSREG_IF_LR(n)		(8 + (n))	/* GIC: list register n is implemented */

/*
 * The lists are groups of registers that are used together, short enough to be moved through the
 * CPU's scratch registers in one go, and each with one condition for all of its registers.
 */

/* EL1's exceptions. */
#define SYSREGS_EXCEPTION(X)								\
X(SP_EL1,         sp_el1,       0,          ALWAYS, "EL1's stack pointer")			\
X(ELR_EL1,        elr_el1,      0,          ALWAYS, "return address of EL1's exceptions")	\
X(SPSR_EL1,       spsr_el1,     0,          ALWAYS, "saved PSTATE of EL1's exceptions")		\
X(VBAR_EL1,       vbar_el1,     0,          ALWAYS, "vectors")					\
X(ESR_EL1,        esr_el1,      0,          ALWAYS, "syndrome of EL1's exceptions")		\
X(FAR_EL1,        far_el1,      0,          ALWAYS, "fault address of EL1's exceptions")	\
X(AFSR0_EL1,      afsr0_el1,    0,          ALWAYS, "auxiliary fault status 0")			\
X(AFSR1_EL1,      afsr1_el1,    0,          ALWAYS, "auxiliary fault status 1")

/* Control of EL1 and its stage 1 translation. */
#define SYSREGS_CONTROL(X)								\
X(SCTLR_EL1,      sctlr_el1,    0x30d00800, ALWAYS, "system control; reset: RES1 bits, MMU off") \
X(ACTLR_EL1,      actlr_el1,    0,          ALWAYS, "auxiliary control")			\
X(CPACR_EL1,      cpacr_el1,    0,          ALWAYS, "FP and SVE traps to EL1")			\
X(TTBR0_EL1,      ttbr0_el1,    0,          ALWAYS, "stage 1 root, low addresses")		\
X(TTBR1_EL1,      ttbr1_el1,    0,          ALWAYS, "stage 1 root, high addresses")		\
X(TCR_EL1,        tcr_el1,      0,          ALWAYS, "stage 1 control")				\
X(MAIR_EL1,       mair_el1,     0,          ALWAYS, "memory attributes")			\
X(AMAIR_EL1,      amair_el1,    0,          ALWAYS, "auxiliary memory attributes")		\
X(CONTEXTIDR_EL1, contextidr_el1, 0,        ALWAYS, "context number, for debug and trace")	\
X(PAR_EL1,        par_el1,      0,          ALWAYS, "result of an AT instruction")

/* Threads and access, EL0's included. */
#define SYSREGS_THREAD(X)								\
X(TPIDR_EL0,      tpidr_el0,    0,          ALWAYS, "thread pointer of EL0")			\
X(TPIDRRO_EL0,    tpidrro_el0,  0,          ALWAYS, "thread pointer that EL0 may only read")	\
X(TPIDR_EL1,      tpidr_el1,    0,          ALWAYS, "thread pointer of EL1")			\
X(CSSELR_EL1,     csselr_el1,   0,          ALWAYS, "which cache CCSIDR_EL1 is about")		\
X(MDSCR_EL1,      mdscr_el1,    0,          ALWAYS, "debug control: software step, MDE")	\
X(CNTKCTL_EL1,    cntkctl_el1,  0,          ALWAYS, "timer and counter access by EL0")

#define SYSREGS_RAS(X)									\
X(VSESR_EL2,      vsesr_el2,    0,          RAS,    "syndrome of a virtual SError")		\
X(VDISR_EL2,      vdisr_el2,    0,          RAS,    "deferred virtual SError: EL1's DISR_EL1")

#define SYSREGS_SCXTNUM(X)								\
X(SCXTNUM_EL0,    scxtnum_el0,  0,          CSV2_2, "branch prediction context of EL0")		\
X(SCXTNUM_EL1,    scxtnum_el1,  0,          CSV2_2, "branch prediction context of EL1")

#define SYSREGS_PAUTH(X)								\
X(APIAKEYLO_EL1,  apiakeylo_el1, 0,         PAUTH,  "pointer authentication: instruction key A") \
X(APIAKEYHI_EL1,  apiakeyhi_el1, 0,         PAUTH,  "")						\
X(APIBKEYLO_EL1,  apibkeylo_el1, 0,         PAUTH,  "instruction key B")			\
X(APIBKEYHI_EL1,  apibkeyhi_el1, 0,         PAUTH,  "")						\
X(APDAKEYLO_EL1,  apdakeylo_el1, 0,         PAUTH,  "data key A")				\
X(APDAKEYHI_EL1,  apdakeyhi_el1, 0,         PAUTH,  "")						\
X(APDBKEYLO_EL1,  apdbkeylo_el1, 0,         PAUTH,  "data key B")				\
X(APDBKEYHI_EL1,  apdbkeyhi_el1, 0,         PAUTH,  "")						\
X(APGAKEYLO_EL1,  apgakeylo_el1, 0,         PAUTH,  "generic key")				\
X(APGAKEYHI_EL1,  apgakeyhi_el1, 0,         PAUTH,  "")

/* All else of SME traps (CPTR_EL2.TSM); this one does not, unless the CPU has FEAT_FGT as well. */
#define SYSREGS_SME(X)									\
X(TPIDR2_EL0,     tpidr2_el0,   0,          SME,    "second thread pointer of EL0")

/* EL1's own registers, and those that EL0 shares with it: not used by a host at EL2 (E2H = 0). */
#define SYSREGS_EL1(X)									\
	SYSREGS_EXCEPTION(X) SYSREGS_CONTROL(X) SYSREGS_THREAD(X)			\
	SYSREGS_RAS(X) SYSREGS_SCXTNUM(X) SYSREGS_PAUTH(X) SYSREGS_SME(X)

/*
 * The timers that EL1 may use. Compare values before controls: the control is what lets the timer
 * fire. On unbind they are stopped, or they would interrupt the host, or the next guest.
 */
#define SYSREGS_TIMER(X)								\
X(CNTV_CVAL_EL0,  cntv_cval_el0, 0,         ALWAYS, "virtual timer: when")			\
X(CNTV_CTL_EL0,   cntv_ctl_el0,  0,         ALWAYS, "virtual timer: on, masked")		\
X(CNTP_CVAL_EL0,  cntp_cval_el0, 0,         ALWAYS, "physical timer: when")			\
X(CNTP_CTL_EL0,   cntp_ctl_el0,  0,         ALWAYS, "physical timer: on, masked")

/* The virtual CPU interface of the GIC: what the guest has set, and what is active. */
#define SYSREGS_VGIC(X)									\
X(ICH_VMCR_EL2,   ich_vmcr_el2, 0,          ALWAYS, "the guest's ICC_PMR, BPR, CTLR, IGRPEN")	\
X(ICH_AP0R0_EL2,  ich_ap0r0_el2, 0,         ALWAYS, "active priorities, group 0")		\
X(ICH_AP1R0_EL2,  ich_ap1r0_el2, 0,         ALWAYS, "active priorities, group 1")
#define SYSREGS_VGIC_PRE6(X)								\
X(ICH_AP0R1_EL2,  ich_ap0r1_el2, 0,         PRE6,   "")						\
X(ICH_AP1R1_EL2,  ich_ap1r1_el2, 0,         PRE6,   "")
#define SYSREGS_VGIC_PRE7(X)								\
X(ICH_AP0R2_EL2,  ich_ap0r2_el2, 0,         PRE7,   "")						\
X(ICH_AP0R3_EL2,  ich_ap0r3_el2, 0,         PRE7,   "")						\
X(ICH_AP1R2_EL2,  ich_ap1r2_el2, 0,         PRE7,   "")						\
X(ICH_AP1R3_EL2,  ich_ap1r3_el2, 0,         PRE7,   "")

/*
 * Its list registers: interrupts given to the guest. The first that is not there is the end. Most CPUs
 * have four or more: the first four can then be moved in one go.
 */
#define SYSREGS_LR_FOUR(X)									\
X(ICH_LR0_EL2,    ich_lr0_el2,  0,          LR(0),  "list registers: interrupts given to the guest") \
X(ICH_LR1_EL2,    ich_lr1_el2,  0,          LR(1),  "")						\
X(ICH_LR2_EL2,    ich_lr2_el2,  0,          LR(2),  "")						\
X(ICH_LR3_EL2,    ich_lr3_el2,  0,          LR(3),  "")
#define SYSREGS_LR_MORE(X)								\
X(ICH_LR4_EL2,    ich_lr4_el2,  0,          LR(4),  "")						\
X(ICH_LR5_EL2,    ich_lr5_el2,  0,          LR(5),  "")						\
X(ICH_LR6_EL2,    ich_lr6_el2,  0,          LR(6),  "")						\
X(ICH_LR7_EL2,    ich_lr7_el2,  0,          LR(7),  "")						\
X(ICH_LR8_EL2,    ich_lr8_el2,  0,          LR(8),  "")						\
X(ICH_LR9_EL2,    ich_lr9_el2,  0,          LR(9),  "")						\
X(ICH_LR10_EL2,   ich_lr10_el2, 0,          LR(10), "")						\
X(ICH_LR11_EL2,   ich_lr11_el2, 0,          LR(11), "")						\
X(ICH_LR12_EL2,   ich_lr12_el2, 0,          LR(12), "")						\
X(ICH_LR13_EL2,   ich_lr13_el2, 0,          LR(13), "")						\
X(ICH_LR14_EL2,   ich_lr14_el2, 0,          LR(14), "")						\
X(ICH_LR15_EL2,   ich_lr15_el2, 0,          LR(15), "")

#define SYSREGS_GIC(X)									\
	SYSREGS_VGIC(X) SYSREGS_VGIC_PRE6(X) SYSREGS_VGIC_PRE7(X) SYSREGS_LR_FOUR(X) SYSREGS_LR_MORE(X)

/*
 * EL2 registers that say what the guest's machine is. The guest cannot change them, and they mean nothing
 * to the host: so they are loaded on bind, and never read. (On unbind ICH_HCR_EL2 gets a 0.)
 */
#define SYSREGS_CONFIG(X)								\
X(VPIDR_EL2,      vpidr_el2,    0,          ALWAYS, "what the guest reads as MIDR_EL1")		\
X(VMPIDR_EL2,     vmpidr_el2,   0,          ALWAYS, "what the guest reads as MPIDR_EL1")	\
X(CNTVOFF_EL2,    cntvoff_el2,  0,          ALWAYS, "virtual time is physical time less this")	\
X(CNTHCTL_EL2,    cnthctl_el2,  0,          ALWAYS, "physical counter and timer: trapped or not") \
X(HSTR_EL2,       hstr_el2,     0,          ALWAYS, "AArch32 system register traps")		\
X(MDCR_EL2,       mdcr_el2,     0,          ALWAYS, "debug and PMU traps")			\
X(ICH_HCR_EL2,    ich_hcr_el2,  0,          ALWAYS, "virtual CPU interface: on, maintenance interrupts")

/* LDP and STP reach 504 bytes: what moves each time comes first. */
#define SYSREGS_ALL(X)	SYSREGS_EL1(X) SYSREGS_TIMER(X) SYSREGS_CONFIG(X) SYSREGS_GIC(X)

/* Names that the assembler knows from Armv8.1 on only. */
#define TPIDR2_EL0		S3_3_C13_C0_5
#define SCXTNUM_EL0		S3_3_C13_C0_7
#define SCXTNUM_EL1		S3_0_C13_C0_7
#define APIAKEYLO_EL1		S3_0_C2_C1_0
#define APIAKEYHI_EL1		S3_0_C2_C1_1
#define APIBKEYLO_EL1		S3_0_C2_C1_2
#define APIBKEYHI_EL1		S3_0_C2_C1_3
#define APDAKEYLO_EL1		S3_0_C2_C2_0
#define APDAKEYHI_EL1		S3_0_C2_C2_1
#define APDBKEYLO_EL1		S3_0_C2_C2_2
#define APDBKEYHI_EL1		S3_0_C2_C2_3
#define APGAKEYLO_EL1		S3_0_C2_C3_0
#define APGAKEYHI_EL1		S3_0_C2_C3_1

#endif
