/* SPDX-License-Identifier: MIT */
/* bench_image.S - the guest's program, as it lies in the image of the bench. */
	.section .rodata.bench_guest, "a"
	.balign	8
	.globl	bench_guest, bench_guest_end
bench_guest:
	.incbin	"bench.bin"
bench_guest_end:
