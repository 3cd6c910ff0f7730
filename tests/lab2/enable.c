// SPDX-License-Identifier: MIT
/*
 * enable.c - turning virtualization on and off, on every CPU at once: what changes, and that all
 * of it comes back, whatever the registers held before.
 *
 * The values that are written down here are numbers from the Arm ARM, not the names of the
 * headers.
 */
#include "every_cpu.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "el2_mmu.h"
#include "exception.h"
#include "lib/errno.h"

#define ROUNDS		64

/* No interrupt is meant to come in this test. */
static enum irq_result no_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = no_irq };

/* ---- The registers that are watched ---------------------------------------------------------- */

/* The first four are what enable may change, by the header's word. */
#define REGISTERS(X)							\
	X(VBAR_EL2) X(HCR_EL2) X(VTCR_EL2) X(VTTBR_EL2)			\
	X(CPTR_EL2) X(MDCR_EL2) X(CNTHCTL_EL2) X(DAIF) X(TPIDR_EL2)	\
	X(SCTLR_EL2) X(TCR_EL2) X(TTBR0_EL2) X(MAIR_EL2) X(HSTR_EL2)	\
	X(VPIDR_EL2) X(VMPIDR_EL2) X(CNTVOFF_EL2) X(CNTHP_CTL_EL2)	\
	X(SP_EL0) X(TPIDR_EL1) X(SCTLR_EL1)

enum {
#define X(name) name##_,
	REGISTERS(X)
#undef X
	REGISTER_COUNT
};

static const char *const register_names[] = {
#define X(name) #name,
	REGISTERS(X)
#undef X
};

struct state {
	uint64_t value[REGISTER_COUNT];
};

static struct state read_state(void)
{
	return (struct state){ {
#define X(name) [name##_] = read_sysreg(name),
		REGISTERS(X)
#undef X
	} };
}

static void tally_state(struct tally *tally, const struct state *got, const struct state *want)
{
	unsigned int i;

	for (i = 0; i < REGISTER_COUNT; i++)
		tally_eq(tally, got->value[i], want->value[i], register_names[i]);
}

/* One finding: are all registers as in want? */
#define EXPECT_STATE(wanted, what) do {				\
	struct state now_ = read_state();			\
	struct tally tally_ = {};				\
								\
	tally_state(&tally_, &now_, wanted);			\
	EXPECT_TALLY(tally_, what, ON_AND_OFF);			\
} while (0)

/* ---- What they are given beforehand ---------------------------------------------------------- */

static uint64_t random64(void)
{
	static uint64_t states[MAX_CPUS];
	uint64_t *x = &states[cpu_affinity() % MAX_CPUS];

	if (!*x)
		*x = 0x9e3779b97f4a7c15 * (cpu_affinity() + 1);
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/*
 * Odd values, others on each CPU and each time. All are harmless here: no exception is taken, so
 * VBAR_EL2 is not used, and the HCR_EL2 bits are about EL1 and EL0, where nothing runs.
 */
static struct state make_odd(void)
{
	write_sysreg(VBAR_EL2, random64() & 0x00007ffffffff800);
	/* RW and AMO, as lab 1 has it; not VM, FMO, IMO, TGE. */
	write_sysreg(HCR_EL2, 0x80000020 | (random64() & 0x57fffe06));
	write_sysreg(VTCR_EL2, 0x80000000 | (random64() & 0x7ffff));
	write_sysreg(VTTBR_EL2, random64() & 0x00fffffffffff000);
	/* TCPAC, TTA; TPMCR, TPM, TDA, TDOSA, TDRA; EL1PCTEN, EL1PCEN. */
	write_sysreg(CPTR_EL2, read_sysreg(CPTR_EL2) ^ (random64() & 0x80100000));
	write_sysreg(MDCR_EL2, read_sysreg(MDCR_EL2) ^ (random64() & 0xe60));
	write_sysreg(CNTHCTL_EL2, random64() & 0x3);
	write_sysreg(TPIDR_EL1, random64());
	write_sysreg(SP_EL0, random64());
	isb();
	asm volatile("msr DAIF, %0" :: "r"(random64() & 0x3c0) : "memory");
	return read_state();
}

static void write_back(const struct state *state)
{
	write_sysreg(VBAR_EL2, state->value[VBAR_EL2_]);
	write_sysreg(HCR_EL2, state->value[HCR_EL2_]);
	write_sysreg(VTCR_EL2, state->value[VTCR_EL2_]);
	write_sysreg(VTTBR_EL2, state->value[VTTBR_EL2_]);
	write_sysreg(CPTR_EL2, state->value[CPTR_EL2_]);
	write_sysreg(MDCR_EL2, state->value[MDCR_EL2_]);
	write_sysreg(CNTHCTL_EL2, state->value[CNTHCTL_EL2_]);
	write_sysreg(TPIDR_EL1, state->value[TPIDR_EL1_]);
	write_sysreg(SP_EL0, state->value[SP_EL0_]);
	isb();
	irq_restore(state->value[DAIF_]);
}

/* ---- What they are meant to be while it is on ------------------------------------------------ */

/* Four bits of an ID register. */
#define ID(encoding, low)	(read_sysreg(encoding) >> (low) & 0xf)

static uint64_t expected_hcr(void)
{
	/* RW, TSW TACR TIDCP TSC TID3, TWI, BSU = 1, FB, AMO IMO FMO, PTW SWIO VM. */
	uint64_t hcr = 1UL << 31 | 0x1fUL << 18 | 1UL << 13 | 1UL << 10 | 1UL << 9 | 7UL << 3 | 7UL;

	if (ID(S3_0_C0_C4_0, 28) >= 1)		/* ID_AA64PFR0_EL1.RAS: TEA, TERR */
		hcr |= 3UL << 36;
	if (ID(S3_0_C0_C7_1, 16) >= 1)		/* ID_AA64MMFR1_EL1.LO: TLOR */
		hcr |= 1UL << 35;
	if (ID(S3_0_C0_C6_1, 4) || ID(S3_0_C0_C6_1, 8) || ID(S3_0_C0_C6_2, 12))
		hcr |= 3UL << 40; /* ID_AA64ISAR1_EL1.APA, API, ISAR2.APA3: API, APK */
	if (ID(S3_0_C0_C4_0, 56) >= 2)		/* ID_AA64PFR0_EL1.CSV2: EnSCXT */
		hcr |= 1UL << 53;
	if (ID(S3_0_C0_C4_1, 8) >= 2)		/* ID_AA64PFR1_EL1.MTE: TID5 */
		hcr |= 1UL << 58;
	return hcr;
}

static struct state expected_while_on(const struct percpu *cpu, const struct state *before)
{
	struct state state = *before;

	state.value[VBAR_EL2_] = (uintptr_t)percpu_vectors;
	state.value[HCR_EL2_] = expected_hcr();
	state.value[VTTBR_EL2_] = (uintptr_t)cpu->empty_stage2;
	state.value[VTCR_EL2_] = read_sysreg(VTCR_EL2); /* judged by what it does: see below */
	return state;
}

/* What the CPU itself makes of an EL1 address: AT S12E1R, both stages, the answer in PAR_EL1. */
static uint64_t translate(uint64_t address)
{
	asm volatile("at s12e1r, %0\n\tisb" :: "r"(address) : "memory");
	return read_sysreg(PAR_EL1);
}

static const uint64_t addresses[] = {
	0, 0x08000000, 0x09000000, 0x40000000, 0x7c000000, 0x7ffff000, 0xfffff000,
};

static void test_stage2(const struct percpu *cpu)
{
	struct tally off = {}, on = {}, page = {};
	unsigned int i, level;

	for (i = 0; i < ARRAY_SIZE(addresses); i++)	/* no fault, and the address itself */
		tally_eq(&off, translate(addresses[i]) & 0x0000fffffffff001, addresses[i],
			 "PAR_EL1");
	EXPECT_TALLY(off, "while off, EL1 sees physical addresses (this shows that AT works)",
		     ON_AND_OFF);

	percpu_hardware_enable(percpu_vectors);
	/*
	 * PAR_EL1: F (bit 0), FST (6 to 1) = 0b0001LL, translation fault at level LL, S (bit 9) =
	 * in stage 2. The level is the first one, by VTCR_EL2.SL0 (7 to 6): on a VTCR_EL2 that
	 * makes no sense it would be level 0.
	 */
	level = 2 - (read_sysreg(VTCR_EL2) >> 6 & 3);
	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		tally_eq(&on, translate(addresses[i]) & 0x27f, 1 << 9 | (0x04 | level) << 1 | 1,
			 "PAR_EL1");
	EXPECT_TALLY(on, "while on, stage 2 maps no address: a fault at its first level",
		     ON_AND_OFF);
	for (i = 0; cpu->empty_stage2 && i < cpu->stage2.root_pages * 512; i++)
		tally_eq(&page, ((uint64_t *)cpu->empty_stage2)[i], 0, "a descriptor");
	EXPECT_TALLY(page, "the root of the empty stage 2 has only invalid descriptors",
		     ON_AND_OFF);
	percpu_hardware_disable();
}

/* ---- The tests ------------------------------------------------------------------------------- */

static void test_own_page(struct percpu *cpu)
{
	static struct percpu *seen[MAX_CPUS];
	struct tally others = {};
	unsigned int id = cpu_affinity() & 0xff, i;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);

	EXPECT_EQ(read_sysreg(TPIDR_EL2), (uintptr_t)cpu, "TPIDR_EL2 points to the struct percpu",
		  OWN_PAGE);
	EXPECT_EQ((uintptr_t)this_cpu() % 4096, 0, "it begins a page", OWN_PAGE);
	EXPECT_EQ(sizeof(*cpu) % 4096, 0, "it is whole pages long", OWN_PAGE);
	EXPECT_EQ(cpu->id, id, "its id: the boot CPU is 0, the others follow", OWN_PAGE);
	EXPECT_EQ((uintptr_t)smp_cpu(id), (uintptr_t)cpu, "smp_cpu() finds it by its id",
		  OTHER_CPUS);
	EXPECT_EQ(cpu->mpidr, read_sysreg(MPIDR_EL1), "its MPIDR", OWN_PAGE);
	EXPECT_EQ(cpu->stack_top, 0x7ffc8000 + id * 0x8000, "the top of its stack block", OWN_PAGE);
	EXPECT(sp < cpu->stack_top && sp >= cpu->stack_top - 0x4000,
	       "the CPU runs on the stack of its own block", OWN_PAGE);
	seen[id] = this_cpu();
	meet();
	for (i = 0; i < MAX_CPUS; i++)
		tally_eq(&others, i != id && seen[i] == cpu, false, "one struct for two CPUs");
	EXPECT_TALLY(others, "no other CPU has the same struct percpu", OWN_PAGE);
}

static void test_once(struct percpu *cpu)
{
	static struct percpu copies[MAX_CPUS];
	struct percpu *kept = &copies[cpu->id];
	struct state before = read_state(), on;

	EXPECT_EQ(percpu_is_enabled(), false, "at first percpu_is_enabled() says no", ON_AND_OFF);
	EXPECT_EQ(cpu->irq_handler, 0, "at first no IRQ handler is published", ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_disable(), -EALREADY, "disable when off: -EALREADY", ON_AND_OFF);
	EXPECT_STATE(&before, "disable when off changes no register");

	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), 0, "percpu_hardware_enable() returns 0",
		  ON_AND_OFF);
	EXPECT_EQ(percpu_is_enabled(), true, "then percpu_is_enabled() says yes", ON_AND_OFF);
	EXPECT(cpu->irq_handler, "while on, an IRQ handler is published", ON_AND_OFF);
	EXPECT_EQ(read_sysreg(HCR_EL2), expected_hcr(), "HCR_EL2 for this CPU, bit by bit",
		  HCR_BITS);
	EXPECT_EQ(read_sysreg(HCR_EL2) & (1UL << 34 | 1UL << 27), 0, "E2H and TGE are 0", HCR_BITS);
	on = expected_while_on(cpu, &before);
	EXPECT_STATE(&on, "while on, VBAR, HCR, VTCR and VTTBR_EL2 have changed, and nothing else");

	memcpy(kept, cpu, sizeof(*kept));
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), -EBUSY, "enable when on: -EBUSY",
		  ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_enable(el2_vectors), -EBUSY,
		  "enable when on, with other vectors: -EBUSY", ON_AND_OFF);
	EXPECT_STATE(&on, "enable when on changes no register");
	EXPECT_EQ(memcmp(kept, cpu, sizeof(*kept)), 0,
		  "enable when on loses nothing of what was saved", ON_AND_OFF);
	EXPECT_EQ(percpu_init(cpu, cpu->id, &hal), -EBUSY, "percpu_init() when on: -EBUSY",
		  OWN_PAGE);
	EXPECT_EQ(memcmp(kept, cpu, sizeof(*kept)), 0, "percpu_init() when on changes nothing",
		  OWN_PAGE);

	EXPECT_EQ(percpu_hardware_disable(), 0, "percpu_hardware_disable() returns 0", ON_AND_OFF);
	EXPECT_EQ(percpu_is_enabled(), false, "off again: percpu_is_enabled() says no", ON_AND_OFF);
	EXPECT_EQ(cpu->irq_handler, 0, "off again: no IRQ handler is published", ON_AND_OFF);
	EXPECT_STATE(&before, "off again: every register is as it was");
}

/* The same with odd values before; each enable saves anew, and no page is lost. */
static void test_symmetry(struct percpu *cpu)
{
	struct state kept = read_state(), before, now, want;
	struct tally results = {}, ons = {}, offs = {};
	size_t pages;
	unsigned int i;

	meet();
	pages = hyp_pool.free;
	meet();
	for (i = 0; i < ROUNDS; i++) {
		before = make_odd();
		tally_eq(&results, percpu_hardware_enable(percpu_vectors), 0, "enable");
		now = read_state();
		want = expected_while_on(cpu, &before);
		tally_state(&ons, &now, &want);
		tally_eq(&results, percpu_hardware_enable(percpu_vectors), -EBUSY,
			 "enable when on");
		tally_eq(&results, percpu_hardware_disable(), 0, "disable");
		now = read_state();
		tally_state(&offs, &now, &before);
		tally_eq(&results, percpu_hardware_disable(), -EALREADY, "disable when off");
		now = read_state();
		tally_state(&offs, &now, &before);
	}
	write_back(&kept);
	EXPECT_TALLY(results, "with odd values before: the right results", ON_AND_OFF);
	EXPECT_TALLY(ons, "with odd values before: while on, the same as ever", ON_AND_OFF);
	EXPECT_TALLY(offs, "with odd values before: off again, exactly the odd bits are back",
		     ON_AND_OFF);
	meet();
	EXPECT_EQ(hyp_pool.free, pages, "with odd values before: no page is lost", ON_AND_OFF);
	meet();
}

/*
 * percpu_is_enabled() asks the hardware: HCR_EL2.VM, bit 0. Whoever changes that bit by hand,
 * nothing of what is saved gets lost by it.
 */
static void test_is_enabled(void)
{
	struct state before = read_state(), set, on;

	write_sysreg(HCR_EL2, before.value[HCR_EL2_] | 1);
	isb();
	set = read_state();
	EXPECT_EQ(percpu_is_enabled(), true, "VM set by hand: percpu_is_enabled() says yes",
		  ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), -EBUSY,
		  "VM set by hand: enable is -EBUSY", ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_disable(), -EALREADY, "VM set by hand: disable is -EALREADY",
		  ON_AND_OFF);
	EXPECT_STATE(&set, "VM set by hand: neither changes a register");
	write_sysreg(HCR_EL2, before.value[HCR_EL2_]);
	isb();

	percpu_hardware_enable(percpu_vectors);
	write_sysreg(HCR_EL2, read_sysreg(HCR_EL2) & ~1UL);
	isb();
	on = read_state();
	EXPECT_EQ(percpu_is_enabled(), false, "VM cleared by hand: percpu_is_enabled() says no",
		  ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), -EBUSY,
		  "VM cleared by hand: enable is -EBUSY", ON_AND_OFF);
	EXPECT_STATE(&on, "VM cleared by hand: that changes no register");
	EXPECT_EQ(percpu_hardware_disable(), 0, "VM cleared by hand: disable returns 0",
		  ON_AND_OFF);
	EXPECT_STATE(&before, "VM cleared by hand: disable puts back what was saved");
}

/* Errors, each of which changes nothing. */
static void test_errors(struct percpu *cpu)
{
	struct state before = read_state(), unset;
	struct tally misaligned = {};
	uintptr_t offset;

	EXPECT_EQ(percpu_hardware_enable(NULL), -EINVAL, "enable without vectors: -EINVAL",
		  ON_AND_OFF);
	for (offset = 4; offset < 2048; offset *= 2)
		tally_eq(&misaligned, percpu_hardware_enable(percpu_vectors + offset), -EINVAL,
			 "vectors at a multiple of less than 2 KiB");
	EXPECT_TALLY(misaligned, "enable with misaligned vectors: -EINVAL", ON_AND_OFF);
	EXPECT_STATE(&before, "enable with bad vectors changes no register");

	write_sysreg(TPIDR_EL2, 0);
	unset = read_state();
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), -EINVAL,
		  "enable before percpu_init(): -EINVAL", ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_disable(), -EALREADY, "disable before percpu_init(): -EALREADY",
		  ON_AND_OFF);
	EXPECT_STATE(&unset, "enable or disable before percpu_init() changes no register");
	write_sysreg(TPIDR_EL2, cpu);
}

static unsigned int pages_asked_for[MAX_CPUS];

/* Has none the first time. */
static void *pages_of_the_poor(unsigned int count)
{
	return pages_asked_for[cpu_affinity() % MAX_CPUS]++ ? hyp_pages_alloc(count) : NULL;
}

static void test_no_page(struct percpu *cpu)
{
	static struct percpu scratches[MAX_CPUS];
	static const struct vcpu_hal poor = {
		.irq_acknowledge = gicv3_acknowledge,
		.irq_drop = gicv3_drop_priority,
		.irq_deactivate = gicv3_deactivate,
		.irq_handler = no_irq,
		.irq_disable = gic_disable,
		.pages_alloc = pages_of_the_poor,
		.pages_free = hyp_pages_free,
	};
	struct percpu *scratch = &scratches[cpu->id];
	struct state before;

	EXPECT_EQ(percpu_init(scratch, cpu->id, &poor), 0, "percpu_init() again, while off",
		  OWN_PAGE);
	EXPECT_EQ(this_cpu(), scratch, "TPIDR_EL2 points to the new one", OWN_PAGE);
	before = read_state();
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), -ENOMEM, "enable without a page: -ENOMEM",
		  ON_AND_OFF);
	EXPECT_STATE(&before, "enable without a page changes no register");
	EXPECT_EQ(scratch->irq_handler, 0, "enable without a page publishes no handler",
		  ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_enable(percpu_vectors), 0,
		  "enable, when there is a page after all, returns 0", ON_AND_OFF);
	EXPECT_EQ(percpu_hardware_disable(), 0, "disable after that returns 0", ON_AND_OFF);
	EXPECT_STATE(&before, "disable after that: every register is as it was");
	write_sysreg(TPIDR_EL2, cpu);
}

/* percpu_init() with bad arguments: an error, and neither TPIDR_EL2 nor the memory is touched. */
static void test_bad_init(struct percpu *cpu)
{
	static struct percpu scratches[MAX_CPUS];
	struct percpu *scratch = &scratches[cpu->id];
	struct tally results = {}, touched = {};
	struct vcpu_hal holed;
	void **functions = (void **)&holed;
	size_t i;

	memset(scratch, 0x5a, sizeof(*scratch));
	tally_eq(&results, percpu_init(scratch, MAX_CPUS, &hal), -EINVAL, "id = MAX_CPUS");
	tally_eq(&results, percpu_init(scratch, ~0U, &hal), -EINVAL, "id = UINT_MAX");
	for (i = 0; i < sizeof(holed) / sizeof(*functions); i++) {
		holed = hal;
		functions[i] = NULL;
		tally_eq(&results, percpu_init(scratch, cpu->id, &holed), -EINVAL,
			 "a function of the vcpu_hal is missing");
	}
	EXPECT_TALLY(results, "percpu_init() with bad arguments: -EINVAL", OWN_PAGE);
	for (i = 0; i < sizeof(*scratch); i++)
		tally_eq(&touched, ((uint8_t *)scratch)[i], 0x5a, "a byte of the struct percpu");
	tally_eq(&touched, read_sysreg(TPIDR_EL2), (uintptr_t)cpu, "TPIDR_EL2");
	EXPECT_TALLY(touched, "percpu_init() with bad arguments changes nothing", OWN_PAGE);
}

static void test(struct percpu *cpu)
{
	/* EL1 as a CPU comes out of reset: the MMU off. Only AT looks at it here. */
	write_sysreg(SCTLR_EL1, 0x30d00980);
	isb();

	test_own_page(cpu);
	test_once(cpu);
	test_symmetry(cpu);
	test_stage2(cpu);
	test_is_enabled();
	test_errors(cpu);
	test_no_page(cpu);
	test_bad_init(cpu);
	/* What was on this CPU all along. */
	EXPECT_EQ(cpu->counters.irqs + cpu->counters.spurious, 0, "no interrupt came", ON_AND_OFF);
}

void main(void)
{
	every_cpu(62, &hal, test);
}
