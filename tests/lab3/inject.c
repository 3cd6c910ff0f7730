// SPDX-License-Identifier: MIT
/*
 * inject.c - virtual interrupts by the list registers: every error code, and what the guest sees of them.
 */
#include "puppet.h"

#include "drivers/console.h"
#include "drivers/gich.h"
#include "lib/errno.h"

static struct guest a, b;

static uint64_t get(struct guest *guest, uint32_t reg)
{
	return puppet(&guest->vcpu, INSN_MRS(reg), 0, 0).x0;
}

static void put(struct guest *guest, uint32_t reg, uint64_t value)
{
	puppet(&guest->vcpu, INSN_MSR(reg), value, 0);
}

static void test_arguments(void)
{
	struct vcpu *vcpu = &a.vcpu;
	unsigned int n, lrs = gich_lr_count(), full;

	TAP_EQ(vcpu_inject_interrupt(vcpu, 1020), -EINVAL, "INTID 1020 is -EINVAL", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 8192), -EINVAL, "INTID 8192 (an LPI) is -EINVAL", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, UINT32_MAX), -EINVAL, "INTID 0xffffffff is -EINVAL", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 1019), 0, "INTID 1019 can be injected", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 1019), -EBUSY, "a second time it is -EBUSY", INJECTION);
	for (n = 1, full = 0; n < lrs; n++)
		full += vcpu_inject_interrupt(vcpu, n) != 0;
	TAP_EQ(full, 0, "as many as there are list registers", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 500), -ENOSPC, "one more is -ENOSPC", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 1), -EBUSY, "one of those is still -EBUSY", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 0), lrs > 0 ? -ENOSPC : 0,
	       "INTID 0 is an interrupt like others (here: -ENOSPC)", INJECTION);

	/* The same while it is bound. */
	vcpu_bind(vcpu);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 1019), -EBUSY, "bound: one of those is -EBUSY", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 500), -ENOSPC, "bound: one more is -ENOSPC", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 1020), -EINVAL, "bound: INTID 1020 is -EINVAL", INJECTION);
	vcpu_unbind(vcpu);
	for (n = 0; n < 16; n++)
		(&vcpu->sysregs.ich_lr0_el2)[n] = 0;
}

static void test_delivery(void)
{
	struct vcpu *vcpu = &a.vcpu;
	struct answer answer;
	uint64_t before;

	vcpu_bind(vcpu);
	put(&a, REG_ICC_PMR_EL1, 0xf0);
	put(&a, REG_ICC_IGRPEN1_EL1, 1);
	answer = puppet(vcpu, INSN_NOP, 0, 0);
	before = answer.interrupts;

	TAP_EQ(vcpu_inject_interrupt(vcpu, 42), 0, "bound: INTID 42 is injected", INJECTION);
	answer = puppet(vcpu, INSN_NOP, 0, 0);
	TAP_EQ(answer.interrupts, before, "the guest has IRQs masked: it is not taken", INJECTION);
	TAP_EQ(get(&a, REG_ICC_HPPIR1_EL1) & 0xffffff, 42, "but pending", INJECTION);
	answer = puppet(vcpu, INSN_IRQ_ON, 0, 0);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 1, "unmasked: it is taken, once", INJECTION);
	TAP_EQ(answer.intid, 42, "its INTID", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(vcpu, 42), 0, "it is over: it can be injected again", INJECTION);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 2, "and is taken again", INJECTION);
	vcpu_unbind(vcpu);

	TAP_EQ(vcpu_inject_interrupt(vcpu, 3), 0, "not bound: SGI 3 is injected", INJECTION);
	vcpu_bind(vcpu);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 3, "it is taken as soon as the guest runs", INJECTION);
	TAP_EQ(answer.intid, 3, "its INTID", INJECTION);

	put(&a, REG_ICC_PMR_EL1, 0x50);
	vcpu_inject_interrupt(vcpu, 77);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 3, "ICC_PMR_EL1 keeps one of a lower priority from it", INJECTION);
	put(&a, REG_ICC_PMR_EL1, 0xf0);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 4, "until it is raised", INJECTION);
	puppet(vcpu, INSN_IRQ_OFF, 0, 0);
	vcpu_unbind(vcpu);
}

/* Pending and active interrupts stay with their guest. */
static void test_switch(void)
{
	vcpu_bind(&a.vcpu);
	vcpu_inject_interrupt(&a.vcpu, 50);
	TAP_EQ(get(&a, REG_ICC_IAR1_EL1) & 0xffffff, 50, "A acknowledges 50: it is active", INJECTION);
	vcpu_inject_interrupt(&a.vcpu, 51);
	TAP_EQ(vcpu_inject_interrupt(&a.vcpu, 50), -EBUSY, "one that is active is -EBUSY", INJECTION);
	vcpu_unbind(&a.vcpu);

	vcpu_bind(&b.vcpu);
	put(&b, REG_ICC_PMR_EL1, 0xf0);
	put(&b, REG_ICC_IGRPEN1_EL1, 1);
	TAP_EQ(get(&b, REG_ICC_HPPIR1_EL1) & 0xffffff, 1023, "B has none pending", INJECTION);
	TAP_EQ(get(&b, SYSREG(3, 0, 12, 11, 3)) & 0xff, 0xff, "and none active (ICC_RPR_EL1)", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(&a.vcpu, 52), 0, "meanwhile A, not bound, is given 52", INJECTION);
	TAP_EQ(vcpu_inject_interrupt(&b.vcpu, 51), 0, "and B a 51 of its own", INJECTION);
	TAP_EQ(get(&b, REG_ICC_IAR1_EL1) & 0xffffff, 51, "which it acknowledges", INJECTION);
	put(&b, REG_ICC_EOIR1_EL1, 51);
	TAP_EQ(get(&b, REG_ICC_IAR1_EL1) & 0xffffff, 1023, "and that was all", INJECTION);
	vcpu_unbind(&b.vcpu);

	vcpu_bind(&a.vcpu);
	TAP_EQ(get(&a, SYSREG(3, 0, 12, 11, 3)) & 0xff, 0xa0, "A's 50 is still active (ICC_RPR_EL1)", INJECTION);
	put(&a, REG_ICC_EOIR1_EL1, 50);
	TAP_EQ(get(&a, SYSREG(3, 0, 12, 11, 3)) & 0xff, 0xff, "until its end", INJECTION);
	TAP_EQ(get(&a, REG_ICC_IAR1_EL1) & 0xffffff, 51, "then A gets 51", INJECTION);
	put(&a, REG_ICC_EOIR1_EL1, 51);
	TAP_EQ(get(&a, REG_ICC_IAR1_EL1) & 0xffffff, 52, "and 52", INJECTION);
	put(&a, REG_ICC_EOIR1_EL1, 52);
	vcpu_unbind(&a.vcpu);
}

void main(void)
{
	host_start();
	tap_plan(12 + 12 + 12 + RUN_FINDINGS_TESTS);
	GUEST_CREATE(&a, "guest A", program_puppet, 0, NULL);
	GUEST_CREATE(&b, "guest B", program_puppet, 0, NULL);
	test_arguments();
	test_delivery();
	test_switch();
	tap_run_findings();
	tap_done();
}
