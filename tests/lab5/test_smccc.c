// SPDX-License-Identifier: MIT
/*
 * test_smccc.c - a guest's calls: which exist, who answers, what is masked, kept, and forwarded; and
 * the functions of the architecture and of the TRNG themselves.
 */
#include "unit_main.h"

#include <string.h>

#include "arch/bits.h"
#include "smccc.h"

#define HANDOUT		"  handout: lab5-smc-psci/README.md, \"SMCCC: who answers\""

/* Says what is wrong and where, and ends the test. */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

#define RAM		UINT64_C(0x40000000)
#define RAM_SIZE	UINT64_C(0x200000000)
#define GARBAGE		UINT64_C(0xdeadbeef00000000)

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- The machine ----------------------------------------------------------------------------- */

static struct psci psci;
static struct smccc_host host;
static const struct smccc vm = { .host = &host, .psci = &psci };

/* The firmware below, which counts. What it is asked, and that nothing of the guest's comes along. */
static unsigned int forwarded;
static uint32_t forwarded_id;

static void firmware(uint64_t x[SMCCC_REGISTERS])
{
	forwarded++;
	forwarded_id = (uint32_t)x[0];
	if (x[0] != forwarded_id)
		wrong("0x%lx goes to the firmware" HANDOUT, x[0]);
	for (unsigned int n = 1; n < SMCCC_REGISTERS; n++)
		if (x[n] != 0)
			wrong("0x%x goes to the firmware with 0x%lx in x%u" HANDOUT, forwarded_id, x[n], n);
	/* It may change what it likes. */
	for (unsigned int n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = 0x6666666666666666;
}

static uint64_t entropy_word;
static unsigned int entropy_left, entropy_taken;

static uint64_t nth_word(unsigned int n)
{
	return entropy_word * (2 * n + 1) + n;
}

static bool entropy(uint64_t *bits)
{
	if (entropy_left == 0)
		return false;
	entropy_left--;
	*bits = nth_word(entropy_taken++);
	return true;
}

static void set_up(void)
{
	static const uint64_t affinities[] = { 0, 1, 2, 0x100 };
	struct psci_entry entry;

	ck_assert_int_eq(psci_init(&psci, 4, affinities, RAM, RAM_SIZE), 0);
	ck_assert_int_eq(psci_boot(&psci, RAM, 0), 0);
	ck_assert(psci_cpu_started(&psci, 0, &entry));
	host = (struct smccc_host){
		.firmware = firmware, .random = entropy, .soc_version = 0x043b0abc, .soc_revision = 7,
	};
	forwarded = 0;
	entropy_word = 0x9e3779b97f4a7c15;
	entropy_left = UINT32_MAX;
	entropy_taken = 0;
}

/* ---- A call ---------------------------------------------------------------------------------- */

static uint64_t x[SMCCC_REGISTERS], before[SMCCC_REGISTERS];
static struct psci_outcome outcome;

static enum psci_action call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	for (unsigned int n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = random64();
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	memcpy(before, x, sizeof(x));
	memset(&outcome, 0xaa, sizeof(outcome));
	return smccc_call(&vm, x, &outcome);
}

/* Registers from x[first] on are as they were. */
static void expect_kept(unsigned int first)
{
	for (unsigned int n = first; n < SMCCC_REGISTERS; n++)
		if (x[n] != before[n])
			wrong("0x%lx(0x%lx, 0x%lx, 0x%lx): x%u was 0x%lx, is 0x%lx" HANDOUT, before[0],
			      before[1], before[2], before[3], n, before[n], x[n]);
}

/* A call with one result. */
static void expect(int64_t expected, uint64_t x0, uint64_t x1)
{
	enum psci_action action = call(x0, x1, random64(), random64());

	if ((int64_t)x[0] != expected || action != PSCI_ACTION_NONE)
		wrong("0x%lx(0x%lx): expected 0x%lx, got 0x%lx, action %d" HANDOUT, x0, x1, expected, x[0],
		      action);
	expect_kept(1);
}

/* ---- What there is --------------------------------------------------------------------------- */

static const struct {
	uint32_t first, last;
	enum smccc_policy policy;
} there[] = {
	{ 0x80000000, 0x80000002, SMCCC_EMULATE },
	{ 0x80003fff, 0x80003fff, SMCCC_FORWARD },
	{ 0x80007fff, 0x80007fff, SMCCC_EMULATE },
	{ 0x80008000, 0x80008000, SMCCC_FORWARD },
	{ 0x84000000, 0x8400001f, SMCCC_EMULATE },
	{ 0xc4000000, 0xc400001f, SMCCC_EMULATE },
	{ 0x84000050, 0x8400005f, SMCCC_EMULATE },
	{ 0xc4000050, 0xc400005f, SMCCC_EMULATE },
};

static enum smccc_policy expected_policy(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(there); i++)
		if (id >= there[i].first && id <= there[i].last)
			return there[i].policy;
	return SMCCC_REFUSE;
}

static void check_id(uint32_t id)
{
	enum smccc_policy expected = expected_policy(id), policy = smccc_policy(id, NULL);
	bool power = (id & 0xbfffffe0) == 0x84000000;

	if (policy != expected)
		wrong("0x%x: expected policy %d, got %d" HANDOUT, id, expected, policy);
	forwarded = 0;
	if (expected == SMCCC_REFUSE) {
		expect(-1, GARBAGE | id, random64());
		expect(-1, id, 0);
	} else {
		call(GARBAGE | id, random64(), random64(), random64());
		expect_kept(4);
	}
	if (forwarded && (power || expected != SMCCC_FORWARD || forwarded_id != id))
		wrong("0x%x came to the firmware, as 0x%x" HANDOUT, id, forwarded_id);
}

/* Each number of each owner, fast and yielding, by both conventions; and bits 23 to 16. */
START_TEST(each_id)
{
	uint32_t type = (uint32_t)_i << 30;

	for (uint32_t owner = 0; owner < 64; owner++) {
		uint32_t step = owner == 0 || owner == 4 ? 1 : 17;

		for (uint32_t number = 0; number < 0x10000; number += number < 0x100 ? 1 : step)
			check_id(type | owner << 24 | number);
		check_id(type | owner << 24 | 0xff00);
		check_id(type | owner << 24 | 0xff01);
		check_id(type | owner << 24 | 0xff03);
		check_id(type | owner << 24 | 0xffff);
		for (uint32_t bits = 1; bits < 0x100; bits = bits < 0x80 ? bits * 2 : bits + 0x7f)
			for (uint32_t number = 0; number < 0x60; number++)
				check_id(type | owner << 24 | bits << 16 | number);
	}
	for (unsigned int i = 0; i < 100000; i++)
		check_id((uint32_t)random64());
}
END_TEST

START_TEST(ranges_by_name)
{
	static const struct {
		uint32_t id;
		const char *what;
	} names[] = {
		{ 0x84000008, "PSCI" }, { 0xc4000003, "PSCI" }, { 0x84000053, "TRNG" },
		{ 0x80000000, "SMCCC_VERSION" }, { 0x80000001, "SMCCC_ARCH_FEATURES" },
		{ 0x80000002, "SMCCC_ARCH_SOC_ID" }, { 0x80003fff, "SMCCC_ARCH_WORKAROUND_3" },
		{ 0x80007fff, "SMCCC_ARCH_WORKAROUND_2" }, { 0x80008000, "SMCCC_ARCH_WORKAROUND_1" },
		{ 0x80000003, "architecture" }, { 0xc0001234, "architecture" }, { 0x81000000, "CPU" },
		{ 0x8200ffff, "silicon partner" }, { 0xc3000001, "OEM" },
		{ 0x84000020, "standard secure" }, { 0x84000060, "standard secure" },
		{ 0xc5000020, "standard hypervisor" }, { 0x8600ff01, "vendor hypervisor" },
		{ 0xb0000000, "trusted application" }, { 0xf1000000, "trusted application" },
		{ 0xb2000000, "trusted OS" }, { 0xbf00ff01, "trusted OS" }, { 0xff000000, "trusted OS" },
		{ 0x02000000, "yielding" }, { 0x7fffffff, "yielding" }, { 0, "yielding" },
		{ 0x87000000, "reserved" }, { 0xaf00ffff, "reserved" }, { 0x84010000, "reserved" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *what = NULL;

		smccc_policy(names[i].id, &what);
		if (strcmp(what, names[i].what) != 0)
			wrong("0x%x is of \"%s\", not \"%s\"" HANDOUT, names[i].id, names[i].what, what);
	}
}
END_TEST

/* ---- Arguments ------------------------------------------------------------------------------- */

START_TEST(arguments)
{
	for (unsigned int n = 1; n < SMCCC_REGISTERS; n++) {
		for (unsigned int m = 0; m < SMCCC_REGISTERS; m++)
			x[m] = GARBAGE | m;
		x[0] = 0xffffffffbfffffff;		/* bit 30 of W0 says; bit 62 does not */
		ck_assert_uint_eq(smccc_arg(x, n), n);
		x[0] = 0x40000000;
		ck_assert_uint_eq(smccc_arg(x, n), GARBAGE | n);
	}
}
END_TEST

START_TEST(psci_version)
{
	expect(0x10001, 0x84000000, random64());
	expect(0x10001, GARBAGE | 0x84000000, random64());
	expect(-1, 0xc4000000, 0);
	/* By the long way, too. */
	x[0] = GARBAGE | 0x84000000;
	ck_assert_int_eq(smccc_dispatch(&vm, x, &outcome), PSCI_ACTION_NONE);
	ck_assert_uint_eq(x[0], 0x10001);
}
END_TEST

/* PSCI's outcome comes through as it is, and x0 is in its place. */
START_TEST(power)
{
	ck_assert_int_eq(call(0xc4000003, 1, RAM + 0x100000000, GARBAGE), PSCI_ACTION_CPU_UP);
	ck_assert_int_eq(outcome.action, PSCI_ACTION_CPU_UP);
	ck_assert_uint_eq(outcome.target, 1);
	ck_assert_uint_eq(outcome.entry.address, RAM + 0x100000000);
	ck_assert_uint_eq(outcome.entry.context, GARBAGE);
	ck_assert_uint_eq(x[0], 0);
	expect_kept(1);

	ck_assert_int_eq(call(GARBAGE | 0x84000003, GARBAGE | 2, GARBAGE | RAM, GARBAGE | 5),
			 PSCI_ACTION_CPU_UP);
	ck_assert_uint_eq(outcome.target, 2);
	ck_assert_uint_eq(outcome.entry.address, RAM);
	ck_assert_uint_eq(outcome.entry.context, 5);
	expect_kept(1);

	expect(-2, 0xc4000003, GARBAGE | 2);
	ck_assert_int_eq(call(0xc4000003, 2, RAM, 0), PSCI_ACTION_NONE);
	ck_assert_int_eq((int64_t)x[0], -5);
	expect_kept(1);

	ck_assert_int_eq(call(0x84000001, 0x10000, RAM, 9), PSCI_ACTION_POWERDOWN);
	ck_assert(outcome.entry.address == RAM && outcome.entry.context == 9);
	ck_assert_int_eq(call(0x84000001, 0, 0, 0), PSCI_ACTION_STANDBY);
	ck_assert_int_eq(call(0x84000002, 0, 0, 0), PSCI_ACTION_CPU_DOWN);
	ck_assert_int_eq(call(0x84000009, 0, 0, 0), PSCI_ACTION_SYSTEM_RESET);
	ck_assert_int_eq(call(0x84000008, 0, 0, 0), PSCI_ACTION_CPU_DOWN);
	ck_assert_uint_eq(forwarded, 0);
}
END_TEST

/* ---- The architecture's functions ------------------------------------------------------------ */

START_TEST(version)
{
	expect(0x10002, GARBAGE | 0x80000000, random64());
	expect(-1, 0xc0000000, 0);
}
END_TEST

static void set_workarounds(int32_t answer)
{
	host.workaround_1 = host.workaround_2 = host.workaround_3 = answer;
}

START_TEST(features)
{
	for (unsigned int i = 0; i < 200000; i++) {
		uint32_t id = i < 0x10000 ? 0x80000000 + i : i < 0x20000 ? 0xc0000000 + (i & 0xffff) :
									     (uint32_t)random64();
		int64_t expected = id >= 0x80000000 && id <= 0x80000002 ? 0 : -1;

		if (id == 0x80003fff || id == 0x80008000)
			expected = 0;
		if (id == 0x80007fff)
			expected = -2;
		expect(expected, 0x80000001, GARBAGE | id);
	}
	ck_assert_uint_eq(forwarded, 0);
}
END_TEST

START_TEST(workarounds)
{
	for (int32_t answer = -5; answer <= 5; answer++) {
		/* 1 and 3: the firmware's 0 and 1 are ours. 2: it stays on, nothing is required. */
		int64_t plain = answer == 0 || answer == 1 ? answer : -1;
		int64_t switched = answer == 0 || answer == -2 ? -2 : answer == 1 ? 1 : -1;

		set_workarounds(answer);
		expect(plain, 0x80000001, 0x80008000);
		expect(switched, 0x80000001, 0x80007fff);
		expect(plain, 0x80000001, 0x80003fff);

		forwarded = 0;
		expect(plain < 0 ? -1 : 0, GARBAGE | 0x80008000, random64());
		ck_assert_uint_eq(forwarded, answer == 0);
		ck_assert(!forwarded || forwarded_id == 0x80008000);

		forwarded = 0;
		expect(plain < 0 ? -1 : 0, GARBAGE | 0x80003fff, random64());
		ck_assert_uint_eq(forwarded, answer == 0);
		ck_assert(!forwarded || forwarded_id == 0x80003fff);

		forwarded = 0;
		expect(switched < 0 ? -1 : 0, GARBAGE | 0x80007fff, 0);
		expect(switched < 0 ? -1 : 0, GARBAGE | 0x80007fff, 1);
		ck_assert_uint_eq(forwarded, 0);
	}

	/* Each has its own answer. */
	host.workaround_1 = 1;
	host.workaround_2 = -2;
	host.workaround_3 = 0;
	expect(1, 0x80000001, 0x80008000);
	expect(-2, 0x80000001, 0x80007fff);
	expect(0, 0x80000001, 0x80003fff);
}
END_TEST

START_TEST(soc_id)
{
	expect(0x043b0abc, 0x80000002, GARBAGE);
	expect(7, 0x80000002, GARBAGE | 1);
	expect(-3, 0x80000002, 2);
	expect(-3, 0x80000002, 0xffffffff);
	expect(-3, 0x80000002, 0x80000000);
	expect(-1, 0xc0000002, 0);
	host.soc_revision = -1;
	expect(0x043b0abc, 0x80000002, 0);
	expect(-1, 0x80000002, 1);
	host.soc_version = -1;
	expect(-1, 0x80000002, 0);
	expect(-1, 0x80000002, 1);
	expect(-1, 0x80000002, 2);
	expect(-1, 0x80000001, 0x80000002);
	host.soc_version = host.soc_revision = 0;
	expect(0, 0x80000002, 0);
	expect(0, 0x80000002, 1);
	expect(0, 0x80000001, 0x80000002);
}
END_TEST

/* ---- TRNG ------------------------------------------------------------------------------------ */

static const uint32_t trng_ids[] = { 0x84000050, 0x84000051, 0x84000052, 0x84000053, 0xc4000053 };

static bool is_trng(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(trng_ids); i++)
		if (trng_ids[i] == id)
			return true;
	return false;
}

START_TEST(trng)
{
	/* 4be68e52-3aad-4753-99d9-45130fb15cba: as text it has its bytes in the order of memory. */
	static const uint8_t uuid[16] = { 0x4b, 0xe6, 0x8e, 0x52, 0x3a, 0xad, 0x47, 0x53,
					  0x99, 0xd9, 0x45, 0x13, 0x0f, 0xb1, 0x5c, 0xba };

	expect(0x10000, 0x84000050, random64());
	for (uint32_t number = 0; number < 0x200; number++) {
		expect(is_trng(0x84000000 + number) ? 0 : -1, 0x84000051, GARBAGE | (0x84000000 + number));
		expect(is_trng(0xc4000000 + number) ? 0 : -1, 0x84000051, GARBAGE | (0xc4000000 + number));
	}
	for (uint32_t number = 0x50; number < 0x60; number++) {
		if (!is_trng(0x84000000 + number))
			expect(-1, 0x84000000 + number, 8);
		if (!is_trng(0xc4000000 + number))
			expect(-1, 0xc4000000 + number, 8);
	}

	ck_assert_int_eq(call(0x84000052, 0, 0, 0), PSCI_ACTION_NONE);
	for (unsigned int i = 0; i < 16; i++)
		ck_assert_uint_eq(x[i / 4] >> i % 4 * 8 & 0xff, uuid[i]);
	for (unsigned int n = 0; n < 4; n++)
		ck_assert_uint_eq(x[n] >> 32, 0);
	ck_assert_uint_ne(x[0], 0xffffffff);	/* that would be NOT_SUPPORTED */
	expect_kept(4);

	/* Without a generator there is none of it, and nothing is touched. */
	host.random = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(trng_ids); i++)
		expect(-1, trng_ids[i], 0x84000053);
}
END_TEST

/* Bit n of the result: x3 has the lowest. */
static unsigned int result_bit(unsigned int n, unsigned int width)
{
	return x[3 - n / width] >> n % width & 1;
}

static void check_rnd(bool call64, uint64_t bits)
{
	unsigned int width = call64 ? 64 : 32, words = (unsigned int)(bits + 63) / 64;

	entropy_taken = 0;
	ck_assert_int_eq(call(call64 ? 0xc4000053 : GARBAGE | 0x84000053,
			      call64 ? bits : GARBAGE | bits, random64(), random64()), PSCI_ACTION_NONE);
	expect_kept(4);
	if (x[0] != 0)
		wrong("TRNG_RND(%lu), %u bits wide: %ld" HANDOUT, bits, width, (int64_t)x[0]);
	if (entropy_taken != words)
		wrong("TRNG_RND(%lu): %u words of entropy for it" HANDOUT, bits, entropy_taken);
	for (unsigned int n = 0; n < 3 * width; n++) {
		unsigned int expected = n < bits ? nth_word(n / 64) >> n % 64 & 1 : 0;

		if (result_bit(n, width) != expected)
			wrong("TRNG_RND(%lu), %u bits wide: bit %u is not %u; x1-x3 0x%lx 0x%lx 0x%lx" HANDOUT,
			      bits, width, n, expected, x[1], x[2], x[3]);
	}
	if (!call64 && (x[1] | x[2] | x[3]) >> 32)
		wrong("TRNG_RND(%lu), 32 bits wide, leaves something above" HANDOUT, bits);
}

static void check_no_rnd(int64_t expected, uint64_t x0, uint64_t bits)
{
	call(x0, bits, random64(), random64());
	if ((int64_t)x[0] != expected || x[1] || x[2] || x[3])
		wrong("0x%lx(0x%lx): expected %ld and zeros, got %ld, 0x%lx 0x%lx 0x%lx" HANDOUT, x0, bits,
		      expected, (int64_t)x[0], x[1], x[2], x[3]);
	expect_kept(4);
}

START_TEST(rnd)
{
	static const uint64_t words[] = { 0x9e3779b97f4a7c15, UINT64_MAX, 0x8000000000000001 };
	static const uint64_t too_many[] = { 193, 256, 0x7fffffff, 0xffffffff, BIT(32) + 8, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		entropy_word = words[i];
		for (uint64_t bits = 1; bits <= 192; bits++)
			check_rnd(true, bits);
		for (uint64_t bits = 1; bits <= 96; bits++)
			check_rnd(false, bits);
	}
	check_no_rnd(-2, 0xc4000053, 0);
	check_no_rnd(-2, 0x84000053, 0);
	check_no_rnd(-2, 0x84000053, GARBAGE);
	for (uint64_t bits = 97; bits < 300; bits++)
		check_no_rnd(-2, 0x84000053, bits);
	for (size_t i = 0; i < ARRAY_SIZE(too_many); i++)
		check_no_rnd(-2, 0xc4000053, too_many[i]);

	/* The generator runs dry, before the first word or later: nothing of what there was is told. */
	for (unsigned int left = 0; left < 3; left++) {
		entropy_left = left;
		check_no_rnd(-3, 0xc4000053, 64 * left + 1);
		if (left < 2) {
			entropy_left = left;
			check_no_rnd(-3, 0x84000053, 64 * left + 1);
		}
	}
}
END_TEST

/* ---- The firmware of machines ---------------------------------------------------------------- */

/* What it answers, and that it is asked for nothing that it may not have. */
static struct {
	int32_t psci, features, version, workaround[4], soc_id_feature, soc_id[2];
} machine;

static void machine_firmware(uint64_t r[SMCCC_REGISTERS])
{
	static const uint32_t ids[] = { 0, 0x80008000, 0x80007fff, 0x80003fff };
	uint32_t id = (uint32_t)r[0];
	int32_t answer = -1;

	forwarded++;
	for (unsigned int n = 2; n < SMCCC_REGISTERS; n++)
		ck_assert_uint_eq(r[n], 0);
	switch (id) {
	case 0x84000000:
		answer = machine.psci;
		break;
	case 0x8400000a:
		if (machine.psci < 0x10000 || r[1] != 0x80000000)
			wrong("PSCI_FEATURES(0x%lx), and the firmware is PSCI 0x%x" HANDOUT, r[1],
			      machine.psci);
		answer = machine.features;
		break;
	case 0x80000000:
		if (machine.psci < 0x10000 || machine.features < 0)
			wrong("SMCCC_VERSION, and the firmware does not have it" HANDOUT);
		answer = machine.version;
		break;
	case 0x80000001:
		if (machine.features < 0 || machine.version < 0x10001)
			wrong("SMCCC_ARCH_FEATURES, and the firmware is 0x%x" HANDOUT, machine.version);
		if (r[1] == 0x80000002)
			answer = machine.soc_id_feature;
		for (unsigned int n = 1; n <= 3; n++)
			if (r[1] == ids[n])
				answer = machine.workaround[n];
		break;
	case 0x80000002:
		if (machine.version < 0x10002 || machine.soc_id_feature < 0 || r[1] > 1)
			wrong("SMCCC_ARCH_SOC_ID(0x%lx), and the firmware is 0x%x" HANDOUT, r[1],
			      machine.version);
		answer = machine.soc_id[r[1]];
		break;
	default:
		wrong("the firmware is asked 0x%x" HANDOUT, id);
	}
	/* In W0; what is above is nobody's. */
	r[0] = (random64() << 32) | (uint32_t)answer;
}

static void check_host(int32_t w1, int32_t w2, int32_t w3, int32_t soc_version, int32_t soc_revision)
{
	memset(&host, 0xaa, sizeof(host));
	smccc_host_init(&host, machine_firmware, entropy);
	ck_assert(host.firmware == machine_firmware && host.random == entropy);
	ck_assert_int_eq(host.workaround_1, w1);
	ck_assert_int_eq(host.workaround_2, w2);
	ck_assert_int_eq(host.workaround_3, w3);
	ck_assert_int_eq(host.soc_version, soc_version);
	ck_assert_int_eq(host.soc_revision, soc_revision);
}

START_TEST(machines)
{
	/* All there is. */
	machine.psci = 0x10001;
	machine.version = 0x10002;
	machine.workaround[1] = 0;
	machine.workaround[2] = -2;
	machine.workaround[3] = 1;
	machine.soc_id[0] = 0x12345678;
	machine.soc_id[1] = 0x3;
	check_host(0, -2, 1, 0x12345678, 3);
	machine.version = 0x10005;
	machine.soc_id[1] = -1;
	check_host(0, -2, 1, 0x12345678, -1);

	/* Less and less of it. */
	machine.soc_id_feature = -1;
	check_host(0, -2, 1, -1, -1);
	machine.soc_id_feature = 0;
	machine.version = 0x10001;
	check_host(0, -2, 1, -1, -1);
	machine.version = 0x10000;
	check_host(-1, -1, -1, -1, -1);
	machine.version = -1;
	check_host(-1, -1, -1, -1, -1);
	machine.features = -1;
	check_host(-1, -1, -1, -1, -1);
	machine.psci = 0x2;
	check_host(-1, -1, -1, -1, -1);
	machine.psci = -1;
	check_host(-1, -1, -1, -1, -1);

	/* No firmware: nobody to forward to, whatever the answers say. */
	smccc_host_init(&host, NULL, NULL);
	ck_assert_int_eq(host.workaround_1, -1);
	ck_assert_int_eq(host.soc_version, -1);
	expect(-1, 0x80008000, 0);
	expect(-1, 0x84000053, 8);
	set_workarounds(0);
	expect(0, 0x80008000, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("smccc");
	TCase *tcase = add_case(suite, "smccc");

	(void)argc;
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, each_id, 0, 4);
	tcase_add_test(tcase, ranges_by_name);
	tcase_add_test(tcase, arguments);
	tcase_add_test(tcase, psci_version);
	tcase_add_test(tcase, power);
	tcase_add_test(tcase, version);
	tcase_add_test(tcase, features);
	tcase_add_test(tcase, workarounds);
	tcase_add_test(tcase, soc_id);
	tcase_add_test(tcase, trng);
	tcase_add_test(tcase, rnd);
	tcase_add_test(tcase, machines);
	return unit_main(argv[0], suite);
}
