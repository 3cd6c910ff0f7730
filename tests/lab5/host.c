// SPDX-License-Identifier: MIT
#include "host.h"

#include "arch/layout.h"
#include "conduit.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "exception.h"
#include "features.h"
#include "guest/guest.h"
#include "hal.h"
#include "scheduler.h"
#include "smc_call.h"
#include "smp.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"
#include "vmids.h"

struct smccc_host host_smccc;

static struct guest_vm *vms[HOST_VMS_MAX];
static struct guest_images images[HOST_VMS_MAX];
static unsigned int vm_count;

static void give_up(const char *what, int error)
{
	printf("Bail out! %s: error %d\n", what, error);
	tap_done();
}

/* ---- Interrupts --------------------------------------------------------------------------------- */

static enum irq_result unexpected(uint32_t intid)
{
	(void)intid;
	return IRQ_UNEXPECTED;
}

enum irq_result (*host_irq_hook)(uint32_t intid) = unexpected;

static enum irq_result handle_irq(struct percpu *cpu, uint32_t intid)
{
	enum irq_result result;

	(void)cpu;
	if (intid == INTID_CNTHP) {
		timeout_irq();
		return IRQ_HANDLED;
	}
	result = virtual_gic_irq(intid);
	return result == IRQ_UNEXPECTED ? host_irq_hook(intid) : result;
}

static const struct vcpu_hal hal = HAL_GICV3(handle_irq);

/* ---- What guests say ---------------------------------------------------------------------------- */

static exit_handler layer_hvc;

static uint64_t kept[HOST_VMS_MAX][REPORT_KEPT_WORDS];

uint64_t *host_kept(const struct guest_vm *vm, uint64_t n)
{
	return &kept[vm->number][n % REPORT_KEPT_WORDS];
}

void *host_memory(const struct guest_vm *vm, uint64_t ipa, uint64_t size)
{
	uint64_t offset = ipa - RAM_BASE;

	if (size > vm->machine.vm.ram_size || offset > vm->machine.vm.ram_size - size)
		return NULL;
	return (char *)vm->machine.vm.ram + offset;
}

static const char *text_at(const struct guest_vm *vm, const char *ipa)
{
	const char *text = host_memory(vm, (uintptr_t)ipa, REPORT_TEXT_MAX);

	return text ? text : "(no text)";
}

static void report_as_tap(struct guest_cpu *cpu, const struct report *report)
{
	static struct spinlock lock;
	const struct guest_vm *vm = guest_vm_of(cpu);
	uint64_t daif = spin_lock_irqsave(&lock);

	if (!report->section) {
		printf("# %s: %lu (0x%lx)\n", text_at(vm, report->what), report->got, report->got);
	} else {
		struct tap_site site = {
			text_at(vm, report->file), (unsigned int)report->line, TAP_HANDOUT,
			text_at(vm, report->section),
		};

		tap_eq(report->got, report->want, text_at(vm, report->what), &site);
	}
	spin_unlock_irqrestore(&lock, daif);
}

void (*host_report_hook)(struct guest_cpu *cpu, const struct report *report) = report_as_tap;

void host_stop(struct guest_vm *vm, enum psci_system how)
{
	psci_system_stop(&vm->psci, how);
	/* Ourselves, too: then the guest that is on this CPU exits at once. */
	guest_vm_kick(vm);
}

/* In front of the layer's own handler; who has nothing to say gets there as if this were not here. */
static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	const struct trap_frame *frame = &cpu->vcpu.frame;
	struct guest_vm *vm = guest_vm_of(cpu);
	const struct report *report;

	switch (esr & ISS_IMM16) {
	case HVC_REPORT:
		report = host_memory(vm, frame->x[0], sizeof(*report));
		if (report)
			host_report_hook(cpu, report);
		return EXIT_NOTHING;
	case HVC_PUT:
		*host_kept(vm, frame->x[0]) = frame->x[1];
		return EXIT_NOTHING;
	case HVC_GET:
		vcpu_set_return_value(&cpu->vcpu, *host_kept(vm, frame->x[0]));
		return EXIT_NOTHING;
	case HVC_DONE:
		printf("# %s, vCPU %u: the guest gives up: x0 0x%lx, ESR_EL1 0x%lx, ELR_EL1 0x%lx, "
		       "FAR_EL1 0x%lx\n", vm->machine.vm.name, cpu->index, frame->x[0], frame->x[1],
		       frame->x[2], frame->x[3]);
		host_stop(vm, PSCI_GOES_OFF);
		return EXIT_NOTHING;
	default:
		return layer_hvc(cpu, esr);
	}
}

/* ---- CPUs --------------------------------------------------------------------------------------- */

static int enable_cpu(void)
{
	int error = gicv3_cpu_init(&this_cpu()->gicr);

	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error)
		return error;
	timeout_cpu_init();
	virtual_gic_cpu_init();
	sysreg_trap_cpu_init();
	return 0;
}

static void run_cpu(struct percpu *cpu)
{
	int error = enable_cpu();

	(void)cpu;
	if (error)
		give_up("a CPU cannot be set up", error);
	scheduler_run();
	gicv3_cpu_exit(this_cpu()->gicr);
}

unsigned int host_start(void (*firmware)(uint64_t x[SMCCC_REGISTERS]), bool (*random)(uint64_t *bits))
{
	struct id_registers id;
	struct hw_features features;
	int error;

	console_init();
	error = percpu_init(smp_boot_cpu(), 0, &hal);
	if (!error)
		error = gicv3_dist_init();
	if (!error)
		error = enable_cpu();
	if (error)
		give_up("the boot CPU cannot be set up", error);
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);
	panic_screen_add(guest_cpu_panic_report);
	conduits_init();
	layer_hvc = exit_register(EC_HVC64, exit_hvc);
	smccc_host_init(&host_smccc, firmware ? firmware : smc_call_all, random);
	return smp_start(&smp_psci, &hal, run_cpu);
}

/* ---- VMs ---------------------------------------------------------------------------------------- */

void host_vm(struct guest_vm *vm, const char *name, const char *program, const char *end,
	     unsigned int vcpus, unsigned int resets_max)
{
	struct guest_images *image = &images[vm_count % HOST_VMS_MAX];
	const struct guest_vm_config config = {
		.name = name, .images = image, .vcpus = vcpus, .resets_max = resets_max,
		.host = &host_smccc,
	};
	void *ram = page_alloc_contiguous(&hyp_pool, GUEST_RAM_SIZE / PAGE_SIZE, GUEST_RAM_SIZE);
	int error;

	*image = (struct guest_images){
		.kernel = { .data = program, .size = (uint64_t)(end - program), .ipa = GUEST_ENTRY },
		.entry = GUEST_ENTRY,
		.ram_size = GUEST_RAM_SIZE,
	};
	if (!ram || vm_count == HOST_VMS_MAX)
		give_up("no memory for a VM", 0);
	error = guest_vm_create(vm, vm_count, ram, &config);
	if (error)
		give_up("a VM cannot be made", error);
	scheduler_add(vm);
	vms[vm_count++] = vm;
}

void host_run(void)
{
	unsigned int n;

	for (n = 0; n < vm_count; n++) {
		int error = guest_vm_boot(vms[n]);

		if (error)
			give_up("a VM cannot be turned on", error);
	}
	scheduler_start();
	scheduler_run();
}

uint64_t host_now_us(void)
{
	return timer_now() / (timer_frequency() / 1000000);
}
