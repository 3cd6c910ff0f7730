// SPDX-License-Identifier: MIT
#include "trng.h"

#include "arch/bits.h"
#include "smccc.h"

/* Which generator this is: 4be68e52-3aad-4753-99d9-45130fb15cba, four bytes a register. */
static const uint32_t uuid[4] = { 0x528ee64b, 0x5347ad3a, 0x1345d999, 0xba5cb10f };

static bool is_function(uint32_t id)
{
	return id == TRNG_VERSION || id == TRNG_FEATURES || id == TRNG_GET_UUID ||
	       id == TRNG_RND_32 || id == TRNG_RND_64;
}

/* Bits of entropy in words, lowest first, and 0 above them. False: there are not enough. */
static bool gather(uint64_t words[3], uint64_t bits, bool (*random)(uint64_t *bits))
{
	for (unsigned int n = 0; n < 3; n++, bits -= bits < 64 ? bits : 64) {
		words[n] = 0;
		if (bits != 0 && !random(&words[n]))
			return false;
		if (bits < 64)
			words[n] &= BIT(bits) - 1;
	}
	return true;
}

/*
 * TRNG_RND(bits): up to three registers full. x3 has the lowest, then come x2 and x1. Whatever is not
 * asked for is 0, and all of it is when there is an error: no leftovers.
 */
static int64_t rnd(uint64_t x[], bool (*random)(uint64_t *bits))
{
	bool call64 = x[0] & SMCCC_64;
	uint64_t bits = smccc_arg(x, 1), words[3];

	x[1] = x[2] = x[3] = 0;
	if (bits == 0 || bits > (call64 ? 192 : 96))
		return TRNG_INVALID_PARAMETERS;
	if (!gather(words, bits, random))
		return TRNG_NO_ENTROPY;

	if (call64) {
		x[3] = words[0];
		x[2] = words[1];
		x[1] = words[2];
	} else {
		x[3] = (uint32_t)words[0];
		x[2] = words[0] >> 32;
		x[1] = words[1];
	}
	return SMCCC_SUCCESS;
}

int64_t trng_call(uint64_t x[], bool (*random)(uint64_t *bits))
{
	if (!random)
		return SMCCC_NOT_SUPPORTED;

	switch ((uint32_t)x[0]) {
	case TRNG_VERSION:
		return TRNG_VERSION_1_0;
	case TRNG_FEATURES:
		return is_function((uint32_t)x[1]) ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
	case TRNG_GET_UUID:
		for (unsigned int n = 1; n < 4; n++)
			x[n] = uuid[n];
		return uuid[0];
	case TRNG_RND_32:
	case TRNG_RND_64:
		return rnd(x, random);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}
