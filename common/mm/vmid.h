/* SPDX-License-Identifier: MIT */
/*
 * vmid.h - VMIDs: the numbers by which the TLBs tell one VM's translations from another's.
 *
 * VTTBR_EL2.VMID has 8 bits, or 16 where ID_AA64MMFR1_EL1.VMIDBits says so and VTCR_EL2.VS is set
 * (FEAT_VMID16). A TLB entry of the EL1&0 regime matches under its own VMID only, so switching from
 * one VM to another needs no TLB maintenance: as long as no two of them have the same number.
 *
 * There may be more VMs than numbers. So a number belongs to a VM for one generation. When all
 * numbers of a generation are given away the next begins (the roll-over): all TLBs are invalidated,
 * once, and each VM gets a new number when it is next entered. Only VMs that a CPU is running right
 * now keep theirs, as it stands in that CPU's VTTBR_EL2.
 *
 * Number 0 is never given out: it is for "no guest", the VMID under which a CPU idles.
 */
#ifndef MM_VMID_H
#define MM_VMID_H

#include "arch/bits.h"
#include "arch/layout.h"
#include "arch/types.h"
#include "lib/spinlock.h"

#define VMID_NUMBER		GENMASK(15, 0)	/* of an id; above it is the generation */
#define VMID_GENERATION_STEP	BIT(16)
#define VMID_NUMBERS_MAX	65536

/* A VM's number. All zero is a good initial value: "has none yet". */
struct vmid {
	uint64_t id;			/* generation and number; 0 while there is none */

	/* By CPU: which vCPU of the VM ran there last, plus 1; 0 when none did. */
	unsigned int last_vcpu[MAX_CPUS];
};

/* What the hardware has to do; on the target it is vmid_tlb_ops of mm/stage2_tlb.h. */
struct vmid_ops {
	/* Invalidate all of EL1&0, every VMID, on every CPU, and wait for the end of it. */
	void (*flush_all)(void);
	/* A VM's id has changed: complete the stores so far before anything is done under it. */
	void (*publish)(void);
};

/* Where the numbers come from: one for the machine. */
struct vmid_pool {
	struct spinlock lock;
	const struct vmid_ops *ops;
	uint64_t generation;		/* a multiple of VMID_GENERATION_STEP, from 1 of it up */
	unsigned int numbers;		/* 256 or 65536 */
	unsigned int next;		/* the lowest number that may be free */
	uint64_t rollovers;

	/* By CPU: the id in its VTTBR_EL2, or 0 from a roll-over to its next vmid_get() ... */
	uint64_t active[MAX_CPUS];
	/* ... and what it was at the last roll-over. */
	uint64_t reserved[MAX_CPUS];

	uint64_t used[VMID_NUMBERS_MAX / 64];	/* bit n: number n is taken in this generation */
};

/*
 * vmid_pool_init - start with all numbers free. To be called before a second CPU uses the pool.
 * bits: 8 or 16 (anything else is taken for 8), the same as in VTCR_EL2.VS of every VM.
 */
void vmid_pool_init(struct vmid_pool *pool, unsigned int bits, const struct vmid_ops *ops);

/* vmid_get's way when it is not that simple. */
unsigned int vmid_get_locked(struct vmid_pool *pool, struct vmid *vmid, unsigned int cpu);

/*
 * vmid_get - the number for a VM that is about to be entered on this CPU.
 * cpu: this CPU's number, below MAX_CPUS.
 *
 * The VM's number does not change from here on until this CPU gets one for another VM: not even
 * over roll-overs. So it is enough to call this when a vCPU is loaded (bound), before VTTBR_EL2 is
 * written; entering the same vCPU again needs nothing. IRQs should be masked from here to the write
 * if an IRQ may lead to another vCPU.
 *
 * Takes no lock while the VM's number is of the current generation.
 */
static inline unsigned int vmid_get(struct vmid_pool *pool, struct vmid *vmid, unsigned int cpu)
{
	uint64_t was = __atomic_load_n(&pool->active[cpu], __ATOMIC_RELAXED);
	uint64_t id = __atomic_load_n(&vmid->id, __ATOMIC_RELAXED);

	/* The quick path. It fails if a roll-over has put a 0 there, be it only just now. */
	if (likely(was && (id & ~VMID_NUMBER) == __atomic_load_n(&pool->generation, __ATOMIC_RELAXED) &&
		   __atomic_compare_exchange_n(&pool->active[cpu], &was, id, false,
					       __ATOMIC_RELAXED, __ATOMIC_RELAXED)))
		return id & VMID_NUMBER;
	return vmid_get_locked(pool, vmid, cpu);
}

/* vmid_number - the VM's number, 0 when it has none. */
static inline unsigned int vmid_number(const struct vmid *vmid)
{
	return __atomic_load_n(&vmid->id, __ATOMIC_RELAXED) & VMID_NUMBER;
}

/*
 * vmid_must_flush_local - may this CPU's TLB hold something of another vCPU of the same VM?
 * cpu: this CPU's number; vcpu: which vCPU of the VM is about to be entered here.
 * Remembers that this vCPU now runs here: to be called once for each time that one is loaded.
 *
 * If true: invalidate, on this CPU only, what is under the VM's VMID (stage2_tlb_flush_local())
 * after VTTBR_EL2 was written and before the vCPU is entered. Why: entries of the EL1&0 regime
 * match on VMID and ASID alone, but a guest knows its vCPUs as CPUs, each with a TLB of its own. It
 * may use one ASID for two things on two CPUs (VTTBR_EL2.CnP and TTBRn_EL1.CnP are there to promise
 * that one does not; we do not), or have a mapping on one CPU only, as most do when they boot. Two
 * vCPUs that take turns on one CPU would then use each other's translations.
 *
 * What a vCPU leaves behind on a CPU when it moves to another is no danger to itself: HCR_EL2.FB
 * makes each of the guest's TLB invalidations a broadcast, so it also reaches where the vCPU was.
 */
static inline bool vmid_must_flush_local(struct vmid *vmid, unsigned int cpu, unsigned int vcpu)
{
	unsigned int last = vmid->last_vcpu[cpu];

	vmid->last_vcpu[cpu] = vcpu + 1;
	return last != 0 && last != vcpu + 1;
}

#endif
