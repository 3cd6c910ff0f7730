// SPDX-License-Identifier: MIT
/*
 * table.c - every register of the table, seen from the host: what is in struct guest_sysregs is in the CPU
 * after bind, what is in the CPU is in the struct after unbind. Those that EL1 may not write included.
 */
#include "host.h"

#include <string.h>

#include "arch/barrier.h"
#include "drivers/console.h"
#include "features.h"
#include "lib/printf.h"

#define ROUNDS		20

/* ---- The registers: functions by which a loop can reach them --------------------------------------- */

#define X(reg, field, reset, condition, meaning)				\
	static uint64_t get_##field(void) { return read_sysreg(reg); }		\
	static void set_##field(uint64_t value) { write_sysreg(reg, value); }
SYSREGS_ALL(X)
#undef X

enum group { EL1, TIMER, GIC, CONFIG };

static const struct reg {
	const char *name;
	size_t offset;
	unsigned int condition;
	enum group group;
	uint64_t (*get)(void);
	void (*set)(uint64_t value);
} regs[] = {
#define X(reg, field, reset, condition, meaning) \
	{ #reg, offsetof(struct guest_sysregs, field), SYSREG_IF_##condition, GROUP, get_##field, set_##field },
#define GROUP EL1
	SYSREGS_EL1(X)
#undef GROUP
#define GROUP TIMER
	SYSREGS_TIMER(X)
#undef GROUP
#define GROUP GIC
	SYSREGS_GIC(X)
#undef GROUP
#define GROUP CONFIG
	SYSREGS_CONFIG(X)
#undef GROUP
#undef X
};

static uint64_t holds[ARRAY_SIZE(regs)];	/* which bits are there, and can be 0 and 1 */
static uint64_t ones[ARRAY_SIZE(regs)];		/* and which others are 1 */

/*
 * Bits which would do something to the host, or are not a plain store: software step; a timer's
 * ISTATUS; how many counters are EL2's; the maintenance count.
 */
static uint64_t harmless(const char *name)
{
	if (!strcmp(name, "MDSCR_EL1"))
		return ~1UL;
	if (!strcmp(name, "CNTV_CTL_EL0") || !strcmp(name, "CNTP_CTL_EL0"))
		return 3;
	if (!strcmp(name, "MDCR_EL2"))
		return 0xe60;
	if (!strcmp(name, "ICH_HCR_EL2"))
		return 0xff;
	if (!strcmp(name, "SPSR_EL1"))
		return 0xffffffff;
	return ~0UL;
}

static bool here(const struct reg *reg, uint64_t conditions)
{
	return reg->condition == SYSREG_IF_ALWAYS || (conditions & BIT(reg->condition));
}

static uint64_t *field(struct vcpu *vcpu, const struct reg *reg)
{
	return (uint64_t *)((char *)&vcpu->sysregs + reg->offset);
}

/* What does each register hold? */
static void probe(uint64_t conditions)
{
	unsigned int n, empty = 0;

	for (n = 0; n < ARRAY_SIZE(regs); n++) {
		const struct reg *reg = &regs[n];
		uint64_t before, zeros;

		if (!here(reg, conditions))
			continue;
		before = reg->get();
		reg->set(before & ~harmless(reg->name));
		isb();
		zeros = reg->get();
		reg->set(before | harmless(reg->name));
		isb();
		holds[n] = (zeros ^ reg->get()) & harmless(reg->name);
		ones[n] = zeros & ~holds[n];
		reg->set(before);
		isb();
		if (!holds[n] && counts_wanted())
			printf("# %s holds nothing on this CPU\n", reg->name);
		empty += !holds[n];
	}
	TAP_OK(empty < 6, "nearly all registers of the table hold something", TABLE);
}

/* ---- Both ways ---------------------------------------------------------------------------------------- */

static char what[160];

/* One test for all comparisons of a kind; the first difference is named. */
struct tally {
	unsigned int done, differ;
	const char *name;
	uint64_t got, want;
};

static void compare(struct tally *tally, const struct reg *reg, uint64_t got, uint64_t want)
{
	tally->done++;
	if (got == want || tally->differ++)
		return;
	tally->name = reg->name;
	tally->got = got;
	tally->want = want;
}

static void report(const struct tally *tally, const char *is_right, const char *section)
{
	ksnprintf(what, sizeof(what), "%s%s%s", is_right, tally->differ ? ": " : "",
		  tally->differ ? tally->name : "");
	tap_eq(tally->differ ? tally->got : tally->done == 0, tally->differ ? tally->want : 0, what,
	       TAP_SITE(section));
}

static uint64_t pattern(unsigned int n)
{
	return (host_random() & holds[n]) | ones[n];
}

static struct guest guest;

static void round_trip(uint64_t conditions, struct tally *loaded, struct tally *saved, struct tally *kept,
		       struct tally *stopped)
{
	static uint64_t wanted[ARRAY_SIZE(regs)];
	struct vcpu *vcpu = &guest.vcpu;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(regs); n++) {
		wanted[n] = here(&regs[n], conditions) ? pattern(n) : host_random();
		*field(vcpu, &regs[n]) = wanted[n];
	}
	host_poison_unbound();
	for (n = 0; n < ARRAY_SIZE(regs); n++)
		if (here(&regs[n], conditions))
			regs[n].set(wanted[n] ^ holds[n]);
	write_sysreg(ICH_HCR_EL2, 0);
	isb();

	if (vcpu_bind(vcpu)) {
		compare(loaded, &regs[0], 1, 0);
		return;
	}
	isb();
	for (n = 0; n < ARRAY_SIZE(regs); n++)
		if (here(&regs[n], conditions))
			compare(loaded, &regs[n], regs[n].get() & (holds[n] | ones[n]), wanted[n]);

	/* As if the guest had changed them; config is not the guest's to change. */
	for (n = 0; n < ARRAY_SIZE(regs); n++) {
		if (!here(&regs[n], conditions) || regs[n].group == CONFIG)
			continue;
		wanted[n] = pattern(n);
		regs[n].set(wanted[n]);
	}
	isb();
	if (vcpu_unbind(vcpu)) {
		compare(saved, &regs[0], 1, 0);
		return;
	}
	for (n = 0; n < ARRAY_SIZE(regs); n++) {
		uint64_t got = *field(vcpu, &regs[n]);

		if (!here(&regs[n], conditions) || regs[n].group == CONFIG)
			compare(kept, &regs[n], got, wanted[n]);
		else
			compare(saved, &regs[n], got & (holds[n] | ones[n]), wanted[n]);
	}
	for (n = 0; n < ARRAY_SIZE(regs); n++)
		if (!strcmp(regs[n].name, "CNTV_CTL_EL0") || !strcmp(regs[n].name, "CNTP_CTL_EL0") ||
		    !strcmp(regs[n].name, "ICH_HCR_EL2"))
			compare(stopped, &regs[n], regs[n].get() & 1, 0);
}

/* ---- The other parts of the table ---------------------------------------------------------------------- */

#define ID(encoding, low)	(read_sysreg(encoding) >> (low) & 0xf)

/* By the Arm ARM and IHI 0069, not by lab 1's decoder. */
static uint64_t expected_conditions(void)
{
	unsigned int lrs = (read_sysreg(S3_4_C12_C11_1) & 0x1f) + 1;	/* ICH_VTR_EL2 */
	unsigned int pre = (read_sysreg(S3_4_C12_C11_1) >> 26 & 7) + 1;
	uint64_t conditions = 1 | ((1UL << lrs) - 1) << 8;

	if (ID(S3_0_C0_C4_0, 28) >= 1)			/* ID_AA64PFR0_EL1.RAS */
		conditions |= 1 << SYSREG_IF_RAS;
	if (ID(S3_0_C0_C4_0, 56) >= 2)			/* ID_AA64PFR0_EL1.CSV2 */
		conditions |= 1 << SYSREG_IF_CSV2_2;
	if (ID(S3_0_C0_C6_1, 4) || ID(S3_0_C0_C6_1, 8) || ID(S3_0_C0_C6_2, 12))
		conditions |= 1 << SYSREG_IF_PAUTH;	/* ISAR1.APA, API, ISAR2.APA3 */
	if (ID(S3_0_C0_C4_1, 24) >= 1)			/* ID_AA64PFR1_EL1.SME */
		conditions |= 1 << SYSREG_IF_SME;
	if (pre >= 6)
		conditions |= 1 << SYSREG_IF_PRE6;
	if (pre >= 7)
		conditions |= 1 << SYSREG_IF_PRE7;
	return conditions;
}

static __noinline void test_infos(void)
{
	static struct guest_sysregs reset;
	struct tally table = {}, resets = {};
	unsigned int n;

	TAP_EQ(sysreg_count, ARRAY_SIZE(regs), "sysreg_infos has all of them", TABLE);
	memset(&reset, 0xa5, sizeof(reset));
	guest_sysregs_reset(&reset);
	for (n = 0; n < ARRAY_SIZE(regs); n++) {
		const struct sysreg_info *info = sysreg_infos, *last = sysreg_infos + sysreg_count - 1;
		uint64_t got = *(uint64_t *)((char *)&reset + regs[n].offset);

		while (info < last && strcmp(info->name, regs[n].name))
			info++;
		compare(&table, &regs[n], info->offset, regs[n].offset);
		compare(&table, &regs[n], strcmp(info->name, regs[n].name), 0);
		compare(&table, &regs[n], info->condition, regs[n].condition);
		compare(&resets, &regs[n], got, info->reset);
		/* The Arm ARM's: RES1 bits of SCTLR_EL1 without the newer features, M, C and I off. */
		compare(&resets, &regs[n], got, strcmp(regs[n].name, "SCTLR_EL1") ? 0 : 0x30d00800);
	}
	report(&table, "sysreg_infos says of each what the table says", TABLE);
	report(&resets, "guest_sysregs_reset gives each its reset value", TABLE);
}

void main(void)
{
	struct tally loaded = {}, saved = {}, kept = {}, stopped = {};
	uint64_t conditions;
	unsigned int round;

	host_start();
	tap_plan(13);
	conditions = expected_conditions();
	TAP_EQ(sysreg_conditions(), conditions, "sysreg_conditions() knows what the CPU has", TABLE);
	test_infos();
	GUEST_CREATE(&guest, "guest", program_puppet, 0, NULL);
	probe(conditions);

	for (round = 0; round < ROUNDS; round++)
		round_trip(conditions, &loaded, &saved, &kept, &stopped);
	report(&loaded, "bind loads each register", TABLE);
	report(&saved, "unbind saves each register", TABLE);
	report(&kept, "unbind leaves alone what the guest cannot change, and what this CPU has not", TABLE);
	report(&stopped, "unbind stops the timers and the virtual CPU interface", BIND);

	TAP_EQ(read_sysreg(HCR_EL2), this_cpu()->hcr, "after unbind HCR_EL2 is the CPU's own", BIND);
	TAP_EQ(read_sysreg(VTTBR_EL2), (uintptr_t)this_cpu()->empty_stage2,
	       "after unbind VTTBR_EL2 is the empty stage 2, VMID 0", BIND);
	TAP_EQ(read_sysreg(VTCR_EL2), this_cpu()->stage2.vtcr, "and VTCR_EL2 as it was", BIND);
	TAP_OK(read_sysreg(CPTR_EL2) & BIT(10), "after unbind FP traps (CPTR_EL2.TFP)", LAZY_FP);
	tap_done();
}
