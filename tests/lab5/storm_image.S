/* SPDX-License-Identifier: MIT */
/* storm_image.S - the guest of storm.c, as it lies in the test's image. */
	.section .rodata.storm_guest, "a"
	.balign	8
	.globl	storm_guest, storm_guest_end
storm_guest:
	.incbin	"storm.bin"
storm_guest_end:
