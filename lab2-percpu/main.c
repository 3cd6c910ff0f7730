// SPDX-License-Identifier: MIT
/*
 * main.c - the host program of lab 2: every CPU comes up, turns virtualization on, takes its own
 * interrupts, and turns it off again.
 */
#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "entry.h"
#include "features.h"
#include "hal.h"
#include "hcr.h"
#include "lib/panic.h"
#include "lib/symtab.h"
#include "percpu.h"
#include "smp.h"

#define TICKS		5
#define TICK_US		1000
#define SGI_HELLO	1

/* What each CPU counts in this demo; written by its own interrupts only. */
struct demo {
	volatile unsigned int ticks;
	volatile unsigned int hellos;
};

static struct demo demos[MAX_CPUS];
static struct smp_barrier barrier;
static unsigned int online;

/* The host's part of an interrupt. */
static enum irq_result host_irq(struct percpu *cpu, uint32_t intid)
{
	struct demo *demo = &demos[cpu->id];

	switch (intid) {
	case INTID_CNTHP:
		/* The timer is a level: it has to fall before the interrupt ends. */
		if (++demo->ticks < TICKS)
			timer_start(timer_deadline_us(TICK_US));
		else
			timer_stop();
		return IRQ_HANDLED;
	case SGI_HELLO:
		demo->hellos++;
		return IRQ_HANDLED;
	}
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = HAL_GICV3(host_irq);

/*
 * Wait for interrupts until *count has come to target. The count is looked at with IRQs masked: a
 * pending interrupt wakes WFI all the same, so none can slip in between the look and the WFI.
 */
static void wait_for(volatile unsigned int *count, unsigned int target)
{
	while (*count < target) {
		wfi();
		irq_unmask();
		isb();			/* the interrupt is taken here */
		irq_mask();
	}
}

/* One after the other, by number, so that the output reads as a table. */
#define IN_TURN(cpu, statement) do {			\
	for (unsigned int turn_ = 0; turn_ < MAX_CPUS; turn_++) {	\
		if (!smp_is_online(turn_))		\
			continue;			\
		if (turn_ == (cpu)->id) {		\
			statement;			\
		}					\
		smp_barrier(&barrier, online);		\
	}						\
} while (0)

static void print_state(struct percpu *cpu, const char *when)
{
	const char *vectors = symtab_lookup(read_sysreg(VBAR_EL2), NULL);

	printf("  CPU %u  %-13s  virtualization %-3s  VBAR_EL2 %-14s  HCR_EL2 0x%016lx\n", cpu->id,
	       when, percpu_is_enabled() ? "on" : "off", vectors ? vectors : "(no name)",
	       read_sysreg(HCR_EL2));
}

/* The next CPU that runs, around the circle. */
static struct percpu *neighbour(const struct percpu *cpu)
{
	unsigned int id = cpu->id;

	do
		id = (id + 1) % MAX_CPUS;
	while (!smp_is_online(id));
	return smp_cpu(id);
}

/* All CPUs, at the same time. */
static void demonstrate(struct percpu *cpu)
{
	struct demo *demo = &demos[cpu->id];
	int error = gicv3_cpu_init(&cpu->gicr);

	if (error)
		panic("CPU %u: no interrupts: GIC error %d", cpu->id, error);
	gicv3_enable_private(cpu->gicr, INTID_CNTHP);
	smp_barrier(&barrier, online);

	IN_TURN(cpu, printf("  CPU %u  affinity 0x%lx  percpu 0x%lx  stack below 0x%lx\n", cpu->id,
			    cpu_affinity(), (uintptr_t)this_cpu(), cpu->stack_top));
	IN_TURN(cpu, print_state(cpu, "before"));

	error = percpu_hardware_enable(percpu_vectors);
	if (error)
		panic("CPU %u: cannot enable: error %d", cpu->id, error);
	IN_TURN(cpu, print_state(cpu, "after enable"));

	timer_start(timer_deadline_us(TICK_US));
	wait_for(&demo->ticks, TICKS);
	smp_barrier(&barrier, online);
	gicv3_send_sgi(neighbour(cpu)->mpidr, SGI_HELLO);
	wait_for(&demo->hellos, 1);
	IN_TURN(cpu, printf("  CPU %u  took %u timer ticks and %u SGI: %lu interrupts, %lu spurious\n",
			    cpu->id, demo->ticks, demo->hellos, cpu->counters.irqs,
			    cpu->counters.spurious));

	percpu_hardware_disable();
	IN_TURN(cpu, print_state(cpu, "after disable"));
	gicv3_cpu_exit(cpu->gicr);
}

/* The other CPUs wait until the boot CPU knows how many there are. */
static void secondary(struct percpu *cpu)
{
	while (!__atomic_load_n(&online, __ATOMIC_ACQUIRE))
		wfe();
	demonstrate(cpu);
}

/* make run ARGS=hcr: why HCR_EL2 is as it is, on this CPU. */
static void print_hcr(void)
{
	struct id_registers id;
	struct hw_features features;
	const struct hcr_reason *r;

	id_registers_read(&id);
	hw_features_decode(&id, &features);
	printf("HCR_EL2 for guests on this CPU: 0x%016lx\n", hcr_value(&features));
	printf("  Bits      Value               Set  Without it\n");
	for (r = hcr_reasons; r->name; r++)
		printf("  %-8s  0x%016lx  %-3s  %s\n", r->name, r->bits,
		       !r->wanted || r->wanted(&features) ? "yes" : "no", r->without);
}

void main(void)
{
	const char *lacking;
	unsigned int n;
	int error;

	console_init();
	printf("EL2 Labs, lab 2: per-CPU state and interrupts\n");
	if (!has_hardware_support(&lacking)) {
		printf("el2labs: no hypervisor can run here: %s\n", lacking);
		goto off;
	}
	if (bootarg("hcr")) {
		print_hcr();
		goto off;
	}
	error = percpu_init(smp_boot_cpu(), 0, &hal);
	if (!error)
		error = gicv3_dist_init();
	if (error) {
		printf("el2labs: cannot set the boot CPU up: error %d\n", error);
		goto off;
	}
	n = smp_start(&smp_psci, &hal, secondary);
	printf("%u CPU%s running\n", n, n == 1 ? "" : "s");
	__atomic_store_n(&online, n, __ATOMIC_RELEASE);
	dsb(ishst);
	sev();
	demonstrate(smp_boot_cpu());
	printf("Done. Powering off.\n");
off:
	console_flush();
	psci_system_off();
}
