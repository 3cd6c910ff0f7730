// SPDX-License-Identifier: MIT
/* features.c - decode and judge the identification registers. Plain C; reading is in features_el2.c. */
#include "features.h"

#include "arch/bits.h"
#include "arch/sysreg_fields.h"

/* PARange: an index into these widths; what is not listed is reserved. */
static unsigned int pa_bits(uint64_t pa_range)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	return pa_range < ARRAY_SIZE(bits) ? bits[pa_range] : 0;
}

void hw_features_decode(const struct id_registers *id, struct hw_features *f)
{
	uint64_t el1 = FIELD_GET(ID_AA64PFR0_EL1F, id->pfr0);
	uint64_t el2 = FIELD_GET(ID_AA64PFR0_EL2, id->pfr0);
	uint64_t tgran4 = FIELD_GET(ID_AA64MMFR0_TGRAN4, id->mmfr0);
	uint64_t tgran4_2 = FIELD_GET(ID_AA64MMFR0_TGRAN4_2, id->mmfr0);
	uint64_t pmu = FIELD_GET(ID_AA64DFR0_PMUVER, id->dfr0);

	*f = (struct hw_features){
		.current_el = (id->current_el >> 2) & 3,

		/* 0 not implemented, 1 AArch64 only, 2 AArch32 too. */
		.el1 = el1 == 1 || el1 == 2,
		.el2 = el2 == 1 || el2 == 2,
		.el1_aarch32 = el1 == 2,

		/* Signed field: negative numbers say no. */
		.granule_4k = !(tgran4 & 8),
		/* 0 as TGran4 says, 1 no, 2 yes, 3 yes with 52-bit addresses. */
		.granule_4k_stage2 = tgran4_2 == 0 ? !(tgran4 & 8) : tgran4_2 != 1,

		/* Signed field: 0 it can, negative numbers it cannot. */
		.e2h_can_be_0 = !(FIELD_GET(ID_AA64MMFR4_E2H0, id->mmfr4) & 8),

		/* 0 no system registers, 1 GICv3 and GICv4.0, 3 GICv4.1. */
		.gic = FIELD_GET(ID_AA64PFR0_GIC, id->pfr0) == 0 ? 0 :
		       FIELD_GET(ID_AA64PFR0_GIC, id->pfr0) < 3 ? 3 : 4,

		.pa_bits = pa_bits(FIELD_GET(ID_AA64MMFR0_PARANGE, id->mmfr0)),
		.vmid_bits = FIELD_GET(ID_AA64MMFR1_VMIDBITS, id->mmfr1) == 2 ? 16 : 8,
		.vhe = FIELD_GET(ID_AA64MMFR1_VH, id->mmfr1) != 0,

		/* Signed as well; FP and AdvSIMD are both there or neither. */
		.fp = !(FIELD_GET(ID_AA64PFR0_FP, id->pfr0) & 8),
		.sve = FIELD_GET(ID_AA64PFR0_SVE, id->pfr0) != 0,
		.sme = FIELD_GET(ID_AA64PFR1_SME, id->pfr1) != 0,

		/* One of these fields says by which algorithm addresses are signed. */
		.pauth = FIELD_GET(ID_AA64ISAR1_APA, id->isar1) || FIELD_GET(ID_AA64ISAR1_API, id->isar1) ||
			 FIELD_GET(ID_AA64ISAR2_APA3, id->isar2),

		.ras = FIELD_GET(ID_AA64PFR0_RAS, id->pfr0) != 0,
		.mte = FIELD_GET(ID_AA64PFR1_MTE, id->pfr1) >= 2,
		.fgt = FIELD_GET(ID_AA64MMFR0_FGT, id->mmfr0) != 0,
		.nested = FIELD_GET(ID_AA64MMFR2_NV, id->mmfr2) >= 2,
		.fwb = FIELD_GET(ID_AA64MMFR2_FWB, id->mmfr2) != 0,
		.xnx = FIELD_GET(ID_AA64MMFR1_XNX, id->mmfr1) != 0,
		/* 2 and up; or 1, and the fraction says 2 (FEAT_CSV2_1p2). */
		.csv2_2 = FIELD_GET(ID_AA64PFR0_CSV2, id->pfr0) >= 2 ||
			  (FIELD_GET(ID_AA64PFR0_CSV2, id->pfr0) == 1 &&
			   FIELD_GET(ID_AA64PFR1_CSV2_FRAC, id->pfr1) == 2),
		.lor = FIELD_GET(ID_AA64MMFR1_LO, id->mmfr1) != 0,

		/* 0xf is a PMU that is not Arm's: none, for our purposes. */
		.pmu = pmu == 0xf ? 0 : pmu,
	};
}

const char *hw_features_lacking(const struct hw_features *f)
{
	if (f->current_el != 2)
		return "this is not EL2: run QEMU with -M virt,virtualization=on (make: EL=2).";
	if (!f->el2)
		return "EL2 cannot be AArch64 (ID_AA64PFR0_EL1.EL2): run QEMU with -cpu cortex-a57.";
	if (!f->el1)
		return "EL1 cannot be AArch64 (ID_AA64PFR0_EL1.EL1): run QEMU with -cpu cortex-a57.";
	if (!f->e2h_can_be_0)
		return "HCR_EL2.E2H cannot be 0 (ID_AA64MMFR4_EL1.E2H0): run QEMU with -cpu cortex-a57.";
	if (!f->gic)
		return "the GIC has no system registers (ID_AA64PFR0_EL1.GIC): run QEMU with "
		       "-M virt,gic-version=3 (make: GIC=3).";
	if (!f->granule_4k)
		return "stage 1 has no 4 KiB granule (ID_AA64MMFR0_EL1.TGran4): run QEMU with "
		       "-cpu cortex-a57.";
	if (!f->granule_4k_stage2)
		return "stage 2 has no 4 KiB granule (ID_AA64MMFR0_EL1.TGran4_2): run QEMU with "
		       "-cpu cortex-a57.";
	if (!f->pa_bits)
		return "ID_AA64MMFR0_EL1.PARange has a reserved value: run QEMU with -cpu cortex-a57.";
	return NULL;
}

const char *cpu_name(uint64_t midr)
{
	static const struct {
		uint16_t implementer, part;	/* MIDR_EL1[31:24] and [15:4] */
		const char *name;
	} cpus[] = {
		{ 0x41, 0xd03, "Cortex-A53" },
		{ 0x41, 0xd04, "Cortex-A35" },
		{ 0x41, 0xd05, "Cortex-A55" },
		{ 0x41, 0xd07, "Cortex-A57" },
		{ 0x41, 0xd08, "Cortex-A72" },
		{ 0x41, 0xd09, "Cortex-A73" },
		{ 0x41, 0xd0b, "Cortex-A76" },
		{ 0x41, 0xd0c, "Neoverse-N1" },
		{ 0x41, 0xd40, "Neoverse-V1" },
		{ 0x41, 0xd49, "Neoverse-N2" },
		{ 0x46, 0x001, "A64FX" },
		{ 0x00, 0x051, "QEMU's max" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cpus); i++)
		if (FIELD_GET(GENMASK(31, 24), midr) == cpus[i].implementer &&
		    FIELD_GET(GENMASK(15, 4), midr) == cpus[i].part)
			return cpus[i].name;
	return "unknown";
}
