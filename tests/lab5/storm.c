// SPDX-License-Identifier: MIT
/*
 * storm.c - a guest whose vCPUs turn each other on and off all the time (guests/storm.c), with more vCPUs than
 * CPUs and with a CPU for each. Nobody gets lost, and nobody is started twice.
 */
#include "host.h"

#include "guests/storm.h"
#include "smp.h"

extern const char storm_guest[], storm_guest_end[];

static struct guest_vm vm;

void main(void)
{
	unsigned int n, not_off = 0, not_free = 0, never = 0;

	host_start(HOST_FIRMWARE, NULL);
	tap_plan(STORM_TESTS + 5);
	host_vm(&vm, "storm", storm_guest, storm_guest_end, STORM_VCPUS, 0);
	host_run();

	for (n = 0; n < STORM_VCPUS; n++) {
		not_off += psci_cpu_power(&vm.psci, n) != POWER_OFF;
		not_free += vcpu_state(&vm.machine.cpus[n].vcpu) != VCPU_FREE;
		never += !vm.tasks[n].turns;
	}
	TAP_EQ(vm.resets, STORM_RESETS, "one reset for each storm", VM_LAYER);
	TAP_EQ(psci_system(&vm.psci), PSCI_GOES_OFF, "when all vCPUs are off, so is the VM", VM_LAYER);
	TAP_EQ(not_off, 0, "all vCPUs are OFF", VM_LAYER);
	TAP_EQ(not_free, 0, "none is left on a CPU", VM_LAYER);
	TAP_EQ(never, 0, "all of them have run", SCHEDULING);
	tap_done();
}
