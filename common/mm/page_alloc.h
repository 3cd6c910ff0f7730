/* SPDX-License-Identifier: MIT */
/*
 * page_alloc.h - memory for page tables, stacks and whatever else comes in pages.
 *
 * A pool keeps one bit for each of its pages, set while the page is in use. The bits lie in the
 * pool's own first pages. A free list threaded through the free pages would be quicker by some
 * instructions; but it cannot hand out neighbours, cannot be sure of a double free, and is torn by
 * the first write to a page that was freed.
 */
#ifndef MM_PAGE_ALLOC_H
#define MM_PAGE_ALLOC_H

#include "arch/layout.h"
#include "arch/types.h"
#include "lib/spinlock.h"

/* What a freed page is filled with: shows up in a dump, and is no valid address or descriptor. */
#define PAGE_POISON		0xdb

struct page_pool {
	struct spinlock lock;
	bool shared;			/* several CPUs may use it: take the lock */
	uintptr_t base;			/* first page that can be handed out */
	uintptr_t end;			/* the byte behind the last one */
	uint64_t *in_use;		/* bit n: page n of the pool is in use */
	size_t total;			/* pages between base and end */
	size_t free;			/* of these, how many are free now */
	size_t least_free;		/* the lowest that free ever was */
	size_t first_free;		/* number of the lowest free page; total if there is none */
};

/*
 * page_pool_init - make a pool of a piece of memory.
 * @base, @end: the first byte and the byte behind the last; need not be page-aligned, what does
 *              not make a whole page is left out
 *
 * The memory has to be mapped and unused; it is not written to, apart from the bit map at its
 * start. The new pool is for one CPU, and may be used with the MMU off.
 *
 * Return: 0, or -EINVAL if there is no room for the bit map and one page.
 */
int page_pool_init(struct page_pool *pool, uintptr_t base, uintptr_t end);

/*
 * page_pool_share - from here on every CPU may use the pool.
 * To be called with the MMU on, and before a second CPU runs: page tables come from a pool while
 * the MMU is still off, and then its lock must not be touched (see lib/spinlock.h).
 */
void page_pool_share(struct page_pool *pool);

/* page_alloc - one page of 4 KiB, filled with zeros. Return: NULL if there is none left. */
void *page_alloc(struct page_pool *pool);

/*
 * page_alloc_contiguous - several pages in a row, filled with zeros.
 * @pages: how many, at least 1
 * @align: of the first one's address, in bytes: a power of two, at least PAGE_SIZE
 *
 * For what hardware wants in one piece: concatenated stage 2 root tables are aligned to the size
 * of them all (Arm ARM, VTTBR_EL2.BADDR).
 *
 * Return: NULL if there is no such run, or if an argument makes no sense.
 */
void *page_alloc_contiguous(struct page_pool *pool, size_t pages, size_t align);

/*
 * page_free, page_free_contiguous - give pages back. They are filled with PAGE_POISON.
 * @page:  as page_alloc() or page_alloc_contiguous() returned it; NULL is let pass
 * @pages: how many; a run may also be given back in parts
 *
 * Return: 0;
 *         -EINVAL if this is not a page of this pool (or the run leaves the pool);
 *         -EALREADY if it (or one of the run) is free already.
 *         After an error nothing is changed: the caller has a bug to report.
 */
int page_free(struct page_pool *pool, void *page);
int page_free_contiguous(struct page_pool *pool, void *page, size_t pages);

#endif
