// SPDX-License-Identifier: MIT
#include "machine.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "data_abort.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "lib/errno.h"
#include "percpu.h"
#include "skip_instruction.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"

#define VIRTUAL_UART_SIZE	0x1000

/* machine_flush(): so much before the next look at what is pending. */
#define FLUSH_STEP		0x100000UL

/* ---- Devices ----------------------------------------------------------------------------------------- */

static enum vdev_result gicd_read(void *gic, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	return vgic_dist_read(gic, cpu, offset, size, value);
}

static enum vdev_result gicd_write(void *gic, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	return vgic_dist_write(gic, cpu, offset, size, value);
}

static enum vdev_result gicr_read(void *gic, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	return vgic_redist_read(gic, cpu, offset, size, value);
}

static enum vdev_result gicr_write(void *gic, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	return vgic_redist_write(gic, cpu, offset, size, value);
}

static enum vdev_result uart_read(void *uart, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	(void)cpu;
	*value = vpl011_read(uart, offset, size);
	return VDEV_DONE;
}

static enum vdev_result uart_write(void *uart, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	(void)cpu;
	vpl011_write(uart, offset, size, value);
	return VDEV_DONE;
}

int machine_add_device(struct machine *machine, const struct machine_device *device)
{
	if (machine->device_count == MACHINE_DEVICES_MAX)
		return -ENOSPC;
	machine->devices[machine->device_count++] = *device;
	return 0;
}

static void add_devices(struct machine *machine)
{
	const struct machine_device devices[] = {
		{ GICD_BASE, GICD_SIZE, &machine->gic, gicd_read, gicd_write },
		{ GICR_BASE, (uint64_t)machine->cpu_count * GICR_STRIDE, &machine->gic, gicr_read, gicr_write },
		{ UART_BASE, VIRTUAL_UART_SIZE, &machine->uart, uart_read, uart_write },
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(devices); n++)
		machine_add_device(machine, &devices[n]);
}

/* The whole of an access lies in one device, or it belongs to nobody. */
static inline bool is_within(const struct machine_device *device, uint64_t ipa, unsigned int size)
{
	return ipa - device->base <= device->size - size;
}

static const struct machine_device *find_device(const struct machine *machine, uint64_t ipa, unsigned int size)
{
	unsigned int n;

	for (n = 0; n < machine->device_count; n++)
		if (is_within(&machine->devices[n], ipa, size))
			return &machine->devices[n];
	return NULL;
}

static enum exit_reason device_access(struct guest_cpu *cpu)
{
	const struct mmio_access *access = &cpu->exit.mmio;
	const struct machine_device *device = find_device(cpu->machine, access->ipa, access->size);
	enum vdev_result result;
	uint32_t offset;
	uint64_t value = 0;

	if (!device)
		return vcpu_exit_refuse(cpu);
	offset = (uint32_t)(access->ipa - device->base);
	if (access->write)
		result = device->write(device->model, cpu->index, offset, access->size, access->value);
	else
		result = device->read(device->model, cpu->index, offset, access->size, &value);
	virtual_gic_settle(cpu);
	/* Retry: the answer has to come from another CPU first. The guest executes the load again. */
	return result == VDEV_RETRY ? EXIT_NOTHING : vcpu_exit_complete(cpu, value);
}

static enum exit_reason send_ipi(struct guest_cpu *cpu)
{
	const struct exit_ipi *ipi = &cpu->exit.ipi;

	vgic_send_sgi(&cpu->machine->gic, cpu->index, sysreg_sgi_kind(ipi->reg), ipi->value);
	virtual_gic_settle(cpu);
	return vcpu_exit_complete(cpu, 0);
}

enum exit_reason machine_handle(struct guest_cpu *cpu, enum exit_reason reason)
{
	for (;;) {
		switch (reason) {
		case EXIT_MMIO_READ:
		case EXIT_MMIO_WRITE:
			reason = device_access(cpu);
			break;
		case EXIT_SEND_IPI:
			reason = send_ipi(cpu);
			break;
		default:
			return reason;
		}
	}
}

/*
 * The exit that there are most of: a load or a store of one register, of a device of this machine's, in a
 * little-endian guest. Here in one go, without the way through struct vcpu_exit; it comes to the same as
 * exit_data_abort(), device_access() and vcpu_exit_complete(), which do all others (tests/lab4/mmio.c
 * has both ways).
 * Returns true if it was one, and is done.
 */
static inline __attribute__((always_inline)) bool
access_device(struct guest_cpu *cpu, struct exit_log *log, struct exit_record *record,
	      const struct machine_device *device, uint64_t ipa, unsigned int size, uint64_t esr)
{
	struct trap_frame *frame = &cpu->vcpu.frame;
	uint32_t offset = (uint32_t)(ipa - device->base);
	uint64_t rt = mmio_register(esr);
	enum vdev_result result;
	uint64_t got;

	if (!likely(!(read_sysreg(SCTLR_EL1) & (SCTLR_EL1_EE | SCTLR_EL1_E0E)) &&
		    !(frame->spsr & SPSR_M_AARCH32)))
		return false;
	record->ipa = ipa;
	if (esr & DABT_WnR) {
		result = device->write(device->model, cpu->index, offset, size,
				       access_cut(frame->x[rt], size));
		exit_log_reason(log, record, EXIT_MMIO_WRITE);
	} else {
		result = device->read(device->model, cpu->index, offset, size, &got);
		exit_log_reason(log, record, EXIT_MMIO_READ);
		if (likely(result == VDEV_DONE)) {
			/* Into any of the 32, and XZR's is 0 again: less than to ask first. */
			frame->x[rt] = got;
			frame->x[31] = 0;
		}
	}
	if (likely(result == VDEV_DONE))
		vcpu_skip_a64(frame);
	virtual_gic_settle(cpu);
	return true;
}

static __noinline bool access_other_device(struct guest_cpu *cpu, uint64_t ipa, uint64_t esr,
					   struct exit_record *record)
{
	unsigned int size = mmio_size(esr);
	const struct machine_device *device = find_device(cpu->machine, ipa, size);

	return device && access_device(cpu, &cpu->log, record, device, ipa, size, esr);
}

static enum exit_reason run(struct guest_cpu *cpu)
{
	/* The first one is the distributor. */
	const struct machine_device *device = cpu->machine->devices;
	struct exit_log *log = &cpu->log;
	enum exit_reason reason;

	asm("" : "+r"(log));		/* kept in a register: it is far from the start of *cpu */
	if (this_guest_cpu() != cpu)
		return exit_asynchronous(cpu, VCPU_EXIT_NOT_BOUND);
	/* What the host has done since the last run: it may have moved a line, or sent something to the UART. */
	virtual_gic_settle(cpu);
	for (;;) {
		enum vcpu_exit_kind kind = vcpu_run_again(&cpu->vcpu);
		uint64_t esr = cpu->vcpu.frame.esr, elr = cpu->vcpu.frame.elr, ipa;
		struct exit_record *record;
		unsigned int size;

		if (!likely(kind == VCPU_EXIT_SYNC))
			return exit_asynchronous(cpu, kind);
		record = exit_log_add(log, esr, elr);
		if (mmio_is_simple(esr)) {
			ipa = data_abort_ipa(read_sysreg(FAR_EL2));
			size = mmio_size(esr);
			if (likely(is_within(device, ipa, size)) ?
			    access_device(cpu, log, record, device, ipa, size, esr) :
			    access_other_device(cpu, ipa, esr, record))
				continue;
		}
		reason = exit_handlers[ESR_EC(esr)](cpu, esr);
		if (likely(reason == EXIT_NOTHING)) {
			exit_log_reason(log, record, EXIT_NOTHING);
			continue;
		}
		exit_log_reason(log, record, reason);
		reason = machine_handle(cpu, reason);
		if (reason != EXIT_NOTHING)
			return reason;
	}
}

/*
 * vcpu_run_again() wants all of DAIF masked, and leaves it so. The caller has its SErrors unmasked, most
 * probably (entry.S), and has to have them so again: or from its first guest on it would hear of none.
 */
enum exit_reason machine_run(struct guest_cpu *cpu)
{
	uint64_t daif = read_sysreg(DAIF);
	enum exit_reason reason;

	asm volatile("msr DAIFSet, %0" :: "i"(DAIF_ALL) : "memory");
	reason = run(cpu);
	write_sysreg(DAIF, daif);
	return reason;
}

/* ---- The UART's other ends ----------------------------------------------------------------------------- */

/* Line by line: the output of several VMs does not mix within a line, and each says whose it is. */
static void put_line(struct machine *machine, uint8_t c)
{
	if (c != '\n' && c != '\r')
		machine->line[machine->line_length++] = (char)c;
	if (c == '\n' || machine->line_length == sizeof(machine->line)) {
		printf("%s| %.*s\n", machine->vm.name, (int)machine->line_length, machine->line);
		machine->line_length = 0;
	}
}

static void uart_put(struct vpl011 *uart, uint8_t c)
{
	struct machine *machine = container_of(uart, struct machine, uart);

	machine->put(machine, c);
}

static void uart_set_irq(struct vpl011 *uart, bool level)
{
	vgic_set_level(&container_of(uart, struct machine, uart)->gic, 0, INTID_UART, level);
}

static const struct vpl011_ops uart_ops = {
	.put = uart_put,
	.set_irq = uart_set_irq,
};

bool machine_receive(struct machine *machine, uint8_t c)
{
	return vpl011_receive(&machine->uart, c);
}

/* ---- Making one ------------------------------------------------------------------------------------------ */

int guest_cpu_reset(struct guest_cpu *cpu, uint64_t entry, uint64_t x0)
{
	const struct vcpu_create_config create = { .mpidr = cpu->index, .dtb = x0 };
	const struct vcpu_setup_config setup = { 0 };
	int error;

	vcpu_destroy(&cpu->vcpu);
	cpu->debug = (struct guest_debug){ 0 };
	cpu->exit = (struct vcpu_exit){ 0 };
	cpu->linked_active = 0;
	error = vcpu_create(&cpu->vcpu, cpu->index, &create);
	if (!error)
		error = vcpu_setup(&cpu->vcpu, &setup);
	if (!error)
		error = vcpu_set_entry(&cpu->vcpu, entry);
	return error ? error : vcpu_set_stage2_root(&cpu->vcpu, &cpu->machine->vm.stage2);
}

void machine_reset(struct machine *machine)
{
	uint64_t affinities[MACHINE_CPUS_MAX];
	unsigned int n;

	for (n = 0; n < machine->cpu_count; n++)
		affinities[n] = n;
	vgic_init(&machine->gic, machine->cpu_count, affinities, &virtual_gic_ops);
	for (n = 0; n < machine->cpu_count; n++) {
		vgic_link(&machine->gic, n, INTID_CNTV, INTID_CNTV);
		vgic_link(&machine->gic, n, INTID_CNTP, INTID_CNTP);
	}
	vpl011_init(&machine->uart, &uart_ops);
}

int machine_create(struct machine *machine, const struct machine_config *config)
{
	unsigned int n;
	int error;

	if (config->cpus < 1 || config->cpus > MACHINE_CPUS_MAX)
		return -EINVAL;
	memset(machine, 0, sizeof(*machine));
	if (config->ram)
		error = vm_create_around(&machine->vm, config->name, config->ram, config->ram_size,
					 config->pool);
	else
		error = vm_create(&machine->vm, config->name, config->program, config->size, config->pool);
	if (error)
		return error;
	machine->cpu_count = config->cpus;
	machine->put = put_line;
	guest_ids_read(&machine->ids, machine->vm.stage2.config.ipa_bits);
	add_devices(machine);
	machine_reset(machine);
	for (n = 0; n < config->cpus && !error; n++) {
		struct guest_cpu *cpu = &machine->cpus[n];

		cpu->machine = machine;
		cpu->ids = &machine->ids;
		cpu->index = n;
		exit_log_init(&cpu->log);
		error = guest_cpu_reset(cpu, GUEST_ENTRY, config->x0);
	}
	if (error)
		machine_destroy(machine);
	return error;
}

void machine_destroy(struct machine *machine)
{
	unsigned int n;

	for (n = 0; n < machine->cpu_count; n++)
		vcpu_destroy(&machine->cpus[n].vcpu);
	vm_destroy(&machine->vm);
}

enum exit_reason machine_flush(struct guest_cpu *cpu)
{
	const struct vm *vm = &cpu->machine->vm;
	struct percpu *percpu = this_cpu();
	enum exit_reason reason = EXIT_NOTHING;
	size_t done, step;

	for (done = 0; done < vm->ram_size; done += step) {
		step = vm->ram_size - done < FLUSH_STEP ? vm->ram_size - done : FLUSH_STEP;
		dcache_clean_invalidate_poc((char *)vm->ram + done, step);
		/* IRQs are masked; this register has those that are pending all the same. */
		if (read_sysreg(ISR_EL1) & ISR_I) {
			percpu->irq_handler(percpu);
			reason = EXIT_EXTERNAL_INTERRUPT;
		}
	}
	virtual_gic_settle(cpu);
	return reason;
}
