// SPDX-License-Identifier: MIT
#include "data_abort.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "guest_cpu.h"
#include "guest_memory.h"
#include "inject.h"
#include "instruction.h"
#include "lib/errno.h"
#include "skip_instruction.h"

/* ---- Where, and in which order ------------------------------------------------------------------------ */

/* Was the guest's data big-endian when it made the access? It is by its own choice, for EL1 and EL0 apart. */
static inline bool big_endian(const struct vcpu *vcpu)
{
	uint64_t spsr = vcpu->frame.spsr;

	if (spsr & SPSR_M_AARCH32)
		return spsr & SPSR_E32;
	return read_sysreg(SCTLR_EL1) & ((spsr & SPSR_M) == SPSR_M_EL0T ? SCTLR_EL1_E0E : SCTLR_EL1_EE);
}

/* ---- A device: one register, as the syndrome says -------------------------------------------------------- */

static inline enum exit_reason mmio(struct guest_cpu *cpu, uint64_t esr, uint64_t far)
{
	struct vcpu_exit *exit = &cpu->exit;

	exit->esr = esr;
	exit->far = far;
	exit->mmio.ipa = data_abort_ipa(far);
	exit->mmio.size = mmio_size(esr);
	exit->mmio.write = esr & DABT_WnR;
	cpu->log.last->ipa = exit->mmio.ipa;
	exit->big_endian = big_endian(&cpu->vcpu);
	if (!exit->mmio.write) {
		exit->completion = COMPLETE_LOAD;
		return EXIT_MMIO_READ;
	}
	exit->completion = COMPLETE_STORE;
	exit->mmio.value = mmio_store_value(esr, vcpu_gpr(&cpu->vcpu, mmio_register(esr)), exit->big_endian);
	return EXIT_MMIO_WRITE;
}

uint64_t data_abort_load_value(const struct vcpu_exit *exit, uint64_t value)
{
	return mmio_load_value(exit->esr, value, exit->big_endian);
}

/* ---- A device: what only the instruction says ------------------------------------------------------------ */

/* The stack pointer that the guest uses as a base register: by its exception level and SPSel. */
static uint64_t *stack_pointer(struct vcpu *vcpu)
{
	if ((vcpu->frame.spsr & SPSR_M) != SPSR_M_EL1H)
		return &vcpu->frame.sp_el0;
	vcpu->sysregs.sp_el1 = read_sysreg(SP_EL1);
	return &vcpu->sysregs.sp_el1;
}

/* The guest's V registers are needed in memory: they are there, or in the CPU. */
static void fp_to_memory(struct vcpu *vcpu)
{
	if (!vcpu->fp_live)
		vcpu_fp_trapped(vcpu);		/* FP registers of another vCPU may be in the CPU: this one's come */
	fp_save(&vcpu->fp);
}

static struct access_registers registers_of(struct vcpu *vcpu)
{
	return (struct access_registers){
		.frame = &vcpu->frame, .v = vcpu->fp.v, .sp = stack_pointer(vcpu),
	};
}

/* The next piece for the device; or all are done, and the registers get what they are to get. */
static enum exit_reason next_piece(struct guest_cpu *cpu)
{
	struct vcpu_exit *exit = &cpu->exit;
	struct vcpu *vcpu = &cpu->vcpu;
	struct access_registers registers;

	if (access_next(&exit->access, &exit->mmio)) {
		exit->completion = COMPLETE_ACCESS;
		return exit->mmio.write ? EXIT_MMIO_WRITE : EXIT_MMIO_READ;
	}
	registers = registers_of(vcpu);
	if (exit->access.access.simd)
		fp_to_memory(vcpu);
	access_finish(&exit->access, &registers);
	if (exit->access.access.simd)
		fp_load(&vcpu->fp);
	if (registers.sp == &vcpu->sysregs.sp_el1)
		write_sysreg(SP_EL1, vcpu->sysregs.sp_el1);
	exit->completion = COMPLETE_NOTHING;
	exit_skip_instruction(vcpu, exit->esr);
	return EXIT_NOTHING;
}

enum exit_reason data_abort_continue(struct guest_cpu *cpu, uint64_t value)
{
	access_got(&cpu->exit.access, value);
	return next_piece(cpu);
}

static enum exit_reason by_instruction(struct guest_cpu *cpu)
{
	struct vcpu_exit *exit = &cpu->exit;
	struct vcpu *vcpu = &cpu->vcpu;
	struct access_registers registers;
	struct instruction instruction;
	uint64_t va, ipa;
	uint32_t word;

	/* AArch32: a single register of R0 to R14 has ISV = 1; for all else there is no decoder here. */
	if (vcpu->frame.spsr & SPSR_M_AARCH32)
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	/*
	 * The instruction may not be there any more: another vCPU has changed it or its page tables. Then the
	 * guest executes what is there now.
	 */
	switch (guest_read_instruction(vcpu, vcpu->frame.elr, &word)) {
	case 0:
		break;
	case -EAGAIN:
		return EXIT_NOTHING;
	default:
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	}
	switch (instruction_decode(word, &instruction)) {
	case INSTRUCTION_ACCESS:
		break;
	case INSTRUCTION_PREFETCH:
		exit_skip_instruction(vcpu, exit->esr);
		return EXIT_NOTHING;
	case INSTRUCTION_EXCLUSIVE:
	case INSTRUCTION_ATOMIC:
		return data_abort_refuse(cpu, FSC_EXCLUSIVE);
	case INSTRUCTION_UNPREDICTABLE:
		inject_undefined(vcpu);
		return EXIT_NOTHING;
	default:
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	}
	instruction.access.big_endian = big_endian(vcpu);
	registers = registers_of(vcpu);
	va = instruction_address(&instruction, &vcpu->frame, *registers.sp);
	switch (access_place(&instruction.access, va, exit->far, data_abort_ipa(exit->far), &ipa)) {
	case 0:
		break;
	case -EINVAL:
		return EXIT_NOTHING;		/* not what trapped: as above */
	default:
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	}
	if (instruction.access.simd)
		fp_to_memory(vcpu);
	cpu->log.last->ipa = ipa;
	access_begin(&exit->access, &instruction.access, ipa, &registers);
	return next_piece(cpu);
}

/* ---- Memory that is not there, or not for this --------------------------------------------------------------- */

/*
 * The host's to decide: it may map memory and run the guest again. A permission fault leaves HPFAR_EL2
 * UNKNOWN, so the guest's own stage 1 is asked where its address is.
 */
static enum exit_reason page_fault(struct guest_cpu *cpu, bool fetch)
{
	struct vcpu_exit *exit = &cpu->exit;
	uint64_t ipa;

	if (abort_hpfar_valid(exit->esr))
		ipa = data_abort_ipa(exit->far);
	else if (guest_va_to_ipa(&cpu->vcpu, exit->far, &ipa))
		return EXIT_NOTHING;		/* the guest has unmapped it meanwhile */
	exit->completion = COMPLETE_NOTHING;
	cpu->log.last->ipa = ipa;
	exit->fault = (struct exit_fault){
		.ipa = ipa,
		.va = exit->far,
		.write = !fetch && (exit->esr & DABT_WnR),
		.fetch = fetch,
		.table_walk = exit->esr & DABT_S1PTW,
	};
	return EXIT_NESTED_PAGE_FAULT;
}

enum exit_reason data_abort_refuse(struct guest_cpu *cpu, unsigned int fsc)
{
	struct vcpu *vcpu = &cpu->vcpu;
	const struct vcpu_exit *exit = &cpu->exit;

	/* The level in the syndrome is stage 2's; which of the guest's own tables it was, says the walk. */
	if (fsc == FSC_EXTERNAL && (exit->esr & DABT_S1PTW))
		fsc = guest_walk_fault(vcpu, exit->far);
	if (ESR_EC(exit->esr) == EC_DABT_LOWER) {
		inject_data_abort(vcpu, exit->esr, exit->far, fsc);
		return EXIT_NOTHING;
	}
	/*
	 * A fetch. If it was that of the very vector where this abort would go, the guest has no way on: it would
	 * come back here for ever. Its VM is better stopped, with a report.
	 */
	if (inject_stuck(vcpu))
		return EXIT_FAIL_ENTRY;
	inject_instruction_abort(vcpu, exit->esr, exit->far, fsc);
	return EXIT_NOTHING;
}

/* ---- The handlers ------------------------------------------------------------------------------------------ */

/* For the log, as far as it is known; who finds out more says so later. */
static void note_ipa(struct guest_cpu *cpu)
{
	const struct vcpu_exit *exit = &cpu->exit;

	cpu->log.last->ipa = abort_hpfar_valid(exit->esr) ? data_abort_ipa(exit->far) : 0;
}

static __noinline enum exit_reason other_abort(struct guest_cpu *cpu, uint64_t esr, uint64_t far)
{
	struct vcpu_exit *exit = &cpu->exit;

	exit->esr = esr;
	exit->far = far;
	exit->completion = COMPLETE_NOTHING;
	note_ipa(cpu);
	switch (abort_classify(esr)) {
	case ABORT_MMIO:
		return mmio(cpu, esr, far);
	case ABORT_INSTRUCTION:
		return by_instruction(cpu);
	case ABORT_TABLE_WALK:
	case ABORT_PERMISSION:
		return page_fault(cpu, false);
	case ABORT_CACHE:
		/* Maintenance of an address where there is nothing in any cache. */
		exit_skip_instruction(&cpu->vcpu, esr);
		return EXIT_NOTHING;
	case ABORT_EXTERNAL:
	case ABORT_OTHER:
		break;
	}
	return data_abort_refuse(cpu, FSC_EXTERNAL);
}

enum exit_reason exit_data_abort(struct guest_cpu *cpu, uint64_t esr)
{
	uint64_t far = read_sysreg(FAR_EL2);

	if (likely(abort_classify(esr) == ABORT_MMIO))
		return mmio(cpu, esr, far);
	return other_abort(cpu, esr, far);
}

enum exit_reason exit_instruction_abort(struct guest_cpu *cpu, uint64_t esr)
{
	struct vcpu_exit *exit = &cpu->exit;

	exit->esr = esr;
	exit->far = read_sysreg(FAR_EL2);
	note_ipa(cpu);
	switch (abort_classify(esr)) {
	case ABORT_INSTRUCTION:
	case ABORT_TABLE_WALK:
	case ABORT_PERMISSION:
		return page_fault(cpu, true);
	default:
		exit->completion = COMPLETE_NOTHING;
		return data_abort_refuse(cpu, FSC_EXTERNAL);
	}
}
