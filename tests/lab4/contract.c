// SPDX-License-Identifier: MIT
/*
 * contract.c - the exit contract, line by line (exit_contract.c): for each exception class, and for EL0 and
 * EL1, does what happens agree with what the table says?
 *
 * Each class comes in two ways. By a synthetic exit: its handler is called with a syndrome, as if the guest had
 * just exited with it. That is possible for all 64, those included that no CPU of today has. And for real,
 * where an instruction of this CPU raises it: then the guest's own vector has to be entered with that
 * class, and the hypervisor not to have been asked; or an exit is counted, of that class.
 */
#include "blank.h"

#include "arch/barrier.h"
#include "drivers/console.h"
#include "exit_contract.h"
#include "lib/printf.h"
#include "sysreg_rules.h"

static struct machine machine;
static struct guest_cpu *cpu = &machine.cpus[0];
static struct vcpu *vcpu = &machine.cpus[0].vcpu;

/* ---- What is found, for each class ----------------------------------------------------------- */

static struct finding {
	const char *wrong;		/* the first thing that was, or NULL */
	const char *where;
	uint64_t got, want;
	bool real[2];			/* tried by an instruction, at EL0, at EL1 */
} findings[EC_COUNT];

static void check(unsigned int ec, const char *where, const char *what, uint64_t got, uint64_t want)
{
	struct finding *finding = &findings[ec];

	if (got == want || finding->wrong)
		return;
	finding->wrong = what;
	finding->where = where;
	finding->got = got;
	finding->want = want;
}

/* ---- Exits are counted by class -------------------------------------------------------------- */

static exit_handler original[EC_COUNT];
static unsigned int exits, exit_class;
static enum exit_reason exit_reason;

static enum exit_reason spy(struct guest_cpu *of, uint64_t esr)
{
	unsigned int ec = ESR_EC(esr);
	enum exit_reason reason = original[ec](of, esr);

	if (ec == EC_HVC64 && (esr & ISS_IMM16) >= BLANK_END)
		return reason;			/* the blank guest's own, for the test */
	exits++;
	exit_class = ec;
	exit_reason = reason;
	return reason;
}

/* ---- Synthetic exits ------------------------------------------------------------------------- */

#define FAR_BEFORE	0xfa5fa5fa5UL
#define PC		(BLANK_CODE + 0x100)
#define TRIES		12		/* random syndromes for each class and source */

static const struct source {
	const char *name;
	uint64_t pstate;
	unsigned int vector;
} sources[] = {
	{ "synthetic, from EL0", SPSR_M_EL0T, FROM_EL0 },
	{ "synthetic, from EL1t", SPSR_M_EL1T | SPSR_DAIF, FROM_EL1T },
	{ "synthetic, from EL1h", SPSR_M_EL1H | SPSR_D, FROM_EL1H },
	{ "synthetic, from AArch32", SPSR_M_AARCH32, FROM_A32 },
};

static struct trap_frame before;

static void prepare(const struct source *source, uint64_t esr)
{
	unsigned int n;

	for (n = 0; n < 31; n++)
		vcpu->frame.x[n] = 0x1111111111111111 * (n % 15) + n;
	vcpu->frame.sp_el0 = 0x5b0;
	vcpu->frame.elr = PC;
	vcpu->frame.spsr = source->pstate | (host_random() & SPSR_NZCV);
	vcpu->frame.esr = esr;
	before = vcpu->frame;
	write_sysreg(ESR_EL1, 0xe5e5e5);
	write_sysreg(ELR_EL1, 0xe1e1e1);
	write_sysreg(SPSR_EL1, 0x3c0);
	write_sysreg(FAR_EL1, FAR_BEFORE);
	isb();
}

/* No general-purpose register of the guest's has changed; nor has any that an exception does not write. */
static void check_registers(unsigned int ec, const char *where)
{
	unsigned int n, differ = 0;

	for (n = 0; n < 32; n++)
		differ += vcpu->frame.x[n] != before.x[n];
	check(ec, where, "general-purpose registers that have changed", differ, 0);
	check(ec, where, "SP_EL0", vcpu->frame.sp_el0, before.sp_el0);
	check(ec, where, "FAR_EL1: it says nothing of this, and is the guest's", read_sysreg(FAR_EL1),
	      FAR_BEFORE);
}

/* The guest is at its vector. Its PSTATE: EL1h, all masked; more of that is nature.c's. */
static void check_taken(unsigned int ec, const struct source *source, uint64_t esr, uint64_t pc)
{
	const char *where = source->name;

	check(ec, where, "the vector", vcpu->frame.elr, BLANK_VECTORS + source->vector * 0x80);
	check(ec, where, "PSTATE at the vector: M and DAIF", vcpu->frame.spsr & (SPSR_M | SPSR_DAIF),
	      SPSR_M_EL1H | SPSR_DAIF);
	check(ec, where, "PSTATE at the vector: NZCV", vcpu->frame.spsr & SPSR_NZCV,
	      before.spsr & SPSR_NZCV);
	check(ec, where, "ESR_EL1", read_sysreg(ESR_EL1), esr);
	check(ec, where, "ELR_EL1", read_sysreg(ELR_EL1), pc);
	check(ec, where, "SPSR_EL1", read_sysreg(SPSR_EL1), before.spsr);
}

/* EC 0, and IL: "Unknown reason". */
static void check_undefined(unsigned int ec, const struct source *source, uint64_t pc)
{
	check_taken(ec, source, ESR_IL_MASK, pc);
	check_registers(ec, source->name);
}

static void check_skipped(unsigned int ec, const struct source *source, uint64_t esr)
{
	bool two_bytes = (before.spsr & SPSR_M_AARCH32) && !(esr & ESR_IL_MASK);

	check(ec, source->name, "the PC: behind the instruction", vcpu->frame.elr,
	      PC + (two_bytes ? 2 : 4));
	check(ec, source->name, "no exception: PSTATE", vcpu->frame.spsr, before.spsr);
	check(ec, source->name, "no exception: ESR_EL1", read_sysreg(ESR_EL1), 0xe5e5e5);
	check(ec, source->name, "no exception: ELR_EL1", read_sysreg(ELR_EL1), 0xe1e1e1);
	check_registers(ec, source->name);
}

static enum exit_reason exit_with(const struct source *source, uint64_t esr)
{
	prepare(source, esr);
	return exit_handlers[ESR_EC(esr)](cpu, esr);
}

/* Some syndrome of a class; of an A32 instruction that is executed always. */
static uint64_t random_syndrome(unsigned int ec)
{
	return (uint64_t)ec << ESR_EC_SHIFT | ESR_IL_MASK | ISS_CV | FIELD_PREP(ISS_COND, 14) |
	       (host_random() & GENMASK(19, 0));
}

/* The classes of which the syndrome has a condition (Arm ARM, ESR_EL2, CV and COND). */
static bool has_condition(unsigned int ec)
{
	return ec == EC_WFX || (ec >= EC_CP15_32 && ec <= EC_VMRS) || ec == EC_CP14_64 ||
	       ec == EC_SMC32;
}

/* Classes that the contract has UNDEFINED, its own, or never: if one of these came as an exit. */
static void synthetic_undefined(unsigned int ec)
{
	unsigned int s, n;

	for (s = 0; s < ARRAY_SIZE(sources); s++) {
		for (n = 0; n < TRIES; n++) {
			enum exit_reason reason = exit_with(&sources[s], random_syndrome(ec));

			check(ec, sources[s].name, "the reason: NOTHING is left to do", reason,
			      EXIT_NOTHING);
			check_undefined(ec, &sources[s], PC);
		}
	}
	if (!has_condition(ec))
		return;
	/* Condition EQ with Z clear: the instruction is not executed, so it is not UNDEFINED either. */
	prepare(&sources[3], (uint64_t)ec << ESR_EC_SHIFT | ESR_IL_MASK | ISS_CV);
	vcpu->frame.spsr &= ~SPSR_Z;
	before.spsr &= ~SPSR_Z;
	exit_handlers[ec](cpu, vcpu->frame.esr);
	check_skipped(ec, &sources[3], ESR_IL_MASK);
}

static void synthetic_wfx(void)
{
	const uint64_t esr = (uint64_t)EC_WFX << ESR_EC_SHIFT | ESR_IL_MASK | ISS_CV |
			     FIELD_PREP(ISS_COND, 14);
	unsigned int s, ti;

	for (s = 0; s < ARRAY_SIZE(sources); s++) {
		for (ti = WFX_TI_WFI; ti <= WFX_TI_WFET; ti++) {
			/* A WFIT without its register's number (WFX_RV = 0) does not wait. */
			enum exit_reason want = ti == WFX_TI_WFI ? EXIT_HALT : EXIT_NOTHING;

			check(EC_WFX, sources[s].name, "HALT for WFI, and for nothing else",
			      exit_with(&sources[s], esr | ti), want);
			check_skipped(EC_WFX, &sources[s], esr);
		}
	}
}

/* The FP registers in the CPU become another vCPU's. */
static void forget_fp(void)
{
	guest_cpu_put(cpu);
	guest_cpu_load(&machine.cpus[1]);
	vcpu_fp_trapped(&machine.cpus[1].vcpu);
	guest_cpu_put(&machine.cpus[1]);
	guest_cpu_load(cpu);
}

static void synthetic_fp(void)
{
	const uint64_t esr = (uint64_t)EC_FP << ESR_EC_SHIFT | ESR_IL_MASK | ISS_CV |
			     FIELD_PREP(ISS_COND, 14);
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(sources); s++) {
		const struct source *source = &sources[s];

		forget_fp();
		check(EC_FP, source->name, "FP registers before the first use", vcpu->fp_live, false);
		check(EC_FP, source->name, "the reason", exit_with(source, esr), EXIT_NOTHING);
		check(EC_FP, source->name, "FP registers after it", vcpu->fp_live, true);
		check(EC_FP, source->name, "the PC: the instruction once more", vcpu->frame.elr, PC);
		check_registers(EC_FP, source->name);
		check(EC_FP, source->name, "the reason, FP being there", exit_with(source, esr),
		      EXIT_NOTHING);
		check_undefined(EC_FP, source, PC);
	}
}

static void synthetic_hvc(void)
{
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(sources); s++) {
		const struct source *source = &sources[s];
		uint64_t esr = (uint64_t)EC_HVC64 << ESR_EC_SHIFT | ESR_IL_MASK | 0x12;

		check(EC_HVC64, source->name, "the reason", exit_with(source, esr), EXIT_HYPERCALL);
		check(EC_HVC64, source->name, "the PC: it is behind HVC already", vcpu->frame.elr, PC);
		check_registers(EC_HVC64, source->name);
	}
}

static void synthetic_sysreg(void)
{
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(sources); s++) {
		const struct source *source = &sources[s];
		uint64_t esr = (uint64_t)EC_SYS64 << ESR_EC_SHIFT | ESR_IL_MASK | SYS64_READ;
		uint64_t id = esr | SYS64_REG(3, 0, 0, 4, 0) | FIELD_PREP(SYS64_RT, 7);

		if (source->vector == FROM_A32)
			continue;		/* A64's MSR and MRS */
		check(EC_SYS64, source->name, "MRS of an unknown register: the reason",
		      exit_with(source, esr | SYS64_REG(3, 7, 14, 3, 3)), EXIT_NOTHING);
		check_undefined(EC_SYS64, source, PC);
		check(EC_SYS64, source->name, "MRS x7, ID_AA64PFR0_EL1: the reason",
		      exit_with(source, id), EXIT_NOTHING);
		check(EC_SYS64, source->name, "MRS x7, ID_AA64PFR0_EL1: x7", vcpu->frame.x[7],
		      machine.ids.value[4][0]);
		vcpu->frame.x[7] = before.x[7];
		check_skipped(EC_SYS64, source, esr);
	}
}

/* Aborts: any fault status, any combination of flags. The host's, or a synchronous External abort for it. */
static void synthetic_abort(unsigned int ec, const struct source *source, uint64_t iss)
{
	const uint64_t esr = (uint64_t)ec << ESR_EC_SHIFT | ESR_IL_MASK | iss;
	const uint64_t far = BLANK_DATA + 0x123;
	bool from_el0 = source->vector >= FROM_EL0, data = ec == EC_DABT_LOWER, valid;
	uint64_t kept = data ? DABT_FnV | DABT_WnR | DABT_CM : IABT_FnV;
	enum exit_reason reason;

	write_sysreg(FAR_EL2, far);
	write_sysreg(HPFAR_EL2, FIELD_PREP(HPFAR_EL2_FIPA, far >> PAGE_SHIFT));
	reason = exit_with(source, esr);
	switch (reason) {
	case EXIT_NESTED_PAGE_FAULT:
		check(ec, source->name, "the page fault's IPA", cpu->exit.fault.ipa, far);
		check(ec, source->name, "the page fault's address", cpu->exit.fault.va, far);
		break;
	case EXIT_MMIO_READ:
	case EXIT_MMIO_WRITE:
		check(ec, source->name, "MMIO is of data only", data, true);
		check(ec, source->name, "MMIO, with a syndrome that says so",
		      iss & (DABT_ISV | DABT_S1PTW | DABT_CM), DABT_ISV);
		break;
	case EXIT_NOTHING:
		/* Done without (cache maintenance), or refused already: the loop below would not be. */
		if (vcpu->frame.elr == PC || vcpu->frame.elr == PC + 4)
			return;
		goto taken;
	default:
		check(ec, source->name, "the reason", reason, EXIT_NOTHING);
		return;
	}
	check(ec, source->name, "the PC: at the instruction, until the host has decided",
	      vcpu->frame.elr, PC);
	check_registers(ec, source->name);
	check(ec, source->name, "refused: the reason", vcpu_exit_refuse(cpu), EXIT_NOTHING);
taken:
	/* FSC_EXTERNAL; FSC_EXCLUSIVE would be for an instruction that is none here. */
	kept &= iss;
	valid = !(kept & DABT_FnV);
	check_taken(ec, source,
		    (uint64_t)(ec + !from_el0) << ESR_EC_SHIFT | ESR_IL_MASK | kept | FSC_EXTERNAL, PC);
	check(ec, source->name, "FAR_EL1", read_sysreg(FAR_EL1), valid ? far : FAR_BEFORE);
	write_sysreg(FAR_EL1, FAR_BEFORE);
	check_registers(ec, source->name);
}

static void synthetic_aborts(unsigned int ec)
{
	unsigned int s, fsc, n;

	*(uint32_t *)blank_memory(&machine, PC) = INSN_NOP;	/* what a decoder would find */
	for (s = 0; s < ARRAY_SIZE(sources); s++)
		for (fsc = 0; fsc < FSC_COUNT; fsc++)
			for (n = 0; n < 4; n++)
				synthetic_abort(ec, &sources[s],
						(host_random() & GENMASK(24, 6)) | fsc);
}

static void test_synthetic(void)
{
	unsigned int ec;

	for (ec = 0; ec < EC_COUNT; ec++) {
		switch (ec) {
		case EC_WFX:
			synthetic_wfx();
			break;
		case EC_FP:
			synthetic_fp();
			break;
		case EC_HVC64:
			synthetic_hvc();
			break;
		case EC_SYS64:
			synthetic_sysreg();
			break;
		case EC_IABT_LOWER:
		case EC_DABT_LOWER:
			synthetic_aborts(ec);
			break;
		default:
			synthetic_undefined(ec);
		}
	}
}

/* ---- For real -------------------------------------------------------------------------------- */

/* What an instruction has led to. */
static struct {
	struct blank_stop stop;
	bool own;			/* an exception of the guest's, and no exit before it */
	uint64_t pc;			/* of the instruction: where it is told that it was */
} raised;

/*
 * Run what blank_code() has put there, until it ends or is at a vector. What the host is asked for on the way,
 * it refuses: but for one that waits, which goes on.
 */
static void run(void)
{
	enum exit_reason reason;
	unsigned int n;

	exits = 0;
	exit_class = EC_COUNT;
	exit_reason = EXIT_REASONS;
	for (n = 0; n < 8; n++) {
		reason = guest_cpu_run(cpu);
		if (reason == EXIT_HYPERCALL && host_hvc(cpu) >= BLANK_END)
			break;
		if (reason != EXIT_NOTHING && reason != EXIT_HALT && reason != EXIT_EXTERNAL_INTERRUPT &&
		    reason != EXIT_HYPERCALL)
			vcpu_exit_refuse(cpu);
	}
	raised.stop = blank_look(cpu, reason);
	raised.own = !exits && raised.stop.hvc >= BLANK_VECTOR(0);
	raised.pc = BLANK_CODE;
}

static const char *name_of(uint64_t pstate)
{
	return pstate & SPSR_M_AARCH32 ? "AArch32 EL0" :
	       (pstate & SPSR_M) == SPSR_M_EL0T ? "EL0" :
	       (pstate & SPSR_M) == SPSR_M_EL1T ? "EL1t" : "EL1h";
}

static unsigned int vector_of(uint64_t pstate)
{
	return pstate & SPSR_M_AARCH32 ? FROM_A32 :
	       (pstate & SPSR_M) == SPSR_M_EL0T ? FROM_EL0 :
	       (pstate & SPSR_M) == SPSR_M_EL1T ? FROM_EL1T : FROM_EL1H;
}

static enum exit_outcome contracted(unsigned int ec, uint64_t pstate)
{
	return vector_of(pstate) >= FROM_EL0 ? exit_contract[ec].el0 : exit_contract[ec].el1;
}

static void mark(unsigned int ec, uint64_t pstate)
{
	findings[ec].real[vector_of(pstate) < FROM_EL0] = true;
}

/* It is the guest's own: its vector, that class, and no exit. */
static void expect_own(unsigned int ec, uint64_t pstate)
{
	const char *where = name_of(pstate);

	run();
	mark(ec, pstate);
	check(ec, where, "the contract: its own", contracted(ec, pstate), OUTCOME_OWN);
	check(ec, where, "exits", exits, 0);
	check(ec, where, "the vector's HVC", raised.stop.hvc, BLANK_VECTOR(vector_of(pstate)));
	check(ec, where, "ESR_EL1.EC", ESR_EC(raised.stop.esr), ec);
}

/* The same for the class that the contract has otherwise, since it can come as an exit as well. */
static void expect_own_too(unsigned int ec, uint64_t pstate)
{
	const char *where = name_of(pstate);

	run();
	check(ec, where, "its own, as it forbids it itself: exits", exits, 0);
	check(ec, where, "its own: the vector's HVC", raised.stop.hvc,
	      BLANK_VECTOR(vector_of(pstate)));
	check(ec, where, "its own: ESR_EL1.EC", ESR_EC(raised.stop.esr), ec);
}

/* An exit of that class; then the guest is told that there is no such instruction. */
static void expect_undefined(unsigned int ec, uint64_t pstate, enum exit_outcome outcome)
{
	const char *where = name_of(pstate);

	run();
	mark(ec, pstate);
	check(ec, where, "the contract", contracted(ec, pstate), outcome);
	check(ec, where, "exits", exits, 1);
	check(ec, where, "the exit's class", exit_class, ec);
	check(ec, where, "the vector's HVC", raised.stop.hvc, BLANK_VECTOR(vector_of(pstate)));
	check(ec, where, "ESR_EL1", raised.stop.esr, ESR_IL_MASK);
	check(ec, where, "ELR_EL1", raised.stop.elr, raised.pc);
}

/* An exit of that class, and the guest gets to its end. */
static void expect_done(unsigned int ec, uint64_t pstate, enum exit_reason reason,
			enum exit_outcome outcome)
{
	const char *where = name_of(pstate);

	run();
	mark(ec, pstate);
	check(ec, where, "the contract", contracted(ec, pstate), outcome);
	check(ec, where, "exits", exits, 1);
	check(ec, where, "the exit's class", exit_class, ec);
	check(ec, where, "the exit's reason", exit_reason, reason);
	check(ec, where, "the HVC at its end", raised.stop.hvc, BLANK_END);
}

/* No exception, no exit: it never comes. */
static void expect_nothing(unsigned int ec, uint64_t pstate)
{
	const char *where = name_of(pstate);

	run();
	mark(ec, pstate);
	check(ec, where, "the contract", contracted(ec, pstate), OUTCOME_NONE);
	check(ec, where, "it is simply executed: exits", exits, 0);
	check(ec, where, "it is simply executed: the HVC at its end", raised.stop.hvc, BLANK_END);
}

/* Where a guest may be. EL1t and EL1h are one line of the contract. */
static const uint64_t everywhere[] = { AT_EL0, AT_EL1T, AT_EL1H };

static uint64_t id_field(uint64_t value, unsigned int low)
{
	return value >> low & 15;
}

#define CNTKCTL_EL0PTEN		BIT(9)
#define CPACR_FPEN		(3UL << 20)
#define CPACR_ZEN		(3UL << 16)
#define CPACR_SMEN		(3UL << 24)
#define SCTLR_NTWI		BIT(16)
#define SCTLR_UCT		BIT(15)
#define NUMBER_CTR_EL0		SYSREG_NUMBER(3, 3, 0, 0, 1)
#define NUMBER_CNTP_CTL		SYSREG_NUMBER(3, 3, 14, 2, 1)
#define NUMBER_PFR0		SYSREG_NUMBER(3, 0, 0, 4, 0)
#define NUMBER_IMPDEF		SYSREG_NUMBER(3, 0, 11, 3, 0)
#define NUMBER_PMCR		SYSREG_NUMBER(3, 3, 9, 12, 0)

static void set_sctlr(uint64_t value)
{
	write_sysreg(SCTLR_EL1, value);
	isb();
}

static void real_calls(void)
{
	EXECUTE(cpu, AT_EL0, INSN_SVC(5));
	expect_own(EC_SVC64, AT_EL0);
	EXECUTE(cpu, AT_EL1H, INSN_SVC(5));
	expect_own(EC_SVC64, AT_EL1H);
	EXECUTE(cpu, AT_EL1T, INSN_SVC(5));
	expect_own(EC_SVC64, AT_EL1T);

	EXECUTE(cpu, AT_EL1H, INSN_HVC(5));
	expect_done(EC_HVC64, AT_EL1H, EXIT_HYPERCALL, OUTCOME_HOST);
	EXECUTE(cpu, AT_EL1H, INSN_SMC(5));
	expect_undefined(EC_SMC64, AT_EL1H, OUTCOME_UNDEFINED);

	/* At EL0 there are no such instructions. What comes is class 0, and its own. */
	EXECUTE(cpu, AT_EL0, INSN_HVC(5));
	run();
	mark(EC_HVC64, AT_EL0);
	check(EC_HVC64, "EL0", "HVC is UNDEFINED: exits", exits, 0);
	check(EC_HVC64, "EL0", "HVC is UNDEFINED: ESR_EL1", raised.stop.esr, ESR_IL_MASK);
	EXECUTE(cpu, AT_EL0, INSN_SMC(5));
	run();
	mark(EC_SMC64, AT_EL0);
	check(EC_SMC64, "EL0", "SMC is UNDEFINED: exits", exits, 0);
	check(EC_SMC64, "EL0", "SMC is UNDEFINED: ESR_EL1", raised.stop.esr, ESR_IL_MASK);
}

static void real_everywhere(void)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(everywhere); n++) {
		uint64_t at = everywhere[n];
		bool el0 = at == AT_EL0;

		EXECUTE(cpu, at, INSN_UDF);
		expect_own(EC_UNKNOWN, at);
		EXECUTE(cpu, at, INSN_BRK(1));
		expect_own(EC_BRK64, at);
		EXECUTE(cpu, at | SPSR_IL, INSN_NOP);
		expect_own(EC_ILLEGAL_STATE, at);
		EXECUTE(cpu, at, INSN_NOP);
		vcpu->frame.elr += 2;
		expect_own(EC_PC_ALIGNMENT, at);

		/* A register that traps, and one that is not there; a write to nowhere; a fetch from there. */
		EXECUTE(cpu, at, INSN_MRS(NUMBER_CNTP_CTL, 0));
		write_sysreg(CNTKCTL_EL1, CNTKCTL_EL0PTEN);
		expect_done(EC_SYS64, at, EXIT_NOTHING, OUTCOME_HOST);
		write_sysreg(CNTKCTL_EL1, 0);
		EXECUTE(cpu, at, INSN_STR);
		vcpu->frame.x[1] = 0x20000000;
		run();
		mark(EC_DABT_LOWER, at);
		check(EC_DABT_LOWER, name_of(at), "the contract", contracted(EC_DABT_LOWER, at),
		      OUTCOME_HOST);
		check(EC_DABT_LOWER, name_of(at), "the reason", exit_reason, EXIT_MMIO_WRITE);
		check(EC_DABT_LOWER, name_of(at), "refused: ESR_EL1", raised.stop.esr,
		      (uint64_t)(EC_DABT_LOWER + !el0) << ESR_EC_SHIFT | ESR_IL_MASK | DABT_WnR |
		      FSC_EXTERNAL);
		EXECUTE(cpu, at, INSN_BR);
		run();
		mark(EC_IABT_LOWER, at);
		check(EC_IABT_LOWER, name_of(at), "the contract", contracted(EC_IABT_LOWER, at),
		      OUTCOME_HOST);
		check(EC_IABT_LOWER, name_of(at), "the reason", exit_reason, EXIT_NESTED_PAGE_FAULT);
		check(EC_IABT_LOWER, name_of(at), "refused: ESR_EL1", raised.stop.esr,
		      (uint64_t)(EC_IABT_LOWER + !el0) << ESR_EC_SHIFT | ESR_IL_MASK | FSC_EXTERNAL);
		check(EC_IABT_LOWER, name_of(at), "refused: ELR_EL1", raised.stop.elr, 0x20000000);

		/* FP: the first use since the vCPU came here. */
		forget_fp();
		EXECUTE(cpu, at, INSN_FMOV);
		expect_done(EC_FP, at, EXIT_NOTHING, OUTCOME_DONE);
		EXECUTE(cpu, at, INSN_FMOV);
		write_sysreg(CPACR_EL1, 0);
		expect_own_too(EC_FP, at);
		write_sysreg(CPACR_EL1, CPACR_FPEN);

		/* EL0 waits if EL1 lets it. */
		set_sctlr(BLANK_SCTLR | SCTLR_NTWI);
		EXECUTE(cpu, at, INSN_WFI);
		expect_done(EC_WFX, at, EXIT_HALT, OUTCOME_HOST);
		set_sctlr(BLANK_SCTLR & ~SCTLR_NTWI);
		EXECUTE(cpu, at, INSN_WFI);
		if (el0)
			expect_own_too(EC_WFX, at);
		else
			expect_done(EC_WFX, at, EXIT_HALT, OUTCOME_HOST);
		set_sctlr(BLANK_SCTLR);
	}
	EXECUTE(cpu, AT_EL1H, INSN_MRS(NUMBER_PMCR, 0));
	expect_undefined(EC_SYS64, AT_EL1H, OUTCOME_HOST);
	set_sctlr(BLANK_SCTLR & ~SCTLR_UCT);
	EXECUTE(cpu, AT_EL0, INSN_MRS(NUMBER_CTR_EL0, 0));
	expect_own_too(EC_SYS64, AT_EL0);
	set_sctlr(BLANK_SCTLR);
}

/* What only some CPUs have, and what is hidden of it. */
static void real_features(void)
{
	uint64_t pfr0 = read_sysreg(ID_AA64PFR0_EL1), pfr1 = read_sysreg(ID_AA64PFR1_EL1);
	uint64_t isar1 = read_sysreg(ID_AA64ISAR1_EL1);
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(everywhere); n++) {
		uint64_t at = everywhere[n];

		if (id_field(pfr0, 32)) {
			EXECUTE(cpu, at, INSN_CNTB);
			write_sysreg(CPACR_EL1, CPACR_FPEN | CPACR_ZEN);
			expect_undefined(EC_SVE, at, OUTCOME_UNDEFINED);
			EXECUTE(cpu, at, INSN_CNTB);
			write_sysreg(CPACR_EL1, CPACR_FPEN);
			expect_own_too(EC_SVE, at);
		}
		if (id_field(pfr1, 24)) {
			EXECUTE(cpu, at, INSN_RDSVL);
			write_sysreg(CPACR_EL1, CPACR_FPEN | CPACR_SMEN);
			expect_undefined(EC_SME, at, OUTCOME_UNDEFINED);
			EXECUTE(cpu, at, INSN_RDSVL);
			write_sysreg(CPACR_EL1, CPACR_FPEN);
			expect_own_too(EC_SME, at);
		}
		if (isar1 & (ID_AA64ISAR1_APA | ID_AA64ISAR1_API)) {
			EXECUTE(cpu, at, INSN_PACIA);
			expect_nothing(EC_PAUTH, at);
		}
		if (id_field(pfr1, 0)) {
			blank_mmu_on(cpu, BLANK_BLOCK_GUARDED | BLANK_BLOCK_EL0 |
				      BLANK_BLOCK_READ_ONLY);
			EXECUTE(cpu, at | FIELD_PREP(SPSR_BTYPE, 2), INSN_NOP);
			expect_own(EC_BTI, at);
			blank_mmu_off(cpu);
		}
	}
}

/* Software step: the one debug exception that the guest has for itself. */
static void real_step(void)
{
	blank_msr(cpu, SYSREG_NUMBER(2, 0, 0, 2, 2), MDSCR_SS | MDSCR_KDE);
	EXECUTE(cpu, AT_EL0 | SPSR_SS, INSN_NOP, INSN_NOP);
	vcpu->frame.spsr &= ~SPSR_D;
	expect_own(EC_STEP_LOWER, AT_EL0);
	check(EC_STEP_LOWER, "EL0", "ELR_EL1: one instruction on", raised.stop.elr, BLANK_CODE + 4);
	EXECUTE(cpu, AT_EL1H | SPSR_SS, INSN_NOP, INSN_NOP);
	vcpu->frame.spsr &= ~SPSR_D;
	expect_own(EC_STEP_SAME, AT_EL1H);
	check(EC_STEP_SAME, "EL1h", "ELR_EL1: one instruction on", raised.stop.elr, BLANK_CODE + 4);
	blank_msr(cpu, SYSREG_NUMBER(2, 0, 0, 2, 2), 0);
}

/* A breakpoint and a watchpoint that are set all the same: they are never there. */
static void real_breakpoints(void)
{
	static const struct { unsigned int number; uint64_t value; } sets[] = {
		{ SYSREG_NUMBER(2, 0, 0, 0, 4), BLANK_CODE },		/* DBGBVR0_EL1 */
		{ SYSREG_NUMBER(2, 0, 0, 0, 5), 0xf << 5 | 3 << 1 | 1 },	/* DBGBCR0_EL1: EL1 and EL0 */
		{ SYSREG_NUMBER(2, 0, 0, 0, 6), BLANK_DATA },		/* DBGWVR0_EL1 */
		{ SYSREG_NUMBER(2, 0, 0, 0, 7), 0xff << 5 | 3 << 3 | 3 << 1 | 1 },	/* DBGWCR0_EL1 */
		{ SYSREG_NUMBER(2, 0, 0, 2, 2), MDSCR_MDE | MDSCR_KDE },
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(sets); n++)
		blank_msr(cpu, sets[n].number, sets[n].value);
	EXECUTE(cpu, AT_EL0 & ~SPSR_D, INSN_STR);
	vcpu->frame.x[1] = BLANK_DATA;
	expect_nothing(EC_BREAKPOINT_LOWER, AT_EL0);
	EXECUTE(cpu, AT_EL1H & ~SPSR_D, INSN_STR);
	expect_nothing(EC_BREAKPOINT_SAME, AT_EL1H);
	blank_msr(cpu, SYSREG_NUMBER(2, 0, 0, 2, 2), 0);
}

/* Programs at EL0 that are AArch32. */
static void real_aarch32(void)
{
	EXECUTE(cpu, AT_A32, INSN_A32_UDF);
	expect_own(EC_UNKNOWN, AT_A32);
	EXECUTE(cpu, AT_A32, INSN_A32_SVC(5));
	expect_own(EC_SVC32, AT_A32);
	EXECUTE(cpu, AT_A32, INSN_A32_BKPT);
	expect_own(EC_BKPT32, AT_A32);
	EXECUTE(cpu, AT_A32 | SPSR_IL, INSN_NOP);
	expect_own(EC_ILLEGAL_STATE, AT_A32);

	set_sctlr(BLANK_SCTLR | SCTLR_NTWI);
	EXECUTE(cpu, AT_A32, INSN_A32_WFI);
	expect_done(EC_WFX, AT_A32, EXIT_HALT, OUTCOME_HOST);
	set_sctlr(BLANK_SCTLR);

	forget_fp();
	EXECUTE(cpu, AT_A32, INSN_A32_VMOV);
	expect_done(EC_FP, AT_A32, EXIT_NOTHING, OUTCOME_DONE);

	/* Its coprocessor registers, when its EL1 would let it have them. */
	write_sysreg(CNTKCTL_EL1, CNTKCTL_EL0PTEN);
	EXECUTE(cpu, AT_A32, INSN_A32_CNTP_CTL);
	expect_undefined(EC_CP15_32, AT_A32, OUTCOME_UNDEFINED);
	EXECUTE(cpu, AT_A32, INSN_A32_CNTP_CVAL);
	expect_undefined(EC_CP15_64, AT_A32, OUTCOME_UNDEFINED);
	write_sysreg(CNTKCTL_EL1, 0);
	EXECUTE(cpu, AT_A32, INSN_A32_DBGDRAR);
	expect_undefined(EC_CP14_32, AT_A32, OUTCOME_UNDEFINED);
}

/* ---- The verdict ----------------------------------------------------------------------------- */

static void report(unsigned int ec)
{
	const struct finding *finding = &findings[ec];
	const struct exit_contract *line = &exit_contract[ec];
	const char *real = finding->real[0] && finding->real[1] ? ", by instructions of EL0 and EL1" :
			   finding->real[0] ? ", by an instruction of EL0" :
			   finding->real[1] ? ", by an instruction of EL1" : "";
	char what[96];

	ksnprintf(what, sizeof(what), "class 0x%02x: %s at EL0, %s at EL1%s", ec,
		  exit_outcome_name(line->el0), exit_outcome_name(line->el1), real);
	if (finding->wrong)
		printf("# %s: %s: %s\n", esr_ec_name(ec), finding->where, finding->wrong);
	TAP_EQ(finding->got, finding->want, what, CONTRACT);
}

void main(void)
{
	unsigned int ec;

	host_start();
	tap_plan(EC_COUNT);
	blank_create(&machine, "contract", 2);
	guest_cpu_load(cpu);
	test_synthetic();
	for (ec = 0; ec < EC_COUNT; ec++)
		original[ec] = exit_register(ec, spy);
	real_calls();
	real_everywhere();
	real_features();
	real_step();
	real_breakpoints();
	if (blank_has_aarch32())
		real_aarch32();
	for (ec = 0; ec < EC_COUNT; ec++)
		report(ec);
	guest_cpu_put(cpu);
	tap_done();
}
