// SPDX-License-Identifier: MIT
/*
 * guest_timers.c - the timers of guests, and the physical interrupts behind them: each guest gets its own
 * ticks, all of them, whoever else uses the CPU meanwhile and wherever it goes; and whatever a guest does to
 * its timer, the interrupt can come again.
 */
#include "gic_puppet.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/layout.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "percpu.h"
#include "smp.h"
#include "virtual_gic.h"

static struct machine a, b;

/* The two timers of a guest. */
static const struct guest_timer {
	const char *name;
	uint32_t intid, ctl, cval;
} timers[] = {
	{ "virtual", INTID_CNTV, REG_CNTV_CTL, REG_CNTV_CVAL },
	{ "physical", INTID_CNTP, REG_CNTP_CTL, REG_CNTP_CVAL },
};

/* Is the physical interrupt active on this CPU? */
static bool is_active(uint32_t intid)
{
	return mmio_read32(this_cpu()->gicr + GICR_SGI_FRAME + GICD_ISACTIVER) & BIT(intid);
}

static bool none_active(void)
{
	return !is_active(INTID_CNTV) && !is_active(INTID_CNTP);
}

static bool reads(struct guest_cpu *cpu, uint32_t array, uint32_t intid)
{
	return puppet_read(cpu, puppet_gic_register(cpu, array, intid, 1)) & BIT(intid % 32);
}

static void write_bit(struct guest_cpu *cpu, uint32_t array, uint32_t intid)
{
	puppet_write(cpu, puppet_gic_register(cpu, array, intid, 1), (uint32_t)BIT(intid % 32));
}

/* The timer's time is over at once. The report's HVC is an exit more: by then the interrupt has come. */
static void fire(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->cval, 0);
	puppet_msr(cpu, timer->ctl, CNT_CTL_ENABLE);
	puppet_msr(cpu, REG_PMR, GIC_PRIORITY_MASK_NONE);
}

/* How often the interrupt is taken when it may; 100: it was another one. The handler turns the timer off. */
static unsigned int take(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	struct puppet_answer answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);

	return answer.taken && answer.intids[0] != timer->intid ? 100 : answer.taken;
}

/* ---- The state of one interrupt ---------------------------------------------------------------------- */

static void test_states(const struct guest_timer *timer)
{
	struct guest_cpu *cpu = &a.cpus[0];
	uint64_t before;

	printf("# the %s timer\n", timer->name);
	fire(cpu, timer);
	TAP_EQ(is_active(timer->intid), true, "it has fired: active in the physical GIC, so that it comes once", GIC);
	TAP_EQ(reads(cpu, GICD_ISPENDR, timer->intid), true, "pending for the guest", GIC);
	TAP_EQ(reads(cpu, GICD_ISACTIVER, timer->intid), false, "and not active", GIC);
	before = cpu->log.counts[EXIT_EXTERNAL_INTERRUPT];
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), timer->intid, "acknowledged", GIC);
	TAP_EQ(reads(cpu, GICD_ISACTIVER, timer->intid), true, "it is active for the guest", GIC);
	puppet_msr(cpu, timer->ctl, 0);
	puppet_msr(cpu, REG_EOIR(1), timer->intid);
	TAP_EQ(is_active(timer->intid), false, "ended: no more active in the physical GIC", GIC);
	TAP_EQ(cpu->log.counts[EXIT_EXTERNAL_INTERRUPT] - before, 0, "without an exit for that", GIC);
	TAP_EQ(reads(cpu, GICD_ISPENDR, timer->intid), false, "nor pending for the guest", GIC);

	/* The line stays high: it comes again, until the guest sees to it. */
	fire(cpu, timer);
	TAP_EQ(puppet_mrs(cpu, REG_IAR(1)), timer->intid, "it fires again", GIC);
	puppet_msr(cpu, REG_EOIR(1), timer->intid);
	TAP_EQ(take(cpu, timer), 1, "ended with the timer as it is, it comes again", GIC);
	TAP_EQ(take(cpu, timer), 0, "and not when the timer is off", GIC);

	/* A guest that does not want it: nobody is bothered for ever. */
	write_bit(cpu, GICD_ICENABLER, timer->intid);
	before = cpu->log.counts[EXIT_EXTERNAL_INTERRUPT];
	fire(cpu, timer);
	TAP_EQ(take(cpu, timer), 0, "disabled in the guest's GIC, it does not come", GIC);
	TAP_EQ(reads(cpu, GICD_ISPENDR, timer->intid), true, "but is pending, as its line is high", GIC);
	puppet_msr(cpu, timer->ctl, CNT_CTL_ENABLE | CNT_CTL_IMASK);
	TAP_EQ(reads(cpu, GICD_ISPENDR, timer->intid), false, "masked at the timer, it is not", GIC);
	puppet_msr(cpu, timer->ctl, CNT_CTL_ENABLE);
	TAP_EQ(reads(cpu, GICD_ISPENDR, timer->intid), true, "and no more masked, it is again", GIC);
	puppet(cpu, PUPPET_TAKE, timer_frequency() / 1000, 0, 0);
	TAP_OK(cpu->log.counts[EXIT_EXTERNAL_INTERRUPT] - before < 5, "and the host hears of it once", GIC);
	write_bit(cpu, GICD_ISENABLER, timer->intid);
	TAP_EQ(take(cpu, timer), 1, "enabled, it comes", GIC);
	TAP_EQ(none_active(), true, "in the end none is active in the physical GIC", GIC);
}

/* ---- A timer that is turned off too late ----------------------------------------------------------------- */

static void group_off(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->ctl, 0);
	puppet_write(cpu, GICD_BASE + GICD_CTLR, 0);
	puppet_write(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
}

static void off_and_taken(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->ctl, 0);
	take(cpu, timer);		/* it may come, and may not */
}

static void disabled(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->ctl, CNT_CTL_ENABLE | CNT_CTL_IMASK);
	write_bit(cpu, GICD_ICENABLER, timer->intid);
	write_bit(cpu, GICD_ISENABLER, timer->intid);
}

static void away(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->ctl, 0);
	guest_cpu_put(cpu);
	guest_cpu_load(cpu);
}

static void moved_on(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->cval, UINT64_MAX);
	write_bit(cpu, GICD_ICPENDR, timer->intid);
}

/* What a look shows. */
static bool shown_pending;

static void looked_at(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_msr(cpu, timer->ctl, CNT_CTL_IMASK);
	shown_pending = reads(cpu, GICD_ISPENDR, timer->intid);
}

/* By ICACTIVER, before the end in its handler, which is then the end of nothing. */
static void deactivated(struct guest_cpu *cpu, const struct guest_timer *timer)
{
	puppet_mrs(cpu, REG_IAR(1));
	puppet_msr(cpu, timer->ctl, 0);
	write_bit(cpu, GICD_ICACTIVER, timer->intid);
	puppet_msr(cpu, REG_EOIR(1), timer->intid);
}

static void test_turned_off(const struct guest_timer *timer)
{
	static const struct {
		const char *how;
		void (*turn_off)(struct guest_cpu *cpu, const struct guest_timer *timer);
	} ways[] = {
		{ "turned off, then interrupts let through", off_and_taken },
		{ "masked, and disabled in the GIC", disabled },
		{ "turned off, and all interrupts with it", group_off },
		{ "turned off, and the vCPU put and loaded", away },
		{ "moved on, and cleared in the GIC", moved_on },
		{ "masked, and looked at in the GIC", looked_at },
		{ "acknowledged, turned off, and deactivated in the GIC", deactivated },
	};
	struct guest_cpu *cpu = &a.cpus[0];
	unsigned int n;

	printf("# the %s timer has fired, and is ...\n", timer->name);
	for (n = 0; n < ARRAY_SIZE(ways); n++) {
		unsigned int comes;

		fire(cpu, timer);
		shown_pending = false;
		ways[n].turn_off(cpu, timer);
		comes = take(cpu, timer) << 8 | (unsigned int)shown_pending << 12;
		comes |= none_active() << 4;
		fire(cpu, timer);
		comes |= take(cpu, timer);
		TAP_EQ(comes, 0x011, ways[n].how, GIC);
	}
}

/* ---- Two machines ------------------------------------------------------------------------------------------- */

/* Pending or active for one of them is nothing to the other. */
static void test_two(const struct guest_timer *timer, bool acknowledged)
{
	struct guest_cpu *one = &a.cpus[0], *other = &b.cpus[0];

	printf("# the %s timer, %s\n", timer->name, acknowledged ? "acknowledged" : "pending");
	fire(one, timer);
	if (acknowledged)
		puppet_mrs(one, REG_IAR(1));
	guest_cpu_put(one);
	TAP_EQ(none_active(), true, "without its vCPU it is not active in the physical GIC", GIC);
	guest_cpu_load(other);
	TAP_EQ(take(other, timer), 0, "the other machine has not got it", GIC);
	fire(other, timer);
	TAP_EQ(take(other, timer), 1, "and gets its own", GIC);
	guest_cpu_put(other);
	guest_cpu_load(one);
	TAP_EQ(is_active(timer->intid), true, "with its vCPU it is active again", GIC);
	if (acknowledged) {
		puppet_msr(one, timer->ctl, 0);
		puppet_msr(one, REG_EOIR(1), timer->intid);
	}
	TAP_EQ(take(one, timer), !acknowledged, "and comes once in all", GIC);
	TAP_EQ(none_active(), true, "in the end none is active in the physical GIC", GIC);
}

/* ---- Ticks ------------------------------------------------------------------------------------------------------ */

/*
 * A guest whose timers move their own deadlines on, from tick to tick. So the number of ticks is what the
 * deadlines say, late or not. Deadlines are in the guest's time, and each machine has another.
 */
static struct ticker {
	struct guest_cpu *cpu;
	uint64_t period, first[2];
	unsigned int turns;
	bool done;
} tickers[2];

static void start_ticker(struct ticker *ticker, struct machine *machine, uint64_t period, uint64_t counts)
{
	struct guest_cpu *cpu = &machine->cpus[0];
	unsigned int n;

	*ticker = (struct ticker){ .cpu = cpu, .period = period };
	guest_cpu_load(cpu);
	puppet(cpu, PUPPET_MODE, MODE_REARM | period << 32, 0, 0);
	for (n = 0; n < 2; n++) {
		ticker->first[n] = timer_now() + period / 3 * (n + 1);
		if (n == 0)
			ticker->first[n] -= cpu->vcpu.sysregs.cntvoff_el2;
		puppet_msr(cpu, timers[n].cval, ticker->first[n]);
		puppet_msr(cpu, timers[n].ctl, CNT_CTL_ENABLE);
	}
	guest_cpu_put(cpu);
	puppet_order(cpu, PUPPET_TAKE, counts, 0, 0);
}

/* After its order: that many ticks are still to be accounted for. 0 is right. */
static uint64_t missing(struct ticker *ticker)
{
	struct guest_cpu *cpu = ticker->cpu;
	struct puppet_answer answer = puppet_answer(cpu, EXIT_HYPERCALL);
	uint64_t ticks = 0;
	unsigned int n;

	guest_cpu_load(cpu);
	for (n = 0; n < 2; n++) {
		puppet_msr(cpu, timers[n].ctl, 0);
		ticks += (puppet_mrs(cpu, timers[n].cval) - ticker->first[n]) / ticker->period;
	}
	puppet(cpu, PUPPET_MODE, 0, 0, 0);
	/* One that fired just now, and was turned off: see above. */
	puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	guest_cpu_put(cpu);
	if (ticks < 10 || !answer.taken)
		return 1000;
	return ticks - answer.taken;
}

/*
 * Some exits, and some more when it has been here for a hundred times: on a busy machine more ticks may fall
 * due between two turns than a turn is long, and the guest would never get beyond its handler.
 */
static void turn(struct ticker *ticker)
{
	unsigned int exits = ticker->turns++ < 100 ? (unsigned int)(host_random() % 8) : UINT32_MAX;
	enum exit_reason reason;

	if (ticker->done || guest_cpu_load(ticker->cpu))
		return;
	do
		reason = machine_run(ticker->cpu);
	while (reason == EXIT_EXTERNAL_INTERRUPT && exits--);
	ticker->done = reason != EXIT_EXTERNAL_INTERRUPT;
	guest_cpu_put(ticker->cpu);
}

static void test_ticks(void)
{
	uint64_t ms = timer_frequency() / 1000;

	start_ticker(&tickers[0], &a, ms, 40 * ms);
	start_ticker(&tickers[1], &b, ms * 7 / 5, 40 * ms);
	host_ticks_start(700);
	while (!tickers[0].done || !tickers[1].done) {
		turn(&tickers[0]);
		turn(&tickers[1]);
	}
	host_ticks_stop();
	TAP_EQ(missing(&tickers[0]), 0, "two machines take turns: one gets exactly its ticks", GIC);
	TAP_EQ(missing(&tickers[1]), 0, "and so does the other", GIC);
	TAP_EQ(none_active(), true, "none is left active in the physical GIC", GIC);
}

/* ---- Another CPU --------------------------------------------------------------------------------------------------- */

/* A function for CPU 1, and what it gives. */
static unsigned int (*job)(void);
static unsigned int job_result;

static void do_jobs(struct percpu *here)
{
	unsigned int (*now)(void);

	if (here->id != 1)
		return;
	for (;;) {
		while (!(now = __atomic_load_n(&job, __ATOMIC_ACQUIRE)))
			;
		job_result = now();
		__atomic_store_n(&job, NULL, __ATOMIC_RELEASE);
	}
}

static unsigned int over_there(unsigned int (*function)(void))
{
	__atomic_store_n(&job, function, __ATOMIC_RELEASE);
	while (__atomic_load_n(&job, __ATOMIC_ACQUIRE))
		;
	return job_result;
}

static const struct guest_timer *moving;

/* It was pending, or acknowledged, on CPU 0: is it active here, does it come or end, is it over then? */
static unsigned int take_there(void)
{
	struct guest_cpu *cpu = &a.cpus[0];
	unsigned int result;

	guest_cpu_load(cpu);
	result = is_active(moving->intid);
	result |= take(cpu, moving) << 4;
	result |= none_active() << 8;
	guest_cpu_put(cpu);
	return result;
}

static unsigned int end_there(void)
{
	struct guest_cpu *cpu = &a.cpus[0];
	unsigned int result;

	guest_cpu_load(cpu);
	result = is_active(moving->intid);
	puppet_msr(cpu, moving->ctl, 0);
	puppet_msr(cpu, REG_EOIR(1), moving->intid);
	result |= none_active() << 4;
	fire(cpu, moving);
	result |= take(cpu, moving) << 8;
	guest_cpu_put(cpu);
	return result;
}

static unsigned int turn_there(void)
{
	turn(&tickers[0]);
	return !none_active();
}

static void test_migration(void)
{
	struct guest_cpu *cpu = &a.cpus[0];
	uint64_t ms = timer_frequency() / 1000;
	unsigned int n, moves = 0, left = 0;
	uint64_t lost = 0;

	for (n = 0; n < 2; n++) {
		moving = &timers[n];
		printf("# the %s timer\n", moving->name);
		guest_cpu_load(cpu);
		fire(cpu, moving);
		guest_cpu_put(cpu);
		TAP_EQ(over_there(take_there), 0x111, "pending, it goes to another CPU: active there, taken, over", GIC);
		guest_cpu_load(cpu);
		TAP_EQ(take(cpu, moving) << 4 | none_active(), 1, "and nothing of it is left here", GIC);
		fire(cpu, moving);
		puppet_mrs(cpu, REG_IAR(1));
		guest_cpu_put(cpu);
		TAP_EQ(over_there(end_there), 0x111, "acknowledged, it goes there: active, ended, and comes again", GIC);
		guest_cpu_load(cpu);
		TAP_EQ(take(cpu, moving) << 4 | none_active(), 1, "and nothing of it is left here", GIC);
		guest_cpu_put(cpu);
	}

	host_ticks_start(700);
	/* More than once where QEMU is so slow that it has hardly moved in its 30 ms. */
	for (n = 0; n < 50 && moves <= 5; n++) {
		start_ticker(&tickers[0], &a, ms, 30 * ms);
		while (!tickers[0].done) {
			turn(&tickers[0]);
			left += !none_active();
			left += over_there(turn_there);
			moves++;
		}
		lost += missing(&tickers[0]);
	}
	host_ticks_stop();
	TAP_EQ(lost, 0, "a vCPU that goes from CPU to CPU gets exactly its ticks", GIC);
	TAP_EQ(left, 0, "and leaves nothing behind", GIC);
	TAP_OK(moves > 5, "it has been here and there", GIC);
}

#define TESTS_MIGRATION	(2 * 4 + 3)

void main(void)
{
	unsigned int n;

	host_start();
	tap_plan(2 * (18 + 7 + 2 * 6) + 3 + TESTS_MIGRATION);
	puppet_machine(&a, "a", 1);
	puppet_machine(&b, "b", 1);
	a.cpus[0].vcpu.sysregs.cntvoff_el2 = 0x123456789;
	b.cpus[0].vcpu.sysregs.cntvoff_el2 = 0x9876543;
	guest_cpu_load(&b.cpus[0]);
	puppet_gic_on(&b.cpus[0], 0);
	guest_cpu_put(&b.cpus[0]);
	guest_cpu_load(&a.cpus[0]);
	puppet_gic_on(&a.cpus[0], 0);
	for (n = 0; n < 2; n++) {
		test_states(&timers[n]);
		test_turned_off(&timers[n]);
		test_two(&timers[n], false);
		test_two(&timers[n], true);
	}
	guest_cpu_put(&a.cpus[0]);
	test_ticks();
	if (host_start_others(do_jobs) > 1)
		test_migration();
	else
		for (n = 0; n < TESTS_MIGRATION; n++)
			TAP_SKIP("a vCPU goes to another CPU", "there is one CPU");
	tap_done();
}
