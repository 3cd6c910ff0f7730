// SPDX-License-Identifier: MIT
/*
 * id_fields.c - the decision about each field of each identification register.
 *
 * Named and numbered as in the Arm ARM (DDI 0487, "AArch64 System Register Descriptions"). A line says
 * the field, its lowest bit, what becomes of it, and why. Fields that are not here are hidden.
 *
 * Three reasons come again and again. "No state": the feature is instructions on registers that are
 * switched anyway. "In SPSR", "in SCTLR_EL1", "in FPCR" and the like: its state is part of a register
 * that is switched. "EL2's": it is about what a hypervisor can do, and the guest has no EL2.
 */
#include "id_sanitise.h"

#include "arch/bits.h"

#define HIDDEN(name, low, why)			{ name, low, 4, ID_HIDDEN, 0, why }
#define FIXED(name, low, number, why)		{ name, low, 4, ID_FIXED, number, why }
#define UP_TO(name, low, most, why)		{ name, low, 4, ID_UP_TO, most, why }
#define SIGNED_UP_TO(name, low, most, why)	{ name, low, 4, ID_SIGNED_UP_TO, most, why }
#define PA_RANGE(name, low, most, why)		{ name, low, 4, ID_PA_RANGE, most, why }
#define AS_IS(name, high, low, why)		{ name, low, (high) - (low) + 1, ID_AS_IS, 0, why }

/* ---- AArch64: the processor ------------------------------------------------------------------------ */

static const struct id_field aa64pfr0[] = {
	UP_TO("EL0", 0, 2, "2: AArch32 programs run, their registers are those of AArch64"),
	FIXED("EL1", 4, 1, "AArch64 only: HCR_EL2.RW is 1"),
	HIDDEN("EL2", 8, "not the guest's"),
	HIDDEN("EL3", 12, "not the guest's"),
	SIGNED_UP_TO("FP", 16, 1, "switched on first use; 1: half precision, no state"),
	SIGNED_UP_TO("AdvSIMD", 20, 1, "the same registers"),
	UP_TO("GIC", 24, 1, "the virtual CPU interface of GICv3; not 4.1"),
	UP_TO("RAS", 28, 1, "ESB and virtual SErrors; no error records (HCR_EL2.TERR)"),
	HIDDEN("SVE", 32, "Z and P registers are not switched; CPTR_EL2.TZ"),
	HIDDEN("SEL2", 36, "EL2's"),
	HIDDEN("MPAM", 40, "MPAM1_EL1 is not switched, and partitions are the machine's"),
	HIDDEN("AMU", 44, "counts for the whole CPU; CPTR_EL2.TAM"),
	UP_TO("DIT", 48, 1, "in SPSR"),
	HIDDEN("RME", 52, "EL3's"),
	UP_TO("CSV2", 56, 3, "2: SCXTNUM_ELx are switched; 3: a promise, no state"),
	UP_TO("CSV3", 60, 1, "a promise about speculation, no state"),
};

static const struct id_field aa64pfr1[] = {
	UP_TO("BT", 0, 1, "BTYPE is in SPSR, BT0 and BT1 in SCTLR_EL1"),
	UP_TO("SSBS", 4, 2, "in SPSR"),
	HIDDEN("MTE", 8, "GCR_EL1 and the like are not switched; HCR_EL2.ATA is 0"),
	HIDDEN("RAS_frac", 12, "more error record registers"),
	HIDDEN("MPAM_frac", 16, "see MPAM"),
	HIDDEN("SME", 24, "ZA is not switched; CPTR_EL2.TSM"),
	HIDDEN("RNDR_trap", 28, "EL3's"),
	UP_TO("CSV2_frac", 32, 2, "as CSV2; 2: SCXTNUM_ELx"),
	HIDDEN("NMI", 36, "the virtual GIC has no non-maskable priority"),
	HIDDEN("MTE_frac", 40, "see MTE"),
	HIDDEN("GCS", 44, "GCSPR_ELx are not switched; HCRX_EL2.GCSEn is 0"),
	HIDDEN("THE", 48, "RCWMASK_EL1 is not switched; HCRX_EL2 is 0"),
	HIDDEN("MTEX", 52, "see MTE"),
	HIDDEN("DF2", 56, "in SCTLR2_EL1, which is not switched; HCRX_EL2.SCTLR2En is 0"),
	HIDDEN("PFAR", 60, "PFAR_EL1 is not switched"),
};

/* ---- AArch64: debug -------------------------------------------------------------------------------- */

static const struct id_field aa64dfr0[] = {
	FIXED("DebugVer", 0, 6, "Armv8.0: what sysreg_trap.c makes of the debug registers"),
	HIDDEN("TraceVer", 4, "CPTR_EL2.TTA"),
	HIDDEN("PMUVer", 8, "not switched; MDCR_EL2.TPM"),
	FIXED("BRPs", 12, 1, "two breakpoints, the fewest there may be; they never match"),
	HIDDEN("PMSS", 16, "see PMUVer"),
	FIXED("WRPs", 20, 1, "two watchpoints, likewise"),
	HIDDEN("SEBEP", 24, "see PMUVer"),
	FIXED("CTX_CMPs", 28, 0, "one of the breakpoints can match contexts, the fewest"),
	HIDDEN("PMSVer", 32, "not switched; MDCR_EL2.TPMS"),
	FIXED("DoubleLock", 36, 0, "0 says there is one: Armv8.0 debug always has OSDLR_EL1"),
	HIDDEN("TraceFilt", 40, "TRFCR_EL1 is not switched; MDCR_EL2.TTRF"),
	HIDDEN("TraceBuffer", 44, "not switched; MDCR_EL2.E2TB is 0"),
	HIDDEN("MTPMU", 48, "see PMUVer"),
	HIDDEN("BRBE", 52, "branch records are not switched"),
	HIDDEN("ExtTrcBuff", 56, "see TraceVer"),
	HIDDEN("HPMN0", 60, "EL2's"),
};

/* ---- AArch64: instructions ------------------------------------------------------------------------- */

static const struct id_field aa64isar0[] = {
	UP_TO("AES", 4, 2, "no state"),
	UP_TO("SHA1", 8, 1, "no state"),
	UP_TO("SHA2", 12, 2, "no state"),
	UP_TO("CRC32", 16, 1, "no state"),
	UP_TO("Atomic", 20, 3, "no state; on a device they abort"),
	HIDDEN("TME", 24, "withdrawn from the architecture; an exit would end each transaction"),
	UP_TO("RDM", 28, 1, "no state"),
	UP_TO("SHA3", 32, 1, "no state"),
	UP_TO("SM3", 36, 1, "no state"),
	UP_TO("SM4", 40, 1, "no state"),
	UP_TO("DP", 44, 1, "no state"),
	UP_TO("FHM", 48, 1, "no state"),
	UP_TO("TS", 52, 2, "works on NZCV"),
	UP_TO("TLB", 56, 2, "broadcast and range TLBI reach this VMID only; HCR_EL2.TTLB is 0"),
	UP_TO("RNDR", 60, 1, "a random number each time, no state"),
};

static const struct id_field aa64isar1[] = {
	UP_TO("DPB", 0, 2, "no state; HCR_EL2.TPCP is 0"),
	UP_TO("APA", 4, 5, "keys are switched; 6 has PSTATE.PACM, which HCRX_EL2 disables"),
	UP_TO("API", 8, 5, "the same with another algorithm"),
	UP_TO("JSCVT", 12, 1, "no state"),
	UP_TO("FCMA", 16, 1, "no state"),
	UP_TO("LRCPC", 20, 3, "no state"),
	UP_TO("GPA", 24, 1, "the generic key is switched"),
	UP_TO("GPI", 28, 1, "the generic key is switched"),
	UP_TO("FRINTTS", 32, 1, "no state"),
	UP_TO("SB", 36, 1, "no state"),
	UP_TO("SPECRES", 40, 2, "no state; reaches the guest's own contexts only"),
	UP_TO("BF16", 44, 2, "no state; 2: FPCR.EBF"),
	UP_TO("DGH", 48, 1, "a hint"),
	UP_TO("I8MM", 52, 1, "no state"),
	HIDDEN("XS", 56, "not looked at: how HCR_EL2.FB and BSU treat the nXS forms"),
	HIDDEN("LS64", 60, "HCRX_EL2.EnALS is 0; 64-byte accesses to devices are not emulated"),
};

static const struct id_field aa64isar2[] = {
	UP_TO("WFxT", 0, 2, "WFIT is emulated with its time-out"),
	UP_TO("RPRES", 4, 1, "FPCR.AH"),
	UP_TO("GPA3", 8, 1, "the generic key is switched"),
	UP_TO("APA3", 12, 5, "as APA"),
	HIDDEN("MOPS", 16, "HCRX_EL2.MSCEn is 0; would also have to go on on another CPU"),
	UP_TO("BC", 20, 1, "no state"),
	UP_TO("PAC_frac", 24, 1, "how a key is used, no state"),
	UP_TO("CLRBHB", 28, 1, "a hint"),
	HIDDEN("SYSREG_128", 32, "128-bit registers are not switched; HCRX_EL2.D128En is 0"),
	HIDDEN("SYSINSTR_128", 36, "see SYSREG_128"),
	UP_TO("PRFMSLC", 40, 1, "a hint"),
	UP_TO("PCDPHINT", 44, 1, "a hint"),
	UP_TO("RPRFM", 48, 1, "a hint"),
	UP_TO("CSSC", 52, 2, "no state"),
	UP_TO("LUT", 56, 1, "no state"),
	UP_TO("ATS1A", 60, 1, "PAR_EL1 is switched"),
};

static const struct id_field aa64isar3[] = {
	UP_TO("CPA", 0, 1, "no state; 2 is switched on in SCTLR2_EL1, which is not switched"),
	UP_TO("FAMINMAX", 4, 1, "no state"),
	HIDDEN("TLBIW", 8, "stage 2 dirty state is EL2's"),
	HIDDEN("PACM", 12, "HCRX_EL2.PACMEn is 0"),
	UP_TO("LSFE", 16, 1, "no state; on a device they abort"),
	HIDDEN("OCCMO", 20, "maintains caches that the hypervisor knows nothing of"),
	UP_TO("LSUI", 24, 1, "no state; on a device they abort"),
	UP_TO("FPRCVT", 28, 1, "no state"),
};

/* ---- AArch64: memory ------------------------------------------------------------------------------- */

static const struct id_field aa64mmfr0[] = {
	PA_RANGE("PARange", 0, 5, "no more than stage 2 takes; 52 bits need LPA, hidden"),
	UP_TO("ASIDBits", 4, 2, "in TTBR0_EL1, TTBR1_EL1 and TCR_EL1"),
	UP_TO("BigEnd", 8, 1, "EE and E0E are in SCTLR_EL1; device accesses follow them"),
	HIDDEN("SNSMem", 12, "the guest has one physical address space"),
	UP_TO("BigEndEL0", 16, 1, "E0E is in SCTLR_EL1"),
	UP_TO("TGran16", 20, 1, "2 is LPA2: the hypervisor's walk of stage 1 does not know it"),
	SIGNED_UP_TO("TGran64", 24, 0, "no state"),
	SIGNED_UP_TO("TGran4", 28, 0, "1 is LPA2, as above"),
	HIDDEN("TGran16_2", 32, "EL2's; 0 says as TGran16"),
	HIDDEN("TGran64_2", 36, "EL2's"),
	HIDDEN("TGran4_2", 40, "EL2's"),
	UP_TO("ExS", 44, 1, "EIS and EOS are in SCTLR_EL1"),
	HIDDEN("FGT", 56, "EL2's"),
	HIDDEN("ECV", 60, "EL2's, and more of CNTKCTL_EL1 than was looked at"),
};

static const struct id_field aa64mmfr1[] = {
	UP_TO("HAFDBS", 0, 2, "HA and HD are in TCR_EL1; 3 is in TCR2_EL1, not switched"),
	HIDDEN("VMIDBits", 4, "EL2's"),
	HIDDEN("VH", 8, "EL2's"),
	UP_TO("HPDS", 12, 2, "in TCR_EL1"),
	HIDDEN("LO", 16, "LORegion registers are not switched; HCR_EL2.TLOR"),
	UP_TO("PAN", 20, 3, "in SPSR; SPAN and EPAN are in SCTLR_EL1"),
	HIDDEN("SpecSEI", 24, "the CPU's SErrors are the hypervisor's (HCR_EL2.AMO)"),
	HIDDEN("XNX", 28, "EL2's"),
	HIDDEN("TWED", 32, "how long a WFE waits before it traps is the hypervisor's"),
	UP_TO("ETS", 36, 3, "a promise about order, no state"),
	HIDDEN("HCX", 40, "EL2's"),
	UP_TO("AFP", 44, 1, "in FPCR"),
	UP_TO("nTLBPA", 48, 1, "a promise about the TLB, no state"),
	UP_TO("TIDCP1", 52, 1, "in SCTLR_EL1"),
	HIDDEN("CMOW", 56, "wants stage 2 to agree: HCRX_EL2.CMOW is 0"),
	UP_TO("ECBHB", 60, 1, "a promise about speculation, no state"),
};

static const struct id_field aa64mmfr2[] = {
	HIDDEN("CnP", 0, "vCPUs take turns on a CPU: what its TLB shares is not the guest's to say"),
	UP_TO("UAO", 4, 1, "in SPSR"),
	UP_TO("LSM", 8, 1, "in SCTLR_EL1"),
	UP_TO("IESB", 12, 1, "in SCTLR_EL1"),
	HIDDEN("VARange", 16, "1 is 52-bit addresses, which the walk of stage 1 does not know"),
	UP_TO("CCIDX", 20, 1, "the layout of CCSIDR_EL1, which does not trap"),
	HIDDEN("NV", 24, "EL2's"),
	UP_TO("ST", 28, 1, "more of T0SZ and T1SZ in TCR_EL1"),
	UP_TO("AT", 32, 1, "nAA is in SCTLR_EL1"),
	UP_TO("IDS", 36, 1, "how EL0's reads of ID registers are reported to EL1"),
	HIDDEN("FWB", 40, "EL2's"),
	UP_TO("TTL", 48, 1, "a hint in TLBI"),
	UP_TO("BBM", 52, 2, "what may be changed in a live table, no state"),
	HIDDEN("EVT", 56, "EL2's"),
	UP_TO("E0PD", 60, 1, "in TCR_EL1"),
};

/* ---- AArch32, for EL0's programs: EL1 reads these to tell them what they may use ----------------- */

static const struct id_field pfr0[] = {
	AS_IS("State0 to State3", 15, 0, "A32, T32, Jazelle and T32EE as they are"),
	UP_TO("CSV2", 16, 2, "a promise about speculation"),
	HIDDEN("AMU", 20, "as in ID_AA64PFR0_EL1"),
	UP_TO("DIT", 24, 1, "in SPSR"),
	UP_TO("RAS", 28, 1, "as in ID_AA64PFR0_EL1"),
};

/* ProgMod, Security, MProgMod, Virtualization and their fractions are about AArch32 at EL1 and above. */
static const struct id_field pfr1[] = {
	UP_TO("GenTimer", 16, 1, "the virtual timer; 2 is ECV, hidden"),
	UP_TO("GIC", 28, 1, "as in ID_AA64PFR0_EL1"),
};

static const struct id_field dfr0[] = {
	FIXED("CopDbg", 0, 6, "as DebugVer in ID_AA64DFR0_EL1"),
	HIDDEN("CopTrc to PerfMon", 12, "trace and PMU, as in ID_AA64DFR0_EL1"),
};

static const struct id_field whole[] = {
	AS_IS("all fields", 31, 0, "Armv8-A fixed them, no state"),
};

static const struct id_field isar0[] = {
	AS_IS("Swap to Divide", 27, 0, "no state"),
};

static const struct id_field isar4[] = {
	AS_IS("Unpriv, WithShifts, Writeback", 11, 0, "no state"),
	HIDDEN("SMC", 12, "SMC is EL1's, which is AArch64"),
	AS_IS("Barrier to SWP_frac", 31, 16, "no state"),
};

static const struct id_field isar5[] = {
	UP_TO("SEVL", 0, 1, "no state"),
	UP_TO("AES", 4, 2, "no state"),
	UP_TO("SHA1", 8, 1, "no state"),
	UP_TO("SHA2", 12, 1, "no state"),
	UP_TO("CRC32", 16, 1, "no state"),
	UP_TO("RDM", 24, 1, "no state"),
	UP_TO("VCMA", 28, 1, "no state"),
};

static const struct id_field isar6[] = {
	UP_TO("JSCVT", 0, 1, "no state"),
	UP_TO("DP", 4, 1, "no state"),
	UP_TO("FHM", 8, 1, "no state"),
	UP_TO("SB", 12, 1, "no state"),
	UP_TO("SPECRES", 16, 2, "no state"),
	UP_TO("BF16", 20, 1, "no state"),
	UP_TO("I8MM", 24, 1, "no state"),
	UP_TO("CLRBHB", 28, 1, "a hint"),
};

static const struct id_field mmfr4[] = {
	HIDDEN("SpecSEI", 0, "as in ID_AA64MMFR1_EL1"),
	UP_TO("AC2", 4, 1, "ACTLR2 is of AArch32 at EL1, and there is none"),
	HIDDEN("XNX", 8, "EL2's"),
	HIDDEN("CnP", 12, "as in ID_AA64MMFR2_EL1"),
	UP_TO("HPDS", 16, 2, "no state"),
	UP_TO("LSM", 20, 1, "in SCTLR_EL1"),
	UP_TO("CCIDX", 24, 1, "as in ID_AA64MMFR2_EL1"),
	HIDDEN("EVT", 28, "EL2's"),
};

static const struct id_field mmfr5[] = {
	UP_TO("ETS", 0, 3, "as in ID_AA64MMFR1_EL1"),
	UP_TO("nTLBPA", 4, 1, "as in ID_AA64MMFR1_EL1"),
};

static const struct id_field mvfr2[] = {
	AS_IS("SIMDMisc, FPMisc", 7, 0, "no state"),
};

static const struct id_field pfr2[] = {
	UP_TO("CSV3", 0, 1, "a promise about speculation"),
	UP_TO("SSBS", 4, 1, "in SPSR"),
	HIDDEN("RAS_frac", 8, "as in ID_AA64PFR1_EL1"),
};

/* ---- The registers --------------------------------------------------------------------------------- */

#define A32(name, crm, op2, fields)	{ name, crm, op2, true, ARRAY_SIZE(fields), fields, NULL }
#define A64(name, crm, op2, fields)	{ name, crm, op2, false, ARRAY_SIZE(fields), fields, NULL }
#define NOTHING_OF(name, crm, op2, why)	{ name, crm, op2, false, 0, NULL, why }

const struct id_register id_registers[] = {
	A32("ID_PFR0_EL1", 1, 0, pfr0),
	A32("ID_PFR1_EL1", 1, 1, pfr1),
	A32("ID_DFR0_EL1", 1, 2, dfr0),
	NOTHING_OF("ID_AFR0_EL1", 1, 3, "IMPLEMENTATION DEFINED"),
	A32("ID_MMFR0_EL1", 1, 4, whole),
	A32("ID_MMFR1_EL1", 1, 5, whole),
	A32("ID_MMFR2_EL1", 1, 6, whole),
	A32("ID_MMFR3_EL1", 1, 7, whole),
	A32("ID_ISAR0_EL1", 2, 0, isar0),
	A32("ID_ISAR1_EL1", 2, 1, whole),
	A32("ID_ISAR2_EL1", 2, 2, whole),
	A32("ID_ISAR3_EL1", 2, 3, whole),
	A32("ID_ISAR4_EL1", 2, 4, isar4),
	A32("ID_ISAR5_EL1", 2, 5, isar5),
	A32("ID_MMFR4_EL1", 2, 6, mmfr4),
	A32("ID_ISAR6_EL1", 2, 7, isar6),
	A32("MVFR0_EL1", 3, 0, whole),
	A32("MVFR1_EL1", 3, 1, whole),
	A32("MVFR2_EL1", 3, 2, mvfr2),
	A32("ID_PFR2_EL1", 3, 4, pfr2),
	NOTHING_OF("ID_DFR1_EL1", 3, 5, "PMU"),
	A32("ID_MMFR5_EL1", 3, 6, mmfr5),
	A64("ID_AA64PFR0_EL1", 4, 0, aa64pfr0),
	A64("ID_AA64PFR1_EL1", 4, 1, aa64pfr1),
	NOTHING_OF("ID_AA64PFR2_EL1", 4, 2, "FPMR, memory tags, GICv5: none is switched"),
	NOTHING_OF("ID_AA64ZFR0_EL1", 4, 4, "SVE"),
	NOTHING_OF("ID_AA64SMFR0_EL1", 4, 5, "SME"),
	NOTHING_OF("ID_AA64FPFR0_EL1", 4, 7, "FP8: FPMR is not switched; HCRX_EL2.EnFPM is 0"),
	A64("ID_AA64DFR0_EL1", 5, 0, aa64dfr0),
	NOTHING_OF("ID_AA64DFR1_EL1", 5, 1, "PMU, branch records, more breakpoints"),
	NOTHING_OF("ID_AA64DFR2_EL1", 5, 2, "profiling, more of debug"),
	NOTHING_OF("ID_AA64AFR0_EL1", 5, 4, "IMPLEMENTATION DEFINED"),
	NOTHING_OF("ID_AA64AFR1_EL1", 5, 5, "IMPLEMENTATION DEFINED"),
	A64("ID_AA64ISAR0_EL1", 6, 0, aa64isar0),
	A64("ID_AA64ISAR1_EL1", 6, 1, aa64isar1),
	A64("ID_AA64ISAR2_EL1", 6, 2, aa64isar2),
	A64("ID_AA64ISAR3_EL1", 6, 3, aa64isar3),
	A64("ID_AA64MMFR0_EL1", 7, 0, aa64mmfr0),
	A64("ID_AA64MMFR1_EL1", 7, 1, aa64mmfr1),
	A64("ID_AA64MMFR2_EL1", 7, 2, aa64mmfr2),
	NOTHING_OF("ID_AA64MMFR3_EL1", 7, 3,
		   "TCR2_EL1, SCTLR2_EL1, PIR_EL1, POR_EL1...: none is switched; HCRX_EL2 is 0"),
	NOTHING_OF("ID_AA64MMFR4_EL1", 7, 4, "EL2's, and SCTLR2_EL1"),
};
const unsigned int id_register_count = ARRAY_SIZE(id_registers);
