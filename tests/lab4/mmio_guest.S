/* SPDX-License-Identifier: MIT */
/* mmio_guest.S - the guest of mmio.c: vectors, and one instruction after another, each with SVC behind it. */
#include "mmio_guest.h"
#include "puppet.h"

	.arch	armv8.4-a+fp+simd+crypto
	.section .rodata.mmio, "a"
	.balign	2048
	.globl	program_mmio, program_mmio_end
program_mmio:
	puppet_vectors

	/* What the literals load: wherever this code is, so far away. */
	.equ	window, program_mmio + WINDOW_DISTANCE + MIDDLE

#define FORM(needs, pieces, ...)	__VA_ARGS__ ; svc #0
	.globl	mmio_forms_code, mmio_refused_code, mmio_forms32_code
mmio_forms_code:
#include "mmio_forms.h"
mmio_refused_code:
#include "mmio_refused.h"

#define A32(pieces, word, text)		.inst word, 0xef000000	/* SVC #0 */
#define T32(pieces, word, text)		.inst word, 0xbf00df00	/* SVC #0, NOP */
mmio_forms32_code:
#include "mmio_forms32.h"
program_mmio_end:
	.section .note.GNU-stack, "", %progbits
