// SPDX-License-Identifier: MIT
/*
 * test_psci.c - PSCI for guests: each function, with each kind of argument, in each state.
 *
 * One call at a time; what happens when several are made at once is for test_psci_interleave.c and
 * test_psci_threads.c.
 */
#include "unit_main.h"

#include <string.h>

#include "arch/bits.h"
#include "lib/errno.h"
#include "psci.h"

#define HANDOUT		"  handout: lab5-smc-psci/README.md, \"PSCI: which vCPUs are on\""

/* Says what is wrong and where, and ends the test. */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

#define CPUS		5
#define RAM		UINT64_C(0x40000000)
#define RAM_SIZE	UINT64_C(0x200000000)		/* goes on beyond 4 GiB */
#define RAM_END		(RAM + RAM_SIZE)
#define GARBAGE		UINT64_C(0xdeadbeef00000000)	/* in the half that a 32-bit call has not */

static const uint64_t affinities[CPUS] = { 0x0, 0x1, 0x100, 0x010203, 0x0100000001 };

static const enum psci_system systems[] = {
	PSCI_RUNS, PSCI_GOES_OFF, PSCI_RESETS, PSCI_RESETS_WARM,
};

static struct psci psci;

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* MPIDR_EL1 has more bits than the affinity: RES1, U, MT. */
static void set_up(void)
{
	uint64_t mpidr[CPUS];

	for (unsigned int n = 0; n < CPUS; n++)
		mpidr[n] = affinities[n] | BIT(31) | (n & 1 ? BIT(30) | BIT(24) : 0);
	memset(&psci, 0xaa, sizeof(psci));
	ck_assert_int_eq(psci_init(&psci, CPUS, mpidr, RAM, RAM_SIZE), 0);
}

/* State number i of 3 to the power of CPUS; vCPU 0 is the lowest digit. */
#define STATES		243
static void set_states(unsigned int i, enum psci_system system)
{
	static const enum psci_power powers[] = { POWER_ON, POWER_OFF, POWER_ON_PENDING };

	for (unsigned int n = 0; n < CPUS; n++, i /= 3) {
		psci.cpu[n].power = powers[i % 3];
		psci.cpu[n].entry = (struct psci_entry){ 0x1111 * n, 0x2222 * n };
	}
	psci.system = system;
}

static bool any_locked(void)
{
	for (unsigned int n = 0; n < CPUS; n++)
		if (spin_is_locked(&psci.cpu[n].lock))
			return true;
	return false;
}

/* A call; whatever it is, no lock is left behind. */
static struct psci_outcome call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	const uint64_t x[4] = { x0, x1, x2, x3 };
	struct psci_outcome outcome = psci_call(&psci, x);

	if (any_locked())
		wrong("0x%lx(0x%lx, 0x%lx, 0x%lx): a lock is still taken" HANDOUT, x0, x1, x2, x3);
	return outcome;
}

/* A call that comes to nothing but an answer: no action, and the state is as it was. */
static void expect_answer(int64_t expected, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct psci before = psci;
	struct psci_outcome outcome = call(x0, x1, x2, x3);

	if (outcome.x0 != expected || outcome.action != PSCI_ACTION_NONE)
		wrong("0x%lx(0x%lx, 0x%lx, 0x%lx): expected %ld, got %ld, action %d" HANDOUT, x0, x1,
		      x2, x3, expected, outcome.x0, outcome.action);
	if (memcmp(&before, &psci, sizeof(psci)) != 0)
		wrong("0x%lx(0x%lx, 0x%lx, 0x%lx): answered %ld, and the state is another one" HANDOUT,
		      x0, x1, x2, x3, expected);
}

/* ---- Which functions there are --------------------------------------------------------------- */

static bool is_there(uint32_t id)
{
	static const uint32_t ids[] = {
		0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003, 0xc4000003, 0x84000004,
		0xc4000004, 0x84000006, 0x84000008, 0x84000009, 0x8400000a, 0x84000012, 0xc4000012,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void check_id(uint32_t id)
{
	if (!is_there(id)) {
		expect_answer(PSCI_NOT_SUPPORTED, id, 0, RAM, 0);
		expect_answer(PSCI_NOT_SUPPORTED, GARBAGE | id, random64(), random64(), random64());
	} else {
		set_states(0, PSCI_RUNS);
		if (call(GARBAGE | id, id == PSCI_FEATURES ? id : 0, 0, 0).x0 == PSCI_NOT_SUPPORTED)
			wrong("0x%x is there, and says NOT_SUPPORTED" HANDOUT, id);
		set_states(0, PSCI_RUNS);
	}
	/* Also SMCCC_VERSION: this is how it is found. */
	expect_answer(is_there(id) || id == 0x80000000 ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED,
		      PSCI_FEATURES, GARBAGE | id, random64(), random64());
}

START_TEST(ids)
{
	static const uint32_t starts[] = {
		0x84000000, 0xc4000000, 0x80000000, 0xc0000000, 0x04000000, 0x44000000, 0x83ff0000,
		0xc3ff0000, 0x84010000, 0xc4010000, 0x85000000, 0x86000000, 0xbf000000, 0x95c1b000, 0,
	};

	set_states(0, PSCI_RUNS);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		for (uint32_t number = 0; number < 0x10000; number += number < 0x200 ? 1 : 0x3f)
			check_id(starts[i] + number);
	for (unsigned int i = 0; i < 100000; i++)
		check_id((uint32_t)random64());
}
END_TEST

/* The ids by their names: a wrong digit in the header is not found by the code that uses it. */
START_TEST(ids_by_name)
{
	static const struct {
		const char *name;
		uint32_t id, expected;
	} names[] = {
#define NAME(id, expected)	{ #id, id, expected }
		NAME(PSCI_VERSION, 0x84000000), NAME(PSCI_CPU_SUSPEND_32, 0x84000001),
		NAME(PSCI_CPU_SUSPEND_64, 0xc4000001), NAME(PSCI_CPU_OFF, 0x84000002),
		NAME(PSCI_CPU_ON_32, 0x84000003), NAME(PSCI_CPU_ON_64, 0xc4000003),
		NAME(PSCI_AFFINITY_INFO_32, 0x84000004), NAME(PSCI_AFFINITY_INFO_64, 0xc4000004),
		NAME(PSCI_MIGRATE_32, 0x84000005), NAME(PSCI_MIGRATE_64, 0xc4000005),
		NAME(PSCI_MIGRATE_INFO_TYPE, 0x84000006),
		NAME(PSCI_MIGRATE_INFO_UP_CPU_32, 0x84000007),
		NAME(PSCI_MIGRATE_INFO_UP_CPU_64, 0xc4000007), NAME(PSCI_SYSTEM_OFF, 0x84000008),
		NAME(PSCI_SYSTEM_RESET, 0x84000009), NAME(PSCI_FEATURES, 0x8400000a),
		NAME(PSCI_CPU_FREEZE, 0x8400000b), NAME(PSCI_CPU_DEFAULT_SUSPEND_32, 0x8400000c),
		NAME(PSCI_CPU_DEFAULT_SUSPEND_64, 0xc400000c),
		NAME(PSCI_NODE_HW_STATE_32, 0x8400000d), NAME(PSCI_NODE_HW_STATE_64, 0xc400000d),
		NAME(PSCI_SYSTEM_SUSPEND_32, 0x8400000e), NAME(PSCI_SYSTEM_SUSPEND_64, 0xc400000e),
		NAME(PSCI_SET_SUSPEND_MODE, 0x8400000f), NAME(PSCI_STAT_RESIDENCY_32, 0x84000010),
		NAME(PSCI_STAT_RESIDENCY_64, 0xc4000010), NAME(PSCI_STAT_COUNT_32, 0x84000011),
		NAME(PSCI_STAT_COUNT_64, 0xc4000011), NAME(PSCI_SYSTEM_RESET2_32, 0x84000012),
		NAME(PSCI_SYSTEM_RESET2_64, 0xc4000012), NAME(PSCI_MEM_PROTECT, 0x84000013),
		NAME(PSCI_MEM_PROTECT_CHECK_RANGE_32, 0x84000014),
		NAME(PSCI_MEM_PROTECT_CHECK_RANGE_64, 0xc4000014),
#undef NAME
	};
	static const int codes[] = {
		PSCI_SUCCESS, PSCI_NOT_SUPPORTED, PSCI_INVALID_PARAMETERS, PSCI_DENIED,
		PSCI_ALREADY_ON, PSCI_ON_PENDING, PSCI_INTERNAL_FAILURE, PSCI_NOT_PRESENT,
		PSCI_DISABLED, PSCI_INVALID_ADDRESS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].id != names[i].expected)
			wrong("%s is 0x%x, not 0x%x" HANDOUT, names[i].name, names[i].expected,
			      names[i].id);
	for (int i = 0; i < (int)ARRAY_SIZE(codes); i++)
		ck_assert_int_eq(codes[i], -i);
}
END_TEST

START_TEST(constants)
{
	for (unsigned int state = 0; state < STATES; state++) {
		for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
			set_states(state, systems[s]);
			expect_answer(0x10001, PSCI_VERSION, random64(), random64(), random64());
			expect_answer(2, PSCI_MIGRATE_INFO_TYPE, random64(), random64(), random64());
		}
	}
}
END_TEST

/* ---- Arguments ------------------------------------------------------------------------------- */

/* All of what one may give for the address of an entry. */
static const uint64_t addresses[] = {
	RAM, RAM + 4, RAM + 0x80000, RAM_END - 4, UINT64_C(0x140000000), UINT64_C(0xfffffffc),
	/* outside */
	RAM - 4, RAM_END, RAM_END + 4, 0, 4, UINT64_C(0x09000000), UINT64_C(0x8000000040000000),
	UINT64_C(0xfffffffffffffffc),
	/* misaligned */
	RAM + 1, RAM + 2, RAM + 3, RAM_END - 1, RAM_END - 2, RAM_END - 3, UINT64_C(0xffffffffffffffff),
	/* good in the lower half, if that is all there is */
	GARBAGE | RAM, GARBAGE | (RAM + 2),
};

static bool good_address(uint64_t address)
{
	return address % 4 == 0 && address >= RAM && address <= RAM_END - 4;
}

/* Affinities that somebody has, and such as nobody has. */
static const uint64_t targets[] = {
	0x0, 0x1, 0x100, 0x010203, 0x0100000001,
	0x2, 0x101, 0x200, 0x10000, 0x010200, 0x010204, 0x020203, 0x0100000000, 0x0200000001,
	0x80000000, 0x80000001, 0x40000001, 0x01000001, 0x02000000, 0x81000001, 0x0180000001,
	UINT64_C(0x010000000001), UINT64_C(0x8000000000000000), UINT64_C(0xffffffffffffffff),
	GARBAGE, GARBAGE | 1, GARBAGE | 0x010203, UINT64_C(0xff00ffffff),
};

static unsigned int cpu_of(uint64_t affinity)
{
	unsigned int n = 0;

	while (n < CPUS && affinities[n] != affinity)
		n++;
	return n;
}

/* ---- CPU_ON ---------------------------------------------------------------------------------- */

static int64_t expected_of_cpu_on(unsigned int target, uint64_t address)
{
	if (target == CPUS)
		return -2;			/* INVALID_PARAMETERS */
	if (!good_address(address))
		return -9;			/* INVALID_ADDRESS */
	if (psci.system != PSCI_RUNS)
		return -3;			/* DENIED */
	switch (psci.cpu[target].power) {
	case POWER_ON:
		return -4;			/* ALREADY_ON */
	case POWER_ON_PENDING:
		return -5;			/* ON_PENDING */
	default:
		return 0;
	}
}

static void check_cpu_on(bool call64, uint64_t x1, uint64_t x2)
{
	uint64_t x0 = call64 ? 0xc4000003 : GARBAGE | 0x84000003, x3 = random64();
	uint64_t mask = call64 ? UINT64_MAX : UINT32_MAX;
	unsigned int target = cpu_of(x1 & mask);
	int64_t expected = expected_of_cpu_on(target, x2 & mask);
	struct psci before = psci;
	struct psci_outcome outcome;

	if (expected != 0) {
		expect_answer(expected, x0, x1, x2, x3);
		return;
	}
	outcome = call(x0, x1, x2, x3);
	if (outcome.x0 != 0 || outcome.action != PSCI_ACTION_CPU_UP || outcome.target != target)
		wrong("CPU_ON(0x%lx, 0x%lx): expected 0 and vCPU %u to come up, got %ld, action %d, "
		      "vCPU %u" HANDOUT, x1, x2, target, outcome.x0, outcome.action, outcome.target);
	if (outcome.entry.address != (x2 & mask) || outcome.entry.context != (x3 & mask))
		wrong("CPU_ON(0x%lx, 0x%lx, 0x%lx), %d bits: it starts at 0x%lx with 0x%lx" HANDOUT, x1,
		      x2, x3, call64 ? 64 : 32, outcome.entry.address, outcome.entry.context);

	before.cpu[target].power = POWER_ON_PENDING;
	before.cpu[target].entry = (struct psci_entry){ x2 & mask, x3 & mask };
	if (memcmp(&before, &psci, sizeof(psci)) != 0)
		wrong("CPU_ON(0x%lx, 0x%lx): not just vCPU %u has become ON_PENDING" HANDOUT, x1, x2,
		      target);
}

START_TEST(cpu_on)
{
	for (unsigned int state = 0; state < STATES; state++) {
		for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
			for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
				for (size_t a = 0; a < ARRAY_SIZE(addresses); a++) {
					set_states(state, systems[s]);
					check_cpu_on(true, targets[t], addresses[a]);
					set_states(state, systems[s]);
					check_cpu_on(false, targets[t], addresses[a]);
				}
			}
		}
	}
}
END_TEST

/* ---- AFFINITY_INFO --------------------------------------------------------------------------- */

static uint64_t aff(uint64_t mpidr, unsigned int level)
{
	return mpidr >> (level == 3 ? 32 : level * 8) & 0xff;
}

static int64_t expected_of_affinity_info(uint64_t target, uint32_t level)
{
	bool on = false, pending = false, off = false;

	if (level > 3 || target >> 40 != 0 || (target >> 24 & 0xff) != 0)
		return -2;
	for (unsigned int n = 0; n < CPUS; n++) {
		bool same = true;

		for (unsigned int l = level; l <= 3; l++)
			same = same && aff(affinities[n], l) == aff(target, l);
		on = on || (same && psci.cpu[n].power == POWER_ON);
		off = off || (same && psci.cpu[n].power == POWER_OFF);
		pending = pending || (same && psci.cpu[n].power == POWER_ON_PENDING);
	}
	return on ? 0 : pending ? 2 : off ? 1 : -2;
}

START_TEST(affinity_info)
{
	static const uint32_t levels[] = { 0, 1, 2, 3, 4, 5, 0x80000000, 0xffffffff, 0x100 };

	for (unsigned int state = 0; state < STATES; state++) {
		for (size_t i = 0; i < ARRAY_SIZE(levels) * ARRAY_SIZE(targets); i++) {
			uint32_t level = levels[i / ARRAY_SIZE(targets)];
			uint64_t target = targets[i % ARRAY_SIZE(targets)];

			/* Going down does not matter here; the level has 32 bits in both. */
			set_states(state, systems[i % ARRAY_SIZE(systems)]);
			expect_answer(expected_of_affinity_info(target, level), 0xc4000004, target,
				      GARBAGE | level, random64());
			expect_answer(expected_of_affinity_info((uint32_t)target, level), 0x84000004,
				      target, GARBAGE | level, random64());
		}
	}
}
END_TEST

/* ---- CPU_SUSPEND ----------------------------------------------------------------------------- */

static void check_cpu_suspend(bool call64, uint32_t power_state, uint64_t x2)
{
	uint64_t x0 = call64 ? 0xc4000001 : 0x84000001, x1 = GARBAGE | power_state, x3 = random64();
	uint64_t mask = call64 ? UINT64_MAX : UINT32_MAX;
	struct psci before = psci;
	struct psci_outcome outcome;

	if (power_state != 0 && power_state != 0x10000) {
		expect_answer(-2, x0, x1, x2, x3);
		return;
	}
	if (power_state == 0x10000 && !good_address(x2 & mask)) {
		expect_answer(-9, x0, x1, x2, x3);
		return;
	}
	outcome = call(x0, x1, x2, x3);
	if (outcome.x0 != 0 ||
	    outcome.action != (power_state ? PSCI_ACTION_POWERDOWN : PSCI_ACTION_STANDBY))
		wrong("CPU_SUSPEND(0x%x): got %ld, action %d" HANDOUT, power_state, outcome.x0,
		      outcome.action);
	if (power_state && (outcome.entry.address != (x2 & mask) || outcome.entry.context != (x3 & mask)))
		wrong("CPU_SUSPEND(0x%x, 0x%lx, 0x%lx), %d bits: goes on at 0x%lx with 0x%lx" HANDOUT,
		      power_state, x2, x3, call64 ? 64 : 32, outcome.entry.address,
		      outcome.entry.context);
	if (memcmp(&before, &psci, sizeof(psci)) != 0)
		wrong("CPU_SUSPEND(0x%x): a suspended vCPU is ON, nothing is to change" HANDOUT,
		      power_state);
}

START_TEST(cpu_suspend)
{
	for (unsigned int state = 0; state < STATES; state += 3) {	/* the caller, vCPU 0, is ON */
		set_states(state, systems[state / 3 % 4]);
		for (size_t a = 0; a < ARRAY_SIZE(addresses); a++) {
			/* Both kinds; each bit, alone and with a powerdown; deeper levels; all. */
			for (unsigned int bit = 0; bit < 32; bit++) {
				check_cpu_suspend(a % 2, (uint32_t)BIT(bit), addresses[a]);
				check_cpu_suspend(a % 2, (uint32_t)BIT(bit) | 0x10000, addresses[a]);
			}
			check_cpu_suspend(true, 0, addresses[a]);
			check_cpu_suspend(false, 0, addresses[a]);
			check_cpu_suspend(true, 0x10000, addresses[a]);
			check_cpu_suspend(false, 0x10000, addresses[a]);
			check_cpu_suspend(true, 0x03010000, addresses[a]);
			check_cpu_suspend(true, 0xffffffff, addresses[a]);
		}
	}
	for (uint32_t id = 1; id < 0x10000; id++)
		check_cpu_suspend(true, id | (id % 2) << 16, RAM);
}
END_TEST

/* ---- CPU_OFF and the end of it all ----------------------------------------------------------- */

START_TEST(cpu_off)
{
	for (unsigned int state = 0; state < STATES; state += 3) {
		for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
			struct psci before;
			struct psci_outcome outcome;

			set_states(state, systems[s]);
			before = psci;
			outcome = call(0x84000002, random64(), random64(), random64());
			ck_assert_int_eq(outcome.action, PSCI_ACTION_CPU_DOWN);
			ck_assert_int_eq(outcome.x0, PSCI_INTERNAL_FAILURE);
			ck_assert_mem_eq(&before, &psci, sizeof(psci));	/* ON until it has left */
		}
	}
}
END_TEST

static void check_system(unsigned int state, enum psci_system system, uint64_t x0, uint64_t x1,
			 enum psci_system how, enum psci_action action)
{
	struct psci before;
	struct psci_outcome outcome;

	set_states(state, system);
	before = psci;
	outcome = call(x0, x1, random64(), random64());
	if (system != PSCI_RUNS)
		action = PSCI_ACTION_CPU_DOWN;	/* somebody was first */
	if (outcome.action != action || outcome.x0 != PSCI_INTERNAL_FAILURE)
		wrong("0x%lx(0x%lx) with the system in %d: expected action %d, got %d, %ld" HANDOUT, x0,
		      x1, system, action, outcome.action, outcome.x0);

	if (system == PSCI_RUNS) {
		before.system = how;
		for (unsigned int n = 0; n < CPUS; n++)
			if (before.cpu[n].power == POWER_ON_PENDING)
				before.cpu[n].power = POWER_OFF;
	}
	if (memcmp(&before, &psci, sizeof(psci)) != 0)
		wrong("0x%lx(0x%lx) with the system in %d: another state than expected; the system is "
		      "in %d" HANDOUT, x0, x1, system, psci.system);
}

START_TEST(system_calls)
{
	for (unsigned int state = 0; state < STATES; state += 3) {
		for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
			check_system(state, systems[s], 0x84000008, random64(), PSCI_GOES_OFF,
				     PSCI_ACTION_SYSTEM_DOWN);
			check_system(state, systems[s], 0x84000009, random64(), PSCI_RESETS,
				     PSCI_ACTION_SYSTEM_RESET);
			check_system(state, systems[s], 0x84000012, GARBAGE, PSCI_RESETS_WARM,
				     PSCI_ACTION_SYSTEM_RESET);
			check_system(state, systems[s], 0xc4000012, GARBAGE, PSCI_RESETS_WARM,
				     PSCI_ACTION_SYSTEM_RESET);
		}
	}
}
END_TEST

/* The architecture's other types are wrong, the vendor's are not there. */
START_TEST(reset_types)
{
	for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
		set_states(0, systems[s]);
		for (unsigned int i = 0; i < 1000; i++) {
			uint32_t type = i < 31 ? (uint32_t)BIT(i) : (uint32_t)random64() & 0x7fffffff;

			type = type ? type : 1;
			expect_answer(-2, 0x84000012, GARBAGE | type, random64(), 0);
			expect_answer(-2, 0xc4000012, GARBAGE | type, random64(), 0);
			expect_answer(-1, 0x84000012, type | 0x80000000, random64(), 0);
			expect_answer(-1, 0xc4000012, GARBAGE | type | 0x80000000, random64(), 0);
		}
		expect_answer(-1, 0xc4000012, 0x80000000, 0, 0);
	}
}
END_TEST

/* ---- For the VM layer ------------------------------------------------------------------------ */

START_TEST(init)
{
	static const uint64_t same[] = { 0, 1, 2, 0x80000001 };
	static const uint64_t many[PSCI_CPUS_MAX + 1] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct psci other;

	ck_assert_int_eq(psci_init(&other, 0, many, RAM, RAM_SIZE), -EINVAL);
	ck_assert_int_eq(psci_init(&other, PSCI_CPUS_MAX + 1, many, RAM, RAM_SIZE), -EINVAL);
	ck_assert_int_eq(psci_init(&other, 4, same, RAM, RAM_SIZE), -EINVAL);
	ck_assert_int_eq(psci_init(&other, 3, same, RAM, RAM_SIZE), 0);
	ck_assert_int_eq(psci_init(&other, 1, many, RAM, RAM_SIZE), 0);
	ck_assert_int_eq(psci_init(&other, PSCI_CPUS_MAX, many, RAM, RAM_SIZE), 0);

	ck_assert_int_eq(psci_system(&psci), PSCI_GOES_OFF);
	for (unsigned int n = 0; n < CPUS; n++) {
		ck_assert_int_eq(psci_cpu_power(&psci, n), POWER_OFF);
		ck_assert_uint_eq(psci.cpu[n].affinity, affinities[n]);
	}
	ck_assert(!any_locked());
}
END_TEST

START_TEST(boot)
{
	struct psci before;
	struct psci_entry entry;

	for (unsigned int state = 0; state < STATES; state++) {
		for (size_t s = 0; s < ARRAY_SIZE(systems); s++) {
			bool off = true;

			set_states(state, systems[s]);
			for (unsigned int n = 0; n < CPUS; n++)
				off = off && psci.cpu[n].power == POWER_OFF;
			before = psci;
			ck_assert_int_eq(psci_boot(&psci, RAM + 0x80000, 0x44000000), off ? 0 : -EBUSY);
			ck_assert(!any_locked());
			if (off) {
				before.system = PSCI_RUNS;
				before.cpu[0].power = POWER_ON_PENDING;
				before.cpu[0].entry = (struct psci_entry){ RAM + 0x80000, 0x44000000 };
			}
			ck_assert_mem_eq(&before, &psci, sizeof(psci));
		}
	}

	set_up();
	for (size_t a = 0; a < ARRAY_SIZE(addresses); a++) {
		set_up();
		ck_assert_int_eq(psci_boot(&psci, addresses[a], a),
				 good_address(addresses[a]) ? 0 : -EINVAL);
		ck_assert(psci_cpu_started(&psci, 0, &entry) == good_address(addresses[a]));
		if (good_address(addresses[a])) {
			ck_assert_uint_eq(entry.address, addresses[a]);
			ck_assert_uint_eq(entry.context, a);
		}
	}
}
END_TEST

START_TEST(started_failed_stopped)
{
	for (unsigned int state = 0; state < STATES; state++) {
		for (unsigned int i = 0; i < CPUS * ARRAY_SIZE(systems); i++) {
			enum psci_system system = systems[i % ARRAY_SIZE(systems)];
			unsigned int n = i / ARRAY_SIZE(systems);
			struct psci_entry entry = { 1, 2 };
			bool others_off = true, pending, on, last;
			struct psci before, expected;

			set_states(state, system);
			before = psci;
			pending = psci.cpu[n].power == POWER_ON_PENDING;
			on = psci.cpu[n].power == POWER_ON;
			for (unsigned int other = 0; other < CPUS; other++)
				others_off = others_off && (other == n ||
							    psci.cpu[other].power == POWER_OFF);

			expected = before;
			ck_assert(psci_cpu_started(&psci, n, &entry) == pending);
			ck_assert(!any_locked());
			if (pending) {
				expected.cpu[n].power = POWER_ON;
				ck_assert_uint_eq(entry.address, 0x1111 * n);
				ck_assert_uint_eq(entry.context, 0x2222 * n);
			} else {
				ck_assert(entry.address == 1 && entry.context == 2);
			}
			ck_assert_mem_eq(&expected, &psci, sizeof(psci));

			psci = expected = before;
			if (pending)
				expected.cpu[n].power = POWER_OFF;
			ck_assert_int_eq(psci_cpu_failed(&psci, n), -6);
			ck_assert(!any_locked());
			ck_assert_mem_eq(&expected, &psci, sizeof(psci));

			psci = expected = before;
			last = psci_cpu_stopped(&psci, n);
			ck_assert(!any_locked());
			if (last != (on && others_off))
				wrong("vCPU %u stops in state %u: last is %d" HANDOUT, n, state, last);
			if (on)
				expected.cpu[n].power = POWER_OFF;
			if (last && system == PSCI_RUNS)
				expected.system = PSCI_GOES_OFF;
			ck_assert_mem_eq(&expected, &psci, sizeof(psci));
		}
	}
}
END_TEST

/* By the host, also when none of the vCPUs has begun yet. */
START_TEST(system_stop)
{
	for (unsigned int state = 0; state < STATES; state++) {
		for (size_t i = 0; i < 3 * ARRAY_SIZE(systems); i++) {
			enum psci_system system = systems[i % ARRAY_SIZE(systems)];
			enum psci_system how = systems[1 + i / ARRAY_SIZE(systems)];
			enum psci_stop expected = PSCI_STOP_EMPTY;

			set_states(state, system);
			for (unsigned int n = 0; n < CPUS; n++)
				if (psci.cpu[n].power == POWER_ON)
					expected = PSCI_STOP_BEGUN;
			if (system != PSCI_RUNS)
				expected = PSCI_STOP_LATE;
			ck_assert_int_eq(psci_system_stop(&psci, how), expected);
			ck_assert(!any_locked());
			ck_assert_int_eq(psci_system(&psci), system == PSCI_RUNS ? how : system);
		}
	}
}
END_TEST

/* From boot to off, as a VM layer does it. */
START_TEST(a_life)
{
	struct psci_entry entry;
	struct psci_outcome outcome;

	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(psci_boot(&psci, RAM, 0x1234), 0);
		ck_assert_int_eq(psci_boot(&psci, RAM, 0x1234), -EBUSY);
		ck_assert(!psci_cpu_started(&psci, 1, &entry));
		ck_assert(psci_cpu_started(&psci, 0, &entry));
		ck_assert(!psci_cpu_started(&psci, 0, &entry));
		ck_assert_uint_eq(entry.context, 0x1234);
		expect_answer(PSCI_ALREADY_ON, PSCI_CPU_ON_64, 0, RAM, 0);

		/* vCPU 3 comes up, on its second try. */
		outcome = call(PSCI_CPU_ON_64, 0x010203, RAM + 8, 0x5678);
		ck_assert_uint_eq(outcome.target, 3);
		expect_answer(PSCI_AFFINITY_ON_PENDING, PSCI_AFFINITY_INFO_64, 0x010203, 0, 0);
		expect_answer(PSCI_ON_PENDING, PSCI_CPU_ON_64, 0x010203, RAM + 16, 1);
		ck_assert_int_eq(psci_cpu_failed(&psci, 3), PSCI_INTERNAL_FAILURE);
		expect_answer(PSCI_AFFINITY_OFF, PSCI_AFFINITY_INFO_64, 0x010203, 0, 0);
		outcome = call(PSCI_CPU_ON_64, 0x010203, RAM + 12, 0x9abc);
		ck_assert_int_eq(outcome.x0, PSCI_SUCCESS);
		ck_assert(psci_cpu_started(&psci, 3, &entry));
		ck_assert(entry.address == RAM + 12 && entry.context == 0x9abc);
		expect_answer(PSCI_ALREADY_ON, PSCI_CPU_ON_64, 0x010203, RAM, 0);

		/* It goes, and until it has gone it is on. */
		ck_assert_int_eq(call(PSCI_CPU_OFF, 0, 0, 0).action, PSCI_ACTION_CPU_DOWN);
		expect_answer(PSCI_AFFINITY_ON, PSCI_AFFINITY_INFO_64, 0x010203, 0, 0);
		expect_answer(PSCI_ALREADY_ON, PSCI_CPU_ON_64, 0x010203, RAM, 0);
		ck_assert(!psci_cpu_stopped(&psci, 3));
		ck_assert(!psci_cpu_stopped(&psci, 3));
		expect_answer(PSCI_AFFINITY_OFF, PSCI_AFFINITY_INFO_64, 0x010203, 0, 0);

		/* Again; and then the end, while vCPU 2 is on its way. */
		ck_assert_int_eq(call(PSCI_CPU_ON_64, 0x010203, RAM, 0).x0, PSCI_SUCCESS);
		ck_assert(psci_cpu_started(&psci, 3, &entry));
		ck_assert_int_eq(call(PSCI_CPU_ON_64, 0x100, RAM, 0).x0, PSCI_SUCCESS);
		ck_assert_int_eq(call(round ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0).action,
				 round ? PSCI_ACTION_SYSTEM_RESET : PSCI_ACTION_SYSTEM_DOWN);
		ck_assert(!psci_cpu_started(&psci, 2, &entry));
		expect_answer(PSCI_DENIED, PSCI_CPU_ON_64, 0x100, RAM, 0);
		ck_assert_int_eq(call(PSCI_SYSTEM_OFF, 0, 0, 0).action, PSCI_ACTION_CPU_DOWN);
		ck_assert_int_eq(psci_boot(&psci, RAM, 0), -EBUSY);
		ck_assert(!psci_cpu_stopped(&psci, 0));
		ck_assert(psci_cpu_stopped(&psci, 3));
		ck_assert(!psci_cpu_stopped(&psci, 3));
		ck_assert_int_eq(psci_system(&psci), round ? PSCI_RESETS : PSCI_GOES_OFF);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("psci");
	TCase *tcase = add_case(suite, "psci");

	(void)argc;
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, ids);
	tcase_add_test(tcase, ids_by_name);
	tcase_add_test(tcase, constants);
	tcase_add_test(tcase, cpu_on);
	tcase_add_test(tcase, affinity_info);
	tcase_add_test(tcase, cpu_suspend);
	tcase_add_test(tcase, cpu_off);
	tcase_add_test(tcase, system_calls);
	tcase_add_test(tcase, reset_types);
	tcase_add_test(tcase, init);
	tcase_add_test(tcase, boot);
	tcase_add_test(tcase, started_failed_stopped);
	tcase_add_test(tcase, system_stop);
	tcase_add_test(tcase, a_life);
	return unit_main(argv[0], suite);
}
