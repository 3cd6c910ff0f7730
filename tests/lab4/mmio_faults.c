// SPDX-License-Identifier: MIT
/*
 * mmio_faults.c - accesses that end in an abort: beside a device, where nothing is, in memory that stage 2
 * has not or not for this; and those that are made good by the host, so that the guest goes on.
 */
#include "mmio_world.h"

#include <string.h>

#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/console.h"

/* ESR_EL1 of the aborts that the guest gets. */
#define ESR_LOAD_EL1	0x96000010UL		/* EC 0x25, IL, DFSC 0x10: synchronous External abort */
#define ESR_STORE_EL1	0x96000050UL		/* and WnR */
#define FSC_WALK	0x17UL			/* on a table walk, level 3 */
#define ESR_LOAD_WALK	(ESR_LOAD_EL1 | FSC_WALK)
#define ESR_STORE_WALK	(ESR_STORE_EL1 | FSC_WALK)
#define ESR_FETCH_WALK	(0x86000000UL | FSC_WALK)	/* EC 0x21 */

static const struct setting el0 = { .name = "EL0", .mode = SPSR_M_EL0T };
static const struct setting el1t = { .name = "EL1 with SP_EL0", .mode = SPSR_M_EL1T };
static const struct setting el1h = { .name = "EL1 with SP_EL1", .mode = SPSR_M_EL1H };
static const struct setting mmu_el0 = {
	.name = "EL0, MMU on", .mode = SPSR_M_EL0T, .granule = 12, .base = LOW, .window = S1_DEVICE,
};
static const struct setting mmu_el1 = {
	.name = "EL1, MMU on", .mode = SPSR_M_EL1H, .granule = 12, .base = HIGH, .window = S1_DEVICE,
};

static struct puppet_registers before, after;
static struct puppet_exception exception;

/* The guest at an instruction, with base as x1 and SP: not yet run. code: which copy. */
static void at(const char *text, uint64_t code, uint64_t base)
{
	puppet_pattern(&before);
	before.x[1] = base;
	before.sp_el0 = before.sp_el1 = base;
	before.pc = va(code) + offset_of(text);
	before.pstate = mode_pstate();
	after = before;
	puppet_put(the_cpu(), &before);
}

/* Run it to a vector. */
static void on(void)
{
	if (puppet_go(the_cpu()) != EXIT_HYPERCALL)
		printf("# no vector: ESR_EL2 0x%lx\n", the_cpu()->vcpu.frame.esr);
	puppet_get(the_cpu(), &after, &exception);
}

/* One exit, without the machine's answer. */
static enum exit_reason once(void)
{
	enum exit_reason reason;

	do
		reason = guest_cpu_run(the_cpu());
	while (reason == EXIT_EXTERNAL_INTERRUPT || reason == EXIT_NOTHING);
	return reason;
}

/* It was executed, and then SVC. */
static bool executed(void)
{
	return exception.elr == before.pc + 8 && ESR_EC(exception.esr) == EC_SVC64;
}

/* It was not: this abort, and no register has changed. */
static bool aborted(uint64_t esr, uint64_t far)
{
	unsigned int vector = now->mode == SPSR_M_EL0T ? 0x400 : now->mode == SPSR_M_EL1T ? 0 : 0x200;
	bool good = exception.vector == vector && exception.esr == esr && exception.far == far &&
		    exception.elr == before.pc && exception.spsr == before.pstate;

	if (!good)
		printf("# %s: vector 0x%x, ESR_EL1 0x%lx, FAR_EL1 0x%lx, ELR_EL1 0x%lx, SPSR_EL1 0x%lx\n",
		       now->name, exception.vector, exception.esr, exception.far, exception.elr,
		       exception.spsr);
	return good && !memcmp(after.x, before.x, sizeof(after.x)) &&
	       !memcmp(after.v, before.v, sizeof(after.v)) && after.sp_el0 == before.sp_el0 &&
	       after.sp_el1 == before.sp_el1;
}

/* ---- At a device's edge ---------------------------------------------------------------------- */

static void test_edge(void)
{
	uint64_t end = WINDOW_EMULATED + DEVICE_SIZE, boundary = LARGE_DEVICE + PAGE_SIZE;
	uint64_t value;

	use(&el1h);
	fill_devices(true);
	at("ldr w2, [x1]", CODE_EMULATED, end - 4);
	on();
	TAP_EQ(executed() && seen.accesses == 1, true, "a word that ends where the device ends", MMIO);
	at("ldr x2, [x1]", CODE_EMULATED, end - 4);
	on();
	TAP_OK(aborted(ESR_LOAD_EL1, end - 4), "a doubleword there is an External abort", MMIO);
	at("strb w2, [x1]", CODE_EMULATED, end);
	on();
	TAP_OK(aborted(ESR_STORE_EL1, end), "so is a byte behind it", MMIO);
	TAP_EQ(seen.accesses, 1, "and the device sees neither", MMIO);

	/* Two registers: the device has taken the first when the second turns out to be beside it. */
	at("stp x2, x3, [x1, #-16]!", CODE_EMULATED, end - 12 + 16);
	on();
	TAP_OK(aborted(ESR_STORE_EL1, end - 12), "STP over the end: an abort, the base is not updated", MMIO);
	memcpy(&value, device + DEVICE_SIZE - 12, 8);
	TAP_EQ(value, before.x[2], "what it had before the end, is in the device", MMIO);

	/* In two pages: of the second one nobody has said where it is. */
	seen.accesses = 0;
	at("ldp x2, x3, [x1]", CODE_EMULATED, boundary - 8);
	on();
	TAP_OK(aborted(ESR_LOAD_EL1, boundary - 8),
	       "LDP over a page boundary, all of it a device's: an abort", MMIO);
	TAP_EQ(seen.accesses, 0, "which the device does not see", MMIO);
	at("ldp x2, x3, [x1]", CODE_EMULATED, boundary);
	on();
	TAP_EQ(executed() && seen.accesses == 2, true, "in the second page it is answered", MMIO);
}

/* ---- Where nothing is ------------------------------------------------------------------------ */

/* A bus that gives no answer is the reference: whether EA is set is the memory system's affair. */
static bool as_by_hardware(const char *text)
{
	struct puppet_exception real;

	at(text, CODE_REAL, HOLE);
	on();
	real = exception;
	at(text, CODE_EMULATED, NOTHING);
	on();
	return aborted(exception.esr, NOTHING) && exception.esr == (real.esr & ~DABT_EA) &&
	       exception.vector == real.vector && exception.pstate == real.pstate && real.far == HOLE &&
	       real.elr - CODE_REAL == exception.elr - CODE_EMULATED;
}

static void test_nothing(void)
{
	static const struct setting *const settings[] = { &el0, &el1t, &el1h };
	static const char *const what[] = {
		"LDR, STR, LDP, STR Q from where nothing is: the abort that hardware gives; EL0",
		"EL1 with SP_EL0", "EL1 with SP_EL1",
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(settings); n++) {
		use(settings[n]);
		TAP_OK(as_by_hardware("ldr x2, [x1]") && as_by_hardware("str x2, [x1]") &&
		       as_by_hardware("ldp x2, x3, [x1]") && as_by_hardware("str q31, [x1]"),
		       what[n], MMIO);
	}
	at("ldr x2, [x1]", CODE_EMULATED, NOTHING);
	on();
	TAP_EQ(exception.esr, ESR_LOAD_EL1, "ESR_EL1: External abort, not on a table walk", MMIO);
}

/* ---- The host's answers ---------------------------------------------------------------------- */

static void test_host(void)
{
	struct guest_cpu *cpu = the_cpu();
	const struct mmio_access *mmio = &cpu->exit.mmio;

	use(&el1t);
	fill_devices(true);
	at("strb w2, [x1, #0xff]", CODE_EMULATED, WINDOW_EMULATED);
	TAP_EQ(once(), EXIT_MMIO_WRITE, "STRB exits to the host", MMIO);
	TAP_EQ(mmio->ipa, WINDOW_EMULATED + 0xff, "with its IPA", MMIO);
	TAP_EQ(mmio->size, 1, "its size", MMIO);
	TAP_EQ(mmio->value, before.x[2] & 0xff, "and a value of no more than that", MMIO);
	TAP_EQ(vcpu_exit_refuse(cpu), EXIT_NOTHING, "the host refuses", MMIO);
	on();
	TAP_OK(aborted(ESR_STORE_EL1, WINDOW_EMULATED + 0xff), "the guest has an External abort", MMIO);

	at("ldrsw x2, [x1]", CODE_EMULATED, WINDOW_EMULATED);
	TAP_EQ(once(), EXIT_MMIO_READ, "LDRSW exits", MMIO);
	TAP_EQ(once() == EXIT_MMIO_READ && cpu->vcpu.frame.elr == before.pc, true,
	       "neither completed nor refused, it is executed once more", MMIO);
	vcpu_exit_complete(cpu, 0x5555555580000001);
	on();
	TAP_EQ(executed() && after.x[2] == 0xffffffff80000001, true, "completed, it has its value", MMIO);

	at("ldrh w2, [x1]", CODE_EMULATED, WINDOW_EMULATED);
	once();
	vcpu_exit_complete(cpu, 0x5555555580001234);
	on();
	TAP_EQ(executed() && after.x[2] == 0x1234, true, "LDRH: no more of it than a halfword", MMIO);

	at("ldp x2, x3, [x1], #16", CODE_EMULATED, WINDOW_EMULATED);
	once();
	TAP_EQ(vcpu_exit_complete(cpu, 1), EXIT_MMIO_READ, "LDP: a first piece, and then a second", MMIO);
	vcpu_exit_refuse(cpu);
	on();
	TAP_OK(aborted(ESR_LOAD_EL1, WINDOW_EMULATED), "that is refused: no register has changed", MMIO);

	/* A device that does not know yet: the guest executes its instruction until it does. */
	seen.accesses = 0;
	seen.retries = 3;
	at("ldr w2, [x1]", CODE_EMULATED, WINDOW_EMULATED);
	on();
	TAP_EQ(executed() && seen.accesses == 1 && !seen.retries, true, "LDR is asked for until it is known", MMIO);
	seen.retries = 3;
	at("str w2, [x1]", CODE_EMULATED, WINDOW_EMULATED);
	on();
	TAP_EQ(executed() && seen.accesses == 2 && !seen.retries, true, "STR is done once", MMIO);
	seen.retries = 3;
	at("ldr x2, [x1], #-8", CODE_EMULATED, WINDOW_EMULATED);
	on();
	TAP_EQ(executed() && seen.accesses == 3 && after.x[1] == WINDOW_EMULATED - 8, true,
	       "so is an update of the base", MMIO);
}

/* ---- Memory that the host gives on demand ---------------------------------------------------- */

/* Is the exit that page fault? */
static bool page_fault(enum exit_reason reason, uint64_t ipa, uint64_t address, bool write, bool fetch)
{
	const struct exit_fault *fault = &the_cpu()->exit.fault;
	bool good = reason == EXIT_NESTED_PAGE_FAULT && fault->ipa == ipa && fault->va == address &&
		    fault->write == write && fault->fetch == fetch && !fault->table_walk &&
		    the_cpu()->vcpu.frame.elr == before.pc;

	if (!good)
		printf("# %s: exit %s, IPA 0x%lx, VA 0x%lx, write %u, fetch %u, walk %u\n", now->name,
		       exit_reason_name(reason), fault->ipa, fault->va, fault->write, fault->fetch,
		       fault->table_walk);
	return good;
}

static void test_write(const struct setting *setting, const char *text, const char *what, const char *then)
{
	struct stage2 *stage2 = &machine.vm.stage2;
	uint64_t ipa = SCRATCH + 0x7f0, *memory = guest_memory(ipa), par;
	bool good;

	use(setting);
	stage2_protect(stage2, SCRATCH, PAGE_SIZE, STAGE2_R);
	write_sysreg(PAR_EL1, 0x5555aaa000);
	par = read_sysreg(PAR_EL1);
	memset(memory, 0, 16);
	to_memory(memory, 16);

	at(text, CODE_EMULATED, va(ipa));
	good = page_fault(once(), ipa, va(ipa), true, false);
	TAP_EQ(good && read_sysreg(PAR_EL1) == par, true, what, MMIO);
	stage2_protect(stage2, SCRATCH, PAGE_SIZE, STAGE2_RWX);
	on();
	to_memory(memory, 16);
	TAP_EQ(executed() && memory[0] == before.x[2], true, then, MMIO);
}

static void test_paging(void)
{
	struct stage2 *stage2 = &machine.vm.stage2;
	uint64_t ipa = NOTHING + 0x560, pa = (uintptr_t)guest_memory(SCRATCH), *memory;
	static const char code[] = "ldr x2, [x1]";

	/* A permission fault leaves HPFAR_EL2 UNKNOWN: the IPA is found by the guest's own stage 1. */
	test_write(&el1h, "str x2, [x1]", "STR to memory that is read-only: NESTED_PAGE_FAULT, where and why",
		   "the host allows it: the guest goes on by itself");
	test_write(&mmu_el0, "str x2, [x1]", "the same at EL0, MMU on; PAR_EL1 stays the guest's",
		   "and it goes on");
	test_write(&mmu_el1, "stp x2, x3, [x1]", "STP at EL1, by TTBR1", "and it goes on");
	test_write(&mmu_el1, "sttr x2, [x1]", "STTR, with EL0's permissions", "and it goes on");

	use(&mmu_el1);
	stage2_protect(stage2, CODE_MOVED, PAGE_SIZE, STAGE2_RW);
	at(code, CODE_MOVED, va(SCRATCH));
	TAP_OK(page_fault(once(), CODE_MOVED + offset_of(code), before.pc, false, true),
	       "code in memory that is not to be executed", MMIO);
	stage2_protect(stage2, CODE_MOVED, PAGE_SIZE, STAGE2_RX);
	on();
	TAP_OK(executed(), "until the host allows it", MMIO);

	use(&mmu_el0);
	stage2_unmap(stage2, CODE_MOVED, PAGE_SIZE);
	at(code, CODE_MOVED, va(SCRATCH));
	TAP_OK(page_fault(once(), CODE_MOVED + offset_of(code), before.pc, false, true),
	       "code in memory that is not there", MMIO);
	stage2_map(stage2, CODE_MOVED, (uintptr_t)guest_memory(CODE_MOVED), PAGE_SIZE, STAGE2_RWX);
	on();
	TAP_OK(executed(), "until it is", MMIO);

	/* A load from no memory is MMIO to this layer; a host may know better. */
	memory = guest_memory(SCRATCH + 0x560);
	memory[0] = 0x1122334455667788;
	memory[1] = 0x99aabbccddeeff00;
	to_memory(memory, 16);
	at("ldp x2, x3, [x1], #16", CODE_EMULATED, va(ipa));
	once();
	vcpu_exit_complete(the_cpu(), 0);
	stage2_map(stage2, NOTHING, pa, PAGE_SIZE, STAGE2_RW);
	on();
	TAP_EQ(executed() && after.x[2] == memory[0] && after.x[3] == memory[1], true,
	       "LDP, and the host maps memory instead of answering: the guest loads from there", MMIO);
	TAP_EQ(after.x[1], va(ipa) + 16, "and its base is updated once", MMIO);
	stage2_unmap(stage2, NOTHING, PAGE_SIZE);
}

/* ---- The guest's own tables ------------------------------------------------------------------ */

/* The table of the last level on the way to NOTHING is at IPA table. */
static void move_table(uint64_t table)
{
	*last_table(NOTHING) = in_order(table | S1_TABLE);
	publish_tables();
}

static bool walk_fault(enum exit_reason reason, uint64_t table, bool fetch)
{
	const struct exit_fault *fault = &the_cpu()->exit.fault;

	return reason == EXIT_NESTED_PAGE_FAULT && fault->table_walk && fault->fetch == fetch &&
	       ALIGN_DOWN(fault->ipa, PAGE_SIZE) == table && the_cpu()->vcpu.frame.elr == before.pc;
}

static void test_walk(void)
{
	struct stage2 *stage2 = &machine.vm.stage2;
	uint64_t table = NOTHING + 0x1000, *memory = guest_memory(SCRATCH);

	use(&mmu_el0);
	move_table(table);
	at("ldr x2, [x1]", CODE_EMULATED, va(NOTHING));
	TAP_OK(walk_fault(once(), table, false),
	       "LDR, and a table of the guest's is nowhere: its IPA, and no MMIO", MMIO);
	/* The host puts one there. It maps the address to the page that it is in. */
	memset(memory, 0, PAGE_SIZE);
	memory[0] = in_order(table | S1_DATA);
	to_memory(memory, PAGE_SIZE);
	stage2_map(stage2, table, (uintptr_t)memory, PAGE_SIZE, STAGE2_RW);
	on();
	TAP_EQ(executed() && after.x[2] == memory[0], true, "the host maps one: the load is executed", MMIO);
	stage2_unmap(stage2, table, PAGE_SIZE);

	use(&mmu_el1);
	move_table(table);
	at("str x2, [x1]", CODE_EMULATED, va(NOTHING));
	TAP_OK(walk_fault(once(), table, false), "STR at EL1: the same", MMIO);
	vcpu_exit_refuse(the_cpu());
	on();
	TAP_OK(aborted(ESR_STORE_WALK, va(NOTHING)), "refused, it is an External abort, on a walk, at that level",
	       MMIO);

	/* What would be worse: a walk that reads a device. */
	fill_devices(false);
	use(&mmu_el1);
	move_table(LARGE_DEVICE);
	at("ldr x2, [x1]", CODE_EMULATED, va(NOTHING));
	TAP_OK(walk_fault(once(), LARGE_DEVICE, false), "the table is an emulated device's registers", MMIO);
	TAP_EQ(seen.accesses, 0, "which does not see it", MMIO);
	at("ldp x2, x3, [x1]", CODE_EMULATED, va(NOTHING));
	TAP_OK(walk_fault(once(), LARGE_DEVICE, false), "LDP: the same", MMIO);
	vcpu_exit_refuse(the_cpu());
	on();
	TAP_OK(aborted(ESR_LOAD_WALK, va(NOTHING)), "refused, it is an External abort on a walk, too", MMIO);
	TAP_EQ(seen.accesses, 0, "and still the device has seen nothing", MMIO);
	move_table(WINDOW_REAL);
	at("ldr x2, [x1]", CODE_EMULATED, va(NOTHING));
	TAP_OK(walk_fault(once(), WINDOW_REAL, false), "the table is a real device's (HCR_EL2.PTW)", MMIO);

	use(&mmu_el1);
	move_table(table);
	at("ldr x2, [x1]", CODE_EMULATED, 0);
	before.pc = va(NOTHING);
	puppet_put(the_cpu(), &before);
	TAP_OK(walk_fault(once(), table, true), "a fetch whose walk faults", MMIO);
	vcpu_exit_refuse(the_cpu());
	on();
	TAP_OK(aborted(ESR_FETCH_WALK, va(NOTHING)), "refused: an Instruction Abort, on a walk", MMIO);
}

void test_faults(void)
{
	test_edge();
	test_nothing();
	test_host();
	test_paging();
	test_walk();
}
