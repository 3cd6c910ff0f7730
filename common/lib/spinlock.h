/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - mutual exclusion between CPUs, for sections of some microseconds.
 *
 * The lock is one word: 0 free, 1 taken. A CPU takes it by a pair of exclusive accesses: LDAXR
 * reads the word and has the CPU's exclusive monitor watch it, STXR writes it only if nobody else
 * wrote it in between. A CPU that finds it taken sleeps in WFE: the owner's release clears the
 * sleeper's monitor, and that is a wake-up event (Arm ARM, "Wait for Event"), so no SEV is needed.
 *
 * Test-and-set, not tickets: a ticket lock is fair, but it stalls as soon as the next in line does
 * not run, and under an emulator with fewer processors than CPUs that is the common case.
 *
 * To be used with the MMU on. Exclusive accesses are architecturally guaranteed to work on Normal,
 * Inner or Outer Shareable, Write-Back cacheable memory only (Arm ARM, "Exclusive access
 * instructions and Shareable memory locations"): that is where the coherency protocol does the
 * watching. With the MMU off every data access is Device-nGnRnE, for which a system may have no
 * monitor at all: STXR may fail for ever, or LDAXR fault ("unsupported Exclusive access"). QEMU
 * does not mind; hardware does. Before the MMU is on one CPU runs: it needs no lock.
 */
#ifndef LIB_SPINLOCK_H
#define LIB_SPINLOCK_H

#include "arch/types.h"

struct spinlock {
	uint32_t taken;
};

#define SPINLOCK_INIT		{ 0 }

/* spin_init - make a lock free, whatever it was. Also how a panic breaks a lock open. */
static inline void spin_init(struct spinlock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

/* spin_is_locked - whether some CPU holds the lock right now: for assertions and reports. */
static inline bool spin_is_locked(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != 0;
}

#if __STDC_HOSTED__

/* The unit tests' stand-in, with the same meaning, for a thread that need not sleep. */

static inline bool spin_trylock(struct spinlock *lock)
{
	return __atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void spin_lock(struct spinlock *lock)
{
	while (!spin_trylock(lock))
		;
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

static inline uint64_t irq_save(void)
{
	return 0;
}

static inline void irq_restore(uint64_t daif)
{
	(void)daif;
}

#else

#ifndef __aarch64__
#error "spinlock.h is for the target, AArch64, or for native unit tests"
#endif

#include "arch/cpu.h"

/*
 * spin_lock - take a lock, and wait for it if need be.
 *
 * LDAXR is the acquire: nothing of the critical section is seen to happen before it.
 * The pair is one asm statement, because a load or store that the compiler puts in between may
 * clear the monitor, and then STXR never succeeds.
 */
static inline void spin_lock(struct spinlock *lock)
{
	uint32_t taken, failed;

	asm volatile(
	"	b	2f\n"
	"1:	wfe\n"
	"2:	ldaxr	%w[taken], %[word]\n"	/* the monitor now watches the word for us, */
	"	cbnz	%w[taken], 1b\n"	/* so if it is taken, sleep until it is written */
	"	stxr	%w[failed], %w[one], %[word]\n"
	"	cbnz	%w[failed], 2b\n"	/* someone was quicker, or an exception came */
	: [taken] "=&r"(taken), [failed] "=&r"(failed), [word] "+Q"(lock->taken)
	: [one] "r"(1)
	: "memory");
}

/* spin_trylock - take a lock if it is free. Return: whether it was. */
static inline bool spin_trylock(struct spinlock *lock)
{
	uint32_t taken, failed;

	asm volatile(
	"1:	ldaxr	%w[taken], %[word]\n"
	"	cbnz	%w[taken], 2f\n"
	"	stxr	%w[failed], %w[one], %[word]\n"
	"	cbnz	%w[failed], 1b\n"
	"2:\n"
	: [taken] "=&r"(taken), [failed] "=&r"(failed), [word] "+Q"(lock->taken)
	: [one] "r"(1)
	: "memory");

	return taken == 0;
}

/* spin_unlock - give a lock back. STLR is the release: the critical section is seen before it. */
static inline void spin_unlock(struct spinlock *lock)
{
	asm volatile("stlr wzr, %[word]" : [word] "=Q"(lock->taken) :: "memory");
}

#endif

/*
 * spin_lock_irqsave, spin_unlock_irqrestore - for a lock that an interrupt handler takes as well.
 * Without the mask, a handler that interrupts the owner on the owner's CPU would wait for ever.
 *
 * Return of spin_lock_irqsave: to be given to spin_unlock_irqrestore.
 */
static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t daif = irq_save();

	spin_lock(lock);
	return daif;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, uint64_t daif)
{
	spin_unlock(lock);
	irq_restore(daif);
}

#endif
