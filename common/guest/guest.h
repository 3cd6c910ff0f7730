/* SPDX-License-Identifier: MIT */
/*
 * guest.h - what a guest of this course is made with: a small program at EL1, in C, with its MMU off,
 * linked at the start of a "virt" machine's RAM.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include "arch/types.h"

/* Where every guest is linked and entered: an IPA, where the arm64 boot protocol would have it too. */
#define GUEST_ENTRY		0x40080000

/* A guest's memory in the labs: one stage 2 block. */
#define GUEST_RAM_SIZE		0x200000

/*
 * The hypercalls of labs 3 and 4 are told apart by the immediate of HVC, not by a register: so
 * each register can hold a test pattern while the call is made. (Immediate 0 is SMCCC's: lab 5.)
 */
#define HVC_YIELD		1	/* nothing but an exit */
#define HVC_REPORT		2	/* x0 to x3 are for the host to read */
#define HVC_DONE		3	/* the guest has finished; x0 is its verdict, 0 is good */

#ifndef __ASSEMBLER__

/* The guest's program; x0 as it was at entry. When it returns, the guest says so by HVC_DONE. */
void guest_main(uint64_t x0);

/* hvc(number, a, b, c, d) - make a hypercall; its value is what the host leaves in x0. */
#define hvc(number, a, b, c, d) ({						\
	/* Values first: a call among the arguments would change x0 to x3 again. */	\
	uint64_t a_ = (a), b_ = (b), c_ = (c), d_ = (d);			\
	register uint64_t x0_ asm("x0") = a_;					\
	register uint64_t x1_ asm("x1") = b_;					\
	register uint64_t x2_ asm("x2") = c_;					\
	register uint64_t x3_ asm("x3") = d_;					\
	asm volatile("hvc %4" : "+r"(x0_), "+r"(x1_), "+r"(x2_), "+r"(x3_)	\
		     : "i"(number) : "memory");					\
	x0_;									\
})

#endif
#endif
