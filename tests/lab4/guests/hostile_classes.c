// SPDX-License-Identifier: MIT
/*
 * hostile_classes.c - one instruction of each class, one after the other, and what came of it
 * for the host.
 */
#include "hostile_classes.h"

#include "guest/guest.h"
#include "hostile_guest.h"

#define SCTLR_EL1_SA		BIT(3)
#define SCTLR_EL1_SA0		BIT(4)
#define SCTLR_EL1_TRAPS		(BIT(15) | BIT(16) | BIT(18))	/* UCT, nTWI, nTWE: 0 traps */
#define SCTLR_EL1_BT		(BIT(35) | BIT(36))
#define SCTLR_EL1_EnIA		BIT(31)
#define MDSCR_SS_KDE		(BIT(0) | BIT(13))
#define GUARDED			BIT(50)		/* of a page's descriptor */
#define NOWHERE			0x0a000000

struct class_case { uint8_t stub, from, setup; };
static const struct class_case cases[] = {
#define CASE(what, stub, from, setup, class, gets, or_that) { STUB_##stub, from, setup },
	HOSTILE_CLASS_CASES(CASE)
};

/* x1 is NOWHERE, x4 a device's register. */
static const uint32_t hostile_a32[] = {
	0xef000005,	/* svc #5 */
	0xe1200075,	/* bkpt #5 */
	0xe7f000f5,	/* udf #5 */
	0xee100e10,	/* mrc p14, 0, r0, c0, c0, 0: DBGDIDR */
	0xee1b0f10,	/* mrc p15, 0, r0, c11, c0, 0 */
	0xe320f003,	/* wfi */
	0xe5912000,	/* ldr r2, [r1] */
	0xe1c420d0,	/* ldrd r2, r3, [r4] */
	0xec410f0f,	/* mcrr p15, 0, r0, r1, c15 */
	0xeef00a10,	/* vmrs r0, FPSID */
};
#define A32_SVC_END		(0xef000000 | STUB_END)

static void write_words(struct hostile_world *w, uint32_t first, uint32_t second)
{
	hostile_words_write(w, 0, first);
	hostile_words_write(w, 1, second);
	hostile_publish();
}

static uint64_t setup(struct hostile_world *w, const struct class_case *c)
{
	uint64_t spsr = SPSR_DAIF | (c->from == 1 ? SPSR_M_EL1H : SPSR_M_EL0T);
	const uint32_t svc = 0xd4000001 | STUB_END << 5;

	switch (c->setup) {
	case SETUP_ILLEGAL:
		return spsr | SPSR_IL;
	case SETUP_ODD:
		w->launch.x[1] = (uintptr_t)w->words + 2;
		w->launch.sp = w->launch.sp_el0 = (uintptr_t)w->words + 8;
		write_sysreg(SCTLR_EL1, w->sctlr | SCTLR_EL1_SA | SCTLR_EL1_SA0);
		break;
	case SETUP_NOWHERE:
		w->launch.x[1] = NOWHERE;
		break;
	case SETUP_DEVICE:
		w->launch.x[1] = GICD_BASE + 4;
		break;
	case SETUP_READ_ONLY:
		w->launch.x[1] = HOSTILE_RIGHTS + 0x1000;
		break;
	case SETUP_STEP:
		write_sysreg(MDSCR_EL1, MDSCR_SS_KDE);
		return (spsr | SPSR_SS) & ~SPSR_D;
	case SETUP_NO_FP:
		write_sysreg(CPACR_EL1, 0);
		break;
	case SETUP_OWN_WFX:
		write_sysreg(SCTLR_EL1, w->sctlr & ~SCTLR_EL1_TRAPS);
		break;
	case SETUP_GUARDED:
		if (!w->mmu)
			hostile_mmu_on(w);
		w->level3[((uintptr_t)w->words - RAM_BASE) / 4096] |= GUARDED;
		asm volatile("dsb ish\n	tlbi vmalle1\n	dsb ish\n	isb" ::: "memory");
		write_sysreg(SCTLR_EL1, w->sctlr | SCTLR_EL1_BT);
		w->launch.x[1] = (uintptr_t)w->words;
		write_words(w, 0xd503201f, svc);
		break;
	case SETUP_AUTHENTICATE:
		write_sysreg(SCTLR_EL1, w->sctlr | SCTLR_EL1_EnIA);
		w->launch.x[1] = (uintptr_t)w->words;
		w->launch.x[30] = 0x0123000000004567;
		write_words(w, 0xd50323bf, svc);
		break;
	}
	if (c->from == 32) {
		w->launch.x[1] = NOWHERE;
		w->launch.x[4] = GICD_BASE;
		write_words(w, hostile_a32[c->setup - SETUP_A32(0)], A32_SVC_END);
		spsr = (spsr & ~SPSR_D) | SPSR_M_AARCH32;
	}
	return spsr;
}

void hostile_classes(struct hostile_world *w, unsigned int vector)
{
	const struct class_case *c;
	uint64_t spsr;

	if (w->steps > 1) {
		write_sysreg(MDSCR_EL1, 0);
		hvc(HVC_REPORT, w->next, read_sysreg(ESR_EL1), vector, read_sysreg(ELR_EL1));
		w->next++;
	}
	if (w->next >= ARRAY_SIZE(cases))
		hvc(HVC_DONE, 0, 0, 0, 0);
	c = &cases[w->next];
	hostile_fill_registers(w);
	w->launch.sp = w->launch.sp_el0 = (uintptr_t)w->words + 16;
	/* An SGI to nobody. */
	w->launch.x[2] = 0;
	spsr = setup(w, c);
	isb();
	if (c->from == 32) {
		w->launch.elr = (uintptr_t)w->words;
		w->launch.spsr = spsr;
		hostile_go(&w->launch);
	}
	hostile_go_stub(w, c->stub, spsr);
}
