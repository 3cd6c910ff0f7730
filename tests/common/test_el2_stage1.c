// SPDX-License-Identifier: MIT
/*
 * test_el2_stage1.c - the hypervisor's translation tables, read back by a walker of their own.
 *
 * The walker below was written from the Arm ARM alone ("The AArch64 Virtual Memory System
 * Architecture", VMSAv8-64 with the 4 KiB granule), with bit positions as numbers, and it takes no
 * bit for granted: one that has to be 0 or 1 in this regime and is not, is an error. Next to the
 * tables a plain list says which leaf should be where; after each step the two must agree.
 */
#include "unit_main.h"

#include <string.h>

#include "lib/errno.h"
#include "mm/el2_stage1.h"

#define HANDOUT		"  handout: lab1-el2-entry/README.md, \"The hypervisor's own page tables\""

#define KB(n)		((uint64_t)(n) << 10)
#define MB(n)		((uint64_t)(n) << 20)
#define GB(n)		((uint64_t)(n) << 30)
#define VA_END		((uint64_t)1 << 39)
#define PA_END		((uint64_t)1 << 48)

#define MAX_LEAVES	40000
#define POOL_PAGES	600

/* Says what is wrong and where, and ends the test. (ck_assert() is too slow for loops.) */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

/* ---- The walker ------------------------------------------------------------------------------ */

struct leaf {
	uint64_t va, size, pa;
	enum el2_mapping mapping;
};

struct leaves {
	size_t count;
	struct leaf leaf[MAX_LEAVES];
};

static struct leaves found, wanted;

static uint64_t bits(uint64_t value, unsigned int high, unsigned int low)
{
	return value << (63 - high) >> (63 - high + low);
}

/* Rights and memory type of a leaf, as the MMU would take them. */
static enum el2_mapping what_it_is(uint64_t descriptor, uint64_t va)
{
	unsigned int attr_indx = bits(descriptor, 4, 2);
	unsigned int mair = MAIR_EL2_VALUE >> (8 * attr_indx) & 0xff;
	bool read_only = bits(descriptor, 7, 7), execute_never = bits(descriptor, 54, 54);

	if (bits(descriptor, 6, 6) != 1)
		wrong("va 0x%lx: AP[1] is RES1 at EL2, got descriptor 0x%lx" HANDOUT, va,
		      descriptor);
	if (bits(descriptor, 10, 10) != 1)
		wrong("va 0x%lx: AF is 0, the first use would fault: descriptor 0x%lx" HANDOUT, va,
		      descriptor);
	if (bits(descriptor, 5, 5) || bits(descriptor, 11, 11) || bits(descriptor, 53, 48) ||
	    bits(descriptor, 63, 55))
		wrong("va 0x%lx: expected NS, nG, [53:48], [63:55] to be 0, got 0x%lx" HANDOUT,
		      va, descriptor);
	if (!read_only && !execute_never)
		wrong("va 0x%lx: writable and executable: descriptor 0x%lx" HANDOUT, va,
		      descriptor);

	if (mair == 0x04) {		/* Device-nGnRE */
		if (read_only || !execute_never)
			wrong("va 0x%lx: a device has to be writable and XN, got 0x%lx" HANDOUT,
			      va, descriptor);
		return EL2_DEVICE;
	}
	if (mair != 0xff)		/* Normal, write-back, allocating, inner and outer */
		wrong("va 0x%lx: AttrIndx %u is MAIR 0x%02x, expected 0xff or 0x04" HANDOUT,
		      va, attr_indx, mair);
	if (bits(descriptor, 9, 8) != 3)
		wrong("va 0x%lx: expected SH 3 (Inner Shareable), got %lu" HANDOUT, va,
		      bits(descriptor, 9, 8));
	return !read_only ? EL2_DATA : execute_never ? EL2_RODATA : EL2_TEXT;
}

/* Visit a table, and all below it, in the order of addresses. */
static void visit(const uint64_t *table, int level, uint64_t va)
{
	static const unsigned int lowest_bit[] = { 0, 30, 21, 12 };
	unsigned int low = lowest_bit[level];

	for (unsigned int i = 0; i < 512; i++, va += (uint64_t)1 << low) {
		uint64_t descriptor = table[i];
		struct leaf *leaf;

		if (bits(descriptor, 0, 0) == 0)
			continue;
		if (level < 3 && bits(descriptor, 1, 1) == 1) {
			/* A table; its bits [63:59] would take rights away from all below it. */
			if (bits(descriptor, 63, 48) || bits(descriptor, 11, 2))
				wrong("va 0x%lx: expected a plain table, got 0x%lx" HANDOUT,
				      va, descriptor);
			visit((const uint64_t *)(uintptr_t)(bits(descriptor, 47, 12) << 12),
			      level + 1, va);
			continue;
		}
		if (level == 3 && bits(descriptor, 1, 1) == 0)
			wrong("va 0x%lx: bits [1:0] = 1 are reserved at level 3: 0x%lx" HANDOUT, va,
			      descriptor);
		if (low > 12 && bits(descriptor, low - 1, 12))
			wrong("va 0x%lx: expected bits [%u:12] of it to be 0, got 0x%lx" HANDOUT,
			      va, low - 1, descriptor);
		if (found.count == MAX_LEAVES)
			wrong("va 0x%lx: more leaves than this test can hold" HANDOUT, va);
		leaf = &found.leaf[found.count++];
		leaf->va = va;
		leaf->size = (uint64_t)1 << low;
		leaf->pa = bits(descriptor, 47, low) << low;
		leaf->mapping = what_it_is(descriptor, va);
	}
}

/* ---- What should be there -------------------------------------------------------------------- */

/* Tables are kept when what they map is gone: a table, once made, stands in the way of a block. */
static bool table_in_gb[512], table_in_2mb[512 * 512];

/* The largest leaf that may begin at va: 1 GiB, 2 MiB or 4 KiB. */
static uint64_t leaf_size(uint64_t va, uint64_t pa, uint64_t size)
{
	if ((va | pa) % GB(1) == 0 && size >= GB(1) && !table_in_gb[va / GB(1)])
		return GB(1);
	table_in_gb[va / GB(1)] = true;
	if ((va | pa) % MB(2) == 0 && size >= MB(2) && !table_in_2mb[va / MB(2)])
		return MB(2);
	table_in_2mb[va / MB(2)] = true;
	return KB(4);
}

static void want(uint64_t va, uint64_t pa, uint64_t size, enum el2_mapping mapping)
{
	size_t at = 0, n = 0;
	static struct leaf new[MAX_LEAVES];

	while (size) {
		uint64_t step = leaf_size(va, pa, size);

		if (n == MAX_LEAVES)
			wrong("va 0x%lx: more leaves than this test can hold", va);
		new[n++] = (struct leaf){ va, step, pa, mapping };
		va += step;
		pa += step;
		size -= step;
	}
	if (n == 0)
		return;
	while (at < wanted.count && wanted.leaf[at].va < new[0].va)
		at++;
	ck_assert_uint_le(wanted.count + n, MAX_LEAVES);
	memmove(&wanted.leaf[at + n], &wanted.leaf[at], (wanted.count - at) * sizeof(new[0]));
	memcpy(&wanted.leaf[at], new, n * sizeof(new[0]));
	wanted.count += n;
}

static void want_not(uint64_t va, uint64_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < wanted.count; i++)
		if (wanted.leaf[i].va < va || wanted.leaf[i].va >= va + size)
			wanted.leaf[kept++] = wanted.leaf[i];
	wanted.count = kept;
}

static bool overlaps(const struct leaf *leaf, uint64_t va, uint64_t size)
{
	return leaf->va < va + size && va < leaf->va + leaf->size;
}

/* The error codes that are right for unmapping a range; 0 in both when none is. */
static void unmap_errors(uint64_t va, uint64_t size, int *hole, int *part)
{
	uint64_t covered = 0;

	*part = 0;
	for (size_t i = 0; i < wanted.count; i++) {
		const struct leaf *leaf = &wanted.leaf[i];

		if (!overlaps(leaf, va, size))
			continue;
		if (leaf->va < va || leaf->va + leaf->size > va + size)
			*part = -EINVAL;
		covered += (leaf->va + leaf->size < va + size ? leaf->va + leaf->size : va + size) -
			   (leaf->va > va ? leaf->va : va);
	}
	*hole = covered == size ? 0 : -ENOENT;
}

/* ---- Both together --------------------------------------------------------------------------- */

static unsigned char *memory;
static struct page_pool pool;
static struct el2_stage1 s1;

static void set_up_with(size_t pages)
{
	size_t size = (pages + 1) * KB(4);	/* one for the pool's own map */

	memory = aligned_alloc(KB(4), size);
	memset(memory, 0xa5, size);
	ck_assert_int_eq(page_pool_init(&pool, (uintptr_t)memory, (uintptr_t)memory + size), 0);
	ck_assert_int_eq(el2_stage1_init(&s1, &pool), 0);
	memset(table_in_gb, 0, sizeof(table_in_gb));
	memset(table_in_2mb, 0, sizeof(table_in_2mb));
	wanted.count = 0;
}

static void set_up(void)
{
	set_up_with(POOL_PAGES);
}

static void tear_down(void)
{
	free(memory);
}

/* Every leaf is where it should be, there is no other, and el2_stage1_walk() says the same. */
static void agree(const char *after)
{
	found.count = 0;
	visit(s1.root, 1, 0);
	for (size_t i = 0; i < found.count || i < wanted.count; i++) {
		const struct leaf *f = &found.leaf[i], *w = &wanted.leaf[i];

		if (i >= wanted.count)
			wrong("after %s: nothing more expected, got va 0x%lx" HANDOUT, after,
			      f->va);
		if (i >= found.count)
			wrong("after %s: expected a leaf at va 0x%lx, got none" HANDOUT, after,
			      w->va);
		if (f->va != w->va || f->size != w->size || f->pa != w->pa ||
		    f->mapping != w->mapping)
			wrong("after %s: expected va 0x%lx size 0x%lx pa 0x%lx mapping %d, "
			      "got va 0x%lx size 0x%lx pa 0x%lx mapping %d" HANDOUT,
			      after, w->va, w->size, w->pa, w->mapping, f->va, f->size, f->pa,
			      f->mapping);
	}
}

static void map_ok(uint64_t va, uint64_t pa, uint64_t size, enum el2_mapping mapping)
{
	ck_assert_int_eq(el2_stage1_map(&s1, va, pa, size, mapping), 0);
	want(va, pa, size, mapping);
	agree("map");
}

static void unmap_ok(uint64_t va, uint64_t size)
{
	ck_assert_int_eq(el2_stage1_unmap(&s1, va, size), 0);
	want_not(va, size);
	agree("unmap");
}

/* An operation that must fail with one of two errors, and change nothing: no table, no page. */
#define fails(expression, error1, error2) do {							\
	size_t free_ = pool.free, used_ = (pool.total - pool.free + 1) * KB(4);			\
	unsigned char *before_ = malloc(used_);							\
	int got_;										\
												\
	memcpy(before_, memory, used_);								\
	got_ = (expression);									\
	if (got_ != (error1) && got_ != (error2))						\
		wrong("%s: expected %d or %d, got %d" HANDOUT, #expression, error1, error2, got_); \
	if (pool.free != free_ || memcmp(before_, memory, used_))				\
		wrong("%s: error %d, but the tables have changed" HANDOUT, #expression, got_);	\
	free(before_);										\
} while (0)

/* ---- Tests ----------------------------------------------------------------------------------- */

/* The descriptor of each kind, to the bit: as a page, a 2 MiB block and a 1 GiB block. */
START_TEST(attributes)
{
	static const struct {
		enum el2_mapping mapping;
		uint64_t attributes;	/* of a block; a page has bit 1 set as well */
	} kinds[] = {
		/* valid, AttrIndx 1, AP[1], AP[2] read-only, SH inner, AF */
		{ EL2_TEXT,	0x00000000000007c5 },
		/* the same and XN */
		{ EL2_RODATA,	0x00400000000007c5 },
		/* writable, XN */
		{ EL2_DATA,	0x0040000000000745 },
		/* AttrIndx 0, writable, XN */
		{ EL2_DEVICE,	0x0040000000000441 },
	};
	static const uint64_t sizes[] = { 0, GB(1), MB(2), KB(4) };

	ck_assert_uint_eq(MAIR_EL2_VALUE, 0xff04);
	for (int level = 1; level <= 3; level++) {
		uint64_t va = GB(2) * level + sizes[level], pa = GB(16) + sizes[level];
		uint64_t expected = kinds[_i].attributes | pa | (level == 3 ? 2 : 0);
		uint64_t got;
		int at = 0;

		map_ok(va, pa, sizes[level], kinds[_i].mapping);
		got = el2_stage1_walk(&s1, va, &at);
		ck_assert_msg(got == expected,
			      "level %d: expected descriptor 0x%016lx, got 0x%016lx" HANDOUT, level,
			      expected, got);
		ck_assert_int_eq(at, level);
	}
}
END_TEST

/* Alignment decides the leaves: every mix of the three sizes in VA, PA and length. */
START_TEST(alignment)
{
	static const uint64_t parts[] = {
		0, KB(4), KB(8), MB(2) - KB(4), MB(2), MB(2) + KB(4), MB(4), GB(1) - MB(2), GB(1),
		GB(1) + KB(4), GB(1) + MB(2), GB(2) - KB(4), GB(2),
	};
	const size_t n = sizeof(parts) / sizeof(parts[0]);

	tear_down();
	for (size_t v = 0; v < n; v++) {
		for (size_t p = 0; p < n; p++) {
			for (size_t s = 1; s < n; s++) {
				uint64_t size = parts[s];

				/* Not a million pages where VA and PA are at odds: a few. */
				if ((parts[v] ^ parts[p]) % MB(2))
					size = size % MB(2) + (size >= MB(2) ? MB(4) : 0);
				else if ((parts[v] ^ parts[p]) % GB(1))
					size = size % GB(1) + (size >= GB(1) ? MB(16) : 0);
				set_up_with(16);
				map_ok(parts[v], parts[p], size, EL2_DATA);
				unmap_ok(parts[v], size);
				tear_down();
			}
		}
	}
	set_up();
}
END_TEST

/* The ends of both address spaces, and no further. */
START_TEST(limits)
{
	map_ok(0, PA_END - KB(4), KB(4), EL2_DATA);
	map_ok(VA_END - KB(4), 0, KB(4), EL2_RODATA);
	map_ok(VA_END - GB(2), PA_END - GB(1), GB(1), EL2_TEXT);
	unmap_ok(VA_END - KB(4), KB(4));
	fails(el2_stage1_map(&s1, VA_END, 0, KB(4), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, VA_END - KB(4), 0, KB(8), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, GB(1), PA_END, KB(4), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, GB(1), PA_END - KB(4), KB(8), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, GB(1), 0, VA_END, EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, VA_END, KB(4)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, VA_END - KB(4), KB(8)), -EINVAL, -EINVAL);
	/* Sums that wrap around to something small. */
	fails(el2_stage1_map(&s1, -KB(4), 0, KB(8), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, KB(4), 0, -KB(4), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_map(&s1, KB(4), -KB(4), KB(8), EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, -KB(4), KB(8)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, KB(4), -KB(4)), -EINVAL, -EINVAL);
}
END_TEST

/* All of the 39 bits at once: 512 blocks, and not one more page of tables. */
START_TEST(everything)
{
	size_t free_before = pool.free;

	map_ok(0, 0, VA_END, EL2_DATA);
	ck_assert_uint_eq(found.count, 512);
	ck_assert_uint_eq(pool.free, free_before);
	fails(el2_stage1_map(&s1, GB(300), 0, KB(4), EL2_DATA), -EEXIST, -EEXIST);
	unmap_ok(0, VA_END);
	ck_assert_uint_eq(found.count, 0);
}
END_TEST

START_TEST(bad_arguments)
{
	map_ok(GB(1), GB(1), GB(1), EL2_DATA);
	for (uint64_t odd = 1; odd < KB(4); odd <<= 1) {
		fails(el2_stage1_map(&s1, GB(4) + odd, GB(4), KB(4), EL2_DATA), -EINVAL, -EINVAL);
		fails(el2_stage1_map(&s1, GB(4), GB(4) + odd, KB(4), EL2_DATA), -EINVAL, -EINVAL);
		fails(el2_stage1_map(&s1, GB(4), GB(4), KB(4) + odd, EL2_DATA), -EINVAL, -EINVAL);
		fails(el2_stage1_unmap(&s1, GB(1) + odd, GB(1)), -EINVAL, -EINVAL);
		fails(el2_stage1_unmap(&s1, GB(1), GB(1) - odd), -EINVAL, -EINVAL);
	}
	fails(el2_stage1_map(&s1, GB(4), GB(4), 0, EL2_DATA), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, GB(1), 0), -EINVAL, -EINVAL);
	/* No such mapping. */
	fails(el2_stage1_map(&s1, GB(4), GB(4), KB(4), (enum el2_mapping)(EL2_DEVICE + 1)), -EINVAL,
	      -EINVAL);
	agree("errors");
}
END_TEST

/* Something is there already: at the first page, the last, in between; as a page, as a block. */
START_TEST(already_mapped)
{
	map_ok(MB(16), MB(16), KB(4), EL2_TEXT);
	map_ok(MB(32), MB(32), MB(2), EL2_DATA);
	map_ok(GB(1), GB(1), GB(1), EL2_DATA);
	fails(el2_stage1_map(&s1, MB(16), GB(5), KB(4), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(16), MB(16), KB(4), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(16) - KB(8), 0, KB(12), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(14), 0, MB(4), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(33), 0, KB(4), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(34) - KB(4), 0, KB(8), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, MB(30), 0, MB(3), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, 0, 0, GB(1), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, GB(1) + MB(512), 0, KB(4), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, GB(1) - KB(4), 0, KB(8), EL2_TEXT), -EEXIST, -EEXIST);
	fails(el2_stage1_map(&s1, 0, 0, GB(4), EL2_TEXT), -EEXIST, -EEXIST);
	/* Its neighbours are free. */
	map_ok(MB(16) - KB(4), 0, KB(4), EL2_RODATA);
	map_ok(MB(16) + KB(4), 0, KB(4), EL2_RODATA);
	map_ok(GB(2), GB(2), GB(1), EL2_DEVICE);
}
END_TEST

START_TEST(unmap_refused)
{
	fails(el2_stage1_unmap(&s1, MB(16), KB(4)), -ENOENT, -ENOENT);
	fails(el2_stage1_unmap(&s1, 0, VA_END), -ENOENT, -ENOENT);
	map_ok(MB(16), MB(16), KB(8), EL2_TEXT);
	map_ok(MB(16) + KB(12), 0, KB(4), EL2_TEXT);
	map_ok(MB(32), MB(32), MB(2), EL2_DATA);
	map_ok(GB(1), GB(1), GB(1), EL2_DATA);
	/* A hole: behind, before, between. */
	fails(el2_stage1_unmap(&s1, MB(16), KB(12)), -ENOENT, -ENOENT);
	fails(el2_stage1_unmap(&s1, MB(16) - KB(4), KB(8)), -ENOENT, -ENOENT);
	fails(el2_stage1_unmap(&s1, MB(16), KB(16)), -ENOENT, -ENOENT);
	fails(el2_stage1_unmap(&s1, MB(32), MB(4)), -ENOENT, -ENOENT);
	/* A part of a block: its beginning, its end, its middle. */
	fails(el2_stage1_unmap(&s1, MB(32), MB(1)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, MB(33), MB(1)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, MB(33), KB(4)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, GB(1), MB(2)), -EINVAL, -EINVAL);
	fails(el2_stage1_unmap(&s1, GB(2) - KB(4), KB(4)), -EINVAL, -EINVAL);
	unmap_ok(MB(16), KB(8));
	unmap_ok(MB(16) + KB(12), KB(4));
	unmap_ok(MB(32), MB(2));
	unmap_ok(GB(1), GB(1));
	ck_assert_uint_eq(found.count, 0);
}
END_TEST

/*
 * The pool runs dry at every possible moment. What is mapped by then is the beginning of what was
 * asked for; and it can be unmapped.
 */
START_TEST(out_of_memory)
{
	tear_down();
	for (size_t pages = 1; ; pages++) {
		const uint64_t va = GB(1) - MB(2) - KB(4), pa = va, size = GB(1) + MB(4) + KB(8);
		uint64_t mapped = 0;
		int error;

		ck_assert_uint_lt(pages, 20);
		set_up_with(pages);
		error = el2_stage1_map(&s1, va, pa, size, EL2_DATA);
		found.count = 0;
		visit(s1.root, 1, 0);
		if (error == 0) {
			/* The root, and below it: 2 tables in the first GiB, 2 in the third. */
			ck_assert_uint_eq(pages, 5);
			want(va, pa, size, EL2_DATA);
			agree("map");
			tear_down();
			break;
		}
		ck_assert_int_eq(error, -ENOMEM);
		for (size_t i = 0; i < found.count; i++) {
			ck_assert_uint_eq(found.leaf[i].va, va + mapped);
			ck_assert_uint_eq(found.leaf[i].pa, pa + mapped);
			mapped += found.leaf[i].size;
		}
		if (mapped) {
			ck_assert_int_eq(el2_stage1_map(&s1, va, pa, mapped, EL2_DATA), -EEXIST);
			ck_assert_int_eq(el2_stage1_unmap(&s1, va, mapped), 0);
		}
		agree("unmap of what there was");
		tear_down();
	}

	/* Not even a root. */
	set_up_with(1);
	ck_assert_int_eq(el2_stage1_init(&s1, &pool), -ENOMEM);
}
END_TEST

/* el2_stage1_walk() finds what the MMU finds: each leaf, at its level, and the gaps around it. */
START_TEST(walk)
{
	int level;

	map_ok(GB(3), GB(7), GB(1) + MB(4) + KB(12), EL2_TEXT);
	for (size_t i = 0; i < found.count; i++) {
		const struct leaf *leaf = &found.leaf[i];
		int want_level = leaf->size == GB(1) ? 1 : leaf->size == MB(2) ? 2 : 3;
		uint64_t first = el2_stage1_walk(&s1, leaf->va, &level);

		ck_assert_int_eq(level, want_level);
		ck_assert_uint_eq(bits(first, 47, 12) << 12, leaf->pa);
		level = 0;
		ck_assert_uint_eq(el2_stage1_walk(&s1, leaf->va + leaf->size - 1, &level), first);
		ck_assert_int_eq(level, want_level);
		ck_assert_uint_eq(el2_stage1_walk(&s1, leaf->va + leaf->size / 2, NULL), first);
	}
	ck_assert_uint_eq(el2_stage1_walk(&s1, GB(3) - 1, &level), 0);
	ck_assert_int_eq(level, 1);
	ck_assert_uint_eq(el2_stage1_walk(&s1, GB(4) + MB(4) + KB(12), &level), 0);
	ck_assert_int_eq(level, 3);
	ck_assert_uint_eq(el2_stage1_walk(&s1, GB(4) + MB(6), &level), 0);
	ck_assert_int_eq(level, 2);
	/* Behind the 39 bits the MMU does not look at the tables at all. */
	ck_assert_uint_eq(el2_stage1_walk(&s1, VA_END + GB(3), &level), 0);
	ck_assert_uint_eq(el2_stage1_walk(&s1, -1UL, NULL), 0);
}
END_TEST

/* Tables that are there are used again: the pool does not shrink by mapping and unmapping. */
START_TEST(tables_are_kept)
{
	size_t free_after;

	map_ok(MB(2), MB(2), KB(4), EL2_DATA);
	free_after = pool.free;
	for (int i = 0; i < 100; i++) {
		unmap_ok(MB(2), KB(4));
		map_ok(MB(2), KB(4) * i, KB(4), EL2_DATA);
	}
	ck_assert_uint_eq(pool.free, free_after);
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

/* In the first 64 MiB of one of so many GiB: at a multiple of a page, or of 2 MiB. */
static uint64_t random_address(uint64_t gigabytes)
{
	uint64_t unit = random64() % 2 ? KB(4) : MB(2);

	return GB(random64() % gigabytes) + random64() % (MB(64) / unit) * unit;
}

/* A long life: whatever is asked for, the tables do it, or say by the right error why not. */
START_TEST(random_life)
{
	static const uint64_t bases[] = { 0, GB(200), VA_END - GB(4) };

	for (int step = 0; step < 1500; step++) {
		uint64_t va = bases[random64() % 3] + random_address(4);
		uint64_t pa = random_address(PA_END / GB(1));
		uint64_t unit = random64() % 3 == 0 ? MB(2) : KB(4);
		uint64_t size = (1 + random64() % 12) * unit;
		enum el2_mapping mapping = random64() % 4;

		/* Half of them with VA and PA in step, so that blocks come about. */
		if (random64() % 2)
			pa = pa / GB(1) * GB(1) + va % GB(1);
		if (random64() % 8 == 0) {
			va = va / GB(1) * GB(1);
			size = GB(1);
			pa = pa / GB(1) * GB(1);
		}

		if (random64() % 3) {
			bool there = false;

			for (size_t i = 0; i < wanted.count; i++)
				there |= overlaps(&wanted.leaf[i], va, size);
			if (va + size > VA_END || pa + size > PA_END)
				fails(el2_stage1_map(&s1, va, pa, size, mapping), -EINVAL, -EINVAL);
			else if (there)
				fails(el2_stage1_map(&s1, va, pa, size, mapping), -EEXIST, -EEXIST);
			else
				map_ok(va, pa, size, mapping);
		} else {
			int hole, part;

			/* Mostly something that is there. */
			if (wanted.count && random64() % 4) {
				const struct leaf *leaf = &wanted.leaf[random64() % wanted.count];

				va = leaf->va;
				size = random64() % 3 ? leaf->size : size;
			}
			unmap_errors(va, size, &hole, &part);
			if (va + size > VA_END)
				fails(el2_stage1_unmap(&s1, va, size), -EINVAL, -EINVAL);
			else if (hole || part)
				fails(el2_stage1_unmap(&s1, va, size), hole ? hole : part,
				      part ? part : hole);
			else
				unmap_ok(va, size);
		}
	}
	ck_assert_uint_gt(wanted.count, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("el2_stage1");
	TCase *tcase = add_case(suite, "tables");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, attributes, 0, 4);
	tcase_add_test(tcase, alignment);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, everything);
	tcase_add_test(tcase, bad_arguments);
	tcase_add_test(tcase, already_mapped);
	tcase_add_test(tcase, unmap_refused);
	tcase_add_test(tcase, out_of_memory);
	tcase_add_test(tcase, walk);
	tcase_add_test(tcase, tables_are_kept);
	tcase_add_test(tcase, random_life);
	return unit_main("tests/common/test_el2_stage1", suite);
}
