// SPDX-License-Identifier: MIT
/*
 * sysregs.c - the guest's system registers: the 65536 encodings, read and written by a guest at EL1 and EL0.
 *
 * What the hypervisor's table has (sysreg_rules.h) must come out as the table says, a value or UNDEFINED; what
 * traps and is not in it is UNDEFINED; and what does not trap is the guest's own. So whatever one guest
 * writes there, another machine's guest on the same CPU sees none of it.
 */
#include "sysregs.h"

#include <string.h>

#include "arch/barrier.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "lib/printf.h"

static struct machine a, b;

/* ---- All encodings in a row ------------------------------------------------------------------ */

/*
 * In the guest's memory: an instruction for each encoding (a read has another one behind it, which stores the
 * value); the values; and for each instruction the class of the exception that it took, if any. The vectors
 * note that, and go on behind the instruction. They use x16 to x18, and no stack.
 */
#define ENCODINGS	0x10000
#define STORM_VECTORS	(RAM_BASE + 0x50000)
#define STORM_SCRATCH	(RAM_BASE + 0x60000)	/* the address that System instructions get */
#define STORM_CLASSES	(RAM_BASE + 0x70000)	/* 128 KiB */
#define STORM_WRITES	(RAM_BASE + 0x90000)	/* 256 KiB and an instruction */
#define STORM_READS	(RAM_BASE + 0xd1000)	/* 512 KiB and an instruction */
#define STORM_VALUES	(RAM_BASE + 0x152000)	/* 512 KiB */
#define STORM_OTHER	(RAM_BASE + 0x1d8000)	/* 32 KiB: a few encodings only */
#define NO_EXCEPTION	0xff

static const uint32_t note_and_go_on[] = {
	0xd5384030,		/* mrs x16, ELR_EL1 */
	0xcb140211,		/* sub x17, x16, x20	where in the code */
	0xd342fe31,		/* lsr x17, x17, #2 */
	0xd5385212,		/* mrs x18, ESR_EL1 */
	0xd35afe52,		/* lsr x18, x18, #26	the class: */
	0xf100565f,		/* cmp x18, #0x15	SVC is EL0's end */
	0x54000041,		/* b.ne 1f */
	INSN_HVC(BLANK_END),
	0x38316ab2,		/* 1: strb w18, [x21, x17] */
	0x91001210,		/* add x16, x16, #4 */
	0xd5184030,		/* msr ELR_EL1, x16 */
	INSN_ERET,
};
#define INSN_STORE	0xf8008660U		/* str x0, [x19], #8 */

/* What a storm cannot do without: written with the value that it has. x3 to x6; else a random one, in x2. */
#define CPACR_ALL	0x3330000UL		/* SMEN, FPEN, ZEN: whatever EL1 can allow */
static const struct { unsigned int number; uint64_t value; } kept[] = {
	{ SYSREG_NUMBER(3, 0, 1, 0, 0), BLANK_SCTLR },		/* SCTLR_EL1 */
	{ SYSREG_NUMBER(3, 0, 12, 0, 0), STORM_VECTORS },	/* VBAR_EL1 */
	{ SYSREG_NUMBER(3, 3, 4, 2, 1), SPSR_DAIF },		/* DAIF */
	{ SYSREG_NUMBER(3, 0, 1, 0, 2), CPACR_ALL },		/* CPACR_EL1 */
};

static unsigned int value_register(unsigned int number)
{
	unsigned int n;

	if (number < SYSREG_NUMBER(2, 0, 0, 0, 0))
		return 1;
	for (n = 0; n < ARRAY_SIZE(kept); n++)
		if (number == kept[n].number)
			return 3 + n;
	return 2;
}

/*
 * Which encodings: first those that are EL1's and EL0's by their op0 and op1, then the others. QEMU takes 5 us
 * for one that is UNDEFINED, so of the others there is a sixteenth only; but at EL1 all of them, on the
 * CPU that has the most features.
 */
static uint16_t numbers[ENCODINGS];
static unsigned int count_at_el0, count_at_el1;

static bool is_of_el1(unsigned int number)
{
	return number >= SYSREG_NUMBER(1, 0, 0, 0, 0) && !(number & SYSREG_NUMBER(0, 4, 0, 0, 0));
}

static void choose_encodings(void)
{
	bool all = read_sysreg(ID_AA64PFR0_EL1) & ID_AA64PFR0_SVE;
	unsigned int n, count = 0;

	for (n = 0; n < ENCODINGS; n++)
		if (is_of_el1(n))
			numbers[count++] = (uint16_t)n;
	for (n = 0; n < ENCODINGS; n++)
		if (!is_of_el1(n) && n % 16 == n / 16 % 16)
			numbers[count++] = (uint16_t)n;
	count_at_el0 = count;
	for (n = 0; n < ENCODINGS; n++)
		if (all && !is_of_el1(n) && n % 16 != n / 16 % 16)
			numbers[count++] = (uint16_t)n;
	count_at_el1 = count;
}

/* The code is written once, and executed at both exception levels. */
static void storm_create(struct machine *machine, const char *what)
{
	uint32_t *reads, *writes;
	unsigned int n, k;

	blank_create(machine, what, 1);
	machine->cpus[0].vcpu.sysregs.cpacr_el1 = CPACR_ALL;
	for (n = 0; n < 16; n += 4)
		for (k = 0; k < ARRAY_SIZE(note_and_go_on); k++)
			((uint32_t *)blank_memory(machine, STORM_VECTORS + n * 0x80))[k] =
				note_and_go_on[k];
	reads = blank_memory(machine, STORM_READS);
	writes = blank_memory(machine, STORM_WRITES);
	for (n = 0; n < count_at_el1; n++) {
		reads[2 * n] = INSN_MRS(numbers[n], 0);
		reads[2 * n + 1] = INSN_STORE;
		writes[n] = INSN_MSR(numbers[n], value_register(numbers[n]));
	}
	blank_written(machine, RAM_BASE, GUEST_RAM_SIZE);
}

/* Run count instructions at "code". */
static void storm_run(struct guest_cpu *cpu, uint64_t code, unsigned int count, uint64_t pstate)
{
	struct trap_frame *frame = &cpu->vcpu.frame;
	uint8_t *classes = blank_memory(cpu->machine, STORM_CLASSES);
	uint32_t *end = blank_memory(cpu->machine, code + count * 4);
	unsigned int n;

	memset(classes, NO_EXCEPTION, count);
	*end = pstate == AT_EL0 ? INSN_SVC(BLANK_END) : INSN_HVC(BLANK_END);
	blank_written(cpu->machine, code + count * 4, 4);
	blank_written(cpu->machine, STORM_CLASSES, count);
	write_sysreg(VBAR_EL1, STORM_VECTORS);
	frame->elr = code;
	frame->spsr = pstate;
	frame->x[1] = STORM_SCRATCH;
	frame->x[2] = host_random();
	for (n = 0; n < ARRAY_SIZE(kept); n++)
		frame->x[3 + n] = kept[n].value;
	frame->x[19] = STORM_VALUES;
	frame->x[20] = code;
	frame->x[21] = STORM_CLASSES;
	expect("how the storm ends", host_run(cpu), EXIT_HYPERCALL);
	expect("the HVC at its end", host_hvc(cpu), BLANK_END);
	write_sysreg(VBAR_EL1, BLANK_VECTORS);
}

/* ---- Exits, noted by encoding ---------------------------------------------------------------- */

static exit_handler exit_sysreg_original;
static uint8_t trapped[ENCODINGS / 8];
unsigned int sysreg_exits;

static enum exit_reason spy(struct guest_cpu *cpu, uint64_t esr)
{
	unsigned int number = sysreg_number(esr);

	sysreg_exits++;
	trapped[number / 8] |= 1U << number % 8;
	return exit_sysreg_original(cpu, esr);
}

static bool has_trapped(unsigned int number)
{
	return trapped[number / 8] >> number % 8 & 1;
}

/* ---- What has to come of each ---------------------------------------------------------------- */

static struct { unsigned int trapped, undefined, executed; } tally;

/* "mrs s3_0_c1_c0_1 at EL0: what", for a difference. */
static const char *name(unsigned int number, bool write, bool el0, const char *what)
{
	static char buf[96];

	ksnprintf(buf, sizeof(buf), "%s s%u_%u_c%u_c%u_%u at EL%d: %s", write ? "msr" : "mrs", number >> 14,
		  number >> 11 & 7, number >> 7 & 15, number >> 3 & 15, number & 7, el0 ? 0 : 1, what);
	return buf;
}

static void differs(unsigned int number, bool write, bool el0, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		expect(name(number, write, el0, what), got, want);
}

/* The value of a register that the table makes up. true: *value is known. */
static bool known_value(const struct sysreg_rule *rule, unsigned int number, uint64_t *value)
{
	switch (rule->action) {
	case SYSREG_ZERO:
		*value = 0;
		return true;
	case SYSREG_ID:
		*value = a.ids.value[number >> 3 & 7][number & 7];
		return true;
	case SYSREG_DEBUG:
		*value = number == SYSREG_NUMBER(2, 0, 1, 1, 4) ? 8 : 0;	/* OSLSR_EL1.OSLM */
		return true;
	default:
		return false;
	}
}

/* With FEAT_IDST a read of what is not there among the ID registers has the class of a trap. */
static bool is_in_id_space(unsigned int number)
{
	unsigned int op1 = number >> 11 & 7;

	return number >= SYSREG_NUMBER(3, 0, 0, 0, 0) && (op1 < 2 || op1 == 3) &&
	       !(number & (SYSREG_NUMBER(0, 0, 15, 0, 0) | SYSREG_NUMBER(0, 0, 0, 8, 0)));
}

static void judge(unsigned int number, bool write, bool el0, unsigned int class, uint64_t value)
{
	const struct sysreg_rule *rule = sysreg_find((uint16_t)number);
	bool allowed = rule && sysreg_allowed(rule, write, el0) && rule->action != SYSREG_NOT_THERE &&
		       rule->action != SYSREG_HOST;
	uint64_t want;

	if (has_trapped(number)) {
		tally.trapped++;
		differs(number, write, el0, "exits; the class of its exception", class,
			allowed ? NO_EXCEPTION : EC_UNKNOWN);
		if (allowed && !write && known_value(rule, number, &want))
			differs(number, write, el0, "its value", value, want);
	} else if (class == NO_EXCEPTION) {
		tally.executed++;
		/* Somebody has forgotten to have it trapped? These do only when they have to. */
		differs(number, write, el0, "the table has it, and it does not trap",
			rule && rule->action != SYSREG_VM_CONTROL && rule->action != SYSREG_DEACTIVATE &&
				number != SYSREG_NUMBER(3, 3, 14, 0, 1) /* CNTPCT_EL0 */,
			false);
	} else {
		tally.undefined++;
		/* Not there; or EL1 keeps it from EL0, itself. */
		if (class != EC_SYS64 || !(el0 || is_in_id_space(number)))
			differs(number, write, el0, "not there; the class of its exception", class,
				EC_UNKNOWN);
	}
}

/* ---- Reading and writing --------------------------------------------------------------------- */

/* What a guest can read at EL1, and what it is: to be looked at again when the other one has been there. */
static struct { uint16_t number; uint64_t value; } readable[1024];
static unsigned int readable_count;

/* What is different each time, or by the reading itself. */
static bool is_steady(unsigned int number)
{
	switch (number) {
	case SYSREG_NUMBER(3, 0, 4, 0, 0):	/* SPSR_EL1, ELR_EL1, ESR_EL1: of exceptions here */
	case SYSREG_NUMBER(3, 0, 4, 0, 1):
	case SYSREG_NUMBER(3, 0, 5, 2, 0):
	case SYSREG_NUMBER(3, 3, 2, 4, 0):	/* RNDR, RNDRRS */
	case SYSREG_NUMBER(3, 3, 2, 4, 1):
	case SYSREG_NUMBER(3, 3, 14, 0, 1):	/* CNTPCT_EL0, CNTVCT_EL0, and self-synchronized */
	case SYSREG_NUMBER(3, 3, 14, 0, 2):
	case SYSREG_NUMBER(3, 3, 14, 0, 5):
	case SYSREG_NUMBER(3, 3, 14, 0, 6):
	case SYSREG_NUMBER(3, 3, 14, 2, 0):	/* CNTP_TVAL_EL0 */
	case SYSREG_NUMBER(3, 3, 14, 3, 0):	/* CNTV_TVAL_EL0 */
		return false;
	default:
		return true;
	}
}

static void test_read(struct guest_cpu *cpu, bool el0, const char *what)
{
	const uint64_t *values = blank_memory(cpu->machine, STORM_VALUES);
	const uint8_t *classes = blank_memory(cpu->machine, STORM_CLASSES);
	unsigned int n, count = el0 ? count_at_el0 : count_at_el1;

	memset(trapped, 0, sizeof(trapped));
	storm_run(cpu, STORM_READS, 2 * count, el0 ? AT_EL0 : AT_EL1H);
	for (n = 0; n < count; n++) {
		judge(numbers[n], false, el0, classes[2 * n], values[n]);
		if (el0 || classes[2 * n] != NO_EXCEPTION || !is_steady(numbers[n]) ||
		    readable_count == ARRAY_SIZE(readable))
			continue;
		readable[readable_count].number = numbers[n];
		readable[readable_count++].value = values[n];
	}
	VERDICT(what, SYSREGS);
}

static void test_write(struct guest_cpu *cpu, bool el0, const char *what)
{
	const uint8_t *classes = blank_memory(cpu->machine, STORM_CLASSES);
	unsigned int n, count = el0 ? count_at_el0 : count_at_el1;

	memset(trapped, 0, sizeof(trapped));
	storm_run(cpu, STORM_WRITES, count, el0 ? AT_EL0 : AT_EL1H);
	for (n = 0; n < count; n++)
		judge(numbers[n], true, el0, classes[n], 0);
	VERDICT(what, SYSREGS);
}

/* All that can be read was read before the other guest's storm. Now once more. */
static void test_read_again(struct guest_cpu *cpu)
{
	const uint64_t *values = blank_memory(cpu->machine, STORM_VALUES);
	uint32_t *code = blank_memory(cpu->machine, STORM_OTHER);
	unsigned int n;

	for (n = 0; n < readable_count; n++) {
		code[2 * n] = INSN_MRS(readable[n].number, 0);
		code[2 * n + 1] = INSN_STORE;
	}
	blank_written(cpu->machine, STORM_OTHER, 2 * readable_count * 4);
	storm_run(cpu, STORM_OTHER, 2 * readable_count, AT_EL1H);
	for (n = 0; n < readable_count; n++)
		differs(readable[n].number, false, false, "its value", values[n], readable[n].value);
	expect("registers that there are", readable_count > 100, true);
	VERDICT("another machine's guest on the same CPU finds all of its registers as they were", SYSREGS);
}

/* ---- What would trap elsewhere ----------------------------------------------------------------- */

/*
 * Most accesses that the table does not allow are UNDEFINED before anything traps, on this CPU; on another one
 * they may be exits. So: synthetic exits. (What is allowed, the storms have.)
 */
static void test_not_allowed(struct guest_cpu *cpu)
{
	static const uint64_t sources[] = { AT_EL1H, AT_EL0 };
	struct trap_frame *frame = &cpu->vcpu.frame;
	unsigned int n, k;

	for (n = 0; n < ENCODINGS; n++) {
		const struct sysreg_rule *rule = sysreg_find((uint16_t)n);

		for (k = 0; k < 4; k++) {
			bool write = k & 1, el0 = k & 2;
			uint64_t esr = (uint64_t)EC_SYS64 << ESR_EC_SHIFT | ESR_IL_MASK |
				       (write ? 0 : SYS64_READ) | FIELD_PREP(SYS64_RT, 3) |
				       SYS64_REG(n >> 14, n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7);

			if (rule ? sysreg_allowed(rule, write, el0) && rule->action != SYSREG_NOT_THERE &&
				   rule->action != SYSREG_HOST : n % 64 != 5)
				continue;
			/* These two have a way of their own: no CPU takes such a trap from elsewhere. */
			if (!write && n >= SYSREG_NUMBER(3, 0, 0, 0, 0) && n <= SYSREG_NUMBER(3, 0, 0, 7, 7))
				continue;			/* ID registers: at EL1; not MIDR_EL1 */
			if (write && n == SYSREG_NUMBER(3, 0, 12, 11, 5))
				continue;			/* ICC_SGI1R_EL1: at EL1 */
			frame->esr = esr;
			frame->elr = BLANK_CODE;
			frame->spsr = sources[el0];
			frame->x[3] = 0x333;
			differs(n, write, el0, "the reason", exit_handlers[EC_SYS64](cpu, esr),
				EXIT_NOTHING);
			differs(n, write, el0, "the vector", frame->elr,
				BLANK_VECTORS + (el0 ? FROM_EL0 : FROM_EL1H) * 0x80);
			differs(n, write, el0, "ESR_EL1", read_sysreg(ESR_EL1), ESR_IL_MASK);
			differs(n, write, el0, "x3", frame->x[3], 0x333);
		}
	}
	VERDICT("what the table does not allow, or has not, is UNDEFINED wherever it traps", SYSREGS);
}

/* ---- What a guest was not told of ------------------------------------------------------------ */

/* Registers of features that are hidden: there is none that can be read, whatever CPACR_EL1 allows. */
static void test_hidden(void)
{
	static const uint16_t hidden[] = {
		SYSREG_NUMBER(3, 0, 1, 0, 3),		/* SCTLR2_EL1 */
		SYSREG_NUMBER(3, 0, 1, 0, 5),		/* RGSR_EL1: memory tags */
		SYSREG_NUMBER(3, 0, 1, 0, 6),		/* GCR_EL1 */
		SYSREG_NUMBER(3, 0, 1, 2, 0),		/* ZCR_EL1: SVE */
		SYSREG_NUMBER(3, 0, 1, 2, 1),		/* TRFCR_EL1: trace */
		SYSREG_NUMBER(3, 0, 1, 2, 6),		/* SMCR_EL1: SME */
		SYSREG_NUMBER(3, 0, 2, 0, 3),		/* TCR2_EL1 */
		SYSREG_NUMBER(3, 0, 5, 4, 0),		/* ERXFR_EL1: RAS */
		SYSREG_NUMBER(3, 0, 5, 6, 0),		/* TFSR_EL1 */
		SYSREG_NUMBER(3, 0, 9, 9, 0),		/* PMSCR_EL1: profiling */
		SYSREG_NUMBER(3, 0, 9, 14, 1),		/* PMINTENSET_EL1: PMU */
		SYSREG_NUMBER(3, 0, 10, 4, 3),		/* LORC_EL1: LORegions */
		SYSREG_NUMBER(3, 0, 10, 5, 0),		/* MPAM1_EL1 */
		SYSREG_NUMBER(3, 1, 0, 0, 4),		/* GMID_EL1 */
		SYSREG_NUMBER(3, 3, 4, 2, 2),		/* SVCR */
		SYSREG_NUMBER(3, 3, 9, 12, 0),		/* PMCR_EL0 */
		SYSREG_NUMBER(3, 3, 9, 13, 0),		/* PMCCNTR_EL0 */
		SYSREG_NUMBER(3, 3, 13, 2, 0),		/* AMCR_EL0: activity monitors */
		SYSREG_NUMBER(3, 7, 14, 2, 1),		/* CNTPS_CTL_EL1 */
		SYSREG_NUMBER(3, 4, 1, 1, 0),		/* HCR_EL2 */
		SYSREG_NUMBER(3, 4, 12, 12, 0),		/* ICH_LR0_EL2 */
		SYSREG_NUMBER(3, 6, 1, 1, 0),		/* SCR_EL3 */
	};
	unsigned int n, k;

	for (n = 0; n < ARRAY_SIZE(hidden); n++)
		for (k = 0; k < readable_count; k++)
			if (readable[k].number == hidden[n])
				differs(hidden[n], false, false, "it can be read", true, false);
	expect("all that can be read has its place in this test", readable_count < ARRAY_SIZE(readable), true);
	VERDICT("none of them is of a feature that is hidden", SYSREGS);
}

/* ---- Identification registers, into each register -------------------------------------------- */

#define PATTERN(n)	(0xabcd000000000000 | (n))

static void test_ids(struct guest_cpu *cpu)
{
	struct trap_frame *frame = &cpu->vcpu.frame;
	uint32_t *code = blank_memory(cpu->machine, STORM_OTHER);
	unsigned int rt, n, k;

	for (rt = 0; rt < 32; rt++) {
		for (n = 8; n < 64; n++) {
			code[2 * (n - 8)] = INSN_MRS(SYSREG_NUMBER(3, 0, 0, 0, 0) + n, rt);
			code[2 * (n - 8) + 1] = INSN_HVC(n);
		}
		blank_written(cpu->machine, STORM_OTHER, 2 * 56 * 4);
		frame->elr = STORM_OTHER;
		frame->spsr = AT_EL1H;
		for (n = 8; n < 64; n++) {
			const char *register_name = name(SYSREG_NUMBER(3, 0, 0, 0, 0) + n, false, false, "Xt");

			for (k = 0; k < 31; k++)
				frame->x[k] = PATTERN(k);
			expect("the reason", host_run(cpu), EXIT_HYPERCALL);
			for (k = 0; k < 32; k++)
				expect(k == rt ? register_name : "another register than Xt", frame->x[k],
				       k == 31 ? 0 : k == rt ? a.ids.value[n / 8][n % 8] : PATTERN(k));
		}
	}
	VERDICT("each identification register reads as the machine says, into each Xt and XZR", SYSREGS);
}

/* ------------------------------------------------------------------------------------------------------- */

/* All that EL1 can allow to EL0. (Not UMA: it needs its DAIF.) */
#define SCTLR_FOR_EL0	(BLANK_SCTLR | BIT(14) | BIT(15) | BIT(16) | BIT(18) | BIT(26))
#define CNTKCTL_ALL	0x303UL

void main(void)
{
	struct guest_cpu *cpu = &a.cpus[0], *other = &b.cpus[0];

	host_start();
	tap_plan(8 + SYSREGS_USE_TESTS);
	choose_encodings();
	storm_create(&a, "storm");
	storm_create(&b, "calm");
	exit_sysreg_original = exit_register(EC_SYS64, spy);

	guest_cpu_load(other);
	test_read(other, false, "encodings read at EL1: as the table says, or the guest's own, or not there");
	test_hidden();
	guest_cpu_put(other);

	guest_cpu_load(cpu);
	test_ids(cpu);
	test_not_allowed(cpu);
	test_timer(cpu);
	test_step(cpu);
	test_set_way(cpu, other);
	test_write(cpu, false, "encodings written at EL1: the same");
	blank_msr(cpu, SYSREG_NUMBER(2, 0, 0, 2, 2), 0);	/* MDSCR_EL1: no steps at EL0 */
	write_sysreg(SCTLR_EL1, SCTLR_FOR_EL0);
	write_sysreg(CNTKCTL_EL1, CNTKCTL_ALL);
	test_read(cpu, true, "encodings read at EL0: the same");
	test_write(cpu, true, "encodings written at EL0: the same");
	write_sysreg(SCTLR_EL1, BLANK_SCTLR);
	guest_cpu_put(cpu);

	guest_cpu_load(other);
	test_read_again(other);
	guest_cpu_put(other);
	printf("# %u accesses trapped, %u were done by the CPU, %u were UNDEFINED by themselves; %u exits\n",
	       tally.trapped, tally.executed, tally.undefined, sysreg_exits);
	tap_done();
}
