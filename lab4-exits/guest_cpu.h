/* SPDX-License-Identifier: MIT */
/*
 * guest_cpu.h - a vCPU in its machine: lab 3's, with its exits and its part of the virtual GIC.
 *
 * The host's loop is
 *
 *   guest_cpu_load(cpu);
 *   while (...)
 *           switch (guest_cpu_run(cpu)) { ... what the host does for each reason ... }
 *   guest_cpu_put(cpu);
 *
 * with IRQs masked all along. A physical interrupt makes the guest exit whatever PSTATE.I was, and is
 * acknowledged then; one that comes while the host is at work makes the next entry exit at once. So
 * between the host's last look at what is pending and the guest's first instruction nothing gets lost.
 */
#ifndef LAB4_GUEST_CPU_H
#define LAB4_GUEST_CPU_H

#include "exit.h"
#include "exit_log.h"
#include "guest_debug.h"
#include "vcpu.h"
#include "vdev/vgic.h"

struct guest_ids;
struct machine;

struct guest_cpu {
	struct vcpu vcpu;		/* lab 3's; first, so that its address is this one's */
	struct machine *machine;
	const struct guest_ids *ids;	/* what its identification registers read as: the machine's */
	unsigned int index;		/* which of the machine's CPUs: 0 to VGIC_CPUS_MAX - 1 */
	struct vcpu_exit exit;
	struct exit_log log;

	/* virtual_gic.c */
	struct vgic_lrs lrs;		/* what is in this vCPU's list registers */
	uint16_t lrs_written;		/* those that are not empty in the CPU */
	uint32_t gic_dirty;		/* and that is out of date: set by any CPU, cleared by its own */
	uint32_t linked_active;		/* PPIs of the timers that are active in the physical GIC, while off */
	struct guest_debug debug;	/* sysreg_trap.c */
};

/* The guest_cpu that a vcpu is part of; NULL of NULL. */
static inline struct guest_cpu *guest_cpu_of(struct vcpu *vcpu)
{
	return (struct guest_cpu *)vcpu;
}
ASSERT_OFFSET(struct guest_cpu, vcpu, 0);

/* The guest_cpu that is loaded on this CPU; NULL when none is. */
static inline struct guest_cpu *this_guest_cpu(void)
{
	return guest_cpu_of(this_cpu()->above);
}

/*
 * guest_cpu_load, guest_cpu_put - onto this CPU and off it: vcpu_bind() and vcpu_unbind(), with the
 * virtual GIC's list registers and the timers' interrupts. With IRQs masked.
 * Return what those return.
 */
int guest_cpu_load(struct guest_cpu *cpu);
int guest_cpu_put(struct guest_cpu *cpu);

/*
 * guest_cpu_wait - after EXIT_HALT: sleep until there is something for this vCPU, and let the host's
 * interrupts come meanwhile. cpu is loaded; IRQs masked.
 */
void guest_cpu_wait(struct guest_cpu *cpu);

/* guest_cpu_panic_report - for panic_screen_add(): the last exits of the vCPU that is on this CPU. */
void guest_cpu_panic_report(void);

/* All but the synchronous exits: exit.c. */
enum exit_reason exit_asynchronous(struct guest_cpu *cpu, enum vcpu_exit_kind kind);

/* The two halves of a synchronous exit: note it, and have its handler see to it. */
static inline struct exit_record *guest_cpu_note(struct guest_cpu *cpu, uint64_t *esr)
{
	uint64_t elr = cpu->vcpu.frame.elr;

	*esr = cpu->vcpu.frame.esr;
	return exit_log_add(&cpu->log, *esr, elr);
}

static inline enum exit_reason guest_cpu_dispatch(struct guest_cpu *cpu, uint64_t esr,
						  struct exit_record *record)
{
	enum exit_reason reason = exit_handlers[ESR_EC(esr)](cpu, esr);

	exit_log_reason(&cpu->log, record, reason);
	return reason;
}

/*
 * guest_cpu_run - run the guest until it exits, and handle the exit. cpu is loaded on this CPU; IRQs are
 * masked. Returns what the host has to do. Inline: this is the path that everything takes.
 */
static inline enum exit_reason guest_cpu_run(struct guest_cpu *cpu)
{
	enum vcpu_exit_kind kind = vcpu_run(&cpu->vcpu);
	struct exit_record *record;
	uint64_t esr;

	if (!likely(kind == VCPU_EXIT_SYNC))
		return exit_asynchronous(cpu, kind);
	record = guest_cpu_note(cpu, &esr);
	return guest_cpu_dispatch(cpu, esr, record);
}

#endif
