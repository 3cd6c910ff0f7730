// SPDX-License-Identifier: MIT
/*
 * hostile.c - a guest that does its worst, in a machine beside another one which has work to do.
 * The host lets them run by turns. Whatever the hostile guest does, the other one's work, the
 * host's timer, registers and memory have to be what they would be without it; and the
 * hypervisor never panics: the plan is kept.
 *
 * ARGS="seed=N exits=N stage=N counts=1": another sequence, more or fewer exits, one stage only,
 * and what was counted.
 */
#include <string.h>

#include "bystander_work.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "el2_mmu.h"
#include "exception.h"
#include "exit_contract.h"
#include "guests/hostile_classes.h"
#include "guests/hostile_wrecks.h"
#include "host.h"
#include "hostile_life.h"
#include "hostile_watch.h"
#include "lib/printf.h"

#define TICK_US		1000

static uint64_t wanted;

static void how_to_repeat(void)
{
	printf("# this was ARGS='seed=%lu exits=%lu': stage %u, life %lu (x0 0x%lx), %lu exits "
	       "into it\n",
	       dice_seed, wanted, life.stage, lives.lives, life.x0, life.exits);
}

/* ---- Stages --------------------------------------------------------------------------------- */

/* Each exception class: what came of it, and what should have. */
static const struct {
	const char *what;
	unsigned int from, class, gets, or_that;
} cases[] = {
#define CASE(what, stub, from, setup, class, gets, or_that) { what, from, class, gets, or_that },
	HOSTILE_CLASS_CASES(CASE)
};
static unsigned int cases_seen, cases_wrong;

static const char *outcome(unsigned int gets)
{
	return gets == GOES_THROUGH ? "nothing" : esr_ec_name(gets);
}

static void report(const uint64_t *x)
{
	uint64_t n = x[0], esr = x[1];
	unsigned int class, got = ESR_EC(esr);
	bool by_contract = true;

	if (n >= ARRAY_SIZE(cases))
		return;
	cases_seen++;
	if ((got == EC_SVC64 || got == EC_SVC32) && FIELD_GET(ISS_IMM16, esr) == STUB_END)
		got = GOES_THROUGH;
	class = cases[n].class;
	switch (cases[n].from == 1 ? exit_contract[class].el1 : exit_contract[class].el0) {
	case OUTCOME_UNDEFINED:
		by_contract = life.classes[class] == 0 || got == EC_UNKNOWN;
		break;
	case OUTCOME_OWN:
		/* No exit. (The report before this one was an HVC.) */
		by_contract = life.classes[class] == 0 || class == EC_HVC64;
		break;
	default:
		break;
	}
	memset(life.classes, 0, sizeof(life.classes));
	if (by_contract && (got == cases[n].gets || got == cases[n].or_that))
		return;
	cases_wrong++;
	printf("# %s from %s: the guest got \"%s\" (0x%x), and should have got \"%s\" (0x%x)%s\n",
	       cases[n].what, cases[n].from == 1 ? "EL1" : cases[n].from ? "EL0, A32" : "EL0",
	       outcome(got), got, outcome(cases[n].gets), cases[n].gets,
	       by_contract ? "" : "; it is not what exit_contract.c says");
}

static void classes(uint64_t amount)
{
	uint64_t next = 0;

	(void)amount;
	hostile_report = report;
	while (next < ARRAY_SIZE(cases))
		next = hostile_live(HOSTILE_CLASSES, next, 0, 1, 10000);
	TAP_EQ(cases_seen, ARRAY_SIZE(cases), "each exception class has been raised", CONTRACT);
	TAP_EQ(cases_wrong, 0, "and the guest got of it what the contract says", CONTRACT);
}

/*
 * All of them at EL1, in a long run. A part of them otherwise; and at EL0, where next to none is
 * there (all of those in a very long run).
 */
static void sysregs(uint64_t amount)
{
	const uint64_t half = HOSTILE_SYSREG_COUNT / 2;
	uint64_t el, next, end;
	bool all = true;

	for (el = 0; el < 2; el++) {
		next = el * half;
		end = next + half;
		if (amount < half && wanted < (el ? 8000000 : 2000000)) {
			next += dice() % (half - amount);
			end = next + amount;
		}
		while (next < end)
			next = hostile_live(HOSTILE_SYSREGS, next, end, 1, UINT32_MAX);
		all &= next >= end;
	}
	TAP_OK(all, "each encoding was executed, or was what ended a life", SYSREGS);
}

/* How many exits a life may have: about so many, and not more than are wanted. */
static uint64_t about(uint64_t exits, uint64_t end)
{
	exits = exits / 2 + dice() % exits;
	return exits < end - lives.exits ? exits : end - lives.exits;
}

static void mmio(uint64_t amount)
{
	uint64_t end = lives.exits + amount, next = 0;

	while (lives.exits < end)
		next = hostile_live(HOSTILE_MMIO, next, 0, HOSTILE_CPUS, about(12000, end));
}

static void wrecks(uint64_t amount)
{
	uint64_t n, count = amount / 100 + WRECK_COUNT;

	for (n = 0; n < count; n++)
		hostile_live(HOSTILE_WRECKS, n % WRECK_COUNT, 0, 1 + dice() % 2, 400);
	TAP_OK(lives.stopped,
	       "one whose vectors cannot be fetched is stopped: FAIL_ENTRY", INJECT);
}

static void interrupts(uint64_t amount)
{
	uint64_t end = lives.exits + amount;

	while (lives.exits < end)
		hostile_live(HOSTILE_INTERRUPTS, 0, 0, HOSTILE_CPUS, about(4000, end));
}

static void instructions(uint64_t amount)
{
	uint64_t end = lives.exits + amount;

	while (lives.exits < end)
		hostile_live(HOSTILE_INSTRUCTIONS, 0, 0, HOSTILE_CPUS, about(6000, end));
}

/* share: of the exits that are wanted, in percent. */
static const struct stage {
	const char *name;
	void (*run)(uint64_t amount);
	unsigned int share, tests;
} stages[HOSTILE_STAGES] = {
	[HOSTILE_CLASSES] = { "each exception class", classes, 0, 2 },
	[HOSTILE_SYSREGS] = { "each system instruction", sysregs, 1, 1 },
	[HOSTILE_MMIO] = { "device registers and random addresses", mmio, 40, 0 },
	[HOSTILE_WRECKS] = { "a guest that wrecks itself", wrecks, 1, 1 },
	[HOSTILE_INTERRUPTS] = { "interrupts", interrupts, 15, 0 },
	[HOSTILE_INSTRUCTIONS] = { "random instructions", instructions, 43, 0 },
};
#define STAGE_TESTS	5

static const char *named(const struct stage *stage, const char *what)
{
	static char words[120];

	ksnprintf(words, sizeof(words), "%s: %s", stage->name, what);
	return words;
}

static void run_stage(const struct stage *stage)
{
	uint64_t exits = lives.exits, count = lives.lives, pages = hyp_pool.free;
	uint64_t amount = wanted * stage->share / 100, start = host_now_us();
	bool good = true;

	/* The last one makes up for what the others have not used; a single one has them all. */
	if (exits < wanted && (stage == &stages[HOSTILE_INSTRUCTIONS] || bootarg("stage")))
		amount = wanted - exits;
	stage->run(amount);
	hostile_bury();
	if (bootarg("counts"))
		printf("# %s: %lu exits in %lu lives, %lu ms\n", stage->name, lives.exits - exits,
		       lives.lives - count, (host_now_us() - start) / 1000);
	good &= TAP_EQ(watch_registers(), 0,
		       named(stage, "the hypervisor's registers are as before"), DISPATCH);
	good &= TAP_EQ(watch_gic(), 0, named(stage, "so is the GIC, and nothing is active in it"),
		       GIC);
	good &= TAP_EQ(watch_memory() + hostile_guards(), 0,
		       named(stage, "so is the hypervisor's memory"), CONTRACT);
	good &= TAP_EQ(hyp_pool.free, pages, named(stage, "all pages that the guest had are back"),
		       CONTRACT);
	good &= TAP_OK(!work.lost && !work.wrong, named(stage, "the guest beside it works on"),
		       CONTRACT);
	if (!good)
		how_to_repeat();
}

/* ---- All of it ------------------------------------------------------------------------------ */

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *digits = bootarg(name);
	uint64_t n = 0;

	if (!digits)
		return otherwise;
	for (; *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (uint64_t)(*digits - '0');
	return n;
}

static void print_counts(uint64_t elapsed)
{
	unsigned int n;

	printf("# %lu exits, %lu lives, %lu ms; %lu ticks, the latest %lu us late\n", lives.exits,
	       lives.lives, elapsed / 1000, host_ticks.count, host_ticks.latest_us);
	printf("# the guest beside it: %lu turns, %lu units of work, %lu ticks\n", work.turns,
	       work.units, work.ticks);
	for (n = 0; n < EXIT_REASONS; n++)
		if (lives.returned[n])
			printf("# %-20s %lu\n", exit_reason_name((enum exit_reason)n),
			       lives.returned[n]);
}

/*
 * A tick may be late because QEMU has to wait for a CPU, and on a busy machine that can be a
 * second, now and then. But a hypervisor that a guest can hold up is held up often, or for ever:
 * then there are too few ticks.
 */
#define LATEST_US	4000000

static void test_all(uint64_t elapsed)
{
	bool good = true;

	TAP_OK(lives.exits >= wanted || bootarg("stage"), "as many exits as were wanted", CONTRACT);
	good &= TAP_EQ(lives.bad_questions, 0,
		       "the host was asked for accesses to devices and nothing else", MMIO);
	good &= TAP_OK(work.units >= work.turns,
		       "the guest beside it has done a unit of work in each turn", CONTRACT);
	good &= TAP_EQ(work.late_turns, 0, "and its timer has ticked in each of them", CONTRACT);
	good &= TAP_EQ(work.wrong, 0,
		       "it has found its registers, memory, interrupts and time to be its own",
		       CONTRACT);
	good &= TAP_OK(host_ticks.count * TICK_US >= elapsed / 20,
		       "the host's timer has ticked all the time", CONTRACT);
	good &= TAP_OK(host_ticks.latest_us <= LATEST_US, "and was never very late", CONTRACT);
	if (!good)
		how_to_repeat();
	if (!good || bootarg("counts"))
		print_counts(elapsed);
}

void main(void)
{
	unsigned int n, tests = 7;
	uint64_t only, start;

	host_start();
	dice_seed = number("seed", 1);
	wanted = number("exits", 60000);
	only = number("stage", HOSTILE_STAGES);
	for (n = 0; n < HOSTILE_STAGES; n++)
		if (only == HOSTILE_STAGES || only == n)
			tests += STAGE_TESTS + stages[n].tests;
	tap_plan(tests);
	panic_screen_add(how_to_repeat);

	host_ticks_start(TICK_US);
	bystander_start();
	watch_start();
	start = host_now_us();
	for (n = 0; n < HOSTILE_STAGES; n++)
		if (only == HOSTILE_STAGES || only == n)
			run_stage(&stages[n]);
	host_ticks_stop();
	test_all(host_now_us() - start);
	tap_done();
}
