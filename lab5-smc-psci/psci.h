/* SPDX-License-Identifier: MIT */
/*
 * psci.h - PSCI 1.1 for guests (DEN0022): which vCPUs of a VM are on, and what a call changes in that.
 *
 * Nothing here runs or stops a vCPU. A call is answered with a value for x0 and an action; the VM
 * layer takes the action, and says so when it is done:
 *
 *            psci_boot(), CPU_ON                psci_cpu_started()
 *     OFF -----------------------> ON_PENDING -----------------------> ON -- CPU_OFF, CPU_SUSPEND:
 *      ^ ^                          |                                   |    still ON
 *      | '-- psci_cpu_failed(), ----'         psci_cpu_stopped()        |
 *      |     the system goes down                                       |
 *      '----------------------------------------------------------------'
 *
 * So a vCPU is ON_PENDING until it really starts and ON until it has really left its CPU: a guest
 * that reads OFF in AFFINITY_INFO may reuse the stack of that vCPU, and turn it on again.
 *
 * The host's loop for vCPU n, wherever that runs; a kick is what wakes it or gets it out of the guest:
 *
 *	if (psci_cpu_started(psci, n, &entry))
 *		all registers to their reset values, PC = entry.address, x0 = entry.context;
 *		run it, and take the actions of its calls, until one of them is CPU_DOWN, SYSTEM_DOWN
 *		or SYSTEM_RESET, or psci_system() is not PSCI_RUNS any more;
 *		take it off the CPU;
 *		if (psci_cpu_stopped(psci, n))
 *			it was the last: power off, or load the guest afresh and psci_boot()
 *
 * and to the actions: CPU_UP kicks whoever has that vCPU, SYSTEM_DOWN and SYSTEM_RESET kick all.
 *
 * All functions may be called on several CPUs at a time, each for a vCPU of its own.
 */
#ifndef LAB5_PSCI_H
#define LAB5_PSCI_H

#include "arch/psci.h"
#include "arch/types.h"
#include "lib/spinlock.h"

#define PSCI_CPUS_MAX		8

/* A vCPU's power, in AFFINITY_INFO's numbers. A suspended one is ON. */
enum psci_power {
	POWER_ON = PSCI_AFFINITY_ON,
	POWER_OFF = PSCI_AFFINITY_OFF,
	POWER_ON_PENDING = PSCI_AFFINITY_ON_PENDING,
};

/* What becomes of the VM. All but PSCI_RUNS: as soon as its last vCPU has left. */
enum psci_system {
	PSCI_RUNS,
	PSCI_GOES_OFF,		/* SYSTEM_OFF, or all vCPUs OFF; also before psci_boot() */
	PSCI_RESETS,		/* SYSTEM_RESET */
	PSCI_RESETS_WARM,	/* SYSTEM_RESET2: as it is, and memory keeps its contents */
};

/* What the VM layer has to do about a call. */
enum psci_action {
	PSCI_ACTION_NONE,		/* the guest goes on */
	PSCI_ACTION_CPU_UP,		/* vCPU target is to start, and the caller goes on */
	PSCI_ACTION_CPU_DOWN,		/* the calling vCPU leaves, and does not return */
	PSCI_ACTION_STANDBY,		/* the calling vCPU waits for an interrupt, as by WFI */
	PSCI_ACTION_POWERDOWN,		/* it waits, then starts at entry with its registers reset */
	PSCI_ACTION_SYSTEM_DOWN,	/* all vCPUs leave, the calling one as well */
	PSCI_ACTION_SYSTEM_RESET,	/* all leave, to begin again; psci_system() has the kind */
};

/* Where a vCPU starts: PC and x0. */
struct psci_entry {
	uint64_t address;	/* an IPA in the VM's memory, a multiple of 4 */
	uint64_t context;	/* the guest's own: context_id */
};

struct psci_outcome {
	/* For the guest when it goes on: after NONE, CPU_UP, STANDBY (and POWERDOWN, if the VM
	 * layer makes a standby of that, as it may). */
	int64_t x0;
	enum psci_action action;
	unsigned int target;		/* CPU_UP */
	struct psci_entry entry;	/* CPU_UP, POWERDOWN */
};

struct psci_cpu {
	struct spinlock lock;		/* of power and entry, see psci.c */
	enum psci_power power;
	struct psci_entry entry;	/* while ON_PENDING */
	uint64_t affinity;		/* its MPIDR_EL1's Aff3, Aff2, Aff1, Aff0, in their places */
};

/* The state machine of a VM. */
struct psci {
	enum psci_system system;
	unsigned int cpus;
	uint64_t ram, ram_end;
	struct psci_cpu cpu[PSCI_CPUS_MAX];
};

/*
 * psci_init - a VM that is off: all vCPUs OFF.
 * cpus: 1 to PSCI_CPUS_MAX; affinity: of each, MPIDR_EL1 as the guest reads it (other bits are
 * dropped); ram, size: where the guest's memory is, the only place where a vCPU may start.
 * Returns 0 or -EINVAL: too many or no vCPUs, or two with the same affinity.
 */
int psci_init(struct psci *psci, unsigned int cpus, const uint64_t *affinity, uint64_t ram,
	      uint64_t size);

/*
 * psci_boot - the VM is turned on, or on again: vCPU 0 becomes ON_PENDING, as by a CPU_ON.
 * address: where it begins; context: its x0, by the arm64 boot protocol the device tree's IPA.
 * Returns 0, -EBUSY (some vCPU is not OFF), -EINVAL (no memory there, or not a multiple of 4).
 */
int psci_boot(struct psci *psci, uint64_t address, uint64_t context);

/*
 * psci_call - a PSCI call of a vCPU that is ON, whatever is in its registers (psci_call.c).
 * x: its registers from x0 on; x0 to x3 are read. An id that is not PSCI's is NOT_SUPPORTED, too.
 */
struct psci_outcome psci_call(struct psci *psci, const uint64_t x[]);

/*
 * psci_cpu_started - is this vCPU to start? If so, it is ON from here on.
 * entry: receives where. Returns whether; not when it was not turned on, or the system went down
 * meanwhile. For who has the vCPU: it is started once, however often this is asked.
 */
bool psci_cpu_started(struct psci *psci, unsigned int cpu, struct psci_entry *entry);

/*
 * psci_cpu_failed - after CPU_UP: this vCPU cannot be started; ON_PENDING to OFF.
 * Returns PSCI_INTERNAL_FAILURE, for the x0 of the caller of CPU_ON.
 */
int64_t psci_cpu_failed(struct psci *psci, unsigned int cpu);

/*
 * psci_cpu_stopped - this vCPU has left its CPU for good, whatever the reason; ON to OFF.
 * Returns true to exactly one caller: the last, after whom no vCPU is on or about to be. He alone
 * has the VM then: what is to be done says psci_system(). (A VM is off, too, when all of its vCPUs
 * have called CPU_OFF: nobody is left who could turn one on again.)
 */
bool psci_cpu_stopped(struct psci *psci, unsigned int cpu);

/* What psci_system_stop() has come to. */
enum psci_stop {
	PSCI_STOP_BEGUN,	/* the vCPUs are to be kicked; the last of them to leave is told so */
	PSCI_STOP_EMPTY,	/* no vCPU was on: the caller has the VM, as after the last one */
	PSCI_STOP_LATE,		/* somebody else was first, and it goes as he has said */
};

/*
 * psci_system_stop - the VM is to end: not by a call of the guest's, but by the host, or after an
 * error. how: not PSCI_RUNS. From here on no vCPU starts.
 */
enum psci_stop psci_system_stop(struct psci *psci, enum psci_system how);

/*
 * What CPU_ON and AFFINITY_INFO come to when their arguments are good. The result is the guest's x0.
 *
 * psci_turn_on - OFF to ON_PENDING. PSCI_SUCCESS, ALREADY_ON, ON_PENDING, or DENIED: the VM goes down.
 * psci_affinity_power - of all vCPUs whose affinity is this one in the bits of mask: ON if one of them
 * is, else ON_PENDING if one of them is, else OFF. PSCI_INVALID_PARAMETERS if there are none.
 * psci_is_entry - may a vCPU start there?
 */
int64_t psci_turn_on(struct psci *psci, unsigned int target, const struct psci_entry *entry);
int64_t psci_affinity_power(struct psci *psci, uint64_t affinity, uint64_t mask);
bool psci_is_entry(const struct psci *psci, uint64_t address);

/* psci_system - what becomes of the VM, as of a moment ago. For each time before a guest is entered. */
static inline enum psci_system psci_system(const struct psci *psci)
{
	return __atomic_load_n(&psci->system, __ATOMIC_RELAXED);
}

/* psci_cpu_power - a vCPU's power, as of a moment ago: for a scheduler, or a table. */
static inline enum psci_power psci_cpu_power(const struct psci *psci, unsigned int cpu)
{
	return __atomic_load_n(&psci->cpu[cpu].power, __ATOMIC_RELAXED);
}

#endif
