// SPDX-License-Identifier: MIT
#include "mm/page_alloc.h"

#include <string.h>

#include "arch/bits.h"
#include "lib/errno.h"

#define BITS_PER_WORD	64

static bool is_in_use(const struct page_pool *pool, size_t page)
{
	return pool->in_use[page / BITS_PER_WORD] & BIT(page % BITS_PER_WORD);
}

static void mark(struct page_pool *pool, size_t first, size_t pages, bool in_use)
{
	for (size_t page = first; page < first + pages; page++) {
		if (in_use)
			pool->in_use[page / BITS_PER_WORD] |= BIT(page % BITS_PER_WORD);
		else
			pool->in_use[page / BITS_PER_WORD] &= ~BIT(page % BITS_PER_WORD);
	}
}

static uintptr_t page_address(const struct page_pool *pool, size_t page)
{
	return pool->base + page * PAGE_SIZE;
}

static uint64_t lock(struct page_pool *pool)
{
	return pool->shared ? spin_lock_irqsave(&pool->lock) : 0;
}

static void unlock(struct page_pool *pool, uint64_t daif)
{
	if (pool->shared)
		spin_unlock_irqrestore(&pool->lock, daif);
}

int page_pool_init(struct page_pool *pool, uintptr_t base, uintptr_t end)
{
	size_t pages, map_words, map_pages;

	if (end < base || end - base < PAGE_SIZE)
		return -EINVAL;
	base = ALIGN_UP(base, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);

	/* The map has a bit for its own pages too: a little too large, and no equation to solve. */
	pages = (end - base) / PAGE_SIZE;
	map_words = ALIGN_UP(pages, BITS_PER_WORD) / BITS_PER_WORD;
	map_pages = ALIGN_UP(map_words * sizeof(uint64_t), PAGE_SIZE) / PAGE_SIZE;
	if (pages <= map_pages)
		return -EINVAL;

	spin_init(&pool->lock);
	pool->shared = false;
	pool->in_use = (uint64_t *)base;
	memset(pool->in_use, 0, map_words * sizeof(uint64_t));
	pool->base = base + map_pages * PAGE_SIZE;
	pool->end = end;
	pool->total = pages - map_pages;
	pool->free = pool->total;
	pool->least_free = pool->total;
	pool->first_free = 0;
	return 0;
}

void page_pool_share(struct page_pool *pool)
{
	pool->shared = true;
}

/* The lowest run of free pages with that alignment. Return: its first page, or pool->total. */
static size_t find_run(const struct page_pool *pool, size_t pages, size_t align)
{
	size_t first = pool->first_free;

	while (first < pool->total) {
		uintptr_t address = ALIGN_UP(page_address(pool, first), align);
		size_t run = 0;

		/* Wraps to a huge number if the next multiple of align is 2^64: also not ours. */
		first = (address - pool->base) / PAGE_SIZE;
		if (first >= pool->total || pages > pool->total - first)
			break;
		while (run < pages && !is_in_use(pool, first + run))
			run++;
		if (run == pages)
			return first;
		first += run + 1;	/* the page at first + run is in use: go on behind it */
	}
	return pool->total;
}

void *page_alloc_contiguous(struct page_pool *pool, size_t pages, size_t align)
{
	uint64_t daif;
	size_t first;
	void *run;

	if (pages == 0 || align < PAGE_SIZE || !IS_POWER_OF_TWO(align))
		return NULL;

	daif = lock(pool);
	first = find_run(pool, pages, align);
	if (first == pool->total) {
		unlock(pool, daif);
		return NULL;
	}
	mark(pool, first, pages, true);
	pool->free -= pages;
	if (pool->free < pool->least_free)
		pool->least_free = pool->free;
	while (pool->first_free < pool->total && is_in_use(pool, pool->first_free))
		pool->first_free++;
	unlock(pool, daif);

	run = (void *)page_address(pool, first);
	memset(run, 0, pages * PAGE_SIZE);
	return run;
}

void *page_alloc(struct page_pool *pool)
{
	return page_alloc_contiguous(pool, 1, PAGE_SIZE);
}

int page_free_contiguous(struct page_pool *pool, void *page, size_t pages)
{
	uintptr_t address = (uintptr_t)page;
	uint64_t daif;
	size_t first;

	if (page == NULL)
		return 0;
	if (!IS_ALIGNED(address, PAGE_SIZE) || address < pool->base || address >= pool->end ||
	    pages == 0 || pages > (pool->end - address) / PAGE_SIZE)
		return -EINVAL;
	first = (address - pool->base) / PAGE_SIZE;

	daif = lock(pool);
	for (size_t i = 0; i < pages; i++) {
		if (!is_in_use(pool, first + i)) {
			unlock(pool, daif);
			return -EALREADY;
		}
	}
	/* Before the pages are marked: once they are, another CPU may get them. */
	memset(page, PAGE_POISON, pages * PAGE_SIZE);
	mark(pool, first, pages, false);
	pool->free += pages;
	if (first < pool->first_free)
		pool->first_free = first;
	unlock(pool, daif);
	return 0;
}

int page_free(struct page_pool *pool, void *page)
{
	return page_free_contiguous(pool, page, 1);
}
