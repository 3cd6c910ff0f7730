// SPDX-License-Identifier: MIT
/*
 * test_vgic_mmio.c - every register of the virtual GIC, at every access size and alignment, against a
 * GIC written down interrupt by interrupt.
 *
 * That one was made from the register descriptions of IHI 0069 alone, with offsets and bit positions as
 * numbers. It says for each access whether there is a register that takes it, and what it reads or does.
 * All others must read as zero and change nothing: over the whole distributor, all redistributors, and
 * one that is not there. No vCPU runs here; what list registers have to do with it is for
 * test_vgic_lr.c.
 */
#include "unit_main.h"

#include <stdbool.h>
#include <string.h>

#include "vdev/vgic.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"The virtual GIC\""

#define INTIDS		128
#define LINKED		27
#define FRAMES		0x20000		/* bytes of one redistributor */
#define DIST		-1		/* whose registers: the distributor's, or vCPU 0 on */

static uint64_t random64(void)
{
	static uint64_t state = 0x853c49e6748fea9b;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- The GIC as it should be ---------------------------------------------------------------------- */

struct interrupt {
	unsigned int group, enabled, pending, active, priority, edge;
};

static struct {
	unsigned int cpus, group_enables;
	uint64_t affinity[8];		/* Aff3 at [39:32], as in MPIDR_EL1 */
	struct interrupt own[8][32], shared[INTIDS];
	uint64_t route[INTIDS];
	bool asleep[8];
} spec;

static struct vgic gic;

/* NULL: those registers have no field for it. */
static struct interrupt *interrupt(int owner, unsigned int intid)
{
	if (owner == DIST)
		return intid >= 32 && intid < INTIDS ? &spec.shared[intid] : NULL;
	return intid < 32 ? &spec.own[owner][intid] : NULL;
}

/* One interrupt's field in one of the arrays, whose registers begin at base. */
static uint32_t field_read(uint32_t base, const struct interrupt *irq)
{
	switch (base) {
	case 0x080:
		return irq->group;
	case 0x100:
	case 0x180:
		return irq->enabled;
	case 0x200:
	case 0x280:
		return irq->pending;
	case 0x300:
	case 0x380:
		return irq->active;
	case 0x400:
		return irq->priority;
	case 0xc00:
		return irq->edge << 1;
	}
	return 0;
}

static void field_write(uint32_t base, struct interrupt *irq, bool edge_is_fixed, uint32_t value)
{
	switch (base) {
	case 0x080:
		irq->group = value;
		break;
	case 0x100:
		irq->enabled |= value;
		break;
	case 0x180:
		irq->enabled &= ~value;
		break;
	case 0x200:
		irq->pending |= value;
		break;
	case 0x280:
		irq->pending &= ~value;
		break;
	case 0x300:
		irq->active |= value;
		break;
	case 0x380:
		irq->active &= ~value;
		break;
	case 0x400:
		irq->priority = value / 8 * 8;
		break;
	case 0xc00:
		if (!edge_is_fixed)
			irq->edge = value >> 1;
		break;
	}
}

static const struct {
	uint32_t base, end;
	unsigned int bits;
} arrays[] = {
	{ 0x080, 0x100, 1 }, { 0x100, 0x180, 1 }, { 0x180, 0x200, 1 }, { 0x200, 0x280, 1 },
	{ 0x280, 0x300, 1 }, { 0x300, 0x380, 1 }, { 0x380, 0x400, 1 }, { 0x400, 0x800, 8 },
	{ 0xc00, 0xd00, 2 },
};

/* Returns false when no register takes this access. */
static bool array_access(bool write, int owner, uint32_t offset, unsigned int size, uint64_t *value)
{
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		unsigned int bits = arrays[i].bits, intid;

		if (offset < arrays[i].base || offset >= arrays[i].end)
			continue;
		intid = (offset - arrays[i].base) * 8 / bits;
		if (!(size == 4 && offset % 4 == 0) && !(size == 1 && bits == 8))
			return false;
		if (!interrupt(owner, intid))
			return false;
		for (unsigned int shift = 0; shift < 8 * size; shift += bits, intid++) {
			struct interrupt *irq = interrupt(owner, intid);
			uint32_t mask = (1U << bits) - 1;

			if (write)
				field_write(arrays[i].base, irq, intid < 16 || intid == LINKED,
					    (uint32_t)(*value >> shift) & mask);
			else
				*value |= (uint64_t)field_read(arrays[i].base, irq) << shift;
		}
		return true;
	}
	return false;
}

/* Of a 64-bit register: whole, or by halves. */
static bool wide_access(bool write, uint64_t *reg, uint64_t writable, uint32_t offset, unsigned int size,
			uint64_t *value)
{
	unsigned int shift = 8 * (offset & 7);
	uint64_t mask;

	if ((size != 4 && size != 8) || offset % size != 0)
		return false;
	mask = size == 8 ? ~UINT64_C(0) : (uint64_t)0xffffffff << shift;
	if (write)
		*reg = (*reg & ~(mask & writable)) | (*value << shift & mask & writable);
	else
		*value = (*reg & mask) >> shift;
	return true;
}

static bool dist_access(bool write, uint32_t offset, unsigned int size, uint64_t *value)
{
	if (offset >= 0x6100 && offset < 0x6000 + 8 * INTIDS)
		return wide_access(write, &spec.route[(offset - 0x6000) / 8], 0xff00ffffff, offset, size,
				   value);
	if (size == 4 && offset == 0x0000) {
		if (write)
			spec.group_enables = *value & 3;
		else
			*value = spec.group_enables | 1 << 4 | 1 << 6;	/* ARE, DS */
		return true;
	}
	if (!write && size == 4 && offset == 0x0004) {
		/* ITLinesNumber, IDbits, A3V, No1N, RSS. */
		*value = (INTIDS / 32 - 1) | 9 << 19 | 1 << 24 | 1 << 25 | 1 << 26;
		return true;
	}
	if (!write && size == 4 && (offset == 0x0008 || offset == 0xffe8)) {
		*value = offset == 8 ? 0x43b : 0x30;
		return true;
	}
	return array_access(write, DIST, offset, size, value);
}

static bool redist_access(bool write, unsigned int owner, uint32_t offset, unsigned int size,
			  uint64_t *value)
{
	uint64_t typer;

	if (owner >= spec.cpus)
		return false;
	typer = (uint64_t)owner << 8 | (uint64_t)(owner + 1 == spec.cpus) << 4 |
		(spec.affinity[owner] & 0xffffff) << 32 | (spec.affinity[owner] >> 32 & 0xff) << 56;
	if (offset >= 0x10000)
		return array_access(write, (int)owner, offset - 0x10000, size, value);
	if (!write && offset >= 0x8 && offset < 0x10)
		return wide_access(false, &typer, 0, offset, size, value);
	if (size == 4 && offset == 0x14) {
		if (write)
			spec.asleep[owner] = *value >> 1 & 1;
		else
			*value = spec.asleep[owner] ? 6 : 0;
		return true;
	}
	if (!write && size == 4 && (offset == 0x4 || offset == 0xffe8)) {
		*value = offset == 4 ? 0x43b : 0x30;
		return true;
	}
	return false;
}

/* owner: DIST, or a vCPU. value: 0 before a read. */
static bool spec_access(bool write, int owner, uint32_t offset, unsigned int size, uint64_t *value)
{
	if (owner == DIST)
		return dist_access(write, offset, size, value);
	return redist_access(write, (unsigned int)owner, offset, size, value);
}

/* ---- Both, side by side ---------------------------------------------------------------------------- */

static void changed(struct vgic *which, unsigned int cpu)
{
	if (which != &gic || cpu >= spec.cpus)
		ck_abort_msg("changed(%p, %u): no such vCPU" HANDOUT, (void *)which, cpu);
}

static void recall(struct vgic *which, unsigned int cpu)
{
	ck_abort_msg("recall(%p, %u), though nothing is listed" HANDOUT, (void *)which, cpu);
}

static const struct vgic_ops ops = { .changed = changed, .recall = recall };

static void start(unsigned int cpus)
{
	memset(&spec, 0, sizeof(spec));
	spec.cpus = cpus;
	for (unsigned int n = 0; n < cpus; n++) {
		spec.affinity[n] = (uint64_t)(0x10 + n) << 32 | (0x20 - n) << 16 | n << 8 | (n * 37 & 0xff);
		spec.asleep[n] = false;
		for (unsigned int i = 0; i < 32; i++) {
			spec.own[n][i].group = 1;
			spec.own[n][i].edge = i < 16;
		}
	}
	for (unsigned int i = 32; i < INTIDS; i++) {
		spec.shared[i].group = 1;
		spec.route[i] = spec.affinity[0];
	}
	memset(&gic, 0xa5, sizeof(gic));
	vgic_init(&gic, cpus, spec.affinity, &ops);
	for (unsigned int n = 0; n < cpus; n++)
		vgic_link(&gic, n, LINKED, LINKED);
}

/* In a message: "GICD" or "GICR of vCPU n". */
static const char *whose(int owner)
{
	static char text[24];

	if (owner == DIST)
		return "GICD";
	snprintf(text, sizeof(text), "GICR of vCPU %d", owner);
	return text;
}

static uint64_t model_read(unsigned int cpu, int owner, uint32_t offset, unsigned int size)
{
	uint64_t value = random64();
	enum vdev_result result;

	if (owner == DIST)
		result = vgic_dist_read(&gic, cpu, offset, size, &value);
	else
		result = vgic_redist_read(&gic, cpu, (unsigned int)owner * FRAMES + offset, size, &value);
	if (result != VDEV_DONE)
		ck_abort_msg("%s + 0x%05x: VDEV_RETRY, though nothing is listed" HANDOUT, whose(owner),
			     offset);
	return value;
}

static void model_write(unsigned int cpu, int owner, uint32_t offset, unsigned int size, uint64_t value)
{
	if (owner == DIST)
		vgic_dist_write(&gic, cpu, offset, size, value);
	else
		vgic_redist_write(&gic, cpu, (unsigned int)owner * FRAMES + offset, size, value);
}

static void compare(unsigned int cpu, int owner, uint32_t offset, unsigned int size, const char *when)
{
	uint64_t want = 0, got = model_read(cpu, owner, offset, size);

	spec_access(false, owner, offset, size, &want);
	if (got != want)
		ck_abort_msg("%s + 0x%05x, read of %u bytes %s: expected 0x%016lx, got 0x%016lx" HANDOUT,
			     whose(owner), offset, size, when, want, got);
}

static uint32_t length(int owner)
{
	return owner == DIST ? 0x10000 : FRAMES;
}

/* Every offset, with every size. */
static void compare_all(int owner, const char *when)
{
	for (uint32_t offset = 0; offset < length(owner); offset++)
		for (unsigned int size = 1; size <= 8; size *= 2)
			compare(offset % spec.cpus, owner, offset, size, when);
}

/* The registers there are, once each. */
static void compare_registers(int owner, const char *when)
{
	uint32_t arrays_at = owner == DIST ? 0 : 0x10000;

	for (uint32_t offset = 0; offset < 0x20; offset += 4)
		compare(0, owner, offset, 4, when);
	for (uint32_t offset = 0x80; offset < 0xe00; offset += 4)
		compare(0, owner, arrays_at + offset, 4, when);
	for (uint32_t offset = 0x6000; owner == DIST && offset < 0x6480; offset += 8)
		compare(0, owner, offset, 8, when);
}

static const unsigned int cpu_counts[] = { 1, 3, 8 };

START_TEST(reset)
{
	start(cpu_counts[_i]);
	for (int owner = DIST; owner <= (int)spec.cpus; owner++)
		compare_all(owner, "after reset");
}
END_TEST

/* Values that leave a register as different from its neighbours as possible. */
static void fill_with_random(void)
{
	for (int owner = DIST; owner < (int)spec.cpus; owner++) {
		uint32_t arrays_at = owner == DIST ? 0 : 0x10000;

		for (uint32_t offset = 0; offset < 0x8000; offset += 4) {
			uint64_t value = (uint32_t)random64();

			/* No pending or active state is left when all of it is cleared at last. */
			if ((offset >= 0x280 && offset < 0x300) || (offset >= 0x380 && offset < 0x400))
				value &= 0x11111111;
			model_write(0, owner, arrays_at + offset, 4, value);
			spec_access(true, owner, arrays_at + offset, 4, &value);
		}
	}
}

START_TEST(reads)
{
	start(cpu_counts[_i]);
	fill_with_random();
	for (int owner = DIST; owner <= (int)spec.cpus; owner++)
		compare_all(owner, "in some state");
}
END_TEST

/*
 * Every offset, with every size, is written to. If a register takes it, then all the registers there
 * are must be as they should. If none does, not one bit of the model may differ.
 */
static void write_all(int owner)
{
	static struct vgic before;
	char when[64];

	before = gic;
	for (uint32_t offset = 0; offset < length(owner); offset++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			/* The model is to be given what the guest stored, and may find more above it. */
			uint64_t value = random64(), masked = value;

			if (size < 8)
				masked &= (UINT64_C(1) << 8 * size) - 1;
			model_write(offset % spec.cpus, owner, offset, size, masked);
			if (spec_access(true, owner, offset, size, &masked)) {
				snprintf(when, sizeof(when), "after a write of %u bytes to 0x%05x", size,
					 offset);
				for (int other = DIST; other < (int)spec.cpus; other++)
					compare_registers(other, when);
				before = gic;
			}
		}
		/* Ignored writes by the dozen: comparing takes longer than writing. */
		if (offset % 16 == 15 && memcmp(&before, &gic, sizeof(gic)) != 0)
			ck_abort_msg("%s + 0x%05x to 0x%05x: a write that no register takes has changed "
				     "something" HANDOUT, whose(owner), offset - 15, offset);
	}
}

START_TEST(writes)
{
	start(cpu_counts[_i]);
	fill_with_random();
	write_all(DIST);
	/* The first, the last, and one that is not there. */
	write_all(0);
	write_all((int)spec.cpus - 1);
	write_all((int)spec.cpus);
}
END_TEST

/* Offsets far beyond. */
START_TEST(beyond)
{
	static struct vgic before;

	start(8);
	fill_with_random();
	before = gic;
	for (unsigned int i = 0; i < 1000000; i++) {
		uint32_t offset = (uint32_t)random64();
		unsigned int size = 1U << random64() % 4;
		uint64_t value;

		if (offset >= 0x10000) {
			vgic_dist_write(&gic, 0, offset, size, random64());
			vgic_dist_read(&gic, 0, offset, size, &value);
			if (value != 0)
				ck_abort_msg("GICD + 0x%x: read 0x%lx" HANDOUT, offset, value);
		}
		if (offset >= 8 * FRAMES) {
			vgic_redist_write(&gic, 0, offset, size, random64());
			vgic_redist_read(&gic, 0, offset, size, &value);
			if (value != 0)
				ck_abort_msg("GICR + 0x%x: read 0x%lx" HANDOUT, offset, value);
		}
	}
	ck_assert(memcmp(&before, &gic, sizeof(gic)) == 0);
}
END_TEST

/* The lines: pending as long as they are high, by ISPENDR not to be cleared. */
START_TEST(lines)
{
	start(2);
	for (unsigned int intid = 16; intid < INTIDS; intid++) {
		int owner = intid < 32 ? 1 : DIST;
		uint32_t base = (intid < 32 ? 0x10000 : 0) + intid / 32 * 4, bit = 1U << intid % 32;

		vgic_set_level(&gic, 1, intid, true);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), bit);
		model_write(0, owner, base + 0x280, 4, bit);
		ck_assert_uint_eq(model_read(0, owner, base + 0x280, 4), bit);
		/* As an edge it would have been one before it was configured so. */
		model_write(0, owner, base - intid / 32 * 4 + 0xc00 + intid / 16 * 4, 4,
			    0xaaaaaaaa);
		if (intid != LINKED)
			ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), 0);
		vgic_set_level(&gic, 1, intid, false);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), 0);
		vgic_set_level(&gic, 1, intid, true);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), bit);
		vgic_set_level(&gic, 1, intid, false);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), intid == LINKED ? 0 : bit);
		model_write(0, owner, base + 0x280, 4, bit);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), 0);
		vgic_pulse(&gic, 1, intid);
		ck_assert_uint_eq(model_read(0, owner, base + 0x200, 4), intid == LINKED ? 0 : bit);
		model_write(0, owner, base + 0x280, 4, bit);
		model_write(0, owner, base - intid / 32 * 4 + 0xc00 + intid / 16 * 4, 4, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vgic_mmio");
	TCase *registers = add_case(suite, "registers"), *pending = add_case(suite, "lines");

	tcase_add_loop_test(registers, reset, 0, 3);
	tcase_add_loop_test(registers, reads, 0, 3);
	tcase_add_loop_test(registers, writes, 0, 3);
	tcase_add_test(registers, beyond);
	tcase_add_test(pending, lines);
	return unit_main("tests/common/test_vgic_mmio", suite);
}
