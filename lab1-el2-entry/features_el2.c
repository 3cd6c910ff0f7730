// SPDX-License-Identifier: MIT
/* features_el2.c - read this CPU's identification registers, and print what they say. */
#include "features.h"

#include "arch/sysreg.h"
#include "drivers/console.h"

void id_registers_read(struct id_registers *id)
{
	id->current_el = read_sysreg(CurrentEL);
	id->midr = read_sysreg(MIDR_EL1);
	id->pfr0 = read_sysreg(ID_AA64PFR0_EL1);
	id->pfr1 = read_sysreg(ID_AA64PFR1_EL1);
	id->mmfr0 = read_sysreg(ID_AA64MMFR0_EL1);
	id->mmfr1 = read_sysreg(ID_AA64MMFR1_EL1);
	id->mmfr2 = read_sysreg(ID_AA64MMFR2_EL1);
	id->mmfr4 = read_sysreg(ID_AA64MMFR4_EL1);
	id->isar1 = read_sysreg(ID_AA64ISAR1_EL1);
	id->isar2 = read_sysreg(ID_AA64ISAR2_EL1);
	id->dfr0 = read_sysreg(ID_AA64DFR0_EL1);
}

bool has_hardware_support(const char **reason)
{
	struct id_registers id;
	struct hw_features features;
	const char *lacking;

	id_registers_read(&id);
	hw_features_decode(&id, &features);
	lacking = hw_features_lacking(&features);
	if (reason)
		*reason = lacking;
	return !lacking;
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

void hw_features_print(void)
{
	struct id_registers id;
	struct hw_features f;

	id_registers_read(&id);
	hw_features_decode(&id, &f);

	printf("CPU: %s (MIDR_EL1 0x%08lx)\n", cpu_name(id.midr), id.midr);
	printf("  Register           Field     Finding\n");
#define ROW(reg, field, finding, format, ...) \
	printf("  %-18s %-9s %-35s " format "\n", reg, field, finding, __VA_ARGS__)
	ROW("CurrentEL", "EL", "exception level", "EL%u", f.current_el);
	ROW("ID_AA64PFR0_EL1", "EL2", "EL2 in AArch64", "%s", yes_no(f.el2));
	ROW("", "EL1", "EL1 in AArch64, in AArch32", "%s, %s", yes_no(f.el1),
	    yes_no(f.el1_aarch32));
	ROW("", "GIC", "GIC by system registers", "%s",
	    f.gic == 0 ? "no" : f.gic == 3 ? "GICv3" : "GICv4.1");
	ROW("", "FP", "FP and Advanced SIMD", "%s", yes_no(f.fp));
	ROW("", "SVE", "Scalable Vector Extension", "%s", yes_no(f.sve));
	ROW("", "RAS", "error syndromes", "%s", yes_no(f.ras));
	ROW("", "CSV2", "branch prediction context numbers", "%s", yes_no(f.csv2_2));
	ROW("ID_AA64PFR1_EL1", "MTE", "memory tags", "%s", yes_no(f.mte));
	ROW("", "SME", "Scalable Matrix Extension", "%s", yes_no(f.sme));
	ROW("ID_AA64MMFR0_EL1", "PARange", "physical address", "%u bits", f.pa_bits);
	ROW("", "TGran4", "4 KiB granule, stage 1", "%s", yes_no(f.granule_4k));
	ROW("", "TGran4_2", "4 KiB granule, stage 2", "%s", yes_no(f.granule_4k_stage2));
	ROW("", "FGT", "fine-grained traps", "%s", yes_no(f.fgt));
	ROW("ID_AA64MMFR1_EL1", "VMIDBits", "VMID", "%u bits", f.vmid_bits);
	ROW("", "VH", "Virtualization Host Extensions", "%s", yes_no(f.vhe));
	ROW("", "XNX", "execute-never for EL0 and EL1 apart", "%s", yes_no(f.xnx));
	ROW("ID_AA64MMFR2_EL1", "NV", "nested virtualization", "%s", yes_no(f.nested));
	ROW("", "FWB", "stage 2 forces write-back", "%s", yes_no(f.fwb));
	ROW("ID_AA64MMFR4_EL1", "E2H0", "HCR_EL2.E2H can be 0", "%s", yes_no(f.e2h_can_be_0));
	ROW("ID_AA64ISAR1_EL1", "APA, API", "pointer authentication", "%s", yes_no(f.pauth));
	if (f.pmu)
		ROW("ID_AA64DFR0_EL1", "PMUVer", "performance monitors", "version %u", f.pmu);
	else
		ROW("ID_AA64DFR0_EL1", "PMUVer", "performance monitors", "%s", "none");
#undef ROW
}
