// SPDX-License-Identifier: MIT
/*
 * calls.c - a guest that calls whatever there is to be called, by HVC and by SMC, and knows from DEN0028
 * and DEN0022 what has to come of it.
 *
 * It lives several lives, one after each reset. In the first one are all the calls that come back.
 */
#include "calls.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/smccc.h"
#include "arch/sysreg.h"
#include "calls_entries.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/nap.h"
#include "guest/psci.h"
#include "guest/smp.h"
#include "lib/printf.h"
#include "record.h"
#include "report.h"
#include "some_call.h"

#define RAM_END		(RAM_BASE + GUEST_RAM_SIZE)
#define CNTV_PPI	INTID_CNTV
#define SGI_WAKE	3
#define WAKE_BITS	(BIT(SGI_WAKE) | BIT(CNTV_PPI))
#define TIMEOUT_US	5000000

#define UNDEFINED	0x02000000	/* ESR_EL1: EC 0, IL, and no more */

/* A reset loads the guest's program afresh; a warm one does not. */
#define MARKER_LOADED	0x10adedUL
#define MARKER_CHANGED	0xc4a49edUL
static volatile uint64_t marker __aligned(128) = MARKER_LOADED;

static const struct conduit {
	const char *name;
	void (*call)(struct call *call);
} hvc_0 = { "HVC", call_hvc }, smc_0 = { "SMC", call_smc }, *conduit = &hvc_0;

/* The convention for those functions that have both. */
static uint32_t wide;
#define ID(id_32)	((id_32) | wide)

static int64_t call(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	return some_call(conduit->call, id, a, b, c, 0);
}

static void check(uint64_t got, uint64_t want, const char *what, const char *section, unsigned int line)
{
	char text[128];
	struct report report = { got, want, text, section, __FILE__, line };

	ksnprintf(text, sizeof(text), "%s%s: %s", conduit->name, wide ? ", 64-bit" : "", what);
	hvc(HVC_REPORT, (uintptr_t)&report, 0, 0, 0);
}
#define CHECK(got, want, what, section)	check((uint64_t)(got), (uint64_t)(want), what, section, __LINE__)
#define CALL(call_, want, what)		CHECK(call_, want, what, PSCI_CALLS)

static int64_t affinity_info(uint64_t affinity, uint64_t level)
{
	return call(ID(PSCI_AFFINITY_INFO_32), affinity, level, 0);
}

static bool is_off(unsigned int cpu)
{
	return affinity_info(cpu, 0) == PSCI_AFFINITY_OFF;
}

#define wait_for(condition) ({						\
	uint64_t deadline_ = timer_deadline_us(TIMEOUT_US);		\
	bool good_;							\
	while (!(good_ = (condition)) && !timer_passed(deadline_))	\
		nap(100);						\
	good_;								\
})

static bool get(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void set(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

/* ---- The two instructions ----------------------------------------------------------------------- */

static struct {
	unsigned int count, bad;
	uint64_t elr, esr, x0;
	unsigned int vector;
} taken;

static void on_undefined(struct guest_frame *frame, unsigned int vector)
{
	taken.elr = frame->elr;
	taken.esr = read_sysreg(ESR_EL1);
	taken.x0 = frame->x[0];
	taken.vector = vector;
	if (vector == GUEST_FROM_SPX + GUEST_SYNC)
		taken.bad += taken.elr != (uintptr_t)immediates + 4 * taken.count ||
			     taken.esr != UNDEFINED || taken.x0 != PSCI_SYSTEM_OFF;
	taken.count++;
	frame->elr += 4;
}

static void test_el0(const char *what, void (*function)(uint64_t x0))
{
	taken.count = 0;
	guest_call_el0(function, PSCI_SYSTEM_OFF);
	REPORT_EQ(taken.count == 1 && taken.vector == GUEST_FROM_EL0 + GUEST_SYNC &&
		  taken.esr == UNDEFINED && taken.elr == (uintptr_t)function, true, what, CONDUITS);
}

static void test_undefined(void)
{
	guest_on_exception(on_undefined);
	immediates(PSCI_SYSTEM_OFF);
	REPORT_EQ(taken.count, IMMEDIATES, "HVC and SMC with other immediates than 0 are exceptions", CONDUITS);
	REPORT_EQ(taken.bad, 0, "Undefined Instruction, ELR_EL1 at the instruction, x0 as it was", CONDUITS);
	test_el0("HVC at EL0 is Undefined", el0_hvc);
	test_el0("SMC at EL0 is Undefined", el0_smc);
}

/* ---- What answers at once ----------------------------------------------------------------------- */

#define F(id)	(1UL << ((id) & 0x1f))
static const uint64_t there[2] = {
	F(PSCI_VERSION) | F(PSCI_CPU_SUSPEND_32) | F(PSCI_CPU_OFF) | F(PSCI_CPU_ON_32) |
	F(PSCI_AFFINITY_INFO_32) | F(PSCI_MIGRATE_INFO_TYPE) | F(PSCI_SYSTEM_OFF) | F(PSCI_SYSTEM_RESET) |
	F(PSCI_FEATURES) | F(PSCI_SYSTEM_RESET2_32),
	F(PSCI_CPU_SUSPEND_32) | F(PSCI_CPU_ON_32) | F(PSCI_AFFINITY_INFO_32) | F(PSCI_SYSTEM_RESET2_32),
};

static void test_features(void)
{
	static const uint32_t others[] = {
		0, 0x80000001, 0x80008000, 0x84000020, 0x84000050, 0x84000053, 0xc4000053, 0xc0000000,
		0x04000000, 0xffffffff, 0x85000000, 0x84010000,
	};
	uint64_t features[2] = { 0 }, calls[2] = { 0 };
	unsigned int n, positive = 0;

	for (n = 0; n < 64; n++) {
		uint32_t id = PSCI_VERSION | (n & 31) | (n & 32 ? SMCCC_64 : 0);

		if (call(PSCI_FEATURES, id, 0, 0) == PSCI_SUCCESS)
			features[n / 32] |= F(id);
		/* What is not there can be called: then it says so, too. */
		if (there[n / 32] & F(id) ||
		    call(id, random_word(), random_word(), random_word()) != PSCI_NOT_SUPPORTED)
			calls[n / 32] |= F(id);
	}
	CALL(features[0], there[0], "PSCI_FEATURES of each 32-bit id");
	CALL(features[1], there[1], "PSCI_FEATURES of each 64-bit id");
	CALL(calls[0], there[0], "32-bit ids that are not there: NOT_SUPPORTED");
	CALL(calls[1], there[1], "64-bit ids that are not there: NOT_SUPPORTED");
	CALL(call(PSCI_FEATURES, SMCCC_VERSION, 0, 0), PSCI_SUCCESS, "PSCI_FEATURES of SMCCC_VERSION");
	for (n = 0; n < ARRAY_SIZE(others); n++)
		positive += call(PSCI_FEATURES, others[n], 0, 0) != PSCI_NOT_SUPPORTED;
	CALL(positive, 0, "PSCI_FEATURES of what is not PSCI's: NOT_SUPPORTED");
}

static void test_architecture(void)
{
	static const struct { uint32_t id; int64_t want; } features[] = {
		{ SMCCC_VERSION, 0 }, { SMCCC_ARCH_FEATURES, 0 }, { SMCCC_ARCH_SOC_ID, 0 },
		{ SMCCC_ARCH_WORKAROUND_1, 0 }, { SMCCC_ARCH_WORKAROUND_2, SMCCC_NOT_REQUIRED },
		{ SMCCC_ARCH_WORKAROUND_3, 1 }, { 0x80000003, -1 }, { SMCCC_VERSION | SMCCC_64, -1 },
		{ PSCI_VERSION, -1 }, { 0x80003ffe, -1 }, { 0, -1 }, { 0xffffffff, -1 },
	};
	unsigned int n, bad = 0;

	CHECK(call(SMCCC_VERSION, 0, 0, 0), SMCCC_VERSION_1_2, "SMCCC_VERSION: 1.2", CONVENTION);
	for (n = 0; n < ARRAY_SIZE(features); n++)
		bad += call(SMCCC_ARCH_FEATURES, features[n].id, 0, 0) != features[n].want;
	CHECK(bad, 0, "SMCCC_ARCH_FEATURES", CONVENTION);
	CHECK(call(SMCCC_ARCH_SOC_ID, 0, 0, 0), FIRMWARE_SOC_VERSION, "SMCCC_ARCH_SOC_ID(0)", CONVENTION);
	CHECK(call(SMCCC_ARCH_SOC_ID, 1, 0, 0), FIRMWARE_SOC_REVISION, "SMCCC_ARCH_SOC_ID(1)", CONVENTION);
	CHECK(call(SMCCC_ARCH_SOC_ID, 2, 0, 0), SMCCC_INVALID_PARAMETER, "SMCCC_ARCH_SOC_ID(2)", CONVENTION);
	CHECK(call(SMCCC_ARCH_WORKAROUND_1, 0, 0, 0), 0, "SMCCC_ARCH_WORKAROUND_1", POLICY);
	CHECK(call(SMCCC_ARCH_WORKAROUND_2, 0, 0, 0), -1, "SMCCC_ARCH_WORKAROUND_2: not required, not there",
	      POLICY);
	CHECK(call(SMCCC_ARCH_WORKAROUND_3, 0, 0, 0), 0, "SMCCC_ARCH_WORKAROUND_3", POLICY);
	bad = 0;
	for (n = 0; n < ARRAY_SIZE(features); n++)
		bad += call((features[n].id & 0xffff) | 0xc0000000, 0, 0, 0) != -1;
	CHECK(bad, 0, "none of them by its 64-bit number", CONVENTION);
}

/* A TRNG call, which has results in x1 to x3. */
static uint64_t trng(uint32_t id, uint64_t bits)
{
	return (uint64_t)some_call(conduit->call, id, bits, 0, 0, 3);
}

static void check_trng(uint32_t id, uint64_t bits, int64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	bool good = (int64_t)trng(id, bits) == x0 && some_results[1] == x1 && some_results[2] == x2 &&
		    some_results[3] == x3;
	char text[64];

	ksnprintf(text, sizeof(text), "TRNG_RND_%s of %lu bits", id & SMCCC_64 ? "64" : "32", bits);
	CHECK(good, true, text, CONVENTION);
}

static void test_trng(void)
{
	const uint64_t r = RANDOM_WORD;

	CHECK(call(TRNG_VERSION, 0, 0, 0), 0x10000, "TRNG_VERSION: 1.0", CONVENTION);
	CHECK(call(TRNG_FEATURES, TRNG_RND_64, 0, 0), 0, "TRNG_FEATURES of TRNG_RND_64", CONVENTION);
	CHECK(call(TRNG_FEATURES, 0x84000054, 0, 0), -1, "TRNG_FEATURES of what is not there", CONVENTION);
	CHECK(trng(TRNG_GET_UUID, 0) == 0x528ee64b && some_results[1] == 0x5347ad3a &&
	      some_results[2] == 0x1345d999 && some_results[3] == 0xba5cb10f, true, "TRNG_GET_UUID", CONVENTION);
	check_trng(TRNG_RND_32, 1, 0, 0, 0, r & 1);
	check_trng(TRNG_RND_32, 40, 0, 0, r >> 32 & 0xff, (uint32_t)r);
	check_trng(TRNG_RND_32, 96, 0, (uint32_t)r, r >> 32, (uint32_t)r);
	check_trng(TRNG_RND_32, 97, TRNG_INVALID_PARAMETERS, 0, 0, 0);
	check_trng(TRNG_RND_32, 0, TRNG_INVALID_PARAMETERS, 0, 0, 0);
	check_trng(TRNG_RND_64, 64, 0, 0, 0, r);
	check_trng(TRNG_RND_64, 130, 0, r & 3, r, r);
	check_trng(TRNG_RND_64, 192, 0, r, r, r);
	check_trng(TRNG_RND_64, 193, TRNG_INVALID_PARAMETERS, 0, 0, 0);
	check_trng(TRNG_RND_64, 1UL << 32, TRNG_INVALID_PARAMETERS, 0, 0, 0);
	hvc(HVC_ENTROPY, 0, 0, 0, 0);
	check_trng(TRNG_RND_64, 64, TRNG_NO_ENTROPY, 0, 0, 0);
	hvc(HVC_ENTROPY, 1, 0, 0, 0);
	CHECK(call(TRNG_RND_32 + 1, 0, 0, 0), -1, "another TRNG number: NOT_SUPPORTED", CONVENTION);
	CHECK(call(TRNG_VERSION | SMCCC_64, 0, 0, 0), -1, "TRNG_VERSION has no 64-bit number", CONVENTION);
}

/* ---- AFFINITY_INFO and what CPU_ON refuses ------------------------------------------------------ */

static void test_affinity_info(void)
{
	unsigned int n, bad = 0;

	CALL(affinity_info(0, 0), PSCI_AFFINITY_ON, "AFFINITY_INFO of the caller: ON");
	for (n = 1; n < CALLS_VCPUS; n++)
		bad += affinity_info(n, 0) != PSCI_AFFINITY_OFF;
	CALL(bad, 0, "AFFINITY_INFO of the others: OFF");
	for (n = 1; n < 4; n++)
		bad += affinity_info(0, n) != PSCI_AFFINITY_ON || affinity_info(0x37, n) != PSCI_AFFINITY_ON;
	CALL(bad, 0, "AFFINITY_INFO of levels 1 to 3: ON, and Aff0 does not matter");
	CALL(affinity_info(0, 4), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO, level 4: INVALID_PARAMETERS");
	CALL(affinity_info(0, 0x80000000), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO, a huge level");
	CALL(affinity_info(CALLS_VCPUS, 0), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO of nobody");
	CALL(affinity_info(0x100, 1), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO of another cluster");
	CALL(affinity_info(0x80000000, 0), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO of MPIDR_EL1's RES1 bit");
	CALL(affinity_info(0x01000000, 3), PSCI_INVALID_PARAMETERS, "AFFINITY_INFO of MPIDR_EL1's MT bit");
	/* By the 32-bit convention this is vCPU 1 once more. */
	CALL(affinity_info(0x100000001, 0), wide ? PSCI_INVALID_PARAMETERS : PSCI_AFFINITY_OFF,
	     "AFFINITY_INFO with something in Aff3");
}

static int64_t cpu_on(uint64_t cpu, uint64_t entry, uint64_t context_id)
{
	return call(ID(PSCI_CPU_ON_32), cpu, entry, context_id);
}

static void test_cpu_on_refused(void)
{
	static const uint64_t nobody[] = {
		CALLS_VCPUS, 0x100, 0x10001, 0x80000001, 0x01000001, 0xffffff, 0x7fffffff,
	};
	const uint64_t entry = (uintptr_t)context_entry;
	const uint64_t nowhere[] = {
		0, entry + 1, entry + 2, entry + 3, RAM_BASE - 4, RAM_END, RAM_END + 4, UART_BASE, HYP_BASE,
		0xfffffffc,
	};
	unsigned int n, bad = 0;

	for (n = 0; n < ARRAY_SIZE(nobody); n++)
		bad += cpu_on(nobody[n], entry, 0) != PSCI_INVALID_PARAMETERS;
	CALL(bad, 0, "CPU_ON of nobody: INVALID_PARAMETERS");
	CALL(cpu_on(0, entry, 0), PSCI_ALREADY_ON, "CPU_ON of the caller: ALREADY_ON");
	for (n = 0; n < ARRAY_SIZE(nowhere); n++)
		bad += cpu_on(1, nowhere[n], 0) != PSCI_INVALID_ADDRESS;
	CALL(bad, 0, "CPU_ON, no place to start: INVALID_ADDRESS");
	if (wide)
		CALL(cpu_on(1, entry | 1UL << 32, 0), PSCI_INVALID_ADDRESS, "CPU_ON, the upper half counts");
	for (n = 1; n < CALLS_VCPUS; n++)
		bad += !is_off(n);
	CALL(bad, 0, "after all of that the others are OFF");
}

/* ---- A vCPU's first instruction ----------------------------------------------------------------- */

static struct record record;

static void prepare_record(void (*run)(uint64_t argument))
{
	memset(&record, 0xee, sizeof(record));
	record.next.run = run;
	record.next.argument = (uintptr_t)conduit;
	dcache_clean_invalidate_poc(&record, sizeof(record));
}

/* Ten tests. */
static void check_record(const char *how)
{
	const char *first = "";
	unsigned int n, bad = 0;
	char text[96];

	dcache_clean_invalidate_poc(&record, sizeof(record));
#define FOUND(got, want, what) do {						\
	ksnprintf(text, sizeof(text), "%s: %s", how, what);			\
	CHECK(got, want, text, PSCI_CALLS);					\
} while (0)
	FOUND(record.x[0], (uintptr_t)&record, "x0 is the context id");
	for (n = 1; n < 31; n++)
		bad += record.x[n] != 0;
	FOUND(bad, 0, "x1 to x30 are 0");
	FOUND(record.sp, 0, "SP is 0");
	FOUND(record.current_el, 4, "EL1");
	FOUND(record.spsel, 1, "with its own SP");
	FOUND(record.daif, 0x3c0, "D, A, I and F are masked");
	FOUND(record.nzcv, 0, "no flags");
	FOUND(record.sysregs[0], 0x30d00800, "SCTLR_EL1: MMU and caches off");
	bad = record_compare(&record, &first);
	FOUND(bad, 0, "all system and V registers at reset");
	if (bad)
		REPORT_NOTE(bad, first);
#undef FOUND
}

static unsigned int not_dirty, came_back;

/* Leave something in all registers, and go off by the same conduit. */
static void dirty_and_off(uint64_t argument)
{
	const struct conduit *by = (const struct conduit *)argument;

	not_dirty += record_dirty();
	some_call(by->call, PSCI_CPU_OFF, random_word(), random_word(), random_word(), 0);
	came_back++;
}

static void test_cpu_on(void)
{
	prepare_record(dirty_and_off);
	CALL(cpu_on(1, (uintptr_t)record_entry, (uintptr_t)&record), PSCI_SUCCESS, "CPU_ON: SUCCESS");
	CALL(wait_for(is_off(1)), true, "it starts, calls CPU_OFF, and AFFINITY_INFO says OFF");
	check_record("its first instruction");
	CALL(not_dirty, 0, "before it went off, all registers were at other values");
	CALL(came_back, 0, "CPU_OFF does not return");
}

/* x0 alone, with all of its bits. */
static void test_context(void)
{
	const uint64_t id = 0xfedcba9876543210;

	context = 0;
	dcache_clean_invalidate_poc((const void *)&context, 128);
	CALL(cpu_on(2, (uintptr_t)context_entry, id), PSCI_SUCCESS, "CPU_ON of another");
	wait_for(is_off(2));
	dcache_clean_invalidate_poc((const void *)&context, 128);
	CALL(context, wide ? id : (uint32_t)id, "the context id, as wide as the convention");
}

static bool stay, here;

static void wait_here(uint64_t argument)
{
	(void)argument;
	nap_init();
	set(&here);
	while (get(&stay))
		nap(100);
}

static void test_already_on(void)
{
	here = false;
	stay = true;
	CALL(guest_cpu_on(3, wait_here, 0), PSCI_SUCCESS, "CPU_ON of a third");
	wait_for(get(&here));
	CALL(affinity_info(3, 0), PSCI_AFFINITY_ON, "AFFINITY_INFO: it is ON");
	CALL(cpu_on(3, (uintptr_t)context_entry, 0), PSCI_ALREADY_ON, "CPU_ON once more: ALREADY_ON");
	__atomic_store_n(&stay, false, __ATOMIC_RELEASE);
	CALL(wait_for(is_off(3)), true, "and it goes off as well");
}

/*
 * vCPU 4 has the same CPU as this one. So it cannot start before this one's turn is over, which is soon only
 * if QEMU had to wait for its host just then.
 */
static void test_on_pending(void)
{
	int64_t on = 0, again = 0, info = 0;
	unsigned int tries;

	for (tries = 0; tries < 50; tries++) {
		nap(100);
		on = cpu_on(4, (uintptr_t)context_entry, 0x44);
		again = cpu_on(4, (uintptr_t)context_entry, 0x55);
		info = affinity_info(4, 0);
		wait_for(is_off(4));
		if (again == PSCI_ON_PENDING && info == PSCI_AFFINITY_ON_PENDING)
			break;
	}
	dcache_clean_invalidate_poc((const void *)&context, 128);
	CALL(on, PSCI_SUCCESS, "CPU_ON of the vCPU that is next on this CPU");
	CALL(again, PSCI_ON_PENDING, "CPU_ON of it again: ON_PENDING");
	CALL(info, PSCI_AFFINITY_ON_PENDING, "AFFINITY_INFO: ON_PENDING");
	CALL(context, 0x44, "it has started as the first CPU_ON said");
}

/* ---- CPU_SUSPEND -------------------------------------------------------------------------------- */

static int64_t suspend(uint64_t power_state, uint64_t entry, uint64_t context_id)
{
	return call(ID(PSCI_CPU_SUSPEND_32), power_state, entry, context_id);
}

static uint32_t acknowledge(void)
{
	uint32_t intid = gicv3_acknowledge();

	if (!gic_is_special(intid)) {
		gicv3_drop_priority(intid);
		gicv3_deactivate(intid);
	}
	return intid;
}

static void test_suspend_refused(void)
{
	static const uint32_t states[] = {
		1, 0xffff, 0x10001, 0x20000, 0x800000, 0x01000000, 0x03010000, 0x80000000,
	};
	unsigned int n, bad = 0;

	for (n = 0; n < ARRAY_SIZE(states); n++)
		bad += suspend(states[n], (uintptr_t)record_entry, 0) != PSCI_INVALID_PARAMETERS;
	CALL(bad, 0, "CPU_SUSPEND, unknown states: INVALID_PARAMETERS");
	bad += suspend(PSCI_POWER_STATE_POWERDOWN, 0, 0) != PSCI_INVALID_ADDRESS;
	bad += suspend(PSCI_POWER_STATE_POWERDOWN, RAM_END, 0) != PSCI_INVALID_ADDRESS;
	bad += suspend(PSCI_POWER_STATE_POWERDOWN, (uintptr_t)record_entry + 2, 0) != PSCI_INVALID_ADDRESS;
	CALL(bad, 0, "CPU_SUSPEND to powerdown, no place to resume: INVALID_ADDRESS");
}

static void timer_in(uint64_t us)
{
	write_sysreg(CNTV_CVAL_EL0, read_sysreg(CNTVCT_EL0) + timer_frequency() * us / 1000000);
	write_sysreg(CNTV_CTL_EL0, CNT_CTL_ENABLE);
	isb();
}

static void timer_off(void)
{
	write_sysreg(CNTV_CTL_EL0, 0);
	isb();
}

/* IRQs are masked: an interrupt ends the standby, and is not taken. The entry point means nothing. */
static void test_standby(void)
{
	uint64_t status;

	gicv3_send_sgi(0, SGI_WAKE);
	CALL(suspend(0, 0, 0), PSCI_SUCCESS, "CPU_SUSPEND to standby, an SGI pending: returns");
	CALL(acknowledge(), SGI_WAKE, "the SGI is still there to be taken");
	timer_in(2000);
	CALL(suspend(0, 1, 0), PSCI_SUCCESS, "CPU_SUSPEND to standby, and a timer: SUCCESS");
	status = read_sysreg(CNTV_CTL_EL0);
	CALL(status & CNT_CTL_ISTATUS, CNT_CTL_ISTATUS, "not before the timer's deadline");
	CALL(acknowledge(), CNTV_PPI, "the timer's interrupt is there to be taken");
	timer_off();
}

static bool going, woken;
static int64_t suspend_error;
static uint32_t woken_by;

static void after_powerdown(uint64_t argument)
{
	(void)argument;
	woken_by = mmio_read32(GICR_BASE + GICR_STRIDE + GICR_SGI_FRAME + GICD_ISPENDR) & (WAKE_BITS);
	mmio_write32(GICR_BASE + GICR_STRIDE + GICR_SGI_FRAME + GICD_ICPENDR, WAKE_BITS);
	set(&woken);
}

static void powerdown(uint64_t argument)
{
	uintptr_t gicr;

	not_dirty += record_dirty();
	gicv3_cpu_init(&gicr);
	gicv3_enable_private(gicr, CNTV_PPI);
	set(&going);
	if (!argument)
		timer_in(1000);
	suspend_error = suspend(PSCI_POWER_STATE_POWERDOWN, (uintptr_t)record_entry, (uintptr_t)&record);
}

/*
 * vCPU 1 sleeps, and is woken by its timer, or by an SGI. (The timer's interrupt is gone when it resumes: the
 * timer is at reset like all else.)
 */
static void test_powerdown(bool by_sgi)
{
	going = woken = false;
	suspend_error = 0x123;
	prepare_record(after_powerdown);
	guest_cpu_on(1, powerdown, by_sgi);
	wait_for(get(&going));
	if (by_sgi) {
		nap(1000);
		CALL(affinity_info(1, 0), PSCI_AFFINITY_ON, "AFFINITY_INFO of a suspended vCPU: ON");
		CALL(cpu_on(1, (uintptr_t)context_entry, 0), PSCI_ALREADY_ON, "CPU_ON of it: ALREADY_ON");
		CALL(get(&woken), false, "it is asleep");
		gicv3_send_sgi(1, SGI_WAKE);
	}
	CALL(wait_for(get(&woken)), true, by_sgi ? "CPU_SUSPEND to powerdown, and an SGI: it resumes" :
						   "CPU_SUSPEND to powerdown, and a timer: it resumes");
	CALL(woken_by, by_sgi ? BIT(SGI_WAKE) : 0, "what is pending then");
	CALL(suspend_error, 0x123, "and not behind the call");
	CALL(wait_for(is_off(1)), true, "it goes off");
	check_record("where it resumes");
}

/* ---- Interrupts, and CPU_OFF -------------------------------------------------------------------- */

static bool timer_is_pending(void)
{
	return mmio_read32(GICR_BASE + GICR_STRIDE + GICR_SGI_FRAME + GICD_ISPENDR) & BIT(CNTV_PPI);
}

static uint32_t timer_interrupts(void)
{
	uint64_t deadline = timer_deadline_us(TIMEOUT_US);

	timer_in(100);
	while (!timer_is_pending() && !timer_passed(deadline))
		;
	return gicv3_acknowledge();
}

static bool stale;
static uint32_t in_its_second_life, in_its_third_life;

/*
 * vCPU 1 goes off while its timer's interrupt is pending, and in its next life while that is active. The
 * timer of a vCPU that starts is off: its interrupt is not pending any more, and it comes again when the timer
 * says so. (What is active stays so in the GIC, until the guest sets that up: gicv3_cpu_init().)
 */
static void interrupted_life(uint64_t number)
{
	uintptr_t gicr;

	if (number == 2)
		stale = timer_is_pending();
	gicv3_cpu_init(&gicr);
	gicv3_enable_private(gicr, CNTV_PPI);
	if (number == 1) {
		uint64_t deadline = timer_deadline_us(TIMEOUT_US);

		timer_in(0);
		while (!timer_is_pending() && !timer_passed(deadline))
			;
		return;
	}
	if (number == 2) {
		stale |= !gic_is_special(gicv3_acknowledge());
		in_its_second_life = timer_interrupts();
		return;
	}
	in_its_third_life = timer_interrupts();
	timer_off();
	gicv3_drop_priority(CNTV_PPI);
	gicv3_deactivate(CNTV_PPI);
}

static void test_interrupts(void)
{
	unsigned int number;

	for (number = 1; number <= 3; number++) {
		guest_cpu_on(1, interrupted_life, number);
		wait_for(is_off(1));
	}
	REPORT_EQ(stale, false, "a timer's interrupt that was pending at CPU_OFF is not there after CPU_ON",
		  PSCI_CALLS);
	REPORT_EQ(in_its_second_life, CNTV_PPI, "but comes again when the timer says so", PSCI_CALLS);
	REPORT_EQ(in_its_third_life, CNTV_PPI, "and if it was active at CPU_OFF as well", PSCI_CALLS);
}

/* ---- Lives -------------------------------------------------------------------------------------- */

static void start_interrupts(void)
{
	gicv3_dist_init();
	nap_init();
	gicv3_enable_private(GICR_BASE, CNTV_PPI);
}

static void test_conduit(const struct conduit *by)
{
	conduit = by;
	wide = 0;
	CALL(call(PSCI_VERSION, 0, 0, 0), PSCI_VERSION_1_1, "PSCI_VERSION: 1.1");
	CALL(call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), PSCI_MIGRATE_NOT_NEEDED, "MIGRATE_INFO_TYPE: not needed");
	test_features();
	test_architecture();
	test_trng();
	for (wide = 0; ; wide = SMCCC_64) {
		test_affinity_info();
		test_cpu_on_refused();
		test_cpu_on();
		test_context();
		test_already_on();
		test_on_pending();
		test_suspend_refused();
		test_standby();
		test_powerdown(wide);
		CALL(call(ID(PSCI_SYSTEM_RESET2_32), 1, 0, 0), PSCI_INVALID_PARAMETERS,
		     "SYSTEM_RESET2, a type that is not there: INVALID_PARAMETERS");
		CALL(call(ID(PSCI_SYSTEM_RESET2_32), 0x80000000, 0, 0), PSCI_NOT_SUPPORTED,
		     "SYSTEM_RESET2, a vendor's type: NOT_SUPPORTED");
		if (wide)
			break;
	}
	wide = 0;
	CHECK(some_changed, 0, "no call has changed a register that is none of its results", CONVENTION);
	CHECK(some_lost, 0, "and each time the next instruction was executed", CONDUITS);
}

/* After a reset: five tests. */
static void check_reset(uint64_t resets, uint64_t want_resets, uint64_t want_marker, const char *what)
{
	unsigned int n, on = 0;

	REPORT_EQ(resets, want_resets, what, VM_LAYER);
	REPORT_EQ(marker, want_marker,
		  want_marker == MARKER_CHANGED ? "memory is as it was" : "the program is loaded afresh",
		  VM_LAYER);
	for (n = 1; n < CALLS_VCPUS; n++)
		on += !is_off(n);
	REPORT_EQ(on, 0, "the other vCPUs are OFF", VM_LAYER);
	REPORT_EQ(mmio_read32(GICD_BASE + GICD_CTLR) & 3, 0, "GICD_CTLR is as out of reset", VM_LAYER);
	REPORT_EQ(read_sysreg(ICC_IGRPEN1_EL1), 0, "and the CPU interface", VM_LAYER);
}

/* To be found, or not, after the reset: in memory, whatever the caches do. */
static void change_marker(void)
{
	marker = MARKER_CHANGED;
	dcache_clean_invalidate_poc((const void *)&marker, 128);
}

/* A call that does not return: it is one on purpose. */
static void last_call(const struct conduit *by, uint32_t id, uint64_t a)
{
	int64_t x0 = some_call(by->call, id, a, random_word(), random_word(), 0);

	REPORT_EQ(x0, 0x600d, "the call does not return", VM_LAYER);
}

static void reset2_64(uint64_t argument)
{
	(void)argument;
	nap_init();
	nap(1000);
	last_call(&hvc_0, PSCI_SYSTEM_RESET2_64, 0);
}

static void reset(uint64_t argument)
{
	(void)argument;
	nap_init();
	nap(1000);
	last_call(&smc_0, PSCI_SYSTEM_RESET, random_word());
}

static void off(uint64_t argument)
{
	(void)argument;
	nap_init();
	nap(1000);
	last_call(&smc_0, PSCI_SYSTEM_OFF, random_word());
}

static void compute(uint64_t argument)
{
	(void)argument;
	for (;;)
		;
}

enum sleep { IN_WFI, STANDBY, POWERDOWN };

static void sleep(uint64_t how)
{
	for (;;)
		if (how == POWERDOWN)
			guest_call_hvc(PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_POWERDOWN,
				       (uintptr_t)context_entry, 1);
		else if (how == STANDBY)
			guest_call_smc(PSCI_CPU_SUSPEND_32, 0, 0, 0);
		else
			wfi();
}

enum step { THE_CALLS, COLD, WARM, FROM_ANOTHER, ASLEEP, GOING_DOWN, THE_END };

void guest_main(uint64_t resets)
{
	enum step step = hvc(HVC_GET, KEPT_STEP, 0, 0, 0);

	hvc(HVC_PUT, KEPT_STEP, step + 1, 0, 0);
	if (step == THE_CALLS)
		test_undefined();
	guest_mmu_enable();
	switch (step) {
	case THE_CALLS:
		REPORT_EQ(resets, 0, "a VM that was just turned on", VM_LAYER);
		start_interrupts();
		/* The first life of vCPU 1: from here on its registers are anything but at reset. */
		guest_cpu_on(1, dirty_and_off, (uintptr_t)&hvc_0);
		wait_for(is_off(1));
		test_conduit(&hvc_0);
		test_conduit(&smc_0);
		test_interrupts();
		change_marker();
		last_call(&hvc_0, PSCI_SYSTEM_RESET, random_word());
		break;
	case COLD:
		check_reset(resets, 1, MARKER_LOADED, "after SYSTEM_RESET");
		start_interrupts();
		change_marker();
		/* A type of 0: what is above belongs to no 32-bit call. */
		last_call(&smc_0, PSCI_SYSTEM_RESET2_32, 0);
		break;
	case WARM:
		check_reset(resets, 2, MARKER_CHANGED, "after SYSTEM_RESET2, warm");
		start_interrupts();
		guest_cpu_on(1, reset2_64, 0);
		guest_cpu_on(2, compute, 0);
		compute(0);
		break;
	case FROM_ANOTHER:
		check_reset(resets, 3, MARKER_CHANGED,
			    "after SYSTEM_RESET2 from another vCPU, while two compute");
		start_interrupts();
		guest_cpu_on(2, sleep, POWERDOWN);
		guest_cpu_on(3, sleep, IN_WFI);
		guest_cpu_on(4, sleep, STANDBY);
		guest_cpu_on(1, reset, 0);
		sleep(IN_WFI);
		break;
	case ASLEEP:
		check_reset(resets, 4, MARKER_LOADED,
			    "after SYSTEM_RESET from another vCPU, while all else sleep");
		start_interrupts();
		stay = true;
		guest_cpu_on(2, wait_here, 0);
		REPORT_EQ(wait_for(get(&here)), true,
			  "one that was suspended to powerdown starts where it has to", VM_LAYER);
		hvc(HVC_STOP, 0, 0, 0, 0);
		cpu_on(1, (uintptr_t)context_entry, 0);
		sleep(IN_WFI);
		break;
	case GOING_DOWN:
		check_reset(resets, 5, MARKER_LOADED, "after a reset by the host");
		start_interrupts();
		guest_cpu_on(1, off, 0);
		guest_cpu_on(2, sleep, STANDBY);
		compute(0);
		break;
	case THE_END:
		REPORT_EQ(step, GOING_DOWN, "the VM stays off", VM_LAYER);
		break;
	}
}
