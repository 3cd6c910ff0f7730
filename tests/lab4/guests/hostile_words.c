// SPDX-License-Identifier: MIT
/*
 * hostile_words.c - random addresses, values and instructions.
 *
 * Words at random are UNDEFINED most of the time, and that is all that there is to see of them.
 * So most words here have some bits given: of a group of the A64 encodings that an exit can come
 * of.
 */
#include "hostile_guest.h"

/* ---- Addresses and values ------------------------------------------------------------------- */

uint64_t hostile_address(struct hostile_world *w)
{
	uint64_t r = rnd(w), any = r >> 8;
	/* Mostly aligned; and a table of edges. */
	uint64_t align = r & 3 ? 7 : r & 4 ? 3 : 0;
	static const uint64_t edges[] = {
		RAM_BASE - 4, RAM_BASE + 0x200000 - 4, RAM_BASE + 0x200000, RAM_BASE + 0x1ffffc,
		GICD_BASE - 4, GICD_BASE + GICD_SIZE - 4,
		GICR_BASE - 4, GICR_BASE + HOSTILE_CPUS * GICR_STRIDE - 4,
		UART_BASE - 4, UART_BASE + 0xffc, FW_CFG_BASE, HYP_BASE, HYP_END - 8,
		HOSTILE_RIGHTS, HOSTILE_RIGHTS + 0x1000, HOSTILE_RIGHTS + 0x3000,
		0, (1UL << 39) - 4, (1UL << 40) - 4, 1UL << 40, 1UL << 44, (1UL << 48) - 4,
		1UL << 48, UINT64_MAX << 48, UINT64_MAX,
	};

	switch (r >> 3 & 15) {
	case 0: case 1: case 2: case 3:
		return GICD_BASE + (any % GICD_SIZE & ~align);
	case 4: case 5: case 6:
		return GICR_BASE + (any % (2 * GICR_STRIDE) & ~align);
	case 7: case 8:
		return UART_BASE + (any % 0x1000 & ~align);
	case 9:
		if (any & 1 << 20)
			return HOSTILE_RIGHTS + (any % HOSTILE_RIGHTS_SIZE & ~align);
		/* Its own memory, but for the most part not where its own program is. */
		return RAM_BASE + 0x100000 + (any % 0x100000 & ~align);
	case 10:
		return any % 0x40000000 & ~align;
	case 11:
		return any % (1UL << 40) & ~align;
	case 12:
		return edges[any % ARRAY_SIZE(edges)] + (any >> 16 & 15);
	case 13:
		/* With the MMU on: one of the Gigabytes that hostile_mmu_on() knows. */
		return (any & 31) << 30 | (any >> 8 & 0x0fffffff & ~align);
	case 14:
		return (any & 31) << 30 | GICD_BASE | (any >> 8 & 0x1ffff & ~align);
	default:
		return rnd(w);
	}
}

uint64_t hostile_value(struct hostile_world *w)
{
	uint64_t r = rnd(w);

	switch (r & 7) {
	case 0: case 1: case 2: case 3: case 4:
		return hostile_address(w);
	case 5:
		return r >> 3 & 0xff;
	case 6:
		return 1UL << (r >> 3 & 63);
	default:
		return rnd(w);
	}
}

/* ---- Loads and stores ----------------------------------------------------------------------- */

/* "bits" are given; those of "random" are not. */
struct pattern { uint32_t bits, random; };

static const struct pattern loads_and_stores[] = {
	{ 0x39000000, 0xc4c003ff },	/* unsigned offset, small: all sizes, V, opc, Rn, Rt */
	{ 0x39000000, 0xc4c00fff },
	{ 0x39000000, 0xc4ffffff },	/* unsigned offset, any */
	{ 0x38000000, 0xc4dfffff },	/* unscaled, post-index, unprivileged, pre-index */
	{ 0x38000400, 0xc4c003ff },
	{ 0x38000c00, 0xc4c003ff },
	{ 0x38200800, 0xc4dff3ff },	/* register offset */
	{ 0x38200000, 0xc4dff3ff },	/* atomic operations */
	{ 0x28000000, 0xc5ff83ff },	/* pairs; of general-purpose or of SIMD&FP registers */
	{ 0x28400000, 0xc7807fff },
	{ 0x08000000, 0xc0ffffff },	/* exclusive, ordered, CAS */
	{ 0x0c000000, 0x41ffffff },	/* structures */
	{ 0x0d000000, 0x40ffffff },
	{ 0x19000000, 0xc0dff3ff },	/* LDAPUR, STLUR */
	{ 0xd9000000, 0x00ffffff },	/* tags */
	{ 0x18000000, 0xc4ffffff },	/* literal */
	{ 0x08000000, 0xf5ffffff },	/* anything of the whole group */
	{ 0x08000000, 0xf5ffffff },
};

static uint32_t from_pattern(struct hostile_world *w, const struct pattern *p)
{
	return p->bits | ((uint32_t)rnd(w) & p->random);
}

/* ---- System instructions -------------------------------------------------------------------- */

#define SYSTEM(op0, op1, crn, crm, op2) \
	(0xd5000000 | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define ANY_OP1			(7 << 16)
#define ANY_CRN			(15 << 12)
#define ANY_CRM			(15 << 8)
#define ANY_OP2			(7 << 5)
#define ANY_RT			31
#define READ			(1 << 21)

/* What traps, or might. */
static const struct pattern system_registers[] = {
	{ SYSTEM(3, 0, 0, 0, 0) | READ, ANY_CRM | ANY_OP2 | ANY_RT },	/* identification */
	{ SYSTEM(3, 0, 0, 0, 0) | READ, ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 0, 0, 4, 0) | READ, 3 << 8 | ANY_OP2 | ANY_RT },
	{ SYSTEM(2, 0, 0, 0, 0), READ | ANY_CRM | ANY_OP2 | ANY_RT },	/* debug */
	{ SYSTEM(2, 0, 1, 0, 4), READ | ANY_CRM | ANY_RT },
	{ SYSTEM(2, 0, 0, 0, 0), READ | ANY_OP1 | ANY_CRN | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 3, 14, 2, 0), READ | 1 << 8 | 3 << 5 | ANY_RT },	/* timers */
	{ SYSTEM(3, 3, 14, 0, 0), READ | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 3, 9, 12, 0), READ | 3 << 8 | ANY_OP2 | ANY_RT },	/* performance monitors */
	{ SYSTEM(3, 0, 9, 14, 0), READ | ANY_OP2 | ANY_RT },
	/* IMPLEMENTATION DEFINED */
	{ SYSTEM(3, 0, 11, 0, 0), READ | ANY_OP1 | 4 << 12 | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 3, 15, 0, 0), READ | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(1, 0, 11, 0, 0), READ | ANY_OP1 | 4 << 12 | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 0, 5, 3, 0), READ | 4 << 8 | ANY_OP2 | ANY_RT },	/* error records */
	{ SYSTEM(3, 0, 5, 4, 0), READ | 1 << 8 | ANY_OP2 | ANY_RT },
	{ SYSTEM(3, 0, 10, 4, 0), READ | ANY_OP2 | ANY_RT },		/* LORegions */
	{ SYSTEM(3, 0, 1, 0, 1), READ | ANY_RT },			/* ACTLR_EL1 */
	{ SYSTEM(3, 0, 12, 11, 5), ANY_RT },				/* SGIs */
	{ SYSTEM(3, 0, 12, 11, 4), 3 << 5 | ANY_RT },
	{ SYSTEM(3, 0, 12, 8, 0), READ | 7 << 8 | ANY_OP2 | ANY_RT },	/* GIC */
	{ SYSTEM(3, 0, 4, 6, 0), READ | ANY_RT },
	{ SYSTEM(1, 0, 7, 6, 2), 12 << 8 | ANY_RT },			/* set and way */
	{ SYSTEM(1, 0, 7, 0, 0), ANY_OP1 | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(1, 0, 8, 0, 0), ANY_CRM | ANY_OP2 | ANY_RT },		/* TLBs */
	{ SYSTEM(3, 0, 1, 2, 0), READ | ANY_OP2 | ANY_RT },		/* SVE, SME */
	{ SYSTEM(0, 3, 4, 0, 0), ANY_OP1 | ANY_CRM | ANY_OP2 | ANY_RT },	/* PSTATE, SVCR */
	{ SYSTEM(0, 0, 0, 0, 0), READ | 3 << 19 | ANY_OP1 | ANY_CRN | ANY_CRM | ANY_OP2 | ANY_RT },
	{ SYSTEM(0, 0, 0, 0, 0), READ | 3 << 19 | ANY_OP1 | ANY_CRN | ANY_CRM | ANY_OP2 | ANY_RT },
};

/*
 * What ends QEMU 7.2, and not the guest, where it has FEAT_FP16: three encodings of half precision, not
 * allocated or hardly used, for which its translator has no case (disas_simd_two_reg_misc_fp16, "code should
 * not be reached"): the vector form of FRECPX, which there is not, and the scalar forms of FABS and FSQRT. They
 * are all that was found among bits [31:10] of A64, without branches and system instructions.
 */
#define UDF	0
static bool ends_translator(uint32_t word)
{
	return (word & 0xbffffc00) == 0x0ef9f800 || (word & 0xfffffc00) == 0x5ef8f800 ||
	       (word & 0xfffffc00) == 0x7ef9f800;
}

/*
 * Two registers of which a guest's random value does so, too, are written with 0 only: ICC_BPR1_EL1, where
 * bits above its three fail an assertion (icv_gprio_mask, "bpr > 0"), and TCR_EL1, where DS (of FEAT_LPA2)
 * does, at a fault of level -1 (arm_fi_to_lfsc, "fi->level >= 0").
 */
static uint32_t spare_qemu(uint32_t word)
{
	uint32_t write = word & ~ANY_RT;

	if (write == SYSTEM(3, 0, 12, 12, 3) || write == SYSTEM(3, 0, 2, 0, 2))
		return word | ANY_RT;
	return ends_translator(word) ? UDF : word;
}

uint32_t hostile_sysreg_word(struct hostile_world *w, uint32_t n)
{
	/*
	 * In an order in which neighbours have little in common: few in a row do not trap. The
	 * factor is odd.
	 */
	return spare_qemu(0xd5000000 | n * 0x9e37 % (1 << 17) << 5 | rnd_below(w, 32));
}

/* ---- All of them ---------------------------------------------------------------------------- */

/*
 * What exits, and most often goes on behind: then the next step need not come for the next exit.
 * Addresses are in x16 to x30, which nothing here changes, all else is in x0 to x15.
 */
static uint32_t good_word(struct hostile_world *w)
{
	uint32_t any = (uint32_t)rnd(w), rt = any & 15, rn = (any >> 4 & 15) | 16;

	switch (any >> 8 & 15) {
	case 0: case 1: case 2: case 3: case 4:
		/* LDR, STR of each size, signed or not; no PRFM */
		any &= ~((any >> 31 & any >> 23 & 1) << 23);
		return 0x39000000 | (any & 0xc0c00000) | rn << 5 | rt;
	case 5:
		/* LDP, STP */
		return 0x29000000 | (any & 0x80400000) | (any >> 16 & 15) << 10 | rn << 5 | rt;
	case 6: case 7: case 8:
		return 0xd4000002 | (any >> 12 & 0xffff) << 5;	/* HVC */
	case 9: case 10: case 11:
		return 0xd5380000 | (any & 0x7e0) | rt;		/* MRS of an ID register */
	case 12:
		return 0xd51be200 | (any & 0x200020) | rt;	/* CNTP_TVAL_EL0, CNTP_CTL_EL0 */
	case 13:
		return 0xd518cba0 | rt;				/* MSR ICC_SGI1R_EL1 */
	case 14:
		return 0xd5100000 | (any & 0x2007e0) | rt;	/* debug */
	default:
		return 0xd503207f;				/* WFI */
	}
}

static uint32_t wild_word(struct hostile_world *w)
{
	uint32_t r = (uint32_t)rnd(w);
	uint32_t any = (uint32_t)rnd(w);

	switch (r % 64) {
	case 0 ... 19:
		r = rnd_below(w, ARRAY_SIZE(loads_and_stores));
		return from_pattern(w, &loads_and_stores[r]);
	case 20 ... 39:
		r = rnd_below(w, ARRAY_SIZE(system_registers));
		return from_pattern(w, &system_registers[r]);
	case 40 ... 45:
		return 0xd4000002 | (any & 0xffff) << 5;	/* HVC */
	case 46:
		return 0xd4000003 | (any & 0xffff) << 5;	/* SMC */
	case 47:
		return 0xd4000000 | (any & 0x00ffffff);		/* SVC, BRK, HLT, ... */
	case 48:
		return 0xd503207f - (any & 1) * 0x20;		/* WFI, WFE */
	case 49:
		return 0xd5031000 | (any & 0x3f);		/* WFET, WFIT */
	case 50:
		/* ERET, but seldom: mostly it goes back to where the step began, for ever. */
		if (any % 64 == 0)
			return 0xd69f03e0;
		return 0xd5184000 | (any & 0x3f);		/* MSR SPSR_EL1, ELR_EL1 */
	case 51: case 52:
		return 0xd61f0000 | (any & 0x006003e0);		/* BR, BLR, RET */
	case 53: case 54:
		return 0x0e000000 | (any & 0xf1ffffff);		/* SIMD and FP */
	case 55:
		return (any & 2 ? 0x04000000 : 0x80000000) | (any & 0xe1ffffff); /* SVE, SME */
	case 56:
		return 0xd51b4200 | (any & 0x7f);		/* NZCV, DAIF and the like */
	case 57: case 58:
		return 0x10000000 | (any & 0xe3ffffff);		/* data processing, immediate */
	case 59: case 60:
		return 0x0a000000 | (any & 0xf1ffffff);		/* data processing, register */
	case 61:
		return 0xe0000000 | (any & 0x0fffffff);		/* A32, unconditional */
	default:
		return any;
	}
}

uint32_t hostile_word(struct hostile_world *w, bool good)
{
	return spare_qemu(good ? good_word(w) : wild_word(w));
}
