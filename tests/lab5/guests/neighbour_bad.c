// SPDX-License-Identifier: MIT
/*
 * neighbour_bad.c - a hostile guest that keeps the host busy, for as long as it is left to: by SGIs to its vCPU 1,
 * which it never turns on, or by resets of itself.
 */
#include "neighbour.h"

#include "arch/layout.h"
#include "drivers/gicv3.h"
#include "guest/guest.h"
#include "guest/psci.h"
#include "report.h"

#define SGI		0
#define PAUSE_STEPS	20000

/* What comes faster than the other CPU can be interrupted, is one interrupt there, and QEMU takes its time. */
static void pause(void)
{
	unsigned int n;

	for (n = 0; n < PAUSE_STEPS; n++)
		asm volatile("");
}

static void send_sgis(void)
{
	unsigned int n;

	gicv3_dist_init();
	/* A vCPU that is off has a redistributor nevertheless, and who is on can write to it. */
	gicv3_enable_private(GICR_BASE + GICR_STRIDE, SGI);
	for (;;) {
		for (n = 0; n < ATTACK_SGIS_ROUND; n++) {
			gicv3_send_sgi(1, SGI);
			pause();
		}
		hvc(HVC_ROUND, 0, 0, 0, 0);
	}
}

void guest_main(uint64_t resets)
{
	(void)resets;
	if (hvc(HVC_GET, KEPT_ATTACK, 0, 0, 0) == ATTACK_SGIS)
		send_sgis();
	hvc(HVC_ROUND, 0, 0, 0, 0);
	guest_call_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
}
