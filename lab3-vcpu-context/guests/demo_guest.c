// SPDX-License-Identifier: MIT
/*
 * demo_guest.c - what both guests of the demo do: turn by turn, fill every register and some memory with
 * a pattern, leave for the host, and look whether all of it is still there. Meanwhile the other
 * guest has done the same, on the same CPU, at the same addresses.
 */
#include "demo_guest.h"

#include "arch/bits.h"

#include "guest/canary.h"
#include "guest/guest.h"
#include "guest_registers.h"

static struct canary in, out;
static struct guest_registers before, after;
static uint64_t memory[512];

static unsigned int check_memory(uint64_t seed)
{
	unsigned int n, wrong = 0;

	for (n = 0; n < ARRAY_SIZE(memory); n++)
		if (memory[n] != seed * (n + 1))
			wrong++;
	return wrong;
}

void demo_guest(uint64_t seed, uint64_t conditions)
{
	unsigned int turn, n, first = 0;
	const char *name = "";

	guest_registers_init(conditions);
	for (turn = 1; turn <= DEMO_TURNS; turn++) {
		uint64_t pattern = seed * 1000 + turn;
		unsigned int differences;

		for (n = 0; n < ARRAY_SIZE(memory); n++)
			memory[n] = pattern * (n + 1);
		guest_registers_fill(pattern);
		guest_registers_read(&before);
		canary_fill(&in, pattern);

		canary_hvc(&in, &out);		/* and now the other guest has its turn */

		guest_registers_read(&after);
		differences = canary_compare(&in, &out, false, &first) +
			      guest_registers_compare(&before, &after, &name) + check_memory(pattern);
		hvc(HVC_REPORT, turn, CANARY_REGISTERS + guest_registers_count(), ARRAY_SIZE(memory),
		    differences);
	}
}
