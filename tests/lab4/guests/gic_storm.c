// SPDX-License-Identifier: MIT
#include "gic_storm.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "gic_puppet.h"

#define INTIDS		72
#define SPI_FIRST	40		/* to INTIDS - 1: of two banks */
#define PPI_FIRST	20		/* to PPI_END - 1: with lines */
#define PPI_END		24
#define CPUS		PUPPET_CPUS

#define PRIORITY_NONE	0xff		/* ICC_RPR_EL1, when nothing runs */

/*
 * Who sends what: SGIs 0 to 7, and SPIs of an even INTID, vCPU 0; the others vCPU 1. Each PPI its own. An
 * interrupt is sent again when it was taken: so exactly one is due for each that was sent.
 */
static struct {
	uint64_t ready;				/* the seed of the storm that it is set up for */
	uint64_t stage[CPUS];			/* how far each vCPU has come: see meet() */
	uint64_t error;				/* the first one */
	uint32_t cpus;
	uint32_t group0, level;			/* bit n: INTIDs n, n + 32, ... */
	bool split;				/* EOImode 1 */
	uint8_t priority[INTIDS];
	uint8_t target[INTIDS];			/* of SPIs */
	uint32_t sent[CPUS][INTIDS], taken[CPUS][INTIDS];	/* by the vCPU that it goes to */
} weather;

/* Each vCPU's own. */
static struct storm_cpu {
	bool on;
	unsigned int id;
	uint64_t random;
	uint8_t running;			/* priority of the handler that runs */
	uint32_t ended[16];			/* EOImode 1: dropped, and not deactivated yet */
	unsigned int ended_count;
} storm_cpus[CPUS];

static struct storm_cpu *this_storm(void)
{
	return &storm_cpus[cpu_affinity() % CPUS];
}

bool storm_is_on(void)
{
	return this_storm()->on;
}

static uint32_t any(struct storm_cpu *own, uint32_t n)
{
	own->random ^= own->random >> 12;
	own->random ^= own->random << 25;
	own->random ^= own->random >> 27;
	return (uint32_t)(own->random * 0x2545f4914f6cdd1d >> 40) % n;
}

static void wrong(const struct storm_cpu *own, uint64_t what, uint32_t intid)
{
	if (!weather.error)
		weather.error = what | (intid & 0xff) << 8 | own->id << 16;
}

/* Shared with another CPU, and read again each time. */
#define look(word)		(*(volatile typeof(word) *)&(word))

static bool is_group0(uint32_t intid)
{
	return weather.group0 & BIT(intid % 32);
}

static bool is_level(uint32_t intid)
{
	return intid >= GIC_PPI_FIRST && (weather.level & BIT(intid % 32));
}

static uintptr_t frame_of(const struct storm_cpu *own, uint32_t intid)
{
	return intid < 32 ? GICR_BASE + own->id * GICR_STRIDE + GICR_SGI_FRAME : GICD_BASE;
}

static void set_line(uint32_t intid, uint32_t value)
{
	mmio_write32(LINES_BASE + 4 * intid, value);
}

/* ---- Taking them ------------------------------------------------------------------------------------- */

static void deactivate(struct storm_cpu *own)
{
	unsigned int n = any(own, own->ended_count);

	write_sysreg(ICC_DIR_EL1, own->ended[n]);
	isb();
	own->ended[n] = own->ended[--own->ended_count];
}

/* What asked for it is satisfied. Returns false if it is not, and will come again. */
static bool satisfy(struct storm_cpu *own, uint32_t intid)
{
	switch (intid) {
	case INTID_CNTV:
		isb();
		if (read_sysreg(CNTVCT_EL0) < read_sysreg(CNTV_CVAL_EL0))
			wrong(own, STORM_EARLY, intid);
		write_sysreg(CNTV_CTL_EL0, 0);
		isb();
		return true;
	case INTID_CNTP:
		isb();
		if (read_sysreg(CNTPCT_EL0) < read_sysreg(CNTP_CVAL_EL0))
			wrong(own, STORM_EARLY, intid);
		write_sysreg(CNTP_CTL_EL0, 0);
		isb();
		return true;
	}
	if (is_level(intid)) {
		if (any(own, 4) == 0)
			return false;
		set_line(intid, LINE_LOW);
	}
	return true;
}

static void end(struct storm_cpu *own, uint32_t intid, bool fiq)
{
	if (fiq)
		write_sysreg(ICC_EOIR0_EL1, intid);
	else
		write_sysreg(ICC_EOIR1_EL1, intid);
	isb();
	if (!weather.split)
		return;
	own->ended[own->ended_count++] = intid;
	while (own->ended_count && (own->ended_count == ARRAY_SIZE(own->ended) || any(own, 3) == 0))
		deactivate(own);
}

void storm_interrupt(bool fiq)
{
	struct storm_cpu *own = this_storm();
	uint32_t intid = (uint32_t)(fiq ? read_sysreg(ICC_IAR0_EL1) : read_sysreg(ICC_IAR1_EL1));
	uint8_t before = own->running;

	/* The line may have fallen, or the interrupt been disabled, since the exception was due. */
	if (gic_is_special(intid))
		return;
	if (intid >= INTIDS || look(weather.taken[own->id][intid]) == look(weather.sent[own->id][intid])) {
		wrong(own, STORM_DOUBLED, intid);
	} else {
		if (fiq != is_group0(intid))
			wrong(own, STORM_GROUP, intid);
		if (weather.priority[intid] >= before)
			wrong(own, STORM_PRIORITY, intid);
		if (read_sysreg(ICC_RPR_EL1) != weather.priority[intid])
			wrong(own, STORM_RPR, intid);
		own->running = weather.priority[intid];
		if (satisfy(own, intid))
			weather.taken[own->id][intid]++;
	}
	if (any(own, 8) == 0 &&
	    !(mmio_read32(frame_of(own, intid) + gic_register(GICD_ISACTIVER, intid, 1)) & BIT(intid % 32)))
		wrong(own, STORM_ACTIVE, intid);
	irq_unmask();
	isb();
	irq_mask();
	end(own, intid, fiq);
	own->running = before;
}

/* ---- Sending them ------------------------------------------------------------------------------------ */

static bool is_due(unsigned int cpu, uint32_t intid)
{
	return look(weather.sent[cpu][intid]) != look(weather.taken[cpu][intid]);
}

static void send_sgi(struct storm_cpu *own)
{
	uint32_t intid = 8 * own->id + any(own, 8), others = (BIT(weather.cpus) - 1) & ~BIT(own->id);
	uint32_t targets = any(own, (uint32_t)BIT(weather.cpus)), reg = any(own, 4), n;
	uint64_t value = FIELD_PREP(ICC_SGI1R_INTID, intid) | FIELD_PREP(ICC_SGI1R_TARGETLIST, targets);

	switch (any(own, 8)) {
	case 0:
		value |= ICC_SGI1R_IRM;		/* and TargetList is ignored */
		targets = others;
		break;
	case 1:
		value |= FIELD_PREP(ICC_SGI1R_RS, 1 + any(own, 15));
		targets = 0;			/* Aff0 of 16 on: nobody's */
		break;
	case 2:
		value |= (uint64_t)(1 + any(own, 255)) << (uint8_t[]){ 16, 32, 48 }[any(own, 3)];
		targets = 0;			/* nobody's Aff1, Aff2 or Aff3 */
		break;
	}
	/* The registers of group 0 do not reach an SGI of group 1. */
	if (reg < 2 && !is_group0(intid))
		targets = 0;
	for (n = 0; n < weather.cpus; n++)
		if ((targets & BIT(n)) && is_due(n, intid))
			return;
	for (n = 0; n < weather.cpus; n++)
		if (targets & BIT(n))
			weather.sent[n][intid]++;
	dsb(sy);
	if (reg == 0)
		write_sysreg(ICC_SGI0R_EL1, value);
	else if (reg == 1)
		write_sysreg(ICC_ASGI1R_EL1, value);
	else
		write_sysreg(ICC_SGI1R_EL1, value);
	isb();
}

static void send_line(struct storm_cpu *own, uint32_t intid)
{
	unsigned int cpu = intid < 32 ? own->id : weather.target[intid];

	if (is_due(cpu, intid))
		return;
	weather.sent[cpu][intid]++;
	set_line(intid, is_level(intid) ? LINE_HIGH : LINE_PULSE);
}

static void start_timer(struct storm_cpu *own, uint32_t intid)
{
	uint64_t counts = any(own, (uint32_t)(timer_frequency() / 20000));

	if (is_due(own->id, intid))
		return;
	weather.sent[own->id][intid]++;
	isb();
	if (intid == INTID_CNTV) {
		write_sysreg(CNTV_CVAL_EL0, read_sysreg(CNTVCT_EL0) + counts);
		write_sysreg(CNTV_CTL_EL0, CNT_CTL_ENABLE);
	} else {
		write_sysreg(CNTP_TVAL_EL0, counts);
		write_sysreg(CNTP_CTL_EL0, CNT_CTL_ENABLE);
	}
	isb();
}

/* What must make no difference in the end: off, and on again. */
static void disturb(struct storm_cpu *own)
{
	uint32_t intid = any(own, INTIDS);
	uintptr_t frame = frame_of(own, intid);

	switch (any(own, 6)) {
	case 0:
		write_sysreg(ICC_PMR_EL1, any(own, 256));
		break;
	case 1:
		write_sysreg(ICC_IGRPEN1_EL1, any(own, 2));
		break;
	case 2:
		write_sysreg(ICC_IGRPEN0_EL1, any(own, 2));
		break;
	case 3:
		mmio_write32(frame + gic_register(GICD_ICENABLER, intid, 1), (uint32_t)BIT(intid % 32));
		isb();
		mmio_write32(frame + gic_register(GICD_ISENABLER, intid, 1), (uint32_t)BIT(intid % 32));
		break;
	case 4:
		mmio_read32(frame + gic_register(GICD_ISPENDR, intid, 1));
		break;
	case 5:
		if (weather.cpus == 1) {
			mmio_write32(GICD_BASE + GICD_CTLR, any(own, 4) | GICD_CTLR_ARE);
			isb();
			mmio_write32(GICD_BASE + GICD_CTLR,
				     GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
		}
		break;
	}
	isb();
	write_sysreg(ICC_PMR_EL1, GIC_PRIORITY_MASK_NONE);
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
}

/* All at once, to be sorted by the GIC: interrupts are masked. */
static void act(struct storm_cpu *own)
{
	unsigned int n = any(own, 12);

	while (n--) {
		switch (any(own, 8)) {
		case 0:
		case 1:
		case 2:
			send_sgi(own);
			break;
		case 3:
			send_line(own, PPI_FIRST + any(own, PPI_END - PPI_FIRST));
			break;
		case 4:
			start_timer(own, any(own, 2) ? INTID_CNTV : INTID_CNTP);
			break;
		default:
			send_line(own, SPI_FIRST + 2 * any(own, (INTIDS - SPI_FIRST) / 2) + own->id);
			break;
		}
	}
}

/* ---- From beginning to end --------------------------------------------------------------------------- */

/* 1 where it is so, of the interrupts of this vCPU that take part, and the SPIs. */
static uint32_t take_part(unsigned int bank)
{
	static const uint32_t bits[] = {
		0xffff | (uint32_t)GENMASK(PPI_END - 1, PPI_FIRST) | BIT(INTID_CNTV) | BIT(INTID_CNTP),
		(uint32_t)GENMASK(31, SPI_FIRST - 32), (uint32_t)GENMASK(INTIDS - 64 - 1, 0),
	};

	return bits[bank];
}

static void set_up_bank(uintptr_t frame, unsigned int bank)
{
	unsigned int n;

	mmio_write32(frame + GICD_ICENABLER + 4 * bank, UINT32_MAX);
	mmio_write32(frame + GICD_ICPENDR + 4 * bank, UINT32_MAX);
	mmio_write32(frame + GICD_ICACTIVER + 4 * bank, UINT32_MAX);
	mmio_write32(frame + GICD_IGROUPR + 4 * bank, ~weather.group0);
	for (n = 0; n < 32; n++) {
		uint32_t intid = 32 * bank + n;

		if (intid < INTIDS)
			mmio_write8(frame + GICD_IPRIORITYR + intid, weather.priority[intid]);
		if (intid >= 16 && n % 16 == 0) {
			uint32_t config = 0, i;

			for (i = 0; i < 16; i++)
				config |= is_level(intid + i) ? 0 : 2U << 2 * i;
			mmio_write32(frame + gic_register(GICD_ICFGR, intid, 2), config);
		}
		if (bank && intid < INTIDS)
			mmio_write64(GICD_BASE + gic_irouter(intid), weather.target[intid]);
	}
	mmio_write32(frame + GICD_ISENABLER + 4 * bank, take_part(bank));
}

/* vCPU 0: what all have in common. */
static void make_weather(struct storm_cpu *own, uint32_t seed, unsigned int cpus)
{
	uint32_t intid, n;

	weather.error = 0;
	weather.cpus = cpus;
	weather.group0 = any(own, 2) ? any(own, 1 << 16) * 0x10001U & any(own, 1 << 16) * 0x8003U : 0;
	weather.level = any(own, 1 << 16) * 0x10001U;
	weather.split = any(own, 2);
	for (intid = 0; intid < INTIDS; intid++) {
		/* Few priorities, so that handlers do not nest too deeply for their stack. */
		weather.priority[intid] = (uint8_t)(any(own, 8) * 24);
		weather.target[intid] = (uint8_t)any(own, cpus);
		for (n = 0; n < CPUS; n++)
			weather.sent[n][intid] = weather.taken[n][intid] = 0;
	}
	mmio_write32(GICD_BASE + GICD_CTLR, 0);
	for (n = 1; 32 * n < INTIDS; n++)
		set_up_bank(GICD_BASE, n);
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
	dsb(sy);
	look(weather.ready) = seed;
}

static void set_up_cpu(struct storm_cpu *own)
{
	uintptr_t gicr = GICR_BASE + own->id * GICR_STRIDE;

	mmio_write32(gicr + GICR_WAKER, 0);
	set_up_bank(gicr + GICR_SGI_FRAME, 0);
	write_sysreg(ICC_PMR_EL1, GIC_PRIORITY_MASK_NONE);
	write_sysreg(ICC_BPR0_EL1, 0);
	write_sysreg(ICC_BPR1_EL1, 0);
	write_sysreg(ICC_CTLR_EL1, weather.split ? ICC_CTLR_EOIMODE : 0);
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
	own->running = PRIORITY_NONE;
	own->ended_count = 0;
	own->on = true;
}

/* The lowest INTID that is still due; INTIDS: none. */
static uint32_t first_due(const struct storm_cpu *own)
{
	uint32_t intid;

	for (intid = 0; intid < INTIDS && !is_due(own->id, intid); intid++)
		;
	return intid;
}

static void let_through(struct storm_cpu *own)
{
	/* The timer at least is due, or will be. */
	if (!own->ended_count && any(own, 2))
		wfi();
	irq_unmask();
	isb();
	irq_mask();
	while (own->ended_count && any(own, 2))
		deactivate(own);
}

/* Until all has come. */
static void drain(struct storm_cpu *own)
{
	uint64_t deadline = timer_deadline_us(STORM_PATIENCE_US);

	while ((first_due(own) != INTIDS || own->ended_count) && !look(weather.error)) {
		if (timer_passed(deadline))
			wrong(own, STORM_LOST, first_due(own));
		irq_unmask();
		isb();
		irq_mask();
		while (own->ended_count)
			deactivate(own);
	}
}

static void look_at_the_end(struct storm_cpu *own)
{
	unsigned int bank;

	for (bank = 0; 32 * bank < INTIDS; bank++) {
		uintptr_t frame = frame_of(own, 32 * bank);
		uint32_t pending = mmio_read32(frame + GICD_ISPENDR + 4 * bank);
		uint32_t active = mmio_read32(frame + GICD_ISACTIVER + 4 * bank);

		if (pending)
			wrong(own, STORM_PENDING, 32 * bank + (uint32_t)__builtin_ctz(pending));
		if (active)
			wrong(own, STORM_ACTIVE, 32 * bank + (uint32_t)__builtin_ctz(active));
	}
}

/* Wait until all vCPUs have come as far as this. */
static void meet(struct storm_cpu *own, uint32_t seed, unsigned int stage)
{
	uint64_t here = (uint64_t)seed << 8 | stage;
	unsigned int n;

	look(weather.stage[own->id]) = here;
	for (n = 0; n < weather.cpus; n++)
		while (look(weather.stage[n]) < here && !look(weather.error))
			;
}

uint64_t storm(uint32_t seed, unsigned int rounds, unsigned int cpus)
{
	struct storm_cpu *own = this_storm();

	own->id = (unsigned int)cpu_affinity();
	own->random = (seed + own->id) * 0x9e3779b97f4a7c15;
	if (own->id == 0)
		make_weather(own, seed, cpus);
	while (look(weather.ready) != seed)
		;
	set_up_cpu(own);
	meet(own, seed, 0);
	while (rounds-- && !look(weather.error)) {
		act(own);
		if (any(own, 4) == 0)
			disturb(own);
		start_timer(own, INTID_CNTV);
		let_through(own);
	}
	meet(own, seed, 1);		/* from here on nobody sends */
	drain(own);
	meet(own, seed, 2);
	if (!weather.error)
		look_at_the_end(own);
	meet(own, seed, 3);
	own->on = false;
	return weather.error;
}
