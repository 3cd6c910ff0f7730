// SPDX-License-Identifier: MIT
/*
 * gic.c - the state that the driver leaves the GIC in, and SPIs routed to each CPU by turns.
 *
 * Register offsets and bits are numbers from the GIC specification (IHI 0069), not the driver's
 * names.
 */
#include "every_cpu.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"

#define GICD		0x08000000UL
#define SPI_FIRST	96		/* no device of the machine uses these */
#define SPI_LAST	(SPI_FIRST + MAX_CPUS - 1)
#define SPI_UNEXPECTED	130

static volatile unsigned int taken[MAX_CPUS][256];

static enum irq_result count(struct percpu *cpu, uint32_t intid)
{
	if (intid < 256)
		taken[cpu->id][intid]++;
	return intid >= SPI_FIRST && intid <= SPI_LAST ? IRQ_HANDLED : IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = { REAL_HAL, .irq_handler = count };

static bool has_el3(void)
{
	return read_sysreg(S3_0_C0_C4_0) >> 12 & 0xf;	/* ID_AA64PFR0_EL1.EL3 */
}

/*
 * What a register of 32 interrupts' groups reads when all are in Group 1. Where there is EL3
 * there are two Security states, and the Non-secure side reads 0 (and uses Group 1 all the same).
 */
static uint32_t all_in_group1(void)
{
	return has_el3() ? 0 : 0xffffffff;
}

/* GICD_TYPER.ITLinesNumber: 32 interrupts for each, and 32. */
static unsigned int intids(void)
{
	return 32 * ((mmio_read32(GICD + 0x4) & 0x1f) + 1);
}

static void test_distributor(void)
{
	struct tally enabled = {}, pending = {}, active = {};
	struct tally group = {}, modifier = {}, priority = {};
	unsigned int n = intids(), i;

	/* ARE (bit 4) and EnableGrp1 (bit 1), not RWP (bit 31). */
	EXPECT_EQ(mmio_read32(GICD) & 0x80000012, 0x12,
		  "GICD_CTLR: affinity routing, Group 1 enabled", GIC_AND_TIMER);
	EXPECT(n >= 64, "the distributor has SPIs", GIC_AND_TIMER);
	for (i = 32; i < n && i < 1020; i += 32) {
		tally_eq(&enabled, mmio_read32(GICD + 0x100 + i / 8), 0, "GICD_ISENABLER");
		tally_eq(&pending, mmio_read32(GICD + 0x200 + i / 8), 0, "GICD_ISPENDR");
		tally_eq(&active, mmio_read32(GICD + 0x300 + i / 8), 0, "GICD_ISACTIVER");
		/* The last register ends with the INTIDs 1020 to 1023, which are none. */
		tally_eq(&group, mmio_read32(GICD + 0x80 + i / 8) & (i == 992 ? 0x0fffffff : ~0U),
			 all_in_group1() & (i == 992 ? 0x0fffffff : ~0U), "GICD_IGROUPR");
		tally_eq(&modifier, mmio_read32(GICD + 0xd00 + i / 8), 0, "GICD_IGRPMODR");
	}
	for (i = 32; i < n && i < 1020; i++)
		tally_eq(&priority, mmio_read8(GICD + 0x400 + i), 0xa0, "GICD_IPRIORITYR");
	EXPECT_TALLY(enabled, "no SPI is enabled", GIC_AND_TIMER);
	EXPECT_TALLY(pending, "no SPI is pending", GIC_AND_TIMER);
	EXPECT_TALLY(active, "no SPI is active", GIC_AND_TIMER);
	EXPECT_TALLY(group, "every SPI is in Group 1", GIC_AND_TIMER);
	EXPECT_TALLY(modifier, "and Non-secure", GIC_AND_TIMER);
	EXPECT_TALLY(priority, "every SPI has the default priority", GIC_AND_TIMER);
}

static void test_redistributor(struct percpu *cpu)
{
	uintptr_t sgi = cpu->gicr + 0x10000;
	uint64_t mpidr = read_sysreg(MPIDR_EL1);
	struct tally priority = {};
	unsigned int i;

	EXPECT_EQ(cpu->gicr, 0x080a0000 + cpu->id * 0x20000, "the CPU's redistributor",
		  GIC_AND_TIMER);
	/* GICR_TYPER [63:32] is Aff3.Aff2.Aff1.Aff0; in MPIDR_EL1 Aff3 is at bit 32. */
	EXPECT_EQ(mmio_read64(cpu->gicr + 0x8) >> 32,
		  (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff), "it has the CPU's affinity",
		  GIC_AND_TIMER);
	EXPECT_EQ(mmio_read32(cpu->gicr + 0x14) & 6, 0, "it is awake (GICR_WAKER)", GIC_AND_TIMER);
	EXPECT_EQ(mmio_read32(sgi + 0x100), 0x0000ffff, "the SGIs are enabled, no PPI is",
		  GIC_AND_TIMER);
	EXPECT_EQ(mmio_read32(sgi + 0x200), 0, "no SGI or PPI is pending", GIC_AND_TIMER);
	EXPECT_EQ(mmio_read32(sgi + 0x300), 0, "no SGI or PPI is active", GIC_AND_TIMER);
	EXPECT_EQ(mmio_read32(sgi + 0x80), all_in_group1(), "all SGIs and PPIs are in Group 1",
		  GIC_AND_TIMER);
	for (i = 0; i < 32; i++)
		tally_eq(&priority, mmio_read8(sgi + 0x400 + i), 0xa0, "GICR_IPRIORITYR");
	EXPECT_TALLY(priority, "all SGIs and PPIs have the default priority", GIC_AND_TIMER);

	gicv3_enable_private(cpu->gicr, 20);
	EXPECT_EQ(mmio_read32(sgi + 0x100), 0x0010ffff, "one PPI enabled: that one, and no other",
		  GIC_AND_TIMER);
	gicv3_disable_private(cpu->gicr, 20);
	EXPECT_EQ(mmio_read32(sgi + 0x100), 0x0000ffff, "the PPI disabled again", GIC_AND_TIMER);
}

static void test_cpu_interface(void)
{
	/* ICC_PMR_EL1, ICC_CTLR_EL1, ICC_IGRPEN1_EL1 by their encodings. */
	EXPECT(read_sysreg(S3_0_C4_C6_0) >= 0xf0, "no priority is masked (ICC_PMR_EL1)",
	       GIC_AND_TIMER);
	EXPECT_EQ(read_sysreg(S3_0_C12_C12_4) & 2, 2, "EOImode is 1 (ICC_CTLR_EL1)", GIC_AND_TIMER);
	EXPECT_EQ(read_sysreg(S3_0_C12_C12_7) & 1, 1, "Group 1 is enabled (ICC_IGRPEN1_EL1)",
		  GIC_AND_TIMER);
}

static void pend_spi(uint32_t intid)
{
	mmio_write32(GICD + 0x200 + intid / 32 * 4, (uint32_t)BIT(intid % 32));
}

static bool spi_bit(uint32_t array, uint32_t intid)
{
	return mmio_read32(GICD + array + intid / 32 * 4) & BIT(intid % 32);
}

/* SPI_FIRST + n is CPU n's; each CPU sets its neighbour's off. */
static void test_spis(struct percpu *cpu)
{
	unsigned int n = cpu_count(), id = cpu->id, to = (id + 1) % n, intid;
	struct tally own = {};

	percpu_hardware_enable(percpu_vectors);
	irq_unmask();
	pend_spi(SPI_FIRST + id);
	spin_us(300);
	EXPECT_EQ(taken[id][SPI_FIRST + id], 0, "an SPI that is not enabled does not come",
		  GIC_AND_TIMER);
	meet();
	/* All of MPIDR_EL1: its bit 31, always 1, would be "to any CPU" (IRM) there. */
	gicv3_enable_spi(SPI_FIRST + id, cpu->mpidr);
	EXPECT(WAIT_UNTIL(taken[id][SPI_FIRST + id] == 1), "enabled, it comes", GIC_AND_TIMER);
	EXPECT_EQ(mmio_read64(GICD_BASE + 0x6000 + 8 * (SPI_FIRST + id)), cpu_affinity(),
		  "its GICD_IROUTER has this CPU's affinity", GIC_AND_TIMER);
	meet();
	pend_spi(SPI_FIRST + to);
	EXPECT(WAIT_UNTIL(taken[id][SPI_FIRST + id] == 2), "set off by another CPU, it comes",
	       GIC_AND_TIMER);
	meet();
	for (intid = SPI_FIRST; intid <= SPI_LAST; intid++)
		tally_eq(&own, taken[id][intid], intid == SPI_FIRST + id ? 2 : 0, "an SPI");
	EXPECT_TALLY(own, "each SPI comes to the CPU that it is routed to, and to no other",
		     GIC_AND_TIMER);
	gicv3_disable_spi(SPI_FIRST + id);
	EXPECT_EQ(spi_bit(0x100, SPI_FIRST + id), false, "disabled again", GIC_AND_TIMER);

	/* One that nobody expects: to the last CPU. */
	meet();
	if (id == 0) {
		gicv3_enable_spi(SPI_UNEXPECTED, smp_cpu(n - 1)->mpidr);
		pend_spi(SPI_UNEXPECTED);
	}
	if (id == n - 1)
		WAIT_UNTIL(cpu->counters.unexpected == 1);
	meet();
	EXPECT_EQ(cpu->counters.unexpected, id == n - 1, "an SPI that nobody expects is counted",
		  INTERRUPT);
	EXPECT_EQ(spi_bit(0x100, SPI_UNEXPECTED), false, "and disabled", INTERRUPT);
	irq_mask();
	percpu_hardware_disable();
}

/* Off the GIC: nothing comes any more. */
static void test_exit(struct percpu *cpu)
{
	uint64_t irqs = cpu->counters.irqs;
	uint32_t waker;

	meet();
	percpu_hardware_enable(percpu_vectors);
	gicv3_cpu_exit(cpu->gicr);
	gicv3_send_sgi(cpu_affinity(), 1);
	irq_unmask();
	spin_us(300);
	irq_mask();
	percpu_hardware_disable();
	EXPECT_EQ(cpu->counters.irqs, irqs, "after gicv3_cpu_exit() no interrupt comes",
		  GIC_AND_TIMER);
	/* ProcessorSleep, ChildrenAsleep. With two Security states it may read 0 from here. */
	waker = mmio_read32(cpu->gicr + 0x14) & 6;
	EXPECT(waker == 6 || (waker == 0 && has_el3()),
	       "after gicv3_cpu_exit() the redistributor is asleep", GIC_AND_TIMER);
}

static void test(struct percpu *cpu)
{
	test_distributor();
	test_redistributor(cpu);
	test_cpu_interface();
	meet();
	test_spis(cpu);
	test_exit(cpu);
}

void main(void)
{
	every_cpu(31, &hal, test);
}
