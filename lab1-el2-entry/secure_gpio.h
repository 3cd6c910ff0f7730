/* SPDX-License-Identifier: MIT */
/*
 * secure_gpio.h - powering off where we are the firmware.
 *
 * With secure=on QEMU emulates no PSCI. Its virt machine instead has a PL061 GPIO controller for the
 * secure world, with the machine's power-off and reset behind the first two pins.
 */
#ifndef LAB1_SECURE_GPIO_H
#define LAB1_SECURE_GPIO_H

#include "arch/layout.h"

#define SECURE_GPIO_PIN_OFF	(1 << 0)
#define SECURE_GPIO_PIN_RESET	(1 << 1)

#define PL061_DIR		0x400		/* a 1 makes the pin an output */
#define PL061_DATA(pins)	((pins) << 2)	/* the address says which pins a write may change */

/* secure_gpio_raise pin - raise one of the pins. At EL3. Changes x0 and x1. */
	.macro	secure_gpio_raise pin
	ldr	x0, =SECURE_GPIO_BASE
	mov	w1, #\pin
	str	w1, [x0, #PL061_DIR]
	str	w1, [x0, #PL061_DATA(SECURE_GPIO_PIN_OFF | SECURE_GPIO_PIN_RESET)]
	dsb	sy
	.endm

#endif
