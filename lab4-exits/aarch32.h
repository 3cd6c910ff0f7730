/* SPDX-License-Identifier: MIT */
/*
 * aarch32.h - what is different about an instruction that trapped in AArch32 state.
 *
 * EL1 of a guest is AArch64 (HCR_EL2.RW is 1), but a program at its EL0 may be AArch32, where the
 * CPU has that. Two things are known of every A64 instruction and of no A32 or T32 one: that it is
 * four bytes long, and that it is executed at all. An A32 instruction has a condition in it, and a
 * T32 one may stand in an IT block, which gives it one; a CPU may trap an instruction whose
 * condition fails (Arm ARM, "Conditional execution of System register access instructions",
 * ESR_EL2.COND).
 */
#ifndef LAB4_AARCH32_H
#define LAB4_AARCH32_H

#include "arch/sysreg_fields.h"
#include "arch/types.h"

/*
 * aarch32_condition_holds - ConditionHolds(): cond, four bits, for the flags in spsr. 14, 15:
 * always.
 */
bool aarch32_condition_holds(unsigned int cond, uint64_t spsr);

/*
 * aarch32_itstate, aarch32_set_itstate - ITSTATE, which SPSR keeps in two pieces; 0 outside a
 * block.
 */
unsigned int aarch32_itstate(uint64_t spsr);
uint64_t aarch32_set_itstate(uint64_t spsr, unsigned int it);

/* aarch32_it_advance - ITAdvance(): ITSTATE for the next instruction. */
unsigned int aarch32_it_advance(unsigned int it);

/* The part of aarch32_condition_passed() that is about AArch32. */
bool aarch32_trap_condition_passed(uint64_t esr, uint64_t spsr);

/*
 * aarch32_condition_passed - would the instruction that trapped have been executed? esr, spsr:
 * ESR_EL2 and SPSR_EL2 of the exit. From AArch64 state: always. If not, all that is left to do is
 * to skip it.
 */
static inline bool aarch32_condition_passed(uint64_t esr, uint64_t spsr)
{
	return likely(!(spsr & SPSR_M_AARCH32)) || aarch32_trap_condition_passed(esr, spsr);
}

/*
 * aarch32_skip - on to the next instruction in AArch32 state: *pc moves on by two or four bytes, as
 * the syndrome's IL says, and *spsr gets the next ITSTATE.
 */
void aarch32_skip(uint64_t esr, uint64_t *pc, uint64_t *spsr);

#endif
