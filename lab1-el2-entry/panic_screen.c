// SPDX-License-Identifier: MIT
/*
 * panic_screen.c - the report on an exception that the hypervisor did not expect of itself.
 *
 * First one line that says what happened, in words; then the registers, for those who doubt it.
 */
#include "exception.h"

#include "arch/cpu.h"
#include "arch/esr.h"
#include "arch/layout.h"
#include "drivers/console.h"
#include "el2_mmu.h"
#include "lib/panic.h"
#include "lib/symtab.h"

static bool is_data_abort(unsigned int ec)
{
	return ec == EC_DABT_SAME || ec == EC_DABT_LOWER;
}

static bool is_instruction_abort(unsigned int ec)
{
	return ec == EC_IABT_SAME || ec == EC_IABT_LOWER;
}

/* FAR_EL2 means something for these classes only (Arm ARM, FAR_EL2), and not with FnV. */
static bool far_is_valid(const struct el2_frame *f)
{
	unsigned int ec = ESR_EC(f->esr);

	if (f->vector % 4 != VECTOR_SYNC)
		return false;
	if (is_data_abort(ec) || is_instruction_abort(ec))
		return !(ESR_FSC(f->esr) == FSC_EXTERNAL && FIELD_GET(DABT_FnV, f->esr));
	return ec == EC_PC_ALIGNMENT || ec == EC_WATCHPOINT_SAME || ec == EC_WATCHPOINT_LOWER;
}

static void explain_bad_stack(const struct el2_frame *f)
{
	if (f->sp % 16)
		printf("SP 0x%lx is not a multiple of 16.\n", f->sp);
	else if (f->sp >= STACKS_BASE && f->sp < HYP_END)
		printf("Stack overflow: SP 0x%lx leaves no room on the %d KiB stack of CPU %lu.\n",
		       f->sp, STACK_SIZE / 1024, (f->sp - STACKS_BASE) / STACK_BLOCK_SIZE);
	else
		printf("SP 0x%lx points to no stack.\n", f->sp);
}

static void explain_abort(const struct el2_frame *f)
{
	const char *region = el2_region_name(f->far);
	bool permission = (ESR_FSC(f->esr) & ~3U) == FSC_PERMISSION(0);

	if (is_instruction_abort(ESR_EC(f->esr)))
		printf(permission ? "Execution of 0x%lx (%s), which is not executable.\n" :
				    "Jump to 0x%lx (%s).\n", f->far, region);
	else if (FIELD_GET(DABT_WnR, f->esr))
		printf(permission ? "Write to 0x%lx (%s), which is read-only.\n" :
				    "Write to 0x%lx (%s).\n", f->far, region);
	else
		printf("Read from 0x%lx (%s).\n", f->far, region);
}

/* The instruction at ELR_EL2, if that is in the hypervisor's text. */
static bool instruction_at_elr(const struct el2_frame *f, uint32_t *instruction)
{
	extern const char __text_start[], __text_end[];

	if (f->elr < (uintptr_t)__text_start || f->elr >= (uintptr_t)__text_end || f->elr % 4)
		return false;
	*instruction = *(const uint32_t *)(uintptr_t)f->elr;
	return true;
}

static void explain(const struct el2_frame *f)
{
	uint32_t instruction;

	if (f->stack_state != STACK_GOOD)
		explain_bad_stack(f);
	if (f->vector % 4 != VECTOR_SYNC)
		return;
	switch (ESR_EC(f->esr)) {
	case EC_UNKNOWN:
		if (instruction_at_elr(f, &instruction))
			printf("Instruction 0x%08x is undefined, or not allowed at EL2.\n",
			       instruction);
		break;
	case EC_FP:
	case EC_SVE:
	case EC_SME:
		printf("An FP, SIMD, SVE or SME instruction in the hypervisor: these registers are the "
		       "guests'.\n");
		break;
	case EC_BRK64:
		printf("BRK #%lu, which nobody handles.\n", FIELD_GET(ISS_IMM16, f->esr));
		break;
	case EC_PC_ALIGNMENT:
		printf("PC 0x%lx is not a multiple of 4.\n", f->elr);
		break;
	default:
		if (far_is_valid(f))
			explain_abort(f);
	}
}

static void print_pstate(uint64_t spsr)
{
	static const char *const modes[16] = {
		[SPSR_M_EL0T] = "EL0t", [SPSR_M_EL1T] = "EL1t", [SPSR_M_EL1H] = "EL1h",
		[SPSR_M_EL2T] = "EL2t", [SPSR_M_EL2H] = "EL2h",
	};
	const char *mode = spsr & BIT(4) ? "AArch32" : modes[spsr & 0xf];

	printf("  SPSR_EL2  0x%016lx  from %s, %c%c%c%c, %c%c%c%c masked%s\n", spsr,
	       mode ? mode : "no valid mode",
	       spsr & SPSR_N ? 'N' : 'n', spsr & SPSR_Z ? 'Z' : 'z',
	       spsr & SPSR_C ? 'C' : 'c', spsr & SPSR_V ? 'V' : 'v',
	       spsr & SPSR_D ? 'D' : '-', spsr & SPSR_A ? 'A' : '-',
	       spsr & SPSR_I ? 'I' : '-', spsr & SPSR_F ? 'F' : '-',
	       spsr & SPSR_IL ? ", illegal state" : "");
}

static void print_registers(const struct el2_frame *f)
{
	uint64_t offset;
	const char *name = symtab_lookup(f->elr, &offset);
	unsigned int i;

	printf("  vector    %lu: %s\n", f->vector, el2_vector_name(f->vector));
	printf("  ELR_EL2   0x%016lx", f->elr);
	if (name)
		printf("  %s+0x%lx", name, offset);
	printf("\n");
	print_pstate(f->spsr);
	printf("  ESR_EL2   0x%016lx  EC 0x%02x, IL %d, ISS 0x%07x\n", f->esr, ESR_EC(f->esr),
	       ESR_IL(f->esr), ESR_ISS(f->esr));
	printf("  FAR_EL2   0x%016lx  %s\n", f->far,
	       far_is_valid(f) ? el2_region_name(f->far) : "(not valid for this exception)");
	printf("  HCR_EL2   0x%016lx  SCTLR_EL2 0x%016lx\n", read_sysreg(HCR_EL2),
	       read_sysreg(SCTLR_EL2));
	for (i = 0; i < 31; i++)
		printf("%s%sx%-2u 0x%016lx", i % 4 ? "" : "\n", "  ", i, f->x[i]);
	printf("  sp  0x%016lx\n\n", f->sp);
}

static void (*reports[PANIC_REPORTS])(void);
static unsigned int report_count;

void panic_screen_add(void (*report)(void))
{
	if (report_count < PANIC_REPORTS)
		reports[report_count++] = report;
}

void panic_screen(const struct el2_frame *frame)
{
	char words[ESR_DESCRIPTION_SIZE];
	unsigned int n;

	panic_begin();
	printf("\n==== EL2 panic on the CPU with affinity 0x%lx ====\n", cpu_affinity());
	if (frame->vector % 4 == VECTOR_IRQ || frame->vector % 4 == VECTOR_FIQ) {
		printf("An interrupt that nobody asked for.\n");
	} else {
		esr_describe(frame->esr, words, sizeof(words));
		printf("%s\n", words);
	}
	explain(frame);
	print_registers(frame);
	for (n = 0; n < report_count; n++)
		reports[n]();
	panic_backtrace(frame->elr, frame->x[30], frame->x[29]);
	panic_end();
}
