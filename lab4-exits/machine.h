/* SPDX-License-Identifier: MIT */
/*
 * machine.h - a guest's machine: memory, CPUs, an interrupt controller, a UART. It looks like QEMU's
 * "virt", so that a guest made for that finds what it looks for where it looks.
 */
#ifndef LAB4_MACHINE_H
#define LAB4_MACHINE_H

#include "guest_cpu.h"
#include "id_sanitise.h"
#include "vdev/vgic.h"
#include "vdev/vpl011.h"
#include "vm.h"

#define MACHINE_CPUS_MAX	VGIC_CPUS_MAX
#define MACHINE_DEVICES_MAX	8

/* The UART's interrupt: SPI 1, as on "virt". */
#define INTID_UART		33

struct machine;

/*
 * A device behind a range of IPAs. Its functions are called on the CPU of the vCPU that made the access.
 * model: as in struct machine_device; cpu: the vCPU's index; offset: from the start of the range; size: 1,
 * 2, 4 or 8 bytes, and the access may be misaligned. *value: no bits above the size.
 */
struct machine_device {
	uint64_t base, size;		/* 8 bytes at least */
	void *model;
	enum vdev_result (*read)(void *model, unsigned int cpu, uint32_t offset, unsigned int size,
				 uint64_t *value);
	enum vdev_result (*write)(void *model, unsigned int cpu, uint32_t offset, unsigned int size,
				  uint64_t value);
};

struct machine {
	struct machine_device devices[MACHINE_DEVICES_MAX];
	unsigned int device_count;
	struct vm vm;
	struct vgic gic;
	struct vpl011 uart;
	struct guest_ids ids;
	struct guest_cpu cpus[MACHINE_CPUS_MAX];
	unsigned int cpu_count;

	/* Where the UART's output goes. By default: to the console, line by line, behind the VM's name. */
	void (*put)(struct machine *machine, uint8_t c);
	/* Something changed for a vCPU that is on no CPU. May be NULL. */
	void (*wake)(struct guest_cpu *cpu);
	/* The host has system registers of its own for this guest (exit.h, EXIT_SYSREG_*). */
	bool host_sysregs;

	char line[96];			/* of output, until it is complete */
	unsigned int line_length;
};

struct machine_config {
	const char *name;		/* stays in use */
	const void *program;		/* for GUEST_ENTRY, in GUEST_RAM_SIZE of memory */
	size_t size;
	void *ram;			/* or: memory that is there (vm_create_around()) */
	uint64_t ram_size;
	unsigned int cpus;		/* 1 to MACHINE_CPUS_MAX */
	uint64_t x0;			/* of each vCPU at its first instruction */
	struct page_pool *pool;
};

/*
 * machine_create - memory, devices and vCPUs; each of them would start at GUEST_ENTRY. machine: the
 * caller's memory, which stays in use until machine_destroy(). Virtualization is on, on this CPU.
 * Returns 0, -EINVAL (the number of CPUs), -ENOMEM, -E2BIG (the program).
 */
int machine_create(struct machine *machine, const struct machine_config *config);

/*
 * guest_cpu_reset - registers as out of reset, and the place to start: PC and x0. What its exits were stays
 * counted. cpu is loaded nowhere. Returns 0, or -EINVAL (entry is not a multiple of 4).
 */
int guest_cpu_reset(struct guest_cpu *cpu, uint64_t entry, uint64_t x0);

/*
 * machine_reset - the devices as out of reset. Memory is the caller's to fill again, and each vCPU has a
 * guest_cpu_reset() of its own. None of them is loaded.
 */
void machine_reset(struct machine *machine);

/* machine_destroy - everything back. None of its vCPUs is loaded any more. */
void machine_destroy(struct machine *machine);

/* machine_add_device - one more device. 0, or -ENOSPC. Before the guest runs. */
int machine_add_device(struct machine *machine, const struct machine_device *device);

/*
 * machine_run - run one of its vCPUs, loaded on this CPU with IRQs masked, and answer for the machine:
 * devices and IPIs. What is not there is refused.
 * Returns what is left to the host: HYPERCALL, EXTERNAL_INTERRUPT, HALT, SYSREG_*, NESTED_PAGE_FAULT,
 * FAIL_ENTRY, and lab 5's.
 */
enum exit_reason machine_run(struct guest_cpu *cpu);

/* machine_handle - the same for an exit that the host has already got. EXIT_NOTHING: it is done. */
enum exit_reason machine_handle(struct guest_cpu *cpu, enum exit_reason reason);

/*
 * machine_receive - a character for the guest's UART. Returns false if there is no room for it: the
 * guest does not read. From any CPU.
 */
bool machine_receive(struct machine *machine, uint8_t c);

/*
 * machine_flush - all of its memory out of the caches: for cache maintenance by set and way, by the vCPU that is
 * loaded here. That takes long, and a guest can ask for it all the time: the host's interrupts, that are masked,
 * are handled meanwhile.
 * Returns EXIT_EXTERNAL_INTERRUPT if there were any, for the host to see to what they have changed; else
 * EXIT_NOTHING.
 */
enum exit_reason machine_flush(struct guest_cpu *cpu);

#endif
