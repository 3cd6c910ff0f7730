// SPDX-License-Identifier: MIT
/*
 * main.c - the host program of lab 5: virtual machines, until the last of them is off.
 *
 * Without more, it runs the demo guest that it holds. With the boot arguments that run-guest makes, the
 * guest is whatever they say: Linux, for one.
 */
#include "arch/cpu.h"
#include "arch/psci.h"
#include "conduit.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "el2_mmu.h"
#include "exception.h"
#include "features.h"
#include "guest/guest.h"
#include "guest_vm.h"
#include "hal.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "probe.h"
#include "rndr.h"
#include "scheduler.h"
#include "smc_call.h"
#include "smp.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"
#include "vm_console.h"
#include "vmids.h"

#define VMS_MAX			8
#define DEMO_VCPUS		4

/* Guests of one's own: the machine's memory behind the hypervisor's, as much as run-guest has asked for. */
#define GUESTS_RAM		0x80000000UL

extern const char demo_guest[], demo_guest_end[];

static struct guest_vm vms[VMS_MAX];
static unsigned int vm_count;
static struct guest_images images;
static struct smccc_host smccc_host;

/* ---- The host's interrupts -------------------------------------------------------------------------- */

static enum irq_result host_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	switch (intid) {
	case INTID_CNTHP:
		timeout_irq();
		return IRQ_HANDLED;
	case INTID_UART:
		vm_console_read();
		return IRQ_HANDLED;
	default:
		return virtual_gic_irq(intid);
	}
}

static const struct vcpu_hal hal = HAL_GICV3(host_irq);

/* ---- CPUs ------------------------------------------------------------------------------------------- */

static int enable_cpu(void)
{
	int error = gicv3_cpu_init(&this_cpu()->gicr);

	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error) {
		printf("el2labs: CPU %u cannot be set up: error %d\n", this_cpu()->id, error);
		return error;
	}
	timeout_cpu_init();
	virtual_gic_cpu_init();
	sysreg_trap_cpu_init();
	return 0;
}

/* The other CPUs: when they return from here, they are powered off. */
static void run_cpu(struct percpu *cpu)
{
	(void)cpu;
	if (enable_cpu())
		return;
	scheduler_run();
	gicv3_cpu_exit(this_cpu()->gicr);
}

static int start(void)
{
	struct id_registers id;
	struct hw_features features;
	int error = percpu_init(smp_boot_cpu(), 0, &hal);

	if (!error)
		error = gicv3_dist_init();
	if (!error)
		error = enable_cpu();
	if (error)
		return error;
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);
	panic_screen_add(guest_cpu_panic_report);
	conduits_init();
	smccc_host_init(&smccc_host, smc_call_all, rndr_is_there() ? rndr_read : NULL);
	gicv3_enable_spi(INTID_UART, this_cpu()->mpidr);
	pl011_interrupt_on_receive();
	return 0;
}

/* ---- Guests ------------------------------------------------------------------------------------------ */

/* A small number among the boot arguments, or what it is otherwise. 0: it is there, and wrong. */
static unsigned int number_argument(const char *name, unsigned int most, unsigned int otherwise)
{
	const char *text = bootarg(name);
	unsigned int number = 0;

	if (!text)
		return otherwise;
	for (; *text >= '0' && *text <= '9' && number <= most; text++)
		number = number * 10 + (unsigned int)(*text - '0');
	if (*text || !number || number > most) {
		printf("el2labs: %s=%s: give a number from 1 to %u\n", name, bootarg(name), most);
		return 0;
	}
	return number;
}

/* What the guests are made of, and with how much memory. Returns the first one's, or NULL. */
static void *guests_memory(unsigned int count)
{
	const char *wrong;
	uint64_t word;
	void *ram;

	if (!bootarg("kernel")) {
		images = (struct guest_images){
			.kernel = {
				.data = demo_guest, .size = (uint64_t)(demo_guest_end - demo_guest),
				.ipa = GUEST_ENTRY,
			},
			.entry = GUEST_ENTRY,
			.ram_size = GUEST_RAM_SIZE,
		};
		ram = page_alloc_contiguous(&hyp_pool, count * GUEST_RAM_SIZE / PAGE_SIZE, GUEST_RAM_SIZE);
		if (!ram)
			printf("el2labs: no memory for %u guests\n", count);
		return ram;
	}
	wrong = guest_images_find(&images, bootarg);
	if (wrong) {
		printf("el2labs: boot arguments: %s\n", wrong);
		return NULL;
	}
	if (el2_mmu_map(GUESTS_RAM, count * images.ram_size, EL2_DATA)) {
		printf("el2labs: the guests' memory cannot be mapped\n");
		return NULL;
	}
	if (probe_read64(GUESTS_RAM + count * images.ram_size - 8, &word)) {
		printf("el2labs: the machine has too little memory for %u guests of %lu MiB (QEMU's -m)\n",
		       count, images.ram_size >> 20);
		return NULL;
	}
	return (void *)GUESTS_RAM;
}

static bool make_guests(void)
{
	static char names[VMS_MAX][8];
	unsigned int count = number_argument("vms", VMS_MAX, 1);
	struct guest_vm_config config = {
		.images = &images,
		.vcpus = number_argument("vcpus", MACHINE_CPUS_MAX, DEMO_VCPUS),
		.resets_max = number_argument("resets", 1000000, 1000000),
		.host = &smccc_host,
	};
	char *ram;

	if (!count || !config.vcpus || !config.resets_max)
		return false;
	ram = guests_memory(count);
	if (!ram)
		return false;
	for (; vm_count < count; vm_count++) {
		int error;

		ksnprintf(names[vm_count], sizeof(names[vm_count]), "vm%u", vm_count);
		config.name = names[vm_count];
		error = guest_vm_create(&vms[vm_count], vm_count, ram + vm_count * images.ram_size, &config);
		if (error) {
			printf("el2labs: %s cannot be made: error %d\n", config.name, error);
			return false;
		}
		scheduler_add(&vms[vm_count]);
	}
	vm_console_init(vms, vm_count);
	for (vm_count = 0; vm_count < count; vm_count++)
		guest_vm_boot(&vms[vm_count]);
	return true;
}

static void print_counts(void)
{
	unsigned int v, n, reason;

	for (v = 0; v < vm_count; v++) {
		printf("%s: exits of its vCPUs\n", vms[v].machine.vm.name);
		for (reason = 0; reason < EXIT_REASONS; reason++) {
			uint64_t total = 0;

			for (n = 0; n < vms[v].machine.cpu_count; n++)
				total += vms[v].machine.cpus[n].log.counts[reason];
			if (!total)
				continue;
			printf("  %-20s", exit_reason_name(reason));
			for (n = 0; n < vms[v].machine.cpu_count; n++)
				printf(" %9lu", vms[v].machine.cpus[n].log.counts[reason]);
			printf("\n");
		}
	}
}

void main(void)
{
	const char *lacking;
	unsigned int online;
	int error;

	console_init();
	printf("EL2 Labs, lab 5: SMC, PSCI, and several virtual machines\n");
	if (!has_hardware_support(&lacking)) {
		printf("el2labs: no hypervisor can run here: %s\n", lacking);
		goto off;
	}
	error = start();
	if (error) {
		printf("el2labs: cannot start: error %d\n", error);
		goto off;
	}
	online = smp_start(&smp_psci, &hal, run_cpu);
	if (make_guests()) {
		printf("%u VM%s with %u vCPU%s, on %u CPU%s\n", vm_count, vm_count > 1 ? "s" : "",
		       vms[0].machine.cpu_count, vms[0].machine.cpu_count > 1 ? "s" : "", online,
		       online > 1 ? "s" : "");
		scheduler_start();
		scheduler_run();
		if (!bootarg("kernel") || bootarg("counts"))
			print_counts();
	}
	printf("Powering off.\n");
off:
	console_flush();
	psci_system_off();
}
