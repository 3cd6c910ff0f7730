/* SPDX-License-Identifier: MIT */
/*
 * exit_contract.h - the exit contract: what comes of each exception class, whatever a guest does.
 *
 * One table for all: the handout prints it, the tests go through it line by line.
 */
#ifndef LAB4_EXIT_CONTRACT_H
#define LAB4_EXIT_CONTRACT_H

#include "arch/esr.h"
#include "exit.h"

enum exit_outcome {
	OUTCOME_UNDEFINED,	/* an exit; the guest gets an Undefined Instruction exception */
	OUTCOME_OWN,		/* no exit: the exception is taken by the guest's own EL1 */
	OUTCOME_NONE,		/* cannot come: no instruction at this exception level raises it */
	OUTCOME_DONE,		/* an exit; the hypervisor does what was asked for, or does without it */
	OUTCOME_HOST,		/* an exit that may be the host's turn: complete, or an exception */
};

struct exit_contract {
	enum exit_outcome el0, el1;
	const char *what;	/* in words; NULL: a class that is reserved, or not for EL2 */
	const char *test;	/* in tests/lab4: which one raises it */
};

/* One line for each exception class. */
extern const struct exit_contract exit_contract[EC_COUNT];

/* exit_outcome_name - in two words or three. Never NULL. */
const char *exit_outcome_name(enum exit_outcome outcome);

/* Print it as a table. */
void exit_contract_print(void);

#endif
