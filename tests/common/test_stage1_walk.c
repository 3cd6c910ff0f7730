// SPDX-License-Identifier: MIT
/*
 * test_stage1_walk.c - the software walk of a guest's tables, against tables built by the test.
 *
 * The builder was written from the Arm ARM's tables alone ("Translation using the 4KB granule" and
 * its like): which address bits each level resolves, and at which level a walk starts for each
 * TnSZ, stand here as numbers. It is told where a virtual address shall lead to, and lays the
 * tables for just that one into a memory where nothing else is: whatever a walk reads elsewhere, it
 * does not find.
 */
#include "unit_main.h"

#include <string.h>

#include "lib/errno.h"
#include "mm/stage1_walk.h"

#define HANDOUT		"  handout: lab4-exits/README.md, "				\
			"\"MMIO: what the syndrome says, and what it does not\""

/* Says what is wrong and ends the test. (In these loops ck_assert() would take too long.) */
#define must(condition, ...)	do { if (!(condition)) ck_abort_msg(__VA_ARGS__); } while (0)

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Low bits of a random number: 0 to 64 of them. */
static uint64_t random_bits(unsigned int count)
{
	return count ? random64() >> (64 - count) : 0;
}

/* ---- The Arm ARM's tables -------------------------------------------------------------------- */

struct granule {
	unsigned int kb;
	unsigned int tg0, tg1;			/* as TCR_EL1 encodes it */
	unsigned int low[4], high[4];		/* the address bits that each level resolves */
	unsigned int starts[4];			/* walks start at this level from this TnSZ on; 99: never */
	unsigned int last_tnsz;
	bool block[4];				/* a descriptor of a block is allowed at this level */
};

static const struct granule granules[] = {
	{ 4, 0, 2, { 39, 30, 21, 12 }, { 47, 38, 29, 20 }, { 16, 25, 34, 43 }, 48,
	  { false, true, true, false } },
	{ 16, 2, 1, { 47, 36, 25, 14 }, { 47, 46, 35, 24 }, { 16, 17, 28, 39 }, 48,
	  { false, false, true, false } },
	{ 64, 1, 3, { 99, 42, 29, 16 }, { 99, 47, 41, 28 }, { 99, 16, 22, 35 }, 47,
	  { false, false, true, false } },
};

static unsigned int start_level(const struct granule *g, unsigned int tnsz)
{
	unsigned int level = 3;

	while (level > 0 && g->starts[level] > tnsz)
		level--;
	return level;
}

/* ---- Memory: a word for each level, and nothing else ----------------------------------------- */

static struct {
	uint64_t ipa;
	uint64_t value;
} words[4];
static unsigned int word_count, reads;

static bool read_word(void *arg, uint64_t ipa, uint64_t *value)
{
	must(arg == words, "the caller's argument does not come through" HANDOUT);
	must(ipa % 8 == 0, "a descriptor is read at 0x%lx" HANDOUT, ipa);
	reads++;
	for (unsigned int n = 0; n < word_count; n++) {
		if (words[n].ipa == ipa) {
			*value = words[n].value;
			return true;
		}
	}
	return false;
}

static uint64_t swap(uint64_t value)
{
	uint64_t swapped = 0;

	for (unsigned int n = 0; n < 8; n++)
		swapped |= (value >> (8 * n) & 0xff) << (56 - 8 * n);
	return swapped;
}

/* ---- One translation, built ------------------------------------------------------------------ */

struct setting {
	const struct granule *g;
	unsigned int tnsz;
	bool high, tbi, big_endian;
	unsigned int leaf;			/* the level of the block or page */
	unsigned int output_bits;		/* all tables, and what comes out, are below 2 to this */

	struct stage1_regs regs;
	uint64_t va;				/* with a tag, if tags are ignored */
	uint64_t ipa;				/* what shall come out */
	unsigned int start;
};

/*
 * Attributes and software's bits: whatever they are. But not the access flag, and not bits 1 and 0.
 */
#define ANY_ATTRIBUTES	(0xfff0000000000bfcUL)

static uint64_t descriptor(uint64_t address, unsigned int type)
{
	return address | (random64() & ANY_ATTRIBUTES) | type;
}

/* An address of a table or page: a multiple of 2 to the "low", below 2 to the "high". */
static uint64_t random_address(unsigned int high, unsigned int low)
{
	return low >= high ? 0 : random_bits(high - low) << low;
}

static void put_word(uint64_t ipa, uint64_t value, bool big_endian)
{
	words[word_count].ipa = ipa;
	words[word_count++].value = big_endian ? swap(value) : value;
}

static unsigned int log2_of(unsigned int kb)
{
	return kb == 4 ? 12 : kb == 16 ? 14 : 16;
}

/* TCR_EL1: the fields of this half as they shall be, those of the other anything at all. */
static uint64_t tcr_of(const struct setting *s)
{
	static const unsigned int ips[] = { 32, 36, 40, 42, 44, 48 };
	uint64_t tcr = random64() & ~(1UL << 59);
	unsigned int code = 0;

	while (ips[code] != s->output_bits)
		code++;
	tcr = (tcr & ~(7UL << 32)) | (uint64_t)code << 32;
	tcr &= ~(1UL << 39);					/* HA */
	if (s->high) {
		tcr &= ~(0x3fUL << 16 | 1UL << 23 | 3UL << 30 | 1UL << 38);
		tcr |= (uint64_t)s->tnsz << 16 | (uint64_t)s->g->tg1 << 30 | (uint64_t)s->tbi << 38;
	} else {
		tcr &= ~(0x3fUL | 1UL << 7 | 3UL << 14 | 1UL << 37);
		tcr |= s->tnsz | (uint64_t)s->g->tg0 << 14 | (uint64_t)s->tbi << 37;
	}
	return tcr;
}

static void build(struct setting *s)
{
	const struct granule *g = s->g;
	unsigned int input = 64 - s->tnsz, page = log2_of(g->kb), root_bits;
	uint64_t table, root, index;

	s->start = start_level(g, s->tnsz);
	s->va = random_bits(input);
	if (s->high)
		s->va |= ~0UL << input;
	if (s->tbi)
		s->va = (s->va & ~(0xffUL << 56)) | random64() << 56;

	word_count = reads = 0;
	/* The root may be smaller than a page, and is aligned to its own size. */
	root_bits = input - g->low[s->start] + 3;
	root = table = random_address(s->output_bits, root_bits);
	for (unsigned int level = s->start; level <= s->leaf; level++) {
		unsigned int top = level == s->start ? input - 1 : g->high[level];
		uint64_t at;

		index = s->va << (63 - top) >> (63 - top + g->low[level]);
		at = table + index * 8;
		if (level < s->leaf) {
			table = random_address(s->output_bits, page);
			put_word(at, descriptor(table, 3), s->big_endian);
		} else {
			s->ipa = random_address(s->output_bits, g->low[level]);
			put_word(at, descriptor(s->ipa, level == 3 ? 3 : 1) | 1 << 10, s->big_endian);
			s->ipa |= s->va & ((1UL << g->low[level]) - 1);
		}
	}

	s->regs.tcr = tcr_of(s);
	s->regs.sctlr = (random64() & ~(1UL << 25)) | (uint64_t)s->big_endian << 25 | 1;
	s->regs.ttbr0 = random64();
	s->regs.ttbr1 = random64();
	/* An ASID above, CnP below; and what else is below the alignment is not looked at. */
	root |= random64() << 48 | random_bits(root_bits);
	*(s->high ? &s->regs.ttbr1 : &s->regs.ttbr0) = root;
	s->regs.pa_range = 5;
	s->regs.small_tables = true;
}

static int walk(const struct setting *s, struct stage1_result *result)
{
	memset(result, 0xa5, sizeof(*result));
	reads = 0;
	return stage1_walk(&s->regs, s->va, read_word, words, result);
}

#define ABOUT		"%u KiB, T%dSZ %u, leaf at level %u, va 0x%lx: "
#define ABOUT_ARGS(s)	(s)->g->kb, (s)->high, (s)->tnsz, (s)->leaf, (s)->va

static void must_translate(const struct setting *s, const char *what)
{
	struct stage1_result result;
	int error = walk(s, &result);

	must(error == 0, ABOUT "%s: error %d, FSC 0x%x at level %u" HANDOUT, ABOUT_ARGS(s), what, error,
	     result.fsc, result.level);
	must(result.ipa == s->ipa, ABOUT "%s: ipa 0x%lx, expected 0x%lx" HANDOUT, ABOUT_ARGS(s), what,
	     result.ipa, s->ipa);
	must(result.level == s->leaf && reads == s->leaf - s->start + 1,
	     ABOUT "%s: level %u after %u reads" HANDOUT, ABOUT_ARGS(s), what, result.level, reads);
	must(result.descriptor == (s->big_endian ? swap(words[word_count - 1].value) :
						   words[word_count - 1].value),
	     ABOUT "%s: descriptor 0x%lx" HANDOUT, ABOUT_ARGS(s), what, result.descriptor);
}

static void must_fault(const struct setting *s, unsigned int fsc, unsigned int level, const char *what)
{
	struct stage1_result result;
	int error = walk(s, &result);

	must(error == -EFAULT && result.fsc == fsc && result.level == level,
	     ABOUT "%s: returned %d, FSC 0x%x at level %u, expected FSC 0x%x at level %u" HANDOUT,
	     ABOUT_ARGS(s), what, error, result.fsc, result.level, fsc, level);
}

/* Does what for every granule, TnSZ, half, and level of the leaf that there can be. */
static void for_each(void (*what)(struct setting *s))
{
	for (unsigned int g = 0; g < 3; g++) {
		for (unsigned int n = 16 * 8; n < (granules[g].last_tnsz + 1) * 8; n++) {
			struct setting s = { .g = &granules[g], .tnsz = n / 8, .high = n & 1,
					     .tbi = n & 2, .big_endian = n & 4 };

			for (s.leaf = start_level(s.g, s.tnsz); s.leaf <= 3; s.leaf++) {
				static const unsigned int widths[] = { 32, 36, 40, 42, 44, 48 };

				if (s.leaf < 3 && !s.g->block[s.leaf])
					continue;
				s.output_bits = widths[random64() % 6];
				build(&s);
				what(&s);
			}
		}
	}
}

/* ---- What translates ------------------------------------------------------------------------- */

static void translates(struct setting *s)
{
	for (unsigned int n = 0; n < 50; n++) {
		build(s);
		must_translate(s, "as it is");
	}
}

START_TEST(translations)
{
	for_each(translates);
}
END_TEST

/* ---- What faults ----------------------------------------------------------------------------- */

/* Bits of a descriptor of the way: changed there, whatever the byte order is. */
static uint64_t get(const struct setting *s, unsigned int level)
{
	uint64_t value = words[level - s->start].value;

	return s->big_endian ? swap(value) : value;
}

static void set(const struct setting *s, unsigned int level, uint64_t value)
{
	words[level - s->start].value = s->big_endian ? swap(value) : value;
}

/* At each level of the way: not valid; no memory there; an address that is too wide. */
static void faults(struct setting *s)
{
	for (unsigned int level = s->start; level <= s->leaf; level++) {
		uint64_t good = get(s, level);

		set(s, level, good & ~1UL);
		must_fault(s, 4 + level, level, "bit 0 cleared");
		set(s, level, 0);
		must_fault(s, 4 + level, level, "zero");
		for (unsigned int bit = s->output_bits; bit < 48; bit++) {
			set(s, level, good | 1UL << bit);
			must_fault(s, 0 + level, level, "an address that is too wide");
		}
		set(s, level, good);

		words[level - s->start].ipa ^= 1UL << 47;
		must_fault(s, 0x14 + level, level, "no memory");
		words[level - s->start].ipa ^= 1UL << 47;
	}
	must_translate(s, "mended");

	/* The root beyond the output addresses; bits above 47 are the ASID. */
	for (unsigned int bit = s->output_bits; bit < 48; bit++) {
		uint64_t *ttbr = s->high ? &s->regs.ttbr1 : &s->regs.ttbr0;

		*ttbr ^= 1UL << bit;
		must_fault(s, 0, 0, "the root's address is too wide");
		*ttbr ^= 1UL << bit;
	}
}

START_TEST(descriptor_faults)
{
	for_each(faults);
}
END_TEST

/* The access flag: a fault, unless hardware sets it. */
static void access_flag(struct setting *s)
{
	uint64_t good = get(s, s->leaf);

	set(s, s->leaf, good & ~(1UL << 10));
	must_fault(s, 8 + s->leaf, s->leaf, "no access flag");
	s->regs.tcr |= 1UL << 39;
	must_translate(s, "no access flag, HA");
}

START_TEST(access_flags)
{
	for_each(access_flag);
}
END_TEST

/* Bit 1 the other way round: a page that is none, a block where none may be, a table. */
static void other_type(struct setting *s)
{
	uint64_t good;

	if (s->leaf == 3) {
		set(s, 3, get(s, 3) & ~2UL);
		must_fault(s, 7, 3, "a block at level 3");
		set(s, 3, get(s, 3) | 2);
	}
	for (unsigned int level = s->start; level < s->leaf; level++) {
		good = get(s, level);
		if (s->g->block[level])
			continue;
		set(s, level, good & ~2UL);
		must_fault(s, 4 + level, level, "a block at a level that has none");
		set(s, level, good);
	}
	if (s->leaf < 3) {
		/*
		 * The walk goes on from there, and nothing is there. (Not at the address of a word
		 * that is.)
		 */
		set(s, s->leaf, get(s, s->leaf) | 2);
		must_fault(s, 0x14 + s->leaf + 1, s->leaf + 1, "a table in place of a block");
	}
}

START_TEST(types)
{
	for_each(other_type);
}
END_TEST

/* Each bit of the address that is not translated, and has to be as all of them are. */
static void outside(struct setting *s)
{
	uint64_t va = s->va;

	for (unsigned int bit = 64 - s->tnsz; bit < 64; bit++) {
		/* Bit 55 chooses the half: with it the address is for the other one. */
		if (bit == 55)
			continue;
		s->va = va ^ 1UL << bit;
		if (bit > 55 && s->tbi) {
			must_translate(s, "another tag");
			continue;
		}
		must_fault(s, 4, 0, "an address between the halves");
		must(reads == 0, ABOUT "a walk for an address that is in neither half" HANDOUT,
		     ABOUT_ARGS(s));
	}
	s->va = va;
	s->regs.tcr |= s->high ? 1UL << 23 : 1UL << 7;
	must_fault(s, 4, 0, "EPDn");
	must(reads == 0, ABOUT "a walk though EPDn is set" HANDOUT, ABOUT_ARGS(s));
}

START_TEST(between_the_halves)
{
	for_each(outside);
}
END_TEST

/* ---- Registers ------------------------------------------------------------------------------- */

/* Results are as wide as IPS says, and no wider than the CPU's. */
START_TEST(output_width)
{
	static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

	for (unsigned int ips = 0; ips < 8; ips++) {
		for (unsigned int range = 0; range < 9; range++) {
			unsigned int cpu = bits[range < 7 ? range : 7];
			unsigned int width = bits[ips] < cpu ? bits[ips] : cpu;
			struct setting s = { .g = &granules[0], .tnsz = 25, .leaf = 3, .output_bits = 32 };

			build(&s);
			s.regs.tcr = (s.regs.tcr & ~(7UL << 32)) | (uint64_t)ips << 32;
			s.regs.pa_range = range;
			for (unsigned int bit = 32; bit < 48; bit++) {
				uint64_t good = get(&s, 3), ipa = s.ipa;

				set(&s, 3, (good & ~(0xffffUL << 32)) | 1UL << bit);
				s.ipa = (ipa & 0xffffffff) | 1UL << bit;
				if (bit < width)
					must_translate(&s, "within IPS and PARange");
				else
					must_fault(&s, 3, 3, "beyond IPS or PARange");
				set(&s, 3, good);
				s.ipa = ipa;
			}
		}
	}
}
END_TEST

/*
 * MMU off: the address itself, as far as there are such; and no walk, whatever the other registers
 * say.
 */
START_TEST(mmu_off)
{
	static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	for (unsigned int n = 0; n < 20000; n++) {
		struct stage1_regs regs = { .sctlr = random64() & ~1UL, .tcr = random64(),
					    .ttbr0 = random64(), .ttbr1 = random64(),
					    .pa_range = n % 8 };
		unsigned int width = bits[n % 8];
		uint64_t va = random_bits(random64() % 65), untagged = va;
		bool tbi = regs.tcr >> (va >> 55 & 1 ? 38 : 37) & 1;
		struct stage1_result result;
		int error;

		if (tbi)
			untagged = va & 0xffffffffffffff;
		reads = 0;
		error = stage1_walk(&regs, va, read_word, words, &result);
		must(reads == 0, "a walk with the MMU off" HANDOUT);
		if (untagged >> width == 0)
			must(error == 0 && result.ipa == untagged && result.descriptor == 0,
			     "MMU off: 0x%lx becomes 0x%lx (%d)" HANDOUT, va, result.ipa, error);
		else
			must(error == -EFAULT && result.fsc == 0 && result.level == 0,
			     "MMU off: 0x%lx beyond %u bits: %d, FSC 0x%x" HANDOUT, va, width, error,
			     result.fsc);
	}
}
END_TEST

/* What no guest is shown: refused, and nothing is read. */
static void refused(const struct setting *s, const char *what)
{
	struct stage1_result result;
	int error = walk(s, &result);

	must(error == -EOPNOTSUPP && reads == 0, ABOUT "%s: returned %d after %u reads" HANDOUT,
	     ABOUT_ARGS(s), what, error, reads);
}

START_TEST(unknown)
{
	for (unsigned int g = 0; g < 3; g++) {
		for (unsigned int high = 0; high < 2; high++) {
			struct setting s = { .g = &granules[g], .tnsz = 25, .high = high, .leaf = 3,
					     .output_bits = 40 };
			unsigned int at = high ? 16 : 0;
			uint64_t tcr;

			build(&s);
			tcr = s.regs.tcr;
			s.regs.tcr = tcr | 1UL << 59;
			refused(&s, "TCR_EL1.DS");
			s.regs.tcr = high ? tcr & ~(3UL << 30) : tcr | 3UL << 14;
			refused(&s, "a reserved granule");
			for (uint64_t tnsz = 0; tnsz < 64; tnsz++) {
				bool small = tnsz > 39 && tnsz <= granules[g].last_tnsz;
				struct stage1_result result;

				/*
				 * TnSZ alone: the address is 0, or -1, which is in range for all of
				 * them.
				 */
				s.regs.tcr = (tcr & ~(0x3fUL << at)) | tnsz << at;
				s.va = -(uint64_t)high;
				for (unsigned int ttst = 0; ttst < 2; ttst++) {
					s.regs.small_tables = ttst;
					if (tnsz >= 16 && (tnsz <= 39 || (small && ttst)))
						must(walk(&s, &result) == -EFAULT && reads == 1,
						     ABOUT "T%uSZ %lu: no walk" HANDOUT,
						     ABOUT_ARGS(&s), high, tnsz);
					else
						refused(&s, "TnSZ out of range");
				}
			}
		}
	}
}
END_TEST

/*
 * FEAT_LPA: with the 64 KiB granule a CPU of 52 bits takes IPS = 6 for another format. Others do
 * not.
 */
START_TEST(wide_addresses)
{
	for (unsigned int g = 0; g < 3; g++) {
		for (unsigned int ips = 5; ips < 8; ips++) {
			for (unsigned int range = 5; range < 8; range++) {
				struct setting s = { .g = &granules[g], .tnsz = 25, .leaf = 3,
						     .output_bits = 48 };

				build(&s);
				s.regs.tcr = (s.regs.tcr & ~(7UL << 32)) | (uint64_t)ips << 32;
				s.regs.pa_range = range;
				if (granules[g].kb == 64 && ips > 5 && range > 5)
					refused(&s, "addresses of 52 bits");
				else
					must_translate(&s, "48 bits");
			}
		}
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("stage1_walk");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "translations");
	tcase_add_test(tcase, translations);
	tcase = add_case(suite, "faults");
	tcase_add_test(tcase, descriptor_faults);
	tcase_add_test(tcase, access_flags);
	tcase_add_test(tcase, types);
	tcase_add_test(tcase, between_the_halves);
	tcase = add_case(suite, "registers");
	tcase_add_test(tcase, output_width);
	tcase_add_test(tcase, mmu_off);
	tcase_add_test(tcase, unknown);
	tcase_add_test(tcase, wide_addresses);
	return unit_main(argv[0], suite);
}
