// SPDX-License-Identifier: MIT
#include "machine.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "lib/errno.h"
#include "percpu.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"

#define VIRTUAL_UART_SIZE	0x1000

/* ---- Devices ----------------------------------------------------------------------------------------- */

static enum vdev_result gicd_read(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	return vgic_dist_read(&cpu->machine->gic, cpu->index, offset, size, value);
}

static enum vdev_result gicd_write(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	return vgic_dist_write(&cpu->machine->gic, cpu->index, offset, size, value);
}

static enum vdev_result gicr_read(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	return vgic_redist_read(&cpu->machine->gic, cpu->index, offset, size, value);
}

static enum vdev_result gicr_write(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	return vgic_redist_write(&cpu->machine->gic, cpu->index, offset, size, value);
}

static enum vdev_result uart_read(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	*value = vpl011_read(&cpu->machine->uart, offset, size);
	return VDEV_DONE;
}

static enum vdev_result uart_write(struct guest_cpu *cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	vpl011_write(&cpu->machine->uart, offset, size, value);
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
		{ GICD_BASE, GICD_SIZE, gicd_read, gicd_write },
		{ GICR_BASE, (uint64_t)machine->cpu_count * GICR_STRIDE, gicr_read, gicr_write },
		{ UART_BASE, VIRTUAL_UART_SIZE, uart_read, uart_write },
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(devices); n++)
		machine_add_device(machine, &devices[n]);
}

/* The whole of an access lies in one device, or it belongs to nobody. */
static const struct machine_device *find_device(const struct machine *machine, const struct mmio_access *access)
{
	const struct machine_device *device = machine->devices;
	const struct machine_device *end = device + machine->device_count;

	for (; device < end; device++)
		if (access->ipa - device->base < device->size &&
		    access->ipa - device->base + access->size <= device->size)
			return device;
	return NULL;
}

static enum exit_reason device_read(struct guest_cpu *cpu)
{
	const struct mmio_access *access = &cpu->exit.mmio;
	const struct machine_device *device = find_device(cpu->machine, access);
	enum vdev_result result;
	uint64_t value;

	if (!device)
		return vcpu_exit_refuse(cpu);
	result = device->read(cpu, (uint32_t)(access->ipa - device->base), access->size, &value);
	virtual_gic_settle(cpu);
	/* Retry: the answer has to come from another CPU first. The guest executes the load again. */
	return result == VDEV_RETRY ? EXIT_NOTHING : vcpu_exit_complete(cpu, value);
}

static enum exit_reason device_write(struct guest_cpu *cpu)
{
	const struct mmio_access *access = &cpu->exit.mmio;
	const struct machine_device *device = find_device(cpu->machine, access);
	enum vdev_result result;

	if (!device)
		return vcpu_exit_refuse(cpu);
	result = device->write(cpu, (uint32_t)(access->ipa - device->base), access->size, access->value);
	virtual_gic_settle(cpu);
	return result == VDEV_RETRY ? EXIT_NOTHING : vcpu_exit_complete(cpu, 0);
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
			reason = device_read(cpu);
			break;
		case EXIT_MMIO_WRITE:
			reason = device_write(cpu);
			break;
		case EXIT_SEND_IPI:
			reason = send_ipi(cpu);
			break;
		default:
			return reason;
		}
	}
}

enum exit_reason machine_run(struct guest_cpu *cpu)
{
	enum exit_reason reason;

	do
		reason = machine_handle(cpu, guest_cpu_run(cpu));
	while (reason == EXIT_NOTHING);
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

static int create_cpu(struct machine *machine, unsigned int n, const struct machine_config *config)
{
	const struct vcpu_create_config create = { .mpidr = n, .dtb = config->x0 };
	const struct vcpu_setup_config setup = { 0 };
	struct guest_cpu *cpu = &machine->cpus[n];
	int error = vcpu_create(&cpu->vcpu, n, &create);

	cpu->machine = machine;
	cpu->index = n;
	if (!error)
		error = vcpu_setup(&cpu->vcpu, &setup);
	if (!error)
		error = vcpu_set_entry(&cpu->vcpu, GUEST_ENTRY);
	return error ? error : vcpu_set_stage2_root(&cpu->vcpu, &machine->vm.stage2);
}

int machine_create(struct machine *machine, const struct machine_config *config)
{
	uint64_t affinities[MACHINE_CPUS_MAX];
	unsigned int n;
	int error;

	if (config->cpus < 1 || config->cpus > MACHINE_CPUS_MAX)
		return -EINVAL;
	memset(machine, 0, sizeof(*machine));
	error = vm_create(&machine->vm, config->name, config->program, config->size, config->pool);
	if (error)
		return error;
	machine->cpu_count = config->cpus;
	machine->put = put_line;
	guest_ids_read(&machine->ids, machine->vm.stage2.config.ipa_bits);

	for (n = 0; n < config->cpus; n++)
		affinities[n] = n;
	vgic_init(&machine->gic, config->cpus, affinities, &virtual_gic_ops);
	vpl011_init(&machine->uart, &uart_ops);
	add_devices(machine);
	for (n = 0; n < config->cpus && !error; n++) {
		vgic_link(&machine->gic, n, INTID_CNTV, INTID_CNTV);
		vgic_link(&machine->gic, n, INTID_CNTP, INTID_CNTP);
		error = create_cpu(machine, n, config);
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

void machine_flush(struct machine *machine)
{
	dcache_clean_poc(machine->vm.ram, GUEST_RAM_SIZE);
}
