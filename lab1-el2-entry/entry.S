/* SPDX-License-Identifier: MIT */
/*
 * entry.S - from reset to C, at EL2.
 *
 *   el2_entry            the boot CPU comes here from boot.S
 *   el2_secondary_entry  the other CPUs come here from firmware (PSCI CPU_ON), from lab 2 on
 *
 * Both with the MMU off, at a physical address that is also the linked one.
 */
#include "arch/layout.h"
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "frame_offsets.h"

	.cfi_sections .debug_frame
	.text

	/* For GDB: nobody has called this, so a backtrace ends here. */
	.cfi_startproc
	.cfi_undefined x30

/* x0: the context id given to CPU_ON: the address of a struct cpu_boot (entry.h). */
	.globl	el2_secondary_entry
el2_secondary_entry:
	mov	x19, x0
	b	1f

	.globl	el2_entry
el2_entry:
	mov	x19, xzr			/* the boot CPU has no struct cpu_boot */

1:	msr	DAIFSet, #DAIF_ALL
	mrs	x0, CurrentEL
	cmp	x0, #CURRENT_EL2
	b.eq	el2_reset
	b.lt	refuse_el1
	adr	x30, el2_reset
	b	el3_entry			/* returns by ERET, at EL2 */

el2_reset:
	/*
	 * HCR_EL2 comes first: its E2H bit decides what many of the other registers mean. Out of reset
	 * it is UNKNOWN where there is no EL3. RW: EL1 is AArch64. AMO: an SError that the hypervisor
	 * causes is taken here; without it, it would stay pending until a guest runs, and be the guest's.
	 */
	ldr	x0, =(HCR_RW | HCR_AMO)
	msr	HCR_EL2, x0
	isb
	mrs	x1, HCR_EL2
	tbnz	x1, #HCR_E2H_SHIFT, refuse_e2h	/* RES1 on this CPU: all registers below mean other things */

	ldr	x0, =SCTLR_EL2_RES1		/* MMU and caches off, little-endian */
	msr	SCTLR_EL2, x0
	ldr	x0, =el2_vectors		/* from here on every fault has a report */
	msr	VBAR_EL2, x0
	isb

	/* The stack. x29 = x30 = 0 ends every backtrace. */
	msr	SPSel, #1
	ldr	x0, =STACK_TOP(0)
	cbz	x19, 1f
	ldr	x0, [x19, #CPU_BOOT_STACK_TOP]
1:	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr

	/* C expects its zero-initialised data to be zero. Once, for all CPUs. */
	cbnz	x19, 3f
	ldr	x0, =__bss_start
	ldr	x1, =__bss_end			/* both multiples of 16 (hyp.lds.S) */
2:	cmp	x0, x1
	b.hs	3f
	stp	xzr, xzr, [x0], #16
	b	2b
3:
	bl	el2_init_sysregs		/* the other registers, each with its reason, in C */
	cbnz	x19, 4f
	bl	el2_mmu_init			/* the tables: once, for all CPUs */
4:	bl	el2_mmu_enable
	msr	DAIFClr, #DAIF_A		/* an SError is reported from here on */

	/* Whoever returns has nothing left to do: the boot CPU ends the machine, another one itself. */
	cbnz	x19, 5f
	bl	main
	ldr	w0, =PSCI_SYSTEM_OFF
	b	6f
5:	ldp	x1, x0, [x19, #CPU_BOOT_ENTRY]	/* entry, argument */
	blr	x1
	ldr	w0, =PSCI_CPU_OFF
6:	smc	#0
7:	wfi
	b	7b
	.cfi_endproc

refuse_el1:
	adr	x0, msg_el1
	b	1f
refuse_e2h:
	adr	x0, msg_e2h
1:	ldr	x1, =refuse
	br	x1

msg_el1:
	.ascii	"el2labs: started at EL1, but a hypervisor needs EL2. "
	.asciz	"Run QEMU with -M virt,virtualization=on (make: EL=2).\r\n"
msg_e2h:
	.ascii	"el2labs: HCR_EL2.E2H cannot be 0 on this CPU, and this course has it 0 throughout. "
	.asciz	"Run QEMU with -cpu cortex-a57 (make: CPU=cortex-a57).\r\n"
	.balign	8
	.ltorg
