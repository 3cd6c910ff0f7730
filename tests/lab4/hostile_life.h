/* SPDX-License-Identifier: MIT */
/*
 * hostile_life.h - the hostile guest's lives, as its host leads them: turn by turn, with the
 * bystander's turns in between, from a fresh beginning to whatever end.
 */
#ifndef TESTS_LAB4_HOSTILE_LIFE_H
#define TESTS_LAB4_HOSTILE_LIFE_H

#include "guests/hostile.h"
#include "machine.h"

/* The life that is being lived, or was last. */
struct hostile_life {
	unsigned int stage;
	uint64_t x0;			/* what it was made with */
	uint64_t end;			/* so far in the stage's list, and no farther; 0: no end */
	uint64_t exits;			/* its own */
	bool by_machine;		/* run by machine_run(), else by guest_cpu_run() */
	unsigned int idle[HOSTILE_CPUS];	/* ticks without a sign of life, over all turns */
	unsigned int quiet;		/* ticks without an exit */
	uint64_t classes[EC_COUNT];	/* exits by exception class, unless by_machine */
};
extern struct hostile_life life;

/* All of them together. */
struct hostile_lives {
	uint64_t lives, exits;
	uint64_t returned[EXIT_REASONS];	/* exits, by what their handlers made of them */
	uint64_t stopped;		/* lives that ended by FAIL_ENTRY */
	uint64_t bad_questions;		/* MMIO that is no access to a device */
};
extern struct hostile_lives lives;

/* Random numbers for the host: what it answers, how long a life is. The seed may be set first. */
extern uint64_t dice_seed;
uint64_t dice(void);

/* In HOSTILE_CLASSES: x0 to x3 of an HVC_REPORT. */
extern void (*hostile_report)(const uint64_t *x);

/*
 * hostile_live - one life. start, end: of its stage's list (end 0: none); cpus: how many of its
 * vCPUs take part; limit: of exits. Returns where in the list it got to: at least start + 1.
 */
uint64_t hostile_live(unsigned int stage, uint64_t start, uint64_t end, unsigned int cpus,
		      uint64_t limit);

/*
 * hostile_guards - how many words have changed that lie beside the machine, in the host's
 * memory.
 */
unsigned int hostile_guards(void);

/* hostile_bury - the machine that its lives were in is destroyed. */
void hostile_bury(void);

#endif
