/* SPDX-License-Identifier: MIT */
/*
 * cache.h - data-cache maintenance by virtual address, to the Point of Coherency.
 *
 * Needed wherever one side sees memory through the caches and the other does not: a CPU whose MMU
 * is still off (its accesses are Device, beside every cache) against one whose MMU is on.
 * QEMU has no caches and would forgive all of it; hardware does not.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "arch/barrier.h"
#include "arch/sysreg.h"

/* Bytes in the smallest data-cache line of the system: CTR_EL0.DminLine is log2 of words. */
static inline size_t dcache_line_size(void)
{
	return 4UL << ((read_sysreg(CTR_EL0) >> 16) & 0xf);
}

#define DCACHE_BY_VA(operation, start, size) do {				\
	size_t line_ = dcache_line_size();					\
	uintptr_t at_ = (uintptr_t)(start) & ~(line_ - 1);			\
	uintptr_t end_ = (uintptr_t)(start) + (size);				\
	for (; at_ < end_; at_ += line_)					\
		asm volatile("dc " #operation ", %0" :: "r"(at_) : "memory");	\
	dsb(sy);								\
} while (0)

/* Write dirty lines of [start, start + size) back: a CPU with its MMU off then reads them. */
static inline void dcache_clean_poc(const void *start, size_t size)
{
	DCACHE_BY_VA(cvac, start, size);
}

/*
 * Drop all lines of [start, start + size), without writing them back: what a CPU wrote with its
 * MMU off is not hidden later by older lines. The range must be whole cache lines.
 */
static inline void dcache_invalidate_poc(const void *start, size_t size)
{
	DCACHE_BY_VA(ivac, start, size);
}

/* Write back, and drop: what was written either way, through caches or past them, is then seen both ways. */
static inline void dcache_clean_invalidate_poc(const void *start, size_t size)
{
	DCACHE_BY_VA(civac, start, size);
}

#endif
