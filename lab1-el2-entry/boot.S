/* SPDX-License-Identifier: MIT */
/*
 * boot.S - the first instructions, and the refusals.
 *
 * The image is linked at the top of the first GiB of RAM (arch/layout.h). On a machine with less RAM
 * the loader writes it into nothing, and a jump there would be a silent hang. So this small segment
 * is linked low, where any machine has RAM: it looks whether the rest is there before it goes there.
 *
 * It runs with the MMU off, at whatever exception level the machine starts in, without a stack.
 */
#include "arch/layout.h"
#include "arch/psci.h"
#include "arch/sysreg_fields.h"
#include "drivers/pl011.h"
#include "secure_gpio.h"

	.section .boot, "ax"

	.globl	_start
_start:
	msr	DAIFSet, #DAIF_ALL

	/*
	 * EL1 and EL2 are entered by one CPU, which firmware (here: QEMU) has chosen. At EL3 there is no
	 * firmware below, and all CPUs start here at once: all but one are parked.
	 */
	mrs	x9, CurrentEL
	cmp	x9, #CURRENT_EL3
	b.ne	1f
	mrs	x0, MPIDR_EL1
	tst	x0, #0xffffff			/* Aff2.Aff1.Aff0 */
	b.ne	park

	/* A read where no memory is reported as a synchronous external abort: catch it, at this EL. */
1:	adr	x0, boot_vectors
	cmp	x9, #CURRENT_EL2
	b.eq	3f
	b.gt	2f
	msr	VBAR_EL1, x0
	b	4f
2:	msr	VBAR_EL3, x0
	b	4f
3:	msr	VBAR_EL2, x0
4:	isb

	ldr	x0, =image_magic		/* the last word of the image that is loaded */
	ldr	w1, [x0]
	ldr	w2, =IMAGE_MAGIC
	cmp	w1, w2
	b.ne	too_little_ram
	ldr	x0, =(HYP_END - 8)		/* and the end of the last stack: nothing is there yet */
	str	x2, [x0]
	ldr	x1, [x0]
	cmp	x1, x2
	b.ne	too_little_ram
	ldr	x0, =el2_entry
	br	x0

too_little_ram:
	adr	x0, msg_too_little_ram
	/* fall through */

/*
 * refuse - print the string at x0 and power off. At any exception level, with the MMU off.
 */
	.globl	refuse
refuse:
	ldr	x1, =UART_BASE
	mov	w2, #(PL011_CR_UARTEN | PL011_CR_TXE)
	str	w2, [x1, #PL011_CR]
1:	ldrb	w3, [x0], #1
	cbz	w3, 3f
2:	ldr	w2, [x1, #PL011_FR]
	tbnz	w2, #PL011_FR_TXFF_BIT, 2b
	str	w3, [x1, #PL011_DR]
	b	1b
3:	ldr	w2, [x1, #PL011_FR]
	tst	w2, #PL011_FR_BUSY
	b.ne	3b

	/* Whom to ask for the power-off depends on where we are. */
	ldr	w0, =PSCI_SYSTEM_OFF
	mrs	x9, CurrentEL
	cmp	x9, #CURRENT_EL2
	b.gt	5f
	b.lt	4f
	smc	#0				/* QEMU's PSCI, for software at EL2 */
	b	park
4:	hvc	#0				/* QEMU's PSCI, where there is no EL2 */
	b	park
5:	secure_gpio_raise SECURE_GPIO_PIN_OFF	/* we are the firmware ourselves */

park:	wfi
	b	park

msg_too_little_ram:
	.ascii	"el2labs: too little RAM: the hypervisor is linked at the top of the first GiB "
	.asciz	"of RAM. Run QEMU with -m 1G or more.\r\n"
	.balign	8
	.ltorg

	/* All of the 16 vectors: only one thing can go wrong here. */
	.balign	2048
boot_vectors:
	.rept	16
	.balign	128
	b	too_little_ram
	.endr

	.section .rodata.image_magic, "a"
	.balign	4
image_magic:
	.word	IMAGE_MAGIC
