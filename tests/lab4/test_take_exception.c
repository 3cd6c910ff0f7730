// SPDX-License-Identifier: MIT
/*
 * test_take_exception.c - PSTATE, vector and syndrome of an exception taken to EL1, against the Arm
 * ARM.
 *
 * What is expected is computed the way the Arm ARM says it: SPSR_EL2 is unpacked into a PSTATE with
 * a member for each field, AArch64.TakeException() of the pseudocode is followed line by line, and
 * GetPSRFromPSTATE() packs the result again. Bits as numbers; nothing is shared with what is
 * tested.
 */
#include "unit_main.h"

#include "take_exception.h"

#define HANDOUT		"  handout: lab4-exits/README.md, "				\
			"\"Injection: doing what the hardware would have done\""

/* Says what is wrong and ends the test. (In these loops ck_assert() would take too long.) */
#define must(condition, ...)	do { if (!(condition)) ck_abort_msg(__VA_ARGS__); } while (0)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static bool bit(uint64_t value, unsigned int n)
{
	return value >> n & 1;
}

/* ---- The Arm ARM's way ----------------------------------------------------------------------- */

struct pstate {
	bool n, z, c, v, d, a, i, f, pan, uao, dit, tco, btype0, btype1, ss, il, ssbs, allint;
	bool nrw, sp;
	unsigned int el;
};

/* SetPSTATEFromPSR(), for what a guest can have been in. */
static struct pstate unpack(uint64_t spsr)
{
	struct pstate p = {
		.n = bit(spsr, 31), .z = bit(spsr, 30), .c = bit(spsr, 29), .v = bit(spsr, 28),
		.dit = bit(spsr, 24), .pan = bit(spsr, 22), .ss = bit(spsr, 21), .il = bit(spsr, 20),
		.a = bit(spsr, 8), .i = bit(spsr, 7), .f = bit(spsr, 6), .nrw = bit(spsr, 4),
	};

	if (p.nrw) {
		p.ssbs = bit(spsr, 23);
		p.el = 0;
	} else {
		p.tco = bit(spsr, 25);
		p.uao = bit(spsr, 23);
		p.allint = bit(spsr, 13);
		p.ssbs = bit(spsr, 12);
		p.btype1 = bit(spsr, 11);
		p.btype0 = bit(spsr, 10);
		p.d = bit(spsr, 9);
		p.el = spsr >> 2 & 3;
		p.sp = bit(spsr, 0);
	}
	return p;
}

/* GetPSRFromPSTATE(AArch64_NonDebugState), in AArch64 state. */
static uint64_t pack(struct pstate p, struct pstate_features have)
{
	uint64_t psr = (uint64_t)p.n << 31 | (uint64_t)p.z << 30 | (uint64_t)p.c << 29 |
		       (uint64_t)p.v << 28 | (uint64_t)p.ss << 21 | (uint64_t)p.il << 20 |
		       (uint64_t)p.btype1 << 11 | (uint64_t)p.btype0 << 10 | (uint64_t)p.d << 9 |
		       (uint64_t)p.a << 8 | (uint64_t)p.i << 7 | (uint64_t)p.f << 6 |
		       (uint64_t)p.nrw << 4 | p.el << 2 | (uint64_t)p.sp << 0 | (uint64_t)p.uao << 23;

	if (have.mte)
		psr |= (uint64_t)p.tco << 25;
	if (have.dit)
		psr |= (uint64_t)p.dit << 24;
	if (have.pan)
		psr |= (uint64_t)p.pan << 22;
	if (have.nmi)
		psr |= (uint64_t)p.allint << 13;
	if (have.ssbs)
		psr |= (uint64_t)p.ssbs << 12;
	return psr;
}

/* AArch64.TakeException(EL1, ...). */
static struct taken_exception expected(unsigned int vect_offset, uint64_t spsr, uint64_t sctlr,
				       struct pstate_features have)
{
	struct pstate p = unpack(spsr);

	if (1 > p.el)
		vect_offset += p.nrw ? 0x600 : 0x400;
	else if (p.sp)
		vect_offset += 0x200;

	p.el = 1;
	p.nrw = false;
	p.sp = true;
	p.ss = false;
	if (have.nmi)
		p.allint = !bit(sctlr, 62);
	p.d = p.a = p.i = p.f = true;
	p.il = false;
	if (have.pan && !bit(sctlr, 23))
		p.pan = true;
	p.uao = false;
	p.btype0 = p.btype1 = false;
	if (have.ssbs)
		p.ssbs = bit(sctlr, 44);
	if (have.mte)
		p.tco = true;
	return (struct taken_exception){ .pstate = pack(p, have), .vector = vect_offset };
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static const enum exception_kind kinds[] = {
	EXCEPTION_SYNC, EXCEPTION_IRQ, EXCEPTION_FIQ, EXCEPTION_SERROR,
};

/* Table "Vector offsets from vector table base address" of the Arm ARM, as it stands there. */
static const struct {
	uint64_t m;
	unsigned int vector[4];
	const char *name;
} sources[] = {
	{ 0x04, { 0x000, 0x080, 0x100, 0x180 }, "EL1t" },
	{ 0x05, { 0x200, 0x280, 0x300, 0x380 }, "EL1h" },
	{ 0x00, { 0x400, 0x480, 0x500, 0x580 }, "EL0t" },
	{ 0x10, { 0x600, 0x680, 0x700, 0x780 }, "AArch32 User" },
};

static struct pstate_features features(unsigned int bits)
{
	return (struct pstate_features){ .pan = bits & 1, .dit = bits & 2, .ssbs = bits & 4,
					 .mte = bits & 8, .nmi = bits & 16 };
}

START_TEST(vectors)
{
	for (unsigned int s = 0; s < 4; s++) {
		for (unsigned int k = 0; k < 4; k++) {
			/* Whatever else is in SPSR. */
			uint64_t spsr = (random64() & ~0x1fUL) | sources[s].m;
			unsigned int vector = take_exception(kinds[k], spsr, 0, features(0)).vector;

			must(vector == sources[s].vector[k],
			     "kind %u from %s: vector 0x%03x, expected 0x%03x" HANDOUT, k,
			     sources[s].name, vector, sources[s].vector[k]);
		}
	}
}
END_TEST

static void compare(unsigned int s, enum exception_kind kind, uint64_t spsr, uint64_t sctlr,
		    unsigned int have)
{
	struct taken_exception taken, wanted;

	spsr = (spsr & ~0x1fUL) | sources[s].m;
	taken = take_exception(kind, spsr, sctlr, features(have));
	wanted = expected(kind, spsr, sctlr, features(have));
	must(taken.pstate == wanted.pstate && taken.vector == wanted.vector,
	     "from %s, SPSR 0x%lx, SCTLR 0x%lx, features (PAN DIT SSBS MTE NMI from bit 0) 0x%x: PSTATE "
	     "0x%lx vector 0x%x, expected 0x%lx and 0x%x" HANDOUT, sources[s].name, spsr, sctlr, have,
	     taken.pstate, taken.vector, wanted.pstate, wanted.vector);
}

/*
 * Each source, kind, set of features and setting of the three bits of SCTLR_EL1 that count; with
 * each single bit of SPSR on zeros and on ones, and with anything. The rest of SCTLR_EL1 is
 * anything.
 */
START_TEST(pstate)
{
	static const unsigned int counts[] = { 23, 44, 62 };

	for (unsigned int n = 0; n < 4 * 4 * 32 * 8; n++) {
		unsigned int s = n & 3, have = n >> 4 & 31;
		enum exception_kind kind = kinds[n >> 2 & 3];
		uint64_t sctlr = random64();

		for (unsigned int i = 0; i < 3; i++) {
			sctlr &= ~(1UL << counts[i]);
			sctlr |= (uint64_t)(n >> (9 + i) & 1) << counts[i];
		}
		for (unsigned int b = 0; b < 64; b++) {
			compare(s, kind, 1UL << b, sctlr, have);
			compare(s, kind, ~(1UL << b), sctlr, have);
			compare(s, kind, random64(), sctlr, have);
		}
	}
}
END_TEST

/*
 * A few that were written down by hand: so that a mistake in the pseudocode above is seen as well.
 */
START_TEST(by_hand)
{
	struct pstate_features all = features(31), none = features(0);

	/* A Cortex-A53 at EL0, flags N and C; and the kernel at EL1 with interrupts on. */
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0xa0000000, 0x30d00800, none).pstate, 0xa00003c5);
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0x60000005, 0x30d00800, none).pstate, 0x600003c5);
	/* SPAN = 0: PAN. SPAN = 1: as it was. */
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0, 0, features(1)).pstate, 0x4003c5);
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0, 0x800000, features(1)).pstate, 0x3c5);
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0x400000, 0x800000, features(1)).pstate, 0x4003c5);
	/* All there is, and everything set: PAN, DIT, TCO; SSBS and ALLINT as SCTLR has it. */
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0xffffffe5, 0, all).pstate, 0xf34023c5);
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0xffffffe5, ~0UL, all).pstate, 0xf34013c5);
	/*
	 * T32 at EL0 inside an IT block, flags Q and GE set: nothing of it is left. DIT is bit 24.
	 */
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0x0eaffc30, 0x800000, features(3)).pstate, 0x3c5);
	ck_assert_uint_eq(take_exception(EXCEPTION_SYNC, 0x0f200010, 0x800000, features(3)).pstate,
			  0x10003c5);
}
END_TEST

/* Each value of each field that names a feature, while all other bits are 0, and 1. */
START_TEST(feature_fields)
{
	static const struct {
		unsigned int reg, shift;
	} fields[] = {
		{ 2, 20 },	/* ID_AA64MMFR1_EL1.PAN */
		{ 0, 48 },	/* ID_AA64PFR0_EL1.DIT */
		{ 1, 4 },	/* ID_AA64PFR1_EL1.SSBS */
		{ 1, 8 },	/* ID_AA64PFR1_EL1.MTE */
		{ 1, 36 },	/* ID_AA64PFR1_EL1.NMI */
	};

	for (unsigned int n = 0; n < 5; n++) {
		for (uint64_t value = 0; value < 16; value++) {
			for (unsigned int ones = 0; ones < 2; ones++) {
				uint64_t id[3] = { -(uint64_t)ones, -(uint64_t)ones, -(uint64_t)ones };
				struct pstate_features f;
				bool has[5];

				id[fields[n].reg] &= ~(0xfUL << fields[n].shift);
				id[fields[n].reg] |= value << fields[n].shift;
				f = pstate_features(id[0], id[1], id[2]);
				has[0] = f.pan;
				has[1] = f.dit;
				has[2] = f.ssbs;
				has[3] = f.mte;
				has[4] = f.nmi;
				for (unsigned int i = 0; i < 5; i++)
					must(has[i] == (i == n ? value != 0 : ones),
					     "field %u is %lu: feature %u is %d" HANDOUT, n, value, i,
					     has[i]);
			}
		}
	}
}
END_TEST

/*
 * The syndrome. Classes that say "from a lower Exception level" have another number from EL1; the
 * ISS is as given, and nothing of it gets into other fields.
 */
START_TEST(syndrome)
{
	for (unsigned int ec = 0; ec < 64; ec++) {
		for (unsigned int s = 0; s < 4; s++) {
			bool pair = ec == 0x20 || ec == 0x24 || ec == 0x30 || ec == 0x32 || ec == 0x34;
			bool el0 = s >= 2;
			uint64_t spsr = (random64() & ~0x1fUL) | sources[s].m;
			uint64_t iss = random64(), esr = exception_syndrome(ec, iss, spsr);

			must(esr >> 26 == (pair && !el0 ? ec + 1 : ec),
			     "class 0x%02x from %s: ESR 0x%lx" HANDOUT, ec, sources[s].name, esr);
			must(bit(esr, 25), "class 0x%02x: IL is 0" HANDOUT, ec);
			must((esr & 0x1ffffff) == (iss & 0x1ffffff), "ISS 0x%lx comes out as 0x%lx" HANDOUT,
			     iss & 0x1ffffff, esr & 0x1ffffff);
			must(spsr_from_el0(spsr) == el0, "SPSR 0x%lx: from EL0 is %d" HANDOUT, spsr, !el0);
		}
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("take_exception");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "pstate");
	tcase_add_test(tcase, vectors);
	tcase_add_test(tcase, pstate);
	tcase_add_test(tcase, by_hand);
	tcase_add_test(tcase, feature_fields);
	tcase = add_case(suite, "syndrome");
	tcase_add_test(tcase, syndrome);
	return unit_main(argv[0], suite);
}
