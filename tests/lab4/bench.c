// SPDX-License-Identifier: MIT
/*
 * bench.c - the round trips that "make bench" counts: from a guest's instruction through vcpu_run(), the
 * exit's handler and what answers for the machine, to the guest's next instruction.
 *
 * For each kind of trip: some to warm up, then some between two looks at the clock (tests/lab3/bench.c
 * says more about how they are counted).
 */
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guests/bench_trips.h"
#include "host.h"

extern const char bench_guest[], bench_guest_end[];

static struct machine machine;

/* The address of this one instruction is what divides the trace. */
static __noinline uint64_t bench_clock(void)
{
	uint64_t now;

	asm volatile(".globl bench_clock_read\n"
		     "bench_clock_read: mrs %0, CNTPCT_EL0" : "=r"(now) :: "memory");
	return now;
}

/*
 * Hypercalls end in the host. Four trips in a row and no loop: what is between two of them is what any
 * host has to do, and the same each time.
 */
static __noinline bool hypercalls(struct guest_cpu *cpu)
{
	return guest_cpu_run(cpu) == EXIT_HYPERCALL && guest_cpu_run(cpu) == EXIT_HYPERCALL &&
	       guest_cpu_run(cpu) == EXIT_HYPERCALL && guest_cpu_run(cpu) == EXIT_HYPERCALL;
}

/* The others end in the machine: the host hears of the guest again when it has made all of its trips. */
static __noinline bool machine_trips(struct guest_cpu *cpu)
{
	enum exit_reason reason;

	do
		reason = machine_run(cpu);
	while (reason == EXIT_EXTERNAL_INTERRUPT);
	return reason == EXIT_HYPERCALL && host_hvc(cpu) == 1;
}

static const struct trip {
	const char *name;		/* as in bench.budget */
	unsigned int program;
	bool (*make)(struct guest_cpu *cpu);
} trips[] = {
	{ "hvc", BENCH_HYPERCALL, hypercalls },
	{ "id-read", BENCH_ID, machine_trips },
	{ "gicd-read", BENCH_GICD, machine_trips },
	{ "gicd-read-set", BENCH_GICD_SET, machine_trips },
	{ "uart-write", BENCH_UART, machine_trips },
	{ "timer", BENCH_TIMER, machine_trips },
	{ "sgi-self", BENCH_SGI, machine_trips },
};

static void make_trips(const struct trip *trip)
{
	struct guest_cpu *cpu = &machine.cpus[0];
	uint64_t start, ticks = 0;
	bool good;

	host_machine(&machine, trip->name, bench_guest, bench_guest_end, 1, trip->program);
	good = guest_cpu_load(cpu) == 0;
	good = good && trip->make(cpu) && trip->make(cpu);
	start = bench_clock();
	good = good && trip->make(cpu);
	ticks = bench_clock() - start;
	if (good)
		printf("trip %s clock %lu flushes %lu\n", trip->name, ticks, cpu->vcpu.tlb_flushes);
	else
		printf("error: %s: ESR_EL2 0x%lx\n", trip->name, cpu->vcpu.frame.esr);
	guest_cpu_put(cpu);
	machine_destroy(&machine);
}

void main(void)
{
	unsigned int n;

	host_start();
	printf("counter %lu\n", read_sysreg(CNTFRQ_EL0));
	for (n = 0; n < ARRAY_SIZE(trips); n++)
		make_trips(&trips[n]);
	printf("end\n");
	console_flush();
	psci_system_off();
}
