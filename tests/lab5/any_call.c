// SPDX-License-Identifier: MIT
/*
 * any_call.c - two guests that call any function there is and any there is not (guests/any_call.c), one by HVC
 * and one by SMC, side by side. The machine's firmware is to hear of none of it, but for what the policy table
 * forwards; and of that only that it was called.
 */
#include "host.h"

#include "drivers/console.h"
#include "guests/any_call.h"

extern const char any_call_guest[], any_call_guest_end[];

static struct guest_vm vms[2];

/* ---- The firmware ------------------------------------------------------------------------------- */

/* What has come to it, from either CPU. */
static struct {
	uint64_t workaround_1, workaround_3, others, arguments, first;
} heard;

static void hear(uint64_t *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}

/* Both workarounds are there, and the CPUs need them: so both have to come down to here. */
static void firmware(uint64_t x[SMCCC_REGISTERS])
{
	uint64_t function = x[0];
	unsigned int n;

	if (function == SMCCC_ARCH_WORKAROUND_1) {
		hear(&heard.workaround_1);
	} else if (function == SMCCC_ARCH_WORKAROUND_3) {
		hear(&heard.workaround_3);
	} else {
		hear(&heard.others);
		heard.first = heard.first ? heard.first : function;
	}
	for (n = 1; n < SMCCC_REGISTERS; n++) {
		if (x[n])
			hear(&heard.arguments);
		/* SMCCC 1.0: all of them may come back as anything. */
		x[n] = ~function + n;
	}
	x[0] = function == PSCI_VERSION ? PSCI_VERSION_1_1 :
	       function == SMCCC_VERSION ? SMCCC_VERSION_1_2 : 0;
}

static bool random(uint64_t *bits)
{
	*bits = host_now_us();
	return true;
}

static uint64_t guests_have(unsigned int what)
{
	return *host_kept(&vms[0], what) + *host_kept(&vms[1], what);
}

void main(void)
{
	unsigned int n;

	host_start(firmware, random);
	tap_plan(2 * ANY_CALL_TESTS + 9);
	host_vm(&vms[0], "hvc", any_call_guest, any_call_guest_end, 1, 0);
	host_vm(&vms[1], "smc", any_call_guest, any_call_guest_end, 1, 0);
	*host_kept(&vms[1], KEPT_SMC) = 1;
	TAP_OK(heard.others > 3, "the hypervisor itself has asked the firmware what it is", POLICY);
	heard.others = heard.arguments = heard.first = 0;
	host_run();

	TAP_OK(guests_have(KEPT_CALLS) > 90000, "the guests have called all day", CONVENTION);
	TAP_EQ(heard.workaround_1, guests_have(KEPT_WORKAROUND_1),
	       "SMCCC_ARCH_WORKAROUND_1 was forwarded each time", POLICY);
	TAP_EQ(heard.workaround_3, guests_have(KEPT_WORKAROUND_3), "so was SMCCC_ARCH_WORKAROUND_3",
	       POLICY);
	TAP_EQ(heard.arguments, 0, "without anything that the guest had in its registers", POLICY);
	if (!TAP_EQ(heard.others, 0, "nothing else has come to the firmware", POLICY))
		printf("# the first of them: 0x%lx\n", heard.first);
	for (n = 0; n < 2; n++)
		TAP_EQ(vms[n].resets, ANY_CALL_RESETS, n ? "the other one as well" :
			"a guest resets its VM, and not the machine", VM_LAYER);
	TAP_OK(guests_have(KEPT_WORKAROUND_1) && guests_have(KEPT_WORKAROUND_3),
	       "both were called at all", NULL);
	tap_done();
}
