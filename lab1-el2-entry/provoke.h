/* SPDX-License-Identifier: MIT */
/* provoke.h - faults on demand, to see the panic screen: make run PANIC=... */
#ifndef LAB1_PROVOKE_H
#define LAB1_PROVOKE_H

/*
 * provoke - provoke the fault of that name. Returns only if there is none to be had (an SError, on
 * this machine) or no such name: then it prints those there are.
 */
void provoke(const char *name);

#endif
