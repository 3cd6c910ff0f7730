// SPDX-License-Identifier: MIT
#include "bystander_work.h"

#include "drivers/console.h"
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
		/* It has something to do all the time: 50 ticks for one unit are far too many. */
		if (host_ticks.count - start > 50) {
			work.late_turns++;
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
