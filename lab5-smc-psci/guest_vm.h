/* SPDX-License-Identifier: MIT */
/*
 * guest_vm.h - a virtual machine with power: lab 4's machine, PSCI, and what it takes to start it, and to
 * start it again.
 *
 * Each vCPU is a task of one physical CPU, its home, and runs nowhere else. Who wants something of a vCPU
 * (turn it on, stop it, give it an interrupt) leaves it in memory and kicks its home.
 */
#ifndef LAB5_GUEST_VM_H
#define LAB5_GUEST_VM_H

#include "images.h"
#include "lib/spinlock.h"
#include "machine.h"
#include "psci.h"
#include "smccc.h"
#include "timeout.h"

struct guest_vm;

/* A vCPU, for the scheduler. All but "wake" and "home" is its home CPU's own. */
struct task {
	struct guest_cpu *cpu;
	struct guest_vm *vm;
	struct percpu *home;
	struct psci_outcome outcome;	/* of its last call that was not answered on the spot */
	bool on;			/* it has registers, and is to run when it is not halted */
	bool halted;			/* nothing to do before "wake" */
	bool resume;			/* then it starts at outcome.entry: CPU_SUSPEND to powerdown */
	uint32_t wake;			/* something has come: set by anybody */
	struct timeout timer;		/* its timers' next deadline, while it is halted and off the CPU */
	uint64_t gives_way_until;	/* until then others come first: it took more than its slice */
	uint64_t turns;			/* how often it was put on the CPU */
};

struct guest_vm {
	struct machine machine;
	struct psci psci;
	struct smccc smccc;
	struct task tasks[MACHINE_CPUS_MAX];
	const struct guest_images *images;
	unsigned int number;			/* 0 for the first VM */
	unsigned int resets, resets_max;	/* after so many the next one is a power-off */

	/* Input comes from another CPU than that which resets the machine, perhaps. */
	struct spinlock input_lock;
	bool takes_input;
};

struct guest_vm_config {
	const char *name;
	const struct guest_images *images;
	unsigned int vcpus;		/* 1 to MACHINE_CPUS_MAX */
	unsigned int resets_max;
	const struct smccc_host *host;
};

/* The VM and the task of a vCPU. */
static inline struct guest_vm *guest_vm_of(const struct guest_cpu *cpu)
{
	return container_of(cpu->machine, struct guest_vm, machine);
}

static inline struct task *task_of(const struct guest_cpu *cpu)
{
	return &guest_vm_of(cpu)->tasks[cpu->index];
}

/*
 * guest_vm_create - a VM that is off. number: of this VM; ram: its memory, images->ram_size bytes, mapped
 * by the hypervisor. vm: the caller's memory, which stays in use.
 * Returns 0, -EINVAL (vcpus; the images do not fit), -ENOMEM.
 */
int guest_vm_create(struct guest_vm *vm, unsigned int number, void *ram,
		    const struct guest_vm_config *config);

/*
 * guest_vm_boot - turn it on, or on again: the images into memory, and vCPU 0 is about to start. Nobody
 * else is using the VM: it was just made, or psci_cpu_stopped() has said so.
 * Returns 0 or what psci_boot() does.
 */
int guest_vm_boot(struct guest_vm *vm);

/*
 * guest_vm_input - a character for its UART, from any CPU. Returns false when there is no room for it now. While
 * the VM is off, or being reset, it is lost.
 */
bool guest_vm_input(struct guest_vm *vm, uint8_t c);

/* guest_vm_kick - all homes of its vCPUs look at what has changed. */
void guest_vm_kick(struct guest_vm *vm);

#endif
