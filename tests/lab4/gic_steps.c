// SPDX-License-Identifier: MIT
/*
 * gic_steps.c - the virtual GIC on the machine's own virtual CPU interface, one step at a time: a random one,
 * from a seeded generator. A guest acknowledges, ends and deactivates interrupts, reconfigures its GIC and
 * sends SGIs; the host moves lines, and exchanges the guest's two vCPUs. Each of them gets a random number
 * of list registers each time. All along, what is acknowledged, and what the registers read, is compared to a
 * specification that knows of no list registers: one struct for each interrupt.
 */
#include "gic_puppet.h"

#include <string.h>

#include "arch/layout.h"
#include "drivers/console.h"
#include "drivers/gich.h"
#include "virtual_gic.h"

#define RUNS		4		/* each with all of it new; every other one with EOImode 1 */
#define STEPS		6000
#define CPUS		2
#define NOBODY		CPUS

static struct machine machine;
static struct guest_cpu *cpu;		/* the one that is loaded, */
static unsigned int me;			/* and its number */
static bool split;			/* EOImode 1 */

/* ---- The specification ----------------------------------------------------------------------------------- */

struct interrupt {
	bool group1, enabled, edge, latch, line, active;
	uint8_t priority;
	unsigned int target;		/* of an SPI; active: where it is */
};

static struct interrupt own[CPUS][32], shared[VGIC_INTIDS];

static struct guest {
	struct { unsigned int intid, priority; bool group1; } running[40];
	unsigned int depth;
	unsigned int ended[VGIC_INTIDS], ended_count;	/* EOImode 1: to be deactivated */
	unsigned int pmr, bpr[2];
	bool group_on[2];
} guests[CPUS];

static bool dist_on[2];

/* Those that take part. Of bank 0: SGIs, and PPIs without a timer; of three banks: SPIs. */
static const uint8_t intids[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18, 19, 20, 31, 32, 33, 34, 35, 40, 47, 48, 62, 63, 64, 65, 80,
	95, 96, 97, 126, 127,
};

static struct interrupt *irq_of(unsigned int n, unsigned int intid)
{
	return intid < 32 ? &own[n][intid] : &shared[intid];
}

static bool is_pending(const struct interrupt *irq)
{
	return irq->latch || (irq->line && !irq->edge);
}

/* Signalled, if priorities let it (IHI 0069, "Interrupt prioritization"). */
static bool is_candidate(unsigned int intid)
{
	const struct interrupt *irq = irq_of(me, intid);

	return irq->enabled && is_pending(irq) && !irq->active && (intid < 32 || irq->target == me) &&
	       dist_on[irq->group1] && guests[me].group_on[irq->group1];
}

/* The priority of the most urgent; 0x100: there is none. in: of which groups there is one of that priority. */
static unsigned int most_urgent(bool in[2])
{
	unsigned int n, best = 0x100;

	in[0] = in[1] = false;
	for (n = 0; n < ARRAY_SIZE(intids); n++) {
		const struct interrupt *irq = irq_of(me, intids[n]);

		if (!is_candidate(intids[n]) || irq->priority > best)
			continue;
		if (irq->priority < best)
			in[0] = in[1] = false;
		best = irq->priority;
		in[irq->group1] = true;
	}
	return best;
}

/* The bits of a priority that decide about preemption: BPR, for group 1 with one less (ICC_BPR1_EL1). */
static unsigned int group_priority(unsigned int priority, bool group1)
{
	return priority & ~0U << (guests[me].bpr[group1] + !group1);
}

static unsigned int running_priority(void)
{
	const struct guest *guest = &guests[me];

	return guest->depth ? guest->running[guest->depth - 1].priority : 0xff;
}

/* ---- What differs -------------------------------------------------------------------------------------------- */

static struct difference {
	const char *what;
	unsigned int step, intid;
	uint64_t got, want;
} difference;

static unsigned int step;

static void compare(const char *what, unsigned int intid, uint64_t got, uint64_t want)
{
	if (got != want && !difference.what)
		difference = (struct difference){ what, step, intid, got, want };
}

static unsigned int any(unsigned int n)
{
	return (unsigned int)(host_random() >> 20) % n;
}

static unsigned int any_intid(void)
{
	return intids[any(ARRAY_SIZE(intids))];
}

/* ---- The guest's CPU interface ----------------------------------------------------------------------------------- */

/*
 * got: what IAR or HPPIR of this group gave. Of several that are as urgent as each other it may be any; if some
 * of them are of the other group, also none.
 */
static bool check_best(const char *what, unsigned int got, bool group1, bool may)
{
	bool in[2];
	unsigned int best = most_urgent(in);
	bool none = best == 0x100 || !in[group1] || in[!group1] || !may;
	bool one = got < VGIC_INTIDS && is_candidate(got) && irq_of(me, got)->priority == best &&
		   irq_of(me, got)->group1 == group1 && may;

	compare(what, got, one || (none && got == GIC_SPURIOUS), true);
	return one;
}

static void acknowledge(void)
{
	struct guest *guest = &guests[me];
	bool group1 = any(4), in[2];
	unsigned int best = most_urgent(in);
	bool may = best < guest->pmr && group_priority(best, group1) < group_priority(running_priority(), group1);
	unsigned int got;

	if (!guest->depth)
		may = best < guest->pmr;
	if (guest->depth == ARRAY_SIZE(guest->running))
		return;
	got = (unsigned int)puppet_mrs(cpu, REG_IAR(group1));
	if (!check_best("the interrupt that is acknowledged", got, group1, may))
		return;
	irq_of(me, got)->latch = false;
	irq_of(me, got)->active = true;
	guest->running[guest->depth].intid = got;
	guest->running[guest->depth].group1 = group1;
	guest->running[guest->depth++].priority = group_priority(best, group1);
}

static void end(void)
{
	struct guest *guest = &guests[me];
	unsigned int intid;

	if (!guest->depth)
		return;
	intid = guest->running[--guest->depth].intid;
	puppet_msr(cpu, REG_EOIR(guest->running[guest->depth].group1), intid);
	if (split)
		guest->ended[guest->ended_count++] = intid;
	else
		irq_of(me, intid)->active = false;
}

/* In any order; or, in another way, by GICD_ICACTIVER. */
static void deactivate(void)
{
	struct guest *guest = &guests[me];
	unsigned int n, intid;

	/* With EOImode 0 ICC_DIR_EL1 does nothing. */
	if (!split && guest->depth)
		puppet_msr(cpu, REG_DIR, guest->running[any(guest->depth)].intid);
	if (!guest->ended_count)
		return;
	n = any(guest->ended_count);
	intid = guest->ended[n];
	if (any(4))
		puppet_msr(cpu, REG_DIR, intid);
	else
		puppet_write(cpu, puppet_gic_register(cpu, GICD_ICACTIVER, intid, 1), (uint32_t)BIT(intid % 32));
	guest->ended[n] = guest->ended[--guest->ended_count];
	irq_of(me, intid)->active = false;
}

static void set_cpu_interface(void)
{
	struct guest *guest = &guests[me];
	bool group1 = any(2);

	switch (any(4)) {
	case 0:
		guest->pmr = any(3) ? 0xf8 : any(32) * 8;
		puppet_msr(cpu, REG_PMR, guest->pmr);
		break;
	case 1:
		guest->group_on[group1] = any(3);
		puppet_msr(cpu, REG_IGRPEN(group1), guest->group_on[group1]);
		/*
		 * That may be a maintenance interrupt. But QEMU 7.2 looks at group 1's enable for ICH_MISR_EL2.VGrp0D,
		 * so the hypervisor does not hear of group 0's; it finds out at the next update, whatever that is for.
		 */
		if (!group1)
			virtual_gic_update(cpu);
		break;
	case 2:
		/* Not while priorities are active that were made with another one. */
		if (guest->depth)
			break;
		puppet_msr(cpu, REG_BPR(group1), any(2) ? 0 : any(8));
		guest->bpr[group1] = (unsigned int)puppet_mrs(cpu, REG_BPR(group1));
		break;
	default:
		compare("ICC_RPR_EL1", 0, puppet_mrs(cpu, REG_RPR), running_priority());
		check_best("ICC_HPPIR0_EL1", (unsigned int)puppet_mrs(cpu, REG_HPPIR(0)), false, true);
		check_best("ICC_HPPIR1_EL1", (unsigned int)puppet_mrs(cpu, REG_HPPIR(1)), true, true);
		break;
	}
}

/* ---- The distributor ------------------------------------------------------------------------------------------------ */

static void send_sgi(void)
{
	unsigned int intid = any(8), n;
	uint32_t targets = any(1 << CPUS);
	bool all = !any(4), sgi1r = any(2);
	uint64_t value = FIELD_PREP(ICC_SGI1R_INTID, intid) | FIELD_PREP(ICC_SGI1R_TARGETLIST, targets) |
			 (all ? ICC_SGI1R_IRM : 0);

	puppet_msr(cpu, sgi1r ? REG_SGI1R : any(2) ? REG_SGI0R : REG_ASGI1R, value);
	for (n = 0; n < CPUS; n++)
		if ((all ? n != me : !!(targets & BIT(n))) && (sgi1r || !own[n][intid].group1))
			own[n][intid].latch = true;
}

static void move_line(void)
{
	unsigned int intid = any_intid(), n = intid < 32 ? any(CPUS) : 0;
	struct interrupt *irq = irq_of(n, intid);

	if (intid < 16)
		return;
	if (any(3) == 0) {
		vgic_pulse(&machine.gic, n, intid);
		irq->latch |= irq->edge && !irq->line;
		irq->line = false;
	} else {
		bool line = any(2);

		vgic_set_level(&machine.gic, n, intid, line);
		irq->latch |= irq->edge && line && !irq->line;
		irq->line = line;
	}
}

static void write_bit(uint32_t array, unsigned int intid)
{
	puppet_write(cpu, puppet_gic_register(cpu, array, intid, 1), (uint32_t)BIT(intid % 32));
}

static void set_priority(unsigned int intid, uint8_t priority)
{
	uint64_t address = puppet_gic_register(cpu, GICD_IPRIORITYR, intid & ~3U, 8);
	uint32_t value = puppet_read(cpu, address) & ~(0xffU << intid % 4 * 8);

	puppet_write(cpu, address, value | (uint32_t)priority << intid % 4 * 8);
	irq_of(me, intid)->priority = priority;
}

static void configure(void)
{
	unsigned int intid = any_intid();
	struct interrupt *irq = irq_of(me, intid);
	uint64_t address;
	uint32_t value;

	switch (any(9)) {
	case 0:
		irq->enabled = true;
		write_bit(GICD_ISENABLER, intid);
		break;
	case 1:
		irq->enabled = false;
		write_bit(GICD_ICENABLER, intid);
		break;
	case 2:
		irq->latch = true;
		write_bit(GICD_ISPENDR, intid);
		break;
	case 3:
		irq->latch = false;
		write_bit(GICD_ICPENDR, intid);
		break;
	case 4:
		/* What software has activated, it also has to end: the hardware knows of no priority of it. */
		if (irq->active || !split || (intid >= 32 && irq->target != me))
			break;
		irq->active = true;
		guests[me].ended[guests[me].ended_count++] = intid;
		write_bit(GICD_ISACTIVER, intid);
		break;
	case 5:
		set_priority(intid, (uint8_t)(any(32) * 8));
		break;
	case 6:
		if (irq->active)
			break;
		irq->group1 = any(3);
		address = puppet_gic_register(cpu, GICD_IGROUPR, intid, 1);
		value = puppet_read(cpu, address) & ~(uint32_t)BIT(intid % 32);
		puppet_write(cpu, address, value | (uint32_t)irq->group1 << intid % 32);
		break;
	case 7:
		if (intid < 16 || irq->active || irq->latch || irq->line)
			break;
		irq->edge = any(2);
		address = puppet_gic_register(cpu, GICD_ICFGR, intid, 2);
		value = puppet_read(cpu, address) & ~(3U << intid % 16 * 2);
		puppet_write(cpu, address, value | (irq->edge ? 2U : 0) << intid % 16 * 2);
		break;
	default:
		if (intid < 32 || irq->active)
			break;
		irq->target = any(CPUS + 1);
		puppet_write(cpu, GICD_BASE + gic_irouter(intid), irq->target == NOBODY ? 77 : irq->target);
		break;
	}
}

static void set_distributor(void)
{
	unsigned int groups = any(2) ? 3 : any(4);

	dist_on[0] = groups & 1;
	dist_on[1] = groups & 2;
	puppet_write(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | groups);
}

/* What the guest reads of itself: from its list registers, too, and from those of another vCPU. */
static void read_back(void)
{
	unsigned int first = any_intid() & ~31U, n;
	uint32_t pending = 0, active = 0, mask = 0;

	for (n = 0; n < ARRAY_SIZE(intids); n++) {
		const struct interrupt *irq = irq_of(me, intids[n]);
		uint32_t bit = (uint32_t)BIT(intids[n] % 32);

		if ((intids[n] & ~31U) != first)
			continue;
		mask |= bit;
		pending |= is_pending(irq) ? bit : 0;
		active |= irq->active ? bit : 0;
	}
	compare("GICD_ISPENDR", first, puppet_read(cpu, puppet_gic_register(cpu, GICD_ISPENDR, first, 1)) & mask, pending);
	compare("GICD_ISACTIVER", first, puppet_read(cpu, puppet_gic_register(cpu, GICD_ISACTIVER, first, 1)) & mask, active);
	compare("GICD_ICPENDR", first, puppet_read(cpu, puppet_gic_register(cpu, GICD_ICPENDR, first, 1)) & mask, pending);
	compare("GICD_ICACTIVER", first, puppet_read(cpu, puppet_gic_register(cpu, GICD_ICACTIVER, first, 1)) & mask, active);
}

/* ---- Steps --------------------------------------------------------------------------------------------------------------- */

static void load(unsigned int n)
{
	me = n;
	cpu = &machine.cpus[n];
	puppet_load(cpu, 1 + any(4));
}

static void take_step(void)
{
	unsigned int kind = any(100);

	if (kind < 14)
		send_sgi();
	else if (kind < 32)
		move_line();
	else if (kind < 52)
		acknowledge();
	else if (kind < 67)
		end();
	else if (kind < 74)
		deactivate();
	else if (kind < 82)
		set_cpu_interface();
	else if (kind < 93)
		configure();
	else if (kind < 94)
		set_distributor();
	else if (kind < 97)
		read_back();
	else {
		guest_cpu_put(cpu);
		load(any(CPUS));
	}
}

static void start(void)
{
	unsigned int n, i;

	puppet_machine(&machine, "steps", CPUS);
	memset(own, 0, sizeof(own));
	memset(shared, 0, sizeof(shared));
	memset(guests, 0, sizeof(guests));
	for (n = 0; n < CPUS; n++) {
		load(n);
		puppet_gic_on(cpu, split);
		guests[n].pmr = 0xf8;
		for (i = 0; i < 2; i++) {
			guests[n].group_on[i] = true;
			guests[n].bpr[i] = (unsigned int)puppet_mrs(cpu, REG_BPR(i));
		}
		for (i = 0; i < 32; i++)
			own[n][i] = (struct interrupt){ .group1 = true, .enabled = true, .edge = i < 16 };
		for (i = 0; i < 32; i++)
			set_priority(i, (uint8_t)(any(32) * 8));
		if (n < CPUS - 1)
			guest_cpu_put(cpu);
	}
	for (i = 32; i < VGIC_INTIDS; i++) {
		shared[i] = (struct interrupt){ .group1 = true, .enabled = true };
		set_priority(i, (uint8_t)(any(32) * 8));
	}
	dist_on[0] = dist_on[1] = true;
}

static bool run(void)
{
	difference.what = NULL;
	start();
	for (step = 0; step < STEPS && !difference.what; step++)
		take_step();
	guest_cpu_put(cpu);
	machine_destroy(&machine);
	if (difference.what)
		printf("# step %u: %s, INTID %u: 0x%lx, expected 0x%lx\n", difference.step, difference.what,
		       difference.intid, difference.got, difference.want);
	return !difference.what;
}

/* ---- What random steps seldom come to ----------------------------------------------------------------------------------- */

/* Of the SPIs from 32 on, so many, all edges. */
static void start_case(unsigned int lrs, bool eoi_mode, const uint8_t *priorities, unsigned int count)
{
	unsigned int n;

	puppet_machine(&machine, "case", 1);
	me = 0;
	cpu = &machine.cpus[0];
	guest_cpu_load(cpu);
	puppet_gic_on(cpu, eoi_mode);
	puppet_write(cpu, GICD_BASE + gic_register(GICD_ICFGR, 32, 2), 0xaaaaaaaa);
	for (n = 0; n < count; n++)
		set_priority(32 + n, priorities[n]);
	guest_cpu_put(cpu);
	puppet_load(cpu, lrs);
}

static void end_case(void)
{
	guest_cpu_put(cpu);
	machine_destroy(&machine);
}

static void pulse(unsigned int intid)
{
	vgic_pulse(&machine.gic, 0, intid);
}

static unsigned int next(void)
{
	return (unsigned int)puppet_mrs(cpu, REG_IAR(1));
}

/* An interrupt that a guest sends itself is taken there, and not only at the next exit. */
static void test_at_once(void)
{
	uint64_t ispendr;

	start_case(0, false, NULL, 0);
	ispendr = puppet_gic_register(cpu, GICD_ISPENDR, 32, 1);
	puppet(cpu, PUPPET_EXECUTE, INSN_IRQ_ON, 0, 0);
	TAP_EQ(puppet(cpu, PUPPET_EXECUTE, INSN_MSR(REG_SGI1R), gic_sgi1r(0, 3), 0).taken, 1,
	       "an SGI to itself is taken at once", GIC);
	TAP_EQ(puppet(cpu, PUPPET_WRITE, ispendr, 1, 0).taken, 1, "so is what it sets pending", GIC);
	pulse(33);
	TAP_EQ(puppet(cpu, PUPPET_EXECUTE, INSN_NOP, 0, 0).taken, 1, "and what the host has raised before", GIC);
	end_case();
}

/* Three are active, two of them in no list register. EOIcount says that one of those has ended. */
static void test_counted_once(void)
{
	static const uint8_t priorities[] = { 0x80, 0x60, 0x40 };
	uint64_t active;
	unsigned int n;

	start_case(1, false, priorities, 3);
	for (n = 0; n < 3; n++) {
		pulse(32 + n);
		TAP_EQ(next(), 32 + n, "each more urgent than the one before: acknowledged", GIC);
	}
	puppet_read(cpu, GICD_BASE + GICD_TYPER);	/* an exit: what is listed is up to date */
	write_sysreg(ICH_HCR_EL2, read_sysreg(ICH_HCR_EL2) | FIELD_PREP(ICH_HCR_EOICOUNT, 1));
	vgic_dist_read(&machine.gic, 0, GICD_ISACTIVER + 4, 4, &active);
	TAP_EQ(active & 7, 5, "an end that is counted is the most urgent's of those not listed", GIC);
	virtual_gic_settle(cpu);
	vgic_dist_read(&machine.gic, 0, GICD_ISACTIVER + 4, 4, &active);
	TAP_EQ(active & 7, 5, "and is counted once, however often one looks", GIC);
	end_case();
}

/* It comes again while it is active, and then gets another priority. */
static void test_new_priority(void)
{
	static const uint8_t priorities[] = { 0x20, 0x80 };

	start_case(0, false, priorities, 2);
	pulse(32);
	TAP_EQ(next(), 32, "an interrupt is acknowledged", GIC);
	pulse(32);
	pulse(33);
	set_priority(32, 0xc0);
	puppet_msr(cpu, REG_EOIR(1), 32);
	TAP_EQ(next(), 33, "pending again, with a new priority, it comes after one more urgent", GIC);
	puppet_msr(cpu, REG_EOIR(1), 33);
	TAP_EQ(next(), 32, "and comes then", GIC);
	puppet_msr(cpu, REG_EOIR(1), 32);
	end_case();
}

#define CASES		(3 + 5 + 3)

void main(void)
{
	unsigned int n;

	host_start();
	tap_plan(CASES + RUNS);
	test_at_once();
	test_counted_once();
	test_new_priority();
	for (n = 0; n < RUNS; n++) {
		split = n % 2;
		TAP_EQ(run(), true, split ? "random steps, EOImode 1: as the specification has it" :
					    "random steps, EOImode 0: as the specification has it", GIC);
	}
	tap_done();
}
