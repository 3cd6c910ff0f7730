// SPDX-License-Identifier: MIT
/*
 * psci_call.c - the functions of PSCI as a guest calls them: arguments, error codes, what there is.
 * Who calls makes no difference to any of them, so they are not told.
 */
#include "psci.h"

#include "arch/bits.h"
#include "arch/sysreg_fields.h"
#include "smccc.h"

static struct psci_outcome answer(int64_t x0)
{
	return (struct psci_outcome){ .x0 = x0, .action = PSCI_ACTION_NONE };
}

/* The call does not return. Should the VM layer let it, then the guest reads that this went wrong. */
static struct psci_outcome no_return(enum psci_action action)
{
	return (struct psci_outcome){ .x0 = PSCI_INTERNAL_FAILURE, .action = action };
}

static struct psci_outcome version(struct psci *psci, const uint64_t x[])
{
	(void)psci, (void)x;
	return answer(PSCI_VERSION_1_1);
}

/*
 * CPU_SUSPEND(power_state, entry_point_address, context_id). Two states are known, both of the CPU
 * alone (PowerLevel 0), with StateID 0: standby and powerdown. Only a powerdown needs an entry. There
 * is no DENIED: that is for the OS-initiated mode, which PSCI_FEATURES says is not there.
 */
static struct psci_outcome cpu_suspend(struct psci *psci, const uint64_t x[])
{
	uint32_t power_state = (uint32_t)x[1];
	struct psci_outcome outcome = { .x0 = PSCI_SUCCESS, .action = PSCI_ACTION_STANDBY };

	if (power_state & ~PSCI_POWER_STATE_POWERDOWN)
		return answer(PSCI_INVALID_PARAMETERS);
	if (power_state & PSCI_POWER_STATE_POWERDOWN) {
		outcome.action = PSCI_ACTION_POWERDOWN;
		outcome.entry = (struct psci_entry){ smccc_arg(x, 2), smccc_arg(x, 3) };
		if (!psci_is_entry(psci, outcome.entry.address))
			return answer(PSCI_INVALID_ADDRESS);
	}
	return outcome;
}

/* CPU_OFF: no DENIED, as there is no Trusted OS that needs this CPU. ON until it has really left. */
static struct psci_outcome cpu_off(struct psci *psci, const uint64_t x[])
{
	(void)psci, (void)x;
	return no_return(PSCI_ACTION_CPU_DOWN);
}

/*
 * CPU_ON(target_cpu, entry_point_address, context_id).
 *
 * DEN0022 has INVALID_ADDRESS for an entry point that is known not to be valid, and here that is
 * known: a PC that is no multiple of 4 would begin with a PC alignment fault, and one outside of
 * memory with an abort, each at a vector that nobody has set yet. (Bit 0 would ask for T32, but a CPU
 * starts in the state of its caller, which is AArch64.)
 */
static struct psci_outcome cpu_on(struct psci *psci, const uint64_t x[])
{
	uint64_t affinity = smccc_arg(x, 1);
	struct psci_outcome outcome = {
		.action = PSCI_ACTION_CPU_UP,
		.entry = { smccc_arg(x, 2), smccc_arg(x, 3) },
	};

	/* Bits that are in no affinity are in nobody's. */
	while (outcome.target < psci->cpus && psci->cpu[outcome.target].affinity != affinity)
		outcome.target++;
	if (outcome.target == psci->cpus)
		return answer(PSCI_INVALID_PARAMETERS);
	if (!psci_is_entry(psci, outcome.entry.address))
		return answer(PSCI_INVALID_ADDRESS);

	outcome.x0 = psci_turn_on(psci, outcome.target, &outcome.entry);
	return outcome.x0 == PSCI_SUCCESS ? outcome : answer(outcome.x0);
}

/*
 * AFFINITY_INFO(target_affinity, lowest_affinity_level): the affinity fields below that level are
 * ignored, so the question is for one CPU, or for all of a cluster, of a cluster of clusters, ...
 */
static struct psci_outcome affinity_info(struct psci *psci, const uint64_t x[])
{
	static const uint64_t masks[] = { 0xff00ffffff, 0xff00ffff00, 0xff00ff0000, 0xff00000000 };
	uint64_t affinity = smccc_arg(x, 1);
	uint32_t level = (uint32_t)x[2];

	if (level >= ARRAY_SIZE(masks) || (affinity & ~MPIDR_AFF_MASK))
		return answer(PSCI_INVALID_PARAMETERS);
	return answer(psci_affinity_power(psci, affinity, masks[level]));
}

static struct psci_outcome migrate_info_type(struct psci *psci, const uint64_t x[])
{
	(void)psci, (void)x;
	return answer(PSCI_MIGRATE_NOT_NEEDED);
}

/* The first decides what becomes of the VM; who comes later only leaves. */
static struct psci_outcome stop(struct psci *psci, enum psci_system how, enum psci_action action)
{
	if (psci_system_stop(psci, how) == PSCI_STOP_LATE)
		action = PSCI_ACTION_CPU_DOWN;
	return no_return(action);
}

static struct psci_outcome system_off(struct psci *psci, const uint64_t x[])
{
	(void)x;
	return stop(psci, PSCI_GOES_OFF, PSCI_ACTION_SYSTEM_DOWN);
}

static struct psci_outcome system_reset(struct psci *psci, const uint64_t x[])
{
	(void)x;
	return stop(psci, PSCI_RESETS, PSCI_ACTION_SYSTEM_RESET);
}

/*
 * SYSTEM_RESET2(reset_type, cookie). Of the architecture's types one is defined, the warm reset. With
 * bit 31 a type is the vendor's: there are none, which is another thing than a wrong parameter.
 */
static struct psci_outcome system_reset2(struct psci *psci, const uint64_t x[])
{
	uint32_t reset_type = (uint32_t)x[1];

	if (reset_type & PSCI_RESET_VENDOR)
		return answer(PSCI_NOT_SUPPORTED);
	if (reset_type != PSCI_RESET_WARM)
		return answer(PSCI_INVALID_PARAMETERS);
	return stop(psci, PSCI_RESETS_WARM, PSCI_ACTION_SYSTEM_RESET);
}

static struct psci_outcome features(struct psci *psci, const uint64_t x[]);

/* By function number: what is there, by which conventions; and what is known, but not there. */
static const struct psci_function {
	struct psci_outcome (*call)(struct psci *psci, const uint64_t x[]);
	bool call64;		/* exists by the 64-bit convention, too */
} functions[] = {
#define FUNCTION(id)		[(id) - PSCI_FIRST]
	FUNCTION(PSCI_VERSION) = { version, false },
	FUNCTION(PSCI_CPU_SUSPEND_32) = { cpu_suspend, true },
	FUNCTION(PSCI_CPU_OFF) = { cpu_off, false },
	FUNCTION(PSCI_CPU_ON_32) = { cpu_on, true },
	FUNCTION(PSCI_AFFINITY_INFO_32) = { affinity_info, true },
	FUNCTION(PSCI_MIGRATE_INFO_TYPE) = { migrate_info_type, false },
	FUNCTION(PSCI_SYSTEM_OFF) = { system_off, false },
	FUNCTION(PSCI_SYSTEM_RESET) = { system_reset, false },
	FUNCTION(PSCI_FEATURES) = { features, false },
	FUNCTION(PSCI_SYSTEM_RESET2_32) = { system_reset2, true },

	/* There is no Trusted OS that could be on one CPU only (MIGRATE_INFO_TYPE says so). */
	FUNCTION(PSCI_MIGRATE_32) = { NULL, true },
	FUNCTION(PSCI_MIGRATE_INFO_UP_CPU_32) = { NULL, true },

	/* Optional. A vCPU's states are few enough for CPU_SUSPEND and CPU_OFF, and not counted. */
	FUNCTION(PSCI_CPU_FREEZE) = { NULL, false },
	FUNCTION(PSCI_CPU_DEFAULT_SUSPEND_32) = { NULL, true },
	FUNCTION(PSCI_NODE_HW_STATE_32) = { NULL, true },
	FUNCTION(PSCI_SYSTEM_SUSPEND_32) = { NULL, true },
	FUNCTION(PSCI_SET_SUSPEND_MODE) = { NULL, false },
	FUNCTION(PSCI_STAT_RESIDENCY_32) = { NULL, true },
	FUNCTION(PSCI_STAT_COUNT_32) = { NULL, true },

	/* Optional: memory to be overwritten at a reset. The VM layer loads it afresh anyway. */
	FUNCTION(PSCI_MEM_PROTECT) = { NULL, false },
	FUNCTION(PSCI_MEM_PROTECT_CHECK_RANGE_32) = { NULL, true },
#undef FUNCTION
};

/* The function of an id, or NULL: it is not PSCI's, not there, or not by this convention. */
static const struct psci_function *find_function(uint32_t id)
{
	uint32_t number = (id & ~SMCCC_64) - PSCI_FIRST;	/* huge for an id below */

	if (number >= ARRAY_SIZE(functions) || !functions[number].call ||
	    ((id & SMCCC_64) && !functions[number].call64))
		return NULL;
	return &functions[number];
}

/*
 * PSCI_FEATURES(psci_func_id): 0 for a function that is there. CPU_SUSPEND's 0 says more: power_state
 * is in the original format, no OS-initiated mode. Here one also learns whether there is
 * SMCCC_VERSION, before one calls it: firmware older than that may not take it well.
 */
static struct psci_outcome features(struct psci *psci, const uint64_t x[])
{
	uint32_t id = (uint32_t)x[1];

	(void)psci;
	return answer(id == SMCCC_VERSION || find_function(id) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

struct psci_outcome psci_call(struct psci *psci, const uint64_t x[])
{
	const struct psci_function *function = find_function((uint32_t)x[0]);

	return function ? function->call(psci, x) : answer(PSCI_NOT_SUPPORTED);
}
