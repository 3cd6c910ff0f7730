/* SPDX-License-Identifier: MIT */
/*
 * vgic_machine.h - what a virtual GIC needs around it, for tests: the hardware's half, that is each
 * CPU's virtual CPU interface and the physical timer interrupts, and the hypervisor's code in between.
 *
 * The virtual CPU interface was written from IHI 0069 ("Virtual Interrupt Handling and Prioritization",
 * ICH_LR<n>_EL2, ICH_HCR_EL2, ICH_MISR_EL2, and the ICV_* registers), with bit positions as numbers.
 */
#ifndef TESTS_COMMON_VGIC_MACHINE_H
#define TESTS_COMMON_VGIC_MACHINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vdev/vgic.h"

#define TIMER		27	/* the linked PPI, and its physical interrupt */
#define SPURIOUS	1023

/* Each program says how it fails. */
static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static inline uint64_t bits_of(uint64_t value, unsigned int high, unsigned int low)
{
	return value << (63 - high) >> (63 - high + low);
}

/* ---- The virtual CPU interface --------------------------------------------------------------- */

enum { PENDING = 1, ACTIVE = 2 };

struct interface {
	unsigned int count;		/* list registers */
	uint64_t lr[16], hcr, vmcr;
	uint32_t running[2];		/* ICH_AP<group>R0: bit n: priority n * 8 is running */
	uint16_t eisr;			/* ICH_EISR: list registers that ended with EOI = 1 */
	bool any_order;			/* the guest ends interrupts in any order */
};

static inline unsigned int lr_state(uint64_t lr)
{
	return (unsigned int)(lr >> 62);
}

static inline unsigned int lr_intid(uint64_t lr)
{
	return (unsigned int)(lr & 0xffffffff);
}

static inline unsigned int lr_priority(uint64_t lr)
{
	return (unsigned int)bits_of(lr, 55, 48);
}

static inline unsigned int lr_group(uint64_t lr)
{
	return (unsigned int)bits_of(lr, 60, 60);
}

/* The running priority: of what was acknowledged and not yet ended; 0xff: idle. */
static inline unsigned int running_priority(const struct interface *cpu)
{
	uint32_t both = cpu->running[0] | cpu->running[1];
	unsigned int n;

	for (n = 0; n < 32; n++)
		if (both >> n & 1)
			return n * 8;
	return 0xff;
}

/* The list register of the highest priority pending interrupt that is signalled to the guest; or -1. */
static inline int signalled(const struct interface *cpu)
{
	unsigned int pmr = (unsigned int)bits_of(cpu->vmcr, 31, 24);
	int best = -1;

	if (!(cpu->hcr & 1))
		return -1;
	for (unsigned int n = 0; n < cpu->count; n++) {
		uint64_t lr = cpu->lr[n];

		if (lr_state(lr) != PENDING || !(cpu->vmcr >> lr_group(lr) & 1))
			continue;
		if (best < 0 || lr_priority(lr) < lr_priority(cpu->lr[best]))
			best = (int)n;
	}
	if (best >= 0 && lr_priority(cpu->lr[best]) < pmr &&
	    lr_priority(cpu->lr[best]) < running_priority(cpu))
		return best;
	return -1;
}

/* ICV_IAR0_EL1 or ICV_IAR1_EL1, whichever has something to give. */
static inline unsigned int acknowledge(struct interface *cpu)
{
	int n = signalled(cpu);

	if (n < 0)
		return SPURIOUS;
	cpu->running[lr_group(cpu->lr[n])] |= 1U << lr_priority(cpu->lr[n]) / 8;
	cpu->lr[n] = (cpu->lr[n] & ~(UINT64_C(3) << 62)) | (uint64_t)ACTIVE << 62;
	return lr_intid(cpu->lr[n]);
}

static inline int find_active(const struct interface *cpu, unsigned int intid)
{
	for (unsigned int n = 0; n < cpu->count; n++)
		if ((lr_state(cpu->lr[n]) & ACTIVE) && lr_intid(cpu->lr[n]) == intid)
			return (int)n;
	return -1;
}

static void physical_deactivate(struct interface *cpu, unsigned int pintid);

static inline void end_in_list_register(struct interface *cpu, int n)
{
	uint64_t lr = cpu->lr[n] &= ~(UINT64_C(1) << 63);

	if (lr >> 61 & 1)
		physical_deactivate(cpu, (unsigned int)bits_of(lr, 44, 32));
	else if (lr_state(lr) == 0 && (lr >> 41 & 1))
		cpu->eisr |= (uint16_t)(1U << n);
}

static inline void count_eoi(struct interface *cpu)
{
	uint64_t count = (bits_of(cpu->hcr, 31, 27) + 1) & 31;

	cpu->hcr = (cpu->hcr & ~(UINT64_C(31) << 27)) | count << 27;
}

static inline bool eoi_mode(const struct interface *cpu)
{
	return cpu->vmcr >> 9 & 1;
}

/* ICV_EOIR<group>_EL1. count_drops: with EOImode 1, hardware may count what is in no list register. */
static inline void end_of_interrupt(struct interface *cpu, unsigned int intid, bool count_drops)
{
	unsigned int priority = running_priority(cpu);
	uint32_t top = 1U << priority / 8;
	int n = find_active(cpu, intid);

	if (priority == 0xff)
		return;
	if (cpu->running[0] & top)
		cpu->running[0] &= ~top;
	else
		cpu->running[1] &= ~top;
	if (n >= 0 && !eoi_mode(cpu)) {
		/* Some hardware deactivates only what has the priority that was dropped. */
		if (lr_priority(cpu->lr[n]) == priority)
			end_in_list_register(cpu, n);
		else if (!cpu->any_order)
			wrong("end of INTID %u, list register 0x%016lx: expected the priority that it "
			      "was acknowledged with, 0x%02x", intid, cpu->lr[n], priority);
	} else if (n < 0 && (!eoi_mode(cpu) || count_drops)) {
		count_eoi(cpu);
	}
}

/* ICV_DIR_EL1. Returns true if it traps instead. */
static inline bool deactivate(struct interface *cpu, unsigned int intid)
{
	int n = find_active(cpu, intid);

	if (cpu->hcr >> 14 & 1)
		return true;
	if (eoi_mode(cpu)) {
		if (n >= 0)
			end_in_list_register(cpu, n);
		else
			count_eoi(cpu);
	}
	return false;
}

/* ICH_MISR_EL2: what the maintenance interrupt is for. */
static inline unsigned int maintenance(const struct interface *cpu)
{
	unsigned int valid = 0, pending = 0, misr = 0;

	for (unsigned int n = 0; n < cpu->count; n++) {
		valid += lr_state(cpu->lr[n]) != 0;
		pending += lr_state(cpu->lr[n]) == PENDING;
	}
	if (!(cpu->hcr & 1))
		return 0;
	misr |= (cpu->eisr != 0) << 0;
	misr |= (valid <= 1) << 1;
	misr |= (bits_of(cpu->hcr, 31, 27) != 0) << 2;
	misr |= (pending == 0) << 3;
	misr |= (cpu->vmcr & 1) << 4 | !(cpu->vmcr & 1) << 5;
	misr |= (cpu->vmcr >> 1 & 1) << 6 | !(cpu->vmcr >> 1 & 1) << 7;
	return misr & ((unsigned int)(cpu->hcr & 0xfe) | 1);
}

/* ---- The machine ------------------------------------------------------------------------------- */

struct machine {
	struct vgic gic;		/* first: the operations are given this */
	struct interface cpus[8];
	struct vgic_lrs lrs[8];
	uint64_t affinity[8];
	bool dirty[8];			/* "changed" was called */
	bool timer_line[8], timer_active[8];	/* the physical timer interrupt */
	unsigned long maintenances, syncs;
};

static struct machine machine;

static void physical_deactivate(struct interface *cpu, unsigned int pintid)
{
	unsigned int n = (unsigned int)(cpu - machine.cpus);

	if (pintid != TIMER)
		wrong("vCPU %u: deactivation of physical INTID %u, which is linked to nothing", n, pintid);
	if (!machine.timer_active[n])
		wrong("vCPU %u: deactivation of the physical timer interrupt, which is not active", n);
	machine.timer_active[n] = false;
}

static void changed(struct vgic *gic, unsigned int cpu)
{
	if (gic != &machine.gic || cpu >= gic->cpu_count || !spin_is_locked(&gic->lock))
		wrong("changed(%u): no such vCPU, or called without the lock", cpu);
	machine.dirty[cpu] = true;
}

/* What the hypervisor reads before a fold ... */
static inline void read_interface(unsigned int n)
{
	struct interface *cpu = &machine.cpus[n];
	struct vgic_lrs *lrs = &machine.lrs[n];

	memcpy(lrs->lr, cpu->lr, sizeof(lrs->lr));
	lrs->vmcr = cpu->vmcr;
	lrs->eoi_count = (unsigned int)bits_of(cpu->hcr, 31, 27);
	cpu->hcr &= ~(UINT64_C(31) << 27);
	memset(cpu->lr, 0, sizeof(cpu->lr));
	cpu->eisr = 0;
}

/* From the hardware into the model. */
static inline void pull(unsigned int n)
{
	read_interface(n);
	vgic_fold(&machine.gic, n, &machine.lrs[n]);
	if (machine.lrs[n].used != 0)
		wrong("vCPU %u: in use after a fold: 0x%04x", n, machine.lrs[n].used);
}

static void recall(struct vgic *gic, unsigned int cpu)
{
	if (gic != &machine.gic || cpu >= gic->cpu_count || spin_is_locked(&gic->lock))
		wrong("recall(%u): no such vCPU, or called with the lock held", cpu);
	pull(cpu);
	machine.dirty[cpu] = true;
}

static void deactivate_hw(struct vgic *gic, unsigned int cpu, uint32_t pintid)
{
	(void)gic;
	physical_deactivate(&machine.cpus[cpu], pintid);
}

static bool line(struct vgic *gic, unsigned int cpu, uint32_t pintid)
{
	(void)gic;
	if (pintid != TIMER)
		wrong("vCPU %u: asked for the line of physical INTID %u", cpu, pintid);
	return machine.timer_line[cpu];
}

static const struct vgic_ops machine_ops = {
	.changed = changed,
	.recall = recall,
	.deactivate_hw = deactivate_hw,
	.line = line,
};

/* affinity: NULL for 0, 1, 2, ... */
static inline void machine_init(unsigned int cpus, unsigned int lrs, const uint64_t *affinity)
{
	memset(&machine, 0, sizeof(machine));
	for (unsigned int n = 0; n < cpus; n++) {
		machine.affinity[n] = affinity ? affinity[n] : n;
		machine.lrs[n].count = machine.cpus[n].count = lrs;
		machine.lrs[n].can_trap_dir = true;
		machine.cpus[n].vmcr = UINT64_C(0xff) << 24 | 3;
	}
	vgic_init(&machine.gic, cpus, machine.affinity, &machine_ops);
	for (unsigned int n = 0; n < cpus; n++)
		vgic_link(&machine.gic, n, TIMER, TIMER);
}

/* The model agrees with itself, and with what is in the list registers. */
static inline void check_state(void)
{
	struct vgic *gic = &machine.gic;

	for (unsigned int n = 0; n < gic->cpu_count; n++) {
		uint32_t listed[VGIC_BANKS] = { 0 };
		const struct vgic_lrs *lrs = &machine.lrs[n];

		for (unsigned int i = 0; i < 16; i++) {
			unsigned int intid = lr_intid(lrs->lr[i]);

			if (!(lrs->used >> i & 1))
				continue;
			if (i >= lrs->count || intid >= VGIC_INTIDS)
				wrong("vCPU %u: list register %u has INTID %u", n, i, intid);
			if (listed[intid / 32] >> intid % 32 & 1)
				wrong("vCPU %u: INTID %u is in two list registers", n, intid);
			listed[intid / 32] |= 1U << intid % 32;
		}
		for (unsigned int b = 0; b < VGIC_BANKS; b++) {
			const struct vgic_cpu *own = &gic->cpus[n];
			const struct vgic_bank *bank = b ? &gic->spis[b] : &gic->cpus[n].bank;

			if (own->listed[b] != listed[b])
				wrong("vCPU %u, INTIDs from %u on: the model says listed 0x%08x, the "
				      "list registers 0x%08x", n, 32 * b, own->listed[b], listed[b]);
			if ((own->listed[b] | bank->latch_listed | bank->activate | bank->deactivate |
			     bank->again) & ~bank->listed)
				wrong("vCPU %u, INTIDs from %u on: state of what is not listed", n, 32 * b);
			if ((bank->activate & bank->deactivate) || (bank->held & ~bank->linked) ||
			    (own->active[b] & ~bank->active))
				wrong("vCPU %u, INTIDs from %u on: state that contradicts itself", n,
				      32 * b);
		}
	}
	for (unsigned int b = 1; b < VGIC_BANKS; b++) {
		uint32_t all_listed = 0, all_active = 0, all_routed = 0;

		for (unsigned int n = 0; n < gic->cpu_count; n++) {
			const struct vgic_cpu *own = &gic->cpus[n];

			if ((all_listed & own->listed[b]) || (all_active & own->active[b]) ||
			    (all_routed & own->routed[b]))
				wrong("INTIDs from %u on: one is listed, active or routed twice", 32 * b);
			all_listed |= own->listed[b];
			all_active |= own->active[b];
			all_routed |= own->routed[b];
		}
		if (all_listed != gic->spis[b].listed || all_active != gic->spis[b].active)
			wrong("INTIDs from %u on: the vCPUs have not what the bank has", 32 * b);
	}
}

/*
 * What was chosen for the list registers: if something waits in the model, then something at least as
 * urgent is listed, and there will be a maintenance interrupt in time.
 */
static inline void check_choice(unsigned int n)
{
	const struct vgic *gic = &machine.gic;
	const struct vgic_cpu *own = &gic->cpus[n];
	const struct interface *cpu = &machine.cpus[n];
	unsigned int best_listed = 0x100, best_waiting = 0x100;
	bool active_waits = false;

	for (unsigned int i = 0; i < cpu->count; i++)
		if (lr_state(cpu->lr[i]) == PENDING && (cpu->vmcr >> lr_group(cpu->lr[i]) & 1) &&
		    lr_priority(cpu->lr[i]) < best_listed)
			best_listed = lr_priority(cpu->lr[i]);
	for (unsigned int intid = 0; intid < VGIC_INTIDS; intid++) {
		unsigned int b = intid / 32;
		uint32_t bit = 1U << intid % 32;
		const struct vgic_bank *bank = b ? &gic->spis[b] : &own->bank;
		unsigned int group = !!(bank->group & bit);
		bool pending = (bank->latch & bit) || (bank->level & ~bank->edge & bit);

		if (bank->listed & bit)
			continue;
		active_waits |= !!(own->active[b] & bit);
		if (pending && !(bank->active & bit) && (bank->enabled & bit) && !own->asleep &&
		    (own->routed[b] & bit) && (gic->ctlr >> group & 1) && (cpu->vmcr >> group & 1) &&
		    bank->priority[intid % 32] < best_waiting)
			best_waiting = bank->priority[intid % 32];
	}
	if (best_waiting < best_listed)
		wrong("vCPU %u: priority 0x%x waits, the best in a list register is 0x%x", n,
		      best_waiting, best_listed);
	if (best_waiting < 0x100 && !(cpu->hcr >> 3 & 1))
		wrong("vCPU %u: something pending waits, expected NPIE", n);
	if (active_waits && (!(cpu->hcr >> 2 & 1) || (cpu->hcr >> 14 & 1) != machine.lrs[n].can_trap_dir))
		wrong("vCPU %u: something active waits, expected LRENPIE, and TDIR if it is there", n);
	if (own->bank.held >> TIMER != machine.timer_active[n])
		wrong("vCPU %u: the physical timer interrupt is %sactive, the model says the opposite", n,
		      machine.timer_active[n] ? "" : "in");
}

/* ... and writes after a fill. */
static inline void write_interface(unsigned int n)
{
	struct interface *cpu = &machine.cpus[n];
	const struct vgic_lrs *lrs = &machine.lrs[n];

	for (unsigned int i = 0; i < 16; i++) {
		uint64_t lr = lrs->lr[i];

		cpu->lr[i] = lrs->used >> i & 1 ? lr : 0;
		if (!(lrs->used >> i & 1))
			continue;
		if (lr_state(lr) == 0 || bits_of(lr, 59, 56) || bits_of(lr, 47, 45) ||
		    (lr_priority(lr) & 7) ||
		    (!(lr >> 61 & 1) && (bits_of(lr, 44, 42) || bits_of(lr, 40, 32))))
			wrong("vCPU %u: list register %u is 0x%016lx: no state, or a RES0 bit", n, i, lr);
		if ((lr >> 61 & 1) && lr_state(lr) == (PENDING | ACTIVE))
			wrong("vCPU %u: list register 0x%016lx: HW = 1 may not be active and pending", n,
			      lr);
	}
	if (lrs->hcr & ~UINT64_C(0x40fd))
		wrong("vCPU %u: ICH_HCR_EL2 0x%lx: expected EN, LRENPIE, NPIE, TDIR and those of the "
		      "groups only", n, lrs->hcr);
	cpu->hcr = lrs->hcr;
}

/* Both: one by one, or in one. */
static inline void sync_cpu(unsigned int n)
{
	machine.dirty[n] = false;
	if (machine.syncs++ % 2) {
		pull(n);
		vgic_fill(&machine.gic, n, &machine.lrs[n]);
	} else {
		read_interface(n);
		vgic_update(&machine.gic, n, &machine.lrs[n]);
	}
	write_interface(n);
	check_state();
	check_choice(n);
}

/* The physical timer interrupt: taken by the host when the line is high and it is not active. */
static inline void take_timer(unsigned int n)
{
	if (machine.timer_line[n] && !machine.timer_active[n]) {
		machine.timer_active[n] = true;
		vgic_set_level(&machine.gic, n, TIMER, true);
	}
}

/* All that happens between two instructions of the guest: exits, until there is no reason for one. */
static inline void settle(unsigned int n)
{
	for (unsigned int rounds = 0; ; rounds++) {
		bool due = maintenance(&machine.cpus[n]) != 0;

		take_timer(n);
		if (!due && !machine.dirty[n])
			return;
		machine.maintenances += due;
		sync_cpu(n);
		if (rounds > 3)
			wrong("vCPU %u: maintenance interrupt 0x%x for ever (ICH_HCR_EL2 0x%lx)", n,
			      maintenance(&machine.cpus[n]), machine.cpus[n].hcr);
	}
}

/* ---- Accesses to registers ----------------------------------------------------------------------- */

static inline void dist_write(unsigned int cpu, uint32_t offset, uint64_t value)
{
	vgic_dist_write(&machine.gic, cpu, offset, 4, value);
}

/* owner: whose redistributor; offset: from its start. */
static inline void redist_write(unsigned int cpu, unsigned int owner, uint32_t offset, uint64_t value)
{
	vgic_redist_write(&machine.gic, cpu, owner * 0x20000 + offset, 4, value);
}

/* One of the arrays with a bit an interrupt: in the distributor, or in the SGI frame of vCPU owner. */
static inline void array_write(unsigned int cpu, unsigned int owner, uint32_t base, unsigned int intid,
			       uint32_t value)
{
	if (intid >= 32)
		dist_write(cpu, base + intid / 32 * 4, value);
	else
		redist_write(cpu, owner, 0x10000 + base, value);
}

static inline uint32_t array_read(unsigned int cpu, unsigned int owner, uint32_t base, unsigned int intid)
{
	for (unsigned int rounds = 0; ; rounds++) {
		uint64_t value = ~UINT64_C(0);
		enum vdev_result result;

		if (intid >= 32)
			result = vgic_dist_read(&machine.gic, cpu, base + intid / 32 * 4, 4, &value);
		else
			result = vgic_redist_read(&machine.gic, cpu, owner * 0x20000 + 0x10000 + base, 4,
						  &value);
		if (result == VDEV_DONE)
			return (uint32_t)value;
		/* The others exit, by and by. */
		for (unsigned int n = 0; n < machine.gic.cpu_count; n++)
			if (machine.dirty[n])
				settle(n);
		if (rounds > 3)
			wrong("read of 0x%x by vCPU %u: VDEV_RETRY for ever", base, cpu);
	}
}

static inline void priority_write(unsigned int owner, unsigned int intid, unsigned int priority)
{
	if (intid >= 32)
		vgic_dist_write(&machine.gic, owner, 0x400 + intid, 1, priority);
	else
		vgic_redist_write(&machine.gic, owner, owner * 0x20000 + 0x10400 + intid, 1, priority);
}

/* Both groups on, everybody awake, everything enabled. */
static inline void machine_start(void)
{
	dist_write(0, 0x0000, 3);
	for (unsigned int n = 0; n < machine.gic.cpu_count; n++) {
		redist_write(n, n, 0x14, 0);
		redist_write(n, n, 0x10100, 0xffffffff);
	}
	for (unsigned int b = 1; b < VGIC_BANKS; b++)
		dist_write(0, 0x100 + 4 * b, 0xffffffff);
	for (unsigned int n = 0; n < machine.gic.cpu_count; n++)
		settle(n);
}

#endif
