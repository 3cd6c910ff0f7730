// SPDX-License-Identifier: MIT
#include "mm/stage2.h"

#include "arch/layout.h"
#include "arch/sysreg_fields.h"
#include "lib/errno.h"

#define FIRST_BLOCK_LEVEL	1	/* no blocks at level 0 with the 4 KiB granule */
#define LAST_LEVEL		3
#define LEVEL_BITS		9	/* IPA bits that choose among the entries of one table */
#define ENTRIES			512
#define CONCATENATED_BITS	4	/* at most 16 tables at the root */
#define IPA_BITS_MIN		32
#define PA_RANGE_48		5

#define PERMISSIONS		(S2_AP_READ | S2_AP_WRITE | S2_XN)

/* Bytes that one entry of a table at this level covers: 512 GiB, 1 GiB, 2 MiB, 4 KiB. */
static uint64_t entry_size(int level)
{
	return 1UL << (PAGE_SHIFT + LEVEL_BITS * (LAST_LEVEL - level));
}

/* ---- The shape ------------------------------------------------------------------------------- */

/* IPA bits that one table at this level resolves together with all below it: 48, 39, 30, 21. */
static unsigned int table_bits(int level)
{
	return PAGE_SHIFT + LEVEL_BITS * (LAST_LEVEL - level + 1);
}

static unsigned int clamp(unsigned int value, unsigned int least, unsigned int most)
{
	return value < least ? least : value > most ? most : value;
}

struct stage2_config stage2_config(unsigned int pa_range, unsigned int ipa_bits_wanted, bool vmid16)
{
	static const unsigned char pa_bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int ps = clamp(pa_range, 0, PA_RANGE_48);
	unsigned int wanted = ipa_bits_wanted ? ipa_bits_wanted : STAGE2_IPA_BITS_DEFAULT;
	struct stage2_config config = { .pa_bits = pa_bits[ps] };

	config.ipa_bits = clamp(wanted, IPA_BITS_MIN, config.pa_bits);

	/* The deepest level from which 16 tables are enough. */
	config.start_level = 2;
	while (config.ipa_bits > table_bits(config.start_level) + CONCATENATED_BITS)
		config.start_level--;
	config.root_pages = 1;
	if (config.ipa_bits > table_bits(config.start_level))
		config.root_pages = 1U << (config.ipa_bits - table_bits(config.start_level));

	/*
	 * Table walks go through the caches (write-back, Inner Shareable), or each change of a
	 * table would have to be cleaned to memory. PS has PARange's encoding. HA and HD stay 0: no
	 * one but us writes to the tables. SL0 counts from level 2 upwards.
	 */
	config.vtcr = VTCR_EL2_RES1 | FIELD_PREP(VTCR_EL2_T0SZ, 64 - config.ipa_bits) |
		      FIELD_PREP(VTCR_EL2_SL0, 2 - config.start_level) | VTCR_EL2_IRGN0_WBWA |
		      VTCR_EL2_ORGN0_WBWA | VTCR_EL2_SH0_INNER | VTCR_EL2_TG0_4K |
		      FIELD_PREP(VTCR_EL2_PS, ps) | (vmid16 ? VTCR_EL2_VS : 0);
	return config;
}

/* ---- Entries --------------------------------------------------------------------------------- */

/* Concatenated tables are one long table: at the root the index is not cut to 9 bits. */
static unsigned int entry_index(const struct stage2 *s2, uint64_t ipa, int level)
{
	uint64_t index = ipa / entry_size(level);

	return level == s2->config.start_level ? index : index % ENTRIES;
}

static bool is_table(uint64_t entry, int level)
{
	return level < LAST_LEVEL && (entry & S2_VALID) && (entry & S2_TABLE);
}

static uint64_t *next_table(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & S2_ADDRESS);
}

static uint64_t table_entry(const uint64_t *table)
{
	return (uintptr_t)table | S2_VALID | S2_TABLE;
}

static uint64_t leaf_entry(uint64_t pa, uint64_t attributes, int level)
{
	return pa | attributes | S2_VALID | (level == LAST_LEVEL ? S2_PAGE : 0);
}

/*
 * Entries are written whole and with release semantics: the MMU of any CPU may walk the table at
 * any time, and must see what is in a new table before it sees the entry that leads to it.
 */
static void set_entry(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* The entry that decides about ipa: the leaf, or the invalid entry where the walk ends. */
static uint64_t *find_entry(const struct stage2 *s2, uint64_t ipa, int *level)
{
	uint64_t *table = s2->root;

	for (*level = s2->config.start_level; ; ++*level) {
		uint64_t *entry = &table[entry_index(s2, ipa, *level)];

		if (!is_table(*entry, *level))
			return entry;
		table = next_table(*entry);
	}
}

/* Where the entry behind the one for ipa begins. */
static uint64_t next_entry(uint64_t ipa, int level)
{
	return ALIGN_DOWN(ipa, entry_size(level)) + entry_size(level);
}

static bool range_ok(uint64_t start, uint64_t size, unsigned int bits)
{
	return IS_ALIGNED(start | size, PAGE_SIZE) && size != 0 && start < (1UL << bits) &&
	       size <= (1UL << bits) - start;
}

static uint64_t permissions(enum stage2_kind kind)
{
	switch (kind) {
	case STAGE2_RWX:
		return S2_AP_READ | S2_AP_WRITE;
	case STAGE2_RX:
		return S2_AP_READ;
	case STAGE2_RW:
	case STAGE2_DEVICE:
		/* Execute-never also keeps speculative instruction fetches away from devices. */
		return S2_AP_READ | S2_AP_WRITE | S2_XN;
	case STAGE2_R:
		return S2_AP_READ | S2_XN;
	}
	return 0;
}

/*
 * The memory type is what the two stages combine to: the one of the stricter. So a guest can make
 * its RAM Device or non-cacheable for itself, and can never make a device cacheable.
 */
static uint64_t leaf_attributes(enum stage2_kind kind)
{
	if (kind == STAGE2_DEVICE)
		return permissions(kind) | S2_AF |
		       FIELD_PREP(S2_MEMATTR, S2_MEMATTR_DEVICE_nGnRE);
	return permissions(kind) | S2_AF | S2_SH_INNER |
	       FIELD_PREP(S2_MEMATTR, S2_MEMATTR_NORMAL_WB);
}

/* ---- Taking out: break, invalidate, and only then give back ---------------------------------- */

/* What has been changed in the tables, and may still be in TLBs. */
struct stale {
	uint64_t ipa[STAGE2_IPAS_MAX];
	unsigned int count;	/* of them; STAGE2_IPAS_MAX + 1: too many to know them all */
	uint64_t *tables;	/* taken out, to be given back: a list, see take_out_table() */
};

/*
 * An entry has changed that translates IPAs from start on. They are noted in ascending order. If
 * the last one noted is start or lies behind it, then this is a table that leads to it: it is
 * invalidated along with it, as TLBI by IPA removes every level of the walk.
 */
static void note_stale(struct stale *stale, uint64_t start)
{
	if (stale->count > STAGE2_IPAS_MAX)
		return;
	if (stale->count && stale->ipa[stale->count - 1] >= start)
		return;
	if (stale->count < STAGE2_IPAS_MAX)
		stale->ipa[stale->count] = start;
	stale->count++;
}

/*
 * Taken out, a table is still reachable: a TLB may hold the way to it. So it stays as it is, all
 * invalid, until the TLBs are invalidated. It waits in a list that goes through its own entry 0: a
 * pointer to a page has bit 0 clear, which to a walker is one more invalid entry.
 */
static void take_out_table(uint64_t *entry, uint64_t start, struct stale *stale)
{
	uint64_t *table = next_table(*entry);

	set_entry(entry, 0);
	note_stale(stale, start);
	set_entry(&table[0], (uintptr_t)stale->tables);
	stale->tables = table;
}

/* After this no TLB has anything of it. */
static void invalidate(struct stage2 *s2, const struct stale *stale)
{
	if (stale->count == 0)
		return;
	s2->invalidations++;
	if (stale->count <= STAGE2_IPAS_MAX)
		s2->tlb->invalidate(s2, stale->ipa, stale->count);
	else
		s2->tlb->invalidate_all(s2);
}

static bool is_empty(const uint64_t *table)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		if (table[i] & S2_VALID)
			return false;
	return true;
}

/* Take [ipa, end) out of a table and of those below it. No leaf may be in it by a part only. */
static void take_out(struct stage2 *s2, uint64_t *table, int level, uint64_t ipa, uint64_t end,
		     struct stale *stale)
{
	uint64_t next;

	for (; ipa < end; ipa = next) {
		uint64_t *entry = &table[entry_index(s2, ipa, level)];

		next = next_entry(ipa, level);
		if (is_table(*entry, level)) {
			uint64_t *below = next_table(*entry);

			take_out(s2, below, level + 1, ipa, next < end ? next : end, stale);
			if (is_empty(below))
				take_out_table(entry, next - entry_size(level), stale);
		} else if (*entry & S2_VALID) {
			set_entry(entry, 0);
			note_stale(stale, ipa);
		}
	}
}

/* Unmap whatever is mapped in the range, and give back the tables that are empty then. */
static void remove_range(struct stage2 *s2, uint64_t ipa, uint64_t size)
{
	struct stale stale = { .count = 0 };

	take_out(s2, s2->root, s2->config.start_level, ipa, ipa + size, &stale);
	invalidate(s2, &stale);
	while (stale.tables) {
		uint64_t *table = stale.tables;

		stale.tables = (uint64_t *)(uintptr_t)table[0];
		page_free(s2->pool, table);
	}
}

/* ---- Splitting blocks ------------------------------------------------------------------------ */

/* Replace a block by a table that says the same. Between break and make, vCPUs may fault on it. */
static int split_block(struct stage2 *s2, uint64_t *entry, uint64_t start, int level)
{
	uint64_t pa = *entry & S2_ADDRESS, attributes = *entry & ~S2_ADDRESS;
	struct stale stale = { .count = 0 };
	uint64_t *table = page_alloc(s2->pool);

	if (!table)
		return -ENOMEM;
	for (unsigned int i = 0; i < ENTRIES; i++)
		table[i] = leaf_entry(pa + i * entry_size(level + 1), attributes, level + 1);

	set_entry(entry, 0);
	note_stale(&stale, start);
	invalidate(s2, &stale);
	set_entry(entry, table_entry(table));
	s2->tlb->publish();
	return 0;
}

/* See to it that no block reaches from below ipa to above it. */
static int split_at(struct stage2 *s2, uint64_t ipa)
{
	int level, error = 0;

	while (!error && ipa >> s2->config.ipa_bits == 0) {
		uint64_t *entry = find_entry(s2, ipa, &level);
		uint64_t start = ALIGN_DOWN(ipa, entry_size(level));

		if (!(*entry & S2_VALID) || ipa == start)
			break;
		error = split_block(s2, entry, start, level);
	}
	return error;
}

/* Blocks that are in the range by a part are split where it begins and ends. */
static int split_ends(struct stage2 *s2, uint64_t ipa, uint64_t size)
{
	int error = split_at(s2, ipa);

	return error ? error : split_at(s2, ipa + size);
}

/* ---- Looking before acting: so that an error leaves everything as it was --------------------- */

static bool is_free(uint64_t entry)
{
	return !(entry & S2_VALID);
}

static bool is_mapped(uint64_t entry)
{
	return entry & S2_VALID;
}

static bool is_normal(uint64_t entry)
{
	return FIELD_GET(S2_MEMATTR, entry) == S2_MEMATTR_NORMAL_WB;
}

/* Does it hold for each entry that decides about a part of the range? */
static bool all(const struct stage2 *s2, uint64_t ipa, uint64_t size, bool (*holds)(uint64_t entry))
{
	int level;

	for (uint64_t at = ipa; at < ipa + size; at = next_entry(at, level))
		if (!holds(*find_entry(s2, at, &level)))
			return false;
	return true;
}

/* ---- What others call ------------------------------------------------------------------------ */

int stage2_init(struct stage2 *s2, const struct stage2_config *config, struct page_pool *pool,
		const struct stage2_tlb_ops *tlb)
{
	*s2 = (struct stage2){ .config = *config, .pool = pool, .tlb = tlb };
	spin_init(&s2->lock);
	s2->root = page_alloc_contiguous(pool, config->root_pages, config->root_pages * PAGE_SIZE);
	return s2->root ? 0 : -ENOMEM;
}

void stage2_destroy(struct stage2 *s2)
{
	uint64_t daif = spin_lock_irqsave(&s2->lock);

	remove_range(s2, 0, 1UL << s2->config.ipa_bits);
	page_free_contiguous(s2->pool, s2->root, s2->config.root_pages);
	s2->root = NULL;
	spin_unlock_irqrestore(&s2->lock, daif);
}

/* Map one leaf at ipa, the largest that fits into what remains. Returns its size, or an error. */
static int64_t map_one(struct stage2 *s2, uint64_t ipa, uint64_t pa, uint64_t size,
		       uint64_t attributes)
{
	uint64_t *table = s2->root;

	for (int level = s2->config.start_level; ; level++) {
		uint64_t *entry = &table[entry_index(s2, ipa, level)];
		uint64_t covered = entry_size(level);

		if (is_table(*entry, level)) {
			table = next_table(*entry);
			continue;
		}
		if (level >= FIRST_BLOCK_LEVEL && IS_ALIGNED(ipa | pa, covered) &&
		    size >= covered) {
			set_entry(entry, leaf_entry(pa, attributes, level));
			return (int64_t)covered;
		}
		table = page_alloc(s2->pool);
		if (!table)
			return -ENOMEM;
		set_entry(entry, table_entry(table));
	}
}

static int map_range(struct stage2 *s2, uint64_t ipa, uint64_t pa, uint64_t size,
		     uint64_t attributes)
{
	uint64_t done = 0;

	while (done < size) {
		int64_t step = map_one(s2, ipa + done, pa + done, size - done, attributes);

		if (step < 0) {
			/* Valid for a moment is long enough to be in a TLB: all the way back. */
			remove_range(s2, ipa, size);
			return (int)step;
		}
		done += (uint64_t)step;
	}
	s2->tlb->publish();
	return 0;
}

int stage2_map(struct stage2 *s2, uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	uint64_t daif;
	int error = -EEXIST;

	if (!range_ok(ipa, size, s2->config.ipa_bits) || !range_ok(pa, size, s2->config.pa_bits) ||
	    !permissions(kind))
		return -EINVAL;

	daif = spin_lock_irqsave(&s2->lock);
	if (all(s2, ipa, size, is_free))
		error = map_range(s2, ipa, pa, size, leaf_attributes(kind));
	spin_unlock_irqrestore(&s2->lock, daif);
	return error;
}

int stage2_unmap(struct stage2 *s2, uint64_t ipa, uint64_t size)
{
	uint64_t daif;
	int error = -ENOENT;

	if (!range_ok(ipa, size, s2->config.ipa_bits))
		return -EINVAL;

	daif = spin_lock_irqsave(&s2->lock);
	if (all(s2, ipa, size, is_mapped))
		error = split_ends(s2, ipa, size);
	if (!error)
		remove_range(s2, ipa, size);
	spin_unlock_irqrestore(&s2->lock, daif);
	return error;
}

/*
 * Write other permissions over valid leaves. That alone needs no break before it: whichever of the
 * two a TLB holds, both lead to the same place with the same memory type.
 */
static void protect_range(struct stage2 *s2, uint64_t ipa, uint64_t size, uint64_t wanted)
{
	struct stale stale = { .count = 0 };
	int level;

	for (uint64_t at = ipa; at < ipa + size; at = next_entry(at, level)) {
		uint64_t *entry = find_entry(s2, at, &level);

		if ((*entry & PERMISSIONS) == wanted)
			continue;
		set_entry(entry, (*entry & ~PERMISSIONS) | wanted);
		note_stale(&stale, at);
	}
	invalidate(s2, &stale);
}

int stage2_protect(struct stage2 *s2, uint64_t ipa, uint64_t size, enum stage2_kind kind)
{
	uint64_t daif;
	int error;

	if (!range_ok(ipa, size, s2->config.ipa_bits) || !permissions(kind) ||
	    kind == STAGE2_DEVICE)
		return -EINVAL;

	daif = spin_lock_irqsave(&s2->lock);
	if (!all(s2, ipa, size, is_mapped))
		error = -ENOENT;
	else if (!all(s2, ipa, size, is_normal))
		error = -EINVAL;
	else
		error = split_ends(s2, ipa, size);
	if (!error)
		protect_range(s2, ipa, size, permissions(kind));
	spin_unlock_irqrestore(&s2->lock, daif);
	return error;
}

int stage2_walk(struct stage2 *s2, uint64_t ipa, struct stage2_leaf *leaf)
{
	struct stage2_leaf found = { 0 };
	uint64_t daif, entry;

	if (ipa >> s2->config.ipa_bits)
		return -EINVAL;

	daif = spin_lock_irqsave(&s2->lock);
	entry = *find_entry(s2, ipa, &found.level);
	spin_unlock_irqrestore(&s2->lock, daif);

	found.size = entry_size(found.level);
	if (entry & S2_VALID) {
		found.descriptor = entry;
		found.pa = (entry & S2_ADDRESS) | (ipa & (found.size - 1));
	}
	if (leaf)
		*leaf = found;
	return found.descriptor ? 0 : -ENOENT;
}
