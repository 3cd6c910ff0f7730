// SPDX-License-Identifier: MIT
#include "guest_registers.h"

#include "arch/sysreg.h"
#include "sysreg_table.h"

/*
 * What EL1 may do with each register of the table, at EL1 with its MMU off: the bits that may have any
 * value. 0: not a register for EL1, or one that it must leave alone.
 */
#define BITS_sp_el1		0			/* the stack this runs on */
#define BITS_elr_el1		UINT64_MAX
#define BITS_spsr_el1		0xf00003c5UL
#define BITS_sctlr_el1		0			/* the MMU would be on */
#define BITS_actlr_el1		0			/* traps: HCR_EL2.TACR */
#define BITS_cpacr_el1		0			/* FP would trap */
#define BITS_ttbr0_el1		UINT64_MAX
#define BITS_ttbr1_el1		UINT64_MAX
#define BITS_tcr_el1		0xffffffffUL
#define BITS_mair_el1		UINT64_MAX
#define BITS_amair_el1		UINT64_MAX
#define BITS_esr_el1		0xffffffffUL
#define BITS_far_el1		UINT64_MAX
#define BITS_afsr0_el1		UINT64_MAX
#define BITS_afsr1_el1		UINT64_MAX
#define BITS_par_el1		UINT64_MAX
#define BITS_vbar_el1		0			/* the way to report what goes wrong */
#define BITS_contextidr_el1	0xffffffffUL
#define BITS_tpidr_el0		UINT64_MAX
#define BITS_tpidrro_el0	UINT64_MAX
#define BITS_tpidr_el1		UINT64_MAX
#define BITS_csselr_el1		0x3UL
#define BITS_mdscr_el1		0			/* traps: MDCR_EL2.TDA */
#define BITS_cntkctl_el1	0x3ffUL
#define BITS_vsesr_el2		0			/* EL2's */
#define BITS_vdisr_el2		0
#define BITS_scxtnum_el0	UINT64_MAX
#define BITS_scxtnum_el1	UINT64_MAX
#define BITS_tpidr2_el0		UINT64_MAX
#define BITS_apiakeylo_el1	UINT64_MAX
#define BITS_apiakeyhi_el1	UINT64_MAX
#define BITS_apibkeylo_el1	UINT64_MAX
#define BITS_apibkeyhi_el1	UINT64_MAX
#define BITS_apdakeylo_el1	UINT64_MAX
#define BITS_apdakeyhi_el1	UINT64_MAX
#define BITS_apdbkeylo_el1	UINT64_MAX
#define BITS_apdbkeyhi_el1	UINT64_MAX
#define BITS_apgakeylo_el1	UINT64_MAX
#define BITS_apgakeyhi_el1	UINT64_MAX

/*
 * The features by which the table's conditions go, as a guest sees them. (Lab 3's guest reads ID
 * registers through the host: TID3 traps them. So the host tells it, in x0 at entry.)
 */
static uint64_t conditions;

void guest_registers_init(uint64_t host_conditions)
{
	conditions = host_conditions;
}

#define PRESENT(bits, condition) \
	((bits) && (SYSREG_IF_##condition == SYSREG_IF_ALWAYS || (conditions & BIT(SYSREG_IF_##condition))))

static uint64_t mix(uint64_t seed, unsigned int n)
{
	uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15UL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
	return z ^ (z >> 27);
}

void guest_registers_fill(uint64_t seed)
{
	unsigned int n = 0;

#define FILL(reg, field, reset, condition, meaning)				\
	if (PRESENT(BITS_##field, condition))					\
		write_sysreg(reg, mix(seed, n) & BITS_##field);			\
	n++;
	SYSREGS_EL1(FILL)
#undef FILL
	asm volatile("isb" ::: "memory");
}

void guest_registers_read(struct guest_registers *registers)
{
	unsigned int n = 0;

#define READ(reg, field, reset, condition, meaning)				\
	registers->value[n] = PRESENT(BITS_##field, condition) ? read_sysreg(reg) : 0; \
	n++;
	SYSREGS_EL1(READ)
#undef READ
}

static const char *const names[] = {
#define NAME(reg, field, reset, condition, meaning) #reg,
	SYSREGS_EL1(NAME)
#undef NAME
};

unsigned int guest_registers_compare(const struct guest_registers *a,
				     const struct guest_registers *b, const char **first)
{
	unsigned int n, count = 0;

	for (n = 0; n < ARRAY_SIZE(names); n++) {
		if (a->value[n] != b->value[n]) {
			if (!count)
				*first = names[n];
			count++;
		}
	}
	return count;
}

unsigned int guest_registers_count(void)
{
	unsigned int count = 0;

#define COUNT(reg, field, reset, condition, meaning) count += PRESENT(BITS_##field, condition) ? 1 : 0;
	SYSREGS_EL1(COUNT)
#undef COUNT
	return count;
}
