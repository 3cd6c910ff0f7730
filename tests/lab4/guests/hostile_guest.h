/* SPDX-License-Identifier: MIT */
/* hostile_guest.h - the parts of the hostile guest, for each other. */
#ifndef TESTS_LAB4_HOSTILE_GUEST_H
#define TESTS_LAB4_HOSTILE_GUEST_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "guest/exception.h"
#include "hostile.h"
#include "hostile_stubs.h"

/* xorshift64*: short, and good enough to be nasty. */
static inline uint64_t rnd(struct hostile_world *w)
{
	uint64_t x = w->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	w->random = x;
	return x * 0x2545f4914f6cdd1d;
}

/* One of n, with n well below 2^32. */
static inline uint32_t rnd_below(struct hostile_world *w, uint32_t n)
{
	return (uint32_t)((rnd(w) >> 32) * n >> 32);
}

/* True once in n times. */
static inline bool rnd_once_in(struct hostile_world *w, uint32_t n)
{
	return rnd_below(w, n) == 0;
}

/* An address that somebody may find interesting; and a value for a register. */
uint64_t hostile_address(struct hostile_world *w);
uint64_t hostile_value(struct hostile_world *w);

/*
 * hostile_word - an instruction: any, but preferably one that makes the hypervisor work. good:
 * one that most often goes through.
 */
uint32_t hostile_word(struct hostile_world *w, bool good);
/*
 * hostile_sysreg_word - number n (of HOSTILE_SYSREG_COUNT) of the MSR, MRS, SYS, SYSL
 * instructions.
 */
uint32_t hostile_sysreg_word(struct hostile_world *w, uint32_t n);

/* Translation on, with tables that are sane where the guest itself is, and mad elsewhere. */
void hostile_mmu_on(struct hostile_world *w);
/*
 * hostile_words_write - instruction n of a world is this one now; hostile_publish - all of them
 * are.
 */
void hostile_words_write(struct hostile_world *w, unsigned int n, uint32_t word);
void hostile_publish(void);

/* All registers random, some of them interesting. elr and spsr are the caller's. */
void hostile_fill_registers(struct hostile_world *w);
/* A PSTATE for random instructions: some exception level, some masks. */
uint64_t hostile_pstate(struct hostile_world *w);

/* Go: see hostile_vectors.S. */
void hostile_go(const struct hostile_launch *launch) __attribute__((noreturn));
/* A stub, with the launch's x1 and x2. */
void hostile_go_stub(struct hostile_world *w, enum stub stub, uint64_t spsr)
	__attribute__((noreturn));
extern const char hostile_vectors[], hostile_sweep[];

/* A step of each stage; vector: of the exception that ended the one before. */
void hostile_classes(struct hostile_world *w, unsigned int vector) __attribute__((noreturn));
void hostile_wrecks(struct hostile_world *w, unsigned int vector) __attribute__((noreturn));
void hostile_interrupts(struct hostile_world *w, unsigned int vector) __attribute__((noreturn));

/* An interrupt: most often it is acknowledged and ended, as it should be. */
void hostile_take_interrupt(struct hostile_world *w);

#endif
