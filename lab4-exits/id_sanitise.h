/* SPDX-License-Identifier: MIT */
/*
 * id_sanitise.h - which of the CPU's features a guest is told of.
 *
 * The identification registers are a group of their own in the encoding space: op0 = 3, op1 = 0,
 * CRn = 0, CRm = 1 to 7 (Arm ARM, "The feature identification registers"). HCR_EL2.TID3 traps EL1's reads
 * of them, and what the hypervisor answers is the guest's CPU. A guest uses what it is told of; so it
 * is told of a feature only if each of these holds:
 *
 *   - its state is switched with the vCPU (sysreg_table.h, fp.h of lab 3), or it has none;
 *   - it works at EL1 under our HCR_EL2, CPTR_EL2, MDCR_EL2, and HCRX_EL2 = 0;
 *   - its description here has been looked at: a field has a greatest value that is shown.
 *
 * Everything else reads as zero: fields that a later architecture gives a meaning to, whole registers
 * that are reserved today. For most fields 0 says "no such feature".
 */
#ifndef LAB4_ID_SANITISE_H
#define LAB4_ID_SANITISE_H

#include "arch/types.h"

#define ID_CRM_COUNT		8
#define ID_OP2_COUNT		8

/* The registers' values, by [CRm][op2]. CRm 0 (MIDR_EL1, MPIDR_EL1) does not trap, and stays 0 here. */
struct guest_ids {
	uint64_t value[ID_CRM_COUNT][ID_OP2_COUNT];
};

/* What becomes of a field. Numbers are compared as the Arm ARM's "Principles of the ID scheme" has it. */
enum id_policy {
	ID_HIDDEN,		/* 0 */
	ID_FIXED,		/* "value", whatever the CPU has */
	ID_UP_TO,		/* the CPU's, at most "value" */
	ID_SIGNED_UP_TO,	/* the same where 0b1111 is -1: not implemented */
	ID_AS_IS,		/* the CPU's: fields that no later architecture extends */
	ID_PA_RANGE,		/* the CPU's, at most "value", and at most what stage 2 takes */
};

struct id_field {
	const char *name;	/* as in the Arm ARM */
	uint8_t low, width;	/* where it is */
	uint8_t policy, value;	/* an enum id_policy, and its number */
	const char *reason;
};

struct id_register {
	const char *name;
	uint8_t crm, op2;
	bool aarch32;		/* of AArch32: all zero if EL0 cannot be AArch32 */
	uint8_t count;		/* of fields; 0: all of it is hidden */
	const struct id_field *fields;
	const char *reason;	/* of a register without fields */
};

/* All registers that have a name, in the order of [CRm][op2]. */
extern const struct id_register id_registers[];
extern const unsigned int id_register_count;

/*
 * guest_ids_make - the guest's values, from the CPU's. Plain C.
 * hardware: as read at EL2; ipa_bits: how many bits of address the guest's stage 2 takes.
 */
void guest_ids_make(struct guest_ids *ids, const struct guest_ids *hardware, unsigned int ipa_bits);

/* guest_ids_read - the guest's values, made from the CPU that executes this. At EL2. */
void guest_ids_read(struct guest_ids *ids, unsigned int ipa_bits);

/* id_registers_hardware - the CPU's own values. At EL2. */
void id_registers_hardware(struct guest_ids *hardware);

/* Print each register that is not zero in the CPU: its value there and for the guest. At EL2. */
void guest_ids_print(const struct guest_ids *ids);

#endif
