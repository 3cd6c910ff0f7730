/* SPDX-License-Identifier: MIT */
#ifndef LAB3_DEMO_GUEST_H
#define LAB3_DEMO_GUEST_H

#include "arch/types.h"

#define DEMO_TURNS	4	/* the turns in which the guest changes all of its registers */

/*
 * The program of both guests. Their patterns differ, and in how many turns they use FP: in every one
 * whose number is a multiple of fp_every. conditions: as the host gave it in x0.
 */
void demo_guest(uint64_t seed, unsigned int fp_every, uint64_t conditions);

#endif
