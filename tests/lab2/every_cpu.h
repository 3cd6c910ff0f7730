/* SPDX-License-Identifier: MIT */
/*
 * every_cpu.h - a test that runs on all CPUs at once, and is reported by one of them.
 *
 * TAP is one stream, with a counter. So each CPU keeps its findings in memory, and when all have
 * come to the end of the test, the boot CPU makes one line of TAP of each finding: "ok" when it
 * is so on every CPU. All CPUs run the same test, so the n-th finding of one is the n-th of all.
 */
#ifndef TESTS_LAB2_EVERY_CPU_H
#define TESTS_LAB2_EVERY_CPU_H

#include "arch/types.h"
#include "percpu.h"
#include "smp.h"

#define TAP_HANDOUT	"lab2-percpu/README.md"
#include "tap.h"

/* Sections of the handout. */
#define OWN_PAGE	"A CPU's own page"
#define HCR_BITS	"HCR_EL2, bit by bit"
#define ON_AND_OFF	"Turning it on, and off again"
#define INTERRUPT	"An interrupt, from the vector to its end"
#define OTHER_CPUS	"The other CPUs"
#define GIC_AND_TIMER	"The GIC and the timer"

/*
 * every_cpu - start all CPUs, set the GIC up on each, and have them all run test(cpu): IRQs
 * masked, virtualization off. Then the findings are reported, and the machine powers off.
 * tests: the number of findings; two more tests are added, about the CPUs themselves.
 */
void every_cpu(unsigned int tests, const struct vcpu_hal *hal, void (*test)(struct percpu *cpu))
	__noreturn;

/* The CPUs that there are, and that take part: from test(). */
unsigned int cpu_count(void);

/* Wait until all CPUs have come here. */
void meet(void);

/* EXPECT_EQ, EXPECT - TAP_EQ and TAP_OK, on any CPU. Evaluate to whether it is so. */
#define EXPECT_EQ(got, want, what, section)					\
	EXPECT_EQ_AT(got, want, NULL, what, section)
#define EXPECT(condition, what, section)					\
	EXPECT_EQ_AT(!!(condition), true, #condition, what, section)

/* EXPECT_EQ_AT - the same, with a word on where the two differ, or NULL. */
#define EXPECT_EQ_AT(got, want, detail, what, section) ({			\
	static const struct tap_site site_ = { __FILE__, __LINE__, TAP_HANDOUT, section };	\
	expect((uint64_t)(got), (uint64_t)(want), detail, what, &site_);	\
})
bool expect(uint64_t got, uint64_t want, const char *detail, const char *what,
	    const struct tap_site *site);

/*
 * tally - many comparisons that make one finding: the first difference is kept.
 *
 *	struct tally tally = {};
 *	for (...)
 *		tally_eq(&tally, got, want, "which one");
 *	EXPECT_TALLY(tally, "what is right when they are all equal", SECTION);
 */
struct tally {
	unsigned int done;		/* comparisons so far */
	bool differs;
	uint64_t got, want;
	const char *detail;
};
void tally_eq(struct tally *tally, uint64_t got, uint64_t want, const char *detail);

/* None at all is not right either. */
#define EXPECT_TALLY(tally, what, section)					\
	EXPECT_EQ_AT((tally).differs ? (tally).got : (tally).done == 0,		\
		     (tally).differs ? (tally).want : 0,			\
		     (tally).differs ? (tally).detail : "nothing was compared",	\
		     what, section)

/* The host's part of a vcpu_hal: the real GIC and pages. The interrupt handler is the test's. */
#define REAL_HAL						\
	.irq_acknowledge = gicv3_acknowledge,			\
	.irq_drop = gicv3_drop_priority,			\
	.irq_deactivate = gicv3_deactivate,			\
	.irq_disable = gic_disable,				\
	REAL_PAGES
#define REAL_PAGES						\
	.pages_alloc = hyp_pages_alloc,				\
	.pages_free = hyp_pages_free
void gic_disable(struct percpu *cpu, uint32_t intid);
void *hyp_pages_alloc(unsigned int count);
void hyp_pages_free(void *pages, unsigned int count);

/* An SGI or PPI of this CPU: its bit in GICD_ISPENDR, GICD_ISACTIVER, GICD_ISENABLER ... */
bool private_bit(const struct percpu *cpu, uint32_t array, uint32_t intid);

/* What PSCI AFFINITY_INFO says of a CPU (DEN0022): 0 on, 1 off, 2 on its way; else an error. */
int64_t affinity_info(uint64_t affinity);

/* Let time pass. IRQs are left as they are. */
void spin_us(uint64_t microseconds);

/* Wait, spinning, until the condition holds. Evaluates to whether it did within two seconds. */
#define WAIT_UNTIL(condition) ({					\
	uint64_t deadline_ = timer_deadline_us(2000000);		\
	bool holds_;							\
	while (!(holds_ = (condition)) && !timer_passed(deadline_))	\
		;							\
	holds_;								\
})

#endif
