/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - between the hostile guest and the host that lets it rage: what a life of it is
 * about, and where it notes how far it has come.
 *
 * The guest is made of steps. A step puts random values into all registers and goes somewhere;
 * whatever exception comes of that ends it, and begins the next one. Nothing is carried from one
 * step to the next but what is in struct hostile_world: no stack, no registers. When the guest
 * has wrecked itself so that no step comes any more, the host gives it a new life.
 */
#ifndef TESTS_LAB4_HOSTILE_H
#define TESTS_LAB4_HOSTILE_H

#include "arch/layout.h"

/* What a life is about. */
#define HOSTILE_CLASSES		0	/* each exception class, and what comes of it */
#define HOSTILE_SYSREGS		1	/* each encoding of MRS, MSR, SYS, SYSL */
#define HOSTILE_MMIO		2	/* each device register, and random addresses */
#define HOSTILE_WRECKS		3	/* its own vectors, tables, stacks */
#define HOSTILE_INTERRUPTS	4	/* timers, SGIs, priorities */
#define HOSTILE_INSTRUCTIONS	5	/* random instructions */
#define HOSTILE_STAGES		6

/* x0 of a life. start: where in the stage's list to begin; random: what is random in it. */
#define HOSTILE_STAGE		GENMASK(7, 0)
#define HOSTILE_START		GENMASK(31, 8)
#define HOSTILE_RANDOM		GENMASK(63, 32)

/* Each vCPU has a world of its own, in the guest's memory but not in its .bss. */
#define HOSTILE_WORLD(cpu)	(RAM_BASE + 0x10000 + (cpu) * 0x20000)
#define HOSTILE_CPUS		2

/*
 * Its random instructions: some in each of several pages. QEMU goes through all that it has
 * translated of a page at each write to the page, so that few in many pages are written faster
 * than many in a few.
 */
#define HOSTILE_PAGES		16
#define HOSTILE_PAGE_WORDS	64
#define HOSTILE_WORDS		(HOSTILE_PAGES * HOSTILE_PAGE_WORDS)

/*
 * Pages beside its memory, one of each kind of rights in stage 2: read and execute, read, read
 * and write; and a real device, the machine's clock. The first two are the host's, which looks
 * after them.
 */
#define HOSTILE_RIGHTS		0x50000000
#define HOSTILE_RIGHTS_SIZE	0x4000
#define HOSTILE_CLOCK_BASE	0x09010000	/* PL031, on "virt" */

/* HOSTILE_SYSREGS: bits 16 to 0 choose the instruction (L, op0, op1, CRn, CRm, op2), bit 17 EL0. */
#define HOSTILE_SYSREG_COUNT	(1 << 18)

/* struct hostile_launch: what a step begins with. */
#define LAUNCH_SP		248
#define LAUNCH_SP_EL0		256
#define LAUNCH_ELR		264
#define LAUNCH_SPSR		272

/* Where in a world the stack ends, on which C runs. */
#define WORLD_STACK_TOP		0x3000
#define WORLD_SHIFT		17

/* Behind a stub's instruction: SVC with this immediate says that it went through. */
#define STUB_END		0x77
#define STUB_SIZE		16

#ifndef __ASSEMBLER__

#include "arch/bits.h"
#include "arch/types.h"

struct hostile_launch {
	uint64_t x[31];
	uint64_t sp, sp_el0, elr, spsr;
};
ASSERT_OFFSET(struct hostile_launch, sp, LAUNCH_SP);
ASSERT_OFFSET(struct hostile_launch, sp_el0, LAUNCH_SP_EL0);
ASSERT_OFFSET(struct hostile_launch, elr, LAUNCH_ELR);
ASSERT_OFFSET(struct hostile_launch, spsr, LAUNCH_SPSR);

struct hostile_world {
	/* The host looks at these; the guest may have written anything there. */
	uint64_t alive;			/* counts: as long as it does, the guest is at something */
	uint64_t steps;			/* how many steps there were */
	uint64_t next;			/* where in the stage's list to go on */

	uint64_t random;		/* the generator's state */
	uint64_t stage, mmu, sctlr, tcr;
	uint64_t pool[64];		/* values for registers */
	struct hostile_launch launch;
	uint64_t irqs;

	uint64_t stack[0x2000 / 8] __aligned(4096);
	/* What stays from one life to the next. */
	uint64_t words_used;		/* steps since they were made */
	uint64_t stuck;			/* where the last life hung: written by the host */
	uint64_t level1[512] __aligned(4096), level2[512], level3[512];
	uint32_t words[HOSTILE_PAGES][1024];
};
ASSERT_OFFSET(struct hostile_world, words_used, WORLD_STACK_TOP);
static_assert(sizeof(struct hostile_world) <= 1 << WORLD_SHIFT, "the worlds overlap");

#endif
#endif
