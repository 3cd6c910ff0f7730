// SPDX-License-Identifier: MIT
/*
 * timers.c - a guest's timers run while the guest is bound, and at no other time; and the two things that
 * can be passed through.
 */
#include "puppet.h"

#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"

#define PPI_CNTP	30
#define PPI_CNTV	27

static struct guest plain, own_timer, all_irqs;

static bool is_pending(uint32_t intid)
{
	return mmio_read32(this_cpu()->gicr + GICR_SGI_FRAME + GICD_ISPENDR) & BIT(intid);
}

static void wait_us(uint64_t us)
{
	uint64_t deadline = timer_deadline_us(us);

	while (!timer_passed(deadline))
		;
}

static void put(struct guest *guest, uint32_t reg, uint64_t value)
{
	puppet(&guest->vcpu, INSN_MSR(reg), value, 0);
}

static uint64_t get(struct guest *guest, uint32_t reg)
{
	return puppet(&guest->vcpu, INSN_MRS(reg), 0, 0).x0;
}

/* First CNTV, then CNTP: one timer, which has gone off in its guest: it must not go off elsewhere. */
static void test_timer(struct guest *guest, struct guest *other, uint32_t ctl, uint32_t cval, uint32_t ppi)
{
	uint64_t taken;

	vcpu_bind(&guest->vcpu);
	put(guest, cval, 0x1234);
	put(guest, ctl, 1);
	TAP_EQ(get(guest, ctl), 5, "in its guest the timer is on and has gone off (CTL: ENABLE, ISTATUS)", BIND);
	TAP_EQ(is_pending(ppi), true, "its interrupt is pending at the GIC: this shows that it would come", BIND);
	vcpu_unbind(&guest->vcpu);

	TAP_EQ(is_pending(ppi), false, "after unbind it is not pending any more", BIND);
	taken = irqs[0].others;
	gicv3_enable_private(this_cpu()->gicr, ppi);
	irq_unmask();
	wait_us(1000);
	TAP_EQ(irqs[0].others, taken, "and not taken by the host, which would take it", BIND);

	vcpu_bind(&other->vcpu);
	TAP_EQ(get(other, ctl), 0, "the next guest has the timer off", BIND);
	TAP_EQ(get(other, cval), 0, "with its own compare value", BIND);
	wait_us(1000);
	puppet(&other->vcpu, INSN_NOP, 0, 0);
	TAP_EQ(irqs[0].others, taken, "and it does not go off there", BIND);
	vcpu_unbind(&other->vcpu);
	irq_mask();
	gicv3_disable_private(this_cpu()->gicr, ppi);

	vcpu_bind(&guest->vcpu);
	TAP_EQ(get(guest, ctl) << 32 | get(guest, cval), 5UL << 32 | 0x1234,
	       "back in its guest it is on, and goes off again", BIND);
	TAP_EQ(is_pending(ppi), true, "its interrupt is pending again", BIND);
	put(guest, ctl, 0);
	vcpu_unbind(&guest->vcpu);
}

static void test_access(void)
{
	struct answer answer;

	vcpu_bind(&plain.vcpu);
	answer = puppet(&plain.vcpu, INSN_MRS(REG_CNTP_CTL_EL0), 0, 0);
	TAP_EQ(answer.done ? 0 : answer.esr >> 26, 0x18, "without passthrough_timer CNTP_CTL_EL0 traps", BIND);
	answer = puppet_skip(&plain.vcpu);
	answer = puppet(&plain.vcpu, INSN_MRS(REG_CNTPCT_EL0), 0, 0);
	TAP_EQ(answer.done, true, "the counter can be read", BIND);
	vcpu_unbind(&plain.vcpu);

	vcpu_bind(&own_timer.vcpu);
	answer = puppet(&own_timer.vcpu, INSN_MRS(REG_CNTP_CTL_EL0), 0, 0);
	TAP_EQ(answer.done, true, "with passthrough_timer CNTP_CTL_EL0 does not trap", BIND);
	answer = puppet(&own_timer.vcpu, INSN_MRS(REG_CNTPCT_EL0), 0, 0);
	TAP_EQ(answer.done, true, "nor does the counter", BIND);
	vcpu_unbind(&own_timer.vcpu);
}

/* passthrough_interrupt: an SGI of the machine's is taken by the guest, and not by the host. */
static void test_interrupts(void)
{
	struct vcpu *vcpu = &all_irqs.vcpu;
	uint64_t taken = irqs[0].others, before;
	struct answer answer;

	vcpu_bind(vcpu);
	TAP_EQ(read_sysreg(HCR_EL2) & 0x18, 0, "passthrough_interrupt: HCR_EL2.IMO and FMO are 0", BIND);
	answer = puppet(vcpu, INSN_NOP, 0, 0);
	before = answer.interrupts;
	gicv3_send_sgi(cpu_affinity(), 7);
	answer = puppet(vcpu, INSN_IRQ_ON, 0, 0);
	answer = puppet(vcpu, INSN_ISB, 0, 0);
	TAP_EQ(answer.interrupts, before + 1, "the guest takes the machine's SGI", BIND);
	TAP_EQ(answer.intid, 7, "its INTID", BIND);
	TAP_EQ(irqs[0].others, taken, "the host does not", BIND);
	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 12, 11, 1)), 7, 0);		/* ICC_DIR_EL1 */
	puppet(vcpu, INSN_IRQ_OFF, 0, 0);
	vcpu_unbind(vcpu);

	TAP_EQ(read_sysreg(HCR_EL2) & 0x18, 0x18, "after unbind interrupts are the host's", BIND);
	gicv3_send_sgi(cpu_affinity(), 7);
	irq_unmask();
	wait_us(500);
	irq_mask();
	TAP_EQ(irqs[0].others, taken + 1, "it takes the next one", BIND);
	/* The guest before had none of that. */
	vcpu_bind(&plain.vcpu);
	TAP_EQ(read_sysreg(HCR_EL2) & 0x18, 0x18, "a guest without it does not have it", BIND);
	vcpu_unbind(&plain.vcpu);
}

void main(void)
{
	static const struct vcpu_setup_config timer = { .passthrough_timer = true };
	static const struct vcpu_setup_config interrupts = { .passthrough_interrupt = true };

	host_start();
	tap_plan(2 * 9 + 4 + 7 + RUN_FINDINGS_TESTS);
	GUEST_CREATE(&plain, "plain", program_puppet, 0, NULL);
	GUEST_CREATE(&own_timer, "with its own timer", program_puppet, 0, &timer);
	GUEST_CREATE(&all_irqs, "with the machine's interrupts", program_puppet, 0, &interrupts);
	test_timer(&plain, &own_timer, REG_CNTV_CTL_EL0, REG_CNTV_CVAL_EL0, PPI_CNTV);
	{
		/* The physical timer of two guests that both have it. */
		static struct guest another;

		GUEST_CREATE(&another, "another", program_puppet, 0, &timer);
		test_timer(&own_timer, &another, REG_CNTP_CTL_EL0, REG_CNTP_CVAL_EL0, PPI_CNTP);
	}
	test_access();
	test_interrupts();
	tap_run_findings();
	tap_done();
}
