/* SPDX-License-Identifier: MIT */
/* guest_images.S - the guest's program, as it lies in the hypervisor's image. */
	.section .rodata.demo_guest, "a"
	.balign	8
	.globl	demo_guest, demo_guest_end
demo_guest:
	.incbin	"demo_guest.bin"
demo_guest_end:
