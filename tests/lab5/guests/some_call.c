// SPDX-License-Identifier: MIT
#include "some_call.h"

#include "arch/smccc.h"

uint64_t some_results[4], some_changed, some_lost;

uint64_t random_word(void)
{
	static uint64_t x = 0xd1342543de82ef95;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * 0x2545f4914f6cdd1d;
}

static uint64_t argument(uint32_t function, uint64_t value)
{
	return function & SMCCC_64 ? value : (uint32_t)value | random_word() << 32;
}

int64_t some_call(void (*by)(struct call *call), uint32_t function, uint64_t a, uint64_t b, uint64_t c,
		  unsigned int results)
{
	struct call before, call;
	unsigned int n;

	before.x[0] = function | random_word() << 32;
	before.x[1] = argument(function, a);
	before.x[2] = argument(function, b);
	before.x[3] = argument(function, c);
	for (n = 4; n < 31; n++)
		before.x[n] = random_word();
	call = before;
	by(&call);
	for (n = 1; n < 31; n++) {
		if (n < 4)
			some_results[n] = call.x[n];
		if (n > results)
			some_changed += call.x[n] != before.x[n];
	}
	some_lost += call.lost;
	return (int64_t)call.x[0];
}
