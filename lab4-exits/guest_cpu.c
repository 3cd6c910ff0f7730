// SPDX-License-Identifier: MIT
#include "guest_cpu.h"

#include "arch/barrier.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "inject.h"
#include "timeout.h"
#include "virtual_gic.h"

int guest_cpu_load(struct guest_cpu *cpu)
{
	int error;

	virtual_gic_before_bind(cpu);
	error = vcpu_bind(&cpu->vcpu);
	if (error) {
		virtual_gic_after_unbind(cpu);
		return error;
	}
	virtual_gic_after_bind(cpu);
	return 0;
}

int guest_cpu_put(struct guest_cpu *cpu)
{
	int error;

	if (this_guest_cpu() != cpu)
		return vcpu_unbind(&cpu->vcpu);		/* which says what is wrong with that */
	virtual_gic_before_unbind(cpu);
	inject_keep(&cpu->vcpu);
	error = vcpu_unbind(&cpu->vcpu);
	virtual_gic_after_unbind(cpu);
	return error;
}

/* The time of a WFIT is up: the loop below sees it, WFI has ended. */
static void time_is_up(struct timeout *timeout)
{
	(void)timeout;
}

void guest_cpu_wait(struct guest_cpu *cpu)
{
	struct percpu *percpu = this_cpu();
	uint64_t until = cpu->exit.halt.until;
	struct timeout timeout = { 0 };

	if (until != UINT64_MAX)
		timeout_set(&timeout, until, time_is_up);
	while (!virtual_gic_pending(cpu) && !timer_passed(until)) {
		/*
		 * Masked IRQs end a WFI too. So an interrupt that comes after the look above is not missed: it
		 * makes the WFI return at once.
		 */
		dsb(sy);
		asm volatile("wfi" ::: "memory");
		percpu->irq_handler(percpu);
	}
	timeout_cancel(&timeout);
	virtual_gic_settle(cpu);
}

void guest_cpu_panic_report(void)
{
	const struct guest_cpu *cpu = this_cpu() ? this_guest_cpu() : NULL;

	if (!cpu)
		return;
	printf("The last exits of vCPU %u here, the newest last:\n", cpu->index);
	exit_log_print_ring(&cpu->log);
	printf("\n");
}
