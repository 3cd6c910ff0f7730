// SPDX-License-Identifier: MIT
/*
 * test_vmid_races.c - what other CPUs may do in the middle of a vmid_get() that takes no lock.
 *
 * To get there, this file compiles mm/vmid.h and vmid.c itself, with their atomic accesses replaced
 * by ones that first let the other CPUs do something. Each of these somethings is tried at each of
 * the accesses. (vmid_get() as a whole is tested by test_vmid.c.)
 */
#include "unit_main.h"

#include <string.h>

#include "arch/layout.h"
#include "lib/spinlock.h"

static void others(void);

#define __atomic_load_n(from, order)	\
	(others(), __atomic_load_n(from, order))
#define __atomic_store_n(to, value, order)	\
	(others(), __atomic_store_n(to, value, order))
#define __atomic_exchange_n(to, value, order)	\
	(others(), __atomic_exchange_n(to, value, order))
#define __atomic_compare_exchange_n(to, expected, value, weak, success, failure)	\
	(others(), __atomic_compare_exchange_n(to, expected, value, weak, success, failure))
#include "mm/vmid.h"
#include "mm/vmid.c"
#undef __atomic_load_n
#undef __atomic_store_n
#undef __atomic_exchange_n
#undef __atomic_compare_exchange_n

#define HANDOUT		"  handout: lab3-vcpu-context/README.md, \"VMIDs: no TLB maintenance on re-entry\""

#define VMS		1000
#define OURS		0	/* CPU 0 is loading this VM */
#define BEFORE		1	/* and had this one before */
#define THEIRS		2	/* the other CPUs run VMs from here on */

static struct vmid_pool pool;
static struct vmid vms[VMS];
static int running[MAX_CPUS];
static unsigned int flushes;

static void flush_all(void)
{
	flushes++;
}

static void publish(void)
{
}

static const struct vmid_ops ops = { .flush_all = flush_all, .publish = publish };

static void load_vm(unsigned int cpu, int vm)
{
	vmid_get(&pool, &vms[vm], cpu);
	running[cpu] = vm;
}

/* VMs that come and go on CPU 1, until there was a roll-over, and one number after it. */
static void roll(void)
{
	static int next = THEIRS;
	unsigned int until = flushes + 1;

	for (int loads = 0; flushes < until; loads++) {
		if (loads > VMS)
			ck_abort_msg("%d VMs were loaded, and no roll-over came" HANDOUT, loads);
		load_vm(1, next);
		next = next + 1 == VMS ? THEIRS : next + 1;
	}
}

/* All the numbers of a generation but the last few. */
static void use_up(void)
{
	for (int vm = THEIRS; vm < THEIRS + 240; vm++)
		load_vm(1, vm);
}

static void nothing(void)
{
}

static void ours_elsewhere(void)
{
	load_vm(2, OURS);
}

static void roll_twice(void)
{
	roll();
	roll();
}

static void roll_then_ours_elsewhere(void)
{
	roll();
	load_vm(2, OURS);
}

static void ours_elsewhere_then_roll(void)
{
	load_vm(2, OURS);
	roll();
}

static void roll_and_use_up(void)
{
	roll();
	use_up();
}

static void ours_came_and_went(void)
{
	roll();
	load_vm(2, OURS);
	load_vm(2, THEIRS);
	roll();
	use_up();
}

static void (*const actions[])(void) = {
	nothing, roll, ours_elsewhere, roll_twice, roll_then_ours_elsewhere,
	ours_elsewhere_then_roll, roll_and_use_up, ours_came_and_went,
};

/* At which access of CPU 0's call the others come in; -1 while they do not. */
static int countdown = -1;
static void (*action)(void);

static void others(void)
{
	if (countdown < 0 || countdown-- > 0)
		return;
	if (spin_is_locked(&pool.lock))		/* then they would have to wait */
		return;
	action();
}

/* No other VM has the number that CPU 0 runs ours under, and no CPU runs ours under another one. */
static void look_around(const char *when, unsigned int number, size_t what, int at)
{
	for (int vm = 0; vm < VMS; vm++)
		if (vm != OURS && is_current(&pool, vms[vm].id) && vmid_number(&vms[vm]) == number)
			ck_abort_msg("action %zu at access %d, %s: CPU 0 runs VM %d as VMID %u, "
				     "and VM %d may run so, too" HANDOUT,
				     what, at, when, OURS, number, vm);
	for (unsigned int cpu = 1; cpu < MAX_CPUS; cpu++) {
		if (running[cpu] < 0)
			continue;
		if ((running[cpu] == OURS) != (vmid_number(&vms[running[cpu]]) == number))
			ck_abort_msg("action %zu at access %d, %s: CPU 0 runs VM %d as VMID %u, "
				     "CPU %u VM %d as %u" HANDOUT,
				     what, at, when, OURS, number, cpu, running[cpu],
				     vmid_number(&vms[running[cpu]]));
	}
}

enum { FRESH, QUICK, OLD, KEPT, RENEWED, STATES };

/*
 * Before CPU 0 comes: its VM is new; has a good number; an old one; one that this CPU has kept over
 * a roll-over; or a good one, which another CPU has renewed, while this CPU has missed the
 * roll-over.
 */
static void prepare(int state)
{
	vmid_pool_init(&pool, 8, &ops);
	memset(vms, 0, sizeof(vms));
	memset(running, 0xff, sizeof(running));
	flushes = 0;
	countdown = -1;
	if (state != FRESH)
		load_vm(0, OURS);
	load_vm(0, BEFORE);
	if (state == OLD) {
		roll();
		load_vm(0, BEFORE);
	}
	if (state == KEPT) {
		load_vm(0, OURS);
		roll();
	}
	if (state == RENEWED) {
		roll();
		load_vm(2, OURS);
		load_vm(2, THEIRS);
	}
	use_up();
	load_vm(3, THEIRS);
}

START_TEST(interrupted_anywhere)
{
	bool came = true;

	for (int at = 0; came; at++) {
		for (size_t what = 0; what < sizeof(actions) / sizeof(actions[0]); what++) {
			unsigned int number;

			prepare(_i);
			countdown = at;
			action = actions[what];
			number = vmid_get(&pool, &vms[OURS], 0);
			came = countdown < 0;
			countdown = -1;
			running[0] = OURS;

			ck_assert_uint_ne(number, 0);
			ck_assert_uint_lt(number, 256);
			look_around("at once", number, what, at);

			/* And it keeps that number, whatever the others do. */
			for (int i = 0; i < 4; i++) {
				roll();
				use_up();
				look_around("later", number, what, at);
			}
			load_vm(4, OURS);
			look_around("last", number, what, at);
			ck_assert_uint_eq(vmid_number(&vms[OURS]), number);
		}
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("vmid_races");
	TCase *tcase = add_case(suite, "races");

	(void)argc;
	tcase_add_loop_test(tcase, interrupted_anywhere, 0, STATES);
	return unit_main(argv[0], suite);
}
