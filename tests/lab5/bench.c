// SPDX-License-Identifier: MIT
/*
 * bench.c - what "make bench" counts on one CPU: a guest's PSCI_VERSION by HVC and by SMC, from the call
 * through vcpu_run(), the conduit's handler and the SMCCC dispatch to the guest's next instruction.
 * (tests/lab3/bench.c says how it is counted.)
 *
 * With ARGS=ipi it is the host of another guest: an IPI between two vCPUs on two CPUs, for bench-ipi.
 */
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "conduit.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "el2_mmu.h"
#include "exception.h"
#include "features.h"
#include "guest/guest.h"
#include "guest_vm.h"
#include "hal.h"
#include "lib/errno.h"
#include "scheduler.h"
#include "smp.h"
#include "sysreg_trap.h"
#include "virtual_gic.h"
#include "vmids.h"

extern const char bench_guest[], bench_guest_end[], ipi_guest[], ipi_guest_end[];

static struct guest_vm vm;
static const struct smccc_host no_firmware = { .workaround_1 = -1, .workaround_2 = -1, .workaround_3 = -1,
					       .soc_version = -1, .soc_revision = -1 };
static struct guest_images images = { .entry = GUEST_ENTRY, .ram_size = GUEST_RAM_SIZE };

static enum irq_result host_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	if (intid == INTID_CNTHP) {
		timeout_irq();
		return IRQ_HANDLED;
	}
	return virtual_gic_irq(intid);
}

static const struct vcpu_hal hal = HAL_GICV3(host_irq);

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
	(void)cpu;
	if (!enable_cpu())
		scheduler_run();
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
	return 0;
}

static int make_vm(const char *program, const char *end, unsigned int vcpus)
{
	const struct guest_vm_config config = {
		.name = "bench", .images = &images, .vcpus = vcpus, .host = &no_firmware,
	};
	void *ram = page_alloc_contiguous(&hyp_pool, GUEST_RAM_SIZE / PAGE_SIZE, GUEST_RAM_SIZE);

	if (!ram)
		return -ENOMEM;
	images.kernel = (struct guest_image){
		.data = program, .size = (uint64_t)(end - program), .ipa = GUEST_ENTRY,
	};
	return guest_vm_create(&vm, 0, ram, &config);
}

/* The address of this one instruction is what divides the trace. */
static __noinline uint64_t bench_clock(void)
{
	uint64_t now;

	asm volatile(".globl bench_clock_read\n"
		     "bench_clock_read: mrs %0, CNTPCT_EL0" : "=r"(now) :: "memory");
	return now;
}

/* Four trips, until the guest's WFI. */
static __noinline bool make_trips(struct guest_cpu *cpu)
{
	return machine_run(cpu) == EXIT_HALT;
}

static void bench(const char *name, uint64_t by_smc)
{
	struct guest_cpu *cpu = &vm.machine.cpus[0];
	struct psci_entry entry;
	uint64_t start_time, ticks;
	bool good = guest_vm_boot(&vm) == 0 && psci_cpu_started(&vm.psci, 0, &entry) &&
		    guest_cpu_reset(cpu, entry.address, by_smc) == 0 && guest_cpu_load(cpu) == 0;

	good = good && make_trips(cpu) && make_trips(cpu);
	start_time = bench_clock();
	good = good && make_trips(cpu);
	ticks = bench_clock() - start_time;
	if (good)
		printf("trip %s clock %lu flushes %lu\n", name, ticks, cpu->vcpu.tlb_flushes);
	else
		printf("error: %s: ESR_EL2 0x%lx\n", name, cpu->vcpu.frame.esr);
	guest_cpu_put(cpu);
	psci_system_stop(&vm.psci, PSCI_GOES_OFF);
	psci_cpu_stopped(&vm.psci, 0);
}

void main(void)
{
	int error;

	console_init();
	error = start();
	if (!error && bootarg("ipi")) {
		if (smp_start(&smp_psci, &hal, run_cpu) == 2) {
			error = make_vm(ipi_guest, ipi_guest_end, 2);
			scheduler_add(&vm);
			guest_vm_boot(&vm);
			scheduler_start();
			scheduler_run();
		} else {
			printf("error: an IPI takes two CPUs\n");
		}
	} else if (!error) {
		error = make_vm(bench_guest, bench_guest_end, 1);
		printf("counter %lu\n", read_sysreg(CNTFRQ_EL0));
		bench("psci-hvc", 0);
		bench("psci-smc", 1);
	}
	if (error)
		printf("error: cannot set up: %d\n", error);
	printf("end\n");
	console_flush();
	psci_system_off();
}
