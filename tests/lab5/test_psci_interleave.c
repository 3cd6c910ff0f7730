// SPDX-License-Identifier: MIT
/*
 * test_psci_interleave.c - PSCI from several CPUs at once, in each order in which they can meet.
 *
 * This file compiles psci.c and psci_call.c itself, with their locks and accesses replaced by ones
 * that first let another CPU go on. Each CPU is a coroutine, so the test decides which of them makes
 * the next step, and can try all of the possibilities.
 *
 * What has to come out: whatever the order of the steps, there is an order of the whole calls, one
 * after the other, which has the same results and leaves the same state (linearizability). What the
 * calls do one after the other says a model, below, of some lines and without locks.
 */
#include "unit_main.h"

#include <string.h>
#include <ucontext.h>

#include "arch/bits.h"
#include "lib/spinlock.h"

static void step(const struct spinlock *wanted);

static void stepping_lock(struct spinlock *lock)
{
	step(lock);
	spin_lock(lock);
}

/* No step before an unlock: the accesses have their own, and nothing else could be seen of it. */
static uint64_t stepping_lock_irqsave(struct spinlock *lock)
{
	stepping_lock(lock);
	return 0;
}

static void stepping_unlock_irqrestore(struct spinlock *lock, uint64_t daif)
{
	(void)daif;
	spin_unlock(lock);
}

#define spin_lock			stepping_lock
#define spin_lock_irqsave		stepping_lock_irqsave
#define spin_unlock_irqrestore		stepping_unlock_irqrestore
#define __atomic_load_n(from, order)	(step(NULL), __atomic_load_n(from, order))
#define __atomic_store_n(to, value, order)	(step(NULL), __atomic_store_n(to, value, order))
#include "psci.h"
#include "psci.c"
#include "psci_call.c"
#undef spin_lock
#undef spin_lock_irqsave
#undef spin_unlock_irqrestore
#undef __atomic_load_n
#undef __atomic_store_n

#define HANDOUT		"  handout: lab5-smc-psci/README.md, \"PSCI: whose lock\""

#define CPUS		4
#define RAM		UINT64_C(0x40000000)

/* Two clusters of two. */
static const uint64_t affinities[CPUS] = { 0x0, 0x1, 0x100, 0x101 };

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- What a CPU may do ----------------------------------------------------------------------- */

enum kind { ON, AFFINITY, CLUSTER, ALL, OFF, RESET, STARTED, STOPPED, FAILED, STOP, BOOT, KINDS };

struct op {
	enum kind kind;
	unsigned int cpu;	/* whom it is about, but for ALL, OFF, RESET, STOP and BOOT */
	uint64_t context;	/* ON, BOOT */
};

/* All that comes out of it. */
struct result {
	int64_t x0;
	int action;
	uint64_t context;	/* STARTED */
};

static const struct {
	const char *name;
	bool about_cpu;
} kinds[KINDS] = {
	[ON] = { "CPU_ON", true },
	[AFFINITY] = { "AFFINITY_INFO", true },
	[CLUSTER] = { "AFFINITY_INFO of the cluster of", true },
	[ALL] = { "AFFINITY_INFO of all, not", false },
	[OFF] = { "SYSTEM_OFF, not", false },
	[RESET] = { "SYSTEM_RESET, not", false },
	[STARTED] = { "psci_cpu_started", true },
	[STOPPED] = { "psci_cpu_stopped", true },
	[FAILED] = { "psci_cpu_failed", true },
	[STOP] = { "psci_system_stop, not", false },
	[BOOT] = { "psci_boot, not", false },
};

static struct psci psci;

static struct result psci_result(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	const uint64_t x[4] = { x0, x1, x2, x3 };
	struct psci_outcome outcome = psci_call(&psci, x);

	return (struct result){ .x0 = outcome.x0, .action = outcome.action };
}

static struct result perform(const struct op *op)
{
	uint64_t affinity = affinities[op->cpu];
	struct psci_entry entry = { 0, 0 };
	struct result result = { 0 };

	switch (op->kind) {
	case ON:
		return psci_result(PSCI_CPU_ON_64, affinity, RAM, op->context);
	case AFFINITY:
		return psci_result(PSCI_AFFINITY_INFO_64, affinity, 0, 0);
	case CLUSTER:
		return psci_result(PSCI_AFFINITY_INFO_64, affinity, 1, 0);
	case ALL:
		return psci_result(PSCI_AFFINITY_INFO_64, 0, 3, 0);
	case OFF:
		return psci_result(PSCI_SYSTEM_OFF, 0, 0, 0);
	case RESET:
		return psci_result(PSCI_SYSTEM_RESET, 0, 0, 0);
	case STARTED:
		result.x0 = psci_cpu_started(&psci, op->cpu, &entry);
		result.context = entry.context;
		return result;
	case STOPPED:
		result.x0 = psci_cpu_stopped(&psci, op->cpu);
		return result;
	case FAILED:
		result.x0 = psci_cpu_failed(&psci, op->cpu);
		return result;
	case STOP:
		result.x0 = psci_system_stop(&psci, PSCI_GOES_OFF);
		return result;
	default:
		result.x0 = psci_boot(&psci, RAM, op->context);
		return result;
	}
}

/* ---- The model: the same, one after the other ------------------------------------------------ */

struct model {
	int power[CPUS];		/* in AFFINITY_INFO's numbers */
	uint64_t context[CPUS];
	int system;
};

static unsigned int count(const struct model *m, int power, uint64_t mask, uint64_t affinity)
{
	unsigned int n = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		n += m->power[cpu] == power && (affinities[cpu] & mask) == (affinity & mask);
	return n;
}

static int64_t model_affinity(const struct model *m, uint64_t mask, uint64_t affinity)
{
	return count(m, 0, mask, affinity) ? 0 : count(m, 2, mask, affinity) ? 2 : 1;
}

/* Returns whether this was the first. */
static bool model_stop(struct model *m, int how)
{
	if (m->system != PSCI_RUNS)
		return false;
	m->system = how;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (m->power[cpu] == 2)
			m->power[cpu] = 1;
	return true;
}

static struct result model_perform(struct model *m, const struct op *op)
{
	int *power = &m->power[op->cpu];
	struct result r = { .x0 = PSCI_INTERNAL_FAILURE, .action = PSCI_ACTION_NONE };

	switch (op->kind) {
	case ON:
		r.x0 = m->system != PSCI_RUNS ? PSCI_DENIED : *power == 0 ? PSCI_ALREADY_ON :
		       *power == 2 ? PSCI_ON_PENDING : PSCI_SUCCESS;
		if (r.x0 == PSCI_SUCCESS) {
			*power = 2;
			m->context[op->cpu] = op->context;
			r.action = PSCI_ACTION_CPU_UP;
		}
		break;
	case AFFINITY:
		r.x0 = *power;
		break;
	case CLUSTER:
		r.x0 = model_affinity(m, 0xff00, affinities[op->cpu]);
		break;
	case ALL:
		r.x0 = model_affinity(m, 0, 0);
		break;
	case OFF:
		r.action = model_stop(m, PSCI_GOES_OFF) ? PSCI_ACTION_SYSTEM_DOWN :
							  PSCI_ACTION_CPU_DOWN;
		break;
	case RESET:
		r.action = model_stop(m, PSCI_RESETS) ? PSCI_ACTION_SYSTEM_RESET :
							PSCI_ACTION_CPU_DOWN;
		break;
	case STARTED:
		r.x0 = *power == 2;
		if (r.x0) {
			*power = 0;
			r.context = m->context[op->cpu];
		}
		break;
	case STOPPED:
		r.x0 = 0;
		if (*power == 0) {
			*power = 1;
			r.x0 = count(m, 1, 0, 0) == CPUS;
		}
		if (r.x0 && m->system == PSCI_RUNS)
			m->system = PSCI_GOES_OFF;
		break;
	case FAILED:
		if (*power == 2)
			*power = 1;
		break;
	case STOP:
		r.x0 = !model_stop(m, PSCI_GOES_OFF) ? PSCI_STOP_LATE :
		       count(m, 0, 0, 0) ? PSCI_STOP_BEGUN : PSCI_STOP_EMPTY;
		break;
	default:
		r.x0 = -EBUSY;
		if (count(m, 1, 0, 0) == CPUS) {
			m->system = PSCI_RUNS;
			m->power[0] = 2;
			m->context[0] = op->context;
			r.x0 = 0;
		}
		break;
	}
	return r;
}

/* The real thing in the state of the model. */
static void put_state(const struct model *m)
{
	psci.system = (enum psci_system)m->system;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		psci.cpu[cpu].power = (enum psci_power)m->power[cpu];
		psci.cpu[cpu].entry = (struct psci_entry){ RAM, m->context[cpu] };
	}
}

static bool is_state(const struct model *m)
{
	if ((int)psci.system != m->system)
		return false;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if ((int)psci.cpu[cpu].power != m->power[cpu] || spin_is_locked(&psci.cpu[cpu].lock))
			return false;
		if (m->power[cpu] == 2 && psci.cpu[cpu].entry.context != m->context[cpu])
			return false;
	}
	return true;
}

/* ---- CPUs as coroutines ---------------------------------------------------------------------- */

#define OPS_MAX		6		/* one after the other, on one CPU */
#define STACK		(64 * 1024)

struct done {
	struct op op;
	struct result result;
	unsigned int began, ended;	/* at which step */
};

static struct coroutine {
	ucontext_t context;
	struct done ops[OPS_MAX];
	unsigned int count, at;
	const struct spinlock *wanted;	/* it waits for this one */
} cpus[CPUS];

static char stacks[CPUS][STACK] __attribute__((aligned(16)));
static ucontext_t scheduler;
static unsigned int now, running;

/* As swapcontext(), of which AddressSanitizer says that it may be mistaken about it. It is not. */
static void change(ucontext_t *from, const ucontext_t *to)
{
	volatile bool back = false;

	getcontext(from);
	if (!back) {
		back = true;
		setcontext(to);
	}
}

/* Before each step that others can see, and between two calls. */
static void step(const struct spinlock *wanted)
{
	cpus[running].wanted = wanted;
	change(&cpus[running].context, &scheduler);
	cpus[running].wanted = NULL;
}

static void coroutine(void)
{
	for (;;) {
		struct coroutine *me = &cpus[running];
		struct done *done = &me->ops[me->at];

		done->began = now;
		done->result = perform(&done->op);
		done->ended = now;
		me->at++;
		step(NULL);
	}
}

static void set_up(void)
{
	psci_init(&psci, CPUS, affinities, RAM, 0x1000);
	for (volatile unsigned int cpu = 0; cpu < CPUS; cpu++) {	/* getcontext() may return twice */
		getcontext(&cpus[cpu].context);
		cpus[cpu].context.uc_stack.ss_sp = stacks[cpu];
		cpus[cpu].context.uc_stack.ss_size = STACK;
		cpus[cpu].context.uc_link = NULL;
		makecontext(&cpus[cpu].context, coroutine, 0);
	}
}

/* Which CPUs can go on. */
static unsigned int runnable(unsigned int *list)
{
	unsigned int n = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (cpus[cpu].at < cpus[cpu].count &&
		    !(cpus[cpu].wanted && spin_is_locked(cpus[cpu].wanted)))
			list[n++] = cpu;
	return n;
}

static bool all_done(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (cpus[cpu].at < cpus[cpu].count)
			return false;
	return true;
}

/* ---- Was it like one after the other? -------------------------------------------------------- */

static bool same_result(const struct result *a, const struct result *b)
{
	return a->x0 == b->x0 && a->action == b->action && a->context == b->context;
}

/* taken: how many of each CPU's calls are placed already, with the model as they left it. */
static bool find_order(const struct model *m, unsigned int taken[CPUS])
{
	unsigned int first_end = UINT32_MAX;
	bool any = false;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (taken[cpu] < cpus[cpu].count && cpus[cpu].ops[taken[cpu]].ended < first_end)
			first_end = cpus[cpu].ops[taken[cpu]].ended;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		const struct done *next = &cpus[cpu].ops[taken[cpu]];
		struct model after = *m;
		struct result result;

		if (taken[cpu] == cpus[cpu].count)
			continue;
		any = true;
		if (next->began > first_end)	/* another one had ended before it began */
			continue;
		result = model_perform(&after, &next->op);
		if (!same_result(&result, &next->result))
			continue;
		taken[cpu]++;
		if (find_order(&after, taken))
			return true;
		taken[cpu]--;
	}
	return !any && is_state(m);
}

static void report(const struct model *before, const unsigned int *schedule, const char *what)
{
	char text[4096];
	int at = 0;

#define ADD(...)	(at += snprintf(text + at, sizeof(text) - (size_t)at, __VA_ARGS__))
	ADD("%s. Power before: %d %d %d %d, system %d; after: %d %d %d %d, system %d.\n", what,
	    before->power[0], before->power[1], before->power[2], before->power[3], before->system,
	    psci.cpu[0].power, psci.cpu[1].power, psci.cpu[2].power, psci.cpu[3].power, psci.system);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		for (unsigned int i = 0; i < cpus[cpu].count; i++) {
			const struct done *done = &cpus[cpu].ops[i];

			ADD("  CPU %u: %s vCPU %u, from step %u to %u: %ld, action %d, context %lu\n",
			    cpu, kinds[done->op.kind].name, done->op.cpu, done->began, done->ended,
			    done->result.x0, done->result.action, done->result.context);
		}
	ADD("  steps of CPUs:");
	for (unsigned int i = 0; i < now && at < 3900; i++)
		ADD(" %u", schedule[i]);
#undef ADD
	ck_abort_msg("%s" HANDOUT, text);
}

/* ---- A run, and all of them ------------------------------------------------------------------ */

#define STEPS_MAX	2000

/* The schedule: who makes step n, as a choice among those who can. */
static unsigned int schedule[STEPS_MAX], choice[STEPS_MAX], choices[STEPS_MAX];

/*
 * One run. The first steps go as choice[] says; then it is always the first who can, or anyone.
 * Afterwards choice[] and choices[] say what was done and what could have been.
 */
static void run(const struct model *before, unsigned int chosen, bool at_random)
{
	unsigned int list[CPUS], taken[CPUS] = { 0 }, n;

	put_state(before);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		cpus[cpu].at = 0;

	for (now = 0; !all_done(); now++) {
		n = runnable(list);
		if (n == 0)
			report(before, schedule, "They wait for each other");
		if (now == STEPS_MAX)
			report(before, schedule, "There is no end to it");
		if (now >= chosen)
			choice[now] = at_random ? random64() % n : 0;
		choices[now] = n;
		running = schedule[now] = list[choice[now]];
		change(&scheduler, &cpus[running].context);
	}
	if (!find_order(before, taken))
		report(before, schedule, "In no order, one after the other, would this have come out");
}

/* All schedules. Returns their number. */
static unsigned int run_all(const struct model *before)
{
	unsigned int chosen = 0, runs = 0;

	do {
		run(before, chosen, false);
		runs++;
		for (chosen = now; chosen > 0 && choice[chosen - 1] + 1 == choices[chosen - 1]; chosen--)
			;
		if (chosen > 0)
			choice[chosen - 1]++;
	} while (chosen > 0);
	return runs;
}

static void only(unsigned int cpu, const struct op *op)
{
	cpus[cpu].ops[0].op = *op;
	cpus[cpu].ops[0].op.context = 100 + cpu;
	cpus[cpu].count = 1;
}

/* Number i of 3 to the power of CPUS. */
#define STATES		81
static struct model state_number(unsigned int i, int system)
{
	struct model m = { .system = system };

	for (unsigned int cpu = 0; cpu < CPUS; cpu++, i /= 3) {
		m.power[cpu] = (int)(i % 3);
		m.context[cpu] = 1000 + cpu;
	}
	return m;
}

/* All that there is to do about the first so many vCPUs. Returns how much that is. */
static unsigned int list_ops(struct op *ops, unsigned int vcpus)
{
	unsigned int n = 0;

	for (enum kind kind = 0; kind < KINDS; kind++)
		for (unsigned int cpu = 0; cpu < (kinds[kind].about_cpu ? vcpus : 1); cpu++)
			ops[n++] = (struct op){ .kind = kind, .cpu = cpu };
	return n;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* The model is the same as the real thing as long as one comes after the other. */
START_TEST(one_at_a_time)
{
	struct op ops[KINDS * CPUS];
	unsigned int n = list_ops(ops, CPUS);

	for (unsigned int state = 0; state < STATES; state++) {
		for (int system = PSCI_RUNS; system <= PSCI_RESETS_WARM; system++) {
			struct model m = state_number(state, system);

			for (unsigned int a = 0; a < n; a++) {
				only(0, &ops[a]);
				ck_assert_uint_eq(run_all(&m), 1);
			}
		}
	}
}
END_TEST

static bool only_looks(const struct op *op)
{
	return op->kind == AFFINITY || op->kind == CLUSTER || op->kind == ALL;
}

/* Two CPUs of a VM with three vCPUs, each pair of calls from each state: all schedules. */
START_TEST(all_pairs)
{
	struct op ops[KINDS * CPUS];
	unsigned int n = list_ops(ops, 2), runs = 0;

	psci.cpus = 3;			/* and vCPU 3 is OFF for ever */

	for (unsigned int state = (unsigned int)_i; state < STATES / 3; state += 3) {
		struct model m = state_number(state, PSCI_RUNS);

		m.power[3] = 1;
		for (unsigned int a = 0; a < n; a++) {
			for (unsigned int b = a; b < n; b++) {
				if (only_looks(&ops[a]) && only_looks(&ops[b]))
					continue;
				only(0, &ops[a]);
				only(1, &ops[b]);
				runs += run_all(&m);
			}
		}
	}
	ck_assert_uint_gt(runs, 9 * n * n / 2);
}
END_TEST

/* Three CPUs, calls that meet at the same vCPUs: all schedules. */
START_TEST(all_of_some_triples)
{
	static const struct {
		struct op ops[3];
		int power[CPUS];
	} triples[] = {
		/* Three turn on one vCPU. */
		{ { { .kind = ON, .cpu = 1 }, { .kind = ON, .cpu = 1 }, { .kind = ON, .cpu = 1 } },
		  { 0, 1, 1, 1 } },
		/* One turns it on, it starts, one looks at it. */
		{ { { .kind = ON, .cpu = 1 }, { .kind = STARTED, .cpu = 1 }, { .kind = AFFINITY, .cpu = 1 } },
		  { 0, 1, 1, 1 } },
		{ { { .kind = ON, .cpu = 1 }, { .kind = STARTED, .cpu = 1 }, { .kind = ON, .cpu = 1 } },
		  { 0, 2, 1, 1 } },
		/* It leaves while one turns it on and the other waits for it. */
		{ { { .kind = STOPPED, .cpu = 1 }, { .kind = ON, .cpu = 1 }, { .kind = STARTED, .cpu = 1 } },
		  { 0, 0, 1, 1 } },
		/* The system goes down while one is turned on, and starts. */
		{ { { .kind = RESET }, { .kind = ON, .cpu = 1 }, { .kind = STARTED, .cpu = 1 } },
		  { 0, 1, 1, 1 } },
		/* Two leave at once, a third looks. */
		{ { { .kind = STOPPED, .cpu = 0 }, { .kind = STOPPED, .cpu = 1 }, { .kind = ALL } },
		  { 0, 0, 1, 1 } },
		/* Off and reset at once, and the last leaves. */
		{ { { .kind = OFF }, { .kind = RESET }, { .kind = STOPPED, .cpu = 0 } },
		  { 0, 2, 1, 1 } },
		/* vCPU 0 turns on 1 and goes; a third wants to know whether their cluster is on. */
		{ { { .kind = ON, .cpu = 1 }, { .kind = STOPPED, .cpu = 0 }, { .kind = CLUSTER, .cpu = 0 } },
		  { 0, 1, 0, 1 } },
	};
	struct model m = state_number(0, PSCI_RUNS);
	unsigned int runs = 0;

	for (unsigned int i = 0; i < 3; i++)
		only(i, &triples[_i].ops[i]);
	memcpy(m.power, triples[_i].power, sizeof(m.power));
	runs = run_all(&m);
	ck_assert_uint_gt(runs, 10);
}
END_TEST
#define TRIPLES		8

/*
 * One CPU asks for a cluster, whose CPUs pass the one thing around: the first turns on the second and goes.
 * At each moment one of them is on or about to be; who looks at one after the other may miss it, if the one
 * that he looks at first is the second. So: 0 turns on 1, and 1 turns on 0.
 */
START_TEST(never_off)
{
	struct model m = state_number(0, PSCI_RUNS);
	unsigned int first = (unsigned int)_i, second = 1 - first;

	memcpy(m.power, (int[]){ 1, 1, 1, 1 }, sizeof(m.power));
	m.power[first] = 0;
	cpus[0].count = 2;
	cpus[0].ops[0].op = (struct op){ .kind = ON, .cpu = second, .context = 1 };
	cpus[0].ops[1].op = (struct op){ .kind = STOPPED, .cpu = first };
	only(1, &(struct op){ .kind = CLUSTER, .cpu = 1 });
	ck_assert_uint_gt(run_all(&m), 10);
}
END_TEST

/* Four CPUs, several calls each, any schedule. */
START_TEST(random_lives)
{
	struct op ops[KINDS * CPUS];
	unsigned int n = list_ops(ops, CPUS);

	for (int life = 0; life < 3000; life++) {
		struct model m = state_number(random64() % STATES,
					      random64() % 8 ? PSCI_RUNS : (int)(random64() % 4));

		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			cpus[cpu].count = 1 + random64() % OPS_MAX;
			for (unsigned int i = 0; i < cpus[cpu].count; i++) {
				struct op *op = &cpus[cpu].ops[i].op;

				do
					*op = ops[random64() % n];
				while (op->kind >= OFF && op->kind <= RESET && random64() % 4);
				op->context = random64() % 1000;
				if (op->kind == STARTED || op->kind == STOPPED)
					op->cpu = cpu;	/* whose vCPU it is */
			}
		}
		run(&m, 0, true);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("psci_interleave");
	TCase *tcase = add_case(suite, "interleave");

	(void)argc;
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, one_at_a_time);
	tcase_add_loop_test(tcase, all_pairs, 0, 3);
	tcase_add_loop_test(tcase, all_of_some_triples, 0, TRIPLES);
	tcase_add_loop_test(tcase, never_off, 0, 2);
	tcase_add_test(tcase, random_lives);
	return unit_main(argv[0], suite);
}
