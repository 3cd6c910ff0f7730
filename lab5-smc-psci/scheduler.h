/* SPDX-License-Identifier: MIT */
/*
 * scheduler.h - whose turn it is on a CPU.
 *
 * A vCPU has one CPU, its home. A CPU with one vCPU keeps it: it is never taken off, and waits in its WFI. A
 * CPU with several gives each of those that have something to do a slice of time, in turn; WFI ends a turn
 * early. What the host itself does for a vCPU may take longer than a slice (a reset loads the images again):
 * then the others come first for as long as it was longer.
 */
#ifndef LAB5_SCHEDULER_H
#define LAB5_SCHEDULER_H

#include "guest_vm.h"

/* A turn, when others wait for theirs. */
#define SCHEDULER_SLICE_US	5000

/*
 * scheduler_add - the vCPUs of a VM get their homes: the next of the CPUs that are online, in turn over all
 * VMs. Before scheduler_run() on any CPU.
 */
void scheduler_add(struct guest_vm *vm);

/*
 * scheduler_run - run this CPU's vCPUs, from scheduler_start() on until all VMs are off. With IRQs masked.
 */
void scheduler_run(void);

/* scheduler_start - all VMs have their homes, and are booted: let the CPUs begin. */
void scheduler_start(void);

#endif
