// SPDX-License-Identifier: MIT
/*
 * test_esr.c - the decoding of ESR_ELx: every class, every fault status code, every field, and the
 * sentences made of them. The tables here are written from the Arm ARM ("ESR_EL2"), by number, and
 * use no constant of arch/esr.h.
 */
#include "unit_main.h"

#include <string.h>

#include "arch/esr.h"

/* ---- Exception classes ---- */

static const struct {
	unsigned int ec, constant;
	const char *name;
} classes[] = {
	{ 0x00, EC_UNKNOWN, "Unknown reason" },
	{ 0x01, EC_WFX, "Trapped WF* instruction execution" },
	{ 0x03, EC_CP15_32, "Trapped MCR or MRC access with (coproc==0b1111)" },
	{ 0x04, EC_CP15_64, "Trapped MCRR or MRRC access with (coproc==0b1111)" },
	{ 0x05, EC_CP14_32, "Trapped MCR or MRC access with (coproc==0b1110)" },
	{ 0x06, EC_CP14_LS, "Trapped LDC or STC access" },
	{ 0x07, EC_FP,
	  "Access to SME, SVE, Advanced SIMD or floating-point functionality trapped" },
	{ 0x08, EC_VMRS, "Trapped VMRS access, from ID group trap" },
	{ 0x09, EC_PAUTH, "Trapped use of a Pointer authentication instruction" },
	{ 0x0a, EC_OTHER, "Trapped execution of any instruction not covered by other EC values" },
	{ 0x0c, EC_CP14_64, "Trapped MRRC access with (coproc==0b1110)" },
	{ 0x0d, EC_BTI, "Branch Target Exception" },
	{ 0x0e, EC_ILLEGAL_STATE, "Illegal Execution state" },
	{ 0x11, EC_SVC32, "SVC instruction execution in AArch32 state" },
	{ 0x12, EC_HVC32, "HVC instruction execution in AArch32 state" },
	{ 0x13, EC_SMC32, "SMC instruction execution in AArch32 state" },
	{ 0x14, EC_SYS128,
	  "Trapped MSRR, MRRS or System instruction execution in AArch64 state" },
	{ 0x15, EC_SVC64, "SVC instruction execution in AArch64 state" },
	{ 0x16, EC_HVC64, "HVC instruction execution in AArch64 state" },
	{ 0x17, EC_SMC64, "SMC instruction execution in AArch64 state" },
	{ 0x18, EC_SYS64, "Trapped MSR, MRS or System instruction execution in AArch64 state" },
	{ 0x19, EC_SVE, "Access to SVE functionality trapped" },
	{ 0x1a, EC_ERET, "Trapped ERET, ERETAA, or ERETAB instruction execution" },
	{ 0x1b, EC_TSTART, "Exception from an access to a TSTART instruction" },
	{ 0x1c, EC_PAC_FAIL, "Exception from a PAC Fail" },
	{ 0x1d, EC_SME, "Access to SME functionality trapped" },
	{ 0x1e, EC_GPC, "Granule Protection Check exception" },
	{ 0x1f, EC_IMP_DEF_EL3, "IMPLEMENTATION DEFINED exception to EL3" },
	{ 0x20, EC_IABT_LOWER, "Instruction Abort from a lower Exception level" },
	{ 0x21, EC_IABT_SAME, "Instruction Abort taken without a change in Exception level" },
	{ 0x22, EC_PC_ALIGNMENT, "PC alignment fault exception" },
	{ 0x24, EC_DABT_LOWER, "Data Abort from a lower Exception level" },
	{ 0x25, EC_DABT_SAME, "Data Abort taken without a change in Exception level" },
	{ 0x26, EC_SP_ALIGNMENT, "SP alignment fault exception" },
	{ 0x27, EC_MOPS, "Memory Operation Exception" },
	{ 0x28, EC_FP_EXCEPTION32, "Trapped floating-point exception taken from AArch32 state" },
	{ 0x2c, EC_FP_EXCEPTION64, "Trapped floating-point exception taken from AArch64 state" },
	{ 0x2d, EC_GCS, "GCS exception" },
	{ 0x2f, EC_SERROR, "SError exception" },
	{ 0x30, EC_BREAKPOINT_LOWER, "Breakpoint exception from a lower Exception level" },
	{ 0x31, EC_BREAKPOINT_SAME,
	  "Breakpoint exception taken without a change in Exception level" },
	{ 0x32, EC_STEP_LOWER, "Software Step exception from a lower Exception level" },
	{ 0x33, EC_STEP_SAME, "Software Step exception taken without a change in Exception level" },
	{ 0x34, EC_WATCHPOINT_LOWER, "Watchpoint exception from a lower Exception level" },
	{ 0x35, EC_WATCHPOINT_SAME,
	  "Watchpoint exception taken without a change in Exception level" },
	{ 0x38, EC_BKPT32, "BKPT instruction execution in AArch32 state" },
	{ 0x3a, EC_VECTOR_CATCH32, "Vector Catch exception from AArch32 state" },
	{ 0x3c, EC_BRK64, "BRK instruction execution in AArch64 state" },
	{ 0x3d, EC_PROFILING, "Profiling exception" },
};

static const char *class_name(unsigned int ec)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].ec == ec)
			return classes[i].name;
	return "Reserved";
}

START_TEST(class_names)
{
	ck_assert_uint_eq(ARRAY_SIZE(classes), 49);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		ck_assert_uint_eq(classes[i].constant, classes[i].ec);
	for (unsigned int ec = 0; ec < 64; ec++) {
		ck_assert_str_eq(esr_ec_name(ec), class_name(ec));
		ck_assert_ptr_eq(esr_ec_name(ec + 64), esr_ec_name(ec));
	}
	ck_assert_ptr_nonnull(esr_ec_name(UINT32_MAX));
}
END_TEST

/* ---- Fault status codes ---- */

#define NO_WALK		", not on translation table walk or hardware update of translation table"
#define WALK		" on translation table walk or hardware update of translation table, level "

static const char *const fault_names[64] = {
	[0x00] = "Address size fault, level 0 of translation or translation table base register",
	[0x01] = "Address size fault, level 1",
	[0x02] = "Address size fault, level 2",
	[0x03] = "Address size fault, level 3",
	[0x04] = "Translation fault, level 0",
	[0x05] = "Translation fault, level 1",
	[0x06] = "Translation fault, level 2",
	[0x07] = "Translation fault, level 3",
	[0x08] = "Access flag fault, level 0",
	[0x09] = "Access flag fault, level 1",
	[0x0a] = "Access flag fault, level 2",
	[0x0b] = "Access flag fault, level 3",
	[0x0c] = "Permission fault, level 0",
	[0x0d] = "Permission fault, level 1",
	[0x0e] = "Permission fault, level 2",
	[0x0f] = "Permission fault, level 3",
	[0x10] = "Synchronous External abort" NO_WALK,
	[0x11] = "Synchronous Tag Check Fault",
	[0x12] = "Synchronous External abort" WALK "-2",
	[0x13] = "Synchronous External abort" WALK "-1",
	[0x14] = "Synchronous External abort" WALK "0",
	[0x15] = "Synchronous External abort" WALK "1",
	[0x16] = "Synchronous External abort" WALK "2",
	[0x17] = "Synchronous External abort" WALK "3",
	[0x18] = "Synchronous parity or ECC error on memory access, not on translation table walk",
	[0x1b] = "Synchronous parity or ECC error on memory access" WALK "-1",
	[0x1c] = "Synchronous parity or ECC error on memory access" WALK "0",
	[0x1d] = "Synchronous parity or ECC error on memory access" WALK "1",
	[0x1e] = "Synchronous parity or ECC error on memory access" WALK "2",
	[0x1f] = "Synchronous parity or ECC error on memory access" WALK "3",
	[0x21] = "Alignment fault",
	[0x22] = "Granule Protection Fault" WALK "-2",
	[0x23] = "Granule Protection Fault" WALK "-1",
	[0x24] = "Granule Protection Fault" WALK "0",
	[0x25] = "Granule Protection Fault" WALK "1",
	[0x26] = "Granule Protection Fault" WALK "2",
	[0x27] = "Granule Protection Fault" WALK "3",
	[0x28] = "Granule Protection Fault" NO_WALK,
	[0x29] = "Address size fault, level -1",
	[0x2a] = "Translation fault, level -2",
	[0x2b] = "Translation fault, level -1",
	[0x2c] = "Address size fault, level -2",
	[0x30] = "TLB conflict abort",
	[0x31] = "Unsupported atomic hardware update fault",
	[0x34] = "IMPLEMENTATION DEFINED fault (Lockdown)",
	[0x35] = "IMPLEMENTATION DEFINED fault (Unsupported Exclusive or Atomic access)",
};

static const char *fault_name(unsigned int fsc)
{
	return fault_names[fsc] != NULL ? fault_names[fsc] : "Reserved";
}

START_TEST(fault_status_names)
{
	for (unsigned int fsc = 0; fsc < 64; fsc++) {
		ck_assert_str_eq(esr_fsc_name(fsc), fault_name(fsc));
		ck_assert_ptr_eq(esr_fsc_name(fsc + 64), esr_fsc_name(fsc));
	}
}
END_TEST

START_TEST(fault_status_constants)
{
	for (int level = 0; level <= 3; level++) {
		ck_assert_int_eq(FSC_ADDRESS_SIZE(level), level);
		ck_assert_int_eq(FSC_TRANSLATION(level), 4 + level);
		ck_assert_int_eq(FSC_ACCESS_FLAG(level), 8 + level);
		ck_assert_int_eq(FSC_PERMISSION(level), 12 + level);
	}
	ck_assert_int_eq(FSC_EXTERNAL, 0x10);
	ck_assert_int_eq(FSC_TAG_CHECK, 0x11);
	ck_assert_int_eq(FSC_EXTERNAL_WALK(-2), 0x12);
	ck_assert_int_eq(FSC_EXTERNAL_WALK(3), 0x17);
	ck_assert_int_eq(FSC_PARITY, 0x18);
	ck_assert_int_eq(FSC_PARITY_WALK(-1), 0x1b);
	ck_assert_int_eq(FSC_PARITY_WALK(3), 0x1f);
	ck_assert_int_eq(FSC_ALIGNMENT, 0x21);
	ck_assert_int_eq(FSC_DEBUG, 0x22);
	ck_assert_int_eq(FSC_GPF_WALK(-2), 0x22);
	ck_assert_int_eq(FSC_GPF_WALK(3), 0x27);
	ck_assert_int_eq(FSC_GPF, 0x28);
	ck_assert_int_eq(FSC_ADDRESS_SIZE_LEVEL_M1, 0x29);
	ck_assert_int_eq(FSC_TRANSLATION_LEVEL_M2, 0x2a);
	ck_assert_int_eq(FSC_TRANSLATION_LEVEL_M1, 0x2b);
	ck_assert_int_eq(FSC_ADDRESS_SIZE_LEVEL_M2, 0x2c);
	ck_assert_int_eq(FSC_TLB_CONFLICT, 0x30);
	ck_assert_int_eq(FSC_ATOMIC_UPDATE, 0x31);
	ck_assert_int_eq(FSC_LOCKDOWN, 0x34);
	ck_assert_int_eq(FSC_EXCLUSIVE, 0x35);
}
END_TEST

/* ---- Fields ---- */

/* Every field: its mask, and where the Arm ARM has it. */
static const struct {
	const char *name;
	uint64_t mask;
	unsigned int high, low;
} fields[] = {
	{ "ISS2", ESR_ISS2_MASK, 55, 32 },
	{ "EC", ESR_EC_MASK, 31, 26 },
	{ "IL", ESR_IL_MASK, 25, 25 },
	{ "ISS", ESR_ISS_MASK, 24, 0 },

	{ "CV", ISS_CV, 24, 24 },
	{ "COND", ISS_COND, 23, 20 },
	{ "imm16", ISS_IMM16, 15, 0 },

	{ "WF* RN", WFX_RN, 9, 5 },
	{ "WF* RV", WFX_RV, 2, 2 },
	{ "WF* TI", WFX_TI, 1, 0 },

	{ "MSR Op0", SYS64_OP0, 21, 20 },
	{ "MSR Op2", SYS64_OP2, 19, 17 },
	{ "MSR Op1", SYS64_OP1, 16, 14 },
	{ "MSR CRn", SYS64_CRN, 13, 10 },
	{ "MSR Rt", SYS64_RT, 9, 5 },
	{ "MSR CRm", SYS64_CRM, 4, 1 },
	{ "MSR Direction", SYS64_READ, 0, 0 },

	{ "ERET ERET", ERET_PAUTH, 1, 1 },
	{ "ERET ERETA", ERET_KEY_B, 0, 0 },
	{ "PAC Fail, data key", PAC_FAIL_DATA, 1, 1 },
	{ "PAC Fail, B key", PAC_FAIL_KEY_B, 0, 0 },
	{ "BTI BTYPE", BTI_BTYPE, 1, 0 },

	{ "Data Abort ISV", DABT_ISV, 24, 24 },
	{ "Data Abort SAS", DABT_SAS, 23, 22 },
	{ "Data Abort SSE", DABT_SSE, 21, 21 },
	{ "Data Abort SRT", DABT_SRT, 20, 16 },
	{ "Data Abort SF", DABT_SF, 15, 15 },
	{ "Data Abort AR", DABT_AR, 14, 14 },
	{ "Data Abort VNCR", DABT_VNCR, 13, 13 },
	{ "Data Abort SET", DABT_SET, 12, 11 },
	{ "Data Abort LST", DABT_LST, 12, 11 },
	{ "Data Abort FnV", DABT_FnV, 10, 10 },
	{ "Data Abort EA", DABT_EA, 9, 9 },
	{ "Data Abort CM", DABT_CM, 8, 8 },
	{ "Data Abort S1PTW", DABT_S1PTW, 7, 7 },
	{ "Data Abort WnR", DABT_WnR, 6, 6 },
	{ "Data Abort DFSC", DABT_DFSC, 5, 0 },

	{ "Instruction Abort SET", IABT_SET, 12, 11 },
	{ "Instruction Abort FnV", IABT_FnV, 10, 10 },
	{ "Instruction Abort EA", IABT_EA, 9, 9 },
	{ "Instruction Abort S1PTW", IABT_S1PTW, 7, 7 },
	{ "Instruction Abort IFSC", IABT_IFSC, 5, 0 },

	{ "SError IDS", SERROR_IDS, 24, 24 },
	{ "SError IESB", SERROR_IESB, 13, 13 },
	{ "SError AET", SERROR_AET, 12, 10 },
	{ "SError EA", SERROR_EA, 9, 9 },
	{ "SError DFSC", SERROR_DFSC, 5, 0 },
};

START_TEST(field_positions)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		unsigned int width = fields[i].high - fields[i].low + 1;
		unsigned int low = fields[i].low;
		uint64_t values = UINT64_C(1) << (width < 17 ? width : 17);

		if (fields[i].mask != ((UINT64_C(1) << width) - 1) << low)
			ck_abort_msg("%s is not [%u:%u]", fields[i].name, fields[i].high, low);

		/* Each value, with nothing around it and with everything. */
		for (uint64_t value = 0; value < values; value++) {
			uint64_t alone = value << low, crowded = alone | ~fields[i].mask;

			if (FIELD_GET(fields[i].mask, alone) != value ||
			    FIELD_GET(fields[i].mask, crowded) != value)
				ck_abort_msg("%s of 0x%lx", fields[i].name, (unsigned long)value);
		}
	}
}
END_TEST

/* All 2^25 ISS values: the fields of a Data Abort put together again give what was taken apart. */
START_TEST(data_abort_exhaustive)
{
	for (uint64_t iss = 0; iss < UINT64_C(1) << 25; iss++) {
		uint64_t again = FIELD_GET(DABT_ISV, iss) << 24 | FIELD_GET(DABT_SAS, iss) << 22 |
				 FIELD_GET(DABT_SSE, iss) << 21 | FIELD_GET(DABT_SRT, iss) << 16 |
				 FIELD_GET(DABT_SF, iss) << 15 | FIELD_GET(DABT_AR, iss) << 14 |
				 FIELD_GET(DABT_VNCR, iss) << 13 | FIELD_GET(DABT_SET, iss) << 11 |
				 FIELD_GET(DABT_FnV, iss) << 10 | FIELD_GET(DABT_EA, iss) << 9 |
				 FIELD_GET(DABT_CM, iss) << 8 | FIELD_GET(DABT_S1PTW, iss) << 7 |
				 FIELD_GET(DABT_WnR, iss) << 6 | FIELD_GET(DABT_DFSC, iss);

		if (again != iss || ESR_ISS(0xffffffff00000000 | 0xfe000000 | iss) != iss)
			ck_abort_msg("ISS 0x%lx comes back as 0x%lx", (unsigned long)iss,
				     (unsigned long)again);
	}
}
END_TEST

START_TEST(extractors)
{
	const uint64_t esr = 0x00abcdef96800046;

	ck_assert_uint_eq(ESR_EC(esr), 0x25);
	ck_assert_uint_eq(ESR_IL(esr), true);
	ck_assert_uint_eq(ESR_ISS(esr), 0x0800046);
	ck_assert_uint_eq(ESR_ISS2(esr), 0xabcdef);
	ck_assert_uint_eq(ESR_FSC(esr), 6);
	ck_assert_uint_eq(ESR_EC(UINT64_C(0xfc000000)), 63);
	ck_assert_uint_eq(ESR_EC(~UINT64_C(0xfc000000)), 0);
	ck_assert_uint_eq(ESR_IL(~UINT64_C(0x2000000)), false);
	ck_assert_uint_eq(ESR_EC_MASK >> ESR_EC_SHIFT, (1 << ESR_EC_BITS) - 1);
}
END_TEST

/* SYS64_REG() against the encodings of registers as MRS instructions have them. */
START_TEST(system_register_encoding)
{
	static const struct {
		uint32_t mrs;			/* MRS X0, <register>; Op0 in [20:19], and so on */
		uint64_t reg;
	} cases[] = {
		{ 0xd5381000, SYS64_REG(3, 0, 1, 0, 0) },	/* SCTLR_EL1 */
		{ 0xd5380700, SYS64_REG(3, 0, 0, 7, 0) },	/* ID_AA64MMFR0_EL1 */
		{ 0xd53cc000, SYS64_REG(3, 4, 12, 0, 0) },	/* VBAR_EL2 */
		{ 0xd53be040, SYS64_REG(3, 3, 14, 0, 2) },	/* CNTVCT_EL0 */
		{ 0xd538cba0, SYS64_REG(3, 0, 12, 11, 5) },	/* ICC_SGI1R_EL1 */
		{ 0xd5301040, SYS64_REG(2, 0, 1, 0, 2) },	/* OSLAR_EL1... as a read */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t mrs = cases[i].mrs;
		uint64_t esr = (uint64_t)(mrs >> 19 & 3) << 20 | (uint64_t)(mrs >> 5 & 7) << 17 |
			       (uint64_t)(mrs >> 16 & 7) << 14 | (uint64_t)(mrs >> 12 & 15) << 10 |
			       (uint64_t)(mrs >> 8 & 15) << 1;

		ck_assert_uint_eq(cases[i].reg, esr);
		ck_assert_uint_eq(esr & ~SYS64_REG_MASK, 0);
	}
	ck_assert_uint_eq(SYS64_REG_MASK, 0x3ffc1e);
	ck_assert_uint_eq(SYS64_REG(3, 7, 15, 15, 7), SYS64_REG_MASK);
}
END_TEST

/* ---- In words ---- */

#define SAME_EL		"Data Abort taken without a change in Exception level"
#define LOWER		"Data Abort from a lower Exception level"
#define SYSTEM		"Trapped MSR, MRS or System instruction execution in AArch64 state"

static const struct {
	uint64_t esr;
	const char *text;
} sentences[] = {
	{ 0x02000000, "Unknown reason" },
	{ 0x96000047, SAME_EL ", write, Translation fault, level 3" },
	{ 0x96000007, SAME_EL ", read, Translation fault, level 3" },
	{ 0x9600004f, SAME_EL ", write, Permission fault, level 3" },
	{ 0x96000021, SAME_EL ", read, Alignment fault" },
	{ 0x96000004, SAME_EL ", read, Translation fault, level 0" },
	{ 0x9600002b, SAME_EL ", read, Translation fault, level -1" },
	{ 0x9600003f, SAME_EL ", read, Reserved" },
	{ 0x96000148, SAME_EL ", cache maintenance or address translation, "
	  "Access flag fault, level 0" },
	{ 0x96002007, SAME_EL ", read, Translation fault, level 3, by use of VNCR_EL2" },
	{ 0x96000410, SAME_EL ", read, Synchronous External abort" NO_WALK ", FAR not valid" },
	{ 0x96000010, SAME_EL ", read, Synchronous External abort" NO_WALK },
	{ 0x96000407, SAME_EL ", read, Translation fault, level 3" },	/* FnV is RES0 here */
	{ 0x93830046, LOWER ", write of a word from w3, Translation fault, level 2" },
	{ 0x93800006, LOWER ", read of a word to w0, Translation fault, level 2" },
	{ 0x93df8006, LOWER ", read of a doubleword to xzr, Translation fault, level 2" },
	{ 0x931f0046, LOWER ", write of a byte from wzr, Translation fault, level 2" },
	{ 0x936a8006, LOWER ", read of a halfword to x10, sign-extended, "
	  "Translation fault, level 2" },
	{ 0x93aa4006, LOWER ", read of a word to w10, sign-extended, "
	  "Translation fault, level 2" },
	{ 0x92000086, LOWER ", read, Translation fault, level 2, "
	  "on a stage 1 translation table walk" },
	{ 0x86000007, "Instruction Abort taken without a change in Exception level, "
	  "Translation fault, level 3" },
	{ 0x8600000f, "Instruction Abort taken without a change in Exception level, "
	  "Permission fault, level 3" },
	{ 0x82000087, "Instruction Abort from a lower Exception level, Translation fault, level 3, "
	  "on a stage 1 translation table walk" },
	{ 0x82000410, "Instruction Abort from a lower Exception level, "
	  "Synchronous External abort" NO_WALK ", FAR not valid" },
	{ 0x07e00000, "Trapped WF* instruction execution, wfi" },
	{ 0x07e00001, "Trapped WF* instruction execution, wfe" },
	{ 0x07e000a6, "Trapped WF* instruction execution, wfit x5" },
	{ 0x07e003e7, "Trapped WF* instruction execution, wfet xzr" },
	{ 0x07e000a2, "Trapped WF* instruction execution, wfit" },
	{ 0x36000002, "Branch Target Exception, BTYPE 2" },
	{ 0x56000000, "SVC instruction execution in AArch64 state, #0x0" },
	{ 0x5a00ffff, "HVC instruction execution in AArch64 state, #0xffff" },
	{ 0x5e001234, "SMC instruction execution in AArch64 state, #0x1234" },
	{ 0x46000007, "SVC instruction execution in AArch32 state, #0x7" },
	{ 0x4a000008, "HVC instruction execution in AArch32 state, #0x8" },
	{ 0x4e0f0000, "SMC instruction execution in AArch32 state" },	/* has no immediate */
	{ 0xf2000f00, "BRK instruction execution in AArch64 state, #0xf00" },
	{ 0xe2000001, "BKPT instruction execution in AArch32 state, #0x1" },
	{ 0x6230006f, SYSTEM ", mrs x3, s3_0_c0_c7_0" },	/* ID_AA64MMFR0_EL1 */
	{ 0x623a3016, SYSTEM ", msr s3_0_c12_c11_5, x0" },	/* ICC_SGI1R_EL1 */
	{ 0x62302800 | 31 << 5 | 14 << 1, SYSTEM ", msr s3_0_c10_c14_0, xzr" },
	{ 0x6210e220 | 7 << 1, SYSTEM ", sys #3, c8, c7, #0, x17" },
	{ 0x6210e220 | 7 << 1 | 1, SYSTEM ", sysl x17, #3, c8, c7, #0" },
	{ 0x623e1c1e, SYSTEM ", msr s3_0_c7_c15_7, x0" },
	{ 0x6a000000, "Trapped ERET, ERETAA, or ERETAB instruction execution, eret" },
	{ 0x6a000002, "Trapped ERET, ERETAA, or ERETAB instruction execution, eretaa" },
	{ 0x6a000003, "Trapped ERET, ERETAA, or ERETAB instruction execution, eretab" },
	{ 0x72000000, "Exception from a PAC Fail, key IA" },
	{ 0x72000001, "Exception from a PAC Fail, key IB" },
	{ 0x72000002, "Exception from a PAC Fail, key DA" },
	{ 0x72000003, "Exception from a PAC Fail, key DB" },
	{ 0xbe000000, "SError exception, Uncategorized error" },
	{ 0xbe000011, "SError exception, Uncontainable (UC)" },
	{ 0xbe000411, "SError exception, Unrecoverable state (UEU)" },
	{ 0xbe000811, "SError exception, Restartable state (UEO)" },
	{ 0xbe000c11, "SError exception, Recoverable state (UER)" },
	{ 0xbe001811, "SError exception, Corrected (CE)" },
	{ 0xbe001c11, "SError exception, Reserved error type" },
	{ 0xbe000012, "SError exception, Reserved fault status code" },
	{ 0xbf0000ab, "SError exception, IMPLEMENTATION DEFINED syndrome 0xab" },
	{ 0xd6000062, "Watchpoint exception taken without a change in Exception level, write" },
	{ 0xd2000022, "Watchpoint exception from a lower Exception level, read" },
	{ 0xc6000022, "Breakpoint exception taken without a change in Exception level" },
	{ 0x8a000000, "PC alignment fault exception" },
	{ 0x3a000000, "Illegal Execution state" },
	{ 0x0a000000, "Reserved exception class 0x02" },
	{ 0xfe000000, "Reserved exception class 0x3f" },
	/* ISS2 and the bits above change nothing. */
	{ 0xffffffff96000047, SAME_EL ", write, Translation fault, level 3" },
};

START_TEST(descriptions)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		char got[ESR_DESCRIPTION_SIZE];
		int length = esr_describe(sentences[i].esr, got, sizeof(got));

		if (strcmp(got, sentences[i].text) != 0)
			ck_abort_msg("ESR 0x%lx: want \"%s\", got \"%s\"",
				     (unsigned long)sentences[i].esr, sentences[i].text, got);
		ck_assert_uint_eq(length, strlen(got));
	}
}
END_TEST

START_TEST(descriptions_cut_off)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		size_t length = strlen(sentences[i].text);

		for (size_t size = 0; size <= length + 1; size++) {
			char *got = malloc(size);	/* exact, for the sanitizer */

			ck_assert_uint_eq(esr_describe(sentences[i].esr, got, size), length);
			if (size != 0) {
				size_t kept = size - 1 < length ? size - 1 : length;

				ck_assert_uint_eq(strlen(got), kept);
				ck_assert_mem_eq(got, sentences[i].text, kept);
			}
			free(got);
		}
	}
	ck_assert_int_eq(esr_describe(0, NULL, 0), (int)strlen("Unknown reason"));
}
END_TEST

/* Of every class: a line that starts with its name, is plain text, and fits. */
START_TEST(descriptions_of_everything)
{
	size_t longest = 0;

	for (uint64_t ec = 0; ec < 64; ec++) {
		for (uint64_t n = 0; n < 1 << 14; n++) {
			/* The low 13 bits count; the upper 12 are made of them in two ways. */
			uint64_t upper = n & 0x2000 ? ~n : n * 2654435761;
			uint64_t iss = (n & 0x1fff) | (upper & 0xfff) << 13;
			char got[ESR_DESCRIPTION_SIZE];
			size_t length = (size_t)esr_describe(ec << 26 | iss, got, sizeof(got));

			if (length > longest)
				longest = length;
			if (length >= sizeof(got) || strlen(got) != length ||
			    strncmp(got, esr_ec_name((unsigned int)ec),
				    strlen(esr_ec_name((unsigned int)ec))) != 0)
				ck_abort_msg("EC 0x%lx ISS 0x%lx: \"%s\"", (unsigned long)ec,
					     (unsigned long)iss, got);
			for (size_t i = 0; i < length; i++)
				if (got[i] < ' ' || got[i] > '~')
					ck_abort_msg("character 0x%x in \"%s\"", got[i], got);
		}
	}
	ck_assert_uint_gt(longest, 100);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("esr");
	TCase *tcase = add_case(suite, "names");

	(void)argc;
	tcase_add_test(tcase, class_names);
	tcase_add_test(tcase, fault_status_names);
	tcase_add_test(tcase, fault_status_constants);

	tcase = add_case(suite, "fields");
	tcase_add_test(tcase, field_positions);
	tcase_add_test(tcase, data_abort_exhaustive);
	tcase_add_test(tcase, extractors);
	tcase_add_test(tcase, system_register_encoding);

	tcase = add_case(suite, "words");
	tcase_add_test(tcase, descriptions);
	tcase_add_test(tcase, descriptions_cut_off);
	tcase_add_test(tcase, descriptions_of_everything);
	return unit_main(argv[0], suite);
}
