/* SPDX-License-Identifier: MIT */
/*
 * vgic.h - a virtual GICv3: distributor, a redistributor for each vCPU, and what is to be in the vCPUs'
 * list registers (GIC architecture specification, IHI 0069, "Virtual Interrupt Handling and
 * Prioritization").
 *
 * Half of a virtual GIC is hardware: the virtual CPU interface acknowledges, ends and prioritises what
 * is in the list registers, without an exit. This model is the other half: it keeps the state of all
 * interrupts, and chooses what goes into the list registers. Two steps join the halves, while the vCPU
 * is not running:
 *
 *   fold	from the list registers, as the hardware left them, back into the model
 *   fill	from the model into the list registers
 *
 * In between, the list register is the truth about an interrupt that is in one ("listed"), and the
 * model about all others. What a guest changes of a listed interrupt, perhaps one that is on another
 * CPU just now, is noted and done at the next fold: nobody ever waits with a lock held.
 *
 * What it is: one security state (GICD_CTLR.DS = 1), affinity routing only (ARE = 1), 16 SGIs, 16 PPIs,
 * 96 SPIs, 32 priorities. No LPIs, no message-based SPIs, no 1-of-N routing.
 */
#ifndef VDEV_VGIC_H
#define VDEV_VGIC_H

#include "arch/types.h"
#include "drivers/gich.h"
#include "drivers/gicv3_regs.h"
#include "lib/spinlock.h"
#include "vdev/vdev.h"

#define VGIC_CPUS_MAX		8
#define VGIC_BANKS		4			/* of 32 interrupts each */
#define VGIC_INTIDS		(32 * VGIC_BANKS)
#define VGIC_DIST_SIZE		0x10000			/* bytes of the distributor's registers */
#define VGIC_PRIORITY_BITS	0xf8			/* the lower three are not there */

/*
 * 32 interrupts, bit n of each word one of them: as in the registers. Bank 0, the SGIs and PPIs, is
 * private: each vCPU has one.
 *
 * Pending has two sources (IHI 0069, "Interrupt handling state machine"): the latch, set by an edge, an
 * SGI or a write to ISPENDR; and, if level-sensitive, the line as long as it is high.
 */
struct vgic_bank {
	uint32_t group;			/* 1: group 1, which the guest gets as IRQ; 0: as FIQ */
	uint32_t enabled;
	uint32_t edge;			/* ICFGR: edge-triggered, not level-sensitive */
	uint32_t level;			/* the line is high */
	uint32_t latch;			/* less what went into a list register: */
	uint32_t latch_listed;
	uint32_t active;		/* of a listed one: as it was at the last fold */
	uint32_t listed;		/* in a list register, of whichever vCPU */

	/* Orders for the next fold, from writes to ISACTIVER and ICACTIVER. */
	uint32_t activate;
	uint32_t deactivate;

	/*
	 * PPIs linked to a physical interrupt: the guest's end of the one deactivates the other
	 * (ICH_LR<n>_EL2.HW). The physical one stays active from its acknowledgement by the host: it is
	 * "held", and cannot come again before the guest is done.
	 */
	uint32_t linked;
	uint32_t held;
	uint32_t again;			/* came while listed: what was listed has ended before */

	uint32_t unacknowledged;	/* of the active ones: only by ISACTIVER, so that no EOIR is due */

	uint8_t priority[32];
	uint8_t active_priority[32];	/* what it had when it was acknowledged */
} __aligned(64);			/* cache lines of its own, and a size that is a power of two */

struct vgic_cpu {
	struct vgic_bank bank;		/* INTIDs 0 to 31 */

	/* Of each bank, which interrupts are this vCPU's business. (Of the private one, all can be.) */
	uint32_t routed[VGIC_BANKS];	/* are delivered to it when pending */
	uint32_t active[VGIC_BANKS];	/* were acknowledged by it, so they also end here */
	uint32_t listed[VGIC_BANKS];	/* are in its list registers */

	/*
	 * Banks, a bit each, in which something may wait for a list register. No others are looked at.
	 * Set whenever ops->changed() is called, as it is for the same reasons.
	 */
	uint32_t news;

	uint32_t affinity;		/* Aff3.Aff2.Aff1.Aff0, a byte each */
	bool asleep;			/* GICR_WAKER.ProcessorSleep */
	bool rwp;			/* GICR_CTLR.RWP: the next fold is waited for */
	uint16_t pintid[16];		/* of the PPIs that are linked: from INTID 16 on */

	/* What it wants to read, and the vCPUs (a bit each) that have not answered yet. */
	uint32_t question;
	uint32_t awaits;
};

struct vgic;

/* What the model wants of the world around. Called with the lock held, but for recall. */
struct vgic_ops {
	/*
	 * That vCPU's list registers are out of date: fold and fill them soon. If it is just running on
	 * another CPU, it has to be interrupted. May be called for nothing, and several times.
	 */
	void (*changed)(struct vgic *gic, unsigned int cpu);

	/*
	 * cpu reads something about an interrupt in its own list registers: call vgic_fold() now. They
	 * have to be filled again before it runs. Called without the lock, in vgic_dist_read() and
	 * vgic_redist_read().
	 */
	void (*recall)(struct vgic *gic, unsigned int cpu);

	/*
	 * Deactivate the physical interrupt behind a linked one, which ended in another way than in a
	 * list register. Called in a fold or fill of that vCPU's. NULL if there are none linked.
	 */
	void (*deactivate_hw)(struct vgic *gic, unsigned int cpu, uint32_t pintid);

	/*
	 * Is the line behind a linked interrupt, that is held, still high? The guest may have turned it
	 * off at the device itself, before it took the interrupt. Called in a fill of that vCPU's, and
	 * when it reads what is pending. May be NULL: then it is what vgic_set_level() said last.
	 */
	bool (*line)(struct vgic *gic, unsigned int cpu, uint32_t pintid);
};

struct vgic {
	struct spinlock lock;
	uint32_t ctlr;			/* GICD_CTLR: EnableGrp0, EnableGrp1 */
	uint32_t rwp;			/* GICD_CTLR.RWP: vCPUs whose next fold is waited for */
	uint32_t awaited;		/* vCPUs whose next fold somebody waits for, for whatever */
	unsigned int cpu_count;
	const struct vgic_ops *ops;
	struct vgic_bank spis[VGIC_BANKS];	/* from 1 on; bank 0 is each vCPU's own */
	uint32_t route[VGIC_INTIDS];	/* GICD_IROUTER<n>: an affinity, as in struct vgic_cpu */
	struct vgic_cpu cpus[VGIC_CPUS_MAX];
};

/*
 * vgic_init - a virtual GIC as it comes out of reset.
 * cpus: 1 to VGIC_CPUS_MAX; affinity: MPIDR_EL1 of each vCPU, no two alike (other bits are ignored).
 *
 * What the architecture leaves open: all interrupts are of group 1, SPIs go to vCPU 0, PPIs and SPIs
 * are level-sensitive. The redistributors are awake (GICR_WAKER): that is the firmware's to do, before
 * any guest has started.
 */
void vgic_init(struct vgic *gic, unsigned int cpus, const uint64_t *affinity,
	       const struct vgic_ops *ops);

/*
 * vgic_link - make a PPI (16 to 31) one that stands for a physical interrupt. To be called before the
 * guest runs. Such a PPI is level-sensitive, and the guest cannot change that.
 * The host that takes the physical one, by an acknowledgement and a priority drop, says so with
 * vgic_set_level(..., true), on the CPU that has the vCPU. It does not deactivate it.
 */
void vgic_link(struct vgic *gic, unsigned int cpu, uint32_t intid, uint32_t pintid);

/* ---- Registers (vgic_mmio.c) ------------------------------------------------------------------- */

/*
 * vgic_dist_read, vgic_dist_write - an access of vCPU cpu's to the distributor.
 * offset: below VGIC_DIST_SIZE; size: 1, 2, 4 or 8 bytes; value: as many bytes of it count, the rest
 * is read as 0. Never an error (vdev.h).
 *
 * A read may ask for what only another CPU's list registers know: then VDEV_RETRY.
 */
enum vdev_result vgic_dist_read(struct vgic *gic, unsigned int cpu, uint32_t offset,
				unsigned int size, uint64_t *value);
enum vdev_result vgic_dist_write(struct vgic *gic, unsigned int cpu, uint32_t offset,
				 unsigned int size, uint64_t value);

/*
 * vgic_redist_read, vgic_redist_write - the same for the redistributors: vCPU n's is at offset
 * n * 0x20000, and each vCPU has access to all.
 */
enum vdev_result vgic_redist_read(struct vgic *gic, unsigned int cpu, uint32_t offset,
				  unsigned int size, uint64_t *value);
enum vdev_result vgic_redist_write(struct vgic *gic, unsigned int cpu, uint32_t offset,
				   unsigned int size, uint64_t value);

/* ---- Interrupts come (vgic.c) ------------------------------------------------------------------ */

/*
 * vgic_set_level - a device's line has become high or low.
 * cpu: whose, if it is a PPI; intid: 16 to VGIC_INTIDS - 1, others are ignored. If the guest has
 * configured it as edge-triggered, the rising edge counts.
 */
void vgic_set_level(struct vgic *gic, unsigned int cpu, uint32_t intid, bool level);

/* vgic_pulse - the line goes high, and low again: an event, if it is edge-triggered. */
void vgic_pulse(struct vgic *gic, unsigned int cpu, uint32_t intid);

/* The registers that send SGIs, by what groups they reach when there is one security state. */
enum vgic_sgi {
	VGIC_SGI0R,	/* ICC_SGI0R_EL1: SGIs that are group 0 at their target */
	VGIC_SGI1R,	/* ICC_SGI1R_EL1: either group */
	VGIC_ASGI1R,	/* ICC_ASGI1R_EL1: as SGI0R */
};

/* vgic_send_sgi - vCPU cpu has written value to that register. */
void vgic_send_sgi(struct vgic *gic, unsigned int cpu, enum vgic_sgi reg, uint64_t value);

/*
 * vgic_deactivate - vCPU cpu has written intid to ICC_DIR_EL1, and it was trapped. To be called only
 * with ICH_VMCR_EL2.VEOIM = 1: otherwise the write has no effect.
 */
void vgic_deactivate(struct vgic *gic, unsigned int cpu, uint32_t intid);

/* ---- List registers (vgic_lr.c) ---------------------------------------------------------------- */

/* A vCPU's list registers, between the model and the CPU. All zero but count: nothing listed yet. */
struct vgic_lrs {
	unsigned int count;		/* how many the CPU has: 1 to ICH_LR_MAX */
	bool can_trap_dir;		/* ICH_VTR_EL2.TDS */
	uint16_t used;			/* bit n: something is in lr[n]; in the others is nothing */
	unsigned int eoi_count;		/* for fold: ICH_HCR_EL2.EOIcount */
	uint64_t vmcr;			/* for both: ICH_VMCR_EL2 as the vCPU left it */
	uint64_t hcr;			/* from fill: ICH_HCR_EL2, with EOIcount 0 */
	uint64_t lr[ICH_LR_MAX];	/* ICH_LR<n>_EL2 */
};

/*
 * vgic_fold - take over what the guest did to its list registers.
 * lrs->lr[n], for each n in lrs->used: as the hardware left it. (Also of an invalid one, all fields but
 * the state count.) vmcr and eoi_count are set. On return used is 0, and nothing of this vCPU is listed.
 */
void vgic_fold(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs);

/*
 * vgic_fill - choose what goes into the list registers. After vgic_fold(), with nothing listed.
 * On return lr[n] is to be written for each n in used, 0 to all others, and hcr to ICH_HCR_EL2.
 */
void vgic_fill(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs);

/* vgic_update - both, one after the other. */
void vgic_update(struct vgic *gic, unsigned int cpu, struct vgic_lrs *lrs);

/*
 * vgic_wants_cpu - is there something that the vCPU's CPU interface would signal, and so end a WFI?
 * pmr, grp0, grp1: ICC_PMR_EL1, and the groups' enables, of the vCPU. Looks at the model only: what is
 * listed does not count, so fold first.
 */
bool vgic_wants_cpu(struct vgic *gic, unsigned int cpu, uint8_t pmr, bool grp0, bool grp1);

/* ---- For tables and debuggers ------------------------------------------------------------------ */

struct vgic_irq {
	bool group1, enabled, edge, level, pending, active, listed, linked;
	uint8_t priority;
	int cpu;		/* the vCPU it is delivered to, active on or listed by; -1: none */
};

/*
 * vgic_irq_state - of one interrupt, as the model has it: of a listed one, pending and active are as
 * they were at the last fold. cpu: whose, if it is an SGI or PPI; intid: below VGIC_INTIDS.
 */
struct vgic_irq vgic_irq_state(struct vgic *gic, unsigned int cpu, uint32_t intid);

#endif
