/* SPDX-License-Identifier: MIT */
/* inject_guest.S - the guest of inject.c: vectors, and one instruction after another. */
#include "puppet.h"

	.section .rodata.inject, "a"
	.balign	2048
	.globl	program_inject, program_inject_code, program_inject_end
program_inject:
	puppet_vectors

	/* A slot: the instruction, SVC #0, and 8 bytes more to fill it. */
#define A64(name, ...)	__VA_ARGS__ ; svc #0 ; nop ; nop
#define A32(name, word)	.inst word, 0xef000000, 0, 0
#define T32(name, word)	.inst word, 0xbf00df00, 0, 0
program_inject_code:
#include "inject_instructions.h"
program_inject_end:
	.section .note.GNU-stack, "", %progbits
