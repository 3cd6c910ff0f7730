// SPDX-License-Identifier: MIT
#include "hostile_watch.h"

#include "arch/sysreg.h"
#include "drivers/console.h"
#include "drivers/gich.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "el2_mmu.h"

/* ---- Registers ------------------------------------------------------------------------------ */

/*
 * X(register, what in it may differ while a guest is loaded: its own trap of FP, its SError, its
 * caches)
 */
#define WATCHED(X)					\
	X(HCR_EL2, HCR_VSE | HCR_TVM)			\
	X(VBAR_EL2, 0)					\
	X(CPTR_EL2, CPTR_EL2_TFP)			\
	X(VTCR_EL2, 0)					\
	X(MDCR_EL2, 0)					\
	X(HSTR_EL2, 0)					\
	X(CNTHCTL_EL2, 0)				\
	X(CNTVOFF_EL2, 0)				\
	X(SCTLR_EL2, 0)					\
	X(TCR_EL2, 0)					\
	X(TTBR0_EL2, 0)					\
	X(MAIR_EL2, 0)					\
	X(TPIDR_EL2, 0)					\
	X(ICC_SRE_EL2, 0)				\
	X(ICC_PMR_EL1, 0)				\
	X(ICC_IGRPEN1_EL1, 0)				\
	X(ICC_CTLR_EL1, 0)				\
	X(ICC_BPR1_EL1, 0)				\
	X(ICC_RPR_EL1, 0)				\
	X(DAIF, 0)					\
	X(SPSel, 0)

struct watched {
#define WATCHED_FIELD(reg, differs) uint64_t reg##_;
	WATCHED(WATCHED_FIELD)
};
static struct watched before;
static unsigned int registers_changed, active_strangers;

static void compare(const char *name, uint64_t now, uint64_t then, const char *when)
{
	if (now == then || registers_changed++)
		return;
	printf("# %s, %s: 0x%lx, and was 0x%lx\n", name, when, now, then);
}

static void compare_registers(bool loaded)
{
#define WATCHED_COMPARE(reg, differs)                               \
	compare(#reg, read_sysreg(reg) & ~(loaded ? (differs) : 0), \
		before.reg##_ & ~(loaded ? (differs) : 0),          \
		loaded ? "with a guest" : "without a guest");
	WATCHED(WATCHED_COMPARE)
}

unsigned int watch_registers(void)
{
	compare_registers(false);
	return registers_changed;
}

/* ---- The physical GIC ----------------------------------------------------------------------- */

#define TIMERS		(BIT(INTID_CNTV) | BIT(INTID_CNTP))

static struct gic {
	uint32_t enabled[4];
	uint32_t group[4];
	uint32_t control;
	uint64_t unexpected;
} gic_before;

static uintptr_t bank(unsigned int n)
{
	return n ? GICD_BASE : this_cpu()->gicr + GICR_SGI_FRAME;
}

static void look_at_gic(struct gic *gic)
{
	unsigned int n;

	for (n = 0; n < 4; n++) {
		gic->enabled[n] = mmio_read32(bank(n) + GICD_ISENABLER + n * 4);
		gic->group[n] = mmio_read32(bank(n) + GICD_IGROUPR + n * 4);
	}
	gic->control = mmio_read32(GICD_BASE + GICD_CTLR);
	gic->unexpected = this_cpu()->counters.unexpected;
}

/*
 * The timers' interrupts may be active while a guest has them; no others, and the host handles
 * none now.
 */
void watch_loaded(void)
{
	uint32_t active = mmio_read32(bank(0) + GICD_ISACTIVER) & ~TIMERS;

	compare_registers(true);
	if (active && !active_strangers++)
		printf("# with a guest: active in the redistributor: 0x%x\n", active);
}

unsigned int watch_gic(void)
{
	unsigned int n, changed = active_strangers;
	struct gic now;

	look_at_gic(&now);
	for (n = 0; n < 4; n++) {
		uint32_t active = mmio_read32(bank(n) + GICD_ISACTIVER + n * 4);

		if (!active && now.enabled[n] == gic_before.enabled[n] &&
		    now.group[n] == gic_before.group[n])
			continue;
		printf("# interrupts from %u: active 0x%x; enabled 0x%x, were 0x%x; group 1 0x%x, "
		       "were 0x%x\n",
		       n * 32, active, now.enabled[n], gic_before.enabled[n], now.group[n],
		       gic_before.group[n]);
		changed++;
	}
	if (now.control != gic_before.control || now.unexpected != gic_before.unexpected) {
		printf("# GICD_CTLR 0x%x, was 0x%x; %lu unexpected interrupts\n", now.control,
		       gic_before.control, now.unexpected);
		changed++;
	}
	return changed;
}

/* ---- Memory --------------------------------------------------------------------------------- */

extern const char __text_start[], __rodata_end[];

/*
 * Pages of the pool that nobody uses: guests' memory and tables lie to the left and right of
 * them.
 */
static uint64_t *canaries[64];
static uint64_t sum_before;

static uint64_t sum(const void *start, const void *end)
{
	const uint64_t *word;
	uint64_t sum = 0;

	for (word = start; word < (const uint64_t *)end; word++)
		sum = sum * 31 + *word;
	return sum;
}

static uint64_t canary(unsigned int n, unsigned int word)
{
	return (n * 512 + word) * 0x9e3779b97f4a7c15;
}

void *watch_page(unsigned int n)
{
	return canaries[n % ARRAY_SIZE(canaries)];
}

unsigned int watch_memory(void)
{
	unsigned int n, word, changed = 0;

	for (n = 0; n < ARRAY_SIZE(canaries); n++)
		for (word = 0; word < PAGE_SIZE / 8; word++)
			if (canaries[n][word] != canary(n, word) && !changed++)
				printf("# memory at %p has changed\n", (void *)&canaries[n][word]);
	if (sum(__text_start, __rodata_end) != sum_before) {
		printf("# the hypervisor's program has changed\n");
		changed++;
	}
	return changed;
}

void watch_start(void)
{
	unsigned int n, word;

#define WATCHED_READ(reg, differs) before.reg##_ = read_sysreg(reg);
	WATCHED(WATCHED_READ)
	look_at_gic(&gic_before);
	for (n = 0; n < ARRAY_SIZE(canaries); n++) {
		/* Some in a row, and some with free pages in between. */
		void *hole = n % 2 ? page_alloc(&hyp_pool) : NULL;

		canaries[n] = page_alloc(&hyp_pool);
		page_free(&hyp_pool, hole);
		for (word = 0; word < PAGE_SIZE / 8; word++)
			canaries[n][word] = canary(n, word);
	}
	sum_before = sum(__text_start, __rodata_end);
}
