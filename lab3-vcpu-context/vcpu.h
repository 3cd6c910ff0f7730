/* SPDX-License-Identifier: MIT */
/*
 * vcpu.h - a virtual CPU: what it is made of, and what one can do with it.
 *
 *   create -> CREATED -- setup --> FREE -- bind --> READY -- run --> RUNNING
 *                                  FREE <- unbind -- READY <- exit -- RUNNING
 *   destroy, from CREATED and FREE: INVALID
 *
 * Every function that needs a certain state says so with -EPERM when it is another; nothing is
 * changed then, and nothing panics.
 *
 * What moves when. On each exit and entry: the trap frame, no more. On bind and unbind: EL1's system
 * registers, timers, the virtual CPU interface, stage 2. On first use after a bind: FP and SIMD.
 */
#ifndef LAB3_VCPU_H
#define LAB3_VCPU_H

#include "arch/types.h"
#include "fp.h"
#include "guest_sysregs.h"
#include "mm/stage2.h"
#include "percpu.h"
#include "trap_frame.h"
#include "vcpu_state.h"

/* Why vcpu_run() returned: the kind of the exception, or that the guest never ran. */
enum vcpu_exit_kind {
	VCPU_EXIT_SYNC = 0,	/* frame.esr says what */
	VCPU_EXIT_IRQ = 1,	/* a physical interrupt: the host's handler takes it */
	VCPU_EXIT_FIQ = 2,
	VCPU_EXIT_SERROR = 3,
	VCPU_EXIT_NOT_BOUND = -1,	/* nothing ran: the vCPU is not bound to this CPU */
};

/* How a vCPU starts (arm_vcpu: CreateConfig). */
struct vcpu_create_config {
	uint64_t mpidr;		/* MPIDR_EL1 as the guest reads it; bit 31 is set for it */
	uint64_t dtb;		/* x0 at entry: by the arm64 boot protocol the device tree's IPA */
};

/* What it may do directly (arm_vcpu: SetupConfig). */
struct vcpu_setup_config {
	bool passthrough_interrupt;	/* physical interrupts go to the guest: for a CPU of its own */
	bool passthrough_timer;		/* the physical counter and timer are the guest's */
};

struct vcpu {
	uint64_t in_guest;		/* not 0 while the guest executes: world_switch.S */
	struct trap_frame frame;	/* right behind it: world_switch.S */

	struct guest_sysregs sysregs;
	struct fp_state fp;
	enum vcpu_state state;		/* without RUNNING: see vcpu_state() */
	struct percpu *cpu;		/* where it is bound; NULL while it is not */
	struct percpu *fp_cpu;		/* whose FP registers hold fp, or NULL */
	bool fp_live;			/* used since bind: CPTR_EL2.TFP is 0, fp is out of date */
	uint64_t conditions;		/* which registers of the table the CPU has on which it is bound */
	uint64_t hcr_differs;		/* in which bits its HCR_EL2 differs from the CPU's usual one */
	struct stage2 *stage2;		/* its VM's */
	unsigned int id;		/* its number within its VM */

	/* What has been done, for the table at the end of the demo. */
	uint64_t binds, fp_loads, fp_saves, tlb_flushes;
};

/*
 * vcpu_create - make a vCPU: all its registers at their reset values, EL1h, DAIF masked.
 * vcpu: the caller's memory, which stays in use until vcpu_destroy(); whatever is in it is lost.
 * id: its number within its VM. CREATED afterwards. Returns 0.
 */
int vcpu_create(struct vcpu *vcpu, unsigned int id, const struct vcpu_create_config *config);

/*
 * vcpu_setup - what it may do directly; VPIDR, VMPIDR and the trap registers get their values.
 * CREATED to FREE. Returns 0 or -EPERM.
 */
int vcpu_setup(struct vcpu *vcpu, const struct vcpu_setup_config *config);

/* vcpu_destroy - CREATED or FREE to INVALID: its memory is the caller's again. 0 or -EPERM. */
int vcpu_destroy(struct vcpu *vcpu);

/*
 * vcpu_set_entry - where the guest starts. ipa: the address of its first instruction, which is also its
 * virtual address: the guest's MMU is off. Not while it runs. 0, -EPERM, or -EINVAL (misaligned).
 */
int vcpu_set_entry(struct vcpu *vcpu, uint64_t ipa);

/*
 * vcpu_set_stage2_root - the memory of its VM. stage2 stays in use; all vCPUs of a VM have the same.
 * FREE only. 0, -EPERM or -EINVAL.
 */
int vcpu_set_stage2_root(struct vcpu *vcpu, struct stage2 *stage2);

/*
 * vcpu_bind - put the vCPU on this CPU: FREE to READY. Virtualization is on (percpu_hardware_enable).
 * Returns 0, -EINVAL (virtualization is off; or it has no stage 2, as one that is not set up has not),
 * -EBUSY (this CPU has a vCPU already: another one, or this), -EPERM (it is not FREE: on another CPU).
 */
int vcpu_bind(struct vcpu *vcpu);

/* vcpu_unbind - take it off this CPU: READY to FREE. 0, or -EPERM if it is not bound to this CPU. */
int vcpu_unbind(struct vcpu *vcpu);

/*
 * vcpu_run - run the guest on this CPU until it exits: READY to RUNNING and back. In world_switch.S.
 * The caller may be interruptible: its masks are put back as they were. Reading and writing memory
 * that the guest shares needs no barrier beyond what the sharing itself needs.
 */
enum vcpu_exit_kind vcpu_run(struct vcpu *vcpu);

/*
 * vcpu_run_again - vcpu_run() for a host's inner loop, without its two precautions: the caller knows that
 * the vCPU is bound to this CPU, and has all of DAIF masked. It returns with DAIF masked.
 */
static inline enum vcpu_exit_kind vcpu_run_again(struct vcpu *vcpu)
{
	/* In world_switch.S, behind the precautions; the vCPU twice, and DAIF for the way back. */
	enum vcpu_exit_kind vcpu_enter(struct vcpu *, struct vcpu *same, uint64_t daif);

	return vcpu_enter(vcpu, vcpu, SPSR_DAIF);
}

/* The state, RUNNING included. From another CPU: as of a moment ago. */
enum vcpu_state vcpu_state(const struct vcpu *vcpu);

/* vcpu_gpr, vcpu_set_gpr - general-purpose register n of the guest; 31 is XZR (trap_frame.h). */
static inline uint64_t vcpu_gpr(const struct vcpu *vcpu, unsigned int n)
{
	return trap_frame_gpr(&vcpu->frame, n);
}

static inline void vcpu_set_gpr(struct vcpu *vcpu, unsigned int n, uint64_t value)
{
	trap_frame_set_gpr(&vcpu->frame, n, value);
}

/* vcpu_set_return_value - x0, where a hypercall's result goes (SMCCC). */
static inline void vcpu_set_return_value(struct vcpu *vcpu, uint64_t value)
{
	vcpu->frame.x[0] = value;
}

/*
 * vcpu_inject_interrupt - make a virtual interrupt pending: SGI, PPI or SPI of the guest's own GIC,
 * Group 1. It is taken when the guest has enabled its CPU interface and unmasked IRQs.
 * FREE, or READY on this CPU. Returns 0, -EPERM, -EINVAL (INTID above 1019), -EBUSY (this INTID is in
 * a list register already), -ENOSPC (all list registers are in use: lab 4 has a queue for that).
 */
int vcpu_inject_interrupt(struct vcpu *vcpu, uint32_t intid);

/*
 * vcpu_fp_trapped - to be called after an exit with EC_FP while the guest's FP registers are not in the
 * CPU: puts them there and ends the trapping, so that the guest executes the instruction again.
 */
void vcpu_fp_trapped(struct vcpu *vcpu);

/*
 * vcpu_skip_instruction - the guest goes on behind the instruction that trapped; PSTATE as if it had
 * been executed (no single step, no BTYPE).
 */
void vcpu_skip_instruction(struct vcpu *vcpu);

/* The vectors for percpu_hardware_enable(): lab 2's, with exits for all that comes from a guest. */
extern char vcpu_vectors[];

#endif
