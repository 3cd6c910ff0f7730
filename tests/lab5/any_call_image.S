/* SPDX-License-Identifier: MIT */
/* any_call_image.S - the guests of any_call.c, as they lie in the test's image. */
	.section .rodata.any_call_guest, "a"
	.balign	8
	.globl	any_call_guest, any_call_guest_end
any_call_guest:
	.incbin	"any_call.bin"
any_call_guest_end:
