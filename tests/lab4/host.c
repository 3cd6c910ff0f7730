// SPDX-License-Identifier: MIT
#include "host.h"

#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "exception.h"
#include "features.h"
#include "hal.h"
#include "smp.h"
#include "sysreg_trap.h"
#include "timeout.h"
#include "virtual_gic.h"
#include "vmids.h"

struct host_ticks host_ticks;

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

static void give_up(const char *what, int error)
{
	printf("Bail out! %s: error %d\n", what, error);
	tap_done();
}

/* What each CPU needs, beside its struct percpu; its part of the GIC included. */
static int cpu_start(struct percpu *cpu)
{
	int error = gicv3_cpu_init(&cpu->gicr);

	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error)
		return error;
	timeout_cpu_init();
	virtual_gic_cpu_init();
	sysreg_trap_cpu_init();
	return 0;
}

void host_start(void)
{
	struct id_registers id;
	struct hw_features features;
	int error;

	console_init();
	error = percpu_init(smp_boot_cpu(), 0, &hal);
	if (!error)
		error = gicv3_dist_init();
	if (!error)
		error = cpu_start(this_cpu());
	if (error)
		give_up("the boot CPU cannot be set up", error);
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);
	panic_screen_add(guest_cpu_panic_report);
}

static void (*run_others)(struct percpu *cpu);

static void run_other(struct percpu *cpu)
{
	if (!cpu_start(cpu))
		run_others(cpu);
}

unsigned int host_start_others(void (*run)(struct percpu *cpu))
{
	run_others = run;
	return smp_start(&smp_psci, &hal, run_other);
}

void host_machine(struct machine *machine, const char *name, const char *program, const char *end,
		  unsigned int cpus, uint64_t x0)
{
	const struct machine_config config = {
		.name = name, .program = program, .size = (size_t)(end - program), .cpus = cpus,
		.x0 = x0, .pool = &hyp_pool,
	};
	int error = machine_create(machine, &config);

	if (error)
		give_up("a machine cannot be made", error);
}

enum exit_reason host_run(struct guest_cpu *cpu)
{
	for (;;) {
		enum exit_reason reason = machine_run(cpu);

		switch (reason) {
		case EXIT_NOTHING:
		case EXIT_EXTERNAL_INTERRUPT:
			break;
		case EXIT_HALT:
			guest_cpu_wait(cpu);
			break;
		case EXIT_SYSREG_READ:
		case EXIT_SYSREG_WRITE:
		case EXIT_NESTED_PAGE_FAULT:
			reason = vcpu_exit_refuse(cpu);
			if (reason != EXIT_NOTHING)
				return reason;
			break;
		default:
			return reason;
		}
	}
}

unsigned int host_hvc(const struct guest_cpu *cpu)
{
	return (unsigned int)FIELD_GET(ISS_IMM16, cpu->vcpu.frame.esr);
}

/* ---- The host's own timer ---------------------------------------------------------------------------- */

static struct timeout tick;
static uint64_t tick_period;

static void ticked(struct timeout *timeout)
{
	uint64_t late = timer_now() - timeout->deadline;
	uint64_t late_us = late * 1000000 / timer_frequency();

	host_ticks.count++;
	if (late_us > host_ticks.latest_us)
		host_ticks.latest_us = late_us;
	/* From now on, not from the deadline: a host CPU that QEMU had to wait for does not make a heap of them. */
	timeout_set(timeout, timer_now() + tick_period, ticked);
}

void host_ticks_start(uint64_t every_us)
{
	host_ticks = (struct host_ticks){ 0 };
	tick_period = timer_frequency() * every_us / 1000000;
	timeout_set(&tick, timer_now() + tick_period, ticked);
}

void host_ticks_stop(void)
{
	timeout_cancel(&tick);
}

uint64_t host_now_us(void)
{
	return timer_now() / (timer_frequency() / 1000000);
}

uint64_t host_random(void)
{
	static uint64_t x = 0xd1342543de82ef95;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * 0x2545f4914f6cdd1d;
}
