// SPDX-License-Identifier: MIT
/*
 * hostile.c - a guest that reaches for what is not its own: the other guest's memory, the hypervisor's, the
 * devices, addresses that are nowhere. Each time it exits, with a syndrome that says where and why, and
 * nobody else notices.
 */
#include "puppet.h"

#include "arch/layout.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "mm/stage2.h"

static struct guest a, b;

static uint64_t sum(const void *memory, size_t size)
{
	const uint64_t *words = memory;
	uint64_t sum = 0;
	size_t n;

	for (n = 0; n < size / 8; n++)
		sum = sum * 31 + words[n];
	return sum;
}

/* Parts of the syndrome by the Arm ARM, "ESR_EL2, ISS encoding for an exception from a Data Abort". */
static unsigned int first_bad;
static uint64_t bad_ipa, bad_got, bad_want;

static void check(unsigned int what, uint64_t ipa, uint64_t got, uint64_t want)
{
	if (got == want || first_bad)
		return;
	first_bad = what;
	bad_ipa = ipa;
	bad_got = got;
	bad_want = want;
}

/*
 * Not mapped. A 40-bit stage 2 starts at level 1; below the GiB of the guest's RAM there is a level 2 table,
 * other GiBs have none: that is where the walk ends.
 */
static uint64_t fault_level(uint64_t ipa)
{
	return ipa >> 30 == RAM_BASE >> 30 ? 2 : 1;
}

static void reach_for(uint64_t ipa, uint64_t fsc)
{
	static const struct { uint32_t instruction; uint64_t ec, iss, mask; } tries[] = {
		/* LDR x0: ISV, SAS = 3, SRT = 0, SF; STR x0: with WnR. A fetch has only the fault status. */
		{ INSN_LDR, 0x24, 1 << 24 | 3 << 22 | 1 << 15, 0x1ffffc0 },
		{ INSN_STR, 0x24, 1 << 24 | 3 << 22 | 1 << 15 | 1 << 6, 0x1ffffc0 },
		{ INSN_BR, 0x20, 0, 0x80 },
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(tries); n++) {
		struct answer answer = puppet(&a.vcpu, tries[n].instruction, 0x5555, ipa);

		/* The branch itself was executed; what failed is the fetch behind it. */
		check(1, ipa, answer.done, false);
		check(2, ipa, answer.kind, VCPU_EXIT_SYNC);
		check(3, ipa, answer.esr >> 26, tries[n].ec);
		check(4, ipa, answer.esr & tries[n].mask, tries[n].iss & tries[n].mask);
		check(5, ipa, answer.esr & 0x3f, fsc);
		check(6, ipa, answer.far, ipa);
		check(7, ipa, answer.hpfar, ipa >> 12 << 4);
		if (answer.done)
			continue;
		if (tries[n].instruction == INSN_BR) {
			/* Back to where it came from, and its x0 is what we put there. */
			check(8, ipa, a.vcpu.frame.elr, ipa);
			vcpu_set_entry(&a.vcpu, GUEST_ENTRY);
			a.vcpu.frame.spsr = 0x3c5;
		} else {
			puppet_skip(&a.vcpu);
		}
	}
}

static const char *const parts[] = {
	"", "the access does not succeed", "the kind of exit", "ESR_EL2.EC",
	"ESR_EL2: ISV, SAS, SRT, SF, S1PTW, WnR", "ESR_EL2: fault status", "FAR_EL2", "HPFAR_EL2", "ELR_EL2",
};

static void report(const char *what, const char *section)
{
	if (first_bad)
		printf("# IPA 0x%lx: %s\n", bad_ipa, parts[first_bad]);
	TAP_EQ(bad_got, bad_want, what, section);
	first_bad = 0;
	bad_got = bad_want = 0;
}

static void reach_out(const char *what, uint64_t ipa)
{
	reach_for(ipa, 4 | fault_level(ipa));
	report(what, STAGE2);
}

static void test_unmapped(void)
{
	uint64_t ipa;

	reach_out("the other guest's memory, by its physical address", (uintptr_t)b.vm.ram + 0x80000);
	reach_out("its own, by its physical address", (uintptr_t)a.vm.ram);
	reach_out("the hypervisor's first byte", HYP_BASE);
	reach_out("its code", (uintptr_t)vcpu_run & ~7UL);
	reach_out("its own struct vcpu", (uintptr_t)&a.vcpu);
	reach_out("its own stage 2 tables", (uintptr_t)a.vm.stage2.root);
	reach_out("the hypervisor's stack", STACK_TOP(0) - 16);
	reach_out("the UART", UART_BASE);
	reach_out("the GIC's distributor", GICD_BASE);
	reach_out("the GIC's redistributor", GICR_BASE);
	reach_out("fw_cfg", FW_CFG_BASE);
	reach_out("address 0", 0);
	reach_out("the last word before its RAM", RAM_BASE - 8);
	reach_out("the first word behind its RAM", RAM_BASE + GUEST_RAM_SIZE);
	reach_out("the end of a GiB of its RAM", RAM_BASE + 0x3ffffff8);
	reach_out("the last word of 40 bits", (1UL << 40) - 8);
	for (ipa = 0; ipa < 1UL << 40; ipa += 0x3ffff1000)
		if (ipa < RAM_BASE || ipa >= RAM_BASE + GUEST_RAM_SIZE)
			reach_for(ipa + 0x770, 4 | fault_level(ipa));
	report("and all over the address space", STAGE2);
}

static void test_permissions(void)
{
	uint64_t ipa = RAM_BASE + 0x10000;
	struct answer answer;

	TAP_EQ(stage2_protect(&a.vm.stage2, ipa, PAGE_SIZE, STAGE2_R), 0, "a page becomes read-only", STAGE2);
	answer = puppet(&a.vcpu, INSN_LDR, 0, ipa + 8);
	TAP_EQ(answer.done && !answer.el1_esr, true, "it can be read", STAGE2);
	answer = puppet(&a.vcpu, INSN_STR, 1, ipa + 8);
	TAP_EQ(answer.esr & 0xfc00007f, 0x9000004f, "a write is a permission fault, level 3", STAGE2);
	puppet_skip(&a.vcpu);
	answer = puppet(&a.vcpu, INSN_BR, 0, ipa + 8);
	TAP_EQ(answer.esr & 0xfc00003f, 0x8000000f, "so is a fetch", STAGE2);
	vcpu_set_entry(&a.vcpu, GUEST_ENTRY);
	a.vcpu.frame.spsr = 0x3c5;

	TAP_EQ(stage2_unmap(&a.vm.stage2, ipa, PAGE_SIZE), 0, "the page is taken away", STAGE2);
	reach_for(ipa + 16, 7);
	report("then it is a translation fault, level 3", STAGE2);
	answer = puppet(&a.vcpu, INSN_LDR, 0, ipa + PAGE_SIZE);
	TAP_EQ(answer.done && !answer.el1_esr, true, "the page behind it is still there", STAGE2);
}

/* Its own stage 1 tables are nowhere: the walk faults, and that is not an access to memory of its. */
static void test_walk(void)
{
	struct vcpu *vcpu = &a.vcpu;
	uint64_t nowhere = 0x91234000;
	struct answer answer;

	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 2, 0, 0)), nowhere, 0);		/* TTBR0_EL1 */
	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 2, 0, 2)), 0x280803519, 0);		/* TCR_EL1 */
	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 10, 2, 0)), 0xff, 0);		/* MAIR_EL1 */
	answer = puppet(vcpu, INSN_MSR(SYSREG(3, 0, 1, 0, 0)), 0x30d00801, 0);	/* SCTLR_EL1.M */
	TAP_EQ(answer.esr >> 26, 0x20, "MMU on, tables nowhere: the next fetch exits", STAGE2);
	TAP_EQ(answer.esr >> 7 & 1, 1, "ESR_EL2.S1PTW says that the walk faulted", STAGE2);
	TAP_EQ(answer.hpfar >> 4 << 12 & ~0xfffUL, nowhere, "HPFAR_EL2 is the table's IPA", STAGE2);
	vcpu_unbind(vcpu);
	vcpu->sysregs.sctlr_el1 = 0x30d00800;
	vcpu_set_entry(vcpu, GUEST_ENTRY);
	vcpu->frame.spsr = 0x3c5;
	vcpu_bind(vcpu);
	answer = puppet(vcpu, INSN_NOP, 0x4321, 0);
	TAP_EQ(answer.x0, 0x4321, "with its MMU off again it goes on", STAGE2);
}

void main(void)
{
	uint64_t before, hyp;
	struct answer answer;
	const void *text = (const void *)HYP_BASE;

	host_start();
	tap_plan(17 + 7 + 4 + 4 + RUN_FINDINGS_TESTS);
	GUEST_CREATE(&a, "the hostile one", program_puppet, 0, NULL);
	GUEST_CREATE(&b, "the other", program_puppet, 0, NULL);
	answer = puppet_once(&b.vcpu, INSN_STR, 0xb0b0b0b0b0b0b0b0, RAM_BASE + 0x123450);
	TAP_EQ(answer.done, true, "the other guest has a word of its own", STAGE2);
	before = sum(b.vm.ram, GUEST_RAM_SIZE);
	hyp = sum(text, 0x8000);

	vcpu_bind(&a.vcpu);
	test_unmapped();
	test_permissions();
	test_walk();
	vcpu_unbind(&a.vcpu);

	TAP_EQ(sum(b.vm.ram, GUEST_RAM_SIZE), before, "the other guest's memory is untouched", STAGE2);
	TAP_EQ(sum(text, 0x8000), hyp, "and the hypervisor's code", STAGE2);
	answer = puppet_once(&b.vcpu, INSN_LDR, 0, RAM_BASE + 0x123450);
	TAP_EQ(answer.x0, 0xb0b0b0b0b0b0b0b0, "the other guest goes on, and finds its word", STAGE2);
	tap_run_findings();
	tap_done();
}
