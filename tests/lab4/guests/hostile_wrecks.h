/* SPDX-License-Identifier: MIT */
/*
 * hostile_wrecks.h - in how many ways the hostile guest wrecks itself: one in each life, with
 * random details.
 */
#ifndef TESTS_LAB4_HOSTILE_WRECKS_H
#define TESTS_LAB4_HOSTILE_WRECKS_H

/* X(name, what) */
#define HOSTILE_WRECK_LIST(X)						\
	X(vectors_nowhere, "vectors that point nowhere")		\
	X(vectors_of_calls, "vectors that are full of HVC and SMC")	\
	X(vectors_of_noise, "vectors that are full of random words")	\
	X(vectors_that_load, "vectors that begin with a load from nowhere")	\
	X(tables_of_noise, "tables full of random words")		\
	X(tables_elsewhere, "tables in devices, beyond memory, nowhere") \
	X(tables_and_controls, "random translation controls")		\
	X(stale_tables, "tables changed behind the TLB's back")		\
	X(loop_for_ever, "a loop without an exit")			\
	X(wait_for_ever, "WFI with all interrupts masked")		\
	X(return_anywhere, "exception returns to any state")		\
	X(branch_anywhere, "branches to anywhere")			\
	X(stack_anywhere, "a stack that is anywhere")			\
	X(caches_by_set, "cache maintenance by set and way, and caches on and off") \
	X(steps, "software step with vectors nowhere")			\
	X(own_program, "its own program overwritten")			\
	X(end_of_memory, "off the end of its memory")

#define WRECK_NUMBER(name, what)	WRECK_##name,
enum { HOSTILE_WRECK_LIST(WRECK_NUMBER) WRECK_COUNT };

#endif
