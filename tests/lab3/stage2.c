// SPDX-License-Identifier: MIT
/*
 * stage2.c - stage 2 in the eyes of the real MMU: tables of every shape that this CPU can have, walked by
 * AT instructions; and changes under the feet of a guest that another CPU runs, whose TLB must not keep
 * what was there before. (How the tables are built is tested natively: tests/common/test_stage2.c.)
 */
#include "puppet.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "guest/guest.h"
#include "lib/errno.h"
#include "mm/stage2_tlb.h"
#include "smp.h"
#include "vmids.h"

/* ---- Shapes ------------------------------------------------------------------------------------------- */

/* PAR_EL1. */
#define PAR_F		BIT(0)
#define PAR_FST		GENMASK(6, 1)
#define PAR_S		BIT(9)		/* the fault is one of stage 2 */
#define PAR_PA		GENMASK(47, 12)

static struct stage2 s2;
static uint64_t first_bad_ipa, first_bad_got, first_bad_want;
static bool bad;

static void check(uint64_t ipa, uint64_t got, uint64_t want)
{
	if (got == want || bad)
		return;
	bad = true;
	first_bad_ipa = ipa;
	first_bad_got = got;
	first_bad_want = want;
}

#define ADDRESS_TRANSLATE(operation, address) ({					\
	asm volatile("at " #operation ", %0" :: "r"(address) : "memory");		\
	isb();										\
	read_sysreg(PAR_EL1);								\
})

/* A page that is mapped so: with the guest's stage 1 off, an address is an IPA. */
static void check_mapped(uint64_t ipa, uint64_t pa, bool writable)
{
	uint64_t par = ADDRESS_TRANSLATE(s12e1r, ipa);
	struct stage2_leaf leaf;

	check(ipa, par & (PAR_F | PAR_PA), pa);
	check(ipa, stage2_walk(&s2, ipa, &leaf), 0);
	par = ADDRESS_TRANSLATE(s12e1w, ipa);
	if (writable)
		check(ipa, par & (PAR_F | PAR_PA), pa);
	else	/* a permission fault of stage 2, at the leaf's level */
		check(ipa, par & (PAR_F | PAR_FST | PAR_S),
		      PAR_F | PAR_S | FIELD_PREP(PAR_FST, 12 | leaf.level));
}

/* A page that is not mapped: a translation fault of stage 2, where the walk ended. */
static void check_unmapped(uint64_t ipa)
{
	struct stage2_leaf leaf;

	check(ipa, stage2_walk(&s2, ipa, &leaf), -ENOENT);
	check(ipa, ADDRESS_TRANSLATE(s12e1r, ipa) & (PAR_F | PAR_FST | PAR_S),
	      PAR_F | PAR_S | FIELD_PREP(PAR_FST, 4 | leaf.level));
}

#define PLACES		16
#define GIB		(1UL << 30)

/* So many places all over the IPA space, the first at its start and the last up to its end. */
static uint64_t place(unsigned int n, uint64_t size)
{
	uint64_t end = 1UL << s2.config.ipa_bits;

	return n == PLACES ? end - size : ALIGN_DOWN(end / PLACES * n, size);
}

/* In turns: a page, a 2 MiB block, a 1 GiB block if there is room; read-only or not. */
static void check_places(bool mapped)
{
	static const uint64_t sizes[] = { PAGE_SIZE, 0x200000, GIB };
	uint64_t pa_end = 1UL << s2.config.pa_bits;
	unsigned int n;

	for (n = 0; n <= PLACES; n++) {
		uint64_t size = sizes[s2.config.ipa_bits > 34 ? n % 3 : n % 2];
		uint64_t ipa = place(n, size), pa = pa_end - size - n % 2 * GIB;
		bool writable = n % 5;

		if (mapped && stage2_map(&s2, ipa, pa, size, writable ? STAGE2_RW : STAGE2_R))
			check(ipa, 0, -1UL);
		if (!mapped && stage2_unmap(&s2, ipa, size))
			check(ipa, 0, -1UL);
		if (mapped) {
			check_mapped(ipa, pa, writable);
			check_mapped(ipa + size - PAGE_SIZE, pa + size - PAGE_SIZE, writable);
			if (n < PLACES)
				check_unmapped(ipa + size);
		} else {
			check_unmapped(ipa);
			check_unmapped(ipa + size - PAGE_SIZE);
		}
	}
}

static void test_shapes(void)
{
	unsigned int pa_range = FIELD_GET(ID_AA64MMFR0_PARANGE, read_sysreg(ID_AA64MMFR0_EL1));
	bool vmid16 = FIELD_GET(ID_AA64MMFR1_VMIDBITS, read_sysreg(ID_AA64MMFR1_EL1)) == 2;
	uint64_t vtcr = read_sysreg(VTCR_EL2), vttbr = read_sysreg(VTTBR_EL2);
	uint64_t sctlr = read_sysreg(SCTLR_EL1);
	unsigned int bits, shapes = 0;
	size_t free = hyp_pool.free;

	write_sysreg(SCTLR_EL1, 0x30d00800);	/* RES1; MMU and caches off */
	for (bits = 32; bits <= 48; bits++) {
		struct stage2_config config = stage2_config(pa_range, bits, vmid16);

		if (config.ipa_bits != bits)
			break;
		if (stage2_init(&s2, &config, &hyp_pool, &stage2_tlb_ops))
			check(bits, 0, -1UL);
		vmid_get(&vmid_pool, &s2.vmid, 0);
		write_sysreg(VTCR_EL2, config.vtcr);
		write_sysreg(VTTBR_EL2, stage2_vttbr(&s2));
		isb();
		check_places(true);
		check_places(false);
		write_sysreg(VTCR_EL2, vtcr);
		write_sysreg(VTTBR_EL2, vttbr);
		isb();
		stage2_destroy(&s2);
		shapes++;
		if (bad)
			break;
	}
	write_sysreg(SCTLR_EL1, sctlr);
	isb();
	if (bad)
		printf("# %u IPA bits, VTCR_EL2 0x%lx, IPA 0x%lx\n", bits, s2.config.vtcr, first_bad_ipa);
	TAP_EQ(first_bad_got, first_bad_want, "the MMU finds what was mapped, in tables of every shape",
	       STAGE2);
	TAP_EQ(hyp_pool.free, free, "and all table pages come back", STAGE2);
	printf("# %u shapes: IPAs of 32 to %u bits\n", shapes, 31 + shapes);
}

/* ---- Changes while a guest runs ----------------------------------------------------------------------- */

#define PAGE_IPA	0x90000000UL	/* here one page or another is mapped */
#define BLOCK_IPA	0x90200000UL	/* and here a 2 MiB block */
#define BLOCK_SIZE	0x200000UL

static struct guest guest;

/* The guest reads a word here and writes the next, again and again; what came of it, and in which round. */
static struct {
	uint64_t ipa, asked, answered, value;
	bool readable, writable, done;
} task;

static void access_once(void)
{
	uint64_t round = __atomic_load_n(&task.asked, __ATOMIC_ACQUIRE), ipa = task.ipa;
	struct answer read = puppet(&guest.vcpu, INSN_LDR, 0, ipa), write;

	if (!read.done)
		puppet_skip(&guest.vcpu);
	write = puppet(&guest.vcpu, INSN_STR, round, ipa + 8);
	if (!write.done)
		puppet_skip(&guest.vcpu);
	if (round == __atomic_load_n(&task.asked, __ATOMIC_RELAXED)) {
		task.value = read.x0;
		task.readable = read.done && !read.el1_esr;
		task.writable = write.done && !write.el1_esr;
		__atomic_store_n(&task.answered, round, __ATOMIC_RELEASE);
	}
}

/* On another CPU. */
static void run_guest(struct percpu *cpu)
{
	if (cpu->id != 1)
		return;
	vcpu_bind(&guest.vcpu);
	while (!__atomic_load_n(&task.done, __ATOMIC_ACQUIRE))
		access_once();
	vcpu_unbind(&guest.vcpu);
	__atomic_store_n(&task.done, false, __ATOMIC_RELEASE);
}

static bool elsewhere;

/* Ask the guest once more: what it sees at ipa, in an access that has begun after this. */
static void ask(uint64_t ipa)
{
	uint64_t round = task.asked + 1;

	task.ipa = ipa;
	__atomic_store_n(&task.asked, round, __ATOMIC_RELEASE);
	do {
		if (!elsewhere)
			access_once();
	} while (__atomic_load_n(&task.answered, __ATOMIC_ACQUIRE) != round);
}

static void expect(uint64_t ipa, bool readable, bool writable, uint64_t value)
{
	ask(ipa);
	check(ipa, (uint64_t)task.readable << 1 | task.writable, (uint64_t)readable << 1 | writable);
	if (readable)
		check(ipa, task.value, value);
}

#define PAGES		4
#define ROUNDS		50

/* One page after the other at the same IPA, with and without the right to write. */
static void test_pages(uint64_t *pages[])
{
	struct stage2 *stage2 = &guest.vm.stage2;
	unsigned int round;
	int error = 0;

	for (round = 0; round < ROUNDS; round++) {
		unsigned int n = host_random() % PAGES;
		bool writable = host_random() % 2;

		error |= stage2_map(stage2, PAGE_IPA, (uintptr_t)pages[n], PAGE_SIZE,
				    writable ? STAGE2_RW : STAGE2_R);
		expect(PAGE_IPA, true, writable, *pages[n]);
		error |= stage2_protect(stage2, PAGE_IPA, PAGE_SIZE, writable ? STAGE2_R : STAGE2_RWX);
		expect(PAGE_IPA, true, !writable, *pages[n]);
		error |= stage2_unmap(stage2, PAGE_IPA, PAGE_SIZE);
		if (round % 2)
			expect(PAGE_IPA, false, false, 0);
	}
	TAP_EQ(error, 0, "pages are mapped, protected and unmapped while the guest uses them", STAGE2);
	TAP_EQ(first_bad_got, first_bad_want, "the guest sees each change at once", STAGE2);
}

/* A block is split. Its first half goes page by page, its second half in one. */
static void test_block(uint64_t *block)
{
	struct stage2 *stage2 = &guest.vm.stage2;
	uint64_t at, half = BLOCK_SIZE / 2;
	int error;

	for (at = 0; at < BLOCK_SIZE; at += PAGE_SIZE)
		block[at / 8] = at;
	error = stage2_map(stage2, BLOCK_IPA, (uintptr_t)block, BLOCK_SIZE, STAGE2_RW);
	for (at = 0; at < half; at += 16 * PAGE_SIZE) {
		expect(BLOCK_IPA + at, true, true, at);
		error |= stage2_unmap(stage2, BLOCK_IPA + at, PAGE_SIZE);
		expect(BLOCK_IPA + at, false, false, 0);
		error |= stage2_protect(stage2, BLOCK_IPA + at + PAGE_SIZE, 2 * PAGE_SIZE, STAGE2_R);
		expect(BLOCK_IPA + at + PAGE_SIZE, true, false, at + PAGE_SIZE);
		expect(BLOCK_IPA + at + 3 * PAGE_SIZE, true, true, at + 3 * PAGE_SIZE);
		error |= stage2_unmap(stage2, BLOCK_IPA + at + PAGE_SIZE, 15 * PAGE_SIZE);
	}
	/* So many entries that the whole VMID is invalidated. */
	expect(BLOCK_IPA + half + PAGE_SIZE, true, true, half + PAGE_SIZE);
	error |= stage2_protect(stage2, BLOCK_IPA + half, half, STAGE2_R);
	expect(BLOCK_IPA + half + PAGE_SIZE, true, false, half + PAGE_SIZE);
	error |= stage2_unmap(stage2, BLOCK_IPA + half, half);
	expect(BLOCK_IPA + half + PAGE_SIZE, false, false, 0);
	TAP_EQ(error, 0, "a block is split, protected and unmapped, by pages and by half", STAGE2);
	TAP_EQ(first_bad_got, first_bad_want, "the guest sees that, too", STAGE2);
}

void main(void)
{
	uint64_t *pages[PAGES];
	uint64_t *block;
	size_t free;
	unsigned int n;

	host_start();
	tap_plan(2 + 5 + RUN_FINDINGS_TESTS);
	test_shapes();

	bad = false;
	first_bad_got = first_bad_want = 0;
	for (n = 0; n < PAGES; n++) {
		pages[n] = page_alloc(&hyp_pool);
		*pages[n] = 0x1111111111111111 * (n + 1);
	}
	block = page_alloc_contiguous(&hyp_pool, BLOCK_SIZE / PAGE_SIZE, BLOCK_SIZE);
	GUEST_CREATE(&guest, "the guest", program_puppet, 0, NULL);
	free = hyp_pool.free;
	elsewhere = host_start_others(run_guest) > 1;
	if (!elsewhere)
		vcpu_bind(&guest.vcpu);

	test_pages(pages);
	test_block(block);

	__atomic_store_n(&task.done, true, __ATOMIC_RELEASE);
	while (elsewhere && __atomic_load_n(&task.done, __ATOMIC_ACQUIRE))
		;
	if (!elsewhere)
		vcpu_unbind(&guest.vcpu);
	if (bad)
		printf("# at IPA 0x%lx\n", first_bad_ipa);
	/* (A CPU that came up has taken pages for its empty stage 2.) */
	TAP_OK(hyp_pool.free >= free - MAX_CPUS * 4, "no table was lost on the way", STAGE2);
	tap_run_findings();
	tap_done();
}
