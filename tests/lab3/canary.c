// SPDX-License-Identifier: MIT
/*
 * canary.c - two guests on one CPU, each with its own patterns in every register that it has, ten thousand
 * switches between them and random exits of all kinds; a host that writes odd values to whatever it may.
 */
#include "canary_host.h"

#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/timer.h"

#define SWITCHES	10000
#define SWITCHES_ELSEWHERE	2000

static struct canary_vm a, b;

/* One exit of the guest that is bound. */
static void run_once(struct canary_vm *canary)
{
	uint64_t random = host_random();

	host_poison_between_runs();
	/* In the next few thousand instructions, or already. */
	if (random % 4 == 0)
		timer_start(timer_now() + random / 4 % 64 * timer_frequency() / 1000000 / 2);
	/* All combinations of D, A, I and F; what I masks has to come out later. */
	canary_handle(canary, run_checked(&canary->guest.vcpu, random / 256 % 16 << 6));
	if (read_sysreg(CNTHP_CTL_EL2) & CNT_CTL_ENABLE && random / 4096 % 2) {
		irq_unmask();
		isb();
		irq_mask();
	}
}

/* All of them on the reference CPU and on the one with all features; on the others enough to compare. */
static unsigned int wanted_switches(void)
{
	unsigned int part = read_sysreg(MIDR_EL1) >> 4 & 0xfff;

	if (bootarg("few"))
		return SWITCHES_ELSEWHERE;
	return part == 0xd07 || part == 0x051 ? SWITCHES : SWITCHES_ELSEWHERE;
}

static void test(void)
{
	unsigned int done, n, errors = 0, switches = wanted_switches();

	for (done = 0; done < switches && !a.wrong && !b.wrong && !errors; done++) {
		/* Mostly by turns, but also the same one again. */
		struct canary_vm *canary = (done ^ (host_random() % 8 == 0)) & 1 ? &b : &a;

		host_poison_unbound();
		errors += vcpu_bind(&canary->guest.vcpu) != 0;
		for (n = host_random() % 4; n < 4 && !canary->wrong; n++)
			run_once(canary);
		errors += vcpu_unbind(&canary->guest.vcpu) != 0;
	}
	timer_stop();
	TAP_EQ(errors, 0, "each bind and unbind succeeds", BIND);
	TAP_EQ(done, switches, "all switches are made", SWITCH);
}

void main(void)
{
	host_start();
	tap_plan(12 + RUN_FINDINGS_TESTS);
	canary_create(&a, "guest A", 1);
	canary_create(&b, "guest B", 2);
	test();
	tap_canary(&a);
	tap_canary(&b);
	tap_run_findings();

	/* Everything has happened that is meant to happen here. */
	TAP_OK(a.exits[CANARY_HVC] > 20 && b.exits[CANARY_HVC] > 20, "there were exits by HVC", NULL);
	TAP_OK(a.exits[CANARY_SMC] > 20 && a.exits[CANARY_WFI] > 20, "by SMC and by WFI", NULL);
	TAP_OK(a.exits[CANARY_READ] > 20 && b.exits[CANARY_WRITE] > 20, "by aborts of stage 2", NULL);
	TAP_OK(a.irqs > 100 && b.irqs > 100, "by interrupts", NULL);
	TAP_OK(a.fp_traps > 50 && b.fp_traps > 50, "by FP traps", NULL);
	TAP_OK(a.changed_by_host > 20, "and with registers that the host has changed", NULL);
	TAP_EQ(a.fp_traps + b.fp_traps, a.guest.vcpu.fp_loads + b.guest.vcpu.fp_loads,
	       "FP is loaded when it traps, and never else", LAZY_FP);
	TAP_OK(a.guest.vcpu.fp_loads < a.guest.vcpu.binds, "there are binds without FP", LAZY_FP);
	if (counts_wanted())
		printf("# exits: HVC %lu %lu, IRQ %lu %lu, FP %lu %lu; rounds %lu %lu; timer interrupts %lu\n",
	       a.exits[0], b.exits[0], a.irqs, b.irqs, a.fp_traps, b.fp_traps,
	       ((struct mailbox *)guest_memory(&a.guest, MAILBOX_IPA))->rounds,
	       ((struct mailbox *)guest_memory(&b.guest, MAILBOX_IPA))->rounds, irqs[0].timer);
	tap_done();
}
