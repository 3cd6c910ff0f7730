/* SPDX-License-Identifier: MIT */
/*
 * exit.h - why a guest came back to the hypervisor, and how it goes on.
 *
 * An exit is one exception. ESR_EL2 was read once, by the world switch; its exception class chooses
 * one of 64 handlers, and the handler says in one word what the host has to do:
 *
 *   EXIT_NOTHING     all is done: run the guest again
 *   anything else    the host's turn; the particulars are in cpu->exit
 *
 * A read or a write that the host was asked for ends in one of three ways: vcpu_exit_complete() gives
 * the value, and the PC moves on; vcpu_exit_refuse() gives the guest an exception for it; or the host
 * does neither and runs the guest again, which then executes the same instruction once more.
 */
#ifndef LAB4_EXIT_H
#define LAB4_EXIT_H

#include "access.h"
#include "arch/esr.h"
#include "arch/types.h"

struct guest_cpu;

/*
 * Why guest_cpu_run() returned (arm_vcpu: AxVCpuExitReason). Lab 5 produces the CPU_* and SYSTEM_* ones,
 * from the guest's PSCI calls.
 */
enum exit_reason {
	EXIT_NOTHING,		/* done with, by the layer itself */
	EXIT_HYPERCALL,		/* HVC: its immediate is in the syndrome, its arguments in x0 to x7 */
	EXIT_MMIO_READ,		/* exit.mmio: the host has the value */
	EXIT_MMIO_WRITE,	/* exit.mmio: the host takes the value */
	EXIT_SYSREG_READ,	/* exit.sysreg: the same for a system register */
	EXIT_SYSREG_WRITE,
	EXIT_EXTERNAL_INTERRUPT, /* a physical interrupt; the host's handler has run */
	EXIT_CPU_UP,
	EXIT_CPU_DOWN,
	EXIT_CPU_SUSPEND,
	EXIT_SYSTEM_DOWN,
	EXIT_SYSTEM_RESET,
	EXIT_SEND_IPI,		/* exit.ipi: an SGI to other vCPUs */
	EXIT_HALT,		/* WFI, and nothing is pending: nothing to do until an interrupt is due */
	EXIT_NESTED_PAGE_FAULT,	/* exit.fault: not mapped, or not allowed, by stage 2; and no MMIO */
	EXIT_FAIL_ENTRY,	/* the guest did not run at all: the vCPU is not on this CPU */
	EXIT_REASONS		/* how many there are */
};

/* exit_reason_name - "MMIO_READ". Never NULL. */
const char *exit_reason_name(enum exit_reason reason);

/* A trapped MSR or MRS that is left to the host. */
struct exit_sysreg {
	uint32_t reg;		/* SYS64_REG() */
	unsigned int rt;	/* the general-purpose register: 31 is XZR */
	uint64_t value;		/* of a write */
};

/* A write of ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1. */
struct exit_ipi {
	uint32_t reg;		/* SYS64_REG(): which of the three */
	uint64_t value;
};

/* Memory that stage 2 does not give. */
struct exit_fault {
	uint64_t ipa;
	uint64_t va;		/* FAR_EL2: what the guest calls it */
	bool write, fetch;
	bool table_walk;	/* it is one of the guest's own translation tables */
};

/* WFI or WFIT. */
struct exit_halt {
	uint64_t until;		/* WFIT: in CNTPCT_EL0's counts; else UINT64_MAX */
};

/* What is left to do for the instruction that trapped, when the host has the value. */
enum exit_completion {
	COMPLETE_NOTHING,
	COMPLETE_LOAD,		/* one register, as the syndrome says */
	COMPLETE_STORE,
	COMPLETE_ACCESS,	/* the next piece of "access" */
	COMPLETE_SYSREG,
};

/* The particulars of the last exit that was the host's turn; which of them, the reason says. */
struct vcpu_exit {
	enum exit_completion completion;
	uint64_t esr;			/* the syndrome */
	uint64_t far;			/* FAR_EL2, of an abort */
	bool big_endian;		/* of an access: the guest was, then (SCTLR_EL1.EE, E0E) */
	union {
		struct mmio_access mmio;
		struct exit_sysreg sysreg;
		struct exit_ipi ipi;
		struct exit_fault fault;
		struct exit_halt halt;
	};
	struct access_state access;	/* ISV = 0: the instruction, taken apart */
};

/*
 * An exit handler. cpu: on this CPU, the guest's registers in its frame; esr: ESR_EL2.
 * Returns what the host has to do; then cpu->exit has the particulars.
 */
typedef enum exit_reason (*exit_handler)(struct guest_cpu *cpu, uint64_t esr);

/*
 * One for each exception class (ESR_EL2.EC). Never NULL: what a class has no other handler for, gets
 * the guest an Undefined Instruction exception.
 */
extern exit_handler exit_handlers[EC_COUNT];

/*
 * exit_register - a layer above takes over an exception class. Before any guest runs.
 * Returns the handler it had.
 */
exit_handler exit_register(unsigned int ec, exit_handler handler);

/*
 * vcpu_exit_complete - the host has done what it was asked for. value: of a read; ignored after a write.
 * A guest's register takes as much of it as the instruction wants, sign-extended if it wants that, and
 * the PC moves on.
 * Returns EXIT_NOTHING, or the next access of the same instruction: load pair, for one.
 */
enum exit_reason vcpu_exit_complete(struct guest_cpu *cpu, uint64_t value);

/*
 * vcpu_exit_refuse - there is no such device, register or memory: the guest gets the exception that it
 * would get from a machine that has none. An MMIO access or a page fault: a synchronous External
 * abort; a system register or a hypercall: Undefined Instruction. EXIT_NOTHING; or EXIT_FAIL_ENTRY if the
 * guest cannot take it, because its vector is what could not be fetched.
 */
enum exit_reason vcpu_exit_refuse(struct guest_cpu *cpu);

#endif
