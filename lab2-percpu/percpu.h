/* SPDX-License-Identifier: MIT */
/*
 * percpu.h - what each CPU has for itself, and turning virtualization on and off on it.
 */
#ifndef LAB2_PERCPU_H
#define LAB2_PERCPU_H

#include "arch/layout.h"
#include "arch/sysreg.h"
#include "arch/types.h"
#include "mm/stage2.h"

struct percpu;

/* What the host's handler says of an interrupt. */
enum irq_result {
	IRQ_HANDLED,		/* the host's: it is over, deactivate it */
	IRQ_FORWARDED,		/* a guest's: the guest deactivates it (labs 4 and 5) */
	IRQ_UNEXPECTED,		/* nobody's: count it, report it, and see that it does not come again */
};

/*
 * What this layer needs of the host that uses it: handed in, so that a test or another host can
 * hand in others. All of them are called on the CPU they are about.
 */
struct vcpu_hal {
	/* Acknowledge the most urgent interrupt: its INTID, or a special one if there is none. */
	uint32_t (*irq_acknowledge)(void);
	/* Its end, first step (priority drop) and second (deactivation). */
	void (*irq_drop)(uint32_t intid);
	void (*irq_deactivate)(uint32_t intid);
	/* Do what the interrupt asks for. IRQs are masked. */
	enum irq_result (*irq_handler)(struct percpu *cpu, uint32_t intid);
	/* Disable an interrupt that nobody expected, so that it does not come for ever. */
	void (*irq_disable)(struct percpu *cpu, uint32_t intid);
	/* Pages of 4 KiB in a row, filled with zeros, aligned to the size of them all; and back. */
	void *(*pages_alloc)(unsigned int count);
	void (*pages_free)(void *pages, unsigned int count);
};

/* Counters; only the CPU itself writes them. */
struct percpu_counters {
	uint64_t irqs;			/* acknowledged, all that follow included */
	uint64_t spurious;		/* there was nothing to acknowledge after all */
	uint64_t unexpected;		/* nobody's */
};

/*
 * One for each CPU; TPIDR_EL2 points to the CPU's own. A page each: no two CPUs write to one cache
 * line, and a page can be mapped or looked at by itself.
 */
struct percpu {
	unsigned int id;		/* 0 is the boot CPU; also the number of its stack block */
	uint64_t mpidr;			/* MPIDR_EL1 */
	uintptr_t stack_top;
	uintptr_t gicr;			/* its redistributor; the host's to set */
	const struct vcpu_hal *hal;
	uint64_t hcr;			/* HCR_EL2 for guests on this CPU (hcr.c) */
	void (*irq_handler)(struct percpu *cpu);	/* published while enabled, else NULL */

	/* As they were before percpu_hardware_enable(). */
	uint64_t saved_vbar, saved_hcr, saved_vtcr, saved_vttbr;

	struct stage2_config stage2;	/* the shape of stage 2 tables on this CPU */
	void *empty_stage2;		/* root tables that map nothing: while no vCPU is here */
	struct percpu_counters counters;
	void *above;			/* the layer above's own; not looked at here */
} __aligned(PAGE_SIZE);

/* This CPU's own. */
static inline struct percpu *this_cpu(void)
{
	return (struct percpu *)read_sysreg(TPIDR_EL2);
}

/*
 * percpu_init - make cpu this CPU's own: TPIDR_EL2 points to it from here on.
 * cpu: the caller's memory, which stays in use; id: 0 to MAX_CPUS - 1; hal: stays in use too.
 * Returns 0, -EINVAL (id out of range, a function of hal missing), -EBUSY (virtualization is on:
 * nothing has changed).
 */
int percpu_init(struct percpu *cpu, unsigned int id, const struct vcpu_hal *hal);

/* Is virtualization on, on this CPU? Asks the hardware (HCR_EL2.VM), which cannot be out of date. */
static inline bool percpu_is_enabled(void)
{
	return read_sysreg(HCR_EL2) & HCR_VM;
}

/*
 * percpu_hardware_enable - turn virtualization on, on this CPU.
 * vectors: the table for VBAR_EL2, 2 KiB-aligned: this layer's percpu_vectors, or that of a
 * layer above which extends it.
 * Returns 0, -EBUSY (it is on: nothing is saved again, nothing lost), -EINVAL (misaligned, or before
 * percpu_init), -ENOMEM.
 */
int percpu_hardware_enable(const void *vectors);

/*
 * percpu_hardware_disable - turn it off: VBAR_EL2, HCR_EL2, VTCR_EL2 and VTTBR_EL2 get back exactly
 * the bits that they had. Returns 0, or -EALREADY when percpu_hardware_enable() has not turned it on.
 */
int percpu_hardware_disable(void);

/* The vectors of this layer: lab 1's, with the IRQ vector of the hypervisor itself replaced. */
extern char percpu_vectors[];

#endif
