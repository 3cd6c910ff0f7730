/* SPDX-License-Identifier: MIT */
/*
 * sysreg_rules.h - what becomes of each system register that traps: a table, looked up by encoding.
 *
 * The table says who may access a register and what is done; sysreg_trap.c does it. What is not in the
 * table is UNDEFINED for the guest, and so is an access that its line does not allow: a write of a
 * read-only register, EL0 where only EL1 may.
 */
#ifndef LAB4_SYSREG_RULES_H
#define LAB4_SYSREG_RULES_H

#include "arch/bits.h"
#include "arch/esr.h"

/*
 * An encoding as one number: op0, op1, CRn, CRm, op2 in the order in which one reads them, and in which
 * MRS and MSR have them in bits [20:5]. (In a syndrome op2 stands elsewhere.) 16 bits.
 */
#define SYSREG_NUMBER(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* sysreg_number - the encoding in a syndrome of class EC_SYS64, or in a SYS64_REG(). */
static inline uint16_t sysreg_number(uint64_t esr)
{
	return SYSREG_NUMBER(FIELD_GET(SYS64_OP0, esr), FIELD_GET(SYS64_OP1, esr),
			     FIELD_GET(SYS64_CRN, esr), FIELD_GET(SYS64_CRM, esr),
			     FIELD_GET(SYS64_OP2, esr));
}

/* What is done. */
enum sysreg_action {
	SYSREG_NOT_THERE,	/* UNDEFINED, whatever the access */
	SYSREG_ZERO,		/* reads as zero, writes are ignored */
	SYSREG_ID,		/* the guest's value of an identification register */
	SYSREG_HOST,		/* the host is asked, if it wants to be; else UNDEFINED */
	SYSREG_SET_WAY,		/* cache maintenance by set and way */
	SYSREG_VM_CONTROL,	/* done on the guest's behalf: a watch on its caches (HCR_EL2.TVM) */
	SYSREG_DEBUG,		/* MDSCR_EL1 and the OS locks */
	SYSREG_TIMER,		/* done on the guest's behalf: its physical timer */
	SYSREG_SGI,		/* an SGI to other vCPUs */
	SYSREG_DEACTIVATE,	/* ICC_DIR_EL1 */
	SYSREG_ACTIONS		/* how many there are */
};

/* Who may. */
#define SYSREG_R		1
#define SYSREG_W		2
#define SYSREG_RW		(SYSREG_R | SYSREG_W)
#define SYSREG_EL0		4	/* EL0 as well as EL1 */

struct sysreg_rule {
	uint16_t first, last;	/* SYSREG_NUMBER: the registers that it is about, both included */
	uint8_t access;		/* SYSREG_R, _W, _EL0 */
	uint8_t action;		/* enum sysreg_action */
	const char *name;	/* as in the Arm ARM */
	const char *policy;	/* in a line: what the guest gets */
};

/* The rules, by ascending number; no two are about the same register. */
extern const struct sysreg_rule sysreg_rules[];
extern const unsigned int sysreg_rule_count;

/* sysreg_find - the rule for a register, or NULL. number: any SYSREG_NUMBER(). */
const struct sysreg_rule *sysreg_find(uint16_t number);

/* sysreg_allowed - may it be accessed so? rule: not NULL. el0: by EL0, else by EL1. */
static inline bool sysreg_allowed(const struct sysreg_rule *rule, bool write, bool el0)
{
	return (rule->access & (write ? SYSREG_W : SYSREG_R)) && (!el0 || (rule->access & SYSREG_EL0));
}

#endif
