// SPDX-License-Identifier: MIT
#include "guest/canary.h"

#include "arch/bits.h"

/* The next of a sequence without short cycles (xorshift), so that no two registers get the same. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void canary_fill(struct canary *canary, uint64_t seed)
{
	uint64_t state = seed * 2 + 1;	/* anything but 0 */
	unsigned int n;

	for (n = 0; n < 8; n++)
		next(&state);
	for (n = 0; n < 31; n++)
		canary->x[n] = next(&state);
	canary->sp_el0 = next(&state);
	canary->nzcv = next(&state) & GENMASK(31, 28);
	canary->fpcr = next(&state) & GENMASK(25, 22);	/* DN, FZ, RMode: they are on every CPU */
	canary->fpsr = next(&state) & (BIT(27) | BIT(7) | GENMASK(4, 0));
	canary->pad = 0;
	for (n = 0; n < 32; n++) {
		canary->v[n][0] = next(&state);
		canary->v[n][1] = next(&state);
	}
}

/* Count a difference, and keep the number of the first. */
static void differs(uint64_t a, uint64_t b, unsigned int number, unsigned int *count,
		    unsigned int *first)
{
	if (a == b)
		return;
	if (!*count)
		*first = number;
	++*count;
}

unsigned int canary_compare(const struct canary *a, const struct canary *b, bool gprs_only,
			    unsigned int *first)
{
	unsigned int count = 0, n;

	for (n = 0; n < 31; n++)
		differs(a->x[n], b->x[n], n, &count, first);
	differs(a->sp_el0, b->sp_el0, 31, &count, first);
	differs(a->nzcv, b->nzcv, 32, &count, first);
	if (gprs_only)
		return count;
	differs(a->fpcr, b->fpcr, 33, &count, first);
	differs(a->fpsr, b->fpsr, 34, &count, first);
	for (n = 0; n < 32; n++) {
		differs(a->v[n][0], b->v[n][0], 64 + 2 * n, &count, first);
		differs(a->v[n][1], b->v[n][1], 65 + 2 * n, &count, first);
	}
	return count;
}
