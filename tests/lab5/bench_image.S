/* SPDX-License-Identifier: MIT */
/* bench_image.S - the guests' programs, as they lie in the images of the bench. */
	.macro	image name, file
	.section .rodata.\name, "a"
	.balign	8
	.globl	\name, \name\()_end
\name:
	.incbin	"\file"
\name\()_end:
	.endm

	image	bench_guest, "bench.bin"
	image	ipi_guest, "ipi.bin"
