// SPDX-License-Identifier: MIT
#include "blank.h"

#include "arch/barrier.h"
#include "drivers/console.h"
#include "lib/printf.h"

#define TCR_39_BITS	(25UL << 0 | 1UL << 23)		/* T0SZ; EPD1. Walks are not cacheable */
#define MAIR_NORMAL	0x44UL				/* attribute 0: Normal, Non-cacheable */
#define BLOCK		(BIT(10) | BIT(0))		/* AF; a block, with attribute 0 */

bool blank_has_aarch32(void)
{
	return FIELD_GET(ID_AA64PFR0_EL0, read_sysreg(ID_AA64PFR0_EL1)) == 2;
}

void *blank_memory(struct machine *machine, uint64_t ipa)
{
	return (char *)machine->vm.ram + (ipa - RAM_BASE);
}

void blank_written(struct machine *machine, uint64_t ipa, size_t size)
{
	vm_publish(blank_memory(machine, ipa), size);
}

void blank_create(struct machine *machine, const char *name, unsigned int cpus)
{
	static const char nothing[4];
	unsigned int n;

	host_machine(machine, name, nothing, nothing + sizeof(nothing), cpus, 0);
	for (n = 0; n < 16; n++)
		*(uint32_t *)blank_memory(machine, BLANK_VECTORS + n * 0x80) =
			INSN_HVC(BLANK_VECTOR(n));
	blank_written(machine, BLANK_VECTORS, 0x800);
	for (n = 0; n < cpus; n++) {
		struct guest_sysregs *regs = &machine->cpus[n].vcpu.sysregs;

		regs->vbar_el1 = BLANK_VECTORS;
		regs->cpacr_el1 = 3UL << 20;		/* FPEN: FP is the guest's own, if we let it */
	}
}

void blank_code(struct guest_cpu *cpu, uint64_t pstate, const uint32_t *insns, unsigned int count)
{
	uint32_t *code = blank_memory(cpu->machine, BLANK_CODE);
	unsigned int n;

	for (n = 0; n < count; n++)
		code[n] = insns[n];
	code[count] = pstate & SPSR_M_AARCH32 ? INSN_A32_SVC(BLANK_END) :
		      (pstate & SPSR_M) == SPSR_M_EL0T ? INSN_SVC(BLANK_END) : INSN_HVC(BLANK_END);
	blank_written(cpu->machine, BLANK_CODE, (count + 1) * sizeof(*code));
	cpu->vcpu.frame.elr = BLANK_CODE;
	cpu->vcpu.frame.spsr = pstate;
}

struct blank_stop blank_look(const struct guest_cpu *cpu, enum exit_reason reason)
{
	struct blank_stop stop = {
		.reason = reason,
		.hvc = host_hvc(cpu),
		.elr = read_sysreg(ELR_EL1),
		.spsr = read_sysreg(SPSR_EL1),
		.esr = read_sysreg(ESR_EL1),
		.far = read_sysreg(FAR_EL1),
	};
	unsigned int ec = ESR_EC(stop.esr);

	/* At EL0 the end is an SVC. */
	if ((stop.hvc == BLANK_VECTOR(FROM_EL0) || stop.hvc == BLANK_VECTOR(FROM_A32)) &&
	    (ec == EC_SVC64 || ec == EC_SVC32) && FIELD_GET(ISS_IMM16, stop.esr) == BLANK_END)
		stop.hvc = BLANK_END;
	return stop;
}

struct blank_stop blank_run(struct guest_cpu *cpu)
{
	return blank_look(cpu, host_run(cpu));
}

uint64_t blank_x0(struct guest_cpu *cpu, uint32_t insn, uint64_t x0, uint64_t x1)
{
	EXECUTE(cpu, AT_EL1H, insn);
	vcpu_set_gpr(&cpu->vcpu, 0, x0);
	vcpu_set_gpr(&cpu->vcpu, 1, x1);
	blank_run(cpu);
	return vcpu_gpr(&cpu->vcpu, 0);
}

uint64_t blank_mrs(struct guest_cpu *cpu, unsigned int number)
{
	return blank_x0(cpu, INSN_MRS(number, 0), 0, 0);
}

void blank_msr(struct guest_cpu *cpu, unsigned int number, uint64_t value)
{
	blank_x0(cpu, INSN_MSR(number, 0), value, 0);
}

void blank_mmu_on(struct guest_cpu *cpu, uint64_t attributes)
{
	uint64_t *table = blank_memory(cpu->machine, BLANK_TABLE);

	table[RAM_BASE >> 30] = (RAM_BASE & GENMASK(47, 30)) | BLOCK | attributes;
	blank_written(cpu->machine, BLANK_TABLE, PAGE_SIZE);
	write_sysreg(TTBR0_EL1, BLANK_TABLE);
	write_sysreg(TCR_EL1, TCR_39_BITS);
	write_sysreg(MAIR_EL1, MAIR_NORMAL);
	/* What the TLBs may hold of the table as it was before: of this VM's stage 1 only. */
	asm volatile("tlbi vmalle1\n\tdsb nsh" ::: "memory");
	write_sysreg(SCTLR_EL1, BLANK_SCTLR | SCTLR_EL1_M);
	isb();
}

void blank_mmu_off(struct guest_cpu *cpu)
{
	(void)cpu;
	write_sysreg(SCTLR_EL1, BLANK_SCTLR);
	isb();
}

/* ---- What is expected ------------------------------------------------------------------------ */

static struct expectation first_difference;

void expect(const char *what, uint64_t got, uint64_t want)
{
	static char copy[96];		/* the caller may use its text for another one */

	if (got == want || first_difference.what)
		return;
	ksnprintf(copy, sizeof(copy), "%s", what);
	first_difference = (struct expectation){ copy, got, want };
}

struct expectation expect_end(void)
{
	struct expectation first = first_difference;

	if (first.what)
		printf("# %s:\n", first.what);
	first_difference = (struct expectation){ 0 };
	return first;
}
