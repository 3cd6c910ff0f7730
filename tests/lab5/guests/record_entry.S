/* SPDX-License-Identifier: MIT */
/* record_entry.S - see record.h. */
#include "record.h"

	.arch	armv8-a+fp+simd
	.text

	.globl	record_entry
	.type	record_entry, %function
record_entry:
	stp	x0, x1, [x0, #RECORD_X]
	stp	x2, x3, [x0, #RECORD_X + 8 * 2]
	stp	x4, x5, [x0, #RECORD_X + 8 * 4]
	stp	x6, x7, [x0, #RECORD_X + 8 * 6]
	stp	x8, x9, [x0, #RECORD_X + 8 * 8]
	stp	x10, x11, [x0, #RECORD_X + 8 * 10]
	stp	x12, x13, [x0, #RECORD_X + 8 * 12]
	stp	x14, x15, [x0, #RECORD_X + 8 * 14]
	stp	x16, x17, [x0, #RECORD_X + 8 * 16]
	stp	x18, x19, [x0, #RECORD_X + 8 * 18]
	stp	x20, x21, [x0, #RECORD_X + 8 * 20]
	stp	x22, x23, [x0, #RECORD_X + 8 * 22]
	stp	x24, x25, [x0, #RECORD_X + 8 * 24]
	stp	x26, x27, [x0, #RECORD_X + 8 * 26]
	stp	x28, x29, [x0, #RECORD_X + 8 * 28]
	str	x30, [x0, #RECORD_X + 8 * 30]
	mov	x1, sp
	mrs	x2, CurrentEL
	mrs	x3, SPSel
	mrs	x4, DAIF
	mrs	x5, NZCV
	add	x6, x0, #RECORD_PSTATE
	stp	x1, x2, [x6]
	stp	x3, x4, [x6, #16]
	str	x5, [x6, #32]

	add	x2, x0, #RECORD_SYSREGS
#define X(name, dirty, reset)	mrs x1, name ; str x1, [x2], #8 ;
	RECORD_REGISTERS(X)
	mrs	x1, S3_0_C0_C6_1		/* ID_AA64ISAR1_EL1: APA, API */
	tst	x1, #0xff0
	b.eq	1f
	RECORD_PAUTH(X)
#undef X

1:	mov	x1, #(3 << 20)			/* CPACR_EL1.FPEN; its value is down */
	msr	CPACR_EL1, x1
	isb
	mrs	x1, FPCR
	mrs	x2, FPSR
	add	x3, x0, #RECORD_FP
	stp	x1, x2, [x3]
	add	x3, x0, #RECORD_V
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
		25, 26, 27, 28, 29, 30, 31
	str	q\n, [x3], #16
	.endr
	add	x0, x0, #RECORD_NEXT
	b	guest_secondary_entry
	.size	record_entry, . - record_entry

	/* void record_dirty_fp(void) */
	.globl	record_dirty_fp
	.type	record_dirty_fp, %function
record_dirty_fp:
	mov	x0, #(1 << 22)			/* RMode */
	msr	FPCR, x0
	mov	x0, #1				/* IOC */
	msr	FPSR, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
		25, 26, 27, 28, 29, 30, 31
	movi	v\n\().16b, #(0x40 + \n)
	.endr
	ret
	.size	record_dirty_fp, . - record_dirty_fp
