// SPDX-License-Identifier: MIT
/*
 * main.c - the host program of lab 4: one guest in a machine that is made of exits.
 */
#include "arch/cpu.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "el2_mmu.h"
#include "exception.h"
#include "exit_contract.h"
#include "features.h"
#include "guest/guest.h"
#include "guests/demo_guest.h"
#include "hal.h"
#include "machine.h"
#include "smp.h"
#include "sysreg_trap.h"
#include "timeout.h"
#include "virtual_gic.h"
#include "vmids.h"

extern const char demo_guest[], demo_guest_end[];

static struct machine machine;

/* ---- The host's interrupts --------------------------------------------------------------------------- */

/* What was typed is the guest's; what it has no room for is lost, as on a real UART. */
static void read_console(void)
{
	int c;

	while ((c = pl011_getc()) >= 0)
		machine_receive(&machine, (uint8_t)c);
}

static enum irq_result host_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	switch (intid) {
	case INTID_CNTHP:
		timeout_irq();
		return IRQ_HANDLED;
	case INTID_UART:
		read_console();
		return IRQ_HANDLED;
	default:
		return virtual_gic_irq(intid);
	}
}

static const struct vcpu_hal hal = HAL_GICV3(host_irq);

static int start(void)
{
	struct id_registers id;
	struct hw_features features;
	int error = percpu_init(smp_boot_cpu(), 0, &hal);

	if (!error)
		error = gicv3_dist_init();
	if (!error)
		error = gicv3_cpu_init(&this_cpu()->gicr);
	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error)
		return error;
	panic_screen_add(guest_cpu_panic_report);
	timeout_cpu_init();
	virtual_gic_cpu_init();
	sysreg_trap_cpu_init();
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);
	gicv3_enable_spi(INTID_UART, this_cpu()->mpidr);
	pl011_interrupt_on_receive();
	return 0;
}

/* ---- The guest ------------------------------------------------------------------------------------------ */

/* What the machine leaves to its host. Returns true when the guest has finished. */
static bool host_handle(struct guest_cpu *cpu, enum exit_reason reason)
{
	char words[ESR_DESCRIPTION_SIZE];

	switch (reason) {
	case EXIT_HYPERCALL:
		if (FIELD_GET(ISS_IMM16, cpu->vcpu.frame.esr) == HVC_DONE)
			return true;
		return false;			/* HVC_YIELD, HVC_REPORT: nobody else to run, nothing to do */
	case EXIT_HALT:
		guest_cpu_wait(cpu);
		return false;
	case EXIT_NOTHING:
	case EXIT_EXTERNAL_INTERRUPT:
		return false;
	case EXIT_SYSREG_READ:
	case EXIT_SYSREG_WRITE:
	case EXIT_NESTED_PAGE_FAULT:
		/* This host maps nothing on demand. What it refuses may leave the guest without a way on. */
		return vcpu_exit_refuse(cpu) != EXIT_NOTHING && host_handle(cpu, EXIT_FAIL_ENTRY);
	default:
		esr_describe(cpu->vcpu.frame.esr, words, sizeof(words));
		printf("%s stopped: %s: %s, at 0x%lx\n", cpu->machine->vm.name, exit_reason_name(reason),
		       words, cpu->vcpu.frame.elr);
		return true;
	}
}

static void run_guest(void)
{
	struct guest_cpu *cpu = &machine.cpus[0];
	int error = guest_cpu_load(cpu);

	if (error) {
		printf("el2labs: cannot put the guest onto this CPU: error %d\n", error);
		return;
	}
	while (!host_handle(cpu, machine_run(cpu)))
		;
	guest_cpu_put(cpu);
}

void main(void)
{
	const char *lacking;
	int error;

	console_init();
	printf("EL2 Labs, lab 4: exits\n");
	if (!has_hardware_support(&lacking)) {
		printf("el2labs: no hypervisor can run here: %s\n", lacking);
		goto off;
	}
	error = start();
	if (!error) {
		const struct machine_config config = {
			.name = "guest",
			.program = demo_guest,
			.size = (size_t)(demo_guest_end - demo_guest),
			.cpus = 1,
			.x0 = bootarg("echo") ? DEMO_ECHO : 0,
			.pool = &hyp_pool,
		};

		error = machine_create(&machine, &config);
	}
	if (error) {
		printf("el2labs: cannot set the guest up: error %d\n", error);
		goto off;
	}
	if (bootarg("contract")) {
		exit_contract_print();
	} else if (bootarg("sysregs")) {
		sysreg_rules_print();
	} else if (bootarg("ids")) {
		guest_ids_print(&machine.ids);
	} else {
		run_guest();
		printf("%lu exits, and what they were:\n", exit_log_total(&machine.cpus[0].log));
		exit_log_print_counts(&machine.cpus[0].log);
	}
	if (bootarg("ring")) {
		printf("The last %u of them, the newest last:\n", EXIT_LOG_SIZE);
		exit_log_print_ring(&machine.cpus[0].log);
	}
	printf("Done. Powering off.\n");
off:
	console_flush();
	psci_system_off();
}
