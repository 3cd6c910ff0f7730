/* SPDX-License-Identifier: MIT */
/*
 * asm_offsets.h - tell assembly where the members of a C structure are.
 *
 * Assembly cannot read a struct, and offsets that are kept by hand in both places drift apart. So a
 * file x_offsets.c lists the offsets that assembly wants, and the build makes x_offsets.h of it:
 *
 *	void asm_offsets(void)
 *	{
 *		OFFSET(FRAME_ELR, struct exception_frame, elr);
 *		CONSTANT(FRAME_SIZE, sizeof(struct exception_frame));
 *	}
 *
 * The compiler writes each value into its assembly output as ".equ FRAME_ELR, 256"; the rule in
 * build-aux/target.am turns these lines into #defines. The function is never linked or run.
 */
#ifndef ARCH_ASM_OFFSETS_H
#define ARCH_ASM_OFFSETS_H

#include <stddef.h>

void asm_offsets(void);

/* %c prints a constant without the '#' of an immediate operand. */
#define CONSTANT(name, value) __asm__ volatile("\n.equ " #name ", %c0\n" : : "i" ((long)(value)))

#define OFFSET(name, type, member) CONSTANT(name, offsetof(type, member))

#endif
