// SPDX-License-Identifier: MIT
/*
 * wfx.c - a guest that waits: WFI sleeps until there is an interrupt for it, and no longer, and not if there
 * is one already; WFE does not sleep.
 *
 * A CPU need not trap a WFI that would not sleep anyway (Arm ARM, "Traps of WFI"), and QEMU does not, where it
 * knows. So the handler is also called with a syndrome of ours.
 */
#include "gic_puppet.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/layout.h"
#include "drivers/timer.h"
#include "inject.h"
#include "percpu.h"
#include "smp.h"
#include "timeout.h"
#include "virtual_gic.h"

#define SGI		3
#define SPI		40
#define OFFSET		0x123456789		/* CNTVOFF_EL2: the guest's time is not the host's */
#define A_WHILE		(timer_frequency() / 100)	/* 10 ms */

/* As late as a busy machine may let QEMU be. */
#define LATE		(timer_frequency() / 2)

#define INSN_WFIT(x)	(0xd5031020U | (x))
#define INSN_WFET(x)	(0xd5031000U | (x))

static struct machine machine;
static struct guest_cpu *cpu;

static uint64_t guest_now(void)
{
	return timer_now() - OFFSET;
}

static void sgi_to_self(void)
{
	puppet_msr(cpu, REG_SGI1R, gic_sgi1r(0, SGI));
}

/* ---- As the guest does it ----------------------------------------------------------------------------------- */

/* An instruction, until it halts or the guest comes back with its report; host interrupts do not count. */
static enum exit_reason execute(uint32_t instruction, uint64_t x0)
{
	enum exit_reason reason;

	puppet_order(cpu, PUPPET_EXECUTE, instruction, x0, 0);
	do
		reason = machine_run(cpu);
	while (reason == EXIT_EXTERNAL_INTERRUPT);
	return reason;
}

/* After EXIT_HALT the guest goes on behind the instruction, if the host lets it. */
static void go_on(void)
{
	puppet_answer(cpu, host_run(cpu));
}

static void halts(const char *what)
{
	enum exit_reason reason = execute(INSN_WFI, 0);

	TAP_EQ(reason, EXIT_HALT, what, WFX);
	if (reason == EXIT_HALT)
		go_on();
}

static void goes_on(const char *what)
{
	enum exit_reason reason = execute(INSN_WFI, 0);

	TAP_EQ(reason, EXIT_HYPERCALL, what, WFX);
	if (reason == EXIT_HALT)
		go_on();
}

/* ---- As the handler sees it ------------------------------------------------------------------------------------- */

/* What it says of a WFx with this ISS; and it has skipped the instruction. */
static void handled(uint64_t iss, enum exit_reason want, const char *what)
{
	struct trap_frame *frame = &cpu->vcpu.frame;
	uint64_t elr = frame->elr;
	enum exit_reason reason = exit_handlers[EC_WFX](cpu, (uint64_t)EC_WFX << ESR_EC_SHIFT | ESR_IL_MASK | iss);

	if (frame->elr != elr + 4)
		reason = EXIT_REASONS;
	frame->elr = elr;
	TAP_EQ(reason, want, what, WFX);
}

/* ---- WFI ------------------------------------------------------------------------------------------------------------- */

static void test_wfi(void)
{
	uint64_t enable = puppet_gic_register(cpu, GICD_ISENABLER, SGI, 1);
	uint64_t disable = puppet_gic_register(cpu, GICD_ICENABLER, SGI, 1);

	TAP_EQ(execute(INSN_WFI, 0), EXIT_HALT, "WFI, nothing pending: HALT", WFX);
	TAP_EQ(cpu->exit.halt.until, UINT64_MAX, "without an end", WFX);
	go_on();

	sgi_to_self();
	goes_on("an interrupt is pending, and masked by PSTATE.I: WFI goes on");
	handled(WFX_TI_WFI, EXIT_NOTHING, "so says the handler, if it is asked");
	puppet_write(cpu, disable, BIT(SGI));
	halts("it is pending, and disabled: HALT");
	puppet_write(cpu, enable, BIT(SGI));
	goes_on("it is enabled again: WFI goes on");
	puppet_msr(cpu, REG_PMR, 0xa0);
	halts("masked by ICC_PMR_EL1: HALT");
	puppet_msr(cpu, REG_PMR, 0xa8);
	goes_on("not masked by ICC_PMR_EL1, just: WFI goes on");
	puppet_msr(cpu, REG_IGRPEN(1), 0);
	halts("its group is disabled in the CPU interface: HALT");
	puppet_msr(cpu, REG_IGRPEN(1), 1);
	puppet_write(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLE_GRP0);
	halts("its group is disabled in the distributor: HALT");
	puppet_write(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), SGI, "the guest acknowledges it", GIC);
	halts("active is not pending: HALT");
	puppet_msr(cpu, REG_EOIR(1), SGI);
	puppet_msr(cpu, REG_PMR, 0xf8);
}

/*
 * In a handler: one is active, and another pending that is less urgent. No CPU has to sleep then, and ours
 * does not. But to find that out, the list registers were taken over into the model; what is active and
 * pending must neither get lost nor come twice for it, even if there is no other exit meanwhile.
 */
static void test_in_handler(void)
{
	struct puppet_answer answer;

	puppet_write(cpu, puppet_gic_register(cpu, GICD_IPRIORITYR, 4, 8), 0x20);	/* INTID 4's */
	sgi_to_self();
	puppet_msr(cpu, REG_SGI1R, gic_sgi1r(0, 4));
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), 4, "the more urgent one of two is acknowledged", GIC);
	goes_on("in its handler, the other one is pending: WFI goes on");
	puppet_msr(cpu, REG_EOIR(1), 4);
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), SGI, "then the other one comes", GIC);
	puppet_msr(cpu, REG_EOIR(1), SGI);

	sgi_to_self();
	puppet_msr(cpu, REG_SGI1R, gic_sgi1r(0, 4));
	puppet(cpu, PUPPET_MODE, MODE_WFI, 0, 0);
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.taken, 2, "two interrupts, WFI in the handler of one: both come, once", GIC);
	TAP_EQ(answer.intids[0] << 8 | answer.intids[1], 4 << 8 | SGI, "the more urgent one first", GIC);
	puppet(cpu, PUPPET_MODE, 0, 0, 0);
	TAP_EQ(puppet_read(cpu, puppet_gic_register(cpu, GICD_ISPENDR, 0, 1)), 0, "nothing is left pending", GIC);
	TAP_EQ(puppet_read(cpu, puppet_gic_register(cpu, GICD_ISACTIVER, 0, 1)), 0, "or active", GIC);
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), GIC_SPURIOUS, "and nothing comes again", GIC);
}

/* ---- The end of a wait -------------------------------------------------------------------------------------------- */

/* Waiting ended at the deadline: in counts, not before, and not much later. */
static void ended_at(uint64_t deadline, const char *what)
{
	uint64_t now = timer_now();

	TAP_OK(now >= deadline && now < deadline + LATE, what, WFX);
}

/*
 * The deadline is set when the guest has halted: on a busy machine it might be over before. Some ticks of the
 * host's come first.
 */
static void test_timer(bool move)
{
	struct puppet_answer answer;
	uint64_t deadline;

	puppet_msr(cpu, REG_CNTV_CVAL, UINT64_MAX);
	puppet_msr(cpu, REG_CNTV_CTL, CNT_CTL_ENABLE);
	TAP_EQ(execute(INSN_WFI, 0), EXIT_HALT, "its timer is still to come: HALT", WFX);
	host_ticks_start(1000);
	deadline = guest_now() + A_WHILE;
	write_sysreg(CNTV_CVAL_EL0, deadline);
	if (move) {
		guest_cpu_put(cpu);
		guest_cpu_load(cpu);
	}
	guest_cpu_wait(cpu);
	ended_at(deadline + OFFSET, move ? "put and loaded meanwhile, it still wakes up by its timer" :
					   "it wakes up by its timer, and not before");
	TAP_OK(host_ticks.count, "the host's own timer has ticked on, and woken nobody", WFX);
	host_ticks_stop();
	go_on();
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.taken << 8 | answer.intids[0], 1 << 8 | INTID_CNTV, "then it takes the timer's interrupt", WFX);
	halts("once: HALT");
}

static struct timeout line_rises;
static uint64_t risen;

static void raise_line(struct timeout *timeout)
{
	(void)timeout;
	vgic_pulse(&machine.gic, 0, SPI);
	vgic_set_level(&machine.gic, 0, SPI + 1, true);
	risen = timer_now();
}

static void test_line(void)
{
	struct puppet_answer answer;

	puppet_write(cpu, puppet_gic_register(cpu, GICD_ICFGR, SPI, 2), 2U << SPI % 16 * 2);
	puppet_write(cpu, puppet_gic_register(cpu, GICD_IPRIORITYR, SPI, 8), 0xa0a0a090);
	TAP_EQ(execute(INSN_WFI, 0), EXIT_HALT, "nothing pending: HALT", WFX);
	timeout_set(&line_rises, timer_deadline_us(700), raise_line);
	risen = 0;
	guest_cpu_wait(cpu);
	TAP_OK(risen && timer_now() >= risen, "a device of the host's wakes it up", WFX);
	go_on();
	answer = puppet(cpu, PUPPET_MODE, MODE_KEEP, 0, 0);
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.intids[0], SPI, "and its interrupt is taken", GIC);
	vgic_set_level(&machine.gic, 0, SPI + 1, false);
	puppet(cpu, PUPPET_MODE, 0, 0, 0);
	puppet_msr(cpu, REG_EOIR(1), SPI);
	halts("the other line has fallen before that was taken: HALT");
}

/* A vCPU that halted, and was put: its host may ask whether there is a reason to load it. */
static void test_put(void)
{
	TAP_EQ(execute(INSN_WFI, 0), EXIT_HALT, "nothing pending: HALT", WFX);
	guest_cpu_put(cpu);
	TAP_EQ(virtual_gic_pending(cpu), false, "not loaded: nothing is pending for it", WFX);
	vgic_pulse(&machine.gic, 0, SPI);
	TAP_EQ(virtual_gic_pending(cpu), true, "then something is", WFX);
	guest_cpu_load(cpu);
	guest_cpu_wait(cpu);
	go_on();
	TAP_EQ(puppet(cpu, PUPPET_TAKE, 0, 0, 0).taken, 1, "which it takes when it is loaded", WFX);
}

static void test_serror(void)
{
	struct puppet_answer answer;

	TAP_EQ(execute(INSN_WFI, 0), EXIT_HALT, "nothing pending: HALT", WFX);
	inject_serror(&cpu->vcpu, 0);
	guest_cpu_wait(cpu);
	handled(WFX_TI_WFI, EXIT_NOTHING, "a virtual SError is pending: no HALT, and a wait ends");
	go_on();
	/* msr DAIFClr, #4: it is taken there, and then gone. */
	answer = puppet(cpu, PUPPET_EXECUTE, 0xd50344ff, 0, 0);
	TAP_EQ(answer.esr >> ESR_EC_SHIFT, EC_SERROR, "the guest takes it", WFX);
	halts("once: HALT");
}

/* ---- WFE, and those with a time-out --------------------------------------------------------------------------- */

static void test_wfe(void)
{
	uint64_t before = exit_log_total(&cpu->log);

	TAP_EQ(execute(INSN_WFE, 0), EXIT_HYPERCALL, "WFE does not sleep", WFX);
	TAP_EQ(exit_log_total(&cpu->log) - before, 1, "and makes no exit", WFX);
	TAP_EQ(read_sysreg(HCR_EL2) & HCR_TWE, 0, "nor would it where it could: HCR_EL2.TWE is 0", WFX);
	handled(WFX_TI_WFE, EXIT_NOTHING, "if it made one, it would be skipped");
	handled(WFX_TI_WFET, EXIT_NOTHING, "and so would be WFET");
}

#define WFIT_X7		(WFX_TI_WFIT | WFX_RV | FIELD_PREP(WFX_RN, 7))

static void test_wfit(void)
{
	uint64_t deadline;

	vcpu_set_gpr(&cpu->vcpu, 7, guest_now());
	handled(WFIT_X7, EXIT_NOTHING, "WFIT, its time is over: it goes on");
	deadline = guest_now() + 3 * A_WHILE;
	vcpu_set_gpr(&cpu->vcpu, 7, deadline);
	handled(WFIT_X7, EXIT_HALT, "WFIT, its time is to come: HALT");
	TAP_EQ(cpu->exit.halt.until, deadline + OFFSET, "until then, by the host's counter", WFX);
	guest_cpu_wait(cpu);
	ended_at(deadline + OFFSET, "the wait ends at that time, and not before");
	handled(WFX_TI_WFIT, EXIT_NOTHING, "a WFIT that does not say where its time is (RV = 0): it goes on");
	vcpu_set_gpr(&cpu->vcpu, 7, guest_now() + 1000 * A_WHILE);
	sgi_to_self();
	handled(WFIT_X7, EXIT_NOTHING, "WFIT, and an interrupt is pending: it goes on");
	TAP_EQ(puppet(cpu, PUPPET_TAKE, 0, 0, 0).taken, 1, "which then comes, once", WFX);

	/* As an instruction, where there is one. */
	if (!FIELD_GET(GENMASK(3, 0), read_sysreg(ID_AA64ISAR2_EL1))) {
		TAP_SKIP("WFIT as an instruction", "the CPU has no FEAT_WFxT");
		return;
	}
	deadline = guest_now() + A_WHILE;
	if (execute(INSN_WFIT(0), deadline) == EXIT_HALT)
		go_on();
	ended_at(deadline + OFFSET, "WFIT as an instruction");
}

/* ---- Woken by another CPU -------------------------------------------------------------------------------------- */

static uint32_t waiting, answered;

/* The second CPU rings when the first one's vCPU has halted. */
static void second_cpu(struct percpu *here)
{
	if (here->id != 1)
		return;
	while (!__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
		;
	while (!timer_passed(line_rises.deadline))
		;
	__atomic_store_n(&answered, 1, __ATOMIC_RELEASE);
	vgic_pulse(&machine.gic, 0, SPI);
}

static void test_kick(void)
{
	const char *what = "another CPU wakes it up";

	if (host_start_others(second_cpu) < 2) {
		TAP_SKIP(what, "there is one CPU");
		return;
	}
	execute(INSN_WFI, 0);
	line_rises.deadline = timer_deadline_us(500);
	__atomic_store_n(&waiting, 1, __ATOMIC_RELEASE);
	guest_cpu_wait(cpu);
	TAP_EQ(__atomic_load_n(&answered, __ATOMIC_ACQUIRE), 1, what, WFX);
	go_on();
	TAP_EQ(puppet(cpu, PUPPET_TAKE, 0, 0, 0).intids[0], SPI, "and the interrupt is taken", WFX);
}

void main(void)
{
	host_start();
	tap_plan(12 + 8 + 2 * 5 + 4 + 4 + 4 + 5 + 8 + 2);
	puppet_machine(&machine, "waits", 1);
	cpu = &machine.cpus[0];
	cpu->vcpu.sysregs.cntvoff_el2 = OFFSET;
	guest_cpu_load(cpu);
	puppet_gic_on(cpu, 0);
	test_wfi();
	test_in_handler();
	test_timer(false);
	test_timer(true);
	test_line();
	test_put();
	test_serror();
	test_wfe();
	test_wfit();
	test_kick();
	guest_cpu_put(cpu);
	tap_done();
}
