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
	char words[ESR_DESCRIPTION_SIZE];
	unsigned int n;

	for (n = 0; n < EXIT_LOG_SIZE; n++) {
		const struct exit_record *record =
			&log->ring[(unsigned int)(log->last - log->ring + 1 + n) % EXIT_LOG_SIZE];
		unsigned int ec = ESR_EC(record->esr);

		if (!record->elr && !record->esr)
			continue;	/* never written: fewer exits than that */
		if (record->esr & EXIT_LOG_KIND) {
			printf("  0x%012lx  %-18s  %s\n", record->elr,
			       exit_reason_name(record->reason), kind_name(record->esr));
			continue;
		}
		esr_describe(record->esr, words, sizeof(words));
		if (ec == EC_DABT_LOWER || ec == EC_IABT_LOWER)
			printf("  0x%012lx  %-18s  IPA 0x%lx: %s\n", record->elr,
			       exit_reason_name(record->reason), record->ipa, words);
		else
			printf("  0x%012lx  %-18s  %s\n", record->elr,
			       exit_reason_name(record->reason), words);
	}
}
