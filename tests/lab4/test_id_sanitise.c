// SPDX-License-Identifier: MIT
/*
 * test_id_sanitise.c - what a guest sees of each field of each identification register, for every value
 * that the CPU may have in it.
 *
 * The lines below say it once more, register by register, four bits by four bits from the lowest on: they
 * were written down from the Arm ARM and from what lab 3 switches, with nothing from id_fields.c. Then
 * some CPUs that one knows, and promises that two fields, or a field and lab 3, make together.
 */
#include "../common/unit_main.h"

#include <stdbool.h>
#include <string.h>

#include "id_sanitise.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"Identification registers\""

/*
 * Of four bits: a digit is the greatest number that is shown; "s" and a digit the same of a signed field,
 * where 8 to 15 are negative and shown as they are; "=" and a digit: always that; "p": PARange.
 */
static const struct {
	const char *name;
	unsigned int crm, op2;
	bool aarch32;
	const char *nibbles;
} expected[] = {
	{"ID_PFR0_EL1", 1, 0, true, "f f f f 2 0 1 1"},
	{"ID_PFR1_EL1", 1, 1, true, "0 0 0 0 1 0 0 1"},
	{"ID_DFR0_EL1", 1, 2, true, "=6 0 0 0 0 0 0 0"},
	{"ID_AFR0_EL1", 1, 3, true, "0 0 0 0 0 0 0 0"},
	{"ID_MMFR0_EL1", 1, 4, true, "f f f f f f f f"},
	{"ID_MMFR1_EL1", 1, 5, true, "f f f f f f f f"},
	{"ID_MMFR2_EL1", 1, 6, true, "f f f f f f f f"},
	{"ID_MMFR3_EL1", 1, 7, true, "f f f f f f f f"},
	{"ID_ISAR0_EL1", 2, 0, true, "f f f f f f f 0"},
	{"ID_ISAR1_EL1", 2, 1, true, "f f f f f f f f"},
	{"ID_ISAR2_EL1", 2, 2, true, "f f f f f f f f"},
	{"ID_ISAR3_EL1", 2, 3, true, "f f f f f f f f"},
	{"ID_ISAR4_EL1", 2, 4, true, "f f f 0 f f f f"},
	/*                             SEVL AES SHA1 SHA2 CRC32 - RDM VCMA */
	{"ID_ISAR5_EL1", 2, 5, true, "1 2 1 1 1 0 1 1"},
	/*                             SpecSEI AC2 XNX CnP HPDS LSM CCIDX EVT */
	{"ID_MMFR4_EL1", 2, 6, true, "0 1 0 0 2 1 1 0"},
	/*                             JSCVT DP FHM SB SPECRES BF16 I8MM CLRBHB */
	{"ID_ISAR6_EL1", 2, 7, true, "1 1 1 1 2 1 1 1"},
	{"MVFR0_EL1", 3, 0, true, "f f f f f f f f"},
	{"MVFR1_EL1", 3, 1, true, "f f f f f f f f"},
	{"MVFR2_EL1", 3, 2, true, "f f 0 0 0 0 0 0"},
	{"ID_PFR2_EL1", 3, 4, true, "1 1 0 0 0 0 0 0"},
	{"ID_DFR1_EL1", 3, 5, true, "0 0 0 0 0 0 0 0"},
	{"ID_MMFR5_EL1", 3, 6, true, "3 1 0 0 0 0 0 0"},
	/* EL0 EL1 EL2 EL3 FP AdvSIMD GIC RAS; SVE SEL2 MPAM AMU DIT RME CSV2 CSV3 */
	{"ID_AA64PFR0_EL1", 4, 0, false, "2 =1 0 0 s1 s1 1 1  0 0 0 0 1 0 3 1"},
	/* BT SSBS MTE RAS_frac MPAM_frac - SME RNDR_trap; CSV2_frac NMI MTE_frac GCS THE MTEX DF2 PFAR */
	{"ID_AA64PFR1_EL1", 4, 1, false, "1 2 0 0 0 0 0 0  2 0 0 0 0 0 0 0"},
	{"ID_AA64PFR2_EL1", 4, 2, false, ""},
	{"ID_AA64ZFR0_EL1", 4, 4, false, ""},
	{"ID_AA64SMFR0_EL1", 4, 5, false, ""},
	{"ID_AA64FPFR0_EL1", 4, 7, false, ""},
	/* DebugVer TraceVer PMUVer BRPs PMSS WRPs SEBEP CTX_CMPs; the rest */
	{"ID_AA64DFR0_EL1", 5, 0, false, "=6 0 0 =1 0 =1 0 0  0 0 0 0 0 0 0 0"},
	{"ID_AA64DFR1_EL1", 5, 1, false, ""},
	{"ID_AA64DFR2_EL1", 5, 2, false, ""},
	{"ID_AA64AFR0_EL1", 5, 4, false, ""},
	{"ID_AA64AFR1_EL1", 5, 5, false, ""},
	/* - AES SHA1 SHA2 CRC32 Atomic TME RDM; SHA3 SM3 SM4 DP FHM TS TLB RNDR */
	{"ID_AA64ISAR0_EL1", 6, 0, false, "0 2 1 2 1 3 0 1  1 1 1 1 1 2 2 1"},
	/* DPB APA API JSCVT FCMA LRCPC GPA GPI; FRINTTS SB SPECRES BF16 DGH I8MM XS LS64 */
	{"ID_AA64ISAR1_EL1", 6, 1, false, "2 5 5 1 1 3 1 1  1 1 2 2 1 1 0 0"},
	/* WFxT RPRES GPA3 APA3 MOPS BC PAC_frac CLRBHB; 128 128 PRFMSLC PCDPHINT RPRFM CSSC LUT ATS1A */
	{"ID_AA64ISAR2_EL1", 6, 2, false, "2 1 1 5 0 1 1 1  0 0 1 1 1 2 1 1"},
	/* CPA FAMINMAX TLBIW PACM LSFE OCCMO LSUI FPRCVT */
	{"ID_AA64ISAR3_EL1", 6, 3, false, "1 1 0 0 1 0 1 1  0 0 0 0 0 0 0 0"},
	/* PARange ASIDBits BigEnd SNSMem BigEndEL0 TGran16 TGran64 TGran4; _2 _2 _2 ExS - - FGT ECV */
	{"ID_AA64MMFR0_EL1", 7, 0, false, "p 2 1 0 1 1 s0 s0  0 0 0 1 0 0 0 0"},
	/* HAFDBS VMIDBits VH HPDS LO PAN SpecSEI XNX; TWED ETS HCX AFP nTLBPA TIDCP1 CMOW ECBHB */
	{"ID_AA64MMFR1_EL1", 7, 1, false, "2 0 0 2 0 3 0 0  0 3 0 1 1 1 0 1"},
	/* CnP UAO LSM IESB VARange CCIDX NV ST; AT IDS FWB - TTL BBM EVT E0PD */
	{"ID_AA64MMFR2_EL1", 7, 2, false, "0 1 1 1 0 1 0 1  1 1 0 0 1 2 0 1"},
	{"ID_AA64MMFR3_EL1", 7, 3, false, ""},
	{"ID_AA64MMFR4_EL1", 7, 4, false, ""},
};

#define N_EXPECTED	((int)(sizeof(expected) / sizeof(expected[0])))

/* ID_AA64PFR0_EL1.EL0 decides over all AArch32 registers. */
#define EL0_AARCH64	UINT64_C(1)
#define EL0_AARCH32	UINT64_C(2)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* PARange for a guest: by the number of bits that stage 2 takes, and what the CPU has; never 52 bits. */
static unsigned int pa_range(unsigned int hardware, unsigned int ipa_bits)
{
	unsigned int stage2 = ipa_bits < 36   ? 0
			      : ipa_bits < 40 ? 1
			      : ipa_bits < 42 ? 2
			      : ipa_bits < 44 ? 3
			      : ipa_bits < 48 ? 4
					      : 5;

	return hardware < stage2 ? hardware : stage2;
}

/* Four bits of a register, by the text that they have above. */
static unsigned int wanted(const char *text, unsigned int hardware, unsigned int ipa_bits)
{
	unsigned int digit;

	if (*text == 'p')
		return pa_range(hardware, ipa_bits);
	digit = (unsigned int)strtoul(*text == '=' || *text == 's' ? text + 1 : text, NULL, 16);
	if (*text == '=')
		return digit;
	if (*text == 's' && hardware >= 8)
		return hardware;
	return hardware < digit ? hardware : digit;
}

/* The text of each four bits; those that are not written down are hidden. */
static void split(const char *nibbles, const char *texts[16])
{
	for (unsigned int n = 0; n < 16; n++) {
		nibbles += strspn(nibbles, " ");
		texts[n] = *nibbles ? nibbles : "0";
		nibbles += strcspn(nibbles, " ");
	}
}

static uint64_t made(unsigned int crm, unsigned int op2, uint64_t value, uint64_t el0,
		     unsigned int ipa_bits)
{
	struct guest_ids hardware, ids;

	for (unsigned int i = 0; i < 8; i++)
		for (unsigned int j = 0; j < 8; j++)
			hardware.value[i][j] = random64();
	if (crm != 4 || op2 != 0)
		hardware.value[4][0] = (random64() & ~UINT64_C(0xf)) | el0;
	hardware.value[crm][op2] = value;
	memset(&ids, 0xa5, sizeof(ids));
	guest_ids_make(&ids, &hardware, ipa_bits);
	return ids.value[crm][op2];
}

/* Each value of each four bits of a register, the others being 0, 1 and random: 64 bits right each time. */
START_TEST(every_field)
{
	const char *texts[16];

	split(expected[_i].nibbles, texts);
	for (unsigned int n = 0; n < 16; n++) {
		for (unsigned int hardware = 0; hardware < 16; hardware++) {
			for (unsigned int round = 0; round < 5; round++) {
				uint64_t value = round == 0   ? 0
						 : round == 1 ? UINT64_MAX
							      : random64(),
					 want = 0, got;
				unsigned int ipa_bits = 30 + random64() % 25;

				value = (value & ~(UINT64_C(0xf) << 4 * n)) | (uint64_t)hardware
										      << 4 * n;
				for (unsigned int m = 0; m < 16; m++)
					want |= (uint64_t)wanted(texts[m], value >> 4 * m & 0xf,
								 ipa_bits)
						<< 4 * m;
				got = made(expected[_i].crm, expected[_i].op2, value, EL0_AARCH32,
					   ipa_bits);
				ck_assert_msg(got == want,
					      "%s, the CPU's being 0x%016lx, stage 2 with %u bits: "
					      "expected 0x%016lx, got "
					      "0x%016lx, which differs in 0x%016lx" HANDOUT,
					      expected[_i].name, value, ipa_bits, want, got,
					      want ^ got);
			}
		}
	}
}
END_TEST

/* Without AArch32 at EL0 there is nothing to tell of it; AArch64's registers stay. */
START_TEST(aarch32)
{
	for (int n = 0; n < N_EXPECTED; n++) {
		uint64_t with = made(expected[n].crm, expected[n].op2, UINT64_MAX, EL0_AARCH32, 40);
		uint64_t without = made(expected[n].crm, expected[n].op2, UINT64_MAX, EL0_AARCH64, 40);

		ck_assert_msg(without == (expected[n].aarch32 ? 0 : with),
			      "%s without AArch32: expected 0x%016lx, got 0x%016lx" HANDOUT,
			      expected[n].name, expected[n].aarch32 ? 0 : with, without);
	}
}
END_TEST

/* What has no name, reads as zero: also if a CPU has something there; and CRm = 0 is not ours. */
START_TEST(reserved)
{
	struct guest_ids hardware, ids;
	bool named[8][8] = { { false } };

	memset(&hardware, 0xff, sizeof(hardware));
	hardware.value[4][0] = EL0_AARCH32;
	guest_ids_make(&ids, &hardware, 48);
	for (int n = 0; n < N_EXPECTED; n++)
		named[expected[n].crm][expected[n].op2] = true;
	for (unsigned int crm = 0; crm < 8; crm++)
		for (unsigned int op2 = 0; op2 < 8; op2++)
			ck_assert_msg(named[crm][op2] || ids.value[crm][op2] == 0,
				      "s3_0_c0_c%u_%u: expected 0, got 0x%016lx" HANDOUT, crm, op2,
				      ids.value[crm][op2]);
}
END_TEST

/* The table: names, complete lines, and fields that do not overlap. */
START_TEST(table)
{
	ck_assert_int_eq((int)id_register_count, N_EXPECTED);
	for (int n = 0; n < N_EXPECTED; n++) {
		const struct id_register *reg = &id_registers[n];
		uint64_t seen = 0;

		ck_assert_str_eq(reg->name, expected[n].name);
		ck_assert_uint_eq(reg->crm, expected[n].crm);
		ck_assert_uint_eq(reg->op2, expected[n].op2);
		ck_assert_msg(reg->count || (reg->reason && strlen(reg->reason) >= 3),
			      "%s: expected a reason why all of it is hidden" HANDOUT, reg->name);
		for (unsigned int f = 0; f < reg->count; f++) {
			const struct id_field *field = &reg->fields[f];
			uint64_t mask = ((UINT64_C(1) << (field->width - 1) << 1) - 1) << field->low;

			ck_assert_msg(field->name && field->reason && strlen(field->reason) >= 5,
				      "%s, field %u: expected a name and a reason" HANDOUT,
				      reg->name, f);
			ck_assert_msg(field->width >= 1 && field->low + field->width <= 64 &&
					      !(seen & mask),
				      "%s.%s: expected bits of its own, got [%u:%u]" HANDOUT,
				      reg->name, field->name, field->low + field->width - 1,
				      field->low);
			ck_assert_msg(field->policy == ID_AS_IS || field->width == 4,
				      "%s.%s: expected four bits, got %u" HANDOUT, reg->name,
				      field->name, field->width);
			seen |= mask;
		}
	}
}
END_TEST

/* ---- CPUs that one knows ------------------------------------------------------------------------------ */

static struct guest_ids cpu(uint64_t pfr0, uint64_t isar0, uint64_t mmfr0, uint64_t dfr0)
{
	struct guest_ids ids = { 0 };

	ids.value[4][0] = pfr0;
	ids.value[5][0] = dfr0;
	ids.value[6][0] = isar0;
	ids.value[7][0] = mmfr0;
	return ids;
}

START_TEST(models)
{
	/* Cortex-A57: 44 bits, AArch32 everywhere, six breakpoints, PMUv3. Its TRM. */
	struct guest_ids hardware = cpu(0x01002222, 0x00011120, 0x00001124, 0x10305106), ids;

	guest_ids_make(&ids, &hardware, 44);
	ck_assert_uint_eq(ids.value[4][0], 0x01000012);
	ck_assert_uint_eq(ids.value[5][0], 0x00101006);
	ck_assert_uint_eq(ids.value[6][0], 0x00011120);
	ck_assert_uint_eq(ids.value[7][0], 0x00000124);
	/* A stage 2 of 40 bits for the same CPU. */
	guest_ids_make(&ids, &hardware, 40);
	ck_assert_uint_eq(ids.value[7][0], 0x00000122);

	/* Neoverse-N1: AArch32 at EL0 only, RAS, CSV2, LSE, 48 bits, 16 KiB granule. Its TRM. */
	hardware = cpu(0x1100000011111112, 0x0000100010211120, 0x0000000000101125, 0x0000000110305408);
	hardware.value[4][1] = 0x20;
	hardware.value[7][1] = 0x0000000010212122;
	hardware.value[7][2] = 0x0000000000001011;
	guest_ids_make(&ids, &hardware, 48);
	ck_assert_uint_eq(ids.value[4][0], 0x1100000011110012);
	ck_assert_uint_eq(ids.value[4][1], 0x20);
	ck_assert_uint_eq(ids.value[5][0], 0x00101006);
	ck_assert_uint_eq(ids.value[6][0], 0x0000100010211120);
	ck_assert_uint_eq(ids.value[7][0], 0x0000000000100125);
	ck_assert_uint_eq(ids.value[7][1], 0x0000000000202002);
	ck_assert_uint_eq(ids.value[7][2], 0x0000000000001010);
}
END_TEST

/* A guest of a guest's values: nothing more is hidden, nothing comes back. */
START_TEST(idempotent)
{
	for (unsigned int round = 0; round < 2000; round++) {
		struct guest_ids hardware, once, twice;

		for (unsigned int i = 0; i < 8; i++)
			for (unsigned int j = 0; j < 8; j++)
				hardware.value[i][j] = random64();
		guest_ids_make(&once, &hardware, 40);
		guest_ids_make(&twice, &once, 40);
		ck_assert_msg(!memcmp(&once, &twice, sizeof(once)),
			      "expected the same values again" HANDOUT);
	}
}
END_TEST

/*
 * What lab 3 does not switch is never shown, whatever the CPU has: by name and bits, once more and for
 * itself, because this is what the file is for.
 */
START_TEST(never)
{
	static const struct {
		const char *feature;
		unsigned int crm, op2, low;
	} hidden[] = {
		{"EL2", 4, 0, 8},   {"EL3", 4, 0, 12},	      {"SVE", 4, 0, 32},
		{"MPAM", 4, 0, 40}, {"AMU", 4, 0, 44},	      {"RME", 4, 0, 52},
		{"MTE", 4, 1, 8},   {"SME", 4, 1, 24},	      {"NMI", 4, 1, 36},
		{"GCS", 4, 1, 44},  {"THE", 4, 1, 48},	      {"FPMR", 4, 2, 32},
		{"GCIE", 4, 2, 12}, {"trace", 5, 0, 4},	      {"PMU", 5, 0, 8},
		{"SPE", 5, 0, 32},  {"TraceFilt", 5, 0, 40},  {"TRBE", 5, 0, 44},
		{"BRBE", 5, 0, 52}, {"TME", 6, 0, 24},	      {"LS64", 6, 1, 60},
		{"MOPS", 6, 2, 16}, {"SYSREG_128", 6, 2, 32}, {"PACM", 6, 3, 12},
		{"FGT", 7, 0, 56},  {"ECV", 7, 0, 60},	      {"VHE", 7, 1, 8},
		{"LOR", 7, 1, 16},  {"HCX", 7, 1, 40},	      {"LVA", 7, 2, 16},
		{"NV", 7, 2, 24},   {"TCRX", 7, 3, 0},	      {"SCTLRX", 7, 3, 4},
		{"S1PIE", 7, 3, 8}, {"S1POE", 7, 3, 16},      {"AIE", 7, 3, 24},
		{"D128", 7, 3, 32},
	};
	struct guest_ids hardware, ids;

	memset(&hardware, 0xff, sizeof(hardware));
	guest_ids_make(&ids, &hardware, 52);
	for (size_t n = 0; n < sizeof(hidden) / sizeof(hidden[0]); n++)
		ck_assert_msg((ids.value[hidden[n].crm][hidden[n].op2] >> hidden[n].low & 0xf) == 0,
			      "%s: expected it to be hidden" HANDOUT, hidden[n].feature);
	/* 52-bit tables: neither granule says 2, nor the negative field says yes. */
	ck_assert_uint_eq(ids.value[7][0] >> 20 & 0xf, 1);
	ck_assert_uint_eq(ids.value[7][0] & 0xf, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("id_sanitise");
	TCase *tcase = add_case(suite, "fields");

	tcase_add_loop_test(tcase, every_field, 0, N_EXPECTED);
	tcase_add_test(tcase, aarch32);
	tcase_add_test(tcase, reserved);
	tcase_add_test(tcase, table);
	tcase = add_case(suite, "CPUs");
	tcase_add_test(tcase, models);
	tcase_add_test(tcase, idempotent);
	tcase_add_test(tcase, never);
	return unit_main("tests/lab4/test_id_sanitise", suite);
}
