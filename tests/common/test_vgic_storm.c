// SPDX-License-Identifier: MIT
/*
 * test_vgic_storm.c - storms of interrupts: random ones, to random vCPUs, more of them than there are
 * list registers, while the guests nest their handlers and reconfigure the GIC.
 *
 * Two kinds. In a calm one every vCPU exits after each step, so nothing is out of date: then the virtual
 * GIC must behave as a real one does. That is the specification below: one struct for each interrupt, no
 * list registers, no banks. What is signalled, with which priority, and what the registers read is
 * compared all along.
 *
 * In a wild one the vCPUs run on for a while with list registers that are out of date, as they do on
 * other CPUs. Then nobody can say what comes first. But none is lost, and none comes twice.
 */
#include "unit_main.h"

#include "vgic_machine.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"The virtual GIC\""

#define STEPS		2000
#define INTIDS		128
#define CPUS		8

static struct {
	unsigned int lrs, cpus;
	bool eoi_mode, wild;
	unsigned int step;
	uint64_t seed;
} storm;

static void wrong(const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("%u vCPUs, %u list registers, EOImode %d, %s, step %u: %s" HANDOUT, storm.cpus,
		     storm.lrs, storm.eoi_mode, storm.wild ? "wild" : "calm", storm.step, text);
}

static uint64_t random64(void)
{
	storm.seed ^= storm.seed << 13;
	storm.seed ^= storm.seed >> 7;
	storm.seed ^= storm.seed << 17;
	return storm.seed >> 11;
}

/* 0 to n - 1. */
static unsigned int any(unsigned int n)
{
	return (unsigned int)(random64() % n);
}

/* ---- The specification ----------------------------------------------------------------------------- */

struct interrupt {
	bool group1, enabled, edge, latch, line, active;
	unsigned int priority, target;		/* target: CPUS for nobody */
	bool owed;		/* an event came, and was not acknowledged since */
	unsigned long events, acks;
};

struct guest {
	unsigned int stack[40], depth;		/* running handlers */
	unsigned int priority[40];
	unsigned int dropped[40], count;	/* EOImode 1: to be deactivated */
	bool asleep;
};

static struct interrupt own[CPUS][32], shared[INTIDS];
static struct guest guests[CPUS];
static unsigned int groups;			/* GICD_CTLR.EnableGrp* */

static struct interrupt *irq_of(unsigned int cpu, unsigned int intid)
{
	return intid < 32 ? &own[cpu][intid] : &shared[intid];
}

static bool is_pending(const struct interrupt *irq)
{
	return irq->latch || (irq->line && !irq->edge);
}

/* Would it be signalled to this vCPU if nothing else were? */
static bool deliverable(unsigned int cpu, unsigned int intid)
{
	const struct interrupt *irq = irq_of(cpu, intid);

	return is_pending(irq) && !irq->active && irq->enabled && (groups >> irq->group1 & 1) &&
	       (machine.cpus[cpu].vmcr >> irq->group1 & 1) && !guests[cpu].asleep &&
	       (intid < 32 || irq->target == cpu);
}

/* The priority of the best; 0x100: none is signalled. */
static unsigned int best_priority(unsigned int cpu)
{
	const struct guest *guest = &guests[cpu];
	unsigned int limit = (unsigned int)bits_of(machine.cpus[cpu].vmcr, 31, 24), best = 0x100;

	if (guest->depth && guest->priority[guest->depth - 1] < limit)
		limit = guest->priority[guest->depth - 1];
	for (unsigned int intid = 0; intid < INTIDS; intid++)
		if (deliverable(cpu, intid) && irq_of(cpu, intid)->priority < limit &&
		    irq_of(cpu, intid)->priority < best)
			best = irq_of(cpu, intid)->priority;
	return best;
}

/* ---- The outside ------------------------------------------------------------------------------------- */

static void event(struct interrupt *irq)
{
	irq->events++;
	irq->owed = true;
}

static void set_line(unsigned int cpu, unsigned int intid, bool level)
{
	struct interrupt *irq = irq_of(cpu, intid);

	if (irq->line == level)
		return;
	irq->line = level;
	irq->latch |= level && irq->edge;
	if (level)
		event(irq);
	else if (!irq->edge)
		irq->owed = false;
	if (intid == TIMER)
		machine.timer_line[cpu] = level;
	else
		vgic_set_level(&machine.gic, cpu, intid, level);
}

static void send_sgis(unsigned int from)
{
	unsigned int intid = any(16), list = any(1U << storm.cpus), reg = any(8) ? VGIC_SGI1R : VGIC_SGI0R;
	bool irm = any(8) == 0;

	vgic_send_sgi(&machine.gic, from, reg, (uint64_t)irm << 40 | intid << 24 | list);
	for (unsigned int n = 0; n < storm.cpus; n++) {
		struct interrupt *irq = irq_of(n, intid);

		if ((irm ? n != from : list >> n & 1) && (reg == VGIC_SGI1R || !irq->group1)) {
			irq->latch = true;
			event(irq);
		}
	}
}

/* ---- The guests ------------------------------------------------------------------------------------- */

static unsigned int random_intid(void)
{
	static const unsigned int favourites[] = { 0, 1, 5, 15, 16, TIMER, TIMER, 30, 32, 33, 63, 64, 127 };

	return any(2) ? favourites[any(sizeof(favourites) / sizeof(favourites[0]))] : any(INTIDS);
}

static void reconfigure(unsigned int cpu)
{
	unsigned int intid = random_intid(), owner = any(storm.cpus), n;
	struct interrupt *irq = irq_of(owner, intid);
	uint32_t bit = 1U << intid % 32;

	switch (any(10)) {
	case 0:
		irq->priority = any(16) * 16;
		priority_write(owner, intid, irq->priority);
		break;
	case 1:
		irq->enabled = false;
		array_write(cpu, owner, 0x180, intid, bit);
		break;
	case 2:
	case 3:
		irq->enabled = true;
		array_write(cpu, owner, 0x100, intid, bit);
		break;
	case 4:
		/* Not while it is active: UNPREDICTABLE. In a wild storm: nobody knows. */
		if (irq->active || storm.wild)
			break;
		irq->group1 = !irq->group1;
		n = array_read(cpu, owner, 0x080, intid);
		array_write(cpu, owner, 0x080, intid, n ^ bit);
		break;
	case 5:
		if (intid < 32)
			break;
		irq->target = any(storm.cpus + 1);
		vgic_dist_write(&machine.gic, cpu, 0x6000 + 8 * intid, 8,
				irq->target == storm.cpus ? 0x770000 : irq->target);
		break;
	case 6:
		irq->latch = true;
		event(irq);
		array_write(cpu, owner, 0x200, intid, bit);
		break;
	case 7:
		/* What was cleared may have been acknowledged before: in a wild storm nobody knows. */
		if (storm.wild)
			break;
		irq->latch = false;
		irq->owed = irq->owed && is_pending(irq);
		array_write(cpu, owner, 0x280, intid, bit);
		break;
	case 8:
		if (any(4) == 0) {
			groups = any(4);
			dist_write(cpu, 0, groups);
		} else {
			machine.cpus[cpu].vmcr = (machine.cpus[cpu].vmcr & ~UINT64_C(3)) | any(4);
		}
		break;
	case 9:
		if (any(4) == 0) {
			guests[cpu].asleep = !guests[cpu].asleep;
			redist_write(cpu, cpu, 0x14, guests[cpu].asleep ? 2 : 0);
		} else {
			machine.cpus[cpu].vmcr &= ~(UINT64_C(0xff) << 24);
			machine.cpus[cpu].vmcr |= (uint64_t)(any(3) ? 0xff : any(256)) << 24;
		}
		break;
	}
}

/* ISPENDR and ISACTIVER read what the specification says. */
static void compare_state(unsigned int cpu)
{
	unsigned int owner = any(storm.cpus), first = any(4) * 32;
	uint32_t pending = 0, active = 0, got;

	for (unsigned int n = 0; n < 32; n++) {
		pending |= (uint32_t)is_pending(irq_of(owner, first + n)) << n;
		active |= (uint32_t)irq_of(owner, first + n)->active << n;
	}
	got = array_read(cpu, owner, 0x200, first);
	if (got != pending)
		wrong("ISPENDR from INTID %u on, of vCPU %u, by %u: expected 0x%08x, got 0x%08x", first,
		      owner, cpu, pending, got);
	got = array_read(cpu, owner, 0x300, first);
	if (got != active)
		wrong("ISACTIVER from INTID %u on, of vCPU %u, by %u: expected 0x%08x, got 0x%08x", first,
		      owner, cpu, active, got);
}

static void take_interrupt(unsigned int cpu)
{
	struct guest *guest = &guests[cpu];
	unsigned int want = storm.wild ? 0 : best_priority(cpu), priority, intid;
	int n = signalled(&machine.cpus[cpu]);
	struct interrupt *irq;

	/* Some are active although not running any more: no more than there is room for. */
	if (guest->count + guest->depth >= 30)
		return;
	priority = n < 0 ? 0x100 : lr_priority(machine.cpus[cpu].lr[n]);
	if (!storm.wild && priority != want)
		wrong("vCPU %u: expected priority 0x%x to be signalled, got 0x%x (0x100: none)", cpu, want,
		      priority);
	intid = acknowledge(&machine.cpus[cpu]);
	if (intid == SPURIOUS)
		return;
	irq = irq_of(cpu, intid);
	if (irq->active)
		wrong("vCPU %u: INTID %u comes while it is active", cpu, intid);
	if (!storm.wild && (!deliverable(cpu, intid) || irq->priority != priority))
		wrong("vCPU %u: INTID %u comes, but should not", cpu, intid);
	if (++irq->acks > irq->events)
		wrong("vCPU %u: INTID %u comes twice: %lu times for %lu events", cpu, intid, irq->acks,
		      irq->events);
	irq->owed = false;
	irq->latch = false;
	irq->active = true;
	guest->priority[guest->depth] = priority;
	guest->stack[guest->depth++] = intid;
	/* Mostly the handler satisfies its device. */
	if (irq->line && any(4))
		set_line(cpu, intid, false);
}

static void is_inactive(unsigned int cpu, unsigned int intid)
{
	struct interrupt *irq = irq_of(cpu, intid);

	irq->active = false;
	if (irq->line && !irq->edge && !irq->owed)
		event(irq);
}

static void end_handler(unsigned int cpu)
{
	struct guest *guest = &guests[cpu];
	unsigned int intid;

	if (guest->depth == 0)
		return;
	intid = guest->stack[--guest->depth];
	if (storm.eoi_mode)
		guest->dropped[guest->count++] = intid;
	else
		is_inactive(cpu, intid);
	end_of_interrupt(&machine.cpus[cpu], intid, any(2));
}

/* Returns whether the guest exits for it. */
static bool deactivate_one(unsigned int cpu)
{
	struct guest *guest = &guests[cpu];
	unsigned int n, intid;

	if (guest->count == 0)
		return false;
	n = any(guest->count);
	intid = guest->dropped[n];
	guest->dropped[n] = guest->dropped[--guest->count];
	is_inactive(cpu, intid);
	if (!deactivate(&machine.cpus[cpu], intid))
		return false;
	vgic_deactivate(&machine.gic, cpu, intid);
	return true;
}

/* ---- The storm ------------------------------------------------------------------------------------- */

/* A vCPU exits. In a wild storm it stands still somewhen between now and much later. */
static void settle_some(void)
{
	for (unsigned int n = 0; n < storm.cpus; n++) {
		if (storm.wild && any(4))
			continue;
		/* A timer that the guest turns off is noticed at the next occasion: here it is. */
		if (!storm.wild)
			machine.dirty[n] = true;
		settle(n);
	}
}

static void one_step(bool quiet)
{
	unsigned int cpu = any(storm.cpus), intid = random_intid();
	bool exits = true;

	switch (any(quiet ? 6 : 16)) {
	case 0:
	case 1:
	case 2:
		take_interrupt(cpu);
		exits = false;
		break;
	case 3:
	case 4:
		end_handler(cpu);
		exits = false;
		break;
	case 5:
		exits = deactivate_one(cpu);
		break;
	case 6:
	case 7:
	case 8:
		send_sgis(cpu);
		break;
	case 9:
	case 10:
	case 11:
	case 12:
		/* Only handlers lower the line of what is level-sensitive. */
		if (intid < 16)
			break;
		set_line(cpu, intid, !irq_of(cpu, intid)->line || !irq_of(cpu, intid)->edge);
		break;
	case 13:
	case 14:
		reconfigure(cpu);
		break;
	case 15:
		if (!storm.wild)
			compare_state(cpu);
		break;
	}
	if (exits)
		settle(cpu);
	settle_some();
}

static void start_storm(void)
{
	machine_init(storm.cpus, storm.lrs, NULL);
	machine_start();
	memset(own, 0, sizeof(own));
	memset(shared, 0, sizeof(shared));
	memset(guests, 0, sizeof(guests));
	groups = 3;
	for (unsigned int n = 0; n < storm.cpus; n++) {
		machine.cpus[n].vmcr |= (uint64_t)storm.eoi_mode << 9;
		for (unsigned int i = 0; i < 32; i++)
			own[n][i] = (struct interrupt){ .group1 = true, .enabled = true, .edge = i < 16 };
	}
	for (unsigned int i = 32; i < INTIDS; i++)
		shared[i] = (struct interrupt){ .group1 = true, .enabled = true, .edge = i % 2 };
	for (unsigned int i = 32; i < INTIDS; i += 16)
		dist_write(0, 0xc00 + i / 4, 0x88888888);
	for (unsigned int i = 0; i < INTIDS; i++) {
		unsigned int priority = any(16) * 16;

		for (unsigned int n = 0; n < storm.cpus; n++)
			irq_of(n, i)->priority = priority;
		for (unsigned int n = 0; n < (i < 32 ? storm.cpus : 1); n++)
			priority_write(n, i, priority);
		if (i < 32)
			continue;
		shared[i].target = any(storm.cpus);
		vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * i, 8, shared[i].target);
	}
}

/* Nothing is running, nothing has to come. */
static bool is_over(void)
{
	for (unsigned int n = 0; n < storm.cpus; n++) {
		if (guests[n].depth || guests[n].count || machine.dirty[n] ||
		    signalled(&machine.cpus[n]) >= 0)
			return false;
		for (unsigned int i = 0; i < INTIDS; i++)
			if (irq_of(n, i)->owed)
				return false;
	}
	return true;
}

/* Everything is let through, until nothing is left: then all accounts are even. */
static void end_storm(void)
{
	groups = 3;
	dist_write(0, 0, 3);
	for (unsigned int n = 0; n < storm.cpus; n++) {
		guests[n].asleep = false;
		redist_write(n, n, 0x14, 0);
		redist_write(n, n, 0x10100, 0xffffffff);
		machine.cpus[n].vmcr |= UINT64_C(0xff) << 24 | 3;
		for (unsigned int i = 0; i < 32; i++)
			own[n][i].enabled = true;
	}
	for (unsigned int i = 32; i < INTIDS; i++) {
		shared[i].enabled = true;
		dist_write(0, 0x100 + i / 32 * 4, 1U << i % 32);
		if (shared[i].target == storm.cpus) {
			shared[i].target = 0;
			vgic_dist_write(&machine.gic, 0, 0x6000 + 8 * i, 8, 0);
		}
		priority_write(0, i, i % 15 * 16);
		shared[i].priority = i % 15 * 16;
	}
	for (unsigned int n = 0; n < storm.cpus; n++)
		for (unsigned int i = 0; i < 32; i++) {
			priority_write(n, i, i % 15 * 16);
			own[n][i].priority = i % 15 * 16;
		}
	for (unsigned int n = 0; n < storm.cpus; n++)
		settle(n);
	for (storm.step = 0; storm.step < STEPS && !is_over(); storm.step++)
		for (unsigned int i = 0; i < 100; i++)
			one_step(true);

	for (unsigned int n = 0; n < storm.cpus; n++) {
		settle(n);
		if (guests[n].depth || guests[n].count || signalled(&machine.cpus[n]) >= 0 ||
		    machine.timer_active[n])
			wrong("vCPU %u is not done (%u handlers, %u to be deactivated, list register %d, "
			      "timer %d)", n, guests[n].depth, guests[n].count,
			      signalled(&machine.cpus[n]), machine.timer_active[n]);
		for (unsigned int i = 0; i < INTIDS; i++)
			if (irq_of(n, i)->owed)
				wrong("INTID %u of vCPU %u was lost", i, n);
		storm.wild = false;
		for (unsigned int i = 0; i < 20; i++)
			compare_state(n);
	}
}

static void run(bool eoi_mode, bool wild, unsigned int lrs)
{
	for (unsigned int round = 0; round < 2; round++) {
		storm.lrs = lrs;
		storm.cpus = 1 + (lrs * 3 + round * 5 + wild) % CPUS;
		storm.eoi_mode = eoi_mode;
		storm.wild = wild;
		storm.seed = 0x9e3779b97f4a7c15 * (lrs + 17 * round + 1);
		start_storm();
		for (storm.step = 0; storm.step < STEPS; storm.step++)
			one_step(false);
		end_storm();
	}
}

START_TEST(calm)
{
	run(false, false, (unsigned int)_i);
}
END_TEST

START_TEST(calm_eoi_mode_1)
{
	run(true, false, (unsigned int)_i);
}
END_TEST

START_TEST(wild)
{
	run(false, true, (unsigned int)_i);
}
END_TEST

START_TEST(wild_eoi_mode_1)
{
	run(true, true, (unsigned int)_i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vgic_storm");
	TCase *tcase = add_case(suite, "storm");

	/* With each number of list registers. */
	tcase_add_loop_test(tcase, calm, 1, 17);
	tcase_add_loop_test(tcase, calm_eoi_mode_1, 1, 17);
	tcase_add_loop_test(tcase, wild, 1, 17);
	tcase_add_loop_test(tcase, wild_eoi_mode_1, 1, 17);
	return unit_main("tests/common/test_vgic_storm", suite);
}
