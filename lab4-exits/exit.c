// SPDX-License-Identifier: MIT
#include "exit.h"

#include "arch/sysreg.h"
#include "data_abort.h"
#include "guest_cpu.h"
#include "inject.h"
#include "skip_instruction.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"
#include "wfx.h"

const char *exit_reason_name(enum exit_reason reason)
{
	static const char *const names[EXIT_REASONS] = {
		[EXIT_NOTHING] = "NOTHING",
		[EXIT_HYPERCALL] = "HYPERCALL",
		[EXIT_MMIO_READ] = "MMIO_READ",
		[EXIT_MMIO_WRITE] = "MMIO_WRITE",
		[EXIT_SYSREG_READ] = "SYSREG_READ",
		[EXIT_SYSREG_WRITE] = "SYSREG_WRITE",
		[EXIT_EXTERNAL_INTERRUPT] = "EXTERNAL_INTERRUPT",
		[EXIT_CPU_UP] = "CPU_UP",
		[EXIT_CPU_DOWN] = "CPU_DOWN",
		[EXIT_CPU_SUSPEND] = "CPU_SUSPEND",
		[EXIT_SYSTEM_DOWN] = "SYSTEM_DOWN",
		[EXIT_SYSTEM_RESET] = "SYSTEM_RESET",
		[EXIT_SEND_IPI] = "SEND_IPI",
		[EXIT_HALT] = "HALT",
		[EXIT_NESTED_PAGE_FAULT] = "NESTED_PAGE_FAULT",
		[EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
	};

	return reason < EXIT_REASONS ? names[reason] : "?";
}

/* ---- Handlers ------------------------------------------------------------------------------------ */

/*
 * What nobody knows, the guest has to answer for: as if the instruction were not there. (From AArch32 a
 * trap may also come for an instruction whose condition fails; that one does nothing at all.)
 */
static enum exit_reason exit_undefined(struct guest_cpu *cpu, uint64_t esr)
{
	if (!aarch32_condition_passed(esr, cpu->vcpu.frame.spsr)) {
		exit_skip_instruction(&cpu->vcpu, esr);
		return EXIT_NOTHING;
	}
	inject_undefined(&cpu->vcpu);
	return EXIT_NOTHING;
}

/* HVC. ELR_EL2 is behind it already: it is a call, and not a trap. */
static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	(void)cpu;
	(void)esr;
	return EXIT_HYPERCALL;
}

/*
 * FP or SIMD, for the first time since the vCPU came to this CPU: its registers come now. Once they are
 * there, CPTR_EL2.TFP is 0 and nothing of this class is left but what the guest may not use at all.
 */
static enum exit_reason exit_fp(struct guest_cpu *cpu, uint64_t esr)
{
	if (cpu->vcpu.fp_live)
		return exit_undefined(cpu, esr);
	vcpu_fp_trapped(&cpu->vcpu);
	return EXIT_NOTHING;
}

/* A class that an exit is made of, beside those that end in exit_undefined(). */
exit_handler exit_handlers[EC_COUNT] = {
	[0 ... EC_COUNT - 1] = exit_undefined,
	[EC_WFX] = exit_wfx,
	[EC_FP] = exit_fp,
	[EC_HVC64] = exit_hvc,
	[EC_SYS64] = exit_sysreg,
	[EC_IABT_LOWER] = exit_instruction_abort,
	[EC_DABT_LOWER] = exit_data_abort,
};

exit_handler exit_register(unsigned int ec, exit_handler handler)
{
	exit_handler before = exit_handlers[ec % EC_COUNT];

	exit_handlers[ec % EC_COUNT] = handler;
	return before;
}

/* ---- Exits that no instruction of the guest's is the reason of --------------------------------------- */

enum exit_reason exit_asynchronous(struct guest_cpu *cpu, enum vcpu_exit_kind kind)
{
	struct percpu *percpu = this_cpu();
	struct exit_record *record;
	enum exit_reason reason = EXIT_EXTERNAL_INTERRUPT;

	if (kind == VCPU_EXIT_NOT_BOUND) {
		cpu->log.counts[EXIT_FAIL_ENTRY]++;
		cpu->log.not_entered++;
		return EXIT_FAIL_ENTRY;
	}
	record = exit_log_add(&cpu->log, FIELD_PREP(EXIT_LOG_KIND, kind), cpu->vcpu.frame.elr);
	if (kind == VCPU_EXIT_SERROR) {
		/*
		 * Some memory or device says, late, that an access went wrong. What ran here was this guest, so
		 * it gets to know; the host has lost nothing of its own.
		 */
		record->esr |= ESR_ISS(cpu->vcpu.frame.esr);
		inject_serror(&cpu->vcpu, ESR_ISS(cpu->vcpu.frame.esr));
		reason = EXIT_NOTHING;
	} else {
		/*
		 * The host's handler acknowledges it and calls whom it may concern (lab 2). IRQs stay masked, so
		 * this is a call and not an exception: what it made pending for the guest is put in before the
		 * guest runs again.
		 */
		percpu->irq_handler(percpu);
		virtual_gic_settle(cpu);
	}
	exit_log_reason(&cpu->log, record, reason);
	return reason;
}

/* ---- How an access ends ---------------------------------------------------------------------------- */

enum exit_reason vcpu_exit_complete(struct guest_cpu *cpu, uint64_t value)
{
	struct vcpu_exit *exit = &cpu->exit;

	switch (exit->completion) {
	case COMPLETE_LOAD:
		vcpu_set_gpr(&cpu->vcpu, mmio_register(exit->esr),
			     data_abort_load_value(exit, value));
		break;
	case COMPLETE_STORE:
		break;
	case COMPLETE_ACCESS:
		return data_abort_continue(cpu, value);
	case COMPLETE_SYSREG:
		if (exit->esr & SYS64_READ)
			vcpu_set_gpr(&cpu->vcpu, exit->sysreg.rt, value);
		break;
	case COMPLETE_NOTHING:
		return EXIT_NOTHING;
	}
	exit->completion = COMPLETE_NOTHING;
	exit_skip_instruction(&cpu->vcpu, exit->esr);
	return EXIT_NOTHING;
}

enum exit_reason vcpu_exit_refuse(struct guest_cpu *cpu)
{
	uint64_t esr = cpu->vcpu.frame.esr;

	cpu->exit.completion = COMPLETE_NOTHING;
	switch (ESR_EC(esr)) {
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	case EC_HVC64:
		/* As if HVC were no instruction: the exception is at it, not behind it. */
		cpu->vcpu.frame.elr -= 4;
		break;
	}
	inject_undefined(&cpu->vcpu);
	return EXIT_NOTHING;
}
