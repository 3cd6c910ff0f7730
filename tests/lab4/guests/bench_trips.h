/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LAB4_BENCH_TRIPS_H
#define TESTS_LAB4_BENCH_TRIPS_H

#define BENCH_TRIPS	4	/* in a row, between two looks at the clock */

/* x0 at entry: which trips. */
#define BENCH_HYPERCALL	0
#define BENCH_ID	1
#define BENCH_GICD	2
#define BENCH_GICD_SET	3
#define BENCH_UART	4
#define BENCH_TIMER	5
#define BENCH_SGI	6

#endif
