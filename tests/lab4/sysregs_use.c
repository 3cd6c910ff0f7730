// SPDX-License-Identifier: MIT
/*
 * sysregs_use.c - system registers that do something: the physical timer, software step, caches by set and
 * way.
 */
#include "sysregs.h"

#include "arch/barrier.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "sysreg_trap.h"

/* ---- CNTP_*: the guest's physical timer ------------------------------------------------------ */

#define SGI_TEST	3	/* the host's */
#define CNTPCT		SYSREG_NUMBER(3, 3, 14, 0, 1)
#define CNTP_TVAL	SYSREG_NUMBER(3, 3, 14, 2, 0)
#define CNTP_CTL	SYSREG_NUMBER(3, 3, 14, 2, 1)
#define CNTP_CVAL	SYSREG_NUMBER(3, 3, 14, 2, 2)
#define ICC_PMR		SYSREG_NUMBER(3, 0, 4, 6, 0)
#define ICC_IAR1	SYSREG_NUMBER(3, 0, 12, 12, 0)
#define ICC_EOIR1	SYSREG_NUMBER(3, 0, 12, 12, 1)
#define ICC_IGRPEN1	SYSREG_NUMBER(3, 0, 12, 12, 7)
#define ICC_SGI1R	SYSREG_NUMBER(3, 0, 12, 11, 5)
#define CNTKCTL_EL0PCTEN BIT(0)
#define CNTKCTL_EL0PTEN	BIT(9)

static void write_device(struct guest_cpu *cpu, uint64_t ipa, uint32_t value)
{
	blank_x0(cpu, INSN_STR_W, value, ipa);
}

/* Unmasked: is there an interrupt? Its INTID, ended; or GIC_SPURIOUS. */
static unsigned int take_interrupt(struct guest_cpu *cpu)
{
	unsigned int intid;

	EXECUTE(cpu, AT_EL1H & ~SPSR_I, INSN_NOP, INSN_NOP);
	if (blank_run(cpu).hvc != BLANK_VECTOR(FROM_EL1H + 1))
		return GIC_SPURIOUS;
	intid = (unsigned int)blank_mrs(cpu, ICC_IAR1);
	blank_msr(cpu, CNTP_CTL, 0);
	blank_msr(cpu, ICC_EOIR1, intid);
	return intid;
}

void test_timer(struct guest_cpu *cpu)
{
	const uint64_t hour = 3600 * timer_frequency();
	uint64_t before, cval;
	int64_t ahead;

	before = timer_now();
	blank_msr(cpu, CNTP_CTL, CNT_CTL_IMASK);
	blank_msr(cpu, CNTP_CVAL, before + hour);
	expect("CNTP_CVAL", blank_mrs(cpu, CNTP_CVAL), before + hour);
	expect("the CPU's own", read_sysreg(CNTP_CVAL_EL0), before + hour);
	VERDICT("CNTP_CVAL_EL0 is the deadline that was written", SYSREGS);

	blank_msr(cpu, CNTP_CTL, CNT_CTL_ENABLE | CNT_CTL_IMASK);
	expect("CNTP_CTL before the deadline", blank_mrs(cpu, CNTP_CTL), CNT_CTL_ENABLE | CNT_CTL_IMASK);
	blank_msr(cpu, CNTP_CVAL, before);
	expect("CNTP_CTL after it", blank_mrs(cpu, CNTP_CTL),
	       CNT_CTL_ENABLE | CNT_CTL_IMASK | CNT_CTL_ISTATUS);
	VERDICT("CNTP_CTL_EL0.ISTATUS: the deadline has passed", SYSREGS);

	before = timer_now();
	blank_msr(cpu, CNTP_TVAL, 0x7fffffff);
	cval = blank_mrs(cpu, CNTP_CVAL);
	expect("CNTP_CVAL: no earlier than", cval >= before + 0x7fffffff, true);
	expect("CNTP_CVAL: no later than", cval <= timer_now() + 0x7fffffff, true);
	ahead = (int64_t)blank_mrs(cpu, CNTP_TVAL);
	expect("CNTP_TVAL counts down", ahead > 0 && ahead < 0x7fffffff, true);
	VERDICT("CNTP_TVAL_EL0: so many counts from now on", SYSREGS);

	before = timer_now();
	blank_msr(cpu, CNTP_TVAL, 0xffffffff00000000 | (uint32_t)-1000000);
	cval = blank_mrs(cpu, CNTP_CVAL);
	expect("CNTP_CVAL: no earlier than", cval >= before - 1000000, true);
	expect("CNTP_CVAL: no later than", cval <= timer_now() - 1000000, true);
	ahead = (int64_t)blank_mrs(cpu, CNTP_TVAL);
	expect("CNTP_TVAL: bits above 31", (uint64_t)ahead >> 32, 0);
	expect("CNTP_TVAL: its sign", (int32_t)ahead < -1000000, true);
	expect("ISTATUS", blank_mrs(cpu, CNTP_CTL) & CNT_CTL_ISTATUS, CNT_CTL_ISTATUS);
	VERDICT("CNTP_TVAL_EL0 has 32 bits and a sign: a deadline that has passed", SYSREGS);

	/* Its interrupt: the guest's GIC as it has to be for that. */
	write_device(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLE_GRP1 | GICD_CTLR_ARE);
	write_device(cpu, GICR_BASE + GICR_WAKER, 0);
	write_device(cpu, GICR_BASE + GICR_SGI_FRAME + GICD_ISENABLER, BIT(INTID_CNTP) | BIT(5));
	blank_msr(cpu, ICC_PMR, 0xf0);
	blank_msr(cpu, ICC_IGRPEN1, 1);
	expect("while IMASK is set", take_interrupt(cpu), GIC_SPURIOUS);
	blank_msr(cpu, CNTP_CTL, CNT_CTL_ENABLE);
	expect("when IMASK is clear", take_interrupt(cpu), INTID_CNTP);
	expect("once", take_interrupt(cpu), GIC_SPURIOUS);
	blank_msr(cpu, CNTP_CTL, CNT_CTL_ENABLE);
	expect("and again", take_interrupt(cpu), INTID_CNTP);
	VERDICT("it interrupts: PPI 30", SYSREGS);

	blank_msr(cpu, ICC_SGI1R, 5UL << 24 | 1);
	expect("the SGI", take_interrupt(cpu), 5);
	expect("once", take_interrupt(cpu), GIC_SPURIOUS);
	VERDICT("ICC_SGI1R_EL1: the guest gets the SGI that it sends to itself", SYSREGS);

	/* EL0, if EL1 lets it. */
	write_sysreg(CNTKCTL_EL1, CNTKCTL_EL0PTEN);
	EXECUTE(cpu, AT_EL0, INSN_MSR(CNTP_CVAL, 1), INSN_MRS(CNTP_CVAL, 0));
	vcpu_set_gpr(&cpu->vcpu, 1, 0x123456789);
	expect("the HVC at the end", blank_run(cpu).hvc, BLANK_END);
	expect("CNTP_CVAL", vcpu_gpr(&cpu->vcpu, 0), 0x123456789);
	write_sysreg(CNTKCTL_EL1, 0);
	EXECUTE(cpu, AT_EL0, INSN_MRS(CNTP_CVAL, 0));
	expect("the vector, when EL1 does not", blank_run(cpu).hvc, BLANK_VECTOR(FROM_EL0));
	expect("its class", ESR_EC(read_sysreg(ESR_EL1)), EC_SYS64);
	VERDICT("EL0 has the timer if EL1 says so (CNTKCTL_EL1)", SYSREGS);

	/* Where it does not trap it is the CPU's own. QEMU 7.2 has it trap at EL0. */
	before = timer_now();
	cval = blank_mrs(cpu, CNTPCT);
	expect("no earlier than", cval >= before, true);
	expect("no later than", cval <= timer_now(), true);
	write_sysreg(CNTKCTL_EL1, CNTKCTL_EL0PCTEN);
	EXECUTE(cpu, AT_EL0, INSN_MRS(CNTPCT, 0));
	before = timer_now();
	expect("the HVC at the end", blank_run(cpu).hvc, BLANK_END);
	cval = vcpu_gpr(&cpu->vcpu, 0);
	expect("at EL0: no earlier than", cval >= before, true);
	expect("at EL0: no later than", cval <= timer_now(), true);
	write_sysreg(CNTKCTL_EL1, 0);
	EXECUTE(cpu, AT_EL0, INSN_MRS(CNTPCT, 0));
	expect("the vector, when EL1 keeps it", blank_run(cpu).hvc, BLANK_VECTOR(FROM_EL0));
	expect("its class", ESR_EC(read_sysreg(ESR_EL1)), EC_SYS64);
	VERDICT("CNTPCT_EL0 is the counter; EL0 has it if EL1 says so", SYSREGS);
}

/* ---- MDSCR_EL1: software step ---------------------------------------------------------------- */

#define MDSCR	SYSREG_NUMBER(2, 0, 0, 2, 2)
#define OSLAR	SYSREG_NUMBER(2, 0, 1, 0, 4)
#define PFR0	SYSREG_NUMBER(3, 0, 0, 4, 0)

/* The guest itself returns to "to", with PSTATE.SS set: one instruction, and it is at its vector again. */
static struct blank_stop step(struct guest_cpu *cpu, uint64_t to, uint64_t pstate)
{
	write_sysreg(ELR_EL1, to);
	write_sysreg(SPSR_EL1, (pstate & ~SPSR_D) | SPSR_SS);
	isb();
	cpu->vcpu.frame.elr = BLANK_CODE;
	cpu->vcpu.frame.spsr = AT_EL1H;
	return blank_run(cpu);
}

static void expect_step(struct blank_stop stop, unsigned int from, unsigned int class, uint64_t elr)
{
	expect("the vector's HVC", stop.hvc, BLANK_VECTOR(from));
	expect("ESR_EL1.EC", ESR_EC(stop.esr), class);
	expect("ELR_EL1", stop.elr, elr);
}

void test_step(struct guest_cpu *cpu)
{
	const uint32_t code[] = { INSN_ERET, INSN_NOP, INSN_MRS(PFR0, 0), INSN_NOP, INSN_NOP };

	blank_msr(cpu, MDSCR, MDSCR_SS | MDSCR_KDE | BIT(3) | BIT(40));
	expect("MDSCR_EL1", blank_mrs(cpu, MDSCR), MDSCR_SS | MDSCR_KDE);
	VERDICT("MDSCR_EL1 keeps SS and KDE, and no bit that it has not", SYSREGS);

	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect_step(step(cpu, BLANK_CODE + 4, AT_EL1H), FROM_EL1H, EC_STEP_SAME, BLANK_CODE + 8);
	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect_step(step(cpu, BLANK_CODE + 4, AT_EL0), FROM_EL0, EC_STEP_LOWER, BLANK_CODE + 8);
	VERDICT("software step: one instruction at EL1, one at EL0", SYSREGS);

	/* One that the hypervisor does for it is an instruction like others. */
	vcpu_set_gpr(&cpu->vcpu, 0, 1);
	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect_step(step(cpu, BLANK_CODE + 8, AT_EL1H), FROM_EL1H, EC_STEP_SAME, BLANK_CODE + 12);
	expect("the register that it read", vcpu_gpr(&cpu->vcpu, 0), cpu->machine->ids.value[4][0]);
	VERDICT("an instruction that is emulated is one step", SYSREGS);

	/* With the OS lock set nothing steps: from the ERET it goes to the end. */
	blank_msr(cpu, OSLAR, 1);
	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect("the HVC at the end", step(cpu, BLANK_CODE + 4, AT_EL1H).hvc, BLANK_END);
	expect("OSLSR_EL1", blank_mrs(cpu, SYSREG_NUMBER(2, 0, 1, 1, 4)), 0xa);
	expect("MDSCR_EL1 is still what it was", blank_mrs(cpu, MDSCR), MDSCR_SS | MDSCR_KDE);
	blank_msr(cpu, OSLAR, 0);
	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect_step(step(cpu, BLANK_CODE + 4, AT_EL1H), FROM_EL1H, EC_STEP_SAME, BLANK_CODE + 8);
	VERDICT("not while the OS Lock is set", SYSREGS);

	blank_msr(cpu, MDSCR, 0);
	blank_code(cpu, AT_EL1H, code, ARRAY_SIZE(code));
	expect("the HVC at the end", step(cpu, BLANK_CODE + 4, AT_EL1H).hvc, BLANK_END);
	VERDICT("nor without MDSCR_EL1.SS", SYSREGS);
}

/* ---- Caches by set and way, and the watch that follows --------------------------------------- */

#define DC_ISW		SYSREG_NUMBER(1, 0, 7, 6, 2)
#define DC_CSW		SYSREG_NUMBER(1, 0, 7, 10, 2)
#define DC_CISW		SYSREG_NUMBER(1, 0, 7, 14, 2)
#define SCTLR		SYSREG_NUMBER(3, 0, 1, 0, 0)
#define TTBR1		SYSREG_NUMBER(3, 0, 2, 0, 1)
#define CONTEXTIDR	SYSREG_NUMBER(3, 0, 13, 0, 1)

static bool is_watched(void)
{
	return read_sysreg(HCR_EL2) & HCR_TVM;
}

/* How many exits an MSR is. */
static unsigned int exits_of_msr(struct guest_cpu *cpu, unsigned int number, uint64_t value)
{
	unsigned int before = sysreg_exits;

	blank_msr(cpu, number, value);
	return sysreg_exits - before;
}

static unsigned int sgis;

static enum irq_result handle_sgi(uint32_t intid)
{
	sgis += intid == SGI_TEST;
	return IRQ_HANDLED;
}

/* DC CSW at EL1, as its handler gets it: with an interrupt of the host's pending, or none. */
static void flush(struct guest_cpu *cpu, bool pending, enum exit_reason reason)
{
	const uint64_t esr = (uint64_t)EC_SYS64 << ESR_EC_SHIFT | ESR_IL_MASK | FIELD_PREP(SYS64_RT, 31) |
			     SYS64_REG(1, 0, 7, 10, 2);

	blank_msr(cpu, SCTLR, BLANK_SCTLR | SCTLR_EL1_M | SCTLR_EL1_C);		/* ends the watch */
	blank_msr(cpu, SCTLR, BLANK_SCTLR);
	expect("a watch", is_watched(), false);
	cpu->vcpu.frame.elr = BLANK_CODE;
	cpu->vcpu.frame.spsr = AT_EL1H;
	sgis = 0;
	if (pending)
		gicv3_send_sgi(this_cpu()->mpidr, SGI_TEST);
	expect("the reason", exit_handlers[EC_SYS64](cpu, esr), reason);
	expect("interrupts", sgis, pending);
	expect("the next instruction", cpu->vcpu.frame.elr, BLANK_CODE + 4);
	expect("a watch, then", is_watched(), true);
}

void test_set_way(struct guest_cpu *cpu, struct guest_cpu *other)
{
	static const unsigned int ops[] = { DC_ISW, DC_CSW, DC_CISW };
	const uint64_t on = BLANK_SCTLR | SCTLR_EL1_M | SCTLR_EL1_C;
	enum irq_result (*hook)(uint32_t intid) = host_irq_hook;
	unsigned int n;

	blank_mmu_on(cpu, 0);
	blank_mmu_off(cpu);			/* its tables are in place */
	expect("a watch before", is_watched(), false);
	for (n = 0; n < ARRAY_SIZE(ops); n++) {
		expect("exits", exits_of_msr(cpu, ops[n], 0), 1);
		expect("a watch", is_watched(), true);
	}
	VERDICT("DC ISW, CSW, CISW: done, and the guest's caches are watched", SYSREGS);

	expect("exits of MSR TTBR1_EL1", exits_of_msr(cpu, TTBR1, 0x41234000), 1);
	expect("TTBR1_EL1", blank_mrs(cpu, SYSREG_NUMBER(3, 0, 2, 0, 1)), 0x41234000);
	expect("exits of MSR CONTEXTIDR_EL1", exits_of_msr(cpu, CONTEXTIDR, 0x77), 1);
	expect("CONTEXTIDR_EL1", blank_mrs(cpu, CONTEXTIDR), 0x77);
	expect("exits of MSR SCTLR_EL1 that leaves them off", exits_of_msr(cpu, SCTLR, BLANK_SCTLR), 1);
	expect("a watch", is_watched(), true);
	VERDICT("watched: writes of its translation registers trap, and are done", SYSREGS);

	guest_cpu_put(cpu);
	guest_cpu_load(other);
	expect("a watch of another's guest", is_watched(), false);
	guest_cpu_put(other);
	guest_cpu_load(cpu);
	expect("a watch", is_watched(), true);
	VERDICT("it goes with the vCPU, and not to another", SYSREGS);

	expect("exits of MSR SCTLR_EL1 that switches them on", exits_of_msr(cpu, SCTLR, on), 1);
	expect("SCTLR_EL1", blank_mrs(cpu, SCTLR), on);
	expect("a watch", is_watched(), false);
	expect("exits of MSR TTBR1_EL1", exits_of_msr(cpu, TTBR1, 0), 0);
	expect("TTBR1_EL1", blank_mrs(cpu, TTBR1), 0);
	VERDICT("caches on: the watch ends, and writes do not trap", SYSREGS);

	expect("exits of MSR SCTLR_EL1 that switches them off", exits_of_msr(cpu, SCTLR, BLANK_SCTLR), 0);
	expect("exits of DC CISW", exits_of_msr(cpu, DC_CISW, 0), 1);
	expect("a watch", is_watched(), true);
	expect("exits of MSR SCTLR_EL1", exits_of_msr(cpu, SCTLR, on), 1);
	expect("a watch then", is_watched(), false);
	blank_msr(cpu, SCTLR, BLANK_SCTLR);
	VERDICT("and all over again", SYSREGS);

	host_irq_hook = handle_sgi;
	flush(cpu, true, EXIT_EXTERNAL_INTERRUPT);
	flush(cpu, false, EXIT_NOTHING);
	blank_msr(cpu, SCTLR, on);
	blank_msr(cpu, SCTLR, BLANK_SCTLR);
	host_irq_hook = hook;
	VERDICT("while all memory is flushed, the host's interrupts are handled, and the host gets to know", SYSREGS);
}
