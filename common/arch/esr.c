// SPDX-License-Identifier: MIT
#include "arch/esr.h"

#include "lib/printf.h"

/* Arm ARM, "ESR_EL2", field EC; 0x1b, 0x1e and 0x1f: "ESR_EL1" and "ESR_EL3". */
static const char *const ec_names[EC_COUNT] = {
	[EC_UNKNOWN]		= "Unknown reason",
	[EC_WFX]		= "Trapped WF* instruction execution",
	[EC_CP15_32]		= "Trapped MCR or MRC access with (coproc==0b1111)",
	[EC_CP15_64]		= "Trapped MCRR or MRRC access with (coproc==0b1111)",
	[EC_CP14_32]		= "Trapped MCR or MRC access with (coproc==0b1110)",
	[EC_CP14_LS]		= "Trapped LDC or STC access",
	[EC_FP]			= "Access to SME, SVE, Advanced SIMD or floating-point "
				  "functionality trapped",
	[EC_VMRS]		= "Trapped VMRS access, from ID group trap",
	[EC_PAUTH]		= "Trapped use of a Pointer authentication instruction",
	[EC_OTHER]		= "Trapped execution of any instruction not covered by other "
				  "EC values",
	[EC_CP14_64]		= "Trapped MRRC access with (coproc==0b1110)",
	[EC_BTI]		= "Branch Target Exception",
	[EC_ILLEGAL_STATE]	= "Illegal Execution state",
	[EC_SVC32]		= "SVC instruction execution in AArch32 state",
	[EC_HVC32]		= "HVC instruction execution in AArch32 state",
	[EC_SMC32]		= "SMC instruction execution in AArch32 state",
	[EC_SYS128]		= "Trapped MSRR, MRRS or System instruction execution in "
				  "AArch64 state",
	[EC_SVC64]		= "SVC instruction execution in AArch64 state",
	[EC_HVC64]		= "HVC instruction execution in AArch64 state",
	[EC_SMC64]		= "SMC instruction execution in AArch64 state",
	[EC_SYS64]		= "Trapped MSR, MRS or System instruction execution in "
				  "AArch64 state",
	[EC_SVE]		= "Access to SVE functionality trapped",
	[EC_ERET]		= "Trapped ERET, ERETAA, or ERETAB instruction execution",
	[EC_TSTART]		= "Exception from an access to a TSTART instruction",
	[EC_PAC_FAIL]		= "Exception from a PAC Fail",
	[EC_SME]		= "Access to SME functionality trapped",
	[EC_GPC]		= "Granule Protection Check exception",
	[EC_IMP_DEF_EL3]	= "IMPLEMENTATION DEFINED exception to EL3",
	[EC_IABT_LOWER]		= "Instruction Abort from a lower Exception level",
	[EC_IABT_SAME]		= "Instruction Abort taken without a change in Exception level",
	[EC_PC_ALIGNMENT]	= "PC alignment fault exception",
	[EC_DABT_LOWER]		= "Data Abort from a lower Exception level",
	[EC_DABT_SAME]		= "Data Abort taken without a change in Exception level",
	[EC_SP_ALIGNMENT]	= "SP alignment fault exception",
	[EC_MOPS]		= "Memory Operation Exception",
	[EC_FP_EXCEPTION32]	= "Trapped floating-point exception taken from AArch32 state",
	[EC_FP_EXCEPTION64]	= "Trapped floating-point exception taken from AArch64 state",
	[EC_GCS]		= "GCS exception",
	[EC_SERROR]		= "SError exception",
	[EC_BREAKPOINT_LOWER]	= "Breakpoint exception from a lower Exception level",
	[EC_BREAKPOINT_SAME]	= "Breakpoint exception taken without a change in Exception level",
	[EC_STEP_LOWER]		= "Software Step exception from a lower Exception level",
	[EC_STEP_SAME]		= "Software Step exception taken without a change in "
				  "Exception level",
	[EC_WATCHPOINT_LOWER]	= "Watchpoint exception from a lower Exception level",
	[EC_WATCHPOINT_SAME]	= "Watchpoint exception taken without a change in Exception level",
	[EC_BKPT32]		= "BKPT instruction execution in AArch32 state",
	[EC_VECTOR_CATCH32]	= "Vector Catch exception from AArch32 state",
	[EC_BRK64]		= "BRK instruction execution in AArch64 state",
	[EC_PROFILING]		= "Profiling exception",
};

#define EXTERNAL_ON_WALK							\
	"Synchronous External abort on translation table walk or hardware update of "	\
	"translation table, level "
#define PARITY_ON_WALK								\
	"Synchronous parity or ECC error on memory access on translation table walk or "	\
	"hardware update of translation table, level "
#define GPF_ON_WALK								\
	"Granule Protection Fault on translation table walk or hardware update of "	\
	"translation table, level "

/* Arm ARM, "ESR_EL2", "ISS encoding for an exception from a Data Abort", field DFSC. */
static const char *const fsc_names[FSC_COUNT] = {
	[FSC_ADDRESS_SIZE(0)]	= "Address size fault, level 0 of translation or translation table "
				  "base register",
	[FSC_ADDRESS_SIZE(1)]	= "Address size fault, level 1",
	[FSC_ADDRESS_SIZE(2)]	= "Address size fault, level 2",
	[FSC_ADDRESS_SIZE(3)]	= "Address size fault, level 3",
	[FSC_TRANSLATION(0)]	= "Translation fault, level 0",
	[FSC_TRANSLATION(1)]	= "Translation fault, level 1",
	[FSC_TRANSLATION(2)]	= "Translation fault, level 2",
	[FSC_TRANSLATION(3)]	= "Translation fault, level 3",
	[FSC_ACCESS_FLAG(0)]	= "Access flag fault, level 0",
	[FSC_ACCESS_FLAG(1)]	= "Access flag fault, level 1",
	[FSC_ACCESS_FLAG(2)]	= "Access flag fault, level 2",
	[FSC_ACCESS_FLAG(3)]	= "Access flag fault, level 3",
	[FSC_PERMISSION(0)]	= "Permission fault, level 0",
	[FSC_PERMISSION(1)]	= "Permission fault, level 1",
	[FSC_PERMISSION(2)]	= "Permission fault, level 2",
	[FSC_PERMISSION(3)]	= "Permission fault, level 3",
	[FSC_EXTERNAL]		= "Synchronous External abort, not on translation table walk or "
				  "hardware update of translation table",
	[FSC_TAG_CHECK]		= "Synchronous Tag Check Fault",
	[FSC_EXTERNAL_WALK(-2)]	= EXTERNAL_ON_WALK "-2",
	[FSC_EXTERNAL_WALK(-1)]	= EXTERNAL_ON_WALK "-1",
	[FSC_EXTERNAL_WALK(0)]	= EXTERNAL_ON_WALK "0",
	[FSC_EXTERNAL_WALK(1)]	= EXTERNAL_ON_WALK "1",
	[FSC_EXTERNAL_WALK(2)]	= EXTERNAL_ON_WALK "2",
	[FSC_EXTERNAL_WALK(3)]	= EXTERNAL_ON_WALK "3",
	[FSC_PARITY]		= "Synchronous parity or ECC error on memory access, not on "
				  "translation table walk",
	[FSC_PARITY_WALK(-1)]	= PARITY_ON_WALK "-1",
	[FSC_PARITY_WALK(0)]	= PARITY_ON_WALK "0",
	[FSC_PARITY_WALK(1)]	= PARITY_ON_WALK "1",
	[FSC_PARITY_WALK(2)]	= PARITY_ON_WALK "2",
	[FSC_PARITY_WALK(3)]	= PARITY_ON_WALK "3",
	[FSC_ALIGNMENT]		= "Alignment fault",
	[FSC_GPF_WALK(-2)]	= GPF_ON_WALK "-2",
	[FSC_GPF_WALK(-1)]	= GPF_ON_WALK "-1",
	[FSC_GPF_WALK(0)]	= GPF_ON_WALK "0",
	[FSC_GPF_WALK(1)]	= GPF_ON_WALK "1",
	[FSC_GPF_WALK(2)]	= GPF_ON_WALK "2",
	[FSC_GPF_WALK(3)]	= GPF_ON_WALK "3",
	[FSC_GPF]		= "Granule Protection Fault, not on translation table walk or "
				  "hardware update of translation table",
	[FSC_ADDRESS_SIZE_LEVEL_M1] = "Address size fault, level -1",
	[FSC_TRANSLATION_LEVEL_M2] = "Translation fault, level -2",
	[FSC_TRANSLATION_LEVEL_M1] = "Translation fault, level -1",
	[FSC_ADDRESS_SIZE_LEVEL_M2] = "Address size fault, level -2",
	[FSC_TLB_CONFLICT]	= "TLB conflict abort",
	[FSC_ATOMIC_UPDATE]	= "Unsupported atomic hardware update fault",
	[FSC_LOCKDOWN]		= "IMPLEMENTATION DEFINED fault (Lockdown)",
	[FSC_EXCLUSIVE]		= "IMPLEMENTATION DEFINED fault (Unsupported Exclusive or "
				  "Atomic access)",
};

const char *esr_ec_name(unsigned int ec)
{
	const char *name = ec_names[ec % EC_COUNT];

	return name != NULL ? name : "Reserved";
}

const char *esr_fsc_name(unsigned int fsc)
{
	const char *name = fsc_names[fsc % FSC_COUNT];

	return name != NULL ? name : "Reserved";
}

/* Text that grows at its end, and goes on counting when the buffer is full. */
struct text {
	char *buf;
	size_t size;
	size_t length;
};

static void __printf_like(2, 3) append(struct text *text, const char *fmt, ...)
{
	size_t used = text->length < text->size ? text->length : text->size;
	va_list ap;

	va_start(ap, fmt);
	text->length += (size_t)kvsnprintf(text->size != 0 ? text->buf + used : NULL,
					   text->size - used, fmt, ap);
	va_end(ap);
}

/* A general register as the assembler writes it; 31 is the zero register, never SP. */
static void append_register(struct text *text, uint64_t number, bool is_64bit)
{
	if (number == 31)
		append(text, is_64bit ? "xzr" : "wzr");
	else
		append(text, "%c%u", is_64bit ? 'x' : 'w', (unsigned int)number);
}

/* A Data Abort: what the access was, why it failed, and what makes it special. */
static void describe_data_abort(struct text *text, uint64_t esr)
{
	static const char *const sizes[] = { "byte", "halfword", "word", "doubleword" };

	if (esr & DABT_CM)		/* WnR is always 1 then, and says nothing */
		append(text, ", cache maintenance or address translation");
	else
		append(text, esr & DABT_WnR ? ", write" : ", read");

	if (esr & DABT_ISV) {
		append(text, " of a %s %s ", sizes[FIELD_GET(DABT_SAS, esr)],
		       esr & DABT_WnR ? "from" : "to");
		append_register(text, FIELD_GET(DABT_SRT, esr), esr & DABT_SF);
		if (esr & DABT_SSE)
			append(text, ", sign-extended");
	}
	append(text, ", %s", esr_fsc_name(ESR_FSC(esr)));
	if (esr & DABT_S1PTW)
		append(text, ", on a stage 1 translation table walk");
	if (ESR_FSC(esr) == FSC_EXTERNAL && (esr & DABT_FnV))
		append(text, ", FAR not valid");
	if (esr & DABT_VNCR)
		append(text, ", by use of VNCR_EL2");
}

static void describe_instruction_abort(struct text *text, uint64_t esr)
{
	append(text, ", %s", esr_fsc_name(ESR_FSC(esr)));
	if (esr & IABT_S1PTW)
		append(text, ", on a stage 1 translation table walk");
	if (ESR_FSC(esr) == FSC_EXTERNAL && (esr & IABT_FnV))
		append(text, ", FAR not valid");
}

static void describe_wfx(struct text *text, uint64_t esr)
{
	static const char *const names[] = {
		[WFX_TI_WFI] = "wfi", [WFX_TI_WFE] = "wfe",
		[WFX_TI_WFIT] = "wfit", [WFX_TI_WFET] = "wfet",
	};
	unsigned int ti = (unsigned int)FIELD_GET(WFX_TI, esr);

	append(text, ", %s", names[ti]);
	if ((ti == WFX_TI_WFIT || ti == WFX_TI_WFET) && (esr & WFX_RV)) {
		append(text, " ");
		append_register(text, FIELD_GET(WFX_RN, esr), true);
	}
}

/*
 * An instruction of the System class, as an assembler takes it: a register whose name it need not
 * know, or SYS and SYSL for those with op0 = 1 (DC, IC, AT, TLBI and what else there may come).
 */
static void describe_system_instruction(struct text *text, uint64_t esr)
{
	unsigned int op0 = (unsigned int)FIELD_GET(SYS64_OP0, esr);
	unsigned int op1 = (unsigned int)FIELD_GET(SYS64_OP1, esr);
	unsigned int crn = (unsigned int)FIELD_GET(SYS64_CRN, esr);
	unsigned int crm = (unsigned int)FIELD_GET(SYS64_CRM, esr);
	unsigned int op2 = (unsigned int)FIELD_GET(SYS64_OP2, esr);
	uint64_t rt = FIELD_GET(SYS64_RT, esr);
	bool read = esr & SYS64_READ;

	if (read) {
		append(text, op0 == 1 ? ", sysl " : ", mrs ");
		append_register(text, rt, true);
		append(text, ", ");
	} else {
		append(text, op0 == 1 ? ", sys " : ", msr ");
	}

	if (op0 == 1)
		append(text, "#%u, c%u, c%u, #%u", op1, crn, crm, op2);
	else
		append(text, "s%u_%u_c%u_c%u_%u", op0, op1, crn, crm, op2);

	if (!read) {
		append(text, ", ");
		append_register(text, rt, true);
	}
}

static void describe_eret(struct text *text, uint64_t esr)
{
	if (!(esr & ERET_PAUTH))
		append(text, ", eret");
	else
		append(text, esr & ERET_KEY_B ? ", eretab" : ", eretaa");
}

static void describe_pac_fail(struct text *text, uint64_t esr)
{
	append(text, ", key %c%c", esr & PAC_FAIL_DATA ? 'D' : 'I',
	       esr & PAC_FAIL_KEY_B ? 'B' : 'A');
}

static void describe_serror(struct text *text, uint64_t esr)
{
	static const char *const types[8] = {
		[SERROR_AET_UC]	 = "Uncontainable (UC)",
		[SERROR_AET_UEU] = "Unrecoverable state (UEU)",
		[SERROR_AET_UEO] = "Restartable state (UEO)",
		[SERROR_AET_UER] = "Recoverable state (UER)",
		[SERROR_AET_CE]	 = "Corrected (CE)",
	};
	const char *type = types[FIELD_GET(SERROR_AET, esr)];

	if (esr & SERROR_IDS)
		append(text, ", IMPLEMENTATION DEFINED syndrome 0x%x",
		       ESR_ISS(esr) & ~(uint32_t)SERROR_IDS);
	else if (FIELD_GET(SERROR_DFSC, esr) == SERROR_DFSC_UNCATEGORIZED)
		append(text, ", Uncategorized error");
	else if (FIELD_GET(SERROR_DFSC, esr) == SERROR_DFSC_ASYNC)
		append(text, ", %s", type != NULL ? type : "Reserved error type");
	else
		append(text, ", Reserved fault status code");
}

static void describe_iss(struct text *text, uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_WFX:
		describe_wfx(text, esr);
		break;
	case EC_BTI:
		append(text, ", BTYPE %u", (unsigned int)FIELD_GET(BTI_BTYPE, esr));
		break;
	case EC_SVC32:
	case EC_HVC32:
	case EC_SVC64:
	case EC_HVC64:
	case EC_SMC64:
	case EC_BKPT32:
	case EC_BRK64:
		append(text, ", #0x%x", (unsigned int)FIELD_GET(ISS_IMM16, esr));
		break;
	case EC_SYS64:
		describe_system_instruction(text, esr);
		break;
	case EC_ERET:
		describe_eret(text, esr);
		break;
	case EC_PAC_FAIL:
		describe_pac_fail(text, esr);
		break;
	case EC_IABT_LOWER:
	case EC_IABT_SAME:
		describe_instruction_abort(text, esr);
		break;
	case EC_DABT_LOWER:
	case EC_DABT_SAME:
		describe_data_abort(text, esr);
		break;
	case EC_SERROR:
		describe_serror(text, esr);
		break;
	case EC_WATCHPOINT_LOWER:
	case EC_WATCHPOINT_SAME:
		append(text, esr & DABT_WnR ? ", write" : ", read");
		break;
	}
}

int esr_describe(uint64_t esr, char *buf, size_t size)
{
	struct text text = { buf, size, 0 };

	append(&text, "%s", esr_ec_name(ESR_EC(esr)));
	if (ec_names[ESR_EC(esr)] == NULL)
		append(&text, " exception class 0x%02x", ESR_EC(esr));
	describe_iss(&text, esr);
	return (int)text.length;
}
