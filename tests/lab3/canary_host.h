/* SPDX-License-Identifier: MIT */
/*
 * canary_host.h - the host's side of the canary guest: what an exit of it must look like.
 */
#ifndef TESTS_LAB3_CANARY_HOST_H
#define TESTS_LAB3_CANARY_HOST_H

#include "guests/canary.h"
#include "host.h"

struct canary_vm {
	struct guest guest;
	uint64_t exits[CANARY_SPIN], irqs, fp_traps;	/* by enum canary_exit */
	uint64_t changed_by_host;

	/* The first thing that was wrong with it: NULL, or what. */
	const char *wrong;
	uint64_t number, wanted, got;
};

/* canary_create - as guest_create(), with patterns of their own for each seed. */
void canary_create(struct canary_vm *canary, const char *name, unsigned int seed);

/*
 * canary_handle - after vcpu_run() has returned kind: is this an exit that it would make, and does the trap
 * frame hold what the guest had in its registers? Deals with it, so that the guest can go on.
 */
void canary_handle(struct canary_vm *canary, enum vcpu_exit_kind kind);

/* A test: nothing was wrong with it. */
void tap_canary(const struct canary_vm *canary);

#endif
