/* SPDX-License-Identifier: MIT */
/* smc_call.h - a call to the firmware with all the registers that SMCCC 1.2 has for one (DEN0028). */
#ifndef LAB5_SMC_CALL_H
#define LAB5_SMC_CALL_H

#include "arch/smccc.h"

/*
 * smc_call_all - SMC #0 with x0 to x17 from x; x receives them as the firmware left them. x18 and up are
 * the callee's to keep. (arch/smccc.h has smc_call(), for calls of up to three arguments.)
 */
void smc_call_all(uint64_t x[SMCCC_REGISTERS]);

#endif
