// SPDX-License-Identifier: MIT
/*
 * psci.c - see psci.h.
 *
 * Locks. What is changed is always the target: CPU_ON writes the state of the vCPU that it turns on,
 * so it holds that one's lock. The caller's would be of no use: two callers hold two different ones,
 * and both find the target OFF. The state of the system is everybody's: to read it any one lock is
 * enough, to write it one has all of them. They are taken in ascending order, and who has one only
 * never waits for another; so nobody waits in a circle.
 */
#include "psci.h"

#include <string.h>

#include "arch/bits.h"
#include "arch/sysreg_fields.h"
#include "lib/errno.h"

/* ---- State ----------------------------------------------------------------------------------- */

static uint64_t lock(struct psci *psci, unsigned int cpu)
{
	return spin_lock_irqsave(&psci->cpu[cpu].lock);
}

static void unlock(struct psci *psci, unsigned int cpu, uint64_t daif)
{
	spin_unlock_irqrestore(&psci->cpu[cpu].lock, daif);
}

static uint64_t lock_all(struct psci *psci)
{
	uint64_t daif = irq_save();

	for (unsigned int n = 0; n < psci->cpus; n++)
		spin_lock(&psci->cpu[n].lock);
	return daif;
}

static void unlock_all(struct psci *psci, uint64_t daif)
{
	for (unsigned int n = psci->cpus; n > 0; n--)
		spin_unlock(&psci->cpu[n - 1].lock);
	irq_restore(daif);
}

/*
 * psci_cpu_power() and psci_system() may be used without a lock, too, so all accesses are atomic. No
 * order is asked of them: what belongs together is ordered by the locks.
 */
static void set_power(struct psci *psci, unsigned int cpu, enum psci_power power)
{
	__atomic_store_n(&psci->cpu[cpu].power, power, __ATOMIC_RELAXED);
}

static void set_system(struct psci *psci, enum psci_system system)
{
	__atomic_store_n(&psci->system, system, __ATOMIC_RELAXED);
}

static bool all_off(const struct psci *psci)
{
	for (unsigned int n = 0; n < psci->cpus; n++)
		if (psci_cpu_power(psci, n) != POWER_OFF)
			return false;
	return true;
}

/* ---- From off to on and back ----------------------------------------------------------------- */

int psci_init(struct psci *psci, unsigned int cpus, const uint64_t *affinity, uint64_t ram,
	      uint64_t size)
{
	if (cpus == 0 || cpus > PSCI_CPUS_MAX)
		return -EINVAL;

	memset(psci, 0, sizeof(*psci));
	psci->system = PSCI_GOES_OFF;
	psci->cpus = cpus;
	psci->ram = ram;
	psci->ram_end = ram + size;
	for (unsigned int n = 0; n < cpus; n++) {
		struct psci_cpu *cpu = &psci->cpu[n];

		spin_init(&cpu->lock);
		cpu->power = POWER_OFF;
		cpu->affinity = affinity[n] & MPIDR_AFF_MASK;
		for (unsigned int before = 0; before < n; before++)
			if (psci->cpu[before].affinity == cpu->affinity)
				return -EINVAL;
	}
	return 0;
}

bool psci_is_entry(const struct psci *psci, uint64_t address)
{
	return IS_ALIGNED(address, 4) && address >= psci->ram && address < psci->ram_end;
}

int psci_boot(struct psci *psci, uint64_t address, uint64_t context)
{
	uint64_t daif;
	int error = 0;

	if (!psci_is_entry(psci, address))
		return -EINVAL;

	daif = lock_all(psci);
	if (all_off(psci)) {
		psci->cpu[0].entry = (struct psci_entry){ address, context };
		set_system(psci, PSCI_RUNS);
		set_power(psci, 0, POWER_ON_PENDING);
	} else {
		error = -EBUSY;
	}
	unlock_all(psci, daif);
	return error;
}

bool psci_cpu_started(struct psci *psci, unsigned int cpu, struct psci_entry *entry)
{
	uint64_t daif;
	bool pending;

	/* Loops ask this all the time: no lock for a no. A kick follows each CPU_ON: none is lost. */
	if (psci_cpu_power(psci, cpu) != POWER_ON_PENDING)
		return false;

	daif = lock(psci, cpu);
	pending = psci_cpu_power(psci, cpu) == POWER_ON_PENDING;
	if (pending) {
		*entry = psci->cpu[cpu].entry;
		set_power(psci, cpu, POWER_ON);
	}
	unlock(psci, cpu, daif);
	return pending;
}

int64_t psci_cpu_failed(struct psci *psci, unsigned int cpu)
{
	uint64_t daif = lock(psci, cpu);

	if (psci_cpu_power(psci, cpu) == POWER_ON_PENDING)
		set_power(psci, cpu, POWER_OFF);
	unlock(psci, cpu, daif);
	return PSCI_INTERNAL_FAILURE;
}

/*
 * With all locks, or else of two vCPUs that stop at the same time each might take the other one for
 * still on, and nobody would be the last.
 */
bool psci_cpu_stopped(struct psci *psci, unsigned int cpu)
{
	uint64_t daif = lock_all(psci);
	bool was_on = psci_cpu_power(psci, cpu) == POWER_ON, last;

	if (was_on)
		set_power(psci, cpu, POWER_OFF);
	last = was_on && all_off(psci);
	if (last && psci_system(psci) == PSCI_RUNS)
		set_system(psci, PSCI_GOES_OFF);	/* nobody is left who could turn one on */
	unlock_all(psci, daif);
	return last;
}

/* Whoever is ON_PENDING has not begun: it is OFF again at once, and nobody has to wait for it. */
enum psci_stop psci_system_stop(struct psci *psci, enum psci_system how)
{
	uint64_t daif = lock_all(psci);
	enum psci_stop stop = PSCI_STOP_LATE;

	if (psci_system(psci) == PSCI_RUNS) {
		set_system(psci, how);
		for (unsigned int n = 0; n < psci->cpus; n++)
			if (psci_cpu_power(psci, n) == POWER_ON_PENDING)
				set_power(psci, n, POWER_OFF);
		stop = all_off(psci) ? PSCI_STOP_EMPTY : PSCI_STOP_BEGUN;
	}
	unlock_all(psci, daif);
	return stop;
}

int64_t psci_turn_on(struct psci *psci, unsigned int target, const struct psci_entry *entry)
{
	uint64_t daif = lock(psci, target);
	int64_t result = PSCI_SUCCESS;

	if (psci_system(psci) != PSCI_RUNS) {
		result = PSCI_DENIED;
	} else if (psci_cpu_power(psci, target) == POWER_ON) {
		result = PSCI_ALREADY_ON;
	} else if (psci_cpu_power(psci, target) == POWER_ON_PENDING) {
		result = PSCI_ON_PENDING;
	} else {
		psci->cpu[target].entry = *entry;
		set_power(psci, target, POWER_ON_PENDING);
	}
	unlock(psci, target, daif);
	return result;
}

/*
 * With all locks, so that the answer was true at some moment: one vCPU that turns on the next and
 * goes off, and that one the first again, would otherwise be missed by who looks at them in turn.
 */
int64_t psci_affinity_power(struct psci *psci, uint64_t affinity, uint64_t mask)
{
	unsigned int found[3] = { 0 };
	uint64_t daif = lock_all(psci);

	for (unsigned int n = 0; n < psci->cpus; n++)
		if (((psci->cpu[n].affinity ^ affinity) & mask) == 0)
			found[psci_cpu_power(psci, n)]++;
	unlock_all(psci, daif);

	if (found[POWER_ON])
		return PSCI_AFFINITY_ON;
	if (found[POWER_ON_PENDING])
		return PSCI_AFFINITY_ON_PENDING;
	return found[POWER_OFF] ? PSCI_AFFINITY_OFF : PSCI_INVALID_PARAMETERS;
}
