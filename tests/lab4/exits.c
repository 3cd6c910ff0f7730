// SPDX-License-Identifier: MIT
/*
 * exits.c - each reason for which a guest comes back to its host, produced once and ended by the host: the
 * value given, the access refused, or the guest run again; and the record that is kept of it.
 *
 * The host here calls guest_cpu_run() and does all the rest itself. What machine_run() makes of the same
 * exits, other tests have.
 */
#include "blank.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "exit_log.h"
#include "guest/guest.h"
#include "hal.h"
#include "lib/errno.h"
#include "smp.h"
#include "sysreg_trap.h"

#define NOWHERE		0x50000000UL		/* in the GiB of the guest's RAM, behind it: level 2 */

static struct machine machine, recorded;
static struct guest_cpu *cpu = &machine.cpus[0], *other = &machine.cpus[1];
static struct vcpu *vcpu = &machine.cpus[0].vcpu;

/* One instruction at EL1h, until it exits. */
static enum exit_reason exit_by(uint32_t insn, uint64_t x0, uint64_t x1)
{
	EXECUTE(cpu, AT_EL1H, insn);
	vcpu->frame.x[0] = x0;
	vcpu->frame.x[1] = x1;
	return guest_cpu_run(cpu);
}

/* The guest goes on to its end, or to a vector. */
static unsigned int go_on(void)
{
	return guest_cpu_run(cpu) == EXIT_HYPERCALL ? host_hvc(cpu) : 0;
}

/* The host refuses. What the guest gets for it: ESR_EL1, ELR_EL1, FAR_EL1 (0: as it was). */
static void expect_refused(uint64_t esr, uint64_t elr, uint64_t far)
{
	struct trap_frame before = vcpu->frame;
	unsigned int n, differ = 0;

	write_sysreg(FAR_EL1, 0xfa5);
	expect("vcpu_exit_refuse()", vcpu_exit_refuse(cpu), EXIT_NOTHING);
	expect("the vector's HVC", go_on(), BLANK_VECTOR(FROM_EL1H));
	expect("ESR_EL1", read_sysreg(ESR_EL1), esr);
	expect("ELR_EL1", read_sysreg(ELR_EL1), elr);
	expect("FAR_EL1", read_sysreg(FAR_EL1), far ? far : 0xfa5);
	for (n = 0; n < 32; n++)
		differ += vcpu->frame.x[n] != before.x[n];
	expect("general-purpose registers that have changed", differ, 0);
}

/* ESR_EL1 of what a refusal makes: UNDEFINED; or an External abort, from EL1, without FnV. */
#define ESR_UNDEFINED	0x02000000UL
#define ESR_READ	0x96000010UL
#define ESR_WRITE	0x96000050UL
#define ESR_FETCH	0x86000010UL

/* ---- HYPERCALL ------------------------------------------------------------------------------- */

static void test_hypercall(void)
{
	unsigned int n, differ = 0;

	EXECUTE(cpu, AT_EL1H, INSN_HVC(0xbeef), 0xaa0003e9);		/* mov x9, x0 */
	for (n = 0; n < 31; n++)
		vcpu->frame.x[n] = 0x100 + n;
	expect("the reason", guest_cpu_run(cpu), EXIT_HYPERCALL);
	expect("the syndrome, and the immediate in it", vcpu->frame.esr, 0x5a00beef);
	for (n = 0; n < 31; n++)
		differ += vcpu->frame.x[n] != 0x100 + n;
	expect("general-purpose registers that are not the guest's", differ, 0);
	expect("the PC: behind it", vcpu->frame.elr, BLANK_CODE + 4);
	VERDICT("HVC: EXIT_HYPERCALL, with its arguments", DISPATCH);

	vcpu_set_return_value(vcpu, 0x4242424242424242);
	expect("vcpu_exit_complete(): there is nothing to complete", vcpu_exit_complete(cpu, 1),
	       EXIT_NOTHING);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x9, a copy of x0", vcpu->frame.x[9], 0x4242424242424242);
	expect("x1, as it was", vcpu->frame.x[1], 0x101);
	VERDICT("the guest goes on, with the result in x0", DISPATCH);

	expect("the reason", exit_by(INSN_HVC(1), 1, 2), EXIT_HYPERCALL);
	expect_refused(ESR_UNDEFINED, BLANK_CODE, 0);
	VERDICT("HVC refused: UNDEFINED, at the HVC and not behind it", DISPATCH);
}

/* ---- MMIO_READ, MMIO_WRITE ------------------------------------------------------------------- */

#define ANSWER_1	0x8899aabbccddeeffUL	/* every size of it is negative */
#define ANSWER_2	0x7766554433221100UL	/* and none of this */

static const struct {
	const char *what;
	uint32_t insn;
	unsigned int size;
	uint64_t x0[2];			/* for each answer */
} loads[] = {
	{ "LDRB Wt", 0x39400020, 1, { 0xff, 0x00 } },
	{ "LDRH Wt", 0x79400020, 2, { 0xeeff, 0x1100 } },
	{ "LDR Wt", 0xb9400020, 4, { 0xccddeeff, 0x33221100 } },
	{ "LDR Xt", 0xf9400020, 8, { ANSWER_1, ANSWER_2 } },
	{ "LDRSB Wt", 0x39c00020, 1, { 0xffffffff, 0x00 } },
	{ "LDRSB Xt", 0x39800020, 1, { UINT64_MAX, 0x00 } },
	{ "LDRSH Wt", 0x79c00020, 2, { 0xffffeeff, 0x1100 } },
	{ "LDRSH Xt", 0x79800020, 2, { 0xffffffffffffeeff, 0x1100 } },
	{ "LDRSW Xt", 0xb9800020, 4, { 0xffffffffccddeeff, 0x33221100 } },
	{ "LDR XZR", 0xf940003f, 8, { 0x0dd, 0x0dd } },
};

static const struct {
	const char *what;
	uint32_t insn;
	unsigned int size;
	uint64_t value;			/* what the host gets */
} stores[] = {
	{ "STRB Wt", 0x39000020, 1, 0xff },
	{ "STRH Wt", 0x79000020, 2, 0xeeff },
	{ "STR Wt", 0xb9000020, 4, 0xccddeeff },
	{ "STR Xt", 0xf9000020, 8, ANSWER_1 },
	{ "STRB WZR", 0x3900003f, 1, 0 },
	{ "STR XZR", 0xf900003f, 8, 0 },
};

static void test_loads(void)
{
	const uint64_t at = NOWHERE + 0x128;
	unsigned int n, k;

	for (n = 0; n < ARRAY_SIZE(loads); n++) {
		for (k = 0; k < 2; k++) {
			expect("the reason", exit_by(loads[n].insn, 0x0dd, at), EXIT_MMIO_READ);
			expect("the IPA", cpu->exit.mmio.ipa, at);
			expect("the size", cpu->exit.mmio.size, loads[n].size);
			expect("it is no write", cpu->exit.mmio.write, false);
			expect("x0 before the answer", vcpu->frame.x[0], 0x0dd);
			expect("the PC before the answer", vcpu->frame.elr, BLANK_CODE);
			expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, k ? ANSWER_2 : ANSWER_1),
			       EXIT_NOTHING);
			expect("x0", vcpu->frame.x[0], loads[n].x0[k]);
			expect("XZR", vcpu->frame.x[31], 0);
			expect("the PC", vcpu->frame.elr, BLANK_CODE + 4);
			expect("the HVC at the end", go_on(), BLANK_END);
		}
		VERDICT(loads[n].what, MMIO);
	}
}

static void test_stores(void)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(stores); n++) {
		expect("the reason", exit_by(stores[n].insn, ANSWER_1, NOWHERE), EXIT_MMIO_WRITE);
		expect("the IPA", cpu->exit.mmio.ipa, NOWHERE);
		expect("the size", cpu->exit.mmio.size, stores[n].size);
		expect("it is a write", cpu->exit.mmio.write, true);
		expect("the value", cpu->exit.mmio.value, stores[n].value);
		expect("the PC before it is done", vcpu->frame.elr, BLANK_CODE);
		expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, UINT64_MAX), EXIT_NOTHING);
		expect("the HVC at the end", go_on(), BLANK_END);
		expect("x0, which a store leaves alone", vcpu->frame.x[0], ANSWER_1);
		VERDICT(stores[n].what, MMIO);
	}
}

#define INSN_LDP	0xa9400820U	/* ldp x0, x2, [x1] */
#define INSN_STR_POST	0xf8008420U	/* str x0, [x1], #8 */
#define INSN_LDXR	0xc85f7c20U	/* ldxr x0, [x1] */

static void test_pairs(void)
{
	expect("the reason", exit_by(INSN_LDP, 0x1111, NOWHERE), EXIT_MMIO_READ);
	vcpu->frame.x[2] = 0x2222;
	expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, ANSWER_1), EXIT_MMIO_READ);
	expect("the second IPA", cpu->exit.mmio.ipa, NOWHERE + 8);
	expect("x0 after half of it", vcpu->frame.x[0], 0x1111);
	expect("the PC after half of it", vcpu->frame.elr, BLANK_CODE);
	expect("vcpu_exit_complete(), the second time", vcpu_exit_complete(cpu, ANSWER_2), EXIT_NOTHING);
	expect("x0", vcpu->frame.x[0], ANSWER_1);
	expect("x2", vcpu->frame.x[2], ANSWER_2);
	expect("the PC", vcpu->frame.elr, BLANK_CODE + 4);
	expect("vcpu_exit_complete(), once too often", vcpu_exit_complete(cpu, 1), EXIT_NOTHING);
	expect("the PC then", vcpu->frame.elr, BLANK_CODE + 4);
	VERDICT("LDP: two reads, and then both registers at once", MMIO);

	expect("the reason", exit_by(INSN_STR_POST, 7, NOWHERE), EXIT_MMIO_WRITE);
	expect("x1 before it is done", vcpu->frame.x[1], NOWHERE);
	vcpu_exit_complete(cpu, 0);
	expect("x1", vcpu->frame.x[1], NOWHERE + 8);
	VERDICT("STR with post-index: the base register moves", MMIO);

	expect("the reason", exit_by(INSN_LDXR, 1, NOWHERE), EXIT_NOTHING);
	expect("the vector's HVC", go_on(), BLANK_VECTOR(FROM_EL1H));
	expect("ESR_EL1", read_sysreg(ESR_EL1), 0x96000035);
	VERDICT("LDXR from a device: \"unsupported Exclusive access\", without the host", MMIO);
}

static void test_not_completed(void)
{
	exit_by(INSN_LDR, 3, NOWHERE);
	expect("the reason of the next exit", guest_cpu_run(cpu), EXIT_MMIO_READ);
	expect("the IPA", cpu->exit.mmio.ipa, NOWHERE);
	vcpu_exit_complete(cpu, 9);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x0", vcpu->frame.x[0], 9);
	VERDICT("run again without an answer: the guest asks again", DISPATCH);

	exit_by(INSN_LDR, 3, NOWHERE);
	vcpu_exit_complete(cpu, 9);
	expect("vcpu_exit_complete(), once too often", vcpu_exit_complete(cpu, 10), EXIT_NOTHING);
	expect("x0 then", vcpu->frame.x[0], 9);
	expect("the PC then", vcpu->frame.elr, BLANK_CODE + 4);
	VERDICT("completed twice: done once", DISPATCH);

	expect("the reason", exit_by(INSN_LDR, 1, NOWHERE + 4), EXIT_MMIO_READ);
	expect_refused(ESR_READ, BLANK_CODE, NOWHERE + 4);
	VERDICT("a read refused: a synchronous External abort", DISPATCH);
	expect("the reason", exit_by(INSN_STR, 1, NOWHERE + 8), EXIT_MMIO_WRITE);
	expect_refused(ESR_WRITE, BLANK_CODE, NOWHERE + 8);
	VERDICT("a write refused: the same, with WnR", DISPATCH);
	exit_by(INSN_LDP, 0x1111, NOWHERE);
	expect("the reason", vcpu_exit_complete(cpu, ANSWER_1), EXIT_MMIO_READ);
	expect_refused(ESR_READ, BLANK_CODE, NOWHERE);
	VERDICT("the second half of a pair refused: no register has changed", DISPATCH);
}

/* ---- SYSREG_READ, SYSREG_WRITE, SEND_IPI ----------------------------------------------------- */

#define PMCR		SYSREG_NUMBER(3, 3, 9, 12, 0)		/* one that a host may have */
#define SYS64_PMCR	SYS64_REG(3, 3, 9, 12, 0)
#define SGI1R		SYSREG_NUMBER(3, 0, 12, 11, 5)
#define ASGI1R		SYSREG_NUMBER(3, 0, 12, 11, 6)
#define SGI0R		SYSREG_NUMBER(3, 0, 12, 11, 7)

static void test_sysregs(void)
{
	machine.host_sysregs = true;
	expect("the reason", exit_by(INSN_MRS(PMCR, 5), 1, 2), EXIT_SYSREG_READ);
	expect("the register", cpu->exit.sysreg.reg, SYS64_PMCR);
	expect("Rt", cpu->exit.sysreg.rt, 5);
	expect("the PC before the answer", vcpu->frame.elr, BLANK_CODE);
	expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, ANSWER_1), EXIT_NOTHING);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x5", vcpu->frame.x[5], ANSWER_1);
	expect("the reason, into XZR", exit_by(INSN_MRS(PMCR, 31), 1, 2), EXIT_SYSREG_READ);
	expect("Rt", cpu->exit.sysreg.rt, 31);
	vcpu_exit_complete(cpu, ANSWER_1);
	expect("XZR", vcpu->frame.x[31], 0);
	expect("the HVC at the end", go_on(), BLANK_END);
	VERDICT("MRS of a host's own register: EXIT_SYSREG_READ", SYSREGS);

	expect("the reason", exit_by(INSN_MSR(PMCR, 0), ANSWER_2, 2), EXIT_SYSREG_WRITE);
	expect("the register", cpu->exit.sysreg.reg, SYS64_PMCR);
	expect("the value", cpu->exit.sysreg.value, ANSWER_2);
	expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, 5), EXIT_NOTHING);
	expect("x0, which MSR leaves alone", vcpu->frame.x[0], ANSWER_2);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("the reason, of XZR", exit_by(INSN_MSR(PMCR, 31), 1, 2), EXIT_SYSREG_WRITE);
	expect("the value of XZR", cpu->exit.sysreg.value, 0);
	vcpu_exit_complete(cpu, 0);
	go_on();
	VERDICT("MSR: EXIT_SYSREG_WRITE", SYSREGS);

	expect("the reason", exit_by(INSN_MRS(PMCR, 5), 1, 2), EXIT_SYSREG_READ);
	expect_refused(ESR_UNDEFINED, BLANK_CODE, 0);
	expect("the reason", exit_by(INSN_MSR(PMCR, 0), 1, 2), EXIT_SYSREG_WRITE);
	expect_refused(ESR_UNDEFINED, BLANK_CODE, 0);
	VERDICT("both refused: UNDEFINED", SYSREGS);

	machine.host_sysregs = false;
	expect("the reason", exit_by(INSN_MRS(PMCR, 5), 1, 2), EXIT_NOTHING);
	expect("the vector's HVC", go_on(), BLANK_VECTOR(FROM_EL1H));
	expect("ESR_EL1", read_sysreg(ESR_EL1), ESR_UNDEFINED);
	expect("ELR_EL1", read_sysreg(ELR_EL1), BLANK_CODE);
	VERDICT("a host that has none is not asked", SYSREGS);
}

static void test_ipi(void)
{
	static const struct { unsigned int number; uint32_t reg; } sgis[] = {
		{ SGI1R, SYS64_ICC_SGI1R }, { ASGI1R, SYS64_ICC_ASGI1R }, { SGI0R, SYS64_ICC_SGI0R },
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(sgis); n++) {
		uint64_t value = 0x00ff00fe0500fffe + n;

		expect("the reason", exit_by(INSN_MSR(sgis[n].number, 0), value, 0), EXIT_SEND_IPI);
		expect("the register", cpu->exit.ipi.reg, sgis[n].reg);
		expect("the value, all of it", cpu->exit.ipi.value, value);
		expect("the PC before it is sent", vcpu->frame.elr, BLANK_CODE);
		expect("vcpu_exit_complete()", vcpu_exit_complete(cpu, 0), EXIT_NOTHING);
		expect("the HVC at the end", go_on(), BLANK_END);
		exit_by(INSN_MSR(sgis[n].number, 0), value, 0);
		expect_refused(ESR_UNDEFINED, BLANK_CODE, 0);
		/* They are write-only. */
		expect("MRS", exit_by(INSN_MRS(sgis[n].number, 0), 1, 2) == EXIT_SEND_IPI, false);
		go_on();
		expect("MRS: ESR_EL1", read_sysreg(ESR_EL1), ESR_UNDEFINED);
	}
	VERDICT("ICC_SGI1R, ICC_ASGI1R, ICC_SGI0R: EXIT_SEND_IPI, or refused", SYSREGS);
}

/* ---- HALT, NOTHING --------------------------------------------------------------------------- */

static void test_halt(void)
{
	cpu->exit.halt.until = 0;
	expect("the reason", exit_by(INSN_WFI, 1, 2), EXIT_HALT);
	expect("until when", cpu->exit.halt.until, UINT64_MAX);
	expect("the PC: behind it", vcpu->frame.elr, BLANK_CODE + 4);
	expect("vcpu_exit_complete(): there is nothing to complete", vcpu_exit_complete(cpu, 5),
	       EXIT_NOTHING);
	expect("the PC then", vcpu->frame.elr, BLANK_CODE + 4);
	expect("the HVC at the end", go_on(), BLANK_END);
	VERDICT("WFI: EXIT_HALT, with no time set", WFX);

	expect("the reason", exit_by(INSN_MRS(SYSREG_NUMBER(3, 0, 0, 7, 1), 0), 1, 2), EXIT_NOTHING);
	expect("the value", vcpu->frame.x[0], machine.ids.value[7][1]);
	expect("the HVC at the end", go_on(), BLANK_END);
	VERDICT("MRS of an ID register: EXIT_NOTHING, it is done", DISPATCH);
}

/* ---- NESTED_PAGE_FAULT ----------------------------------------------------------------------- */

#define PAGE	BLANK_FREE
#define RET_X30	0xd65f03c0U

static void map_page(void)
{
	stage2_map(&machine.vm.stage2, PAGE, (uintptr_t)blank_memory(&machine, PAGE), PAGE_SIZE,
		   STAGE2_RWX);
}

static void unmap_page(void)
{
	stage2_unmap(&machine.vm.stage2, PAGE, PAGE_SIZE);
}

static void expect_fault(uint64_t ipa, uint64_t va, bool write, bool fetch, bool walk)
{
	const struct exit_fault *fault = &cpu->exit.fault;

	expect("the IPA", fault->ipa, ipa);
	expect("the address", fault->va, va);
	expect("it is a write", fault->write, write);
	expect("it is a fetch", fault->fetch, fetch);
	expect("it is a walk of its tables", fault->table_walk, walk);
}

static void test_page_fault(void)
{
	uint32_t *word = blank_memory(&machine, PAGE);
	uint64_t *table = blank_memory(&machine, BLANK_TABLE);

	/* A write to memory that is there, but read-only. */
	stage2_protect(&machine.vm.stage2, PAGE, PAGE_SIZE, STAGE2_R);
	write_sysreg(PAR_EL1, 0x9a5);
	expect("the reason", exit_by(INSN_STR_W, 0x5705, PAGE + 0x18), EXIT_NESTED_PAGE_FAULT);
	expect_fault(PAGE + 0x18, PAGE + 0x18, true, false, false);
	expect("PAR_EL1, which is the guest's", read_sysreg(PAR_EL1), 0x9a5);
	expect("the PC", vcpu->frame.elr, BLANK_CODE);
	stage2_protect(&machine.vm.stage2, PAGE, PAGE_SIZE, STAGE2_RWX);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("what it has written", *(volatile uint32_t *)(word + 6), 0x5705);
	VERDICT("a page that the guest may not write: made writable, it goes on", DISPATCH);

	stage2_protect(&machine.vm.stage2, PAGE, PAGE_SIZE, STAGE2_R);
	expect("the reason", exit_by(INSN_STR_W, 1, PAGE + 0x20), EXIT_NESTED_PAGE_FAULT);
	expect_refused(ESR_WRITE, BLANK_CODE, PAGE + 0x20);
	VERDICT("refused: a synchronous External abort", DISPATCH);

	/* A fetch from where nothing is. */
	stage2_protect(&machine.vm.stage2, PAGE, PAGE_SIZE, STAGE2_RWX);
	*word = RET_X30;
	blank_written(&machine, PAGE, 4);
	unmap_page();
	vcpu->frame.x[30] = BLANK_CODE + 4;
	expect("the reason", exit_by(INSN_BR, 1, PAGE), EXIT_NESTED_PAGE_FAULT);
	expect_fault(PAGE, PAGE, false, true, false);
	expect("the PC", vcpu->frame.elr, PAGE);
	map_page();
	expect("the HVC at the end", go_on(), BLANK_END);
	VERDICT("a fetch from a page that is not there: mapped, it goes on", DISPATCH);

	unmap_page();
	expect("the reason", exit_by(INSN_BR, 1, PAGE), EXIT_NESTED_PAGE_FAULT);
	expect_refused(ESR_FETCH, PAGE, PAGE);
	VERDICT("refused: a synchronous External abort, at the address", DISPATCH);

	/* A load from there has a syndrome: it might be a device. The host knows better, and maps the page. */
	expect("the reason", exit_by(INSN_LDR_W, 1, PAGE), EXIT_MMIO_READ);
	map_page();
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x0", vcpu->frame.x[0], RET_X30);
	VERDICT("a load from a page that is not there: mapped, it goes on", DISPATCH);

	/* Its own tables: the level 2 table is in the page that is away. */
	blank_mmu_on(cpu, 0);
	write_sysreg(SCTLR_EL1, BLANK_SCTLR);
	isb();
	table[2] = PAGE | 3;
	blank_written(&machine, BLANK_TABLE, PAGE_SIZE);
	*(uint64_t *)word = (RAM_BASE & GENMASK(47, 21)) | BIT(10) | 1;	/* a block: AF, attribute 0 */
	blank_written(&machine, PAGE, 8);
	unmap_page();
	write_sysreg(SCTLR_EL1, BLANK_SCTLR | SCTLR_EL1_M);
	isb();
	*(uint64_t *)blank_memory(&machine, BLANK_DATA) = 0xda7a;
	expect("the reason", exit_by(INSN_LDR, 1, 0x80000000 + BLANK_DATA % 0x200000),
	       EXIT_NESTED_PAGE_FAULT);
	expect_fault(PAGE, 0x80000000 + BLANK_DATA % 0x200000, false, false, true);
	map_page();
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x0", vcpu->frame.x[0], 0xda7a);
	VERDICT("a translation table of its own that is not there: mapped, it goes on", DISPATCH);
	blank_mmu_off(cpu);
	table[2] = 0;
}

/* ---- EXTERNAL_INTERRUPT ---------------------------------------------------------------------- */

static void test_interrupt(void)
{
	unsigned int n;

	EXECUTE(cpu, AT_EL1H, INSN_B_SELF);
	host_ticks_start(300);
	for (n = 0; n < 3; n++) {
		uint64_t before = host_ticks.count;

		expect("the reason", guest_cpu_run(cpu), EXIT_EXTERNAL_INTERRUPT);
		expect("the host's tick has come", host_ticks.count > before, true);
		expect("the PC", vcpu->frame.elr, BLANK_CODE);
		expect("the guest's PSTATE", vcpu->frame.spsr, AT_EL1H);
	}
	host_ticks_stop();
	VERDICT("a guest that spins, all masked: EXTERNAL_INTERRUPT, and the host's handler has run",
		DISPATCH);
}

/* ---- FAIL_ENTRY ------------------------------------------------------------------------------ */

static enum irq_result no_irq(struct percpu *percpu, uint32_t intid)
{
	(void)percpu;
	(void)intid;
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = HAL_GICV3(no_irq);
static int error_there[3];
static uint32_t turn;

static void wait_for_turn(uint32_t number)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != number)
		;
}

/* The other CPU has the other vCPU for a while. */
static void hold(struct percpu *percpu)
{
	error_there[0] = gicv3_cpu_init(&percpu->gicr) ? -ETIMEDOUT : percpu_hardware_enable(vcpu_vectors);
	error_there[1] = guest_cpu_load(other);
	__atomic_store_n(&turn, 1, __ATOMIC_RELEASE);
	wait_for_turn(2);
	error_there[2] = guest_cpu_put(other);
	__atomic_store_n(&turn, 3, __ATOMIC_RELEASE);
}

static void expect_no_entry(const char *what)
{
	struct exit_log before = other->log;

	expect(what, guest_cpu_run(other), EXIT_FAIL_ENTRY);
	expect("machine_run()", machine_run(other), EXIT_FAIL_ENTRY);
	expect("counted", other->log.counts[EXIT_FAIL_ENTRY], before.counts[EXIT_FAIL_ENTRY] + 2);
	expect("there is no exit to record", other->log.last == &other->log.ring[EXIT_LOG_SIZE - 1], true);
	expect("its PC", other->vcpu.frame.elr, GUEST_ENTRY);
}

static void loaded_elsewhere(void)
{
	wait_for_turn(1);
	expect("virtualization there", (uint64_t)error_there[0], 0);
	expect("guest_cpu_load() there", (uint64_t)error_there[1], 0);
	expect_no_entry("guest_cpu_run() of one that is on another CPU");
	expect("guest_cpu_put() of it", (uint64_t)guest_cpu_put(other), (uint64_t)-EPERM);
	__atomic_store_n(&turn, 2, __ATOMIC_RELEASE);
	wait_for_turn(3);
	expect("guest_cpu_put() there", (uint64_t)error_there[2], 0);
	VERDICT("loaded on another CPU: FAIL_ENTRY", DISPATCH);
}

static void test_fail_entry(void)
{
	expect_no_entry("guest_cpu_run() of one that is not loaded");
	VERDICT("not loaded: FAIL_ENTRY", DISPATCH);

	if (smp_start(&smp_psci, &hal, hold) < 2) {
		TAP_SKIP("loaded on another CPU: FAIL_ENTRY", "there is no other CPU");
	} else {
		loaded_elsewhere();
	}

	/* The vector itself cannot be fetched. */
	write_sysreg(VBAR_EL1, NOWHERE);
	expect("the reason", exit_by(INSN_UDF, 0, 0), EXIT_NESTED_PAGE_FAULT);
	expect("the PC", vcpu->frame.elr, NOWHERE + 0x200);
	expect("vcpu_exit_refuse()", vcpu_exit_refuse(cpu), EXIT_FAIL_ENTRY);
	write_sysreg(VBAR_EL1, BLANK_VECTORS);
	expect("another try", exit_by(INSN_HVC(BLANK_END), 0, 0), EXIT_HYPERCALL);
	VERDICT("no way on, as the vector is nowhere: FAIL_ENTRY", DISPATCH);
}

/* ---- A layer above takes a class over -------------------------------------------------------- */

static unsigned int seen;
static uint64_t seen_esr;

static enum exit_reason take_smc(struct guest_cpu *of, uint64_t esr)
{
	seen++;
	seen_esr = esr;
	vcpu_set_return_value(&of->vcpu, 0x5ec);
	of->vcpu.frame.elr += 4;
	return EXIT_SYSTEM_DOWN;
}

static void test_register(void)
{
	exit_handler before = exit_register(EC_SMC64, take_smc);

	expect("the reason", exit_by(INSN_SMC(7), 1, 2), EXIT_SYSTEM_DOWN);
	expect("its calls", seen, 1);
	expect("its syndrome", seen_esr, 0x5e000007);
	expect("the HVC at the end", go_on(), BLANK_END);
	expect("x0", vcpu->frame.x[0], 0x5ec);
	VERDICT("exit_register(): the new handler gets SMC, and its reason is returned", DISPATCH);

	expect("what exit_register() returns", (uintptr_t)exit_register(EC_SMC64, before),
	       (uintptr_t)take_smc);
	expect("the reason", exit_by(INSN_SMC(7), 1, 2), EXIT_NOTHING);
	expect("calls of the other handler", seen, 1);
	expect("the vector's HVC", go_on(), BLANK_VECTOR(FROM_EL1H));
	expect("ESR_EL1", read_sysreg(ESR_EL1), ESR_UNDEFINED);
	VERDICT("given back: SMC is UNDEFINED again", DISPATCH);
}

/* ---- The record ------------------------------------------------------------------------------ */

/* What was expected to be recorded, in order; and how often each reason came. */
static struct exit_record made[128];
static unsigned int made_count;
static uint64_t made_counts[EXIT_REASONS];

static void note(uint64_t esr, uint64_t elr, uint64_t ipa, enum exit_reason reason)
{
	made[made_count++] = (struct exit_record){ esr, elr, ipa, reason };
	made_counts[reason]++;
}

static void compare_log(const struct exit_log *log)
{
	unsigned int n, kept = made_count < EXIT_LOG_SIZE ? made_count : EXIT_LOG_SIZE;

	expect("exits in all", exit_log_total(log), made_count);
	for (n = 0; n < EXIT_REASONS; n++)
		expect(exit_reason_name(n), log->counts[n], made_counts[n]);
	for (n = 0; n < kept; n++) {
		const struct exit_record *want = &made[made_count - 1 - n];
		const struct exit_record *got =
			&log->ring[(unsigned int)(log->last - log->ring - n) % EXIT_LOG_SIZE];

		expect("ESR", got->esr, want->esr);
		expect("ELR", got->elr, want->elr);
		expect("reason", got->reason, want->reason);
		if (ESR_EC(want->esr) == EC_DABT_LOWER || ESR_EC(want->esr) == EC_IABT_LOWER)
			expect("IPA", got->ipa, want->ipa);
	}
	/* The rest was never written. */
	for (; n < EXIT_LOG_SIZE; n++) {
		const struct exit_record *got =
			&log->ring[(unsigned int)(log->last - log->ring - n) % EXIT_LOG_SIZE];

		expect("an exit that was not made", got->esr | got->elr, 0);
	}
}

/* An instruction, what it leads to, and the end. machine: all but the HVCs are done by machine_run(). */
static void record(struct guest_cpu *of, uint32_t insn, uint64_t esr, uint64_t ipa,
		   enum exit_reason reason, bool by_machine)
{
	bool behind = ESR_EC(esr) == EC_HVC64;

	EXECUTE(of, AT_EL1H, insn);
	of->vcpu.frame.x[0] = 1;
	of->vcpu.frame.x[1] = ipa;
	note(esr, BLANK_CODE + (behind ? 4 : 0), ipa, reason);
	if (by_machine) {
		expect("machine_run()", machine_run(of), EXIT_HYPERCALL);
	} else {
		expect("guest_cpu_run()", guest_cpu_run(of), reason);
		vcpu_exit_complete(of, 0);
		expect("guest_cpu_run() again", guest_cpu_run(of), EXIT_HYPERCALL);
	}
	note(0x5a000000 | host_hvc(of), of->vcpu.frame.elr, 0, EXIT_HYPERCALL);
}

#define ESR_ID_READ	(0x62000001UL | SYS64_REG(3, 0, 0, 7, 0))	/* mrs x0, ID_AA64MMFR0_EL1 */

static void record_some(struct guest_cpu *of, unsigned int n)
{
	bool by_machine = n & 1;

	record(of, INSN_HVC(n), 0x5a000000 | n, 0, EXIT_HYPERCALL, false);
	record(of, INSN_MRS(SYSREG_NUMBER(3, 0, 0, 7, 0), 0), ESR_ID_READ, 0, EXIT_NOTHING, by_machine);
	/* A register of the distributor: 32 bits, level 1 (no table for its GiB). */
	record(of, INSN_LDR_W, 0x93800005, GICD_BASE + 4, EXIT_MMIO_READ, by_machine);
	record(of, INSN_STR_W, 0x93800045, GICD_BASE + 0x84, EXIT_MMIO_WRITE, by_machine);
	/* 64 bits of nothing, level 2: only the first way completes that. */
	record(of, INSN_STR, 0x93c08046, NOWHERE + 16 * n, EXIT_MMIO_WRITE, false);
	record(of, INSN_SMC(n), 0x5e000000 | n, 0, EXIT_NOTHING, by_machine);
}

static void test_log(void)
{
	struct guest_cpu *of = &recorded.cpus[0];
	unsigned int n;

	guest_cpu_put(cpu);
	blank_create(&recorded, "recorded", 1);
	guest_cpu_load(of);
	compare_log(&of->log);
	VERDICT("no exit yet: nothing recorded, nothing counted", DISPATCH);

	record_some(of, 0);
	compare_log(&of->log);
	VERDICT("12 exits: those, in order, and no other", DISPATCH);

	EXECUTE(of, AT_EL1H, INSN_B_SELF);
	host_ticks_start(200);
	expect("the reason", guest_cpu_run(of), EXIT_EXTERNAL_INTERRUPT);
	host_ticks_stop();
	note((uint64_t)VCPU_EXIT_IRQ << 60, BLANK_CODE, 0, EXIT_EXTERNAL_INTERRUPT);
	compare_log(&of->log);
	VERDICT("an interrupt is recorded without a syndrome", DISPATCH);

	for (n = 1; n < 8; n++)
		record_some(of, n);
	expect("exits of this test", made_count > 3 * EXIT_LOG_SIZE - 1, true);
	compare_log(&of->log);
	VERDICT("97 exits: all counted, and the last 32 in order", DISPATCH);
	guest_cpu_put(of);
}

void main(void)
{
	host_start();
	tap_plan(3 + ARRAY_SIZE(loads) + ARRAY_SIZE(stores) + 3 + 5 + 4 + 1 + 2 + 6 + 1 + 3 + 2 + 4);
	blank_create(&machine, "exits", 2);
	guest_cpu_load(cpu);
	test_hypercall();
	test_loads();
	test_stores();
	test_pairs();
	test_not_completed();
	test_sysregs();
	test_ipi();
	test_halt();
	test_page_fault();
	test_interrupt();
	test_fail_entry();
	test_register();
	test_log();
	tap_done();
}
