/* SPDX-License-Identifier: MIT */
/*
 * hcr.h - the value of HCR_EL2 under which guests run, bit by bit.
 */
#ifndef LAB2_HCR_H
#define LAB2_HCR_H

#include "arch/types.h"
#include "features.h"

/* One decision about HCR_EL2: these bits, on CPUs that have the feature, or else... */
struct hcr_reason {
	const char *name;		/* as the Arm ARM has it */
	uint64_t bits;			/* what is set */
	bool (*wanted)(const struct hw_features *features);	/* NULL: on every CPU */
	const char *without;		/* what would happen without it */
};

/* The decisions, ended by a name of NULL. */
extern const struct hcr_reason hcr_reasons[];

/* The value for a CPU with these features. E2H and TGE are 0. */
uint64_t hcr_value(const struct hw_features *features);

#endif
