/* SPDX-License-Identifier: MIT */
/*
 * el3.S - when the machine starts at EL3: the least that firmware does, then the drop to EL2.
 *
 * A real machine has firmware (TF-A, say) that does this and much more, and stays at EL3 to answer
 * SMCs. So do we: a monitor of a few instructions remains behind, and knows how to power off.
 */
#include "arch/barrier.h"
#include "arch/esr.h"
#include "arch/layout.h"
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "drivers/gicv3_regs.h"
#include "secure_gpio.h"

/* GICD_CTLR as the Secure side has it: affinity routing for both security states. */
#define GICD_CTLR_ARE_S		(1 << 4)
#define GICD_CTLR_ARE_NS	(1 << 5)

	.text

/*
 * el3_entry - set EL3 up and continue at EL2, at the address in x30.
 * Changes x0 to x3.
 */
	.globl	el3_entry
el3_entry:
	adr	x0, el3_vectors
	msr	VBAR_EL3, x0
	ldr	x0, =SCTLR_EL3_RES1		/* MMU and caches off */
	msr	SCTLR_EL3, x0

	/* Without EL2 there is nothing to drop to. */
	mrs	x0, ID_AA64PFR0_EL1
	tst	x0, #ID_AA64PFR0_EL2
	b.eq	el3_no_el2

	/*
	 * SCR_EL3: what runs below is Non-secure (NS) and AArch64 (RW), may use HVC (HCE) and SMC
	 * (SMD = 0), and takes its own interrupts and aborts (IRQ = FIQ = EA = 0). The rest gives
	 * EL2 the registers of optional features, which it would otherwise be trapped here for;
	 * each bit is RES0 where the CPU lacks the feature, except those asked for below.
	 */
	ldr	x0, =(SCR_EL3_RES1 | SCR_EL3_NS | SCR_EL3_HCE | SCR_EL3_RW | SCR_EL3_APK | SCR_EL3_API)
	mrs	x1, ID_AA64MMFR0_EL1
	ubfx	x2, x1, #ID_AA64MMFR0_FGT_SHIFT, #4
	cbz	x2, 1f
	orr	x0, x0, #SCR_EL3_FGTEN
1:	ubfx	x2, x1, #ID_AA64MMFR0_ECV_SHIFT, #4
	cmp	x2, #2				/* CNTPOFF_EL2 is there from level 2 on */
	b.lo	1f
	orr	x0, x0, #SCR_EL3_ECVEN
1:	mrs	x1, ID_AA64MMFR1_EL1
	ubfx	x2, x1, #ID_AA64MMFR1_HCX_SHIFT, #4
	cbz	x2, 1f
	orr	x0, x0, #SCR_EL3_HXEN
1:	mrs	x1, ID_AA64PFR1_EL1
	ubfx	x2, x1, #ID_AA64PFR1_MTE_SHIFT, #4
	cmp	x2, #2
	b.lo	1f
	orr	x0, x0, #SCR_EL3_ATA
1:	ubfx	x2, x1, #ID_AA64PFR1_SME_SHIFT, #4
	cbz	x2, 1f
	orr	x0, x0, #SCR_EL3_ENTP2
1:	mrs	x1, ID_AA64PFR0_EL1
	ubfx	x2, x1, #ID_AA64PFR0_CSV2_SHIFT, #4
	cmp	x2, #2
	b.lo	1f
	orr	x0, x0, #SCR_EL3_ENSCXT
1:	msr	SCR_EL3, x0

	/* CPTR_EL3: no traps of FP (TFP), trace (TTA), CPACR (TCPAC); SVE and SME are allowed, where they are. */
	mov	x0, xzr
	ubfx	x2, x1, #ID_AA64PFR0_SVE_SHIFT, #4
	cbz	x2, 1f
	orr	x0, x0, #CPTR_EL3_EZ
1:	mrs	x1, ID_AA64PFR1_EL1
	ubfx	x2, x1, #ID_AA64PFR1_SME_SHIFT, #4
	cbz	x2, 1f
	orr	x0, x0, #CPTR_EL3_ESM
1:	msr	CPTR_EL3, x0

	/* MDCR_EL3: no debug or PMU traps; the profiling buffer, where there is one, is Non-secure's. */
	mov	x0, xzr
	mrs	x1, ID_AA64DFR0_EL1
	ubfx	x2, x1, #ID_AA64DFR0_PMSVER_SHIFT, #4
	cbz	x2, 1f
	mov	x0, #MDCR_EL3_NSPB
1:	msr	MDCR_EL3, x0
	isb

	/*
	 * The GIC. Without firmware's help every interrupt is Group 0, which means Secure: EL2 could
	 * neither enable nor acknowledge one. All become Non-secure Group 1. This is skipped where
	 * there is no GICv3; lab 1 refuses such a machine at EL2, where it can say so in full.
	 */
	mrs	x1, ID_AA64PFR0_EL1
	ubfx	x2, x1, #24, #4			/* ID_AA64PFR0_EL1.GIC */
	cbz	x2, 4f
	mov	x0, #(ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE)
	msr	ICC_SRE_EL3, x0
	isb
	ldr	x0, =GICD_BASE
	mov	w1, #(GICD_CTLR_ARE_S | GICD_CTLR_ARE_NS)
	str	w1, [x0, #GICD_CTLR]
	ldr	w2, [x0, #GICD_TYPER]		/* ITLinesNumber: registers, less one */
	and	w2, w2, #0x1f
	mov	w1, #-1
	add	x0, x0, #GICD_IGROUPR
	cbz	w2, 3f
2:	str	w1, [x0, #4]!			/* IGROUPR0 is the redistributor's: from 1 on */
	subs	w2, w2, #1
	b.ne	2b
3:	ldr	x0, =(GICR_BASE + GICR_SGI_FRAME + GICD_IGROUPR)
	str	w1, [x0]
	/* Wake this CPU's redistributor: GICR_WAKER ignores the Non-secure side. */
	ldr	x0, =GICR_BASE
	str	wzr, [x0, #GICR_WAKER]
	dsb	sy

	/* EL2h, all of DAIF masked. */
4:	mov	x0, #(SPSR_DAIF | SPSR_M_EL2H)
	msr	SPSR_EL3, x0
	msr	ELR_EL3, x30
	ldr	x0, =SCTLR_EL2_RES1		/* EL2's MMU is off at its first instruction */
	msr	SCTLR_EL2, x0
	eret
	speculation_barrier

/* The machine has no EL2 (QEMU: secure=on without virtualization=on). */
el3_no_el2:
	adr	x0, msg_no_el2
	ldr	x1, =refuse
	br	x1

/* Power off, reset: what ends the machine does not return to the caller. */
el3_system_off:
	secure_gpio_raise SECURE_GPIO_PIN_OFF
	b	el3_wait
el3_system_reset:
	secure_gpio_raise SECURE_GPIO_PIN_RESET
el3_wait:
	wfi
	b	el3_wait

/*
 * The monitor. An SMC from EL2 or EL1 arrives at "Synchronous, lower EL, AArch64". It keeps no
 * state and needs no stack: it powers off, resets, tells its version, and knows nothing else.
 * x0 has the result; by SMCCC 1.1 the other registers stay as they are, so x1 is put back.
 */
el3_smc:
	msr	TPIDR_EL3, x1
	mrs	x1, ESR_EL3
	lsr	x1, x1, #ESR_EC_SHIFT
	cmp	x1, #EC_SMC64
	b.ne	el3_unexpected
	ldr	w1, =PSCI_SYSTEM_OFF
	cmp	w0, w1
	b.eq	el3_system_off
	ldr	w1, =PSCI_SYSTEM_RESET
	cmp	w0, w1
	b.eq	el3_system_reset
	ldr	w1, =PSCI_VERSION
	cmp	w0, w1
	ldr	x1, =0x10001			/* 1.1 */
	mov	x0, #PSCI_NOT_SUPPORTED
	csel	x0, x1, x0, eq
	mrs	x1, TPIDR_EL3
	eret					/* ELR_EL3 is already behind the SMC */
	speculation_barrier

el3_unexpected:
	adr	x0, msg_unexpected
	ldr	x1, =refuse
	br	x1

	.balign	2048
el3_vectors:
	.rept	8				/* from EL3 itself: with SP_EL0, with SP_EL3 */
	.balign	128
	b	el3_unexpected
	.endr
	.balign	128
	b	el3_smc				/* Synchronous, from a lower EL in AArch64 */
	.rept	7
	.balign	128
	b	el3_unexpected
	.endr
	.balign	128

msg_no_el2:
	.ascii	"el2labs: started at EL3 on a CPU without EL2: there is no exception level for a "
	.asciz	"hypervisor. Run QEMU with -M virt,secure=on,virtualization=on (make: EL=3).\r\n"
msg_unexpected:
	.asciz	"el2labs: unexpected exception at EL3. Powering off.\r\n"
	.balign	8
	.ltorg
