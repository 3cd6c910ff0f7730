/* SPDX-License-Identifier: MIT */
/* hostile_image.S - the hostile guest and the one beside it. */
	.section .rodata.hostile_image, "a"
	.balign	8
	.globl	program_hostile, program_hostile_end, program_bystander, program_bystander_end
program_hostile:
	.incbin	"hostile.bin"
program_hostile_end:
	.balign	8
program_bystander:
	.incbin	"bystander.bin"
program_bystander_end:
