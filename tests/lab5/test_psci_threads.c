// SPDX-License-Identifier: MIT
/*
 * test_psci_threads.c - PSCI under a VM layer that is as small as can be, on real CPUs at once.
 *
 * A thread for each vCPU makes the loop that psci.h asks of a host, and plays the guest; one more is
 * the host that stops the VM now and then. The VM lives, dies and is booted again, some hundred times.
 *
 * What the threads hand to each other by PSCI's rules is in plain variables, without atomics or locks:
 * the caller of CPU_ON to the new vCPU, a vCPU that is OFF to who saw that, all of them to the last,
 * and that one to the next life. So it is also a test for the order of memory, when it is built with
 * ThreadSanitizer:
 *
 *   gcc -std=gnu11 -g -O1 -fsanitize=thread -iquote common -iquote lab5-smc-psci -iquote tests/common \
 *       tests/lab5/test_psci_threads.c lab5-smc-psci/psci.c lab5-smc-psci/psci_call.c \
 *       -o test_psci_threads -lcheck -lsubunit -lm -lrt -lpthread && CK_FORK=no ./test_psci_threads
 */
#include "unit_main.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>

#include "psci.h"

#define HANDOUT		"  handout: lab5-smc-psci/README.md, \"PSCI: whose lock\""

#define CPUS		4
#define LIVES		1000
#define RAM		UINT64_C(0x40000000)
#define RAM_SIZE	UINT64_C(0x10000000)
#define TOKENS		(1U << 20)

static const uint64_t affinities[CPUS] = { 0x0, 0x1, 0x100, 0x101 };

static struct psci psci;

/* ---- What is wrong, said by any thread, shown by the first one ------------------------------- */

static char complaint[256];
static bool failed;

static void __printf_like(1, 2) complain(const char *format, ...)
{
	static bool first;
	va_list arguments;

	if (__atomic_exchange_n(&first, true, __ATOMIC_ACQ_REL))
		return;
	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
	__atomic_store_n(&failed, true, __ATOMIC_RELEASE);
}

static bool has_failed(void)
{
	return __atomic_load_n(&failed, __ATOMIC_ACQUIRE);
}

/* ---- The VM ---------------------------------------------------------------------------------- */

/* Plain: each is one thread's at a time, if PSCI holds. */
static unsigned int life;			/* the last one's, and after it all of the next life's */
static bool inside[CPUS];			/* vCPU n's while it is on; then the last one's */
static unsigned int stack[CPUS];		/* vCPU n's while it is on; then hotplug[n]'s owner's */
static unsigned int mailbox[TOKENS];		/* from the caller of CPU_ON to the new vCPU */

/* The guest turns on vCPUs 0 and 1 under a lock of its own, and the others as it comes. */
#define LOCKED		2
static pthread_mutex_t hotplug[LOCKED] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };

/* By token, which is a context id: who was turned on by it; and what became of it. */
static unsigned char succeeded[TOKENS], started[TOKENS];
static unsigned int next_token;

static bool finished;
static unsigned int winners;			/* system calls in this life that were the first */
static unsigned int ons, offs, resets, cancelled, empty;

static unsigned int new_token(void)
{
	unsigned int token = __atomic_fetch_add(&next_token, 1, __ATOMIC_RELAXED);

	if (token >= TOKENS)
		complain("out of tokens");
	return token % TOKENS;
}

static uint64_t address_of(unsigned int token)
{
	return RAM + token * UINT64_C(4);
}

static void boot(void)
{
	unsigned int token = new_token();

	mailbox[token] = ~token;
	succeeded[token] = 1;
	if (psci_boot(&psci, address_of(token), token) != 0)
		complain("life %u: boot, and not all are off", life);
}

/* For who was told that he is the last. */
static void next_life(void)
{
	for (unsigned int n = 0; n < CPUS; n++)
		if (inside[n])
			complain("life %u: vCPU %u is still inside, and another one was the last", life, n);
	if (psci_system(&psci) == PSCI_RUNS)
		complain("life %u: it is over, and the system runs", life);
	if (__atomic_load_n(&winners, __ATOMIC_RELAXED) > 1)
		complain("life %u: %u were the first to end it", life, winners);
	__atomic_store_n(&winners, 0, __ATOMIC_RELAXED);

	life++;
	if (life == LIVES || has_failed())
		__atomic_store_n(&finished, true, __ATOMIC_RELEASE);
	else
		boot();
}

/* ---- The guest ------------------------------------------------------------------------------- */

static uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct psci_outcome call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	const uint64_t x[4] = { x0, x1, x2, x3 };

	return psci_call(&psci, x);
}

static void turn_on(unsigned int me, unsigned int target)
{
	unsigned int token = new_token();
	struct psci_outcome outcome;

	if (target < LOCKED)
		pthread_mutex_lock(&hotplug[target]);
	/* A vCPU that is OFF has really left: its stack is free. */
	if (target < LOCKED && call(PSCI_AFFINITY_INFO_64, affinities[target], 0, 0).x0 == PSCI_AFFINITY_OFF)
		stack[target] = token;
	mailbox[token] = ~token;
	outcome = call(PSCI_CPU_ON_64, affinities[target], address_of(token), token);
	if (outcome.x0 == PSCI_SUCCESS) {
		succeeded[token] = 1;
		__atomic_fetch_add(&ons, 1, __ATOMIC_RELAXED);
		if (outcome.action != PSCI_ACTION_CPU_UP || outcome.target != target)
			complain("vCPU %u: CPU_ON of %u: vCPU %u comes up", me, target, outcome.target);
	} else if (target == me && outcome.x0 != PSCI_ALREADY_ON && outcome.x0 != PSCI_DENIED) {
		complain("vCPU %u: CPU_ON of itself: %ld", me, outcome.x0);
	}
	if (target < LOCKED)
		pthread_mutex_unlock(&hotplug[target]);
}

static void look(unsigned int me, unsigned int target)
{
	int64_t power = call(PSCI_AFFINITY_INFO_64, affinities[target], 0, 0).x0;

	if (power < 0 || power > 2 || (target == me && power != PSCI_AFFINITY_ON))
		complain("vCPU %u: AFFINITY_INFO of %u: %ld", me, target, power);
	power = call(PSCI_AFFINITY_INFO_64, affinities[me], 1 + target % 3, 0).x0;
	if (power != PSCI_AFFINITY_ON)
		complain("vCPU %u: AFFINITY_INFO of all around it: %ld", me, power);
}

/* Until it has to leave. Most lives end by a call, some by each vCPU's own. */
static void guest(unsigned int me, uint64_t *random)
{
	while (psci_system(&psci) == PSCI_RUNS) {
		unsigned int target = random64(random) % CPUS, what = random64(random) % 1024;
		enum psci_action action = PSCI_ACTION_NONE;

		stack[me]++;
		if (what < 300)
			turn_on(me, target);
		else if (what < 800)
			look(me, target);
		else if (what < 840)
			action = call(PSCI_CPU_OFF, 0, 0, 0).action;
		else if (what == 840)
			action = call(PSCI_SYSTEM_OFF, 0, 0, 0).action;
		else if (what == 841)
			action = call(PSCI_SYSTEM_RESET, 0, 0, 0).action;
		else if (what == 842)
			action = call(PSCI_SYSTEM_RESET2_64, 0, 0, 0).action;
		else
			sched_yield();

		if (action == PSCI_ACTION_SYSTEM_DOWN || action == PSCI_ACTION_SYSTEM_RESET) {
			__atomic_fetch_add(&winners, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&resets, 1, __ATOMIC_RELAXED);
		}
		if (action != PSCI_ACTION_NONE)
			return;
	}
}

/* ---- The threads ----------------------------------------------------------------------------- */

static bool is_finished(void)
{
	return __atomic_load_n(&finished, __ATOMIC_ACQUIRE);
}

static void *vcpu_thread(void *argument)
{
	unsigned int me = (unsigned int)(uintptr_t)argument, token;
	uint64_t random = 0x2545f4914f6cdd1d + me;
	struct psci_entry entry;

	while (!is_finished()) {
		if (!psci_cpu_started(&psci, me, &entry)) {
			sched_yield();
			continue;
		}
		token = (unsigned int)entry.context % TOKENS;
		if (entry.address != address_of(token) || mailbox[token] != ~token)
			complain("vCPU %u starts at 0x%lx with 0x%lx", me, entry.address, entry.context);
		if (started[token]++)
			complain("vCPU %u: started twice by one CPU_ON", me);
		if (inside[me])
			complain("vCPU %u is inside twice", me);
		inside[me] = true;

		guest(me, &random);

		inside[me] = false;
		__atomic_fetch_add(&offs, 1, __ATOMIC_RELAXED);
		if (psci_cpu_stopped(&psci, me))
			next_life();
	}
	return NULL;
}

static void *host_thread(void *argument)
{
	(void)argument;
	while (!is_finished()) {
		for (int i = 0; i < 200; i++)
			sched_yield();
		if (psci_system_stop(&psci, PSCI_GOES_OFF) == PSCI_STOP_EMPTY) {
			__atomic_fetch_add(&empty, 1, __ATOMIC_RELAXED);
			next_life();
		}
	}
	return NULL;
}

START_TEST(lives)
{
	pthread_t threads[CPUS + 1];

	ck_assert_int_eq(psci_init(&psci, CPUS, affinities, RAM, RAM_SIZE), 0);
	boot();
	for (uintptr_t n = 0; n <= CPUS; n++)
		ck_assert_int_eq(pthread_create(&threads[n], NULL,
						n < CPUS ? vcpu_thread : host_thread, (void *)n), 0);
	for (unsigned int n = 0; n <= CPUS; n++)
		pthread_join(threads[n], NULL);
	if (failed)
		ck_abort_msg("%s" HANDOUT, complaint);

	/* Each CPU_ON that succeeded was obeyed once, but for those that the end of a life overtook. */
	for (unsigned int token = 0; token < TOKENS; token++) {
		if (started[token] && !succeeded[token])
			ck_abort_msg("a CPU_ON failed, and the vCPU started" HANDOUT);
		cancelled += succeeded[token] && !started[token];
	}
	if (cancelled > LIVES * (CPUS - 1))
		ck_abort_msg("%u vCPUs were turned on and never started, in %u lives" HANDOUT, cancelled,
			     LIVES);
	if (ons < LIVES)
		ck_abort_msg("there was nothing to see: %u CPU_ON, %u stops in %u lives" HANDOUT, ons, offs,
			     LIVES);
	printf("# %u lives: %u CPU_ON, %u stops, %u system calls, %u cancelled, %u empty\n", LIVES, ons,
	       offs, resets, cancelled, empty);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("psci_threads");
	TCase *tcase = add_case(suite, "threads");

	(void)argc;
	tcase_add_test(tcase, lives);
	return unit_main(argv[0], suite);
}
