// SPDX-License-Identifier: MIT
/*
 * test_vgic_lr.c - the virtual GIC and the list registers: what goes into one, what comes back, and who
 * has to hear of it. Each test is a short story, told on the machine of vgic_machine.h.
 */
#include "unit_main.h"

#include "vgic_machine.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"The virtual GIC\""

static void wrong(const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("%s" HANDOUT, text);
}

enum { SGI = 3, SPI = 40, EDGE = 41 };

#define GROUP1		(UINT64_C(1) << 60)
#define HW		(UINT64_C(1) << 61)
#define EOI		(UINT64_C(1) << 41)

/* The list register that has an interrupt; 0: none. */
static uint64_t lr_of(unsigned int n, unsigned int intid)
{
	for (unsigned int i = 0; i < machine.cpus[n].count; i++)
		if (lr_state(machine.cpus[n].lr[i]) && lr_intid(machine.cpus[n].lr[i]) == intid)
			return machine.cpus[n].lr[i];
	return 0;
}

static uint64_t lr_value(unsigned int intid, unsigned int state, unsigned int priority, uint64_t flags)
{
	return (uint64_t)state << 62 | flags | (uint64_t)priority << 48 | intid;
}

#define expect_lr(cpu, intid, want)								\
	do {											\
		uint64_t lr_ = lr_of(cpu, intid), want_ = want;					\
		ck_assert_msg(lr_ == want_, "list register of INTID %u: expected 0x%016lx, got "	\
			      "0x%016lx" HANDOUT, (unsigned int)(intid), want_, lr_);		\
	} while (0)

#define expect_ack(cpu, want)									\
	do {											\
		unsigned int want_ = want, got_;						\
		settle(cpu);									\
		got_ = acknowledge(&machine.cpus[cpu]);						\
		ck_assert_msg(got_ == want_, "vCPU %u acknowledges: expected INTID %u, got %u" HANDOUT, \
			      (unsigned int)(cpu), want_, got_);				\
	} while (0)

static void eoi(unsigned int n, unsigned int intid)
{
	end_of_interrupt(&machine.cpus[n], intid, false);
	settle(n);
}

/* ICC_SGI1R_EL1 for a vCPU of Aff0 below 16, the other levels 0. */
static void send(unsigned int from, unsigned int to, unsigned int intid)
{
	vgic_send_sgi(&machine.gic, from, VGIC_SGI1R, (uint64_t)intid << 24 | 1U << to);
}

static void set_line(unsigned int intid, bool level)
{
	vgic_set_level(&machine.gic, 0, intid, level);
	settle(0);
}

static void start(unsigned int cpus, unsigned int lrs)
{
	machine_init(cpus, lrs, NULL);
	machine_start();
	dist_write(0, 0xc08, 1U << (2 * (EDGE - 32) + 1));
}

/* ---- From pending to inactive ------------------------------------------------------------------- */

START_TEST(sgi)
{
	start(2, 4);
	priority_write(1, SGI, 0x48);
	send(0, 1, SGI);
	ck_assert_msg(machine.dirty[1] && !machine.dirty[0], "expected vCPU 1 to be told" HANDOUT);
	settle(1);
	expect_lr(1, SGI, lr_value(SGI, PENDING, 0x48, GROUP1));
	expect_ack(1, SGI);
	sync_cpu(1);
	expect_lr(1, SGI, lr_value(SGI, ACTIVE, 0x48, GROUP1));
	eoi(1, SGI);
	sync_cpu(1);
	expect_lr(1, SGI, 0);
	expect_ack(1, SPURIOUS);
	ck_assert_uint_eq(machine.maintenances, 0);
}
END_TEST

/* Pending is one bit: many before the acknowledgement are one. */
START_TEST(sgi_thrice)
{
	start(1, 4);
	for (int i = 0; i < 3; i++) {
		send(0, 0, SGI);
		sync_cpu(0);
	}
	expect_ack(0, SGI);
	eoi(0, SGI);
	expect_ack(0, SPURIOUS);
}
END_TEST

static void again_while_active(unsigned int intid, void (*raise)(void))
{
	start(1, 4);
	raise();
	expect_ack(0, intid);
	raise();
	settle(0);
	expect_lr(0, intid, lr_value(intid, PENDING | ACTIVE, 0, GROUP1));
	expect_ack(0, SPURIOUS);
	eoi(0, intid);
	expect_ack(0, intid);
	eoi(0, intid);
	expect_ack(0, SPURIOUS);
	/* The list register did all of this, and no maintenance interrupt was needed. */
	ck_assert_uint_eq(machine.maintenances, 0);
}

static void raise_sgi(void)
{
	send(0, 0, SGI);
}

static void raise_edge(void)
{
	vgic_pulse(&machine.gic, 0, EDGE);
}

START_TEST(active_and_pending)
{
	again_while_active(SGI, raise_sgi);
	again_while_active(EDGE, raise_edge);
}
END_TEST

/* It comes again after the acknowledgement, but before the model has heard of that. */
START_TEST(again_before_fold)
{
	start(1, 4);
	send(0, 0, SGI);
	expect_ack(0, SGI);
	end_of_interrupt(&machine.cpus[0], SGI, false);
	send(0, 0, SGI);
	expect_ack(0, SGI);
	eoi(0, SGI);
	expect_ack(0, SPURIOUS);
}
END_TEST

START_TEST(level)
{
	start(1, 4);
	set_line(SPI, true);
	expect_lr(0, SPI, lr_value(SPI, PENDING, 0, GROUP1 | EOI));
	expect_ack(0, SPI);
	sync_cpu(0);
	expect_lr(0, SPI, lr_value(SPI, ACTIVE, 0, GROUP1 | EOI));
	/* Still high at the end: again. */
	eoi(0, SPI);
	ck_assert_uint_eq(machine.maintenances, 1);
	expect_ack(0, SPI);
	/* The guest satisfies the device: no maintenance interrupt any more. */
	set_line(SPI, false);
	expect_lr(0, SPI, lr_value(SPI, ACTIVE, 0, GROUP1));
	eoi(0, SPI);
	expect_ack(0, SPURIOUS);
	ck_assert_uint_eq(machine.maintenances, 1);
	/* High and low before the guest looks: nothing. */
	set_line(SPI, true);
	set_line(SPI, false);
	expect_lr(0, SPI, 0);
	/* A pulse is nothing for one that is level-sensitive. */
	vgic_pulse(&machine.gic, 0, SPI);
	expect_ack(0, SPURIOUS);
}
END_TEST

START_TEST(edge)
{
	start(1, 4);
	set_line(EDGE, true);
	expect_lr(0, EDGE, lr_value(EDGE, PENDING, 0, GROUP1));
	set_line(EDGE, false);
	expect_lr(0, EDGE, lr_value(EDGE, PENDING, 0, GROUP1));
	expect_ack(0, EDGE);
	eoi(0, EDGE);
	set_line(EDGE, true);
	expect_ack(0, EDGE);
	eoi(0, EDGE);
	/* That the line stays high is not an edge. */
	set_line(EDGE, true);
	expect_ack(0, SPURIOUS);
}
END_TEST

/* SGIs come by ICC_SGI*R only; what there is not, not at all. */
START_TEST(lines_that_are_none)
{
	start(2, 4);
	for (unsigned int intid = 0; intid < 2000; intid++)
		if (intid < 16 || intid >= VGIC_INTIDS) {
			vgic_set_level(&machine.gic, 0, intid, true);
			vgic_pulse(&machine.gic, 0, intid);
			vgic_deactivate(&machine.gic, 0, intid);
		}
	expect_ack(0, SPURIOUS);
	/* A PPI is the vCPU's own. */
	vgic_set_level(&machine.gic, 1, 20, true);
	expect_ack(0, SPURIOUS);
	expect_ack(1, 20);
}
END_TEST

/* ---- Written by the guest ----------------------------------------------------------------------- */

START_TEST(set_pending)
{
	for (unsigned int intid = SPI; intid <= EDGE; intid++) {
		start(1, 4);
		array_write(0, 0, 0x200, intid, 1U << intid % 32);
		expect_ack(0, intid);
		/* The acknowledgement has taken it. */
		sync_cpu(0);
		ck_assert_uint_eq(array_read(0, 0, 0x200, intid), 0);
		ck_assert_uint_eq(array_read(0, 0, 0x300, intid), 1U << intid % 32);
		/* Once more, while it is active. */
		array_write(0, 0, 0x200, intid, 1U << intid % 32);
		ck_assert_uint_eq(array_read(0, 0, 0x280, intid), 1U << intid % 32);
		expect_ack(0, SPURIOUS);
		eoi(0, intid);
		expect_ack(0, intid);
		eoi(0, intid);
		expect_ack(0, SPURIOUS);
	}
}
END_TEST

START_TEST(clear_pending)
{
	for (unsigned int intid = SPI; intid <= EDGE; intid++) {
		uint32_t bit = 1U << intid % 32;

		start(1, 4);
		array_write(0, 0, 0x200, intid, bit);
		settle(0);
		ck_assert_uint_ne(lr_of(0, intid), 0);
		array_write(0, 0, 0x280, intid, bit);
		expect_ack(0, SPURIOUS);
		ck_assert_uint_eq(array_read(0, 0, 0x200, intid), 0);
		/* Cleared, and set again, before the list register is looked at. */
		array_write(0, 0, 0x200, intid, bit);
		settle(0);
		array_write(0, 0, 0x280, intid, bit);
		array_write(0, 0, 0x200, intid, bit);
		expect_ack(0, intid);
		eoi(0, intid);
		expect_ack(0, SPURIOUS);
	}
	/* A line that is high stays pending. */
	set_line(SPI, true);
	array_write(0, 0, 0x280, SPI, 1U << SPI % 32);
	ck_assert_uint_eq(array_read(0, 0, 0x200, SPI), 1U << SPI % 32);
	expect_ack(0, SPI);
}
END_TEST

START_TEST(enable_and_disable)
{
	start(1, 4);
	set_line(SPI, true);
	array_write(0, 0, 0x180, SPI, 1U << SPI % 32);
	expect_ack(0, SPURIOUS);
	expect_lr(0, SPI, 0);
	ck_assert_uint_eq(array_read(0, 0, 0x200, SPI), 1U << SPI % 32);
	array_write(0, 0, 0x100, SPI, 1U << SPI % 32);
	expect_ack(0, SPI);
	/* Once active, disabling it does not end it. */
	array_write(0, 0, 0x180, SPI, 1U << SPI % 32);
	settle(0);
	ck_assert_uint_eq(array_read(0, 0, 0x300, SPI), 1U << SPI % 32);
	eoi(0, SPI);
	ck_assert_uint_eq(array_read(0, 0, 0x300, SPI), 0);
	expect_ack(0, SPURIOUS);
}
END_TEST

START_TEST(active_by_software)
{
	uint32_t bit = 1U << SPI % 32;

	start(2, 4);
	/* On: the pending interrupt has to wait, listed or not. Off: and comes. */
	for (int listed = 0; listed < 2; listed++) {
		vgic_set_level(&machine.gic, 0, SPI, true);
		if (listed)
			settle(0);
		array_write(1, 0, 0x300, SPI, bit);
		expect_ack(0, SPURIOUS);
		ck_assert_uint_eq(array_read(1, 0, 0x380, SPI), bit);
		expect_lr(0, SPI, lr_value(SPI, ACTIVE, 0, GROUP1 | EOI));
		array_write(1, 0, 0x380, SPI, bit);
		ck_assert_uint_eq(array_read(1, 0, 0x380, SPI), 0);
		expect_ack(0, SPI);
		vgic_set_level(&machine.gic, 0, SPI, false);
		eoi(0, SPI);
		expect_ack(0, SPURIOUS);
	}
	/* The later of two orders counts. */
	vgic_set_level(&machine.gic, 0, SPI, true);
	settle(0);
	array_write(1, 0, 0x300, SPI, bit);
	array_write(1, 0, 0x380, SPI, bit);
	expect_ack(0, SPI);
	array_write(1, 0, 0x380, SPI, bit);
	array_write(1, 0, 0x300, SPI, bit);
	ck_assert_uint_eq(array_read(0, 0, 0x300, SPI), bit);
	expect_ack(0, SPURIOUS);
	/* The active ones can also be ended where nobody is running. */
	array_write(1, 0, 0x380, SPI, bit);
	settle(0);
	ck_assert_uint_eq(array_read(0, 0, 0x300, SPI), 0);
}
END_TEST

/* An SPI that no list register has, since nobody runs, goes active where it is routed to. */
START_TEST(active_elsewhere)
{
	start(2, 4);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 1);
	array_write(0, 0, 0x300, SPI, 1U << SPI % 32);
	ck_assert_int_eq(vgic_irq_state(&machine.gic, 0, SPI).cpu, 1);
	settle(1);
	expect_lr(1, SPI, lr_value(SPI, ACTIVE, 0, GROUP1));
	expect_lr(0, SPI, 0);
}
END_TEST

/* What was acknowledged at one priority ends at that priority, whatever it has by then. */
START_TEST(priority_while_active)
{
	start(1, 4);
	priority_write(0, SGI, 0x80);
	send(0, 0, SGI);
	expect_ack(0, SGI);
	priority_write(0, SGI, 0x20);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, ACTIVE, 0x80, GROUP1));
	eoi(0, SGI);
	ck_assert_uint_eq(array_read(0, 0, 0x300, SGI), 0);
	send(0, 0, SGI);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0x20, GROUP1));
	/* Of a pending one, the list register follows. */
	priority_write(0, SGI, 0x40);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0x40, GROUP1));
	redist_write(0, 0, 0x10080, 0);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0x40, 0));
	/* One that comes again while it is active comes at the new priority: that is another list register. */
	expect_ack(0, SGI);
	send(0, 0, SGI);
	priority_write(0, SGI, 0xa0);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, ACTIVE, 0x40, EOI));
	eoi(0, SGI);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0xa0, 0));
}
END_TEST

START_TEST(asleep_and_disabled)
{
	start(1, 4);
	send(0, 0, SGI);
	settle(0);
	redist_write(0, 0, 0x14, 2);
	expect_ack(0, SPURIOUS);
	ck_assert(!vgic_wants_cpu(&machine.gic, 0, 0xff, true, true));
	redist_write(0, 0, 0x14, 0);
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0, GROUP1));
	/* The distributor's enables of the groups. */
	dist_write(0, 0, 1);
	expect_ack(0, SPURIOUS);
	redist_write(0, 0, 0x10080, ~(1U << SGI));
	settle(0);
	expect_lr(0, SGI, lr_value(SGI, PENDING, 0, 0));
	dist_write(0, 0, 2);
	expect_ack(0, SPURIOUS);
	dist_write(0, 0, 3);
	expect_ack(0, SGI);
}
END_TEST

START_TEST(wants_cpu)
{
	start(1, 4);
	priority_write(0, SGI, 0x80);
	ck_assert(!vgic_wants_cpu(&machine.gic, 0, 0xff, true, true));
	send(0, 0, SGI);
	ck_assert(vgic_wants_cpu(&machine.gic, 0, 0xff, true, true));
	ck_assert(vgic_wants_cpu(&machine.gic, 0, 0x88, false, true));
	ck_assert(!vgic_wants_cpu(&machine.gic, 0, 0x80, true, true));
	ck_assert(!vgic_wants_cpu(&machine.gic, 0, 0xff, true, false));
	expect_ack(0, SGI);
	pull(0);
	ck_assert(!vgic_wants_cpu(&machine.gic, 0, 0xff, true, true));
}
END_TEST

/* ---- Linked to a physical interrupt ------------------------------------------------------------- */

START_TEST(linked)
{
	uint64_t linked_lr = GROUP1 | HW | (uint64_t)TIMER << 32;

	start(1, 4);
	machine.timer_line[0] = true;
	settle(0);
	expect_lr(0, TIMER, lr_value(TIMER, PENDING, 0, linked_lr));
	expect_ack(0, TIMER);
	sync_cpu(0);
	expect_lr(0, TIMER, lr_value(TIMER, ACTIVE, 0, linked_lr));
	/* The line is still high at the end: the physical one comes again, and with it this. */
	end_of_interrupt(&machine.cpus[0], TIMER, false);
	ck_assert_msg(!machine.timer_active[0], "expected the physical interrupt to be ended" HANDOUT);
	expect_ack(0, TIMER);
	machine.timer_line[0] = false;
	eoi(0, TIMER);
	ck_assert(!machine.timer_active[0]);
	sync_cpu(0);
	expect_ack(0, SPURIOUS);
	ck_assert_uint_eq(machine.maintenances, 0);
}
END_TEST

/* The guest turns its timer off before it takes the interrupt. */
START_TEST(linked_line_falls)
{
	start(1, 4);
	machine.timer_line[0] = true;
	settle(0);
	machine.timer_line[0] = false;
	sync_cpu(0);
	expect_ack(0, SPURIOUS);
	ck_assert_msg(!machine.timer_active[0], "the physical interrupt stays active for ever" HANDOUT);
	/* The same when nobody was asked, but told. */
	machine.timer_line[0] = true;
	settle(0);
	vgic_set_level(&machine.gic, 0, TIMER, false);
	machine.timer_line[0] = false;
	expect_ack(0, SPURIOUS);
	ck_assert(!machine.timer_active[0]);
	/* While the guest has it disabled. */
	redist_write(0, 0, 0x10180, 1U << TIMER);
	machine.timer_line[0] = true;
	settle(0);
	machine.timer_line[0] = false;
	sync_cpu(0);
	ck_assert(!machine.timer_active[0]);
	/* When it has taken it, the end will be the end. */
	redist_write(0, 0, 0x10100, 1U << TIMER);
	machine.timer_line[0] = true;
	expect_ack(0, TIMER);
	machine.timer_line[0] = false;
	sync_cpu(0);
	ck_assert(machine.timer_active[0]);
	eoi(0, TIMER);
	ck_assert(!machine.timer_active[0]);
}
END_TEST

/* By other ways than its end. In the list register, or when nobody has it listed. */
START_TEST(linked_and_cleared)
{
	for (int listed = 0; listed < 2; listed++) {
		start(1, 4);
		machine.timer_line[0] = true;
		expect_ack(0, TIMER);
		/* The line is still high: it is pending again, and its end will end the physical one. */
		redist_write(0, 0, 0x10380, 1U << TIMER);
		machine.cpus[0].running[1] = 0;
		settle(0);
		ck_assert(lr_of(0, TIMER) & HW);
		expect_ack(0, TIMER);
		machine.timer_line[0] = false;
		if (!listed)
			pull(0);
		redist_write(0, 0, 0x10380, 1U << TIMER);
		sync_cpu(0);
		ck_assert_msg(!machine.timer_active[0],
			      "expected ICACTIVER to end the physical interrupt" HANDOUT);
		expect_ack(0, SPURIOUS);
	}
}
END_TEST

/* ISPENDR sets it pending without the physical one: then there is nothing to deactivate. */
START_TEST(linked_by_software)
{
	start(1, 4);
	redist_write(0, 0, 0x10200, 1U << TIMER);
	settle(0);
	expect_lr(0, TIMER, lr_value(TIMER, PENDING, 0, GROUP1));
	expect_ack(0, TIMER);
	/* The timer fires meanwhile. */
	machine.timer_line[0] = true;
	settle(0);
	/* And is set pending by software once more: HW = 1 could not tell of the end. */
	redist_write(0, 0, 0x10200, 1U << TIMER);
	settle(0);
	expect_lr(0, TIMER, lr_value(TIMER, ACTIVE, 0, GROUP1 | EOI));
	machine.timer_line[0] = false;
	eoi(0, TIMER);
	ck_assert(!machine.timer_active[0]);
	expect_ack(0, TIMER);
	eoi(0, TIMER);
	expect_ack(0, SPURIOUS);
	ck_assert(!machine.timer_active[0]);
	/* Set by software when it has just ended in the list register. */
	redist_write(0, 0, 0x10200, 1U << TIMER);
	expect_ack(0, TIMER);
	end_of_interrupt(&machine.cpus[0], TIMER, false);
	machine.timer_line[0] = true;
	expect_ack(0, TIMER);
	ck_assert(lr_of(0, TIMER) & HW);
}
END_TEST

/* ---- More than there are list registers ----------------------------------------------------------- */

START_TEST(best_first)
{
	start(1, 4);
	for (unsigned int intid = 32; intid < 60; intid++) {
		priority_write(0, intid, 0xf8 - 8 * (intid - 32));
		vgic_set_level(&machine.gic, 0, intid, true);
	}
	settle(0);
	for (unsigned int intid = 59; intid > 55; intid--)
		ck_assert_uint_ne(lr_of(0, intid), 0);
	ck_assert_msg(machine.cpus[0].hcr & 1 << 3, "some are left: expected NPIE" HANDOUT);
	/* All of them, one after the other. */
	for (unsigned int intid = 59; intid >= 32; intid--) {
		expect_ack(0, intid);
		vgic_set_level(&machine.gic, 0, intid, false);
		eoi(0, intid);
	}
	expect_ack(0, SPURIOUS);
	ck_assert_uint_eq(machine.cpus[0].hcr, 1);
}
END_TEST

/* Thirty-one nested interrupts, with few list registers: ends without a list register are counted. */
START_TEST(nested)
{
	for (unsigned int lrs = 1; lrs <= 16; lrs++) {
		start(1, lrs);
		for (unsigned int n = 0; n < 31; n++)
			priority_write(0, 32 + n, 0xf0 - 8 * n);
		for (unsigned int n = 0; n < 31; n++) {
			vgic_set_level(&machine.gic, 0, 32 + n, true);
			expect_ack(0, 32 + n);
			vgic_set_level(&machine.gic, 0, 32 + n, false);
		}
		settle(0);
		ck_assert_msg((machine.cpus[0].hcr & 0x4004) == 0x4004,
			      "active ones are left: expected LRENPIE and TDIR" HANDOUT);
		for (unsigned int n = 31; n-- > 0; ) {
			ck_assert_uint_eq(array_read(0, 0, 0x300, 32), (2U << n) - 1);
			settle(0);
			end_of_interrupt(&machine.cpus[0], 32 + n, false);
		}
		settle(0);
		ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 0);
	}
}
END_TEST

/* Several ends before the hypervisor looks. */
START_TEST(counted_together)
{
	start(1, 2);
	for (unsigned int n = 0; n < 10; n++) {
		priority_write(0, 32 + n, 0xf0 - 8 * n);
		vgic_set_level(&machine.gic, 0, 32 + n, true);
		expect_ack(0, 32 + n);
		vgic_set_level(&machine.gic, 0, 32 + n, false);
	}
	settle(0);
	for (unsigned int n = 10; n-- > 3; )
		end_of_interrupt(&machine.cpus[0], 32 + n, false);
	settle(0);
	ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 7);
}
END_TEST

/* What is active by ISACTIVER alone is ended by ICACTIVER, not by the ends of others, however urgent it is. */
START_TEST(counted_and_by_software)
{
	for (unsigned int lrs = 1; lrs <= 8; lrs++) {
		start(1, lrs);
		for (unsigned int n = 0; n < 5; n++)
			priority_write(0, 32 + n, 8 * n);
		array_write(0, 0, 0x300, 32, 0x1f);
		for (unsigned int n = 5; n < 10; n++) {
			priority_write(0, 32 + n, 0xf0 - 8 * n);
			vgic_set_level(&machine.gic, 0, 32 + n, true);
			expect_ack(0, 32 + n);
			vgic_set_level(&machine.gic, 0, 32 + n, false);
		}
		settle(0);
		for (unsigned int n = 10; n-- > 5; ) {
			eoi(0, 32 + n);
			ck_assert_uint_eq(array_read(0, 0, 0x300, 32), (1U << n) - 1);
		}
		array_write(0, 0, 0x380, 32, 0x1f);
		settle(0);
		ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 0);

		/* Once it was acknowledged it is like any other, in a list register or not. */
		priority_write(0, 32, 0x50);
		vgic_set_level(&machine.gic, 0, 32, true);
		expect_ack(0, 32);
		vgic_set_level(&machine.gic, 0, 32, false);
		array_write(0, 0, 0x300, 33, 0x1e);
		settle(0);
		eoi(0, 32);
		ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 0x1e);
	}
}
END_TEST

/* All list registers would be active ones: the last is for the best pending, that may preempt. */
START_TEST(place_for_pending)
{
	for (unsigned int lrs = 1; lrs <= 4; lrs++) {
		start(1, lrs);
		for (unsigned int n = 0; n < 10; n++) {
			priority_write(0, 32 + n, 0x80 - 8 * n);
			array_write(0, 0, 0x300, 32 + n, 1U << n);
		}
		priority_write(0, 80, 0xf0);
		priority_write(0, 81, 0xe8);
		vgic_set_level(&machine.gic, 0, 80, true);
		vgic_set_level(&machine.gic, 0, 81, true);
		expect_ack(0, 81);
	}
}
END_TEST

/* EOImode 1: ends come in any order, by ICC_DIR_EL1. */
static void deactivate_in_order(const unsigned int *order, bool can_trap)
{

	start(1, 2);
	machine.cpus[0].vmcr |= 1U << 9;
	machine.lrs[0].can_trap_dir = can_trap;
	for (unsigned int n = 0; n < 6; n++) {
		vgic_set_level(&machine.gic, 0, 32 + n, true);
		expect_ack(0, 32 + n);
		vgic_set_level(&machine.gic, 0, 32 + n, false);
		end_of_interrupt(&machine.cpus[0], 32 + n, can_trap);
	}
	settle(0);
	ck_assert_uint_eq(!!(machine.cpus[0].hcr & 1U << 14), can_trap);
	/* Priority drops end nothing, counted or not. */
	ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 0x3f);
	for (unsigned int i = 0; i < 6; i++) {
		uint32_t before = array_read(0, 0, 0x300, 32);

		settle(0);
		if (deactivate(&machine.cpus[0], 32 + order[i]))
			vgic_deactivate(&machine.gic, 0, 32 + order[i]);
		settle(0);
		ck_assert_uint_eq(array_read(0, 0, 0x300, 32), before & ~(1U << order[i]));
	}
	ck_assert_uint_eq(array_read(0, 0, 0x300, 32), 0);
	ck_assert_uint_eq(machine.cpus[0].hcr & 0x4004, 0);
}

START_TEST(eoi_mode_1)
{
	static const unsigned int any[] = { 3, 0, 5, 1, 4, 2 }, guessed[] = { 2, 3, 0, 1, 4, 5 };

	deactivate_in_order(any, true);
	/* Where it cannot be trapped it is counted, and the most urgent that is not listed is meant. */
	deactivate_in_order(guessed, false);
}
END_TEST

/* The guest's CPU interface has a group off: its interrupts must not be in the way of the others. */
START_TEST(group_off)
{
	start(1, 2);
	dist_write(0, 0x84, 0xffff0000);	/* INTIDs 32 to 47: group 0 */
	machine.cpus[0].vmcr &= ~UINT64_C(1);
	for (unsigned int n = 0; n < 6; n++)
		vgic_set_level(&machine.gic, 0, 32 + n, true);
	settle(0);
	ck_assert_msg(machine.cpus[0].hcr & 1 << 4, "expected VGrp0EIE" HANDOUT);
	for (unsigned int n = 0; n < 6; n++) {
		priority_write(0, 50 + n, 0x80);
		vgic_set_level(&machine.gic, 0, 50 + n, true);
	}
	for (unsigned int n = 0; n < 3; n++) {
		expect_ack(0, 50 + n);
		vgic_set_level(&machine.gic, 0, 50 + n, false);
		eoi(0, 50 + n);
	}
	/* The groups change places. */
	machine.cpus[0].vmcr ^= 3;
	for (unsigned int n = 0; n < 6; n++) {
		expect_ack(0, 32 + n);
		vgic_set_level(&machine.gic, 0, 32 + n, false);
		eoi(0, 32 + n);
	}
	expect_ack(0, SPURIOUS);
	machine.cpus[0].vmcr |= 2;
	expect_ack(0, 53);
}
END_TEST

/* All that is listed is of a group which the guest disables: then the others are due. */
START_TEST(group_goes_off)
{
	for (unsigned int group = 0; group < 2; group++) {
		start(1, 2);
		dist_write(0, 0x84, group ? 0xffff0000 : 0x0000ffff);
		for (unsigned int n = 0; n < 6; n++) {
			priority_write(0, 32 + n, 0x80);
			vgic_set_level(&machine.gic, 0, 32 + n, true);
			vgic_set_level(&machine.gic, 0, 50 + n, true);
		}
		settle(0);
		ck_assert_uint_ne(lr_of(0, 50), 0);
		machine.cpus[0].vmcr ^= 1U << group;
		expect_ack(0, 32);
	}
}
END_TEST

/* One that is of a disabled group, and comes again, must not hide from NPIE that no other is listed. */
START_TEST(again_in_disabled_group)
{
	start(1, 2);
	dist_write(0, 0x84, ~(1U << EDGE % 32));
	raise_edge();
	expect_ack(0, EDGE);
	machine.cpus[0].vmcr &= ~UINT64_C(1);
	raise_edge();
	for (unsigned int intid = 1; intid <= 3; intid++) {
		priority_write(0, intid, 0x80);
		send(0, 0, intid);
	}
	settle(0);
	eoi(0, EDGE);
	for (unsigned int intid = 1; intid <= 3; intid++) {
		expect_ack(0, intid);
		eoi(0, intid);
	}
	machine.cpus[0].vmcr |= 1;
	expect_ack(0, EDGE);
}
END_TEST

/* ---- Several vCPUs -------------------------------------------------------------------------------- */

START_TEST(routed)
{
	start(3, 4);
	/* Pending, listed, and sent elsewhere. */
	set_line(SPI, true);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 2);
	settle(0);
	expect_lr(0, SPI, 0);
	expect_ack(2, SPI);
	/* Active: it ends where it was acknowledged, and then comes to the new one. */
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 1);
	expect_ack(1, SPURIOUS);
	eoi(2, SPI);
	expect_ack(2, SPURIOUS);
	expect_ack(1, SPI);
	/* An edge meanwhile, too. */
	vgic_set_level(&machine.gic, 0, SPI, false);
	eoi(1, SPI);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * EDGE, 8, 1);
	raise_edge();
	expect_ack(1, EDGE);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * EDGE, 8, 2);
	raise_edge();
	settle(1);
	expect_lr(1, EDGE, lr_value(EDGE, ACTIVE, 0, GROUP1 | EOI));
	expect_ack(2, SPURIOUS);
	eoi(1, EDGE);
	expect_ack(2, EDGE);
	eoi(2, EDGE);
	/* To nobody. */
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * EDGE, 8, 0x100000002);
	raise_edge();
	for (unsigned int n = 0; n < 3; n++)
		expect_ack(n, SPURIOUS);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * EDGE, 8, 0);
	expect_ack(0, EDGE);
}
END_TEST

/* A read of what another vCPU has listed waits for that one to exit. */
START_TEST(ask)
{
	uint64_t value = 5;

	start(3, 4);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 1);
	vgic_set_level(&machine.gic, 0, SPI, true);
	vgic_set_level(&machine.gic, 0, 50, true);
	expect_ack(1, SPI);
	settle(0);
	for (unsigned int i = 0; i < 3; i++) {
		machine.dirty[1] = false;
		ck_assert_int_eq(vgic_dist_read(&machine.gic, 0, 0x304, 4, &value), VDEV_RETRY);
		ck_assert_msg(machine.dirty[1] == (i == 0), "expected vCPU 1 to be told, once" HANDOUT);
	}
	sync_cpu(1);
	/* Its answer is good, even if it has it listed again. Its own are folded at once. */
	ck_assert_int_eq(vgic_dist_read(&machine.gic, 0, 0x304, 4, &value), VDEV_DONE);
	ck_assert_uint_eq(value, 1U << SPI % 32);
	ck_assert_uint_eq(machine.lrs[0].used, 0);
	/* The next question is another. */
	ck_assert_int_eq(vgic_dist_read(&machine.gic, 0, 0x304, 4, &value), VDEV_RETRY);
	sync_cpu(1);
	ck_assert_int_eq(vgic_dist_read(&machine.gic, 0, 0x204, 4, &value), VDEV_RETRY);
	sync_cpu(1);
	ck_assert_int_eq(vgic_dist_read(&machine.gic, 0, 0x204, 4, &value), VDEV_DONE);
	ck_assert_uint_eq(value, 1U << SPI % 32 | 1U << (50 - 32));
	/* Nobody waits for one that has nothing listed. */
	pull(1);
	ck_assert_int_eq(vgic_dist_read(&machine.gic, 2, 0x304, 4, &value), VDEV_DONE);
	ck_assert_uint_eq(value, 1U << SPI % 32);
	/* Another vCPU's redistributor. */
	send(0, 1, SGI);
	settle(1);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 0, 0x30200, 4, &value), VDEV_RETRY);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 1, 0x30200, 4, &value), VDEV_DONE);
	ck_assert_uint_eq(value, 1U << SGI);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 0, 0x30200, 4, &value), VDEV_DONE);
	ck_assert_uint_eq(value, 1U << SGI);
	/* When it is read, nobody has it listed any more: that is an answer, and not one to the next question. */
	sync_cpu(1);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 0, 0x30200, 4, &value), VDEV_RETRY);
	pull(1);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 0, 0x30200, 4, &value), VDEV_DONE);
	sync_cpu(1);
	ck_assert_int_eq(vgic_redist_read(&machine.gic, 0, 0x30200, 4, &value), VDEV_RETRY);
}
END_TEST

/* RWP: until what was disabled has left the list registers. */
START_TEST(write_pending)
{
	uint64_t value;

	start(2, 4);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 1);
	vgic_set_level(&machine.gic, 0, SPI, true);
	settle(1);
	dist_write(0, 0x184, 1);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x53);
	dist_write(0, 0x184, 1U << SPI % 32);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x80000053);
	settle(0);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x80000053);
	settle(1);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x53);
	/* A redistributor has its own. */
	send(0, 1, SGI);
	settle(1);
	redist_write(0, 1, 0x10180, 1U << SGI);
	vgic_redist_read(&machine.gic, 0, 0x20000, 4, &value);
	ck_assert_uint_eq(value, 8);
	vgic_redist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0);
	settle(1);
	vgic_redist_read(&machine.gic, 0, 0x20000, 4, &value);
	ck_assert_uint_eq(value, 0);
	/* And the groups. */
	redist_write(0, 1, 0x10100, 1U << SGI);
	settle(1);
	dist_write(0, 0, 1);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x80000051);
	settle(1);
	vgic_dist_read(&machine.gic, 0, 0, 4, &value);
	ck_assert_uint_eq(value, 0x51);
}
END_TEST

/* ---- To whom an SGI goes ------------------------------------------------------------------------- */

static const uint64_t affinities[] = {
	0x0000000080000000, 0x81000001, 0x8000000f, 0x80000010, 0x800000ff, 0x80000100,
	0x80010000, 0x0180000000,
};

#define N_CPUS		8

static unsigned int affinity_level(uint64_t affinity, unsigned int n)
{
	return affinity >> (n == 3 ? 32 : 8 * n) & 0xff;
}

START_TEST(sgi_targets)
{
	static const unsigned int some[] = { 0, 1, 2, 0x80, 0xff };
	unsigned int intid = 0;

	machine_init(N_CPUS, 4, affinities);
	machine_start();
	for (unsigned int i = 0; i < 5 * 5 * 5 * 16 * 4; i++) {
		unsigned int aff3 = some[i % 5], aff2 = some[i / 5 % 5], aff1 = some[i / 25 % 5];
		unsigned int rs = i / 125 % 16, kind = i / 125 / 16;
		uint32_t list = kind == 0 ? 0xffff : kind == 1 ? 0x8002 : kind == 2 ? 0 : 1;
		bool irm = i % 37 == 0;
		unsigned int from = i % N_CPUS;

		intid = (intid + 1) % 16;
		vgic_send_sgi(&machine.gic, from, VGIC_SGI1R,
			      (uint64_t)aff3 << 48 | (uint64_t)rs << 44 | (uint64_t)irm << 40 |
			      (uint64_t)aff2 << 32 | intid << 24 | aff1 << 16 | list);
		for (unsigned int n = 0; n < N_CPUS; n++) {
			uint64_t a = affinities[n];
			bool want = irm ? n != from :
				    affinity_level(a, 3) == aff3 && affinity_level(a, 2) == aff2 &&
				    affinity_level(a, 1) == aff1 && affinity_level(a, 0) / 16 == rs &&
				    (list >> affinity_level(a, 0) % 16 & 1);
			unsigned int got;

			settle(n);
			got = acknowledge(&machine.cpus[n]);
			ck_assert_msg(got == (want ? intid : SPURIOUS),
				      "SGI %u from vCPU %u to %u.%u.%u, RS %u, TargetList 0x%04x, IRM %d: "
				      "expected vCPU %u (affinity 0x%010lx) %s it, got INTID %u" HANDOUT,
				      intid, from, aff3, aff2, aff1, rs, list, irm, n, a,
				      want ? "to get" : "not to get", got);
			if (want)
				eoi(n, intid);
		}
	}
}
END_TEST

START_TEST(sgi_groups)
{
	for (unsigned int reg = 0; reg < 3; reg++) {
		for (unsigned int group = 0; group < 2; group++) {
			bool want = reg == VGIC_SGI1R || group == 0;

			start(2, 4);
			redist_write(1, 1, 0x10080, group << SGI);
			vgic_send_sgi(&machine.gic, 0, reg, SGI << 24 | 2);
			expect_ack(1, want ? SGI : SPURIOUS);
		}
	}
}
END_TEST

/* What the debugger shows. */
START_TEST(irq_state)
{
	struct vgic_irq irq;

	start(2, 4);
	priority_write(0, SPI, 0x38);
	set_line(SPI, true);
	irq = vgic_irq_state(&machine.gic, 1, SPI);
	ck_assert(irq.group1 && irq.enabled && !irq.edge && irq.level && irq.pending && !irq.active &&
		  irq.listed && !irq.linked && irq.priority == 0x38 && irq.cpu == 0);
	expect_ack(0, SPI);
	pull(0);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 1);
	irq = vgic_irq_state(&machine.gic, 1, SPI);
	ck_assert(irq.active && !irq.listed && irq.cpu == 0);
	vgic_deactivate(&machine.gic, 1, SPI);
	ck_assert_int_eq(vgic_irq_state(&machine.gic, 1, SPI).cpu, 1);
	vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * SPI, 8, 0x77);
	ck_assert_int_eq(vgic_irq_state(&machine.gic, 1, SPI).cpu, -1);
	send(0, 1, SGI);
	settle(1);
	irq = vgic_irq_state(&machine.gic, 1, SGI);
	ck_assert(irq.edge && irq.pending && irq.listed && irq.cpu == 1);
	ck_assert(!vgic_irq_state(&machine.gic, 0, SGI).pending);
	ck_assert(vgic_irq_state(&machine.gic, 0, TIMER).linked);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vgic_lr");
	TCase *one = add_case(suite, "one"), *guest = add_case(suite, "guest"),
	      *timer = add_case(suite, "linked"), *many = add_case(suite, "many"),
	      *cpus = add_case(suite, "cpus");

	tcase_add_test(one, sgi);
	tcase_add_test(one, sgi_thrice);
	tcase_add_test(one, active_and_pending);
	tcase_add_test(one, again_before_fold);
	tcase_add_test(one, level);
	tcase_add_test(one, edge);
	tcase_add_test(one, lines_that_are_none);
	tcase_add_test(guest, set_pending);
	tcase_add_test(guest, clear_pending);
	tcase_add_test(guest, enable_and_disable);
	tcase_add_test(guest, active_by_software);
	tcase_add_test(guest, active_elsewhere);
	tcase_add_test(guest, priority_while_active);
	tcase_add_test(guest, asleep_and_disabled);
	tcase_add_test(guest, wants_cpu);
	tcase_add_test(timer, linked);
	tcase_add_test(timer, linked_line_falls);
	tcase_add_test(timer, linked_and_cleared);
	tcase_add_test(timer, linked_by_software);
	tcase_add_test(many, best_first);
	tcase_add_test(many, nested);
	tcase_add_test(many, counted_together);
	tcase_add_test(many, counted_and_by_software);
	tcase_add_test(many, place_for_pending);
	tcase_add_test(many, eoi_mode_1);
	tcase_add_test(many, group_off);
	tcase_add_test(many, group_goes_off);
	tcase_add_test(many, again_in_disabled_group);
	tcase_add_test(cpus, routed);
	tcase_add_test(cpus, ask);
	tcase_add_test(cpus, write_pending);
	tcase_add_test(cpus, sgi_targets);
	tcase_add_test(cpus, sgi_groups);
	tcase_add_test(cpus, irq_state);
	return unit_main("tests/common/test_vgic_lr", suite);
}
