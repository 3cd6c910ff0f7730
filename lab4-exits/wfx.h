/* SPDX-License-Identifier: MIT */
/* wfx.h - WFI, WFE, WFIT and WFET, when they trap. */
#ifndef LAB4_WFX_H
#define LAB4_WFX_H

#include "exit.h"

/* The handler of EC_WFX. */
enum exit_reason exit_wfx(struct guest_cpu *cpu, uint64_t esr);

#endif
