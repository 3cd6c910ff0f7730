/* SPDX-License-Identifier: MIT */
/*
 * guest_sysregs.h - a guest's system registers: the struct and what is done with it, all generated
 * from the table in sysreg_table.h.
 */
#ifndef LAB3_GUEST_SYSREGS_H
#define LAB3_GUEST_SYSREGS_H

#include "arch/types.h"
#include "sysreg_table.h"

struct guest_sysregs {
#define X(reg, field, reset, condition, meaning) uint64_t field;
	SYSREGS_ALL(X)
#undef X
};

/* One line of the table, for code that walks it: dump, tests, GDB. */
struct sysreg_info {
	const char *name;
	const char *meaning;
	uint16_t offset;		/* of the field in struct guest_sysregs */
	uint8_t condition;		/* SYSREG_IF_ */
	uint64_t reset;
};
extern const struct sysreg_info sysreg_infos[];
extern const unsigned int sysreg_count;

/*
 * The conditions that hold on this CPU, a bit each: BIT(SYSREG_IF_...). Read from the ID registers
 * and ICH_VTR_EL2, at EL2.
 */
uint64_t sysreg_conditions(void);

/* Every field gets its reset value. */
void guest_sysregs_reset(struct guest_sysregs *regs);

/* Print them, those that the conditions allow, with what each is for. */
void guest_sysregs_dump(const struct guest_sysregs *regs, uint64_t conditions);

#endif
