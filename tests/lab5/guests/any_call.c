// SPDX-License-Identifier: MIT
/*
 * any_call.c - a guest that calls everything: of each range of function ids the first and the last ones, by
 * both conventions, fast and yielding, and then any. What there is at all, it knows from the documents; all
 * else has to be NOT_SUPPORTED, with the registers as they were.
 */
#include "any_call.h"

#include "arch/layout.h"
#include "arch/smccc.h"
#include "call.h"
#include "drivers/gicv3.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "report.h"
#include "some_call.h"

static void (*by)(struct call *call);
static uint64_t calls, workaround_1, workaround_3;
static uint64_t refused_wrong, known_wrong, changed, lost;
static uint64_t first_wrong;

/* ---- What there is ------------------------------------------------------------------------------ */

enum kind {
	REFUSED,
	KNOWN,		/* a result in x0 alone */
	ENTROPY,	/* x0 to x3 */
	LIVE,		/* it would end this guest's life */
};

static enum kind kind_of(uint32_t id)
{
	switch (id) {
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		return LIVE;
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_FEATURES:
	case PSCI_SYSTEM_RESET2_32:
	case PSCI_SYSTEM_RESET2_64:
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
	case SMCCC_ARCH_SOC_ID:
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_3:
		return KNOWN;
	case TRNG_VERSION:
	case TRNG_FEATURES:
	case TRNG_GET_UUID:
	case TRNG_RND_32:
	case TRNG_RND_64:
		return ENTROPY;
	default:
		/* SMCCC_ARCH_WORKAROUND_2 as well: the firmware's is always on, and no guest turns it off. */
		return REFUSED;
	}
}

/* ---- One call ----------------------------------------------------------------------------------- */

/* Anything; often something that means something somewhere. */
static uint64_t some_argument(void)
{
	static const uint64_t words[] = {
		0, 1, 2, 3, 0x80000000, 0xffffffff, UINT64_MAX, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
		PSCI_CPU_ON_64, SMCCC_ARCH_WORKAROUND_1, RAM_BASE, GUEST_ENTRY, HYP_BASE, UART_BASE, 0x10000,
	};
	uint64_t word = random_word();

	return word & 0x100 ? word >> 9 : words[word % ARRAY_SIZE(words)];
}

/* Arguments that are wrong, where a right one would end this life. */
static void spoil(uint32_t id, struct call *call)
{
	switch (id & ~SMCCC_64) {
	case PSCI_CPU_SUSPEND_32:
		call->x[1] |= 2;	/* a StateID */
		break;
	case PSCI_CPU_ON_32:
		call->x[2] |= 1;	/* no entry point */
		break;
	case PSCI_SYSTEM_RESET2_32:
		call->x[1] |= 1;	/* no type */
		break;
	}
}

static void check(uint32_t id, const struct call *before, const struct call *after, enum kind kind)
{
	int64_t x0 = (int64_t)after->x[0];
	uint64_t differ = 0;
	unsigned int n;

	for (n = kind == ENTROPY ? 4 : 1; n < 31; n++)
		differ |= after->x[n] ^ before->x[n];
	changed += differ != 0;
	lost += after->lost;
	if (kind == REFUSED)
		refused_wrong += x0 != SMCCC_NOT_SUPPORTED;
	else
		known_wrong += x0 < PSCI_INVALID_ADDRESS || x0 > UINT32_MAX;
	if (!first_wrong && (differ || after->lost || (kind == REFUSED && x0 != SMCCC_NOT_SUPPORTED)))
		first_wrong = id;
}

static void call_it(uint32_t id)
{
	enum kind kind = kind_of(id);
	struct call before, call;
	unsigned int n;

	if (kind == LIVE)
		return;
	before.x[0] = id | random_word() << 32;
	for (n = 1; n < 31; n++)
		before.x[n] = some_argument();
	spoil(id, &before);
	call = before;
	by(&call);
	check(id, &before, &call, kind);
	calls++;
	workaround_1 += id == SMCCC_ARCH_WORKAROUND_1;
	workaround_3 += id == SMCCC_ARCH_WORKAROUND_3;
}

/* ---- Many --------------------------------------------------------------------------------------- */

static void call_range(uint32_t first, unsigned int count)
{
	for (; count; count--, first++) {
		call_it(first);
		call_it(first | SMCCC_64);
	}
}

/* The owners' ranges: where functions begin, where the questions about a service are, and around a border. */
static void call_all_owners(void)
{
	uint32_t owner;

	for (owner = 0; owner < 64; owner++) {
		uint32_t first = owner << 24;

		call_range(SMCCC_FAST | first, 64);
		call_range(SMCCC_FAST | first | 0xff00, 32);
		call_range(SMCCC_FAST | first | 0xfff0, 32);	/* and over the border */
		call_range(first, 32);				/* yielding */
		call_range(first | 0xfffff0, 16);
	}
	call_range(SMCCC_FAST | SMCCC_OWNER_STANDARD, 0x300);	/* PSCI, SDEI, TRNG, FF-A, ... */
	call_range(SMCCC_FAST | SMCCC_OWNER_ARCH | 0x3f80, 0x100);
	call_range(SMCCC_FAST | SMCCC_OWNER_ARCH | 0x7f80, 0x100);
}

static void call_at_random(void)
{
	unsigned int n;

	for (n = 0; n < RANDOM_CALLS / 2; n++) {
		uint64_t word = random_word();

		call_it((uint32_t)(word >> 32));
		/* Fast calls with zeros where they belong: most of the numbers above are not. */
		call_it(SMCCC_FAST | (uint32_t)(word & ~SMCCC_ZERO));
	}
}

static void put(uint64_t n, uint64_t value)
{
	hvc(HVC_PUT, n, value, 0, 0);
}

static void call_everything(void)
{
	call_all_owners();
	call_at_random();
	if (first_wrong)
		REPORT_NOTE(first_wrong, "the first id that went wrong");
	REPORT_EQ(refused_wrong, 0, "what is not there: NOT_SUPPORTED", CONVENTION);
	REPORT_EQ(known_wrong, 0, "what is there: a result, or an error code of its own", PSCI_CALLS);
	REPORT_EQ(changed, 0, "no call has changed a register that is none of its results", CONVENTION);
	REPORT_EQ(lost, 0, "after each of them the next instruction was executed", CONDUITS);
	put(KEPT_CALLS, calls);
	put(KEPT_WORKAROUND_1, workaround_1);
	put(KEPT_WORKAROUND_3, workaround_3);
}

/* ---- The end of a life -------------------------------------------------------------------------- */

static void last_call(uint32_t id, uint64_t a)
{
	some_call(by, id, a, some_argument(), some_argument(), 0);
	REPORT_EQ(0, 1, "a call that does not return", VM_LAYER);
}

static void resume(uint64_t argument)
{
	REPORT_EQ(argument, 0x5eed, "CPU_SUSPEND to powerdown, with an interrupt pending: resumes at once",
		  PSCI_CALLS);
	last_call(PSCI_SYSTEM_RESET, some_argument());
}

static struct guest_secondary resumed = { resume, 0x5eed };

/* Both kinds of suspend. An interrupt is pending, and IRQs are masked: none of them lasts. */
static void suspend(void)
{
	uintptr_t gicr;

	gicv3_dist_init();
	gicv3_cpu_init(&gicr);
	gicv3_send_sgi(0, 1);
	REPORT_EQ(some_call(by, PSCI_CPU_SUSPEND_32, 0, some_argument(), some_argument(), 0), PSCI_SUCCESS,
		  "CPU_SUSPEND to standby, with an interrupt pending: returns at once", PSCI_CALLS);
	some_call(by, PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_POWERDOWN, (uintptr_t)guest_secondary_entry,
		  (uintptr_t)&resumed, 0);
	REPORT_EQ(0, 1, "a call that does not return", PSCI_CALLS);
}

void guest_main(uint64_t resets)
{
	uint64_t step = hvc(HVC_GET, KEPT_STEP, 0, 0, 0);
	bool smc = hvc(HVC_GET, KEPT_SMC, 0, 0, 0);

	by = smc ? call_smc : call_hvc;
	put(KEPT_STEP, step + 1);
	if (step) {
		REPORT_EQ(resets, step, "reset, as it wanted", VM_LAYER);
		REPORT_EQ(some_call(by, PSCI_VERSION, 0, 0, 0, 0), PSCI_VERSION_1_1, "and on it goes", VM_LAYER);
	}
	switch (step) {
	case 0:
		call_everything();
		suspend();
		break;
	case 1:
		last_call(PSCI_SYSTEM_RESET2_32, 0);
		break;
	case 2:
		last_call(PSCI_SYSTEM_RESET2_64, 0);
		break;
	case 3:
		REPORT_EQ(some_changed | some_lost, 0, "off it goes", VM_LAYER);
		/* The last CPU off is the machine off. */
		last_call(smc ? PSCI_CPU_OFF : PSCI_SYSTEM_OFF, some_argument());
		break;
	}
}
