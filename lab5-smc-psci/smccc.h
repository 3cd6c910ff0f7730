/* SPDX-License-Identifier: MIT */
/*
 * smccc.h - a guest's calls by the SMC Calling Convention 1.2 (DEN0028): which function it is, whether
 * there is such a one, and who answers.
 *
 * Nothing here knows the conduit. When an SMC or HVC with immediate 0 comes from a guest, the exit's
 * handler gives x0 to x17 to smccc_call() and takes the action that comes back; where the guest goes
 * on, and what other immediates are, is the handler's.
 *
 * The id is in W0; the upper half of X0 means nothing. Bits 23 to 16 have to be 0 in a fast call. (From
 * SMCCC 1.3 on, bit 16 is a hint that the caller's SVE registers need not be kept. We say that we are
 * 1.2, where it is one of the bits that have to be 0.)
 *
 * A call that is not there has NOT_SUPPORTED in x0, and all other registers are as they were. A call
 * that is there changes only the registers of its results.
 */
#ifndef LAB5_SMCCC_H
#define LAB5_SMCCC_H

#include "arch/smccc.h"
#include "arch/types.h"
#include "psci.h"

/* Whose answer a guest gets. */
enum smccc_policy {
	SMCCC_REFUSE,		/* NOT_SUPPORTED */
	SMCCC_EMULATE,		/* ours: what the guest asks for is done to its VM, or not at all */
	SMCCC_FORWARD,		/* ours, by the help of the firmware: see the function */
};

/* What the machine has to offer; one for all VMs. */
struct smccc_host {
	/*
	 * An SMC to the firmware with x0 to x17, which receive the results; NULL: there is none.
	 * Of all that guests call, only what the table in smccc.c calls FORWARD comes to this.
	 */
	void (*firmware)(uint64_t x[SMCCC_REGISTERS]);

	/* 64 random bits, fit for keys: RNDRRS where FEAT_RNG is; else NULL. False: none now. */
	bool (*random)(uint64_t *bits);

	/* What the firmware answers to SMCCC_ARCH_FEATURES, for SMCCC_ARCH_WORKAROUND_1, 2 and 3. */
	int32_t workaround_1, workaround_2, workaround_3;

	/* And to SMCCC_ARCH_SOC_ID, 0 and 1; negative: nothing. */
	int32_t soc_version, soc_revision;
};

/*
 * smccc_host_init - fill it in: ask the firmware what it is, and what it has.
 * Asks only what is there for sure after the answer before. To be called on the first CPU.
 */
void smccc_host_init(struct smccc_host *host, void (*firmware)(uint64_t x[SMCCC_REGISTERS]),
		     bool (*random)(uint64_t *bits));

/* A VM, as its calls see it. */
struct smccc {
	const struct smccc_host *host;
	struct psci *psci;
};

/* smccc_arg - argument register n of the call in x: a 32-bit call has only the lower halves. */
static inline uint64_t smccc_arg(const uint64_t x[], unsigned int n)
{
	return x[0] & SMCCC_64 ? x[n] : (uint32_t)x[n];
}

/* smccc_call, when it is not that simple. */
enum psci_action smccc_dispatch(const struct smccc *vm, uint64_t x[],
				struct psci_outcome *outcome);

/*
 * smccc_call - the call that is in the registers x0 to x17 of a guest: answered in place.
 * outcome: receives what there is to know about any action but PSCI_ACTION_NONE.
 * Returns the action, for the VM layer (psci.h).
 */
static inline enum psci_action smccc_call(const struct smccc *vm, uint64_t x[],
					  struct psci_outcome *outcome)
{
	/* The call by which the way in and out is measured; it asks nothing of nobody. */
	if ((uint32_t)x[0] == PSCI_VERSION) {
		x[0] = PSCI_VERSION_1_1;
		return PSCI_ACTION_NONE;
	}
	return smccc_dispatch(vm, x, outcome);
}

/*
 * smccc_policy - what is done with a function id. what: receives the name of the function or of the
 * range that it is in, when not NULL: for a report, or a table.
 */
enum smccc_policy smccc_policy(uint32_t function, const char **what);

#endif
