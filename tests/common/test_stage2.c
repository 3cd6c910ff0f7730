// SPDX-License-Identifier: MIT
/*
 * test_stage2.c - a VM's translation tables, walked by an MMU of the test's own.
 *
 * That MMU was written from the Arm ARM alone (VTCR_EL2, VTTBR_EL2, "VMSAv8-64 descriptor
 * formats"), with bit positions as numbers. It starts from the two registers, as the hardware does,
 * and takes no bit for granted: one that has to be 0 or 1 and is not, is an error. Next to the
 * tables a plain array says what each single page should be; the two must agree after every step.
 *
 * In which order things happen, and when the TLBs hear of it, is for test_stage2_order.c.
 */
#include "unit_main.h"

#include <string.h>

#include "lib/errno.h"
#include "mm/stage2.h"

#define HANDOUT		"  handout: lab3-vcpu-context/README.md, \"Stage 2\""

#define KB(n)		((uint64_t)(n) << 10)
#define MB(n)		((uint64_t)(n) << 20)
#define GB(n)		((uint64_t)(n) << 30)
#define TB(n)		((uint64_t)(n) << 40)
#define PAGE		KB(4)

#define POOL_PAGES	1200

/* Says what is wrong and where, and ends the test. (In loops, ck_assert() would take too long.) */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- The MMU --------------------------------------------------------------------------------- */

static uint64_t bits(uint64_t value, unsigned int high, unsigned int low)
{
	return value << (63 - high) >> (63 - high + low);
}

struct translation {
	bool valid;
	int level;
	uint64_t descriptor, pa, size;
	enum stage2_kind kind;
};

static const unsigned int lowest_bit[] = { 39, 30, 21, 12 };

/* What the registers say: which IPAs there are, where walks start, how wide results may be. */
struct regime {
	unsigned int ipa_bits, pa_bits;
	int start;
	uint64_t root;			/* its address */
	uint64_t root_size;		/* in bytes */
};

static struct regime regime(uint64_t vtcr, uint64_t vttbr)
{
	static const unsigned int sizes[] = { 32, 36, 40, 42, 44, 48, 52, 0 };
	unsigned int sl0 = bits(vtcr, 7, 6);
	struct regime r = {
		.ipa_bits = 64 - bits(vtcr, 5, 0),
		.pa_bits = sizes[bits(vtcr, 18, 16)],
		.start = 2 - (int)sl0,
		.root = bits(vttbr, 47, 1) << 1,
	};
	unsigned int least, most;

	if (bits(vtcr, 15, 8) != 0x35)
		wrong("VTCR_EL2 0x%lx: expected TG0 4 KiB, SH0 inner, ORGN0 and IRGN0 "
		      "write-back" HANDOUT, vtcr);
	if (bits(vtcr, 31, 31) != 1 || bits(vtcr, 63, 32) || bits(vtcr, 30, 20))
		wrong("VTCR_EL2 0x%lx: expected bit 31 (RES1) and no others above VS" HANDOUT,
		      vtcr);
	if (sl0 == 3)
		wrong("VTCR_EL2 0x%lx: SL0 = 3 is a start at level 3, which needs "
		      "FEAT_TTST" HANDOUT, vtcr);
	if (r.ipa_bits > r.pa_bits)
		wrong("VTCR_EL2 0x%lx: IPAs of %u bits are more than PAs of %u" HANDOUT, vtcr,
		      r.ipa_bits, r.pa_bits);
	if (sl0 == 2 && r.pa_bits < 44)
		wrong("VTCR_EL2 0x%lx: no start at level 0 with PAs of %u bits" HANDOUT, vtcr,
		      r.pa_bits);

	/* T0SZ and SL0 go together: 1 bit at the least for the root, 9 and 4 at the most. */
	least = lowest_bit[r.start] + 1;
	most = lowest_bit[r.start] + 9 + 4;
	if (r.ipa_bits < least || r.ipa_bits > most)
		wrong("VTCR_EL2 0x%lx: IPAs of %u bits from level %d, which takes %u to %u" HANDOUT,
		      vtcr, r.ipa_bits, r.start, least, most);

	r.root_size = (uint64_t)8 << (r.ipa_bits - lowest_bit[r.start]);
	if (bits(vttbr, 0, 0))
		wrong("VTTBR_EL2 0x%lx: CnP is set" HANDOUT, vttbr);
	if (r.root % r.root_size)
		wrong("VTTBR_EL2 0x%lx: the root is not aligned to its size, 0x%lx" HANDOUT, vttbr,
		      r.root_size);
	return r;
}

static enum stage2_kind what_it_is(uint64_t d)
{
	unsigned int memattr = bits(d, 5, 2), s2ap = bits(d, 7, 6), sh = bits(d, 9, 8),
		     xn = bits(d, 54, 53);

	if (bits(d, 10, 10) != 1)
		wrong("AF is 0, the first use would fault: descriptor 0x%lx" HANDOUT, d);
	if (bits(d, 11, 11) || bits(d, 52, 48) || bits(d, 63, 55))
		wrong("expected bits [11], [52:48] and [63:55] to be 0, got descriptor "
		      "0x%lx" HANDOUT, d);
	if (xn & 1)
		wrong("XN[0] is set: without FEAT_XNX that bit is RES0: descriptor 0x%lx" HANDOUT,
		      d);
	if (memattr == 1) {		/* Device-nGnRE */
		if (s2ap != 3 || xn != 2)
			wrong("a device has to be writable and XN, got descriptor 0x%lx" HANDOUT,
			      d);
		return STAGE2_DEVICE;
	}
	if (memattr != 15)		/* Normal, inner and outer write-back */
		wrong("expected MemAttr 15 or 1, got %u: descriptor 0x%lx" HANDOUT, memattr, d);
	if (sh != 3)
		wrong("expected SH 3 (Inner Shareable), got %u: descriptor 0x%lx" HANDOUT, sh, d);
	if (s2ap == 3)
		return xn ? STAGE2_RW : STAGE2_RWX;
	if (s2ap != 1)
		wrong("expected S2AP 3 or 1, got %u: descriptor 0x%lx" HANDOUT, s2ap, d);
	return xn ? STAGE2_R : STAGE2_RX;
}

/* A descriptor at a level: is it a table? If it is a leaf, t receives what it is. */
static bool decode(const struct regime *r, uint64_t d, int level, struct translation *t)
{
	unsigned int low = lowest_bit[level];

	if (level < 3 && bits(d, 1, 0) == 3) {
		if (bits(d, 63, 48) || bits(d, 11, 2))
			wrong("expected a plain table descriptor, got 0x%lx" HANDOUT, d);
		return true;
	}
	t->level = level;
	t->size = (uint64_t)1 << low;
	t->valid = bits(d, 0, 0);
	if (!t->valid)
		return false;
	if (level == 0 || (level == 3 && bits(d, 1, 0) != 3))
		wrong("level %d: this is neither a table nor a leaf: 0x%lx" HANDOUT, level, d);
	if (low > 12 && bits(d, low - 1, 12))
		wrong("level %d: expected bits [%u:12] of a block to be 0, got 0x%lx" HANDOUT,
		      level, low - 1, d);
	if (bits(d, 47, 0) >> r->pa_bits)
		wrong("an output address beyond %u bits: 0x%lx" HANDOUT, r->pa_bits, d);
	t->descriptor = d;
	t->pa = bits(d, 47, low) << low;
	t->kind = what_it_is(d);
	return false;
}

static struct translation translate(const struct regime *r, uint64_t ipa)
{
	const uint64_t *table = (const uint64_t *)(uintptr_t)r->root;
	struct translation t = { .valid = false };

	for (int level = r->start; ; level++) {
		unsigned int low = lowest_bit[level];
		uint64_t d = table[bits(ipa, level == r->start ? r->ipa_bits - 1 : low + 8, low)];

		if (!decode(r, d, level, &t)) {
			t.pa += ipa & (t.size - 1);
			return t;
		}
		table = (const uint64_t *)(uintptr_t)(bits(d, 47, 12) << 12);
	}
}

/* All of the tables: how many pages they are, and how many bytes they map. No table is empty. */
struct census {
	size_t tables, leaves[4];
	uint64_t mapped;
};

static void count(const struct regime *r, const uint64_t *table, size_t entries, int level,
		  struct census *all)
{
	size_t used = 0;

	for (size_t i = 0; i < entries; i++) {
		struct translation t = { .valid = false };

		if (table[i] == 0)
			continue;
		if (decode(r, table[i], level, &t)) {
			count(r, (const uint64_t *)(uintptr_t)(bits(table[i], 47, 12) << 12), 512,
			      level + 1, all);
			used++;
		} else if (t.valid) {
			all->mapped += t.size;
			all->leaves[level]++;
			used++;
		}
	}
	if (level != r->start) {
		all->tables++;
		if (used == 0)
			wrong("a table of level %d at %p is empty and still there" HANDOUT, level,
			      (const void *)table);
	}
}

/* ---- The model ------------------------------------------------------------------------------- */

/*
 * Two GiB of the IPA space, page by page: what each should be. 0 is not mapped; else the PA, and in
 * the lowest bits 1 + its kind. Everything is done within this window.
 */
#define WINDOW		GB(2)
#define WINDOW_PAGES	(WINDOW / PAGE)

static uint64_t *wanted;		/* WINDOW_PAGES of them */
static uint64_t window;			/* where it begins */
static size_t wanted_pages;		/* how many are mapped */

static uint64_t *wanted_at(uint64_t ipa)
{
	return &wanted[(ipa - window) / PAGE];
}

static int wanted_kind(uint64_t ipa)
{
	return (int)(*wanted_at(ipa) & (PAGE - 1)) - 1;
}

static void want(uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	for (uint64_t at = 0; at < size; at += PAGE)
		*wanted_at(ipa + at) = (pa + at) | (kind + 1);
	wanted_pages += size / PAGE;
}

static void want_not(uint64_t ipa, uint64_t size)
{
	memset(wanted_at(ipa), 0, size / PAGE * sizeof(*wanted));
	wanted_pages -= size / PAGE;
}

static void want_kind(uint64_t ipa, uint64_t size, enum stage2_kind kind)
{
	for (uint64_t at = ipa; at < ipa + size; at += PAGE)
		*wanted_at(at) = (*wanted_at(at) & ~(PAGE - 1)) | (kind + 1);
}

static size_t count_wanted(uint64_t ipa, uint64_t size, bool devices)
{
	size_t n = 0;

	for (uint64_t at = ipa; at < ipa + size; at += PAGE)
		n += *wanted_at(at) && (!devices || wanted_kind(at) == STAGE2_DEVICE);
	return n;
}

/* ---- Both together --------------------------------------------------------------------------- */

static unsigned char *memory;
static struct page_pool pool;
static size_t pool_free;		/* before the stage 2 came */
static struct stage2 s2;
static struct regime mmu;

static struct {
	unsigned int publish, invalidate, invalidate_all;
} calls;

static void count_publish(void)
{
	calls.publish++;
	if (!spin_is_locked(&s2.lock))
		wrong("publish() without the lock" HANDOUT);
}

static void count_invalidate(const struct stage2 *of, const uint64_t *ipas, unsigned int n)
{
	calls.invalidate++;
	if (of != &s2 || !spin_is_locked(&s2.lock) || n == 0 || n > STAGE2_IPAS_MAX ||
	    ipas[0] % PAGE)
		wrong("invalidate() of %u IPAs, from 0x%lx" HANDOUT, n, ipas[0]);
}

static void count_invalidate_all(const struct stage2 *of)
{
	calls.invalidate_all++;
	if (of != &s2 || !spin_is_locked(&s2.lock))
		wrong("invalidate_all() of another, or without the lock" HANDOUT);
}

static const struct stage2_tlb_ops tlb = {
	.publish = count_publish,
	.invalidate = count_invalidate,
	.invalidate_all = count_invalidate_all,
};

static void set_up_pool(size_t pages)
{
	size_t size = (pages + 1) * PAGE;	/* one for the pool's own map */

	memory = aligned_alloc(PAGE, size);
	memset(memory, 0xa5, size);
	ck_assert_int_eq(page_pool_init(&pool, (uintptr_t)memory, (uintptr_t)memory + size), 0);
	wanted = calloc(WINDOW_PAGES, sizeof(*wanted));
	wanted_pages = 0;
	window = 0;
	memset(&calls, 0, sizeof(calls));
}

static void set_up_with(unsigned int pa_range, unsigned int ipa_bits)
{
	struct stage2_config config = stage2_config(pa_range, ipa_bits, true);

	pool_free = pool.free;
	ck_assert_int_eq(stage2_init(&s2, &config, &pool, &tlb), 0);
	mmu = regime(s2.config.vtcr, stage2_vttbr(&s2));
}

static void set_up(void)
{
	set_up_pool(POOL_PAGES);
	set_up_with(2, 40);
}

static void destroy(void)
{
	stage2_destroy(&s2);
	if (pool.free != pool_free)
		wrong("after destroy: %zu pages are free, before init %zu were" HANDOUT, pool.free,
		      pool_free);
}

static void tear_down(void)
{
	free(memory);
	free(wanted);
}

/* What the MMU found for ipa: is it what the model says of its page? */
static void compare(uint64_t ipa, const struct translation *t)
{
	uint64_t want = *wanted_at(ipa);

	if (t->valid != (want != 0))
		wrong("ipa 0x%lx: expected it %smapped, got level %d descriptor 0x%lx" HANDOUT, ipa,
		      want ? "" : "not ", t->level, t->descriptor);
	if (t->valid &&
	    (t->pa != (want & ~(PAGE - 1)) + ipa % PAGE || (int)t->kind != wanted_kind(ipa)))
		wrong("ipa 0x%lx: expected pa 0x%lx kind %d, got pa 0x%lx kind %d" HANDOUT, ipa,
		      (want & ~(PAGE - 1)) + ipa % PAGE, wanted_kind(ipa), t->pa, t->kind);
}

/* One address: as the model says, in the MMU's eyes and in stage2_walk()'s. */
static void probe(uint64_t ipa)
{
	struct translation t = translate(&mmu, ipa);
	struct stage2_leaf leaf;
	int error = stage2_walk(&s2, ipa, &leaf);

	compare(ipa, &t);
	if (error != (t.valid ? 0 : -ENOENT) || leaf.level != t.level || leaf.size != t.size ||
	    leaf.descriptor != t.descriptor || leaf.pa != (t.valid ? t.pa : 0))
		wrong("ipa 0x%lx: stage2_walk(): %d, descriptor 0x%lx level %d pa 0x%lx size "
		      "0x%lx; the MMU: descriptor 0x%lx level %d pa 0x%lx size 0x%lx" HANDOUT,
		      ipa, error, leaf.descriptor, leaf.level, leaf.pa, leaf.size, t.descriptor,
		      t.level, t.pa, t.size);
}

static struct census census(void)
{
	struct census all = { 0 };

	count(&mmu, (const uint64_t *)(uintptr_t)mmu.root, mmu.root_size / 8, mmu.start, &all);
	return all;
}

/* Pages taken from the pool are tables in use, and the mapped memory is what was asked for. */
static void agree_in_sum(const char *after)
{
	struct census all = census();
	size_t taken = pool_free - pool.free - s2.config.root_pages;

	if (all.tables != taken)
		wrong("after %s: %zu pages are taken from the pool, but %zu tables in use" HANDOUT,
		      after, taken, all.tables);
	if (all.mapped != wanted_pages * PAGE)
		wrong("after %s: expected 0x%lx bytes mapped, got 0x%lx" HANDOUT, after,
		      wanted_pages * PAGE, all.mapped);
	if (spin_is_locked(&s2.lock))
		wrong("after %s: the lock is still taken" HANDOUT, after);
}

/* Every page of the window: what the MMU finds at one of them holds until the end of that leaf. */
static void agree(const char *after)
{
	for (uint64_t ipa = window; ipa < window + WINDOW; ) {
		struct translation t = translate(&mmu, ipa);
		uint64_t end = ipa / t.size * t.size + t.size;

		for (; ipa < end && ipa < window + WINDOW; ipa += PAGE, t.pa += PAGE)
			compare(ipa, &t);
	}
	agree_in_sum(after);
}

/* Around what has just changed, where mistakes are. */
static void agree_around(uint64_t ipa, uint64_t size, const char *after)
{
	const uint64_t edges[] = { ipa, ipa + size };

	for (size_t i = 0; i < 2; i++) {
		if (edges[i] < window + WINDOW)
			probe(edges[i] + 8 * (random64() % 512));
		if (edges[i] > window)
			probe(edges[i] - 1);
	}
	probe(ipa + random64() % size);
	agree_in_sum(after);
}

static void map_ok(uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	ck_assert_int_eq(stage2_map(&s2, ipa, pa, size, kind), 0);
	want(ipa, pa, size, kind);
	agree_around(ipa, size, "map");
}

static void unmap_ok(uint64_t ipa, uint64_t size)
{
	ck_assert_int_eq(stage2_unmap(&s2, ipa, size), 0);
	want_not(ipa, size);
	agree_around(ipa, size, "unmap");
}

static void protect_ok(uint64_t ipa, uint64_t size, enum stage2_kind kind)
{
	ck_assert_int_eq(stage2_protect(&s2, ipa, size, kind), 0);
	want_kind(ipa, size, kind);
	agree_around(ipa, size, "protect");
}

/* An operation that must fail and change nothing: no table, no free page, and nobody is told. */
#define fails(expression, error) do {								\
	size_t free_ = pool.free, size_ = (pool.total - pool.free + 1) * PAGE;			\
	unsigned char *before_ = malloc(size_);							\
	int got_;										\
												\
	memcpy(before_, memory, size_);								\
	memset(&calls, 0, sizeof(calls));							\
	got_ = (expression);									\
	if (got_ != (error))									\
		wrong("%s: expected %d, got %d" HANDOUT, #expression, error, got_);		\
	if (pool.free != free_ || memcmp(before_, memory, size_) || calls.publish ||		\
	    calls.invalidate || calls.invalidate_all)						\
		wrong("%s: an error (%d), but something has changed" HANDOUT, #expression, got_); \
	free(before_);										\
} while (0)

/* ---- VTCR_EL2 and the shape ------------------------------------------------------------------ */

/* Values worked out by hand from the Arm ARM's description of VTCR_EL2. */
START_TEST(vtcr_values)
{
	static const struct {
		unsigned int pa_range, wanted, ipa_bits;
		int level;
		unsigned int roots;
		uint64_t vtcr;		/* with 8-bit VMIDs; VS is bit 19 */
	} values[] = {
		/* The default: 40 bits, or what there is. */
		{ 0, 0, 32, 2, 4, 0x80003520 },
		{ 1, 0, 36, 1, 1, 0x8001355c },
		{ 2, 0, 40, 1, 2, 0x80023558 },
		{ 3, 0, 40, 1, 2, 0x80033558 },
		{ 4, 0, 40, 1, 2, 0x80043558 },
		{ 5, 0, 40, 1, 2, 0x80053558 },
		{ 6, 0, 40, 1, 2, 0x80053558 },
		{ 7, 0, 40, 1, 2, 0x80053558 },
		{ 15, 0, 40, 1, 2, 0x80053558 },
		/* As much as can be had. */
		{ 0, 48, 32, 2, 4, 0x80003520 },
		{ 1, 48, 36, 1, 1, 0x8001355c },
		{ 2, 48, 40, 1, 2, 0x80023558 },
		{ 3, 48, 42, 1, 8, 0x80033556 },
		{ 4, 48, 44, 0, 1, 0x80043594 },
		{ 5, 48, 48, 0, 1, 0x80053590 },
		{ 6, 48, 48, 0, 1, 0x80053590 },
		{ 7, 52, 48, 0, 1, 0x80053590 },
		/* Every width in between. */
		{ 5, 1, 32, 2, 4, 0x80053520 },
		{ 5, 32, 32, 2, 4, 0x80053520 },
		{ 5, 33, 33, 2, 8, 0x8005351f },
		{ 5, 34, 34, 2, 16, 0x8005351e },
		{ 5, 35, 35, 1, 1, 0x8005355d },
		{ 5, 36, 36, 1, 1, 0x8005355c },
		{ 5, 37, 37, 1, 1, 0x8005355b },
		{ 5, 38, 38, 1, 1, 0x8005355a },
		{ 5, 39, 39, 1, 1, 0x80053559 },
		{ 5, 41, 41, 1, 4, 0x80053557 },
		{ 5, 42, 42, 1, 8, 0x80053556 },
		{ 5, 43, 43, 1, 16, 0x80053555 },
		{ 5, 44, 44, 0, 1, 0x80053594 },
		{ 5, 45, 45, 0, 1, 0x80053593 },
		{ 5, 46, 46, 0, 1, 0x80053592 },
		{ 5, 47, 47, 0, 1, 0x80053591 },
	};
	static const unsigned int pa_bits[] = { 32, 36, 40, 42, 44, 48 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		unsigned int range = values[i].pa_range;

		for (int vmid16 = 0; vmid16 <= 1; vmid16++) {
			struct stage2_config c = stage2_config(range, values[i].wanted, vmid16);
			uint64_t vtcr = values[i].vtcr | (vmid16 ? 0x80000 : 0);

			if (c.vtcr != vtcr || c.ipa_bits != values[i].ipa_bits ||
			    c.start_level != values[i].level || c.root_pages != values[i].roots ||
			    c.pa_bits != pa_bits[range > 5 ? 5 : range])
				wrong("PARange %u, %u bits wanted, %d-bit VMIDs: expected VTCR_EL2 "
				      "0x%lx, %u IPA bits, level %d, %u tables; got 0x%lx, %u, %d, "
				      "%u (and %u PA bits)" HANDOUT,
				      range, values[i].wanted, vmid16 ? 16 : 8, vtcr,
				      values[i].ipa_bits, values[i].level, values[i].roots, c.vtcr,
				      c.ipa_bits, c.start_level, c.root_pages, c.pa_bits);
		}
	}
}
END_TEST

/* Each shape that can come about: what the architecture allows, and reaching from end to end. */
START_TEST(shapes)
{
	for (unsigned int pa_range = 0; pa_range <= 7; pa_range++) {
		for (unsigned int ipa_bits = 32; ipa_bits <= 48; ipa_bits++) {
			uint64_t end, step;
			size_t n = 0;

			page_alloc(&pool);	/* so that the roots begin anywhere */
			set_up_with(pa_range, ipa_bits);
			end = (uint64_t)1 << mmu.ipa_bits;
			ck_assert_uint_eq(mmu.ipa_bits, s2.config.ipa_bits);
			ck_assert_uint_eq(mmu.pa_bits, s2.config.pa_bits);
			ck_assert_int_eq(mmu.start, s2.config.start_level);
			ck_assert_uint_eq((mmu.root_size + PAGE - 1) / PAGE, s2.config.root_pages);

			/* A page on both sides of 64 places: so in each of the root's tables. */
			step = end / 64;
			for (uint64_t ipa = step; ipa <= end; ipa += step, n += 2) {
				uint64_t beyond = ipa == end ? 0 : ipa;
				uint64_t high_pa = ((uint64_t)1 << mmu.pa_bits) - ipa;

				ck_assert_int_eq(
					stage2_map(&s2, ipa - PAGE, high_pa, PAGE, STAGE2_RW), 0);
				ck_assert_int_eq(
					stage2_map(&s2, beyond, ipa - PAGE, PAGE, STAGE2_R), 0);
			}
			for (uint64_t ipa = step; ipa <= end; ipa += step) {
				uint64_t beyond = ipa == end ? 0 : ipa;
				struct translation below = translate(&mmu, ipa - 1),
						   above = translate(&mmu, beyond);

				if (!below.valid ||
				    below.pa != ((uint64_t)1 << mmu.pa_bits) - ipa + PAGE - 1 ||
				    !above.valid || above.pa != ipa - PAGE ||
				    below.kind != STAGE2_RW || above.kind != STAGE2_R)
					wrong("VTCR_EL2 0x%lx: wrong at ipa 0x%lx" HANDOUT,
					      s2.config.vtcr, ipa);
			}
			ck_assert_uint_eq(census().mapped, n * PAGE);
			ck_assert_int_eq(stage2_walk(&s2, end, NULL), -EINVAL);
			ck_assert_int_eq(stage2_walk(&s2, end - 1, NULL), 0);
			destroy();
		}
	}
}
END_TEST

START_TEST(vttbr)
{
	uint64_t root = (uintptr_t)s2.root;

	ck_assert_uint_eq(stage2_vttbr(&s2), root);
	s2.vmid.id = 0x70000 | 0x9a;
	ck_assert_uint_eq(stage2_vttbr(&s2), root | 0x009a000000000000);
	s2.vmid.id = 0x70000 | 0xfedc;
	ck_assert_uint_eq(stage2_vttbr(&s2), root | 0xfedc000000000000);
}
END_TEST

/* ---- Map, unmap, protect --------------------------------------------------------------------- */

static const struct {
	enum stage2_kind kind;
	uint64_t attributes;		/* of a block; a page has bit 1 set as well */
} kinds[] = {
	/* valid, MemAttr 15, S2AP 3, SH 3, AF */
	{ STAGE2_RWX,	 0x00000000000007fd },
	/* S2AP 1 */
	{ STAGE2_RX,	 0x000000000000077d },
	/* as the first two, and XN[1] */
	{ STAGE2_RW,	 0x00400000000007fd },
	{ STAGE2_R,	 0x004000000000077d },
	/* valid, MemAttr 1, S2AP 3, SH 0, AF, XN[1] */
	{ STAGE2_DEVICE, 0x00400000000004c5 },
};

/* The descriptor of each kind, to the bit: as a 1 GiB block, a 2 MiB block and a page. */
START_TEST(attributes)
{
	static const uint64_t sizes[] = { 0, GB(1), MB(2), KB(4) };

	for (int level = 1; level <= 3; level++) {
		uint64_t ipa = level == 1 ? 0 : GB(1) + sizes[level], pa = GB(16) + sizes[level];
		uint64_t expected = kinds[_i].attributes | pa | (level == 3 ? 2 : 0);
		struct stage2_leaf leaf;

		map_ok(ipa, pa, sizes[level], kinds[_i].kind);
		ck_assert_int_eq(stage2_walk(&s2, ipa + 0x123, &leaf), 0);
		ck_assert_msg(leaf.descriptor == expected,
			      "level %d: expected descriptor 0x%016lx, got 0x%016lx" HANDOUT, level,
			      expected, leaf.descriptor);
		ck_assert_int_eq(leaf.level, level);
		ck_assert_uint_eq(leaf.size, sizes[level]);
		ck_assert_uint_eq(leaf.pa, pa + 0x123);
	}
}
END_TEST

/* Alignment decides the leaves: every mix of the three sizes in IPA, PA and length. */
START_TEST(alignment)
{
	static const uint64_t parts[] = {
		0, KB(4), MB(2) - KB(4), MB(2), MB(2) + KB(4), MB(4), GB(1) - MB(2), GB(1),
		GB(1) + KB(4), GB(1) + MB(2), GB(2) - KB(4), GB(2),
	};
	const size_t n = sizeof(parts) / sizeof(parts[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t p = 0; p < n; p++) {
			for (size_t s = 1; s < n; s++) {
				uint64_t ipa = parts[i], pa = parts[p], size = parts[s];
				uint64_t shared = ipa ^ pa, at = 0;
				size_t leaves[4] = { 0 };
				struct census all;

				/* Not a million pages where IPA and PA are at odds. */
				if (shared % MB(2))
					size = size % MB(2) + (size >= MB(2) ? MB(4) : 0);
				if (ipa + size > WINDOW)
					continue;
				while (at < size) {
					int level = 1;
					uint64_t leaf = GB(1);

					while ((ipa + at) % leaf || (pa + at) % leaf ||
					       leaf > size - at) {
						leaf /= 512;
						level++;
					}
					leaves[level]++;
					at += leaf;
				}
				map_ok(ipa, pa, size, STAGE2_RWX);
				all = census();
				if (memcmp(leaves, all.leaves, sizeof(leaves)))
					wrong("ipa 0x%lx pa 0x%lx size 0x%lx: expected %zu, %zu, "
					      "%zu of 1 GiB, 2 MiB, 4 KiB, got %zu, %zu, %zu" HANDOUT,
					      ipa, pa, size, leaves[1], leaves[2], leaves[3],
					      all.leaves[1], all.leaves[2], all.leaves[3]);
				unmap_ok(ipa, size);
			}
		}
	}
	ck_assert_uint_eq(pool_free - pool.free, s2.config.root_pages);
}
END_TEST

/* An entry of level 0 covers 512 GiB, but with the 4 KiB granule it cannot be a block. */
START_TEST(no_blocks_at_level_0)
{
	struct census all;

	destroy();
	set_up_with(5, 48);
	ck_assert_int_eq(stage2_map(&s2, TB(1), TB(2), TB(1), STAGE2_RWX), 0);
	all = census();
	ck_assert_uint_eq(all.leaves[1], 1024);
	ck_assert_uint_eq(all.mapped, TB(1));
	ck_assert_uint_eq(all.tables, 2);
	ck_assert_int_eq(stage2_unmap(&s2, TB(1), TB(1)), 0);
	ck_assert_uint_eq(census().tables, 0);
}
END_TEST

/* A part of a block is unmapped, or protected: the rest stays, in blocks as large as can be. */
START_TEST(splitting)
{
	static const struct {
		uint64_t from, size;
		unsigned int splits;
		size_t leaves[4];	/* after a protect */
	} parts[] = {
		{ 0, GB(1), 0, { 0, 1, 0, 0 } },
		{ 0, MB(2), 1, { 0, 0, 512, 0 } },
		{ GB(1) - MB(4), MB(4), 1, { 0, 0, 512, 0 } },
		{ MB(6), MB(500), 1, { 0, 0, 512, 0 } },
		{ 0, KB(4), 2, { 0, 0, 511, 512 } },
		{ GB(1) - KB(4), KB(4), 2, { 0, 0, 511, 512 } },
		{ MB(10) + KB(8), KB(12), 2, { 0, 0, 511, 512 } },
		{ MB(2) - KB(4), KB(8), 3, { 0, 0, 510, 1024 } },
		{ KB(4), GB(1) - KB(8), 3, { 0, 0, 510, 1024 } },
	};
	static const uint64_t bases[] = { 0, GB(1) };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t b = 0; b < 2; b++) {
			uint64_t ipa = bases[b] + parts[i].from, size = parts[i].size;
			struct census all;

			map_ok(bases[b], GB(7), GB(1), STAGE2_RWX);
			memset(&calls, 0, sizeof(calls));
			protect_ok(ipa, size, STAGE2_R);
			ck_assert_uint_eq(calls.publish, parts[i].splits);
			ck_assert_uint_eq(calls.invalidate + calls.invalidate_all,
					  parts[i].splits + 1);
			agree("protecting a part of a block");
			all = census();
			ck_assert_mem_eq(all.leaves, parts[i].leaves, sizeof(all.leaves));
			unmap_ok(bases[b], GB(1));

			map_ok(bases[b], GB(7), GB(1), STAGE2_DEVICE);
			memset(&calls, 0, sizeof(calls));
			unmap_ok(ipa, size);
			ck_assert_uint_eq(calls.publish, parts[i].splits);
			ck_assert_uint_eq(calls.invalidate + calls.invalidate_all,
					  parts[i].splits + 1);
			agree("unmapping a part of a block");
			if (parts[i].from)
				unmap_ok(bases[b], parts[i].from);
			if (parts[i].from + size < GB(1))
				unmap_ok(ipa + size, GB(1) - parts[i].from - size);
			ck_assert_uint_eq(wanted_pages, 0);
		}
	}
}
END_TEST

/* A range of several blocks, of which the first and the last are split. */
START_TEST(splitting_both_ends)
{
	map_ok(0, 0, GB(2), STAGE2_RWX);
	protect_ok(MB(512), GB(1), STAGE2_RX);
	unmap_ok(MB(511) + KB(4), GB(1) + MB(1));
	agree("splitting at both ends");
	/* The end of the address space: there is no block behind it to be split. */
	unmap_ok(0, MB(511) + KB(4));
	unmap_ok(GB(1) + MB(512) + KB(4), GB(2) - (GB(1) + MB(512) + KB(4)));
	ck_assert_uint_eq(wanted_pages, 0);
	window = TB(1) - GB(2);
	map_ok(window, 0, GB(2), STAGE2_RWX);
	unmap_ok(window + GB(1), GB(1));
	unmap_ok(window, GB(1));
}
END_TEST

/* Tables that have become empty are given back, and are not in the way of a block. */
START_TEST(tables_come_back)
{
	for (int i = 0; i < 100; i++) {
		map_ok(MB(2) + PAGE * i, GB(1), PAGE, STAGE2_RW);
		unmap_ok(MB(2) + PAGE * i, PAGE);
		ck_assert_uint_eq(pool_free - pool.free, s2.config.root_pages);
	}
	/* One page in each of the tables, then without. */
	for (uint64_t ipa = 0; ipa < GB(1); ipa += MB(2))
		map_ok(ipa + MB(1), GB(3), PAGE, STAGE2_RWX);
	for (uint64_t ipa = 0; ipa < GB(1); ipa += MB(2))
		unmap_ok(ipa + MB(1), PAGE);
	map_ok(0, GB(3), GB(1), STAGE2_RWX);
	ck_assert_uint_eq(census().leaves[1], 1);
}
END_TEST

/* ---- Errors ---------------------------------------------------------------------------------- */

START_TEST(limits)
{
	const uint64_t end = TB(1);

	window = end - GB(2);
	map_ok(end - PAGE, end - PAGE, PAGE, STAGE2_RW);
	unmap_ok(end - PAGE, PAGE);
	map_ok(end - GB(2), end - GB(2), GB(2), STAGE2_RWX);
	fails(stage2_map(&s2, end, 0, PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, end - PAGE, 0, 2 * PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, GB(1), end, PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, GB(1), end - PAGE, 2 * PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_unmap(&s2, end, PAGE), -EINVAL);
	fails(stage2_unmap(&s2, end - PAGE, 2 * PAGE), -EINVAL);
	fails(stage2_protect(&s2, end, PAGE, STAGE2_R), -EINVAL);
	fails(stage2_protect(&s2, end - PAGE, 2 * PAGE, STAGE2_R), -EINVAL);
	/* Sums that wrap around to something small. */
	fails(stage2_map(&s2, -PAGE, 0, 2 * PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, PAGE, 0, -PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, PAGE, -PAGE, 2 * PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_unmap(&s2, -PAGE, 2 * PAGE), -EINVAL);
	fails(stage2_unmap(&s2, PAGE, -PAGE), -EINVAL);
	fails(stage2_protect(&s2, -PAGE, 2 * PAGE, STAGE2_R), -EINVAL);
	fails(stage2_walk(&s2, end, NULL), -EINVAL);
	fails(stage2_walk(&s2, (uint64_t)1 << 63, NULL), -EINVAL);

	/* A narrow IPA space on a CPU with wide PAs: each has its own limit. */
	destroy();
	set_up_with(5, 36);
	want_not(window, WINDOW);
	wanted_pages = 0;
	window = GB(62);
	map_ok(GB(64) - PAGE, TB(256) - PAGE, PAGE, STAGE2_RW);
	fails(stage2_map(&s2, GB(64), 0, PAGE, STAGE2_RW), -EINVAL);
	fails(stage2_map(&s2, GB(32), TB(256), PAGE, STAGE2_RW), -EINVAL);
}
END_TEST

START_TEST(bad_arguments)
{
	map_ok(GB(1), GB(1), GB(1), STAGE2_RWX);
	for (uint64_t odd = 1; odd < PAGE; odd <<= 1) {
		fails(stage2_map(&s2, odd, 0, PAGE, STAGE2_RW), -EINVAL);
		fails(stage2_map(&s2, 0, odd, PAGE, STAGE2_RW), -EINVAL);
		fails(stage2_map(&s2, 0, 0, PAGE + odd, STAGE2_RW), -EINVAL);
		fails(stage2_unmap(&s2, GB(1) + odd, PAGE), -EINVAL);
		fails(stage2_unmap(&s2, GB(1), GB(1) - odd), -EINVAL);
		fails(stage2_protect(&s2, GB(1) + odd, PAGE, STAGE2_R), -EINVAL);
		fails(stage2_protect(&s2, GB(1), GB(1) - odd, STAGE2_R), -EINVAL);
	}
	fails(stage2_map(&s2, 0, 0, 0, STAGE2_RW), -EINVAL);
	fails(stage2_unmap(&s2, GB(1), 0), -EINVAL);
	fails(stage2_protect(&s2, GB(1), 0, STAGE2_R), -EINVAL);
	/* No such kind. */
	fails(stage2_map(&s2, 0, 0, PAGE, (enum stage2_kind)(STAGE2_DEVICE + 1)), -EINVAL);
	fails(stage2_protect(&s2, GB(1), PAGE, (enum stage2_kind)(STAGE2_DEVICE + 1)), -EINVAL);
	/* Another memory type is no matter of permissions. */
	fails(stage2_protect(&s2, GB(1), PAGE, STAGE2_DEVICE), -EINVAL);
	map_ok(0, GB(8), 2 * PAGE, STAGE2_DEVICE);
	map_ok(2 * PAGE, GB(9), PAGE, STAGE2_RW);
	fails(stage2_protect(&s2, 0, PAGE, STAGE2_R), -EINVAL);
	fails(stage2_protect(&s2, PAGE, 2 * PAGE, STAGE2_R), -EINVAL);
	agree("errors");
}
END_TEST

/* Something is there already, or something is missing: at the first page, the last, in between. */
START_TEST(already_or_not_there)
{
	map_ok(MB(16), MB(16), 2 * PAGE, STAGE2_RX);
	map_ok(MB(16) + 3 * PAGE, 0, PAGE, STAGE2_RW);
	map_ok(MB(32), MB(32), MB(2), STAGE2_RWX);
	map_ok(GB(1), GB(1), GB(1), STAGE2_RWX);
	fails(stage2_map(&s2, MB(16), MB(16), PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, MB(16) - 2 * PAGE, 0, 3 * PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, MB(14), 0, MB(4), STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, MB(33), 0, PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, MB(34) - PAGE, 0, 2 * PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, 0, 0, GB(1), STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, GB(1) + MB(512), 0, PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, GB(1) - PAGE, 0, 2 * PAGE, STAGE2_RX), -EEXIST);
	fails(stage2_map(&s2, 0, 0, GB(16), STAGE2_RX), -EEXIST);

	fails(stage2_unmap(&s2, 0, PAGE), -ENOENT);
	fails(stage2_unmap(&s2, MB(16), 3 * PAGE), -ENOENT);
	fails(stage2_unmap(&s2, MB(16) - PAGE, 2 * PAGE), -ENOENT);
	fails(stage2_unmap(&s2, MB(16), 4 * PAGE), -ENOENT);
	/* A block would be split, and there is a hole behind it: not even the split is done. */
	fails(stage2_unmap(&s2, MB(33), MB(2)), -ENOENT);
	fails(stage2_unmap(&s2, GB(1) - PAGE, PAGE + MB(1)), -ENOENT);
	fails(stage2_protect(&s2, MB(16), 3 * PAGE, STAGE2_R), -ENOENT);
	fails(stage2_protect(&s2, MB(33), MB(2), STAGE2_R), -ENOENT);
	fails(stage2_protect(&s2, 0, TB(1), STAGE2_R), -ENOENT);
	agree("errors");
}
END_TEST

/* Leaves so many pages in the pool. */
static void drain(size_t leave)
{
	while (pool.free > leave)
		page_alloc(&pool);
}

/*
 * The pool runs dry at every possible moment. A map then leaves no trace. A split that could be
 * done may stay done, but all pages are mapped as before.
 */
START_TEST(out_of_memory)
{
	enum { MAP, UNMAP, PROTECT };
	/* map: two tables in each of two GiB. The others: two splits at each end. */
	const uint64_t from = MB(512) + PAGE, size = GB(1) + MB(2) + PAGE;
	size_t needed;

	for (int what = MAP; what <= PROTECT; what++) {
		for (needed = 0; ; needed++) {
			int error;

			tear_down();
			set_up_pool(POOL_PAGES);
			set_up_with(2, 40);
			if (what != MAP)
				map_ok(0, GB(4), GB(2), STAGE2_RWX);
			drain(needed);
			error = what == MAP ? stage2_map(&s2, from, GB(8) + from, size, STAGE2_RW) :
				what == UNMAP ? stage2_unmap(&s2, from, size) :
				stage2_protect(&s2, from, size, STAGE2_R);
			if (error == 0)
				break;
			ck_assert_int_eq(error, -ENOMEM);
			pool_free = pool.free + census().tables + s2.config.root_pages;
			agree("running out of memory");
			if (what == MAP) {
				ck_assert_uint_eq(pool.free, needed);
				ck_assert_uint_eq(census().tables, 0);
			}
			destroy();
		}
		ck_assert_uint_eq(needed, 4);
		ck_assert_uint_eq(pool.free, 0);
	}

	/* Not even a root: two pages in a row are needed, aligned to 8 KiB. */
	tear_down();
	set_up_pool(8);
	{
		struct stage2_config config = stage2_config(2, 40, false);

		drain(1);
		ck_assert_int_eq(stage2_init(&s2, &config, &pool, &tlb), -ENOMEM);
		ck_assert_uint_eq(pool.free, 1);
	}
}
END_TEST

/* ---- A long life ----------------------------------------------------------------------------- */

static const struct {
	unsigned int pa_range, ipa_bits;
	uint64_t window;
} lives[] = {
	{ 0, 32, 0 },			/* 4 tables at level 2 */
	{ 0, 32, GB(2) },		/* up to the end */
	{ 1, 34, GB(14) },		/* 16 tables at level 2 */
	{ 1, 36, GB(62) },
	{ 2, 40, GB(511) },		/* across the two tables at level 1 */
	{ 3, 42, TB(4) - GB(2) },	/* 8 tables */
	{ 5, 43, TB(4) - GB(1) },	/* 16 tables */
	{ 4, 44, GB(511) },		/* level 0: across two of its entries */
	{ 5, 48, TB(256) - GB(2) },
};

static uint64_t random_unit(void)
{
	static const uint64_t units[] = { KB(4), KB(4), MB(2), MB(2), GB(1) };

	return units[random64() % 5];
}

/* A range in the window: anywhere, or where something is mapped. */
static void random_range(uint64_t *ipa, uint64_t *size)
{
	uint64_t unit = random_unit();

	do {
		*ipa = window + random64() % (WINDOW / unit) * unit;
		*size = (1 + random64() % (unit == GB(1) ? 2 : 16)) * unit;
		if (random64() % 8 == 0) {
			*ipa += PAGE * (random64() % 3);
			*size += PAGE * (random64() % 3);
		}
	} while (*ipa + *size > window + WINDOW);
}

static void random_map(uint64_t ipa, uint64_t size)
{
	uint64_t pa_end = (uint64_t)1 << mmu.pa_bits;
	uint64_t pa = random64() % (pa_end / PAGE) * PAGE;
	enum stage2_kind kind = random64() % 5;

	/* Most of them with IPA and PA in step, so that blocks come about. */
	if (random64() % 4 || size > MB(16))
		pa = pa / GB(1) * GB(1) + ipa % GB(1);
	if (pa + size > pa_end)
		fails(stage2_map(&s2, ipa, pa, size, kind), -EINVAL);
	else if (count_wanted(ipa, size, false))
		fails(stage2_map(&s2, ipa, pa, size, kind), -EEXIST);
	else
		map_ok(ipa, pa, size, kind);
}

static void random_change(uint64_t ipa, uint64_t size)
{
	enum stage2_kind kind = random64() % 4;
	bool hole = count_wanted(ipa, size, false) * PAGE != size;
	bool unmap = random64() % 2;

	if (hole && unmap)
		fails(stage2_unmap(&s2, ipa, size), -ENOENT);
	else if (hole)
		fails(stage2_protect(&s2, ipa, size, kind), -ENOENT);
	else if (unmap)
		unmap_ok(ipa, size);
	else if (count_wanted(ipa, size, true))
		fails(stage2_protect(&s2, ipa, size, kind), -EINVAL);
	else
		protect_ok(ipa, size, kind);
}

START_TEST(random_life)
{
	destroy();
	set_up_with(lives[_i].pa_range, lives[_i].ipa_bits);
	window = lives[_i].window;
	ck_assert_uint_le(window + WINDOW, (uint64_t)1 << mmu.ipa_bits);

	for (int step = 0; step < 300; step++) {
		uint64_t ipa, size;

		random_range(&ipa, &size);
		if (random64() % 2 && !*wanted_at(ipa))
			random_map(ipa, size);
		else
			random_change(ipa, size);
		if (step % 75 == 74)
			agree("a long life");
		if (pool.free < 100) {		/* a world of pages: begin again */
			destroy();
			set_up_with(lives[_i].pa_range, lives[_i].ipa_bits);
			want_not(window, WINDOW);
			wanted_pages = 0;
		}
	}
	destroy();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("stage2");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "shape");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, vtcr_values);
	tcase_add_test(tcase, shapes);
	tcase_add_test(tcase, vttbr);

	tcase = add_case(suite, "changes");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, attributes, 0, 5);
	tcase_add_test(tcase, alignment);
	tcase_add_test(tcase, no_blocks_at_level_0);
	tcase_add_test(tcase, splitting);
	tcase_add_test(tcase, splitting_both_ends);
	tcase_add_test(tcase, tables_come_back);

	tcase = add_case(suite, "errors");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, bad_arguments);
	tcase_add_test(tcase, already_or_not_there);
	tcase_add_test(tcase, out_of_memory);

	tcase = add_case(suite, "life");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, random_life, 0, sizeof(lives) / sizeof(lives[0]));

	return unit_main(argv[0], suite);
}
