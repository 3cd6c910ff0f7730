// SPDX-License-Identifier: MIT
/*
 * stage1.c - the software walk of a guest's tables, against the CPU's own.
 *
 * A guest's memory is filled with tables made by chance: entries of all kinds that lead to one
 * another, to memory, and out of it. TCR_EL1, TTBRn_EL1 and SCTLR_EL1 are chosen by chance as well.
 * Then each address is translated twice: by AT, which is the MMU at work, and by stage1_walk() as
 * guest_memory.c uses it. Both have to come to the same address, or to the same fault at the same
 * level.
 *
 * And the other functions of guest_memory.c, with tables made on purpose.
 */
#include "host.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "guest_memory.h"
#include "lib/errno.h"
#include "mm/stage1_walk.h"

/* PAR_EL1 of a fault. */
#define PAR_FST		GENMASK(6, 1)
#define PAR_PTW		BIT(8)		/* of stage 2, on a table walk: */
#define PAR_S		BIT(9)

#define SCTLR_RES1	0x30d00800UL
#define RAM_END		(RAM_BASE + GUEST_RAM_SIZE)

static struct machine machine;
static struct vcpu *vcpu;

static uint64_t *word_at(uint64_t ipa)
{
	return (uint64_t *)((char *)machine.vm.ram + (ipa - RAM_BASE));
}

/* arg: receives a copy of what is read, for the test. */
static bool read_ram(void *arg, uint64_t ipa, uint64_t *value)
{
	uint64_t *last = arg;

	if (ipa < RAM_BASE || ipa >= RAM_END)
		return false;
	*value = *last = *word_at(ipa);
	return true;
}

/* ---- Tables made by chance ------------------------------------------------------------------- */

static uint64_t random_ipa(void)
{
	/* Once in a while not memory; and now and then wider than some IPS. */
	switch (host_random() % 16) {
	case 0:
		return host_random() >> (16 + host_random() % 24);
	default:
		return RAM_BASE + host_random() % GUEST_RAM_SIZE;
	}
}

/*
 * A descriptor: mostly valid, mostly with the access flag. Attributes are plain (MAIR_EL1 is 0,
 * which is Device memory), as an odd one would be another matter than where it leads to.
 */
static uint64_t random_entry(void)
{
	uint64_t entry = random_ipa() & ~0xfffUL;

	entry |= host_random() % 16 ? 1 : 0;
	entry |= host_random() % 8 ? 2 : 0;
	entry |= host_random() % 8 ? BIT(10) : 0;
	return entry;
}

static void fill(bool big_endian)
{
	for (uint64_t ipa = RAM_BASE; ipa < RAM_END; ipa += 8) {
		uint64_t entry = random_entry();

		*word_at(ipa) = big_endian ? __builtin_bswap64(entry) : entry;
	}
}

/* Registers that no CPU refuses: granules that it has, TnSZ that it has. */
static struct stage1_regs random_regs(void)
{
	static const unsigned char tg0[] = { TCR_EL1_TG0_4K, TCR_EL1_TG0_64K, TCR_EL1_TG0_16K };
	static const unsigned char tg1[] = { TCR_EL1_TG1_4K, TCR_EL1_TG1_64K, TCR_EL1_TG1_16K };
	uint64_t mmfr0 = read_sysreg(ID_AA64MMFR0_EL1);
	/* ID_AA64MMFR0_EL1.TGran16: 0 is for none. */
	unsigned int granules = mmfr0 >> 20 & 15 ? 3 : 2;
	unsigned int most = FIELD_GET(ID_AA64MMFR2_ST, read_sysreg(ID_AA64MMFR2_EL1)) ? 47 : 39;
	struct stage1_regs regs = {
		.pa_range = FIELD_GET(ID_AA64MMFR0_PARANGE, mmfr0),
		.small_tables = most > 39,
		.ttbr0 = random_ipa() | BIT(48), .ttbr1 = random_ipa() | BIT(50),
	};

	regs.sctlr = SCTLR_RES1 | (host_random() % 16 ? SCTLR_EL1_M : 0);
	regs.tcr = FIELD_PREP(TCR_EL1_T0SZ, 16 + host_random() % (most - 15)) |
		   FIELD_PREP(TCR_EL1_T1SZ, 16 + host_random() % (most - 15)) |
		   FIELD_PREP(TCR_EL1_TG0, tg0[host_random() % granules]) |
		   FIELD_PREP(TCR_EL1_TG1, tg1[host_random() % granules]) |
		   FIELD_PREP(TCR_EL1_IPS, host_random() % 6) |
		   (host_random() & (TCR_EL1_TBI0 | TCR_EL1_TBI1));
	if (host_random() % 16 == 0)
		regs.tcr |= host_random() & (TCR_EL1_EPD0 | TCR_EL1_EPD1);
	return regs;
}

static void load(const struct stage1_regs *regs)
{
	write_sysreg(TCR_EL1, regs->tcr);
	write_sysreg(TTBR0_EL1, regs->ttbr0);
	write_sysreg(TTBR1_EL1, regs->ttbr1);
	write_sysreg(MAIR_EL1, 0);
	write_sysreg(SCTLR_EL1, regs->sctlr);
	isb();
	asm volatile("tlbi vmalle1" ::: "memory");
	dsb(nsh);
	isb();
}

/* An address in one of the halves; sometimes in neither; with a tag, sometimes. */
static uint64_t random_va(const struct stage1_regs *regs)
{
	bool high = host_random() % 2;
	unsigned int bits = 64 - FIELD_GET(high ? TCR_EL1_T1SZ : TCR_EL1_T0SZ, regs->tcr);
	uint64_t va = host_random() >> (64 - bits);

	if (high)
		va |= ~0UL << bits;
	if (host_random() % 8 == 0)
		va ^= BIT(host_random() % 64);
	if (host_random() % 4 == 0)
		va ^= host_random() << 56;
	return va;
}

static uint64_t translate(uint64_t va)
{
	asm volatile("at s1e1r, %0" :: "r"(va) : "memory");
	isb();
	return read_sysreg(PAR_EL1);
}

#define ADDRESSES	200
#define SETTINGS	100

static struct {
	unsigned int tried, translated, faults, blocks, different;
} seen;

/*
 * Is it a block at a level where there are none? The architecture has a translation fault for it,
 * QEMU before 8.0 takes it for one of 512 GiB, or whatever it may be.
 */
static bool misplaced_block(const struct stage1_regs *regs, const struct stage1_result *result,
			    uint64_t last)
{
	if (regs->sctlr & SCTLR_EL1_EE)
		last = __builtin_bswap64(last);
	return result->fsc == FSC_TRANSLATION(result->level) && result->level < 3 && (last & 3) == 1;
}

static void compare(const struct stage1_regs *regs, uint64_t va)
{
	struct stage1_result result;
	uint64_t last = 0;
	int error = stage1_walk(regs, va, read_ram, &last, &result);
	uint64_t par = translate(va);
	bool same;

	seen.tried++;
	if (error == -EFAULT && misplaced_block(regs, &result, last)) {
		seen.blocks++;
		return;
	}
	if (error == -EFAULT && result.fsc == FSC_EXTERNAL_WALK(result.level)) {
		/* Not memory. Stage 2 says so; PAR_EL1 has its level, and not that of stage 1. */
		same = (par & PAR_EL1_F) && (par & PAR_S) && (par & PAR_PTW);
		seen.faults++;
	} else if (error == -EFAULT) {
		same = (par & PAR_EL1_F) && FIELD_GET(PAR_FST, par) == result.fsc && !(par & PAR_S);
		seen.faults++;
	} else {
		same = error == 0 && !(par & PAR_EL1_F) &&
		       (par & PAR_EL1_PA) == (result.ipa & ~0xfffUL) && result.ipa % 4096 == va % 4096;
		seen.translated++;
	}
	if (same || seen.different++)
		return;
	printf("# va 0x%lx: PAR_EL1 0x%lx; returned %d, ipa 0x%lx, level %u, FSC 0x%x\n", va, par,
	       error, result.ipa, result.level, result.fsc);
	printf("# SCTLR 0x%lx TCR 0x%lx TTBR0 0x%lx TTBR1 0x%lx\n", regs->sctlr, regs->tcr,
	       regs->ttbr0, regs->ttbr1);
}

static void test_by_chance(void)
{
	for (unsigned int n = 0; n < SETTINGS; n++) {
		struct stage1_regs regs = random_regs();
		bool big_endian = n >= SETTINGS / 2;

		/* Memory is filled twice only: that takes longer than all the rest. */
		if (n % (SETTINGS / 2) == 0)
			fill(big_endian);
		regs.sctlr |= big_endian ? SCTLR_EL1_EE : 0;
		load(&regs);
		for (unsigned int i = 0; i < ADDRESSES; i++)
			compare(&regs, random_va(&regs));
	}
	printf("# %u addresses: %u translated, %u faults\n", seen.tried, seen.translated, seen.faults);
	TAP_EQ(seen.different, 0, "AT and the software walk agree", MMIO);
	TAP_OK(seen.translated > seen.tried / 20 && seen.faults > seen.tried / 20,
	       "enough of both kinds", MMIO);
}

/* ---- Reading an instruction ------------------------------------------------------------------ */

#define ROOT		(RAM_BASE + 0x10000)	/* level 1: a GiB each entry */
#define LEVEL2		(RAM_BASE + 0x11000)	/* 2 MiB each entry */
#define LEVEL3		(RAM_BASE + 0x12000)	/* 4 KiB each entry */
#define CODE		(RAM_BASE + 0x13000)
#define VA_CODE		0x0000000000005000	/* by the tables */
#define VA_DEVICE	0x0000000000006000
#define VA_HOLE		0x0000000000007000
#define VA_NO_TABLE	0x0000000040000000
#define ENTRY(address, type)	((address) | BIT(10) | (type))

static const struct stage1_regs regs39 = {
	.sctlr = SCTLR_RES1 | SCTLR_EL1_M,
	.tcr = FIELD_PREP(TCR_EL1_T0SZ, 25) | FIELD_PREP(TCR_EL1_IPS, 2) | TCR_EL1_EPD1,
	.ttbr0 = ROOT,
};

static void make_tables(void)
{
	memset(machine.vm.ram, 0, GUEST_RAM_SIZE);
	word_at(ROOT)[0] = ENTRY(LEVEL2, 3);
	word_at(ROOT)[1] = ENTRY(GICD_BASE, 3);			/* a table that is no memory */
	word_at(LEVEL2)[0] = ENTRY(LEVEL3, 3);
	word_at(LEVEL3)[VA_CODE >> 12] = ENTRY(CODE, 3);
	word_at(LEVEL3)[VA_DEVICE >> 12] = ENTRY(GICD_BASE, 3);
	*word_at(CODE) = 0xd65f03c0d503201f;			/* nop, ret */
	*word_at(CODE + 0xff8) = 0x1234567800000000;
	load(&regs39);
}

static void test_instructions(void)
{
	struct stage1_regs regs = regs39;
	uint32_t insn = 0;

	make_tables();
	TAP_EQ(guest_read_instruction(vcpu, VA_CODE, &insn), 0, "an instruction is read", MMIO);
	TAP_EQ(insn, 0xd503201f, "the first", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, VA_CODE + 4, &insn), 0, "the next one", MMIO);
	TAP_EQ(insn, 0xd65f03c0, "is another", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, VA_CODE + 0xffc, &insn), 0, "the last of a page", MMIO);
	TAP_EQ(insn, 0x12345678, "is that", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, VA_HOLE, &insn), -EAGAIN, "nothing there: -EAGAIN", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, VA_DEVICE, &insn), -EFAULT, "a device: -EFAULT", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, VA_NO_TABLE, &insn), -EFAULT,
	       "a table that is no memory: -EFAULT", MMIO);
	regs.tcr |= TCR_EL1_DS;
	write_sysreg(TCR_EL1, regs.tcr);
	isb();
	TAP_EQ(guest_read_instruction(vcpu, VA_CODE, &insn),
	       read_sysreg(TCR_EL1) & TCR_EL1_DS ? -EFAULT : 0, "FEAT_LPA2's descriptors: -EFAULT", MMIO);
	regs = regs39;
	regs.sctlr &= ~SCTLR_EL1_M;
	load(&regs);
	TAP_EQ(guest_read_instruction(vcpu, CODE + 4, &insn), 0, "MMU off", MMIO);
	TAP_EQ(insn, 0xd65f03c0, "the instruction", MMIO);
	TAP_EQ(guest_read_instruction(vcpu, RAM_END, &insn), -EFAULT, "MMU off, no memory: -EFAULT", MMIO);
}

/* ---- From a virtual address to an IPA -------------------------------------------------------- */

static void test_addresses(void)
{
	uint64_t ipa = 0;

	make_tables();
	write_sysreg(PAR_EL1, 0x123456789a0);
	vcpu->frame.spsr = SPSR_M_EL1H;
	TAP_EQ(guest_va_to_ipa(vcpu, VA_CODE + 0x123, &ipa), 0, "an address is translated", MMIO);
	TAP_EQ(ipa, CODE + 0x123, "to its IPA", MMIO);
	TAP_EQ(guest_va_to_ipa(vcpu, VA_DEVICE, &ipa), 0, "a device's as well", MMIO);
	TAP_EQ(ipa, GICD_BASE, "to its IPA", MMIO);
	TAP_EQ(guest_va_to_ipa(vcpu, VA_HOLE, &ipa), -EAGAIN, "nothing there: -EAGAIN", MMIO);
	TAP_EQ(guest_va_to_ipa(vcpu, VA_NO_TABLE, &ipa), -EAGAIN, "nor a table: -EAGAIN", MMIO);
	/* AP[1] is 0: not for EL0. But some instructions of EL0's are of another kind: LDTR. */
	vcpu->frame.spsr = SPSR_M_EL0T;
	TAP_EQ(guest_va_to_ipa(vcpu, VA_CODE, &ipa), 0, "EL0's, by way of EL1's permissions", MMIO);
	TAP_EQ(ipa, CODE, "to its IPA", MMIO);
	TAP_EQ(read_sysreg(PAR_EL1), 0x123456789a0, "PAR_EL1 is as the guest had it", MMIO);
}

void main(void)
{
	static const char nothing[4];

	host_start();
	tap_plan(2 + 13 + 9);
	host_machine(&machine, "stage 1", nothing, nothing + sizeof(nothing), 1, 0);
	vcpu = &machine.cpus[0].vcpu;
	if (vcpu_bind(vcpu))
		printf("Bail out! vcpu_bind\n");
	test_by_chance();
	test_instructions();
	test_addresses();
	vcpu_unbind(vcpu);
	tap_done();
}
