/* SPDX-License-Identifier: MIT */
/*
 * guest_memory.h - what a guest has at its addresses, without using one of them.
 *
 * A guest's virtual address means nothing at EL2, and what its tables say may be anything: they are
 * read like data, step by step, through its stage 2 (mm/stage1_walk.h, mm/stage2.h). Each read of
 * memory is a probe: nothing that a guest does makes one of these functions fault.
 *
 * For a vCPU that is bound to this CPU, after an exit: EL1's registers are in the CPU then.
 */
#ifndef LAB4_GUEST_MEMORY_H
#define LAB4_GUEST_MEMORY_H

#include "vcpu.h"

/*
 * guest_read_instruction - the A64 instruction at pc: of the guest's, and a multiple of 4.
 * *insn: receives it; A64 instructions are little-endian, whatever the data is.
 *
 * Returns 0; -EAGAIN when the guest's tables have nothing there now, though it was executed a
 * moment ago: another vCPU has changed them, and the guest is best run again, to find out for
 * itself; -EFAULT when it cannot be read and will not be (it is in no memory of the guest's; its
 * tables are not in memory, or of a kind that it was not shown).
 */
int guest_read_instruction(struct vcpu *vcpu, uint64_t pc, uint32_t *insn);

/*
 * guest_va_to_ipa - what the guest's stage 1 makes of an address of its own that was accessed just
 * now: for an abort that leaves HPFAR_EL2 UNKNOWN, as a stage 2 permission fault does. By the CPU's
 * own translation (AT), the TLBs included; PAR_EL1 is the guest's and stays as it is.
 * Returns 0 or -EAGAIN: there is no translation now, run the guest again.
 */
int guest_va_to_ipa(struct vcpu *vcpu, uint64_t va, uint64_t *ipa);

/*
 * guest_walk_fault - a walk for va has ended where one of the guest's tables would be, and is not.
 * Returns FSC_EXTERNAL_WALK() of the table's level; FSC_EXTERNAL if that cannot be told (any more).
 */
unsigned int guest_walk_fault(struct vcpu *vcpu, uint64_t va);

#endif
