// SPDX-License-Identifier: MIT
/*
 * leak.c - is there any system register that one guest can write and another can read?
 *
 * No list of registers can tell what is missing in it. So one guest tries MRS with each of the 32768
 * encodings, and where that works, MSR with a pattern, and MRS again. Where the pattern is seen, it
 * is a register that keeps something; the other guest must not find it there.
 */
#include "puppet.h"

#include "drivers/console.h"
#include "guest/guest.h"

#define MAX_FOUND	512

static struct guest a, b;
static struct { uint32_t reg; uint64_t was, pattern; } found[MAX_FOUND];
static unsigned int count, readable, trapped, leaks;

/* Those that the puppet itself lives by; and the timers' countdowns, which are no registers of their own. */
static bool is_vital(uint32_t reg)
{
	return reg == SYSREG(3, 0, 1, 0, 0) ||		/* SCTLR_EL1 */
	       reg == SYSREG(3, 0, 12, 0, 0) ||		/* VBAR_EL1 */
	       reg == SYSREG(3, 0, 4, 2, 0) ||		/* SPSel */
	       reg == SYSREG(3, 3, 4, 2, 1) ||		/* DAIF */
	       reg == SYSREG(3, 0, 12, 8, 3) ||		/* ICC_BPR0_EL1, BPR1: QEMU 7.2 takes the */
	       reg == SYSREG(3, 0, 12, 12, 3) ||	/*   RES0 bits of what is written for part of it */
	       reg == SYSREG(3, 3, 14, 2, 0) ||		/* CNTP_TVAL_EL0 */
	       reg == SYSREG(3, 3, 14, 3, 0);		/* CNTV_TVAL_EL0 */
}

static void name_of(uint32_t reg)
{
	printf("# S%u_%u_C%u_C%u_%u", reg >> 19 & 3, reg >> 16 & 7, reg >> 12 & 15, reg >> 8 & 15, reg >> 5 & 7);
}

/* One instruction; false if it traps, to whichever level. */
static bool works(struct vcpu *vcpu, uint32_t instruction, uint64_t x0, uint64_t *value)
{
	struct answer answer = puppet(vcpu, instruction, x0, 0);

	if (!answer.done) {
		trapped++;
		puppet_skip(vcpu);
		return false;
	}
	*value = answer.x0;
	return !answer.el1_esr;
}

/* In guest A: which registers keep a pattern? */
static void find(uint32_t reg)
{
	uint64_t was, now, pattern = host_random(), ignored;

	if (!works(&a.vcpu, INSN_MRS(reg), 0, &was))
		return;
	readable++;
	if (is_vital(reg) || !works(&a.vcpu, INSN_MSR(reg), pattern, &ignored) ||
	    !works(&a.vcpu, INSN_MRS(reg), 0, &now))
		return;
	/* A counter changes by itself; a register without writable bits stays. */
	if (now == was || count == MAX_FOUND)
		return;
	found[count].reg = reg;
	found[count].was = was;
	found[count].pattern = now;
	count++;
}

void main(void)
{
	uint64_t now;
	unsigned int n, lost = 0;
	uint32_t op;

	host_start();
	tap_plan(5);
	GUEST_CREATE(&a, "guest A", program_puppet, 0, NULL);
	GUEST_CREATE(&b, "guest B", program_puppet, 0, NULL);

	vcpu_bind(&a.vcpu);
	for (op = 0; op < 1 << 15; op++)
		find(2 << 19 | op << 5);
	/* What is kept at the end of it all: some registers are written by way of others. */
	for (n = 0; n < count; n++)
		works(&a.vcpu, INSN_MRS(found[n].reg), 0, &found[n].pattern);
	vcpu_unbind(&a.vcpu);

	vcpu_bind(&b.vcpu);
	for (n = 0; n < count; n++) {
		if (found[n].pattern == found[n].was || !works(&b.vcpu, INSN_MRS(found[n].reg), 0, &now))
			continue;
		if (now == found[n].pattern) {
			name_of(found[n].reg);
			printf(": written by one guest, read by the other: 0x%lx\n", now);
			leaks++;
		}
	}
	vcpu_unbind(&b.vcpu);

	/* And the first one finds what it has written. */
	vcpu_bind(&a.vcpu);
	for (n = 0; n < count; n++) {
		if (!works(&a.vcpu, INSN_MRS(found[n].reg), 0, &now) || now == found[n].pattern)
			continue;
		name_of(found[n].reg);
		printf(": 0x%lx was written, 0x%lx is read after another guest ran\n", found[n].pattern, now);
		lost++;
	}
	vcpu_unbind(&a.vcpu);

	if (counts_wanted())
		printf("# %u registers can be read, %u keep what is written, %u instructions exit\n", readable, count,
		       trapped);
	TAP_OK(readable > 50, "registers can be read", NULL);
	TAP_OK(count > 20, "registers keep what is written", NULL);
	TAP_OK(trapped > 20, "others trap to the hypervisor", NULL);
	TAP_EQ(leaks, 0, "no register that one guest writes is read by the other", TABLE);
	TAP_EQ(lost, 0, "and none is lost for the one that wrote it", TABLE);
	tap_done();
}
