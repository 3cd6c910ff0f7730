/* SPDX-License-Identifier: MIT */
/* vms_image.S - the guests of vms.c, as they lie in the test's image. */
	.section .rodata.vms_good_guest, "a"
	.balign	8
	.globl	vms_good_guest, vms_good_guest_end
vms_good_guest:
	.incbin	"vms_good.bin"
vms_good_guest_end:
	.section .rodata.vms_bad_guest, "a"
	.balign	8
	.globl	vms_bad_guest, vms_bad_guest_end
vms_bad_guest:
	.incbin	"vms_bad.bin"
vms_bad_guest_end:
