// SPDX-License-Identifier: MIT
#include "guest_memory.h"

#include "arch/barrier.h"
#include "arch/esr.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "lib/errno.h"
#include "mm/stage1_walk.h"
#include "probe.h"
#include "take_exception.h"

/* ---- Reading --------------------------------------------------------------------------------- */

/* Does the guest go through the caches? With its MMU off it does not, whatever SCTLR_EL1.C says. */
static bool guest_uses_caches(void)
{
	uint64_t sctlr = read_sysreg(SCTLR_EL1);

	return (sctlr & SCTLR_EL1_M) && (sctlr & SCTLR_EL1_C);
}

/*
 * Eight bytes of guest memory. The hypervisor reads through the caches. A guest that does not has
 * its words in memory itself, and an older copy may be in the cache: that has to go first. (Its
 * line is not dirty, unless it is the guest's own from when its caches were on.) The first read is
 * to see that there is anything: cache maintenance by address faults just as a load does.
 */
static bool read_guest(struct vcpu *vcpu, uint64_t ipa, uint64_t *value)
{
	struct stage2_leaf leaf;

	/* A device is not read: reading one may have effects. */
	if (stage2_walk(vcpu->stage2, ipa, &leaf) ||
	    FIELD_GET(S2_MEMATTR, leaf.descriptor) != S2_MEMATTR_NORMAL_WB ||
	    probe_read64(leaf.pa, value))
		return false;
	if (guest_uses_caches())
		return true;
	asm volatile("dc civac, %0" :: "r"(leaf.pa) : "memory");
	dsb(sy);
	return probe_read64(leaf.pa, value) == 0;
}

/*
 * A descriptor of the guest's. (They may be cacheable where the rest is not, and then are found
 * too.)
 */
static bool read_descriptor(void *vcpu, uint64_t ipa, uint64_t *descriptor)
{
	return read_guest(vcpu, ipa, descriptor);
}

static struct stage1_regs stage1_regs(void)
{
	return (struct stage1_regs){
		.sctlr = read_sysreg(SCTLR_EL1),
		.tcr = read_sysreg(TCR_EL1),
		.ttbr0 = read_sysreg(TTBR0_EL1),
		.ttbr1 = read_sysreg(TTBR1_EL1),
		.pa_range = FIELD_GET(ID_AA64MMFR0_PARANGE, read_sysreg(ID_AA64MMFR0_EL1)),
		.small_tables = FIELD_GET(ID_AA64MMFR2_ST, read_sysreg(ID_AA64MMFR2_EL1)) != 0,
	};
}

int guest_read_instruction(struct vcpu *vcpu, uint64_t pc, uint32_t *insn)
{
	struct stage1_regs regs = stage1_regs();
	struct stage1_result result;
	uint64_t words;
	int error;

	error = stage1_walk(&regs, pc, read_descriptor, vcpu, &result);
	if (error == -EFAULT && result.fsc != FSC_EXTERNAL_WALK(result.level))
		return -EAGAIN;
	if (error)
		return -EFAULT;
	/* Two of them are in eight bytes: the first one in the lower half. */
	if (!read_guest(vcpu, result.ipa & ~7UL, &words))
		return -EFAULT;
	*insn = (uint32_t)(words >> (result.ipa & 4) * 8);
	return 0;
}

unsigned int guest_walk_fault(struct vcpu *vcpu, uint64_t va)
{
	struct stage1_regs regs = stage1_regs();
	struct stage1_result result;

	if (stage1_walk(&regs, va, read_descriptor, vcpu, &result) == -EFAULT &&
	    result.fsc == FSC_EXTERNAL_WALK(result.level))
		return result.fsc;
	return FSC_EXTERNAL;
}

/* ---- Translating ----------------------------------------------------------------------------- */

/*
 * AT(operation, va) - one address translation, and what it says in PAR_EL1; the ISB makes that
 * visible. A table that is not there comes back in PAR_EL1 as well, but an error of the memory that
 * has one is an External abort, taken here. So AT has a place in the table of accesses that may
 * fault (probe.c); it counts as no translation then.
 */
#define AT(operation, va) ({							\
	uint64_t par_ = PAR_EL1_F;						\
	asm volatile("1:	at " #operation ", %[address]\n"		\
		     "	isb\n"							\
		     "	mrs %[par], par_el1\n"					\
		     "2:\n"							\
		     "	.pushsection .fixups, \"a\"\n"				\
		     "	.balign 4\n"						\
		     "	.word 1b - .\n"					\
		     "	.word 2b - .\n"					\
		     "	.popsection\n"						\
		     : [par] "+r"(par_) : [address] "r"(va) : "memory");	\
	par_;									\
})

int guest_va_to_ipa(struct vcpu *vcpu, uint64_t va, uint64_t *ipa)
{
	uint64_t saved = read_sysreg(PAR_EL1);
	bool el0 = spsr_from_el0(vcpu->frame.spsr);
	uint64_t par = el0 ? AT(s1e0r, va) : AT(s1e1r, va);

	/*
	 * AT checks permissions too. The access may have had others than those of its Exception
	 * level: LDTR at EL1 has EL0's, and what EL0 may execute it need not be able to read.
	 */
	if (par & PAR_EL1_F)
		par = el0 ? AT(s1e1r, va) : AT(s1e0r, va);
	write_sysreg(PAR_EL1, saved);
	if (par & PAR_EL1_F)
		return -EAGAIN;
	*ipa = (par & PAR_EL1_PA) | (va % PAGE_SIZE);
	return 0;
}
