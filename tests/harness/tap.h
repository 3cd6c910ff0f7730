/* SPDX-License-Identifier: MIT */
/*
 * TAP, the Test Anything Protocol, from inside a test image.
 *
 * A boot test is an image of its own: it links a lab's layer, does something with
 * it on the machine, and says on the UART what came of it, one line a test:
 *
 *	#define TAP_HANDOUT "lab1-el2-entry/README.md"
 *	#include "tap.h"
 *
 *	void main(void)
 *	{
 *		console_init();
 *		tap_plan(2);
 *		TAP_EQ(read_sysreg(VBAR_EL2), (uintptr_t)el2_vectors,
 *		       "VBAR_EL2 holds the vector table", "The vector table");
 *		TAP_OK(current_el() == 2, "the CPU is at EL2", "Entry");
 *		tap_done();
 *	}
 *
 * The plan comes first, so that an image which dies half-way is known to have
 * died.  tests/harness/boot-test runs the image on many machines and reads this.
 *
 * Not for several CPUs at once: the other CPUs leave their findings in memory,
 * and one CPU reports them.
 */
#ifndef TESTS_HARNESS_TAP_H
#define TESTS_HARNESS_TAP_H

#include <stdbool.h>
#include <stdint.h>

/* The handout whose sections the tests name: say which before including this. */
#ifndef TAP_HANDOUT
#define TAP_HANDOUT "README.md"
#endif

/* Where a test stands, and where to read about it. */
struct tap_site {
	const char *file;
	unsigned int line;
	const char *handout;
	const char *section;
};

#define TAP_SITE(section) \
	(&(const struct tap_site){ __FILE__, __LINE__, TAP_HANDOUT, section })

/* tap_plan() - say how many tests there will be; call it once, before the first. */
void tap_plan(unsigned int tests);

/*
 * TAP_EQ() - one test: is @got equal to @want?
 * @got, @want: integers or pointers, compared at 64 bits; each is evaluated once
 * @what: what is right when they are equal, in a few words
 * @section: the section of the handout that explains it, or NULL
 *
 * True when they are equal, so that a test can leave out what makes no sense
 * after a failure (its plan then has to leave it out, too: see TAP_SKIP).
 */
#define TAP_EQ(got, want, what, section) \
	tap_eq((uint64_t)(got), (uint64_t)(want), what, TAP_SITE(section))

/* TAP_OK() - one test: is @cond true?  A failure shows the condition as written. */
#define TAP_OK(cond, what, section) \
	tap_ok(!!(cond), #cond, what, TAP_SITE(section))

/* TAP_SKIP() - one test that cannot be done here, with the reason (the CPU has no ...). */
#define TAP_SKIP(what, reason) tap_skip(what, reason)

/*
 * tap_done() - the end of the tests: power off, through PSCI.
 *
 * A number of tests other than the planned one is left for boot-test to report,
 * just as it does for an image that never gets here.
 */
void tap_done(void) __attribute__((noreturn));

/* What the macros call. */
bool tap_eq(uint64_t got, uint64_t want, const char *what, const struct tap_site *site);
bool tap_ok(bool ok, const char *cond, const char *what, const struct tap_site *site);
void tap_skip(const char *what, const char *reason);

#endif /* TESTS_HARNESS_TAP_H */
