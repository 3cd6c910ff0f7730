// SPDX-License-Identifier: MIT
#include "exit_contract.h"

#include "drivers/console.h"

/*
 * A class that is not here has the first line of the table: an exit, if it ever came, and an Undefined
 * Instruction exception for the guest. That is right for all that a later architecture may invent: a
 * guest that was not told of a feature (id_sanitise.c) and uses it nevertheless finds that it is not there.
 *
 * Why so many classes never exit: HCR_EL2.TGE is 0 and MDCR_EL2.TDE is 0, so what is the guest's own
 * business goes to its EL1.
 */
const struct exit_contract exit_contract[EC_COUNT] = {
	[0 ... EC_COUNT - 1] = { OUTCOME_UNDEFINED, OUTCOME_UNDEFINED, NULL, "contract" },

	[EC_UNKNOWN] = { OUTCOME_OWN, OUTCOME_OWN, "an instruction that is UNDEFINED goes to EL1 by itself", "contract" },
	[EC_WFX] = { OUTCOME_HOST, OUTCOME_HOST, "WFI, WFIT: HALT if nothing is pending; WFE, WFET: go on", "contract" },
	[EC_FP] = { OUTCOME_DONE, OUTCOME_DONE, "its FP registers come with the first use", "contract" },
	[EC_PAUTH] = { OUTCOME_NONE, OUTCOME_NONE, "not trapped: HCR_EL2.API is 1 where there is FEAT_PAuth", "contract" },
	[EC_BTI] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_ILLEGAL_STATE] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_SVC32] = { OUTCOME_OWN, OUTCOME_NONE, NULL, "contract" },
	[EC_SVC64] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_HVC64] = { OUTCOME_OWN, OUTCOME_HOST, "HYPERCALL; at EL0 HVC is UNDEFINED", "exits" },
	[EC_SMC64] = { OUTCOME_OWN, OUTCOME_UNDEFINED, "there is no firmware below (lab 5 has one); at EL0 UNDEFINED", "exits" },
	[EC_SYS64] = { OUTCOME_HOST, OUTCOME_HOST, "by the table of encodings; what it does not have: UNDEFINED", "sysregs" },
	[EC_SVE] = { OUTCOME_UNDEFINED, OUTCOME_UNDEFINED, "hidden: its registers are not switched", "contract" },
	[EC_SME] = { OUTCOME_UNDEFINED, OUTCOME_UNDEFINED, "hidden: its registers are not switched", "contract" },
	[EC_PAC_FAIL] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_IABT_LOWER] = { OUTCOME_HOST, OUTCOME_HOST, "NESTED_PAGE_FAULT; refused: an External abort", "exits" },
	[EC_IABT_SAME] = { OUTCOME_NONE, OUTCOME_NONE, "EL2's own: not a guest's", "contract" },
	[EC_PC_ALIGNMENT] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_DABT_LOWER] = { OUTCOME_HOST, OUTCOME_HOST, "MMIO_READ, MMIO_WRITE, NESTED_PAGE_FAULT; refused: an External abort", "exits" },
	[EC_DABT_SAME] = { OUTCOME_NONE, OUTCOME_NONE, "EL2's own: not a guest's", "contract" },
	[EC_SP_ALIGNMENT] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_MOPS] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_FP_EXCEPTION32] = { OUTCOME_OWN, OUTCOME_NONE, NULL, "contract" },
	[EC_FP_EXCEPTION64] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
	[EC_BREAKPOINT_LOWER] = { OUTCOME_NONE, OUTCOME_NONE, "breakpoints are RAZ/WI, and never match", "contract" },
	[EC_BREAKPOINT_SAME] = { OUTCOME_NONE, OUTCOME_NONE, "breakpoints are RAZ/WI, and never match", "contract" },
	[EC_STEP_LOWER] = { OUTCOME_OWN, OUTCOME_NONE, NULL, "contract" },
	[EC_STEP_SAME] = { OUTCOME_NONE, OUTCOME_OWN, NULL, "contract" },
	[EC_WATCHPOINT_LOWER] = { OUTCOME_NONE, OUTCOME_NONE, "watchpoints are RAZ/WI, and never match", "contract" },
	[EC_WATCHPOINT_SAME] = { OUTCOME_NONE, OUTCOME_NONE, "watchpoints are RAZ/WI, and never match", "contract" },
	[EC_BKPT32] = { OUTCOME_OWN, OUTCOME_NONE, NULL, "contract" },
	[EC_BRK64] = { OUTCOME_OWN, OUTCOME_OWN, NULL, "contract" },
};

const char *exit_outcome_name(enum exit_outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_UNDEFINED] = "UNDEFINED",
		[OUTCOME_OWN] = "its own",
		[OUTCOME_NONE] = "-",
		[OUTCOME_DONE] = "done",
		[OUTCOME_HOST] = "the host's",
	};

	return outcome < ARRAY_SIZE(names) ? names[outcome] : "?";
}

void exit_contract_print(void)
{
	const struct exit_contract *last = NULL;
	unsigned int ec;

	printf("EC    at EL0      at EL1      test      exception class, and what comes of it\n");
	for (ec = 0; ec < EC_COUNT; ec++) {
		const struct exit_contract *line = &exit_contract[ec];
		const char *name = esr_ec_name(ec);

		/* Reserved classes in a row: one line for all of them. */
		if (last && !line->what && !last->what && name == esr_ec_name(ec - 1))
			continue;
		printf("0x%02x  %-10s  %-10s  %-8s  %s%s%s\n", ec, exit_outcome_name(line->el0),
		       exit_outcome_name(line->el1), line->test, name, line->what ? ": " : "",
		       line->what ? line->what : "");
		last = line;
	}
}
