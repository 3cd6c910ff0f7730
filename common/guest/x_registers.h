/* SPDX-License-Identifier: MIT */
/*
 * x_registers.h - "x1_to_x30 ldp" and "x1_to_x30 stp": from and to an array x[31] that x0 points to. What
 * becomes of x0 itself is the user's business: it comes last, or went somewhere else first.
 */
#ifndef GUEST_X_REGISTERS_H
#define GUEST_X_REGISTERS_H

	.macro	x1_to_x30 op
	\op	x1, x2, [x0, #8]
	\op	x3, x4, [x0, #24]
	\op	x5, x6, [x0, #40]
	\op	x7, x8, [x0, #56]
	\op	x9, x10, [x0, #72]
	\op	x11, x12, [x0, #88]
	\op	x13, x14, [x0, #104]
	\op	x15, x16, [x0, #120]
	\op	x17, x18, [x0, #136]
	\op	x19, x20, [x0, #152]
	\op	x21, x22, [x0, #168]
	\op	x23, x24, [x0, #184]
	\op	x25, x26, [x0, #200]
	\op	x27, x28, [x0, #216]
	\op	x29, x30, [x0, #232]
	.endm

#endif
