// SPDX-License-Identifier: MIT
#include "aarch32.h"

#include "arch/esr.h"

#define COND_ALWAYS		14

#define IT_COND			GENMASK(7, 4)	/* the condition of the instruction at PC */
#define IT_MORE			GENMASK(2, 0)	/* 0: it is the last one of its block */
#define IT_SHIFTED		GENMASK(4, 0)	/* what moves up by one with each instruction */

bool aarch32_condition_holds(unsigned int cond, uint64_t spsr)
{
	bool n = spsr & SPSR_N, z = spsr & SPSR_Z, c = spsr & SPSR_C, v = spsr & SPSR_V;
	bool holds = true;

	switch (cond >> 1 & 7) {
	case 0:				/* EQ, NE */
		holds = z;
		break;
	case 1:				/* CS, CC */
		holds = c;
		break;
	case 2:				/* MI, PL */
		holds = n;
		break;
	case 3:				/* VS, VC */
		holds = v;
		break;
	case 4:				/* HI, LS */
		holds = c && !z;
		break;
	case 5:				/* GE, LT */
		holds = n == v;
		break;
	case 6:				/* GT, LE */
		holds = n == v && !z;
		break;
	case 7:				/* AL, and the instructions that have no condition */
		return true;
	}
	return cond & 1 ? !holds : holds;
}

unsigned int aarch32_itstate(uint64_t spsr)
{
	return (unsigned int)(FIELD_GET(SPSR_A32_IT_HIGH, spsr) << 2 |
			      FIELD_GET(SPSR_A32_IT_LOW, spsr));
}

uint64_t aarch32_set_itstate(uint64_t spsr, unsigned int it)
{
	return (spsr & ~(SPSR_A32_IT_HIGH | SPSR_A32_IT_LOW)) |
	       FIELD_PREP(SPSR_A32_IT_HIGH, it >> 2) | FIELD_PREP(SPSR_A32_IT_LOW, it);
}

unsigned int aarch32_it_advance(unsigned int it)
{
	if (!(it & IT_MORE))
		return 0;
	return (it & ~(unsigned int)IT_SHIFTED) | (it << 1 & IT_SHIFTED);
}

/* The exception classes whose ISS has CV and COND: the others are about what has been executed. */
static bool has_condition(uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_WFX:
	case EC_CP15_32:
	case EC_CP15_64:
	case EC_CP14_32:
	case EC_CP14_LS:
	case EC_FP:
	case EC_VMRS:
	case EC_CP14_64:
	case EC_SMC32:
		return true;
	default:
		return false;
	}
}

/*
 * The CPU says in CV whether COND is the condition. Where it is not, the instruction is a T32 one
 * (of an A32 one it always is), and the condition is the IT block's: or none, outside of a block.
 */
bool aarch32_trap_condition_passed(uint64_t esr, uint64_t spsr)
{
	unsigned int cond = COND_ALWAYS, it;

	if (!has_condition(esr))
		return true;
	it = aarch32_itstate(spsr);
	if (esr & ISS_CV)
		cond = FIELD_GET(ISS_COND, esr);
	else if (it)
		cond = FIELD_GET(IT_COND, it);
	return aarch32_condition_holds(cond, spsr);
}

void aarch32_skip(uint64_t esr, uint64_t *pc, uint64_t *spsr)
{
	*pc = (uint32_t)(*pc + (ESR_IL(esr) ? 4 : 2));
	*spsr = aarch32_set_itstate(*spsr, aarch32_it_advance(aarch32_itstate(*spsr)));
	*spsr &= ~SPSR_SS;
}
