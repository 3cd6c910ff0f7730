/* SPDX-License-Identifier: MIT */
/* many_image.S - the guest of many.c, as it lies in the test's image. */
	.section .rodata.many_guest, "a"
	.balign	8
	.globl	many_guest, many_guest_end
many_guest:
	.incbin	"many.bin"
many_guest_end:
