// SPDX-License-Identifier: MIT
/*
 * demo_guest.c - a guest with several CPUs: it turns them on, counts with them, interrupts them, takes one
 * down and up again, resets its machine once, and turns it off.
 */
#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/print.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "lib/spinlock.h"

#define CPUS		4
#define COUNT_TO	2500		/* for each CPU */
#define IPIS		20
#define SGI_PING	1
#define SGI_TOLD	2		/* to vCPU 0: what it waits for may be so now */
#define TIMEOUT_US	20000000
#define NAP_US		1000

static struct spinlock lock;
static volatile unsigned int counter;		/* under the lock */
static unsigned int here[CPUS], counted[CPUS], pings[CPUS], quit[CPUS];

static unsigned int get(const unsigned int *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(unsigned int *word, unsigned int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void tell(unsigned int *word, unsigned int value)
{
	set(word, value);
	gicv3_send_sgi(0, SGI_TOLD);
}

/* Wait for what another CPU does. Asleep, until it is told: that other one may need this very CPU for it. */
#define wait_for(condition) ({							\
	uint64_t deadline_ = timer_deadline_us(TIMEOUT_US);			\
	bool good_;								\
	while (!(good_ = (condition)) && !timer_passed(deadline_))		\
		rest(NAP_US);							\
	good_;									\
})

static void handle_exception(struct guest_frame *frame, unsigned int vector)
{
	uint32_t intid;

	if (vector != GUEST_FROM_SPX + GUEST_IRQ) {
		guest_printf("vCPU %u: exception, vector %u, ESR_EL1 0x%lx, at 0x%lx\n", guest_cpu_number(), vector,
			     read_sysreg(ESR_EL1), frame->elr);
		guest_call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
		return;
	}
	intid = gicv3_acknowledge();
	if (gic_is_special(intid))
		return;
	if (intid == SGI_PING)
		tell(&pings[guest_cpu_number()], get(&pings[guest_cpu_number()]) + 1);
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static void start_interrupts(void)
{
	guest_on_exception(handle_exception);
	if (nap_init())
		guest_printf("vCPU %u: no redistributor\n", guest_cpu_number());
	irq_unmask();
}

static void count(void)
{
	unsigned int n;

	for (n = 0; n < COUNT_TO; n++) {
		spin_lock(&lock);
		counter = counter + 1;
		spin_unlock(&lock);
	}
}

/* What the other CPUs do. */
static void other_cpu(uint64_t number)
{
	start_interrupts();
	tell(&here[number], 1);
	count();
	tell(&counted[number], 1);
	/* From here on it waits, and is interrupted. */
	while (!get(&quit[number])) {
		irq_mask();
		if (!get(&quit[number]))
			asm volatile("wfi" ::: "memory");
		irq_unmask();
	}
}

static void turn_on(unsigned int cpu)
{
	int64_t error;

	set(&here[cpu], 0);
	set(&counted[cpu], 0);
	set(&quit[cpu], 0);
	error = guest_cpu_on(cpu, other_cpu, cpu);
	if (error)
		guest_printf("CPU_ON of vCPU %u: %ld\n", cpu, error);
	else if (!wait_for(get(&here[cpu])))
		guest_printf("vCPU %u does not come up\n", cpu);
}

static void turn_off(unsigned int cpu)
{
	set(&quit[cpu], 1);
	gicv3_send_sgi(cpu, SGI_PING);
	if (!wait_for(guest_call_hvc(PSCI_AFFINITY_INFO_64, cpu, 0, 0) == PSCI_AFFINITY_OFF))
		guest_printf("vCPU %u does not go off\n", cpu);
}

static void interrupt_others(void)
{
	unsigned int cpu, n;

	for (cpu = 1; cpu < CPUS; cpu++)
		for (n = 1; n <= IPIS; n++) {
			unsigned int before = get(&pings[cpu]);

			gicv3_send_sgi(cpu, SGI_PING);
			if (!wait_for(get(&pings[cpu]) != before))
				break;
		}
	guest_printf("IPIs to vCPU 1, 2 and 3, one after the other: taken %u, %u, %u\n", get(&pings[1]),
		     get(&pings[2]), get(&pings[3]));
}

void guest_main(uint64_t resets)
{
	uint64_t version;
	unsigned int cpu;

	guest_mmu_enable();
	pl011_init();
	version = (uint64_t)guest_call_hvc(PSCI_VERSION, 0, 0, 0);
	guest_printf("PSCI %lu.%lu by HVC", version >> 16, version & 0xffff);
	version = (uint64_t)guest_call_smc(PSCI_VERSION, 0, 0, 0);
	guest_printf(", %lu.%lu by SMC; this machine was reset %lu time%s\n", version >> 16, version & 0xffff,
		     resets, resets == 1 ? "" : "s");
	gicv3_dist_init();
	start_interrupts();

	for (cpu = 1; cpu < CPUS; cpu++)
		turn_on(cpu);
	set(&here[0], 1);
	count();
	for (cpu = 1; cpu < CPUS; cpu++)
		wait_for(get(&counted[cpu]));
	guest_printf("%u vCPUs have counted to %u together\n", CPUS, counter);
	interrupt_others();

	turn_off(2);
	guest_printf("vCPU 2 is off: CPU_ON of vCPU 1 says %ld (ALREADY_ON is %d)\n",
		     guest_cpu_on(1, other_cpu, 1), PSCI_ALREADY_ON);
	turn_on(2);
	wait_for(get(&counted[2]));
	guest_printf("vCPU 2 is on again: counted to %u\n", counter);

	if (!resets) {
		guest_printf("SYSTEM_RESET\n");
		guest_call_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	guest_printf("SYSTEM_OFF\n");
	guest_call_smc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
