// SPDX-License-Identifier: MIT
/*
 * hostile_wrecks.c - what no guest survives, or hardly: each is done once in a life, and what
 * comes of it is the host's to see. A guest that does survive says so.
 */
#include "hostile_wrecks.h"

#include <string.h>

#include "guest/guest.h"
#include "hostile_guest.h"

#define SCTLR_RESET		0x30d00800

/* What the wreck is met by: any instruction that raises an exception, at any exception level. */
static __attribute__((noreturn)) void trigger(struct hostile_world *w)
{
	static const uint8_t stubs[] = {
		STUB_UDF, STUB_SVC, STUB_HVC, STUB_SMC, STUB_BRK, STUB_BR, STUB_LDR, STUB_STR,
		STUB_MRS_ID, STUB_MSR_IMPDEF, STUB_WFI, STUB_LDP, STUB_LDRQ, STUB_LDXR, STUB_FETCH,
		STUB_SVE, STUB_PRFM, STUB_DC_ZVA,
	};
	static const uint8_t modes[] = { SPSR_M_EL1H, SPSR_M_EL1H, SPSR_M_EL1T, SPSR_M_EL0T };

	hostile_fill_registers(w);
	w->launch.x[1] = hostile_address(w);
	hostile_go_stub(w, stubs[rnd_below(w, ARRAY_SIZE(stubs))],
			modes[rnd_below(w, ARRAY_SIZE(modes))] | (rnd(w) & SPSR_DAIF));
}

/* Half of them have their own MMU on. */
static void maybe_mmu(struct hostile_world *w)
{
	if (rnd_once_in(w, 2))
		hostile_mmu_on(w);
}

static uint32_t *own_vectors(struct hostile_world *w)
{
	uint32_t *vectors = (uint32_t *)(RAM_BASE + 0xc0000UL);

	(void)w;
	write_sysreg(VBAR_EL1, vectors);
	return vectors;
}

static void vectors_nowhere(struct hostile_world *w)
{
	maybe_mmu(w);
	/* An interrupt, too, has its vector there. */
	write_sysreg(CNTV_CVAL_EL0, 0);
	write_sysreg(CNTV_CTL_EL0, rnd_below(w, 2));
	write_sysreg(VBAR_EL1, hostile_address(w));
	isb();
	trigger(w);
}

static void vectors_of_calls(struct hostile_world *w)
{
	uint32_t *vectors = own_vectors(w);
	unsigned int n;

	for (n = 0; n < 512; n++)
		vectors[n] = 0xd4000002 | rnd_once_in(w, 4) | rnd_below(w, 0x10000) << 5;
	hostile_publish();
	trigger(w);
}

static void vectors_of_noise(struct hostile_world *w)
{
	uint32_t *vectors = own_vectors(w);
	unsigned int n;

	for (n = 0; n < 512; n++)
		vectors[n] = hostile_word(w, false);
	hostile_publish();
	maybe_mmu(w);
	trigger(w);
}

static void vectors_that_load(struct hostile_world *w)
{
	uint32_t *vectors = own_vectors(w);
	unsigned int n;

	/*
	 * MOV x0, #address >> 16 << 16; LDR or LDP from there. The abort comes to the same
	 * vector.
	 */
	for (n = 0; n < 512; n += 2) {
		vectors[n] = 0xd2a00000 | rnd_below(w, 0x10000) << 5;
		vectors[n + 1] = rnd_once_in(w, 2) ? 0xf9400001 : 0xa9400801;
	}
	hostile_publish();
	trigger(w);
}

/* ---- Translation ---------------------------------------------------------------------------- */

static void translation(uint64_t ttbr0, uint64_t ttbr1, uint64_t tcr, uint64_t sctlr)
{
	write_sysreg(TTBR0_EL1, ttbr0);
	write_sysreg(TTBR1_EL1, ttbr1);
	write_sysreg(TCR_EL1, tcr);
	isb();
	write_sysreg(SCTLR_EL1, sctlr);
	isb();
}

static uint64_t some_tcr(struct hostile_world *w)
{
	/* T0SZ, T1SZ of 16 to 47, any granule, any output size; or anything at all. */
	uint64_t tcr = (16 + rnd_below(w, 24)) | (16 + rnd_below(w, 24)) << 16 | 0x35003500UL;

	if (rnd_once_in(w, 4))
		return rnd(w) & ~BIT(59);	/* DS: see spare_qemu(), hostile_words.c */
	return tcr | (rnd(w) & (GENMASK(15, 14) | GENMASK(31, 30) | GENMASK(40, 32)));
}

static void tables_of_noise(struct hostile_world *w)
{
	uint64_t *table = (uint64_t *)(RAM_BASE + 0x100000UL);
	unsigned int n;

	/*
	 * One table, whose entries lead to itself, to other noise, or away; with and without the
	 * access flag.
	 */
	for (n = 0; n < 0x4000 / 8; n++)
		table[n] = (rnd_once_in(w, 2) ? (uintptr_t)table
					      : hostile_address(w) & GENMASK(47, 12)) |
			   (rnd(w) & (GENMASK(63, 50) | GENMASK(11, 2))) | rnd_below(w, 4);
	translation((uintptr_t)table, (uintptr_t)table, some_tcr(w),
		    SCTLR_RESET | 1 | (rnd(w) & BIT(25)));
	trigger(w);
}

static void tables_elsewhere(struct hostile_world *w)
{
	translation(hostile_address(w), hostile_address(w), some_tcr(w), SCTLR_RESET | 1);
	trigger(w);
}

static void tables_and_controls(struct hostile_world *w)
{
	hostile_mmu_on(w);
	write_sysreg(MAIR_EL1, rnd(w));
	translation(read_sysreg(TTBR0_EL1), hostile_address(w), some_tcr(w),
		    rnd(w) | rnd_below(w, 2));
	trigger(w);
}

/*
 * The page that is executed is no longer there, but the TLB may not know: what does the
 * hypervisor read?
 */
static void stale_tables(struct hostile_world *w)
{
	unsigned int n;

	hostile_mmu_on(w);
	/* ISB: the page is in the TLB */
	hostile_words_write(w, 0, 0xd5033fdf);
	/* STR x3, [x2]: its descriptor, through the alias */
	hostile_words_write(w, 1, 0xf9000043);
	for (n = 2; n < HOSTILE_PAGE_WORDS; n += 2) {
		/* LDP x1, x2, [x0] and its like */
		hostile_words_write(w, n, 0xa9400801 | (n & 2) << 21);
		hostile_words_write(w, n + 1, 0x3dc00001);	/* LDR q1, [x0] */
	}
	hostile_publish();
	hostile_fill_registers(w);
	w->launch.x[0] = UART_BASE + 0xfe0UL;
	n = (uint32_t)((uintptr_t)w->words - RAM_BASE) / 4096;
	w->launch.x[2] = (uintptr_t)&w->level3[n] + 0x40000000;
	w->launch.x[3] = rnd_once_in(w, 4) ? 0 : rnd_once_in(w, 2) ? rnd(w) :
			 (hostile_address(w) & GENMASK(47, 12)) | 0x7c7;
	w->launch.elr = (uintptr_t)w->words;
	w->launch.spsr = SPSR_DAIF | SPSR_M_EL1H;
	hostile_go(&w->launch);
}

/* ---- Control flow --------------------------------------------------------------------------- */

static void loop_for_ever(struct hostile_world *w)
{
	(void)w;
	asm volatile("msr DAIFSet, #15\n1:	b 1b");
	__builtin_unreachable();
}

static void wait_for_ever(struct hostile_world *w)
{
	(void)w;
	asm volatile("msr DAIFSet, #15\n1:	wfi\n	b 1b");
	__builtin_unreachable();
}

static void return_anywhere(struct hostile_world *w)
{
	maybe_mmu(w);
	hostile_fill_registers(w);
	w->launch.elr = hostile_address(w);
	w->launch.spsr =
		rnd(w) & (rnd_once_in(w, 2) ? GENMASK(31, 0) : GENMASK(31, 20) | GENMASK(9, 0));
	hostile_go(&w->launch);
}

static void branch_anywhere(struct hostile_world *w)
{
	if (w->steps == 1)
		maybe_mmu(w);
	hostile_fill_registers(w);
	w->launch.x[1] = hostile_address(w) | (rnd_once_in(w, 4) ? 2 : 0);
	hostile_go_stub(w, STUB_BR, SPSR_DAIF | (rnd_once_in(w, 2) ? SPSR_M_EL0T : SPSR_M_EL1H));
}

static void stack_anywhere(struct hostile_world *w)
{
	if (w->steps == 1)
		maybe_mmu(w);
	hostile_fill_registers(w);
	w->launch.sp = hostile_address(w);
	w->launch.sp_el0 = hostile_address(w);
	hostile_go_stub(w, STUB_LDR_SP, hostile_pstate(w));
}

static void caches_by_set(struct hostile_world *w)
{
	unsigned int n;

	hostile_mmu_on(w);
	for (n = 0; n < 40; n++) {
		asm volatile("dc cisw, %0" :: "r"(rnd(w)));
		if (rnd_once_in(w, 2))
			asm volatile("dc isw, %0" :: "r"(rnd(w)));
		/* The caches off and on; the MMU on and off. All of these trap now. */
		write_sysreg(SCTLR_EL1, rnd_once_in(w, 2)
						? w->sctlr
						: w->sctlr & ~(rnd(w) & (1 | 1 << 2 | 1 << 12)));
		write_sysreg(MAIR_EL1, read_sysreg(MAIR_EL1));
		write_sysreg(CONTEXTIDR_EL1, rnd(w));
		write_sysreg(FAR_EL1, rnd(w));
		isb();
	}
	write_sysreg(TTBR0_EL1, hostile_address(w));
	isb();
	trigger(w);
}

static void steps(struct hostile_world *w)
{
	write_sysreg(MDSCR_EL1, 1 | 1 << 13 | (rnd(w) & 0x8000));
	if (rnd_once_in(w, 2))
		write_sysreg(OSLAR_EL1, rnd(w));
	if (rnd_once_in(w, 2))
		write_sysreg(VBAR_EL1, hostile_address(w));
	hostile_fill_registers(w);
	w->launch.x[1] = hostile_address(w);
	hostile_go_stub(w, (enum stub)rnd_below(w, STUB_COUNT),
			SPSR_SS | (rnd_once_in(w, 2) ? SPSR_M_EL0T : SPSR_M_EL1H));
}

static void own_program(struct hostile_world *w)
{
	uint32_t *program = (uint32_t *)(uintptr_t)(GUEST_ENTRY + (rnd_below(w, 0x4000) & ~3U));
	unsigned int n;

	for (n = 0; n < 0x1000; n++)
		program[n] = hostile_word(w, false);
	hostile_publish();
	trigger(w);
}

static void end_of_memory(struct hostile_world *w)
{
	uint32_t *words = (uint32_t *)(RAM_BASE + 0x200000UL - 64);
	unsigned int n;

	if (rnd_once_in(w, 2))
		hostile_mmu_on(w);
	for (n = 0; n < 16; n++)
		words[n] = 0xd503201f;
	hostile_publish();
	hostile_fill_registers(w);
	w->launch.elr = (uintptr_t)words;
	w->launch.spsr = hostile_pstate(w);
	hostile_go(&w->launch);
}

void hostile_wrecks(struct hostile_world *w, unsigned int vector)
{
	static void (*const wrecks[WRECK_COUNT])(struct hostile_world *w) = {
#define WRECK_FUNCTION(name, what) name,
		HOSTILE_WRECK_LIST(WRECK_FUNCTION)
	};

	if (vector % 4 != GUEST_SYNC)
		hostile_take_interrupt(w);
	/* Those that it survives it does some more times. */
	if (w->steps > 100)
		hvc(HVC_DONE, 0, 0, 0, 0);
	wrecks[w->next % WRECK_COUNT](w);
	hostile_go(&w->launch);
}
