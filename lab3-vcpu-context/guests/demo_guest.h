/* SPDX-License-Identifier: MIT */
#ifndef LAB3_DEMO_GUEST_H
#define LAB3_DEMO_GUEST_H

#include "arch/types.h"

#define DEMO_TURNS	4	/* the turns in which the guest changes all of its registers */

/* The program of both guests: only their patterns differ. conditions: as the host gave it in x0. */
void demo_guest(uint64_t seed, uint64_t conditions);

#endif
