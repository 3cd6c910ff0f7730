// SPDX-License-Identifier: MIT
/*
 * mmio.c - each form of load and store, by the hardware and by the hypervisor.
 *
 * The guest executes an instruction twice: on a page of memory that its stage 2 maps as a device, and on an
 * emulated device with the same contents. What the first one leaves in the registers and in memory is what
 * the second one has to leave in the registers and in the device.
 */
#include "mmio_world.h"

#include <string.h>

#include "arch/sysreg.h"
#include "drivers/console.h"

extern const char program_mmio[], mmio_forms_code[], mmio_refused_code[], mmio_forms32_code[];

/* ---- What the guest executes ----------------------------------------------------------------- */

enum needs { ALWAYS, LOR, LRCPC, LRCPC2, LSE };

struct form {
	enum needs needs;
	unsigned int want;		/* pieces that the device sees; of those refused, the fault status */
	const char *text;
	bool t32;			/* of AArch32's */
};

static const struct form forms[] = {
#define FORM(needs, pieces, ...)	{ needs, pieces, #__VA_ARGS__, false },
#include "mmio_forms.h"
};
static const struct form refused[] = {
#include "mmio_refused.h"
};
static const struct form forms32[] = {
#define A32(pieces, word, text)		{ ALWAYS, pieces, "A32 " text, false },
#define T32(pieces, word, text)		{ ALWAYS, pieces, "T32 " text, true },
#include "mmio_forms32.h"
};

#define INSTRUCTION_SIZE	8	/* with the SVC behind it */

static bool cpu_has(enum needs needs)
{
	uint64_t atomic = read_sysreg(ID_AA64ISAR0_EL1) >> 20 & 15;
	uint64_t lrcpc = read_sysreg(ID_AA64ISAR1_EL1) >> 20 & 15;

	switch (needs) {
	case LOR:
		return FIELD_GET(ID_AA64MMFR1_LO, read_sysreg(ID_AA64MMFR1_EL1));
	case LRCPC:
		return lrcpc >= 1;
	case LRCPC2:
		return lrcpc >= 2;
	case LSE:
		return atomic >= 2;
	default:
		return true;
	}
}

static uint64_t code_offset(const char *table, unsigned int n)
{
	return (uint64_t)(table - program_mmio) + n * INSTRUCTION_SIZE;
}

uint64_t offset_of(const char *text)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(forms); n++)
		if (!strcmp(forms[n].text, text))
			return code_offset(mmio_forms_code, n);
	printf("# no such form: %s\n", text);
	return 0;
}

/* ---- One form, twice ------------------------------------------------------------------------- */

static unsigned int bad, details;

static void differs(const char *text, const char *what, uint64_t got, uint64_t want)
{
	bad++;
	if (details++ < 5)
		printf("# %s, %s: %s is 0x%lx, not 0x%lx\n", now->name, text, what, got, want);
}

/* The registers as a form wants them; the rest of them keeps its pattern. */
static void prepare(struct puppet_registers *registers, uint64_t pc, uint64_t base)
{
	unsigned int n;

	registers->x[1] = base;
	registers->x[4] = 0x18;
	registers->x[5] = 3;
	registers->x[6] = 0xdeadbeeffffffff0;		/* SXTW: -16 */
	registers->x[7] = 0xdeadbeef00000010;		/* UXTW: 16 */
	registers->x[8] = 0x12345678fffffffe;		/* SXTW: -2 */
	registers->x[9] = (uint64_t)-32;
	registers->x[10] = (uint64_t)-2;
	registers->sp_el0 = registers->sp_el1 = base;
	registers->pc = pc;
	registers->pstate = mode_pstate() | SPSR_Z | SPSR_V;
	/* AArch32 has 32 bits of each; nobody promises what becomes of the others. */
	for (n = 0; n < 31 && (now->mode & SPSR_M_AARCH32); n++)
		registers->x[n] = (uint32_t)registers->x[n];
}

/* Two numbers are the same, or as far from their bases: that is a base register. */
static bool same(uint64_t a, uint64_t b, uint64_t base_a, uint64_t base_b)
{
	return a == b || a - base_a == b - base_b;
}

static void compare(const char *text, const struct puppet_registers *got, uint64_t got_base,
		    const struct puppet_registers *want, uint64_t want_base)
{
	static const char x[31][4] = {
		"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
		"x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
		"x28", "x29", "x30",
	};
	unsigned int n;

	for (n = 0; n < 31; n++)
		if (!same(got->x[n], want->x[n], got_base, want_base))
			differs(text, x[n], got->x[n], want->x[n]);
	if (!same(got->sp_el0, want->sp_el0, got_base, want_base))
		differs(text, "SP_EL0", got->sp_el0, want->sp_el0);
	if (!same(got->sp_el1, want->sp_el1, got_base, want_base))
		differs(text, "SP_EL1", got->sp_el1, want->sp_el1);
	for (n = 0; n < 64; n++)
		if (got->v[n / 2][n % 2] != want->v[n / 2][n % 2])
			differs(text, "a V register", got->v[n / 2][n % 2], want->v[n / 2][n % 2]);
	if (got->pstate != want->pstate)
		differs(text, "PSTATE", got->pstate, want->pstate);
}

/* pstate: what is added to PSTATE. start: the other registers. */
static void try(const struct form *form, uint64_t offset, const struct puppet_registers *start,
		uint64_t pstate)
{
	static struct puppet_registers real, emulated;
	struct puppet_exception by_real, by_emulated;
	uint64_t real_base = (va(WINDOW_REAL) + MIDDLE) | now->tag;
	uint64_t base = (va(WINDOW_EMULATED) + MIDDLE) | now->tag;

	real = emulated = *start;
	prepare(&real, va(CODE_REAL) + offset, real_base);
	prepare(&emulated, va(CODE_EMULATED) + offset, base);
	real.pstate |= pstate;
	emulated.pstate |= pstate;

	if (puppet_run(the_cpu(), &real, &by_real) != EXIT_HYPERCALL ||
	    (ESR_EC(by_real.esr) != EC_SVC64 && ESR_EC(by_real.esr) != EC_SVC32))
		differs(form->text, "on memory: ESR_EL1", by_real.esr, 0);
	if (seen.accesses)
		differs(form->text, "on memory: accesses", seen.accesses, 0);

	if (puppet_run(the_cpu(), &emulated, &by_emulated) != EXIT_HYPERCALL)
		differs(form->text, "the exit", the_cpu()->vcpu.frame.esr, 0);
	if (by_emulated.vector != by_real.vector)
		differs(form->text, "the vector", by_emulated.vector, by_real.vector);
	if (by_emulated.esr != by_real.esr)
		differs(form->text, "ESR_EL1", by_emulated.esr, by_real.esr);
	/* SVC's own: the PC was moved on once. */
	if (by_emulated.elr - va(CODE_EMULATED) != by_real.elr - va(CODE_REAL))
		differs(form->text, "ELR_EL1", by_emulated.elr, by_real.elr);
	compare(form->text, &emulated, base, &real, real_base);
	if (devices_differ())
		differs(form->text, "what is in the device", 1, 0);
	if (seen.accesses != form->want)
		differs(form->text, "accesses", seen.accesses, form->want);
}

/* ---- The matrix ------------------------------------------------------------------------------ */

static const struct setting settings[] = {
	{ .name = "EL0", .mode = SPSR_M_EL0T, .el1_big = true },
	{ .name = "EL0, big-endian", .mode = SPSR_M_EL0T, .el0_big = true },
	{ .name = "EL1 with SP_EL0", .mode = SPSR_M_EL1T, .el0_big = true },
	{ .name = "EL1 with SP_EL0, big-endian", .mode = SPSR_M_EL1T, .el1_big = true },
	{ .name = "EL1 with SP_EL1", .mode = SPSR_M_EL1H, .el0_big = true },
	{ .name = "EL1 with SP_EL1, big-endian", .mode = SPSR_M_EL1H, .el1_big = true },
	{ .name = "EL0, the guest's MMU on, 4 KiB granule", .mode = SPSR_M_EL0T, .granule = 12, .base = LOW,
	  .window = S1_DEVICE, .caches = true },
	{ .name = "EL1, MMU on, 4 KiB, by TTBR1, big-endian tables and data", .mode = SPSR_M_EL1H,
	  .el1_big = true, .granule = 12, .base = HIGH, .window = S1_DEVICE },
	{ .name = "EL1, MMU on, 4 KiB, tagged addresses; stage 1 takes the device for memory",
	  .mode = SPSR_M_EL1T, .granule = 12, .base = LOW, .tag = 0x5aUL << 56, .window = S1_DATA },
	{ .name = "EL1, MMU on, 16 KiB", .mode = SPSR_M_EL1H, .granule = 14, .base = LOW,
	  .window = S1_DEVICE },
	{ .name = "EL1, MMU on, 64 KiB", .mode = SPSR_M_EL1T, .granule = 16, .base = HIGH,
	  .window = S1_DEVICE },
	{ .name = "EL0, MMU on, 64 KiB, big-endian tables and data", .mode = SPSR_M_EL0T, .el0_big = true,
	  .el1_big = true, .granule = 16, .base = LOW, .window = S1_DEVICE, .caches = true },
	{ .name = "EL1, step by step: no short cut", .mode = SPSR_M_EL1T, .in_steps = true },
	{ .name = "EL0, no syndrome: all by the instruction", .mode = SPSR_M_EL0T, .in_steps = true,
	  .no_syndrome = true },
	{ .name = "EL1, no syndrome, MMU on, big-endian", .mode = SPSR_M_EL1H, .el1_big = true,
	  .granule = 12, .base = HIGH, .window = S1_DEVICE, .in_steps = true, .no_syndrome = true },
};

#define MATRIX_TESTS	(ARRAY_SIZE(settings) + 4)

/* Which forms have a syndrome is for the CPU to say. The hypervisor must be able to do without for all. */
static exit_handler data_abort;

static enum exit_reason data_abort_hook(struct guest_cpu *cpu, uint64_t esr)
{
	if (now->no_syndrome)
		esr &= ~(DABT_ISV | DABT_SAS | DABT_SSE | DABT_SRT | DABT_SF | DABT_AR);
	return data_abort(cpu, esr);
}

static void matrix(const struct setting *setting)
{
	static struct puppet_registers start;
	unsigned int n;

	if (!cpu_has_granule(setting->granule)) {
		TAP_SKIP(setting->name, "not a granule of this CPU");
		return;
	}
	bad = details = 0;
	use(setting);
	for (n = 0; n < 2 * ARRAY_SIZE(forms); n++) {
		if (!cpu_has(forms[n / 2].needs))
			continue;
		puppet_pattern(&start);
		fill_devices(n % 2);
		try(&forms[n / 2], code_offset(mmio_forms_code, n / 2), &start, 0);
	}
	TAP_EQ(bad, 0, setting->name, MMIO);
}

static void test_matrix(void)
{
	static const struct setting el1_only = {
		.name = "a window that EL0 may not use", .mode = SPSR_M_EL1H, .granule = 12, .base = LOW,
		.window = S1_DEVICE_EL1,
	};
	static struct puppet_registers registers;
	struct puppet_exception exception;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(settings); n++)
		matrix(&settings[n]);
	TAP_EQ(seen.too_wide, 0, "what the device gets has no bits above its size", MMIO);
	TAP_OK(seen.at_once > 200 && seen.by_syndrome > 500 && seen.by_instruction > 500,
	       "some at once, some by the syndrome, some by the instruction", MMIO);

	/* LDTR at EL1 has EL0's permissions: that is between the guest and its stage 1. */
	use(&el1_only);
	fill_devices(false);
	puppet_pattern(&registers);
	prepare(&registers, va(CODE_EMULATED) + offset_of("ldtr x2, [x1, #8]"), va(WINDOW_EMULATED) + MIDDLE);
	puppet_run(the_cpu(), &registers, &exception);
	TAP_EQ(exception.esr, 0x9600000f, "LDTR where EL0 may not load: the guest's own permission fault",
	       MMIO);
	TAP_EQ(seen.accesses, 0, "and the device sees nothing", MMIO);
}

/* ---- What a device does not answer ----------------------------------------------------------- */

#define MODE_AARCH32		0x10		/* User mode */

/* All that a form which is refused must leave as it was; and the abort that comes of it. */
static void try_refused(const struct form *form, unsigned int fsc, uint64_t offset,
			const struct puppet_registers *start, uint64_t pstate, unsigned int vector)
{
	static struct puppet_registers before, after;
	struct puppet_exception exception;
	uint64_t want;

	before = *start;
	prepare(&before, va(CODE_EMULATED) + offset, va(WINDOW_EMULATED) + MIDDLE);
	before.pstate |= pstate;
	after = before;
	if (puppet_run(the_cpu(), &after, &exception) != EXIT_HYPERCALL)
		differs(form->text, "the exit", the_cpu()->vcpu.frame.esr, 0);
	/* WnR: of an instruction that reads and writes it is not the same on each CPU. */
	want = FIELD_PREP(ESR_EC_MASK, vector >= 0x400 ? EC_DABT_LOWER : EC_DABT_SAME) | ESR_IL_MASK | fsc;
	if (!fsc)
		want = ESR_IL_MASK;
	if ((exception.esr & ~DABT_WnR) != want)
		differs(form->text, "ESR_EL1", exception.esr, want);
	if (exception.vector != vector)
		differs(form->text, "the vector", exception.vector, vector);
	if (fsc && exception.far != va(WINDOW_EMULATED) + MIDDLE)
		differs(form->text, "FAR_EL1", exception.far, va(WINDOW_EMULATED) + MIDDLE);
	if (exception.elr != before.pc)
		differs(form->text, "ELR_EL1", exception.elr, before.pc);
	compare(form->text, &after, 0, &before, 0);
	if (devices_differ() || seen.accesses)
		differs(form->text, "accesses", seen.accesses, 0);
}

static const struct setting plain[] = {
	{ .name = "EL0", .mode = SPSR_M_EL0T },
	{ .name = "EL1 with SP_EL0", .mode = SPSR_M_EL1T },
	{ .name = "EL1 with SP_EL1", .mode = SPSR_M_EL1H },
};

#define REFUSED_TESTS	ARRAY_SIZE(plain)

static void test_refused(void)
{
	static const char *const what[] = {
		"exclusives, atomics and the like from EL0: an abort, and nothing changes",
		"the same from EL1 with SP_EL0", "and with SP_EL1",
	};
	static const unsigned int vectors[] = { 0x400, 0, 0x200 };
	static struct puppet_registers start;
	unsigned int n, form;

	for (n = 0; n < ARRAY_SIZE(plain); n++) {
		bad = details = 0;
		use(&plain[n]);
		for (form = 0; form < ARRAY_SIZE(refused); form++) {
			if (!cpu_has(refused[form].needs))
				continue;
			puppet_pattern(&start);
			fill_devices(false);
			try_refused(&refused[form], refused[form].want, code_offset(mmio_refused_code, form),
				    &start, 0, vectors[n]);
		}
		TAP_EQ(bad, 0, what[n], MMIO);
	}
}

/* ---- AArch32 programs, at EL0 ---------------------------------------------------------------- */

#define IT_EQ_EQ_EQ_EQ		BIT(25)		/* ITSTATE 0x01: this one and three more, if Z */

static const struct setting settings32[] = {
	{ .name = "AArch32 at EL0", .mode = MODE_AARCH32, .el0_big = true, .el1_big = true },
	{ .name = "AArch32 at EL0, big-endian", .mode = MODE_AARCH32 | SPSR_E32 },
};

#define AARCH32_TESTS	ARRAY_SIZE(settings32)

static void try32(const struct form *form, uint64_t offset, uint64_t pstate)
{
	static struct puppet_registers start;

	puppet_pattern(&start);
	fill_devices(offset & 8);
	if (form->want)
		try(form, offset, &start, pstate);
	else
		try_refused(form, FSC_EXTERNAL, offset, &start, pstate, 0x600);
}

static void test_aarch32(void)
{
	unsigned int n, form;

	for (n = 0; n < ARRAY_SIZE(settings32); n++) {
		if (FIELD_GET(ID_AA64PFR0_EL0, read_sysreg(ID_AA64PFR0_EL1)) != 2) {
			TAP_SKIP(settings32[n].name, "this CPU has no AArch32");
			continue;
		}
		bad = details = 0;
		use(&settings32[n]);
		for (form = 0; form < ARRAY_SIZE(forms32); form++) {
			uint64_t offset = code_offset(mmio_forms32_code, form);

			try32(&forms32[form], offset, forms32[form].t32 ? SPSR_A32_T : 0);
			if (forms32[form].t32)
				try32(&forms32[form], offset, SPSR_A32_T | IT_EQ_EQ_EQ_EQ);
		}
		TAP_EQ(bad, 0, settings32[n].name, MMIO);
	}
}

void main(void)
{
	host_start();
	tap_plan(MATRIX_TESTS + REFUSED_TESTS + AARCH32_TESTS + FAULTS_TESTS);
	world_create();
	puppet_start(&machine);
	data_abort = exit_register(EC_DABT_LOWER, data_abort_hook);
	test_matrix();
	test_refused();
	test_aarch32();
	test_faults();
	tap_done();
}
