// SPDX-License-Identifier: MIT
/*
 * nature.c - injected exceptions against those that the CPU takes by itself.
 *
 * The guest does something that is an exception to EL1 by nature: EL2 has no part in it, and the
 * next thing that is seen of the guest is the HVC at its vector. Then the same guest in the same
 * state gets the same exception from the hypervisor. Vector, PSTATE and all registers of EL1 have
 * to be the same: from EL1 on both stack pointers, from EL0 in AArch64 and AArch32 state, with
 * whatever PSTATE and SCTLR_EL1 make a difference on this CPU.
 */
#include "host.h"

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "inject.h"
#include "take_exception.h"

#define VBAR		(RAM_BASE + 0x10000)
#define CODE		(RAM_BASE + 0x20000)
#define DATA		(RAM_BASE + 0x30000)
#define VECTOR_HVC(n)	(0x100 + (n))

#define INSN_HVC(imm)	(0xd4000002U | (imm) << 5)
#define INSN_UDF	0x00000000U	/* udf #0 */
#define INSN_LDR	0xf9400020U	/* ldr x0, [x1] */
#define INSN_STR	0xf9000020U	/* str x0, [x1] */
#define INSN_A32_UDF	0xe7f000f0U	/* udf #0 */
#define INSN_A32_LDR	0xe5910000U	/* ldr r0, [r1] */
#define INSN_A32_STR	0xe5810000U	/* str r0, [r1] */
#define INSN_T32_UDF	0xde00U		/* udf #0, two bytes */

#define SCTLR_RES1	0x30500800UL	/* with SPAN = 0 */
#define SCTLR_A		BIT(1)

static struct machine machine;
static struct vcpu *vcpu;

static uint32_t *word_at(uint64_t ipa)
{
	return (uint32_t *)((char *)machine.vm.ram + (ipa - RAM_BASE));
}

/* ---- A state, before and after --------------------------------------------------------------- */

struct state {
	uint64_t vector;		/* the PC, from VBAR_EL1 */
	uint64_t pstate;
	uint64_t elr, spsr, esr, far;	/* EL1's */
};

#define PATTERN(n)	(0xa5a5000000000000 | (n))

/* All that an exception writes gets a pattern; then what the guest is. */
static void prepare(uint64_t pc, uint64_t pstate, uint64_t sctlr, uint64_t x1)
{
	write_sysreg(VBAR_EL1, VBAR);
	write_sysreg(SCTLR_EL1, sctlr);
	write_sysreg(ELR_EL1, PATTERN(0));
	write_sysreg(SPSR_EL1, PATTERN(1) & 0xffffffff);
	write_sysreg(ESR_EL1, PATTERN(2) & 0xffffffff);
	write_sysreg(FAR_EL1, PATTERN(3));
	vcpu->frame.elr = pc;
	vcpu->frame.spsr = pstate;
	vcpu->frame.x[1] = x1;
	isb();
}

static struct state look(uint64_t pc)
{
	return (struct state){
		.vector = pc - VBAR, .pstate = vcpu->frame.spsr,
		.elr = read_sysreg(ELR_EL1), .spsr = read_sysreg(SPSR_EL1),
		.esr = read_sysreg(ESR_EL1), .far = read_sysreg(FAR_EL1),
	};
}

/* Run until an HVC: at the vector, that is. The PC is behind it then. */
static struct state by_nature(void)
{
	enum vcpu_exit_kind kind = vcpu_run(vcpu);

	if (kind != VCPU_EXIT_SYNC || ESR_EC(vcpu->frame.esr) != EC_HVC64)
		return (struct state){ .vector = UINT64_MAX, .esr = vcpu->frame.esr };
	return look(vcpu->frame.elr - 4);
}

/*
 * The bits of PSTATE that this CPU has: what is left of an SPSR_EL2 when the guest was in it. HVC
 * is not for EL0, where there is SMC, which is UNDEFINED: so a data abort of stage 2 it is.
 */
static uint64_t settled(uint64_t pstate)
{
	bool a32 = pstate & SPSR_M_AARCH32;

	*word_at(CODE) = a32 ? INSN_A32_LDR : INSN_LDR;
	prepare(CODE, pstate & ~(a32 ? SPSR_A32_T | SPSR_A32_IT_HIGH | SPSR_A32_IT_LOW : 0),
		SCTLR_RES1, 0x1000);
	vcpu_run(vcpu);
	return vcpu->frame.spsr;
}

/* ---- The comparison -------------------------------------------------------------------------- */

static unsigned int tried, different;
static struct state nature, ours;

/*
 * QEMU clears these when an exception is taken. The architecture leaves them as they were, and so
 * do we: that is for test_take_exception.c to see.
 */
#define LOST_BY_QEMU	(SPSR_NZCV | SPSR_DIT)

static void compare(const char *what, uint64_t pstate, uint64_t sctlr, struct state natural,
		    struct state injected)
{
	tried++;
	if (natural.vector == injected.vector &&
	    (natural.pstate | LOST_BY_QEMU) == (injected.pstate | LOST_BY_QEMU) &&
	    natural.elr == injected.elr && natural.spsr == injected.spsr &&
	    natural.esr == injected.esr && natural.far == injected.far)
		return;
	if (different++)
		return;
	nature = natural;
	ours = injected;
	printf("# %s, PSTATE 0x%lx, SCTLR_EL1 0x%lx\n", what, pstate, sctlr);
	printf("#           vector pstate elr spsr esr far\n");
	printf("# nature:   0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", nature.vector, nature.pstate,
	       nature.elr, nature.spsr, nature.esr, nature.far);
	printf("# injected: 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", ours.vector, ours.pstate,
	       ours.elr, ours.spsr, ours.esr, ours.far);
}

static void undefined(uint64_t pstate, uint64_t sctlr)
{
	bool a32 = pstate & SPSR_M_AARCH32, t32 = a32 && (pstate & SPSR_A32_T);
	struct state natural;

	*word_at(CODE) = t32 ? INSN_T32_UDF : a32 ? INSN_A32_UDF : INSN_UDF;
	prepare(CODE, pstate, sctlr, 0);
	natural = by_nature();
	prepare(CODE, pstate, sctlr, 0);
	inject_undefined(vcpu);
	compare("UNDEF", pstate, sctlr, natural, look(vcpu->frame.elr));
}

/* An alignment fault: the one abort of EL1's own that needs no MMU. */
static void data_abort(uint64_t pstate, uint64_t sctlr, bool write)
{
	bool a32 = pstate & SPSR_M_AARCH32;
	struct state natural;

	if (a32 && (pstate & SPSR_A32_T))
		return;
	*word_at(CODE) = a32 ? (write ? INSN_A32_STR : INSN_A32_LDR) : write ? INSN_STR : INSN_LDR;
	sctlr |= SCTLR_A;
	prepare(CODE, pstate, sctlr, DATA + 1);
	natural = by_nature();
	prepare(CODE, pstate, sctlr, DATA + 1);
	/* Of the syndrome of an exit, WnR is what counts. */
	inject_data_abort(vcpu, ~(uint64_t)(DABT_WnR | DABT_CM | DABT_FnV) | (write ? DABT_WnR : 0),
			  DATA + 1, FSC_ALIGNMENT);
	compare("data abort", pstate, sctlr, natural, look(vcpu->frame.elr));
}

/* A PC that is no physical address of any CPU, MMU off. */
static void instruction_abort(uint64_t pstate, uint64_t sctlr)
{
	uint64_t pc = BIT(52);
	struct state natural;

	if (pstate & SPSR_M_AARCH32)
		return;
	prepare(pc, pstate, sctlr, 0);
	natural = by_nature();
	prepare(pc, pstate, sctlr, 0);
	inject_instruction_abort(vcpu, 0, pc, FSC_ADDRESS_SIZE(0));
	compare("instruction abort", pstate, sctlr, natural, look(vcpu->frame.elr));
}

static const struct {
	uint64_t m;
	const char *name;
} sources[] = {
	{ SPSR_M_EL1H, "EL1h" }, { SPSR_M_EL1T, "EL1t" }, { SPSR_M_EL0T, "EL0" },
	{ SPSR_M_AARCH32, "AArch32" },
};

static bool has_aarch32(void)
{
	return FIELD_GET(ID_AA64PFR0_EL0, read_sysreg(ID_AA64PFR0_EL1)) == 2;
}

static void test_source(unsigned int n)
{
	unsigned int round;

	if (sources[n].m == SPSR_M_AARCH32 && !has_aarch32()) {
		TAP_SKIP("AArch32", "the CPU has none at EL0");
		return;
	}
	tried = different = 0;
	for (round = 0; round < 200; round++) {
		/* No illegal state, no single step: those are other exceptions. */
		uint64_t pstate = settled((host_random() & 0xffcfffe0 & ~SPSR_M_AARCH32) |
					  sources[n].m);
		uint64_t sctlr = SCTLR_RES1 | (host_random() & (SCTLR_EL1_SPAN | SCTLR_EL1_DSSBS));

		if (sources[n].m == SPSR_M_AARCH32 && round % 2)
			pstate |= SPSR_A32_T;
		undefined(pstate, sctlr);
		data_abort(pstate, sctlr, round & 2);
		instruction_abort(pstate, sctlr);
	}
	TAP_EQ(different, 0, sources[n].name, INJECT);
}

/* ---- SError ---------------------------------------------------------------------------------- */

static void test_serror(void)
{
	bool ras = vcpu->conditions & BIT(SYSREG_IF_RAS);
	uint64_t syndrome = SERROR_IDS | 0x123456;
	struct state state;

	*word_at(CODE) = INSN_HVC(1);
	*word_at(CODE + 4) = INSN_HVC(2);
	inject_serror(vcpu, syndrome);
	prepare(CODE, SPSR_M_EL1H | SPSR_DAIF, SCTLR_RES1, 0);
	state = by_nature();
	TAP_EQ(state.vector + VBAR, CODE, "masked by PSTATE.A: not taken", INJECT);
	inject_keep(vcpu);
	vcpu_unbind(vcpu);
	TAP_EQ(read_sysreg(HCR_EL2) & HCR_VSE, 0, "unbound: none is pending for the next vCPU",
	       INJECT);
	vcpu_bind(vcpu);
	prepare(CODE, SPSR_M_EL1H, SCTLR_RES1, 0);
	state = by_nature();
	TAP_EQ(state.vector, 0x380, "bound again and not masked: taken, at the vector of SErrors",
	       INJECT);
	TAP_EQ(state.elr, CODE, "before the next instruction", INJECT);
	if (ras)
		TAP_EQ(state.esr, (uint64_t)EC_SERROR << 26 | ESR_IL_MASK | syndrome,
		       "ESR_EL1: the syndrome given", INJECT);
	else
		TAP_EQ(ESR_EC(state.esr), EC_SERROR, "ESR_EL1: the class", INJECT);
	prepare(CODE, SPSR_M_EL1H, SCTLR_RES1, 0);
	TAP_EQ(by_nature().vector + VBAR, CODE, "once", INJECT);
	inject_keep(vcpu);
	vcpu_unbind(vcpu);
	vcpu_bind(vcpu);
	prepare(CODE, SPSR_M_EL1H, SCTLR_RES1, 0);
	TAP_EQ(by_nature().vector + VBAR, CODE, "nor again after another bind", INJECT);
	/* As if an SError had been injected and taken, with nothing in between. */
	inject_serror(vcpu, syndrome);
	prepare(CODE, SPSR_M_EL0T, SCTLR_RES1, 0);
	TAP_EQ(by_nature().vector, 0x580, "at EL0: the vector for a lower Exception level", INJECT);
	inject_keep(vcpu);
}

static void test_stuck(void)
{
	prepare(VBAR + 0x200, SPSR_M_EL1H | SPSR_DAIF, SCTLR_RES1, 0);
	TAP_OK(inject_stuck(vcpu), "EL1h at its own vector is stuck", INJECT);
	inject_undefined(vcpu);
	TAP_EQ(vcpu->frame.elr, VBAR + 0x200, "as it comes back there", INJECT);
	prepare(VBAR, SPSR_M_EL1T | SPSR_DAIF, SCTLR_RES1, 0);
	TAP_OK(!inject_stuck(vcpu), "EL1t at its vector is not: the next one is EL1h's", INJECT);
	prepare(VBAR + 0x400, SPSR_M_EL0T, SCTLR_RES1, 0);
	TAP_OK(!inject_stuck(vcpu), "nor is EL0 at an address that is a vector", INJECT);
	/* The vectors are aligned; what is below is no part of the address. */
	prepare(VBAR + 0x200, SPSR_M_EL1H | SPSR_DAIF, SCTLR_RES1, 0);
	write_sysreg(VBAR_EL1, VBAR + 0x7ff);
	TAP_OK(inject_stuck(vcpu), "VBAR_EL1 with low bits: still stuck", INJECT);
}

void main(void)
{
	static const char nothing[4];
	unsigned int n;

	host_start();
	tap_plan(4 + 8 + 5);
	host_machine(&machine, "nature", nothing, nothing + sizeof(nothing), 1, 0);
	vcpu = &machine.cpus[0].vcpu;
	for (n = 0; n < 16; n++)
		*word_at(VBAR + n * 0x80) = INSN_HVC(VECTOR_HVC(n));
	if (vcpu_bind(vcpu))
		printf("Bail out! vcpu_bind\n");
	for (n = 0; n < 4; n++)
		test_source(n);
	test_serror();
	test_stuck();
	vcpu_unbind(vcpu);
	tap_done();
}
