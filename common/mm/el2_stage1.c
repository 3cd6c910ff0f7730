// SPDX-License-Identifier: MIT
#include "mm/el2_stage1.h"

#include "arch/layout.h"
#include "lib/errno.h"

#define FIRST_LEVEL		1
#define LAST_LEVEL		3
#define ENTRIES			512
#define PA_BITS			48

/* Bytes that one entry of a table at this level covers: 1 GiB, 2 MiB, 4 KiB. */
static uint64_t entry_size(int level)
{
	return 1UL << (PAGE_SHIFT + 9 * (LAST_LEVEL - level));
}

static unsigned int entry_index(uint64_t va, int level)
{
	return va / entry_size(level) % ENTRIES;
}

static bool is_table(uint64_t entry, int level)
{
	return level < LAST_LEVEL && (entry & PTE_VALID) && (entry & PTE_TABLE);
}

static uint64_t *next_table(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & PTE_ADDRESS);
}

/* The entry that decides about va: the leaf, or the invalid entry where the walk ends. */
static uint64_t *find_entry(const struct el2_stage1 *s1, uint64_t va, int *level)
{
	uint64_t *table = s1->root;

	for (*level = FIRST_LEVEL; ; ++*level) {
		uint64_t *entry = &table[entry_index(va, *level)];

		if (!is_table(*entry, *level))
			return entry;
		table = next_table(*entry);
	}
}

static bool range_ok(uint64_t start, uint64_t size, unsigned int bits)
{
	return ((start | size) & (PAGE_SIZE - 1)) == 0 && size != 0 &&
	       start < (1UL << bits) && size <= (1UL << bits) - start;
}

static uint64_t leaf_attributes(enum el2_mapping mapping)
{
	uint64_t normal = FIELD_PREP(PTE_ATTR_INDEX, MAIR_INDEX_NORMAL) | PTE_SH_INNER;
	uint64_t device = FIELD_PREP(PTE_ATTR_INDEX, MAIR_INDEX_DEVICE);
	uint64_t common = PTE_VALID | PTE_AP_RES1 | PTE_AF;

	switch (mapping) {
	case EL2_TEXT:
		return common | normal | PTE_AP_READ_ONLY;
	case EL2_RODATA:
		return common | normal | PTE_AP_READ_ONLY | PTE_XN;
	case EL2_DATA:
		return common | normal | PTE_XN;
	case EL2_DEVICE:
		/* Execute-never also keeps speculative instruction fetches away from devices. */
		return common | device | PTE_XN;
	}
	return 0;
}

int el2_stage1_init(struct el2_stage1 *s1, struct page_pool *pool)
{
	s1->pool = pool;
	s1->root = page_alloc(pool);
	return s1->root ? 0 : -ENOMEM;
}

/*
 * Entries are written whole and with release semantics: the MMU of any CPU may walk the table while
 * it grows, and must see the zeroes of a new table before it sees the entry that leads to it.
 */
static void set_entry(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* Map one leaf at va, the largest that fits into the remaining size. Returns its size, or an error. */
static int64_t map_one(struct el2_stage1 *s1, uint64_t va, uint64_t pa, uint64_t size,
		       uint64_t attributes)
{
	uint64_t *table = s1->root;
	int level;

	for (level = FIRST_LEVEL; ; level++) {
		uint64_t *entry = &table[entry_index(va, level)];
		uint64_t covered = entry_size(level);

		if (is_table(*entry, level)) {
			table = next_table(*entry);
			continue;
		}
		if (((va | pa) & (covered - 1)) == 0 && size >= covered) {
			set_entry(entry, pa | attributes | (level == LAST_LEVEL ? PTE_PAGE : 0));
			return (int64_t)covered;
		}
		table = page_alloc(s1->pool);
		if (!table)
			return -ENOMEM;
		set_entry(entry, (uintptr_t)table | PTE_VALID | PTE_TABLE);
	}
}

int el2_stage1_map(struct el2_stage1 *s1, uint64_t va, uint64_t pa, uint64_t size,
		   enum el2_mapping mapping)
{
	uint64_t attributes = leaf_attributes(mapping);
	uint64_t at;
	int level;

	if (!range_ok(va, size, EL2_VA_BITS) || !range_ok(pa, size, PA_BITS) || !attributes)
		return -EINVAL;
	/* Look first: so an error leaves the address space as it was. */
	for (at = va; at < va + size; at = (at | (entry_size(level) - 1)) + 1)
		if (*find_entry(s1, at, &level) & PTE_VALID)
			return -EEXIST;

	while (size) {
		int64_t done = map_one(s1, va, pa, size, attributes);

		if (done < 0)
			return (int)done;
		va += (uint64_t)done;
		pa += (uint64_t)done;
		size -= (uint64_t)done;
	}
	return 0;
}

int el2_stage1_unmap(struct el2_stage1 *s1, uint64_t va, uint64_t size)
{
	uint64_t at;
	int level;

	if (!range_ok(va, size, EL2_VA_BITS))
		return -EINVAL;
	for (at = va; at < va + size; at += entry_size(level)) {
		uint64_t entry = *find_entry(s1, at, &level);

		if (!(entry & PTE_VALID))
			return -ENOENT;
		if ((at & (entry_size(level) - 1)) || va + size - at < entry_size(level))
			return -EINVAL;
	}
	for (at = va; at < va + size; at += entry_size(level))
		set_entry(find_entry(s1, at, &level), 0);
	return 0;
}

uint64_t el2_stage1_walk(const struct el2_stage1 *s1, uint64_t va, int *level)
{
	int at;
	uint64_t entry;

	if (!level)
		level = &at;
	*level = FIRST_LEVEL;
	if (va >> EL2_VA_BITS)
		return 0;
	entry = *find_entry(s1, va, level);
	return entry & PTE_VALID ? entry : 0;
}
