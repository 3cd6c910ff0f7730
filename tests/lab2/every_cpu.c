// SPDX-License-Identifier: MIT
#include "every_cpu.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "lib/printf.h"

#define MAX_FINDINGS	64

struct finding {
	uint64_t got, want;
	const char *what, *detail;
	const struct tap_site *site;
};

static struct findings {
	unsigned int count;
	struct finding list[MAX_FINDINGS];
} findings[MAX_CPUS];

static void (*the_test)(struct percpu *cpu);
static struct smp_barrier barrier;
static unsigned int online;

unsigned int cpu_count(void)
{
	return __atomic_load_n(&online, __ATOMIC_ACQUIRE);
}

void meet(void)
{
	smp_barrier(&barrier, cpu_count());
}

/* Which CPU is asked of the hardware: a test may have put anything into TPIDR_EL2. */
bool expect(uint64_t got, uint64_t want, const char *detail, const char *what,
	    const struct tap_site *site)
{
	struct findings *own = &findings[cpu_affinity() % MAX_CPUS];

	if (own->count < MAX_FINDINGS)
		own->list[own->count] = (struct finding){ got, want, what, detail, site };
	own->count++;
	return got == want;
}

void tally_eq(struct tally *tally, uint64_t got, uint64_t want, const char *detail)
{
	tally->done++;
	if (tally->differs || got == want)
		return;
	tally->differs = true;
	tally->got = got;
	tally->want = want;
	tally->detail = detail;
}

static void report_one(unsigned int n)
{
	const struct finding *first = &findings[0].list[n];
	char what[160];
	unsigned int id;

	for (id = 0; id < MAX_CPUS; id++) {
		const struct finding *f = &findings[id].list[n];

		if (!smp_is_online(id) || findings[id].count <= n || f->got == f->want)
			continue;
		ksnprintf(what, sizeof(what), "%s%s%s (first on CPU %u)", f->what,
			  f->detail ? ": " : "", f->detail ? f->detail : "", id);
		tap_eq(f->got, f->want, what, f->site);
		return;
	}
	tap_eq(first->got, first->want, first->what, first->site);
}

static void report(unsigned int planned)
{
	unsigned int id, same = 0, n;

	for (id = 0; id < MAX_CPUS; id++)
		if (smp_is_online(id) && findings[id].count == planned && planned <= MAX_FINDINGS)
			same++;
	TAP_EQ(same, cpu_count(), "every CPU went through the whole test", OTHER_CPUS);
	for (n = 0; n < findings[0].count && n < MAX_FINDINGS; n++)
		report_one(n);
}

/* As many as the firmware knows of; it is not asked by CPU_ON, which is under test. */
static unsigned int cpus_of_machine(void)
{
	unsigned int n = 0;

	while (n < MAX_CPUS && affinity_info(n) >= 0)
		n++;
	/* Where we are the firmware ourselves (EL=3), only one CPU is let out. */
	return n == 0 && affinity_info(0) == PSCI_NOT_SUPPORTED ? 1 : n;
}

static void run_test(struct percpu *cpu)
{
	while (!cpu_count())
		wfe();
	gicv3_cpu_init(&cpu->gicr);
	meet();
	the_test(cpu);
	irq_mask();
	meet();
}

void every_cpu(unsigned int tests, const struct vcpu_hal *hal, void (*test)(struct percpu *cpu))
{
	struct percpu *cpu = smp_boot_cpu();
	unsigned int n;

	console_init();
	tap_plan(tests + 2);
	the_test = test;
	if (percpu_init(cpu, 0, hal) || gicv3_dist_init())
		printf("Bail out! the boot CPU cannot be set up\n");
	n = smp_start(&smp_psci, hal, run_test);
	TAP_EQ(n, cpus_of_machine(), "all CPUs of the machine run", OTHER_CPUS);
	__atomic_store_n(&online, n, __ATOMIC_RELEASE);
	dsb(ishst);
	sev();
	run_test(cpu);
	report(tests);
	tap_done();
}

void gic_disable(struct percpu *cpu, uint32_t intid)
{
	if (intid < GIC_SPI_FIRST)
		gicv3_disable_private(cpu->gicr, intid);
	else
		gicv3_disable_spi(intid);
}

void *hyp_pages_alloc(unsigned int count)
{
	return page_alloc_contiguous(&hyp_pool, count, count * PAGE_SIZE);
}

void hyp_pages_free(void *pages, unsigned int count)
{
	page_free_contiguous(&hyp_pool, pages, count);
}

bool private_bit(const struct percpu *cpu, uint32_t array, uint32_t intid)
{
	return mmio_read32(cpu->gicr + GICR_SGI_FRAME + array) & BIT(intid);
}

int64_t affinity_info(uint64_t affinity)
{
	return (int64_t)smc_call(PSCI_AFFINITY_INFO_64, affinity, 0, 0).x0;
}

void spin_us(uint64_t microseconds)
{
	uint64_t deadline = timer_deadline_us(microseconds);

	while (!timer_passed(deadline))
		;
}
