// SPDX-License-Identifier: MIT
/* guest_a.c - one of the two guests: demo_guest.c with patterns of its own, and FP in every turn. */
#include "demo_guest.h"
#include "guest/guest.h"

void guest_main(uint64_t x0)
{
	demo_guest(1, 1, x0);
}
