// SPDX-License-Identifier: MIT
#include "drivers/gicv3.h"

#include "arch/cpu.h"
#include "arch/layout.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "lib/errno.h"

/* A write to the GIC settles within microseconds; more than this and it never will. */
#define SETTLE_TIMEOUT_US	100000

/* Wait until the bits of a register have this value. */
static int wait_until(uintptr_t address, uint32_t bits, uint32_t value)
{
	uint64_t deadline = timer_deadline_us(SETTLE_TIMEOUT_US);

	while ((mmio_read32(address) & bits) != value)
		if (timer_passed(deadline))
			return -ETIMEDOUT;
	return 0;
}

static int wait_clear(uintptr_t address, uint32_t bits)
{
	return wait_until(address, bits, 0);
}

static void set_priority(uintptr_t frame, uint32_t intid, uint8_t priority)
{
	mmio_write8(frame + GICD_IPRIORITYR + intid, priority);
}

int gicv3_dist_init(void)
{
	uint32_t typer = mmio_read32(GICD_BASE + GICD_TYPER);
	uint32_t count = 32 * ((uint32_t)FIELD_GET(GICD_TYPER_ITLINES, typer) + 1);
	uint32_t intid;
	int error;

	/* Off while it is set up. ARE may change only while the groups are disabled. */
	mmio_write32(GICD_BASE + GICD_CTLR, 0);
	error = wait_clear(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
	if (error)
		return error;

	if (count > GIC_SPECIAL_FIRST)
		count = GIC_SPECIAL_FIRST;
	for (intid = GIC_SPI_FIRST; intid < count; intid += 32) {
		mmio_write32(GICD_BASE + gic_register(GICD_ICENABLER, intid, 1), UINT32_MAX);
		mmio_write32(GICD_BASE + gic_register(GICD_ICPENDR, intid, 1), UINT32_MAX);
		mmio_write32(GICD_BASE + gic_register(GICD_ICACTIVER, intid, 1), UINT32_MAX);
		mmio_write32(GICD_BASE + gic_register(GICD_IGROUPR, intid, 1), UINT32_MAX);
		mmio_write32(GICD_BASE + gic_register(GICD_IGRPMODR, intid, 1), 0);
	}
	for (intid = GIC_SPI_FIRST; intid < count; intid++)
		set_priority(GICD_BASE, intid, GIC_PRIORITY_DEFAULT);

	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE);
	error = wait_clear(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
	if (error)
		return error;
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	return wait_clear(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
}

/* The redistributors stand one behind the other; each says which CPU it belongs to. */
static uintptr_t find_redistributor(uint64_t affinity)
{
	uintptr_t gicr;

	for (gicr = GICR_BASE; gicr < GICR_BASE + MAX_CPUS * GICR_STRIDE; gicr += GICR_STRIDE) {
		uint64_t typer = mmio_read64(gicr + GICR_TYPER);

		if (gic_typer_affinity(typer) == affinity)
			return gicr;
		if (typer & GICR_TYPER_LAST)
			break;
	}
	return 0;
}

static int init_redistributor(uintptr_t gicr)
{
	uintptr_t frame = gicr + GICR_SGI_FRAME;
	uint32_t intid, waker;
	int error;

	/* Wake it: a sleeping redistributor hands its CPU no interrupts. */
	waker = mmio_read32(gicr + GICR_WAKER);
	mmio_write32(gicr + GICR_WAKER, waker & ~(uint32_t)GICR_WAKER_PROCESSOR_SLEEP);
	error = wait_clear(gicr + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP);
	if (error)
		return error;

	mmio_write32(frame + GICD_ICENABLER, UINT32_MAX);
	error = wait_clear(gicr + GICR_CTLR, GICR_CTLR_RWP);
	if (error)
		return error;
	mmio_write32(frame + GICD_ICPENDR, UINT32_MAX);
	mmio_write32(frame + GICD_ICACTIVER, UINT32_MAX);
	mmio_write32(frame + GICD_IGROUPR, UINT32_MAX);
	mmio_write32(frame + GICD_IGRPMODR, 0);
	for (intid = 0; intid < GIC_SPI_FIRST; intid++)
		set_priority(frame, intid, GIC_PRIORITY_DEFAULT);

	/* SGIs: whoever sends one means it. */
	mmio_write32(frame + GICD_ISENABLER, 0xffff);
	return 0;
}

int gicv3_cpu_init(uintptr_t *gicr)
{
	int error;

	*gicr = find_redistributor(cpu_affinity());
	if (!*gicr)
		return -ENODEV;
	error = init_redistributor(*gicr);
	if (error)
		return error;

	/*
	 * The CPU interface; lab 1 has set ICC_SRE_EL2. BPR1 = 0: all the priority bits there are
	 * decide about preemption. ICC_CTLR_EL1: of it only EOImode is ours to choose.
	 */
	write_sysreg(ICC_PMR_EL1, GIC_PRIORITY_MASK_NONE);
	write_sysreg(ICC_BPR1_EL1, 0);
	write_sysreg(ICC_CTLR_EL1, read_sysreg(ICC_CTLR_EL1) | ICC_CTLR_EOIMODE);
	isb();
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
	return 0;
}

void gicv3_cpu_exit(uintptr_t gicr)
{
	write_sysreg(ICC_IGRPEN1_EL1, 0);
	isb();
	mmio_write32(gicr + GICR_SGI_FRAME + GICD_ICENABLER, UINT32_MAX);
	mmio_write32(gicr + GICR_WAKER, GICR_WAKER_PROCESSOR_SLEEP);
	/* With two security states the register is Secure's, and ignores us: nothing to wait for. */
	if (mmio_read32(gicr + GICR_WAKER) & GICR_WAKER_PROCESSOR_SLEEP)
		wait_until(gicr + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP, GICR_WAKER_CHILDREN_ASLEEP);
}

void gicv3_enable_private(uintptr_t gicr, uint32_t intid)
{
	mmio_write32(gicr + GICR_SGI_FRAME + GICD_ISENABLER, (uint32_t)BIT(intid));
}

void gicv3_disable_private(uintptr_t gicr, uint32_t intid)
{
	mmio_write32(gicr + GICR_SGI_FRAME + GICD_ICENABLER, (uint32_t)BIT(intid));
	wait_clear(gicr + GICR_CTLR, GICR_CTLR_RWP);
}

void gicv3_enable_spi(uint32_t intid, uint64_t affinity)
{
	/* MPIDR_EL1 has bits that mean something else there: bit 31, always 1, would be "to any CPU" (IRM). */
	mmio_write64(GICD_BASE + gic_irouter(intid), affinity & GICD_IROUTER_AFFINITY);
	mmio_write32(GICD_BASE + gic_register(GICD_ISENABLER, intid, 1),
		     (uint32_t)BIT(gic_shift(intid, 1)));
}

void gicv3_disable_spi(uint32_t intid)
{
	mmio_write32(GICD_BASE + gic_register(GICD_ICENABLER, intid, 1),
		     (uint32_t)BIT(gic_shift(intid, 1)));
	wait_clear(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
}

void gicv3_send_sgi(uint64_t affinity, uint32_t intid)
{
	/* What was written before is seen by the CPU that takes the interrupt. */
	dsb(ishst);
	write_sysreg(ICC_SGI1R_EL1, gic_sgi1r(affinity, intid));
	isb();
}
