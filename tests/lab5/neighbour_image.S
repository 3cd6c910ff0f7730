/* SPDX-License-Identifier: MIT */
/* neighbour_image.S - the guests of neighbour.c, as they lie in the test's image. */
	.section .rodata.neighbour_good_guest, "a"
	.balign	8
	.globl	neighbour_good_guest, neighbour_good_guest_end
neighbour_good_guest:
	.incbin	"neighbour_good.bin"
neighbour_good_guest_end:
	.section .rodata.neighbour_bad_guest, "a"
	.balign	8
	.globl	neighbour_bad_guest, neighbour_bad_guest_end
neighbour_bad_guest:
	.incbin	"neighbour_bad.bin"
neighbour_bad_guest_end:
