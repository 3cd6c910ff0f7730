// SPDX-License-Identifier: MIT
/*
 * calls.c - every function and every error code of PSCI, SMCCC and TRNG, from a guest (guests/calls.c), by HVC
 * and by SMC; what the guest finds is reported by the guest. Here is the machine that it is meant for.
 */
#include "host.h"

#include <string.h>

#include "arch/sysreg.h"
#include "guests/calls.h"
#include "smc_call.h"

extern const char calls_guest[], calls_guest_end[];

static struct guest_vm vm;

/* ---- A firmware that has something to offer ----------------------------------------------------- */

static uint64_t forwarded, others, arguments;

static int64_t answer(const uint64_t x[])
{
	switch ((uint32_t)x[0]) {
	case PSCI_VERSION:
		return PSCI_VERSION_1_1;
	case PSCI_FEATURES:
		return PSCI_SUCCESS;
	case SMCCC_VERSION:
		return SMCCC_VERSION_1_2;
	case SMCCC_ARCH_FEATURES:
		return (uint32_t)x[1] == SMCCC_ARCH_WORKAROUND_1 ? FIRMWARE_WORKAROUND_1 :
		       (uint32_t)x[1] == SMCCC_ARCH_WORKAROUND_2 ? FIRMWARE_WORKAROUND_2 :
		       (uint32_t)x[1] == SMCCC_ARCH_WORKAROUND_3 ? FIRMWARE_WORKAROUND_3 : SMCCC_SUCCESS;
	case SMCCC_ARCH_SOC_ID:
		return x[1] ? FIRMWARE_SOC_REVISION : FIRMWARE_SOC_VERSION;
	default:
		return SMCCC_SUCCESS;
	}
}

static void firmware(uint64_t x[SMCCC_REGISTERS])
{
	unsigned int n;

	if (x[0] == SMCCC_ARCH_WORKAROUND_1)
		forwarded++;
	else
		others++;
	for (n = 1; n < SMCCC_REGISTERS; n++)
		arguments += x[n] != 0;
	x[0] = (uint64_t)answer(x);
}

static bool entropy = true;

static bool random(uint64_t *bits)
{
	*bits = RANDOM_WORD;
	return entropy;
}

/* ---- What the guest asks of this test alone ----------------------------------------------------- */

static exit_handler next_hvc;
static bool stop;
static uint64_t cpu_on_meanwhile;

static enum exit_reason stop_before_cpu_on(struct guest_cpu *cpu, uint64_t esr)
{
	enum exit_reason reason;

	stop = false;
	psci_system_stop(&vm.psci, PSCI_RESETS);
	reason = next_hvc(cpu, esr);
	cpu_on_meanwhile = cpu->vcpu.frame.x[0];
	guest_vm_kick(&vm);
	return reason;
}

static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	switch (esr & ISS_IMM16) {
	case 0:
		if (stop && (uint32_t)cpu->vcpu.frame.x[0] == PSCI_CPU_ON_32)
			return stop_before_cpu_on(cpu, esr);
		return next_hvc(cpu, esr);
	case HVC_STOP:
		stop = true;
		return EXIT_NOTHING;
	case HVC_ENTROPY:
		entropy = cpu->vcpu.frame.x[0];
		return EXIT_NOTHING;
	default:
		return next_hvc(cpu, esr);
	}
}

/* ---- The hypervisor's own calls ----------------------------------------------------------------- */

/* QEMU's firmware answers in x0, and keeps all else: what comes back from it is what has got there. */
static void test_smc_call_all(void)
{
	uint64_t x[SMCCC_REGISTERS] = { PSCI_AFFINITY_INFO_64, read_sysreg(MPIDR_EL1) & MPIDR_AFF_MASK };
	uint64_t before[SMCCC_REGISTERS];
	unsigned int n, changed = 0;

	for (n = 2; n < SMCCC_REGISTERS; n++)
		x[n] = n == 2 ? 0 : 0x1234567800000000 + n;
	memcpy(before, x, sizeof(x));
	smc_call_all(x);
	TAP_EQ(x[0], PSCI_AFFINITY_ON, "smc_call_all(): the firmware's answer in x0", POLICY);
	for (n = 1; n < SMCCC_REGISTERS; n++)
		changed += x[n] != before[n];
	TAP_EQ(changed, 0, "and x1 to x17 each in its place, on the way there and back", POLICY);
}

void main(void)
{
	unsigned int cpus = host_start(firmware, random);

	tap_plan(CALLS_TESTS + 9);
	test_smc_call_all();
	TAP_OK(cpus <= CALLS_CPUS_MAX, "a machine for this test: vCPUs 0 and 4 share a CPU", NULL);
	next_hvc = exit_register(EC_HVC64, exit_hvc);
	host_vm(&vm, "vm", calls_guest, calls_guest_end, CALLS_VCPUS, 0);
	forwarded = others = arguments = 0;
	host_run();

	TAP_EQ(vm.resets, 5, "so many resets, and then SYSTEM_OFF: the VM is off", VM_LAYER);
	TAP_EQ(psci_system(&vm.psci), PSCI_GOES_OFF, "it was the guest's wish", VM_LAYER);
	TAP_EQ(cpu_on_meanwhile, PSCI_DENIED, "CPU_ON while the VM goes down: DENIED", PSCI_CALLS);
	TAP_EQ(forwarded, WORKAROUND_1_CALLS, "SMCCC_ARCH_WORKAROUND_1 was forwarded each time", POLICY);
	TAP_EQ(arguments, 0, "with nothing of the guest's in its arguments", POLICY);
	TAP_EQ(others, 0, "and nothing else came to the firmware", POLICY);
	tap_done();
}
