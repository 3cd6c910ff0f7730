/* SPDX-License-Identifier: MIT */
/* gic_puppet_image.S - the guest's program, as it lies in the images of the tests. */
	.section .rodata.gic_puppet_guest, "a"
	.balign	8
	.globl	gic_puppet_guest, gic_puppet_guest_end
gic_puppet_guest:
	.incbin	"gic_puppet.bin"
gic_puppet_guest_end:
	.section .note.GNU-stack, "", %progbits
