/* SPDX-License-Identifier: MIT */
/* calls_image.S - the guest of calls.c, as it lies in the test's image. */
	.section .rodata.calls_guest, "a"
	.balign	8
	.globl	calls_guest, calls_guest_end
calls_guest:
	.incbin	"calls.bin"
calls_guest_end:
