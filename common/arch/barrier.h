/* SPDX-License-Identifier: MIT */
/*
 * barrier.h - the architecture's barriers, under their own names.
 *
 * Arm ARM, section "Memory barriers": DMB orders memory accesses, DSB also completes them (and
 * cache and TLB maintenance), ISB makes the effects of context-changing operations (a system
 * register written, say) visible to the instructions that follow it.
 *
 * The shareability domain is part of the choice: "ish" reaches the CPUs that run this hypervisor,
 * "nsh" this CPU only, "sy" also devices and other observers outside the Inner Shareable domain.
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#ifdef __ASSEMBLER__

/*
 * speculation_barrier - follows every ERET.
 * An ERET is no barrier to straight-line speculation: a CPU may run ahead into what stands behind
 * it with the registers of the other exception level. DSB + ISB instead of SB, because SB needs
 * FEAT_SB and these instructions are never executed architecturally: they cost nothing.
 */
	.macro	speculation_barrier
	dsb	nsh
	isb
	.endm

#else

#ifndef __aarch64__
#error "barrier.h is for the target: AArch64"
#endif

#define isb()		asm volatile("isb" ::: "memory")
#define dsb(domain)	asm volatile("dsb " #domain ::: "memory")
#define dmb(domain)	asm volatile("dmb " #domain ::: "memory")

/* Not the CPU's but the compiler's: it moves no memory access across. */
#define compiler_barrier()	asm volatile("" ::: "memory")

/* Hints. WFE and WFI may return at any time: always in a loop that looks at a condition. */
#define wfe()		asm volatile("wfe" ::: "memory")
#define wfi()		asm volatile("wfi" ::: "memory")
#define sev()		asm volatile("sev" ::: "memory")

#endif
#endif
