/* SPDX-License-Identifier: MIT */
/* programs.S - the test guests' programs, as they lie in a test image. */
	.macro	image name
	.section .rodata.\name, "a"
	.balign	8
	.globl	program_\name, program_\name\()_end
program_\name:
	.incbin	"\name\().bin"
program_\name\()_end:
	.endm

	image	canary
	image	puppet
	.section .note.GNU-stack, "", %progbits
