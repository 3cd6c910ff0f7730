// SPDX-License-Identifier: MIT
#include "exit_log.h"

#include "drivers/console.h"
#include "vcpu.h"

uint64_t exit_log_total(const struct exit_log *log)
{
	uint64_t total = 0;
	unsigned int n;

	for (n = 0; n < EXIT_REASONS; n++)
		total += log->counts[n];
	return total;
}

void exit_log_print_counts(const struct exit_log *log)
{
	unsigned int n;

	for (n = 0; n < EXIT_REASONS; n++)
		if (log->counts[n])
			printf("  %-20s %10lu\n", exit_reason_name(n), log->counts[n]);
}

static const char *kind_name(uint64_t esr)
{
	switch (FIELD_GET(EXIT_LOG_KIND, esr)) {
	case VCPU_EXIT_IRQ:
		return "IRQ";
	case VCPU_EXIT_FIQ:
		return "FIQ";
	default:
		return "SError";
	}
}

void exit_log_print_ring(const struct exit_log *log)
{
	unsigned int newest = (unsigned int)(log->last - log->ring);
	/* Noted at once, and counted when it is done with: in a panic the newest one may be in between. */
	bool under_way =
		(newest + 1 - (exit_log_total(log) - log->not_entered)) % EXIT_LOG_SIZE == 1;
	char words[ESR_DESCRIPTION_SIZE];
	unsigned int n;

	for (n = 1; n <= EXIT_LOG_SIZE; n++) {
		const struct exit_record *record = &log->ring[(newest + n) % EXIT_LOG_SIZE];
		bool done = n < EXIT_LOG_SIZE || !under_way;
		const char *reason = done ? exit_reason_name(record->reason) : "(under way)";
		unsigned int ec = ESR_EC(record->esr);

		if (!record->elr && !record->esr)
			continue;	/* never written: fewer exits than that */
		if (record->esr & EXIT_LOG_KIND) {
			printf("  0x%012lx  %-18s  %s\n", record->elr, reason, kind_name(record->esr));
			continue;
		}
		esr_describe(record->esr, words, sizeof(words));
		if (done && (ec == EC_DABT_LOWER || ec == EC_IABT_LOWER))
			printf("  0x%012lx  %-18s  IPA 0x%lx: %s\n", record->elr, reason, record->ipa,
			       words);
		else
			printf("  0x%012lx  %-18s  %s\n", record->elr, reason, words);
	}
}
