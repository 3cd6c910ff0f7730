// SPDX-License-Identifier: MIT
/*
 * sysreg_rules.c - the table of trapped system registers.
 *
 * What traps at all is decided in lab 2 (hcr.c) and lab 3 (MDCR_EL2, CPTR_EL2, CNTHCTL_EL2, ICH_HCR_EL2).
 * What the guest was told of (id_fields.c) has to have a line here that keeps the promise: two breakpoints,
 * for one, are there to be written and read.
 */
#include "sysreg_rules.h"

#define FROM_TO(from, to, access, action, name, policy) \
	{ SYSREG_NUMBER from, SYSREG_NUMBER to, access, action, name, policy }
#define RULE(at, access, action, name, policy)	FROM_TO(at, at, access, action, name, policy)

/* Breakpoint and watchpoint n: value and control. They never match: MDSCR_EL1.MDE stays 0 in the CPU. */
#define BREAKPOINT(n) \
	FROM_TO((2, 0, 0, n, 4), (2, 0, 0, n, 7), SYSREG_RW, SYSREG_ZERO, \
		"DBGBVR" #n "_EL1, DBGBCR, DBGWVR, DBGWCR", "RAZ/WI: never matches")

const struct sysreg_rule sysreg_rules[] = {
	/* op0 = 1: instructions. */
	RULE((1, 0, 7, 6, 2), SYSREG_W, SYSREG_SET_WAY, "DC ISW",
	     "all of the VM's memory is cleaned, once"),
	RULE((1, 0, 7, 10, 2), SYSREG_W, SYSREG_SET_WAY, "DC CSW", "the same"),
	RULE((1, 0, 7, 14, 2), SYSREG_W, SYSREG_SET_WAY, "DC CISW", "the same"),

	/* op0 = 2: debug. MDCR_EL2.TDA, TDRA and TDOSA. */
	RULE((2, 0, 0, 0, 2), SYSREG_RW, SYSREG_ZERO, "OSDTRRX_EL1",
	     "RAZ/WI: no debugger is connected"),
	BREAKPOINT(0),
	BREAKPOINT(1),
	RULE((2, 0, 0, 2, 0), SYSREG_RW, SYSREG_ZERO, "MDCCINT_EL1", "RAZ/WI"),
	RULE((2, 0, 0, 2, 2), SYSREG_RW, SYSREG_DEBUG, "MDSCR_EL1",
	     "SS, TDCC, KDE work, MDE is kept; else RES0"),
	RULE((2, 0, 0, 3, 2), SYSREG_RW, SYSREG_ZERO, "OSDTRTX_EL1", "RAZ/WI"),
	RULE((2, 0, 0, 6, 2), SYSREG_RW, SYSREG_ZERO, "OSECCR_EL1", "RAZ/WI"),
	RULE((2, 0, 1, 0, 0), SYSREG_R, SYSREG_ZERO, "MDRAR_EL1",
	     "RAZ: no debug registers in memory"),
	RULE((2, 0, 1, 0, 4), SYSREG_W, SYSREG_DEBUG, "OSLAR_EL1", "the guest's own OS Lock"),
	RULE((2, 0, 1, 1, 4), SYSREG_R, SYSREG_DEBUG, "OSLSR_EL1", "its state"),
	RULE((2, 0, 1, 3, 4), SYSREG_RW, SYSREG_DEBUG, "OSDLR_EL1",
	     "the guest's own OS Double Lock"),
	RULE((2, 0, 1, 4, 4), SYSREG_RW, SYSREG_ZERO, "DBGPRCR_EL1",
	     "RAZ/WI: power is the hypervisor's"),
	RULE((2, 0, 7, 8, 6), SYSREG_RW, SYSREG_ZERO, "DBGCLAIMSET_EL1", "RAZ/WI: no claim tags"),
	RULE((2, 0, 7, 9, 6), SYSREG_RW, SYSREG_ZERO, "DBGCLAIMCLR_EL1", "RAZ/WI"),
	RULE((2, 0, 7, 14, 6), SYSREG_R, SYSREG_ZERO, "DBGAUTHSTATUS_EL1", "RAZ"),
	RULE((2, 3, 0, 1, 0), SYSREG_R | SYSREG_EL0, SYSREG_ZERO, "MDCCSR_EL0",
	     "RAZ: the channel is empty"),
	RULE((2, 3, 0, 4, 0), SYSREG_RW | SYSREG_EL0, SYSREG_ZERO, "DBGDTR_EL0", "RAZ/WI"),
	RULE((2, 3, 0, 5, 0), SYSREG_RW | SYSREG_EL0, SYSREG_ZERO, "DBGDTRRX_EL0, DBGDTRTX_EL0",
	     "RAZ, WI"),

	/* op0 = 3: registers. HCR_EL2.TID3. */
	FROM_TO((3, 0, 0, 1, 0), (3, 0, 0, 7, 7), SYSREG_R, SYSREG_ID, "ID_*, MVFR*",
		"what id_fields.c shows"),

	/* HCR_EL2.TACR, and TVM while caches are watched. */
	RULE((3, 0, 1, 0, 0), SYSREG_W, SYSREG_VM_CONTROL, "SCTLR_EL1", "written for the guest"),
	RULE((3, 0, 1, 0, 1), SYSREG_RW, SYSREG_ZERO, "ACTLR_EL1", "RAZ/WI"),
	RULE((3, 0, 2, 0, 0), SYSREG_W, SYSREG_VM_CONTROL, "TTBR0_EL1", "written for the guest"),
	RULE((3, 0, 2, 0, 1), SYSREG_W, SYSREG_VM_CONTROL, "TTBR1_EL1", "written for the guest"),
	RULE((3, 0, 2, 0, 2), SYSREG_W, SYSREG_VM_CONTROL, "TCR_EL1", "written for the guest"),
	RULE((3, 0, 5, 1, 0), SYSREG_W, SYSREG_VM_CONTROL, "AFSR0_EL1", "written for the guest"),
	RULE((3, 0, 5, 1, 1), SYSREG_W, SYSREG_VM_CONTROL, "AFSR1_EL1", "written for the guest"),
	RULE((3, 0, 5, 2, 0), SYSREG_W, SYSREG_VM_CONTROL, "ESR_EL1", "written for the guest"),

	/* HCR_EL2.TERR. With no records the rest of them may be UNDEFINED (Arm ARM, ERXSTATUS_EL1). */
	RULE((3, 0, 5, 3, 0), SYSREG_R, SYSREG_ZERO, "ERRIDR_EL1", "RAZ: no error records"),
	RULE((3, 0, 5, 3, 1), SYSREG_RW, SYSREG_ZERO, "ERRSELR_EL1", "RAZ/WI"),
	FROM_TO((3, 0, 5, 4, 0), (3, 0, 5, 5, 7), 0, SYSREG_NOT_THERE, "ERX*_EL1",
		"UNDEFINED: no error records"),

	RULE((3, 0, 6, 0, 0), SYSREG_W, SYSREG_VM_CONTROL, "FAR_EL1", "written for the guest"),

	/* MDCR_EL2.TPM. ID_AA64DFR0_EL1 says that there are none. */
	FROM_TO((3, 0, 9, 14, 0), (3, 0, 9, 14, 7), SYSREG_RW, SYSREG_HOST,
		"PMINTEN*_EL1, PMMIR_EL1", "the host's, or UNDEFINED"),

	RULE((3, 0, 10, 2, 0), SYSREG_W, SYSREG_VM_CONTROL, "MAIR_EL1", "written for the guest"),
	RULE((3, 0, 10, 3, 0), SYSREG_W, SYSREG_VM_CONTROL, "AMAIR_EL1", "written for the guest"),
	FROM_TO((3, 0, 10, 4, 0), (3, 0, 10, 4, 7), 0, SYSREG_NOT_THERE, "LOR*_EL1",
		"UNDEFINED: no LORegions"),

	/* HCR_EL2.IMO and FMO; ICH_HCR_EL2.TDIR. */
	RULE((3, 0, 12, 11, 1), SYSREG_W, SYSREG_DEACTIVATE, "ICC_DIR_EL1",
	     "the virtual GIC deactivates it"),
	RULE((3, 0, 12, 11, 5), SYSREG_W, SYSREG_SGI, "ICC_SGI1R_EL1",
	     "an SGI to other vCPUs, Group 1"),
	RULE((3, 0, 12, 11, 6), SYSREG_W, SYSREG_SGI, "ICC_ASGI1R_EL1",
	     "the same for the other Security state"),
	RULE((3, 0, 12, 11, 7), SYSREG_W, SYSREG_SGI, "ICC_SGI0R_EL1",
	     "an SGI to other vCPUs, Group 0"),

	RULE((3, 0, 13, 0, 1), SYSREG_W, SYSREG_VM_CONTROL, "CONTEXTIDR_EL1",
	     "written for the guest"),

	/* HCR_EL2.TID5. */
	RULE((3, 1, 0, 0, 4), 0, SYSREG_NOT_THERE, "GMID_EL1", "UNDEFINED: no memory tags"),

	/* MDCR_EL2.TPM again. What EL0 may, PMUSERENR_EL0 would say: here, nothing. */
	FROM_TO((3, 3, 9, 12, 0), (3, 3, 9, 14, 7), SYSREG_RW, SYSREG_HOST, "PM*_EL0",
		"the host's, or UNDEFINED"),

	/* CNTHCTL_EL2.EL1PCEN is 0. EL0 gets here only if CNTKCTL_EL1 of the guest lets it. */
	RULE((3, 3, 14, 0, 1), SYSREG_R | SYSREG_EL0, SYSREG_TIMER, "CNTPCT_EL0",
	     "the CPU's own counter; QEMU 7.2 takes EL1PCEN for EL1PCTEN at EL0"),
	RULE((3, 3, 14, 2, 0), SYSREG_RW | SYSREG_EL0, SYSREG_TIMER, "CNTP_TVAL_EL0",
	     "the CPU's own timer"),
	RULE((3, 3, 14, 2, 1), SYSREG_RW | SYSREG_EL0, SYSREG_TIMER, "CNTP_CTL_EL0",
	     "the CPU's own timer"),
	RULE((3, 3, 14, 2, 2), SYSREG_RW | SYSREG_EL0, SYSREG_TIMER, "CNTP_CVAL_EL0",
	     "the CPU's own timer"),
	FROM_TO((3, 3, 14, 8, 0), (3, 3, 14, 15, 7), SYSREG_RW, SYSREG_HOST,
		"PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0", "the host's, or UNDEFINED"),

	/* HCR_EL2.TIDCP: IMPLEMENTATION DEFINED registers. Of these a host can make some of its own. */
	FROM_TO((3, 3, 15, 0, 0), (3, 3, 15, 15, 7), SYSREG_RW, SYSREG_HOST, "S3_3_C15_C<m>_<n>",
		"the host's, or UNDEFINED"),
};
const unsigned int sysreg_rule_count = ARRAY_SIZE(sysreg_rules);

const struct sysreg_rule *sysreg_find(uint16_t number)
{
	unsigned int from = 0, to = sysreg_rule_count;

	while (from < to) {
		unsigned int middle = (from + to) / 2;
		const struct sysreg_rule *rule = &sysreg_rules[middle];

		if (number < rule->first)
			to = middle;
		else if (number > rule->last)
			from = middle + 1;
		else
			return rule;
	}
	return NULL;
}
