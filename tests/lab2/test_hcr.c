// SPDX-License-Identifier: MIT
/*
 * test_hcr.c - the value of HCR_EL2 for guests, and the table of reasons that it is made of.
 *
 * The table below was written down from the Arm ARM (HCR_EL2, Hypervisor Configuration Register),
 * with bit positions as numbers: nothing in it comes from the headers that hcr.c is compiled
 * with. The value is looked at for every combination of the features that it depends on, while
 * all the other features are random: so that it depends on nothing else.
 */
#include "../common/unit_main.h"

#include <string.h>

#include "hcr.h"

/* Where to read about it: ends the message of each failure. */
#define HANDOUT		"  handout: lab2-percpu/README.md, \"HCR_EL2, bit by bit\""

/* The features that bits depend on, as bits of a set. */
enum { RAS = 1, LOR = 2, PAUTH = 4, CSV2_2 = 8, MTE2 = 16, FEATURE_SETS = 32, ALWAYS = 0 };

static const struct {
	const char *name;
	unsigned int feature;
	uint64_t value;
} expected[] = {
	{ "VM",		ALWAYS,	UINT64_C(1) << 0 },
	{ "SWIO",	ALWAYS,	UINT64_C(1) << 1 },
	{ "PTW",	ALWAYS,	UINT64_C(1) << 2 },
	{ "FMO",	ALWAYS,	UINT64_C(1) << 3 },
	{ "IMO",	ALWAYS,	UINT64_C(1) << 4 },
	{ "AMO",	ALWAYS,	UINT64_C(1) << 5 },
	{ "FB",		ALWAYS,	UINT64_C(1) << 9 },
	{ "BSU",	ALWAYS,	UINT64_C(1) << 10 },	/* of [11:10], 1: Inner Shareable */
	{ "TWI",	ALWAYS,	UINT64_C(1) << 13 },
	{ "TID3",	ALWAYS,	UINT64_C(1) << 18 },
	{ "TSC",	ALWAYS,	UINT64_C(1) << 19 },
	{ "TIDCP",	ALWAYS,	UINT64_C(1) << 20 },
	{ "TACR",	ALWAYS,	UINT64_C(1) << 21 },
	{ "TSW",	ALWAYS,	UINT64_C(1) << 22 },
	{ "RW",		ALWAYS,	UINT64_C(1) << 31 },
	{ "TLOR",	LOR,	UINT64_C(1) << 35 },
	{ "TERR",	RAS,	UINT64_C(1) << 36 },
	{ "TEA",	RAS,	UINT64_C(1) << 37 },
	{ "API, APK",	PAUTH,	UINT64_C(3) << 40 },	/* APK is bit 40, API is bit 41 */
	{ "EnSCXT",	CSV2_2,	UINT64_C(1) << 53 },
	{ "TID5",	MTE2,	UINT64_C(1) << 58 },
};

#define N_EXPECTED	(sizeof(expected) / sizeof(expected[0]))

/* HCR_EL2.E2H and TGE, and what no guest may start with: VI, VF, VSE, DC, CD, ID, NV, NV1, NV2. */
#define E2H		(UINT64_C(1) << 34)
#define TGE		(UINT64_C(1) << 27)
#define NEVER		(E2H | TGE | UINT64_C(7) << 6 | UINT64_C(1) << 12 | UINT64_C(3) << 32 |	\
			 UINT64_C(3) << 42 | UINT64_C(1) << 45)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* A CPU with this set of features. What else it has is random, or nothing, or everything. */
static struct hw_features cpu_with(unsigned int set, unsigned int rest)
{
	uint64_t random = rest == 0 ? 0 : rest == 1 ? UINT64_MAX : random64();

	return (struct hw_features){
		.current_el = random & 3, .el2 = random & 4, .el1 = random & 8,
		.granule_4k = random & 16, .granule_4k_stage2 = random & 32,
		.e2h_can_be_0 = random & 64, .gic = random & 128 ? 3 : 0,
		.el1_aarch32 = random & 256, .pa_bits = random & 512 ? 48 : 32,
		.vmid_bits = random & 1024 ? 16 : 8, .vhe = random & 2048, .fp = random & 4096,
		.sve = random & 8192, .sme = random & 16384, .fgt = random & 32768,
		.nested = random & 65536, .fwb = random & 131072, .xnx = random & 262144,
		.pmu = random >> 60,
		.ras = set & RAS, .lor = set & LOR, .pauth = set & PAUTH, .csv2_2 = set & CSV2_2,
		.mte = set & MTE2,
	};
}

#define ROUNDS	200

START_TEST(value)
{
	for (unsigned int set = 0; set < FEATURE_SETS; set++) {
		uint64_t want = 0;

		for (size_t i = 0; i < N_EXPECTED; i++)
			if ((expected[i].feature & set) == expected[i].feature)
				want |= expected[i].value;
		for (unsigned int round = 0; round < ROUNDS; round++) {
			struct hw_features f = cpu_with(set, round);
			uint64_t got = hcr_value(&f);

			ck_assert_msg(got == want,
				      "RAS %d, LOR %d, PAuth %d, CSV2_2 %d, MTE2 %d: "
				      "expected 0x%016lx, got 0x%016lx, too many 0x%016lx, "
				      "too few 0x%016lx" HANDOUT,
				      f.ras, f.lor, f.pauth, f.csv2_2, f.mte, want, got,
				      got & ~want, want & ~got);
		}
	}
}
END_TEST

/* The whole value, as one number, on CPUs that one knows. */
START_TEST(models)
{
	static const struct {
		const char *name;
		unsigned int set;
		uint64_t value;
	} cpus[] = {
		{ "Cortex-A57, which has none of the features", 0, 0x00000000807c263f },
		{ "Cortex-A76 (RAS, LOR)", RAS | LOR, 0x00000038807c263f },
		{ "QEMU's max (RAS, LOR, PAuth, CSV2_2)", RAS | LOR | PAUTH | CSV2_2,
		  0x00200338807c263f },
		{ "all of them", FEATURE_SETS - 1, 0x04200338807c263f },
	};

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		struct hw_features f = cpu_with(cpus[i].set, 0);

		ck_assert_msg(hcr_value(&f) == cpus[i].value,
			      "%s: expected 0x%016lx, got 0x%016lx" HANDOUT, cpus[i].name,
			      cpus[i].value, hcr_value(&f));
	}
}
END_TEST

START_TEST(never_set)
{
	for (unsigned int set = 0; set < FEATURE_SETS; set++) {
		for (unsigned int round = 0; round < ROUNDS; round++) {
			struct hw_features f = cpu_with(set, round);

			ck_assert_msg(!(hcr_value(&f) & NEVER),
				      "expected none of the bits 0x%016lx (E2H, TGE, ...), "
				      "got 0x%016lx" HANDOUT,
				      NEVER, hcr_value(&f) & NEVER);
		}
	}
}
END_TEST

/* The table: complete lines, each bit once, and each decision as it is written down above. */
START_TEST(table)
{
	uint64_t seen = 0;
	size_t count = 0;

	for (const struct hcr_reason *r = hcr_reasons; r->name; r++, count++) {
		size_t i;

		ck_assert_msg(r->name[0] != '\0', "line %zu: expected a name, got none" HANDOUT,
			      count);
		ck_assert_msg(r->without && strlen(r->without) >= 12,
			      "%s: expected what would happen without it, got \"%s\"" HANDOUT,
			      r->name, r->without ? r->without : "");
		ck_assert_msg(r->bits != 0, "%s: expected a bit, got none" HANDOUT, r->name);
		ck_assert_msg(!(r->bits & seen),
			      "%s: expected each bit once, got 0x%016lx again" HANDOUT, r->name,
			      r->bits & seen);
		seen |= r->bits;

		for (i = 0; i < N_EXPECTED; i++)
			if (!strcmp(expected[i].name, r->name))
				break;
		ck_assert_msg(i < N_EXPECTED,
			      "%s: expected a name of test_hcr.c's table, from the Arm ARM" HANDOUT,
			      r->name);
		ck_assert_msg(r->bits == expected[i].value,
			      "%s: expected bits 0x%016lx, got 0x%016lx" HANDOUT, r->name,
			      expected[i].value, r->bits);
		for (unsigned int set = 0; set < FEATURE_SETS; set++) {
			struct hw_features f = cpu_with(set, 2);
			bool want = (expected[i].feature & set) == expected[i].feature;
			bool got = !r->wanted || r->wanted(&f);

			ck_assert_msg(got == want,
				      "%s, RAS %d, LOR %d, PAuth %d, CSV2_2 %d, MTE2 %d: "
				      "expected wanted = %d, got %d" HANDOUT,
				      r->name, f.ras, f.lor, f.pauth, f.csv2_2, f.mte, want, got);
		}
	}
	ck_assert_msg(count == N_EXPECTED, "expected %zu lines, got %zu" HANDOUT, N_EXPECTED,
		      count);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hcr");
	TCase *tcase = add_case(suite, "hcr");

	tcase_add_test(tcase, value);
	tcase_add_test(tcase, models);
	tcase_add_test(tcase, never_set);
	tcase_add_test(tcase, table);
	return unit_main("tests/lab2/test_hcr", suite);
}
