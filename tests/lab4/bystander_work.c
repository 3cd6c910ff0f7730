// SPDX-License-Identifier: MIT
#include "bystander_work.h"

#include "drivers/console.h"
#include "drivers/gich.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "guest/guest.h"
#include "guests/bystander.h"
#include "host.h"
#include "hostile_watch.h"

#define WORK_BEGINS	0x243f6a8885a308d3

extern const char program_bystander[], program_bystander_end[];

struct bystander_work work;
static struct machine bystander;

static void report_of_work(const uint64_t *x)
{
	work.result = bystander_work(work.result);
	work.units++;
	if (x[0] != work.units || x[1] != work.result) {
		if (!work.lost)
			printf("# the bystander: unit %lu came to 0x%lx, and should be unit %lu, "
			       "0x%lx\n",
			       x[0], x[1], work.units, work.result);
		work.lost = true;
	}
	work.ticks = x[2];
	work.wrong = x[3];
}

/* It does not get on: where does its timer's interrupt hang? */
static void print_state(struct guest_cpu *cpu, uint64_t units, uint64_t ticks)
{
	struct vgic_irq irq = vgic_irq_state(&bystander.gic, 0, INTID_CNTV);
	uintptr_t frame = this_cpu()->gicr + GICR_SGI_FRAME;

	printf("# the bystander is late: %lu units, %lu ticks; PC 0x%lx, PSTATE 0x%lx\n",
	       work.units - units, work.ticks - ticks, cpu->vcpu.frame.elr, cpu->vcpu.frame.spsr);
	printf("# its timer: CTL 0x%lx, CVAL 0x%lx, now 0x%lx\n", read_sysreg(CNTV_CTL_EL0),
	       read_sysreg(CNTV_CVAL_EL0), timer_now());
	printf("# in the model: enabled %u, level %u, pending %u, active %u, listed %u\n",
	       irq.enabled, irq.level, irq.pending, irq.active, irq.listed);
	printf("# list registers: used 0x%x, dirty %u, LR0 0x%lx\n", cpu->lrs.used, cpu->gic_dirty,
	       gich_read_lr(0));
	printf("# ICH_HCR_EL2 0x%lx, ICH_VMCR_EL2 0x%lx, ICH_AP1R0_EL2 0x%lx\n",
	       read_sysreg(ICH_HCR_EL2), read_sysreg(ICH_VMCR_EL2), read_sysreg(ICH_AP1R0_EL2));
	printf("# in the redistributor: pending 0x%x, active 0x%x; ICC_RPR_EL1 0x%lx\n",
	       mmio_read32(frame + GICD_ISPENDR), mmio_read32(frame + GICD_ISACTIVER),
	       read_sysreg(ICC_RPR_EL1));
}

/*
 * Until the host's timer ticks; and at least until it has done one unit, and its own timer has
 * ticked.
 */
void bystander_turn(void)
{
	struct guest_cpu *cpu = &bystander.cpus[0];
	uint64_t units = work.units, ticks = work.ticks, start = host_ticks.count;

	if (work.lost)
		return;
	guest_cpu_load(cpu);
	work.turns++;
	while (host_ticks.count == start || work.units == units || work.ticks == ticks) {
		enum exit_reason reason = machine_run(cpu);

		if (reason == EXIT_HYPERCALL && host_hvc(cpu) == HVC_REPORT)
			report_of_work(cpu->vcpu.frame.x);
		else if (reason != EXIT_EXTERNAL_INTERRUPT &&
			 !(reason == EXIT_HYPERCALL && host_hvc(cpu) == HVC_YIELD)) {
			printf("# the bystander: %s, at 0x%lx\n", exit_reason_name(reason),
			       cpu->vcpu.frame.elr);
			work.lost = true;
			break;
		}
		/* It has something to do all the time. Even on a busy machine this is far too long. */
		if (host_ticks.count - start > 500) {
			if (!work.late_turns++)
				print_state(cpu, units, ticks);
			break;
		}
	}
	watch_loaded();
	guest_cpu_put(cpu);
}

void bystander_start(void)
{
	host_machine(&bystander, "bystander", program_bystander, program_bystander_end, 1,
		     WORK_BEGINS);
	work.result = WORK_BEGINS;
	/* Once onto the CPU: so every register has had a guest's value. */
	guest_cpu_load(&bystander.cpus[0]);
	guest_cpu_put(&bystander.cpus[0]);
}
