/* SPDX-License-Identifier: MIT */
/*
 * with_registers.S - execute one instruction with given values in all registers, and note down what is
 * in them afterwards.
 *
 *	void brk_with_registers(const struct registers *in, struct registers *out);
 *	void read_with_registers(...), write_with_registers(...), smc_with_registers(...);
 *
 * in:  x0 to x30 and NZCV before the instruction.
 * out: x0 to x30, NZCV, SP and DAIF behind it; out->sp_before is SP before it.
 *
 * Nothing but SP is left to find the way back by: so all is stored on the stack first. (struct registers
 * is in exceptions.c.)
 */
	.set	X, 0
	.set	NZCV, 248
	.set	SP_AFTER, 256
	.set	DAIF, 264
	.set	SP_BEFORE, 272
	.set	SIZE, 288

/* fixup: "yes" if the instruction may fault: an entry in the table of probe.h, to go on behind it. */
	.macro	with_registers name, fixup, instruction:vararg
	.text
	.globl	\name
	.type	\name, %function
\name:
	stp	x29, x30, [sp, #-112]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x1, [sp, #96]			/* out */
	sub	sp, sp, #SIZE
	mov	x2, sp
	str	x2, [sp, #SP_BEFORE]

	ldr	x2, [x0, #NZCV]
	msr	NZCV, x2
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]

	.globl	\name\()_at
\name\()_at:
	\instruction
	.globl	\name\()_behind
\name\()_behind:
	.ifc	\fixup, yes
	.pushsection .fixups, "a"
	.balign	4
	.word	\name\()_at - .
	.word	\name\()_behind - .
	.popsection
	.endif

	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x0, NZCV
	str	x0, [sp, #NZCV]
	mov	x0, sp
	str	x0, [sp, #SP_AFTER]
	mrs	x0, DAIF
	str	x0, [sp, #DAIF]

	ldr	x1, [sp, #SIZE + 96]		/* out */
	mov	x2, #SIZE
1:	sub	x2, x2, #8
	ldr	x3, [sp, x2]
	str	x3, [x1, x2]
	cbnz	x2, 1b

	add	sp, sp, #SIZE
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.size	\name, . - \name
	.endm

	with_registers brk_with_registers, no, brk #0x1234
	with_registers read_with_registers, yes, ldp x9, x20, [x25]
	with_registers write_with_registers, yes, str x9, [x30]
	with_registers smc_with_registers, no, smc #0
	.section .note.GNU-stack, "", %progbits
