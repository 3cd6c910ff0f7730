// SPDX-License-Identifier: MIT
#include "record.h"

#include "arch/sysreg.h"

#define LEFT	UINT64_MAX

void record_dirty_fp(void);

static bool has_pauth(void)
{
	return read_sysreg(ID_AA64ISAR1_EL1) & 0xff0;
}

unsigned int record_dirty(void)
{
	unsigned int clean = 0;

#define X(name, dirty, reset)							\
	if ((dirty) != LEFT)							\
		write_sysreg(name, dirty);					\
	clean += (dirty) != LEFT && read_sysreg(name) == (reset);
	RECORD_REGISTERS(X)
	if (has_pauth()) {
		RECORD_PAUTH(X)
	}
#undef X
	record_dirty_fp();
	return clean;
}

static void compare(uint64_t got, uint64_t want, const char *name, unsigned int *count, const char **first)
{
	if (got != want && !(*count)++)
		*first = name;
}

unsigned int record_compare(const struct record *record, const char **first)
{
	const uint64_t *at = record->sysregs;
	unsigned int count = 0, n;

#define X(name, dirty, reset)	compare(*at++, reset, #name, &count, first);
	RECORD_REGISTERS(X)
	if (has_pauth()) {
		RECORD_PAUTH(X)
	}
#undef X
	compare(record->fpcr, 0, "FPCR", &count, first);
	compare(record->fpsr, 0, "FPSR", &count, first);
	for (n = 0; n < 64; n++)
		compare(record->v[n / 2][n % 2], 0, "a V register", &count, first);
	return count;
}
