// SPDX-License-Identifier: MIT
/*
 * storm.c - eight vCPUs that turn each other on and off at random, as fast as they can, and send each other
 * interrupts.
 *
 * Each CPU_ON that succeeds has a ticket of its own for context id. In the end each ticket must have been used
 * exactly once, by the vCPU that it was for: then none was lost, and none was started twice.
 */
#include "storm.h"

#include "arch/cache.h"
#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "report.h"

#define CPUS		STORM_VCPUS
#define TICKETS		(STORM_ONS + 2 * CPUS)
#define TIMEOUT_US	8000000

#define LOAD(x)		__atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define STORE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_SEQ_CST)
#define ADD(x, value)	__atomic_add_fetch(&(x), value, __ATOMIC_SEQ_CST)

/* By ticket. */
static struct guest_secondary tickets[TICKETS];
static uint32_t ticket_cpu[TICKETS], ticket_sold[TICKETS], ticket_used[TICKETS];
static uint32_t tickets_taken;

/* By vCPU. */
static struct cpu {
	uint32_t alive;			/* between its first action and its decision to go off */
	uint32_t starts;
	uint32_t asked_off;
	uint32_t frozen, on_calls;	/* whoever wants a steady target; CPU_ONs of it that are under way */
	uint32_t ticket;		/* its next one; 0: none */
	uint32_t heard;			/* SGIs 0 to 7: from whom */
	uint32_t resumes;
	uint64_t random;
} cpus[CPUS] __aligned(128);
static struct guest_secondary resumed[CPUS];

/* How many are on, or about to be: who finds that it is the only one stays on. */
static uint32_t on_count;

static uint32_t ons, done, reset_at_once;
static uint32_t started_twice, wrong_cpu, wrong_answer, wrong_info, came_back, ipis, suspends;

static unsigned int me(void)
{
	return guest_cpu_number();
}

static uint64_t random(void)
{
	uint64_t *x = &cpus[me()].random;

	if (!*x)
		*x = (read_sysreg(CNTVCT_EL0) << 8 | me()) * 2 + 1;
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1d >> 16;
}

/* By the one conduit or the other. */
static int64_t call(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	return random() & 1 ? guest_call_hvc(id, a, b, c) : guest_call_smc(id, a, b, c);
}

static int64_t affinity_info(uint64_t cpu, uint64_t level)
{
	return call(PSCI_AFFINITY_INFO_64, cpu, level, 0);
}

#define wait_for(condition) ({						\
	uint64_t deadline_ = timer_deadline_us(TIMEOUT_US);		\
	bool good_;							\
	while (!(good_ = (condition)) && !timer_passed(deadline_))	\
		rest(50);						\
	good_;								\
})

static void handle(struct guest_frame *frame, unsigned int vector)
{
	uint32_t intid;

	if (vector != GUEST_FROM_SPX + GUEST_IRQ) {
		hvc(HVC_DONE, 0xb00 + vector, read_sysreg(ESR_EL1), frame->elr, read_sysreg(FAR_EL1));
		return;
	}
	intid = gicv3_acknowledge();
	if (gic_is_special(intid))
		return;
	if (intid < CPUS)
		__atomic_or_fetch(&cpus[me()].heard, BIT(intid), __ATOMIC_SEQ_CST);
	else if (intid == INTID_CNTP)
		write_sysreg(CNTP_CTL_EL0, 0);
	else
		ADD(ipis, 1);
	isb();
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static void start_interrupts(void)
{
	guest_on_exception(handle);
	nap_init();
	irq_unmask();
}

/* ---- On and off --------------------------------------------------------------------------------- */

static void live(uint64_t ticket);

static unsigned int next_ticket(void)
{
	struct cpu *cpu = &cpus[me()];

	if (!cpu->ticket)
		cpu->ticket = ADD(tickets_taken, 1) % TICKETS;
	return cpu->ticket;
}

static void turn_on(unsigned int target)
{
	unsigned int ticket = next_ticket();
	int64_t answer;

	ADD(cpus[target].on_calls, 1);
	if (LOAD(cpus[target].frozen)) {
		ADD(cpus[target].on_calls, (uint32_t)-1);
		return;
	}
	tickets[ticket] = (struct guest_secondary){ live, ticket };
	dcache_clean_poc(&tickets[ticket], sizeof(tickets[ticket]));
	STORE(ticket_cpu[ticket], target);
	/* Counted before, as it may be gone again before we are back here. */
	ADD(on_count, 1);
	answer = call(PSCI_CPU_ON_64, target, (uintptr_t)guest_secondary_entry, (uintptr_t)&tickets[ticket]);
	if (answer == PSCI_SUCCESS) {
		ADD(ticket_sold[ticket], 1);
		cpus[me()].ticket = 0;
		if (ADD(ons, 1) >= STORM_ONS)
			STORE(done, 1);
	} else {
		ADD(on_count, (uint32_t)-1);
		if (answer != PSCI_ALREADY_ON && answer != PSCI_ON_PENDING)
			ADD(wrong_answer, 1);
	}
	ADD(cpus[target].on_calls, (uint32_t)-1);
}

/* Returns if this is the only one that is on. */
static void go_off(void)
{
	uint32_t count = LOAD(on_count);

	do {
		if (count == 1)
			return;
	} while (!__atomic_compare_exchange_n(&on_count, &count, count - 1, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	irq_mask();
	STORE(cpus[me()].asked_off, 0);
	STORE(cpus[me()].alive, 0);
	call(PSCI_CPU_OFF, random(), random(), random());
	ADD(came_back, 1);
}

/* ---- What AFFINITY_INFO says -------------------------------------------------------------------- */

/*
 * While nobody can turn the target on, OFF is for good, and OFF means that it executes nothing any more. At the
 * higher levels it is we ourselves who are ON.
 */
static void look_at(unsigned int target)
{
	struct cpu *cpu = &cpus[target];
	uint32_t starts, nobody = 0;
	int64_t info;

	if (affinity_info(target, 1 + random() % 3) != PSCI_AFFINITY_ON ||
	    affinity_info(me(), 0) != PSCI_AFFINITY_ON)
		ADD(wrong_info, 1);
	if (!__atomic_compare_exchange_n(&cpu->frozen, &nobody, 1, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return;
	wait_for(!LOAD(cpu->on_calls));
	info = affinity_info(target, 0);
	if (info == PSCI_AFFINITY_OFF) {
		starts = LOAD(cpu->starts);
		if (LOAD(cpu->alive))
			ADD(wrong_info, 1);
		rest(30);
		if (affinity_info(target, 0) != PSCI_AFFINITY_OFF || LOAD(cpu->alive) ||
		    LOAD(cpu->starts) != starts)
			ADD(wrong_info, 1);
	} else if (info != PSCI_AFFINITY_ON && info != PSCI_AFFINITY_ON_PENDING) {
		ADD(wrong_info, 1);
	}
	STORE(cpu->frozen, 0);
}

/* ---- Sleep -------------------------------------------------------------------------------------- */

static void set_alarm(void)
{
	write_sysreg(CNTP_CVAL_EL0, timer_deadline_us(20 + random() % 200));
	write_sysreg(CNTP_CTL_EL0, CNT_CTL_ENABLE);
	isb();
}

static void stand_by(void)
{
	irq_mask();
	set_alarm();
	if (call(PSCI_CPU_SUSPEND_64, 0, 0, 0))
		ADD(wrong_answer, 1);
	irq_unmask();
}

static void storm(void);

static void resume(uint64_t cpu)
{
	if (cpu != me())
		ADD(wrong_cpu, 1);
	ADD(cpus[me()].resumes, 1);
	start_interrupts();
	storm();
}

static void power_down(void)
{
	struct guest_secondary *where = &resumed[me()];

	*where = (struct guest_secondary){ resume, me() };
	dcache_clean_poc(where, sizeof(*where));
	irq_mask();
	ADD(suspends, 1);
	set_alarm();
	call(PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_POWERDOWN, (uintptr_t)guest_secondary_entry,
	     (uintptr_t)where);
	ADD(came_back, 1);
	irq_unmask();
}

/* ---- The storm ---------------------------------------------------------------------------------- */

static void judge(void);

static void act(void)
{
	unsigned int target = (unsigned int)(random() % CPUS);

	switch (random() % 16) {
	case 0 ... 4:
		turn_on(target);
		break;
	case 5 ... 7:
		gicv3_send_sgi(target, CPUS + random() % (16 - CPUS));
		break;
	case 8 ... 9:
		look_at(target);
		break;
	case 10:
		go_off();
		break;
	case 11 ... 12:
		STORE(cpus[target].asked_off, 1);
		gicv3_send_sgi(target, CPUS);
		break;
	case 13:
		stand_by();
		break;
	case 14:
		power_down();
		break;
	case 15:
		rest(20 + random() % 200);
		break;
	}
}

/* All at once, and each in its own way: the first one counts. */
static void reset(void)
{
	static const uint32_t ids[] = { PSCI_SYSTEM_RESET, PSCI_SYSTEM_RESET2_32, PSCI_SYSTEM_RESET2_64 };

	call(ids[random() % ARRAY_SIZE(ids)], 0, random(), 0);
	REPORT_EQ(0, 1, "a reset does not return", VM_LAYER);
}

static void storm(void)
{
	while (!LOAD(done)) {
		act();
		if (LOAD(cpus[me()].asked_off))
			go_off();
	}
	if (reset_at_once)
		reset();
	/* One after the other leaves; who comes late, too. One remains. */
	go_off();
	judge();
}

static void live(uint64_t ticket)
{
	struct cpu *cpu = &cpus[me()];

	if (__atomic_exchange_n(&cpu->alive, 1, __ATOMIC_SEQ_CST))
		ADD(started_twice, 1);
	ADD(cpu->starts, 1);
	ADD(ticket_used[ticket % TICKETS], 1);
	if (LOAD(ticket_cpu[ticket % TICKETS]) != me())
		ADD(wrong_cpu, 1);
	start_interrupts();
	storm();
}

/* ---- What has come of it ------------------------------------------------------------------------ */

static uint32_t here, heard_all;

/*
 * Everybody interrupts everybody else, and has heard from all: nobody is lost. Then all reset the machine at
 * once.
 */
static void together(uint64_t argument)
{
	const uint32_t others = (BIT(CPUS) - 1) & ~BIT(me());
	unsigned int n;

	(void)argument;
	start_interrupts();
	ADD(here, 1);
	wait_for(LOAD(here) >= CPUS);
	for (n = 0; n < CPUS; n++)
		if (n != me())
			gicv3_send_sgi(n, me());
	if (wait_for(LOAD(cpus[me()].heard) == others))
		ADD(heard_all, 1);
	ADD(here, 1);
	wait_for(LOAD(here) >= 2 * CPUS);
	if (me() == argument)
		REPORT_EQ(LOAD(heard_all), CPUS,
			  "all vCPUs are on again, and each has an interrupt from each", SCHEDULING);
	ADD(here, 1);
	while (LOAD(here) < 3 * CPUS)
		;
	reset();
}

static void judge(void)
{
	static struct guest_secondary all[CPUS];
	unsigned int n, off = 1, unused = 0, sold = 0, starts = 0, resumes = 0, failed = 0;

	for (n = 0; n < CPUS; n++)
		off += n != me() && wait_for(affinity_info(n, 0) == PSCI_AFFINITY_OFF);
	for (n = 0; n < TICKETS; n++) {
		sold += ticket_sold[n];
		unused += ticket_used[n] != ticket_sold[n];
	}
	for (n = 0; n < CPUS; n++) {
		starts += cpus[n].starts;
		resumes += cpus[n].resumes;
		cpus[n].heard = 0;
	}
	REPORT_EQ(off, CPUS, "after the storm all but one have gone off", PSCI_CALLS);
	REPORT_EQ(sold >= STORM_ONS, true, "many were turned on", PSCI_CALLS);
	REPORT_EQ(unused, 0, "each CPU_ON that succeeded has started a vCPU, and once", PSCI_CALLS);
	REPORT_EQ(starts, sold + 1, "so many starts, and the first one", PSCI_CALLS);
	REPORT_EQ(started_twice, 0, "none was started while it was on", PSCI_CALLS);
	REPORT_EQ(wrong_cpu, 0, "it was the one that was meant", PSCI_CALLS);
	REPORT_EQ(wrong_answer, 0, "no answer that cannot be", PSCI_CALLS);
	REPORT_EQ(wrong_info, 0, "AFFINITY_INFO says what is", PSCI_CALLS);
	REPORT_EQ(came_back, 0, "nobody came back from CPU_OFF, or from a powerdown to where it was", PSCI_CALLS);
	REPORT_EQ(resumes, suspends, "all have resumed from it", PSCI_CALLS);
	REPORT_EQ(ipis > 0, true, "interrupts came meanwhile", SCHEDULING);
	for (n = 0; n < CPUS; n++) {
		all[n] = (struct guest_secondary){ together, me() };
		dcache_clean_poc(&all[n], sizeof(all[n]));
		failed += n != me() && call(PSCI_CPU_ON_64, n, (uintptr_t)guest_secondary_entry,
					    (uintptr_t)&all[n]);
	}
	if (failed)
		REPORT_NOTE(failed, "CPU_ONs have failed");
	together(me());
}

static void nothing(uint64_t argument)
{
	(void)argument;
}

void guest_main(uint64_t resets)
{
	uint64_t want = hvc(HVC_GET, KEPT_RESETS, 0, 0, 0);
	unsigned int n, on = 0;

	guest_mmu_enable();
	gicv3_dist_init();
	start_interrupts();
	hvc(HVC_PUT, KEPT_RESETS, want + 1, 0, 0);
	for (n = 1; n < CPUS; n++)
		on += affinity_info(n, 0) != PSCI_AFFINITY_OFF;
	REPORT_EQ(resets, want,
		  want ? "reset once, however many have asked for it" : "on for the first time", VM_LAYER);
	REPORT_EQ(on, 0, "all other vCPUs are OFF", VM_LAYER);
	if (resets < STORM_RESETS) {
		reset_at_once = resets == 1;
		/* Not where they are defined: a warm reset does not load the program afresh. */
		cpus[0].alive = cpus[0].starts = on_count = 1;
		storm();
		return;
	}
	/* The end: each goes off by itself, and with the last of them the VM. */
	for (n = 1; n < CPUS; n++)
		guest_cpu_on(n, nothing, 0);
	call(PSCI_CPU_OFF, 0, 0, 0);
}
