/* SPDX-License-Identifier: MIT */
/* guest_images.S - the guests' programs, as they lie in the hypervisor's image. */
	.macro	image name, file
	.section .rodata.\name, "a"
	.balign	8
	.globl	\name, \name\()_end
\name:
	.incbin	"\file"
\name\()_end:
	.endm

	image	guest_a, "guest_a.bin"
	image	guest_b, "guest_b.bin"
