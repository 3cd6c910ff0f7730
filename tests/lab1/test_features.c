// SPDX-License-Identifier: MIT
/*
 * test_features.c - what the identification registers say, field by field.
 *
 * The findings are held against tables that were written down from the Arm ARM ("AArch64 System
 * Register Descriptions", ID_AA64*_EL1), with bit positions as numbers: nothing here comes from the
 * headers that the decoder itself is compiled with. Each field takes all of its 16 values while all
 * other bits of all registers are random: so a finding that reads a neighbour's bits is found, too.
 */
#include "unit_main.h"

#include <string.h>

#include "features.h"

/* Where to read about it: ends the message of each failure. */
#define HANDOUT		"  handout: lab1-el2-entry/README.md, \"Is there hardware support?\""

#define ROUNDS		100

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct id_registers random_registers(void)
{
	struct id_registers id;
	uint64_t *word = (uint64_t *)&id;

	for (size_t i = 0; i < sizeof(id) / sizeof(*word); i++)
		word[i] = random64();
	return id;
}

/* Put a value into the four bits from shift on. */
static void put(uint64_t *reg, unsigned int shift, uint64_t value)
{
	*reg = (*reg & ~((uint64_t)0xf << shift)) | value << shift;
}

/*
 * A finding that follows from one field. NO and YES are a bool's; the rest are numbers.
 *
 * Of values that the architecture has not given a meaning yet: unsigned fields count upwards, so a
 * greater one has at least what the lower ones have. In signed fields 8 to 15 are negative: "no".
 * Where the hypervisor would have to rely on what nobody has defined, it takes the least.
 */
#define NO	0
#define YES	1

#define REGISTER(member)	offsetof(struct id_registers, member)
#define BOOL_FINDING(member)	offsetof(struct hw_features, member), sizeof(bool), #member
#define FINDING(member)		offsetof(struct hw_features, member), sizeof(unsigned int), #member

static const struct {
	const char *field;
	size_t reg;
	unsigned int shift;
	size_t member, size;
	const char *name;
	unsigned int expected[16];
} fields[] = {
	/* 0 not implemented, 1 AArch64 only, 2 AArch64 and AArch32; others are reserved. */
	{ "ID_AA64PFR0_EL1.EL1", REGISTER(pfr0), 4, BOOL_FINDING(el1),
	  { NO, YES, YES } },
	{ "ID_AA64PFR0_EL1.EL1", REGISTER(pfr0), 4, BOOL_FINDING(el1_aarch32),
	  { NO, NO, YES } },
	{ "ID_AA64PFR0_EL1.EL2", REGISTER(pfr0), 8, BOOL_FINDING(el2),
	  { NO, YES, YES } },
	/* Signed. 0 FP, 1 with half precision, 15 none. */
	{ "ID_AA64PFR0_EL1.FP", REGISTER(pfr0), 16, BOOL_FINDING(fp),
	  { YES, YES, YES, YES, YES, YES, YES, YES, NO, NO, NO, NO, NO, NO, NO, NO } },
	/* 0 no system registers, 1 GICv3.0 or v4.0, 3 GICv4.1. */
	{ "ID_AA64PFR0_EL1.GIC", REGISTER(pfr0), 24, FINDING(gic),
	  { 0, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 } },
	{ "ID_AA64PFR0_EL1.RAS", REGISTER(pfr0), 28, BOOL_FINDING(ras),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	{ "ID_AA64PFR0_EL1.SVE", REGISTER(pfr0), 32, BOOL_FINDING(sve),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	/* 1 has the instructions at EL0 alone, 2 the tags and TFSR_ELx. */
	{ "ID_AA64PFR1_EL1.MTE", REGISTER(pfr1), 8, BOOL_FINDING(mte),
	  { NO, NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	{ "ID_AA64PFR1_EL1.SME", REGISTER(pfr1), 24, BOOL_FINDING(sme),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	{ "ID_AA64MMFR0_EL1.PARange", REGISTER(mmfr0), 0, FINDING(pa_bits),
	  { 32, 36, 40, 42, 44, 48, 52, 56 } },
	/* Signed. 0 yes, 1 with 52-bit addresses, 15 no. */
	{ "ID_AA64MMFR0_EL1.TGran4", REGISTER(mmfr0), 28, BOOL_FINDING(granule_4k),
	  { YES, YES, YES, YES, YES, YES, YES, YES, NO, NO, NO, NO, NO, NO, NO, NO } },
	{ "ID_AA64MMFR0_EL1.FGT", REGISTER(mmfr0), 56, BOOL_FINDING(fgt),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	/* 0 is 8 bits, 2 is 16 bits. */
	{ "ID_AA64MMFR1_EL1.VMIDBits", REGISTER(mmfr1), 4, FINDING(vmid_bits),
	  { 8, 8, 16, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 } },
	{ "ID_AA64MMFR1_EL1.VH", REGISTER(mmfr1), 8, BOOL_FINDING(vhe),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	{ "ID_AA64MMFR1_EL1.XNX", REGISTER(mmfr1), 28, BOOL_FINDING(xnx),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	/* 1 is FEAT_NV, whose EL1 registers all trap; 2 is FEAT_NV2, which has VNCR_EL2. */
	{ "ID_AA64MMFR2_EL1.NV", REGISTER(mmfr2), 24, BOOL_FINDING(nested),
	  { NO, NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	{ "ID_AA64MMFR2_EL1.FWB", REGISTER(mmfr2), 40, BOOL_FINDING(fwb),
	  { NO, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES, YES } },
	/* Signed. 0 it can; 15 and 14 (with FEAT_NV restricted) it cannot. */
	{ "ID_AA64MMFR4_EL1.E2H0", REGISTER(mmfr4), 24, BOOL_FINDING(e2h_can_be_0),
	  { YES, YES, YES, YES, YES, YES, YES, YES, NO, NO, NO, NO, NO, NO, NO, NO } },
	/* 15 is a PMU that is not Arm's. */
	{ "ID_AA64DFR0_EL1.PMUVer", REGISTER(dfr0), 8, FINDING(pmu),
	  { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0 } },
};

#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

static unsigned int finding(const struct hw_features *features, size_t member, size_t size)
{
	const void *at = (const char *)features + member;

	return size == sizeof(bool) ? *(const bool *)at : *(const unsigned int *)at;
}

START_TEST(one_field)
{
	for (unsigned int value = 0; value < 16; value++) {
		for (int round = 0; round < ROUNDS; round++) {
			struct id_registers id = random_registers();
			struct hw_features f;
			unsigned int got;

			put((uint64_t *)((char *)&id + fields[_i].reg), fields[_i].shift, value);
			memset(&f, 0xa5, sizeof(f));
			hw_features_decode(&id, &f);
			got = finding(&f, fields[_i].member, fields[_i].size);
			ck_assert_msg(got == fields[_i].expected[value],
				      "%s = %u: expected %s = %u, got %u" HANDOUT, fields[_i].field,
				      value, fields[_i].name, fields[_i].expected[value], got);
		}
	}
}
END_TEST

START_TEST(current_el)
{
	for (unsigned int el = 0; el < 4; el++) {
		for (int round = 0; round < ROUNDS; round++) {
			struct id_registers id = random_registers();
			struct hw_features f;

			id.current_el = (id.current_el & ~(uint64_t)0xc) | el << 2;
			hw_features_decode(&id, &f);
			ck_assert_msg(f.current_el == el, "CurrentEL 0x%x: expected EL%u, got EL%u"
				      HANDOUT, el << 2, el, f.current_el);
		}
	}
}
END_TEST

/* TGran4_2: 0 "as TGran4 says", 1 no, 2 yes, 3 yes with 52-bit addresses. */
START_TEST(stage2_granule)
{
	for (unsigned int stage1 = 0; stage1 < 16; stage1++) {
		for (unsigned int stage2 = 0; stage2 < 16; stage2++) {
			bool want = stage2 == 0 ? stage1 < 8 : stage2 != 1;
			struct id_registers id = random_registers();
			struct hw_features f;

			put(&id.mmfr0, 28, stage1);
			put(&id.mmfr0, 40, stage2);
			hw_features_decode(&id, &f);
			ck_assert_msg(f.granule_4k_stage2 == want,
				      "TGran4 %u, TGran4_2 %u: expected stage 2 %d, got %d" HANDOUT,
				      stage1, stage2, want, f.granule_4k_stage2);
		}
	}
}
END_TEST

/* SCXTNUM_ELx: CSV2 is 2 or more (FEAT_CSV2_2), or it is 1 and CSV2_frac is 2 (FEAT_CSV2_1p2). */
START_TEST(context_numbers)
{
	for (unsigned int csv2 = 0; csv2 < 16; csv2++) {
		for (unsigned int frac = 0; frac < 16; frac++) {
			bool want = csv2 >= 2 || (csv2 == 1 && frac == 2);
			struct id_registers id = random_registers();
			struct hw_features f;

			put(&id.pfr0, 56, csv2);
			put(&id.pfr1, 32, frac);
			hw_features_decode(&id, &f);
			ck_assert_msg(f.csv2_2 == want,
				      "CSV2 %u, CSV2_frac %u: expected csv2_2 %d, got %d" HANDOUT, csv2,
				      frac, want, f.csv2_2);
		}
	}
}
END_TEST

/* Address signing: ISAR1.APA (QARMA5), ISAR1.API (one's own), ISAR2.APA3 (QARMA3). */
START_TEST(pointer_authentication)
{
	for (unsigned int all = 0; all < 0x1000; all++) {
		struct id_registers id = random_registers();
		struct hw_features f;

		put(&id.isar1, 4, all & 0xf);
		put(&id.isar1, 8, all >> 4 & 0xf);
		put(&id.isar2, 12, all >> 8);
		hw_features_decode(&id, &f);
		ck_assert_msg(f.pauth == (all != 0),
			      "APA = %u, API = %u, APA3 = %u: expected pauth = %d, got %d" HANDOUT,
			      all & 0xf, all >> 4 & 0xf, all >> 8, all != 0, f.pauth);
	}
}
END_TEST

/*
 * The models that the course is tried on: their registers as QEMU 7.2 shows them at EL2, and what
 * follows from them. With secure=on the field EL3 is 2, and nothing else differs.
 */
static const struct {
	struct id_registers id;
	const char *name;
	struct hw_features expected;
} models[] = {
	{ { .current_el = 0x8, .midr = 0x410fd034, .pfr0 = 0x0000000001000222,
	    .mmfr0 = 0x0000000000001122, .dfr0 = 0x0000000010305106 }, "Cortex-A53",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .el1_aarch32 = true,
	    .pa_bits = 40, .vmid_bits = 8, .fp = true, .pmu = 1 } },
	{ { .current_el = 0x8, .midr = 0x411fd070, .pfr0 = 0x0000000001000222,
	    .mmfr0 = 0x0000000000001124, .dfr0 = 0x0000000010305106 }, "Cortex-A57",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .el1_aarch32 = true,
	    .pa_bits = 44, .vmid_bits = 8, .fp = true, .pmu = 1 } },
	{ { .current_el = 0x8, .midr = 0x410fd083, .pfr0 = 0x0000000001000222,
	    .mmfr0 = 0x0000000000001124, .dfr0 = 0x0000000010305106 }, "Cortex-A72",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .el1_aarch32 = true,
	    .pa_bits = 44, .vmid_bits = 8, .fp = true, .pmu = 1 } },
	{ { .current_el = 0x8, .midr = 0x414fd0b1, .pfr0 = 0x1100000011110112,
	    .pfr1 = 0x0000000000000010, .mmfr0 = 0x0000000000101122,
	    .mmfr1 = 0x0000000010212122, .mmfr2 = 0x0000000000001011,
	    .isar1 = 0x0000000000100001, .dfr0 = 0x0000000010305408 }, "Cortex-A76",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .pa_bits = 40,
	    .vmid_bits = 16, .vhe = true, .fp = true, .ras = true, .xnx = true, .pmu = 4 } },
	{ { .current_el = 0x8, .midr = 0x414fd0c1, .pfr0 = 0x1100000011110112,
	    .pfr1 = 0x0000000000000020, .mmfr0 = 0x0000000000101125,
	    .mmfr1 = 0x0000000010212122, .mmfr2 = 0x0000000000001011,
	    .isar1 = 0x0000000000100001, .dfr0 = 0x0000000010305408 }, "Neoverse-N1",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .pa_bits = 48,
	    .vmid_bits = 16, .vhe = true, .fp = true, .ras = true, .xnx = true, .pmu = 4 } },
	{ { .current_el = 0x8, .midr = 0x000f0510, .pfr0 = 0x1201001121110222,
	    .pfr1 = 0x0000000001000021, .mmfr0 = 0x0000032310201126,
	    .mmfr1 = 0x0000011010211122, .mmfr2 = 0x1021011010011011,
	    .isar1 = 0x0011111101211012, .dfr0 = 0x0000000010305609 }, "QEMU's max",
	  { .current_el = 2, .el2 = true, .el1 = true, .granule_4k = true,
	    .granule_4k_stage2 = true, .e2h_can_be_0 = true, .gic = 3, .el1_aarch32 = true,
	    .pa_bits = 52, .vmid_bits = 16, .vhe = true, .fp = true, .sve = true, .sme = true,
	    .pauth = true, .ras = true, .fwb = true, .xnx = true, .csv2_2 = true, .pmu = 6 } },
};

#define N_MODELS	(sizeof(models) / sizeof(models[0]))

START_TEST(model)
{
	const struct hw_features *want = &models[_i].expected;
	struct hw_features f;

	for (unsigned int el3 = 0; el3 <= 2; el3 += 2) {
		struct id_registers id = models[_i].id;

		put(&id.pfr0, 12, el3);
		hw_features_decode(&id, &f);
		ck_assert_str_eq(cpu_name(id.midr), models[_i].name);
#define SAME(member)								\
		ck_assert_msg(f.member == want->member,				\
			      "%s: expected " #member " = %u, got %u" HANDOUT,	\
			      models[_i].name, want->member, f.member)
		SAME(current_el);
		SAME(el2);
		SAME(el1);
		SAME(granule_4k);
		SAME(granule_4k_stage2);
		SAME(e2h_can_be_0);
		SAME(gic);
		SAME(el1_aarch32);
		SAME(pa_bits);
		SAME(vmid_bits);
		SAME(vhe);
		SAME(fp);
		SAME(sve);
		SAME(sme);
		SAME(pauth);
		SAME(ras);
		SAME(mte);
		SAME(fgt);
		SAME(nested);
		SAME(fwb);
		SAME(xnx);
		SAME(csv2_2);
		SAME(pmu);
#undef SAME
		ck_assert_msg(!hw_features_lacking(&f),
			      "%s: expected that nothing is lacking, got \"%s\"" HANDOUT,
			      models[_i].name, hw_features_lacking(&f));
	}
}
END_TEST

/* What a hypervisor cannot do without, in the order in which it is asked for. */
static struct hw_features sufficient = {
	.current_el = 2, .el2 = true, .el1 = true, .granule_4k = true, .granule_4k_stage2 = true,
	.e2h_can_be_0 = true, .gic = 3, .pa_bits = 40, .vmid_bits = 8,
};

static void lack(struct hw_features *f, unsigned int what)
{
	switch (what) {
	case 0: f->current_el = 1; break;
	case 1: f->el2 = false; break;
	case 2: f->el1 = false; break;
	case 3: f->e2h_can_be_0 = false; break;
	case 4: f->gic = 0; break;
	case 5: f->granule_4k = false; break;
	case 6: f->granule_4k_stage2 = false; break;
	case 7: f->pa_bits = 0; break;
	}
}

static const struct {
	const char *says, *mends;
} reasons[] = {
	{ "not EL2", "-M virt,virtualization=on" },
	{ "ID_AA64PFR0_EL1.EL2", "-cpu " },
	{ "ID_AA64PFR0_EL1.EL1", "-cpu " },
	{ "HCR_EL2.E2H", "-cpu " },
	{ "ID_AA64PFR0_EL1.GIC", "-M virt,gic-version=3" },
	{ "TGran4)", "-cpu " },
	{ "TGran4_2)", "-cpu " },
	{ "PARange", "-cpu " },
};

#define N_REASONS	(sizeof(reasons) / sizeof(reasons[0]))

START_TEST(lacking_one)
{
	struct hw_features f = sufficient;
	const char *reason;

	ck_assert_ptr_null(hw_features_lacking(&f));
	lack(&f, _i);
	reason = hw_features_lacking(&f);
	ck_assert_msg(reason != NULL, "expected a reason with \"%s\", got none" HANDOUT,
		      reasons[_i].says);
	ck_assert_msg(strstr(reason, reasons[_i].says) && strstr(reason, reasons[_i].mends),
		      "expected a reason with \"%s\" and \"%s\", got \"%s\"" HANDOUT,
		      reasons[_i].says, reasons[_i].mends, reason);
}
END_TEST

/* Every combination: there is a reason if something is lacking, and then it is a true one. */
START_TEST(lacking_any)
{
	for (unsigned int set = 0; set < 1U << N_REASONS; set++) {
		struct hw_features f = sufficient;
		const char *reason;
		bool true_one = false;

		for (unsigned int n = 0; n < N_REASONS; n++)
			if (set & 1U << n)
				lack(&f, n);
		reason = hw_features_lacking(&f);
		for (unsigned int n = 0; n < N_REASONS; n++)
			if (reason && (set & 1U << n) && strstr(reason, reasons[n].says))
				true_one = true;
		ck_assert_msg(set ? true_one : !reason,
			      "lacking 0x%02x (bits as in the table of reasons): expected %s, "
			      "got \"%s\"" HANDOUT, set, set ? "one of these" : "none",
			      reason ? reason : "");
	}
}
END_TEST

/* At EL1 and EL3 as well, and at no other. */
START_TEST(lacking_el2)
{
	for (unsigned int el = 0; el < 4; el++) {
		struct hw_features f = sufficient;

		f.current_el = el;
		ck_assert_msg(!hw_features_lacking(&f) == (el == 2),
			      "EL%u: expected %s, got \"%s\"" HANDOUT, el,
			      el == 2 ? "no reason" : "a reason",
			      hw_features_lacking(&f) ? hw_features_lacking(&f) : "");
	}
}
END_TEST

/* A name goes by implementer and part; variant, architecture and revision may be any. */
START_TEST(names)
{
	static const struct {
		uint64_t implementer, part;
		const char *name;
	} cpus[] = {
		{ 0x41, 0xd03, "Cortex-A53" },	{ 0x41, 0xd04, "Cortex-A35" },
		{ 0x41, 0xd05, "Cortex-A55" },	{ 0x41, 0xd07, "Cortex-A57" },
		{ 0x41, 0xd08, "Cortex-A72" },	{ 0x41, 0xd09, "Cortex-A73" },
		{ 0x41, 0xd0b, "Cortex-A76" },	{ 0x41, 0xd0c, "Neoverse-N1" },
		{ 0x41, 0xd40, "Neoverse-V1" },	{ 0x41, 0xd49, "Neoverse-N2" },
		{ 0x46, 0x001, "A64FX" },	{ 0x00, 0x051, "QEMU's max" },
		{ 0x41, 0xfff, "unknown" },	{ 0x42, 0xd03, "unknown" },
		{ 0x00, 0x000, "unknown" },	{ 0xff, 0xfff, "unknown" },
	};

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		for (uint64_t rest = 0; rest < 0x1000; rest++) {
			uint64_t midr = cpus[i].implementer << 24 | cpus[i].part << 4 |
					(rest & 0xff0) << 12 | (rest & 0xf);
			const char *name = cpu_name(midr);

			ck_assert_msg(strcmp(name, cpus[i].name) == 0,
				      "MIDR_EL1 0x%08lx: expected %s, got %s" HANDOUT, midr,
				      cpus[i].name, name);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("features");
	TCase *decode = add_case(suite, "decode");
	TCase *judge = add_case(suite, "judge");

	tcase_add_loop_test(decode, one_field, 0, N_FIELDS);
	tcase_add_test(decode, current_el);
	tcase_add_test(decode, stage2_granule);
	tcase_add_test(decode, context_numbers);
	tcase_add_test(decode, pointer_authentication);
	tcase_add_loop_test(decode, model, 0, N_MODELS);
	tcase_add_loop_test(judge, lacking_one, 0, N_REASONS);
	tcase_add_test(judge, lacking_any);
	tcase_add_test(judge, lacking_el2);
	tcase_add_test(judge, names);
	return unit_main("tests/lab1/test_features", suite);
}
