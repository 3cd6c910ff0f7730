/* SPDX-License-Identifier: MIT */
/*
 * exit_log.h - what a vCPU's exits were: how many for each reason, and the last 32.
 */
#ifndef LAB4_EXIT_LOG_H
#define LAB4_EXIT_LOG_H

#include "exit.h"

#define EXIT_LOG_SIZE		32	/* a power of two */

struct exit_record {
	uint64_t elr;		/* where the guest was */
	uint64_t esr;		/* why it left; of an interrupt: EXIT_LOG_KIND, and no syndrome */
	uint64_t ipa;		/* of an abort only */
	uint64_t reason;	/* what the handler made of it: enum exit_reason */
};

/* An exit without a syndrome has its kind (enum vcpu_exit_kind) here instead: bits that ESR has not. */
#define EXIT_LOG_KIND		GENMASK(63, 60)

/*
 * The ring: "next" is where the next one goes, in bytes from its start, so that it costs no
 * multiplication. A record with ESR and ELR both 0 was never written.
 */
struct exit_log {
	uint64_t next;
	uint64_t counts[EXIT_REASONS];
	struct exit_record ring[EXIT_LOG_SIZE];
};

/* exit_log_add - note an exit. Returns its record, for what is known later. */
static inline struct exit_record *exit_log_add(struct exit_log *log, uint64_t elr, uint64_t esr)
{
	struct exit_record *record = (struct exit_record *)((char *)log->ring + log->next);

	record->elr = elr;
	record->esr = esr;
	log->next = (log->next + sizeof(*record)) % sizeof(log->ring);
	return record;
}

/* exit_log_last - the newest record: the exit that is being handled. */
static inline struct exit_record *exit_log_last(struct exit_log *log)
{
	return (struct exit_record *)((char *)log->ring +
				      (log->next - sizeof(*log->ring)) % sizeof(log->ring));
}

/* How many exits there were in all. */
uint64_t exit_log_total(const struct exit_log *log);

/* Print the counts, reason by reason, those that are 0 left out; and the ring, the oldest first. */
void exit_log_print_counts(const struct exit_log *log);
void exit_log_print_ring(const struct exit_log *log);

#endif
