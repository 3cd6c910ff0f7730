/* SPDX-License-Identifier: MIT */
/*
 * host.h - what the boot tests of lab 4 have in common: a host that runs machines, and whose own timer
 * has to keep ticking whatever its guests do.
 */
#ifndef TESTS_LAB4_HOST_H
#define TESTS_LAB4_HOST_H

#include "machine.h"

#define TAP_HANDOUT	"lab4-exits/README.md"
#include "tap.h"

/* Sections of the handout that failures point to. */
#define DISPATCH	"One table of 64 handlers"
#define MMIO		"MMIO: what the syndrome says, and what it does not"
#define SYSREGS		"System registers: one table of encodings"
#define INJECT		"Injection: doing what the hardware would have done"
#define GIC		"The virtual GIC"
#define UART		"The virtual UART"
#define WFX		"WFI and its relatives"
#define CONTRACT	"The exit contract"

/* host_start - console, GIC, virtualization and timers of the boot CPU; IRQs stay masked. */
void host_start(void);

/*
 * host_start_others - the machine's other CPUs, as host_start() does it, each of them in run(). Before that
 * has returned, it does not power off. Returns how many CPUs there are.
 */
unsigned int host_start_others(void (*run)(struct percpu *cpu));

/*
 * host_machine - a machine with a guest's program in it; ends the test if it cannot be made.
 * x0: of its vCPUs at the first instruction.
 */
void host_machine(struct machine *machine, const char *name, const char *program, const char *end,
		  unsigned int cpus, uint64_t x0);

/*
 * host_run - run a loaded vCPU until there is something for the test to look at. Interrupts and waiting
 * are dealt with here; what the machine has not, is refused.
 * Returns EXIT_HYPERCALL (the immediate: host_hvc()), EXIT_FAIL_ENTRY, or whatever else came.
 */
enum exit_reason host_run(struct guest_cpu *cpu);

/* The immediate of the HVC that host_run() returned for. */
unsigned int host_hvc(const struct guest_cpu *cpu);

/* Host interrupts that are none of the virtual GIC's or the timer's. Returns IRQ_UNEXPECTED by default. */
extern enum irq_result (*host_irq_hook)(uint32_t intid);

/* ---- The host's own timer ---------------------------------------------------------------------------- */

/* A tick each so many microseconds, until it is stopped: how many came, and how late the latest was. */
struct host_ticks {
	uint64_t count;
	uint64_t latest_us;
};
extern struct host_ticks host_ticks;
void host_ticks_start(uint64_t every_us);
void host_ticks_stop(void);

/* Microseconds of the counter, since it started. */
uint64_t host_now_us(void);

/* A reproducible random number: the same sequence in each run. */
uint64_t host_random(void);

#endif
