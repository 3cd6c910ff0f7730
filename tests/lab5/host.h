/* SPDX-License-Identifier: MIT */
/*
 * host.h - what the boot tests of lab 5 have in common: a host with all CPUs of the machine, VMs that
 * main.c would run just so, and guests that say what they have found (report.h).
 */
#ifndef TESTS_LAB5_HOST_H
#define TESTS_LAB5_HOST_H

#include "guest_vm.h"
#include "report.h"

#define TAP_HANDOUT	"lab5-smc-psci/README.md"
#include "tap.h"

/* What the guests' calls are answered with (smccc.h); from host_start() on. */
extern struct smccc_host host_smccc;

/* The firmware of this machine, for the test that has none of its own: smc_call_all(). */
#define HOST_FIRMWARE	NULL

/*
 * host_start - console, GIC, virtualization and timers, on all CPUs of the machine; the others wait for
 * host_run(). firmware, random: as for smccc_host_init(), or HOST_FIRMWARE.
 * Returns the number of CPUs.
 */
unsigned int host_start(void (*firmware)(uint64_t x[SMCCC_REGISTERS]), bool (*random)(uint64_t *bits));

/*
 * host_vm - a VM with a guest's program, GUEST_RAM_SIZE of memory, and homes for its vCPUs; it is turned on by
 * host_run(). resets_max: as in struct guest_vm_config. At most HOST_VMS_MAX of them. Ends the test if it
 * cannot be made.
 */
#define HOST_VMS_MAX	8
void host_vm(struct guest_vm *vm, const char *name, const char *program, const char *end,
	     unsigned int vcpus, unsigned int resets_max);

/* host_run - the VMs of host_vm(), until the last of them is off. Once. */
void host_run(void);

/*
 * What a guest's HVC #HVC_REPORT comes to: one test, or a note (report.h). A test may have this called when
 * the guest says something else: more than one CPU may call it at a time.
 */
extern void (*host_report_hook)(struct guest_cpu *cpu, const struct report *report);

/* host_memory - a guest's memory as the host sees it; NULL: there is none, or not so much. */
void *host_memory(const struct guest_vm *vm, uint64_t ipa, uint64_t size);

/* host_kept - what HVC_PUT has written, and HVC_GET reads, under the number n. */
uint64_t *host_kept(const struct guest_vm *vm, uint64_t n);

/* host_stop - this VM is to end, whatever its guest thinks of it. From any CPU; how: not PSCI_RUNS. */
void host_stop(struct guest_vm *vm, enum psci_system how);

/* Microseconds of the counter, since it started. */
uint64_t host_now_us(void);

/* Interrupts of the host's that are none of the virtual GIC's or the timer's. IRQ_UNEXPECTED by default. */
extern enum irq_result (*host_irq_hook)(uint32_t intid);

#endif
