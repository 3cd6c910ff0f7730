/* SPDX-License-Identifier: MIT */
/*
 * features.h - what this CPU has, and whether a hypervisor can run on it.
 *
 * Three steps, apart from each other: read the identification registers, decode them into findings
 * (plain C, tested natively over values that no CPU at hand has), judge the findings.
 */
#ifndef LAB1_FEATURES_H
#define LAB1_FEATURES_H

#include "arch/types.h"

/* The registers that are looked at, as they read at EL2. */
struct id_registers {
	uint64_t current_el;		/* CurrentEL */
	uint64_t midr;			/* MIDR_EL1: who made the CPU, and which one it is */
	uint64_t pfr0, pfr1;		/* ID_AA64PFRn_EL1 */
	uint64_t mmfr0, mmfr1, mmfr2, mmfr4;	/* ID_AA64MMFRn_EL1 */
	uint64_t isar1, isar2;		/* ID_AA64ISARn_EL1 */
	uint64_t dfr0;			/* ID_AA64DFR0_EL1 */
};

/* The findings. */
struct hw_features {
	/* What the hypervisor cannot do without. */
	unsigned int current_el;	/* the exception level that we are at */
	bool el2, el1;			/* implemented, and can be AArch64 */
	bool granule_4k;		/* stage 1 has 4 KiB pages */
	bool granule_4k_stage2;		/* stage 2 has 4 KiB pages */
	bool e2h_can_be_0;		/* HCR_EL2.E2H is not fixed to 1 */
	unsigned int gic;		/* CPU interface by system registers: 0 no, 3 GICv3, 4 GICv4.1 */

	/* What it has to know about. */
	bool el1_aarch32;		/* EL1 may also be AArch32 */
	unsigned int pa_bits;		/* physical addresses: 32 to 56 bits */
	unsigned int vmid_bits;		/* 8 or 16 */
	bool vhe;			/* FEAT_VHE: E2H can be 1 */
	bool fp;			/* FP and Advanced SIMD */
	bool sve, sme;
	bool pauth;			/* FEAT_PAuth: EL1 has keys */
	bool ras;			/* FEAT_RAS: SErrors have a syndrome */
	bool mte;			/* FEAT_MTE2: memory tags */
	bool fgt;			/* FEAT_FGT: fine-grained traps */
	bool nested;			/* FEAT_NV2 */
	bool fwb;			/* FEAT_S2FWB: stage 2 can force write-back */
	bool xnx;			/* FEAT_XNX: stage 2 execute-never apart for EL0 and EL1 */
	bool csv2_2;			/* FEAT_CSV2_2: SCXTNUM_ELx */
	bool lor;			/* FEAT_LOR: limited ordering regions */
	unsigned int pmu;		/* PMUVer: 0 none, else the architecture's number for it */
};

/* Decode: no register is touched. */
void hw_features_decode(const struct id_registers *id, struct hw_features *features);

/*
 * hw_features_lacking - why the hypervisor cannot run on such a CPU, as a sentence that ends with
 * what mends it in QEMU; NULL when it can.
 */
const char *hw_features_lacking(const struct hw_features *features);

/* The name of a CPU by its MIDR_EL1: "Cortex-A57", or "unknown". */
const char *cpu_name(uint64_t midr);

/* Read this CPU's registers. At EL2. */
void id_registers_read(struct id_registers *id);

/*
 * has_hardware_support - can the hypervisor run on this CPU?
 * reason: receives hw_features_lacking() of it, when not NULL.
 */
bool has_hardware_support(const char **reason);

/* Print this CPU's findings as a table. */
void hw_features_print(void);

#endif
