// SPDX-License-Identifier: MIT
/*
 * vms.c - two VMs side by side: one computes and counts its ticks (guests/vms_good.c), the other tries
 * everything (guests/vms_bad.c). The first one is to notice nothing of it but that it has not all of the time.
 */
#include "host.h"

#include "drivers/console.h"
#include "guest/guest.h"
#include "guests/vms.h"
#include "lib/printf.h"

#include <string.h>

extern const char vms_good_guest[], vms_good_guest_end[], vms_bad_guest[], vms_bad_guest_end[];

static struct guest_vm good, bad;
static exit_handler next_hvc;

/* What the VMs have written to their UARTs, each to its own. */
static char text[1024];
static unsigned int length;
static uint64_t shouts, whispers;

static void put_good(struct machine *machine, uint8_t c)
{
	(void)machine;
	if (c != '\r' && length < sizeof(text) - 1)
		text[length++] = (char)c;
}

/* It writes to the other registers of its UART as well, and what it likes. */
static void put_bad(struct machine *machine, uint8_t c)
{
	(void)machine;
	if (c == '!')
		shouts++;
	else
		whispers++;
}

static bool text_is_right(void)
{
	static char want[1024];
	unsigned int n, at = 0;

	for (n = 0; n < GOOD_TICKS; n++)
		at += (unsigned int)ksnprintf(want + at, sizeof(want) - at, "tick %u\n", n);
	return length == at && !memcmp(text, want, at);
}

static bool finished;

/*
 * When the good one is done, the other one is stopped, as it does not end by itself. From a call of its own: then
 * it has a vCPU that is on, and who leaves last sees to the rest.
 */
static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	if (guest_vm_of(cpu) == &bad && __atomic_load_n(&finished, __ATOMIC_ACQUIRE)) {
		host_stop(&bad, PSCI_GOES_OFF);
		return EXIT_NOTHING;
	}
	if ((esr & ISS_IMM16) != HVC_FINISHED)
		return next_hvc(cpu, esr);
	__atomic_store_n(&finished, true, __ATOMIC_RELEASE);
	return EXIT_NOTHING;
}

static unsigned int count_words(const struct guest_vm *vm, uint64_t word)
{
	const uint64_t *ram = host_memory(vm, VMS_FIELD, VMS_FIELD_SIZE);
	unsigned int n, count = 0;

	for (n = 0; n < VMS_FIELD_SIZE / 8; n++)
		count += ram[n] == word;
	return count;
}

void main(void)
{
	host_start(HOST_FIRMWARE, NULL);
	tap_plan(GOOD_TESTS + 9);
	next_hvc = exit_register(EC_HVC64, exit_hvc);
	host_vm(&good, "good", vms_good_guest, vms_good_guest_end, 1, 0);
	host_vm(&bad, "bad", vms_bad_guest, vms_bad_guest_end, BAD_VCPUS, 0);
	good.machine.put = put_good;
	bad.machine.put = put_bad;
	host_run();

	printf("# the hostile VM: %lu actions, %lu exceptions, %u resets, %lu characters\n",
	       *host_kept(&bad, KEPT_ACTIONS), *host_kept(&bad, KEPT_EXCEPTIONS), bad.resets, shouts + whispers);
	TAP_OK(text_is_right(), "what the one VM prints is its own, and complete", VM_LAYER);
	TAP_OK(shouts, "the other one has had its UART as well", VM_LAYER);
	TAP_EQ(count_words(&good, GOOD_WORD), VMS_FIELD_SIZE / 8, "each VM's memory is its own", VM_LAYER);
	TAP_EQ(count_words(&bad, BAD_WORD), VMS_FIELD_SIZE / 8, "at the same address in both", VM_LAYER);
	TAP_EQ(good.resets, 0, "nobody resets a VM but itself", VM_LAYER);
	TAP_OK(bad.resets > 2, "the other one was reset again and again", VM_LAYER);
	TAP_OK(*host_kept(&bad, KEPT_ACTIONS) > BAD_ACTIONS / 2, "and has tried a lot", NULL);
	TAP_OK(*host_kept(&bad, KEPT_EXCEPTIONS) > 100, "most of it in vain", NULL);
	TAP_EQ(psci_system(&bad.psci), PSCI_GOES_OFF, "and is off, as the host wants it", VM_LAYER);
	tap_done();
}
