// SPDX-License-Identifier: MIT
#include "sysreg_trap.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guest_cpu.h"
#include "machine.h"
#include "skip_instruction.h"
#include "sysreg_rules.h"
#include "virtual_gic.h"

/* ---- How an access ends ------------------------------------------------------------------------------ */

/* Done. value: of a read, for the guest's register. */
static inline enum exit_reason done(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	if (esr & SYS64_READ)
		vcpu_set_gpr(&cpu->vcpu, FIELD_GET(SYS64_RT, esr), value);
	vcpu_skip_a64(&cpu->vcpu.frame);
	return EXIT_NOTHING;
}

static enum exit_reason undefined(struct guest_cpu *cpu, uint64_t esr)
{
	cpu->exit.esr = esr;
	return vcpu_exit_refuse(cpu);
}

/* ---- What is done: a handler for each sysreg_action; value: of a write ---------------------------- */

typedef enum exit_reason (*sysreg_handler)(struct guest_cpu *cpu, uint64_t esr, uint64_t value);

static enum exit_reason not_there(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	(void)value;
	return undefined(cpu, esr);
}

static enum exit_reason zero(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	(void)value;
	return done(cpu, esr, 0);
}

/* The host's turn; vcpu_exit_complete() moves the PC on, and writes the register. */
static enum exit_reason host(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	if (!cpu->machine->host_sysregs)
		return undefined(cpu, esr);
	cpu->exit.esr = esr;
	cpu->exit.completion = COMPLETE_SYSREG;
	cpu->exit.sysreg = (struct exit_sysreg){
		.reg = esr & SYS64_REG_MASK,
		.rt = FIELD_GET(SYS64_RT, esr),
		.value = value,
	};
	return esr & SYS64_READ ? EXIT_SYSREG_READ : EXIT_SYSREG_WRITE;
}

static enum exit_reason send_sgi(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	cpu->exit.esr = esr;
	cpu->exit.completion = COMPLETE_SYSREG;
	cpu->exit.ipi = (struct exit_ipi){ .reg = esr & SYS64_REG_MASK, .value = value };
	return EXIT_SEND_IPI;
}

static enum exit_reason deactivate(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	virtual_gic_deactivate(cpu, value & GENMASK(23, 0));	/* ICC_DIR_EL1.INTID */
	return done(cpu, esr, 0);
}

static enum exit_reason debug(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	struct guest_debug *state = &cpu->debug;

	value = guest_debug_access(state, sysreg_number(esr), esr & SYS64_READ, value);
	write_sysreg(MDSCR_EL1, guest_debug_mdscr(state));
	return done(cpu, esr, value);
}

/* ---- Registers of EL1's own, accessed for the guest ------------------------------------------------ */

/* A register's number is part of the instruction, so that an encoding becomes a switch. */
#define READ_CASE(reg, ...)	case SYSREG_NUMBER(__VA_ARGS__): return read_sysreg(reg);
#define WRITE_CASE(reg, ...)	case SYSREG_NUMBER(__VA_ARGS__): write_sysreg(reg, value); break;

#define TIMERS(X)							\
	X(CNTP_TVAL_EL0, 3, 3, 14, 2, 0)				\
	X(CNTP_CTL_EL0, 3, 3, 14, 2, 1)					\
	X(CNTP_CVAL_EL0, 3, 3, 14, 2, 2)

static uint64_t read_timer(uint16_t number)
{
	switch (number) {
	READ_CASE(CNTPCT_EL0, 3, 3, 14, 0, 1)
	TIMERS(READ_CASE)
	}
	return 0;
}

static void write_timer(uint16_t number, uint64_t value)
{
	switch (number) {
	TIMERS(WRITE_CASE)
	}
}

/*
 * The physical timer of EL1. EL2 has one of its own (CNTHP) and leaves this one to the guest; it is
 * switched with the vCPU. CNTP_TVAL_EL0, 32 bits with a sign and relative to the counter, is the CPU's to
 * compute.
 */
static enum exit_reason timer(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	if (esr & SYS64_READ)
		value = read_timer(sysreg_number(esr));
	else
		write_timer(sysreg_number(esr), value);
	return done(cpu, esr, value);
}

#define VM_CONTROLS(X)							\
	X(SCTLR_EL1, 3, 0, 1, 0, 0)					\
	X(TTBR0_EL1, 3, 0, 2, 0, 0)					\
	X(TTBR1_EL1, 3, 0, 2, 0, 1)					\
	X(TCR_EL1, 3, 0, 2, 0, 2)					\
	X(AFSR0_EL1, 3, 0, 5, 1, 0)					\
	X(AFSR1_EL1, 3, 0, 5, 1, 1)					\
	X(ESR_EL1, 3, 0, 5, 2, 0)					\
	X(FAR_EL1, 3, 0, 6, 0, 0)					\
	X(MAIR_EL1, 3, 0, 10, 2, 0)					\
	X(AMAIR_EL1, 3, 0, 10, 3, 0)					\
	X(CONTEXTIDR_EL1, 3, 0, 13, 0, 1)

/*
 * While a guest is loaded these are its own, and mean nothing to EL2: what is written here is as if the
 * guest had written it, from its next instruction on (the ERET synchronizes).
 */
static void write_vm_control(uint16_t number, uint64_t value)
{
	switch (number) {
	VM_CONTROLS(WRITE_CASE)
	}
}

/* ---- Caches by set and way --------------------------------------------------------------------------- */

/*
 * A guest that loops over sets and ways wants memory to hold what its caches hold: on a machine of its own
 * it is about to switch the caches off, or has them off still. Done as it is written the loop would reach
 * other owners' lines, and no line of any other CPU. So the first of these instructions cleans and
 * invalidates all of the VM's memory by address, which reaches every cache, and the others do nothing.
 *
 * Between that and the moment at which the guest switches its caches, more is written. So HCR_EL2.TVM
 * watches for that moment (it traps writes of EL1's translation registers), and memory is cleaned once
 * more. When the caches are on, the watch ends, and a set and way instruction means something again.
 */
static void watch_caches(struct guest_cpu *cpu, bool watch)
{
	bool watching = cpu->vcpu.hcr_differs & HCR_TVM;

	if (watch == watching)
		return;
	/* In this CPU, where the register may differ in VSE as well; and with the vCPU for its next CPU. */
	write_sysreg(HCR_EL2, read_sysreg(HCR_EL2) ^ HCR_TVM);
	cpu->vcpu.hcr_differs ^= HCR_TVM;
}

static bool caches_are_on(void)
{
	return (read_sysreg(SCTLR_EL1) & (SCTLR_EL1_M | SCTLR_EL1_C)) == (SCTLR_EL1_M | SCTLR_EL1_C);
}

static enum exit_reason set_way(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	(void)value;
	done(cpu, esr, 0);
	if (cpu->vcpu.hcr_differs & HCR_TVM)
		return EXIT_NOTHING;
	watch_caches(cpu, true);
	return machine_flush(cpu);
}

static enum exit_reason vm_control(struct guest_cpu *cpu, uint64_t esr, uint64_t value)
{
	bool before = caches_are_on(), after;

	write_vm_control(sysreg_number(esr), value);
	after = caches_are_on();
	if (after)
		watch_caches(cpu, false);
	done(cpu, esr, 0);
	return after != before ? machine_flush(cpu) : EXIT_NOTHING;
}

/* ---- The exit ------------------------------------------------------------------------------------------- */

static const sysreg_handler handlers[SYSREG_ACTIONS] = {
	[SYSREG_NOT_THERE] = not_there,
	[SYSREG_ZERO] = zero,
	[SYSREG_ID] =
		not_there, /* reads do not come here, see exit_sysreg(); there are no writes */
	[SYSREG_HOST] = host,
	[SYSREG_SET_WAY] = set_way,
	[SYSREG_VM_CONTROL] = vm_control,
	[SYSREG_DEBUG] = debug,
	[SYSREG_TIMER] = timer,
	[SYSREG_SGI] = send_sgi,
	[SYSREG_DEACTIVATE] = deactivate,
};

static __noinline enum exit_reason by_table(struct guest_cpu *cpu, uint64_t esr)
{
	const struct sysreg_rule *rule = sysreg_find(sysreg_number(esr));
	bool el0 = FIELD_GET(SPSR_M, cpu->vcpu.frame.spsr) == SPSR_M_EL0T;

	if (!rule || !sysreg_allowed(rule, !(esr & SYS64_READ), el0))
		return undefined(cpu, esr);
	return handlers[rule->action](cpu, esr, vcpu_gpr(&cpu->vcpu, FIELD_GET(SYS64_RT, esr)));
}

/*
 * A read of an identification register is what a kernel does most of all this, on each CPU that it starts.
 * So it comes first and is short: op0 = 3, op1 = 0, CRn = 0 and CRm = 1 to 7, and nothing is left to look
 * up. (CRm = 0, MIDR_EL1, does not trap; nor do EL0's reads, which its own EL1 hears of.)
 */
static inline bool is_id_read(uint64_t esr)
{
	/* What is 0 then, and op0 as well. */
	const uint64_t zero = SYS64_OP0 | SYS64_OP1 | SYS64_CRN | FIELD_PREP(SYS64_CRM, 8);

	return !((esr ^ SYS64_OP0) & zero) && (esr & SYS64_READ);
}

enum exit_reason exit_sysreg(struct guest_cpu *cpu, uint64_t esr)
{
	struct trap_frame *frame = &cpu->vcpu.frame;
	const struct guest_ids *ids = cpu->ids;

	if (!likely(is_id_read(esr))) {
		/* And what an SMP kernel does most. (ICC_SGI1R_EL1 can be written only, and by EL1 only.) */
		if ((esr & (SYS64_REG_MASK | SYS64_READ)) == SYS64_ICC_SGI1R)
			return send_sgi(cpu, esr, vcpu_gpr(&cpu->vcpu, FIELD_GET(SYS64_RT, esr)));
		return by_table(cpu, esr);
	}
	/* Into any of the 32, and XZR's is 0 again: less than to ask first. */
	frame->x[FIELD_GET(SYS64_RT, esr)] =
		ids->value[FIELD_GET(SYS64_CRM, esr) % ID_CRM_COUNT][FIELD_GET(SYS64_OP2, esr)];
	frame->x[31] = 0;
	vcpu_skip_a64(frame);
	return EXIT_NOTHING;
}

/* ---- For the host ------------------------------------------------------------------------------------ */

void sysreg_trap_cpu_init(void)
{
	write_sysreg(OSLAR_EL1, 0);
	isb();
}

void sysreg_rules_print(void)
{
	unsigned int n;

	printf("  %-36s %-6s %-4s %s\n", "Register", "access", "EL0", "what the guest gets");
	for (n = 0; n < sysreg_rule_count; n++) {
		const struct sysreg_rule *rule = &sysreg_rules[n];
		const char *const access[] = { "-", "read", "write", "both" };

		printf("  %-36s %-6s %-4s %s\n", rule->name, access[rule->access & SYSREG_RW],
		       rule->access & SYSREG_EL0 ? "yes" : "no", rule->policy);
	}
}
