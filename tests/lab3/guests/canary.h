/* SPDX-License-Identifier: MIT */
/*
 * canary.h - what the canary guest and its host know of each other.
 *
 * The guest fills every register that it may write with a pattern, leaves for the hypervisor in one way
 * or another, and looks whether all of it is still there. The pattern is also in its mailbox,
 * where the host reads it: so the host can tell what the trap frame should hold.
 */
#ifndef TESTS_LAB3_CANARY_H
#define TESTS_LAB3_CANARY_H

/* struct swap, for assembly. */
#define SWAP_X			0
#define SWAP_SP_EL0		248
#define SWAP_SP_EL1		256
#define SWAP_NZCV		264
#define SWAP_DAIF		272
#define SWAP_WORDS		35

#define FP_FPSR			512
#define FP_FPCR			520

/* In the guest's memory: below its program. */
#define MAILBOX_IPA		0x40001000

/* Beside guest.h's: a difference was found. x0: enum canary_part, x1: number, x2: wanted, x3: got. */
#define HVC_DIFFERENCE		0x77
/* A round is over. */
#define HVC_ROUND		0x78

/* x0 at entry: the seed, and above these bits the CPU's features. */
#define CANARY_SEED_BITS	32
#define CANARY_PAUTH		1
#define CANARY_CSV2_2		2
#define CANARY_SME		4

#ifndef __ASSEMBLER__

#include "arch/types.h"

struct swap {
	uint64_t x[31];
	uint64_t sp_el0, sp_el1;
	uint64_t nzcv, daif;
};
ASSERT_OFFSET(struct swap, sp_el0, SWAP_SP_EL0);
ASSERT_OFFSET(struct swap, sp_el1, SWAP_SP_EL1);
ASSERT_OFFSET(struct swap, nzcv, SWAP_NZCV);
ASSERT_OFFSET(struct swap, daif, SWAP_DAIF);
ASSERT_SIZE(struct swap, 8 * SWAP_WORDS);

enum canary_exit { CANARY_HVC, CANARY_SMC, CANARY_WFI, CANARY_READ, CANARY_WRITE, CANARY_SPIN };
enum canary_part { PART_SWAP, PART_FP, PART_SYSREG, PART_MEMORY };

struct mailbox {
	uint64_t filled;	/* 1 while the registers hold "in", and a synchronous exit is due */
	uint64_t kind;		/* enum canary_exit: which */
	uint64_t rounds;
	struct swap in;
};

/* FP and SIMD, as the guest keeps them. */
struct canary_fp {
	uint64_t v[32][2];
	uint64_t fpsr, fpcr;
} __aligned(16);
ASSERT_OFFSET(struct canary_fp, fpsr, FP_FPSR);
ASSERT_OFFSET(struct canary_fp, fpcr, FP_FPCR);

/* An address that no test maps, for the two kinds of abort: it is in x6, and the data in x7. */
#define CANARY_NOWHERE		0x90000000
#define CANARY_NOWHERE_MASK	0x0ffffff8

/* xorshift64*: the host and the guest each have a state of their own. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1d;
}

#endif
#endif
