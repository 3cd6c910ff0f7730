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

void demo_guest(uint64_t seed, unsigned int fp_every, uint64_t conditions)
{
	unsigned int turn, n, first = 0;
	const char *name = "";

	guest_registers_init(conditions);
	for (turn = 1; turn <= DEMO_TURNS; turn++) {
		bool use_fp = turn % fp_every == 0;
		uint64_t pattern = seed * 1000 + turn;
		unsigned int differences;

		for (n = 0; n < ARRAY_SIZE(memory); n++)
			memory[n] = pattern * (n + 1);
		guest_registers_fill(pattern);
		guest_registers_read(&before);
		canary_fill(&in, pattern);

		/* And now the other guest has its turn. */
		if (use_fp)
			canary_hvc(&in, &out);
		else
			canary_gpr(&in, &out);

		guest_registers_read(&after);
		differences = canary_compare(&in, &out, !use_fp, &first) +
			      guest_registers_compare(&before, &after, &name) + check_memory(pattern);
		hvc(HVC_REPORT, turn,
		    (use_fp ? CANARY_REGISTERS : CANARY_GPRS) + guest_registers_count(),
		    ARRAY_SIZE(memory), differences);
	}
}
