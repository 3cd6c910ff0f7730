// SPDX-License-Identifier: MIT
/*
 * test_sysreg_rules.c - the table of trapped system registers, over all 65536 encodings; and the debug
 * registers that a guest has for itself.
 *
 * Which register is at which encoding, the assembler says: the table below has its instruction words
 * ("aarch64-linux-gnu-as", "objdump -d"), next to the text that they are made from. Who may access it and what
 * is done was written down there once more.
 */
#include "../common/unit_main.h"

#include <stdbool.h>
#include <string.h>

#include "guest_debug.h"
#include "sysreg_rules.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"System registers\""

/*
 * Access: R and W, 0 if EL0 may as well; "" for registers that are named only to say that they are not
 * there; NULL for those that the table does not have.
 */
static const struct {
	uint32_t word;
	const char *access;
	enum sysreg_action action;
	const char *text;
} expected[] = {
	{ 0xd5087640, "W", SYSREG_SET_WAY, "dc isw, x0" },
	{ 0xd5087a40, "W", SYSREG_SET_WAY, "dc csw, x0" },
	{ 0xd5087e40, "W", SYSREG_SET_WAY, "dc cisw, x0" },
	{ 0xd5300040, "RW", SYSREG_ZERO, "mrs x0, OSDTRRX_EL1" },
	{ 0xd5300080, "RW", SYSREG_ZERO, "mrs x0, DBGBVR0_EL1" },
	{ 0xd53000a0, "RW", SYSREG_ZERO, "mrs x0, DBGBCR0_EL1" },
	{ 0xd53000c0, "RW", SYSREG_ZERO, "mrs x0, DBGWVR0_EL1" },
	{ 0xd53000e0, "RW", SYSREG_ZERO, "mrs x0, DBGWCR0_EL1" },
	{ 0xd5300180, "RW", SYSREG_ZERO, "mrs x0, DBGBVR1_EL1" },
	{ 0xd53001a0, "RW", SYSREG_ZERO, "mrs x0, DBGBCR1_EL1" },
	{ 0xd53001c0, "RW", SYSREG_ZERO, "mrs x0, DBGWVR1_EL1" },
	{ 0xd53001e0, "RW", SYSREG_ZERO, "mrs x0, DBGWCR1_EL1" },
	{ 0xd5300200, "RW", SYSREG_ZERO, "mrs x0, MDCCINT_EL1" },
	{ 0xd5300240, "RW", SYSREG_DEBUG, "mrs x0, MDSCR_EL1" },
	{ 0xd5300340, "RW", SYSREG_ZERO, "mrs x0, OSDTRTX_EL1" },
	{ 0xd5300640, "RW", SYSREG_ZERO, "mrs x0, OSECCR_EL1" },
	{ 0xd5301000, "R", SYSREG_ZERO, "mrs x0, MDRAR_EL1" },
	{ 0xd5101080, "W", SYSREG_DEBUG, "msr OSLAR_EL1, x0" },
	{ 0xd5301180, "R", SYSREG_DEBUG, "mrs x0, OSLSR_EL1" },
	{ 0xd5301380, "RW", SYSREG_DEBUG, "mrs x0, OSDLR_EL1" },
	{ 0xd5301480, "RW", SYSREG_ZERO, "mrs x0, DBGPRCR_EL1" },
	{ 0xd53078c0, "RW", SYSREG_ZERO, "mrs x0, DBGCLAIMSET_EL1" },
	{ 0xd53079c0, "RW", SYSREG_ZERO, "mrs x0, DBGCLAIMCLR_EL1" },
	{ 0xd5307ec0, "R", SYSREG_ZERO, "mrs x0, DBGAUTHSTATUS_EL1" },
	{ 0xd5330100, "R0", SYSREG_ZERO, "mrs x0, MDCCSR_EL0" },
	{ 0xd5330400, "RW0", SYSREG_ZERO, "mrs x0, DBGDTR_EL0" },
	{ 0xd5130500, "RW0", SYSREG_ZERO, "msr DBGDTRTX_EL0, x0" },
	{ 0xd5181000, "W", SYSREG_VM_CONTROL, "msr SCTLR_EL1, x0" },
	{ 0xd5381020, "RW", SYSREG_ZERO, "mrs x0, ACTLR_EL1" },
	{ 0xd5182000, "W", SYSREG_VM_CONTROL, "msr TTBR0_EL1, x0" },
	{ 0xd5182020, "W", SYSREG_VM_CONTROL, "msr TTBR1_EL1, x0" },
	{ 0xd5182040, "W", SYSREG_VM_CONTROL, "msr TCR_EL1, x0" },
	{ 0xd5185100, "W", SYSREG_VM_CONTROL, "msr AFSR0_EL1, x0" },
	{ 0xd5185120, "W", SYSREG_VM_CONTROL, "msr AFSR1_EL1, x0" },
	{ 0xd5185200, "W", SYSREG_VM_CONTROL, "msr ESR_EL1, x0" },
	{ 0xd5385300, "R", SYSREG_ZERO, "mrs x0, ERRIDR_EL1" },
	{ 0xd5385320, "RW", SYSREG_ZERO, "mrs x0, ERRSELR_EL1" },
	{ 0xd5385400, "", SYSREG_NOT_THERE, "mrs x0, ERXFR_EL1" },
	{ 0xd5385420, "", SYSREG_NOT_THERE, "mrs x0, ERXCTLR_EL1" },
	{ 0xd5385440, "", SYSREG_NOT_THERE, "mrs x0, ERXSTATUS_EL1" },
	{ 0xd5385460, "", SYSREG_NOT_THERE, "mrs x0, ERXADDR_EL1" },
	{ 0xd5385480, "", SYSREG_NOT_THERE, "mrs x0, ERXPFGF_EL1" },
	{ 0xd53854a0, "", SYSREG_NOT_THERE, "mrs x0, ERXPFGCTL_EL1" },
	{ 0xd53854c0, "", SYSREG_NOT_THERE, "mrs x0, ERXPFGCDN_EL1" },
	{ 0xd5385500, "", SYSREG_NOT_THERE, "mrs x0, ERXMISC0_EL1" },
	{ 0xd5385520, "", SYSREG_NOT_THERE, "mrs x0, ERXMISC1_EL1" },
	{ 0xd5385540, "", SYSREG_NOT_THERE, "mrs x0, ERXMISC2_EL1" },
	{ 0xd5385560, "", SYSREG_NOT_THERE, "mrs x0, ERXMISC3_EL1" },
	{ 0xd5186000, "W", SYSREG_VM_CONTROL, "msr FAR_EL1, x0" },
	{ 0xd5389e20, "RW", SYSREG_HOST, "mrs x0, PMINTENSET_EL1" },
	{ 0xd5389e40, "RW", SYSREG_HOST, "mrs x0, PMINTENCLR_EL1" },
	{ 0xd5389ec0, "RW", SYSREG_HOST, "mrs x0, PMMIR_EL1" },
	{ 0xd518a200, "W", SYSREG_VM_CONTROL, "msr MAIR_EL1, x0" },
	{ 0xd518a300, "W", SYSREG_VM_CONTROL, "msr AMAIR_EL1, x0" },
	{ 0xd538a400, "", SYSREG_NOT_THERE, "mrs x0, LORSA_EL1" },
	{ 0xd538a420, "", SYSREG_NOT_THERE, "mrs x0, LOREA_EL1" },
	{ 0xd538a440, "", SYSREG_NOT_THERE, "mrs x0, LORN_EL1" },
	{ 0xd538a460, "", SYSREG_NOT_THERE, "mrs x0, LORC_EL1" },
	{ 0xd538a4e0, "", SYSREG_NOT_THERE, "mrs x0, LORID_EL1" },
	{ 0xd518cb20, "W", SYSREG_DEACTIVATE, "msr ICC_DIR_EL1, x0" },
	{ 0xd518cba0, "W", SYSREG_SGI, "msr ICC_SGI1R_EL1, x0" },
	{ 0xd518cbc0, "W", SYSREG_SGI, "msr ICC_ASGI1R_EL1, x0" },
	{ 0xd518cbe0, "W", SYSREG_SGI, "msr ICC_SGI0R_EL1, x0" },
	{ 0xd518d020, "W", SYSREG_VM_CONTROL, "msr CONTEXTIDR_EL1, x0" },
	{ 0xd5390080, "", SYSREG_NOT_THERE, "mrs x0, GMID_EL1" },
	{ 0xd53b9c00, "RW", SYSREG_HOST, "mrs x0, PMCR_EL0" },
	{ 0xd53b9c20, "RW", SYSREG_HOST, "mrs x0, PMCNTENSET_EL0" },
	{ 0xd53b9c40, "RW", SYSREG_HOST, "mrs x0, PMCNTENCLR_EL0" },
	{ 0xd53b9c60, "RW", SYSREG_HOST, "mrs x0, PMOVSCLR_EL0" },
	{ 0xd51b9c80, "RW", SYSREG_HOST, "msr PMSWINC_EL0, x0" },
	{ 0xd53b9ca0, "RW", SYSREG_HOST, "mrs x0, PMSELR_EL0" },
	{ 0xd53b9cc0, "RW", SYSREG_HOST, "mrs x0, PMCEID0_EL0" },
	{ 0xd53b9ce0, "RW", SYSREG_HOST, "mrs x0, PMCEID1_EL0" },
	{ 0xd53b9d00, "RW", SYSREG_HOST, "mrs x0, PMCCNTR_EL0" },
	{ 0xd53b9d20, "RW", SYSREG_HOST, "mrs x0, PMXEVTYPER_EL0" },
	{ 0xd53b9d40, "RW", SYSREG_HOST, "mrs x0, PMXEVCNTR_EL0" },
	{ 0xd53b9e00, "RW", SYSREG_HOST, "mrs x0, PMUSERENR_EL0" },
	{ 0xd53b9e60, "RW", SYSREG_HOST, "mrs x0, PMOVSSET_EL0" },
	{ 0xd53be800, "RW", SYSREG_HOST, "mrs x0, PMEVCNTR0_EL0" },
	{ 0xd53bebc0, "RW", SYSREG_HOST, "mrs x0, PMEVCNTR30_EL0" },
	{ 0xd53bec00, "RW", SYSREG_HOST, "mrs x0, PMEVTYPER0_EL0" },
	{ 0xd53befc0, "RW", SYSREG_HOST, "mrs x0, PMEVTYPER30_EL0" },
	{ 0xd53befe0, "RW", SYSREG_HOST, "mrs x0, PMCCFILTR_EL0" },
	{ 0xd53be020, "R0", SYSREG_TIMER, "mrs x0, CNTPCT_EL0" },
	{ 0xd53be200, "RW0", SYSREG_TIMER, "mrs x0, CNTP_TVAL_EL0" },
	{ 0xd53be220, "RW0", SYSREG_TIMER, "mrs x0, CNTP_CTL_EL0" },
	{ 0xd53be240, "RW0", SYSREG_TIMER, "mrs x0, CNTP_CVAL_EL0" },
	{ 0xd53bf000, "RW", SYSREG_HOST, "mrs x0, S3_3_C15_C0_0" },
	{ 0xd53bffe0, "RW", SYSREG_HOST, "mrs x0, S3_3_C15_C15_7" },
	{ 0xd5380100, "R", SYSREG_ID, "mrs x0, ID_PFR0_EL1" },
	{ 0xd5380340, "R", SYSREG_ID, "mrs x0, MVFR2_EL1" },
	{ 0xd5380400, "R", SYSREG_ID, "mrs x0, ID_AA64PFR0_EL1" },
	{ 0xd5380740, "R", SYSREG_ID, "mrs x0, ID_AA64MMFR2_EL1" },
	{ 0xd53802e0, "R", SYSREG_ID, "mrs x0, ID_ISAR6_EL1" },
	{ 0xd5380000, NULL, 0, "mrs x0, MIDR_EL1" },
	{ 0xd53800a0, NULL, 0, "mrs x0, MPIDR_EL1" },
	{ 0xd53800c0, NULL, 0, "mrs x0, REVIDR_EL1" },
	{ 0xd5381040, NULL, 0, "mrs x0, CPACR_EL1" },
	{ 0xd5384100, NULL, 0, "mrs x0, SP_EL0" },
	{ 0xd5384000, NULL, 0, "mrs x0, SPSR_EL1" },
	{ 0xd5384020, NULL, 0, "mrs x0, ELR_EL1" },
	{ 0xd5387400, NULL, 0, "mrs x0, PAR_EL1" },
	{ 0xd538c000, NULL, 0, "mrs x0, VBAR_EL1" },
	{ 0xd538d080, NULL, 0, "mrs x0, TPIDR_EL1" },
	{ 0xd538e100, NULL, 0, "mrs x0, CNTKCTL_EL1" },
	{ 0xd5390000, NULL, 0, "mrs x0, CCSIDR_EL1" },
	{ 0xd5390020, NULL, 0, "mrs x0, CLIDR_EL1" },
	{ 0xd53a0000, NULL, 0, "mrs x0, CSSELR_EL1" },
	{ 0xd53b0020, NULL, 0, "mrs x0, CTR_EL0" },
	{ 0xd53b00e0, NULL, 0, "mrs x0, DCZID_EL0" },
	{ 0xd53b4200, NULL, 0, "mrs x0, NZCV" },
	{ 0xd53b4400, NULL, 0, "mrs x0, FPCR" },
	{ 0xd53bd040, NULL, 0, "mrs x0, TPIDR_EL0" },
	{ 0xd53be000, NULL, 0, "mrs x0, CNTFRQ_EL0" },
	{ 0xd53be040, NULL, 0, "mrs x0, CNTVCT_EL0" },
	{ 0xd53be320, NULL, 0, "mrs x0, CNTV_CTL_EL0" },
	{ 0xd53be340, NULL, 0, "mrs x0, CNTV_CVAL_EL0" },
	{ 0xd53be300, NULL, 0, "mrs x0, CNTV_TVAL_EL0" },
	{ 0xd53c1100, NULL, 0, "mrs x0, HCR_EL2" },
	{ 0xd53c1000, NULL, 0, "mrs x0, SCTLR_EL2" },
	{ 0xd53c2100, NULL, 0, "mrs x0, VTTBR_EL2" },
	{ 0xd53fe220, NULL, 0, "mrs x0, CNTPS_CTL_EL1" },
	{ 0xd5381200, NULL, 0, "mrs x0, ZCR_EL1" },
	{ 0xd5385600, NULL, 0, "mrs x0, TFSR_EL1" },
	{ 0xd53810c0, NULL, 0, "mrs x0, GCR_EL1" },
	{ 0xd5381220, NULL, 0, "mrs x0, TRFCR_EL1" },
	{ 0xd5389900, NULL, 0, "mrs x0, PMSCR_EL1" },
	{ 0xd5389a20, NULL, 0, "mrs x0, PMBPTR_EL1" },
	{ 0xd538a500, NULL, 0, "mrs x0, MPAM1_EL1" },
	{ 0xd53bd200, NULL, 0, "mrs x0, AMCR_EL0" },
	{ 0xd53bd0e0, NULL, 0, "mrs x0, SCXTNUM_EL0" },
	{ 0xd53b2400, NULL, 0, "mrs x0, RNDR" },
	{ 0xd5300280, NULL, 0, "mrs x0, DBGBVR2_EL1" },
	{ 0xd53002a0, NULL, 0, "mrs x0, DBGBCR2_EL1" },
	{ 0xd5300fc0, NULL, 0, "mrs x0, DBGWVR15_EL1" },
	{ 0xd5300fe0, NULL, 0, "mrs x0, DBGWCR15_EL1" },
	{ 0xd5340700, NULL, 0, "mrs x0, DBGVCR32_EL2" },
	{ 0xd538cc00, NULL, 0, "mrs x0, ICC_IAR1_EL1" },
	{ 0xd538cca0, NULL, 0, "mrs x0, ICC_SRE_EL1" },
	{ 0xd5384600, NULL, 0, "mrs x0, ICC_PMR_EL1" },
	{ 0xd538c100, NULL, 0, "mrs x0, ISR_EL1" },
	{ 0xd538c120, NULL, 0, "mrs x0, DISR_EL1" },
	{ 0xd5319000, NULL, 0, "mrs x0, BRBCR_EL1" },
	{ 0xd53bd0a0, NULL, 0, "mrs x0, TPIDR2_EL0" },
	{ 0xd53900c0, NULL, 0, "mrs x0, SMIDR_EL1" },
	{ 0xd53b4240, NULL, 0, "mrs x0, SVCR" },
};

#define N_EXPECTED	(sizeof(expected) / sizeof(expected[0]))

/* What is in the table as a range: from an encoding to another, op0.op1.CRn.CRm.op2 as digits of one number. */
static const struct {
	unsigned int from[5], to[5];
} ranges[] = {
	{ { 3, 0, 0, 1, 0 }, { 3, 0, 0, 7, 7 } },	/* identification */
	{ { 3, 0, 5, 4, 0 }, { 3, 0, 5, 5, 7 } },	/* error records */
	{ { 3, 0, 9, 14, 0 }, { 3, 0, 9, 14, 7 } },	/* PMU */
	{ { 3, 0, 10, 4, 0 }, { 3, 0, 10, 4, 7 } },	/* LORegions */
	{ { 3, 3, 9, 12, 0 }, { 3, 3, 9, 14, 7 } },	/* PMU */
	{ { 3, 3, 14, 8, 0 }, { 3, 3, 14, 15, 7 } },	/* PMU */
	{ { 3, 3, 15, 0, 0 }, { 3, 3, 15, 15, 7 } },	/* IMPLEMENTATION DEFINED */
};

#define N_RANGES	(sizeof(ranges) / sizeof(ranges[0]))

/* MRS, MSR and SYS have the encoding in bits [20:5], where bit 20 is the upper one of op0. */
static uint16_t number_of(uint32_t word)
{
	return word >> 5 & 0xffff;
}

/* An encoding counted up the way one counts: op2 is the last digit. */
static unsigned int count_of(const unsigned int digits[5])
{
	return (((digits[0] * 8 + digits[1]) * 16 + digits[2]) * 16 + digits[3]) * 8 + digits[4];
}

/* The encoding after this one: op2 goes round first, op0 last. */
static void count_up(uint64_t digits[5])
{
	static const unsigned int limits[5] = { 4, 8, 16, 16, 8 };

	for (int n = 4; n >= 0 && ++digits[n] == limits[n]; n--)
		digits[n] = 0;
}

/* Of every encoding there is, whatever else its syndrome says. (ISS of EC 0x18: op0 op2 op1 CRn Rt CRm.) */
START_TEST(numbers)
{
	uint64_t e[5] = { 0 };		/* op0, op1, CRn, CRm, op2 */

	for (unsigned int at = 0; at < 65536; at++, count_up(e)) {
		uint64_t iss = e[0] << 20 | e[4] << 17 | e[1] << 14 | e[2] << 10 | e[3] << 1;
		uint64_t rest = UINT64_C(0xff62000000) | (uint64_t)(at % 32) << 5 | at % 2;

		if (sysreg_number(iss) != at || sysreg_number(iss | rest) != at)
			ck_abort_msg("s%lu_%lu_c%lu_c%lu_%lu: expected number 0x%04x, got 0x%04x and "
				     "0x%04x" HANDOUT, e[0], e[1], e[2], e[3], e[4], at,
				     sysreg_number(iss), sysreg_number(iss | rest));
	}
}
END_TEST

/* Sorted, no overlap: what a binary search needs. Each line complete. */
START_TEST(order)
{
	int last = -1;

	for (unsigned int n = 0; n < sysreg_rule_count; n++) {
		const struct sysreg_rule *rule = &sysreg_rules[n];

		ck_assert_msg(rule->first > last && rule->last >= rule->first,
			      "%s: expected it behind number 0x%x, got 0x%04x to 0x%04x" HANDOUT,
			      rule->name, last, rule->first, rule->last);
		last = rule->last;
		ck_assert_msg(rule->name && rule->name[0] && rule->policy && strlen(rule->policy) >= 3,
			      "line %u: expected a name and a policy" HANDOUT, n);
		ck_assert_msg(rule->action < SYSREG_ACTIONS, "%s: action %u" HANDOUT, rule->name,
			      rule->action);
		ck_assert_msg(!(rule->access & ~7), "%s: access 0x%x" HANDOUT, rule->name,
			      rule->access);
		ck_assert_msg((rule->action == SYSREG_NOT_THERE) == (rule->access == 0),
			      "%s: expected access exactly if it is there, got 0x%x" HANDOUT,
			      rule->name, rule->access);
	}
}
END_TEST

/* Found, and allowed for whom it is written down. */
START_TEST(found)
{
	for (size_t n = 0; n < N_EXPECTED; n++) {
		const struct sysreg_rule *rule = sysreg_find(number_of(expected[n].word));
		const char *access = expected[n].access;

		if (!access) {
			ck_assert_msg(!rule, "%s: expected no rule, got \"%s\"" HANDOUT,
				      expected[n].text, rule->name);
			continue;
		}
		ck_assert_msg(rule, "%s: expected a rule, got none" HANDOUT, expected[n].text);
		ck_assert_msg(rule->action == expected[n].action,
			      "%s: expected action %u, got %u" HANDOUT, expected[n].text,
			      expected[n].action, rule->action);
		for (int write = 0; write < 2; write++)
			for (int el0 = 0; el0 < 2; el0++) {
				bool want = strchr(access, write ? 'W' : 'R') &&
					    (!el0 || strchr(access, '0'));

				ck_assert_msg(sysreg_allowed(rule, write, el0) == want,
					      "%s, a %s at EL%d: expected allowed = %d" HANDOUT,
					      expected[n].text, write ? "write" : "read", !el0,
					      want);
			}
	}
}
END_TEST

/* All encodings: a rule for exactly those that are written down here, one by one or as a range. */
START_TEST(all_encodings)
{
	static bool listed[65536];

	for (size_t n = 0; n < N_EXPECTED; n++)
		if (expected[n].access)
			listed[number_of(expected[n].word)] = true;
	for (size_t n = 0; n < N_RANGES; n++)
		for (unsigned int at = count_of(ranges[n].from); at <= count_of(ranges[n].to); at++)
			listed[at] = true;
	for (unsigned int at = 0; at < 65536; at++) {
		const struct sysreg_rule *rule = sysreg_find(at);

		if (!rule != !listed[at])
			ck_abort_msg("s%u_%u_c%u_c%u_%u: expected %s, got %s" HANDOUT, at >> 14,
				     at >> 11 & 7, at >> 7 & 15, at >> 3 & 15, at & 7,
				     listed[at] ? "a rule" : "none", rule ? rule->name : "none");
		if (rule && (at < rule->first || at > rule->last))
			ck_abort_msg("number 0x%04x: got the rule of others, %s" HANDOUT, at,
				     rule->name);
	}
}
END_TEST

/* ---- Debug -------------------------------------------------------------------------------------------- */

#define MDSCR		SYSREG_NUMBER(2, 0, 0, 2, 2)
#define OSLAR		SYSREG_NUMBER(2, 0, 1, 0, 4)
#define OSLSR		SYSREG_NUMBER(2, 0, 1, 1, 4)
#define OSDLR		SYSREG_NUMBER(2, 0, 1, 3, 4)

static uint64_t get(struct guest_debug *debug, uint16_t number)
{
	return guest_debug_access(debug, number, true, UINT64_MAX);
}

static void set(struct guest_debug *debug, uint16_t number, uint64_t value)
{
	guest_debug_access(debug, number, false, value);
}

/* Each bit of MDSCR_EL1: kept or not; in the CPU or not; while a lock is closed or not. */
START_TEST(mdscr)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct guest_debug debug = { 0 };
		bool kept = bit == 0 || bit == 12 || bit == 13 || bit == 15;
		bool live = bit == 0 || bit == 12 || bit == 13;
		uint64_t value = UINT64_C(1) << bit;

		set(&debug, MDSCR, value);
		ck_assert_msg(get(&debug, MDSCR) == (kept ? value : 0),
			      "MDSCR_EL1, bit %u: expected kept = %d" HANDOUT, bit, kept);
		for (unsigned int locks = 0; locks < 4; locks++) {
			bool want = live && !(locks && bit == 0);

			set(&debug, OSLAR, locks & 1);
			set(&debug, OSDLR, locks >> 1);
			ck_assert_msg(
				guest_debug_mdscr(&debug) == (want ? value : 0),
				"MDSCR_EL1, bit %u, OSLK %u, DLK %u: expected live = %d" HANDOUT,
				bit, locks & 1, locks >> 1, want);
			ck_assert_msg(get(&debug, MDSCR) == (kept ? value : 0),
				      "MDSCR_EL1, bit %u: expected a lock not to change it" HANDOUT,
				      bit);
		}
	}
}
END_TEST

START_TEST(locks)
{
	struct guest_debug debug = { 0 };

	ck_assert_uint_eq(get(&debug, OSLSR), 0x8);
	ck_assert_uint_eq(get(&debug, OSDLR), 0);
	set(&debug, OSLAR, 1);
	ck_assert_uint_eq(get(&debug, OSLSR), 0xa);
	ck_assert_uint_eq(get(&debug, OSDLR), 0);
	set(&debug, OSLSR, 0);			/* read-only */
	ck_assert_uint_eq(get(&debug, OSLSR), 0xa);
	set(&debug, OSLAR, ~UINT64_C(1));	/* bit 0 alone */
	ck_assert_uint_eq(get(&debug, OSLSR), 0x8);
	set(&debug, OSDLR, 3);
	ck_assert_uint_eq(get(&debug, OSDLR), 1);
	ck_assert_uint_eq(get(&debug, OSLSR), 0x8);
	set(&debug, OSDLR, 2);
	ck_assert_uint_eq(get(&debug, OSDLR), 0);
	ck_assert_uint_eq(get(&debug, MDSCR), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sysreg_rules");
	TCase *tcase = add_case(suite, "table");

	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, order);
	tcase_add_test(tcase, found);
	tcase_add_test(tcase, all_encodings);
	tcase = add_case(suite, "debug");
	tcase_add_test(tcase, mdscr);
	tcase_add_test(tcase, locks);
	return unit_main("tests/lab4/test_sysreg_rules", suite);
}
