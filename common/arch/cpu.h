/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - the CPU that executes this: which exception level, which one of the machine, its masks.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/barrier.h"
#include "arch/sysreg.h"

/* The current exception level, 0 to 3 (CurrentEL). */
static inline unsigned int current_el(void)
{
	return (read_sysreg(CurrentEL) >> 2) & 3;
}

/* This CPU's affinity: MPIDR_EL1 without the bits that are not an address (U, MT, RES1). */
static inline uint64_t cpu_affinity(void)
{
	return read_sysreg(MPIDR_EL1) & MPIDR_AFF_MASK;
}

/*
 * irq_save() masks IRQ and FIQ on this CPU and returns the DAIF that was in force; irq_restore()
 * puts exactly that back. Never "unmask" after a critical section: the caller may have had them
 * masked. A write to PSTATE needs no ISB: it takes effect in program order.
 */
static inline uint64_t irq_save(void)
{
	uint64_t daif = read_sysreg(DAIF);

	asm volatile("msr DAIFSet, %0" :: "i"(DAIF_I | DAIF_F) : "memory");
	return daif;
}

static inline void irq_restore(uint64_t daif)
{
	asm volatile("msr DAIF, %0" :: "r"(daif) : "memory");
}

/* Let IRQs and FIQs through, and mask them again: for code that knows which of the two is in force. */
static inline void irq_unmask(void)
{
	asm volatile("msr DAIFClr, %0" :: "i"(DAIF_I | DAIF_F) : "memory");
}

static inline void irq_mask(void)
{
	asm volatile("msr DAIFSet, %0" :: "i"(DAIF_I | DAIF_F) : "memory");
}

#endif
