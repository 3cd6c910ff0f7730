// SPDX-License-Identifier: MIT
/*
 * inject.c - exceptions that the hypervisor gives its guest, held against those that the hardware gives it.
 *
 * UDF is Undefined on every CPU, and taken to EL1 by the hardware itself. SMC, or a register that traps, is
 * Undefined by the hypervisor. From the same PSTATE both must come to the same vector, with the same
 * registers and the same PSTATE there. Aborts likewise: an address beyond what the CPU has is the hardware's,
 * one where stage 2 has nothing is the hypervisor's.
 */
#include "inject.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "puppet.h"
#include "take_exception.h"
#include "virtual_gic.h"

#define NOTHING			0x42000000	/* no memory, no device */
#define BEYOND			BIT(53)		/* more than any CPU has: an Address size fault */
#define SCTLR_RESET		0x30d00800UL
#define SCTLR_NTWI		BIT(16)		/* EL0's WFI does not trap to EL1 */
#define CPACR_FPEN_ZEN		(BIT(20) | BIT(21) | BIT(16) | BIT(17))
#define MODE_AARCH32		0x10		/* User mode */
#define PMUSERENR_EN		BIT(0)		/* EL0's use of the PMU does not trap to EL1 */
#define CNTKCTL_EL0PTEN		BIT(9)		/* nor that of the physical timer */

extern const char program_inject[], program_inject_code[], program_inject_end[];

enum {
#define A64(name, ...)	name,
#define A32(name, word)	name,
#define T32(name, word)	name,
#include "inject_instructions.h"
};

static uint64_t address_of(unsigned int instruction)
{
	return GUEST_ENTRY + (uint64_t)(program_inject_code - program_inject) + 16 * instruction;
}

static struct machine machine, other;
static struct guest_cpu *const cpu = &machine.cpus[0];

static struct puppet_registers before, after;
static struct puppet_exception taken;

/* ---- One instruction ------------------------------------------------------------------------- */

/* Its exits, one of which is the HVC at the vector; and how often it has waited (WFI). */
static uint64_t exits, halts;

/* Until there is a vector, or nothing more. What is not there, is refused; waiting ends at once. */
static enum exit_reason go(void)
{
	enum exit_reason reason;

	for (;;) {
		reason = machine_run(cpu);
		if (reason == EXIT_NESTED_PAGE_FAULT)
			reason = vcpu_exit_refuse(cpu);
		if (reason == EXIT_HALT)
			halts++;
		else if (reason != EXIT_NOTHING && reason != EXIT_EXTERNAL_INTERRUPT)
			return reason;
	}
}

static void run(unsigned int instruction, uint64_t pstate, uint64_t x1)
{
	uint64_t total = exit_log_total(&cpu->log);

	before.pc = address_of(instruction);
	before.pstate = pstate;
	before.x[1] = x1;
	after = before;
	puppet_put(cpu, &before);
	halts = 0;
	if (go() != EXIT_HYPERCALL)
		printf("# no vector: ESR_EL2 0x%lx\n", cpu->vcpu.frame.esr);
	puppet_get(cpu, &after, &taken);
	exits = exit_log_total(&cpu->log) - total;
}

/*
 * What an exception leaves of PSTATE as it was: the Arm ARM's AArch64.TakeException() does not mention it.
 * QEMU (7.2) clears it, and so is no reference there.
 */
#define PSTATE_KEPT	(SPSR_NZCV | SPSR_DIT)

/* What differs between the hypervisor's exception and the hardware's, a bit each; instructions at a and b. */
static unsigned int difference(const struct puppet_exception *got, unsigned int a,
			       const struct puppet_exception *want, unsigned int b)
{
	bool injected = exits == 2;

	return (got->vector != want->vector) << 0 |
	       (((got->pstate ^ want->pstate) & ~PSTATE_KEPT) != 0) << 1 |
	       (injected && ((got->pstate ^ got->spsr) & PSTATE_KEPT)) << 2 |
	       (got->spsr != want->spsr) << 3 | (got->esr != want->esr) << 4 |
	       (got->elr - address_of(a) != want->elr - address_of(b)) << 5 | (got->far != want->far) << 6;
}

static void show(const char *what, const struct puppet_exception *exception)
{
	printf("# %s: vector 0x%x, PSTATE 0x%lx, SPSR_EL1 0x%lx, ESR_EL1 0x%lx, ELR_EL1 0x%lx, FAR_EL1 0x%lx\n",
	       what, exception->vector, exception->pstate, exception->spsr, exception->esr, exception->elr,
	       exception->far);
}

static bool unchanged(void)
{
	return !memcmp(before.x, after.x, sizeof(before.x)) && !memcmp(before.v, after.v, sizeof(before.v)) &&
	       before.sp_el0 == after.sp_el0 && before.sp_el1 == after.sp_el1;
}

/* ---- Many states of the CPU ------------------------------------------------------------------ */

struct source {
	const char *name;
	uint64_t mode;
	unsigned int vectors;
};

static const struct source el0 = { "EL0", SPSR_M_EL0T, 0x400 };
static const struct source el1t = { "EL1 with SP_EL0", SPSR_M_EL1T, 0 };
static const struct source el1h = { "EL1 with SP_EL1", SPSR_M_EL1H, 0x200 };
static const struct source *const sources[] = { &el0, &el1t, &el1h };

/* The bits of PSTATE that this CPU has, in AArch64 and in AArch32 state. */
static uint64_t pstate_bits, pstate_bits32;

static void find_pstate_bits(void)
{
	uint64_t pfr1 = read_sysreg(ID_AA64PFR1_EL1);
	struct pstate_features features = pstate_features(read_sysreg(ID_AA64PFR0_EL1), pfr1,
							  read_sysreg(ID_AA64MMFR1_EL1));

	pstate_bits = SPSR_NZCV | SPSR_DAIF | SPSR_SS;
	pstate_bits |= features.pan ? SPSR_PAN : 0;
	pstate_bits |= features.dit ? SPSR_DIT : 0;
	pstate_bits |= features.ssbs ? SPSR_SSBS : 0;
	pstate_bits |= features.mte ? SPSR_TCO : 0;
	pstate_bits |= features.nmi ? SPSR_ALLINT : 0;
	pstate_bits |= FIELD_GET(ID_AA64PFR1_BT, pfr1) ? SPSR_BTYPE : 0;
	pstate_bits |= (read_sysreg(ID_AA64MMFR2_EL1) >> 4 & 15) ? SPSR_UAO : 0;

	/* Q and GE; SSBS where AArch64 has UAO. */
	pstate_bits32 = SPSR_NZCV | BIT(27) | GENMASK(19, 16) | SPSR_E32 | SPSR_A | SPSR_I | SPSR_F;
	pstate_bits32 |= pstate_bits & (SPSR_PAN | SPSR_DIT);
	pstate_bits32 |= features.ssbs ? BIT(23) : 0;
	printf("# PSTATE here: 0x%lx, from AArch32 0x%lx\n", pstate_bits, pstate_bits32);
}

/* Registers, and what of SCTLR_EL1 decides about PSTATE. Data is not touched: it may have any order. */
static void random_state(void)
{
	puppet_pattern(&before);
	write_sysreg(SCTLR_EL1, (SCTLR_RESET & ~SCTLR_EL1_SPAN) | SCTLR_NTWI |
				(host_random() & (SCTLR_EL1_SPAN | SCTLR_EL1_DSSBS | SCTLR_EL1_EE |
						  SCTLR_EL1_E0E)));
}

static void plain_state(void)
{
	puppet_pattern(&before);
	write_sysreg(SCTLR_EL1, SCTLR_RESET | SCTLR_NTWI);
}

/* ---- Undefined Instruction ------------------------------------------------------------------- */

#define STATES		200

/* How many of them were injected, and not the hardware's own as well. */
static uint64_t injected;

static unsigned int compare_undefined(unsigned int instruction, unsigned int udf, uint64_t pstate)
{
	struct puppet_exception by_hardware;
	unsigned int differs;

	run(udf, pstate, before.x[1]);
	by_hardware = taken;
	differs = exits != 1 || ESR_EC(taken.esr) != EC_UNKNOWN;
	run(instruction, pstate, before.x[1]);
	injected += exits == 2;
	differs |= difference(&taken, instruction, &by_hardware, udf) << 1;
	differs |= (taken.far != PUPPET_FAR) << 8 | !unchanged() << 9;
	if (differs) {
		printf("# instruction %u, PSTATE 0x%lx, SCTLR_EL1 0x%lx: 0x%x\n", instruction, pstate,
		       read_sysreg(SCTLR_EL1), differs);
		show("by the hardware", &by_hardware);
		show("by the hypervisor", &taken);
	}
	return differs;
}

#define UNDEFINED_TESTS	(2 * ARRAY_SIZE(sources))

static void test_undefined(void)
{
	static const unsigned int instructions[] = { A64_SMC, A64_PMU, A64_IMPDEF, A64_SVE };
	static const char *const what[][2] = {
		{ "EL0: an injected UNDEF is what the hardware's own is, from any PSTATE",
		  "and at least one kind of it was injected each time" },
		{ "EL1 with SP_EL0", "injected" },
		{ "EL1 with SP_EL1", "injected" },
	};
	unsigned int n, state, kind;

	/* What traps to EL1 otherwise, does not: so it is the hypervisor's. */
	write_sysreg(PMUSERENR_EL0, PMUSERENR_EN);
	write_sysreg(CPACR_EL1, CPACR_FPEN_ZEN);
	for (n = 0; n < ARRAY_SIZE(sources); n++) {
		unsigned int differs = 0;

		injected = 0;
		for (state = 0; state < STATES && !differs; state++) {
			random_state();
			for (kind = 0; kind < ARRAY_SIZE(instructions); kind++)
				differs |= compare_undefined(instructions[kind], A64_UDF,
							     sources[n]->mode | (host_random() & pstate_bits));
		}
		TAP_EQ(differs, 0, what[n][0], INJECT);
		TAP_OK(injected >= STATES, what[n][1], INJECT);
	}
	write_sysreg(PMUSERENR_EL0, 0);
}

/* ---- Aborts ---------------------------------------------------------------------------------- */

#define ABORT_TESTS	ARRAY_SIZE(sources)

/* The same but for the fault status, and the address. */
static unsigned int compare_abort(unsigned int instruction, uint64_t pstate, bool fetch)
{
	uint64_t offset = host_random() & 0xff8;
	struct puppet_exception by_hardware;
	unsigned int differs;

	run(instruction, pstate, BEYOND + offset);
	by_hardware = taken;
	differs = exits != 1 || (taken.esr & DABT_DFSC) != FSC_ADDRESS_SIZE(0) || taken.far != BEYOND + offset;
	run(instruction, pstate, NOTHING + offset);
	differs |= ((taken.esr & DABT_DFSC) != FSC_EXTERNAL) << 1 | (taken.far != NOTHING + offset) << 2;
	differs |= !unchanged() << 3;
	/* A fetch fails where it goes to. */
	differs |= (fetch && taken.elr != NOTHING + offset) << 4;
	taken.esr = (taken.esr & ~DABT_DFSC) | FSC_ADDRESS_SIZE(0);
	taken.far = by_hardware.far;
	if (fetch)
		taken.elr = by_hardware.elr;
	differs |= difference(&taken, instruction, &by_hardware, instruction) << 5;
	if (differs) {
		printf("# instruction %u, PSTATE 0x%lx: 0x%x\n", instruction, pstate, differs);
		show("by the hardware", &by_hardware);
		show("by the hypervisor", &taken);
	}
	return differs;
}

static void test_aborts(void)
{
	static const char *const what[] = {
		"EL0: injected aborts of loads, stores and fetches: WnR, FAR, all the rest",
		"EL1 with SP_EL0", "EL1 with SP_EL1",
	};
	unsigned int n, state, differs;

	for (n = 0; n < ARRAY_SIZE(sources); n++) {
		for (differs = 0, state = 0; state < 40 && !differs; state++) {
			uint64_t pstate = sources[n]->mode | (host_random() & pstate_bits);

			random_state();
			differs |= compare_abort(A64_LDR, pstate, false);
			differs |= compare_abort(A64_STR, pstate, false);
			differs |= compare_abort(A64_LDP, pstate, false);
			differs |= compare_abort(A64_STP, pstate, false);
			differs |= compare_abort(A64_BR, pstate, true);
		}
		TAP_EQ(differs, 0, what[n], INJECT);
	}
}

/* ---- SError ---------------------------------------------------------------------------------- */

#define SERROR_TESTS	17
#define SYNDROME	(SERROR_IDS | 0x5a5a5a)
#define ISR_A		BIT(8)

/* Is it there, at the vector of that source? */
static bool serror_taken(const struct source *source)
{
	return taken.vector == source->vectors + 0x180 && ESR_EC(taken.esr) == EC_SERROR &&
	       taken.elr - before.pc <= 4 && taken.spsr == before.pstate;
}

static void test_serror(void)
{
	bool ras = cpu->vcpu.conditions & BIT(SYSREG_IF_RAS);
	unsigned int n;

	plain_state();
	run(A64_WFI, el1h.mode | SPSR_DAIF, 0);
	TAP_EQ(halts, 1, "WFI waits: nothing is pending", INJECT);
	inject_serror(&cpu->vcpu, SYNDROME);
	run(A64_ISR, el1h.mode | SPSR_A, 0);
	TAP_EQ(ESR_EC(taken.esr), EC_SVC64, "SError while PSTATE.A masks it: not taken", INJECT);
	TAP_OK(after.x[2] & ISR_A, "but pending: ISR_EL1.A", INJECT);
	run(A64_WFI, el1h.mode | SPSR_DAIF, 0);
	TAP_EQ(halts, 0, "WFI does not wait then", INJECT);
	/* The CPU may know that by itself, and not trap. */
	TAP_OK(virtual_gic_pending(cpu), "nor would the hypervisor let it", INJECT);

	/* Another VM has the CPU meanwhile. */
	guest_cpu_put(cpu);
	puppet_start(&other);
	before.pc = address_of(A64_NOP);
	before.pstate = SPSR_M_EL1H;
	puppet_put(&other.cpus[0], &before);
	host_run(&other.cpus[0]);
	puppet_get(&other.cpus[0], &after, &taken);
	TAP_EQ(taken.vector, 0x200, "another guest, with A unmasked, has none", INJECT);
	guest_cpu_put(&other.cpus[0]);
	guest_cpu_load(cpu);

	run(A64_ISR, el1h.mode | SPSR_A, 0);
	TAP_OK(after.x[2] & ISR_A, "back on the CPU it is still pending", INJECT);
	run(A64_NOP, el1h.mode, 0);
	TAP_OK(serror_taken(&el1h), "unmasked it is taken", INJECT);
	if (ras)
		TAP_EQ(taken.esr, 0xbe000000 | SYNDROME, "with its syndrome", INJECT);
	else
		TAP_SKIP("with its syndrome", "no FEAT_RAS");
	run(A64_NOP, el1h.mode, 0);
	TAP_EQ(taken.vector, 0x200, "and only once", INJECT);
	guest_cpu_put(cpu);
	guest_cpu_load(cpu);
	run(A64_NOP, el1h.mode, 0);
	TAP_EQ(taken.vector, 0x200, "also when the vCPU has been off the CPU since", INJECT);

	for (n = 0; n < ARRAY_SIZE(sources); n++) {
		static const char *const what[] = {
			"taken at EL0", "at EL1 with SP_EL0", "at EL1 with SP_EL1",
		};

		inject_serror(&cpu->vcpu, SYNDROME ^ n);
		run(A64_NOP, sources[n]->mode | SPSR_Z, 0);
		TAP_OK(serror_taken(sources[n]) && (!ras || ESR_ISS(taken.esr) == (SYNDROME ^ n)),
		       what[n], INJECT);
	}

	/* Pending when the vCPU leaves, taken just after it is back, and gone when it leaves again. */
	inject_serror(&cpu->vcpu, SYNDROME);
	guest_cpu_put(cpu);
	TAP_OK((cpu->vcpu.hcr_differs & HCR_VSE) && virtual_gic_pending(cpu), "a vCPU off the CPU keeps it", INJECT);
	guest_cpu_load(cpu);
	run(A64_NOP, el0.mode, 0);
	TAP_OK(serror_taken(&el0), "has it when it is back", INJECT);
	guest_cpu_put(cpu);
	TAP_EQ(cpu->vcpu.hcr_differs & HCR_VSE, 0, "and then no more", INJECT);
	guest_cpu_load(cpu);
}

/* ---- A guest without a way on ---------------------------------------------------------------- */

#define TICK_US		500

/* The guest runs until so many of the host's ticks have come. Returns whether it stayed in itself. */
static bool host_goes_on(unsigned int ticks)
{
	uint64_t until = host_ticks.count + ticks;

	while (host_ticks.count < until) {
		enum exit_reason reason = machine_run(cpu);

		if (reason != EXIT_NOTHING && reason != EXIT_EXTERNAL_INTERRUPT)
			return false;
	}
	return true;
}

static void start_at(unsigned int instruction, uint64_t mode, uint64_t vectors)
{
	plain_state();
	before.pc = address_of(instruction);
	before.pstate = mode;
	puppet_put(cpu, &before);
	write_sysreg(VBAR_EL1, vectors);
}

#define VECTORS_TESTS	9

static void test_vectors(void)
{
	static const struct { uint64_t vbar; const char *what; } nowhere[] = {
		{ NOTHING, "vectors where nothing is: FAIL_ENTRY, from each source" },
		{ GICD_BASE, "vectors in an emulated device" },
		{ RAM_BASE + 0x100000, "vectors in memory that is not to be executed" },
	};
	struct stage2 *stage2 = &machine.vm.stage2;
	unsigned int n, source, failed;
	uint32_t *smc = (uint32_t *)((char *)machine.vm.ram + 0x110000);

	stage2_protect(stage2, RAM_BASE + 0x100000, PAGE_SIZE, STAGE2_RW);
	host_ticks_start(TICK_US);
	for (n = 0; n < ARRAY_SIZE(nowhere); n++) {
		for (failed = 0, source = 0; source < ARRAY_SIZE(sources); source++) {
			start_at(A64_UDF, sources[source]->mode, nowhere[n].vbar);
			failed += go() == EXIT_FAIL_ENTRY;
			start_at(A64_PMU, sources[source]->mode, nowhere[n].vbar);
			failed += go() == EXIT_FAIL_ENTRY;
		}
		TAP_EQ(failed, 2 * ARRAY_SIZE(sources), nowhere[n].what, INJECT);
	}

	/* Where the hardware goes round by itself: no exit but the host's interrupts. */
	start_at(A64_UDF, SPSR_M_EL1H, BEYOND);
	TAP_OK(host_goes_on(3), "vectors beyond all addresses: the guest goes round, the host ticks", INJECT);
	start_at(A64_PMU, SPSR_M_EL1H, BEYOND);
	TAP_OK(host_goes_on(3), "the same by an injected UNDEF", INJECT);
	start_at(A64_UDF, SPSR_M_EL0T, RAM_BASE + 0x120000);
	TAP_OK(host_goes_on(3), "vectors full of zeros, which are UDF", INJECT);
	/* And with an exit each time. */
	for (n = 0; n < 512; n++)
		smc[n] = 0xd4000003;
	dcache_clean_poc(smc, 2048);
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	start_at(A64_SMC, SPSR_M_EL1T, RAM_BASE + 0x110000);
	TAP_OK(host_goes_on(3), "vectors full of SMC: an exit each time, and the host ticks", INJECT);

	/* It is still a guest that can run, and so is another. */
	write_sysreg(VBAR_EL1, GUEST_ENTRY);
	plain_state();
	run(A64_NOP, el0.mode, 0);
	TAP_EQ(taken.vector, 0x400, "with its vectors in place it runs again", INJECT);
	start_at(A64_LOOP, SPSR_M_EL1H | SPSR_DAIF, GUEST_ENTRY);
	TAP_OK(host_goes_on(3), "also round and round with all masked", INJECT);
	host_ticks_stop();
}

/* ---- AArch32 at EL0 -------------------------------------------------------------------------- */

#define AARCH32_TESTS	13

#define IT(state)	(FIELD_PREP(SPSR_A32_IT_HIGH, (state) >> 2) | FIELD_PREP(SPSR_A32_IT_LOW, state))
#define IT_EQ_EQ	IT(0x04)	/* this instruction and the next one: if Z */
#define IT_NE_EQ	IT(0x14)	/* this one if not Z, the next one if Z */

/* ITSTATE that lets an instruction through, whatever the flags are: none, or "always" for 1 to 4 of them. */
static uint64_t random_it(void)
{
	static const uint8_t states[] = { 0, 0xe8, 0xe4, 0xe2, 0xe1 };
	unsigned int state = states[host_random() % ARRAY_SIZE(states)];

	return IT(state);
}

static void random_state32(void)
{
	unsigned int n;

	random_state();
	for (n = 0; n < 31; n++)
		before.x[n] = (uint32_t)before.x[n];
}

static void test_undefined32(void)
{
	static const unsigned int a32[] = { A32_PMU, A32_PMU_WRITE, A32_TIMER, A32_TIMER64, A32_DEBUG };
	static const unsigned int t32[] = { T32_PMU, T32_TIMER, T32_TIMER64, T32_DEBUG };
	unsigned int n, state, differs = 0;

	injected = 0;
	write_sysreg(PMUSERENR_EL0, PMUSERENR_EN);
	write_sysreg(CNTKCTL_EL1, CNTKCTL_EL0PTEN);
	for (state = 0; state < STATES && !differs; state++) {
		random_state32();
		for (n = 0; n < ARRAY_SIZE(a32); n++)
			differs |= compare_undefined(a32[n], A32_UDF,
						     MODE_AARCH32 | (host_random() & pstate_bits32));
	}
	TAP_EQ(differs, 0, "A32: a coprocessor register that traps is UNDEF, as by the hardware", INJECT);
	/* But for DBGDIDR, which a CPU without AArch32 at EL1 does not have. */
	TAP_OK(injected >= state * (ARRAY_SIZE(a32) - 1), "injected each time", INJECT);
	TAP_EQ(taken.vector, 0x600, "at the vector for AArch32", INJECT);

	for (differs = 0, injected = 0, state = 0; state < STATES && !differs; state++) {
		random_state32();
		for (n = 0; n < ARRAY_SIZE(t32); n++)
			differs |= compare_undefined(t32[n], T32_UDF, MODE_AARCH32 | SPSR_A32_T | random_it() |
						     (host_random() & pstate_bits32));
	}
	TAP_EQ(differs, 0, "T32, in an IT block and outside: the same", INJECT);
	TAP_OK(injected >= state * (ARRAY_SIZE(t32) - 1), "injected each time", INJECT);

	random_state32();
	run(A32_PMU_NE, MODE_AARCH32 | SPSR_Z, 0);
	TAP_OK(ESR_EC(taken.esr) == EC_SVC32 && unchanged(), "if its condition fails, it does nothing", INJECT);
	write_sysreg(PMUSERENR_EL0, 0);
	write_sysreg(CNTKCTL_EL1, 0);
}

static void test_aborts32(void)
{
	unsigned int state, differs = 0;

	/* From AArch32 no address is beyond what the hardware has: the reference is what A64 code gets. */
	for (state = 0; state < 40 && !differs; state++) {
		uint64_t pstate = MODE_AARCH32 | (host_random() & pstate_bits32);

		random_state32();
		run(A32_LDR, pstate, NOTHING + 8);
		differs |= taken.vector != 0x600 || taken.esr != 0x92000010 || taken.far != NOTHING + 8 ||
			   taken.elr != before.pc || taken.spsr != pstate || !unchanged();
		pstate |= SPSR_A32_T | random_it();
		run(T32_LDR, pstate, NOTHING + 8);
		differs |= (taken.vector != 0x600 || taken.esr != 0x92000010 || taken.far != NOTHING + 8 ||
			    taken.elr != before.pc || taken.spsr != pstate || !unchanged()) << 1;
	}
	if (differs)
		show("an abort from AArch32", &taken);
	TAP_EQ(differs, 0, "LDR from where nothing is: an abort from a lower Exception level", INJECT);
}

/* WFI, and then SVC, which shows where the guest went on: its return address is so far behind WFI. */
static bool waited(unsigned int instruction, uint64_t pstate, unsigned int behind, unsigned int waits)
{
	random_state32();
	run(instruction, MODE_AARCH32 | pstate, 0);
	return halts == waits && ESR_EC(taken.esr) == EC_SVC32 && taken.elr == before.pc + behind && unchanged();
}

static void test_wfi32(void)
{
	TAP_OK(waited(A32_WFI, 0, 8, 1), "A32: WFI waits, and goes on four bytes behind", INJECT);
	TAP_OK(waited(T32_WFI, SPSR_A32_T, 4, 1), "T32: two bytes behind", INJECT);
	TAP_EQ(taken.spsr & IT(0xff), 0, "outside an IT block", INJECT);
	TAP_OK(waited(T32_WFI, SPSR_A32_T | SPSR_Z | IT_EQ_EQ, 4, 1), "in one, of two instructions", INJECT);
	TAP_EQ(taken.spsr & IT(0xff), 0, "which has ended behind the second", INJECT);
	TAP_OK(waited(T32_WFI, SPSR_A32_T | SPSR_Z | IT_NE_EQ, 4, 0),
	       "where its condition fails, it does not wait", INJECT);
}

static void test_aarch32(void)
{
	unsigned int n;

	if (FIELD_GET(ID_AA64PFR0_EL0, read_sysreg(ID_AA64PFR0_EL1)) != 2) {
		for (n = 0; n < AARCH32_TESTS; n++)
			TAP_SKIP("AArch32 at EL0", "not on this CPU");
		return;
	}
	test_undefined32();
	test_aborts32();
	test_wfi32();
}

void main(void)
{
	host_start();
	tap_plan(UNDEFINED_TESTS + ABORT_TESTS + SERROR_TESTS + VECTORS_TESTS + AARCH32_TESTS);
	host_machine(&machine, "the guest", program_inject, program_inject_end, 1, 0);
	host_machine(&other, "the other", program_inject, program_inject_end, 1, 0);
	find_pstate_bits();
	puppet_start(&machine);
	test_undefined();
	test_aborts();
	test_serror();
	test_vectors();
	test_aarch32();
	guest_cpu_put(cpu);
	tap_done();
}
