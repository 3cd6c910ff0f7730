/* SPDX-License-Identifier: MIT */
/*
 * sysregs.h - the two halves of one test: sysregs.c has all the encodings, sysregs_use.c those registers that do
 * something.
 */
#ifndef TESTS_LAB4_SYSREGS_H
#define TESTS_LAB4_SYSREGS_H

#include "blank.h"
#include "sysreg_rules.h"

/* MSR, MRS and System instructions that have trapped, whatever the register. */
extern unsigned int sysreg_exits;

/* Tests of registers that do something: by a blank guest that is loaded here. */
void test_timer(struct guest_cpu *cpu);
void test_step(struct guest_cpu *cpu);
void test_set_way(struct guest_cpu *cpu, struct guest_cpu *other);
#define SYSREGS_USE_TESTS	(8 + 5 + 6)

#endif
