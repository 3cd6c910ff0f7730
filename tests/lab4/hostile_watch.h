/* SPDX-License-Identifier: MIT */
/*
 * hostile_watch.h - what the hostile guest must not have changed: the hypervisor's registers and
 * memory.
 */
#ifndef TESTS_LAB4_HOSTILE_WATCH_H
#define TESTS_LAB4_HOSTILE_WATCH_H

#include "guest_cpu.h"

/*
 * watch_start - remember how everything is now. No vCPU is loaded, but one was: each register
 * has had its value for guests.
 */
void watch_start(void);

/*
 * watch_page - one of the pages that watch_memory() looks at: for a guest that may read it, and
 * no more.
 */
void *watch_page(unsigned int n);

/*
 * watch_loaded - with a vCPU loaded: a quick look at the registers and at what is active in the
 * GIC.
 */
void watch_loaded(void);

/*
 * How many things have changed since watch_start(), those that watch_loaded() found included;
 * the first of each kind is printed. No vCPU is loaded.
 */
unsigned int watch_registers(void);
unsigned int watch_gic(void);
unsigned int watch_memory(void);

#endif
