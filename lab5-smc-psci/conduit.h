/* SPDX-License-Identifier: MIT */
/*
 * conduit.h - the two instructions by which a guest calls: HVC and SMC.
 *
 * Both carry the same calls (DEN0028), and differ in one thing. HVC is an exception that the guest means:
 * ELR_EL2 is behind it. An SMC was meant for somebody else and trapped (HCR_EL2.TSC): ELR_EL2 is at it, and
 * who answers it moves the PC on. Forget that, and the guest calls for ever; do it for HVC as well, and
 * it loses an instruction.
 */
#ifndef LAB5_CONDUIT_H
#define LAB5_CONDUIT_H

#include "exit.h"

/*
 * conduits_init - take over the exception classes HVC64 and SMC64 from lab 4. Before any guest runs; all
 * guests are vCPUs of a struct guest_vm then.
 */
void conduits_init(void);

#endif
