/* SPDX-License-Identifier: MIT */
/* resets_image.S - the guest of resets.c, as it lies in the test's image. */
	.section .rodata.resets_guest, "a"
	.balign	8
	.globl	resets_guest, resets_guest_end
resets_guest:
	.incbin	"resets.bin"
resets_guest_end:
