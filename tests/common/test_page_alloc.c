// SPDX-License-Identifier: MIT
/*
 * test_page_alloc.c - the page allocator: what it promises, what it refuses, and a long random life
 * held against a model of it.
 */
#include "unit_main.h"

#include <pthread.h>
#include <string.h>

#include "arch/bits.h"
#include "lib/errno.h"
#include "mm/page_alloc.h"

#define MAX_PAGES	320

/* Memory for pools, with a guard on either side that nobody may touch. */
static unsigned char *memory;
static uintptr_t start;			/* page-aligned; MAX_PAGES pages follow */
static size_t memory_size = (MAX_PAGES + 2) * PAGE_SIZE;

static void set_up(void)
{
	memory = aligned_alloc(64 * PAGE_SIZE, ALIGN_UP(memory_size, 64 * PAGE_SIZE));
	memset(memory, 0xa5, memory_size);
	start = (uintptr_t)memory + PAGE_SIZE;
}

static void tear_down(void)
{
	for (size_t i = 0; i < PAGE_SIZE; i++) {
		ck_assert_uint_eq(memory[i], 0xa5);
		ck_assert_uint_eq(memory[memory_size - PAGE_SIZE + i], 0xa5);
	}
	free(memory);
}

static void *at(size_t page)
{
	return (void *)(start + page * PAGE_SIZE);
}

static bool is_filled(const void *from, unsigned char with, size_t size)
{
	const unsigned char *p = from;

	return size == 0 || (p[0] == with && memcmp(p, p + 1, size - 1) == 0);
}

/* A pool of so many pages to give away: one more holds its map. */
static struct page_pool *make_pool(size_t pages)
{
	static struct page_pool pool;

	memset(&pool, 0x77, sizeof(pool));
	ck_assert_int_eq(page_pool_init(&pool, start, start + (pages + 1) * PAGE_SIZE), 0);
	ck_assert_uint_eq(pool.total, pages);
	ck_assert_uint_eq(pool.free, pages);
	return &pool;
}

START_TEST(init)
{
	struct page_pool *pool = make_pool(9);

	ck_assert_uint_eq(pool->base, start + PAGE_SIZE);
	ck_assert_uint_eq(pool->end, start + 10 * PAGE_SIZE);
	/* Memory that is not asked for stays as it was: it may not even be mapped yet. */
	ck_assert(is_filled(at(1), 0xa5, 9 * PAGE_SIZE));
}
END_TEST

START_TEST(init_rounds_inwards)
{
	struct page_pool pool;

	ck_assert_int_eq(page_pool_init(&pool, start + 1, start + 5 * PAGE_SIZE - 1), 0);
	ck_assert_uint_eq(pool.base, start + 2 * PAGE_SIZE);
	ck_assert_uint_eq(pool.end, start + 4 * PAGE_SIZE);
	ck_assert_uint_eq(pool.total, 2);
	ck_assert_int_eq(page_pool_init(&pool, start + PAGE_SIZE - 1, start + 5 * PAGE_SIZE), 0);
	ck_assert_uint_eq(pool.base, start + 2 * PAGE_SIZE);
	ck_assert_uint_eq(pool.total, 3);
}
END_TEST

START_TEST(init_refuses)
{
	struct page_pool pool;

	ck_assert_int_eq(page_pool_init(&pool, start, start), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start, start + PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start, start + 2 * PAGE_SIZE - 1), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start + 1, start + 2 * PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start + 1, start + 2), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start + 10 * PAGE_SIZE, start), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, UINTPTR_MAX - 100, UINTPTR_MAX), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, UINTPTR_MAX, 0), -EINVAL);
	ck_assert_int_eq(page_pool_init(&pool, start, start + 2 * PAGE_SIZE), 0);
}
END_TEST

/* The map of a large pool takes more than one page: a page holds 32768 bits. */
START_TEST(large_map)
{
	enum { PAGES = 32768 + 1 };
	size_t size = (PAGES + 2) * PAGE_SIZE;
	unsigned char *large = aligned_alloc(PAGE_SIZE, size);
	struct page_pool pool;

	memset(large, 0xa5, 3 * PAGE_SIZE);	/* the rest is never touched, and costs nothing */
	ck_assert_int_eq(page_pool_init(&pool, (uintptr_t)large, (uintptr_t)large + size), 0);
	ck_assert_uint_eq(pool.total, PAGES);
	ck_assert_uint_eq(pool.base, (uintptr_t)large + 2 * PAGE_SIZE);
	ck_assert(is_filled(large, 0, PAGE_SIZE + PAGES / 8 % PAGE_SIZE));
	ck_assert(is_filled(large + 2 * PAGE_SIZE, 0xa5, PAGE_SIZE));

	/* As if all but the last were in use: its bit is the first in the map's second page. */
	memset(large, 0xff, PAGE_SIZE);
	pool.free = 1;
	pool.first_free = PAGES - 1;
	ck_assert_uint_eq((uintptr_t)page_alloc(&pool), pool.end - PAGE_SIZE);
	ck_assert_uint_eq(large[PAGE_SIZE], 1);
	ck_assert_ptr_null(page_alloc(&pool));
	ck_assert_int_eq(page_free(&pool, (void *)(pool.end - PAGE_SIZE)), 0);
	ck_assert_uint_eq(large[PAGE_SIZE], 0);
	free(large);
}
END_TEST

START_TEST(all_pages)
{
	struct page_pool *pool = make_pool(200);
	bool seen[200] = { false };

	for (size_t i = 0; i < 200; i++) {
		void *page = page_alloc(pool);
		size_t n = ((uintptr_t)page - pool->base) / PAGE_SIZE;

		ck_assert_uint_ge((uintptr_t)page, pool->base);
		ck_assert_uint_eq((uintptr_t)page % PAGE_SIZE, 0);
		ck_assert_uint_lt(n, 200);
		ck_assert(!seen[n]);
		seen[n] = true;
		ck_assert(is_filled(page, 0, PAGE_SIZE));
		memset(page, 0xee, PAGE_SIZE);
		ck_assert_uint_eq(pool->free, 200 - i - 1);
	}
	ck_assert_ptr_null(page_alloc(pool));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, PAGE_SIZE));
	ck_assert_uint_eq(pool->free, 0);
	ck_assert_uint_eq(pool->least_free, 0);

	for (size_t i = 0; i < 200; i++)
		ck_assert_int_eq(page_free(pool, at(1 + i)), 0);
	ck_assert_uint_eq(pool->free, 200);
	ck_assert_uint_eq(pool->least_free, 0);
	ck_assert_ptr_nonnull(page_alloc_contiguous(pool, 200, PAGE_SIZE));
}
END_TEST

START_TEST(contents)
{
	struct page_pool *pool = make_pool(8);
	unsigned char *page = page_alloc(pool);

	memset(page, 0x11, PAGE_SIZE);
	ck_assert_int_eq(page_free(pool, page), 0);
	ck_assert(is_filled(page, PAGE_POISON, PAGE_SIZE));
	ck_assert_ptr_eq(page_alloc(pool), page);
	ck_assert(is_filled(page, 0, PAGE_SIZE));

	/* Neighbours are not touched by either. */
	unsigned char *other = page_alloc(pool);

	memset(page, 0x22, PAGE_SIZE);
	memset(other, 0x33, PAGE_SIZE);
	ck_assert_int_eq(page_free(pool, page), 0);
	ck_assert(is_filled(other, 0x33, PAGE_SIZE));
	page = page_alloc_contiguous(pool, 3, PAGE_SIZE);
	ck_assert(is_filled(page, 0, 3 * PAGE_SIZE));
	ck_assert(is_filled(other, 0x33, PAGE_SIZE));
}
END_TEST

START_TEST(double_free)
{
	struct page_pool *pool = make_pool(8);
	void *a = page_alloc(pool), *b = page_alloc(pool);

	ck_assert_int_eq(page_free(pool, a), 0);
	ck_assert_int_eq(page_free(pool, a), -EALREADY);
	ck_assert_uint_eq(pool->free, 7);
	/* A page that was never handed out is no better. */
	ck_assert_int_eq(page_free(pool, at(8)), -EALREADY);
	ck_assert_uint_eq(pool->free, 7);

	/* A run of which one page is free already is refused as a whole. */
	memset(b, 0x44, PAGE_SIZE);
	ck_assert_int_eq(page_free_contiguous(pool, b, 2), -EALREADY);
	ck_assert_int_eq(page_free_contiguous(pool, a, 2), -EALREADY);
	ck_assert_uint_eq(pool->free, 7);
	ck_assert(is_filled(b, 0x44, PAGE_SIZE));
	ck_assert_int_eq(page_free(pool, b), 0);
	ck_assert_uint_eq(pool->free, 8);
}
END_TEST

START_TEST(foreign_pointers)
{
	struct page_pool *pool = make_pool(8);
	unsigned char *page = page_alloc_contiguous(pool, 8, PAGE_SIZE);
	char elsewhere[16];

	ck_assert_int_eq(page_free(pool, NULL), 0);
	ck_assert_int_eq(page_free(pool, page + 1), -EINVAL);
	ck_assert_int_eq(page_free(pool, page + 8), -EINVAL);
	ck_assert_int_eq(page_free(pool, page + PAGE_SIZE - 1), -EINVAL);
	ck_assert_int_eq(page_free(pool, elsewhere), -EINVAL);
	ck_assert_int_eq(page_free(pool, at(0)), -EINVAL);	/* the map */
	ck_assert_int_eq(page_free(pool, page - PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(page_free(pool, at(9)), -EINVAL);
	ck_assert_int_eq(page_free(pool, (void *)PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(page_free(pool, (void *)(UINTPTR_MAX - PAGE_SIZE + 1)), -EINVAL);
	ck_assert_int_eq(page_free_contiguous(pool, page, 0), -EINVAL);
	ck_assert_int_eq(page_free_contiguous(pool, page, 9), -EINVAL);
	ck_assert_int_eq(page_free_contiguous(pool, page, SIZE_MAX), -EINVAL);
	ck_assert_int_eq(page_free_contiguous(pool, page, SIZE_MAX / PAGE_SIZE + 2), -EINVAL);
	ck_assert_int_eq(page_free_contiguous(pool, page + 7 * PAGE_SIZE, 2), -EINVAL);
	ck_assert_uint_eq(pool->free, 0);
	ck_assert(is_filled(page, 0, 8 * PAGE_SIZE));

	ck_assert_int_eq(page_free_contiguous(pool, page, 8), 0);
	ck_assert_uint_eq(pool->free, 8);
}
END_TEST

START_TEST(contiguous)
{
	struct page_pool *pool = make_pool(300);

	for (size_t align = PAGE_SIZE; align <= 64 * PAGE_SIZE; align *= 2) {
		for (size_t pages = 1; pages <= 16; pages *= 2) {
			unsigned char *run = page_alloc_contiguous(pool, pages, align);

			ck_assert_ptr_nonnull(run);
			ck_assert_uint_eq((uintptr_t)run % align, 0);
			ck_assert_uint_ge((uintptr_t)run, pool->base);
			ck_assert_uint_le((uintptr_t)run + pages * PAGE_SIZE, pool->end);
			ck_assert(is_filled(run, 0, pages * PAGE_SIZE));
			ck_assert_uint_eq(pool->free, 300 - pages);
			ck_assert_int_eq(page_free_contiguous(pool, run, pages), 0);
			ck_assert(is_filled(run, PAGE_POISON, pages * PAGE_SIZE));
		}
	}
	ck_assert_uint_eq(pool->free, 300);
}
END_TEST

START_TEST(contiguous_in_fragments)
{
	struct page_pool *pool = make_pool(64);
	unsigned char *all = page_alloc_contiguous(pool, 64, PAGE_SIZE);

	/* Free: every second page, and one run of three. */
	for (size_t i = 0; i < 64; i += 2)
		ck_assert_int_eq(page_free(pool, all + i * PAGE_SIZE), 0);
	ck_assert_ptr_null(page_alloc_contiguous(pool, 2, PAGE_SIZE));
	ck_assert_int_eq(page_free(pool, all + 41 * PAGE_SIZE), 0);
	ck_assert_ptr_null(page_alloc_contiguous(pool, 4, PAGE_SIZE));
	ck_assert_ptr_eq(page_alloc_contiguous(pool, 3, PAGE_SIZE), all + 40 * PAGE_SIZE);
	ck_assert_ptr_null(page_alloc_contiguous(pool, 2, PAGE_SIZE));

	/* A run may also be at the very end. */
	ck_assert_int_eq(page_free(pool, all + 63 * PAGE_SIZE), 0);
	ck_assert_ptr_eq(page_alloc_contiguous(pool, 2, PAGE_SIZE), all + 62 * PAGE_SIZE);
}
END_TEST

START_TEST(contiguous_refuses)
{
	struct page_pool *pool = make_pool(16);

	ck_assert_ptr_null(page_alloc_contiguous(pool, 0, PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, 0));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, 1));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, PAGE_SIZE / 2));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, 3 * PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, PAGE_SIZE + 1));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 17, PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, SIZE_MAX, PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, SIZE_MAX / PAGE_SIZE + 2, PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, 1, (size_t)1 << 63));
	ck_assert_uint_eq(pool->free, 16);
	ck_assert_uint_eq(pool->least_free, 16);

	/* Now the search starts at page 1, and a careless 1 + SIZE_MAX is 0. */
	ck_assert_ptr_nonnull(page_alloc(pool));
	ck_assert_ptr_null(page_alloc_contiguous(pool, SIZE_MAX, PAGE_SIZE));
	ck_assert_ptr_null(page_alloc_contiguous(pool, SIZE_MAX / PAGE_SIZE + 2, PAGE_SIZE));
	ck_assert_uint_eq(pool->free, 15);
}
END_TEST

/* The lowest that free ever was, also when pages came back since. */
START_TEST(least_free)
{
	struct page_pool *pool = make_pool(16);
	void *run = page_alloc_contiguous(pool, 10, PAGE_SIZE);

	ck_assert_uint_eq(pool->least_free, 6);
	ck_assert_int_eq(page_free_contiguous(pool, run, 10), 0);
	ck_assert_ptr_nonnull(page_alloc(pool));
	ck_assert_uint_eq(pool->least_free, 6);
}
END_TEST

START_TEST(random_life)
{
	enum { PAGES = 150 };
	struct page_pool *pool = make_pool(PAGES);
	unsigned char owner[PAGES] = { 0 };	/* 0: free; else what the page is filled with */
	uint64_t random = 88172645463325252;
	size_t free_pages = PAGES;
	unsigned int refused = 0, granted = 0;

	for (unsigned int step = 0; step < 20000; step++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;

		size_t pages = 1 + (random >> 8) % 6;
		size_t align = (size_t)PAGE_SIZE << (random >> 16) % 4;
		size_t n = (random >> 24) % PAGES;
		unsigned char mark = (unsigned char)(1 + step % 200);

		if (random % 2 == 0) {		/* take a run */
			unsigned char *run = page_alloc_contiguous(pool, pages, align);
			bool possible = false;

			for (size_t i = 0; i + pages <= PAGES; i++) {
				size_t used = 0;

				for (size_t j = 0; j < pages; j++)
					used += owner[i + j] != 0;
				possible |= used == 0 && (pool->base + i * PAGE_SIZE) % align == 0;
			}
			ck_assert_int_eq(run != NULL, possible);
			refused += !possible;
			if (run == NULL)
				continue;
			granted++;
			ck_assert_uint_eq((uintptr_t)run % align, 0);
			ck_assert(is_filled(run, 0, pages * PAGE_SIZE));
			memset(run, mark, pages * PAGE_SIZE);
			for (size_t i = 0; i < pages; i++) {
				size_t page = ((uintptr_t)run - pool->base) / PAGE_SIZE + i;

				ck_assert_uint_lt(page, PAGES);
				ck_assert_uint_eq(owner[page], 0);
				owner[page] = mark;
			}
			free_pages -= pages;
		} else {			/* give one back, or try to */
			unsigned char *page = (unsigned char *)pool->base + n * PAGE_SIZE;

			if (owner[n] == 0) {
				ck_assert_int_eq(page_free(pool, page), -EALREADY);
				continue;
			}
			ck_assert(is_filled(page, owner[n], PAGE_SIZE));
			ck_assert_int_eq(page_free(pool, page), 0);
			owner[n] = 0;
			free_pages++;
		}
		ck_assert_uint_eq(pool->free, free_pages);
	}
	ck_assert_uint_gt(refused, 100);
	ck_assert_uint_gt(granted, 100);
	for (size_t i = 0; i < PAGES; i++)
		if (owner[i] != 0)
			ck_assert(is_filled(at(1 + i), owner[i], PAGE_SIZE));
}
END_TEST

/* Four threads take pages from one pool and check that each is theirs alone. */
static void *live_in_pool(void *arg)
{
	struct page_pool *pool = arg;
	static unsigned int threads;
	uint64_t me = __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
	void *wrong = NULL;

	for (unsigned int round = 0; round < 3000; round++) {
		uint64_t *pages[3];

		for (unsigned int i = 0; i < 3; i++) {
			pages[i] = page_alloc(pool);
			if (pages[i] == NULL || pages[i][0] != 0 || pages[i][511] != 0)
				return pool;
			pages[i][0] = pages[i][511] = me;
		}
		for (unsigned int i = 0; i < 3; i++) {
			if (pages[i][0] != me || pages[i][511] != me ||
			    page_free(pool, pages[i]) != 0)
				wrong = pool;
		}
	}
	return wrong;
}

START_TEST(shared)
{
	struct page_pool *pool = make_pool(12);
	pthread_t threads[4];

	ck_assert(!pool->shared);
	page_pool_share(pool);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, live_in_pool, pool), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *wrong;

		ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	ck_assert_uint_eq(pool->free, 12);
	ck_assert(!spin_is_locked(&pool->lock));
}
END_TEST

/* The lock is given back on each way out, and left alone until the pool is shared. */
START_TEST(locking)
{
	struct page_pool *pool = make_pool(4);
	void *page;

	pool->lock.taken = 1;		/* not ours to look at yet: else this would hang */
	page = page_alloc(pool);
	ck_assert_int_eq(page_free(pool, page), 0);
	ck_assert(spin_is_locked(&pool->lock));
	spin_unlock(&pool->lock);

	page_pool_share(pool);
	ck_assert_ptr_null(page_alloc_contiguous(pool, 5, PAGE_SIZE));
	ck_assert(!spin_is_locked(&pool->lock));
	page = page_alloc(pool);
	ck_assert(!spin_is_locked(&pool->lock));
	ck_assert_int_eq(page_free(pool, page), 0);
	ck_assert(!spin_is_locked(&pool->lock));
	ck_assert_int_eq(page_free(pool, page), -EALREADY);
	ck_assert(!spin_is_locked(&pool->lock));
	ck_assert_int_eq(page_free(pool, (char *)page + 1), -EINVAL);
	ck_assert(!spin_is_locked(&pool->lock));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("page_alloc");
	TCase *tcase = add_case(suite, "page_alloc");

	(void)argc;
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, init);
	tcase_add_test(tcase, init_rounds_inwards);
	tcase_add_test(tcase, init_refuses);
	tcase_add_test(tcase, large_map);
	tcase_add_test(tcase, all_pages);
	tcase_add_test(tcase, contents);
	tcase_add_test(tcase, double_free);
	tcase_add_test(tcase, foreign_pointers);
	tcase_add_test(tcase, contiguous);
	tcase_add_test(tcase, contiguous_in_fragments);
	tcase_add_test(tcase, contiguous_refuses);
	tcase_add_test(tcase, least_free);
	tcase_add_test(tcase, random_life);
	tcase_add_test(tcase, shared);
	tcase_add_test(tcase, locking);
	return unit_main(argv[0], suite);
}
