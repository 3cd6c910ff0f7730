// SPDX-License-Identifier: MIT
/*
 * test_vmid.c - VMIDs: no two VMs under one number, in no TLB.
 *
 * Next to the allocator runs a model of the machine: on each CPU a VM that executes under the
 * number it was given, and a TLB which keeps for each number whose translations it has, until it is
 * flushed. Whatever is asked of the allocator, a VM must never meet another one's translations.
 *
 * What a CPU does in the middle of another one's vmid_get() is for test_vmid_races.c.
 */
#include "unit_main.h"

#include <string.h>

#include "mm/vmid.h"

#define HANDOUT		"  handout: lab3-vcpu-context/README.md, \"VMIDs: no TLB maintenance on re-entry\""

#define MAX_VMS		70000
#define NOBODY		(-1)

/* Says what is wrong and where, and ends the test. */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- The machine ----------------------------------------------------------------------------- */

static struct vmid_pool pool;
static struct vmid vms[MAX_VMS];

static int running[MAX_CPUS];			/* which VM is loaded there */
static unsigned int under[MAX_CPUS];		/* and under which number */
static int tlb[MAX_CPUS][VMID_NUMBERS_MAX];	/* whose translations are there for a number */

/* What the allocator has to know: which VMs have a good number; how many are given away. */
static bool has_number[MAX_VMS];
static unsigned int given, numbers;
static unsigned int flushes, publishes;

/* The VM that runs on a CPU uses its TLB all the time. */
static void use_tlb(unsigned int cpu)
{
	int *owner = &tlb[cpu][under[cpu]];

	if (running[cpu] == NOBODY)
		return;
	if (*owner != NOBODY && *owner != running[cpu])
		wrong("CPU %u: VM %d runs as VMID %u, and meets translations of VM %d" HANDOUT, cpu,
		      running[cpu], under[cpu], *owner);
	*owner = running[cpu];
}

static void flush_all(void)
{
	flushes++;
	if (!spin_is_locked(&pool.lock))
		wrong("a flush without the lock" HANDOUT);
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		for (unsigned int n = 0; n < numbers; n++)
			tlb[cpu][n] = NOBODY;
		use_tlb(cpu);		/* the guests there go on meanwhile */
	}

	/* A new generation: who runs keeps the number, the others' are free. */
	memset(has_number, 0, sizeof(has_number));
	given = 0;
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (running[cpu] == NOBODY || has_number[running[cpu]])
			continue;
		has_number[running[cpu]] = true;
		given++;
	}
}

static void publish(void)
{
	publishes++;
	if (!spin_is_locked(&pool.lock))
		wrong("a new number is published without the lock" HANDOUT);
}

static const struct vmid_ops ops = { .flush_all = flush_all, .publish = publish };

static void set_up_with(unsigned int bits)
{
	vmid_pool_init(&pool, bits, &ops);
	numbers = bits == 16 ? 65536 : 256;
	memset(vms, 0, sizeof(vms));
	memset(has_number, 0, sizeof(has_number));
	memset(tlb, 0xff, sizeof(tlb));		/* all NOBODY */
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++)
		running[cpu] = NOBODY;
	given = flushes = publishes = 0;
}

static void set_up(void)
{
	set_up_with(8);
}

/* Load a VM on a CPU, and look at everything. */
static unsigned int load(unsigned int cpu, int vm)
{
	unsigned int flushes_before = flushes, publishes_before = publishes;
	unsigned int old = vmid_number(&vms[vm]), number;
	uint64_t old_id = vms[vm].id;
	bool had = has_number[vm], full = given == numbers - 1;

	number = vmid_get(&pool, &vms[vm], cpu);
	if (number == 0 || number >= numbers || number != vmid_number(&vms[vm]))
		wrong("VM %d got VMID %u (and vmid_number() is %u)" HANDOUT, vm, number,
		      vmid_number(&vms[vm]));
	if (spin_is_locked(&pool.lock))
		wrong("the lock is still taken" HANDOUT);
	if (had && number != old)
		wrong("VM %d had VMID %u, which was still good, and got %u" HANDOUT, vm, old,
		      number);
	if (flushes - flushes_before != (!had && full))
		wrong("VM %d, %s a number, with %u of %u given: expected %d flushes, got "
		      "%u" HANDOUT, vm, had ? "with" : "without", given, numbers - 1, !had && full,
		      flushes - flushes_before);
	if (publishes - publishes_before != (vms[vm].id != old_id))
		wrong("VM %d had id 0x%lx, has 0x%lx: published %u times" HANDOUT, vm, old_id,
		      vms[vm].id, publishes - publishes_before);
	if (!had) {
		if (vms[vm].id == old_id)
			wrong("VM %d had lost its VMID %u, and has it again, unseen" HANDOUT, vm,
			      old);
		has_number[vm] = true;
		given++;
	}
	running[cpu] = vm;
	under[cpu] = number;
	for (unsigned int other = 0; other < MAX_CPUS; other++) {
		if (running[other] != NOBODY && (running[other] == vm) != (under[other] == number))
			wrong("CPU %u runs VM %d as VMID %u, and CPU %u VM %d as %u" HANDOUT, cpu,
			      vm, number, other, running[other], under[other]);
		use_tlb(other);
	}
	return number;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* One CPU: each VM in turn. All numbers are used before the first is used again, and 0 never is. */
START_TEST(one_by_one)
{
	unsigned int bits = _i == 0 ? 8 : 16, last = (1U << bits) - 1;

	set_up_with(bits);
	for (unsigned int vm = 0; vm < last; vm++)
		ck_assert_uint_eq(load(0, (int)vm), vm + 1);
	for (unsigned int vm = 0; vm < last; vm += 37)
		load(0, (int)vm);
	ck_assert_uint_eq(flushes, 0);
	ck_assert_uint_eq(load(0, 7), 8);

	/* VM 7 is loaded, so its number, 8, is not to be had in the next generation. */
	for (unsigned int vm = last, number = 1; number < 20; vm++, number += number == 7 ? 2 : 1)
		ck_assert_uint_eq(load(0, (int)vm), number);
	ck_assert_uint_eq(flushes, 1);
	ck_assert_uint_eq(pool.rollovers, 1);

	/* VM 7 has kept it, the others begin again: their old numbers are of no account. */
	ck_assert_uint_eq(load(0, 7), 8);
	ck_assert_uint_eq(load(0, 8), 20);
}
END_TEST

/* A vCPU stays on its CPU over many generations, and nobody asks for it. */
START_TEST(kept_over_generations)
{
	unsigned int kept = load(0, 0);

	for (int round = 0; flushes < 10; round++)
		load(1, 1 + round % 1000);
	ck_assert_uint_eq(vmid_number(&vms[0]), kept);
	ck_assert_uint_eq(load(2, 0), kept);
	ck_assert_uint_eq(load(0, 0), kept);
	ck_assert_uint_eq(flushes, 10);

	/* It leaves, and with the next roll-over its number is anybody's. */
	load(0, 1);
	load(2, 1);
	for (int round = 0; flushes < 11; round++)
		load(1, 1 + round % 1000);
	ck_assert(!has_number[0]);
	load(0, 0);
}
END_TEST

/* As many VMs as numbers: once each has one, nothing happens any more. */
START_TEST(enough_for_all)
{
	for (int i = 0; i < 100000; i++)
		load(random64() % MAX_CPUS, (int)(random64() % 255));
	ck_assert_uint_eq(flushes, 0);
	ck_assert_uint_eq(publishes, 255);
}
END_TEST

/* CPUs that change VMs often, seldom, hardly ever; more VMs than numbers; some VMs on many CPUs. */
START_TEST(random_life)
{
	static const struct {
		unsigned int bits, steps;
		int vms;
	} lives[] = {
		{ 8, 400000, 256 }, { 8, 400000, 264 }, { 8, 300000, 1000 }, { 16, 800000, 66000 },
	};
	int next = 0, vm;

	set_up_with(lives[_i].bits);
	for (unsigned int i = 0; i < lives[_i].steps; i++) {
		unsigned int cpu = random64() % MAX_CPUS;

		if (cpu >= 4 && random64() % 1000 >= cpu)
			continue;
		if (random64() % 2)
			vm = next = (next + 1) % lives[_i].vms;
		else
			vm = (int)(random64() % (random64() % 8 ? (uint64_t)lives[_i].vms : 5));
		load(cpu, vm);
	}
	ck_assert_uint_gt(flushes, lives[_i].bits == 8 ? 100U : 1U);
	ck_assert_uint_eq(pool.rollovers, flushes);
}
END_TEST

/* A local flush when another vCPU of the VM ran on the CPU before; and not twice. */
START_TEST(vcpus_of_one_vm)
{
	struct vmid vm = { 0 }, other = { 0 };

	ck_assert(!vmid_must_flush_local(&vm, 0, 0));
	ck_assert(!vmid_must_flush_local(&vm, 0, 0));
	ck_assert(!vmid_must_flush_local(&vm, 1, 1));
	ck_assert(vmid_must_flush_local(&vm, 0, 1));
	ck_assert(!vmid_must_flush_local(&vm, 0, 1));
	ck_assert(!vmid_must_flush_local(&vm, 1, 1));
	ck_assert(vmid_must_flush_local(&vm, 1, 0));
	ck_assert(vmid_must_flush_local(&vm, 0, 0));
	/* Another VM has another VMID: nothing to do with it. */
	ck_assert(!vmid_must_flush_local(&other, 0, 3));
	ck_assert(!vmid_must_flush_local(&vm, 0, 0));
	ck_assert(!vmid_must_flush_local(&vm, MAX_CPUS - 1, 7));
	ck_assert(vmid_must_flush_local(&vm, MAX_CPUS - 1, 0));
}
END_TEST

START_TEST(number)
{
	struct vmid vm = { 0 };

	ck_assert_uint_eq(vmid_number(&vm), 0);
	vm.id = 0x123456789abcdef0;
	ck_assert_uint_eq(vmid_number(&vm), 0xdef0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("vmid");
	TCase *tcase = add_case(suite, "vmid");

	(void)argc;
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, one_by_one, 0, 2);
	tcase_add_test(tcase, kept_over_generations);
	tcase_add_test(tcase, enough_for_all);
	tcase_add_loop_test(tcase, random_life, 0, 4);
	tcase_add_test(tcase, vcpus_of_one_vm);
	tcase_add_test(tcase, number);
	return unit_main(argv[0], suite);
}
