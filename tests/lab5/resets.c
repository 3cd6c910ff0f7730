// SPDX-License-Identifier: MIT
/*
 * resets.c - a VM that is reset a hundred times (guests/resets.c): each time it starts as at first, and it
 * takes no more pages than at first.
 */
#include "host.h"

#include "el2_mmu.h"
#include "guest/guest.h"
#include "guests/resets.h"

extern const char resets_guest[], resets_guest_end[];

static struct guest_vm vm;
static exit_handler next_hvc;
static size_t free_pages;
static uint64_t lives, lives_with_less;

static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	if ((esr & ISS_IMM16) != HVC_BEGIN)
		return next_hvc(cpu, esr);
	lives++;
	lives_with_less += hyp_pool.free != free_pages;
	return EXIT_NOTHING;
}

void main(void)
{
	host_start(HOST_FIRMWARE, NULL);
	tap_plan(RESETS_TESTS + 4);
	next_hvc = exit_register(EC_HVC64, exit_hvc);
	host_vm(&vm, "vm", resets_guest, resets_guest_end, 2, 0);
	free_pages = hyp_pool.free;
	host_run();

	TAP_EQ(vm.resets, RESETS + 1, "so many resets, and then SYSTEM_OFF", VM_LAYER);
	TAP_EQ(lives, RESETS + 1, "the guest has begun as often, but for the warm reset", VM_LAYER);
	TAP_EQ(lives_with_less, 0, "no reset has cost a page", VM_LAYER);
	TAP_EQ(hyp_pool.free, free_pages, "and none is lost at the end", VM_LAYER);
	tap_done();
}
