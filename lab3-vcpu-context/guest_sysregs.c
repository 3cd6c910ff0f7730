// SPDX-License-Identifier: MIT
#include "guest_sysregs.h"

#include "arch/sysreg.h"
#include "drivers/console.h"
#include "features.h"

void guest_sysregs_reset(struct guest_sysregs *regs)
{
#define RESET(reg, field, reset, condition, meaning) regs->field = reset;
	SYSREGS_ALL(RESET)
#undef RESET
}

const struct sysreg_info sysreg_infos[] = {
#define INFO(reg, field, reset, condition, meaning) \
	{ #reg, meaning, offsetof(struct guest_sysregs, field), SYSREG_IF_##condition, reset },
	SYSREGS_ALL(INFO)
#undef INFO
};
const unsigned int sysreg_count = ARRAY_SIZE(sysreg_infos);

static uint64_t condition_if(bool holds, unsigned int condition)
{
	return holds ? BIT(condition) : 0;
}

uint64_t sysreg_conditions(void)
{
	uint64_t vtr = read_sysreg(ICH_VTR_EL2);
	unsigned int preemption_bits = FIELD_GET(ICH_VTR_PREBITS, vtr) + 1;
	unsigned int list_registers = FIELD_GET(ICH_VTR_LISTREGS, vtr) + 1;
	struct id_registers id;
	struct hw_features f;

	id_registers_read(&id);
	hw_features_decode(&id, &f);
	return condition_if(true, SYSREG_IF_ALWAYS) | condition_if(f.ras, SYSREG_IF_RAS) |
	       condition_if(f.csv2_2, SYSREG_IF_CSV2_2) | condition_if(f.pauth, SYSREG_IF_PAUTH) |
	       condition_if(f.sme, SYSREG_IF_SME) |
	       condition_if(preemption_bits >= 6, SYSREG_IF_PRE6) |
	       condition_if(preemption_bits >= 7, SYSREG_IF_PRE7) |
	       (BIT(list_registers) - 1) << SYSREG_IF_LR(0);
}

void guest_sysregs_dump(const struct guest_sysregs *regs, uint64_t conditions)
{
	unsigned int i;

	for (i = 0; i < sysreg_count; i++) {
		const struct sysreg_info *info = &sysreg_infos[i];

		if (conditions & BIT(info->condition))
			printf("  %-16s 0x%016lx  %s\n", info->name,
			       *(const uint64_t *)((const char *)regs + info->offset), info->meaning);
	}
}
