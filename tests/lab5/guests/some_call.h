/* SPDX-License-Identifier: MIT */
/* some_call.h - a call with other things in all registers where nothing is said about them. */
#ifndef TESTS_LAB5_SOME_CALL_H
#define TESTS_LAB5_SOME_CALL_H

#include "call.h"

/*
 * some_call - call by(function, a, b, c). In the upper half of x0, those of x1 to x3 when the convention is the
 * 32-bit one, and in x4 to x30 are random numbers. results: how many registers from x1 on are results.
 * Returns x0; x1 to x3 are in some_results[1] to [3]. On one vCPU at a time, when it is looked at.
 */
int64_t some_call(void (*by)(struct call *call), uint32_t function, uint64_t a, uint64_t b, uint64_t c,
		  unsigned int results);
extern uint64_t some_results[4];

/* Over all calls: registers that were changed and are no results; instructions behind a call that were lost. */
extern uint64_t some_changed, some_lost;

/* A reproducible random number. */
uint64_t random_word(void);

#endif
