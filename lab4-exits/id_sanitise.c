// SPDX-License-Identifier: MIT
/*
 * id_sanitise.c - how a guest's value of an identification register is made from the CPU's.
 * What is decided for each field is in id_fields.c.
 */
#include "id_sanitise.h"

#include "arch/bits.h"
#include "arch/sysreg_fields.h"

/* ID_AA64PFR0_EL1 is [4][0]. */
#define PFR0_CRM		4
#define EL0_AARCH32		2	/* ID_AA64PFR0_EL1.EL0: AArch64 and AArch32 */

/* The largest PARange that says no more address bits than this. The smallest there is says 32. */
static uint64_t pa_range_within(unsigned int bits)
{
	static const uint8_t widths[] = { 32, 36, 40, 42, 44, 48, 52, 56 };
	unsigned int range = 0;

	while (range + 1 < ARRAY_SIZE(widths) && widths[range + 1] <= bits)
		range++;
	return range;
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
	return value < limit ? value : limit;
}

static uint64_t field_value(const struct id_field *field, uint64_t hardware, unsigned int ipa_bits)
{
	uint64_t mask = GENMASK(field->width - 1, 0);
	uint64_t value = hardware >> field->low & mask;

	switch ((enum id_policy)field->policy) {
	case ID_HIDDEN:
		break;
	case ID_FIXED:
		return field->value;
	case ID_UP_TO:
		return at_most(value, field->value);
	case ID_SIGNED_UP_TO:
		if (value >> (field->width - 1))
			return value;		/* negative: less than any limit */
		return at_most(value, field->value);
	case ID_AS_IS:
		return value;
	case ID_PA_RANGE:
		return at_most(at_most(value, field->value), pa_range_within(ipa_bits));
	}
	return 0;
}

void guest_ids_make(struct guest_ids *ids, const struct guest_ids *hardware, unsigned int ipa_bits)
{
	bool aarch32 = FIELD_GET(ID_AA64PFR0_EL0, hardware->value[PFR0_CRM][0]) >= EL0_AARCH32;
	unsigned int n, f;

	*ids = (struct guest_ids){ 0 };
	for (n = 0; n < id_register_count; n++) {
		const struct id_register *reg = &id_registers[n];
		uint64_t from = hardware->value[reg->crm][reg->op2];
		uint64_t value = 0;

		/* Without AArch32 at any level its registers are UNKNOWN: not the guest's to see. */
		if (reg->aarch32 && !aarch32)
			continue;
		for (f = 0; f < reg->count; f++)
			value |= field_value(&reg->fields[f], from, ipa_bits) << reg->fields[f].low;
		ids->value[reg->crm][reg->op2] = value;
	}
}
