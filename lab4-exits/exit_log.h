/* SPDX-License-Identifier: MIT */
/*
 * exit_log.h - what a vCPU's exits were: how many for each reason, and the last 32.
 */
#ifndef LAB4_EXIT_LOG_H
#define LAB4_EXIT_LOG_H

#include "exit.h"

#define EXIT_LOG_SIZE		32	/* a power of two */

struct exit_record {
	uint64_t esr;		/* why it left; of an interrupt: EXIT_LOG_KIND, and no syndrome */
	uint64_t elr;		/* where the guest was */
	uint64_t ipa;		/* of an abort only */
	enum exit_reason reason;	/* what the handler made of it */
};

/* An exit without a syndrome has its kind (enum vcpu_exit_kind) here instead: bits that ESR has not. */
#define EXIT_LOG_KIND		GENMASK(63, 60)

/*
 * "last" is the newest record. The ring is aligned to its size, so the next one is found by counting in the
 * lower bits of the pointer. A record with ESR and ELR both 0 was never written.
 */
struct exit_log {
	struct exit_record ring[EXIT_LOG_SIZE] __aligned(EXIT_LOG_SIZE * sizeof(struct exit_record));
	struct exit_record *last;
	uint64_t counts[EXIT_REASONS];
	uint64_t not_entered;		/* those of FAIL_ENTRY without a record: the guest did not run at all */
};

/* exit_log_init - nothing noted yet. The log is all zero. */
static inline void exit_log_init(struct exit_log *log)
{
	log->last = &log->ring[EXIT_LOG_SIZE - 1];
}

/* exit_log_add - note an exit. Returns its record, for what is known later. */
static inline struct exit_record *exit_log_add(struct exit_log *log, uint64_t esr, uint64_t elr)
{
	const uint64_t within = sizeof(log->ring) - 1;
	uint64_t last = (uintptr_t)log->last;
	struct exit_record *record =
		(struct exit_record *)((last & ~within) | ((last + sizeof(*record)) & within));

	log->last = record;
	record->esr = esr;
	record->elr = elr;
	return record;
}

/* exit_log_reason - and what came of it. */
static inline void exit_log_reason(struct exit_log *log, struct exit_record *record,
				   enum exit_reason reason)
{
	record->reason = reason;
	log->counts[reason]++;
}

/* How many exits there were in all. */
uint64_t exit_log_total(const struct exit_log *log);

/* Print the counts, reason by reason, those that are 0 left out; and the ring, the oldest first. */
void exit_log_print_counts(const struct exit_log *log);
void exit_log_print_ring(const struct exit_log *log);

#endif
