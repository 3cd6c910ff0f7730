/* SPDX-License-Identifier: MIT */
/*
 * report.h - how a guest says what it has found: HVC #HVC_REPORT with the IPA of a struct report in x0. Other
 * immediates than that, HVC_DONE and those below are the layer's.
 *
 * Each REPORT_EQ() is one line of TAP. A guest may report from any of its vCPUs, one at a time.
 */
#ifndef TESTS_LAB5_REPORT_H
#define TESTS_LAB5_REPORT_H

#include "arch/types.h"

/* Sections of the handout that failures point to. */
#define CONVENTION	"SMCCC: who answers"
#define CONDUITS	"Two conduits, one convention"
#define POLICY		"SMCCC: who answers"
#define PSCI_CALLS	"PSCI: which vCPUs are on"
#define VM_LAYER	"Reset and power-off"
#define SCHEDULING	"Whose turn it is"

/*
 * What a guest wants to know after a reset, of which nothing in its memory has to be left: HVC_PUT keeps x1
 * under the number x0 (0 to 7), HVC_GET reads it. 0 at first, unless the host has put something there.
 */
#define HVC_PUT		16
#define HVC_GET		17
#define REPORT_KEPT_WORDS	8

#define REPORT_TEXT_MAX	256

/* The strings are the guest's: IPAs. */
struct report {
	uint64_t got, want;
	const char *what;		/* what is right when they are equal */
	const char *section;		/* NULL: no test, but a note */
	const char *file;
	uint64_t line;
};

/* For guests: "guest/guest.h" has hvc() and the immediates. */
#define REPORT(got_, want_, what_, section_) do {					\
	struct report report_ = { (uint64_t)(got_), (uint64_t)(want_), what_, section_,	\
				  __FILE__, __LINE__ };					\
	hvc(HVC_REPORT, (uintptr_t)&report_, 0, 0, 0);					\
} while (0)
#define REPORT_EQ(got, want, what, section)	REPORT(got, want, what, section)
/* REPORT_NOTE - "# what: value", for who reads the log. */
#define REPORT_NOTE(value, what)		REPORT(value, 0, what, NULL)

#endif
