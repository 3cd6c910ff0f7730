// SPDX-License-Identifier: MIT
/*
 * gic_across.c - what one vCPU reads and changes of interrupts that are another's: in its list registers, on
 * another CPU, where only the hardware knows how they are (VDEV_RETRY, and the kick). The same story twice:
 * the two vCPUs take turns on one CPU, and each of them has its own.
 */
#include "gic_puppet.h"

#include "arch/layout.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "percpu.h"
#include "smp.h"

#define SPI		40
#define SGI		5
#define A_MS		(timer_frequency() / 1000)

static struct machine machine;
static struct guest_cpu *here = &machine.cpus[0], *there = &machine.cpus[1];

/* ---- The other vCPU ---------------------------------------------------------------------------------- */

static bool on_two_cpus;
static unsigned int taken_there;	/* how many interrupts it has taken so far */

/* On its own CPU it spins in the guest, interrupts let through, unless it is given another order. */
static struct { uint64_t order, x[3]; } order;
static uint32_t ordered, started, stop;

static uint64_t do_there(uint64_t what, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct puppet_answer answer = puppet(there, what, x1, x2, x3);

	__atomic_fetch_add(&taken_there, answer.taken, __ATOMIC_ACQ_REL);
	return answer.value;
}

static void second_cpu(struct percpu *cpu)
{
	if (cpu->id != 1)
		return;
	while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
		;
	puppet_load(there, 2);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&ordered, __ATOMIC_ACQUIRE)) {
			order.x[0] = do_there(order.order, order.x[0], order.x[1], order.x[2]);
			__atomic_store_n(&ordered, 0, __ATOMIC_RELEASE);
		}
		do_there(PUPPET_TAKE, A_MS / 4, 0, 0);
	}
	guest_cpu_put(there);
	__atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
}

static uint64_t give_order(uint64_t what, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t value;

	if (on_two_cpus) {
		order.order = what;
		order.x[0] = x1;
		order.x[1] = x2;
		order.x[2] = x3;
		__atomic_store_n(&ordered, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&ordered, __ATOMIC_ACQUIRE))
			;
		return order.x[0];
	}
	guest_cpu_put(here);
	puppet_load(there, 2);
	value = do_there(what, x1, x2, x3);
	guest_cpu_put(there);
	guest_cpu_load(here);
	return value;
}

/* How many interrupts it takes now: so many come, and no more. */
static unsigned int taken_now(unsigned int expected)
{
	uint64_t deadline = timer_deadline_us(1000000);
	unsigned int taken;

	do
		give_order(PUPPET_TAKE, 0, 0, 0);
	while (__atomic_load_n(&taken_there, __ATOMIC_ACQUIRE) < expected && !timer_passed(deadline));
	give_order(PUPPET_TAKE, A_MS, 0, 0);
	taken = __atomic_exchange_n(&taken_there, 0, __ATOMIC_ACQ_REL);
	return taken;
}

static void set_mask(uint64_t pmr)
{
	give_order(PUPPET_EXECUTE, INSN_MSR(REG_PMR), pmr, 0);
}

/* ---- What this one sees of it ---------------------------------------------------------------------------- */

/* Pending, and active, 0xPA; by the register and by its counterpart for clearing. */
static unsigned int state(uint64_t frame, uint32_t intid)
{
	uint32_t bit = (uint32_t)BIT(intid % 32);
	bool pending = puppet_read(here, frame + gic_register(GICD_ISPENDR, intid, 1)) & bit;
	bool active = puppet_read(here, frame + gic_register(GICD_ISACTIVER, intid, 1)) & bit;

	if (pending != !!(puppet_read(here, frame + gic_register(GICD_ICPENDR, intid, 1)) & bit) ||
	    active != !!(puppet_read(here, frame + gic_register(GICD_ICACTIVER, intid, 1)) & bit))
		return 0xff;
	return (unsigned int)pending << 4 | active;
}

static unsigned int spi_state(void)
{
	return state(GICD_BASE, SPI);
}

static void write_spi(uint32_t array)
{
	puppet_write(here, GICD_BASE + gic_register(array, SPI, 1), BIT(SPI % 32));
}

static void pulse(void)
{
	vgic_pulse(&machine.gic, 0, SPI);
}

static void test_spi(void)
{
	struct puppet_answer answer;

	puppet_write(here, GICD_BASE + gic_register(GICD_ICFGR, SPI, 2), 2U << gic_shift(SPI, 2));
	puppet_write(here, GICD_BASE + gic_irouter(SPI), 1);
	TAP_EQ(spi_state(), 0x00, "an SPI of the other vCPU: inactive", GIC);
	pulse();
	TAP_EQ(taken_now(1), 1, "it comes there", GIC);
	TAP_EQ(spi_state(), 0x01, "acknowledged there: active", GIC);
	pulse();
	TAP_EQ(spi_state(), 0x11, "again: active and pending", GIC);
	write_spi(GICD_ICPENDR);
	TAP_EQ(spi_state(), 0x01, "cleared from here: active", GIC);
	pulse();
	TAP_EQ(taken_now(0), 0, "again: it does not come while it is active", GIC);
	write_spi(GICD_ICACTIVER);
	TAP_EQ(taken_now(1), 1, "deactivated from here, it does", GIC);
	TAP_EQ(spi_state(), 0x01, "and is active", GIC);
	give_order(PUPPET_EXECUTE, INSN_MSR(REG_DIR), SPI, 0);
	TAP_EQ(spi_state(), 0x00, "deactivated there: inactive", GIC);

	pulse();
	TAP_EQ(taken_now(1), 1, "once more", GIC);
	puppet_write(here, GICD_BASE + gic_irouter(SPI), 0);
	pulse();
	TAP_EQ(puppet(here, PUPPET_TAKE, A_MS, 0, 0).taken, 0, "routed here, it does not come while active there", GIC);
	write_spi(GICD_ICACTIVER);
	taken_now(0);		/* the other vCPU exits, at the latest */
	answer = puppet(here, PUPPET_TAKE, A_MS, 0, 0);
	TAP_EQ(answer.taken << 8 | answer.intids[0], 1 << 8 | SPI, "deactivated, it comes here", GIC);
	TAP_EQ(taken_now(0), 0, "and not there", GIC);
	puppet_write(here, GICD_BASE + gic_irouter(SPI), 1);
}

static void test_disable(void)
{
	uint64_t deadline = timer_deadline_us(1000000);

	set_mask(0);
	pulse();
	TAP_EQ(spi_state(), 0x10, "masked by the other vCPU's ICC_PMR_EL1: pending", GIC);
	write_spi(GICD_ICENABLER);
	while ((puppet_read(here, GICD_BASE + GICD_CTLR) & GICD_CTLR_RWP) && !timer_passed(deadline))
		give_order(PUPPET_EXECUTE, INSN_NOP, 0, 0);
	TAP_EQ(timer_passed(deadline), false, "disabled from here: GICD_CTLR.RWP becomes 0", GIC);
	set_mask(GIC_PRIORITY_MASK_NONE);
	TAP_EQ(taken_now(0), 0, "then it does not come any more", GIC);
	TAP_EQ(spi_state(), 0x10, "though it is pending", GIC);
	write_spi(GICD_ISENABLER);
	TAP_EQ(taken_now(1), 1, "until it is enabled", GIC);
	give_order(PUPPET_EXECUTE, INSN_MSR(REG_DIR), SPI, 0);
}

static void test_sgi(void)
{
	uint64_t frame = GICR_BASE + GICR_STRIDE + GICR_SGI_FRAME;

	set_mask(0);
	puppet_msr(here, REG_SGI1R, gic_sgi1r(1, SGI));
	TAP_EQ(state(frame, SGI), 0x10, "an SGI to the other vCPU: pending, by its redistributor", GIC);
	puppet_write(here, frame + GICD_ICPENDR, BIT(SGI));
	TAP_EQ(state(frame, SGI), 0x00, "cleared from here", GIC);
	set_mask(GIC_PRIORITY_MASK_NONE);
	TAP_EQ(taken_now(0), 0, "it does not come", GIC);
	puppet_msr(here, REG_SGI1R, gic_sgi1r(1, SGI));
	TAP_EQ(taken_now(1), 1, "another one does", GIC);
	TAP_EQ(state(frame, SGI), 0x01, "active, by its redistributor", GIC);
	give_order(PUPPET_EXECUTE, INSN_MSR(REG_DIR), SGI, 0);
	TAP_EQ(state(frame, SGI), 0x00, "and deactivated there", GIC);
}

#define TESTS	(13 + 5 + 6)

static void tell(void)
{
	test_spi();
	test_disable();
	test_sgi();
}

void main(void)
{
	unsigned int n;

	host_start();
	tap_plan(2 * TESTS);
	puppet_machine(&machine, "across", 2);
	guest_cpu_load(there);
	puppet_gic_on(there, 1);
	puppet(there, PUPPET_MODE, MODE_DROP, 0, 0);
	guest_cpu_put(there);
	guest_cpu_load(here);
	puppet_gic_on(here, 0);

	printf("# by turns on one CPU\n");
	tell();
	if (host_start_others(second_cpu) < 2) {
		for (n = 0; n < TESTS; n++)
			TAP_SKIP("two CPUs", "there is one");
		tap_done();
	}
	printf("# on two CPUs\n");
	on_two_cpus = true;
	__atomic_store_n(&started, 1, __ATOMIC_RELEASE);
	tell();
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		;
	guest_cpu_put(here);
	tap_done();
}
