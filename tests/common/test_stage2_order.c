// SPDX-License-Identifier: MIT
/*
 * test_stage2_order.c - what stage 2 does in which order, under the eyes of a TLB that forgets
 * nothing.
 *
 * CPUs walk the tables while they are being changed, and keep what they find: leaves, and the way
 * to them. So between any two steps everything that is reachable has to make sense, and nothing
 * that a TLB may still hold may be contradicted or given away. To see each step, this file compiles
 * mm/stage2.c itself, with its stores to tables and its calls of the page allocator replaced by
 * ones that look at them first. (The results are checked by test_stage2.c.)
 */
#include "unit_main.h"

#include <string.h>

#include "lib/errno.h"
#include "mm/page_alloc.h"
#include "mm/stage2.h"

static void traced_store(uint64_t *entry, uint64_t value);
static void *traced_alloc(struct page_pool *from);
static int traced_free(struct page_pool *to, void *page);
static int traced_free_run(struct page_pool *to, void *page, size_t pages);

#define __atomic_store_n(entry, value, order)		traced_store(entry, value)
#define page_alloc(pool)				traced_alloc(pool)
#define page_free(pool, page)				traced_free(pool, page)
#define page_free_contiguous(pool, page, pages)		traced_free_run(pool, page, pages)
#include "mm/stage2.c"
#undef __atomic_store_n
#undef page_alloc
#undef page_free
#undef page_free_contiguous

#define HANDOUT		"  handout: lab3-vcpu-context/README.md, \"Stage 2\""

#define KB(n)		((uint64_t)(n) << 10)
#define MB(n)		((uint64_t)(n) << 20)
#define GB(n)		((uint64_t)(n) << 30)
#define PAGE		KB(4)
#define POOL_PAGES	64

/* Says what is wrong and where, and ends the test. */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

static unsigned char *memory;
static struct page_pool pool;
static struct stage2 s2;

/* ---- The steps, as a word -------------------------------------------------------------------- */

/*
 * One letter a step, so that a test can say what it expects:
 *   a   a page is taken from the pool         f   a table is given back
 *   L   a leaf is made valid                  T   a table is made valid
 *   B   a leaf or a table is made invalid     P   a leaf's permissions change
 *   i   invalidation by IPA, and how many     I   invalidation of all
 *   p   publish
 * A repeated letter stands there once, with its number.
 */
static char steps[4096];
static char last_step;
static unsigned int last_step_times;

static void step(char what)
{
	size_t length = strlen(steps);

	if (what == last_step) {
		length = (size_t)(strrchr(steps, what) - steps);
		last_step_times++;
	} else {
		last_step = what;
		last_step_times = 1;
	}
	ck_assert_uint_lt(length + 16, sizeof(steps));
	if (last_step_times == 1)
		sprintf(&steps[length], "%c", what);
	else
		sprintf(&steps[length], "%c%u", what, last_step_times);
}

/* ---- The TLB --------------------------------------------------------------------------------- */

/* What each page of the pool is to a table walk. */
static struct {
	enum { NO_TABLE, TABLE, TAKEN_OUT } state;
	int level;
	uint64_t base;			/* the IPA of its first entry */
} pages[POOL_PAGES + 1];

/* What a TLB may hold, although the tables no longer say so. */
#define MAX_STALE	20000
static struct stale_entry {
	uint64_t base, size;
	const uint64_t *table;		/* where it leads to, or NULL if to memory */
} stale_entries[MAX_STALE];
static size_t stale_count;
static bool published;

/* The last leaf that was made invalid: a table in its place has to say the same. */
static struct {
	uint64_t *entry;
	uint64_t leaf;
} broken;

static size_t page_number(const void *address)
{
	return ((uintptr_t)address - pool.base) / PAGE;
}

static void remember(uint64_t base, uint64_t size, const uint64_t *table)
{
	ck_assert_uint_lt(stale_count, MAX_STALE);
	stale_entries[stale_count++] = (struct stale_entry){ base, size, table };
}

static bool leads_to_table(uint64_t value, int level)
{
	return level < 3 && (value & 3) == 3;
}

static uint64_t size_at(int level)
{
	return PAGE << (9 * (3 - level));
}

/* A new table is linked: all that it says is said from this moment on. */
static void check_new_table(const uint64_t *entry, const uint64_t *table, int level, uint64_t base)
{
	size_t number = page_number(table);
	uint64_t child = size_at(level + 1);
	bool split = entry == broken.entry;

	if (number > POOL_PAGES || pages[number].state != NO_TABLE)
		wrong("ipa 0x%lx: a table is linked that is in use already" HANDOUT, base);
	for (size_t i = 0; i < 512; i++) {
		uint64_t same = (broken.leaf + i * child) | (level + 1 == 3 ? 2 : 0);

		if (split && table[i] != same)
			wrong("ipa 0x%lx: a block becomes a table, and entry %zu of it says 0x%lx, "
			      "not 0x%lx" HANDOUT, base, i, table[i], same);
		if (!split && table[i] != 0)
			wrong("ipa 0x%lx: a new table is linked with 0x%lx in entry %zu" HANDOUT,
			      base, table[i], i);
	}
	pages[number].state = TABLE;
	pages[number].level = level + 1;
	pages[number].base = base;
}

static void made_valid(uint64_t *entry, uint64_t value, int level, uint64_t base)
{
	for (size_t i = 0; i < stale_count; i++)
		if (stale_entries[i].base < base + size_at(level) &&
		    base < stale_entries[i].base + stale_entries[i].size)
			wrong("ipa 0x%lx: made valid (0x%lx) while TLBs may hold what was there "
			      "before" HANDOUT, base, value);
	if (leads_to_table(value, level))
		check_new_table(entry, (const uint64_t *)(uintptr_t)(value & 0xfffffffff000), level,
				base);
	step(leads_to_table(value, level) ? 'T' : 'L');
	published = false;
}

static void made_invalid(uint64_t *entry, uint64_t old, int level, uint64_t base)
{
	const uint64_t *table = NULL;

	if (leads_to_table(old, level)) {
		table = (const uint64_t *)(uintptr_t)(old & 0xfffffffff000);
		for (size_t i = 0; i < 512; i++)
			if (table[i] & 1)
				wrong("ipa 0x%lx: a table is taken out with entry %zu still "
				      "valid" HANDOUT, base, i);
		pages[page_number(table)].state = TAKEN_OUT;
	} else {
		broken.entry = entry;
		broken.leaf = old;
	}
	remember(base, size_at(level), table);
	step('B');
}

static void traced_store(uint64_t *entry, uint64_t value)
{
	size_t number = page_number(entry);
	int level = pages[number].level;
	uint64_t old = *entry;
	uint64_t base = pages[number].base + (uintptr_t)entry % PAGE / 8 * size_at(level);

	if (!spin_is_locked(&s2.lock))
		wrong("ipa 0x%lx: a change without the lock" HANDOUT, base);
	switch (pages[number].state) {
	case NO_TABLE:
		wrong("a store to a page that is no table of this stage 2" HANDOUT);
		return;
	case TAKEN_OUT:
		if (value & 1)
			wrong("a table that was taken out gets a valid entry, 0x%lx" HANDOUT,
			      value);
		break;
	case TABLE:
		if ((old & 1) && (value & 1)) {
			/* S2AP and XN[1]: what may change without a break. */
			if ((old ^ value) & ~0x00400000000000c0)
				wrong("ipa 0x%lx: 0x%lx becomes 0x%lx without a break" HANDOUT,
				      base, old, value);
			remember(base, size_at(level), NULL);
			step('P');
		} else if (value & 1) {
			made_valid(entry, value, level, base);
		} else if (old & 1) {
			made_invalid(entry, old, level, base);
		}
	}
	*entry = value;
}

static void *traced_alloc(struct page_pool *from)
{
	step('a');
	return page_alloc(from);
}

static int traced_free(struct page_pool *to, void *page)
{
	size_t number = page_number(page);

	if (pages[number].state != TAKEN_OUT)
		wrong("a page is given back that is still a table" HANDOUT);
	for (size_t i = 0; i < stale_count; i++)
		if (stale_entries[i].table == page)
			wrong("a table is given back while TLBs may hold the way to it" HANDOUT);
	pages[number].state = NO_TABLE;
	step('f');
	return page_free(to, page);
}

static int traced_free_run(struct page_pool *to, void *page, size_t n)
{
	if (stale_count)
		wrong("the root is given back while TLBs may hold something of it" HANDOUT);
	for (size_t i = 0; i < n; i++)
		pages[page_number(page) + i].state = NO_TABLE;
	step('f');
	return page_free_contiguous(to, page, n);
}

static void tlb_publish(void)
{
	published = true;
	step('p');
}

static void tlb_invalidate(const struct stage2 *of, const uint64_t *ipas, unsigned int n)
{
	char text[16];

	ck_assert_ptr_eq(of, &s2);
	if (!spin_is_locked(&s2.lock))
		wrong("invalidate() without the lock" HANDOUT);
	for (unsigned int k = 0; k < n; k++) {
		size_t kept = 0, before = stale_count;

		for (size_t i = 0; i < stale_count; i++)
			if (ipas[k] - stale_entries[i].base >= stale_entries[i].size)
				stale_entries[kept++] = stale_entries[i];
		stale_count = kept;
		if (kept == before)
			wrong("ipa 0x%lx is invalidated for nothing" HANDOUT, ipas[k]);
	}
	sprintf(text, "i%u", n);
	strcat(steps, text);
	last_step = 0;
	published = true;		/* it begins with the same barrier */
}

static void tlb_invalidate_all(const struct stage2 *of)
{
	ck_assert_ptr_eq(of, &s2);
	if (stale_count <= STAGE2_IPAS_MAX)
		wrong("all is invalidated for the sake of %zu entries" HANDOUT, stale_count);
	stale_count = 0;
	published = true;
	step('I');
}

static const struct stage2_tlb_ops tlb = {
	.publish = tlb_publish,
	.invalidate = tlb_invalidate,
	.invalidate_all = tlb_invalidate_all,
};

/* ---- Tests ----------------------------------------------------------------------------------- */

static void set_up(void)
{
	size_t size = (POOL_PAGES + 1) * PAGE;
	struct stage2_config config = stage2_config(2, 40, false);

	memory = aligned_alloc(PAGE, size);
	ck_assert_int_eq(page_pool_init(&pool, (uintptr_t)memory, (uintptr_t)memory + size), 0);
	ck_assert_int_eq(stage2_init(&s2, &config, &pool, &tlb), 0);
	memset(pages, 0, sizeof(pages));
	for (unsigned int i = 0; i < config.root_pages; i++) {
		pages[page_number(s2.root) + i].state = TABLE;
		pages[page_number(s2.root) + i].level = config.start_level;
		pages[page_number(s2.root) + i].base = i * GB(512);
	}
	stale_count = 0;
}

static void tear_down(void)
{
	free(memory);
}

static void begin(void)
{
	steps[0] = '\0';
	last_step = 0;
	published = true;
	broken.entry = NULL;
}

/* After each call: no TLB holds anything that is no longer so, and every walk sees what is new. */
static void finish(const char *call)
{
	if (stale_count)
		wrong("%s: on return TLBs may hold ipa 0x%lx as it was (%s)" HANDOUT, call,
		      stale_entries[0].base, steps);
	if (!published)
		wrong("%s: on return the new entries are not published (%s)" HANDOUT, call, steps);
	if (spin_is_locked(&s2.lock))
		wrong("%s: on return the lock is taken" HANDOUT, call);
}

/* A call, what it returns, and in which steps it does its work. */
#define DOES(call, result, expected) do {						\
	int result_;									\
											\
	begin();									\
	result_ = (call);								\
	finish(#call);									\
	if (result_ != (result) || strcmp(steps, expected))				\
		wrong("%s: expected %d by \"%s\", got %d by \"%s\"" HANDOUT, #call,	\
		      result, expected, result_, steps);				\
} while (0)

/* Only from invalid to valid: no TLB is told. */
START_TEST(map_steps)
{
	DOES(stage2_map(&s2, 0, 0, PAGE, STAGE2_RWX), 0, "aTaTLp");
	DOES(stage2_map(&s2, PAGE, PAGE, 3 * PAGE, STAGE2_RWX), 0, "L3p");
	DOES(stage2_map(&s2, MB(2), MB(2), MB(4), STAGE2_RWX), 0, "L2p");
	DOES(stage2_map(&s2, GB(1), GB(1), GB(2), STAGE2_DEVICE), 0, "L2p");
	DOES(stage2_map(&s2, GB(1), GB(1), PAGE, STAGE2_RWX), -EEXIST, "");
	ck_assert_uint_eq(s2.invalidations, 0);
}
END_TEST

/* Invalid, invalidated, and only then are the empty tables given back. */
START_TEST(unmap_steps)
{
	ck_assert_int_eq(stage2_map(&s2, 0, 0, MB(4) + 40 * PAGE, STAGE2_RWX), 0);
	ck_assert_int_eq(stage2_map(&s2, GB(1), 0, GB(40), STAGE2_RWX), 0);
	DOES(stage2_unmap(&s2, MB(4), PAGE), 0, "Bi1");
	DOES(stage2_unmap(&s2, MB(4) + PAGE, 32 * PAGE), 0, "B32i32");
	/* The last 7 pages, and the table that they are in. */
	DOES(stage2_unmap(&s2, MB(4) + 33 * PAGE, 7 * PAGE), 0, "B8i7f");
	/* Two blocks, the table of theirs and no more: the root stays. */
	DOES(stage2_unmap(&s2, 0, MB(4)), 0, "B3i2f");
	DOES(stage2_unmap(&s2, GB(1), GB(1)), 0, "Bi1");
	/* One more than can be noted. */
	DOES(stage2_unmap(&s2, GB(2), GB(33)), 0, "B33I");
	DOES(stage2_unmap(&s2, GB(1), GB(1)), -ENOENT, "");
	ck_assert_uint_eq(s2.invalidations, 6);
}
END_TEST

/* A page is taken, then break, invalidate, make; and only then what was asked for is done. */
START_TEST(split_steps)
{
	ck_assert_int_eq(stage2_map(&s2, 0, 0, MB(8), STAGE2_RWX), 0);
	ck_assert_int_eq(stage2_map(&s2, GB(1), 0, GB(1), STAGE2_RWX), 0);
	DOES(stage2_unmap(&s2, 0, PAGE), 0, "aBi1TpBi1");
	DOES(stage2_protect(&s2, MB(3), MB(1), STAGE2_R), 0, "aBi1TpP256I");
	/* Two blocks, split in their midst. */
	DOES(stage2_unmap(&s2, MB(6) - PAGE, 2 * PAGE), 0, "aBi1TpaBi1TpB2i2");
	/* From 1 GiB down to a page, then the same for the other end. */
	DOES(stage2_protect(&s2, GB(1) + MB(2) - PAGE, PAGE, STAGE2_RX), 0, "aBi1TpaBi1TpPi1");
}
END_TEST

/* Permissions alone change without a break: no vCPU faults in between. */
START_TEST(protect_steps)
{
	ck_assert_int_eq(stage2_map(&s2, 0, 0, MB(4) + 4 * PAGE, STAGE2_RWX), 0);
	DOES(stage2_protect(&s2, MB(4), 2 * PAGE, STAGE2_R), 0, "P2i2");
	DOES(stage2_protect(&s2, 0, MB(4) + 4 * PAGE, STAGE2_R), 0, "P4i4");
	DOES(stage2_protect(&s2, 0, MB(4) + 4 * PAGE, STAGE2_R), 0, "");
	DOES(stage2_protect(&s2, 0, MB(4) + 4 * PAGE, STAGE2_RWX), 0, "P6i6");
	DOES(stage2_protect(&s2, 0, MB(8), STAGE2_R), -ENOENT, "");
}
END_TEST

/* What was valid for a moment is taken back in the same order. */
START_TEST(undo_steps)
{
	while (pool.free > 3)
		page_alloc(&pool);
	DOES(stage2_map(&s2, GB(1) - 2 * PAGE, 0, 4 * PAGE, STAGE2_RWX), -ENOMEM,
	     "aTaTL2aTaB5i3f3");
	ck_assert_uint_eq(pool.free, 3);
	DOES(stage2_map(&s2, GB(1), 0, PAGE, STAGE2_RWX), 0, "aTaTLp");
	page_alloc(&pool);
	/* Tables without any leaf. */
	DOES(stage2_map(&s2, 0, 0, PAGE, STAGE2_RWX), -ENOMEM, "a");
	DOES(stage2_map(&s2, GB(1) + MB(2), 0, PAGE, STAGE2_RWX), -ENOMEM, "a");
	ck_assert_uint_eq(pool.free, 0);
	DOES(stage2_unmap(&s2, GB(1), PAGE), 0, "B3i1f2");
	page_alloc(&pool);
	DOES(stage2_map(&s2, 0, 0, PAGE, STAGE2_RWX), -ENOMEM, "aTaBi1f");
	/* No page to split with: nothing is broken. */
	ck_assert_int_eq(stage2_map(&s2, GB(2), 0, GB(1), STAGE2_RWX), 0);
	page_alloc(&pool);
	DOES(stage2_unmap(&s2, GB(2), PAGE), -ENOMEM, "a");
}
END_TEST

START_TEST(destroy_steps)
{
	ck_assert_int_eq(stage2_map(&s2, GB(1) - 2 * PAGE, 0, 4 * PAGE, STAGE2_RWX), 0);
	begin();
	stage2_destroy(&s2);
	finish("destroy");
	/* 4 pages, 2 tables of theirs, 2 tables above; and last the root. */
	ck_assert_str_eq(steps, "B8i4f5");
	ck_assert_uint_eq(pool.free, pool.total);
}
END_TEST

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Whatever happens, running out of pages included: each step keeps the rules. */
START_TEST(random_life)
{
	static const uint64_t units[] = { KB(4), KB(4), MB(2), GB(1) };
	size_t pages_of_root = s2.config.root_pages;
	unsigned int worked = 0;

	for (int i = 0; i < 6000; i++) {
		uint64_t unit = units[random64() % 4], other = units[random64() % 4];
		uint64_t ipa = GB(510) + random64() % 4 * GB(1) + random64() % 3 * MB(2) +
			       random64() % 3 * PAGE;
		uint64_t size = (1 + random64() % 3) * unit;
		uint64_t pa = random64() % GB(256);

		ipa = ALIGN_DOWN(ipa, random64() % 2 ? unit : other);
		pa = ALIGN_DOWN(pa, other);
		if (random64() % 3)
			pa = ALIGN_DOWN(pa, GB(1)) + ipa % GB(1);
		if (pa % MB(2) != ipa % MB(2) && size > MB(2))
			size = 5 * PAGE;
		begin();
		switch (random64() % 4) {
		case 0:
			worked += stage2_unmap(&s2, ipa, size) == 0;
			break;
		case 1:
			worked += stage2_protect(&s2, ipa, size, random64() % 4) == 0;
			break;
		default:
			worked += stage2_map(&s2, ipa, pa, size, random64() % 5) == 0;
		}
		finish("a call");
		if (i % 100 == 99) {		/* or in the end all would be mapped, in pages */
			begin();
			spin_lock(&s2.lock);
			remove_range(&s2, 0, GB(1024));
			spin_unlock(&s2.lock);
			finish("removing everything");
			ck_assert_uint_eq(pool.free, pool.total - pages_of_root);
		}
	}
	ck_assert_uint_gt(worked, 1000);
	begin();
	stage2_destroy(&s2);
	finish("destroy");
	ck_assert_uint_eq(pool.free, pool.total);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("stage2_order");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "steps");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, map_steps);
	tcase_add_test(tcase, unmap_steps);
	tcase_add_test(tcase, split_steps);
	tcase_add_test(tcase, protect_steps);
	tcase_add_test(tcase, undo_steps);
	tcase_add_test(tcase, destroy_steps);

	tcase = add_case(suite, "life");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, random_life);

	return unit_main(argv[0], suite);
}
