/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host of lab 3's tests: a CPU with virtualization on, VMs, and a way to run them that
 * leaves nothing to chance.
 */
#ifndef TESTS_LAB3_HOST_H
#define TESTS_LAB3_HOST_H

#include "arch/types.h"
#include "percpu.h"
#include "vcpu.h"
#include "vm.h"

#define TAP_HANDOUT	"lab3-vcpu-context/README.md"
#include "tap.h"

/* Sections of the handout. */
#define FRAME		"The trap frame"
#define TABLE		"One register table"
#define SWITCH		"Into the guest and out of it"
#define BIND		"Bind and unbind: on change, not on exit"
#define LAZY_FP		"FP, only when used"
#define STAGE2		"Stage 2"
#define VMIDS		"VMIDs: no TLB maintenance on re-entry"
#define INJECTION	"Injecting an interrupt"

/* ---- The machine ----------------------------------------------------------------------------------- */

/*
 * host_start - console, GIC, virtualization on with the vCPU vectors, VMIDs: of the boot CPU. IRQs
 * are masked. EL2's timer interrupt (CNTHP) is enabled at the GIC, and counted.
 */
void host_start(void);

/* host_start_others - all other CPUs, each set up likewise, call run(). Returns how many run now. */
unsigned int host_start_others(void (*run)(struct percpu *cpu));

/* What the interrupt handler of each CPU has seen. */
struct irqs {
	volatile uint64_t timer, others;
	volatile uint32_t last;
};
extern struct irqs irqs[MAX_CPUS];

/* Called first of all for each interrupt of the hypervisor itself, when not NULL: ELR_EL2 says where. */
extern void (*host_irq_hook)(void);

/* This CPU's number, told by the hardware: the layer under test might have lost TPIDR_EL2. */
unsigned int cpu_number(void);

/* With ARGS=counts=1: a test prints what it has counted. */
bool counts_wanted(void);

/* A number that nobody can guess; a sequence for each CPU. */
uint64_t host_random(void);

/* ---- VMs with one vCPU ------------------------------------------------------------------------------ */

struct guest {
	struct vm vm;
	struct vcpu vcpu;
};

/*
 * guest_create - a VM with a program and one vCPU, FREE, to be entered at the program's start with x0.
 * setup: NULL for nothing passed through. If it cannot be made, the image ends.
 */
void guest_create(struct guest *guest, const char *name, const char *program, const char *end,
		  uint64_t x0, const struct vcpu_setup_config *setup);
#define GUEST_CREATE(guest, name, program, x0, setup) do {			\
	extern const char program[], program##_end[];				\
	guest_create(guest, name, program, program##_end, x0, setup);		\
} while (0)

/* Where the host sees a guest's memory. (The guest's MMU is off: on hardware this would be a matter of
 * cache maintenance, and QEMU has no caches.) */
static inline void *guest_memory(const struct guest *guest, uint64_t ipa)
{
	return (char *)guest->vm.ram + (ipa - RAM_BASE);
}

/* ---- Running them ----------------------------------------------------------------------------------- */

/*
 * run_checked - vcpu_run() with patterns in all registers that a caller has, and a look at what is in
 * them when it returns. daif: PSTATE's masks meanwhile, the caller's afterwards.
 */
enum vcpu_exit_kind run_checked(struct vcpu *vcpu, uint64_t daif);

/* What run_checked() found on this CPU, over all its runs. */
struct run_findings {
	uint64_t runs;
	uint64_t lost_registers;	/* bit n: x19 to x29 not as before; bit 31: SP */
	uint64_t lost_daif, want_daif, got_daif;
	uint64_t lost_tpidr;
	uint64_t bad_kind, bad_state;
};
extern struct run_findings run_findings[MAX_CPUS];

/* tap_run_findings - five tests: over all runs on all CPUs nothing was lost. */
#define RUN_FINDINGS_TESTS	5
void tap_run_findings(void);

/* host_poison - write odd values to every register that a host may use between two runs of one vCPU ... */
void host_poison_between_runs(void);
/* ... and while no vCPU is bound to this CPU. */
void host_poison_unbound(void);

#endif
