// SPDX-License-Identifier: MIT
/*
 * vms_bad.c - a hostile guest. Its vCPU 0 does at random what a guest should not, and resets the machine; vCPU 1
 * does nothing for ever with interrupts masked, vCPU 2 sleeps for ever, and vCPU 3 asks for things all the time.
 * The one thing it does not do is go away.
 */
#include "vms.h"

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "report.h"

static uint64_t random_state, actions, exceptions;

static uint64_t random(void)
{
	uint64_t *x = &random_state;

	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1d;
}

/* Whatever it was: on with the next instruction. */
static void handle(struct guest_frame *frame, unsigned int vector)
{
	__atomic_add_fetch(&exceptions, 1, __ATOMIC_RELAXED);
	if (vector % 4 == GUEST_SYNC)
		frame->elr += 4;
	else
		gicv3_acknowledge();	/* and never ended */
}

/* ---- What the other vCPUs do ---------------------------------------------------------------------------- */

static void spin(uint64_t argument)
{
	(void)argument;
	for (;;)
		asm volatile("");
}

static void sleep(uint64_t argument)
{
	(void)argument;
	for (;;)
		wfi();
}

static void pester(uint64_t argument)
{
	(void)argument;
	guest_on_exception(handle);
	for (;;) {
		gicv3_send_sgi(0, 3);
		guest_call_smc(PSCI_CPU_ON_64, 1, VMS_FIELD, 0);
		pl011_putc('!');
		asm volatile("smc #5; hvc #1; hvc #0x7777");
	}
}

/* ---- What vCPU 0 does ------------------------------------------------------------------------------------- */

static void call_anything(void)
{
	uint32_t id = (uint32_t)random();

	if (random() & 1)
		id = PSCI_FIRST | (id & 0x4000001f);
	/* Those that would be the end of the attack, or a long pause in it. */
	if (id == PSCI_SYSTEM_OFF || id == PSCI_CPU_OFF || (id & ~0x40000000U) == PSCI_CPU_SUSPEND_32)
		return;
	if (random() & 1)
		guest_call_hvc(id, random() % 8, random(), random());
	else
		guest_call_smc(id, random() % 8, random(), random());
}

/* Anywhere but in its own memory: the hypervisor, where that lives; devices; nothing at all. */
static void touch_anything(void)
{
	volatile uint64_t *where = (volatile uint64_t *)(random() % (1UL << 33) & ~7UL);

	if ((uintptr_t)where >= RAM_BASE && (uintptr_t)where < RAM_BASE + GUEST_RAM_SIZE)
		return;
	if (random() & 1)
		*where = BAD_WORD;
	else
		(void)*where;
}

/* MRS or MSR of any register; not those without which it cannot go on itself. */
static void try_any_register(void)
{
	static uint32_t code[2] __aligned(64);
	uint32_t encoding = (uint32_t)random() & 0x7ffe0 /* CRn, CRm, op2, op1 */, load = random() & 1;
	unsigned int crn = encoding >> 12 & 15;

	if (!load && (crn < 9 || (crn == 12 && !(encoding >> 8 & 15)) || crn == 13))
		load = 1;
	code[0] = 0xd5100000 | load << 21 | ((uint32_t)random() & 1) << 19 | encoding;	/* x0 */
	code[1] = 0xd65f03c0;	/* RET */
	dcache_clean_poc(code, sizeof(code));
	asm volatile("ic ialluis; dsb sy; isb" ::: "memory");
	((void (*)(uint64_t))code)(random());
}

static void act(void)
{
	switch (random() % 8) {
	case 0 ... 2:
		call_anything();
		break;
	case 3 ... 4:
		touch_anything();
		break;
	case 5 ... 6:
		try_any_register();
		break;
	case 7:
		/* CPU_ON of everything, where there may be no code. */
		guest_call_hvc(PSCI_CPU_ON_64, random() % 16, random() & ~3UL, random());
		pl011_putc('!');
		break;
	}
}

/* On top of what its former lives have kept. */
static void keep(uint64_t what, uint64_t count)
{
	uint64_t before = hvc(HVC_GET, what, 0, 0, 0);

	hvc(HVC_PUT, what, before + count, 0, 0);
}

void guest_main(uint64_t resets)
{
	volatile uint64_t *field = (volatile uint64_t *)VMS_FIELD;
	unsigned int n;

	guest_mmu_enable();
	guest_on_exception(handle);
	random_state = resets * 2654435761 + 12345;
	for (n = 0; n < VMS_FIELD_SIZE / 8; n++)
		field[n] = BAD_WORD;
	guest_cpu_on(1, spin, 0);
	guest_cpu_on(2, sleep, 0);
	guest_cpu_on(3, pester, 0);
	for (n = 0; n < BAD_ACTIONS; n++) {
		act();
		actions++;
	}
	keep(KEPT_ACTIONS, actions);
	keep(KEPT_EXCEPTIONS, exceptions);
	guest_call_smc(PSCI_SYSTEM_RESET, 0, 0, 0);
}
