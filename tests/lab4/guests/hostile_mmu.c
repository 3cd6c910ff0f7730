// SPDX-License-Identifier: MIT
/*
 * hostile_mmu.c - a stage 1 that is sane where the guest's own program is, and mad everywhere
 * else: tables in devices, tables nowhere, devices as normal memory, garbage.
 *
 *   GiB 0      itself, as device memory, for EL0 too
 *   GiB 1      RAM: page by page
 *   GiB 2      RAM once more, for EL1 only; the page of random instructions is written by this name
 *   GiB 3      GiB 0 as normal memory: exclusives and misaligned accesses are allowed there
 *   GiB 4 on   tables that are no tables
 */
#include "hostile_guest.h"

#define TABLE(ipa)		((ipa) | 3UL)
#define BLOCK(ipa)		((ipa) | 1UL | ACCESS_FLAG)
#define PAGE(ipa)		((ipa) | 3UL | ACCESS_FLAG)
#define ACCESS_FLAG		BIT(10)
#define ATTRIBUTE(n)		((uint64_t)(n) << 2)
#define NORMAL			ATTRIBUTE(1)
#define FOR_EL0			BIT(6)		/* AP[1] */
#define READ_ONLY		BIT(7)		/* AP[2] */
#define SHARED			(3UL << 8)

/* 39 bits on both sides, 4 KiB granule, 48 bits out; walks go through the caches. */
#define TCR			(25UL | 25UL << 16 | 0x3500 | 0x35000000UL | 2UL << 30 | 5UL << 32)

void hostile_mmu_on(struct hostile_world *w)
{
	uint64_t own = (uintptr_t)w;
	unsigned int n;

	for (n = 0; n < 512; n++) {
		uint64_t page = RAM_BASE + n * 0x1000UL;
		uint64_t rights = page >= RAM_BASE + 0x100000 ? FOR_EL0 : 0;

		if (page - (uintptr_t)w->words < sizeof(w->words))
			rights = FOR_EL0 | READ_ONLY;	/* what EL0 may write EL1 cannot execute */
		w->level3[n] = PAGE(page) | NORMAL | SHARED | rights;
		w->level2[n] = BLOCK(RAM_BASE + n * 0x200000UL) | NORMAL | FOR_EL0;
		w->level1[n] = n < 32 ? rnd(w) | 1 : 0;
	}
	/* The upper end of its RAM: pages that are somewhere else, or nowhere. */
	for (n = 480; n < 512; n++)
		w->level3[n] = PAGE(hostile_address(w) & GENMASK(47, 12)) |
			       ATTRIBUTE(rnd_below(w, 3)) | FOR_EL0;
	w->level3[510] = PAGE(GICD_BASE + 0UL) | NORMAL | FOR_EL0;
	w->level3[511] = rnd(w);
	w->level2[0] = TABLE(own + offsetof(struct hostile_world, level3));
	for (n = 400; n < 512; n++)
		w->level2[n] = rnd(w);

	w->level1[0] = BLOCK(0UL) | FOR_EL0;
	w->level1[1] = TABLE(own + offsetof(struct hostile_world, level2));
	w->level1[2] = BLOCK(0x40000000UL) | NORMAL | SHARED;
	w->level1[3] = BLOCK(0UL) | NORMAL | SHARED | FOR_EL0;
	w->level1[4] = TABLE(GICD_BASE + 0UL);
	w->level1[5] = TABLE(UART_BASE + 0UL);
	w->level1[6] = TABLE(0x60000000UL);
	w->level1[7] = TABLE(1UL << 40);
	w->level1[8] = BLOCK(0UL) & ~ACCESS_FLAG;
	w->level1[9] = BLOCK(1UL << 40) | FOR_EL0;
	w->level1[10] = BLOCK(0UL) | FOR_EL0 | READ_ONLY;
	w->level1[11] = TABLE(own + offsetof(struct hostile_world, level1));

	w->mmu = 1;
	w->sctlr |= 1 | 1 << 2 | 1 << 12;		/* M, C, I */
	w->tcr = TCR;
	write_sysreg(MAIR_EL1, 0x00440cff00 | rnd_below(w, 256) << 24);
	write_sysreg(TCR_EL1, TCR);
	write_sysreg(TTBR0_EL1, own + offsetof(struct hostile_world, level1));
	write_sysreg(TTBR1_EL1, own + offsetof(struct hostile_world, level1));
	asm volatile("dsb ish\n	tlbi vmalle1\n	dsb ish\n	isb" ::: "memory");
	write_sysreg(SCTLR_EL1, w->sctlr);
	isb();
}
