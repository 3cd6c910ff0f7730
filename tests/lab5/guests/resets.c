// SPDX-License-Identifier: MIT
/*
 * resets.c - a guest that resets its machine again and again. Each time it looks whether it finds everything as
 * at the first time, and leaves it in disorder: memory and registers written, and a second vCPU that nothing but
 * a kick gets off its CPU.
 */
#include "resets.h"

#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "record.h"
#include "report.h"

#define FRESH		0x0123456789abcdef
#define USED		0xfedcba9876543210
#define LEFT		UINT64_MAX
#define TIMEOUT_US	2000000

static volatile uint64_t data = FRESH, zero, code_like[64] = { [63] = FRESH };
static unsigned int spins;

static void count(uint64_t what, bool wrong)
{
	if (wrong) {
		uint64_t before = hvc(HVC_GET, what, 0, 0, 0);

		hvc(HVC_PUT, what, before + 1, 0, 0);
	}
}

static uint64_t counted(uint64_t what)
{
	return hvc(HVC_GET, what, 0, 0, 0);
}

/* Those of EL1's registers that no C program needs. */
static bool registers_are_reset(void)
{
	bool reset = true;

#define X(name, dirty, value)	reset &= (dirty) == LEFT || read_sysreg(name) == (value);
	RECORD_REGISTERS(X)
#undef X
	return reset;
}

static void dirty_registers(void)
{
#define X(name, dirty, value)	if ((dirty) != LEFT) write_sysreg(name, dirty);
	RECORD_REGISTERS(X)
#undef X
}

/* With interrupts masked, for ever: it makes no exit of its own. */
static void spin(uint64_t argument)
{
	(void)argument;
	__atomic_store_n(&spins, 1, __ATOMIC_RELEASE);
	for (;;)
		asm volatile("");
}

static bool turn_on_the_other(void)
{
	uint64_t deadline = timer_deadline_us(TIMEOUT_US);

	if (guest_call_hvc(PSCI_AFFINITY_INFO_64, 1, 0, 0) != PSCI_AFFINITY_OFF || guest_cpu_on(1, spin, 0))
		return false;
	while (!__atomic_load_n(&spins, __ATOMIC_ACQUIRE) && !timer_passed(deadline))
		nap(50);
	return __atomic_load_n(&spins, __ATOMIC_ACQUIRE);
}

static void report(void)
{
	REPORT_EQ(counted(KEPT_LIVES), RESETS + 1, "so many lives", VM_LAYER);
	REPORT_EQ(counted(KEPT_X0), 0, "x0 is the number of resets, each time", VM_LAYER);
	REPORT_EQ(counted(KEPT_DATA), 0, "what the guest has written is gone", VM_LAYER);
	REPORT_EQ(counted(KEPT_REGISTERS), 0, "registers have their reset values", VM_LAYER);
	REPORT_EQ(counted(KEPT_OTHER_ON), 0, "vCPU 1 is OFF, and can be turned on", VM_LAYER);
	REPORT_EQ(counted(KEPT_CAME_BACK), 0, "no reset returns", VM_LAYER);
}

void guest_main(uint64_t resets)
{
	uint64_t lives = hvc(HVC_GET, KEPT_LIVES, 0, 0, 0);

	if (lives > RESETS) {
		report();
		REPORT_EQ(data, USED, "after a warm reset, memory is as it was", VM_LAYER);
		guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	}
	count(KEPT_REGISTERS, !registers_are_reset());
	hvc(HVC_PUT, KEPT_LIVES, lives + 1, 0, 0);
	hvc(HVC_BEGIN, 0, 0, 0, 0);
	count(KEPT_X0, resets != lives);
	count(KEPT_DATA, data != FRESH || zero || code_like[0] || code_like[63] != FRESH);
	data = USED;
	zero = code_like[0] = code_like[63] = USED;
	guest_mmu_enable();
	gicv3_dist_init();
	nap_init();
	count(KEPT_OTHER_ON, !turn_on_the_other());
	dirty_registers();
	if (lives == RESETS)
		guest_call_hvc(PSCI_SYSTEM_RESET2_64, PSCI_RESET_WARM, 0, 0);
	else if (lives % 2)
		guest_call_smc(PSCI_SYSTEM_RESET, 0, 0, 0);
	else
		guest_call_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	count(KEPT_CAME_BACK, true);
	guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
