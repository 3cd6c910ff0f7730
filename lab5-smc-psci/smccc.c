// SPDX-License-Identifier: MIT
#include "smccc.h"

#include "arch/bits.h"
#include "trng.h"

/* ---- The architecture's functions ------------------------------------------------------------ */

/* A call of ours to the firmware, with one argument. Never what a guest has in its registers. */
static int64_t ask_firmware(const struct smccc_host *host, uint32_t function, uint64_t argument)
{
	uint64_t x[SMCCC_REGISTERS] = { function, argument };

	if (!host->firmware)
		return SMCCC_NOT_SUPPORTED;
	host->firmware(x);
	return (int32_t)x[0];
}

/*
 * What guests get for an answer about a workaround. 0: it is there, and this CPU needs it. 1: it is
 * there, and does nothing on this CPU.
 *
 * Workarounds 1 and 3 (branch predictor, branch history) do something at the moment of the call. A
 * guest's call comes to EL2 and is made there once more: it has the same effect.
 *
 * Workaround 2 (store bypass) switches a mitigation of the CPU on or off, for whoever runs there next:
 * that is no guest's to do. It is on from reset, and it stays on. So for a guest nothing is required:
 * its own SSBS bit, if the CPU has one, is a matter apart.
 */
static int32_t workaround_answer(const struct smccc_host *host, uint32_t function)
{
	int32_t answer;

	if (function == SMCCC_ARCH_WORKAROUND_2) {
		answer = host->workaround_2;
		return answer == 0 || answer == SMCCC_NOT_REQUIRED ? SMCCC_NOT_REQUIRED :
		       answer == 1 ? 1 : SMCCC_NOT_SUPPORTED;
	}
	answer = function == SMCCC_ARCH_WORKAROUND_1 ? host->workaround_1 : host->workaround_3;
	return answer == 0 || answer == 1 ? answer : SMCCC_NOT_SUPPORTED;
}

static int64_t smccc_version(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	(void)vm, (void)x, (void)outcome;
	return SMCCC_VERSION_1_2;
}

/* SMCCC_ARCH_FEATURES(function): of the architecture's functions only. */
static int64_t arch_features(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	(void)outcome;
	switch ((uint32_t)x[1]) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return SMCCC_SUCCESS;
	case SMCCC_ARCH_SOC_ID:
		return vm->host->soc_version >= 0 ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		return workaround_answer(vm->host, (uint32_t)x[1]);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

/* SMCCC_ARCH_SOC_ID(type): 0 the SoC's id, 1 its revision. */
static int64_t arch_soc_id(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	const struct smccc_host *host = vm->host;
	uint32_t type = (uint32_t)x[1];

	(void)outcome;
	if (host->soc_version < 0)
		return SMCCC_NOT_SUPPORTED;
	if (type > 1)
		return SMCCC_INVALID_PARAMETER;
	if (type == 0)
		return host->soc_version;
	return host->soc_revision >= 0 ? host->soc_revision : SMCCC_NOT_SUPPORTED;
}

/* SMCCC_ARCH_WORKAROUND_n: made in the guest's stead if this CPU needs it. */
static int64_t arch_workaround(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	uint32_t function = (uint32_t)x[0];
	int32_t answer = workaround_answer(vm->host, function);

	(void)outcome;
	if (answer < 0)
		return SMCCC_NOT_SUPPORTED;
	if (answer == 0)
		ask_firmware(vm->host, function, 0);
	return SMCCC_SUCCESS;
}

/* ---- The services of others ------------------------------------------------------------------ */

static int64_t power(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	*outcome = psci_call(vm->psci, x);
	return outcome->x0;
}

static int64_t entropy(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	(void)outcome;
	return trng_call(x, vm->host->random);
}

/* ---- Policy ---------------------------------------------------------------------------------- */

/*
 * Which functions there are for a guest, and whose answer it gets. The first line that has the id
 * holds. Ids are without bit 30; call64: they exist by the 64-bit convention, too, or their own code
 * knows which of them do.
 *
 * What is not emulated is refused: behind a function that we do not know may be anything. Above all,
 * power calls are never forwarded. The firmware would take them for the hypervisor's own: it would
 * turn off the machine and not the VM, or start a CPU at EL2 at an address of the guest's.
 */
static const struct rule {
	uint32_t first, last;
	enum smccc_policy policy;
	bool call64;
	int64_t (*call)(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome);
	const char *what;
} rules[] = {
#define ONE(id)			id, id
#define ALL_OF(owner)		SMCCC_FAST | (owner), SMCCC_FAST | (owner) | SMCCC_NUMBER
#define OWNERS(first, last)	SMCCC_FAST | (first), SMCCC_FAST | (last) | SMCCC_ZERO | SMCCC_NUMBER

	{ PSCI_FIRST, PSCI_LAST, SMCCC_EMULATE, true, power, "PSCI" },
	{ TRNG_FIRST, TRNG_LAST, SMCCC_EMULATE, true, entropy, "TRNG" },

	{ ONE(SMCCC_VERSION), SMCCC_EMULATE, false, smccc_version, "SMCCC_VERSION" },
	{ ONE(SMCCC_ARCH_FEATURES), SMCCC_EMULATE, false, arch_features, "SMCCC_ARCH_FEATURES" },
	{ ONE(SMCCC_ARCH_SOC_ID), SMCCC_EMULATE, false, arch_soc_id, "SMCCC_ARCH_SOC_ID" },
	{ ONE(SMCCC_ARCH_WORKAROUND_1), SMCCC_FORWARD, false, arch_workaround,
	  "SMCCC_ARCH_WORKAROUND_1" },
	{ ONE(SMCCC_ARCH_WORKAROUND_2), SMCCC_EMULATE, false, arch_workaround,
	  "SMCCC_ARCH_WORKAROUND_2" },
	{ ONE(SMCCC_ARCH_WORKAROUND_3), SMCCC_FORWARD, false, arch_workaround,
	  "SMCCC_ARCH_WORKAROUND_3" },

	{ ALL_OF(SMCCC_OWNER_ARCH), SMCCC_REFUSE, false, NULL, "architecture" },
	{ ALL_OF(SMCCC_OWNER_CPU), SMCCC_REFUSE, false, NULL, "CPU" },
	{ ALL_OF(SMCCC_OWNER_SIP), SMCCC_REFUSE, false, NULL, "silicon partner" },
	{ ALL_OF(SMCCC_OWNER_OEM), SMCCC_REFUSE, false, NULL, "OEM" },
	{ ALL_OF(SMCCC_OWNER_STANDARD), SMCCC_REFUSE, false, NULL, "standard secure" },
	{ ALL_OF(SMCCC_OWNER_STANDARD_HYP), SMCCC_REFUSE, false, NULL, "standard hypervisor" },
	{ ALL_OF(SMCCC_OWNER_VENDOR_HYP), SMCCC_REFUSE, false, NULL, "vendor hypervisor" },
	{ OWNERS(SMCCC_OWNER_APPLICATION, SMCCC_OWNER_APPLICATION_LAST), SMCCC_REFUSE, false, NULL,
	  "trusted application" },
	{ OWNERS(SMCCC_OWNER_TRUSTED_OS, SMCCC_OWNER_TRUSTED_OS_LAST), SMCCC_REFUSE, false, NULL,
	  "trusted OS" },
	{ 0, ~(SMCCC_FAST | SMCCC_64), SMCCC_REFUSE, false, NULL, "yielding" },
	{ 0, UINT32_MAX, SMCCC_REFUSE, false, NULL, "reserved" },
};

/* The line for an id. The last one has them all. */
static const struct rule *find_rule(uint32_t function)
{
	const struct rule *rule = rules;
	uint32_t id = function & ~SMCCC_64;

	while (id < rule->first || id > rule->last)
		rule++;
	return rule;
}

static bool is_refused(const struct rule *rule, uint32_t function)
{
	return rule->policy == SMCCC_REFUSE || ((function & SMCCC_64) && !rule->call64);
}

enum smccc_policy smccc_policy(uint32_t function, const char **what)
{
	const struct rule *rule = find_rule(function);

	if (what)
		*what = rule->what;
	return is_refused(rule, function) ? SMCCC_REFUSE : rule->policy;
}

enum psci_action smccc_dispatch(const struct smccc *vm, uint64_t x[], struct psci_outcome *outcome)
{
	uint32_t function = (uint32_t)x[0];
	const struct rule *rule = find_rule(function);

	outcome->action = PSCI_ACTION_NONE;
	x[0] = (uint64_t)(is_refused(rule, function) ? SMCCC_NOT_SUPPORTED
						     : rule->call(vm, x, outcome));
	return outcome->action;
}

/* ---- The machine ----------------------------------------------------------------------------- */

static int32_t ask_arch_feature(const struct smccc_host *host, uint32_t function)
{
	return (int32_t)ask_firmware(host, SMCCC_ARCH_FEATURES, function);
}

/*
 * DEN0028 has the order: firmware of before SMCCC 1.1 knows no SMCCC_VERSION, and may do anything on an
 * id that it does not know. PSCI_FEATURES came with PSCI 1.0, SMCCC_ARCH_SOC_ID with SMCCC 1.2.
 */
void smccc_host_init(struct smccc_host *host, void (*firmware)(uint64_t x[SMCCC_REGISTERS]),
		     bool (*random)(uint64_t *bits))
{
	int64_t version;

	*host = (struct smccc_host){
		.firmware = firmware,
		.random = random,
		.workaround_1 = SMCCC_NOT_SUPPORTED,
		.workaround_2 = SMCCC_NOT_SUPPORTED,
		.workaround_3 = SMCCC_NOT_SUPPORTED,
		.soc_version = SMCCC_NOT_SUPPORTED,
		.soc_revision = SMCCC_NOT_SUPPORTED,
	};
	if (ask_firmware(host, PSCI_VERSION, 0) < PSCI_VERSION_1_0 ||
	    ask_firmware(host, PSCI_FEATURES, SMCCC_VERSION) < 0)
		return;
	version = ask_firmware(host, SMCCC_VERSION, 0);
	if (version < SMCCC_VERSION_1_1)
		return;

	host->workaround_1 = ask_arch_feature(host, SMCCC_ARCH_WORKAROUND_1);
	host->workaround_2 = ask_arch_feature(host, SMCCC_ARCH_WORKAROUND_2);
	host->workaround_3 = ask_arch_feature(host, SMCCC_ARCH_WORKAROUND_3);
	if (version >= SMCCC_VERSION_1_2 && ask_arch_feature(host, SMCCC_ARCH_SOC_ID) >= 0) {
		host->soc_version = (int32_t)ask_firmware(host, SMCCC_ARCH_SOC_ID, 0);
		host->soc_revision = (int32_t)ask_firmware(host, SMCCC_ARCH_SOC_ID, 1);
	}
}
