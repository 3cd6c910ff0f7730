// SPDX-License-Identifier: MIT
/* guest_b.c - one of the two guests: demo_guest.c with patterns of its own, and FP in every second turn. */
#include "demo_guest.h"
#include "guest/guest.h"

void guest_main(uint64_t x0)
{
	demo_guest(2, 2, x0);
}
